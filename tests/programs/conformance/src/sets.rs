use crate::given;
use commonhold_guest::{Proxy, Result, Set, Value};

pub(crate) fn take(object: &Proxy, method: &str, args: &[Value], kwargs: &[(String, Value)]) -> Option<Result<Value>> {
    let set: Set<Value> = object.clone().try_into().ok()?;
    let elements = |result: Result<Vec<Value>>| Some(result.map(Value::Set));
    match (method, args, kwargs) {
        (_, _, [_, ..]) => None,
        ("str", [], _) => given(Ok(set.to_string())),
        ("__len__", [], _) => given(set.len()),
        ("__contains__", [element], _) => given(set.contains(element)),
        ("__iter__", [], _) => given(set.iter().and_then(|elements| elements.collect::<Result<Vec<_>>>())),
        ("copy", [], _) => elements(set.to_set()),
        ("add", [element], _) => given(set.insert(element)),
        ("discard", [element], _) => given(set.remove(element)),
        ("pop", [], _) => given(set.pop_last()),
        ("clear", [], _) => given(set.clear()),
        (method, [Value::Proxy(other)], _) => {
            let other: Set<Value> = other.clone().try_into().ok()?;
            match method {
                "__and__" => elements(set.intersection(&other)),
                "__or__" => elements(set.union(&other)),
                "__sub__" => elements(set.difference(&other)),
                "__xor__" => elements(set.symmetric_difference(&other)),
                "issubset" => given(set.is_subset(&other)),
                "issuperset" => given(set.is_superset(&other)),
                "isdisjoint" => given(set.is_disjoint(&other)),
                "update" => given(set.union_with(&other)),
                "intersection_update" => given(set.intersect_with(&other)),
                "difference_update" => given(set.difference_with(&other)),
                "symmetric_difference_update" => given(set.symmetric_difference_with(&other)),
                _ => None,
            }
        }
        _ => None,
    }
}
