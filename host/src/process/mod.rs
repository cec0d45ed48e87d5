//! Programs and the processes that run them: each process is one wasmtime store with one instance
//! in it, in one tokio task.
//!
//! # How a process ends
//!
//! Killing is dropping: the future that runs the guest is dropped wherever it waits, be it in a
//! host call or, once every tick, in the middle of a loop. Whichever way it ends, the order is the
//! same. What the guest returned is turned into holders of its own; its locks are settled by the
//! rules of death; its table is emptied, and all that goes with it freed; its store is dropped; its
//! daemon children are ended; if it came to its own end, its other children are waited for; and only
//! then do those who wait for its end come to know. So when a join or a kill returns, everything
//! that the process held has been released.

mod engine;
mod limits;
mod pool;
mod program;
mod provider;
mod room;
mod run;
mod service;

pub use limits::Limits;
pub(crate) use program::{COMMAND, CUSTOM_TYPES, Program};
pub(crate) use service::Service;

use crate::error::Error;
use crate::manager::Objects;
use crate::object::{BoxFuture, CallError, Caller, Crew, Item, NameGrants, Outcome, Programs, Proxy, Referent, shown};
use crate::referents::process::{Process, Start, Way};
use crate::sync::{Arc, Mutex, RwLock, Weak};
use crate::wit::{FaultHook, Files, Spawner};
use commonhold_wire::ErrorKind;
use engine::Engines;
use limits::{Place, Places};
use program::Codes;
use room::Room;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the guests get of the outside world. Nothing, unless it is granted here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    /// Directories of the host, and the paths under which guests see them.
    pub(crate) dirs: Vec<(PathBuf, String)>,
    /// Environment variables.
    pub(crate) env: Vec<(String, String)>,
    /// Whether guests write to the host's stdout and stderr.
    pub(crate) output: bool,
}

/// What a process is given besides its arguments.
pub(crate) struct Given {
    /// Which names it may use, if not those that the host has granted to its program.
    pub(crate) names: Option<Arc<NameGrants>>,
    /// Dicts that it may open as stores of `wasi:keyvalue`.
    pub(crate) stores: Vec<(String, Proxy)>,
}

/// All that runs guests.
pub(crate) struct Runtime {
    objects: Arc<Objects>,
    engines: Engines,
    codes: Codes,
    tokio: tokio::runtime::Handle,
    programs: RwLock<BTreeMap<String, Arc<Program>>>,
    places: Arc<Places>,
    room: Room,
    limits: Limits,
    grants: Grants,
    /// Which names the host's own processes may use.
    names: NameGrants,
    fault_hook: Option<Arc<FaultHook>>,
    /// The processes that have not ended, to be ended with the manager.
    live: Mutex<BTreeMap<u64, Arc<Referent>>>,
    /// The workers of pools, to be ended with the manager.
    crews: Mutex<Vec<Weak<Crew>>>,
    /// The providers that are started again when they have died, which they are not any more with the manager.
    services: Mutex<Vec<Weak<Service>>>,
    /// This runtime, for what it starts.
    this: Weak<Self>,
}

/// What a runtime is made of.
pub(crate) struct Settings {
    pub(crate) tokio: tokio::runtime::Handle,
    pub(crate) cache: Option<wasmtime::Cache>,
    pub(crate) limits: Limits,
    pub(crate) processes: usize,
    pub(crate) grants: Grants,
    pub(crate) names: NameGrants,
    pub(crate) fault_hook: Option<Arc<FaultHook>>,
}

impl Runtime {
    pub(crate) fn new(objects: Arc<Objects>, settings: Settings) -> Arc<Self> {
        let Settings { tokio, cache, limits, processes, grants, names, fault_hook } = settings;
        let runtime = Arc::new_cyclic(|this: &Weak<Self>| Self {
            objects,
            engines: Engines::new(cache),
            codes: Codes::default(),
            tokio,
            programs: RwLock::default(),
            places: Places::new(processes),
            room: Room::new(),
            limits,
            grants,
            names,
            fault_hook,
            live: Mutex::default(),
            crews: Mutex::default(),
            services: Mutex::default(),
            this: this.clone(),
        });
        let programs: Arc<dyn Programs> = runtime.clone();
        runtime.objects.home().set_programs(Arc::downgrade(&programs));
        runtime
    }

    pub(crate) fn objects(&self) -> &Arc<Objects> {
        &self.objects
    }

    pub(crate) fn tokio(&self) -> &tokio::runtime::Handle {
        &self.tokio
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// How many processes have not ended.
    pub(crate) fn number_of_processes(&self) -> usize {
        self.places.taken()
    }

    /// Compiles a program, or takes it from the cache, and remembers it under its name, in place of
    /// an older one. Takes from milliseconds to seconds.
    pub(crate) fn load(&self, name: &str, wasm: Vec<u8>, files: Files) -> Result<Arc<Program>, Error> {
        let metered = self.limits.fuel.is_some();
        let program = Arc::new(Program::load(&self.codes, &self.engines, name, wasm, files, metered)?);
        self.programs.write().insert(name.to_owned(), program.clone());
        Ok(program)
    }

    /// The program of that name.
    pub(crate) fn program(&self, name: &str) -> Outcome<Arc<Program>> {
        let programs = self.programs.read();
        programs.get(name).cloned().ok_or_else(|| {
            let known: Vec<_> = programs.keys().map(String::as_str).collect();
            CallError::new(
                ErrorKind::NoSuchName,
                format!(
                    "no program '{}' (there is {})",
                    shown(name),
                    if known.is_empty() { "none".into() } else { known.join(", ") }
                ),
            )
        })
    }

    /// Which names the host's own guests may use.
    pub(crate) fn names(&self) -> &NameGrants {
        &self.names
    }

    /// Which names a process of the host's own may use that runs a program.
    fn names_of(&self, program: &Program) -> Arc<NameGrants> {
        Arc::new(self.names.clone().and(program.names()))
    }

    /// Starts a process. It may use the names that are given, or else those that the host has granted to the program.
    pub(crate) fn start(
        &self,
        program: &Arc<Program>,
        entry: &str,
        args: Vec<Item>,
        limits: Limits,
        given: Given,
        start: Start<'_>,
    ) -> Outcome<Proxy> {
        let Some(this) = self.this.upgrade() else {
            return Err(CallError::new(ErrorKind::Cancelled, "the manager is closing"));
        };
        expect_entries(program)?;
        let argv = if program.is_command() { arguments_of_command(program, entry, &args)? } else { Vec::new() };
        let (process, place) = self.new_process(program, entry, start)?;
        let Given { names, stores } = given;
        let names = names.unwrap_or_else(|| self.names_of(program));
        let own = run::Own { argv, stores };
        let job =
            run::Job { program: program.clone(), process: process.clone(), limits, names, place, service: None, own };
        if program.is_command() {
            self.tokio.spawn(run::run_command(this, job));
            return Ok(process);
        }
        args.iter().for_each(Item::moved);
        let entry = entry.to_owned();
        self.tokio.spawn(run::run(this, job, entry, args));
        Ok(process)
    }

    /// A process that is about to run, and its place among those that do.
    fn new_process(&self, program: &Program, entry: &str, start: Start<'_>) -> Outcome<(Proxy, Place)> {
        self.process_at(self.take_place()?, program, entry, start)
    }

    /// The same with a place that it has already.
    fn process_at(&self, place: Place, program: &Program, entry: &str, start: Start<'_>) -> Outcome<(Proxy, Place)> {
        let process = Process::start(self.objects.home(), program.name(), entry, start)?;
        self.live.lock().insert(process.id(), process.referent().clone());
        Ok((process, place))
    }

    fn take_place(&self) -> Outcome<Place> {
        self.places.take().ok_or_else(|| {
            CallError::new(
                ErrorKind::QuotaExceeded,
                format!("{} processes are running already, and no more may", self.places.most()),
            )
        })
    }

    /// Asks all processes to end, and waits until they have.
    pub(crate) async fn kill_all(&self) {
        // Again and again: one may just have started another.
        loop {
            let crews = self.terminate_pools();
            self.stop_services();
            let live: Vec<_> = self.live.lock().values().cloned().collect();
            if live.is_empty() && crews.is_empty() {
                return;
            }
            live.iter().for_each(|process| request_kill(process));
            for process in live.iter().filter_map(|process| Process::in_memory(process)) {
                // It has no reason to fail.
                let _ended = process.wait(&self.objects.home().host()).await;
            }
            // A worker's place is its seat's, which it does not leave before its end is told.
            for crew in crews {
                crew.gone().await;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Asks all processes to end.
    pub(crate) fn request_kill_all(&self) {
        let _leaving = self.terminate_pools();
        self.stop_services();
        let live: Vec<_> = self.live.lock().values().cloned().collect();
        live.iter().for_each(|process| request_kill(process));
    }
}

/// Fails unless the program has entries.
fn expect_entries(program: &Program) -> Outcome<()> {
    if program.runs() {
        return Ok(());
    }
    let message = format!("program '{}' is a provider only: it has no entries to run", program.name());
    Err(CallError::new(ErrorKind::NoSuchEntry, message))
}

/// What a WASI command gets as its arguments: its name, and then texts.
fn arguments_of_command(program: &Program, entry: &str, args: &[Item]) -> Outcome<Vec<String>> {
    let name = program.name();
    if entry != "main" {
        let message = format!("program '{name}' is a WASI command: its only entry is 'main', not '{}'", shown(entry));
        return Err(CallError::new(ErrorKind::NoSuchEntry, message));
    }
    let text = |item: &Item| match item {
        Item::Text(text) => Ok(text.to_string()),
        other => {
            let message =
                format!("program '{name}' is a WASI command: its arguments are texts, not '{}'", other.type_name());
            Err(CallError::new(ErrorKind::Type, message))
        }
    };
    std::iter::once(Ok(name.to_owned())).chain(args.iter().map(text)).collect()
}

/// Asks a process to end. What the runtime keeps of its processes is their memory; only the running process itself is
/// a holder.
fn request_kill(process: &Referent) {
    if let Some(process) = Process::in_memory(process) {
        process.request_kill(Way::Kill);
    }
}

impl Spawner for Runtime {
    fn spawn(
        &self,
        program: &str,
        entry: &str,
        args: Vec<Item>,
        names: Option<Arc<NameGrants>>,
        start: Start<'_>,
    ) -> Outcome<Proxy> {
        let given = Given { names, stores: Vec::new() };
        self.start(&self.program(program)?, entry, args, self.limits.clone(), given, start)
    }

    fn provide<'a>(
        &'a self,
        caller: &'a Caller,
        program: &'a str,
        args: Vec<Item>,
        start: Start<'a>,
    ) -> BoxFuture<'a, Outcome<Proxy>> {
        Box::pin(self.provide_for_holders(caller, program, args, start))
    }
}
