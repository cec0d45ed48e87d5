//! Between values of Rust and the arguments and values of the bindings.
//!
//! Scalars, texts and single proxies go straight to and from their own case of the variant, without an
//! allocation of their own. What is nested is encoded and read at once where that can be had, and
//! goes through a [`Value`] where not.

mod argument;
mod read;
mod result;
mod write;

pub(crate) use argument::{lend, lend_all};
pub(crate) use result::{expect_unit, read, receive, receive_option};

use std::fmt;

use commonhold_wire::{Encoded, Limits, decode, encode};
use serde::de::{self, DeserializeOwned};
use serde::ser::{self, Serialize};

use crate::backend::types;
use crate::{Error, Proxy, Result, Value};

/// No limits: what the manager gives it has checked, and what it takes it checks.
const ANY: Limits = Limits { depth: commonhold_wire::MAX_DEPTH, bytes: usize::MAX, nodes: usize::MAX };

/// Something that cannot be converted at once; with a message where it has failed for good.
#[derive(Debug)]
struct NotDirect(Option<String>);

impl fmt::Display for NotDirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("this cannot be converted at once"))
    }
}

impl std::error::Error for NotDirect {}

impl ser::Error for NotDirect {
    #[cold]
    fn custom<T: fmt::Display>(_message: T) -> Self {
        NotDirect(None)
    }
}

impl de::Error for NotDirect {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        NotDirect(Some(message.to_string()))
    }
}

/// Makes a value of anything that serde can serialise.
///
/// ```
/// use commonhold_guest::{Value, to_value};
///
/// assert_eq!(to_value(&(1, "a"))?, Value::Tuple(vec![Value::Int(1), "a".into()]));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// `unserializable` if its own `serialize` fails, or if it is nothing that travels.
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value> {
    commonhold_wire::to_value(value).map_err(|error| Error::unserializable(error.to_string()))
}

/// Reads anything that serde can deserialise from a value.
///
/// ```
/// use commonhold_guest::{Value, from_value};
///
/// let pair: (i64, String) = from_value(Value::Tuple(vec![Value::Int(1), "a".into()]))?;
/// assert_eq!(pair, (1, "a".to_owned()));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub fn from_value<T: DeserializeOwned>(value: Value) -> Result<T> {
    Ok(commonhold_wire::from_value(value)?)
}

/// Anything that serde can serialise, as Python prints it.
///
/// ```
/// use commonhold_guest::repr;
///
/// assert_eq!(repr(&(true, "it's", 1.0))?, "(True, \"it's\", 1.0)");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// `value` if there is an integer in it of more digits than Python prints.
pub fn repr<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    Ok(commonhold_wire::repr(&to_value(value)?)?)
}

/// A received value as it is.
pub(crate) fn from_raw_value(value: types::Value) -> Result<Value> {
    Ok(match value {
        types::Value::Null => Value::Null,
        types::Value::Boolean(flag) => Value::Bool(flag),
        types::Value::Int(number) => Value::Int(number),
        types::Value::Float(number) => Value::Float(number),
        types::Value::Text(text) => Value::Text(text),
        types::Value::Bytes(bytes) => Value::Bytes(bytes),
        types::Value::Proxy(handle) => Value::Proxy(Proxy::new(handle)),
        types::Value::Tree(tree) => {
            let proxies = tree.proxies.into_iter().map(Proxy::new).collect();
            decode(&tree.data, proxies, &ANY)?
        }
    })
}

/// A value that is given away with the proxies in it.
pub(crate) fn into_raw_value(value: Value) -> Result<types::Value> {
    Ok(match value {
        Value::Null => types::Value::Null,
        Value::Bool(flag) => types::Value::Boolean(flag),
        Value::Int(number) => types::Value::Int(number),
        Value::Float(number) => types::Value::Float(number),
        Value::Text(text) => types::Value::Text(text),
        Value::Bytes(bytes) => types::Value::Bytes(bytes),
        Value::Proxy(proxy) => types::Value::Proxy(proxy.into_handle()),
        nested => into_raw_tree(encode(nested)?),
    })
}

fn into_raw_tree(encoded: Encoded<Proxy>) -> types::Value {
    let Encoded { data, proxies } = encoded;
    types::Value::Tree(types::Tree { data, proxies: proxies.into_iter().map(Proxy::into_handle).collect() })
}

/// What an entry or a method returns, given away.
pub(crate) fn give<T: Serialize>(value: T) -> Result<types::Value> {
    if let Some(scalar) = argument::give_scalar(&value) {
        return Ok(scalar);
    }
    let encoded = write::encode_direct(&value);
    let plain = if encoded.is_none() { Some(to_value(&value)?) } else { None };
    // Whoever had the proxies is gone now, so that they can be moved.
    drop(value);
    match (encoded, plain) {
        (Some(encoded), _) => Ok(into_raw_tree(encoded)),
        (None, Some(plain)) => into_raw_value(plain),
        (None, None) => Ok(types::Value::Null),
    }
}

#[cfg(test)]
mod tests;
