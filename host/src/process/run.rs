use super::engine::{Class, Running as Ticking};
use super::limits::{Limits, Meter, Place};
use super::program::{Prepared, Program};
use super::{Grants, Runtime, Service};
use crate::object::{BoxFuture, CallError, Caller, Item, NameGrants, Proxy, Referent, freeing};
use crate::referents::process::{End, Process};
use crate::sync::Arc;
use crate::wit::{Exit, GuestCtx, GuestView, Running};
use commonhold_wire::ErrorKind;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;
use wasmtime::component::ResourceTable;
use wasmtime::{Store, Trap, WasmBacktrace};
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxView, WasiView};

/// What is in the store of a process.
pub(crate) struct State {
    pub(super) guest: GuestCtx,
    wasi: WasiCtx,
    resources: ResourceTable,
    meter: Meter,
}

impl GuestView for State {
    fn guest(&mut self) -> &mut GuestCtx {
        &mut self.guest
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.resources }
    }
}

/// A process to be.
pub(super) struct Job {
    pub(super) program: Arc<Program>,
    pub(super) process: Proxy,
    pub(super) limits: Limits,
    /// Which names it may use.
    pub(super) names: Arc<NameGrants>,
    pub(super) place: Place,
    /// What the process is the provider of, if it is.
    pub(super) service: Option<Arc<Service>>,
    pub(super) own: Own,
}

/// What one process gets besides what all get.
#[derive(Default)]
pub(super) struct Own {
    /// The arguments of a WASI command, its name first.
    pub(super) argv: Vec<String>,
    /// What it may open as stores of `wasi:keyvalue`.
    pub(super) stores: Vec<(String, Proxy)>,
}

/// How the guest's part of a process came to an end.
pub(super) type Finished = Result<End, Stopped>;

/// What kept a guest from finishing.
pub(super) enum Stopped {
    /// Wasmtime stopped it: a trap, an exit.
    By(wasmtime::Error),
    /// It never ran.
    Before(CallError),
}

impl From<wasmtime::Error> for Stopped {
    fn from(error: wasmtime::Error) -> Self {
        Self::By(error)
    }
}

impl From<CallError> for Stopped {
    fn from(error: CallError) -> Self {
        Self::Before(error)
    }
}

/// Runs an entry of a program to its end.
pub(super) async fn run(runtime: Arc<Runtime>, job: Job, entry: String, args: Vec<Item>) {
    supervise(&runtime, job, move |store, prepared| {
        Box::pin(async move {
            let Some(process) = prepared.process else {
                return Err(CallError::new(ErrorKind::NoSuchEntry, "the program has no entries").into());
            };
            let instance = process.instantiate_async(&mut *store).await?;
            // From here on the arguments' proxies are the guest's.
            let args = store.data_mut().guest.values(args)?;
            let result = instance.call_run(&mut *store, &entry, &args).await?;
            let guest = &mut store.data_mut().guest;
            Ok(match result {
                Ok(value) => match guest.taken(value) {
                    Ok(item) => End::Returned(item),
                    Err(error) => End::Failed(error),
                },
                Err(error) => End::Failed(guest.taken_error(error)),
            })
        })
    })
    .await;
}

/// Runs a WASI command to its end.
pub(super) async fn run_command(runtime: Arc<Runtime>, job: Job) {
    supervise(&runtime, job, |store, prepared| {
        Box::pin(async move {
            let Some(command) = prepared.command else {
                return Err(CallError::new(ErrorKind::NoSuchEntry, "the program is no command").into());
            };
            let instance = command.instantiate_async(&mut *store).await?;
            Ok(match instance.wasi_cli_run().call_run(&mut *store).await? {
                Ok(()) => End::Returned(Item::Null),
                // What every shell shows for it.
                Err(()) => End::Exited(1),
            })
        })
    })
    .await;
}

/// Makes a store, has a guest work in it, and sees to it that the process ends properly, whatever
/// becomes of that.
pub(super) async fn supervise<W>(runtime: &Arc<Runtime>, job: Job, work: W)
where
    W: for<'a> FnOnce(&'a mut Store<State>, Prepared) -> BoxFuture<'a, Finished> + Send,
{
    let Job { program, process, limits, names, place, service, own } = job;
    let referent = process.referent().clone();
    // Should the host's own code panic, the process has ended all the same.
    let announcement = Announcement { runtime, process: &referent, place: Some(place), service: service.as_deref() };
    let class = if limits.fuel.is_some() { Class::Metered } else { Class::Plain };
    // One that takes another's place takes its room, too, or of what is kept if somebody was faster.
    let has_room = service.as_ref().is_some_and(|service| service.has_restarted());
    if !has_room && let Err(full) = runtime.room.take() {
        // What it would have held is released before anybody comes to know.
        drop((work, process, own));
        return announcement.make(End::Failed(CallError::quota_exceeded(full)));
    }
    let (mut store, prepared, ticking) = match prepare(runtime, &program, process, &limits, names, class, own) {
        Ok(prepared) => prepared,
        Err(reason) => return announcement.make(End::Failed(CallError::new(ErrorKind::Internal, reason))),
    };
    // What is too far away to be told never comes.
    let deadline = limits.time.and_then(|time| Some(Deadline { time, at: Instant::now().checked_add(time)? }));
    let end = match watch(&referent, &deadline, work(&mut store, prepared)).await {
        Ok(Ok(end)) | Err(end) => end,
        Ok(Err(stopped)) => verdict(stopped, &mut store, &limits),
    };
    // Whoever waits for an answer need not wait for what is to be done yet.
    announcement.end_service(&end);
    let guest = &mut store.data_mut().guest;
    let proxies = guest.end(end.is_normal());
    let itself = guest.caller().clone();
    let running = guest.take_running();
    freeing::in_slices(proxies, tokio::task::yield_now).await;
    drop(store);
    drop(ticking);
    let end = part(&referent, &itself, &deadline, end).await;
    // The process's hold on itself goes like all others, before anybody comes to know.
    drop(running);
    announcement.make(end);
}

/// Sees to the children of a process whose guest is gone with all that it held. The process is still alive, so it may
/// come to another end while it waits for them.
async fn part(process: &Referent, itself: &Caller, deadline: &Option<Deadline>, end: End) -> End {
    let Some(object) = Process::in_memory(process) else { return end };
    object.end_daemons(&itself.home.host()).await;
    if !end.is_normal() {
        return end;
    }
    match watch(process, deadline, object.wait_for_children(itself)).await {
        Ok(()) => end,
        Err(other) => other,
    }
}

/// A store for a guest, and what the guest is to run on.
fn prepare(
    runtime: &Arc<Runtime>,
    program: &Program,
    process: Proxy,
    limits: &Limits,
    names: Arc<NameGrants>,
    class: Class,
    own: Own,
) -> Result<(Store<State>, Prepared, Ticking), String> {
    let prepared = program.prepared(&runtime.engines, class)?;
    let ticking = prepared.engine.running();
    let name = process.downcast::<Process>().map(Process::name_in_full).unwrap_or_default();
    let caller = runtime.objects.caller_as(process.id(), &name);
    caller.actor.grant_names(names);
    let mut guest =
        GuestCtx::with(runtime.objects.clone(), runtime.clone(), caller, limits.proxies, limits.value_bytes);
    guest.set_running(Running { program: program.name().to_owned(), files: program.files().clone(), process });
    if let Some(hook) = &runtime.fault_hook {
        guest.set_fault_hook(hook.clone());
    }
    for (name, dict) in &own.stores {
        guest.keyvalue_store(name, dict).map_err(|error| error.to_string())?;
    }
    let wasi = outside_world(&runtime.grants, &own.argv)?;
    let state = State { guest, wasi, resources: ResourceTable::new(), meter: Meter::new(limits) };
    let mut store = Store::new(prepared.engine.engine(), state);
    store.limiter(|state| &mut state.meter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    // Above our own limits, so that a guest meets ours first: an error value that it can handle.
    // Each proxy that is lent for a call counts again.
    store.set_max_component_handles(limits.proxies.saturating_mul(2).saturating_add(HANDLES_BESIDE_PROXIES));
    store.set_hostcall_fuel(limits.value_bytes.saturating_mul(4).max(HOSTCALL_FUEL));
    if let Some(fuel) = limits.fuel {
        store.set_fuel(fuel).map_err(|error| format!("{error:#}"))?;
    }
    Ok((store, prepared, ticking))
}

/// Handles for what is not a proxy: streams, pollables, files.
const HANDLES_BESIDE_PROXIES: usize = 100_000;

/// The least that one call may make the host allocate. It is charged at the sizes of the host's own
/// types, several times those of the guest's.
const HOSTCALL_FUEL: usize = 256 << 20;

/// What of the outside world the guest gets to see.
fn outside_world(grants: &Grants, argv: &[String]) -> Result<WasiCtx, String> {
    let mut wasi = WasiCtx::builder();
    wasi.args(argv);
    wasi.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
    if grants.output {
        wasi.inherit_stdout().inherit_stderr();
    }
    for (name, value) in &grants.env {
        wasi.env(name, value);
    }
    for (path, guest_path) in &grants.dirs {
        wasi.preopened_dir(path, guest_path, FsPerms::ReadWrite)
            .map_err(|error| format!("cannot open the directory {}: {error:#}", path.display()))?;
    }
    Ok(wasi.build())
}

/// When a process's time is up.
struct Deadline {
    /// How long it may take.
    time: Duration,
    at: Instant,
}

/// Lets a process go on until it has done something, unless it is killed or its time is up: then that is its end.
async fn watch<T>(process: &Referent, deadline: &Option<Deadline>, work: impl Future<Output = T>) -> Result<T, End> {
    let Some(process) = Process::in_memory(process) else {
        return Err(End::Failed(CallError::new(ErrorKind::Internal, "a process that is none")));
    };
    let in_time = async {
        match deadline {
            None => Ok(work.await),
            Some(Deadline { time, at }) => tokio::time::timeout_at(*at, work).await.map_err(|_| {
                let message = format!("it ran longer than {time:?}");
                End::LimitExceeded(CallError::new(ErrorKind::Timeout, message))
            }),
        }
    };
    tokio::select! {
        biased;
        end = process.kill_requested() => Err(end),
        done = in_time => done,
    }
}

/// What it means that a guest was stopped.
pub(super) fn verdict(stopped: Stopped, store: &mut Store<State>, limits: &Limits) -> End {
    let error = match stopped {
        Stopped::By(error) => error,
        Stopped::Before(error) => return End::Failed(error),
    };
    let wasi = error.downcast_ref().map(|I32Exit(status)| *status);
    if let Some(status) = error.downcast_ref().map(|Exit(status)| *status).or(wasi) {
        return End::Exited(status);
    }
    let traceback = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string);
    let with_traceback = |error: CallError| match traceback {
        Some(traceback) => error.with_traceback(traceback),
        None => error,
    };
    let trap = error.downcast_ref::<Trap>();
    let state = store.data_mut();
    let exceeded = match (trap, error.downcast_ref::<CallError>()) {
        (_, Some(error)) if error.kind == ErrorKind::QuotaExceeded => Some(error.message.clone()),
        (Some(Trap::OutOfFuel), _) => limits.fuel.map(|fuel| format!("it used up its {fuel} units of fuel")),
        _ => state.meter.refused().map(str::to_owned),
    };
    if let Some(what) = exceeded {
        return End::LimitExceeded(with_traceback(CallError::new(ErrorKind::QuotaExceeded, what)));
    }
    let message = match (state.guest.take_panic_message(), trap) {
        (Some(message), _) => message,
        (None, Some(trap)) => trap.to_string(),
        (None, None) => error.root_cause().to_string(),
    };
    End::Trapped(with_traceback(CallError::new(ErrorKind::ProcessDied, message).with_type_name("Trap")))
}

/// Tells that a process has ended, at the latest when it is dropped.
struct Announcement<'a> {
    runtime: &'a Runtime,
    process: &'a Referent,
    place: Option<Place>,
    service: Option<&'a Service>,
}

impl Announcement<'_> {
    fn make(mut self, end: End) {
        self.announce(end);
    }

    fn end_service(&self, end: &End) {
        if let Some(service) = self.service {
            service.ended(self.runtime, self.process.id(), end);
        }
    }

    fn announce(&mut self, end: End) {
        let Some(place) = self.place.take() else { return };
        self.end_service(&end);
        match Process::in_memory(self.process) {
            Some(process) => process.end(end, place),
            None => drop(place),
        }
        self.runtime.live.lock().remove(&self.process.id());
    }
}

impl Drop for Announcement<'_> {
    fn drop(&mut self) {
        self.announce(End::Failed(CallError::new(ErrorKind::Internal, "the host failed while it ran the process")));
    }
}
