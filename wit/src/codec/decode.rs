//! Decoding whole values.

use std::vec;

use num_bigint::BigInt;

use super::check::{Checker, Place};
use super::{DecodeError, Limits, Token};
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
    let checker = Checker::new(data, proxies.len(), limits)?;
    let mut decoder = Decoder { checker, proxies: proxies.into_iter() };
    let decoded = decoder.value(limits.depth, Place::Anywhere, false)?;
    decoder.checker.finish()?;
    Ok(decoded.value)
}

/// A value with its hash, where that was asked for. Hashes are made from the inside out, so that a
/// key in a key in a key is not hashed three times.
struct Decoded<P> {
    value: Value<P>,
    hash: u64,
}

struct Decoder<'a, P> {
    checker: Checker<'a>,
    proxies: vec::IntoIter<P>,
}

impl<P: ProxyIdentity> Decoder<'_, P> {
    fn value(&mut self, depth: usize, place: Place, hashed: bool) -> Result<Decoded<P>, DecodeError> {
        let token = self.checker.token(place)?;
        let kind = token.kind();
        if kind.is_container() {
            let depth = self.checker.inside(depth)?;
            return self.container(token, depth, Place::inside(kind, place), hashed);
        }
        let value = match token {
            Token::Bool(flag) => Value::Bool(flag),
            Token::Int(number) => Value::Int(number),
            Token::BigInt(bytes) => Value::BigInt(BigInt::from_signed_bytes_le(bytes)),
            Token::Float(number) => Value::Float(number),
            Token::Text(text) => Value::Text(text.to_owned()),
            Token::Bytes(bytes) => Value::Bytes(bytes.to_owned()),
            // The checker counts marks, so there is one.
            Token::Proxy => self.proxies.next().map_or(Value::Null, Value::Proxy),
            _ => Value::Null,
        };
        let hash = if hashed { hash::structural_hash(&value) } else { 0 };
        Ok(Decoded { value, hash })
    }

    /// Decodes what is in a container whose token has been read.
    fn container(
        &mut self,
        token: Token<'_>,
        depth: usize,
        inside: Place,
        hashed: bool,
    ) -> Result<Decoded<P>, DecodeError> {
        match token {
            Token::List(count) => {
                let (items, hash) = self.sequence(Tag::List, count, depth, inside, hashed)?;
                Ok(Decoded { value: Value::List(items), hash })
            }
            Token::Tuple(count) => {
                let (items, hash) = self.sequence(Tag::Tuple, count, depth, inside, hashed)?;
                Ok(Decoded { value: Value::Tuple(items), hash })
            }
            Token::Set(count) => {
                let (elements, hash) = self.set(count, depth)?;
                Ok(Decoded { value: Value::Set(elements), hash })
            }
            Token::FrozenSet(count) => {
                let (elements, hash) = self.set(count, depth)?;
                Ok(Decoded { value: Value::FrozenSet(elements), hash })
            }
            Token::Dict(count) => self.dict(count, depth, hashed),
            Token::Slice => {
                let start = self.value(depth, inside, hashed)?;
                let stop = self.value(depth, inside, hashed)?;
                let step = self.value(depth, inside, hashed)?;
                let mut hash = Ordered::new(Tag::Slice);
                for part in [start.hash, stop.hash, step.hash] {
                    hash.add(part);
                }
                let parts = [start.value, stop.value, step.value];
                Ok(Decoded { value: Value::Slice(Box::new(parts)), hash: hash.finish() })
            }
            Token::Object { type_name, text } => {
                let state = self.value(depth, inside, hashed)?;
                let hash = if hashed { hash::hash_object(type_name, state.hash) } else { 0 };
                let object = Object { type_name: type_name.to_owned(), text: text.to_owned(), state: state.value };
                Ok(Decoded { value: Value::Object(Box::new(object)), hash })
            }
            _ => Ok(Decoded { value: Value::Null, hash: 0 }),
        }
    }

    fn sequence(
        &mut self,
        tag: Tag,
        count: usize,
        depth: usize,
        inside: Place,
        hashed: bool,
    ) -> Result<(Vec<Value<P>>, u64), DecodeError> {
        let mut items = Vec::with_capacity(count.min(TRUSTED_COUNT));
        if !hashed {
            for _ in 0..count {
                items.push(self.value(depth, inside, false)?.value);
            }
            return Ok((items, 0));
        }
        let mut hash = Ordered::new(tag);
        for _ in 0..count {
            let item = self.value(depth, inside, true)?;
            hash.add(item.hash);
            items.push(item.value);
        }
        Ok((items, hash.finish()))
    }

    fn set(&mut self, count: usize, depth: usize) -> Result<(Vec<Value<P>>, u64), DecodeError> {
        let mut set = SetBuilder::default();
        for _ in 0..count {
            let element = self.value(depth, Place::Key, true)?;
            set.insert(element.hash, element.value);
        }
        Ok(set.finish())
    }

    fn dict(&mut self, count: usize, depth: usize, hashed: bool) -> Result<Decoded<P>, DecodeError> {
        let mut dict = DictBuilder::default();
        for _ in 0..count {
            let key = self.value(depth, Place::Key, true)?;
            let item = self.value(depth, Place::Anywhere, hashed)?;
            dict.insert(key.hash, key.value, item.hash, item.value);
        }
        let (entries, hash) = dict.finish();
        Ok(Decoded { value: Value::Dict(entries), hash })
    }
}
