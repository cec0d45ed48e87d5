//! Processes that wait for each other.

use commonhold_guest::{Barrier, Event, JoinableQueue, Process, Proxy, Queue, Result, entry, wait_for_first};

/// Puts a range of numbers.
#[entry]
fn produces(numbers: Queue<i64>, from: i64, to: i64) -> Result<()> {
    for number in from..to {
        numbers.put(number)?;
    }
    Ok(())
}

/// Takes numbers until there will be no more.
#[entry]
fn consumes(numbers: Queue<i64>) -> Result<Vec<i64>> {
    numbers.iter().collect()
}

/// Says that it is here, and takes one number.
#[entry]
fn gets_one(numbers: Queue<i64>, here: Event) -> Result<i64> {
    here.set()?;
    drop(here);
    numbers.get()
}

/// Takes a job, says so, and traps.
#[entry]
fn takes_and_traps(jobs: JoinableQueue<i64>) -> Result<()> {
    let job = jobs.get()?;
    panic!("at job {job}");
}

/// Meets others so many times.
#[entry]
fn meets(barrier: Barrier, times: u64) -> Result<Vec<u64>> {
    (0..times).map(|_| barrier.wait()).collect()
}

/// Waits for one event and sets another.
#[entry]
fn sets(before: Event, after: Event) -> Result<()> {
    before.wait()?;
    after.set()
}

/// Waits for a number, an event or the end of a process: which was first, and the number.
#[entry]
fn waits_for_first(numbers: Queue<i64>, event: Event, process: Process) -> Result<(usize, Option<i64>)> {
    let Some(first) = wait_for_first(&[&numbers, &event, &process], None)? else {
        return Ok((usize::MAX, None));
    };
    Ok((first.index(), first.item()?))
}

/// Takes one lock, says so, and at a signal another.
#[entry]
fn crosses(own: Proxy, other: Proxy, has_own: Event, go: Event) -> Result<()> {
    own.call::<bool>("acquire", ())?;
    has_own.set()?;
    go.wait()?;
    other.call::<bool>("acquire", ())?;
    other.call::<()>("release", ())?;
    own.call("release", ())
}

/// Holds a queue until an event is set.
#[entry]
fn holds_until(numbers: Queue<i64>, event: Event) -> Result<()> {
    let _numbers = numbers;
    event.wait()
}
