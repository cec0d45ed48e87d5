//! The counterpart of the interface `lists`.

use commonhold_objects::referents::list::List;
pub use commonhold_objects::referents::slice::Slice;

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new, empty list.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(List::create(&own.caller)))
}

/// A new list with the items of an iterable.
pub fn create_from(items: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(List::create_from(&own.caller, &own.contents(items)?)?))
}

/// The number of items.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|list, _| List::length(list))
}

/// The item at an index.
pub fn get_item(self_: &Proxy, index: i64) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::get_item(list, index)?))
}

/// Replaces the item at an index.
pub fn set_item(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|list, own| List::set_item(list, index, own.item(item)?))
}

/// Removes the item at an index.
pub fn delete_item(self_: &Proxy, index: i64) -> Result<(), Error> {
    self_.with(|list, _| List::delete_item(list, index))
}

/// A plain list of the items of a slice.
pub fn get_slice(self_: &Proxy, slice: Slice) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::get_slice(list, slice)?))
}

/// Replaces the items of a slice.
pub fn set_slice(self_: &Proxy, slice: Slice, items: Argument<'_>) -> Result<(), Error> {
    self_.with(|list, own| List::set_slice(list, slice, own.contents(items)?))
}

/// Removes the items of a slice.
pub fn delete_slice(self_: &Proxy, slice: Slice) -> Result<(), Error> {
    self_.with(|list, _| List::delete_slice(list, slice))
}

/// Adds an item at the end.
pub fn append(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|list, own| List::append(list, own.item(item)?))
}

/// Adds the items of an iterable at the end.
pub fn extend(self_: &Proxy, items: Argument<'_>) -> Result<(), Error> {
    self_.with(|list, own| List::extend(list, own.contents(items)?))
}

/// Puts an item before an index.
pub fn insert(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|list, own| List::insert(list, index, own.item(item)?))
}

/// Removes and returns an item.
pub fn pop(self_: &Proxy, index: Option<i64>) -> Result<Value, Error> {
    self_.with(|list, own| {
        own.may_remove()?;
        own.removed(List::pop(list, index)?)
    })
}

/// Removes the first equal item.
pub fn remove(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|list, own| List::remove(list, &own.item(item)?))
}

/// Removes all items.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    self_.with(|list, _| List::clear(list))
}

/// A plain list of all items.
pub fn copy(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::copy(list)?))
}

/// A plain list of all items, the last one first.
pub fn copy_reversed(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::copy_reversed(list)?))
}

/// Whether there is an equal item.
pub fn contains(self_: &Proxy, item: Argument<'_>) -> Result<bool, Error> {
    self_.with(|list, own| List::contains(list, &own.item(item)?))
}

/// How many items are equal.
pub fn count(self_: &Proxy, item: Argument<'_>) -> Result<u64, Error> {
    self_.with(|list, own| List::count(list, &own.item(item)?))
}

/// The first position of an equal item.
pub fn index(self_: &Proxy, item: Argument<'_>, start: Option<i64>, stop: Option<i64>) -> Result<u64, Error> {
    self_.with(|list, own| List::index(list, &own.item(item)?, start, stop))
}

/// Reverses the list in place.
pub fn reverse(self_: &Proxy) -> Result<(), Error> {
    self_.with(|list, _| List::reverse(list))
}

/// Sorts the list in place.
pub fn sort(self_: &Proxy, reverse: bool) -> Result<(), Error> {
    self_.with(|list, _| List::sort(list, reverse))
}

/// The list's version and a plain list of its items.
pub fn snapshot(self_: &Proxy) -> Result<(u64, Value), Error> {
    self_.with(|list, own| {
        let (version, items) = List::snapshot(list)?;
        Ok((version, own.value(items)?))
    })
}

/// Sorts the list in place by keys that were computed from a snapshot.
pub fn sort_by_keys(self_: &Proxy, version: u64, keys: Argument<'_>, reverse: bool) -> Result<(), Error> {
    self_.with(|list, own| List::sort_by_keys(list, version, &own.item(keys)?, reverse))
}

/// A plain list of this list's items and then another's.
pub fn concat(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::concat(list, &own.contents(other)?)?))
}

/// A plain list of another list's items and then this one's.
pub fn concat_before(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::concat_before(list, &own.contents(other)?)?))
}

/// A plain list of the items, so many times over.
pub fn repeat(self_: &Proxy, times: i64) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::repeat(list, times)?))
}

/// Replaces the list by its items, so many times over.
pub fn repeat_in_place(self_: &Proxy, times: i64) -> Result<(), Error> {
    self_.with(|list, _| List::repeat_in_place(list, times))
}

/// Adds to the number at an index and returns what was there before.
pub fn fetch_add(self_: &Proxy, index: i64, delta: Argument<'_>) -> Result<Value, Error> {
    self_.with(|list, own| own.value(List::fetch_add(list, index, &own.item(delta)?)?))
}
