//! A process of a native build: a thread, the proxies that it holds, and who it is when it acts.
//!
//! What the manager keeps of a guest in its store, this keeps of a thread, and it treats what goes
//! in and out as the manager does.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Deref;
use std::panic::resume_unwind;
use std::sync::{Arc, LazyLock, OnceLock};
use std::thread;

use commonhold_objects::manager::{Ledger, Table};
use commonhold_objects::object::{
    self, CallError, Caller, Handles, Item, NameGrants, Outcome, Referent, Tree, call, freeing, too_large,
};
use commonhold_objects::referents::custom::Provider;
use commonhold_objects::referents::process::{End, Process, Start};
use commonhold_objects::sync::Mutex;
use commonhold_wire::ErrorKind;
use tokio::runtime::{Builder, Runtime};

use super::types::{self, Argument, Error, TreeArgument, Value};
use super::world::World;

/// What the thread of a process unwinds with where a guest would be stopped.
pub(super) struct Stopped(End);

/// One process.
pub(crate) struct Guest {
    pub(super) world: Arc<World>,
    pub(super) caller: Caller,
    /// The proxies that it holds; none once it has ended.
    table: Mutex<Option<Table>>,
    held: Arc<Held>,
    /// The memory of the process's object, and the process's own hold on it until it has ended.
    referent: Arc<Referent>,
    itself: Mutex<Option<object::Proxy>>,
    /// For a process that implements types.
    pub(super) provider: OnceLock<Arc<Provider>>,
    panic_message: Mutex<Option<String>>,
    /// Whether its thread is its own, which can be unwound, or a test's.
    is_spawned: bool,
}

/// What a process holds: what is in its table, and what is lent to a call that is under way.
struct Held {
    ledger: Arc<Ledger>,
    lent: Mutex<Vec<u64>>,
}

impl Handles for Held {
    fn count(&self, id: u64) -> usize {
        self.ledger.count(id) + self.lent.lock().iter().filter(|lent| **lent == id).count()
    }
}

/// A proxy for the time of a call: out of a table that the process's other threads may change meanwhile, as no other
/// thread can in a guest.
pub(super) struct Lent {
    proxy: object::Proxy,
    held: Arc<Held>,
}

impl Deref for Lent {
    type Target = object::Proxy;

    fn deref(&self) -> &object::Proxy {
        &self.proxy
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut lent = self.held.lent.lock();
        if let Some(place) = lent.iter().rposition(|id| *id == self.proxy.id()) {
            lent.swap_remove(place);
        }
    }
}

thread_local! {
    /// The process that runs on this thread.
    static CURRENT: RefCell<Option<Arc<Guest>>> = const { RefCell::new(None) };
}

/// The process that runs on this thread. One that is none yet becomes a process of a manager of its
/// own, in which no program is loaded.
pub(super) fn current() -> Arc<Guest> {
    existing().unwrap_or_else(|| {
        let guest = Guest::new(World::new(None), "test");
        // Where the thread's locals are gone already, the guest is for this once.
        let _ = CURRENT.try_with(|current| current.replace(Some(guest.clone())));
        guest
    })
}

/// The process that runs on this thread, if any does.
pub(super) fn existing() -> Option<Arc<Guest>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Makes a process the one that runs on this thread.
pub(super) fn enter(guest: Option<Arc<Guest>>) -> Option<Arc<Guest>> {
    CURRENT.replace(guest)
}

impl Guest {
    /// A process that is run by a thread which nobody has started for it.
    pub(super) fn new(world: Arc<World>, entry: &str) -> Arc<Guest> {
        let itself = Process::create(world.objects.home(), World::PROGRAM, entry);
        Self::of(world, itself, false)
    }

    /// A process that gets a thread of its own.
    pub(super) fn start(world: Arc<World>, entry: &str, start: Start<'_>) -> Outcome<Arc<Guest>> {
        let itself = Process::start(world.objects.home(), World::PROGRAM, entry, start)?;
        Ok(Self::of(world, itself, true))
    }

    fn of(world: Arc<World>, itself: object::Proxy, is_spawned: bool) -> Arc<Guest> {
        let name = itself.downcast::<Process>().map(Process::name_in_full).unwrap_or_default();
        let caller = world.objects.caller_as(itself.id(), &name);
        // A test stands for the embedder, too, who would say which.
        caller.actor.grant_names(Arc::new(NameGrants::new().look_up("*").publish("*")));
        let table = Table::new(Table::DEFAULT_LIMIT);
        world.objects.watch(&caller.actor, &table);
        let held = Arc::new(Held { ledger: table.ledger().clone(), lent: Mutex::default() });
        caller.actor.does_one_thing_at_a_time(held.clone());
        Arc::new(Guest {
            world,
            caller,
            table: Mutex::new(Some(table)),
            held,
            referent: itself.referent().clone(),
            itself: Mutex::new(Some(itself)),
            provider: OnceLock::new(),
            panic_message: Mutex::default(),
            is_spawned,
        })
    }

    pub(super) fn referent(&self) -> &Arc<Referent> {
        &self.referent
    }

    pub(super) fn is_spawned(&self) -> bool {
        self.is_spawned
    }

    /// The process's own object.
    pub(super) fn itself(&self) -> Outcome<object::Proxy> {
        self.itself.lock().clone().ok_or_else(ended)
    }

    /// Does something that the bindings ask for.
    pub(super) fn act<T>(self: &Arc<Self>, work: impl FnOnce(&Arc<Self>) -> Outcome<T>) -> Result<T, Error> {
        // A thread cannot be interrupted, so this is where one that was killed finds out.
        if !thread::panicking()
            && let Some(end) = self.requested_end()
        {
            self.stop(end);
        }
        work(self).map_err(|error| self.error(error))
    }

    /// Waits for something, unless the process is killed meanwhile.
    pub(super) fn wait<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        match self.unless_killed(work)? {
            Ok(outcome) => outcome,
            Err(end) => self.stop(end),
        }
    }

    /// The same, or the process's end if it is killed.
    pub(super) fn unless_killed<T>(&self, work: impl Future<Output = T>) -> Outcome<Result<T, End>> {
        let process = Process::in_memory(&self.referent);
        block_on(async {
            match process {
                // Once it unwinds, destructors may wait, and cannot be stopped again.
                Some(process) if !thread::panicking() => tokio::select! {
                    biased;
                    end = process.kill_requested() => Err(end),
                    outcome = work => Ok(outcome),
                },
                _ => Ok(work.await),
            }
        })
    }

    /// How somebody has asked for the process to be ended.
    pub(super) fn requested_end(&self) -> Option<End> {
        Process::in_memory(&self.referent)?.requested_end()
    }

    /// Ends the process. What a trap is in a guest, is unwinding here.
    pub(super) fn stop(&self, end: End) -> ! {
        if self.is_spawned {
            resume_unwind(Box::new(Stopped(end)));
        }
        // It is the test's own thread: ending it is failing the test.
        panic!("the process that is the test itself has ended: {}", end.in_words());
    }

    /// Ends the process for what it has used up.
    pub(super) fn exceed(&self, error: CallError) -> ! {
        self.stop(End::LimitExceeded(error))
    }

    /// What it means that the process's thread was unwound.
    pub(super) fn verdict(&self, payload: Box<dyn Any + Send>) -> End {
        let payload = match payload.downcast::<Stopped>() {
            Ok(stopped) => return stopped.0,
            Err(payload) => payload,
        };
        let message = self.panic_message.lock().take().unwrap_or_else(|| {
            let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
            text.or_else(|| payload.downcast_ref().cloned()).unwrap_or_else(|| "it was unwound".to_owned())
        });
        End::Trapped(CallError::new(ErrorKind::ProcessDied, message).with_type_name("Trap"))
    }

    pub(super) fn set_panic_message(&self, message: String) {
        *self.panic_message.lock() = Some(message);
    }

    /// Ends the process's part, and tells everybody: in the order in which the manager does. A test
    /// keeps its proxies, which it may return.
    pub(super) fn end(&self, end: End) {
        self.caller.actor.settle(end.is_normal());
        if self.is_spawned {
            self.world.objects.unwatch(&self.caller.actor);
            let table = self.table.lock().take();
            let mut proxies = table.map(|mut table| table.take()).unwrap_or_default();
            proxies.extend(self.world.objects.take_published(&self.caller.actor));
            // Only without a runtime is it left to the reaper.
            let _ = block_on(freeing::in_slices(proxies, tokio::task::yield_now));
        }
        let Some(process) = Process::in_memory(&self.referent) else { return };
        // What a test has started ends with its manager.
        let end = if self.is_spawned { self.part(process, end) } else { end };
        drop(self.itself.lock().take());
        process.end(end, ());
    }

    /// Sees to the process's children, as the manager does. While it waits for them it may come to another end.
    fn part(&self, process: &Process, end: End) -> End {
        let host = self.caller.home.host();
        let parting = async {
            process.end_daemons(&host).await;
            if !end.is_normal() {
                return None;
            }
            tokio::select! {
                biased;
                other = process.kill_requested() => Some(other),
                () = process.wait_for_children(&self.caller) => None,
            }
        };
        match block_on(parting) {
            Ok(Some(other)) => other,
            Ok(None) | Err(_) => end,
        }
    }
}

/// What goes in and out.
impl Guest {
    pub(super) fn held(&self, slot: Option<u32>) -> Outcome<object::Proxy> {
        let table = self.table.lock();
        slot.and_then(|slot| table.as_ref()?.get(slot)).cloned().ok_or_else(ended)
    }

    pub(super) fn take(&self, slot: Option<u32>) -> Option<object::Proxy> {
        self.table.lock().as_mut()?.remove(slot?)
    }

    /// A proxy that the process uses while it calls.
    pub(super) fn lend(&self, proxy: object::Proxy) -> Lent {
        self.held.lent.lock().push(proxy.id());
        Lent { proxy, held: self.held.clone() }
    }

    /// The ids of the objects that the process may print.
    pub(super) fn printable(&self) -> HashSet<u64> {
        self.table.lock().as_ref().map(Table::printable).unwrap_or_default()
    }

    fn with_table<T>(&self, work: impl FnOnce(&mut Table) -> Outcome<T>) -> Outcome<T> {
        work(self.table.lock().as_mut().ok_or_else(ended)?)
    }

    /// Whether the process may hold so many more proxies.
    pub(super) fn make_room(&self, more: usize) -> Outcome<()> {
        self.with_table(|table| table.make_room(more))
    }

    /// Whether the process may take something out of a container, whatever it is.
    pub(super) fn may_remove(&self) -> Outcome<()> {
        self.with_table(|table| table.may_overshoot())
    }

    /// How many more proxies the process may hold.
    pub(super) fn room(&self) -> Outcome<usize> {
        self.with_table(|table| Ok(table.room()))
    }

    /// Gives a proxy to the process.
    pub(super) fn give(self: &Arc<Self>, proxy: object::Proxy) -> Outcome<types::Proxy> {
        self.make_room(1)?;
        self.insert(proxy)
    }

    fn insert(self: &Arc<Self>, proxy: object::Proxy) -> Outcome<types::Proxy> {
        let slot = self.with_table(|table| Ok(table.insert(proxy)))?;
        Ok(types::Proxy { guest: self.clone(), slot: Some(slot) })
    }

    /// What the process gave as an argument.
    pub(super) fn item(&self, argument: Argument<'_>) -> Outcome<Item> {
        Ok(match argument {
            Argument::Null => Item::Null,
            Argument::Boolean(flag) => Item::Bool(flag),
            Argument::Int(number) => Item::Int(number),
            Argument::Float(number) => Item::Float(number),
            Argument::Text(text) => {
                self.check_size(text.len())?;
                Item::text(text)
            }
            Argument::Bytes(bytes) => {
                self.check_size(bytes.len())?;
                Item::bytes(bytes.to_owned())
            }
            Argument::Proxy(handle) => Item::proxy(self.lent(handle)?),
            Argument::Tree(TreeArgument { data, proxies }) => {
                self.check_size(data.len())?;
                let proxies = proxies.iter().map(|handle| self.lent(handle)).collect::<Outcome<_>>()?;
                Item::from_encoding(data.to_owned(), proxies, self.caller.home.limits())?
            }
        })
    }

    /// The same, where an operation wants what is inside of it.
    pub(super) fn contents(&self, argument: Argument<'_>) -> Outcome<Item> {
        let mut item = self.item(argument)?;
        if call::has_to_resolve(&item) {
            self.wait(call::resolve(&mut item, &self.caller))?;
        }
        Ok(item)
    }

    pub(super) fn items(&self, arguments: &[Argument<'_>]) -> Outcome<Vec<Item>> {
        arguments.iter().map(|argument| self.item(*argument)).collect()
    }

    pub(super) fn keywords(&self, arguments: &[(&str, Argument<'_>)]) -> Outcome<Vec<(String, Item)>> {
        arguments.iter().map(|(name, argument)| Ok(((*name).to_owned(), self.item(*argument)?))).collect()
    }

    /// Two managers never meet elsewhere, and their numbers of objects mean nothing to each other.
    pub(super) fn lent(&self, handle: &types::Proxy) -> Outcome<object::Proxy> {
        if !Arc::ptr_eq(&handle.guest.caller.home, &self.caller.home) {
            let message = "this proxy belongs to another manager: each test has its own, and so has each thread that a \
                           test starts by other means than a process";
            return Err(CallError::new(ErrorKind::Other, message));
        }
        handle.get()
    }

    fn check_size(&self, bytes: usize) -> Outcome<()> {
        let most = self.caller.home.limits().value_bytes;
        if bytes <= most { Ok(()) } else { Err(too_large(most)) }
    }

    /// What the process gets to see of an item.
    pub(super) fn value(self: &Arc<Self>, item: Item) -> Outcome<Value> {
        self.check_size(item.weight())?;
        let mut proxies = 0;
        item.proxies(&mut |_| proxies += 1);
        self.make_room(proxies)?;
        self.removed(item)
    }

    /// The same for what was taken out of a container, and would be lost if it were refused.
    pub(super) fn removed(self: &Arc<Self>, item: Item) -> Outcome<Value> {
        Ok(match item {
            Item::Null => Value::Null,
            Item::Bool(flag) => Value::Boolean(flag),
            Item::Int(number) => Value::Int(number),
            Item::Float(number) => Value::Float(number),
            Item::Text(text) => Value::Text(Arc::unwrap_or_clone(text)),
            Item::Bytes(bytes) => Value::Bytes(Arc::unwrap_or_clone(bytes)),
            Item::Proxy(proxy) => Value::Proxy(self.insert(*proxy)?),
            Item::Plain(data) => Value::Tree(types::Tree { data: Arc::unwrap_or_clone(data), proxies: Vec::new() }),
            Item::Tree(tree) => {
                let Tree { data, proxies } = *tree;
                let proxies = proxies.into_iter().map(|proxy| self.insert(proxy)).collect::<Outcome<_>>()?;
                Value::Tree(types::Tree { data: Arc::unwrap_or_clone(data), proxies })
            }
        })
    }

    /// The values of several items, all or none.
    pub(super) fn values(self: &Arc<Self>, items: Vec<Item>) -> Outcome<Vec<Value>> {
        let mut proxies = 0;
        items.iter().for_each(|item| item.proxies(&mut |_| proxies += 1));
        self.make_room(proxies)?;
        items.into_iter().map(|item| self.value(item)).collect()
    }

    /// What the process gave up.
    pub(super) fn taken(&self, value: Value) -> Outcome<Item> {
        let take = |mut handle: types::Proxy| handle.guest.take(handle.slot.take()).ok_or_else(ended);
        let item = match value {
            Value::Null => Item::Null,
            Value::Boolean(flag) => Item::Bool(flag),
            Value::Int(number) => Item::Int(number),
            Value::Float(number) => Item::Float(number),
            Value::Text(text) => Item::text(text),
            Value::Bytes(bytes) => Item::bytes(bytes),
            Value::Proxy(handle) => Item::proxy(take(handle)?),
            Value::Tree(types::Tree { data, proxies }) => {
                self.check_size(data.len())?;
                let proxies = proxies.into_iter().map(take).collect::<Outcome<_>>()?;
                Item::from_encoding(data, proxies, self.caller.home.limits())?
            }
        };
        self.check_size(item.weight())?;
        Ok(item)
    }

    /// An error for the process.
    pub(super) fn error(self: &Arc<Self>, error: CallError) -> Error {
        // Arguments that do not fit the process's table any more are left out.
        let args = error.args.and_then(|args| Item::from_value(*args).and_then(|args| self.value(args)).ok());
        Error {
            kind: error.kind,
            type_name: error.type_name.into_owned(),
            message: error.message,
            args,
            traceback: error.traceback.map(Into::into),
        }
    }

    /// An error that the process returned.
    pub(super) fn taken_error(&self, error: Error) -> CallError {
        let Error { kind, type_name, message, args, traceback } = error;
        let mut error = CallError::new(kind, message);
        if !type_name.is_empty() {
            error = error.with_type_name(type_name);
        }
        if let Some(traceback) = traceback {
            error = error.with_traceback(traceback);
        }
        match args.map(|args| self.taken(args)) {
            Some(Ok(args)) => error.with_args(args.to_value()),
            // Its other parts are worth more than a complaint about its arguments.
            Some(Err(_)) | None => error,
        }
    }
}

#[cold]
fn ended() -> CallError {
    CallError::new(ErrorKind::Internal, "the process to which this proxy was given has ended")
}

/// What waiting stands on: the processes are threads of their own, so it only keeps the time.
static RUNTIME: LazyLock<Result<Runtime, String>> = LazyLock::new(|| {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(1).thread_name("commonhold time").enable_time().build();
    runtime.map_err(|error| format!("the runtime for waiting could not be started: {error}"))
});

pub(super) fn block_on<T>(work: impl Future<Output = T>) -> Outcome<T> {
    match &*RUNTIME {
        Ok(runtime) => Ok(runtime.block_on(work)),
        Err(reason) => Err(CallError::new(ErrorKind::Internal, reason.clone())),
    }
}
