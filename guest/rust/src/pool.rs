//! Pools of workers, and what comes of the tasks that they are given.

use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arguments::Arguments;
use crate::backend::{async_results, pools};
use crate::convert::{expect_unit, lend_all, receive_option};
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Error, ErrorKind, Iter, Proxy, Result};

/// Workers that are given tasks: processes of a program, each of which runs entry after entry. What an entry leaves in the
/// program's memory is there for the next that the same worker runs. A worker is a daemon, so its entries cannot start
/// processes.
///
/// A worker that dies is replaced. The task that it was at fails with `process-died`, and is not done again unless the pool
/// was built with [`retries`](PoolBuilder::retries). When the last proxy to a pool goes, its workers are ended; an
/// [`AsyncResult`] or an [`Iter`] of tasks that are not done keeps its pool.
///
/// ```
/// # use commonhold_guest::{Pool, Result, entry};
/// #[entry]
/// fn square(number: i64) -> i64 {
///     number * number
/// }
///
/// #[entry]
/// fn power(base: i64, exponent: u32) -> i64 {
///     base.pow(exponent)
/// }
///
/// commonhold_guest::program!(entries: [square, power]);
///
/// fn example() -> Result<()> {
///     let pool = Pool::new(4)?;
///     assert_eq!(pool.apply::<i64>("square", (10,))?, 100);
///     assert_eq!(pool.map::<i64>("square", 0..5)?, [0, 1, 4, 9, 16]);
///     assert_eq!(pool.starmap::<i64>("power", [(2, 3), (3, 2)])?, [8, 9]);
///     assert_eq!(pool.tasks("square", 0..4).chunk_size(2).run::<i64>()?, [0, 1, 4, 9]);
///
///     let mut squares = pool.imap::<i64>("square", 0..3)?;
///     assert_eq!(squares.next().transpose()?, Some(0));
///     let mut rest = pool.imap_unordered::<i64>("square", 1..3)?.collect::<Result<Vec<i64>>>()?;
///     rest.sort();
///     assert_eq!(rest, [1, 4]);
///
///     pool.close()?;
///     pool.join()
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
///
/// # Errors
///
/// Every function can fail with `not-exposed` or `revoked` if the proxy was narrowed. Those that take tasks fail with `value`
/// if the pool was closed or terminated, with `process-died` if its workers could not start. What each adds is listed there.
pub struct Pool {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Pool, "Pool");

impl Pool {
    /// A new pool with so many workers, which run entries of this program.
    ///
    /// # Errors
    ///
    /// `value` if there are to be none, `quota-exceeded` if there is no room for so many processes.
    pub fn new(workers: u32) -> Result<Pool> {
        Pool::builder().workers(workers).build()
    }

    /// How a new pool is to work.
    ///
    /// ```
    /// # use commonhold_guest::{Pool, Result, entry};
    /// #[entry]
    /// fn answers() -> i64 {
    ///     42
    /// }
    ///
    /// commonhold_guest::program!(entries: [answers]);
    ///
    /// fn example() -> Result<()> {
    ///     let pool = Pool::builder().workers(2).retries(1).build()?;
    ///     assert_eq!(pool.apply::<i64>("answers", ())?, 42);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn builder() -> PoolBuilder {
        PoolBuilder { workers: None, program: None, initializer: None, chunks_per_worker: None, retries: 0 }
    }

    /// Has a worker run an entry, and waits for what it returns.
    ///
    /// # Errors
    ///
    /// Those of the entry; `process-died` if its worker died, `cancelled` if the pool was terminated, `bad-value` if what
    /// it returned is no `R`.
    pub fn apply<R: DeserializeOwned>(&self, entry: &str, args: impl Arguments) -> Result<R> {
        self.apply_async(entry, args)?.get()
    }

    /// Has a worker run an entry, and does not wait for it.
    ///
    /// ```
    /// # use commonhold_guest::{ErrorKind, Pool, Result, entry};
    /// #[entry]
    /// fn crash() {
    ///     panic!("out of cheese");
    /// }
    ///
    /// commonhold_guest::program!(entries: [crash]);
    ///
    /// fn example() -> Result<()> {
    ///     let pool = Pool::new(1)?;
    ///     let error = pool.apply_async::<()>("crash", ())?.get().unwrap_err();
    ///     assert_eq!(error.kind, ErrorKind::ProcessDied);
    ///     assert!(error.message.contains("out of cheese"));
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn apply_async<R>(&self, entry: &str, args: impl Arguments) -> Result<AsyncResult<R>> {
        self.apply_async_then(entry, args, Then::default())
    }

    /// As [`apply_async`](Pool::apply_async), and calls back when it is done.
    ///
    /// ```
    /// # use commonhold_guest::{List, Pool, Result, Then, entry};
    /// #[entry]
    /// fn square(number: i64) -> i64 {
    ///     number * number
    /// }
    ///
    /// commonhold_guest::program!(entries: [square]);
    ///
    /// fn example() -> Result<()> {
    ///     let (squares, errors) = (List::<i64>::new()?, List::<String>::new()?);
    ///     let then = Then::call(&squares, "append").or_else(&errors, "append");
    ///     let result = Pool::new(1)?.apply_async_then::<i64>("square", (4,), then)?;
    ///     // The callback has been called by the time that the result is there.
    ///     assert_eq!(result.get()?, 16);
    ///     assert_eq!((squares.to_vec()?, errors.len()?), (vec![16], 0));
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn apply_async_then<R>(&self, entry: &str, args: impl Arguments, then: Then<'_>) -> Result<AsyncResult<R>> {
        let handle = args.lend(|args| expect_unit(pools::submit(self.handle(), entry, args, then.lend())))?;
        Ok(AsyncResult::assume(Proxy::new(handle)))
    }

    /// Has the workers run an entry for each of these items, and waits for all that they return, in the order of the items.
    ///
    /// The error is that of the first that failed, once the others are done. Those behind it in its chunk are left out.
    pub fn map<R: DeserializeOwned>(&self, entry: &str, items: impl IntoIterator<Item: Serialize>) -> Result<Vec<R>> {
        self.tasks(entry, items).run()
    }

    /// As [`map`](Pool::map), where each item is a tuple of the entry's arguments.
    pub fn starmap<R: DeserializeOwned>(
        &self,
        entry: &str,
        items: impl IntoIterator<Item: Serialize>,
    ) -> Result<Vec<R>> {
        self.tasks(entry, items).spread().run()
    }

    /// As [`map`](Pool::map), but gives what the workers return as it comes, in the order of the items. Where an entry
    /// failed it is that error, and the iterator goes on.
    pub fn imap<R>(&self, entry: &str, items: impl IntoIterator<Item: Serialize>) -> Result<Iter<R>> {
        self.tasks(entry, items).in_order()
    }

    /// As [`imap`](Pool::imap), in the order in which the workers are done.
    pub fn imap_unordered<R>(&self, entry: &str, items: impl IntoIterator<Item: Serialize>) -> Result<Iter<R>> {
        self.tasks(entry, items).as_they_come()
    }

    /// An entry that is to be run for each of these items, to say how: see [`Tasks`].
    pub fn tasks<'a, T: Serialize>(&'a self, entry: &'a str, items: impl IntoIterator<Item = T>) -> Tasks<'a, T> {
        let items = items.into_iter().collect();
        Tasks { pool: self, entry, items, lead: (), is_spread: false, chunk_size: None, then: Then::default() }
    }

    /// Takes no more tasks. The workers go once all are done.
    pub fn close(&self) -> Result<()> {
        expect_unit(pools::close(self.handle()))
    }

    /// Ends the workers at once, and waits until they have ended. Tasks that are not done fail with `cancelled`.
    ///
    /// ```
    /// # use commonhold_guest::{ErrorKind, Event, Pool, Result, entry};
    /// #[entry]
    /// fn wait(event: Event) -> Result<()> {
    ///     event.wait()
    /// }
    ///
    /// commonhold_guest::program!(entries: [wait]);
    ///
    /// fn example() -> Result<()> {
    ///     let (pool, event) = (Pool::new(1)?, Event::new()?);
    ///     let result = pool.apply_async::<()>("wait", (&event,))?;
    ///     pool.terminate()?;
    ///     assert_eq!(result.get().unwrap_err().kind, ErrorKind::Cancelled);
    ///     assert_eq!(pool.apply::<()>("wait", (&event,)).unwrap_err().message, "Pool not running");
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn terminate(&self) -> Result<()> {
        expect_unit(pools::terminate(self.handle()))
    }

    /// Waits until the workers of a closed or terminated pool have gone.
    ///
    /// # Errors
    ///
    /// `value` if the pool is neither.
    pub fn join(&self) -> Result<()> {
        expect_unit(pools::join(self.handle(), None)).map(|_| ())
    }

    /// As [`join`](Pool::join), but waits so long at most; whether they have gone.
    ///
    /// ```
    /// # use commonhold_guest::{Pool, Result, entry};
    /// #[entry]
    /// fn nothing() {}
    ///
    /// commonhold_guest::program!(entries: [nothing]);
    ///
    /// fn example() -> Result<()> {
    ///     let pool = Pool::new(1)?;
    ///     assert!(pool.join_timeout(std::time::Duration::ZERO).is_err(), "it takes tasks still");
    ///     pool.close()?;
    ///     assert!(pool.join_timeout(std::time::Duration::from_secs(60))?);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn join_timeout(&self, timeout: Duration) -> Result<bool> {
        expect_unit(pools::join(self.handle(), Some(nanoseconds(timeout))))
    }
}

/// How a new pool is to work: see [`Pool::builder`].
///
/// ```
/// # use commonhold_guest::{List, Pool, PoolBuilder, Process, Result, entry};
/// #[entry]
/// fn begin(log: List<String>, word: String) -> Result<()> {
///     log.push(word)
/// }
///
/// #[entry]
/// fn once_in_vain(log: List<String>) -> Result<usize> {
///     log.push("tried")?;
///     if log.len()? == 2 {
///         Process::current().kill()?;
///     }
///     log.len()
/// }
///
/// commonhold_guest::program!(entries: [begin, once_in_vain]);
///
/// fn example() -> Result<()> {
///     let log = List::<String>::new()?;
///     let builder: PoolBuilder<_> = Pool::builder().initializer("begin", (&log, "begun"));
///     let pool = builder.workers(1).program("main").chunks_per_worker(10).retries(1).build()?;
///     assert_eq!(pool.apply::<usize>("once_in_vain", (&log,))?, 4);
///     assert_eq!(log.to_vec()?, ["begun", "tried", "begun", "tried"]);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it is built by `build`"]
pub struct PoolBuilder<A = ()> {
    workers: Option<u32>,
    program: Option<String>,
    initializer: Option<(String, A)>,
    chunks_per_worker: Option<u32>,
    retries: u32,
}

impl<A: Arguments> PoolBuilder<A> {
    /// How many workers it has. Default: as many as the machine has processors.
    pub fn workers(mut self, workers: u32) -> Self {
        self.workers = Some(workers);
        self
    }

    /// The program whose entries the workers run. Default: this one.
    pub fn program(mut self, program: impl Into<String>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// An entry that each worker runs before anything else. If it fails, so does everything that the pool is given.
    pub fn initializer<B: Arguments>(self, entry: impl Into<String>, args: B) -> PoolBuilder<B> {
        let PoolBuilder { workers, program, chunks_per_worker, retries, .. } = self;
        PoolBuilder { workers, program, initializer: Some((entry.into(), args)), chunks_per_worker, retries }
    }

    /// After how many chunks of tasks a worker is replaced by a new one. A single task is a chunk. Default: never.
    pub fn chunks_per_worker(mut self, chunks: u32) -> Self {
        self.chunks_per_worker = Some(chunks);
        self
    }

    /// How often a task that its worker did not survive is given to another one. Default: not at all.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries;
        self
    }

    /// The new pool. Its workers are started at once.
    ///
    /// # Errors
    ///
    /// As for [`Pool::new`]; `no-such-name` if there is no such program.
    pub fn build(self) -> Result<Pool> {
        let PoolBuilder { workers, program, initializer, chunks_per_worker, retries } = self;
        let program = program.as_deref();
        let options = pools::Options { workers, program, initializer: None, chunks_per_worker, retries };
        let handle = match &initializer {
            None => expect_unit(pools::create(options)),
            Some((entry, args)) => args.lend(|args| {
                expect_unit(pools::create(pools::Options { initializer: Some((entry, args)), ..options }))
            }),
        }?;
        Ok(Pool::assume(Proxy::new(handle)))
    }
}

/// Methods that the manager calls when tasks are done, just before their result is ready: one with the value, another with
/// the text of the error.
///
/// ```
/// # use commonhold_guest::{List, Pool, Result, Then, entry};
/// #[entry]
/// fn square(number: i64) -> i64 {
///     number * number
/// }
///
/// commonhold_guest::program!(entries: [square]);
///
/// fn example() -> Result<()> {
///     let (squares, errors) = (List::<i64>::new()?, List::<String>::new()?);
///     let then = Then::call(&squares, "append").or_else(&errors, "append");
///     let result = Pool::new(1)?.apply_async_then::<i64>("square", (4,), then)?;
///     // The callback has been called by the time that the result is there.
///     assert_eq!(result.get()?, 16);
///     assert_eq!((squares.to_vec()?, errors.len()?), (vec![16], 0));
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Then<'a> {
    value: Option<(&'a Proxy, &'a str)>,
    error: Option<(&'a Proxy, &'a str)>,
}

impl<'a> Then<'a> {
    /// Calls a method of an object with the value.
    pub fn call(object: &'a impl AsRef<Proxy>, method: &'a str) -> Then<'a> {
        Then { value: Some((object.as_ref(), method)), error: None }
    }

    /// Calls a method of an object with the text of the error.
    #[must_use]
    pub fn or_else(self, object: &'a impl AsRef<Proxy>, method: &'a str) -> Then<'a> {
        Then { error: Some((object.as_ref(), method)), ..self }
    }

    fn lend(&self) -> pools::Callbacks<'_> {
        let callback = |callback: Option<(&'a Proxy, &'a str)>| {
            callback.map(|(object, method)| pools::Callback { object: object.handle(), method })
        };
        pools::Callbacks { value: callback(self.value), error: callback(self.error) }
    }
}

/// An entry that is to be run for each of several items: see [`Pool::tasks`].
///
/// ```
/// # use commonhold_guest::{Iter, List, Pool, Result, Tasks, Then, entry};
/// #[entry]
/// fn scale(factor: i64, number: i64) -> i64 {
///     factor * number
/// }
///
/// commonhold_guest::program!(entries: [scale]);
///
/// fn example() -> Result<()> {
///     let pool = Pool::new(2)?;
///     assert_eq!(pool.tasks("scale", 0..4).leading((10,)).chunk_size(2).run::<i64>()?, [0, 10, 20, 30]);
///
///     let lists = List::<Vec<i64>>::new()?;
///     let pairs: Tasks<'_, _> = pool.tasks("scale", [(2, 1), (2, 2)]).spread().then(Then::call(&lists, "append"));
///     assert_eq!(pairs.start::<i64>()?.get()?, [2, 4]);
///     assert_eq!(lists.to_vec()?, [[2, 4]]);
///
///     let in_order: Iter<i64> = pool.tasks("scale", 0..3).leading((2,)).in_order()?;
///     assert_eq!(in_order.collect::<Result<Vec<i64>>>()?, [0, 2, 4]);
///     let as_they_come: Iter<i64> = pool.tasks("scale", 0..3).leading((2,)).as_they_come()?;
///     assert_eq!(as_they_come.map(|product| product.unwrap()).sum::<i64>(), 6);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is run yet"]
pub struct Tasks<'a, T, A = ()> {
    pool: &'a Pool,
    entry: &'a str,
    items: Vec<T>,
    lead: A,
    is_spread: bool,
    chunk_size: Option<u32>,
    then: Then<'a>,
}

impl<'a, T: Serialize, A: Arguments> Tasks<'a, T, A> {
    /// What the arguments of each call begin with.
    pub fn leading<B: Arguments>(self, args: B) -> Tasks<'a, T, B> {
        let Tasks { pool, entry, items, is_spread, chunk_size, then, .. } = self;
        Tasks { pool, entry, items, lead: args, is_spread, chunk_size, then }
    }

    /// Each item is a tuple of arguments, rather than one.
    pub fn spread(mut self) -> Self {
        self.is_spread = true;
        self
    }

    /// How many of the tasks one worker takes at once. Default: one where the results are drawn one by one, else so many that
    /// there are about four chunks for each worker.
    pub fn chunk_size(mut self, tasks: u32) -> Self {
        self.chunk_size = Some(tasks);
        self
    }

    /// What is called when all are done; only [`run`](Tasks::run) and [`start`](Tasks::start) do.
    pub fn then(mut self, then: Then<'a>) -> Self {
        self.then = then;
        self
    }

    /// Waits for all that the workers return, in the order of the items.
    ///
    /// # Errors
    ///
    /// As for [`Pool::map`]; `value` if a chunk is to be empty.
    pub fn run<R: DeserializeOwned>(self) -> Result<Vec<R>> {
        self.start()?.get()
    }

    /// Does not wait.
    ///
    /// # Errors
    ///
    /// `value` if a chunk is to be empty.
    pub fn start<R>(self) -> Result<AsyncResult<Vec<R>>> {
        let (pool, then) = (self.pool, self.then);
        let handle = self.lend(|mapping| expect_unit(pools::map_items(pool.handle(), mapping, then.lend())))?;
        Ok(AsyncResult::assume(Proxy::new(handle)))
    }

    /// Gives what the workers return as it comes, in the order of the items: see [`Pool::imap`].
    ///
    /// # Errors
    ///
    /// As for [`start`](Tasks::start).
    pub fn in_order<R>(self) -> Result<Iter<R>> {
        let pool = self.pool;
        self.lend(|mapping| expect_unit(pools::imap_items(pool.handle(), mapping, true)))
            .map(|handle| Iter::from_proxy(Proxy::new(handle)))
    }

    /// Gives what the workers return in the order in which they are done.
    ///
    /// # Errors
    ///
    /// As for [`start`](Tasks::start).
    pub fn as_they_come<R>(self) -> Result<Iter<R>> {
        let pool = self.pool;
        self.lend(|mapping| expect_unit(pools::imap_items(pool.handle(), mapping, false)))
            .map(|handle| Iter::from_proxy(Proxy::new(handle)))
    }

    fn lend<R>(self, call: impl FnOnce(pools::Mapping<'_>) -> Result<R>) -> Result<R> {
        let Tasks { entry, items, lead, is_spread: spread, chunk_size, .. } = self;
        lead.lend(|lead| lend_all(items, |items| call(pools::Mapping { entry, lead, items, spread, chunk_size })))
    }
}

/// What will come of tasks that a pool was given. As long as they are not done it keeps the pool.
///
/// ```
/// # use commonhold_guest::{AsyncResult, Event, Pool, Result, entry};
/// # use std::time::Duration;
/// #[entry]
/// fn wait(event: Event) -> Result<i64> {
///     event.wait()?;
///     Ok(7)
/// }
///
/// commonhold_guest::program!(entries: [wait]);
///
/// fn example() -> Result<()> {
///     let (pool, event) = (Pool::new(1)?, Event::new()?);
///     let result: AsyncResult<i64> = pool.apply_async("wait", (&event,))?;
///     assert!(!result.is_ready()? && result.is_successful().is_err());
///     assert_eq!(result.get_timeout(Duration::from_millis(1))?, None);
///     assert!(!result.wait_timeout(Duration::ZERO)?);
///     event.set()?;
///     result.wait()?;
///     assert!(result.is_successful()?);
///     assert_eq!(result.get()?, 7);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
///
/// # Errors
///
/// Every function can fail with `not-exposed` or `revoked` if the proxy was narrowed.
pub struct AsyncResult<R> {
    proxy: Proxy,
    of: PhantomData<fn() -> R>,
}

typed_proxy!(AsyncResult<R>, "AsyncResult");

impl<R: DeserializeOwned> AsyncResult<R> {
    /// What came of the tasks, anew each time, waiting as long as it takes.
    ///
    /// # Errors
    ///
    /// The task's own, or that of the first that failed; `process-died` if its worker died, `cancelled` if the pool was
    /// terminated; `bad-value` if what was returned is no `R`.
    pub fn get(&self) -> Result<R> {
        match receive_option(async_results::get(self.handle(), None))? {
            Some(value) => Ok(value),
            None => Err(Error::new(ErrorKind::Timeout, "a wait without an end has ended")),
        }
    }

    /// As [`get`](AsyncResult::get), but waits so long at most: none if the tasks are not done in time.
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<R>> {
        receive_option(async_results::get(self.handle(), Some(nanoseconds(timeout))))
    }
}

impl<R> AsyncResult<R> {
    /// Waits until the tasks are done.
    pub fn wait(&self) -> Result<()> {
        expect_unit(async_results::wait(self.handle(), None)).map(|_| ())
    }

    /// Waits until the tasks are done, so long at most; whether they are.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        expect_unit(async_results::wait(self.handle(), Some(nanoseconds(timeout))))
    }

    /// Whether the tasks are done.
    pub fn is_ready(&self) -> Result<bool> {
        expect_unit(async_results::is_ready(self.handle()))
    }

    /// Whether the tasks are done and none has failed.
    ///
    /// # Errors
    ///
    /// `value` if they are not done.
    pub fn is_successful(&self) -> Result<bool> {
        expect_unit(async_results::is_successful(self.handle()))
    }
}
