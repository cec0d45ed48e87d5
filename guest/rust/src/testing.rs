//! A program's tests, natively.
//!
//! A guest's code compiles for the machine itself, too, and there the SDK stands on a manager in the
//! same process. Its objects are the real manager's own: the same methods, messages, rights and
//! limits on values, the same order in which all is released, the same locks, deadlocks and
//! [`debug_info`](crate::manager::debug_info). So `cargo test` runs a program's own unit tests as those of any crate.
//! With [`#[commonhold_guest::test]`](macro@crate::test), which calls [`run`], they can spawn the program's
//! entries and create its shared types.
//!
//! A test is a process itself, `main:test`, each process that it spawns is a thread, and one more is the
//! provider of the program's types, if it has any (and can start without being given anything). They are counted among the live objects as in the
//! real manager. Processes that still run when the test ends are killed: those that it has started itself
//! are not waited for, as the real manager waits for a process's children.
//!
//! What threads are not:
//!
//! - They cannot be interrupted. A process that is killed ends when it waits, sleeps or calls the
//!   manager the next time, and one that does none of it is waited for in vain.
//! - A process that panics, exits or is killed is unwound, and its destructors run; in a guest none do.
//!   It is caught as usual, so a program that is built with `panic = "abort"` cannot be tested so.
//! - They are not isolated: processes share `static`s, and see the machine's files and environment.
//! - Every process may publish and look up every name.
//! - There are no limits on memory, time, stack or the number of processes.
//! - There is one program, named `main`, without packaged files; and a trap has no WebAssembly
//!   traceback.
//!
//! A test that exits or is killed itself has failed. A thread that it starts by other means than as
//! a process belongs to no process: it may use the proxies that it is given, for the process that
//! has them, but what it makes belongs to another manager.

use crate::entry::Program;

/// Runs something with a manager of its own in which a program is loaded: `COMMONHOLD_PROGRAM`, which
/// [`program!`](crate::program) makes.
///
/// ```
/// # use commonhold_guest::{Process, Result, entry, testing};
/// #[entry]
/// fn answers() -> i64 {
///     42
/// }
///
/// commonhold_guest::program!(entries: [answers]);
///
/// fn example() -> Result<()> {
///     assert_eq!(Process::spawn("answers", ())?.join::<i64>()?, 42);
///     Ok(())
/// }
/// fn main() -> Result<()> {
///     testing::run(&COMMONHOLD_PROGRAM, example)
/// }
/// ```
pub fn run<T>(program: &'static Program, test: impl FnOnce() -> T) -> T {
    crate::native::run(program, test)
}
