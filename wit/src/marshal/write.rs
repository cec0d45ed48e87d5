//! From the encoding to `marshal`.

use num_bigint::BigInt;

use super::{
    ASCII, BINARY_FLOAT, BYTES, DICT, DIGIT_BITS, FALSE, FLAG, FROZEN_SET, INT, LIST, LONG, MARSHAL_DEPTH, NONE, NULL,
    REFERENCE, SET, SHORT_ASCII, SMALL_TUPLE, TRUE, TUPLE, UNICODE,
};
use crate::codec::{Checker, DecodeError, Limits, Place, Problem, Token};

/// What Python's `marshal.loads` makes the value of.
///
/// None where there is no such thing: where slices, proxies or objects are in it, or it nests deeper than
/// [`MARSHAL_DEPTH`]. What comes after the first of them is not looked at.
pub fn to_marshal(data: &[u8], limits: &Limits) -> Result<Option<Vec<u8>>, DecodeError> {
    // Its lengths have 31 bits.
    if data.len() > i32::MAX as usize {
        return Ok(None);
    }
    let mut converter = Converter {
        checker: Checker::new(data, 0, limits)?,
        out: Vec::with_capacity(data.len() + data.len() / 2),
        texts: [None; SLOTS],
        references: 0,
    };
    match converter.value(0, Place::Anywhere) {
        Ok(()) => {}
        Err(Stop::Without) => return Ok(None),
        Err(Stop::Malformed(error)) => return Err(error),
    }
    converter.checker.finish()?;
    Ok(Some(converter.out))
}

struct Converter<'a> {
    checker: Checker<'a>,
    out: Vec<u8>,
    /// Texts that were written and can be referred to, each at the place that it hashes to: the last one there.
    texts: [Option<(&'a str, i32)>; SLOTS],
    references: i32,
}

/// The keys of a program's dicts are few, and there are many of each.
const SLOTS: usize = 64;

/// How long a text is at most that is worth looking for.
const LONGEST: usize = 64;

enum Stop {
    Without,
    Malformed(DecodeError),
}

impl From<DecodeError> for Stop {
    fn from(error: DecodeError) -> Self {
        match error.problem {
            Problem::Proxies { .. } => Stop::Without,
            _ => Stop::Malformed(error),
        }
    }
}

impl<'a> Converter<'a> {
    /// Converts a value that is inside of so many containers.
    fn value(&mut self, depth: usize, place: Place) -> Result<(), Stop> {
        let token = self.checker.token(place)?;
        let (code, count) = match token {
            Token::Text(text) => {
                self.text(text, place == Place::Key);
                return Ok(());
            }
            Token::Int(number) => {
                self.int(number);
                return Ok(());
            }
            Token::List(count) => (LIST, count),
            Token::Tuple(count) if count < 0x100 => (SMALL_TUPLE, count),
            Token::Tuple(count) => (TUPLE, count),
            Token::Dict(count) => (DICT, count),
            Token::Set(count) => (SET, count),
            Token::FrozenSet(count) => (FROZEN_SET, count),
            Token::Slice | Token::Proxy | Token::Object { .. } => return Err(Stop::Without),
            scalar => {
                self.scalar(scalar);
                return Ok(());
            }
        };
        self.checker.enter(depth)?;
        if depth >= MARSHAL_DEPTH {
            return Err(Stop::Without);
        }
        self.out.push(code);
        match code {
            DICT => {
                for _ in 0..count {
                    self.value(depth + 1, Place::Key)?;
                    self.value(depth + 1, Place::Anywhere)?;
                }
                self.out.push(NULL);
                return Ok(());
            }
            SMALL_TUPLE => self.out.push(count as u8),
            _ => self.length(count),
        }
        let inside = Place::inside(token.kind(), place);
        for _ in 0..count {
            self.value(depth + 1, inside)?;
        }
        Ok(())
    }

    fn scalar(&mut self, token: Token<'_>) {
        match token {
            Token::Bool(flag) => self.out.push(if flag { TRUE } else { FALSE }),
            Token::Float(number) => {
                self.out.push(BINARY_FLOAT);
                self.out.extend(number.to_le_bytes());
            }
            Token::Bytes(bytes) => self.raw(BYTES, bytes),
            Token::BigInt(bytes) => self.big_int(bytes),
            _ => self.out.push(NONE),
        }
    }

    fn text(&mut self, text: &'a str, is_key: bool) {
        if !text.is_ascii() {
            return self.raw(UNICODE, text.as_bytes());
        }
        let length = text.len();
        if length >= 0x100 {
            return self.raw(ASCII, text.as_bytes());
        }
        let mut code = SHORT_ASCII;
        if length <= LONGEST {
            // It need not be a good one: another text at the same place is as if there were none.
            let ends = text.as_bytes().first().zip(text.as_bytes().last());
            let hash = ends.map_or(0, |(first, last)| length * 7 + usize::from(*first) * 31 + usize::from(*last));
            let slot = &mut self.texts[hash % SLOTS];
            match slot {
                Some((known, index)) if *known == text => {
                    self.out.push(REFERENCE);
                    self.out.extend(index.to_le_bytes());
                    return;
                }
                // Others seldom come again, and it costs the reader something to note them.
                _ if is_key => {
                    *slot = Some((text, self.references));
                    self.references += 1;
                    code |= FLAG;
                }
                _ => {}
            }
        }
        self.out.extend([code, length as u8]);
        self.out.extend_from_slice(text.as_bytes());
    }

    fn int(&mut self, number: i64) {
        match i32::try_from(number) {
            Ok(number) => {
                self.out.push(INT);
                self.out.extend(number.to_le_bytes());
            }
            Err(_) => self.long(number < 0, &number.unsigned_abs().to_le_bytes()),
        }
    }

    fn big_int(&mut self, bytes: &[u8]) {
        let number = BigInt::from_signed_bytes_le(bytes);
        let (sign, magnitude) = number.to_bytes_le();
        self.long(sign == num_bigint::Sign::Minus, &magnitude);
    }

    /// An integer of more than 32 bits, from its bytes, the lowest first.
    fn long(&mut self, is_negative: bool, bytes: &[u8]) {
        self.out.push(LONG);
        let start = self.out.len();
        self.out.extend([0; 4]);
        let (mut bits, mut count) = (0_u32, 0);
        let mut end = start + 4;
        let mut digit = |out: &mut Vec<u8>, bits: u32| {
            let digit = bits as u16 & ((1 << DIGIT_BITS) - 1);
            out.extend(digit.to_le_bytes());
            // The last one is not zero.
            if digit != 0 {
                end = out.len();
            }
        };
        for byte in bytes {
            bits |= u32::from(*byte) << count;
            count += 8;
            if count >= DIGIT_BITS {
                digit(&mut self.out, bits);
                bits >>= DIGIT_BITS;
                count -= DIGIT_BITS;
            }
        }
        digit(&mut self.out, bits);
        self.out.truncate(end);
        let size = ((end - start - 4) / 2) as i32;
        let size = if is_negative { -size } else { size };
        self.out[start..start + 4].copy_from_slice(&size.to_le_bytes());
    }

    fn raw(&mut self, code: u8, bytes: &[u8]) {
        self.out.push(code);
        self.out.extend((bytes.len() as u32).to_le_bytes());
        self.out.extend_from_slice(bytes);
    }

    fn length(&mut self, count: usize) {
        self.out.extend((count as u32).to_le_bytes());
    }
}
