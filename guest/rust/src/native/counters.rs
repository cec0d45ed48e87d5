//! The counterpart of the interface `counters`.

use commonhold_objects::referents::counter::Counter;
pub use commonhold_objects::referents::counter::{Operation, Relation};

pub use super::types::{Argument, Error, Proxy, Value};

use super::guest;

/// A new, empty counter.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Counter::create(&own.caller)))
}

/// A new counter of what is to be counted.
pub fn create_from(counted: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Counter::create_from(&own.caller, &own.contents(counted)?)?))
}

/// How much a key counts.
pub fn get_item(self_: &Proxy, key: Argument<'_>) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::get_item(counter, &own.item(key)?)?))
}

/// Adds the counts of what is to be counted.
pub fn update(self_: &Proxy, counted: Argument<'_>) -> Result<(), Error> {
    self_.with(|counter, own| Counter::update(counter, &own.contents(counted)?))
}

/// Subtracts the counts of what is to be counted.
pub fn subtract(self_: &Proxy, counted: Argument<'_>) -> Result<(), Error> {
    self_.with(|counter, own| Counter::subtract(counter, &own.contents(counted)?))
}

/// A plain list of the keys that count most, with their counts.
pub fn most_common(self_: &Proxy, most: Option<u64>) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::most_common(counter, most)?))
}

/// A plain list of the keys, each as many times as it counts.
pub fn elements(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::elements(counter)?))
}

/// The sum of the counts.
pub fn total(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::total(counter)?))
}

/// A plain dict that an operator makes of this counter and another.
pub fn combine(self_: &Proxy, operation: Operation, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::combine(counter, operation, &own.contents(other)?)?))
}

/// The same of another counter and then this one.
pub fn combine_before(self_: &Proxy, operation: Operation, other: Argument<'_>) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::combine_before(counter, operation, &own.contents(other)?)?))
}

/// Makes this counter what an operator makes of it and a mapping.
pub fn combine_in_place(self_: &Proxy, operation: Operation, other: Argument<'_>) -> Result<(), Error> {
    self_.with(|counter, own| Counter::combine_in_place(counter, operation, &own.contents(other)?))
}

/// A plain dict of the counts that are more than 0.
pub fn positive(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::positive(counter)?))
}

/// A plain dict of the counts that are less than 0, with the other sign.
pub fn negative(self_: &Proxy) -> Result<Value, Error> {
    self_.with(|counter, own| own.value(Counter::negative(counter)?))
}

/// Whether each count relates so to that in another counter.
pub fn compare(self_: &Proxy, relation: Relation, other: Argument<'_>) -> Result<bool, Error> {
    self_.with(|counter, own| Counter::compare(counter, relation, &own.contents(other)?))
}
