//! The counterpart of the interface `deques`.

use commonhold_objects::referents::deque::Deque;

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new, empty deque.
pub fn create(maxlen: Option<u64>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Deque::create(&own.caller, maxlen)))
}

/// A new deque with the items of an iterable.
pub fn create_from(items: Argument<'_>, maxlen: Option<u64>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Deque::create_from(&own.caller, &own.contents(items)?, maxlen)?))
}

/// The greatest length, if there is one.
pub fn max_length(self_: &Proxy) -> Result<Option<u64>, Error> {
    self_.with(|deque, _| Deque::max_length(deque))
}

/// The number of items.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|deque, _| Deque::length(deque))
}

/// The item at an index.
pub fn get_item(self_: &Proxy, index: i64) -> Result<Value, Error> {
    self_.with(|deque, own| own.value(Deque::get_item(deque, index)?))
}

/// Replaces the item at an index.
pub fn set_item(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::set_item(deque, index, own.item(item)?))
}

/// Removes the item at an index.
pub fn delete_item(self_: &Proxy, index: i64) -> Result<(), Error> {
    self_.with(|deque, _| Deque::delete_item(deque, index))
}

/// Adds an item at the right end.
pub fn append(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::append(deque, own.item(item)?))
}

/// Adds an item at the left end.
pub fn append_left(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::append_left(deque, own.item(item)?))
}

/// Adds the items of an iterable at the right end.
pub fn extend(self_: &Proxy, items: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::extend(deque, &own.contents(items)?))
}

/// Adds the items of an iterable at the left end.
pub fn extend_left(self_: &Proxy, items: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::extend_left(deque, &own.contents(items)?))
}

/// Puts an item before an index.
pub fn insert(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::insert(deque, index, own.item(item)?))
}

/// Removes and returns the item at the right end.
pub fn pop(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|deque, own| {
        own.may_remove()?;
        own.removed(Deque::pop(deque)?)
    })
}

/// Removes and returns the item at the left end.
pub fn pop_left(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|deque, own| {
        own.may_remove()?;
        own.removed(Deque::pop_left(deque)?)
    })
}

/// Removes the first equal item.
pub fn remove(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|deque, own| Deque::remove(deque, &own.item(item)?))
}

/// Removes all items.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    self_.with(|deque, _| Deque::clear(deque))
}

/// A plain list of all items.
pub fn copy(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|deque, own| own.value(Deque::copy(deque)?))
}

/// A plain list of all items, the last one first.
pub fn copy_reversed(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|deque, own| own.value(Deque::copy_reversed(deque)?))
}

/// Whether there is an equal item.
pub fn contains(self_: &Proxy, item: Argument<'_>) -> Result<bool, Error> {
    self_.with(|deque, own| Deque::contains(deque, &own.item(item)?))
}

/// How many items are equal.
pub fn count(self_: &Proxy, item: Argument<'_>) -> Result<u64, Error> {
    self_.with(|deque, own| Deque::count(deque, &own.item(item)?))
}

/// The first position of an equal item.
pub fn index(self_: &Proxy, item: Argument<'_>, start: Option<i64>, stop: Option<i64>) -> Result<u64, Error> {
    self_.with(|deque, own| Deque::index(deque, &own.item(item)?, start, stop))
}

/// Reverses the deque in place.
pub fn reverse(self_: &Proxy) -> Result<(), Error> {
    self_.with(|deque, _| Deque::reverse(deque))
}

/// Moves items from the right end to the left one.
pub fn rotate(self_: &Proxy, steps: i64) -> Result<(), Error> {
    self_.with(|deque, _| Deque::rotate(deque, steps))
}

/// A plain list of this deque's items and then another's.
pub fn concat(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|deque, own| own.value(Deque::concat(deque, &own.contents(other)?)?))
}

/// A plain list of the items, so many times over.
pub fn repeat(self_: &Proxy, times: i64) -> Result<Value, Error> {
    self_.with(|deque, own| own.value(Deque::repeat(deque, times)?))
}

/// Replaces the deque by its items, so many times over.
pub fn repeat_in_place(self_: &Proxy, times: i64) -> Result<(), Error> {
    self_.with(|deque, _| Deque::repeat_in_place(deque, times))
}
