//! The short ways lead where the long ones do.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Debug;

use commonhold_wire::encode;
use serde::{Deserialize, Serialize, Serializer};

use super::read::decode_direct;
use super::write::encode_direct;
use super::*;
use crate::{Dict, ErrorKind, List, Lock};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Everything {
    flag: bool,
    small: i8,
    large: u64,
    ratio: f32,
    letter: char,
    name: String,
    none: Option<i64>,
    some: Option<String>,
    unit: (),
    marker: Marker,
    meters: Meters,
    pair: Pair,
    items: Vec<Vec<u16>>,
    tuple: (i64, String),
    map: BTreeMap<String, i64>,
    numbers: HashMap<i64, bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left_out: Option<i64>,
    list: List<i64>,
    orders: Vec<Order>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Marker;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Meters(f64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Pair(i64, Option<List<i64>>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Order {
    Stop,
    Wait(Option<f64>),
    Move(i8, List<i64>),
    Take { from: List<i64>, count: usize },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(i64),
    List(List<i64>),
    Several(Vec<Either>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    One { list: List<i64> },
    Two,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Flat {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, List<i64>>,
}

fn everything() -> Everything {
    let list = List::new().unwrap();
    Everything {
        flag: true,
        small: -3,
        large: 1 << 40,
        ratio: 0.5,
        letter: '\u{1f419}',
        name: "name".to_owned(),
        none: None,
        some: Some(String::new()),
        unit: (),
        marker: Marker,
        meters: Meters(1.5),
        pair: Pair(1, Some(list.clone())),
        items: vec![vec![1, 2], vec![]],
        tuple: (7, "seven".to_owned()),
        map: BTreeMap::from([("a".to_owned(), 1)]),
        numbers: HashMap::from([(5, true)]),
        left_out: None,
        list: list.clone(),
        orders: vec![
            Order::Stop,
            Order::Wait(None),
            Order::Wait(Some(2.0)),
            Order::Move(1, list.clone()),
            Order::Take { from: list, count: 3 },
        ],
    }
}

/// The encoding that the way through a value gives.
fn long_way<T: Serialize + ?Sized>(value: &T) -> Encoded<Proxy> {
    encode(to_value(value).unwrap()).unwrap()
}

/// Checks that the short way gives the same, there and back.
fn same_both_ways<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let encoded = long_way(value);
    assert_eq!(encode_direct(value), Some(encoded.clone()));
    assert_eq!(decode_direct::<T>(&encoded.data, &encoded.proxies).as_ref(), Some(value));
}

/// Checks that what the short way leaves to the long one arrives all the same.
fn only_the_long_way<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let encoded = long_way(value);
    let short = encode_direct(value);
    assert!(short.is_none() || short == Some(encoded.clone()), "{short:?}");
    assert_eq!(decode_direct::<T>(&encoded.data, &encoded.proxies), None);
    let list = List::<T>::from_items([value]).unwrap();
    list.push(value).unwrap();
    assert_eq!(&list.get(0).unwrap(), value);
    assert_eq!(&list.to_vec().unwrap()[1], value);
}

#[test]
fn what_is_encoded_at_once_is_the_same() {
    let value = everything();
    same_both_ways(&value);
    same_both_ways(&vec![value.clone(), value.clone()]);
    same_both_ways(&(1, value.clone(), List::<String>::new().unwrap()));
    same_both_ways(&BTreeMap::from([(1_u8, vec![value])]));
    same_both_ways(&vec![Order::Take { from: List::new().unwrap(), count: 1 }; 1000]);
    same_both_ways(&vec![Order::Wait(Some(1.0)); 1000]);
    same_both_ways(&Vec::<i64>::new());
    same_both_ways(&(0..1000).collect::<Vec<i64>>());
    same_both_ways(&BTreeSet::from(["b".to_owned(), "a".to_owned()]));
    same_both_ways(&vec![Some(()); 0]);
}

#[test]
fn what_is_not_takes_the_long_way() {
    let list = List::<i64>::new().unwrap();
    only_the_long_way(&vec![u64::MAX]);
    only_the_long_way(&vec![Either::Number(1), Either::List(list.clone()), Either::Several(vec![])]);
    only_the_long_way(&vec![Tagged::One { list: list.clone() }, Tagged::Two]);
    only_the_long_way(&Flat { name: "flat".to_owned(), rest: BTreeMap::from([("more".to_owned(), list.clone())]) });
    only_the_long_way(&vec![Value::Int(1), list.clone().into(), Value::Set(vec![1.into()])]);
    let value = HashMap::from([((1, true), 2)]);
    assert_eq!(encode_direct(&value), None);
    let dict = Dict::<String, HashMap<(i64, bool), i64>>::new().unwrap();
    dict.insert("tuples", &value).unwrap();
    assert_eq!(dict.get("tuples").unwrap(), Some(value));
    // A scalar is no tree.
    assert_eq!(encode_direct(&5), None);
    assert_eq!(encode_direct(&list), None);
}

/// A map that says nothing about its length, or something wrong, and has keys of its own mind.
struct Map<'a>(Option<usize>, &'a [(Value, i64)]);

impl Serialize for Map<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(self.0)?;
        for (key, item) in self.1 {
            match key {
                Value::Int(number) => map.serialize_entry(number, item)?,
                Value::Bool(flag) => map.serialize_entry(flag, item)?,
                Value::Text(text) => map.serialize_entry(text, item)?,
                _ => map.serialize_entry(&0.5, item)?,
            }
        }
        map.end()
    }
}

#[test]
fn maps_of_any_kind_are_encoded_the_same() {
    let texts = [("a".into(), 1), ("b".into(), 2)];
    for length in [None, Some(2)] {
        assert_eq!(encode_direct(&Map(length, &texts)), Some(long_way(&Map(None, &texts))));
    }
    // A length that is wrong, or keys that Python takes for equal.
    assert_eq!(encode_direct(&Map(Some(3), &texts)), None);
    assert_eq!(encode_direct(&Map(None, &[(Value::Int(1), 1), (Value::Bool(true), 2)])), None);
    assert_eq!(encode_direct(&Map(None, &[(Value::Float(0.5), 1)])), None);
    let long = (0..300).map(|number| (Value::Int(number), number)).collect::<Vec<_>>();
    assert_eq!(encode_direct(&Map(None, &long)), Some(long_way(&Map(None, &long))));
}

#[derive(Serialize)]
struct Nest(Vec<Nest>);

#[test]
fn too_deep_is_an_error_and_not_the_end() {
    let nest = |depth: usize| (0..depth).fold(Nest(Vec::new()), |inside, _| Nest(vec![inside]));
    let deepest = nest(commonhold_wire::MAX_DEPTH - 1);
    assert_eq!(encode_direct(&deepest), Some(long_way(&deepest)));
    let deeper = nest(commonhold_wire::MAX_DEPTH);
    assert_eq!(encode_direct(&deeper), None);
    let list = List::<Nest>::new().unwrap();
    assert_eq!(list.push(&deeper).unwrap_err().kind, ErrorKind::Unserializable);
}

#[test]
fn errors_are_those_of_the_long_way() {
    let list = List::<Value>::new().unwrap();
    list.push(to_value(&vec![to_value("x").unwrap(), Value::Null]).unwrap()).unwrap();
    let proxy = list.as_proxy();
    let message = |error: crate::Error| error.message;
    let read = proxy.call::<Vec<i64>>("__getitem__", (0,));
    assert_eq!(read.map_err(message), Err("item [0]: expected int, found str".to_owned()));
    let read = proxy.call::<(String,)>("__getitem__", (0,));
    assert_eq!(read.map_err(message), Err("expected 1 items, found 2".to_owned()));
    let read = proxy.call::<i64>("__getitem__", (0,));
    assert_eq!(read.map_err(message), Err("expected int, found list".to_owned()));
    list.set(0, to_value(&Lock::new().unwrap()).unwrap()).unwrap();
    let read = proxy.call::<i64>("__getitem__", (0,));
    assert_eq!(read.map_err(message), Err("expected int, found AcquirerProxy".to_owned()));
    let read = proxy.call::<Dict<i64, i64>>("__getitem__", (0,)).map_err(message).unwrap_err();
    assert!(read.starts_with("expected a proxy of type 'dict', found <AcquirerProxy"), "{read}");
    // Text that is text, but not fit for what it is read as.
    list.set(0, to_value("nowhere").unwrap()).unwrap();
    let read = proxy.call::<std::net::Ipv4Addr>("__getitem__", (0,));
    assert_eq!(read.map_err(message), Err("invalid IPv4 address syntax".to_owned()));
}

#[test]
fn proxies_do_not_travel_alone() {
    let list = List::<i64>::new().unwrap();
    let error = serde_json::to_string(&list).unwrap_err();
    assert_eq!(error.to_string(), "a proxy travels inside a value: it cannot be serialised on its own");
    assert!(serde_json::from_str::<List<i64>>("1").is_err());
    assert!(serde_json::from_str::<Proxy>("null").is_err());
    // Nothing is left behind for the next.
    assert_eq!(to_value(&5).unwrap(), Value::Int(5));
}
