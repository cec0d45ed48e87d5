use super::home::Limits;
use super::{CallError, Outcome, Proxy};
use crate::sync::Arc;
pub use commonhold_wire::Kind;
use commonhold_wire::number::{self, Number};
use commonhold_wire::{ErrorKind, NotOrdered, ProxyIdentity, Reader, Token, Value, Writer, decode, encode, validate};
use std::borrow::{Borrow, Cow};
use std::fmt::Write as _;

/// A value inside the manager: in a container, or on its way. 16 bytes.
///
/// Scalars are themselves; text, bytes and nested values without proxies are shared when they are
/// copied. A nested value stays encoded, as it came, until something looks inside.
#[derive(Debug)]
pub enum Item {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<String>),
    Bytes(Arc<Vec<u8>>),
    Proxy(Box<Proxy>),
    /// A valid encoding without proxies.
    Plain(Arc<Vec<u8>>),
    /// A valid encoding with proxies.
    Tree(Box<Tree>),
}

/// A nested value with proxies inside. Each copy of it has its own, for each is a holder.
#[derive(Clone, Debug)]
pub struct Tree {
    pub data: Arc<Vec<u8>>,
    pub proxies: Vec<Proxy>,
}

impl Clone for Item {
    #[inline]
    fn clone(&self) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Bool(flag) => Self::Bool(*flag),
            Self::Int(number) => Self::Int(*number),
            Self::Float(number) => Self::Float(*number),
            Self::Text(text) => Self::Text(text.clone()),
            Self::Bytes(bytes) => Self::Bytes(bytes.clone()),
            Self::Proxy(proxy) => Self::Proxy(proxy.clone()),
            Self::Plain(data) => Self::Plain(data.clone()),
            Self::Tree(tree) => Self::Tree(tree.clone()),
        }
    }
}

/// Why a value is refused: it is too large.
#[cold]
pub fn too_large(limit: usize) -> CallError {
    CallError::new(ErrorKind::QuotaExceeded, format!("a value can take {limit} bytes at most"))
}

impl Item {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Arc::new(text.into()))
    }

    pub fn bytes(bytes: Vec<u8>) -> Self {
        Self::Bytes(Arc::new(bytes))
    }

    pub fn proxy(proxy: Proxy) -> Self {
        Self::Proxy(Box::new(proxy))
    }

    /// A value from its encoding, which is checked: it comes from outside.
    pub fn from_encoding(data: Vec<u8>, proxies: Vec<Proxy>, limits: &Limits) -> Outcome<Self> {
        let limits = limits.of_values();
        validate(&data, proxies.len(), &limits)
            .map_err(|error| CallError::new(ErrorKind::BadValue, format!("malformed value: {error}")))?;
        Self::from_valid(data, proxies)
    }

    /// A value from an encoding that is known to be one.
    pub fn from_valid(data: Vec<u8>, proxies: Vec<Proxy>) -> Outcome<Self> {
        match Self::scalar(&data, &proxies)? {
            Some(scalar) => Ok(scalar),
            None => Ok(Self::nested(data, proxies)),
        }
    }

    /// The same, out of a larger one.
    fn from_part(data: &[u8], proxies: &[Proxy]) -> Outcome<Self> {
        match Self::scalar(data, proxies)? {
            Some(scalar) => Ok(scalar),
            None => Ok(Self::nested(data.to_vec(), proxies.to_vec())),
        }
    }

    fn scalar(data: &[u8], proxies: &[Proxy]) -> Outcome<Option<Self>> {
        Ok(Some(match Reader::new(data).token().map_err(broken)? {
            Token::Null => Self::Null,
            Token::Bool(flag) => Self::Bool(flag),
            Token::Int(number) => Self::Int(number),
            Token::Float(number) => Self::Float(number),
            Token::Text(text) => Self::text(text),
            Token::Bytes(bytes) => Self::bytes(bytes.to_vec()),
            Token::Proxy => match proxies.first() {
                Some(proxy) => Self::proxy(proxy.clone()),
                None => return Err(CallError::new(ErrorKind::Internal, "a mark without a proxy")),
            },
            _ => return Ok(None),
        }))
    }

    fn nested(data: Vec<u8>, proxies: Vec<Proxy>) -> Self {
        let data = Arc::new(data);
        if proxies.is_empty() { Self::Plain(data) } else { Self::Tree(Box::new(Tree { data, proxies })) }
    }

    /// The same value, out of what the SDKs and embedders work with.
    pub fn from_value(value: Value<Proxy>) -> Outcome<Self> {
        Ok(match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Int(number) => Self::Int(number),
            Value::Float(number) => Self::Float(number),
            Value::Text(text) => Self::text(text),
            Value::Bytes(bytes) => Self::bytes(bytes),
            Value::Proxy(proxy) => Self::proxy(proxy),
            nested => {
                let encoded = encode(nested).map_err(|error| match error {
                    commonhold_wire::EncodeError::Unhashable(_) => CallError::new(ErrorKind::Type, error.to_string()),
                    _ => CallError::new(ErrorKind::BadValue, error.to_string()),
                })?;
                Self::from_valid(encoded.data, encoded.proxies)?
            }
        })
    }

    /// The same value, taken apart.
    pub fn to_value(&self) -> Value<Proxy> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(number) => Value::Int(*number),
            Self::Float(number) => Value::Float(*number),
            Self::Text(text) => Value::Text(text.to_string()),
            Self::Bytes(bytes) => Value::Bytes(bytes.to_vec()),
            Self::Proxy(proxy) => Value::Proxy((**proxy).clone()),
            Self::Plain(data) => decoded(data, Vec::new()),
            Self::Tree(tree) => decoded(&tree.data, tree.proxies.clone()),
        }
    }

    /// What node the value is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float(_) => Kind::Float,
            Self::Text(_) => Kind::Text,
            Self::Bytes(_) => Kind::Bytes,
            Self::Proxy(_) => Kind::Proxy,
            // Only valid encodings are kept.
            Self::Plain(data) => Reader::new(data).peek().unwrap_or(Kind::Null),
            Self::Tree(tree) => Reader::new(&tree.data).peek().unwrap_or(Kind::Null),
        }
    }

    /// The name of its type in Python.
    pub fn type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Proxy(proxy) => proxy.type_name().into(),
            _ => match self.kind() {
                Kind::Object => self.to_value().type_name().into_owned().into(),
                kind => kind.name().into(),
            },
        }
    }

    /// Roughly how many bytes it takes outside of its own 16.
    pub fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Plain(data) => data.len(),
            Self::Tree(tree) => tree.data.len(),
            _ => 0,
        }
    }

    /// To be called when the value changes its place: out of a container, into a container.
    #[inline]
    pub fn moved(&self) {
        match self {
            Self::Proxy(proxy) => proxy.moved(),
            Self::Tree(tree) => tree.proxies.iter().for_each(Proxy::moved),
            _ => {}
        }
    }

    /// Shows the proxies inside.
    pub fn proxies(&self, visit: &mut dyn FnMut(&Proxy)) {
        match self {
            Self::Proxy(proxy) => visit(proxy),
            Self::Tree(tree) => tree.proxies.iter().for_each(visit),
            _ => {}
        }
    }

    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Bytes(bytes) => !bytes.is_empty(),
            // As in Python, whose proxies ask the referent for its length, if that is exposed.
            Self::Proxy(proxy) => proxy.length() != Some(0),
            Self::Plain(_) | Self::Tree(_) => self.to_value().is_truthy(),
        }
    }

    fn number(&self) -> Option<Number<'static>> {
        match self {
            Self::Bool(flag) => Some(Number::Int((*flag).into())),
            Self::Int(number) => Some(Number::Int(*number)),
            Self::Float(number) => Some(Number::Float(*number)),
            _ => None,
        }
    }

    /// Whether two values are equal, as Python finds.
    pub fn equal(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => Arc::ptr_eq(a, b) || a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Null, Self::Null) => true,
            (Self::Proxy(a), Self::Proxy(b)) => a.same(b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => commonhold_wire::number::compare(a, b) == Some(std::cmp::Ordering::Equal),
                _ if self.is_nested() || other.is_nested() => {
                    commonhold_wire::equal(&self.to_value(), &other.to_value())
                }
                _ => false,
            },
        }
    }

    fn is_nested(&self) -> bool {
        matches!(self, Self::Plain(_) | Self::Tree(_))
    }

    /// Whether a value is less than another, as Python finds.
    pub fn less_than(&self, other: &Self) -> Result<bool, NotOrdered> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Ok(a < b),
            (Self::Text(a), Self::Text(b)) => Ok(a < b),
            (Self::Bytes(a), Self::Bytes(b)) => Ok(a < b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => Ok(commonhold_wire::number::compare(a, b) == Some(std::cmp::Ordering::Less)),
                _ => commonhold_wire::less_than(&self.to_value(), &other.to_value()),
            },
        }
    }

    /// The hash of a value that can be a key.
    pub fn hash(&self) -> Outcome<u64> {
        use commonhold_wire::hash;
        match self {
            Self::Null => Ok(hash::hash_null()),
            Self::Bool(flag) => Ok(hash::hash_int((*flag).into())),
            Self::Int(number) => Ok(hash::hash_int(*number)),
            Self::Float(number) => Ok(hash::hash_float(*number)),
            Self::Text(text) => Ok(hash::hash_text(text)),
            Self::Bytes(bytes) => Ok(hash::hash_bytes(bytes)),
            Self::Proxy(proxy) => Ok(hash::hash_proxy(proxy.id())),
            Self::Plain(_) | Self::Tree(_) => {
                hash::hash(&self.to_value()).map_err(|error| CallError::new(ErrorKind::Type, error.to_string()))
            }
        }
    }

    /// The sum of two numbers.
    pub fn add(&self, delta: &Self) -> Outcome<Self> {
        let sum = match (self.number(), delta.number()) {
            (Some(a), Some(b)) => number::add_numbers(a, b),
            _ => number::add(&self.to_value(), &delta.to_value()),
        };
        Self::from_value(sum.map_err(CallError::from)?)
    }

    /// The difference of two numbers.
    pub fn subtract(&self, other: &Self) -> Outcome<Self> {
        let difference = match (self.number(), other.number()) {
            (Some(a), Some(b)) => number::subtract_numbers(a, b),
            _ => number::subtract(&self.to_value(), &other.to_value()),
        };
        Self::from_value(difference.map_err(CallError::from)?)
    }

    /// A position, as Python's `__index__` gives it. `what` says what needs one: `list indices`.
    pub fn as_index(&self, what: impl FnOnce(&str) -> String) -> Outcome<i64> {
        match self {
            Self::Int(number) => Ok(*number),
            Self::Bool(flag) => Ok((*flag).into()),
            _ if matches!(self.kind(), Kind::BigInt) => {
                Err(CallError::new(ErrorKind::Index, "cannot fit 'int' into an index-sized integer"))
            }
            _ => Err(CallError::new(ErrorKind::Type, what(&self.type_name()))),
        }
    }

    /// A span of time in seconds.
    pub fn as_seconds(&self) -> Outcome<f64> {
        match self.number() {
            Some(Number::Int(number)) => Ok(number as f64),
            Some(Number::Float(number)) => Ok(number),
            _ if matches!(self.kind(), Kind::BigInt) => {
                Err(CallError::new(ErrorKind::Overflow, "timestamp too large to convert to C PyTime_t"))
            }
            _ => Err(CallError::new(
                ErrorKind::Type,
                format!("'{}' object cannot be interpreted as an integer", self.type_name()),
            )),
        }
    }

    /// The items that iterating over the value gives; none if it is not iterable.
    pub fn elements(&self) -> Option<Outcome<Vec<Self>>> {
        match self {
            Self::Text(text) => Some(Ok(text.chars().map(Self::text).collect())),
            Self::Bytes(bytes) => Some(Ok(bytes.iter().map(|byte| Self::Int((*byte).into())).collect())),
            Self::Proxy(proxy) => proxy.body().iterate(),
            Self::Plain(data) => children(data, &[], false),
            Self::Tree(tree) => children(&tree.data, &tree.proxies, false),
            _ => None,
        }
    }

    /// The entries of a plain dict or of a shared one, keys and values in turn; none if it is neither.
    pub fn entries(&self) -> Option<Outcome<Vec<Self>>> {
        match self {
            Self::Proxy(proxy) => proxy.body().entries().map(Ok),
            Self::Plain(data) if self.kind() == Kind::Dict => children(data, &[], true),
            Self::Tree(tree) if self.kind() == Kind::Dict => children(&tree.data, &tree.proxies, true),
            _ => None,
        }
    }

    /// The parts of a slice; none if it is not one.
    pub fn slice_parts(&self) -> Option<[Self; 3]> {
        let Self::Plain(data) = self else { return None };
        let mut reader = Reader::new(data);
        if !matches!(reader.token(), Ok(Token::Slice)) {
            return None;
        }
        let mut part = || Self::from_valid(reader.skip().ok()?.data.to_vec(), Vec::new()).ok();
        Some([part()?, part()?, part()?])
    }

    /// A plain list of items.
    pub fn list(items: impl ExactSizeIterator<Item = impl Borrow<Self>>, limits: &Limits) -> Outcome<Self> {
        Builder::new(limits).sequence(Kind::List, items)
    }

    /// A tuple of items.
    pub fn tuple(items: impl ExactSizeIterator<Item = impl Borrow<Self>>, limits: &Limits) -> Outcome<Self> {
        Builder::new(limits).sequence(Kind::Tuple, items)
    }

    /// A plain set, or a frozenset, of elements that are known to be distinct.
    pub fn set<'a>(elements: impl ExactSizeIterator<Item = &'a Self>, frozen: bool, limits: &Limits) -> Outcome<Self> {
        let kind = if frozen { Kind::FrozenSet } else { Kind::Set };
        Builder::new(limits).sequence(kind, elements)
    }

    /// A plain dict of entries whose keys are known to be distinct.
    pub fn dict<'a>(entries: impl ExactSizeIterator<Item = (&'a Self, &'a Self)>, limits: &Limits) -> Outcome<Self> {
        let mut builder = Builder::new(limits);
        Writer::new(&mut builder.data).dict(entries.len());
        for (key, item) in entries {
            builder.add(key)?;
            builder.add(item)?;
        }
        builder.finish()
    }

    /// A plain list of pairs, each a tuple.
    pub fn pairs<'a>(entries: impl ExactSizeIterator<Item = (&'a Self, &'a Self)>, limits: &Limits) -> Outcome<Self> {
        let mut builder = Builder::new(limits);
        Writer::new(&mut builder.data).list(entries.len());
        for (key, item) in entries {
            Writer::new(&mut builder.data).tuple(2);
            builder.add(key)?;
            builder.add(item)?;
        }
        builder.finish()
    }

    /// The encoding of the value and the proxies that go with it.
    pub fn write(&self, data: &mut Vec<u8>, proxies: &mut Vec<Proxy>) {
        let mut writer = Writer::new(data);
        match self {
            Self::Null => writer.null(),
            Self::Bool(flag) => writer.bool(*flag),
            Self::Int(number) => writer.int(*number),
            Self::Float(number) => writer.float(*number),
            Self::Text(text) => writer.text(text),
            Self::Bytes(bytes) => writer.bytes(bytes),
            Self::Proxy(proxy) => {
                writer.proxy();
                proxies.push((**proxy).clone());
            }
            Self::Plain(part) => writer.part(part),
            Self::Tree(tree) => {
                writer.part(&tree.data);
                proxies.extend(tree.proxies.iter().cloned());
            }
        }
    }

    /// Writes the value as Python's `repr` does. Where the object `within`, which is being printed,
    /// contains itself, `again` stands for it.
    pub fn write_repr(&self, out: &mut String, within: u64, again: &str) -> Outcome<()> {
        use commonhold_wire::repr::{write_bytes, write_float, write_repr, write_str};
        let shown = |proxy: Proxy| Shown { proxy, within, again };
        let written = match self {
            Self::Text(text) => write_str(text, out).map_err(Into::into),
            Self::Bytes(bytes) => write_bytes(bytes, out).map_err(Into::into),
            Self::Int(number) => write!(out, "{number}").map_err(Into::into),
            Self::Float(number) => write_float(*number, out).map_err(Into::into),
            _ => write_repr(&self.to_value().map_proxies(shown), out),
        };
        written.map_err(|error| CallError::new(ErrorKind::Value, error.to_string()))
    }
}

/// Shows the proxies inside a value that was taken apart.
pub fn visit_value(value: &Value<Proxy>, visit: &mut dyn FnMut(&Proxy)) {
    match value {
        Value::Proxy(proxy) => visit(proxy),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::FrozenSet(items) => {
            items.iter().for_each(|item| visit_value(item, visit));
        }
        Value::Dict(entries) => entries.iter().for_each(|(key, item)| {
            visit_value(key, visit);
            visit_value(item, visit);
        }),
        Value::Object(object) => visit_value(&object.state, visit),
        _ => {}
    }
}

/// A proxy inside something that is printed.
#[derive(Clone)]
struct Shown<'a> {
    proxy: Proxy,
    within: u64,
    again: &'a str,
}

impl ProxyIdentity for Shown<'_> {
    fn referent_id(&self) -> u64 {
        self.proxy.id()
    }

    fn repr(&self) -> String {
        if self.proxy.id() == self.within { self.again.to_owned() } else { self.proxy.repr() }
    }

    fn type_name(&self) -> String {
        self.proxy.type_name()
    }
}

fn broken(error: commonhold_wire::DecodeError) -> CallError {
    CallError::new(ErrorKind::Internal, format!("a value that was checked is malformed: {error}"))
}

fn decoded(data: &[u8], proxies: Vec<Proxy>) -> Value<Proxy> {
    let limits = commonhold_wire::Limits { bytes: usize::MAX, nodes: usize::MAX, ..Default::default() };
    decode(data, proxies, &limits).unwrap_or_else(|error| {
        debug_assert!(false, "a value that was checked is malformed: {error}");
        Value::Null
    })
}

/// What is directly inside a nested value: its elements, or a dict's keys, or its keys and values in
/// turn.
fn children(data: &[u8], proxies: &[Proxy], both: bool) -> Option<Outcome<Vec<Item>>> {
    let mut reader = Reader::new(data);
    let (count, every) = match reader.token() {
        Ok(Token::List(count) | Token::Tuple(count) | Token::Set(count) | Token::FrozenSet(count)) => (count, 1),
        Ok(Token::Dict(count)) => (2 * count, if both { 1 } else { 2 }),
        Ok(_) => return None,
        Err(error) => return Some(Err(broken(error))),
    };
    let mut items = Vec::with_capacity(count / every);
    let mut proxies = proxies.iter();
    for position in 0..count {
        let part = match reader.skip() {
            Ok(part) => part,
            Err(error) => return Some(Err(broken(error))),
        };
        let inside = proxies.as_slice().get(..part.proxies).unwrap_or_default();
        proxies = proxies.as_slice().get(part.proxies..).unwrap_or_default().iter();
        if position % every == 0 {
            match Item::from_part(part.data, inside) {
                Ok(item) => items.push(item),
                Err(error) => return Some(Err(error)),
            }
        }
    }
    Some(Ok(items))
}

/// Puts a nested value together from items.
struct Builder {
    data: Vec<u8>,
    proxies: Vec<Proxy>,
    limit: usize,
}

impl Builder {
    fn new(limits: &Limits) -> Self {
        Self { data: Vec::new(), proxies: Vec::new(), limit: limits.value_bytes }
    }

    fn add(&mut self, item: &Item) -> Outcome<()> {
        // Looked at before it grows, so that it never grows far.
        if self.data.len() + item.weight() > self.limit {
            return Err(too_large(self.limit));
        }
        item.write(&mut self.data, &mut self.proxies);
        Ok(())
    }

    fn sequence(mut self, kind: Kind, items: impl ExactSizeIterator<Item = impl Borrow<Item>>) -> Outcome<Item> {
        self.data.reserve(items.len().saturating_mul(3).min(self.limit));
        let mut writer = Writer::new(&mut self.data);
        match kind {
            Kind::Tuple => writer.tuple(items.len()),
            Kind::Set => writer.set(items.len()),
            Kind::FrozenSet => writer.frozen_set(items.len()),
            _ => writer.list(items.len()),
        }
        for item in items {
            self.add(item.borrow())?;
        }
        self.finish()
    }

    fn finish(self) -> Outcome<Item> {
        if self.data.len() > self.limit {
            return Err(too_large(self.limit));
        }
        Item::from_valid(self.data, self.proxies)
    }
}

const _: () = assert!(size_of::<Item>() == 16, "containers hold millions of these");
