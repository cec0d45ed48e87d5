//! Who holds what: the holders of a proxy's object, counted by hand, before, while the result of an
//! operation is kept, and after it was dropped.

use super::*;
use crate::object::Referent as AnyReferent;
use crate::sync::Weak;

/// Counts the holders of an object around calls of a container's methods. The test holds it once.
fn check(make: fn(&World, &Proxy) -> Proxy, cases: Vec<(&str, fn(&Proxy) -> Vec<Item>, [u32; 3])>) {
    for (method, args, counts) in cases {
        let world = World::new();
        let p = world.list(list![]);
        let container = make(&world, &p);
        let before = p.holders();
        let result = world.call(&container, method, args(&p));
        let kept = p.holders();
        drop(result);
        let case =
            format!("{method}({})", args(&p).into_iter().map(|arg| shown(Ok(arg))).collect::<Vec<_>>().join(", "));
        assert_eq!([before, kept, p.holders()], counts, "{case}");
        drop(container);
        settle();
        assert_eq!(p.holders(), 1, "{case}: all is given back");
        assert_eq!(world.objects(), 1, "{case}");
    }
}

fn proxy(p: &Proxy) -> Plain {
    Value::Proxy(p.clone())
}

fn item(p: &Proxy) -> Item {
    Item::proxy(p.clone())
}

fn all() -> Plain {
    slice(None, None, None)
}

#[test]
fn of_what_lists_hold() {
    // The test, the first item, and the second, a tuple with it twice.
    let make = |world: &World, p: &Proxy| world.list(list![proxy(p), tuple![proxy(p), proxy(p)], 1]);
    check(
        make,
        vec![
            ("__getitem__", |_| items![0], [4, 5, 4]),
            ("__getitem__", |_| items![1], [4, 6, 4]),
            ("__getitem__", |_| items![all()], [4, 7, 4]),
            ("__getitem__", |_| items![9], [4, 4, 4]),
            ("__setitem__", |_| items![0, 1], [4, 3, 3]),
            ("__setitem__", |p| vec![v(1), item(p)], [4, 3, 3]),
            ("__setitem__", |p| vec![v(9), item(p)], [4, 4, 4]),
            ("__setitem__", |p| items![all(), list![proxy(p)]], [4, 2, 2]),
            ("__setitem__", |p| items![slice(None, None, Some(2)), list![proxy(p), proxy(p)]], [4, 5, 5]),
            ("__setitem__", |p| items![slice(None, None, Some(2)), list![proxy(p)]], [4, 4, 4]),
            ("__delitem__", |_| items![1], [4, 2, 2]),
            ("__delitem__", |_| items![all()], [4, 1, 1]),
            ("__delitem__", |_| items![slice(None, None, Some(2))], [4, 3, 3]),
            ("append", |p| vec![item(p)], [4, 5, 5]),
            ("extend", |p| items![list![proxy(p), list![proxy(p)]]], [4, 6, 6]),
            ("extend", |p| vec![item(p)], [4, 4, 4]),
            ("__iadd__", |p| items![tuple![proxy(p)]], [4, 5, 5]),
            ("insert", |p| vec![v(0), item(p)], [4, 5, 5]),
            ("pop", |_| items![0], [4, 4, 3]),
            ("pop", |_| items![1], [4, 4, 2]),
            ("pop", |_| items![], [4, 4, 4]),
            ("remove", |p| vec![item(p)], [4, 3, 3]),
            ("remove", |p| items![tuple![proxy(p), proxy(p)]], [4, 2, 2]),
            ("remove", |p| items![list![proxy(p)]], [4, 4, 4]),
            ("clear", |_| items![], [4, 1, 1]),
            ("copy", |_| items![], [4, 7, 4]),
            ("__reversed__", |_| items![], [4, 7, 4]),
            ("__contains__", |p| vec![item(p)], [4, 4, 4]),
            ("count", |p| items![tuple![proxy(p), proxy(p)]], [4, 4, 4]),
            ("index", |p| vec![item(p)], [4, 4, 4]),
            ("reverse", |_| items![], [4, 4, 4]),
            ("sort", |_| items![], [4, 4, 4]),
            ("__add__", |p| items![list![proxy(p)]], [4, 8, 4]),
            ("__add__", |p| vec![item(p)], [4, 7, 4]),
            ("__radd__", |p| items![list![proxy(p)]], [4, 8, 4]),
            ("__add__", |p| items![tuple![proxy(p)]], [4, 4, 4]),
            ("__mul__", |_| items![3], [4, 13, 4]),
            ("__rmul__", |_| items![0], [4, 4, 4]),
            ("__imul__", |_| items![3], [4, 10, 10]),
            ("__imul__", |_| items![0], [4, 1, 1]),
            ("fetch_add", |_| items![2, 1], [4, 4, 4]),
            ("fetch_add", |_| items![0, 1], [4, 4, 4]),
            ("nothing", |p| vec![item(p)], [4, 4, 4]),
            ("append", |p| vec![item(p), item(p)], [4, 4, 4]),
        ],
    );
}

#[test]
fn of_what_dicts_hold() {
    // The test, a key, its item, and another item.
    let make = |world: &World, p: &Proxy| {
        world.dict(list![tuple![proxy(p), proxy(p)], tuple!["k", list![proxy(p)]], tuple!["n", 1]])
    };
    check(
        make,
        vec![
            ("__getitem__", |p| vec![item(p)], [4, 5, 4]),
            // A KeyError holds the key.
            ("__getitem__", |p| items![tuple![proxy(p)]], [4, 5, 4]),
            ("get", |_| items!["k"], [4, 5, 4]),
            ("get", |p| vec![v("x"), item(p)], [4, 5, 4]),
            ("get", |p| vec![v("k"), item(p)], [4, 5, 4]),
            ("__setitem__", |p| vec![v("x"), item(p)], [4, 5, 5]),
            // The key that is there stays, the new one goes.
            ("__setitem__", |p| vec![item(p), v(1)], [4, 3, 3]),
            ("__setitem__", |p| items![list![proxy(p)], 1], [4, 4, 4]),
            ("__delitem__", |p| vec![item(p)], [4, 2, 2]),
            ("__contains__", |p| vec![item(p)], [4, 4, 4]),
            ("__iter__", |_| items![], [4, 4, 4]),
            ("__reversed__", |_| items![], [4, 5, 4]),
            ("__or__", |p| items![dict! {"y" => proxy(p), proxy(p) => 0}], [4, 7, 4]),
            ("__ror__", |p| items![dict! {"y" => proxy(p), proxy(p) => 0}], [4, 8, 4]),
            ("__or__", |p| vec![item(p)], [4, 4, 4]),
            ("__ior__", |p| items![dict! {"y" => proxy(p)}], [4, 5, 5]),
            ("clear", |_| items![], [4, 1, 1]),
            ("copy", |_| items![], [4, 7, 4]),
            ("fromkeys", |p| vec![Item::from_value(list![1, proxy(p)]).unwrap(), item(p)], [4, 7, 4]),
            ("items", |_| items![], [4, 7, 4]),
            ("keys", |_| items![], [4, 5, 4]),
            ("values", |_| items![], [4, 6, 4]),
            // The key is dropped at once, the item goes to the caller.
            ("pop", |p| vec![item(p)], [4, 3, 2]),
            ("pop", |p| items![tuple![proxy(p)]], [4, 5, 4]),
            ("pop", |p| vec![v("x"), item(p)], [4, 5, 4]),
            ("popitem", |_| items![], [4, 4, 4]),
            ("setdefault", |p| vec![v("x"), item(p)], [4, 6, 5]),
            ("setdefault", |p| vec![item(p), item(p)], [4, 5, 4]),
            ("update", |p| items![list![tuple!["k", proxy(p)], tuple![proxy(p), 0], tuple!["z", proxy(p)]]], [4, 4, 4]),
            ("update", |p| items![list![tuple!["z", proxy(p)], proxy(p)]], [4, 5, 5]),
            ("values", |p| vec![item(p)], [4, 4, 4]),
            ("fetch_add", |_| items!["n", 1], [4, 4, 4]),
            ("fetch_add", |p| vec![Item::from_value(tuple![proxy(p)]).unwrap(), v(1), v(1)], [4, 5, 5]),
            ("fetch_add", |p| vec![item(p), v(1)], [4, 4, 4]),
        ],
    );
}

#[test]
fn a_popped_entry_holds_what_it_held() {
    let world = World::new();
    let p = world.list(list![]);
    let dict = world.dict(list![tuple![proxy(&p), proxy(&p)]]);
    assert_eq!(p.holders(), 3);
    let (key, item) = Dict::pop_item(&dict).unwrap();
    assert_eq!(p.holders(), 3);
    drop(key);
    assert_eq!(p.holders(), 2);
    drop(item);
    assert_eq!(p.holders(), 1);
}

/// Whatever puts a proxy into a container or takes it out counts as an acquisition of its own, even
/// though the number of holders is the same before and after.
#[test]
fn moves_are_counted() {
    let world = World::new();
    let p = world.list(list![]);
    let l = world.list(list![]);
    let d = world.dict(dict! {});
    let acquisitions = || p.referent().word().read() >> 32;
    let moved = |what: &str, least: u64, arg: Item, run: &dyn Fn(Item)| {
        let (holders, before) = (p.holders(), acquisitions());
        run(arg);
        assert!(acquisitions() >= before + least, "{what}: {} after {before}", acquisitions());
        assert_eq!(p.holders(), holders, "{what}");
    };
    let arg = || item(&p);
    let plain = |proxies: usize| Item::from_value(Value::List(vec![proxy(&p); proxies])).unwrap();
    let nothing = || v(NONE);
    moved("append", 1, arg(), &|item| List::append(&l, item).unwrap());
    moved("insert", 1, arg(), &|item| List::insert(&l, 0, item).unwrap());
    moved("a nested item", 2, plain(2), &|item| List::append(&l, item).unwrap());
    moved("extend", 4, plain(2), &|item| List::extend(&l, item).unwrap());
    List::append(&l, nothing()).unwrap();
    moved("set_item", 1, arg(), &|item| List::set_item(&l, -1, item).unwrap());
    let popped = std::cell::RefCell::new(Vec::new());
    let keep = |item| popped.borrow_mut().push(item);
    moved("pop", 1, nothing(), &|_| keep(List::pop(&l, None).unwrap()));
    moved("pop", 2, nothing(), &|_| keep(List::pop(&l, Some(2)).unwrap()));
    moved("dict.set_item", 1, arg(), &|item| Dict::set_item(&d, v(1), item).unwrap());
    moved("a key", 1, arg(), &|item| Dict::set_item(&d, item, v(1)).unwrap());
    moved("popitem", 1, nothing(), &|_| keep(Dict::pop_item(&d).unwrap().0));
    moved("dict.take", 1, nothing(), &|_| keep(Dict::take(&d, &v(1)).unwrap().unwrap()));
    moved("update", 2, Item::from_value(dict! {2 => proxy(&p)}).unwrap(), &|item| Dict::update(&d, &item).unwrap());
}

#[test]
fn edges_are_the_proxies_inside() {
    let world = World::new();
    let (a, b) = (world.list(list![]), world.dict(dict! {}));
    let edges = |container: &Proxy| {
        let mut seen = Vec::new();
        container.body().edges(&mut |proxy| seen.push(proxy.id()));
        seen
    };
    let list = world.list(list![proxy(&a), 1, tuple![proxy(&b), list![proxy(&a)]]]);
    assert_eq!(edges(&list), [a.id(), b.id(), a.id()]);
    let dict = world.dict(list![tuple![proxy(&a), proxy(&b)], tuple![1, list![proxy(&a)]]]);
    assert_eq!(edges(&dict), [a.id(), b.id(), a.id()]);
    let set = world.set(list![proxy(&a), 1, tuple![proxy(&b), proxy(&a)]]);
    assert_eq!(edges(&set), [a.id(), b.id(), a.id()]);
}

/// An object that looks, when it is freed, whether the container that held it is locked.
struct Probe {
    container: Weak<AnyReferent>,
    freed: Arc<Mutex<Vec<bool>>>,
}

impl Shared for Probe {
    fn type_info(&self) -> &TypeInfo {
        static INFO: LazyLock<TypeInfo> = LazyLock::new(|| TypeInfo::declare("Probe", "ProbeProxy", "", &[]));
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        if let Some(container) = self.container.upgrade() {
            let container = container.body().as_any();
            let list = container.downcast_ref::<List>().map(List::is_locked);
            let dict = container.downcast_ref::<Dict>().map(Dict::is_locked);
            let set = container.downcast_ref::<Set>().map(Set::is_locked);
            self.freed.lock().extend(list.or(dict).or(set));
        }
        Remains::Nothing
    }

    fn edges(&self, _visit: &mut dyn FnMut(&Proxy)) {}

    fn to_text(&self, _me: u64, _most: usize) -> Outcome<String> {
        Ok("<probe>".into())
    }
}

/// Whatever a method drops, what a container gives up or what it does not take in, it drops when the
/// container is not locked any more: what is freed then may do anything.
#[test]
fn nothing_is_dropped_under_a_lock() {
    type Args = fn(&dyn Fn() -> Plain) -> Vec<Item>;
    fn check(make: fn(&World) -> Proxy, fill: &str, filling: Args, cases: Vec<(&str, Args, usize)>) {
        for (method, args, count) in cases {
            let world = World::with_limits(Limits { container_length: 4, ..Limits::default() });
            let container = make(&world);
            let freed = Arc::new(Mutex::new(Vec::new()));
            let probe = || {
                let probe = Probe { container: Arc::downgrade(container.referent()), freed: freed.clone() };
                Value::Proxy(AnyReferent::create(&world.caller.home, probe))
            };
            world.call(&container, fill, filling(&probe)).unwrap();
            assert!(freed.lock().is_empty(), "{method}: all probes are inside");
            drop(world.call(&container, method, args(&probe)));
            assert_eq!(*freed.lock(), vec![false; count], "{method}");
        }
    }
    check(
        |world| world.list(list![]),
        "extend",
        |probe| items![list![probe(), probe(), tuple![probe()]]],
        vec![
            ("__setitem__", |probe| vec![v(0), v(probe())], 1),
            ("__setitem__", |probe| vec![v(9), v(probe())], 1),
            ("__setitem__", |probe| items![all(), list![probe()]], 3),
            ("__setitem__", |probe| items![slice(None, None, Some(2)), list![probe()]], 1),
            ("__setitem__", |probe| items![slice(None, None, Some(2)), list![1, probe()]], 2),
            ("__setitem__", |probe| items![slice(Some(3), None, None), list![probe(), probe()]], 2),
            ("__delitem__", |_| items![2], 1),
            ("__delitem__", |_| items![slice(None, None, Some(2))], 2),
            ("append", |probe| items![probe(), probe()], 2),
            ("extend", |probe| items![list![probe(), probe()]], 2),
            ("__imul__", |_| items![0], 3),
            ("__imul__", |_| items![2], 0),
            ("pop", |_| items![], 1),
            ("clear", |_| items![], 3),
            ("remove", |probe| vec![v(probe())], 1),
            ("index", |probe| vec![v(probe())], 1),
            ("__add__", |probe| items![list![probe()]], 1),
            ("sort", |probe| vec![v(probe())], 1),
            ("fetch_add", |probe| vec![v(0), v(probe())], 1),
        ],
    );
    let full = |world: &World| {
        let list = world.list(list![1, 2, 3]);
        world.call(&list, "append", items![4]).unwrap();
        list
    };
    check(
        full,
        "reverse",
        |_| vec![],
        vec![
            ("append", |probe| vec![v(probe())], 1),
            ("insert", |probe| vec![v(0), v(probe())], 1),
            ("extend", |probe| items![tuple![probe()]], 1),
            ("__setitem__", |probe| items![slice(Some(1), Some(1), None), tuple![probe()]], 1),
        ],
    );
    check(
        |world| world.dict(dict! {}),
        "update",
        |probe| items![list![tuple![1, probe()], tuple![2, tuple![probe()]], tuple![probe(), probe()]]],
        vec![
            ("__setitem__", |probe| vec![v(1), v(probe())], 1),
            ("__setitem__", |probe| vec![v(list![]), v(probe())], 1),
            ("setdefault", |probe| vec![v(1), v(probe())], 1),
            ("__delitem__", |_| items![1], 1),
            ("pop", |_| items![2], 1),
            ("pop", |probe| vec![v(9), v(probe())], 1),
            ("popitem", |_| items![], 2),
            ("update", |probe| items![dict! {1 => probe(), 2 => 3}], 2),
            ("update", |probe| items![list![tuple![1, probe()], tuple![probe(), 2], tuple![probe(), probe()]]], 3),
            ("__ior__", |probe| items![list![tuple![1, 1], probe()]], 2),
            ("clear", |_| items![], 4),
            ("__or__", |probe| items![dict! {1 => probe()}], 1),
            ("__ror__", |probe| items![dict! {1 => probe()}], 1),
            ("fromkeys", |probe| items![list![probe()], probe()], 2),
            ("fetch_add", |probe| vec![v(1), v(probe())], 1),
            ("fetch_add", |probe| vec![v(probe()), v(1), v(probe())], 2),
            ("get", |probe| vec![v(probe()), v(probe())], 2),
        ],
    );
    check(
        |world| world.create("Counter", vec![], vec![]).unwrap(),
        "update",
        |probe| items![dict! {1 => probe(), probe() => 1, tuple![probe()] => -1}],
        vec![
            ("update", |probe| items![list![probe(), probe(), list![]]], 2),
            ("update", |probe| items![list![probe(), 1]], 1),
            ("update", |probe| items![list![probe(), probe()]], 2),
            ("update", |probe| items![dict! {1 => probe()}], 1),
            ("subtract", |probe| items![list![probe()]], 0),
            ("subtract", |probe| items![list![2, probe()]], 1),
            ("subtract", |probe| items![dict! {probe() => 1, 1 => 1}], 1),
            ("__iadd__", |probe| items![dict! {probe() => 1}], 1),
            ("__ior__", |probe| items![dict! {1 => probe()}], 1),
            ("__delitem__", |_| items![1], 1),
            ("__delitem__", |probe| vec![v(probe())], 1),
            ("swap", |probe| vec![v(1), v(probe())], 1),
            ("swap", |probe| vec![v(probe()), v(probe())], 0),
            ("compare_exchange", |probe| vec![v(probe()), v(1), v(probe())], 2),
            ("pop_if", |probe| vec![v(probe()), v(probe())], 2),
            ("__add__", |probe| items![dict! {probe() => 1}], 1),
            ("__le__", |probe| items![dict! {probe() => 1}], 1),
            ("most_common", |probe| vec![v(probe())], 1),
            ("clear", |_| items![], 3),
        ],
    );
    check(
        |world| world.create("Counter", vec![], vec![]).unwrap(),
        "update",
        |probe| items![dict! {probe() => -1, tuple![probe()] => 2}],
        vec![
            ("__iadd__", |probe| items![dict! {probe() => -1, probe() => 1}], 2),
            ("__iand__", |_| items![dict! {}], 2),
            ("__isub__", |_| items![dict! {}], 1),
            ("__ior__", |probe| items![dict! {probe() => 0}], 2),
            ("update", |probe| items![list![probe(), probe(), probe()]], 3),
        ],
    );
    check(
        |world| world.set(list![]),
        "update",
        |probe| items![list![1, probe(), tuple![probe()]]],
        vec![
            ("add", |probe| items![list![probe()]], 1),
            ("remove", |probe| vec![v(probe())], 1),
            ("pop", |_| items![], 1),
            ("clear", |_| items![], 2),
            ("update", |probe| items![list![probe(), probe(), tuple![1, probe()]]], 2),
            ("update", |probe| items![list![7], list![list![], probe()]], 1),
            ("intersection_update", |probe| items![list![1, probe()]], 3),
            ("difference_update", |probe| items![list![1, probe()]], 1),
            ("symmetric_difference_update", |probe| items![list![1, probe(), probe(), probe()]], 1),
            ("__iand__", |probe| items![Value::Set(vec![probe()])], 3),
            ("__ior__", |probe| items![Value::Set(vec![probe(), probe()])], 1),
            ("union", |probe| items![list![probe()]], 1),
            ("intersection", |probe| items![list![probe()]], 1),
            ("isdisjoint", |probe| items![list![probe(), 1]], 1),
            ("__le__", |probe| items![Value::Set(vec![probe()])], 1),
            ("__contains__", |probe| vec![v(probe())], 1),
        ],
    );
}
