use crate::given;
use commonhold_guest::{Lock, Proxy, Result, Value};
use std::time::Duration;

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value], kwargs: &[(String, Value)]) -> Option<Result<Value>> {
    let lock: Lock = object.clone().try_into().ok()?;
    let taken = |guard: Result<Option<commonhold_guest::LockGuard<'_>>>| {
        given(guard.map(|guard| guard.map(commonhold_guest::LockGuard::keep).is_some()))
    };
    match (method, args, kwargs) {
        ("str", [], []) => given(Ok(lock.to_string())),
        ("locked", [], []) => given(lock.is_locked()),
        ("release", [], []) => given(lock.release()),
        ("acquire", [], []) => taken(lock.acquire().map(Some)),
        ("acquire", [Value::Bool(false)], []) => taken(lock.try_acquire()),
        ("acquire", [Value::Bool(true), Value::Float(seconds)], []) => {
            taken(lock.acquire_timeout(Duration::try_from_secs_f64(*seconds).ok()?))
        }
        _ => None,
    }
}
