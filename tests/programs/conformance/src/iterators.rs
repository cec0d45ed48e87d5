use crate::given;
use commonhold_guest::{Iter, Proxy, Result, Value};

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let iter: Iter<Value> = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(iter.to_string())),
        ("__next__", []) => given(iter.next_item()),
        _ => None,
    }
}
