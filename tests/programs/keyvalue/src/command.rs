//! What the command exports.

use crate::bindings::exports::wasi::cli::run::Guest;
use crate::steps;

struct Command;

impl Guest for Command {
    fn run() -> Result<(), ()> {
        if steps::run(|_, _| false) { Ok(()) } else { Err(()) }
    }
}

crate::bindings::export!(Command with_types_in crate::bindings);
