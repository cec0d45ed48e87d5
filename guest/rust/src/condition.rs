//! Shared conditions.

use std::marker::PhantomData;
use std::time::Duration;

use crate::backend::conditions;
use crate::backend::locks::Acquired;
use crate::convert::expect_unit;
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Lock, Proxy, RLock, Result};

/// A shared condition: waiting for news of what a lock protects.
///
/// It has a re-entrant lock of its own, or is over a [`Lock`] or an [`RLock`] that others can use as well. The lock is
/// [taken](Condition::acquire) to wait, and to notify those who do. Whoever was notified goes on once it has the lock
/// again. A notification for a process that dies before that goes to the next.
///
/// ```
/// # use commonhold_guest::{Condition, List, Process, Result, entry};
/// #[entry]
/// fn produces(condition: Condition, items: List<i64>) -> Result<()> {
///     let _guard = condition.acquire()?;
///     items.extend([1, 2])?;
///     condition.notify_all()
/// }
///
/// commonhold_guest::program!(entries: [produces]);
///
/// fn example() -> Result<()> {
///     let (condition, items) = (Condition::new()?, List::<i64>::new()?);
///     let guard = condition.acquire()?;
///     Process::spawn("produces", (&condition, &items))?;
///     let guard = condition.wait_while(guard, || items.is_empty())?;
///     assert!(!guard.is_abandoned());
///     assert_eq!(items.to_vec()?, [1, 2]);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct Condition {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Condition, "Condition");

impl Condition {
    /// A new condition with a re-entrant lock of its own.
    pub fn new() -> Result<Condition> {
        expect_unit(conditions::create(None)).map(|handle| Condition::assume(Proxy::new(handle)))
    }

    /// A new condition over a lock that others can use as well, and other conditions, too.
    ///
    /// ```
    /// use commonhold_guest::{Condition, Lock};
    ///
    /// let lock = Lock::new()?;
    /// let (empty, full) = (Condition::with_lock(&lock)?, Condition::with_lock(&lock)?);
    /// let guard = empty.acquire()?;
    /// assert!(lock.is_locked()? && full.is_locked()?);
    /// guard.release()?;
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `not-exposed` if the proxy to the lock may not both acquire and release.
    pub fn with_lock(lock: &Lock) -> Result<Condition> {
        Condition::over(lock.as_proxy())
    }

    /// The same over a re-entrant lock.
    ///
    /// ```
    /// use commonhold_guest::{Condition, RLock};
    ///
    /// let lock = RLock::new()?;
    /// let condition = Condition::with_rlock(&lock)?;
    /// let (_outer, _inner) = (lock.acquire()?, condition.acquire()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`with_lock`](Condition::with_lock).
    pub fn with_rlock(lock: &RLock) -> Result<Condition> {
        Condition::over(lock.as_proxy())
    }

    fn over(lock: &Proxy) -> Result<Condition> {
        expect_unit(conditions::create(Some(lock.handle()))).map(|handle| Condition::assume(Proxy::new(handle)))
    }

    /// Takes the lock, waiting for it as long as it takes. Dropping the guard releases it.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could release it; `revoked` if the right to the lock was taken back, here and
    /// below.
    pub fn acquire(&self) -> Result<ConditionGuard<'_>> {
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
    /// use commonhold_guest::{Condition, Lock};
    /// use std::time::Duration;
    ///
    /// let condition = Condition::with_lock(&Lock::new()?)?;
    /// let guard = condition.try_acquire()?.expect("nobody has it");
    /// assert!(condition.acquire_timeout(Duration::from_millis(1))?.is_none());
    /// drop(guard);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn try_acquire(&self) -> Result<Option<ConditionGuard<'_>>> {
        self.take(Some(Duration::ZERO))
    }

    /// Takes the lock, waiting for it so long at most.
    pub fn acquire_timeout(&self, timeout: Duration) -> Result<Option<ConditionGuard<'_>>> {
        self.take(Some(timeout))
    }

    fn take(&self, timeout: Option<Duration>) -> Result<Option<ConditionGuard<'_>>> {
        let acquired = expect_unit(conditions::acquire(self.handle(), timeout.map(nanoseconds)))?;
        Ok(match acquired {
            Acquired::Acquired => Some(ConditionGuard { condition: self, is_abandoned: false }),
            Acquired::Abandoned => Some(ConditionGuard { condition: self, is_abandoned: true }),
            Acquired::TimedOut => None,
        })
    }

    /// Gives the lock back. A guard does this by itself; this is for a lock that was [kept](ConditionGuard::keep).
    ///
    /// # Errors
    ///
    /// `runtime` if the lock is not taken, or is re-entrant and not this process's.
    pub fn release(&self) -> Result<()> {
        expect_unit(conditions::release(self.handle()))
    }

    /// Whether the lock is taken.
    pub fn is_locked(&self) -> Result<bool> {
        expect_unit(conditions::locked(self.handle()))
    }

    /// Gives the lock back, waits to be notified, and takes the lock again.
    ///
    /// What was waited for may have been undone by then: [`wait_while`](Condition::wait_while) looks.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could notify, `runtime` if the lock is no longer taken. The lock is released then.
    /// `revoked`, at once, if the right to the condition or its lock is taken back meanwhile: the lock is not taken again.
    pub fn wait<'a>(&self, mut guard: ConditionGuard<'a>) -> Result<ConditionGuard<'a>> {
        self.wait_once(&mut guard, None)?;
        Ok(guard)
    }

    /// As [`wait`](Condition::wait), but waits so long at most, and tells whether it was notified in time. That is known
    /// only once it has the lock again, however long that takes.
    ///
    /// ```
    /// use commonhold_guest::Condition;
    /// use std::time::Duration;
    ///
    /// let condition = Condition::new()?;
    /// let (guard, is_notified) = condition.wait_timeout(condition.acquire()?, Duration::from_millis(1))?;
    /// assert!(!is_notified && condition.is_locked()?);
    /// // There is nobody else who could.
    /// assert_eq!(condition.wait(guard).unwrap_err().kind, commonhold_guest::ErrorKind::Deadlock);
    /// assert!(!condition.is_locked()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `runtime` as for [`wait`](Condition::wait).
    pub fn wait_timeout<'a>(
        &self,
        mut guard: ConditionGuard<'a>,
        timeout: Duration,
    ) -> Result<(ConditionGuard<'a>, bool)> {
        let is_notified = self.wait_once(&mut guard, Some(timeout))?;
        Ok((guard, is_notified))
    }

    /// Waits as long as the condition holds: looks before the first wait, and after each. The function is called while the
    /// lock is taken.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Condition::wait), and those of the function.
    pub fn wait_while<'a>(
        &self,
        mut guard: ConditionGuard<'a>,
        mut condition: impl FnMut() -> Result<bool>,
    ) -> Result<ConditionGuard<'a>> {
        while condition()? {
            self.wait_once(&mut guard, None)?;
        }
        Ok(guard)
    }

    /// As [`wait_while`](Condition::wait_while), but waits so long at most, and tells whether the condition no longer
    /// holds.
    ///
    /// ```
    /// use commonhold_guest::Condition;
    /// use std::time::Duration;
    ///
    /// let condition = Condition::new()?;
    /// let mut times = 0;
    /// let (_guard, is_over) = condition.wait_timeout_while(condition.acquire()?, Duration::from_millis(1), || {
    ///     times += 1;
    ///     Ok(true)
    /// })?;
    /// assert_eq!((is_over, times), (false, 2));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`wait_timeout`](Condition::wait_timeout), and those of the function.
    pub fn wait_timeout_while<'a>(
        &self,
        mut guard: ConditionGuard<'a>,
        timeout: Duration,
        mut condition: impl FnMut() -> Result<bool>,
    ) -> Result<(ConditionGuard<'a>, bool)> {
        let start = crate::time::Instant::now();
        while condition()? {
            let left = timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok((guard, false));
            }
            self.wait_once(&mut guard, Some(left))?;
        }
        Ok((guard, true))
    }

    fn wait_once(&self, guard: &mut ConditionGuard<'_>, timeout: Option<Duration>) -> Result<bool> {
        let woken = expect_unit(conditions::wait(self.handle(), timeout.map(nanoseconds)))?;
        guard.is_abandoned |= woken.abandoned;
        Ok(woken.notified)
    }

    /// Lets one of those who wait go on, the one that has waited longest.
    ///
    /// ```
    /// use commonhold_guest::{Condition, ErrorKind};
    ///
    /// let condition = Condition::new()?;
    /// assert_eq!(condition.notify_one().unwrap_err().kind, ErrorKind::Runtime);
    /// let _guard = condition.acquire()?;
    /// condition.notify_one()?;
    /// condition.notify(2)?;
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `runtime` if the lock is not taken.
    pub fn notify_one(&self) -> Result<()> {
        self.notify(1)
    }

    /// Lets so many of those who wait go on, those who have waited longest.
    ///
    /// # Errors
    ///
    /// As for [`notify_one`](Condition::notify_one).
    pub fn notify(&self, count: u64) -> Result<()> {
        expect_unit(conditions::notify(self.handle(), count))
    }

    /// Lets all who wait go on.
    ///
    /// # Errors
    ///
    /// As for [`notify_one`](Condition::notify_one).
    pub fn notify_all(&self) -> Result<()> {
        expect_unit(conditions::notify_all(self.handle()))
    }
}

/// The lock of a condition that is taken, until this is dropped.
///
/// ```
/// use commonhold_guest::{Condition, ConditionGuard};
///
/// let condition = Condition::new()?;
/// let guard: ConditionGuard = condition.acquire()?;
/// assert!(!guard.is_abandoned());
/// guard.release()?;
/// assert!(!condition.is_locked()?);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[must_use = "dropping the guard releases the lock at once"]
#[derive(Debug)]
pub struct ConditionGuard<'a> {
    condition: &'a Condition,
    is_abandoned: bool,
}

impl ConditionGuard<'_> {
    /// Whether a process that had the lock before, or while this one waited, died while it did: what the lock protects may
    /// be half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Releases the lock, and says if that failed.
    ///
    /// # Errors
    ///
    /// As for [`Condition::release`].
    pub fn release(self) -> Result<()> {
        let condition = self.condition;
        self.keep();
        condition.release()
    }

    /// Leaves the lock taken. [`Condition::release`] releases it later.
    ///
    /// ```
    /// use commonhold_guest::Condition;
    ///
    /// let condition = Condition::new()?;
    /// condition.acquire()?.keep();
    /// condition.release()?;
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn keep(self) {
        std::mem::forget(self);
    }
}

impl Drop for ConditionGuard<'_> {
    fn drop(&mut self) {
        // In a guest, a panic ends the process and unwinds nothing: the manager releases the lock, and
        // says that it was abandoned. So it is in a native build.
        if std::thread::panicking() {
            return;
        }
        // It fails only if the lock was released otherwise, or the right to was taken back.
        let _ = self.condition.release();
    }
}
