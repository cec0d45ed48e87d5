//! Providers that guests start for themselves.

use commonhold::{Error, ErrorKind, List, Manager, Outcome, Program, Proxy};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;

async fn counter() -> (Manager, Program) {
    let manager = manager();
    let program = load(&manager, "counter").await;
    (manager, program)
}

fn error(result: Result<i64, Error>) -> commonhold::CallError {
    match result {
        Err(Error::Call(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Waits until no process is left, and checks that nothing else is.
async fn nothing_is_left(manager: &Manager) {
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    settle(manager).await;
    assert_exact(manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_starts_a_provider_whose_types_are_known_through_its_proxy_alone() {
    let (manager, program) = counter().await;
    program.spawn("uses_its_own", ()).unwrap().join::<()>().await.unwrap();
    let unknown = manager.create("Clicker", ()).await.unwrap_err();
    assert!(matches!(unknown, Error::Call(error) if error.kind == ErrorKind::NoSuchType));
    nothing_is_left(&manager).await;
    // It meets nobody else's types.
    let public = program.provide().await.unwrap();
    program.spawn("uses_its_own", ()).unwrap().join::<()>().await.unwrap();
    let [one, other] = [8, 9].map(|start| program.spawn("starts", ("start at", start)).unwrap());
    assert_eq!((one.join::<i64>().await.unwrap(), other.join::<i64>().await.unwrap()), (8, 9));
    let counter = manager.create("Clicker", ()).await.unwrap();
    assert_eq!(counter.call::<_, i64>("count", ()).await.unwrap(), 0);
    public.kill().await.unwrap();
    drop((one, other, counter, public));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_ends_with_who_started_it_and_its_objects_say_so() {
    for kills in [false, true] {
        let (manager, program) = counter().await;
        let given: List<Proxy> = manager.list([]).unwrap();
        let gate = manager.lock();
        let guard = gate.acquire().await.unwrap();
        let starter = program.spawn("keeps_one", (&given, &gate)).unwrap();
        while given.len().unwrap() < 2 {
            tokio::task::yield_now().await;
        }
        let (provider, counter): (Proxy, Proxy) = (given.get(0).unwrap(), given.get(1).unwrap());
        assert_eq!(manager.number_of_processes(), 2);
        assert_eq!(provider.call::<_, String>("name", ()).await.unwrap(), "counter:provider");
        assert_eq!(counter.call::<_, i64>("add", (1,)).await.unwrap(), 41);
        assert_eq!(program.spawn("creates", (&provider,)).unwrap().join::<i64>().await.unwrap(), 42);
        if kills {
            starter.kill().await.unwrap();
        }
        drop(guard);
        if !kills {
            starter.join::<()>().await.unwrap();
        }
        assert_eq!(manager.number_of_processes(), 0);
        let dead = counter.call::<_, i64>("count", ()).await;
        assert_eq!(error(dead).kind, ErrorKind::ProviderDied);
        let dead = program.spawn("creates", (&provider,)).unwrap().join::<i64>().await;
        assert_eq!(error(dead).kind, ErrorKind::ProviderDied);
        drop((provider, counter, given, gate, starter));
        nothing_is_left(&manager).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_does_not_start_says_why() {
    let (manager, program) = counter().await;
    let _basics = load(&manager, "basics").await;
    let start = async |what: &str| error(program.spawn("starts", (what,)).unwrap().join::<i64>().await);

    let failed = start("fail").await;
    assert_eq!((failed.kind, &*failed.type_name), (ErrorKind::Custom, "StartError"));
    assert_eq!(failed.message, "this provider does not start");
    assert!(failed.args.is_some_and(|args| commonhold::to_text(&args).unwrap() == "('no start',)"));
    nothing_is_left(&manager).await;

    let crashed = start("crash").await;
    assert_eq!(crashed.kind, ErrorKind::ProcessDied);
    assert!(crashed.message.starts_with("it ended before it had described its types: trapped: "), "{crashed}");
    assert!(crashed.message.contains("a provider has crashed"), "{crashed}");
    assert!(crashed.traceback.is_some_and(|it| it.contains("counter.wasm!")));
    let exited = start("exit").await;
    assert!(exited.message.ends_with("exited with status 3"), "{exited}");
    assert_eq!(start("create").await.kind, ErrorKind::NoSuchType);
    assert_eq!(start("fly").await.message, "this provider cannot fly");
    let too_many = program.spawn("starts", ("fail", 1, 2)).unwrap().join::<i64>().await;
    assert_eq!(error(too_many).message, "begins() takes 2 arguments but 3 were given");

    for (program_of, kind) in [("none", ErrorKind::NoSuchName), ("basics", ErrorKind::NoSuchType)] {
        let process = program.spawn("starts_another", (program_of,)).unwrap();
        let Outcome::Failed(error) = process.outcome().await.unwrap() else { panic!("it starts") };
        assert_eq!(error.kind, kind, "{error}");
    }
    let daemon = program.spawn("starts_as_daemon", ()).unwrap().join::<i64>().await;
    assert_eq!(error(daemon).kind, ErrorKind::Assertion);
    nothing_is_left(&manager).await;
}

/// It would wait for the one who waits for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_waits_for_who_starts_it_gets_an_error() {
    let (manager, program) = counter().await;
    let starter = program.spawn("starts_with_itself", ()).unwrap();
    let refused = error(starter.join::<i64>().await);
    assert_eq!(refused.kind, ErrorKind::Deadlock, "{refused}");
    assert!(refused.message.contains("which waits for an answer of counter:provider at"), "{refused}");
    drop(starter);
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_ends_with_who_is_killed_while_it_starts() {
    let (manager, program) = counter().await;
    let list: List<bool> = manager.list([]).unwrap();
    let starter = program.spawn("starts", ("say so and spin", &list)).unwrap();
    while list.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    starter.kill().await.unwrap();
    assert_eq!(manager.number_of_processes(), 0);
    drop((list, starter));
    nothing_is_left(&manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_is_one_of_the_processes() {
    let manager = Manager::builder().output(false).max_processes(1).build().unwrap();
    let program = load(&manager, "counter").await;
    let starter = program.spawn("starts", ()).unwrap();
    assert_eq!(error(starter.join::<i64>().await).kind, ErrorKind::QuotaExceeded);
    drop(starter);
    nothing_is_left(&manager).await;
}
