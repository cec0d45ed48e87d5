//! Rights: what a narrowed proxy can do, and for how long.

use std::time::Duration;

use commonhold_guest::{Dict, Error, ErrorKind, Event, List, Process, Proxy, Queue, Result, Rights, entry, manager};

use crate::check::{count, fails, fails_as, same};

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

/// Checks proxies that are lent for a time, for a number of uses, and until they are taken back, wherever they have got to.
#[entry]
fn lending() -> Result<u64> {
    let list = List::from_items([1, 2, 3])?;
    let lent = list.as_proxy().narrow(&Rights::all())?;
    let typed: List<i64> = lent.clone().try_into()?;
    // In a container, in a queue, in a plain value in a dict, as a duplicate, and in another process.
    let inside = List::<Proxy>::from_items([&lent])?;
    let queue = Queue::<(i64, List<i64>)>::new()?;
    queue.put(&(7, typed.clone()))?;
    let dict = Dict::<String, Vec<Proxy>>::new()?;
    dict.insert("plain", vec![lent.clone()])?;
    let (numbers, begun) = (Queue::<i64>::new()?, Event::new()?);
    let lent_numbers = numbers.as_proxy().narrow(&Rights::all())?;
    let child = Process::spawn("uses_what_was_lent", (&lent_numbers, &typed, &begun))?;
    begun.wait()?;
    same(typed.len()?, 3)?;

    lent.revoke()?;
    lent_numbers.revoke()?;
    numbers.put(1)?;
    fails(typed.len(), ErrorKind::Revoked, "the proxy was revoked")?;
    fails_as(inside.get(0)?.call::<i64>("__len__", ()), ErrorKind::Revoked)?;
    fails_as(queue.get()?.1.len(), ErrorKind::Revoked)?;
    fails_as(dict.get_item("plain")?.remove(0).to_text(), ErrorKind::Revoked)?;
    fails_as(lent.clone().get_value::<Vec<i64>>(), ErrorKind::Revoked)?;
    same(child.join::<(String, String)>()?, ("revoked".to_owned(), "revoked".to_owned()))?;
    // What was put is for others.
    same((numbers.get()?, list.len()?), (1, 3))?;

    let twice: List<i64> = list.as_proxy().narrow(&Rights { uses: Some(2), ..Rights::all() })?.try_into()?;
    let copy = twice.clone();
    same((twice.get(0)?, copy.get(1)?), (1, 2))?;
    fails(twice.len(), ErrorKind::Revoked, "the proxy was used up")?;
    fails(copy.as_proxy().to_text(), ErrorKind::Revoked, "the proxy was used up")?;

    let no_time = Rights { lifetime: Some(Duration::ZERO), ..Rights::all() };
    let late: List<i64> = list.as_proxy().narrow(&no_time)?.try_into()?;
    fails(late.len(), ErrorKind::Revoked, "the proxy has expired")?;
    let an_hour = Rights { lifetime: Some(Duration::from_secs(3600)), ..Rights::all() };
    let lasting: List<i64> = list.as_proxy().narrow(&an_hour)?.try_into()?;
    same(lasting.len()?, 3)?;
    // Somebody may come and put something, as long as it is in reach of others.
    let _in_reach = List::<Proxy>::from_items([numbers.as_proxy()])?;
    let soon = Rights { lifetime: Some(Duration::from_millis(20)), ..Rights::all() };
    let waiting: Queue<i64> = numbers.as_proxy().narrow(&soon)?.try_into()?;
    fails(waiting.get(), ErrorKind::Revoked, "the proxy has expired")?;

    let once = manager::create_with("list", ("ab",), (), Some(&Rights { uses: Some(1), ..Rights::all() }))?;
    same(once.call::<usize>("__len__", ())?, 2)?;
    fails(once.call::<usize>("__len__", ()), ErrorKind::Revoked, "the proxy was used up")?;
    Ok(count())
}

/// Waits for a number, and then asks for the length of a list: with what kind of error each ends.
#[entry]
fn uses_what_was_lent(numbers: Queue<i64>, list: List<i64>, begun: Event) -> Result<(String, String)> {
    begun.set()?;
    let how = |error: Option<Error>| error.map_or_else(|| "none".to_owned(), |error| error.kind.to_string());
    Ok((how(numbers.get().err()), how(list.len().err())))
}

/// The order of methods is not part of the contract.
fn sorted(mut methods: Vec<String>) -> Vec<String> {
    methods.sort();
    methods
}
