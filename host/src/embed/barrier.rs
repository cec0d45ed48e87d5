use super::typed::typed;
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{CallError, Item, Proxy};
use crate::referents::barrier::{self, Action, Entry, Function};
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared barrier: so many parties wait for each other there, then all go on.
///
/// One that gives up, because its time is up, because its process dies or because its future is dropped, breaks the
/// barrier for all who wait there.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let barrier = manager.barrier(2, None)?;
/// let (a, b) = tokio::try_join!(barrier.wait(), barrier.wait())?;
/// assert_eq!(a + b, 1);
/// barrier.abort()?;
/// assert!(barrier.wait().await.is_err());
/// # Ok(())
/// # }
/// ```
pub struct Barrier {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed!(Barrier, "Barrier", of);

impl Barrier {
    pub(super) fn create(
        objects: &Arc<Objects>,
        parties: u64,
        timeout: Option<Duration>,
        action: Option<Action>,
    ) -> Result<Self, Error> {
        let proxy = barrier::Barrier::create(&objects.home().host(), parties, action, timeout)?;
        Ok(Self { proxy, of: PhantomData })
    }

    /// One at which the last to come does something of the embedder's.
    pub(super) fn acting<F, W>(
        objects: &Arc<Objects>,
        parties: u64,
        timeout: Option<Duration>,
        action: F,
    ) -> Result<Self, Error>
    where
        F: Fn() -> W + Send + Sync + 'static,
        W: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let function: Function = Arc::new(move |_| {
            let work = action();
            Box::pin(async move {
                work.await.map_err(|error| match error {
                    Error::Call(error) => error,
                    other => CallError::new(ErrorKind::Other, other.to_string()),
                })
            })
        });
        Self::create(objects, parties, timeout, Some(Action::Function(function)))
    }

    /// One at which a process runs an entry.
    pub(super) fn running(
        objects: &Arc<Objects>,
        parties: u64,
        timeout: Option<Duration>,
        program: &str,
        entry: &str,
        args: Vec<Item>,
    ) -> Result<Self, Error> {
        let entry = Entry::new(&objects.home().host(), Some(program.to_owned()), entry.to_owned(), args)?;
        Self::create(objects, parties, timeout, Some(Action::Entry(entry)))
    }

    /// Waits for the other parties, as long as the barrier's own timeout says, and gives this one's place among them, from
    /// 0 for the first to come.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `broken-barrier` if they do not all come, and with `not-exposed` or `revoked`, as for all
    /// methods.
    pub async fn wait(&self) -> Result<u64, Error> {
        Ok(barrier::Barrier::wait(&self.proxy, &self.proxy.home().host(), None).await?)
    }

    /// The same, so long at most.
    ///
    /// # Errors
    ///
    /// As for [`wait`](Self::wait).
    pub async fn wait_timeout(&self, timeout: Duration) -> Result<u64, Error> {
        Ok(barrier::Barrier::wait(&self.proxy, &self.proxy.home().host(), Some(timeout)).await?)
    }

    /// Breaks the barrier: whoever waits, or will until it is reset, gets `broken-barrier`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub fn abort(&self) -> Result<(), Error> {
        Ok(barrier::Barrier::abort(&self.proxy)?)
    }

    /// Whoever waits gets `broken-barrier`; from then on the barrier is as new.
    ///
    /// # Errors
    ///
    /// As for [`abort`](Self::abort).
    pub fn reset(&self) -> Result<(), Error> {
        Ok(barrier::Barrier::reset(&self.proxy)?)
    }

    /// How many parties wait for each other.
    ///
    /// # Errors
    ///
    /// As for [`abort`](Self::abort).
    pub fn parties(&self) -> Result<u64, Error> {
        Ok(barrier::Barrier::parties(&self.proxy)?)
    }

    /// How many of them wait now.
    ///
    /// # Errors
    ///
    /// As for [`abort`](Self::abort).
    pub fn waiting(&self) -> Result<u64, Error> {
        Ok(barrier::Barrier::waiting(&self.proxy)?)
    }

    /// Whether the barrier is broken.
    ///
    /// # Errors
    ///
    /// As for [`abort`](Self::abort).
    pub fn is_broken(&self) -> Result<bool, Error> {
        Ok(barrier::Barrier::is_broken(&self.proxy)?)
    }
}
