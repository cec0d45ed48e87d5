//! Values as JSON: what it has a form for, and a reason for what it has not.

use anyhow::{Result, bail};
use commonhold::Value;

/// The value in one line of JSON. Tuples are arrays, and integers are as long as they are.
///
/// # Errors
///
/// For what JSON has no form for: proxies, bytes, sets, slices, objects, numbers that are not finite, and dicts with
/// keys other than text.
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
        Value::BigInt(number) => out.push_str(&number.to_string()),
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
