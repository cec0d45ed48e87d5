//! Rights for a number of uses and for a time.

use super::messages::calls;
use super::samples::{SUBJECTS, samples};
use super::*;
use crate::referents::builtin;
use crate::referents::deque::Deque;
use crate::referents::iterator::Iteration;
use crate::referents::several::wait_for_first;
use std::collections::BTreeSet;
use std::time::Duration;

const USED_UP: &str = "Revoked: the proxy was used up";
const EXPIRED: &str = "Revoked: the proxy has expired";
const REVOKED: &str = "Revoked: the proxy was revoked";

/// So many uses of all that an object can be used for.
fn uses(count: u64) -> Rights {
    Rights { uses: Some(count), ..Rights::all() }
}

fn lasting(time: Duration) -> Rights {
    Rights { lifetime: Some(time), ..Rights::all() }
}

/// Polls once.
fn begin<T>(future: impl Future<Output = T>) {
    let _may_wait = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}

/// A runtime for what asks for the time.
fn entered<T>(test: impl FnOnce() -> T) -> T {
    timed(async { test() })
}

#[test]
fn each_method_that_is_called_by_name_is_one_use_whatever_comes_of_it() {
    entered(|| {
        for sample in samples() {
            let info = builtin().into_iter().find(|builtin| builtin.typeid() == sample.typeid).unwrap().info;
            for method in info.methods() {
                let states = SUBJECTS.iter().find(|(of, _)| *of == sample.typeid).unwrap().1;
                for given in calls(sample.typeid, method.signature().text()) {
                    let world = World::new();
                    let me = (states[0].make)(&world);
                    let narrowed = world.with_rights(&me, &uses(10));
                    let (args, kwargs) = given.items(&world, Some(&me));
                    let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
                    begin(call::call(&narrowed, &world.caller, method.name(), args.into(), kwargs));
                    let what = format!("{}.{}({})", sample.typeid, method.name(), given.shown());
                    assert_eq!(narrowed.grant().uses_left(), 9, "{what}");
                }
            }
        }
    });
}

#[test]
fn typed_functions_check_once() {
    let mut more_than_once = BTreeSet::new();
    entered(|| {
        for sample in samples() {
            let info = builtin().into_iter().find(|builtin| builtin.typeid() == sample.typeid).unwrap().info;
            let states = SUBJECTS.iter().find(|(of, _)| *of == sample.typeid).unwrap().1;
            for (state, method) in states.iter().flat_map(|state| info.methods().iter().map(move |it| (state, it))) {
                for given in calls(sample.typeid, method.signature().text()) {
                    let world = World::with_limits(state.limits);
                    let me = (state.make)(&world);
                    let narrowed = world.with_rights(&me, &uses(10));
                    let (args, kwargs) = given.items(&world, Some(&me));
                    let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
                    begin(call::run_itself(&narrowed, &world.caller, method.name(), args.into(), kwargs));
                    if narrowed.grant().uses_left() < 9 {
                        more_than_once.insert(format!("{}.{}", sample.typeid, method.name()));
                    }
                }
            }
        }
    });
    assert_eq!(more_than_once, BTreeSet::new());
}

#[test]
fn copying_out_and_printing_are_uses() {
    let world = World::new();
    let list = world.list(list![1, 2]);
    let narrowed = world.with_rights(&list, &uses(3));
    assert_eq!(shown(world.value(&narrowed)), "[1, 2]");
    assert_eq!(world.text(&narrowed), "[1, 2]");
    assert_eq!(world.show(&narrowed, "__len__", vec![]), "2");
    for outcome in [world.value(&narrowed), world.call(&narrowed, "__len__", vec![])] {
        assert_eq!(shown(outcome), USED_UP);
    }
    assert_eq!(at_once(call::to_text(&narrowed, &world.caller)).unwrap_err().to_string(), USED_UP);
    // What it is, it tells for ever.
    assert_eq!((narrowed.typeid(), narrowed.methods().is_empty()), ("list", false));
}

#[test]
fn what_is_refused_is_no_use() {
    let world = World::new();
    let list = world.list(list![1]);
    let rights = Rights { uses: Some(1), ..Rights::only(["__len__"]) };
    let narrowed = world.with_rights(&list, &rights);
    for _ in 0..3 {
        assert_eq!(
            world.show(&narrowed, "append", items![1]),
            "NotExposed: 'append' of 'list' object is not exposed by this proxy"
        );
        world.value(&narrowed).unwrap_err();
        assert!(world.call(&narrowed, "nothing", vec![]).is_err());
    }
    assert_eq!(world.show(&narrowed, "__len__", vec![]), "1");
    assert_eq!(world.show(&narrowed, "__len__", vec![]), USED_UP);
}

#[test]
fn a_call_that_fails_is_a_use() {
    let world = World::new();
    let narrowed = world.with_rights(&world.list(list![]), &uses(2));
    assert_eq!(world.show(&narrowed, "pop", vec![]), "IndexError: pop from empty list");
    assert!(world.show(&narrowed, "pop", items![1, 2, 3]).starts_with("TypeError"));
    assert_eq!(world.show(&narrowed, "pop", vec![]), USED_UP);
}

#[test]
fn uses_are_counted_over_all_that_is_derived_and_on_each_narrowing() {
    let world = World::new();
    let list = world.list(list![1]);
    let five = world.with_rights(&list, &uses(5));
    let two = world.with_rights(&five, &uses(2));
    let copy = two.clone();
    let any = world.with_rights(&two, &Rights::all());
    assert_eq!(world.show(&copy, "__len__", vec![]), "1");
    assert_eq!(world.show(&any, "__len__", vec![]), "1");
    for proxy in [&two, &copy, &any] {
        assert_eq!(world.show(proxy, "__len__", vec![]), USED_UP);
    }
    // Those are of both, and what was refused is of neither.
    assert_eq!(five.grant().uses_left(), 3);
    let more = world.with_rights(&five, &uses(100));
    for _ in 0..3 {
        assert_eq!(world.show(&more, "__len__", vec![]), "1");
    }
    assert_eq!(world.show(&more, "__len__", vec![]), USED_UP);
    assert_eq!(world.show(&list, "__len__", vec![]), "1");
}

#[test]
fn what_travels_has_the_same_uses() {
    let world = World::new();
    let list = world.list(list![1]);
    let narrowed = world.with_rights(&list, &uses(3));
    let outer = world.list(list![Value::Proxy(narrowed.clone()), list![Value::Proxy(narrowed.clone())]]);
    let Item::Proxy(inner) = world.call(&outer, "__getitem__", items![0]).unwrap() else { panic!("not a proxy") };
    assert_eq!(world.show(&inner, "__len__", vec![]), "1");
    // A path goes through it.
    assert_eq!(world.show(&outer, "get_path", items![list![1, 0, 0]]), "1");
    assert_eq!(world.show(&outer, "set_path", items![list![1, 0, 0], 2]), "None");
    assert_eq!(world.show(&outer, "get_path", items![list![1, 0, 0]]), format!("{USED_UP} (step 3 of the path: 0)"));
    assert_eq!(world.show(&narrowed, "__len__", vec![]), USED_UP);
    assert_eq!(world.text(&list), "[2]");
}

#[test]
fn an_operand_is_used_once() {
    let world = World::new();
    let pairs = world.list(list![tuple!["k", 1]]);
    for (typeid, methods) in [
        ("list", &["extend", "__add__", "__iadd__", "__radd__"][..]),
        ("dict", &["update", "__ior__", "fromkeys"]),
        ("Counter", &["update", "subtract"]),
        ("set", &["update", "union", "issubset", "isdisjoint", "difference_update"]),
        ("deque", &["extend", "extendleft", "__add__"]),
    ] {
        for method in methods {
            let me = world.create(typeid, vec![], vec![]).unwrap();
            let operand = if *method == "__add__" && typeid == "deque" {
                Deque::create_from(&world.caller, &v(list![1]), None).unwrap()
            } else {
                pairs.clone()
            };
            let narrowed = world.with_rights(&operand, &uses(10));
            world.call(&me, method, vec![Item::proxy(narrowed.clone())]).unwrap();
            assert_eq!(narrowed.grant().uses_left(), 9, "{typeid}.{method}");
        }
    }
    // As an operand of itself it is in two roles.
    let narrowed = world.with_rights(&pairs, &uses(10));
    world.call(&narrowed, "extend", vec![Item::proxy(narrowed.clone())]).unwrap();
    assert_eq!(narrowed.grant().uses_left(), 8);
}

#[test]
fn each_step_of_an_iterator_is_a_use() {
    let world = World::new();
    for container in [world.list(list![1, 2, 3]), world.dict(dict! {1 => 1, 2 => 2, 3 => 3})] {
        let narrowed = world.with_rights(&container, &uses(3));
        let iterator = Iteration::create(&world.caller, &Item::proxy(narrowed.clone())).unwrap();
        assert_eq!(narrowed.grant().uses_left(), 2);
        assert_eq!(world.show(&iterator, "__next__", vec![]), "1");
        assert_eq!(world.show(&iterator, "__next__", vec![]), "2");
        assert_eq!(world.show(&iterator, "__next__", vec![]), USED_UP);
        // So are those of an iterator that was narrowed itself.
        let iterator = Iteration::create(&world.caller, &Item::proxy(container.clone())).unwrap();
        let twice = world.with_rights(&iterator, &uses(2));
        assert_eq!(world.show(&twice, "__next__", vec![]), "1");
        assert_eq!(world.show(&twice, "__next__", vec![]), "2");
        assert_eq!(world.show(&twice, "__next__", vec![]), USED_UP);
        assert_eq!(world.show(&iterator, "__next__", vec![]), "3");
    }
}

#[test]
fn what_a_method_makes_of_its_proxy_counts_again() {
    let world = World::new();
    let dict = world.dict(dict! {1 => 1, 2 => 2, 3 => 3});
    let narrowed = world.with_rights(&dict, &uses(3));
    let Item::Proxy(iterator) = world.call(&narrowed, "__iter__", vec![]).unwrap() else { panic!("not a proxy") };
    assert_eq!(world.show(&iterator, "__next__", vec![]), "1");
    assert_eq!(world.show(&iterator, "__next__", vec![]), "2");
    assert_eq!(world.show(&iterator, "__next__", vec![]), USED_UP);
}

#[test]
fn what_begins_with_the_last_use_may_still_wait() {
    let world = World::new();
    let queue = world.create("Queue", vec![], vec![]).unwrap();
    let narrowed = world.with_rights(&queue, &uses(1));
    let waiting = begun(&narrowed, &world.caller, "get", vec![]);
    assert_eq!(world.show(&narrowed, "qsize", vec![]), USED_UP);
    world.call(&queue, "put", items![7]).unwrap();
    assert_eq!(waiting.over(), "7");
}

#[test]
fn waiting_for_the_first_of_several_is_a_use_of_each() {
    let world = World::new();
    let (queue, event) =
        (world.create("Queue", vec![], vec![]).unwrap(), world.create("Event", vec![], vec![]).unwrap());
    world.call(&queue, "put", items![7]).unwrap();
    let (queue, event) = (world.with_rights(&queue, &uses(10)), world.with_rights(&event, &uses(10)));
    at_once(wait_for_first(&[&queue, &event], &world.caller, None)).unwrap().unwrap();
    assert_eq!((queue.grant().uses_left(), event.grant().uses_left()), (9, 9));
}

#[test]
fn where_one_of_several_is_refused_none_is_used() {
    let world = World::new();
    let make = |typeid: &str| world.create(typeid, vec![], vec![]).unwrap();
    let (queue, event, lock) = (make("Queue"), make("Event"), make("Lock"));
    let revoked = world.with_rights(&lock, &uses(10));
    world.revoke(&revoked);
    let refused = "NotExposed: 'acquire' of 'Lock' object is not exposed by this proxy";
    for (last, expected) in [
        (world.with_rights(&lock, &uses(0)), USED_UP),
        (world.narrowed(&lock, &["release"]), refused),
        (revoked, REVOKED),
    ] {
        let (queue, event) = (world.with_rights(&queue, &uses(10)), world.with_rights(&event, &uses(10)));
        let error = at_once(wait_for_first(&[&queue, &event, &last], &world.caller, None)).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!((queue.grant().uses_left(), event.grant().uses_left()), (10, 10), "{expected}");
    }
}

#[test]
fn each_operation_of_a_condition_is_a_use_of_its_lock() {
    let world = World::new();
    let lock = world.with_rights(&world.create("RLock", vec![], vec![]).unwrap(), &uses(4));
    let condition = world.create("Condition", vec![Item::proxy(lock.clone())], vec![]).unwrap();
    assert_eq!(world.show(&condition, "acquire", vec![]), "True");
    assert_eq!(world.show(&condition, "notify", vec![]), "None");
    assert_eq!(world.show(&condition, "release", vec![]), "None");
    assert_eq!(world.show(&condition, "acquire", vec![]), USED_UP);
}

#[test]
fn an_object_can_be_created_for_a_number_of_uses() {
    let world = World::new();
    let list = world.list(list![]);
    let once = list.with_grant(list.grant().initial(&uses(1), list.body().type_info()).unwrap());
    assert_eq!(world.show(&once, "__len__", vec![]), "0");
    assert_eq!(world.show(&once, "__len__", vec![]), USED_UP);
}

#[test]
fn never_more_than_allowed_however_many_use_it_at_once() {
    let world = World::new();
    let list = world.list(list![]);
    let narrowed = world.with_rights(&list, &uses(1000));
    let most = world.with_rights(&narrowed, &uses(700));
    let used: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let proxy = if thread % 2 == 0 { &narrowed } else { &most };
                scope.spawn(move || (0..1000).filter(|_| List::append(proxy, v(1)).is_ok()).count())
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(used, 1000);
    assert_eq!(List::length(&list).unwrap(), 1000);
}

#[test]
fn a_proxy_is_of_use_until_its_time_is_up() {
    timed(async {
        let world = World::new();
        let list = world.list(list![1]);
        let minute = world.with_rights(&list, &lasting(Duration::from_secs(60)));
        let second = world.with_rights(&minute, &lasting(Duration::from_secs(1)));
        let derived = world.with_rights(&second, &Rights::all());
        let for_ever = world.with_rights(&list, &lasting(Duration::MAX));
        assert_eq!(world.show(&derived, "__len__", vec![]), "1");
        tokio::time::advance(Duration::from_secs(1)).await;
        for proxy in [&second, &derived] {
            assert_eq!(world.show(proxy, "__len__", vec![]), EXPIRED);
            assert_eq!(shown(world.value(proxy)), EXPIRED);
        }
        assert_eq!(world.show(&minute, "__len__", vec![]), "1");
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(world.show(&minute, "__len__", vec![]), EXPIRED);
        assert_eq!(world.show(&for_ever, "__len__", vec![]), "1");
        // What was taken back says so, expired or not.
        world.revoke(&minute);
        assert_eq!(world.show(&minute, "__len__", vec![]), REVOKED);
        assert_eq!(world.show(&second, "__len__", vec![]), REVOKED);
    });
}

#[test]
fn one_that_lasts_no_time_is_of_no_use() {
    timed(async {
        let world = World::new();
        let list = world.list(list![1]);
        assert_eq!(world.show(&world.with_rights(&list, &lasting(Duration::ZERO)), "__len__", vec![]), EXPIRED);
        assert_eq!(world.show(&world.with_rights(&list, &uses(0)), "__len__", vec![]), USED_UP);
    });
}
