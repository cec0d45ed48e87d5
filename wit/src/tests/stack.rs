//! Whatever is done to the deepest values fits a small stack.

use super::support::{Handle, V, dict, frozen_set, list, object, tuple};
use crate::marshal::{MARSHAL_DEPTH, from_marshal, to_marshal};
use crate::value::{MAX_DEPTH, Value};
use crate::{Limits, decode, encode, equal, from_value, hash, less_than, repr, to_value, validate};

/// A guest's calls run on a stack of 2 MiB, with much else on it.
const STACK: usize = 256 << 10;

fn on_small_stack(name: &str, work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK);
    thread.spawn(work).unwrap().join().unwrap();
}

fn nested(wrap: impl Fn(V) -> V) -> V {
    (0..MAX_DEPTH).fold(1.into(), |inner, _| wrap(inner))
}

/// Every way to nest as deep as one can.
pub(super) fn deepest() -> Vec<(&'static str, V)> {
    vec![
        ("list", nested(|inner| list([inner]))),
        ("tuple", nested(|inner| tuple([inner]))),
        ("frozenset", nested(|inner| Value::FrozenSet(vec![inner]))),
        ("dict's item", nested(|inner| dict([("key".into(), inner)]))),
        ("dict's key", dict([((1..MAX_DEPTH).fold(1.into(), |inner, _| Value::FrozenSet(vec![inner])), 1.into())])),
        ("object", nested(|inner| object("A", "a", inner))),
        ("object in a key", {
            let inner = (1..MAX_DEPTH).fold(1.into(), |inner, _| object("A", "a", inner));
            frozen_set([inner])
        }),
        ("dict in an object in a key", {
            let inner = (2..MAX_DEPTH).fold(1.into(), |inner, _| dict([("key".into(), inner)]));
            frozen_set([object("A", "a", inner)])
        }),
    ]
}

#[test]
fn the_deepest_values_need_little_stack() {
    for (name, value) in deepest() {
        on_small_stack(name, move || {
            let encoded = encode(value.clone()).unwrap();
            let limits = Limits::default();
            validate(&encoded.data, 0, &limits).unwrap();
            if let Some(written) = to_marshal(&encoded.data, &limits).unwrap() {
                panic!("written for a reader that recurses: {written:?}");
            }
            let decoded: V = decode(&encoded.data, vec![], &limits).unwrap();
            assert!(equal(&decoded, &value));
            let _ = hash(&decoded);
            let _ = less_than(&decoded, &value);
            assert!(!repr(&decoded).unwrap().is_empty());
            let mapped = decoded.map_proxies(|proxy| proxy);
            assert_eq!(to_value::<Handle, _>(&mapped).unwrap(), value);
            drop(from_value::<Handle, V>(mapped).unwrap());
        });
    }
}

#[test]
fn what_cpython_may_read_and_write_needs_little_stack() {
    on_small_stack("marshal", || {
        let limits = Limits::default();
        for part in ["[\x01\0\0\0", "(\x01\0\0\0", ">\x01\0\0\0", "{N"] {
            let nested = |depth| {
                let end = if part == "{N" { "0".repeat(depth) } else { String::new() };
                format!("{}N{end}", part.repeat(depth))
            };
            from_marshal(nested(MAX_DEPTH).as_bytes(), &limits).unwrap();
            let encoded = from_marshal(nested(MARSHAL_DEPTH).as_bytes(), &limits).unwrap();
            assert!(to_marshal(&encoded.data, &limits).unwrap().is_some());
        }
    });
}
