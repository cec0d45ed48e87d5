//! The client of the provider `counter`.

use commonhold_guest::{ErrorKind, List, Process, Proxy, Result, Value, entry, manager};

use crate::check::{count, fails, fails_as, same};

/// Checks counters, of which another program is the provider.
#[entry]
fn counting() -> Result<u64> {
    let before = manager::number_of_objects();
    same(manager::typeids().contains(&"Clicker".to_owned()), true)?;
    let counter = manager::create("Clicker", (5,))?;
    same(counter.typeid(), "Clicker")?;
    same(counter.call::<i64>("add", (2,))?, 7)?;
    same(counter.call_with::<i64>("add", (), (("by", 3),))?, 10)?;
    same(counter.call::<i64>("count", ())?, 10)?;
    same(counter.to_text()?, "Clicker(10)")?;
    same(
        counter.get_value::<Value>()?,
        Value::Dict(vec![("count".into(), 10.into()), ("held".into(), Value::List(vec![]))]),
    )?;

    let child: Proxy = counter.call("spawn_child", ())?;
    same((child.typeid(), child == counter), ("Clicker".to_owned(), false))?;
    same(child.call::<i64>("add", (1,))?, 11)?;
    counter.call::<()>("absorb", (&child,))?;
    same((counter.call::<i64>("count", ())?, child.call::<i64>("count", ())?), (21, 0))?;
    fails_as(counter.call::<()>("absorb", (&counter,)), ErrorKind::Runtime)?;
    let list = List::<i64>::new()?;
    fails_as(counter.call::<()>("absorb", (&list,)), ErrorKind::Type)?;

    fails(counter.call::<()>("fail", ()), ErrorKind::Custom, "a counter cannot do this")?;
    fails_as(counter.call::<()>("fly", ()), ErrorKind::NotExposed)?;
    fails(counter.call::<()>("add", ()), ErrorKind::Type, "add() missing 1 required positional argument: 'by'")?;
    fails(counter.call::<()>("add", ("x",)), ErrorKind::Type, "add() argument 'by': expected int, found str")?;
    fails(counter.call::<()>("add", (1, 2)), ErrorKind::Type, "add() takes 1 argument but 2 were given")?;
    fails_as(manager::create("Clicker", ("x",)), ErrorKind::Type)?;
    let reader = counter.read_only()?;
    same(reader.call::<i64>("count", ())?, 21)?;
    fails_as(reader.call::<i64>("add", (1,)), ErrorKind::NotExposed)?;

    // Nested and passed on.
    let counters = List::<Proxy>::from_items([&counter, &child])?;
    same(counters.get(0)?.call::<i64>("count", ())?, 21)?;
    same(Process::spawn("counts", (&counters,))?.join::<i64>()?, 22)?;

    // A counter can hold others; the last holder releases them all. The provider does so when it has
    // the time, but before it answers any later call.
    counter.call::<()>("hold", (&child,))?;
    drop((counter, child, reader, counters));
    manager::create("Clicker", ())?;
    same(manager::number_of_objects(), before + 1)?;
    drop(list);
    same(manager::number_of_objects(), before)?;
    Ok(count())
}

/// Adds one to the first of the counters in a list.
#[entry]
fn counts(counters: List<Proxy>) -> Result<i64> {
    counters.get(0)?.call("add", (1,))
}
