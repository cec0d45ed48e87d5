//! The encoding of values that travel, specified in docs/values.md.
//!
//! The bytes are those that [postcard] makes of one recursive enum, in one form only: lengths and
//! integers are as short as they can be, a big integer is never one that fits 64 bits, and nothing
//! follows the value. A proxy is a bare mark in them; the proxies themselves travel beside the bytes,
//! in the order of their marks. So bytes carry no authority, and the bytes of a part of a value are
//! the encoding of that part, with a contiguous range of the proxies: a container can be taken apart
//! ([`Reader`]) and put together ([`Writer`]) without looking into its items.
//!
//! [postcard]: https://postcard.jamesmunns.com/wire-format

mod check;
mod decode;
mod encode;
mod reader;
mod writer;

use std::fmt;

pub use check::validate;
pub(crate) use check::{Checker, Place};
pub use decode::decode;
pub use encode::{EncodeError, Encoded, encode, encode_into};
pub use reader::{Part, Reader, Token};
pub use writer::Writer;

use crate::value::MAX_DEPTH;

/// How much of a value is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How deep it may nest. More than [`MAX_DEPTH`] may overflow the stack.
    pub depth: usize,
    /// How many bytes it may take.
    pub bytes: usize,
    /// How many nodes it may have: each takes one byte at least when encoded, but some 40 in memory.
    pub nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { depth: MAX_DEPTH, bytes: 64 << 20, nodes: 4 << 20 }
    }
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Python's `None`.
    Null,
    /// A boolean.
    Bool,
    /// An integer of 64 bits.
    Int,
    /// An integer that does not fit 64 bits.
    BigInt,
    /// A float.
    Float,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
    /// A list.
    List,
    /// A tuple.
    Tuple,
    /// A dict.
    Dict,
    /// A set.
    Set,
    /// A frozenset.
    FrozenSet,
    /// A slice.
    Slice,
    /// A proxy's mark.
    Proxy,
    /// An object.
    Object,
}

impl Kind {
    /// Every kind, at the place of its byte.
    pub const ALL: [Kind; 15] = [
        Kind::Null,
        Kind::Bool,
        Kind::Int,
        Kind::BigInt,
        Kind::Float,
        Kind::Text,
        Kind::Bytes,
        Kind::List,
        Kind::Tuple,
        Kind::Dict,
        Kind::Set,
        Kind::FrozenSet,
        Kind::Slice,
        Kind::Proxy,
        Kind::Object,
    ];

    /// Whether values can be in it.
    const fn is_container(self) -> bool {
        !matches!(
            self,
            Kind::Null | Kind::Bool | Kind::Int | Kind::BigInt | Kind::Float | Kind::Text | Kind::Bytes | Kind::Proxy
        )
    }

    /// Whether it can be in a key, if what is in it can.
    const fn is_hashable(self) -> bool {
        !matches!(self, Kind::List | Kind::Dict | Kind::Set)
    }

    /// Whether what is in it is in a key, given whether it is itself. A dict's keys always are. What
    /// is in an object is not: only its guest knows whether it can be hashed.
    const fn has_keys_inside(self, in_key: bool) -> bool {
        match self {
            Kind::Set | Kind::FrozenSet => true,
            Kind::Tuple | Kind::Slice => in_key,
            _ => false,
        }
    }

    /// The name of its type in Python.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Null => "NoneType",
            Kind::Bool => "bool",
            Kind::Int | Kind::BigInt => "int",
            Kind::Float => "float",
            Kind::Text => "str",
            Kind::Bytes => "bytes",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Dict => "dict",
            Kind::Set => "set",
            Kind::FrozenSet => "frozenset",
            Kind::Slice => "slice",
            Kind::Proxy => "proxy",
            Kind::Object => "object",
        }
    }
}

/// Why bytes are not the encoding of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub problem: Problem,
    /// Where in the bytes.
    pub position: usize,
}

/// What can be wrong with an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The bytes end inside a value.
    End,
    /// No kind of node has this number.
    Kind(u8),
    /// A boolean is neither 0 nor 1.
    Bool(u8),
    /// A number is encoded in more bytes than it needs, or is too large.
    Varint,
    /// A length is more than the rest of the bytes can hold.
    Length(u64),
    /// A text is not UTF-8.
    Utf8,
    /// A big integer has more bytes than it needs, or fits 64 bits.
    BigInt,
    /// A dict's key or a set's element is, or has in it, a list, dict or set.
    Unhashable(Kind),
    /// A part of a slice is neither null nor an integer.
    SlicePart(Kind),
    /// It nests deeper than this limit.
    Depth(usize),
    /// It is longer than this limit of bytes.
    Bytes(usize),
    /// It has more nodes than this limit.
    Nodes(usize),
    /// There are bytes after the value.
    Trailing(usize),
    /// The number of proxies is not that of their marks.
    Proxies {
        /// How many marks there are; one more than the proxies, if counting ended there.
        marks: usize,
        /// How many proxies there are.
        proxies: usize,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed value at byte {}: ", self.position)?;
        match self.problem {
            Problem::End => f.write_str("it ends too early"),
            Problem::Kind(byte) => write!(f, "there is no node of kind {byte}"),
            Problem::Bool(byte) => write!(f, "a boolean is {byte}, not 0 or 1"),
            Problem::Varint => f.write_str("a number is not in its shortest form or is too large"),
            Problem::Length(length) => write!(f, "a length of {length} is more than the rest can hold"),
            Problem::Utf8 => f.write_str("a text is not UTF-8"),
            Problem::BigInt => f.write_str("a big integer is not in its shortest form or fits 64 bits"),
            Problem::Unhashable(kind) => write!(f, "unhashable type in a key: '{}'", kind.name()),
            Problem::SlicePart(kind) => write!(f, "a part of a slice is a {}, not null or an integer", kind.name()),
            Problem::Depth(limit) => write!(f, "it nests deeper than {limit}"),
            Problem::Bytes(limit) => write!(f, "it is longer than {limit} bytes"),
            Problem::Nodes(limit) => write!(f, "it has more than {limit} nodes"),
            Problem::Trailing(count) => write!(f, "it is followed by {count} more bytes"),
            Problem::Proxies { marks, proxies } => write!(f, "it has {marks} marks for {proxies} proxies"),
        }
    }
}

impl std::error::Error for DecodeError {}
