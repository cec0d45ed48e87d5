//! Pools, whose workers are this test: it takes their tasks, and says what came of them.

use super::*;
use crate::object::{Callback, Callbacks, Crew, NameGrants, Programs, Seat, Terms, Work};
use crate::referents::pool::{Mapping, Options, Pool};
use crate::referents::process::Process;
use crate::sync::Weak;

/// Where the workers of a test's pools sit, and what starts its processes. They do nothing by themselves.
pub(in super::super) struct Office {
    home: Weak<Home>,
    /// The processes that were started, and how they were asked for.
    pub(super) started: Mutex<Vec<(String, Proxy)>>,
    seats: Mutex<Vec<(u64, Arc<Seat>)>>,
    this: Weak<Self>,
}

impl Office {
    /// The one that serves a home.
    pub(super) fn of(home: &Arc<Home>) -> Arc<Self> {
        let office = Arc::new_cyclic(|this: &Weak<Self>| Self {
            home: Arc::downgrade(home),
            started: Mutex::default(),
            seats: Mutex::default(),
            this: this.clone(),
        });
        let programs: Arc<dyn Programs> = office.clone();
        home.set_programs(Arc::downgrade(&programs));
        let mut offices = OFFICES.lock();
        offices.retain(|office| office.strong_count() > 0);
        offices.push(Arc::downgrade(&office));
        drop(offices);
        office
    }

    /// The one that serves a home.
    pub(super) fn at(home: &Home) -> Arc<Self> {
        let offices = OFFICES.lock();
        offices.iter().filter_map(Weak::upgrade).find(|office| std::ptr::eq(office.home.as_ptr(), home)).unwrap()
    }

    /// A new worker has a seat. One that is ended goes at once.
    fn begin(&self, number: u64, seat: &Seat) -> bool {
        let office = self.this.clone();
        seat.begin(move || {
            let Some(office) = office.upgrade() else { return };
            let gone: Vec<_> = office.seats.lock().extract_if(.., |(other, _)| *other == number).collect();
            drop(gone);
        })
    }

    fn seat(&self, place: usize) -> Arc<Seat> {
        self.seats.lock()[place].1.clone()
    }

    /// What a worker is to do.
    pub(super) fn takes(&self, place: usize) -> Option<Work> {
        at_once(self.seat(place).next())
    }

    /// The same; nothing if it would have to wait.
    fn looks(&self, place: usize) -> Poll<Option<Work>> {
        let seat = self.seat(place);
        let mut next = pin!(seat.next());
        next.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    /// A worker has nothing to do.
    fn waits(&self, place: usize) -> bool {
        self.looks(place).is_pending()
    }

    /// A worker has done what it was to do.
    pub(super) fn gives(&self, place: usize, outcome: Outcome<Item>) {
        at_once(self.seat(place).done(outcome));
    }

    /// The first worker does a task.
    pub(super) fn does_one(&self) {
        drop(self.takes(0).unwrap());
        self.gives(0, Ok(Item::Null));
    }

    /// A worker has died; whether another has its seat now.
    pub(super) fn dies(&self, place: usize) -> bool {
        let death = CallError::new(ErrorKind::ProcessDied, "trapped: unreachable");
        self.goes(place, Some(death))
    }

    fn goes(&self, place: usize, death: Option<CallError>) -> bool {
        let (number, seat) = self.seats.lock()[place].clone();
        let goes_on = at_once(seat.ended(death)) && self.begin(number, &seat);
        if !goes_on {
            let gone: Vec<_> = self.seats.lock().extract_if(.., |(other, _)| *other == number).collect();
            drop(gone);
        }
        goes_on
    }

    /// The worker that came last.
    pub(super) fn last(&self) -> usize {
        self.seats.lock().len() - 1
    }

    /// All workers go.
    pub(super) fn close(&self) {
        let gone = std::mem::take(&mut *self.seats.lock());
        drop(gone);
    }

    /// Has a worker do all that there is, by doubling.
    fn doubles(&self, place: usize) -> Vec<i64> {
        let mut done = Vec::new();
        while let Poll::Ready(Some(work)) = self.looks(place) {
            let number = first(&work);
            done.push(number);
            self.gives(place, Ok(v(2 * number)));
        }
        done
    }
}

/// Those that there are, for tests that only have a caller.
static OFFICES: parking_lot::Mutex<Vec<Weak<Office>>> = parking_lot::Mutex::new(Vec::new());

impl Programs for Office {
    fn program_of(&self, actor: &Actor) -> Option<String> {
        actor.name().split_once(':').map(|(program, _)| program.to_owned())
    }

    fn check(&self, program: &str) -> Outcome<()> {
        match program {
            "none" => Err(CallError::new(ErrorKind::NoSuchName, "no program 'none'")),
            _ => Ok(()),
        }
    }

    fn start(&self, program: &str, entry: &str, args: Vec<Item>, _names: Option<Arc<NameGrants>>) -> Outcome<Proxy> {
        let mut started = self.started.lock();
        if started.len() == 2 {
            return Err(CallError::quota_exceeded("two are enough"));
        }
        let args: Vec<_> = args.into_iter().map(|item| shown(Ok(item))).collect();
        let process = Process::create(&self.home.upgrade().unwrap(), program, entry);
        started.push((format!("{program}:{entry}({})", args.join(", ")), process.clone()));
        Ok(process)
    }

    fn employ(&self, _caller: &Caller, program: Option<&str>, crew: &Arc<Crew>, workers: usize) -> Outcome<()> {
        if let Some(name) = program {
            return Err(CallError::new(ErrorKind::NoSuchName, format!("no program '{name}'")));
        }
        for _ in 0..workers.min(100) {
            let seat = crew.seat();
            let number = seat_number();
            self.begin(number, &seat);
            self.seats.lock().push((number, seat));
        }
        Ok(())
    }
}

fn seat_number() -> u64 {
    // Not the crate's own: it outlives what a model checker keeps apart.
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// The first argument of a task, which is a number.
fn first(work: &Work) -> i64 {
    match work.args.first() {
        Some(Item::Int(number)) => *number,
        other => panic!("{:?}", other.map(|item| repr(&item.to_value()))),
    }
}

fn pool(world: &World, options: Options) -> Proxy {
    Pool::create(&world.caller, options).unwrap()
}

fn of(workers: u64) -> Options {
    Options { workers: Some(workers), ..Options::default() }
}

fn numbers(range: std::ops::Range<i64>) -> Mapping {
    let items = v(Value::List(range.map(Value::from).collect()));
    Mapping { entry: "double".into(), lead: vec![], items, is_spread: false, chunk: None }
}

fn no_good() -> Outcome<Item> {
    Err(CallError::value("no good"))
}

/// A starmap of one task, whose arguments are in an object.
fn spread_over(object: &Proxy) -> Mapping {
    Mapping { items: v(list![Value::Proxy(object.clone())]), is_spread: true, ..numbers(0..0) }
}

/// What a task is called with.
fn arguments(work: &Work) -> String {
    work.args.iter().map(|item| repr(&item.to_value()).unwrap()).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_task_is_a_call_whose_outcome_can_be_asked_for_any_number_of_times() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let result = Pool::submit(&pool, "double", items![7], Callbacks::default()).unwrap();
    assert_eq!(world.show(&result, "ready", vec![]), "False");
    let not_ready = format!("ValueError: <multiprocessing.pool.ApplyResult object at {:#x}> not ready", result.id());
    assert_eq!(world.show(&result, "successful", vec![]), not_ready);
    assert_eq!(world.show(&result, "get", items![0]), "multiprocessing.context.TimeoutError");
    let mut getting = Begun::new(by_name(&result, &world.caller, "get", vec![]));
    let work = world.office.takes(0).unwrap();
    assert_eq!((&*work.entry, first(&work)), ("double", 7));
    getting.waits();
    world.office.gives(0, Ok(v(14)));
    assert_eq!(getting.outcome().unwrap(), "14");
    assert_eq!(world.show(&result, "get", vec![]), "14");
    assert_eq!(world.show(&result, "successful", vec![]), "True");
    assert_eq!(world.show(&result, "wait", vec![]), "None");
}

#[test]
fn the_items_of_a_map_keep_their_order_whoever_does_them() {
    let world = World::new();
    let pool = pool(&world, of(2));
    let result = Pool::map(&pool, Mapping { chunk: Some(3), ..numbers(0..8) }, Callbacks::default()).unwrap();
    // The second chunk is begun, and the others are done before it.
    assert_eq!(first(&world.office.takes(0).unwrap()), 0);
    assert_eq!(first(&world.office.takes(1).unwrap()), 3);
    world.office.gives(0, Ok(v(0)));
    assert_eq!(world.office.doubles(0), [1, 2, 6, 7]);
    assert_eq!(world.show(&result, "ready", vec![]), "False");
    world.office.gives(1, Ok(v(6)));
    assert_eq!(world.office.doubles(1), [4, 5]);
    assert_eq!(world.show(&result, "get", vec![]), "[0, 2, 4, 6, 8, 10, 12, 14]");
}

#[test]
fn chunks_are_as_large_as_in_cpython_unless_something_is_said() {
    for (workers, tasks, chunks) in [(1, 10, 4), (2, 100, 8), (3, 5, 5), (2, 9, 5)] {
        let world = World::new();
        let pool = pool(&world, Options { chunks_per_worker: Some(1), ..of(workers) });
        let result = Pool::map(&pool, numbers(0..tasks), Callbacks::default()).unwrap();
        // Each worker takes one chunk and goes.
        let mut taken = 0;
        while world.show(&result, "ready", vec![]) == "False" {
            assert!(!world.office.doubles(0).is_empty());
            assert!(world.office.goes(0, None));
            taken += 1;
        }
        assert_eq!(taken, chunks, "{tasks} tasks for {workers} workers");
    }
}

#[test]
fn a_map_fails_with_its_first_failure_once_the_others_are_done() {
    let world = World::new();
    let pool = pool(&world, of(2));
    let result = Pool::map(&pool, Mapping { chunk: Some(2), ..numbers(0..6) }, Callbacks::default()).unwrap();
    world.office.takes(0).unwrap();
    world.office.takes(1).unwrap();
    world.office.gives(1, no_good());
    // What is behind the failure in its chunk is left out.
    assert_eq!(first(&world.office.takes(1).unwrap()), 4);
    world.office.gives(0, Err(CallError::value("too late")));
    assert_eq!(world.show(&result, "ready", vec![]), "False");
    world.office.gives(1, Ok(v(8)));
    assert_eq!(world.office.doubles(1), [5]);
    assert_eq!(world.show(&result, "successful", vec![]), "False");
    assert_eq!(world.show(&result, "get", vec![]), "ValueError: no good");
    assert!(world.office.waits(0) && world.office.waits(1));
}

#[test]
fn what_is_drawn_comes_in_the_order_of_the_items_or_as_it_comes() {
    for (ordered, drawn) in [(true, ["0", "ValueError: no good", "4"]), (false, ["4", "0", "ValueError: no good"])] {
        let world = World::new();
        let pool = pool(&world, of(3));
        let iterator = Pool::imap(&pool, numbers(0..3), ordered).unwrap();
        (0..3).for_each(|place| drop(world.office.takes(place)));
        let mut next = Begun::new(by_name(&iterator, &world.caller, "__next__", vec![]));
        assert_eq!(world.show(&iterator, "next", items![0]), "multiprocessing.context.TimeoutError");
        world.office.gives(2, Ok(v(4)));
        if ordered {
            next.waits();
        }
        world.office.gives(0, Ok(v(0)));
        world.office.gives(1, no_good());
        assert_eq!(next.outcome().unwrap(), drawn[0]);
        assert_eq!(world.show(&iterator, "__next__", vec![]), drawn[1]);
        assert_eq!(world.show(&iterator, "next", items![5]), drawn[2]);
        for _ in 0..2 {
            assert_eq!(world.show(&iterator, "__next__", vec![]), "StopIteration");
        }
    }
}

#[test]
fn who_waits_at_the_end_of_what_is_drawn_is_told() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let iterator = Pool::imap(&pool, numbers(0..1), true).unwrap();
    let mut waiting: Vec<_> =
        (0..3).map(|_| Begun::new(by_name(&iterator, &world.caller, "__next__", vec![]))).collect();
    world.office.doubles(0);
    let outcomes: Vec<_> = waiting.iter_mut().map(|next| next.outcome().unwrap()).collect();
    assert_eq!(outcomes, ["0", "StopIteration", "StopIteration"]);
}

#[test]
fn what_was_given_to_one_who_died_before_it_knew_is_drawn_by_the_next() {
    for outcome in [Ok(v(0)), no_good()] {
        let world = World::new();
        let pool = pool(&world, of(1));
        let iterator = Pool::imap(&pool, numbers(0..2), true).unwrap();
        let dies = Begun::new(by_name(&iterator, &world.caller, "__next__", vec![]));
        let mut lives = Begun::new(by_name(&iterator, &world.caller, "__next__", vec![]));
        world.office.takes(0).unwrap();
        let expected = shown(outcome.clone());
        world.office.gives(0, outcome);
        drop(dies);
        assert_eq!(lives.outcome().unwrap(), expected);
        world.office.doubles(0);
        assert_eq!(world.show(&iterator, "__next__", vec![]), "2");
    }
}

#[test]
fn a_failure_that_one_who_died_never_knew_of_is_drawn_though_it_was_revoked() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let iterator = Pool::imap(&pool, numbers(0..2), true).unwrap();
    let narrowed = world.with_rights(&iterator, &Rights::all());
    let dies = begun(&narrowed, &world.caller, "__next__", vec![]);
    world.office.takes(0).unwrap();
    world.office.gives(0, no_good());
    world.revoke(&narrowed);
    drop(dies);
    assert_eq!(world.office.doubles(0), [1]);
    let next = || world.show(&iterator, "__next__", vec![]);
    assert_eq!([next(), next(), next()], ["ValueError: no good", "2", "StopIteration"]);
}

#[test]
fn a_revocation_that_one_who_died_never_knew_of_is_drawn_by_nobody() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let iterator = Pool::imap(&pool, numbers(0..2), true).unwrap();
    let narrowed = world.with_rights(&iterator, &Rights::all());
    let dies = begun(&narrowed, &world.caller, "__next__", vec![]);
    world.revoke(&narrowed);
    drop(dies);
    let lives = begun(&iterator, &world.caller, "__next__", vec![]);
    assert_eq!(world.office.doubles(0), [0, 1]);
    assert_eq!(lives.over(), "0");
    let next = || world.show(&iterator, "__next__", vec![]);
    assert_eq!([next(), next()], ["2", "StopIteration"]);
}

#[test]
fn what_comes_back_from_one_who_died_is_drawn_before_what_came_meanwhile() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let iterator = Pool::imap(&pool, numbers(0..2), true).unwrap();
    let dies = Begun::new(by_name(&iterator, &world.caller, "__next__", vec![]));
    assert_eq!(world.office.doubles(0), [0, 1]);
    drop(dies);
    let next = || world.show(&iterator, "__next__", vec![]);
    assert_eq!([next(), next(), next()], ["0", "2", "StopIteration"]);
}

#[test]
fn the_task_that_its_worker_did_not_survive_fails_and_those_behind_it_are_done() {
    let world = World::new();
    let pool = pool(&world, of(2));
    let drawn = Pool::imap(&pool, Mapping { chunk: Some(3), ..numbers(0..6) }, true).unwrap();
    world.office.takes(0).unwrap();
    world.office.gives(0, Ok(v(0)));
    assert_eq!(first(&world.office.takes(0).unwrap()), 1);
    assert!(world.office.dies(0), "there is another in its place");
    // What comes back goes to the front.
    assert_eq!(world.office.doubles(1), [2, 3, 4, 5]);
    let list = world.list(list![]);
    assert_eq!(world.show(&drawn, "__next__", vec![]), "0");
    let died = "ProcessDied: the worker died at this task: trapped: unreachable";
    assert_eq!(world.show(&drawn, "__next__", vec![]), died);
    let rest = call::call(&list, &world.caller, "extend", vec![Item::proxy(drawn)].into(), vec![]);
    assert_eq!(shown(at_once(rest)), "None");
    assert_eq!(world.text(&list), "[4, 6, 8, 10]");
}

#[test]
fn a_task_is_done_again_as_often_as_was_said() {
    let world = World::new();
    let pool = pool(&world, Options { retries: 2, ..of(1) });
    let result = Pool::map(&pool, Mapping { chunk: Some(2), ..numbers(0..4) }, Callbacks::default()).unwrap();
    for _ in 0..2 {
        assert_eq!(first(&world.office.takes(0).unwrap()), 0);
        assert!(world.office.dies(0));
    }
    assert_eq!(world.office.doubles(0), [0, 1, 2, 3], "nothing is lost, and nothing overtakes it");
    assert_eq!(world.show(&result, "get", vec![]), "[0, 2, 4, 6]");

    let result = Pool::submit(&pool, "double", items![9], Callbacks::default()).unwrap();
    for _ in 0..3 {
        assert_eq!(first(&world.office.takes(0).unwrap()), 9);
        assert!(world.office.dies(0));
    }
    assert!(world.office.waits(0));
    assert!(world.show(&result, "get", vec![]).starts_with("ProcessDied"));
}

#[test]
fn what_a_worker_has_done_of_a_chunk_before_it_dies_is_not_done_again() {
    let world = World::new();
    let pool = pool(&world, Options { retries: 1, ..of(1) });
    let result = Pool::map(&pool, Mapping { chunk: Some(4), ..numbers(0..4) }, Callbacks::default()).unwrap();
    for number in 0..2 {
        assert_eq!(first(&world.office.takes(0).unwrap()), number);
        world.office.gives(0, Ok(v(2 * number)));
    }
    assert_eq!(first(&world.office.takes(0).unwrap()), 2);
    assert!(world.office.dies(0));
    assert_eq!(world.office.doubles(0), [2, 3]);
    assert_eq!(world.show(&result, "get", vec![]), "[0, 2, 4, 6]");
}

#[test]
fn a_worker_that_dies_between_tasks_is_replaced() {
    let world = World::new();
    let pool = pool(&world, of(1));
    assert!(world.office.waits(0));
    assert!(world.office.dies(0));
    let result = Pool::submit(&pool, "double", items![1], Callbacks::default()).unwrap();
    assert_eq!(world.office.doubles(0), [1]);
    assert_eq!(world.show(&result, "get", vec![]), "2");
}

#[test]
fn callbacks_are_called_before_the_result_is_ready() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let (values, errors) = (world.list(list![]), world.list(list![]));
    let to = |list: &Proxy| Some(Callback { object: list.clone(), method: "append".into() });
    let then = || Callbacks { value: to(&values), error: to(&errors) };
    let one = Pool::submit(&pool, "double", items![1], then()).unwrap();
    let all = Pool::map(&pool, numbers(0..3), then()).unwrap();
    let bad = Pool::submit(&pool, "double", items![1], then()).unwrap();
    // Nobody asks for the result of the first, whose callback is called all the same.
    drop(one);
    while let Poll::Ready(Some(work)) = world.office.looks(0) {
        let is_last = world.show(&all, "ready", vec![]) == "True";
        world.office.gives(0, if is_last { no_good() } else { Ok(v(2 * first(&work))) });
    }
    assert_eq!(world.show(&bad, "successful", vec![]), "False");
    assert_eq!(world.text(&values), "[2, [0, 2, 4]]");
    assert_eq!(world.text(&errors), "['ValueError: no good']");
}

#[test]
fn a_callback_that_fails_or_is_not_allowed_changes_nothing() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let list = world.list(list![]);
    for (object, method) in
        [(list.clone(), "remove"), (list.clone(), "none"), (world.narrowed(&list, &["pop"]), "append")]
    {
        let then = Callbacks { value: Some(Callback { object, method: method.into() }), error: None };
        let result = Pool::submit(&pool, "double", items![1], then).unwrap();
        world.office.doubles(0);
        assert_eq!(world.show(&result, "get", vec![]), "2");
    }
    assert_eq!(world.text(&list), "[]");
}

/// The one that is not called goes with the task: with it the result, and perhaps the pool.
#[test]
fn a_callback_that_is_not_called_may_be_the_last_to_hold_the_result() {
    for fails in [false, true] {
        for keeps_the_pool in [false, true] {
            let world = World::new();
            let pool = pool(&world, of(1));
            let list = world.list(list![]);
            let append = Some(Callback { object: list.clone(), method: "append".into() });
            let then = match fails {
                false => Callbacks { value: None, error: append },
                true => Callbacks { value: append, error: None },
            };
            let result = Pool::submit(&pool, "double", items![1], then).unwrap();
            world.call(&list, "append", vec![Item::proxy(result.clone())]).unwrap();
            drop((list, result));
            let kept = keeps_the_pool.then_some(pool);
            assert_eq!(world.objects(), 3);
            world.office.takes(0).unwrap();
            world.office.gives(0, if fails { no_good() } else { Ok(v(2)) });
            assert_eq!(world.objects(), u64::from(keeps_the_pool));
            drop(kept);
            assert_eq!(world.objects(), 0);
        }
    }
}

#[test]
fn a_callback_in_an_object_takes_the_right_to_copy_it() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let called = world.list(list![]);
    let pair = world.list(list![Value::Proxy(called.clone()), "append"]);
    let revoked = world.with_rights(&pair, &Rights::all());
    world.revoke(&revoked);
    let with = |keyword: &str, pair: &Proxy| {
        let kwargs = vec![(keyword, Item::proxy(pair.clone()))];
        world.show_with(&pool, "apply_async", items!["double", list![1]], kwargs)
    };
    let blind = world.narrowed(&pair, &["__getitem__"]);
    for keyword in ["callback", "error_callback"] {
        let refused = "NotExposed: 'get-value' of 'list' object is not exposed by this proxy";
        assert_eq!(with(keyword, &blind), refused, "{keyword}");
        assert_eq!(with(keyword, &revoked), "Revoked: the proxy was revoked", "{keyword}");
    }
    assert!(world.office.waits(0), "nothing was handed in");
    let once = world.with_rights(&pair, &Rights { uses: Some(1), ..Rights::all() });
    assert!(with("callback", &once).starts_with("<AutoProxy[AsyncResult] object"));
    assert_eq!(with("callback", &once), "Revoked: the proxy was used up");
    assert_eq!(world.office.doubles(0), [1]);
    assert_eq!(world.text(&called), "[2]");
}

#[test]
fn a_result_is_ready_though_its_worker_dies_while_a_callback_waits() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let queue = world.create("Queue", items![1], vec![]).unwrap();
    world.call(&queue, "put", items![0]).unwrap();
    let then = Callbacks { value: Some(Callback { object: queue.clone(), method: "put".into() }), error: None };
    let result = Pool::submit(&pool, "double", items![1], then).unwrap();
    world.office.takes(0).unwrap();
    let seat = world.office.seat(0);
    {
        let mut telling = pin!(seat.done(Ok(v(2))));
        assert!(telling.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(world.show(&result, "ready", vec![]), "False");
    }
    drop(seat);
    assert!(world.office.dies(0));
    assert_eq!(world.show(&result, "get", vec![]), "2");
    assert_eq!(world.show(&queue, "qsize", vec![]), "1");
}

#[test]
fn a_closed_pool_does_what_it_was_given_and_its_workers_go() {
    let world = World::new();
    let pool = pool(&world, of(2));
    let result = Pool::map(&pool, Mapping { chunk: Some(1), ..numbers(0..3) }, Callbacks::default()).unwrap();
    assert_eq!(world.show(&pool, "join", vec![]), "ValueError: Pool is still running");
    assert_eq!(world.show(&pool, "close", vec![]), "None");
    assert_eq!(world.show(&pool, "apply", items!["double"]), "ValueError: Pool not running");
    assert_eq!(world.show(&pool, "imap", items!["double", list![]]), "ValueError: Pool not running");
    let mut joining = Begun::new(by_name(&pool, &world.caller, "join", vec![]));
    // One dies, and what it was at was not the last of it.
    world.office.takes(0).unwrap();
    assert!(world.office.dies(0));
    assert_eq!(world.office.doubles(0), [1, 2]);
    assert!(world.office.takes(0).is_none());
    assert!(!world.office.goes(0, None));
    joining.waits();
    assert!(world.office.takes(0).is_none());
    assert!(!world.office.goes(0, None));
    assert_eq!(joining.outcome().unwrap(), "None");
    assert_eq!(world.text(&pool), "<multiprocessing.pool.Pool state=CLOSE pool_size=2>");
    assert!(world.show(&result, "get", vec![]).starts_with("ProcessDied"));
}

#[test]
fn what_a_terminated_pool_has_not_done_is_cancelled() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let cancelled = "Cancelled: the pool was terminated";
    let result = Pool::map(&pool, Mapping { chunk: Some(2), ..numbers(0..5) }, Callbacks::default()).unwrap();
    let drawn = Pool::imap(&pool, numbers(0..5), false).unwrap();
    world.office.takes(0).unwrap();
    let mut getting = Begun::new(by_name(&result, &world.caller, "get", vec![]));
    let seat = world.office.seat(0);
    let mut terminating = Begun::new(by_name(&pool, &world.caller, "terminate", vec![]));
    assert!(world.office.seats.lock().is_empty(), "its workers were ended");
    getting.waits();
    assert!(!at_once(seat.ended(Some(CallError::new(ErrorKind::ProcessDied, "killed")))));
    assert_eq!(getting.outcome().unwrap(), cancelled);
    terminating.waits();
    drop(seat);
    assert_eq!(terminating.outcome().unwrap(), "None");
    assert_eq!(world.show(&drawn, "__next__", vec![]), cancelled, "once");
    assert_eq!(world.show(&drawn, "__next__", vec![]), "StopIteration");
    assert_eq!(world.show(&pool, "map", items!["double", list![1]]), "ValueError: Pool not running");
    assert_eq!(world.show(&pool, "join", vec![]), "None");
}

#[test]
fn whoever_runs_the_workers_is_told_when_the_last_of_them_has_left_its_seat() {
    let crew = Crew::new(Terms::default());
    let [first, last] = [crew.seat(), crew.seat()];
    let mut gone = pin!(crew.gone());
    let mut is_pending = || gone.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
    drop(crew.terminate());
    assert!(is_pending(), "they are ended, and have not left yet");
    drop(first);
    assert!(is_pending());
    drop(last);
    assert!(!is_pending());
}

#[test]
fn a_pool_goes_with_its_last_holder_and_results_that_are_not_ready_are_some() {
    let world = World::new();
    let inside = world.list(list![]);
    let dropped = pool(&world, of(1));
    let result = Pool::submit(&dropped, "double", vec![Item::proxy(inside.clone())], Callbacks::default()).unwrap();
    assert_eq!(inside.holders(), 2, "it is on its way");
    drop(dropped);
    assert_eq!(world.objects(), 3, "the result keeps the pool");
    drop(world.office.takes(0).unwrap());
    assert_eq!(inside.holders(), 2, "it could be asked for again until it is done");
    world.office.gives(0, Ok(Item::proxy(inside.clone())));
    assert_eq!(world.objects(), 2, "it keeps it no longer");
    assert!(world.office.seats.lock().is_empty());
    assert_eq!(inside.holders(), 2, "it is the result");
    drop(result);
    assert_eq!((inside.holders(), world.objects()), (1, 1));

    // With all that nobody has begun with, and what nobody can ask for.
    let dropped = pool(&world, of(1));
    let tasks = v(Value::List(vec![Value::Proxy(inside.clone()); 3]));
    let drawn = Pool::imap(&dropped, Mapping { items: tasks, ..numbers(0..0) }, true).unwrap();
    world.office.takes(0).unwrap();
    world.office.gives(0, Ok(Item::proxy(inside.clone())));
    let mut seen = 0;
    dropped.body().edges(&mut |_| seen += 1);
    assert_eq!(seen, 2);
    let mut seen = Vec::new();
    drawn.body().edges(&mut |proxy| seen.push(proxy.id()));
    seen.sort_unstable();
    assert_eq!(seen, [inside.id(), dropped.id()]);
    assert_eq!(inside.holders(), 4);
    drop(drawn);
    assert_eq!(inside.holders(), 3, "what is not done is done all the same");
    drop(dropped);
    assert_eq!((inside.holders(), world.objects()), (1, 1));
}

#[test]
fn a_worker_begins_with_the_initializer() {
    let world = World::new();
    let begins = || Some(("begin".to_owned(), items![5]));
    let good = pool(&world, Options { initializer: begins(), chunks_per_worker: Some(1), ..of(1) });
    let result = Pool::map(&good, Mapping { chunk: Some(1), ..numbers(0..2) }, Callbacks::default()).unwrap();
    for task in 0..2 {
        let work = world.office.takes(0).unwrap();
        assert_eq!((&*work.entry, first(&work)), ("begin", 5));
        world.office.gives(0, Ok(Item::Null));
        assert_eq!(first(&world.office.takes(0).unwrap()), task);
        world.office.gives(0, Ok(v(task)));
        assert!(world.office.takes(0).is_none(), "it is to be replaced");
        assert!(world.office.goes(0, None));
    }
    assert_eq!(world.show(&result, "get", vec![]), "[0, 1]");
    drop((good, result));
    assert_eq!(world.objects(), 0);

    let could_not = "ProcessDied: a worker of the pool could not start: ";
    for dies in [false, true] {
        let bad = pool(&world, Options { initializer: begins(), ..of(1) });
        let result = Pool::submit(&bad, "double", items![1], Callbacks::default()).unwrap();
        assert_eq!(&*world.office.takes(0).unwrap().entry, "begin");
        let seat = world.office.seat(0);
        let reason = if dies {
            assert!(!world.office.dies(0));
            "ProcessDied: trapped: unreachable"
        } else {
            world.office.gives(0, no_good());
            assert!(at_once(seat.next()).is_none());
            "ValueError: no good"
        };
        let expected = format!("{could_not}{reason}");
        assert_eq!(world.show(&result, "get", vec![]), expected);
        assert_eq!(world.show(&bad, "apply", items!["double"]), expected);
    }
}

#[test]
fn arguments_are_what_leads_and_the_item_or_its_elements() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let tasks = v(list![tuple![1, 2], list![], 5]);
    for (is_spread, expected) in [(false, ["7, (1, 2)", "7, []", "7, 5"]), (true, ["7, 1, 2", "7", "7, 5"])] {
        let mapping = Mapping { lead: items![7], items: tasks.clone(), is_spread, ..numbers(0..0) };
        let _result = Pool::map(&pool, mapping, Callbacks::default()).unwrap();
        for expected in expected {
            assert_eq!(arguments(&world.office.takes(0).unwrap()), expected);
            world.office.gives(0, Ok(Item::Null));
        }
    }
    assert!(world.office.waits(0));
}

#[test]
fn arguments_are_taken_out_of_an_object_with_the_rights_of_whoever_hands_it_in() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let list = world.list(list![tuple![1, 2]]);
    let blind = world.narrowed(&list, &["__getitem__"]);
    let revoked = world.with_rights(&list, &Rights::all());
    world.revoke(&revoked);
    for (proxy, refused) in [
        (&blind, "NotExposed: 'get-value' of 'list' object is not exposed by this proxy"),
        (&revoked, "Revoked: the proxy was revoked"),
    ] {
        // As what is gone over, and as one item of it.
        for items in [Item::proxy(proxy.clone()), spread_over(proxy).items] {
            for method in ["starmap", "starmap_async"] {
                assert_eq!(world.show(&pool, method, vec![v("double"), items.clone()]), refused, "{method}");
            }
            for is_ordered in [true, false] {
                let mapping = Mapping { items: items.clone(), ..spread_over(proxy) };
                assert_eq!(Pool::imap(&pool, mapping, is_ordered).unwrap_err().to_string(), refused);
            }
        }
    }
    assert!(world.office.waits(0), "nothing was handed in");
}

#[test]
fn arguments_are_those_that_were_in_an_object_when_it_was_handed_in() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let list = world.list(list![1, 2]);
    let once = world.with_rights(&list, &Rights { uses: Some(1), ..Rights::all() });
    let result = Pool::map(&pool, spread_over(&once), Callbacks::default()).unwrap();
    assert_eq!(once.grant().uses_left(), 0);
    world.call(&list, "append", items![3]).unwrap();
    assert_eq!(arguments(&world.office.takes(0).unwrap()), "1, 2");
    world.office.gives(0, Ok(v(3)));
    assert_eq!(world.show(&result, "get", vec![]), "[3]");
    let error = Pool::map(&pool, spread_over(&once), Callbacks::default()).unwrap_err();
    assert_eq!(error.to_string(), "Revoked: the proxy was used up");
    // What has no elements is the entry's to refuse.
    let event = world.create("Event", vec![], vec![]).unwrap();
    let _result = Pool::map(&pool, spread_over(&event), Callbacks::default()).unwrap();
    assert_eq!(arguments(&world.office.takes(0).unwrap()), event.repr());
}

#[test]
fn who_waits_for_what_it_handed_in_is_told_when_the_pool_is_revoked() {
    for (method, args) in [
        ("apply", items!["double", list![7]]),
        ("map", items!["double", list![7]]),
        ("starmap", items!["double", list![tuple![7]]]),
    ] {
        let world = World::new();
        let pool = pool(&world, of(1));
        let narrowed = world.with_rights(&pool, &Rights::all());
        let waiting = begun(&narrowed, &world.caller, method, args);
        world.revoke(&narrowed);
        assert_eq!(waiting.over(), "Revoked: the proxy was revoked", "{method}");
        // It is done all the same.
        assert_eq!(world.office.doubles(0), [7], "{method}");
    }
}

#[test]
fn nothing_is_the_result_of_nothing() {
    let world = World::new();
    let pool = pool(&world, of(1));
    let result = Pool::map(&pool, numbers(0..0), Callbacks::default()).unwrap();
    assert_eq!(world.show(&result, "get", vec![]), "[]");
    let drawn = Pool::imap(&pool, numbers(0..0), true).unwrap();
    assert_eq!(world.show(&drawn, "__next__", vec![]), "StopIteration");
    assert_eq!(pool.holders(), 1, "they keep it for nothing");
}

/// On threads of their own, which die now and then: each task is done once, or reported.
#[cfg(not(feature = "model"))]
#[test]
fn nothing_is_lost_between_workers_that_come_and_go() {
    let world = World::new();
    let pool = pool(&world, of(4));
    let seats: Vec<_> = std::mem::take(&mut *world.office.seats.lock());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut results = Vec::new();
    std::thread::scope(|scope| {
        for (place, (_, seat)) in seats.into_iter().enumerate() {
            scope.spawn(move || {
                let mut tasks = 0;
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(async {
                    loop {
                        assert!(seat.begin(|| ()));
                        let mut death = None;
                        while let Some(work) = seat.next().await {
                            tasks += 1;
                            // Each in its own rhythm.
                            if tasks % (9 + place) == 0 {
                                death = Some(CallError::new(ErrorKind::ProcessDied, "killed"));
                                break;
                            }
                            seat.done(Ok(v(2 * first(&work)))).await;
                        }
                        if !seat.ended(death).await {
                            return;
                        }
                    }
                });
            });
        }
        for round in 0..200 {
            let mapping = Mapping { chunk: Some(1 + round % 7), ..numbers(0..50) };
            results.push(Pool::imap(&pool, mapping, round % 2 == 0).unwrap());
        }
        let mut died = 0;
        for (round, iterator) in results.iter().enumerate() {
            let mut done = Vec::new();
            for _ in 0..50 {
                match runtime.block_on(by_name(iterator, &world.caller, "__next__", vec![])) {
                    Ok(item) => done.push(item.as_index(|_| String::new()).unwrap()),
                    Err(error) => {
                        assert_eq!(error.kind, ErrorKind::ProcessDied);
                        died += 1;
                    }
                }
            }
            let end = runtime.block_on(by_name(iterator, &world.caller, "__next__", vec![]));
            assert_eq!(shown(end), "StopIteration");
            let count = done.len();
            if round % 2 == 0 {
                assert!(done.is_sorted());
            }
            done.sort_unstable();
            done.dedup();
            assert_eq!(done.len(), count, "no task was done twice");
        }
        assert!(died > 100, "workers died: {died}");
        Pool::close(&pool).unwrap();
        runtime.block_on(Pool::join(&pool, &world.caller, None)).unwrap();
    });
}
