//! The counterpart of the interface `locks`.

use std::time;

pub use commonhold_objects::referents::lock::Acquired;
use commonhold_objects::referents::lock::Lock;

pub use super::types::{Duration, Error, Proxy};

use super::guest;

/// A new lock, not taken.
pub fn create() -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Lock::create(&own.caller)))
}

/// Takes the lock.
pub fn acquire(self_: &Proxy, timeout: Option<Duration>) -> Result<Acquired, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|lock, own| own.wait(Lock::acquire(lock, &own.caller, timeout)))
}

/// Gives the lock away.
pub fn release(self_: &Proxy) -> Result<(), Error> {
    self_.with(|lock, own| Lock::release(lock, &own.caller))
}

/// Whether the lock is taken.
pub fn locked(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|lock, _| Lock::locked(lock))
}
