//! Objects of other providers as arguments: where a method wants what is inside of one, it gets a
//! copy; everywhere else the proxy stays what it is.

use super::*;
use crate::object::{BoxFuture, Foreign, Referent as AnyReferent, Remote};

/// An object whose state is elsewhere: a value, or an error.
struct Far(Result<Plain, &'static str>);

impl Shared for Far {
    fn type_info(&self) -> &TypeInfo {
        static INFO: LazyLock<TypeInfo> = LazyLock::new(|| TypeInfo::declare("Far", "AutoProxy[Far]", "", &[]));
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        Remains::Nothing
    }

    fn edges(&self, _visit: &mut dyn FnMut(&Proxy)) {}

    fn to_text(&self, _me: u64, _most: usize) -> Outcome<String> {
        Ok("<far>".into())
    }

    fn foreign(&self) -> Option<&dyn Foreign> {
        Some(self)
    }

    fn remote(&self) -> Option<&dyn Remote> {
        Some(self)
    }
}

impl Remote for Far {
    fn contents<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Foreign::get_value(self, me, caller)
    }

    fn iterator<'a>(&'a self, _me: &'a Proxy, _caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async { Err(CallError::internal("nobody goes over it")) })
    }
}

impl Foreign for Far {
    fn call<'a>(
        &'a self,
        _me: &'a Proxy,
        _caller: &'a Caller,
        _method: u32,
        _args: Vec<Item>,
        _kwargs: Vec<(String, Item)>,
    ) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async { Err(CallError::internal("nobody calls it")) })
    }

    fn get_value<'a>(&'a self, _me: &'a Proxy, _caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async { self.0.clone().map(v).map_err(CallError::runtime) })
    }

    fn to_text<'a>(&'a self, _me: &'a Proxy, _caller: &'a Caller) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async { Ok("<far>".into()) })
    }
}

#[test]
fn what_is_inside_is_copied_where_it_is_wanted() {
    let world = World::new();
    let far = |value| Item::proxy(AnyReferent::create(&world.caller.home, Far(value)));
    let letters = far(Ok(list!["a", "b"]));
    let entries = far(Ok(dict! {"k" => 1}));
    let list = world.list(list![1]);
    let whole = || v(slice(None, None, None));
    for (method, args, result, after) in [
        ("extend", vec![letters.clone()], "None", "[1, 'a', 'b']"),
        ("__add__", vec![letters.clone()], "[1, 'a', 'b', 'a', 'b']", "[1, 'a', 'b']"),
        ("__radd__", vec![letters.clone()], "['a', 'b', 1, 'a', 'b']", "[1, 'a', 'b']"),
        ("__setitem__", vec![whole(), entries.clone()], "None", "['k']"),
        ("__iadd__", vec![letters.clone()], "None", "['k', 'a', 'b']"),
        ("extend", vec![far(Err("not today"))], "RuntimeError: not today", "['k', 'a', 'b']"),
        ("__setitem__", vec![whole(), far(Err("not today"))], "RuntimeError: not today", "['k', 'a', 'b']"),
    ] {
        assert_eq!(world.show(&list, method, args), result, "{method}");
        assert_eq!(world.text(&list), after, "{method}");
    }
    let dict = world.dict(dict! {});
    for (method, args, result, after) in [
        ("update", vec![entries.clone()], "None", "{'k': 1}"),
        ("__ior__", vec![far(Ok(list![tuple!["x", 2]]))], "None", "{'k': 1, 'x': 2}"),
        ("__or__", vec![far(Ok(dict! {"k" => 3}))], "{'k': 3, 'x': 2}", "{'k': 1, 'x': 2}"),
        ("__ror__", vec![far(Ok(dict! {"k" => 3}))], "{'k': 1, 'x': 2}", "{'k': 1, 'x': 2}"),
        ("fromkeys", vec![letters.clone(), v(0)], "{'a': 0, 'b': 0}", "{'k': 1, 'x': 2}"),
        ("update", vec![far(Ok(Value::Int(5)))], "TypeError: 'int' object is not iterable", "{'k': 1, 'x': 2}"),
    ] {
        assert_eq!(world.show(&dict, method, args), result, "{method}");
        assert_eq!(world.text(&dict), after, "{method}");
    }
    let set = world.set(list!["a"]);
    let numbers = || far(Ok(Value::Set(vec![1.into(), 2.into()])));
    for (method, args, result, after) in [
        ("update", vec![letters, v(list![1]), numbers()], "None", "{'a', 'b', 1, 2}"),
        ("__and__", vec![numbers()], "{1, 2}", "{'a', 'b', 1, 2}"),
        ("issuperset", vec![numbers()], "True", "{'a', 'b', 1, 2}"),
        ("difference_update", vec![v(list![]), numbers()], "None", "{'a', 'b'}"),
        ("union", vec![v(list![]), far(Err("not today"))], "RuntimeError: not today", "{'a', 'b'}"),
        ("__contains__", vec![numbers()], "False", "{'a', 'b'}"),
    ] {
        assert_eq!(world.show(&set, method, args), result, "{method}");
        assert_eq!(world.text(&set), after, "{method}");
    }
}

#[test]
fn as_an_item_or_a_key_it_stays_a_proxy() {
    let world = World::new();
    let far = AnyReferent::create(&world.caller.home, Far(Ok(list![1])));
    let arg = || Item::proxy(far.clone());
    let list = world.list(list![0]);
    for (method, args) in [("append", vec![arg()]), ("insert", vec![v(0), arg()]), ("__setitem__", vec![v(1), arg()])] {
        world.call(&list, method, args).unwrap();
    }
    assert_eq!(world.text(&list), format!("[{0}, {0}, {0}]", far.repr()));
    assert_eq!(world.show(&list, "count", vec![arg()]), "3");
    let dict = world.dict(dict! {});
    world.call(&dict, "__setitem__", vec![arg(), arg()]).unwrap();
    world.call(&dict, "setdefault", vec![v(1), arg()]).unwrap();
    assert_eq!(world.text(&dict), format!("{{{0}: {0}, 1: {0}}}", far.repr()));
    assert_eq!(far.holders(), 1 + 3 + 3);
}
