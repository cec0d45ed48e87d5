//! The counterpart of the interface `namespaces`.

use commonhold_objects::object::Item;
use commonhold_objects::referents::namespace::Namespace;

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new namespace without attributes.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Namespace::create(&own.caller)))
}

/// A new namespace with the entries of a dict.
pub fn create_from(attributes: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Namespace::create_from(&own.caller, &own.contents(attributes)?)?))
}

/// The value of an attribute.
pub fn get_attribute(self_: &Proxy, name: &str) -> Result<Value, Error> {
    self_.with(|namespace, own| own.value(Namespace::get(namespace, Item::text(name))?))
}

/// Sets an attribute.
pub fn set_attribute(self_: &Proxy, name: &str, item: Argument<'_>) -> Result<(), Error> {
    self_.with(|namespace, own| Namespace::set(namespace, own.item(Argument::Text(name))?, own.item(item)?))
}

/// Removes an attribute.
pub fn delete_attribute(self_: &Proxy, name: &str) -> Result<(), Error> {
    self_.with(|namespace, _| Namespace::delete(namespace, Item::text(name)))
}

/// Whether there is such an attribute.
pub fn has_attribute(self_: &Proxy, name: &str) -> Result<bool, Error> {
    self_.with(|namespace, _| Namespace::contains(namespace, Item::text(name)))
}

/// The names of all attributes.
pub fn names(self_: &Proxy) -> Result<Vec<String>, Error> {
    self_.with(|namespace, _| Namespace::names(namespace))
}

/// A plain list of the attributes.
pub fn items(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|namespace, own| own.value(Namespace::items(namespace)?))
}

/// Adds to a number.
pub fn fetch_add(self_: &Proxy, name: &str, delta: Argument<'_>) -> Result<Value, Error> {
    self_.with(|namespace, own| own.value(Namespace::fetch_add(namespace, Item::text(name), &own.item(delta)?)?))
}

/// Sets the larger one of two.
pub fn fetch_max(self_: &Proxy, name: &str, item: Argument<'_>) -> Result<Value, Error> {
    self_.with(|namespace, own| {
        own.may_remove()?;
        own.removed(Namespace::fetch_max(namespace, Item::text(name), own.item(item)?)?)
    })
}

/// Sets an attribute that is there.
pub fn swap(self_: &Proxy, name: &str, item: Argument<'_>) -> Result<Value, Error> {
    self_.with(|namespace, own| {
        own.may_remove()?;
        own.removed(Namespace::swap(namespace, Item::text(name), own.item(item)?)?)
    })
}

/// Sets an attribute if it is the expected one.
pub fn compare_exchange(
    self_: &Proxy,
    name: &str,
    expected: Argument<'_>,
    new: Argument<'_>,
) -> Result<(bool, Value), Error> {
    self_.with(|namespace, own| {
        own.may_remove()?;
        let (expected, new) = (own.item(expected)?, own.item(new)?);
        let (done, found) = Namespace::compare_exchange(namespace, Item::text(name), &expected, new)?;
        Ok((done, own.removed(found)?))
    })
}
