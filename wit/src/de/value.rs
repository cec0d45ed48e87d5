//! Values themselves, which serde types may have inside.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::proxy::{self, NAME, Request};
use crate::value::{Entry, ProxyIdentity, Value};

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
        let mut entries: Vec<Entry<P>> = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Value::dict(entries).map_err(A::Error::custom)
    }
}
