//! What the test of faults stops at each of its host calls.

use commonhold_guest::wait_for_first;
use commonhold_guest::{
    Barrier, Condition, Event, JoinableQueue, List, Pool, Proxy, Queue, RLock, Result, Semaphore, Then, entry,
};
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

/// Has a pool of its own do all that pools do.
#[entry]
fn uses_a_pool() -> Result<()> {
    let (list, pool) = (List::<i64>::new()?, Pool::builder().workers(2).initializer("begins", (1_u64,)).build()?);
    let then = Then::call(&list, "append");
    let result = pool.apply_async_then::<i64>("doubles", (1,), then)?;
    pool.map::<i64>("doubles", 0..5)?;
    let mut drawn = pool.imap::<i64>("doubles", 0..3)?;
    let _unfinished = pool.imap_unordered::<i64>("doubles", 0..100)?;
    drawn.next().transpose()?;
    result.get()?;
    result.is_successful()?;
    // One that ends its worker.
    let _died = pool.apply::<i64>("doubles_unless", ("kills", [1], 1));
    pool.starmap::<i64>("adds", [(1, 2)])?;
    list.to_vec()?;
    pool.close()?;
    pool.join()
}

/// Pushes a number five times: as many calls.
#[entry]
fn pushes_five(list: List<i64>, number: i64) -> Result<i64> {
    for _ in 0..5 {
        list.push(number)?;
    }
    Ok(5)
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
