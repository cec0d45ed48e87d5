//! What the objects of a provider can be given and give, how many there can be, and that the provider is told of each
//! that is gone.

use commonhold::{Error, ErrorKind, List, Manager, Process, Proxy, Value};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;

async fn provided() -> (Manager, Process) {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide().await.unwrap();
    (manager, provider)
}

/// The provider has done all that it was asked for, and nothing remains but itself.
async fn only_the_provider_is_left(manager: &Manager, provider: &Process) {
    // One that it lets go of may hold another.
    for _ in 0..3 {
        drop(manager.create("Clicker", ()).await.unwrap());
    }
    settle(manager).await;
    assert_exact(manager, &BTreeMap::from([(provider.id(), 2)]));
    assert_eq!(manager.held_by(provider), [0_u64; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_can_be_a_hundred_thousand_objects_of_one_provider() {
    let (manager, provider) = provided().await;
    let counter = manager.create("Clicker", (7,)).await.unwrap();
    let mut children: Vec<Proxy> = Vec::new();
    for _ in 0..10 {
        children.extend(counter.call::<_, Vec<Proxy>>("spawn_children", (10_000,)).await.unwrap());
    }
    assert_eq!(manager.number_of_objects(), 100_000 + 2);
    // Each has a state of its own.
    for child in children.iter().step_by(9_999) {
        assert_eq!(child.call::<_, i64>("add", (child.id() as i64,)).await.unwrap(), 7 + child.id() as i64);
    }
    assert_eq!(counter.call::<_, i64>("count", ()).await.unwrap(), 7);
    // They are held by whatever holds them.
    let list: List<Proxy> = manager.list(children).unwrap();
    let one = list.get(50_000).unwrap();
    drop(list);
    assert_eq!(one.call::<_, i64>("add", (1,)).await.unwrap(), 8);
    drop((one, counter));
    only_the_provider_is_left(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_take_keywords_and_defaults_and_objects_of_others() {
    let (manager, provider) = provided().await;
    let counter = manager.create("Clicker", ()).await.unwrap();
    let list: List<i64> = manager.list([1, 2, 3]).unwrap();
    // Its own objects, foreign ones, and those in what it is given.
    let child: Proxy = counter.call("spawn_child", ()).await.unwrap();
    counter.call::<_, ()>("absorb", (&child,)).await.unwrap();
    assert_eq!(counter.call::<_, i64>("add_result", (&list, "__len__")).await.unwrap(), 3);
    assert_eq!(counter.call::<_, i64>("tally", (2, 5, 1, 1)).await.unwrap(), 15);
    counter.call::<_, ()>("hold", (BTreeMap::from([("child", &child), ("list", list.proxy())]),)).await.unwrap();
    assert_eq!((child.holders(), list.proxy().holders()), (2, 2));
    let held: Vec<BTreeMap<String, Proxy>> = counter.call("held", ()).await.unwrap();
    assert_eq!((&held[0]["child"], &held[0]["list"]), (&child, list.proxy()));
    drop(held);
    // What it fails with may hold objects, too.
    let Err(Error::Call(failed)) = counter.call::<_, ()>("fail_with", (&list,)).await else {
        panic!("it does not fail")
    };
    let Some(args) = &failed.args else { panic!("{failed}") };
    let Value::Tuple(args) = &**args else { panic!("{args:?}") };
    assert_eq!(args[..], [Value::Proxy(list.proxy().clone())]);
    drop((failed, child, counter));
    only_the_list_and_the_provider(&manager, &provider, &list).await;
    drop(list);
    only_the_provider_is_left(&manager, &provider).await;
}

async fn only_the_list_and_the_provider(manager: &Manager, provider: &Process, list: &List<i64>) {
    for _ in 0..3 {
        drop(manager.create("Clicker", ()).await.unwrap());
    }
    settle(manager).await;
    assert_exact(manager, &BTreeMap::from([(provider.id(), 2), (list.proxy().id(), 1)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_constructor_can_give_the_one_that_there_is() {
    let (manager, provider) = provided().await;
    let program = manager.program("counter").unwrap();
    let only = manager.create("Only", ()).await.unwrap();
    assert_eq!(manager.create("Only", ()).await.unwrap(), only);
    assert_eq!(only.call::<_, i64>("add", (5,)).await.unwrap(), 5);
    assert_eq!(only.holders(), 1);
    let rights = commonhold::Rights { methods: Some(Vec::new()), ..commonhold::Rights::all() };
    let bare = manager.create_with("Only", (), Some(&rights)).await.unwrap();
    let refused = bare.call::<_, i64>("add", (1,)).await;
    assert!(matches!(&refused, Err(Error::Call(error)) if error.kind == ErrorKind::NotExposed), "{refused:?}");
    // It goes with the last who has it.
    drop((only, bare));
    assert_eq!(manager.create("Only", ()).await.unwrap().call::<_, i64>("add", (1,)).await.unwrap(), 1);
    drop(program);
    only_the_provider_is_left(&manager, &provider).await;
}

/// The constructor succeeds, and nobody is there any more who wanted the object.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_provider_is_told_of_an_object_whose_creator_is_gone() {
    let (manager, provider) = provided().await;
    let counter = manager.create("Clicker", ()).await.unwrap();
    let child: Proxy = counter.call("spawn_child", ()).await.unwrap();
    let gate = manager.lock();
    let guard = gate.acquire().await.unwrap();
    let waiting = tokio::spawn({
        let (counter, gate) = (counter.clone(), gate.clone());
        async move { counter.call::<_, ()>("wait_for", (&gate,)).await }
    });
    while !manager.held_by(&provider).contains(&gate.proxy().id()) {
        tokio::task::yield_now().await;
    }
    let objects = manager.number_of_objects();
    let creates = tokio::spawn({
        let manager = manager.clone();
        async move { manager.create("Range", (vec![&child],)).await }
    });
    while manager.number_of_objects() == objects {
        tokio::task::yield_now().await;
    }
    creates.abort();
    assert!(creates.await.unwrap_err().is_cancelled());
    drop(guard);
    waiting.await.unwrap().unwrap();
    // The range is made, holds the child, and is let go of.
    drop((counter, gate));
    only_the_provider_is_left(&manager, &provider).await;
}
