//! Guests whose language drops handles only when its collector feels like it.

use commonhold::{Manager, Process};
use commonhold_tests::{javascript_guest, load_script, manager, root};

const READS: u64 = 1_000_000;
const MOST: usize = 1000;

/// Watches how many handles a process holds until it ends.
async fn most_handles(manager: &Manager, process: &Process) -> usize {
    let mut most = 0;
    while process.is_alive() {
        most = most.max(manager.held_by(process).len());
        tokio::task::yield_now().await;
    }
    most
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_reads_of_a_proxy_in_javascript_hold_few_handles() {
    let manager = manager();
    let program = manager.load(javascript_guest("handles")).await.unwrap();
    let list = manager.list([manager.list([1]).unwrap()]).unwrap();
    let process = program.spawn("read", (&list, READS)).unwrap();
    let most = most_handles(&manager, &process).await;
    assert_eq!(process.join::<u64>().await.unwrap(), 1, "it was one and the same proxy");
    assert!(most < MOST, "it held {most} handles");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_million_reads_of_a_proxy_in_python_hold_few_handles() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/scenario.py")).await;
    let list = manager.list([manager.list([1]).unwrap()]).unwrap();
    let process = program.spawn("read", (&list, READS)).unwrap();
    let most = most_handles(&manager, &process).await;
    assert_eq!(process.join::<u64>().await.unwrap(), 1, "it was one and the same proxy");
    assert!(most < MOST, "it held {most} handles");
}
