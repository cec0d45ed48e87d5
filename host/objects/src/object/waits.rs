//! Who waits for whom, so that a wait that could never end is an error at once, in place of a hang.
//!
//! An actor waits for another's *answer*, when it calls a provider, for another's *end*, when it joins a process, or for
//! a *lock* that another has. A wait that would close a cycle is refused if there is an answer among the waits of the
//! cycle, the new one included: nobody in it would ever go on. A cycle of joins and of locks that belong to their owners
//! is let be, as in CPython, unless [it is asked for](`Waits::refuse_cycles`) that it is refused as well; one of its
//! processes can still be killed, and then the others go on. So is one through a lock that anybody may release, and
//! that is never refused. Every cycle that is let be is logged as soon as it exists.
//!
//! A process whose guest has ended waits for its *children* before its own end is told. It has no guest left that an error
//! could be given to, so its wait is never refused; what would close a cycle through it is, and when it closes one itself,
//! those who wait in it for its end are told. It is treated as an answer in all else.
//!
//! What ends by itself is no wait in this sense: one with a timeout. Nor is a kill, which ends its process wherever that
//! one waits.
//!
//! A provider answers one call after the other, so whoever waits for its answer waits for all that the provider itself
//! waits for, whichever call it is in. An actor may have several waits at once, if it is an embedder's guest. It counts
//! as stuck when one of them is; but such a guest is neither a provider nor a process, so no cycle goes through it.
//!
//! A wait is out of the graph *before* what was waited for is told: else the provider could meanwhile begin a call that
//! waits for the actor that it has just answered, and be refused for a wait that is over.

use super::call::Actor;
use super::home::HOST;
use super::{CallError, Outcome, Referent, shown};
use crate::sync::{Arc, AtomicBool, Mutex, Ordering};
use commonhold_wire::ErrorKind;
use smallvec::SmallVec;
use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Write as _};

/// What somebody waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// A provider's answer.
    Answer,
    /// A process's end.
    End,
    /// The end of a child, before its parent's own is told.
    Child,
    /// A lock that anybody may release, by its number.
    Lock(u64),
    /// A lock that only its owner can release, by its number.
    OwnedLock(u64),
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer => f.write_str("an answer"),
            Self::End | Self::Child => f.write_str("the end"),
            Self::Lock(id) | Self::OwnedLock(id) => write!(f, "the lock {id:#x}"),
        }
    }
}

/// The waits of one manager's actors.
#[derive(Default)]
pub struct Waits {
    /// One lock for all: two waits that are entered at the same time must see each other.
    graph: Mutex<Graph>,
    refuses_cycles: AtomicBool,
}

type ById<T> = BTreeMap<u64, T>;

#[derive(Default)]
struct Graph {
    /// How many waits there ever were.
    count: u64,
    /// Those who wait, by their ids.
    waiting: ById<Waiter>,
}

struct Waiter {
    actor: Arc<Actor>,
    /// Never empty.
    edges: SmallVec<[Edge; 1]>,
}

struct Edge {
    /// Which wait it is, since there may be two for the same.
    number: u64,
    whom: Whom,
    what: Awaited,
}

/// Who is waited for.
enum Whom {
    Actor(u64),
    /// Whoever has that lock.
    OwnerOf(Arc<Referent>),
}

impl Whom {
    /// `None` if it is nobody.
    fn now(&self) -> Option<u64> {
        match self {
            Self::Actor(id) => Some(*id),
            Self::OwnerOf(lock) => lock.body().owner(),
        }
    }
}

/// While this exists, its actor counts as waiting.
#[must_use]
pub struct Waiting(Option<Entered>);

struct Entered {
    waits: Arc<Waits>,
    actor: u64,
    number: u64,
}

/// How many waits of a cycle a message tells.
const TOLD: usize = 8;

impl Waits {
    /// Whether every cycle is refused that is not through a lock that anybody may release.
    pub fn refuse_cycles(&self, refuse: bool) {
        self.refuses_cycles.store(refuse, Ordering::Relaxed);
    }

    /// Enters that an actor waits, until what is returned is dropped.
    ///
    /// `deadlock` if the wait would never end.
    pub fn enter(self: &Arc<Self>, actor: &Arc<Actor>, whom: u64, what: Awaited) -> Outcome<Waiting> {
        self.enter_for(actor, Whom::Actor(whom), what)
    }

    /// The same for an actor that waits for a lock, which belongs to this object.
    pub fn enter_for_lock(
        self: &Arc<Self>,
        actor: &Arc<Actor>,
        lock: &Arc<Referent>,
        is_owned: bool,
    ) -> Outcome<Waiting> {
        let what = if is_owned { Awaited::OwnedLock(lock.id()) } else { Awaited::Lock(lock.id()) };
        self.enter_for(actor, Whom::OwnerOf(lock.clone()), what)
    }

    fn enter_for(self: &Arc<Self>, actor: &Arc<Actor>, whom: Whom, what: Awaited) -> Outcome<Waiting> {
        // Nobody can wait for the host's own code, so it is in no cycle.
        if actor.id() == HOST {
            return Ok(Waiting(None));
        }
        let mut graph = self.graph.lock();
        let mut report = None;
        if let Some((steps, kind)) = whom.now().and_then(|whom| graph.cycle(actor.id(), whom, what)) {
            let message = graph.in_words(actor, &steps);
            let is_refused = match kind {
                Cycle::Answered => true,
                Cycle::Owned => self.refuses_cycles.load(Ordering::Relaxed),
                Cycle::Open => false,
            };
            if is_refused {
                return Err(CallError::new(ErrorKind::Deadlock, message));
            }
            report = Some(message);
        }
        let number = graph.add(actor, whom, what);
        drop(graph);
        if let Some(message) = report {
            tracing::warn!(target: "commonhold::deadlock", "{message}");
        }
        Ok(Waiting(Some(Entered { waits: self.clone(), actor: actor.id(), number })))
    }

    /// Enters that a process whose guest has ended waits for its children, of which each is waited for until its guard is
    /// dropped. Gives those who wait for its own end and would never see it, by their ids, each with why.
    pub fn enter_for_children(
        self: &Arc<Self>,
        actor: &Arc<Actor>,
        children: &[u64],
    ) -> (Vec<Waiting>, Vec<(u64, CallError)>) {
        let mut guards = Vec::with_capacity(children.len());
        if children.is_empty() {
            return (guards, Vec::new());
        }
        let mut graph = self.graph.lock();
        for child in children {
            let number = graph.add(actor, Whom::Actor(*child), Awaited::Child);
            guards.push(Waiting(Some(Entered { waits: self.clone(), actor: actor.id(), number })));
        }
        let (mut in_vain, mut reports) = (Vec::new(), Vec::new());
        for (waiter, what) in graph.who_waits_for(actor.id(), children) {
            let Some((steps, kind)) = graph.cycle(waiter.id(), actor.id(), what) else { continue };
            let message = graph.in_words(&waiter, &steps);
            if what == Awaited::End && kind == Cycle::Answered {
                in_vain.push((waiter.id(), CallError::new(ErrorKind::Deadlock, message)));
            } else {
                reports.push(message);
            }
        }
        drop(graph);
        for message in reports {
            tracing::warn!(target: "commonhold::deadlock", "{message}");
        }
        (guards, in_vain)
    }

    /// Whom an actor waits for, and for what of theirs. For those who look on: it may be over the next moment.
    pub fn of(&self, actor: u64) -> Vec<(u64, Awaited)> {
        let graph = self.graph.lock();
        let edges = graph.waiting.get(&actor).map_or(&[][..], |waiter| &waiter.edges);
        edges.iter().filter_map(|edge| Some((edge.whom.now()?, edge.what))).collect()
    }

    fn leave(&self, actor: u64, number: u64) {
        let mut graph = self.graph.lock();
        let Some(waiter) = graph.waiting.get_mut(&actor) else { return };
        let place = waiter.edges.iter().position(|edge| edge.number == number);
        let edge = place.map(|place| waiter.edges.swap_remove(place));
        let waiter = if waiter.edges.is_empty() { graph.waiting.remove(&actor) } else { None };
        // What may be the last use of the actor, or of a lock's memory, goes after the lock of the graph.
        drop(graph);
        drop((edge, waiter));
    }
}

/// What kind of cycle it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cycle {
    /// Through a lock that anybody may release.
    Open,
    /// Of locks that belong to their owners and of joins.
    Owned,
    /// The same with an answer in it, or a process that only waits for its children.
    Answered,
}

/// What there is on a way through the graph.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Along {
    /// An answer, or that a process only waits for its children.
    answer: bool,
    open_lock: bool,
}

impl Along {
    const NOTHING: Self = Self { answer: false, open_lock: false };

    fn and(self, what: Awaited) -> Self {
        Self {
            answer: self.answer || matches!(what, Awaited::Answer | Awaited::Child),
            open_lock: self.open_lock || matches!(what, Awaited::Lock(_)),
        }
    }

    fn cycle(self) -> Cycle {
        match self {
            Self { open_lock: true, .. } => Cycle::Open,
            Self { answer: true, .. } => Cycle::Answered,
            Self { .. } => Cycle::Owned,
        }
    }
}

/// One step on a way through the graph.
struct Step {
    /// Where it leads.
    to: u64,
    what: Awaited,
    along: Along,
    /// The step before it.
    before: Option<usize>,
}

impl Graph {
    /// Enters a wait, and gives its number.
    fn add(&mut self, actor: &Arc<Actor>, whom: Whom, what: Awaited) -> u64 {
        self.count += 1;
        let number = self.count;
        let waiter = self.waiting.entry(actor.id());
        let waiter = waiter.or_insert_with(|| Waiter { actor: actor.clone(), edges: SmallVec::new() });
        waiter.edges.push(Edge { number, whom, what });
        number
    }

    /// Those who wait for something of an actor, and are waited for, directly or through others, by one of these.
    fn who_waits_for(&self, actor: u64, ids: &[u64]) -> Vec<(Arc<Actor>, Awaited)> {
        let mut found = Vec::new();
        let mut met: HashSet<u64> = ids.iter().copied().collect();
        let mut ahead = ids.to_vec();
        while let Some(id) = ahead.pop() {
            let Some(waiter) = self.waiting.get(&id) else { continue };
            for edge in &waiter.edges {
                match edge.whom.now() {
                    Some(whom) if whom == actor => found.push((waiter.actor.clone(), edge.what)),
                    Some(whom) if met.insert(whom) => ahead.push(whom),
                    Some(_) | None => {}
                }
            }
        }
        found
    }

    /// The waits of the cycle that a new one would close, in their order, the new one first: what is waited for, and
    /// of whom. Of several cycles one of the last kind. `None` if there is none.
    ///
    /// There may be cycles in the graph already, so it is noted where the walk has been; a place is another one when
    /// something else has been met on the way. It is no recursion: ways can be as long as there are processes.
    fn cycle(&self, actor: u64, whom: u64, what: Awaited) -> Option<(Vec<(Awaited, u64)>, Cycle)> {
        // Most of those who are waited for wait for nobody.
        if whom != actor && !self.waiting.contains_key(&whom) {
            return None;
        }
        let along = Along::NOTHING.and(what);
        let mut steps = vec![Step { to: whom, what, along, before: None }];
        let mut met = HashSet::from([(whom, along)]);
        let mut at = 0;
        let mut found: Option<(usize, Cycle)> = None;
        while let Some(&Step { to, along, .. }) = steps.get(at) {
            if to == actor {
                if found.is_none_or(|(_, kind)| along.cycle() > kind) {
                    found = Some((at, along.cycle()));
                }
            } else if let Some(waiter) = self.waiting.get(&to) {
                for edge in &waiter.edges {
                    // One who waits for itself has been given the lock, and does not know yet.
                    let Some(whom) = edge.whom.now().filter(|whom| *whom != to) else { continue };
                    let along = along.and(edge.what);
                    if met.insert((whom, along)) {
                        steps.push(Step { to: whom, what: edge.what, along, before: Some(at) });
                    }
                }
            }
            at += 1;
        }
        let (last, kind) = found?;
        let mut cycle = Vec::new();
        let mut next = Some(last);
        while let Some(step) = next.and_then(|index| steps.get(index)) {
            cycle.push((step.what, step.to));
            next = step.before;
        }
        cycle.reverse();
        Some((cycle, kind))
    }

    /// Tells of a cycle, whose first wait is the actor's.
    fn in_words(&self, actor: &Actor, cycle: &[(Awaited, u64)]) -> String {
        let mut text = format!("this wait would never end: {}", Named(actor));
        // One in the middle would say nothing new where there are many; the last closes the cycle.
        let left_out = cycle.len().saturating_sub(TOLD);
        for (index, (what, whom)) in cycle.iter().enumerate() {
            let last = index + 1 == cycle.len();
            if index + 1 >= TOLD && !last {
                continue;
            }
            let verb = match index {
                0 => " waits for",
                _ if last && left_out > 0 => ", the last of whom waits for",
                _ => ", which waits for",
            };
            // All of them wait, or are the actor.
            let whom = self.waiting.get(whom).map_or(actor, |waiter| &waiter.actor);
            // Writing to a string cannot fail.
            let _ = write!(text, "{verb} {what} of {}", Named(whom));
            if index + 2 == TOLD && left_out > 0 {
                let _ = write!(text, ", and so on through {left_out} more");
            }
        }
        text
    }
}

/// An actor as a message names it. Processes of one program and entry have the same name, and a guest can choose a long
/// one.
struct Named<'a>(&'a Actor);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}", shown(self.0.name()), self.0.id())
    }
}

impl Waiting {
    /// Another guard of the same wait, for whoever can tell first that it is over: it is when one of the two goes.
    pub fn twin(&self) -> Self {
        let twin = |it: &Entered| Entered { waits: it.waits.clone(), actor: it.actor, number: it.number };
        Self(self.0.as_ref().map(twin))
    }

    /// Drops a guard whose twin is known to have gone: there is nothing left to leave.
    pub fn over(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(Entered { waits, actor, number }) = &self.0 {
            waits.leave(*actor, *number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Awaited::{Answer, End};
    use super::*;

    /// Actors with the ids 1, 2, 3 and so on.
    fn actors<const N: usize>() -> (Arc<Waits>, [Arc<Actor>; N]) {
        (Arc::default(), std::array::from_fn(|index| Actor::new(index as u64 + 1, format!("p:{}", index + 1))))
    }

    fn refusal(outcome: Outcome<Waiting>) -> String {
        let error = outcome.map(drop).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Deadlock);
        error.message
    }

    fn is_empty(waits: &Waits) -> bool {
        waits.graph.lock().waiting.is_empty()
    }

    #[test]
    fn a_cycle_of_two_is_refused_whichever_wait_closes_it() {
        for (first, second) in [(Answer, Answer), (Answer, End), (End, Answer)] {
            let (waits, [a, b]) = actors();
            let _waiting = waits.enter(&a, 2, first).unwrap();
            let message = format!("p:2 at 0x2 waits for {second} of p:1 at 0x1, which waits for {first} of p:2 at 0x2");
            assert_eq!(refusal(waits.enter(&b, 1, second)), format!("this wait would never end: {message}"));
            // It was not entered.
            assert!(waits.of(2).is_empty());
        }
    }

    #[test]
    fn a_cycle_of_three_is_refused_wherever_its_answer_is() {
        for answer in 0..3 {
            let (waits, [a, b, c]) = actors();
            let what = |index| if index == answer { Answer } else { End };
            let _first = waits.enter(&a, 2, what(0)).unwrap();
            let _second = waits.enter(&b, 3, what(1)).unwrap();
            let expected = format!(
                "this wait would never end: p:3 at 0x3 waits for {} of p:1 at 0x1, which waits for {} of p:2 at 0x2, \
                 which waits for {} of p:3 at 0x3",
                what(2),
                what(0),
                what(1)
            );
            assert_eq!(refusal(waits.enter(&c, 1, what(2))), expected);
        }
    }

    #[test]
    fn an_actor_that_waits_for_its_own_answer_is_refused() {
        let (waits, [a]) = actors();
        let expected = "this wait would never end: p:1 at 0x1 waits for an answer of p:1 at 0x1";
        assert_eq!(refusal(waits.enter(&a, 1, Answer)), expected);
        assert!(is_empty(&waits));
    }

    #[test]
    fn cycles_of_joins_alone_are_let_be_and_walks_through_them_end() {
        let (waits, [a, b, c, d]) = actors();
        let _waiting = [
            waits.enter(&a, 2, End).unwrap(),
            waits.enter(&b, 3, End).unwrap(),
            waits.enter(&c, 1, End).unwrap(),
            // It waits for them, and nobody for it.
            waits.enter(&d, 1, Answer).unwrap(),
        ];
        assert_eq!(waits.of(3), [(1, End)]);
    }

    #[test]
    fn a_cycle_with_an_answer_is_found_beside_one_of_joins() {
        let (waits, [a, b, c]) = actors();
        // The walk comes to b by joins alone first, and by an answer later.
        let _waiting =
            [waits.enter(&a, 2, End).unwrap(), waits.enter(&a, 3, Answer).unwrap(), waits.enter(&c, 2, End).unwrap()];
        let expected = "this wait would never end: p:2 at 0x2 waits for the end of p:1 at 0x1, which waits for an \
                        answer of p:3 at 0x3, which waits for the end of p:2 at 0x2";
        assert_eq!(refusal(waits.enter(&b, 1, End)), expected);
    }

    #[test]
    fn each_of_an_actors_concurrent_waits_counts_until_it_is_over() {
        let (waits, [a, b, c]) = actors();
        let first = waits.enter(&a, 2, Answer).unwrap();
        let second = waits.enter(&a, 3, End).unwrap();
        let again = waits.enter(&a, 3, End).unwrap();
        assert_eq!(waits.of(1), [(2, Answer), (3, End), (3, End)]);
        refusal(waits.enter(&b, 1, End));
        refusal(waits.enter(&c, 1, Answer));
        drop(first);
        drop(waits.enter(&b, 1, End).unwrap());
        refusal(waits.enter(&c, 1, Answer));
        drop(second);
        refusal(waits.enter(&c, 1, Answer));
        drop(again);
        drop(waits.enter(&c, 1, Answer).unwrap());
        assert!(is_empty(&waits));
    }

    #[test]
    fn a_wait_is_over_when_one_of_its_two_guards_goes() {
        let (waits, [a]) = actors();
        for keeps_the_twin in [true, false] {
            let waiting = waits.enter(&a, 2, Answer).unwrap();
            let twin = waiting.twin();
            assert_eq!(waits.of(1), [(2, Answer)]);
            let (gone, kept) = if keeps_the_twin { (waiting, twin) } else { (twin, waiting) };
            drop(gone);
            assert!(is_empty(&waits));
            // The other one ends no later wait.
            let later = waits.enter(&a, 2, Answer).unwrap();
            drop(kept);
            assert_eq!(waits.of(1), [(2, Answer)]);
            drop(later);
        }
        assert!(is_empty(&waits));
    }

    #[test]
    fn the_host_is_not_entered() {
        let (waits, []) = actors();
        let host = Actor::new(HOST, "the host");
        let _waiting = waits.enter(&host, 1, Answer).unwrap();
        assert!(is_empty(&waits));
    }

    #[test]
    fn a_message_tells_the_start_and_the_end_of_a_long_cycle_and_of_long_names() {
        let waits: Arc<Waits> = Arc::default();
        let actors: Vec<_> = (1..=10_000).map(|id| Actor::new(id, "n".repeat(1 << 10))).collect();
        let waiting = actors.iter().skip(1).map(|actor| waits.enter(actor, actor.id() % 10_000 + 1, Answer).unwrap());
        let _waiting: Vec<_> = waiting.collect();
        let message = refusal(waits.enter(&actors[0], 2, End));
        assert!(message.len() < 1500, "{}", message.len());
        assert!(message.contains("of nnn") && message.contains("... at 0x8, and so on through 9992 more"), "{message}");
        assert!(message.ends_with("... at 0x1"), "{message}");
        assert!(message.contains("more, the last of whom waits for an answer of n"), "{message}");
    }
}
