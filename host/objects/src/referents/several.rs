//! Waiting for the first of several objects: queues, events, locks, semaphores and processes.

use super::event::Event;
use super::lock::Lock;
use super::mutual::Acquire;
use super::prelude::*;
use super::process::Process;
use super::queue::{Getting, Queue};
use super::rlock::RLock;
use super::semaphore::{Acquiring, Semaphore};
use crate::object::{Bit, Granted, Operation, first};
use std::time::Duration;

/// The most objects that can be waited for at once.
const MOST: usize = 4096;

/// What is done with the object that is first.
enum Choice<'a> {
    Get(Getting<'a>),
    Wait(super::event::Waiting<'a>),
    Acquire(Acquire<'a>),
    Permit(Acquiring<'a>),
    Join(super::process::Ending<'a>),
}

impl<'a> Choice<'a> {
    fn of(proxy: &'a Proxy, caller: &'a Caller) -> Outcome<Self> {
        if proxy.downcast::<Queue>().is_some() {
            Queue::getting(proxy, caller).map(Self::Get)
        } else if proxy.downcast::<Event>().is_some() {
            Event::waiting(proxy).map(Self::Wait)
        } else if proxy.downcast::<Lock>().is_some() {
            Lock::acquiring(proxy, caller).map(Self::Acquire)
        } else if proxy.downcast::<RLock>().is_some() {
            RLock::acquiring(proxy, caller).map(Self::Acquire)
        } else if proxy.downcast::<Semaphore>().is_some() {
            Semaphore::acquiring(proxy, caller).map(Self::Permit)
        } else if proxy.downcast::<Process>().is_some() {
            Process::ending(proxy, caller).map(Self::Join)
        } else {
            Err(type_error(format!("a '{}' cannot be waited for", proxy.typeid())))
        }
    }

    fn operation(&mut self) -> &mut dyn Operation {
        match self {
            Self::Get(operation) => operation,
            Self::Wait(operation) => operation,
            Self::Acquire(operation) => operation,
            Self::Permit(operation) => operation,
            Self::Join(operation) => operation,
        }
    }

    /// What the one who waited is told.
    fn after(&self, granted: Granted) -> Item {
        let is_abandoned = matches!(granted, Granted::Abandoned);
        match self {
            Self::Get(getting) => getting.after(granted),
            Self::Acquire(acquire) => {
                acquire.after(Some(granted));
                Item::Bool(is_abandoned)
            }
            Self::Permit(acquiring) => {
                acquiring.remember();
                Item::Bool(is_abandoned)
            }
            Self::Wait(_) | Self::Join(_) => Item::Null,
        }
    }
}

/// The right that waiting for an object takes.
fn right(proxy: &Proxy) -> Option<Bit> {
    let info = proxy.body().type_info();
    ["get", "acquire", "wait", "join"].into_iter().find_map(|method| info.number_of(method))
}

/// Waits until one of several objects has something to give, and takes that from the first one and from no other: an
/// item of a queue, a lock or a permit of a semaphore; an event that is set or a process that has ended. Of those that
/// can give at once it is the first in their order. `None` when the time is up.
///
/// With it comes the item, or of a lock or a semaphore whether it was abandoned, or else nothing.
///
/// `type` if an object cannot be waited for, `value` if there is none; otherwise the errors of the queue that was first.
pub async fn wait_for_first(
    proxies: &[&Proxy],
    caller: &Caller,
    timeout: Option<Duration>,
) -> Outcome<Option<(usize, Item)>> {
    if proxies.is_empty() {
        return Err(CallError::value("there is nothing to wait for"));
    }
    if proxies.len() > MOST {
        return Err(CallError::quota_exceeded(format!("{MOST} objects at most can be waited for at once")));
    }
    for proxy in proxies {
        // First what does not count, so that nothing counts which is refused.
        proxy.check_grant()?;
        if let Some(right) = right(proxy) {
            proxy.check_again(right)?;
        }
    }
    let mut choices = proxies.iter().map(|proxy| Choice::of(proxy, caller)).collect::<Outcome<Vec<_>>>()?;
    let mut operations: Vec<_> = choices.iter_mut().map(Choice::operation).collect();
    let first = first(&mut operations, &caller.actor, timeout).await?;
    Ok(first.and_then(|(choice, granted)| Some((choice, choices.get(choice)?.after(granted)))))
}
