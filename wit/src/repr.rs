//! Values as text, exactly as CPython 3.14 prints them.

use std::fmt::{self, Write};

use num_bigint::BigInt;
use unicode_general_category::{GeneralCategory, get_general_category};

use crate::value::{ProxyIdentity, Value};

/// How many decimal digits of an integer are printed at most, as in CPython: printing takes more
/// than linear time.
pub const MAX_DIGITS: usize = 4300;

/// Why a value could not be printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReprError {
    /// An integer in it has more than [`MAX_DIGITS`] digits: a ValueError.
    Digits,
    /// The writer has failed.
    Write,
}

impl fmt::Display for ReprError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReprError::Digits => {
                write!(f, "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion")
            }
            ReprError::Write => f.write_str("the text could not be written"),
        }
    }
}

impl std::error::Error for ReprError {}

impl From<fmt::Error> for ReprError {
    fn from(_: fmt::Error) -> Self {
        ReprError::Write
    }
}

/// What Python's `repr` gives: `[1, 'a', None]`.
pub fn repr<P: ProxyIdentity>(value: &Value<P>) -> Result<String, ReprError> {
    let mut text = String::new();
    write_repr(value, &mut text)?;
    Ok(text)
}

/// What Python's `str` gives: a text as it is, and anything else as `repr` does.
pub fn to_text<P: ProxyIdentity>(value: &Value<P>) -> Result<String, ReprError> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        other => repr(other),
    }
}

/// Writes what Python's `repr` gives.
pub fn write_repr<P: ProxyIdentity, W: Write>(value: &Value<P>, out: &mut W) -> Result<(), ReprError> {
    match value {
        Value::Null => out.write_str("None")?,
        Value::Bool(flag) => write_bool(*flag, out)?,
        Value::Int(number) => write!(out, "{number}")?,
        Value::BigInt(number) => write_big_int(number, out)?,
        Value::Float(number) => write_float(*number, out)?,
        Value::Text(text) => write_str(text, out)?,
        Value::Bytes(bytes) => write_bytes(bytes, out)?,
        Value::List(items) => write_items("[", items, "]", out)?,
        Value::Tuple(items) => write_items("(", items, if items.len() == 1 { ",)" } else { ")" }, out)?,
        Value::Dict(entries) => write_dict(entries, out)?,
        Value::Set(items) if items.is_empty() => out.write_str("set()")?,
        Value::Set(items) => write_items("{", items, "}", out)?,
        Value::FrozenSet(items) if items.is_empty() => out.write_str("frozenset()")?,
        Value::FrozenSet(items) => write_items("frozenset({", items, "})", out)?,
        Value::Slice(parts) => write_items("slice(", parts.as_slice(), ")", out)?,
        Value::Proxy(proxy) => out.write_str(&proxy.repr())?,
        Value::Object(object) => out.write_str(&object.text)?,
    }
    Ok(())
}

fn write_items<P: ProxyIdentity, W: Write>(
    open: &str,
    items: &[Value<P>],
    close: &str,
    out: &mut W,
) -> Result<(), ReprError> {
    out.write_str(open)?;
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        write_repr(item, out)?;
    }
    Ok(out.write_str(close)?)
}

fn write_dict<P: ProxyIdentity, W: Write>(entries: &[(Value<P>, Value<P>)], out: &mut W) -> Result<(), ReprError> {
    out.write_str("{")?;
    for (position, (key, item)) in entries.iter().enumerate() {
        if position > 0 {
            out.write_str(", ")?;
        }
        write_repr(key, out)?;
        out.write_str(": ")?;
        write_repr(item, out)?;
    }
    Ok(out.write_str("}")?)
}

/// Writes a boolean as Python does: `True`.
pub fn write_bool<W: Write>(flag: bool, out: &mut W) -> fmt::Result {
    out.write_str(if flag { "True" } else { "False" })
}

/// Writes an integer of any size, unless it is too long.
pub fn write_big_int<W: Write>(number: &BigInt, out: &mut W) -> Result<(), ReprError> {
    // The limit's number of bits, and what is between two numbers of bits is decided by the digits.
    let may_fit = number.bits() <= (MAX_DIGITS as u64 * 3322).div_ceil(1000);
    let digits = if may_fit { number.magnitude().to_str_radix(10) } else { return Err(ReprError::Digits) };
    if digits.len() > MAX_DIGITS {
        return Err(ReprError::Digits);
    }
    if number.sign() == num_bigint::Sign::Minus {
        out.write_str("-")?;
    }
    Ok(out.write_str(&digits)?)
}

/// Writes a float as Python does: the shortest digits that read back as the same float, `1.0`,
/// `1e+16`, `1e-05`, `inf`, `nan`.
pub fn write_float<W: Write>(number: f64, out: &mut W) -> fmt::Result {
    if number.is_nan() {
        return out.write_str("nan");
    }
    if number.is_sign_negative() {
        out.write_str("-")?;
    }
    if number.is_infinite() {
        return out.write_str("inf");
    }
    if number == 0.0 {
        return out.write_str("0.0");
    }
    // Where two numbers of as few digits are equally near, CPython takes the even one, and so does
    // this crate; std takes the one further from zero.
    let mut buffer = zmij::Buffer::new();
    let (mantissa, exponent) = {
        let text = buffer.format_finite(number.abs());
        text.split_once('e').unwrap_or((text, "0"))
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = format!("{whole}{fraction}");
    let digits = all_digits.trim_start_matches('0');
    // The number is 0.DIGITS times ten to this power.
    let point = exponent.parse().unwrap_or(0) + whole.len() as i32 - (all_digits.len() - digits.len()) as i32;
    let digits = digits.trim_end_matches('0');
    let count = digits.len() as i32;
    match point {
        -3..=0 => write!(out, "0.{:0>width$}", digits, width = (count - point) as usize),
        1..=16 if point < count => write!(out, "{}.{}", &digits[..point as usize], &digits[point as usize..]),
        1..=16 => write!(out, "{digits:0<width$}.0", width = point as usize),
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            write!(out, "{first}{dot}{rest}e{:+03}", point - 1)
        }
    }
}

/// Writes a text as Python's `repr` does, quoted and escaped.
pub fn write_str<W: Write>(text: &str, out: &mut W) -> fmt::Result {
    let quote = quote(text.as_bytes());
    out.write_char(quote)?;
    // What needs no escape is written in runs.
    let mut run = 0;
    for (position, letter) in text.char_indices() {
        let plain = match letter {
            '\\' => false,
            ' '..='~' => letter != quote,
            '\0'..='\u{9f}' => false,
            _ => is_printable(letter),
        };
        if !plain {
            out.write_str(&text[run..position])?;
            write_escape(letter, out)?;
            run = position + letter.len_utf8();
        }
    }
    out.write_str(&text[run..])?;
    out.write_char(quote)
}

/// Writes bytes as Python's `repr` does: `b'...'`.
pub fn write_bytes<W: Write>(bytes: &[u8], out: &mut W) -> fmt::Result {
    let quote = quote(bytes);
    out.write_char('b')?;
    out.write_char(quote)?;
    for &byte in bytes {
        match char::from(byte) {
            letter @ ' '..='~' if letter != quote && letter != '\\' => out.write_char(letter)?,
            letter => write_escape(letter, out)?,
        }
    }
    out.write_char(quote)
}

/// Single quotes, unless they would need an escape and double quotes would not.
fn quote(text: &[u8]) -> char {
    if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' }
}

fn write_escape<W: Write>(letter: char, out: &mut W) -> fmt::Result {
    match letter {
        '\t' => out.write_str("\\t"),
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\\' | '\'' | '"' => write!(out, "\\{letter}"),
        '\0'..='\u{ff}' => write!(out, "\\x{:02x}", u32::from(letter)),
        '\u{100}'..='\u{ffff}' => write!(out, "\\u{:04x}", u32::from(letter)),
        _ => write!(out, "\\U{:08x}", u32::from(letter)),
    }
}

/// Python's `str.isprintable` of a letter that is not ASCII.
fn is_printable(letter: char) -> bool {
    use GeneralCategory as Category;
    !matches!(
        get_general_category(letter),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
    )
}
