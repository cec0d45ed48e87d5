//! The same operations on the same values, here and in CPython.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde::Deserialize;
use unicode_general_category::{GeneralCategory, get_general_category};

use super::support::{Rng, V, any_inside};
use crate::value::Value;
use crate::{equal, hash, less_than, number, repr};

/// What the scripts begin with: proxies and objects as we define them.
const PRELUDE: &str = r#"
import json, sys
nan, inf = float('nan'), float('inf')
class ListProxy:
    def __init__(self, id): self.id = id
    def __eq__(self, other): return self.id == other.id if isinstance(other, ListProxy) else NotImplemented
    def __hash__(self): return hash(self.id)
    def __repr__(self): return "<ListProxy object, typeid 'list' at %#x>" % self.id
def instance(name, text, state):
    return type(name.rpartition('.')[2], (Instance,), {'full_name': name})(text, state)
class Instance:
    def __init__(self, text, state): self.text, self.state = text, state
    def __eq__(self, other):
        if not isinstance(other, Instance): return NotImplemented
        return self.full_name == other.full_name and self.state == other.state
    def __hash__(self): return hash(self.full_name)
    def __repr__(self): return self.text
def attempt(function):
    try: return function()
    except Exception as error: return '%s: %s' % (type(error).__name__, error)
"#;

/// Runs a script and reads a line of JSON from it for each answer. None if the tests are to go without Python.
pub(super) fn python<T: for<'de> Deserialize<'de>>(script: &str) -> Option<Vec<T>> {
    const WITHOUT: &str = "COMMONHOLD_TEST_WITHOUT_PYTHON";
    // The script comes by standard input: it is longer than an argument may be.
    let run = Command::new("python3").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = match run {
        Ok(child) => child,
        Err(error) if std::env::var_os(WITHOUT).is_some() => {
            println!("skipped: python3 cannot be started ({error})");
            return None;
        }
        Err(error) => panic!("this test compares with python3 ({error}): install it, or set {WITHOUT}=1 to go without"),
    };
    let mut input = child.stdin.take().unwrap();
    let script = format!("{PRELUDE}{script}");
    let feed = std::thread::spawn(move || input.write_all(script.as_bytes()));
    let output = child.wait_with_output().unwrap();
    feed.join().unwrap().unwrap();
    assert!(output.status.success(), "the script fails");
    Some(String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A Python expression that makes the value.
pub(super) fn expression(value: &V) -> String {
    let all = |items: &[V]| items.iter().map(expression).collect::<Vec<_>>().join(", ");
    match value {
        Value::List(items) => format!("[{}]", all(items)),
        Value::Tuple(items) => format!("tuple([{}])", all(items)),
        Value::Set(items) => format!("set([{}])", all(items)),
        Value::FrozenSet(items) => format!("frozenset([{}])", all(items)),
        Value::Slice(parts) => format!("slice({})", all(parts.as_slice())),
        Value::Dict(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, item)| format!("({}, {})", expression(key), expression(item))).collect();
            format!("dict([{}])", entries.join(", "))
        }
        Value::Proxy(proxy) => format!("ListProxy({})", proxy.0),
        Value::Object(object) => {
            format!("instance({:?}, {:?}, {})", object.type_name, object.text, expression(&object.state))
        }
        // One that is not the same object each time.
        Value::Float(number) if number.is_nan() => "float('nan')".to_owned(),
        Value::Text(text) => {
            let mut literal = String::from("'");
            for letter in text.chars() {
                write!(literal, "\\U{:08x}", u32::from(letter)).unwrap();
            }
            literal + "'"
        }
        Value::Bytes(bytes) => format!("bytes({bytes:?})"),
        scalar => repr(scalar).unwrap(),
    }
}

#[derive(Deserialize)]
struct Answer {
    repr: String,
    equal: bool,
    less: serde_json::Value,
    hash: String,
    sum: String,
    difference: String,
}

#[test]
fn comparing_hashing_adding_and_printing_agree_with_cpython() {
    let mut pairs = Vec::new();
    let mut script = String::from("pairs = []\n");
    for seed in 0..8000 {
        let mut rng = Rng(seed);
        let a = if rng.one_in(3) { rng.number() } else { rng.value(3) };
        let b = match rng.below(4) {
            0 => rng.value(1),
            1 => rng.number(),
            _ => rng.vary(&a),
        };
        writeln!(script, "pairs.append(({}, {}))", expression(&a), expression(&b)).unwrap();
        pairs.push((seed, a, b));
    }
    script.push_str(
        r#"
for a, b in pairs:
    print(json.dumps({
        'repr': repr(a),
        'equal': a == b,
        'less': attempt(lambda: a < b),
        'hash': attempt(lambda: str(hash(a) == hash(b))),
        'sum': attempt(lambda: repr(a + b)),
        'difference': attempt(lambda: repr(a - b)),
    }))
"#,
    );
    let Some(answers) = python::<Answer>(&script) else { return };
    assert_eq!(answers.len(), pairs.len());
    let mut equals = 0;
    for ((seed, a, b), answer) in pairs.iter().zip(answers) {
        let case = format!("seed {seed}: {} and {}", expression(a), expression(b));
        // CPython prints the elements of a set in any order.
        let has_order = |value: &V| !matches!(value, Value::Set(items) | Value::FrozenSet(items) if items.len() > 1);
        if !any_inside(a, &|value| !has_order(value)) {
            assert_eq!(repr(a).unwrap(), answer.repr, "repr, {case}");
        }
        assert_eq!(equal(a, b), answer.equal, "==, {case}");
        assert_eq!(equal(b, a), answer.equal, "== the other way, {case}");
        let less = match less_than(a, b) {
            Ok(is_less) => serde_json::Value::Bool(is_less),
            Err(error) => serde_json::Value::String(format!("TypeError: {error}")),
        };
        assert_eq!(less, answer.less, "<, {case}");
        // Slices are hashable since 3.12.
        if !any_inside(a, &|value| matches!(value, Value::Slice(_) | Value::Object(_)))
            && !any_inside(b, &|value| matches!(value, Value::Slice(_) | Value::Object(_)))
        {
            match (hash(a), hash(b)) {
                (Ok(a), Ok(b)) => {
                    if answer.equal {
                        equals += 1;
                        assert_eq!(answer.hash, "True", "{case}");
                        assert_eq!(a, b, "hash, {case}");
                    } else {
                        assert_ne!(a, b, "hash of what is not equal, {case}");
                    }
                }
                (Err(error), _) | (_, Err(error)) => {
                    assert_eq!(format!("TypeError: {error}"), answer.hash, "hash, {case}");
                }
            }
        }
        let is_number = |value: &V| number::Number::try_from(value).is_ok();
        if is_number(a) {
            let shown = |made: Result<V, number::ArithmeticError>| match made {
                Ok(made) => repr(&made).unwrap(),
                Err(error @ number::ArithmeticError::Unsupported { .. }) => format!("TypeError: {error}"),
                Err(error @ number::ArithmeticError::Overflow) => format!("OverflowError: {error}"),
            };
            assert_eq!(shown(number::add(a, b)), answer.sum, "+, {case}");
            assert_eq!(shown(number::subtract(a, b)), answer.difference, "-, {case}");
        }
    }
    assert!(equals > 500, "too few pairs were equal to say anything: {equals}");
}

#[derive(Deserialize)]
struct Letters {
    unicode: String,
    /// The letters that have been given a meaning, and of those the ones that do not print.
    assigned: String,
    escaped: String,
}

#[test]
fn the_same_letters_are_escaped_as_in_cpython() {
    let script = r#"
import unicodedata
letters = [chr(code) for code in range(0x110000) if not 0xd800 <= code < 0xe000]
assigned = [letter for letter in letters if unicodedata.category(letter) != 'Cn']
print(json.dumps({
    'unicode': unicodedata.unidata_version,
    'assigned': ''.join(assigned),
    'escaped': ''.join(letter for letter in assigned if not letter.isprintable()),
}))
"#;
    let Some(answers) = python::<Letters>(script) else { return };
    let Letters { unicode, assigned, escaped } = answers.into_iter().next().unwrap();
    let is_escaped = |letter: char| repr(&V::from(letter)).unwrap() != format!("'{letter}'");
    let ours: String =
        assigned.chars().filter(|letter| is_escaped(*letter) && !matches!(letter, '\'' | '\\')).collect();
    assert_eq!(ours, escaped);
    // Later versions of Unicode give meaning to more letters; 3.14 and we are at 16.
    let unassigned = (char::MIN..=char::MAX)
        .filter(|letter| get_general_category(*letter) == GeneralCategory::Unassigned)
        .inspect(|letter| assert!(is_escaped(*letter)))
        .count();
    if unicode == "16.0.0" {
        assert_eq!(unassigned + assigned.chars().count(), (char::MIN..=char::MAX).count());
    }
}

#[test]
fn floats_and_texts_print_as_in_cpython() {
    let mut values = Vec::new();
    let mut rng = Rng(1);
    for _ in 0..4000 {
        let bits = rng.next();
        values.push(V::Float(f64::from_bits(bits)));
        values.push(V::Float((bits as i32 as f64) / *rng.pick(&[1.0, 2.0, 10.0, 1e3, 1e5, 1e9, 1e-5, 1e-9])));
        // Often with two shortest forms that are equally near.
        values.push(V::Float((bits >> rng.below(13)) as f64 / 4.0));
        values.push(V::Text(rng.text()));
        values.push(V::Bytes(bits.to_le_bytes().into()));
    }
    let mut script = String::from("import struct\nvalues = []\n");
    for value in &values {
        match value {
            Value::Float(number) => {
                writeln!(script, "values.append(struct.unpack('<d', bytes({:?}))[0])", number.to_le_bytes()).unwrap();
            }
            other => writeln!(script, "values.append({})", expression(other)).unwrap(),
        }
    }
    script.push_str("for value in values: print(json.dumps(repr(value)))\n");
    let Some(answers) = python::<String>(&script) else { return };
    for (value, answer) in values.iter().zip(answers) {
        assert_eq!(repr(value).unwrap(), answer, "{value:?}");
    }
}
