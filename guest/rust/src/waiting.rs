//! Waiting for the first of several objects.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::backend::types;
use crate::backend::waiting;
use crate::convert::{expect_unit, read};
use crate::lock::nanoseconds;
use crate::{Proxy, Result};

/// Waits until one of several objects has something to give, so long at most if a timeout is given. That is taken from the
/// first one and from no other: an item of a queue, a lock or a permit of a semaphore; an event that is set, or a process
/// that has ended. Of those that can give at once it is the first in their order. None when the time is up.
///
/// A lock or permit is taken as one that is [kept](crate::LockGuard::keep): it is released by hand.
///
/// ```
/// use commonhold_guest::{Event, Queue, wait_for_first};
/// use std::time::Duration;
///
/// let (jobs, stop) = (Queue::<String>::new()?, Event::new()?);
/// assert!(wait_for_first(&[&jobs, &stop], Some(Duration::from_millis(1)))?.is_none());
///
/// jobs.put("a")?;
/// stop.set()?;
/// let first = wait_for_first(&[&jobs, &stop], None)?.expect("without a timeout");
/// assert_eq!(first.index(), 0);
/// assert_eq!(first.item::<String>()?, "a");
/// assert_eq!(wait_for_first(&[&jobs, &stop], None)?.map(|first| first.index()), Some(1));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// `type` if an object cannot be waited for, `value` if there is none, `quota-exceeded` if there are more than 4096,
/// `shut-down` if one of them is a queue that is empty and was shut down. `deadlock` if this very process is among them, and
/// without a timeout if nobody is left who could ever give something.
pub fn wait_for_first(objects: &[&dyn AsRef<Proxy>], timeout: Option<Duration>) -> Result<Option<First>> {
    let handles: Vec<_> = objects.iter().map(|object| (*object).as_ref().handle()).collect();
    let first = expect_unit(waiting::wait_for_first(&handles, timeout.map(nanoseconds)))?;
    Ok(first.map(|(index, value)| First { index: index as usize, value }))
}

/// What was first of several objects that were waited for, and what it gave.
///
/// ```
/// use commonhold_guest::{First, Lock, wait_for_first};
///
/// let (a, b) = (Lock::new()?, Lock::new()?);
/// let _guard = a.acquire()?;
/// let first: First = wait_for_first(&[&a, &b], None)?.expect("without a timeout");
/// assert_eq!((first.index(), first.is_abandoned()), (1, false));
/// b.release()?;
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[must_use = "an item that was taken out of a queue is gone with it"]
#[derive(Debug)]
pub struct First {
    index: usize,
    value: types::Value,
}

impl First {
    /// Which of the objects it was.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Of a lock or a permit: whether the process that had it before died while it did.
    pub fn is_abandoned(&self) -> bool {
        matches!(self.value, types::Value::Boolean(true))
    }

    /// Of a queue: the item that was taken out of it.
    ///
    /// # Errors
    ///
    /// `bad-value` if it is no `T`.
    pub fn item<T: DeserializeOwned>(self) -> Result<T> {
        read(self.value)
    }
}
