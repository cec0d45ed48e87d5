//! An object of every type in everything that can hold one, and on its way to a process and back.

use commonhold_guest::{Deque, Dict, List, Namespace, Process, Proxy, Result, Set, SharedValue, Value, entry, manager};

use crate::check::{count, same};

/// Checks that objects come out of others as what they went in.
#[entry]
fn nesting() -> Result<u64> {
    for typeid in manager::typeids() {
        let before = manager::number_of_objects();
        let object = Object::new(&typeid)?;
        let alone = manager::number_of_objects();
        for wrap in WRAPS {
            let plain = (wrap.make)(object.proxy.clone().into());
            in_every_place(&object, &plain, wrap)?;
            same(manager::number_of_objects(), alone)?;
        }
        drop(object);
        same((&typeid, manager::number_of_objects()), (&typeid, before))?;
    }
    Ok(count())
}

/// Child of `nesting`: calls the object that is somewhere in a value and inside of a list, and gives both back.
#[entry]
fn looks_inside(plain: Value, list: List<Value>, method: String, args: Vec<Value>) -> Result<(Value, Value)> {
    let inside = list.get(0)?;
    let (Some(one), Some(other)) = (proxy_in(&plain), proxy_in(&inside)) else { return Ok((plain, inside)) };
    same(&one, &other)?;
    Ok((plain, one.call(&method, args.as_slice())?))
}

/// An object, and a call that tells that it is this one.
struct Object {
    proxy: Proxy,
    method: &'static str,
    args: Vec<Value>,
    result: Value,
}

impl Object {
    fn new(typeid: &str) -> Result<Object> {
        let numbers = vec![5, 6, 7];
        let (proxy, method, args, result) = match typeid {
            "list" => (manager::create(typeid, (numbers,))?, "index", vec![6.into()], 1.into()),
            "deque" => (manager::create(typeid, (numbers, 2))?, "__getitem__", vec![0.into()], 6.into()),
            "dict" => (manager::create(typeid, (vec![("k", 7)],))?, "get", vec!["k".into()], 7.into()),
            "set" => (manager::create(typeid, (numbers,))?, "__contains__", vec![7.into()], true.into()),
            "Namespace" => {
                let it = manager::create_with(typeid, (), (("x", 7),), None)?;
                (it, "__getattribute__", vec!["x".into()], 7.into())
            }
            "Value" => (manager::create(typeid, ("i", 7))?, "get", vec![], 7.into()),
            "Array" => (manager::create(typeid, ("i", numbers))?, "__getitem__", vec![2.into()], 7.into()),
            "Counter" => (manager::create(typeid, (vec!["k", "k"],))?, "__getitem__", vec!["k".into()], 2.into()),
            // The same from each of many draws.
            "Iterator" => (manager::create(typeid, (vec![7; 10_000],))?, "__next__", vec![], 7.into()),
            "Lock" | "RLock" | "Semaphore" | "BoundedSemaphore" | "Condition" => {
                (manager::create(typeid, ())?, "locked", vec![], false.into())
            }
            "Event" => (manager::create(typeid, ())?, "is_set", vec![], false.into()),
            "Barrier" => (manager::create(typeid, (2,))?, "parties", vec![], 2.into()),
            "Queue" | "JoinableQueue" => (manager::create(typeid, ())?, "qsize", vec![], 0.into()),
            "Pool" => {
                // Its workers are objects, too, and come and go when they like.
                let it = manager::create(typeid, (1,))?;
                it.call::<()>("terminate", ())?;
                (it, "close", vec![], Value::Null)
            }
            other => return same(other, "a type that is to be added here").and_then(|()| Object::new("list")),
        };
        Ok(Object { proxy, method, args, result })
    }

    /// Checks that a value is the one that went in, and that the object in it is this one and works.
    fn check(&self, out: impl Into<Option<Value>>, plain: &Value) -> Result<()> {
        let out = out.into();
        same(out.as_ref(), Some(plain))?;
        let Some(proxy) = out.as_ref().and_then(proxy_in) else { return same(out, Some(plain.clone())) };
        same((&proxy, proxy.typeid(), proxy.repr()), (&self.proxy, self.proxy.typeid(), self.proxy.repr()))?;
        same(proxy.call::<Value>(self.method, self.args.as_slice())?, self.result.clone())
    }
}

/// A way to put a proxy into a plain value.
struct Wrap {
    make: fn(Value) -> Value,
    hashable: bool,
    /// What is printed around it.
    text: [&'static str; 2],
}

const WRAPS: &[Wrap] = &[
    Wrap { make: |it| it, hashable: true, text: ["", ""] },
    Wrap { make: |it| Value::List(vec![it]), hashable: false, text: ["[", "]"] },
    Wrap { make: |it| Value::Tuple(vec![1.into(), it]), hashable: true, text: ["(1, ", ")"] },
    Wrap { make: |it| Value::Dict(vec![("a".into(), it)]), hashable: false, text: ["{'a': ", "}"] },
    Wrap { make: |it| Value::Dict(vec![(it, 1.into())]), hashable: false, text: ["{", ": 1}"] },
    Wrap { make: |it| Value::Set(vec![it]), hashable: false, text: ["{", "}"] },
    Wrap { make: |it| Value::FrozenSet(vec![it]), hashable: true, text: ["frozenset({", "})"] },
];

/// The proxy in a value that one of these made.
fn proxy_in(value: &Value) -> Option<Proxy> {
    match value {
        Value::Proxy(proxy) => Some(proxy.clone()),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            items.iter().find_map(proxy_in)
        }
        Value::Dict(entries) => entries.iter().find_map(|(key, item)| proxy_in(key).or_else(|| proxy_in(item))),
        _ => None,
    }
}

fn in_every_place(object: &Object, plain: &Value, wrap: &Wrap) -> Result<()> {
    let shown = format!("{}{}{}", wrap.text[0], object.proxy.repr(), wrap.text[1]);

    let list = List::from_items([plain])?;
    same(list.to_string(), format!("[{shown}]"))?;
    same(list.position(plain)?, Some(0))?;
    object.check(list.get(0)?, plain)?;
    object.check(list.iter().next().transpose()?, plain)?;

    let process = Process::spawn("looks_inside", (plain, &list, object.method, &object.args))?;
    let (back, result): (Value, Value) = process.join()?;
    object.check(back, plain)?;
    same(result, object.result.clone())?;
    drop(process);
    object.check(list.pop()?, plain)?;

    let dict: Dict<String, Value> = Dict::from_entries([("k", plain)])?;
    same(dict.to_string(), format!("{{'k': {shown}}}"))?;
    object.check(dict.get_item("k")?, plain)?;
    object.check(dict.remove("k")?, plain)?;

    let deque = Deque::from_items([plain])?;
    same(deque.to_string(), format!("deque([{shown}])"))?;
    object.check(deque.get(-1)?, plain)?;
    object.check(deque.pop_front()?, plain)?;

    let namespace = Namespace::new()?;
    namespace.set("x", plain)?;
    same(namespace.to_string(), format!("Namespace(x={shown})"))?;
    object.check(namespace.get("x")?, plain)?;
    object.check(namespace.swap("x", Value::Null)?, plain)?;

    let value = SharedValue::<Value>::with_typecode("O", plain)?;
    same(value.to_string(), format!("Value('O', {shown})"))?;
    object.check(value.get()?, plain)?;
    object.check(value.swap(Value::Null)?, plain)?;

    if wrap.hashable {
        let set = Set::from_items([plain])?;
        same(set.to_string(), format!("{{{shown}}}"))?;
        same(set.contains(plain)?, true)?;
        object.check(set.pop_last()?, plain)?;

        let dict: Dict<Value, i64> = Dict::from_entries([(plain, 1)])?;
        same(dict.to_string(), format!("{{{shown}: 1}}"))?;
        same(dict.get(plain)?, Some(1))?;
        object.check(dict.iter_keys()?.next().transpose()?, plain)?;
        object.check(dict.pop_last()?.map(|(key, _)| key), plain)?;
    }
    Ok(())
}
