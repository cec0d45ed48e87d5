//! A type that a guest implements, used by another guest and by the host.

use commonhold::{Error, ErrorKind, Proxy};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;

fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::Call(error) => error.kind,
        other => panic!("{other}"),
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
    let counter = manager.create("Counter", (1,)).await.unwrap();
    let other = manager.create("Counter", (2,)).await.unwrap();
    let list = manager.list([counter.clone()]).unwrap();

    let crash = counter.call::<_, ()>("crash", ()).await.unwrap_err();
    assert_eq!(kind(&crash), ErrorKind::ProviderDied, "{crash}");
    provider.outcome().await.unwrap();
    let later = other.call::<_, i64>("count", ()).await.unwrap_err();
    assert_eq!(kind(&later), ErrorKind::ProviderDied, "{later}");
    let Error::Call(later) = later else { panic!("{later}") };
    assert!(later.traceback.as_deref().is_some_and(|it| it.contains("counter.wasm!")), "{:?}", later.traceback);
    let gone = manager.create("Counter", ()).await.unwrap_err();
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
    let counter = manager.create("Counter", (0,)).await.unwrap();
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
