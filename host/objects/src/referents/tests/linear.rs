//! What several threads do at once to a queue, a lock or a semaphore is as if they had done it one after the other, each
//! operation at some moment between its beginning and its end.
//!
//! Who is given something and dies before it knows has taken it and put it back, at two such moments.

use super::*;
use crate::referents::queue::Queue;
use std::collections::{HashSet, VecDeque};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

/// An operation with its outcome, and when it was begun and over.
#[derive(Debug)]
struct Done<O> {
    operation: O,
    from: u64,
    to: u64,
    /// Whether it may as well not have happened.
    is_optional: bool,
}

/// What an object does by itself, one operation after the other.
trait Sequential: Clone + Eq + Hash {
    type Operation: Debug;

    /// The state afterwards; none if it cannot have had this outcome.
    fn step(&self, operation: &Self::Operation) -> Option<Self>;

    /// Whether everything that was borrowed is back.
    fn is_whole(&self) -> bool;
}

/// Whether there is an order of the operations that explains their outcomes. (Wing and Gong's search: next can be any
/// that was begun before all of the others were over.)
fn is_linear<S: Sequential>(history: &[Done<S::Operation>], start: S) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![(0_u64, start)];
    while let Some((done, state)) = open.pop() {
        if !seen.insert((done, state.clone())) {
            continue;
        }
        let is_done = |index: usize| done & (1 << index) != 0;
        let left = || history.iter().enumerate().filter(|(index, _)| !is_done(*index));
        let until = left().filter(|(_, it)| !it.is_optional).map(|(_, it)| it.to).min();
        if until.is_none() && state.is_whole() {
            return true;
        }
        let latest = history.iter().enumerate().filter(|(index, _)| is_done(*index)).map(|(_, it)| it.from).max();
        for (index, it) in left() {
            let is_next = until.is_none_or(|until| it.from < until) && latest.is_none_or(|latest| latest < it.to);
            if let Some(next) = is_next.then(|| state.step(&it.operation)).flatten() {
                open.push((done | 1 << index, next));
            }
        }
    }
    false
}

/// Takes down what a thread does.
struct Diary<'a, O> {
    clock: &'a AtomicU64,
    done: Vec<Done<O>>,
}

impl<O> Diary<'_, O> {
    fn note<T>(&mut self, work: impl FnOnce() -> T, operation: impl FnOnce(T) -> O) {
        self.note_all(work, |outcome| vec![(operation(outcome), false)]);
    }

    /// The same for what may have been several operations, each with whether it is optional.
    fn note_all<T>(&mut self, work: impl FnOnce() -> T, operations: impl FnOnce(T) -> Vec<(O, bool)>) {
        let from = self.clock.fetch_add(1, Ordering::SeqCst);
        let outcome = work();
        let to = self.clock.fetch_add(1, Ordering::SeqCst);
        let done = |(operation, is_optional)| Done { operation, from, to, is_optional };
        self.done.extend(operations(outcome).into_iter().map(done));
    }
}

/// What each of four threads does, many times, to a new object each time.
fn explore<S: Sequential>(
    typeid: &str,
    args: fn() -> Vec<Item>,
    start: S,
    work: fn(usize, &Proxy, &Caller, &mut Diary<'_, S::Operation>),
) where
    S::Operation: Send,
{
    for round in 0..500 {
        let world = World::new();
        let object = world.create(typeid, args(), vec![]).unwrap();
        let (clock, all_ready) = (AtomicU64::new(0), Barrier::new(4));
        let history: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|who| {
                    let (object, caller, clock, all_ready) = (&object, world.caller.home.guard(), &clock, &all_ready);
                    scope.spawn(move || {
                        let mut diary = Diary { clock, done: Vec::new() };
                        all_ready.wait();
                        work(who, object, &caller, &mut diary);
                        diary.done
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert!(is_linear(&history, start.clone()), "round {round}: {history:#?}");
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Polls once, and dies if it is not over.
fn dies(mut future: BoxFuture<'_, Outcome<Item>>) -> Option<Item> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome.unwrap()),
        Poll::Pending => None,
    }
}

#[derive(Debug)]
enum OfQueue {
    Put(i64),
    Full,
    Got(i64),
    Empty,
    Size(usize),
    /// By whom.
    Borrowed(usize),
    CameBack(usize),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Items {
    most: usize,
    items: VecDeque<i64>,
    borrowed: [Option<i64>; 4],
}

impl Sequential for Items {
    type Operation = OfQueue;

    fn step(&self, operation: &OfQueue) -> Option<Self> {
        let mut next = self.clone();
        let is_right = match operation {
            OfQueue::Put(item) => {
                next.items.push_back(*item);
                self.items.len() < self.most
            }
            OfQueue::Full => self.items.len() >= self.most,
            OfQueue::Got(item) => next.items.pop_front() == Some(*item),
            OfQueue::Empty => self.items.is_empty(),
            OfQueue::Size(size) => self.items.len() == *size,
            OfQueue::Borrowed(who) => {
                next.borrowed[*who] = next.items.pop_front();
                next.borrowed[*who].is_some()
            }
            OfQueue::CameBack(who) => {
                let item = next.borrowed[*who].take();
                next.items.extend(item);
                next.items.rotate_right(item.iter().len());
                item.is_some()
            }
        };
        is_right.then_some(next)
    }

    fn is_whole(&self) -> bool {
        self.borrowed == [None; 4]
    }
}

fn items(most: usize) -> Items {
    Items { most, items: VecDeque::new(), borrowed: [None; 4] }
}

fn number(item: Item) -> i64 {
    match item {
        Item::Int(number) => number,
        other => panic!("{other:?}"),
    }
}

fn put(item: i64, me: &Proxy, caller: &Caller, diary: &mut Diary<'_, OfQueue>) {
    let outcome = |outcome: Outcome<Item>| outcome.map_or(OfQueue::Full, |_| OfQueue::Put(item));
    diary.note(|| now(me, caller, "put_nowait", vec![Item::Int(item)]), outcome);
}

fn get(me: &Proxy, caller: &Caller, diary: &mut Diary<'_, OfQueue>) {
    let outcome = |outcome: Outcome<Item>| outcome.map_or(OfQueue::Empty, |item| OfQueue::Got(number(item)));
    diary.note(|| now(me, caller, "get_nowait", vec![]), outcome);
}

fn dies_getting(who: usize, me: &Proxy, caller: &Caller, diary: &mut Diary<'_, OfQueue>) {
    let outcome = |outcome: Option<Item>| match outcome {
        Some(item) => vec![(OfQueue::Got(number(item)), false)],
        None => vec![(OfQueue::Borrowed(who), true), (OfQueue::CameBack(who), true)],
    };
    diary.note_all(|| dies(by_name(me, caller, "get", vec![])), outcome);
}

#[test]
fn a_queue_that_is_used_at_once_is_a_queue() {
    explore("Queue", Vec::new, items(usize::MAX), |who, me, caller, diary| {
        put(who as i64, me, caller, diary);
        match who {
            0 => (10..12).for_each(|item| put(item, me, caller, diary)),
            // There are six items, and five at most are taken by others.
            1 | 2 => {
                diary.note(|| wait(Queue::get(me, caller, None)).unwrap(), |item| OfQueue::Got(number(item)));
                get(me, caller, diary);
            }
            _ => {
                dies_getting(who, me, caller, diary);
                diary.note(|| number(now(me, caller, "qsize", vec![]).unwrap()), |size| OfQueue::Size(size as usize));
            }
        }
    });
}

#[test]
fn a_queue_with_little_room_that_is_used_at_once_is_a_queue() {
    explore(
        "Queue",
        || items![2],
        items(2),
        |who, me, caller, diary| {
            dies_getting(who, me, caller, diary);
            put(who as i64, me, caller, diary);
            if who % 2 == 0 {
                get(me, caller, diary);
            } else {
                // It is put, or it never was.
                let item = 10 + who as i64;
                let outcome = |outcome: Option<Item>| vec![(OfQueue::Put(item), outcome.is_none())];
                diary.note_all(|| dies(by_name(me, caller, "put", vec![Item::Int(item)])), outcome);
            }
            put(20 + who as i64, me, caller, diary);
        },
    );
}

#[derive(Debug)]
enum OfPermits {
    Acquired,
    NotAcquired,
    Released,
    Locked(bool),
    Borrowed(usize),
    CameBack(usize),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Permits {
    left: u64,
    borrowed: [bool; 4],
}

impl Sequential for Permits {
    type Operation = OfPermits;

    fn step(&self, operation: &OfPermits) -> Option<Self> {
        let mut next = self.clone();
        let is_right = match operation {
            OfPermits::Acquired => true,
            OfPermits::NotAcquired => self.left == 0,
            OfPermits::Released => true,
            OfPermits::Locked(is_locked) => (self.left == 0) == *is_locked,
            OfPermits::Borrowed(who) => !std::mem::replace(&mut next.borrowed[*who], true),
            OfPermits::CameBack(who) => std::mem::replace(&mut next.borrowed[*who], false),
        };
        match operation {
            OfPermits::Acquired | OfPermits::Borrowed(_) => next.left = self.left.checked_sub(1)?,
            OfPermits::Released | OfPermits::CameBack(_) => next.left += 1,
            OfPermits::NotAcquired | OfPermits::Locked(_) => {}
        }
        is_right.then_some(next)
    }

    fn is_whole(&self) -> bool {
        self.borrowed == [false; 4]
    }
}

fn use_permits(who: usize, me: &Proxy, caller: &Caller, diary: &mut Diary<'_, OfPermits>) {
    let is_true = |item: Item| matches!(item, Item::Bool(true));
    for round in 0..2 {
        let mut has_it = true;
        match (who + round) % 3 {
            0 => diary.note(|| wait(by_name(me, caller, "acquire", vec![])).unwrap(), |_| OfPermits::Acquired),
            1 => diary.note(
                || has_it = is_true(now(me, caller, "acquire", items![false]).unwrap()),
                |()| OfPermits::NotAcquired,
            ),
            _ => diary.note_all(
                || has_it = dies(by_name(me, caller, "acquire", vec![])).is_some(),
                |()| vec![(OfPermits::Borrowed(who), true), (OfPermits::CameBack(who), true)],
            ),
        }
        if has_it {
            // What was got at once is no refusal, and no death.
            if let Some(last) = diary.done.pop_if(|it| !matches!(it.operation, OfPermits::Acquired)) {
                diary.done.retain(|it| it.from != last.from);
                diary.done.push(Done { operation: OfPermits::Acquired, is_optional: false, ..last });
            }
            diary.note(|| now(me, caller, "release", vec![]).unwrap(), |_| OfPermits::Released);
        }
        diary.note(|| is_true(now(me, caller, "locked", vec![]).unwrap()), OfPermits::Locked);
    }
}

#[test]
fn locks_and_semaphores_that_are_used_at_once_count_as_they_should() {
    let permits = |left| Permits { left, borrowed: [false; 4] };
    explore("Lock", Vec::new, permits(1), use_permits);
    explore("RLock", Vec::new, permits(1), use_permits);
    explore("Condition", Vec::new, permits(1), use_permits);
    explore("Semaphore", Vec::new, permits(1), use_permits);
    explore("BoundedSemaphore", || items![2], permits(2), use_permits);
}

/// The checker itself.
#[test]
fn a_history_that_cannot_be_is_none() {
    let at = |from, to, operation| Done { operation, from, to, is_optional: false };
    let maybe = |from, to, operation| Done { is_optional: true, ..at(from, to, operation) };
    use OfQueue::{Borrowed, CameBack, Empty, Full, Got, Put};
    let is = |history: Vec<Done<OfQueue>>| is_linear(&history, items(2));
    assert!(is(vec![at(0, 1, Put(1)), at(2, 3, Put(2)), at(4, 5, Full), at(6, 7, Got(1)), at(8, 9, Got(2))]));
    assert!(!is(vec![at(0, 1, Put(1)), at(2, 3, Put(2)), at(6, 7, Got(2))]), "not in its order");
    assert!(is(vec![at(0, 3, Put(1)), at(1, 4, Put(2)), at(6, 7, Got(2))]), "at once, in any order");
    assert!(!is(vec![at(0, 1, Put(1)), at(2, 3, Got(1)), at(4, 5, Got(1))]), "doubled");
    assert!(!is(vec![at(0, 1, Put(1)), at(2, 3, Empty)]), "lost");
    assert!(!is(vec![at(0, 1, Got(1)), at(2, 3, Put(1))]), "before it was there");
    assert!(!is(vec![at(0, 1, Put(1)), at(2, 3, Full)]), "there was room");
    let borrowed = |from, to| [maybe(from, to, Borrowed(0)), maybe(from, to, CameBack(0))];
    let with = |history: Vec<Done<OfQueue>>, (from, to)| is(history.into_iter().chain(borrowed(from, to)).collect());
    assert!(with(vec![at(0, 1, Put(1)), at(2, 3, Empty), at(6, 7, Got(1))], (1, 4)));
    assert!(!with(vec![at(0, 1, Put(1)), at(2, 3, Empty), at(6, 7, Got(1))], (4, 5)), "it was not there yet");
    assert!(!with(vec![at(0, 1, Put(1)), at(2, 3, Empty)], (0, 1)), "it was over");
}
