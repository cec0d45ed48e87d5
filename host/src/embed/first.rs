use super::{Event, Lock, LockGuard, Permit, Process, Queue, RLock, RLockGuard, Semaphore};
use crate::error::Error;
use crate::object::{Home, Item, Proxy};
use crate::referents::several;
use crate::sync::Arc;
use commonhold_wire::Value;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// What [`Manager::wait_for_first`](super::Manager::wait_for_first) can wait for: a queue, an event, a lock, a semaphore or
/// a process, or the [`Proxy`] to one.
pub trait Waitable {
    /// The proxy to what is waited for.
    fn waited_for(&self) -> &Proxy;
}

impl Waitable for Proxy {
    fn waited_for(&self) -> &Proxy {
        self
    }
}

impl<T> Waitable for Queue<T> {
    fn waited_for(&self) -> &Proxy {
        self.proxy()
    }
}

macro_rules! waitable {
    ($($name:ident)*) => {
        $(impl Waitable for $name {
            fn waited_for(&self) -> &Proxy {
                self.proxy()
            }
        })*
    };
}

waitable!(Event Lock RLock Semaphore Process);

/// What was first of several objects that were waited for, and what was taken from it.
#[must_use = "what was taken is gone or given back with it"]
#[derive(Debug)]
pub struct First {
    index: usize,
    taken: Taken,
}

/// What was taken from the object that was first.
#[derive(Debug)]
pub enum Taken {
    /// Nothing: it is an event that is set, or a process that has ended.
    Nothing,
    /// An item of a queue.
    Item(Value<Proxy>),
    /// A lock.
    Lock(LockGuard),
    /// A re-entrant lock.
    RLock(RLockGuard),
    /// A permit of a semaphore.
    Permit(Permit),
}

impl First {
    /// Which of the objects it was.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Of a queue: the item that was taken out of it.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`, as what no queue was first for is none.
    pub fn item<T: DeserializeOwned>(self) -> Result<T, Error> {
        let value = match self.taken {
            Taken::Item(value) => value,
            _ => Value::Null,
        };
        commonhold_wire::from_value(value).map_err(|error| Error::Call(error.into()))
    }

    /// What was taken: a guard gives it back when it is dropped.
    pub fn into_taken(self) -> Taken {
        self.taken
    }
}

pub(super) async fn first(
    home: &Arc<Home>,
    objects: &[&(dyn Waitable + Sync)],
    timeout: Option<Duration>,
) -> Result<Option<First>, Error> {
    // Somebody of its own, as each guard is.
    let caller = home.guard();
    let proxies: Vec<_> = objects.iter().map(|object| object.waited_for().clone()).collect();
    let borrowed: Vec<_> = proxies.iter().collect();
    let Some((index, item)) = several::wait_for_first(&borrowed, &caller, timeout).await? else { return Ok(None) };
    let Some(proxy) = proxies.get(index).cloned() else { return Ok(None) };
    let is_abandoned = matches!(item, Item::Bool(true));
    let taken = match proxy.typeid() {
        "Lock" => Taken::Lock(LockGuard::new(proxy, caller, is_abandoned)),
        "RLock" => Taken::RLock(RLockGuard::new(proxy, caller, is_abandoned)),
        "Semaphore" | "BoundedSemaphore" => Taken::Permit(Permit::new(proxy, caller, is_abandoned)),
        "Queue" | "JoinableQueue" => Taken::Item(item.to_value()),
        _ => Taken::Nothing,
    };
    Ok(Some(First { index, taken }))
}
