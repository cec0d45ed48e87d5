//! Processes as threads, and which process and manager a thread belongs to.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use commonhold_wire::{Error, ErrorKind};

use super::referent::{Manager, State, lock};
use super::types::{Proxy, Value};
use super::{Failure, Plain};
use crate::entry;

thread_local! {
    static CURRENT: RefCell<Option<Context>> = const { RefCell::new(None) };
}

/// What a thread belongs to.
#[derive(Clone)]
struct Context {
    manager: Arc<Manager>,
    /// The process that runs on it; none on a test's own thread that never asked.
    process: Option<Proxy>,
}

/// Runs something on this thread with a manager of its own.
pub(crate) fn with_manager<T>(manager: Arc<Manager>, run: impl FnOnce() -> T) -> T {
    struct Restore(Option<Context>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let inner = CURRENT.replace(self.0.take());
            drop(inner);
        }
    }
    let _restore = Restore(CURRENT.replace(Some(Context { manager, process: None })));
    run()
}

/// The manager of this thread; a new one if it has none yet.
pub(super) fn manager() -> Arc<Manager> {
    CURRENT.with_borrow_mut(|current| {
        let context = current.get_or_insert_with(|| Context { manager: Arc::new(Manager::default()), process: None });
        context.manager.clone()
    })
}

/// The id of this thread's process.
pub(super) fn current_id() -> u64 {
    CURRENT.with_borrow(|current| current.as_ref()?.process.as_ref().map(Proxy::id)).unwrap_or(0)
}

/// The process that runs on this thread.
pub(super) fn current() -> Proxy {
    let manager = manager();
    let known = CURRENT.with_borrow(|current| current.as_ref()?.process.clone());
    known.unwrap_or_else(|| {
        let process = manager.add(State::Process(Arc::default()));
        CURRENT.with_borrow_mut(|current| {
            if let Some(context) = current {
                context.process = Some(process.clone());
            }
        });
        process
    })
}

/// A process's state.
#[derive(Default)]
pub(crate) struct ProcessState {
    end: Mutex<Option<End>>,
    ended: Condvar,
}

/// How a process ended.
#[derive(Clone)]
pub(super) enum End {
    Returned(Plain),
    Failed(Failure),
    Trapped(Failure),
    Exited(i32),
}

impl ProcessState {
    pub(super) fn is_alive(&self) -> bool {
        lock(&self.end).is_none()
    }

    pub(super) fn join(&self, timeout: Option<Duration>) -> Option<End> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut end = lock(&self.end);
        while end.is_none() {
            end = match deadline {
                None => self.ended.wait(end).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.ended.wait_timeout(end, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        end.clone()
    }
}

/// Carried by the panic with which a process exits.
pub(super) struct Exit(pub(super) i32);

/// Whether this thread is a spawned process, which can exit without ending the test.
pub(super) fn is_spawned() -> bool {
    thread::current().name() == Some(THREAD)
}

const THREAD: &str = "commonhold process";

/// Starts a thread that runs an entry.
pub(super) fn spawn(name: &str, args: Vec<Plain>) -> Result<Proxy, Failure> {
    let manager = manager();
    let program = manager.program()?;
    let state = Arc::new(ProcessState::default());
    let process = manager.add(State::Process(state.clone()));
    let (name, running) = (name.to_owned(), process.clone());
    let body = move || {
        let id = running.id();
        CURRENT.set(Some(Context { manager: manager.clone(), process: Some(running) }));
        let args = args.into_iter().map(Value::from).collect();
        // What the entry shares, it shares through the manager, which locks it.
        let result = catch_unwind(AssertUnwindSafe(|| entry::run(program, &name, args)));
        let end = end_of(result);
        if matches!(end, End::Trapped(_)) {
            for (referent, _) in manager.all() {
                if let State::Lock(state) = &referent.state {
                    state.abandon(id);
                }
            }
        }
        // Whoever joins finds everything released that the process held.
        CURRENT.set(None);
        *lock(&state.end) = Some(end);
        state.ended.notify_all();
    };
    let started = thread::Builder::new().name(THREAD.to_owned()).spawn(body);
    match started {
        Ok(_) => Ok(process),
        Err(error) => Err(Error::quota_exceeded(format!("the process could not be started: {error}"))),
    }
}

fn end_of(result: Result<Result<Value, super::types::Error>, Box<dyn Any + Send>>) -> End {
    match result {
        Ok(Ok(value)) => match Plain::try_from(value) {
            Ok(value) => End::Returned(value),
            Err(error) => End::Failed(error),
        },
        Ok(Err(error)) => End::Failed(failure(error)),
        Err(payload) => match payload.downcast::<Exit>() {
            Ok(exit) => End::Exited(exit.0),
            Err(payload) => End::Trapped(Error::new(ErrorKind::ProcessDied, panic_message(&*payload))),
        },
    }
}

/// An error of the bindings as the manager keeps it.
pub(super) fn failure(error: super::types::Error) -> Failure {
    let mut failure = Error::new(error.kind, error.message).with_type_name(error.type_name);
    if let Some(args) = error.args
        && let Ok(args) = Plain::try_from(args)
    {
        failure = failure.with_args(args);
    }
    match error.traceback {
        Some(traceback) => failure.with_traceback(traceback),
        None => failure,
    }
}

/// What a panic said.
pub(super) fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    format!("panicked: {}", text.as_deref().unwrap_or("(no message)"))
}
