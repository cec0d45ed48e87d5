//! `RLock`: its owner, a process, can take it again; it is free when it was given back as often.

use super::lock::Acquired;
use super::mutual::{Acquire, Mutual};
use super::prelude::*;
use super::seconds;
use crate::object::{Actor, Referent as AnyReferent};
use std::time::Duration;

pub struct RLock {
    mutual: Mutual,
}

impl RLock {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "RLock")
    }

    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self { mutual: Mutual::new(true) })
    }

    pub(super) fn mutual(&self) -> &Mutual {
        &self.mutual
    }

    /// Takes the lock once more; waits for it as long as `timeout` says, for ever if there is none.
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

    /// Gives the lock back once; only its owner may.
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
        doc: "Takes the lock, waiting for it in turn unless the process has it already; whether it was taken in time.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let blocking = call.args.flag(0, true);
                let timeout = seconds::of_lock(blocking, call.args.take(1))?;
                let acquired = RLock::acquire(call.me, call.caller, timeout).await?;
                Ok(Item::Bool(acquired != Acquired::TimedOut))
            })
        }),
    },
    Method {
        signature: "release()",
        doc: "Gives the lock back once. RuntimeError if the process does not have it.",
        effect: Effect::Changes,
        run: Run::Now(|call| RLock::release(call.me, call.caller).map(|()| Item::Null)),
    },
    Method {
        signature: "locked()",
        doc: "Whether the lock is taken.",
        effect: Effect::Reads,
        run: Run::Now(|call| RLock::locked(call.me).map(Item::Bool)),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("RLock", "AcquirerProxy", "A lock that its owner, a process, can take again.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor { signature: "RLock()", run: |caller, _| Ok(RLock::create(caller)) }),
};

/// As CPython prints one.
pub(super) fn in_words(mutual: &Mutual, id: u64) -> String {
    let (state, owner, count) = match mutual.owner() {
        Some((owner, count)) => ("locked", owner, count),
        None => ("unlocked", 0, 0),
    };
    format!("<{state} _thread.RLock object owner={owner} count={count} at {id:#x}>")
}

impl Shared for RLock {
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
        Ok(in_words(&self.mutual, me))
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
