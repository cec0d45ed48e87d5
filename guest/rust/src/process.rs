//! Processes: running guests, isolated from each other.

use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::arguments::Arguments;
use crate::backend::processes::{self, SpawnOptions};
use crate::convert::{expect_unit, from_raw_value};
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Error, ErrorKind, Proxy, Result, Value, error, from_value};

/// A process. It is a shared object itself: its outcome stays until the last proxy to it goes, and
/// anybody who has one can wait for it.
///
/// ```
/// # use commonhold_guest::{List, Process, Result, entry};
/// #[entry]
/// fn double(numbers: List<i64>, position: i64) -> Result<i64> {
///     let number = numbers.get(position)?;
///     numbers.set(position, 2 * number)?;
///     Ok(number)
/// }
///
/// commonhold_guest::program!(entries: [double]);
///
/// # mod tests { use super::*;
/// # #[commonhold_guest::test] fn test() -> Result<()> { example() }
/// # }
/// fn example() -> Result<()> {
///     let numbers = List::from_items([1, 2, 3])?;
///     let process = Process::spawn("double", (&numbers, 1))?;
///     assert_eq!(process.join::<i64>()?, 2);
///     assert_eq!(numbers.to_vec()?, [1, 4, 3]);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct Process {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Process, "Process");

/// What a process is to be started with, where there is more to say than what [`Process::spawn`] takes.
///
/// ```
/// # use commonhold_guest::{Event, Process, Result, entry};
/// #[entry]
/// fn serves(stop: Event) -> Result<()> {
///     stop.wait()
/// }
///
/// commonhold_guest::program!(entries: [serves]);
///
/// fn example() -> Result<()> {
///     let stop = Event::new()?;
///     let server = Process::builder("serves").name("the server").daemon(true).spawn((&stop,))?;
///     assert_eq!(server.name()?, "the server");
///     assert!(server.is_daemon()?);
///     // It is ended when this process comes to its end.
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it starts nothing until `spawn` is called"]
pub struct ProcessBuilder {
    program: Option<String>,
    entry: String,
    name: Option<String>,
    daemon: bool,
}

impl ProcessBuilder {
    /// Of which program the entry is, by the name under which the manager has it; of this one if nothing is said.
    ///
    /// ```
    /// # use commonhold_guest::{Process, Result, entry};
    /// #[entry]
    /// fn answers() -> i64 {
    ///     42
    /// }
    ///
    /// commonhold_guest::program!(entries: [answers]);
    ///
    /// fn example() -> Result<()> {
    ///     // A native build has one program, which is named so.
    ///     let process = Process::builder("answers").program("main").spawn(())?;
    ///     assert_eq!(process.join::<i64>()?, 42);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn program(mut self, program: impl Into<String>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// How the process is called in messages, logs and lists, by 255 bytes at most; by its program and entry if nothing
    /// is said.
    ///
    /// ```
    /// # use commonhold_guest::{Process, Result, entry};
    /// #[entry]
    /// fn tells() -> Result<String> {
    ///     Process::current().name()
    /// }
    ///
    /// commonhold_guest::program!(entries: [tells]);
    ///
    /// fn example() -> Result<()> {
    ///     assert_eq!(Process::builder("tells").name("first").spawn(())?.join::<String>()?, "first");
    ///     assert_eq!(Process::spawn("tells", ())?.join::<String>()?, "main:tells");
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether the process is ended when this one comes to its end, rather than waited for. A daemon can start no
    /// processes itself.
    ///
    /// ```
    /// # use commonhold_guest::{ErrorKind, Process, Result, entry};
    /// #[entry]
    /// fn starts_another() -> Result<()> {
    ///     Process::spawn("starts_another", ()).map(drop)
    /// }
    ///
    /// commonhold_guest::program!(entries: [starts_another]);
    ///
    /// fn example() -> Result<()> {
    ///     let daemon = Process::builder("starts_another").daemon(true).spawn(())?;
    ///     assert_eq!(daemon.join::<()>().unwrap_err().kind, ErrorKind::Assertion);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = daemon;
        self
    }

    /// Starts the process, with arguments as for [`Process::spawn`]. Does not wait for it to run.
    ///
    /// ```
    /// # use commonhold_guest::{Process, Result, entry};
    /// #[entry]
    /// fn double(number: i64) -> i64 {
    ///     2 * number
    /// }
    ///
    /// commonhold_guest::program!(entries: [double]);
    ///
    /// fn example() -> Result<()> {
    ///     let doubling = Process::builder("double");
    ///     let [one, two] = [doubling.spawn((1,))?, doubling.spawn((2,))?];
    ///     assert_eq!(one.join::<i64>()? + two.join::<i64>()?, 6);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// `no-such-name` if there is no such program, `quota-exceeded` if there are too many processes, `assertion` if
    /// this process is a daemon, `value` if the name is too long.
    pub fn spawn(&self, args: impl Arguments) -> Result<Process> {
        let options = SpawnOptions { name: self.name.as_deref(), daemon: self.daemon };
        let program = self.program.as_deref();
        let handle = args.lend(|args| expect_unit(processes::spawn(program, &self.entry, args, options)))?;
        Ok(Process::assume(Proxy::new(handle)))
    }
}

/// How a process ended.
///
/// ```
/// # use commonhold_guest::{Error, Outcome, Process, Result, entry};
/// #[entry]
/// fn fails() -> Result<(), String> {
///     Err("no luck".to_owned())
/// }
///
/// commonhold_guest::program!(entries: [fails]);
///
/// fn example() -> Result<()> {
///     match Process::spawn("fails", ())?.outcome()? {
///         Outcome::Failed(error) => assert_eq!(error.message, "no luck"),
///         Outcome::Trapped(error) => println!("it died: {error}"),
///         other => println!("it ended otherwise: {other:?}"),
///     }
///     let exited = Outcome::Exited(3).into_result::<()>();
///     assert_eq!(exited.unwrap_err().message, "the process exited with status 3");
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Its entry returned this value.
    Returned(Value),
    /// Its entry returned an error.
    Failed(Error),
    /// It trapped, a panic included. The error's kind is `process-died`, its message the guest's own
    /// panic message or the trap's, its traceback the WebAssembly stack.
    Trapped(Error),
    /// It exited with a status.
    Exited(i32),
    /// It was killed.
    Killed,
    /// It exceeded a limit that ends a process: memory, time or fuel. The error tells which.
    LimitExceeded(Error),
}

impl Outcome {
    /// The value that the process returned, or why there is none.
    ///
    /// # Errors
    ///
    /// The process's own error; `process-died` if it ended without one, by a status other than 0
    /// too; `bad-value` if what it returned is no `T`. A process that exits with status 0 counts as
    /// one that returned nothing.
    pub fn into_result<T: DeserializeOwned>(self) -> Result<T> {
        let died = |how: String| Error::new(ErrorKind::ProcessDied, how);
        match self {
            Outcome::Returned(value) => from_value(value),
            Outcome::Exited(0) => from_value(Value::Null),
            Outcome::Exited(status) => Err(died(format!("the process exited with status {status}"))),
            Outcome::Killed => Err(died("the process was killed".to_owned())),
            Outcome::Failed(error) | Outcome::Trapped(error) | Outcome::LimitExceeded(error) => Err(error),
        }
    }

    fn from_raw(outcome: processes::Outcome) -> Result<Outcome> {
        Ok(match outcome {
            processes::Outcome::Returned(value) => Outcome::Returned(from_raw_value(value)?),
            processes::Outcome::Failed(error) => Outcome::Failed(error::from_raw(error)),
            processes::Outcome::Trapped(error) => Outcome::Trapped(error::from_raw(error)),
            processes::Outcome::Exited(status) => Outcome::Exited(status),
            processes::Outcome::Killed => Outcome::Killed,
            processes::Outcome::LimitExceeded(error) => Outcome::LimitExceeded(error::from_raw(error)),
        })
    }
}

impl Process {
    /// Starts a process that runs an entry of this program.
    ///
    /// The arguments are a tuple of anything that `serde` can serialise; the proxies in them are held
    /// from now on until the new process drops them. Does not wait for it to run: that there is no
    /// such entry is the new process's own error.
    ///
    /// It is this process's child: a process that returns, fails or exits has ended only when its children have. At its
    /// end what it holds is released, its [daemons](ProcessBuilder::daemon) are ended, and the other children are
    /// waited for. One that is killed, traps or exceeds a limit takes its daemons with it, and the others go on by
    /// themselves.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if there are too many processes, `assertion` if this process is a daemon.
    pub fn spawn(entry: &str, args: impl Arguments) -> Result<Process> {
        Process::builder(entry).spawn(args)
    }

    /// Starts a process that runs an entry, with more to say about it.
    ///
    /// ```
    /// # use commonhold_guest::{Process, Result, entry};
    /// #[entry]
    /// fn answers() -> i64 {
    ///     42
    /// }
    ///
    /// commonhold_guest::program!(entries: [answers]);
    ///
    /// fn example() -> Result<()> {
    ///     let process = Process::builder("answers").name("the oracle").spawn(())?;
    ///     assert_eq!((process.name()?.as_str(), process.join::<i64>()?), ("the oracle", 42));
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn builder(entry: &str) -> ProcessBuilder {
        ProcessBuilder { program: None, entry: entry.to_owned(), name: None, daemon: false }
    }

    /// Starts a process that runs an entry of another program, by the name under which the manager
    /// has it.
    ///
    /// ```
    /// # use commonhold_guest::{Process, Result, entry};
    /// #[entry]
    /// fn answers() -> i64 {
    ///     42
    /// }
    ///
    /// commonhold_guest::program!(entries: [answers]);
    ///
    /// fn example() -> Result<()> {
    ///     // A native build has one program, which is named so.
    ///     let process = Process::spawn_program("main", "answers", ())?;
    ///     assert_eq!(process.join::<i64>()?, 42);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// `no-such-name` if there is no such program, and as [`spawn`](Process::spawn).
    pub fn spawn_program(program: &str, entry: &str, args: impl Arguments) -> Result<Process> {
        Process::builder(entry).program(program).spawn(args)
    }

    /// The processes that this one has started and that have not ended, as Python's `active_children`. They are found
    /// whether or not anybody holds them.
    ///
    /// ```
    /// # use commonhold_guest::{Event, Process, Result, entry};
    /// #[entry]
    /// fn waits(event: Event) -> Result<()> {
    ///     event.wait()
    /// }
    ///
    /// commonhold_guest::program!(entries: [waits]);
    ///
    /// fn example() -> Result<()> {
    ///     let event = Event::new()?;
    ///     drop(Process::spawn("waits", (&event,))?);
    ///     let children = Process::children()?;
    ///     assert_eq!(children.len(), 1);
    ///     event.set()?;
    ///     children[0].join::<()>()?;
    ///     assert!(Process::children()?.is_empty());
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if this process would hold too many proxies.
    pub fn children() -> Result<Vec<Process>> {
        let children = expect_unit(processes::children())?;
        Ok(children.into_iter().map(|child| Process::assume(Proxy::new(child))).collect())
    }

    /// The process that calls.
    ///
    /// ```
    /// use commonhold_guest::Process;
    ///
    /// assert!(Process::current().is_alive()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn current() -> Process {
        Process::assume(Proxy::new(processes::current()))
    }

    /// Waits until the process has ended and gives what it returned. Everything that the process held
    /// has been released by then.
    ///
    /// It can be joined any number of times, and the outcome is the same each time.
    ///
    /// # Errors
    ///
    /// The process's own error, and as [`Outcome::into_result`] says; `deadlock` as for
    /// [`outcome`](Process::outcome).
    pub fn join<T: DeserializeOwned>(&self) -> Result<T> {
        self.outcome()?.into_result()
    }

    /// As [`join`](Process::join), but waits so long at most: none if the process runs still.
    ///
    /// # Errors
    ///
    /// As [`join`](Process::join).
    pub fn join_timeout<T: DeserializeOwned>(&self, timeout: Duration) -> Result<Option<T>> {
        self.outcome_timeout(timeout)?.map(Outcome::into_result).transpose()
    }

    /// Waits until the process has ended and tells how.
    ///
    /// # Errors
    ///
    /// `deadlock` if a process would wait for itself, or a provider for a process that waits for the
    /// provider's answer, or a child for a parent that waits for it at its own end.
    pub fn outcome(&self) -> Result<Outcome> {
        loop {
            // Without a timeout it cannot time out; if it did, waiting on is what was asked for.
            if let Some(outcome) = expect_unit(processes::join(self.handle(), None))? {
                return Outcome::from_raw(outcome);
            }
        }
    }

    /// As [`outcome`](Process::outcome), but waits so long at most: none if the process runs still.
    ///
    /// ```
    /// # use commonhold_guest::{Process, Result, entry};
    /// #[entry]
    /// fn answers() -> i64 {
    ///     42
    /// }
    ///
    /// commonhold_guest::program!(entries: [answers]);
    ///
    /// fn example() -> Result<()> {
    ///     let process = Process::spawn("answers", ())?;
    ///     let in_time = std::time::Duration::from_secs(60);
    ///     let outcome = process.outcome_timeout(in_time)?.expect("it ends at once");
    ///     assert_eq!(outcome.into_result::<i64>()?, 42);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`outcome`](Process::outcome).
    pub fn outcome_timeout(&self, timeout: Duration) -> Result<Option<Outcome>> {
        let outcome = expect_unit(processes::join(self.handle(), Some(nanoseconds(timeout))))?;
        outcome.map(Outcome::from_raw).transpose()
    }

    /// Ends the process, which may be the caller, and waits until everything that it held has been
    /// released. Does nothing if it has ended already.
    pub fn kill(&self) -> Result<()> {
        expect_unit(processes::kill(self.handle()))
    }

    /// Does the same as [`kill`](Process::kill), told apart by [`exit_code`](Process::exit_code).
    ///
    /// ```
    /// # use commonhold_guest::{Event, Process, Result, entry};
    /// #[entry]
    /// fn waits(event: Event) -> Result<()> {
    ///     event.wait()
    /// }
    ///
    /// commonhold_guest::program!(entries: [waits]);
    ///
    /// fn example() -> Result<()> {
    ///     let event = Event::new()?;
    ///     let process = Process::spawn("waits", (&event,))?;
    ///     process.terminate()?;
    ///     assert_eq!(process.exit_code()?, Some(-15));
    ///     assert_eq!(process.join::<()>().unwrap_err().message, "the process was killed");
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn terminate(&self) -> Result<()> {
        expect_unit(processes::terminate(self.handle()))
    }

    /// How the process ended, as Python's `exitcode`: 0 if it returned a value, 1 if it failed, the status with which it
    /// exited, -6 if it trapped, -9 if it was killed or exceeded a limit, -15 if it was terminated. None as long as it
    /// has not ended.
    ///
    /// ```
    /// # use commonhold_guest::{Event, Outcome, Process, Result, entry, process};
    /// #[entry]
    /// fn exits(event: Event) -> Result<()> {
    ///     event.wait()?;
    ///     process::exit(3)
    /// }
    ///
    /// commonhold_guest::program!(entries: [exits]);
    ///
    /// fn example() -> Result<()> {
    ///     let event = Event::new()?;
    ///     let process = Process::spawn("exits", (&event,))?;
    ///     assert_eq!(process.exit_code()?, None);
    ///     event.set()?;
    ///     assert!(matches!(process.outcome()?, Outcome::Exited(3)));
    ///     assert_eq!(process.exit_code()?, Some(3));
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn exit_code(&self) -> Result<Option<i32>> {
        expect_unit(processes::exit_code(self.handle()))
    }

    /// The name that the process was [given](ProcessBuilder::name), or else its program and its entry.
    ///
    /// ```
    /// use commonhold_guest::Process;
    ///
    /// assert_eq!(Process::current().name()?, "main:test");
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn name(&self) -> Result<String> {
        expect_unit(processes::name(self.handle()))
    }

    /// Whether the process is a [daemon](ProcessBuilder::daemon).
    ///
    /// ```
    /// use commonhold_guest::Process;
    ///
    /// assert!(!Process::current().is_daemon()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn is_daemon(&self) -> Result<bool> {
        expect_unit(processes::is_daemon(self.handle()))
    }

    /// Whether the process has not ended yet.
    ///
    /// ```
    /// # use commonhold_guest::{Lock, Outcome, Process, Result, entry};
    /// #[entry]
    /// fn waits(lock: Lock) -> Result<()> {
    ///     lock.acquire()?.release()
    /// }
    ///
    /// commonhold_guest::program!(entries: [waits]);
    ///
    /// fn example() -> Result<()> {
    ///     let lock = Lock::new()?;
    ///     let guard = lock.acquire()?;
    ///     let process = Process::spawn("waits", (&lock,))?;
    ///     assert!(process.is_alive()?);
    ///     assert_eq!(process.join_timeout::<()>(std::time::Duration::ZERO)?, None);
    ///     process.kill()?;
    ///     assert!(matches!(process.outcome()?, Outcome::Killed));
    ///     guard.release()?;
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn is_alive(&self) -> Result<bool> {
        expect_unit(processes::is_alive(self.handle()))
    }
}

/// The name of the program that the calling process runs.
///
/// ```
/// use commonhold_guest::process;
///
/// assert_eq!(process::program(), "main", "which a native build is named");
/// ```
pub fn program() -> String {
    processes::program()
}

/// Ends the calling process with a status. Nothing is unwound; what the process holds is released.
pub fn exit(status: i32) -> ! {
    processes::exit(status);
    unreachable!("a process has gone on after its end")
}
