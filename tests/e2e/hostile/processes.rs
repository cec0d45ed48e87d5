//! Processes that multiply, or turn against themselves and each other.

use super::{Ground, argument, failed, noted};
use crate::wat::Process;
use commonhold::{ErrorKind, Manager, Outcome};

const NOTE: &str = "(call $note (i32.const 128))";

/// Starts processes of its own program until that is an error. Those that it starts, which are given two arguments,
/// wait for a lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_processes_meets_an_error_and_what_runs_goes_on() {
    let ground = Ground::with(Manager::builder().max_processes(20)).await;
    let lock = ground.manager.lock();
    let guard = lock.acquire().await.unwrap();
    let append = argument::int(7);
    let guest = Process::new(format!(
        "(if (i32.eq (local.get $count) (i32.const 2)) (then
            (call $locks.acquire (local.get $a) (i32.const 0) (i64.const 0) (i32.const 128)) {NOTE}
            (call $lists.append (local.get $b) {append} (i32.const 128)) {NOTE}
            (call $locks.release (local.get $a) (i32.const 128)) {NOTE}
            (return (call $notes))))
         (call $put-proxy (i32.const 2048) (local.get $a))
         (call $put-proxy (i32.const 2072) (local.get $b))
         (loop $more
            (call $processes.spawn (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 0)
                (i32.const 2048) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
            (br_if $more (i32.eqz (i32.load8_u (i32.const 128)))))
         (i32.const 128)"
    ));
    let list = ground.manager.list([0; 0]).unwrap();
    let first = ground.load(&guest).await.spawn("main", (&lock, &list, 0)).unwrap();
    // Having met the limit it comes to its end, and waits for those that it has started.
    let parting = || {
        let census = ground.manager.census();
        census.into_iter().any(|info| info.id == first.id() && info.text.contains("waiting for its children"))
    };
    while !parting() {
        tokio::task::yield_now().await;
    }
    assert_eq!(first.children().unwrap().len(), 19);
    let refused = "20 processes are running already, and no more may";

    // The host meets the same limit until there is a place again.
    let error = ground.honest.spawn("main", (&ground.list,)).unwrap_err();
    assert!(error.to_string().contains(refused), "{error}");
    drop(guard);
    let error = failed(first.outcome().await.unwrap());
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::QuotaExceeded, refused));
    let one_more = ground.honest.spawn("main", (&ground.list,)).unwrap();
    assert_eq!(one_more.join::<i64>().await.unwrap(), 4);
    drop((first, one_more));
    assert_eq!(ground.manager.number_of_processes(), 0);
    assert_eq!(list.to_vec().unwrap(), [7; 19]);
    drop((lock, list));
    ground.unharmed().await;
}

/// Each process starts two more and traps, so that nobody waits for them, and so on without end.
#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_of_processes_is_contained_and_can_be_ended() {
    let ground = Ground::with(Manager::builder().max_processes(50)).await;
    let spawn = "(call $processes.spawn (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1024) (i32.const 0)
        (i32.const 2048) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))";
    // Until there is a fourth item in the list.
    let guest = Process::new(format!(
        "(call $put-proxy (i32.const 2048) (local.get $a))
         (call $lists.length (local.get $a) (i32.const 128))
         (if (i64.eq (i64.load (i32.const 136)) (i64.const 3)) (then {spawn} {spawn} (unreachable)))
         (call $lists.length (local.get $a) (i32.const 128)) {NOTE}
         (call $notes)"
    ));
    let list = ground.manager.list([1, 2, 3]).unwrap();
    let first = ground.load(&guest).await.spawn("main", (&list,)).unwrap();
    super::trap(first.outcome().await.unwrap());
    while ground.manager.number_of_processes() < 50 {
        tokio::task::yield_now().await;
    }
    list.push(&4).unwrap();
    while ground.manager.number_of_processes() > 0 {
        tokio::task::yield_now().await;
    }
    drop((first, list));
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_can_end_itself() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(call $processes.kill (call $processes.current) (i32.const 128))
         (unreachable)",
    );
    assert!(matches!(ground.run_with_list(&guest).await, Outcome::Killed));
    ground.unharmed().await;
    let by_name = Process::new(
        "(call $proxy.call (call $processes.current) (i32.const 1024) (i32.const 9)
             (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
         (unreachable)",
    )
    .data(1024, "terminate");
    assert!(matches!(ground.run_with_list(&by_name).await, Outcome::Killed));
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_waits_for_itself_gets_an_error() {
    let ground = Ground::new().await;
    let guest = Process::new(format!(
        "(local.set $b (call $processes.current))
         (call $processes.join (local.get $b) (i32.const 0) (i64.const 0) (i32.const 128)) {NOTE}
         (call $processes.join (local.get $b) (i32.const 1) (i64.const 0) (i32.const 128)) {NOTE}
         (call $proxy.call (local.get $b) (i32.const 1024) (i32.const 4)
             (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128)) {NOTE}
         (call $notes)"
    ))
    .data(1024, "join");
    assert_eq!(noted(ground.run_with_list(&guest).await), ["deadlock", "deadlock", "deadlock"]);
    ground.unharmed().await;
}

/// Its outcome holds its own proxy, which only a collector of cycles can free.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_returns_itself_is_a_cycle_of_one() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(call $put-proxy (i32.add (call $null) (i32.const 8)) (call $processes.current)) (i32.const 896)",
    );
    let process = ground.load(&guest).await.spawn("main", ()).unwrap();
    let outcome = process.outcome().await.unwrap();
    drop((process, outcome));
    let census = ground.manager.census();
    let process = census.iter().find(|info| info.typeid == "Process").unwrap();
    assert_eq!((process.holders, process.contains.as_slice()), (1, &[process.id][..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_wait_for_each_other_wait_until_one_is_ended() {
    let ground = Ground::new().await;
    // Waits until there is a process in the list, and then for that one.
    let guest = Process::new(
        "(loop $more
            (call $lists.pop (local.get $a) (i32.const 0) (i64.const 0) (i32.const 128))
            (br_if $more (i32.load8_u (i32.const 128))))
         (call $processes.join (i32.load (i32.const 144)) (i32.const 0) (i64.const 0) (i32.const 128))
         (unreachable)",
    );
    let program = ground.load(&guest).await;
    let lists = [0, 1].map(|_| ground.manager.list(Vec::<commonhold::Process>::new()).unwrap());
    let processes = [0, 1].map(|n: usize| program.spawn("main", (&lists[n],)).unwrap());
    lists[0].push(&processes[1]).unwrap();
    lists[1].push(&processes[0]).unwrap();
    // As in CPython, it is no error: there is no provider's answer among what they wait for.
    let waits_for = |n: usize| {
        let census = ground.manager.census();
        census.into_iter().find(|info| info.id == processes[n].id()).unwrap().waits_for
    };
    while (waits_for(0), waits_for(1)) != (vec![processes[1].id()], vec![processes[0].id()]) {
        tokio::task::yield_now().await;
    }
    assert!(processes.iter().all(commonhold::Process::is_alive));
    // When one has ended, the other has waited long enough.
    processes[0].kill().await.unwrap();
    assert!(matches!(processes[0].outcome().await.unwrap(), Outcome::Killed));
    let outcome = processes[1].outcome().await.unwrap();
    assert!(matches!(&outcome, Outcome::Trapped(error) if error.message.contains("unreachable")), "{outcome:?}");
    assert!(waits_for(0).is_empty() && waits_for(1).is_empty());
    drop((lists, processes));
    ground.unharmed().await;
}

/// It starts processes that never end, keeps no proxies to them, and traps.
#[tokio::test(flavor = "multi_thread")]
async fn shutting_down_ends_processes_that_nobody_holds() {
    let ground = Ground::new().await;
    let spawn = "(call $processes.spawn (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))";
    let guest = Process::new(format!(
        "(if (i32.eqz (local.get $count)) (then (loop $for-ever (br $for-ever))))
         {spawn} {spawn} (unreachable)"
    ));
    super::trap(ground.run_with_list(&guest).await);
    assert_eq!(ground.manager.number_of_processes(), 2);
    ground.manager.shutdown().await;
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_process_is_left_when_its_end_is_known() {
    let ground = Ground::new().await;
    let guest = Process::new(
        "(call $put-proxy (i32.add (call $null) (i32.const 8)) (call $proxy.duplicate (local.get $a))) (i32.const 896)",
    );
    let program = ground.load(&guest).await;
    for _ in 0..2000 {
        let process = program.spawn("main", (&ground.list,)).unwrap();
        drop(process.outcome().await.unwrap());
        drop(process);
        assert_eq!(ground.manager.number_of_processes(), 0);
        assert_eq!(ground.manager.number_of_objects(), 1);
        // Here nobody will ever know how it ended.
        drop(program.spawn("main", (&ground.list,)).unwrap());
        while ground.manager.number_of_processes() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ground.manager.number_of_objects(), 1);
    }
    ground.unharmed().await;
}
