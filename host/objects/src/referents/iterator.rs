//! `Iterator`: a walk over something, which any number of processes can draw from. Each item goes to one of them.
//!
//! What it goes over is a shared container as it is at each step, a copy of what was in something, what a provider's
//! object yields, what the workers of a pool return, or what a Rust iterator of the embedder's gives.
//!
//! The iterator and its container each have a lock, and never are both held: a step reads where the walk
//! is, looks into the container, and counts only if the walk is still there. Otherwise another process
//! has drawn those items, and it looks again.

mod provided;

use super::heavy::{heavy, lock};
use super::hosted::{Pull, Yielding};
use super::operand;
use super::prelude::*;
use super::seconds;
use crate::object::{Begin, BoxFuture, Chunk, Counted, Gather, Job, Kind, Over, Place, Remote, Room, Then};
use commonhold_wire::Value;
pub(super) use provided::{Begun, Source, no_iterator};
use smallvec::{SmallVec, smallvec};
use std::borrow::Cow;
use std::time::Duration;

/// Items that were drawn.
pub type Drawn = SmallVec<[Item; 1]>;

/// A shared iterator.
pub struct Iteration {
    /// What CPython calls such an iterator.
    name: Cow<'static, str>,
    /// Whether what it gives has to be waited for.
    is_remote: bool,
    state: Mutex<State>,
}

enum State {
    Live(Live),
    /// The items that are left, in their order.
    Snapshot(std::vec::IntoIter<Item>),
    Provided(Source),
    /// What a Rust iterator of the embedder's gives.
    Host(Arc<Yielding>),
    /// It fails from now on.
    Broken(&'static str),
    Exhausted,
}

/// A walk over a container as it is.
#[derive(Clone)]
struct Live {
    /// Looked into outside of the iterator's lock, at every step: shared, since one more proxy would cost more.
    container: Arc<Proxy>,
    place: Place,
}

/// What drawing has come to.
enum Step {
    Over(Drawn),
    /// It has to be waited for.
    Ask(Source),
}

impl State {
    fn is_at(&self, live: &Live) -> bool {
        matches!(self, Self::Live(now) if now.place == live.place)
    }

    /// What it holds. It has no items then.
    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Exhausted)
    }

    fn weight(&self) -> usize {
        match self {
            Self::Snapshot(items) => items.len(),
            Self::Live(_) | Self::Provided(_) | Self::Host(_) => 1,
            Self::Broken(_) | Self::Exhausted => 0,
        }
    }
}

impl Iteration {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Iterator")
    }

    /// A new iterator over what can be iterated over. Of an iterator it is that iterator, as in Python.
    pub fn create(caller: &Caller, iterable: &Item) -> Outcome<Proxy> {
        let (name, items) = match iterable {
            Item::Proxy(proxy) if proxy.downcast::<Self>().is_some() => return Ok((**proxy).clone()),
            Item::Proxy(proxy) => {
                let walk = proxy.body().walk().ok_or_else(|| operand::not_iterable(iterable))?;
                return Ok(Self::start(&caller.home, proxy, walk.begin(proxy)?));
            }
            Item::Text(text) if text.is_ascii() => ("str_ascii_iterator", iterable),
            Item::Text(_) => ("str_iterator", iterable),
            other => (plain_name(other.kind()).ok_or_else(|| operand::not_iterable(iterable))?, iterable),
        };
        let most = caller.home.limits().container_length;
        if operand::count(items).is_some_and(|count| count > most) {
            return Err(CallError::quota_exceeded(format!("an Iterator can hold {most} items at most")));
        }
        let items = operand::items(items)?;
        Ok(Self::start_snapshot(&caller.home, name, items))
    }

    /// A new iterator over a container.
    pub(super) fn start(home: &Arc<Home>, container: &Proxy, begin: Begin) -> Proxy {
        match begin.over {
            Over::Snapshot(items) => Self::start_snapshot(home, begin.name, items),
            Over::Live(place) => {
                let live = Live { container: Arc::new(container.clone()), place };
                Self::make(home, begin.name.into(), State::Live(live))
            }
        }
    }

    /// A new iterator over what the workers of a pool return.
    pub(super) fn of_job(home: &Arc<Home>, job: &Arc<Job>) -> Proxy {
        let name = if job.gather() == Gather::InOrder { "IMapIterator" } else { "IMapUnorderedIterator" };
        Self::make(home, format!("multiprocessing.pool.{name}").into(), State::Provided(Source::Job(job.clone())))
    }

    /// A new iterator over what a Rust iterator of the embedder's gives.
    pub(super) fn of_host(home: &Arc<Home>, pull: Pull) -> Proxy {
        Self::make(home, "generator".into(), State::Host(Arc::new(Yielding::new(pull, home.limits()))))
    }

    fn start_snapshot(home: &Arc<Home>, name: &'static str, items: Vec<Item>) -> Proxy {
        items.iter().for_each(Item::moved);
        Self::make(home, name.into(), State::Snapshot(items.into_iter()))
    }

    fn make(home: &Arc<Home>, name: Cow<'static, str>, state: State) -> Proxy {
        let is_remote = matches!(state, State::Provided(_));
        Referent::create(home, Self { name, is_remote, state: Mutex::new(state) })
    }

    /// The next item; none when there are no more, from then on for ever.
    pub async fn next(me: &Proxy, caller: &Caller) -> Outcome<Option<Item>> {
        Ok(Self::next_many(me, caller, Room::ONE).await?.pop())
    }

    /// The next items: none when there are no more, from then on for ever; else at least one, and as many as there is
    /// room for, unless fewer are left. Out of a container they are drawn at one moment; a provider is asked for one. An
    /// error is told by the first call that would give nothing but it.
    pub async fn next_many(me: &Proxy, caller: &Caller, room: Room) -> Outcome<Drawn> {
        me.check(NEXT)?;
        let this = Self::of(me)?;
        if room.items == 0 {
            return Ok(Drawn::new());
        }
        match this.draw(room)? {
            Step::Over(items) => Ok(items),
            // In a box, so that the many steps that need not wait move no large future around.
            Step::Ask(source) => {
                Ok(Box::pin(this.ask(&source, me, caller, None)).await?.map_or_else(Drawn::new, |item| smallvec![item]))
            }
        }
    }

    /// The next item, which is waited for so long at most where the workers of a pool return it; none when there are no
    /// more.
    ///
    /// `timeout` if it did not come in time.
    pub async fn next_within(me: &Proxy, caller: &Caller, timeout: Duration) -> Outcome<Option<Item>> {
        me.check(NEXT)?;
        let this = Self::of(me)?;
        match this.draw(Room::ONE)? {
            Step::Over(mut items) => Ok(items.pop()),
            Step::Ask(source) => this.ask(&source, me, caller, Some(timeout)).await,
        }
    }

    /// Draws what is here.
    fn draw(&self, room: Room) -> Outcome<Step> {
        let mut is_counted = false;
        loop {
            let live = match &mut *lock(&self.state) {
                State::Host(source) => Err(source.clone()),
                State::Exhausted => return Ok(Step::Over(Drawn::new())),
                State::Broken(message) => return Err(CallError::runtime(*message)),
                State::Snapshot(items) => return Ok(Step::Over(take_from(items, room))),
                State::Provided(source) => return Ok(Step::Ask(source.clone())),
                State::Live(live) => Ok(live.clone()),
            };
            let live = match live {
                Ok(live) => live,
                Err(source) => return self.draw_from(&source, room),
            };
            // It was one when the walk began.
            let Some(walk) = live.container.body().walk() else { return Ok(Step::Over(Drawn::new())) };
            let mut chunk = Chunk::new(room);
            // However often it looks, it is one step.
            let container = if is_counted { live.container.counted() } else { Counted::AsItIs(&live.container) };
            is_counted = true;
            let then = walk.draw(&container, live.place, &mut chunk)?;
            if let Some(drawn) = self.go_on(&live, chunk, then) {
                return drawn.map(Step::Over);
            }
        }
    }

    /// Draws what a Rust iterator gives.
    fn draw_from(&self, source: &Yielding, room: Room) -> Outcome<Step> {
        let mut chunk = Chunk::new(room);
        if !source.draw(room, &mut chunk)? {
            let _let_go_of = lock(&self.state).take();
        }
        Ok(Step::Over(chunk.items))
    }

    /// Counts what was drawn, unless another process has drawn it meanwhile.
    fn go_on(&self, live: &Live, chunk: Chunk, then: Then) -> Option<Outcome<Drawn>> {
        let (new, drawn) = match then {
            Then::More(place) => {
                return match &mut *lock(&self.state) {
                    State::Live(now) if now.place == live.place => {
                        now.place = place;
                        Some(Ok(chunk.items))
                    }
                    _ => None,
                };
            }
            Then::End => (State::Exhausted, Ok(chunk.items)),
            Then::Broken(message) => (State::Broken(message), Err(CallError::runtime(message))),
            Then::EndsWith(message) => (State::Exhausted, Err(CallError::runtime(message))),
        };
        let _let_go_of = {
            let mut state = lock(&self.state);
            if !state.is_at(live) {
                return None;
            }
            std::mem::replace(&mut *state, new)
        };
        Some(drawn)
    }

    /// One step of what comes from elsewhere.
    async fn ask(
        &self,
        source: &Source,
        me: &Proxy,
        caller: &Caller,
        timeout: Option<Duration>,
    ) -> Outcome<Option<Item>> {
        let item = source.next(Some(me), caller, timeout).await?;
        if item.is_none() {
            let _let_go_of = lock(&self.state).take();
        }
        Ok(item)
    }

    /// All that is left.
    fn rest(&self) -> Outcome<Vec<Item>> {
        let mut all = Vec::new();
        loop {
            let whole = {
                let mut state = lock(&self.state);
                match &*state {
                    State::Snapshot(_) => state.take(),
                    State::Host(source) => State::Host(source.clone()),
                    _ => State::Exhausted,
                }
            };
            match whole {
                State::Snapshot(items) => return Ok(items.collect()),
                State::Host(source) => {
                    let items = source.rest()?;
                    let _let_go_of = lock(&self.state).take();
                    return Ok(items);
                }
                _ => {}
            }
            match self.draw(Room::ALL)? {
                Step::Over(items) if items.is_empty() => return Ok(all),
                Step::Over(items) if all.is_empty() => all = items.into_vec(),
                Step::Over(items) => all.extend(items),
                // Whoever can wait has asked before.
                Step::Ask(_) => return Ok(all),
            }
        }
    }
}

/// Takes items out of those that are left.
fn take_from(items: &mut std::vec::IntoIter<Item>, room: Room) -> Drawn {
    let mut chunk = Chunk::new(room);
    while let Some(first) = items.as_slice().first()
        && chunk.takes(first)
    {
        let item = items.next();
        item.iter().for_each(Item::moved);
        chunk.items.extend(item);
    }
    if items.len() == 0 {
        // What they were in is not kept.
        *items = Vec::new().into_iter();
    }
    chunk.items
}

/// What CPython calls the iterator over a plain value.
fn plain_name(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::List => Some("list_iterator"),
        Kind::Tuple => Some("tuple_iterator"),
        Kind::Bytes => Some("bytes_iterator"),
        Kind::Set | Kind::FrozenSet => Some("set_iterator"),
        Kind::Dict => Some("dict_keyiterator"),
        _ => None,
    }
}

#[cfg(test)]
impl Iteration {
    /// The size that its container had; none if the walk has ended or failed.
    pub(super) fn expects(me: &Proxy) -> Option<usize> {
        match &*lock(&Self::of(me).ok()?.state) {
            State::Live(live) => Some(live.place.size),
            _ => None,
        }
    }
}

pub(super) const NEXT: u32 = Method::number(METHODS, "__next__");

/// That there are no more.
pub(super) fn stop_iteration() -> CallError {
    CallError::new(ErrorKind::StopIteration, "").with_args(Value::Tuple(Vec::new()))
}

const METHODS: &[Method] = &[
    Method {
        signature: "__next__()",
        doc: "The next item. StopIteration when there are no more, from then on for ever; RuntimeError if a dict or deque \
              has changed that must not. Waits for a provider that yields the items, or the workers of a pool.",
        effect: Effect::Changes,
        run: Run::Wait(|call| {
            Box::pin(async move { Iteration::next(call.me, call.caller).await?.ok_or_else(stop_iteration) })
        }),
    },
    Method {
        signature: "next(timeout=None)",
        doc: "The same, where what the workers of a pool return is waited for so many seconds at most: TimeoutError if it \
              did not come in time.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let item = match seconds::optional(call.args.take(0))? {
                    None => Iteration::next(call.me, call.caller).await?,
                    Some(timeout) => Iteration::next_within(call.me, call.caller, timeout).await?,
                };
                item.ok_or_else(stop_iteration)
            })
        }),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare(
        "Iterator",
        "IteratorProxy",
        "A walk over what another object holds, over plain items, or over what a provider's object yields. Each item \
         goes to one of those who draw from it.",
        METHODS,
    )
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Iterator(iterable: iterator, /)",
        run: |caller, mut args| Iteration::create(caller, &args.item(0)?),
    }),
};

impl Shared for Iteration {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let state = self.state.lock().take();
        if let State::Provided(source) = &state {
            let items = source.abandon();
            let weight = items.len() + 1;
            return Remains::Other(Box::new((state, items)), weight);
        }
        match state.weight() {
            0 => Remains::Nothing,
            weight => Remains::Other(Box::new(state), weight),
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let host = match &*lock(&self.state) {
            State::Host(source) => Some(source.clone()),
            _ => None,
        };
        if let Some(source) = host {
            // Without the lock: the embedder's code has the source's, and may ask for this one.
            return source.edges(visit);
        }
        match &*lock(&self.state) {
            State::Live(live) => visit(&live.container),
            State::Provided(source) => source.edges(visit),
            State::Snapshot(items) => {
                heavy(items.len(), || items.as_slice().iter().for_each(|item| item.proxies(visit)));
            }
            State::Host(_) | State::Broken(_) | State::Exhausted => {}
        }
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        Ok(format!("<{} object at {me:#x}>", self.name))
    }

    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        if self.is_remote { None } else { Some(self.rest()) }
    }

    fn remote(&self) -> Option<&dyn Remote> {
        if self.is_remote { Some(self) } else { None }
    }
}

/// Of what has to be waited for.
impl Remote for Iteration {
    fn contents<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move {
            me.check(NEXT)?;
            match self.draw(Room::ONE)? {
                Step::Over(items) => Item::list(items.iter(), me.home().limits()),
                Step::Ask(source) => {
                    let items = source.rest(Some(me), caller).await?;
                    let _let_go_of = lock(&self.state).take();
                    Item::list(items.iter(), me.home().limits())
                }
            }
        })
    }

    fn iterator<'a>(&'a self, me: &'a Proxy, _caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move { Ok(Item::proxy(me.clone())) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::dict::Dict;
    use super::super::tests::{World, at_once, dict};
    use super::*;

    /// Somebody looks where the walk is, and draws only after somebody else has.
    #[test]
    fn who_comes_too_late_changes_nothing() {
        let world = World::new();
        let dict = world.dict(dict! {"a" => 1, "b" => 2});
        let iterator = Dict::iterate(&dict).unwrap();
        let this = Iteration::of(&iterator).unwrap();
        let next = || at_once(Iteration::next(&iterator, &world.caller));
        let late = match &*this.state.lock() {
            State::Live(live) => live.clone(),
            _ => panic!("it is live"),
        };
        assert!(matches!(next(), Ok(Some(_))));
        assert!(!this.state.lock().is_at(&late));
        let chunk = || Chunk::new(Room::ONE);
        for then in [Then::More(late.place), Then::End, Then::Broken("broken"), Then::EndsWith("ended")] {
            assert!(this.go_on(&late, chunk(), then).is_none(), "the walk goes on");
        }
        assert!(matches!(next(), Ok(Some(_))), "and has not failed");
        drop(late);
        assert!(matches!(next(), Ok(None)));
        assert_eq!(dict.holders(), 1);
    }
}
