//! The numbers that a shared array can be of, as Rust has them.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A number that a shared array can be of: `i8` to `i64`, `u8` to `u64`, `f32` and `f64`.
pub trait Element: sealed::Element + Serialize + DeserializeOwned + Copy + PartialEq {
    /// The type code of an array that is made of it.
    const TYPECODE: char;

    /// Whether an array of that type code is of this type: `i64` is what both `q` and `l` say.
    fn fits(typecode: char) -> bool;
}

mod sealed {
    pub trait Element: Sized {
        #[doc(hidden)]
        fn pack(numbers: &[Self]) -> Vec<u8>;
        #[doc(hidden)]
        fn unpack(bytes: &[u8]) -> Vec<Self>;
    }
}

/// The bytes of numbers as they lie in an array.
pub fn pack<T: Element>(numbers: &[T]) -> Vec<u8> {
    T::pack(numbers)
}

/// The numbers that bytes of an array are.
pub fn unpack<T: Element>(bytes: &[u8]) -> Vec<T> {
    T::unpack(bytes)
}

macro_rules! elements {
    ($($number:ty: $code:literal $(or $other:literal)?;)+) => {
        $(
            impl Element for $number {
                const TYPECODE: char = $code;

                fn fits(typecode: char) -> bool {
                    matches!(typecode, $code $(| $other)?)
                }
            }

            impl sealed::Element for $number {
                fn pack(numbers: &[Self]) -> Vec<u8> {
                    let mut bytes = Vec::with_capacity(size_of_val(numbers));
                    numbers.iter().for_each(|number| bytes.extend_from_slice(&number.to_le_bytes()));
                    bytes
                }

                fn unpack(bytes: &[u8]) -> Vec<Self> {
                    let (elements, _) = bytes.as_chunks::<{ size_of::<Self>() }>();
                    elements.iter().map(|element| Self::from_le_bytes(*element)).collect()
                }
            }
        )+
    };
}

elements! {
    i8: 'b';
    u8: 'B';
    i16: 'h';
    u16: 'H';
    i32: 'i';
    u32: 'I';
    i64: 'q' or 'l';
    u64: 'Q' or 'L';
    f32: 'f';
    f64: 'd';
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_with_their_lowest_byte_first() {
        assert_eq!(pack(&[1_i16, -2]), [1, 0, 0xfe, 0xff]);
        assert_eq!(unpack::<i16>(&[1, 0, 0xfe, 0xff]), [1, -2]);
        assert_eq!(unpack::<f64>(&pack(&[0.5, -1e300])), [0.5, -1e300]);
        assert_eq!(unpack::<u64>(&pack(&[u64::MAX])), [u64::MAX]);
        assert!(i64::fits('q') && i64::fits('l') && !i64::fits('Q') && !i32::fits('l'));
    }
}
