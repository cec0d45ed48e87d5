//! Tasks that other tasks' threads can be lent to.
//!
//! A call to a provider's object is two hand-overs between tasks, there and back, and these cost more than all else in it.
//! So a process that calls lets the provider work on its own thread, inside of its own call, unless the provider is at
//! work elsewhere: then neither of the two tasks is woken. It is the same future that is polled, by one at a time, and
//! always with the waker of its own task. So whenever it waits, or has worked for as long as it may at one time, its task
//! goes on with it, and whoever lent it a thread waits for the answer as for any other.
//!
//! A guest runs on a stack of its own wherever it is polled, so providers that call each other take no stack of whoever
//! began.

use super::Driver;
use crate::object::BoxFuture;
use crate::sync::{Arc, AtomicU8, Mutex, OnceLock, Ordering, Weak};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A future to be spawned as a task of its own. `work` makes what it does, and is given what lends it threads.
pub fn driven<F>(work: impl FnOnce(Weak<dyn Driver>) -> F) -> impl Future<Output = ()> + Send + 'static
where
    F: Future<Output = ()> + Send + 'static,
{
    Task(Arc::new_cyclic(|this: &Weak<Lending>| {
        let driver: Weak<dyn Driver> = this.clone();
        Lending::new(Box::pin(work(driver)))
    }))
}

/// A task that is polled by its runtime and by those who lend it their threads.
struct Lending {
    /// What it does, until that is done. Whose turn it is has the lock.
    work: Mutex<Option<BoxFuture<'static, ()>>>,
    /// Whose turn it is: one of the three below.
    turn: AtomicU8,
    /// The waker of the task itself, from when it has begun.
    waker: OnceLock<Waker>,
}

/// Nobody's.
const NOBODY: u8 = 0;
/// Somebody's.
const TAKEN: u8 = 1;
/// Somebody's, and the task itself has been woken meanwhile, and has to be again.
const TAKEN_AND_WOKEN: u8 = 2;

impl Lending {
    fn new(work: BoxFuture<'static, ()>) -> Self {
        Self { work: Mutex::new(Some(work)), turn: AtomicU8::new(NOBODY), waker: OnceLock::new() }
    }

    /// Takes the turn, unless somebody has it.
    fn take_turn(&self) -> Option<Turn<'_>> {
        let taken = self.turn.compare_exchange(NOBODY, TAKEN, Ordering::Acquire, Ordering::Relaxed);
        // Only who has it may make one: it is given back when it is dropped.
        if taken.is_ok() { Some(Turn(self)) } else { None }
    }
}

/// While this exists, nobody else polls the work.
struct Turn<'a>(&'a Lending);

impl Turn<'_> {
    /// Polls the work; whether it is done.
    fn poll(&self, context: &mut Context<'_>) -> bool {
        let mut work = self.0.work.lock();
        let is_done = work.as_mut().is_none_or(|work| work.as_mut().poll(context).is_ready());
        let done = if is_done { work.take() } else { None };
        drop(work);
        drop(done);
        is_done
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.0.turn.swap(NOBODY, Ordering::AcqRel) == TAKEN_AND_WOKEN
            && let Some(waker) = self.0.waker.get()
        {
            waker.wake_by_ref();
        }
    }
}

impl Driver for Lending {
    fn drive(&self) -> bool {
        let Some(waker) = self.waker.get() else { return false };
        let Some(turn) = self.take_turn() else { return false };
        // Should the work panic, that is its own task's end and not that of whoever lends it a thread.
        let polled = catch_unwind(AssertUnwindSafe(|| turn.poll(&mut Context::from_waker(waker))));
        let is_done = polled.unwrap_or_else(|_| {
            let broken = self.work.lock().take();
            drop(broken);
            true
        });
        drop(turn);
        if is_done {
            waker.wake_by_ref();
        }
        true
    }
}

/// The task as its runtime has it.
struct Task(Arc<Lending>);

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let task = &self.0;
        // It has one waker all its life.
        let _already = task.waker.set(context.waker().clone());
        loop {
            if let Some(turn) = task.take_turn() {
                return if turn.poll(context) { Poll::Ready(()) } else { Poll::Pending };
            }
            // Whoever has the turn wakes it again.
            let woken = task.turn.compare_exchange(TAKEN, TAKEN_AND_WOKEN, Ordering::AcqRel, Ordering::Acquire);
            if matches!(woken, Ok(_) | Err(TAKEN_AND_WOKEN)) {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(all(test, not(feature = "model")))]
mod tests {
    use super::*;
    use crate::sync::{Notify, oneshot};
    use std::collections::VecDeque;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::ready;

    /// What is asked for is answered, though nobody is told of it where a thread is lent.
    #[test]
    fn nothing_is_lost_whoever_has_the_turn() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
        let queue: Arc<Mutex<VecDeque<oneshot::Sender<()>>>> = Arc::default();
        let arrived: Arc<Notify> = Arc::default();
        let mut driver = None;
        runtime.spawn(driven(|weak| {
            driver = Some(weak);
            let (queue, arrived) = (queue.clone(), arrived.clone());
            async move {
                let mut notified = pin!(arrived.notified());
                poll_fn(|context| {
                    loop {
                        let next = queue.lock().pop_front();
                        match next {
                            Some(answer) => drop(answer.send(())),
                            None => {
                                ready!(notified.as_mut().poll(context));
                                notified.set(arrived.notified());
                            }
                        }
                    }
                })
                .await
            }
        }));
        let driver = driver.unwrap();
        // One lends its thread and the other does not, both at once, and nobody else comes by who would find what was
        // overlooked.
        let barrier = Arc::new(tokio::sync::Barrier::new(2));
        let asking = [true, false].map(|lends| {
            let (queue, arrived, driver, barrier) = (queue.clone(), arrived.clone(), driver.clone(), barrier.clone());
            runtime.spawn(async move {
                for _ in 0..20_000 {
                    barrier.wait().await;
                    let (answer, answered) = oneshot::channel();
                    queue.lock().push_back(answer);
                    if !lends || !driver.upgrade().is_some_and(|driver| driver.drive()) {
                        arrived.notify_one();
                    }
                    answered.await.unwrap();
                }
            })
        });
        for task in asking {
            runtime.block_on(task).unwrap();
        }
        drop(runtime);
        assert!(driver.upgrade().is_none(), "the task goes with its runtime");
    }

    #[test]
    fn work_that_panics_on_a_lent_thread_is_the_end_of_its_own_task_alone() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let (begins, has_begun) = oneshot::channel();
        let held = Arc::new(());
        let what_it_holds = Arc::downgrade(&held);
        let mut driver = None;
        let task = runtime.spawn(driven(|weak| {
            driver = Some(weak);
            let mut begins = Some(begins);
            poll_fn(move |_| {
                let _held = &held;
                match begins.take() {
                    Some(begins) => {
                        let _ = begins.send(());
                        Poll::Pending
                    }
                    // Nobody wakes it: this is the one who lends it a thread.
                    None => panic!("as was asked for"),
                }
            })
        }));
        let driver = driver.unwrap();
        runtime.block_on(has_begun).unwrap();
        // It may not have given its first turn back yet.
        while !driver.upgrade().unwrap().drive() {
            std::thread::yield_now();
        }
        assert!(what_it_holds.upgrade().is_none(), "the work goes with its panic");
        runtime.block_on(task).unwrap();
        assert!(driver.upgrade().is_none(), "the task has come to its end");
    }

    #[test]
    fn a_task_that_is_woken_while_another_has_its_turn_gets_it_afterwards() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (begins, has_begun) = oneshot::channel();
        let (ends, has_ended) = oneshot::channel();
        let (mut begins, mut ends) = (Some(begins), Some(ends));
        let task = Arc::new_cyclic(|this: &Weak<Lending>| {
            let this = this.clone();
            let mut polls = 0;
            let work = poll_fn(move |context| {
                polls += 1;
                match polls {
                    1 => _ = begins.take().map(|begins| begins.send(())),
                    // By the one who lends it a thread. What the task is woken for comes when it has looked already.
                    2 => {
                        context.waker().wake_by_ref();
                        let task = this.upgrade().unwrap();
                        while task.turn.load(Ordering::SeqCst) != TAKEN_AND_WOKEN {
                            std::thread::yield_now();
                        }
                    }
                    _ => {
                        let _ = ends.take().map(|ends| ends.send(()));
                        return Poll::Ready(());
                    }
                }
                Poll::Pending
            });
            Lending::new(Box::pin(work))
        });
        runtime.spawn(Task(task.clone()));
        runtime.block_on(has_begun).unwrap();
        while !task.drive() {
            std::thread::yield_now();
        }
        runtime.block_on(has_ended).unwrap();
    }
}
