//! The counterpart of the interface `rlocks`.

use std::time;

use commonhold_objects::referents::rlock::RLock;

pub use super::locks::Acquired;
pub use super::types::{Duration, Error, Proxy};

use super::guest;

/// A new lock, not taken.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(RLock::create(&own.caller)))
}

/// Takes the lock, once more if the caller has it.
pub fn acquire(self_: &Proxy, timeout: Option<Duration>) -> Result<Acquired, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|lock, own| own.wait(RLock::acquire(lock, &own.caller, timeout)))
}

/// Gives the lock back once.
pub fn release(self_: &Proxy) -> Result<(), Error> {
    self_.with(|lock, own| RLock::release(lock, &own.caller))
}

/// Whether the lock is taken.
pub fn locked(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|lock, _| RLock::locked(lock))
}
