//! What is a reading and a change in one, and what reaches inside.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Dict;
use crate::backend::dicts;
use crate::convert::{expect_unit, lend, lend_all, read};
use crate::{Like, Result};

impl<K: Serialize, V: Serialize + DeserializeOwned> Dict<K, V> {
    /// Replaces the value of a key by one that is greater, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let best = Dict::<String, i64>::from_entries([("a", 3), ("b", 5)])?;
    /// assert_eq!(best.fetch_max("a", 7)?, 3);
    /// assert_eq!(best.fetch_max("a", 4)?, 7);
    /// assert_eq!(best.fetch_max("a", 0)?, 7);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key` if there is no such key, `type` if the two have no order.
    pub fn fetch_max(&self, key: impl Like<K>, value: impl Like<V>) -> Result<V> {
        read(lend(&key, |key| lend(&value, |value| expect_unit(dicts::fetch_max(self.handle(), key, value, None))))?)
    }

    /// Replaces the value of a key by one that is greater, atomically, and returns what was there
    /// before. A missing key counts as `initial`.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let best = Dict::<String, i64>::new()?;
    /// for (player, score) in [("a", 3), ("b", 5), ("a", 1)] {
    ///     best.fetch_max_or(player, score, 0)?;
    /// }
    /// assert_eq!(best.get_many(["a", "b"])?, [3, 5]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `type` if the two have no order.
    pub fn fetch_max_or(&self, key: impl Like<K>, value: impl Like<V>, initial: impl Like<V>) -> Result<V> {
        let before = lend(&key, |key| {
            lend(&value, |value| {
                lend(&initial, |initial| expect_unit(dicts::fetch_max(self.handle(), key, value, Some(initial))))
            })
        });
        read(before?)
    }

    /// Replaces the value of a key, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let values = Dict::<String, i64>::from_entries([("a", 3), ("b", 5)])?;
    /// assert_eq!(values.swap("a", 4)?, 3);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key` if there is no such key.
    pub fn swap(&self, key: impl Like<K>, value: impl Like<V>) -> Result<V> {
        read(lend(&key, |key| lend(&value, |value| expect_unit(dicts::swap(self.handle(), key, value))))?)
    }

    /// Replaces the value of a key if it is equal to the expected one, atomically. Returns what was
    /// there, as the standard library's atomics do: `Ok` if it was replaced, `Err` if not. Equal is
    /// what Python's `==` finds.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let values = Dict::<String, i64>::from_entries([("a", 3), ("b", 5)])?;
    /// assert_eq!(values.compare_exchange("a", 3, 4)?, Ok(3));
    /// assert_eq!(values.compare_exchange("a", 3, 9)?, Err(4));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key` if there is no such key.
    pub fn compare_exchange(
        &self,
        key: impl Like<K>,
        expected: impl Like<V>,
        new: impl Like<V>,
    ) -> Result<std::result::Result<V, V>> {
        let (done, there) = lend(&key, |key| {
            lend(&expected, |expected| {
                lend(&new, |new| expect_unit(dicts::compare_exchange(self.handle(), key, expected, new)))
            })
        })?;
        let there = read(there)?;
        Ok(if done { Ok(there) } else { Err(there) })
    }

    /// Removes the value of a key if it is equal to the expected one, atomically. Returns what was
    /// there: `Ok` if it was removed, `Err` if not.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let values = Dict::<String, i64>::from_entries([("a", 3), ("b", 5)])?;
    /// assert_eq!(values.remove_if("a", 4)?, Err(3));
    /// assert_eq!(values.remove_if("a", 3)?, Ok(3));
    /// assert_eq!(values.len()?, 1);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key` if there is no such key.
    pub fn remove_if(&self, key: impl Like<K>, expected: impl Like<V>) -> Result<std::result::Result<V, V>> {
        let (done, there) =
            lend(&key, |key| lend(&expected, |expected| expect_unit(dicts::pop_if(self.handle(), key, expected))))?;
        let there = read(there)?;
        Ok(if done { Ok(there) } else { Err(there) })
    }
}

impl<K: Serialize, V: DeserializeOwned> Dict<K, V> {
    /// Copies of the values of some keys, of one moment.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::new()?;
    /// dict.set_many([("a", 1), ("b", 2)])?;
    /// assert_eq!(dict.get_many(["b", "a"])?, [2, 1]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key` if one is not there.
    pub fn get_many<I: IntoIterator<Item: Like<K>>>(&self, keys: I) -> Result<Vec<V>> {
        read(lend_all(keys, |keys| expect_unit(dicts::get_many(self.handle(), keys, None)))?)
    }
}

impl<K: Serialize, V: Serialize + DeserializeOwned> Dict<K, V> {
    /// Copies of the values of some keys, of one moment, with the default where there is no such key.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let ages = Dict::<String, i64>::from_entries([("Ada", 36)])?;
    /// assert_eq!(ages.get_many_or(["Ada", "Bob"], 0)?, [36, 0]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn get_many_or<I: IntoIterator<Item: Like<K>>>(&self, keys: I, default: impl Like<V>) -> Result<Vec<V>> {
        let values = lend_all(keys, |keys| {
            lend(&default, |default| expect_unit(dicts::get_many(self.handle(), keys, Some(default))))
        });
        read(values?)
    }
}

impl<K: Serialize, V: Serialize> Dict<K, V> {
    /// Sets entries at one moment: all of them, or none if there is an error.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the dict would be too large.
    pub fn set_many<I, A, B>(&self, entries: I) -> Result<()>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Like<K>,
        B: Like<V>,
    {
        lend_all(entries, |entries| expect_unit(dicts::set_many(self.handle(), entries)))
    }
}

impl<K, V> Dict<K, V> {
    /// The value at the end of a path: a tuple or list of keys and indexes, 64 at most. Each leads into
    /// a plain value, or through a proxy into another object.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let config = Dict::<String, Vec<i64>>::from_entries([("ports", vec![80, 443])])?;
    /// config.set_path(("ports", 0), 8080)?;
    /// assert_eq!(config.get_path::<i64>(("ports", 0))?, 8080);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `key`, `index` or `type` where a step leads nowhere, `bad-value` if the value is no `R`.
    pub fn get_path<R: DeserializeOwned>(&self, path: impl Serialize) -> Result<R> {
        read(lend(&path, |path| expect_unit(dicts::get_path(self.handle(), path)))?)
    }

    /// Puts a value at the end of a path. A plain value that the path leads into is replaced as a
    /// whole, atomically.
    ///
    /// # Errors
    ///
    /// As for [`get_path`](Self::get_path); `quota-exceeded` or `bad-value` if the whole becomes too
    /// large or nests too deep.
    pub fn set_path(&self, path: impl Serialize, value: impl Serialize) -> Result<()> {
        lend(&path, |path| lend(&value, |value| expect_unit(dicts::set_path(self.handle(), path, value))))
    }
}
