//! Processes that start others and hand proxies on.

use std::time::Duration;

use commonhold_guest::{Dict, ErrorKind, List, Lock, Outcome, Process, Proxy, Result, Value, entry, process};

use crate::check::{count, fails_as, same};

/// Checks processes.
#[entry]
fn spawning() -> Result<u64> {
    let (shared, lock) = (List::<i64>::new()?, Lock::new()?);
    let twin = Process::spawn("child", (&shared, (1, &lock)))?;
    let (list, text): (List<i64>, String) = twin.join()?;
    same((list == shared, text.as_str()), (true, "child was here"))?;
    same(shared.to_vec()?, [7])?;
    same(twin.is_alive()?, false)?;
    twin.kill()?;
    // An outcome stays, and is given anew.
    same(twin.join_timeout::<(List<i64>, String)>(Duration::ZERO)?.is_some(), true)?;

    let failing = Process::spawn("fails", ("on purpose",))?;
    fails_as(failing.join::<()>(), ErrorKind::Runtime)?;
    let outcome = failing.outcome()?;
    let Outcome::Failed(error) = outcome else { return same(format!("{outcome:?}"), "Failed(..)").map(|()| 0) };
    same((&*error.type_name, error.message.as_str()), ("RuntimeError", "on purpose"))?;

    let failing = Process::spawn("fails_with_proxy", (&shared,))?;
    let error = failing.join::<()>().err();
    let args = error.as_ref().and_then(|error| error.args.as_deref().cloned());
    same(args, Some(Value::Tuple(vec![1.into(), shared.clone().into()])))?;
    let error = error.map(|error| (error.kind, error.type_name.into_owned(), error.message, error.traceback));
    let expected = (ErrorKind::Custom, "Trouble".to_owned(), "on purpose".to_owned(), Some("here".into()));
    same(error, Some(expected))?;

    let panicking = Process::spawn("panics", ("at the disco",))?.outcome()?;
    let Outcome::Trapped(error) = panicking else { return same(format!("{panicking:?}"), "Trapped(..)").map(|()| 0) };
    same(error.kind, ErrorKind::ProcessDied)?;
    same((error.message.contains("at the disco"), error.message.contains("endings.rs:")), (true, true))?;

    let exiting = Process::spawn("exits", (7,))?;
    same(matches!(exiting.outcome()?, Outcome::Exited(7)), true)?;
    fails_as(exiting.join::<()>(), ErrorKind::ProcessDied)?;
    Process::spawn("exits", (0,))?.join::<()>()?;

    fails_as(Process::spawn("nobody", ())?.join::<()>(), ErrorKind::NoSuchEntry)?;
    fails_as(Process::spawn_program("nowhere", "main", ()), ErrorKind::NoSuchName)?;
    fails_as(Process::spawn("waits", ())?.join::<()>(), ErrorKind::Type)?;
    fails_as(Process::spawn("waits", (1,))?.join::<()>(), ErrorKind::Type)?;
    fails_as(Process::spawn("nothing", (1,))?.join::<()>(), ErrorKind::Type)?;
    let echoed: Vec<Value> = Process::spawn("echoes", (1, "two", &shared))?.join()?;
    same(echoed, [1.into(), "two".into(), shared.clone().into()])?;

    // The child waits for the lock for ever, with the list in its hands.
    let guard = lock.acquire()?;
    let waiting = Process::spawn("waits", (&lock, &shared))?;
    same(waiting.join_timeout::<()>(Duration::ZERO)?, None)?;
    same(waiting.is_alive()?, true)?;
    waiting.kill()?;
    same(matches!(waiting.outcome()?, Outcome::Killed), true)?;
    fails_as(waiting.join::<()>(), ErrorKind::ProcessDied)?;
    drop(guard);

    let depth: i64 = Process::spawn("descends", (3, &shared, Dict::<String, Value>::new()?))?.join()?;
    same(depth, 3)?;
    same(shared.to_vec()?, [7, 3, 2, 1, 0])?;
    same(process::program().is_empty(), false)?;
    Ok(count())
}

/// Child of `spawning`: puts a number into the list under the lock, and gives the list back.
#[entry]
fn child(shared: List<i64>, pair: (i64, Lock)) -> Result<(List<i64>, String)> {
    let _guard = pair.1.acquire()?;
    shared.push(7)?;
    Ok((shared, "child was here".to_owned()))
}

/// Starts a process that does the same with one less, until there is none left, each with the list
/// inside of a dict inside of a list. Returns how many there were.
#[entry]
fn descends(left: i64, shared: List<i64>, nested: Dict<String, Value>) -> Result<i64> {
    shared.push(left)?;
    if left == 0 {
        return Ok(0);
    }
    nested.insert("list", Value::List(vec![shared.clone().into()]))?;
    let next: Dict<String, Value> = Dict::new()?;
    next.insert("above", Value::from(nested.clone()))?;
    let Some(Value::List(inside)) = nested.get("list")? else { return Ok(-1) };
    let process = Process::spawn("descends", (left - 1, &inside[0], next))?;
    Ok(process.join::<i64>()? + 1)
}

/// Returns what it was given, so that its outcome holds it.
#[entry]
fn keeps(value: Value) -> Value {
    value
}

/// A fixed sequence of host calls over a list, a dict and a lock that the caller made and keeps, for
/// tests that stop a guest at each of them. The calls and what each leaves behind are those of
/// `scenario` in `js/basics.js`, in the same order.
#[entry]
fn scenario(shared: Proxy, map: Proxy, lock: Proxy) -> Result<Value> {
    // The typed proxies' own checks would be calls, too.
    use commonhold_guest::bindings::processes::SpawnOptions;
    use commonhold_guest::bindings::types::{Argument, TreeArgument};
    use commonhold_guest::bindings::{dicts, lists, locks, processes};
    let failed = |_| commonhold_guest::Error::new(ErrorKind::Assertion, "a call of the scenario failed");
    let (shared, map, lock) = (shared.handle(), map.handle(), lock.handle());

    let fresh = lists::create().map_err(failed)?;
    lists::append(&fresh, Argument::Int(1)).map_err(failed)?;
    lists::append(shared, Argument::Proxy(&fresh)).map_err(failed)?;
    dicts::set_item(map, Argument::Text("new"), Argument::Proxy(&fresh)).map_err(failed)?;
    locks::acquire(lock, None).map_err(failed)?;
    // [new, [dict, new]]
    let data = &[7, 2, 13, 7, 2, 13, 13];
    let tree = TreeArgument { data, proxies: &[&fresh, map, &fresh] };
    lists::append(shared, Argument::Tree(tree)).map_err(failed)?;
    drop(fresh);
    let again = match lists::get_item(shared, 0).map_err(failed)? {
        commonhold_guest::bindings::types::Value::Proxy(again) => again,
        _ => return Err(commonhold_guest::Error::new(ErrorKind::Assertion, "not a proxy")),
    };
    let args = [Argument::Proxy(&again), Argument::Proxy(shared)];
    let options = SpawnOptions { name: None, daemon: false };
    let process = processes::spawn(None, "scenario-child", &args, options).map_err(failed)?;
    drop(processes::join(&process, None).map_err(failed)?);
    locks::release(lock).map_err(failed)?;
    drop(lists::pop(shared, None).map_err(failed)?);
    drop(dicts::take(map, Argument::Text("new")).map_err(failed)?);
    drop(process);
    lists::clear(shared).map_err(failed)?;
    Ok(Value::List(vec![Proxy::from(again).into()]))
}

/// Child of `scenario`: adds to the new list, and returns it.
#[entry(name = "scenario-child")]
fn scenario_child(fresh: Proxy, _shared: Proxy) -> Result<Proxy> {
    List::<i64>::try_from(fresh.clone())?.push(2)?;
    Ok(fresh)
}
