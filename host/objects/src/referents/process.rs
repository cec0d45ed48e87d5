//! `Process`: a running guest, as an object that others can wait for and end.
//!
//! What runs the guest is elsewhere, with its host; it tells this object when the guest has
//! ended, and is told here when to end it.

use super::prelude::*;
use crate::object::{Attempt, Awaited, Granted, Line, Operation, Referent as AnyReferent, Standing, wait};
use crate::sync::{AtomicBool, Notify, Ordering};
use std::time::Duration;

/// How a process ended.
#[derive(Clone, Debug)]
pub enum End {
    Returned(Item),
    Failed(CallError),
    Trapped(CallError),
    Exited(i32),
    Killed,
    LimitExceeded(CallError),
}

impl End {
    /// Whether the guest came to its own end, rather than being ended.
    pub fn is_normal(&self) -> bool {
        matches!(self, Self::Returned(_) | Self::Failed(_) | Self::Exited(_))
    }

    /// Python's `exitcode`.
    fn exit_code(&self) -> i64 {
        match self {
            Self::Returned(_) => 0,
            Self::Failed(_) => 1,
            Self::Exited(status) => (*status).into(),
            Self::Trapped(_) => -6,
            Self::Killed | Self::LimitExceeded(_) => -9,
        }
    }

    pub fn in_words(&self) -> String {
        match self {
            Self::Returned(_) => "returned".into(),
            Self::Failed(error) => format!("failed: {error}"),
            Self::Trapped(error) => format!("trapped: {error}"),
            Self::Exited(status) => format!("exited with status {status}"),
            Self::Killed => "killed".into(),
            Self::LimitExceeded(error) => format!("exceeded a limit: {error}"),
        }
    }

    /// The value that the process returned, or what kept it from returning one.
    pub fn into_result(self) -> Outcome<Item> {
        match self {
            Self::Returned(item) => Ok(item),
            Self::Failed(error) | Self::Trapped(error) | Self::LimitExceeded(error) => Err(error),
            Self::Exited(0) => Ok(Item::Null),
            Self::Exited(status) => {
                Err(CallError::new(ErrorKind::ProcessDied, format!("the process exited with status {status}")))
            }
            Self::Killed => Err(CallError::new(ErrorKind::ProcessDied, "the process was killed")),
        }
    }
}

#[derive(Default)]
struct State {
    ended: bool,
    /// How, for as long as anybody can ask.
    end: Option<End>,
    /// Whether somebody has been told how.
    told: bool,
    /// Those who wait for the end.
    line: Line,
    /// Whether the last holder is gone, the running process being one until shortly before its end is told.
    released: bool,
}

impl State {
    /// How it ended, for somebody who asks.
    fn tell(&mut self) -> Option<End> {
        self.told |= self.end.is_some();
        self.end.clone()
    }
}

pub struct Process {
    program: String,
    entry: String,
    state: Mutex<State>,
    kill: Notify,
    killed: AtomicBool,
}

impl Process {
    pub fn create(home: &Arc<Home>, program: &str, entry: &str) -> Proxy {
        Referent::create(
            home,
            Self {
                program: program.to_owned(),
                entry: entry.to_owned(),
                state: Mutex::default(),
                kill: Notify::new(),
                killed: AtomicBool::new(false),
            },
        )
    }

    pub fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Process")
    }

    /// The name of the program that it runs.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// `program:entry`
    pub fn name(&self) -> String {
        format!("{}:{}", self.program, self.entry)
    }

    /// Resolves when somebody has asked for the process to be ended.
    pub async fn kill_requested(&self) {
        while !self.is_kill_requested() {
            self.kill.notified().await;
        }
    }

    /// The same, for a process that looks now and then instead of waiting for it.
    pub fn is_kill_requested(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }

    /// Tells everybody that the process has ended, and frees the place that it took among those that run. Only the
    /// first end counts.
    pub fn end(&self, end: End, place: impl Sized) {
        if let End::Returned(item) = &end {
            item.moved();
        }
        let mut state = self.state.lock();
        let unwanted = if state.ended || state.released { Some(end) } else { state.end.replace(end) };
        if let Some(unwanted) = unwanted {
            // What nobody can ask for goes first, like all else that the process held.
            let is_first = !state.ended;
            drop(state);
            if is_first {
                self.log_death(&unwanted);
            }
            drop(unwanted);
            state = self.state.lock();
        }
        drop(place);
        state.ended = true;
        let wakes = state.line.give_all(|()| Granted::Turn);
        drop(state);
        drop(wakes);
    }

    /// Logs what the process died of, where nobody was told and nobody can ask any more: a guest that starts others
    /// and never joins them should not hide that they died.
    fn log_death(&self, end: &End) {
        let (how, why) = match end {
            End::Trapped(error) => ("trapped", &error.message),
            End::LimitExceeded(error) => ("exceeded a limit", &error.message),
            _ => return,
        };
        tracing::warn!(target: "commonhold::process", "the process {} {how}: {why}", self.name());
    }

    pub fn has_ended(&self) -> bool {
        self.state.lock().ended
    }

    /// Waits for the end, for ever if there is no timeout, and tells which it was; `None` when the time is up.
    ///
    /// # Errors
    ///
    /// As for `wait_for_end`.
    pub async fn join(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Option<End>> {
        Self::wait_for_end(me, caller, timeout).await?;
        Ok(Self::of(me)?.state.lock().tell())
    }

    /// Waits for the end, or until the time is up.
    ///
    /// # Errors
    ///
    /// `deadlock` if the wait would never end: if a process waits for itself, or for one that waits, directly or
    /// through others, for the answer of the provider that the process is.
    async fn wait_for_end(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<()> {
        me.check(JOIN)?;
        let process = Self::of(me)?;
        if me.id() == caller.actor.id() {
            return Err(itself());
        }
        if timeout == Some(Duration::ZERO) {
            return Ok(());
        }
        let mut ending = Ending(process);
        if let Attempt::Over(_) = ending.attempt(None)? {
            return Ok(());
        }
        // What has a timeout ends by itself, so it is no part of a deadlock.
        let _waiting = match timeout {
            None => Some(caller.home.waits().enter(&caller.actor, me.id(), Awaited::End)?),
            Some(_) => None,
        };
        wait(&mut ending, &caller.actor, timeout).await?;
        Ok(())
    }

    /// Waits for the end, on behalf of the host.
    pub async fn wait(&self, host: &Caller) -> Outcome<()> {
        wait(&mut Ending(self), &host.actor, None).await?;
        Ok(())
    }

    /// Waiting for its end, as one of several things.
    pub(super) fn ending<'a>(me: &'a Proxy, caller: &Caller) -> Outcome<Ending<'a>> {
        me.check(JOIN)?;
        if me.id() == caller.actor.id() {
            return Err(itself());
        }
        Self::of(me).map(Ending)
    }

    /// Ends the process and waits until it has. That never takes for ever, whatever the process waits for, so it does
    /// not count as a wait.
    pub async fn kill(me: &Proxy) -> Outcome<()> {
        me.check(KILL)?;
        let process = Self::of(me)?;
        process.request_kill();
        process.wait(&me.home().host()).await
    }

    /// Asks for the process to be ended.
    pub fn request_kill(&self) {
        self.killed.store(true, Ordering::Release);
        self.kill.notify_one();
    }

    pub fn is_alive(me: &Proxy) -> Outcome<bool> {
        me.check(IS_ALIVE)?;
        Ok(!Self::of(me)?.has_ended())
    }
}

fn itself() -> CallError {
    CallError::new(ErrorKind::Deadlock, "a process cannot wait for its own end")
}

/// Waiting for a process's end.
pub(super) struct Ending<'a>(&'a Process);

impl Operation for Ending<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.0.state.lock();
        Ok(match standing {
            _ if state.ended => Attempt::Over(Granted::Turn),
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.line.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.0.state.lock().line.leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {}

    /// It ends by itself.
    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        None
    }

    fn ends_with_manager(&self) -> bool {
        true
    }
}

const JOIN: u32 = 0;
const KILL: u32 = 1;
const IS_ALIVE: u32 = 2;

static METHODS: &[Method] = &[
    Method {
        signature: "join(timeout=None)",
        doc: "Waits until the process has ended, for so many seconds at most. An error at once if, without a timeout, \
              it would be for ever: if a process waits for itself, or a provider for one that waits for its answer.",
        effect: Effect::Reads,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = match call.args.take(0) {
                    None | Some(Item::Null) => None,
                    Some(item) => {
                        Some(Duration::try_from_secs_f64(item.as_seconds()?.max(0.0)).unwrap_or(Duration::MAX))
                    }
                };
                Process::wait_for_end(call.me, call.caller, timeout).await?;
                Ok(Item::Null)
            })
        }),
    },
    Method {
        signature: "kill()",
        doc: "Ends the process and waits until everything that it held has been released.",
        effect: Effect::Changes,
        run: Run::Wait(|call| Box::pin(async move { Process::kill(call.me).await.map(|()| Item::Null) })),
    },
    Method {
        signature: "is_alive()",
        doc: "Whether the process has not ended yet.",
        effect: Effect::Reads,
        run: Run::Now(|call| Process::is_alive(call.me).map(Item::Bool)),
    },
    Method {
        signature: "terminate()",
        doc: "The same as kill().",
        effect: Effect::Changes,
        run: Run::Wait(|call| Box::pin(async move { Process::kill(call.me).await.map(|()| Item::Null) })),
    },
    Method {
        signature: "exitcode()",
        doc: "None while the process runs, then 0 if it returned a value, 1 if it failed, the status with which \
              it exited, -9 if it was ended and -6 if it trapped.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let end = Process::of(call.me)?.state.lock().tell();
            Ok(end.map_or(Item::Null, |end| Item::Int(end.exit_code())))
        }),
    },
    Method {
        signature: "result()",
        doc: "The value that the process returned, or its error. RuntimeError while it runs.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let end = Process::of(call.me)?.state.lock().tell();
            match end {
                Some(end) => end.into_result(),
                None => Err(CallError::new(ErrorKind::Runtime, "the process has not ended yet")),
            }
        }),
    },
    Method {
        signature: "name()",
        doc: "The program and the entry that the process runs.",
        effect: Effect::Reads,
        run: Run::Now(|call| Ok(Item::text(Process::of(call.me)?.name()))),
    },
];

static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("Process", "ProcessProxy", "A running guest.", METHODS));

// Processes are spawned, not created by name.
pub const TYPE: Builtin = Builtin { info: &INFO, constructor: None };

impl Shared for Process {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let (end, told) = {
            let mut state = self.state.lock();
            state.released = true;
            (state.end.take(), state.told)
        };
        if let Some(end) = end.as_ref().filter(|_| !told) {
            self.log_death(end);
        }
        match end {
            Some(End::Returned(item)) => Remains::Items(vec![item]),
            Some(other) => Remains::Other(Box::new(other), 1),
            None => Remains::Nothing,
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        match &self.state.lock().end {
            Some(End::Returned(item)) => item.proxies(visit),
            Some(End::Failed(error) | End::Trapped(error) | End::LimitExceeded(error)) => {
                if let Some(args) = &error.args {
                    crate::object::visit_value(args, visit);
                }
            }
            _ => {}
        }
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        let state = match &self.state.lock().end {
            None => "running".to_owned(),
            Some(end) => end.in_words(),
        };
        Ok(format!("<Process '{}' at {me:#x}, {state}>", self.name()))
    }
}
