//! `Lock`: not re-entrant, first come, first served.
//!
//! A lock that is given back while others wait is handed to the one that has waited longest: it
//! never is free in between, so nobody can overtake. A waiter has one state that is claimed once,
//! by whoever hands the lock over or by the waiter that gives up, never by both.

use super::prelude::*;
use crate::object::{Actor, Referent as AnyReferent};
use crate::sync::{AtomicU8, Notify, Ordering};
use std::collections::VecDeque;
use std::time::Duration;

/// How an attempt to acquire ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "the words of the WIT enum")]
pub enum Acquired {
    Acquired,
    Abandoned,
    TimedOut,
}

#[derive(Default)]
pub struct Lock {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Who has the lock.
    owner: Option<u64>,
    /// Whether the one who had it before died with it; the next to get it is told.
    abandoned: bool,
    /// An actor that remembers the lock as one that it may have, and needs not be told again.
    remembered_by: Option<u64>,
    waiters: VecDeque<Arc<Waiter>>,
}

struct Waiter {
    actor: u64,
    claim: AtomicU8,
    wake: Notify,
}

/// The states of a waiter.
const WAITING: u8 = 0;
const GRANTED: u8 = 1;
const GRANTED_ABANDONED: u8 = 2;
const GIVEN_UP: u8 = 3;

impl Waiter {
    fn claim(&self, state: u8) -> bool {
        self.claim.compare_exchange(WAITING, state, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl State {
    /// Gives the lock to the next waiter, or to nobody.
    fn hand_over(&mut self) {
        let grant = if self.abandoned { GRANTED_ABANDONED } else { GRANTED };
        while let Some(waiter) = self.waiters.pop_front() {
            if waiter.claim(grant) {
                self.owner = Some(waiter.actor);
                self.abandoned = false;
                waiter.wake.notify_one();
                return;
            }
        }
        self.owner = None;
    }

    /// Whether the actor has the lock; if not, it is about to forget it.
    fn is_held_or_forgotten(&mut self, actor: u64) -> bool {
        let is_held = self.owner == Some(actor);
        if !is_held && self.remembered_by == Some(actor) {
            self.remembered_by = None;
        }
        is_held
    }
}

impl Lock {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Lock")
    }

    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self::default())
    }

    /// Takes the lock; waits for it as long as `timeout` says, for ever if there is none.
    pub async fn acquire(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Acquired> {
        me.check(ACQUIRE)?;
        match Self::of(me)?.attempt(me, caller, timeout) {
            Attempt::Over(acquired) => Ok(acquired),
            // In a box, so that the many attempts that need not wait move no large future around.
            Attempt::Waits(place) => Ok(Box::pin(place.wait(me, caller, timeout)).await),
        }
    }

    /// Takes the lock if it is free, else a place among the waiters.
    fn attempt(&self, me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Attempt<'_> {
        let mut state = self.state.lock();
        if state.owner.is_none() {
            state.owner = Some(caller.actor.id());
            let abandoned = std::mem::take(&mut state.abandoned);
            let is_remembered = state.remembered_by.replace(caller.actor.id()) == state.owner;
            drop(state);
            if !is_remembered {
                self.now_held(me, &caller.actor);
            }
            return Attempt::Over(if abandoned { Acquired::Abandoned } else { Acquired::Acquired });
        }
        if timeout == Some(Duration::ZERO) {
            return Attempt::Over(Acquired::TimedOut);
        }
        let waiter = Arc::new(Waiter { actor: caller.actor.id(), claim: AtomicU8::new(WAITING), wake: Notify::new() });
        state.waiters.push_back(waiter.clone());
        Attempt::Waits(Place { lock: self, waiter, returned: false })
    }

    /// Gives the lock back; anybody may.
    pub fn release(me: &Proxy) -> Outcome<()> {
        me.check(RELEASE)?;
        let mut state = Self::of(me)?.state.lock();
        match state.owner {
            None => Err(CallError::new(ErrorKind::Runtime, "release unlocked lock")),
            Some(_) => {
                state.hand_over();
                Ok(())
            }
        }
    }

    /// Gives the lock back if it is the caller's: what a guard does, whatever its proxy may.
    pub fn release_own(me: &Proxy, caller: &Caller) -> Outcome<()> {
        let mut state = Self::of(me)?.state.lock();
        if state.owner == Some(caller.actor.id()) {
            state.hand_over();
        }
        Ok(())
    }

    pub fn locked(me: &Proxy) -> Outcome<bool> {
        me.check(LOCKED)?;
        Ok(Self::of(me)?.state.lock().owner.is_some())
    }

    fn now_held(&self, me: &Proxy, actor: &Actor) {
        let id = actor.id();
        actor.took(me.referent(), |other| {
            other.body().as_any().downcast_ref::<Self>().is_some_and(|lock| lock.state.lock().is_held_or_forgotten(id))
        });
    }

    fn leave(&self, waiter: &Arc<Waiter>) {
        self.state.lock().waiters.retain(|other| !Arc::ptr_eq(other, waiter));
    }
}

/// What trying to take a lock has come to.
enum Attempt<'a> {
    Over(Acquired),
    Waits(Place<'a>),
}

/// A place among the waiters: left, or the lock passed on, if the wait is cut short.
struct Place<'a> {
    lock: &'a Lock,
    waiter: Arc<Waiter>,
    returned: bool,
}

impl Place<'_> {
    async fn wait(self, me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Acquired {
        let waiter = &self.waiter;
        match timeout {
            None => waiter.wake.notified().await,
            Some(timeout) => {
                // The lock may be handed over at the last moment: the claim decides.
                if tokio::time::timeout(timeout, waiter.wake.notified()).await.is_err() && waiter.claim(GIVEN_UP) {
                    self.lock.leave(waiter);
                    return self.done(Acquired::TimedOut);
                }
            }
        }
        self.lock.now_held(me, &caller.actor);
        let abandoned = waiter.claim.load(Ordering::Acquire) == GRANTED_ABANDONED;
        self.done(if abandoned { Acquired::Abandoned } else { Acquired::Acquired })
    }

    fn done(mut self, result: Acquired) -> Acquired {
        self.returned = true;
        result
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.returned {
            return;
        }
        if self.waiter.claim(GIVEN_UP) {
            self.lock.leave(&self.waiter);
        } else {
            // It was handed over to somebody who never came to know: the next one gets it, and is
            // told what this one would have been told.
            let mut state = self.lock.state.lock();
            // Anybody may have released it meanwhile, and somebody else may have it.
            if state.owner == Some(self.waiter.actor) {
                state.abandoned |= self.waiter.claim.load(Ordering::Acquire) == GRANTED_ABANDONED;
                state.hand_over();
            }
        }
    }
}

/// Gives back what an actor that has ended still had, by the rules of death: after a normal end a
/// lock stays taken, else it is released and counts as abandoned.
pub fn settle(actor: &Actor, ended_normally: bool) {
    for referent in actor.take_held() {
        let referent: &AnyReferent = &referent;
        let Some(lock) = referent.body().as_any().downcast_ref::<Lock>() else { continue };
        let mut state = lock.state.lock();
        if state.owner != Some(actor.id()) {
            continue;
        }
        if ended_normally {
            tracing::warn!(target: "commonhold::lock", "{} ended and keeps the lock {:#x}", actor.name(), referent.id());
        } else {
            tracing::warn!(target: "commonhold::lock", "{} died with the lock {:#x}, which is released", actor.name(), referent.id());
            state.abandoned = true;
            state.hand_over();
        }
    }
}

/// `acquire`'s timeout, as Python has it: seconds, `None` or -1 for none.
fn timeout(blocking: bool, timeout: Option<Item>) -> Outcome<Option<Duration>> {
    let seconds = match timeout {
        None | Some(Item::Null) => -1.0,
        Some(item) => item.as_seconds()?,
    };
    if !blocking {
        return if seconds == -1.0 {
            Ok(Some(Duration::ZERO))
        } else {
            Err(CallError::new(ErrorKind::Value, "can't specify a timeout for a non-blocking call"))
        };
    }
    if seconds == -1.0 {
        return Ok(None);
    }
    if seconds < 0.0 || seconds.is_nan() {
        return Err(CallError::new(ErrorKind::Value, "timeout value must be a non-negative number"));
    }
    Duration::try_from_secs_f64(seconds)
        .map(Some)
        .map_err(|_| CallError::new(ErrorKind::Overflow, "timeout value is too large"))
}

const ACQUIRE: u32 = 0;
const RELEASE: u32 = 1;
const LOCKED: u32 = 2;

static METHODS: &[Method] = &[
    Method {
        signature: "acquire(blocking=True, timeout=None)",
        doc: "Takes the lock, waiting for it in turn; whether it was taken in time.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let blocking = call.args.flag(0, true);
                let timeout = timeout(blocking, call.args.take(1))?;
                let acquired = Lock::acquire(call.me, call.caller, timeout).await?;
                Ok(Item::Bool(acquired != Acquired::TimedOut))
            })
        }),
    },
    Method {
        signature: "release()",
        doc: "Gives the lock to whoever has waited longest. RuntimeError if it is not taken.",
        effect: Effect::Changes,
        run: Run::Now(|call| Lock::release(call.me).map(|()| Item::Null)),
    },
    Method {
        signature: "locked()",
        doc: "Whether the lock is taken.",
        effect: Effect::Reads,
        run: Run::Now(|call| Lock::locked(call.me).map(Item::Bool)),
    },
];

static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("Lock", "AcquirerProxy", "A lock that is not re-entrant.", METHODS));

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor { signature: "Lock()", run: |caller, _| Ok(Lock::create(caller)) }),
};

impl Shared for Lock {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        Remains::Nothing
    }

    fn edges(&self, _visit: &mut dyn FnMut(&Proxy)) {}

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        let state = if self.state.lock().owner.is_some() { "locked" } else { "unlocked" };
        Ok(format!("<{state} _thread.lock object at {me:#x}>"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Limits;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn acquires(lock: &Proxy, caller: &Caller) -> bool {
        matches!(poll(pin!(Lock::acquire(lock, caller, Some(Duration::ZERO)))), Poll::Ready(Ok(Acquired::Acquired)))
    }

    /// Callers that are parties of their own, and a lock that the first has.
    fn taken() -> ([Caller; 3], Proxy) {
        let home = Home::new(Limits::default());
        let callers = [(); 3].map(|()| home.guard());
        let lock = Lock::create(&callers[0]);
        assert!(acquires(&lock, &callers[0]));
        (callers, lock)
    }

    #[test]
    fn a_lock_that_was_handed_to_one_who_died_goes_to_the_next() {
        let ([_, second, third], lock) = taken();
        let mut next = pin!(Lock::acquire(&lock, &third, None));
        {
            let mut dying = Box::pin(Lock::acquire(&lock, &second, None));
            assert!(poll(dying.as_mut()).is_pending());
            assert!(poll(next.as_mut()).is_pending());
            Lock::release(&lock).unwrap();
            assert!(poll(next.as_mut()).is_pending());
        }
        assert!(matches!(poll(next), Poll::Ready(Ok(Acquired::Acquired))));
    }

    #[test]
    fn locks_that_are_taken_in_turns_are_not_remembered_for_each_time() {
        let ([caller, ..], held) = taken();
        let [one, other] = [(); 2].map(|()| Lock::create(&caller));
        for _ in 0..1000 {
            assert!(acquires(&one, &caller) && acquires(&other, &caller));
            Lock::release(&one).unwrap();
            Lock::release(&other).unwrap();
        }
        let remembered = caller.actor.take_held();
        assert!(remembered.len() <= 70, "{}", remembered.len());
        assert!(remembered.iter().any(|lock| lock.id() == held.id()));
    }

    #[test]
    fn a_lock_that_was_forgotten_is_remembered_when_it_is_taken_again() {
        let ([caller, ..], _held) = taken();
        let first = Lock::create(&caller);
        let others = [(); 100].map(|()| Lock::create(&caller));
        for lock in std::iter::once(&first).chain(&others) {
            assert!(acquires(lock, &caller));
            Lock::release(lock).unwrap();
        }
        assert!(acquires(&first, &caller));
        assert!(caller.actor.take_held().iter().any(|lock| lock.id() == first.id()));
    }

    #[test]
    fn one_who_died_does_not_give_away_what_somebody_else_has_by_now() {
        let ([first, second, third], lock) = taken();
        let mut dying = Box::pin(Lock::acquire(&lock, &second, None));
        assert!(poll(dying.as_mut()).is_pending());
        // It is handed over, and released, and taken, before the one that waited comes to know.
        Lock::release(&lock).unwrap();
        Lock::release(&lock).unwrap();
        assert!(acquires(&lock, &third));
        drop(dying);
        assert!(Lock::locked(&lock).unwrap());
        assert!(!acquires(&lock, &first));
    }
}
