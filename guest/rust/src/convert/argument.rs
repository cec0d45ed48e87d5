//! Lending values as arguments.

use std::cell::RefCell;

use commonhold_wire::{Encoded, encode};
use serde::ser::{Impossible, Serialize, Serializer};

use super::write::encode_direct;
use super::{NotDirect, to_value};
use crate::backend::types::{self, Argument, TreeArgument};
use crate::{Error, Proxy, Result, Value};

/// Lends a value as an argument for the time of a call.
///
/// The call happens inside of the value's own `serialize`, which is where a text can be borrowed.
pub(crate) fn lend<T, R>(value: &T, call: impl FnOnce(Argument<'_>) -> Result<R>) -> Result<R>
where
    T: Serialize + ?Sized,
{
    let mut call = Some(call);
    let direct = value.serialize(Direct(&mut call));
    match (direct, call) {
        (Ok(result), _) => result,
        // It has not been lent yet, so it is nested, or it fails, which the way through a `Value` can tell better.
        (Err(_), Some(call)) => lend_nested(value, call),
        (Err(_), None) => Err(Error::unserializable("a value failed after it had been serialised")),
    }
}

/// A value that is given away, if it is a scalar, a text or bytes. None of what is nested or a proxy, or fails.
pub(super) fn give_scalar<T: Serialize + ?Sized>(value: &T) -> Option<types::Value> {
    fn given(argument: Argument<'_>) -> Result<Option<types::Value>> {
        Ok(match argument {
            Argument::Null => Some(types::Value::Null),
            Argument::Boolean(flag) => Some(types::Value::Boolean(flag)),
            Argument::Int(number) => Some(types::Value::Int(number)),
            Argument::Float(number) => Some(types::Value::Float(number)),
            Argument::Text(text) => Some(types::Value::Text(text.to_owned())),
            Argument::Bytes(bytes) => Some(types::Value::Bytes(bytes.to_owned())),
            Argument::Proxy(_) | Argument::Tree(_) => None,
        })
    }
    value.serialize(Direct(&mut Some(given))).ok()?.ok()?
}

/// Lends a sequence of values as one list.
pub(crate) fn lend_all<T, R>(
    items: impl IntoIterator<Item = T>,
    call: impl FnOnce(Argument<'_>) -> Result<R>,
) -> Result<R>
where
    T: Serialize,
{
    // Together, since serialising them may take two attempts.
    let items: Vec<T> = items.into_iter().collect();
    lend_nested(&items, call)
}

#[inline(never)]
fn lend_nested<T, R>(value: &T, call: impl FnOnce(Argument<'_>) -> Result<R>) -> Result<R>
where
    T: Serialize + ?Sized,
{
    match encode_direct(value) {
        Some(encoded) => lend_tree(&encoded, call),
        None => lend_value(to_value(value)?, call),
    }
}

fn lend_value<R>(value: Value, call: impl FnOnce(Argument<'_>) -> Result<R>) -> Result<R> {
    match value {
        Value::Null => call(Argument::Null),
        Value::Bool(flag) => call(Argument::Boolean(flag)),
        Value::Int(number) => call(Argument::Int(number)),
        Value::Float(number) => call(Argument::Float(number)),
        Value::Text(text) => call(Argument::Text(&text)),
        Value::Bytes(bytes) => call(Argument::Bytes(&bytes)),
        Value::Proxy(proxy) => call(Argument::Proxy(proxy.handle())),
        nested => lend_tree(&encode(nested)?, call),
    }
}

fn lend_tree<R>(encoded: &Encoded<Proxy>, call: impl FnOnce(Argument<'_>) -> Result<R>) -> Result<R> {
    let handles: Vec<&types::Proxy> = encoded.proxies.iter().map(Proxy::handle).collect();
    call(Argument::Tree(TreeArgument { data: &encoded.data, proxies: &handles }))
}

thread_local! {
    /// The proxy that is being serialised, from just before the serializer is told of it.
    static PASSING: RefCell<Option<Proxy>> = const { RefCell::new(None) };
}

/// What a proxy is called among the newtype structs. Only the serializers and deserializers of this
/// module look at the name; to any other it is what is inside, the mark that `commonhold-wire`
/// understands.
pub(super) const PROXY: &str = "$commonhold::Proxy";

/// The proxy that the serializer was told of.
pub(super) fn take_passing() -> Option<Proxy> {
    PASSING.take()
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Inside<'a>(&'a Proxy);
        impl Serialize for Inside<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                commonhold_wire::proxy::serialize(self.0, serializer)
            }
        }
        PASSING.set(Some(self.clone()));
        let result = serializer.serialize_newtype_struct(PROXY, &Inside(self));
        PASSING.set(None);
        result
    }
}

/// Calls with the argument that a value is, if it is not nested.
struct Direct<'a, F>(&'a mut Option<F>);

impl<F: FnOnce(Argument<'_>) -> Result<R>, R> Direct<'_, F> {
    fn lend(self, argument: Argument<'_>) -> Result<Result<R>, NotDirect> {
        self.0.take().map(|call| call(argument)).ok_or(NotDirect(None))
    }

    fn lend_int<N: TryInto<i64>>(self, number: N) -> Result<Result<R>, NotDirect> {
        match number.try_into() {
            Ok(number) => self.lend(Argument::Int(number)),
            Err(_) => Err(NotDirect(None)),
        }
    }
}

macro_rules! serialize_int {
    ($($method:ident $number:ty;)+) => {
        $(#[inline]
        fn $method(self, number: $number) -> Result<Result<R>, NotDirect> {
            self.lend_int(number)
        })+
    };
}

impl<F: FnOnce(Argument<'_>) -> Result<R>, R> Serializer for Direct<'_, F> {
    type Ok = Result<R>;
    type Error = NotDirect;
    type SerializeSeq = Impossible<Result<R>, NotDirect>;
    type SerializeTuple = Impossible<Result<R>, NotDirect>;
    type SerializeTupleStruct = Impossible<Result<R>, NotDirect>;
    type SerializeTupleVariant = Impossible<Result<R>, NotDirect>;
    type SerializeMap = Impossible<Result<R>, NotDirect>;
    type SerializeStruct = Impossible<Result<R>, NotDirect>;
    type SerializeStructVariant = Impossible<Result<R>, NotDirect>;

    serialize_int! {
        serialize_i8 i8;
        serialize_i16 i16;
        serialize_i32 i32;
        serialize_i64 i64;
        serialize_i128 i128;
        serialize_u8 u8;
        serialize_u16 u16;
        serialize_u32 u32;
        serialize_u64 u64;
        serialize_u128 u128;
    }

    #[inline]
    fn serialize_bool(self, flag: bool) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Boolean(flag))
    }

    #[inline]
    fn serialize_f32(self, number: f32) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Float(number.into()))
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Float(number))
    }

    fn serialize_char(self, letter: char) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Text(letter.encode_utf8(&mut [0; 4])))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Text(text))
    }

    #[inline]
    fn serialize_bytes(self, bytes: &[u8]) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Bytes(bytes))
    }

    #[inline]
    fn serialize_none(self) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Null)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Result<R>, NotDirect> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Result<R>, NotDirect> {
        self.lend(Argument::Text(variant))
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Result<R>, NotDirect> {
        if name == PROXY
            && let Some(proxy) = take_passing()
        {
            return self.lend(Argument::Proxy(proxy.handle()));
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<Result<R>, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_seq(self, _count: Option<usize>) -> Result<Self::SerializeSeq, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_tuple(self, _count: usize) -> Result<Self::SerializeTuple, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _count: usize,
    ) -> Result<Self::SerializeTupleStruct, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _count: usize,
    ) -> Result<Self::SerializeTupleVariant, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_map(self, _count: Option<usize>) -> Result<Self::SerializeMap, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_struct(self, _name: &'static str, _count: usize) -> Result<Self::SerializeStruct, NotDirect> {
        Err(NotDirect(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _count: usize,
    ) -> Result<Self::SerializeStructVariant, NotDirect> {
        Err(NotDirect(None))
    }
}
