//! A dict as a store of bytes: what a component sees of it, and what others see of what a component did.

#![allow(clippy::useless_vec, reason = "`items!` is what calls are given")]

use super::*;
use crate::manager::Stores;
use std::thread;

fn text(key: &str) -> Item {
    Item::text(key)
}

/// What is read, as it would be printed; an error by its kind and message.
fn read(dict: &Proxy, key: &str) -> String {
    told(Dict::read(dict, &text(key)).map(|bytes| bytes.map(lossy)))
}

fn lossy(bytes: Arc<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn told<T: std::fmt::Debug>(outcome: Outcome<T>) -> String {
    match outcome {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    }
}

const SIGNED: std::ops::RangeInclusive<i128> = i64::MIN as i128..=i64::MAX as i128;
const UNSIGNED: std::ops::RangeInclusive<i128> = 0..=u64::MAX as i128;

fn increment(dict: &Proxy, key: &str, delta: i128, range: &std::ops::RangeInclusive<i128>) -> String {
    told(Dict::increment(dict, text(key), delta, range))
}

/// All keys, page by page, and how many pages there were.
fn all_keys(dict: &Proxy) -> (Vec<String>, usize) {
    let (mut keys, mut pages, mut from) = (Vec::new(), 0, None);
    loop {
        let page = Dict::page(dict, from).unwrap();
        keys.extend(page.keys.iter().map(|key| key.to_string()));
        pages += 1;
        from = page.next;
        if from.is_none() {
            return (keys, pages);
        }
    }
}

#[test]
fn bytes_texts_and_integers_are_read_as_bytes() {
    let world = World::new();
    let big = Value::from_bigint(commonhold_wire::BigInt::from(10).pow(20));
    let long = Value::from_bigint(commonhold_wire::BigInt::from(10).pow(4300));
    let dict = world.dict(dict! {
        "bytes" => Value::Bytes(b"\xff\x00".to_vec()), "text" => "\u{e9}", "int" => -5, "big" => big, "empty" => "",
        "list" => list![1], "none" => NONE, "flag" => true, "half" => 0.5, "long" => long,
    });
    world.call(&dict, "__setitem__", items!["proxy", Value::Proxy(world.list(list![]))]).unwrap();
    let raw = |key: &str| Dict::read(&dict, &text(key)).unwrap().unwrap().to_vec();
    assert_eq!((raw("bytes"), raw("text")), (b"\xff\x00".to_vec(), "\u{e9}".as_bytes().to_vec()));
    assert_eq!((raw("int"), raw("empty")), (b"-5".to_vec(), Vec::new()));
    assert_eq!(read(&dict, "big"), "Some(\"100000000000000000000\")");
    assert_eq!(read(&dict, "missing"), "None");
    for (key, what) in [
        ("list", "of type 'list'"),
        ("none", "of type 'NoneType'"),
        ("flag", "of type 'bool'"),
        ("half", "of type 'float'"),
        ("proxy", "a proxy to a 'list'"),
    ] {
        let error = format!(
            "TypeError: the value of '{key}', {what}, cannot be read as bytes: only bytes, text and integers can"
        );
        assert_eq!(read(&dict, key), error);
        assert_eq!(told(Dict::read_many(&dict, &items!["int", key], 100)), error);
        assert_eq!(told(Dict::see(&dict, text(key)).map(|_| ())), error);
        // It is there all the same.
        assert!(Dict::contains(&dict, &text(key)).unwrap());
    }
    assert!(read(&dict, "long").contains("4300 digits"), "{}", read(&dict, "long"));
    // A key that is no text is another key.
    world.call(&dict, "__setitem__", items![Value::Bytes(b"int".to_vec()), 7]).unwrap();
    assert_eq!(read(&dict, "int"), "Some(\"-5\")");
}

#[test]
fn several_are_read_at_one_moment_as_long_as_they_are_not_too_large() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => "12345", "b" => 67});
    let read = |keys: Vec<Item>, most| {
        told(Dict::read_many(&dict, &keys, most).map(|all| all.into_iter().map(|it| it.map(lossy)).collect::<Vec<_>>()))
    };
    assert_eq!(read(items!["b", "c", "a", "b"], 9), "[Some(\"67\"), None, Some(\"12345\"), Some(\"67\")]");
    assert_eq!(read(items!["b", "c", "a", "b"], 8), "QuotaExceeded: a value can take 8 bytes at most");
    assert_eq!(read(vec![], 0), "[]");
}

#[test]
fn several_are_set_all_or_none_and_removed_as_far_as_they_are_there() {
    let world = World::with_limits(Limits { container_length: 2, ..Limits::default() });
    let dict = world.dict(dict! {"a" => 1});
    let entry = |key: &str, value: &str| (text(key), Item::bytes(value.as_bytes().to_vec()));
    let full = "QuotaExceeded: a dict can hold 2 entries at most";
    assert_eq!(told(Dict::write_many(&dict, vec![entry("a", "x"), entry("b", "y"), entry("c", "z")])), full);
    assert_eq!(world.text(&dict), "{'a': 1}");
    // Of equal keys the last wins, and counts once.
    Dict::write_many(&dict, vec![entry("a", "x"), entry("b", "y"), entry("b", "z")]).unwrap();
    assert_eq!(world.text(&dict), "{'a': b'x', 'b': b'z'}");
    assert_eq!(increment(&dict, "c", 1, &UNSIGNED), full);
    let seen = Dict::see(&dict, text("c")).unwrap();
    assert_eq!(told(Dict::write_if(&dict, seen, Item::bytes(vec![]))), full);
    Dict::discard(&dict, &items!["b", "c", "b"]).unwrap();
    assert_eq!(world.text(&dict), "{'a': b'x'}");
}

#[test]
fn what_is_removed_is_freed() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => Value::Proxy(world.list(list![])), "b" => Value::Proxy(world.list(list![]))});
    assert_eq!(world.objects(), 3);
    Dict::discard(&dict, &items!["a"]).unwrap();
    assert_eq!(world.objects(), 2);
    Dict::write_many(&dict, vec![(text("b"), Item::bytes(vec![]))]).unwrap();
    assert_eq!(world.objects(), 1);
}

#[test]
fn keys_are_listed_in_order_but_for_those_that_are_no_texts() {
    let world = World::new();
    let dict = world.dict(dict! {1 => 1, "b" => 1, tuple![1] => 1, "a" => list![], NONE => 1});
    assert_eq!(all_keys(&dict), (vec!["b".to_owned(), "a".to_owned()], 1));
    assert_eq!(all_keys(&world.dict(dict! {5 => 1})), (vec![], 1));
    assert_eq!(all_keys(&world.dict(dict! {})), (vec![], 1));
}

/// A dict with so many keys, which sort by number.
fn numbered(world: &World, count: usize) -> (Proxy, Vec<String>) {
    let dict = world.dict(dict! {});
    let keys: Vec<String> = (0..count).map(|number| format!("{number:08}")).collect();
    let entries = keys.iter().map(|key| (text(key), Item::Int(0))).collect();
    Dict::write_many(&dict, entries).unwrap();
    (dict, keys)
}

const PAGE: usize = 64 << 10;

#[test]
fn a_page_ends_after_so_many_keys_or_bytes_of_them() {
    let world = World::new();
    // The last page is not an empty one.
    for (count, pages) in [(PAGE, 1), (PAGE + 1, 2), (2 * PAGE, 2)] {
        let (dict, keys) = numbered(&world, count);
        assert_eq!(all_keys(&dict), (keys, pages));
    }
    let dict = world.dict(dict! {});
    let long: Vec<String> = (0..6).map(|number| number.to_string().repeat(1 << 20)).collect();
    Dict::write_many(&dict, long.iter().map(|key| (text(key), Item::Null)).collect()).unwrap();
    assert_eq!(all_keys(&dict), (long, 2));
    // One that is longer than a page is one of its own.
    let dict = world.dict(dict! {"a" => 1, "b".repeat(5 << 20) => 1, "c" => 1});
    let (keys, pages) = all_keys(&dict);
    assert_eq!((keys.len(), pages), (3, 3));
}

#[test]
fn a_key_that_stays_is_listed_whatever_else_changes() {
    let world = World::new();
    // What is removed and added between the two pages, and whether the dict closes its gaps by that.
    type Change = fn(&Proxy);
    let remove = |dict: &Proxy, keys: std::ops::Range<usize>| {
        let keys: Vec<_> = keys.map(|number| Item::text(format!("{number:08}"))).collect();
        Dict::discard(dict, &keys).unwrap();
    };
    let changes: [(Change, bool); 4] = [
        (|_| {}, false),
        (|dict| Dict::set_item(dict, text("new"), Item::Null).unwrap(), false),
        // Some before and some after where the page ended, and the very last one.
        (
            |dict| {
                Dict::discard(dict, &(0..100).map(|i| Item::text(format!("{:08}", PAGE - 50 + i))).collect::<Vec<_>>())
                    .unwrap()
            },
            false,
        ),
        (
            |dict| {
                Dict::discard(dict, &(0..PAGE + 900).map(|i| Item::text(format!("{:08}", i + 100))).collect::<Vec<_>>())
                    .unwrap()
            },
            true,
        ),
    ];
    for (position, (change, closes)) in changes.into_iter().enumerate() {
        let (dict, _) = numbered(&world, PAGE + 1000);
        // Gaps to begin with.
        remove(&dict, 10..20);
        let first = Dict::page(&dict, None).unwrap();
        change(&dict);
        let left = all_keys(&dict).0;
        let mut listed: Vec<String> = first.keys.iter().map(|key| key.to_string()).collect();
        let mut from = first.next;
        while from.is_some() {
            let page = Dict::page(&dict, from).unwrap();
            listed.extend(page.keys.iter().map(|key| key.to_string()));
            from = page.next;
        }
        let count = listed.len();
        listed.sort_unstable();
        listed.dedup();
        assert_eq!(count > listed.len(), closes, "{position}: some are listed twice");
        assert!(left.iter().filter(|key| *key != "new").all(|key| listed.binary_search(key).is_ok()), "{position}");
    }
}

#[test]
fn a_cursor_that_somebody_made_up_is_a_place_like_any_other() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, "b" => 2, "c" => 3});
    let from = |cursor: u64| {
        let page = Dict::page(&dict, Some(cursor)).unwrap();
        (page.keys.iter().map(|key| key.to_string()).collect::<String>(), page.next)
    };
    assert_eq!((from(0), from(1), from(2)), (("abc".into(), None), ("bc".into(), None), ("c".into(), None)));
    for (cursor, keys) in
        [(3, ""), (u64::from(u32::MAX), ""), (1 << 32, "abc"), (u64::MAX, "abc"), (7 << 40 | 2, "abc")]
    {
        assert_eq!(from(cursor), (keys.into(), None), "{cursor}");
    }
    // From before it was cleared: it begins anew.
    world.call(&dict, "clear", vec![]).unwrap();
    world.call(&dict, "__setitem__", items!["d", 1]).unwrap();
    assert_eq!(from(1), ("d".into(), None));
}

#[test]
fn a_number_stays_of_the_kind_that_it_is() {
    let world = World::new();
    let dict = world.dict(dict! {"int" => 5, "bytes" => Value::Bytes(b"5".to_vec()), "text" => "-5", "zeros" => "007"});
    for key in ["int", "bytes", "new"] {
        increment(&dict, key, 2, &UNSIGNED);
    }
    assert_eq!(increment(&dict, "text", 2, &SIGNED), "-3");
    assert_eq!(increment(&dict, "zeros", 1, &UNSIGNED), "8");
    assert_eq!(world.text(&dict), "{'int': 7, 'bytes': b'7', 'text': '-3', 'zeros': '8', 'new': 2}");
    assert_eq!(world.show(&dict, "fetch_add", items!["new", 1]), "2");
    assert_eq!(increment(&dict, "new", 0, &UNSIGNED), "3");
}

#[test]
fn a_number_out_of_range_changes_nothing() {
    let world = World::new();
    let most = u64::MAX.to_string();
    let huge = Value::from_bigint(commonhold_wire::BigInt::from(10).pow(1000));
    let dict = world.dict(dict! {
        "least" => i64::MIN, "most" => i64::MAX, "text" => most.as_str(), "digits" => "1".repeat(100), "huge" => huge,
        "zeros" => "0".repeat(1000),
    });
    let before = world.text(&dict);
    let error = "OverflowError: the number is out of the range that there is for it";
    for (key, delta, range) in [
        ("least", -1, &SIGNED),
        ("most", 1, &SIGNED),
        ("text", 0, &SIGNED),
        ("text", 1, &UNSIGNED),
        ("least", 1, &UNSIGNED),
        ("digits", 1, &UNSIGNED),
        ("huge", 1, &UNSIGNED),
        ("zeros", 1, &UNSIGNED),
        ("new", -1, &UNSIGNED),
    ] {
        assert_eq!(increment(&dict, key, delta, range), error, "{key}");
    }
    assert_eq!(world.text(&dict), before);
    // Beyond 64 bits with a sign it is an integer all the same.
    assert_eq!(increment(&dict, "most", 1, &UNSIGNED), "9223372036854775808");
    assert_eq!(increment(&dict, "most", i128::from(i64::MAX), &UNSIGNED), u64::MAX.to_string());
    assert_eq!(read(&dict, "most"), format!("Some(\"{most}\")"));
    assert_eq!(world.show(&dict, "__getitem__", items!["most"]), most);
    assert_eq!(increment(&dict, "most", 1, &UNSIGNED), error);
}

#[test]
fn what_is_no_number_is_not_added_to() {
    let world = World::new();
    let dict = world.dict(dict! {
        "word" => "five", "empty" => "", "minus" => "-", "plus" => "+5", "space" => " 5", "point" => "5.0", "half" => 0.5,
        "flag" => true, "list" => list![5], "none" => NONE, "raw" => Value::Bytes(b"\xff5".to_vec()), "other" => "\u{0665}",
    });
    let before = world.text(&dict);
    for key in ["word", "empty", "minus", "plus", "space", "point", "raw", "other"] {
        let kind = if key == "raw" { "bytes" } else { "str" };
        let error = format!("ValueError: the value of '{key}', of type '{kind}', is not a number in decimal digits");
        assert_eq!(increment(&dict, key, 1, &UNSIGNED), error);
    }
    for (key, kind) in [("half", "float"), ("flag", "bool"), ("list", "list"), ("none", "NoneType")] {
        let error = format!("TypeError: the value of '{key}', of type '{kind}', is not a number");
        assert_eq!(increment(&dict, key, 1, &UNSIGNED), error);
    }
    assert_eq!(world.text(&dict), before);
}

#[test]
fn a_counter_is_a_store_too() {
    let world = World::new();
    let counter = world.create("Counter", items!["aab"], vec![]).unwrap();
    assert_eq!((read(&counter, "a"), read(&counter, "z")), ("Some(\"2\")".into(), "None".into()));
    assert_eq!(increment(&counter, "z", 3, &UNSIGNED), "3");
    Dict::discard(&counter, &items!["a", "y"]).unwrap();
    assert_eq!(world.text(&counter), "Counter({'z': 3, 'b': 1})");
}

#[test]
fn nothing_is_lost_where_both_sides_add_at_once() {
    let world = World::new();
    let dict = world.dict(dict! {"n" => 0});
    const TIMES: i64 = 2000;
    thread::scope(|scope| {
        for component in [true, false, true, false] {
            let (world, dict) = (&world, &dict);
            scope.spawn(move || {
                for _ in 0..TIMES {
                    if component {
                        Dict::increment(dict, text("n"), 1, &UNSIGNED).unwrap();
                    } else {
                        world.call(dict, "fetch_add", items!["n", 1]).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(read(&dict, "n"), format!("Some(\"{}\")", 4 * TIMES));
}

#[test]
fn a_value_is_exchanged_only_if_it_is_what_was_seen() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, "b" => "x"});
    let new = || Item::bytes(b"new".to_vec());
    let see = |key| Dict::see(&dict, text(key)).unwrap();
    // Unchanged, and there where it was not.
    assert!(Dict::write_if(&dict, see("a"), new()).unwrap().is_ok());
    assert!(Dict::write_if(&dict, see("c"), new()).unwrap().is_ok());
    assert_eq!(world.text(&dict), "{'a': b'new', 'b': 'x', 'c': b'new'}");
    // Changed, of another kind, gone, and come to be. What is there now has been seen then.
    let changes: [(&str, Vec<Item>, &str); 4] = [
        ("b", items!["b", "y"], "Some(\"y\")"),
        ("b", items!["b", Value::Bytes(b"y".to_vec())], "Some(\"y\")"),
        ("c", vec![], "None"),
        ("d", items!["d", 5], "Some(\"5\")"),
    ];
    for (key, change, now) in changes {
        let seen = see(key);
        if change.is_empty() {
            Dict::discard(&dict, &[text(key)]).unwrap();
        } else {
            world.call(&dict, "__setitem__", change).unwrap();
        }
        let before = world.text(&dict);
        let newer = Dict::write_if(&dict, seen, new()).unwrap().unwrap_err();
        assert_eq!(world.text(&dict), before);
        assert_eq!(told(Dict::seen(&dict, &newer).map(|bytes| bytes.map(lossy))), now);
        assert!(Dict::write_if(&dict, newer, new()).unwrap().is_ok());
        assert_eq!(read(&dict, key), "Some(\"new\")");
    }
    // What cannot be seen any more is an error, though it be equal to what was seen.
    for (change, now) in [(v(list![]), "[]"), (v(true), "True"), (v(1.0), "1.0")] {
        world.call(&dict, "__setitem__", items!["a", 1]).unwrap();
        let seen = see("a");
        world.call(&dict, "__setitem__", vec![v("a"), change]).unwrap();
        assert_eq!(Dict::write_if(&dict, seen, new()).unwrap_err().kind, ErrorKind::Type, "{now}");
        assert_eq!(world.show(&dict, "__getitem__", items!["a"]), now);
    }
}

/// Each operation by the method whose right it takes.
fn operations(dict: &Proxy) -> Vec<(&'static str, Outcome<()>)> {
    let seen = || Dict::see(dict, text("a"));
    vec![
        ("get", Dict::read(dict, &text("a")).map(drop)),
        ("get", seen().map(drop)),
        ("get_many", Dict::read_many(dict, &items!["a"], 100).map(drop)),
        ("keys", Dict::page(dict, None).map(drop)),
        ("__contains__", Dict::contains(dict, &text("a")).map(drop)),
        ("__setitem__", Dict::set_item(dict, text("a"), Item::Int(1))),
        ("set_many", Dict::write_many(dict, vec![(text("a"), Item::Int(1))])),
        ("__delitem__", Dict::discard(dict, &items!["b"])),
        ("fetch_add", Dict::increment(dict, text("a"), 1, &SIGNED).map(drop)),
    ]
}

#[test]
fn each_operation_takes_the_right_to_the_method_of_its_kind() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1});
    let names: Vec<&str> = operations(&dict).iter().map(|(name, _)| *name).collect();
    for right in &names {
        for (name, outcome) in operations(&world.narrowed(&dict, &[right])) {
            let kind = outcome.err().map(|error| error.kind);
            assert_eq!(kind, (name != *right).then_some(ErrorKind::NotExposed), "{name} by the right to {right}");
        }
    }
    // Exchanging, which may set what was not there.
    let kind = |proxy: &Proxy, key: &str| {
        let seen = Dict::see(&dict, text(key)).unwrap();
        Dict::write_if(proxy, seen, Item::Int(1)).err().map(|error| error.kind)
    };
    let exchanges = world.narrowed(&dict, &["compare_exchange"]);
    assert_eq!((kind(&exchanges, "a"), kind(&exchanges, "z")), (None, Some(ErrorKind::NotExposed)));
    assert_eq!(kind(&world.narrowed(&dict, &["__setitem__"]), "a"), Some(ErrorKind::NotExposed));
    assert_eq!(kind(&world.narrowed(&dict, &["compare_exchange", "__setitem__"]), "z"), None);
    // Once taken back, none is left.
    let revoked = world.narrowed(&dict, &names);
    let seen = Dict::see(&revoked, text("a")).unwrap();
    revoked.grant().revoke(world.caller.actor.id()).unwrap();
    for (name, outcome) in operations(&revoked) {
        assert_eq!(outcome.err().map(|error| error.kind), Some(ErrorKind::Revoked), "{name}");
    }
    assert_eq!(Dict::seen(&revoked, &seen).unwrap_err().kind, ErrorKind::Revoked);
    assert_eq!(Dict::write_if(&revoked, seen, Item::Null).unwrap_err().kind, ErrorKind::Revoked);
}

#[test]
fn what_is_no_dict_is_no_store() {
    let world = World::new();
    for (name, outcome) in operations(&world.list(list![1])) {
        // A list has some of the rights by their numbers; it has none of the operations.
        assert!(outcome.is_err_and(|error| error.kind == ErrorKind::Type), "{name}");
    }
    assert_eq!(Stores::default().grant("a", &world.list(list![])).unwrap_err().kind, ErrorKind::Type);
}

#[test]
fn a_grant_holds_its_dict_until_it_is_taken_back() {
    let world = World::new();
    let stores = Stores::default();
    let dict = world.dict(dict! {});
    stores.grant("a", &dict).unwrap();
    stores.grant("b", &dict).unwrap();
    assert_eq!(dict.holders(), 3);
    assert!(stores.find("a").is_some_and(|found| found.same(&dict)) && stores.find("c").is_none());
    // Another one takes the place.
    stores.grant("a", &world.dict(dict! {})).unwrap();
    assert_eq!((dict.holders(), world.objects()), (2, 2));
    assert!(stores.withdraw("a").is_some() && stores.withdraw("a").is_none());
    assert_eq!(world.objects(), 1);
    assert_eq!(stores.take().len(), 1);
    assert_eq!((dict.holders(), stores.find("b").is_none()), (1, true));
}

#[test]
fn the_store_without_a_name_is_the_default_one() {
    let world = World::new();
    let stores = Stores::default();
    let (default, nameless) = (world.dict(dict! {}), world.dict(dict! {}));
    assert!(stores.find("").is_none());
    stores.grant("default", &default).unwrap();
    assert!(stores.find("").is_some_and(|found| found.same(&default)));
    stores.grant("", &nameless).unwrap();
    assert!(stores.find("").is_some_and(|found| found.same(&nameless)));
    assert!(stores.find("default").is_some_and(|found| found.same(&default)));
}
