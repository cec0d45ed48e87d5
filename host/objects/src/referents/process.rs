//! `Process`: a running guest, as an object that others can wait for and end.
//!
//! What runs the guest is elsewhere, with its host; it tells this object when the guest has
//! ended, and is told here when to end it.

mod methods;

use super::children::Children;
use super::custom::{Keywords, Provider};
use super::prelude::*;
use crate::object::{
    Attempt, Awaited, Granted, Grants, Line, Operation, Referent as AnyReferent, Standing, shown, wait, while_granted,
};
use crate::sync::{AtomicU8, Notify, OnceLock, Ordering, Weak};
use methods::*;
use std::borrow::Cow;
use std::time::Duration;

/// The longest name that a process can be given.
pub const MAX_NAME: usize = 255;

/// How a process ended.
#[derive(Clone, Debug)]
pub enum End {
    Returned(Item),
    Failed(CallError),
    Trapped(CallError),
    Exited(i32),
    Killed(Way),
    LimitExceeded(CallError),
}

/// In which of two ways a process was ended. Both do the same, and are told apart afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Kill,
    /// As the daemons of a process are that ends.
    Terminate,
}

/// What a process is started with, beside what it runs.
#[derive(Clone, Copy, Default)]
pub struct Start<'a> {
    /// Its name, if not that of its program and entry.
    pub name: Option<&'a str>,
    /// Whether it ends with its parent.
    pub daemon: bool,
    /// The process that starts it, if it is one.
    pub parent: Option<&'a Proxy>,
}

impl End {
    /// Whether the guest came to its own end, rather than being ended.
    pub fn is_normal(&self) -> bool {
        matches!(self, Self::Returned(_) | Self::Failed(_) | Self::Exited(_))
    }

    /// Python's `exitcode`.
    fn exit_code(&self) -> i32 {
        match self {
            Self::Returned(_) => 0,
            Self::Failed(_) => 1,
            Self::Exited(status) => *status,
            Self::Trapped(_) => -6,
            Self::Killed(Way::Kill) | Self::LimitExceeded(_) => -9,
            Self::Killed(Way::Terminate) => -15,
        }
    }

    /// Where it happened, for an end that somebody is told as an error.
    pub fn traceback(&self) -> Option<&str> {
        match self {
            Self::Failed(error) | Self::Trapped(error) | Self::LimitExceeded(error) => error.traceback.as_deref(),
            _ => None,
        }
    }

    pub fn in_words(&self) -> String {
        match self {
            Self::Returned(_) => "returned".into(),
            Self::Failed(error) => format!("failed: {error}"),
            Self::Trapped(error) => format!("trapped: {error}"),
            Self::Exited(status) => format!("exited with status {status}"),
            Self::Killed(Way::Kill) => "killed".into(),
            Self::Killed(Way::Terminate) => "terminated".into(),
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
            // The typed outcome does not tell in which way either.
            Self::Killed(_) => Err(CallError::new(ErrorKind::ProcessDied, "the process was killed")),
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
    /// Whether its guest is gone, and it waits for its children.
    parting: bool,
    /// Those who have begun to wait for the end in vain, and do not stand in the line yet: their ids, and what to tell
    /// them.
    in_vain: Vec<(u64, CallError)>,
}

impl State {
    /// How it ended, for somebody who asks.
    fn tell(&mut self) -> Option<End> {
        self.told |= self.end.is_some();
        self.end.clone()
    }
}

pub struct Process {
    id: u64,
    program: String,
    entry: String,
    name: String,
    daemon: bool,
    parent: Option<Weak<AnyReferent>>,
    children: Children,
    /// What the process is, beside all else, if it implements types: from when they are known.
    provider: OnceLock<Arc<Provider>>,
    state: Mutex<State>,
    kill: Notify,
    /// Whether somebody has asked for the end, and in which way.
    killed: AtomicU8,
}

const NOT_KILLED: u8 = 0;
const KILLED: u8 = 1;
const TERMINATED: u8 = 2;

impl Process {
    /// A process that nobody has started and that has no name of its own.
    pub fn create(home: &Arc<Home>, program: &str, entry: &str) -> Proxy {
        Self::named(home, program, entry, Self::usual_name(program, entry), false, None)
    }

    /// A process that is about to run an entry of a program.
    ///
    /// # Errors
    ///
    /// `assertion` if its parent is a daemon, `value` if its name is too long.
    pub fn start(home: &Arc<Home>, program: &str, entry: &str, start: Start<'_>) -> Outcome<Proxy> {
        let name = match start.name {
            None => Self::usual_name(program, entry),
            Some(name) if name.len() <= MAX_NAME => name.to_owned(),
            Some(_) => {
                return Err(CallError::value(format!("the name of a process can have {MAX_NAME} bytes at most")));
            }
        };
        let Some(parent) = start.parent else { return Ok(Self::named(home, program, entry, name, start.daemon, None)) };
        let parent_process = Self::of(parent)?;
        if parent_process.daemon {
            let message = "daemonic processes are not allowed to have children";
            return Err(CallError::new(ErrorKind::Assertion, message));
        }
        let process = Self::named(home, program, entry, name, start.daemon, Some(Arc::downgrade(parent.referent())));
        parent_process.children.add(&process, start.daemon)?;
        Ok(process)
    }

    fn named(
        home: &Arc<Home>,
        program: &str,
        entry: &str,
        name: String,
        daemon: bool,
        parent: Option<Weak<AnyReferent>>,
    ) -> Proxy {
        Referent::create_with(home, |id| Self {
            id,
            program: program.to_owned(),
            entry: shown(entry).into_owned(),
            name,
            daemon,
            parent,
            children: Children::default(),
            provider: OnceLock::new(),
            state: Mutex::default(),
            kill: Notify::new(),
            killed: AtomicU8::new(NOT_KILLED),
        })
    }

    /// `program:entry`
    fn usual_name(program: &str, entry: &str) -> String {
        format!("{program}:{}", shown(entry))
    }

    pub fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Process")
    }

    /// The program that it runs.
    pub fn program(&self) -> &str {
        &self.program
    }

    /// The process that a referent is, of which the caller has no more than the memory.
    pub fn in_memory(referent: &AnyReferent) -> Option<&Self> {
        referent.body().as_any().downcast_ref()
    }

    /// The name, as it is shown to people. A guest can choose any, and should not be able to write lines of a log.
    pub fn name(&self) -> Cow<'_, str> {
        printable(&self.name)
    }

    /// The name and what it runs: for those who look for one in a log.
    pub fn name_in_full(&self) -> String {
        let runs = Self::usual_name(&self.program, &self.entry);
        if self.name == runs { self.name().into_owned() } else { format!("{} ({})", self.name(), printable(&runs)) }
    }

    /// Resolves when somebody has asked for the process to be ended.
    pub async fn kill_requested(&self) -> End {
        loop {
            if let Some(end) = self.requested_end() {
                return end;
            }
            self.kill.notified().await;
        }
    }

    /// How somebody has asked for the process to be ended, for a process that looks now and then instead of waiting for
    /// it.
    pub fn requested_end(&self) -> Option<End> {
        match self.killed.load(Ordering::Acquire) {
            KILLED => Some(End::Killed(Way::Kill)),
            TERMINATED => Some(End::Killed(Way::Terminate)),
            _ => None,
        }
    }

    /// Ends the daemons among its children, and waits until they have ended. To be called when the process's guest is
    /// gone and all that it held.
    pub async fn end_daemons(&self, host: &Caller) {
        self.children.end_daemons(host).await;
    }

    /// Waits until its children have ended. To be called after that where the guest has come to its own end. May be
    /// dropped, as it is when the process is killed.
    pub async fn wait_for_children(&self, itself: &Caller) {
        if self.children.is_empty() {
            return;
        }
        let in_vain = self.children.begin_to_wait(itself);
        let wakes = {
            let mut state = self.state.lock();
            state.parting = true;
            state.in_vain = in_vain;
            let State { line, in_vain, .. } = &mut *state;
            line.give_some(|actor| take_of(in_vain, actor.id()).map(Granted::Refused))
        };
        drop(wakes);
        self.children.wait().await;
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
        // Those that it did not wait for go on by themselves.
        self.children.part();
        drop(wakes);
        if let Some(parent) = self.parent.as_ref().and_then(Weak::upgrade)
            && let Some(parent) = Self::in_memory(&parent)
        {
            parent.children.remove(self.id);
        }
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
        let mut ending = Ending { process, caller: caller.actor.id(), through: Some(me) };
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
        self.wait_through(None, host).await
    }

    async fn wait_through(&self, through: Option<&Proxy>, host: &Caller) -> Outcome<()> {
        wait(&mut Ending { process: self, caller: host.actor.id(), through }, &host.actor, None).await?;
        Ok(())
    }

    /// Waiting for its end, as one of several things.
    pub(super) fn ending<'a>(me: &'a Proxy, caller: &Caller) -> Outcome<Ending<'a>> {
        me.check(JOIN)?;
        if me.id() == caller.actor.id() {
            return Err(itself());
        }
        Ok(Ending { process: Self::of(me)?, caller: caller.actor.id(), through: Some(me) })
    }

    /// Ends the process and waits until it has. That never takes for ever, whatever the process waits for, so it does
    /// not count as a wait.
    pub async fn kill(me: &Proxy, way: Way) -> Outcome<()> {
        me.check(match way {
            Way::Kill => KILL,
            Way::Terminate => TERMINATE,
        })?;
        let process = Self::of(me)?;
        process.request_kill(way);
        process.wait_through(Some(me), &me.home().host()).await
    }

    /// Asks for the process to be ended. The first who asks decides which way it is.
    pub fn request_kill(&self, way: Way) {
        let way = match way {
            Way::Kill => KILLED,
            Way::Terminate => TERMINATED,
        };
        let _first = self.killed.compare_exchange(NOT_KILLED, way, Ordering::AcqRel, Ordering::Acquire);
        self.kill.notify_one();
    }

    /// The name, as it was given.
    pub fn full_name(me: &Proxy) -> Outcome<&str> {
        me.check(NAME)?;
        Ok(&Self::of(me)?.name)
    }

    /// Whether it ends with its parent.
    pub fn is_daemon(me: &Proxy) -> Outcome<bool> {
        me.check(DAEMON)?;
        Ok(Self::of(me)?.daemon)
    }

    /// Python's `exitcode`: none as long as it runs.
    pub fn exit_code(me: &Proxy) -> Outcome<Option<i32>> {
        me.check(EXITCODE)?;
        let end = Self::of(me)?.told_end();
        Ok(end.map(|end| end.exit_code()))
    }

    /// The processes that it has started and that have not ended, each with the rights that the proxy to their parent
    /// has.
    pub fn children(me: &Proxy) -> Outcome<Vec<Proxy>> {
        me.check(CHILDREN)?;
        let alive = Self::of(me)?.children.alive().into_iter();
        let alive = alive.filter(|child| Self::in_memory(child).is_some_and(|child| !child.has_ended()));
        Ok(alive.filter_map(|child| Proxy::to_held(&child, me.grant().clone())).collect())
    }

    /// Says that the process implements types, which are known from now on.
    pub fn provides(&self, provider: &Arc<Provider>) {
        // It is said once.
        let _already = self.provider.set(provider.clone());
    }

    /// Makes an object of a type that the process implements.
    ///
    /// # Errors
    ///
    /// `no-such-type` if it is no provider, or has no such type, `provider-died` if it has ended; else what the
    /// constructor reports.
    pub async fn create_object(
        me: &Proxy,
        caller: &Caller,
        typeid: &str,
        args: Vec<Item>,
        kwargs: Keywords,
    ) -> Outcome<Proxy> {
        me.check(CREATE)?;
        let process = Self::of(me)?;
        match process.provider.get() {
            Some(provider) => while_granted(me, &caller.actor, provider.create(caller, typeid, args, kwargs)).await,
            None => {
                let message =
                    format!("the process {} is no provider, or has not described its types yet", process.name());
                Err(CallError::new(ErrorKind::NoSuchType, message))
            }
        }
    }

    /// The types that can be created in it, in alphabetical order.
    pub fn typeids(me: &Proxy) -> Outcome<Vec<String>> {
        me.check(TYPEIDS)?;
        let provider = Self::of(me)?.provider.get();
        Ok(provider.into_iter().flat_map(|provider| provider.creatable()).map(str::to_owned).collect())
    }

    /// How it ended, once that is told.
    fn told_end(&self) -> Option<End> {
        let mut state = self.state.lock();
        if state.ended { state.tell() } else { None }
    }

    pub fn is_alive(me: &Proxy) -> Outcome<bool> {
        me.check(IS_ALIVE)?;
        Ok(!Self::of(me)?.has_ended())
    }
}

/// Without what would begin a new line, or worse.
fn printable(name: &str) -> Cow<'_, str> {
    if !name.contains(char::is_control) {
        return Cow::Borrowed(name);
    }
    let mut printable = String::with_capacity(name.len());
    for part in name.split_inclusive(char::is_control) {
        match part.char_indices().next_back() {
            Some((place, last)) if last.is_control() => {
                printable.push_str(&part[..place]);
                printable.extend(last.escape_default());
            }
            _ => printable.push_str(part),
        }
    }
    Cow::Owned(printable)
}

fn itself() -> CallError {
    CallError::new(ErrorKind::Deadlock, "a process cannot wait for its own end")
}

/// Takes out what there is for somebody.
fn take_of(in_vain: &mut Vec<(u64, CallError)>, id: u64) -> Option<CallError> {
    let place = in_vain.iter().position(|(waiter, _)| *waiter == id)?;
    Some(in_vain.swap_remove(place).1)
}

/// Waiting for a process's end.
pub(super) struct Ending<'a> {
    process: &'a Process,
    caller: u64,
    /// None for the host's own wait.
    through: Option<&'a Proxy>,
}

impl Operation for Ending<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.process.state.lock();
        if state.ended {
            return Ok(Attempt::Over(Granted::Turn));
        }
        if let Some(error) = take_of(&mut state.in_vain, self.caller) {
            return Err(error);
        }
        Ok(match standing {
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.line.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.process.state.lock().line.leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {}

    fn through(&self) -> Grants<'_> {
        self.through.iter().map(|proxy| proxy.grant()).collect()
    }

    /// It ends by itself.
    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        None
    }

    fn ends_with_manager(&self) -> bool {
        true
    }
}

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
        let state = match &*self.state.lock() {
            State { ended: true, end: Some(end), .. } => end.in_words(),
            State { ended: false, parting: true, .. } => "waiting for its children".to_owned(),
            _ => "running".to_owned(),
        };
        Ok(format!("<Process '{}' at {me:#x}, {state}>", self.name()))
    }
}
