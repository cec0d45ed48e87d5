//! Objects that were published under names, for others to find.
//!
//! A program may use the names that were granted to it, by its embedder or on the command line, and none otherwise.
//! What it starts may use the same names. The names that a process has published are withdrawn at its end.

use serde::de::DeserializeOwned;

use crate::backend::{names, types};
use crate::convert::{expect_unit, read};
use crate::{Proxy, Result};

/// Publishes an object under a name. Whoever looks it up gets the rights that this proxy has: [narrow](Proxy::narrow) it
/// first to give fewer, and revoke that to take back what was found.
///
/// ```
/// use commonhold_guest::{ErrorKind, List, names};
///
/// let words: List<String> = List::from_items(["one"])?;
/// names::publish("words", &words.as_proxy().read_only()?)?;
///
/// let found: List<String> = names::look_up("words")?;
/// assert_eq!((found.as_proxy().id(), found.get(0)?), (words.as_proxy().id(), "one".to_owned()));
/// assert_eq!(found.push("two").unwrap_err().kind, ErrorKind::NotExposed);
///
/// names::withdraw("words")?;
/// assert_eq!(names::look_up::<List<String>>("words").unwrap_err().kind, ErrorKind::NoSuchName);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// `not-exposed` if the process may not publish the name; `value` if it is taken, or is none: a name has from 1 to 255
/// bytes, without control characters and `*`; `quota-exceeded` if the process has published 1000 names.
pub fn publish(name: &str, object: &impl AsRef<Proxy>) -> Result<()> {
    expect_unit(names::publish(name, object.as_ref().handle()))
}

/// Takes back a name that this process has published. Who has looked it up keeps what was found.
///
/// # Errors
///
/// `no-such-name` if it is not there, or somebody else has published it.
pub fn withdraw(name: &str) -> Result<()> {
    expect_unit(names::withdraw(name))
}

/// A proxy to the object of a name, with the rights that it was published with: a typed one, or a [`Proxy`].
///
/// # Errors
///
/// `no-such-name` if it is not there or the process may not look it up, which of the two is not told; `bad-value` if it is
/// of another type.
pub fn look_up<T: DeserializeOwned>(name: &str) -> Result<T> {
    read(types::Value::Proxy(expect_unit(names::look_up(name))?))
}

/// The names that are there and that this process may look up, in alphabetical order.
///
/// ```
/// use commonhold_guest::{Event, names};
///
/// let stop = Event::new()?;
/// names::publish("stop", &stop)?;
/// assert_eq!(names::names(), ["stop"]);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub fn names() -> Vec<String> {
    names::names()
}
