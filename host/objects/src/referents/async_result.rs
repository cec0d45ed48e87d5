//! `AsyncResult`: what will come of tasks that a pool was given.

use super::prelude::*;
use super::seconds;
use crate::object::{Attempt, Gather, Job, Operation, wait};
use std::time::Duration;

pub struct AsyncResult {
    job: Arc<Job>,
}

/// That what was waited for did not come in time, as the results of a pool say it.
pub(super) fn timed_out() -> CallError {
    CallError::new(ErrorKind::Timeout, "")
        .with_type_name("multiprocessing.context.TimeoutError")
        .with_args(commonhold_wire::Value::Tuple(Vec::new()))
}

impl AsyncResult {
    pub(super) fn create(home: &Arc<Home>, job: &Arc<Job>) -> Proxy {
        Referent::create(home, Self { job: job.clone() })
    }

    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "AsyncResult")
    }

    /// What came of the tasks, after waiting for it as long as `timeout` says, for ever if there is none. Of several
    /// tasks it is a list, or the first failure.
    ///
    /// None if they were not all done in time. Else the errors of the tasks.
    pub async fn get(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Option<Item>> {
        me.check(GET)?;
        let this = Self::of(me)?;
        this.finished(me, caller, timeout).await?;
        this.job.outcome(me.home()).transpose()
    }

    /// Waits until all tasks are done, as long as `timeout` says; whether they are.
    pub async fn wait(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<bool> {
        me.check(WAIT)?;
        let this = Self::of(me)?;
        this.finished(me, caller, timeout).await?;
        Ok(this.job.is_done().is_some())
    }

    async fn finished(&self, me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<()> {
        let mut operation = self.job.finishing(me);
        if let Attempt::NotNow = operation.attempt(None)? {
            Box::pin(wait(&mut operation, &caller.actor, timeout)).await?;
        }
        Ok(())
    }

    /// Whether all tasks are done.
    pub fn is_ready(me: &Proxy) -> Outcome<bool> {
        me.check(READY)?;
        Ok(Self::of(me)?.job.is_done().is_some())
    }

    /// Whether all tasks are done and none has failed. `value` if they are not done.
    pub fn is_successful(me: &Proxy) -> Outcome<bool> {
        me.check(SUCCESSFUL)?;
        let this = Self::of(me)?;
        this.job.is_done().ok_or_else(|| CallError::value(format!("{} not ready", this.in_words(me.id()))))
    }

    fn in_words(&self, id: u64) -> String {
        let class = if self.job.gather() == Gather::One { "ApplyResult" } else { "MapResult" };
        format!("<multiprocessing.pool.{class} object at {id:#x}>")
    }
}

const GET: u32 = Method::number(METHODS, "get");
const WAIT: u32 = Method::number(METHODS, "wait");
const READY: u32 = Method::number(METHODS, "ready");
const SUCCESSFUL: u32 = Method::number(METHODS, "successful");

const METHODS: &[Method] = &[
    Method {
        signature: "get(timeout=None)",
        doc: "What came of the tasks, waiting for it for so many seconds at most: of one its value, of several a list. \
              TimeoutError if they were not done in time, the error of the first that failed if any did.",
        effect: Effect::Reads,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = seconds::optional(call.args.take(0))?;
                AsyncResult::get(call.me, call.caller, timeout).await?.ok_or_else(timed_out)
            })
        }),
    },
    Method {
        signature: "wait(timeout=None)",
        doc: "Waits until the tasks are done, for so many seconds at most.",
        effect: Effect::Reads,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = seconds::optional(call.args.take(0))?;
                AsyncResult::wait(call.me, call.caller, timeout).await.map(|_| Item::Null)
            })
        }),
    },
    Method {
        signature: "ready()",
        doc: "Whether the tasks are done.",
        effect: Effect::Reads,
        run: Run::Now(|call| AsyncResult::is_ready(call.me).map(Item::Bool)),
    },
    Method {
        signature: "successful()",
        doc: "Whether the tasks are done without a failure. ValueError if they are not done.",
        effect: Effect::Reads,
        run: Run::Now(|call| AsyncResult::is_successful(call.me).map(Item::Bool)),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    let doc = "What will come of tasks that a pool was given. A Pool makes it.";
    TypeInfo::declare("AsyncResult", "AutoProxy[AsyncResult]", doc, METHODS)
});

pub const TYPE: Builtin = Builtin { info: &INFO, constructor: None };

impl Shared for AsyncResult {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let held = self.job.abandon();
        let weight = held.0.len() + 1;
        Remains::Other(Box::new(held), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        self.job.edges(visit);
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        Ok(self.in_words(me))
    }
}
