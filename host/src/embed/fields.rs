use super::Lock;
use super::typed::{flagged, typed};
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Item, Proxy};
use crate::referents::namespace;
use crate::referents::value::Holder;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// Shared attributes: names with values of any type.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
///
/// ```
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = commonhold::Manager::new()?;
/// let settings = manager.namespace();
/// settings.set("threads", &4)?;
/// settings.set("name", "crawler")?;
/// assert_eq!(settings.get::<i64>("threads")?, Some(4));
/// assert_eq!(settings.fetch_add("threads", &1)?, 4);
/// assert_eq!(settings.to_string(), "Namespace(name='crawler', threads=5)");
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
/// ```
pub struct Namespace {
    proxy: Proxy,
    attributes: PhantomData<()>,
}

impl Namespace {
    pub(super) fn create(objects: &Arc<Objects>) -> Self {
        Self { proxy: namespace::Namespace::create(&objects.home().host()), attributes: PhantomData }
    }

    /// The value of an attribute; `None` if there is none of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`, `not-exposed` or `revoked` as for all methods.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        match namespace::Namespace::get(&self.proxy, Item::text(name)) {
            Ok(item) => read_item(&item).map(Some),
            Err(error) if error.kind == ErrorKind::Attribute => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets an attribute, whether or not it was there.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if there are too many.
    pub fn set<T: Serialize + ?Sized>(&self, name: &str, it: &T) -> Result<(), Error> {
        Ok(namespace::Namespace::set(&self.proxy, Item::text(name), item(it)?)?)
    }

    /// Removes an attribute.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if there is none of that name.
    pub fn delete(&self, name: &str) -> Result<(), Error> {
        Ok(namespace::Namespace::delete(&self.proxy, Item::text(name))?)
    }

    /// The names of all attributes, in the order in which they were first set.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if they are too many for one value.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        Ok(namespace::Namespace::names(&self.proxy)?)
    }

    /// Adds to the number that an attribute is, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if there is none of that name, `type` if either is not a number.
    pub fn fetch_add<T: Serialize + DeserializeOwned>(&self, name: &str, delta: &T) -> Result<T, Error> {
        read_item(&namespace::Namespace::fetch_add(&self.proxy, Item::text(name), &item(delta)?)?)
    }

    /// Sets an attribute to the larger one of its value and another, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if there is none of that name, `type` if the two have no order.
    pub fn fetch_max<T: Serialize + DeserializeOwned>(&self, name: &str, it: &T) -> Result<T, Error> {
        read_item(&namespace::Namespace::fetch_max(&self.proxy, Item::text(name), item(it)?)?)
    }

    /// Sets an attribute that is there, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if there is none of that name.
    pub fn swap<T: Serialize + DeserializeOwned>(&self, name: &str, it: &T) -> Result<T, Error> {
        read_item(&namespace::Namespace::swap(&self.proxy, Item::text(name), item(it)?)?)
    }

    /// Sets an attribute if its value is equal to the expected one. As for std's atomics, `Ok` and `Err`
    /// have what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if there is none of that name.
    pub fn compare_exchange<T: Serialize + DeserializeOwned>(
        &self,
        name: &str,
        expected: &T,
        new: &T,
    ) -> Result<Result<T, T>, Error> {
        let (expected, new) = (item(expected)?, item(new)?);
        flagged(namespace::Namespace::compare_exchange(&self.proxy, Item::text(name), &expected, new)?)
    }
}

/// A shared place for one value, read and written as a `T`.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
///
/// ```
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = commonhold::Manager::new()?;
/// let done = manager.value("q", &0)?;
/// assert_eq!(done.fetch_add(&1)?, 0);
/// assert_eq!(done.compare_exchange(&1, &10)?, Ok(1));
/// assert_eq!(done.compare_exchange(&1, &20)?, Err(10));
/// assert_eq!(done.to_string(), "Value('q', 10)");
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
/// ```
pub struct SharedValue<T> {
    proxy: Proxy,
    it: PhantomData<fn(T) -> T>,
}

impl<T> SharedValue<T> {
    pub(super) fn create(objects: &Arc<Objects>, typecode: &str, it: &T) -> Result<Self, Error>
    where
        T: Serialize,
    {
        let proxy = Holder::create(&objects.home().host(), Item::text(typecode), item(it)?);
        Ok(Self { proxy, it: PhantomData })
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`, `not-exposed` or `revoked` as for all methods.
    pub fn get(&self) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&Holder::get(&self.proxy)?)
    }

    /// Sets the value.
    ///
    /// # Errors
    ///
    /// If it is not a value: see `docs/values.md`.
    pub fn set(&self, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(Holder::set(&self.proxy, item(it)?)?)
    }

    /// Adds to the number that it is, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if either is not a number.
    pub fn fetch_add(&self, delta: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&Holder::fetch_add(&self.proxy, &item(delta)?)?)
    }

    /// Sets the larger one of the two, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if they have no order.
    pub fn fetch_max(&self, it: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&Holder::fetch_max(&self.proxy, item(it)?)?)
    }

    /// Sets the value, and gives what was there before.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn swap(&self, it: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&Holder::swap(&self.proxy, item(it)?)?)
    }

    /// Sets a new value if the one there is equal to the expected one. As for std's atomics, `Ok` and `Err`
    /// have what was there before.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn compare_exchange(&self, expected: &T, new: &T) -> Result<Result<T, T>, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        flagged(Holder::compare_exchange(&self.proxy, &item(expected)?, item(new)?)?)
    }

    /// The lock that belongs to the value, the same one each time. No other method takes it by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if a guest made it without one.
    pub fn lock(&self) -> Result<Lock, Error> {
        Ok(Lock::of(Holder::get_lock(&self.proxy, &self.proxy.home().host())?))
    }
}

typed!(Namespace, "Namespace", attributes);
typed!(SharedValue<T>, "Value", it);
