use super::typed::typed;
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::Proxy;
use crate::referents::{counter, dict};
use crate::sync::Arc;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A shared counter, whose keys are read and written as `K`. A key that is not there counts 0.
///
/// Counts are read as `i64` here; through the untyped [proxy](Self::proxy) they can be any numbers. No
/// method waits, each is one atomic operation, and one that fails has changed nothing.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let words = manager.counter("to be or not to be".split(' ').map(String::from))?;
/// words.update(["be"])?;
/// assert_eq!(words.get("be")?, 3);
/// assert_eq!(words.get("question")?, 0);
/// assert_eq!(words.most_common(Some(2))?, [("be".to_owned(), 3), ("to".to_owned(), 2)]);
/// assert_eq!(words.total()?, 7);
/// assert_eq!(words.to_string(), "Counter({'be': 3, 'to': 2, 'or': 1, 'not': 1})");
/// # Ok(())
/// # }
/// ```
pub struct Counter<K> {
    proxy: Proxy,
    keys: PhantomData<fn(K) -> K>,
}

impl<K> Counter<K> {
    pub(super) fn create(objects: &Arc<Objects>, items: impl IntoIterator<Item = K>) -> Result<Self, Error>
    where
        K: Serialize,
    {
        let items: Vec<_> = items.into_iter().collect();
        let proxy = counter::Counter::create_from(&objects.home().host(), &item(&items)?)?;
        Ok(Self { proxy, keys: PhantomData })
    }

    /// How many keys it has, whatever they count.
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

    /// How much a key counts: 0 if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable, `bad-value` if the count is no `i64`.
    pub fn get<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<i64, Error> {
        read_item(&counter::Counter::get_item(&self.proxy, &item(key)?)?)
    }

    /// Sets how much a key counts.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable, `quota-exceeded` if the counter is full.
    pub fn set<Q: Serialize + ?Sized>(&self, key: &Q, count: i64) -> Result<(), Error> {
        Ok(dict::Dict::set_item(&self.proxy, item(key)?, item(&count)?)?)
    }

    /// Adds to what a key counts, and gives what it was before.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let stock = manager.counter(["tea".to_owned()])?;
    /// assert_eq!(stock.add("tea", 4)?, 1);
    /// assert_eq!(stock.add("milk", -1)?, 0);
    /// assert_eq!(stock.to_vec()?, [("tea".to_owned(), 5), ("milk".to_owned(), -1)]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set); `bad-value` if the count was no `i64`, to which it has been added then.
    pub fn add<Q: Serialize + ?Sized>(&self, key: &Q, count: i64) -> Result<i64, Error> {
        read_item(&dict::Dict::fetch_add(&self.proxy, item(key)?, &item(&count)?, None)?)
    }

    /// Removes a key; whether it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable.
    pub fn remove<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<bool, Error> {
        Ok(dict::Dict::take(&self.proxy, &item(key)?)?.is_some())
    }

    /// Counts items, all in one pass.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if one is not hashable, `quota-exceeded` if there would be too many
    /// keys.
    pub fn update(&self, items: impl IntoIterator<Item: Serialize>) -> Result<(), Error> {
        let items: Vec<_> = items.into_iter().collect();
        Ok(counter::Counter::update(&self.proxy, &item(&items)?)?)
    }

    /// Counts items down, all in one pass. Counts may come below 0.
    ///
    /// # Errors
    ///
    /// As for [`update`](Self::update).
    pub fn subtract(&self, items: impl IntoIterator<Item: Serialize>) -> Result<(), Error> {
        let items: Vec<_> = items.into_iter().collect();
        Ok(counter::Counter::subtract(&self.proxy, &item(&items)?)?)
    }

    /// The keys that count most with their counts, so many or all, the most common first; those with
    /// equal counts in order of insertion.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if two counts have no order, `bad-value` if one is no `(K, i64)`.
    pub fn most_common(&self, most: Option<u64>) -> Result<Vec<(K, i64)>, Error>
    where
        K: DeserializeOwned,
    {
        read_item(&counter::Counter::most_common(&self.proxy, most)?)
    }

    /// The keys, each as many times as it counts.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if a count is not an integer, `quota-exceeded` if they are too many
    /// for one value.
    pub fn elements(&self) -> Result<Vec<K>, Error>
    where
        K: DeserializeOwned,
    {
        read_item(&counter::Counter::elements(&self.proxy)?)
    }

    /// The sum of the counts.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if one is not a number, `bad-value` if the sum is no `i64`.
    pub fn total(&self) -> Result<i64, Error> {
        read_item(&counter::Counter::total(&self.proxy)?)
    }

    /// A copy of all keys and their counts, in order of insertion.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if one is no `(K, i64)`, `quota-exceeded` if they are too many
    /// for one value.
    pub fn to_vec(&self) -> Result<Vec<(K, i64)>, Error>
    where
        K: DeserializeOwned,
    {
        read_item(&dict::Dict::items(&self.proxy)?)
    }

    /// Removes all keys.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(dict::Dict::clear(&self.proxy)?)
    }
}

typed!(Counter<K>, "Counter", keys);
