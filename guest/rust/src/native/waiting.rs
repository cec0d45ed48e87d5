//! The counterpart of the interface `waiting`.

use std::time;

use commonhold_objects::object::Outcome;
use commonhold_objects::referents::several;

pub use super::types::{Duration, Error, Proxy, Value};

use super::guest;

/// Waits until one of several objects has something to give.
pub fn wait_for_first(objects: &[&Proxy], timeout: Option<Duration>) -> Result<Option<(u32, Value)>, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    guest::current().act(|own| {
        own.may_remove()?;
        let objects = objects.iter().map(|object| Ok(own.lend(own.lent(object)?))).collect::<Outcome<Vec<_>>>()?;
        let objects: Vec<_> = objects.iter().map(|object| &**object).collect();
        match own.wait(several::wait_for_first(&objects, &own.caller, timeout))? {
            // There are far fewer objects than such a number can count.
            Some((index, item)) => Ok(Some((u32::try_from(index).unwrap_or(u32::MAX), own.removed(item)?))),
            None => Ok(None),
        }
    })
}
