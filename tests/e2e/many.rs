//! Many processes at once.

use commonhold::Process;
use commonhold_tests::{load, manager};
use std::collections::BTreeMap;

const PROCESSES: u64 = 2000;

#[test]
fn two_thousand_blocked_processes_answer_on_eight_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(8).enable_all().build().unwrap();
    runtime.block_on(async {
        let manager = manager();
        let program = load(&manager, "shadow").await;
        let gate = manager.lock();
        let guard = gate.acquire().await.unwrap();
        let answers = manager.list::<u64>([]).unwrap();
        let processes: Vec<Process> =
            (0..PROCESSES).map(|number| program.spawn("wait_and_answer", (&gate, &answers, number)).unwrap()).collect();
        // All are there, and hold what they were given.
        let waiting = |held: &[u64]| held.contains(&gate.proxy().id());
        while !processes.iter().all(|process| waiting(&manager.held_by(process))) {
            tokio::task::yield_now().await;
        }
        assert_eq!(manager.number_of_processes() as u64, PROCESSES);
        assert!(answers.is_empty().unwrap());
        drop(guard);
        for process in &processes {
            process.join::<()>().await.unwrap();
        }
        let mut answered = answers.to_vec().unwrap();
        answered.sort_unstable();
        assert_eq!(answered, (0..PROCESSES).collect::<Vec<_>>());
        drop(processes);
        let host = BTreeMap::from([(gate.proxy().id(), 1), (answers.proxy().id(), 1)]);
        commonhold_tests::assert_exact(&manager, &host);
    });
}
