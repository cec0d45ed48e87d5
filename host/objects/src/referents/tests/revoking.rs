//! Waits through proxies that are revoked, or whose time is up.

use super::turns::WAYS;
use super::*;
use crate::referents::custom::{Ask, Description, ProvidedType, Provider, Request};
use crate::referents::process::{End, Process};
use crate::referents::several::wait_for_first;
use std::time::Duration;

const EXPIRED: &str = "Revoked: the proxy has expired";
const REVOKED: &str = "Revoked: the proxy was revoked";

fn lasting(seconds: u64) -> Rights {
    Rights { lifetime: Some(Duration::from_secs(seconds)), ..Rights::all() }
}

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
fn whoever_dies_before_it_knows_that_it_was_revoked_gives_nothing_back() {
    for way in &WAYS {
        let world = World::new();
        let object = (way.make)(&world);
        let (narrowed, derived) = lent(&world, &object);
        let [revoked, other] = [(); 2].map(|()| world.caller.home.guard());
        let gone = Begun::new((way.wait)(&derived, &revoked));
        let mut stays = Begun::new((way.wait)(&object, &other));
        world.revoke(&narrowed);
        drop(gone);
        assert_eq!(stays.outcome(), None, "{}", way.name);
        (way.provide)(&object, &world.caller);
        let told = stays.outcome();
        assert!(told.is_some_and(|told| !told.contains("Revoked")), "{}", way.name);
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
        match way.name {
            // What was given is the notification; the lock was still to be taken.
            "Condition.wait" => {
                assert_eq!(told, REVOKED);
                assert_eq!(world.show(&object, "locked", vec![]), "False");
            }
            name => assert_ne!(told, REVOKED, "{name}"),
        }
    }
}

#[test]
fn whoever_waits_is_told_when_the_time_of_its_proxy_is_up() {
    for way in &WAYS {
        timed(async {
            let world = World::new();
            let object = (way.make)(&world);
            let narrowed = world.with_rights(&object, &lasting(5));
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
fn of_two_times_in_a_chain_the_one_that_is_up_first_ends_a_wait() {
    for [above, below] in [[60, 5], [5, 60]] {
        timed(async {
            let world = World::new();
            let event = world.create("Event", vec![], vec![]).unwrap();
            let narrowed = world.with_rights(&world.with_rights(&event, &lasting(above)), &lasting(below));
            let begun = tokio::time::Instant::now();
            assert_eq!(shown(by_name(&narrowed, &world.caller, "wait", vec![]).await), EXPIRED);
            assert_eq!(begun.elapsed().as_secs(), 5, "{above} {below}");
            // And of several that are waited for.
            let both = [above, below].map(|seconds| world.with_rights(&event, &lasting(seconds)));
            let begun = tokio::time::Instant::now();
            let error = wait_for_first(&[&both[0], &both[1]], &world.caller, None).await.unwrap_err();
            assert_eq!(error.to_string(), EXPIRED);
            assert_eq!(begun.elapsed().as_secs(), 5, "{above} {below}");
        });
    }
}

#[test]
fn a_timeout_that_is_sooner_is_a_timeout() {
    timed(async {
        let world = World::new();
        let queue = world.create("Queue", vec![], vec![]).unwrap();
        let narrowed = world.with_rights(&queue, &lasting(5));
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

/// The caller lets one go on who waits for news.
fn notify(world: &World, condition: &Proxy) {
    for method in ["acquire", "notify", "release"] {
        now(condition, &world.caller, method, vec![]).unwrap();
    }
}

#[test]
fn one_who_is_revoked_before_it_knows_of_a_notification_passes_that_on() {
    let world = World::new();
    let condition = world.create("Condition", vec![], vec![]).unwrap();
    let narrowed = world.with_rights(&condition, &Rights::all());
    let [one, two] = [(); 2].map(|()| world.caller.home.guard());
    now(&condition, &one, "acquire", vec![]).unwrap();
    let first = begun(&narrowed, &one, "wait", vec![]);
    now(&condition, &two, "acquire", vec![]).unwrap();
    let mut second = begun(&condition, &two, "wait", vec![]);
    notify(&world, &condition);
    second.waits();
    world.revoke(&narrowed);
    assert_eq!(first.over(), REVOKED);
    assert_eq!(show_now(&condition, &world.caller, "locked", vec![]), "False");
    assert_eq!(second.over(), "True");
    assert_eq!(show_now(&condition, &two, "release", vec![]), "None");
}

#[test]
fn one_who_was_notified_and_may_not_lock_any_more_does_not() {
    for typeid in ["Lock", "RLock"] {
        let world = World::new();
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        let narrowed = world.with_rights(&lock, &Rights::all());
        let condition = world.create("Condition", vec![Item::proxy(narrowed.clone())], vec![]).unwrap();
        let waits = world.caller.home.guard();
        now(&condition, &waits, "acquire", vec![]).unwrap();
        let waiting = begun(&condition, &waits, "wait", vec![]);
        notify(&world, &condition);
        world.revoke(&narrowed);
        assert_eq!(waiting.over(), REVOKED, "{typeid}");
        assert_eq!(show_now(&lock, &world.caller, "locked", vec![]), "False", "{typeid}");
    }
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
fn an_operation_is_told_while_its_operand_is_waited_for() {
    let world = World::new();
    let (_provider, object) = provided(&world);
    let list = world.list(list![]);
    let narrowed = world.with_rights(&list, &Rights::all());
    let mut operand = Item::proxy(object);
    let resolving = Begun::new(Box::pin(async {
        call::resolve_for(&narrowed, &mut operand, &world.caller).await.map(|()| Item::Null)
    }));
    world.revoke(&narrowed);
    assert_eq!(resolving.over(), REVOKED);
}

#[test]
fn what_others_are_at_work_for_ends_with_the_time_of_its_proxy() {
    timed(async {
        let world = World::new();
        let (provider, object) = provided(&world);
        let far = world.with_rights(&object, &lasting(5));
        let list = world.with_rights(&world.list(list![]), &lasting(5));
        let pool = world.with_rights(&world.create("Pool", items![1], vec![]).unwrap(), &lasting(5));
        let caller = &world.caller;
        let mut operand = Item::proxy(object.clone());
        let waits: [BoxFuture<'_, Outcome<Item>>; 6] = [
            by_name(&far, caller, "__next__", vec![]),
            Box::pin(async { call::to_text(&far, caller).await.map(Item::text) }),
            Box::pin(call::get_value(&far, caller)),
            by_name(&list, caller, "extend", vec![Item::proxy(object.clone())]),
            Box::pin(async { call::resolve_for(&list, &mut operand, caller).await.map(|()| Item::Null) }),
            by_name(&pool, caller, "apply", items!["double"]),
        ];
        let mut waiting = waits.map(Begun::new);
        tokio::time::advance(Duration::from_secs(4)).await;
        waiting.iter_mut().for_each(Begun::waits);
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(waiting.map(Begun::over), [EXPIRED; 6]);
        // The provider has the call all the same.
        assert!(matches!(at_once(provider.mailbox.next()), Request::Ask(Ask::Call { .. }, _)));
    });
}

#[test]
fn nobody_is_remembered_who_waits_no_more() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let (_narrowed, derived) = lent(&world, &event);
    let (_provider, object) = provided(&world);
    let far = world.with_rights(&object, &Rights::all());
    let callers = [(); 3].map(|()| world.caller.home.guard());
    let memory = callers.each_ref().map(|caller| Arc::downgrade(&caller.actor));
    // Two have died, one of them while a provider was at work for it, and one goes on.
    drop(begun(&derived, &callers[0], "wait", vec![]));
    drop(begun(&far, &callers[1], "__next__", vec![]));
    let goes_on = begun(&derived, &callers[2], "wait", vec![]);
    world.call(&event, "set", vec![]).unwrap();
    assert_eq!(goes_on.over(), "True");
    drop(callers);
    assert_eq!(memory.map(|actor| actor.strong_count()), [0; 3]);
}
