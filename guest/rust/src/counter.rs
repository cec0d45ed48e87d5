//! Shared counters.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::counters::{self, Operation, Relation};
use crate::backend::dicts;
use crate::convert::{expect_unit, lend, lend_all, read, receive};
use crate::list::as_usize;
use crate::proxy::typed_proxy;
use crate::{ErrorKind, Iter, Like, Proxy, Result};

/// A shared counter of keys of one type: how many there are of each, in order of insertion.
///
/// The counter lives in the manager; this is a proxy to it. A key that is not there counts 0, and one
/// that counts 0 may be there: nothing goes but by [`remove`](Counter::remove) and the operators, as
/// with Python's `collections.Counter`. Each function is one atomic operation on the counter, and one
/// that fails has changed nothing.
///
/// Counts are `i64` here. Python programs may share others, such as floats: reading one is an error
/// of the kind `bad-value`.
///
/// ```
/// use commonhold_guest::Counter;
///
/// let words = Counter::<String>::from_items("to be or not to be".split(' '))?;
/// words.add("question", 1)?;
/// words.update(["that", "is", "the", "question"])?;
/// assert_eq!(words.get("be")?, 2);
/// assert_eq!(words.get("sea")?, 0);
/// assert_eq!(words.most_common(2)?, [("to".to_owned(), 2), ("be".to_owned(), 2)]);
/// assert_eq!(words.total()?, 11);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is of another type; those that take a key with
/// `type` if it cannot be hashed, and those that calculate with `type` if a count is no number. What
/// each adds is listed there.
pub struct Counter<K> {
    proxy: Proxy,
    of: PhantomData<fn() -> K>,
}

typed_proxy!(Counter<K>, "Counter");

impl<K> Counter<K> {
    /// A new, empty counter.
    ///
    /// ```
    /// use commonhold_guest::Counter;
    ///
    /// let counter = Counter::<String>::new()?;
    /// counter.insert("a", 2)?;
    /// assert_eq!((counter.len()?, counter.contains_key("a")?), (1, true));
    /// assert_eq!(counter.get_many(["a", "b"])?, [2, 0]);
    /// assert_eq!(counter.remove("a")?, Some(2));
    /// counter.update(["b", "c"])?;
    /// counter.subtract(["c", "c"])?;
    /// assert_eq!(counter.keys()?, ["b", "c"]);
    /// assert_eq!(counter.iter_keys()?.next(), Some(Ok("b".to_owned())));
    /// assert_eq!(counter.entries()?, [("b".to_owned(), 1), ("c".to_owned(), -1)]);
    /// assert_eq!(counter.pop_last()?, Some(("c".to_owned(), -1)));
    /// counter.clear()?;
    /// assert!(counter.is_empty()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn new() -> Result<Counter<K>> {
        expect_unit(counters::create()).map(|handle| Counter::assume(Proxy::new(handle)))
    }

    /// The number of keys, whatever they count.
    pub fn len(&self) -> Result<usize> {
        expect_unit(dicts::length(self.handle())).map(as_usize)
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Removes all keys.
    pub fn clear(&self) -> Result<()> {
        expect_unit(dicts::clear(self.handle()))
    }

    /// The sum of the counts.
    pub fn total(&self) -> Result<i64> {
        receive(counters::total(self.handle()))
    }

    /// Adds the counts of another counter; those of the counter itself, too, which are doubled.
    ///
    /// ```
    /// use commonhold_guest::Counter;
    ///
    /// let (all, part) = (Counter::<String>::from_items(["a"])?, Counter::from_items(["a", "b"])?);
    /// all.update_from(&part)?;
    /// assert_eq!(all.to_string(), "Counter({'a': 2, 'b': 1})");
    /// all.subtract_from(&part)?;
    /// assert_eq!(all.to_string(), "Counter({'a': 1, 'b': 0})");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if there would be too many keys.
    pub fn update_from(&self, other: &Counter<K>) -> Result<()> {
        lend(other, |other| expect_unit(counters::update(self.handle(), other)))
    }

    /// Subtracts the counts of another counter. Counts may come below 0.
    ///
    /// # Errors
    ///
    /// As for [`update_from`](Counter::update_from).
    pub fn subtract_from(&self, other: &Counter<K>) -> Result<()> {
        lend(other, |other| expect_unit(counters::subtract(self.handle(), other)))
    }

    /// Adds the counts of another counter, and removes what then counts 0 or less.
    ///
    /// ```
    /// use commonhold_guest::Counter;
    ///
    /// let (all, part) = (Counter::<String>::from_items(["a", "b"])?, Counter::from_items(["b", "c"])?);
    /// all.sum_with(&part)?;
    /// assert_eq!(all.to_string(), "Counter({'b': 2, 'a': 1, 'c': 1})");
    /// all.difference_with(&part)?;
    /// assert_eq!(all.to_string(), "Counter({'a': 1, 'b': 1})");
    /// all.union_with(&part)?;
    /// all.intersect_with(&part)?;
    /// assert_eq!(all.to_string(), "Counter({'b': 1, 'c': 1})");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if there would be too many keys.
    pub fn sum_with(&self, other: &Counter<K>) -> Result<()> {
        self.combine_with(Operation::Sum, other)
    }

    /// Subtracts the counts of another counter, and removes what then counts 0 or less.
    pub fn difference_with(&self, other: &Counter<K>) -> Result<()> {
        self.combine_with(Operation::Difference, other)
    }

    /// Lowers counts to those of another counter, and removes what then counts 0 or less.
    pub fn intersect_with(&self, other: &Counter<K>) -> Result<()> {
        self.combine_with(Operation::Intersection, other)
    }

    /// Raises counts to those of another counter, and removes what then counts 0 or less.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if there would be too many keys.
    pub fn union_with(&self, other: &Counter<K>) -> Result<()> {
        self.combine_with(Operation::Union, other)
    }

    fn combine_with(&self, operation: Operation, other: &Counter<K>) -> Result<()> {
        lend(other, |other| expect_unit(counters::combine_in_place(self.handle(), operation, other)))
    }

    /// Whether no key counts more than in another counter.
    ///
    /// ```
    /// use commonhold_guest::Counter;
    ///
    /// let needed = Counter::<String>::from_items(["e", "g", "g"])?;
    /// let letters = Counter::from_items(["g", "e", "g", "s"])?;
    /// assert!(needed.is_subset(&letters)? && letters.is_superset(&needed)?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn is_subset(&self, other: &Counter<K>) -> Result<bool> {
        self.relates(Relation::Subset, other)
    }

    /// Whether no key counts less than in another counter.
    pub fn is_superset(&self, other: &Counter<K>) -> Result<bool> {
        self.relates(Relation::Superset, other)
    }

    fn relates(&self, relation: Relation, other: &Counter<K>) -> Result<bool> {
        lend(other, |other| expect_unit(counters::compare(self.handle(), relation, other)))
    }
}

impl<K: Serialize> Counter<K> {
    /// A new counter of these items.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it has too many keys.
    pub fn from_items<I: IntoIterator<Item: Like<K>>>(items: I) -> Result<Counter<K>> {
        let handle = lend_all(items, |items| expect_unit(counters::create_from(items)))?;
        Ok(Counter::assume(Proxy::new(handle)))
    }

    /// How much a key counts.
    #[inline]
    pub fn get(&self, key: impl Like<K>) -> Result<i64> {
        receive(lend(&key, |key| Ok(counters::get_item(self.handle(), key)))?)
    }

    /// Copies of what some keys count, of one moment.
    pub fn get_many<I: IntoIterator<Item: Like<K>>>(&self, keys: I) -> Result<Vec<i64>> {
        read(lend_all(keys, |keys| expect_unit(dicts::get_many(self.handle(), keys, None)))?)
    }

    /// Whether a key is there, whatever it counts.
    pub fn contains_key(&self, key: impl Like<K>) -> Result<bool> {
        lend(&key, |key| expect_unit(dicts::contains(self.handle(), key)))
    }

    /// Sets how much a key counts.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the counter is full.
    pub fn insert(&self, key: impl Like<K>, count: i64) -> Result<()> {
        lend(&key, |key| lend(&count, |count| expect_unit(dicts::set_item(self.handle(), key, count))))
    }

    /// Adds to what a key counts, and returns what it was before.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the counter is full.
    pub fn add(&self, key: impl Like<K>, count: i64) -> Result<i64> {
        let before =
            lend(&key, |key| lend(&count, |count| expect_unit(dicts::fetch_add(self.handle(), key, count, None))));
        read(before?)
    }

    /// Removes a key and returns what it counted; none if it was not there.
    pub fn remove(&self, key: impl Like<K>) -> Result<Option<i64>> {
        lend(&key, |key| expect_unit(dicts::take(self.handle(), key)))?.map(read).transpose()
    }

    /// Counts items, all of them in one call.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if there would be too many keys.
    pub fn update<I: IntoIterator<Item: Like<K>>>(&self, items: I) -> Result<()> {
        lend_all(items, |items| expect_unit(counters::update(self.handle(), items)))
    }

    /// Counts items down, all of them in one call. Counts may come below 0.
    ///
    /// # Errors
    ///
    /// As for [`update`](Counter::update).
    pub fn subtract<I: IntoIterator<Item: Like<K>>>(&self, items: I) -> Result<()> {
        lend_all(items, |items| expect_unit(counters::subtract(self.handle(), items)))
    }
}

impl<K: DeserializeOwned> Counter<K> {
    /// The keys that count most, so many of them, with their counts, the most common first; those with
    /// equal counts in order of insertion. `usize::MAX` gives all.
    pub fn most_common(&self, most: usize) -> Result<Vec<(K, i64)>> {
        receive(counters::most_common(self.handle(), Some(most as u64)))
    }

    /// The keys, each as many times as it counts.
    ///
    /// ```
    /// use commonhold_guest::Counter;
    ///
    /// let factors = Counter::<i64>::from_items([2, 3, 2])?;
    /// factors.add(3, 2)?;
    /// factors.insert(5, 0)?;
    /// assert_eq!(factors.elements()?, [2, 2, 3, 3, 3]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if they are too many for one value.
    pub fn elements(&self) -> Result<Vec<K>> {
        receive(counters::elements(self.handle()))
    }

    /// Copies of all keys.
    pub fn keys(&self) -> Result<Vec<K>> {
        receive(dicts::keys(self.handle()))
    }

    /// Copies of all keys with their counts.
    pub fn entries(&self) -> Result<Vec<(K, i64)>> {
        receive(dicts::items(self.handle()))
    }

    /// The keys, one at a time, from a shared iterator: see [`Dict::iter_keys`](crate::Dict::iter_keys).
    pub fn iter_keys(&self) -> Result<Iter<K>> {
        expect_unit(dicts::iterate(self.handle())).map(|handle| Iter::from_proxy(Proxy::new(handle)))
    }

    /// Removes and returns the key that was inserted last, with its count; none if there is none.
    pub fn pop_last(&self) -> Result<Option<(K, i64)>> {
        match expect_unit(dicts::pop_item(self.handle())) {
            Ok((key, count)) => Ok(Some((read(key)?, read(count)?))),
            Err(error) if error.kind == ErrorKind::Key => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The sums of this counter's counts and another's, of those that are more than 0: as a map, or as
    /// whatever reads one.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use commonhold_guest::Counter;
    ///
    /// let (a, b) = (Counter::<String>::from_items(["x", "x", "y"])?, Counter::from_items(["y", "y"])?);
    /// let sum: BTreeMap<String, i64> = a.sum(&b)?;
    /// assert_eq!((sum["x"], sum["y"]), (2, 3));
    /// let difference: BTreeMap<String, i64> = a.difference(&b)?;
    /// assert_eq!(difference, [("x".to_owned(), 2)].into());
    /// let union: BTreeMap<String, i64> = a.union(&b)?;
    /// assert_eq!((union["x"], union["y"]), (2, 2));
    /// let intersection: BTreeMap<String, i64> = a.intersection(&b)?;
    /// assert_eq!(intersection, [("y".to_owned(), 1)].into());
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn sum<M: DeserializeOwned>(&self, other: &Counter<K>) -> Result<M> {
        self.combined(Operation::Sum, other)
    }

    /// This counter's counts less another's, those that are more than 0.
    pub fn difference<M: DeserializeOwned>(&self, other: &Counter<K>) -> Result<M> {
        self.combined(Operation::Difference, other)
    }

    /// The smaller of the counts here and in another counter, those that are more than 0.
    pub fn intersection<M: DeserializeOwned>(&self, other: &Counter<K>) -> Result<M> {
        self.combined(Operation::Intersection, other)
    }

    /// The greater of the counts here and in another counter, those that are more than 0.
    pub fn union<M: DeserializeOwned>(&self, other: &Counter<K>) -> Result<M> {
        self.combined(Operation::Union, other)
    }

    fn combined<M: DeserializeOwned>(&self, operation: Operation, other: &Counter<K>) -> Result<M> {
        receive(lend(other, |other| Ok(counters::combine(self.handle(), operation, other)))?)
    }

    /// The counts that are more than 0.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use commonhold_guest::Counter;
    ///
    /// let balance = Counter::<String>::from_items(["a"])?;
    /// balance.insert("b", -2)?;
    /// assert_eq!(balance.positive::<BTreeMap<String, i64>>()?, [("a".to_owned(), 1)].into());
    /// assert_eq!(balance.negative::<BTreeMap<String, i64>>()?, [("b".to_owned(), 2)].into());
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn positive<M: DeserializeOwned>(&self) -> Result<M> {
        receive(counters::positive(self.handle()))
    }

    /// The counts that are less than 0, with the other sign.
    pub fn negative<M: DeserializeOwned>(&self) -> Result<M> {
        receive(counters::negative(self.handle()))
    }
}
