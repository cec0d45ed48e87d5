//! Checks that count themselves and say what went wrong.

use std::cell::Cell;
use std::fmt::Debug;
use std::panic::Location;

use commonhold_guest::{Error, ErrorKind, Result};

thread_local! {
    static CHECKS: Cell<u64> = const { Cell::new(0) };
}

/// How many checks this process has made since it was last asked.
pub(crate) fn count() -> u64 {
    CHECKS.take()
}

/// Checks that something is as it should be.
#[track_caller]
pub(crate) fn same<A: Debug + PartialEq<B>, B: Debug>(actual: A, expected: B) -> Result<()> {
    CHECKS.set(CHECKS.get() + 1);
    if actual == expected {
        return Ok(());
    }
    let place = Location::caller();
    let message = format!("{}:{}: expected {expected:?}, but it was {actual:?}", place.file(), place.line());
    Err(Error::new(ErrorKind::Assertion, message))
}

/// Checks that something fails as it should.
#[track_caller]
pub(crate) fn fails<T: Debug>(result: Result<T>, kind: ErrorKind, message: &str) -> Result<()> {
    let actual = result.map_err(|error| (error.kind, error.message));
    let actual = actual.map(|value| format!("{value:?}"));
    same(actual, Err::<String, _>((kind, message.to_owned())))
}

/// Checks that something fails in a certain way, whatever it says.
#[track_caller]
pub(crate) fn fails_as<T: Debug>(result: Result<T>, kind: ErrorKind) -> Result<()> {
    same(result.map(|value| format!("{value:?}")).map_err(|error| error.kind), Err::<String, _>(kind))
}
