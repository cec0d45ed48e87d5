//! The one who uses a provider's objects, and the provider, are stopped at each of their host calls.

use commonhold::{ErrorKind, Fault, List, Lock, Manager, Outcome, Process, Program, Proxy, Value};
use commonhold_tests::{assert_exact, guest, settle};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

/// Whom to stop, at which of its host calls, and what was seen of it.
#[derive(Default)]
struct Plan {
    /// Those who have made calls, in the order of their first ones.
    seen: Mutex<Vec<u64>>,
    /// Which of these it is.
    which: AtomicUsize,
    /// The call at which to stop it; 0 for none.
    stop_at: AtomicU64,
    kill: AtomicBool,
    /// How many calls it has made.
    calls: AtomicU64,
}

impl Plan {
    fn watched() -> (Arc<Self>, Manager) {
        let plan = Arc::new(Self::default());
        let hook = plan.clone();
        let decide = move |process, call| hook.decide(process, call);
        (plan, Manager::builder().output(false).fault_hook(Arc::new(decide)).build().unwrap())
    }

    /// Watches the one who is to make its first call so many others after those who are named here.
    fn watch(&self, known: &[u64], which: usize, stop_at: u64, kill: bool) {
        *self.seen.lock().unwrap() = known.to_vec();
        self.which.store(which, SeqCst);
        self.stop_at.store(stop_at, SeqCst);
        self.kill.store(kill, SeqCst);
        self.calls.store(0, SeqCst);
    }

    fn decide(&self, process: u64, call: u64) -> Fault {
        let place = {
            let mut seen = self.seen.lock().unwrap();
            seen.iter().position(|other| *other == process).unwrap_or_else(|| {
                seen.push(process);
                seen.len() - 1
            })
        };
        if place != self.which.load(SeqCst) {
            return Fault::None;
        }
        self.calls.store(call, SeqCst);
        match self.stop_at.load(SeqCst) {
            stop if stop != call => Fault::None,
            _ if self.kill.load(SeqCst) => Fault::Kill,
            _ => Fault::Trap,
        }
    }
}

/// The shared objects that the user works on.
struct Shared {
    list: List<Value>,
    lock: Lock,
}

impl Shared {
    fn new(manager: &Manager) -> Self {
        Self { list: manager.list([]).unwrap(), lock: manager.lock() }
    }

    fn start(&self, program: &Program, entry: &str) -> Process {
        program.spawn(entry, (&self.list, &self.lock)).unwrap()
    }

    fn held(&self) -> BTreeMap<u64, u32> {
        [self.list.proxy().id(), self.lock.proxy().id()].map(|id| (id, 1)).into()
    }
}

/// Whether it was stopped; it may have come to its end before a kill reached it.
fn was_stopped(outcome: &Outcome, kill: bool, what: &str) -> bool {
    match (outcome, kill) {
        (Outcome::Trapped(_), false) | (Outcome::Killed, true) => true,
        (Outcome::Returned(_), true) => false,
        other => panic!("{what}: {other:?}"),
    }
}

/// Has a provider do all that it was asked for before.
async fn catch_up(manager: &Manager) {
    // An object that it lets go of may hold one of its own.
    for _ in 0..3 {
        drop(manager.create("Clicker", ()).await.unwrap());
    }
    settle(manager).await;
}

async fn idle(manager: &Manager) {
    while manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    settle(manager).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_remains_of_one_who_uses_a_provider_wherever_it_is_stopped() {
    let (plan, manager) = Plan::watched();
    let program = manager.load(guest("counter")).await.unwrap();
    let provider = program.provide().await.unwrap();
    let only_provider = BTreeMap::from([(provider.id(), 2)]);

    plan.watch(&[provider.id()], 1, 0, false);
    let shared = Shared::new(&manager);
    let outcome = shared.start(&program, "scenario").outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    let calls = plan.calls.load(SeqCst);
    assert!(calls >= 40, "the scenario makes {calls} calls only");
    drop((outcome, shared));
    catch_up(&manager).await;
    assert_exact(&manager, &only_provider);

    for kill in [false, true] {
        let mut stopped = 0;
        for stop_at in 1..=calls {
            let what = format!("{} at call {stop_at} of {calls}", if kill { "killed" } else { "trapped" });
            plan.watch(&[provider.id()], 1, stop_at, kill);
            let shared = Shared::new(&manager);
            let process = shared.start(&program, "scenario");
            let outcome = process.outcome().await.unwrap();
            stopped += u64::from(was_stopped(&outcome, kill, &what));
            drop(outcome);
            // The call that it was in is finished.
            catch_up(&manager).await;
            let mut host = shared.held();
            host.extend(&only_provider);
            host.insert(process.id(), 1);
            assert_exact(&manager, &host);
            assert!(!shared.lock.is_locked().unwrap(), "{what}: the lock is still taken");
            drop((process, shared));
            catch_up(&manager).await;
            assert_exact(&manager, &only_provider);
            assert_eq!(manager.held_by(&provider), [0_u64; 0], "{what}");
        }
        assert!(stopped * 2 > calls, "it was stopped {stopped} times of {calls} only");
    }
    assert!(provider.is_alive());
}

/// How a user's scenario went: to its end, or it was told that there is no provider.
fn was_told(outcome: &Outcome, what: &str) -> bool {
    match outcome {
        Outcome::Returned(_) => false,
        // It came too late to create something.
        Outcome::Failed(error) if [ErrorKind::ProviderDied, ErrorKind::NoSuchType].contains(&error.kind) => true,
        other => panic!("{what}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_told_wherever_a_provider_is_stopped() {
    let (plan, manager) = Plan::watched();
    let program = manager.load(guest("counter")).await.unwrap();
    let mut calls = 0;
    for kill in [false, true] {
        let mut stopped = 0;
        // The first time it is not stopped.
        for stop_at in 0.. {
            let what = format!("{} at call {stop_at} of {calls}", if kill { "killed" } else { "trapped" });
            let provider = program.provide().await.unwrap();
            let kept = manager.create("Clicker", (1,)).await.unwrap();
            plan.watch(&[provider.id()], 0, stop_at, kill);
            let shared = Shared::new(&manager);
            let process = shared.start(&program, "scenario");
            let told = was_told(&process.outcome().await.unwrap(), &what);
            if stop_at == 0 {
                calls = plan.calls.load(SeqCst);
                assert!(calls >= 15, "the provider makes {calls} calls only");
                assert!(!told);
            } else if told || !provider.is_alive() {
                stopped += 1;
                assert!(was_stopped(&provider.outcome().await.unwrap(), kill, &what));
                tells_of_death(&kept, &what).await;
            }
            provider.kill().await.unwrap();
            drop((process, kept, provider));
            idle(&manager).await;
            // What is left in the list is broken, and can be let go of.
            assert!(!shared.lock.is_locked().unwrap() || told, "{what}");
            drop(shared);
            settle(&manager).await;
            assert_exact(&manager, &BTreeMap::new());
            if stop_at == calls {
                break;
            }
        }
        assert!(stopped * 2 > calls, "the provider was stopped {stopped} times of {calls} only");
    }
}

async fn tells_of_death(kept: &Proxy, what: &str) {
    match kept.call::<_, i64>("count", ()).await {
        Err(commonhold::Error::Call(error)) => assert_eq!(error.kind, ErrorKind::ProviderDied, "{what}"),
        other => panic!("{what}: {other:?}"),
    }
}

/// The starter and the provider that it has for itself are each stopped wherever they make a call, the start included.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_remains_of_a_provider_of_ones_own_whoever_is_stopped() {
    let (plan, manager) = Plan::watched();
    let program = manager.load(guest("counter")).await.unwrap();
    for which in [0, 1] {
        for kill in [false, true] {
            let (mut calls, mut stopped) = (0, 0);
            for stop_at in 0.. {
                let what = format!("number {which}, kill {kill}, at call {stop_at} of {calls}");
                plan.watch(&[], which, stop_at, kill);
                let shared = Shared::new(&manager);
                let process = shared.start(&program, "scenario_of_its_own");
                let outcome = process.outcome().await.unwrap();
                match (stop_at, which, &outcome) {
                    (0, _, Outcome::Returned(_)) => calls = plan.calls.load(SeqCst),
                    (0, ..) => panic!("{outcome:?}"),
                    (_, 0, _) => stopped += u64::from(was_stopped(&outcome, kill, &what)),
                    // It may have ended before it had described its types.
                    (_, _, Outcome::Failed(error)) if error.kind == ErrorKind::ProcessDied => stopped += 1,
                    _ => stopped += u64::from(was_told(&outcome, &what)),
                }
                drop(outcome);
                // Its provider has ended with it.
                assert_eq!(manager.number_of_processes(), 0, "{what}");
                settle(&manager).await;
                let mut host = shared.held();
                host.insert(process.id(), 1);
                assert_exact(&manager, &host);
                drop((process, shared));
                settle(&manager).await;
                assert_exact(&manager, &BTreeMap::new());
                if stop_at == calls {
                    break;
                }
            }
            assert!(calls >= 15 && stopped * 2 > calls, "number {which} was stopped {stopped} times of {calls} only");
        }
    }
}
