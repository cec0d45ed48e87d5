//! What single values are: equality, order, hashes, sums and texts, case by case.

use std::collections::HashSet;

use num_bigint::BigInt;

use super::support::{Handle, Rng, V, dict, frozen_set, list, object, set, tuple};
use crate::number::{ArithmeticError, add, subtract};
use crate::value::Value;
use crate::{Error, ErrorKind, NoProxy, ReprError, equal, hash, less_than, repr, to_text};

fn big(power: u32) -> V {
    Value::from_bigint(BigInt::from(1) << power)
}

#[test]
fn a_value_takes_32_bytes() {
    assert_eq!(size_of::<Value<NoProxy>>(), 32);
    assert_eq!(size_of::<Value<u64>>(), 32);
    assert_eq!(size_of::<Value<std::rc::Rc<u8>>>(), 32);
    assert!(size_of::<Error<u64>>() <= 80);
}

#[test]
fn numbers_are_equal_by_value() {
    let one: [V; 3] = [1.into(), true.into(), 1.0.into()];
    for a in &one {
        for b in &one {
            assert!(equal(a, b));
            assert_eq!(hash(a), hash(b));
        }
    }
    assert!(equal::<Handle>(&big(70), &Value::Float(2f64.powi(70))));
    assert_eq!(hash::<Handle>(&big(70)), hash(&V::Float(2f64.powi(70))));
    assert!(equal::<Handle>(&big(63), &Value::Float(2f64.powi(63))));
    assert_eq!(hash::<Handle>(&big(63)), hash(&V::Float(2f64.powi(63))));
    // Nearest neighbours that rounding would make equal.
    let above: V = Value::from_bigint((BigInt::from(1) << 70) + 1);
    assert!(!equal(&above, &Value::Float(2f64.powi(70))));
    assert!(!equal::<Handle>(&((1i64 << 53) + 1).into(), &Value::Float(2f64.powi(53))));
    assert!(!equal::<Handle>(&i64::MAX.into(), &Value::Float(2f64.powi(63))));
    // The floats next to the least integer of 64 bits, and that integer.
    let least = -(2f64.powi(63));
    assert!(equal::<Handle>(&i64::MIN.into(), &Value::Float(least)));
    assert!(!equal::<Handle>(&i64::MIN.into(), &Value::Float(least.next_down())));
    assert_eq!(less_than::<Handle>(&Value::Float(least.next_down()), &i64::MIN.into()), Ok(true));
    assert!(equal::<Handle>(&0.into(), &Value::Float(-0.0)));
    assert_eq!(hash::<Handle>(&0.into()), hash(&V::Float(-0.0)));
}

#[test]
fn types_are_kept_apart() {
    let values: [V; 8] = [
        "1".into(),
        b"1".as_slice().into(),
        1.into(),
        Value::Null,
        tuple([1.into()]),
        frozen_set([1.into()]),
        Value::Proxy(Handle(1)),
        object("A", "1", 1.into()),
    ];
    let hashes: HashSet<u64> = values.iter().map(|value| hash(value).unwrap()).collect();
    assert_eq!(hashes.len(), values.len());
    for (at, a) in values.iter().enumerate() {
        for (other, b) in values.iter().enumerate() {
            assert_eq!(equal(a, b), at == other);
        }
    }
    assert!(!equal(&list([]), &tuple([])));
    assert!(!equal(&dict([]), &set([])));
}

#[test]
fn a_nan_equals_nothing_and_hashes_anew() {
    let nan = V::Float(f64::NAN);
    assert!(!equal(&nan, &nan));
    assert!(!equal(&list([nan.clone()]), &list([nan.clone()])));
    assert_eq!(less_than(&nan, &1.into()), Ok(false));
    assert_ne!(hash(&nan), hash(&nan));
}

#[test]
fn sets_and_dicts_are_equal_in_any_order() {
    let sets = [set([1.into(), "a".into()]), frozen_set(["a".into(), 1.0.into()])];
    assert!(equal(&sets[0], &sets[1]));
    assert!(!equal(&sets[0], &set([1.into()])));
    let dicts = [
        dict([(1.into(), 2.into()), ("a".into(), 3.into())]),
        dict([("a".into(), 3.0.into()), (true.into(), 2.into())]),
    ];
    assert!(equal(&dicts[0], &dicts[1]));
    assert!(!equal(&dicts[0], &dict([(1.into(), 2.into()), ("a".into(), 4.into())])));
    // With more keys than are looked through one by one.
    let many = |order: &mut dyn Iterator<Item = i64>| set(order.map(V::from));
    assert!(equal(&many(&mut (0..100)), &many(&mut (0..100).rev())));
    assert!(!equal(&many(&mut (0..100)), &many(&mut (1..101))));
}

#[test]
fn proxies_are_equal_by_referent_and_objects_by_type_and_state() {
    let proxy = |id| Value::Proxy(Handle(id));
    assert!(equal(&proxy(1), &proxy(1)));
    assert!(!equal(&proxy(1), &proxy(2)));
    assert!(equal(&object("A", "one", 1.into()), &object("A", "another", true.into())));
    assert!(!equal(&object("A", "one", 1.into()), &object("B", "one", 1.into())));
    assert!(!equal(&object("A", "one", 1.into()), &object("A", "one", 2.into())));
}

#[test]
fn what_is_unhashable_says_which_type_it_is() {
    for (name, value) in [("list", list([])), ("dict", dict([])), ("set", set([]))] {
        let message = format!("unhashable type: '{name}'");
        assert_eq!(hash(&value).unwrap_err().to_string(), message);
        assert_eq!(hash(&tuple([1.into(), value.clone()])).unwrap_err().to_string(), message);
        // Whether an object's class is hashable is its guest's business.
        let objects = [object("A", "a", value.clone()), object("A", "b", value)];
        assert_eq!(hash(&objects[0]).unwrap(), hash(&objects[1]).unwrap());
    }
    assert!(hash(&V::Slice(Box::new([1.into(), V::Null, V::Null]))).is_ok());
}

#[test]
fn equal_values_inside_objects_hash_alike() {
    let states = [
        [list([1.into()]), list([1.0.into()])],
        [dict([(1.into(), 2.into()), (3.into(), 4.into())]), dict([(3.0.into(), 4.into()), (true.into(), 2.0.into())])],
        [set([1.into(), 2.into()]), frozen_set([2.into(), 1.into()])],
    ];
    for [a, b] in states {
        assert_eq!(hash(&object("A", "", a)).unwrap(), hash(&object("A", "", b)).unwrap());
    }
    assert_ne!(hash(&object("A", "", list([1.into()]))), hash(&object("A", "", tuple([1.into()]))));
}

#[test]
fn order_is_pythons() {
    let less = |a: V, b: V| less_than(&a, &b).unwrap();
    assert!(less(1.into(), 1.5.into()));
    assert!(less(i64::MAX.into(), Value::Float(2f64.powi(63))));
    assert!(less(Value::Float(2f64.powi(63)), Value::from_bigint((BigInt::from(1) << 63) + 1)));
    assert!(less(Value::from_bigint(-(BigInt::from(1) << 70u32)), V::from(i64::MIN)));
    assert!(less("Z".into(), "a".into()));
    assert!(less("\u{ffff}".into(), "\u{10000}".into()));
    assert!(less(list([1.into(), 2.into()]), list([1.into(), 3.into()])));
    assert!(less(list([1.into()]), list([1.into(), V::Null])));
    // Only the first difference counts, and what comes after it need not have an order.
    assert!(less(tuple([1.into(), "a".into()]), tuple([2.into(), 1.into()])));
    assert!(less(set([1.into()]), frozen_set([2.into(), 1.into()])));
    assert!(!less(set([1.into()]), set([1.into()])));
    assert!(!less(set([1.into()]), set([2.into(), 3.into()])));
}

#[test]
fn what_has_no_order_says_so() {
    let message = |a: V, b: V| less_than(&a, &b).unwrap_err().to_string();
    assert_eq!(message("a".into(), 1.into()), "'<' not supported between instances of 'str' and 'int'");
    assert_eq!(
        message(list([1.into(), V::Null]), list([1.into(), "a".into()])),
        "'<' not supported between instances of 'NoneType' and 'str'"
    );
    assert_eq!(message(dict([]), dict([])), "'<' not supported between instances of 'dict' and 'dict'");
    assert_eq!(
        message(Value::Proxy(Handle(1)), object("Job", "", V::Null)),
        "'<' not supported between instances of 'ListProxy' and 'Job'"
    );
}

#[test]
fn messages_name_a_class_as_cpythons_do() {
    for (travels_as, said) in [
        ("Job", "Job"),
        ("__main__.Job", "Job"),
        ("package.module.Outer.Job", "Job"),
        ("fractions.Fraction", "Fraction"),
        // These are made in C, where a name can be given with its module.
        ("datetime.date", "datetime.date"),
        ("decimal.Decimal", "decimal.Decimal"),
    ] {
        let job = || object(travels_as, "", V::Null);
        assert_eq!(
            less_than(&job(), &1.into()).unwrap_err().to_string(),
            format!("'<' not supported between instances of '{said}' and 'int'")
        );
        assert_eq!(
            add(&1.into(), &job()).unwrap_err().to_string(),
            format!("unsupported operand type(s) for +: 'int' and '{said}'")
        );
    }
}

#[test]
fn what_is_equal_is_equal_both_ways_and_hashes_alike() {
    for seed in 0..20_000 {
        let mut rng = Rng(seed);
        let a = rng.value(4);
        let b = rng.vary(&a);
        assert_eq!(equal(&a, &b), equal(&b, &a), "seed {seed}");
        if let (true, Ok(a), Ok(b)) = (equal(&a, &b), hash(&a), hash(&b)) {
            assert_eq!(a, b, "seed {seed}");
        }
    }
}

#[test]
fn sums_and_differences_are_pythons() {
    let sum = |a: V, b: V| add(&a, &b);
    assert_eq!(sum(1.into(), true.into()), Ok(2.into()));
    assert_eq!(sum(true.into(), true.into()), Ok(2.into()));
    assert_eq!(sum(1.into(), 0.5.into()), Ok(1.5.into()));
    assert_eq!(sum(i64::MAX.into(), 1.into()), Ok(big(63)));
    assert_eq!(sum(big(63), (-1).into()), Ok(i64::MAX.into()));
    assert_eq!(sum(big(70), 0.0.into()), Ok(2f64.powi(70).into()));
    assert_eq!(sum(big(1024), 0.0.into()), Err(ArithmeticError::Overflow));
    assert_eq!(ArithmeticError::Overflow.to_string(), "int too large to convert to float");
    assert_eq!(
        sum(1.into(), "a".into()).unwrap_err().to_string(),
        "unsupported operand type(s) for +: 'int' and 'str'"
    );
    let difference = |a: V, b: V| subtract(&a, &b);
    assert_eq!(difference(1.into(), true.into()), Ok(0.into()));
    assert_eq!(difference(i64::MIN.into(), 1.into()).map(|it| repr(&it).unwrap()), Ok("-9223372036854775809".into()));
    assert_eq!(difference(big(63), 1.into()), Ok(i64::MAX.into()));
    assert_eq!(difference(1.into(), 0.5.into()), Ok(0.5.into()));
    assert_eq!(difference(0.5.into(), big(1024)), Err(ArithmeticError::Overflow));
    assert_eq!(
        difference("a".into(), 1.into()).unwrap_err().to_string(),
        "unsupported operand type(s) for -: 'str' and 'int'"
    );
    // Where Python would concatenate, there is nothing to add.
    assert!(sum("a".into(), "b".into()).is_err());
    let kinds =
        [sum(big(1024), 0.0.into()), sum(V::Null, 1.into())].map(|sum| Error::<Handle>::from(sum.unwrap_err()).kind);
    assert_eq!(kinds, [ErrorKind::Overflow, ErrorKind::Type]);
}

#[test]
fn texts_are_pythons() {
    let cases: Vec<(V, &str)> = vec![
        (V::Null, "None"),
        (true.into(), "True"),
        (1.0.into(), "1.0"),
        ((-0.0).into(), "-0.0"),
        (1e16.into(), "1e+16"),
        (9999999999999998.0.into(), "9999999999999998.0"),
        (1e-5.into(), "1e-05"),
        (0.0001.into(), "0.0001"),
        (1.5e-7.into(), "1.5e-07"),
        (1e100.into(), "1e+100"),
        (f64::NEG_INFINITY.into(), "-inf"),
        (f64::NAN.into(), "nan"),
        (123456.789.into(), "123456.789"),
        (V::Float(-8205792720576617.0 / 4.0), "-2051448180144154.2"),
        (big(64), "18446744073709551616"),
        ("it's".into(), "\"it's\""),
        ("it's \"it\"".into(), "'it\\'s \"it\"'"),
        ("\t\n\r\\\0\x7f\u{a0}é\u{ad}\u{1f600}\u{e0001}".into(), "'\\t\\n\\r\\\\\\x00\\x7f\\xa0é\\xad😀\\U000e0001'"),
        (b"it's\xff\"".as_slice().into(), "b'it\\'s\\xff\"'"),
        (tuple([]), "()"),
        (tuple([1.into()]), "(1,)"),
        (tuple([1.into(), 2.into()]), "(1, 2)"),
        (set([]), "set()"),
        (set([1.into(), 2.into()]), "{1, 2}"),
        (frozen_set([]), "frozenset()"),
        (frozen_set([1.into()]), "frozenset({1})"),
        (dict([("a".into(), list([])), (2.into(), dict([]))]), "{'a': [], 2: {}}"),
        (V::Slice(Box::new([1.into(), 2.into(), V::Null])), "slice(1, 2, None)"),
        (list([Value::Proxy(Handle(42))]), "[<ListProxy object, typeid 'list' at 0x2a>]"),
        (list([object("Point", "Point(1, 2)", V::Null)]), "[Point(1, 2)]"),
    ];
    for (value, text) in cases {
        assert_eq!(repr(&value).unwrap(), text);
    }
    assert_eq!(to_text::<Handle>(&"it's".into()).unwrap(), "it's");
    assert_eq!(to_text::<Handle>(&list(["a".into()])).unwrap(), "['a']");
}

#[test]
fn integers_that_take_long_to_print_are_refused_as_in_cpython() {
    let longest: V = Value::from_bigint(BigInt::from(10).pow(4300) - 1);
    assert_eq!(repr(&longest).unwrap().len(), 4300);
    let longer: V = Value::from_bigint(-BigInt::from(10).pow(4300));
    assert_eq!(repr(&list([longer.clone()])), Err(ReprError::Digits));
    assert_eq!(repr(&big(1 << 24)), Err(ReprError::Digits));
    let error: Error<Handle> = ReprError::Digits.into();
    assert_eq!(
        (error.kind, error.to_string()),
        (ErrorKind::Value, "ValueError: Exceeds the limit (4300 digits) for integer string conversion".to_owned())
    );
    // A KeyError needs a message whatever the key is.
    let error: Error<Handle> = Error::key(longer);
    assert!(error.message.contains("4300"));
}

#[test]
fn truth_is_pythons() {
    let falsy =
        [V::Null, false.into(), 0.into(), 0.0.into(), (-0.0).into(), "".into(), list([]), tuple([]), dict([]), set([])];
    assert!(falsy.iter().all(|value| !value.is_truthy()));
    let truthy =
        [f64::NAN.into(), big(64), " ".into(), list([V::Null]), Value::Proxy(Handle(0)), object("A", "", V::Null)];
    assert!(truthy.iter().all(Value::is_truthy));
}

#[test]
fn proxies_are_replaced_in_order() {
    let value = dict([(Value::Proxy(Handle(3)), list([Value::Proxy(Handle(1))])), (1.into(), Value::Proxy(Handle(2)))]);
    let mut seen = Vec::new();
    let mapped = value.map_proxies(|proxy| {
        seen.push(proxy.0);
        proxy.0 * 10
    });
    assert_eq!(seen, [3, 1, 2]);
    let failed = mapped.clone().try_map_proxies(|id| if id == 10 { Err("stop") } else { Ok(id) });
    assert_eq!(failed, Err("stop"));
    let back = mapped.try_map_proxies(|id| Ok::<_, ()>(Handle(id / 10))).unwrap();
    assert_eq!(repr(&back).unwrap().matches("ListProxy").count(), 3);
    for seed in 0..500 {
        let value = Rng(seed).value(4);
        assert_eq!(format!("{:?}", value.clone().map_proxies(|proxy| proxy)), format!("{value:?}"), "seed {seed}");
        assert_eq!(format!("{:?}", value.clone()), format!("{value:?}"), "seed {seed}");
    }
}

#[test]
fn error_kinds_are_those_of_the_contract() {
    let contract = include_str!("../../types.wit");
    let cases = contract.split("enum error-kind {").nth(1).unwrap().split("\n    }").next().unwrap();
    let names: Vec<_> = cases
        .lines()
        .map(|line| line.trim().trim_start_matches('%').trim_end_matches(','))
        .filter(|line| !line.is_empty() && !line.starts_with("///"))
        .collect();
    assert_eq!(ErrorKind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>(), names);
    for (position, kind) in ErrorKind::ALL.iter().enumerate() {
        assert_eq!(*kind as usize, position);
        assert_eq!(ErrorKind::from_name(kind.name()), Some(*kind));
    }
    assert_eq!(ErrorKind::from_name("nothing"), None);
    assert_eq!(ErrorKind::Empty.python_class(), "queue.Empty");
    assert!(ErrorKind::NotExposed.is_framework() && !ErrorKind::Custom.is_framework());
    assert!(!ErrorKind::Other.is_framework(), "a method's, of a class without a kind");
}

#[test]
fn errors_read_as_in_python() {
    let error: Error<Handle> = Error::index("list index out of range");
    assert_eq!(error.to_string(), "IndexError: list index out of range");
    let error = Error::key(V::from("it's"));
    assert_eq!(error.to_string(), "KeyError: \"it's\"");
    assert_eq!(error.args, Some(Box::new(tuple(["it's".into()]))));
    let error: Error<Handle> = Error::new(ErrorKind::Custom, "").with_type_name("Mine");
    assert_eq!(error.to_string(), "Mine");
    let error: Error<Handle> = Error::new(ErrorKind::QuotaExceeded, "too many proxies");
    assert_eq!(error.to_string(), "QuotaExceeded: too many proxies");
    let error = Error::key(Value::Proxy(Handle(1))).map_proxies(|proxy| proxy.0);
    assert_eq!(error.args, Some(Box::new(Value::Tuple(vec![Value::Proxy(1)]))));
}
