//! `Semaphore` and `BoundedSemaphore`: so many permits, first come, first served.
//!
//! A permit that is given back while somebody waits is handed over, as a lock is. It is known how many permits each
//! process has taken and not given back, so that those of one that dies are given back; since anybody may release, a
//! release by a process that has none is credited to the one that has had one for the longest time.

use super::mutual::Acquired;
use super::prelude::*;
use super::seconds;
use crate::object::{Actor, Attempt, Granted, Grants, Line, Operation, Referent as AnyReferent, Standing, Wakes, wait};
use std::time::Duration;

pub struct Semaphore {
    is_bounded: bool,
    initial: u64,
    state: Mutex<State>,
}

struct State {
    /// How many permits there are to take.
    value: u64,
    /// Who has how many, by when they took the first of them.
    taken: Vec<(u64, u64)>,
    /// How many permits came from processes that died with them; those who get them are told.
    abandoned: u64,
    line: Line,
}

impl State {
    fn take_for(&mut self, actor: u64) -> Granted {
        self.value -= 1;
        note(&mut self.taken, actor);
        granted(&mut self.abandoned)
    }

    /// Hands out what there is to those who wait.
    fn hand_out(&mut self) -> Wakes {
        let mut wakes = Wakes::new();
        let Self { value, taken, abandoned, line } = self;
        while *value > 0 {
            let Some(wake) = line.give(|actor, ()| {
                note(taken, actor.id());
                granted(abandoned)
            }) else {
                break;
            };
            *value -= 1;
            wakes.push(wake);
        }
        wakes
    }

    /// So many permits were given back by somebody.
    fn credit(&mut self, actor: u64, mut permits: u64) {
        if let Some(own) = self.taken.iter().position(|(taker, _)| *taker == actor) {
            permits = self.give_back(own, permits);
        }
        // Of many takers at once: those who have nothing left then go together.
        let mut without = 0;
        while let Some((_, count)) = self.taken.get_mut(without)
            && permits > 0
        {
            let own = permits.min(*count);
            *count -= own;
            permits -= own;
            without += usize::from(*count == 0);
        }
        self.taken.drain(..without);
    }

    /// The rest of the permits that one taker's did not account for.
    fn give_back(&mut self, taker: usize, permits: u64) -> u64 {
        let (_, count) = &mut self.taken[taker];
        let own = permits.min(*count);
        *count -= own;
        if *count == 0 {
            self.taken.remove(taker);
        }
        permits - own
    }
}

fn note(taken: &mut Vec<(u64, u64)>, actor: u64) {
    // Most are taken by the last who took one, or by few.
    match taken.iter_mut().rev().find(|(taker, _)| *taker == actor) {
        Some((_, count)) => *count += 1,
        None => taken.push((actor, 1)),
    }
}

fn granted(abandoned: &mut u64) -> Granted {
    match abandoned.checked_sub(1) {
        Some(left) => {
            *abandoned = left;
            Granted::Abandoned
        }
        None => Granted::Turn,
    }
}

/// The most permits that a semaphore can have: their number is a value.
const MOST: u64 = i64::MAX as u64;

fn too_many() -> CallError {
    CallError::overflow("a semaphore cannot have so many permits")
}

impl Semaphore {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        match proxy.downcast() {
            Some(semaphore) => Ok(semaphore),
            None => super::expect_type(proxy, "Semaphore"),
        }
    }

    /// A new semaphore with so many permits. A bounded one never has more than in the beginning.
    ///
    /// `overflow` if they are more than can be told.
    pub fn create(caller: &Caller, value: u64, is_bounded: bool) -> Outcome<Proxy> {
        if value > MOST {
            return Err(too_many());
        }
        let state = State { value, taken: Vec::new(), abandoned: 0, line: Line::default() };
        Ok(Referent::create(&caller.home, Self { is_bounded, initial: value, state: Mutex::new(state) }))
    }

    /// Takes a permit; waits for one as long as `timeout` says, for ever if there is none.
    pub async fn acquire(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Acquired> {
        let mut operation = Self::acquiring(me, caller)?;
        if let Attempt::Over(granted) = operation.attempt(None)? {
            return Ok(Acquired::of(Some(&granted)));
        }
        let granted = Box::pin(wait(&mut operation, &caller.actor, timeout)).await?;
        if granted.is_some() {
            operation.remember();
        }
        Ok(Acquired::of(granted.as_ref()))
    }

    /// Taking a permit, as one of several things that are waited for.
    pub(super) fn acquiring<'a>(me: &'a Proxy, caller: &'a Caller) -> Outcome<Acquiring<'a>> {
        me.check(ACQUIRE)?;
        Ok(Acquiring { semaphore: Self::of(me)?, me, caller })
    }

    /// Gives so many permits back; anybody may.
    pub fn release(me: &Proxy, caller: &Caller, permits: u64) -> Outcome<()> {
        me.check(RELEASE)?;
        let this = Self::of(me)?;
        if permits == 0 {
            return Err(CallError::value("n must be one or more"));
        }
        let mut state = this.state.lock();
        let value = state.value.checked_add(permits).filter(|value| *value <= MOST);
        let value = value.ok_or_else(too_many)?;
        if this.is_bounded && value > this.initial {
            return Err(CallError::value("Semaphore released too many times"));
        }
        state.value = value;
        state.credit(caller.actor.id(), permits);
        let wakes = state.hand_out();
        drop(state);
        drop(wakes);
        Ok(())
    }

    /// Gives one of the caller's permits back: what a guard does, whatever its proxy may.
    pub fn release_own(me: &Proxy, caller: &Caller) -> Outcome<()> {
        let mut state = Self::of(me)?.state.lock();
        let own = state.taken.iter().position(|(taker, _)| *taker == caller.actor.id());
        let wakes = match own {
            Some(own) => {
                state.give_back(own, 1);
                state.value += 1;
                state.hand_out()
            }
            None => Wakes::new(),
        };
        drop(state);
        drop(wakes);
        Ok(())
    }

    pub fn locked(me: &Proxy) -> Outcome<bool> {
        me.check(LOCKED)?;
        Ok(Self::of(me)?.state.lock().value == 0)
    }

    pub fn value(me: &Proxy) -> Outcome<u64> {
        me.check(GET_VALUE)?;
        Ok(Self::of(me)?.state.lock().value)
    }
}

pub(super) struct Acquiring<'a> {
    semaphore: &'a Semaphore,
    me: &'a Proxy,
    caller: &'a Caller,
}

impl Acquiring<'_> {
    /// The caller remembers that it may have a permit.
    pub(super) fn remember(&self) {
        let id = self.caller.actor.id();
        self.caller.actor.took(self.me.referent(), |other| other.body().is_held_or_forgotten(id));
    }
}

impl Operation for Acquiring<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let actor = self.caller.actor.id();
        let mut state = self.semaphore.state.lock();
        if state.value > 0 {
            let granted = state.take_for(actor);
            drop(state);
            self.remember();
            return Ok(Attempt::Over(granted));
        }
        Ok(match standing {
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.line.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.semaphore.state.lock().line.leave(ticket);
    }

    fn take_back(&self, granted: Granted) {
        let mut state = self.semaphore.state.lock();
        let own = state.taken.iter().position(|(taker, _)| *taker == self.caller.actor.id());
        // Somebody else may have given it back meanwhile.
        let wakes = match own {
            Some(own) => {
                state.give_back(own, 1);
                state.value += 1;
                state.abandoned += u64::from(matches!(granted, Granted::Abandoned));
                state.hand_out()
            }
            None => Wakes::new(),
        };
        drop(state);
        drop(wakes);
    }

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.me.grant()])
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

const ACQUIRE: u32 = 0;
const RELEASE: u32 = 1;
const LOCKED: u32 = 2;
const GET_VALUE: u32 = 3;

static METHODS: &[Method] = &[
    Method {
        signature: "acquire(blocking=True, timeout=None)",
        doc: "Takes a permit, waiting for it in turn; whether one was taken in time.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let blocking = call.args.flag(0, true);
                let timeout = seconds::of_semaphore(blocking, call.args.take(1))?;
                let acquired = Semaphore::acquire(call.me, call.caller, timeout).await?;
                Ok(Item::Bool(acquired != Acquired::TimedOut))
            })
        }),
    },
    Method {
        signature: "release(n=1)",
        doc: "Gives so many permits back, to those who have waited longest. ValueError if a bounded semaphore had more \
              than in the beginning then.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let permits = call.args.take(0).map_or(Ok(1), |permits| whole(&permits))?;
            let permits = u64::try_from(permits).unwrap_or(0);
            Semaphore::release(call.me, call.caller, permits).map(|()| Item::Null)
        }),
    },
    Method {
        signature: "locked()",
        doc: "Whether there is no permit to take.",
        effect: Effect::Reads,
        run: Run::Now(|call| Semaphore::locked(call.me).map(Item::Bool)),
    },
    Method {
        signature: "get_value()",
        doc: "How many permits there are to take.",
        effect: Effect::Reads,
        run: Run::Now(|call| Semaphore::value(call.me).map(|value| Item::Int(value as i64))),
    },
];

fn whole(item: &Item) -> Outcome<i64> {
    super::slice::number(item, "Python int too large to convert to C ssize_t")
}

fn create(caller: &Caller, value: Option<Item>, is_bounded: bool) -> Outcome<Proxy> {
    let value = value.map_or(Ok(1), |value| whole(&value))?;
    let value = u64::try_from(value).map_err(|_| CallError::value("semaphore initial value must be >= 0"))?;
    Semaphore::create(caller, value, is_bounded)
}

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("Semaphore", "AcquirerProxy", "So many permits, which are taken and given back.", METHODS)
});

static BOUNDED: LazyLock<TypeInfo> = LazyLock::new(|| {
    let doc = "A semaphore that never has more permits than in the beginning.";
    TypeInfo::declare("BoundedSemaphore", "AcquirerProxy", doc, METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Semaphore(value=1)",
        run: |caller, mut args| create(caller, args.take(0), false),
    }),
};

pub const BOUNDED_TYPE: Builtin = Builtin {
    info: &BOUNDED,
    constructor: Some(Constructor {
        signature: "BoundedSemaphore(value=1)",
        run: |caller, mut args| create(caller, args.take(0), true),
    }),
};

impl Shared for Semaphore {
    fn type_info(&self) -> &TypeInfo {
        if self.is_bounded { &BOUNDED } else { &INFO }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        Remains::Nothing
    }

    fn edges(&self, _visit: &mut dyn FnMut(&Proxy)) {}

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        let value = self.state.lock().value;
        Ok(match self.is_bounded {
            true => format!("<threading.BoundedSemaphore at {me:#x}: value={value}/{}>", self.initial),
            false => format!("<threading.Semaphore at {me:#x}: value={value}>"),
        })
    }

    fn is_held_or_forgotten(&self, actor: u64) -> bool {
        self.state.lock().taken.iter().any(|(taker, _)| *taker == actor)
    }

    fn settle(&self, me: &AnyReferent, actor: &Actor, ended_normally: bool) {
        let mut state = self.state.lock();
        let Some(own) = state.taken.iter().position(|(taker, _)| *taker == actor.id()) else { return };
        let (typeid, id, name) = (self.type_info().typeid(), me.id(), actor.name());
        let permits = state.taken[own].1;
        if ended_normally {
            drop(state);
            tracing::warn!(target: "commonhold::lock", "{name} ended and keeps {permits} permits of the {typeid} {id:#x}");
            return;
        }
        state.taken.remove(own);
        // Some use one as a signal, which is released by others than those who acquire: no more of it comes by a death.
        let back = permits.min(self.initial.saturating_sub(state.value));
        state.value += back;
        state.abandoned += back;
        let wakes = state.hand_out();
        drop(state);
        drop(wakes);
        tracing::warn!(
            target: "commonhold::lock",
            "{name} died with {permits} permits of the {typeid} {id:#x}, {back} of which are given back"
        );
    }
}
