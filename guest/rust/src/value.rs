//! Shared values.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::{types, values};
use crate::convert::{expect_unit, lend, read, receive};
use crate::proxy::typed_proxy;
use crate::{Like, Lock, Proxy, Result};

/// A shared place for one value of a type: what Python's manager calls `Value`.
///
/// The value lives in the manager; this is a proxy to it. What is read is a copy. Each function is one
/// atomic operation. The type is a claim about what is there, checked as it is read:
/// `SharedValue<Value>` holds anything.
///
/// ```
/// use commonhold_guest::SharedValue;
///
/// let done = SharedValue::new(0)?;
/// assert_eq!(done.fetch_add(2)?, 0);
/// assert_eq!(done.fetch_max(10)?, 2);
/// assert_eq!(done.swap(5)?, 10);
/// assert_eq!(done.compare_exchange(5, 6)?, Ok(5));
/// assert_eq!(done.compare_exchange(5, 7)?, Err(6));
/// assert_eq!(done.get()?, 6);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is no `T`. What each adds is listed there.
pub struct SharedValue<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(SharedValue<T>, "Value");

impl<T> SharedValue<T> {
    /// The lock that belongs to the value, the same one each time: for those who want several operations
    /// to be one. No other function takes it by itself.
    ///
    /// ```
    /// use commonhold_guest::SharedValue;
    ///
    /// let text = SharedValue::<String>::new("a")?;
    /// {
    ///     let lock = text.lock()?;
    ///     let _guard = lock.acquire()?;
    ///     text.set(text.get()? + "b")?;
    /// }
    /// assert_eq!(text.get()?, "ab");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `attribute` if it was made without one, by a Python program with `lock=False`.
    pub fn lock(&self) -> Result<Lock> {
        Lock::try_from(Proxy::new(expect_unit(values::get_lock(self.handle()))?))
    }
}

impl<T: Serialize> SharedValue<T> {
    /// A new one. It prints with the type code `O`, which stands for any object.
    pub fn new(value: impl Like<T>) -> Result<SharedValue<T>> {
        SharedValue::with_typecode("O", value)
    }

    /// A new one that prints with this type code, which means nothing otherwise.
    ///
    /// ```
    /// use commonhold_guest::SharedValue;
    ///
    /// assert_eq!(SharedValue::<i64>::with_typecode("q", 7)?.to_string(), "Value('q', 7)");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn with_typecode(typecode: &str, value: impl Like<T>) -> Result<SharedValue<T>> {
        let handle = lend(&value, |value| expect_unit(values::create(typecode, value)))?;
        Ok(SharedValue::assume(Proxy::new(handle)))
    }

    /// Sets the value.
    pub fn set(&self, value: impl Like<T>) -> Result<()> {
        lend(&value, |value| expect_unit(values::set(self.handle(), value)))
    }
}

impl<T: DeserializeOwned> SharedValue<T> {
    /// The value.
    pub fn get(&self) -> Result<T> {
        receive(values::get(self.handle()))
    }
}

impl<T: Serialize + DeserializeOwned> SharedValue<T> {
    /// Adds to the number that it is, atomically, and returns what was there before.
    ///
    /// # Errors
    ///
    /// `type` if it is not a number.
    pub fn fetch_add(&self, delta: impl Like<T>) -> Result<T> {
        read(lend(&delta, |delta| expect_unit(values::fetch_add(self.handle(), delta)))?)
    }

    /// Sets the larger one of the two, atomically, and returns what was there before.
    ///
    /// # Errors
    ///
    /// `type` if they have no order.
    pub fn fetch_max(&self, value: impl Like<T>) -> Result<T> {
        read(lend(&value, |value| expect_unit(values::fetch_max(self.handle(), value)))?)
    }

    /// Sets the value and returns what was there before.
    pub fn swap(&self, value: impl Like<T>) -> Result<T> {
        read(lend(&value, |value| expect_unit(values::swap(self.handle(), value)))?)
    }

    /// Sets a new value if the one there is equal to the expected one, as Python's `==` finds. As for std's
    /// atomics, `Ok` and `Err` have what was there before.
    pub fn compare_exchange(&self, expected: impl Like<T>, new: impl Like<T>) -> Result<Result<T, T>> {
        exchanged(lend(&expected, |expected| {
            lend(&new, |new| expect_unit(values::compare_exchange(self.handle(), expected, new)))
        })?)
    }
}

/// What a `compare-exchange` gave.
pub(crate) fn exchanged<T: DeserializeOwned>((done, found): (bool, types::Value)) -> Result<Result<T, T>> {
    let found = read(found)?;
    Ok(if done { Ok(found) } else { Err(found) })
}
