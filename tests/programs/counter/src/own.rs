//! Processes that start a provider for themselves, and what such a provider begins with.

use std::cell::Cell;

use commonhold_guest::provider::Provider;
use commonhold_guest::{
    Error, ErrorKind, List, Lock, Process, Proxy, Result, Rights, Value, entry, manager, names, process,
};

thread_local! {
    /// Where counters start.
    pub(crate) static START: Cell<i64> = const { Cell::new(0) };
}

/// What the provider does before it provides its types: what whoever starts it asks for.
#[entry]
pub(crate) fn begins(what: Option<String>, with: Option<Value>) -> Result<()> {
    match (what.as_deref(), with) {
        (None, _) => Ok(()),
        (Some("start at"), Some(Value::Int(start))) => {
            START.set(start);
            Ok(())
        }
        // Counters start where a list begins that has this name.
        (Some("look up"), Some(Value::Text(name))) => {
            START.set(names::look_up::<List<i64>>(&name)?.get(0)?);
            Ok(())
        }
        (Some("fail"), _) => {
            let error = Error::new(ErrorKind::Custom, "this provider does not start").with_type_name("StartError");
            Err(error.with_args(Value::Tuple(vec!["no start".into()])))
        }
        (Some("crash"), _) => panic!("a provider has crashed"),
        (Some("exit"), _) => process::exit(3),
        (Some("wait for"), Some(Value::Proxy(starter))) => Process::try_from(starter)?.join(),
        (Some("say so and spin"), Some(Value::Proxy(list))) => {
            List::<bool>::try_from(list)?.push(true)?;
            loop {
                std::hint::black_box(());
            }
        }
        (Some("fill"), Some(Value::Proxy(list))) => {
            let list = List::<i64>::try_from(list)?;
            list.push(1)?;
            list.pop()?;
            Ok(())
        }
        // It is not one of those who may: its types are not known yet.
        (Some("create"), _) => {
            Provider::try_from(Process::current().as_proxy().clone())?.create("Clicker", ()).map(drop)
        }
        (Some(other), _) => Err(Error::value(format!("this provider cannot {other}"))),
    }
}

/// Starts a provider with these arguments, and makes a counter in it.
#[entry]
pub(crate) fn starts(#[rest] args: Vec<Value>) -> Result<i64> {
    Provider::start(None, args.as_slice())?.create("Clicker", ())?.call("count", ())
}

/// Starts a provider that waits for its end.
#[entry]
pub(crate) fn starts_with_itself() -> Result<i64> {
    Provider::start(None, ("wait for", Process::current()))?.create("Clicker", ())?.call("count", ())
}

/// Starts a provider of another program.
#[entry]
pub(crate) fn starts_another(program: String) -> Result<Vec<String>> {
    Provider::start(program.as_str(), ())?.typeids()
}

/// Has a daemon start a provider.
#[entry]
pub(crate) fn starts_as_daemon() -> Result<i64> {
    Process::builder("starts").daemon(true).spawn(())?.join()
}

/// Gives away a provider of its own and an object in it, and keeps them until it gets the lock.
#[entry]
pub(crate) fn keeps_one(given: List<Proxy>, until: Lock) -> Result<()> {
    let provider = Provider::start(None, ("start at", 40))?;
    let counter = provider.create("Clicker", ())?;
    given.extend([provider.as_proxy(), &counter])?;
    until.acquire()?.release()
}

/// Has everybody's provider die, and makes another counter.
#[entry]
pub(crate) fn makes_another() -> Result<i64> {
    let crash = manager::create("Clicker", (1,))?.call::<()>("crash", ());
    same(kind(crash), Some(ErrorKind::ProviderDied))?;
    manager::create("Clicker", (2,))?.call("count", ())
}

/// Makes a counter in a provider that it is given.
#[entry]
pub(crate) fn creates(provider: Provider) -> Result<i64> {
    provider.create("Clicker", ())?.call("add", (2,))
}

/// Checks what it can do with a provider of its own.
#[entry]
pub(crate) fn uses_its_own() -> Result<()> {
    check_own()
}

/// Goes wrong if a provider of one's own is not as it should be.
pub(crate) fn check_own() -> Result<()> {
    let typeids = manager::typeids();
    let provider = Provider::start(None, ("start at", 20))?;
    same(manager::typeids(), typeids)?;
    same(provider.typeids()?, ["Clicker", "Countdown", "Only", "Range"].map(str::to_owned).to_vec())?;
    same(provider.process()?.is_daemon()?, true)?;
    same(Process::children()?.contains(&provider.process()?), true)?;

    let counter = provider.create("Clicker", ())?;
    same(counter.call::<i64>("add", (1,))?, 21)?;
    let child: Proxy = counter.call("spawn_child", ())?;
    counter.call::<()>("absorb", (&child,))?;
    same(counter.call::<i64>("count", ())?, 42)?;
    let reader = Rights::only(["count"]);
    let reader = provider.create_with("Clicker", (), (("start", 3),), Some(&reader))?;
    same(reader.call::<i64>("count", ())?, 3)?;
    same(kind(reader.call::<i64>("add", (1,))), Some(ErrorKind::NotExposed))?;
    same(kind(provider.create("Clicker", (-1,))), Some(ErrorKind::Value))?;
    same(kind(provider.create("list", ())), Some(ErrorKind::NoSuchType))?;

    // By name it is a method of the process, which others can be given or not.
    let process = provider.as_proxy();
    same(process.call::<Vec<String>>("typeids", ())?.len(), 4)?;
    let made: Proxy = process.call_with("create", ("Clicker",), (("start", 5),))?;
    same(made.call::<i64>("count", ())?, 5)?;
    same(kind(process.call::<Proxy>("create", (7,))), Some(ErrorKind::Type))?;
    let watcher = Provider::try_from(process.read_only()?)?;
    same(watcher.typeids()?.len(), 4)?;
    same(kind(watcher.create("Clicker", ())), Some(ErrorKind::NotExposed))?;
    let only = Provider::try_from(process.narrow(&Rights::only(["create"]))?)?;
    same(only.create("Clicker", ())?.call::<i64>("count", ())?, 20)?;
    same(kind(only.typeids()), Some(ErrorKind::NotExposed))?;
    same(Process::spawn("creates", (&only,))?.join::<i64>()?, 22)?;

    // What is no provider has nothing to create.
    let this = Provider::try_from(Process::current().as_proxy().clone())?;
    same(this.typeids()?.len(), 0)?;
    same(kind(this.create("Clicker", ())), Some(ErrorKind::NoSuchType))?;
    Ok(())
}

fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind)
}

#[track_caller]
fn same<T: PartialEq + std::fmt::Debug>(left: T, right: T) -> Result<()> {
    let place = std::panic::Location::caller();
    if left == right { Ok(()) } else { Err(Error::value(format!("{place}: {left:?} is not {right:?}"))) }
}
