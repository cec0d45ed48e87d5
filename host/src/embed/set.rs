use super::typed::typed;
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Item, Proxy};
use crate::referents::set;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A shared set whose elements are read and written as `T`, in order of insertion.
///
/// Reading gives copies; changing one changes nothing shared. Elements are compared as Python's are, so that 1 and 1.0
/// are one element. No method waits.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let seen = manager.set([30, 10])?;
/// assert!(seen.insert(&20)?);
/// assert!(!seen.insert(&30)?, "somebody was first");
/// assert!(seen.remove(&10)?);
/// seen.extend(&[20, 40])?;
/// assert_eq!(seen.to_vec()?, [30, 20, 40]);
/// assert_eq!(seen.to_string(), "{30, 20, 40}");
/// assert!(seen.is_disjoint(&manager.set([50])?)?);
/// # Ok(())
/// # }
/// ```
pub struct Set<T> {
    proxy: Proxy,
    elements: PhantomData<fn(T) -> T>,
}

impl<T> Set<T> {
    pub(super) fn create(objects: &Arc<Objects>, elements: impl IntoIterator<Item = T>) -> Result<Self, Error>
    where
        T: Serialize,
    {
        let proxy = set::Set::create(&objects.home().host());
        let set = Self { proxy, elements: PhantomData };
        for it in elements {
            set.insert(&it)?;
        }
        Ok(set)
    }

    /// How many elements it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(set::Set::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Whether there is such an element.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is not hashable.
    pub fn contains<Q: Serialize + ?Sized>(&self, element: &Q) -> Result<bool, Error> {
        Ok(set::Set::contains(&self.proxy, &item(element)?)?)
    }

    /// Adds an element, unless there is an equal one; whether it was not there before. Of several who add the same one
    /// at the same time, one is told so.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is not hashable, `quota-exceeded` if the set is full.
    pub fn insert(&self, element: &T) -> Result<bool, Error>
    where
        T: Serialize,
    {
        Ok(set::Set::add(&self.proxy, item(element)?)?)
    }

    /// Removes an element; whether it was there.
    ///
    /// # Errors
    ///
    /// As for [`contains`](Self::contains).
    pub fn remove<Q: Serialize + ?Sized>(&self, element: &Q) -> Result<bool, Error> {
        Ok(set::Set::discard(&self.proxy, &item(element)?)?)
    }

    /// Removes the element that was added last; `None` if the set is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`.
    pub fn pop(&self) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        match set::Set::pop(&self.proxy) {
            Ok(item) => read_item(&item).map(Some),
            Err(error) if error.kind == ErrorKind::Key => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds many elements, in one operation.
    ///
    /// # Errors
    ///
    /// As for [`insert`](Self::insert), and what comes before the mistake is added.
    pub fn extend<'a>(&self, elements: impl IntoIterator<Item = &'a T>) -> Result<(), Error>
    where
        T: Serialize + 'a,
    {
        let elements: Vec<&T> = elements.into_iter().collect();
        Ok(set::Set::update(&self.proxy, &[item(&elements)?])?)
    }

    /// Removes all elements.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(set::Set::clear(&self.proxy)?)
    }

    /// Whether all elements are in another set, as of the moment when that was looked at.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_subset(&self, other: &Self) -> Result<bool, Error> {
        Ok(set::Set::is_subset(&self.proxy, &Item::proxy(other.proxy.clone()))?)
    }

    /// Whether no element is in another set, as of the moment when that was looked at.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_disjoint(&self, other: &Self) -> Result<bool, Error> {
        Ok(set::Set::is_disjoint(&self.proxy, &Item::proxy(other.proxy.clone()))?)
    }

    /// A copy of all elements, in order of insertion.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if one is no `T`, `quota-exceeded` if they are too many for one value.
    pub fn to_vec(&self) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&set::Set::items(&self.proxy)?)
    }
}

typed!(Set<T>, "set", elements);
