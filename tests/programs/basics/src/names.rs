//! Published names.

use commonhold_guest::{Barrier, ErrorKind, Event, List, Pool, Process, Proxy, Result, Rights, entry, manager, names};

use crate::check::{count, fails, fails_as, same};

/// Checks names that begin with `own/`, which are granted to be looked up and published.
#[entry]
fn naming() -> Result<u64> {
    let list = List::from_items([1, 2])?;
    let reader = list.as_proxy().read_only()?;
    names::publish("own/list", &reader)?;
    names::publish("own/event", &Event::new()?)?;
    same(names::names().contains(&"own/list".to_owned()), true)?;
    let found: List<i64> = names::look_up("own/list")?;
    same((found == list, found.to_vec()?), (true, vec![1, 2]))?;
    fails_as(found.push(3), ErrorKind::NotExposed)?;
    fails_as(names::look_up::<Event>("own/list"), ErrorKind::BadValue)?;
    // The event lives, since it has a name.
    names::look_up::<Event>("own/event")?.set()?;
    same(names::look_up::<Event>("own/event")?.is_set()?, true)?;

    fails(names::publish("own/list", &list), ErrorKind::Value, "the name 'own/list' is taken")?;
    fails(names::publish("", &list), ErrorKind::Value, "a name has from 1 to 255 bytes, not 0")?;
    let long = "own/".to_owned() + &"x".repeat(252);
    fails(names::publish(&long, &list), ErrorKind::Value, "a name has from 1 to 255 bytes, not 256")?;
    for name in ["own/*", "own/\n"] {
        fails_as(names::publish(name, &list), ErrorKind::Value)?;
    }

    // Who found it, keeps it, until the rights are taken back that it was published with.
    names::withdraw("own/list")?;
    let gone = "no object is published as 'own/list'";
    fails(names::look_up::<Proxy>("own/list"), ErrorKind::NoSuchName, gone)?;
    fails(names::withdraw("own/list"), ErrorKind::NoSuchName, gone)?;
    same(found.len()?, 2)?;
    reader.revoke()?;
    fails_as(found.len(), ErrorKind::Revoked)?;

    // A child may do the same, and its names go with it.
    let ticket = list.as_proxy().narrow(&Rights { uses: Some(1), ..Rights::all() })?;
    same(Process::spawn("publishes", ("own/child", &ticket))?.join::<String>()?, "ok")?;
    fails_as(names::look_up::<Proxy>("own/child"), ErrorKind::NoSuchName)?;
    names::publish("own/child", &ticket)?;
    same(Process::spawn("finds", ("own/child",))?.join::<String>()?, "[1, 2]")?;
    same(Process::spawn("finds", ("own/child",))?.join::<String>()?, "the proxy was used up")?;
    fails_as(Process::spawn("withdraws", ("own/child",))?.join::<()>(), ErrorKind::NoSuchName)?;

    let shared = List::from_items([0])?;
    for count in 0..1000 - 2 {
        names::publish(&format!("own/{count}"), &shared)?;
    }
    let most = "a process can publish 1000 names at most";
    fails(names::publish("own/more", &shared), ErrorKind::QuotaExceeded, most)?;
    names::withdraw("own/0")?;
    names::publish("own/more", &shared)?;
    Ok(count())
}

/// What an object that is looked up prints, or why it is not found.
#[entry]
fn finds(name: String) -> String {
    names::look_up::<Proxy>(&name).and_then(|found| found.to_text()).unwrap_or_else(|error| error.message)
}

/// Publishes an object, and tells how that went.
#[entry]
fn publishes(name: String, object: Proxy) -> String {
    names::publish(&name, &object).map_or_else(|error| error.message, |()| "ok".to_owned())
}

/// Publishes an object, says so, and then ends in some way.
#[entry]
fn publishes_and_ends(name: String, object: Proxy, published: Event, how: String) -> Result<()> {
    names::publish(&name, &object)?;
    published.set()?;
    match how.as_str() {
        "returns" => Ok(()),
        "traps" => panic!("with a name"),
        _ => loop {
            commonhold_guest::time::sleep(std::time::Duration::from_secs(1000));
        },
    }
}

/// Withdraws a name.
#[entry]
fn withdraws(name: String) -> Result<()> {
    names::withdraw(&name)
}

/// What there is to be found.
#[entry]
fn lists_names() -> Vec<String> {
    names::names()
}

/// What it is told of all objects while it holds some.
#[entry]
fn tells_of_all(held: Vec<Proxy>) -> String {
    let told = manager::debug_info();
    drop(held);
    told
}

/// What each of those finds that act for this process: a child, a child of another program, a pool's worker, and a
/// barrier's action.
#[entry]
fn others_find(name: String, program: String, told: List<String>) -> Result<Vec<String>> {
    let child = Process::spawn("finds", (&name,))?.join()?;
    let other = Process::spawn_program(&program, "finds", (&name,))?.join()?;
    let pool = Pool::new(1)?;
    let worker = pool.apply("finds", (&name,))?;
    pool.terminate()?;
    Barrier::with_action(1, None, "finds_and_tells", (&name, &told))?.wait()?;
    Ok(vec![child, other, worker, told.get(0)?])
}

/// Makes a barrier for one, whose action tells what it finds.
#[entry]
fn makes_a_barrier_that_finds(name: String, told: List<String>) -> Result<Barrier> {
    Barrier::with_action(1, None, "finds_and_tells", (name, told))
}

/// Comes to a barrier.
#[entry]
fn comes_to(barrier: Barrier) -> Result<()> {
    barrier.wait().map(drop)
}

/// Notes what an object that is looked up prints, or why it is not found.
#[entry]
fn finds_and_tells(name: String, told: List<String>) -> Result<()> {
    told.push(finds(name))
}
