//! What is deep, long or contended.

use super::*;
use crate::object::Referent as AnyReferent;
use crate::referents::heavy::{HEAVY, heavy, lock};
use crate::sync::Mutex;
use std::sync::mpsc;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

fn multi_thread(workers: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(workers).build().unwrap()
}

#[test]
fn a_chain_of_a_million_lists_is_freed() {
    let world = World::new();
    let mut last = world.list(list![]);
    for _ in 0..1_000_000 {
        let next = List::create(&world.caller);
        List::append(&next, Item::proxy(last)).unwrap();
        last = next;
    }
    assert_eq!(world.objects(), 1_000_001);
    drop(last);
    settle();
    assert_eq!(world.objects(), 0);
}

#[test]
fn a_chain_through_dicts_and_iterators_is_freed() {
    let world = World::new();
    let mut last = world.dict(dict! {});
    for _ in 0..100_000 {
        let next = Dict::create(&world.caller);
        Dict::set_item(&next, Item::proxy(last), v(1)).unwrap();
        last = Dict::iterate(&next).unwrap();
    }
    drop(last);
    settle();
    assert_eq!(world.objects(), 0);
}

#[test]
fn a_list_of_a_million_lists_is_freed() {
    let world = World::new();
    let all = world.list(list![]);
    for _ in 0..1_000_000 {
        List::append(&all, Item::proxy(List::create(&world.caller))).unwrap();
    }
    assert_eq!(world.objects(), 1_000_001);
    List::delete_slice(&all, crate::referents::slice::Slice { stop: Some(500_000), ..Default::default() }).unwrap();
    settle();
    assert_eq!(world.objects(), 500_001);
    drop(all);
    settle();
    assert_eq!(world.objects(), 0);
}

/// Every operation on something long, inside and outside of runtimes of both kinds.
#[test]
fn long_lists_and_dicts_work_wherever_they_are_used() {
    fn work() {
        let world = World::new();
        let length = 2 * HEAVY as i64;
        let numbers: Vec<Plain> = (0..length).map(|n| Value::Int(length - n)).collect();
        let list = world.list(Value::List(numbers));
        List::sort(&list, false).unwrap();
        assert_eq!(world.show(&list, "__getitem__", items![0]), "1");
        List::extend(&list, Item::proxy(list.clone())).unwrap();
        assert_eq!(List::count(&list, &v(1)).unwrap(), 2);
        assert_eq!(List::index(&list, &v(length), None, None).unwrap(), length as u64 - 1);
        List::insert(&list, 0, v("x")).unwrap();
        List::delete_item(&list, 0).unwrap();
        List::reverse(&list).unwrap();
        let Value::List(copy) = List::copy(&list).unwrap().to_value() else { panic!("not a list") };
        assert_eq!((copy.len() as i64, &copy[0]), (2 * length, &Value::Int(length)));
        assert!(world.text(&list).ends_with(", 2, 1]"));
        let dict = world.dict(Value::List((0..length).map(|n| tuple![n, n]).collect()));
        Dict::update(&dict, &v(dict! {0 => 1})).unwrap();
        let iterator = Dict::iterate(&dict).unwrap();
        List::extend(&list, Item::proxy(iterator)).unwrap();
        assert_eq!(List::length(&list).unwrap() as i64, 3 * length);
        let set = world.set(list![]);
        Set::update(&set, &[Item::proxy(list.clone()), Item::proxy(dict.clone())]).unwrap();
        assert_eq!(Set::length(&set).unwrap() as i64, length + 1);
        Set::intersection_update(&set, &[Item::proxy(list.clone())]).unwrap();
        assert!(Set::is_subset(&set, &Item::proxy(list.clone())).unwrap());
        Set::symmetric_difference_update(&set, &Item::proxy(dict.clone())).unwrap();
        assert_eq!(world.text(&set), format!("{{{length}}}"));
        Dict::clear(&dict).unwrap();
        List::clear(&list).unwrap();
        assert_eq!((world.text(&dict), world.text(&list)), ("{}".into(), "[]".into()));
    }
    work();
    Builder::new_current_thread().build().unwrap().block_on(async { work() });
    let runtime = multi_thread(1);
    runtime.block_on(async { work() });
    runtime.block_on(async { tokio::spawn(async { work() }).await.unwrap() });
    LocalSet::new().block_on(&runtime, async { work() });
    let runtime = Builder::new_current_thread().build().unwrap();
    LocalSet::new().block_on(&runtime, async { tokio::task::spawn_local(async { work() }).await.unwrap() });
}

/// On a runtime with one worker, a task waits for a lock that is held elsewhere, or does heavy work:
/// the other tasks go on all the same.
#[test]
fn waiting_for_a_lock_and_heavy_work_leave_the_runtime_to_others() {
    let runtime = multi_thread(1);
    let shared = Arc::new(Mutex::new(0));
    let (done, other) = mpsc::channel();
    let held = shared.lock();
    let waiting = runtime.spawn({
        let (shared, done) = (shared.clone(), done.clone());
        async move {
            // On this thread, before it waits: the next task can only run elsewhere.
            tokio::spawn(async move { done.send(1).unwrap() });
            *lock(&shared) += 1;
        }
    });
    assert_eq!(other.recv().unwrap(), 1);
    drop(held);
    runtime.block_on(waiting).unwrap();
    assert_eq!(*shared.lock(), 1);
    let (release, released) = mpsc::channel();
    let working = runtime.spawn(async move {
        tokio::spawn(async move { done.send(2).unwrap() });
        heavy(HEAVY + 1, || released.recv().unwrap());
    });
    assert_eq!(other.recv().unwrap(), 2);
    release.send(()).unwrap();
    runtime.block_on(working).unwrap();
}

#[test]
fn threads_add_to_one_list_and_one_dict_without_losing_anything() {
    let world = World::new();
    let (list, dict) = (world.list(list![0]), world.dict(dict! {}));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    List::fetch_add(&list, 0, &v(1)).unwrap();
                    Dict::fetch_add(&dict, v("n"), &v(1), Some(v(0))).unwrap();
                    List::append(&list, v(1)).unwrap();
                    List::pop(&list, Some(1)).unwrap();
                }
            });
        }
    });
    assert_eq!((world.text(&list), world.text(&dict)), ("[40000]".into(), "{'n': 40000}".into()));
}

#[test]
fn an_empty_container_is_small() {
    /// An entry among the live objects: an id and a weak reference, in a table that is half empty.
    const ENTRY: usize = 2 * (size_of::<(u64, std::sync::Weak<AnyReferent>)>() + 1);
    const COUNTS: usize = 2 * size_of::<usize>();
    // Nothing is allocated before something is put in.
    assert!(COUNTS + size_of::<AnyReferent<List>>() + ENTRY <= 200);
    assert!(COUNTS + size_of::<AnyReferent<Dict>>() + ENTRY <= 200);
    assert!(COUNTS + size_of::<AnyReferent<Set>>() + ENTRY <= 200);
}

#[test]
fn memory_is_given_back_when_most_is_unused() {
    let world = World::new();
    let list = world.list(Value::List((0..10_000).map(Value::Int).collect()));
    let dict = world.dict(Value::List((0..10_000).map(|n| tuple![n, n]).collect()));
    let set = world.set(Value::List((0..10_000).map(Value::Int).collect()));
    for n in 0..9_990 {
        Set::discard(&set, &v(n)).unwrap();
        List::pop(&list, None).unwrap();
        Dict::delete_item(&dict, &v(n)).unwrap();
    }
    assert!(list.downcast::<List>().unwrap().capacity() < 200);
    assert!(dict.downcast::<Dict>().unwrap().capacity() < 200);
    assert!(set.downcast::<Set>().unwrap().capacity() < 200);
    assert_eq!(world.show(&list, "__len__", vec![]), "10");
    assert_eq!(world.show(&dict, "keys", vec![]), shown(Ok(v(Value::List((9_990..10_000).map(Value::Int).collect())))));
}

/// The same large value many times over: comparing it with an equal one would take for ever.
#[test]
fn what_one_operation_compares_is_bounded() {
    let world = World::new();
    let large = |last: i64| v(Value::List((0..1 << 20).map(Value::Int).chain([Value::Int(last)]).collect()));
    let list = world.list(list![]);
    List::append(&list, large(1)).unwrap();
    List::repeat_in_place(&list, 1 << 16).unwrap();
    let too_much = (ErrorKind::QuotaExceeded, "the values are too large to compare as many of them in one operation");
    let error = List::count(&list, &large(2)).unwrap_err();
    assert_eq!((error.kind, &*error.message), too_much);
    // Whatever differs early, or is small, is no trouble.
    assert!(!List::contains(&list, &v(5)).unwrap());
    assert!(!List::contains(&list, &v(list![5])).unwrap());
    List::append(&list, large(2)).unwrap();
    List::reverse(&list).unwrap();
    assert_eq!(List::index(&list, &large(2), None, None).unwrap(), 0);
}
