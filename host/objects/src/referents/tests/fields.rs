//! `Namespace` and `Value`.

use super::*;
use crate::referents::namespace::Namespace;
use crate::referents::value::Holder;

fn namespace(world: &World) -> Proxy {
    let attributes = vec![("x", v(10)), ("y", v("hello")), ("_z", v(12.5))];
    world.create("Namespace", vec![], attributes).unwrap()
}

fn value(world: &World, item: impl Into<Plain>) -> Proxy {
    world.create("Value", vec![v("i"), v(item)], vec![]).unwrap()
}

#[test]
fn attributes_are_read_set_and_removed() {
    let world = World::new();
    let n = namespace(&world);
    let big = Value::from(i128::from(i64::MAX) + 1);
    let all = "Namespace(x=10, y='hello')";
    for (method, args, result, after) in [
        ("__getattribute__", items!["x"], "10", all),
        ("__getattribute__", items!["_z"], "12.5", all),
        ("__getattribute__", items!["q"], "AttributeError: 'Namespace' object has no attribute 'q'", all),
        (
            "__getattribute__",
            items!["__class__"],
            "AttributeError: 'Namespace' object has no attribute '__class__'",
            all,
        ),
        ("__getattribute__", items![1], "TypeError: attribute name must be string, not 'int'", all),
        ("__getattribute__", items![], "TypeError: expected 1 argument, got 0", all),
        ("__setattr__", items!["a", list![1]], "None", "Namespace(a=[1], x=10, y='hello')"),
        ("__setattr__", items!["x", NONE], "None", "Namespace(a=[1], x=None, y='hello')"),
        ("__setattr__", items![NONE, 1], "TypeError: attribute name must be string, not 'NoneType'", "="),
        ("__setattr__", items!["__dict__", 1], "None", "="),
        ("__getattribute__", items!["__dict__"], "1", "="),
        ("__delattr__", items!["a"], "None", "Namespace(x=None, y='hello')"),
        ("__delattr__", items!["a"], "AttributeError: 'Namespace' object has no attribute 'a'", "="),
        ("__delattr__", items![2.5], "TypeError: attribute name must be string, not 'float'", "="),
        ("__setattr__", items!["x", i64::MAX], "None", "Namespace(x=9223372036854775807, y='hello')"),
        ("fetch_add", items!["x", 1], "9223372036854775807", "Namespace(x=9223372036854775808, y='hello')"),
        ("fetch_add", items!["y", 1], "TypeError: unsupported operand type(s) for +: 'str' and 'int'", "="),
        ("fetch_add", items!["q", 1], "AttributeError: 'Namespace' object has no attribute 'q'", "="),
        ("fetch_max", items!["x", 5], "9223372036854775808", "="),
        ("swap", items!["x", 1], "9223372036854775808", "Namespace(x=1, y='hello')"),
        ("fetch_max", items!["x", 5], "1", "Namespace(x=5, y='hello')"),
        ("fetch_max", items!["x", 5.0], "5", "="),
        ("fetch_max", items!["x", "5"], "TypeError: '<' not supported between instances of 'int' and 'str'", "="),
        ("fetch_max", items!["q", 1], "AttributeError: 'Namespace' object has no attribute 'q'", "="),
        ("swap", items!["q", 1], "AttributeError: 'Namespace' object has no attribute 'q'", "="),
        ("compare_exchange", items!["x", 5.0, big], "(True, 5)", "Namespace(x=9223372036854775808, y='hello')"),
        ("compare_exchange", items!["x", 5, 7], "(False, 9223372036854775808)", "="),
        ("compare_exchange", items!["q", NONE, 7], "AttributeError: 'Namespace' object has no attribute 'q'", "="),
    ] {
        let before = world.text(&n);
        assert_eq!(world.show(&n, method, args), result, "{before}.{method}");
        assert_eq!(world.text(&n), if after == "=" { &before } else { after }, "{before}.{method}, afterwards");
    }
    assert_eq!(shown(world.value(&n)), "{'x': 9223372036854775808, 'y': 'hello', '_z': 12.5, '__dict__': 1}");
    assert_eq!(Namespace::names(&n).unwrap(), ["x", "y", "_z", "__dict__"]);
    assert_eq!(
        shown(Namespace::items(&n)),
        "[('x', 9223372036854775808), ('y', 'hello'), ('_z', 12.5), ('__dict__', 1)]"
    );
    assert_eq!(Namespace::contains(&n, v("x")), Ok(true));
    assert_eq!(Namespace::contains(&n, v("q")), Ok(false));
}

#[test]
fn a_namespace_prints_its_attributes_as_python_sorts_them() {
    let world = World::new();
    let n = Namespace::create(&world.caller);
    assert_eq!(world.text(&n), "Namespace()");
    for name in ["b", "a", "a1", "_hidden", "é"] {
        Namespace::set(&n, v(name), v(name)).unwrap();
    }
    assert_eq!(world.text(&n), "Namespace(a1='a1', a='a', b='b', é='é')");
    Namespace::set(&n, v("me"), Item::proxy(n.clone())).unwrap();
    assert!(world.text(&n).contains("me=Namespace(...)"), "{}", world.text(&n));
}

#[test]
fn a_namespace_is_made_of_a_dict_with_texts_as_keys() {
    let world = World::new();
    let from = |argument: Item| Namespace::create_from(&world.caller, &argument).map(|made| world.text(&made));
    assert_eq!(from(v(dict! {"a" => 1})).unwrap(), "Namespace(a=1)");
    assert_eq!(from(Item::proxy(world.dict(dict! {"a" => 1}))).unwrap(), "Namespace(a=1)");
    assert_eq!(from(v(dict! {1 => 1})).unwrap_err().message, "attribute name must be string, not 'int'");
    assert_eq!(from(v(list![])).unwrap_err().message, "attributes must be a dict, not 'list'");
    let error = world.create("Namespace", items![1], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "TypeError: Namespace() takes no positional arguments");
}

#[test]
fn a_namespace_has_no_more_attributes_than_a_container_may_have() {
    let world = World::with_limits(Limits { container_length: 2, ..Limits::default() });
    let n = Namespace::create(&world.caller);
    for name in ["a", "b", "a"] {
        Namespace::set(&n, v(name), v(1)).unwrap();
    }
    let error = Namespace::set(&n, v("c"), v(1)).unwrap_err();
    assert_eq!(error.to_string(), "QuotaExceeded: a Namespace can hold 2 attributes at most");
    let three = vec![("a", v(1)), ("b", v(1)), ("c", v(1))];
    assert_eq!(world.create("Namespace", vec![], three).unwrap_err().kind, ErrorKind::QuotaExceeded);
}

#[test]
fn a_value_holds_anything_whatever_its_type_code() {
    let world = World::new();
    let holder = value(&world, 7);
    for (method, args, result, after) in [
        ("get", items![], "7", "Value('i', 7)"),
        ("set", items!["notint"], "None", "Value('i', 'notint')"),
        ("fetch_add", items![1], "TypeError: unsupported operand type(s) for +: 'str' and 'int'", "="),
        ("swap", items![i64::MAX], "'notint'", "Value('i', 9223372036854775807)"),
        ("fetch_add", items![1], "9223372036854775807", "Value('i', 9223372036854775808)"),
        ("fetch_add", items![-1.5], "9223372036854775808", "Value('i', 9.223372036854776e+18)"),
        ("fetch_max", items![3], "9.223372036854776e+18", "="),
        ("fetch_max", items![f64::INFINITY], "9.223372036854776e+18", "Value('i', inf)"),
        ("fetch_max", items![NONE], "TypeError: '<' not supported between instances of 'float' and 'NoneType'", "="),
        ("compare_exchange", items![f64::INFINITY, list![1]], "(True, inf)", "Value('i', [1])"),
        ("compare_exchange", items![list![1.0], 0], "(True, [1])", "Value('i', 0)"),
        ("compare_exchange", items![false, f64::NAN], "(True, 0)", "Value('i', nan)"),
        ("compare_exchange", items![f64::NAN, 1], "(False, nan)", "="),
        ("get", items![1], "TypeError: Value.get() takes no arguments (1 given)", "="),
    ] {
        let before = world.text(&holder);
        assert_eq!(world.show(&holder, method, args), result, "{before}.{method}");
        assert_eq!(world.text(&holder), if after == "=" { &before } else { after }, "{before}.{method}, afterwards");
    }
    assert_eq!(world.show_with(&holder, "set", vec![], vec![("value", v(3))]), "None");
    assert_eq!(shown(world.value(&holder)), "3");
    assert_eq!(world.text(&world.create("Value", items!["zzz", NONE], vec![]).unwrap()), "Value('zzz', None)");
    assert_eq!(world.text(&world.create("Value", items![NONE, 1], vec![]).unwrap()), "Value(None, 1)");
    assert!(world.create("Value", items!["i"], vec![]).is_err());
}

#[test]
fn what_is_put_into_a_value_or_namespace_is_held_and_let_go_of() {
    let world = World::new();
    let holder = value(&world, NONE);
    let n = Namespace::create(&world.caller);
    let list = || Item::proxy(world.list(list![]));
    Holder::set(&holder, list()).unwrap();
    Namespace::set(&n, v("a"), list()).unwrap();
    assert_eq!(world.objects(), 4);
    drop(Holder::swap(&holder, list()).unwrap());
    drop(Namespace::swap(&n, v("a"), list()).unwrap());
    settle();
    assert_eq!(world.objects(), 4);
    {
        let held = Holder::get(&holder).unwrap();
        assert!(Holder::compare_exchange(&holder, &held, list()).unwrap().0);
        let held = Namespace::get(&n, v("a")).unwrap();
        assert!(Namespace::compare_exchange(&n, v("a"), &held, list()).unwrap().0);
    }
    settle();
    assert_eq!(world.objects(), 4);
    let typed = world.create("Value", vec![list(), v(1)], vec![]).unwrap();
    assert_eq!(world.objects(), 6);
    let mut edges = 0;
    for object in [&holder, &n, &typed] {
        object.body().edges(&mut |_| edges += 1);
    }
    assert_eq!(edges, 3);
    drop((holder, n, typed));
    settle();
    assert_eq!(world.objects(), 0);
}

#[test]
fn a_value_has_one_lock_made_when_it_is_asked_for() {
    let world = World::new();
    for (typeid, second) in [("Value", v(0)), ("Array", v(list![1]))] {
        let make = |kwargs| world.create(typeid, vec![v("i"), second.clone()], kwargs).unwrap();
        let lock_of = |proxy: &Proxy| match world.call(proxy, "get_lock", vec![]) {
            Ok(Item::Proxy(lock)) => Ok(*lock),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        };
        let plain = make(vec![]);
        let before = world.objects();
        let lock = lock_of(&plain).unwrap();
        assert_eq!(lock.typeid(), "Lock");
        assert_eq!(lock, lock_of(&plain).unwrap());
        assert_eq!(world.objects(), before + 1);
        let mut edges = Vec::new();
        plain.body().edges(&mut |proxy| edges.push(proxy.id()));
        assert_eq!(edges, [lock.id()]);
        assert_eq!(lock_of(&make(vec![("lock", v(true))])).map(|lock| lock.typeid().to_owned()).unwrap(), "Lock");
        assert_eq!(lock_of(&make(vec![("lock", Item::proxy(lock.clone()))])).unwrap(), lock);
        let none = lock_of(&make(vec![("lock", v(false))])).unwrap_err();
        assert_eq!(none, format!("AttributeError: '{typeid}' object has no attribute 'get_lock'"));
        drop(plain);
        settle();
        assert_eq!(world.show(&lock, "locked", vec![]), "False");
    }
    settle();
    assert_eq!(world.objects(), 0);
}

#[test]
fn each_operation_takes_a_right() {
    let world = World::new();
    let holder = value(&world, 7);
    let n = namespace(&world);
    let reader = world.narrowed(&holder, &["get"]);
    assert_eq!(shown(Holder::get(&reader)), "7");
    let refused = "NotExposed: 'set' of 'Value' object is not exposed by this proxy";
    assert_eq!(Holder::set(&reader, v(1)).unwrap_err().to_string(), refused);
    for refused in [
        Holder::fetch_add(&reader, &v(1)).map(drop),
        Holder::fetch_max(&reader, v(1)).map(drop),
        Holder::swap(&reader, v(1)).map(drop),
        Holder::compare_exchange(&reader, &v(7), v(1)).map(drop),
        Holder::get_lock(&reader, &world.caller).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind, ErrorKind::NotExposed);
    }
    let reader = world.narrowed(&n, &["__getattribute__"]);
    assert_eq!(shown(Namespace::get(&reader, v("x"))), "10");
    for refused in [
        Namespace::set(&reader, v("x"), v(1)),
        Namespace::delete(&reader, v("x")),
        Namespace::names(&reader).map(drop),
        Namespace::items(&reader).map(drop),
        Namespace::fetch_add(&reader, v("x"), &v(1)).map(drop),
        Namespace::fetch_max(&reader, v("x"), v(1)).map(drop),
        Namespace::swap(&reader, v("x"), v(1)).map(drop),
        Namespace::compare_exchange(&reader, v("x"), &v(7), v(1)).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind, ErrorKind::NotExposed);
    }
    assert_eq!(Holder::get(&n).unwrap_err().message, "expected a proxy to a 'Value', got one to a 'Namespace'");
    assert_eq!(Namespace::get(&holder, v("x")).unwrap_err().kind, ErrorKind::Type);
}
