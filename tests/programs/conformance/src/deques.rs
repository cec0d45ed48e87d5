use crate::given;
use commonhold_guest::{Deque, Proxy, Result, Value};

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value], kwargs: &[(String, Value)]) -> Option<Result<Value>> {
    let deque: Deque<Value> = object.clone().try_into().ok()?;
    match (method, args, kwargs) {
        (_, _, [_, ..]) => None,
        ("str", [], _) => given(Ok(deque.to_string())),
        ("__len__", [], _) => given(deque.len()),
        ("maxlen", [], _) => given(deque.max_len()),
        ("__getitem__", [Value::Int(index)], _) => given(deque.get(*index)),
        ("__setitem__", [Value::Int(index), item], _) => given(deque.set(*index, item)),
        ("__delitem__", [Value::Int(index)], _) => given(deque.delete(*index)),
        ("__contains__", [item], _) => given(deque.contains(item)),
        ("__reversed__", [], _) => given(deque.to_vec_reversed()),
        ("__imul__", [Value::Int(times)], _) => given(deque.repeat_in_place(*times)),
        ("append", [item], _) => given(deque.push_back(item)),
        ("appendleft", [item], _) => given(deque.push_front(item)),
        ("extend", [Value::List(items)], _) => given(deque.extend(items)),
        ("extendleft", [Value::List(items)], _) => given(deque.extend_front(items)),
        ("clear", [], _) => given(deque.clear()),
        ("copy", [], _) => given(deque.to_vec()),
        ("count", [item], _) => given(deque.count(item)),
        ("index", [item], _) => given(deque.position(item)),
        ("insert", [Value::Int(index), item], _) => given(deque.insert(*index, item)),
        ("pop", [], _) => given(deque.pop_back()),
        ("popleft", [], _) => given(deque.pop_front()),
        ("remove", [item], _) => given(deque.remove_item(item)),
        ("reverse", [], _) => given(deque.reverse()),
        ("__iadd__", [Value::List(items)], _) => given(deque.extend(items)),
        ("rotate", [], _) => given(deque.rotate(1)),
        ("rotate", [Value::Int(steps)], _) => given(deque.rotate(*steps)),
        _ => None,
    }
}
