//! Processes and their children: who waits for whom at an end, and who ends with whom.

use super::*;
use crate::referents::process::{End, MAX_NAME, Process, Start, Way};

fn returned() -> End {
    End::Returned(Item::Null)
}

struct Family {
    world: World,
    parent: Proxy,
}

impl Family {
    fn new() -> Self {
        let world = World::new();
        let parent = Process::start(&world.caller.home, "p", "parent", Start::default()).unwrap();
        Self { world, parent }
    }

    fn home(&self) -> &Arc<Home> {
        &self.world.caller.home
    }

    fn child(&self) -> Proxy {
        self.born(false).unwrap()
    }

    fn daemon(&self) -> Proxy {
        self.born(true).unwrap()
    }

    fn born(&self, daemon: bool) -> Outcome<Proxy> {
        Process::start(self.home(), "p", "child", Start { daemon, parent: Some(&self.parent), ..Start::default() })
    }

    /// The process of a proxy, as one who acts.
    fn acts(&self, process: &Proxy) -> Caller {
        Caller { home: self.home().clone(), actor: Actor::new(process.id(), Process::of(process).unwrap().name()) }
    }

    /// What the parent waits for, once its guest is gone.
    fn waits(&self) -> BoxFuture<'_, ()> {
        let caller = self.acts(&self.parent);
        Box::pin(async move { Process::of(&self.parent).unwrap().wait_for_children(&caller).await })
    }

    fn shown(&self, process: &Proxy, method: &str) -> String {
        show_now(process, &self.world.caller, method, items![])
    }

    fn ids(&self) -> Vec<u64> {
        Process::children(&self.parent).unwrap().iter().map(Proxy::id).collect()
    }
}

fn end(process: &Proxy, end: End) {
    Process::of(process).unwrap().end(end, ());
}

fn is_over<T>(future: &mut BoxFuture<'_, T>) -> bool {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

#[test]
fn a_child_is_known_to_its_parent_until_it_ends_and_held_by_nobody() {
    let family = Family::new();
    assert_eq!(family.shown(&family.parent, "children"), "[]");
    let [first, second] = [family.child(), family.daemon()];
    assert_eq!(family.ids(), [first.id(), second.id()]);
    assert_eq!(first.holders(), 1);
    end(&first, returned());
    assert_eq!(family.ids(), [second.id()]);
    // Whoever started it was the last to hold it, and it had not begun.
    drop(second);
    assert_eq!(family.ids(), []);
    assert_eq!(family.home().number_of_objects(), 2);
}

#[test]
fn a_child_can_be_used_for_what_its_parent_can_be_used_for() {
    let family = Family::new();
    let child = family.child();
    let looking = family.world.narrowed(&family.parent, &["children", "is_alive", "name"]);
    let [seen] = &Process::children(&looking).unwrap()[..] else { panic!("it has one child") };
    assert_eq!((seen.id(), &*family.shown(seen, "is_alive")), (child.id(), "True"));
    assert_eq!(now(seen, &family.world.caller, "kill", items![]).map(drop).unwrap_err().kind, ErrorKind::NotExposed);
    looking.grant().revoke(family.world.caller.actor.id()).unwrap();
    assert_eq!(now(seen, &family.world.caller, "name", items![]).map(drop).unwrap_err().kind, ErrorKind::Revoked);
    let blind = family.world.narrowed(&family.parent, &["name"]);
    assert_eq!(Process::children(&blind).map(drop).unwrap_err().kind, ErrorKind::NotExposed);
}

#[test]
fn a_parent_waits_until_the_last_child_has_ended() {
    let family = Family::new();
    let children = [family.child(), family.child()];
    let mut waits = family.waits();
    assert!(!is_over(&mut waits));
    let shown = format!("<Process 'p:parent' at {:#x}, waiting for its children>", family.parent.id());
    assert_eq!(family.parent.body().to_text(family.parent.id(), 100).unwrap(), shown);
    assert_eq!(family.shown(&family.parent, "is_alive"), "True");
    assert_eq!(family.shown(&family.parent, "exitcode"), "None");
    let of_parent = || family.home().waits().of(family.parent.id()).len();
    for (ended, child) in children.iter().enumerate() {
        assert_eq!((is_over(&mut waits), of_parent()), (false, 2 - ended));
        end(child, returned());
    }
    assert_eq!((is_over(&mut waits), of_parent()), (true, 0));
    assert!(is_over(&mut family.waits()), "there is none left to wait for");
}

#[test]
fn daemons_are_ended_and_waited_for_and_the_others_are_not() {
    let family = Family::new();
    let [child, first, second] = [family.child(), family.daemon(), family.daemon()];
    let host = family.home().host();
    let mut ends: BoxFuture<'_, ()> = Box::pin(Process::of(&family.parent).unwrap().end_daemons(&host));
    assert!(!is_over(&mut ends));
    for daemon in [&first, &second] {
        let asked = Process::of(daemon).unwrap().requested_end();
        assert!(matches!(asked, Some(End::Killed(Way::Terminate))), "{asked:?}");
        assert!(!is_over(&mut ends));
        end(daemon, asked.unwrap());
        assert_eq!(family.shown(daemon, "exitcode"), "-15");
    }
    assert!(is_over(&mut ends));
    assert!(Process::of(&child).unwrap().requested_end().is_none());
    assert_eq!(family.ids(), [child.id()]);
    // A guest that is gone can start no more.
    assert_eq!(family.born(false).map(drop).unwrap_err().kind, ErrorKind::Runtime);
}

#[test]
fn who_ends_without_waiting_leaves_its_children_to_themselves_but_for_daemons() {
    let family = Family::new();
    let [child, daemon] = [family.child(), family.daemon()];
    {
        let mut waits = family.waits();
        assert!(!is_over(&mut waits));
    }
    end(&family.parent, End::Killed(Way::Kill));
    assert_eq!(family.ids(), []);
    assert_eq!(family.home().waits().of(family.parent.id()), []);
    assert!(Process::of(&child).unwrap().requested_end().is_none());
    assert!(Process::of(&daemon).unwrap().requested_end().is_some());
    end(&child, returned());
    assert_eq!(family.shown(&child, "exitcode"), "0");
}

#[test]
fn a_daemon_has_no_children() {
    let family = Family::new();
    let daemon = family.daemon();
    let start = Start { parent: Some(&daemon), ..Start::default() };
    let refused = Process::start(family.home(), "p", "child", start).map(drop).unwrap_err();
    let message = "AssertionError: daemonic processes are not allowed to have children";
    assert_eq!((refused.kind, &*refused.to_string()), (ErrorKind::Assertion, message));
    assert_eq!([family.shown(&daemon, "daemon"), family.shown(&family.parent, "daemon")], ["True", "False"]);
}

#[test]
fn a_name_is_as_it_was_given_and_shown_in_one_line() {
    let world = World::new();
    let start =
        |name| Process::start(&world.caller.home, "p", "main", Start { name: Some(name), daemon: false, parent: None });
    let most = "n".repeat(MAX_NAME);
    for (name, shown) in [("", ""), ("Täter", "Täter"), ("a\nb\u{1b}", "a\\nb\\u{1b}"), (&most, &most)] {
        let process = start(name).unwrap();
        assert_eq!(Process::full_name(&process).unwrap(), name);
        assert_eq!(Process::of(&process).unwrap().name(), shown);
        let text = process.body().to_text(process.id(), 1000).unwrap();
        assert_eq!(text, format!("<Process '{shown}' at {:#x}, running>", process.id()));
    }
    let refused = start(&"n".repeat(MAX_NAME + 1)).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "ValueError: the name of a process can have 255 bytes at most");
    let unnamed = Process::create(&world.caller.home, "p", &"e".repeat(1 << 20));
    assert!(Process::full_name(&unnamed).unwrap().len() < MAX_NAME);
}

#[test]
fn each_end_has_its_code_and_the_first_who_asks_decides_how_it_is_ended() {
    let world = World::new();
    let error = || CallError::value("no");
    for (ended, code) in [
        (returned(), 0),
        (End::Failed(error()), 1),
        (End::Exited(7), 7),
        (End::Exited(-3), -3),
        (End::Trapped(error()), -6),
        (End::LimitExceeded(error()), -9),
        (End::Killed(Way::Kill), -9),
        (End::Killed(Way::Terminate), -15),
    ] {
        let process = Process::create(&world.caller.home, "p", "main");
        assert_eq!(Process::exit_code(&process).unwrap(), None);
        end(&process, ended);
        assert_eq!(Process::exit_code(&process).unwrap(), Some(code));
    }
    for (first, second) in [("kill", "terminate"), ("terminate", "kill")] {
        let process = Process::create(&world.caller.home, "p", "main");
        let mut killing = [first, second].map(|method| by_name(&process, &world.caller, method, items![]));
        assert!(!killing.iter_mut().any(is_over));
        let asked = Process::of(&process).unwrap().requested_end().unwrap();
        let way = if first == "kill" { Way::Kill } else { Way::Terminate };
        assert!(matches!(asked, End::Killed(asked) if asked == way));
        end(&process, asked);
        assert!(killing.iter_mut().all(is_over));
    }
}

fn is_deadlock(joined: Outcome<Item>, parent: &Proxy, child: &Proxy) {
    let error = joined.map(drop).unwrap_err();
    let [parent, child] = [parent, child].map(|it| format!("{} at {:#x}", Process::of(it).unwrap().name(), it.id()));
    let expected =
        format!("this wait would never end: {child} waits for the end of {parent}, which waits for the end of {child}");
    assert_eq!((error.kind, error.message), (ErrorKind::Deadlock, expected));
}

#[test]
fn a_child_that_joins_its_parent_is_told_that_neither_would_end() {
    let family = Family::new();
    let [child, other] = [family.child(), family.child()];
    let [itself, beside] = [&child, &other].map(|it| family.acts(it));
    // Before the parent comes to its end, it may do anything.
    let mut joining = by_name(&family.parent, &itself, "join", items![]);
    assert!(!is_over(&mut joining));
    let mut in_time = by_name(&family.parent, &beside, "join", items![1000]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    assert!(!is_over(&mut in_time));
    let mut waits = family.waits();
    assert!(!is_over(&mut waits));
    is_deadlock(at_once(joining), &family.parent, &child);
    is_deadlock(now(&family.parent, &itself, "join", items![]), &family.parent, &child);
    is_deadlock(now(&family.parent, &beside, "join", items![]), &family.parent, &other);
    assert!(!is_over(&mut in_time), "it ends by itself");
    // Those who are nobody's children, and the host, wait as ever.
    let stranger = Process::create(family.home(), "p", "stranger");
    let strange = family.acts(&stranger);
    let host = family.home().host();
    let mut joined = [&strange, &host].map(|it| by_name(&family.parent, it, "join", items![]));
    assert!(!joined.iter_mut().any(is_over));
    for it in [&child, &other] {
        end(it, returned());
    }
    assert!(is_over(&mut waits));
    end(&family.parent, returned());
    assert!(joined.iter_mut().all(is_over) && is_over(&mut in_time));
}

#[test]
fn a_child_that_waits_for_its_parent_through_another_is_told_whichever_wait_comes_last() {
    for parent_is_last in [true, false] {
        let family = Family::new();
        let child = family.child();
        let between = Process::create(family.home(), "p", "between");
        let [itself, middle] = [&child, &between].map(|it| family.acts(it));
        let mut joins =
            [by_name(&between, &itself, "join", items![]), by_name(&family.parent, &middle, "join", items![])];
        let mut waits = family.waits();
        if parent_is_last {
            assert!(!joins.iter_mut().any(is_over));
            assert!(!is_over(&mut waits));
            let [first, last] = &mut joins;
            // It is the one who joins the parent.
            assert!(!is_over(first) && is_over(last));
        } else {
            assert!(!is_over(&mut joins[1]) && !is_over(&mut waits));
            let [first, last] = joins;
            assert_eq!(at_once(first).map(drop).unwrap_err().kind, ErrorKind::Deadlock);
            drop(last);
        }
        end(&child, returned());
        assert!(is_over(&mut waits));
    }
}

#[test]
fn a_lock_that_the_parent_kept_is_no_reason_to_refuse() {
    let family = Family::new();
    let child = family.child();
    let [parent, itself] = [&family.parent, &child].map(|it| family.acts(it));
    let lock = family.world.create("Lock", vec![], vec![]).unwrap();
    now(&lock, &parent, "acquire", items![]).unwrap();
    parent.actor.settle(true);
    let mut acquires = by_name(&lock, &itself, "acquire", items![]);
    assert!(!is_over(&mut acquires));
    let mut waits = family.waits();
    assert!(!is_over(&mut waits) && !is_over(&mut acquires));
    now(&lock, &family.world.caller, "release", items![]).unwrap();
    assert!(is_over(&mut acquires));
}

#[test]
fn ten_thousand_generations_end_one_after_the_other() {
    let world = World::new();
    let home = &world.caller.home;
    let mut line = vec![Process::create(home, "p", "main")];
    for _ in 0..10_000 {
        let parent = line.last();
        line.push(Process::start(home, "p", "main", Start { parent, ..Start::default() }).unwrap());
    }
    let callers: Vec<_> =
        line.iter().map(|it| Caller { home: home.clone(), actor: Actor::new(it.id(), "p:main") }).collect();
    let mut waits: Vec<BoxFuture<'_, ()>> = Vec::new();
    for (process, caller) in line.iter().zip(&callers).take(10_000) {
        let mut wait: BoxFuture<'_, ()> = Box::pin(Process::of(process).unwrap().wait_for_children(caller));
        assert!(!is_over(&mut wait));
        waits.push(wait);
    }
    end(&line[10_000], returned());
    while let Some(mut wait) = waits.pop() {
        assert!(is_over(&mut wait));
        drop(wait);
        end(&line[waits.len()], returned());
    }
    drop(waits);
    drop(line);
    assert_eq!(home.number_of_objects(), 0);
}
