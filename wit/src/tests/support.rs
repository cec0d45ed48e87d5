//! A proxy for tests, and values at random.

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::{Object, ProxyIdentity, Value};

/// A proxy that is its referent's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Handle(pub(crate) u64);

impl ProxyIdentity for Handle {
    fn referent_id(&self) -> u64 {
        self.0
    }

    fn repr(&self) -> String {
        format!("<ListProxy object, typeid 'list' at {:#x}>", self.0)
    }

    fn type_name(&self) -> String {
        "ListProxy".to_owned()
    }
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::proxy::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::proxy::deserialize(deserializer)
    }
}

pub(crate) type V = Value<Handle>;

pub(crate) fn list(items: impl IntoIterator<Item = V>) -> V {
    Value::List(items.into_iter().collect())
}

pub(crate) fn tuple(items: impl IntoIterator<Item = V>) -> V {
    Value::Tuple(items.into_iter().collect())
}

pub(crate) fn set(items: impl IntoIterator<Item = V>) -> V {
    Value::set(items).unwrap()
}

pub(crate) fn frozen_set(items: impl IntoIterator<Item = V>) -> V {
    Value::frozen_set(items).unwrap()
}

pub(crate) fn dict(entries: impl IntoIterator<Item = (V, V)>) -> V {
    Value::dict(entries).unwrap()
}

pub(crate) fn object(type_name: &str, text: &str, state: V) -> V {
    Value::from(Object { type_name: type_name.to_owned(), text: text.to_owned(), state })
}

/// Numbers at random, the same for the same seed (SplitMix64).
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn many<T>(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| make(self)).collect()
    }

    /// A number, more often than not near one where something changes.
    pub(crate) fn number(&mut self) -> V {
        let near = (self.below(5) as i64) - 2;
        let power = *self.pick(&[0, 1, 2, 7, 8, 31, 32, 52, 53, 54, 62, 63, 64, 70, 127, 1023, 1024]);
        let sign = if self.one_in(2) { -1 } else { 1 };
        let exact: BigInt = (BigInt::from(1) << power) * sign + near;
        match self.below(8) {
            0 => Value::Bool(self.one_in(2)),
            1 | 2 => Value::Int(near),
            3 | 4 => Value::from_bigint(exact),
            5 => Value::Float(near as f64 / 2.0),
            6 => Value::Float(exact.to_f64().unwrap()),
            _ => Value::Float(*self.pick(&[
                0.0,
                -0.0,
                f64::NAN,
                f64::INFINITY,
                f64::NEG_INFINITY,
                0.1,
                1e16,
                9_999_999_999_999_998.0,
                1e-4,
                9.999e-5,
                1.5e300,
                f64::MIN_POSITIVE,
                5e-324,
                f64::MAX,
                123_456_789.125,
                1e22,
                -1.5e-7,
            ])),
        }
    }

    pub(crate) fn text(&mut self) -> String {
        const LETTERS: &[char] = &[
            'a',
            'b',
            ' ',
            '\'',
            '"',
            '\\',
            '\n',
            '\t',
            '\r',
            '\0',
            '\x1b',
            '\x7f',
            '\u{80}',
            '\u{a0}',
            '\u{ad}',
            'é',
            'ß',
            '\u{300}',
            '\u{378}',
            '\u{600}',
            '\u{200b}',
            '\u{2028}',
            '\u{2029}',
            '\u{3000}',
            '漢',
            '\u{d7ff}',
            '\u{e000}',
            '\u{fdd0}',
            '\u{feff}',
            '\u{ffff}',
            '\u{1f600}',
            '\u{e0001}',
            '\u{f0000}',
            '\u{10ffff}',
        ];
        self.many(5, |rng| *rng.pick(LETTERS)).into_iter().collect()
    }

    /// A value that nests at most so deep.
    pub(crate) fn value(&mut self, depth: usize) -> V {
        self.any(depth, false)
    }

    /// A hashable value that nests at most so deep.
    pub(crate) fn key(&mut self, depth: usize) -> V {
        self.any(depth, true)
    }

    fn any(&mut self, depth: usize, in_key: bool) -> V {
        if depth == 0 || self.one_in(3) {
            return match self.below(9) {
                0 => Value::Null,
                1 | 2 => self.text().into(),
                3 => Value::Bytes(self.text().into_bytes()),
                4 => Value::Proxy(Handle(self.below(3) as u64)),
                _ => self.number(),
            };
        }
        let depth = depth - 1;
        match self.below(if in_key { 4 } else { 9 }) {
            0 => tuple(self.many(3, |rng| rng.any(depth, in_key))),
            1 => tuple([self.any(depth, in_key)]),
            2 => frozen_set(self.many(3, |rng| rng.key(depth))),
            3 => {
                let name = *self.pick(&["Point", "Job", "jobs.Job", "__main__.Outer.Point"]);
                object(name, &format!("<{name}>"), self.any(depth, in_key))
            }
            4 | 5 => list(self.many(3, |rng| rng.value(depth))),
            6 => dict(self.many(3, |rng| (rng.key(depth), rng.value(depth)))),
            7 => set(self.many(3, |rng| rng.key(depth))),
            _ => Value::Slice(Box::new([(); 3].map(|()| match self.number() {
                Value::Float(_) | Value::Bool(_) => Value::Null,
                integer => integer,
            }))),
        }
    }

    /// A value that is equal to another one, or nearly so.
    pub(crate) fn vary(&mut self, value: &V) -> V {
        if self.one_in(12) {
            return self.value(1);
        }
        match value {
            Value::Bool(flag) if self.one_in(2) => Value::Int((*flag).into()),
            Value::Int(number) if self.one_in(2) => Value::Float(*number as f64),
            Value::BigInt(number) if self.one_in(2) => Value::Float(number.to_f64().unwrap()),
            Value::Float(number) if number.fract() == 0.0 && self.one_in(2) => {
                Value::from_bigint(BigInt::from_f64(*number).unwrap())
            }
            Value::List(items) => list(self.vary_all(items)),
            Value::Tuple(items) => tuple(self.vary_all(items)),
            Value::Set(items) | Value::FrozenSet(items) => {
                let is_set = matches!(value, Value::Set(_)) && !self.one_in(4);
                let mut items = self.vary_keys(items);
                let count = items.len();
                items.rotate_left(self.below(count.max(1)));
                if is_set { set(items) } else { frozen_set(items) }
            }
            Value::Dict(entries) => {
                let mut entries: Vec<_> =
                    entries.iter().map(|(key, item)| (self.vary_key(key), self.vary(item))).collect();
                let count = entries.len();
                entries.rotate_left(self.below(count.max(1)));
                dict(entries)
            }
            Value::Object(it) => object(&it.type_name, &it.text, self.vary(&it.state)),
            other => other.clone(),
        }
    }

    fn vary_all(&mut self, items: &[V]) -> Vec<V> {
        let mut items: Vec<_> = items.iter().map(|item| self.vary(item)).collect();
        if self.one_in(12) {
            items.pop();
        }
        items
    }

    fn vary_keys(&mut self, items: &[V]) -> Vec<V> {
        items.iter().map(|item| self.vary_key(item)).collect()
    }

    /// A key that is equal to another one, or nearly so.
    pub(crate) fn vary_key(&mut self, key: &V) -> V {
        let varied = self.vary(key);
        // Something else altogether may not be hashable, and a slice is not in older versions of CPython.
        if crate::hash(&varied).is_ok() && !any_inside(&varied, &|value| matches!(value, Value::Slice(_))) {
            varied
        } else {
            key.clone()
        }
    }
}

/// Whether a value, or one inside of it, is such a one.
pub(crate) fn any_inside(value: &V, is: &impl Fn(&V) -> bool) -> bool {
    is(value)
        || match value {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                items.iter().any(|item| any_inside(item, is))
            }
            Value::Dict(entries) => entries.iter().any(|(key, item)| any_inside(key, is) || any_inside(item, is)),
            Value::Object(object) => any_inside(&object.state, is),
            _ => false,
        }
}
