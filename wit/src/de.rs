//! From values to serde types.

mod access;
mod value;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::de::{DeserializeOwned, Deserializer, Visitor};

use self::access::{Entries, Items, Variant};
use crate::number::{Number, to_float};
use crate::proxy::{self, NAME, Request};
use crate::serde_error::SerdeError;
use crate::value::{ProxyIdentity, Value};

/// Reads anything that serde can deserialise from a value.
///
/// The reverse of [`to_value`](crate::to_value), and as lenient as Python would be: a list, tuple,
/// set or frozenset is a sequence, and bytes are one of small integers; an integer is a float; an
/// object is its state. Nothing is cut off: a number that does not fit is an error.
///
/// ```
/// use commonhold_wire::{NoProxy, Value, from_value};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct Job { sizes: Vec<u8> }
///
/// let value: Value<NoProxy> = Value::dict([("sizes".into(), Value::Tuple(vec![1.into(), 300.into()]))])?;
/// assert_eq!(from_value::<_, Job>(value).unwrap_err().to_string(), "field sizes[1]: 300 does not fit u8");
/// # Ok::<(), commonhold_wire::Unhashable>(())
/// ```
pub fn from_value<P, T>(value: Value<P>) -> Result<T, SerdeError>
where
    P: ProxyIdentity + Clone + 'static,
    T: DeserializeOwned,
{
    proxy::reading::<P, _>(|| T::deserialize(ValueDeserializer(value)))
}

struct ValueDeserializer<P>(Value<P>);

impl<P: ProxyIdentity> ValueDeserializer<P> {
    /// The value, or for an object what it consists of.
    fn data(self) -> Value<P> {
        match self.0 {
            Value::Object(object) => object.state,
            value => value,
        }
    }
}

fn mismatch<P: ProxyIdentity, T>(expected: &str, found: &Value<P>) -> Result<T, SerdeError> {
    Err(SerdeError::new(format!("expected {expected}, found {}", found.type_name())))
}

/// An error for a number that is too large for any type but those that could not take it.
fn misfit<T>(number: &BigInt, target: &str) -> Result<T, SerdeError> {
    let mut text = String::new();
    match crate::repr::write_big_int(number, &mut text) {
        Ok(()) if text.len() <= 50 => {}
        _ => text = format!("an integer of {} bits", number.bits()),
    }
    Err(SerdeError::misfit(format!("{text} does not fit {target}")))
}

macro_rules! deserialize_int {
    ($($method:ident $target:literal;)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
            match self.0 {
                Value::Int(number) => visitor.visit_i64(number),
                Value::BigInt(number) => match number.to_u64() {
                    Some(number) => visitor.visit_u64(number),
                    None => misfit(&number, $target),
                },
                other => mismatch("int", &other),
            }
        })+
    };
}

impl<'de, P: ProxyIdentity + Clone + 'static> Deserializer<'de> for ValueDeserializer<P> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.data() {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Int(number) => visitor.visit_i64(number),
            Value::BigInt(number) => {
                if let Some(number) = number.to_u64() {
                    visitor.visit_u64(number)
                } else if let Some(number) = number.to_i128() {
                    visitor.visit_i128(number)
                } else if let Some(number) = number.to_u128() {
                    visitor.visit_u128(number)
                } else {
                    proxy::visit_unasked(Value::<P>::BigInt(number), visitor)
                }
            }
            Value::Float(number) => visitor.visit_f64(number),
            Value::Text(text) => visitor.visit_string(text),
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                Items::visit(items, visitor)
            }
            Value::Dict(entries) => Entries::visit(entries, visitor),
            marked @ (Value::Slice(_) | Value::Proxy(_) | Value::Object(_)) => proxy::visit_unasked(marked, visitor),
        }
    }

    deserialize_int! {
        deserialize_i8 "i8";
        deserialize_i16 "i16";
        deserialize_i32 "i32";
        deserialize_i64 "i64";
        deserialize_u8 "u8";
        deserialize_u16 "u16";
        deserialize_u32 "u32";
        deserialize_u64 "u64";
    }

    fn deserialize_i128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Int(number) => visitor.visit_i64(number),
            Value::BigInt(number) => match number.to_i128() {
                Some(number) => visitor.visit_i128(number),
                None => misfit(&number, "i128"),
            },
            other => mismatch("int", &other),
        }
    }

    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Int(number) => visitor.visit_i64(number),
            Value::BigInt(number) => match number.to_u128() {
                Some(number) => visitor.visit_u128(number),
                None => misfit(&number, "u128"),
            },
            other => mismatch("int", &other),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Bool(flag) => visitor.visit_bool(flag),
            other => mismatch("bool", &other),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match &self.0 {
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Int(number) => visitor.visit_f64(*number as f64),
            Value::BigInt(number) => match to_float(Number::BigInt(number)) {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => misfit(number, "a float"),
            },
            other => mismatch("float", other),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Text(text) => visitor.visit_string(text),
            other => mismatch("str of one character", &other),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Text(text) => visitor.visit_string(text),
            other => mismatch("str", &other),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Bytes(bytes) => visitor.visit_byte_buf(bytes),
            Value::List(items) | Value::Tuple(items) => Items::visit(items, visitor),
            other => mismatch("bytes", &other),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            other => mismatch("None", &other),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        let request = if name == NAME { proxy::take_request() } else { None };
        match (request, self.0) {
            (Some(Request::Value), value) | (Some(Request::Proxy), value @ Value::Proxy(_)) => {
                proxy::visit_requested(value, visitor)
            }
            (Some(Request::Proxy), other) => mismatch("a proxy", &other),
            (None, value) => visitor.visit_newtype_struct(ValueDeserializer(value)),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.data() {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                Items::visit(items, visitor)
            }
            Value::Bytes(bytes) => {
                let numbers = bytes.into_iter().map(Value::<P>::from);
                Items::visit(numbers.collect(), visitor)
            }
            other => mismatch("list", &other),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _count: usize, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _count: usize,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.data() {
            Value::Dict(entries) => Entries::visit(entries, visitor),
            other => mismatch("dict", &other),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match self.data() {
            Value::Text(variant) => visitor.visit_enum(Variant { variant, value: None::<Value<P>> }),
            Value::Dict(entries) => match <[_; 1]>::try_from(entries) {
                Ok([(Value::Text(variant), value)]) => visitor.visit_enum(Variant { variant, value: Some(value) }),
                Ok([(other, _)]) => mismatch::<P, _>("str", &other).map_err(SerdeError::in_a_key),
                Err(entries) => Err(SerdeError::new(format!(
                    "expected a variant, which is a dict of one entry, found a dict of {}",
                    entries.len()
                ))),
            },
            other => mismatch("a variant, which is a str or a dict of one entry", &other),
        }
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_unit()
    }
}
