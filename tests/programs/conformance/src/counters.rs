use crate::given;
use commonhold_guest::{Counter, Proxy, Result, Value};

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value], kwargs: &[(String, Value)]) -> Option<Result<Value>> {
    let counter: Counter<Value> = object.clone().try_into().ok()?;
    let other = |proxy: &Proxy| -> Option<Counter<Value>> { proxy.clone().try_into().ok() };
    match (method, args, kwargs) {
        (_, _, [_, ..]) => None,
        ("str", [], _) => given(Ok(counter.to_string())),
        ("__len__", [], _) => given(counter.len()),
        ("__getitem__", [key], _) => given(counter.get(key)),
        ("__setitem__", [key, Value::Int(count)], _) => given(counter.insert(key, *count)),
        ("__contains__", [key], _) => given(counter.contains_key(key)),
        ("__iter__", [], _) => given(counter.iter_keys().and_then(|keys| keys.collect::<Result<Vec<_>>>())),
        ("clear", [], _) => given(counter.clear()),
        ("copy", [], _) => given(counter.as_proxy().get_value::<Value>()),
        ("keys", [], _) => given(counter.keys()),
        ("items", [], _) => given(counter.entries()),
        ("pop", [key], _) => given(counter.remove(key)),
        ("popitem", [], _) => given(counter.pop_last()),
        ("get_many", [Value::List(keys)], _) => given(counter.get_many(keys)),
        ("fetch_add", [key, Value::Int(count)], _) => given(counter.add(key, *count)),
        ("update", [Value::List(items)], _) => given(counter.update(items)),
        ("update", [Value::Proxy(proxy)], _) => given(counter.update_from(&other(proxy)?)),
        ("subtract", [Value::List(items)], _) => given(counter.subtract(items)),
        ("subtract", [Value::Proxy(proxy)], _) => given(counter.subtract_from(&other(proxy)?)),
        ("most_common", [], _) => given(counter.most_common(usize::MAX)),
        ("most_common", [Value::Int(most)], _) => given(counter.most_common(usize::try_from(*most).ok()?)),
        ("elements", [], _) => given(counter.elements()),
        ("total", [], _) => given(counter.total()),
        ("__pos__", [], _) => given(counter.positive::<Value>()),
        ("__neg__", [], _) => given(counter.negative::<Value>()),
        ("__add__", [Value::Proxy(proxy)], _) => given(counter.sum::<Value>(&other(proxy)?)),
        ("__sub__", [Value::Proxy(proxy)], _) => given(counter.difference::<Value>(&other(proxy)?)),
        ("__and__", [Value::Proxy(proxy)], _) => given(counter.intersection::<Value>(&other(proxy)?)),
        ("__or__", [Value::Proxy(proxy)], _) => given(counter.union::<Value>(&other(proxy)?)),
        ("__iadd__", [Value::Proxy(proxy)], _) => given(counter.sum_with(&other(proxy)?)),
        ("__isub__", [Value::Proxy(proxy)], _) => given(counter.difference_with(&other(proxy)?)),
        ("__iand__", [Value::Proxy(proxy)], _) => given(counter.intersect_with(&other(proxy)?)),
        ("__ior__", [Value::Proxy(proxy)], _) => given(counter.union_with(&other(proxy)?)),
        ("__le__", [Value::Proxy(proxy)], _) => given(counter.is_subset(&other(proxy)?)),
        ("__ge__", [Value::Proxy(proxy)], _) => given(counter.is_superset(&other(proxy)?)),
        _ => None,
    }
}
