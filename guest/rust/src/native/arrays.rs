//! The counterpart of the interface `arrays`.

use commonhold_objects::referents::array::Array;
pub use commonhold_objects::referents::slice::Slice;

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new array of zeros.
pub fn create(typecode: &str, length: u64) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Array::create(&own.caller, typecode, length)?))
}

/// A new array with the items of an iterable.
pub fn create_from(typecode: &str, items: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Array::create_from(&own.caller, typecode, &own.contents(items)?)?))
}

/// The number of items.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|array, _| Array::length(array))
}

/// The letter of the items' type.
pub fn typecode(self_: &Proxy) -> Result<String, Error> {
    self_.with(|array, _| Ok(Array::typecode(array)?.into()))
}

/// The item at an index.
pub fn get_item(self_: &Proxy, index: i64) -> Result<Value, Error> {
    self_.with(|array, own| own.value(Array::get_item(array, index)?))
}

/// Replaces the item at an index.
pub fn set_item(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|array, own| Array::set_item(array, index, &own.item(item)?))
}

/// A plain list of the items of a slice.
pub fn get_slice(self_: &Proxy, slice: Slice) -> Result<Value, Error> {
    self_.with(|array, own| own.value(Array::get_slice(array, slice)?))
}

/// Replaces the items of a slice.
pub fn set_slice(self_: &Proxy, slice: Slice, items: Argument<'_>) -> Result<(), Error> {
    self_.with(|array, own| Array::set_slice(array, slice, &own.contents(items)?))
}

/// The lock that belongs to it.
pub fn get_lock(self_: &Proxy) -> Result<Proxy, Error> {
    self_.with(|array, own| own.give(Array::get_lock(array, &own.caller)?))
}

/// Items as they lie in memory.
pub fn read_bytes(self_: &Proxy, start: u64, count: u64) -> Result<Vec<u8>, Error> {
    self_.with(|array, _| Array::read_bytes(array, start, count))
}

/// Items that are integers.
pub fn read_ints(self_: &Proxy, start: u64, count: u64) -> Result<Vec<i64>, Error> {
    self_.with(|array, _| Array::read_ints(array, start, count))
}

/// Items that are floats.
pub fn read_floats(self_: &Proxy, start: u64, count: u64) -> Result<Vec<f64>, Error> {
    self_.with(|array, _| Array::read_floats(array, start, count))
}

/// Overwrites items by others as they lie in memory.
pub fn write_bytes(self_: &Proxy, start: u64, bytes: &[u8]) -> Result<(), Error> {
    self_.with(|array, _| Array::write_bytes(array, start, bytes))
}

/// Overwrites items by integers.
pub fn write_ints(self_: &Proxy, start: u64, numbers: &[i64]) -> Result<(), Error> {
    self_.with(|array, _| Array::write_ints(array, start, numbers))
}

/// Overwrites items by floats.
pub fn write_floats(self_: &Proxy, start: u64, numbers: &[f64]) -> Result<(), Error> {
    self_.with(|array, _| Array::write_floats(array, start, numbers))
}

/// Adds to the item at an index.
pub fn fetch_add(self_: &Proxy, index: i64, delta: Argument<'_>) -> Result<Value, Error> {
    self_.with(|array, own| own.value(Array::fetch_add(array, index, &own.item(delta)?)?))
}

/// Sets the larger one of two.
pub fn fetch_max(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<Value, Error> {
    self_.with(|array, own| own.value(Array::fetch_max(array, index, &own.item(item)?)?))
}

/// Sets the item at an index.
pub fn swap(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<Value, Error> {
    self_.with(|array, own| own.value(Array::swap(array, index, &own.item(item)?)?))
}

/// Sets the item at an index if it is the expected one.
pub fn compare_exchange(
    self_: &Proxy,
    index: i64,
    expected: Argument<'_>,
    new: Argument<'_>,
) -> Result<(bool, Value), Error> {
    self_.with(|array, own| {
        let (done, found) = Array::compare_exchange(array, index, &own.item(expected)?, &own.item(new)?)?;
        Ok((done, own.value(found)?))
    })
}
