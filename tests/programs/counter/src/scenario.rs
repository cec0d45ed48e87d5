//! What can be done with a provider's objects, one thing after the other: a test stops somebody at each step.

use commonhold_guest::provider::Provider;
use commonhold_guest::{Error, ErrorKind, Iter, List, Lock, Proxy, Result, Value, entry, manager};

/// With a provider for everybody.
#[entry]
pub(crate) fn scenario(list: List<Value>, lock: Lock) -> Result<()> {
    does_all(|typeid, args| manager::create(typeid, args), &list, &lock)
}

/// With a provider of its own, which makes calls while it starts.
#[entry]
pub(crate) fn scenario_of_its_own(list: List<Value>, lock: Lock) -> Result<()> {
    let provider = Provider::start(None, ("fill", &list))?;
    does_all(|typeid, args| provider.create(typeid, args), &list, &lock)
}

fn does_all(create: impl Fn(&str, &[Value]) -> Result<Proxy>, list: &List<Value>, lock: &Lock) -> Result<()> {
    let guard = lock.acquire()?;
    let counter = create("Clicker", &[5.into()])?;
    list.push(Value::Proxy(counter.clone()))?;
    expect(counter.call::<i64>("add", (1,))? == 6)?;
    expect(counter.call_with::<i64>("tally", (1, 2, 3), ())? == 11)?;
    let child: Proxy = counter.call("spawn_child", ())?;
    counter.call::<()>("absorb", (&child,))?;
    expect(counter.call::<i64>("add_result", (list, "__len__"))? == 23)?;
    // Not the list, which holds the counter in its turn.
    counter.call::<()>("hold", (vec![&child, lock.as_proxy()],))?;
    let held: Vec<Vec<Proxy>> = counter.call("held", ())?;
    expect(held[0][0] == child)?;
    drop((child, held));
    expect(counter.read_only()?.call::<i64>("count", ())? == 23)?;
    expect(counter.to_text()? == "Clicker(23)")?;
    counter.get_value::<Value>()?;
    fails(create("Clicker", &[(-1).into()]), ErrorKind::Value)?;
    fails(counter.call::<()>("fail_with", (&counter,)), ErrorKind::Custom)?;

    let numbers = create("Countdown", &[3.into()])?;
    let iter = Iter::<u64>::over(&numbers)?;
    iter.next_item()?;
    list.as_proxy().call::<()>("extend", (&numbers,))?;
    list.as_proxy().call::<()>("extend", (create("Range", &[3.into()])?,))?;
    drop((numbers, iter));

    let only = create("Only", &[])?;
    expect(create("Only", &[])? == only)?;
    expect(only.call::<i64>("add", (1,))? == 1)?;
    drop(only);
    expect(create("Only", &[])?.call::<i64>("add", (1,))? == 1)?;

    counter.call::<()>("let_go", ())?;
    list.clear()?;
    drop(counter);
    // What comes later has it that all of this was let go of.
    create("Clicker", &[])?;
    guard.release()
}

/// Goes wrong unless it fails, as it should or because there is no provider any more.
fn fails<T>(result: Result<T>, kind: ErrorKind) -> Result<()> {
    match result {
        Err(error) if error.kind == kind => Ok(()),
        Err(error) => Err(error),
        Ok(_) => Err(Error::value(format!("it did not fail with {kind:?}"))),
    }
}

#[track_caller]
fn expect(is_so: bool) -> Result<()> {
    let place = std::panic::Location::caller();
    if is_so { Ok(()) } else { Err(Error::value(format!("{place}: it is not so"))) }
}
