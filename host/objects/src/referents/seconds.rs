//! Timeouts, as the methods of Python's `threading` and `queue` take them: in seconds.

use super::prelude::*;
use std::time::Duration;

/// So many seconds; what is negative is no time at all.
fn duration(seconds: f64) -> Outcome<Duration> {
    if seconds.is_nan() {
        return Err(CallError::value("Invalid value NaN (not a number)"));
    }
    Duration::try_from_secs_f64(seconds.max(0.0))
        .map_err(|_| CallError::new(ErrorKind::Overflow, "timeout value is too large"))
}

/// `timeout=None`: for ever, or for so long. What is negative is over at once.
pub(super) fn optional(timeout: Option<Item>) -> Outcome<Option<Duration>> {
    match timeout {
        None | Some(Item::Null) => Ok(None),
        Some(item) => duration(item.as_seconds()?).map(Some),
    }
}

/// What `Lock.acquire` and `RLock.acquire` take, where -1 is for ever.
pub(super) fn of_lock(blocking: bool, timeout: Option<Item>) -> Outcome<Option<Duration>> {
    let seconds = match timeout {
        None | Some(Item::Null) => -1.0,
        Some(item) => item.as_seconds()?,
    };
    if !blocking {
        if seconds == -1.0 {
            return Ok(Some(Duration::ZERO));
        }
        return Err(CallError::value("can't specify a timeout for a non-blocking call"));
    }
    if seconds == -1.0 {
        return Ok(None);
    }
    if seconds < 0.0 || seconds.is_nan() {
        return Err(CallError::value("timeout value must be a non-negative number"));
    }
    duration(seconds).map(Some)
}

/// What `Semaphore.acquire` takes.
pub(super) fn of_semaphore(blocking: bool, timeout: Option<Item>) -> Outcome<Option<Duration>> {
    match (blocking, optional(timeout)?) {
        (true, timeout) => Ok(timeout),
        (false, None) => Ok(Some(Duration::ZERO)),
        (false, Some(_)) => Err(CallError::value("can't specify timeout for non-blocking acquire")),
    }
}

/// What `Queue.get` and `Queue.put` take, which ignore the timeout if they do not wait.
pub(super) fn of_queue(block: bool, timeout: Option<Item>) -> Outcome<Option<Duration>> {
    if !block {
        return Ok(Some(Duration::ZERO));
    }
    match timeout {
        None | Some(Item::Null) => Ok(None),
        Some(item) => {
            let seconds = item.as_seconds()?;
            if seconds < 0.0 {
                return Err(CallError::value("'timeout' must be a non-negative number"));
            }
            duration(seconds).map(Some)
        }
    }
}
