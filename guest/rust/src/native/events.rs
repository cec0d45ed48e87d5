//! The counterpart of the interface `events`.

use std::time;

use commonhold_objects::referents::event::Event;

pub use super::types::{Duration, Error, Proxy};

use super::guest;

/// A new event, whose flag is not set.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Event::create(&own.caller)))
}

/// Whether the flag is set.
pub fn is_set(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|event, _| Event::is_set(event))
}

/// Sets the flag.
pub fn set(self_: &Proxy) -> Result<(), Error> {
    self_.with(|event, _| Event::set(event))
}

/// Takes the flag back.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    self_.with(|event, _| Event::clear(event))
}

/// Waits until the flag is set.
pub fn wait(self_: &Proxy, timeout: Option<Duration>) -> Result<bool, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|event, own| own.wait(Event::wait(event, &own.caller, timeout)))
}
