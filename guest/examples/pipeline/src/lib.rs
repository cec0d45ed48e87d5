//! A pipeline: a producer hands out jobs, several workers do them and a collector adds up the results. Half-way one of the
//! workers hangs and is killed, and the total is right all the same.
//!
//! ```text
//! commonhold build guest/examples/pipeline
//! commonhold run target/commonhold/pipeline.wasm
//! ```
//!
//! ```text
//! main ──starts──> produce ──jobs──> work, work, work ──results──> collect
//! ```
//!
//! Both queues have little room, so whoever is ahead of the others waits for them: the producer for the workers, the
//! workers for the collector. Never are there more jobs on their way than fit.
//!
//! **What a killed worker was at is not lost.** A worker delivers its result *before* it acknowledges the job. The jobs
//! that a process took and did not acknowledge count as done when it is killed, so that [`JoinableQueue::join`] does not
//! wait for it for ever. When that returns, each job has been delivered or was with a worker that is dead; so what the
//! collector has not got by then is nobody's, and is handed out again.

use std::collections::BTreeMap;

use commonhold_guest::{Error, ErrorKind, Event, JoinableQueue, Process, Queue, Result, entry, println};

/// How many jobs and workers there are when `main` runs.
const JOBS: u64 = 40;
const WORKERS: usize = 3;

/// For how many items there is room in each queue.
const ROOM: usize = 4;

/// A number, and which attempt this is to do what is to be done with it.
type Job = (u64, u32);

/// What comes to the collector: a job's number with what came out, or that a round is over.
type Delivery = Option<(u64, u64)>;

/// What the collector has: what came out, by the jobs' numbers.
type Results = BTreeMap<u64, u64>;

#[entry]
fn main() -> Result<()> {
    let (total, done_again) = pipeline(JOBS, WORKERS)?;
    println!("{JOBS} jobs, {WORKERS} workers, room for {ROOM} in each queue");
    println!("a worker hung half-way and was killed; what it was at was missing in the end: {done_again:?}");
    println!("another one did that, and the total is {total}");
    let expected: u64 = (1..=JOBS).map(steps).sum();
    if total != expected {
        return Err(Error::new(ErrorKind::Assertion, format!("the total should be {expected}")));
    }
    Ok(())
}

/// Has workers do so many jobs: the total, and the jobs that had to be handed out again.
#[entry]
fn pipeline(jobs: u64, workers: usize) -> Result<(u64, Vec<u64>)> {
    let (todo, results) = (JoinableQueue::<Job>::bounded(ROOM)?, Queue::<Delivery>::bounded(ROOM)?);
    let (missing, hung) = (Queue::<Vec<u64>>::new()?, Queue::<Process>::new()?);
    let never = Event::new()?;

    let collector = Process::spawn("collect", (jobs, &results, &missing))?;
    let start = |_| Process::spawn("work", (jobs / 2, &todo, &results, &hung, &never));
    let workers = (0..workers).map(start).collect::<Result<Vec<_>>>()?;

    let producer = Process::spawn("produce", ((1..=jobs).collect::<Vec<_>>(), 1, &todo))?;
    // Half-way one of them hangs, and says so. (How to find out otherwise is another story.)
    hung.get()?.kill()?;

    let (mut again, mut attempt) = (Vec::new(), 1);
    producer.join::<()>()?;
    loop {
        // Now each job is delivered, or was with a worker that is dead.
        todo.join()?;
        results.put(None)?;
        let left = missing.get()?;
        if left.is_empty() {
            break;
        }
        attempt += 1;
        again.extend(&left);
        Process::spawn("produce", (left, attempt, &todo))?.join::<()>()?;
    }
    // Who waits for a job is told that there will be none.
    todo.shut_down()?;
    let killed = workers.iter().filter(|worker| worker.join::<()>().is_err()).count();
    if killed != 1 {
        return Err(Error::new(ErrorKind::Assertion, format!("{killed} workers were killed")));
    }
    Ok((collector.join()?, again))
}

/// Hands out jobs. Where there is no room for one, it waits until a worker has taken another.
#[entry]
fn produce(numbers: Vec<u64>, attempt: u32, todo: JoinableQueue<Job>) -> Result<()> {
    numbers.into_iter().try_for_each(|number| todo.put((number, attempt)))
}

/// Does jobs until there will be no more. At one of them it hangs, if nobody has tried it before.
#[entry]
fn work(
    hangs_at: u64,
    todo: JoinableQueue<Job>,
    results: Queue<Delivery>,
    hung: Queue<Process>,
    never: Event,
) -> Result<()> {
    for job in todo.iter() {
        let (number, attempt) = job?;
        if number == hangs_at && attempt == 1 {
            hung.put(Process::current())?;
            never.wait()?;
        }
        // In this order: were it killed in between, the job would be delivered and done.
        results.put(Some((number, steps(number))))?;
        todo.task_done()?;
    }
    Ok(())
}

/// Collects results and tells after each round what is missing, until nothing is: their sum.
#[entry]
fn collect(jobs: u64, results: Queue<Delivery>, missing: Queue<Vec<u64>>) -> Result<u64> {
    let mut got = Results::new();
    loop {
        if let Some((number, result)) = results.get()? {
            got.insert(number, result);
            continue;
        }
        let left: Vec<_> = (1..=jobs).filter(|number| !got.contains_key(number)).collect();
        let is_whole = left.is_empty();
        missing.put(left)?;
        if is_whole {
            return Ok(got.values().sum());
        }
    }
}

/// How many steps it takes to come from a number to 1: to the half of an even one, to three times an odd one and 1.
fn steps(mut number: u64) -> u64 {
    let mut steps = 0;
    while number > 1 {
        number = if number.is_multiple_of(2) { number / 2 } else { 3 * number + 1 };
        steps += 1;
    }
    steps
}

commonhold_guest::program!(entries: [main, pipeline, produce, work, collect]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted() {
        assert_eq!([1, 2, 3, 27].map(steps), [0, 1, 7, 111]);
    }

    #[commonhold_guest::test]
    fn the_total_is_right_though_a_worker_is_killed() -> Result<()> {
        for workers in 2..5 {
            assert_eq!(pipeline(20, workers)?, ((1..=20).map(steps).sum(), vec![10]));
        }
        main()
    }
}
