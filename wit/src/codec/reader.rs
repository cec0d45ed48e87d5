//! Reading an encoding piece by piece.

use super::{DecodeError, Kind, Problem};

/// One piece of an encoding. A container's contents follow it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    /// Python's `None`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that does not fit 64 bits: two's complement, the least significant byte first.
    BigInt(&'a [u8]),
    /// A float.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A list of so many values, which follow.
    List(usize),
    /// A tuple of so many values, which follow.
    Tuple(usize),
    /// A dict of so many entries, which follow: each a key and its value.
    Dict(usize),
    /// A set of so many values, which follow.
    Set(usize),
    /// A frozenset of so many values, which follow.
    FrozenSet(usize),
    /// A slice, whose three parts follow.
    Slice,
    /// The mark of the next proxy.
    Proxy,
    /// An object, whose state follows.
    Object {
        /// The name of its class.
        type_name: &'a str,
        /// Its representation.
        text: &'a str,
    },
}

impl Token<'_> {
    /// What node it begins.
    pub fn kind(&self) -> Kind {
        match self {
            Token::Null => Kind::Null,
            Token::Bool(_) => Kind::Bool,
            Token::Int(_) => Kind::Int,
            Token::BigInt(_) => Kind::BigInt,
            Token::Float(_) => Kind::Float,
            Token::Text(_) => Kind::Text,
            Token::Bytes(_) => Kind::Bytes,
            Token::List(_) => Kind::List,
            Token::Tuple(_) => Kind::Tuple,
            Token::Dict(_) => Kind::Dict,
            Token::Set(_) => Kind::Set,
            Token::FrozenSet(_) => Kind::FrozenSet,
            Token::Slice => Kind::Slice,
            Token::Proxy => Kind::Proxy,
            Token::Object { .. } => Kind::Object,
        }
    }

    /// How many values follow as its contents; a dict's keys count too.
    pub fn children(&self) -> usize {
        match self {
            Token::List(count) | Token::Tuple(count) | Token::Set(count) | Token::FrozenSet(count) => *count,
            // A length is checked against the bytes left, at two for each entry.
            Token::Dict(count) => 2 * *count,
            Token::Slice => 3,
            Token::Object { .. } => 1,
            _ => 0,
        }
    }
}

/// A whole value inside an encoding: an encoding itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub data: &'a [u8],
    /// How many proxy marks are in it.
    pub proxies: usize,
}

/// Reads an encoding piece by piece, without allocating.
///
/// Every token is checked by itself. What lies between tokens (depth, keys, the parts of slices, the
/// number of proxies) is for [`validate`](crate::validate) to check, as a whole and beforehand.
///
/// ```
/// use commonhold_wire::{NoProxy, Reader, Token, Value, encode};
///
/// let list: Value<NoProxy> = Value::List(vec![1.into(), Value::Tuple(vec![2.into(), 3.into()])]);
/// let data = encode(list)?.data;
/// let mut reader = Reader::new(&data);
/// let Token::List(count) = reader.token()? else { panic!("not a list") };
/// let items = (0..count).map(|_| reader.skip().map(|part| part.data.len())).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(items, [2, 6]);
/// assert!(reader.is_at_end());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    /// A reader from the first byte on.
    pub fn new(data: &'a [u8]) -> Self {
        Reader { data, position: 0 }
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether all bytes have been read.
    pub fn is_at_end(&self) -> bool {
        self.position == self.data.len()
    }

    /// What node comes next.
    pub fn peek(&self) -> Result<Kind, DecodeError> {
        match self.data.get(self.position) {
            Some(&byte) => match Kind::ALL.get(usize::from(byte)) {
                Some(kind) => Ok(*kind),
                None => Err(self.error(Problem::Kind(byte))),
            },
            None => Err(self.error(Problem::End)),
        }
    }

    /// Reads the next token. After an error, the reader is of no further use.
    #[inline]
    pub fn token(&mut self) -> Result<Token<'a>, DecodeError> {
        let kind = self.peek()?;
        self.position += 1;
        Ok(match kind {
            Kind::Null => Token::Null,
            Kind::Bool => Token::Bool(self.bool()?),
            Kind::Int => {
                let zigzag = self.varint()?;
                Token::Int((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64))
            }
            Kind::BigInt => Token::BigInt(self.big_int()?),
            Kind::Float => {
                let (bytes, _) =
                    self.data[self.position..].split_first_chunk().ok_or_else(|| self.error(Problem::End))?;
                self.position += bytes.len();
                Token::Float(f64::from_le_bytes(*bytes))
            }
            Kind::Text => Token::Text(self.text()?),
            Kind::Bytes => Token::Bytes(self.bytes()?),
            Kind::List => Token::List(self.length(1)?),
            Kind::Tuple => Token::Tuple(self.length(1)?),
            Kind::Dict => Token::Dict(self.length(2)?),
            Kind::Set => Token::Set(self.length(1)?),
            Kind::FrozenSet => Token::FrozenSet(self.length(1)?),
            Kind::Slice => Token::Slice,
            Kind::Proxy => Token::Proxy,
            Kind::Object => Token::Object { type_name: self.text()?, text: self.text()? },
        })
    }

    /// Reads over a whole value, with all that is in it.
    pub fn skip(&mut self) -> Result<Part<'a>, DecodeError> {
        let start = self.position;
        let kind = self.peek()?;
        let mut proxies = 0;
        // No more than the bytes that are left could hold, so no overflow.
        let mut open = 1;
        while open > 0 {
            let token = self.token()?;
            proxies += usize::from(token == Token::Proxy);
            open += token.children();
            open -= 1;
        }
        Ok(Part { kind, data: &self.data[start..self.position], proxies })
    }

    pub(super) fn error(&self, problem: Problem) -> DecodeError {
        DecodeError { problem, position: self.position }
    }

    pub(super) fn left(&self) -> usize {
        self.data.len() - self.position
    }

    fn bool(&mut self) -> Result<bool, DecodeError> {
        match self.data.get(self.position) {
            Some(&byte @ (0 | 1)) => {
                self.position += 1;
                Ok(byte == 1)
            }
            Some(&byte) => Err(self.error(Problem::Bool(byte))),
            None => Err(self.error(Problem::End)),
        }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, DecodeError> {
        // Most are short.
        match self.data.get(self.position) {
            Some(&byte) if byte < 0x80 => {
                self.position += 1;
                Ok(byte.into())
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, DecodeError> {
        let mut value = 0;
        let mut position = self.position;
        let mut shift = 0;
        while let Some(&byte) = self.data.get(position) {
            value |= u64::from(byte & 0x7f) << shift;
            position += 1;
            if byte < 0x80 {
                let too_long = byte == 0 && shift > 0;
                let too_large = shift == 63 && byte > 1;
                if too_long || too_large {
                    return Err(self.error(Problem::Varint));
                }
                self.position = position;
                return Ok(value);
            }
            shift += 7;
            if shift > 63 {
                return Err(self.error(Problem::Varint));
            }
        }
        Err(self.error(Problem::End))
    }

    /// Reads a length, of things that take so many bytes each.
    fn length(&mut self, each: usize) -> Result<usize, DecodeError> {
        let start = self.position;
        let length = self.varint()?;
        match usize::try_from(length) {
            Ok(short) if short <= self.left() / each => Ok(short),
            _ => Err(DecodeError { problem: Problem::Length(length), position: start }),
        }
    }

    fn bytes(&mut self) -> Result<&'a [u8], DecodeError> {
        let length = self.length(1)?;
        let bytes = &self.data[self.position..self.position + length];
        self.position += length;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<&'a str, DecodeError> {
        let start = self.position;
        str::from_utf8(self.bytes()?).map_err(|_| DecodeError { problem: Problem::Utf8, position: start })
    }

    fn big_int(&mut self) -> Result<&'a [u8], DecodeError> {
        let start = self.position;
        let bytes = self.bytes()?;
        let has_one_form = match bytes {
            [.., next, last] => match last {
                0x00 => next & 0x80 != 0,
                0xff => next & 0x80 == 0,
                _ => true,
            },
            _ => false,
        };
        if bytes.len() > size_of::<i64>() && has_one_form {
            Ok(bytes)
        } else {
            Err(DecodeError { problem: Problem::BigInt, position: start })
        }
    }
}
