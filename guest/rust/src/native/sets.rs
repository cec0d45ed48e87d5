//! The counterpart of the interface `sets`.

use commonhold_objects::object::{Item, Outcome};
use commonhold_objects::referents::set::Set;
pub use commonhold_objects::referents::set::{Operation, Relation};

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new, empty set.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Set::create(&own.caller)))
}

/// A new set with the items of an iterable.
pub fn create_from(items: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Set::create_from(&own.caller, &own.contents(items)?)?))
}

/// The number of elements.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|set, _| Set::length(set))
}

/// Whether there is such an element.
pub fn contains(self_: &Proxy, element: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::contains(set, &own.item(element)?))
}

/// Adds an element; whether it was not there before.
pub fn add(self_: &Proxy, element: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::add(set, own.item(element)?))
}

/// Removes an element; whether it was there.
pub fn discard(self_: &Proxy, element: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::discard(set, &own.item(element)?))
}

/// Removes an element, which must be there.
pub fn remove(self_: &Proxy, element: Argument<'_>) -> Result<(), Error> {
    self_.with(|set, own| Set::remove(set, &own.item(element)?))
}

/// Removes and returns the element that was added last.
pub fn pop(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|set, own| {
        own.may_remove()?;
        own.removed(Set::pop(set)?)
    })
}

/// Removes all elements.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    self_.with(|set, _| Set::clear(set))
}

/// A plain set of the elements.
pub fn copy(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::copy(set)?))
}

/// A plain list of the elements.
pub fn items(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::items(set)?))
}

/// Whether no element is in an iterable.
pub fn is_disjoint(self_: &Proxy, other: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::is_disjoint(set, &own.contents(other)?))
}

/// Whether all elements are in an iterable.
pub fn is_subset(self_: &Proxy, other: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::is_subset(set, &own.contents(other)?))
}

/// Whether all items of an iterable are elements.
pub fn is_superset(self_: &Proxy, other: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::is_superset(set, &own.contents(other)?))
}

/// A plain set of the elements and those of the others.
pub fn union(self_: &Proxy, others: &[Argument<'_>]) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::union(set, &all(own, others)?)?))
}

/// A plain set of the elements that are in all of the others, too.
pub fn intersection(self_: &Proxy, others: &[Argument<'_>]) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::intersection(set, &all(own, others)?)?))
}

/// A plain set of the elements that are in none of the others.
pub fn difference(self_: &Proxy, others: &[Argument<'_>]) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::difference(set, &all(own, others)?)?))
}

/// A plain set of the elements that are here or in the other, but not in both.
pub fn symmetric_difference(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::symmetric_difference(set, &own.contents(other)?)?))
}

/// Adds the items of the others.
pub fn update(self_: &Proxy, others: &[Argument<'_>]) -> Result<(), Error> {
    self_.with(|set, own| Set::update(set, &all(own, others)?))
}

/// Removes all elements that are not in all of the others.
pub fn intersection_update(self_: &Proxy, others: &[Argument<'_>]) -> Result<(), Error> {
    self_.with(|set, own| Set::intersection_update(set, &all(own, others)?))
}

/// Removes all elements that are in one of the others.
pub fn difference_update(self_: &Proxy, others: &[Argument<'_>]) -> Result<(), Error> {
    self_.with(|set, own| Set::difference_update(set, &all(own, others)?))
}

/// Removes the elements that are in the other, too, and adds its others.
pub fn symmetric_difference_update(self_: &Proxy, other: Argument<'_>) -> Result<(), Error> {
    self_.with(|set, own| Set::symmetric_difference_update(set, &own.contents(other)?))
}

/// What an operator makes of this set and then another.
pub fn combine(self_: &Proxy, operation: Operation, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::combine(set, operation, &own.contents(other)?)?))
}

/// The same of another set and then this one.
pub fn combine_before(self_: &Proxy, operation: Operation, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|set, own| own.value(Set::combine_before(set, operation, &own.contents(other)?)?))
}

/// Makes this set what an operator makes of it and another.
pub fn combine_in_place(self_: &Proxy, operation: Operation, other: Argument<'_>) -> Result<(), Error> {
    self_.with(|set, own| Set::combine_in_place(set, operation, &own.contents(other)?))
}

/// Whether this set relates so to another.
pub fn compare(self_: &Proxy, relation: Relation, other: Argument<'_>) -> Result<bool, Error> {
    self_.with(|set, own| Set::compare(set, relation, &own.contents(other)?))
}

/// What is in the arguments, where they are other providers' objects.
fn all(own: &guest::Guest, arguments: &[Argument<'_>]) -> Outcome<Vec<Item>> {
    arguments.iter().map(|argument| own.contents(*argument)).collect()
}
