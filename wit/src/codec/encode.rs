//! Encoding whole values.

use std::fmt;

use super::{Kind, Writer};
use crate::value::{MAX_DEPTH, Value};

/// An encoded value: its bytes, and the proxies that their marks stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded<P> {
    /// The bytes.
    pub data: Vec<u8>,
    /// The proxies, in the order of their marks.
    pub proxies: Vec<P>,
}

/// Why a value that was put together by hand has no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EncodeError {
    /// It nests deeper than [`MAX_DEPTH`].
    Depth,
    /// A dict's key or a set's element is, or has in it, a list, dict or set.
    Unhashable(Kind),
    /// A part of a slice is neither null nor an integer.
    SlicePart,
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EncodeError::Depth => write!(f, "a value nests deeper than {MAX_DEPTH}"),
            EncodeError::Unhashable(kind) => write!(f, "unhashable type: '{}'", kind.name()),
            EncodeError::SlicePart => f.write_str("a part of a slice is not null or an integer"),
        }
    }
}

impl std::error::Error for EncodeError {}

/// Encodes a value, and moves the proxies out of it in the order in which they are met.
///
/// Whatever this encodes, [`decode`](crate::decode) accepts, within its limits.
pub fn encode<P>(value: Value<P>) -> Result<Encoded<P>, EncodeError> {
    let mut encoded = Encoded { data: Vec::new(), proxies: Vec::new() };
    encode_into(value, &mut encoded.data, &mut encoded.proxies)?;
    Ok(encoded)
}

/// Encodes a value behind what is there already. After an error, nothing has changed.
pub fn encode_into<P>(value: Value<P>, data: &mut Vec<u8>, proxies: &mut Vec<P>) -> Result<(), EncodeError> {
    if let Err(error) = check(&value, MAX_DEPTH, false) {
        value.drop_flat();
        return Err(error);
    }
    put(value, &mut Writer::new(data), proxies);
    Ok(())
}

/// Whether a value that may nest so deep, in a key or not, has an encoding.
fn check<P>(value: &Value<P>, depth: usize, in_key: bool) -> Result<(), EncodeError> {
    let (kind, items) = match value {
        Value::List(items) => (Kind::List, items.as_slice()),
        Value::Tuple(items) => (Kind::Tuple, items.as_slice()),
        Value::Set(items) => (Kind::Set, items.as_slice()),
        Value::FrozenSet(items) => (Kind::FrozenSet, items.as_slice()),
        Value::Slice(parts) => (Kind::Slice, parts.as_slice()),
        Value::Object(object) => (Kind::Object, std::slice::from_ref(&object.state)),
        Value::Dict(_) => (Kind::Dict, [].as_slice()),
        _ => return Ok(()),
    };
    let depth = depth.checked_sub(1).ok_or(EncodeError::Depth)?;
    if in_key && !kind.is_hashable() {
        return Err(EncodeError::Unhashable(kind));
    }
    if kind == Kind::Slice && !items.iter().all(|part| matches!(part, Value::Null | Value::Int(_) | Value::BigInt(_))) {
        return Err(EncodeError::SlicePart);
    }
    let items_in_key = kind.has_keys_inside(in_key);
    for item in items {
        check(item, depth, items_in_key)?;
    }
    if let Value::Dict(entries) = value {
        for (key, item) in entries {
            check(key, depth, true)?;
            check(item, depth, false)?;
        }
    }
    Ok(())
}

fn put<P>(value: Value<P>, writer: &mut Writer<'_>, proxies: &mut Vec<P>) {
    let items = match value {
        Value::Null => return writer.null(),
        Value::Bool(flag) => return writer.bool(flag),
        Value::Int(number) => return writer.int(number),
        Value::BigInt(number) => return writer.big_int(&number),
        Value::Float(number) => return writer.float(number),
        Value::Text(text) => return writer.text(&text),
        Value::Bytes(bytes) => return writer.bytes(&bytes),
        Value::Proxy(proxy) => {
            writer.proxy();
            return proxies.push(proxy);
        }
        Value::Dict(entries) => {
            writer.dict(entries.len());
            for (key, item) in entries {
                put(key, writer, proxies);
                put(item, writer, proxies);
            }
            return;
        }
        Value::Slice(parts) => {
            writer.slice();
            return parts.into_iter().for_each(|part| put(part, writer, proxies));
        }
        Value::Object(object) => {
            writer.object(&object.type_name, &object.text);
            return put(object.state, writer, proxies);
        }
        Value::List(items) => {
            writer.list(items.len());
            items
        }
        Value::Tuple(items) => {
            writer.tuple(items.len());
            items
        }
        Value::Set(items) => {
            writer.set(items.len());
            items
        }
        Value::FrozenSet(items) => {
            writer.frozen_set(items.len());
            items
        }
    };
    for item in items {
        put(item, writer, proxies);
    }
}
