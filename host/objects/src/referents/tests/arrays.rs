use super::*;
use crate::referents::array::Array;
use crate::referents::slice::Slice;
use commonhold_wire::BigInt;

fn array(world: &World, typecode: &str, items: impl Into<Plain>) -> Proxy {
    world.create("Array", vec![v(typecode), v(items)], vec![]).unwrap()
}

/// Calls methods of fresh arrays: what each gives, and what the array is afterwards.
fn check(cases: Vec<(&str, Plain, &str, Vec<Item>, &str, &str)>) {
    let world = World::new();
    for (typecode, before, method, args, result, after) in cases {
        let array = array(&world, typecode, before);
        let before = world.text(&array);
        let case = format!(
            "{before}.{method}({})",
            args.iter().cloned().map(|arg| shown(Ok(arg))).collect::<Vec<_>>().join(", ")
        );
        assert_eq!(world.show(&array, method, args), result, "{case}");
        assert_eq!(world.text(&array), if after == "=" { &before } else { after }, "{case}, afterwards");
    }
}

#[test]
fn items_are_read_and_replaced_by_index() {
    let l = || list![1, 2, 3];
    let index = "TypeError: array indices must be integers";
    let big = || Value::from_bigint(BigInt::from(1) << 70);
    check(vec![
        ("i", l(), "__len__", items![], "3", "array('i', [1, 2, 3])"),
        ("i", l(), "__getitem__", items![0], "1", "="),
        ("i", l(), "__getitem__", items![-1], "3", "="),
        ("i", l(), "__getitem__", items![true], "2", "="),
        ("i", l(), "__getitem__", items![3], "IndexError: array index out of range", "="),
        ("i", l(), "__getitem__", items![i64::MIN], "IndexError: array index out of range", "="),
        ("i", l(), "__getitem__", items![big()], "IndexError: cannot fit 'int' into an index-sized integer", "="),
        ("i", l(), "__getitem__", items!["x"], index, "="),
        ("i", l(), "__getitem__", items![NONE], index, "="),
        ("i", l(), "__setitem__", items![1.5, 1], index, "="),
        ("i", l(), "__setitem__", items![1, -7], "None", "array('i', [1, -7, 3])"),
        ("i", l(), "__setitem__", items![-3, true], "None", "array('i', [1, 2, 3])"),
        // The place is looked for before the item.
        ("i", l(), "__setitem__", items![3, "x"], "IndexError: array assignment index out of range", "="),
        ("i", l(), "__setitem__", items![0, "x"], "TypeError: 'str' object cannot be interpreted as an integer", "="),
        ("w", "añ𝄞".into(), "__getitem__", items![2], "'𝄞'", "array('w', 'añ𝄞')"),
        ("w", "añ𝄞".into(), "__setitem__", items![0, "\n"], "None", "array('w', '\\nñ𝄞')"),
        (
            "u",
            "ab".into(),
            "__setitem__",
            items![0, "xy"],
            "TypeError: array item must be a unicode character, not a string of length 2",
            "=",
        ),
        (
            "u",
            "ab".into(),
            "__setitem__",
            items![0, 7],
            "TypeError: array item must be a unicode character, not int",
            "=",
        ),
        (
            "f",
            list![0.1, 1e300],
            "__getitem__",
            items![0],
            "0.10000000149011612",
            "array('f', [0.10000000149011612, inf])",
        ),
        ("d", list![0.1, 1e300], "__getitem__", items![1], "1e+300", "array('d', [0.1, 1e+300])"),
        ("Q", list![Value::from(u64::MAX)], "__getitem__", items![0], "18446744073709551615", "="),
    ]);
}

#[test]
fn slices_are_read_and_replaced() {
    let l = || list![0, 1, 2, 3, 4];
    let part = |start, stop, step| slice(start, stop, step);
    check(vec![
        ("i", l(), "__getitem__", items![part(Some(1), Some(3), None)], "[1, 2]", "="),
        ("i", l(), "__getitem__", items![part(None, None, Some(-2))], "[4, 2, 0]", "="),
        ("i", l(), "__getitem__", items![part(None, None, Some(0))], "ValueError: slice step cannot be zero", "="),
        (
            "i",
            l(),
            "__setitem__",
            items![part(Some(1), Some(3), None), list![8, 9]],
            "None",
            "array('i', [0, 8, 9, 3, 4])",
        ),
        // With a step of 1 the array may grow and shrink.
        (
            "i",
            l(),
            "__setitem__",
            items![part(Some(1), Some(2), None), tuple![7, 8, 9]],
            "None",
            "array('i', [0, 7, 8, 9, 2, 3, 4])",
        ),
        ("i", l(), "__setitem__", items![part(Some(1), None, None), list![]], "None", "array('i', [0])"),
        ("i", l(), "__setitem__", items![part(None, None, None), list![]], "None", "array('i')"),
        (
            "i",
            l(),
            "__setitem__",
            items![part(None, None, Some(2)), list![7, 8, 9]],
            "None",
            "array('i', [7, 1, 8, 3, 9])",
        ),
        (
            "i",
            l(),
            "__setitem__",
            items![part(None, None, Some(-2)), list![7, 8, 9]],
            "None",
            "array('i', [9, 1, 8, 3, 7])",
        ),
        (
            "i",
            l(),
            "__setitem__",
            items![part(None, None, Some(2)), list![7]],
            "ValueError: attempt to assign array of size 1 to extended slice of size 3",
            "=",
        ),
        // As in CPython, where nothing is put into a slice, its items are removed.
        ("i", l(), "__setitem__", items![part(None, None, Some(-2)), list![]], "None", "array('i', [1, 3])"),
        (
            "i",
            l(),
            "__setitem__",
            items![part(None, None, None), 5],
            "TypeError: can only assign array (not \"int\") to array slice",
            "=",
        ),
        ("i", l(), "__setitem__", items![part(None, None, Some(0)), 5], "ValueError: slice step cannot be zero", "="),
        // All or nothing.
        (
            "B",
            l(),
            "__setitem__",
            items![part(None, Some(2), None), list![7, 256]],
            "OverflowError: unsigned byte integer is greater than maximum",
            "=",
        ),
        ("w", "abc".into(), "__setitem__", items![part(None, Some(2), None), "xyz"], "None", "array('w', 'xyzc')"),
        ("B", l(), "__setitem__", items![part(None, None, None), b"ab".to_vec()], "None", "array('B', [97, 98])"),
    ]);
    let world = World::new();
    let numbers = array(&world, "h", l());
    Array::set_slice(&numbers, Slice { start: Some(5), ..Slice::default() }, &Item::proxy(numbers.clone())).unwrap();
    assert_eq!(world.text(&numbers), "array('h', [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])");
    let list = world.list(list![7]);
    Array::set_slice(&numbers, Slice { start: Some(1), ..Slice::default() }, &Item::proxy(list.clone())).unwrap();
    assert_eq!(world.text(&numbers), "array('h', [0, 7])");
    let other = world.narrowed(&list, &["__getitem__"]);
    let refused = Array::set_slice(&numbers, Slice::default(), &Item::proxy(other)).unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotExposed);
    assert_eq!(shown(world.value(&numbers)), "[0, 7]");
    assert_eq!(
        shown(List::create_from(&world.caller, &Item::proxy(numbers)).map(Item::proxy)).split(' ').next(),
        Some("<ListProxy")
    );
}

#[test]
fn arrays_are_made_of_items_of_zeros_and_of_bytes() {
    let world = World::new();
    let made = |args: Vec<Item>| match world.create("Array", args, vec![]) {
        Ok(made) => world.text(&made),
        Err(error) => error.to_string(),
    };
    let bad = "ValueError: bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)";
    for (args, result) in [
        (items!["i", list![1, 2]], "array('i', [1, 2])"),
        (items!["i", tuple![]], "array('i')"),
        (items!["d", dict! {1 => 2}], "array('d', [1.0])"),
        (items!["i", 3], "array('i', [0, 0, 0])"),
        (items!["i", 0], "array('i')"),
        (items!["w", 2], "array('w', '\\x00\\x00')"),
        (items!["i", -1], "ValueError: Array length must be >= 0, not -1"),
        (items!["i", i64::MAX], "QuotaExceeded: an Array can hold 268435456 items at most"),
        (
            items!["i", Value::from_bigint(BigInt::from(1) << 70)],
            "OverflowError: cannot fit 'int' into an index-sized integer",
        ),
        (items!["i", b"\x01\0\0\0\xff\xff\xff\xff".to_vec()], "array('i', [1, -1])"),
        (items!["i", b"abc".to_vec()], "ValueError: bytes length not a multiple of item size"),
        (items!["w", b"\0\xd8\0\0".to_vec()], "ValueError: character U+d800 is a surrogate"),
        (items!["u", b"\0\0\x11\0".to_vec()], "ValueError: character U+110000 is not in range [U+0000; U+10ffff]"),
        (items!["u", "a'\u{20ac}"], "array('u', \"a'€\")"),
        (items!["i", "abc"], "TypeError: cannot use a str to initialize an array with typecode 'i'"),
        (items!["i", NONE], "TypeError: 'NoneType' object is not iterable"),
        (items!["i", 1.5], "TypeError: 'float' object is not iterable"),
        (items!["z", list![1]], bad),
        (items!["z", 5], bad),
        (items!["", list![1]], "TypeError: array() argument 1 must be a unicode character, not a string of length 0"),
        (items!["ii", list![1]], "TypeError: array() argument 1 must be a unicode character, not a string of length 2"),
        (items![1, list![1]], "TypeError: array() argument 1 must be a unicode character, not int"),
    ] {
        let case = args.iter().cloned().map(|arg| shown(Ok(arg))).collect::<Vec<_>>().join(", ");
        assert_eq!(made(args), result, "Array({case})");
    }
    let list = world.list(list![1, 2]);
    assert_eq!(made(vec![v("d"), Item::proxy(list.clone())]), "array('d', [1.0, 2.0])");
    let same = array(&world, "q", list![5, 6]);
    assert_eq!(made(vec![v("b"), Item::proxy(same)]), "array('b', [5, 6])");
    let narrowed = world.narrowed(&list, &["__getitem__"]);
    assert!(made(vec![v("d"), Item::proxy(narrowed)]).starts_with("NotExposed"));
    assert_eq!(Array::create(&world.caller, "H", 2).map(|made| world.text(&made)).unwrap(), "array('H', [0, 0])");
    let limits = Limits { container_length: 3, ..Limits::default() };
    let world = World::with_limits(limits);
    let full = array(&world, "i", list![1, 2, 3]);
    let error = Array::set_slice(&full, Slice { stop: Some(0), ..Slice::default() }, &v(list![0])).unwrap_err();
    assert_eq!(error.to_string(), "QuotaExceeded: an Array can hold 3 items at most");
    assert_eq!(Array::create(&world.caller, "i", 4).unwrap_err().kind, ErrorKind::QuotaExceeded);
    let four = [v(list![1, 2, 3, 4]), v(b"abcd".to_vec())];
    for items in four {
        assert_eq!(Array::create_from(&world.caller, "B", &items).unwrap_err().kind, ErrorKind::QuotaExceeded);
    }
}

#[test]
fn elements_change_atomically() {
    let l = || list![1, 127];
    check(vec![
        ("b", l(), "fetch_add", items![0, 5], "1", "array('b', [6, 127])"),
        ("b", l(), "fetch_add", items![-1, 1], "OverflowError: signed char is greater than maximum", "="),
        ("b", l(), "fetch_add", items![0, 0.5], "TypeError: 'float' object cannot be interpreted as an integer", "="),
        ("b", l(), "fetch_add", items![0, "x"], "TypeError: unsupported operand type(s) for +: 'int' and 'str'", "="),
        ("b", l(), "fetch_add", items![2, 1], "IndexError: array index out of range", "="),
        (
            "w",
            "ab".into(),
            "fetch_add",
            items![0, 1],
            "TypeError: unsupported operand type(s) for +: 'str' and 'int'",
            "=",
        ),
        ("d", l(), "fetch_add", items![0, 0.5], "1.0", "array('d', [1.5, 127.0])"),
        (
            "Q",
            list![Value::from(u64::MAX)],
            "fetch_add",
            items![0, -1],
            "18446744073709551615",
            "array('Q', [18446744073709551614])",
        ),
        ("Q", list![Value::from(u64::MAX)], "fetch_add", items![0, 1], "OverflowError: int too big to convert", "="),
        ("b", l(), "fetch_max", items![0, 5], "1", "array('b', [5, 127])"),
        ("b", l(), "fetch_max", items![1, 5], "127", "="),
        ("b", l(), "fetch_max", items![0, 500], "OverflowError: signed char is greater than maximum", "="),
        ("w", "ab".into(), "fetch_max", items![0, "c"], "'a'", "array('w', 'cb')"),
        ("d", l(), "fetch_max", items![0, f64::NAN], "1.0", "="),
        ("b", l(), "swap", items![-2, 5], "1", "array('b', [5, 127])"),
        ("b", l(), "swap", items![0, 128], "OverflowError: signed char is greater than maximum", "="),
        ("b", l(), "compare_exchange", items![0, 1.0, 5], "(True, 1)", "array('b', [5, 127])"),
        ("b", l(), "compare_exchange", items![0, 2, 5], "(False, 1)", "="),
        ("b", l(), "compare_exchange", items![0, "x", 5], "(False, 1)", "="),
        ("b", l(), "compare_exchange", items![0, 2, 500], "OverflowError: signed char is greater than maximum", "="),
        ("b", l(), "compare_exchange", items!["x", 2, 5], "TypeError: array indices must be integers", "="),
        ("f", list![0.1], "compare_exchange", items![0, 0.1, 5], "(False, 0.10000000149011612)", "="),
    ]);
}

#[test]
fn ranges_are_read_and_written_at_once() {
    let world = World::new();
    let integers = [("b", 1), ("B", 1), ("h", 2), ("H", 2), ("i", 4), ("I", 4), ("l", 8), ("L", 8), ("q", 8), ("Q", 8)];
    for (typecode, size) in integers {
        let numbers = array(&world, typecode, list![1, 2, 3, 100]);
        assert_eq!(Array::typecode(&numbers).unwrap().to_string(), typecode);
        assert_eq!(Array::read_ints(&numbers, 1, 3).unwrap(), [2, 3, 100]);
        Array::write_ints(&numbers, 2, &[7, 8]).unwrap();
        let bytes = Array::read_bytes(&numbers, 1, 2).unwrap();
        let expected: Vec<u8> =
            [2, 7].into_iter().flat_map(|low| (0..size).map(move |at| if at == 0 { low } else { 0 })).collect();
        assert_eq!(bytes, expected, "{typecode}");
        Array::write_bytes(&numbers, 0, &bytes).unwrap();
        assert_eq!(shown(world.value(&numbers)), "[2, 7, 7, 8]");
        let not_floats = Array::read_floats(&numbers, 0, 1).unwrap_err();
        assert_eq!(
            not_floats.to_string(),
            format!("TypeError: the items of an array of typecode '{typecode}' are integers")
        );
        assert_eq!(Array::write_floats(&numbers, 0, &[1.0]).unwrap_err().kind, ErrorKind::Type);
        let signed = typecode.chars().all(|letter| letter.is_ascii_lowercase());
        let too_small = if size == 8 && signed { None } else { Some(if signed { i64::MIN } else { -1 }) };
        if let Some(too_small) = too_small {
            let overflow = Array::write_ints(&numbers, 0, &[1, too_small]).unwrap_err();
            assert_eq!(overflow.kind, ErrorKind::Overflow, "{typecode}");
            let same = Array::set_item(&numbers, 0, &v(too_small)).unwrap_err();
            assert_eq!(overflow.message, same.message, "{typecode}");
            assert_eq!(shown(world.value(&numbers)), "[2, 7, 7, 8]", "{typecode}: nothing was written");
        }
        if signed {
            Array::write_ints(&numbers, 0, &[-1]).unwrap();
            assert_eq!(Array::read_ints(&numbers, 0, 1).unwrap(), [-1]);
        }
    }
    for typecode in ["f", "d"] {
        let numbers = array(&world, typecode, list![0.5, 1.5, 2.5]);
        assert_eq!(Array::read_floats(&numbers, 0, 2).unwrap(), [0.5, 1.5]);
        Array::write_floats(&numbers, 1, &[-0.25, f64::INFINITY]).unwrap();
        assert_eq!(shown(world.value(&numbers)), "[0.5, -0.25, inf]");
        assert_eq!(Array::read_ints(&numbers, 0, 1).unwrap_err().kind, ErrorKind::Type);
        assert_eq!(Array::write_ints(&numbers, 0, &[1]).unwrap_err().kind, ErrorKind::Type);
    }
    let letters = array(&world, "w", "añ");
    assert_eq!(Array::read_bytes(&letters, 0, 2).unwrap(), b"a\0\0\0\xf1\0\0\0");
    Array::write_bytes(&letters, 1, b"b\0\0\0").unwrap();
    let wrong = Array::write_bytes(&letters, 0, b"c\0\0\0\0\0\0\x80").unwrap_err();
    assert_eq!(wrong.kind, ErrorKind::Value);
    assert_eq!(world.text(&letters), "array('w', 'ab')");
    for refused in [
        Array::read_ints(&letters, 0, 1).map(drop),
        Array::read_floats(&letters, 0, 1).map(drop),
        Array::write_ints(&letters, 0, &[97]),
        Array::write_floats(&letters, 0, &[97.0]),
    ] {
        assert_eq!(refused.unwrap_err().message, "the items of an array of typecode 'w' are characters");
    }
    let unsigned = array(&world, "Q", list![1, Value::from(u64::MAX)]);
    assert_eq!(Array::read_ints(&unsigned, 0, 1).unwrap(), [1]);
    assert_eq!(Array::read_ints(&unsigned, 0, 2).unwrap_err().kind, ErrorKind::Overflow);
}

#[test]
fn a_range_that_is_not_there_is_refused() {
    let world = World::new();
    let numbers = array(&world, "i", list![1, 2, 3]);
    assert_eq!(Array::read_ints(&numbers, 3, 0).unwrap(), []);
    assert_eq!(Array::read_bytes(&numbers, 0, 3).unwrap().len(), 12);
    for (start, count) in [(0, 4), (3, 1), (4, 0), (u64::MAX, 1), (1, u64::MAX), (u64::MAX, u64::MAX)] {
        let refused = Array::read_ints(&numbers, start, count).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("IndexError: {count} items from {start} on are out of the range of an array of 3")
        );
        assert_eq!(Array::read_bytes(&numbers, start, count).unwrap_err().kind, ErrorKind::Index);
    }
    for start in [2, 4, u64::MAX] {
        assert_eq!(Array::write_ints(&numbers, start, &[8, 9]).unwrap_err().kind, ErrorKind::Index);
        assert_eq!(Array::write_bytes(&numbers, start, &[0; 8]).unwrap_err().kind, ErrorKind::Index);
    }
    assert_eq!(Array::write_bytes(&numbers, 0, &[0; 7]).unwrap_err().kind, ErrorKind::Value);
    assert_eq!(shown(world.value(&numbers)), "[1, 2, 3]");
    let world = World::with_limits(Limits { value_bytes: 100, ..Limits::default() });
    let bytes = Array::create(&world.caller, "b", 101).unwrap();
    assert_eq!(Array::read_bytes(&bytes, 0, 100).unwrap().len(), 100);
    let error = Array::read_bytes(&bytes, 0, 101).unwrap_err();
    assert_eq!(error.to_string(), "QuotaExceeded: a value can take 100 bytes at most");
    // As integers they take eight bytes each.
    assert_eq!(Array::read_ints(&bytes, 0, 12).unwrap().len(), 12);
    assert_eq!(Array::read_ints(&bytes, 0, 13).unwrap_err().kind, ErrorKind::QuotaExceeded);
    assert_eq!(world.value(&bytes).unwrap_err().kind, ErrorKind::QuotaExceeded);
}

#[test]
fn elements_are_packed_and_memory_is_given_back() {
    let world = World::new();
    let count = 1 << 20;
    let bytes = Array::create(&world.caller, "b", count).unwrap();
    assert_eq!(bytes.downcast::<Array>().unwrap().capacity(), count as usize);
    Array::set_slice(&bytes, Slice { start: Some(10), ..Slice::default() }, &v(list![])).unwrap();
    assert!(bytes.downcast::<Array>().unwrap().capacity() <= 1024);
    assert_eq!(Array::length(&bytes).unwrap(), 10);
}

#[test]
fn each_operation_on_an_array_takes_a_right() {
    let world = World::new();
    let numbers = array(&world, "i", list![1, 2, 3]);
    let reader = world.narrowed(&numbers, &["__getitem__"]);
    let floats = array(&world, "d", list![1.0]);
    assert_eq!(Array::read_ints(&reader, 0, 3).unwrap(), [1, 2, 3]);
    assert_eq!(shown(Array::get_slice(&reader, Slice::default())), "[1, 2, 3]");
    let writer = world.narrowed(&numbers, &["__setitem__"]);
    assert_eq!(Array::typecode(&writer).unwrap(), 'i');
    Array::write_ints(&writer, 0, &[7]).unwrap();
    for refused in [
        Array::length(&reader).map(drop),
        Array::set_item(&reader, 0, &v(1)),
        Array::set_slice(&reader, Slice::default(), &v(list![])),
        Array::write_bytes(&reader, 0, &[0; 4]),
        Array::write_ints(&reader, 0, &[0]),
        Array::write_floats(&world.narrowed(&floats, &["__getitem__"]), 0, &[0.0]),
        Array::read_floats(&world.narrowed(&floats, &["__setitem__"]), 0, 1).map(drop),
        Array::get_item(&writer, 0).map(drop),
        Array::get_slice(&writer, Slice::default()).map(drop),
        Array::read_bytes(&writer, 0, 1).map(drop),
        Array::read_ints(&writer, 0, 1).map(drop),
        Array::fetch_add(&writer, 0, &v(1)).map(drop),
        Array::fetch_max(&writer, 0, &v(1)).map(drop),
        Array::swap(&writer, 0, &v(1)).map(drop),
        Array::compare_exchange(&writer, 0, &v(1), &v(1)).map(drop),
        Array::get_lock(&writer, &world.caller).map(drop),
    ] {
        assert_eq!(refused.unwrap_err().kind, ErrorKind::NotExposed);
    }
    let list = world.list(list![]);
    assert_eq!(Array::length(&list).unwrap_err().message, "expected a proxy to a 'Array', got one to a 'list'");
}
