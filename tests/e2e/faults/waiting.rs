//! The same for those who wait: with whatever is made for it, alone and beside somebody who waits for the same thing.

use super::*;
use commonhold::{Barrier, Condition, Event, Process, Proxy, Queue, RLock, Semaphore};

/// One of everything that is made for waiting.
struct Things {
    rlock: RLock,
    semaphore: Semaphore,
    bounded: Semaphore,
    condition: Condition,
    event: Event,
    barrier: Barrier,
    numbers: Queue<i64>,
    jobs: Queue<i64>,
}

impl Things {
    fn new(manager: &Manager) -> Self {
        Self {
            rlock: manager.rlock(),
            semaphore: manager.semaphore(2).unwrap(),
            bounded: manager.bounded_semaphore(1).unwrap(),
            condition: manager.condition(None).unwrap(),
            event: manager.event(),
            barrier: manager.barrier(1, None).unwrap(),
            numbers: manager.queue(None),
            jobs: manager.joinable_queue(None),
        }
    }

    fn start(&self, program: &Program) -> Process {
        let Self { rlock, semaphore, bounded, condition, event, barrier, numbers, jobs } = self;
        program.spawn("uses_all", (rlock, semaphore, bounded, condition, event, barrier, numbers, jobs)).unwrap()
    }

    fn proxies(&self) -> [&Proxy; 8] {
        [
            self.rlock.proxy(),
            self.semaphore.proxy(),
            self.bounded.proxy(),
            self.condition.proxy(),
            self.event.proxy(),
            self.barrier.proxy(),
            self.numbers.proxy(),
            self.jobs.proxy(),
        ]
    }

    /// What nobody's death changes.
    fn look(&self) -> String {
        let lengths = [&self.numbers, &self.jobs].map(|queue| queue.len().unwrap());
        format!("{:?} {:?} {:?}", self.event.is_set(), self.barrier.is_broken(), lengths)
    }

    /// What was taken is given back, and what was not acknowledged counts as done.
    async fn are_free(&self, what: &str) {
        let taken = (self.rlock.is_locked().unwrap(), self.condition.is_locked().unwrap());
        assert_eq!(taken, (false, false), "{what}");
        let permits = [&self.semaphore, &self.bounded].map(|semaphore| semaphore.available_permits().unwrap());
        assert_eq!(permits, [2, 1], "{what}");
        assert_eq!(self.barrier.waiting().unwrap(), 0, "{what}");
        // Who takes and acknowledges what is left has acknowledged all.
        while !self.jobs.is_empty().unwrap() {
            self.jobs.get().await.unwrap();
            self.jobs.task_done().unwrap();
        }
        assert!(self.jobs.task_done().is_err(), "{what}: there is still something to be done");
        self.jobs.join().await.unwrap();
    }
}

/// Stops the entry `uses_all` of a program at each of its calls.
async fn stop_alone(plan: &Plan, manager: &Manager, program: &Program) {
    let things = Arc::new(Things::new(manager));
    let watched = things.clone();
    *plan.look.lock().unwrap() = Some(Box::new(move || watched.look()));
    let outcome = things.start(program).outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    plan.look.lock().unwrap().take();
    let mut trace = std::mem::take(&mut *plan.trace.lock().unwrap());
    trace.push(things.look());
    let calls = plan.calls.load(Ordering::SeqCst);
    assert!(calls >= 40, "it makes {calls} calls only");
    drop((outcome, things));
    idle(manager, 0).await;

    for kill in [false, true] {
        let mut stopped = 0;
        for stop_at in 1..=calls {
            let things = Things::new(manager);
            plan.stop(stop_at, kill);
            let process = things.start(program);
            let outcome = process.outcome().await.unwrap();
            plan.stop(0, kill);
            let what = format!("{} at call {stop_at} of {calls}", if kill { "killed" } else { "trapped" });
            match (&outcome, kill) {
                (Outcome::Trapped(_), false) | (Outcome::Killed, true) => stopped += 1,
                (Outcome::Returned(_), true) => {}
                other => panic!("{what}: {other:?}"),
            }
            idle(manager, 0).await;
            let made = plan.calls.load(Ordering::SeqCst) as usize;
            let after = if kill { made.min(trace.len() - 1) } else { made - 1 };
            let now = things.look();
            assert!([&trace[made - 1], &trace[after]].contains(&&now), "{what}: it is {now}");
            things.are_free(&what).await;
            drop((outcome, process));
            assert_exact(manager, &things.proxies().map(|proxy| (proxy.id(), 1)).into());
        }
        // A kill reaches a guest that is busy only sooner or later.
        assert!(if kill { stopped > 0 } else { stopped == calls }, "it was stopped {stopped} times of {calls}");
    }
}

impl Plan {
    /// From now on the next process that calls is watched, and stopped at that call of it.
    fn stop(&self, at: u64, kill: bool) {
        self.stop_at.store(at, Ordering::SeqCst);
        self.kill.store(kill, Ordering::SeqCst);
        self.process.store(0, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_taken_by_a_rust_guest_wherever_it_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = manager.load(guest("basics")).await.unwrap();
    stop_alone(&plan, &manager, &program).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_taken_by_a_python_guest_wherever_it_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = load_script(&manager, root().join("tests/programs/python/scenario.py")).await;
    stop_alone(&plan, &manager, &program).await;
}

/// A way to wait for something, of which there is nothing in the beginning.
pub(crate) struct Way {
    pub(crate) typeid: &'static str,
    /// What it is made with.
    with: &'static [i64],
    /// What the host does before, so that others have to wait.
    before: &'static [(&'static str, &'static [i64])],
    pub(crate) method: &'static str,
    pub(crate) args: &'static [i64],
    /// What the host does that lets one go on.
    pub(crate) gives: (&'static str, &'static [i64]),
    /// Whether that lets all go on.
    pub(crate) to_all: bool,
}

pub(crate) static WAYS: [Way; 10] = [
    Way {
        typeid: "Lock",
        with: &[],
        before: &[("acquire", &[])],
        method: "acquire",
        args: &[],
        gives: ("release", &[]),
        to_all: false,
    },
    Way {
        typeid: "RLock",
        with: &[],
        before: &[("acquire", &[])],
        method: "acquire",
        args: &[],
        gives: ("release", &[]),
        to_all: false,
    },
    Way {
        typeid: "Condition",
        with: &[],
        before: &[("acquire", &[])],
        method: "acquire",
        args: &[],
        gives: ("release", &[]),
        to_all: false,
    },
    Way {
        typeid: "Semaphore",
        with: &[1],
        before: &[("acquire", &[])],
        method: "acquire",
        args: &[],
        gives: ("release", &[]),
        to_all: false,
    },
    Way {
        typeid: "BoundedSemaphore",
        with: &[1],
        before: &[("acquire", &[])],
        method: "acquire",
        args: &[],
        gives: ("release", &[]),
        to_all: false,
    },
    Way { typeid: "Event", with: &[], before: &[], method: "wait", args: &[], gives: ("set", &[]), to_all: true },
    Way { typeid: "Queue", with: &[], before: &[], method: "get", args: &[], gives: ("put", &[5]), to_all: false },
    Way {
        typeid: "JoinableQueue",
        with: &[],
        before: &[],
        method: "get",
        args: &[],
        gives: ("put", &[5]),
        to_all: false,
    },
    Way {
        typeid: "Queue",
        with: &[1],
        before: &[("put", &[5])],
        method: "put",
        args: &[6],
        gives: ("get", &[]),
        to_all: false,
    },
    Way {
        typeid: "JoinableQueue",
        with: &[],
        before: &[("put", &[5]), ("get", &[])],
        method: "join",
        args: &[],
        gives: ("task_done", &[]),
        to_all: true,
    },
];

/// Something that is waited for in some way.
pub(crate) struct Waited<'a> {
    pub(crate) way: &'static Way,
    program: &'a Program,
    pub(crate) object: Proxy,
    args: List<i64>,
    pub(crate) said: List<i64>,
}

impl<'a> Waited<'a> {
    pub(crate) async fn new(way: &'static Way, manager: &Manager, program: &'a Program) -> Self {
        let object = manager.create(way.typeid, way.with).await.unwrap();
        let args = manager.list(way.args.iter().copied()).unwrap();
        let it = Self { way, program, object, args, said: manager.list([]).unwrap() };
        for (method, args) in way.before {
            it.call(method, args).await;
        }
        it
    }

    async fn call(&self, method: &str, args: &[i64]) {
        self.object.call::<_, Value>(method, args).await.unwrap();
    }

    pub(crate) async fn gives(&self) {
        self.call(self.way.gives.0, self.way.gives.1).await;
    }

    pub(crate) fn start(&self) -> Process {
        self.program.spawn("waits_on", (&self.object, self.way.method, &self.args, &self.said)).unwrap()
    }

    pub(crate) fn held(&self) -> BTreeMap<u64, u32> {
        [self.object.id(), self.args.proxy().id(), self.said.proxy().id()].map(|id| (id, 1)).into()
    }
}

/// Two wait for the same thing, and one of them is stopped at each of its calls: the other gets what there is for one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_beside_one_that_is_stopped_anywhere_goes_on() {
    let (plan, manager) = watched_manager();
    let program = manager.load(guest("basics")).await.unwrap();
    for way in &WAYS {
        // Undisturbed: which call is the one that waits, and how many there are.
        let waited = Waited::new(way, &manager, &program).await;
        plan.stop(0, false);
        let said = waited.said.clone();
        *plan.look.lock().unwrap() = Some(Box::new(move || said.to_string()));
        let process = waited.start();
        while waited.said.is_empty().unwrap() {
            tokio::task::yield_now().await;
        }
        waited.gives().await;
        process.join::<()>().await.unwrap();
        plan.look.lock().unwrap().take();
        let trace = std::mem::take(&mut *plan.trace.lock().unwrap());
        let waits_at = trace.iter().position(|said| said == "[0]").unwrap() as u64 + 1;
        let calls = plan.calls.load(Ordering::SeqCst);
        assert!(calls > waits_at, "{}", way.typeid);
        drop((process, waited));

        for (kill, stop_at) in [false, true].into_iter().flat_map(|kill| (1..=calls).map(move |at| (kill, at))) {
            let waited = Waited::new(way, &manager, &program).await;
            plan.stop(stop_at, kill);
            let victim = waited.start();
            // The one who is started first is the one who is watched.
            while plan.process.load(Ordering::SeqCst) == 0 {
                tokio::task::yield_now().await;
            }
            let other = if stop_at <= waits_at {
                // It never comes to know of anything.
                let other = waited.start();
                let outcome = victim.outcome().await.unwrap();
                assert!(matches!(outcome, Outcome::Trapped(_) | Outcome::Killed), "{outcome:?}");
                assert!(other.is_alive());
                waited.gives().await;
                other
            } else {
                waited.gives().await;
                victim.outcome().await.unwrap();
                let other = waited.start();
                // A lock or a permit comes back from the one that had it, and what is for all is there.
                if way.method != "acquire" && !way.to_all {
                    waited.gives().await;
                }
                other
            };
            other.join::<()>().await.unwrap();
            plan.stop(0, kill);
            drop((victim, other));
            idle(&manager, 0).await;
            assert_exact(&manager, &waited.held());
        }
    }
}
