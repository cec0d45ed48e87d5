use super::*;
use crate::object::Room;
use crate::referents::custom::{Ask, Description, ProvidedType, Provider, Reply, Request};
use crate::referents::iterator::Iteration;

fn iterate(world: &World, dict: &Proxy) -> Proxy {
    let Item::Proxy(iterator) = world.call(dict, "__iter__", vec![]).unwrap() else { panic!("not a proxy") };
    *iterator
}

#[test]
fn the_keys_come_in_order_and_then_nothing_for_ever() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, 2 => 3});
    let iterator = iterate(&world, &dict);
    assert_eq!(iterator.typeid(), "Iterator");
    assert_eq!((dict.holders(), world.objects()), (2, 2), "an iterator holds its dict");
    let next = || world.show(&iterator, "__next__", vec![]);
    assert_eq!([next(), next()], ["'a'", "2"]);
    let end = world.call(&iterator, "__next__", vec![]).unwrap_err();
    assert_eq!((end.kind, &*end.message, end.args.as_deref()), (ErrorKind::StopIteration, "", Some(&tuple![])));
    assert_eq!(dict.holders(), 1, "an exhausted one does not");
    world.call(&dict, "__setitem__", items![4, 5]).unwrap();
    assert_eq!(next(), "StopIteration");
    drop(iterator);
    assert_eq!(world.objects(), 1);
}

#[test]
fn an_iterator_keeps_its_dict_alive() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1});
    let iterator = iterate(&world, &dict);
    drop(dict);
    assert_eq!(world.objects(), 2);
    assert_eq!(world.show(&iterator, "__next__", vec![]), "'a'");
    assert_eq!(world.show(&iterator, "__next__", vec![]), "StopIteration");
    assert_eq!(world.objects(), 1);
}

#[test]
fn a_dict_of_another_size_fails_its_iterators_for_ever() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, "b" => 2, "c" => 3});
    let iterator = iterate(&world, &dict);
    let next = || world.show(&iterator, "__next__", vec![]);
    assert_eq!(next(), "'a'");
    world.call(&dict, "__setitem__", items!["b", 5]).unwrap();
    assert_eq!(next(), "'b'", "another value is no other key");
    world.call(&dict, "__setitem__", items!["d", 5]).unwrap();
    let changed = "RuntimeError: dictionary changed size during iteration";
    assert_eq!(next(), changed);
    world.call(&dict, "popitem", vec![]).unwrap();
    assert_eq!(next(), changed, "as large as before, but it has failed");
    let list = world.list(list![]);
    assert_eq!(world.show(&list, "extend", vec![Item::proxy(iterator.clone())]), changed);
}

#[test]
fn other_keys_in_the_place_of_old_ones_are_noticed() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, "b" => 2});
    let iterator = iterate(&world, &dict);
    let next = || world.show(&iterator, "__next__", vec![]);
    assert_eq!([next(), next()], ["'a'", "'b'"]);
    world.call(&dict, "pop", items!["b"]).unwrap();
    world.call(&dict, "__setitem__", items!["c", 3]).unwrap();
    assert_eq!(next(), "RuntimeError: dictionary keys changed during iteration");
    assert_eq!(next(), "StopIteration");
    assert_eq!(dict.holders(), 1);
    // So many removals that entries move.
    let iterator = iterate(&world, &dict);
    assert_eq!(world.show(&iterator, "__next__", vec![]), "'a'");
    for round in 0..100 {
        world.call(&dict, "pop", vec![v(if round == 0 { Plain::from("c") } else { Plain::from(round - 1) })]).unwrap();
        world.call(&dict, "__setitem__", items![round, 0]).unwrap();
    }
    let error = world.show(&iterator, "__next__", vec![]);
    assert_eq!(error, "RuntimeError: dictionary keys changed during iteration");
}

#[test]
fn iterating_over_an_iterator_uses_it_up() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, "b" => 2, "c" => 3});
    let iterator = iterate(&world, &dict);
    world.call(&iterator, "__next__", vec![]).unwrap();
    let list = world.create("list", vec![Item::proxy(iterator.clone())], vec![]).unwrap();
    assert_eq!(world.text(&list), "['b', 'c']");
    assert_eq!(world.show(&iterator, "__next__", vec![]), "StopIteration");
    assert_eq!(dict.holders(), 1);
    assert_eq!(world.show(&list, "extend", vec![Item::proxy(iterator.clone())]), "None");
    assert_eq!(world.text(&list), "['b', 'c']");
    // An iterator over the very dict that is updated from it.
    let pairs = world.dict(dict! {tuple![1, 2] => 0, tuple![3, 4] => 0});
    let iterator = iterate(&world, &pairs);
    world.call(&pairs, "update", vec![Item::proxy(iterator)]).unwrap();
    assert_eq!(world.text(&pairs), "{(1, 2): 0, (3, 4): 0, 1: 2, 3: 4}");
}

/// An iterator over something, by the constructor.
fn over(world: &World, item: Item) -> Proxy {
    world.create("Iterator", vec![item], vec![]).unwrap()
}

fn next_of(world: &World, iterator: &Proxy) -> String {
    world.show(iterator, "__next__", vec![])
}

fn next_many(world: &World, iterator: &Proxy, most: usize) -> Outcome<Vec<String>> {
    let drawn = at_once(Iteration::next_many(iterator, &world.caller, Room::some(most, 100)))?;
    Ok(drawn.iter().map(|item| repr(&item.to_value()).unwrap()).collect())
}

const STOP: &str = "StopIteration";

#[test]
fn whatever_can_be_gone_over_has_an_iterator() {
    let world = World::new();
    let array = world.create("Array", items!["i", list![1, 2]], vec![]).unwrap();
    let deque = world.create("deque", items![list![1, 2]], vec![]).unwrap();
    let shared = |proxy: &Proxy| Item::proxy(proxy.clone());
    for (source, name, items) in [
        (shared(&world.list(list![1, 2])), "list_iterator", ["1", "2"]),
        (shared(&world.dict(dict! {1 => 3, 2 => 4})), "dict_keyiterator", ["1", "2"]),
        (shared(&world.set(list![1, 2])), "set_iterator", ["1", "2"]),
        (shared(&array), "array.arrayiterator", ["1", "2"]),
        (shared(&deque), "_collections._deque_iterator", ["1", "2"]),
        (v(list![1, 2]), "list_iterator", ["1", "2"]),
        (v(tuple![1, 2]), "tuple_iterator", ["1", "2"]),
        (v(dict! {1 => 3, 2 => 4}), "dict_keyiterator", ["1", "2"]),
        (v(Value::set(vec![1.into(), 2.into()]).unwrap()), "set_iterator", ["1", "2"]),
        (v(Value::frozen_set(vec![1.into(), 2.into()]).unwrap()), "set_iterator", ["1", "2"]),
        (v("ab"), "str_ascii_iterator", ["'a'", "'b'"]),
        (v("aé"), "str_iterator", ["'a'", "'é'"]),
        (Item::bytes(vec![1, 2]), "bytes_iterator", ["1", "2"]),
    ] {
        let iterator = over(&world, source.clone());
        assert_eq!(world.text(&iterator), format!("<{name} object at {:#x}>", iterator.id()));
        assert_eq!([next_of(&world, &iterator), next_of(&world, &iterator)], items, "{name}");
        assert_eq!([next_of(&world, &iterator), next_of(&world, &iterator)], [STOP, STOP], "{name}");
        // Several at once, and the rest where an iterable is wanted.
        let iterator = over(&world, source.clone());
        assert_eq!(next_many(&world, &iterator, 0).unwrap(), [""; 0]);
        assert_eq!(next_many(&world, &iterator, 5).unwrap(), items, "{name}");
        assert_eq!(next_many(&world, &iterator, 5).unwrap(), [""; 0], "{name}");
        let iterator = over(&world, source);
        assert_eq!(next_of(&world, &iterator), items[0]);
        let list = world.create("list", vec![shared(&iterator)], vec![]).unwrap();
        assert_eq!(world.text(&list), format!("[{}]", items[1]), "{name}");
        assert_eq!(next_of(&world, &iterator), STOP);
    }
}

#[test]
fn what_cannot_be_gone_over_has_none() {
    let world = World::new();
    let create = |item: Item| match world.create("Iterator", vec![item], vec![]) {
        Ok(made) => panic!("{made:?}"),
        Err(error) => error.to_string(),
    };
    assert_eq!(create(v(5)), "TypeError: 'int' object is not iterable");
    assert_eq!(create(v(NONE)), "TypeError: 'NoneType' object is not iterable");
    assert_eq!(create(v(slice(None, None, None))), "TypeError: 'slice' object is not iterable");
    let namespace = world.create("Namespace", vec![], vec![]).unwrap();
    assert_eq!(create(Item::proxy(namespace)), "TypeError: 'NamespaceProxy' object is not iterable");
    let lock = world.create("Lock", vec![], vec![]).unwrap();
    assert_eq!(create(Item::proxy(lock)), "TypeError: 'AcquirerProxy' object is not iterable");
    let none = world.create("Iterator", vec![], vec![]).unwrap_err();
    assert_eq!(none.to_string(), "TypeError: Iterator() takes exactly one argument (0 given)");
    let small = World::with_limits(Limits { container_length: 2, ..Limits::default() });
    let error = small.create("Iterator", items!["abc"], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "QuotaExceeded: an Iterator can hold 2 items at most");
}

#[test]
fn an_iterator_over_an_iterator_is_the_same() {
    let world = World::new();
    let first = over(&world, v(list![1, 2]));
    let second = over(&world, Item::proxy(first.clone()));
    assert!(first.same(&second));
    assert_eq!([next_of(&world, &first), next_of(&world, &second), next_of(&world, &first)], ["1", "2", STOP]);
    // With the rights that its proxy has.
    let narrow = world.narrowed(&first, &[]);
    let error = "NotExposed: '__next__' of 'Iterator' object is not exposed by this proxy";
    assert_eq!(next_of(&world, &over(&world, Item::proxy(narrow.clone()))), error);
    let rights = narrow.grant().initial(&Rights::all(), narrow.body().type_info()).unwrap();
    assert_eq!(next_of(&world, &narrow.with_grant(rights)), error);
}

#[test]
fn lists_and_arrays_are_seen_as_they_are_at_each_step() {
    let world = World::new();
    for (typeid, args) in [("list", items![list![1, 2]]), ("Array", items!["q", list![1, 2]])] {
        let all = || v(slice(None, None, None));
        let is = |items: Plain| match typeid {
            "list" => v(items),
            _ => Item::proxy(world.create("Array", vec![v("q"), v(items)], vec![]).unwrap()),
        };
        let me = world.create(typeid, args, vec![]).unwrap();
        let iterator = over(&world, Item::proxy(me.clone()));
        assert_eq!(me.holders(), 2);
        assert_eq!(next_of(&world, &iterator), "1");
        world.call(&me, "__setitem__", vec![all(), is(list![7, 8, 9])]).unwrap();
        assert_eq!(next_many(&world, &iterator, 2).unwrap(), ["8", "9"]);
        assert_eq!(me.holders(), 2, "nobody knows yet that there is no more");
        world.call(&me, "__setitem__", vec![all(), is(list![0, 0, 0, 5])]).unwrap();
        assert_eq!(next_of(&world, &iterator), "5");
        world.call(&me, "__setitem__", vec![all(), is(list![])]).unwrap();
        assert_eq!(next_of(&world, &iterator), STOP);
        assert_eq!(me.holders(), 1);
        world.call(&me, "__setitem__", vec![all(), is(list![1, 2, 3, 4, 5, 6])]).unwrap();
        assert_eq!(next_of(&world, &iterator), STOP, "for good");
        // Fewer than were wanted: the end was met.
        let iterator = over(&world, Item::proxy(me.clone()));
        assert_eq!(next_many(&world, &iterator, 7).unwrap().len(), 6);
        assert_eq!(me.holders(), 1);
    }
}

#[test]
fn sets_and_plain_values_are_seen_as_they_were() {
    let world = World::new();
    let inner = world.list(list![]);
    let set = world.set(list![1, Value::Proxy(inner.clone()), 3]);
    let iterator = over(&world, Item::proxy(set.clone()));
    assert_eq!((set.holders(), inner.holders()), (1, 3), "a copy of what is inside");
    world.call(&set, "clear", vec![]).unwrap();
    assert_eq!(next_of(&world, &iterator), "1");
    let mut seen = Vec::new();
    iterator.body().edges(&mut |proxy| seen.push(proxy.id()));
    assert_eq!(seen, [inner.id()]);
    assert_eq!(next_many(&world, &iterator, 1).unwrap().len(), 1);
    assert_eq!(inner.holders(), 1);
    let plain = over(&world, v(list![Value::Proxy(inner.clone()), Value::Proxy(inner.clone())]));
    assert_eq!(inner.holders(), 3);
    assert_eq!(next_many(&world, &plain, 1).unwrap().len(), 1);
    drop(plain);
    settle();
    assert_eq!((inner.holders(), next_of(&world, &iterator)), (1, "3".to_owned()));
}

#[test]
fn a_deque_must_not_change() {
    let world = World::new();
    let deque = world.create("deque", items![list![1, 2, 3, 4]], vec![]).unwrap();
    let mutated = "RuntimeError: deque mutated during iteration";
    let iterator = over(&world, Item::proxy(deque.clone()));
    assert_eq!(next_of(&world, &iterator), "1");
    world.call(&deque, "__setitem__", items![1, 7]).unwrap();
    world.call(&deque, "reverse", vec![]).unwrap();
    assert_eq!(next_of(&world, &iterator), "3", "another item in a place is no other place");
    world.call(&deque, "rotate", items![0]).unwrap();
    assert_eq!([next_of(&world, &iterator), next_of(&world, &iterator)], [mutated, mutated]);
    assert_eq!(world.show(&world.list(list![]), "extend", vec![Item::proxy(iterator)]), mutated);
    assert_eq!(deque.holders(), 1, "a failed one holds nothing");
    // Exhausted for good, where CPython's fails even then.
    let iterator = over(&world, Item::proxy(deque.clone()));
    assert_eq!(next_many(&world, &iterator, 9).unwrap().len(), 4);
    world.call(&deque, "append", items![5]).unwrap();
    assert_eq!(next_of(&world, &iterator), STOP);
}

/// The keys that were there before another took the place of one are given first.
#[test]
fn an_error_loses_nothing_that_was_drawn_before() {
    let world = World::new();
    let dict = world.dict(dict! {"a" => 1, "b" => 2});
    let iterator = iterate(&world, &dict);
    world.call(&dict, "pop", items!["a"]).unwrap();
    world.call(&dict, "__setitem__", items!["c", 3]).unwrap();
    assert_eq!(next_many(&world, &iterator, 1).unwrap(), ["'b'"]);
    assert_eq!(next_many(&world, &iterator, 9).unwrap(), ["'c'"]);
    let dict = world.dict(dict! {"a" => 1, "b" => 2});
    let iterator = iterate(&world, &dict);
    assert_eq!(next_many(&world, &iterator, 1).unwrap(), ["'a'"]);
    world.call(&dict, "pop", items!["a"]).unwrap();
    world.call(&dict, "__setitem__", items!["c", 3]).unwrap();
    assert_eq!(next_many(&world, &iterator, 9).unwrap(), ["'b'"]);
    let error = next_many(&world, &iterator, 9).unwrap_err().to_string();
    assert_eq!(error, "RuntimeError: dictionary keys changed during iteration");
    assert_eq!(next_many(&world, &iterator, 9).unwrap(), [""; 0]);
    assert_eq!(dict.holders(), 1);
}

#[test]
fn a_chunk_is_not_larger_than_it_may_be() {
    let world = World::new();
    let inner = world.list(list![]);
    let proxies = world.list(Value::List(vec![Value::Proxy(inner.clone()); 10]));
    let large = "x".repeat(400 << 10);
    let texts = world.list(Value::List(vec![large.as_str().into(); 10]));
    let many = world.list(Value::List(vec![0.into(); 70_000]));
    for (source, room, chunks) in [
        (&proxies, Room::some(100, 4), vec![4, 4, 2]),
        (&proxies, Room::some(100, 0), vec![1; 10]),
        (&texts, Room::some(100, 100), vec![2; 5]),
        (&many, Room::some(usize::MAX, 0), vec![65_536, 70_000 - 65_536]),
    ] {
        for item in [Item::proxy(source.clone()), world.value(source).unwrap()] {
            let iterator = over(&world, item);
            let draw = || at_once(Iteration::next_many(&iterator, &world.caller, room)).unwrap().len();
            let mut counts: Vec<_> = std::iter::repeat_with(draw).take_while(|count| *count > 0).collect();
            // The texts of a plain value are not the same text ten times.
            counts.truncate(chunks.len());
            assert_eq!(counts, chunks, "{room:?}");
        }
    }
}

#[test]
fn an_iterator_does_what_its_proxy_may_do() {
    let world = World::new();
    let list = world.list(list![1, 2]);
    let error = |proxy: Proxy| world.create("Iterator", vec![Item::proxy(proxy)], vec![]).unwrap_err().to_string();
    let denied = "NotExposed: '__getitem__' of 'list' object is not exposed by this proxy";
    assert_eq!(error(world.narrowed(&list, &["append", "__len__"])), denied);
    let set = world.set(list![1]);
    let denied = "NotExposed: '__iter__' of 'set' object is not exposed by this proxy";
    assert_eq!(error(world.narrowed(&set, &["add"])), denied);
    let narrow = world.narrowed(&list, &["__getitem__"]);
    let iterator = over(&world, Item::proxy(narrow.clone()));
    assert_eq!(next_of(&world, &iterator), "1");
    narrow.grant().revoke(world.caller.actor.id()).unwrap();
    assert_eq!(next_of(&world, &iterator), "Revoked: the proxy was revoked");
}

/// Several threads draw from one iterator over each kind of source, one item or several at a time.
#[test]
fn each_item_goes_to_one_of_those_who_draw() {
    let world = World::new();
    let count = 30_000;
    let items = || Value::List((0..count).map(Plain::from).collect());
    let shared = |typeid: &str, args: Vec<Item>| Item::proxy(world.create(typeid, args, vec![]).unwrap());
    let entries = || Value::List((0..count).map(|key| tuple![key, 0]).collect());
    let sources = [
        shared("dict", vec![v(entries())]),
        shared("list", vec![v(items())]),
        shared("set", vec![v(items())]),
        shared("deque", vec![v(items())]),
        shared("Array", vec![v("q"), v(items())]),
        v(items()),
    ];
    for source in sources {
        let iterator = over(&world, source.clone());
        let start = std::sync::Barrier::new(4);
        let mut drawn = std::thread::scope(|scope| {
            let draw = |most| {
                let (start, iterator, caller) = (&start, &iterator, &world.caller);
                move || {
                    start.wait();
                    let mut mine = Vec::new();
                    loop {
                        let drawn = at_once(Iteration::next_many(iterator, caller, Room::some(most, 0))).unwrap();
                        if drawn.is_empty() {
                            return mine;
                        }
                        mine.extend(drawn.iter().map(|item| match item {
                            Item::Int(item) => *item,
                            other => panic!("{other:?}"),
                        }));
                        assert!(mine.is_sorted(), "what one draws is in order");
                    }
                }
            };
            let threads: Vec<_> = [1, 1, 3, 50].map(|most| scope.spawn(draw(most))).into_iter().collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<i64>>()
        });
        drawn.sort_unstable();
        assert!(drawn.into_iter().eq(0..count), "{}", world.text(&iterator));
        if let Item::Proxy(source) = source {
            assert_eq!(source.holders(), 1);
        }
    }
}

#[test]
fn an_iterator_prints_and_is_not_copied() {
    let world = World::new();
    let dict = world.dict(dict! {});
    let iterator = iterate(&world, &dict);
    assert_eq!(world.text(&iterator), format!("<dict_keyiterator object at {:#x}>", iterator.id()));
    assert_eq!(iterator.repr(), format!("<IteratorProxy object, typeid 'Iterator' at {:#x}>", iterator.id()));
    assert_eq!(world.value(&iterator).unwrap_err().kind, ErrorKind::Unserializable);
    let mut seen = Vec::new();
    iterator.body().edges(&mut |proxy| seen.push(proxy.id()));
    assert_eq!(seen, [dict.id()]);
}

/// A provider whose types can be gone over, and which answers when it is told to.
struct Far {
    world: World,
    provider: Arc<Provider>,
}

impl Far {
    fn new(limits: Limits) -> Self {
        let world = World::with_limits(limits);
        let actor = Actor::new(world.caller.home.next_id(), "provider");
        let provider = Provider::new(actor);
        let methods = |names: &[&str]| {
            let method = |name: &&str| ((*name).to_owned(), String::new(), Effect::Changes);
            names.iter().map(method).collect::<Vec<_>>()
        };
        let described = [("Next", vec!["__next__"]), ("Iter", vec!["__iter__"]), ("Neither", vec!["next"])];
        let types = described.map(|(typeid, names)| Description {
            typeid: typeid.into(),
            doc: String::new(),
            methods: methods(&names),
            creatable: true,
        });
        provider.set_types(ProvidedType::of_all(types).unwrap());
        Self { world, provider }
    }

    fn object(&self, typeid: &str) -> Proxy {
        self.provider.adopt(&self.world.caller.home, typeid).unwrap()
    }

    /// Whoever asks next, and what for.
    fn request(&self) -> Option<(Ask, Reply)> {
        loop {
            match poll(pin!(self.provider.mailbox.next())) {
                Poll::Ready(Request::Ask(ask, reply)) => return Some((ask, reply)),
                Poll::Ready(Request::Release(_)) => {}
                Poll::Pending => return None,
            }
        }
    }

    /// Answers until something is done: what it came to, and how many answers it took.
    fn serve<T>(
        &self,
        work: impl Future<Output = T>,
        mut answer: impl FnMut(&str, usize) -> Outcome<Item>,
    ) -> (T, usize) {
        let mut work = pin!(work);
        let mut answers = 0;
        loop {
            if let Poll::Ready(done) = poll(work.as_mut()) {
                return (done, answers);
            }
            let (ask, reply) = self.request().expect("it waits for the provider");
            let Ask::Call { me, method, .. } = ask else { panic!("it is no call") };
            reply.send(answer(me.body().type_info().method(method).name(), answers));
            answers += 1;
        }
    }

    fn next(&self, iterator: &Proxy, answer: impl FnMut(&str, usize) -> Outcome<Item>) -> (String, usize) {
        let (drawn, answers) = self.serve(Iteration::next(iterator, &self.world.caller), answer);
        (drawn.map_or_else(|error| error.to_string(), |item| item.map_or(STOP.into(), |item| shown(Ok(item)))), answers)
    }

    /// An iterator over an object, whose `__iter__` gives this.
    fn over(&self, object: &Proxy, given: &Item) -> Outcome<Proxy> {
        let mut item = Item::proxy(object.clone());
        let (resolved, _) = self.serve(call::resolve_iterator(&mut item, &self.world.caller), |_, _| Ok(given.clone()));
        resolved?;
        Iteration::create(&self.world.caller, &item)
    }
}

fn poll<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn stop() -> CallError {
    CallError::new(ErrorKind::StopIteration, "")
}

#[test]
fn a_provider_is_asked_for_each_item_until_there_are_no_more() {
    let far = Far::new(Limits::default());
    let object = far.object("Next");
    let iterator = far.over(&object, &v(NONE)).unwrap();
    assert_eq!(far.world.text(&iterator), format!("<Next_iterator object at {:#x}>", iterator.id()));
    assert_eq!((object.holders(), iterator.holders()), (2, 1));
    let (many, answers) =
        far.serve(Iteration::next_many(&iterator, &far.world.caller, Room::some(9, 9)), |method, _| Ok(v(method)));
    assert_eq!((shown(Ok(many.unwrap().pop().unwrap())), answers), ("'__next__'".into(), 1), "one at a time");
    assert_eq!(far.next(&iterator, |_, _| Ok(v(NONE))), ("None".into(), 1));
    assert_eq!(far.next(&iterator, |_, _| Err(CallError::value("not now"))), ("ValueError: not now".into(), 1));
    assert_eq!(far.next(&iterator, |_, _| Ok(v(1))), ("1".into(), 1), "another error is not the end");
    assert_eq!(far.next(&iterator, |_, _| Err(stop())), (STOP.into(), 1));
    assert_eq!(object.holders(), 1);
    assert_eq!(far.next(&iterator, |_, _| Ok(v(1))), (STOP.into(), 0), "it is not asked again");
    far.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, "dead"));
    let late = Iteration::create(&far.world.caller, &Item::proxy(iterator)).unwrap();
    assert_eq!(far.next(&late, |_, _| Ok(v(1))), (STOP.into(), 0));
}

#[test]
fn after_the_end_those_who_wait_already_do_not_ask_either() {
    let far = Far::new(Limits::default());
    let object = far.object("Next");
    let iterator = far.over(&object, &v(NONE)).unwrap();
    let other = Caller { actor: Actor::new(far.world.caller.home.next_id(), "other"), ..far.world.caller.clone() };
    {
        let (mut first, mut second) =
            (pin!(Iteration::next(&iterator, &far.world.caller)), pin!(Iteration::next(&iterator, &other)));
        assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
        let mut plain = pin!(call::call(&object, &other, "__next__", vec![].into(), vec![]));
        assert!(poll(plain.as_mut()).is_pending());
        far.request().unwrap().1.send(Err(stop()));
        far.request().unwrap().1.send(Ok(v("a call of the method is no step")));
        assert!(far.request().is_none());
        assert!(matches!(poll(first), Poll::Ready(Ok(None))));
        assert!(matches!(poll(second), Poll::Ready(Ok(None))));
        assert!(matches!(poll(plain), Poll::Ready(Ok(_))));
    }
    assert_eq!(object.holders(), 1);
    // Whoever asked is gone, and nobody else has come to know.
    let iterator = far.over(&object, &v(NONE)).unwrap();
    {
        let mut gone = Box::pin(Iteration::next(&iterator, &far.world.caller));
        assert!(poll(gone.as_mut()).is_pending());
    }
    far.request().unwrap().1.send(Err(stop()));
    assert_eq!(far.next(&iterator, |_, _| Ok(v(1))), (STOP.into(), 0));
    assert_eq!(object.holders(), 1);
}

#[test]
fn an_iterator_over_an_object_of_a_dead_provider_says_so() {
    let far = Far::new(Limits::default());
    let iterator = far.over(&far.object("Next"), &v(NONE)).unwrap();
    let mut waits = Box::pin(Iteration::next(&iterator, &far.world.caller));
    assert!(poll(waits.as_mut()).is_pending());
    far.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, "dead"));
    let Poll::Ready(Err(error)) = poll(waits.as_mut()) else { panic!("it waits") };
    assert_eq!(error.kind, ErrorKind::ProviderDied);
    assert_eq!(far.next(&iterator, |_, _| Ok(v(1))), ("ProviderDied: dead".into(), 0));
}

#[test]
fn an_objects_iter_says_what_is_gone_over() {
    let far = Far::new(Limits::default());
    let object = far.object("Iter");
    let list = far.world.list(list![1, 2]);
    let iterator = far.over(&object, &Item::proxy(list.clone())).unwrap();
    assert_eq!((next_of(&far.world, &iterator), list.holders(), object.holders()), ("1".into(), 2, 1));
    let iterator = far.over(&object, &v(tuple![1])).unwrap();
    assert_eq!(next_of(&far.world, &iterator), "1");
    let inner = far.object("Next");
    let iterator = far.over(&object, &Item::proxy(inner.clone())).unwrap();
    assert_eq!(far.next(&iterator, |_, _| Ok(v(7))), ("7".into(), 1));
    let same = far.over(&object, &Item::proxy(iterator.clone())).unwrap();
    assert!(same.same(&iterator));
    let error = |given: Item| far.over(&object, &given).unwrap_err().to_string();
    assert_eq!(error(v(5)), "TypeError: iter() returned non-iterator of type 'int'");
    assert_eq!(error(Item::proxy(object.clone())), "TypeError: iter() returned non-iterator of type 'AutoProxy[Iter]'");
    let neither = far.over(&far.object("Neither"), &v(NONE)).unwrap_err();
    assert_eq!(neither.to_string(), "TypeError: 'AutoProxy[Neither]' object is not iterable");
    let narrow = far.over(&far.world.narrowed(&object, &[]), &v(NONE)).unwrap_err();
    assert_eq!(narrow.to_string(), "NotExposed: '__iter__' of 'Iter' object is not exposed by this proxy");
    let narrow = far.over(&far.world.narrowed(&inner, &[]), &v(NONE)).unwrap();
    let refused = "NotExposed: '__next__' of 'Next' object is not exposed by this proxy";
    assert_eq!(far.next(&narrow, |_, _| Ok(v(7))), (refused.into(), 0));
}

#[test]
fn what_a_provider_yields_is_drawn_where_an_iterable_is_wanted() {
    let far = Far::new(Limits { value_bytes: 10_000, ..Limits::default() });
    let list = far.world.list(list![]);
    let extend = |with: &Proxy, end: usize, given: Item| {
        let args = vec![Item::proxy(with.clone())];
        let extend = call::call(&list, &far.world.caller, "extend", args.into(), vec![]);
        let (done, answers) = far.serve(extend, |method, step| match method {
            "__iter__" => Ok(given.clone()),
            _ if step < end => Ok(v(step as i64)),
            _ => Err(stop()),
        });
        (shown(done), answers)
    };
    let next = far.object("Next");
    let iterator = far.over(&next, &v(NONE)).unwrap();
    assert_eq!(extend(&iterator, 3, v(NONE)), ("None".into(), 4));
    assert_eq!(extend(&iterator, 3, v(NONE)), ("None".into(), 0), "it is used up");
    assert_eq!(next.holders(), 1);
    assert_eq!(extend(&next, 1, v(NONE)), ("None".into(), 2), "the object itself");
    let iter = far.object("Iter");
    assert_eq!(extend(&iter, 0, v(tuple![7])), ("None".into(), 1));
    assert_eq!(extend(&iter, 0, Item::proxy(far.world.list(list![8]))), ("None".into(), 1));
    assert_eq!(extend(&iter, 3, Item::proxy(next.clone())), ("None".into(), 4));
    assert_eq!(far.world.text(&list), "[0, 1, 2, 0, 7, 8, 1, 2]");
    // Without end.
    let bounded = "QuotaExceeded: a value can take 10000 bytes at most";
    assert_eq!(extend(&next, usize::MAX, v(NONE)), (bounded.into(), 10_000 / 16 + 1));
    assert_eq!(far.world.text(&list), "[0, 1, 2, 0, 7, 8, 1, 2]");
    let few = Far::new(Limits { container_length: 5, ..Limits::default() });
    let mut item = Item::proxy(few.object("Next"));
    let (drawn, answers) = few.serve(call::resolve(&mut item, &few.world.caller), |_, _| Ok(v(0)));
    assert_eq!(drawn.unwrap_err().to_string(), "QuotaExceeded: a provider's object yields more than 5 items");
    assert_eq!(answers, 6);
}
