//! Guests that do not come to a decent end.

use super::{Ground, limit_exceeded, returned, trap};
use crate::wat::Process;
use commonhold::{Outcome, SpawnOptions, Value};
use std::time::Duration;

/// Says that it has begun by appending to the list, and then runs for ever.
const ENDLESS: &str = "
    (call $lists.append (local.get $a) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
    (loop $for-ever (br $for-ever))
    (unreachable)";

#[tokio::test(flavor = "multi_thread")]
async fn a_trap_is_told_with_the_names_of_the_functions() {
    let ground = Ground::new().await;
    let guest = Process::new("(call $deeper) (call $null)").with("(func $deeper (unreachable))");
    let Outcome::Trapped(error) = ground.run_with_list(&guest).await else { panic!("it did not trap") };
    assert_eq!(error.message, "wasm trap: wasm `unreachable` instruction executed");
    let traceback = error.traceback.unwrap();
    assert!(traceback.contains("deeper") && traceback.contains("run"), "{traceback}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_traps_are_that_guests_end_too() {
    let ground = Ground::new().await;
    for (trapping, expected) in [
        ("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "divide by zero"),
        ("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow"),
        ("(drop (i32.load (i32.const -4)))", "out of bounds memory access"),
        ("(drop (i32.trunc_f64_s (f64.const nan)))", "invalid conversion to integer"),
        ("(call_indirect (i32.const 7))", "undefined element"),
        ("(call_indirect (i32.const 0))", "uninitialized element"),
    ] {
        let guest = Process::new(format!("{trapping} (call $null)")).with("(table 1 funcref)");
        let message = ground.trapped(&guest).await;
        assert!(message.contains(expected), "{message}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn endless_recursion_ends_the_guest() {
    let ground = Ground::new().await;
    let guest = Process::new("(call $again) (call $null)").with("(func $again (call $again))");
    let message = ground.trapped(&guest).await;
    assert!(message.contains("call stack exhausted"), "{message}");
    // With a host call on top of as deep a stack as there can be.
    let guest = Process::new("(call $again (local.get $a)) (call $null)").with(
        "(func $again (param $list i32)
            (call $proxy.to-text (local.get $list) (i32.const 128))
            (call $again (local.get $list)))",
    );
    let message = ground.trapped(&guest).await;
    assert!(message.contains("call stack exhausted"), "{message}");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_can_be_killed() {
    let ground = Ground::new().await;
    let list = ground.manager.list([0; 0]).unwrap();
    let process = ground.load(&Process::new(ENDLESS)).await.spawn("main", (&list,)).unwrap();
    while list.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    process.kill().await.unwrap();
    assert!(matches!(process.outcome().await.unwrap(), Outcome::Killed));
    drop((process, list));
    ground.unharmed().await;
}

/// Even before there is an instance: the module's start function does not end.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_start_can_be_killed() {
    let ground = Ground::new().await;
    let guest = Process::new("(call $null)").with("(func $start (loop $for-ever (br $for-ever))) (start $start)");
    let process = ground.load(&guest).await.spawn("main", (&ground.list,)).unwrap();
    process.kill().await.unwrap();
    assert!(matches!(process.outcome().await.unwrap(), Outcome::Killed));
    drop(process);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_traps_is_that_guests_end() {
    let ground = Ground::new().await;
    let guest = Process::new("(call $null)").with("(func $start (unreachable)) (start $start)");
    assert!(ground.trapped(&guest).await.contains("unreachable"));
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_or_wait_meets_the_limit_on_time() {
    let ground = Ground::new().await;
    let mut limits = commonhold::Limits::default();
    limits.time = Some(Duration::from_millis(20));
    let lock = ground.manager.lock();
    let guard = lock.acquire().await.unwrap();
    let waiting = "(call $locks.acquire (local.get $b) (i32.const 0) (i64.const 0) (i32.const 128)) (unreachable)";
    for endless in ["(loop $for-ever (br $for-ever)) (unreachable)", waiting] {
        let program = ground.load(&Process::new(endless)).await;
        let process = program.spawn_with("main", (&ground.list, &lock), within(limits.clone())).unwrap();
        assert_eq!(limit_exceeded(process.outcome().await.unwrap()), "it ran longer than 20ms");
        drop(process);
        // The lock is held by the guard, too.
        ground.unharmed_but_for(&[lock.proxy(), lock.proxy()]).await;
    }
    drop((guard, lock));
    ground.unharmed().await;
}

fn within(limits: commonhold::Limits) -> SpawnOptions {
    let mut options = SpawnOptions::default();
    options.limits = Some(limits);
    options
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_uses_up_its_fuel() {
    let ground = Ground::new().await;
    let mut limits = commonhold::Limits::default();
    limits.fuel = Some(100_000);
    let options = within(limits);
    let endless = Process::new("(loop $for-ever (br $for-ever)) (unreachable)");
    let process = ground.load(&endless).await.spawn_with("main", (&ground.list,), options.clone()).unwrap();
    assert_eq!(limit_exceeded(process.outcome().await.unwrap()), "it used up its 100000 units of fuel");
    drop(process);
    ground.unharmed().await;

    // What ends before that is not told from any other.
    let process = ground.honest.spawn_with("main", (&ground.list,), options).unwrap();
    assert_eq!(process.join::<i64>().await.unwrap(), 4);
    drop(process);
    ground.unharmed().await;
}

const GROW: &str = "(memory.grow (i32.const 1))";
const GROW_TABLE: &str = "(table.grow $t (ref.null func) (i32.const 1000))";

/// Grows until that fails, and then goes on with something else.
fn growing(grow: &str, then: &str) -> Process {
    Process::new(format!("(loop $more (br_if $more (i32.ne (i32.const -1) {grow}))) {then}"))
        .with("(table $t 1 funcref)")
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_tables_beyond_their_limits_are_told_apart() {
    let ground = Ground::limited(|limits| {
        limits.memory = 1 << 20;
        limits.table_elements = 10_000;
    })
    .await;
    for (grow, expected) in
        [(GROW, "it needs more than 1048576 bytes of memory"), (GROW_TABLE, "it needs more than 10000 table elements")]
    {
        let message = limit_exceeded(ground.run_with_list(&growing(grow, "(unreachable)")).await);
        assert_eq!(message, expected);
        ground.unharmed().await;
        // A guest can do without.
        let value = returned(ground.run_with_list(&growing(grow, "(call $int (i64.const 5))")).await);
        assert!(matches!(value, Value::Int(5)));
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_tables_that_are_too_large_from_the_start_are_told_apart() {
    let ground = Ground::limited(|limits| {
        limits.memory = 1 << 20;
        limits.table_elements = 10_000;
    })
    .await;
    let memory = Process::new("(call $null)").memory(r#"(memory (export "memory") 17)"#);
    let message = limit_exceeded(ground.run_with_list(&memory).await);
    assert_eq!(message, "it needs more than 1048576 bytes of memory");
    ground.unharmed().await;
    let table = Process::new("(call $null)").with("(table 10001 funcref)");
    let message = limit_exceeded(ground.run_with_list(&table).await);
    assert_eq!(message, "it needs more than 10000 table elements");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn exiting_is_no_limit_even_where_one_was_met() {
    let ground = Ground::limited(|limits| limits.memory = 1 << 20).await;
    for status in [0, 7, i32::MIN, i32::MAX, -1] {
        let exit = format!("(call $processes.exit (i32.const {status})) (unreachable)");
        let outcome = ground.run_with_list(&growing(GROW, &exit)).await;
        assert!(matches!(outcome, Outcome::Exited(exited) if exited == status), "{outcome:?}");
        ground.unharmed().await;
    }
}

/// It holds a lock, handles in its table and an object of its own while it traps.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_trapping_guest_held_is_released_and_its_lock_abandoned() {
    let ground = Ground::new().await;
    let lock = ground.manager.lock();
    let own = crate::wat::argument::proxy("(local.get $b)");
    let guest = Process::new(format!(
        "(call $locks.acquire (local.get $b) (i32.const 0) (i64.const 0) (i32.const 128))
         (call $lists.create (i32.const 128))
         (local.set $i (call $handle (i32.const 128)))
         (call $lists.append (local.get $i) {own} (i32.const 128))
         (drop (call $proxy.duplicate (local.get $i)))
         (unreachable)",
    ));
    trap(ground.run(&guest, (&ground.list, &lock)).await);
    ground.unharmed_but_for(&[lock.proxy()]).await;
    assert!(lock.acquire().await.unwrap().is_abandoned());
    drop(lock);
    ground.unharmed().await;
}
