//! Encoding serde types at once, without a [`Value`](crate::Value) in between.
//!
//! It covers what most types are made of, and gives up on the rest: the way through a `Value`, which
//! `commonhold-wire` goes, covers all, has the same result, and says better what is wrong. What it gives
//! up on is integers beyond 64 bits, maps whose keys are not all integers, texts, booleans or bytes,
//! what nests too deep, and `Value`s themselves.

use commonhold_wire::{Encoded, Kind, MAX_DEPTH, Reader, Writer};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::NotDirect;
use super::argument::{PROXY, take_passing};
use crate::Proxy;

/// The encoding of a list, tuple or dict, if it can be made at once.
pub(super) fn encode_direct<T: Serialize + ?Sized>(value: &T) -> Option<Encoded<Proxy>> {
    let mut encoding = Encoding { data: Vec::new(), proxies: Vec::new(), depth: 0 };
    value.serialize(&mut encoding).ok()?;
    let Encoding { data, proxies, .. } = encoding;
    // A scalar is no tree.
    let kind = Reader::new(&data).peek().ok()?;
    matches!(kind, Kind::List | Kind::Tuple | Kind::Dict).then_some(Encoded { data, proxies })
}

struct Encoding {
    data: Vec<u8>,
    proxies: Vec<Proxy>,
    /// How many containers are open.
    depth: usize,
}

type Result<T, E = NotDirect> = std::result::Result<T, E>;

impl Encoding {
    fn writer(&mut self) -> Writer<'_> {
        Writer::new(&mut self.data)
    }

    fn int(&mut self, number: impl TryInto<i64>) -> Result<()> {
        let number = number.try_into().map_err(|_| NotDirect(None))?;
        self.writer().int(number);
        Ok(())
    }

    fn open(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(NotDirect(None)) } else { Ok(()) }
    }

    /// Begins a container of so many values; of none for now if that is not known.
    fn begin(&mut self, count: Option<usize>, kind: Kind) -> Result<Container<'_>> {
        self.open()?;
        let start = self.data.len();
        if let Some(count) = count {
            head(&mut self.writer(), kind, count);
        }
        Ok(Container { encoding: self, start, announced: count, count: 0, kind, keys: None, in_variant: false })
    }

    /// Begins a dict of one entry, with a variant's name for its key.
    fn variant(&mut self, name: &str) -> Result<()> {
        self.open()?;
        let mut writer = self.writer();
        writer.dict(1);
        writer.text(name);
        Ok(())
    }
}

/// A container that is being written.
struct Container<'a> {
    encoding: &'a mut Encoding,
    start: usize,
    /// How many values its beginning says it has, if that is written.
    announced: Option<usize>,
    count: usize,
    kind: Kind,
    /// What its keys are, once there is one.
    keys: Option<Kind>,
    /// Whether it is the one value of a variant's dict.
    in_variant: bool,
}

impl Container<'_> {
    #[inline]
    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.count += 1;
        value.serialize(&mut *self.encoding)
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        let start = self.encoding.data.len();
        key.serialize(&mut *self.encoding)?;
        let kind = Reader::new(&self.encoding.data[start..]).peek().map_err(|_| NotDirect(None))?;
        // Other keys may be unhashable, or equal to each other though they are written differently.
        let is_plain = matches!(kind, Kind::Int | Kind::Text | Kind::Bool | Kind::Bytes);
        if is_plain && *self.keys.get_or_insert(kind) == kind { Ok(()) } else { Err(NotDirect(None)) }
    }

    fn end(self) -> Result<()> {
        let Container { encoding, start, announced, count, kind, in_variant, .. } = self;
        match announced {
            None => {
                let mut beginning = Vec::new();
                head(&mut Writer::new(&mut beginning), kind, count);
                encoding.data.splice(start..start, beginning);
            }
            Some(announced) if announced == count => {}
            Some(_) => return Err(NotDirect(None)),
        }
        encoding.depth -= if in_variant { 2 } else { 1 };
        Ok(())
    }
}

/// Writes the beginning of a list, tuple or dict.
fn head(writer: &mut Writer<'_>, kind: Kind, count: usize) {
    match kind {
        Kind::List => writer.list(count),
        Kind::Tuple => writer.tuple(count),
        _ => writer.dict(count),
    }
}

macro_rules! serialize_int {
    ($($method:ident $number:ty;)+) => {
        $(#[inline]
        fn $method(self, number: $number) -> Result<()> {
            self.int(number)
        })+
    };
}

impl<'a> Serializer for &'a mut Encoding {
    type Ok = ();
    type Error = NotDirect;
    type SerializeSeq = Container<'a>;
    type SerializeTuple = Container<'a>;
    type SerializeTupleStruct = Container<'a>;
    type SerializeTupleVariant = Container<'a>;
    type SerializeMap = Container<'a>;
    type SerializeStruct = Container<'a>;
    type SerializeStructVariant = Container<'a>;

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
    fn serialize_bool(self, flag: bool) -> Result<()> {
        self.writer().bool(flag);
        Ok(())
    }

    #[inline]
    fn serialize_f32(self, number: f32) -> Result<()> {
        self.serialize_f64(number.into())
    }

    #[inline]
    fn serialize_f64(self, number: f64) -> Result<()> {
        self.writer().float(number);
        Ok(())
    }

    fn serialize_char(self, letter: char) -> Result<()> {
        self.serialize_str(letter.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, text: &str) -> Result<()> {
        self.writer().text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<()> {
        self.writer().bytes(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.writer().null();
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<()> {
        if name == PROXY
            && let Some(proxy) = take_passing()
        {
            self.writer().proxy();
            self.proxies.push(proxy);
            return Ok(());
        }
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.depth -= 1;
        Ok(())
    }

    fn serialize_seq(self, count: Option<usize>) -> Result<Container<'a>> {
        self.begin(count, Kind::List)
    }

    fn serialize_tuple(self, count: usize) -> Result<Container<'a>> {
        self.begin(Some(count), Kind::Tuple)
    }

    fn serialize_tuple_struct(self, _name: &'static str, count: usize) -> Result<Container<'a>> {
        self.begin(Some(count), Kind::Tuple)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        count: usize,
    ) -> Result<Container<'a>> {
        self.variant(variant)?;
        Ok(Container { in_variant: true, ..self.begin(Some(count), Kind::Tuple)? })
    }

    fn serialize_map(self, count: Option<usize>) -> Result<Container<'a>> {
        self.begin(count, Kind::Dict)
    }

    fn serialize_struct(self, _name: &'static str, count: usize) -> Result<Container<'a>> {
        self.begin(Some(count), Kind::Dict)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        count: usize,
    ) -> Result<Container<'a>> {
        self.variant(variant)?;
        Ok(Container { in_variant: true, ..self.begin(Some(count), Kind::Dict)? })
    }
}

macro_rules! sequences {
    ($($kind:ident $method:ident;)+) => {
        $(impl $kind for Container<'_> {
            type Ok = ();
            type Error = NotDirect;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                self.push(value)
            }

            fn end(self) -> Result<()> {
                self.end()
            }
        })+
    };
}

sequences! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! structs {
    ($($kind:ident)+) => {
        $(impl $kind for Container<'_> {
            type Ok = ();
            type Error = NotDirect;

            #[inline]
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
                self.encoding.writer().text(name);
                self.push(value)
            }

            fn end(self) -> Result<()> {
                self.end()
            }
        })+
    };
}

structs! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Container<'_> {
    type Ok = ();
    type Error = NotDirect;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.push(value)
    }

    fn end(self) -> Result<()> {
        self.end()
    }
}
