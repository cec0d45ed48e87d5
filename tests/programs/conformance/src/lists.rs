use crate::{attempted, given};
use commonhold_guest::{List, Proxy, Result, Slice, Value};

type Untyped = List<Value>;

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value], kwargs: &[(String, Value)]) -> Option<Result<Value>> {
    let list: Untyped = object.clone().try_into().ok()?;
    match (method, args, kwargs) {
        ("sort", [], []) => given(list.sort()),
        ("sort", [], [(_, Value::Bool(true))]) => given(list.sort_descending()),
        (_, _, [_, ..]) => None,
        ("str", [], _) => given(Ok(list.to_string())),
        ("__len__", [], _) => given(list.len()),
        ("__getitem__", [Value::Int(index)], _) => given(list.get(*index)),
        ("__getitem__", [Value::Slice(span)], _) => given(list.slice(slice(span))),
        ("__setitem__", [Value::Int(index), item], _) => given(list.set(*index, item)),
        ("__setitem__", [Value::Slice(span), Value::List(items)], _) => given(list.set_slice(slice(span), items)),
        ("__delitem__", [Value::Int(index)], _) => given(list.delete(*index)),
        ("__delitem__", [Value::Slice(span)], _) => given(list.delete_slice(slice(span))),
        ("__contains__", [item], _) => given(list.contains(item)),
        ("__reversed__", [], _) => given(list.to_vec_reversed()),
        ("__add__", [Value::Proxy(other)], _) => given(list.concat(&other.clone().try_into().ok()?)),
        ("__mul__", [Value::Int(times)], _) => given(list.repeat(*times)),
        ("__imul__", [Value::Int(times)], _) => given(list.repeat_in_place(*times)),
        ("append", [item], _) => given(list.push(item)),
        ("clear", [], _) => given(list.clear()),
        ("copy", [], _) => given(list.to_vec()),
        ("count", [item], _) => given(list.count(item)),
        ("extend", [Value::List(items)], _) => given(list.extend(items)),
        ("extend", [Value::Proxy(other)], _) => given(list.extend_from(&other.clone().try_into().ok()?)),
        ("index", [item], _) => given(list.position(item)),
        ("index", [item, Value::Int(start)], _) => given(list.position_in(item, *start..)),
        ("index", [item, Value::Int(start), Value::Int(stop)], _) => given(list.position_in(item, *start..*stop)),
        ("insert", [Value::Int(index), item], _) => given(list.insert(*index, item)),
        ("pop", [], _) => given(list.pop()),
        ("pop", [Value::Int(index)], _) => given(list.remove(*index)),
        ("remove", [item], _) => given(list.remove_item(item)),
        ("reverse", [], _) => given(list.reverse()),
        ("fetch_max", [Value::Int(index), value], _) => given(list.fetch_max(*index, value)),
        ("swap", [Value::Int(index), value], _) => given(list.swap(*index, value)),
        ("compare_exchange", [Value::Int(index), expected, new], _) => {
            given(list.compare_exchange(*index, expected, new).map(attempted))
        }
        ("pop_if", [Value::Int(index), expected], _) => given(list.remove_if(*index, expected).map(attempted)),
        ("get_many", [Value::List(indexes)], _) => given(list.get_many(indexes.iter().map(integer))),
        ("set_many", [Value::List(pairs)], _) => given(list.set_many(pairs.iter().map(pair))),
        ("get_path", [path], _) => given(list.get_path::<Value>(path)),
        ("set_path", [path, value], _) => given(list.set_path(path, value)),
        ("fetch_add", [Value::Int(index), delta], _) => given(list.fetch_add(*index, delta)),
        _ => None,
    }
}

fn slice(parts: &[Value; 3]) -> Slice {
    let [start, stop, step] = parts.each_ref().map(|part| if let Value::Int(at) = part { Some(*at) } else { None });
    Slice { start, stop, step }
}

fn integer(value: &Value) -> i64 {
    if let Value::Int(number) = value { *number } else { i64::MAX }
}

fn pair(value: &Value) -> (i64, Value) {
    match value {
        Value::List(parts) if parts.len() == 2 => (integer(&parts[0]), parts[1].clone()),
        _ => (i64::MAX, Value::Null),
    }
}
