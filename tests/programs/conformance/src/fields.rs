//! Namespaces, values and arrays.

use crate::{attempted, given};
use commonhold_guest::{Array, Namespace, Proxy, Result, SharedValue, Value};

pub(crate) fn take_namespace(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let namespace: Namespace = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(namespace.to_string())),
        ("__getattribute__", [Value::Text(name)]) => given(namespace.get::<Value>(name)),
        ("__setattr__", [Value::Text(name), value]) => given(namespace.set(name, value)),
        ("__delattr__", [Value::Text(name)]) => given(namespace.delete(name)),
        ("fetch_add", [Value::Text(name), delta]) => given(namespace.fetch_add(name, delta.clone())),
        ("fetch_max", [Value::Text(name), value]) => given(namespace.fetch_max(name, value.clone())),
        ("swap", [Value::Text(name), value]) => given(namespace.swap(name, value.clone())),
        ("compare_exchange", [Value::Text(name), expected, new]) => {
            given(namespace.compare_exchange(name, expected.clone(), new.clone()).map(attempted))
        }
        _ => None,
    }
}

pub(crate) fn take_value(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let shared: SharedValue<Value> = object.clone().try_into().ok()?;
    match (method, args) {
        ("str", []) => given(Ok(shared.to_string())),
        ("get", []) => given(shared.get()),
        ("set", [value]) => given(shared.set(value)),
        ("get_lock", []) => given(shared.lock()),
        ("fetch_add", [delta]) => given(shared.fetch_add(delta)),
        ("fetch_max", [value]) => given(shared.fetch_max(value)),
        ("swap", [value]) => given(shared.swap(value)),
        ("compare_exchange", [expected, new]) => given(shared.compare_exchange(expected, new).map(attempted)),
        _ => None,
    }
}

/// The suite's arrays are of type code `i`.
pub(crate) fn take_array(object: &Proxy, method: &str, args: &[Value]) -> Option<Result<Value>> {
    let array: Array<i32> = object.clone().try_into().ok()?;
    let mut numbers = Vec::new();
    for arg in args {
        let Value::Int(number) = arg else { return None };
        numbers.push(i32::try_from(*number).ok()?);
    }
    match (method, numbers.as_slice()) {
        ("str", []) => given(Ok(array.to_string())),
        ("__len__", []) => given(array.len()),
        ("__getitem__", [index]) => given(array.get(*index)),
        ("__setitem__", [index, number]) => given(array.set(*index, *number)),
        ("get_lock", []) => given(array.lock()),
        ("fetch_add", [index, delta]) => given(array.fetch_add(*index, *delta)),
        ("fetch_max", [index, number]) => given(array.fetch_max(*index, *number)),
        ("swap", [index, number]) => given(array.swap(*index, *number)),
        ("compare_exchange", [index, expected, new]) => {
            given(array.compare_exchange(*index, *expected, *new).map(attempted))
        }
        _ => None,
    }
}
