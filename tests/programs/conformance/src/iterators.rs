use crate::given;
use commonhold_guest::{Iter, Proxy, Result, Value};
use std::time::Duration;

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let iter: Iter<Value> = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(iter.to_string())),
        ("__next__" | "next", []) => given(iter.next_item()),
        ("next", [Value::Float(seconds)]) => given(iter.next_timeout(Duration::from_secs_f64(*seconds))),
        _ => None,
    }
}
