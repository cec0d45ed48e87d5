//! Decoding whole values.

use std::vec;

use num_bigint::BigInt;

use super::check::{Checker, Place};
use super::{DecodeError, Kind, Limits, Token};
use crate::collect::{DictBuilder, SetBuilder};
use crate::hash::{self, Ordered, Tag};
use crate::value::{Object, ProxyIdentity, Value};

/// Room that is made for a container's contents on the word of its header alone. Headers can lie, one
/// inside the other, so it is little; more is made as contents come.
const TRUSTED_COUNT: usize = 64;

/// Decodes a value and moves the proxies into the places of their marks.
///
/// Of equal keys in a dict the first one stays, with the last one's value; of equal elements in a
/// set the first one. The proxies of what does not stay are dropped.
pub fn decode<P: ProxyIdentity>(data: &[u8], proxies: Vec<P>, limits: &Limits) -> Result<Value<P>, DecodeError> {
    let mut checker = Checker::new(data, proxies.len(), limits)?;
    let mut proxies = proxies.into_iter();
    let mut open: Vec<Open<P>> = Vec::new();
    loop {
        let (place, hashed) = open.last().map_or((Place::Anywhere, false), Open::next);
        let token = checker.token(place)?;
        let mut decoded = if token.kind().is_container() {
            checker.enter(open.len())?;
            let container = Open::new(token, place, hashed);
            if container.left > 0 {
                open.push(container);
                continue;
            }
            container.close()
        } else {
            let value = scalar(token, &mut proxies);
            let hash = if hashed { hash::structural_hash(&value) } else { 0 };
            Decoded { value, hash }
        };
        // Every container that this was the last of is a whole value itself.
        loop {
            let Some(container) = open.last_mut() else {
                checker.finish()?;
                return Ok(decoded.value);
            };
            container.add(decoded);
            if container.left > 0 {
                break;
            }
            match open.pop() {
                Some(container) => decoded = container.close(),
                None => break,
            }
        }
    }
}

fn scalar<P>(token: Token<'_>, proxies: &mut vec::IntoIter<P>) -> Value<P> {
    match token {
        Token::Bool(flag) => Value::Bool(flag),
        Token::Int(number) => Value::Int(number),
        Token::BigInt(bytes) => Value::BigInt(BigInt::from_signed_bytes_le(bytes)),
        Token::Float(number) => Value::Float(number),
        Token::Text(text) => Value::Text(text.to_owned()),
        Token::Bytes(bytes) => Value::Bytes(bytes.to_owned()),
        // The checker counts marks, so there is one.
        Token::Proxy => proxies.next().map_or(Value::Null, Value::Proxy),
        _ => Value::Null,
    }
}

/// A value with its hash, where it is in a key. Hashes are made from the inside out, so that a key in
/// a key in a key is not hashed three times.
struct Decoded<P> {
    value: Value<P>,
    hash: u64,
}

/// A container of which not all contents are there yet.
struct Open<P> {
    contents: Contents<P>,
    /// How many values are missing.
    left: usize,
    /// Where the contents stand, but for a dict's.
    inside: Place,
    hashed: bool,
}

enum Contents<P> {
    Items { kind: Kind, items: Vec<Value<P>>, hash: Option<Ordered> },
    Set { kind: Kind, set: SetBuilder<P> },
    Dict { key: Option<Decoded<P>>, dict: DictBuilder<P> },
    Object { type_name: String, text: String, state: Decoded<P> },
}

impl<P: ProxyIdentity> Open<P> {
    fn new(token: Token<'_>, place: Place, hashed: bool) -> Self {
        let kind = token.kind();
        let left = token.children();
        let contents = match token {
            Token::Dict(_) => Contents::Dict { key: None, dict: DictBuilder::default() },
            Token::Set(_) | Token::FrozenSet(_) => Contents::Set { kind, set: SetBuilder::default() },
            Token::Object { type_name, text } => Contents::Object {
                type_name: type_name.to_owned(),
                text: text.to_owned(),
                state: Decoded { value: Value::Null, hash: 0 },
            },
            _ => {
                let tag = match kind {
                    Kind::List => Tag::List,
                    Kind::Slice => Tag::Slice,
                    _ => Tag::Tuple,
                };
                let items = Vec::with_capacity(left.min(TRUSTED_COUNT));
                Contents::Items { kind, items, hash: hashed.then(|| Ordered::new(tag)) }
            }
        };
        Open { contents, left, inside: Place::inside(kind, place), hashed }
    }

    /// Where the next value stands, and whether its hash is needed.
    fn next(&self) -> (Place, bool) {
        match self.contents {
            Contents::Dict { key: None, .. } => (Place::Key, true),
            Contents::Set { .. } => (Place::Key, true),
            _ => (self.inside, self.hashed),
        }
    }

    fn add(&mut self, decoded: Decoded<P>) {
        self.left -= 1;
        match &mut self.contents {
            Contents::Items { items, hash, .. } => {
                if let Some(hash) = hash {
                    hash.add(decoded.hash);
                }
                items.push(decoded.value);
            }
            Contents::Set { set, .. } => set.insert(decoded.hash, decoded.value),
            Contents::Dict { key, dict } => match key.take() {
                None => *key = Some(decoded),
                Some(key) => dict.insert(key.hash, key.value, decoded.hash, decoded.value),
            },
            Contents::Object { state, .. } => *state = decoded,
        }
    }

    fn close(self) -> Decoded<P> {
        match self.contents {
            Contents::Items { kind, items, hash } => {
                let hash = hash.map_or(0, Ordered::finish);
                let value = match kind {
                    Kind::List => Value::List(items),
                    Kind::Slice => Value::slice(items),
                    _ => Value::Tuple(items),
                };
                Decoded { value, hash }
            }
            Contents::Set { kind, set } => {
                let (elements, hash) = set.finish();
                let value = if kind == Kind::Set { Value::Set(elements) } else { Value::FrozenSet(elements) };
                Decoded { value, hash }
            }
            Contents::Dict { dict, .. } => {
                let (entries, hash) = dict.finish();
                Decoded { value: Value::Dict(entries), hash }
            }
            Contents::Object { type_name, text, state } => {
                let hash = if self.hashed { hash::hash_object(&type_name, state.hash) } else { 0 };
                Decoded { value: Object { type_name, text, state: state.value }.into(), hash }
            }
        }
    }
}
