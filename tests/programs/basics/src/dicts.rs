//! Every method of dicts, by the typed functions and by name, and shared iterators.

use std::collections::BTreeMap;

use commonhold_guest::{Arguments, Dict, ErrorKind, Iter, List, Result, Value, entry, manager, to_value};

use crate::check::{count, fails, fails_as, same};

/// Checks dicts.
#[entry]
fn dicts() -> Result<u64> {
    let before = manager::number_of_objects();
    typed()?;
    by_name()?;
    iterators()?;
    errors()?;
    proxies()?;
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

fn letters() -> Result<Dict<String, i64>> {
    Dict::from_entries([("a", 1), ("b", 2), ("c", 3)])
}

fn typed() -> Result<()> {
    let dict = Dict::<String, i64>::new()?;
    same(dict.is_empty()?, true)?;
    dict.insert("a", 1)?;
    dict.insert(String::from("b"), 2)?;
    dict.insert("a", 3)?;
    same(dict.to_string(), "{'a': 3, 'b': 2}")?;
    same(dict.len()?, 2)?;
    same((dict.get("a")?, dict.get("z")?), (Some(3), None))?;
    same((dict.get_or("a", 0)?, dict.get_or("z", 0)?), (3, 0))?;
    same(dict.get_item("b")?, 2)?;
    same((dict.contains_key("a")?, dict.contains_key("z")?), (true, false))?;
    same((dict.remove("a")?, dict.remove("a")?), (Some(3), None))?;
    dict.delete("b")?;
    same(dict.pop_last()?, None)?;
    same((dict.get_or_insert("n", 5)?, dict.get_or_insert("n", 6)?), (5, 5))?;
    same(dict.fetch_add("n", 2)?, 5)?;
    same((dict.fetch_add_or("m", 1, 10)?, dict.get("m")?), (10, Some(11)))?;
    same((dict.fetch_max("m", 12)?, dict.fetch_max_or("max", 1, 2)?), (11, 2))?;
    same(
        (dict.swap("m", 1)?, dict.compare_exchange("m", 1, 2)?, dict.compare_exchange("m", 1, 3)?),
        (12, Ok(1), Err(2)),
    )?;
    same((dict.remove_if("max", 1)?, dict.remove_if("max", 2)?), (Err(2), Ok(2)))?;
    dict.set_many([("m", 3), ("o", 4)])?;
    same((dict.get_many(["o", "m"])?, dict.get_many_or(["p", "m"], 0)?), (vec![4, 3], vec![0, 3]))?;
    same((dict.remove("m")?, dict.remove("o")?), (Some(3), Some(4)))?;
    dict.insert("m", 11)?;
    let nested = Dict::<String, Vec<i64>>::from_entries([("a", vec![1, 2])])?;
    nested.set_path(("a", 0), 7)?;
    same((nested.get_path::<i64>(("a", 0))?, nested.get_item("a")?), (7, vec![7, 2]))?;
    same(dict.pop_last()?, Some(("m".to_owned(), 11)))?;
    dict.clear()?;
    dict.extend([("x", 1), ("y", 2)])?;
    dict.extend_from(&letters()?)?;
    same(dict.keys()?, ["x", "y", "a", "b", "c"])?;
    same(dict.keys_reversed()?, ["c", "b", "a", "y", "x"])?;
    same(dict.values()?, [1, 2, 1, 2, 3])?;
    same(dict.entries()?[0].clone(), ("x".to_owned(), 1))?;
    let map: BTreeMap<String, i64> = dict.to_map()?;
    same(map.into_keys().collect::<String>(), "abcxy")?;
    let merged: BTreeMap<String, i64> = letters()?.merged(&Dict::from_entries([("c", 9), ("d", 4)])?)?;
    same(merged.into_values().collect::<Vec<_>>(), [1, 2, 9, 4])?;

    // Keys compare as Python's do.
    let numbers = Dict::<Value, String>::new()?;
    numbers.insert(Value::Int(1), "int")?;
    numbers.insert(Value::Float(1.0), "float")?;
    numbers.insert(Value::Bool(true), "bool")?;
    same(numbers.to_string(), "{1: 'bool'}")?;
    let tuples = Dict::<(i64, String), bool>::new()?;
    tuples.insert((1, "one".to_owned()), true)?;
    same(tuples.get((1, "one".to_owned()))?, Some(true))
}

/// Calls a method of a dict of three letters, and checks its result and what it leaves.
#[track_caller]
fn call(method: &str, args: impl Arguments, result: &str, dict_after: &str) -> Result<()> {
    let dict = letters()?;
    let value: Value = dict.as_proxy().call(method, args)?;
    let holder = List::<Value>::from_items([value])?;
    same((holder.to_string(), dict.to_string()), (format!("[{result}]"), dict_after.to_owned()))
}

fn by_name() -> Result<()> {
    const ALL: &str = "{'a': 1, 'b': 2, 'c': 3}";
    call("__len__", (), "3", ALL)?;
    call("__getitem__", ("a",), "1", ALL)?;
    call("__setitem__", ("a", "x"), "None", "{'a': 'x', 'b': 2, 'c': 3}")?;
    call("__delitem__", ("a",), "None", "{'b': 2, 'c': 3}")?;
    call("__contains__", (1,), "False", ALL)?;
    call("__reversed__", (), "['c', 'b', 'a']", ALL)?;
    call("__or__", (BTreeMap::from([("d", 4)]),), "{'a': 1, 'b': 2, 'c': 3, 'd': 4}", ALL)?;
    call("__ror__", (BTreeMap::from([("a", 4)]),), ALL, ALL)?;
    call("__ior__", (vec![("a", 0)],), "None", "{'a': 0, 'b': 2, 'c': 3}")?;
    call("clear", (), "None", "{}")?;
    call("copy", (), ALL, ALL)?;
    call("fromkeys", ("xy", 0), "{'x': 0, 'y': 0}", ALL)?;
    call("get", ("a",), "1", ALL)?;
    call("get", ("z",), "None", ALL)?;
    call("get", ("z", "default"), "'default'", ALL)?;
    call("items", (), "[('a', 1), ('b', 2), ('c', 3)]", ALL)?;
    call("keys", (), "['a', 'b', 'c']", ALL)?;
    call("pop", ("a",), "1", "{'b': 2, 'c': 3}")?;
    call("pop", ("z", 0), "0", ALL)?;
    call("popitem", (), "('c', 3)", "{'a': 1, 'b': 2}")?;
    call("setdefault", ("a", 9), "1", ALL)?;
    call("setdefault", ("z", 9), "9", "{'a': 1, 'b': 2, 'c': 3, 'z': 9}")?;
    call("update", (vec![("a", 0), ("d", 4)],), "None", "{'a': 0, 'b': 2, 'c': 3, 'd': 4}")?;
    call("values", (), "[1, 2, 3]", ALL)?;
    call("fetch_add", ("a", 10), "1", "{'a': 11, 'b': 2, 'c': 3}")?;
    call("fetch_add", ("z", 1, 5), "5", "{'a': 1, 'b': 2, 'c': 3, 'z': 6}")?;
    let dict = letters()?;
    dict.as_proxy().call_with::<()>("update", (), (("a", 7), ("k", 8)))?;
    same(dict.to_string(), "{'a': 7, 'b': 2, 'c': 3, 'k': 8}")?;
    let made = manager::create_with("dict", (), (("x", 1),), None)?;
    same(made.to_string(), "{'x': 1}")
}

fn iterators() -> Result<()> {
    let dict = letters()?;
    same(dict.iter_keys()?.collect::<Result<Vec<_>>>()?, ["a", "b", "c"])?;
    let keys = dict.iter_keys()?;
    same(keys.next_item()?, Some("a".to_owned()))?;
    dict.insert("a", 5)?;
    same(keys.as_proxy().call::<String>("__next__", ())?, "b")?;
    dict.insert("z", 5)?;
    fails(keys.next_item(), ErrorKind::Runtime, "dictionary changed size during iteration")?;
    let keys: Iter<String> = dict.as_proxy().call("__iter__", ())?;
    let mut rest = keys.clone();
    same(rest.by_ref().count(), 4)?;
    same(rest.next_item()?, None)?;
    fails_as(keys.as_proxy().call::<String>("__next__", ()), ErrorKind::StopIteration)
}

fn errors() -> Result<()> {
    let dict = letters()?;
    fails(dict.get_item("z"), ErrorKind::Key, "'z'")?;
    let error = dict.delete("z").err().and_then(|error| error.args);
    same(error, Some(Box::new(Value::Tuple(vec!["z".into()]))))?;
    let proxy = dict.as_proxy();
    fails(proxy.call::<()>("pop", ("z",)), ErrorKind::Key, "'z'")?;
    dict.clear()?;
    fails_as(proxy.call::<()>("popitem", ()), ErrorKind::Key)?;
    fails_as(proxy.call::<()>("__setitem__", (vec![1], 1)), ErrorKind::Type)?;
    fails_as(proxy.call::<()>("update", (5,)), ErrorKind::Type)?;
    fails_as(proxy.call::<()>("update", ("abc",)), ErrorKind::Value)?;
    fails_as(proxy.call::<()>("__or__", (5,)), ErrorKind::Type)?;
    fails_as(dict.fetch_add("z", 1), ErrorKind::Key)?;
    let texts: Dict<String, String> = proxy.clone().try_into()?;
    texts.insert("t", "text")?;
    fails_as(dict.fetch_add("t", 1), ErrorKind::Type)?;
    fails(dict.get("t"), ErrorKind::BadValue, "expected int, found str")
}

fn proxies() -> Result<()> {
    // A proxy is a key by the identity of its object.
    let (one, two) = (List::<i64>::new()?, List::<i64>::new()?);
    let names = Dict::<List<i64>, String>::new()?;
    names.insert(&one, "one")?;
    names.insert(&two, "two")?;
    one.push(1)?;
    same(names.get(one.duplicate())?, Some("one".to_owned()))?;
    same(names.keys()?, [one.clone(), two])?;

    // A list of dicts.
    let dicts = List::from_items([letters()?, Dict::new()?])?;
    dicts.get(1)?.insert("n", 1)?;
    same(dicts.get(1)?.get("n")?, Some(1))?;
    let copy: Value = dicts.as_proxy().get_value()?;
    same(copy, Value::List(vec![to_value(&dicts.get(0)?)?, to_value(&dicts.get(1)?)?]))
}
