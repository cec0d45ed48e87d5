//! Mutual exclusion: who has a lock, how often, and who gets it next. What `Lock`, `RLock` and `Condition` consist of.
//!
//! A lock that is given back while others wait is handed to the one that has waited longest: it never is free in
//! between, so nobody can overtake.

use super::prelude::*;
use crate::object::{
    Actor, Attempt, BoxFuture, Grant, Granted, Grants, Line, Operation, Referent as AnyReferent, Standing, Wake, wait,
};
use crate::sync::MutexGuard;
use std::time::Duration;

/// How an attempt to acquire ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "the words of the WIT enum")]
pub enum Acquired {
    Acquired,
    Abandoned,
    TimedOut,
}

impl Acquired {
    pub(super) fn of(granted: Option<&Granted>) -> Self {
        match granted {
            None => Self::TimedOut,
            Some(Granted::Abandoned) => Self::Abandoned,
            Some(_) => Self::Acquired,
        }
    }
}

pub(super) struct Mutual {
    state: Mutex<State>,
    /// Whether its owner can take it again, and nobody else can give it back.
    reentrant: bool,
}

#[derive(Default)]
struct State {
    /// Who has the lock.
    owner: Option<u64>,
    /// How often its owner has taken it.
    depth: u64,
    /// Whether the one who had it before died with it; the next to get it is told.
    abandoned: bool,
    /// An actor that remembers the lock as one that it may have, and needs not be told again.
    remembered_by: Option<u64>,
    /// Those who wait, each with how often it is to have taken the lock.
    line: Line<u64>,
}

impl State {
    fn is_owned_by(&self, actor: u64) -> bool {
        self.owner == Some(actor)
    }

    /// Gives the lock to the next in line, or to nobody.
    #[inline]
    fn hand_over(&mut self) -> Option<Wake> {
        self.owner = None;
        self.depth = 0;
        // Mostly nobody waits.
        if self.line.is_empty() { None } else { self.hand_to_next() }
    }

    fn hand_to_next(&mut self) -> Option<Wake> {
        let Self { owner, depth, abandoned, line, .. } = self;
        line.give(|actor, times| {
            *owner = Some(actor.id());
            *depth = times;
            if std::mem::take(abandoned) { Granted::Abandoned } else { Granted::Turn }
        })
    }
}

impl Mutual {
    pub(super) fn new(reentrant: bool) -> Self {
        Self { state: Mutex::default(), reentrant }
    }

    /// Gives the lock back once.
    pub(super) fn release(&self, caller: &Caller) -> Outcome<()> {
        let mut state = self.state.lock();
        let is_own = state.is_owned_by(caller.actor.id());
        if self.reentrant && !is_own {
            return Err(CallError::runtime("cannot release un-acquired lock"));
        }
        if state.owner.is_none() {
            return Err(CallError::runtime("release unlocked lock"));
        }
        state.depth = state.depth.saturating_sub(1);
        let wake = if state.depth == 0 { state.hand_over() } else { None };
        drop(state);
        drop(wake);
        Ok(())
    }

    /// Gives the lock back if it is the caller's: what a guard does, whatever its proxy may.
    pub(super) fn release_own(&self, caller: &Caller) {
        let is_own = self.state.lock().is_owned_by(caller.actor.id());
        if is_own {
            // Nobody but the caller changes that, or somebody else has released it already.
            let _released = self.release(caller);
        }
    }

    /// Gives the lock back altogether, and tells how often it had been taken: what `Condition.wait` begins with.
    /// `None` if it is not the caller's to give back.
    pub(super) fn release_all(&self, caller: &Caller) -> Option<u64> {
        let mut state = self.state.lock();
        if !self.may_release(&state, caller) {
            return None;
        }
        let depth = state.depth;
        let wake = state.hand_over();
        drop(state);
        drop(wake);
        Some(depth)
    }

    fn may_release(&self, state: &State, caller: &Caller) -> bool {
        if self.reentrant { state.is_owned_by(caller.actor.id()) } else { state.owner.is_some() }
    }

    /// Whether the caller counts as having the lock: anybody does if it is taken and anybody may give it back.
    pub(super) fn is_owned(&self, caller: &Caller) -> bool {
        self.may_release(&self.state.lock(), caller)
    }

    pub(super) fn is_locked(&self) -> bool {
        self.state.lock().owner.is_some()
    }

    /// Who has it, and how often.
    pub(super) fn owner(&self) -> Option<(u64, u64)> {
        let state = self.state.lock();
        state.owner.map(|owner| (owner, state.depth))
    }

    /// Whether the actor has the lock; if not, it is about to forget it.
    pub(super) fn is_held_or_forgotten(&self, actor: u64) -> bool {
        let mut state = self.state.lock();
        let is_held = state.is_owned_by(actor);
        if !is_held && state.remembered_by == Some(actor) {
            state.remembered_by = None;
        }
        is_held
    }

    /// Gives back what an actor that has ended still had, by the rules of death. `me` is the object whose lock it is.
    pub(super) fn settle(&self, me: &AnyReferent, actor: &Actor, ended_normally: bool) {
        let mut state = self.state.lock();
        if !state.is_owned_by(actor.id()) {
            return;
        }
        let (typeid, id, name) = (me.body().type_info().typeid(), me.id(), actor.name());
        // Nobody else could ever give back one that belongs to its owner.
        if ended_normally && !self.reentrant {
            drop(state);
            tracing::warn!(target: "commonhold::lock", "{name} ended and keeps the {typeid} {id:#x}");
            return;
        }
        state.abandoned = true;
        let wake = state.hand_over();
        drop(state);
        drop(wake);
        tracing::warn!(target: "commonhold::lock", "{name} ended with the {typeid} {id:#x}, which is released");
    }
}

/// Taking a lock.
pub(super) struct Acquire<'a> {
    pub(super) mutual: &'a Mutual,
    /// The object whose lock it is.
    pub(super) me: &'a Arc<AnyReferent>,
    pub(super) caller: &'a Caller,
    /// How often it is to have been taken afterwards.
    pub(super) depth: u64,
    pub(super) through: &'a Proxy,
    /// What else the right to it depends on.
    pub(super) also_through: Option<Grant>,
}

impl<'a> Acquire<'a> {
    pub(super) fn new(mutual: &'a Mutual, me: &'a Arc<AnyReferent>, caller: &'a Caller, through: &'a Proxy) -> Self {
        Self { mutual, me, caller, depth: 1, through, also_through: None }
    }

    /// Takes the lock if that can be done at once.
    #[inline]
    pub(super) fn at_once(&self) -> Option<Acquired> {
        self.take(self.mutual.state.lock()).ok()
    }

    /// Takes the lock if it can be taken; else gives the guard of its state back. What is granted by a line is large, so
    /// that it is not told by that.
    #[inline]
    fn take<'s>(&self, mut state: MutexGuard<'s, State>) -> Result<Acquired, MutexGuard<'s, State>> {
        let actor = self.caller.actor.id();
        if state.owner.is_none() {
            state.owner = Some(actor);
            state.depth = self.depth;
            let is_abandoned = std::mem::take(&mut state.abandoned);
            let is_remembered = state.remembered_by.replace(actor) == Some(actor);
            drop(state);
            if !is_remembered {
                self.remember();
            }
            return Ok(if is_abandoned { Acquired::Abandoned } else { Acquired::Acquired });
        }
        if self.mutual.reentrant && state.is_owned_by(actor) {
            state.depth += self.depth;
            return Ok(Acquired::Acquired);
        }
        Err(state)
    }

    /// The caller remembers that it may have this lock.
    fn remember(&self) {
        let id = self.caller.actor.id();
        self.caller.actor.took(self.me, |other| other.body().is_held_or_forgotten(id));
    }

    /// Waits for the lock, in a box, so that the many attempts that need not wait move no large future around.
    #[cold]
    pub(super) fn wait(self, timeout: Option<Duration>) -> BoxFuture<'a, Outcome<Acquired>> {
        Box::pin(self.wait_in_line(timeout))
    }

    async fn wait_in_line(mut self, timeout: Option<Duration>) -> Outcome<Acquired> {
        let Caller { home, actor } = self.caller;
        let _waiting = match timeout {
            None => Some(home.waits().enter_for_lock(actor, self.me, self.mutual.reentrant)?),
            Some(_) => None,
        };
        let granted = wait(&mut self, actor, timeout).await?;
        Ok(self.after(granted))
    }

    /// What is left to do after a wait.
    pub(super) fn after(&self, granted: Option<Granted>) -> Acquired {
        if granted.is_some() {
            self.remember();
        }
        Acquired::of(granted.as_ref())
    }
}

impl Operation for Acquire<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        Ok(match (self.take(self.mutual.state.lock()), standing) {
            (Ok(Acquired::Abandoned), _) => Attempt::Over(Granted::Abandoned),
            (Ok(_), _) => Attempt::Over(Granted::Turn),
            (Err(_), None) => Attempt::NotNow,
            (Err(mut state), Some(standing)) => Attempt::InLine(state.line.join(standing, self.depth)),
        })
    }

    fn leave(&self, ticket: u64) {
        self.mutual.state.lock().line.leave(ticket);
    }

    /// The next one gets it, and is told what this one would have been told.
    fn take_back(&self, granted: Granted) {
        let mut state = self.mutual.state.lock();
        // Anybody may have released it meanwhile, and somebody else may have it.
        let wake = if state.is_owned_by(self.caller.actor.id()) {
            state.abandoned |= matches!(granted, Granted::Abandoned);
            state.hand_over()
        } else {
            None
        };
        drop(state);
        drop(wake);
    }

    fn through(&self) -> Grants<'_> {
        [self.through.grant()].into_iter().chain(&self.also_through).collect()
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        // What belongs to its owner is given back at the owner's end, whether that one holds it or not.
        (!self.mutual.reentrant).then_some(self.me)
    }

    fn marks(&self) -> usize {
        // It may be waited for through a condition, which is another of its holders.
        let is_to_lock = self.through.id() == self.me.id();
        usize::from(is_to_lock && self.through.grant().is_counted())
    }
}
