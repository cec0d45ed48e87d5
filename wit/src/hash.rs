//! Hashes: equal values have equal ones.
//!
//! A hash is keyed with a number that each process draws at random, as CPython's hashes of strings
//! are, and depends on the whole value: a guest can neither compute nor collide it. CPython's hashes
//! of numbers are remainders by 2^61 - 1, of which anybody can find as many equal ones as they like;
//! ours are taken from the number's canonical form instead. So hashes mean nothing outside of the
//! process, and must be neither stored nor sent.
//!
//! A NaN equals nothing, itself included, so it may have any hash: it has another one each time.
//! Otherwise a table of NaNs would be one long chain.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::hash::{BuildHasher, DefaultHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::number::Number;
use crate::value::{ProxyIdentity, Value};

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static NAN: AtomicU64 = AtomicU64::new(0);

/// A value that cannot be a dict's key or a set's element: a TypeError.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unhashable {
    /// The name of its type.
    pub type_name: &'static str,
}

impl fmt::Display for Unhashable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unhashable type: '{}'", self.type_name)
    }
}

impl std::error::Error for Unhashable {}

/// The hash of a value that may be a key.
///
/// Lists, dicts and sets have none, nor has a tuple or frozenset with one in it. An object has,
/// whatever its state is: whether its class is hashable is known to its guest alone.
pub fn hash<P: ProxyIdentity>(value: &Value<P>) -> Result<u64, Unhashable> {
    walk(value, &mut Checked)
}

/// The hash of any value, hashable or not.
pub(crate) fn structural_hash<P: ProxyIdentity>(value: &Value<P>) -> u64 {
    never_fails(walk(value, &mut Anything))
}

/// The hash of any value, hashable or not, in which every container is hashed once only, however
/// often this is asked.
pub(crate) fn known_hash<P: ProxyIdentity>(value: &Value<P>, memo: &mut Memo) -> u64 {
    never_fails(walk(value, memo))
}

fn never_fails(hash: Result<u64, Infallible>) -> u64 {
    match hash {
        Ok(hash) => hash,
        Err(never) => match never {},
    }
}

/// The hashes of containers by their addresses, which hold still while they are borrowed.
#[derive(Default)]
pub(crate) struct Memo {
    hashes: HashMap<usize, u64>,
}

/// What is done on the way through a value that is hashed.
trait Walk {
    type Error;
    /// Called for a list, dict or set.
    fn unhashable(&mut self, type_name: &'static str) -> Result<(), Self::Error>;
    /// The hash of a container, if it is known.
    fn recall(&self, address: usize) -> Option<u64>;
    /// Learns the hash of a container.
    fn keep(&mut self, address: usize, hash: u64);
    /// The hash of an object's state.
    fn state<P: ProxyIdentity>(&mut self, state: &Value<P>) -> Result<u64, Self::Error>;
}

struct Checked;

impl Walk for Checked {
    type Error = Unhashable;

    fn unhashable(&mut self, type_name: &'static str) -> Result<(), Unhashable> {
        Err(Unhashable { type_name })
    }

    fn recall(&self, _address: usize) -> Option<u64> {
        None
    }

    fn keep(&mut self, _address: usize, _hash: u64) {}

    fn state<P: ProxyIdentity>(&mut self, state: &Value<P>) -> Result<u64, Unhashable> {
        Ok(structural_hash(state))
    }
}

struct Anything;

impl Walk for Anything {
    type Error = Infallible;

    fn unhashable(&mut self, _type_name: &'static str) -> Result<(), Infallible> {
        Ok(())
    }

    fn recall(&self, _address: usize) -> Option<u64> {
        None
    }

    fn keep(&mut self, _address: usize, _hash: u64) {}

    fn state<P: ProxyIdentity>(&mut self, state: &Value<P>) -> Result<u64, Infallible> {
        walk(state, self)
    }
}

impl Walk for Memo {
    type Error = Infallible;

    fn unhashable(&mut self, _type_name: &'static str) -> Result<(), Infallible> {
        Ok(())
    }

    fn recall(&self, address: usize) -> Option<u64> {
        self.hashes.get(&address).copied()
    }

    fn keep(&mut self, address: usize, hash: u64) {
        self.hashes.insert(address, hash);
    }

    fn state<P: ProxyIdentity>(&mut self, state: &Value<P>) -> Result<u64, Infallible> {
        walk(state, self)
    }
}

fn walk<P: ProxyIdentity, W: Walk>(value: &Value<P>, at: &mut W) -> Result<u64, W::Error> {
    if let Some(hash) = scalar(value) {
        return Ok(hash);
    }
    match value {
        Value::List(_) => at.unhashable("list")?,
        Value::Dict(_) => at.unhashable("dict")?,
        Value::Set(_) => at.unhashable("set")?,
        _ => {}
    }
    let address = std::ptr::from_ref(value).addr();
    if let Some(hash) = at.recall(address) {
        return Ok(hash);
    }
    let hash = match value {
        Value::List(items) => sequence(Tag::List, items, at)?,
        Value::Tuple(items) => sequence(Tag::Tuple, items, at)?,
        Value::Slice(parts) => sequence(Tag::Slice, parts.as_slice(), at)?,
        Value::Dict(entries) => {
            let mut hash = Unordered::new(Tag::Dict);
            for (key, item) in entries {
                let key = walk(key, at)?;
                hash.add_entry(key, walk(item, at)?);
            }
            hash.finish()
        }
        Value::Set(items) | Value::FrozenSet(items) => {
            let mut hash = Unordered::new(Tag::Set);
            for item in items {
                hash.add(walk(item, at)?);
            }
            hash.finish()
        }
        Value::Object(object) => hash_object(&object.type_name, at.state(&object.state)?),
        _ => hash_null(),
    };
    at.keep(address, hash);
    Ok(hash)
}

/// The hash of a value that nothing is inside of. Kept apart, so that it takes no stack at each depth.
#[inline(never)]
fn scalar<P: ProxyIdentity>(value: &Value<P>) -> Option<u64> {
    Some(match value {
        Value::Null => hash_null(),
        Value::Bool(flag) => hash_int((*flag).into()),
        Value::Int(number) => hash_int(*number),
        Value::BigInt(number) => hash_big(number),
        Value::Float(number) => hash_float(*number),
        Value::Text(text) => hash_text(text),
        Value::Bytes(bytes) => hash_bytes(bytes),
        Value::Proxy(proxy) => hash_proxy(proxy.referent_id()),
        _ => return None,
    })
}

fn sequence<P: ProxyIdentity, W: Walk>(tag: Tag, items: &[Value<P>], at: &mut W) -> Result<u64, W::Error> {
    let mut hash = Ordered::new(tag);
    for item in items {
        hash.add(walk(item, at)?);
    }
    Ok(hash.finish())
}

/// What keeps values of different types apart.
#[derive(Clone, Copy)]
pub(crate) enum Tag {
    Null,
    Int,
    BigInt,
    Float,
    Text,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    Slice,
    Proxy,
    Object,
    Random,
}

/// A number of 62 bits that nobody can guess.
pub(crate) fn random() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    hash_word(Tag::Random, COUNT.fetch_add(1, Ordering::Relaxed)) >> 2
}

fn start(tag: Tag) -> DefaultHasher {
    let mut hasher = KEY.build_hasher();
    hasher.write_u8(tag as u8);
    hasher
}

fn hash_word(tag: Tag, word: u64) -> u64 {
    let mut hasher = start(tag);
    hasher.write_u64(word);
    hasher.finish()
}

fn hash_slice(tag: Tag, bytes: &[u8]) -> u64 {
    let mut hasher = start(tag);
    hasher.write(bytes);
    hasher.finish()
}

/// The hash of [`Value::Null`].
pub fn hash_null() -> u64 {
    hash_word(Tag::Null, 0)
}

/// The hash of an integer, and of a boolean as 0 or 1.
pub fn hash_int(number: i64) -> u64 {
    hash_word(Tag::Int, number as u64)
}

/// The hash of an integer of any size.
pub fn hash_big(number: &BigInt) -> u64 {
    if let Some(small) = number.to_i64() {
        return hash_int(small);
    }
    // A float that is equal hashes as a float, so its integer does too.
    match number.to_f64() {
        Some(float) if crate::number::equal_big_float(number, float) => hash_word(Tag::Float, float.to_bits()),
        _ => hash_slice(Tag::BigInt, &number.to_signed_bytes_le()),
    }
}

/// The hash of a float: that of the integer it is equal to, if there is one.
pub fn hash_float(number: f64) -> u64 {
    if number.is_nan() {
        return hash_word(Tag::Float, NAN.fetch_add(1, Ordering::Relaxed));
    }
    let small = number as i64;
    if crate::number::equal_int_float(small, number) {
        hash_int(small)
    } else {
        hash_word(Tag::Float, number.to_bits())
    }
}

/// The hash of a number.
pub fn hash_number(number: Number<'_>) -> u64 {
    match number {
        Number::Int(number) => hash_int(number),
        Number::BigInt(number) => hash_big(number),
        Number::Float(number) => hash_float(number),
    }
}

/// The hash of a text.
pub fn hash_text(text: &str) -> u64 {
    hash_slice(Tag::Text, text.as_bytes())
}

/// The hash of bytes.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    hash_slice(Tag::Bytes, bytes)
}

/// The hash of a proxy, by its referent's id.
pub fn hash_proxy(referent_id: u64) -> u64 {
    hash_word(Tag::Proxy, referent_id)
}

/// The hash of an object, from that of its state.
pub(crate) fn hash_object(type_name: &str, state: u64) -> u64 {
    let mut hasher = start(Tag::Object);
    hasher.write_u64(state);
    hasher.write(type_name.as_bytes());
    hasher.finish()
}

/// The hash of a sequence, from those of its items.
pub(crate) struct Ordered {
    hasher: DefaultHasher,
    count: u64,
}

impl Ordered {
    pub(crate) fn new(tag: Tag) -> Self {
        Ordered { hasher: start(tag), count: 0 }
    }

    pub(crate) fn add(&mut self, item: u64) {
        self.hasher.write_u64(item);
        self.count += 1;
    }

    pub(crate) fn finish(mut self) -> u64 {
        self.hasher.write_u64(self.count);
        self.hasher.finish()
    }
}

/// The hash of a set or dict, from those of what it holds, in any order. The sum of keyed hashes is
/// as hard to collide as they are.
pub(crate) struct Unordered {
    tag: Tag,
    sum: u64,
    count: u64,
}

impl Unordered {
    pub(crate) fn new(tag: Tag) -> Self {
        Unordered { tag, sum: 0, count: 0 }
    }

    pub(crate) fn add(&mut self, item: u64) {
        self.sum = self.sum.wrapping_add(item);
        self.count += 1;
    }

    pub(crate) fn add_entry(&mut self, key: u64, item: u64) {
        let mut entry = Ordered::new(Tag::Tuple);
        entry.add(key);
        entry.add(item);
        self.add(entry.finish());
    }

    pub(crate) fn finish(self) -> u64 {
        let mut hash = Ordered::new(self.tag);
        hash.add(self.sum);
        hash.add(self.count);
        hash.finish()
    }
}
