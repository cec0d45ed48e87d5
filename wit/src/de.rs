//! From values to serde types.

use std::fmt;
use std::marker::PhantomData;
use std::vec;

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use crate::number::{Number, to_float};
use crate::proxy::{self, NAME, Request};
use crate::serde_error::{SerdeError, Step};
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
    Err(SerdeError::new(format!("{text} does not fit {target}")))
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

/// The items of a sequence.
struct Items<P> {
    items: vec::IntoIter<Value<P>>,
    next: usize,
}

impl<P: ProxyIdentity + Clone + 'static> Items<P> {
    fn visit<'de, V: Visitor<'de>>(items: Vec<Value<P>>, visitor: V) -> Result<V::Value, SerdeError> {
        let count = items.len();
        let mut items = Items { items: items.into_iter(), next: 0 };
        let result = visitor.visit_seq(&mut items)?;
        if items.items.len() > 0 {
            return Err(SerdeError::new(format!("expected {} items, found {count}", items.next)));
        }
        Ok(result)
    }
}

impl<'de, P: ProxyIdentity + Clone + 'static> SeqAccess<'de> for &mut Items<P> {
    type Error = SerdeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, SerdeError> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let position = self.next;
        self.next += 1;
        match seed.deserialize(ValueDeserializer(item)) {
            Ok(item) => Ok(Some(item)),
            Err(error) => Err(error.inside(Step::Item(position))),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The entries of a dict.
struct Entries<P> {
    entries: vec::IntoIter<(Value<P>, Value<P>)>,
    /// The entry whose key was read.
    entry: Option<(Value<P>, Value<P>)>,
}

impl<P: ProxyIdentity + Clone + 'static> Entries<P> {
    fn visit<'de, V: Visitor<'de>>(entries: Vec<(Value<P>, Value<P>)>, visitor: V) -> Result<V::Value, SerdeError> {
        let count = entries.len();
        let mut entries = Entries { entries: entries.into_iter(), entry: None };
        let result = visitor.visit_map(&mut entries)?;
        let left = entries.entries.len();
        if left > 0 {
            return Err(SerdeError::new(format!("expected {} entries, found {count}", count - left)));
        }
        Ok(result)
    }
}

impl<'de, P: ProxyIdentity + Clone + 'static> MapAccess<'de> for &mut Entries<P> {
    type Error = SerdeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, SerdeError> {
        let Some((key, item)) = self.entries.next() else { return Ok(None) };
        let result = seed.deserialize(KeyDeserializer(&key));
        self.entry = Some((key, item));
        result.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, SerdeError> {
        let Some((key, item)) = self.entry.take() else {
            return Err(SerdeError::new("a map's value was asked for before its key"));
        };
        seed.deserialize(ValueDeserializer(item)).map_err(|error| error.inside(Step::of_key(&key)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A key, which stays where it is for the message of an error in its value.
struct KeyDeserializer<'a, P>(&'a Value<P>);

macro_rules! deserialize_copy {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
            ValueDeserializer(self.0.clone()).$method(visitor).map_err(SerdeError::in_a_key)
        })+
    };
}

impl<'de, P: ProxyIdentity + Clone + 'static> Deserializer<'de> for KeyDeserializer<'_, P> {
    type Error = SerdeError;

    /// The name of a field, which needs no copy.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            Value::Text(text) => visitor.visit_str(text),
            other => mismatch("str", other).map_err(SerdeError::in_a_key),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_unit()
    }

    deserialize_copy! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_option deserialize_unit deserialize_seq deserialize_map
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, SerdeError> {
        ValueDeserializer(self.0.clone()).deserialize_unit_struct(name, visitor).map_err(SerdeError::in_a_key)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        ValueDeserializer(self.0.clone()).deserialize_newtype_struct(name, visitor).map_err(SerdeError::in_a_key)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, SerdeError> {
        ValueDeserializer(self.0.clone()).deserialize_tuple(count, visitor).map_err(SerdeError::in_a_key)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        ValueDeserializer(self.0.clone()).deserialize_tuple_struct(name, count, visitor).map_err(SerdeError::in_a_key)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        ValueDeserializer(self.0.clone()).deserialize_struct(name, fields, visitor).map_err(SerdeError::in_a_key)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        ValueDeserializer(self.0.clone()).deserialize_enum(name, variants, visitor).map_err(SerdeError::in_a_key)
    }
}

/// A variant and its data.
struct Variant<P> {
    variant: String,
    value: Option<Value<P>>,
}

impl<'de, P: ProxyIdentity + Clone + 'static> EnumAccess<'de> for Variant<P> {
    type Error = SerdeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), SerdeError> {
        use serde::de::IntoDeserializer;
        let variant = seed.deserialize(self.variant.as_str().into_deserializer())?;
        Ok((variant, self))
    }
}

impl<P: ProxyIdentity + Clone + 'static> Variant<P> {
    fn read<T>(self, read: impl FnOnce(ValueDeserializer<P>) -> Result<T, SerdeError>) -> Result<T, SerdeError> {
        match self.value {
            Some(value) => read(ValueDeserializer(value)).map_err(|error| error.in_field(&self.variant)),
            None => Err(SerdeError::new(format!("variant '{}' lacks its data", self.variant))),
        }
    }
}

impl<'de, P: ProxyIdentity + Clone + 'static> VariantAccess<'de> for Variant<P> {
    type Error = SerdeError;

    fn unit_variant(self) -> Result<(), SerdeError> {
        match self.value {
            None => Ok(()),
            Some(_) => self.read(<()>::deserialize),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, SerdeError> {
        self.read(|value| seed.deserialize(value))
    }

    fn tuple_variant<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, SerdeError> {
        self.read(|value| value.deserialize_tuple(count, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.read(|value| value.deserialize_struct("", fields, visitor))
    }
}

impl<'de, P: ProxyIdentity + Clone + 'static> Deserialize<'de> for Value<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        proxy::read_requested(Request::Value, deserializer, ValueVisitor(PhantomData))
    }
}

/// Reads a mark or, from what serde has buffered and from other deserializers, plain data.
struct ValueVisitor<P>(PhantomData<P>);

macro_rules! visit {
    ($($method:ident $from:ty;)+) => {
        $(fn $method<E: de::Error>(self, value: $from) -> Result<Value<P>, E> {
            Ok(value.into())
        })+
    };
}

impl<'de, P: ProxyIdentity + Clone + 'static> Visitor<'de> for ValueVisitor<P> {
    type Value = Value<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    visit! {
        visit_bool bool;
        visit_i64 i64;
        visit_i128 i128;
        visit_u64 u64;
        visit_u128 u128;
        visit_f64 f64;
        visit_char char;
        visit_str &str;
        visit_string String;
        visit_bytes &[u8];
        visit_byte_buf Vec<u8>;
    }

    fn visit_none<E: de::Error>(self) -> Result<Value<P>, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value<P>, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<P>, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<P>, D::Error> {
        proxy::take_request();
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<P>, A::Error> {
        let mut items: Vec<Value<P>> = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        if let [Value::Text(name), Value::Int(mark)] = items.as_slice()
            && name == NAME
            && let Some(value) = u64::try_from(*mark).ok().and_then(proxy::read::<P>)
        {
            return Ok(value);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<P>, A::Error> {
        let mut entries: Vec<(Value<P>, Value<P>)> = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Value::dict(entries).map_err(A::Error::custom)
    }
}
