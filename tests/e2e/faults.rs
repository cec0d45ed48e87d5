//! A guest is stopped at its first, second, third ... host call, until it ends by itself. After each,
//! the books are exact, and nothing else was disturbed.

mod pools;
mod providers;
pub(crate) mod waiting;

use commonhold::{Dict, Fault, List, Lock, Manager, Outcome, Program, Value};
use commonhold_tests::{assert_exact, guest, javascript_guest, load_script, root, settle};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// What the fault hook is to do, and what it saw.
#[derive(Default)]
struct Plan {
    /// The process that is watched; 0 for none.
    process: AtomicU64,
    /// The call at which to stop it; 0 for none.
    stop_at: AtomicU64,
    kill: std::sync::atomic::AtomicBool,
    /// How many calls it has made.
    calls: AtomicU64,
    /// What the shared objects looked like before each call.
    trace: Mutex<Vec<String>>,
    look: Mutex<Option<Box<dyn Fn() -> String + Send>>>,
}

impl Plan {
    fn decide(&self, process: u64, call: u64) -> Fault {
        // The first to call is the one that was started; its child calls when it has.
        let _ = self.process.compare_exchange(0, process, Ordering::SeqCst, Ordering::SeqCst);
        if self.process.load(Ordering::SeqCst) != process {
            return Fault::None;
        }
        self.calls.store(call, Ordering::SeqCst);
        if let Some(look) = &*self.look.lock().unwrap() {
            self.trace.lock().unwrap().push(look());
        }
        match self.stop_at.load(Ordering::SeqCst) {
            stop if stop != call => Fault::None,
            _ if self.kill.load(Ordering::SeqCst) => Fault::Kill,
            _ => Fault::Trap,
        }
    }
}

/// The shared objects that the guest works on.
struct Shared {
    list: List<Value>,
    map: Dict<String, Value>,
    lock: Lock,
}

impl Shared {
    fn new(manager: &Manager) -> Self {
        Self { list: manager.list([]).unwrap(), map: manager.dict([]).unwrap(), lock: manager.lock() }
    }

    /// What they hold, without the numbers that differ from run to run.
    fn look(&self) -> String {
        let text = format!("{} {} {}", self.list, self.map, self.lock.is_locked().unwrap());
        let mut plain = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("0x") {
            plain.push_str(before);
            rest = after.trim_start_matches(|digit: char| digit.is_ascii_hexdigit());
        }
        plain + rest
    }

    fn held(&self) -> BTreeMap<u64, u32> {
        [self.list.proxy().id(), self.map.proxy().id(), self.lock.proxy().id()].map(|id| (id, 1)).into()
    }
}

async fn idle(manager: &Manager, but: usize) {
    while manager.number_of_processes() > but {
        tokio::task::yield_now().await;
    }
    settle(manager).await;
}

/// Stops the entry `scenario` of a program at each of its calls.
async fn stop_everywhere(plan: &Arc<Plan>, manager: &Manager, program: &Program) {
    // Somebody else, who must not notice anything.
    let other_list = manager.list([1, 2, 3]).unwrap();
    let other_lock = manager.lock();
    let other_guard = other_lock.acquire().await.unwrap();
    let host_of_others = BTreeMap::from([(other_list.proxy().id(), 1), (other_lock.proxy().id(), 2)]);

    // Undisturbed, and watched.
    let shared = Shared::new(manager);
    let (list, map, lock) = (shared.list.clone(), shared.map.clone(), shared.lock.clone());
    let watched = Shared { list, map, lock };
    *plan.look.lock().unwrap() = Some(Box::new(move || watched.look()));
    let process = program.spawn("scenario", (&shared.list, &shared.map, &shared.lock)).unwrap();
    let outcome = process.outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    drop((outcome, process));
    plan.look.lock().unwrap().take();
    let mut trace = std::mem::take(&mut *plan.trace.lock().unwrap());
    trace.push(shared.look());
    let calls = plan.calls.load(Ordering::SeqCst);
    assert!(calls >= 15, "the scenario makes {calls} calls only");
    drop(shared);

    for kill in [false, true] {
        let mut stopped = 0;
        for stop_at in 1..=calls {
            let shared = Shared::new(manager);
            plan.process.store(0, Ordering::SeqCst);
            plan.kill.store(kill, Ordering::SeqCst);
            plan.stop_at.store(stop_at, Ordering::SeqCst);
            let process = program.spawn("scenario", (&shared.list, &shared.map, &shared.lock)).unwrap();
            let outcome = process.outcome().await.unwrap();
            match (&outcome, kill) {
                (Outcome::Trapped(_), false) | (Outcome::Killed, true) => stopped += 1,
                // It may have come to its end before the kill reached it.
                (Outcome::Returned(_), true) => {}
                other => panic!("stopped at call {stop_at}: {other:?}"),
            }
            let dead = matches!(outcome, Outcome::Trapped(_) | Outcome::Killed);
            drop(outcome);
            let made = plan.calls.load(Ordering::SeqCst) as usize;
            // A child that it had started goes on to its own end.
            idle(manager, 0).await;
            plan.stop_at.store(0, Ordering::SeqCst);

            let what = format!("{} at call {stop_at} of {calls}", if kill { "killed" } else { "trapped" });
            let mut host = shared.held();
            host.extend(&host_of_others);
            host.insert(process.id(), 1);
            let census = assert_exact(manager, &host);
            if dead {
                assert!(!shared.lock.is_locked().unwrap(), "{what}: the lock is still taken");
            }
            // What is alive is held by the host, or by what is.
            for info in &census {
                let contained = census.iter().any(|other| other.contains.contains(&info.id));
                assert!(host.contains_key(&info.id) || contained, "{what}: {info:?} is held by nobody");
            }
            // What is shared is as it was when the guest made its last call, or, after a kill, when it
            // would have made the next one; but for the lock, which is released.
            let unlocked = |look: &str| look.replace("True", "False").replace(" true", " false");
            let after = if kill { made.min(trace.len() - 1) } else { made - 1 };
            let states = [&trace[made - 1], &trace[after]].map(|look| unlocked(look));
            let now = unlocked(&shared.look());
            assert!(states.contains(&now), "{what}, {made} made: it is {now}, not {states:?}");
            drop((process, shared));
            settle(manager).await;
            assert_exact(manager, &host_of_others);
        }
        assert!(stopped * 2 > calls, "the guest was stopped {stopped} times of {calls} only");
    }
    assert_eq!(other_list.to_string(), "[1, 2, 3]");
    assert!(other_lock.is_locked().unwrap());
    drop(other_guard);
}

fn watched_manager() -> (Arc<Plan>, Manager) {
    let plan = Arc::new(Plan::default());
    let hook = plan.clone();
    let decide = move |process, call| hook.decide(process, call);
    (plan, Manager::builder().output(false).fault_hook(Arc::new(decide)).build().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_remains_of_a_rust_guest_wherever_it_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = manager.load(guest("shadow")).await.unwrap();
    stop_everywhere(&plan, &manager, &program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_remains_of_a_javascript_guest_wherever_it_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = manager.load(javascript_guest("basics")).await.unwrap();
    stop_everywhere(&plan, &manager, &program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_remains_of_a_python_guest_wherever_it_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = load_script(&manager, root().join("tests/programs/python/scenario.py")).await;
    stop_everywhere(&plan, &manager, &program).await;
}
