//! The counterpart of the interface `semaphores`.

use std::time;

use commonhold_objects::referents::semaphore::Semaphore;

pub use super::locks::Acquired;
pub use super::types::{Duration, Error, Proxy};

use super::guest;

/// A new semaphore with so many permits.
pub fn create(value: u64, bounded: bool) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Semaphore::create(&own.caller, value, bounded)?))
}

/// Takes a permit.
pub fn acquire(self_: &Proxy, timeout: Option<Duration>) -> Result<Acquired, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|semaphore, own| own.wait(Semaphore::acquire(semaphore, &own.caller, timeout)))
}

/// Gives so many permits back.
pub fn release(self_: &Proxy, permits: u64) -> Result<(), Error> {
    self_.with(|semaphore, own| Semaphore::release(semaphore, &own.caller, permits))
}

/// Whether there is no permit to take.
pub fn locked(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|semaphore, _| Semaphore::locked(semaphore))
}

/// How many permits there are to take.
pub fn value(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|semaphore, _| Semaphore::value(semaphore))
}
