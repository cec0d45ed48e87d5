//! An object of each declared type, for the tests that go through all of them. Whoever declares a type adds it here.

use super::*;
use crate::referents::builtin;
use crate::referents::lock::Lock;
use crate::referents::process::{End, Process, Way};

/// An object of a type, and what tells that it is one.
pub(super) struct Sample {
    pub(super) typeid: &'static str,
    pub(super) make: fn(&World) -> Proxy,
    /// How many objects it takes.
    pub(super) objects: u64,
    /// A call that can be made over and over, and what it gives.
    pub(super) call: (&'static str, fn() -> Vec<Item>, &'static str),
}

const SAMPLES: &[Sample] = &[
    Sample {
        typeid: "list",
        make: |world| world.list(list![1, "two", 3.0]),
        objects: 1,
        call: ("index", || items!["two"], "1"),
    },
    Sample {
        typeid: "dict",
        make: |world| world.dict(dict! {"one" => 1, 2 => "two"}),
        objects: 1,
        call: ("get", || items!["one"], "1"),
    },
    Sample {
        typeid: "Counter",
        make: |world| world.create("Counter", items![dict! {"a" => 2, "b" => 1}], vec![]).unwrap(),
        objects: 1,
        call: ("__getitem__", || items!["a"], "2"),
    },
    Sample {
        typeid: "deque",
        make: |world| world.create("deque", items![list![1, 2, 3], 2], vec![]).unwrap(),
        objects: 1,
        call: ("__getitem__", || items![0], "2"),
    },
    Sample {
        typeid: "set",
        make: |world| world.set(list![1, "two"]),
        objects: 1,
        call: ("__contains__", || items!["two"], "True"),
    },
    Sample {
        typeid: "Namespace",
        make: |world| world.create("Namespace", vec![], vec![("x", v(10)), ("y", v("hello"))]).unwrap(),
        objects: 1,
        call: ("__getattribute__", || items!["y"], "'hello'"),
    },
    Sample {
        typeid: "Value",
        make: |world| world.create("Value", items!["i", 7], vec![]).unwrap(),
        objects: 1,
        call: ("get", || items![], "7"),
    },
    Sample {
        typeid: "Array",
        make: |world| world.create("Array", items!["i", list![1, 2, 3]], vec![]).unwrap(),
        objects: 1,
        call: ("__getitem__", || items![-1], "3"),
    },
    Sample {
        typeid: "Iterator",
        make: |world| {
            // One that has come to its end says the same each time; it has let go of the dict.
            let dict = world.dict(dict! {});
            let Ok(Item::Proxy(iterator)) = world.call(&dict, "__iter__", vec![]) else { panic!("not a proxy") };
            assert_eq!(world.show(&iterator, "__next__", vec![]), "StopIteration");
            *iterator
        },
        objects: 1,
        call: ("__next__", || items![], "StopIteration"),
    },
    Sample { typeid: "Lock", make: |world| world.create("Lock", vec![], vec![]).unwrap(), objects: 1, call: UNLOCKED },
    Sample {
        typeid: "RLock",
        make: |world| world.create("RLock", vec![], vec![]).unwrap(),
        objects: 1,
        call: UNLOCKED,
    },
    Sample {
        typeid: "Semaphore",
        make: |world| world.create("Semaphore", items![2], vec![]).unwrap(),
        objects: 1,
        call: UNLOCKED,
    },
    Sample {
        typeid: "BoundedSemaphore",
        make: |world| world.create("BoundedSemaphore", items![2], vec![]).unwrap(),
        objects: 1,
        call: UNLOCKED,
    },
    Sample {
        typeid: "Condition",
        make: |world| world.create("Condition", vec![], vec![]).unwrap(),
        objects: 1,
        call: UNLOCKED,
    },
    Sample {
        typeid: "Event",
        make: |world| world.create("Event", vec![], vec![]).unwrap(),
        objects: 1,
        call: ("is_set", || items![], "False"),
    },
    Sample {
        typeid: "Barrier",
        make: |world| world.create("Barrier", items![2], vec![]).unwrap(),
        objects: 1,
        call: ("n_waiting", || items![], "0"),
    },
    Sample {
        typeid: "Queue",
        make: |world| world.create("Queue", vec![], vec![]).unwrap(),
        objects: 1,
        call: ("qsize", || items![], "0"),
    },
    Sample {
        typeid: "JoinableQueue",
        make: |world| world.create("JoinableQueue", vec![], vec![]).unwrap(),
        objects: 1,
        call: ("qsize", || items![], "0"),
    },
    Sample {
        typeid: "Pool",
        make: |world| world.create("Pool", items![1], vec![]).unwrap(),
        objects: 1,
        call: ("close", || items![], "None"),
    },
    Sample {
        typeid: "AsyncResult",
        // Of nothing, which is ready at once and does not keep its pool.
        make: |world| result(world, list![]),
        objects: 1,
        call: ("get", || items![], "[]"),
    },
    Sample {
        typeid: "Process",
        make: |world| Process::create(&world.caller.home, "program", "entry"),
        objects: 1,
        call: ("name", || items![], "'program:entry'"),
    },
];

const UNLOCKED: (&str, fn() -> Vec<Item>, &str) = ("locked", || items![], "False");

/// The sample of each declared type.
pub(super) fn samples() -> Vec<&'static Sample> {
    let sample = |typeid: &str| {
        SAMPLES.iter().find(|sample| sample.typeid == typeid).unwrap_or_else(|| {
            panic!("the type '{typeid}' has no sample yet: add one to SAMPLES in {}", file!());
        })
    };
    builtin().iter().map(|builtin| sample(builtin.typeid())).collect()
}

/// A state that an object can be in.
pub(super) struct State {
    pub(super) name: &'static str,
    pub(super) limits: Limits,
    pub(super) make: fn(&World) -> Proxy,
    /// The same in CPython, where there is such a thing.
    pub(super) python: Option<&'static str>,
}

const LIMITS: Limits = Limits { container_length: 1000, value_bytes: 10_000, value_depth: 100 };
/// Nothing can be added.
const FULL: Limits = Limits { container_length: 2, ..LIMITS };
/// What is in it is too large to be given as a whole.
const SMALL_VALUES: Limits = Limits { value_bytes: 4, ..LIMITS };

const fn plain(name: &'static str, make: fn(&World) -> Proxy, python: &'static str) -> State {
    State { name, limits: LIMITS, make, python: Some(python) }
}

const fn ours(name: &'static str, make: fn(&World) -> Proxy) -> State {
    State { name, limits: LIMITS, make, python: None }
}

const fn limited(name: &'static str, limits: Limits, make: fn(&World) -> Proxy) -> State {
    State { name, limits, make, python: None }
}

fn made(world: &World, typeid: &str, args: Vec<Item>) -> Proxy {
    world.create(typeid, args, vec![]).unwrap()
}

fn attributes(world: &World, attributes: Vec<(&str, Item)>) -> Proxy {
    world.create("Namespace", vec![], attributes).unwrap()
}

fn iterator(world: &World, dict: &Proxy) -> Proxy {
    let Ok(Item::Proxy(iterator)) = world.call(dict, "__iter__", vec![]) else { panic!("not a proxy") };
    *iterator
}

/// What a pool makes of these items.
fn result(world: &World, items: Plain) -> Proxy {
    let pool = world.create("Pool", items![1], vec![]).unwrap();
    match world.call(&pool, "map_async", vec![v("entry"), v(items)]) {
        Ok(Item::Proxy(result)) => *result,
        other => panic!("not a proxy: {}", shown(other)),
    }
}

fn process(world: &World, end: End) -> Proxy {
    let process = Process::create(&world.caller.home, "program", "entry");
    Process::of(&process).unwrap().end(end, ());
    process
}

/// A lock that the caller has.
fn taken(world: &World, typeid: &str, args: Vec<Item>) -> Proxy {
    let lock = made(world, typeid, args);
    assert_eq!(world.show(&lock, "acquire", vec![]), "True");
    lock
}

const QUEUES: &[State] = &[
    ours("empty", |world| made(world, "Queue", vec![])),
    ours("filled", |world| {
        let queue = made(world, "Queue", items![1]);
        world.call(&queue, "put", items!["a"]).unwrap();
        queue
    }),
    ours("shut_down", |world| {
        let queue = made(world, "Queue", vec![]);
        world.call(&queue, "shutdown", vec![]).unwrap();
        queue
    }),
    limited("full", FULL, |world| {
        let queue = made(world, "Queue", vec![]);
        world.call(&queue, "put", items![1]).unwrap();
        world.call(&queue, "put", items![2]).unwrap();
        queue
    }),
];

/// The types, and objects of each in several states. Those that are named alike print alike.
pub(super) const SUBJECTS: &[(&str, &[State])] = &[
    (
        "list",
        &[
            plain("empty", |world| world.list(list![]), "list()"),
            plain("filled", |world| world.list(list![3, "a", list![]]), "[3, 'a', []]"),
            limited("full", FULL, |world| world.list(list![1, 2])),
            limited("large", SMALL_VALUES, |world| world.list(list![1, 2, 3])),
        ],
    ),
    (
        "dict",
        &[
            plain("empty", |world| world.dict(dict! {}), "dict()"),
            plain("filled", |world| world.dict(dict! {"k" => 3, 2 => list![]}), "{'k': 3, 2: []}"),
            limited("full", FULL, |world| world.dict(dict! {"a" => 1, "b" => 2})),
            limited("large", SMALL_VALUES, |world| world.dict(dict! {"a" => 1, "b" => 2})),
        ],
    ),
    (
        "Counter",
        &[
            plain("empty", |world| made(world, "Counter", vec![]), "Counter()"),
            plain(
                "filled",
                |world| made(world, "Counter", items![dict! {"k" => 3, 2 => 1}]),
                "Counter({'k': 3, 2: 1})",
            ),
            ours("strange", |world| made(world, "Counter", items![dict! {"k" => "a", 2 => list![]}])),
            limited("full", FULL, |world| made(world, "Counter", items![dict! {"a" => 1, "b" => 2}])),
            limited("large", SMALL_VALUES, |world| made(world, "Counter", items![dict! {"a" => 1, "b" => 2}])),
        ],
    ),
    (
        "deque",
        &[
            plain("empty", |world| made(world, "deque", vec![]), "deque()"),
            plain("filled", |world| made(world, "deque", items![list![3, "a", list![]]]), "deque([3, 'a', []])"),
            plain("bounded", |world| made(world, "deque", items![list![1, 2], 2]), "deque([1, 2], 2)"),
            limited("full", FULL, |world| made(world, "deque", items![list![1, 2]])),
            limited("large", SMALL_VALUES, |world| made(world, "deque", items![list![1, 2, 3]])),
        ],
    ),
    (
        "set",
        &[
            plain("empty", |world| world.set(list![]), "set()"),
            plain("filled", |world| world.set(list![3, "a"]), "{3, 'a'}"),
            limited("full", FULL, |world| world.set(list![1, 2])),
            limited("large", SMALL_VALUES, |world| world.set(list![1, 2, 3])),
        ],
    ),
    (
        "Namespace",
        &[
            plain("empty", |world| attributes(world, vec![]), "Namespace()"),
            plain("filled", |world| attributes(world, vec![("k", v(3)), ("b", v("a"))]), "Namespace(k=3, b='a')"),
            ours("texts", |world| attributes(world, vec![("k", v("a"))])),
            limited("full", FULL, |world| attributes(world, vec![("a", v(1)), ("b", v(2))])),
            limited("large", SMALL_VALUES, |world| attributes(world, vec![("a", v(1)), ("b", v(2))])),
        ],
    ),
    (
        "Value",
        &[
            plain("number", |world| made(world, "Value", items!["i", 7]), "Value('i', 7)"),
            plain("text", |world| made(world, "Value", items!["O", "a"]), "Value('O', 'a')"),
            ours("unlocked", |world| made(world, "Value", items!["i", 7, false])),
            limited("large", SMALL_VALUES, |world| made(world, "Value", items!["O", "a long text"])),
        ],
    ),
    (
        "Array",
        &[
            plain("empty", |world| made(world, "Array", items!["i", list![]]), "array('i')"),
            plain("ints", |world| made(world, "Array", items!["i", list![1, 2, 3]]), "array('i', [1, 2, 3])"),
            plain("bytes", |world| made(world, "Array", items!["B", list![1, 255]]), "array('B', [1, 255])"),
            plain("floats", |world| made(world, "Array", items!["d", list![0.5]]), "array('d', [0.5])"),
            plain("letters", |world| made(world, "Array", items!["u", "abc"]), "array('u', 'abc')"),
            ours("unlocked", |world| made(world, "Array", items!["i", 1, false])),
            limited("full", FULL, |world| made(world, "Array", items!["i", list![1, 2]])),
            limited("large", SMALL_VALUES, |world| made(world, "Array", items!["i", list![1, 2, 3]])),
        ],
    ),
    (
        "Iterator",
        &[
            ours("fresh", |world| iterator(world, &world.dict(dict! {"k" => 1}))),
            ours("at_its_end", |world| iterator(world, &world.dict(dict! {}))),
            ours("disturbed", |world| {
                let dict = world.dict(dict! {"k" => 1});
                let iterator = iterator(world, &dict);
                world.call(&dict, "clear", vec![]).unwrap();
                iterator
            }),
        ],
    ),
    (
        "Lock",
        &[
            ours("free", |world| made(world, "Lock", vec![])),
            ours("taken", |world| {
                let lock = Lock::create(&world.caller);
                assert_eq!(world.show(&lock, "acquire", vec![]), "True");
                lock
            }),
        ],
    ),
    (
        "RLock",
        &[ours("free", |world| made(world, "RLock", vec![])), ours("taken", |world| taken(world, "RLock", vec![]))],
    ),
    (
        "Semaphore",
        &[
            ours("free", |world| made(world, "Semaphore", items![2])),
            ours("taken", |world| taken(world, "Semaphore", vec![])),
        ],
    ),
    (
        "BoundedSemaphore",
        &[
            ours("free", |world| made(world, "BoundedSemaphore", items![2])),
            ours("taken", |world| taken(world, "BoundedSemaphore", vec![])),
        ],
    ),
    (
        "Condition",
        &[
            ours("free", |world| made(world, "Condition", vec![])),
            ours("taken", |world| taken(world, "Condition", vec![])),
            ours("over_a_lock", |world| {
                let lock = Item::proxy(Lock::create(&world.caller));
                made(world, "Condition", vec![lock])
            }),
        ],
    ),
    (
        "Event",
        &[
            ours("unset", |world| made(world, "Event", vec![])),
            ours("set", |world| {
                let event = made(world, "Event", vec![]);
                world.call(&event, "set", vec![]).unwrap();
                event
            }),
        ],
    ),
    (
        "Barrier",
        &[
            ours("whole", |world| made(world, "Barrier", items![2])),
            ours("broken", |world| {
                let barrier = made(world, "Barrier", items![2]);
                world.call(&barrier, "abort", vec![]).unwrap();
                barrier
            }),
        ],
    ),
    ("Queue", QUEUES),
    ("JoinableQueue", QUEUES),
    (
        "Pool",
        // One that is open would wait for its workers.
        &[
            ours("closed", |world| {
                let pool = made(world, "Pool", items![2]);
                world.call(&pool, "close", vec![]).unwrap();
                world.office.close();
                pool
            }),
            ours("terminated", |world| {
                let pool = made(world, "Pool", items![2]);
                world.call(&pool, "terminate", vec![]).unwrap();
                pool
            }),
        ],
    ),
    (
        "AsyncResult",
        &[
            ours("done", |world| result(world, list![])),
            ours("failed", |world| {
                let pool = made(world, "Pool", items![2]);
                let Ok(Item::Proxy(result)) = world.call(&pool, "apply_async", items!["entry"]) else {
                    panic!("not a proxy")
                };
                world.call(&pool, "terminate", vec![]).unwrap();
                *result
            }),
        ],
    ),
    (
        "Process",
        &[
            ours("running", |world| Process::create(&world.caller.home, "program", "entry")),
            ours("returned", |world| process(world, End::Returned(v(list![1])))),
            ours("failed", |world| process(world, End::Failed(CallError::value("no good")))),
            ours("trapped", |world| {
                process(world, End::Trapped(CallError::new(ErrorKind::ProcessDied, "unreachable")))
            }),
            ours("exited_well", |world| process(world, End::Exited(0))),
            ours("exited", |world| process(world, End::Exited(3))),
            ours("killed", |world| process(world, End::Killed(Way::Kill))),
            ours("terminated", |world| process(world, End::Killed(Way::Terminate))),
            ours("exceeding", |world| {
                process(world, End::LimitExceeded(CallError::new(ErrorKind::QuotaExceeded, "too much memory")))
            }),
        ],
    ),
];
