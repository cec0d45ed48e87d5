//! The counterpart of the interface `values`.

use commonhold_objects::referents::value::Holder;

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new one.
pub fn create(typecode: &str, item: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let (typecode, item) = (own.item(Argument::Text(typecode))?, own.item(item)?);
        own.give(Holder::create(&own.caller, typecode, item))
    })
}

/// The value.
pub fn get(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|holder, own| own.value(Holder::get(holder)?))
}

/// Sets the value.
pub fn set(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|holder, own| Holder::set(holder, own.item(item)?))
}

/// The lock that belongs to it.
pub fn get_lock(self_: &Proxy) -> Result<Proxy, Error> {
    self_.with(|holder, own| own.give(Holder::get_lock(holder, &own.caller)?))
}

/// Adds to the number that it is.
pub fn fetch_add(self_: &Proxy, delta: Argument<'_>) -> Result<Value, Error> {
    self_.with(|holder, own| own.value(Holder::fetch_add(holder, &own.item(delta)?)?))
}

/// Sets the larger one of two.
pub fn fetch_max(self_: &Proxy, item: Argument<'_>) -> Result<Value, Error> {
    self_.with(|holder, own| {
        own.may_remove()?;
        own.removed(Holder::fetch_max(holder, own.item(item)?)?)
    })
}

/// Sets the value.
pub fn swap(self_: &Proxy, item: Argument<'_>) -> Result<Value, Error> {
    self_.with(|holder, own| {
        own.may_remove()?;
        own.removed(Holder::swap(holder, own.item(item)?)?)
    })
}

/// Sets a new value if the one there is the expected one.
pub fn compare_exchange(self_: &Proxy, expected: Argument<'_>, new: Argument<'_>) -> Result<(bool, Value), Error> {
    self_.with(|holder, own| {
        own.may_remove()?;
        let (done, found) = Holder::compare_exchange(holder, &own.item(expected)?, own.item(new)?)?;
        Ok((done, own.removed(found)?))
    })
}
