//! Many processes at once.

use commonhold::{Error, ErrorKind, Manager, Process, Program, Queue};
use commonhold_tests::{assert_exact, load, manager, settle};
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

/// Processes that say that they are there and then wait for a number, or their end.
struct Blocked {
    manager: Manager,
    program: Program,
    here: Queue<i64>,
    numbers: Queue<i64>,
    processes: Vec<Process>,
}

impl Blocked {
    async fn new() -> Self {
        let manager = Manager::builder().output(false).max_processes(1_000_000).build().unwrap();
        let program = load(&manager, "shadow").await;
        Self { here: manager.queue(None), numbers: manager.queue(None), program, manager, processes: Vec::new() }
    }

    /// Starts one more.
    fn start(&mut self) {
        self.processes.push(self.program.spawn("answer_number", (&self.here, &self.numbers)).unwrap());
    }

    /// Gives each its number, and sees that all get one.
    async fn serve(self) {
        let Self { manager, program, here, numbers, processes } = self;
        let count = processes.len() as i64;
        for number in 0..count {
            numbers.put(&number).await.unwrap();
        }
        let mut answers = Vec::new();
        for process in &processes {
            answers.push(process.join::<i64>().await.unwrap());
        }
        answers.sort_unstable();
        assert_eq!(answers, (0..count).collect::<Vec<_>>());
        drop((program, here, numbers, processes));
        settle(&manager).await;
        assert_exact(&manager, &BTreeMap::new());
    }
}

/// The number of mappings that the kernel allows is this very program's, so others must not run in it meanwhile.
#[test]
fn as_many_are_blocked_at_once_as_the_machine_has_room_for() {
    for test in [
        "many::seven_thousand_processes_are_blocked_at_once_and_all_are_served",
        "many::when_there_is_no_room_for_more_what_runs_goes_on",
    ] {
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let ran = command.args(["--ignored", "--exact", test, "--nocapture"]).output().unwrap();
        let out = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && out.contains("1 passed"), "{out}{}", String::from_utf8_lossy(&ran.stderr));
    }
}

#[ignore = "run in a program of its own"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seven_thousand_processes_are_blocked_at_once_and_all_are_served() {
    let mut blocked = Blocked::new().await;
    for _ in 0..7000 {
        blocked.start();
    }
    for _ in 0..7000 {
        blocked.here.get().await.unwrap();
    }
    blocked.serve().await;
}

#[ignore = "run in a program of its own"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_there_is_no_room_for_more_what_runs_goes_on() {
    let mut blocked = Blocked::new().await;
    let refused = loop {
        blocked.start();
        let last = blocked.processes.last().unwrap();
        tokio::select! {
            here = blocked.here.get() => {
                here.unwrap();
            }
            ended = last.join::<i64>() => break ended.unwrap_err(),
        }
        // Far more than any kernel has room for by default.
        assert!(blocked.processes.len() < 100_000);
    };
    let Error::Call(error) = refused else { panic!("{refused}") };
    assert_eq!(error.kind, ErrorKind::QuotaExceeded, "{error}");
    assert!(error.message.starts_with("the machine has no room for one more process: "), "{error}");
    blocked.processes.pop();
    assert!(blocked.processes.len() > 7000, "there is room for {} only", blocked.processes.len());
    blocked.serve().await;
}
