//! The counterpart of the interface `pools`.

use std::time;

use commonhold_objects::object::{self, Outcome};
use commonhold_objects::referents::pool::{self, Pool};

pub use super::types::{Argument, Duration, Error, Proxy};

use super::guest::{self, Guest};

/// How a pool works.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How many workers it has.
    pub workers: Option<u32>,
    /// The program whose entries they run.
    pub program: Option<&'a str>,
    /// What each worker runs before anything else.
    pub initializer: Option<(&'a str, &'a [Argument<'a>])>,
    /// After how many chunks a worker is replaced.
    pub chunks_per_worker: Option<u32>,
    /// How often a task that its worker did not survive is done again.
    pub retries: u32,
}

/// A method that is called with what came of a task.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// Whose method it is.
    pub object: &'a Proxy,
    /// Its name.
    pub method: &'a str,
}

/// What is called before a result is ready.
#[derive(Clone, Copy)]
pub struct Callbacks<'a> {
    /// With the value.
    pub value: Option<Callback<'a>>,
    /// With the text of the error.
    pub error: Option<Callback<'a>>,
}

/// Several calls of an entry.
#[derive(Clone, Copy)]
pub struct Mapping<'a> {
    /// The entry.
    pub entry: &'a str,
    /// What the arguments of each call begin with.
    pub lead: &'a [Argument<'a>],
    /// What is gone over.
    pub items: Argument<'a>,
    /// Whether the elements of an item are arguments.
    pub spread: bool,
    /// How many calls one worker takes at once.
    pub chunk_size: Option<u32>,
}

fn callback(own: &Guest, callback: Option<Callback<'_>>) -> Outcome<Option<object::Callback>> {
    let Some(Callback { object, method }) = callback else { return Ok(None) };
    Ok(Some(object::Callback { object: own.lent(object)?, method: method.to_owned() }))
}

fn callbacks(own: &Guest, callbacks: Callbacks<'_>) -> Outcome<object::Callbacks> {
    Ok(object::Callbacks { value: callback(own, callbacks.value)?, error: callback(own, callbacks.error)? })
}

fn mapping(own: &Guest, mapping: Mapping<'_>) -> Outcome<pool::Mapping> {
    let Mapping { entry, lead, items, spread, chunk_size } = mapping;
    Ok(pool::Mapping {
        entry: entry.to_owned(),
        lead: own.items(lead)?,
        items: own.contents(items)?,
        is_spread: spread,
        chunk: chunk_size.map(u64::from),
    })
}

/// A new pool.
pub fn create(options: Options<'_>) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        let Options { workers, program, initializer, chunks_per_worker, retries } = options;
        let initializer = match initializer {
            Some((entry, args)) => Some((entry.to_owned(), own.items(args)?)),
            None => None,
        };
        own.make_room(1)?;
        let options = pool::Options {
            workers: workers.map(u64::from),
            program: program.map(str::to_owned),
            initializer,
            chunks_per_worker: chunks_per_worker.map(u64::from),
            retries,
        };
        own.give(Pool::create(&own.caller, options)?)
    })
}

/// Has a worker call an entry.
pub fn submit(self_: &Proxy, entry: &str, args: &[Argument<'_>], then: Callbacks<'_>) -> Result<Proxy, Error> {
    self_.with(|pool, own| {
        let args = own.items(args)?;
        let then = callbacks(own, then)?;
        own.make_room(1)?;
        own.give(Pool::submit(pool, entry, args, then)?)
    })
}

/// Has the workers call an entry for each of several items.
pub fn map_items(self_: &Proxy, calls: Mapping<'_>, then: Callbacks<'_>) -> Result<Proxy, Error> {
    self_.with(|pool, own| {
        let then = callbacks(own, then)?;
        let calls = mapping(own, calls)?;
        own.make_room(1)?;
        own.give(Pool::map(pool, calls, then)?)
    })
}

/// The same, whose outcomes are drawn one by one.
pub fn imap_items(self_: &Proxy, calls: Mapping<'_>, ordered: bool) -> Result<Proxy, Error> {
    self_.with(|pool, own| {
        let calls = mapping(own, calls)?;
        own.make_room(1)?;
        own.give(Pool::imap(pool, calls, ordered)?)
    })
}

/// Takes no more tasks.
pub fn close(self_: &Proxy) -> Result<(), Error> {
    self_.with(|pool, _| Pool::close(pool))
}

/// Ends the workers.
pub fn terminate(self_: &Proxy) -> Result<(), Error> {
    self_.with(|pool, own| own.wait(Pool::terminate(pool, &own.caller)))
}

/// Waits until the workers have gone.
pub fn join(self_: &Proxy, timeout: Option<Duration>) -> Result<bool, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|pool, own| own.wait(Pool::join(pool, &own.caller, timeout)))
}
