use crate::{attempted, given};
use commonhold_guest::{Dict, Proxy, Result, Value};

type Untyped = Dict<Value, Value>;

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value], kwargs: &[(String, Value)]) -> Option<Result<Value>> {
    let dict: Untyped = object.clone().try_into().ok()?;
    match (method, args, kwargs) {
        (_, _, [_, ..]) => None,
        ("str", [], _) => given(Ok(dict.to_string())),
        ("__len__", [], _) => given(dict.len()),
        ("__getitem__", [key], _) => given(dict.get_item(key)),
        ("__setitem__", [key, item], _) => given(dict.insert(key, item)),
        ("__delitem__", [key], _) => given(dict.delete(key)),
        ("__contains__", [key], _) => given(dict.contains_key(key)),
        ("__iter__", [], _) => given(dict.iter_keys().and_then(|keys| keys.collect::<Result<Vec<_>>>())),
        ("__reversed__", [], _) => given(dict.keys_reversed()),
        ("__or__", [Value::Proxy(other)], _) => given(dict.merged::<Value>(&other.clone().try_into().ok()?)),
        ("clear", [], _) => given(dict.clear()),
        ("copy", [], _) => given(dict.as_proxy().get_value::<Value>()),
        ("get", [key], _) => given(dict.get(key)),
        ("get", [key, default], _) => given(dict.get_or(key, default.clone())),
        ("items", [], _) => given(dict.entries()),
        ("keys", [], _) => given(dict.keys()),
        ("values", [], _) => given(dict.values()),
        ("pop", [key], _) => given(dict.remove(key)),
        ("popitem", [], _) => given(dict.pop_last()),
        ("setdefault", [key, default], _) => given(dict.get_or_insert(key, default)),
        ("update", [Value::Dict(entries)], _) => given(dict.extend(entries.iter().map(|(key, item)| (key, item)))),
        ("update", [Value::Proxy(other)], _) => given(dict.extend_from(&other.clone().try_into().ok()?)),
        ("fetch_max", [key, value], _) => given(dict.fetch_max(key, value)),
        ("fetch_max", [key, value, initial], _) => given(dict.fetch_max_or(key, value, initial)),
        ("swap", [key, value], _) => given(dict.swap(key, value)),
        ("compare_exchange", [key, expected, new], _) => {
            given(dict.compare_exchange(key, expected, new).map(attempted))
        }
        ("pop_if", [key, expected], _) => given(dict.remove_if(key, expected).map(attempted)),
        ("get_many", [Value::List(keys)], _) => given(dict.get_many(keys)),
        ("get_many", [Value::List(keys), default], _) => given(dict.get_many_or(keys, default)),
        ("set_many", [Value::Dict(entries)], _) => given(dict.set_many(entries.iter().map(|(key, item)| (key, item)))),
        ("get_path", [path], _) => given(dict.get_path::<Value>(path)),
        ("set_path", [path, value], _) => given(dict.set_path(path, value)),
        ("fetch_add", [key, delta], _) => given(dict.fetch_add(key, delta)),
        ("fetch_add", [key, delta, initial], _) => given(dict.fetch_add_or(key, delta, initial)),
        _ => None,
    }
}
