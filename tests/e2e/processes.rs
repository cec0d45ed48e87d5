//! Processes and their children: what comes before whose end.

use commonhold::{Event, List, Manager, Outcome, Process, Program, SpawnOptions};
use commonhold_tests::{assert_exact, load, load_script, manager, root, settle};
use std::collections::BTreeMap;
use std::time::Duration;

/// A manager, and what all processes of a test share.
struct Ground {
    manager: Manager,
    program: Program,
    gate: Event,
    log: List<String>,
}

impl Ground {
    async fn new() -> Self {
        let manager = manager();
        let program = load(&manager, "basics").await;
        let (gate, log) = (manager.event(), manager.list::<String>([]).unwrap());
        Self { manager, program, gate, log }
    }

    /// A process that starts such children, and ends in such a way.
    fn parent(&self, children: &[(&str, bool)], how: &str) -> Process {
        self.program.spawn("starts", (&self.gate, &self.log, children, how)).unwrap()
    }

    /// Waits until a process has told that it has begun.
    async fn begun(&self) {
        while self.log.is_empty().unwrap() {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until a process waits for its children, and gives their ids.
    async fn waits_for_children(&self, parent: &Process) -> Vec<u64> {
        loop {
            let census = self.manager.census();
            let Some(info) = census.into_iter().find(|info| info.id == parent.id()) else { panic!("it has ended") };
            if info.text.contains("waiting for its children") {
                return info.waits_for;
            }
            tokio::task::yield_now().await;
        }
    }

    fn told(&self) -> Vec<String> {
        self.log.to_vec().unwrap()
    }

    /// Checks that nothing is left, at a moment when no process runs.
    async fn over(self) {
        assert_eq!(self.manager.number_of_processes(), 0);
        settle(&self.manager).await;
        let held = [self.gate.proxy().id(), self.log.proxy().id()];
        assert_exact(&self.manager, &held.map(|id| (id, 1)).into());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_comes_to_its_own_end_has_ended_when_its_children_have() {
    for (how, code) in [("returns", 0), ("fails", 1), ("exits", 3)] {
        let ground = Ground::new().await;
        let parent = ground.parent(&[("first", false), ("second", false)], how);
        let children = ground.waits_for_children(&parent).await;
        assert_eq!(children.len(), 2);
        assert!(parent.is_alive());
        assert_eq!((parent.exit_code(), ground.manager.held_by(&parent)), (None, vec![]));
        let known = parent.children().unwrap();
        assert_eq!(known.iter().map(Process::id).collect::<Vec<_>>(), children);
        let names = known.iter().map(|child| child.name().unwrap()).collect::<Vec<_>>();
        assert_eq!(names, ["first", "second"]);
        let info = ground.manager.debug_info();
        assert!(info.contains(&format!("waits for the end of process {:x}", children[0])), "{info}");
        drop(known);

        ground.gate.set().unwrap();
        drop(parent.outcome().await.unwrap());
        assert_eq!((parent.exit_code(), parent.children().unwrap().len()), (Some(code), 0));
        let mut told = ground.told();
        told.sort();
        assert_eq!(told, ["first", "second", "the parent"]);
        drop(parent);
        ground.over().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemons_have_ended_when_the_end_of_their_parent_is_told_however_it_ends() {
    for (how, code) in [("returns", 0), ("fails", 1), ("exits", 3), ("panics", -6), ("loops", -9)] {
        let ground = Ground::new().await;
        let parent = ground.parent(&[("first", true), ("second", true)], how);
        ground.begun().await;
        if how == "loops" {
            parent.kill().await.unwrap();
        }
        drop(parent.outcome().await.unwrap());
        assert_eq!((parent.exit_code(), ground.manager.number_of_processes()), (Some(code), 0), "{how}");
        assert_eq!(ground.told(), ["the parent"]);
        drop(parent);
        ground.over().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn children_go_on_without_a_parent_that_was_ended_but_for_daemons() {
    for how in ["panics", "loops"] {
        let ground = Ground::new().await;
        let parent = ground.parent(&[("child", false), ("daemon", true)], how);
        ground.begun().await;
        let known = parent.children().unwrap();
        if how == "loops" {
            assert_eq!(known.len(), 2);
            parent.kill().await.unwrap();
        }
        drop(parent.outcome().await.unwrap());
        assert_eq!(ground.manager.number_of_processes(), 1, "{how}");
        assert_eq!(parent.children().unwrap().len(), 0);
        if let [child, daemon] = &known[..] {
            assert_eq!((child.exit_code(), daemon.exit_code()), (None, Some(-15)));
        }
        ground.gate.set().unwrap();
        while ground.manager.number_of_processes() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ground.told(), ["the parent", "child"]);
        drop((parent, known));
        ground.over().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_waits_for_its_children_can_be_ended_at_once() {
    for (ends, code) in [("kill", -9), ("terminate", -15), ("time", -9)] {
        let ground = Ground::new().await;
        let mut limits = commonhold::Limits::default();
        limits.time = (ends == "time").then_some(Duration::from_millis(300));
        let args = (&ground.gate, &ground.log, [("child", false)], "returns");
        let parent = ground.program.spawn_with("starts", args, SpawnOptions::new().limits(limits)).unwrap();
        match ends {
            "kill" => {
                ground.waits_for_children(&parent).await;
                parent.kill().await.unwrap();
            }
            "terminate" => {
                ground.waits_for_children(&parent).await;
                parent.terminate().await.unwrap();
            }
            _ => ground.begun().await,
        }
        let outcome = parent.outcome().await.unwrap();
        match (ends, &outcome) {
            ("time", Outcome::LimitExceeded(error)) => assert_eq!(error.message, "it ran longer than 300ms"),
            (_, Outcome::Killed) => {}
            _ => panic!("{outcome:?}"),
        }
        assert_eq!((parent.exit_code(), ground.manager.number_of_processes()), (Some(code), 1));
        ground.gate.set().unwrap();
        while ground.manager.number_of_processes() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(ground.told(), ["the parent", "child"]);
        drop((parent, outcome));
        ground.over().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manager_that_closes_ends_those_who_wait_for_their_children() {
    let ground = Ground::new().await;
    let parent = ground.parent(&[("child", false)], "returns");
    ground.waits_for_children(&parent).await;
    ground.manager.shutdown().await;
    assert!(matches!(parent.outcome().await.unwrap(), Outcome::Killed));
    drop(parent);
    ground.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_child_that_joins_its_parent_at_the_end_gets_an_error() {
    let ground = Ground::new().await;
    for _ in 0..20 {
        ground.program.spawn("starts_one_who_joins", (&ground.log,)).unwrap().join::<()>().await.unwrap();
        assert_eq!(ground.log.pop().unwrap().as_deref(), Some("deadlock"));
    }
    ground.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_generations_end_before_the_first() {
    let ground = Ground::new().await;
    ground.program.spawn("generations", (1000, &ground.log)).unwrap().join::<()>().await.unwrap();
    assert_eq!(ground.told(), ["the last"]);
    ground.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_host_names_its_processes_and_does_not_wait_for_them() {
    let ground = Ground::new().await;
    let args = || (&ground.gate, &ground.log, "child");
    let named = ground.program.spawn_with("waits_and_tells", args(), SpawnOptions::new().name("a\nname")).unwrap();
    assert_eq!((named.name().unwrap().as_str(), named.is_daemon()), ("a\nname", false));
    assert!(ground.manager.debug_info().contains("<Process 'a\\nname' at 0x"));
    let unnamed = ground.program.spawn("waits_and_tells", args()).unwrap();
    assert_eq!(unnamed.name().unwrap(), "basics:waits_and_tells");
    let daemon = SpawnOptions::new().daemon(true);
    let daemon = ground
        .program
        .spawn_with("starts", (&ground.gate, &ground.log, [("child", false)], "returns"), daemon)
        .unwrap();
    assert!(daemon.is_daemon());
    let error = daemon.join::<i64>().await.unwrap_err().to_string();
    assert!(error.contains("daemonic processes are not allowed to have children"), "{error}");
    let too_long = SpawnOptions::new().name("n".repeat(256));
    let error = ground.program.spawn_with("waits_and_tells", args(), too_long).unwrap_err().to_string();
    assert!(error.contains("the name of a process can have 255 bytes at most"), "{error}");
    assert_eq!(ground.manager.number_of_processes(), 2);
    drop((named, unnamed, daemon));
    ground.manager.shutdown().await;
    ground.over().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pythons_processes_have_children_as_cpythons_do() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/processes.py")).await;
    let outcome = program.spawn("main", ()).unwrap().outcome().await.unwrap();
    assert!(matches!(outcome, Outcome::Returned(_) | Outcome::Exited(0)), "{outcome:?}");
    // One that is no script's is a process with a name like any other.
    for daemon in [false, true] {
        let options = SpawnOptions::new().name("a worker").daemon(daemon);
        let described: (String, bool) = program.spawn_with("describes", (), options).unwrap().join().await.unwrap();
        assert_eq!(described, ("a worker".to_owned(), daemon));
    }
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}
