//! Types that a guest in JavaScript implements, used by guests in other languages and by the host.

use commonhold::{Error, ErrorKind, Iter, Lock, Manager, Process, Proxy};
use commonhold_tests::{assert_exact, javascript_guest, load, load_script, manager, root, settle};
use std::collections::BTreeMap;

fn kind(error: &Error) -> ErrorKind {
    match error {
        Error::Call(error) => error.kind,
        other => panic!("{other}"),
    }
}

async fn provide(manager: &Manager) -> Process {
    manager.load(javascript_guest("counter")).await.unwrap().provide().await.unwrap()
}

/// Nothing is left but the provider, which is held here and by its running.
async fn assert_nothing_remains(manager: &Manager, provider: &Process) {
    settle(manager).await;
    assert_exact(manager, &BTreeMap::from([(provider.id(), 2)]));
}

/// The client is the one of the provider in Rust.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_is_created_called_passed_on_printed_copied_and_released() {
    let manager = manager();
    let provider = provide(&manager).await;
    let client = load(&manager, "basics").await;
    let checks: u64 = client.spawn("counting", ()).unwrap().join().await.unwrap();
    assert!(checks > 10, "the client has made {checks} checks");
    assert_nothing_remains(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_class_yields_is_drawn_in_every_language() {
    let manager = manager();
    let provider = provide(&manager).await;
    let countdown = async |from: u64| manager.create("Countdown", (from,)).await.unwrap();
    let range = manager.create("Range", (3,)).await.unwrap();
    let clicker = manager.create("Clicker", (3,)).await.unwrap();
    let generator: Proxy = clicker.call("numbers", ()).await.unwrap();
    assert_eq!(generator.typeid(), "Clicker_iterator");
    let iter = Iter::<u64>::over(&range).await.unwrap();
    assert_eq!(iter.next_many(9).await.unwrap(), [2]);
    assert_eq!((iter.next().await.unwrap(), iter.next().await.unwrap()), (Some(1), Some(0)));
    assert_eq!((iter.next().await.unwrap(), iter.next().await.unwrap()), (None, None));

    let rust = load(&manager, "counter").await;
    let over_countdown = Iter::<u64>::over(&countdown(3).await).await.unwrap();
    let drawn: Vec<u64> = rust.spawn("draws", (&over_countdown,)).unwrap().join().await.unwrap();
    assert_eq!(drawn, [2, 1, 0]);
    let python = load_script(&manager, root().join("tests/programs/python/iterating.py")).await;
    let drawn: Vec<u64> = python.spawn("draws", (&range,)).unwrap().join().await.unwrap();
    assert_eq!(drawn, [2, 1, 0]);
    let javascript = manager.load(javascript_guest("counter")).await.unwrap();
    let drawn: Vec<u64> = javascript.spawn("draws", (&range,)).unwrap().join().await.unwrap();
    assert_eq!(drawn, [2, 1, 0]);
    let list = manager.list::<u64>([]).unwrap();
    list.proxy().call::<_, ()>("extend", (&generator,)).await.unwrap();
    assert_eq!(list.to_vec().unwrap(), [0, 1, 2]);

    // What is given to be gone over is held until the object is gone that does so.
    let over_list = manager.create("Range", (&list,)).await.unwrap();
    assert_eq!(Iter::<u64>::over(&over_list).await.unwrap().next_many(9).await.unwrap(), [0, 1, 2]);
    drop((iter, over_countdown, range, clicker, generator, list, over_list));
    // The provider comes to know of that before it answers.
    drop(manager.create("Clicker", ()).await.unwrap());
    assert_nothing_remains(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_uses_a_class_as_any_other_type() {
    let manager = manager();
    let provider = provide(&manager).await;
    let python = load_script(&manager, root().join("tests/programs/python/clicking.py")).await;
    let checks: u64 = python.spawn("clicking", ()).unwrap().join().await.unwrap();
    assert!(checks > 10, "the client has made {checks} checks");
    drop(manager.create("Clicker", ()).await.unwrap());
    assert_nothing_remains(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_may_wait_and_hold_nothing_of_what_they_were_given() {
    let manager = manager();
    let provider = provide(&manager).await;
    let clicker = manager.create("Clicker", (5,)).await.unwrap();
    assert_eq!(clicker.call::<_, i64>("later", (1,)).await.unwrap(), 6);
    let gate: Lock = manager.lock();
    clicker.call::<_, ()>("wait_for", (&gate,)).await.unwrap();
    // What it was given is not held any longer.
    assert_eq!(gate.proxy().holders(), 1);
    let reader: Proxy = clicker.call("reader", ()).await.unwrap();
    assert_eq!(reader, clicker);
    assert_eq!(reader.call::<_, i64>("count", ()).await.unwrap(), 5);
    assert_eq!(kind(&reader.call::<_, i64>("add", (1,)).await.unwrap_err()), ErrorKind::NotExposed);
    drop((clicker, reader, gate));
    assert_nothing_remains(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_constructor_may_give_an_object_that_there_is_already() {
    let manager = manager();
    let provider = provide(&manager).await;
    let first = manager.create("Only", ()).await.unwrap();
    let second = manager.create("Only", ()).await.unwrap();
    assert_eq!((&first, first.holders()), (&second, 2));
    assert_eq!(second.call::<_, i64>("count", ()).await.unwrap(), 2);
    drop((first, second));
    settle(&manager).await;
    // Its state is still the program's, though nobody holds an object of it.
    let third = manager.create("Only", ()).await.unwrap();
    assert_eq!(third.call::<_, i64>("count", ()).await.unwrap(), 3);
    drop(third);
    assert_nothing_remains(&manager, &provider).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_starts_a_provider_for_itself_and_is_told_why_it_cannot() {
    let manager = manager();
    let program = manager.load(javascript_guest("counter")).await.unwrap();
    assert_eq!(program.spawn("starts", ()).unwrap().join::<i64>().await.unwrap(), 0);
    assert_eq!(program.spawn("starts", ("start at", 8)).unwrap().join::<i64>().await.unwrap(), 8);
    let Error::Call(failed) = program.spawn("starts", ("fail",)).unwrap().join::<i64>().await.unwrap_err() else {
        panic!("it starts");
    };
    assert_eq!((failed.kind, &*failed.type_name), (ErrorKind::Custom, "StartError"));
    assert_eq!(failed.message, "this provider does not start");
    assert!(failed.args.is_some_and(|args| commonhold::to_text(&args).unwrap() == "('no start',)"));
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_traps_or_exits_is_told_as_such() {
    let manager = manager();
    for (method, words) in [("crash", "has died: "), ("exit", "exited with status 3")] {
        let provider = provide(&manager).await;
        let clicker = manager.create("Clicker", ()).await.unwrap();
        let died = match method {
            "exit" => clicker.call::<_, ()>(method, (3,)).await.unwrap_err(),
            _ => clicker.call::<_, ()>(method, ()).await.unwrap_err(),
        };
        assert_eq!(kind(&died), ErrorKind::ProviderDied, "{died}");
        assert!(died.to_string().contains(words), "{died}");
        provider.outcome().await.unwrap();
        assert_eq!(kind(&clicker.call::<_, ()>("count", ()).await.unwrap_err()), ErrorKind::ProviderDied);
        drop((provider, clicker));
        settle(&manager).await;
        assert_exact(&manager, &BTreeMap::new());
    }
}
