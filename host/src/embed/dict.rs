use super::typed::{flagged, typed};
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Item, Proxy};
use crate::referents::dict;
use crate::sync::Arc;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A dict both takes and gives keys and values.
type Entries<K, V> = PhantomData<fn(K, V) -> (K, V)>;

/// A shared dict whose keys are read and written as `K` and its values as `V`.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let dict = manager.dict([("a".to_owned(), 1)])?;
/// dict.set("b", &2)?;
/// dict.extend([("a", &3), ("c", &4)])?;
/// assert_eq!((dict.get("a")?, dict.get("z")?, dict.contains_key("c")?), (Some(3), None, true));
/// assert_eq!((dict.remove("c")?, dict.len()?), (Some(4), 2));
/// assert_eq!((dict.keys()?, dict.values()?), (vec!["a".to_owned(), "b".to_owned()], vec![3, 2]));
/// dict.clear()?;
/// assert!(dict.is_empty()?);
/// # Ok(())
/// # }
/// ```
pub struct Dict<K, V> {
    proxy: Proxy,
    entries: Entries<K, V>,
}

impl<K, V> Dict<K, V> {
    pub(super) fn create(objects: &Arc<Objects>, entries: impl IntoIterator<Item = (K, V)>) -> Result<Self, Error>
    where
        K: Serialize,
        V: Serialize,
    {
        let proxy = dict::Dict::create(&objects.home().host());
        let dict = Self { proxy, entries: PhantomData };
        for (key, it) in entries {
            dict.set(&key, &it)?;
        }
        Ok(dict)
    }

    /// How many entries it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(dict::Dict::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// The value of a key; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable, `bad-value` if the value is no `V`.
    pub fn get<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_optional(dict::Dict::find(&self.proxy, &item(key)?)?)
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable, `quota-exceeded` if the dict is full.
    pub fn set<Q: Serialize + ?Sized>(&self, key: &Q, it: &V) -> Result<(), Error>
    where
        V: Serialize,
    {
        Ok(dict::Dict::set_item(&self.proxy, item(key)?, item(it)?)?)
    }

    /// Removes a key and gives its value; `None` if it was not there.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn remove<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_optional(dict::Dict::take(&self.proxy, &item(key)?)?)
    }

    /// Whether there is such a key.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable.
    pub fn contains_key<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<bool, Error> {
        Ok(dict::Dict::contains(&self.proxy, &item(key)?)?)
    }

    /// Sets all of these entries, at one moment.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set), for any of them: then none is set.
    pub fn extend<'a, Q>(&self, entries: impl IntoIterator<Item = (&'a Q, &'a V)>) -> Result<(), Error>
    where
        Q: Serialize + ?Sized + 'a,
        V: Serialize + 'a,
    {
        let entries: Vec<(&Q, &V)> = entries.into_iter().collect();
        Ok(dict::Dict::set_many(&self.proxy, &item(&entries)?)?)
    }

    /// Removes all entries.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(dict::Dict::clear(&self.proxy)?)
    }

    /// A copy of the keys, in order of insertion.
    ///
    /// # Errors
    ///
    /// As for [`to_vec`](Self::to_vec).
    pub fn keys(&self) -> Result<Vec<K>, Error>
    where
        K: DeserializeOwned,
    {
        read_item(&dict::Dict::keys(&self.proxy)?)
    }

    /// A copy of the values, in order of insertion.
    ///
    /// # Errors
    ///
    /// As for [`to_vec`](Self::to_vec).
    pub fn values(&self) -> Result<Vec<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_item(&dict::Dict::values(&self.proxy)?)
    }

    /// A copy of all entries, in order of insertion.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if one is no `(K, V)`, `quota-exceeded` if they are too many
    /// for one value.
    pub fn to_vec(&self) -> Result<Vec<(K, V)>, Error>
    where
        K: DeserializeOwned,
        V: DeserializeOwned,
    {
        read_item(&dict::Dict::items(&self.proxy)?)
    }

    /// Adds to the number of a key, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none, `type` if either is not a number.
    pub fn fetch_add<Q: Serialize + ?Sized>(&self, key: &Q, delta: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::fetch_add(&self.proxy, item(key)?, &item(delta)?, None)?)
    }

    /// Replaces the value of a key by one that is greater, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none, `type` if the two have no order.
    pub fn fetch_max<Q: Serialize + ?Sized>(&self, key: &Q, it: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::fetch_max(&self.proxy, item(key)?, item(it)?, None)?)
    }

    /// Replaces the value of a key, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none.
    pub fn swap<Q: Serialize + ?Sized>(&self, key: &Q, it: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::swap(&self.proxy, &item(key)?, item(it)?)?)
    }

    /// Replaces the value of a key if it is equal to the expected one, atomically, as Python's `==` finds. Gives
    /// what was there, as the atomics of the standard library do: `Ok` if it was replaced, `Err` if not.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let scores = manager.dict([("a", 3), ("b", 5)])?;
    /// assert_eq!(scores.compare_exchange(&"a", &3, &4)?, Ok(3));
    /// assert_eq!(scores.compare_exchange(&"a", &3, &9)?, Err(4));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none.
    pub fn compare_exchange<Q: Serialize + ?Sized>(&self, key: &Q, expected: &V, new: &V) -> Result<Result<V, V>, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        flagged(dict::Dict::compare_exchange(&self.proxy, &item(key)?, &item(expected)?, item(new)?)?)
    }

    /// Removes the value of a key if it is equal to the expected one, atomically. Gives what was there: `Ok` if it
    /// was removed, `Err` if not.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none.
    pub fn remove_if<Q: Serialize + ?Sized>(&self, key: &Q, expected: &V) -> Result<Result<V, V>, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        flagged(dict::Dict::pop_if(&self.proxy, &item(key)?, &item(expected)?)?)
    }

    /// The value at the end of a path: a tuple or list of keys and indexes, as in `("servers", 0, "name")`. Each leads
    /// into a plain value, or through a proxy into another object.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key`, `index` or `type` where a step leads nowhere, `bad-value` if the value is no `R`.
    pub fn get_path<R: DeserializeOwned>(&self, path: &impl Serialize) -> Result<R, Error> {
        read_item(&dict::Dict::get_path(&self.proxy, &item(path)?)?)
    }

    /// Puts a value at the end of a path. A plain value that the path leads into is replaced as a whole, atomically.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let rows = manager.dict([("a", vec![1, 2]), ("b", vec![3])])?;
    /// rows.set_path(&("a", 1), &5)?;
    /// assert_eq!(rows.get_path::<i64>(&("a", -1))?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`get_path`](Self::get_path); [`Error::Call`] with `quota-exceeded` or `bad-value` if the whole becomes
    /// too large or nests too deep.
    pub fn set_path(&self, path: &impl Serialize, it: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        Ok(dict::Dict::set_path(&self.proxy, &item(path)?, item(it)?)?)
    }

    /// The value of a key, which is set to the default first if it is missing, atomically.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set).
    pub fn get_or_insert<Q: Serialize + ?Sized>(&self, key: &Q, default: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::set_default(&self.proxy, item(key)?, item(default)?)?)
    }

    /// Copies of the values of some keys, of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if one is not there.
    pub fn get_many<Q: Serialize>(&self, keys: &[Q]) -> Result<Vec<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_item(&dict::Dict::get_many(&self.proxy, &item(keys)?, None)?)
    }

    /// Sets entries at one moment: all of them, or none if there is an error.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set).
    pub fn set_many<Q: Serialize>(&self, entries: &[(Q, V)]) -> Result<(), Error>
    where
        V: Serialize,
    {
        Ok(dict::Dict::set_many(&self.proxy, &item(entries)?)?)
    }
}

fn read_optional<V: DeserializeOwned>(item: Option<Item>) -> Result<Option<V>, Error> {
    item.map(|item| read_item(&item)).transpose()
}

typed!(Dict<K, V>, "dict", entries);
