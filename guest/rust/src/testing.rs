//! A program's tests, natively.
//!
//! A guest's code compiles for the machine itself, too, and there the SDK stands on a small manager in
//! the same process: lists, dicts, locks and iterators behave as they do in a guest. So `cargo test`
//! runs a program's own unit tests as those of any crate. With
//! [`#[commonhold_guest::test]`](macro@crate::test), which calls [`run`], they can spawn the program's
//! entries, each on a thread, and create its shared types.
//!
//! What needs the real manager is an error of kind `other` that says so: killing a process, other
//! programs, limits. Cycles of objects are not collected.

use crate::entry::Program;

/// Runs something with a manager of its own in which a program is loaded: `COMMONHOLD_PROGRAM`, which
/// [`program!`](crate::program) makes.
pub fn run<T>(program: &'static Program, test: impl FnOnce() -> T) -> T {
    crate::native::run(program, test)
}
