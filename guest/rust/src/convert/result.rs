//! Reading values that were received.

use std::cell::RefCell;
use std::fmt;

use commonhold_wire::decode;
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::argument::PROXY;
use super::read::{One, decode_direct};
use super::{ANY, NotDirect, from_raw_value, from_value};
use crate::backend::types;
use crate::{Error, Proxy, Result, Value, error};

/// Reads the result of a call.
#[inline]
pub(crate) fn receive<T: DeserializeOwned>(result: Result<types::Value, types::Error>) -> Result<T> {
    match result {
        Ok(value) => read(value),
        Err(error) => Err(error::from_raw(error)),
    }
}

/// Reads the result of a call that may find nothing.
#[inline]
pub(crate) fn receive_option<T: DeserializeOwned>(
    result: Result<Option<types::Value>, types::Error>,
) -> Result<Option<T>> {
    match result {
        Ok(Some(value)) => read(value).map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error::from_raw(error)),
    }
}

/// The result of a call that gives no value.
#[inline]
pub(crate) fn expect_unit<T>(result: Result<T, types::Error>) -> Result<T> {
    result.map_err(error::from_raw)
}

/// Reads a value: at once where that can be had, through a [`Value`](crate::Value) where not.
#[inline]
pub(crate) fn read<T: DeserializeOwned>(value: types::Value) -> Result<T> {
    match value {
        types::Value::Tree(tree) => read_tree(tree),
        types::Value::Proxy(handle) => read_proxy(Proxy::new(handle)),
        scalar => read_scalar(scalar),
    }
}

#[inline]
fn read_scalar<T: DeserializeOwned>(mut value: types::Value) -> Result<T> {
    match T::deserialize(Direct(&mut value)) {
        Ok(read) => Ok(read),
        // The text is spent.
        Err(NotDirect(Some(message))) if matches!(value, types::Value::Null) => Err(Error::bad_value(message)),
        Err(_) => read_value(value),
    }
}

#[cold]
fn read_value<T: DeserializeOwned>(value: types::Value) -> Result<T> {
    from_value(from_raw_value(value)?)
}

fn read_proxy<T: DeserializeOwned>(proxy: Proxy) -> Result<T> {
    let mut proxy = Some(proxy);
    match (T::deserialize(One(&mut proxy)), proxy) {
        (Ok(read), _) => Ok(read),
        (Err(_), Some(proxy)) => from_value(Value::Proxy(proxy)),
        (Err(NotDirect(message)), None) => Err(Error::bad_value(message.unwrap_or_default())),
    }
}

fn read_tree<T: DeserializeOwned>(tree: types::Tree) -> Result<T> {
    let proxies: Vec<Proxy> = tree.proxies.into_iter().map(Proxy::new).collect();
    match decode_direct(&tree.data, &proxies) {
        Some(read) => Ok(read),
        None => from_value(decode(&tree.data, proxies, &ANY)?),
    }
}

thread_local! {
    /// A proxy on its way from a deserializer of ours to the one who asked it for one.
    static RECEIVED: RefCell<Option<Proxy>> = const { RefCell::new(None) };
}

/// Gives a proxy to the visitor of [`Proxy`]'s `deserialize`.
pub(super) fn hand_over<'de, V: Visitor<'de>>(proxy: Proxy, visitor: V) -> Result<V::Value, NotDirect> {
    RECEIVED.set(Some(proxy));
    let value = visitor.visit_unit();
    RECEIVED.set(None);
    value
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(PROXY, ProxyVisitor)
    }
}

struct ProxyVisitor;

impl<'de> Visitor<'de> for ProxyVisitor {
    type Value = Proxy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a proxy")
    }

    /// From a deserializer of ours, which has put it down.
    fn visit_unit<E: de::Error>(self) -> Result<Proxy, E> {
        RECEIVED.take().ok_or_else(|| E::invalid_type(Unexpected::Unit, &self))
    }

    /// From any other.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Proxy, D::Error> {
        commonhold_wire::proxy::deserialize(deserializer)
    }
}

/// Reads a scalar in place, or moves a text or bytes out, if it is of the very kind that is asked for.
struct Direct<'a>(&'a mut types::Value);

macro_rules! read_int {
    ($($method:ident)+) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotDirect> {
            match *self.0 {
                types::Value::Int(number) => visitor.visit_i64(number),
                _ => Err(NotDirect(None)),
            }
        })+
    };
}

macro_rules! read_float {
    ($($method:ident)+) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotDirect> {
            match *self.0 {
                types::Value::Float(number) => visitor.visit_f64(number),
                _ => Err(NotDirect(None)),
            }
        })+
    };
}

macro_rules! read_text {
    ($($method:ident)+) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotDirect> {
            match self.0 {
                types::Value::Text(_) => match std::mem::replace(self.0, types::Value::Null) {
                    types::Value::Text(text) => visitor.visit_string(text),
                    _ => Err(NotDirect(None)),
                },
                _ => Err(NotDirect(None)),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for Direct<'_> {
    type Error = NotDirect;

    read_int! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
    }

    read_float! { deserialize_f64 }

    read_text! { deserialize_str deserialize_string }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotDirect> {
        match *self.0 {
            types::Value::Boolean(flag) => visitor.visit_bool(flag),
            _ => Err(NotDirect(None)),
        }
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotDirect> {
        match self.0 {
            types::Value::Null => visitor.visit_unit(),
            _ => Err(NotDirect(None)),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotDirect> {
        match self.0 {
            types::Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, NotDirect> {
        visitor.visit_newtype_struct(self)
    }

    /// Whatever asks for this may be a value as it is.
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, NotDirect> {
        Err(NotDirect(None))
    }

    forward_to_deserialize_any! {
        i128 u128 f32 char bytes byte_buf unit_struct seq tuple tuple_struct map struct enum
        identifier ignored_any
    }
}
