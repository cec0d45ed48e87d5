//! Shared arrays.

use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};

use commonhold_wire::Element;
use commonhold_wire::element::{pack, unpack};

use crate::backend::{arrays, types};
use crate::convert::{expect_unit, lend, read, receive};
use crate::list::as_usize;
use crate::proxy::typed_traits;
use crate::value::exchanged;
use crate::{Error, Index, Iter, Lock, Proxy, Result, error};

/// A shared array of numbers, packed as in C: `Array<i32>` is what Python calls `Array('i', ...)`.
///
/// The array lives in the manager; this is a proxy to it. A whole range of it is read or written in one
/// crossing, at the speed of copying memory. Each function is one atomic operation on the array.
///
/// ```
/// use commonhold_guest::Array;
///
/// let samples = Array::from_slice(&[0.5, 1.5, 2.5])?;
/// samples.write(1, &[10.0, 20.0])?;
/// assert_eq!(samples.read(..)?, [0.5, 10.0, 20.0]);
/// assert_eq!(samples.read(1..3)?, [10.0, 20.0]);
/// assert_eq!(samples.get(-1)?, 20.0);
/// assert_eq!(samples.to_string(), "array('d', [0.5, 10.0, 20.0])");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed. What each adds is listed there. A proxy becomes an `Array<T>` only if the array is one of
/// `T`s: else that is a `type` error.
pub struct Array<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_traits!(Array<T: Element>);

impl<T: Element> TryFrom<Proxy> for Array<T> {
    type Error = Error;

    fn try_from(proxy: Proxy) -> Result<Self> {
        if proxy.typeid() != "Array" {
            return Err(error::wrong_type("Array", &proxy));
        }
        let typecode = expect_unit(arrays::typecode(proxy.handle()))?;
        if typecode.chars().all(T::fits) {
            return Ok(Array::assume(proxy));
        }
        Err(Error::type_error(format!("expected an array of typecode '{}', found one of '{typecode}'", T::TYPECODE)))
    }
}

impl<T: Element> Array<T> {
    /// The untyped proxy.
    pub fn as_proxy(&self) -> &Proxy {
        &self.proxy
    }

    fn handle(&self) -> &types::Proxy {
        self.proxy.handle()
    }

    fn assume(proxy: Proxy) -> Self {
        Array { proxy, of: PhantomData }
    }

    fn into_proxy(self) -> Proxy {
        self.proxy
    }

    /// One more proxy to the same object, which the manager counts as one more holder. A clone shares
    /// the handle of the original.
    ///
    /// ```
    /// use commonhold_guest::Array;
    ///
    /// let array = Array::from_slice(&[1, 2])?;
    /// assert_eq!(array.duplicate(), array);
    /// assert_eq!(array.as_proxy().typeid(), "Array");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::assume(self.proxy.duplicate())
    }

    /// A new array of so many zeros.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it is too long.
    pub fn zeros(len: usize) -> Result<Array<T>> {
        let handle = arrays::create(T::TYPECODE.encode_utf8(&mut [0; 4]), len as u64);
        expect_unit(handle).map(|handle| Array::assume(Proxy::new(handle)))
    }

    /// A new array of these numbers.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it is too long.
    pub fn from_slice(numbers: &[T]) -> Result<Array<T>> {
        let bytes = pack(numbers);
        let handle = arrays::create_from(T::TYPECODE.encode_utf8(&mut [0; 4]), types::Argument::Bytes(&bytes));
        expect_unit(handle).map(|handle| Array::assume(Proxy::new(handle)))
    }

    /// A new shared iterator, which other processes can draw from, too: by index, so that changes that are
    /// made meanwhile are seen.
    ///
    /// ```
    /// use commonhold_guest::Array;
    ///
    /// let array = Array::<f64>::from_slice(&[0.5, 1.5])?;
    /// let iter = array.iter_shared()?;
    /// array.set(1, 2.5)?;
    /// assert_eq!(iter.next_many(9)?, [0.5, 2.5]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter_shared(&self) -> Result<Iter<T>> {
        Iter::over(self)
    }

    /// How many numbers there are.
    pub fn len(&self) -> Result<usize> {
        expect_unit(arrays::length(self.handle())).map(as_usize)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The number at an index; negative ones count from the end.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn get(&self, index: impl Index) -> Result<T> {
        receive(arrays::get_item(self.handle(), index.position()))
    }

    /// Replaces the number at an index.
    ///
    /// ```
    /// use commonhold_guest::Array;
    ///
    /// let array = Array::from_slice(&[1, 2, 3])?;
    /// array.set(-1, 9)?;
    /// assert_eq!(array.read(..)?, [1, 2, 9]);
    /// assert!(array.len()? == 3 && !array.is_empty()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn set(&self, index: impl Index, number: T) -> Result<()> {
        lend(&number, |number| expect_unit(arrays::set_item(self.handle(), index.position(), number)))
    }

    /// The numbers of a range, in one crossing. A range without an end asks for the length first.
    ///
    /// # Errors
    ///
    /// `index` if they are not all there, `quota-exceeded` if they are too many for one value.
    pub fn read(&self, range: impl RangeBounds<usize>) -> Result<Vec<T>> {
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(last) => last.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => self.len()?.max(start),
        };
        // As a slice of Rust's would panic.
        let Some(count) = end.checked_sub(start) else {
            return Err(Error::index(format!("a range begins at {start} but ends at {end}")));
        };
        expect_unit(arrays::read_bytes(self.handle(), start as u64, count as u64)).map(|bytes| unpack(&bytes))
    }

    /// Overwrites numbers from a position on, in one crossing.
    ///
    /// # Errors
    ///
    /// `index` if there are not as many: then none is overwritten.
    pub fn write(&self, start: usize, numbers: &[T]) -> Result<()> {
        expect_unit(arrays::write_bytes(self.handle(), start as u64, &pack(numbers)))
    }

    /// Adds to the number at an index, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::{Array, ErrorKind};
    ///
    /// let counts = Array::<u8>::zeros(2)?;
    /// assert_eq!(counts.fetch_add(0, 200)?, 0);
    /// assert_eq!(counts.fetch_add(0, 100).unwrap_err().kind, ErrorKind::Overflow);
    /// assert_eq!(counts.fetch_max(1, 7)?, 0);
    /// assert_eq!(counts.swap(0, 1)?, 200);
    /// assert_eq!(counts.compare_exchange(0, 1, 2)?, Ok(1));
    /// assert_eq!(counts.compare_exchange(0, 1, 3)?, Err(2));
    /// assert_eq!(counts.read(..)?, [2, 7]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is none, `overflow` if the sum is no `T`: then nothing is changed.
    pub fn fetch_add(&self, index: impl Index, delta: T) -> Result<T> {
        read(lend(&delta, |delta| expect_unit(arrays::fetch_add(self.handle(), index.position(), delta)))?)
    }

    /// Sets the number at an index to the larger one of the two, atomically, and returns what was there
    /// before.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn fetch_max(&self, index: impl Index, number: T) -> Result<T> {
        read(lend(&number, |number| expect_unit(arrays::fetch_max(self.handle(), index.position(), number)))?)
    }

    /// Sets the number at an index, and returns what was there before.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn swap(&self, index: impl Index, number: T) -> Result<T> {
        read(lend(&number, |number| expect_unit(arrays::swap(self.handle(), index.position(), number)))?)
    }

    /// Sets the number at an index if it is the expected one, atomically. As for std's atomics, `Ok` and
    /// `Err` have what was there before. A NaN is never the expected one.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn compare_exchange(&self, index: impl Index, expected: T, new: T) -> Result<Result<T, T>> {
        let index = index.position();
        exchanged(lend(&expected, |expected| {
            lend(&new, |new| expect_unit(arrays::compare_exchange(self.handle(), index, expected, new)))
        })?)
    }

    /// The lock that belongs to the array, the same one each time: for those who want several operations
    /// to be one. No other function takes it by itself.
    ///
    /// ```
    /// use commonhold_guest::Array;
    ///
    /// let balances = Array::from_slice(&[10, 0])?;
    /// let lock = balances.lock()?;
    /// let guard = lock.acquire()?;
    /// balances.fetch_add(0, -3)?;
    /// balances.fetch_add(1, 3)?;
    /// guard.release()?;
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `attribute` if it was made without one, by a Python program with `lock=False`.
    pub fn lock(&self) -> Result<Lock> {
        Lock::try_from(Proxy::new(expect_unit(arrays::get_lock(self.handle()))?))
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod tests {
    use super::*;
    use crate::{ErrorKind, List, Value};

    #[test]
    fn an_array_is_read_as_what_it_is_of() -> Result<()> {
        let array = Array::from_slice(&[1_i32, -2])?;
        let untyped = array.as_proxy();
        assert_eq!(Array::<i32>::try_from(untyped.clone())?, array);
        assert_eq!(Array::<u32>::try_from(untyped.clone()).unwrap_err().kind, ErrorKind::Type);
        assert_eq!(Array::<i32>::try_from(List::<i32>::new()?.as_proxy().clone()).unwrap_err().kind, ErrorKind::Type);
        // In a value, too.
        let list = List::<Array<i32>>::from_items([&array])?;
        assert_eq!(list.get(0)?, array);
        let wrong: List<Array<f32>> = list.as_proxy().clone().try_into()?;
        assert_eq!(wrong.get(0).unwrap_err().kind, ErrorKind::BadValue);
        let long = Value::List(vec![1.into()]);
        let made = crate::manager::create("Array", ("l", long))?;
        assert_eq!(Array::<i64>::try_from(made)?.read(..)?, [1]);
        Ok(())
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges, reason = "it is what is tested")]
    fn a_range_that_is_not_there_is_an_error() -> Result<()> {
        let array = Array::from_slice(&[1_u64, u64::MAX])?;
        assert_eq!(array.read(1..=1)?, [u64::MAX]);
        assert_eq!(array.read(2..)?, [0; 0]);
        assert_eq!(array.read(..0)?, [0; 0]);
        for error in [array.read(0..3), array.read(3..), array.read(2..1), array.read(..=usize::MAX)] {
            assert_eq!(error.unwrap_err().kind, ErrorKind::Index);
        }
        assert_eq!(array.write(1, &[3, 4]).unwrap_err().kind, ErrorKind::Index);
        assert_eq!(array.read(..)?, [1, u64::MAX]);
        Ok(())
    }
}
