use super::Program;
use super::typed::typed;
use crate::convert::{arguments, item, read_item};
use crate::embed::Iter;
use crate::error::Error;
use crate::object::{Callback, Callbacks, Item, Proxy};
use crate::referents::async_result;
use crate::referents::pool::{self, Mapping};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::time::Duration;

/// Workers that are given tasks: processes of a program, each of which runs entry after entry in the same instance. They are
/// daemons, so their entries cannot start processes. A guest sees a `Pool`.
///
/// A worker that dies is replaced. The task that it was at fails with `process-died`, and is not done again unless the pool
/// was made so. When the last proxy to a pool goes, its workers are ended; results that are not ready keep it.
///
/// ```no_run
/// # #[tokio::main]
/// # async fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let pool = manager.load("worker.wasm").await?.pool(4)?;
/// let one: i64 = pool.apply("square", (10,))?.get().await?;
/// let all: Vec<i64> = pool.map("square", &[1, 2, 3])?.get().await?;
/// let drawn = pool.imap::<i64, _>("square", &[1, 2, 3])?;
/// while let Some(square) = drawn.next().await? {
///     println!("{square}");
/// }
/// pool.close()?;
/// pool.join().await?;
/// # Ok(())
/// # }
/// ```
pub struct Pool {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed!(Pool, "Pool", of);

/// How a pool works.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PoolOptions {
    /// How many workers it has. Default: as many as the machine has processors.
    pub workers: Option<u64>,
    /// After how many chunks of tasks a worker is replaced by a new one. Default: never.
    pub chunks_per_worker: Option<u64>,
    /// How often a task that its worker did not survive is given to another one. Default: not at all.
    pub retries: u32,
    initializer: Option<(String, Vec<Item>)>,
}

impl PoolOptions {
    /// An entry that each worker runs before anything else, with a tuple of its arguments. If it fails, so does everything
    /// that the pool is given.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if an argument is no value.
    pub fn initializer<A: Serialize>(mut self, entry: &str, args: A) -> Result<Self, Error> {
        self.initializer = Some((entry.to_owned(), arguments(&args)?));
        Ok(self)
    }
}

/// How the entry of a pool's program is called for each of several items.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MapOptions {
    /// How many calls one worker takes at once. Default: one where the results are drawn one by one, else so many that there
    /// are about four chunks for each worker.
    pub chunk_size: Option<u64>,
    /// Whether each item is a tuple of arguments, rather than one.
    pub spread: bool,
}

/// Methods that are called when tasks are done, just before their result is ready.
#[derive(Clone, Debug, Default)]
pub struct Then(Callbacks);

impl Then {
    /// Calls a method of an object with the value.
    pub fn call(object: &Proxy, method: &str) -> Self {
        Self(Callbacks { value: Some(Callback { object: object.clone(), method: method.to_owned() }), error: None })
    }

    /// Calls a method of an object with the text of the error.
    pub fn or_else(mut self, object: &Proxy, method: &str) -> Self {
        self.0.error = Some(Callback { object: object.clone(), method: method.to_owned() });
        self
    }
}

impl Program {
    /// A pool of so many workers that run entries of this program.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if there are to be none, with `no-such-entry` if the program has no entries, with
    /// `quota-exceeded` if there is no room for so many processes.
    pub fn pool(&self, workers: u64) -> Result<Pool, Error> {
        self.pool_with(PoolOptions { workers: Some(workers), ..PoolOptions::default() })
    }

    /// The same, with options.
    ///
    /// # Errors
    ///
    /// As for [`pool`](Self::pool).
    pub fn pool_with(&self, options: PoolOptions) -> Result<Pool, Error> {
        let PoolOptions { workers, chunks_per_worker, retries, initializer } = options;
        let program = Some(self.name().to_owned());
        let options = pool::Options { workers, program, initializer, chunks_per_worker, retries };
        let caller = self.manager.objects().home().host();
        Ok(Pool { proxy: pool::Pool::create(&caller, options)?, of: PhantomData })
    }
}

impl Pool {
    /// Has a worker call an entry. `args` is a tuple of anything serde can serialise. Does not wait.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if the pool was closed or terminated, with `process-died` if its workers could not
    /// start, with `bad-value` if an argument is no value, with `not-exposed` or `revoked`, as for all methods.
    pub fn apply<R, A: Serialize>(&self, entry: &str, args: A) -> Result<AsyncResult<R>, Error> {
        self.apply_then(entry, args, Then::default())
    }

    /// The same, and calls back when it is done.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply).
    pub fn apply_then<R, A: Serialize>(&self, entry: &str, args: A, then: Then) -> Result<AsyncResult<R>, Error> {
        let proxy = pool::Pool::submit(&self.proxy, entry, arguments(&args)?, then.0)?;
        Ok(AsyncResult { proxy, results: PhantomData })
    }

    /// Has the workers call an entry for each of these items: what comes of it is what they return, in the order of the
    /// items, or the error of the first that failed. Calls that are behind it in the same chunk are left out. Does not wait.
    ///
    /// # Errors
    ///
    /// As for [`apply`](Self::apply), and `type` if the items cannot be gone over.
    pub fn map<R, I: Serialize>(&self, entry: &str, items: I) -> Result<AsyncResult<Vec<R>>, Error> {
        self.map_with(entry, items, MapOptions::default(), Then::default())
    }

    /// The same, with options.
    ///
    /// # Errors
    ///
    /// As for [`map`](Self::map), and `value` if a chunk is to be empty.
    pub fn map_with<R, I: Serialize>(
        &self,
        entry: &str,
        items: I,
        options: MapOptions,
        then: Then,
    ) -> Result<AsyncResult<Vec<R>>, Error> {
        let proxy = pool::Pool::map(&self.proxy, mapping(entry, items, options)?, then.0)?;
        Ok(AsyncResult { proxy, results: PhantomData })
    }

    /// Has the workers call an entry for each of these items: what they return is drawn one by one, in the order of the
    /// items. Where a call failed it is that error, and the iterator goes on.
    ///
    /// # Errors
    ///
    /// As for [`map`](Self::map).
    pub fn imap<R, I: Serialize>(&self, entry: &str, items: I) -> Result<Iter<R>, Error> {
        self.imap_with(entry, items, MapOptions::default(), true)
    }

    /// The same, in the order in which the workers are done.
    ///
    /// # Errors
    ///
    /// As for [`map`](Self::map).
    pub fn imap_unordered<R, I: Serialize>(&self, entry: &str, items: I) -> Result<Iter<R>, Error> {
        self.imap_with(entry, items, MapOptions::default(), false)
    }

    /// The same, with options, in the order of the items if it is to be `ordered`.
    ///
    /// # Errors
    ///
    /// As for [`map_with`](Self::map_with).
    pub fn imap_with<R, I: Serialize>(
        &self,
        entry: &str,
        items: I,
        options: MapOptions,
        ordered: bool,
    ) -> Result<Iter<R>, Error> {
        Iter::try_from(pool::Pool::imap(&self.proxy, mapping(entry, items, options)?, ordered)?)
    }

    /// Takes no more tasks. The workers go once all are done.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub fn close(&self) -> Result<(), Error> {
        Ok(pool::Pool::close(&self.proxy)?)
    }

    /// Ends the workers at once, and waits until they have ended. Tasks that are not done fail with `cancelled`.
    ///
    /// # Errors
    ///
    /// As for [`close`](Self::close).
    pub async fn terminate(&self) -> Result<(), Error> {
        Ok(pool::Pool::terminate(&self.proxy, &self.proxy.home().host()).await?)
    }

    /// Waits until the workers of a closed or terminated pool have gone.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if the pool is neither.
    pub async fn join(&self) -> Result<(), Error> {
        pool::Pool::join(&self.proxy, &self.proxy.home().host(), None).await?;
        Ok(())
    }
}

fn mapping<I: Serialize>(entry: &str, items: I, options: MapOptions) -> Result<Mapping, Error> {
    let MapOptions { chunk_size, spread } = options;
    let items = item(&items)?;
    Ok(Mapping { entry: entry.to_owned(), lead: Vec::new(), items, is_spread: spread, chunk: chunk_size })
}

/// What will come of tasks that a [`Pool`] was given, read as `R`. As long as they are not done it keeps the pool.
///
/// ```no_run
/// # async fn example(pool: commonhold::Pool) -> Result<(), commonhold::Error> {
/// let result = pool.apply::<i64, _>("square", (10,))?;
/// if !result.wait_timeout(std::time::Duration::from_secs(1)).await? {
///     println!("it takes its time");
/// }
/// assert_eq!(result.get().await?, 100);
/// # Ok(())
/// # }
/// ```
pub struct AsyncResult<R> {
    proxy: Proxy,
    results: PhantomData<fn() -> R>,
}

typed!(AsyncResult<R>, "AsyncResult", results);

impl<R: DeserializeOwned> AsyncResult<R> {
    /// What came of the tasks, anew each time; waits for it.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with the task's own error, or that of the first that failed; with `process-died` if its worker died,
    /// `cancelled` if the pool was terminated, `bad-value` if what was returned is no `R`.
    pub async fn get(&self) -> Result<R, Error> {
        match self.get_within(None).await? {
            Some(value) => Ok(value),
            None => Err(Error::Runtime("a wait without an end has ended".into())),
        }
    }

    /// The same, waiting so long at most: none if the tasks are not done in time.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub async fn get_timeout(&self, timeout: Duration) -> Result<Option<R>, Error> {
        self.get_within(Some(timeout)).await
    }

    async fn get_within(&self, timeout: Option<Duration>) -> Result<Option<R>, Error> {
        let outcome = async_result::AsyncResult::get(&self.proxy, &self.proxy.home().host(), timeout).await?;
        outcome.map(|item| read_item(&item)).transpose()
    }
}

impl<R> AsyncResult<R> {
    /// Waits until the tasks are done, so long at most; whether they are.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn wait_timeout(&self, timeout: Duration) -> Result<bool, Error> {
        Ok(async_result::AsyncResult::wait(&self.proxy, &self.proxy.home().host(), Some(timeout)).await?)
    }

    /// Whether the tasks are done.
    ///
    /// # Errors
    ///
    /// As for [`wait_timeout`](Self::wait_timeout).
    pub fn is_ready(&self) -> Result<bool, Error> {
        Ok(async_result::AsyncResult::is_ready(&self.proxy)?)
    }

    /// Whether the tasks are done and none has failed.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if they are not done.
    pub fn is_successful(&self) -> Result<bool, Error> {
        Ok(async_result::AsyncResult::is_successful(&self.proxy)?)
    }
}
