//! Deques: what is ours, and random operations beside CPython's own.

use super::differential::{agree, python, replay, seed};
use super::*;
use crate::referents::iterator::Iteration;

fn deque(world: &World, items: Plain, maxlen: Plain) -> Proxy {
    world.create("deque", items![items, maxlen], vec![]).unwrap()
}

#[test]
fn a_deque_prints_as_pythons_does() {
    let world = World::new();
    let plain = deque(&world, list![1, "a"], NONE);
    assert_eq!(world.text(&plain), "deque([1, 'a'])");
    world.call(&plain, "append", items![Value::Proxy(plain.clone())]).unwrap();
    assert_eq!(world.text(&plain), "deque([1, 'a', [...]])");
    world.call(&plain, "pop", vec![]).unwrap();
    assert_eq!(world.text(&deque(&world, "abc".into(), 2.into())), "deque(['b', 'c'], maxlen=2)");
    assert_eq!(plain.repr(), format!("<DequeProxy object, typeid 'deque' at {:#x}>", plain.id()));
    assert_eq!(shown(world.value(&plain)), "[1, 'a']");
}

#[test]
fn a_greatest_length_is_a_number_or_none() {
    let world = World::new();
    let create = |maxlen: Plain| match world.create("deque", vec![], vec![("maxlen", v(maxlen))]) {
        Ok(made) => world.show(&made, "maxlen", vec![]),
        Err(error) => error.to_string(),
    };
    assert_eq!(create(NONE), "None");
    assert_eq!(create(0.into()), "0");
    assert_eq!(create((-1).into()), "ValueError: maxlen must be non-negative");
    assert_eq!(create("a".into()), "TypeError: an integer is required");
    assert_eq!(create((1_i128 << 70).into()), "OverflowError: Python int too large to convert to C ssize_t");
    let error = world.create("deque", items![5], vec![]).unwrap_err();
    assert_eq!(error.to_string(), "TypeError: 'int' object is not iterable");
}

#[test]
fn a_deque_holds_what_is_in_it_and_nothing_else() {
    let world = World::new();
    let inner = world.list(list![]);
    let proxy = || Value::Proxy(inner.clone());
    let three = deque(&world, list![proxy(), proxy(), proxy()], 2.into());
    assert_eq!(inner.holders(), 3);
    world.call(&three, "extend", items![list![proxy(), 1]]).unwrap();
    assert_eq!(inner.holders(), 2);
    world.call(&three, "extendleft", items![list![proxy(), proxy(), proxy()]]).unwrap();
    assert_eq!(inner.holders(), 3);
    world.call(&three, "__imul__", items![5]).unwrap();
    assert_eq!(inner.holders(), 3);
    let mut edges = 0;
    three.body().edges(&mut |_| edges += 1);
    assert_eq!(edges, 2);
    drop(three);
    settle();
    assert_eq!(inner.holders(), 1);
}

#[test]
fn limits_hold() {
    let world = World::with_limits(Limits { container_length: 4, ..Limits::default() });
    let full = "QuotaExceeded: a deque can hold 4 items at most";
    let plain = deque(&world, list![1, 2, 3], NONE);
    for (method, args) in [
        ("extend", items![list![4, 5]]),
        ("extendleft", items![list![4, 5]]),
        ("__imul__", items![2]),
        ("__iadd__", items![Value::Proxy(plain.clone())]),
    ] {
        assert_eq!(world.show(&plain, method, args), full, "{method}");
        assert_eq!(world.text(&plain), "deque([1, 2, 3])", "{method}");
    }
    world.call(&plain, "append", items![4]).unwrap();
    for (method, args) in [("append", items![5]), ("appendleft", items![5]), ("insert", items![1, 5])] {
        assert_eq!(world.show(&plain, method, args), full, "{method}");
    }
    assert_eq!(world.show(&plain, "__imul__", items![i64::MAX]), "MemoryError");
    assert_eq!(world.show(&plain, "__mul__", items![i64::MAX]), "MemoryError");
    // A greatest length is one that is never exceeded.
    let bounded = deque(&world, list![1, 2, 3], 3.into());
    assert_eq!(world.show(&bounded, "extend", items!["abcdefgh"]), "None");
    assert_eq!(world.show(&bounded, "__imul__", items![i64::MAX]), "None");
    assert_eq!(world.text(&bounded), "deque(['f', 'g', 'h'], maxlen=3)");
}

#[test]
fn a_path_leads_through_a_deque() {
    let world = World::new();
    let inner = deque(&world, list![list![1, 2]], NONE);
    let outer = world.dict(dict! {"d" => Value::Proxy(inner.clone())});
    assert_eq!(world.show(&outer, "set_path", items![list!["d", 0, 1], 5]), "None");
    assert_eq!(world.show(&outer, "get_path", items![list!["d", -1, 1]]), "5");
    assert_eq!(
        world.show(&outer, "get_path", items![list!["d", 1]]),
        "IndexError: deque index out of range (step 2 of the path: 1)"
    );
}

#[test]
fn each_item_goes_to_one_of_those_who_take_them() {
    let world = World::new();
    let items = (0..4000).map(Value::Int).collect();
    let shared = deque(&world, Value::List(items), NONE);
    let take = |method: &str| {
        let next = || match world.call(&shared, method, vec![]) {
            Ok(Item::Int(number)) => Some(number),
            _ => None,
        };
        std::iter::from_fn(next).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = std::thread::scope(|scope| {
        let threads = ["pop", "popleft", "pop", "popleft"].map(|method| scope.spawn(move || take(method)));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    all.sort_unstable();
    assert!(all.into_iter().eq(0..4000));
}

const OPERATIONS: usize = 60_000;
const DEQUES: u64 = 4;
const ITERATORS: u64 = 3;

/// What has the same meaning in Python: deques as operands are `D[0]`.
struct Script {
    random: Random,
    lines: Vec<String>,
    results: Vec<String>,
}

impl Script {
    fn value(&mut self) -> Plain {
        match self.random.below(14) {
            0 => NONE,
            1 => "a".into(),
            2 => 2.5.into(),
            3 => list![1, "b"],
            4 => tuple![2],
            5 => true.into(),
            6 => Value::from_bigint(commonhold_wire::BigInt::from(1) << 70),
            _ => (self.random.below(6) as i64 - 1).into(),
        }
    }

    fn index(&mut self) -> Plain {
        match self.random.below(20) {
            0 => self.value(),
            1 => slice(None, Some(2), None),
            2 => i64::MAX.into(),
            3 => i64::MIN.into(),
            _ => (self.random.below(12) as i64 - 6).into(),
        }
    }

    fn iterable(&mut self) -> Plain {
        match self.random.below(10) {
            0 => "xyz".into(),
            1 => self.value(),
            2 => dict! {1 => 2, "k" => 3},
            _ => Value::List((0..self.random.below(5)).map(|_| self.value()).collect()),
        }
    }
}

#[test]
fn deques_do_what_cpythons_do() {
    let Some(python) = python() else { return };
    let seed = seed();
    let mut script = Script { random: Random::new(seed), lines: vec![], results: vec![] };
    let world = World::new();
    let mut deques: Vec<Option<Proxy>> = vec![None; DEQUES as usize];
    let mut iterators: Vec<Option<Proxy>> = vec![None; ITERATORS as usize];
    while script.lines.len() < OPERATIONS {
        let at = script.random.below(DEQUES) as usize;
        let renew = deques[at].is_none() || script.random.below(40) == 0;
        let slot = script.random.below(ITERATORS) as usize;
        let (source, outcome) = if !renew && script.random.below(8) == 0 {
            let over = Item::proxy(deques[at].clone().unwrap());
            iterators[slot] = Some(Iteration::create(&world.caller, &over).unwrap());
            (format!("iterate({slot}, {at})"), Ok(Item::Null))
        } else if !renew && iterators[slot].is_some() && script.random.below(3) > 0 {
            let outcome = world.call(iterators[slot].as_ref().unwrap(), "__next__", vec![]);
            (format!("step({slot})"), outcome)
        } else if renew {
            let items = script.iterable();
            let maxlen = match script.random.below(6) {
                0..=2 => NONE,
                3 => script.value(),
                _ => (script.random.below(6) as i64).into(),
            };
            let source = format!("new({at}, {}, {})", repr(&items).unwrap(), repr(&maxlen).unwrap());
            let made = world.create("deque", items![items, maxlen], vec![]);
            (source, made.map(|made| deques[at] = Some(made)).map(|()| Item::Null))
        } else {
            let me = deques[at].clone().unwrap();
            let methods = me.body().type_info().methods();
            let long = me.body().length().unwrap() > 20;
            let method = match script.random.below(methods.len() as u64) as usize {
                _ if long => "clear",
                number => methods[number].name(),
            };
            let mut args: Vec<(Item, String)> = Vec::new();
            let mut give = |value: Plain| args.push((v(value.clone()), repr(&value).unwrap()));
            let wrong = script.random.below(30) == 0;
            match method {
                "__getitem__" | "__delitem__" => give(script.index()),
                "__setitem__" | "insert" => {
                    give(script.index());
                    give(script.value());
                }
                "rotate" if script.random.below(3) == 0 => {}
                "rotate" => give(script.index()),
                "__mul__" | "__rmul__" | "__imul__" => give((script.random.below(5) as i64 - 1).into()),
                "__contains__" | "append" | "appendleft" | "count" | "remove" => give(script.value()),
                "index" => {
                    give(script.value());
                    for _ in 0..script.random.below(3) {
                        give((script.random.below(12) as i64 - 6).into());
                    }
                }
                "extend" | "extendleft" | "__iadd__" | "__add__" => {
                    let other = script.random.below(DEQUES) as usize;
                    match &deques[other] {
                        Some(other_one) if method == "__add__" || script.random.below(3) == 0 => {
                            args.push((Item::proxy(other_one.clone()), format!("D[{other}]")));
                        }
                        _ if method == "__add__" => give(5.into()),
                        _ => give(script.iterable()),
                    }
                }
                _ => {}
            }
            // An operator has no wrong number of arguments.
            if wrong && !method.starts_with("__") && !["insert", "index"].contains(&method) {
                args.push((Item::Int(1), "1".into()));
                args.push((Item::Int(1), "1".into()));
            }
            let (items, sources): (Vec<_>, Vec<_>) = args.into_iter().unzip();
            let source = format!("call({at}, '{method}', {})", sources.join(", "));
            (source, world.call(&me, method, items))
        };
        let result = match outcome {
            Ok(item) => format!("= {}", repr(&item.to_value()).unwrap()),
            Err(error) => format!("! {error}"),
        };
        let state = deques[at].as_ref().map_or("None".into(), |deque| world.text(deque));
        script.lines.push(format!("{at} {source}"));
        script.results.push(format!("{result}\t{state}"));
    }
    let theirs = replay(&python, include_str!("deques.py"), &script.lines);
    assert_eq!(theirs.len(), script.lines.len(), "seed {seed}: CPython gave up");
    let mut agreed = 0;
    let (mut drawn, mut mutated, mut ended) = (0, 0, 0);
    for ((source, ours), theirs) in script.lines.iter().zip(&script.results).zip(&theirs) {
        let (our_result, our_state) = ours.split_once('\t').unwrap();
        let (their_result, their_state) = theirs.split_once('\t').unwrap();
        assert!(
            agree(our_result, their_result) && our_state == their_state,
            "seed {seed}: {source}\n   ours: {ours}\ncpython: {theirs}"
        );
        agreed += usize::from(our_result.starts_with('='));
        drawn += usize::from(source.contains("step(") && our_result.starts_with('='));
        mutated += usize::from(our_result.ends_with("mutated during iteration"));
        ended += usize::from(our_result.starts_with("! StopIteration"));
    }
    assert!(drawn > 500 && mutated > 500 && ended > 500, "{drawn} items, {mutated} failures, {ended} ends");
    assert!(agreed > OPERATIONS / 3 && agreed < OPERATIONS - 1000, "{agreed} operations succeeded");
}
