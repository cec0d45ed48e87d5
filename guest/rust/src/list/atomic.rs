//! What is a reading and a change in one, and what reaches inside.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Index, List};
use crate::backend::lists;
use crate::convert::{expect_unit, lend, lend_all, read};
use crate::{Like, Result};

impl<T: Serialize + DeserializeOwned> List<T> {
    /// Replaces the value at an index by one that is greater, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let best = List::from_items([3, 5])?;
    /// assert_eq!(best.fetch_max(0, 7)?, 3);
    /// assert_eq!(best.fetch_max(0, 4)?, 7);
    /// assert_eq!(best.fetch_max(0, 0)?, 7);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is no such item, `type` if the two have no order.
    pub fn fetch_max(&self, index: impl Index, value: impl Like<T>) -> Result<T> {
        read(lend(&value, |value| expect_unit(lists::fetch_max(self.handle(), index.position(), value)))?)
    }

    /// Replaces the value at an index, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let values = List::from_items([3, 5])?;
    /// assert_eq!(values.swap(0, 4)?, 3);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is no such item.
    pub fn swap(&self, index: impl Index, value: impl Like<T>) -> Result<T> {
        read(lend(&value, |value| expect_unit(lists::swap(self.handle(), index.position(), value)))?)
    }

    /// Replaces the value at an index if it is equal to the expected one, atomically. Returns what was
    /// there, as the standard library's atomics do: `Ok` if it was replaced, `Err` if not. Equal is
    /// what Python's `==` finds.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let values = List::from_items([3, 5])?;
    /// assert_eq!(values.compare_exchange(0, 3, 4)?, Ok(3));
    /// assert_eq!(values.compare_exchange(0, 3, 9)?, Err(4));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is no such item.
    pub fn compare_exchange(
        &self,
        index: impl Index,
        expected: impl Like<T>,
        new: impl Like<T>,
    ) -> Result<std::result::Result<T, T>> {
        let (done, there) = lend(&expected, |expected| {
            lend(&new, |new| expect_unit(lists::compare_exchange(self.handle(), index.position(), expected, new)))
        })?;
        let there = read(there)?;
        Ok(if done { Ok(there) } else { Err(there) })
    }

    /// Removes the value at an index if it is equal to the expected one, atomically. Returns what was
    /// there: `Ok` if it was removed, `Err` if not.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let values = List::from_items([3, 5])?;
    /// assert_eq!(values.remove_if(0, 4)?, Err(3));
    /// assert_eq!(values.remove_if(0, 3)?, Ok(3));
    /// assert_eq!(values.len()?, 1);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is no such item.
    pub fn remove_if(&self, index: impl Index, expected: impl Like<T>) -> Result<std::result::Result<T, T>> {
        let (done, there) =
            lend(&expected, |expected| expect_unit(lists::pop_if(self.handle(), index.position(), expected)))?;
        let there = read(there)?;
        Ok(if done { Ok(there) } else { Err(there) })
    }
}

impl<T: DeserializeOwned> List<T> {
    /// Copies of the items at some indexes, of one moment.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([10, 20, 30])?;
    /// list.set_many([(0, 11), (-1, 31)])?;
    /// assert_eq!(list.get_many([2, 0])?, [31, 11]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if one is not there.
    pub fn get_many<I: IntoIterator<Item: Index>>(&self, indexes: I) -> Result<Vec<T>> {
        let indexes = indexes.into_iter().map(super::sealed::Index::position);
        read(lend_all(indexes, |indexes| expect_unit(lists::get_many(self.handle(), indexes)))?)
    }
}

impl<T: Serialize> List<T> {
    /// Replaces the items at some indexes at one moment: all of them, or none if there is an error.
    ///
    /// # Errors
    ///
    /// `index` if one is not there.
    pub fn set_many<I, N, A>(&self, pairs: I) -> Result<()>
    where
        I: IntoIterator<Item = (N, A)>,
        N: Index,
        A: Like<T>,
    {
        let pairs = pairs.into_iter().map(|(index, item)| (index.position(), item));
        lend_all(pairs, |pairs| expect_unit(lists::set_many(self.handle(), pairs)))
    }
}

impl<T> List<T> {
    /// The value at the end of a path: a tuple or list of keys and indexes, 64 at most. Each leads into
    /// a plain value, or through a proxy into another object.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let rows = List::<Vec<i64>>::from_items([vec![1, 2], vec![3]])?;
    /// rows.set_path((0, 1), 5)?;
    /// assert_eq!(rows.get_path::<i64>((0, -1))?, 5);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key`, `index` or `type` where a step leads nowhere, `bad-value` if the value is no `R`.
    pub fn get_path<R: DeserializeOwned>(&self, path: impl Serialize) -> Result<R> {
        read(lend(&path, |path| expect_unit(lists::get_path(self.handle(), path)))?)
    }

    /// Puts a value at the end of a path. A plain value that the path leads into is replaced as a
    /// whole, atomically.
    ///
    /// # Errors
    ///
    /// As for [`get_path`](Self::get_path); `quota-exceeded` or `bad-value` if the whole becomes too
    /// large or nests too deep.
    pub fn set_path(&self, path: impl Serialize, value: impl Serialize) -> Result<()> {
        lend(&path, |path| lend(&value, |value| expect_unit(lists::set_path(self.handle(), path, value))))
    }
}
