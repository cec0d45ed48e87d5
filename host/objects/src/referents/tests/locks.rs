//! `Lock`, `RLock`, `Semaphore`, `BoundedSemaphore` and `Condition`, as Python's `threading` has them.

use super::*;

fn parties<const N: usize>(world: &World) -> [Caller; N] {
    std::array::from_fn(|_| world.caller.home.guard())
}

#[test]
fn an_rlock_is_taken_again_and_given_back_as_often_by_its_owner_alone() {
    let world = World::new();
    let [a, b] = parties(&world);
    let lock = world.create("RLock", vec![], vec![]).unwrap();
    let text = |state: &str, owner: u64, count: u64| {
        format!("<{state} _thread.RLock object owner={owner} count={count} at {:#x}>", lock.id())
    };
    assert_eq!(world.text(&lock), text("unlocked", 0, 0));
    assert_eq!(show_now(&lock, &a, "release", vec![]), "RuntimeError: cannot release un-acquired lock");
    for count in 1..=3 {
        assert_eq!(show_now(&lock, &a, "acquire", vec![]), "True");
        assert_eq!(world.text(&lock), text("locked", a.actor.id(), count));
    }
    assert_eq!(show_now(&lock, &b, "acquire", items![false]), "False");
    assert_eq!(show_now(&lock, &b, "release", vec![]), "RuntimeError: cannot release un-acquired lock");
    let mut waiting = begun(&lock, &b, "acquire", vec![]);
    for _ in 0..2 {
        assert_eq!(show_now(&lock, &a, "release", vec![]), "None");
        waiting.waits();
        assert_eq!(show_now(&lock, &a, "locked", vec![]), "True");
    }
    assert_eq!(show_now(&lock, &a, "release", vec![]), "None");
    assert_eq!(waiting.over(), "True");
    assert_eq!(world.text(&lock), text("locked", b.actor.id(), 1));
    now(&lock, &b, "release", vec![]).unwrap();
    assert_eq!(show_now(&lock, &a, "locked", vec![]), "False");
}

#[test]
fn anybody_gives_back_a_lock_that_is_taken() {
    let world = World::new();
    let [a, b] = parties(&world);
    let lock = world.create("Lock", vec![], vec![]).unwrap();
    assert_eq!(world.text(&lock), format!("<unlocked _thread.lock object at {:#x}>", lock.id()));
    assert_eq!(show_now(&lock, &a, "release", vec![]), "RuntimeError: release unlocked lock");
    assert_eq!(show_now(&lock, &a, "acquire", vec![]), "True");
    assert_eq!(world.text(&lock), format!("<locked _thread.lock object at {:#x}>", lock.id()));
    assert_eq!(show_now(&lock, &a, "acquire", items![false]), "False");
    assert_eq!(show_now(&lock, &b, "release", vec![]), "None");
    assert_eq!(show_now(&lock, &b, "locked", vec![]), "False");
}

#[test]
fn what_locks_take_for_a_timeout() {
    let forbidden = "ValueError: can't specify a timeout for a non-blocking call";
    let negative = "ValueError: timeout value must be a non-negative number";
    let cases = [
        (items![false], "False"),
        (items![false, -1], "False"),
        (items![false, NONE], "False"),
        (items![false, 0], forbidden),
        (items![false, 1.5], forbidden),
        (items![true, 0], "False"),
        (items![true, 0.25], "False"),
        (items![true, -0.5], negative),
        (items![true, -2], negative),
        (items![true, f64::NAN], negative),
        (items![true, 1e300], "OverflowError: timeout value is too large"),
        (items![true, "1"], "TypeError: 'str' object cannot be interpreted as an integer"),
    ];
    for typeid in ["Lock", "RLock", "Condition"] {
        let world = World::new();
        let [a, b] = parties(&world);
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        now(&lock, &a, "acquire", vec![]).unwrap();
        for (args, expected) in &cases {
            let outcome = timed(by_name(&lock, &b, "acquire", args.clone()));
            assert_eq!(shown(outcome), *expected, "{typeid} {args:?}");
        }
        for args in [items![], items![true], items![true, -1], items![true, -1.0], items![true, NONE], items![1]] {
            begun(&lock, &b, "acquire", args);
        }
        now(&lock, &a, "release", vec![]).unwrap();
        assert_eq!(show_now(&lock, &b, "acquire", items![true, 0]), "True", "{typeid}");
    }
}

#[test]
fn a_semaphore_counts_its_permits() {
    let world = World::new();
    let [a, b] = parties(&world);
    let semaphore = world.create("Semaphore", items![2], vec![]).unwrap();
    let state = |expected: &str| {
        assert_eq!(world.text(&semaphore), format!("<threading.Semaphore at {:#x}: value={expected}>", semaphore.id()));
        assert_eq!(world.show(&semaphore, "get_value", vec![]), expected);
        let locked = if expected == "0" { "True" } else { "False" };
        assert_eq!(world.show(&semaphore, "locked", vec![]), locked);
    };
    state("2");
    assert_eq!(show_now(&semaphore, &a, "acquire", vec![]), "True");
    state("1");
    assert_eq!(show_now(&semaphore, &b, "acquire", items![false]), "True");
    state("0");
    assert_eq!(show_now(&semaphore, &b, "acquire", items![false]), "False");
    for n in [0, -1] {
        assert_eq!(show_now(&semaphore, &b, "release", items![n]), "ValueError: n must be one or more");
    }
    // More than there were in the beginning, and by whomever.
    assert_eq!(show_now(&semaphore, &world.caller, "release", items![5]), "None");
    state("5");
    assert_eq!(show_now(&semaphore, &a, "release", vec![]), "None");
    state("6");
    let overflow = "OverflowError: a semaphore cannot have so many permits";
    assert_eq!(show_now(&semaphore, &a, "release", items![i64::MAX]), overflow);
    state("6");
}

#[test]
fn a_bounded_semaphore_never_has_more_than_in_the_beginning() {
    let world = World::new();
    let semaphore = world.create("BoundedSemaphore", items![3], vec![]).unwrap();
    let text = |value| format!("<threading.BoundedSemaphore at {:#x}: value={value}/3>", semaphore.id());
    let too_many = "ValueError: Semaphore released too many times";
    assert_eq!(world.show(&semaphore, "release", vec![]), too_many);
    for _ in 0..3 {
        assert_eq!(world.show(&semaphore, "acquire", vec![]), "True");
    }
    assert_eq!(world.text(&semaphore), text(0));
    assert_eq!(world.show(&semaphore, "release", items![4]), too_many);
    assert_eq!(world.text(&semaphore), text(0));
    assert_eq!(world.show(&semaphore, "release", items![3]), "None");
    assert_eq!(world.text(&semaphore), text(3));
}

#[test]
fn a_semaphore_starts_with_one_permit_or_more_or_none() {
    let world = World::new();
    for typeid in ["Semaphore", "BoundedSemaphore"] {
        let value = |args| world.create(typeid, args, vec![]).map(|it| world.show(&it, "get_value", vec![]));
        assert_eq!(value(vec![]).unwrap(), "1");
        assert_eq!(value(items![0]).unwrap(), "0");
        let error = value(items![-1]).unwrap_err();
        assert_eq!(error.to_string(), "ValueError: semaphore initial value must be >= 0");
    }
}

#[test]
fn what_semaphores_take_for_a_timeout() {
    let world = World::new();
    let semaphore = world.create("Semaphore", items![0], vec![]).unwrap();
    let forbidden = "ValueError: can't specify timeout for non-blocking acquire";
    let cases = [
        (items![false], "False"),
        (items![false, NONE], "False"),
        (items![false, 1], forbidden),
        (items![false, -1], forbidden),
        (items![true, 0], "False"),
        (items![true, -1], "False"),
        (items![true, 0.5], "False"),
        (items![true, 1e300], "OverflowError: timeout value is too large"),
        (items![true, f64::NAN], "ValueError: Invalid value NaN (not a number)"),
    ];
    for (args, expected) in cases {
        assert_eq!(shown(timed(by_name(&semaphore, &world.caller, "acquire", args.clone()))), expected, "{args:?}");
    }
    begun(&semaphore, &world.caller, "acquire", items![true, NONE]);
}

#[test]
fn permits_that_are_given_back_together_go_to_as_many_of_those_who_wait() {
    let world = World::new();
    let callers: [Caller; 5] = parties(&world);
    let semaphore = world.create("Semaphore", items![0], vec![]).unwrap();
    let mut waiting: Vec<_> = callers.iter().map(|caller| begun(&semaphore, caller, "acquire", vec![])).collect();
    now(&semaphore, &world.caller, "release", items![3]).unwrap();
    assert_eq!(world.show(&semaphore, "get_value", vec![]), "0");
    let gone_on: Vec<_> = waiting.iter_mut().map(|it| it.outcome().is_some()).collect();
    assert_eq!(gone_on, [true, true, true, false, false]);
    now(&semaphore, &world.caller, "release", items![1_i64 << 40]).unwrap();
    assert!(waiting[3..].iter_mut().all(|it| it.outcome().is_some()));
    assert_eq!(world.show(&semaphore, "get_value", vec![]), ((1_i64 << 40) - 2).to_string());
}

/// Conditions over all that there is.
fn conditions(world: &World) -> [(Proxy, Option<Proxy>); 3] {
    [None, Some("Lock"), Some("RLock")].map(|typeid| {
        let lock = typeid.map(|typeid| world.create(typeid, vec![], vec![]).unwrap());
        let args = lock.iter().map(|lock| Item::proxy(lock.clone())).collect();
        (world.create("Condition", args, vec![]).unwrap(), lock)
    })
}

#[test]
fn a_condition_is_used_with_its_lock() {
    let world = World::new();
    for (condition, lock) in conditions(&world) {
        let [a, b] = parties(&world);
        let inside = match &lock {
            Some(lock) => lock.repr(),
            None => format!("<unlocked _thread.RLock object owner=0 count=0 at {:#x}>", condition.id()),
        };
        assert_eq!(world.text(&condition), format!("<Condition({inside}, 0)>"));
        let show = |caller: &Caller, method: &str| show_now(&condition, caller, method, vec![]);
        assert_eq!(show(&a, "wait"), "RuntimeError: cannot wait on un-acquired lock");
        assert_eq!(show(&a, "notify"), "RuntimeError: cannot notify on un-acquired lock");
        assert_eq!(show(&a, "notify_all"), "RuntimeError: cannot notify on un-acquired lock");
        assert_eq!(show(&a, "acquire"), "True");
        assert_eq!(show(&b, "locked"), "True");
        assert_eq!(show(&a, "notify"), "None");
        // Anybody counts as having a plain lock that is taken.
        let by_another = match lock.as_ref().is_some_and(|lock| lock.typeid() == "Lock") {
            true => "None",
            false => "RuntimeError: cannot notify on un-acquired lock",
        };
        assert_eq!(show(&b, "notify"), by_another);
        if let Some(lock) = &lock {
            assert_eq!(show_now(lock, &b, "acquire", items![false]), "False");
        }
        {
            // Who waits has given it back.
            let mut waiting = begun(&condition, &a, "wait", vec![]);
            assert!(world.text(&condition).ends_with(", 1)>"));
            assert_eq!(show(&b, "acquire"), "True");
            assert_eq!(show(&b, "notify"), "None");
            waiting.waits();
            assert_eq!(show(&b, "release"), "None");
            assert_eq!(waiting.over(), "True");
        }
        assert_eq!(show(&b, "locked"), "True");
        assert_eq!(show(&a, "release"), "None");
        assert_eq!(show(&b, "locked"), "False");
        assert!(show(&a, "release").starts_with("RuntimeError: "));
    }
}

#[test]
fn who_waited_on_a_condition_has_its_lock_as_often_as_before() {
    let world = World::new();
    for (condition, lock) in conditions(&world) {
        let times = if lock.is_some_and(|lock| lock.typeid() == "Lock") { 1 } else { 3 };
        for timeout in [false, true] {
            let [a, b] = parties(&world);
            for _ in 0..times {
                now(&condition, &a, "acquire", vec![]).unwrap();
            }
            if timeout {
                assert_eq!(shown(timed(by_name(&condition, &a, "wait", items![0.5]))), "False");
            } else {
                let mut waiting = begun(&condition, &a, "wait", vec![]);
                now(&condition, &b, "acquire", vec![]).unwrap();
                now(&condition, &b, "notify_all", vec![]).unwrap();
                now(&condition, &b, "release", vec![]).unwrap();
                assert_eq!(waiting.outcome().unwrap(), "True");
            }
            // Nobody is left in its line.
            assert!(world.text(&condition).ends_with(", 0)>"));
            for _ in 0..times {
                assert_eq!(show_now(&condition, &b, "locked", vec![]), "True");
                assert_eq!(show_now(&condition, &a, "release", vec![]), "None");
            }
            assert_eq!(show_now(&condition, &b, "locked", vec![]), "False");
        }
    }
}

#[test]
fn a_condition_whose_time_is_up_at_once_lets_others_have_the_lock() {
    let world = World::new();
    for (condition, _) in conditions(&world) {
        let [a, b] = parties(&world);
        for timeout in [-1.0, 0.0] {
            now(&condition, &a, "acquire", vec![]).unwrap();
            timed(async {
                let mut acquiring = by_name(&condition, &b, "acquire", vec![]);
                assert!(acquiring.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                let mut waiting = by_name(&condition, &a, "wait", items![timeout]);
                assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
                assert_eq!(shown(acquiring.await), "True");
                now(&condition, &b, "release", vec![]).unwrap();
                assert_eq!(shown(waiting.await), "False");
            });
            now(&condition, &a, "release", vec![]).unwrap();
        }
    }
}

#[test]
fn so_many_are_notified_in_their_order() {
    for (n, woken) in [(-1, 0), (0, 0), (1, 1), (3, 3), (i64::MAX, 5)] {
        let world = World::new();
        let condition = world.create("Condition", vec![], vec![]).unwrap();
        let callers: [Caller; 5] = parties(&world);
        let mut waiting: Vec<_> = callers
            .iter()
            .map(|caller| {
                now(&condition, caller, "acquire", vec![]).unwrap();
                begun(&condition, caller, "wait", vec![])
            })
            .collect();
        now(&condition, &world.caller, "acquire", vec![]).unwrap();
        now(&condition, &world.caller, "notify", items![n]).unwrap();
        now(&condition, &world.caller, "release", vec![]).unwrap();
        assert!(world.text(&condition).ends_with(&format!(", {})>", 5 - woken)));
        for (index, caller) in callers.iter().enumerate() {
            let outcome = waiting[index].outcome();
            assert_eq!(outcome.is_some(), index < woken, "{n}: {index}");
            if outcome.is_some() {
                now(&condition, caller, "release", vec![]).unwrap();
            }
        }
    }
}

#[test]
fn one_who_was_notified_and_dies_before_it_has_the_lock_passes_it_on() {
    let world = World::new();
    let condition = world.create("Condition", vec![], vec![]).unwrap();
    let [a, b, c] = parties(&world);
    let [mut first, mut second] = [&a, &b].map(|caller| {
        now(&condition, caller, "acquire", vec![]).unwrap();
        begun(&condition, caller, "wait", vec![])
    });
    now(&condition, &c, "acquire", vec![]).unwrap();
    now(&condition, &c, "notify", vec![]).unwrap();
    // It knows, and waits for the lock.
    first.waits();
    drop(first);
    now(&condition, &c, "release", vec![]).unwrap();
    assert_eq!(second.outcome().unwrap(), "True");
    assert_eq!(show_now(&condition, &b, "release", vec![]), "None");
}

#[test]
fn a_condition_is_over_what_is_a_lock_and_may_be_used_as_one() {
    let world = World::new();
    let over = |lock: Item| world.create("Condition", vec![lock], vec![]).map(drop).unwrap_err().to_string();
    let expected = |what| format!("TypeError: a Condition is over a Lock or an RLock, not over '{what}'");
    assert_eq!(over(v(1)), expected("int"));
    for typeid in ["Event", "Semaphore", "Condition"] {
        assert_eq!(over(Item::proxy(world.create(typeid, vec![], vec![]).unwrap())), expected(typeid));
    }
    assert!(world.create("Condition", items![NONE], vec![]).is_ok());
    for typeid in ["Lock", "RLock"] {
        let lock = world.create(typeid, vec![], vec![]).unwrap();
        for (methods, missing) in [(["release", "locked"], "acquire"), (["acquire", "locked"], "release")] {
            let narrowed = world.narrowed(&lock, &methods);
            let error = format!("NotExposed: '{missing}' of '{typeid}' object is not exposed by this proxy");
            assert_eq!(over(Item::proxy(narrowed)), error);
        }
        assert_eq!(lock.holders(), 1);
    }
}

#[test]
fn a_condition_holds_its_lock_and_loses_it_with_the_right_to_it() {
    let world = World::new();
    let lock = world.create("Lock", vec![], vec![]).unwrap();
    let narrowed = world.narrowed(&lock, &["acquire", "release"]);
    let condition = world.create("Condition", vec![Item::proxy(narrowed.clone())], vec![]).unwrap();
    assert_eq!(lock.holders(), 3);
    now(&condition, &world.caller, "acquire", vec![]).unwrap();
    narrowed.grant().revoke(world.caller.actor.id()).unwrap();
    for method in ["acquire", "release", "wait", "notify"] {
        assert_eq!(world.call(&condition, method, vec![]).unwrap_err().kind, ErrorKind::Revoked, "{method}");
    }
    drop((condition, narrowed));
    assert_eq!(lock.holders(), 1);
}
