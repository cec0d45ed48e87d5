//! Random arguments, half of them near the edges of what is allowed.

use super::super::*;
use super::operations::{CONTAINERS, ITERATORS, Run, type_at};
use crate::object::Kind;
use commonhold_wire::{BigInt, ProxyIdentity};

/// A container as Python source names it where it is an element: `P[3]`.
#[derive(Clone)]
struct Named(usize);

impl ProxyIdentity for Named {
    fn referent_id(&self) -> u64 {
        self.0 as u64
    }

    fn repr(&self) -> String {
        format!("P[{}]", self.0)
    }

    fn type_name(&self) -> String {
        "Proxy".into()
    }
}

/// An argument: what is given here, and its source.
pub(super) struct Arg {
    pub(super) item: Item,
    pub(super) source: String,
}

impl Run {
    pub(super) fn arg(&self, value: Plain) -> Arg {
        // A container that was replaced has no name any more.
        let place = |proxy: Proxy| {
            Named(self.containers.iter().position(|container| container.same(&proxy)).unwrap_or(usize::MAX))
        };
        let source = repr(&value.clone().map_proxies(place)).unwrap();
        Arg { item: Item::from_value(value).unwrap(), source }
    }

    pub(super) fn plain(&self, value: impl Into<Plain>) -> Arg {
        self.arg(value.into())
    }

    pub(super) fn value(&mut self, depth: usize) -> Arg {
        let value = self.any(depth);
        self.arg(value)
    }

    pub(super) fn number(&mut self) -> Arg {
        let number = match self.random.below(12) {
            0 => Value::Null,
            1 => "a".into(),
            _ => self.some_number(),
        };
        self.arg(number)
    }

    pub(super) fn some_number(&mut self) -> Plain {
        let random = &mut self.random;
        let small = random.below(7) as i64 - 3;
        match random.below(16) {
            0 => i64::MAX.into(),
            1 => i64::MIN.into(),
            2 => Value::from_bigint(BigInt::from(1_u8) << 70),
            3 => Value::from_bigint(BigInt::from(-1) << 70),
            4 => (2.0_f64.powi(70)).into(),
            5 => 0.5.into(),
            6 => (small as f64).into(),
            7 => (-0.0).into(),
            8 => [1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e16, 1e-5][random.below(6) as usize].into(),
            9 => Value::Bool(small > 0),
            _ => small.into(),
        }
    }

    pub(super) fn scalar(&mut self) -> Plain {
        match self.random.below(8) {
            0 => Value::Null,
            1 => Value::Bytes([&b""[..], b"a", b"b\xff'"][self.random.below(3) as usize].into()),
            2..=4 => ["", "a", "b", "ab", "é", "\n'\"", "\u{10ffff}\u{7f}"][self.random.below(7) as usize].into(),
            _ => self.some_number(),
        }
    }

    pub(super) fn any(&mut self, depth: usize) -> Plain {
        if depth == 0 || self.random.below(2) == 0 {
            return self.scalar();
        }
        let some = |run: &mut Self| (0..run.random.below(4)).map(|_| run.any(depth - 1)).collect::<Vec<_>>();
        match self.random.below(8) {
            0 | 1 => Value::List(some(self)),
            2 | 3 => Value::Tuple(some(self)),
            4 => {
                let keys = some(self).into_iter().filter(|key| commonhold_wire::hash(key).is_ok());
                Value::dict(keys.map(|key| (key, Value::Int(1))).collect::<Vec<_>>()).unwrap()
            }
            // In the order that CPython prints.
            5 => Value::Set((0..self.random.below(4) as i64).map(Value::Int).collect()),
            6 => Value::FrozenSet((0..self.random.below(4) as i64).map(Value::Int).collect()),
            // Not a set, which CPython has in another order where it is taken for a pair.
            _ => {
                let place = if self.random.below(2) == 0 { self.list_place() } else { self.dict_place() };
                Value::Proxy(self.containers[place].clone())
            }
        }
    }

    /// Something that is likely to be in a list.
    pub(super) fn member(&mut self, place: usize) -> Arg {
        let length = self.length(place) as u64;
        if length > 0 && self.random.below(3) > 0 {
            let position = self.random.below(length) as i64;
            let member = List::get_item(&self.containers[place], position).unwrap().to_value();
            if self.is_named(&member) {
                return self.arg(member);
            }
        }
        self.value(2)
    }

    /// A place in a container, and what may be there; and what to put there.
    pub(super) fn expecting(&mut self, method: &str, place: usize) -> Vec<Arg> {
        let length = self.length(place) as u64;
        let at = if type_at(place) == "list" { self.index(length as usize) } else { self.key(place) };
        let there = match self.random.below(3) {
            0 => None,
            _ => self.world.call(&self.containers[place], "__getitem__", vec![at.item.clone()]).ok(),
        };
        let there = there.map(|item| item.to_value()).filter(|value| self.is_named(value));
        let expected = match there {
            Some(value) => self.arg(value),
            None => self.value(2),
        };
        let mut args = vec![at, expected];
        if method == "compare_exchange" {
            args.push(self.value(2));
        }
        args
    }

    pub(super) fn indexes(&mut self, length: usize) -> Arg {
        if self.random.below(8) == 0 {
            return self.iterable();
        }
        let count = self.random.below(4);
        let indexes = (0..count).map(|_| self.index(length).item.to_value()).collect();
        self.arg(Value::List(indexes))
    }

    /// Pairs of indexes and items.
    pub(super) fn indexed(&mut self, length: usize) -> Arg {
        if self.random.below(8) == 0 {
            return self.contents_or_value();
        }
        let pairs = (0..self.random.below(4)).map(|_| match self.random.below(16) {
            0 => self.any(2),
            _ => {
                let index = self.index(length).item.to_value();
                Value::Tuple(vec![index, self.any(2)])
            }
        });
        let pairs = pairs.collect();
        self.arg(Value::List(pairs))
    }

    pub(super) fn keys(&mut self, place: usize) -> Arg {
        if self.random.below(8) == 0 {
            return self.iterable();
        }
        let count = self.random.below(3);
        let keys = (0..count).map(|_| self.key(place).item.to_value()).collect();
        self.arg(Value::List(keys))
    }

    /// Steps that mostly lead somewhere.
    pub(super) fn path(&mut self, place: usize) -> Arg {
        let mut steps = Vec::new();
        let mut at = Value::Proxy(self.containers[place].clone());
        loop {
            if let Value::Proxy(proxy) = &at {
                at = self.world.value(proxy).unwrap().to_value();
            }
            let wrong = self.random.below(10) == 0;
            let next = match &at {
                Value::List(items) | Value::Tuple(items) if !items.is_empty() && !wrong => {
                    let position = self.random.below(items.len() as u64) as usize;
                    let from_end = self.random.below(2) == 0;
                    let index = if from_end { position as i64 - items.len() as i64 } else { position as i64 };
                    Some((Value::Int(index), items[position].clone()))
                }
                Value::Dict(entries) if !entries.is_empty() && !wrong => {
                    Some(entries[self.random.below(entries.len() as u64) as usize].clone())
                }
                _ => None,
            };
            match next.filter(|(step, _)| self.is_named(step)) {
                Some((step, inside)) => {
                    steps.push(step);
                    at = inside;
                }
                None => {
                    steps.push(self.any(1));
                    break;
                }
            }
            let deeper = matches!(&at, Value::List(_) | Value::Tuple(_) | Value::Dict(_) | Value::Proxy(_));
            if steps.len() >= 6 || self.random.below(if deeper { 4 } else { 2 }) == 0 {
                break;
            }
        }
        match self.random.below(40) {
            0 => self.arg(steps[0].clone()),
            1 => self.arg(Value::List(vec![])),
            2..=10 => self.arg(Value::Tuple(steps)),
            _ => self.arg(Value::List(steps)),
        }
    }

    /// Something that is likely to be a key of a dict.
    pub(super) fn key(&mut self, place: usize) -> Arg {
        let length = self.length(place) as u64;
        if length > 0 && self.random.below(2) > 0 {
            let Value::List(keys) = Dict::keys(&self.containers[place]).unwrap().to_value() else { panic!("no list") };
            let key = keys[self.random.below(length) as usize].clone();
            if self.is_named(&key) {
                return self.arg(key);
            }
        }
        self.value(2)
    }

    /// Something that is likely to be an element of a set, or a set that stands for one.
    pub(super) fn element(&mut self, place: usize) -> Arg {
        if self.random.below(8) == 0 {
            let numbers = (0..self.random.below(4) as i64).map(Value::Int).collect();
            return self.arg(Value::Set(numbers));
        }
        let elements = self.elements_of(place);
        if !elements.is_empty() && self.random.below(2) > 0 {
            let element = elements[self.random.below(elements.len() as u64) as usize].clone();
            if self.is_named(&element) {
                return self.arg(element);
            }
        }
        self.value(2)
    }

    fn elements_of(&self, place: usize) -> Vec<Plain> {
        match Set::items(&self.containers[place]).unwrap().to_value() {
            Value::List(elements) => elements,
            other => panic!("no list: {other:?}"),
        }
    }

    /// Hashable values, many of which are in a set.
    fn hashables(&mut self, place: usize) -> Vec<Plain> {
        let mut all: Vec<_> = (0..self.random.below(5)).map(|_| self.any(1)).collect();
        for element in self.elements_of(place) {
            if self.random.below(3) > 0 && self.is_named(&element) {
                all.push(element);
            }
        }
        all.retain(|value| commonhold_wire::hash(value).is_ok());
        all
    }

    /// The other operand of a set's operator: mostly a set.
    pub(super) fn set_operand(&mut self, place: usize) -> Arg {
        match self.random.below(8) {
            0 => {
                let scalar = self.scalar();
                self.arg(scalar)
            }
            1 => {
                let other = self.random.below(CONTAINERS as u64) as usize;
                if type_at(other) == "set" {
                    self.contents(other)
                } else {
                    self.arg(Value::Proxy(self.containers[other].clone()))
                }
            }
            2 => self.contents(place),
            3 => {
                let other = self.set_place();
                self.contents(other)
            }
            4 => {
                let all = self.hashables(place);
                self.arg(Value::frozen_set(all).unwrap())
            }
            5 => {
                let all = self.hashables(place);
                self.arg(Value::List(all))
            }
            _ => {
                let all = self.hashables(place);
                self.arg(Value::set(all).unwrap())
            }
        }
    }

    /// An iterable whose order does not matter.
    pub(super) fn some_of_any(&mut self) -> Arg {
        let place = self.set_place();
        match self.random.below(4) {
            0 => self.contents(place),
            // Not an iterator: here it is used up at once, in CPython up to the answer or the first mistake.
            1 => self.contents_or_value(),
            2 => {
                let all = self.hashables(place);
                self.arg(Value::Tuple(all))
            }
            _ => {
                let all = self.hashables(place);
                self.arg(Value::set(all).unwrap())
            }
        }
    }

    /// Whether all proxies in a value are to containers that still have a name.
    pub(super) fn is_named(&self, value: &Plain) -> bool {
        let mut named = true;
        crate::object::visit_value(value, &mut |proxy| {
            named &= self.containers.iter().any(|container| container.same(proxy));
        });
        named
    }

    pub(super) fn small(&mut self) -> Arg {
        match self.random.below(4) {
            0 => {
                let scalar = self.scalar();
                self.arg(scalar)
            }
            _ => {
                let number = self.random.below(3) as i64;
                self.plain(number)
            }
        }
    }

    pub(super) fn index(&mut self, length: usize) -> Arg {
        let near = self.random.below(2 * length as u64 + 4) as i64 - length as i64 - 2;
        let index = match self.random.below(20) {
            0 => i64::MAX.into(),
            1 => i64::MIN.into(),
            2 => Value::from_bigint(BigInt::from(1) << 70),
            3 => Value::from_bigint(BigInt::from(-1) << 70),
            4 => Value::Bool(near % 2 == 0),
            5 => self.scalar(),
            _ => near.into(),
        };
        self.arg(index)
    }

    pub(super) fn subscript(&mut self, length: usize) -> Arg {
        if self.random.below(2) == 0 {
            return self.index(length);
        }
        let part = |run: &mut Self, of: u64| match run.random.below(10) {
            0..=3 => Value::Null,
            4 => [i64::MAX, i64::MIN][run.random.below(2) as usize].into(),
            5 => Value::from_bigint(BigInt::from([1, -1][run.random.below(2) as usize]) << 70),
            _ => Plain::from(run.random.below(2 * of + 3) as i64 - of as i64 - 1),
        };
        let parts = [part(self, length as u64), part(self, length as u64), part(self, 3)];
        self.arg(Value::Slice(Box::new(parts)))
    }

    /// How many times over: a few, or so many that no memory would do.
    pub(super) fn times(&mut self, length: usize) -> Arg {
        let few = if length > 10 { 1 } else { 3 };
        let times = match self.random.below(12) {
            0 => (i64::MAX - self.random.below(4) as i64).into(),
            1 => (1_i64 << 61).into(),
            2 => Value::from_bigint(BigInt::from(1) << 70),
            3 => Value::from_bigint(BigInt::from(-1) << 70),
            4 => self.scalar_but_number(),
            5 => i64::MIN.into(),
            6 => Value::Bool(true),
            _ => (self.random.below(few + 2) as i64 - 1).into(),
        };
        self.arg(times)
    }

    pub(super) fn scalar_but_number(&mut self) -> Plain {
        [Value::Null, "2".into(), 2.0.into(), Value::List(vec![])][self.random.below(4) as usize].clone()
    }

    /// A container as an operand: what is in it, not what it is.
    pub(super) fn contents(&mut self, place: usize) -> Arg {
        Arg { item: Item::proxy(self.containers[place].clone()), source: format!("C[{place}]") }
    }

    pub(super) fn iterable(&mut self) -> Arg {
        match self.random.below(10) {
            0..=2 => {
                // Not of a set, which CPython has in another order.
                let place = if self.random.below(2) == 0 { self.list_place() } else { self.dict_place() };
                self.contents(place)
            }
            3 => {
                let slot = self.random.below(ITERATORS as u64) as usize;
                match self.usable(slot) {
                    // Not of a list: CPython's would see what is added to that list meanwhile.
                    Some((iterator, place)) if type_at(place) == "dict" => {
                        Arg { item: Item::proxy(iterator), source: format!("I[{slot}]") }
                    }
                    _ => self.contents_or_value(),
                }
            }
            // Of one type, so that sorting succeeds.
            4 => {
                let numbers = (0..self.random.below(8)).map(|_| Value::Int(self.random.below(9) as i64)).collect();
                self.arg(Value::List(numbers))
            }
            5 => {
                let some = |run: &mut Self| ["a", "b", "ab", "é", ""][run.random.below(5) as usize].into();
                let texts = (0..self.random.below(8)).map(|_| some(self)).collect();
                self.arg(Value::Tuple(texts))
            }
            6 => {
                let pairs = (0..self.random.below(6)).map(|_| {
                    let (first, second) = (self.random.below(3) as i64, self.random.below(5) as f64);
                    tuple![first, second]
                });
                let pairs = pairs.collect();
                self.arg(Value::List(pairs))
            }
            _ => self.contents_or_value(),
        }
    }

    /// Any value; if it is a container, then what is in it.
    pub(super) fn contents_or_value(&mut self) -> Arg {
        let value = self.any(2);
        match &value {
            Value::Proxy(proxy) => {
                let place = self.containers.iter().position(|container| container.same(proxy)).unwrap();
                self.contents(place)
            }
            _ => self.arg(value),
        }
    }

    pub(super) fn entries(&mut self) -> Arg {
        match self.random.below(6) {
            // Not of an iterator: here it is used up at once, in CPython up to the first mistake.
            0 => self.contents_or_value(),
            1 => {
                let place = self.dict_place();
                self.contents(place)
            }
            2 => {
                let keys: Vec<_> = (0..self.random.below(5)).map(|_| self.any(1)).collect();
                let keys = keys.into_iter().filter(|key| commonhold_wire::hash(key).is_ok());
                let dict = Value::dict(keys.map(|key| (key, Value::Int(2))).collect::<Vec<_>>()).unwrap();
                self.arg(dict)
            }
            _ => {
                let pairs = (0..self.random.below(5)).map(|_| match self.random.below(12) {
                    0 => "ab".into(),
                    1 => self.any(2),
                    _ => {
                        let (key, item) = (self.any(1), self.any(1));
                        Value::Tuple(vec![key, item])
                    }
                });
                let pairs = pairs.collect();
                self.arg(Value::List(pairs))
            }
        }
    }

    /// The other operand of `+` or `|`: mostly of the type that fits.
    pub(super) fn operand(&mut self, place: usize, kind: Kind) -> Arg {
        match self.random.below(6) {
            0 => {
                let scalar = self.scalar();
                self.arg(scalar)
            }
            1 | 2 => {
                let other = self.random.below(CONTAINERS as u64) as usize;
                if type_at(other) == kind.name() {
                    self.contents(other)
                } else {
                    self.arg(Value::Proxy(self.containers[other].clone()))
                }
            }
            3 => self.contents(place),
            _ if kind == Kind::List => {
                let items = (0..self.random.below(4)).map(|_| self.any(2)).collect();
                self.arg(Value::List(items))
            }
            _ => {
                let keys: Vec<_> = (0..self.random.below(4)).map(|_| self.scalar()).collect();
                let dict = Value::dict(keys.into_iter().map(|key| (key, Value::Int(3))).collect::<Vec<_>>()).unwrap();
                self.arg(dict)
            }
        }
    }

    /// Whether sorting a list depends on which items are compared first: NaN and sets.
    pub(super) fn has_no_order(&self, place: usize) -> bool {
        fn any(value: &Plain) -> bool {
            match value {
                Value::Float(number) => number.is_nan(),
                Value::Set(_) | Value::FrozenSet(_) => true,
                Value::List(items) | Value::Tuple(items) => items.iter().any(any),
                _ => false,
            }
        }
        any(&List::copy(&self.containers[place]).unwrap().to_value())
    }
}
