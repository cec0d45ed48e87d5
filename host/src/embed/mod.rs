//! The manager as an embedder uses it.

mod array;
mod barrier;
mod builder;
mod condition;
mod counter;
mod deque;
mod dict;
mod event;
mod fields;
mod first;
mod host_types;
mod iter;
mod keyvalue;
mod list;
mod lock;
mod pool;
mod process;
mod program;
mod provider;
mod queue;
mod rlock;
mod semaphore;
mod set;
mod typed;

pub use array::Array;
pub use barrier::Barrier;
pub use builder::Builder;
pub use condition::{Condition, ConditionGuard};
pub use counter::Counter;
pub use deque::Deque;
pub use dict::Dict;
pub use event::Event;
pub use fields::{Namespace, SharedValue};
pub use first::{First, Taken, Waitable};
pub use host_types::WeakManager;
pub use iter::Iter;
pub use list::List;
pub use lock::{Lock, LockGuard};
pub use pool::{AsyncResult, MapOptions, Pool, PoolOptions, Then};
pub use process::{Outcome, Process};
pub use program::{Program, SpawnOptions};
pub use provider::{ProvideOptions, Provider};
pub use queue::Queue;
pub use rlock::{RLock, RLockGuard};
pub use semaphore::{Permit, Semaphore};
pub use set::Set;

use crate::convert::arguments;
use crate::error::Error;
use crate::manager::{ObjectInfo, Objects, census, debug_info};
use crate::object::{Proxy, Rights};
use crate::process::Runtime;
use crate::sync::Arc;
use crate::wit::{Files, GuestCtx};
use commonhold_wire::Element;
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Handle;

/// Owns shared objects and runs the guests that share them.
///
/// # Threads
///
/// What does not have to wait for others is no `async fn`: it works on the thread that calls it, such as all methods of
/// [`List`], [`Dict`] and [`Set`]. Each takes the object's lock for as long as it works. Where that is long (it goes through tens
/// of thousands of items, or finds the lock taken by one that does), it uses tokio's
/// [`block_in_place`](tokio::task::block_in_place), so that the other tasks of the thread go on elsewhere:
///
/// - In a task of a multi-threaded runtime, that is what happens. What else the *same* task does, by `join!` or
///   `select!`, waits.
/// - On a current-thread runtime and in the future of a `block_on`, it just takes its time, and the other tasks of the
///   thread wait. Outside of any runtime, only the thread does.
/// - In a task that was spawned onto a [`LocalSet`](tokio::task::LocalSet) **on a multi-threaded runtime it panics**, and
///   only then when an operation takes long. Use a manager there by `spawn_blocking`, or run the `LocalSet` on a
///   current-thread runtime.
///
/// The same holds for the host functions that an embedder's own guest calls: see [`GuestCtx`].
///
/// Methods whose names end in `_blocking` are for threads without async: in an async context they are an error.
///
/// Cloning gives another handle to the same manager. When the last one is dropped, all processes are
/// ended, and what the embedder's own code waits for at that moment fails with `cancelled`;
/// [`shutdown`](Self::shutdown) also waits for the processes.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let squares = manager.list((0..10).map(|i| i * i))?;
/// assert_eq!(squares.get(4)?, 16);
/// assert_eq!(squares.to_string(), "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]");
/// drop(squares);
/// assert_eq!(manager.number_of_objects(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Manager {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Arc<Runtime>,
    /// The threads that run guests, where the embedder has none.
    own: Option<tokio::runtime::Runtime>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.runtime.request_kill_all();
        self.runtime.objects().home().cancel_host();
        self.runtime.objects().withdraw_all();
        drop(self.runtime.objects().stores().take());
        self.runtime.objects().forget_hosted();
        if let Some(own) = self.own.take() {
            // Waiting for it here could be in an async context, where one must not wait.
            own.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Manager").field("number_of_objects", &self.number_of_objects()).finish_non_exhaustive()
    }
}

impl Manager {
    /// A manager with the default settings.
    ///
    /// # Errors
    ///
    /// As for [`Builder::build`].
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// The settings for a manager.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Loads a program from a file: compiles it, or takes it from the cache. Its name is the file's,
    /// without the extension. A program of the same name is replaced for processes to come.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] if the file cannot be read, is no component, or was made for another world.
    pub async fn load(&self, path: impl AsRef<Path>) -> Result<Program, Error> {
        let path = path.as_ref();
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        self.load_as(&name, path).await
    }

    /// The same, under a name of one's own.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub async fn load_as(&self, name: &str, path: impl AsRef<Path>) -> Result<Program, Error> {
        let path = path.as_ref();
        let wasm = read(path)?;
        self.load_bytes(name, wasm, []).await.map_err(|error| match error {
            Error::Load { reason, .. } => Error::Load { program: path.display().to_string(), reason },
            other => other,
        })
    }

    /// Loads a program that is in memory, with files that guests can read by the interface `files`.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub async fn load_bytes(
        &self,
        name: &str,
        wasm: Vec<u8>,
        files: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<Program, Error> {
        let runtime = self.inner.runtime.clone();
        let (name, files): (_, Files) = (name.to_owned(), files.into_iter().collect());
        // Compiling takes seconds of a thread.
        let loading = self.inner.runtime.tokio().spawn_blocking(move || runtime.load(&name, wasm, files));
        let program = loading.await.map_err(|error| Error::Runtime(format!("compiling failed: {error}")))??;
        Ok(Program { manager: self.clone(), program })
    }

    /// The program that was loaded under a name.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with the kind `no-such-name` if there is none.
    pub fn program(&self, name: &str) -> Result<Program, Error> {
        Ok(Program { manager: self.clone(), program: self.inner.runtime.program(name)? })
    }

    /// A new shared list.
    ///
    /// # Errors
    ///
    /// If an item is not a value: see `docs/values.md`.
    pub fn list<T: Serialize>(&self, items: impl IntoIterator<Item = T>) -> Result<List<T>, Error> {
        List::create(self.objects(), items)
    }

    /// A new shared dict. Of entries with equal keys the last wins.
    ///
    /// # Errors
    ///
    /// If a key or an item is not a value, or a key is not hashable.
    pub fn dict<K: Serialize, V: Serialize>(
        &self,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Dict<K, V>, Error> {
        Dict::create(self.objects(), entries)
    }

    /// A new shared namespace without attributes.
    pub fn namespace(&self) -> Namespace {
        Namespace::create(self.objects())
    }

    /// A new shared value. A guest sees the type code as it is printed: `Value('q', 7)`.
    ///
    /// # Errors
    ///
    /// If it is not a value: see `docs/values.md`.
    pub fn value<T: Serialize>(&self, typecode: &str, it: &T) -> Result<SharedValue<T>, Error> {
        SharedValue::create(self.objects(), typecode, it)
    }

    /// A new shared array of these numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if it is too long.
    pub fn array<T: Element>(&self, numbers: &[T]) -> Result<Array<T>, Error> {
        Array::create(self.objects(), numbers)
    }

    /// A new shared set. Of equal elements the first stays.
    ///
    /// # Errors
    ///
    /// If an element is not a value, or is not hashable.
    pub fn set<T: Serialize>(&self, elements: impl IntoIterator<Item = T>) -> Result<Set<T>, Error> {
        Set::create(self.objects(), elements)
    }

    /// A new shared counter of these items.
    ///
    /// # Errors
    ///
    /// If an item is not a value, or is not hashable.
    pub fn counter<T: Serialize>(&self, items: impl IntoIterator<Item = T>) -> Result<Counter<T>, Error> {
        Counter::create(self.objects(), items)
    }

    /// A new shared deque. One with a greatest length keeps the last items.
    ///
    /// # Errors
    ///
    /// If an item is not a value: see `docs/values.md`.
    pub fn deque<T: Serialize>(
        &self,
        items: impl IntoIterator<Item = T>,
        max_len: Option<u64>,
    ) -> Result<Deque<T>, Error> {
        Deque::create(self.objects(), items, max_len)
    }

    /// A new shared lock, not taken.
    pub fn lock(&self) -> Lock {
        Lock::create(self.objects())
    }

    /// A new shared re-entrant lock, not taken.
    pub fn rlock(&self) -> RLock {
        RLock::create(self.objects())
    }

    /// A new shared semaphore with so many permits.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `overflow` if they are more than 2^63 - 1.
    pub fn semaphore(&self, permits: u64) -> Result<Semaphore, Error> {
        Semaphore::create(self.objects(), permits, false)
    }

    /// The same, which never has more permits than in the beginning.
    ///
    /// # Errors
    ///
    /// As for [`semaphore`](Self::semaphore).
    pub fn bounded_semaphore(&self, permits: u64) -> Result<Semaphore, Error> {
        Semaphore::create(self.objects(), permits, true)
    }

    /// A new shared condition, over a lock if the proxy to one is given, else over a re-entrant one of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is neither a `Lock` nor an `RLock`, with `not-exposed` if the proxy may not both
    /// acquire and release.
    pub fn condition(&self, lock: Option<&Proxy>) -> Result<Condition, Error> {
        Condition::create(self.objects(), lock)
    }

    /// A new shared event, whose flag is not set.
    pub fn event(&self) -> Event {
        Event::create(self.objects())
    }

    /// A new shared barrier for so many parties, and how long each waits unless it says otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if there is no party, with `overflow` if they are more than 2^63 - 1.
    pub fn barrier(&self, parties: u64, timeout: Option<Duration>) -> Result<Barrier, Error> {
        Barrier::create(self.objects(), parties, timeout, None)
    }

    /// The same, with something that is done each time all parties have come, before they go on: the last to come does
    /// it. If it fails, the barrier is broken: that one gets the error, and the others `broken-barrier`.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let rounds = manager.list::<i64>([])?;
    /// let noting = rounds.clone();
    /// let barrier = manager.barrier_with(2, None, move || {
    ///     let rounds = noting.clone();
    ///     async move { rounds.push(&1) }
    /// })?;
    /// tokio::try_join!(barrier.wait(), barrier.wait())?;
    /// assert_eq!(rounds.len()?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`barrier`](Self::barrier).
    pub fn barrier_with<F, W>(&self, parties: u64, timeout: Option<Duration>, action: F) -> Result<Barrier, Error>
    where
        F: Fn() -> W + Send + Sync + 'static,
        W: Future<Output = Result<(), Error>> + Send + 'static,
    {
        Barrier::acting(self.objects(), parties, timeout, action)
    }

    /// The same, done by a new process each time, which runs an entry of a program. The barrier holds the proxies among
    /// the arguments. Should the last to come die or give up meanwhile, the process is ended.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let program = manager.load("squares.wasm").await?;
    /// let results = manager.list::<i64>([])?;
    /// let barrier = manager.barrier_with_entry(4, None, &program, "sums_up", (&results,))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`barrier`](Self::barrier); `bad-value` if an argument is no value. What keeps the process from its work is
    /// told to the last party to come.
    pub fn barrier_with_entry<A: Serialize>(
        &self,
        parties: u64,
        timeout: Option<Duration>,
        program: &Program,
        entry: &str,
        args: A,
    ) -> Result<Barrier, Error> {
        Barrier::running(self.objects(), parties, timeout, program.name(), entry, arguments(&args)?)
    }

    /// A new shared queue for so many items at most; for any number if none or zero is given.
    pub fn queue<T>(&self, most: Option<u64>) -> Queue<T> {
        Queue::create(self.objects(), most, false)
    }

    /// The same, which knows which process has still to acknowledge how many items.
    pub fn joinable_queue<T>(&self, most: Option<u64>) -> Queue<T> {
        Queue::create(self.objects(), most, true)
    }

    /// Waits until one of several objects has something to give, so long at most if a timeout is given. That is taken
    /// from the first one and from no other: an item of a queue, a lock or a permit of a semaphore; an event that is set,
    /// or a process that has ended. Of those that can give at once it is the first in their order. None when the time is
    /// up, and if the future is dropped nothing is taken.
    ///
    /// ```
    /// use commonhold::{Error, Manager, Taken};
    /// use std::time::Duration;
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Error> {
    /// let manager = Manager::new()?;
    /// let (jobs, stop, lock) = (manager.queue::<String>(None), manager.event(), manager.lock());
    /// assert!(manager.wait_for_first(&[&jobs, &stop], Some(Duration::from_millis(1))).await?.is_none());
    ///
    /// jobs.put(&"a".to_owned()).await?;
    /// stop.set()?;
    /// let first = manager.wait_for_first(&[&jobs, &stop], None).await?.expect("without a timeout");
    /// assert_eq!(first.index(), 0);
    /// assert_eq!(first.item::<String>()?, "a");
    ///
    /// let first = manager.wait_for_first(&[&jobs, &lock, &stop], None).await?.expect("without a timeout");
    /// let Taken::Lock(guard) = first.into_taken() else { panic!("the lock is free") };
    /// assert!(lock.is_locked()?);
    /// drop(guard);
    /// assert!(!lock.is_locked()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if an object cannot be waited for, with `value` if there is none, with `quota-exceeded`
    /// if there are more than 4096, with `shut-down` if one of them is a queue that is empty and was shut down.
    pub async fn wait_for_first(
        &self,
        objects: &[&(dyn Waitable + Sync)],
        timeout: Option<Duration>,
    ) -> Result<Option<First>, Error> {
        first::first(self.objects().home(), objects, timeout).await
    }

    /// Waits on this thread until something is done, for callers without async.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let queue = manager.queue(None);
    /// manager.block_on(queue.put(&7))??;
    /// assert_eq!(manager.block_on(queue.get())??, 7);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] in an async context, whose other work this would keep waiting.
    pub fn block_on<F: Future>(&self, future: F) -> Result<F::Output, Error> {
        block_on(self.inner.runtime.tokio(), future)
    }

    /// A new object of any type, by the type's name: a provider's types too. `args` is a tuple of
    /// the constructor's arguments. Waits if a provider implements the type.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with the kind `no-such-type`, or what the constructor reports.
    pub async fn create<A: Serialize>(&self, typeid: &str, args: A) -> Result<Proxy, Error> {
        self.create_with(typeid, args, None).await
    }

    /// The same, with less than all rights for the proxy.
    ///
    /// # Errors
    ///
    /// As for [`create`](Self::create).
    pub async fn create_with<A: Serialize>(
        &self,
        typeid: &str,
        args: A,
        rights: Option<&Rights>,
    ) -> Result<Proxy, Error> {
        let caller = self.objects().home().host();
        Ok(self.objects().create(&caller, typeid, arguments(&args)?, Vec::new(), rights).await?)
    }

    /// Publishes an object under a name, for guests that were [granted](Builder::grant_names) it to find, with the rights
    /// that the proxy has: [narrow](Proxy::narrow) it first to give fewer, and revoke that to take back what was found. It
    /// stays until it is withdrawn or the manager is shut down.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let words = manager.list(["one"])?;
    /// manager.publish("words", words.proxy())?;
    /// assert_eq!(manager.look_up("words")?, *words.proxy());
    /// assert_eq!(manager.names(), ["words"]);
    /// manager.withdraw("words")?;
    /// assert!(manager.look_up("words").is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `value` if the name is taken, or is none: it has from 1 to 255 bytes, without control characters
    /// and `*`.
    pub fn publish(&self, name: &str, proxy: &Proxy) -> Result<(), Error> {
        Ok(self.objects().publish(&self.objects().home().host(), name, proxy)?)
    }

    /// Takes a name back, whoever has published it. Who has looked it up keeps what was found.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `no-such-name` if it is not there.
    pub fn withdraw(&self, name: &str) -> Result<(), Error> {
        Ok(self.objects().withdraw(&self.objects().home().host(), name)?)
    }

    /// A proxy to the object of a name, with the rights that it was published with, whoever has published it.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `no-such-name` if it is not there.
    pub fn look_up(&self, name: &str) -> Result<Proxy, Error> {
        Ok(self.objects().look_up(&self.objects().home().host(), name)?)
    }

    /// All published names, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        self.objects().published(&self.objects().home().host())
    }

    /// How many objects are alive, whoever holds them.
    pub fn number_of_objects(&self) -> u64 {
        self.objects().home().number_of_objects()
    }

    /// How many processes have not ended.
    pub fn number_of_processes(&self) -> usize {
        self.inner.runtime.number_of_processes()
    }

    /// One paragraph for each live object: its holders, the start of its text, and where its holders
    /// are. That of a process also tells whom it waits for.
    pub fn debug_info(&self) -> String {
        debug_info(self.objects(), |_| true, |_| true)
    }

    /// What is known of each live object, by id: for tests and inspectors.
    pub fn census(&self) -> Vec<ObjectInfo> {
        census(self.objects())
    }

    /// The ids of the objects to which a process holds proxies, one for each proxy that it holds.
    /// Exact while the process waits or has ended.
    pub fn held_by(&self, process: &Process) -> Vec<u64> {
        self.objects().held_by(process.proxy().id())
    }

    /// Whether nothing is left to free of what has lost its last holder: large structures are freed
    /// by a thread of their own.
    pub fn is_settled(&self) -> bool {
        crate::object::freeing::is_settled()
    }

    /// What goes into the store of an embedder's own guest: see [`GuestCtx`]. It may use the names that were granted to
    /// all guests.
    pub fn guest(&self, name: &str) -> GuestCtx {
        let limits = self.inner.runtime.limits();
        let caller = self.objects().caller(name);
        caller.actor.grant_names(Arc::new(self.inner.runtime.names().clone()));
        let (objects, runtime) = (self.objects().clone(), self.inner.runtime.clone());
        GuestCtx::with(objects, runtime, caller, limits.proxies, limits.value_bytes)
    }

    /// Ends all processes and waits until everything that they held has been released. What the embedder's own code
    /// waits for at that moment, other than the ends of processes, fails with `cancelled`. All names are withdrawn, and no
    /// dict is a store of `wasi:keyvalue` any more.
    pub async fn shutdown(&self) {
        self.objects().home().cancel_host();
        self.inner.runtime.kill_all().await;
        self.objects().withdraw_all();
        drop(self.objects().stores().take());
    }

    fn objects(&self) -> &Arc<Objects> {
        self.inner.runtime.objects()
    }

    fn runtime(&self) -> &Arc<Runtime> {
        &self.inner.runtime
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::Load {
        program: path.display().to_string(),
        reason: match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            std::io::ErrorKind::IsADirectory => "it is a directory".into(),
            _ => error.to_string(),
        },
    })
}

/// Runs a future to its end on this thread, outside of any async runtime.
fn block_on<F: Future>(runtime: &Handle, future: F) -> Result<F::Output, Error> {
    if Handle::try_current().is_ok() {
        return Err(Error::Runtime(
            "a blocking call would keep this async thread from its other work: await instead".into(),
        ));
    }
    Ok(runtime.block_on(future))
}
