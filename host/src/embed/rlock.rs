use super::typed::typed;
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Caller, Proxy};
use crate::referents::lock::Acquired;
use crate::referents::rlock;
use crate::sync::Arc;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared lock that a process which has it can take again: first come, first served.
///
/// Each guard is a party of its own, so an embedder's task that takes the lock twice waits for itself.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let lock = manager.rlock();
/// let guard = lock.acquire().await?;
/// assert!(lock.is_locked()? && !guard.is_abandoned());
/// assert!(lock.acquire_timeout(std::time::Duration::ZERO).await?.is_none());
/// drop(guard);
/// assert!(!lock.is_locked()?);
/// # Ok(())
/// # }
/// ```
pub struct RLock {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed!(RLock, "RLock", of);

impl RLock {
    pub(super) fn create(objects: &Arc<Objects>) -> Self {
        Self { proxy: rlock::RLock::create(&objects.home().host()), of: PhantomData }
    }

    /// Takes the lock, and waits for it in turn.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn acquire(&self) -> Result<RLockGuard, Error> {
        match self.take(None).await? {
            Some(guard) => Ok(guard),
            None => Err(Error::Runtime("a wait without an end has ended".into())),
        }
    }

    /// Takes the lock if that can be done in time; not at all if `timeout` is zero and it is taken.
    ///
    /// # Errors
    ///
    /// As for [`acquire`](Self::acquire).
    pub async fn acquire_timeout(&self, timeout: Duration) -> Result<Option<RLockGuard>, Error> {
        self.take(Some(timeout)).await
    }

    async fn take(&self, timeout: Option<Duration>) -> Result<Option<RLockGuard>, Error> {
        let caller = self.proxy.home().guard();
        let acquired = rlock::RLock::acquire(&self.proxy, &caller, timeout).await?;
        let guard = |is_abandoned| RLockGuard { proxy: self.proxy.clone(), caller, is_abandoned };
        Ok(match acquired {
            Acquired::Acquired => Some(guard(false)),
            Acquired::Abandoned => Some(guard(true)),
            Acquired::TimedOut => None,
        })
    }

    /// Whether the lock is taken.
    ///
    /// # Errors
    ///
    /// As for [`acquire`](Self::acquire).
    pub fn is_locked(&self) -> Result<bool, Error> {
        Ok(rlock::RLock::locked(&self.proxy)?)
    }
}

/// A taken lock. Dropping it gives the lock to whoever has waited longest.
#[must_use = "the lock is given back at once"]
pub struct RLockGuard {
    proxy: Proxy,
    caller: Caller,
    is_abandoned: bool,
}

impl RLockGuard {
    pub(super) fn new(proxy: Proxy, caller: Caller, is_abandoned: bool) -> Self {
        Self { proxy, caller, is_abandoned }
    }

    /// Whether whoever had the lock before died with it, so that what it protects may be
    /// half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }
}

impl fmt::Debug for RLockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RLockGuard").field("lock", &self.proxy).field("abandoned", &self.is_abandoned).finish()
    }
}

impl Drop for RLockGuard {
    fn drop(&mut self) {
        let _ = rlock::RLock::release_own(&self.proxy, &self.caller);
    }
}
