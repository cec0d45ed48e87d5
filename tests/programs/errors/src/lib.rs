//! A guest whose shared type fails in every way, and that tells what it sees of the failures of others. `errors.js` and
//! `errors.py` are the same in other languages.

use std::fmt::Debug;

use commonhold_guest::{
    Error, ErrorKind, Pool, Process, Proxy, Result, Rights, Value, entry, manager, repr, shared_type,
};
use serde::{Serialize, Serializer};

/// Nothing but its failures.
pub struct RustFaulty;

/// Fails.
#[shared_type]
impl RustFaulty {
    /// One that can be made, or that fails in a way.
    pub fn new(how: Option<String>) -> Result<Self> {
        match how.as_deref() {
            None => Ok(RustFaulty),
            Some("built_in") => Err(built_in()),
            Some(_) => Err(custom()),
        }
    }

    /// Fails with an error that every language has.
    pub fn built_in(&self) -> Result<()> {
        Err(built_in())
    }

    /// Fails with an error of the program's own.
    pub fn custom(&self) -> Result<()> {
        Err(custom())
    }

    /// Returns what cannot travel.
    pub fn unserializable(&self) -> Homebody {
        Homebody
    }

    /// Lets the error of another object's method through.
    pub fn relays(&self, other: Proxy, method: String) -> Result<Value> {
        other.call(&method, ())
    }

    /// Ends the provider.
    pub fn dies(&self) {
        panic!("it had to be");
    }
}

fn built_in() -> Error {
    Error::value("a built-in error")
}

fn custom() -> Error {
    let args = Value::Tuple(vec![7.into(), "why".into()]);
    Error::new(ErrorKind::Custom, "7: why").with_type_name("FaultyError").with_args(args)
}

/// What cannot travel.
pub struct Homebody;

impl Serialize for Homebody {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("a Homebody cannot travel"))
    }
}

/// The methods that a traceback may name.
const METHODS: [&str; 8] = ["new", "JsFaulty", "__init__", "built_in", "custom", "unserializable", "relays", "dies"];

/// What a consumer sees of an operation.
fn tell<T: Debug>(result: Result<T>) -> Result<String> {
    let error = match result {
        Ok(value) => return Ok(format!("{value:?}")),
        Err(error) => error,
    };
    let whose = if error.kind.is_framework() { "framework" } else { "method" };
    let args = error.args.as_deref().map_or_else(|| Ok("none".to_owned()), repr)?;
    let traceback = error.traceback.as_deref().unwrap_or_default();
    let words: Vec<&str> = traceback.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let named: Vec<&str> = METHODS.into_iter().filter(|method| words.contains(method)).collect();
    Ok(format!("{error} | {} ({whose}) | args {args} | traceback names {}", error.kind, named.join(", ")))
}

/// Tells what it sees of all the ways in which an object's methods and its type's constructor fail.
#[entry]
fn observes(typeid: String, object: Proxy, other: Proxy) -> Result<Vec<(String, String)>> {
    let call = |method: &str| object.call::<Value>(method, ());
    let told = [
        ("constructor, built-in", tell(manager::create(&typeid, ("built_in",)))?),
        ("constructor, custom", tell(manager::create(&typeid, ("custom",)))?),
        ("constructor, arguments", tell(manager::create(&typeid, (1, 2, 3)))?),
        ("method, built-in", tell(call("built_in"))?),
        ("method, custom", tell(call("custom"))?),
        ("through another provider, built-in", tell(other.call::<Value>("relays", (&object, "built_in")))?),
        ("through another provider, custom", tell(other.call::<Value>("relays", (&object, "custom")))?),
        ("no such method", tell(call("flies"))?),
        ("not exposed", tell(object.narrow(&Rights::only([""; 0]))?.call::<Value>("custom", ()))?),
        ("no such type", tell(manager::create("NoSuchType", ()))?),
        ("result that cannot travel", tell(call("unserializable"))?),
        ("argument that cannot travel", tell(object.call::<Value>("custom", (Homebody,)))?),
        ("no copy", tell(object.get_value::<Value>())?),
        ("provider died", tell(call("dies"))?),
        ("after that", tell(call("custom"))?),
    ];
    Ok(told.map(|(what, seen)| (what.to_owned(), seen)).to_vec())
}

/// Ends with the error of an object's method.
#[entry]
fn passes_on(object: Proxy, method: String) -> Result<Value> {
    object.call(&method, ())
}

/// Tells what it sees of a process that ends with the error of an object's method, and of a pool's worker that does.
#[entry]
fn observes_processes(object: Proxy) -> Result<Vec<(String, String)>> {
    let process = Process::spawn("passes_on", (&object, "custom"))?;
    let joined = tell(process.join::<Value>())?;
    let pool = Pool::new(1)?;
    let pooled = tell(pool.apply::<Value>("passes_on", (&object, "custom")))?;
    pool.terminate()?;
    Ok(vec![("process".to_owned(), joined), ("pool".to_owned(), pooled)])
}

commonhold_guest::program!(entries: [observes, observes_processes, passes_on], types: [RustFaulty]);
