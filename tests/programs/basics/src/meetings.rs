//! Processes that wait for each other.

use commonhold_guest::{Barrier, Event, JoinableQueue, List, Process, Proxy, Queue, Result, entry, wait_for_first};

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

/// Makes a barrier for two whose action notes the time, or does something worse.
#[entry]
fn makes_a_barrier(entry: String, noted: List<i64>) -> Result<Barrier> {
    Barrier::with_action(2, None, &entry, (noted,))
}

/// An action that takes its time.
#[entry]
fn notes(noted: List<i64>) -> Result<()> {
    let times = noted.len()?;
    noted.push(times as i64)
}

/// An action that fails.
#[entry]
fn notes_and_fails(noted: List<i64>) -> Result<(), String> {
    noted.push(-1).map_err(|error| error.to_string())?;
    Err("it did not work".into())
}

/// An action that traps.
#[entry]
fn notes_and_traps(noted: List<i64>) -> Result<()> {
    noted.push(-1)?;
    panic!("it did not work");
}

/// An action that says that it runs, and does not end.
#[entry]
fn notes_and_hangs(noted: List<i64>) -> Result<()> {
    noted.push(-1)?;
    Event::new()?.wait_timeout(std::time::Duration::from_secs(1000)).map(drop)
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
