//! Providers that are started again when they have died.

use crate::wat::{Process, Provider};
use commonhold::{
    CallError, Error, ErrorKind, Limits, Manager, NameGrants, Outcome, Program, ProvideOptions, Proxy, Value,
};
use commonhold_tests::{assert_exact, load, manager, settle};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

fn restarting() -> ProvideOptions {
    ProvideOptions::new().restart(true)
}

async fn provide(manager: &Manager, provider: &Provider) -> commonhold::Provider {
    let program = manager.load_bytes("provider", provider.component(), []).await.unwrap();
    program.provide_with(restarting()).await.unwrap()
}

fn error<T: std::fmt::Debug>(result: Result<T, Error>) -> CallError {
    match result {
        Err(Error::Call(error)) => error,
        other => panic!("{other:?}"),
    }
}

async fn act(thing: &Proxy) -> Result<(), Error> {
    thing.call("act", ()).await
}

/// Creates a thing, of which the type's name is at 1024, without arguments and with all rights.
const CREATE_THING: &str = "(call $manager.create (i32.const 1024) (i32.const 5)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128))";

/// More objects than providers here look for, by which the host tells them what to do.
struct Signal {
    objects: Vec<commonhold::Event>,
}

impl Signal {
    /// Whether it is given, for a provider.
    const IS_GIVEN: &str = "(i64.ge_u (call $manager.number-of-objects) (i64.const 100))";

    fn give(manager: &Manager) -> Self {
        Self { objects: (0..100).map(|_| manager.event()).collect() }
    }

    fn take_back(self) {
        drop(self.objects);
    }
}

/// Nothing remains of a provider that has ended, and of its types.
async fn has_gone(manager: &Manager, provider: commonhold::Provider, things: Vec<Proxy>) {
    assert!(provider.process().is_none());
    assert_eq!(manager.number_of_processes(), 0);
    assert_eq!(error(manager.create("Thing", ()).await).kind, ErrorKind::NoSuchType);
    drop((provider, things));
    settle(manager).await;
    assert_exact(manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_traps_is_started_again_for_new_objects() {
    let manager = manager();
    let provider = load(&manager, "counter").await.provide_with(restarting()).await.unwrap();
    let mut old = Vec::new();
    for restarts in 0..10 {
        assert_eq!(provider.number_of_restarts(), restarts);
        let counter = manager.create("Clicker", (5,)).await.unwrap();
        assert_eq!(counter.call::<_, i64>("add", (1,)).await.unwrap(), 6);
        let crash = error(counter.call::<_, ()>("crash", ()).await);
        assert_eq!(crash.kind, ErrorKind::ProviderDied, "{crash}");
        // Whoever comes to know of it can create another one.
        let next = manager.create("Clicker", ()).await.unwrap();
        assert_eq!(next.call::<_, i64>("count", ()).await.unwrap(), 0);
        old.push(counter);
    }
    // Those that are broken stay so, each with what its own provider has died of.
    for counter in &old {
        let broken = error(counter.call::<_, i64>("count", ()).await);
        assert_eq!(broken.kind, ErrorKind::ProviderDied);
        assert!(broken.message.contains("a counter has crashed"), "{broken}");
        assert!(broken.traceback.is_some_and(|it| it.contains("counter.wasm!")));
    }
    // They are none of the new provider's, which has no state for them.
    let counter = manager.create("Clicker", ()).await.unwrap();
    let foreign = error(counter.call::<_, ()>("absorb", (&old[0],)).await);
    assert_eq!(foreign.kind, ErrorKind::Type, "{foreign}");
    assert_eq!(manager.number_of_processes(), 1);
    let process = provider.process().unwrap();
    drop((old, counter));
    drop(manager.create("Clicker", ()).await.unwrap());
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::from([(process.id(), 2)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_exceeds_a_limit_is_started_again() {
    let mut limits = Limits::default();
    limits.fuel = Some(100_000_000);
    let manager = Manager::builder().output(false).build().unwrap();
    let program = load(&manager, "counter").await;
    let provider = program.provide_with(restarting().limits(limits)).await.unwrap();
    let counter = manager.create("Clicker", ()).await.unwrap();
    assert_eq!(error(counter.call::<_, ()>("spin", ()).await).kind, ErrorKind::ProviderDied);
    let counter = manager.create("Clicker", (7,)).await.unwrap();
    assert_eq!(counter.call::<_, i64>("count", ()).await.unwrap(), 7);
    assert_eq!(provider.number_of_restarts(), 1);
    drop(counter);
    provider.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_was_killed_or_has_exited_is_not_started_again() {
    for how in ["process", "provider", "exit", "shutdown"] {
        let manager = manager();
        let provider = load(&manager, "counter").await.provide_with(restarting()).await.unwrap();
        let counter = manager.create("Clicker", ()).await.unwrap();
        match how {
            "process" => provider.process().unwrap().kill().await.unwrap(),
            "provider" => provider.kill().await.unwrap(),
            "exit" => drop(error(counter.call::<_, ()>("exit", (3,)).await)),
            _ => manager.shutdown().await,
        }
        match (how, provider.outcome().await.unwrap()) {
            ("exit", Outcome::Exited(3)) | ("process" | "provider" | "shutdown", Outcome::Killed) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(provider.number_of_restarts(), 0);
        assert_eq!(error(counter.call::<_, i64>("count", ()).await).kind, ErrorKind::ProviderDied);
        assert_eq!(error(manager.create("Clicker", ()).await).kind, ErrorKind::NoSuchType);
        has_gone(&manager, provider, vec![counter]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_of_no_use_is_given_up() {
    // It dies at the first thing that it is asked for.
    let manager = manager();
    let provider = provide(&manager, &Provider::new().construct("(unreachable)")).await;
    for _ in 0..5 {
        assert_eq!(error(manager.create("Thing", ()).await).kind, ErrorKind::ProviderDied);
    }
    let Outcome::Trapped(trap) = provider.outcome().await.unwrap() else { panic!("it did not trap") };
    assert!(trap.message.contains("unreachable"), "{trap}");
    assert_eq!(provider.number_of_restarts(), 4);
    has_gone(&manager, provider, Vec::new()).await;

    // It dies when it is to describe its types, but not the first time.
    let manager = self::manager();
    let described = Provider::new().call("(unreachable)");
    let describe = format!("(if {} (then (unreachable))) {}", Signal::IS_GIVEN, described.described());
    let provider = provide(&manager, &described.describe(&describe)).await;
    let thing = manager.create("Thing", ()).await.unwrap();
    let signal = Signal::give(&manager);
    assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
    // Whoever wants to create one meanwhile is told, and so is whoever comes later.
    let kind = error(manager.create("Thing", ()).await).kind;
    assert!([ErrorKind::ProviderDied, ErrorKind::NoSuchType].contains(&kind), "{kind:?}");
    assert!(matches!(provider.outcome().await.unwrap(), Outcome::Trapped(_)));
    assert_eq!(provider.number_of_restarts(), 5);
    signal.take_back();
    has_gone(&manager, provider, vec![thing]).await;
}

/// Nobody asks it for anything: it has something to release from the beginning.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_dies_of_releasing_what_it_began_with_is_given_up() {
    let manager = manager();
    let described = Provider::new().release("(unreachable)").data(1024, "Inner");
    let describe = format!(
        "(call $provider-host.expose (i32.const 1024) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 128))
         (if (i32.load8_u (i32.const 128)) (then (unreachable)))
         (call $provider-host.adopt (i32.const 1024) (i32.const 5) (i32.const 128))
         (call $proxy.drop (call $handle (i32.const 128)))
         {}",
        described.described()
    );
    let provider = provide(&manager, &described.describe(&describe)).await;
    let mut ends = Box::pin(provider.outcome());
    let outcome = loop {
        if let Some(outcome) = poll_once(&mut ends).await {
            break outcome.unwrap();
        }
        assert!(provider.number_of_restarts() <= 4, "it is started again for ever");
        tokio::task::yield_now().await;
    };
    drop(ends);
    let Outcome::Trapped(trap) = outcome else { panic!("it did not trap: {outcome:?}") };
    assert!(trap.message.contains("unreachable"), "{trap}");
    assert_eq!(provider.number_of_restarts(), 4);
    has_gone(&manager, provider, Vec::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_describes_other_types_than_before_is_refused() {
    let types = Provider::new().described();
    // The type's record, and that of its first method.
    let thing = format!("(i32.load offset=8 {types})");
    let method = format!("(i32.load offset=16 {thing})");
    for change in [
        // The second method is left out: how many there are is beside where they are.
        format!("(i32.store offset=20 {thing} (i32.const 1))"),
        // The first method leaves the object as it was.
        format!("(i32.store8 offset=16 {method} (i32.const 1))"),
        // It cannot be created by its name.
        format!("(i32.store8 offset=24 {thing} (i32.const 0))"),
    ] {
        let manager = manager();
        let describe = format!("(if {} (then {change})) {types}", Signal::IS_GIVEN);
        let provider = provide(&manager, &Provider::new().call("(unreachable)").describe(&describe)).await;
        let thing = manager.create("Thing", ()).await.unwrap();
        let signal = Signal::give(&manager);
        assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
        let kind = error(manager.create("Thing", ()).await).kind;
        assert!([ErrorKind::ProviderDied, ErrorKind::NoSuchType].contains(&kind), "{change}: {kind:?}");
        let Outcome::Failed(refused) = provider.outcome().await.unwrap() else { panic!("not refused: {change}") };
        assert_eq!(refused.kind, ErrorKind::Type);
        let expected = "the provider provider:provider, started again, describes other types than before";
        assert_eq!(refused.message, expected);
        assert_eq!(provider.number_of_restarts(), 1);
        signal.take_back();
        has_gone(&manager, provider, vec![thing]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_started_again_has_the_limits_and_the_names_of_the_first() {
    let manager = manager();
    let list = manager.list([1]).unwrap();
    manager.publish("list", list.proxy()).unwrap();
    // `act` traps, and `keep` looks the name up.
    let provider = Provider::new().data(1024, "list").call(
        "(if (i32.eq (local.get $length) (i32.const 3)) (then (unreachable)))
         (call $names.look-up (i32.const 1024) (i32.const 4) (i32.const 128))
         (if (i32.load8_u (i32.const 128)) (then (return (i32.const 128))))
         (call $proxy.drop (i32.load (i32.const 136)))
         (call $null)",
    );
    let program = manager.load_bytes("provider", provider.component(), []).await.unwrap();
    program.grant_names(NameGrants::new().look_up("list"));
    let mut limits = Limits::default();
    limits.value_bytes = 1000;
    let provider = program.provide_with(restarting().limits(limits)).await.unwrap();
    for restarts in 0..3 {
        let thing = manager.create("Thing", ()).await.unwrap();
        assert_eq!(provider.number_of_restarts(), restarts);
        thing.call::<_, ()>("keep", ()).await.unwrap();
        thing.call::<_, ()>("keep", (Value::Bytes(vec![0; 1000]),)).await.unwrap();
        let refused = error(thing.call::<_, ()>("keep", (Value::Bytes(vec![0; 1001]),)).await);
        let told = (refused.kind, refused.message.as_str());
        assert_eq!(told, (ErrorKind::QuotaExceeded, "a value can take 1000 bytes at most"));
        assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
    }
    provider.kill().await.unwrap();
    manager.withdraw("list").unwrap();
    drop(list);
    has_gone(&manager, provider, Vec::new()).await;
}

/// Why a process cannot be started, if it cannot.
fn refusal(spawned: Result<commonhold::Process, Error>) -> Option<ErrorKind> {
    match spawned {
        Err(Error::Call(error)) => Some(error.kind),
        Err(other) => panic!("{other}"),
        Ok(_) => None,
    }
}

/// Starts a process at the very moment that it is woken.
struct Spawns {
    program: Program,
    refusals: Mutex<Vec<Option<ErrorKind>>>,
}

impl Wake for Spawns {
    fn wake(self: Arc<Self>) {
        let refusal = refusal(self.program.spawn("main", ()));
        self.refusals.lock().unwrap().push(refusal);
    }
}

/// A manager of one process, which is a provider that traps when it is called, an object of its, and another program.
async fn alone() -> (Manager, commonhold::Provider, Proxy, Program) {
    let manager = Manager::builder().output(false).max_processes(1).build().unwrap();
    let other = manager.load_bytes("other", Process::new("(call $null)").component(), []).await.unwrap();
    let provider = provide(&manager, &Provider::new().call("(unreachable)")).await;
    let thing = manager.create("Thing", ()).await.unwrap();
    (manager, provider, thing, other)
}

/// Whoever has it die could take its place otherwise, and then nobody would provide its types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_started_again_has_the_place_of_the_one_before() {
    let (manager, provider, thing, other) = alone().await;
    assert_eq!(refusal(other.spawn("main", ())), Some(ErrorKind::QuotaExceeded));
    // One comes first of all: where the end of the process is told, which is before the next one is started.
    let spawns = Arc::new(Spawns { program: other.clone(), refusals: Mutex::default() });
    let waker = Waker::from(spawns.clone());
    let process = provider.process().unwrap();
    let mut end = Box::pin(process.outcome());
    assert!(end.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());

    assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
    assert_eq!(refusal(other.spawn("main", ())), Some(ErrorKind::QuotaExceeded));
    let next = manager.create("Thing", ()).await.unwrap();
    assert_eq!(provider.number_of_restarts(), 1);
    assert_eq!(*spawns.refusals.lock().unwrap(), [Some(ErrorKind::QuotaExceeded)]);
    assert!(matches!(end.await.unwrap(), Outcome::Trapped(_)));
    assert_eq!(manager.number_of_processes(), 1);
    assert_eq!(refusal(other.spawn("main", ())), Some(ErrorKind::QuotaExceeded));

    // It is free when there will be no other provider.
    provider.kill().await.unwrap();
    assert_eq!(manager.number_of_processes(), 0);
    other.spawn("main", ()).unwrap().join::<()>().await.unwrap();
    drop(process);
    has_gone(&manager, provider, vec![thing, next]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_place_of_a_provider_that_has_died_is_free_when_no_other_is_wanted() {
    for shuts_down in [false, true] {
        let (manager, provider, thing, _) = alone().await;
        assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
        if shuts_down {
            manager.shutdown().await;
        } else {
            provider.kill().await.unwrap();
        }
        assert_eq!(manager.number_of_processes(), 0);
        // The next one may have been there already, and was killed then.
        let outcome = provider.outcome().await.unwrap();
        assert!(matches!(outcome, Outcome::Trapped(_) | Outcome::Killed), "{outcome:?}");
        has_gone(&manager, provider, vec![thing]).await;
    }
}

/// It is at describing its types as long as the signal is given, and traps when it is called.
async fn slow(manager: &Manager) -> (commonhold::Provider, Proxy) {
    let described = Provider::new().call("(unreachable)");
    let describe = format!("(loop $again (br_if $again {})) {}", Signal::IS_GIVEN, described.described());
    let provider = provide(manager, &described.describe(&describe)).await;
    (provider, manager.create("Thing", ()).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_creates_an_object_meanwhile_waits() {
    let manager = manager();
    let (provider, thing) = slow(&manager).await;
    let creates = Process::new(format!("{CREATE_THING} (call $note (i32.const 128)) (call $notes)"));
    let creates = manager.load_bytes("creates", creates.data(1024, "Thing").component(), []).await.unwrap();
    let signal = Signal::give(&manager);
    assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
    let processes = [(); 3].map(|()| creates.spawn("main", ()).unwrap());
    let waits = |id| manager.census().into_iter().any(|info| info.id == id && !info.waits_for.is_empty());
    for process in &processes {
        while !waits(process.id()) {
            tokio::task::yield_now().await;
        }
    }
    // One of them is killed while it waits, which the others do not notice.
    processes[0].kill().await.unwrap();
    signal.take_back();
    for process in &processes[1..] {
        assert_eq!(process.join::<Value>().await.unwrap(), Value::Bytes(vec![255]));
    }
    assert_eq!(provider.number_of_restarts(), 1);
    drop(processes);
    provider.kill().await.unwrap();
    has_gone(&manager, provider, vec![thing]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_is_being_started_again_can_be_ended() {
    for shuts_down in [false, true] {
        let manager = manager();
        let (provider, thing) = slow(&manager).await;
        let signal = Signal::give(&manager);
        assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
        let creates = tokio::spawn({
            let manager = manager.clone();
            async move { manager.create("Thing", ()).await }
        });
        while provider.number_of_restarts() == 0 {
            tokio::task::yield_now().await;
        }
        if shuts_down {
            manager.shutdown().await;
        } else {
            provider.kill().await.unwrap();
        }
        let refused = error(creates.await.unwrap()).kind;
        assert!([ErrorKind::ProviderDied, ErrorKind::NoSuchType].contains(&refused), "{refused:?}");
        assert!(matches!(provider.outcome().await.unwrap(), Outcome::Killed));
        signal.take_back();
        has_gone(&manager, provider, vec![thing]).await;
    }
}

/// It would wait for itself to have described its types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_creates_an_object_of_its_own_while_it_starts_gets_an_error() {
    let manager = manager();
    let described = Provider::new().call("(unreachable)").data(1024, "Thing");
    let describe = format!(
        "(if {} (then
             {CREATE_THING}
             (return (i32.const 128)))) {}",
        Signal::IS_GIVEN,
        described.described()
    );
    let provider = provide(&manager, &described.describe(&describe)).await;
    let thing = manager.create("Thing", ()).await.unwrap();
    let signal = Signal::give(&manager);
    assert_eq!(error(act(&thing).await).kind, ErrorKind::ProviderDied);
    let Outcome::Failed(refused) = provider.outcome().await.unwrap() else { panic!("it got no error") };
    assert_eq!(refused.kind, ErrorKind::Deadlock, "{refused}");
    signal.take_back();
    has_gone(&manager, provider, vec![thing]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_for_a_provider_whose_start_was_given_up() {
    let manager = manager();
    let described = Provider::new();
    let describe = format!("(loop $again (br_if $again {})) {}", Signal::IS_GIVEN, described.described());
    let program = manager.load_bytes("provider", described.describe(&describe).component(), []).await.unwrap();
    let signal = Signal::give(&manager);
    {
        let mut starting = Box::pin(program.provide_with(restarting()));
        // It is polled until the process is there.
        while manager.number_of_processes() == 0 {
            assert!(poll_once(&mut starting).await.is_none());
        }
    }
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    signal.take_back();
    assert_eq!(error(manager.create("Thing", ()).await).kind, ErrorKind::NoSuchType);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

/// Polls once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}
