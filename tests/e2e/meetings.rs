//! Processes that wait for each other, by what is made for it, and what becomes of them when one of them ends.

use commonhold::{Barrier, Error, ErrorKind, List, Manager, Process, Program, Proxy};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_item_of_a_queue_goes_to_one_consumer_in_order() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    // Room for few, so that producers wait as well.
    let numbers = manager.queue::<i64>(Some(3));
    let consumers: Vec<_> = (0..3).map(|_| program.spawn("consumes", (&numbers,)).unwrap()).collect();
    let producers: Vec<_> =
        (0..2).map(|which| program.spawn("produces", (&numbers, which * 500, which * 500 + 500)).unwrap()).collect();
    for producer in &producers {
        producer.join::<()>().await.unwrap();
    }
    numbers.shut_down(false).unwrap();
    let mut all = Vec::new();
    for consumer in &consumers {
        let taken: Vec<i64> = consumer.join().await.unwrap();
        // What one producer put came in its order.
        for producer in 0..2 {
            let own: Vec<_> = taken.iter().filter(|number| **number / 500 == producer).collect();
            assert!(own.is_sorted());
        }
        all.extend(taken);
    }
    all.sort();
    assert_eq!(all, (0..1000).collect::<Vec<_>>());
    drop((numbers, consumers, producers));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_is_killed_takes_nothing() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let numbers = manager.queue::<i64>(None);
    let (first, second) = (manager.event(), manager.event());
    let victim = program.spawn("gets_one", (&numbers, &first)).unwrap();
    first.wait().await.unwrap();
    let other = program.spawn("gets_one", (&numbers, &second)).unwrap();
    second.wait().await.unwrap();
    victim.kill().await.unwrap();
    numbers.put(&7).await.unwrap();
    assert_eq!(other.join::<i64>().await.unwrap(), 7);
    drop((numbers, first, second, victim, other));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_jobs_of_one_that_dies_count_as_done() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let jobs = manager.joinable_queue::<i64>(None);
    jobs.put(&1).await.unwrap();
    let process = program.spawn("takes_and_traps", (&jobs,)).unwrap();
    jobs.join().await.unwrap();
    assert_eq!(kind(process.join::<()>().await), ErrorKind::ProcessDied);
    drop((jobs, process));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_processes_meet_at_a_barrier_and_one_that_dies_breaks_it() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let barrier = manager.barrier(3, None).unwrap();
    let parties: Vec<_> = (0..3).map(|_| program.spawn("meets", (&barrier, 20)).unwrap()).collect();
    let mut places = Vec::new();
    for party in &parties {
        places.push(party.join::<Vec<u64>>().await.unwrap());
    }
    for time in 0..20 {
        let mut of_all: Vec<_> = places.iter().map(|places| places[time]).collect();
        of_all.sort();
        assert_eq!(of_all, [0, 1, 2]);
    }

    let waiting: Vec<_> = (0..2).map(|_| program.spawn("meets", (&barrier, 1)).unwrap()).collect();
    while barrier.waiting().unwrap() < 2 {
        tokio::task::yield_now().await;
    }
    waiting[0].kill().await.unwrap();
    assert_eq!(kind(waiting[1].join::<Vec<u64>>().await), ErrorKind::BrokenBarrier);
    assert!(barrier.is_broken().unwrap());
    drop((barrier, parties, waiting));
    nothing_is_left(&manager).await;
}

/// A barrier for two that a guest has made, with an entry as its action, and what that notes.
async fn acting(manager: &Manager, program: &Program, entry: &str) -> (Barrier, List<i64>) {
    let noted = manager.list::<i64>([]).unwrap();
    let maker = program.spawn("makes_a_barrier", (entry, &noted)).unwrap();
    (maker.join().await.unwrap(), noted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_does_what_is_to_be_done_before_all_go_on() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let (barrier, noted) = acting(&manager, &program, "notes").await;
    let other = program.spawn("meets", (&barrier, 20)).unwrap();
    for time in 1..=20 {
        barrier.wait().await.unwrap();
        // The action of this time is done, and the next one waits for us.
        assert_eq!(noted.len().unwrap(), time);
    }
    assert_eq!(other.join::<Vec<u64>>().await.unwrap().len(), 20);
    // The host has one made the same way, by hand and by name.
    let args = (1, (program.name(), "notes", (&noted,)));
    let by_name = manager.create("Barrier", args).await.unwrap();
    assert_eq!(by_name.call::<_, i64>("wait", ()).await.unwrap(), 0);
    let own = manager.barrier_with_entry(1, None, &program, "notes", (&noted,)).unwrap();
    own.wait().await.unwrap();
    assert_eq!(noted.to_vec().unwrap(), (0..22).collect::<Vec<_>>());
    drop((barrier, noted, other, by_name, own));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_does_not_return_breaks_the_barrier() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    for (entry, expected) in [
        ("notes_and_fails", "RuntimeError: it did not work"),
        ("notes_and_traps", "Trap: "),
        ("no_such_thing", "NoSuchEntry: "),
    ] {
        let (barrier, noted) = acting(&manager, &program, entry).await;
        let other = program.spawn("meets", (&barrier, 1)).unwrap();
        while barrier.waiting().unwrap() == 0 {
            tokio::task::yield_now().await;
        }
        let Error::Call(error) = barrier.wait().await.unwrap_err() else { panic!("it is the call's error") };
        assert!(error.to_string().starts_with(expected), "{error}");
        assert_eq!(kind(other.join::<Vec<u64>>().await), ErrorKind::BrokenBarrier);
        assert!(barrier.is_broken().unwrap());
        drop((barrier, noted, other, error));
        nothing_is_left(&manager).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_is_ended_with_the_party_that_waits_for_it() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let (barrier, noted) = acting(&manager, &program, "notes_and_hangs").await;
    let first = program.spawn("meets", (&barrier, 1)).unwrap();
    while barrier.waiting().unwrap() == 0 {
        tokio::task::yield_now().await;
    }
    let last = program.spawn("meets", (&barrier, 1)).unwrap();
    while noted.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    assert_eq!(manager.number_of_processes(), 3);
    last.kill().await.unwrap();
    assert_eq!(kind(first.join::<Vec<u64>>().await), ErrorKind::BrokenBarrier);
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    drop((barrier, noted, first, last));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wake_those_who_wait() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let (start, end) = (manager.event(), manager.event());
    let process = program.spawn("sets", (&start, &end)).unwrap();
    assert!(!end.is_set().unwrap());
    start.set().unwrap();
    end.wait().await.unwrap();
    process.join::<()>().await.unwrap();
    drop((start, end, process));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_things_the_first_alone_is_taken() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let (numbers, event, never) = (manager.queue::<i64>(None), manager.event(), manager.event());
    let start = || program.spawn("sets", (&never, &never)).unwrap();
    let waits = |other: &Process| program.spawn("waits_for_first", (&numbers, &event, other)).unwrap();

    let mut other = start();
    let mut waiting = waits(&other);
    numbers.put(&5).await.unwrap();
    assert_eq!(waiting.join::<(usize, Option<i64>)>().await.unwrap(), (0, Some(5)));
    assert!(numbers.is_empty().unwrap());

    waiting = waits(&other);
    other.kill().await.unwrap();
    assert_eq!(waiting.join::<(usize, Option<i64>)>().await.unwrap(), (2, None));

    other = start();
    event.set().unwrap();
    waiting = waits(&other);
    assert_eq!(waiting.join::<(usize, Option<i64>)>().await.unwrap(), (1, None));
    other.kill().await.unwrap();
    drop((numbers, event, never, other, waiting));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_is_refused_when_the_last_who_could_end_it_goes() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let (numbers, here) = (manager.queue::<i64>(None), manager.event());
    // A producer that holds the queue until the event is set, and then ends without having put anything.
    let go = manager.event();
    let consumer = program.spawn("gets_one", (&numbers, &here)).unwrap();
    let producer = program.spawn("holds_until", (&numbers, &go)).unwrap();
    here.wait().await.unwrap();
    drop(numbers);
    assert!(consumer.is_alive());
    go.set().unwrap();
    producer.join::<()>().await.unwrap();
    assert_eq!(kind(consumer.join::<i64>().await), ErrorKind::Deadlock);
    drop((here, go, consumer, producer));
    nothing_is_left(&manager).await;
}

/// Two processes, each with a lock that it goes on to wait for in the other's hands, the second one last.
struct Crossed {
    manager: Manager,
    processes: [Process; 2],
    locks: [Proxy; 2],
}

impl Crossed {
    async fn new(typeids: [&str; 2], refuse: bool) -> Self {
        let manager = Manager::builder().output(false).refuse_cycles(refuse).build().unwrap();
        let program = load(&manager, "basics").await;
        let locks = [manager.create(typeids[0], ()).await.unwrap(), manager.create(typeids[1], ()).await.unwrap()];
        let start = |own: usize| {
            let (has_own, go) = (manager.event(), manager.event());
            let process = program.spawn("crosses", (&locks[own], &locks[1 - own], &has_own, &go)).unwrap();
            (process, has_own, go)
        };
        let started = [start(0), start(1)];
        for (_, has_own, _) in &started {
            has_own.wait().await.unwrap();
        }
        let [(first, _, go_first), (second, _, go_second)] = started;
        go_first.set().unwrap();
        until_waiting(&manager, &first, &second).await;
        go_second.set().unwrap();
        Self { manager, processes: [first, second], locks }
    }
}

/// Goes on when a process waits for another one.
async fn until_waiting(manager: &Manager, process: &Process, whom: &Process) {
    let waits = |info: commonhold::ObjectInfo| info.id == process.id() && info.waits_for == [whom.id()];
    while !manager.census().into_iter().any(waits) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_cross_the_one_who_came_last_is_refused_if_it_is_asked_for() {
    let Crossed { manager, processes: [first, second], locks } = Crossed::new(["RLock", "RLock"], true).await;
    let Error::Call(error) = second.join::<()>().await.unwrap_err() else { panic!("it is the call's error") };
    assert_eq!(error.kind, ErrorKind::Deadlock);
    assert_eq!(
        error.message,
        format!(
            "this wait would never end: basics:crosses at {second:#x} waits for the lock {one:#x} of basics:crosses at \
             {first:#x}, which waits for the lock {other:#x} of basics:crosses at {second:#x}",
            first = first.id(),
            second = second.id(),
            one = locks[0].id(),
            other = locks[1].id()
        )
    );
    // With it goes its lock, which the other had waited for.
    first.join::<()>().await.unwrap();
    drop((first, second, locks));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_cross_wait_until_one_is_killed_otherwise() {
    for (typeids, refuse) in [(["RLock", "RLock"], false), (["Lock", "RLock"], true), (["RLock", "Lock"], true)] {
        let Crossed { manager, processes: [first, second], locks } = Crossed::new(typeids, refuse).await;
        until_waiting(&manager, &second, &first).await;
        let info = manager.debug_info();
        for (lock, owner) in locks.iter().zip([&first, &second]) {
            let told = format!(", waits for the lock {:#x} of process {:x}, ", lock.id(), owner.id());
            assert_eq!(info.matches(&told).count(), 1, "{info}");
        }
        second.kill().await.unwrap();
        first.join::<()>().await.unwrap();
        drop((first, second, locks));
        nothing_is_left(&manager).await;
    }
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    match result.unwrap_err() {
        Error::Call(error) => error.kind,
        other => panic!("{other}"),
    }
}

async fn nothing_is_left(manager: &Manager) {
    settle(manager).await;
    assert_exact(manager, &BTreeMap::new());
}
