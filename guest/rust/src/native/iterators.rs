//! The counterpart of the interface `iterators`.

use std::time;

use commonhold_objects::object::Room;
use commonhold_objects::object::call::{has_to_resolve, resolve_iterator};
use commonhold_objects::referents::iterator::Iteration;

pub use super::types::{Argument, Duration, Error, Proxy, Value};

use super::guest;

/// A new iterator over what can be iterated over.
pub fn create(over: Argument<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let mut over = own.item(over)?;
        if has_to_resolve(&over) {
            own.wait(resolve_iterator(&mut over, &own.caller))?;
        }
        own.give(Iteration::create(&own.caller, &over)?)
    })
}

/// The next item, or none.
pub fn next(self_: &Proxy) -> Result<Option<Value>, Error> {
    self_.with(|iterator, own| {
        own.may_remove()?;
        own.wait(Iteration::next(iterator, &own.caller))?.map(|item| own.removed(item)).transpose()
    })
}

/// The next item, which the workers of a pool have so long to return.
pub fn next_within(self_: &Proxy, timeout: Duration) -> Result<Option<Value>, Error> {
    let timeout = time::Duration::from_nanos(timeout);
    self_.with(|iterator, own| {
        own.may_remove()?;
        own.wait(Iteration::next_within(iterator, &own.caller, timeout))?.map(|item| own.removed(item)).transpose()
    })
}

/// The next items, so many at most.
pub fn next_many(self_: &Proxy, most: u32) -> Result<Vec<Value>, Error> {
    self_.with(|iterator, own| {
        own.may_remove()?;
        let room = Room::some(most as usize, own.room()?);
        let items = own.wait(Iteration::next_many(iterator, &own.caller, room))?;
        items.into_iter().map(|item| own.removed(item)).collect()
    })
}
