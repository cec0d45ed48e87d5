//! `Queue` and `JoinableQueue`: items on their way from some processes to others, first in, first out.
//!
//! An item that is put while somebody waits for one is handed over, and so is the room for one: nobody overtakes those
//! who wait. What a process was given that died before it came to know goes back to the front.
//!
//! A queue knows how many items are not done. A joinable one knows for each process how many it has taken and not
//! acknowledged: those of one that dies count as done, or whoever joins the queue would wait for ever.

use super::heavy::{heavy, lock};
use super::prelude::*;
use super::seconds;
use crate::object::{
    Actor, Attempt, Granted, Grants, Line, Operation, Referent as AnyReferent, Standing, Wake, Wakes, wait,
};
use commonhold_wire::Value;
use std::collections::VecDeque;
use std::time::Duration;

pub struct Queue {
    is_joinable: bool,
    /// How many items it may hold; any number if there is none.
    most: Option<usize>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    items: VecDeque<Item>,
    /// Those who wait for an item.
    getters: Line,
    /// Those who wait for room, each with its item.
    putters: Line<Item>,
    /// Those who wait until all is done.
    joiners: Line,
    /// How many items were put and are not done.
    unfinished: u64,
    /// Of a joinable queue: how many of them each process has taken, by when it took the first of them.
    taken: Vec<(u64, u64)>,
    is_shut_down: bool,
    /// Whether it was shut down at once: what comes back then is given up, like what it held.
    is_given_up: bool,
}

impl State {
    /// Takes an item out, and lets in whoever waits for the room.
    fn take(&mut self, most: Option<usize>) -> Option<(Item, Option<Wake>)> {
        let item = self.items.pop_front()?;
        item.moved();
        let Self { items, putters, unfinished, .. } = self;
        // What came back from those who died may be more than there is room for.
        let wake = if most.is_none_or(|most| items.len() < most) {
            putters.give(|_, item| {
                items.push_back(item);
                *unfinished += 1;
                Granted::Turn
            })
        } else {
            None
        };
        Some((item, wake))
    }

    /// Gives an item to whoever has waited longest for one. It comes back if nobody waits.
    fn hand_over(&mut self, item: Item, is_joinable: bool) -> Result<Option<Wake>, Item> {
        let mut item = Some(item);
        let taken = &mut self.taken;
        let wake = self.getters.give(|actor, ()| {
            if is_joinable {
                note(taken, actor.id());
            }
            Granted::Item(item.take().unwrap_or(Item::Null))
        });
        match item {
            None => Ok(wake),
            Some(item) => Err(item),
        }
    }

    /// So many items are done.
    fn finish(&mut self, count: u64) -> Wakes {
        self.unfinished = self.unfinished.saturating_sub(count);
        if self.unfinished == 0 { self.joiners.give_all(|()| Granted::Turn) } else { Wakes::new() }
    }

    /// The process acknowledged an item: one that it took, else one of whoever has had one for the longest time.
    fn acknowledge(&mut self, actor: u64) {
        if !self.forget(actor) && !self.taken.is_empty() {
            self.forget_one_at(0);
        }
    }

    /// The process has one item less to acknowledge; false if it had none.
    fn forget(&mut self, actor: u64) -> bool {
        let taker = self.taken.iter().position(|(taker, _)| *taker == actor);
        taker.map(|taker| self.forget_one_at(taker)).is_some()
    }

    fn forget_one_at(&mut self, taker: usize) {
        let (_, count) = &mut self.taken[taker];
        *count -= 1;
        if *count == 0 {
            self.taken.remove(taker);
        }
    }
}

/// The process took an item.
fn note(taken: &mut Vec<(u64, u64)>, actor: u64) {
    match taken.iter_mut().find(|(taker, _)| *taker == actor) {
        Some((_, count)) => *count += 1,
        None => taken.push((actor, 1)),
    }
}

fn no_arguments(kind: ErrorKind) -> CallError {
    CallError::new(kind, "").with_args(Value::Tuple(Vec::new()))
}

fn shut_down() -> CallError {
    no_arguments(ErrorKind::ShutDown)
}

impl Queue {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Queue")
    }

    /// A new queue for so many items at most; for any number if none or zero is given.
    pub fn create(caller: &Caller, maxsize: Option<u64>, is_joinable: bool) -> Proxy {
        let most = maxsize.filter(|most| *most > 0).map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        Referent::create(&caller.home, Self { is_joinable, most, state: Mutex::default() })
    }

    /// Adds an item at the end; waits for room as long as `timeout` says, for ever if there is none.
    ///
    /// `full` if there was no room in time, `shut-down` if it was shut down, `quota-exceeded` if it has no greatest size
    /// and holds as much as a container can.
    pub async fn put(me: &Proxy, caller: &Caller, item: Item, timeout: Option<Duration>) -> Outcome<()> {
        let mut putting = Self::putting(me, item)?;
        if let Attempt::Over(_) = putting.attempt(None)? {
            return Ok(());
        }
        match Box::pin(wait(&mut putting, &caller.actor, timeout)).await? {
            Some(_) => Ok(()),
            None => Err(no_arguments(ErrorKind::Full)),
        }
    }

    fn putting(me: &Proxy, item: Item) -> Outcome<Putting<'_>> {
        me.check(PUT)?;
        Ok(Putting { queue: Self::of(me)?, me, item: Some(item) })
    }

    /// Removes and returns the item at the front; waits for one as long as `timeout` says, for ever if there is none.
    ///
    /// `empty` if there was none in time, `shut-down` if there will be none.
    pub async fn get(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<Item> {
        let mut getting = Self::getting(me, caller)?;
        let granted = match getting.attempt(None)? {
            Attempt::Over(granted) => Some(granted),
            Attempt::InLine(_) | Attempt::NotNow => Box::pin(wait(&mut getting, &caller.actor, timeout)).await?,
        };
        match granted {
            Some(granted) => Ok(getting.after(granted)),
            None => Err(no_arguments(ErrorKind::Empty)),
        }
    }

    /// Taking an item, as one of several things that are waited for.
    pub(super) fn getting<'a>(me: &'a Proxy, caller: &'a Caller) -> Outcome<Getting<'a>> {
        me.check(GET)?;
        Ok(Getting { queue: Self::of(me)?, me, caller })
    }

    pub fn length(me: &Proxy) -> Outcome<u64> {
        me.check(QSIZE)?;
        Ok(lock(&Self::of(me)?.state).items.len() as u64)
    }

    pub fn is_empty(me: &Proxy) -> Outcome<bool> {
        me.check(EMPTY)?;
        Ok(lock(&Self::of(me)?.state).items.is_empty())
    }

    pub fn is_full(me: &Proxy) -> Outcome<bool> {
        me.check(FULL)?;
        let this = Self::of(me)?;
        Ok(this.most.is_some_and(|most| lock(&this.state).items.len() >= most))
    }

    /// An item that was taken is done: the oldest that the caller has not acknowledged.
    pub fn task_done(me: &Proxy, caller: &Caller) -> Outcome<()> {
        me.check(TASK_DONE)?;
        let mut state = lock(&Self::of(me)?.state);
        if state.unfinished == 0 {
            return Err(CallError::value("task_done() called too many times"));
        }
        state.acknowledge(caller.actor.id());
        let wakes = state.finish(1);
        drop(state);
        drop(wakes);
        Ok(())
    }

    /// Waits until all items that were put are done, as long as `timeout` says; whether they are.
    pub async fn join(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<bool> {
        me.check(JOIN)?;
        let mut joining = Joining { queue: Self::of(me)?, me };
        if let Attempt::Over(_) = joining.attempt(None)? {
            return Ok(true);
        }
        Ok(Box::pin(wait(&mut joining, &caller.actor, timeout)).await?.is_some())
    }

    /// Nothing more can be put, and nothing taken once it is empty; at once if it is to be `immediate`, and then what
    /// it holds counts as done.
    pub fn shut_down(me: &Proxy, immediate: bool) -> Outcome<()> {
        me.check(SHUTDOWN)?;
        let mut state = lock(&Self::of(me)?.state);
        state.is_shut_down = true;
        let mut given_up = Vec::new();
        let mut wakes = state.putters.give_all(|item| {
            given_up.push(item);
            Granted::Refused(shut_down())
        });
        let mut items = VecDeque::new();
        if immediate {
            state.is_given_up = true;
            items = std::mem::take(&mut state.items);
            wakes.extend(state.finish(items.len() as u64));
        }
        if state.items.is_empty() {
            wakes.extend(state.getters.give_all(|()| Granted::Refused(shut_down())));
        }
        drop(state);
        drop(wakes);
        heavy(items.len() + given_up.len(), || drop((items, given_up)));
        Ok(())
    }
}

pub(super) struct Putting<'a> {
    queue: &'a Queue,
    me: &'a Proxy,
    item: Option<Item>,
}

impl Operation for Putting<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = lock(&self.queue.state);
        if state.is_shut_down {
            return Err(shut_down());
        }
        let Some(item) = self.item.take() else { return Err(CallError::internal("an item is put twice")) };
        let length = state.items.len();
        let most = self.me.home().limits().container_length;
        if self.queue.most.is_some_and(|most| length >= most) {
            let Some(standing) = standing else {
                self.item = Some(item);
                return Ok(Attempt::NotNow);
            };
            item.moved();
            return Ok(Attempt::InLine(state.putters.join(standing, item)));
        }
        if length >= most {
            // It goes after the lock.
            self.item = Some(item);
            return Err(CallError::quota_exceeded(format!("a queue can hold {most} items at most")));
        }
        item.moved();
        state.unfinished += 1;
        let wake = state.hand_over(item, self.queue.is_joinable).unwrap_or_else(|item| {
            state.items.push_back(item);
            None
        });
        drop(state);
        drop(wake);
        Ok(Attempt::Over(Granted::Turn))
    }

    fn leave(&self, ticket: u64) {
        let item = lock(&self.queue.state).putters.leave(ticket);
        drop(item);
    }

    /// What was put is there, whether its sender knows or not.
    fn take_back(&self, _granted: Granted) {}

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.me.grant()])
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

pub(super) struct Getting<'a> {
    queue: &'a Queue,
    me: &'a Proxy,
    caller: &'a Caller,
}

impl Getting<'_> {
    /// The item that was taken, which the caller is to acknowledge if the queue is joinable.
    pub(super) fn after(&self, granted: Granted) -> Item {
        if self.queue.is_joinable {
            let id = self.caller.actor.id();
            self.caller.actor.took(self.me.referent(), |other| other.body().is_held_or_forgotten(id));
        }
        match granted {
            Granted::Item(item) => {
                item.moved();
                item
            }
            _ => Item::Null,
        }
    }
}

impl Operation for Getting<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = lock(&self.queue.state);
        if let Some((item, wake)) = state.take(self.queue.most) {
            if self.queue.is_joinable {
                note(&mut state.taken, self.caller.actor.id());
            }
            drop(state);
            drop(wake);
            return Ok(Attempt::Over(Granted::Item(item)));
        }
        if state.is_shut_down {
            return Err(shut_down());
        }
        Ok(match standing {
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.getters.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        lock(&self.queue.state).getters.leave(ticket);
    }

    /// To the next who waits for one, or to the front.
    fn take_back(&self, granted: Granted) {
        let Granted::Item(item) = granted else { return };
        item.moved();
        let mut state = lock(&self.queue.state);
        if self.queue.is_joinable && !state.forget(self.caller.actor.id()) {
            // Somebody acknowledged it meanwhile, and it is still to be done.
            state.unfinished += 1;
        }
        if state.is_given_up {
            let wakes = state.finish(1);
            drop(state);
            drop(wakes);
            return;
        }
        let wake = state.hand_over(item, self.queue.is_joinable).unwrap_or_else(|item| {
            state.items.push_front(item);
            None
        });
        drop(state);
        drop(wake);
    }

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.me.grant()])
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

struct Joining<'a> {
    queue: &'a Queue,
    me: &'a Proxy,
}

impl Operation for Joining<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = lock(&self.queue.state);
        Ok(match standing {
            _ if state.unfinished == 0 => Attempt::Over(Granted::Turn),
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.joiners.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        lock(&self.queue.state).joiners.leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {}

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.me.grant()])
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

const PUT: u32 = Method::number(METHODS, "put");
const GET: u32 = Method::number(METHODS, "get");
const QSIZE: u32 = Method::number(METHODS, "qsize");
const EMPTY: u32 = Method::number(METHODS, "empty");
const FULL: u32 = Method::number(METHODS, "full");
const TASK_DONE: u32 = Method::number(METHODS, "task_done");
const JOIN: u32 = Method::number(METHODS, "join");
const SHUTDOWN: u32 = Method::number(METHODS, "shutdown");

const METHODS: &[Method] = &[
    Method {
        signature: "put(item, block=True, timeout=None)",
        doc: "Adds an item at the end, waiting for room in turn, for so many seconds at most. Full if there is none in \
              time, ShutDown if the queue was shut down.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let item = call.args.item(0)?;
                let block = call.args.flag(1, true);
                // Where there always is room, it does not matter for how long one would wait.
                let timeout = match Queue::of(call.me)?.most {
                    Some(_) => seconds::of_queue(block, call.args.take(2))?,
                    None => None,
                };
                Queue::put(call.me, call.caller, item, timeout).await.map(|()| Item::Null)
            })
        }),
    },
    Method {
        signature: "put_nowait(item)",
        doc: "Adds an item at the end. Full if there is no room, ShutDown if the queue was shut down.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            call.me.check_again(PUT)?;
            let item = call.args.item(0)?;
            match Queue::putting(call.me, item)?.attempt(None)? {
                Attempt::Over(_) => Ok(Item::Null),
                Attempt::InLine(_) | Attempt::NotNow => Err(no_arguments(ErrorKind::Full)),
            }
        }),
    },
    Method {
        signature: "get(block=True, timeout=None)",
        doc: "Removes and returns the item at the front, waiting for one in turn, for so many seconds at most. Empty if \
              there is none in time, ShutDown if the queue is empty and was shut down.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let block = call.args.flag(0, true);
                let timeout = seconds::of_queue(block, call.args.take(1))?;
                Queue::get(call.me, call.caller, timeout).await
            })
        }),
    },
    Method {
        signature: "get_nowait()",
        doc: "Removes and returns the item at the front. Empty if there is none, ShutDown if there will be none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let mut getting = Queue::getting(call.me, call.caller)?;
            match getting.attempt(None)? {
                Attempt::Over(granted) => Ok(getting.after(granted)),
                Attempt::InLine(_) | Attempt::NotNow => Err(no_arguments(ErrorKind::Empty)),
            }
        }),
    },
    Method {
        signature: "qsize()",
        doc: "How many items it holds.",
        effect: Effect::Reads,
        run: Run::Now(|call| Queue::length(call.me).map(|length| Item::Int(length as i64))),
    },
    Method {
        signature: "empty()",
        doc: "Whether it holds no item.",
        effect: Effect::Reads,
        run: Run::Now(|call| Queue::is_empty(call.me).map(Item::Bool)),
    },
    Method {
        signature: "full()",
        doc: "Whether it holds as many items as it may.",
        effect: Effect::Reads,
        run: Run::Now(|call| Queue::is_full(call.me).map(Item::Bool)),
    },
    Method {
        signature: "task_done()",
        doc: "Acknowledges that an item is done: the oldest that the process took and has not acknowledged. ValueError \
              if all are done.",
        effect: Effect::Changes,
        run: Run::Now(|call| Queue::task_done(call.me, call.caller).map(|()| Item::Null)),
    },
    Method {
        signature: "join()",
        doc: "Waits until all items that were put are done.",
        effect: Effect::Reads,
        run: Run::Wait(|call| {
            Box::pin(async move { Queue::join(call.me, call.caller, None).await.map(|_| Item::Null) })
        }),
    },
    Method {
        signature: "shutdown(immediate=False)",
        doc: "From now on nothing can be put, and nothing taken once the queue is empty, which it is at once if it is to \
              be immediate. Whoever waits gets ShutDown.",
        effect: Effect::Changes,
        run: Run::Now(|call| Queue::shut_down(call.me, call.args.flag(0, false)).map(|()| Item::Null)),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("Queue", "AutoProxy[Queue]", "Items on their way, first in, first out.", METHODS)
});

static JOINABLE: LazyLock<TypeInfo> = LazyLock::new(|| {
    let doc = "A queue that knows which process has still to acknowledge how many items.";
    TypeInfo::declare("JoinableQueue", "AutoProxy[JoinableQueue]", doc, METHODS)
});

fn create(caller: &Caller, maxsize: Option<Item>, is_joinable: bool) -> Outcome<Proxy> {
    let whole = |item: Item| super::slice::number(&item, "Python int too large to convert to C ssize_t");
    let most = maxsize.map_or(Ok(0), whole)?;
    Ok(Queue::create(caller, u64::try_from(most).ok(), is_joinable))
}

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Queue(maxsize=0)",
        run: |caller, mut args| create(caller, args.take(0), false),
    }),
};

pub const JOINABLE_TYPE: Builtin = Builtin {
    info: &JOINABLE,
    constructor: Some(Constructor {
        signature: "JoinableQueue(maxsize=0)",
        run: |caller, mut args| create(caller, args.take(0), true),
    }),
};

impl Shared for Queue {
    fn type_info(&self) -> &TypeInfo {
        if self.is_joinable { &JOINABLE } else { &INFO }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let items = std::mem::take(&mut self.state.lock().items);
        let weight = items.len();
        Remains::Other(Box::new(items), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let state = lock(&self.state);
        heavy(state.items.len(), || {
            state.items.iter().chain(state.putters.requests()).for_each(|item| item.proxies(visit));
        });
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        Ok(format!("<queue.Queue object at {me:#x}>"))
    }

    fn is_held_or_forgotten(&self, actor: u64) -> bool {
        self.state.lock().taken.iter().any(|(taker, _)| *taker == actor)
    }

    fn settle(&self, me: &AnyReferent, actor: &Actor, ended_normally: bool) {
        let mut state = lock(&self.state);
        let Some(own) = state.taken.iter().position(|(taker, _)| *taker == actor.id()) else { return };
        let count = state.taken[own].1;
        let (name, typeid, id) = (actor.name(), self.type_info().typeid(), me.id());
        if ended_normally {
            drop(state);
            tracing::warn!(
                target: "commonhold::queue",
                "{name} ended and has not acknowledged {count} items of the {typeid} {id:#x}"
            );
            return;
        }
        state.taken.remove(own);
        let wakes = state.finish(count);
        drop(state);
        drop(wakes);
        tracing::warn!(
            target: "commonhold::queue",
            "{name} died with {count} items of the {typeid} {id:#x}, which count as done"
        );
    }
}
