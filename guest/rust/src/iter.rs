//! Shared iterators.

use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::iterators;
use crate::backend::types;
use crate::convert::{expect_unit, lend, read, receive_option};
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared iterator: any number of processes may draw from one, and each item goes to one of them.
///
/// [`Dict::iter_keys`](crate::Dict::iter_keys), [`List::iter_shared`](crate::List::iter_shared) and the like make
/// one, and [`over`](Iter::over) makes one of anything. It is an iterator of Rust's at once; each step is a call, which
/// can fail.
///
/// ```
/// use commonhold_guest::{Dict, Iter, List, Result};
///
/// let dict = Dict::<String, i64>::from_entries([("a", 1), ("b", 2)])?;
/// let keys = dict.iter_keys()?.collect::<Result<Vec<_>>>()?;
/// assert_eq!(keys, ["a", "b"]);
///
/// let list = List::from_items([1, 2])?;
/// let (mine, yours) = (list.iter_shared()?, list.iter_shared()?);
/// let ours = mine.clone();
/// assert_eq!((mine.next_item()?, ours.next_item()?), (Some(1), Some(2)));
/// list.push(3)?;
/// assert_eq!(ours.next_many(9)?, [3]);
/// assert_eq!(yours.next_many(2)?, [1, 2]);
///
/// let letters = Iter::<String>::over("ab")?;
/// assert_eq!(letters.next_item()?.as_deref(), Some("a"));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub struct Iter<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(Iter<T>, "Iterator");

impl<T> Iter<T> {
    pub(crate) fn from_proxy(proxy: Proxy) -> Iter<T> {
        Iter::assume(proxy)
    }

    /// A new iterator over a plain value, a proxy to a container, or a provider's object; of an iterator, it is that
    /// iterator.
    ///
    /// One over a list or an array goes by index and sees what changes meanwhile, one over a dict's keys or a deque
    /// fails once that has changed, and one over anything else of the manager's has what was in it at the beginning. Of a
    /// provider's object it is what its `__iter__` gives, or it calls its `__next__` for each item.
    ///
    /// # Errors
    ///
    /// `type` if it cannot be iterated over, `not-exposed` if a proxy may not do that, and whatever a provider fails
    /// with.
    pub fn over<S: Serialize + ?Sized>(source: &S) -> Result<Iter<T>> {
        lend(source, |source| expect_unit(iterators::create(source))).map(|handle| Iter::from_proxy(Proxy::new(handle)))
    }
}

impl<T: DeserializeOwned> Iter<T> {
    /// The next item; none when the iterator is exhausted, from then on for ever.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let keys = Dict::<i64, i64>::from_entries([(1, 2)])?.iter_keys()?;
    /// assert_eq!(keys.next_item()?, Some(1));
    /// assert_eq!(keys.next_item()?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `runtime` if what it iterates over has changed and must not; whatever a provider fails with.
    pub fn next_item(&self) -> Result<Option<T>> {
        receive_option(iterators::next(self.handle()))
    }

    /// As [`next_item`](Iter::next_item), where what the workers of a [`Pool`](crate::Pool) return is waited for so long at
    /// most.
    ///
    /// ```
    /// # use commonhold_guest::{Event, ErrorKind, Pool, Result, entry};
    /// # use std::time::Duration;
    /// #[entry]
    /// fn wait(event: Event) -> Result<()> {
    ///     event.wait()
    /// }
    ///
    /// commonhold_guest::program!(entries: [wait]);
    ///
    /// fn example() -> Result<()> {
    ///     let (pool, event) = (Pool::new(1)?, Event::new()?);
    ///     let results = pool.imap::<()>("wait", [&event])?;
    ///     let error = results.next_timeout(Duration::from_millis(1)).unwrap_err();
    ///     assert_eq!(error.kind, ErrorKind::Timeout);
    ///     event.set()?;
    ///     assert_eq!(results.next_timeout(Duration::from_secs(60))?, Some(()));
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// `timeout` if it did not come in time; else as [`next_item`](Iter::next_item). Others are not hurried.
    pub fn next_timeout(&self, timeout: Duration) -> Result<Option<T>> {
        receive_option(iterators::next_within(self.handle(), nanoseconds(timeout)))
    }

    /// The next items, so many at most: none when the iterator is exhausted. Those of a container are drawn at one
    /// moment; a provider is asked for one.
    ///
    /// # Errors
    ///
    /// As [`next_item`](Iter::next_item). What was drawn before an error is given first. An item that is no `T` is
    /// `bad-value`, and those drawn with it are gone.
    pub fn next_many(&self, most: u32) -> Result<Vec<T>> {
        expect_unit(iterators::next_many(self.handle(), most))?.into_iter().map(read).collect()
    }
}

impl<T: DeserializeOwned> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.next_item().transpose()
    }
}

/// What was in a shared object at one moment, item by item: see [`Set::iter`](crate::Set::iter).
///
/// The copy stays in the manager, and comes in parts. Nobody else draws from it, so nobody can tell.
///
/// ```
/// use commonhold_guest::{Set, Snapshot};
///
/// let set = Set::<i64>::from_items([1, 2, 3])?;
/// let mut snapshot: Snapshot<i64> = set.iter()?;
/// assert!(snapshot.all(|element| element.is_ok_and(|element| element < 4)));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[derive(Debug)]
pub struct Snapshot<T> {
    /// None once it is exhausted or has failed.
    iter: Option<Iter<T>>,
    drawn: std::vec::IntoIter<types::Value>,
}

/// How many items come at once.
const CHUNK: u32 = 256;

impl<T> Snapshot<T> {
    /// Of an iterator that nobody else has, over what does not change.
    pub(crate) fn of(iter: Iter<T>) -> Snapshot<T> {
        Snapshot { iter: Some(iter), drawn: Vec::new().into_iter() }
    }
}

impl<T: DeserializeOwned> Iterator for Snapshot<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        if let Some(item) = self.drawn.next() {
            return Some(read(item));
        }
        match expect_unit(iterators::next_many(self.iter.as_ref()?.handle(), CHUNK)) {
            Ok(drawn) => self.drawn = drawn.into_iter(),
            Err(error) => {
                self.iter = None;
                return Some(Err(error));
            }
        }
        let item = self.drawn.next();
        if item.is_none() {
            self.iter = None;
        }
        item.map(read)
    }
}

impl<T: DeserializeOwned> FusedIterator for Snapshot<T> {}
