//! The value itself.

use std::borrow::Cow;

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use crate::collect::{DictBuilder, SetBuilder};
use crate::hash::Unhashable;

/// How deep values nest at most, unless [`Limits`](crate::Limits) say otherwise: a list in a list is
/// two deep, a number is not deep at all.
pub const MAX_DEPTH: usize = 500;

/// A value as it travels: plain data with proxies of type `P` in it.
///
/// `==` compares structure, so that `Int(1)` is not `Float(1.0)`. What Python calls equal is
/// [`equal`](crate::equal).
#[derive(Debug, PartialEq)]
pub enum Value<P> {
    /// Python's `None`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer of 64 bits.
    Int(i64),
    /// An integer that does not fit [`Value::Int`]. [`Value::from_bigint`] chooses between the two.
    BigInt(BigInt),
    /// A floating-point number.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Value<P>>),
    /// A tuple.
    Tuple(Vec<Value<P>>),
    /// A dict in order of insertion. No two keys are equal and all are hashable: [`Value::dict`]
    /// sees to that.
    Dict(Vec<Entry<P>>),
    /// A set in order of insertion. No two elements are equal and all are hashable: [`Value::set`]
    /// sees to that.
    Set(Vec<Value<P>>),
    /// A frozenset, like [`Value::Set`] but hashable itself.
    FrozenSet(Vec<Value<P>>),
    /// A slice: start, stop and step, each null or an integer.
    Slice(Box<[Value<P>; 3]>),
    /// A proxy.
    Proxy(P),
    /// An instance of a guest's own class.
    Object(Box<Object<P>>),
}

/// A dict's key and its value.
pub type Entry<P> = (Value<P>, Value<P>);

/// An instance of a guest's own class, opaque to everybody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Object<P> {
    /// The name of its class.
    pub type_name: String,
    /// Its representation, as the guest that made it prints it.
    pub text: String,
    /// What the guest makes it from again.
    pub state: Value<P>,
}

impl<P: Clone> Clone for Value<P> {
    // What is derived takes twice the stack at each depth.
    fn clone(&self) -> Self {
        match self {
            Value::List(items) => Value::List(clone_items(items)),
            Value::Tuple(items) => Value::Tuple(clone_items(items)),
            Value::Set(items) => Value::Set(clone_items(items)),
            Value::FrozenSet(items) => Value::FrozenSet(clone_items(items)),
            Value::Slice(parts) => Value::slice(clone_items(parts.as_slice())),
            Value::Dict(entries) => {
                let mut copy = Vec::with_capacity(entries.len());
                for (key, item) in entries {
                    copy.push((key.clone(), item.clone()));
                }
                Value::Dict(copy)
            }
            Value::Object(object) => Value::Object(object.clone()),
            Value::Int(number) => Value::Int(*number),
            scalar => scalar.clone_scalar(),
        }
    }
}

fn clone_items<P: Clone>(items: &[Value<P>]) -> Vec<Value<P>> {
    let mut copy = Vec::with_capacity(items.len());
    for item in items {
        copy.push(item.clone());
    }
    copy
}

impl<P: Clone> Value<P> {
    #[inline(never)]
    fn clone_scalar(&self) -> Self {
        match self {
            Value::Bool(flag) => Value::Bool(*flag),
            Value::Int(number) => Value::Int(*number),
            Value::BigInt(number) => Value::BigInt(number.clone()),
            Value::Float(number) => Value::Float(*number),
            Value::Text(text) => Value::Text(text.clone()),
            Value::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Value::Proxy(proxy) => Value::Proxy(proxy.clone()),
            _ => Value::Null,
        }
    }
}

/// What comparing, hashing and printing must know of a proxy.
pub trait ProxyIdentity {
    /// The id of the referent. Two proxies are equal if and only if theirs are.
    fn referent_id(&self) -> u64;
    /// The proxy as text: `<ListProxy object, typeid 'list' at 0x2a>`.
    fn repr(&self) -> String;
    /// The name of the proxy's class, for messages: `ListProxy`.
    fn type_name(&self) -> String;
}

/// The proxy type of values that hold none.
pub type NoProxy = std::convert::Infallible;

impl ProxyIdentity for NoProxy {
    fn referent_id(&self) -> u64 {
        match *self {}
    }

    fn repr(&self) -> String {
        match *self {}
    }

    fn type_name(&self) -> String {
        match *self {}
    }
}

impl<P> Value<P> {
    /// An integer of any size in its only form: [`Value::Int`] where it fits.
    pub fn from_bigint(number: BigInt) -> Self {
        match number.to_i64() {
            Some(small) => Value::Int(small),
            None => Value::BigInt(number),
        }
    }

    /// Whether Python takes it for true. Proxies and objects count as true: only their owners know
    /// better.
    pub fn is_truthy(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(flag) => *flag,
            Value::Int(number) => *number != 0,
            Value::BigInt(number) => !number.is_zero(),
            Value::Float(number) => *number != 0.0,
            Value::Text(text) => !text.is_empty(),
            Value::Bytes(bytes) => !bytes.is_empty(),
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => !items.is_empty(),
            Value::Dict(entries) => !entries.is_empty(),
            Value::Slice(_) | Value::Proxy(_) | Value::Object(_) => true,
        }
    }

    /// Replaces every proxy, in the order in which they are encoded.
    pub fn map_proxies<Q>(self, mut map: impl FnMut(P) -> Q) -> Value<Q> {
        match crate::map::map(self, &mut |proxy| Ok::<Q, NoProxy>(map(proxy))) {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Replaces every proxy, in the order in which they are encoded, until one fails.
    pub fn try_map_proxies<Q, E>(self, mut map: impl FnMut(P) -> Result<Q, E>) -> Result<Value<Q>, E> {
        crate::map::map(self, &mut map)
    }

    /// A slice of the three parts that it was taken apart into.
    pub(crate) fn slice(parts: Vec<Value<P>>) -> Self {
        match parts.try_into() {
            Ok(parts) => Value::Slice(Box::new(parts)),
            Err(parts) => Value::Tuple(parts),
        }
    }

    /// Whether it nests at most so deep. Does not recurse deeper than that.
    pub(crate) fn nests_within(&self, depth: usize) -> bool {
        let items = match self {
            Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => items.as_slice(),
            Value::Slice(parts) => parts.as_slice(),
            Value::Object(object) => std::slice::from_ref(&object.state),
            Value::Dict(entries) => {
                return depth.checked_sub(1).is_some_and(|depth| {
                    entries.iter().all(|(key, item)| key.nests_within(depth) && item.nests_within(depth))
                });
            }
            _ => return true,
        };
        depth.checked_sub(1).is_some_and(|depth| items.iter().all(|item| item.nests_within(depth)))
    }

    /// Drops a value that may nest deeper than the stack allows. Only values that were put together
    /// by hand can.
    pub(crate) fn drop_flat(self) {
        let mut rest = vec![self];
        while let Some(value) = rest.pop() {
            match value {
                Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
                    rest.extend(items);
                }
                Value::Dict(entries) => {
                    for (key, item) in entries {
                        rest.extend([key, item]);
                    }
                }
                Value::Slice(parts) => rest.extend(*parts),
                Value::Object(object) => rest.push(object.state),
                _ => {}
            }
        }
    }
}

impl<P: ProxyIdentity> Value<P> {
    /// The name of its type as CPython's messages have it: `int`, `NoneType`, and of an object the name of its class,
    /// without what that is defined in.
    pub fn type_name(&self) -> Cow<'_, str> {
        Cow::Borrowed(match self {
            Value::Null => "NoneType",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::BigInt(_) => "int",
            Value::Float(_) => "float",
            Value::Text(_) => "str",
            Value::Bytes(_) => "bytes",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Dict(_) => "dict",
            Value::Set(_) => "set",
            Value::FrozenSet(_) => "frozenset",
            Value::Slice(_) => "slice",
            Value::Proxy(proxy) => return Cow::Owned(proxy.type_name()),
            Value::Object(object) => class_name(&object.type_name),
        })
    }

    /// A dict of entries. Where keys are equal the first one stays, with the last one's item.
    pub fn dict(entries: impl IntoIterator<Item = Entry<P>>) -> Result<Self, Unhashable> {
        let mut dict = DictBuilder::default();
        for (key, item) in entries {
            let hash = crate::hash(&key)?;
            dict.insert(hash, key, 0, item);
        }
        Ok(Value::Dict(dict.finish().0))
    }

    /// A set of elements. Of equal ones the first stays.
    pub fn set(elements: impl IntoIterator<Item = Value<P>>) -> Result<Self, Unhashable> {
        Ok(Value::Set(distinct(elements)?))
    }

    /// A frozenset of elements. Of equal ones the first stays.
    pub fn frozen_set(elements: impl IntoIterator<Item = Value<P>>) -> Result<Self, Unhashable> {
        Ok(Value::FrozenSet(distinct(elements)?))
    }
}

/// The last part of a class's name. CPython knows no other of a class that is written in Python; the classes that
/// are written in C have their module's name in theirs.
fn class_name(full: &str) -> &str {
    match full.rsplit_once('.') {
        None | Some(("datetime" | "decimal", _)) => full,
        Some((_, name)) => name,
    }
}

fn distinct<P: ProxyIdentity>(elements: impl IntoIterator<Item = Value<P>>) -> Result<Vec<Value<P>>, Unhashable> {
    let mut set = SetBuilder::default();
    for element in elements {
        let hash = crate::hash(&element)?;
        set.insert(hash, element);
    }
    Ok(set.finish().0)
}

macro_rules! from {
    ($($from:ty => |$name:ident| $value:expr;)+) => {
        $(impl<P> From<$from> for Value<P> {
            fn from($name: $from) -> Self {
                $value
            }
        })+
    };
}

from! {
    () => |_unit| Value::Null;
    bool => |flag| Value::Bool(flag);
    i8 => |number| Value::Int(number.into());
    i16 => |number| Value::Int(number.into());
    i32 => |number| Value::Int(number.into());
    i64 => |number| Value::Int(number);
    isize => |number| Value::from_bigint(number.into());
    i128 => |number| Value::from_bigint(number.into());
    u8 => |number| Value::Int(number.into());
    u16 => |number| Value::Int(number.into());
    u32 => |number| Value::Int(number.into());
    u64 => |number| Value::from_bigint(number.into());
    usize => |number| Value::from_bigint(number.into());
    u128 => |number| Value::from_bigint(number.into());
    BigInt => |number| Value::from_bigint(number);
    f32 => |number| Value::Float(number.into());
    f64 => |number| Value::Float(number);
    char => |letter| Value::Text(letter.into());
    &str => |text| Value::Text(text.into());
    String => |text| Value::Text(text);
    &[u8] => |bytes| Value::Bytes(bytes.into());
    Vec<u8> => |bytes| Value::Bytes(bytes);
    Vec<Value<P>> => |items| Value::List(items);
    Object<P> => |object| Value::Object(Box::new(object));
}

impl<P, T: Into<Value<P>>> From<Option<T>> for Value<P> {
    fn from(option: Option<T>) -> Self {
        option.map_or(Value::Null, Into::into)
    }
}
