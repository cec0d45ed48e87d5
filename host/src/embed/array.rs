use super::Lock;
use super::typed::typed;
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{CallError, Item, Outcome, Proxy};
use crate::referents::array;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use commonhold_wire::element::{Element, pack, unpack};
use std::marker::PhantomData;

/// A shared array of numbers, packed as in C: `Array<i32>` is what Python calls `Array('i', ...)`.
///
/// No method waits.
///
/// ```
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = commonhold::Manager::new()?;
/// let samples = manager.array(&[0.5, 1.5, 2.5])?;
/// samples.write(1, &[10.0, 20.0])?;
/// assert_eq!(samples.read(0, 3)?, [0.5, 10.0, 20.0]);
/// assert_eq!(samples.fetch_add(0, 1.0)?, 0.5);
/// assert_eq!(samples.to_string(), "array('d', [1.5, 10.0, 20.0])");
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(run()).unwrap();
/// ```
pub struct Array<T> {
    proxy: Proxy,
    numbers: PhantomData<fn(T) -> T>,
}

impl<T: Element> Array<T> {
    pub(super) fn create(objects: &Arc<Objects>, numbers: &[T]) -> Result<Self, Error> {
        let (mut letter, bytes) = ([0; 4], Item::bytes(pack(numbers)));
        let letter = T::TYPECODE.encode_utf8(&mut letter);
        let proxy = array::Array::create_from(&objects.home().host(), letter, &bytes)?;
        Ok(Self { proxy, numbers: PhantomData })
    }

    /// How many numbers it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(array::Array::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// The number at an index; negative ones count from the end.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn get(&self, index: i64) -> Result<T, Error> {
        crate::convert::read_item(&array::Array::get_item(&self.proxy, index)?)
    }

    /// Replaces the number at an index.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn set(&self, index: i64, number: T) -> Result<(), Error> {
        Ok(array::Array::set_item(&self.proxy, index, &crate::convert::item(&number)?)?)
    }

    /// So many numbers, of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if they are not all there, `quota-exceeded` if they are too many for
    /// one value.
    pub fn read(&self, start: u64, count: u64) -> Result<Vec<T>, Error> {
        Ok(unpack(&array::Array::read_bytes(&self.proxy, start, count)?))
    }

    /// Overwrites numbers, all at one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there are not as many: then none is overwritten.
    pub fn write(&self, start: u64, numbers: &[T]) -> Result<(), Error> {
        Ok(array::Array::write_bytes(&self.proxy, start, &pack(numbers))?)
    }

    /// Adds to the number at an index, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `overflow` if the sum is no `T`.
    pub fn fetch_add(&self, index: i64, delta: T) -> Result<T, Error> {
        crate::convert::read_item(&array::Array::fetch_add(&self.proxy, index, &crate::convert::item(&delta)?)?)
    }

    /// Sets the number at an index to the larger one of the two, and gives what was there before.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn fetch_max(&self, index: i64, number: T) -> Result<T, Error> {
        crate::convert::read_item(&array::Array::fetch_max(&self.proxy, index, &crate::convert::item(&number)?)?)
    }

    /// Sets the number at an index, and gives what was there before.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn swap(&self, index: i64, number: T) -> Result<T, Error> {
        crate::convert::read_item(&array::Array::swap(&self.proxy, index, &crate::convert::item(&number)?)?)
    }

    /// Sets the number at an index if it is the expected one. As for std's atomics, `Ok` and `Err` have what
    /// was there before; a NaN is never the expected one.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn compare_exchange(&self, index: i64, expected: T, new: T) -> Result<Result<T, T>, Error> {
        let (expected, new) = (crate::convert::item(&expected)?, crate::convert::item(&new)?);
        let (done, found) = array::Array::compare_exchange(&self.proxy, index, &expected, &new)?;
        let found = crate::convert::read_item(&found)?;
        Ok(if done { Ok(found) } else { Err(found) })
    }

    /// The lock that belongs to the array, the same one each time. No other method takes it by itself.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` if a guest made it without one.
    pub fn lock(&self) -> Result<Lock, Error> {
        Ok(Lock::of(array::Array::get_lock(&self.proxy, &self.proxy.home().host())?))
    }
}

/// Fails unless an array is one of `T`s.
fn check<T: Element>(proxy: &Proxy) -> Outcome<()> {
    let typecode = array::Array::typecode(proxy)?;
    if T::fits(typecode) {
        return Ok(());
    }
    let message = format!("expected an array of typecode '{}', got one of '{typecode}'", T::TYPECODE);
    Err(CallError::new(ErrorKind::Type, message))
}

typed!(Array<T: Element>, "Array", numbers, check::<T>);
