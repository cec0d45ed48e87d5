//! The counterpart of the interface `dicts`.

use commonhold_objects::referents::dict::Dict;

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new, empty dict.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Dict::create(&own.caller)))
}

/// A new dict with the entries of another.
pub fn create_from(entries: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Dict::create_from(&own.caller, &own.contents(entries)?)?))
}

/// The number of entries.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|dict, _| Dict::length(dict))
}

/// The value of a key.
pub fn get_item(self_: &Proxy, key: Argument<'_>) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::get_item(dict, &own.item(key)?)?))
}

/// The value of a key, or none.
pub fn find(self_: &Proxy, key: Argument<'_>) -> Result<Option<Value>, Error> {
    self_.with(|dict, own| Dict::find(dict, &own.item(key)?)?.map(|item| own.value(item)).transpose())
}

/// Sets the value of a key.
pub fn set_item(self_: &Proxy, key: Argument<'_>, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|dict, own| Dict::set_item(dict, own.item(key)?, own.item(item)?))
}

/// Removes a key.
pub fn delete_item(self_: &Proxy, key: Argument<'_>) -> Result<(), Error> {
    self_.with(|dict, own| Dict::delete_item(dict, &own.item(key)?))
}

/// Whether there is such a key.
pub fn contains(self_: &Proxy, key: Argument<'_>) -> Result<bool, Error> {
    self_.with(|dict, own| Dict::contains(dict, &own.item(key)?))
}

/// Removes a key and returns its value, or none.
pub fn take(self_: &Proxy, key: Argument<'_>) -> Result<Option<Value>, Error> {
    self_.with(|dict, own| {
        own.may_remove()?;
        Dict::take(dict, &own.item(key)?)?.map(|item| own.removed(item)).transpose()
    })
}

/// Removes and returns the entry that was inserted last.
pub fn pop_item(self_: &Proxy) -> Result<(Value, Value), Error> {
    self_.with(|dict, own| {
        own.may_remove()?;
        let (key, item) = Dict::pop_item(dict)?;
        Ok((own.removed(key)?, own.removed(item)?))
    })
}

/// The value of a key, which is set to the default first if it is missing.
pub fn set_default(self_: &Proxy, key: Argument<'_>, default: Argument<'_>) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::set_default(dict, own.item(key)?, own.item(default)?)?))
}

/// Sets all entries of another dict, an iterable of pairs, or a proxy to one.
pub fn update(self_: &Proxy, entries: Argument<'_>) -> Result<(), Error> {
    self_.with(|dict, own| Dict::update(dict, &own.contents(entries)?))
}

/// Removes all entries.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    self_.with(|dict, _| Dict::clear(dict))
}

/// A plain dict of all entries.
pub fn copy(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::copy(dict)?))
}

/// A plain list of the keys.
pub fn keys(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::keys(dict)?))
}

/// A plain list of the keys, the last one first.
pub fn keys_reversed(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::keys_reversed(dict)?))
}

/// A plain list of the values.
pub fn values(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::values(dict)?))
}

/// A plain list of the entries, each a tuple.
pub fn items(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::items(dict)?))
}

/// A new iterator over the keys.
pub fn iterate(self_: &Proxy) -> Result<Proxy, Error> {
    self_.with(|dict, own| own.give(Dict::iterate(dict)?))
}

/// A plain dict of this dict's entries and then another's.
pub fn merge(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::merge(dict, &own.contents(other)?)?))
}

/// A plain dict of another dict's entries and then this one's.
pub fn merge_before(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|dict, own| own.value(Dict::merge_before(dict, &own.contents(other)?)?))
}

/// Adds to the number at a key and returns what was there before.
pub fn fetch_add(
    self_: &Proxy,
    key: Argument<'_>,
    delta: Argument<'_>,
    initial: Option<Argument<'_>>,
) -> Result<Value, Error> {
    self_.with(|dict, own| {
        let initial = initial.map(|initial| own.item(initial)).transpose()?;
        own.value(Dict::fetch_add(dict, own.item(key)?, &own.item(delta)?, initial)?)
    })
}
