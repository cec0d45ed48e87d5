//! What errors say, by the names that methods have in Python: the words are CPython's where it has
//! any, and the manager's own where it does not. A native build has to say the very same.

use commonhold_guest::{Dict, Error, ErrorKind, List, Lock, Proxy, Result, Rights, Value, entry, manager};

use crate::check::{count, same};

/// Checks what a call fails with, as Python prints it.
#[track_caller]
fn says(result: Result<Value>, expected: &str) -> Result<()> {
    same(result.map_err(|error| error.to_string()), Err::<Value, _>(expected.to_owned()))
}

/// Checks messages.
#[entry]
fn messages() -> Result<u64> {
    arguments()?;
    operations()?;
    objects()?;
    Ok(count())
}

fn arguments() -> Result<()> {
    let list: Proxy = List::<i64>::from_items([1])?.into();
    let dict: Proxy = Dict::<String, i64>::new()?.into();
    let lock: Proxy = Lock::new()?.into();
    says(list.call("append", ()), "TypeError: list.append() takes exactly one argument (0 given)")?;
    says(list.call("insert", (1,)), "TypeError: insert expected 2 arguments, got 1")?;
    says(list.call("pop", (1, 2)), "TypeError: pop expected at most 1 argument, got 2")?;
    says(list.call("clear", (1,)), "TypeError: list.clear() takes no arguments (1 given)")?;
    says(list.call("__len__", (1,)), "TypeError: expected 0 arguments, got 1")?;
    says(list.call("sort", (1,)), "TypeError: sort() takes no positional arguments")?;
    says(list.call_with("append", (), (("item", 1),)), "TypeError: list.append() takes no keyword arguments")?;
    says(list.call_with("sort", (), (("cmp", 1),)), "TypeError: sort() got an unexpected keyword argument 'cmp'")?;
    says(dict.call("get", ()), "TypeError: get expected at least 1 argument, got 0")?;
    says(
        lock.call_with("acquire", (true,), (("blocking", true),)),
        "TypeError: argument for acquire() given by name ('blocking') and position (1)",
    )?;
    says(lock.call("acquire", (false, 1)), "ValueError: can't specify a timeout for a non-blocking call")?;
    says(lock.call("acquire", (true, -2)), "ValueError: timeout value must be a non-negative number")?;
    says(list.call("fly", ()), "NotExposed: 'list' object has no exposed method 'fly'")
}

fn operations() -> Result<()> {
    let list: Proxy = List::<i64>::from_items([1, 2, 3])?.into();
    let dict: Proxy = Dict::<String, i64>::from_entries([("a", 1)])?.into();
    says(list.call("__getitem__", (9,)), "IndexError: list index out of range")?;
    says(list.call("__getitem__", ("x",)), "TypeError: list indices must be integers or slices, not str")?;
    let step = Value::Slice(Box::new([0.into(), 3.into(), 0.into()]));
    says(list.call("__getitem__", (&step,)), "ValueError: slice step cannot be zero")?;
    let every_other = Value::Slice(Box::new([0.into(), 3.into(), 2.into()]));
    says(
        list.call("__setitem__", (&every_other, [1])),
        "ValueError: attempt to assign sequence of size 1 to extended slice of size 2",
    )?;
    says(list.call("__add__", (1,)), "TypeError: can only concatenate list (not \"int\") to list")?;
    says(list.call("extend", (1,)), "TypeError: 'int' object is not iterable")?;
    says(dict.call("__getitem__", ("b",)), "KeyError: 'b'")?;
    says(dict.call("update", ([1],)), "TypeError: object is not iterable")?;
    says(
        dict.call("update", (["abc"],)),
        "ValueError: dictionary update sequence element #0 has length 3; 2 is required",
    )?;
    says(
        dict.call("__setitem__", (vec![1], 1)),
        "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')",
    )?;
    says(dict.call("__or__", (1,)), "TypeError: unsupported operand type(s) for |: 'dict' and 'int'")?;
    dict.call::<Value>("clear", ())?;
    says(dict.call("popitem", ()), "KeyError: 'popitem(): dictionary is empty'")
}

fn objects() -> Result<()> {
    let list: Proxy = List::<i64>::new()?.into();
    let lock: Proxy = Lock::new()?.into();
    let none = |result: Result<Proxy>| result.map(Value::from);
    says(none(manager::create("tree", ())), "NoSuchType: no shared type 'tree'")?;
    says(none(manager::create("list", (1, 2))), "TypeError: list expected at most 1 argument, got 2")?;
    says(none(list.narrow(&Rights::only(["fly"]))), "AttributeError: 'list' object has no attribute 'fly'")?;
    says(list.revoke().map(Value::from), "NotExposed: the proxy was not narrowed: there is nothing to revoke")?;
    says(lock.get_value(), "Unserializable: cannot copy a 'Lock' object out of the manager")?;
    let reader = list.narrow(&Rights::only(["__len__"]))?;
    says(reader.call("append", (1,)), "NotExposed: 'append' of 'list' object is not exposed by this proxy")?;
    says(reader.get_value(), "NotExposed: 'get-value' of 'list' object is not exposed by this proxy")?;
    reader.revoke()?;
    says(reader.call("__len__", ()), "Revoked: the proxy was revoked")?;
    let claimed: Error = List::<i64>::try_from(lock).err().unwrap_or_else(|| Error::new(ErrorKind::Other, "none"));
    same(claimed.message.starts_with("expected a proxy of type 'list', found <AcquirerProxy object"), true)
}
