use super::typed::typed;
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::Proxy;
use crate::referents::queue;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared queue whose items are read and written as `T`: first in, first out. A guest sees a `Queue` or a
/// `JoinableQueue`.
///
/// Whoever waits for an item, or for room, is served in turn. A wait whose future is dropped takes nothing.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let numbers = manager.queue(Some(1));
/// let others = numbers.clone();
/// let consumer = tokio::spawn(async move { Ok::<_, commonhold::Error>((others.get().await?, others.get().await?)) });
/// numbers.put(&1).await?;
/// numbers.put(&2).await?;
/// assert_eq!(consumer.await.unwrap()?, (1, 2));
/// assert_eq!(numbers.get_timeout(std::time::Duration::ZERO).await?, None);
/// numbers.shut_down(false)?;
/// assert!(numbers.get().await.is_err());
/// # Ok(())
/// # }
/// ```
pub struct Queue<T> {
    proxy: Proxy,
    items: PhantomData<fn(T) -> T>,
}

typed!(Queue<T>, "Queue" | "JoinableQueue", items);

impl<T> Queue<T> {
    pub(super) fn create(objects: &Arc<Objects>, most: Option<u64>, is_joinable: bool) -> Self {
        Self { proxy: queue::Queue::create(&objects.home().host(), most, is_joinable), items: PhantomData }
    }

    /// Adds an item at the end, and waits for room.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `shut-down` if the queue was shut down, before or meanwhile, with `quota-exceeded` if it is as
    /// long as a container may be, and with `not-exposed` or `revoked`, as for all methods.
    pub async fn put(&self, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        // Not for longer than it takes to encode it: the future is to be `Send` whatever `T` is.
        let it = item(it)?;
        Ok(queue::Queue::put(&self.proxy, &self.proxy.home().host(), it, None).await?)
    }

    /// Adds an item at the end if there is room in time; whether there was.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    pub async fn put_timeout(&self, it: &T, timeout: Duration) -> Result<bool, Error>
    where
        T: Serialize,
    {
        let it = item(it)?;
        match queue::Queue::put(&self.proxy, &self.proxy.home().host(), it, Some(timeout)).await {
            Ok(()) => Ok(true),
            Err(error) if error.kind == ErrorKind::Full => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes and returns the item at the front, and waits for one.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `shut-down` if the queue is empty and was shut down, with `bad-value` if the item is no `T`.
    pub async fn get(&self) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&queue::Queue::get(&self.proxy, &self.proxy.home().host(), None).await?)
    }

    /// Removes and returns the item at the front if there is one in time.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn get_timeout(&self, timeout: Duration) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        match queue::Queue::get(&self.proxy, &self.proxy.home().host(), Some(timeout)).await {
            Ok(item) => read_item(&item).map(Some),
            Err(error) if error.kind == ErrorKind::Empty => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How many items it holds.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(queue::Queue::length(&self.proxy)?)
    }

    /// Whether it holds none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(queue::Queue::is_empty(&self.proxy)?)
    }

    /// Whether it holds as many items as it may.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_full(&self) -> Result<bool, Error> {
        Ok(queue::Queue::is_full(&self.proxy)?)
    }

    /// Acknowledges that an item which was taken is done.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if all are done.
    pub fn task_done(&self) -> Result<(), Error> {
        Ok(queue::Queue::task_done(&self.proxy, &self.proxy.home().host())?)
    }

    /// Waits until all items that were put are done.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let jobs = manager.joinable_queue(None);
    /// jobs.put(&1).await?;
    /// assert_eq!(jobs.get().await?, 1);
    /// assert!(!jobs.join_timeout(std::time::Duration::from_millis(1)).await?);
    /// jobs.task_done()?;
    /// jobs.join().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub async fn join(&self) -> Result<(), Error> {
        queue::Queue::join(&self.proxy, &self.proxy.home().host(), None).await?;
        Ok(())
    }

    /// Waits until all items that were put are done, so long at most; whether they are.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub async fn join_timeout(&self, timeout: Duration) -> Result<bool, Error> {
        Ok(queue::Queue::join(&self.proxy, &self.proxy.home().host(), Some(timeout)).await?)
    }

    /// From now on nothing can be put, and nothing taken once the queue is empty: which it is at once if it is to be
    /// `immediate`, and then what it held counts as done.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn shut_down(&self, immediate: bool) -> Result<(), Error> {
        Ok(queue::Queue::shut_down(&self.proxy, immediate)?)
    }
}
