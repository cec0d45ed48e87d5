//! `Event` and `Barrier`, as Python's `threading` has them.

use super::pools::Office;
use super::*;
use crate::object::Actor;
use crate::referents::barrier::{Action, Barrier};
use crate::referents::process::{End, Process, Way};
use crate::sync::{AtomicUsize, Ordering};
use std::time::Duration;

const BROKEN: &str = "threading.BrokenBarrierError";

fn parties<const N: usize>(world: &World) -> [Caller; N] {
    std::array::from_fn(|_| world.caller.home.guard())
}

#[test]
fn an_event_is_a_flag_that_all_wait_for() {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let text = |state| format!("<threading.Event at {:#x}: {state}>", event.id());
    assert_eq!(world.text(&event), text("unset"));
    assert_eq!(world.show(&event, "is_set", vec![]), "False");
    for timeout in [0.0, -1.0, 0.5] {
        assert_eq!(shown(timed(by_name(&event, &world.caller, "wait", items![timeout]))), "False");
    }
    let [a, b] = parties(&world);
    let waiting = [begun(&event, &a, "wait", vec![]), begun(&event, &b, "wait", items![NONE])];
    assert_eq!(world.show(&event, "set", vec![]), "None");
    assert_eq!(world.show(&event, "clear", vec![]), "None");
    // They go on, though it was taken back meanwhile.
    assert_eq!(waiting.map(Begun::over), ["True", "True"]);
    let mut late = begun(&event, &a, "wait", vec![]);
    late.waits();
    world.call(&event, "set", vec![]).unwrap();
    assert_eq!(late.over(), "True");
    assert_eq!(world.show(&event, "is_set", vec![]), "True");
    assert_eq!(world.text(&event), text("set"));
    for timeout in [0.0, -1.0] {
        assert_eq!(world.show(&event, "wait", items![timeout]), "True");
    }
    assert_eq!(world.show(&event, "wait", items![f64::NAN]), "ValueError: Invalid value NaN (not a number)");
}

/// A barrier, what is told of it, and its parties.
struct Meeting {
    world: World,
    barrier: Proxy,
    callers: [Caller; 4],
}

impl Meeting {
    fn of(parties: u64) -> Self {
        Self::with(parties, None, None)
    }

    fn with(size: u64, action: Option<Action>, timeout: Option<Duration>) -> Self {
        let world = World::new();
        let barrier = Barrier::create(&world.caller, size, action, timeout).unwrap();
        Self { callers: parties(&world), barrier, world }
    }

    fn arrives(&self, party: usize) -> Begun<'_> {
        begun(&self.barrier, &self.callers[party], "wait", vec![])
    }

    fn last(&self, party: usize) -> String {
        show_now(&self.barrier, &self.callers[party], "wait", vec![])
    }

    fn show(&self, method: &str) -> String {
        self.world.show(&self.barrier, method, vec![])
    }

    fn state(&self) -> (String, String) {
        (self.show("broken"), self.show("n_waiting"))
    }

    #[track_caller]
    fn is_broken(&self, is_broken: bool) {
        let expected = if is_broken { "True" } else { "False" };
        assert_eq!(self.state(), (expected.to_owned(), "0".to_owned()));
    }
}

#[test]
fn all_go_on_when_the_last_has_come_each_with_its_place() {
    let meeting = Meeting::of(3);
    let text = |state| format!("<threading.Barrier at {:#x}: {state}>", meeting.barrier.id());
    for _ in 0..3 {
        assert_eq!(meeting.world.text(&meeting.barrier), text("waiters=0/3"));
        let [first, second] = [0, 1].map(|party| meeting.arrives(party));
        assert_eq!(meeting.world.text(&meeting.barrier), text("waiters=2/3"));
        assert_eq!(meeting.state(), ("False".to_owned(), "2".to_owned()));
        assert_eq!(meeting.last(2), "2");
        assert_eq!([first.over(), second.over()], ["0", "1"]);
        meeting.is_broken(false);
    }
    assert_eq!(meeting.show("parties"), "3");
    meeting.show("abort");
    assert_eq!(meeting.world.text(&meeting.barrier), text("broken"));
}

#[test]
fn what_a_barrier_is_made_of() {
    let world = World::new();
    let made = |args| world.create("Barrier", args, vec![]);
    for parties in [0, -1] {
        assert_eq!(made(items![parties]).unwrap_err().to_string(), "ValueError: parties must be >= 1");
    }
    assert_eq!(
        made(items![1, "cleans"]).unwrap_err().to_string(),
        "NoSuchName: who makes this barrier is no process, so it has to name the program of its action"
    );
    let alone = made(items![1]).unwrap();
    for _ in 0..2 {
        assert_eq!(world.show(&alone, "wait", vec![]), "0");
    }
    let pair = made(items![2, NONE, 0.5]).unwrap();
    assert_eq!(shown(timed(by_name(&pair, &world.caller, "wait", vec![]))), BROKEN);
    assert_eq!(world.show(&pair, "broken", vec![]), "True");
}

#[test]
fn a_barrier_breaks_for_all_when_one_gives_up() {
    for timeout in [0.0, -1.0, 0.5] {
        let meeting = Meeting::of(4);
        let waiting = [0, 1].map(|party| meeting.arrives(party));
        let outcome = timed(by_name(&meeting.barrier, &meeting.callers[2], "wait", items![timeout]));
        assert_eq!(shown(outcome), BROKEN);
        assert_eq!(waiting.map(Begun::over), [BROKEN, BROKEN]);
        meeting.is_broken(true);
        assert_eq!(meeting.last(3), BROKEN);
        assert_eq!(meeting.show("reset"), "None");
        meeting.is_broken(false);
        meeting.arrives(0);
    }
}

#[test]
fn a_timeout_of_ones_own_goes_before_the_barriers() {
    let meeting = Meeting::with(2, None, Some(Duration::from_secs(3600)));
    timed(async {
        let start = tokio::time::Instant::now();
        let outcome = by_name(&meeting.barrier, &meeting.callers[0], "wait", items![1]).await;
        assert_eq!(shown(outcome), BROKEN);
        assert!(start.elapsed() < Duration::from_secs(60));
    });
    meeting.show("reset");
    timed(async {
        let start = tokio::time::Instant::now();
        assert_eq!(shown(by_name(&meeting.barrier, &meeting.callers[0], "wait", items![]).await), BROKEN);
        assert!(start.elapsed() >= Duration::from_secs(3600));
    });
}

#[test]
fn a_barrier_breaks_when_a_party_dies_that_waits_there() {
    for dead in 0..3 {
        let meeting = Meeting::of(4);
        let mut waiting: Vec<_> = (0..3).map(|party| Some(meeting.arrives(party))).collect();
        waiting[dead] = None;
        for party in waiting.into_iter().flatten() {
            assert_eq!(party.over(), BROKEN);
        }
        meeting.is_broken(true);
    }
}

#[test]
fn one_who_dies_after_the_last_has_come_breaks_nothing() {
    let meeting = Meeting::of(3);
    let [first, second] = [0, 1].map(|party| meeting.arrives(party));
    assert_eq!(meeting.last(2), "2");
    drop(first);
    assert_eq!(second.over(), "1");
    meeting.is_broken(false);
}

#[test]
fn abort_breaks_a_barrier_and_reset_makes_it_new() {
    let meeting = Meeting::of(3);
    let waiting = [0, 1].map(|party| meeting.arrives(party));
    assert_eq!(meeting.show("abort"), "None");
    assert_eq!(waiting.map(Begun::over), [BROKEN, BROKEN]);
    assert_eq!(meeting.last(2), BROKEN);
    meeting.show("reset");
    let waiting = [0, 1].map(|party| meeting.arrives(party));
    assert_eq!(meeting.show("reset"), "None");
    assert_eq!(waiting.map(Begun::over), [BROKEN, BROKEN]);
    meeting.is_broken(false);
    let [first, second] = [0, 1].map(|party| meeting.arrives(party));
    assert_eq!(meeting.last(2), "2");
    assert_eq!([first.over(), second.over()], ["0", "1"]);
}

/// An action that waits for an event, and how often it was begun.
fn slow(world: &World) -> (Action, Proxy, Arc<AtomicUsize>) {
    let event = world.create("Event", vec![], vec![]).unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let (event_too, runs_too) = (event.clone(), runs.clone());
    let action = Action::Function(Arc::new(move |caller| {
        runs_too.fetch_add(1, Ordering::Relaxed);
        let event = event_too.clone();
        Box::pin(async move { by_name(&event, &caller, "wait", vec![]).await.map(drop) })
    }));
    (action, event, runs)
}

/// A meeting of two, both there, whose action takes its time; and a third who comes meanwhile.
struct Acting {
    meeting: Meeting,
    event: Proxy,
    runs: Arc<AtomicUsize>,
}

impl Acting {
    fn new() -> Self {
        let (action, event, runs) = slow(&World::new());
        Self { meeting: Meeting::with(2, Some(action), None), event, runs }
    }

    /// The first who came, the one who is at the action, and the one who came meanwhile.
    fn begin(&self) -> [Begun<'_>; 3] {
        [0, 1, 2].map(|party| self.meeting.arrives(party))
    }

    /// The action is done.
    fn finish(&self) {
        self.meeting.world.call(&self.event, "set", vec![]).unwrap();
    }
}

#[test]
fn the_action_runs_once_before_all_go_on_and_others_wait_outside() {
    let acting = Acting::new();
    let [mut first, mut runner, mut late] = acting.begin();
    // Those who come meanwhile are no party of it.
    assert_eq!(acting.meeting.state(), ("False".to_owned(), "1".to_owned()));
    let mut later = acting.meeting.arrives(3);
    acting.finish();
    first.waits();
    assert_eq!(runner.outcome().unwrap(), "1");
    assert_eq!(first.over(), "0");
    // Then they meet themselves.
    late.waits();
    assert_eq!(later.outcome().unwrap(), "1");
    assert_eq!(late.outcome().unwrap(), "0");
    assert_eq!(acting.runs.load(Ordering::Relaxed), 2);
    acting.meeting.is_broken(false);
}

#[test]
fn an_action_that_fails_breaks_the_barrier() {
    let action = Action::Function(Arc::new(|_| Box::pin(async { Err(CallError::value("no")) })));
    let meeting = Meeting::with(2, Some(action), None);
    let first = meeting.arrives(0);
    assert_eq!(meeting.last(1), "ValueError: no");
    assert_eq!(first.over(), BROKEN);
    meeting.is_broken(true);
}

#[test]
fn one_who_dies_at_the_action_breaks_the_barrier() {
    let acting = Acting::new();
    let [first, runner, late] = acting.begin();
    drop(runner);
    assert_eq!([first.over(), late.over()], [BROKEN, BROKEN]);
    acting.meeting.is_broken(true);
}

#[test]
fn one_who_dies_while_the_action_runs_breaks_the_barrier() {
    let acting = Acting::new();
    let [first, mut runner, late] = acting.begin();
    drop(first);
    assert_eq!(late.over(), BROKEN);
    runner.waits();
    acting.finish();
    assert_eq!(runner.over(), BROKEN);
    acting.meeting.is_broken(true);
}

#[test]
fn one_who_gives_up_outside_breaks_the_barrier_for_those_who_come_after() {
    for is_death in [true, false] {
        let acting = Acting::new();
        let [first, runner] = [0, 1].map(|party| acting.meeting.arrives(party));
        if is_death {
            drop(acting.meeting.arrives(2));
        } else {
            let outcome = timed(by_name(&acting.meeting.barrier, &acting.meeting.callers[2], "wait", items![0.5]));
            assert_eq!(shown(outcome), BROKEN);
        }
        let mut late = acting.meeting.arrives(3);
        late.waits();
        acting.finish();
        assert_eq!([runner.over(), first.over()], ["1", "0"]);
        assert_eq!(late.over(), BROKEN);
        acting.meeting.is_broken(true);
    }
}

#[test]
fn one_who_was_let_in_and_dies_before_it_knows_breaks_the_barrier() {
    let acting = Acting::new();
    let [first, runner, late] = acting.begin();
    acting.finish();
    assert_eq!([runner.over(), first.over()], ["1", "0"]);
    drop(late);
    acting.meeting.is_broken(true);
}

#[test]
fn one_who_was_let_in_and_is_revoked_before_it_knows_breaks_the_barrier() {
    let (action, event, _) = slow(&World::new());
    let meeting = Meeting::with(1, Some(action), None);
    let narrowed = meeting.world.with_rights(&meeting.barrier, &Rights::all());
    let runner = meeting.arrives(0);
    let late = begun(&narrowed, &meeting.callers[1], "wait", vec![]);
    meeting.world.call(&event, "set", vec![]).unwrap();
    assert_eq!(runner.over(), "0");
    meeting.world.revoke(&narrowed);
    assert_eq!(late.over(), "Revoked: the proxy was revoked");
    // Nobody waits outside for an action that nobody is at.
    assert_eq!(meeting.last(2), BROKEN);
    meeting.is_broken(true);
    meeting.show("reset");
    assert_eq!(meeting.last(2), "0");
    meeting.is_broken(false);
}

#[test]
fn a_barrier_that_is_aborted_or_reset_during_the_action_is_broken_for_its_parties() {
    for (method, outside) in [("abort", Some(BROKEN)), ("reset", None)] {
        let acting = Acting::new();
        let [first, mut runner, mut late] = acting.begin();
        acting.meeting.show(method);
        assert_eq!(first.over(), BROKEN);
        assert_eq!(late.outcome().as_deref(), outside);
        runner.waits();
        acting.finish();
        assert_eq!(runner.over(), BROKEN);
        if outside.is_none() {
            late.waits();
            assert_eq!(acting.meeting.last(3), "1");
            assert_eq!(late.over(), "0");
        }
        acting.meeting.is_broken(outside.is_some());
    }
}

/// The processes that a world starts: what was asked for, and the process.
#[derive(Clone)]
struct Started(Arc<Office>);

impl Started {
    fn at(world: &World) -> Self {
        Self(world.office.clone())
    }

    /// The last one that was started.
    fn last(&self) -> (String, Proxy) {
        self.0.started.lock().last().unwrap().clone()
    }

    fn end(&self, end: End) {
        self.last().1.downcast::<Process>().unwrap().end(end, ());
    }
}

/// A barrier for two, made by a process of the program `p`, with an action by name.
fn acting(action: Item) -> (Meeting, Started) {
    let world = World::new();
    let started = Started::at(&world);
    let maker = Caller { home: world.caller.home.clone(), actor: Actor::new(world.caller.home.next_id(), "p:main") };
    let create = crate::referents::barrier::TYPE.constructor.unwrap();
    let signature = crate::object::Signature::parse(create.signature);
    let args = signature.bind(None, vec![Item::Int(2), action].into(), vec![]).unwrap();
    let barrier = (create.run)(&maker, args).unwrap();
    (Meeting { callers: parties(&world), barrier, world }, started)
}

/// What a value that is no text of an action's says: program, entry and arguments.
fn parts(program: Option<&str>, entry: &str, args: Vec<Item>) -> Item {
    let limits = crate::object::Limits::default();
    let args = Item::list(args.iter(), &limits).unwrap();
    let program = program.map_or(Item::Null, Item::text);
    Item::tuple([program, Item::text(entry), args].iter(), &limits).unwrap()
}

#[test]
fn an_entry_is_run_by_a_new_process_each_time_all_are_there() {
    for (action, expected) in [
        (Item::text("cleans"), "p:cleans()"),
        (parts(None, "cleans", items![1, "two"]), "p:cleans(1, 'two')"),
        (parts(Some("other"), "cleans", vec![]), "other:cleans()"),
    ] {
        let (meeting, started) = acting(action);
        for time in 1..=2 {
            let mut first = meeting.arrives(0);
            assert_eq!(started.0.started.lock().len(), time - 1);
            let mut last = meeting.arrives(1);
            assert_eq!(started.last().0, expected);
            first.waits();
            last.waits();
            started.end(End::Returned(Item::Int(5)));
            assert_eq!([last.over(), first.over()], ["1", "0"]);
        }
        assert_eq!(started.0.started.lock().len(), 2);
        meeting.is_broken(false);
    }
}

#[test]
fn what_an_entry_comes_to_is_told_to_the_last_alone() {
    let died = CallError::new(ErrorKind::ProcessDied, "unreachable");
    for (end, expected) in [
        (End::Failed(CallError::value("no")), "ValueError: no"),
        (End::Trapped(died), "ProcessDied: unreachable"),
        (End::Exited(3), "ProcessDied: the process exited with status 3"),
        (End::Killed(Way::Kill), "ProcessDied: the process was killed"),
    ] {
        let (meeting, started) = acting(Item::text("cleans"));
        let (first, last) = (meeting.arrives(0), meeting.arrives(1));
        started.end(end);
        assert_eq!([last.over().as_str(), &first.over()], [expected, BROKEN]);
        meeting.is_broken(true);
    }
    // The third process cannot be started.
    let (meeting, started) = acting(Item::text("cleans"));
    for _ in 0..2 {
        let (first, last) = (meeting.arrives(0), meeting.arrives(1));
        started.end(End::Exited(0));
        assert_eq!([last.over(), first.over()], ["1", "0"]);
    }
    let first = meeting.arrives(0);
    assert_eq!([meeting.last(1).as_str(), &first.over()], ["QuotaExceeded: two are enough", BROKEN]);
}

#[test]
fn a_process_that_acts_for_nobody_any_more_is_ended() {
    let (meeting, started) = acting(Item::text("cleans"));
    let (first, last) = (meeting.arrives(0), meeting.arrives(1));
    let (_, process) = started.last();
    let is_to_end = || process.downcast::<Process>().unwrap().requested_end().is_some();
    assert!(!is_to_end());
    drop(last);
    assert!(is_to_end());
    assert_eq!(first.over(), BROKEN);
    meeting.is_broken(true);
}

#[test]
fn what_an_entry_is_called_with_belongs_to_the_barrier() {
    let world = World::new();
    let _started = Started::at(&world);
    let list = world.create("list", vec![], vec![]).unwrap();
    let action = parts(Some("p"), "cleans", vec![Item::proxy(list.clone())]);
    let barrier = world.create("Barrier", vec![Item::Int(1), action], vec![]).unwrap();
    let mut held = Vec::new();
    barrier.body().edges(&mut |proxy| held.push(proxy.id()));
    assert_eq!(held, [list.id()]);
    assert_eq!(list.holders(), 2);
    drop(barrier);
    assert_eq!(list.holders(), 1);
}

#[test]
fn what_names_no_action_is_refused() {
    let world = World::new();
    let _started = Started::at(&world);
    let limits = crate::object::Limits::default();
    let pair = Item::tuple(items!["p", "cleans"].iter(), &limits).unwrap();
    let odd = Item::tuple([Item::text("p"), Item::text("cleans"), Item::Int(1)].iter(), &limits).unwrap();
    let wrong = "TypeError: the action of a barrier is an entry's name, or (program, entry, arguments)";
    let nobody = "NoSuchName: who makes this barrier is no process, so it has to name the program of its action";
    for (action, expected) in [
        (Item::Int(5), wrong),
        (pair, wrong),
        (odd, wrong),
        (Item::text("cleans"), nobody),
        (parts(Some("none"), "cleans", vec![]), "NoSuchName: no program 'none'"),
    ] {
        let error = world.create("Barrier", vec![Item::Int(1), action], vec![]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
