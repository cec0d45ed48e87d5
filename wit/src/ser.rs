//! From serde types to values.

use std::marker::PhantomData;

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::collect::DictBuilder;
use crate::proxy::{self, NAME};
use crate::serde_error::{SerdeError, Step};
use crate::value::{MAX_DEPTH, ProxyIdentity, Value};

/// Makes a value of anything that serde can serialise.
///
/// Structs and maps become dicts, vectors lists, tuples tuples, `None` and `()` null, `Some` what is
/// in it, integers of any size integers, and enums what they are in JSON: a text for a variant
/// without data, a dict of one entry for the others. [Proxies](crate::proxy) and [`Value`]s may be
/// anywhere inside.
///
/// Fails where a key of a map is not hashable, where it nests deeper than [`MAX_DEPTH`], and where a
/// type says so itself.
///
/// ```
/// use commonhold_wire::{NoProxy, repr, to_value};
///
/// #[derive(serde::Serialize)]
/// struct Job { name: String, sizes: Vec<u64>, parent: Option<i32> }
///
/// let value = to_value::<NoProxy, _>(&Job { name: "a".to_owned(), sizes: vec![1, 2], parent: None })?;
/// assert_eq!(repr(&value).unwrap(), "{'name': 'a', 'sizes': [1, 2], 'parent': None}");
/// # Ok::<(), commonhold_wire::SerdeError>(())
/// ```
pub fn to_value<P, T>(value: &T) -> Result<Value<P>, SerdeError>
where
    P: ProxyIdentity + Clone + 'static,
    T: Serialize + ?Sized,
{
    proxy::writing::<P, _>(|| value.serialize(ValueSerializer::new(MAX_DEPTH)))
}

impl<P: Clone + 'static> Serialize for Value<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.nests_within(MAX_DEPTH) {
            return Err(serde::ser::Error::custom(TOO_DEEP));
        }
        proxy::serialize_value(self.clone(), serializer)
    }
}

const TOO_DEEP: &str = "a value nests too deep";

struct ValueSerializer<P> {
    /// How deep the value may nest.
    depth: usize,
    proxy: PhantomData<P>,
}

impl<P> ValueSerializer<P> {
    fn new(depth: usize) -> Self {
        ValueSerializer { depth, proxy: PhantomData }
    }

    /// One for what is in a container.
    fn inside(&self) -> Result<Self, SerdeError> {
        self.depth.checked_sub(1).map(Self::new).ok_or_else(|| SerdeError::new(TOO_DEEP))
    }

    fn items(&self, count: Option<usize>) -> Result<Items<P>, SerdeError> {
        // A type may say anything about its length.
        let items = Vec::with_capacity(count.unwrap_or(0).min(1024));
        Ok(Items { inside: self.inside()?, variant: None, items })
    }

    fn fields(&self, count: usize) -> Result<Fields<P>, SerdeError> {
        Ok(Fields { inside: self.inside()?, variant: None, entries: Vec::with_capacity(count.min(1024)) })
    }
}

/// A variant with data: a dict of one entry.
fn variant_of<P>(variant: &str, value: Value<P>) -> Value<P> {
    Value::Dict(vec![(variant.into(), value)])
}

impl<P: ProxyIdentity + Clone + 'static> Serializer for ValueSerializer<P> {
    type Ok = Value<P>;
    type Error = SerdeError;
    type SerializeSeq = Items<P>;
    type SerializeTuple = Items<P>;
    type SerializeTupleStruct = Items<P>;
    type SerializeTupleVariant = Items<P>;
    type SerializeMap = Entries<P>;
    type SerializeStruct = Fields<P>;
    type SerializeStructVariant = Fields<P>;

    fn serialize_bool(self, flag: bool) -> Result<Value<P>, SerdeError> {
        Ok(flag.into())
    }

    fn serialize_i8(self, number: i8) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_i16(self, number: i16) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_i32(self, number: i32) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_i64(self, number: i64) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_i128(self, number: i128) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_u8(self, number: u8) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_u16(self, number: u16) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_u32(self, number: u32) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_u64(self, number: u64) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_u128(self, number: u128) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_f32(self, number: f32) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<Value<P>, SerdeError> {
        Ok(number.into())
    }

    fn serialize_char(self, letter: char) -> Result<Value<P>, SerdeError> {
        Ok(letter.into())
    }

    fn serialize_str(self, text: &str) -> Result<Value<P>, SerdeError> {
        Ok(text.into())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value<P>, SerdeError> {
        Ok(bytes.into())
    }

    fn serialize_none(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value<P>, SerdeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Value<P>, SerdeError> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<Value<P>, SerdeError> {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Value<P>, SerdeError> {
        let depth = self.depth;
        let value = value.serialize(self)?;
        if name != NAME {
            return Ok(value);
        }
        // A type may happen to have the same name; then its number is no mark.
        let Value::Int(mark) = value else { return Ok(value) };
        match proxy::written::<P>(mark) {
            Some(marked) if marked.nests_within(depth) => Ok(marked),
            Some(_) => Err(SerdeError::new(TOO_DEEP)),
            None => Ok(value),
        }
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value<P>, SerdeError> {
        let value = value.serialize(self.inside()?).map_err(|error| error.in_field(variant))?;
        Ok(variant_of(variant, value))
    }

    fn serialize_seq(self, count: Option<usize>) -> Result<Items<P>, SerdeError> {
        self.items(count)
    }

    fn serialize_tuple(self, count: usize) -> Result<Items<P>, SerdeError> {
        self.items(Some(count))
    }

    fn serialize_tuple_struct(self, _name: &'static str, count: usize) -> Result<Items<P>, SerdeError> {
        self.items(Some(count))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        count: usize,
    ) -> Result<Items<P>, SerdeError> {
        Ok(Items { variant: Some(variant), ..self.inside()?.items(Some(count))? })
    }

    fn serialize_map(self, _count: Option<usize>) -> Result<Entries<P>, SerdeError> {
        Ok(Entries { inside: self.inside()?, key: None, dict: DictBuilder::default() })
    }

    fn serialize_struct(self, _name: &'static str, count: usize) -> Result<Fields<P>, SerdeError> {
        self.fields(count)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        count: usize,
    ) -> Result<Fields<P>, SerdeError> {
        Ok(Fields { variant: Some(variant), ..self.inside()?.fields(count)? })
    }
}

/// The items of a sequence or tuple.
struct Items<P> {
    inside: ValueSerializer<P>,
    variant: Option<&'static str>,
    items: Vec<Value<P>>,
}

impl<P: ProxyIdentity + Clone + 'static> Items<P> {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerdeError> {
        let item = item
            .serialize(ValueSerializer::new(self.inside.depth))
            .map_err(|error| error.inside(Step::Item(self.items.len())).in_variant(self.variant))?;
        self.items.push(item);
        Ok(())
    }
}

impl<P: ProxyIdentity + Clone + 'static> SerializeSeq for Items<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerdeError> {
        self.push(item)
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::List(self.items))
    }
}

impl<P: ProxyIdentity + Clone + 'static> SerializeTuple for Items<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerdeError> {
        self.push(item)
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::Tuple(self.items))
    }
}

impl<P: ProxyIdentity + Clone + 'static> SerializeTupleStruct for Items<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerdeError> {
        self.push(item)
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::Tuple(self.items))
    }
}

impl<P: ProxyIdentity + Clone + 'static> SerializeTupleVariant for Items<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerdeError> {
        self.push(item)
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        let tuple = Value::Tuple(self.items);
        Ok(match self.variant {
            Some(variant) => variant_of(variant, tuple),
            None => tuple,
        })
    }
}

/// The entries of a map.
struct Entries<P> {
    inside: ValueSerializer<P>,
    key: Option<(u64, Value<P>)>,
    dict: DictBuilder<P>,
}

impl<P: ProxyIdentity + Clone + 'static> SerializeMap for Entries<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), SerdeError> {
        let key = key.serialize(ValueSerializer::new(self.inside.depth)).map_err(|error| error.in_a_key())?;
        let hash = crate::hash(&key).map_err(|error| SerdeError::new(error.to_string()).in_a_key())?;
        self.key = Some((hash, key));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerdeError> {
        let Some((hash, key)) = self.key.take() else { return Err(SerdeError::new("a map's value has no key")) };
        let item = item
            .serialize(ValueSerializer::new(self.inside.depth))
            .map_err(|error| error.inside(Step::of_key(&key)))?;
        self.dict.insert(hash, key, 0, item);
        Ok(())
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::Dict(self.dict.finish().0))
    }
}

/// The fields of a struct, whose names are distinct.
struct Fields<P> {
    inside: ValueSerializer<P>,
    variant: Option<&'static str>,
    entries: Vec<(Value<P>, Value<P>)>,
}

impl<P: ProxyIdentity + Clone + 'static> Fields<P> {
    fn push<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), SerdeError> {
        let value = value
            .serialize(ValueSerializer::new(self.inside.depth))
            .map_err(|error| error.in_field(name).in_variant(self.variant))?;
        self.entries.push((name.into(), value));
        Ok(())
    }
}

impl<P: ProxyIdentity + Clone + 'static> SerializeStruct for Fields<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), SerdeError> {
        self.push(name, value)
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        Ok(Value::Dict(self.entries))
    }
}

impl<P: ProxyIdentity + Clone + 'static> SerializeStructVariant for Fields<P> {
    type Ok = Value<P>;
    type Error = SerdeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), SerdeError> {
        self.push(name, value)
    }

    fn end(self) -> Result<Value<P>, SerdeError> {
        let dict = Value::Dict(self.entries);
        Ok(match self.variant {
            Some(variant) => variant_of(variant, dict),
            None => dict,
        })
    }
}
