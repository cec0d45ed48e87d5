//! Processes: running guests, isolated from each other.

use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::arguments::Arguments;
use crate::backend::processes;
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
    /// # Errors
    ///
    /// `quota-exceeded` if there are too many processes.
    pub fn spawn(entry: &str, args: impl Arguments) -> Result<Process> {
        start(None, entry, args)
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
    /// `no-such-name` if there is no such program, `quota-exceeded` if there are too many processes.
    pub fn spawn_program(program: &str, entry: &str, args: impl Arguments) -> Result<Process> {
        start(Some(program), entry, args)
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
    /// provider's answer.
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

fn start(program: Option<&str>, entry: &str, args: impl Arguments) -> Result<Process> {
    let handle = args.lend(|args| expect_unit(processes::spawn(program, entry, args)))?;
    Ok(Process::assume(Proxy::new(handle)))
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
