use super::*;
use crate::referents::custom::{Ask, Description, ProvidedType, Provider, Request};
use std::collections::BTreeSet;

fn refusal(outcome: Outcome<Item>) -> (ErrorKind, String) {
    let error = outcome.unwrap_err();
    (error.kind, error.message)
}

fn not_exposed(method: &str, typeid: &str) -> (ErrorKind, String) {
    (ErrorKind::NotExposed, format!("'{method}' of '{typeid}' object is not exposed by this proxy"))
}

#[test]
fn a_narrowed_proxy_calls_what_it_was_left_and_nothing_else() {
    let world = World::new();
    let list = world.list(list![1, 2]);
    let dict = world.dict(dict! {"a" => 1});
    for proxy in [list, dict] {
        let info = proxy.body().type_info();
        let typeid = info.typeid();
        let names: Vec<_> = info.methods().iter().map(|method| method.name().to_owned()).collect();
        for allowed in &names {
            let narrowed = world.narrowed(&proxy, &[allowed]);
            for method in &names {
                // Rights come before arguments, so none are needed.
                let outcome = world.call(&narrowed, method, vec![]);
                if method == allowed {
                    assert_ne!(outcome.map_err(|error| error.kind).err(), Some(ErrorKind::NotExposed), "{method}");
                } else {
                    assert_eq!(refusal(outcome), not_exposed(method, typeid), "only {allowed} is exposed");
                }
            }
            assert_eq!(refusal(world.value(&narrowed)), not_exposed("get-value", typeid));
        }
    }
}

#[test]
fn typed_operations_take_the_right_of_their_method() {
    let world = World::new();
    let item = || v(1);
    type Operation<'a> = (&'a str, Box<dyn Fn(&Proxy) -> Outcome<()>>);
    fn op<'a, T>(right: &'a str, run: impl Fn(&Proxy) -> Outcome<T> + 'static) -> Operation<'a> {
        (right, Box::new(move |proxy| run(proxy).map(drop)))
    }
    let whole = super::super::slice::Slice::default();
    let lists = vec![
        op("__len__", List::length),
        op("__getitem__", |p| List::get_item(p, 0)),
        op("__setitem__", move |p| List::set_item(p, 0, item())),
        op("__delitem__", |p| List::delete_item(p, 0)),
        op("__getitem__", move |p| List::get_slice(p, whole)),
        op("__setitem__", move |p| List::set_slice(p, whole, v(list![]))),
        op("__delitem__", move |p| List::delete_slice(p, whole)),
        op("append", move |p| List::append(p, item())),
        op("extend", move |p| List::extend(p, v(list![]))),
        op("insert", move |p| List::insert(p, 0, item())),
        op("pop", |p| List::pop(p, None)),
        op("remove", move |p| List::remove(p, &item())),
        op("clear", List::clear),
        op("copy", List::copy),
        op("__reversed__", List::copy_reversed),
        op("__contains__", move |p| List::contains(p, &item())),
        op("count", move |p| List::count(p, &item())),
        op("index", move |p| List::index(p, &item(), None, None)),
        op("reverse", List::reverse),
        op("sort", |p| List::sort(p, false)),
        op("sort", List::snapshot),
        op("sort", |p| List::sort_by_keys(p, 0, &v(list![1]), false)),
        op("__add__", |p| List::concat(p, &v(list![]))),
        op("__radd__", |p| List::concat_before(p, &v(list![]))),
        op("__mul__", |p| List::repeat(p, 2)),
        op("__imul__", |p| List::repeat_in_place(p, 2)),
        op("fetch_add", move |p| List::fetch_add(p, 0, &item())),
    ];
    let dicts = vec![
        op("__len__", Dict::length),
        op("__getitem__", move |p| Dict::get_item(p, &item())),
        op("get", move |p| Dict::find(p, &item())),
        op("__setitem__", move |p| Dict::set_item(p, item(), item())),
        op("__delitem__", move |p| Dict::delete_item(p, &item())),
        op("__contains__", move |p| Dict::contains(p, &item())),
        op("pop", move |p| Dict::take(p, &item())),
        op("popitem", Dict::pop_item),
        op("setdefault", move |p| Dict::set_default(p, item(), item())),
        op("update", |p| Dict::update(p, &v(dict! {}))),
        op("clear", Dict::clear),
        op("copy", Dict::copy),
        op("keys", Dict::keys),
        op("__reversed__", Dict::keys_reversed),
        op("values", Dict::values),
        op("items", Dict::items),
        op("__iter__", Dict::iterate),
        op("__or__", |p| Dict::merge(p, &v(dict! {}))),
        op("__ror__", |p| Dict::merge_before(p, &v(dict! {}))),
        op("fetch_add", move |p| Dict::fetch_add(p, item(), &item(), None)),
    ];
    let one_list = || world.list(list![1]);
    let one_dict = || world.dict(dict! {1 => 1});
    check(&world, &one_list, lists, &one_dict());
    check(&world, &one_dict, dicts, &one_list());

    fn check(world: &World, make: &dyn Fn() -> Proxy, operations: Vec<Operation<'_>>, other: &Proxy) {
        for (right, run) in operations {
            let proxy = make();
            let info = proxy.body().type_info();
            let others: Vec<_> =
                info.methods().iter().map(|method| method.name()).filter(|name| *name != right).collect();
            let error = run(&world.narrowed(&proxy, &others)).unwrap_err();
            assert_eq!((error.kind, error.message), not_exposed(right, proxy.typeid()));
            run(&world.narrowed(&proxy, &[right])).unwrap();
            let error = run(other).unwrap_err();
            let wrong = format!("expected a proxy to a '{}', got one to a '{}'", proxy.typeid(), other.typeid());
            assert_eq!(error.kind, ErrorKind::Type, "{right}: {}", error.message);
            assert_eq!(error.message, wrong, "{right}");
        }
    }
}

#[test]
fn what_a_proxy_may_not_copy_out_is_no_operand_either() {
    let world = World::new();
    let secret = world.list(list![tuple![1, 2]]);
    let blind = world.narrowed(&secret, &["append", "__len__", "__contains__"]);
    let list = world.list(list![]);
    let dict = world.dict(dict! {});
    let refused = not_exposed("get-value", "list");
    let arg = || vec![Item::proxy(blind.clone())];
    for (me, method) in [
        (&list, "extend"),
        (&list, "__iadd__"),
        (&list, "__add__"),
        (&list, "__radd__"),
        (&secret, "extend"),
        (&secret, "__add__"),
        (&dict, "update"),
        (&dict, "__ior__"),
        (&dict, "fromkeys"),
    ] {
        assert_eq!(refusal(world.call(me, method, arg())), refused, "{method}");
    }
    let whole = Item::from_value(slice(None, None, None)).unwrap();
    assert_eq!(refusal(world.call(&list, "__setitem__", vec![whole, Item::proxy(blind.clone())])), refused);
    for typeid in ["list", "dict"] {
        let error = world.create(typeid, arg(), vec![]).unwrap_err();
        assert_eq!((error.kind, error.message), refused);
    }
    let inside = list![Value::Proxy(world.narrowed(&world.list(list![1, 2]), &[]))];
    assert_eq!(refusal(world.call(&dict, "update", items![inside])), refused);
    let keys = world.dict(dict! {1 => 2});
    let blind = world.narrowed(&keys, &["get"]);
    let refused = not_exposed("get-value", "dict");
    assert_eq!(refusal(world.call(&dict, "__or__", vec![Item::proxy(blind.clone())])), refused);
    assert_eq!(refusal(world.call(&keys, "__or__", vec![Item::proxy(blind)])), refused);
    // An iterator is used up by whoever iterates: that takes the right to draw from it.
    let Item::Proxy(iterator) = world.call(&keys, "__iter__", vec![]).unwrap() else { panic!("not a proxy") };
    let blind = Item::proxy(world.narrowed(&iterator, &[]));
    assert_eq!(refusal(world.call(&list, "extend", vec![blind])), not_exposed("__next__", "Iterator"));
    let drawing = Item::proxy(world.narrowed(&iterator, &["__next__"]));
    assert_eq!(world.show(&list, "extend", vec![drawing]), "None");
    assert_eq!(world.text(&list), "[1]");
}

#[test]
fn nor_is_a_providers_object_which_is_not_even_asked() {
    let world = World::new();
    let described = Description { typeid: "Far".into(), doc: String::new(), methods: vec![], creatable: true };
    let provider = Provider::new(Actor::new(world.caller.home.next_id(), "provider"));
    provider.set_types(ProvidedType::of_all([described]).unwrap());
    let far = provider.adopt(&world.caller.home, "Far").unwrap();
    let list = world.list(list![]);
    let blind = Item::proxy(world.narrowed(&far, &[]));
    assert_eq!(refusal(world.call(&list, "extend", vec![blind])), not_exposed("get-value", "Far"));
    assert!(provider.mailbox.len() == 0);
    let extending = begun(&list, &world.caller, "extend", vec![Item::proxy(far.clone())]);
    let Request::Ask(Ask::GetValue { .. }, reply) = at_once(provider.mailbox.next()) else { panic!("not the copy") };
    reply.send(Ok(v(list![1, 2])));
    assert_eq!(extending.over(), "None");
    assert_eq!(world.text(&list), "[1, 2]");
}

#[test]
fn the_same_rights_have_one_key_and_no_others_have_it() {
    let world = World::new();
    let list = world.list(list![]);
    let rights = Rights { uses: Some(5), ..Rights::all() };
    let [one, other] = [(); 2].map(|()| world.with_rights(&list, &rights));
    let below = world.with_rights(&one, &rights);
    let keys = [&list, &one, &other, &below].map(|proxy| proxy.grant().key());
    assert_eq!(keys[0], 0, "all rights");
    assert_eq!(BTreeSet::from(keys).len(), 4);
    // In a copy, and in the midst of a call.
    assert_eq!(one.clone().grant().key(), keys[1]);
    assert_eq!(one.counted().grant().key(), keys[1]);
}

#[test]
fn revoking_ends_an_iterator_that_was_made_with_the_right() {
    let world = World::new();
    let dict = world.dict(dict! {1 => 2, 3 => 4});
    let narrowed = world.narrowed(&dict, &["__iter__"]);
    let Item::Proxy(iterator) = world.call(&narrowed, "__iter__", vec![]).unwrap() else { panic!("not a proxy") };
    assert_eq!(world.show(&iterator, "__next__", vec![]), "1");
    narrowed.grant().revoke(world.caller.actor.id()).unwrap();
    let revoked = (ErrorKind::Revoked, "the proxy was revoked".to_owned());
    assert_eq!(refusal(world.call(&narrowed, "__iter__", vec![])), revoked);
    assert_eq!(refusal(world.call(&iterator, "__next__", vec![])), revoked);
    let list = world.list(list![]);
    assert_eq!(refusal(world.call(&list, "extend", vec![Item::proxy((*iterator).clone())])), revoked);
}
