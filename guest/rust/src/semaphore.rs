//! Shared semaphores.

use std::marker::PhantomData;
use std::time::Duration;

use crate::backend::locks::Acquired;
use crate::backend::semaphores;
use crate::convert::expect_unit;
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared semaphore: so many permits, which processes take and give back. First come, first served.
///
/// When a process that has taken permits is killed, traps or exceeds a limit, they are given back, as far as there are
/// not more then than in the beginning, and those who get them are told that they were
/// [abandoned](Permit::is_abandoned). When it ends normally, they stay taken, and any other
/// process may [release](Semaphore::release) them.
///
/// ```
/// use commonhold_guest::Semaphore;
///
/// // Two at a time.
/// let semaphore = Semaphore::new(2)?;
/// {
///     let _one = semaphore.acquire()?;
///     let _two = semaphore.acquire()?;
///     assert!(semaphore.is_locked()?);
/// }
/// assert_eq!(semaphore.available_permits()?, 2);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub struct Semaphore {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Semaphore, "Semaphore" | "BoundedSemaphore");

impl Semaphore {
    /// A new semaphore with so many permits, to which any number can be added by [`release`](Semaphore::release).
    ///
    /// # Errors
    ///
    /// `overflow` if they are more than 2^63 - 1.
    pub fn new(permits: u64) -> Result<Semaphore> {
        expect_unit(semaphores::create(permits, false)).map(|handle| Semaphore::assume(Proxy::new(handle)))
    }

    /// A new semaphore that never has more permits than these: giving back too many is an error.
    ///
    /// ```
    /// use commonhold_guest::{ErrorKind, Semaphore};
    ///
    /// let semaphore = Semaphore::bounded(1)?;
    /// assert_eq!(semaphore.release(1).unwrap_err().kind, ErrorKind::Value);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `overflow` if they are more than 2^63 - 1.
    pub fn bounded(permits: u64) -> Result<Semaphore> {
        expect_unit(semaphores::create(permits, true)).map(|handle| Semaphore::assume(Proxy::new(handle)))
    }

    /// Takes a permit, waiting for one as long as it takes. Dropping it gives it back.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could give one back.
    pub fn acquire(&self) -> Result<Permit<'_>> {
        loop {
            // Without a timeout it cannot time out; if it did, waiting on is what was asked for.
            if let Some(permit) = self.take(None)? {
                return Ok(permit);
            }
        }
    }

    /// Takes a permit if there is one.
    ///
    /// ```
    /// use commonhold_guest::Semaphore;
    /// use std::time::Duration;
    ///
    /// let semaphore = Semaphore::new(1)?;
    /// let permit = semaphore.try_acquire()?.expect("there is one");
    /// assert!(semaphore.try_acquire()?.is_none());
    /// assert!(semaphore.acquire_timeout(Duration::from_millis(1))?.is_none());
    /// drop(permit);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn try_acquire(&self) -> Result<Option<Permit<'_>>> {
        self.take(Some(Duration::ZERO))
    }

    /// Takes a permit, waiting for one so long at most.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<Permit<'_>>> {
        self.take(Some(timeout))
    }

    fn take(&self, timeout: Option<Duration>) -> Result<Option<Permit<'_>>> {
        let acquired = expect_unit(semaphores::acquire(self.handle(), timeout.map(nanoseconds)))?;
        Ok(match acquired {
            Acquired::Acquired => Some(Permit { semaphore: self, is_abandoned: false }),
            Acquired::Abandoned => Some(Permit { semaphore: self, is_abandoned: true }),
            Acquired::TimedOut => None,
        })
    }

    /// Gives so many permits back, or adds them, to those who have waited longest. Any process may. A [`Permit`] does this
    /// by itself.
    ///
    /// # Errors
    ///
    /// `value` for no permit, or if a bounded semaphore had more than in the beginning then; `overflow` if there were more
    /// than 2^63 - 1.
    pub fn release(&self, permits: u64) -> Result<()> {
        expect_unit(semaphores::release(self.handle(), permits))
    }

    /// Whether there is no permit to take.
    pub fn is_locked(&self) -> Result<bool> {
        expect_unit(semaphores::locked(self.handle()))
    }

    /// How many permits there are to take.
    pub fn available_permits(&self) -> Result<u64> {
        expect_unit(semaphores::value(self.handle()))
    }
}

/// A permit of a semaphore that is taken, until this is dropped.
///
/// ```
/// use commonhold_guest::{Permit, Semaphore};
///
/// let semaphore = Semaphore::new(1)?;
/// let permit: Permit = semaphore.acquire()?;
/// assert!(!permit.is_abandoned());
/// permit.release()?;
/// assert_eq!(semaphore.available_permits()?, 1);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[must_use = "dropping the permit gives it back at once"]
#[derive(Debug)]
pub struct Permit<'a> {
    semaphore: &'a Semaphore,
    is_abandoned: bool,
}

impl Permit<'_> {
    /// Whether the process that had the permit before died while it did: what it stands for may be half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Gives the permit back, and says if that failed.
    ///
    /// # Errors
    ///
    /// `value` if a bounded semaphore has all its permits already.
    pub fn release(self) -> Result<()> {
        let semaphore = self.semaphore;
        self.keep();
        semaphore.release(1)
    }

    /// Leaves the permit taken. [`Semaphore::release`] gives it back later, here or in another process.
    ///
    /// ```
    /// use commonhold_guest::Semaphore;
    ///
    /// let semaphore = Semaphore::new(1)?;
    /// semaphore.acquire()?.keep();
    /// assert!(semaphore.is_locked()?);
    /// semaphore.release(1)?;
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // In a guest, a panic ends the process and unwinds nothing: the manager gives the permit back, and
        // says that it was abandoned. So it is in a native build.
        if std::thread::panicking() {
            return;
        }
        // It fails only if somebody else gave it back, or took back the right to.
        let _ = self.semaphore.release(1);
    }
}
