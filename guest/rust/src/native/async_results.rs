//! The counterpart of the interface `async-results`.

use std::time;

use commonhold_objects::referents::async_result::AsyncResult;

pub use super::types::{Duration, Error, Proxy, Value};

/// What came of the tasks.
pub fn get(self_: &Proxy, timeout: Option<Duration>) -> Result<Option<Value>, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|result, own| {
        let item = own.wait(AsyncResult::get(result, &own.caller, timeout))?;
        item.map(|item| own.value(item)).transpose()
    })
}

/// Waits until the tasks are done.
pub fn wait(self_: &Proxy, timeout: Option<Duration>) -> Result<bool, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|result, own| own.wait(AsyncResult::wait(result, &own.caller, timeout)))
}

/// Whether the tasks are done.
pub fn is_ready(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|result, _| AsyncResult::is_ready(result))
}

/// Whether the tasks are done and none has failed.
pub fn is_successful(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|result, _| AsyncResult::is_successful(result))
}
