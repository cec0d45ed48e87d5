//! Many elements at once, between their bytes and the numbers of a typed interface.

use super::super::prelude::*;
use super::typecode::{Family, Typecode};

/// Calls a macro with the Rust type of an array's numbers: for an integer one, or for a float. What that gives is a
/// result, which is an error where there is no macro for them.
macro_rules! with_type {
    ($code:expr, integer: $integer:ident) => {
        match ($code.family(), $code.size()) {
            (Family::Signed, 1) => $integer!(i8),
            (Family::Signed, 2) => $integer!(i16),
            (Family::Signed, 4) => $integer!(i32),
            (Family::Signed, _) => $integer!(i64),
            (Family::Unsigned, 1) => $integer!(u8),
            (Family::Unsigned, 2) => $integer!(u16),
            (Family::Unsigned, 4) => $integer!(u32),
            (Family::Unsigned, _) => $integer!(u64),
            (Family::Float | Family::Letter, _) => Err(wrong_kind($code)),
        }
    };
    ($code:expr, float: $float:ident) => {
        match ($code.family(), $code.size()) {
            (Family::Float, 4) => $float!(f32),
            (Family::Float, _) => $float!(f64),
            (Family::Signed | Family::Unsigned | Family::Letter, _) => Err(wrong_kind($code)),
        }
    };
}

// Whether all numbers fit is asked first, and then all are converted: each of the two is a loop that the compiler makes
// fast, and one that may end anywhere is not.

/// The integers that bytes are. `type` if they are none, `overflow` if one fits no `i64`.
pub(super) fn read_ints(code: Typecode, bytes: &[u8]) -> Outcome<Vec<i64>> {
    macro_rules! integers {
        ($number:ty) => {{
            let (elements, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
            let numbers = elements.iter().map(|bytes| <$number>::from_le_bytes(*bytes));
            match numbers.clone().all(|number| i64::try_from(number).is_ok()) {
                true => Ok(numbers.map(|number| number as i64).collect()),
                false => Err(CallError::overflow("Python int too large to convert to C long")),
            }
        }};
    }
    with_type!(code, integer: integers)
}

/// The floats that bytes are. `type` if they are none.
pub(super) fn read_floats(code: Typecode, bytes: &[u8]) -> Outcome<Vec<f64>> {
    macro_rules! floats {
        ($number:ty) => {{
            let (elements, _) = bytes.as_chunks::<{ size_of::<$number>() }>();
            Ok(elements.iter().map(|bytes| f64::from(<$number>::from_le_bytes(*bytes))).collect())
        }};
    }
    with_type!(code, float: floats)
}

/// Fails unless integers can be elements. `type` if the elements are none, `overflow` if one does not fit.
pub(super) fn check_ints(code: Typecode, numbers: &[i64]) -> Outcome<()> {
    macro_rules! integers {
        ($number:ty) => {
            match numbers.iter().all(|number| <$number>::try_from(*number).is_ok()) {
                true => Ok(()),
                // For its words.
                false => numbers.iter().try_for_each(|number| code.write_i64(*number).map(drop)),
            }
        };
    }
    with_type!(code, integer: integers)
}

/// Writes integers that can be elements into the bytes of as many.
pub(super) fn write_ints(code: Typecode, numbers: &[i64], bytes: &mut [u8]) {
    macro_rules! integers {
        ($number:ty) => {{
            let (elements, _) = bytes.as_chunks_mut();
            for (bytes, number) in elements.iter_mut().zip(numbers) {
                *bytes = (*number as $number).to_le_bytes();
            }
            Ok(())
        }};
    }
    let _checked: Outcome<()> = with_type!(code, integer: integers);
}

/// Fails unless floats can be elements: `type` if they are none.
pub(super) fn check_floats(code: Typecode) -> Outcome<()> {
    if code.family() == Family::Float { Ok(()) } else { Err(wrong_kind(code)) }
}

/// Writes floats that can be elements into the bytes of as many.
pub(super) fn write_floats(code: Typecode, numbers: &[f64], bytes: &mut [u8]) {
    macro_rules! floats {
        ($number:ty) => {{
            let (elements, _) = bytes.as_chunks_mut();
            for (bytes, number) in elements.iter_mut().zip(numbers) {
                *bytes = (*number as $number).to_le_bytes();
            }
            Ok(())
        }};
    }
    let _checked: Outcome<()> = with_type!(code, float: floats);
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
