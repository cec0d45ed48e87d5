//! Processes and their children: names, daemons, statuses, and who waits for whom at an end.

use commonhold_guest::{Error, ErrorKind, Event, List, Outcome, Process, Result, Value, entry, print, process};

use crate::check::{count, fails_as, same};

/// Checks what a process knows of its children and of itself.
#[entry]
fn families() -> Result<u64> {
    let (gate, log) = (Event::new()?, List::<String>::new()?);
    same(Process::children()?.len(), 0)?;
    let waiting =
        |name: &str, daemon| Process::builder("waits_and_tells").name(name).daemon(daemon).spawn((&gate, &log, name));
    let (child, daemon) = (waiting("the child", false)?, waiting("the daemon", true)?);
    same((child.name()?, daemon.name()?), ("the child".to_owned(), "the daemon".to_owned()))?;
    same((child.is_daemon()?, daemon.is_daemon()?), (false, true))?;
    same((child.exit_code()?, child.is_alive()?), (None, true))?;
    let [first, second] = &Process::children()?[..] else { return same(0, 2).map(|()| 0) };
    same((first == &child, second == &daemon), (true, true))?;
    let text = child.as_proxy().to_text()?;
    same((text.starts_with("<Process 'the child' at 0x"), text.ends_with(", running>")), (true, true))?;

    // By name, too.
    let by_name = |it: &Process, method: &str| it.as_proxy().call::<Value>(method, ());
    same(by_name(&child, "name")?, Value::from("the child"))?;
    same((by_name(&child, "daemon")?, by_name(&daemon, "daemon")?), (false.into(), true.into()))?;
    same((by_name(&child, "exitcode")?, by_name(&child, "children")?), (Value::Null, Value::List(vec![])))?;
    let all = by_name(&Process::current(), "children")?;
    same(all, Value::List(vec![child.as_proxy().clone().into(), daemon.as_proxy().clone().into()]))?;

    daemon.terminate()?;
    same(daemon.exit_code()?, Some(-15))?;
    same(matches!(daemon.outcome()?, Outcome::Killed), true)?;
    daemon.kill()?;
    same((daemon.exit_code()?, by_name(&daemon, "exitcode")?), (Some(-15), (-15).into()))?;
    same(Process::children()?.len(), 1)?;
    // Those that nobody holds are children as well.
    drop((child, daemon));
    gate.set()?;
    for child in Process::children()? {
        child.join::<()>()?;
        same(child.exit_code()?, Some(0))?;
    }
    same((Process::children()?.len(), log.to_vec()?), (0, vec!["the child".to_owned()]))?;

    for (entry, argument, code) in
        [("fails", Value::from("so"), 1), ("panics", "so".into(), -6), ("exits", 7.into(), 7)]
    {
        let process = Process::builder(entry).spawn((argument,))?;
        drop(process.outcome()?);
        same((process.exit_code()?, process.name()?.rsplit(':').next()), (Some(code), Some(entry)))?;
    }
    gate.clear()?;
    let killed = waiting("never", false)?;
    killed.as_proxy().call::<()>("terminate", ())?;
    same(killed.exit_code()?, Some(-15))?;
    let killed = waiting("never", false)?;
    killed.kill()?;
    same(killed.exit_code()?, Some(-9))?;

    fails_as(Process::builder("nothing").name("n".repeat(256)).spawn(()), ErrorKind::Value)?;
    same(Process::builder("nothing").name("n".repeat(255)).spawn(())?.join::<()>()?, ())?;
    fails_as(Process::builder("nothing").program("nowhere").spawn(()), ErrorKind::NoSuchName)?;
    let daemon = Process::builder("starts").daemon(true).spawn((&gate, &log, vec![("another", false)], "returns"))?;
    fails_as(daemon.join::<i64>(), ErrorKind::Assertion)?;
    // A parent that only waits for its children is joined in vain.
    let parent = Process::spawn("starts_one_who_joins", (&log,))?;
    parent.join::<()>()?;
    same(log.pop()?, Some("deadlock".to_owned()))?;
    same(log.len()?, 1)?;
    // Its end comes after those of all whom it has started, and of those whom they have.
    Process::spawn("generations", (10, &log))?.join::<()>()?;
    same(log.pop()?, Some("the last".to_owned()))?;
    Ok(count())
}

/// Waits for an event, and tells that.
#[entry]
fn waits_and_tells(gate: Event, log: List<String>, word: String) -> Result<()> {
    gate.wait()?;
    log.push(word)
}

/// Starts children that wait for an event, each with a name and perhaps as a daemon, tells that, and ends in some way.
#[entry]
fn starts(gate: Event, log: List<String>, children: Vec<(String, bool)>, how: String) -> Result<i64> {
    for (name, daemon) in children {
        Process::builder("waits_and_tells").name(&name).daemon(daemon).spawn((&gate, &log, &name))?;
    }
    log.push("the parent")?;
    match how.as_str() {
        "returns" => Ok(5),
        "fails" => Err(Error::new(ErrorKind::Runtime, "as told")),
        "exits" => process::exit(3),
        "loops" => loop {
            std::hint::spin_loop();
        },
        _ => panic!("as told"),
    }
}

/// Starts a process that joins this one, and returns.
#[entry]
fn starts_one_who_joins(log: List<String>) -> Result<()> {
    Process::spawn("joins", (Process::current(), log)).map(drop)
}

/// Waits for the end of a process, and tells the kind of error that it got.
#[entry]
fn joins(process: Process, log: List<String>) -> Result<()> {
    let error = process.outcome().map(|outcome| format!("{outcome:?}"));
    log.push(error.unwrap_or_else(|error| error.kind.name().to_owned()))
}

/// Starts a process that does the same with one less, and does not wait for it.
#[entry]
fn generations(left: i64, log: List<String>) -> Result<()> {
    if left == 0 {
        return log.push("the last");
    }
    Process::spawn("generations", (left - 1, &log)).map(drop)
}

/// Returns a number, and leaves a child that prints later.
#[entry]
fn leaves_one_who_prints() -> Result<i64> {
    Process::spawn("prints_when_it_is_left", (Process::current(),)).map(|_| 5)
}

/// Child of `leaves_one_who_prints`: prints once the parent only waits for it.
#[entry]
fn prints_when_it_is_left(parent: Process) {
    // That is when it gets an error.
    let left = parent.outcome().is_err();
    print!("left: {left}\n");
}
