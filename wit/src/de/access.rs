//! What is inside of sequences, dicts and variants.

use std::vec;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};

use super::{ValueDeserializer, mismatch};
use crate::serde_error::{SerdeError, Step};
use crate::value::{Entry, ProxyIdentity, Value};

/// The items of a sequence.
pub(super) struct Items<P> {
    items: vec::IntoIter<Value<P>>,
    next: usize,
}

impl<P: ProxyIdentity + Clone + 'static> Items<P> {
    pub(super) fn visit<'de, V: Visitor<'de>>(items: Vec<Value<P>>, visitor: V) -> Result<V::Value, SerdeError> {
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
pub(super) struct Entries<P> {
    entries: vec::IntoIter<Entry<P>>,
    /// The entry whose key was read.
    entry: Option<Entry<P>>,
}

impl<P: ProxyIdentity + Clone + 'static> Entries<P> {
    pub(super) fn visit<'de, V: Visitor<'de>>(entries: Vec<Entry<P>>, visitor: V) -> Result<V::Value, SerdeError> {
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
pub(super) struct Variant<P> {
    pub(super) variant: String,
    pub(super) value: Option<Value<P>>,
}

impl<'de, P: ProxyIdentity + Clone + 'static> EnumAccess<'de> for Variant<P> {
    type Error = SerdeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), SerdeError> {
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
