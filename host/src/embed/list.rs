use super::typed::{flagged, typed};
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::Proxy;
use crate::referents::list;
use crate::referents::slice::Slice;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

/// A shared list whose items are read and written as `T`.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let list = manager.list([3, 1])?;
/// list.push(&4)?;
/// list.extend(&[1, 5])?;
/// list.insert(0, &9)?;
/// assert_eq!((list.remove(1)?, list.get(-1)?), (3, 5));
/// list.sort()?;
/// assert_eq!(list.to_vec()?, [1, 1, 4, 5, 9]);
/// assert_eq!((list.position(&4)?, list.contains(&3)?), (Some(2), false));
/// list.reverse()?;
/// assert_eq!(list.to_string(), "[9, 5, 4, 1, 1]");
/// list.clear()?;
/// assert!(list.is_empty()?);
/// # Ok(())
/// # }
/// ```
pub struct List<T> {
    proxy: Proxy,
    items: PhantomData<fn(T) -> T>,
}

impl<T> List<T> {
    pub(super) fn create(objects: &Arc<Objects>, items: impl IntoIterator<Item = T>) -> Result<Self, Error>
    where
        T: Serialize,
    {
        let items = items.into_iter();
        // By hand: collecting results would not know how many there are.
        let mut all = Vec::with_capacity(items.size_hint().0);
        for it in items {
            all.push(item(&it)?);
        }
        let proxy = list::List::create_of(&objects.home().host(), all)?;
        Ok(Self { proxy, items: PhantomData })
    }

    /// How many items it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(list::List::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// The item at an index; negative ones count from the end.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `bad-value` if it is no `T`.
    pub fn get(&self, index: i64) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&list::List::get_item(&self.proxy, index)?)
    }

    /// Replaces the item at an index.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn set(&self, index: i64, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(list::List::set_item(&self.proxy, index, item(it)?)?)
    }

    /// Adds an item at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if the list is full.
    pub fn push(&self, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(list::List::append(&self.proxy, item(it)?)?)
    }

    /// Removes the last item; `None` if the list is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`.
    pub fn pop(&self) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        match list::List::pop(&self.proxy, None) {
            Ok(item) => read_item(&item).map(Some),
            Err(error) if error.kind == ErrorKind::Index => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds items at the end, all at one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if the list cannot hold so many: then none is added.
    pub fn extend<'a>(&self, items: impl IntoIterator<Item = &'a T>) -> Result<(), Error>
    where
        T: Serialize + 'a,
    {
        let items: Vec<&T> = items.into_iter().collect();
        Ok(list::List::extend(&self.proxy, item(&items)?)?)
    }

    /// Puts an item before an index, which is clipped to the list's bounds; negative ones count from the end.
    ///
    /// # Errors
    ///
    /// As for [`push`](Self::push).
    pub fn insert(&self, index: i64, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(list::List::insert(&self.proxy, index, item(it)?)?)
    }

    /// Removes the item at an index, and gives it.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get). An item that is no `T` is removed all the same.
    pub fn remove(&self, index: i64) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&list::List::pop(&self.proxy, Some(index))?)
    }

    /// Removes all items.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(list::List::clear(&self.proxy)?)
    }

    /// Whether an equal item is in the list.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if there is too much to compare.
    pub fn contains<Q: Serialize + ?Sized>(&self, it: &Q) -> Result<bool, Error> {
        Ok(list::List::contains(&self.proxy, &item(it)?)?)
    }

    /// The first index of an equal item; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As for [`contains`](Self::contains).
    pub fn position<Q: Serialize + ?Sized>(&self, it: &Q) -> Result<Option<u64>, Error> {
        match list::List::index(&self.proxy, &item(it)?, None, None) {
            Ok(index) => Ok(Some(index)),
            Err(error) if error.kind == ErrorKind::Value => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// A copy of a range of items, clipped to the list's bounds; negative bounds count from the end.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let list = commonhold::Manager::new()?.list(0..5)?;
    /// assert_eq!(list.slice(1..3)?, [1, 2]);
    /// assert_eq!(list.slice(-2..)?, [3, 4]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`to_vec`](Self::to_vec).
    pub fn slice(&self, range: impl RangeBounds<i64>) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        let start = match range.start_bound() {
            Bound::Included(start) => Some(*start),
            // After the last one there is nothing: not the first one from the end.
            Bound::Excluded(-1) => Some(i64::MAX),
            Bound::Excluded(start) => Some(start.saturating_add(1)),
            Bound::Unbounded => None,
        };
        let stop = match range.end_bound() {
            Bound::Excluded(stop) => Some(*stop),
            // Up to the last one, that included.
            Bound::Included(-1) | Bound::Unbounded => None,
            Bound::Included(stop) => Some(stop.saturating_add(1)),
        };
        read_item(&list::List::get_slice(&self.proxy, Slice { start, stop, step: None })?)
    }

    /// Reverses the list in place.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn reverse(&self) -> Result<(), Error> {
        Ok(list::List::reverse(&self.proxy)?)
    }

    /// Sorts the list in place, the least item first; equal items keep their order.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if two items have no order, `quota-exceeded` if there is too much to compare; then
    /// nothing has changed.
    pub fn sort(&self) -> Result<(), Error> {
        Ok(list::List::sort(&self.proxy, false)?)
    }

    /// A copy of all items.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if an item is no `T`, `quota-exceeded` if they are too many
    /// for one value.
    pub fn to_vec(&self) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&list::List::copy(&self.proxy)?)
    }

    /// Adds to the number at an index, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `type` if either is not a number.
    pub fn fetch_add(&self, index: i64, delta: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&list::List::fetch_add(&self.proxy, index, &item(delta)?)?)
    }

    /// Replaces the value at an index by one that is greater, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `type` if the two have no order.
    pub fn fetch_max(&self, index: i64, it: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&list::List::fetch_max(&self.proxy, index, item(it)?)?)
    }

    /// Replaces the value at an index, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn swap(&self, index: i64, it: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&list::List::swap(&self.proxy, index, item(it)?)?)
    }

    /// Replaces the value at an index if it is equal to the expected one, atomically, as Python's `==` finds. Gives
    /// what was there, as the atomics of the standard library do: `Ok` if it was replaced, `Err` if not.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let scores = manager.list([3, 5])?;
    /// assert_eq!(scores.compare_exchange(0, &3, &4)?, Ok(3));
    /// assert_eq!(scores.compare_exchange(0, &3, &9)?, Err(4));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn compare_exchange(&self, index: i64, expected: &T, new: &T) -> Result<Result<T, T>, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        flagged(list::List::compare_exchange(&self.proxy, index, &item(expected)?, item(new)?)?)
    }

    /// Removes the value at an index if it is equal to the expected one, atomically. Gives what was there: `Ok` if it
    /// was removed, `Err` if not.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn remove_if(&self, index: i64, expected: &T) -> Result<Result<T, T>, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        flagged(list::List::pop_if(&self.proxy, index, &item(expected)?)?)
    }

    /// The value at the end of a path: a tuple or list of keys and indexes, as in `(0, "name")`. Each leads
    /// into a plain value, or through a proxy into another object.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key`, `index` or `type` where a step leads nowhere, `bad-value` if the value is no `R`.
    pub fn get_path<R: DeserializeOwned>(&self, path: &impl Serialize) -> Result<R, Error> {
        read_item(&list::List::get_path(&self.proxy, &item(path)?)?)
    }

    /// Puts a value at the end of a path. A plain value that the path leads into is replaced as a whole, atomically.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let rows = manager.list([vec![1, 2], vec![3]])?;
    /// rows.set_path(&(0, 1), &5)?;
    /// assert_eq!(rows.get_path::<i64>(&(0, -1))?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`get_path`](Self::get_path); [`Error::Call`] with `quota-exceeded` or `bad-value` if the whole becomes
    /// too large or nests too deep.
    pub fn set_path(&self, path: &impl Serialize, it: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        Ok(list::List::set_path(&self.proxy, &item(path)?, item(it)?)?)
    }

    /// Copies of the items at some indexes, of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if one is not there.
    pub fn get_many(&self, indexes: &[i64]) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&list::List::get_many(&self.proxy, &item(indexes)?)?)
    }

    /// Replaces the items at some indexes at one moment: all of them, or none if there is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if one is not there.
    pub fn set_many(&self, pairs: &[(i64, T)]) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(list::List::set_many(&self.proxy, &item(pairs)?)?)
    }
}

typed!(List<T>, "list", items);
