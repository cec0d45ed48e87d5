//! What the test of faults stops at each of its host calls.

use commonhold_guest::wait_for_first;
use commonhold_guest::{Barrier, Condition, Event, JoinableQueue, List, Proxy, Queue, RLock, Result, Semaphore, entry};
use std::time::Duration;

/// Uses everything that is made for waiting, alone, so that nothing is waited for but time.
#[entry]
#[allow(clippy::too_many_arguments)]
fn uses_all(
    rlock: RLock,
    semaphore: Semaphore,
    bounded: Semaphore,
    condition: Condition,
    event: Event,
    barrier: Barrier,
    numbers: Queue<i64>,
    jobs: JoinableQueue<i64>,
) -> Result<()> {
    let once = rlock.acquire()?;
    let twice = rlock.acquire()?;
    let permit = semaphore.acquire()?;
    let other = bounded.acquire()?;
    let guard = condition.acquire()?;
    let (guard, _is_notified) = condition.wait_timeout(guard, Duration::from_millis(1))?;
    condition.notify_all()?;
    event.set()?;
    event.wait()?;
    barrier.wait()?;
    numbers.put(1)?;
    numbers.put(2)?;
    jobs.put(3)?;
    jobs.put(4)?;
    numbers.get()?;
    let first = wait_for_first(&[&jobs, &numbers], None)?;
    drop(first);
    jobs.get()?;
    jobs.task_done()?;
    jobs.task_done()?;
    jobs.join()?;
    let kept = wait_for_first(&[&semaphore, &event], None)?;
    drop(kept);
    semaphore.release(1)?;
    event.clear()?;
    drop((guard, other, permit, twice, once));
    numbers.get().map(drop)
}

/// Says that it is about to wait, and then that it has.
#[entry]
fn waits_on(object: Proxy, method: String, arguments: List<i64>, said: List<i64>) -> Result<()> {
    let arguments = arguments.to_vec()?;
    said.push(0)?;
    match arguments[..] {
        [] => object.call::<commonhold_guest::Value>(&method, ())?,
        [argument, ..] => object.call(&method, (argument,))?,
    };
    said.push(1)?;
    // Those that are taken are given back, as a good program does.
    if method == "acquire" {
        object.call::<()>("release", ())?;
    }
    Ok(())
}
