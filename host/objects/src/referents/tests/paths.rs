//! Paths through objects and the plain values in them.

use super::super::path::MAX_STEPS;
use super::*;
use crate::referents::lock::Lock;

/// A dict that holds a plain value with a proxy in it: `{'c': {'l': [1, (2, [3])], 4: inner, 't': 'ab'}}`.
fn config(world: &World, inner: &Proxy) -> Proxy {
    let value = dict! {
        "l" => list![1, tuple![2, list![3]]],
        4 => Value::Proxy(inner.clone()),
        "t" => "ab",
        tuple![1, "k"] => list![Value::Proxy(inner.clone()), 9],
    };
    world.dict(dict! {"c" => value})
}

#[test]
fn a_path_leads_through_plain_values_and_proxies() {
    let world = World::new();
    let inner = world.list(list![list![5, 6], 7]);
    let outer = config(&world, &inner);
    let get = |path: Plain| world.show(&outer, "get_path", items![path]);
    for (path, result) in [
        (list!["c", "l"], "[1, (2, [3])]"),
        (list!["c", "l", 0], "1"),
        (list!["c", "l", -1, -1, 0], "3"),
        (tuple!["c", "t"], "'ab'"),
        (list!["c", 4, 0, 1], "6"),
        (list!["c", 4.0, 1], "7"),
        (list!["c", tuple![true, "k"], 1], "9"),
        (list!["c", tuple![1, "k"], 0, -2, 0], "5"),
        (list!["x"], "KeyError: 'x'"),
        (list!["c", "x", 1], "KeyError: 'x'"),
        (list!["c", "l", 2], "IndexError: list index out of range (step 3 of the path: 2)"),
        (list!["c", "l", 1, 2], "IndexError: tuple index out of range (step 4 of the path: 2)"),
        (list!["c", 4, 2], "IndexError: list index out of range (step 3 of the path: 2)"),
        (list!["c", 4, 0, 2], "IndexError: list index out of range (step 4 of the path: 2)"),
        (list!["c", "l", "x"], "TypeError: list indices must be integers or slices, not str (step 3 of the path: 'x')"),
        (list!["c", "l", 0, 5], "TypeError: 'int' object is not subscriptable (step 4 of the path: 5)"),
        (list!["c", 4, 1, 5], "TypeError: 'int' object is not subscriptable (step 4 of the path: 5)"),
        (list!["c", "t", 0], "TypeError: a path cannot lead into a 'str' (step 3 of the path: 0)"),
        (
            list!["c", list![]],
            "TypeError: cannot use 'list' as a dict key (unhashable type: 'list') (step 2 of the path: [])",
        ),
        (
            list!["c", "l", slice(None, None, None)],
            "TypeError: a slice leads to more than one place (step 3 of the path: slice(None, None, None))",
        ),
        (list![], "ValueError: a path has one step at least"),
        ("c".into(), "TypeError: a path is a list of keys and indexes, not 'str'"),
    ] {
        assert_eq!(get(path.clone()), result, "{path:?}");
    }
    let error = world.call(&outer, "get_path", items![list!["c", "x"]]).unwrap_err();
    assert_eq!(error.args.map(|args| *args), Some(tuple!["x"]));
}

#[test]
fn what_lies_at_the_end_of_a_path_is_replaced() {
    let world = World::new();
    let before = |world: &World| {
        let inner = world.list(list![list![5, 6], 7]);
        (config(world, &inner), inner)
    };
    let c = |outer: &Proxy| {
        let all = world.show(outer, "get_path", items![list!["c"]]);
        let (start, rest) = all.split_once("4: <").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        let (middle, rest) = rest.split_once("[<").unwrap();
        format!("{start}4: P{middle}[P{}", rest.split_once('>').unwrap().1)
    };
    let all = "{'l': [1, (2, [3])], 4: P, 't': 'ab', (1, 'k'): [P, 9]}";
    for (path, result, outside, inside) in [
        (list!["c", "l", 0], "None", "{'l': [0, (2, [3])], 4: P, 't': 'ab', (1, 'k'): [P, 9]}", "[[5, 6], 7]"),
        (list!["c", "l", 1, 1, 0], "None", "{'l': [1, (2, [0])], 4: P, 't': 'ab', (1, 'k'): [P, 9]}", "[[5, 6], 7]"),
        (list!["c", "t"], "None", "{'l': [1, (2, [3])], 4: P, 't': 0, (1, 'k'): [P, 9]}", "[[5, 6], 7]"),
        (list!["c", "n"], "None", "{'l': [1, (2, [3])], 4: P, 't': 'ab', (1, 'k'): [P, 9], 'n': 0}", "[[5, 6], 7]"),
        (
            list!["c", tuple![1, "k"], 1],
            "None",
            "{'l': [1, (2, [3])], 4: P, 't': 'ab', (1, 'k'): [P, 0]}",
            "[[5, 6], 7]",
        ),
        (list!["c", 4, 0, -1], "None", all, "[[5, 0], 7]"),
        (list!["c", 4, -1], "None", all, "[[5, 6], 0]"),
        (list!["c", tuple![1, "k"], 0, 0], "None", all, "[0, 7]"),
        (
            list!["c", "l", 1, 0],
            "TypeError: 'tuple' object does not support item assignment (step 4 of the path: 0)",
            all,
            "[[5, 6], 7]",
        ),
        (
            list!["c", "t", 0],
            "TypeError: 'str' object does not support item assignment (step 3 of the path: 0)",
            all,
            "[[5, 6], 7]",
        ),
        (
            list!["c", "l", 0, 0],
            "TypeError: 'int' object does not support item assignment (step 4 of the path: 0)",
            all,
            "[[5, 6], 7]",
        ),
        (
            list!["c", 4, 1, 0],
            "TypeError: 'int' object does not support item assignment (step 4 of the path: 0)",
            all,
            "[[5, 6], 7]",
        ),
        (list!["x", 0], "KeyError: 'x'", all, "[[5, 6], 7]"),
        (list!["c", "x", 0], "KeyError: 'x'", all, "[[5, 6], 7]"),
        (
            list!["c", "l", 9],
            "IndexError: list assignment index out of range (step 3 of the path: 9)",
            all,
            "[[5, 6], 7]",
        ),
        (
            list!["c", 4, 9],
            "IndexError: list assignment index out of range (step 3 of the path: 9)",
            all,
            "[[5, 6], 7]",
        ),
        (list!["c", 4, 9, 9], "IndexError: list index out of range (step 3 of the path: 9)", all, "[[5, 6], 7]"),
    ] {
        let (outer, inner) = before(&world);
        assert_eq!(world.show(&outer, "set_path", items![path.clone(), 0]), result, "{path:?}");
        assert_eq!(c(&outer), outside, "{path:?}");
        assert_eq!(world.text(&inner), inside, "{path:?}");
    }
    let (outer, _) = before(&world);
    assert_eq!(world.show(&outer, "set_path", items![list!["new"], 1]), "None");
    assert_eq!(world.show(&outer, "__getitem__", items!["new"]), "1");
}

#[test]
fn the_proxies_of_what_is_replaced_stay_with_their_places() {
    let world = World::new();
    let [a, b, c, d] = [(); 4].map(|()| world.list(list![]));
    let p = |proxy: &Proxy| Value::Proxy(proxy.clone());
    let outer = world.list(list![list![p(&a), list![p(&b), p(&b)], p(&c)]]);
    world.call(&outer, "set_path", items![list![0, 1], dict! {"k" => p(&d), "l" => p(&a)}]).unwrap();
    assert_eq!([&a, &b, &c, &d].map(Proxy::holders), [3, 1, 2, 2]);
    world.call(&outer, "set_path", items![list![0, 1, "m"], list![p(&b)]]).unwrap();
    assert_eq!([&a, &b, &c, &d].map(Proxy::holders), [3, 2, 2, 2]);
    for (path, there) in [
        (list![0, 0], &a),
        (list![0, 1, "k"], &d),
        (list![0, 1, "l"], &a),
        (list![0, 1, "m", 0], &b),
        (list![0, 2], &c),
    ] {
        let Item::Proxy(proxy) = world.call(&outer, "get_path", items![path]).unwrap() else { panic!("no proxy") };
        assert!(proxy.same(there));
    }
    // A key with a proxy in it.
    let outer = world.dict(dict! {"d" => dict! {}});
    world.call(&outer, "set_path", items![list!["d", tuple![p(&a)]], p(&b)]).unwrap();
    let got = world.call(&outer, "get_path", items![list!["d", tuple![p(&a)]]]).unwrap();
    assert!(matches!(got, Item::Proxy(proxy) if proxy.same(&b)));
}

#[test]
fn each_object_on_a_path_has_to_grant_the_step() {
    let world = World::new();
    let inner = world.list(list![list![1]]);
    let outer = |methods: &[&str]| world.list(list![Value::Proxy(world.narrowed(&inner, methods))]);
    let refused = |method: &str, step: &str| {
        format!("NotExposed: '{method}' of 'list' object is not exposed by this proxy (step {step} of the path: 0)")
    };
    let path = || list![0, 0, 0];
    let reads = outer(&["__getitem__"]);
    assert_eq!(world.show(&reads, "get_path", items![path()]), "1");
    assert_eq!(world.show(&reads, "set_path", items![path(), 2]), refused("__setitem__", "2"));
    assert_eq!(world.show(&reads, "set_path", items![list![0, 0], 2]), refused("__setitem__", "2"));
    let writes = outer(&["__setitem__"]);
    assert_eq!(world.show(&writes, "get_path", items![path()]), refused("__getitem__", "2"));
    assert_eq!(world.show(&writes, "set_path", items![path(), 2]), refused("__getitem__", "2"));
    assert_eq!(world.show(&writes, "set_path", items![list![0, 0], list![3]]), "None");
    assert_eq!(world.text(&inner), "[[3]]");
    // Of the object itself too.
    let me = world.narrowed(&reads, &["get_path"]);
    assert_eq!(world.show(&me, "get_path", items![path()]), refused("__getitem__", "1"));
}

#[test]
fn a_path_leads_into_nothing_that_has_no_items() {
    let world = World::new();
    let lock = Lock::create(&world.caller);
    let outer = world.list(list![Value::Proxy(lock)]);
    assert_eq!(
        world.show(&outer, "get_path", items![list![0, 1]]),
        "TypeError: 'AcquirerProxy' object is not subscriptable (step 2 of the path: 1)"
    );
    assert_eq!(
        world.show(&outer, "set_path", items![list![0, 1], 1]),
        "TypeError: 'AcquirerProxy' object is not subscriptable (step 2 of the path: 1)"
    );
}

#[test]
fn a_path_and_what_it_makes_are_bounded() {
    let limits = Limits { value_bytes: 4000, value_depth: 20, ..Limits::default() };
    let world = World::with_limits(limits);
    let me = world.list(list![list![1, 2]]);
    world.call(&me, "append", items![Value::Proxy(me.clone())]).unwrap();
    // Through itself, over and over.
    let path = |steps: usize| Value::List((0..steps).map(|_| Value::Int(1)).chain([Value::Int(0)]).collect());
    assert_eq!(world.show(&me, "get_path", items![path(MAX_STEPS - 1)]), "[1, 2]");
    let error = world.call(&me, "get_path", items![path(MAX_STEPS)]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::QuotaExceeded);
    assert_eq!(error.message, "a path can have 64 steps at most, and this has 65");
    // Too large, and too deep.
    let at = |index: i64| list![0, index];
    world.call(&me, "set_path", items![at(0), "x".repeat(3000)]).unwrap();
    let error = world.call(&me, "set_path", items![at(1), "x".repeat(3000)]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::QuotaExceeded, "{error}");
    let deep = (0..19).fold(Plain::from(1), |value, _| list![value]);
    world.call(&me, "set_path", items![at(1), deep.clone()]).unwrap();
    let error = world.call(&me, "set_path", items![at(1), list![deep]]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadValue, "{error}");
    world.call(&me, "clear", vec![]).unwrap();
}
