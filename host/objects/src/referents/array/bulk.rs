//! Many elements at once, between their bytes and the numbers of a typed interface.

use super::super::prelude::*;
use super::typecode::{Family, Typecode};

/// Calls a macro with the Rust type of an array's numbers: for an integer one, or for a float.
macro_rules! with_type {
    ($code:expr, $size:expr, integer: $integer:ident, float: $float:ident) => {
        match ($code.family(), $size) {
            (Family::Signed, 1) => $integer!(i8),
            (Family::Signed, 2) => $integer!(i16),
            (Family::Signed, 4) => $integer!(i32),
            (Family::Signed, _) => $integer!(i64),
            (Family::Unsigned, 1) => $integer!(u8),
            (Family::Unsigned, 2) => $integer!(u16),
            (Family::Unsigned, 4) => $integer!(u32),
            (Family::Unsigned, _) => $integer!(u64),
            (Family::Float, 4) => $float!(f32),
            (Family::Float, _) => $float!(f64),
            (Family::Letter, _) => Err(wrong_kind($code)),
        }
    };
}

/// The integers that bytes are. `type` if they are none, `overflow` if one fits no `i64`.
pub(super) fn read_ints(code: Typecode, bytes: &[u8]) -> Outcome<Vec<i64>> {
    macro_rules! integers {
        ($number:ty) => {{
            let (elements, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
            let numbers = elements.iter().map(|bytes| i64::try_from(<$number>::from_le_bytes(*bytes)));
            numbers
                .collect::<Result<_, _>>()
                .map_err(|_| CallError::overflow("Python int too large to convert to C long"))
        }};
    }
    macro_rules! none {
        ($number:ty) => {
            Err(wrong_kind(code))
        };
    }
    with_type!(code, code.size(), integer: integers, float: none)
}

/// The floats that bytes are. `type` if they are none.
pub(super) fn read_floats(code: Typecode, bytes: &[u8]) -> Outcome<Vec<f64>> {
    macro_rules! floats {
        ($number:ty) => {{
            let (elements, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
            Ok(elements.iter().map(|bytes| f64::from(<$number>::from_le_bytes(*bytes))).collect())
        }};
    }
    macro_rules! none {
        ($number:ty) => {
            Err(wrong_kind(code))
        };
    }
    with_type!(code, code.size(), integer: none, float: floats)
}

/// The bytes of integers. `type` if the elements are none, `overflow` if one does not fit.
pub(super) fn from_ints(code: Typecode, numbers: &[i64]) -> Outcome<Vec<u8>> {
    macro_rules! integers {
        ($number:ty) => {{
            let mut bytes = Vec::with_capacity(size_of::<$number>() * numbers.len());
            for &number in numbers {
                match <$number>::try_from(number) {
                    Ok(number) => bytes.extend_from_slice(&number.to_le_bytes()),
                    // For its words.
                    Err(_) => return Err(code.write_i64(number).err().unwrap_or_else(|| wrong_kind(code))),
                }
            }
            Ok(bytes)
        }};
    }
    macro_rules! none {
        ($number:ty) => {
            Err(wrong_kind(code))
        };
    }
    with_type!(code, code.size(), integer: integers, float: none)
}

/// The bytes of floats. `type` if the elements are none.
pub(super) fn from_floats(code: Typecode, numbers: &[f64]) -> Outcome<Vec<u8>> {
    macro_rules! floats {
        ($number:ty) => {
            Ok(numbers.iter().flat_map(|number| (*number as $number).to_le_bytes()).collect())
        };
    }
    macro_rules! none {
        ($number:ty) => {
            Err(wrong_kind(code))
        };
    }
    with_type!(code, code.size(), integer: none, float: floats)
}

#[cold]
fn wrong_kind(code: Typecode) -> CallError {
    let what = match code.family() {
        Family::Signed | Family::Unsigned => "integers",
        Family::Float => "floats",
        Family::Letter => "characters",
    };
    type_error(format!("the items of an array of typecode '{}' are {what}", code.letter()))
}
