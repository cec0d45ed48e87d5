//! Waiting, with every order in which two can meet, and many in which four can: nothing is lost, nothing is doubled, and
//! nobody is left behind, wherever one of them dies.
//!
//! Whoever is left behind waits for ever, which the checker reports. A process that dies is a future that was polled so
//! many times and is dropped.

use super::*;
use crate::manager::Table;
use crate::referents::custom::{Description, ProvidedType, Provider, Request, driven};
use crate::referents::lock::Lock;
use crate::referents::queue::Queue;
use crate::referents::several::wait_for_first;
use shuttle::future::block_on;
use shuttle::scheduler::{DfsScheduler, RandomScheduler, Scheduler};
use shuttle::thread;
use shuttle::{Config, Runner};
use std::sync::atomic::{AtomicU64, Ordering};

type Work = Box<dyn FnOnce() + Send>;

/// What a scenario consists of: what each thread does, and what holds when all are through.
type Scenario = fn() -> (Vec<Work>, Work);

fn run(scheduler: impl Scheduler + 'static, scenario: Scenario) -> usize {
    let mut config = Config::new();
    config.stack_size = 128 << 10;
    Runner::new(scheduler, config).run(move || {
        let (mut works, check) = scenario();
        // This thread is one of them.
        let own = works.pop();
        let threads: Vec<_> = works.into_iter().map(|work| thread::spawn(work)).collect();
        own.into_iter().for_each(|work| work());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        check();
    })
}

/// All schedules.
fn every(scenario: Scenario) {
    let schedules = run(DfsScheduler::new(None, false), scenario);
    assert!(schedules > 20, "{schedules} schedules are too few to tell anything");
}

/// Random ones, as many as `COMMONHOLD_SCHEDULES` says.
fn many(scenario: Scenario) {
    let schedules = std::env::var("COMMONHOLD_SCHEDULES").map_or(3_000, |number| number.parse().unwrap());
    run(RandomScheduler::new(schedules), scenario);
}

/// Polls so many times, and drops what is still waited for then.
fn dies<T>(mut future: BoxFuture<'_, T>, polls: usize) -> Option<T> {
    (0..polls).find_map(|_| match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    })
}

/// An object and those who use it.
struct Shared {
    world: World,
    objects: Vec<Proxy>,
    callers: Vec<Caller>,
    /// How many are in the part that is for one.
    inside: AtomicU64,
    /// What was taken out.
    taken: Mutex<Vec<i64>>,
}

fn shared(objects: &[(&str, Option<i64>)]) -> Arc<Shared> {
    let world = World::new();
    let make = |(typeid, arg): &(&str, Option<i64>)| {
        let args = arg.iter().map(|arg| v(*arg)).collect();
        world.create(typeid, args, vec![]).unwrap()
    };
    Arc::new(Shared {
        objects: objects.iter().map(make).collect(),
        callers: (0..4).map(|_| world.caller.home.guard()).collect(),
        inside: AtomicU64::new(0),
        taken: Mutex::new(Vec::new()),
        world,
    })
}

impl Shared {
    fn call(&self, who: usize, method: &str, args: Vec<Item>) -> Item {
        block_on(by_name(&self.objects[0], &self.callers[who], method, args)).unwrap()
    }

    fn show(&self, method: &str, args: Vec<Item>) -> String {
        self.world.show(&self.objects[0], method, args)
    }

    fn take(&self, item: &Item) {
        let Item::Int(item) = item else { panic!("{item:?}") };
        self.taken.lock().push(*item);
    }

    /// What has ever been there: what was taken, and then what is left.
    fn all(&self) -> Vec<i64> {
        let mut all = std::mem::take(&mut *self.taken.lock());
        for queue in &self.objects {
            while let Ok(Item::Int(item)) = self.world.call(queue, "get_nowait", vec![]) {
                all.push(item);
            }
        }
        all
    }

    /// Somebody who waits before the others begin.
    fn begins(self: &Arc<Self>, who: usize, method: &'static str, args: Vec<Item>) -> Begun<'static> {
        let it = self.clone();
        Begun::new(Box::pin(async move { by_name(&it.objects[0], &it.callers[who], method, args).await }))
    }

    /// Takes the lock, and gives it back.
    fn lock_and_unlock(&self, who: usize) {
        let acquired = block_on(Lock::acquire(&self.objects[0], &self.callers[who], None)).unwrap();
        assert_ne!(acquired, crate::referents::lock::Acquired::TimedOut);
        self.has_it_alone(1);
        self.call(who, "release", vec![]);
    }

    fn has_it_alone(&self, most: u64) {
        assert!(self.inside.fetch_add(1, Ordering::SeqCst) < most, "too many have it");
        self.inside.fetch_sub(1, Ordering::SeqCst);
    }

    /// Dies while it waits, or with what it has got.
    fn dies_acquiring(&self, who: usize, polls: usize) {
        let caller = &self.callers[who];
        dies(by_name(&self.objects[0], caller, "acquire", vec![]), polls);
        caller.actor.settle(false);
    }
}

fn work(shared: &Arc<Shared>, work: impl FnOnce(&Shared) + Send + 'static) -> Work {
    let shared = shared.clone();
    Box::new(move || work(&shared))
}

#[test]
fn a_lock_is_handed_over_past_one_who_dies() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Lock", None)]);
        it.call(0, "acquire", vec![]);
        let works = vec![work(&it, |it| drop(it.call(0, "release", vec![]))), work(&it, |it| it.dies_acquiring(1, 1))];
        (works, work(&it, |it| assert_eq!(it.show("acquire", items![false]), "True")))
    }
    every(scenario);
}

#[test]
fn a_lock_is_handed_over_among_four() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Lock", None)]);
        let twice = |who| work(&it, move |it: &Shared| (0..2).for_each(|_| it.lock_and_unlock(who)));
        let works =
            vec![twice(0), twice(1), work(&it, |it| it.dies_acquiring(2, 2)), work(&it, |it| it.dies_acquiring(3, 1))];
        (works, work(&it, |it| assert_eq!(it.show("acquire", items![false]), "True")))
    }
    many(scenario);
}

/// An object that has to be waited for, with the arguments of its type, what is done before, how one waits for it, and
/// what somebody else does then.
type Meanwhile = (&'static str, Option<i64>, &'static [&'static str], &'static str, &'static str);

#[test]
fn whoever_begins_to_wait_meanwhile_is_not_left_behind() {
    const MEANWHILE: [Meanwhile; 8] = [
        ("Lock", None, &["acquire"], "acquire", "release"),
        ("RLock", None, &["acquire"], "acquire", "release"),
        ("Semaphore", Some(0), &[], "acquire", "release"),
        ("Event", None, &[], "wait", "set"),
        ("Barrier", Some(2), &[], "wait", "abort"),
        ("Queue", None, &[], "get", "put"),
        ("Queue", Some(1), &["put"], "put", "get"),
        ("JoinableQueue", None, &["put"], "join", "task_done"),
    ];
    fn scenario((typeid, arg, before, waits, provides): Meanwhile) -> (Vec<Work>, Work) {
        let it = shared(&[(typeid, arg)]);
        let args = |method: &str| if method == "put" { items![1] } else { vec![] };
        before.iter().for_each(|method| drop(it.call(0, method, args(method))));
        let works = vec![
            work(&it, move |it| drop(it.call(0, provides, args(provides)))),
            // A barrier that is broken is no reason to wait either.
            work(&it, move |it| drop(block_on(by_name(&it.objects[0], &it.callers[1], waits, args(waits))))),
        ];
        (works, Box::new(|| ()))
    }
    every(|| scenario(MEANWHILE[0]));
    every(|| scenario(MEANWHILE[1]));
    every(|| scenario(MEANWHILE[2]));
    every(|| scenario(MEANWHILE[3]));
    every(|| scenario(MEANWHILE[4]));
    every(|| scenario(MEANWHILE[5]));
    every(|| scenario(MEANWHILE[6]));
    every(|| scenario(MEANWHILE[7]));
}

#[test]
fn whoever_begins_to_wait_while_its_proxy_is_revoked_is_told() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", None)]);
        let narrowed = it.world.with_rights(&it.objects[0], &Rights::all());
        let derived = it.world.with_rights(&narrowed, &Rights::all());
        let works = vec![
            work(&it, move |it| it.world.revoke(&narrowed)),
            work(&it, move |it| {
                let error = block_on(by_name(&derived, &it.callers[1], "get", vec![])).unwrap_err();
                assert_eq!(error.kind, ErrorKind::Revoked);
            }),
        ];
        (works, Box::new(|| ()))
    }
    every(scenario);
}

#[test]
fn an_item_is_taken_or_is_still_there_when_a_proxy_is_revoked() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", None)]);
        let narrowed = it.world.with_rights(&it.objects[0], &Rights::all());
        let lent = narrowed.clone();
        let works = vec![
            work(&it, |it| drop(it.call(0, "put", items![1]))),
            work(&it, move |it| it.world.revoke(&narrowed)),
            work(&it, move |it| {
                if let Ok(item) = block_on(by_name(&lent, &it.callers[1], "get", vec![])) {
                    it.take(&item);
                }
            }),
        ];
        (works, work(&it, |it| assert_eq!(it.all(), [1])))
    }
    many(scenario);
}

#[test]
fn the_last_use_is_for_one() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Semaphore", Some(0))]);
        let narrowed = it.world.with_rights(&it.objects[0], &Rights { uses: Some(1), ..Rights::all() });
        let below = it.world.with_rights(&narrowed, &Rights { uses: Some(2), ..Rights::all() });
        let release = |proxy: Proxy, who| {
            work(&it, move |it: &Shared| drop(block_on(by_name(&proxy, &it.callers[who], "release", vec![]))))
        };
        let works = vec![release(narrowed, 0), release(below, 1)];
        (works, work(&it, |it| assert_eq!(it.show("get_value", vec![]), "1")))
    }
    every(scenario);
}

fn get(it: &Shared, who: usize) {
    let item = it.call(who, "get", vec![]);
    it.take(&item);
}

fn dies_getting(it: &Shared, who: usize, polls: usize) {
    if let Some(item) = dies(Box::pin(Queue::get(&it.objects[0], &it.callers[who], None)), polls) {
        it.take(&item.unwrap());
    }
}

#[test]
fn an_item_of_a_queue_is_for_one_who_lives() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("JoinableQueue", None)]);
        let works = vec![work(&it, |it| drop(it.call(0, "put", items![1]))), work(&it, |it| dies_getting(it, 1, 2))];
        let check = work(&it, |it| {
            assert_eq!(it.all(), [1]);
            assert_eq!(it.show("task_done", vec![]), "None");
            assert!(it.show("task_done", vec![]).starts_with("ValueError"));
        });
        (works, check)
    }
    every(scenario);
}

/// What comes of two tasks, with a worker that does them.
fn drawn(it: &Shared) -> Proxy {
    let tasks = v(Value::List(vec![1.into(), 2.into()]));
    match now(&it.objects[0], &it.callers[0], "imap", vec![v("task"), tasks]) {
        Ok(Item::Proxy(iterator)) => *iterator,
        other => panic!("not a proxy: {}", shown(other)),
    }
}

fn does_both(it: &Shared) {
    for item in [1, 2] {
        drop(it.world.office.takes(0).unwrap());
        it.world.office.gives(0, Ok(v(item)));
    }
}

fn draw<'a>(it: &'a Shared, iterator: &'a Proxy, who: usize) -> BoxFuture<'a, Outcome<Item>> {
    by_name(iterator, &it.callers[who], "next", vec![])
}

#[test]
fn what_a_worker_returns_is_for_one_who_lives() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Pool", Some(1))]);
        let iterator = drawn(&it);
        // What was given for the first, while the second task is not done.
        drop(it.world.office.takes(0).unwrap());
        let dying = iterator.clone();
        let works = vec![
            work(&it, |it| it.world.office.gives(0, Ok(v(1)))),
            work(&it, move |it| {
                if let Some(item) = dies(draw(it, &dying, 1), 2) {
                    it.take(&item.unwrap());
                }
            }),
        ];
        let check = work(&it, move |it| {
            drop(it.world.office.takes(0).unwrap());
            it.world.office.gives(0, Ok(v(2)));
            while let Ok(item) = block_on(draw(it, &iterator, 2)) {
                it.take(&item);
            }
            assert_eq!(it.all(), [1, 2]);
        });
        (works, check)
    }
    every(scenario);
}

#[test]
fn whoever_draws_gets_what_comes_or_is_told_that_nothing_more_does() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Pool", Some(1))]);
        let iterator = drawn(&it);
        let draws = |who: usize| {
            let iterator = iterator.clone();
            work(&it, move |it| {
                while let Ok(item) = block_on(draw(it, &iterator, who)) {
                    it.take(&item);
                }
            })
        };
        let works = vec![draws(1), draws(2), draws(3), work(&it, does_both)];
        (works, work(&it, |it| assert_eq!(sorted(it.all()), [1, 2])))
    }
    many(scenario);
}

#[test]
fn items_come_out_once_and_in_their_order_though_there_is_little_room() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", Some(1))]);
        let works = vec![
            work(&it, |it| (1..=3).for_each(|item| drop(it.call(0, "put", items![item])))),
            work(&it, |it| (0..3).for_each(|_| get(it, 1))),
        ];
        (works, work(&it, |it| assert_eq!(it.all(), [1, 2, 3])))
    }
    many(scenario);
}

#[test]
fn room_is_for_one_who_lives() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", Some(1))]);
        it.call(0, "put", items![1]);
        let dying = it.begins(1, "put", items![2]);
        let living = it.begins(2, "put", items![3]);
        let works: Vec<Work> = vec![work(&it, |it| get(it, 0)), Box::new(move || drop(dying))];
        let check = work(&it, |it| {
            // The one that died has put its item first, or not at all.
            let next = it.show("get", vec![]);
            if next == "2" {
                assert_eq!(it.show("get", vec![]), "3");
            } else {
                assert_eq!(next, "3");
            }
            assert_eq!(living.over(), "None");
            assert_eq!(it.all(), [1]);
        });
        (works, check)
    }
    every(scenario);
}

#[test]
fn a_queue_of_four_loses_nothing_when_some_die() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", Some(2))]);
        let works = vec![
            work(&it, |it| (1..=3).for_each(|item| drop(it.call(0, "put", items![item])))),
            work(&it, |it| get(it, 1)),
            work(&it, |it| dies_getting(it, 2, 2)),
            work(&it, |it| {
                // It is put, or it never was.
                let put = Queue::put(&it.objects[0], &it.callers[3], v(9), None);
                let is_known = dies(Box::pin(put), 1).is_some();
                it.inside.store(is_known.into(), Ordering::SeqCst);
                // There is room for all at last.
                get(it, 3);
            }),
        ];
        let check = work(&it, |it| {
            let mut all = it.all();
            if let Some(place) = all.iter().position(|item| *item == 9) {
                all.remove(place);
            } else {
                assert_eq!(it.inside.load(Ordering::SeqCst), 0);
            }
            all.sort_unstable();
            assert_eq!(all, [1, 2, 3]);
        });
        (works, check)
    }
    many(scenario);
}

#[test]
fn what_one_who_dies_has_not_acknowledged_ends_a_join() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("JoinableQueue", None)]);
        it.call(0, "put", items![1]);
        it.call(1, "get", vec![]);
        let [dying, joining] = [2, 3].map(|who| it.begins(who, "join", vec![]));
        let works: Vec<Work> = vec![work(&it, |it| it.callers[1].actor.settle(false)), Box::new(move || drop(dying))];
        (works, Box::new(move || assert_eq!(joining.over(), "None")))
    }
    every(scenario);
}

#[test]
fn a_queue_that_is_shut_down_leaves_nobody_waiting() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", Some(1))]);
        it.world.call(&it.objects[0], "put", items![1]).unwrap();
        let works = vec![
            work(&it, |it| {
                let put = block_on(by_name(&it.objects[0], &it.callers[0], "put", items![2]));
                it.inside.store(put.is_ok().into(), Ordering::SeqCst);
            }),
            work(&it, |it| dies_getting(it, 1, 1)),
            work(&it, |it| drop(it.call(2, "shutdown", items![false]))),
        ];
        let check = work(&it, |it| {
            let put = it.inside.load(Ordering::SeqCst) == 1;
            assert_eq!(it.all(), if put { &[1, 2][..] } else { &[1] });
        });
        (works, check)
    }
    many(scenario);
}

#[test]
fn a_permit_is_for_one_who_lives() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Semaphore", Some(1))]);
        it.call(0, "acquire", vec![]);
        let works = vec![work(&it, |it| drop(it.call(0, "release", vec![]))), work(&it, |it| it.dies_acquiring(1, 1))];
        (works, work(&it, |it| assert_eq!(it.show("get_value", vec![]), "1")))
    }
    every(scenario);
}

#[test]
fn permits_of_four_are_as_many_as_before() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("BoundedSemaphore", Some(2))]);
        let twice = |who| {
            work(&it, move |it: &Shared| {
                for _ in 0..2 {
                    it.call(who, "acquire", vec![]);
                    it.has_it_alone(2);
                    it.call(who, "release", vec![]);
                }
            })
        };
        let works =
            vec![twice(0), twice(1), work(&it, |it| it.dies_acquiring(2, 2)), work(&it, |it| it.dies_acquiring(3, 1))];
        (works, work(&it, |it| assert_eq!(it.show("get_value", vec![]), "2")))
    }
    many(scenario);
}

/// Waits until `inside` is set, which somebody else does and notifies one.
fn wait_for_news(it: &Shared, who: usize) {
    it.call(who, "acquire", vec![]);
    while it.inside.load(Ordering::SeqCst) == 0 {
        it.call(who, "wait", vec![]);
    }
    it.call(who, "release", vec![]);
}

fn tell_one(it: &Shared, who: usize) {
    it.call(who, "acquire", vec![]);
    it.inside.store(1, Ordering::SeqCst);
    it.call(who, "notify", vec![]);
    it.call(who, "release", vec![]);
}

#[test]
fn news_are_for_one_who_lives() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Condition", None)]);
        let [dying, living] = [0, 1].map(|who| {
            it.call(who, "acquire", vec![]);
            it.begins(who, "wait", vec![])
        });
        it.call(2, "acquire", vec![]);
        let works: Vec<Work> = vec![
            work(&it, |it| drop([it.call(2, "notify", vec![]), it.call(2, "release", vec![])])),
            Box::new(move || drop(dying)),
        ];
        (works, Box::new(move || assert_eq!(living.over(), "True")))
    }
    every(scenario);
}

#[test]
fn news_reach_whoever_waits() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Condition", None)]);
        (vec![work(&it, |it| wait_for_news(it, 0)), work(&it, |it| tell_one(it, 1))], Box::new(|| ()))
    }
    many(scenario);
}

#[test]
fn news_that_were_for_one_who_died_reach_the_next() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Condition", None)]);
        let dying = |who, polls| {
            work(&it, move |it: &Shared| {
                let waiting = async {
                    by_name(&it.objects[0], &it.callers[who], "acquire", vec![]).await.unwrap();
                    by_name(&it.objects[0], &it.callers[who], "wait", vec![]).await.unwrap();
                };
                if dies(Box::pin(waiting), polls).is_some() {
                    // It was told, and tells the next.
                    it.call(who, "notify", vec![]);
                    it.call(who, "release", vec![]);
                } else {
                    it.callers[who].actor.settle(false);
                }
            })
        };
        let works =
            vec![work(&it, |it| wait_for_news(it, 0)), work(&it, |it| tell_one(it, 1)), dying(2, 1), dying(3, 3)];
        (works, work(&it, |it| assert_eq!(it.show("locked", vec![]), "False")))
    }
    many(scenario);
}

fn first(it: &Shared, who: usize) -> BoxFuture<'_, Outcome<Option<(usize, Item)>>> {
    Box::pin(async move {
        let [a, b] = [&it.objects[0], &it.objects[1]];
        wait_for_first(&[a, b], &it.callers[who], None).await
    })
}

fn put(it: &Shared, queue: usize, item: i64) {
    it.world.call(&it.objects[queue], "put", items![item]).unwrap();
}

fn sorted(mut items: Vec<i64>) -> Vec<i64> {
    items.sort_unstable();
    items
}

#[test]
fn the_first_of_two_queues_gives_one_item() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", None), ("Queue", None)]);
        let works = vec![
            work(&it, |it| {
                let (index, item) = block_on(first(it, 0)).unwrap().unwrap();
                it.take(&item);
                assert_eq!(it.taken.lock()[..], [index as i64]);
            }),
            work(&it, |it| (0..2).for_each(|queue| put(it, queue, queue as i64))),
        ];
        (works, work(&it, |it| assert_eq!(sorted(it.all()), [0, 1])))
    }
    every(scenario);
}

#[test]
fn the_first_of_two_queues_gives_nothing_to_one_who_dies() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", None), ("Queue", None)]);
        let works = vec![
            work(&it, |it| {
                if let Some(answer) = dies(first(it, 0), 1) {
                    it.take(&answer.unwrap().unwrap().1);
                }
            }),
            work(&it, |it| (0..2).for_each(|queue| put(it, queue, queue as i64))),
        ];
        (works, work(&it, |it| assert_eq!(sorted(it.all()), [0, 1])))
    }
    every(scenario);
}

#[test]
fn the_first_of_two_queues_among_four() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Queue", None), ("Queue", None)]);
        let takes = |who| {
            work(&it, move |it: &Shared| {
                let (_, item) = block_on(first(it, who)).unwrap().unwrap();
                it.take(&item);
            })
        };
        let works = vec![
            takes(0),
            takes(1),
            work(&it, |it| {
                if let Some(answer) = dies(first(it, 2), 2) {
                    it.take(&answer.unwrap().unwrap().1);
                }
            }),
            work(&it, |it| [0, 1, 0].into_iter().zip(0..).for_each(|(queue, item)| put(it, queue, item))),
        ];
        (works, work(&it, |it| assert_eq!(sorted(it.all()), [0, 1, 2])))
    }
    many(scenario);
}

/// Whether a party went on, for each of them.
fn arrives(it: &Shared, who: usize) {
    let outcome = block_on(by_name(&it.objects[0], &it.callers[who], "wait", vec![]));
    it.taken.lock().push(outcome.is_ok().into());
}

#[test]
fn all_parties_of_a_barrier_that_live_go_on_or_none() {
    fn scenario(abort: bool) -> (Vec<Work>, Work) {
        let it = shared(&[("Barrier", Some(3))]);
        let [dying, living] = [0, 1].map(|who| it.begins(who, "wait", vec![]));
        let mut dying = Some(dying);
        let breaks = work(&it, move |it| match abort {
            true => drop(it.call(3, "abort", vec![])),
            false => drop(dying.take()),
        });
        let works = vec![work(&it, |it| arrives(it, 2)), breaks];
        let check = work(&it, move |it| {
            let went_on = it.taken.lock().pop() == Some(1);
            assert_eq!(living.over() == "1", went_on);
        });
        (works, check)
    }
    every(|| scenario(false));
    every(|| scenario(true));
}

#[test]
fn a_barrier_leaves_nobody_behind_when_a_party_dies() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Barrier", Some(2))]);
        let works = vec![
            work(&it, |it| arrives(it, 0)),
            work(&it, |it| arrives(it, 1)),
            // Whoever is left over when it took somebody's place is sent away.
            work(&it, |it| {
                dies(by_name(&it.objects[0], &it.callers[2], "wait", vec![]), 1);
                it.call(2, "abort", vec![]);
            }),
        ];
        (works, Box::new(|| ()))
    }
    many(scenario);
}

#[test]
fn an_event_reaches_all_who_live() {
    fn scenario() -> (Vec<Work>, Work) {
        let it = shared(&[("Event", None)]);
        let [dying, living] = [0, 1].map(|who| it.begins(who, "wait", vec![]));
        let works: Vec<Work> = vec![work(&it, |it| drop(it.call(2, "set", vec![]))), Box::new(move || drop(dying))];
        (works, Box::new(move || assert_eq!(living.over(), "True")))
    }
    every(scenario);
}

/// Processes that hold an event, and the event.
fn hopeful(parties: usize) -> (Vec<Work>, Proxy) {
    let world = World::new();
    let event = world.create("Event", vec![], vec![]).unwrap();
    let party = || -> Work {
        let mut table = Table::new(2);
        let caller = world.caller.home.guard();
        let slot = table.insert(event.clone());
        caller.actor.does_one_thing_at_a_time(table.ledger().clone());
        Box::new(move || {
            let error = block_on(by_name(table.get(slot).unwrap(), &caller, "wait", vec![])).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Deadlock);
        })
    };
    ((0..parties).map(|_| party()).collect(), event)
}

#[test]
fn one_who_waits_is_told_when_the_last_other_holder_goes() {
    fn scenario() -> (Vec<Work>, Work) {
        let (mut works, event) = hopeful(1);
        works.push(Box::new(move || drop(event)));
        (works, Box::new(|| ()))
    }
    every(scenario);
}

#[test]
fn three_who_wait_are_told_when_the_last_other_holder_goes() {
    fn scenario() -> (Vec<Work>, Work) {
        let (mut works, event) = hopeful(3);
        works.push(Box::new(move || drop(event)));
        (works, Box::new(|| ()))
    }
    many(scenario);
}

/// A provider that answers so many calls, each after it has let others have its thread if it `yields`, and processes that
/// call: one for each, which lend it their threads or, being none, do not.
fn provided(lends: &[bool], yields: bool) -> (Vec<Work>, Work) {
    let world = World::new();
    let actor = Actor::new(world.caller.home.next_id(), "provider");
    let described = Description { typeid: "Far".into(), doc: String::new(), methods: vec![], creatable: true };
    let (mut provider, mut left) = (None, lends.len());
    let task = driven(|driver| {
        let own = Provider::driven(actor, Some(driver));
        own.set_types(ProvidedType::of_all([described]).unwrap());
        provider = Some(own.clone());
        async move {
            while left > 0 {
                let Request::Ask(_, reply) = own.mailbox.next().await else { continue };
                if yields {
                    tokio::task::yield_now().await;
                }
                reply.send(Ok(Item::Int(1)));
                left -= 1;
            }
        }
    });
    let object = provider.unwrap().adopt(&world.caller.home, "Far").unwrap();
    let mut works: Vec<Work> = vec![Box::new(move || block_on(task))];
    works.extend(lends.iter().map(|lends| -> Work {
        let caller = world.caller.home.guard();
        let table = Table::new(1);
        if *lends {
            caller.actor.does_one_thing_at_a_time(table.ledger().clone());
        }
        let object = object.clone();
        Box::new(move || {
            let answer = block_on(call::get_value(&object, &caller)).unwrap();
            assert!(matches!(answer, Item::Int(1)), "{answer:?}");
            drop(table);
        })
    }));
    (works, Box::new(move || drop((world, object))))
}

#[test]
fn a_provider_answers_whoever_lends_it_a_thread() {
    every(|| provided(&[true], false));
    every(|| provided(&[true], true));
}

#[test]
fn a_provider_answers_those_who_lend_it_threads_and_those_who_do_not() {
    many(|| provided(&[true, false], false));
    many(|| provided(&[true, true, false], true));
}
