//! The manager of a native build, in the test's own process.
//!
//! It has the functions of the generated bindings, with the same names and shapes, so that all of the
//! SDK above it is the same code in a test and in a guest. It does what a plugin's unit tests need:
//! lists, dicts, locks and iterators as the manager has them, processes as threads, and the types of
//! the program under test. It does less than the manager: cycles are not collected, processes cannot
//! be killed and have no limits, and of the methods that `call` knows by name it has the common ones.
//! What it cannot do is an error of kind `other` that says so.

pub mod dicts;
pub mod files;
pub mod iterators;
pub mod lists;
pub mod locks;
pub mod manager;
pub mod processes;
pub mod provider_host;
pub mod types;

mod call;
pub(crate) mod custom;
pub(crate) mod process;
pub(crate) mod referent;
mod sequence;

use types::Proxy;

/// A value in a shared object.
type Plain = commonhold_wire::Value<Proxy>;

/// An error inside of the native manager.
type Failure = commonhold_wire::Error<Proxy>;

/// What this manager does not do.
fn unsupported(what: &str) -> Failure {
    let message = format!("{what} is not there in a native build: run this as a guest of the manager");
    Failure::new(commonhold_wire::ErrorKind::Other, message)
}
