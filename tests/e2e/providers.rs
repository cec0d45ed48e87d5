//! A type that a guest implements, used by another guest and by the host.

use commonhold::{Error, ErrorKind, Iter, List, Lock, LockGuard, Manager, Outcome, Process, Proxy};
use commonhold_tests::{assert_exact, load, load_script, manager, root, settle};
use std::collections::BTreeMap;
use tokio::task::JoinHandle;

fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::Call(error) => error.kind,
        other => panic!("{other}"),
    }
}

/// Goes on when a process waits for another one.
async fn until_waiting(manager: &Manager, process: u64, whom: u64) {
    let waits = |info: commonhold::ObjectInfo| info.id == process && info.waits_for == [whom];
    while !manager.census().into_iter().any(waits) {
        tokio::task::yield_now().await;
    }
}

/// A provider that waits for a process, which calls it: each as soon as it gets its lock.
struct Entangled {
    manager: Manager,
    provider: Process,
    counter: Proxy,
    child: Process,
    /// The locks that the provider and the child wait for first.
    gates: [Lock; 2],
    /// What the provider's method gives.
    waiting: JoinHandle<Result<i64, Error>>,
}

impl Entangled {
    /// The provider is in its method, and it and the child wait for their locks.
    async fn new() -> (Self, [LockGuard; 2]) {
        let manager = manager();
        let program = load(&manager, "counter").await;
        let provider = program.provide().await.unwrap();
        let counter = manager.create("Clicker", (0,)).await.unwrap();
        let gates = [manager.lock(), manager.lock()];
        let held = [gates[0].acquire().await.unwrap(), gates[1].acquire().await.unwrap()];
        let child = program.spawn("adds_after", (&gates[1], &counter, 5)).unwrap();
        let waiting = tokio::spawn({
            let (counter, gate, child) = (counter.clone(), gates[0].clone(), child.clone());
            async move { counter.call("wait_for_end", (&gate, &child)).await }
        });
        while !manager.held_by(&provider).contains(&child.id()) {
            tokio::task::yield_now().await;
        }
        (Self { manager, provider, counter, child, gates, waiting }, held)
    }

    /// The provider works on, and nothing remains of the child or of their waiting.
    async fn goes_on(self, count: i64) {
        let Self { manager, provider, counter, child, gates, .. } = self;
        assert_eq!(counter.call::<_, i64>("add", (1,)).await.unwrap(), count + 1);
        assert!(manager.census().iter().all(|info| info.waits_for.is_empty()), "{}", manager.debug_info());
        drop((counter, child, gates));
        settle(&manager).await;
        assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guests_type_is_created_called_passed_on_printed_copied_and_released() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let client = load(&manager, "basics").await;
    let checks: u64 = client.spawn("counting", ()).unwrap().join().await.unwrap();
    assert!(checks > 10, "the client has made {checks} checks");
    settle(&manager).await;
    // The provider itself is held here and by its running.
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objects_of_a_provider_that_trapped_fail_with_its_first_error() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let counter = manager.create("Clicker", (1,)).await.unwrap();
    let other = manager.create("Clicker", (2,)).await.unwrap();
    let list = manager.list([counter.clone()]).unwrap();

    let crash = counter.call::<_, ()>("crash", ()).await.unwrap_err();
    assert_eq!(kind(&crash), ErrorKind::ProviderDied, "{crash}");
    provider.outcome().await.unwrap();
    let later = other.call::<_, i64>("count", ()).await.unwrap_err();
    assert_eq!(kind(&later), ErrorKind::ProviderDied, "{later}");
    let Error::Call(later) = later else { panic!("{later}") };
    assert!(later.traceback.as_deref().is_some_and(|it| it.contains("counter.wasm!")), "{:?}", later.traceback);
    let gone = manager.create("Clicker", ()).await.unwrap_err();
    assert_eq!(kind(&gone), ErrorKind::NoSuchType, "{gone}");

    // They can still be held, passed on and dropped.
    let again: Proxy = list.get(0).unwrap();
    assert_eq!(again, counter);
    drop((again, counter, other, list, provider));
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_finished_when_its_caller_is_killed() {
    let manager = manager();
    let _provider = load(&manager, "counter").await.provide().await.unwrap();
    let client = load(&manager, "counter").await;
    let counter = manager.create("Clicker", (0,)).await.unwrap();
    let gate = manager.lock();
    let guard = gate.acquire().await.unwrap();
    // The provider waits in a method, and the caller behind it.
    let waiting = tokio::spawn({
        let (counter, gate) = (counter.clone(), gate.clone());
        async move { counter.call::<_, ()>("wait_for", (&gate,)).await }
    });
    let caller = client.spawn("adds", (&counter, 5)).unwrap();
    // It has handed its call over: the request holds the counter, beside the host's two proxies and
    // the caller's own.
    while counter.holders() < 5 {
        tokio::task::yield_now().await;
    }
    caller.kill().await.unwrap();
    drop(guard);
    waiting.await.unwrap().unwrap();
    assert_eq!(counter.call::<_, i64>("count", ()).await.unwrap(), 5);
}

/// Its method starts a process that calls it, and waits for that process to end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_waits_for_a_process_that_calls_it_gets_an_error() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let counter = manager.create("Clicker", (0,)).await.unwrap();
    let error = counter.call::<_, i64>("deadlock", (&counter,)).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::Deadlock, "{error}");
    // If it was the child's call that closed the cycle, it is not made; else it is made now.
    while manager.number_of_processes() > 1 {
        tokio::task::yield_now().await;
    }
    let count: i64 = counter.call("count", ()).await.unwrap();
    assert!([0, 1].contains(&count), "{count}");
    drop(counter);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_that_closes_a_cycle_is_an_error_and_the_waiting_call_is_answered() {
    let (mut it, [providers, childs]) = Entangled::new().await;
    drop(childs);
    until_waiting(&it.manager, it.child.id(), it.provider.id()).await;
    drop(providers);
    let error = (&mut it.waiting).await.unwrap().unwrap_err();
    assert_eq!(kind(&error), ErrorKind::Deadlock, "{error}");
    let (provider, child) = (it.provider.id(), it.child.id());
    let expected = format!(
        "this wait would never end: counter:provider at {provider:#x} waits for the end of counter:adds_after at \
         {child:#x}, which waits for an answer of counter:provider at {provider:#x}"
    );
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(it.child.join::<i64>().await.unwrap(), 5);
    it.goes_on(5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_closes_a_cycle_is_an_error_and_the_waiting_join_goes_on() {
    let (mut it, [providers, childs]) = Entangled::new().await;
    drop(providers);
    until_waiting(&it.manager, it.provider.id(), it.child.id()).await;
    let seen = it.manager.debug_info();
    assert!(seen.contains(&format!("Process, waits for the end of process {:x}, held by", it.child.id())), "{seen}");
    drop(childs);
    let outcome = it.child.outcome().await.unwrap();
    let Outcome::Failed(error) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(error.kind, ErrorKind::Deadlock, "{error}");
    let (provider, child) = (it.provider.id(), it.child.id());
    let expected = format!(
        "this wait would never end: counter:adds_after at {child:#x} waits for an answer of counter:provider at \
         {provider:#x}, which waits for the end of counter:adds_after at {child:#x}"
    );
    assert_eq!(error.message, expected);
    // It is what the child came to, and so what the one who joins it gets.
    let joined = (&mut it.waiting).await.unwrap().unwrap_err();
    assert!(joined.to_string().contains(&expected), "{joined}");
    it.goes_on(0).await;
}

/// A provider's object that counts down: without end if it starts nowhere.
async fn countdown(manager: &Manager, from: Option<u64>, after: Option<u64>) -> Proxy {
    manager.create("Countdown", (from, after)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_yields_is_iterated_over_until_its_end_and_no_further() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let numbers = countdown(&manager, Some(2), Some(5)).await;
    let iter = Iter::<u64>::over(&numbers).await.unwrap();
    assert_eq!(iter.to_string(), format!("<Countdown_iterator object at {:#x}>", iter.proxy().id()));
    assert_eq!(iter.next().await.unwrap(), Some(1));
    assert_eq!(iter.next_many(9).await.unwrap(), [0]);
    assert_eq!(numbers.holders(), 2);
    assert_eq!((iter.next().await.unwrap(), iter.next().await.unwrap()), (None, None));
    assert_eq!(numbers.holders(), 1, "an exhausted iterator holds nothing");
    // The countdown itself goes on, to the dismay of whoever asks it.
    assert_eq!(numbers.call::<_, u64>("__next__", ()).await.unwrap(), 4);
    assert!(iter.next().await.unwrap().is_none());
    let by_name = iter.proxy().call::<_, u64>("__next__", ()).await.unwrap_err();
    assert_eq!(kind(&by_name), ErrorKind::StopIteration);
    drop(iter);
    // What is gone over is what `__iter__` gives.
    let range = manager.create("Range", (3,)).await.unwrap();
    let iter = Iter::<u64>::over(&range).await.unwrap();
    assert_eq!(iter.next_many(1).await.unwrap(), [2]);
    let list = manager.list([7_u64]).unwrap();
    list.proxy().call::<_, ()>("extend", (&iter,)).await.unwrap();
    drop(iter);
    list.proxy().call::<_, ()>("extend", (&range,)).await.unwrap();
    assert_eq!(list.to_vec().unwrap(), [7, 1, 0, 2, 1, 0]);
    let over_list = manager.create("Range", (&list,)).await.unwrap();
    let live = Iter::<u64>::over(&over_list).await.unwrap();
    list.proxy().call::<_, ()>("clear", ()).await.unwrap();
    assert_eq!(live.next().await.unwrap(), None);
    let none = Iter::<u64>::over(&manager.create("Clicker", ()).await.unwrap()).await.unwrap_err();
    assert!(none.to_string().contains("'AutoProxy[Clicker]' object is not iterable"), "{none}");
    drop((numbers, range, list, over_list, live));
    // The provider comes to know of that before it answers.
    drop(manager.create("Clicker", ()).await.unwrap());
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_item_of_a_provider_goes_to_one_of_those_who_draw() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let rust = load(&manager, "counter").await;
    let python = load_script(&manager, root().join("tests/programs/python/iterating.py")).await;
    // Whoever has made the iterator is gone.
    let numbers = countdown(&manager, Some(300), Some(5)).await;
    let iter: Iter<u64> = rust.spawn("iterates", (&numbers,)).unwrap().join().await.unwrap();
    drop(numbers);
    let draws = [&rust, &rust, &python].map(|program| program.spawn("draws", (&iter,)).unwrap());
    let mut drawn = Vec::new();
    for process in draws {
        let mine: Vec<u64> = process.join().await.unwrap();
        assert!(mine.is_sorted_by(|a, b| a > b), "{mine:?}");
        drawn.extend(mine);
    }
    drawn.sort_unstable();
    assert!(drawn.into_iter().eq(0..300));
    drop(iter);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_iterates_over_what_a_provider_yields() {
    let manager = manager();
    let _provider = load(&manager, "counter").await.provide().await.unwrap();
    let python = load_script(&manager, root().join("tests/programs/python/iterating.py")).await;
    let numbers = countdown(&manager, Some(3), None).await;
    let range = manager.create("Range", (3,)).await.unwrap();
    for source in [&numbers, &range, Iter::<u64>::over(&range).await.unwrap().proxy()] {
        let seen: Vec<u64> = python.spawn("draws", (source,)).unwrap().join().await.unwrap();
        assert_eq!(seen, [2, 1, 0], "{source:?}");
    }
    let after = countdown(&manager, Some(1), Some(9)).await;
    let seen: Vec<Option<u64>> = python.spawn("steps", (&after, 3)).unwrap().join().await.unwrap();
    assert_eq!(seen, [Some(0), None, None]);
    let list = manager.list([7_u64]).unwrap();
    python.spawn("extends", (&list, &range)).unwrap().join::<()>().await.unwrap();
    assert_eq!(list.to_vec().unwrap(), [7, 2, 1, 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_iterator_says_that_its_provider_died() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let numbers = countdown(&manager, None, None).await;
    let iter = Iter::<u64>::over(&numbers).await.unwrap();
    assert_eq!(iter.next().await.unwrap(), Some(7));
    let gate = manager.lock();
    let _guard = gate.acquire().await.unwrap();
    let waits = tokio::spawn({
        let (numbers, gate) = (numbers.clone(), gate.clone());
        async move { numbers.call::<_, ()>("wait_for", (&gate,)).await }
    });
    while !manager.held_by(&provider).contains(&gate.proxy().id()) {
        tokio::task::yield_now().await;
    }
    // It waits behind that.
    let step = tokio::spawn({
        let iter = iter.clone();
        async move { iter.next().await }
    });
    while numbers.holders() < 6 {
        tokio::task::yield_now().await;
    }
    provider.kill().await.unwrap();
    assert_eq!(kind(&waits.await.unwrap().unwrap_err()), ErrorKind::ProviderDied);
    assert_eq!(kind(&step.await.unwrap().unwrap_err()), ErrorKind::ProviderDied);
    assert_eq!(kind(&iter.next_many(5).await.unwrap_err()), ErrorKind::ProviderDied);
    drop((numbers, iter, gate, _guard, provider));
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

/// Extends a list by what never ends: that is bounded, and a kill ends it earlier.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_never_ends_is_bounded() {
    let mut limits = commonhold::Limits::default();
    limits.value_bytes = 16_000;
    let manager = Manager::builder().limits(limits).build().unwrap();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let list: List<u64> = manager.list([]).unwrap();
    let endless = countdown(&manager, None, None).await;
    let error = list.proxy().call::<_, ()>("extend", (&endless,)).await.unwrap_err();
    assert_eq!(kind(&error), ErrorKind::QuotaExceeded, "{error}");
    assert_eq!(list.len().unwrap(), 0);
    drop((list, endless, provider));

    let manager = self::manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    let client = load(&manager, "counter").await;
    let list: List<u64> = manager.list([]).unwrap();
    let endless = countdown(&manager, None, None).await;
    let iter = Iter::<u64>::over(&endless).await.unwrap();
    let caller = client.spawn("extends", (&list, &iter)).unwrap();
    while !manager.census().into_iter().any(|info| info.id == caller.id() && info.waits_for == [provider.id()]) {
        tokio::task::yield_now().await;
    }
    caller.kill().await.unwrap();
    assert_eq!(list.len().unwrap(), 0);
    assert_eq!(iter.next().await.unwrap(), Some(7), "the provider goes on");
    drop((list, endless, iter, caller));
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(provider.id(), 2)]));
}
