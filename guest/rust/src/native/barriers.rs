//! The counterpart of the interface `barriers`.

use std::time;

use commonhold_objects::referents::barrier::{Action, Barrier, Entry};

pub use super::types::{Argument, Duration, Error, Proxy};

use super::guest;

/// A new barrier for so many parties.
pub fn create(parties: u64, timeout: Option<Duration>) -> Result<Proxy, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    guest::current().act(|own| own.give(Barrier::create(&own.caller, parties, None, timeout)?))
}

/// A new barrier with an action: an entry that a process of its own runs.
pub fn create_with_action(
    parties: u64,
    timeout: Option<Duration>,
    program: Option<&str>,
    entry: &str,
    args: &[Argument<'_>],
) -> Result<Proxy, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    guest::current().act(|own| {
        let args = own.items(args)?;
        let entry = Entry::new(&own.caller, program.map(str::to_owned), entry.to_owned(), args)?;
        own.give(Barrier::create(&own.caller, parties, Some(Action::Entry(entry)), timeout)?)
    })
}

/// Waits for the other parties.
pub fn wait(self_: &Proxy, timeout: Option<Duration>) -> Result<u64, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|barrier, own| own.wait(Barrier::wait(barrier, &own.caller, timeout)))
}

/// Breaks the barrier.
pub fn abort(self_: &Proxy) -> Result<(), Error> {
    self_.with(|barrier, _| Barrier::abort(barrier))
}

/// Sends away whoever waits, and makes the barrier as new.
pub fn reset(self_: &Proxy) -> Result<(), Error> {
    self_.with(|barrier, _| Barrier::reset(barrier))
}

/// How many parties wait for each other.
pub fn parties(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|barrier, _| Barrier::parties(barrier))
}

/// How many of them wait now.
pub fn waiting(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|barrier, _| Barrier::waiting(barrier))
}

/// Whether the barrier is broken.
pub fn is_broken(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|barrier, _| Barrier::is_broken(barrier))
}
