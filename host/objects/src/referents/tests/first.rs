//! Waiting for the first of several: exactly the one that won is done.

use super::*;
use crate::referents::process::{End, Process};
use crate::referents::several::wait_for_first;
use std::time::Duration;

type Answer = Outcome<Option<(usize, Item)>>;

fn told(answer: Answer) -> String {
    match answer {
        Ok(None) => "time is up".into(),
        Ok(Some((index, item))) => format!("{index}: {}", shown(Ok(item))),
        Err(error) => error.to_string(),
    }
}

fn first_now(proxies: &[&Proxy], caller: &Caller) -> String {
    told(at_once(wait_for_first(proxies, caller, Some(Duration::ZERO))))
}

/// A wait that has begun.
struct First<'a>(BoxFuture<'a, Answer>);

impl<'a> First<'a> {
    #[track_caller]
    fn begin(proxies: &'a [&'a Proxy], caller: &'a Caller) -> Self {
        let mut first = Self(Box::pin(wait_for_first(proxies, caller, None)));
        assert_eq!(first.answer(), None);
        first
    }

    fn answer(&mut self) -> Option<String> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Some(told(answer)),
            Poll::Pending => None,
        }
    }
}

/// One of each type that has to be waited for.
struct Objects {
    world: World,
    all: Vec<Proxy>,
}

const TYPES: [&str; 8] =
    ["Queue", "JoinableQueue", "Event", "Lock", "RLock", "Semaphore", "BoundedSemaphore", "Process"];

impl Objects {
    fn new() -> Self {
        let world = World::new();
        let make = |typeid: &&str| {
            if *typeid == "Process" {
                return Process::create(&world.caller.home, "p", "main");
            }
            let object = world.create(typeid, vec![], vec![]).unwrap();
            if typeid.contains("Lock") || typeid.contains("Semaphore") {
                world.call(&object, "acquire", vec![]).unwrap();
            }
            object
        };
        Self { all: TYPES.iter().map(make).collect(), world }
    }

    /// Lets one go on.
    fn provide(&self, index: usize) {
        let object = &self.all[index];
        match TYPES[index] {
            "Queue" | "JoinableQueue" => drop(self.world.call(object, "put", items![index as i64 + 100]).unwrap()),
            "Event" => drop(self.world.call(object, "set", vec![]).unwrap()),
            "Process" => object.downcast::<Process>().unwrap().end(End::Returned(Item::Null), ()),
            _ => drop(self.world.call(object, "release", vec![]).unwrap()),
        }
    }

    /// What one who waited for it is told.
    fn expected(&self, index: usize) -> String {
        match TYPES[index] {
            "Queue" | "JoinableQueue" => format!("{index}: {}", index + 100),
            "Event" | "Process" => format!("{index}: None"),
            _ => format!("{index}: False"),
        }
    }

    /// Whether it still has to give what was provided.
    fn has(&self, index: usize) -> bool {
        let show = |method| self.world.show(&self.all[index], method, vec![]);
        match TYPES[index] {
            "Queue" | "JoinableQueue" => show("qsize") == "1",
            "Event" => show("is_set") == "True",
            "Process" => show("is_alive") == "False",
            _ => show("locked") == "False",
        }
    }

    /// Whether what it gives is there for one only.
    fn is_taken_from(index: usize) -> bool {
        !matches!(TYPES[index], "Event" | "Process")
    }
}

#[test]
fn the_one_that_gives_first_is_done_and_no_other() {
    for winner in 0..TYPES.len() {
        for second in (0..TYPES.len()).filter(|second| *second != winner) {
            for before in [false, true] {
                let objects = Objects::new();
                let all: Vec<_> = objects.all.iter().collect();
                let caller = objects.world.caller.home.guard();
                if before {
                    objects.provide(winner);
                }
                let mut wait: BoxFuture<'_, Answer> = Box::pin(wait_for_first(&all, &caller, None));
                let mut poll = || match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(answer) => Some(told(answer)),
                    Poll::Pending => None,
                };
                let mut answer = poll();
                assert_eq!(answer.is_some(), before);
                if !before {
                    objects.provide(winner);
                }
                // Both have something to give when it comes to look.
                objects.provide(second);
                answer = answer.or_else(poll);
                assert_eq!(answer.unwrap(), objects.expected(winner));
                assert_eq!(objects.has(winner), !Objects::is_taken_from(winner), "{winner} {second}");
                assert!(objects.has(second), "{winner} {second}");
            }
        }
    }
}

#[test]
fn what_one_was_given_who_dies_goes_back_and_nothing_else_was_taken() {
    for winner in 0..TYPES.len() {
        for after in [false, true] {
            let objects = Objects::new();
            let all: Vec<_> = objects.all.iter().collect();
            let [caller, other] = [(); 2].map(|()| objects.world.caller.home.guard());
            let first = First::begin(&all, &caller);
            if after {
                objects.provide(winner);
            }
            drop(first);
            if !after {
                objects.provide(winner);
            }
            for index in 0..TYPES.len() {
                assert_eq!(objects.has(index), index == winner);
            }
            // Nobody stands in any line: what comes is for those who come.
            assert_eq!(first_now(&all, &other), objects.expected(winner));
        }
    }
}

#[test]
fn of_those_that_can_give_at_once_it_is_the_first() {
    let objects = Objects::new();
    let all: Vec<_> = objects.all.iter().collect();
    // It has the RLock already.
    assert_eq!(first_now(&all, &objects.world.caller), "4: False");
    objects.provide(4);
    for index in (0..TYPES.len()).rev() {
        objects.provide(index);
    }
    for index in 0..3 {
        assert_eq!(first_now(&all, &objects.world.caller), objects.expected(index));
    }
}

#[test]
fn the_same_object_twice_gives_once() {
    for index in 0..TYPES.len() {
        let objects = Objects::new();
        let twice = [&objects.all[index], &objects.all[index]];
        let caller = objects.world.caller.home.guard();
        let mut first = First::begin(&twice, &caller);
        objects.provide(index);
        let expected = objects.expected(index).replace(&format!("{index}: "), "0: ");
        assert_eq!(first.answer().unwrap(), expected);
        drop(first);
        assert_eq!(objects.has(index), !Objects::is_taken_from(index));
    }
}

#[test]
fn two_who_wait_for_the_same_in_another_order_get_one_each() {
    let objects = Objects::new();
    let (a, b) = (&objects.all[0], &objects.all[1]);
    let callers = [(); 2].map(|()| objects.world.caller.home.guard());
    let (forth, back) = ([a, b], [b, a]);
    let mut one = First::begin(&forth, &callers[0]);
    let mut other = First::begin(&back, &callers[1]);
    objects.provide(1);
    objects.provide(0);
    assert_eq!(one.answer().unwrap(), "1: 101");
    assert_eq!(other.answer().unwrap(), "1: 100");
}

#[test]
fn one_of_many_that_gave_something_elsewhere_is_passed_over() {
    let objects = Objects::new();
    let (a, b) = (&objects.all[0], &objects.all[1]);
    let both = [a, b];
    let callers = [(); 2].map(|()| objects.world.caller.home.guard());
    let mut one = First::begin(&both, &callers[0]);
    let next = begun(b, &callers[1], "get", vec![]);
    objects.provide(0);
    objects.provide(1);
    assert_eq!(next.over(), "101");
    assert_eq!(one.answer().unwrap(), "0: 100");
}

#[test]
fn time_is_up_without_anything_being_taken() {
    let objects = Objects::new();
    let all: Vec<_> = objects.all.iter().collect();
    let all = [&all[..4], &all[5..]].concat();
    let caller = objects.world.caller.home.guard();
    assert_eq!(first_now(&all, &caller), "time is up");
    assert_eq!(told(timed(wait_for_first(&all, &caller, Some(Duration::from_secs(5))))), "time is up");
    for index in (0..TYPES.len()).filter(|index| *index != 4) {
        objects.provide(index);
        assert!(objects.has(index));
    }
}

#[test]
fn a_queue_that_is_shut_down_is_an_error_and_leaves_the_others_alone() {
    let objects = Objects::new();
    let both = [&objects.all[0], &objects.all[1]];
    let caller = objects.world.caller.home.guard();
    let mut first = First::begin(&both, &caller);
    objects.world.call(both[1], "shutdown", vec![]).unwrap();
    objects.provide(0);
    assert_eq!(first.answer().unwrap(), "queue.ShutDown");
    drop(first);
    assert!(objects.has(0));
    // What is before it goes first.
    assert_eq!(first_now(&both, &caller), "0: 100");
    assert_eq!(first_now(&both, &caller), "queue.ShutDown");
}

#[test]
fn only_what_can_be_waited_for_can_be_waited_for() {
    let world = World::new();
    assert_eq!(first_now(&[], &world.caller), "ValueError: there is nothing to wait for");
    for typeid in ["list", "Condition", "Barrier"] {
        let args = if typeid == "Barrier" { items![2] } else { vec![] };
        let object = world.create(typeid, args, vec![]).unwrap();
        assert_eq!(first_now(&[&object], &world.caller), format!("TypeError: a '{typeid}' cannot be waited for"));
    }
    let event = world.create("Event", vec![], vec![]).unwrap();
    assert_eq!(first_now(&[&event; 4096], &world.caller), "time is up");
    let error = at_once(wait_for_first(&[&event; 4097], &world.caller, None)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::QuotaExceeded);
    let may_not = world.narrowed(&event, &["set"]);
    assert!(first_now(&[&event, &may_not], &world.caller).starts_with("NotExposed"));
    let process = Process::create(&world.caller.home, "p", "main");
    let itself = Caller { home: world.caller.home.clone(), actor: Actor::new(process.id(), "p:main") };
    assert_eq!(first_now(&[&event, &process], &itself), "Deadlock: a process cannot wait for its own end");
}

#[test]
fn what_was_taken_first_is_remembered_for_the_end() {
    for index in [1, 3, 4, 5] {
        let objects = Objects::new();
        let [caller, next] = [(); 2].map(|()| objects.world.caller.home.guard());
        let one = [&objects.all[index]];
        let mut first = First::begin(&one, &caller);
        objects.provide(index);
        assert_eq!(first.answer().unwrap(), objects.expected(index).replace(&format!("{index}: "), "0: "));
        drop(first);
        caller.actor.settle(false);
        if index == 1 {
            assert_eq!(show_now(one[0], &next, "join", vec![]), "None");
        } else {
            assert_eq!(first_now(&one, &next), "0: True", "it is told that it was abandoned");
        }
    }
}
