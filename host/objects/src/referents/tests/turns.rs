//! Waiting, for every type that can be waited for: in turn, and without harm by those who die meanwhile.

use super::pools::Office;
use super::*;
use crate::object::BoxFuture;
use crate::referents::process::{End, Process};

/// One way to wait for a type of object.
pub(super) struct Way {
    pub(super) name: &'static str,
    /// An object that has to be waited for. The caller is the one who keeps the others waiting.
    pub(super) make: fn(&World) -> Proxy,
    pub(super) wait: for<'a> fn(&'a Proxy, &'a Caller) -> BoxFuture<'a, Outcome<Item>>,
    /// Lets others go on. It is done by the one whom it was for the last time, if it was for one.
    pub(super) provide: fn(&Proxy, &Caller),
    /// Whether each that is provided is for one of those who wait, or for all.
    pub(super) for_one: bool,
}

fn taken(world: &World, typeid: &str) -> Proxy {
    let lock = world.create(typeid, vec![], vec![]).unwrap();
    now(&lock, &world.caller, "acquire", vec![]).unwrap();
    lock
}

fn acquire<'a>(me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
    by_name(me, caller, "acquire", vec![])
}

fn release(me: &Proxy, caller: &Caller) {
    now(me, caller, "release", vec![]).unwrap();
}

fn wait_for_news<'a>(me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
    Box::pin(async {
        by_name(me, caller, "acquire", vec![]).await?;
        let outcome = by_name(me, caller, "wait", vec![]).await;
        by_name(me, caller, "release", vec![]).await?;
        outcome
    })
}

fn notify(me: &Proxy, caller: &Caller) {
    now(me, caller, "acquire", vec![]).unwrap();
    now(me, caller, "notify", vec![]).unwrap();
    now(me, caller, "release", vec![]).unwrap();
}

pub(super) const WAYS: [Way; 13] = [
    Way { name: "Lock.acquire", make: |world| taken(world, "Lock"), wait: acquire, provide: release, for_one: true },
    Way { name: "RLock.acquire", make: |world| taken(world, "RLock"), wait: acquire, provide: release, for_one: true },
    Way {
        name: "Semaphore.acquire",
        make: |world| taken(world, "Semaphore"),
        wait: acquire,
        provide: release,
        for_one: true,
    },
    Way {
        name: "Condition.acquire",
        make: |world| taken(world, "Condition"),
        wait: acquire,
        provide: release,
        for_one: true,
    },
    Way {
        name: "Condition.wait",
        make: |world| world.create("Condition", vec![], vec![]).unwrap(),
        wait: wait_for_news,
        provide: notify,
        for_one: true,
    },
    Way {
        name: "Event.wait",
        make: |world| world.create("Event", vec![], vec![]).unwrap(),
        wait: |me, caller| by_name(me, caller, "wait", vec![]),
        provide: |me, caller| drop(now(me, caller, "set", vec![]).unwrap()),
        for_one: false,
    },
    Way {
        name: "Queue.get",
        make: |world| world.create("Queue", vec![], vec![]).unwrap(),
        wait: |me, caller| by_name(me, caller, "get", vec![]),
        provide: |me, caller| drop(now(me, caller, "put", items![1]).unwrap()),
        for_one: true,
    },
    Way {
        name: "Queue.put",
        make: |world| {
            let queue = world.create("Queue", items![1], vec![]).unwrap();
            now(&queue, &world.caller, "put", items![0]).unwrap();
            queue
        },
        wait: |me, caller| by_name(me, caller, "put", items![1]),
        provide: |me, caller| drop(now(me, caller, "get", vec![]).unwrap()),
        for_one: true,
    },
    Way {
        name: "JoinableQueue.join",
        make: |world| {
            let queue = world.create("JoinableQueue", vec![], vec![]).unwrap();
            now(&queue, &world.caller, "put", items![0]).unwrap();
            queue
        },
        wait: |me, caller| by_name(me, caller, "join", vec![]),
        provide: |me, caller| drop(now(me, caller, "task_done", vec![]).unwrap()),
        for_one: false,
    },
    Way {
        name: "Process.join",
        make: |world| Process::create(&world.caller.home, "p", "main"),
        wait: |me, caller| by_name(me, caller, "join", vec![]),
        provide: |me, _| me.downcast::<Process>().unwrap().end(End::Returned(Item::Null), ()),
        for_one: false,
    },
    Way {
        name: "Pool.join",
        make: |world| {
            let pool = world.create("Pool", items![1], vec![]).unwrap();
            now(&pool, &world.caller, "close", vec![]).unwrap();
            pool
        },
        wait: |me, caller| by_name(me, caller, "join", vec![]),
        provide: |_, caller| Office::at(&caller.home).close(),
        for_one: false,
    },
    Way {
        name: "AsyncResult.get",
        make: |world| {
            let pool = world.create("Pool", items![1], vec![]).unwrap();
            object_of(now(&pool, &world.caller, "apply_async", items!["task"]))
        },
        wait: |me, caller| by_name(me, caller, "get", vec![]),
        provide: |_, caller| Office::at(&caller.home).does_one(),
        for_one: false,
    },
    Way {
        name: "Iterator.next",
        make: |world| {
            let pool = world.create("Pool", items![1], vec![]).unwrap();
            let tasks = v(Value::List(vec![NONE; 2 * WAITERS]));
            object_of(now(&pool, &world.caller, "imap", vec![v("task"), tasks]))
        },
        wait: |me, caller| by_name(me, caller, "next", vec![]),
        provide: |_, caller| Office::at(&caller.home).does_one(),
        for_one: true,
    },
];

fn object_of(outcome: Outcome<Item>) -> Proxy {
    match outcome {
        Ok(Item::Proxy(proxy)) => *proxy,
        other => panic!("not a proxy: {}", shown(other)),
    }
}

const WAITERS: usize = 10;

/// Those who wait, and who still do.
struct Waiters<'a> {
    waits: Vec<Option<BoxFuture<'a, Outcome<Item>>>>,
}

impl<'a> Waiters<'a> {
    fn new(way: &Way, object: &'a Proxy, callers: &'a [Caller]) -> Self {
        let waits = callers.iter().map(|caller| Some((way.wait)(object, caller))).collect();
        let mut waiters = Self { waits };
        assert_eq!(waiters.gone_on(), [0; 0], "{}", way.name);
        waiters
    }

    fn kill(&mut self, index: usize) {
        self.waits[index] = None;
    }

    /// Who has gone on since.
    fn gone_on(&mut self) -> Vec<usize> {
        let mut gone_on = Vec::new();
        for (index, wait) in self.waits.iter_mut().enumerate() {
            let Some(future) = wait else { continue };
            if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                outcome.unwrap();
                gone_on.push(index);
                *wait = None;
            }
        }
        gone_on
    }
}

fn callers(world: &World) -> Vec<Caller> {
    (0..WAITERS).map(|_| world.caller.home.guard()).collect()
}

/// Provides over and over, and tells in which order the waiters went on.
fn order(way: &Way, world: &World, object: &Proxy, callers: &[Caller], waiters: &mut Waiters<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::new();
    while waiters.waits.iter().any(Option::is_some) {
        let by = order.last().map_or(&world.caller, |last| &callers[*last]);
        (way.provide)(object, by);
        let gone_on = waiters.gone_on();
        assert!(!gone_on.is_empty(), "{}: nobody goes on after {order:?}", way.name);
        assert!(!way.for_one || gone_on.len() == 1, "{}: {gone_on:?} go on at once", way.name);
        order.extend(gone_on);
    }
    order
}

#[test]
fn those_who_wait_go_on_in_the_order_in_which_they_came() {
    for way in &WAYS {
        let world = World::new();
        let object = (way.make)(&world);
        let callers = callers(&world);
        let mut waiters = Waiters::new(way, &object, &callers);
        let order = order(way, &world, &object, &callers, &mut waiters);
        assert_eq!(order, Vec::from_iter(0..WAITERS), "{}", way.name);
    }
}

#[test]
fn who_dies_while_it_waits_takes_nothing_from_the_others() {
    for way in &WAYS {
        for dead in [0, WAITERS / 2, WAITERS - 1] {
            let world = World::new();
            let object = (way.make)(&world);
            let callers = callers(&world);
            let mut waiters = Waiters::new(way, &object, &callers);
            waiters.kill(dead);
            let order = order(way, &world, &object, &callers, &mut waiters);
            let expected: Vec<_> = (0..WAITERS).filter(|index| *index != dead).collect();
            assert_eq!(order, expected, "{}", way.name);
        }
    }
}

#[test]
fn what_was_given_to_one_who_dies_before_it_knows_goes_to_the_next() {
    for way in &WAYS {
        for dead in [0, 1, WAITERS - 2] {
            let world = World::new();
            let object = (way.make)(&world);
            let callers = callers(&world);
            let mut waiters = Waiters::new(way, &object, &callers);
            // Those before it have their turn.
            let mut by = &world.caller;
            let mut before = Vec::new();
            while way.for_one && before.len() < dead {
                (way.provide)(&object, by);
                before.extend(waiters.gone_on());
                by = &callers[*before.last().unwrap()];
            }
            (way.provide)(&object, by);
            waiters.kill(dead);
            let gone_on = waiters.gone_on();
            match way.for_one {
                // A process that puts something has done so when there was room for it, whether it knows or not.
                true if way.name == "Queue.put" => assert_eq!(gone_on, [0; 0]),
                true => assert_eq!(gone_on, [dead + 1], "{}", way.name),
                false => assert_eq!(gone_on.len(), WAITERS - 1, "{}", way.name),
            }
        }
    }
}

#[test]
fn who_waits_no_more_stands_in_no_line() {
    for way in &WAYS {
        let world = World::new();
        let object = (way.make)(&world);
        let callers = callers(&world);
        let mut waiters = Waiters::new(way, &object, &callers);
        (0..WAITERS).for_each(|index| waiters.kill(index));
        // It is as if they had never come: one who comes now is the first.
        let last = callers.last().unwrap();
        let mut late = Waiters::new(way, &object, std::slice::from_ref(last));
        (way.provide)(&object, &world.caller);
        assert_eq!(late.gone_on(), [0], "{}", way.name);
    }
}

#[test]
fn a_time_that_is_up_leaves_all_as_it_was() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let timed = [
        ("Lock.acquire", "acquire", items![true, 0.5], "False"),
        ("RLock.acquire", "acquire", items![true, 0.5], "False"),
        ("Semaphore.acquire", "acquire", items![true, 0.5], "False"),
        ("Condition.acquire", "acquire", items![true, 0.5], "False"),
        ("Event.wait", "wait", items![0.5], "False"),
        ("Queue.get", "get", items![true, 0.5], "queue.Empty"),
        ("Queue.put", "put", items![7, true, 0.5], "queue.Full"),
        ("Process.join", "join", items![0.5], "None"),
        ("AsyncResult.get", "get", items![0.5], "multiprocessing.context.TimeoutError"),
        ("Iterator.next", "next", items![0.5], "multiprocessing.context.TimeoutError"),
    ];
    for (name, method, args, expected) in timed {
        let way = WAYS.iter().find(|way| way.name == name).unwrap();
        let world = World::new();
        let object = (way.make)(&world);
        let callers = callers(&world);
        let outcome = runtime.block_on(async {
            let start = tokio::time::Instant::now();
            let outcome = by_name(&object, &callers[0], method, args).await;
            assert!(start.elapsed().as_millis() >= 500, "{name}");
            outcome
        });
        let outcome = match outcome {
            Err(error) => error.type_name.into_owned(),
            outcome => shown(outcome),
        };
        assert_eq!(outcome, expected, "{name}");
        // What is given from now on is not given to the one that gave up.
        let mut waiters = Waiters::new(way, &object, &callers);
        assert_eq!(order(way, &world, &object, &callers, &mut waiters), Vec::from_iter(0..WAITERS), "{name}");
    }
}

#[test]
fn what_the_hosts_code_waits_for_is_cancelled_when_the_manager_is_closed() {
    for (typeid, args, method, gives) in [
        ("Queue", vec![], "get", ("put", items![5])),
        ("Event", vec![], "wait", ("set", vec![])),
        ("Semaphore", items![0], "acquire", ("release", vec![])),
    ] {
        let world = World::new();
        let home = &world.caller.home;
        let object = world.create(typeid, args, vec![]).unwrap();
        let process = Caller { home: home.clone(), actor: Actor::new(home.next_id(), "p:main") };
        let (host, guard) = (home.host(), home.guard());
        let waiting = [begun(&object, &host, method, vec![]), begun(&object, &guard, method, vec![])];
        let mut other = begun(&object, &process, method, vec![]);
        home.cancel_host();
        assert_eq!(waiting.map(Begun::over), ["Cancelled: the manager is closing"; 2], "{typeid}");
        other.waits();
        // It is nothing that lasts.
        let mut later = begun(&object, &host, method, vec![]);
        later.waits();
        world.call(&object, gives.0, gives.1).unwrap();
        assert!(!other.over().starts_with("Cancelled"), "{typeid}");
    }
}
