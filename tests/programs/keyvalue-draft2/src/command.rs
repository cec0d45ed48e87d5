//! What the command exports, the steps with `cas`, and what only the second draft's functions are like.

use crate::bindings::exports::wasi::cli::run::Guest;
use crate::bindings::wasi::keyvalue::atomics::{self, Cas, CasError};
use crate::bindings::wasi::keyvalue::store::{Bucket, Error, KeyResponse};
use crate::steps::{self, Steps, shown};

pub(crate) struct Command;

impl Guest for Command {
    fn run() -> Result<(), ()> {
        let mut held = Vec::new();
        if steps::run(|steps, words| carry_out(steps, &mut held, words)) { Ok(()) } else { Err(()) }
    }
}

/// Whether it was a step with `cas`. The last handle is used.
fn carry_out(steps: &mut Steps, held: &mut Vec<Cas>, words: &[&str]) -> bool {
    match *words {
        ["cas", key] => match Cas::new(steps.bucket(), key) {
            Ok(cas) => {
                held.push(cas);
                steps.print("seen");
            }
            Err(error) => steps.print(error),
        },
        ["current"] => {
            let cas = held.last().unwrap_or_else(|| panic!("no handle"));
            steps.print(cas.current().map(|value| value.map(shown)));
        }
        // Lets go of the last handle.
        ["forget"] => {
            let forgotten = held.pop().is_some();
            steps.print(forgotten);
        }
        ["swap", value] => {
            let cas = held.pop().unwrap_or_else(|| panic!("no handle"));
            match atomics::swap(cas, value.as_bytes()) {
                Ok(()) => steps.print("swapped"),
                Err(CasError::StoreError(error)) => steps.print(error),
                Err(CasError::CasFailed(now)) => {
                    held.push(now);
                    steps.print("changed");
                }
            }
        }
        // Adds one, as often as is said, as those do who have nothing but this.
        ["add-by-cas", key, times] => {
            let times = times.parse().unwrap_or(0);
            for _ in 0..times {
                let mut cas = Cas::new(steps.bucket(), key).unwrap_or_else(|error| panic!("{error:?}"));
                loop {
                    let now = cas.current().unwrap_or_else(|error| panic!("{error:?}"));
                    let now: u64 = now.map_or(0, |now| shown(now).parse().unwrap_or(0));
                    match atomics::swap(cas, (now + 1).to_string().as_bytes()) {
                        Ok(()) => break,
                        Err(CasError::CasFailed(newer)) => cas = newer,
                        Err(CasError::StoreError(error)) => panic!("{error:?}"),
                    }
                }
            }
            steps.print("added");
        }
        _ => return false,
    }
    true
}

/// What a page of keys may end with.
pub(crate) type Cursor = String;

pub(crate) fn page(bucket: &Bucket, from: Option<&Cursor>) -> Result<KeyResponse, Error> {
    bucket.list_keys(from.map(String::as_str))
}
