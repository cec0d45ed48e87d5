//! An object of each declared type, for the tests that go through all of them. Whoever declares a type adds it here.

use super::*;
use crate::referents::builtin;
use crate::referents::process::Process;

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
