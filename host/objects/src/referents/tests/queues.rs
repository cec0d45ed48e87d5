//! `Queue` and `JoinableQueue`, as Python's `queue` has them.

use super::*;

fn party(world: &World) -> Caller {
    world.caller.home.guard()
}

fn both(maxsize: i64) -> [(World, Proxy); 2] {
    ["Queue", "JoinableQueue"].map(|typeid| {
        let world = World::new();
        let queue = world.create(typeid, items![maxsize], vec![]).unwrap();
        (world, queue)
    })
}

#[test]
fn items_come_out_in_the_order_in_which_they_were_put() {
    for (world, queue) in both(0) {
        assert_eq!(world.text(&queue), format!("<queue.Queue object at {:#x}>", queue.id()));
        for item in 0..100 {
            let method = if item % 2 == 0 { "put" } else { "put_nowait" };
            assert_eq!(world.show(&queue, method, items![item]), "None");
        }
        assert_eq!(world.show(&queue, "qsize", vec![]), "100");
        for item in 0..100 {
            let method = if item % 3 == 0 { "get" } else { "get_nowait" };
            assert_eq!(world.show(&queue, method, vec![]), item.to_string());
        }
        assert_eq!(world.show(&queue, "get_nowait", vec![]), "queue.Empty");
        assert_eq!(world.value(&queue).unwrap_err().kind, ErrorKind::Unserializable);
    }
}

#[test]
fn a_queue_tells_whether_it_is_empty_or_full() {
    for (maxsize, states) in [(2, ["False", "False", "True"]), (0, ["False"; 3]), (-1, ["False"; 3])] {
        for (world, queue) in both(maxsize) {
            for (size, full) in states.into_iter().enumerate() {
                assert_eq!(world.show(&queue, "qsize", vec![]), size.to_string());
                assert_eq!(world.show(&queue, "full", vec![]), full);
                assert_eq!(world.show(&queue, "empty", vec![]), if size == 0 { "True" } else { "False" });
                if size < 2 {
                    world.call(&queue, "put", items![1]).unwrap();
                }
            }
        }
    }
}

#[test]
fn what_queues_take_for_a_timeout() {
    let negative = "ValueError: 'timeout' must be a non-negative number";
    let cases = [
        (items![false], None),
        (items![false, -1], None),
        (items![false, "x"], None),
        (items![true, 0], None),
        (items![true, 0.5], None),
        (items![true, -1], Some(negative)),
        (items![true, -0.5], Some(negative)),
        (items![true, f64::NAN], Some("ValueError: Invalid value NaN (not a number)")),
        (items![true, 1e300], Some("OverflowError: timeout value is too large")),
    ];
    let world = World::new();
    let queue = world.create("Queue", items![1], vec![]).unwrap();
    for (args, expected) in &cases {
        let outcome = timed(by_name(&queue, &world.caller, "get", args.clone()));
        assert_eq!(shown(outcome), expected.unwrap_or("queue.Empty"), "{args:?}");
    }
    begun(&queue, &world.caller, "get", items![true, NONE]);
    world.call(&queue, "put", items![0]).unwrap();
    let put = |args: &Vec<Item>| items![1].into_iter().chain(args.iter().cloned()).collect::<Vec<_>>();
    for (args, expected) in &cases {
        let outcome = timed(by_name(&queue, &world.caller, "put", put(args)));
        assert_eq!(shown(outcome), expected.unwrap_or("queue.Full"), "{args:?}");
    }
    begun(&queue, &world.caller, "put", put(&items![true, NONE]));
    assert_eq!(world.show(&queue, "put_nowait", items![1]), "queue.Full");
    // Where there is room for any number, nobody looks.
    let endless = world.create("Queue", vec![], vec![]).unwrap();
    for (args, _) in &cases {
        assert_eq!(world.show(&endless, "put", put(args)), "None");
    }
}

#[test]
fn what_is_put_again_and_again_waits_for_room_in_turn() {
    for (world, queue) in both(2) {
        let caller = party(&world);
        for item in 0..2 {
            world.call(&queue, "put", items![item]).unwrap();
        }
        let mut waiting: Vec<_> = (2..5).map(|item| begun(&queue, &caller, "put", items![item])).collect();
        for item in 0..5 {
            // Nobody overtakes.
            if item < 3 {
                assert_eq!(world.show(&queue, "put_nowait", items![9]), "queue.Full");
            }
            assert_eq!(world.show(&queue, "get", vec![]), item.to_string());
            let gone_on = waiting.iter_mut().take(1).filter_map(Begun::outcome).count();
            assert_eq!(gone_on, usize::from(item < 3));
            waiting.drain(..gone_on);
        }
        assert_eq!(world.show(&queue, "empty", vec![]), "True");
    }
}

#[test]
fn a_queue_that_is_shut_down_gives_what_it_has() {
    for (world, queue) in both(1) {
        let caller = party(&world);
        world.call(&queue, "put", items![1]).unwrap();
        let putting = begun(&queue, &caller, "put", items![2]);
        assert_eq!(world.show(&queue, "shutdown", vec![]), "None");
        assert_eq!(putting.over(), "queue.ShutDown");
        for method in ["put", "put_nowait"] {
            assert_eq!(world.show(&queue, method, items![3]), "queue.ShutDown");
        }
        assert_eq!(world.show(&queue, "get", vec![]), "1");
        for method in ["get", "get_nowait"] {
            assert_eq!(world.show(&queue, method, vec![]), "queue.ShutDown");
        }
        let joining = begun(&queue, &caller, "join", vec![]);
        assert_eq!(world.show(&queue, "task_done", vec![]), "None");
        assert_eq!(joining.over(), "None");
    }
}

#[test]
fn those_who_wait_for_an_item_of_a_queue_that_is_shut_down_go_away() {
    for immediate in [false, true] {
        for (world, queue) in both(0) {
            let callers = [(); 3].map(|()| party(&world));
            let waiting = callers.each_ref().map(|caller| begun(&queue, caller, "get", vec![]));
            world.call(&queue, "shutdown", items![immediate]).unwrap();
            assert_eq!(waiting.map(Begun::over), ["queue.ShutDown"; 3]);
        }
    }
}

#[test]
fn what_a_queue_has_that_is_shut_down_at_once_counts_as_done() {
    for (world, queue) in both(3) {
        let inner = world.list(list![]);
        let [a, b, c] = [(); 3].map(|()| party(&world));
        world.call(&queue, "put", vec![Item::proxy(inner.clone())]).unwrap();
        world.call(&queue, "put", items![2]).unwrap();
        world.call(&queue, "put", vec![Item::proxy(inner.clone())]).unwrap();
        drop(now(&queue, &a, "get", vec![]).unwrap());
        world.call(&queue, "put", items![4]).unwrap();
        let putting = begun(&queue, &b, "put", vec![Item::proxy(inner.clone())]);
        let mut joining = begun(&queue, &c, "join", vec![]);
        assert_eq!(inner.holders(), 3);
        assert_eq!(world.show(&queue, "shutdown", items![true]), "None");
        assert_eq!(putting.over(), "queue.ShutDown");
        assert_eq!(inner.holders(), 1);
        // The one that was taken is still to be done.
        joining.waits();
        assert_eq!(now(&queue, &a, "get", vec![]).unwrap_err().kind, ErrorKind::ShutDown);
        assert_eq!(show_now(&queue, &a, "task_done", vec![]), "None");
        assert_eq!(joining.over(), "None");
        assert_eq!(show_now(&queue, &a, "task_done", vec![]), "ValueError: task_done() called too many times");
    }
}

#[test]
fn what_comes_back_to_a_queue_that_was_shut_down_at_once_is_given_up() {
    for (world, queue) in both(0) {
        let [a, b] = [(); 2].map(|()| party(&world));
        let inner = world.list(list![]);
        let getting = begun(&queue, &a, "get", vec![]);
        world.call(&queue, "put", vec![Item::proxy(inner.clone())]).unwrap();
        let mut joining = begun(&queue, &b, "join", vec![]);
        world.call(&queue, "shutdown", items![true]).unwrap();
        joining.waits();
        drop(getting);
        assert_eq!(joining.over(), "None");
        assert_eq!(inner.holders(), 1);
        assert_eq!(world.show(&queue, "get", vec![]), "queue.ShutDown");
    }
}

#[test]
fn what_comes_back_is_no_room_for_more() {
    for (world, queue) in both(1) {
        let [a, b] = [(); 2].map(|()| party(&world));
        let getting = begun(&queue, &a, "get", vec![]);
        world.call(&queue, "put", items![1]).unwrap();
        world.call(&queue, "put", items![2]).unwrap();
        let mut putting = begun(&queue, &b, "put", items![3]);
        drop(getting);
        assert_eq!(world.show(&queue, "qsize", vec![]), "2");
        assert_eq!(world.show(&queue, "get", vec![]), "1");
        putting.waits();
        assert_eq!(world.show(&queue, "get", vec![]), "2");
        assert_eq!(putting.over(), "None");
        assert_eq!(world.show(&queue, "get", vec![]), "3");
    }
}

#[test]
fn an_item_is_done_once() {
    let too_many = "ValueError: task_done() called too many times";
    for (world, queue) in both(0) {
        let [a, b, c] = [(); 3].map(|()| party(&world));
        assert_eq!(world.show(&queue, "task_done", vec![]), too_many);
        assert_eq!(world.show(&queue, "join", vec![]), "None");
        for item in 0..3 {
            now(&queue, &a, "put", items![item]).unwrap();
        }
        let joining = [&b, &c].map(|caller| begun(&queue, caller, "join", vec![]));
        now(&queue, &b, "get", vec![]).unwrap();
        // Whoever does it: they are all counted together, as in Python.
        for caller in [&a, &b, &c] {
            assert_eq!(show_now(&queue, caller, "task_done", vec![]), "None");
        }
        assert_eq!(joining.map(Begun::over), ["None", "None"]);
        assert_eq!(world.show(&queue, "task_done", vec![]), too_many);
    }
}

#[test]
fn a_queue_holds_what_is_in_it_and_on_its_way() {
    for (world, queue) in both(1) {
        let inner = world.list(list![]);
        let item = || vec![Item::proxy(inner.clone())];
        let [a, b] = [(); 2].map(|()| party(&world));
        world.call(&queue, "put", item()).unwrap();
        assert_eq!(inner.holders(), 2);
        let putting = begun(&queue, &a, "put", item());
        assert_eq!(inner.holders(), 3);
        let mut edges = 0;
        queue.body().edges(&mut |_| edges += 1);
        assert_eq!(edges, 2);
        drop(putting);
        assert_eq!(inner.holders(), 2);
        assert_eq!(shown(timed(by_name(&queue, &a, "put", items![1, true, 0.1]))), "queue.Full");
        drop(world.call(&queue, "get", vec![]).unwrap());
        assert_eq!(inner.holders(), 1);
        // Handed over to one who dies, it is in the queue again.
        let getting = begun(&queue, &b, "get", vec![]);
        world.call(&queue, "put", item()).unwrap();
        let mut edges = 0;
        queue.body().edges(&mut |_| edges += 1);
        assert_eq!((inner.holders(), edges), (2, 0));
        drop(getting);
        queue.body().edges(&mut |_| edges += 1);
        assert_eq!((inner.holders(), edges), (2, 1));
        // So it is freed with it.
        drop(queue);
        assert_eq!(inner.holders(), 1);
    }
}

#[test]
fn an_item_that_came_back_is_still_to_be_done_once() {
    for (world, queue) in both(0) {
        let [a, b, c] = [(); 3].map(|()| party(&world));
        let getting = begun(&queue, &a, "get", vec![]);
        world.call(&queue, "put", items![1]).unwrap();
        drop(getting);
        assert_eq!(show_now(&queue, &b, "get", vec![]), "1");
        let mut joining = begun(&queue, &c, "join", vec![]);
        assert_eq!(show_now(&queue, &b, "task_done", vec![]), "None");
        assert_eq!(joining.outcome().unwrap(), "None");
        assert!(show_now(&queue, &b, "task_done", vec![]).starts_with("ValueError"));
    }
}

/// Somebody else acknowledges an item on behalf of a process that has been given it and does not know yet.
#[test]
fn an_item_that_was_acknowledged_before_its_taker_knew_is_not_done_twice() {
    let world = World::new();
    let queue = world.create("JoinableQueue", vec![], vec![]).unwrap();
    let [a, b, c] = [(); 3].map(|()| party(&world));
    let getting = begun(&queue, &a, "get", vec![]);
    now(&queue, &b, "put", items![1]).unwrap();
    now(&queue, &b, "task_done", vec![]).unwrap();
    assert_eq!(getting.over(), "1");
    now(&queue, &b, "put", items![2]).unwrap();
    let mut joining = begun(&queue, &c, "join", vec![]);
    a.actor.settle(false);
    joining.waits();
    now(&queue, &b, "get", vec![]).unwrap();
    now(&queue, &b, "task_done", vec![]).unwrap();
    assert_eq!(joining.over(), "None");
}

#[test]
fn a_queue_without_a_size_ends_where_containers_do() {
    let world = World::with_limits(Limits { container_length: 2, ..Limits::default() });
    let inner = world.list(list![]);
    for maxsize in [0, 5] {
        let queue = world.create("Queue", items![maxsize], vec![]).unwrap();
        for _ in 0..2 {
            world.call(&queue, "put", items![1]).unwrap();
        }
        let error = world.call(&queue, "put", vec![Item::proxy(inner.clone())]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::QuotaExceeded);
        assert_eq!(error.message, "a queue can hold 2 items at most");
        assert_eq!(inner.holders(), 1);
    }
}
