//! Starting providers, and starting those again that have died, if that is asked for.
//!
//! A provider that traps or exceeds a limit takes its objects with it: they have been in its memory. New ones can be
//! made again as soon as the next process of the same program has described the same types. Whoever wants to create one
//! meanwhile waits for that.

use super::provider::{self, Ready, Scope};
use super::run::{Job, Own};
use super::{Limits, Place, Program, Runtime, request_kill};
use crate::error::Error;
use crate::manager::{self, Standing};
use crate::object::{Awaited, CallError, Caller, Item, NameGrants, Outcome, Proxy, Referent, Waiting};
use crate::referents::custom::{Driver, Provider, Types, driven};
use crate::referents::process::{End, Process, Start};
use crate::sync::{Arc, AtomicU8, Mutex, Ordering, Weak, oneshot};
use commonhold_wire::ErrorKind;

/// How many times in a row a provider dies before it is of any use, until it is given up.
const TRIES: u32 = 5;

/// How far a provider has come.
#[derive(Clone, Copy)]
pub(super) enum Progress {
    /// It has not described its types yet.
    Begun,
    /// It waits for its first request.
    Idle,
    /// It is at its first request.
    Asked,
    /// It has answered one.
    Answered,
}

/// What makes objects of a program's types for everybody: one provider, or one after the other.
pub(crate) struct Service {
    program: Arc<Program>,
    limits: Limits,
    names: Arc<NameGrants>,
    /// Whether a provider that has died is to be followed by another one.
    restarts: bool,
    answers: Arc<manager::Service>,
    /// A [`Progress`], of the provider of the moment.
    progress: AtomicU8,
    state: Mutex<State>,
}

struct State {
    /// The process that is the provider, or was the last.
    process: Arc<Referent>,
    /// What the first has described.
    types: Option<Types>,
    /// How many were started after the first.
    restarts: u64,
    /// How many in a row have died without having been of any use.
    in_vain: u32,
    /// Whether somebody has said that no other may be started.
    stopped: bool,
    /// Whether no other will be.
    over: bool,
    /// How the last one ended.
    end: Option<End>,
    /// The place among the processes that run, which is kept for the next provider: whoever has a provider die must not be
    /// able to take it.
    place: Option<Place>,
}

impl Service {
    fn new(
        program: &Arc<Program>,
        limits: Limits,
        names: Arc<NameGrants>,
        restarts: bool,
        process: &Proxy,
        place: &Place,
    ) -> Arc<Self> {
        let state = State {
            process: process.referent().clone(),
            types: None,
            restarts: 0,
            in_vain: 0,
            stopped: false,
            over: false,
            end: None,
            place: restarts.then(|| place.clone()),
        };
        Arc::new(Self {
            program: program.clone(),
            limits,
            names,
            restarts,
            answers: manager::Service::new(process.id()),
            progress: AtomicU8::new(Progress::Begun as u8),
            state: Mutex::new(state),
        })
    }

    pub(super) fn has_come_to(&self, progress: Progress) {
        self.progress.store(progress as u8, Ordering::Relaxed);
    }

    /// A provider has described its types. They become known, or have to be what they were.
    pub(super) fn begins(&self, runtime: &Runtime, provider: &Arc<Provider>, types: Types) -> Outcome<()> {
        let refused = |reason| CallError::new(ErrorKind::Type, reason);
        let mut state = self.state.lock();
        match &state.types {
            None => {
                runtime.objects.register(&self.answers, &types).map_err(refused)?;
                state.types = Some(types);
            }
            Some(before) if same_types(before, &types) => {}
            Some(_) => {
                let name = provider.actor.name();
                return Err(refused(format!("the provider {name}, started again, describes other types than before")));
            }
        }
        self.answers.set(Standing::Running(provider.clone()));
        Ok(())
    }

    /// A provider answers nobody any more, and it is not known yet whether another one will.
    pub(super) fn pauses(&self, runtime: &Runtime, process: u64) {
        if self.restarts {
            self.answers.set(Standing::Between(process));
        } else {
            runtime.objects.unregister(&self.answers);
        }
    }

    /// A process that was the provider has come to its end, which may not have been told yet.
    pub(super) fn ended(&self, runtime: &Runtime, process: u64, end: &End) {
        let mut state = self.state.lock();
        if state.over || state.process.id() != process || state.end.is_some() {
            return;
        }
        state.end = Some(end.clone());
        let progress = self.progress.load(Ordering::Relaxed);
        let is_in_vain = progress == Progress::Begun as u8 || progress == Progress::Asked as u8;
        state.in_vain = if is_in_vain { state.in_vain + 1 } else { 0 };
        let name = Process::in_memory(&state.process).map(Process::name_in_full).unwrap_or_default();
        let how = end.in_words();
        let died = matches!(end, End::Trapped(_) | End::LimitExceeded(_));
        if !self.restarts || !died || state.types.is_none() || state.stopped {
            return self.give_up(runtime, &mut state, format!("the provider {name} has ended: {how}"));
        }
        if state.in_vain >= TRIES {
            let message = format!("the provider {name} has died {TRIES} times before it was of any use: {how}");
            tracing::warn!(target: "commonhold::process", "{message}");
            self.give_up(runtime, &mut state, message);
        }
    }

    /// There will be no other provider.
    fn give_up(&self, runtime: &Runtime, state: &mut State, reason: String) {
        state.over = true;
        state.place = None;
        runtime.objects.unregister(&self.answers);
        self.answers.set(Standing::Over(CallError::new(ErrorKind::ProviderDied, reason)));
    }

    /// The next provider, if there is to be one, once the end of the last has been told.
    fn next(self: &Arc<Self>, runtime: &Runtime) -> Option<Job> {
        let mut state = self.state.lock();
        if state.over {
            return None;
        }
        let started = match state.place.clone() {
            Some(place) => runtime.process_at(place, &self.program, ENTRY, Start::default()),
            None => Err(CallError::new(ErrorKind::Cancelled, "it is not wanted any more")),
        };
        let (process, place) = match started {
            Ok(started) => started,
            Err(error) => {
                let reason = format!("the provider was not started again: {}", error.message);
                self.give_up(runtime, &mut state, reason);
                return None;
            }
        };
        let last = std::mem::replace(&mut state.process, process.referent().clone());
        let end = state.end.take();
        state.restarts += 1;
        self.has_come_to(Progress::Begun);
        self.answers.set(Standing::Between(process.id()));
        drop(state);
        if let (Some(last), Some(end)) = (Process::in_memory(&last), end) {
            let (name, how) = (last.name_in_full(), end.in_words());
            tracing::warn!(target: "commonhold::process", "the provider {name} is started again: {how}");
        }
        let (program, limits, names) = (self.program.clone(), self.limits.clone(), self.names.clone());
        Some(Job { program, process, limits, names, place, service: Some(self.clone()), own: Own::default() })
    }

    /// Has no other provider follow the one that there is.
    pub(super) fn stop(&self) {
        let mut state = self.state.lock();
        state.stopped = true;
        state.place = None;
    }

    /// Whether the provider of the moment is not the first: then it has the room of the one before it.
    pub(super) fn has_restarted(&self) -> bool {
        self.state.lock().restarts > 0
    }

    /// The process that is the provider, or was the last, as long as anybody holds it.
    pub(crate) fn process(&self) -> Arc<Referent> {
        self.state.lock().process.clone()
    }

    /// How many providers were started after the first.
    pub(crate) fn number_of_restarts(&self) -> u64 {
        self.state.lock().restarts
    }

    /// Waits until the last provider has ended, and tells how.
    pub(crate) async fn outcome(&self, host: &Caller) -> Outcome<End> {
        self.answers.over().await;
        let (process, end) = {
            let state = self.state.lock();
            (state.process.clone(), state.end.clone())
        };
        if let Some(process) = Process::in_memory(&process) {
            process.wait(host).await?;
        }
        Ok(end.unwrap_or(End::Killed(crate::referents::process::Way::Kill)))
    }

    /// Ends the provider, and has none follow it.
    pub(crate) async fn kill(&self, host: &Caller) -> Outcome<()> {
        self.stop();
        request_kill(&self.process());
        self.outcome(host).await.map(drop)
    }
}

/// Whether types are the same but for what is said about them.
fn same_types(some: &Types, others: &Types) -> bool {
    let described = |types: &Types| -> Vec<_> {
        let types = types.iter().map(|(typeid, provided)| {
            let methods = provided.info.methods().iter();
            let mut methods: Vec<_> = methods.map(|method| (method.name().to_owned(), method.effect())).collect();
            methods.sort_unstable_by(|one, other| one.0.cmp(&other.0));
            (typeid.clone(), provided.creatable, methods)
        });
        types.collect()
    };
    described(some) == described(others)
}

/// What a provider is said to run.
const ENTRY: &str = "provider";

/// Has one provider follow another, as long as there is to be one.
async fn serve(runtime: Arc<Runtime>, service: Arc<Service>, first: Job, ready: Ready, driver: Weak<dyn Driver>) {
    let (mut job, mut ready) = (Some(first), Some(ready));
    while let Some(next) = job {
        let scope = Scope::Everybody(service.clone());
        provider::run(&runtime, next, Vec::new(), scope, ready.take(), driver.clone()).await;
        job = service.next(&runtime);
    }
}

impl Runtime {
    /// Starts a provider whose types everybody can create by their names, and waits until they are known. If it dies
    /// later, it is started again if `restarts` says so.
    pub(crate) async fn provide_for_everybody(
        &self,
        program: &Arc<Program>,
        limits: Limits,
        restarts: bool,
    ) -> Result<(Proxy, Arc<Service>), Error> {
        let refused = |reason: String| Error::Load { program: program.name().to_owned(), reason };
        if !program.provides() {
            return Err(refused(NO_PROVIDER.into()));
        }
        let Some(this) = self.this.upgrade() else { return Err(closing().into()) };
        let (process, place) = self.new_process(program, ENTRY, Start::default())?;
        let names = self.names_of(program);
        let service = Service::new(program, limits.clone(), names.clone(), restarts, &process, &place);
        {
            let mut services = self.services.lock();
            services.retain(|service| service.strong_count() > 0);
            services.push(Arc::downgrade(&service));
        }
        let job = Job {
            program: program.clone(),
            process: process.clone(),
            limits,
            names,
            place,
            service: Some(service.clone()),
            own: Own::default(),
        };
        let (ready, start) = Started::new(&self.objects.home().host(), process);
        self.tokio.spawn(driven(|driver| serve(this, service.clone(), job, ready, driver)));
        match start.described().await? {
            Ok(process) => Ok((process, service)),
            Err(error) => Err(refused(error.message)),
        }
    }

    /// Starts a provider whose types are known through its proxy alone, and waits until they are.
    pub(super) async fn provide_for_holders(
        &self,
        caller: &Caller,
        program: &str,
        args: Vec<Item>,
        start: Start<'_>,
    ) -> Outcome<Proxy> {
        let program = self.program(program)?;
        if !program.provides() {
            let message = format!("program '{}' cannot be a provider: {NO_PROVIDER}", program.name());
            return Err(CallError::new(ErrorKind::NoSuchType, message));
        }
        let Some(this) = self.this.upgrade() else { return Err(closing()) };
        let (process, place) = self.new_process(&program, ENTRY, start)?;
        args.iter().for_each(Item::moved);
        let names = caller.actor.names_to_inherit().unwrap_or_else(|| self.names_of(&program));
        let job = Job {
            program,
            process: process.clone(),
            limits: self.limits.clone(),
            names,
            place,
            service: None,
            own: Own::default(),
        };
        let (ready, start) = Started::new(caller, process);
        self.tokio.spawn(driven(|driver| async move {
            provider::run(&this, job, args, Scope::Holders, Some(ready), driver).await;
        }));
        start.described().await?
    }

    /// Has no provider follow another any more.
    pub(super) fn stop_services(&self) {
        let services: Vec<_> = self.services.lock().iter().filter_map(Weak::upgrade).collect();
        services.iter().for_each(|service| service.stop());
    }
}

/// A provider that has been started, until its types are known: it is ended if they do not come to be, or if nobody
/// waits for it any more.
struct Started {
    process: Proxy,
    waiting: Option<Waiting>,
    is_ready: oneshot::Receiver<Outcome<()>>,
    is_known: bool,
}

impl Started {
    fn new(caller: &Caller, process: Proxy) -> (Ready, Self) {
        let (to, is_ready) = oneshot::channel();
        // Before it runs, so that it is the provider that is told if the two would wait for each other. It waits for
        // nobody yet, so this closes no cycle.
        let waiting = caller.home.waits().enter(&caller.actor, process.id(), Awaited::Answer).ok();
        let ready = Ready { waiting: waiting.as_ref().map(Waiting::twin), to };
        (ready, Self { process, waiting, is_ready, is_known: false })
    }

    /// Waits until the provider has described its types. The inner error is what it did not do so for.
    async fn described(mut self) -> Outcome<Outcome<Proxy>> {
        let refused = match (&mut self.is_ready).await {
            Ok(Ok(())) => {
                self.is_known = true;
                return Ok(Ok(self.process.clone()));
            }
            Ok(Err(error)) => Some(error),
            Err(_) => None,
        };
        drop(self.waiting.take());
        // It is about to end, or has ended; whoever is told can rely on it that nothing of it remains.
        let end = Process::join(&self.process, &self.process.home().host(), None).await?;
        Ok(Err(refused.unwrap_or_else(|| {
            let how = end.as_ref().map(End::in_words).unwrap_or_default();
            let message = format!("it ended before it had described its types: {how}");
            let error = CallError::new(ErrorKind::ProcessDied, message);
            match end.as_ref().and_then(End::traceback) {
                Some(traceback) => error.with_traceback(traceback),
                None => error,
            }
        })))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if !self.is_known {
            request_kill(self.process.referent());
        }
    }
}

const NO_PROVIDER: &str = "it is no provider: it does not export commonhold:manager/custom-types";

fn closing() -> CallError {
    CallError::new(ErrorKind::Cancelled, "the manager is closing")
}
