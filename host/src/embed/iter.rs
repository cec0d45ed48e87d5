use super::typed::typed;
use crate::convert::read_item;
use crate::error::Error;
use crate::object::call::resolve_iterator;
use crate::object::{Item, Proxy, Room};
use crate::referents::iterator::Iteration;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::time::Duration;

/// A shared iterator whose items are read as `T`: guests can draw from it, too, and each item goes to one of those who
/// do.
///
/// One over a list or an array goes by index and sees what changes meanwhile, one over a dict's keys or a deque fails
/// once that has changed, and one over a set has what was in it at the beginning. Of a provider's object it is what the
/// object's `__iter__` gives, or it calls its `__next__` for each item.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// use commonhold::{Iter, Manager};
///
/// let manager = Manager::new()?;
/// let list = manager.list([1, 2])?;
/// let numbers = Iter::<i64>::over(list.proxy()).await?;
/// assert_eq!(numbers.next().await?, Some(1));
/// list.push(&3)?;
/// assert_eq!(numbers.next_many(10).await?, [2, 3]);
/// assert_eq!(numbers.next().await?, None);
///
/// let letters: Iter<String> = manager.create("Iterator", ("ab",)).await?.try_into()?;
/// assert_eq!(letters.next_many(10).await?, ["a", "b"]);
/// # Ok(())
/// # }
/// ```
pub struct Iter<T> {
    proxy: Proxy,
    items: PhantomData<fn() -> T>,
}

impl<T> Iter<T> {
    /// A new iterator over an object; over an iterator, that iterator. Waits for a provider only.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it cannot be iterated over, `not-exposed` or `revoked` if the proxy may not do
    /// that, and whatever a provider fails with.
    pub async fn over(object: &Proxy) -> Result<Self, Error> {
        let caller = object.home().host();
        let mut over = Item::proxy(object.clone());
        resolve_iterator(&mut over, &caller).await?;
        Ok(Self { proxy: Iteration::create(&caller, &over)?, items: PhantomData })
    }
}

impl<T: DeserializeOwned> Iter<T> {
    /// The next item; none when the iterator is exhausted, from then on for ever. Waits only for a provider or
    /// the workers of a pool.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `runtime` if what it iterates over has changed and must not, with `bad-value` if the item is
    /// no `T`, and whatever a provider fails with.
    pub async fn next(&self) -> Result<Option<T>, Error> {
        let item = Iteration::next(&self.proxy, &self.proxy.home().host()).await?;
        item.map(|item| read_item(&item)).transpose()
    }

    /// The next item, where what the workers of a [`Pool`](crate::Pool) return is waited for so long at most. Others are not
    /// hurried.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `timeout` if it did not come in time; else as [`next`](Self::next).
    pub async fn next_timeout(&self, timeout: Duration) -> Result<Option<T>, Error> {
        let item = Iteration::next_within(&self.proxy, &self.proxy.home().host(), timeout).await?;
        item.map(|item| read_item(&item)).transpose()
    }

    /// The next items, so many at most: none when the iterator is exhausted. Those of a container are drawn at one
    /// moment; a provider is asked for one.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next). What was drawn before an error is given first.
    pub async fn next_many(&self, most: usize) -> Result<Vec<T>, Error> {
        let room = Room::some(most, usize::MAX);
        let items = Iteration::next_many(&self.proxy, &self.proxy.home().host(), room).await?;
        items.iter().map(read_item).collect()
    }
}

typed!(Iter<T>, "Iterator", items);
