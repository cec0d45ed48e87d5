//! The counterpart of the interface `processes`.

use std::sync::Arc;
use std::time;

use commonhold_objects::object;
use commonhold_objects::referents::process::{End, Process, Start, Way};

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
        End::Killed(_) => Outcome::Killed,
        End::LimitExceeded(error) => Outcome::LimitExceeded(own.error(error)),
    })
}

/// What a process is started with, beside what it runs.
#[derive(Clone, Copy, Debug)]
pub struct SpawnOptions<'a> {
    /// How it is called.
    pub name: Option<&'a str>,
    /// Whether it is ended with the caller.
    pub daemon: bool,
}

/// Starts a thread that runs an entry.
pub fn spawn(
    program: Option<&str>,
    entry: &str,
    args: &[Argument<'_>],
    options: SpawnOptions<'_>,
) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let args = own.items(args)?;
        // The room is made first: a process that nobody can be given would run unseen.
        own.make_room(1)?;
        let itself = own.itself()?;
        let start = Start { name: options.name, daemon: options.daemon, parent: Some(&itself) };
        own.give(own.world.spawn(program, entry, args, start)?)
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
    self_.with(|process, own| own.wait(Process::kill(process, Way::Kill)))
}

/// The same, told apart by `exit_code`.
pub fn terminate(self_: &Proxy) -> Result<(), Error> {
    self_.with(|process, own| own.wait(Process::kill(process, Way::Terminate)))
}

/// Whether a process has not ended yet.
pub fn is_alive(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|process, _| Process::is_alive(process))
}

/// How a process ended, as a number.
pub fn exit_code(self_: &Proxy) -> Result<Option<i32>, Error> {
    self_.with(|process, _| Process::exit_code(process))
}

/// The name that a process was given, or else its program and entry.
pub fn name(self_: &Proxy) -> Result<String, Error> {
    self_.with(|process, _| Process::full_name(process).map(str::to_owned))
}

/// Whether a process is a daemon.
pub fn is_daemon(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|process, _| Process::is_daemon(process))
}

/// The processes that the caller has started and that have not ended.
pub fn children() -> Result<Vec<Proxy>, Error> {
    guest::current().act(|own| {
        let children = Process::children(&own.itself()?)?;
        own.make_room(children.len())?;
        children.into_iter().map(|child| own.give(child)).collect()
    })
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
