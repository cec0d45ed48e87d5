//! `Lock`: not re-entrant, first come, first served.

use super::mutual::{Acquire, Mutual};
use super::prelude::*;
use super::seconds;
use crate::object::{Actor, Referent as AnyReferent};
use std::time::Duration;

pub use super::mutual::Acquired;

pub struct Lock {
    mutual: Mutual,
}

impl Lock {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Lock")
    }

    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self { mutual: Mutual::new(false) })
    }

    pub(super) fn mutual(&self) -> &Mutual {
        &self.mutual
    }

    /// Takes the lock; waits for it as long as `timeout` says, for ever if there is none.
    pub async fn acquire(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Acquired> {
        me.check(ACQUIRE)?;
        let acquire = Acquire::new(&Self::of(me)?.mutual, me.referent(), caller, me);
        match acquire.at_once() {
            Some(acquired) => Ok(acquired),
            None => acquire.wait(timeout).await,
        }
    }

    /// Taking it, as one of several things that are waited for.
    pub(super) fn acquiring<'a>(me: &'a Proxy, caller: &'a Caller) -> Outcome<Acquire<'a>> {
        me.check(ACQUIRE)?;
        Ok(Acquire::new(&Self::of(me)?.mutual, me.referent(), caller, me))
    }

    /// Gives the lock back; anybody may.
    pub fn release(me: &Proxy, caller: &Caller) -> Outcome<()> {
        me.check(RELEASE)?;
        Self::of(me)?.mutual.release(caller)
    }

    /// Gives the lock back if it is the caller's: what a guard does, whatever its proxy may.
    pub fn release_own(me: &Proxy, caller: &Caller) -> Outcome<()> {
        Self::of(me)?.mutual.release_own(caller);
        Ok(())
    }

    pub fn locked(me: &Proxy) -> Outcome<bool> {
        me.check(LOCKED)?;
        Ok(Self::of(me)?.mutual.is_locked())
    }
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
                let timeout = seconds::of_lock(blocking, call.args.take(1))?;
                let acquired = Lock::acquire(call.me, call.caller, timeout).await?;
                Ok(Item::Bool(acquired != Acquired::TimedOut))
            })
        }),
    },
    Method {
        signature: "release()",
        doc: "Gives the lock to whoever has waited longest. RuntimeError if it is not taken.",
        effect: Effect::Changes,
        run: Run::Now(|call| Lock::release(call.me, call.caller).map(|()| Item::Null)),
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
        let state = if self.mutual.is_locked() { "locked" } else { "unlocked" };
        Ok(format!("<{state} _thread.lock object at {me:#x}>"))
    }

    fn owner(&self) -> Option<u64> {
        self.mutual.owner().map(|(owner, _)| owner)
    }

    fn is_held_or_forgotten(&self, actor: u64) -> bool {
        self.mutual.is_held_or_forgotten(actor)
    }

    fn settle(&self, me: &AnyReferent, actor: &Actor, ended_normally: bool) {
        self.mutual.settle(me, actor, ended_normally);
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
            Lock::release(&lock, &second).unwrap();
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
            Lock::release(&one, &caller).unwrap();
            Lock::release(&other, &caller).unwrap();
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
            Lock::release(lock, &caller).unwrap();
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
        Lock::release(&lock, &second).unwrap();
        Lock::release(&lock, &second).unwrap();
        assert!(acquires(&lock, &third));
        drop(dying);
        assert!(Lock::locked(&lock).unwrap());
        assert!(!acquires(&lock, &first));
    }
}
