//! Encoding, decoding and checking.

use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use super::support::{Handle, Rng, V, dict, frozen_set, list, object, set, tuple};
use crate::codec::Problem;
use crate::value::Value;
use crate::{EncodeError, Encoded, Kind, Limits, Reader, Token, Writer, decode, encode, repr, validate};

/// The enum that docs/values.md says the bytes are postcard's of.
#[derive(Debug, Serialize, Deserialize)]
enum Node {
    Null,
    Boolean(bool),
    Int(i64),
    BigInt(Vec<u8>),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Node>),
    Tuple(Vec<Node>),
    Dict(Vec<(Node, Node)>),
    Set(Vec<Node>),
    FrozenSet(Vec<Node>),
    Slice(Box<Node>, Box<Node>, Box<Node>),
    Proxy,
    Object { type_name: String, text: String, state: Box<Node> },
}

impl Node {
    fn of(value: &V) -> Node {
        let all = |items: &[V]| items.iter().map(Node::of).collect();
        match value {
            Value::Null => Node::Null,
            Value::Bool(flag) => Node::Boolean(*flag),
            Value::Int(number) => Node::Int(*number),
            Value::BigInt(number) => Node::BigInt(number.to_signed_bytes_le()),
            Value::Float(number) => Node::Float(*number),
            Value::Text(text) => Node::Text(text.clone()),
            Value::Bytes(bytes) => Node::Bytes(bytes.clone()),
            Value::List(items) => Node::List(all(items)),
            Value::Tuple(items) => Node::Tuple(all(items)),
            Value::Dict(entries) => {
                Node::Dict(entries.iter().map(|(key, item)| (Node::of(key), Node::of(item))).collect())
            }
            Value::Set(items) => Node::Set(all(items)),
            Value::FrozenSet(items) => Node::FrozenSet(all(items)),
            Value::Slice(parts) => {
                let [start, stop, step] = &**parts;
                Node::Slice(Node::of(start).into(), Node::of(stop).into(), Node::of(step).into())
            }
            Value::Proxy(_) => Node::Proxy,
            Value::Object(object) => Node::Object {
                type_name: object.type_name.clone(),
                text: object.text.clone(),
                state: Node::of(&object.state).into(),
            },
        }
    }
}

fn decoded(encoded: &Encoded<Handle>) -> V {
    decode(&encoded.data, encoded.proxies.clone(), &Limits::default()).unwrap()
}

/// What is wrong with these bytes, to which decoding and checking agree.
fn problem(data: &[u8], proxies: usize) -> Problem {
    problem_within(data, proxies, &Limits::default())
}

fn problem_within(data: &[u8], proxies: usize, limits: &Limits) -> Problem {
    let error = validate(data, proxies, limits).unwrap_err();
    let handles = (0..proxies as u64).map(Handle).collect();
    assert_eq!(decode::<Handle>(data, handles, limits).unwrap_err(), error);
    assert!(error.position <= data.len());
    error.problem
}

#[test]
fn the_encoding_is_postcards() {
    for seed in 0..3000 {
        let value = Rng(seed).value(4);
        let encoded = encode(value.clone()).unwrap();
        let twin = Node::of(&value);
        assert_eq!(encoded.data, postcard::to_allocvec(&twin).unwrap(), "seed {seed}");
        let (read, rest) = postcard::take_from_bytes::<Node>(&encoded.data).unwrap();
        assert_eq!((format!("{read:?}"), rest), (format!("{twin:?}"), [].as_slice()), "seed {seed}");
    }
}

#[test]
fn what_is_encoded_decodes_to_the_same() {
    for seed in 0..3000 {
        let value = Rng(seed).value(4);
        let encoded = encode(value.clone()).unwrap();
        let kind = validate(&encoded.data, encoded.proxies.len(), &Limits::default()).unwrap();
        assert_eq!(kind, Reader::new(&encoded.data).peek().unwrap());
        // NaN is not equal to itself, so compare texts too.
        let back = decoded(&encoded);
        assert_eq!(format!("{back:?}"), format!("{value:?}"), "seed {seed}");
        assert_eq!(encode(back).unwrap(), encoded, "seed {seed}");
    }
}

#[test]
fn proxies_come_out_in_the_order_of_their_marks() {
    let value = list([
        Value::Proxy(Handle(5)),
        dict([(Value::Proxy(Handle(1)), tuple([Value::Proxy(Handle(5))])), (2.into(), Value::Proxy(Handle(9)))]),
        object("A", "a", Value::Proxy(Handle(0))),
    ]);
    let encoded = encode(value.clone()).unwrap();
    assert_eq!(encoded.proxies, [5, 1, 5, 9, 0].map(Handle));
    assert_eq!(decoded(&encoded), value);
}

#[test]
fn every_part_of_an_encoding_is_an_encoding() {
    for seed in 0..500 {
        let encoded = encode(Rng(seed).value(4)).unwrap();
        let mut reader = Reader::new(&encoded.data);
        let mut marks = 0;
        while !reader.is_at_end() {
            let part = reader.clone().skip().unwrap();
            let proxies = encoded.proxies[marks..marks + part.proxies].to_vec();
            let value = decode::<Handle>(part.data, proxies, &Limits::default()).unwrap();
            assert_eq!(encode(value).unwrap().data, part.data, "seed {seed}");
            if reader.token().unwrap() == Token::Proxy {
                marks += 1;
            }
        }
        assert_eq!(marks, encoded.proxies.len());
    }
}

#[test]
fn a_list_is_put_together_from_parts() {
    let items = [1.into(), Value::Proxy(Handle(1)), list(["a".into()]), Value::Null];
    let mut data = Vec::new();
    let mut proxies = Vec::new();
    Writer::new(&mut data).list(items.len());
    for item in items.clone() {
        let part = encode(item).unwrap();
        Writer::new(&mut data).part(&part.data);
        proxies.extend(part.proxies);
    }
    assert_eq!(decode(&data, proxies, &Limits::default()), Ok(list(items)));
}

#[test]
fn changed_bytes_give_an_error_or_another_value() {
    let limits = Limits { depth: 6, bytes: 300, nodes: 60 };
    let mut accepted = 0;
    let mut rejected = 0;
    for seed in 0..40_000 {
        let mut rng = Rng(seed);
        let Encoded { mut data, proxies } = encode(rng.value(4)).unwrap();
        for _ in 0..1 + rng.below(3) {
            let at = rng.below(data.len() + 1);
            let byte = if rng.one_in(2) { rng.below(20) as u8 } else { rng.next() as u8 };
            match rng.below(5) {
                0 => data.insert(at, byte),
                1 if at < data.len() => drop(data.remove(at)),
                2 => data.truncate(at),
                3 => {
                    let other = encode(rng.value(2)).unwrap().data;
                    data.splice(at..at, other);
                }
                _ if at < data.len() => data[at] = byte,
                _ => {}
            }
        }
        let count = proxies.len() + rng.below(3) / 2;
        let proxies: Vec<_> = (0..count as u64).map(Handle).collect();
        let checked = validate(&data, count, &limits);
        match decode(&data, proxies, &limits) {
            Ok(value) => {
                assert!(checked.is_ok(), "seed {seed}: decoded, but {checked:?}");
                // Equal keys and elements are gone now, so it may be shorter, but is stable.
                let again = encode(value).unwrap();
                assert!(again.data.len() <= data.len(), "seed {seed}");
                let twice = encode(decoded(&again)).unwrap();
                assert_eq!(twice, again, "seed {seed}");
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(checked, Err(error), "seed {seed}");
                rejected += 1;
            }
        }
        // Reading piece by piece ends, whatever it reads.
        let mut reader = Reader::new(&data);
        while reader.token().is_ok() {}
        let _ = Reader::new(&data).skip();
    }
    assert!(accepted > 1000 && rejected > 1000, "{accepted} accepted, {rejected} rejected");
}

#[test]
fn lengths_are_checked_before_anything_is_allocated() {
    let huge = 1 << 60;
    let mut varint = Vec::new();
    let mut rest: u64 = huge;
    while rest >= 0x80 {
        varint.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    varint.push(rest as u8);
    for kind in [
        Kind::BigInt,
        Kind::Text,
        Kind::Bytes,
        Kind::List,
        Kind::Tuple,
        Kind::Dict,
        Kind::Set,
        Kind::FrozenSet,
        Kind::Object,
    ] {
        let data = [&[kind as u8], varint.as_slice()].concat();
        assert_eq!(problem(&data, 0), Problem::Length(huge), "{kind:?}");
    }
    // An entry takes two bytes at least.
    assert_eq!(problem(&[Kind::Dict as u8, 2, 0, 0, 0], 0), Problem::Length(2));
    assert_eq!(problem(&[Kind::List as u8, 4, 0, 0, 0], 0), Problem::Length(4));
}

#[test]
fn headers_that_lie_inside_each_other_reserve_little() {
    // Each of five hundred lists claims to have as many items as there are bytes left.
    let mut data = Vec::new();
    for _ in 0..500 {
        Writer::new(&mut data).list(100_000);
    }
    data.extend([0; 100_000]);
    let memory = allocation_counter::measure(|| assert_eq!(problem(&data, 0), Problem::End));
    // What there is takes 3.2 MB, and twice that while it grows.
    assert!(memory.bytes_max < 20 << 20, "{memory:?}");
}

#[test]
fn checking_and_reading_allocate_nothing() {
    for seed in 0..200 {
        let encoded = encode(Rng(seed).value(4)).unwrap();
        let memory = allocation_counter::measure(|| {
            validate(&encoded.data, encoded.proxies.len(), &Limits::default()).unwrap();
            Reader::new(&encoded.data).skip().unwrap();
            let mut reader = Reader::new(&encoded.data);
            while reader.token().is_ok() {}
        });
        assert_eq!(memory.count_total, 0);
    }
}

#[test]
fn the_limits_are_exact() {
    let nested = |depth| (0..depth).fold(1.into(), |inner, _| list([inner]));
    let data = encode::<Handle>(nested(500)).unwrap().data;
    assert_eq!(validate(&data, 0, &Limits::default()), Ok(Kind::List));
    let deeper = [&[Kind::List as u8, 1], data.as_slice()].concat();
    assert_eq!(problem(&deeper, 0), Problem::Depth(500));
    let all = [(nested(1), 1), (dict([(tuple([1.into()]), 1.into())]), 2), (object("A", "a", 1.into()), 1)];
    for (value, depth) in all {
        let data = encode(value).unwrap().data;
        let limits = |depth| Limits { depth, ..Limits::default() };
        assert!(validate(&data, 0, &limits(depth)).is_ok());
        assert_eq!(problem_within(&data, 0, &limits(depth - 1)), Problem::Depth(depth - 1));
    }

    let data = encode(list([1.into(), 2.into()])).unwrap().data;
    let limits = Limits { bytes: data.len(), nodes: 3, ..Limits::default() };
    assert!(validate(&data, 0, &limits).is_ok());
    let fewer = data.len() - 1;
    assert_eq!(problem_within(&data, 0, &Limits { bytes: fewer, ..limits }), Problem::Bytes(fewer));
    assert_eq!(problem_within(&data, 0, &Limits { nodes: 2, ..limits }), Problem::Nodes(2));
}

#[test]
fn marks_and_proxies_are_as_many() {
    let data = encode(list([Value::Proxy(Handle(0)), Value::Proxy(Handle(1))])).unwrap().data;
    assert_eq!(problem(&data, 0), Problem::Proxies { marks: 1, proxies: 0 });
    assert_eq!(problem(&data, 1), Problem::Proxies { marks: 2, proxies: 1 });
    assert_eq!(problem(&data, 3), Problem::Proxies { marks: 2, proxies: 3 });
}

#[test]
fn equal_keys_become_one_as_in_a_dict_display() {
    let value = Value::Dict(vec![
        (1.into(), "a".into()),
        ("x".into(), "b".into()),
        (true.into(), "c".into()),
        (1.0.into(), "d".into()),
    ]);
    assert_eq!(repr(&decoded(&encode(value).unwrap())).unwrap(), "{1: 'd', 'x': 'b'}");
    let value = Value::Set(vec![2.0.into(), 1.into(), 2.into(), Value::FrozenSet(vec![true.into(), 1.into()])]);
    assert_eq!(repr(&decoded(&encode(value).unwrap())).unwrap(), "{2.0, 1, frozenset({True})}");
    // Keys are compared as what they have become.
    let key =
        |items: &[&str]| object("A", "a", Value::Dict(items.iter().map(|item| (1.into(), V::from(*item))).collect()));
    let value = Value::Set(vec![key(&["a", "b"]), key(&["b"]), key(&["a"])]);
    let Value::Set(elements) = decoded(&encode(value).unwrap()) else { panic!("not a set") };
    assert_eq!(elements.len(), 2);
}

#[test]
fn many_equal_keys_and_many_keys_that_would_collide_take_linear_time() {
    // All have the same hash in CPython; NaNs equal nothing, so all have to be kept apart.
    let modulus = (BigInt::from(1) << 61) - 1;
    let multiples = (1..100_000).map(|factor| Value::from_bigint(&modulus * factor));
    let nans = (0..100_000).map(|_| Value::Float(f64::NAN));
    let equals = (0..100_000).map(|number| if number % 2 == 0 { 1.into() } else { 1.0.into() });
    let value: V = Value::Set(multiples.chain(nans).chain(equals).collect());
    let Value::Set(elements) = decoded(&encode(value).unwrap()) else { panic!("not a set") };
    assert_eq!(elements.len(), 99_999 + 100_000 + 1);
}

#[test]
fn what_could_not_be_decoded_is_not_encoded() {
    let lists = |depth| (0..depth).fold(V::Null, |inner, _| Value::List(vec![inner]));
    assert!(encode(lists(500)).is_ok());
    assert_eq!(encode(lists(501)), Err(EncodeError::Depth));
    // This deep it could not even be dropped.
    assert_eq!(encode(lists(1_000_000)), Err(EncodeError::Depth));
    for (kind, unhashable) in [(Kind::List, list([])), (Kind::Dict, dict([])), (Kind::Set, set([]))] {
        let error = Err(EncodeError::Unhashable(kind));
        assert_eq!(encode(Value::Set(vec![unhashable.clone()])), error);
        assert_eq!(encode(Value::FrozenSet(vec![tuple([unhashable.clone()])])), error);
        assert_eq!(encode(Value::Dict(vec![(unhashable.clone(), V::Null)])), error);
        assert!(encode(frozen_set([object("A", "a", unhashable)])).is_ok());
    }
    let slice = |part: V| Value::Slice(Box::new([V::Null, part, V::Null]));
    assert_eq!(encode(slice(1.5.into())), Err(EncodeError::SlicePart));
    assert!(encode(slice(u64::MAX.into())).is_ok());
    // An integer has one form, even if it was made by hand.
    assert_eq!(encode(V::BigInt(5.into())).unwrap().data, encode(V::Int(5)).unwrap().data);
}
