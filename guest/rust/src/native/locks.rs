//! The counterpart of the interface `locks`.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use commonhold_wire::Error as Failing;

pub use super::types::{Duration, Error, Proxy};

use super::Failure;
use super::process::{current_id, manager};
use super::referent::{State, lock};

/// How an attempt to acquire ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquired {
    /// It is the caller's.
    Acquired,
    /// It is the caller's, and whoever had it died.
    Abandoned,
    /// It could not be had in time.
    TimedOut,
}

/// A lock's state.
#[derive(Default)]
pub(crate) struct LockState {
    holder: Mutex<Holder>,
    changed: Condvar,
}

#[derive(Default)]
struct Holder {
    /// The process that has it.
    process: Option<u64>,
    abandoned: bool,
}

impl LockState {
    pub(super) fn is_locked(&self) -> bool {
        lock(&self.holder).process.is_some()
    }

    fn acquire(&self, timeout: Option<Duration>) -> Acquired {
        let deadline =
            timeout.and_then(|nanoseconds| Instant::now().checked_add(std::time::Duration::from_nanos(nanoseconds)));
        let mut holder = lock(&self.holder);
        while holder.process.is_some() {
            holder = match deadline {
                None => self.changed.wait(holder).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Acquired::TimedOut;
                    }
                    self.changed.wait_timeout(holder, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        holder.process = Some(current_id());
        if std::mem::take(&mut holder.abandoned) { Acquired::Abandoned } else { Acquired::Acquired }
    }

    fn release(&self) -> Result<(), Failure> {
        if lock(&self.holder).process.take().is_none() {
            return Err(Failing::runtime("release unlocked lock"));
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Releases the lock if a process that has died held it.
    pub(super) fn abandon(&self, process: u64) {
        let mut holder = lock(&self.holder);
        if holder.process == Some(process) {
            *holder = Holder { process: None, abandoned: true };
            self.changed.notify_one();
        }
    }
}

fn open<'a>(proxy: &'a Proxy, method: &str) -> Result<&'a LockState, Failure> {
    proxy.check(method)?;
    match &proxy.referent.state {
        State::Lock(state) => Ok(state),
        _ => Err(Failing::type_error(format!("a Lock is needed, not {proxy:?}"))),
    }
}

/// A new lock, not taken.
pub fn create() -> Result<Proxy, Error> {
    Ok(manager().add(State::Lock(LockState::default())))
}

/// Takes the lock.
pub fn acquire(self_: &Proxy, timeout: Option<Duration>) -> Result<Acquired, Error> {
    Ok(open(self_, "acquire")?.acquire(timeout))
}

/// Gives the lock away.
pub fn release(self_: &Proxy) -> Result<(), Error> {
    Ok(open(self_, "release")?.release()?)
}

/// Whether the lock is taken.
pub fn locked(self_: &Proxy) -> Result<bool, Error> {
    Ok(open(self_, "locked")?.is_locked())
}
