//! Converting from and to the format of Python's `marshal`.

use std::fmt::Write as _;

use serde::Deserialize;

use super::python::{expression, python};
use super::support::{Rng, V, any_inside, dict, list, tuple};
use crate::marshal::{FromMarshal, MARSHAL_DEPTH, MarshalProblem, from_marshal, to_marshal};
use crate::value::{MAX_DEPTH, Value};
use crate::{Limits, decode, encode, equal, validate};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn encoded(value: &V) -> Vec<u8> {
    encode(value.clone()).unwrap().data
}

fn read(data: &[u8]) -> Vec<u8> {
    from_marshal(data, &Limits::default()).unwrap().data
}

fn problem(data: &[u8]) -> MarshalProblem {
    problem_within(data, &Limits::default())
}

fn problem_within(data: &[u8], limits: &Limits) -> MarshalProblem {
    let error = from_marshal(data, limits).unwrap_err();
    assert!(error.position <= data.len(), "{error}");
    error.problem
}

fn written(value: &V) -> Option<Vec<u8>> {
    to_marshal(&encoded(value), &Limits::default()).unwrap()
}

fn is_foreign(value: &V) -> bool {
    matches!(value, Value::Slice(_) | Value::Proxy(_) | Value::Object(_))
}

fn is_ambiguous(value: &V) -> bool {
    matches!(value, Value::Bytes(_) | Value::Set(_) | Value::FrozenSet(_))
}

fn is_set(value: &V) -> bool {
    matches!(value, Value::Set(_) | Value::FrozenSet(_))
}

/// Values as they are made at random, and some that do not come up by chance.
fn samples() -> Vec<V> {
    let random = (0..4000).map(|seed| Rng(seed).value(4)).filter(|value| !any_inside(value, &is_foreign));
    let mut values: Vec<V> = random.collect();
    for size in [127, 128, 129, 255, 256, 257, 20_000] {
        values.push(list((0..size).map(V::from)));
        values.push(tuple((0..size).map(V::from)));
        values.push(dict((0..size).map(|key| (key.into(), V::from("x")))));
        values.push(dict((0..size).map(|key| (V::from(format!("key {}", key % 300)), key.into()))));
        values.push("x".repeat(size as usize).into());
        values.push("é".repeat(size as usize).into());
        values.push(Value::Bytes(vec![7; size as usize]));
    }
    let wide = dict((0..200).map(|key| (key.into(), dict((0..150).map(|key| (key.into(), key.into()))))));
    values.push(list([wide.clone(), 1.into(), wide]));
    // More keys than there are places to remember them, each more than once.
    let keys = || (0..200).map(|key| (V::from(format!("key {key}")), V::from(format!("key {}", key / 2))));
    values.push(list([dict(keys()), dict(keys().take(3)), dict(keys()), dict(keys().skip(100))]));
    values
}

#[derive(Deserialize)]
struct Answer {
    /// What each version writes.
    written: [String; 3],
    /// Whether it reads what we write as the value.
    is_read: bool,
}

#[test]
fn cpython_writes_what_we_read_and_reads_what_we_write() {
    let values = samples();
    let mut script = String::from(
        r#"
import marshal
def plain(value):
    # Unlike ==, tells 1 from True and 1.0.
    if isinstance(value, dict): return 'dict', [(plain(key), plain(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple)): return type(value).__name__, [plain(item) for item in value]
    if isinstance(value, (set, frozenset)): return type(value).__name__, sorted(repr(plain(item)) for item in value)
    return type(value).__name__, repr(value)
def answer(value, data):
    print(json.dumps({
        'written': [marshal.dumps(value, version).hex() for version in (2, 3, 4)],
        'is_read': plain(marshal.loads(bytes.fromhex(data))) == plain(value),
    }))
"#,
    );
    for value in &values {
        writeln!(script, "answer({}, '{}')", expression(value), hex(&written(value).unwrap())).unwrap();
    }
    let Some(answers) = python::<Answer>(&script) else { return };
    assert_eq!(answers.len(), values.len());
    for (value, answer) in values.iter().zip(answers) {
        let case = expression(value);
        assert!(answer.is_read, "{case}");
        for data in answer.written {
            let FromMarshal { data, is_ambiguous: found } = from_marshal(&bytes(&data), &Limits::default()).unwrap();
            assert_eq!(found, any_inside(value, &is_ambiguous), "{case}");
            if any_inside(value, &is_set) {
                let back: V = decode(&data, vec![], &Limits::default()).unwrap();
                let has_nan = any_inside(value, &|value| matches!(value, Value::Float(number) if number.is_nan()));
                assert!(has_nan || equal(&back, value), "{case}");
            } else {
                assert_eq!(hex(&data), hex(&encoded(value)), "{case}");
            }
        }
    }
}

#[test]
fn what_we_write_we_read() {
    for value in samples() {
        let data = written(&value).unwrap();
        assert_eq!(read(&data), encoded(&value), "{value:?}");
    }
}

#[test]
fn what_has_no_form_is_not_written() {
    let mut found = 0;
    for seed in 0..2000 {
        let value = Rng(seed).value(4);
        if any_inside(&value, &is_foreign) {
            let encoded = encode(value).unwrap();
            assert_eq!(to_marshal(&encoded.data, &Limits::default()), Ok(None));
            found += 1;
        }
    }
    assert!(found > 100, "{found}");
}

#[test]
fn what_goes_deep_is_not_written() {
    let nested = |depth| (0..depth).fold(V::from(1), |inner, _| list([inner]));
    assert!(written(&nested(MARSHAL_DEPTH)).is_some());
    assert_eq!(written(&nested(MARSHAL_DEPTH + 1)), None);
    assert_eq!(written(&nested(MAX_DEPTH)), None);
}

#[test]
fn what_is_malformed_is_not_written() {
    for data in [&b"\x07\x02\x02\x02"[..], b"\x09\x01\x07\x00\x00", b"\x02\x02\x00", b""] {
        assert!(to_marshal(data, &Limits::default()).is_err(), "{data:?}");
    }
    let limits = Limits { bytes: 3, ..Limits::default() };
    assert!(to_marshal(b"\x07\x01\x02\x02", &limits).is_err());
}

#[test]
fn what_is_shared_is_repeated() {
    // [(1, 2), that] and then both again, inside of each other.
    let pair = b"\xa9\x02i\x01\0\0\0i\x02\0\0\0";
    let data = [b"\xdb\x02\0\0\0", &pair[..], b"r\x01\0\0\0"].concat();
    let value = list([tuple([1.into(), 2.into()]), tuple([1.into(), 2.into()])]);
    assert_eq!(read(&data), encoded(&value));
    let twice = [b"[\x02\0\0\0", &data[..], b"r\0\0\0\0"].concat();
    assert_eq!(read(&twice), encoded(&list([value.clone(), value])));
}

#[test]
fn what_is_long_is_repeated_with_its_length() {
    // [{0: {0: None, ...}, ...}, that, that], of 200 and 130 entries.
    let wide = |count: i64, item: &V| dict((0..count).map(|key| (key.into(), item.clone())));
    let outer = wide(200, &wide(130, &Value::Null));
    let mut written = written(&outer).unwrap();
    written[0] |= 0x80;
    let data = [b"[\x03\0\0\0", &written[..], b"r\0\0\0\0r\0\0\0\0"].concat();
    assert_eq!(read(&data), encoded(&list([outer.clone(), outer.clone(), outer])));
}

#[test]
fn references_lead_to_what_is_complete() {
    // A list that contains itself.
    assert_eq!(problem(b"\xdb\x01\0\0\0r\0\0\0\0"), MarshalProblem::Reference(0));
    assert_eq!(problem(b"[\x01\0\0\0r\0\0\0\0"), MarshalProblem::Reference(0));
    assert_eq!(problem(b"r\xff\xff\xff\xff"), MarshalProblem::Reference(-1));
    assert_eq!(problem(b"[\x02\0\0\0\xe9\x01\0\0\0r\x01\0\0\0"), MarshalProblem::Reference(1));
    // A list that was flagged is no key, however it gets there.
    let data = b"[\x02\0\0\0\xdb\0\0\0\0{r\0\0\0\0N0";
    assert_eq!(problem(data), MarshalProblem::Unhashable(crate::Kind::List));
}

#[test]
fn what_contains_the_same_twice_at_each_level_is_bounded() {
    // [x, x], in which x is [y, y], and so on.
    let doubled = |depth: usize| {
        let mut data = b"\xdb\x02\0\0\0".repeat(depth);
        data.extend(b"NN");
        for level in (1..depth).rev() {
            data.push(b'r');
            data.extend((level as u32).to_le_bytes());
        }
        data
    };
    let few = read(&doubled(4));
    assert_eq!(few.len(), 15 * 2 + 16);
    validate(&few, 0, &Limits::default()).unwrap();
    assert!(matches!(problem(&doubled(400)), MarshalProblem::Bytes(_) | MarshalProblem::Nodes(_)));
    let limits = Limits { bytes: usize::MAX, nodes: 1000, depth: MAX_DEPTH };
    assert_eq!(problem_within(&doubled(400), &limits), MarshalProblem::Nodes(1000));
    let limits = Limits { bytes: 5000, nodes: usize::MAX, depth: MAX_DEPTH };
    assert_eq!(problem_within(&doubled(400), &limits), MarshalProblem::Bytes(5000));
    // Each holds the one before: what is referred to counts as deep as it is.
    let mut data = b"[\0\0\0\0".to_vec();
    data[1..5].copy_from_slice(&600_u32.to_le_bytes());
    data.extend(b"\xdb\x01\0\0\0N");
    for level in 0..599_u32 {
        data.extend(b"\xdb\x01\0\0\0r");
        data.extend(level.to_le_bytes());
    }
    assert_eq!(problem(&data), MarshalProblem::Depth(MAX_DEPTH));
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| [&b"[\x01\0\0\0".repeat(depth)[..], b"N"].concat();
    assert_eq!(read(&nested(MAX_DEPTH)).len(), 2 * MAX_DEPTH + 1);
    assert_eq!(problem(&nested(MAX_DEPTH + 1)), MarshalProblem::Depth(MAX_DEPTH));
    let limits = Limits { nodes: 3, ..Limits::default() };
    assert_eq!(problem_within(b"[\x03\0\0\0NNN", &limits), MarshalProblem::Nodes(3));
    let limits = Limits { bytes: 9, ..Limits::default() };
    assert_eq!(problem_within(b"u\x05\0\0\0abcde", &limits), MarshalProblem::Bytes(9));
    // Each boolean takes twice the bytes when it is encoded.
    assert_eq!(problem_within(b"[\x04\0\0\0TTTT", &limits), MarshalProblem::Bytes(9));
}

#[test]
fn what_is_no_value_is_refused() {
    use MarshalProblem as Problem;
    for (data, expected) in [
        (&b""[..], Problem::End),
        (b"i\x01\0\0", Problem::End),
        (b"z\x05abcd", Problem::End),
        (b"u\x05\0\0\0abcd", Problem::Length(5)),
        (b"[\xff\xff\xff\x7f", Problem::Length(i32::MAX)),
        (b"[\xff\xff\xff\xff", Problem::Length(-1)),
        (b"(\x02\0\0\0N", Problem::Length(2)),
        (b"[\x02\0\0\0z\0", Problem::End),
        (b"{NN", Problem::End),
        (b"{N0", Problem::Type(b'0')),
        (b"0", Problem::Type(b'0')),
        (b"[\x01\0\0\x000", Problem::Type(b'0')),
        (b".", Problem::Type(b'.')),
        (b"S", Problem::Type(b'S')),
        (b"?", Problem::Type(b'?')),
        (b"c\0\0\0\0", Problem::Type(b'c')),
        (b"y\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", Problem::Type(b'y')),
        (b":NNN", Problem::Type(b':')),
        (b"\xce", Problem::Type(0xce)),
        (b"NN", Problem::Trailing(1)),
        (b"u\x03\0\0\0\xed\xa0\x80", Problem::Text),
        (b"z\x02\xc3\xa9", Problem::Text),
        (b"a\x02\0\0\0\xc3\xa9", Problem::Text),
        (b"l\x01\0\0\0\0\x80", Problem::Digit),
        (b"l\x02\0\0\0\x01\0\0\0", Problem::Digit),
        (b"l\x03\0\0\0\x01\0\x01\0", Problem::Length(3)),
        (b"l\0\0\0\x80", Problem::Length(i32::MIN)),
        (b"{[\0\0\0\0N0", Problem::Unhashable(crate::Kind::List)),
        (b"{)\x01[\0\0\0\0N0", Problem::Unhashable(crate::Kind::Tuple)),
        (b"<\x01\0\0\0{0", Problem::Unhashable(crate::Kind::Dict)),
        (b">\x01\0\0\0<\0\0\0\0", Problem::Unhashable(crate::Kind::Set)),
    ] {
        assert_eq!(problem(data), expected, "{}", data.escape_ascii());
    }
}

#[test]
fn whatever_the_bytes_are_what_comes_out_is_valid() {
    let mut valid = 0;
    for seed in 0..3000 {
        let mut rng = Rng(seed);
        let value = rng.value(4);
        let Some(mut data) = to_marshal(&encode(value).unwrap().data, &Limits::default()).unwrap() else { continue };
        for end in 0..data.len().min(200) {
            assert!(from_marshal(&data[..end], &Limits::default()).is_err());
        }
        for _ in 0..20 {
            let at = rng.below(data.len());
            data[at] = *rng.pick(b"NTFilgsutaAzZ[(){<>r0\0\x01\x02\xe9\xda\xdb\xa9\xfa\xfb\xff");
            if let Ok(converted) = from_marshal(&data, &Limits::default()) {
                validate(&converted.data, 0, &Limits::default()).unwrap();
                valid += 1;
            }
        }
    }
    assert!(valid > 1000, "{valid}");
}
