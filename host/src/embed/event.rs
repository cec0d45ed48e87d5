use super::typed::typed;
use crate::error::Error;
use crate::manager::Objects;
use crate::object::Proxy;
use crate::referents::event;
use crate::sync::Arc;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared event: a flag that others wait for.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let ready = manager.event();
/// let other = ready.clone();
/// let waiting = tokio::spawn(async move { other.wait().await });
/// ready.set()?;
/// waiting.await.unwrap()?;
/// ready.clear()?;
/// assert!(!ready.wait_timeout(std::time::Duration::from_millis(1)).await?);
/// # Ok(())
/// # }
/// ```
pub struct Event {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed!(Event, "Event", of);

impl Event {
    pub(super) fn create(objects: &Arc<Objects>) -> Self {
        Self { proxy: event::Event::create(&objects.home().host()), of: PhantomData }
    }

    /// Whether the flag is set.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn is_set(&self) -> Result<bool, Error> {
        Ok(event::Event::is_set(&self.proxy)?)
    }

    /// Sets the flag. All who wait for it go on, even if it is cleared right after.
    ///
    /// # Errors
    ///
    /// As for [`is_set`](Self::is_set).
    pub fn set(&self) -> Result<(), Error> {
        Ok(event::Event::set(&self.proxy)?)
    }

    /// Takes the flag back.
    ///
    /// # Errors
    ///
    /// As for [`is_set`](Self::is_set).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(event::Event::clear(&self.proxy)?)
    }

    /// Waits until the flag is set.
    ///
    /// # Errors
    ///
    /// As for [`is_set`](Self::is_set).
    pub async fn wait(&self) -> Result<(), Error> {
        event::Event::wait(&self.proxy, &self.proxy.home().host(), None).await?;
        Ok(())
    }

    /// Waits until the flag is set, so long at most; whether it was in time.
    ///
    /// # Errors
    ///
    /// As for [`is_set`](Self::is_set).
    pub async fn wait_timeout(&self, timeout: Duration) -> Result<bool, Error> {
        Ok(event::Event::wait(&self.proxy, &self.proxy.home().host(), Some(timeout)).await?)
    }
}
