//! Rights: what a narrowed proxy can do, and for how long.

use commonhold_guest::{ErrorKind, List, Proxy, Result, Rights, entry, manager};

use crate::check::{count, fails_as, same};

/// Checks rights.
#[entry]
fn rights() -> Result<u64> {
    let list = List::from_items([1, 2, 3])?;
    let proxy = list.as_proxy();
    let all = proxy.methods();
    same(all.contains(&"append".to_owned()), true)?;

    let reader = proxy.narrow(&Rights::only(["__getitem__", "__len__"]))?;
    same(sorted(reader.methods()), ["__getitem__", "__len__"])?;
    same(reader == *proxy, true)?;
    let narrow: List<i64> = reader.clone().try_into()?;
    same((narrow.get(0)?, narrow.len()?), (1, 3))?;
    fails_as(narrow.push(4), ErrorKind::NotExposed)?;
    fails_as(reader.call::<()>("append", (4,)), ErrorKind::NotExposed)?;
    fails_as(reader.get_value::<Vec<i64>>(), ErrorKind::NotExposed)?;
    fails_as(reader.to_text(), ErrorKind::NotExposed)?;
    same(reader.to_string(), format!("<ListProxy object, typeid 'list' at {:#x}; '__str__()' failed>", proxy.id()))?;

    // Rights are never gained, and travel with the proxy.
    let wider = reader.narrow(&Rights::all())?;
    same(sorted(wider.methods()), ["__getitem__", "__len__"])?;
    let readers = List::<Proxy>::from_items([&wider])?;
    fails_as(readers.get(0)?.call::<()>("append", (4,)), ErrorKind::NotExposed)?;
    fails_as(proxy.narrow(&Rights::only(["fly"])), ErrorKind::Attribute)?;

    let reading: List<i64> = proxy.read_only()?.try_into()?;
    same(reading.to_vec()?, [1, 2, 3])?;
    same(reading.to_string(), "[1, 2, 3]")?;
    fails_as(reading.clear(), ErrorKind::NotExposed)?;

    // What was derived goes with what it was derived from.
    reader.revoke()?;
    fails_as(narrow.len(), ErrorKind::Revoked)?;
    fails_as(wider.call::<i64>("__len__", ()), ErrorKind::Revoked)?;
    fails_as(readers.get(0)?.call::<i64>("__len__", ()), ErrorKind::Revoked)?;
    same(list.len()?, 3)?;
    fails_as(proxy.revoke(), ErrorKind::NotExposed)?;

    let made = manager::create_with("list", ("ab",), (), Some(&Rights::only(["__len__"])))?;
    same(made.call::<usize>("__len__", ())?, 2)?;
    fails_as(made.call::<()>("clear", ()), ErrorKind::NotExposed)?;
    Ok(count())
}

/// The order of methods is not part of the contract.
fn sorted(mut methods: Vec<String>) -> Vec<String> {
    methods.sort();
    methods
}
