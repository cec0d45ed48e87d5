//! Between the encoding of values and the format of Python's module `marshal`.
//!
//! CPython reads and writes that format in native code, while an encoding that is taken apart in Python costs a
//! hundred times as much. So a guest in Python writes its values that way, and has the manager convert them.
//!
//! What is read is what `marshal.dumps(value, 4)` and the versions before it (from 2 on) write, as long as it is of
//! `None`, booleans, integers, floats, text, bytes, lists, tuples, dicts, sets and frozensets. What is written,
//! `marshal.loads` of CPython 3.4 and later reads.

mod read;
mod write;

use std::fmt;

use crate::codec::Kind;

pub use read::{FromMarshal, from_marshal};
pub use write::to_marshal;

/// How deep a value may nest that is given to CPython: its own functions recurse, and a guest's stack is small.
pub const MARSHAL_DEPTH: usize = 100;

// The types, as CPython's marshal.c has them.
const NULL: u8 = b'0';
const NONE: u8 = b'N';
const FALSE: u8 = b'F';
const TRUE: u8 = b'T';
const INT: u8 = b'i';
const LONG: u8 = b'l';
const BINARY_FLOAT: u8 = b'g';
const BYTES: u8 = b's';
const UNICODE: u8 = b'u';
const INTERNED: u8 = b't';
const ASCII: u8 = b'a';
const ASCII_INTERNED: u8 = b'A';
const SHORT_ASCII: u8 = b'z';
const SHORT_ASCII_INTERNED: u8 = b'Z';
const LIST: u8 = b'[';
const TUPLE: u8 = b'(';
const SMALL_TUPLE: u8 = b')';
const DICT: u8 = b'{';
const SET: u8 = b'<';
const FROZEN_SET: u8 = b'>';
const REFERENCE: u8 = b'r';
/// Beside a type: the object is one that references may follow to.
const FLAG: u8 = 0x80;

/// How many bits a digit of a long integer has.
const DIGIT_BITS: u32 = 15;

/// Why bytes in the format of `marshal` have no encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MarshalError {
    /// What is wrong.
    pub problem: MarshalProblem,
    /// Where in the bytes.
    pub position: usize,
}

/// What can be wrong with bytes in the format of `marshal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MarshalProblem {
    /// They end inside a value.
    End,
    /// There is no such type, or it is none that travels.
    Type(u8),
    /// A length is negative, or more than the rest of the bytes can hold.
    Length(i32),
    /// A digit of an integer is too large, or the last one is zero.
    Digit,
    /// A text is not UTF-8, or not ASCII where it is said to be.
    Text,
    /// A dict's key or a set's element is, or has in it, a list, dict or set.
    Unhashable(Kind),
    /// A reference to what is not there, or not complete: a container that contains itself.
    Reference(i32),
    /// It nests deeper than this limit.
    Depth(usize),
    /// It, or its encoding, is longer than this limit of bytes.
    Bytes(usize),
    /// It has more nodes than this limit.
    Nodes(usize),
    /// There are bytes after the value.
    Trailing(usize),
}

impl fmt::Display for MarshalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed marshal data at byte {}: ", self.position)?;
        match self.problem {
            MarshalProblem::End => f.write_str("it ends too early"),
            MarshalProblem::Type(byte) => write!(f, "'{}' is no type that travels", byte.escape_ascii()),
            MarshalProblem::Length(length) => write!(f, "a length of {length} is not what the rest can hold"),
            MarshalProblem::Digit => f.write_str("an integer is not in its only form"),
            MarshalProblem::Text => f.write_str("a text is not UTF-8, or not ASCII"),
            MarshalProblem::Unhashable(kind) => write!(f, "unhashable type in a key: '{}'", kind.name()),
            MarshalProblem::Reference(index) => write!(f, "there is no complete object {index}"),
            MarshalProblem::Depth(limit) => write!(f, "it nests deeper than {limit}"),
            MarshalProblem::Bytes(limit) => write!(f, "it is longer than {limit} bytes"),
            MarshalProblem::Nodes(limit) => write!(f, "it has more than {limit} nodes"),
            MarshalProblem::Trailing(count) => write!(f, "it is followed by {count} more bytes"),
        }
    }
}

impl std::error::Error for MarshalError {}
