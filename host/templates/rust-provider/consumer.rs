//! Uses the type `Tally`, which another program provides.

use api::TallyProxy;
use commonhold_guest::{List, Process, Result, entry, println};

/// What `commonhold run` starts.
#[entry]
fn main() -> Result<()> {
    let tally = TallyProxy::create(5)?;
    // A proxy can be given to other processes, and kept in shared objects.
    let forks = List::from_items([tally.fork()?])?;
    Process::spawn("add", (&tally, 3))?.join::<i64>()?;
    forks.get(0)?.add(1)?;
    println!("{tally} and {}", forks.get(0)?);
    Ok(())
}

/// Adds to somebody's tally.
#[entry]
fn add(tally: TallyProxy, by: i64) -> Result<i64> {
    tally.add(by)
}

commonhold_guest::program!(entries: [main, add]);
