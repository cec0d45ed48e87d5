//! The test vectors that every SDK passes.

use serde::Deserialize;

use super::python::python;
use super::support::{Handle, V};
use crate::codec::Problem;
use crate::{Limits, decode, encode, repr, validate};

#[derive(Deserialize)]
struct Vector {
    name: String,
    data: String,
    proxies: u64,
    python: String,
    repr: String,
    /// What it is when it is encoded again, where that is something else.
    encodes_as: Option<String>,
    /// Whether CPython may print its elements in another order.
    #[serde(default)]
    unordered: bool,
}

#[derive(Deserialize)]
struct Malformed {
    name: String,
    data: String,
    proxies: u64,
    reason: String,
    position: usize,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../../tests/vectors/values.json")).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn proxies(count: u64) -> Vec<Handle> {
    (0..count).map(|number| Handle(42 + number)).collect()
}

#[test]
fn every_vector_is_read_printed_and_written() {
    for vector in vectors() {
        let Vector { name, data, .. } = &vector;
        let handles = proxies(vector.proxies);
        validate(&bytes(data), handles.len(), &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let value: V = decode(&bytes(data), handles, &Limits::default()).unwrap();
        assert_eq!(repr(&value).unwrap(), vector.repr, "{name}");
        assert_eq!(hex(&encode(value).unwrap().data), *vector.encodes_as.as_ref().unwrap_or(data), "{name}");
    }
}

#[test]
fn every_vector_is_what_its_expression_says() {
    let mut script = String::from(
        r#"
import functools
def proxy(number): return ListProxy(42 + number)
def nested_list(depth): return functools.reduce(lambda inner, _: [inner], range(depth), 1)
def answer(value): print(json.dumps(repr(value)))
"#,
    );
    for vector in vectors() {
        script.push_str(&format!("answer({})\n", vector.python));
    }
    let Some(answers) = python::<String>(&script) else { return };
    for (vector, answer) in vectors().iter().zip(answers) {
        if !vector.unordered {
            assert_eq!(vector.repr, answer, "{}", vector.name);
        }
    }
}

#[test]
fn every_malformed_vector_is_refused_for_its_reason() {
    let vectors: Vec<Malformed> = serde_json::from_str(include_str!("../../../tests/vectors/malformed.json")).unwrap();
    for Malformed { name, data, proxies: count, reason, position } in vectors {
        let error = decode::<Handle>(&bytes(&data), proxies(count), &Limits::default()).unwrap_err();
        assert_eq!(validate(&bytes(&data), count as usize, &Limits::default()), Err(error), "{name}");
        let found = match error.problem {
            Problem::End => "end",
            Problem::Kind(_) => "kind",
            Problem::Bool(_) => "bool",
            Problem::Varint => "varint",
            Problem::Length(_) => "length",
            Problem::Utf8 => "utf8",
            Problem::BigInt => "big-int",
            Problem::Unhashable(_) => "unhashable",
            Problem::SlicePart(_) => "slice-part",
            Problem::Depth(_) => "depth",
            Problem::Bytes(_) => "bytes",
            Problem::Nodes(_) => "nodes",
            Problem::Trailing(_) => "trailing",
            Problem::Proxies { .. } => "proxies",
        };
        assert_eq!((found, error.position), (reason.as_str(), position), "{name}: {error}");
    }
}
