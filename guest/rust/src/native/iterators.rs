//! The counterpart of the interface `iterators`.

use commonhold_objects::referents::iterator::Iteration;

pub use super::types::{Error, Proxy, Value};

/// The next item, or none.
pub fn next(self_: &Proxy) -> Result<Option<Value>, Error> {
    self_.with(|iterator, own| Iteration::next(iterator)?.map(|item| own.value(item)).transpose())
}
