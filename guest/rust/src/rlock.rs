//! Shared re-entrant locks.

use std::marker::PhantomData;
use std::time::Duration;

use crate::backend::locks::Acquired;
use crate::backend::rlocks;
use crate::convert::expect_unit;
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared lock that the process which has it can take again. It is free when it was released as often. First come,
/// first served, and only its owner may release it.
///
/// When a process that holds one ends, in whatever way, the lock is released, for nobody else could ever do that, and the
/// next to acquire it is told that it was [abandoned](RLockGuard::is_abandoned).
///
/// ```
/// use commonhold_guest::{List, RLock, Result};
///
/// fn push_twice(lock: &RLock, items: &List<i64>) -> Result<()> {
///     let _guard = lock.acquire()?;
///     items.extend([1, 2])
/// }
///
/// let (lock, items) = (RLock::new()?, List::<i64>::new()?);
/// {
///     let _guard = lock.acquire()?;
///     // It takes the lock once more.
///     push_twice(&lock, &items)?;
///     assert!(lock.is_locked()?);
/// }
/// assert!(!lock.is_locked()?);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub struct RLock {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(RLock, "RLock");

impl RLock {
    /// A new lock, not taken.
    pub fn new() -> Result<RLock> {
        expect_unit(rlocks::create()).map(|handle| RLock::assume(Proxy::new(handle)))
    }

    /// Takes the lock, waiting for it as long as it takes, unless the process has it already. Dropping the guard
    /// releases it once.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could release it.
    pub fn acquire(&self) -> Result<RLockGuard<'_>> {
        loop {
            // Without a timeout it cannot time out; if it did, waiting on is what was asked for.
            if let Some(guard) = self.take(None)? {
                return Ok(guard);
            }
        }
    }

    /// Takes the lock if it can be had at once.
    ///
    /// ```
    /// use commonhold_guest::RLock;
    /// use std::time::Duration;
    ///
    /// let lock = RLock::new()?;
    /// let first = lock.try_acquire()?.expect("nobody has it");
    /// let second = lock.acquire_timeout(Duration::from_millis(1))?.expect("it is this process's");
    /// first.release()?;
    /// assert!(lock.is_locked()?);
    /// drop(second);
    /// assert!(!lock.is_locked()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn try_acquire(&self) -> Result<Option<RLockGuard<'_>>> {
        self.take(Some(Duration::ZERO))
    }

    /// Takes the lock, waiting for it so long at most.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<RLockGuard<'_>>> {
        self.take(Some(timeout))
    }

    fn take(&self, timeout: Option<Duration>) -> Result<Option<RLockGuard<'_>>> {
        let acquired = expect_unit(rlocks::acquire(self.handle(), timeout.map(nanoseconds)))?;
        Ok(match acquired {
            Acquired::Acquired => Some(RLockGuard { lock: self, is_abandoned: false }),
            Acquired::Abandoned => Some(RLockGuard { lock: self, is_abandoned: true }),
            Acquired::TimedOut => None,
        })
    }

    /// Gives the lock back once. A guard does this by itself; this is for a lock that was [kept](RLockGuard::keep).
    ///
    /// # Errors
    ///
    /// `runtime` if the process does not have the lock.
    pub fn release(&self) -> Result<()> {
        expect_unit(rlocks::release(self.handle()))
    }

    /// Whether the lock is taken, by whatever process.
    pub fn is_locked(&self) -> Result<bool> {
        expect_unit(rlocks::locked(self.handle()))
    }
}

/// A re-entrant lock that is taken once more, until this is dropped.
///
/// ```
/// use commonhold_guest::{List, RLock, RLockGuard};
///
/// let (lock, items) = (RLock::new()?, List::<i64>::new()?);
/// let guard: RLockGuard = lock.acquire()?;
/// if guard.is_abandoned() {
///     // Whoever died here may have left the items half-changed.
///     items.clear()?;
/// }
/// items.extend([1, 2])?;
/// guard.release()?;
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[must_use = "dropping the guard releases the lock at once"]
#[derive(Debug)]
pub struct RLockGuard<'a> {
    lock: &'a RLock,
    is_abandoned: bool,
}

impl RLockGuard<'_> {
    /// Whether the process that had the lock before ended while it did: what the lock protects may be half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Releases the lock once, and says if that failed.
    ///
    /// # Errors
    ///
    /// `runtime` if the process has released it as often already.
    pub fn release(self) -> Result<()> {
        let lock = self.lock;
        self.keep();
        lock.release()
    }

    /// Leaves the lock taken. [`RLock::release`] releases it later, in the same process.
    ///
    /// ```
    /// use commonhold_guest::RLock;
    ///
    /// let lock = RLock::new()?;
    /// lock.acquire()?.keep();
    /// assert!(lock.is_locked()?);
    /// lock.release()?;
    /// assert!(!lock.is_locked()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for RLockGuard<'_> {
    fn drop(&mut self) {
        // In a guest, a panic ends the process and unwinds nothing: the manager releases the lock, and
        // says that it was abandoned. So it is in a native build.
        if std::thread::panicking() {
            return;
        }
        // It fails only if it was released by hand, or the right to was taken back.
        let _ = self.lock.release();
    }
}
