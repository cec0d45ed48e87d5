//! Every method of lists, by the typed functions and by name.

use commonhold_guest::{ErrorKind, List, Proxy, Result, Slice, Value, entry, manager, repr, to_value};

use crate::check::{count, fails, fails_as, same};

/// Checks lists.
#[entry]
fn lists() -> Result<u64> {
    let before = manager::number_of_objects();
    typed()?;
    atomic()?;
    by_name()?;
    errors()?;
    proxies()?;
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

/// The numbers from 0 on.
fn numbers(count: i64) -> Result<List<i64>> {
    List::from_items(0..count)
}

fn atomic() -> Result<()> {
    let list = List::from_items([7, 8, 9])?;
    same((list.fetch_max(0, 5)?, list.fetch_max(0, 20)?), (7, 7))?;
    same((list.swap(-3, 1)?, list.get(0)?), (20, 1))?;
    same((list.compare_exchange(1, 8, 2)?, list.compare_exchange(1, 8, 3)?), (Ok(8), Err(2)))?;
    same((list.remove_if(2, 8)?, list.remove_if(2, 9)?), (Err(9), Ok(9)))?;
    list.set_many([(0, 5), (-1, 6)])?;
    same(list.get_many([-1, 0])?, [6, 5])?;
    fails_as(list.set_many([(0, 1), (2, 1)]), ErrorKind::Index)?;
    same(list.to_vec()?, [5, 6])?;
    let rows = List::<List<i64>>::from_items([&list])?;
    rows.set_path((0, 1), 60)?;
    same((rows.get_path::<i64>((0, -1))?, list.get(1)?), (60, 60))?;
    fails_as(rows.get_path::<i64>((0, 2)), ErrorKind::Index)
}

fn typed() -> Result<()> {
    let list = List::<i64>::new()?;
    same(list.is_empty()?, true)?;
    list.push(3)?;
    list.extend([1, 2])?;
    list.insert(0, 9)?;
    list.insert(-100, 8)?;
    same(list.to_vec()?, [8, 9, 3, 1, 2])?;
    same(list.len()?, 5)?;
    same((list.get(0)?, list.get(-1)?, list.get(2usize)?), (8, 2, 3))?;
    list.set(-1, 7)?;
    same(list.to_string(), "[8, 9, 3, 1, 7]")?;
    same(list.pop()?, Some(7))?;
    same(list.remove(0)?, 8)?;
    list.delete(0)?;
    same(list.to_vec()?, [3, 1])?;
    list.remove_item(3)?;
    same(list.contains(1)?, true)?;
    same(list.contains(3)?, false)?;
    list.clear()?;
    same(list.pop()?, None)?;

    let list = List::from_items([5, 3, 5, 1])?;
    same(list.count(5)?, 2)?;
    same(list.position(5)?, Some(0))?;
    same(list.position_in(5, 1..)?, Some(2))?;
    same(list.position_in(5, 1..2)?, None)?;
    same(list.position(4)?, None)?;
    list.reverse()?;
    same(list.to_vec_reversed()?, [5, 3, 5, 1])?;
    list.sort()?;
    same(list.to_vec()?, [1, 3, 5, 5])?;
    list.sort_descending()?;
    same(list.to_vec()?, [5, 5, 3, 1])?;
    list.sort_by_key(|item| Ok((item % 3, item)))?;
    same(list.to_vec()?, [3, 1, 5, 5])?;
    list.sort_by_key_descending(|item| Ok(item % 5))?;
    same(list.to_vec()?, [3, 1, 5, 5])?;
    let changed = list.sort_by_key(|item| list.push(6).map(|()| item));
    fails_as(changed, ErrorKind::Stale)?;

    let list = numbers(10)?;
    same(list.slice(2..5)?, [2, 3, 4])?;
    same(list.slice(..=1)?, [0, 1])?;
    same(list.slice(-2..)?, [8, 9])?;
    same(list.slice(..=-9)?, [0, 1])?;
    same(list.slice(Slice { start: Some(7), ..Slice::default() })?, [7, 8, 9])?;
    same(list.slice(Slice::from(..).step_by(4))?, [0, 4, 8])?;
    same(list.slice(Slice { start: Some(8), stop: Some(2), step: Some(-3) })?, [8, 5])?;
    list.set_slice(1..9, [100])?;
    same(list.to_vec()?, [0, 100, 9])?;
    list.set_slice(Slice::from(..).step_by(2), [1, 2])?;
    same(list.to_vec()?, [1, 100, 2])?;
    list.set_slice(1..1, [7, 8])?;
    same(list.to_vec()?, [1, 7, 8, 100, 2])?;
    list.delete_slice(Slice::from(..).step_by(2))?;
    same(list.to_vec()?, [7, 100])?;
    same(list.concat(&numbers(2)?)?, [7, 100, 0, 1])?;
    same(list.repeat(2)?, [7, 100, 7, 100])?;
    same(list.repeat(-1)?, [])?;
    list.extend_from(&list)?;
    same(list.to_vec()?, [7, 100, 7, 100])?;
    list.delete_slice(2..)?;
    list.repeat_in_place(3)?;
    same(list.len()?, 6)?;
    same(list.fetch_add(0, 5)?, 7)?;
    same(list.get(0)?, 12)?;

    let mut seen = Vec::new();
    let list = numbers(3)?;
    for item in &list {
        let item = item?;
        seen.push(item);
        if item == 0 {
            list.push(10)?;
        }
    }
    same(seen, [0, 1, 2, 10])
}

/// Calls a method of a list of the numbers from 0 to 4, and checks its result and what it leaves.
#[track_caller]
fn call(method: &str, args: impl commonhold_guest::Arguments, result: &str, list_after: &str) -> Result<()> {
    let list = numbers(5)?;
    let value: Value = list.as_proxy().call(method, args)?;
    same((repr(&value)?, list.to_string()), (result.to_owned(), list_after.to_owned()))
}

fn by_name() -> Result<()> {
    const ALL: &str = "[0, 1, 2, 3, 4]";
    let slice = |start, stop, step| Slice { start, stop, step };
    call("__len__", (), "5", ALL)?;
    call("__getitem__", (-1,), "4", ALL)?;
    call("__getitem__", (slice(Some(1), None, Some(2)),), "[1, 3]", ALL)?;
    call("__setitem__", (1, "one"), "None", "[0, 'one', 2, 3, 4]")?;
    call("__setitem__", (slice(Some(1), Some(4), None), "ab"), "None", "[0, 'a', 'b', 4]")?;
    call("__delitem__", (0,), "None", "[1, 2, 3, 4]")?;
    call("__delitem__", (slice(None, None, Some(-2)),), "None", "[1, 3]")?;
    call("__contains__", (2.0,), "True", ALL)?;
    call("__add__", (vec![9],), "[0, 1, 2, 3, 4, 9]", ALL)?;
    call("__radd__", (vec![9],), "[9, 0, 1, 2, 3, 4]", ALL)?;
    call("__mul__", (2,), "[0, 1, 2, 3, 4, 0, 1, 2, 3, 4]", ALL)?;
    call("__rmul__", (0,), "[]", ALL)?;
    call("__iadd__", ((5, 6),), "None", "[0, 1, 2, 3, 4, 5, 6]")?;
    call("__imul__", (0,), "None", "[]")?;
    call("__reversed__", (), "[4, 3, 2, 1, 0]", ALL)?;
    call("append", (vec![1.5],), "None", "[0, 1, 2, 3, 4, [1.5]]")?;
    call("clear", (), "None", "[]")?;
    call("copy", (), ALL, ALL)?;
    call("count", (true,), "1", ALL)?;
    call("extend", ("xy",), "None", "[0, 1, 2, 3, 4, 'x', 'y']")?;
    call("index", (3,), "3", ALL)?;
    call("index", (3, -2), "3", ALL)?;
    call("insert", (1, ()), "None", "[0, None, 1, 2, 3, 4]")?;
    call("pop", (), "4", "[0, 1, 2, 3]")?;
    call("pop", (0,), "0", "[1, 2, 3, 4]")?;
    call("remove", (2,), "None", "[0, 1, 3, 4]")?;
    call("reverse", (), "None", "[4, 3, 2, 1, 0]")?;
    call("sort", (), "None", ALL)?;
    call("fetch_add", (4, 0.5), "4", "[0, 1, 2, 3, 4.5]")?;
    let list = numbers(3)?;
    list.as_proxy().call_with::<()>("sort", (), (("reverse", true),))?;
    same(list.to_string(), "[2, 1, 0]")
}

fn errors() -> Result<()> {
    let list = List::<Value>::new()?;
    fails(list.get(20), ErrorKind::Index, "list index out of range")?;
    fails(list.set(0, to_value(&1)?), ErrorKind::Index, "list assignment index out of range")?;
    fails(list.remove(0), ErrorKind::Index, "pop from empty list")?;
    fails(list.remove_item(to_value(&1)?), ErrorKind::Value, "list.remove(x): x not in list")?;
    list.push(to_value(&1)?)?;
    fails(list.remove(7), ErrorKind::Index, "pop index out of range")?;
    let proxy = list.as_proxy();
    fails(proxy.call::<Value>("index", ("x",)), ErrorKind::Value, "list.index(x): x not in list")?;
    // A tuple is no list, as in Python.
    fails_as(proxy.call::<Value>("__add__", ((9,),)), ErrorKind::Type)?;
    list.push(to_value("x")?)?;
    fails(list.sort(), ErrorKind::Type, "'<' not supported between instances of 'str' and 'int'")?;
    same(list.to_string(), "[1, 'x']")?;
    fails(proxy.call::<()>("extend", (5,)), ErrorKind::Type, "'int' object is not iterable")?;
    fails_as(proxy.call::<()>("no_such_method", ()), ErrorKind::NotExposed)?;
    fails_as(proxy.call::<()>("append", ()), ErrorKind::Type)?;
    fails_as(list.slice(Slice::from(..).step_by(0)), ErrorKind::Value)?;
    fails_as(list.set_slice(Slice::from(..).step_by(2), [to_value(&1)?, to_value(&2)?]), ErrorKind::Value)?;
    fails_as(list.fetch_add(1, to_value(&1)?), ErrorKind::Type)?;
    // What is in a list may be no `i64`.
    let claimed: List<i64> = proxy.clone().try_into()?;
    fails(claimed.get(1), ErrorKind::BadValue, "expected int, found str")?;
    fails_as(commonhold_guest::Dict::<i64, i64>::try_from(proxy.clone()), ErrorKind::Type)?;
    fails_as(manager::create("planet", ()), ErrorKind::NoSuchType)
}

fn proxies() -> Result<()> {
    let (outer, inner) = (List::<List<String>>::new()?, List::<String>::new()?);
    outer.push(&inner)?;
    outer.get(0)?.push("hello")?;
    same(inner.to_vec()?, ["hello"])?;
    same(outer.to_string(), format!("[{inner:?}]"))?;
    same(outer.contains(&inner)?, true)?;
    same(outer.position(&inner)?, Some(0))?;
    same(outer.contains(&List::from_items([String::from("hello")])?)?, false)?;
    same(outer.get(0)?, inner.clone())?;
    same(inner.duplicate() == inner, true)?;
    same(inner == List::from_items(["hello"])?, false)?;
    same(format!("{inner:?}"), format!("<ListProxy object, typeid 'list' at {:#x}>", inner.as_proxy().id()))?;

    // A proxy is an iterable, too.
    let letters: List<String> = manager::create("list", (&inner,))?.try_into()?;
    same(letters.to_vec()?, ["hello"])?;
    letters.as_proxy().call::<()>("extend", (&letters,))?;
    same(letters.len()?, 2)?;

    // A list in itself prints, and is given back.
    let itself = List::<Proxy>::new()?;
    itself.push(itself.as_proxy())?;
    same(itself.get(0)?, itself.as_proxy().clone())?;
    itself.clear()
}
