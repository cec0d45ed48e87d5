//! Operations that are a reading and a change in one: what they do, and that nobody gets in between.

use super::*;
use crate::sync::{AtomicU64, Ordering};
use std::collections::BTreeSet;
use std::thread;

/// Calls methods of fresh objects: what each gives, and what the object is afterwards.
fn check(typeid: &str, before: &dyn Fn() -> Plain, cases: Vec<(&str, Vec<Item>, &str, &str)>) {
    let world = World::new();
    for (method, args, result, after) in cases {
        let object = world.create(typeid, vec![v(before())], vec![]).unwrap();
        let args_shown: Vec<_> = args.iter().cloned().map(|arg| shown(Ok(arg))).collect();
        let case = format!("{}.{method}({})", world.text(&object), args_shown.join(", "));
        assert_eq!(world.show(&object, method, args), result, "{case}");
        assert_eq!(world.text(&object), after, "{case}, afterwards");
    }
}

const RANGE: &str = "IndexError: list index out of range";
const ASSIGNMENT: &str = "IndexError: list assignment index out of range";
const INDICES: &str = "TypeError: list indices must be integers or slices, not str";
const UNHASHABLE: &str = "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')";
const NO_ORDER: &str = "TypeError: '<' not supported between instances of 'int' and 'str'";

#[test]
fn an_item_is_replaced_and_what_was_there_is_given() {
    let all = "[1, 'b', [3]]";
    check(
        "list",
        &|| list![1, "b", list![3]],
        vec![
            ("fetch_max", items![0, 2], "1", "[2, 'b', [3]]"),
            ("fetch_max", items![0, 1.0], "1", all),
            ("fetch_max", items![-1, list![3, 0]], "[3]", "[1, 'b', [3, 0]]"),
            ("fetch_max", items![0, "x"], NO_ORDER, all),
            ("fetch_max", items![3, 1], RANGE, all),
            ("fetch_max", items![0, f64::NAN], "1", all),
            ("swap", items![-3, "x"], "1", "['x', 'b', [3]]"),
            ("swap", items![3, "x"], ASSIGNMENT, all),
            ("swap", items!["0", "x"], INDICES, all),
            ("compare_exchange", items![0, true, 9], "(True, 1)", "[9, 'b', [3]]"),
            ("compare_exchange", items![2, list![3.0], 9], "(True, [3])", "[1, 'b', 9]"),
            ("compare_exchange", items![0, 2, 9], "(False, 1)", all),
            ("compare_exchange", items![3, 2, 9], RANGE, all),
            ("pop_if", items![0, 1.0], "(True, 1)", "['b', [3]]"),
            ("pop_if", items![-1, list![4]], "(False, [3])", all),
            ("pop_if", items![-4, 1], RANGE, all),
            ("get_many", items![list![2, 0, -1]], "[[3], 1, [3]]", all),
            ("get_many", items![tuple![]], "[]", all),
            ("get_many", items![list![0, 3]], RANGE, all),
            ("get_many", items![list![0, "1"]], INDICES, all),
            ("get_many", items![0], "TypeError: 'int' object is not iterable", all),
            ("set_many", items![list![tuple![0, 9], list![-1, 8]]], "None", "[9, 'b', 8]"),
            ("set_many", items![dict! {1 => 7}], "None", "[1, 7, [3]]"),
            ("set_many", items![list![tuple![0, 9], tuple![0, 8]]], "None", "[8, 'b', [3]]"),
            ("set_many", items![list![]], "None", all),
            ("set_many", items![list![tuple![0, 9], tuple![3, 8]]], ASSIGNMENT, all),
            ("set_many", items![list![tuple![0, 9], tuple!["1", 8]]], INDICES, all),
            (
                "set_many",
                items![list![tuple![0, 9], tuple![1]]],
                "ValueError: sequence of pairs element #1 has length 1; 2 is required",
                all,
            ),
            ("set_many", items![list![5]], "TypeError: object is not iterable", all),
            ("set_many", items![5], "TypeError: 'int' object is not iterable", all),
        ],
    );
    let all = "{'a': 1, 2: [3]}";
    check(
        "dict",
        &|| dict! {"a" => 1, 2 => list![3]},
        vec![
            ("fetch_max", items!["a", 2], "1", "{'a': 2, 2: [3]}"),
            ("fetch_max", items!["a", 0], "1", all),
            ("fetch_max", items!["a", "x"], NO_ORDER, all),
            ("fetch_max", items!["b", 2], "KeyError: 'b'", all),
            ("fetch_max", items!["b", 2, 5], "5", "{'a': 1, 2: [3], 'b': 5}"),
            ("fetch_max", items!["b", 2, 0], "0", "{'a': 1, 2: [3], 'b': 2}"),
            ("fetch_max", items!["b", "x", 0], NO_ORDER, all),
            ("fetch_max", items![list![], 2], UNHASHABLE, all),
            ("swap", items![2.0, "x"], "[3]", "{'a': 1, 2: 'x'}"),
            ("swap", items!["b", "x"], "KeyError: 'b'", all),
            ("swap", items![list![], "x"], UNHASHABLE, all),
            ("compare_exchange", items!["a", true, 9], "(True, 1)", "{'a': 9, 2: [3]}"),
            ("compare_exchange", items!["a", 2, 9], "(False, 1)", all),
            ("compare_exchange", items!["b", 2, 9], "KeyError: 'b'", all),
            ("pop_if", items![2, list![3]], "(True, [3])", "{'a': 1}"),
            ("pop_if", items![2, list![4]], "(False, [3])", all),
            ("pop_if", items!["b", NONE], "KeyError: 'b'", all),
            ("get_many", items![list![2, "a", 2]], "[[3], 1, [3]]", all),
            ("get_many", items!["ab"], "KeyError: 'b'", all),
            ("get_many", items!["ab", NONE], "[1, None]", all),
            ("get_many", items![list![list![]], NONE], UNHASHABLE, all),
            ("set_many", items![dict! {"b" => 2, "a" => 0}], "None", "{'a': 0, 2: [3], 'b': 2}"),
            ("set_many", items![list!["xy", tuple!["x", 1]]], "None", "{'a': 1, 2: [3], 'x': 1}"),
            ("set_many", items![list!["xy", tuple![list![], 1]]], UNHASHABLE, all),
            (
                "set_many",
                items![list!["xy", "z"]],
                "ValueError: dictionary update sequence element #1 has length 1; 2 is required",
                all,
            ),
            ("set_many", items![list!["xy", 5]], "TypeError: object is not iterable", all),
            ("set_many", items![5], "TypeError: 'int' object is not iterable", all),
        ],
    );
}

#[test]
fn entries_are_set_together_only_if_there_is_room_for_all() {
    let limits = Limits { container_length: 3, ..Limits::default() };
    let world = World::with_limits(limits);
    let dict = world.dict(dict! {"a" => 1, "b" => 2});
    let full = "QuotaExceeded: a dict can hold 3 entries at most";
    assert_eq!(world.show(&dict, "set_many", items![dict! {"a" => 5, "c" => 3, "d" => 4}]), full);
    assert_eq!(world.text(&dict), "{'a': 1, 'b': 2}");
    // As many as fit, with those that are there.
    assert_eq!(world.show(&dict, "set_many", items![dict! {"a" => 5, "b" => 6, "c" => 3}]), "None");
    assert_eq!(world.text(&dict), "{'a': 5, 'b': 6, 'c': 3}");
    assert_eq!(world.show(&dict, "set_many", items![Value::Proxy(dict.clone())]), "None");
    assert_eq!(world.show(&dict, "fetch_max", items!["d", 1, 0]), full);
}

#[test]
fn what_is_exchanged_is_held_where_it_is() {
    let world = World::new();
    let inner = world.list(list![]);
    let proxy = || Value::Proxy(inner.clone());
    for object in [world.list(list![0]), world.dict(dict! {0 => 0})] {
        world.call(&object, "swap", items![0, proxy()]).unwrap();
        assert_eq!(inner.holders(), 2);
        assert_eq!(world.show(&object, "compare_exchange", items![0, 1, proxy()]).split(',').next(), Some("(False"));
        assert_eq!(inner.holders(), 2);
        world.call(&object, "set_many", items![dict! {0 => list![proxy(), proxy()]}]).unwrap();
        assert_eq!(inner.holders(), 3);
        world.call(&object, "set_path", items![list![0, 1], 7]).unwrap();
        assert_eq!(inner.holders(), 2);
        assert!(world.call(&object, "set_path", items![list![0, 5], proxy()]).is_err());
        assert_eq!(inner.holders(), 2);
        let popped = world.call(&object, "pop_if", items![0, list![proxy(), 7]]).unwrap();
        assert_eq!(inner.holders(), 2);
        drop(popped);
        assert_eq!(inner.holders(), 1);
    }
}

#[test]
fn each_right_is_that_of_the_method_itself() {
    let world = World::new();
    for object in [world.list(list![1]), world.dict(dict! {0 => 1})] {
        let most = world.narrowed(&object, &["fetch_max", "compare_exchange"]);
        assert_eq!(world.show(&most, "fetch_max", items![0, 3]), "1");
        assert_eq!(world.show(&most, "compare_exchange", items![0, 3, 1]), "(True, 3)");
        for method in ["swap", "pop_if", "get_many", "set_many", "get_path", "set_path"] {
            let error = world.call(&most, method, vec![]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotExposed, "{method}");
        }
    }
}

const THREADS: i64 = 4;
const TIMES: i64 = 2_000;

/// A list and a dict whose item 0 is a value, and whose other items are too.
fn both(world: &World, value: &Plain, count: i64) -> [Proxy; 2] {
    let items = (0..count).map(|_| value.clone()).collect();
    let entries = (0..count).map(|key| (Plain::from(key), value.clone()));
    [world.list(Value::List(items)), world.dict(Value::dict(entries.collect::<Vec<_>>()).unwrap())]
}

/// Has several threads do something at one time.
fn together<T: Send>(work: impl Fn(i64) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = (0..THREADS).map(|number| scope.spawn(move || work(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn int(item: &Item) -> i64 {
    let Item::Int(number) = item else { panic!("{item:?}") };
    *number
}

/// The parts of a flag and an item.
fn parts(item: &Item) -> (bool, Plain) {
    let Value::Tuple(parts) = item.to_value() else { panic!("{item:?}") };
    let [Value::Bool(flag), value] = &parts[..] else { panic!("{parts:?}") };
    (*flag, value.clone())
}

#[test]
fn nothing_that_is_swapped_is_lost_or_given_twice() {
    let world = World::new();
    for object in both(&world, &Value::Int(-1), 1) {
        let got = together(|thread| {
            let swap = |time| int(&world.call(&object, "swap", items![0, thread * TIMES + time]).unwrap());
            (0..TIMES).map(swap).collect::<Vec<_>>()
        });
        let last = int(&world.call(&object, "__getitem__", items![0]).unwrap());
        let mut all: Vec<_> = got.into_iter().flatten().chain([last]).collect();
        all.sort_unstable();
        assert!(all.into_iter().eq(-1..THREADS * TIMES));
    }
}

#[test]
fn a_maximum_only_grows_and_is_the_greatest_of_all() {
    let world = World::new();
    for object in both(&world, &Value::Int(-1), 1) {
        let replaced = together(|thread| {
            let mut replaced = Vec::new();
            let mut before = -1;
            for time in 0..TIMES {
                let value = time * THREADS + thread;
                let old = int(&world.call(&object, "fetch_max", items![0, value]).unwrap());
                assert!(old >= before, "{old} after {before}");
                before = old.max(value);
                if old < value {
                    replaced.push(old);
                }
            }
            replaced
        });
        // Each was replaced by one other.
        let all: Vec<_> = replaced.into_iter().flatten().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(world.show(&object, "__getitem__", items![0]), (THREADS * TIMES - 1).to_string());
    }
}

#[test]
fn of_those_that_expect_the_same_one_exchanges() {
    let world = World::new();
    for object in both(&world, &Value::Int(0), 1) {
        together(|_| {
            for _ in 0..TIMES {
                let mut expected = Value::Int(0);
                loop {
                    let Value::Int(number) = expected else { panic!("{expected:?}") };
                    let args = items![0, number, number + 1];
                    let (done, there) = parts(&world.call(&object, "compare_exchange", args).unwrap());
                    if done {
                        break;
                    }
                    expected = there;
                }
            }
        });
        assert_eq!(world.show(&object, "__getitem__", items![0]), (THREADS * TIMES).to_string());
    }
}

#[test]
fn of_those_that_expect_the_same_one_removes() {
    let world = World::new();
    let [list, dict] = both(&world, &Value::Int(5), TIMES);
    let taken = AtomicU64::new(0);
    let take = |object: &Proxy, key: i64| match world.call(object, "pop_if", items![key, 5]) {
        Ok(item) => {
            assert_eq!(parts(&item), (true, Value::Int(5)));
            taken.fetch_add(1, Ordering::Relaxed);
        }
        Err(error) => assert!(matches!(error.kind, ErrorKind::Key | ErrorKind::Index), "{error}"),
    };
    together(|_| {
        for key in 0..TIMES {
            take(&dict, key);
            take(&list, -1);
        }
    });
    assert_eq!(taken.into_inner(), 2 * TIMES as u64);
}

#[test]
fn nobody_sees_a_part_of_what_is_set_together() {
    const KEYS: i64 = 8;
    let world = World::new();
    for object in both(&world, &Value::Int(-1), KEYS) {
        let keys = || Value::List((0..KEYS).map(Value::Int).collect());
        together(|thread| {
            for time in 0..TIMES {
                let pairs = (0..KEYS).map(|key| tuple![key, thread * TIMES + time]).collect();
                world.call(&object, "set_many", items![Value::List(pairs)]).unwrap();
                let Value::List(seen) = world.call(&object, "get_many", items![keys()]).unwrap().to_value() else {
                    panic!("no list")
                };
                assert!(seen.iter().all(|item| *item == seen[0]), "{seen:?}");
            }
        });
    }
}

#[test]
fn changes_inside_of_one_plain_value_do_not_undo_each_other() {
    let world = World::new();
    let counters = || Value::List((0..THREADS).map(|_| tuple!["n", 0]).collect());
    let value =
        dict! {"counters" => Value::List((0..THREADS).map(|_| dict! {"n" => 0}).collect()), "rest" => counters()};
    for object in both(&world, &value, 1) {
        together(|thread| {
            let path = || list![0, "counters", thread, "n"];
            for time in 1..=TIMES {
                let before = int(&world.call(&object, "get_path", items![path()]).unwrap());
                assert_eq!(before, time - 1);
                world.call(&object, "set_path", items![path(), time]).unwrap();
            }
        });
        for thread in 0..THREADS {
            let last = world.call(&object, "get_path", items![list![0, "counters", thread, "n"]]).unwrap();
            assert_eq!(int(&last), TIMES);
        }
    }
}
