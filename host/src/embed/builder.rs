use super::{Inner, Manager};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{NameGrants, home};
use crate::process::{Grants, Limits, Runtime, Settings};
use crate::referents::hosted::{HostType, Registered};
use crate::sync::Arc;
use crate::wit::FaultHook;
use std::path::PathBuf;
use tokio::runtime::{Handle, RuntimeFlavor};

/// Settings for a [`Manager`].
#[must_use]
pub struct Builder {
    limits: Limits,
    processes: usize,
    container_length: usize,
    refuses_cycles: bool,
    cache: CacheChoice,
    grants: Grants,
    names: NameGrants,
    fault_hook: Option<Arc<FaultHook>>,
    types: Vec<Result<Arc<dyn Registered>, Error>>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            processes: 10_000,
            container_length: home::Limits::default().container_length,
            refuses_cycles: false,
            cache: CacheChoice::Default,
            grants: Grants { output: true, ..Grants::default() },
            names: NameGrants::default(),
            fault_hook: None,
            types: Vec::new(),
        }
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("limits", &self.limits)
            .field("processes", &self.processes)
            .field("container_length", &self.container_length)
            .field("refuses_cycles", &self.refuses_cycles)
            .field("cache", &self.cache)
            .field("grants", &self.grants)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
enum CacheChoice {
    Default,
    At(PathBuf),
    Off,
}

impl Builder {
    /// What each process may use, unless [`SpawnOptions`](crate::SpawnOptions) say otherwise.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many processes may run at one time. Default: 10,000.
    pub fn max_processes(mut self, processes: usize) -> Self {
        self.processes = processes;
        self
    }

    /// How many items one container may have. Default: 268,435,456.
    pub fn max_container_length(mut self, length: usize) -> Self {
        self.container_length = length;
        self
    }

    /// Whether a wait without a timeout that closes a cycle of waits for ends of processes and for locks which only their
    /// owners can release is a `deadlock` error at once. The call that came last fails; the others wait on. Default: no,
    /// and the cycle is logged and told by [`Manager::debug_info`], and lasts until one of its processes is killed.
    ///
    /// One with a provider's answer in it is refused in any case, and one through a [`Lock`](crate::Lock) never, which anybody may
    /// release.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::builder().refuse_cycles(true).build()?;
    /// # drop(manager);
    /// # Ok(())
    /// # }
    /// ```
    pub fn refuse_cycles(mut self, refuse: bool) -> Self {
        self.refuses_cycles = refuse;
        self
    }

    /// Where compiled programs are kept. Default: `commonhold` in the user's cache directory.
    pub fn cache_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cache = CacheChoice::At(dir.into());
        self
    }

    /// Compiles each program anew.
    pub fn no_cache(mut self) -> Self {
        self.cache = CacheChoice::Off;
        self
    }

    /// Grants all guests a directory of the host, to read and to write, under a path of its own.
    pub fn dir(mut self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        self.grants.dirs.push((host.into(), guest.into()));
        self
    }

    /// Sets an environment variable for all guests.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.grants.env.push((name.into(), value.into()));
        self
    }

    /// Grants all guests names to look up and to publish, unless [`SpawnOptions`](crate::SpawnOptions) say otherwise. Default: none.
    ///
    /// ```
    /// use commonhold::{Manager, NameGrants};
    ///
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let grants = NameGrants::new().look_up("jobs").publish("results/*");
    /// let manager = Manager::builder().grant_names(grants).build()?;
    /// let jobs = manager.queue::<String>(None);
    /// manager.publish("jobs", jobs.proxy())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn grant_names(mut self, grants: NameGrants) -> Self {
        self.names = self.names.and(grants);
        self
    }

    /// Whether guests write to the host's standard output and error. Default: yes.
    pub fn output(mut self, output: bool) -> Self {
        self.grants.output = output;
        self
    }

    /// Registers a type that the embedder implements: see [`Manager::register`]. What is wrong with it is told by
    /// [`build`](Self::build).
    ///
    /// ```
    /// use commonhold::{HostType, Manager};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), commonhold::Error> {
    /// let tally = HostType::<i64>::new("Tally")
    ///     .constructor("start=0", |start: i64| start)
    ///     .method("add(by=1)", |tally: &mut i64, by: i64| *tally += by)
    ///     .reading("total()", |tally: &i64| *tally);
    /// let manager = Manager::builder().register(tally).build()?;
    ///
    /// let tally = manager.create("Tally", (5,)).await?;
    /// tally.call::<_, ()>("add", ()).await?;
    /// assert_eq!(tally.call::<_, i64>("total", ()).await?, 6);
    /// # Ok(())
    /// # }
    /// ```
    pub fn register<T: Send + 'static>(mut self, host_type: HostType<T>) -> Self {
        self.types.push(host_type.finish());
        self
    }

    /// Has a hook decide about every host call of every guest: for tests of what remains of a guest
    /// that was stopped there.
    pub fn fault_hook(mut self, hook: Arc<FaultHook>) -> Self {
        self.fault_hook = Some(hook);
        self
    }

    /// Makes the manager. It runs its guests on the tokio runtime that this is called in, which has
    /// to be a multi-threaded one, or outside of any on one of its own.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] on a current-thread runtime, where a guest that computes would keep
    /// everybody waiting, and if the system has no threads to give; [`Error::Register`] if there is something wrong with a
    /// type that was registered.
    pub fn build(self) -> Result<Manager, Error> {
        let (tokio, own) = match Handle::try_current() {
            Ok(handle) if handle.runtime_flavor() == RuntimeFlavor::CurrentThread => {
                return Err(Error::Runtime(
                    "a manager needs a multi-threaded tokio runtime, not a current-thread one".into(),
                ));
            }
            Ok(handle) => (handle, None),
            Err(_) => {
                let own = tokio::runtime::Builder::new_multi_thread()
                    .enable_all()
                    .thread_name("commonhold-worker")
                    .build()
                    .map_err(|error| Error::Runtime(format!("no threads to run guests: {error}")))?;
                (own.handle().clone(), Some(own))
            }
        };
        let objects = Objects::new(home::Limits { container_length: self.container_length, ..home::Limits::default() });
        objects.home().waits().refuse_cycles(self.refuses_cycles);
        for host_type in self.types {
            objects.enter_host(host_type?)?;
        }
        let settings = Settings {
            tokio,
            cache: cache(&self.cache),
            limits: self.limits,
            processes: self.processes,
            grants: self.grants,
            names: self.names,
            fault_hook: self.fault_hook,
        };
        Ok(Manager { inner: Arc::new(Inner { runtime: Runtime::new(objects, settings), own }) })
    }
}

/// The cache of compiled programs. Without one everything works, only slower, so what keeps it from
/// being used is not an error.
fn cache(choice: &CacheChoice) -> Option<wasmtime::Cache> {
    let dir = match choice {
        CacheChoice::Off => return None,
        CacheChoice::At(dir) => dir.clone(),
        CacheChoice::Default => cache_dir()?.join("compiled"),
    };
    let usable = std::fs::create_dir_all(&dir).map_err(wasmtime::Error::from).and_then(|()| {
        let mut config = wasmtime::CacheConfig::new();
        config.with_directory(std::path::absolute(&dir)?);
        wasmtime::Cache::new(config)
    });
    match usable {
        Ok(cache) => Some(cache),
        Err(error) => {
            tracing::warn!("programs are compiled anew each time: no cache in {}: {error:#}", dir.display());
            None
        }
    }
}

/// `commonhold` in the user's cache directory, if there is one.
pub(crate) fn cache_dir() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = set("XDG_CACHE_HOME").filter(|dir| dir.is_absolute()).or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(caches.join("commonhold"))
}
