//! Shared locks.

use std::marker::PhantomData;
use std::time::Duration;

use crate::backend::locks::{self, Acquired};
use crate::convert::expect_unit;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared lock: one process has it at a time. First come, first served, and not re-entrant.
///
/// When a process that holds a lock is killed, traps or exceeds a limit, the lock is released, and
/// the next to acquire it is told that it was [abandoned](LockGuard::is_abandoned). When it ends
/// normally, the lock stays taken, and any other process may [release](Lock::release) it.
///
/// ```
/// use commonhold_guest::{Dict, Lock};
///
/// let (lock, accounts) = (Lock::new()?, Dict::<String, i64>::from_entries([("a", 10), ("b", 0)])?);
/// {
///     let _guard = lock.acquire()?;
///     accounts.insert("a", accounts.get_item("a")? - 3)?;
///     accounts.insert("b", accounts.get_item("b")? + 3)?;
/// }
/// assert!(!lock.is_locked()?);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub struct Lock {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Lock, "Lock");

impl Lock {
    /// A new lock, not taken.
    pub fn new() -> Result<Lock> {
        expect_unit(locks::create()).map(|handle| Lock::assume(Proxy::new(handle)))
    }

    /// Takes the lock, waiting for it as long as it takes. Dropping the guard releases it.
    ///
    /// A process that takes a lock twice waits for itself, until somebody else releases the lock.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could release it.
    pub fn acquire(&self) -> Result<LockGuard<'_>> {
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
    /// use commonhold_guest::Lock;
    /// use std::time::Duration;
    ///
    /// let lock = Lock::new()?;
    /// let guard = lock.try_acquire()?.expect("nobody has it");
    /// assert!(lock.try_acquire()?.is_none());
    /// assert!(lock.acquire_timeout(Duration::from_millis(1))?.is_none());
    /// drop(guard);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn try_acquire(&self) -> Result<Option<LockGuard<'_>>> {
        self.take(Some(Duration::ZERO))
    }

    /// Takes the lock, waiting for it so long at most.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<LockGuard<'_>>> {
        self.take(Some(timeout))
    }

    fn take(&self, timeout: Option<Duration>) -> Result<Option<LockGuard<'_>>> {
        let acquired = expect_unit(locks::acquire(self.handle(), timeout.map(nanoseconds)))?;
        Ok(match acquired {
            Acquired::Acquired => Some(LockGuard { lock: self, is_abandoned: false }),
            Acquired::Abandoned => Some(LockGuard { lock: self, is_abandoned: true }),
            Acquired::TimedOut => None,
        })
    }

    /// Gives the lock to whoever has waited longest. Any process may, not only the one that has it.
    ///
    /// A guard does this by itself; this is for a lock that was [kept](LockGuard::keep).
    ///
    /// # Errors
    ///
    /// `runtime` if the lock is not taken.
    pub fn release(&self) -> Result<()> {
        expect_unit(locks::release(self.handle()))
    }

    /// Whether the lock is taken.
    ///
    /// ```
    /// use commonhold_guest::Lock;
    ///
    /// let lock = Lock::new()?;
    /// lock.acquire()?.keep();
    /// assert!(lock.is_locked()?);
    /// lock.release()?;
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn is_locked(&self) -> Result<bool> {
        expect_unit(locks::locked(self.handle()))
    }
}

/// A lock that is taken, until this is dropped.
///
/// ```
/// use commonhold_guest::{List, Lock, LockGuard};
///
/// let (lock, items) = (Lock::new()?, List::<i64>::new()?);
/// let guard: LockGuard = lock.acquire()?;
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
pub struct LockGuard<'a> {
    lock: &'a Lock,
    is_abandoned: bool,
}

impl LockGuard<'_> {
    /// Whether the process that had the lock before died while it did: what the lock protects may be
    /// half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Releases the lock, and says if that failed.
    ///
    /// # Errors
    ///
    /// `runtime` if another process has released it already.
    pub fn release(self) -> Result<()> {
        let lock = self.lock;
        self.keep();
        lock.release()
    }

    /// Leaves the lock taken. [`Lock::release`] releases it later, here or in another process.
    ///
    /// ```
    /// use commonhold_guest::Lock;
    ///
    /// let lock = Lock::new()?;
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

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        // In a guest, a panic ends the process and unwinds nothing: the manager releases the lock, and
        // says that it was abandoned. So it is in a native build.
        if std::thread::panicking() {
            return;
        }
        // It fails only if somebody else released the lock, or took back the right to.
        let _ = self.lock.release();
    }
}

/// A span of time as the contract has it: more than fits is as good as for ever.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
