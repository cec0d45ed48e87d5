use super::*;

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

#[test]
fn each_key_goes_to_one_of_those_who_draw() {
    let world = World::new();
    let keys: Vec<Plain> = (0..100_000).map(|key| tuple![key, 0]).collect();
    let dict = world.dict(Value::List(keys));
    let iterator = iterate(&world, &dict);
    let start = std::sync::Barrier::new(4);
    let drawn = std::thread::scope(|scope| {
        let draw = || {
            start.wait();
            let mut mine = Vec::new();
            while let Some(Item::Int(key)) = super::super::iterator::Iteration::next(&iterator).unwrap() {
                mine.push(key);
            }
            mine
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(draw)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut drawn = drawn;
    drawn.sort_unstable();
    assert_eq!(drawn, (0..100_000).collect::<Vec<_>>());
    assert_eq!(dict.holders(), 1);
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
