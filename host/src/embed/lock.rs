use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Caller, Proxy};
use crate::referents::lock::{self, Acquired};
use crate::sync::Arc;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// A shared lock: not re-entrant, first come, first served.
///
/// Each guard is a party of its own: the embedder's tasks wait for each other as guests do.
#[derive(Clone)]
pub struct Lock {
    proxy: Proxy,
}

impl Lock {
    pub(super) fn create(objects: &Arc<Objects>) -> Self {
        Self { proxy: lock::Lock::create(&objects.home().host()) }
    }

    /// The lock that belongs to another object, whose proxy this is.
    pub(super) fn of(proxy: Proxy) -> Self {
        Self { proxy }
    }

    /// The proxy to the lock.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// Takes the lock, and waits for it in turn.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn acquire(&self) -> Result<LockGuard, Error> {
        match self.try_to_acquire(None).await? {
            Some(guard) => Ok(guard),
            None => Err(Error::Runtime("a wait without an end has ended".into())),
        }
    }

    /// Takes the lock if that can be done in time; not at all if `timeout` is zero and it is taken.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn acquire_timeout(&self, timeout: Duration) -> Result<Option<LockGuard>, Error> {
        self.try_to_acquire(Some(timeout)).await
    }

    async fn try_to_acquire(&self, timeout: Option<Duration>) -> Result<Option<LockGuard>, Error> {
        let caller = self.proxy.home().guard();
        let acquired = lock::Lock::acquire(&self.proxy, &caller, timeout).await?;
        let guard = |abandoned| LockGuard { proxy: self.proxy.clone(), caller, abandoned };
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
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub fn is_locked(&self) -> Result<bool, Error> {
        Ok(lock::Lock::locked(&self.proxy)?)
    }
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.proxy.fmt(f)
    }
}

impl Serialize for Lock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.proxy.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Lock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Proxy::deserialize(deserializer).map(|proxy| Self { proxy })
    }
}

/// A taken lock. Dropping it gives the lock to whoever has waited longest.
#[must_use = "the lock is given back at once"]
pub struct LockGuard {
    proxy: Proxy,
    caller: Caller,
    abandoned: bool,
}

impl LockGuard {
    pub(super) fn new(proxy: Proxy, caller: Caller, is_abandoned: bool) -> Self {
        Self { proxy, caller, abandoned: is_abandoned }
    }

    /// Whether whoever had the lock before died with it, so that what it protects may be
    /// half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.abandoned
    }
}

impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard").field("lock", &self.proxy).field("abandoned", &self.abandoned).finish()
    }
}

impl Drop for LockGuard {
    fn drop(&mut self) {
        // It may have been released by somebody else, as any lock may.
        let _ = lock::Lock::release_own(&self.proxy, &self.caller);
    }
}
