//! The counterpart of the interface `conditions`.

use std::time;

use commonhold_objects::referents::condition::Condition;

pub use super::locks::Acquired;
pub use super::types::{Duration, Error, Proxy};

use super::guest;

/// How a wait to be notified ended.
#[derive(Debug, Clone, Copy)]
pub struct Woken {
    /// Whether it was notified in time.
    pub notified: bool,
    /// Whether a process that had the lock meanwhile died with it.
    pub abandoned: bool,
}

/// A new condition, over a lock if one is given.
pub fn create(lock: Option<&Proxy>) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let lock = lock.map(|lock| own.lent(lock)).transpose()?;
        own.give(Condition::create(&own.caller, lock.as_ref())?)
    })
}

/// Takes the condition's lock.
pub fn acquire(self_: &Proxy, timeout: Option<Duration>) -> Result<Acquired, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|condition, own| own.wait(Condition::acquire(condition, &own.caller, timeout)))
}

/// Gives the condition's lock back.
pub fn release(self_: &Proxy) -> Result<(), Error> {
    self_.with(|condition, own| Condition::release(condition, &own.caller))
}

/// Whether the condition's lock is taken.
pub fn locked(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|condition, _| Condition::locked(condition))
}

/// Gives the lock back, waits to be notified, and takes the lock again.
pub fn wait(self_: &Proxy, timeout: Option<Duration>) -> Result<Woken, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|condition, own| {
        let woken = own.wait(Condition::wait(condition, &own.caller, timeout))?;
        Ok(Woken { notified: woken.is_notified, abandoned: woken.is_abandoned })
    })
}

/// Lets so many of those who wait go on.
pub fn notify(self_: &Proxy, count: u64) -> Result<(), Error> {
    self_.with(|condition, own| Condition::notify(condition, &own.caller, count))
}

/// Lets all who wait go on.
pub fn notify_all(self_: &Proxy) -> Result<(), Error> {
    self_.with(|condition, own| Condition::notify_all(condition, &own.caller))
}
