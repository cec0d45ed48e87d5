use super::*;

/// Calls methods of fresh dicts: what each gives, and what the dict is afterwards.
fn check(cases: Vec<(Plain, &str, Vec<Item>, &str, &str)>) {
    let world = World::new();
    for (before, method, args, result, after) in cases {
        let dict = world.dict(before);
        let args_shown: Vec<_> = args.iter().cloned().map(|arg| shown(Ok(arg))).collect();
        let case = format!("{}.{method}({})", world.text(&dict), args_shown.join(", "));
        assert_eq!(world.show(&dict, method, args), result, "{case}");
        assert_eq!(world.text(&dict), after, "{case}, afterwards");
    }
}

const UNHASHABLE: &str = "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')";

#[test]
fn entries_are_read_set_and_removed() {
    let d = || dict! {"a" => 1, 2 => list![3]};
    let all = "{'a': 1, 2: [3]}";
    check(vec![
        (d(), "__getitem__", items!["a"], "1", all),
        (d(), "__getitem__", items![2.0], "[3]", all),
        (d(), "__getitem__", items!["b"], "KeyError: 'b'", all),
        (d(), "__getitem__", items![list![]], UNHASHABLE, all),
        (d(), "__setitem__", items!["b", NONE], "None", "{'a': 1, 2: [3], 'b': None}"),
        (d(), "__setitem__", items!["a", 5], "None", "{'a': 5, 2: [3]}"),
        // The first key stays.
        (d(), "__setitem__", items![2.0, 5], "None", "{'a': 1, 2: 5}"),
        (d(), "__setitem__", items![list![], 5], UNHASHABLE, all),
        (
            d(),
            "__setitem__",
            items![tuple![1, list![]], 5],
            "TypeError: cannot use 'tuple' as a dict key (unhashable type: 'list')",
            all,
        ),
        (d(), "__delitem__", items!["a"], "None", "{2: [3]}"),
        (d(), "__delitem__", items![NONE], "KeyError: None", all),
        (d(), "__delitem__", items![list![]], UNHASHABLE, all),
        (d(), "__contains__", items![2], "True", all),
        (d(), "__contains__", items![3], "False", all),
        (d(), "__contains__", items![list![]], UNHASHABLE, all),
        (d(), "__len__", items![], "2", all),
        (d(), "get", items!["a"], "1", all),
        (d(), "get", items!["b"], "None", all),
        (d(), "get", items!["b", 7], "7", all),
        (d(), "get", items!["a", 7], "1", all),
        (d(), "get", items![list![]], UNHASHABLE, all),
        (d(), "setdefault", items!["a", 7], "1", all),
        (d(), "setdefault", items!["b", 7], "7", "{'a': 1, 2: [3], 'b': 7}"),
        (d(), "setdefault", items!["b"], "None", "{'a': 1, 2: [3], 'b': None}"),
        (d(), "setdefault", items![list![]], UNHASHABLE, all),
        (d(), "pop", items!["a"], "1", "{2: [3]}"),
        (d(), "pop", items!["b"], "KeyError: 'b'", all),
        (d(), "pop", items!["b", NONE], "None", all),
        (d(), "pop", items![list![]], UNHASHABLE, all),
        (dict! {}, "pop", items![list![]], "KeyError: []", "{}"),
        (d(), "popitem", items![], "(2, [3])", "{'a': 1}"),
        (dict! {}, "popitem", items![], "KeyError: 'popitem(): dictionary is empty'", "{}"),
        (d(), "clear", items![], "None", "{}"),
        (d(), "copy", items![], all, all),
        (d(), "keys", items![], "['a', 2]", all),
        (d(), "values", items![], "[1, [3]]", all),
        (d(), "items", items![], "[('a', 1), (2, [3])]", all),
        (d(), "__reversed__", items![], "[2, 'a']", all),
    ]);
}

#[test]
fn equal_keys_are_one_key_whatever_their_types() {
    let world = World::new();
    let dict = world.dict(dict! {});
    let big = || Plain::from(1_i128 << 70);
    for (key, value) in [
        (Value::Bool(true), 1),
        (1.into(), 2),
        (1.0.into(), 3),
        (0.0.into(), 4),
        ((-0.0).into(), 5),
        (big(), 6),
        (((1_i128 << 70) as f64).into(), 7),
        (tuple![1, tuple![2.0]], 8),
        (tuple![true, tuple![2]], 9),
        (Value::FrozenSet(vec![1.into(), 2.into()]), 10),
        (Value::FrozenSet(vec![2.into(), true.into()]), 11),
        ("1".into(), 12),
        (Value::Bytes(b"1".to_vec()), 13),
        (NONE, 14),
    ] {
        world.call(&dict, "__setitem__", vec![Item::from_value(key).unwrap(), v(value)]).unwrap();
    }
    assert_eq!(
        world.text(&dict),
        "{True: 3, 0.0: 5, 1180591620717411303424: 7, (1, (2.0,)): 9, frozenset({1, 2}): 11, '1': 12, b'1': 13, None: 14}"
    );
    // A NaN is no key that could be found again.
    for _ in 0..2 {
        world.call(&dict, "__setitem__", items![f64::NAN, 0]).unwrap();
    }
    assert_eq!(world.show(&dict, "__len__", vec![]), "10");
    assert_eq!(world.show(&dict, "__getitem__", items![f64::NAN]), "KeyError: nan");
}

#[test]
fn entries_are_set_in_bulk() {
    let d = || dict! {"a" => 1, "b" => 2};
    let all = "{'a': 1, 'b': 2}";
    let not_a_pair = "TypeError: object is not iterable";
    let wrong_length = "ValueError: dictionary update sequence element #0 has length 3; 2 is required";
    check(vec![
        (d(), "update", items![dict! {"b" => 3, "c" => 4}], "None", "{'a': 1, 'b': 3, 'c': 4}"),
        (d(), "update", items![list![tuple!["b", 3], "cd"]], "None", "{'a': 1, 'b': 3, 'c': 'd'}"),
        (d(), "update", items![tuple![list![1, 2]]], "None", "{'a': 1, 'b': 2, 1: 2}"),
        (d(), "update", items![], "None", all),
        (d(), "update", items![5], "TypeError: 'int' object is not iterable", all),
        (d(), "update", items![NONE], "TypeError: 'NoneType' object is not iterable", all),
        // As in Python, what comes before the mistake is set.
        (d(), "update", items![list![tuple!["b", 3], 5]], not_a_pair, "{'a': 1, 'b': 3}"),
        (d(), "update", items![list!["abc"]], wrong_length, all),
        (d(), "update", items![list![tuple!["b", 3], tuple![list![], 4]]], UNHASHABLE, "{'a': 1, 'b': 3}"),
        (d(), "update", items![list![dict! {1 => 2, 3 => 4}]], "None", "{'a': 1, 'b': 2, 1: 3}"),
        (d(), "__ior__", items![dict! {"b" => 3}], "None", "{'a': 1, 'b': 3}"),
        (d(), "__ior__", items![list!["bx"]], "None", "{'a': 1, 'b': 'x'}"),
        (d(), "__ior__", items![5], "TypeError: 'int' object is not iterable", all),
        (d(), "__or__", items![dict! {"c" => 4, "a" => 5}], "{'a': 5, 'b': 2, 'c': 4}", all),
        (d(), "__or__", items![list!["bx"]], "TypeError: unsupported operand type(s) for |: 'dict' and 'list'", all),
        (d(), "__ror__", items![dict! {"c" => 4, "a" => 5}], "{'c': 4, 'a': 1, 'b': 2}", all),
        (d(), "__ror__", items![5], "TypeError: unsupported operand type(s) for |: 'int' and 'dict'", all),
        (d(), "fromkeys", items!["xyx"], "{'x': None, 'y': None}", all),
        (d(), "fromkeys", items![list![1, 1.0], 5], "{1: 5}", all),
        (d(), "fromkeys", items![5], "TypeError: 'int' object is not iterable", all),
        (d(), "fromkeys", items![list![list![]]], UNHASHABLE, all),
    ]);
    let world = World::new();
    let dict = world.dict(d());
    let update = |args, kwargs| world.show_with(&dict, "update", args, kwargs);
    assert_eq!(update(vec![], vec![("b", v(5)), ("entries", v(6))]), "None");
    assert_eq!(update(items![dict! {"a" => 0}], vec![("c", v(7))]), "None");
    assert_eq!(world.text(&dict), "{'a': 0, 'b': 5, 'entries': 6, 'c': 7}");
    assert_eq!(update(items![list![5]], vec![("d", v(7))]), not_a_pair.replace("#1", "#0"));
    assert_eq!(update(items![1, 2], vec![]), "TypeError: update expected at most 1 argument, got 2");
    assert_eq!(world.show(&dict, "__len__", vec![]), "4");
}

#[test]
fn a_key_error_carries_its_key() {
    let world = World::new();
    let proxy = world.list(list![]);
    let dict = world.dict(dict! {});
    for key in [Value::Int(5), "k".into(), tuple![1, "x"], Value::Proxy(proxy.clone())] {
        for method in ["__getitem__", "__delitem__", "pop"] {
            let error = world.call(&dict, method, vec![Item::from_value(key.clone()).unwrap()]).unwrap_err();
            assert_eq!((error.kind, error.args.as_deref()), (ErrorKind::Key, Some(&tuple![key.clone()])), "{method}");
        }
    }
    let error = world.call(&dict, "popitem", vec![]).unwrap_err();
    assert_eq!(error.args.as_deref(), Some(&tuple!["popitem(): dictionary is empty"]));
}

#[test]
fn a_wrong_number_of_arguments_is_told_as_python_does() {
    let wrong = |method, args, result| (dict! {}, method, args, result, "{}");
    check(vec![
        wrong("get", items![], "TypeError: get expected at least 1 argument, got 0"),
        wrong("get", items![1, 2, 3], "TypeError: get expected at most 2 arguments, got 3"),
        wrong("pop", items![], "TypeError: pop expected at least 1 argument, got 0"),
        wrong("popitem", items![1], "TypeError: dict.popitem() takes no arguments (1 given)"),
        wrong("keys", items![1], "TypeError: dict.keys() takes no arguments (1 given)"),
        wrong("__contains__", items![], "TypeError: dict.__contains__() takes exactly one argument (0 given)"),
        wrong("__delitem__", items![], "TypeError: expected 1 argument, got 0"),
        wrong("__setitem__", items![1], "TypeError: __setitem__ expected 2 arguments, got 1"),
        wrong("__iter__", items![1], "TypeError: expected 0 arguments, got 1"),
        wrong("__or__", items![], "TypeError: expected 1 argument, got 0"),
        wrong("__reversed__", items![1], "TypeError: dict.__reversed__() takes no arguments (1 given)"),
    ]);
    let world = World::new();
    let dict = world.dict(dict! {});
    let keyword = |method, args| world.show_with(&dict, method, args, vec![("x", v(1))]);
    assert_eq!(keyword("get", items![1]), "TypeError: dict.get() takes no keyword arguments");
    assert_eq!(keyword("__contains__", items![1]), "TypeError: dict.__contains__() takes no keyword arguments");
    assert_eq!(keyword("__or__", items![1]), "TypeError: wrapper __or__() takes no keyword arguments");
}

#[test]
fn a_dict_is_made_of_a_mapping_or_pairs_and_keywords() {
    let world = World::new();
    let make = |args, kwargs| match world.create("dict", args, kwargs) {
        Ok(dict) => world.text(&dict),
        Err(error) => error.to_string(),
    };
    assert_eq!(make(items![], vec![]), "{}");
    assert_eq!(make(items![dict! {1 => 2}], vec![("a", v(3))]), "{1: 2, 'a': 3}");
    assert_eq!(make(items![list![tuple!["a", 1], "bc"]], vec![("a", v(3))]), "{'a': 3, 'b': 'c'}");
    assert_eq!(make(vec![], vec![("entries", v(3))]), "{'entries': 3}");
    let pairs = world.list(list![tuple![1, 2], tuple![3, 4]]);
    assert_eq!(make(vec![Item::proxy(pairs)], vec![]), "{1: 2, 3: 4}");
    let other = world.dict(dict! {"x" => 1});
    assert_eq!(make(vec![Item::proxy(other)], vec![]), "{'x': 1}");
    let pair = world.list(list!["k", "v"]);
    assert_eq!(make(items![list![Value::Proxy(pair)]], vec![]), "{'k': 'v'}");
    assert_eq!(make(items![5], vec![]), "TypeError: 'int' object is not iterable");
    assert_eq!(make(items![list![5]], vec![]), "TypeError: object is not iterable");
    assert_eq!(
        make(items![list![tuple![5]]], vec![]),
        "ValueError: dictionary update sequence element #0 has length 1; 2 is required"
    );
    assert_eq!(make(items![1, 2], vec![]), "TypeError: dict expected at most 1 argument, got 2");
    assert_eq!(world.objects(), 0, "none is left of those, and none of the failures");
}

#[test]
fn other_dicts_are_operands_by_their_proxies() {
    let world = World::new();
    let d = world.dict(dict! {"a" => 1});
    let other = world.dict(dict! {"a" => 2, "b" => 3});
    let l = world.list(list![tuple!["c", 4]]);
    let arg = |proxy: &Proxy| vec![Item::proxy(proxy.clone())];
    assert_eq!(world.show(&d, "__or__", arg(&other)), "{'a': 2, 'b': 3}");
    assert_eq!(world.show(&d, "__ror__", arg(&other)), "{'a': 1, 'b': 3}");
    assert_eq!(world.show(&d, "__or__", arg(&d)), "{'a': 1}");
    assert_eq!(world.show(&d, "__ror__", arg(&d)), "{'a': 1}");
    let wrong = "TypeError: unsupported operand type(s) for |: 'dict' and 'ListProxy'";
    assert_eq!(world.show(&d, "__or__", arg(&l)), wrong);
    for operand in [&other, &l, &d] {
        assert_eq!(world.show(&d, "update", arg(operand)), "None");
    }
    assert_eq!(world.show(&d, "__ior__", arg(&d)), "None");
    assert_eq!(world.text(&d), "{'a': 2, 'b': 3, 'c': 4}");
    assert_eq!(world.show(&d, "fromkeys", arg(&l)), "{('c', 4): None}");
}

#[test]
fn a_proxy_is_a_key_by_its_object() {
    let world = World::new();
    let key = world.list(list![1]);
    let twin = world.list(list![1]);
    let dict = world.dict(dict! {});
    let set = |key: Plain, item: i64| {
        world.call(&dict, "__setitem__", vec![Item::from_value(key).unwrap(), v(item)]).unwrap();
    };
    set(Value::Proxy(key.clone()), 1);
    set(tuple![Value::Proxy(key.clone())], 2);
    set(Value::Proxy(twin.clone()), 3);
    world.call(&key, "append", items![2]).unwrap();
    let get = |key: Plain| world.show(&dict, "__getitem__", vec![Item::from_value(key).unwrap()]);
    assert_eq!(get(Value::Proxy(key.clone())), "1");
    assert_eq!(get(tuple![Value::Proxy(key.clone())]), "2");
    assert_eq!(get(Value::Proxy(twin.clone())), "3");
    assert_eq!(get(tuple![Value::Proxy(twin.clone())]), format!("KeyError: ({},)", twin.repr()));
}

#[test]
fn a_dict_prints_as_in_python() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => list![1]});
    let inner = world.list(list![]);
    for (key, item) in [("me", &dict), ("it", &inner)] {
        world.call(&dict, "__setitem__", vec![v(key), Item::proxy(item.clone())]).unwrap();
    }
    assert_eq!(world.text(&dict), format!("{{'a': [1], 'me': {{...}}, 'it': {}}}", inner.repr()));
    world.call(&dict, "clear", vec![]).unwrap();
}

#[test]
fn fetch_add_gives_what_was_there_before() {
    let d = || dict! {"n" => 1, "s" => "x"};
    let all = "{'n': 1, 's': 'x'}";
    check(vec![
        (d(), "fetch_add", items!["n", 2], "1", "{'n': 3, 's': 'x'}"),
        (d(), "fetch_add", items!["m", 2, 10], "10", "{'n': 1, 's': 'x', 'm': 12}"),
        (d(), "fetch_add", items!["n", 2, 10], "1", "{'n': 3, 's': 'x'}"),
        (d(), "fetch_add", items!["m", 2], "KeyError: 'm'", all),
        (d(), "fetch_add", items!["m", 2, NONE], "KeyError: 'm'", all),
        (d(), "fetch_add", items!["s", 2], "TypeError: unsupported operand type(s) for +: 'str' and 'int'", all),
        (d(), "fetch_add", items!["m", 2, "x"], "TypeError: unsupported operand type(s) for +: 'str' and 'int'", all),
        (d(), "fetch_add", items![list![], 2], UNHASHABLE, all),
    ]);
}

#[test]
fn what_changes_a_dict_is_declared_so() {
    let changes = [
        "__setitem__",
        "__delitem__",
        "__ior__",
        "clear",
        "pop",
        "popitem",
        "setdefault",
        "update",
        "fetch_add",
        "fetch_max",
        "swap",
        "compare_exchange",
        "pop_if",
        "set_many",
        "set_path",
    ];
    let dict = World::new().dict(dict! {});
    for method in dict.body().type_info().methods() {
        assert_eq!(method.effect() == Effect::Changes, changes.contains(&method.name()), "{}", method.name());
    }
}

#[test]
fn a_dict_holds_no_more_than_its_limit() {
    let world = World::with_limits(Limits { container_length: 2, ..Limits::default() });
    let dict = world.dict(dict! {1 => 1});
    let full = "QuotaExceeded: a dict can hold 2 entries at most";
    assert_eq!(world.show(&dict, "update", items![dict! {1 => 2, 3 => 4, 5 => 6}]), full);
    // As with any other error, what comes before is set.
    assert_eq!(world.text(&dict), "{1: 2, 3: 4}");
    for (method, args) in [
        ("__setitem__", items![7, 0]),
        ("setdefault", items![7, 0]),
        ("fetch_add", items![7, 0, 0]),
        ("__ior__", items![dict! {7 => 0}]),
        ("__or__", items![dict! {7 => 0}]),
        ("__ror__", items![dict! {7 => 0}]),
        ("fromkeys", items!["abc"]),
    ] {
        assert_eq!(world.show(&dict, method, args), full, "{method}");
    }
    assert_eq!(world.show(&dict, "__setitem__", items![1, 0]), "None");
    assert_eq!(world.show(&dict, "setdefault", items![1, 0]), "0");
    assert_eq!(world.text(&dict), "{1: 0, 3: 4}");
    let error = world.create("dict", items![dict! {1 => 1, 2 => 2, 3 => 3}], vec![]).unwrap_err();
    assert_eq!((error.kind, error.to_string().as_str()), (ErrorKind::QuotaExceeded, full));
}

#[test]
fn what_is_copied_out_is_limited_in_bytes() {
    let world = World::with_limits(Limits { value_bytes: 100, ..Limits::default() });
    let dict = world.dict(dict! {1 => "x".repeat(60)});
    world.call(&dict, "__setitem__", items!["y".repeat(60), 2]).unwrap();
    let too_large = "QuotaExceeded: a value can take 100 bytes at most";
    for method in ["copy", "items"] {
        assert_eq!(world.show(&dict, method, vec![]), too_large, "{method}");
    }
    assert_eq!(world.show(&dict, "__or__", items![dict! {}]), too_large);
    assert_eq!(shown(world.value(&dict)), too_large);
    assert_eq!(at_once(call::to_text(&dict, &world.caller)).unwrap_err().to_string(), too_large);
}

/// The order of insertion survives any sequence of removals and insertions, holes and all.
#[test]
fn the_order_is_that_of_insertion() {
    let world = World::new();
    let dict = world.dict(dict! {});
    let mut model: Vec<(i64, i64)> = Vec::new();
    let mut random = super::Random::new(7);
    for step in 0..20_000 {
        let key = random.below(200) as i64;
        // Phases of growing and of shrinking.
        if random.below(100) < if (step / 2000) % 2 == 0 { 70 } else { 30 } {
            Dict::set_item(&dict, v(key), v(step)).unwrap();
            match model.iter_mut().find(|(known, _)| *known == key) {
                Some((_, item)) => *item = step,
                None => model.push((key, step)),
            }
        } else if random.below(10) == 0 {
            let popped = Dict::pop_item(&dict).ok().map(|(key, item)| (shown(Ok(key)), shown(Ok(item))));
            assert_eq!(popped, model.pop().map(|(key, item)| (key.to_string(), item.to_string())));
        } else {
            let taken = Dict::take(&dict, &v(key)).unwrap().map(|item| shown(Ok(item)));
            let place = model.iter().position(|(known, _)| *known == key);
            assert_eq!(taken, place.map(|place| model.remove(place).1.to_string()));
        }
        assert_eq!(Dict::length(&dict).unwrap(), model.len() as u64);
        if step % 50 == 0 {
            let pairs = model.iter().map(|(key, item)| tuple![*key, *item]).collect();
            assert!(Dict::items(&dict).unwrap().to_value() == Value::List(pairs), "after {step} steps");
            let keys: Vec<Plain> = model.iter().rev().map(|(key, _)| Value::Int(*key)).collect();
            assert!(Dict::keys_reversed(&dict).unwrap().to_value() == Value::List(keys));
        }
    }
}

/// What was taken out is given, though it could not have been asked for as one value.
#[test]
fn an_entry_that_is_popped_is_not_lost_because_it_is_large() {
    let world = World::with_limits(Limits { value_bytes: 10, ..Limits::default() });
    let dict = world.dict(dict! {"longer" => "longest"});
    assert_eq!(world.show(&dict, "items", vec![]), "QuotaExceeded: a value can take 10 bytes at most");
    assert_eq!(world.show(&dict, "popitem", vec![]), "('longer', 'longest')");
    assert_eq!(world.text(&dict), "{}");
}
