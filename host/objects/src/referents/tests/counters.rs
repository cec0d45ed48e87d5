//! What counters do, beside what `dicts` shows of what is underneath.

use super::differential::{agree, python, replay, seed};
use super::*;
use crate::referents::counter::{self, Counter, Operation};
use std::collections::HashMap;

fn counter(world: &World, counted: impl Into<Plain>) -> Proxy {
    Counter::create_from(&world.caller, &v(counted)).unwrap()
}

fn big() -> Plain {
    Value::from_bigint(commonhold_wire::BigInt::from(1) << 70)
}

#[test]
fn a_counter_counts_what_it_is_made_of() {
    let world = World::new();
    let make = |args, kwargs| match world.create("Counter", args, kwargs) {
        Ok(made) => world.text(&made),
        Err(error) => error.to_string(),
    };
    assert_eq!(make(items![], vec![]), "Counter()");
    assert_eq!(make(items![NONE], vec![]), "Counter()");
    assert_eq!(make(items!["abracadabra"], vec![]), "Counter({'a': 5, 'b': 2, 'r': 2, 'c': 1, 'd': 1})");
    assert_eq!(make(items![list![1, 1.0, true, 2]], vec![]), "Counter({1: 3, 2: 1})");
    assert_eq!(make(items![dict! {"a" => 1, "b" => 2.5}], vec![]), "Counter({'b': 2.5, 'a': 1})");
    assert_eq!(make(items!["ab"], vec![("b", v(3)), ("c", v(-1))]), "Counter({'b': 4, 'a': 1, 'c': -1})");
    // Counts without an order are printed as they are.
    assert_eq!(make(items![dict! {"a" => 1, "b" => "x", "c" => 9}], vec![]), "Counter({'a': 1, 'b': 'x', 'c': 9})");
    assert_eq!(make(items![5], vec![]), "TypeError: 'int' object is not iterable");
    assert_eq!(make(items![list![1, list![]]], vec![]), "TypeError: unhashable type: 'list'");
    let shared = world.dict(dict! {"a" => 7});
    assert_eq!(make(items![Value::Proxy(shared)], vec![]), "Counter({'a': 7})");
    let other = counter(&world, "xxy");
    assert_eq!(make(items![Value::Proxy(other)], vec![]), "Counter({'x': 2, 'y': 1})");
    let list = world.list(list!["k", "k"]);
    assert_eq!(make(items![Value::Proxy(list)], vec![]), "Counter({'k': 2})");
}

#[test]
fn a_missing_key_counts_nothing() {
    let world = World::new();
    let it = counter(&world, "ab");
    assert_eq!(world.show(&it, "__getitem__", items!["z"]), "0");
    assert_eq!(world.show(&it, "__delitem__", items!["z"]), "None");
    assert_eq!(
        world.show(&it, "__getitem__", items![list![]]),
        "TypeError: cannot use 'list' as a dict key (unhashable type: 'list')"
    );
    assert_eq!(world.show(&it, "get", items!["z"]), "None");
    assert_eq!(world.show(&it, "pop", items!["z"]), "KeyError: 'z'");
    assert_eq!(world.show(&it, "get_many", items![list!["a", "z"]]), "[1, 0]");
    assert_eq!(world.show(&it, "get_many", items![list!["a", "z"], NONE]), "[1, None]");
    assert_eq!(world.show(&it, "get_path", items![list!["z"]]), "0");
    assert_eq!(
        world.show(&it, "get_path", items![list!["z", 1]]),
        "TypeError: 'int' object is not subscriptable (step 2 of the path: 1)"
    );
    assert_eq!(world.show(&it, "pop_if", items!["z", 1]), "(False, 0)");
    assert_eq!(world.show(&it, "pop_if", items!["z", 0]), "(True, 0)");
    assert_eq!(world.show(&it, "compare_exchange", items!["z", 1, 5]), "(False, 0)");
    assert_eq!(world.text(&it), "Counter({'a': 1, 'b': 1})");
    assert_eq!(world.show(&it, "compare_exchange", items!["y", 0, 5]), "(True, 0)");
    assert_eq!(world.show(&it, "fetch_add", items!["x", 2]), "0");
    assert_eq!(world.show(&it, "fetch_add", items!["w", 2, 3]), "3");
    assert_eq!(world.show(&it, "fetch_max", items!["v", -2]), "0");
    assert_eq!(world.show(&it, "swap", items!["u", -3]), "0");
    assert_eq!(world.text(&it), "Counter({'y': 5, 'w': 5, 'x': 2, 'a': 1, 'b': 1, 'v': 0, 'u': -3})");
}

#[test]
fn a_change_that_fails_changes_nothing() {
    let world = World::new();
    let it = counter(&world, dict! {"a" => 1, "n" => NONE, "b" => 2});
    let before = world.text(&it);
    let unsupported = "TypeError: unsupported operand type(s) for";
    for (method, args, error) in [
        ("update", items![list!["a", "a", list![]]], "TypeError: unhashable type: 'list'".into()),
        ("update", items!["abcn"], format!("{unsupported} +: 'NoneType' and 'int'")),
        ("update", items![dict! {"a" => 5, "c" => 1, "n" => 1}], format!("{unsupported} +: 'int' and 'NoneType'")),
        ("subtract", items!["abcn"], format!("{unsupported} -: 'NoneType' and 'int'")),
        ("__iadd__", items![dict! {"a" => 5, "b" => NONE}], format!("{unsupported} +=: 'int' and 'NoneType'")),
        (
            "__isub__",
            items![dict! {"a" => 5}],
            "TypeError: '>' not supported between instances of 'NoneType' and 'int'".into(),
        ),
        (
            "__ior__",
            items![dict! {"a" => 5, "n" => 2}],
            "TypeError: '>' not supported between instances of 'int' and 'NoneType'".into(),
        ),
        (
            "__iand__",
            items![dict! {"a" => 0, "b" => 0}],
            "TypeError: '<' not supported between instances of 'int' and 'NoneType'".into(),
        ),
        ("__iadd__", items![5], "AttributeError: 'int' object has no attribute 'items'".into()),
    ] {
        assert_eq!(world.show(&it, method, args), error, "{method}");
        assert_eq!(world.text(&it), before, "{method}");
    }
    assert_eq!(
        world.show_with(&it, "update", items!["ab"], vec![("n", v(1))]),
        format!("{unsupported} +: 'int' and 'NoneType'")
    );
    assert_eq!(world.text(&it), before);
}

#[test]
fn a_counter_has_no_more_keys_than_a_dict_may_have() {
    let world = World::with_limits(Limits { container_length: 3, ..Limits::default() });
    let full = "QuotaExceeded: a dict can hold 3 entries at most";
    let it = counter(&world, "aab");
    for (method, args) in [
        ("update", items!["xy"]),
        ("update", items![dict! {"x" => 1, "y" => 1}]),
        ("subtract", items!["axy"]),
        ("__iadd__", items![dict! {"x" => 1, "y" => 1}]),
        ("__ior__", items![dict! {"x" => 1, "y" => 1}]),
    ] {
        assert_eq!(world.show(&it, method, args), full, "{method}");
        assert_eq!(world.text(&it), "Counter({'a': 2, 'b': 1})", "{method}");
    }
    // What comes to nothing takes no room, and what goes makes some.
    assert_eq!(world.show(&it, "__iadd__", items![dict! {"x" => 0, "y" => -1, "b" => -1, "z" => 1, "w" => 1}]), "None");
    assert_eq!(world.text(&it), "Counter({'a': 2, 'z': 1, 'w': 1})");
    for (method, args) in
        [("swap", items!["q", 1]), ("compare_exchange", items!["q", 0, 1]), ("fetch_add", items!["q", 1])]
    {
        assert_eq!(world.show(&it, method, args), full, "{method}");
    }
    assert_eq!(world.show(&it, "update", items!["aaz"]), "None");
    assert_eq!(world.create("Counter", items!["abcd"], vec![]).map(drop).unwrap_err().to_string(), full);
}

#[test]
fn counts_are_numbers_of_any_size() {
    let world = World::new();
    let it = counter(&world, dict! {"max" => i64::MAX, "min" => i64::MIN, "big" => big(), "half" => 0.5});
    world.call(&it, "update", items![list!["max", "big", "half"]]).unwrap();
    world.call(&it, "subtract", items![list!["min"]]).unwrap();
    assert_eq!(
        shown(world.value(&it)),
        "{'max': 9223372036854775808, 'min': -9223372036854775809, 'big': 1180591620717411303425, 'half': 1.5}"
    );
    assert_eq!(world.show(&it, "elements", items![]), "OverflowError: Python int too large to convert to C ssize_t");
    assert_eq!(world.show(&it, "most_common", items![1]), "[('big', 1180591620717411303425)]");
    assert_eq!(
        world.show(&counter(&world, dict! {"a" => 1.5}), "elements", items![]),
        "TypeError: 'float' object cannot be interpreted as an integer"
    );
    let long = counter(&world, dict! {"a" => i64::MAX, "b" => i64::MAX});
    assert!(world.show(&long, "elements", items![]).starts_with("QuotaExceeded: a value can take"));
}

#[test]
fn a_sum_of_floats_loses_nothing_on_the_way() {
    let world = World::new();
    let tenths = Value::dict((0..10).map(|key: i64| (key.into(), 0.1.into())).collect::<Vec<_>>()).unwrap();
    assert_eq!(world.show(&counter(&world, tenths), "total", items![]), "1.0");
    let minus = Value::from_bigint(commonhold_wire::BigInt::from(-1) << 70);
    let it = counter(&world, dict! {"a" => 0.5, "b" => big(), "c" => minus});
    assert_eq!(world.show(&it, "total", items![]), "0.5");
    let it = counter(&world, dict! {"a" => f64::INFINITY, "b" => 1.5, "c" => 2});
    assert_eq!(world.show(&it, "total", items![]), "inf");
    let huge = Value::from_bigint(commonhold_wire::BigInt::from(1) << 2000);
    let it = counter(&world, dict! {"a" => 0.5, "b" => huge});
    assert_eq!(world.show(&it, "total", items![]), "OverflowError: int too large to convert to float");
    assert_eq!(
        world.show(&counter(&world, dict! {"a" => NONE}), "total", items![]),
        "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'"
    );
}

#[test]
fn operators_take_counters_and_what_a_copy_of_one_is() {
    let world = World::new();
    let it = counter(&world, "aab");
    let other = counter(&world, dict! {"b" => 3, "c" => 1, "a" => -1});
    let shared = |proxy: &Proxy| Value::Proxy(proxy.clone());
    assert_eq!(world.show(&it, "__add__", items![shared(&other)]), "{'a': 1, 'b': 4, 'c': 1}");
    assert_eq!(world.show(&it, "__sub__", items![shared(&other)]), "{'a': 3}");
    assert_eq!(world.show(&it, "__rsub__", items![shared(&other)]), "{'b': 2, 'c': 1}");
    assert_eq!(world.show(&it, "__and__", items![shared(&other)]), "{'b': 1}");
    assert_eq!(world.show(&it, "__or__", items![shared(&other)]), "{'a': 2, 'b': 3, 'c': 1}");
    assert_eq!(world.show(&it, "__add__", items![dict! {"a" => 1}]), "{'a': 3, 'b': 1}");
    assert_eq!(world.show(&other, "__neg__", items![]), "{'a': 1}");
    assert_eq!(world.show(&it, "__le__", items![dict! {"a" => 2, "b" => 1}]), "True");
    assert_eq!(world.show(&it, "__lt__", items![dict! {"a" => 2, "b" => 1}]), "False");
    // A shared dict is not a counter, but it is a mapping.
    let dict = world.dict(dict! {"a" => 1});
    assert_eq!(
        world.show(&it, "__add__", items![shared(&dict)]),
        "TypeError: unsupported operand type(s) for +: 'Counter' and 'DictProxy'"
    );
    assert_eq!(
        world.show(&it, "__lt__", items![shared(&dict)]),
        "TypeError: '<' not supported between instances of 'Counter' and 'DictProxy'"
    );
    assert_eq!(world.show(&it, "__isub__", items![shared(&dict)]), "None");
    assert_eq!(world.text(&it), "Counter({'a': 1, 'b': 1})");
    // A counter is one, too, and is a dict.
    assert_eq!(world.show(&dict, "__or__", items![shared(&other)]), "{'a': -1, 'b': 3, 'c': 1}");
    assert_eq!(world.show(&it, "__iadd__", items![shared(&it)]), "None");
    assert_eq!(world.text(&it), "Counter({'a': 2, 'b': 2})");
    assert_eq!(world.show(&it, "__isub__", items![shared(&it)]), "None");
    assert_eq!(world.text(&it), "Counter()");
}

#[test]
fn the_functions_of_dicts_are_a_counters_own() {
    let world = World::new();
    let it = counter(&world, "a");
    assert_eq!(Dict::length(&it).unwrap(), 1);
    assert_eq!(shown(Dict::get_item(&it, &v("z"))), "0");
    Dict::update(&it, &v("ab")).unwrap();
    assert_eq!(world.text(&it), "Counter({'a': 2, 'b': 1})");
    assert_eq!(shown(Dict::merge(&it, &v(dict! {"a" => 1, "b" => 5}))), "{'a': 2, 'b': 5}");
    assert_eq!(shown(Dict::merge_before(&it, &v(dict! {"a" => 1, "b" => 5}))), "{'a': 2, 'b': 5}");
    let counter_of = |proxy: &Proxy| Counter::total(proxy).map_err(|error| error.to_string());
    assert_eq!(
        counter_of(&world.dict(dict! {})).unwrap_err(),
        "TypeError: expected a proxy to a 'Counter', got one to a 'dict'"
    );
    // A right to one of a dict's methods is a right to the counter's of that name.
    let may_update = world.narrowed(&it, &["update"]);
    Dict::update(&may_update, &v("b")).unwrap();
    assert!(Counter::subtract(&may_update, &v("b")).is_err() && Dict::length(&may_update).is_err());
    assert!(Counter::combine(&may_update, Operation::Union, &v(dict! {})).is_err());
}

#[test]
fn an_iterator_notices_what_a_counter_has_become() {
    let world = World::new();
    let it = counter(&world, "abc");
    let walk = Dict::iterate(&it).unwrap();
    world.call(&it, "update", items!["abc"]).unwrap();
    assert_eq!(world.show(&walk, "__next__", items![]), "'a'");
    world.call(&it, "__iand__", items![dict! {"a" => 1}]).unwrap();
    assert_eq!(world.show(&walk, "__next__", items![]), "RuntimeError: dictionary changed size during iteration");
}

#[test]
fn proxies_are_held_as_keys_and_let_go() {
    let world = World::new();
    let key = world.list(list![]);
    let it = counter(&world, list![Value::Proxy(key.clone()), Value::Proxy(key.clone())]);
    assert_eq!(key.holders(), 2);
    world.call(&it, "update", items![list![Value::Proxy(key.clone())]]).unwrap();
    assert_eq!(key.holders(), 2);
    assert_eq!(world.show(&it, "__getitem__", items![Value::Proxy(key.clone())]), "3");
    world.call(&it, "__isub__", items![dict! {Value::Proxy(key.clone()) => 3}]).unwrap();
    assert_eq!(key.holders(), 1);
    // One that holds the counter itself prints as such.
    world.call(&it, "__setitem__", items!["me", Value::Proxy(it.clone())]).unwrap();
    assert_eq!(world.text(&it), "Counter({'me': Counter({...})})");
    world.call(&it, "clear", items![]).unwrap();
    drop(key);
    // The last holder of a key goes with the counter's entry.
    let key = world.list(list![]);
    world.call(&it, "update", items![list![Value::Proxy(key)]]).unwrap();
    assert_eq!(world.objects(), 2);
    world.call(&it, "__iand__", items![dict! {}]).unwrap();
    settle();
    assert_eq!(world.objects(), 1);
}

#[test]
fn many_count_at_the_same_time() {
    let world = World::new();
    let it = counter(&world, list![]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    world.call(&it, "update", items!["aab"]).unwrap();
                    world.call(&it, "fetch_add", items!["c", 1]).unwrap();
                    world.call(&it, "subtract", items!["b"]).unwrap();
                }
            });
        }
    });
    assert_eq!(world.text(&it), "Counter({'a': 4000, 'c': 2000, 'b': 0})");
}

#[test]
fn a_million_items_are_counted_at_once() {
    let world = World::new();
    let items = Value::List((0..1_000_000).map(|number| Value::Int(number % 1000)).collect());
    let it = counter(&world, list![]);
    world.call(&it, "update", items![items.clone()]).unwrap();
    world.call(&it, "update", items![items]).unwrap();
    assert_eq!(world.show(&it, "total", items![]), "2000000");
    assert_eq!(world.show(&it, "most_common", items![2]), "[(0, 2000), (1, 2000)]");
}

const OPERATIONS: usize = 60_000;
const COUNTERS: u64 = 4;

/// What has the same meaning in Python: counters as operands are `D[0]`.
struct Script {
    random: Random,
    lines: Vec<String>,
    results: Vec<String>,
}

impl Script {
    fn key(&mut self) -> Plain {
        match self.random.below(40) {
            0 => list![],
            1 => NONE,
            2 => tuple![1, "a"],
            3 => true.into(),
            4 => 1.0.into(),
            5..=20 => (self.random.below(4) as i64).into(),
            _ => ["a", "b", "c", "d", "e"][self.random.below(5) as usize].into(),
        }
    }

    fn hashable(&mut self) -> Plain {
        loop {
            let key = self.key();
            if !matches!(key, Value::List(_)) {
                return key;
            }
        }
    }

    fn count(&mut self) -> Plain {
        match self.random.below(60) {
            0 => NONE,
            1 | 2 => 2.5.into(),
            3 => 0.5.into(),
            4 => big(),
            5 => true.into(),
            6 => i64::MAX.into(),
            _ => (self.random.below(9) as i64 - 3).into(),
        }
    }

    fn mapping(&mut self) -> Plain {
        let count = self.random.below(5);
        Value::dict((0..count).map(|_| (self.hashable(), self.count())).collect::<Vec<_>>()).unwrap()
    }

    fn counted(&mut self) -> Plain {
        match self.random.below(12) {
            0 => NONE,
            1 => 5.into(),
            2 | 3 => "abca".into(),
            4..=7 => self.mapping(),
            _ => Value::List((0..self.random.below(6)).map(|_| self.key()).collect()),
        }
    }
}

#[test]
fn counters_do_what_cpythons_do() {
    let Some(python) = python() else { return };
    let seed = seed();
    let mut script = Script { random: Random::new(seed), lines: vec![], results: vec![] };
    let world = World::new();
    let mut counters: Vec<Option<Proxy>> = vec![None; COUNTERS as usize];
    let mut seen: HashMap<String, [usize; 2]> = HashMap::new();
    while script.lines.len() < OPERATIONS {
        let at = script.random.below(COUNTERS) as usize;
        let renew = counters[at].is_none() || script.random.below(25) == 0;
        let mut keywords: Vec<(&str, Plain)> = Vec::new();
        let mut sources: Vec<String> = Vec::new();
        let mut args: Vec<Item> = Vec::new();
        let mut give = |value: Plain| {
            sources.push(repr(&value).unwrap());
            args.push(v(value));
        };
        let with_keywords = script.random.below(5) == 0;
        if with_keywords {
            keywords = vec![("a", script.count()), ("e", script.count())];
        }
        let (method, outcome) = if renew {
            if script.random.below(8) > 0 {
                give(script.counted());
            }
            let kwargs = keywords.iter().map(|(name, count)| (*name, v(count.clone()))).collect();
            let made = world.create("Counter", args, kwargs);
            ("", made.map(|made| counters[at] = Some(made)).map(|()| Item::Null))
        } else {
            let me = counters[at].clone().unwrap();
            let methods = counter::info().methods();
            let method = methods[script.random.below(methods.len() as u64) as usize].name();
            if !matches!(method, "update" | "subtract") {
                keywords.clear();
            }
            match method {
                // Of their own tests.
                "__iter__" | "get_path" | "set_path" => continue,
                "__getitem__" | "__contains__" | "__delitem__" => give(script.key()),
                "__setitem__" | "setdefault" | "swap" | "pop_if" | "fetch_add" | "fetch_max" => {
                    // What cannot be a key is told before what is no number, which Python's own has to find out.
                    give(script.hashable());
                    give(script.count());
                    if method.starts_with("fetch") && script.random.below(3) == 0 {
                        give((script.random.below(5) as i64).into());
                    }
                }
                "compare_exchange" => {
                    give(script.key());
                    give(script.count());
                    give(script.count());
                }
                "get" | "pop" => {
                    give(script.key());
                    if script.random.below(2) == 0 {
                        give(script.count());
                    }
                }
                "get_many" => {
                    give(Value::List((0..script.random.below(4)).map(|_| script.hashable()).collect()));
                    if script.random.below(2) == 0 {
                        give(script.count());
                    }
                }
                "set_many" => give(script.mapping()),
                "fromkeys" => give("abc".into()),
                "most_common" => match script.random.below(8) {
                    0 => {}
                    1 => give(NONE),
                    2 => give(big()),
                    3 => give("x".into()),
                    number => give((number as i64 - 5).into()),
                },
                "update" | "subtract" if script.random.below(12) == 0 => {}
                "update" | "subtract" | "__iadd__" | "__isub__" | "__ior__" | "__iand__" | "__add__" | "__radd__"
                | "__sub__" | "__rsub__" | "__and__" | "__rand__" | "__or__" | "__ror__" | "__le__" | "__lt__"
                | "__ge__" | "__gt__" => {
                    let other = script.random.below(COUNTERS) as usize;
                    match &counters[other] {
                        Some(counter) if script.random.below(3) == 0 => {
                            sources.push(format!("D[{other}]"));
                            args.push(Item::proxy(counter.clone()));
                        }
                        _ if matches!(method, "update" | "subtract") => give(script.counted()),
                        // What has no `items` is no operand here; CPython looks for its items first.
                        _ if script.random.below(20) == 0 && method != "__iand__" => give(5.into()),
                        _ => give(script.mapping()),
                    }
                }
                "popitem" | "clear" if script.random.below(3) > 0 => continue,
                "elements" if world.show(&me, "values", vec![]).split(", ").any(|count| count.len() > 5) => continue,
                _ => {}
            }
            let kwargs = keywords.iter().map(|(name, count)| (*name, v(count.clone()))).collect();
            (method, world.call_with(&me, method, args, kwargs))
        };
        sources.extend(keywords.iter().map(|(name, count)| format!("{name}={}", repr(count).unwrap())));
        let sources = sources.join(", ");
        script.lines.push(match method {
            "" => format!("{at} new({at}, {sources})"),
            method => format!("{at} call({at}, '{method}', {sources})"),
        });
        seen.entry(method.to_owned()).or_default()[usize::from(outcome.is_err())] += 1;
        let result = match outcome {
            Ok(item) => format!("= {}", repr(&item.to_value()).unwrap()),
            Err(error) => format!("! {error}"),
        };
        let state = match &counters[at] {
            Some(it) => format!("{}\t{}", world.text(it), shown(world.value(it))),
            None => "None\tNone".into(),
        };
        script.results.push(format!("{result}\t{state}"));
    }
    let theirs = replay(&python, include_str!("counters.py"), &script.lines);
    assert_eq!(theirs.len(), script.lines.len(), "seed {seed}: CPython gave up");
    for ((source, ours), theirs) in script.lines.iter().zip(&script.results).zip(&theirs) {
        let (our_result, our_state) = ours.split_once('\t').unwrap();
        let (their_result, their_state) = theirs.split_once('\t').unwrap();
        // All is counted before anything is added, so of two things that are wrong this one is found first.
        let two_are_wrong = our_result.starts_with("! TypeError: unhashable type: ")
            && their_result.starts_with("! TypeError: unsupported operand type(s) for ");
        assert!(
            (agree(our_result, their_result) || two_are_wrong) && our_state == their_state,
            "seed {seed}: {source}\n   ours: {ours}\ncpython: {theirs}"
        );
    }
    for method in counter::info().methods() {
        let [good, bad] = seen.get(method.name()).copied().unwrap_or_default();
        let can_fail = matches!(
            method.name(),
            "update" | "subtract" | "most_common" | "elements" | "total" | "__add__" | "__le__" | "__pos__" | "__neg__"
        );
        let is_called = !matches!(method.name(), "__iter__" | "get_path" | "set_path" | "fromkeys");
        assert!(
            (good > 100 || !is_called) && (bad > 5 || !can_fail),
            "seed {seed}: {} succeeded {good} times, failed {bad} times",
            method.name()
        );
    }
}
