//! The counterpart of the interface `iterators`.

use std::vec;

use commonhold_wire::Error as Failing;

pub use super::types::{Error, Proxy, Value};

use super::referent::{State, lock};
use super::{Failure, Plain, dicts};

/// An iterator over a dict's keys.
pub(crate) struct Keys {
    /// None once it is exhausted.
    dict: Option<Proxy>,
    size: usize,
    rest: vec::IntoIter<Plain>,
}

impl Keys {
    pub(super) fn new(dict: Proxy, keys: Vec<Plain>) -> Keys {
        Keys { dict: Some(dict), size: keys.len(), rest: keys.into_iter() }
    }

    fn next(&mut self) -> Result<Option<Plain>, Failure> {
        let Some(dict) = &self.dict else { return Ok(None) };
        if dicts::open(dict, "__iter__")?.len() != self.size {
            return Err(Failing::runtime("dictionary changed size during iteration"));
        }
        let next = self.rest.next();
        if next.is_none() {
            self.dict = None;
        }
        Ok(next)
    }
}

/// The next item, or none.
pub fn next(self_: &Proxy) -> Result<Option<Value>, Error> {
    self_.check("__next__")?;
    match &self_.referent.state {
        State::Iterator(keys) => Ok(lock(keys).next()?.map(Value::from)),
        _ => Err(Failure::type_error(format!("an iterator is needed, not {self_:?}")).into()),
    }
}
