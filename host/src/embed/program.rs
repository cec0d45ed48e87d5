use super::{Manager, Process, ProvideOptions, Provider};
use crate::convert::arguments;
use crate::error::Error;
use crate::object::{NameGrants, Proxy};
use crate::process::{self, Given, Limits};
use crate::referents::dict::Dict;
use crate::referents::expect_type;
use crate::referents::process::Start;
use crate::sync::Arc;
use serde::Serialize;

/// A loaded program. Cloning gives another handle to it.
#[derive(Clone)]
pub struct Program {
    pub(super) manager: Manager,
    pub(super) program: Arc<process::Program>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("name", &self.name()).finish_non_exhaustive()
    }
}

/// How a process is started.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct SpawnOptions {
    /// What it may use, if not what the manager's other processes may.
    pub limits: Option<Limits>,
    /// Its name, of 255 bytes at most, if not that of the program and the entry.
    pub name: Option<String>,
    /// Whether it can start no processes itself.
    pub daemon: bool,
    /// Which names it and all that it starts may use, if not those that were granted to all guests and to its program.
    pub names: Option<NameGrants>,
    /// What it may open as stores of `wasi:keyvalue`, besides what all processes may.
    pub keyvalue_stores: Vec<(String, Proxy)>,
}

impl SpawnOptions {
    /// Those that [`Program::spawn`] uses.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), commonhold::Error> {
    /// # let manager = commonhold::Manager::new()?;
    /// let program = manager.load("worker.wasm").await?;
    /// let options = commonhold::SpawnOptions::new().name("the first of many").daemon(true);
    /// let process = program.spawn_with("main", ("argument",), options)?;
    /// assert_eq!(process.name()?, "the first of many");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// What the process may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// The process's name, by which messages, logs and lists call it.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Whether the process can start no processes itself, as Python's daemons. The host's own processes end when it
    /// ends them, or its manager.
    #[must_use]
    pub fn daemon(mut self, daemon: bool) -> Self {
        self.daemon = daemon;
        self
    }

    /// Which names the process and all that it starts may look up and publish: these, and none of those that were
    /// granted to all guests or to its program.
    #[must_use]
    pub fn names(mut self, names: NameGrants) -> Self {
        self.names = Some(names);
        self
    }

    /// Grants the process, and nobody else, a dict as a store of `wasi:keyvalue`, with the rights of the proxy; it is
    /// held until the process ends. It goes before a store of that name that all processes
    /// [may open](crate::Manager::keyvalue_store).
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), commonhold::Error> {
    /// # let manager = commonhold::Manager::new()?;
    /// let program = manager.load("session.wasm").await?;
    /// let (alice, bob) = (manager.dict([("name", "Alice")])?, manager.dict([("name", "Bob")])?);
    /// for session in [&alice, &bob] {
    ///     let options = commonhold::SpawnOptions::new().keyvalue_store("session", session.proxy());
    ///     program.spawn_with("main", (), options)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keyvalue_store(mut self, name: impl Into<String>, dict: &Proxy) -> Self {
        self.keyvalue_stores.push((name.into(), dict.clone()));
        self
    }
}

impl Program {
    /// The name by which guests can spawn it.
    pub fn name(&self) -> &str {
        self.program.name()
    }

    /// Whether it has entries that can be run. A WASI command has one, `main`.
    pub fn has_entries(&self) -> bool {
        self.program.runs()
    }

    /// Whether it implements shared types.
    pub fn is_provider(&self) -> bool {
        self.program.provides()
    }

    /// Grants names to the processes of this program, beside those that were granted to all guests: to those that the
    /// embedder starts from now on, and to its providers. What these start may use the names that they may.
    pub fn grant_names(&self, grants: NameGrants) {
        self.program.grant_names(grants);
    }

    /// Starts a process that runs an entry. `args` is a tuple of anything serde can serialise,
    /// proxies included; they are held from now on until the process drops them. Does not wait.
    ///
    /// The arguments of a WASI command, a program that exports `wasi:cli/run`, are texts, which it finds after its name
    /// in what it takes for its command line; its entry is `main`.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with the kind `quota-exceeded` if there are too many processes,
    /// `no-such-entry` if the program has none at all, `bad-value` if an argument is no value, `type` if it is none for
    /// a WASI command. An unknown entry is the process's own error.
    pub fn spawn<A: Serialize>(&self, entry: &str, args: A) -> Result<Process, Error> {
        self.spawn_with(entry, args, SpawnOptions::default())
    }

    /// The same, with options.
    ///
    /// # Errors
    ///
    /// As for [`spawn`](Self::spawn), and `value` if the name is too long, `type` if a store is not a dict.
    pub fn spawn_with<A: Serialize>(&self, entry: &str, args: A, options: SpawnOptions) -> Result<Process, Error> {
        let runtime = self.manager.runtime();
        let SpawnOptions { limits, name, daemon, names, keyvalue_stores: stores } = options;
        let limits = limits.unwrap_or_else(|| runtime.limits().clone());
        let start = Start { name: name.as_deref(), daemon, parent: None };
        for (_, dict) in &stores {
            expect_type::<Dict>(dict, "dict")?;
        }
        let given = Given { names: names.map(Arc::new), stores };
        let process = runtime.start(&self.program, entry, arguments(&args)?, limits, given, start)?;
        Ok(Process::new(process, runtime.tokio().clone()))
    }

    /// Starts the program as a provider: from when this returns, its types can be created by their
    /// names. Waits until it has described them; if that is given up, the provider is ended.
    ///
    /// # Errors
    ///
    /// [`Error::Load`] if the program is no provider, or describes types that cannot be. [`Error::Call`] with
    /// `quota-exceeded` if as many processes run as may, with `cancelled` if the manager is closed.
    pub async fn provide(&self) -> Result<Process, Error> {
        let runtime = self.manager.runtime();
        let (process, _) = runtime.provide_for_everybody(&self.program, runtime.limits().clone(), false).await?;
        Ok(Process::new(process, runtime.tokio().clone()))
    }

    /// The same, with options.
    ///
    /// # Errors
    ///
    /// As for [`provide`](Self::provide).
    pub async fn provide_with(&self, options: ProvideOptions) -> Result<Provider, Error> {
        let runtime = self.manager.runtime();
        let ProvideOptions { limits, restart } = options;
        let limits = limits.unwrap_or_else(|| runtime.limits().clone());
        let (_, service) = runtime.provide_for_everybody(&self.program, limits, restart).await?;
        Ok(Provider::new(self.manager.objects().clone(), service, runtime.tokio().clone()))
    }
}
