//! The counterpart of the interface `processes`.

use std::sync::Arc;
use std::time;

use commonhold_objects::object;
use commonhold_objects::referents::process::{End, Process};

pub use super::types::{Argument, Duration, Error, Proxy, Value};

use super::guest::{self, Guest};
use super::world::World;

/// How a process ended.
#[derive(Debug)]
pub enum Outcome {
    /// Its entry returned this value.
    Returned(Value),
    /// Its entry returned an error.
    Failed(Error),
    /// It panicked.
    Trapped(Error),
    /// It exited with a status.
    Exited(i32),
    /// It was killed.
    Killed,
    /// It exceeded a limit.
    LimitExceeded(Error),
}

fn outcome(own: &Arc<Guest>, end: End) -> object::Outcome<Outcome> {
    Ok(match end {
        End::Returned(item) => Outcome::Returned(own.value(item)?),
        End::Failed(error) => Outcome::Failed(own.error(error)),
        End::Trapped(error) => Outcome::Trapped(own.error(error)),
        End::Exited(status) => Outcome::Exited(status),
        End::Killed => Outcome::Killed,
        End::LimitExceeded(error) => Outcome::LimitExceeded(own.error(error)),
    })
}

/// Starts a thread that runs an entry.
pub fn spawn(program: Option<&str>, entry: &str, args: &[Argument<'_>]) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let args = own.items(args)?;
        // The room is made first: a process that nobody can be given would run unseen.
        own.make_room(1)?;
        own.give(own.world.spawn(program, entry, args)?)
    })
}

/// Waits until a process has ended.
pub fn join(self_: &Proxy, timeout: Option<Duration>) -> Result<Option<Outcome>, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|process, own| {
        let end = own.wait(Process::join(process, &own.caller, timeout))?;
        end.map(|end| outcome(own, end)).transpose()
    })
}

/// Ends a process, and waits until it has: when it waits, or asks for something, the next time.
pub fn kill(self_: &Proxy) -> Result<(), Error> {
    self_.with(|process, own| own.wait(Process::kill(process)))
}

/// Whether a process has not ended yet.
pub fn is_alive(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|process, _| Process::is_alive(process))
}

/// The process that calls.
pub fn current() -> Proxy {
    let own = guest::current();
    // There is no error value to report a full table with.
    own.itself().and_then(|process| own.give(process)).unwrap_or_else(|error| own.exceed(error))
}

/// The name of the program under test.
pub fn program() -> String {
    World::PROGRAM.to_owned()
}

/// Ends the calling process with a status. A test that does so itself has failed.
pub fn exit(status: i32) {
    guest::current().stop(End::Exited(status))
}

/// Says why the calling process is about to panic.
pub fn set_panic_message(message: &str) {
    if let Some(guest) = guest::existing() {
        guest.set_panic_message(message.to_owned());
    }
}
