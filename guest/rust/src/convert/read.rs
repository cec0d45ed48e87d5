//! Reading serde types from an encoding at once, without a [`Value`](crate::Value) in between.
//!
//! It covers what most types are made of, and gives up on the rest: the way through a `Value`, which
//! `commonhold-wire` goes, covers all, has the same result, and says better what is wrong.

use commonhold_wire::{Kind, Reader, Token};
use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::NotDirect;
use super::argument::PROXY;
use super::result::hand_over;
use crate::Proxy;

/// What is encoded, if it can be read at once.
pub(super) fn decode_direct<T: DeserializeOwned>(data: &[u8], proxies: &[Proxy]) -> Option<T> {
    let mut decoding = Decoding { reader: Reader::new(data), proxies: proxies.iter() };
    let value = T::deserialize(&mut decoding).ok()?;
    // Whoever reads less of a container than there is in it leaves that much at the end.
    (decoding.reader.is_at_end() && decoding.proxies.len() == 0).then_some(value)
}

struct Decoding<'a> {
    reader: Reader<'a>,
    proxies: std::slice::Iter<'a, Proxy>,
}

type Result<T, E = NotDirect> = std::result::Result<T, E>;

const NO: NotDirect = NotDirect(None);

impl<'a> Decoding<'a> {
    #[inline]
    fn token(&mut self) -> Result<Token<'a>> {
        self.reader.token().map_err(|_| NO)
    }

    fn kind(&self) -> Result<Kind> {
        self.reader.peek().map_err(|_| NO)
    }

    fn skip(&mut self) -> Result<()> {
        let part = self.reader.skip().map_err(|_| NO)?;
        for _ in 0..part.proxies {
            self.proxies.next();
        }
        Ok(())
    }

    fn proxy(&mut self) -> Result<Proxy> {
        match self.token()? {
            Token::Proxy => self.proxies.next().cloned().ok_or(NO),
            _ => Err(NO),
        }
    }

    fn visit_items<'de, V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Contents { decoding: self, left: count })
    }

    fn visit_entries<'de, V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Contents { decoding: self, left: count })
    }
}

macro_rules! read_int {
    ($($method:ident)+) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.token()? {
                Token::Int(number) => visitor.visit_i64(number),
                _ => Err(NO),
            }
        })+
    };
}

macro_rules! read_text {
    ($($method:ident)+) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            match self.token()? {
                Token::Text(text) => visitor.visit_str(text),
                _ => Err(NO),
            }
        })+
    };
}

impl<'de> Deserializer<'de> for &mut Decoding<'_> {
    type Error = NotDirect;

    read_int! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    read_text! { deserialize_str deserialize_string deserialize_char deserialize_identifier }

    #[inline]
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::Bool(flag) => visitor.visit_bool(flag),
            _ => Err(NO),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    #[inline]
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::Float(number) => visitor.visit_f64(number),
            Token::Int(number) => visitor.visit_f64(number as f64),
            _ => Err(NO),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::Bytes(bytes) => visitor.visit_bytes(bytes),
            _ => Err(NO),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.kind()? {
            Kind::Null => {
                self.token()?;
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::Null => visitor.visit_unit(),
            _ => Err(NO),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name == PROXY { hand_over(self.proxy()?, visitor) } else { visitor.visit_newtype_struct(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::List(count) | Token::Tuple(count) => self.visit_items(count, visitor),
            _ => Err(NO),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _count: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _count: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.token()? {
            Token::Dict(count) => self.visit_entries(count, visitor),
            _ => Err(NO),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match self.token()? {
            Token::Text(name) => visitor.visit_enum(name.into_deserializer()),
            Token::Dict(1) => match self.token()? {
                Token::Text(name) => visitor.visit_enum(Variant { name, decoding: self }),
                _ => Err(NO),
            },
            _ => Err(NO),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    /// Whatever asks for this may be a value as it is, or wants to try several types.
    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value> {
        Err(NO)
    }
}

/// What is left of a container's contents.
struct Contents<'c, 'a> {
    decoding: &'c mut Decoding<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Contents<'_, '_> {
    type Error = NotDirect;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.decoding).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Contents<'_, '_> {
    type Error = NotDirect;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(&mut *self.decoding)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A variant with data: the dict's one value is what follows.
struct Variant<'c, 'a> {
    name: &'a str,
    decoding: &'c mut Decoding<'a>,
}

impl<'de, 'c, 'a> EnumAccess<'de> for Variant<'c, 'a> {
    type Error = NotDirect;
    type Variant = &'c mut Decoding<'a>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant)> {
        let name: StrDeserializer<'_, NotDirect> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.decoding))
    }
}

impl<'de> VariantAccess<'de> for &mut Decoding<'_> {
    type Error = NotDirect;

    fn unit_variant(self) -> Result<()> {
        <()>::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_tuple(count, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.deserialize_struct("", fields, visitor)
    }
}

/// A single proxy, which is read in the same way.
pub(super) struct One<'a>(pub(super) &'a mut Option<Proxy>);

impl<'de> Deserializer<'de> for One<'_> {
    type Error = NotDirect;

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name == PROXY { hand_over(self.0.take().ok_or(NO)?, visitor) } else { visitor.visit_newtype_struct(self) }
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value> {
        Err(NO)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier ignored_any
    }
}
