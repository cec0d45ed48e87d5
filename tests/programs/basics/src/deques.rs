//! Every method of deques, by the typed functions and by name.

use commonhold_guest::{Deque, ErrorKind, Proxy, Result, Value, entry, manager, repr};

use crate::check::{count, fails, fails_as, same};

/// Checks deques.
#[entry]
fn deques() -> Result<u64> {
    let before = manager::number_of_objects();
    typed()?;
    by_name()?;
    errors()?;
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

fn typed() -> Result<()> {
    let deque = Deque::<i64>::new()?;
    same((deque.is_empty()?, deque.max_len()?), (true, None))?;
    deque.push_back(2)?;
    deque.push_front(1)?;
    deque.extend([3, 4])?;
    deque.extend_front([0, -1])?;
    same(deque.to_vec()?, [-1, 0, 1, 2, 3, 4])?;
    same(deque.to_vec_reversed()?, [4, 3, 2, 1, 0, -1])?;
    same((deque.pop_back()?, deque.pop_front()?, deque.len()?), (Some(4), Some(-1), 4))?;
    deque.insert(-1, 9)?;
    deque.set(0, 7)?;
    deque.delete(1)?;
    same((deque.get(0)?, deque.get(-1)?, deque.to_string()), (7, 3, "deque([7, 2, 9, 3])".to_owned()))?;
    same((deque.contains(9)?, deque.count(2)?, deque.position(9)?, deque.position(5)?), (true, 1, Some(2), None))?;
    deque.remove_item(9)?;
    deque.rotate(1)?;
    deque.reverse()?;
    same(deque.to_vec()?, [2, 7, 3])?;
    same((deque.repeat(2)?, deque.concat(&Deque::from_items([5])?)?), (vec![2, 7, 3, 2, 7, 3], vec![2, 7, 3, 5]))?;
    deque.extend_from(&deque)?;
    deque.repeat_in_place(0)?;
    same((deque.pop_back()?, deque.pop_front()?), (None, None))?;

    let last = Deque::<i64>::with_max_len(2)?;
    last.extend(0..10)?;
    same((last.to_vec()?, last.max_len()?), (vec![8, 9], Some(2)))?;
    fails(last.insert(0, 1), ErrorKind::Index, "deque already at its maximum size")?;
    last.push_front(7)?;
    same(last.to_string(), "deque([7, 8], maxlen=2)")?;
    last.clear()?;
    same(last.is_empty()?, true)
}

/// Calls a method of a deque of three numbers, and checks its result and what it leaves.
#[track_caller]
fn call(method: &str, args: impl commonhold_guest::Arguments, result: &str, after: &str) -> Result<()> {
    let deque = Deque::from_items([0, 1, 2])?;
    let value: Value = deque.as_proxy().call(method, args)?;
    same((repr(&value)?, deque.to_string()), (result.to_owned(), format!("deque({after})")))
}

fn by_name() -> Result<()> {
    const ALL: &str = "[0, 1, 2]";
    call("__len__", (), "3", ALL)?;
    call("__getitem__", (-1,), "2", ALL)?;
    call("__setitem__", (1, "one"), "None", "[0, 'one', 2]")?;
    call("__delitem__", (0,), "None", "[1, 2]")?;
    call("__contains__", (2.0,), "True", ALL)?;
    call("__add__", (vec![9],), "[0, 1, 2, 9]", ALL)?;
    call("__mul__", (2,), "[0, 1, 2, 0, 1, 2]", ALL)?;
    call("__rmul__", (0,), "[]", ALL)?;
    call("__iadd__", ("xy",), "None", "[0, 1, 2, 'x', 'y']")?;
    call("__imul__", (0,), "None", "[]")?;
    call("__reversed__", (), "[2, 1, 0]", ALL)?;
    call("append", (3,), "None", "[0, 1, 2, 3]")?;
    call("appendleft", (3,), "None", "[3, 0, 1, 2]")?;
    call("clear", (), "None", "[]")?;
    call("copy", (), ALL, ALL)?;
    call("count", (true,), "1", ALL)?;
    call("extend", ((3, 4),), "None", "[0, 1, 2, 3, 4]")?;
    call("extendleft", ((3, 4),), "None", "[4, 3, 0, 1, 2]")?;
    call("index", (1, 0, 5), "1", ALL)?;
    call("insert", (1, ()), "None", "[0, None, 1, 2]")?;
    call("maxlen", (), "None", ALL)?;
    call("pop", (), "2", "[0, 1]")?;
    call("popleft", (), "0", "[1, 2]")?;
    call("remove", (1,), "None", "[0, 2]")?;
    call("reverse", (), "None", "[2, 1, 0]")?;
    call("rotate", (), "None", "[2, 0, 1]")?;
    let created: Proxy = manager::create("deque", ("abc", 2))?;
    same(created.to_string(), "deque(['b', 'c'], maxlen=2)")
}

fn errors() -> Result<()> {
    let deque = Deque::<i64>::new()?;
    fails(deque.get(0), ErrorKind::Index, "deque index out of range")?;
    fails(deque.set(0, 1), ErrorKind::Index, "deque index out of range")?;
    fails(deque.delete(-1), ErrorKind::Index, "deque index out of range")?;
    fails(deque.remove_item(1), ErrorKind::Value, "deque.remove(x): x not in deque")?;
    fails(deque.as_proxy().call::<Value>("pop", ()), ErrorKind::Index, "pop from an empty deque")?;
    fails_as(manager::create("deque", ("", -1)), ErrorKind::Value)?;
    fails_as(manager::create("deque", (5,)), ErrorKind::Type)
}
