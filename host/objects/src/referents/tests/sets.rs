use super::*;
use crate::object::Effect;
use crate::referents::set::{Operation, Relation};

/// A plain set.
macro_rules! set {
    ($($element:expr),* $(,)?) => { Plain::set(vec![$(Plain::from($element)),*]).unwrap() };
}

/// A plain frozenset.
macro_rules! frozen {
    ($($element:expr),* $(,)?) => { Plain::frozen_set(vec![$(Plain::from($element)),*]).unwrap() };
}

/// Calls methods of fresh sets: what each gives, and what the set is afterwards.
fn check(cases: Vec<(Plain, &str, Vec<Item>, &str, &str)>) {
    let world = World::new();
    for (before, method, args, result, after) in cases {
        let set = world.set(before);
        let args_shown: Vec<_> = args.iter().cloned().map(|arg| shown(Ok(arg))).collect();
        let case = format!("{}.{method}({})", world.text(&set), args_shown.join(", "));
        assert_eq!(world.show(&set, method, args), result, "{case}");
        assert_eq!(world.text(&set), after, "{case}, afterwards");
    }
}

const UNHASHABLE: &str = "TypeError: cannot use 'list' as a set element (unhashable type: 'list')";
const NOT_ITERABLE: &str = "TypeError: 'int' object is not iterable";

#[test]
fn elements_are_added_found_and_removed() {
    let s = || list![1, "a", tuple![2]];
    let all = "{1, 'a', (2,)}";
    check(vec![
        (s(), "add", items!["b"], "None", "{1, 'a', (2,), 'b'}"),
        // The first of equal ones stays.
        (s(), "add", items![1.0], "None", all),
        (s(), "add", items![list![]], UNHASHABLE, all),
        (s(), "add", items![set![]], "TypeError: cannot use 'set' as a set element (unhashable type: 'set')", all),
        (
            s(),
            "add",
            items![tuple![1, dict! {}]],
            "TypeError: cannot use 'tuple' as a set element (unhashable type: 'dict')",
            all,
        ),
        (s(), "__contains__", items![true], "True", all),
        (s(), "__contains__", items![tuple![2.0]], "True", all),
        (s(), "__contains__", items![2], "False", all),
        (s(), "__contains__", items![list![]], UNHASHABLE, all),
        (s(), "__len__", items![], "3", all),
        (s(), "__iter__", items![], "[1, 'a', (2,)]", all),
        (s(), "discard", items!["a"], "None", "{1, (2,)}"),
        (s(), "discard", items!["b"], "None", all),
        (s(), "discard", items![list![]], UNHASHABLE, all),
        (s(), "remove", items![1.0], "None", "{'a', (2,)}"),
        (s(), "remove", items!["b"], "KeyError: 'b'", all),
        (s(), "remove", items![list![]], UNHASHABLE, all),
        (s(), "pop", items![], "(2,)", "{1, 'a'}"),
        (list![], "pop", items![], "KeyError: 'pop from an empty set'", "set()"),
        (s(), "copy", items![], all, all),
        (list![], "copy", items![], "set()", "set()"),
        (s(), "clear", items![], "None", "set()"),
    ]);
}

/// As in Python, where a set is looked for or removed: it cannot be an element, but stands for one.
#[test]
fn a_set_stands_for_the_frozenset_that_is_equal_to_it() {
    let s = || list![frozen![1, 2], 3];
    let all = "{frozenset({1, 2}), 3}";
    let unhashable = "TypeError: cannot use 'tuple' as a set element (unhashable type: 'set')";
    check(vec![
        (s(), "__contains__", items![set![2, 1.0]], "True", all),
        (s(), "__contains__", items![frozen![2, 1]], "True", all),
        (s(), "__contains__", items![set![3]], "False", all),
        (s(), "__contains__", items![tuple![set![3]]], unhashable, all),
        (s(), "discard", items![set![2, 1]], "None", "{3}"),
        (s(), "discard", items![set![3]], "None", all),
        (s(), "remove", items![set![2, 1]], "None", "{3}"),
        (s(), "remove", items![set![3]], "KeyError: {3}", all),
        (s(), "remove", items![tuple![set![3]]], unhashable, all),
    ]);
}

#[test]
fn the_typed_forms_tell_what_there_was() {
    let world = World::new();
    let set = Set::create(&world.caller);
    assert!(Set::add(&set, v(1)).unwrap());
    assert!(!Set::add(&set, v(true)).unwrap());
    assert!(Set::discard(&set, &v(1.0)).unwrap());
    assert!(!Set::discard(&set, &v(1)).unwrap());
    assert_eq!(world.text(&set), "set()");
}

#[test]
fn threads_tell_apart_who_added_an_element() {
    let world = World::new();
    let set = Set::create(&world.caller);
    let wins = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..5_000 {
                    if Set::add(&set, v(n)).unwrap() {
                        wins.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!((wins.into_inner(), Set::length(&set).unwrap()), (5_000, 5_000));
}

#[test]
fn methods_take_any_number_of_iterables() {
    let s = || list![1, 2, 3];
    let all = "{1, 2, 3}";
    check(vec![
        (s(), "union", items![], all, all),
        (s(), "union", items![list![4, 1.0], "ab", dict! {5 => 6}], "{1, 2, 3, 4, 'a', 'b', 5}", all),
        (s(), "union", items![list![4], 5], NOT_ITERABLE, all),
        (s(), "union", items![list![4, list![]]], UNHASHABLE, all),
        (s(), "intersection", items![], all, all),
        (s(), "intersection", items![list![9, 3, 1]], "{1, 3}", all),
        (s(), "intersection", items![list![3, 1], tuple![3, 4]], "{3}", all),
        // CPython words it otherwise than elsewhere.
        (s(), "intersection", items![list![list![]]], "TypeError: unhashable type: 'list'", all),
        (s(), "intersection", items![list![], 5], NOT_ITERABLE, all),
        (list![], "intersection", items![list![list![]]], "TypeError: unhashable type: 'list'", "set()"),
        // Once all are found, it looks no further.
        (s(), "intersection", items![list![3, 2, 1, list![]], list![1]], "{1}", all),
        (s(), "intersection_update", items![list![3, 2, 1, list![]], list![1]], "None", "{1}"),
        (s(), "difference", items![], all, all),
        (s(), "difference", items![list![3.0], set![1]], "{2}", all),
        (s(), "difference", items![5], NOT_ITERABLE, all),
        (s(), "difference", items![list![list![]]], UNHASHABLE, all),
        (s(), "symmetric_difference", items![list![3, 4, 4]], "{1, 2, 4}", all),
        (s(), "symmetric_difference", items![list![4, list![]]], UNHASHABLE, all),
        (s(), "symmetric_difference", items![5], NOT_ITERABLE, all),
        (s(), "update", items![], "None", all),
        (s(), "update", items![list![4], "a"], "None", "{1, 2, 3, 4, 'a'}"),
        // What comes before a mistake is done, as in Python.
        (s(), "update", items![list![4, list![], 5]], UNHASHABLE, "{1, 2, 3, 4}"),
        (s(), "update", items![list![4], 5, list![6]], NOT_ITERABLE, "{1, 2, 3, 4}"),
        (s(), "difference_update", items![list![1], list![2, list![], 3]], UNHASHABLE, "{3}"),
        (s(), "difference_update", items![list![1], set![2]], "None", "{3}"),
        (s(), "intersection_update", items![list![3, 2], list![3]], "None", "{3}"),
        (s(), "intersection_update", items![list![3, 2], 5], NOT_ITERABLE, all),
        (s(), "symmetric_difference_update", items![list![3, 4, 4]], "None", "{1, 2, 4}"),
        (s(), "symmetric_difference_update", items![list![3, list![]]], UNHASHABLE, all),
    ]);
}

#[test]
fn questions_are_answered_as_soon_as_the_answer_is_known() {
    let s = || list![1, 2];
    let all = "{1, 2}";
    check(vec![
        (s(), "isdisjoint", items![list![3]], "True", all),
        (s(), "isdisjoint", items![list![3, 1.0]], "False", all),
        (s(), "isdisjoint", items![list![1, list![]]], "False", all),
        (s(), "isdisjoint", items![list![3, list![]]], UNHASHABLE, all),
        (s(), "isdisjoint", items![5], NOT_ITERABLE, all),
        (s(), "issuperset", items![list![1, 1]], "True", all),
        (s(), "issuperset", items![list![1, 3]], "False", all),
        (s(), "issuperset", items![list![3, list![]]], "False", all),
        (s(), "issuperset", items![list![1, list![]]], UNHASHABLE, all),
        (s(), "issuperset", items![set![1, 2, 3]], "False", all),
        (s(), "issubset", items![list![3, 1, 1, 2]], "True", all),
        (s(), "issubset", items![list![1, 1]], "False", all),
        (s(), "issubset", items![frozen![1, 2]], "True", all),
        (s(), "issubset", items![frozen![1, 3, 4]], "False", all),
        (s(), "issubset", items![list![1, 2, list![]]], "True", all),
        (s(), "issubset", items![list![1, list![]]], "TypeError: unhashable type: 'list'", all),
        (list![], "issubset", items![list![list![]]], "TypeError: unhashable type: 'list'", "set()"),
        (s(), "issubset", items![5], NOT_ITERABLE, all),
    ]);
}

#[test]
fn operators_take_sets_only() {
    let s = || list![1, 2];
    let all = "{1, 2}";
    check(vec![
        (s(), "__or__", items![set![3, 1.0]], "{1, 2, 3}", all),
        (s(), "__ror__", items![set![3, 1.0]], "{3, 1.0, 2}", all),
        (s(), "__ror__", items![frozen![3, 1.0]], "frozenset({3, 1.0, 2})", all),
        (s(), "__or__", items![frozen![3]], "{1, 2, 3}", all),
        (s(), "__and__", items![set![2, 3]], "{2}", all),
        (s(), "__rand__", items![frozen![2, 3]], "frozenset({2})", all),
        (s(), "__sub__", items![set![2, 3]], "{1}", all),
        (s(), "__rsub__", items![set![2, 3]], "{3}", all),
        (s(), "__xor__", items![set![2, 3]], "{1, 3}", all),
        (s(), "__rxor__", items![frozen![2, 3]], "frozenset({3, 1})", all),
        (s(), "__ior__", items![set![3]], "None", "{1, 2, 3}"),
        (s(), "__iand__", items![frozen![3, 2]], "None", "{2}"),
        (s(), "__isub__", items![set![2, 3]], "None", "{1}"),
        (s(), "__ixor__", items![set![2, 3]], "None", "{1, 3}"),
        (s(), "__le__", items![set![2, 1]], "True", all),
        (s(), "__lt__", items![set![2, 1]], "False", all),
        (s(), "__lt__", items![frozen![3, 2, 1]], "True", all),
        (s(), "__lt__", items![frozen![3, 4, 1]], "False", all),
        (s(), "__ge__", items![set![2, 1.0]], "True", all),
        (s(), "__gt__", items![set![2, 1.0]], "False", all),
        (s(), "__gt__", items![set![]], "True", all),
        (s(), "__ge__", items![set![3]], "False", all),
    ]);
    let world = World::new();
    for (name, operator) in [("or", "|"), ("and", "&"), ("sub", "-"), ("xor", "^")] {
        let set = world.set(s());
        let show = |form: &str, other: Plain| world.show(&set, &format!("__{form}{name}__"), items![other]);
        let wrong = |operator: &str, left: &str, right: &str| {
            format!("TypeError: unsupported operand type(s) for {operator}: '{left}' and '{right}'")
        };
        assert_eq!(show("", list![3]), wrong(operator, "set", "list"));
        assert_eq!(show("", dict! {3 => 4}), wrong(operator, "set", "dict"));
        assert_eq!(show("r", list![3]), wrong(operator, "list", "set"));
        assert_eq!(show("i", "ab".into()), wrong(&format!("{operator}="), "set", "str"));
        assert_eq!(show("", Value::Proxy(world.list(list![]))), wrong(operator, "set", "ListProxy"));
        assert_eq!(world.text(&set), all);
    }
    for (name, operator) in [("le", "<="), ("lt", "<"), ("ge", ">="), ("gt", ">")] {
        assert_eq!(
            world.show(&world.set(s()), &format!("__{name}__"), items![list![1]]),
            format!("TypeError: '{operator}' not supported between instances of 'set' and 'list'")
        );
    }
}

/// Of two equal elements CPython takes that of the smaller set, or of the iterable.
#[test]
fn an_intersection_has_the_elements_that_cpythons_has() {
    check(vec![
        (list![1, 2], "__and__", items![set![1.0]], "{1.0}", "{1, 2}"),
        (list![1], "__and__", items![set![1.0, 2]], "{1}", "{1}"),
        (list![1], "__and__", items![set![1.0]], "{1.0}", "{1}"),
        (list![1], "__rand__", items![set![1.0]], "{1}", "{1}"),
        (list![1], "intersection", items![list![true, 1.0, 2]], "{True}", "{1}"),
        (list![1, 2], "__iand__", items![set![1.0]], "None", "{1.0}"),
    ]);
}

#[test]
fn shared_objects_are_operands_by_their_proxies() {
    let world = World::new();
    let set = world.set(list![1, 2]);
    let other = world.set(list![2, 3]);
    let list = world.list(list![2, 4]);
    let dict = world.dict(dict! {5 => 6});
    let arg = |proxy: &Proxy| Item::proxy(proxy.clone());
    let show = |method: &str, operands: &[&Proxy]| {
        world.show(&set, method, operands.iter().map(|operand| arg(operand)).collect())
    };
    assert_eq!(show("__or__", &[&other]), "{1, 2, 3}");
    assert_eq!(show("__ror__", &[&other]), "{2, 3, 1}");
    assert_eq!(show("__le__", &[&other]), "False");
    assert_eq!(show("union", &[&other, &list, &dict]), "{1, 2, 3, 4, 5}");
    assert_eq!(show("intersection", &[&other, &list]), "{2}");
    assert_eq!(show("isdisjoint", &[&dict]), "True");
    // A proxy is an element by its object.
    assert_eq!(show("__contains__", &[&list]), "False");
    assert_eq!(show("add", &[&list]), "None");
    assert_eq!(show("__contains__", &[&list]), "True");
    assert_eq!(show("__contains__", &[&other]), "False");
    assert_eq!(show("remove", &[&list]), "None");
    assert_eq!(show("update", &[&list, &dict]), "None");
    assert_eq!(world.text(&set), "{1, 2, 4, 5}");
}

#[test]
fn of_equal_elements_an_intersection_with_itself_takes_that_of_the_smaller_or_the_last() {
    let world = World::new();
    let shown = |elements: Plain, given: Plain| {
        let set = world.set(elements);
        world.show(&set, "intersection", vec![v(given), Item::proxy(set.clone())])
    };
    assert_eq!(shown(list![0], list![false]), "{0}");
    assert_eq!(shown(list![0, 7], list![false]), "{False}");
    assert_eq!(shown(list![0, 7], list![false, 7.0]), "{0, 7}");
}

#[test]
fn a_set_is_an_operand_of_its_own() {
    let s = || list![1, f64::NAN];
    let (all, none) = ("{1, nan}", "set()");
    let world = World::new();
    for (method, result, after) in [
        ("union", all, all),
        ("intersection", all, all),
        ("difference", none, all),
        ("symmetric_difference", none, all),
        ("update", "None", all),
        ("intersection_update", "None", all),
        ("difference_update", "None", none),
        ("symmetric_difference_update", "None", none),
        ("isdisjoint", "False", all),
        ("issubset", "True", all),
        ("issuperset", "True", all),
        ("__or__", all, all),
        ("__ror__", all, all),
        ("__and__", all, all),
        ("__rand__", all, all),
        ("__sub__", none, all),
        ("__rsub__", none, all),
        ("__xor__", none, all),
        ("__rxor__", none, all),
        ("__ior__", "None", all),
        ("__iand__", "None", all),
        ("__isub__", "None", none),
        ("__ixor__", "None", none),
        ("__le__", "True", all),
        ("__lt__", "False", all),
        ("__ge__", "True", all),
        ("__gt__", "False", all),
    ] {
        let set = world.set(s());
        assert_eq!(world.show(&set, method, vec![Item::proxy(set.clone())]), result, "{method}");
        assert_eq!(world.text(&set), after, "{method}, afterwards");
    }
    let empty = world.set(list![]);
    assert_eq!(world.show(&empty, "isdisjoint", vec![Item::proxy(empty.clone())]), "True");
    assert_eq!(world.objects(), 1, "none of the others is left");
}

/// Only what may be copied out of an object can be used for what is in it.
#[test]
fn operands_take_the_right_to_copy_them() {
    let world = World::new();
    let set = world.set(list![1]);
    let other = world.set(list![2]);
    let refused = |proxy: &Proxy| {
        let hidden = world.narrowed(proxy, &["__len__", "__iter__", "copy"]);
        for method in ["union", "update", "intersection", "__or__", "__isub__", "__le__", "isdisjoint", "issuperset"] {
            let error = world.call(&set, method, vec![Item::proxy(hidden.clone())]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::NotExposed, "{method}");
        }
    };
    refused(&other);
    refused(&set);
    assert_eq!(world.text(&set), "{1}");
}

#[test]
fn a_key_error_carries_the_element() {
    let world = World::new();
    let set = world.set(list![]);
    let proxy = world.list(list![]);
    for element in [Value::Int(5), tuple![1, "x"], set![1], Value::Proxy(proxy)] {
        let error = world.call(&set, "remove", vec![v(element.clone())]).unwrap_err();
        assert_eq!((error.kind, error.args.as_deref()), (ErrorKind::Key, Some(&tuple![element])));
    }
    let error = world.call(&set, "pop", vec![]).unwrap_err();
    assert_eq!(error.args.as_deref(), Some(&tuple!["pop from an empty set"]));
}

#[test]
fn a_wrong_number_of_arguments_is_told_as_python_does() {
    let wrong = |method, args, result| (list![], method, args, result, "set()");
    check(vec![
        wrong("add", items![], "TypeError: set.add() takes exactly one argument (0 given)"),
        wrong("__contains__", items![1, 2], "TypeError: set.__contains__() takes exactly one argument (2 given)"),
        wrong("pop", items![1, 2, 3], "TypeError: set.pop() takes no arguments (3 given)"),
        wrong(
            "symmetric_difference",
            items![],
            "TypeError: set.symmetric_difference() takes exactly one argument (0 given)",
        ),
        wrong("__or__", items![1, 2, 3], "TypeError: expected 1 argument, got 3"),
        wrong("__le__", items![], "TypeError: expected 1 argument, got 0"),
        wrong("__iter__", items![1], "TypeError: expected 0 arguments, got 1"),
        wrong("__len__", items![1], "TypeError: expected 0 arguments, got 1"),
    ]);
    let world = World::new();
    let set = world.set(list![]);
    let keyword = |method| world.show_with(&set, method, vec![], vec![("x", v(1))]);
    assert_eq!(keyword("union"), "TypeError: set.union() takes no keyword arguments");
    assert_eq!(keyword("update"), "TypeError: set.update() takes no keyword arguments");
    assert_eq!(keyword("__or__"), "TypeError: wrapper __or__() takes no keyword arguments");
}

#[test]
fn a_set_is_made_of_an_iterable() {
    let world = World::new();
    let make = |args, kwargs| match world.create("set", args, kwargs) {
        Ok(set) => world.text(&set),
        Err(error) => error.to_string(),
    };
    assert_eq!(make(items![], vec![]), "set()");
    assert_eq!(make(items!["hello"], vec![]), "{'h', 'e', 'l', 'o'}");
    assert_eq!(make(items![list![1, 1.0, true, 2]], vec![]), "{1, 2}");
    assert_eq!(make(vec![Item::proxy(world.set(list![3, 1]))], vec![]), "{3, 1}");
    assert_eq!(make(items![1234], vec![]), NOT_ITERABLE);
    assert_eq!(make(items![list![1, list![]]], vec![]), UNHASHABLE);
    assert_eq!(make(items![1, 2], vec![]), "TypeError: set expected at most 1 argument, got 2");
    assert_eq!(make(vec![], vec![("iterable", v(1))]), "TypeError: set() takes no keyword arguments");
    assert_eq!(world.objects(), 0);
}

#[test]
fn a_set_prints_as_in_python() {
    let world = World::new();
    let set = world.set(list![1, "it's", tuple![2]]);
    assert_eq!(world.text(&set), r#"{1, "it's", (2,)}"#);
    let inner = world.set(list![]);
    for element in [v(Value::Proxy(set.clone())), v(tuple![Value::Proxy(set.clone())]), Item::proxy(inner.clone())] {
        world.call(&set, "add", vec![element]).unwrap();
    }
    assert_eq!(world.text(&set), format!(r#"{{1, "it's", (2,), set(...), (set(...),), {}}}"#, inner.repr()));
    assert_eq!(set.repr(), format!("<SetProxy object, typeid 'set' at {:#x}>", set.id()));
    assert_eq!(shown(world.value(&inner)), "set()");
    world.call(&set, "clear", vec![]).unwrap();
}

#[test]
fn a_set_holds_no_more_than_its_limit() {
    let world = World::with_limits(Limits { container_length: 2, ..Limits::default() });
    let set = world.set(list![1]);
    let full = "QuotaExceeded: a set can hold 2 elements at most";
    assert_eq!(world.show(&set, "update", items![list![1, 1, 1, 2, 3, 4]]), full);
    // As with any other error, what comes before is set.
    assert_eq!(world.text(&set), "{1, 2}");
    for (method, arg) in [
        ("add", v(3)),
        ("update", v(list![3])),
        ("union", v(list![3])),
        ("symmetric_difference", v(list![3])),
        ("symmetric_difference_update", v(list![3])),
        ("__or__", v(set![3])),
        ("__ror__", v(set![3])),
        ("__xor__", v(set![3])),
        ("__ior__", v(set![3])),
        ("__ixor__", v(set![3])),
    ] {
        assert_eq!(world.show(&set, method, vec![arg]), full, "{method}");
        assert_eq!(world.text(&set), "{1, 2}");
    }
    assert_eq!(world.show(&set, "add", items![1]), "None");
    // What is removed makes room.
    assert_eq!(world.show(&set, "__ixor__", items![set![3, 2]]), "None");
    assert_eq!(world.text(&set), "{1, 3}");
    let error = world.create("set", items![list![1, 2, 3]], vec![]).unwrap_err();
    assert_eq!((error.kind, error.to_string().as_str()), (ErrorKind::QuotaExceeded, full));
}

#[test]
fn what_is_copied_out_is_limited_in_bytes() {
    let world = World::with_limits(Limits { value_bytes: 100, ..Limits::default() });
    let set = world.set(list!["x".repeat(60)]);
    world.call(&set, "add", items!["y".repeat(60)]).unwrap();
    let too_large = "QuotaExceeded: a value can take 100 bytes at most";
    for method in ["copy", "__iter__", "union", "intersection", "difference"] {
        assert_eq!(world.show(&set, method, vec![]), too_large, "{method}");
    }
    for method in ["__or__", "__ror__", "__sub__", "__xor__"] {
        assert_eq!(world.show(&set, method, items![set![]]), too_large, "{method}");
    }
    assert_eq!(shown(world.value(&set)), too_large);
    assert_eq!(at_once(call::to_text(&set, &world.caller)).unwrap_err().to_string(), too_large);
}

/// The same object many times is one operand, and large values many times are refused: what one call
/// works through is bounded by what there is in memory.
#[test]
fn what_one_operation_works_through_is_bounded() {
    let world = World::new();
    let set = world.set(list![]);
    let numbers = world.set(Value::List((0..100_000).map(Value::Int).collect()));
    let many = vec![Item::proxy(numbers.clone()); 20_000];
    assert_eq!(Set::update(&set, &many), Ok(()));
    assert_eq!(Set::length(&set), Ok(100_000));
    assert_eq!(Set::intersection_update(&set, &many), Ok(()));
    assert_eq!(Set::difference_update(&set, &many), Ok(()));
    assert_eq!(Set::length(&set), Ok(0));
    let large = world.list(list![]);
    List::append(&large, v(Value::Tuple((0..1 << 20).map(Value::Int).collect()))).unwrap();
    List::repeat_in_place(&large, 1 << 16).unwrap();
    let error = Set::update(&set, &[Item::proxy(large)]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::QuotaExceeded);
    assert_eq!(Set::length(&set), Ok(1));
}

#[test]
fn what_changes_a_set_is_declared_so() {
    let changes = [
        "__iand__",
        "__ior__",
        "__isub__",
        "__ixor__",
        "add",
        "clear",
        "difference_update",
        "discard",
        "intersection_update",
        "pop",
        "remove",
        "symmetric_difference_update",
        "update",
    ];
    let set = World::new().set(list![]);
    for method in set.body().type_info().methods() {
        assert_eq!(method.effect() == Effect::Changes, changes.contains(&method.name()), "{}", method.name());
    }
}

/// The typed forms of operators and comparisons ask for the same rights as the methods.
#[test]
fn each_operator_has_a_right_of_its_own() {
    let world = World::new();
    let set = world.set(list![1]);
    let other = v(set![2]);
    for (name, operation) in [
        ("or", Operation::Union),
        ("and", Operation::Intersection),
        ("sub", Operation::Difference),
        ("xor", Operation::SymmetricDifference),
    ] {
        for form in ["", "r", "i"] {
            let narrowed = world.narrowed(&set, &[&format!("__{form}{name}__")]);
            let may = [
                Set::combine(&narrowed, operation, &other).is_ok(),
                Set::combine_before(&narrowed, operation, &other).is_ok(),
                Set::combine_in_place(&narrowed, operation, &other).is_ok(),
            ];
            assert_eq!(may, [form.is_empty(), form == "r", form == "i"], "{form}{name}");
        }
    }
    let relations = [
        ("le", Relation::Subset),
        ("lt", Relation::ProperSubset),
        ("ge", Relation::Superset),
        ("gt", Relation::ProperSuperset),
    ];
    for (name, _) in relations {
        let narrowed = world.narrowed(&set, &[&format!("__{name}__")]);
        for (other_name, relation) in relations {
            assert_eq!(Set::compare(&narrowed, relation, &other).is_ok(), name == other_name);
        }
    }
}

/// What a set holds lives exactly as long as it is in there.
#[test]
fn a_set_holds_its_elements() {
    let world = World::new();
    let set = world.set(list![]);
    let held = world.list(list![]);
    let arg = || Item::proxy(held.clone());
    let change = |method: &str, args: Vec<Item>, holders: u32| {
        world.call(&set, method, args).unwrap();
        assert_eq!(held.holders(), holders, "{method}");
    };
    change("add", vec![arg()], 2);
    change("add", vec![arg()], 2);
    change("update", items![tuple![Value::Proxy(held.clone()), 1]], 2);
    change("add", items![tuple![Value::Proxy(held.clone())]], 3);
    change("intersection_update", items![tuple![Value::Proxy(held.clone())]], 2);
    change("__ixor__", items![set![Value::Proxy(held.clone()), 5]], 1);
    change("update", items![list![Value::Proxy(held.clone())]], 2);
    change("pop", vec![], 1);
    change("add", vec![arg()], 2);
    let mut edges = Vec::new();
    set.body().edges(&mut |proxy| edges.push(proxy.id()));
    assert_eq!(edges, [held.id()]);
    change("clear", vec![], 1);
    change("add", vec![arg()], 2);
    drop(set);
    settle();
    assert_eq!((held.holders(), world.objects()), (1, 1));
}

/// The order of insertion survives any sequence of removals and insertions, holes and all.
#[test]
fn the_order_is_that_of_insertion() {
    let world = World::new();
    let set = world.set(list![]);
    let mut model: Vec<i64> = Vec::new();
    let mut random = Random::new(7);
    for step in 0..20_000 {
        let element = random.below(200) as i64;
        let place = model.iter().position(|known| *known == element);
        // Phases of growing and of shrinking.
        if random.below(100) < if (step / 2000) % 2 == 0 { 70 } else { 30 } {
            assert_eq!(Set::add(&set, v(element)).unwrap(), place.is_none());
            if place.is_none() {
                model.push(element);
            }
        } else if random.below(10) == 0 {
            assert_eq!(Set::pop(&set).ok().map(|it| it.to_value()), model.pop().map(Value::Int));
        } else {
            assert_eq!(Set::discard(&set, &v(element)).unwrap(), place.is_some());
            place.map(|place| model.remove(place));
        }
        if step % 50 == 0 {
            let elements = model.iter().copied().map(Value::Int).collect();
            assert!(Set::items(&set).unwrap().to_value() == Value::List(elements), "after {step} steps");
        }
    }
    // What an intersection leaves is in the same order.
    Set::clear(&set).unwrap();
    Set::update(&set, &[v(list![5, 1, 4, 2])]).unwrap();
    Set::intersection_update(&set, &[v(list![1, 2, 5])]).unwrap();
    assert_eq!(world.text(&set), "{5, 1, 2}");
}
