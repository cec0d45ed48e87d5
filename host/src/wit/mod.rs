//! The WIT interfaces, as thin implementations over the objects: they convert, and contain no
//! semantics.
//!
//! Besides the manager's own processes, this serves embedders who have an engine, a world and a
//! [`Store`](wasmtime::Store) of their own: [`GuestCtx`] goes into the store's data, [`GuestView`]
//! finds it there, and [`add_to_linker`] adds the interfaces.

mod arrays;
mod async_results;
mod barriers;
pub(crate) mod bindings;
mod codecs;
mod conditions;
mod convert;
mod counters;
mod deques;
mod dicts;
mod events;
mod exchange;
mod faults;
mod iterators;
pub mod keyvalue;
mod lists;
mod locks;
mod names;
mod namespaces;
mod objects;
mod pools;
mod processes;
mod providers;
mod queues;
mod rlocks;
mod semaphores;
mod sets;
mod values;
mod waiting;

use crate::manager::{Objects, Stores, Table};
use crate::object::{BoxFuture, CallError, Caller, Item, NameGrants, Outcome, Proxy, Referent};
use crate::referents::custom::Provider;
use crate::referents::dict::Seen;
use crate::referents::process::{Process, Start, Way};
use crate::sync::{Arc, Weak};
use bindings::imports::commonhold::manager as imports;
pub use exchange::Lent;
use faults::Faults;
pub use faults::{Fault, FaultHook};
pub use processes::Exit;
use std::collections::BTreeMap;
use wasmtime::component::{HasData, Linker};

/// The files that are packaged with a program, by their paths.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What a guest's resource `proxy` stands for: a slot of its [`GuestCtx`].
#[derive(Debug)]
pub enum Slot {}

/// Starts processes for guests.
pub(crate) trait Spawner: Send + Sync {
    /// Starts a process of the named program, which may use these names.
    fn spawn(
        &self,
        program: &str,
        entry: &str,
        args: Vec<Item>,
        names: Option<Arc<NameGrants>>,
        start: Start<'_>,
    ) -> Outcome<Proxy>;

    /// Starts a provider of the named program, whose types are known through its proxy alone, and waits until they are.
    /// It may use the names that the caller may use.
    fn provide<'a>(
        &'a self,
        caller: &'a Caller,
        program: &'a str,
        args: Vec<Item>,
        start: Start<'a>,
    ) -> BoxFuture<'a, Outcome<Proxy>>;
}

/// What runs as a guest: its name, and what belongs to it.
#[derive(Clone)]
pub(crate) struct Running {
    /// The name of the program.
    pub(crate) program: String,
    pub(crate) files: Arc<Files>,
    /// The process.
    pub(crate) process: Proxy,
}

/// The state of one guest, to be kept in its store's data: the proxies that it holds, and who it is
/// when it acts.
///
/// Dropping it drops the proxies, and releases the locks that the guest still had as abandoned; call
/// [`finish`](Self::finish) first if the guest ended normally. A guest that has trapped has ended: drop its store.
///
/// This is for embedders who have an engine and a world of their own, and only want the interfaces:
///
/// ```no_run
/// use commonhold::{GuestCtx, GuestView, Manager};
/// use wasmtime::component::{Component, Linker};
/// use wasmtime::{Engine, Store};
///
/// mod bindings {
///     wasmtime::component::bindgen!({
///         // The folder that `commonhold wit` wrote.
///         path: "../wit",
///         inline: "
///             package my:app;
///             world sums {
///                 include commonhold:manager/imports@0.1.0;
///                 use commonhold:manager/types@0.1.0.{proxy};
///                 export total: func(numbers: borrow<proxy>) -> s64;
///             }",
///         exports: { default: async },
///         with: { "commonhold:manager": ::commonhold::bindings },
///     });
/// }
/// use bindings::Sums;
///
/// struct Data {
///     guest: GuestCtx,
/// }
///
/// impl GuestView for Data {
///     fn guest(&mut self) -> &mut GuestCtx {
///         &mut self.guest
///     }
/// }
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = Manager::new()?;
/// let squares = manager.list((0..10).map(|i| i * i))?;
///
/// let engine = Engine::default();
/// let mut linker = Linker::new(&engine);
/// commonhold::add_to_linker(&mut linker)?;
/// let mut store = Store::new(&engine, Data { guest: manager.guest("sums") });
/// let component = Component::from_file(&engine, "sums.wasm")?;
/// let sums = Sums::instantiate_async(&mut store, &component, &linker).await?;
///
/// let lent = store.data_mut().guest.lend_proxy(squares.proxy())?;
/// let total = sums.call_total(&mut store, lent.handle()).await?;
/// store.data_mut().guest.take_back(lent);
/// assert_eq!(total, 285);
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
///
/// Call it from a task of a multi-threaded tokio runtime, the manager's or another one: host functions that work through
/// something large keep the thread, and use tokio's [`block_in_place`](tokio::task::block_in_place) to let its other
/// tasks go on elsewhere. On a current-thread runtime these wait; in a task that was spawned onto a `LocalSet` on a
/// multi-threaded runtime, such a function panics. See [`Manager`](crate::Manager#threads).
///
/// Such a guest can wait, spawn and join like a process, but is none itself: `processes.current` traps, and a `spawn`
/// has to name its program. The processes that it spawns go on after it; the providers that it starts do not.
pub struct GuestCtx {
    objects: Arc<Objects>,
    caller: Caller,
    table: Table,
    spawner: Arc<dyn Spawner>,
    running: Option<Running>,
    provider: Option<Arc<Provider>>,
    panic_message: Option<String>,
    faults: Option<Box<Faults>>,
    /// The most bytes in one value that is given or received.
    value_bytes: usize,
    /// What it may open as stores of `wasi:keyvalue` besides what all guests may.
    stores: Stores,
    /// What was seen by the handles in the table that are of the type `cas`, by their slots.
    seen: BTreeMap<u32, Seen>,
    /// How many bytes these take.
    seen_bytes: usize,
    /// The providers that it has started and no process is the parent of.
    providers: Vec<Weak<Referent>>,
}

impl std::fmt::Debug for GuestCtx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GuestCtx").field("name", &self.caller.actor.name()).finish_non_exhaustive()
    }
}

/// How much of a panic message is kept.
const PANIC_MESSAGE: usize = 64 << 10;

impl GuestCtx {
    pub(crate) fn with(
        objects: Arc<Objects>,
        spawner: Arc<dyn Spawner>,
        caller: Caller,
        proxies: usize,
        value_bytes: usize,
    ) -> Self {
        let table = Table::new(proxies);
        objects.watch(&caller.actor, &table);
        Self {
            objects,
            caller,
            table,
            spawner,
            running: None,
            provider: None,
            panic_message: None,
            faults: None,
            value_bytes,
            stores: Stores::default(),
            seen: BTreeMap::new(),
            seen_bytes: 0,
            providers: Vec::new(),
        }
    }

    pub(crate) fn set_running(&mut self, running: Running) {
        self.caller.actor.does_one_thing_at_a_time(self.table.ledger().clone());
        self.running = Some(running);
    }

    pub(crate) fn set_provider(&mut self, provider: Arc<Provider>) {
        self.provider = Some(provider);
    }

    pub(crate) fn take_panic_message(&mut self) -> Option<String> {
        self.panic_message.take()
    }

    pub(crate) fn panic_message(&self) -> Option<&str> {
        self.panic_message.as_deref()
    }

    pub(crate) fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The number of the guest as one who acts; for a process, the id of its object.
    pub fn actor(&self) -> u64 {
        self.caller.actor.id()
    }

    /// Ends the guest's part: what it had locked is settled by how it ended, the names that it has published are
    /// withdrawn, the providers that it has started are ended if nobody else sees to that, and the proxies that it held are
    /// handed back.
    pub(crate) fn end(&mut self, normally: bool) -> Vec<Proxy> {
        self.caller.actor.settle(normally);
        self.objects.unwatch(&self.caller.actor);
        // Bytes and numbers, no proxies.
        self.seen.clear();
        let providers = std::mem::take(&mut self.providers);
        for provider in providers.iter().filter_map(Weak::upgrade) {
            if let Some(process) = Process::in_memory(&provider) {
                process.request_kill(Way::Terminate);
            }
        }
        let mut proxies = self.table.take();
        proxies.extend(self.objects.take_published(&self.caller.actor));
        proxies.extend(self.stores.take());
        proxies
    }

    /// The process that the guest was, the last thing to be let go of.
    pub(crate) fn take_running(&mut self) -> Option<Running> {
        self.running.take()
    }

    /// To be called when the guest has ended normally, as the last thing: the locks that it still has stay taken, as
    /// in Python, and the proxies that it held are dropped.
    pub fn finish(&mut self) {
        drop(self.end(true));
    }
}

impl Drop for GuestCtx {
    fn drop(&mut self) {
        drop(self.end(false));
    }
}

/// Finds the [`GuestCtx`] in the data of a store.
pub trait GuestView: Send {
    /// The guest's state.
    fn guest(&mut self) -> &mut GuestCtx;
}

/// What a function of the interfaces fails with: an error for the guest, or its end.
pub enum HostError {
    /// An error value.
    Call(Box<CallError>),
    /// The end of the guest.
    Trap(wasmtime::Error),
}

impl From<CallError> for HostError {
    fn from(error: CallError) -> Self {
        Self::Call(Box::new(error))
    }
}

impl From<wasmtime::Error> for HostError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trap(error)
    }
}

/// What a function of the interfaces gives.
pub(crate) type Hosted<T> = Result<T, HostError>;

struct HasGuest;

impl HasData for HasGuest {
    type Data<'a> = &'a mut GuestCtx;
}

/// Finds the guest for a host call, before which it is called once.
fn at_call<T: GuestView>(data: &mut T) -> &mut GuestCtx {
    let guest = data.guest();
    guest.call_begins();
    guest
}

/// Adds all interfaces of the world `imports`, and `provider-host`, to a linker.
///
/// Functions that may wait are async, so the store's guest has to be called by the async functions
/// of wasmtime. It works with an engine's concurrency support on and off.
///
/// # Errors
///
/// If the linker has one of the interfaces already.
pub fn add_to_linker<T: GuestView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let guest: fn(&mut T) -> &mut GuestCtx = at_call::<T>;
    imports::types::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::manager::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::files::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::names::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::codecs::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::lists::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::dicts::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::namespaces::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::values::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::arrays::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::sets::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::counters::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::deques::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::iterators::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::locks::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::rlocks::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::semaphores::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::conditions::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::events::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::barriers::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::queues::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::waiting::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::pools::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::async_results::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::processes::add_to_linker::<T, HasGuest>(linker, guest)?;
    imports::providers::add_to_linker::<T, HasGuest>(linker, guest)?;
    bindings::provider_host::commonhold::manager::provider_host::add_to_linker::<T, HasGuest>(linker, guest)
}
