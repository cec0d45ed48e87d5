//! Pools of workers, and what becomes of their tasks when workers, callers or the manager end.

use commonhold::{AsyncResult, Error, ErrorKind, Manager, Pool, Process};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::{BTreeMap, BTreeSet};

/// The workers of a pool that is dropped end by themselves.
async fn nothing_is_left(manager: &Manager) {
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    settle(manager).await;
    assert_exact(manager, &BTreeMap::new());
    assert_eq!(manager.number_of_objects(), 0);
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    match result.unwrap_err() {
        Error::Call(error) => error.kind,
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_are_few_and_do_many_tasks() {
    let manager = manager();
    let pool = load(&manager, "basics").await.pool(3).unwrap();
    assert_eq!(manager.number_of_processes(), 3);
    let results: Vec<AsyncResult<(u64, u64)>> = (0..300).map(|_| pool.apply("who", ()).unwrap()).collect();
    let mut of_each = BTreeMap::<u64, Vec<u64>>::new();
    for result in &results {
        let (worker, tasks) = result.get().await.unwrap();
        of_each.entry(worker).or_default().push(tasks);
    }
    assert!(of_each.len() <= 3);
    for tasks in of_each.values_mut() {
        tasks.sort();
        assert_eq!(*tasks, (1..=tasks.len() as u64).collect::<Vec<_>>(), "the same instance does them all");
    }
    drop(results);
    pool.close().unwrap();
    pool.join().await.unwrap();
    assert_eq!(manager.number_of_processes(), 0);
    drop(pool);
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn results_come_in_every_way() {
    let manager = manager();
    let pool = load(&manager, "basics").await.pool(2).unwrap();
    let numbers: Vec<i64> = (0..1000).collect();
    let doubled: Vec<i64> = numbers.iter().map(|number| 2 * number).collect();
    assert_eq!(pool.map::<i64, _>("doubles", &numbers).unwrap().get().await.unwrap(), doubled);
    let (ordered, unordered) =
        (pool.imap("doubles", &numbers).unwrap(), pool.imap_unordered("doubles", &numbers).unwrap());
    let (mut first, mut second) = (Vec::new(), BTreeSet::new());
    while let Some(number) = ordered.next().await.unwrap() {
        first.push(number);
    }
    while let Some(number) = unordered.next().await.unwrap() {
        second.insert(number);
    }
    assert_eq!((first, second), (doubled.clone(), doubled.iter().copied().collect::<BTreeSet<i64>>()));
    // What is gone over may be a shared object.
    let list = manager.list(numbers).unwrap();
    assert_eq!(pool.map::<i64, _>("doubles", &list).unwrap().get().await.unwrap(), doubled);
    assert!(pool.map::<i64, _>("doubles", 5).is_err());
    drop((pool, ordered, unordered, list));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_have_pools() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let checks: u64 = program.spawn("pools", ()).unwrap().join().await.unwrap();
    assert!(checks > 30, "{checks} checks");
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_workers_of_a_pool_end_with_its_last_proxy() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let (here, never) = (manager.list::<i64>([]).unwrap(), manager.event());
    // However the process ends that had it.
    program.spawn("leaves_a_pool", (&here, &never)).unwrap().join::<()>().await.unwrap();
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    here.clear().unwrap();
    let pool = program.pool(2).unwrap();
    let results: Vec<AsyncResult<i64>> =
        (0..3).map(|n| pool.apply("waits_there", (&here, &never, n)).unwrap()).collect();
    drop(pool);
    // A result that is not ready is a holder.
    never.set().unwrap();
    for (number, result) in results.iter().enumerate() {
        assert_eq!(result.get().await.unwrap(), number as i64);
    }
    drop((results, here, never));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminated_pool_cancels_what_is_under_way() {
    let manager = manager();
    let pool = load(&manager, "basics").await.pool(2).unwrap();
    let (here, never) = (manager.list::<i64>([]).unwrap(), manager.event());
    let results: Vec<AsyncResult<i64>> =
        (0..5).map(|n| pool.apply("waits_there", (&here, &never, n)).unwrap()).collect();
    while here.len().unwrap() < 2 {
        tokio::task::yield_now().await;
    }
    pool.terminate().await.unwrap();
    assert_eq!(manager.number_of_processes(), 0, "it waits for that");
    for result in &results {
        assert_eq!(kind(result.get().await), ErrorKind::Cancelled);
    }
    assert_eq!(kind(pool.apply::<i64, _>("doubles", (1,))), ErrorKind::Value);
    drop((pool, results, here, never));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_manager_is_the_end_of_its_pools() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let pool = program.pool(2).unwrap();
    let (here, never) = (manager.list::<i64>([]).unwrap(), manager.event());
    let result: AsyncResult<i64> = pool.apply("waits_there", (&here, &never, 1)).unwrap();
    let drawn = pool.imap::<i64, _>("doubles", [1, 2]).unwrap();
    let waiting = tokio::spawn(async move { kind(result.get().await) });
    while here.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    manager.shutdown().await;
    assert_eq!(waiting.await.unwrap(), ErrorKind::Cancelled);
    assert_eq!(manager.number_of_processes(), 0);
    drop((pool, here, never, drawn));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_that_there_is_no_room_for_is_not_there_at_all() {
    let manager = Manager::builder().output(false).max_processes(3).build().unwrap();
    let program = load(&manager, "basics").await;
    assert_eq!(kind(program.pool(4)), ErrorKind::QuotaExceeded);
    assert_eq!(kind(program.pool(0)), ErrorKind::Value);
    nothing_is_left(&manager).await;
    let pool = program.pool(3).unwrap();
    assert_eq!(kind(program.spawn("nothing", ())), ErrorKind::QuotaExceeded);
    // A worker that dies leaves its place to the next.
    for _ in 0..5 {
        let died = pool.apply::<i64, _>("doubles_unless", ("panics", [1], 1)).unwrap();
        assert_eq!(kind(died.get().await), ErrorKind::ProcessDied);
        assert_eq!(manager.number_of_processes(), 3);
    }
    drop(pool);
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_by_name_is_one_of_the_program_that_is_named() {
    let manager = manager();
    let _program = load(&manager, "basics").await;
    assert_eq!(kind(manager.create("Pool", (1,)).await), ErrorKind::NoSuchName, "the host is no program");
    let options = BTreeMap::from([("processes", 1)]);
    assert_eq!(kind(manager.create("Pool", (options,)).await), ErrorKind::Type);
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_dies_waiting_for_a_result_leaves_the_task_alone() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let pool: Pool = program.pool(1).unwrap();
    let (here, event) = (manager.list::<i64>([]).unwrap(), manager.event());
    let result: AsyncResult<i64> = pool.apply("waits_there", (&here, &event, 9)).unwrap();
    let waiting: Vec<Process> = (0..3).map(|_| program.spawn("gets_result", (&result,)).unwrap()).collect();
    while here.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    waiting[0].kill().await.unwrap();
    event.set().unwrap();
    for process in &waiting[1..] {
        assert_eq!(process.join::<i64>().await.unwrap(), 9);
    }
    drop((pool, here, event, result, waiting));
    nothing_is_left(&manager).await;
}
