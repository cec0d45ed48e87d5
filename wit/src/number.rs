//! Numbers as Python has them: booleans, integers of any size and floats are one family, compared
//! exactly, and added and subtracted with Python's rules.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::{BigInt, Sign};
use num_traits::{FromPrimitive, ToPrimitive};

use crate::value::{ProxyIdentity, Value};

/// 2^63: the first float above every `i64`.
const I64_END: f64 = 9_223_372_036_854_775_808.0;

/// A number, wherever it is kept.
#[derive(Debug, Clone, Copy)]
pub enum Number<'a> {
    /// An integer; booleans are the integers 0 and 1.
    Int(i64),
    /// An integer that does not fit 64 bits.
    BigInt(&'a BigInt),
    /// A float.
    Float(f64),
}

impl<'a, P> TryFrom<&'a Value<P>> for Number<'a> {
    type Error = ();

    fn try_from(value: &'a Value<P>) -> Result<Self, ()> {
        match value {
            Value::Bool(flag) => Ok(Number::Int((*flag).into())),
            Value::Int(number) => Ok(Number::Int(*number)),
            Value::BigInt(number) => Ok(Number::BigInt(number)),
            Value::Float(number) => Ok(Number::Float(*number)),
            _ => Err(()),
        }
    }
}

/// How two numbers compare by their exact values; none if one is not a number (NaN).
pub fn compare(a: Number<'_>, b: Number<'_>) -> Option<Ordering> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
        (Number::Int(a), Number::Float(b)) => compare_int_float(a, b),
        (Number::Int(_), Number::BigInt(b)) => Some(sign_order(b).reverse()),
        (Number::BigInt(a), Number::Int(_)) => Some(sign_order(a)),
        (Number::BigInt(a), Number::BigInt(b)) => Some(a.cmp(b)),
        (Number::BigInt(a), Number::Float(b)) => compare_big_float(a, b),
        (Number::Float(a), Number::Int(b)) => compare_int_float(b, a).map(Ordering::reverse),
        (Number::Float(a), Number::BigInt(b)) => compare_big_float(b, a).map(Ordering::reverse),
        (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b),
    }
}

/// How an integer that fits no `i64` compares with every one that does.
fn sign_order(number: &BigInt) -> Ordering {
    if number.sign() == Sign::Minus { Ordering::Less } else { Ordering::Greater }
}

/// How an integer compares with a float, without rounding either; none for NaN.
pub fn compare_int_float(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float >= I64_END {
        return Some(Ordering::Less);
    }
    if float < -I64_END {
        return Some(Ordering::Greater);
    }
    // Exact: what is cut off is the fraction alone.
    let whole = float.trunc();
    Some(int.cmp(&(whole as i64)).then_with(|| {
        if float > whole {
            Ordering::Less
        } else if float < whole {
            Ordering::Greater
        } else {
            Ordering::Equal
        }
    }))
}

/// How an integer that does not fit `i64` compares with a float, without rounding either; none for
/// NaN.
pub fn compare_big_float(int: &BigInt, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float == f64::INFINITY {
        return Some(Ordering::Less);
    }
    if float == f64::NEG_INFINITY {
        return Some(Ordering::Greater);
    }
    if float.abs() < I64_END {
        return Some(sign_order(int));
    }
    // A float of this size is whole.
    BigInt::from_f64(float).map(|float| int.cmp(&float))
}

/// Whether an integer and a float are the same number.
pub fn equal_int_float(int: i64, float: f64) -> bool {
    compare_int_float(int, float) == Some(Ordering::Equal)
}

/// Whether an integer that does not fit `i64` and a float are the same number.
pub fn equal_big_float(int: &BigInt, float: f64) -> bool {
    compare_big_float(int, float) == Some(Ordering::Equal)
}

/// Why two values could not be added or subtracted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArithmeticError {
    /// One is not a number: a TypeError.
    Unsupported {
        /// What was to be done: `+`.
        operator: char,
        /// The name of the left one's type.
        left: String,
        /// The name of the right one's type.
        right: String,
    },
    /// An integer is beyond every float: an OverflowError.
    Overflow,
}

impl fmt::Display for ArithmeticError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArithmeticError::Unsupported { operator, left, right } => {
                write!(f, "unsupported operand type(s) for {operator}: '{left}' and '{right}'")
            }
            ArithmeticError::Overflow => f.write_str("int too large to convert to float"),
        }
    }
}

impl std::error::Error for ArithmeticError {}

/// The sum of two numbers as Python's `+` makes it.
///
/// Anything but numbers is an error, even where Python would concatenate: this is what `fetch_add`
/// does.
pub fn add<P: ProxyIdentity>(a: &Value<P>, b: &Value<P>) -> Result<Value<P>, ArithmeticError> {
    match (Number::try_from(a), Number::try_from(b)) {
        (Ok(a), Ok(b)) => add_numbers(a, b),
        _ => Err(unsupported('+', a, b)),
    }
}

/// The difference of two numbers as Python's `-` makes it. Anything but numbers is an error.
pub fn subtract<P: ProxyIdentity>(a: &Value<P>, b: &Value<P>) -> Result<Value<P>, ArithmeticError> {
    match (Number::try_from(a), Number::try_from(b)) {
        (Ok(a), Ok(b)) => subtract_numbers(a, b),
        _ => Err(unsupported('-', a, b)),
    }
}

fn unsupported<P: ProxyIdentity>(operator: char, a: &Value<P>, b: &Value<P>) -> ArithmeticError {
    let (left, right) = (a.type_name().into_owned(), b.type_name().into_owned());
    ArithmeticError::Unsupported { operator, left, right }
}

/// The sum of two numbers as Python's `+` makes it.
pub fn add_numbers<P>(a: Number<'_>, b: Number<'_>) -> Result<Value<P>, ArithmeticError> {
    Ok(match (a, b) {
        (Number::Int(a), Number::Int(b)) => match a.checked_add(b) {
            Some(sum) => Value::Int(sum),
            None => Value::BigInt(BigInt::from(a) + b),
        },
        (Number::Int(a), Number::BigInt(b)) | (Number::BigInt(b), Number::Int(a)) => Value::from_bigint(b + a),
        (Number::BigInt(a), Number::BigInt(b)) => Value::from_bigint(a + b),
        (Number::Float(a), b) => Value::Float(a + to_float(b)?),
        (a, Number::Float(b)) => Value::Float(to_float(a)? + b),
    })
}

/// The difference of two numbers as Python's `-` makes it.
pub fn subtract_numbers<P>(a: Number<'_>, b: Number<'_>) -> Result<Value<P>, ArithmeticError> {
    Ok(match (a, b) {
        (Number::Int(a), Number::Int(b)) => match a.checked_sub(b) {
            Some(difference) => Value::Int(difference),
            None => Value::BigInt(BigInt::from(a) - b),
        },
        (Number::Int(a), Number::BigInt(b)) => Value::from_bigint(BigInt::from(a) - b),
        (Number::BigInt(a), Number::Int(b)) => Value::from_bigint(a - b),
        (Number::BigInt(a), Number::BigInt(b)) => Value::from_bigint(a - b),
        (Number::Float(a), b) => Value::Float(a - to_float(b)?),
        (a, Number::Float(b)) => Value::Float(to_float(a)? - b),
    })
}

/// The nearest float, ties to even, as Python's `float()` gives it.
pub fn to_float(number: Number<'_>) -> Result<f64, ArithmeticError> {
    match number {
        Number::Int(number) => Ok(number as f64),
        Number::BigInt(number) => number.to_f64().filter(|float| float.is_finite()).ok_or(ArithmeticError::Overflow),
        Number::Float(number) => Ok(number),
    }
}
