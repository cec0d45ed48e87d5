//! Every object in everything that can hold one: it comes out as a proxy to the same object, is held by exactly what
//! holds it, and goes when nobody holds it any more.

use super::samples::{Sample, samples};
use super::*;
use crate::object::Callbacks;
use crate::referents::builtin;
use crate::referents::pool::{Mapping, Pool};
use crate::referents::process::{End, Process};
use commonhold_wire::Object;

/// A place in an object of some type where another object can be.
pub(super) struct Place {
    pub(super) typeid: &'static str,
    pub(super) name: &'static str,
    /// Whether what is there must have a hash.
    hashable: bool,
    /// An object with the item in that place.
    pub(super) make: fn(&World, Item) -> Outcome<Proxy>,
    /// How many objects that takes.
    objects: u64,
    /// Puts another item into that place of an object that was made.
    pub(super) put: Option<fn(&World, &Proxy, Item) -> Outcome<Item>>,
    /// Reads what is there.
    read: fn(&World, &Proxy) -> Outcome<Item>,
    /// Takes out what is there, so that the object does not hold it any more.
    take: Option<fn(&World, &Proxy) -> Outcome<Item>>,
    /// What is printed before and behind the item; nothing if the item is not shown.
    text: Option<[&'static str; 2]>,
    /// What the object prints where it finds itself inside.
    again: &'static str,
}

fn list_of(item: Item) -> Item {
    Item::list([item].iter(), &Limits::default()).unwrap()
}

fn dict_of(key: Item, item: Item) -> Item {
    Item::dict([(&key, &item)].into_iter(), &Limits::default()).unwrap()
}

/// The only item of a plain list, if there is one.
fn only(item: Item) -> Outcome<Item> {
    let mut items = item.elements().unwrap()?;
    assert!(items.len() <= 1);
    Ok(items.pop().unwrap_or(Item::Null))
}

pub(super) const PLACES: &[Place] = &[
    Place {
        typeid: "list",
        name: "a list's item",
        hashable: false,
        make: |world, item| world.create("list", vec![list_of(item)], vec![]),
        objects: 1,
        put: Some(|world, me, item| world.call(me, "__setitem__", vec![v(0), item])),
        read: |world, me| world.call(me, "__getitem__", items![0]),
        take: Some(|world, me| world.call(me, "pop", vec![])),
        text: Some(["[", "]"]),
        again: "[...]",
    },
    Place {
        typeid: "dict",
        name: "a dict's value",
        hashable: false,
        make: |world, item| world.create("dict", vec![dict_of(v("k"), item)], vec![]),
        objects: 1,
        put: Some(|world, me, item| world.call(me, "__setitem__", vec![v("k"), item])),
        read: |world, me| world.call(me, "__getitem__", items!["k"]),
        take: Some(|world, me| world.call(me, "pop", items!["k"])),
        text: Some(["{'k': ", "}"]),
        again: "{...}",
    },
    Place {
        typeid: "dict",
        name: "a dict's key",
        hashable: true,
        make: |world, item| world.create("dict", vec![dict_of(item, v(1))], vec![]),
        objects: 1,
        put: Some(|world, me, item| {
            world.call(me, "clear", vec![])?;
            world.call(me, "__setitem__", vec![item, v(1)])
        }),
        read: |world, me| only(world.call(me, "keys", vec![])?),
        take: Some(|world, me| {
            let entry = world.call(me, "popitem", vec![])?;
            Ok(entry.elements().unwrap()?.remove(0))
        }),
        text: Some(["{", ": 1}"]),
        again: "{...}",
    },
    Place {
        typeid: "Counter",
        name: "a counter's count",
        hashable: false,
        make: |world, item| world.create("Counter", vec![dict_of(v("k"), item)], vec![]),
        objects: 1,
        put: Some(|world, me, item| world.call(me, "__setitem__", vec![v("k"), item])),
        // What is missing counts as 0, but is not there.
        read: |world, me| world.call(me, "get", items!["k"]),
        take: Some(|world, me| world.call(me, "pop", items!["k"])),
        text: Some(["Counter({'k': ", "})"]),
        again: "Counter({...})",
    },
    Place {
        typeid: "Counter",
        name: "what a counter counts",
        hashable: true,
        make: |world, item| world.create("Counter", vec![list_of(item)], vec![]),
        objects: 1,
        put: Some(|world, me, item| {
            world.call(me, "clear", vec![])?;
            world.call(me, "__setitem__", vec![item, v(1)])
        }),
        read: |world, me| only(world.call(me, "keys", vec![])?),
        take: Some(|world, me| {
            let entry = world.call(me, "popitem", vec![])?;
            Ok(entry.elements().unwrap()?.remove(0))
        }),
        text: Some(["Counter({", ": 1})"]),
        again: "Counter({...})",
    },
    Place {
        typeid: "deque",
        name: "a deque's item",
        hashable: false,
        make: |world, item| world.create("deque", vec![list_of(item)], vec![]),
        objects: 1,
        put: Some(|world, me, item| world.call(me, "__setitem__", vec![v(0), item])),
        read: |world, me| world.call(me, "__getitem__", items![0]),
        take: Some(|world, me| world.call(me, "popleft", vec![])),
        text: Some(["deque([", "])"]),
        again: "[...]",
    },
    Place {
        typeid: "Queue",
        name: "a queue's item",
        hashable: false,
        make: |world, item| {
            let queue = world.create("Queue", vec![], vec![])?;
            world.call(&queue, "put", vec![item])?;
            Ok(queue)
        },
        objects: 1,
        put: Some(|world, me, item| {
            world.call(me, "get", vec![])?;
            world.call(me, "put", vec![item])
        }),
        read: |world, me| match world.call(me, "get_nowait", vec![]) {
            Ok(item) => world.call(me, "put", vec![item.clone()]).map(|_| item),
            Err(_empty) => Ok(Item::Null),
        },
        take: Some(|world, me| world.call(me, "get", vec![])),
        text: None,
        again: "",
    },
    Place {
        typeid: "JoinableQueue",
        name: "a joinable queue's item",
        hashable: false,
        make: |world, item| {
            let queue = world.create("JoinableQueue", vec![], vec![])?;
            world.call(&queue, "put", vec![item])?;
            Ok(queue)
        },
        objects: 1,
        put: Some(|world, me, item| {
            world.call(me, "get", vec![])?;
            world.call(me, "put", vec![item])
        }),
        read: |world, me| match world.call(me, "get_nowait", vec![]) {
            Ok(item) => world.call(me, "put", vec![item.clone()]).map(|_| item),
            Err(_empty) => Ok(Item::Null),
        },
        take: Some(|world, me| world.call(me, "get", vec![])),
        text: None,
        again: "",
    },
    Place {
        typeid: "set",
        name: "a set's element",
        hashable: true,
        make: |world, item| world.create("set", vec![list_of(item)], vec![]),
        objects: 1,
        put: Some(|world, me, item| {
            world.call(me, "clear", vec![])?;
            world.call(me, "add", vec![item])
        }),
        read: |world, me| only(world.call(me, "__iter__", vec![])?),
        take: Some(|world, me| world.call(me, "pop", vec![])),
        text: Some(["{", "}"]),
        again: "set(...)",
    },
    Place {
        typeid: "Namespace",
        name: "an attribute",
        hashable: false,
        make: |world, item| world.create("Namespace", vec![], vec![("x", item)]),
        objects: 1,
        put: Some(|world, me, item| world.call(me, "__setattr__", vec![v("x"), item])),
        read: |world, me| world.call(me, "__getattribute__", items!["x"]),
        take: Some(|world, me| world.call(me, "swap", items!["x", NONE])),
        text: Some(["Namespace(x=", ")"]),
        again: "Namespace(...)",
    },
    Place {
        typeid: "Value",
        name: "a value",
        hashable: false,
        make: |world, item| world.create("Value", vec![v("O"), item], vec![]),
        objects: 1,
        put: Some(|world, me, item| world.call(me, "set", vec![item])),
        read: |world, me| world.call(me, "get", vec![]),
        take: Some(|world, me| world.call(me, "swap", items![NONE])),
        text: Some(["Value('O', ", ")"]),
        again: "Value(...)",
    },
    Place {
        typeid: "Value",
        name: "a type code",
        hashable: false,
        make: |world, item| world.create("Value", vec![item, v(1)], vec![]),
        objects: 1,
        put: None,
        // Nothing reads it but what prints it.
        read: |_, me| {
            let mut inside = Vec::new();
            me.body().edges(&mut |proxy| inside.push(proxy.clone()));
            Ok(Item::proxy(inside.remove(0)))
        },
        take: None,
        text: Some(["Value(", ", 1)"]),
        again: "Value(...)",
    },
    Place {
        typeid: "Iterator",
        name: "what an iterator walks over",
        hashable: true,
        make: |world, item| {
            let dict = world.create("dict", vec![dict_of(item, v(1))], vec![])?;
            let Item::Proxy(iterator) = world.call(&dict, "__iter__", vec![])? else { panic!("not a proxy") };
            Ok(*iterator)
        },
        objects: 2,
        put: None,
        read: |world, me| world.call(me, "__next__", vec![]),
        take: None,
        text: None,
        again: "",
    },
    Place {
        typeid: "Pool",
        name: "a task that a pool was given",
        hashable: false,
        make: |world, item| {
            let pool = world.create("Pool", items![1], vec![("retries", v(1000))])?;
            let items = Item::list([item].iter(), &Limits::default())?;
            let mapping = Mapping { entry: "entry".into(), lead: vec![], items, is_spread: false, chunk: None };
            Pool::imap(&pool, mapping, true)?;
            Ok(pool)
        },
        objects: 1,
        put: None,
        // By a worker that does not survive it, so that it goes back.
        read: |world, _| {
            let worker = world.office.last();
            let work = world.office.takes(worker).unwrap();
            world.office.dies(worker);
            Ok(work.args[0].clone())
        },
        take: None,
        text: None,
        again: "",
    },
    Place {
        typeid: "AsyncResult",
        name: "what came of a task",
        hashable: false,
        make: |world, item| {
            let pool = world.create("Pool", items![1], vec![])?;
            let result = Pool::submit(&pool, "entry", vec![], Callbacks::default())?;
            let worker = world.office.last();
            world.office.takes(worker).unwrap();
            world.office.gives(worker, Ok(item));
            Ok(result)
        },
        objects: 1,
        put: None,
        read: |world, me| world.call(me, "get", vec![]),
        take: None,
        text: None,
        again: "",
    },
    Place {
        typeid: "Process",
        name: "what a process returned",
        hashable: false,
        make: |world, item| {
            let process = Process::create(&world.caller.home, "program", "entry");
            Process::of(&process)?.end(End::Returned(item), ());
            Ok(process)
        },
        objects: 1,
        put: None,
        read: |world, me| world.call(me, "result", vec![]),
        take: None,
        text: None,
        again: "",
    },
];

/// The types whose objects hold no others; those of `Array` refuse them, which is shown below.
const HOLD_NOTHING: &[&str] =
    &["Array", "Barrier", "BoundedSemaphore", "Condition", "Event", "Lock", "RLock", "Semaphore"];

/// Ways to put a proxy into a plain value: what makes it, whether that has a hash, and what is printed around the proxy.
type Wrap = (&'static str, bool, fn(Plain) -> Plain, [&'static str; 2]);

const WRAPS: &[Wrap] = &[
    ("itself", true, |proxy| proxy, ["", ""]),
    ("in a list", false, |proxy| list![proxy], ["[", "]"]),
    ("in a tuple", true, |proxy| tuple![1, proxy], ["(1, ", ")"]),
    ("as a plain dict's value", false, |proxy| dict! {"a" => proxy}, ["{'a': ", "}"]),
    ("as a plain dict's key", false, |proxy| dict! {proxy => 1}, ["{", ": 1}"]),
    ("in a plain set", false, |proxy| Value::Set(vec![proxy]), ["{", "}"]),
    ("in a frozenset", true, |proxy| Value::FrozenSet(vec![proxy]), ["frozenset({", "})"]),
    ("in a list in a dict in a tuple", false, |proxy| tuple![dict! {0 => list![proxy]}], ["({0: [", "]},)"]),
];

/// The only proxy in an item, which is used up.
fn unwrapped(item: Item) -> Proxy {
    let mut inside = Vec::new();
    item.proxies(&mut |proxy| inside.push(proxy.clone()));
    assert_eq!(inside.len(), 1);
    inside.remove(0)
}

fn works(world: &World, sample: &Sample, proxy: &Proxy, case: &str) {
    let (method, args, result) = &sample.call;
    assert_eq!(world.show(proxy, method, args()), *result, "{case}");
}

#[test]
fn every_type_holds_objects_or_does_not() {
    for builtin in builtin() {
        let typeid = builtin.typeid();
        let places = PLACES.iter().any(|place| place.typeid == typeid);
        assert_ne!(
            places,
            HOLD_NOTHING.contains(&typeid),
            "'{typeid}' objects: say in PLACES where they hold others, or in HOLD_NOTHING that they do not ({})",
            file!()
        );
    }
}

#[test]
fn every_object_in_every_place() {
    let mut cases = 0;
    for sample in samples() {
        for place in PLACES {
            for wrap in WRAPS.iter().filter(|wrap| wrap.1 || !place.hashable) {
                put_and_take(sample, place, wrap);
                outlive(sample, place, wrap);
                cases += 1;
            }
        }
    }
    assert!(cases > 600, "{cases}");
}

/// Puts an object into a place, reads it, takes it out, and counts its holders at each step.
fn put_and_take(sample: &Sample, place: &Place, (how, hashable, wrap, text): &Wrap) {
    let case = format!("a '{}' {how}, as {}", sample.typeid, place.name);
    let world = World::new();
    let proxy = (sample.make)(&world);
    let held = |count: u32, when: &str| assert_eq!(proxy.holders(), count, "{case}, {when}");
    held(1, "at first");
    let item = v(wrap(Value::Proxy(proxy.clone())));
    held(2, "on its way");
    let container = (place.make)(&world, item.clone()).unwrap_or_else(|error| panic!("{case}: {error}"));
    held(3, "inside");
    assert_eq!(world.objects(), sample.objects + place.objects, "{case}");

    if let Some([before, behind]) = place.text {
        let text = format!("{before}{}{}{}{behind}", text[0], proxy.repr(), text[1]);
        assert_eq!(world.text(&container), text, "{case}");
    }

    let out = (place.read)(&world, &container).unwrap_or_else(|error| panic!("{case}: {error}"));
    held(4, "read");
    if place.name != "a type code" {
        assert!(out.equal(&item), "{case}: {out:?}");
        if *hashable {
            assert_eq!(out.hash().unwrap(), item.hash().unwrap(), "{case}");
        }
    }
    drop(item);
    let same = unwrapped(out);
    held(3, "read and taken apart");
    assert_eq!((same.id(), same.typeid(), same.repr()), (proxy.id(), sample.typeid, proxy.repr()), "{case}");
    assert_eq!(same, proxy, "{case}");
    works(&world, sample, &same, &case);
    drop(same);
    held(2, "put back");

    if let Some(take) = place.take {
        let out = take(&world, &container).unwrap();
        held(2, "taken out");
        let same = unwrapped(out);
        works(&world, sample, &same, &case);
        drop(same);
        held(1, "taken out and dropped");
        assert!(
            (place.read)(&world, &container).map_or(true, |left| shown(Ok(left)) == "None"),
            "{case}: is still there"
        );
    }
    drop(container);
    settle();
    held(1, "when nothing else holds it");
    assert_eq!(world.objects(), sample.objects, "{case}");
    drop(proxy);
    settle();
    assert_eq!(world.objects(), 0, "{case}");
}

/// The object lives on in the place when nobody else holds it, and goes with what holds it.
fn outlive(sample: &Sample, place: &Place, (how, _, wrap, _): &Wrap) {
    let case = format!("a '{}' {how}, as {}, alone", sample.typeid, place.name);
    let world = World::new();
    let proxy = (sample.make)(&world);
    let id = proxy.id();
    let container = (place.make)(&world, v(wrap(Value::Proxy(proxy)))).unwrap();
    settle();
    assert_eq!(world.objects(), sample.objects + place.objects, "{case}");
    let again = unwrapped((place.read)(&world, &container).unwrap());
    assert_eq!((again.id(), again.holders()), (id, 2), "{case}");
    works(&world, sample, &again, &case);
    drop(container);
    settle();
    // The one that is left holds it alone.
    assert_eq!((again.holders(), world.objects()), (1, sample.objects), "{case}");
    works(&world, sample, &again, &case);
    let container = (place.make)(&world, v(wrap(Value::Proxy(again)))).unwrap();
    drop(container);
    settle();
    assert_eq!(world.objects(), 0, "{case}");
}

/// An instance of a guest's own class holds what is in its state, and only the guest looks inside.
#[test]
fn every_object_in_the_state_of_a_guests_own() {
    for sample in samples() {
        for place in PLACES.iter().filter(|place| place.name != "a type code") {
            let case = format!("a '{}' in an object's state, as {}", sample.typeid, place.name);
            let world = World::new();
            let proxy = (sample.make)(&world);
            let state = tuple![list_if(!place.hashable, Value::Proxy(proxy.clone()))];
            let object = Object { type_name: "__main__.Pair".into(), text: "Pair(...)".into(), state };
            let item = v(object);
            assert_eq!(proxy.holders(), 2, "{case}");
            let container = (place.make)(&world, item).unwrap();
            assert_eq!(proxy.holders(), 2, "{case}");
            if let Some([before, behind]) = place.text {
                assert_eq!(world.text(&container), format!("{before}Pair(...){behind}"), "{case}");
            }
            let out = (place.read)(&world, &container).unwrap();
            assert_eq!((proxy.holders(), &*out.type_name()), (3, "Pair"), "{case}");
            let same = unwrapped(out);
            assert_eq!(same, proxy, "{case}");
            works(&world, sample, &same, &case);
            drop((proxy, container));
            settle();
            assert_eq!((same.holders(), world.objects()), (1, sample.objects), "{case}");
        }
    }
}

fn list_if(condition: bool, item: Plain) -> Plain {
    if condition { list![item] } else { item }
}

#[test]
fn an_array_takes_no_objects() {
    for sample in samples() {
        let world = World::new();
        let proxy = (sample.make)(&world);
        let array = world.create("Array", items!["i", list![1, 2]], vec![]).unwrap();
        let class = proxy.body().type_info().proxy_class();
        let refusal = format!("TypeError: '{class}' object cannot be interpreted as an integer");
        for wrap in
            [(|proxy| list![proxy]) as fn(Plain) -> Plain, |proxy| tuple![proxy], |proxy| Value::Set(vec![proxy])]
        {
            let items = wrap(Value::Proxy(proxy.clone()));
            let error = world.create("Array", items!["i", items], vec![]).unwrap_err();
            assert_eq!(error.to_string(), refusal);
        }
        for method in ["__setitem__", "swap", "fetch_max"] {
            assert_eq!(world.show(&array, method, vec![v(0), Item::proxy(proxy.clone())]), refusal, "{method}");
        }
        let items = list![Value::Proxy(proxy.clone()), 7];
        assert_eq!(world.show(&array, "__setitem__", items![slice(None, None, None), items]), refusal);
        assert_eq!(world.text(&array), "array('i', [1, 2])");
        assert_eq!(proxy.holders(), 1, "a '{}'", sample.typeid);
    }
}

#[test]
fn what_contains_itself_says_so_and_can_be_emptied() {
    for place in PLACES {
        let (Some(put), Some([before, behind])) = (place.put, place.text) else { continue };
        for (how, _, wrap, text) in WRAPS.iter().filter(|wrap| wrap.1 || !place.hashable) {
            let case = format!("itself {how}, as {}", place.name);
            let world = World::new();
            let container = (place.make)(&world, v(1)).unwrap();
            put(&world, &container, v(wrap(Value::Proxy(container.clone())))).unwrap();
            assert_eq!((container.holders(), world.objects()), (2, 1), "{case}");
            let inside = format!("{before}{}{}{}{behind}", text[0], place.again, text[1]);
            assert_eq!(world.text(&container), inside, "{case}");
            let same = unwrapped((place.read)(&world, &container).unwrap());
            assert_eq!((same == container, container.holders()), (true, 3), "{case}");
            assert_eq!(world.text(&same), inside, "{case}");
            drop(container);
            // Whoever has it can still empty it, and then it goes.
            drop(place.take.unwrap()(&world, &same).unwrap());
            assert_eq!(same.holders(), 1, "{case}");
            drop(same);
            settle();
            assert_eq!(world.objects(), 0, "{case}");
        }
    }
}

#[test]
fn objects_that_hold_each_other_print_each_other_as_proxies() {
    for place in PLACES {
        let (Some(put), Some([before, behind])) = (place.put, place.text) else { continue };
        let world = World::new();
        let a = (place.make)(&world, v(1)).unwrap();
        let b = (place.make)(&world, Item::proxy(a.clone())).unwrap();
        put(&world, &a, Item::proxy(b.clone())).unwrap();
        assert_eq!(world.text(&a), format!("{before}{}{behind}", b.repr()), "{}", place.name);
        assert_eq!(world.text(&b), format!("{before}{}{behind}", a.repr()), "{}", place.name);
        drop(place.take.unwrap()(&world, &a).unwrap());
        drop((a, b));
        settle();
        assert_eq!(world.objects(), 0, "{}", place.name);
    }
}
