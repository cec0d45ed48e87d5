//! Whoever waits for what nobody is left to give is told at once.

use super::*;
use crate::manager::Table;
use crate::referents::several::wait_for_first;

/// A process: one that does nothing else while it waits, and holds what is in its table.
struct Party {
    caller: Caller,
    table: Table,
}

impl Party {
    fn new(world: &World) -> Self {
        let caller = world.caller.home.guard();
        let table = Table::new(100);
        caller.actor.does_one_thing_at_a_time(table.ledger().clone());
        Self { caller, table }
    }

    /// A party that has a handle to an object.
    fn with(world: &World, object: &Proxy) -> Self {
        let mut party = Self::new(world);
        party.table.insert(object.clone());
        party
    }

    fn proxy(&self, slot: u32) -> &Proxy {
        self.table.get(slot).unwrap()
    }

    #[track_caller]
    fn waits<'a>(&'a self, method: &'a str) -> Begun<'a> {
        begun(self.proxy(0), &self.caller, method, vec![])
    }

    fn show(&self, method: &str) -> String {
        show_now(self.proxy(0), &self.caller, method, vec![])
    }
}

/// Objects that have to be waited for, and how.
fn hopeless(world: &World) -> Vec<(Proxy, &'static str)> {
    let full = world.create("JoinableQueue", items![1], vec![]).unwrap();
    world.call(&full, "put", items![1]).unwrap();
    let lock = world.create("Lock", vec![], vec![]).unwrap();
    world.call(&lock, "acquire", vec![]).unwrap();
    vec![
        (lock, "acquire"),
        (world.create("Semaphore", items![0], vec![]).unwrap(), "acquire"),
        (world.create("Event", vec![], vec![]).unwrap(), "wait"),
        (world.create("Barrier", items![3], vec![]).unwrap(), "wait"),
        (world.create("Queue", vec![], vec![]).unwrap(), "get"),
        (full, "join"),
    ]
}

fn deadlock(object: &str, id: u64) -> String {
    format!("Deadlock: this wait would never end: nobody is left who could use the {object} at {id:#x}")
}

#[test]
fn a_wait_is_hopeless_when_the_last_other_holder_goes() {
    let world = World::new();
    for (object, method) in hopeless(&world) {
        let expected = deadlock(object.typeid(), object.id());
        let one = Party::with(&world, &object);
        let mut other = Party::with(&world, &object);
        let clone = object.clone();
        let mut waiting = one.waits(method);
        drop(object);
        waiting.waits();
        drop(other.table.remove(0));
        waiting.waits();
        drop(clone);
        assert_eq!(waiting.over(), expected);
    }
}

#[test]
fn a_wait_is_hopeless_from_the_beginning_if_nobody_else_holds_the_object() {
    let world = World::new();
    for (object, method) in hopeless(&world) {
        let expected = deadlock(object.typeid(), object.id());
        let mut party = Party::with(&world, &object);
        // Its own handles are all that there is.
        party.table.insert(object.clone());
        drop(object);
        assert_eq!(party.show(method), expected);
    }
}

#[test]
fn a_call_whose_use_is_counted_makes_no_other_holder() {
    let world = World::new();
    for is_last in [true, false] {
        for (object, method) in hopeless(&world) {
            let expected = deadlock(object.typeid(), object.id());
            let narrowed = world.with_rights(&object, &Rights { uses: Some(5), ..Rights::all() });
            let party = Party::with(&world, &narrowed);
            drop(narrowed);
            if is_last {
                drop(object);
                assert_eq!(party.show(method), expected);
            } else {
                let waiting = party.waits(method);
                drop(object);
                assert_eq!(waiting.over(), expected);
            }
        }
    }
}

#[test]
fn all_who_wait_are_told_when_they_are_all() {
    let world = World::new();
    for (object, method) in hopeless(&world).into_iter().filter(|(object, _)| object.typeid() != "Barrier") {
        let expected = deadlock(object.typeid(), object.id());
        let parties = [(); 3].map(|()| Party::with(&world, &object));
        drop(object);
        let mut waiting = [parties[0].waits(method), parties[1].waits(method)];
        // One is left who does something else.
        waiting.iter_mut().for_each(Begun::waits);
        assert_eq!(parties[2].show(method), expected);
        assert_eq!(waiting.map(Begun::over), [expected.clone(), expected]);
    }
}

#[test]
fn a_barrier_for_more_than_there_are_is_broken_for_the_first_who_is_told() {
    let world = World::new();
    let barrier = world.create("Barrier", items![3], vec![]).unwrap();
    let parties = [(); 2].map(|()| Party::with(&world, &barrier));
    let expected = deadlock("Barrier", barrier.id());
    drop(barrier);
    let first = parties[0].waits("wait");
    assert_eq!(parties[1].show("wait"), expected);
    assert_eq!(first.over(), expected);
    assert_eq!(parties[0].show("broken"), "True");
}

#[test]
fn there_is_hope_while_a_holder_is_elsewhere() {
    let world = World::new();
    for (object, method) in hopeless(&world) {
        let party = Party::with(&world, &object);
        let container = world.list(list![]);
        world.call(&container, "append", vec![Item::proxy(object.clone())]).unwrap();
        drop(object);
        let mut waiting = party.waits(method);
        waiting.waits();
        // Even where nobody can come to it any more: only when it is gone there is none.
        drop(container);
        assert!(waiting.over().starts_with("Deadlock"));
    }
}

#[test]
fn there_is_hope_while_one_waits_whose_time_ends() {
    let world = World::new();
    let queue = world.create("Queue", vec![], vec![]).unwrap();
    let [one, other] = [(); 2].map(|()| Party::with(&world, &queue));
    drop(queue);
    timed(async {
        let mut waiting = by_name(one.proxy(0), &one.caller, "get", vec![]);
        let mut poll = || match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(shown(outcome)),
            Poll::Pending => None,
        };
        assert_eq!(poll(), None);
        assert_eq!(shown(by_name(other.proxy(0), &other.caller, "get", items![true, 1]).await), "queue.Empty");
        assert_eq!(poll(), None);
        assert_eq!(shown(by_name(other.proxy(0), &other.caller, "put", items![7]).await), "None");
        assert_eq!(poll().unwrap(), "7");
    });
}

#[test]
fn there_is_always_hope_for_one_who_may_do_other_things_meanwhile() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let guard = world.caller.home.guard();
    begun(&event, &guard, "wait", vec![]);
}

#[test]
fn a_lock_that_belongs_to_its_owner_is_given_back_whoever_holds_it() {
    let world = World::new();
    let lock = world.create("RLock", vec![], vec![]).unwrap();
    let owner = world.caller.home.guard();
    now(&lock, &owner, "acquire", vec![]).unwrap();
    let party = Party::with(&world, &lock);
    drop(lock);
    let waiting = party.waits("acquire");
    owner.actor.settle(true);
    assert_eq!(waiting.over(), "True");
}

#[test]
fn who_waits_no_more_is_no_reason_to_despair() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let [one, other] = [(); 2].map(|()| Party::with(&world, &event));
    drop(event);
    drop(one.waits("wait"));
    let waiting = other.waits("wait");
    one.show("set");
    assert_eq!(waiting.over(), "True");
}

#[test]
fn who_despairs_on_a_condition_has_its_lock() {
    for typeid in [None, Some("Lock"), Some("RLock")] {
        let world = World::new();
        let lock = typeid.map(|typeid| Item::proxy(world.create(typeid, vec![], vec![]).unwrap()));
        let condition = world.create("Condition", lock.into_iter().collect(), vec![]).unwrap();
        let expected = deadlock("Condition", condition.id());
        let party = Party::with(&world, &condition);
        assert_eq!(party.show("acquire"), "True");
        let waiting = party.waits("wait");
        drop(condition);
        assert_eq!(waiting.over(), expected);
        assert_eq!(party.show("locked"), "True");
        assert_eq!(party.show("release"), "None");
    }
}

#[test]
fn of_several_all_have_to_be_hopeless() {
    let world = World::new();
    let make = || world.create("Event", vec![], vec![]).unwrap();
    let (a, b) = (make(), make());
    let mut party = Party::new(&world);
    let slots = [&a, &b].map(|event| party.table.insert(event.clone()));
    let proxies = slots.map(|slot| party.proxy(slot));
    let mut waiting = Box::pin(wait_for_first(&proxies, &party.caller, None));
    let mut poll = || match waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome.map(drop).unwrap_err().kind),
        Poll::Pending => None,
    };
    assert_eq!(poll(), None);
    drop(a);
    assert_eq!(poll(), None);
    drop(b);
    assert_eq!(poll(), Some(ErrorKind::Deadlock));
}

#[test]
fn the_same_twice_is_one_object_to_despair_of() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let party = Party::with(&world, &event);
    let twice = [party.proxy(0), party.proxy(0)];
    let mut waiting = Box::pin(wait_for_first(&twice, &party.caller, None));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(event);
    assert_eq!(at_once(waiting).map(drop).unwrap_err().kind, ErrorKind::Deadlock);
}

#[test]
fn one_of_several_that_ends_by_itself_is_hope() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let process = crate::referents::process::Process::create(&world.caller.home, "p", "main");
    let party = Party::with(&world, &event);
    drop(event);
    let both = [party.proxy(0), &process];
    let mut waiting = Box::pin(wait_for_first(&both, &party.caller, None));
    assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn one_who_was_given_something_and_does_not_know_yet_can_still_come() {
    let world = World::new();
    let queue = world.create("JoinableQueue", vec![], vec![]).unwrap();
    let [taker, giver] = [(); 2].map(|()| Party::with(&world, &queue));
    drop(queue);
    let mut taking = taker.waits("get");
    taking.waits();
    assert_eq!(show_now(giver.proxy(0), &giver.caller, "put", items![7]), "None");
    let mut joining = giver.waits("join");
    joining.waits();
    assert_eq!(taking.over(), "7");
    assert_eq!(taker.show("task_done"), "None");
    assert_eq!(joining.over(), "None");
}

#[test]
fn a_condition_is_another_holder_of_its_lock_however_it_is_called() {
    let world = World::new();
    let lock = Item::proxy(world.create("Lock", vec![], vec![]).unwrap());
    let condition = world.create("Condition", vec![lock], vec![]).unwrap();
    now(&condition, &world.caller, "acquire", vec![]).unwrap();
    let narrowed = world.with_rights(&condition, &Rights { uses: Some(5), ..Rights::all() });
    let party = Party::with(&world, &narrowed);
    let waiting = party.waits("acquire");
    now(&condition, &world.caller, "release", vec![]).unwrap();
    assert_eq!(waiting.over(), "True");
}
