//! Shared sets.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::sets::{self, Operation, Relation};
use crate::convert::{expect_unit, lend, lend_all, read, receive};
use crate::list::as_usize;
use crate::proxy::typed_proxy;
use crate::{ErrorKind, Iter, Like, Proxy, Result, Snapshot};

/// A shared set of elements of one type, in order of insertion.
///
/// The set lives in the manager; this is a proxy to it. Elements are copies, but proxies among them are
/// references. Each function is one atomic operation on the set; of another set that it takes, it sees
/// what was in there at one moment before.
///
/// Elements are whatever Python could hash, and compare as Python's do: 1 and 1.0 are one element. The
/// type is a claim about what is in the set, checked as it is read. `Set<Value>` holds anything.
///
/// ```
/// use commonhold_guest::Set;
///
/// let seen = Set::<String>::new()?;
/// assert!(seen.insert("a")?);
/// assert!(!seen.insert("a")?, "of several processes that insert it, one is first");
/// seen.extend(["b", "c"])?;
/// assert!(seen.remove("b")?);
/// assert_eq!(seen.to_vec()?, ["a", "c"]);
/// assert_eq!(seen.to_string(), "{'a', 'c'}");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is of another type; those that take an element with
/// `type` if it cannot be hashed. What each adds is listed there.
pub struct Set<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(Set<T>, "set");

impl<T> Set<T> {
    /// A new, empty set.
    pub fn new() -> Result<Set<T>> {
        expect_unit(sets::create()).map(|handle| Set::assume(Proxy::new(handle)))
    }

    /// The number of elements.
    pub fn len(&self) -> Result<usize> {
        expect_unit(sets::length(self.handle())).map(as_usize)
    }

    /// Whether there are no elements.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let set = Set::from_items([1, 2, 1])?;
    /// assert_eq!(set.len()?, 2);
    /// set.clear()?;
    /// assert!(set.is_empty()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// A new shared iterator, which other processes can draw from, too: over what is in the set
    /// now.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let set = Set::<i64>::from_items([1])?;
    /// let iter = set.iter_shared()?;
    /// set.clear()?;
    /// assert_eq!((iter.next_item()?, iter.next_item()?), (Some(1), None));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter_shared(&self) -> Result<Iter<T>> {
        Iter::over(self)
    }

    /// Removes all elements.
    pub fn clear(&self) -> Result<()> {
        expect_unit(sets::clear(self.handle()))
    }

    /// Whether all elements are in another set.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let (few, many) = (Set::<i64>::from_items([1, 2])?, Set::from_items([2, 1, 3])?);
    /// assert!(few.is_subset(&many)? && many.is_superset(&few)?);
    /// assert!(!few.is_disjoint(&many)?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn is_subset(&self, other: &Set<T>) -> Result<bool> {
        self.relates(Relation::Subset, other)
    }

    /// Whether all elements of another set are in this one.
    pub fn is_superset(&self, other: &Set<T>) -> Result<bool> {
        self.relates(Relation::Superset, other)
    }

    fn relates(&self, relation: Relation, other: &Set<T>) -> Result<bool> {
        lend(other, |other| expect_unit(sets::compare(self.handle(), relation, other)))
    }

    /// Whether no element is in another set.
    pub fn is_disjoint(&self, other: &Set<T>) -> Result<bool> {
        lend(other, |other| expect_unit(sets::is_disjoint(self.handle(), other)))
    }

    /// Adds the elements of another set.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let (set, other) = (Set::<i64>::from_items([1, 2])?, Set::from_items([2, 3])?);
    /// set.union_with(&other)?;
    /// assert_eq!(set.to_vec()?, [1, 2, 3]);
    /// set.difference_with(&other)?;
    /// assert_eq!(set.to_vec()?, [1]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the set would be too large.
    pub fn union_with(&self, other: &Set<T>) -> Result<()> {
        self.combine_with(Operation::Union, other)
    }

    /// Removes the elements that are not in another set.
    pub fn intersect_with(&self, other: &Set<T>) -> Result<()> {
        self.combine_with(Operation::Intersection, other)
    }

    /// Removes the elements that are in another set.
    pub fn difference_with(&self, other: &Set<T>) -> Result<()> {
        self.combine_with(Operation::Difference, other)
    }

    /// Removes the elements that are in another set, too, and adds its others.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let (set, other) = (Set::<i64>::from_items([1, 2])?, Set::from_items([2, 3])?);
    /// set.symmetric_difference_with(&other)?;
    /// assert_eq!(set.to_vec()?, [1, 3]);
    /// set.intersect_with(&other)?;
    /// assert_eq!(set.to_vec()?, [3]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the set would be too large.
    pub fn symmetric_difference_with(&self, other: &Set<T>) -> Result<()> {
        self.combine_with(Operation::SymmetricDifference, other)
    }

    fn combine_with(&self, operation: Operation, other: &Set<T>) -> Result<()> {
        lend(other, |other| expect_unit(sets::combine_in_place(self.handle(), operation, other)))
    }
}

impl<T: Serialize> Set<T> {
    /// A new set with these elements. Of equal ones the first counts.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it is too large.
    pub fn from_items<I>(items: I) -> Result<Set<T>>
    where
        I: IntoIterator,
        I::Item: Like<T>,
    {
        let handle = lend_all(items, |items| expect_unit(sets::create_from(items)))?;
        Ok(Set::assume(Proxy::new(handle)))
    }

    /// Whether there is such an element.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let set = Set::<String>::from_items(["a"])?;
    /// assert!(set.contains("a")? && !set.contains("b")?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn contains(&self, element: impl Like<T>) -> Result<bool> {
        lend(&element, |element| expect_unit(sets::contains(self.handle(), element)))
    }

    /// Adds an element, unless there is an equal one; whether it was not there before.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the set is full.
    pub fn insert(&self, element: impl Like<T>) -> Result<bool> {
        lend(&element, |element| expect_unit(sets::add(self.handle(), element)))
    }

    /// Removes an element; whether it was there.
    pub fn remove(&self, element: impl Like<T>) -> Result<bool> {
        lend(&element, |element| expect_unit(sets::discard(self.handle(), element)))
    }

    /// Adds all these elements at once.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the set would be too large.
    pub fn extend<I>(&self, items: I) -> Result<()>
    where
        I: IntoIterator,
        I::Item: Like<T>,
    {
        lend_all(items, |items| expect_unit(sets::update(self.handle(), &[items])))
    }
}

impl<T: DeserializeOwned> Set<T> {
    /// A copy of all elements, in their order.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        receive(sets::items(self.handle()))
    }

    /// Goes through what is in the set now, in its order. The copy stays in the manager and comes in parts:
    /// [`to_vec`](Set::to_vec) has all of it at once.
    ///
    /// ```
    /// use commonhold_guest::{Result, Set};
    ///
    /// let set = Set::<i64>::from_items(0..1000)?;
    /// let elements = set.iter()?;
    /// set.clear()?;
    /// assert_eq!(elements.sum::<Result<i64>>()?, 499_500);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter(&self) -> Result<Snapshot<T>> {
        self.iter_shared().map(Snapshot::of)
    }

    /// A copy of all elements in a set of the caller's choice.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use commonhold_guest::Set;
    ///
    /// let set = Set::<i64>::from_items([2, 1, 2])?;
    /// assert_eq!(set.to_set::<BTreeSet<_>>()?, BTreeSet::from([1, 2]));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn to_set<S: FromIterator<T>>(&self) -> Result<S> {
        Ok(self.to_vec()?.into_iter().collect())
    }

    /// Removes and returns the element that was added last; none if the set is empty.
    ///
    /// ```
    /// use commonhold_guest::Set;
    ///
    /// let set = Set::from_items([1, 2])?;
    /// assert_eq!(set.pop_last()?, Some(2));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn pop_last(&self) -> Result<Option<T>> {
        match expect_unit(sets::pop(self.handle())) {
            Ok(element) => read(element).map(Some),
            Err(error) if error.kind == ErrorKind::Key => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A copy of the elements of both sets.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use commonhold_guest::Set;
    ///
    /// let (a, b) = (Set::<i64>::from_items([1, 2])?, Set::from_items([2, 3])?);
    /// assert_eq!(a.union::<BTreeSet<_>>(&b)?, BTreeSet::from([1, 2, 3]));
    /// assert_eq!(a.intersection::<BTreeSet<_>>(&b)?, BTreeSet::from([2]));
    /// assert_eq!(a.difference::<BTreeSet<_>>(&b)?, BTreeSet::from([1]));
    /// assert_eq!(a.symmetric_difference::<BTreeSet<_>>(&b)?, BTreeSet::from([1, 3]));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn union<S: FromIterator<T>>(&self, other: &Set<T>) -> Result<S> {
        self.combined(Operation::Union, other)
    }

    /// A copy of the elements that are in both sets.
    pub fn intersection<S: FromIterator<T>>(&self, other: &Set<T>) -> Result<S> {
        self.combined(Operation::Intersection, other)
    }

    /// A copy of the elements that are not in another set.
    pub fn difference<S: FromIterator<T>>(&self, other: &Set<T>) -> Result<S> {
        self.combined(Operation::Difference, other)
    }

    /// A copy of the elements that are in one of both sets only.
    pub fn symmetric_difference<S: FromIterator<T>>(&self, other: &Set<T>) -> Result<S> {
        self.combined(Operation::SymmetricDifference, other)
    }

    fn combined<S: FromIterator<T>>(&self, operation: Operation, other: &Set<T>) -> Result<S> {
        let elements: Vec<T> = receive(lend(other, |other| Ok(sets::combine(self.handle(), operation, other)))?)?;
        Ok(elements.into_iter().collect())
    }
}
