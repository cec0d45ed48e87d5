//! What becomes of what a process has when it ends: by whether it ended normally.

use super::*;
use crate::referents::condition::{Condition, Woken};
use crate::referents::lock::{Acquired, Lock};
use crate::referents::rlock::RLock;
use crate::referents::semaphore::Semaphore;

fn parties<const N: usize>(world: &World) -> [Caller; N] {
    std::array::from_fn(|_| world.caller.home.guard())
}

type Acquiring<'a> = BoxFuture<'a, Outcome<Acquired>>;

/// How to take a type of lock, and what is taken.
const LOCKS: [(&str, for<'a> fn(&'a Proxy, &'a Caller) -> Acquiring<'a>); 5] = [
    ("Lock", |me, caller| Box::pin(Lock::acquire(me, caller, None))),
    ("RLock", |me, caller| Box::pin(RLock::acquire(me, caller, None))),
    ("Condition", |me, caller| Box::pin(Condition::acquire(me, caller, None))),
    ("Semaphore", |me, caller| Box::pin(Semaphore::acquire(me, caller, None))),
    ("BoundedSemaphore", |me, caller| Box::pin(Semaphore::acquire(me, caller, None))),
];

fn outcome<T>(acquiring: &mut BoxFuture<'_, Outcome<T>>) -> Option<T> {
    match acquiring.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome.unwrap()),
        Poll::Pending => None,
    }
}

/// Whether it is given back when its owner ends normally.
fn belongs_to_its_owner(typeid: &str) -> bool {
    matches!(typeid, "RLock" | "Condition")
}

#[test]
fn what_was_taken_is_given_back_at_death_and_the_next_is_told_once() {
    for (typeid, acquire) in LOCKS {
        for normally in [false, true] {
            for waits in [false, true] {
                let world = World::new();
                let [dying, next, later] = parties(&world);
                let lock = world.create(typeid, vec![], vec![]).unwrap();
                assert_eq!(outcome(&mut acquire(&lock, &dying)), Some(Acquired::Acquired));
                let mut acquiring = acquire(&lock, &next);
                if waits {
                    assert_eq!(outcome(&mut acquiring), None);
                }
                dying.actor.settle(normally);
                let stays = normally && !belongs_to_its_owner(typeid);
                let expected = if stays { None } else { Some(Acquired::Abandoned) };
                assert_eq!(outcome(&mut acquiring), expected, "{typeid} {normally} {waits}");
                // Where it stays taken, whoever is left can give it back, and that is no news.
                now(&lock, if stays { &later } else { &next }, "release", vec![]).unwrap();
                if stays {
                    assert_eq!(outcome(&mut acquiring), Some(Acquired::Acquired));
                    now(&lock, &next, "release", vec![]).unwrap();
                }
                assert_eq!(outcome(&mut acquire(&lock, &later)), Some(Acquired::Acquired), "{typeid} {normally}");
            }
        }
    }
}

#[test]
fn one_who_dies_before_it_knows_that_it_was_revoked_keeps_what_it_has() {
    // It waits for what it has already: one that belongs to its owner it would take again at once.
    for (typeid, acquire) in LOCKS.into_iter().filter(|(typeid, _)| !belongs_to_its_owner(typeid)) {
        let world = World::new();
        let [dying, next] = parties(&world);
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        let narrowed = world.with_rights(&lock, &Rights::all());
        assert_eq!(outcome(&mut acquire(&lock, &dying)), Some(Acquired::Acquired));
        let mut gone = acquire(&narrowed, &dying);
        let mut waiting = acquire(&lock, &next);
        assert_eq!([outcome(&mut gone), outcome(&mut waiting)], [None, None], "{typeid}");
        world.revoke(&narrowed);
        drop(gone);
        assert_eq!(outcome(&mut waiting), None, "{typeid}");
        assert_eq!(world.show(&lock, "locked", vec![]), "True", "{typeid}");
        now(&lock, &dying, "release", vec![]).unwrap();
        assert_eq!(outcome(&mut waiting), Some(Acquired::Acquired), "{typeid}");
        assert_eq!(world.show(&lock, "locked", vec![]), "True", "{typeid}");
    }
}

#[test]
fn one_who_dies_before_it_knows_that_it_was_abandoned_leaves_the_news_to_the_next() {
    for (typeid, acquire) in LOCKS {
        let world = World::new();
        let [dying, too, next] = parties(&world);
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        outcome(&mut acquire(&lock, &dying)).unwrap();
        let mut waiting = [&too, &next].map(|caller| acquire(&lock, caller));
        waiting.iter_mut().for_each(|it| assert_eq!(outcome(it), None));
        dying.actor.settle(false);
        let [first, mut second] = waiting;
        drop(first);
        assert_eq!(outcome(&mut second), Some(Acquired::Abandoned), "{typeid}");
    }
}

#[test]
fn an_rlock_that_was_taken_often_is_given_back_altogether() {
    for normally in [false, true] {
        let world = World::new();
        let [dying, next] = parties(&world);
        let lock = world.create("RLock", vec![], vec![]).unwrap();
        (0..3).for_each(|_| drop(now(&lock, &dying, "acquire", vec![]).unwrap()));
        dying.actor.settle(normally);
        assert_eq!(show_now(&lock, &next, "locked", vec![]), "False");
    }
}

#[test]
fn what_was_given_back_already_is_not_given_back_again() {
    for (typeid, acquire) in LOCKS {
        let world = World::new();
        let [dying, owner, next] = parties(&world);
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        outcome(&mut acquire(&lock, &dying)).unwrap();
        now(&lock, &dying, "release", vec![]).unwrap();
        assert_eq!(outcome(&mut acquire(&lock, &owner)), Some(Acquired::Acquired));
        dying.actor.settle(false);
        assert_eq!(outcome(&mut acquire(&lock, &next)), None, "{typeid}");
    }
}

#[test]
fn permits_that_others_gave_back_are_those_of_who_has_had_one_longest() {
    let world = World::new();
    let [first, second, other] = parties(&world);
    let semaphore = world.create("Semaphore", items![4], vec![]).unwrap();
    let value = || world.show(&semaphore, "get_value", vec![]);
    for caller in [&first, &second, &first, &second] {
        now(&semaphore, caller, "acquire", vec![]).unwrap();
    }
    // The first has one left, and the second both.
    now(&semaphore, &other, "release", vec![]).unwrap();
    now(&semaphore, &second, "release", vec![]).unwrap();
    now(&semaphore, &second, "acquire", vec![]).unwrap();
    assert_eq!(value(), "1");
    first.actor.settle(false);
    assert_eq!(value(), "2");
    second.actor.settle(false);
    assert_eq!(value(), "4");
}

#[test]
fn permits_that_are_given_back_for_many_are_credited_to_all_of_them() {
    let world = World::new();
    let callers: [Caller; 10] = parties(&world);
    let semaphore = world.create("Semaphore", items![20], vec![]).unwrap();
    for caller in callers.iter().chain(&callers) {
        now(&semaphore, caller, "acquire", vec![]).unwrap();
    }
    now(&semaphore, &world.caller, "release", items![15]).unwrap();
    // Seven have none left, the eighth has one.
    for (caller, value) in callers.iter().zip([15, 15, 15, 15, 15, 15, 15, 16, 18, 20]) {
        caller.actor.settle(false);
        assert_eq!(world.show(&semaphore, "get_value", vec![]), value.to_string());
    }
}

#[test]
fn a_death_never_makes_more_permits_than_there_were_in_the_beginning() {
    let world = World::new();
    let [consumer, producer] = parties(&world);
    // Used as a signal: some acquire, and others release.
    let semaphore = world.create("Semaphore", items![1], vec![]).unwrap();
    now(&semaphore, &producer, "release", items![4]).unwrap();
    (0..5).for_each(|_| drop(now(&semaphore, &consumer, "acquire", vec![]).unwrap()));
    consumer.actor.settle(false);
    assert_eq!(world.show(&semaphore, "get_value", vec![]), "1");
}

#[test]
fn what_one_has_not_acknowledged_counts_as_done_at_its_death() {
    for (typeid, normally, goes_on) in [
        ("JoinableQueue", false, true),
        ("JoinableQueue", true, false),
        // Nobody counts there who has taken what.
        ("Queue", false, false),
    ] {
        let world = World::new();
        let [dying, other] = parties(&world);
        let queue = world.create(typeid, vec![], vec![]).unwrap();
        (0..3).for_each(|item| drop(now(&queue, &other, "put", items![item]).unwrap()));
        (0..2).for_each(|_| drop(now(&queue, &dying, "get", vec![]).unwrap()));
        now(&queue, &other, "get", vec![]).unwrap();
        let mut joining = begun(&queue, &other, "join", vec![]);
        now(&queue, &other, "task_done", vec![]).unwrap();
        joining.waits();
        dying.actor.settle(normally);
        assert_eq!(joining.outcome().is_some(), goes_on, "{typeid}");
    }
}

#[test]
fn one_who_dies_while_it_waits_on_a_condition_does_not_have_its_lock() {
    let world = World::new();
    let [dying, other] = parties(&world);
    let condition = world.create("Condition", vec![], vec![]).unwrap();
    now(&condition, &dying, "acquire", vec![]).unwrap();
    drop(begun(&condition, &dying, "wait", vec![]));
    dying.actor.settle(false);
    let mut acquiring: Acquiring<'_> = Box::pin(Condition::acquire(&condition, &other, None));
    assert_eq!(outcome(&mut acquiring), Some(Acquired::Acquired));
}

#[test]
fn a_lock_of_a_condition_is_given_back_at_death_like_any_other() {
    for (typeid, normally, expected) in [
        ("Lock", false, Some(Acquired::Abandoned)),
        ("Lock", true, None),
        ("RLock", false, Some(Acquired::Abandoned)),
        ("RLock", true, Some(Acquired::Abandoned)),
    ] {
        let world = World::new();
        let [dying, other] = parties(&world);
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        let condition = world.create("Condition", vec![Item::proxy(lock.clone())], vec![]).unwrap();
        now(&condition, &dying, "acquire", vec![]).unwrap();
        dying.actor.settle(normally);
        let mut acquiring: Acquiring<'_> = Box::pin(Condition::acquire(&condition, &other, None));
        assert_eq!(outcome(&mut acquiring), expected, "{typeid} {normally}");
    }
}

#[test]
fn one_who_comes_back_from_a_condition_is_told_that_its_lock_was_abandoned() {
    for typeid in ["Lock", "RLock"] {
        for normally in [false, true] {
            let world = World::new();
            let [waiting, dying] = parties(&world);
            let lock = world.create(typeid, vec![], vec![]).unwrap();
            let condition = world.create("Condition", vec![Item::proxy(lock)], vec![]).unwrap();
            now(&condition, &waiting, "acquire", vec![]).unwrap();
            let mut wait: BoxFuture<'_, Outcome<Woken>> = Box::pin(Condition::wait(&condition, &waiting, None));
            assert_eq!(outcome(&mut wait), None);
            now(&condition, &dying, "acquire", vec![]).unwrap();
            now(&condition, &dying, "notify", vec![]).unwrap();
            assert_eq!(outcome(&mut wait), None, "before it has the lock");
            dying.actor.settle(normally);
            let expected = (typeid == "RLock" || !normally).then_some(Woken { is_notified: true, is_abandoned: true });
            assert_eq!(outcome(&mut wait), expected, "{typeid} {normally}");
        }
    }
}
