//! Reading values that were received.

use std::fmt;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::backend::types;
use crate::{Error, Result, error};

use super::from_raw_value;

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

/// Reads a value: a scalar or a text at once, anything else through a [`Value`](crate::Value).
#[inline]
pub(crate) fn read<T: DeserializeOwned>(value: types::Value) -> Result<T> {
    let mut value = value;
    if !matches!(value, types::Value::Proxy(_) | types::Value::Tree(_)) {
        match T::deserialize(Direct(&mut value)) {
            Ok(read) => return Ok(read),
            // The text is spent.
            Err(NotDirect(Some(message))) if matches!(value, types::Value::Null) => {
                return Err(Error::bad_value(message));
            }
            Err(_) => {}
        }
    }
    read_nested(value)
}

#[inline(never)]
fn read_nested<T: DeserializeOwned>(value: types::Value) -> Result<T> {
    Ok(commonhold_wire::from_value(from_raw_value(value)?)?)
}

/// The value cannot be read directly; with a message if reading it has failed for good.
#[derive(Debug)]
struct NotDirect(Option<String>);

impl fmt::Display for NotDirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_deref().unwrap_or("a nested value"))
    }
}

impl std::error::Error for NotDirect {}

impl de::Error for NotDirect {
    #[cold]
    fn custom<T: fmt::Display>(message: T) -> Self {
        NotDirect(Some(message.to_string()))
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
