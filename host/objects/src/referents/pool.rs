//! `Pool`: workers that are given tasks, each a call of an entry of their program.

use super::async_result::{AsyncResult, timed_out};
use super::heavy::heavy;
use super::iterator::Iteration;
use super::operand;
use super::prelude::*;
use crate::object::{
    Attempt, Callback, Callbacks, Crew, Gather, Job, Limits, Operation, Pass, Terms, wait, while_granted,
};
use std::time::Duration;

pub struct Pool {
    crew: Arc<Crew>,
    workers: usize,
}

/// How a pool works.
#[derive(Default)]
pub struct Options {
    /// How many workers it has; if none is given, as many as the machine has processors.
    pub workers: Option<u64>,
    /// The program whose entries they run; the caller's own if none is given.
    pub program: Option<String>,
    /// What each worker runs before anything else.
    pub initializer: Option<(String, Vec<Item>)>,
    /// After how many chunks of tasks a worker is replaced by a new one.
    pub chunks_per_worker: Option<u64>,
    /// How often a task that its worker did not survive is given to another one.
    pub retries: u32,
}

/// What a pool is to do with each of several items.
pub struct Mapping {
    /// The entry that is called.
    pub entry: String,
    /// What each call's arguments begin with.
    pub lead: Vec<Item>,
    /// The items, each an argument of one call.
    pub items: Item,
    /// Whether it is its elements that are the arguments.
    pub is_spread: bool,
    /// How many of the calls one worker takes at once.
    pub chunk: Option<u64>,
}

impl Pool {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Pool")
    }

    /// A new pool, whose workers are started at once.
    ///
    /// `value` if it is to have no workers; `no-such-name` if there is no such program; `quota-exceeded` if there is no
    /// room for so many processes.
    pub fn create(caller: &Caller, options: Options) -> Outcome<Proxy> {
        let Options { workers, program, initializer, chunks_per_worker, retries } = options;
        let workers = match workers {
            None => std::thread::available_parallelism().map_or(1, usize::from),
            Some(0) => return Err(CallError::value("Number of processes must be at least 1")),
            Some(workers) => usize::try_from(workers).unwrap_or(usize::MAX),
        };
        if chunks_per_worker == Some(0) {
            return Err(CallError::value("maxtasksperchild must be a positive int or None"));
        }
        let initializer = initializer.map(|(entry, args)| (entry.into(), args));
        let crew = Crew::new(Terms { initializer, chunks_per_worker, retries });
        caller.home.programs()?.employ(caller, program.as_deref(), &crew, workers)?;
        Ok(Referent::create(&caller.home, Self { crew, workers }))
    }

    /// Has a worker call an entry.
    ///
    /// `value` if the pool was closed or terminated.
    pub fn submit(me: &Proxy, entry: &str, args: Vec<Item>, callbacks: Callbacks) -> Outcome<Proxy> {
        me.check(APPLY_ASYNC)?;
        Self::start(me, entry, args, callbacks)
    }

    fn start(me: &Proxy, entry: &str, args: Vec<Item>, callbacks: Callbacks) -> Outcome<Proxy> {
        let this = Self::of(me)?;
        args.iter().for_each(Item::moved);
        let job = Job::new(entry, args, Pass::Nothing, Gather::One, 1, callbacks, me.clone());
        let result = AsyncResult::create(me.home(), &job);
        this.crew.hand_in(&job, vec![Item::Null], 1)?;
        Ok(result)
    }

    /// Has the workers call an entry for each of several items; what comes of it is a list.
    ///
    /// `value` if the pool was closed or terminated, or a chunk is to have no tasks; `type` if there is nothing to go
    /// over.
    pub fn map(me: &Proxy, mapping: Mapping, callbacks: Callbacks) -> Outcome<Proxy> {
        me.check(if mapping.is_spread { STARMAP_ASYNC } else { MAP_ASYNC })?;
        Self::start_map(me, mapping, callbacks)
    }

    fn start_map(me: &Proxy, mapping: Mapping, callbacks: Callbacks) -> Outcome<Proxy> {
        let chunk = mapping.chunk;
        let this = Self::of(me)?;
        this.crew.check_open()?;
        let (job, tasks) = Self::job(me, mapping, Gather::All, callbacks)?;
        // As CPython has it: about four chunks for each worker.
        let chunk = match chunk {
            Some(chunk) => size_of_chunk(chunk)?,
            None => tasks.len().div_ceil(this.workers.saturating_mul(4)),
        };
        let result = AsyncResult::create(me.home(), &job);
        heavy(tasks.len(), || this.crew.hand_in(&job, tasks, chunk))?;
        Ok(result)
    }

    /// Has the workers call an entry for each of several items; what comes of it is drawn from an Iterator, in the order
    /// of the items or as it comes.
    ///
    /// As for [`map`](Self::map).
    pub fn imap(me: &Proxy, mapping: Mapping, is_ordered: bool) -> Outcome<Proxy> {
        me.check(if is_ordered { IMAP } else { IMAP_UNORDERED })?;
        let this = Self::of(me)?;
        this.crew.check_open()?;
        let chunk = size_of_chunk(mapping.chunk.unwrap_or(1))?;
        let gather = if is_ordered { Gather::InOrder } else { Gather::AsTheyCome };
        let (job, tasks) = Self::job(me, mapping, gather, Callbacks::default())?;
        let iterator = Iteration::of_job(me.home(), &job);
        heavy(tasks.len(), || this.crew.hand_in(&job, tasks, chunk))?;
        Ok(iterator)
    }

    fn job(me: &Proxy, mapping: Mapping, gather: Gather, callbacks: Callbacks) -> Outcome<(Arc<Job>, Vec<Item>)> {
        let Mapping { entry, lead, items, is_spread, .. } = mapping;
        let mut tasks = operand::items(&items)?;
        if is_spread {
            let limits = me.home().limits();
            tasks = tasks.into_iter().map(|task| spread(task, limits)).collect::<Outcome<_>>()?;
        }
        lead.iter().chain(&tasks).for_each(Item::moved);
        let pass = if is_spread { Pass::Elements } else { Pass::Item };
        let job = Job::new(&entry, lead, pass, gather, tasks.len(), callbacks, me.clone());
        Ok((job, tasks))
    }

    /// Takes no more tasks; the workers go once all are done.
    pub fn close(me: &Proxy) -> Outcome<()> {
        me.check(CLOSE)?;
        Self::of(me)?.crew.close();
        Ok(())
    }

    /// Ends the workers at once, and waits until they have ended. Tasks that are not done fail with `cancelled`.
    pub async fn terminate(me: &Proxy, caller: &Caller) -> Outcome<()> {
        me.check(TERMINATE)?;
        let tasks = Self::of(me)?.crew.terminate();
        heavy(tasks.len(), || drop(tasks));
        Self::leave(me, caller, None).await.map(|_| ())
    }

    /// Waits until the workers of a closed or terminated pool have gone, as long as `timeout` says; whether they have.
    ///
    /// `value` if the pool is neither.
    pub async fn join(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<bool> {
        me.check(JOIN)?;
        if Self::of(me)?.crew.is_open() {
            return Err(CallError::value("Pool is still running"));
        }
        Self::leave(me, caller, timeout).await
    }

    async fn leave(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<bool> {
        let mut operation = Self::of(me)?.crew.leaving(me);
        if let Attempt::Over(_) = operation.attempt(None)? {
            return Ok(true);
        }
        Ok(Box::pin(wait(&mut operation, &caller.actor, timeout)).await?.is_some())
    }
}

/// What the arguments of a call are taken out of. Out of a shared object they are taken now, by whoever hands it in and with
/// their rights: a worker's are not asked.
fn spread(task: Item, limits: &Limits) -> Outcome<Item> {
    if !matches!(task, Item::Proxy(_)) {
        return Ok(task);
    }
    match operand::elements(&task)? {
        Some(elements) => Item::tuple(elements.iter(), limits),
        // That is the entry's to refuse.
        None => Ok(task),
    }
}

fn size_of_chunk(chunk: u64) -> Outcome<usize> {
    if chunk == 0 {
        return Err(CallError::value("Chunksize must be 1+, not 0"));
    }
    Ok(usize::try_from(chunk).unwrap_or(usize::MAX))
}

/// A chunk size that was given by name.
fn chunk_argument(chunk: Option<Item>) -> Outcome<Option<u64>> {
    match chunk {
        None | Some(Item::Null) => Ok(None),
        Some(item) => {
            let chunk = super::slice::number(&item, "Python int too large to convert to C ssize_t")?;
            u64::try_from(chunk)
                .ok()
                .filter(|chunk| *chunk > 0)
                .map(Some)
                .ok_or_else(|| CallError::value(format!("Chunksize must be 1+, not {chunk}")))
        }
    }
}

/// The entry that an argument names.
fn entry_argument(func: Item) -> Outcome<String> {
    match func {
        Item::Text(name) => Ok(name.to_string()),
        other => Err(type_error(format!("func must be the name of an entry, not '{}'", other.type_name()))),
    }
}

/// The arguments of one call.
fn call_arguments(args: Option<Item>, kwds: Option<Item>) -> Outcome<Vec<Item>> {
    if let Some(kwds) = kwds.filter(|kwds| !matches!(kwds, Item::Null))
        && !operand::pairs(&kwds)?.is_empty()
    {
        return Err(type_error("an entry takes no keyword arguments"));
    }
    args.map_or(Ok(Vec::new()), |args| operand::items(&args))
}

/// A callback: a pair of an object and the name of a method.
fn callback_argument(callback: Option<Item>) -> Outcome<Option<Callback>> {
    let wrong = || type_error("a callback must be a pair of an object and the name of a method");
    match callback {
        None | Some(Item::Null) => Ok(None),
        Some(pair) => {
            let parts = operand::elements(&pair)?.ok_or_else(wrong)?;
            match parts.as_slice() {
                [Item::Proxy(object), Item::Text(method)] => {
                    Ok(Some(Callback { object: (**object).clone(), method: method.to_string() }))
                }
                _ => Err(wrong()),
            }
        }
    }
}

fn callbacks(args: &mut Args, first: usize) -> Outcome<Callbacks> {
    Ok(Callbacks { value: callback_argument(args.take(first))?, error: callback_argument(args.take(first + 1))? })
}

fn mapping(args: &mut Args, is_spread: bool) -> Outcome<Mapping> {
    Ok(Mapping {
        entry: entry_argument(args.item(0)?)?,
        lead: Vec::new(),
        items: args.item(1)?,
        is_spread,
        chunk: chunk_argument(args.take(2))?,
    })
}

const APPLY_ASYNC: u32 = Method::number(METHODS, "apply_async");
const MAP_ASYNC: u32 = Method::number(METHODS, "map_async");
const STARMAP_ASYNC: u32 = Method::number(METHODS, "starmap_async");
const IMAP: u32 = Method::number(METHODS, "imap");
const IMAP_UNORDERED: u32 = Method::number(METHODS, "imap_unordered");
const CLOSE: u32 = Method::number(METHODS, "close");
const TERMINATE: u32 = Method::number(METHODS, "terminate");
const JOIN: u32 = Method::number(METHODS, "join");

/// What comes of what was handed in through a proxy to the pool, as long as that is of use.
async fn outcome(pool: &Proxy, result: &Proxy, caller: &Caller) -> Outcome<Item> {
    let outcome = while_granted(pool, &caller.actor, AsyncResult::get(result, caller, None)).await?;
    outcome.ok_or_else(timed_out)
}

/// `map` and `starmap`.
const fn map_and_wait<const SPREAD: bool>() -> Run {
    Run::Wait(|mut call| {
        Box::pin(async move {
            let mapping = mapping(&mut call.args, SPREAD)?;
            let result = Pool::start_map(call.me, mapping, Callbacks::default())?;
            outcome(call.me, &result, call.caller).await
        })
    })
}

/// `map_async` and `starmap_async`.
const fn map_async<const SPREAD: bool>() -> Run {
    Run::Now(|call| {
        let mapping = mapping(&mut call.args, SPREAD)?;
        Pool::start_map(call.me, mapping, callbacks(&mut call.args, 3)?).map(Item::proxy)
    })
}

const METHODS: &[Method] = &[
    Method {
        signature: "apply(func, args: iterable=(), kwds: mapping={})",
        doc: "Has a worker call the entry of that name, and waits for what it returns.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let entry = entry_argument(call.args.item(0)?)?;
                let args = call_arguments(call.args.take(1), call.args.take(2))?;
                let result = Pool::start(call.me, &entry, args, Callbacks::default())?;
                outcome(call.me, &result, call.caller).await
            })
        }),
    },
    Method {
        signature: "apply_async(func, args: iterable=(), kwds: mapping={}, callback=None, error_callback=None)",
        doc: "Has a worker call the entry of that name: an AsyncResult. A callback is a pair of an object and the name \
              of one of its methods, which is called with the value, or with the text of the error.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let entry = entry_argument(call.args.item(0)?)?;
            let args = call_arguments(call.args.take(1), call.args.take(2))?;
            let callbacks = callbacks(&mut call.args, 3)?;
            Pool::start(call.me, &entry, args, callbacks).map(Item::proxy)
        }),
    },
    Method {
        signature: "map(func, iterable: iterable, chunksize=None)",
        doc: "Has the workers call the entry for each item, and waits for the list of what they return. Each takes so \
              many items at once, a quarter of its share if nothing is said. The error of the first that failed if any \
              did, once the others are done; those behind it in its chunk are left out.",
        effect: Effect::Changes,
        run: map_and_wait::<false>(),
    },
    Method {
        signature: "map_async(func, iterable: iterable, chunksize=None, callback=None, error_callback=None)",
        doc: "The same without waiting: an AsyncResult.",
        effect: Effect::Changes,
        run: map_async::<false>(),
    },
    Method {
        signature: "starmap(func, iterable: iterable, chunksize=None)",
        doc: "The same as map, where each item is an iterable of the call's arguments.",
        effect: Effect::Changes,
        run: map_and_wait::<true>(),
    },
    Method {
        signature: "starmap_async(func, iterable: iterable, chunksize=None, callback=None, error_callback=None)",
        doc: "The same without waiting: an AsyncResult.",
        effect: Effect::Changes,
        run: map_async::<true>(),
    },
    Method {
        signature: "imap(func, iterable: iterable, chunksize=1)",
        doc: "Has the workers call the entry for each item: an Iterator over what they return, in the order of the \
              items. A task that fails gives its error in its turn.",
        effect: Effect::Changes,
        run: Run::Now(|call| Pool::imap(call.me, mapping(&mut call.args, false)?, true).map(Item::proxy)),
    },
    Method {
        signature: "imap_unordered(func, iterable: iterable, chunksize=1)",
        doc: "The same, in the order in which the workers are done.",
        effect: Effect::Changes,
        run: Run::Now(|call| Pool::imap(call.me, mapping(&mut call.args, false)?, false).map(Item::proxy)),
    },
    Method {
        signature: "close()",
        doc: "Takes no more tasks. The workers go once all are done.",
        effect: Effect::Changes,
        run: Run::Now(|call| Pool::close(call.me).map(|()| Item::Null)),
    },
    Method {
        signature: "terminate()",
        doc: "Ends the workers at once, and waits until they have ended. Tasks that are not done fail.",
        effect: Effect::Changes,
        run: Run::Wait(|call| {
            Box::pin(async move { Pool::terminate(call.me, call.caller).await.map(|()| Item::Null) })
        }),
    },
    Method {
        signature: "join()",
        doc: "Waits until the workers have gone. ValueError if the pool was neither closed nor terminated.",
        effect: Effect::Reads,
        run: Run::Wait(|call| {
            Box::pin(async move { Pool::join(call.me, call.caller, None).await.map(|_| Item::Null) })
        }),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    let doc = "Workers, processes of a program, that are given tasks: calls of its entries. One that dies is replaced, \
               and the task that it did not survive fails. When the last proxy goes, the workers are ended.";
    TypeInfo::declare("Pool", "PoolProxy", doc, METHODS)
});

/// A number of workers or tasks that was given by name.
fn count(item: Option<Item>, wrong: &str) -> Outcome<Option<u64>> {
    match item {
        None | Some(Item::Null) => Ok(None),
        Some(item) => {
            let count = super::slice::number(&item, "Python int too large to convert to C ssize_t")?;
            u64::try_from(count).ok().filter(|count| *count > 0).map(Some).ok_or_else(|| CallError::value(wrong))
        }
    }
}

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Pool(processes=None, initializer=None, initargs: iterable=(), maxtasksperchild=None, *, \
                    program=None, retries=0)",
        run: |caller, mut args| {
            let text = |item: Option<Item>, what: &str| match item {
                None | Some(Item::Null) => Ok(None),
                Some(Item::Text(name)) => Ok(Some(name.to_string())),
                Some(other) => Err(type_error(format!("{what}, not '{}'", other.type_name()))),
            };
            let workers = count(args.take(0), "Number of processes must be at least 1")?;
            let initializer = text(args.take(1), "initializer must be the name of an entry")?;
            let arguments = call_arguments(args.take(2), None)?;
            let chunks_per_worker = count(args.take(3), "maxtasksperchild must be a positive int or None")?;
            let program = text(args.take(4), "program must be the name of a program")?;
            let retries = match args.take(5) {
                None => 0,
                Some(item) => super::slice::number(&item, "Python int too large to convert to C ssize_t")?,
            };
            let retries = u32::try_from(retries).map_err(|_| CallError::value("retries must not be negative"))?;
            let initializer = initializer.map(|entry| (entry, arguments));
            Pool::create(caller, Options { workers, program, initializer, chunks_per_worker, retries })
        },
    }),
};

impl Shared for Pool {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let tasks = self.crew.terminate();
        let weight = tasks.len();
        Remains::Other(Box::new(tasks), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        self.crew.edges(visit);
    }

    fn to_text(&self, _me: u64, _most: usize) -> Outcome<String> {
        let Self { crew, workers } = self;
        Ok(format!("<multiprocessing.pool.Pool state={} pool_size={workers}>", crew.in_a_word()))
    }
}
