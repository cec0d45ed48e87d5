//! From `marshal` to the encoding.

use num_bigint::{BigInt, BigUint, Sign};

use super::{
    ASCII, ASCII_INTERNED, BINARY_FLOAT, BYTES, DICT, DIGIT_BITS, FALSE, FLAG, FROZEN_SET, INT, INTERNED, LIST, LONG,
    MarshalError, MarshalProblem, NONE, NULL, REFERENCE, SET, SHORT_ASCII, SHORT_ASCII_INTERNED, SMALL_TUPLE, TRUE,
    TUPLE, UNICODE,
};
use crate::codec::{Kind, Limits, Writer};

/// The encoding of what Python's `marshal` wrote.
///
/// It takes time and memory in proportion to the bytes and to the encoding, which the limits bound: what is referred to
/// twice is in it twice.
pub fn from_marshal(data: &[u8], limits: &Limits) -> Result<FromMarshal, MarshalError> {
    // Positions are kept in 32 bits.
    let limits = Limits { bytes: limits.bytes.min(u32::MAX as usize), ..*limits };
    if data.len() > limits.bytes {
        return Err(MarshalError { problem: MarshalProblem::Bytes(limits.bytes), position: limits.bytes });
    }
    let out = Vec::with_capacity(data.len());
    let mut converter = Converter {
        data,
        position: 0,
        limits,
        out,
        nodes: 0,
        open: Vec::new(),
        references: Vec::new(),
        wide: Vec::new(),
        is_ambiguous: false,
    };
    converter.value()?;
    let is_ambiguous = converter.is_ambiguous;
    Ok(FromMarshal { data: converter.finish()?, is_ambiguous })
}

/// What was made of what Python's `marshal` wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromMarshal {
    /// The encoding.
    pub data: Vec<u8>,
    /// Whether bytes, sets or frozensets are in it: `marshal` writes every buffer as if it were bytes, and sets in an
    /// order of its own, so whoever wants just the value that there was has to look at it.
    pub is_ambiguous: bool,
}

/// How many objects are kept to be referred to. What is flagged beyond them is converted, but a reference to it is an
/// error.
const REFERENCES: usize = 1 << 20;

/// What is being converted. Containers are kept on a stack of their own, so nothing recurses.
struct Converter<'a> {
    data: &'a [u8],
    position: usize,
    limits: Limits,
    /// The encoding, in which each dict has one byte for its length.
    out: Vec<u8>,
    nodes: usize,
    open: Vec<Open>,
    /// What can be referred to, once it is complete.
    references: Vec<Option<Complete>>,
    /// The dicts whose length takes more than one byte. Which these are turns out at their ends, and those in one
    /// container lie together, since they end before it does.
    wide: Vec<Wide>,
    is_ambiguous: bool,
}

/// What is known of a value.
#[derive(Clone, Copy)]
struct Shape {
    kind: Kind,
    /// How many containers are inside each other in it.
    height: u16,
    is_hashable: bool,
}

/// A container that has begun.
struct Open {
    kind: Kind,
    /// The values in it so far; a dict's keys count, too.
    count: usize,
    /// The values that are to follow, unless it is a dict, which has a mark at its end.
    left: usize,
    height: u16,
    is_hashable: bool,
    start: Mark,
    /// Its place among what can be referred to.
    reference: Option<usize>,
}

/// How far the conversion has come.
#[derive(Clone, Copy)]
struct Mark {
    out: u32,
    nodes: u32,
    wide: u32,
}

/// A value that can be referred to.
#[derive(Clone, Copy)]
struct Complete {
    start: Mark,
    end: Mark,
    shape: Shape,
}

/// A dict of more entries than one byte can tell.
#[derive(Clone, Copy)]
struct Wide {
    /// Where its length is.
    at: u32,
    entries: u32,
}

/// A value, or the beginning of one.
enum Step {
    Value(Shape),
    Begun,
    /// The end of a dict.
    End,
}

impl<'a> Converter<'a> {
    /// Converts one value with all that is in it.
    fn value(&mut self) -> Result<(), MarshalError> {
        loop {
            let start = self.position;
            let mut shape = match self.step()? {
                Step::Begun => match self.open.last() {
                    Some(open) if open.left == 0 && open.kind != Kind::Dict => self.close(),
                    _ => continue,
                },
                Step::End => self.close(),
                Step::Value(shape) => shape,
            };
            loop {
                let Some(open) = self.open.last_mut() else { return Ok(()) };
                if !shape.is_hashable && open.takes_keys() {
                    return Err(MarshalError { problem: MarshalProblem::Unhashable(shape.kind), position: start });
                }
                open.count += 1;
                open.height = open.height.max(shape.height);
                open.is_hashable &= shape.is_hashable;
                if open.kind == Kind::Dict {
                    break;
                }
                open.left -= 1;
                if open.left > 0 {
                    break;
                }
                shape = self.close();
            }
        }
    }

    /// Converts a value that has nothing inside, or the beginning of another one.
    fn step(&mut self) -> Result<Step, MarshalError> {
        let at = self.position;
        let [byte] = self.take()?;
        let (code, is_flagged) = (byte & !FLAG, byte & FLAG != 0);
        let start = self.mark();
        let kind = match code {
            INT => {
                let number = self.number()?;
                Writer::new(&mut self.out).int(number.into());
                Kind::Int
            }
            SHORT_ASCII | SHORT_ASCII_INTERNED => {
                let [length] = self.take()?;
                self.text(length.into(), true)?
            }
            ASCII | ASCII_INTERNED | UNICODE | INTERNED => {
                let length = self.length()?;
                self.text(length, matches!(code, ASCII | ASCII_INTERNED))?
            }
            NONE if !is_flagged => {
                Writer::new(&mut self.out).null();
                Kind::Null
            }
            FALSE | TRUE if !is_flagged => {
                Writer::new(&mut self.out).bool(code == TRUE);
                Kind::Bool
            }
            BINARY_FLOAT => {
                let bytes = self.take()?;
                Writer::new(&mut self.out).float(f64::from_le_bytes(bytes));
                Kind::Float
            }
            LONG => self.long()?,
            BYTES => {
                let length = self.length()?;
                let bytes = self.slice(length)?;
                Writer::new(&mut self.out).bytes(bytes);
                self.is_ambiguous = true;
                Kind::Bytes
            }
            REFERENCE if !is_flagged => return self.reference(at),
            NULL if !is_flagged => {
                return match self.open.last() {
                    Some(open) if open.kind == Kind::Dict && open.takes_keys() => Ok(Step::End),
                    _ => Err(MarshalError { problem: MarshalProblem::Type(code), position: at }),
                };
            }
            LIST | TUPLE | SMALL_TUPLE | SET | FROZEN_SET | DICT => return self.begin(code, is_flagged, at, start),
            _ => return Err(MarshalError { problem: MarshalProblem::Type(byte), position: at }),
        };
        self.count(1, at)?;
        let shape = Shape { kind, height: 0, is_hashable: true };
        if is_flagged {
            let complete = Complete { start, end: self.mark(), shape };
            self.flag(Some(complete));
        }
        Ok(Step::Value(shape))
    }

    fn begin(&mut self, code: u8, is_flagged: bool, at: usize, start: Mark) -> Result<Step, MarshalError> {
        let kind = match code {
            LIST => Kind::List,
            SET => Kind::Set,
            FROZEN_SET => Kind::FrozenSet,
            DICT => Kind::Dict,
            _ => Kind::Tuple,
        };
        if self.open.len() >= self.limits.depth {
            return Err(MarshalError { problem: MarshalProblem::Depth(self.limits.depth), position: at });
        }
        let left = match code {
            DICT => 0,
            SMALL_TUPLE => {
                let [length] = self.take()?;
                length.into()
            }
            _ => self.length()?,
        };
        let mut writer = Writer::new(&mut self.out);
        match kind {
            Kind::List => writer.list(left),
            Kind::Set => writer.set(left),
            Kind::FrozenSet => writer.frozen_set(left),
            Kind::Dict => writer.dict(0),
            _ => writer.tuple(left),
        }
        self.count(1, at)?;
        let reference = if is_flagged { self.flag(None) } else { None };
        self.is_ambiguous |= matches!(kind, Kind::Set | Kind::FrozenSet);
        let is_hashable = !matches!(kind, Kind::List | Kind::Dict | Kind::Set);
        self.open.push(Open { kind, count: 0, left, height: 0, is_hashable, start, reference });
        Ok(Step::Begun)
    }

    /// Ends the innermost container.
    fn close(&mut self) -> Shape {
        let Some(open) = self.open.pop() else { return Shape { kind: Kind::Null, height: 0, is_hashable: true } };
        if open.kind == Kind::Dict {
            let entries = open.count / 2;
            let at = open.start.out + 1;
            match self.out.get_mut(at as usize) {
                Some(length) if entries < 0x80 => *length = entries as u8,
                _ => self.wide.push(Wide { at, entries: entries as u32 }),
            }
        }
        let shape = Shape { kind: open.kind, height: open.height + 1, is_hashable: open.is_hashable };
        let end = self.mark();
        if let Some(place) = open.reference.and_then(|index| self.references.get_mut(index)) {
            *place = Some(Complete { start: open.start, end, shape });
        }
        shape
    }

    /// Takes an object among those that can be referred to. Where it is among those that are kept.
    fn flag(&mut self, complete: Option<Complete>) -> Option<usize> {
        let index = self.references.len();
        (index < REFERENCES).then(|| {
            self.references.push(complete);
            index
        })
    }

    /// Repeats what is there already.
    fn reference(&mut self, at: usize) -> Result<Step, MarshalError> {
        let index = self.number()?;
        let error = |problem| Err(MarshalError { problem, position: at });
        let complete = usize::try_from(index).ok().and_then(|index| self.references.get(index).copied().flatten());
        let Some(Complete { start, end, shape }) = complete else {
            return error(MarshalProblem::Reference(index));
        };
        if self.open.len() + usize::from(shape.height) > self.limits.depth {
            return error(MarshalProblem::Depth(self.limits.depth));
        }
        let here = self.mark();
        if (end.out - start.out) as usize > self.limits.bytes - self.out.len() {
            return error(MarshalProblem::Bytes(self.limits.bytes));
        }
        self.out.extend_from_within(start.out as usize..end.out as usize);
        self.count((end.nodes - start.nodes) as usize, at)?;
        for index in start.wide as usize..end.wide as usize {
            if let Some(&Wide { at, entries }) = self.wide.get(index) {
                self.wide.push(Wide { at: at - start.out + here.out, entries });
            }
        }
        Ok(Step::Value(shape))
    }

    /// The whole encoding, with all lengths at their places.
    fn finish(mut self) -> Result<Vec<u8>, MarshalError> {
        let error = |problem, position| Err(MarshalError { problem, position });
        let left = self.data.len() - self.position;
        if left > 0 {
            return error(MarshalProblem::Trailing(left), self.position);
        }
        if self.wide.is_empty() {
            return Ok(self.out);
        }
        self.wide.sort_unstable_by_key(|wide| wide.at);
        // A length takes five bytes at most.
        let mut whole = Vec::with_capacity(self.out.len() + 4 * self.wide.len());
        let mut done = 0;
        for Wide { at, entries } in &self.wide {
            let kind = *at as usize - 1;
            whole.extend_from_slice(&self.out[done..kind]);
            Writer::new(&mut whole).dict(*entries as usize);
            done = kind + 2;
        }
        whole.extend_from_slice(&self.out[done..]);
        if whole.len() > self.limits.bytes {
            return error(MarshalProblem::Bytes(self.limits.bytes), self.position);
        }
        Ok(whole)
    }

    fn mark(&self) -> Mark {
        // All three are below the limit of bytes, which has 32 bits.
        Mark { out: self.out.len() as u32, nodes: self.nodes as u32, wide: self.wide.len() as u32 }
    }

    /// Counts nodes that were written.
    fn count(&mut self, nodes: usize, at: usize) -> Result<(), MarshalError> {
        self.nodes += nodes;
        let problem = if self.nodes > self.limits.nodes {
            MarshalProblem::Nodes(self.limits.nodes)
        } else if self.out.len() > self.limits.bytes {
            MarshalProblem::Bytes(self.limits.bytes)
        } else {
            return Ok(());
        };
        Err(MarshalError { problem, position: at })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], MarshalError> {
        match self.data[self.position..].first_chunk() {
            Some(bytes) => {
                self.position += N;
                Ok(*bytes)
            }
            None => Err(MarshalError { problem: MarshalProblem::End, position: self.position }),
        }
    }

    fn number(&mut self) -> Result<i32, MarshalError> {
        self.take().map(i32::from_le_bytes)
    }

    /// Reads a length of things that take a byte each at least.
    fn length(&mut self) -> Result<usize, MarshalError> {
        let position = self.position;
        let length = self.number()?;
        match usize::try_from(length) {
            Ok(short) if short <= self.data.len() - self.position => Ok(short),
            _ => Err(MarshalError { problem: MarshalProblem::Length(length), position }),
        }
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], MarshalError> {
        match self.data.get(self.position..self.position + length) {
            Some(bytes) => {
                self.position += length;
                Ok(bytes)
            }
            None => Err(MarshalError { problem: MarshalProblem::End, position: self.position }),
        }
    }

    fn text(&mut self, length: usize, is_ascii: bool) -> Result<Kind, MarshalError> {
        let error = MarshalError { problem: MarshalProblem::Text, position: self.position };
        let bytes = self.slice(length)?;
        let text = str::from_utf8(bytes).map_err(|_| error)?;
        if is_ascii && !text.is_ascii() {
            return Err(error);
        }
        Writer::new(&mut self.out).text(text);
        Ok(Kind::Text)
    }

    /// An integer of more than 32 bits, in digits of 15, the lowest first.
    fn long(&mut self) -> Result<Kind, MarshalError> {
        let position = self.position;
        let signed = self.number()?;
        let size = signed.unsigned_abs() as usize;
        if size > (self.data.len() - self.position) / 2 {
            return Err(MarshalError { problem: MarshalProblem::Length(signed), position });
        }
        let error = MarshalError { problem: MarshalProblem::Digit, position: self.position };
        let (digits, _) = self.slice(2 * size)?.as_chunks();
        let digits = digits.iter().map(|digit| u16::from_le_bytes(*digit));
        if digits.clone().any(|digit| digit >> DIGIT_BITS != 0) || digits.clone().next_back() == Some(0) {
            return Err(error);
        }
        // Its bytes, the lowest first.
        let mut bytes = Vec::with_capacity(2 * size);
        let (mut bits, mut count) = (0_u32, 0);
        for digit in digits {
            bits |= u32::from(digit) << count;
            count += DIGIT_BITS;
            while count >= 8 {
                bytes.push(bits as u8);
                bits >>= 8;
                count -= 8;
            }
        }
        bytes.push(bits as u8);
        let sign = if signed < 0 { Sign::Minus } else { Sign::Plus };
        let number = BigInt::from_biguint(sign, BigUint::from_bytes_le(&bytes));
        Writer::new(&mut self.out).big_int(&number);
        Ok(Kind::BigInt)
    }
}

impl Open {
    /// Whether what comes next is to be hashable.
    fn takes_keys(&self) -> bool {
        match self.kind {
            Kind::Dict => self.count.is_multiple_of(2),
            Kind::Set | Kind::FrozenSet => true,
            _ => false,
        }
    }
}
