use super::declare::{Declared, MadeRun, Run, Runner, TypeInfo};
use super::item::too_large;
use super::referent::Referent;
use super::{
    BoxFuture, CallError, GET_VALUE, Handles, Home, Item, NameGrants, Outcome, Proxy, TO_TEXT, shown, while_granted,
};
use crate::sync::{Arc, Mutex, Notify, OnceLock, Weak};
use commonhold_wire::ErrorKind;
use smallvec::SmallVec;

/// Who acts: a process, the embedder, or one of the embedder's guards. What is owned by somebody,
/// such as a taken lock, is owned by an actor.
pub struct Actor {
    id: u64,
    name: String,
    /// The locks that this actor took, and perhaps gave back since.
    held: Mutex<Held>,
    /// Its handles, if it does one thing at a time.
    handles: OnceLock<Arc<dyn Handles>>,
    /// Which names it may use, if somebody has said so.
    names: OnceLock<Arc<NameGrants>>,
    /// What its waits end with, if it is the embedder's code: that the manager is closed.
    closing: Option<Arc<Notify>>,
}

#[derive(Default)]
struct Held {
    locks: Vec<Weak<Referent>>,
    /// How many were left when those that had been given back were last forgotten.
    kept: usize,
}

/// From how many remembered locks on the ones that were given back since are forgotten.
const FORGET_FROM: usize = 64;

impl Actor {
    pub fn new(id: u64, name: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            id,
            name: name.into(),
            held: Mutex::default(),
            handles: OnceLock::new(),
            names: OnceLock::new(),
            closing: None,
        })
    }

    /// One who is of the embedder's code.
    pub(super) fn of_host(id: u64, closing: &Arc<Notify>) -> Arc<Self> {
        Arc::new(Self {
            id,
            name: "the host".into(),
            held: Mutex::default(),
            handles: OnceLock::new(),
            names: OnceLock::new(),
            closing: Some(closing.clone()),
        })
    }

    pub(super) fn closing(&self) -> Option<&Notify> {
        self.closing.as_deref()
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// Says that the actor has no other holders than these handles, and does nothing else while it waits: as a process
    /// does.
    pub fn does_one_thing_at_a_time(&self, handles: Arc<dyn Handles>) {
        // It is said once.
        let _already = self.handles.set(handles);
    }

    /// Whether it is a process, which waits for one thing at a time.
    pub fn is_process(&self) -> bool {
        self.handles.get().is_some()
    }

    pub(super) fn handles(&self) -> Option<&dyn Handles> {
        self.handles.get().map(|handles| &**handles)
    }

    /// Says which names the actor may use. It is said once, before it acts.
    pub fn grant_names(&self, grants: Arc<NameGrants>) {
        let _already = self.names.set(grants);
    }

    /// Whether the actor may use a name: nobody but the host may, unless it was granted.
    pub fn may_use_names(&self, granted: impl Fn(&NameGrants) -> bool) -> bool {
        self.is_host() || self.names.get().is_some_and(|grants| granted(grants))
    }

    /// Which names those may use whom the actor starts: those that it may use itself. `None` for the host, which says so for
    /// each.
    pub fn names_to_inherit(&self) -> Option<Arc<NameGrants>> {
        if self.is_host() { None } else { Some(self.names.get().cloned().unwrap_or_default()) }
    }

    /// Whether it is the embedder's own code.
    pub fn is_host(&self) -> bool {
        self.closing.is_some()
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Remembers a lock that the actor took. `still_held` tells of an older one whether it still is.
    pub fn took(&self, lock: &Arc<Referent>, still_held: impl Fn(&Referent) -> bool) {
        let mut held = self.held.lock();
        let Held { locks, kept } = &mut *held;
        // Most are taken and given back over and over.
        if locks.last().is_some_and(|last| std::ptr::addr_eq(last.as_ptr(), Arc::as_ptr(lock))) {
            return;
        }
        if locks.len() >= FORGET_FROM.max(2 * *kept) {
            locks.retain(|lock| lock.upgrade().is_some_and(|lock| still_held(&lock)));
            locks.sort_unstable_by_key(|lock| lock.as_ptr().cast::<()>());
            locks.dedup_by(|a, b| std::ptr::addr_eq(a.as_ptr(), b.as_ptr()));
            *kept = locks.len();
        }
        locks.push(Arc::downgrade(lock));
    }

    /// The objects of which it may still have something, when it ends.
    pub fn take_held(&self) -> Vec<Arc<Referent>> {
        std::mem::take(&mut self.held.lock().locks).iter().filter_map(Weak::upgrade).collect()
    }

    /// Lets the objects of which it still has something do what is to be done when it has ended.
    pub fn settle(&self, ended_normally: bool) {
        for referent in self.take_held() {
            referent.body().settle(&referent, self, ended_normally);
        }
    }
}

/// On whose behalf an operation runs.
#[derive(Clone)]
pub struct Caller {
    pub home: Arc<Home>,
    pub actor: Arc<Actor>,
}

/// Arguments, checked against a declaration.
pub struct Args {
    /// One for each declared parameter; `None` where it was not given.
    pub(super) args: SmallVec<[Option<Item>; 4]>,
    /// What a `*` parameter collected.
    pub(super) more: Vec<Item>,
    /// What a `**` parameter collected.
    pub(super) kwargs: Vec<(String, Item)>,
}

impl Args {
    /// The argument of a parameter, `None` if it was not given.
    pub fn take(&mut self, parameter: usize) -> Option<Item> {
        self.args.get_mut(parameter).and_then(Option::take)
    }

    /// The argument of a parameter that has no default.
    pub fn item(&mut self, parameter: usize) -> Outcome<Item> {
        // Binding made sure of it; an error is still better than a panic.
        self.take(parameter).ok_or_else(|| CallError::new(ErrorKind::Internal, "a required argument is missing"))
    }

    /// The argument of a truth-valued parameter.
    pub fn flag(&mut self, parameter: usize, default: bool) -> bool {
        self.take(parameter).map_or(default, |item| item.is_truthy())
    }

    /// What was given by position beyond the other parameters.
    pub fn take_more(&mut self) -> Vec<Item> {
        std::mem::take(&mut self.more)
    }

    /// What was given by keywords that name no parameter.
    pub fn take_kwargs(&mut self) -> Vec<(String, Item)> {
        std::mem::take(&mut self.kwargs)
    }
}

/// A call of one method.
pub struct Call<'a> {
    pub me: &'a Proxy,
    pub caller: &'a Caller,
    pub args: Args,
}

/// What a call has come to.
enum Begun<'a> {
    Over(Item),
    Waits(BoxFuture<'a, Outcome<Item>>),
}

impl Begun<'_> {
    #[inline]
    async fn answer(self) -> Outcome<Item> {
        match self {
            Self::Over(item) => Ok(item),
            Self::Waits(answer) => answer.await,
        }
    }
}

/// Calls a method by its name.
pub async fn call(
    me: &Proxy,
    caller: &Caller,
    method: &str,
    args: SmallVec<[Item; 4]>,
    kwargs: Vec<(String, Item)>,
) -> Outcome<Item> {
    begin(me, caller, method, args, kwargs)?.answer().await
}

/// The part of a call that never waits, which is all of most: apart, so that these move no large
/// futures around.
fn begin<'a>(
    me: &'a Proxy,
    caller: &'a Caller,
    method: &str,
    args: SmallVec<[Item; 4]>,
    kwargs: Vec<(String, Item)>,
) -> Outcome<Begun<'a>> {
    let info = me.body().type_info();
    let Some(number) = info.number_of(method) else { return Err(no_such_method(info, method)) };
    me.check(number)?;
    if let Some(foreign) = me.body().foreign() {
        return Ok(Begun::Waits(foreign.call(me, caller, number, args.into_vec(), kwargs)));
    }
    let declared = info.method(number);
    if declared.signature().has_to_resolve(&args, &kwargs) {
        let resolved =
            async move { while_granted(me, &caller.actor, resolve_and_run(me, caller, declared, args, kwargs)).await };
        return Ok(Begun::Waits(Box::pin(resolved)));
    }
    if me.grant().counts_uses() {
        return Ok(Begun::Waits(Box::pin(run_counted(me, caller, declared, args, kwargs))));
    }
    run(me, caller, declared, args, kwargs)
}

/// Runs what a method runs, without what is done before that for those that are called by name: most of it is one of the
/// typed functions.
#[cfg(test)]
pub async fn run_itself(
    me: &Proxy,
    caller: &Caller,
    method: &str,
    args: SmallVec<[Item; 4]>,
    kwargs: Vec<(String, Item)>,
) -> Outcome<Item> {
    let info = me.body().type_info();
    let number = info.number_of(method).ok_or_else(|| no_such_method(info, method))?;
    run(me, caller, info.method(number), args, kwargs)?.answer().await
}

/// Runs a method of a proxy whose uses are counted, this one being counted by now: methods check for themselves, too.
async fn run_counted(
    me: &Proxy,
    caller: &Caller,
    declared: &Declared,
    args: SmallVec<[Item; 4]>,
    kwargs: Vec<(String, Item)>,
) -> Outcome<Item> {
    run(&me.counted(), caller, declared, args, kwargs)?.answer().await
}

fn run<'a>(
    me: &'a Proxy,
    caller: &'a Caller,
    declared: &Declared,
    args: SmallVec<[Item; 4]>,
    kwargs: Vec<(String, Item)>,
) -> Outcome<Begun<'a>> {
    let args = declared.signature().bind(Some(me.body().type_info()), args, kwargs)?;
    let mut call = Call { me, caller, args };
    match declared.run() {
        Runner::Named(Run::Now(run)) => run(&mut call).map(Begun::Over),
        Runner::Named(Run::Wait(run)) => Ok(Begun::Waits(run(call))),
        Runner::Made(MadeRun::Now(run)) => run(&mut call).map(Begun::Over),
        // It waits for what the embedder's code waits for, which knows nothing of rights.
        Runner::Made(MadeRun::Wait(run)) => Ok(Begun::Waits(Box::pin(while_granted(me, &caller.actor, run(call))))),
    }
}

async fn resolve_and_run(
    me: &Proxy,
    caller: &Caller,
    declared: &Declared,
    mut args: SmallVec<[Item; 4]>,
    mut kwargs: Vec<(String, Item)>,
) -> Outcome<Item> {
    declared.signature().resolve(&mut args, &mut kwargs, caller).await?;
    run_counted(me, caller, declared, args, kwargs).await
}

#[cold]
fn no_such_method(info: &TypeInfo, method: &str) -> CallError {
    let message = format!("'{}' object has no exposed method '{}'", info.typeid(), shown(method));
    CallError::new(ErrorKind::NotExposed, message)
}

/// Puts a copy of what a provider has or yields in the place of a proxy, where an operation wants what is
/// inside: the operation itself must not wait.
pub async fn resolve(item: &mut Item, caller: &Caller) -> Outcome<()> {
    if let Item::Proxy(proxy) = item
        && let Some(remote) = proxy.body().remote()
    {
        let copy = remote.contents(proxy, caller).await?;
        *item = copy;
    }
    Ok(())
}

/// The same for an operation on an object: while its proxy is of use.
pub async fn resolve_for(me: &Proxy, item: &mut Item, caller: &Caller) -> Outcome<()> {
    if !has_to_resolve(item) {
        return Ok(());
    }
    Box::pin(while_granted(me, &caller.actor, resolve(item, caller))).await
}

/// Puts a shared iterator over a provider's object in the place of its proxy, where an operation wants to go over it.
pub async fn resolve_iterator(item: &mut Item, caller: &Caller) -> Outcome<()> {
    if let Item::Proxy(proxy) = item
        && let Some(remote) = proxy.body().remote()
    {
        let iterator = remote.iterator(proxy, caller).await?;
        *item = iterator;
    }
    Ok(())
}

/// Whether one of these would change anything.
pub fn has_to_resolve(item: &Item) -> bool {
    matches!(item, Item::Proxy(proxy) if proxy.body().remote().is_some())
}

/// A copy of the referent as a plain value.
pub async fn get_value(me: &Proxy, caller: &Caller) -> Outcome<Item> {
    me.check(GET_VALUE)?;
    match me.body().foreign() {
        Some(foreign) => foreign.get_value(me, caller).await,
        None => me.body().get_value(me.home().limits()),
    }
}

/// The referent as text.
pub async fn to_text(me: &Proxy, caller: &Caller) -> Outcome<String> {
    me.check(TO_TEXT)?;
    match me.body().foreign() {
        Some(foreign) => foreign.to_text(me, caller).await,
        None => {
            let most = me.home().limits().value_bytes;
            let text = me.body().to_text(me.id(), most)?;
            if text.len() <= most { Ok(text) } else { Err(too_large(most)) }
        }
    }
}
