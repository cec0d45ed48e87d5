//! `Event`: a flag that others wait for.

use super::prelude::*;
use super::seconds;
use crate::object::{Attempt, Granted, Grants, Line, Operation, Referent as AnyReferent, Standing, wait};
use std::time::Duration;

#[derive(Default)]
pub struct Event {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_set: bool,
    line: Line,
}

impl Event {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Event")
    }

    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self::default())
    }

    pub fn is_set(me: &Proxy) -> Outcome<bool> {
        me.check(IS_SET)?;
        Ok(Self::of(me)?.state.lock().is_set)
    }

    /// Sets the flag; all who wait go on.
    pub fn set(me: &Proxy) -> Outcome<()> {
        me.check(SET)?;
        let mut state = Self::of(me)?.state.lock();
        state.is_set = true;
        let wakes = state.line.give_all(|()| Granted::Turn);
        drop(state);
        drop(wakes);
        Ok(())
    }

    pub fn clear(me: &Proxy) -> Outcome<()> {
        me.check(CLEAR)?;
        Self::of(me)?.state.lock().is_set = false;
        Ok(())
    }

    /// Waits until the flag is set; whether it was in time.
    pub async fn wait(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<bool> {
        let mut operation = Self::waiting(me)?;
        if let Attempt::Over(_) = operation.attempt(None)? {
            return Ok(true);
        }
        Ok(Box::pin(wait(&mut operation, &caller.actor, timeout)).await?.is_some())
    }

    /// Waiting for it, as one of several things.
    pub(super) fn waiting(me: &Proxy) -> Outcome<Waiting<'_>> {
        me.check(WAIT)?;
        Ok(Waiting { event: Self::of(me)?, me })
    }
}

pub(super) struct Waiting<'a> {
    event: &'a Event,
    me: &'a Proxy,
}

impl Operation for Waiting<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.event.state.lock();
        Ok(match standing {
            _ if state.is_set => Attempt::Over(Granted::Turn),
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.line.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.event.state.lock().line.leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {}

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.me.grant()])
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

const IS_SET: u32 = 0;
const SET: u32 = 1;
const CLEAR: u32 = 2;
const WAIT: u32 = 3;

static METHODS: &[Method] = &[
    Method {
        signature: "is_set()",
        doc: "Whether the flag is set.",
        effect: Effect::Reads,
        run: Run::Now(|call| Event::is_set(call.me).map(Item::Bool)),
    },
    Method {
        signature: "set()",
        doc: "Sets the flag; all who wait for it go on.",
        effect: Effect::Changes,
        run: Run::Now(|call| Event::set(call.me).map(|()| Item::Null)),
    },
    Method {
        signature: "clear()",
        doc: "Takes the flag back.",
        effect: Effect::Changes,
        run: Run::Now(|call| Event::clear(call.me).map(|()| Item::Null)),
    },
    Method {
        signature: "wait(timeout=None)",
        doc: "Waits until the flag is set, for so many seconds at most; whether it is.",
        effect: Effect::Reads,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = seconds::optional(call.args.take(0))?;
                Event::wait(call.me, call.caller, timeout).await.map(Item::Bool)
            })
        }),
    },
];

static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("Event", "EventProxy", "A flag that others wait for.", METHODS));

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor { signature: "Event()", run: |caller, _| Ok(Event::create(caller)) }),
};

impl Shared for Event {
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
        let state = if self.state.lock().is_set { "set" } else { "unset" };
        Ok(format!("<threading.Event at {me:#x}: {state}>"))
    }
}
