//! Values from JSON and as JSON: what one of the two has a form for, and a reason for what it has not.

use anyhow::{Context, Result, anyhow, bail};
use commonhold::Value;
use commonhold_wire::repr::{MAX_DIGITS, write_big_int};
use commonhold_wire::{BigInt, MAX_DEPTH};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// The value of a JSON text. Integers are exact, and as long as Python reads them ([`MAX_DIGITS`]).
///
/// # Errors
///
/// For what is not JSON, and for JSON that has no one value: a key that occurs twice, a number out of range, half of a
/// surrogate pair, or what nests deeper than values do.
pub(crate) fn from_json(text: &str) -> Result<Value> {
    if text.starts_with('\u{feff}') {
        bail!("it begins with a byte order mark (U+FEFF)");
    }
    // This looks at the whole text, so what comes after finds it well-formed.
    read(serde_json::from_str(text)?, MAX_DEPTH)
}

// By hand, since serde would make floats of what does not fit 64 bits. Each level is looked through once more.
fn read(raw: &RawValue, depth: usize) -> Result<Value> {
    let text = raw.get();
    let inside = || depth.checked_sub(1).with_context(|| format!("it nests more than {MAX_DEPTH} levels deep"));
    Ok(match text.as_bytes().first() {
        Some(b'[') => {
            let depth = inside()?;
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            Value::List(items.into_iter().map(|item| read(item, depth)).collect::<Result<_>>()?)
        }
        Some(b'{') => {
            let depth = inside()?;
            let Members(members) = serde_json::from_str(text)?;
            let mut seen = HashSet::new();
            let mut entries = Vec::with_capacity(members.len());
            for (key, item) in members {
                let key = read_text(key.get())?;
                if !seen.insert(key.clone()) {
                    bail!("the key {} occurs twice", shortened(&key));
                }
                entries.push((Value::Text(key), read(item, depth)?));
            }
            Value::Dict(entries)
        }
        Some(b'"') => Value::Text(read_text(text)?),
        Some(b't') => Value::Bool(true),
        Some(b'f') => Value::Bool(false),
        Some(b'n') => Value::Null,
        _ => read_number(text)?,
    })
}

fn read_text(text: &str) -> Result<String> {
    // All else that can be wrong with it has been found before.
    serde_json::from_str(text).map_err(|_| anyhow!("there is half of a surrogate pair in {}", shortened(text)))
}

fn read_number(text: &str) -> Result<Value> {
    if text.contains(['.', 'e', 'E']) {
        let number: f64 = text.parse()?;
        if number.is_infinite() {
            bail!("the number {} is out of the range of floats", shortened(text));
        }
        return Ok(Value::Float(number));
    }
    let digits = text.trim_start_matches('-').len();
    if digits > MAX_DIGITS {
        // As in Python: it takes more than linear time.
        bail!("an integer of {digits} digits is too long: {MAX_DIGITS} is the most");
    }
    Ok(Value::from_bigint(text.parse::<BigInt>()?))
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// The start of a text that may be long, in quotes.
pub(crate) fn shortened(text: &str) -> String {
    let start: String = text.chars().take(40).collect();
    if start.len() < text.len() { format!("{start:?}...") } else { format!("{start:?}") }
}

/// The value in one line of JSON. Tuples are arrays, and integers are as long as Python prints them ([`MAX_DIGITS`]).
///
/// # Errors
///
/// For what JSON has no form for: proxies, bytes, sets, slices, objects, numbers that are not finite, integers that are
/// too long, and dicts with keys other than text.
pub(crate) fn to_json(value: &Value) -> Result<String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

// Values nest 500 levels deep at most.
fn write(value: &Value, out: &mut String) -> Result<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::BigInt(number) => write_big_int(number, out)
            .map_err(|_| anyhow!("an integer of more than {MAX_DIGITS} digits is too long to print"))?,
        Value::Float(number) if number.is_finite() => out.push_str(&serde_json::to_string(number)?),
        Value::Float(number) => bail!("the number {number} has no JSON form"),
        Value::Text(text) => out.push_str(&serde_json::to_string(text)?),
        Value::List(items) | Value::Tuple(items) => {
            write_all(items, ['[', ']'], out, write)?;
        }
        Value::Dict(entries) => write_all(entries, ['{', '}'], out, |(key, item), out| {
            let Value::Text(_) = key else { bail!("{}, as a key of a dict, has no JSON form", name(key)) };
            write(key, out)?;
            out.push(':');
            write(item, out)
        })?,
        other => bail!("{} has no JSON form", name(other)),
    }
    Ok(())
}

fn write_all<T>(
    items: &[T],
    [open, close]: [char; 2],
    out: &mut String,
    write: impl Fn(&T, &mut String) -> Result<()>,
) -> Result<()> {
    out.push(open);
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.push(',');
        }
        write(item, out)?;
    }
    out.push(close);
    Ok(())
}

fn name(value: &Value) -> String {
    match value {
        Value::Proxy(proxy) => format!("a proxy to a '{}'", proxy.typeid()),
        other => format!("a value of type '{}'", other.type_name()),
    }
}
