//! A guest that provides a shared type, a counter, with a method for each thing that a provider's
//! method can do.

mod own;
mod scenario;

use std::cell::Cell;
use std::fmt;

use commonhold_guest::provider::Shared;
use commonhold_guest::{
    Error, ErrorKind, Iter, List, Lock, Process, Proxy, Result, Value, entry, process, shared_type,
};
use serde::Serialize;

/// A number, and what else the counter was told to hold.
#[derive(Serialize)]
pub struct Clicker {
    count: i64,
    held: Vec<Value>,
}

impl fmt::Display for Clicker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clicker({})", self.count)
    }
}

/// Counts.
#[shared_type]
impl Clicker {
    /// A counter that starts at a number, or where the provider has them start.
    pub fn new(start: Option<i64>) -> Result<Self> {
        let count = start.unwrap_or(own::START.get());
        if count < 0 {
            return Err(Error::value("a counter starts at 0 or above"));
        }
        Ok(Clicker { count, held: Vec::new() })
    }

    /// Adds to the count and returns it.
    pub fn add(&mut self, by: i64) -> i64 {
        self.count += by;
        self.count
    }

    /// The count.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// A new counter that starts where this one is.
    pub fn spawn_child(&self) -> Result<Shared<Clicker>> {
        Shared::new(Clicker { count: self.count, held: Vec::new() })
    }

    /// So many of them.
    pub fn spawn_children(&self, number: usize) -> Result<Vec<Shared<Clicker>>> {
        (0..number).map(|_| self.spawn_child()).collect()
    }

    /// Takes all that another counter has counted.
    pub fn absorb(&mut self, other: Shared<Clicker>) -> Result<()> {
        self.count += other.with_mut(|other| std::mem::take(&mut other.count))?;
        Ok(())
    }

    /// Holds a value until it is told to hold nothing.
    pub fn hold(&mut self, value: Value) {
        self.held.push(value);
    }

    /// Gives back what it holds.
    pub fn held(&self) -> &[Value] {
        &self.held
    }

    /// Lets go of all that it holds.
    pub fn let_go(&mut self) {
        self.held.clear();
    }

    /// Fails.
    pub fn fail(&self) -> Result<()> {
        Err(Error::new(ErrorKind::Custom, "a counter cannot do this").with_type_name("CounterError"))
    }

    /// Fails with a value.
    pub fn fail_with(&self, value: Value) -> Result<()> {
        Err(Error::new(ErrorKind::Custom, "a counter was given this").with_args(Value::Tuple(vec![value])))
    }

    /// Counts whatever it is given, by position and by name.
    pub fn tally(&mut self, by: i64, times: Option<i64>, #[rest] more: Vec<i64>) -> i64 {
        self.count += by * times.unwrap_or(1) + more.iter().sum::<i64>();
        self.count
    }

    /// Adds what a foreign object gives that is called without arguments.
    pub fn add_result(&mut self, of: Proxy, method: String) -> Result<i64> {
        self.count += of.call::<i64>(&method, ())?;
        Ok(self.count)
    }

    /// Traps, which is the end of the provider.
    pub fn crash(&self) {
        panic!("a counter has crashed");
    }

    /// Exits, which is the end of the provider, too.
    pub fn exit(&self, status: i32) {
        process::exit(status);
    }

    /// Waits for a lock, and holds up all other calls meanwhile.
    pub fn wait_for(&self, lock: Lock) -> Result<()> {
        lock.acquire()?.release()
    }

    /// Computes without end.
    pub fn spin(&self) {
        loop {
            std::hint::black_box(self.count);
        }
    }

    /// Starts a process of this program that adds to a counter, and waits for it to end: it cannot,
    /// since its call waits for this one.
    pub fn deadlock(&self, itself: Shared<Clicker>) -> Result<i64> {
        Process::spawn("adds", (itself, 1))?.join()
    }

    /// Waits for a lock, and then for a process to end.
    pub fn wait_for_end(&self, gate: Lock, process: Process) -> Result<i64> {
        gate.acquire()?.release()?;
        process.join()
    }
}

/// Counts down to 0, for whoever asks for the next number.
#[derive(Serialize)]
pub struct Countdown {
    left: Option<u64>,
    /// From where it goes on when it is asked again after its end, as no iterator should.
    after: Option<u64>,
}

/// Gives numbers.
#[shared_type]
impl Countdown {
    /// A countdown from a number, or one without end.
    pub fn new(from: Option<u64>, after: Option<u64>) -> Self {
        Countdown { left: from, after }
    }

    /// The next number.
    pub fn __next__(&mut self) -> Result<u64> {
        match &mut self.left {
            None => Ok(7),
            Some(0) => {
                self.left = self.after;
                Err(Error::new(ErrorKind::StopIteration, ""))
            }
            Some(left) => {
                *left -= 1;
                Ok(*left)
            }
        }
    }

    /// Waits for a lock, and holds up all other calls meanwhile.
    pub fn wait_for(&self, lock: Lock) -> Result<()> {
        lock.acquire()?.release()
    }
}

thread_local! {
    /// The number of the only one there is.
    static ONLY: Cell<u64> = const { Cell::new(0) };
}

/// A number that all have in common who ask for it, as long as anybody has it.
#[derive(Serialize)]
pub struct Only(i64);

/// Gives the one that there is.
#[shared_type]
impl Only {
    /// The one that there is, or a new one.
    pub fn new() -> Result<Shared<Only>> {
        if let Some(only) = Shared::existing(ONLY.get()) {
            return Ok(only);
        }
        let only = Shared::new(Only(0))?;
        ONLY.set(only.key());
        Ok(only)
    }

    /// Adds to the number and returns it.
    pub fn add(&mut self, by: i64) -> i64 {
        self.0 += by;
        self.0
    }
}

/// What is gone over is another object.
pub struct Range(Value);

/// Can be gone over.
#[shared_type]
impl Range {
    /// Of what its `__iter__` gives; of a number it is a countdown.
    pub fn new(given: Value) -> Self {
        Range(given)
    }

    /// What to go over.
    pub fn __iter__(&self) -> Result<Value> {
        match &self.0 {
            Value::Int(from) => {
                let from = Some(from.unsigned_abs());
                Ok(Value::Proxy(Shared::new(Countdown { left: from, after: None })?.as_proxy().clone()))
            }
            other => Ok(other.clone()),
        }
    }
}

/// Draws all that is left.
#[entry]
fn draws(numbers: Iter<u64>) -> Result<Vec<u64>> {
    numbers.collect()
}

/// Adds all that is left to a list.
#[entry]
fn extends(list: List<u64>, numbers: commonhold_guest::Proxy) -> Result<()> {
    list.as_proxy().call("extend", (numbers,))
}

/// Makes an iterator over something, and ends.
#[entry]
fn iterates(over: Value) -> Result<Iter<Value>> {
    Iter::over(&over)
}

/// Adds to a counter: a program can have both, types and entries.
#[entry]
fn adds(counter: commonhold_guest::Proxy, by: i64) -> Result<i64> {
    counter.call("add", (by,))
}

/// The same, once it has got a lock.
#[entry]
fn adds_after(gate: Lock, counter: commonhold_guest::Proxy, by: i64) -> Result<i64> {
    gate.acquire()?.release()?;
    adds(counter, by)
}

commonhold_guest::program!(
    entries: [
        adds,
        adds_after,
        draws,
        extends,
        iterates,
        own::creates,
        own::keeps_one,
        own::makes_another,
        own::starts,
        own::starts_another,
        own::starts_as_daemon,
        own::starts_with_itself,
        own::uses_its_own,
        scenario::scenario,
        scenario::scenario_of_its_own,
    ],
    types: [Clicker, Countdown, Only, Range],
    start: own::begins,
);

#[cfg(test)]
mod tests {
    use super::*;
    use commonhold_guest::manager;
    use commonhold_guest::provider::Provider;

    #[commonhold_guest::test]
    fn a_counter_counts_and_makes_others() -> Result<()> {
        let counter = manager::create("Clicker", (5,))?;
        assert_eq!(counter.call_with::<i64>("add", (), (("by", 2),))?, 7);
        let child: Proxy = counter.call("spawn_child", ())?;
        counter.call::<()>("absorb", (&child,))?;
        assert_eq!((counter.to_string(), child.to_string()), ("Clicker(14)".to_owned(), "Clicker(0)".to_owned()));
        assert_eq!(counter.call::<()>("absorb", (&counter,)).map_err(|error| error.kind), Err(ErrorKind::Runtime));
        assert_eq!(manager::create("Clicker", (-1,)).map_err(|error| error.kind), Err(ErrorKind::Value));
        assert_eq!(Process::spawn("adds", (&counter, 1))?.join::<i64>()?, 15);
        assert_eq!(counter.call::<()>("fail", ()).map_err(|error| error.kind), Err(ErrorKind::Custom));
        Ok(())
    }

    #[commonhold_guest::test]
    fn what_a_type_yields_is_gone_over() -> Result<()> {
        let numbers = || manager::create("Countdown", (3, 1));
        let iter = Iter::<u64>::over(&numbers()?)?;
        assert_eq!((iter.next_item()?, iter.next_many(9)?), (Some(2), vec![1]));
        assert_eq!(Process::spawn("draws", (&iter,))?.join::<Vec<u64>>()?, [0]);
        assert_eq!((iter.next_item()?, iter.next_many(9)?), (None, vec![]), "the countdown would go on");
        let list = List::<u64>::from_items([9_u64])?;
        Process::spawn("extends", (&list, numbers()?))?.join::<()>()?;
        Process::spawn("extends", (&list, Iter::<u64>::over(&manager::create("Range", (2,))?)?))?.join::<()>()?;
        assert_eq!(list.to_vec()?, [9, 2, 1, 0, 1, 0]);
        let live = Iter::<u64>::over(&manager::create("Range", (&list,))?)?;
        assert_eq!(live.next_many(2)?, [9, 2]);
        let error = Iter::<u64>::over(&manager::create("Range", (2.5,))?).map(|_| ());
        let none = error.map_err(|error| error.message);
        assert_eq!(none, Err("iter() returned non-iterator of type 'float'".to_owned()));
        Ok(())
    }

    #[commonhold_guest::test]
    fn a_process_has_providers_of_its_own() -> Result<()> {
        own::check_own()?;
        let public = manager::create("Clicker", ())?;
        let provider = Provider::start("main", ("start at", 7))?;
        let own = provider.create("Clicker", ())?;
        assert_eq!((own.call::<i64>("count", ())?, public.call::<i64>("count", ())?), (7, 0));
        // Each has states of its own, so an object of another provider is a foreign one.
        assert_eq!(own.call::<()>("absorb", (&public,)).map_err(|error| error.kind), Err(ErrorKind::Type));
        provider.process()?.kill()?;
        assert_eq!(own.call::<i64>("count", ()).map_err(|error| error.kind), Err(ErrorKind::ProviderDied));
        assert_eq!(provider.create("Clicker", ()).map_err(|error| error.kind), Err(ErrorKind::ProviderDied));
        assert_eq!(public.call::<i64>("count", ())?, 0);
        Ok(())
    }

    #[commonhold_guest::test]
    fn a_provider_that_does_not_start_says_why() -> Result<()> {
        let why = |how: &str| Provider::start(None, (how,)).map_err(|error| (error.kind, error.message)).err();
        assert_eq!(why("fail"), Some((ErrorKind::Custom, "this provider does not start".to_owned())));
        let (kind, message) = why("crash").expect("it does not start");
        assert_eq!(kind, ErrorKind::ProcessDied);
        assert!(message.starts_with("it ended before it had described its types: trapped: "), "{message}");
        let waits = Provider::start(None, ("wait for", Process::current()));
        assert_eq!(waits.map_err(|error| error.kind).err(), Some(ErrorKind::Deadlock));
        assert_eq!(Provider::start("other", ()).map_err(|error| error.kind).err(), Some(ErrorKind::NoSuchName));
        let daemon = Process::builder("starts").daemon(true).spawn(())?;
        assert_eq!(daemon.join::<Value>().map_err(|error| error.kind), Err(ErrorKind::Assertion));
        Ok(())
    }

    #[commonhold_guest::test]
    fn there_is_one_as_long_as_anybody_has_it() -> Result<()> {
        let (one, other) = (manager::create("Only", ())?, manager::create("Only", ())?);
        assert_eq!((one == other, one.call::<i64>("add", (2,))?, other.call::<i64>("add", (3,))?), (true, 2, 5));
        drop((one, other));
        assert_eq!(manager::create("Only", ())?.call::<i64>("add", (1,))?, 1);
        Ok(())
    }

    #[commonhold_guest::test]
    fn a_crash_ends_the_provider() -> Result<()> {
        let counter = manager::create("Clicker", ())?;
        for method in ["crash", "count"] {
            let error = counter.call::<()>(method, ()).err();
            let told =
                error.map(|error| (error.kind, error.message.starts_with("the provider main:provider has died: ")));
            assert_eq!(told, Some((ErrorKind::ProviderDied, true)), "{method}");
        }
        Ok(())
    }
}
