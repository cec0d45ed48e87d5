//! The same for pools: of one who has a pool, and of a worker at its task.

use super::*;
use commonhold::{AsyncResult, Error, ErrorKind, PoolOptions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_of_a_pool_wherever_its_owner_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = manager.load(guest("basics")).await.unwrap();
    let outcome = program.spawn("uses_a_pool", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    let calls = plan.calls.load(Ordering::SeqCst);
    assert!(calls >= 20, "it makes {calls} calls only");
    idle(&manager, 0).await;
    assert_exact(&manager, &BTreeMap::new());
    for kill in [false, true] {
        for stop_at in 1..=calls {
            plan.process.store(0, Ordering::SeqCst);
            plan.kill.store(kill, Ordering::SeqCst);
            plan.stop_at.store(stop_at, Ordering::SeqCst);
            let outcome = program.spawn("uses_a_pool", ()).unwrap().outcome().await.unwrap();
            let what = format!("stopped at call {stop_at} of {calls}: {outcome:?}");
            match (&outcome, kill) {
                (Outcome::Trapped(_), false) | (Outcome::Killed | Outcome::Returned(_), true) => {}
                _ => panic!("{what}"),
            }
            drop(outcome);
            plan.stop_at.store(0, Ordering::SeqCst);
            // Its workers end by themselves.
            idle(&manager, 0).await;
            assert_exact(&manager, &BTreeMap::new());
            assert_eq!(manager.number_of_objects(), 0, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_goes_on_wherever_a_worker_is_stopped() {
    let (plan, manager) = watched_manager();
    let program = manager.load(guest("basics")).await.unwrap();
    // A worker for each task, whose calls are those of the task.
    let mut options = PoolOptions::default();
    options.workers = Some(1);
    options.chunks_per_worker = Some(1);
    let pool = program.pool_with(options).unwrap();
    let list = manager.list::<i64>([]).unwrap();
    let calls = 5;
    for kill in [false, true] {
        for stop_at in 1..=calls {
            list.clear().unwrap();
            plan.process.store(0, Ordering::SeqCst);
            plan.kill.store(kill, Ordering::SeqCst);
            plan.stop_at.store(stop_at, Ordering::SeqCst);
            let results: Vec<AsyncResult<i64>> =
                (1..=2).map(|number| pool.apply("pushes_five", (&list, number)).unwrap()).collect();
            let first = results[0].get().await;
            let what = format!("stopped at call {stop_at}: {first:?}");
            let pushed = list.to_vec().unwrap().iter().filter(|number| **number == 1).count() as u64;
            match first {
                Err(Error::Call(error)) => {
                    assert_eq!(error.kind, ErrorKind::ProcessDied, "{what}");
                    assert!(pushed < calls || kill, "{what}");
                }
                // The kill came too late.
                Ok(5) if kill => {}
                _ => panic!("{what}"),
            }
            // The next is done by one that has come in its place.
            assert_eq!(results[1].get().await.unwrap(), 5, "{what}");
            plan.stop_at.store(0, Ordering::SeqCst);
            // What the task was given goes with the worker or with the task.
            drop(results);
            while manager.number_of_objects() > 3 {
                tokio::task::yield_now().await;
            }
        }
    }
    assert_eq!(manager.number_of_processes(), 1);
    drop((pool, list));
    idle(&manager, 0).await;
    assert_exact(&manager, &BTreeMap::new());
}
