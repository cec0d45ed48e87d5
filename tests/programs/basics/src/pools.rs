//! Pools, and tasks for the workers of others' pools.

use std::cell::Cell;
use std::time::Duration;

use commonhold_guest::{AsyncResult, Error, ErrorKind, Event, List, Pool, Process, Result, Then, entry, process};

use crate::check::{count, fails, fails_as, same};

thread_local! {
    static TASKS: Cell<u64> = const { Cell::new(0) };
}

/// The worker that does it, and how many such tasks it has done.
#[entry]
fn who() -> (u64, u64) {
    TASKS.set(TASKS.get() + 1);
    (Process::current().as_proxy().id(), TASKS.get())
}

/// What a worker does first.
#[entry]
fn begins(tasks: u64) -> Result<()> {
    TASKS.set(tasks);
    if tasks == 666 { Err(Error::new(ErrorKind::Value, "no good beginning")) } else { Ok(()) }
}

/// Starts a process, as no daemon may.
#[entry]
fn starts_one() -> Result<()> {
    Process::spawn("doubles", (1,))?.join()
}

#[entry]
fn doubles(number: i64) -> i64 {
    2 * number
}

#[entry]
fn adds(a: i64, b: i64) -> i64 {
    a + b
}

/// Doubles, but for some numbers, at which it ends in some way.
#[entry]
fn doubles_unless(end: String, at: Vec<i64>, number: i64) -> Result<i64> {
    if !at.contains(&number) {
        return Ok(2 * number);
    }
    match end.as_str() {
        "fails" => Err(Error::new(ErrorKind::Value, format!("not {number}"))),
        "panics" => panic!("not {number}"),
        "kills" => Process::current().kill().map(|()| 0),
        _ => process::exit(7),
    }
}

/// Dies the first time.
#[entry]
fn dies_once(tried: List<i64>, number: i64) -> Result<i64> {
    tried.push(number)?;
    if tried.len()? == 1 {
        panic!("the first time");
    }
    Ok(2 * number)
}

/// Says that it is here, and waits.
#[entry]
fn waits_there(here: List<i64>, event: Event, number: i64) -> Result<i64> {
    here.push(number)?;
    event.wait()?;
    Ok(number)
}

/// Waits for what others' task comes to.
#[entry]
fn gets_result(result: AsyncResult<i64>) -> Result<i64> {
    result.get()
}

/// Makes a pool and gives it a task that never ends.
#[entry]
fn leaves_a_pool(here: List<i64>, never: Event) -> Result<()> {
    let pool = Pool::new(2)?;
    let pending = pool.apply_async::<i64>("waits_there", (&here, &never, 1))?;
    while here.is_empty()? {
        pending.wait_timeout(Duration::from_millis(1))?;
    }
    // The pool's proxy, and the result's, go with the process.
    std::mem::forget((pool, pending));
    Ok(())
}

/// Checks what a pool does.
#[entry]
fn pools() -> Result<u64> {
    let pool = Pool::new(3)?;
    same(pool.apply::<i64>("doubles", (21,))?, 42)?;
    same(pool.map::<i64>("doubles", 0..100)?, (0..100).map(|number| 2 * number).collect::<Vec<_>>())?;
    same(pool.map::<i64>("doubles", Vec::<i64>::new())?, Vec::<i64>::new())?;
    same(pool.starmap::<i64>("adds", [(1, 2), (3, 4)])?, [3, 7])?;
    same(pool.imap::<i64>("doubles", 0..10)?.collect::<Result<Vec<_>>>()?, (0..10).map(|n| 2 * n).collect::<Vec<_>>())?;
    let mut unordered = pool.imap_unordered::<i64>("doubles", 0..10)?.collect::<Result<Vec<_>>>()?;
    unordered.sort();
    same(unordered, (0..10).map(|number| 2 * number).collect::<Vec<_>>())?;

    let with = |end: &str| pool.tasks("doubles_unless", 0..8).leading((end.to_owned(), [2_i64, 5])).chunk_size(3);
    let one_fails = pool.tasks("doubles_unless", 0..8).leading(("fails", [2])).chunk_size(3);
    fails(one_fails.run::<i64>(), ErrorKind::Value, "not 2")?;
    let each: Vec<_> = with("fails").in_order::<i64>()?.map(|outcome| outcome.map_err(|error| error.message)).collect();
    same(each.len(), 8)?;
    same(each[2].clone(), Err("not 2".to_owned()))?;
    same(each[5].clone(), Err("not 5".to_owned()))?;
    same(each[7].clone(), Ok(14))?;
    for (end, how) in [("panics", "trapped"), ("kills", "killed"), ("exits", "exited with status 7")] {
        let each: Vec<_> = with(end).in_order::<i64>()?.collect();
        same(each.iter().filter_map(|outcome| outcome.as_ref().ok()).count(), 6)?;
        let error = each.into_iter().nth(5).and_then(Result::err).unwrap_or_else(|| Error::value("it is there"));
        same(error.kind, ErrorKind::ProcessDied)?;
        same(error.message.starts_with(&format!("the worker died at this task: {how}")), true)?;
    }
    fails_as(pool.apply::<()>("none", ()), ErrorKind::NoSuchEntry)?;
    fails(
        pool.apply::<()>("starts_one", ()),
        ErrorKind::Assertion,
        "daemonic processes are not allowed to have children",
    )?;
    fails_as(pool.apply::<String>("doubles", (1,)), ErrorKind::BadValue)?;

    let (values, errors) = (List::<i64>::new()?, List::<String>::new()?);
    let then = Then::call(&values, "append").or_else(&errors, "append");
    pool.apply_async_then::<i64>("doubles", (4,), then)?.wait()?;
    pool.apply_async_then::<i64>("doubles_unless", ("fails", [4], 4), then)?.wait()?;
    same(values.to_vec()?, [8])?;
    same(errors.to_vec()?, ["ValueError: not 4"])?;

    fails(pool.as_proxy().call::<i64>("apply", (5,)), ErrorKind::Type, "func must be the name of an entry, not 'int'")?;
    same(pool.as_proxy().call::<i64>("apply", ("adds", (2, 3)))?, 5)?;
    same(pool.as_proxy().call::<Vec<i64>>("starmap", ("adds", [(2, 3)]))?, [5])?;
    pool.close()?;
    fails(pool.apply::<i64>("doubles", (1,)), ErrorKind::Value, "Pool not running")?;
    pool.join()?;

    let pool = Pool::builder().workers(1).initializer("begins", (10_u64,)).chunks_per_worker(2).build()?;
    let done = pool.tasks("who", [(); 0]).run::<(u64, u64)>()?;
    same(done, [])?;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(pool.apply::<(u64, u64)>("who", ())?);
    }
    same(all.iter().map(|(_, tasks)| *tasks).collect::<Vec<_>>(), [11, 12, 11, 12, 11])?;
    same((all[0].0 == all[1].0, all[1].0 == all[2].0), (true, false))?;
    pool.terminate()?;

    let pool = Pool::builder().workers(1).initializer("begins", (666_u64,)).build()?;
    let error = pool.apply::<(u64, u64)>("who", ()).map_err(|error| (error.kind, error.message));
    let expected = "a worker of the pool could not start: ValueError: no good beginning";
    same(error, Err((ErrorKind::ProcessDied, expected.to_owned())))?;

    let pool = Pool::builder().workers(2).retries(1).build()?;
    let tried = List::<i64>::new()?;
    same(pool.tasks("dies_once", [7]).leading((&tried,)).run::<i64>()?, [14])?;
    same(tried.to_vec()?, [7, 7])?;
    fails_as(Pool::new(0), ErrorKind::Value)?;
    fails_as(Pool::builder().workers(1).program("none").build(), ErrorKind::NoSuchName)?;
    Ok(count())
}
