//! Proxies inside serde types.
//!
//! A type that stands for a proxy implements serde's traits by means of [`serialize`] and
//! [`deserialize`], and can then be anywhere inside of what [`to_value`](crate::to_value) and
//! [`from_value`](crate::from_value) handle. With any other serializer it fails: bytes carry no
//! authority.
//!
//! ```
//! use commonhold_wire::{ProxyIdentity, Value, from_value, proxy, to_value};
//! use serde::{Deserialize, Deserializer, Serialize, Serializer};
//!
//! #[derive(Debug, Clone, PartialEq)]
//! struct Handle(u64);
//!
//! impl ProxyIdentity for Handle {
//!     fn referent_id(&self) -> u64 { self.0 }
//!     fn repr(&self) -> String { format!("<ListProxy object, typeid 'list' at {:#x}>", self.0) }
//!     fn type_name(&self) -> String { "ListProxy".to_owned() }
//! }
//!
//! impl Serialize for Handle {
//!     fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
//!         proxy::serialize(self, serializer)
//!     }
//! }
//!
//! impl<'de> Deserialize<'de> for Handle {
//!     fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
//!         proxy::deserialize(deserializer)
//!     }
//! }
//!
//! let value = to_value::<Handle, _>(&vec![Handle(1), Handle(2)])?;
//! assert_eq!(value, Value::List(vec![Value::Proxy(Handle(1)), Value::Proxy(Handle(2))]));
//! assert_eq!(from_value::<Handle, Vec<Handle>>(value)?, [Handle(1), Handle(2)]);
//! assert!(serde_json::to_string(&Handle(1)).is_err());
//! # Ok::<(), commonhold_wire::SerdeError>(())
//! ```
//!
//! # How it works
//!
//! serde's data model has no place for a proxy, and a serializer may be wrapped or buffered by the
//! code that serde derives. So a proxy is put down in a place of the thread's, and a mark goes
//! through serde in its stead: a newtype struct with a number in it. Our serializer, which sees it
//! come out, puts the proxy back. The numbers begin at random for each call, so that a number which
//! only looks like a mark is not one, and each must come back, so that one that went into another
//! serializer is found out. Reading works the same way, with a mark that is a pair of a name and a
//! number. [`Value`] itself travels through serde just so.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use serde::de::{self, Deserializer, IntoDeserializer, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Error as _, Serializer};

use crate::SerdeError;
use crate::value::Value;

/// What a newtype struct with a mark in it is called.
pub(crate) const NAME: &str = "$commonhold::value";

const SERIALIZE_ALONE: &str = "a proxy travels inside a value: it cannot be serialised on its own";
const DESERIALIZE_ALONE: &str = "a proxy travels inside a value: it cannot be deserialised on its own";

/// Serialises a proxy, inside of [`to_value`](crate::to_value) with the same `P` only.
pub fn serialize<P: Clone + 'static, S: Serializer>(proxy: &P, serializer: S) -> Result<S::Ok, S::Error> {
    serialize_value(Value::Proxy(proxy.clone()), serializer)
}

/// Deserialises a proxy, inside of [`from_value`](crate::from_value) with the same `P` only.
pub fn deserialize<'de, P: Clone + 'static, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
    if !TO_READ.with_borrow(|tables| tables.last().is_some_and(Table::is_of::<P>)) {
        return Err(de::Error::custom(DESERIALIZE_ALONE));
    }
    read_requested(Request::Proxy, deserializer, ProxyVisitor(PhantomData))
}

/// Puts a value down for the serializer to find.
pub(crate) fn serialize_value<P: 'static, S: Serializer>(value: Value<P>, serializer: S) -> Result<S::Ok, S::Error> {
    match put(&TO_WRITE, value, Reads::Once) {
        Some(mark) => serializer.serialize_newtype_struct(NAME, &mark),
        None => Err(S::Error::custom(SERIALIZE_ALONE)),
    }
}

/// The values that are put down in one call, in the order of their marks.
struct Table {
    proxy_type: TypeId,
    first: u64,
    values: Vec<Slot>,
    request: Option<Request>,
}

struct Slot {
    /// A `Value<P>`; none once it was taken.
    value: Option<Rc<dyn Any>>,
    reads: Reads,
}

/// How often a value that was put down is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    Once,
    /// serde has buffered its mark, and may try several types on it.
    Often,
}

/// What the next newtype struct is to be read as, where we have asked for it ourselves: a type may
/// happen to have the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// The mark of a proxy.
    Proxy,
    /// The mark of any value.
    Value,
}

impl Table {
    fn is_of<P: 'static>(&self) -> bool {
        self.proxy_type == TypeId::of::<P>()
    }

    fn place(&self, mark: u64) -> Option<usize> {
        let place = usize::try_from(mark.checked_sub(self.first)?).ok()?;
        (place < self.values.len()).then_some(place)
    }
}

/// A stack, since `Serialize` and `Deserialize` may make such calls of their own.
type Tables = RefCell<Vec<Table>>;

thread_local! {
    static TO_WRITE: Tables = const { RefCell::new(Vec::new()) };
    static TO_READ: Tables = const { RefCell::new(Vec::new()) };
}

type Place = std::thread::LocalKey<Tables>;

/// A table while it is in use. Dropped by a panic too.
struct Scope(&'static Place);

impl Scope {
    fn new<P: 'static>(tables: &'static Place) -> Self {
        let first = crate::hash::random();
        tables.with_borrow_mut(|tables| {
            tables.push(Table { proxy_type: TypeId::of::<P>(), first, values: Vec::new(), request: None });
        });
        Scope(tables)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // What is in it may have a destructor that comes back here, so it is dropped afterwards.
        let table = self.0.with_borrow_mut(Vec::pop);
        drop(table);
    }
}

/// Serialises with a table to write from.
pub(crate) fn writing<P: 'static, T>(write: impl FnOnce() -> Result<T, SerdeError>) -> Result<T, SerdeError> {
    let _scope = Scope::new::<P>(&TO_WRITE);
    let value = write()?;
    let all_are_back = TO_WRITE
        .with_borrow(|tables| tables.last().is_some_and(|table| table.values.iter().all(|slot| slot.value.is_none())));
    if all_are_back { Ok(value) } else { Err(SerdeError::new(SERIALIZE_ALONE)) }
}

/// Deserialises with a table to read from.
pub(crate) fn reading<P: 'static, T>(read: impl FnOnce() -> Result<T, SerdeError>) -> Result<T, SerdeError> {
    let _scope = Scope::new::<P>(&TO_READ);
    read()
}

/// Puts a value down and returns its mark.
fn put<P: 'static>(place: &'static Place, value: Value<P>, reads: Reads) -> Option<u64> {
    if !place.with_borrow(|tables| tables.last().is_some_and(Table::is_of::<P>)) {
        return None;
    }
    let value: Rc<dyn Any> = Rc::new(value);
    place.with_borrow_mut(|tables| {
        let table = tables.last_mut()?;
        let mark = table.first + table.values.len() as u64;
        table.values.push(Slot { value: Some(value), reads });
        Some(mark)
    })
}

/// The value of a mark that was written.
pub(crate) fn written<P: Clone + 'static>(mark: i64) -> Option<Value<P>> {
    get(&TO_WRITE, u64::try_from(mark).ok()?)
}

/// The value of a mark that is read.
pub(crate) fn read<P: Clone + 'static>(mark: u64) -> Option<Value<P>> {
    get(&TO_READ, mark)
}

fn get<P: Clone + 'static>(place: &'static Place, mark: u64) -> Option<Value<P>> {
    let value = place.with_borrow_mut(|tables| {
        let table = tables.last_mut()?;
        let slot = table.place(mark)?;
        let slot = &mut table.values[slot];
        match slot.reads {
            Reads::Once => slot.value.take(),
            Reads::Often => slot.value.clone(),
        }
    })?;
    // A clone may come back here, so it is made afterwards.
    value.downcast::<Value<P>>().ok().map(Rc::unwrap_or_clone)
}

/// Reads a newtype struct that is to be a mark.
pub(crate) fn read_requested<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    request: Request,
    deserializer: D,
    visitor: V,
) -> Result<V::Value, D::Error> {
    TO_READ.with_borrow_mut(|tables| {
        if let Some(table) = tables.last_mut() {
            table.request = Some(request);
        }
    });
    let result = deserializer.deserialize_newtype_struct(NAME, visitor);
    // Any other deserializer has left it there.
    take_request();
    result
}

/// Whether and how the next newtype struct is to be a mark; from now on it is not.
pub(crate) fn take_request() -> Option<Request> {
    TO_READ.with_borrow_mut(|tables| tables.last_mut().and_then(|table| table.request.take()))
}

/// Lets a visitor of ours see a mark in place of a value.
pub(crate) fn visit_requested<'de, P: 'static, V: Visitor<'de>>(
    value: Value<P>,
    visitor: V,
) -> Result<V::Value, SerdeError> {
    visit_mark(value, Reads::Once, visitor)
}

/// Lets any visitor see a mark in place of a value that serde has no word for.
pub(crate) fn visit_unasked<'de, P: 'static, V: Visitor<'de>>(
    value: Value<P>,
    visitor: V,
) -> Result<V::Value, SerdeError> {
    visit_mark(value, Reads::Often, visitor)
}

fn visit_mark<'de, P: 'static, V: Visitor<'de>>(
    value: Value<P>,
    reads: Reads,
    visitor: V,
) -> Result<V::Value, SerdeError> {
    let mark = put(&TO_READ, value, reads).ok_or_else(|| SerdeError::new(DESERIALIZE_ALONE))?;
    visitor.visit_newtype_struct(MarkDeserializer(mark))
}

/// A mark as it is read: a pair, which no other type is likely to accept by mistake.
struct MarkDeserializer(u64);

impl<'de> Deserializer<'de> for MarkDeserializer {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_seq(MarkParts { name: Some(NAME), number: Some(self.0) })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct MarkParts {
    name: Option<&'static str>,
    number: Option<u64>,
}

impl<'de> SeqAccess<'de> for MarkParts {
    type Error = SerdeError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, SerdeError> {
        if let Some(name) = self.name.take() {
            seed.deserialize(name.into_deserializer()).map(Some)
        } else if let Some(number) = self.number.take() {
            seed.deserialize(number.into_deserializer()).map(Some)
        } else {
            Ok(None)
        }
    }
}

struct ProxyVisitor<P>(PhantomData<P>);

impl<'de, P: Clone + 'static> Visitor<'de> for ProxyVisitor<P> {
    type Value = P;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a proxy")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<P, D::Error> {
        // It may have come from a buffer, without asking our deserializer.
        take_request();
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<P, A::Error> {
        let mark = match seq.next_element::<String>() {
            Ok(Some(name)) if name == NAME => seq.next_element::<u64>().ok().flatten(),
            _ => None,
        };
        match mark.and_then(read::<P>) {
            Some(Value::Proxy(proxy)) => Ok(proxy),
            _ => Err(de::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }
}
