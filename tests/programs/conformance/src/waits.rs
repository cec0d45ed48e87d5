//! What is waited for. What was taken stays taken: the next step releases it.

use crate::given;
use commonhold_guest::{
    Barrier, Condition, ConditionGuard, Event, JoinableQueue, Permit, Proxy, Queue, RLock, RLockGuard, Result,
    Semaphore, Value,
};
use std::time::Duration;

/// The timeout among the arguments that a step has, in seconds.
fn seconds(value: &Value) -> Option<Duration> {
    match value {
        Value::Int(seconds) => u64::try_from(*seconds).ok().map(Duration::from_secs),
        Value::Float(seconds) => Duration::try_from_secs_f64(*seconds).ok(),
        _ => None,
    }
}

pub(crate) fn take_rlock(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let lock: RLock = object.clone().try_into().ok()?;
    let taken = |guard: Result<Option<RLockGuard<'_>>>| given(guard.map(|guard| guard.map(RLockGuard::keep).is_some()));
    match (method, args) {
        ("str", []) => given(Ok(lock.to_string())),
        ("locked", []) => given(lock.is_locked()),
        ("release", []) => given(lock.release()),
        ("acquire", []) => taken(lock.acquire().map(Some)),
        ("acquire", [Value::Bool(false)]) => taken(lock.try_acquire()),
        ("acquire", [Value::Bool(true), timeout]) => taken(lock.acquire_timeout(seconds(timeout)?)),
        _ => None,
    }
}

pub(crate) fn take_semaphore(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let semaphore: Semaphore = object.clone().try_into().ok()?;
    let taken = |permit: Result<Option<Permit<'_>>>| given(permit.map(|permit| permit.map(Permit::keep).is_some()));
    match (method, args) {
        ("str", []) => given(Ok(semaphore.to_string())),
        ("locked", []) => given(semaphore.is_locked()),
        ("get_value", []) => given(semaphore.available_permits()),
        ("release", []) => given(semaphore.release(1)),
        ("release", [Value::Int(permits)]) => given(semaphore.release(u64::try_from(*permits).ok()?)),
        ("acquire", []) => taken(semaphore.acquire().map(Some)),
        ("acquire", [Value::Bool(false)]) => taken(semaphore.try_acquire()),
        ("acquire", [Value::Bool(true), timeout]) => taken(semaphore.acquire_timeout(seconds(timeout)?)),
        _ => None,
    }
}

pub(crate) fn take_condition(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let condition: Condition = object.clone().try_into().ok()?;
    let taken =
        |guard: Result<Option<ConditionGuard<'_>>>| given(guard.map(|guard| guard.map(ConditionGuard::keep).is_some()));
    match (method, args) {
        ("str", []) => given(Ok(condition.to_string())),
        ("locked", []) => given(condition.is_locked()),
        ("release", []) => given(condition.release()),
        ("acquire", []) => taken(condition.acquire().map(Some)),
        ("acquire", [Value::Bool(false)]) => taken(condition.try_acquire()),
        ("acquire", [Value::Bool(true), timeout]) => taken(condition.acquire_timeout(seconds(timeout)?)),
        ("wait", [timeout]) => {
            let timeout = seconds(timeout)?;
            // A typed wait takes a guard, and so the lock: once more where it is re-entrant and taken.
            let guard = condition.try_acquire().transpose()?;
            given(guard.and_then(|guard| Ok(condition.wait_timeout(guard, timeout)?.1)))
        }
        ("notify", []) => given(condition.notify_one()),
        ("notify", [Value::Int(count)]) => given(condition.notify(u64::try_from(*count).ok()?)),
        ("notify_all", []) => given(condition.notify_all()),
        _ => None,
    }
}

pub(crate) fn take_event(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let event: Event = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(event.to_string())),
        ("is_set", []) => given(event.is_set()),
        ("set", []) => given(event.set()),
        ("clear", []) => given(event.clear()),
        ("wait", []) => given(event.wait().map(|()| true)),
        ("wait", [timeout]) => given(event.wait_timeout(seconds(timeout)?)),
        _ => None,
    }
}

pub(crate) fn take_barrier(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let barrier: Barrier = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(barrier.to_string())),
        ("wait", []) => given(barrier.wait()),
        ("wait", [timeout]) => given(barrier.wait_timeout(seconds(timeout)?)),
        ("abort", []) => given(barrier.abort()),
        ("reset", []) => given(barrier.reset()),
        ("parties", []) => given(barrier.parties()),
        ("n_waiting", []) => given(barrier.waiting()),
        ("broken", []) => given(barrier.is_broken()),
        _ => None,
    }
}

pub(crate) fn take_queue(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let queue: Queue<Value> = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(queue.to_string())),
        ("qsize", []) => given(queue.len()),
        ("empty", []) => given(queue.is_empty()),
        ("full", []) => given(queue.is_full()),
        ("put", [item]) => given(queue.put(item)),
        ("put", [item, Value::Bool(false)]) | ("put_nowait", [item]) => given(queue.try_put(item)),
        ("put", [item, Value::Bool(true), timeout]) => given(queue.put_timeout(item, seconds(timeout)?)),
        ("get", []) => given(queue.get()),
        ("get", [Value::Bool(false)]) | ("get_nowait", []) => given(queue.try_get()),
        ("get", [Value::Bool(true), timeout]) => given(queue.get_timeout(seconds(timeout)?)),
        ("shutdown", []) => given(queue.shut_down()),
        ("shutdown", [Value::Bool(true)]) => given(queue.shut_down_now()),
        ("task_done", []) => given(JoinableQueue::<Value>::try_from(object.clone()).ok()?.task_done()),
        ("join", []) => given(JoinableQueue::<Value>::try_from(object.clone()).ok()?.join()),
        _ => None,
    }
}
