//! Serde types to values and back.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

use num_bigint::BigInt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::support::{Handle, Rng, V, dict, frozen_set, list, object, set, tuple};
use crate::value::{MAX_DEPTH, ProxyIdentity, Value};
use crate::{NoProxy, from_value, repr, to_value};

fn text_of<T: Serialize + ?Sized>(value: &T) -> String {
    repr(&to_value::<Handle, _>(value).unwrap()).unwrap()
}

fn back_and_forth<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T, text: &str) {
    let made: V = to_value(&value).unwrap();
    assert_eq!(repr(&made).unwrap(), text);
    assert_eq!(from_value::<Handle, T>(made).unwrap(), value);
}

fn error_of<T: DeserializeOwned + std::fmt::Debug>(value: V) -> String {
    from_value::<Handle, T>(value).unwrap_err().to_string()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Job {
    name: String,
    sizes: Vec<u64>,
    parent: Option<Box<Job>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nothing;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Empty,
    Circle(f64),
    Box(i32, i32),
    Named { name: String },
}

#[test]
fn types_become_what_python_would_use() {
    back_and_forth((), "None");
    back_and_forth(true, "True");
    back_and_forth(-5i8, "-5");
    back_and_forth(u64::MAX, "18446744073709551615");
    back_and_forth(i128::MIN, "-170141183460469231731687303715884105728");
    back_and_forth(u128::MAX, "340282366920938463463374607431768211455");
    back_and_forth(1.5f32, "1.5");
    back_and_forth('é', "'é'");
    back_and_forth("a".to_owned(), "'a'");
    back_and_forth(None::<i32>, "None");
    back_and_forth(Some(3), "3");
    back_and_forth(vec![1, 2], "[1, 2]");
    back_and_forth((1, "a".to_owned()), "(1, 'a')");
    back_and_forth([1, 2], "(1, 2)");
    back_and_forth(Meters(2.0), "2.0");
    back_and_forth(Nothing, "None");
    back_and_forth(BTreeMap::from([(1, 'a'), (2, 'b')]), "{1: 'a', 2: 'b'}");
    back_and_forth(BTreeMap::from([((1, 2), ())]), "{(1, 2): None}");
    back_and_forth(IpAddr::from([127, 0, 0, 1]), "'127.0.0.1'");
    let parent = Some(Box::new(Job { name: "b".to_owned(), sizes: vec![], parent: None }));
    back_and_forth(
        Job { name: "a".to_owned(), sizes: vec![1], parent },
        "{'name': 'a', 'sizes': [1], 'parent': {'name': 'b', 'sizes': [], 'parent': None}}",
    );
    back_and_forth(
        vec![Shape::Empty, Shape::Circle(1.0), Shape::Box(1, 2), Shape::Named { name: "a".to_owned() }],
        "['Empty', {'Circle': 1.0}, {'Box': (1, 2)}, {'Named': {'name': 'a'}}]",
    );
    assert_eq!(text_of("borrowed"), "'borrowed'");
    assert_eq!(text_of(&serde_json::json!({"b": [1, 2.5, null], "a": true})), "{'b': [1, 2.5, None], 'a': True}");
}

#[test]
fn bytes_are_bytes() {
    struct Blob(Vec<u8>);
    impl Serialize for Blob {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }
    assert_eq!(text_of(&Blob(vec![1, 255])), "b'\\x01\\xff'");
    let bytes = V::Bytes(vec![1, 255]);
    assert_eq!(from_value::<Handle, Vec<u8>>(bytes.clone()), Ok(vec![1, 255]));
    assert_eq!(from_value::<Handle, [u8; 2]>(bytes), Ok([1, 255]));
}

#[test]
fn reading_is_as_lenient_as_python() {
    for sequence in [list([1.into(), 2.into()]), tuple([1.into(), 2.into()]), set([1.into(), 2.into()])] {
        assert_eq!(from_value::<Handle, Vec<i32>>(sequence.clone()), Ok(vec![1, 2]));
        assert_eq!(from_value::<Handle, (i32, u8)>(sequence.clone()), Ok((1, 2)));
        assert_eq!(from_value::<Handle, HashSet<i32>>(sequence), Ok(HashSet::from([1, 2])));
    }
    assert_eq!(from_value::<Handle, Vec<i32>>(frozen_set([1.into()])), Ok(vec![1]));
    assert_eq!(from_value::<Handle, f64>(3.into()), Ok(3.0));
    assert_eq!(from_value::<Handle, f64>(Value::from_bigint(BigInt::from(1) << 70)), Ok(2f64.powi(70)));
    assert_eq!(from_value::<Handle, u64>((u64::MAX).into()), Ok(u64::MAX));
    let point = || object("Point", "Point(1)", dict([("Circle".into(), 1.5.into())]));
    assert_eq!(from_value::<Handle, HashMap<String, f64>>(point()), Ok(HashMap::from([("Circle".to_owned(), 1.5)])));
    assert_eq!(from_value::<Handle, Shape>(point()), Ok(Shape::Circle(1.5)));
    assert_eq!(from_value::<Handle, Shape>(dict([("Empty".into(), V::Null)])), Ok(Shape::Empty));
    let json: serde_json::Value = from_value(dict([("a".into(), tuple([1.into(), V::Null]))])).unwrap();
    assert_eq!(json, serde_json::json!({"a": [1, null]}));
}

#[test]
fn nothing_is_cut_off() {
    assert_eq!(error_of::<u8>(300.into()), "300 does not fit u8");
    assert_eq!(error_of::<u64>((-1).into()), "-1 does not fit u64");
    assert_eq!(error_of::<i64>(u64::MAX.into()), "18446744073709551615 does not fit i64");
    assert_eq!(error_of::<i64>(i128::MIN.into()), "-170141183460469231731687303715884105728 does not fit i64");
    assert_eq!(error_of::<u128>((-1).into()), "-1 does not fit u128");
    let huge: V = Value::from_bigint(BigInt::from(1) << 20_000u32);
    assert_eq!(error_of::<i128>(huge.clone()), "an integer of 20001 bits does not fit i128");
    assert_eq!(error_of::<f64>(huge), "an integer of 20001 bits does not fit a float");
    assert_eq!(error_of::<i64>(1.5.into()), "expected int, found float");
    assert_eq!(error_of::<i64>(true.into()), "expected int, found bool");
    assert_eq!(error_of::<(i32, i32)>(list([1.into(), 2.into(), 3.into()])), "expected 2 items, found 3");
    assert_eq!(error_of::<(i32, i32)>(list([1.into()])), "expected a tuple of size 2, found 1 items");
    assert_eq!(error_of::<char>("ab".into()), "expected a character, found string \"ab\"");
}

#[test]
fn errors_say_where() {
    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "it is only read")]
        jobs: Vec<Inner>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "it is only read")]
        done: i64,
    }
    let outer = |inner: V| dict([("jobs".into(), list([dict([("done".into(), 1.into())]), inner]))]);
    let error = |inner: V| error_of::<Outer>(outer(inner));
    assert_eq!(error(dict([("done".into(), "x".into())])), "field jobs[1].done: expected int, found str");
    assert_eq!(error(dict([])), "field jobs[1]: field 'done' is missing");
    assert_eq!(error(dict([("more".into(), 1.into())])), "field jobs[1]: there is no field 'more', only 'done'");
    assert_eq!(error(dict([(1.into(), 1.into())])), "field jobs[1]: in a key: expected str, found int");
    assert_eq!(error(Value::Proxy(Handle(1))), "field jobs[1]: expected dict, found ListProxy");
    assert_eq!(error(object("Job", "Job()", 1.into())), "field jobs[1]: expected dict, found int");
    assert_eq!(error_of::<Vec<bool>>(list([V::Null])), "item [0]: expected bool, found NoneType");
    let nested = dict([(tuple([1.into()]), list(["a".into()]))]);
    assert_eq!(error_of::<HashMap<(i32,), Vec<i32>>>(nested), "item [(1,)][0]: expected int, found str");
    assert_eq!(error_of::<Shape>("Line".into()), "there is no variant 'Line', only 'Empty', 'Circle', 'Box', 'Named'");
    assert_eq!(error_of::<Shape>("Circle".into()), "variant 'Circle' lacks its data");
    assert_eq!(error_of::<Shape>(dict([("Circle".into(), "a".into())])), "field Circle: expected float, found str");
    assert_eq!(error_of::<Shape>(dict([("Empty".into(), 1.into())])), "field Empty: expected None, found int");
    assert_eq!(error_of::<Shape>(dict([])), "expected a variant, which is a dict of one entry, found a dict of 0");

    let map = HashMap::from([(vec![1], 1)]);
    assert_eq!(to_value::<NoProxy, _>(&map).unwrap_err().to_string(), "in a key: unhashable type: 'list'");
}

#[test]
fn floats_that_are_equal_keys_become_one() {
    struct Pairs(Vec<(f64, &'static str)>);
    impl Serialize for Pairs {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }
    assert_eq!(text_of(&Pairs(vec![(0.0, "a"), (1.0, "b"), (-0.0, "c")])), "{0.0: 'c', 1.0: 'b'}");
}

#[test]
fn what_nests_too_deep_is_an_error_before_the_stack_ends() {
    #[derive(Serialize)]
    struct Nested(Vec<Nested>);
    let nested = |depth| (1..depth).fold(Nested(vec![]), |inner, _| Nested(vec![inner]));
    let deepest: V = to_value(&nested(MAX_DEPTH)).unwrap();
    assert!(crate::encode(deepest.clone()).is_ok());
    let error = to_value::<Handle, _>(&nested(MAX_DEPTH + 1)).unwrap_err().to_string();
    assert!(error.ends_with("a value nests too deep"), "{error}");
    // A value inside counts with what is around it.
    assert!(to_value::<Handle, _>(&deepest).is_ok());
    assert!(to_value::<Handle, _>(&(deepest,)).is_err());
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Work {
    input: Handle,
    more: Vec<(Option<Handle>, i32)>,
}

#[test]
fn proxies_are_anywhere_in_a_type() {
    let work = || Work { input: Handle(1), more: vec![(None, 1), (Some(Handle(2)), 2), (Some(Handle(1)), 3)] };
    let value: V = to_value(&work()).unwrap();
    assert_eq!(
        value,
        dict([
            ("input".into(), Value::Proxy(Handle(1))),
            (
                "more".into(),
                list([
                    tuple([V::Null, 1.into()]),
                    tuple([Value::Proxy(Handle(2)), 2.into()]),
                    tuple([Value::Proxy(Handle(1)), 3.into()]),
                ])
            ),
        ])
    );
    assert_eq!(from_value::<Handle, Work>(value), Ok(work()));
    let keys: V = to_value(&HashMap::from([(Handle(1), 2)])).unwrap();
    assert_eq!(keys, dict([(Value::Proxy(Handle(1)), 2.into())]));
    assert_eq!(from_value::<Handle, HashMap<Handle, i32>>(keys), Ok(HashMap::from([(Handle(1), 2)])));
    assert_eq!(from_value::<Handle, Handle>(Value::Proxy(Handle(7))), Ok(Handle(7)));
}

#[test]
fn proxies_pass_through_what_serde_buffers() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Pair(Handle, String),
        Same(Handle, Handle),
        Number(i64),
        Meters(Count),
        Alone(Handle),
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Count(u64);
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "type")]
    enum Tagged {
        Work { input: Handle },
        Inner(Flat),
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Flat {
        own: Handle,
        #[serde(flatten)]
        rest: Rest,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Rest {
        input: Handle,
        value: V,
        #[serde(flatten)]
        shape: External,
    }
    // The derived code buffers a struct's variant here while it serialises.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum External {
        Variant { proxy: Handle },
    }
    fn round<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: T) {
        let made: V = to_value(&value).unwrap();
        assert_eq!(from_value::<Handle, T>(made).unwrap(), value);
    }
    round(Untagged::Pair(Handle(1), "a".to_owned()));
    round(Untagged::Same(Handle(1), Handle(2)));
    round(Untagged::Alone(Handle(3)));
    round(Untagged::Number(3));
    round(Tagged::Work { input: Handle(4) });
    let shape = External::Variant { proxy: Handle(9) };
    let rest = Rest { input: Handle(6), value: list([Value::Proxy(Handle(7)), 8.into()]), shape };
    round(Tagged::Inner(Flat { own: Handle(5), rest }));
}

#[test]
fn a_proxy_does_not_go_into_anything_else() {
    let alone = "a proxy travels inside a value: it cannot be serialised on its own";
    assert_eq!(serde_json::to_string(&Handle(1)).unwrap_err().to_string(), alone);
    assert!(postcard::to_allocvec(&Handle(1)).is_err());
    assert!(serde_json::to_string(&list([])).is_err());
    let alone = "a proxy travels inside a value: it cannot be deserialised on its own";
    for json in ["1", "[1]", "{}", "null", "[\"$commonhold::value\", 0]"] {
        assert!(serde_json::from_str::<Handle>(json).unwrap_err().to_string().starts_with(alone));
    }

    // Not even while our own serializer is at work.
    struct Sneaky;
    impl Serialize for Sneaky {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_str(&serde_json::to_string(&Handle(1)).unwrap_or_default())
        }
    }
    assert!(to_value::<Handle, _>(&Sneaky).unwrap_err().to_string().contains("on its own"));
    #[derive(Debug)]
    struct SneakyBack;
    impl<'de> Deserialize<'de> for SneakyBack {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            let read = serde_json::from_str::<Handle>(&text);
            read.map(|_| SneakyBack).map_err(serde::de::Error::custom)
        }
    }
    for json in ["0", "[\"$commonhold::value\", 0]"] {
        assert!(from_value::<Handle, SneakyBack>(json.into()).is_err());
    }
}

#[test]
fn what_is_not_a_proxy_is_not_taken_for_one() {
    for (value, found) in [
        (V::Null, "NoneType"),
        (1.into(), "int"),
        ("a".into(), "str"),
        (list(["$commonhold::value".into(), 0.into()]), "list"),
        (object("A", "", V::Null), "A"),
    ] {
        assert_eq!(error_of::<Handle>(value), format!("expected a proxy, found {found}"));
    }
    // A type of the same name with a number inside is that number.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename = "$commonhold::value")]
    struct Lookalike(u64);
    for number in [0, 1, u64::MAX] {
        let value: V = to_value(&(Handle(1), Lookalike(number))).unwrap();
        assert_eq!(value, tuple([Value::Proxy(Handle(1)), number.into()]));
        assert_eq!(from_value::<Handle, (Handle, Lookalike)>(value), Ok((Handle(1), Lookalike(number))));
    }
    // A proxy is not a number either, nor any other newtype's.
    #[derive(Debug, PartialEq, Deserialize)]
    struct Number(u64);
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(untagged)]
    enum Buffered {
        Number(Number),
        Lookalike(Lookalike),
        Text(String),
    }
    assert_eq!(error_of::<Number>(Value::Proxy(Handle(1))), "expected int, found ListProxy");
    assert_eq!(error_of::<Lookalike>(Value::Proxy(Handle(1))), "expected int, found ListProxy");
    assert!(from_value::<Handle, Buffered>(Value::Proxy(Handle(1))).is_err());
    assert_eq!(error_of::<serde_json::Value>(Value::Proxy(Handle(1))), "expected any valid JSON value, found a proxy");
}

#[test]
fn a_call_inside_of_a_call_has_its_own_proxies() {
    /// A type that sends something else while it is serialised.
    struct Nested(Handle);
    thread_local! {
        static SENT: RefCell<Vec<V>> = const { RefCell::new(Vec::new()) };
    }
    impl Serialize for Nested {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let inner: V = to_value(&vec![Handle(100), Handle(101)]).map_err(serde::ser::Error::custom)?;
            let (first, _): (Handle, Handle) = from_value(inner.clone()).map_err(serde::ser::Error::custom)?;
            assert_eq!(first, Handle(100));
            assert!(to_value::<Other, _>(&Handle(1)).is_err());
            SENT.with_borrow_mut(|sent| sent.push(inner));
            (self.0.clone(), Handle(3)).serialize(serializer)
        }
    }
    let value: V = to_value(&(Handle(1), Nested(Handle(2)), Handle(4))).unwrap();
    let proxy = |id| Value::Proxy(Handle(id));
    assert_eq!(value, tuple([proxy(1), tuple([proxy(2), proxy(3)]), proxy(4)]));
    assert_eq!(SENT.take(), [list([proxy(100), proxy(101)])]);
}

/// A proxy of another kind.
#[derive(Debug, Clone, PartialEq)]
struct Other;

impl ProxyIdentity for Other {
    fn referent_id(&self) -> u64 {
        0
    }

    fn repr(&self) -> String {
        "<Other>".to_owned()
    }

    fn type_name(&self) -> String {
        "Other".to_owned()
    }
}

#[test]
fn another_kind_of_proxy_is_refused() {
    assert!(to_value::<Other, _>(&Handle(1)).is_err());
    assert!(from_value::<Other, Handle>(Value::Proxy(Other)).is_err());
}

#[test]
fn a_panic_leaves_nothing_behind() {
    struct Panics;
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
            panic!("on purpose")
        }
    }
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
            panic!("on purpose")
        }
    }
    let proxy = Value::Proxy(Handle(1));
    assert!(std::panic::catch_unwind(|| to_value::<Handle, _>(&(Handle(1), Panics))).is_err());
    let pair = tuple([proxy.clone(), V::Null]);
    assert!(std::panic::catch_unwind(|| from_value::<Handle, (Handle, Panics)>(pair).is_ok()).is_err());
    assert!(serde_json::to_string(&Handle(1)).is_err());
    assert_eq!(to_value(&Handle(1)), Ok(proxy.clone()));
    assert_eq!(from_value(proxy), Ok(Handle(1)));
}

#[test]
fn values_pass_through_as_they_are() {
    for seed in 0..2000 {
        let value = Rng(seed).value(4);
        let made: V = to_value(&(1, &value)).unwrap();
        let (one, back): (i32, V) = from_value(made).unwrap();
        assert_eq!(one, 1);
        assert_eq!(format!("{back:?}"), format!("{value:?}"), "seed {seed}");
    }
    let json: V = serde_json::from_str(r#"{"b": [1, -2.5, null, "x"], "a": 18446744073709551615}"#).unwrap();
    assert_eq!(repr(&json).unwrap(), "{'b': [1, -2.5, None, 'x'], 'a': 18446744073709551615}");
    // Where serde buffers, plain data stays and sequences become lists.
    #[derive(Deserialize)]
    struct Flat {
        #[serde(flatten)]
        rest: HashMap<String, V>,
    }
    let huge: V = Value::from_bigint(BigInt::from(1) << 200u32);
    let slice = Value::Slice(Box::new([1.into(), V::Null, V::Null]));
    // Looks like the mark of the first value that has one.
    let lookalike = list(["$commonhold::value".into(), 0.into()]);
    let entries =
        [("a", huge), ("b", slice), ("c", tuple([Value::Proxy(Handle(1))])), ("d", V::Null), ("e", lookalike)];
    let value = dict(entries.clone().map(|(key, item)| (key.into(), item)));
    let mut flat: Flat = from_value(value).unwrap();
    for (key, item) in entries {
        let item = if let Value::Tuple(items) = item { list(items) } else { item };
        assert_eq!(flat.rest.remove(key), Some(item));
    }
}
