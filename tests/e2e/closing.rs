//! A manager that is closed while guests and the embedder's own code wait.

use crate::faults::waiting::{WAYS, Waited, Way};
use commonhold::{Error, ErrorKind, Manager, Outcome, Process, Program, Proxy, Value};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

type Wait = Pin<Box<dyn Future<Output = Result<Value, Error>> + Send>>;

/// Three processes and the host, twice, that wait for something.
struct Waiting {
    way: &'static Way,
    object: Proxy,
    processes: Vec<Process>,
    waits: Vec<Wait>,
}

impl Waiting {
    async fn begin(waited: &Waited<'_>) -> Self {
        let processes: Vec<_> = (0..3).map(|_| waited.start()).collect();
        while waited.said.len().unwrap() < 3 {
            tokio::task::yield_now().await;
        }
        let way = waited.way;
        let mut waits = Vec::new();
        // By name the host's code is one party, so what has an owner it would just take once more.
        let is_owned = matches!(way.typeid, "RLock" | "Condition");
        for _ in 0..if is_owned { 0 } else { 2 } {
            let object = waited.object.clone();
            let mut wait: Wait = Box::pin(async move { object.call(way.method, way.args).await });
            poll_fn(|context| {
                assert!(wait.as_mut().poll(context).is_pending(), "{}: it does not wait", way.typeid);
                Poll::Ready(())
            })
            .await;
            waits.push(wait);
        }
        Self { way, object: waited.object.clone(), processes, waits }
    }

    /// All have come to an end, and stand in nobody's way.
    async fn come_to_an_end(self) {
        let Self { way, object, processes, waits } = self;
        for process in &processes {
            let outcome = process.outcome().await.unwrap();
            assert!(matches!(outcome, Outcome::Killed), "{}: {outcome:?}", way.typeid);
        }
        for wait in waits {
            let Error::Call(error) = wait.await.unwrap_err() else { panic!("it is the call's error") };
            assert_eq!(error.kind, ErrorKind::Cancelled, "{}: {error}", way.typeid);
        }
        object.call::<_, Value>(way.gives.0, way.gives.1).await.unwrap();
        object.call::<_, Value>(way.method, way.args).await.unwrap();
    }
}

async fn waited<'a>(way: &'static Way, manager: &Manager, program: &'a Program) -> Waited<'a> {
    Waited::new(way, manager, program).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_wait_end_when_the_manager_is_shut_down() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    for way in &WAYS {
        let waited = waited(way, &manager, &program).await;
        let waiting = Waiting::begin(&waited).await;
        manager.shutdown().await;
        assert_eq!(manager.number_of_processes(), 0);
        waiting.come_to_an_end().await;
        assert_eq!(waited.said.to_vec().unwrap(), [0; 3], "{}", way.typeid);
        settle(&manager).await;
        assert_exact(&manager, &waited.held());
    }
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_who_wait_end_when_the_last_of_the_manager_is_dropped() {
    for way in &WAYS {
        let manager = manager();
        let program = load(&manager, "basics").await;
        let waiting = Waiting::begin(&waited(way, &manager, &program).await).await;
        drop((program, manager));
        waiting.come_to_an_end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_join_of_the_hosts_is_told_how_the_process_ended_when_the_manager_is_shut_down() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let waited = waited(&WAYS[0], &manager, &program).await;
    let process = waited.start();
    let mut joining = Box::pin(process.outcome());
    poll_fn(|context| {
        assert!(joining.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
    manager.shutdown().await;
    assert!(matches!(joining.await.unwrap(), Outcome::Killed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_at_a_barrier_end_when_the_manager_is_shut_down() {
    let manager = manager();
    let program = load(&manager, "basics").await;
    let barrier = manager.barrier(4, None).unwrap();
    let processes: Vec<_> = (0..3).map(|_| program.spawn("meets", (&barrier, 1)).unwrap()).collect();
    while barrier.waiting().unwrap() < 3 {
        tokio::task::yield_now().await;
    }
    manager.shutdown().await;
    for process in processes {
        // The first that is killed breaks the barrier for the others, who may come to know before they are killed.
        let outcome = process.outcome().await.unwrap();
        assert!(matches!(outcome, Outcome::Killed | Outcome::Failed(_)), "{outcome:?}");
    }
    assert!(barrier.is_broken().unwrap());
    drop(barrier);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}
