//! Shared namespaces.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::namespaces;
use crate::convert::{expect_unit, lend, read, receive};
use crate::proxy::typed_proxy;
use crate::value::exchanged;
use crate::{ErrorKind, Proxy, Result};

/// Shared attributes: names with values of any type.
///
/// The namespace lives in the manager; this is a proxy to it. Values are copies: changing one that was
/// read changes nothing shared until it is [set](Namespace::set) again. Proxies among them are
/// references. Each function is one atomic operation on the namespace.
///
/// Where all values have one type, a [`Dict<String, T>`](crate::Dict) does as well and has more
/// functions; a namespace is what Python programs use for a few named things.
///
/// ```
/// use commonhold_guest::Namespace;
///
/// let settings = Namespace::new()?;
/// settings.set("threads", 4)?;
/// settings.set("name", "crawler")?;
/// assert_eq!(settings.get::<i64>("threads")?, Some(4));
/// assert_eq!(settings.get::<i64>("depth")?, None);
/// assert_eq!(settings.to_string(), "Namespace(name='crawler', threads=4)");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is of another type. What each adds is listed there.
pub struct Namespace {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Namespace, "Namespace");

impl Namespace {
    /// A new namespace without attributes.
    pub fn new() -> Result<Namespace> {
        expect_unit(namespaces::create()).map(|handle| Namespace::assume(Proxy::new(handle)))
    }

    /// A new namespace with the entries of a map, or the fields of a struct, as its attributes.
    ///
    /// ```
    /// use commonhold_guest::Namespace;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Settings { threads: u32, name: &'static str }
    ///
    /// let settings = Namespace::from_fields(&Settings { threads: 4, name: "crawler" })?;
    /// assert_eq!(settings.names()?, ["threads", "name"]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `type` if it is neither, or a key is no text.
    pub fn from_fields<T: Serialize + ?Sized>(fields: &T) -> Result<Namespace> {
        let handle = lend(fields, |fields| expect_unit(namespaces::create_from(fields)))?;
        Ok(Namespace::assume(Proxy::new(handle)))
    }

    /// The value of an attribute; none if there is none of that name.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        match receive(namespaces::get_attribute(self.handle(), name)) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind == ErrorKind::Attribute => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sets an attribute, whether or not it was there.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if there are too many.
    pub fn set(&self, name: &str, value: impl Serialize) -> Result<()> {
        lend(&value, |value| expect_unit(namespaces::set_attribute(self.handle(), name, value)))
    }

    /// Removes an attribute.
    ///
    /// # Errors
    ///
    /// `attribute` if there is none of that name.
    pub fn delete(&self, name: &str) -> Result<()> {
        expect_unit(namespaces::delete_attribute(self.handle(), name))
    }

    /// Whether there is an attribute of that name.
    pub fn contains(&self, name: &str) -> Result<bool> {
        expect_unit(namespaces::has_attribute(self.handle(), name))
    }

    /// The names of all attributes, in the order in which they were first set.
    ///
    /// ```
    /// use commonhold_guest::{Namespace, Value};
    /// use std::collections::BTreeMap;
    ///
    /// let settings = Namespace::new()?;
    /// settings.set("threads", 4)?;
    /// settings.set("name", "crawler")?;
    /// assert_eq!(settings.names()?, ["threads", "name"]);
    /// settings.delete("threads")?;
    /// assert!(!settings.contains("threads")?);
    /// let all: BTreeMap<String, Value> = settings.read()?;
    /// assert_eq!(all["name"], "crawler".into());
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn names(&self) -> Result<Vec<String>> {
        expect_unit(namespaces::names(self.handle()))
    }

    /// All attributes: into a map from names to [`Value`](crate::Value)s, or a struct with such fields.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        self.proxy.get_value()
    }

    /// Adds to the number that an attribute is, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::Namespace;
    ///
    /// let counts = Namespace::new()?;
    /// counts.set("done", 1)?;
    /// assert_eq!(counts.fetch_add("done", 2)?, 1);
    /// assert_eq!(counts.fetch_max("done", 10)?, 3);
    /// assert_eq!(counts.swap("done", 0)?, 10);
    /// assert_eq!(counts.compare_exchange("done", 0, 5)?, Ok(0));
    /// assert_eq!(counts.compare_exchange("done", 0, 6)?, Err(5));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `attribute` if there is none of that name, `type` if it is not a number.
    pub fn fetch_add<T: Serialize + DeserializeOwned>(&self, name: &str, delta: T) -> Result<T> {
        read(lend(&delta, |delta| expect_unit(namespaces::fetch_add(self.handle(), name, delta)))?)
    }

    /// Sets an attribute to the larger one of its value and another, atomically, and returns what was
    /// there before.
    ///
    /// # Errors
    ///
    /// `attribute` if there is none of that name, `type` if the two have no order.
    pub fn fetch_max<T: Serialize + DeserializeOwned>(&self, name: &str, value: T) -> Result<T> {
        read(lend(&value, |value| expect_unit(namespaces::fetch_max(self.handle(), name, value)))?)
    }

    /// Sets an attribute that is there, and returns what was there before.
    ///
    /// # Errors
    ///
    /// `attribute` if there is none of that name.
    pub fn swap<T: Serialize + DeserializeOwned>(&self, name: &str, value: T) -> Result<T> {
        read(lend(&value, |value| expect_unit(namespaces::swap(self.handle(), name, value)))?)
    }

    /// Sets an attribute if its value is equal to the expected one, atomically. As for std's atomics, `Ok`
    /// and `Err` have what was there before.
    ///
    /// # Errors
    ///
    /// `attribute` if there is none of that name.
    pub fn compare_exchange<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        expected: T,
        new: T,
    ) -> Result<Result<T, T>> {
        exchanged(lend(&expected, |expected| {
            lend(&new, |new| expect_unit(namespaces::compare_exchange(self.handle(), name, expected, new)))
        })?)
    }
}
