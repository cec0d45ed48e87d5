//! Shared dicts.

mod atomic;

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::dicts;
use crate::convert::{expect_unit, lend, lend_all, read, receive, receive_option};
use crate::list::as_usize;
use crate::proxy::typed_proxy;
use crate::{ErrorKind, Iter, Like, Proxy, Result};

/// A shared dict from keys of one type to values of another, in order of insertion.
///
/// The dict lives in the manager; this is a proxy to it. Keys and values are copies: changing a value
/// that was read changes nothing shared until it is [inserted](Dict::insert) again. Proxies among them
/// are references, and a proxy can be a key. Each function is one atomic operation on the dict.
///
/// Keys are whatever Python could hash, and compare as Python's do: 1 and 1.0 are one key. The types
/// are a claim about what is in the dict, checked as it is read. `Dict<Value, Value>` holds anything.
///
/// ```
/// use commonhold_guest::Dict;
///
/// let ages = Dict::<String, i64>::new()?;
/// ages.insert("Ada", 36)?;
/// ages.fetch_add("Ada", 1)?;
/// assert_eq!(ages.get("Ada")?, Some(37));
/// assert_eq!(ages.get("Bob")?, None);
/// assert_eq!(ages.to_string(), "{'Ada': 37}");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is of another type; those that take a key with
/// `type` if it cannot be hashed. What each adds is listed there.
pub struct Dict<K, V> {
    proxy: Proxy,
    of: PhantomData<fn() -> (K, V)>,
}

typed_proxy!(Dict<K, V>, "dict");

impl<K, V> Dict<K, V> {
    /// A new, empty dict.
    pub fn new() -> Result<Dict<K, V>> {
        expect_unit(dicts::create()).map(|handle| Dict::assume(Proxy::new(handle)))
    }

    /// The number of entries.
    pub fn len(&self) -> Result<usize> {
        expect_unit(dicts::length(self.handle())).map(as_usize)
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Removes all entries.
    pub fn clear(&self) -> Result<()> {
        expect_unit(dicts::clear(self.handle()))
    }

    /// Sets all entries of another dict.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::from_entries([("a", 1)])?;
    /// dict.extend([("b", 2), ("c", 3)])?;
    /// dict.extend_from(&Dict::from_entries([("c", 4)])?)?;
    /// assert_eq!(dict.to_string(), "{'a': 1, 'b': 2, 'c': 4}");
    /// dict.clear()?;
    /// assert!(dict.is_empty()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the dict would be too large.
    pub fn extend_from(&self, other: &Dict<K, V>) -> Result<()> {
        lend(other, |other| expect_unit(dicts::update(self.handle(), other)))
    }
}

impl<K: Serialize, V: Serialize> Dict<K, V> {
    /// A new dict with these entries. Of equal keys the last one's value counts.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it is too large.
    pub fn from_entries<I, A, B>(entries: I) -> Result<Dict<K, V>>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Like<K>,
        B: Like<V>,
    {
        let handle = lend_all(entries, |entries| expect_unit(dicts::create_from(entries)))?;
        Ok(Dict::assume(Proxy::new(handle)))
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the dict is full.
    pub fn insert(&self, key: impl Like<K>, value: impl Like<V>) -> Result<()> {
        lend(&key, |key| lend(&value, |value| expect_unit(dicts::set_item(self.handle(), key, value))))
    }

    /// Sets all these entries at once.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the dict would be too large.
    pub fn extend<I, A, B>(&self, entries: I) -> Result<()>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Like<K>,
        B: Like<V>,
    {
        lend_all(entries, |entries| expect_unit(dicts::update(self.handle(), entries)))
    }
}

impl<K: Serialize, V> Dict<K, V> {
    /// Whether there is such a key.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::from_entries([("a", 1), ("b", 2)])?;
    /// dict.delete("a")?;
    /// assert!(!dict.contains_key("a")?);
    /// assert_eq!(dict.len()?, 1);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn contains_key(&self, key: impl Like<K>) -> Result<bool> {
        lend(&key, |key| expect_unit(dicts::contains(self.handle(), key)))
    }

    /// Removes a key without reading its value.
    ///
    /// # Errors
    ///
    /// `key` if there is none.
    pub fn delete(&self, key: impl Like<K>) -> Result<()> {
        lend(&key, |key| expect_unit(dicts::delete_item(self.handle(), key)))
    }
}

impl<K: Serialize, V: DeserializeOwned> Dict<K, V> {
    /// The value of a key; none if there is no such key.
    #[inline]
    pub fn get(&self, key: impl Like<K>) -> Result<Option<V>> {
        receive_option(lend(&key, |key| Ok(dicts::find(self.handle(), key)))?)
    }

    /// The value of a key, or the default.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::from_entries([("a", 1)])?;
    /// assert_eq!(dict.get_or("b", 7)?, 7);
    /// assert_eq!(dict.remove("a")?, Some(1));
    /// assert_eq!(dict.remove("a")?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn get_or(&self, key: impl Like<K>, default: V) -> Result<V> {
        Ok(self.get(key)?.unwrap_or(default))
    }

    /// The value of a key that has to be there.
    ///
    /// # Errors
    ///
    /// `key` if there is no such key.
    pub fn get_item(&self, key: impl Like<K>) -> Result<V> {
        receive(lend(&key, |key| Ok(dicts::get_item(self.handle(), key)))?)
    }

    /// Removes a key and returns its value; none if there is no such key.
    pub fn remove(&self, key: impl Like<K>) -> Result<Option<V>> {
        receive_option(lend(&key, |key| Ok(dicts::take(self.handle(), key)))?)
    }
}

impl<K: Serialize, V: Serialize + DeserializeOwned> Dict<K, V> {
    /// The value of a key, which is set to the default first if it is missing, all at once.
    ///
    /// ```
    /// use commonhold_guest::{Dict, List};
    ///
    /// let groups = Dict::<String, List<String>>::new()?;
    /// for word in ["apple", "bean", "avocado"] {
    ///     let group = groups.get_or_insert(&word[..1], List::new()?)?;
    ///     group.push(word)?;
    /// }
    /// assert_eq!(groups.get_item("a")?.to_vec()?, ["apple", "avocado"]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn get_or_insert(&self, key: impl Like<K>, default: impl Like<V>) -> Result<V> {
        receive(lend(&key, |key| lend(&default, |default| Ok(dicts::set_default(self.handle(), key, default))))?)
    }

    /// Adds to the number at a key, atomically, and returns what was there before.
    ///
    /// # Errors
    ///
    /// `key` if the key is missing, `type` if either is not a number.
    pub fn fetch_add(&self, key: impl Like<K>, delta: impl Like<V>) -> Result<V> {
        receive(lend(&key, |key| lend(&delta, |delta| Ok(dicts::fetch_add(self.handle(), key, delta, None))))?)
    }

    /// Adds to the number at a key, atomically, and returns what was there before. A missing key
    /// counts as `initial`.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let counts = Dict::<String, i64>::new()?;
    /// for word in ["to", "be", "or", "not", "to", "be"] {
    ///     counts.fetch_add_or(word, 1, 0)?;
    /// }
    /// assert_eq!(counts.get("to")?, Some(2));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `type` if one of them is not a number.
    pub fn fetch_add_or(&self, key: impl Like<K>, delta: impl Like<V>, initial: impl Like<V>) -> Result<V> {
        let added = lend(&key, |key| {
            lend(&delta, |delta| {
                lend(&initial, |initial| Ok(dicts::fetch_add(self.handle(), key, delta, Some(initial))))
            })
        });
        receive(added?)
    }
}

impl<K: DeserializeOwned, V> Dict<K, V> {
    /// A copy of the keys.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::from_entries([("a", 1), ("b", 2)])?;
    /// assert_eq!(dict.keys()?, ["a", "b"]);
    /// assert_eq!(dict.keys_reversed()?, ["b", "a"]);
    /// assert_eq!(dict.values()?, [1, 2]);
    /// assert_eq!(dict.entries()?, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn keys(&self) -> Result<Vec<K>> {
        receive(dicts::keys(self.handle()))
    }

    /// A copy of the keys, the last one first.
    pub fn keys_reversed(&self) -> Result<Vec<K>> {
        receive(dicts::keys_reversed(self.handle()))
    }

    /// A new shared iterator over the keys, which other processes can draw from, too. It fails with
    /// `runtime` once the dict's size changes.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::from_entries([("a", 1), ("b", 2)])?;
    /// let keys = dict.iter_keys()?;
    /// assert_eq!(keys.next_item()?, Some("a".to_owned()));
    /// dict.clear()?;
    /// assert!(keys.next_item().is_err());
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter_keys(&self) -> Result<Iter<K>> {
        expect_unit(dicts::iterate(self.handle())).map(|handle| Iter::from_proxy(Proxy::new(handle)))
    }
}

impl<K, V: DeserializeOwned> Dict<K, V> {
    /// A copy of the values.
    pub fn values(&self) -> Result<Vec<V>> {
        receive(dicts::values(self.handle()))
    }
}

impl<K: DeserializeOwned, V: DeserializeOwned> Dict<K, V> {
    /// A copy of all entries, in their order.
    pub fn entries(&self) -> Result<Vec<(K, V)>> {
        receive(dicts::items(self.handle()))
    }

    /// A copy of all entries in a map of the caller's choice.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<i64, String>::from_entries([(2, "b"), (1, "a")])?;
    /// let map: BTreeMap<i64, String> = dict.to_map()?;
    /// assert_eq!(map.into_values().collect::<String>(), "ab");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn to_map<M: FromIterator<(K, V)>>(&self) -> Result<M> {
        Ok(self.entries()?.into_iter().collect())
    }

    /// Removes and returns the entry that was inserted last; none if the dict is empty.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let dict = Dict::<String, i64>::from_entries([("a", 1)])?;
    /// assert_eq!(dict.pop_last()?, Some(("a".to_owned(), 1)));
    /// assert_eq!(dict.pop_last()?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn pop_last(&self) -> Result<Option<(K, V)>> {
        match expect_unit(dicts::pop_item(self.handle())) {
            Ok((key, value)) => Ok(Some((read(key)?, read(value)?))),
            Err(error) if error.kind == ErrorKind::Key => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A copy of this dict's entries and then of another's, which win.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use commonhold_guest::Dict;
    ///
    /// let defaults = Dict::<String, i64>::from_entries([("width", 80), ("height", 25)])?;
    /// let chosen = Dict::from_entries([("width", 120)])?;
    /// let both: BTreeMap<String, i64> = defaults.merged(&chosen)?;
    /// assert_eq!(both["width"], 120);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn merged<M: DeserializeOwned>(&self, other: &Dict<K, V>) -> Result<M> {
        receive(lend(other, |other| Ok(dicts::merge(self.handle(), other)))?)
    }
}
