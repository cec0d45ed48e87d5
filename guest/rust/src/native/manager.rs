//! The counterpart of the interface `manager`.

use std::fmt::Write;

use commonhold_wire::{Error as Failing, ErrorKind};

pub use super::types::{Argument, Error, Proxy, Rights};

use super::process::manager;
use super::{Failure, Plain, custom, dicts, lists, locks};

/// How much of a referent's text is shown.
const TEXT: usize = 75;

/// Makes a referent of any type by its typeid.
pub fn create(
    typeid: &str,
    args: &[Argument<'_>],
    kwargs: &[(&str, Argument<'_>)],
    rights: Option<Rights<'_>>,
) -> Result<Proxy, Error> {
    let proxy = match typeid {
        "list" | "dict" | "Lock" => builtin(typeid, args, kwargs)?,
        _ => {
            let args = args.iter().map(Plain::try_from).collect::<Result<Vec<_>, _>>()?;
            let kwargs = kwargs
                .iter()
                .map(|(name, value)| Ok(((*name).to_owned(), Plain::try_from(value)?)))
                .collect::<Result<Vec<_>, Failure>>()?;
            custom::create(typeid, args, kwargs)?
        }
    };
    match rights {
        Some(rights) => proxy.narrow(rights),
        None => Ok(proxy),
    }
}

fn builtin(typeid: &str, args: &[Argument<'_>], kwargs: &[(&str, Argument<'_>)]) -> Result<Proxy, Error> {
    let plain = match args {
        [] => None,
        [one] if typeid != "Lock" => Some(Plain::try_from(one)?),
        _ => {
            let message = format!("{typeid} expected at most 1 argument, got {}", args.len());
            return Err(Failing::<Proxy>::new(ErrorKind::Type, message).into());
        }
    };
    if typeid != "dict" && !kwargs.is_empty() {
        return Err(Failing::<Proxy>::new(ErrorKind::Type, format!("{typeid}() takes no keyword arguments")).into());
    }
    let proxy = match typeid {
        "list" => lists::create()?,
        "dict" => dicts::create()?,
        _ => locks::create()?,
    };
    if let Some(initial) = plain {
        let method = if typeid == "list" { "extend" } else { "update" };
        super::call::builtin(&proxy, method, vec![initial], Vec::new())?;
    }
    if !kwargs.is_empty() {
        proxy.call("update", &[], kwargs)?;
    }
    Ok(proxy)
}

/// The typeids that `create` knows.
pub fn typeids() -> Vec<String> {
    let mut typeids: Vec<String> = ["Lock", "dict", "list"].map(String::from).into();
    typeids.extend(custom::typeids());
    typeids.sort();
    typeids
}

/// How many referents are alive.
pub fn number_of_objects() -> u64 {
    manager().count() as u64
}

/// One paragraph for each live referent.
pub fn debug_info() -> String {
    let mut info = String::new();
    for (referent, holders) in manager().all() {
        let proxy = Proxy::new(referent);
        let text = proxy.to_text().unwrap_or_else(|error| format!("<{}>", error.message));
        let text: String = text.chars().take(TEXT).collect();
        let separator = if info.is_empty() { "" } else { "\n" };
        // A String can always be written to.
        let _ = write!(info, "{separator}  {:x}:       refcount={holders}\n    {text}", proxy.id());
    }
    info
}
