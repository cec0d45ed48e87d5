//! Writing an encoding piece by piece.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::Kind;

/// Writes an encoding piece by piece.
///
/// What is written is an encoding if each container is followed by exactly as many values as it was
/// given, and keys and slices are as docs/values.md says. Encoded values go in as they are
/// ([`Writer::part`]), and their proxies after the ones before.
///
/// ```
/// use commonhold_wire::{Limits, NoProxy, Value, Writer, decode, encode};
///
/// let items: Vec<Value<NoProxy>> = vec![1.into(), "two".into()];
/// let mut data = Vec::new();
/// let mut writer = Writer::new(&mut data);
/// writer.list(items.len());
/// for item in items.clone() {
///     writer.part(&encode(item)?.data);
/// }
/// assert_eq!(decode(&data, vec![], &Limits::default())?, Value::List(items));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Writer<'a> {
    data: &'a mut Vec<u8>,
}

impl<'a> Writer<'a> {
    /// A writer that appends.
    pub fn new(data: &'a mut Vec<u8>) -> Self {
        Writer { data }
    }

    /// Writes Python's `None`.
    pub fn null(&mut self) {
        self.kind(Kind::Null);
    }

    /// Writes a boolean.
    pub fn bool(&mut self, flag: bool) {
        self.kind(Kind::Bool);
        self.data.push(flag.into());
    }

    /// Writes an integer.
    pub fn int(&mut self, number: i64) {
        self.kind(Kind::Int);
        self.varint(((number << 1) ^ (number >> 63)) as u64);
    }

    /// Writes an integer of any size.
    pub fn big_int(&mut self, number: &BigInt) {
        match number.to_i64() {
            Some(small) => self.int(small),
            None => {
                self.kind(Kind::BigInt);
                self.raw(&number.to_signed_bytes_le());
            }
        }
    }

    /// Writes a float.
    pub fn float(&mut self, number: f64) {
        self.kind(Kind::Float);
        self.data.extend(number.to_le_bytes());
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) {
        self.kind(Kind::Text);
        self.raw(text.as_bytes());
    }

    /// Writes bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.kind(Kind::Bytes);
        self.raw(bytes);
    }

    /// Begins a list of so many values, which are to follow.
    pub fn list(&mut self, count: usize) {
        self.container(Kind::List, count);
    }

    /// Begins a tuple of so many values, which are to follow.
    pub fn tuple(&mut self, count: usize) {
        self.container(Kind::Tuple, count);
    }

    /// Begins a dict of so many entries, which are to follow: each a key and its value.
    pub fn dict(&mut self, count: usize) {
        self.container(Kind::Dict, count);
    }

    /// Begins a set of so many values, which are to follow.
    pub fn set(&mut self, count: usize) {
        self.container(Kind::Set, count);
    }

    /// Begins a frozenset of so many values, which are to follow.
    pub fn frozen_set(&mut self, count: usize) {
        self.container(Kind::FrozenSet, count);
    }

    /// Begins a slice, whose three parts are to follow.
    pub fn slice(&mut self) {
        self.kind(Kind::Slice);
    }

    /// Writes the mark of the next proxy.
    pub fn proxy(&mut self) {
        self.kind(Kind::Proxy);
    }

    /// Begins an object, whose state is to follow.
    pub fn object(&mut self, type_name: &str, text: &str) {
        self.kind(Kind::Object);
        self.raw(type_name.as_bytes());
        self.raw(text.as_bytes());
    }

    /// Writes a value that is encoded already.
    pub fn part(&mut self, data: &[u8]) {
        self.data.extend_from_slice(data);
    }

    fn kind(&mut self, kind: Kind) {
        self.data.push(kind as u8);
    }

    fn container(&mut self, kind: Kind, count: usize) {
        self.kind(kind);
        self.varint(count as u64);
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.data.extend_from_slice(bytes);
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.data.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.data.push(number as u8);
    }
}
