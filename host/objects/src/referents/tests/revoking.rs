//! Waits through proxies that are revoked, or whose time is up.

use super::turns::WAYS;
use super::*;
use crate::referents::custom::{Ask, Description, ProvidedType, Provider, Request};
use crate::referents::process::{End, Process};
use crate::referents::several::wait_for_first;
use std::time::Duration;

const EXPIRED: &str = "Revoked: the proxy has expired";
const REVOKED: &str = "Revoked: the proxy was revoked";

/// A proxy that can be revoked, and one that was derived from it.
fn lent(world: &World, object: &Proxy) -> (Proxy, Proxy) {
    let narrowed = world.with_rights(object, &Rights::all());
    let derived = world.with_rights(&narrowed, &Rights::all());
    (narrowed, derived)
}

#[test]
fn whoever_waits_is_told_at_once_and_has_taken_nothing() {
    for way in &WAYS {
        let world = World::new();
        let object = (way.make)(&world);
        let (narrowed, derived) = lent(&world, &object);
        let [revoked, other] = [(); 2].map(|()| world.caller.home.guard());
        let mut gone = Begun::new((way.wait)(&derived, &revoked));
        let mut stays = Begun::new((way.wait)(&object, &other));
        world.revoke(&narrowed);
        // What is there from now on is for others, even before the one that was revoked comes to know.
        (way.provide)(&object, &world.caller);
        let told = stays.outcome();
        assert!(told.is_some_and(|told| !told.contains("Revoked")), "{}", way.name);
        assert_eq!(gone.outcome().as_deref(), Some(REVOKED), "{}", way.name);
    }
}

#[test]
fn what_was_given_before_it_was_revoked_counts() {
    for way in &WAYS {
        let world = World::new();
        let object = (way.make)(&world);
        let (narrowed, derived) = lent(&world, &object);
        let caller = world.caller.home.guard();
        let waiting = Begun::new((way.wait)(&derived, &caller));
        (way.provide)(&object, &world.caller);
        world.revoke(&narrowed);
        let told = waiting.over();
        // A condition is left with its lock, which cannot be given back through that proxy any more.
        assert!(way.name == "Condition.wait" || told != REVOKED, "{}: {told}", way.name);
    }
}

#[test]
fn whoever_waits_is_told_when_the_time_of_its_proxy_is_up() {
    for way in &WAYS {
        timed(async {
            let world = World::new();
            let object = (way.make)(&world);
            let rights = Rights { lifetime: Some(Duration::from_secs(5)), ..Rights::all() };
            let narrowed = world.with_rights(&object, &rights);
            let [expires, other] = [(); 2].map(|()| world.caller.home.guard());
            let mut stays = Begun::new((way.wait)(&object, &other));
            let begun = tokio::time::Instant::now();
            let told = (way.wait)(&narrowed, &expires).await;
            assert_eq!(shown(told), EXPIRED, "{}", way.name);
            assert_eq!(begun.elapsed().as_secs(), 5, "{}", way.name);
            stays.waits();
            (way.provide)(&object, &world.caller);
            assert!(stays.outcome().is_some(), "{}", way.name);
        });
    }
}

#[test]
fn a_timeout_that_is_sooner_is_a_timeout() {
    timed(async {
        let world = World::new();
        let queue = world.create("Queue", vec![], vec![]).unwrap();
        let rights = Rights { lifetime: Some(Duration::from_secs(5)), ..Rights::all() };
        let narrowed = world.with_rights(&queue, &rights);
        let get = |seconds: i64| by_name(&narrowed, &world.caller, "get", items![true, seconds]);
        assert_eq!(shown(get(2).await), "queue.Empty");
        assert_eq!(shown(get(10).await), EXPIRED);
    });
}

#[test]
fn a_barrier_is_broken_by_a_party_that_is_revoked() {
    let world = World::new();
    let barrier = world.create("Barrier", items![3], vec![]).unwrap();
    let narrowed = world.with_rights(&barrier, &Rights::all());
    let [one, two] = [(); 2].map(|()| world.caller.home.guard());
    let first = begun(&narrowed, &one, "wait", vec![]);
    let second = begun(&barrier, &two, "wait", vec![]);
    world.revoke(&narrowed);
    assert_eq!(first.over(), REVOKED);
    assert_eq!(second.over(), "threading.BrokenBarrierError");
}

#[test]
fn the_last_party_is_told_while_it_waits_for_the_action() {
    let world = World::new();
    let action = tuple!["program", "act", list![]];
    let barrier = world.create("Barrier", vec![v(2), v(action)], vec![]);
    let Ok(barrier) = barrier else { panic!("{}", barrier.unwrap_err()) };
    let narrowed = world.with_rights(&barrier, &Rights::all());
    let [one, two] = [(); 2].map(|()| world.caller.home.guard());
    let first = begun(&barrier, &one, "wait", vec![]);
    let last = begun(&narrowed, &two, "wait", vec![]);
    world.revoke(&narrowed);
    assert_eq!(last.over(), REVOKED);
    assert_eq!(first.over(), "threading.BrokenBarrierError");
}

#[test]
fn a_condition_over_a_lock_ends_with_the_right_to_the_lock() {
    let world = World::new();
    let lock = world.create("RLock", vec![], vec![]).unwrap();
    let narrowed = world.with_rights(&lock, &Rights::all());
    let condition = world.create("Condition", vec![Item::proxy(narrowed.clone())], vec![]).unwrap();
    let [waits, acquires] = [(); 2].map(|()| world.caller.home.guard());
    now(&condition, &waits, "acquire", vec![]).unwrap();
    let waiting = begun(&condition, &waits, "wait", vec![]);
    now(&condition, &world.caller, "acquire", vec![]).unwrap();
    let acquiring = begun(&condition, &acquires, "acquire", vec![]);
    world.revoke(&narrowed);
    assert_eq!(waiting.over(), REVOKED);
    assert_eq!(acquiring.over(), REVOKED);
    // Neither of them has the lock.
    assert_eq!(show_now(&lock, &world.caller, "release", vec![]), "None");
    assert_eq!(show_now(&lock, &world.caller, "locked", vec![]), "False");
}

#[test]
fn one_who_takes_the_lock_again_after_a_notification_passes_that_on() {
    let world = World::new();
    let condition = world.create("Condition", vec![], vec![]).unwrap();
    let narrowed = world.with_rights(&condition, &Rights::all());
    let [one, two] = [(); 2].map(|()| world.caller.home.guard());
    now(&condition, &one, "acquire", vec![]).unwrap();
    let mut first = begun(&narrowed, &one, "wait", vec![]);
    now(&condition, &two, "acquire", vec![]).unwrap();
    let mut second = begun(&condition, &two, "wait", vec![]);
    now(&condition, &world.caller, "acquire", vec![]).unwrap();
    now(&condition, &world.caller, "notify", vec![]).unwrap();
    first.waits();
    second.waits();
    world.revoke(&narrowed);
    assert_eq!(first.over(), REVOKED);
    second.waits();
    now(&condition, &world.caller, "release", vec![]).unwrap();
    assert_eq!(second.over(), "True");
}

#[test]
fn waiting_for_the_first_of_several_ends_when_one_of_them_is_revoked() {
    let world = World::new();
    let make = |typeid: &str| world.create(typeid, vec![], vec![]).unwrap();
    let (queue, event, lock) = (make("Queue"), make("Event"), make("Lock"));
    now(&lock, &world.caller, "acquire", vec![]).unwrap();
    let process = Process::create(&world.caller.home, "p", "main");
    for revoked in 0..4 {
        let all = [&queue, &event, &lock, &process].map(|object| world.with_rights(object, &Rights::all()));
        let proxies: Vec<_> = all.iter().collect();
        let caller = world.caller.home.guard();
        let mut waiting = Box::pin(wait_for_first(&proxies, &caller, None));
        let mut poll = || waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll().is_pending());
        world.revoke(&all[revoked]);
        now(&queue, &world.caller, "put", items![revoked as i64]).unwrap();
        let Poll::Ready(Err(error)) = poll() else { panic!("it still waits") };
        assert_eq!(error.to_string(), REVOKED);
        drop(waiting);
        assert_eq!(show_now(&queue, &world.caller, "get_nowait", vec![]), revoked.to_string());
    }
    process.downcast::<Process>().unwrap().end(End::Returned(Item::Null), ());
}

#[test]
fn a_kill_through_a_proxy_that_is_revoked_meanwhile_is_done() {
    let world = World::new();
    let process = Process::create(&world.caller.home, "p", "main");
    let narrowed = world.with_rights(&process, &Rights::all());
    let killing = begun(&narrowed, &world.caller, "kill", vec![]);
    world.revoke(&narrowed);
    assert_eq!(killing.over(), REVOKED);
    assert!(process.downcast::<Process>().unwrap().requested_end().is_some());
}

/// A provider that answers nothing by itself, and an object of its.
fn provided(world: &World) -> (Arc<Provider>, Proxy) {
    let methods = vec![
        ("__iter__".to_owned(), String::new(), Effect::Changes),
        ("__next__".to_owned(), String::new(), Effect::Changes),
    ];
    let described = Description { typeid: "Far".into(), doc: String::new(), methods, creatable: true };
    let provider = Provider::new(Actor::new(world.caller.home.next_id(), "provider"));
    provider.set_types(ProvidedType::of_all([described]).unwrap());
    let object = provider.adopt(&world.caller.home, "Far").unwrap();
    (provider, object)
}

#[test]
fn a_providers_call_is_finished_but_not_answered() {
    let world = World::new();
    let (provider, object) = provided(&world);
    let narrowed = world.with_rights(&object, &Rights::all());
    let argument = world.list(list![]);
    let calling = begun(&narrowed, &world.caller, "__next__", vec![Item::proxy(argument.clone())]);
    let printing = Begun::new(Box::pin(async { call::to_text(&narrowed, &world.caller).await.map(Item::text) }));
    let copying = Begun::new(Box::pin(call::get_value(&narrowed, &world.caller)));
    world.revoke(&narrowed);
    for waiting in [calling, printing, copying] {
        assert_eq!(waiting.over(), REVOKED);
    }
    // The provider still has all three, with what they need.
    let Request::Ask(Ask::Call { args, .. }, reply) = at_once(provider.mailbox.next()) else { panic!("not the call") };
    assert_eq!(argument.holders(), 2);
    reply.send(Ok(Item::Null));
    drop(args);
    assert_eq!(argument.holders(), 1);
    assert!(matches!(at_once(provider.mailbox.next()), Request::Ask(Ask::ToText { .. }, _)));
    assert!(matches!(at_once(provider.mailbox.next()), Request::Ask(Ask::GetValue { .. }, _)));
    assert!(world.caller.home.waits().of(world.caller.actor.id()).is_empty());
}

#[test]
fn an_iterator_over_a_providers_object_ends_with_either_proxy() {
    for iterator_is_revoked in [false, true] {
        let world = World::new();
        let (provider, object) = provided(&world);
        let lent = world.with_rights(&object, &Rights::all());
        let source = crate::referents::iterator::Source::begin(&object, &world.caller);
        let mut source = Box::pin(source);
        let mut poll = || source.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(poll().is_pending());
        let Request::Ask(_, reply) = at_once(provider.mailbox.next()) else { panic!("nothing is asked") };
        reply.send(Ok(Item::proxy(lent.clone())));
        let Poll::Ready(Ok(begun_with)) = poll() else { panic!("it is over") };
        let iterator = begun_with.into_iterator(&world.caller).unwrap();
        let drawing_through = world.with_rights(&iterator, &Rights::all());
        let drawing = begun(&drawing_through, &world.caller, "__next__", vec![]);
        world.revoke(if iterator_is_revoked { &drawing_through } else { &lent });
        assert_eq!(drawing.over(), REVOKED);
    }
}

#[test]
fn a_call_is_told_while_its_arguments_are_waited_for() {
    let world = World::new();
    let (_provider, object) = provided(&world);
    let list = world.list(list![]);
    let narrowed = world.with_rights(&list, &Rights::all());
    let extending = begun(&narrowed, &world.caller, "extend", vec![Item::proxy(object)]);
    world.revoke(&narrowed);
    assert_eq!(extending.over(), REVOKED);
}

#[test]
fn nobody_is_remembered_who_waits_no_more() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let narrowed = world.with_rights(&event, &Rights::all());
    let memory = Arc::downgrade(event.referent());
    for _ in 0..3 {
        drop(begun(&narrowed, &world.caller, "wait", vec![]));
    }
    world.revoke(&narrowed);
    world.revoke(&narrowed);
    drop((event, narrowed));
    assert_eq!(memory.strong_count(), 0);
}
