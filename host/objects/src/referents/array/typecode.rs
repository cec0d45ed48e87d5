//! The element types of an array: their letters, sizes and ranges, and how an element lies in memory,
//! which is as on Linux on x86-64: little-endian, where `l` has 8 bytes.
//!
//! What does not fit is refused in the words of CPython's `array`, which depend on the C function that
//! each type is converted with.

use super::super::prelude::*;
use crate::object::Kind;
use commonhold_wire::Value;
use commonhold_wire::number::{Number, to_float};
use num_bigint::Sign;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Typecode {
    letter: char,
    family: Family,
    /// An element takes two to the power of this many bytes: a length is divided by that again and again.
    size_log2: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Signed,
    Unsigned,
    Float,
    /// One character of a text.
    Letter,
}

/// The bytes of an element; of a small one the first few.
pub(super) type Raw = [u8; 8];

const ALL: [Typecode; 14] = {
    use Family::*;
    const fn code(letter: char, family: Family, size: usize) -> Typecode {
        Typecode { letter, family, size_log2: size.ilog2() }
    }
    [
        code('b', Signed, 1),
        code('B', Unsigned, 1),
        code('u', Letter, 4),
        code('w', Letter, 4),
        code('h', Signed, 2),
        code('H', Unsigned, 2),
        code('i', Signed, 4),
        code('I', Unsigned, 4),
        code('l', Signed, 8),
        code('L', Unsigned, 8),
        code('q', Signed, 8),
        code('Q', Unsigned, 8),
        code('f', Float, 4),
        code('d', Float, 8),
    ]
};

impl Typecode {
    pub(super) fn of(letter: char) -> Outcome<Self> {
        ALL.into_iter()
            .find(|code| code.letter == letter)
            .ok_or_else(|| CallError::value("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"))
    }

    pub(super) fn letter(self) -> char {
        self.letter
    }

    /// How many bytes an element takes.
    pub(super) fn size(self) -> usize {
        1 << self.size_log2
    }

    /// How many elements there are in so many bytes.
    pub(super) fn count(self, bytes: usize) -> usize {
        bytes >> self.size_log2
    }

    pub(super) fn family(self) -> Family {
        self.family
    }

    /// What the bytes of an element say.
    pub(super) fn read(self, bytes: &[u8]) -> Item {
        match self.family {
            Family::Signed => Item::Int(self.signed(bytes)),
            Family::Unsigned => {
                let number = u64::from_le_bytes(widened(bytes));
                // What does not fit is nested, and small enough for any limit.
                i64::try_from(number)
                    .map_or_else(|_| Item::from_value(Value::from(i128::from(number))).unwrap_or(Item::Null), Item::Int)
            }
            Family::Float if self.size() == 4 => Item::Float(f32::from_bits(self.unsigned(bytes) as u32).into()),
            Family::Float => Item::Float(f64::from_bits(self.unsigned(bytes))),
            Family::Letter => Item::text(self.letter_of(bytes)),
        }
    }

    fn unsigned(self, bytes: &[u8]) -> u64 {
        u64::from_le_bytes(widened(bytes))
    }

    fn signed(self, bytes: &[u8]) -> i64 {
        let unused = 64 - 8 * self.size() as u32;
        ((self.unsigned(bytes) << unused) as i64) >> unused
    }

    /// The letter that an element is. Only letters are ever stored.
    pub(super) fn letter_of(self, bytes: &[u8]) -> char {
        char::from_u32(self.unsigned(bytes) as u32).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Fails if bytes that come from outside are no elements: not every number is a letter.
    pub(super) fn check(self, bytes: &[u8]) -> Outcome<()> {
        if self.family != Family::Letter {
            return Ok(());
        }
        let numbers = bytes.chunks_exact(self.size()).map(|bytes| self.unsigned(bytes) as u32);
        match { numbers }.find(|number| char::from_u32(*number).is_none()) {
            None => Ok(()),
            Some(number @ 0xd800..=0xdfff) => Err(CallError::value(format!("character U+{number:x} is a surrogate"))),
            Some(number) => Err(CallError::value(format!("character U+{number:x} is not in range [U+0000; U+10ffff]"))),
        }
    }

    /// The bytes of an element. `overflow` if it does not fit, `type` if it is of another type.
    pub(super) fn write(self, item: &Item) -> Outcome<Raw> {
        match self.family {
            Family::Signed | Family::Unsigned => self.write_integer(&Integer::of(item)?),
            Family::Float => self.write_float(float(item)?),
            Family::Letter => self.write_letter(item),
        }
    }

    /// The same for one that is given as a 64-bit integer.
    pub(super) fn write_i64(self, number: i64) -> Outcome<Raw> {
        self.write_integer(&Integer::Fits(number))
    }

    /// The same for one that is given as a float.
    pub(super) fn write_float(self, number: f64) -> Outcome<Raw> {
        Ok(match self.size() {
            // What is too large for it becomes infinite, as in C.
            4 => widened(&(number as f32).to_le_bytes()),
            _ => number.to_le_bytes(),
        })
    }

    fn write_letter(self, item: &Item) -> Outcome<Raw> {
        const WANTED: &str = "array item must be a unicode character, not";
        let Item::Text(text) = item else { return Err(type_error(format!("{WANTED} {}", item.type_name()))) };
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Ok(widened(&u32::from(letter).to_le_bytes())),
            _ => Err(type_error(format!("{WANTED} a string of length {}", text.chars().count()))),
        }
    }

    fn write_integer(self, integer: &Integer) -> Outcome<Raw> {
        let overflow = |message: &str| Err(CallError::overflow(message));
        // In the order in which C would find out.
        let number = match (self.letter, integer) {
            ('I' | 'L', integer) if integer.is_negative() => {
                return overflow("can't convert negative value to unsigned int");
            }
            ('Q', integer) if integer.is_negative() => return overflow("can't convert negative int to unsigned"),
            ('I', Integer::FitsUnsigned(_)) => return overflow("unsigned int is greater than maximum"),
            ('L' | 'Q', Integer::FitsUnsigned(number)) => return Ok(number.to_le_bytes()),
            (_, Integer::Fits(number)) => *number,
            ('I' | 'L', _) => return overflow("Python int too large to convert to C unsigned long"),
            ('q' | 'Q', _) => return overflow("int too big to convert"),
            _ => return overflow("Python int too large to convert to C long"),
        };
        let ranges: &[Range] = match self.letter {
            'b' => &[SHORT, (-128, 127, "signed char")],
            'B' => &[(0, 255, "unsigned byte integer")],
            'h' => &[SHORT],
            'H' => &[INT, (0, 65535, "unsigned short")],
            'i' => &[INT],
            'I' => &[(0, u32::MAX as i64, "unsigned int")],
            _ => &[],
        };
        for (least, most, what) in ranges {
            if number < *least {
                return Err(CallError::overflow(format!("{what} is less than minimum")));
            }
            if number > *most {
                return Err(CallError::overflow(format!("{what} is greater than maximum")));
            }
        }
        Ok(number.to_le_bytes())
    }
}

/// The least, the most, and what C calls it.
type Range = (i64, i64, &'static str);

const SHORT: Range = (i16::MIN as i64, i16::MAX as i64, "signed short integer");
const INT: Range = (i32::MIN as i64, i32::MAX as i64, "signed integer");

/// An integer of any size.
enum Integer {
    Fits(i64),
    /// Only without a sign.
    FitsUnsigned(u64),
    TooLarge,
    TooSmall,
}

impl Integer {
    fn of(item: &Item) -> Outcome<Self> {
        Ok(match item {
            Item::Int(number) => Self::Fits(*number),
            Item::Bool(flag) => Self::Fits((*flag).into()),
            big if big.kind() == Kind::BigInt => match big.to_value() {
                Value::BigInt(number) => match u64::try_from(&number) {
                    Ok(number) => Self::FitsUnsigned(number),
                    Err(_) if number.sign() == Sign::Minus => Self::TooSmall,
                    Err(_) => Self::TooLarge,
                },
                _ => Self::TooLarge,
            },
            other => {
                return Err(type_error(format!("'{}' object cannot be interpreted as an integer", other.type_name())));
            }
        })
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::Fits(number) => *number < 0,
            Self::TooSmall => true,
            Self::FitsUnsigned(_) | Self::TooLarge => false,
        }
    }
}

fn float(item: &Item) -> Outcome<f64> {
    match item {
        Item::Float(number) => Ok(*number),
        Item::Int(number) => Ok(*number as f64),
        Item::Bool(flag) => Ok(f64::from(u8::from(*flag))),
        big if big.kind() == Kind::BigInt => {
            let value = big.to_value();
            match Number::try_from(&value) {
                Ok(number) => Ok(to_float(number)?),
                Err(()) => Err(CallError::internal("an integer that is no number")),
            }
        }
        other => Err(type_error(format!("must be real number, not {}", other.type_name()))),
    }
}

/// The bytes of an element with zeros behind them.
fn widened(bytes: &[u8]) -> Raw {
    // Of the sizes that there are each is one instruction.
    match *bytes {
        [a, b, c, d, e, f, g, h] => [a, b, c, d, e, f, g, h],
        [a, b, c, d] => [a, b, c, d, 0, 0, 0, 0],
        [a, b] => [a, b, 0, 0, 0, 0, 0, 0],
        [a] => [a, 0, 0, 0, 0, 0, 0, 0],
        _ => [0; 8],
    }
}
