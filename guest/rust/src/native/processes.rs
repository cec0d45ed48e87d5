//! The counterpart of the interface `processes`.

use commonhold_wire::{Error as Failing, ErrorKind};

pub use super::types::{Argument, Duration, Error, Proxy, Value};

use super::process::{self, End, Exit, ProcessState};
use super::referent::State;
use super::{Failure, Plain, unsupported};

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

fn open<'a>(proxy: &'a Proxy, method: &str) -> Result<&'a ProcessState, Failure> {
    proxy.check(method)?;
    match &proxy.referent.state {
        State::Process(state) => Ok(state),
        _ => Err(Failing::type_error(format!("a Process is needed, not {proxy:?}"))),
    }
}

/// Starts a thread that runs an entry.
pub fn spawn(program: Option<&str>, entry: &str, args: &[Argument<'_>]) -> Result<Proxy, Error> {
    if program.is_some() {
        return Err(unsupported("another program than the one under test").into());
    }
    let args = args.iter().map(Plain::try_from).collect::<Result<_, _>>()?;
    Ok(process::spawn(entry, args)?)
}

/// Waits until a process has ended.
pub fn join(self_: &Proxy, timeout: Option<Duration>) -> Result<Option<Outcome>, Error> {
    let state = open(self_, "join")?;
    if self_.id() == process::current_id() {
        return Err(Failure::new(ErrorKind::Deadlock, "a process cannot wait for itself").into());
    }
    let end = state.join(timeout.map(std::time::Duration::from_nanos));
    Ok(end.map(|end| match end {
        End::Returned(value) => Outcome::Returned(value.into()),
        End::Failed(error) => Outcome::Failed(error.into()),
        End::Trapped(error) => Outcome::Trapped(error.into()),
        End::Exited(status) => Outcome::Exited(status),
    }))
}

/// A thread cannot be killed.
pub fn kill(self_: &Proxy) -> Result<(), Error> {
    if open(self_, "kill")?.is_alive() {
        return Err(unsupported("killing a process").into());
    }
    Ok(())
}

/// Whether a process has not ended yet.
pub fn is_alive(self_: &Proxy) -> Result<bool, Error> {
    Ok(open(self_, "is_alive")?.is_alive())
}

/// The process that calls.
pub fn current() -> Proxy {
    process::current()
}

/// The name of the program under test.
pub fn program() -> String {
    "main".to_owned()
}

/// Ends the calling process with a status; the whole test if it is not one that was spawned.
pub fn exit(status: i32) {
    if process::is_spawned() { std::panic::resume_unwind(Box::new(Exit(status))) } else { std::process::exit(status) }
}

/// Nothing to do here: whoever joins a thread that panics is told by the panic itself.
pub fn set_panic_message(_message: &str) {}
