use super::typed::typed;
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Caller, Proxy};
use crate::referents::condition;
use crate::referents::lock::Acquired;
use crate::sync::Arc;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared condition: waiting for news of what a lock protects.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let (condition, items) = (manager.condition(None)?, manager.list([] as [i64; 0])?);
/// let mut guard = condition.acquire().await?;
/// let producer = tokio::spawn({
///     let (condition, items) = (condition.clone(), items.clone());
///     async move {
///         let guard = condition.acquire().await?;
///         items.push(&1)?;
///         guard.notify_all()
///     }
/// });
/// guard.wait_while(|| items.is_empty()).await?;
/// assert_eq!(items.to_vec()?, [1]);
/// # drop(guard);
/// # producer.await.unwrap()
/// # }
/// ```
pub struct Condition {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed!(Condition, "Condition", of);

impl Condition {
    pub(super) fn create(objects: &Arc<Objects>, lock: Option<&Proxy>) -> Result<Self, Error> {
        Ok(Self { proxy: condition::Condition::create(&objects.home().host(), lock)?, of: PhantomData })
    }

    /// Takes the lock, and waits for it in turn.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn acquire(&self) -> Result<ConditionGuard, Error> {
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
    pub async fn acquire_timeout(&self, timeout: Duration) -> Result<Option<ConditionGuard>, Error> {
        self.take(Some(timeout)).await
    }

    async fn take(&self, timeout: Option<Duration>) -> Result<Option<ConditionGuard>, Error> {
        let caller = self.proxy.home().guard();
        let acquired = condition::Condition::acquire(&self.proxy, &caller, timeout).await?;
        let guard = |is_abandoned| ConditionGuard { proxy: self.proxy.clone(), caller, is_abandoned };
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
        Ok(condition::Condition::locked(&self.proxy)?)
    }
}

/// The lock of a condition that is taken, to wait and to notify. Dropping it gives the lock to whoever has waited longest.
#[must_use = "the lock is given back at once"]
pub struct ConditionGuard {
    proxy: Proxy,
    caller: Caller,
    is_abandoned: bool,
}

impl ConditionGuard {
    /// Whether whoever had the lock before, or while this one waited, died with it, so that what it protects may be
    /// half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }

    /// Gives the lock back, waits to be notified, and takes the lock again. Where this is given up, the lock is not taken
    /// again.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `runtime` if the lock is no longer taken, `not-exposed` or `revoked`. If it is revoked while it
    /// waits, it does not take the lock again.
    pub async fn wait(&mut self) -> Result<(), Error> {
        self.wait_once(None).await.map(drop)
    }

    /// The same, so long at most; whether it was notified in time. That is known only once it has the lock again.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait).
    pub async fn wait_timeout(&mut self, timeout: Duration) -> Result<bool, Error> {
        self.wait_once(Some(timeout)).await
    }

    /// Waits as long as the condition holds: looks before the first wait, and after each.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait), and those of the function.
    pub async fn wait_while(&mut self, mut condition: impl FnMut() -> Result<bool, Error>) -> Result<(), Error> {
        while condition()? {
            self.wait_once(None).await?;
        }
        Ok(())
    }

    async fn wait_once(&mut self, timeout: Option<Duration>) -> Result<bool, Error> {
        let woken = condition::Condition::wait(&self.proxy, &self.caller, timeout).await?;
        self.is_abandoned |= woken.is_abandoned;
        Ok(woken.is_notified)
    }

    /// Lets so many of those who wait go on, those who have waited longest.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait).
    pub fn notify(&self, count: u64) -> Result<(), Error> {
        Ok(condition::Condition::notify(&self.proxy, &self.caller, count)?)
    }

    /// Lets all who wait go on.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait).
    pub fn notify_all(&self) -> Result<(), Error> {
        Ok(condition::Condition::notify_all(&self.proxy, &self.caller)?)
    }
}

impl fmt::Debug for ConditionGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConditionGuard").field("condition", &self.proxy).field("abandoned", &self.is_abandoned).finish()
    }
}

impl Drop for ConditionGuard {
    fn drop(&mut self) {
        // It may have been released by somebody else, as a plain lock may, or a wait have been given up.
        let _ = condition::Condition::release_own(&self.proxy, &self.caller);
    }
}
