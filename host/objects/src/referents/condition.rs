//! `Condition`: waiting for news of what a lock protects.
//!
//! A condition has a reentrant lock of its own, or is over a `Lock` or an `RLock` that others can use as well.

use super::lock::{Acquired, Lock};
use super::mutual::{Acquire, Mutual};
use super::prelude::*;
use super::rlock::{self, RLock};
use super::seconds;
use crate::object::{
    Actor, Attempt, Grant, Granted, Grants, Line, Operation, Referent as AnyReferent, Standing, Wakes, wait,
};
use std::time::Duration;

pub struct Condition {
    lock: Which,
    line: Mutex<Line>,
}

/// How a wait ended, after which the lock is taken again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Woken {
    /// Whether it was notified in time.
    pub is_notified: bool,
    /// Whether the process that had the lock meanwhile died with it.
    pub is_abandoned: bool,
}

/// The lock of a condition.
enum Which {
    Own(Mutual),
    Other(Mutex<Option<Proxy>>, Arc<AnyReferent>),
}

impl Condition {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Condition")
    }

    /// A new condition, over a lock if one is given.
    ///
    /// `type` if it is none, `not-exposed` if its proxy may not both acquire and release.
    pub fn create(caller: &Caller, lock: Option<&Proxy>) -> Outcome<Proxy> {
        let lock = match lock {
            None => Which::Own(Mutual::new(true)),
            Some(lock) => {
                if mutual_of(lock.referent()).is_none() {
                    return Err(type_error(format!(
                        "a Condition is over a Lock or an RLock, not over '{}'",
                        lock.typeid()
                    )));
                }
                may_lock(lock)?;
                let lock = lock.clone();
                lock.moved();
                let referent = lock.referent().clone();
                Which::Other(Mutex::new(Some(lock)), referent)
            }
        };
        Ok(Referent::create(&caller.home, Self { lock, line: Mutex::default() }))
    }

    /// The lock, and the object whose lock it is, for who may use them. That is a use of the proxy to the lock.
    ///
    /// `revoked` if that may no more be done with the lock.
    fn mutual<'a>(&'a self, me: &'a Proxy) -> Outcome<(&'a Mutual, &'a Arc<AnyReferent>)> {
        if let Which::Other(lock, _) = &self.lock
            && let Some(lock) = &*lock.lock()
        {
            may_lock(lock)?;
        }
        self.mutual_unchecked(me)
    }

    /// Fails unless the proxy to a lock that is not its own may still be used, by an operation that is under way.
    fn may_still_lock(&self) -> Outcome<()> {
        let Which::Other(lock, _) = &self.lock else { return Ok(()) };
        lock.lock().as_ref().map_or(Ok(()), |lock| lock.check_again(number_of(lock, "acquire")))
    }

    /// What the right to a lock that is not its own depends on.
    fn grant_of_lock(&self) -> Option<Grant> {
        match &self.lock {
            Which::Own(_) => None,
            Which::Other(lock, _) => lock.lock().as_ref().map(|lock| lock.grant().clone()),
        }
    }

    /// Taking the lock, so often.
    fn acquiring<'a>(
        &self,
        (mutual, owner): (&'a Mutual, &'a Arc<AnyReferent>),
        me: &'a Proxy,
        caller: &'a Caller,
        depth: u64,
    ) -> Acquire<'a> {
        Acquire { depth, also_through: self.grant_of_lock(), ..Acquire::new(mutual, owner, caller, me) }
    }

    fn mutual_unchecked<'a>(&'a self, me: &'a Proxy) -> Outcome<(&'a Mutual, &'a Arc<AnyReferent>)> {
        match &self.lock {
            Which::Own(mutual) => Ok((mutual, me.referent())),
            Which::Other(_, referent) => match mutual_of(referent) {
                Some(mutual) => Ok((mutual, referent)),
                None => Err(CallError::internal("a condition without a lock")),
            },
        }
    }
}

/// Fails unless a proxy to a lock may acquire and release it.
fn may_lock(lock: &Proxy) -> Outcome<()> {
    // First what does not count, so that nothing counts which is refused.
    lock.check_again(number_of(lock, "release"))?;
    lock.check(number_of(lock, "acquire"))
}

/// The number of a lock's method.
fn number_of(lock: &Proxy, method: &str) -> u32 {
    lock.body().type_info().number_of(method).unwrap_or(0)
}

/// What the lock of a `Lock` or an `RLock` consists of.
fn mutual_of(referent: &AnyReferent) -> Option<&Mutual> {
    let body = referent.body().as_any();
    body.downcast_ref().map(Lock::mutual).or_else(|| body.downcast_ref().map(RLock::mutual))
}

impl Condition {
    /// Takes the condition's lock.
    pub async fn acquire(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Acquired> {
        me.check(ACQUIRE)?;
        let this = Self::of(me)?;
        let acquire = this.acquiring(this.mutual(me)?, me, caller, 1);
        match acquire.at_once() {
            Some(acquired) => Ok(acquired),
            None => acquire.wait(timeout).await,
        }
    }

    /// Gives the condition's lock back.
    pub fn release(me: &Proxy, caller: &Caller) -> Outcome<()> {
        me.check(RELEASE)?;
        Self::of(me)?.mutual(me)?.0.release(caller)
    }

    /// Gives the condition's lock back if it is the caller's: what a guard does, whatever its proxy may.
    pub fn release_own(me: &Proxy, caller: &Caller) -> Outcome<()> {
        Self::of(me)?.mutual_unchecked(me)?.0.release_own(caller);
        Ok(())
    }

    pub fn locked(me: &Proxy) -> Outcome<bool> {
        me.check(LOCKED)?;
        Ok(Self::of(me)?.mutual(me)?.0.is_locked())
    }

    /// Gives the lock back, waits to be notified, and takes the lock again, as often as it had been taken; whether it
    /// was notified in time. That is told only when it has the lock again, however long that takes. Who is revoked
    /// meanwhile is told at once, and does not have the lock.
    pub async fn wait(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Woken> {
        me.check(WAIT)?;
        let this = Self::of(me)?;
        let (mutual, owner) = this.mutual(me)?;
        let lock = this.grant_of_lock();
        let mut notified = Notified { condition: this, me, mutual, caller, depth: None, lock };
        // Even who does not wait lets others have the lock for a moment, or whoever asks over and over would never see
        // a change.
        let timeout = timeout.map(|timeout| timeout.max(Duration::from_nanos(1)));
        let outcome = Box::pin(wait(&mut notified, &caller.actor, timeout)).await;
        // Without that it never gave the lock back.
        let Some(depth) = notified.depth else {
            return outcome.map(|granted| Woken { is_notified: granted.is_some(), is_abandoned: false });
        };
        if let Err(error) = &outcome
            && error.kind == ErrorKind::Revoked
        {
            // It may not take the lock again.
            return outcome.map(|_| Woken { is_notified: false, is_abandoned: false });
        }
        let mut passed_on = PassedOn { condition: this, is_owed: matches!(outcome, Ok(Some(_))) };
        // Nor may one who was revoked after it was notified: the next is notified in its place.
        me.check_again(WAIT)?;
        this.may_still_lock()?;
        // Whatever else came of the wait: whoever waits has the lock afterwards.
        let acquire = this.acquiring((mutual, owner), me, caller, depth);
        let acquired = match acquire.at_once() {
            Some(acquired) => acquired,
            None => acquire.wait(None).await?,
        };
        passed_on.is_owed = false;
        let is_abandoned = acquired == Acquired::Abandoned;
        outcome.map(|granted| Woken { is_notified: granted.is_some(), is_abandoned })
    }

    /// Lets so many of those who wait go on, in their order.
    pub fn notify(me: &Proxy, caller: &Caller, count: u64) -> Outcome<()> {
        me.check(NOTIFY)?;
        Self::of(me)?.notify_some(me, caller, count)
    }

    pub fn notify_all(me: &Proxy, caller: &Caller) -> Outcome<()> {
        me.check(NOTIFY_ALL)?;
        Self::of(me)?.notify_some(me, caller, u64::MAX)
    }

    fn notify_some(&self, me: &Proxy, caller: &Caller, count: u64) -> Outcome<()> {
        if !self.mutual(me)?.0.is_owned(caller) {
            return Err(CallError::runtime("cannot notify on un-acquired lock"));
        }
        self.wake(count);
        Ok(())
    }

    fn wake(&self, count: u64) {
        let mut wakes = Wakes::new();
        let mut line = self.line.lock();
        for _ in 0..count {
            let Some(wake) = line.give(|_, ()| Granted::Turn) else { break };
            wakes.push(wake);
        }
        drop(line);
        drop(wakes);
    }
}

/// Somebody who was notified and dies before it has the lock again owes the notification to the next.
struct PassedOn<'a> {
    condition: &'a Condition,
    is_owed: bool,
}

impl Drop for PassedOn<'_> {
    fn drop(&mut self) {
        if self.is_owed {
            self.condition.wake(1);
        }
    }
}

/// Being notified.
struct Notified<'a> {
    condition: &'a Condition,
    me: &'a Proxy,
    mutual: &'a Mutual,
    caller: &'a Caller,
    /// How often the lock had been taken.
    depth: Option<u64>,
    /// What the right to a lock that is not the condition's own depends on.
    lock: Option<Grant>,
}

impl Operation for Notified<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let unowned = || CallError::runtime("cannot wait on un-acquired lock");
        let Some(standing) = standing else {
            return if self.mutual.is_owned(self.caller) { Ok(Attempt::NotNow) } else { Err(unowned()) };
        };
        // In line before the lock is free, so that no notification is missed.
        let ticket = self.condition.line.lock().join(standing, ());
        self.depth = self.mutual.release_all(self.caller);
        if self.depth.is_none() {
            self.leave(ticket);
            return Err(unowned());
        }
        Ok(Attempt::InLine(ticket))
    }

    fn leave(&self, ticket: u64) {
        self.condition.line.lock().leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {
        self.condition.wake(1);
    }

    fn through(&self) -> Grants<'_> {
        [self.me.grant()].into_iter().chain(&self.lock).collect()
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

const ACQUIRE: u32 = 0;
const RELEASE: u32 = 1;
const LOCKED: u32 = 2;
const WAIT: u32 = 3;
const NOTIFY: u32 = 4;
const NOTIFY_ALL: u32 = 5;

static METHODS: &[Method] = &[
    Method {
        signature: "acquire(blocking=True, timeout=None)",
        doc: "Takes the lock, waiting for it in turn; whether it was taken in time.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let blocking = call.args.flag(0, true);
                let timeout = seconds::of_lock(blocking, call.args.take(1))?;
                let acquired = Condition::acquire(call.me, call.caller, timeout).await?;
                Ok(Item::Bool(acquired != Acquired::TimedOut))
            })
        }),
    },
    Method {
        signature: "release()",
        doc: "Gives the lock back. RuntimeError if the process does not have it.",
        effect: Effect::Changes,
        run: Run::Now(|call| Condition::release(call.me, call.caller).map(|()| Item::Null)),
    },
    Method {
        signature: "locked()",
        doc: "Whether the lock is taken.",
        effect: Effect::Reads,
        run: Run::Now(|call| Condition::locked(call.me).map(Item::Bool)),
    },
    Method {
        signature: "wait(timeout=None)",
        doc: "Gives the lock back, waits to be notified, for so many seconds at most, and takes the lock again; whether \
              it was notified in time. RuntimeError if the lock is not taken.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = seconds::optional(call.args.take(0))?;
                Condition::wait(call.me, call.caller, timeout).await.map(|woken| Item::Bool(woken.is_notified))
            })
        }),
    },
    Method {
        signature: "notify(n=1)",
        doc: "Lets so many of those who wait go on, those who have waited longest. RuntimeError if the lock is not taken.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let whole = |item: Item| super::slice::number(&item, "Python int too large to convert to C ssize_t");
            let count = call.args.take(0).map_or(Ok(1), whole)?;
            Condition::notify(call.me, call.caller, u64::try_from(count).unwrap_or(0)).map(|()| Item::Null)
        }),
    },
    Method {
        signature: "notify_all()",
        doc: "Lets all who wait go on. RuntimeError if the lock is not taken.",
        effect: Effect::Changes,
        run: Run::Now(|call| Condition::notify_all(call.me, call.caller).map(|()| Item::Null)),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("Condition", "ConditionProxy", "Waiting for news of what a lock protects.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Condition(lock=None)",
        run: |caller, mut args| match args.take(0) {
            None | Some(Item::Null) => Condition::create(caller, None),
            Some(Item::Proxy(lock)) => Condition::create(caller, Some(&lock)),
            Some(other) => {
                Err(type_error(format!("a Condition is over a Lock or an RLock, not over '{}'", other.type_name())))
            }
        },
    }),
};

impl Shared for Condition {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        match &self.lock {
            Which::Own(_) => Remains::Nothing,
            Which::Other(lock, _) => Remains::Items(lock.lock().take().map(Item::proxy).into_iter().collect()),
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        if let Which::Other(lock, _) = &self.lock
            && let Some(lock) = &*lock.lock()
        {
            visit(lock);
        }
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        let lock = match &self.lock {
            Which::Own(mutual) => rlock::in_words(mutual, me),
            Which::Other(lock, _) => lock.lock().as_ref().map(Proxy::repr).unwrap_or_default(),
        };
        Ok(format!("<Condition({lock}, {})>", self.line.lock().len()))
    }

    fn owner(&self) -> Option<u64> {
        match &self.lock {
            Which::Own(mutual) => mutual.owner().map(|(owner, _)| owner),
            Which::Other(..) => None,
        }
    }

    fn is_held_or_forgotten(&self, actor: u64) -> bool {
        match &self.lock {
            Which::Own(mutual) => mutual.is_held_or_forgotten(actor),
            Which::Other(..) => false,
        }
    }

    fn settle(&self, me: &AnyReferent, actor: &Actor, ended_normally: bool) {
        if let Which::Own(mutual) = &self.lock {
            mutual.settle(me, actor, ended_normally);
        }
    }
}
