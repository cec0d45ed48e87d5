use super::*;

/// Calls methods of fresh lists: what each gives, and what the list is afterwards.
fn check(cases: Vec<(Plain, &str, Vec<Item>, &str, &str)>) {
    let world = World::new();
    for (before, method, args, result, after) in cases {
        let list = world.list(before);
        let case = format!(
            "{}.{method}({})",
            world.text(&list),
            args.iter().cloned().map(|arg| shown(Ok(arg))).collect::<Vec<_>>().join(", ")
        );
        assert_eq!(world.show(&list, method, args), result, "{case}");
        assert_eq!(world.text(&list), after, "{case}, afterwards");
    }
}

fn big() -> Plain {
    Value::from(i128::from(i64::MAX) + 1)
}

#[test]
fn items_are_read_replaced_and_removed_by_index() {
    let l = || list![1, "b", 2.5];
    check(vec![
        (l(), "__getitem__", items![0], "1", "[1, 'b', 2.5]"),
        (l(), "__getitem__", items![-1], "2.5", "[1, 'b', 2.5]"),
        (l(), "__getitem__", items![true], "'b'", "[1, 'b', 2.5]"),
        (l(), "__getitem__", items![3], "IndexError: list index out of range", "[1, 'b', 2.5]"),
        (l(), "__getitem__", items![-4], "IndexError: list index out of range", "[1, 'b', 2.5]"),
        (l(), "__getitem__", items![i64::MIN], "IndexError: list index out of range", "[1, 'b', 2.5]"),
        (
            l(),
            "__getitem__",
            items![big()],
            "IndexError: cannot fit 'int' into an index-sized integer",
            "[1, 'b', 2.5]",
        ),
        (
            l(),
            "__getitem__",
            items!["1"],
            "TypeError: list indices must be integers or slices, not str",
            "[1, 'b', 2.5]",
        ),
        (
            l(),
            "__getitem__",
            items![1.0],
            "TypeError: list indices must be integers or slices, not float",
            "[1, 'b', 2.5]",
        ),
        (
            l(),
            "__getitem__",
            items![NONE],
            "TypeError: list indices must be integers or slices, not NoneType",
            "[1, 'b', 2.5]",
        ),
        (l(), "__setitem__", items![1, list![7]], "None", "[1, [7], 2.5]"),
        (l(), "__setitem__", items![-3, NONE], "None", "[None, 'b', 2.5]"),
        (l(), "__setitem__", items![3, 0], "IndexError: list assignment index out of range", "[1, 'b', 2.5]"),
        (
            l(),
            "__setitem__",
            items!["x", 0],
            "TypeError: list indices must be integers or slices, not str",
            "[1, 'b', 2.5]",
        ),
        (l(), "__delitem__", items![-2], "None", "[1, 2.5]"),
        (l(), "__delitem__", items![5], "IndexError: list assignment index out of range", "[1, 'b', 2.5]"),
        (l(), "__len__", items![], "3", "[1, 'b', 2.5]"),
    ]);
}

#[test]
fn slices_are_read_replaced_and_removed() {
    let l = || list![0, 1, 2, 3, 4];
    let all = "[0, 1, 2, 3, 4]";
    check(vec![
        (l(), "__getitem__", items![slice(Some(1), Some(3), None)], "[1, 2]", all),
        (l(), "__getitem__", items![slice(None, None, Some(-2))], "[4, 2, 0]", all),
        (l(), "__getitem__", items![slice(Some(9), Some(-9), None)], "[]", all),
        (l(), "__getitem__", items![slice(None, None, Some(0))], "ValueError: slice step cannot be zero", all),
        (l(), "__setitem__", items![slice(Some(1), Some(3), None), list![9]], "None", "[0, 9, 3, 4]"),
        (l(), "__setitem__", items![slice(Some(1), Some(1), None), "ab"], "None", "[0, 'a', 'b', 1, 2, 3, 4]"),
        (l(), "__setitem__", items![slice(Some(3), Some(1), None), tuple![9]], "None", "[0, 1, 2, 9, 3, 4]"),
        (l(), "__setitem__", items![slice(None, None, Some(2)), "abc"], "None", "['a', 1, 'b', 3, 'c']"),
        (l(), "__setitem__", items![slice(None, None, Some(-2)), "abc"], "None", "['c', 1, 'b', 3, 'a']"),
        (
            l(),
            "__setitem__",
            items![slice(None, None, Some(2)), "ab"],
            "ValueError: attempt to assign sequence of size 2 to extended slice of size 3",
            all,
        ),
        (
            l(),
            "__setitem__",
            items![slice(Some(1), Some(2), Some(-1)), "ab"],
            "ValueError: attempt to assign sequence of size 2 to extended slice of size 0",
            all,
        ),
        (
            l(),
            "__setitem__",
            items![slice(None, None, None), 5],
            "TypeError: must assign iterable to extended slice",
            all,
        ),
        (
            l(),
            "__setitem__",
            items![slice(None, None, Some(2)), 5],
            "TypeError: must assign iterable to extended slice",
            all,
        ),
        (l(), "__setitem__", items![slice(None, None, Some(0)), 5], "ValueError: slice step cannot be zero", all),
        (l(), "__delitem__", items![slice(Some(1), Some(3), None)], "None", "[0, 3, 4]"),
        (l(), "__delitem__", items![slice(None, None, Some(3))], "None", "[1, 2, 4]"),
        (l(), "__delitem__", items![slice(Some(3), None, Some(-2))], "None", "[0, 2, 4]"),
        (l(), "__delitem__", items![slice(Some(4), Some(2), None)], "None", all),
        (l(), "__delitem__", items![slice(None, None, Some(0))], "ValueError: slice step cannot be zero", all),
    ]);
}

#[test]
fn items_are_added_and_taken() {
    let l = || list![1, 2];
    check(vec![
        (l(), "append", items![list![3]], "None", "[1, 2, [3]]"),
        (l(), "extend", items!["ab"], "None", "[1, 2, 'a', 'b']"),
        (l(), "extend", items![dict! {7 => 8, 9 => 10}], "None", "[1, 2, 7, 9]"),
        (l(), "extend", items![Value::Bytes(vec![65])], "None", "[1, 2, 65]"),
        (l(), "extend", items![5], "TypeError: 'int' object is not iterable", "[1, 2]"),
        (l(), "extend", items![NONE], "TypeError: 'NoneType' object is not iterable", "[1, 2]"),
        (l(), "__iadd__", items![tuple![3]], "None", "[1, 2, 3]"),
        (l(), "__iadd__", items![5], "TypeError: 'int' object is not iterable", "[1, 2]"),
        (l(), "insert", items![0, 0], "None", "[0, 1, 2]"),
        (l(), "insert", items![-1, 0], "None", "[1, 0, 2]"),
        (l(), "insert", items![i64::MAX, 0], "None", "[1, 2, 0]"),
        (l(), "insert", items![i64::MIN, 0], "None", "[0, 1, 2]"),
        (l(), "insert", items![big(), 0], "OverflowError: Python int too large to convert to C ssize_t", "[1, 2]"),
        (l(), "insert", items!["0", 0], "TypeError: 'str' object cannot be interpreted as an integer", "[1, 2]"),
        (l(), "pop", items![], "2", "[1]"),
        (l(), "pop", items![0], "1", "[2]"),
        (l(), "pop", items![2], "IndexError: pop index out of range", "[1, 2]"),
        (l(), "pop", items![big()], "OverflowError: Python int too large to convert to C ssize_t", "[1, 2]"),
        (list![], "pop", items![], "IndexError: pop from empty list", "[]"),
        (list![], "pop", items![7], "IndexError: pop from empty list", "[]"),
        (l(), "clear", items![], "None", "[]"),
        (l(), "reverse", items![], "None", "[2, 1]"),
    ]);
}

#[test]
fn items_are_found_by_equality() {
    let l = || list![1, 2.0, true, "a", list![1], 2];
    let all = "[1, 2.0, True, 'a', [1], 2]";
    check(vec![
        (l(), "__contains__", items![2], "True", all),
        (l(), "__contains__", items![list![1.0]], "True", all),
        (l(), "__contains__", items![tuple![1]], "False", all),
        (l(), "__contains__", items![f64::NAN], "False", all),
        (l(), "count", items![1.0], "2", all),
        (l(), "count", items!["b"], "0", all),
        (l(), "index", items![2], "1", all),
        (l(), "index", items![2, 2], "5", all),
        (l(), "index", items![2, -1], "5", all),
        (l(), "index", items![1, 1, 3], "2", all),
        (l(), "index", items![2, big()], "ValueError: list.index(x): x not in list", all),
        (l(), "index", items![2, -9, big()], "1", all),
        (l(), "index", items![1, 3, 2], "ValueError: list.index(x): x not in list", all),
        (l(), "index", items!["zz"], "ValueError: list.index(x): x not in list", all),
        (l(), "index", items![1, "0"], "TypeError: slice indices must be integers or have an __index__ method", all),
        (l(), "index", items![1, NONE], "TypeError: slice indices must be integers or have an __index__ method", all),
        (l(), "remove", items![true], "None", "[2.0, True, 'a', [1], 2]"),
        (l(), "remove", items![list![]], "ValueError: list.remove(x): x not in list", all),
    ]);
}

#[test]
fn operators_give_plain_copies() {
    let l = || list![1, 2];
    let all = "[1, 2]";
    check(vec![
        (l(), "copy", items![], "[1, 2]", all),
        (l(), "__reversed__", items![], "[2, 1]", all),
        (l(), "__add__", items![list!["x"]], "[1, 2, 'x']", all),
        (l(), "__add__", items![5], "TypeError: can only concatenate list (not \"int\") to list", all),
        (l(), "__add__", items![tuple![5]], "TypeError: can only concatenate list (not \"tuple\") to list", all),
        (l(), "__radd__", items![list!["x"]], "['x', 1, 2]", all),
        (l(), "__radd__", items![5], "TypeError: unsupported operand type(s) for +: 'int' and 'list'", all),
        (l(), "__radd__", items![tuple![5]], "TypeError: can only concatenate tuple (not \"list\") to tuple", all),
        (l(), "__radd__", items!["s"], "TypeError: can only concatenate str (not \"list\") to str", all),
        (l(), "__radd__", items![Value::Bytes(vec![])], "TypeError: can't concat list to bytes", all),
        (l(), "__mul__", items![2], "[1, 2, 1, 2]", all),
        (l(), "__mul__", items![true], "[1, 2]", all),
        (l(), "__mul__", items![-1], "[]", all),
        (l(), "__mul__", items!["2"], "TypeError: 'str' object cannot be interpreted as an integer", all),
        (l(), "__mul__", items![big()], "OverflowError: cannot fit 'int' into an index-sized integer", all),
        (l(), "__mul__", items![1_i64 << 62], "MemoryError", all),
        (list![], "__mul__", items![i64::MAX], "[]", "[]"),
        (l(), "__rmul__", items![3], "[1, 2, 1, 2, 1, 2]", all),
        (l(), "__imul__", items![2], "None", "[1, 2, 1, 2]"),
        (l(), "__imul__", items![0], "None", "[]"),
        (l(), "__imul__", items![1_i64 << 62], "MemoryError", all),
        (l(), "__imul__", items![1.0], "TypeError: 'float' object cannot be interpreted as an integer", all),
    ]);
}

#[test]
fn errors_have_the_kinds_and_arguments_of_their_classes() {
    let world = World::new();
    let list = world.list(list![1]);
    let kind = |method, args| world.call(&list, method, args).unwrap_err().kind;
    assert_eq!(kind("__getitem__", items![9]), ErrorKind::Index);
    assert_eq!(kind("remove", items![9]), ErrorKind::Value);
    assert_eq!(kind("extend", items![9]), ErrorKind::Type);
    assert_eq!(kind("pop", items![big()]), ErrorKind::Overflow);
    assert_eq!(kind("push", items![1]), ErrorKind::NotExposed);
    let memory = world.call(&list, "__mul__", items![i64::MAX]).unwrap_err();
    assert_eq!((memory.kind, memory.args.as_deref()), (ErrorKind::Memory, Some(&tuple![])));
}

#[test]
fn a_wrong_number_of_arguments_is_told_as_python_does() {
    let l = || list![1];
    let wrong = |method, args, result| (l(), method, args, result, "[1]");
    check(vec![
        wrong("append", items![], "TypeError: list.append() takes exactly one argument (0 given)"),
        wrong("append", items![1, 2], "TypeError: list.append() takes exactly one argument (2 given)"),
        wrong("clear", items![1], "TypeError: list.clear() takes no arguments (1 given)"),
        wrong("index", items![], "TypeError: index expected at least 1 argument, got 0"),
        wrong("index", items![1, 2, 3, 4], "TypeError: index expected at most 3 arguments, got 4"),
        wrong("insert", items![1], "TypeError: insert expected 2 arguments, got 1"),
        wrong("pop", items![1, 2], "TypeError: pop expected at most 1 argument, got 2"),
        wrong("sort", items![1], "TypeError: sort() takes no positional arguments"),
        wrong("__len__", items![1], "TypeError: expected 0 arguments, got 1"),
        wrong("__add__", items![], "TypeError: expected 1 argument, got 0"),
        wrong("__contains__", items![], "TypeError: expected 1 argument, got 0"),
        wrong("__getitem__", items![], "TypeError: list.__getitem__() takes exactly one argument (0 given)"),
        wrong("__setitem__", items![1], "TypeError: __setitem__ expected 2 arguments, got 1"),
        wrong("__reversed__", items![1], "TypeError: list.__reversed__() takes no arguments (1 given)"),
    ]);
    let world = World::new();
    let list = world.list(list![1]);
    let keyword = |method, args| world.show_with(&list, method, args, vec![("x", v(1))]);
    assert_eq!(keyword("append", items![1]), "TypeError: list.append() takes no keyword arguments");
    assert_eq!(keyword("__add__", items![1]), "TypeError: wrapper __add__() takes no keyword arguments");
    assert_eq!(keyword("__getitem__", items![1]), "TypeError: list.__getitem__() takes no keyword arguments");
    assert_eq!(keyword("sort", items![]), "TypeError: sort() got an unexpected keyword argument 'x'");
}

#[test]
fn a_list_is_made_of_any_iterable() {
    let world = World::new();
    let make =
        |args| world.create("list", args, vec![]).map(|list| world.text(&list)).map_err(|error| error.to_string());
    assert_eq!(make(items![]).unwrap(), "[]");
    assert_eq!(make(items![tuple![1, "a"]]).unwrap(), "[1, 'a']");
    assert_eq!(make(items!["hé€"]).unwrap(), "['h', 'é', '€']");
    assert_eq!(make(items![dict! {1 => 2}]).unwrap(), "[1]");
    assert_eq!(make(items![Value::Set(vec![3.into()])]).unwrap(), "[3]");
    let other = world.list(list![4, 5]);
    assert_eq!(make(vec![Item::proxy(other)]).unwrap(), "[4, 5]");
    assert_eq!(make(items![5]).unwrap_err(), "TypeError: 'int' object is not iterable");
    assert_eq!(make(items![1, 2]).unwrap_err(), "TypeError: list expected at most 1 argument, got 2");
    let keyword = world.create("list", vec![], vec![("x", v(1))]).unwrap_err();
    assert_eq!(keyword.to_string(), "TypeError: list() takes no keyword arguments");
    assert_eq!(world.objects(), 0, "none is left of those, and none of the failures");
}

#[test]
fn other_lists_are_operands_by_their_proxies() {
    let world = World::new();
    let l = world.list(list![1, 2]);
    let other = world.list(list!["x"]);
    let d = world.dict(dict! {"k" => 1});
    let arg = |proxy: &Proxy| vec![Item::proxy(proxy.clone())];
    assert_eq!(world.show(&l, "__add__", arg(&other)), "[1, 2, 'x']");
    assert_eq!(world.show(&l, "__radd__", arg(&other)), "['x', 1, 2]");
    assert_eq!(world.show(&l, "__add__", arg(&l)), "[1, 2, 1, 2]");
    assert_eq!(world.show(&l, "__radd__", arg(&l)), "[1, 2, 1, 2]");
    assert_eq!(world.show(&l, "__add__", arg(&d)), "TypeError: can only concatenate list (not \"DictProxy\") to list");
    assert_eq!(world.show(&l, "extend", arg(&other)), "None");
    assert_eq!(world.show(&l, "extend", arg(&d)), "None");
    assert_eq!(world.text(&l), "[1, 2, 'x', 'k']");
    assert_eq!(world.show(&other, "extend", arg(&other)), "None");
    assert_eq!(world.show(&other, "__iadd__", arg(&other)), "None");
    assert_eq!(world.text(&other), "['x', 'x', 'x', 'x']");
    let whole = Item::from_value(slice(Some(1), Some(1), None)).unwrap();
    assert_eq!(world.show(&other, "__setitem__", vec![whole, Item::proxy(l.clone())]), "None");
    assert_eq!(world.text(&other), "['x', 1, 2, 'x', 'k', 'x', 'x', 'x']");
    let backwards = Item::from_value(slice(None, None, Some(-1))).unwrap();
    assert_eq!(world.show(&l, "__setitem__", vec![backwards, Item::proxy(l.clone())]), "None");
    assert_eq!(world.text(&l), "['k', 'x', 2, 1]");
    let lock = crate::referents::lock::Lock::create(&world.caller);
    assert_eq!(world.show(&l, "extend", arg(&lock)), "TypeError: 'AcquirerProxy' object is not iterable");
}

#[test]
fn a_proxy_is_equal_to_one_of_the_same_object_and_to_nothing_else() {
    let world = World::new();
    let inner = world.list(list![1]);
    let twin = world.list(list![1]);
    let outer = world.list(Value::List(vec![7.into(), Value::Proxy(inner.clone()), list![Value::Proxy(twin.clone())]]));
    let arg = |proxy: &Proxy| vec![Item::proxy(proxy.clone())];
    assert_eq!(world.show(&outer, "__contains__", arg(&inner)), "True");
    assert_eq!(world.show(&outer, "index", arg(&inner)), "1");
    assert_eq!(world.show(&outer, "count", arg(&twin)), "0");
    assert_eq!(world.show(&outer, "__contains__", items![list![1]]), "False");
    assert_eq!(world.show(&outer, "index", items![list![Value::Proxy(twin.clone())]]), "2");
    assert_eq!(world.show(&outer, "count", items![list![Value::Proxy(inner.clone())]]), "0");
    // The second proxy in a value, also after something that is compared as a whole.
    let pair = |second: &Proxy| {
        tuple![Value::Proxy(inner.clone()), dict! {1 => Value::Proxy(inner.clone())}, Value::Proxy(second.clone())]
    };
    let pairs = world.list(list![pair(&inner), pair(&twin)]);
    assert_eq!(world.show(&pairs, "index", items![pair(&twin)]), "1");
    assert_eq!(world.show(&pairs, "count", items![pair(&inner)]), "1");
    assert_eq!(world.show(&pairs, "count", items![pair(&outer)]), "0");
    assert_eq!(world.show(&outer, "remove", arg(&inner)), "None");
    assert_eq!(world.show(&outer, "__len__", vec![]), "2");
}

#[test]
fn a_list_prints_as_in_python_with_proxies_as_their_repr() {
    let world = World::new();
    let inner = world.list(list![1]);
    let outer = world.list(list![1, "a'b", Value::Proxy(inner.clone()), 1.0, tuple![Value::Proxy(inner.clone())]]);
    let shown = inner.repr();
    assert!(shown.starts_with("<ListProxy object, typeid 'list' at 0x"), "{shown}");
    assert_eq!(world.text(&outer), format!("[1, \"a'b\", {shown}, 1.0, ({shown},)]"));
    world.call(&inner, "append", vec![Item::proxy(inner.clone())]).unwrap();
    assert_eq!(world.text(&inner), "[1, [...]]");
    world.call(&inner, "clear", vec![]).unwrap();
}

#[test]
fn sorting_is_stable_both_ways_and_by_less_than_alone() {
    let sorted = |items: Plain, reverse: bool| {
        let world = World::new();
        let list = world.list(items);
        let result = world.show_with(&list, "sort", vec![], vec![("reverse", v(reverse))]);
        (result, world.text(&list))
    };
    let ok = |text: &str| ("None".to_owned(), text.to_owned());
    assert_eq!(sorted(list![3, 1, 2], false), ok("[1, 2, 3]"));
    assert_eq!(sorted(list!["b", "a", "é", "Z"], false), ok("['Z', 'a', 'b', 'é']"));
    // 1, 1.0 and True are equal: they keep their order, also backwards.
    assert_eq!(sorted(list![2, 1.0, true, 1, 0.5], false), ok("[0.5, 1.0, True, 1, 2]"));
    assert_eq!(sorted(list![1.0, 2, true, 1], true), ok("[2, 1.0, True, 1]"));
    assert_eq!(sorted(list![0.0, -0.0, -1], false), ok("[-1, 0.0, -0.0]"));
    // Beyond what a float can tell apart.
    assert_eq!(
        sorted(list![9007199254740993_i64, 9007199254740992.0, 9007199254740991_i64, big(), -big_float()], false),
        ok("[-1e+30, 9007199254740991, 9007199254740992.0, 9007199254740993, 9223372036854775808]")
    );
    assert_eq!(sorted(list![list![2], list![1, 5], list![], list![1]], false), ok("[[], [1], [1, 5], [2]]"));
    assert_eq!(
        sorted(list![tuple![1, "b"], tuple![1.0, "a"], tuple![0, "c"]], true),
        ok("[(1, 'b'), (1.0, 'a'), (0, 'c')]")
    );
    assert_eq!(
        sorted(list![tuple![1, list![2, "b"]], tuple![1, list![2, "a"]]], false),
        ok("[(1, [2, 'a']), (1, [2, 'b'])]")
    );
    assert_eq!(sorted(list![dict! {}], false), ok("[{}]"));
}

fn big_float() -> f64 {
    1e30
}

#[test]
fn items_without_an_order_are_a_type_error_and_leave_the_list_as_it_was() {
    let world = World::new();
    for (items, message) in [
        (list![3, 1, "a", 0], "'<' not supported between instances of 'str' and 'int'"),
        (list![1, NONE], "'<' not supported between instances of 'NoneType' and 'int'"),
        (list![NONE, NONE], "'<' not supported between instances of 'NoneType' and 'NoneType'"),
        (list![dict! {}, dict! {}], "'<' not supported between instances of 'dict' and 'dict'"),
        (list![list![1, "a"], list![1, 2]], "'<' not supported between instances of 'int' and 'str'"),
        (list![tuple![1], list![1]], "'<' not supported between instances of 'list' and 'tuple'"),
    ] {
        let list = world.list(items);
        let before = world.text(&list);
        assert_eq!(world.show(&list, "sort", vec![]), format!("TypeError: {message}"));
        assert_eq!(world.text(&list), before);
    }
    let a = world.list(list![]);
    let b = world.list(list![]);
    let both = world.list(list![Value::Proxy(a), Value::Proxy(b)]);
    assert_eq!(
        world.show(&both, "sort", vec![]),
        "TypeError: '<' not supported between instances of 'ListProxy' and 'ListProxy'"
    );
    let keyed = |list: &Proxy| world.show_with(list, "sort", vec![], vec![("key", v(5))]);
    assert_eq!(keyed(&both), "TypeError: 'int' object is not callable");
    assert_eq!(keyed(&world.list(list![])), "None");
    assert_eq!(world.show_with(&world.list(list![2, 1]), "sort", vec![], vec![("key", v(NONE))]), "None");
}

/// What has no order at all comes out as it does in CPython 3.14, which these are taken from.
#[test]
fn what_has_no_order_is_sorted_as_cpython_does() {
    let world = World::new();
    let nan = f64::NAN;
    let set = |items: &[i64]| Value::Set(items.iter().copied().map(Value::Int).collect());
    let sets = || list![set(&[1]), set(&[2]), set(&[1, 2]), set(&[]), set(&[1, 3]), set(&[2])];
    for (items, reverse, sorted) in [
        (list![3, nan, 1], false, "[3, nan, 1]"),
        (list![nan, 2, 1.5, nan, 0], false, "[1.5, nan, 0, nan, 2]"),
        (list![nan, 2, 1.5, nan, 0], true, "[nan, 2, 1.5, nan, 0]"),
        (list![5, 4, nan, 3, 2, 1, nan, 0], false, "[1, nan, 0, 2, 4, nan, 3, 5]"),
        (list![5, 4, nan, 3, 2, 1, nan, 0], true, "[5, 4, nan, 3, 2, 1, nan, 0]"),
        (sets(), false, "[set(), {1}, {2}, {1, 2}, {1, 3}, {2}]"),
        (sets(), true, "[{1, 2}, {2}, {1, 3}, {1}, {2}, set()]"),
    ] {
        let list = world.list(items);
        let before = world.text(&list);
        List::sort(&list, reverse).unwrap();
        assert_eq!(world.text(&list), sorted, "{before}, reverse: {reverse}");
    }
}

/// All lists of six items with three different keys: runs up, runs down, and equal ones in each.
#[test]
fn equal_items_keep_their_order_in_every_short_list() {
    let world = World::new();
    for number in 0..3_i64.pow(6) {
        let keys: Vec<i64> = (0..6).map(|place| number / 3_i64.pow(place) % 3).collect();
        // Six forms of a key that are all equal, and that the standard library does not sort.
        let one = [Value::Int(1), Value::Float(1.0), Value::Bool(true)];
        let form = |place: usize| match place % 2 {
            0 => list![keys[place], one[place / 2].clone()],
            _ => list![keys[place] as f64, one[place / 2].clone()],
        };
        for reverse in [false, true] {
            let list = world.list(Value::List((0..6).map(form).collect()));
            List::sort(&list, reverse).unwrap();
            let mut places: Vec<usize> = (0..6).collect();
            places.sort_by_key(|place| if reverse { -keys[*place] } else { keys[*place] });
            let sorted = Value::List(places.into_iter().map(form).collect());
            assert!(List::copy(&list).unwrap().to_value() == sorted, "{keys:?}, reverse: {reverse}");
        }
    }
}

/// Larger lists of mixed numbers, tuples and NaN, against the definition of sorting.
#[test]
fn larger_lists_come_out_in_order() {
    let world = World::new();
    for length in [63, 64, 65, 200, 1000, 5000] {
        for reverse in [false, true] {
            // Tuples of (key, position): many equal keys, whose positions must stay in order.
            let key = |position: i64| (position * 7919 + position / 3) % 97;
            let tuples: Vec<Plain> = (0..length)
                .map(|position| {
                    let key = key(position);
                    list![if position % 2 == 0 { Value::Int(key) } else { Value::Float(key as f64) }]
                })
                .collect();
            let list = world.list(Value::List(tuples.clone()));
            List::sort(&list, reverse).unwrap();
            let mut expected: Vec<i64> = (0..length).collect();
            expected.sort_by_key(|position| if reverse { -key(*position) } else { key(*position) });
            let expected: Vec<Plain> = expected.iter().map(|position| tuples[*position as usize].clone()).collect();
            let got = List::copy(&list).unwrap().to_value();
            // Structural equality tells 1 from 1.0.
            assert!(got == Value::List(expected), "{length} items, reverse: {reverse}");
        }
    }
    // With NaN there is no order, but nothing is lost and nothing panics.
    let numbers: Vec<Plain> =
        (0..1000).map(|n| if n % 7 == 0 { f64::NAN.into() } else { Value::Int(n * 31 % 100) }).collect();
    let list = world.list(Value::List(numbers));
    List::sort(&list, false).unwrap();
    let Value::List(sorted) = List::copy(&list).unwrap().to_value() else { panic!("not a list") };
    let (mut whole, mut nans) = (Vec::new(), 0);
    for number in sorted {
        match number {
            Value::Int(number) => whole.push(number),
            _ => nans += 1,
        }
    }
    whole.sort_unstable();
    let mut expected: Vec<i64> = (0..1000).filter(|n| n % 7 != 0).map(|n| n * 31 % 100).collect();
    expected.sort_unstable();
    assert_eq!((whole, nans), (expected, 143));
}

#[test]
fn sorting_by_keys_takes_the_version_that_they_were_made_of() {
    let world = World::new();
    let list = world.list(list!["bb", "a", "ccc"]);
    let (version, copy) = List::snapshot(&list).unwrap();
    assert_eq!(shown(Ok(copy)), "['bb', 'a', 'ccc']");
    let sort = |version, keys: Plain, reverse| List::sort_by_keys(&list, version, &v(keys), reverse);
    let error = sort(version, list![1, 2], false).unwrap_err();
    assert_eq!(error.to_string(), "ValueError: 2 keys for a list of 3 items");
    assert_eq!(sort(version, list![1, "a", 2], false).unwrap_err().kind, ErrorKind::Type);
    assert_eq!(sort(version, Value::Int(5), false).unwrap_err().to_string(), "TypeError: 'int' object is not iterable");
    assert_eq!(world.text(&list), "['bb', 'a', 'ccc']");
    sort(version, list![2, 1, 3], true).unwrap();
    assert_eq!(world.text(&list), "['ccc', 'bb', 'a']");
    let error = sort(version, list![2, 1, 3], false).unwrap_err();
    assert_eq!((error.kind, &*error.message), (ErrorKind::Stale, "list modified during sort"));
    // Mixed keys take the other way of sorting.
    let (version, _) = List::snapshot(&list).unwrap();
    sort(version, list![tuple![2], tuple![1], tuple![2]], false).unwrap();
    assert_eq!(world.text(&list), "['bb', 'ccc', 'a']");
}

#[test]
fn every_change_makes_a_snapshot_stale() {
    let world = World::new();
    let changes: Vec<(&str, Vec<Item>)> = vec![
        ("__iadd__", items![list![1]]),
        ("__imul__", items![2]),
        ("__setitem__", items![0, 1]),
        ("__setitem__", items![slice(Some(0), Some(1), None), list![1]]),
        ("__setitem__", items![slice(None, None, Some(-1)), list![1, 2]]),
        ("__delitem__", items![0]),
        ("__delitem__", items![slice(None, None, Some(2))]),
        ("append", items![1]),
        ("clear", items![]),
        ("extend", items![list![1]]),
        ("insert", items![0, 1]),
        ("pop", items![]),
        ("remove", items![1]),
        ("reverse", items![]),
        ("sort", items![]),
        ("fetch_add", items![0, 1]),
        ("fetch_max", items![0, 9]),
        ("swap", items![0, 1]),
        ("compare_exchange", items![0, 1, 2]),
        ("pop_if", items![0, 1]),
        ("set_many", items![list![tuple![0, 1]]]),
        ("set_path", items![list![0], 1]),
    ];
    let names: Vec<_> = changes.iter().map(|(name, _)| *name).collect();
    for (method, args) in changes {
        let list = world.list(list![1, 2]);
        let (version, _) = List::snapshot(&list).unwrap();
        world.call(&list, method, args).unwrap();
        assert!(List::snapshot(&list).unwrap().0 > version, "{method}");
    }
    let list = world.list(list![1]);
    let (version, _) = List::snapshot(&list).unwrap();
    List::extend(&list, Item::proxy(list.clone())).unwrap();
    assert!(List::snapshot(&list).unwrap().0 > version, "doubling is a change");
    let info = world.list(list![]);
    for method in info.body().type_info().methods() {
        let changes = method.effect() == Effect::Changes;
        assert_eq!(changes, names.contains(&method.name()), "{} is declared so", method.name());
    }
}

#[test]
fn fetch_add_gives_what_was_there_before() {
    check(vec![
        (list![1, 2], "fetch_add", items![0, 5], "1", "[6, 2]"),
        (list![1, 2], "fetch_add", items![-1, 0.5], "2", "[1, 2.5]"),
        (list![true], "fetch_add", items![0, 1], "True", "[2]"),
        (list![i64::MAX], "fetch_add", items![0, 1], "9223372036854775807", "[9223372036854775808]"),
        (list![big()], "fetch_add", items![0, -1], "9223372036854775808", "[9223372036854775807]"),
        (list![1], "fetch_add", items![1, 1], "IndexError: list index out of range", "[1]"),
        (
            list!["a"],
            "fetch_add",
            items![0, "b"],
            "TypeError: unsupported operand type(s) for +: 'str' and 'str'",
            "['a']",
        ),
        (
            list![1],
            "fetch_add",
            items![0, NONE],
            "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'",
            "[1]",
        ),
    ]);
}

#[test]
fn a_list_holds_no_more_than_its_limit() {
    let world = World::with_limits(Limits { container_length: 4, ..Limits::default() });
    let list = world.list(list![1, 2, 3]);
    let full = "QuotaExceeded: a list can hold 4 items at most";
    for (method, args) in [
        ("extend", items![list![1, 2]]),
        ("__iadd__", vec![Item::proxy(list.clone())]),
        ("__imul__", items![2]),
        ("__imul__", items![1_000_000_000]),
        ("__setitem__", items![slice(Some(1), Some(2), None), "abc"]),
    ] {
        assert_eq!(world.show(&list, method, args), full, "{method}");
        assert_eq!(world.text(&list), "[1, 2, 3]", "{method}");
    }
    world.call(&list, "append", items![4]).unwrap();
    assert_eq!(world.show(&list, "append", items![5]), full);
    assert_eq!(world.show(&list, "insert", items![0, 5]), full);
    assert_eq!(world.show(&list, "__setitem__", items![slice(Some(1), Some(3), None), "ab"]), "None");
    let error = world.create("list", items!["abcde"], vec![]).unwrap_err();
    assert_eq!((error.kind, error.to_string().as_str()), (ErrorKind::QuotaExceeded, full));
}

#[test]
fn what_is_copied_out_is_limited_in_bytes() {
    let world = World::with_limits(Limits { value_bytes: 100, ..Limits::default() });
    let list = world.list(list!["x".repeat(60)]);
    let too_large = "QuotaExceeded: a value can take 100 bytes at most";
    assert_eq!(world.show(&list, "__mul__", items![2]), too_large);
    assert_eq!(world.show(&list, "__mul__", items![1_i64 << 40]), too_large);
    assert_eq!(world.show(&list, "__add__", vec![Item::proxy(list.clone())]), too_large);
    world.call(&list, "append", items!["y".repeat(60)]).unwrap();
    for method in ["copy", "__reversed__"] {
        assert_eq!(world.show(&list, method, vec![]), too_large);
    }
    assert_eq!(world.show(&list, "__getitem__", items![slice(None, None, None)]), too_large);
    assert_eq!(shown(world.value(&list)), too_large);
    assert_eq!(at_once(call::to_text(&list, &world.caller)).unwrap_err().to_string(), too_large);
    assert_eq!(List::snapshot(&list).unwrap_err().to_string(), too_large);
}
