use super::typed::typed;
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Caller, Proxy};
use crate::referents::lock::Acquired;
use crate::referents::semaphore;
use crate::sync::Arc;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared semaphore: so many permits, first come, first served. A guest sees a `Semaphore` or a `BoundedSemaphore`.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let semaphore = manager.semaphore(1)?;
/// let permit = semaphore.acquire().await?;
/// assert!(semaphore.acquire_timeout(std::time::Duration::ZERO).await?.is_none());
/// drop(permit);
/// semaphore.release(2)?;
/// assert_eq!(semaphore.available_permits()?, 3);
/// # Ok(())
/// # }
/// ```
pub struct Semaphore {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed!(Semaphore, "Semaphore" | "BoundedSemaphore", of);

impl Semaphore {
    pub(super) fn create(objects: &Arc<Objects>, permits: u64, is_bounded: bool) -> Result<Self, Error> {
        let proxy = semaphore::Semaphore::create(&objects.home().host(), permits, is_bounded)?;
        Ok(Self { proxy, of: PhantomData })
    }

    /// Takes a permit, and waits for one in turn.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn acquire(&self) -> Result<Permit, Error> {
        match self.take(None).await? {
            Some(permit) => Ok(permit),
            None => Err(Error::Runtime("a wait without an end has ended".into())),
        }
    }

    /// Takes a permit if that can be done in time; not at all if `timeout` is zero and there is none.
    ///
    /// # Errors
    ///
    /// As for [`acquire`](Self::acquire).
    pub async fn acquire_timeout(&self, timeout: Duration) -> Result<Option<Permit>, Error> {
        self.take(Some(timeout)).await
    }

    async fn take(&self, timeout: Option<Duration>) -> Result<Option<Permit>, Error> {
        let caller = self.proxy.home().guard();
        let acquired = semaphore::Semaphore::acquire(&self.proxy, &caller, timeout).await?;
        let permit = |is_abandoned| Permit { proxy: self.proxy.clone(), caller, is_abandoned };
        Ok(match acquired {
            Acquired::Acquired => Some(permit(false)),
            Acquired::Abandoned => Some(permit(true)),
            Acquired::TimedOut => None,
        })
    }

    /// Adds so many permits, or gives back those of others: a [`Permit`] does it by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` for no permit, or if a bounded semaphore had more than in the beginning then, and with
    /// `overflow` if there were more than 2^63 - 1.
    pub fn release(&self, permits: u64) -> Result<(), Error> {
        Ok(semaphore::Semaphore::release(&self.proxy, &self.proxy.home().host(), permits)?)
    }

    /// How many permits there are to take.
    ///
    /// # Errors
    ///
    /// As for [`acquire`](Self::acquire).
    pub fn available_permits(&self) -> Result<u64, Error> {
        Ok(semaphore::Semaphore::value(&self.proxy)?)
    }
}

/// A permit that is taken. Dropping it gives it to whoever has waited longest.
#[must_use = "the permit is given back at once"]
pub struct Permit {
    proxy: Proxy,
    caller: Caller,
    is_abandoned: bool,
}

impl Permit {
    pub(super) fn new(proxy: Proxy, caller: Caller, is_abandoned: bool) -> Self {
        Self { proxy, caller, is_abandoned }
    }

    /// Whether whoever had the permit before died with it, so that what it stands for may be half-changed.
    pub fn is_abandoned(&self) -> bool {
        self.is_abandoned
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("semaphore", &self.proxy).field("abandoned", &self.is_abandoned).finish()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // It may have been given back by somebody else, as any permit may.
        let _ = semaphore::Semaphore::release_own(&self.proxy, &self.caller);
    }
}
