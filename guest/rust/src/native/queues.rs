//! The counterpart of the interface `queues`.

use std::time;

use commonhold_objects::referents::queue::Queue;

pub use super::types::{Argument, Duration, Error, Proxy, Value};

use super::guest;

/// A new, empty queue.
pub fn create(maxsize: Option<u64>, joinable: bool) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(Queue::create(&own.caller, maxsize, joinable)))
}

/// Adds an item at the end.
pub fn put(self_: &Proxy, item: Argument<'_>, timeout: Option<Duration>) -> Result<(), Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|queue, own| {
        let item = own.item(item)?;
        own.wait(Queue::put(queue, &own.caller, item, timeout))
    })
}

/// Removes and returns the item at the front.
pub fn get(self_: &Proxy, timeout: Option<Duration>) -> Result<Value, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|queue, own| {
        own.may_remove()?;
        own.removed(own.wait(Queue::get(queue, &own.caller, timeout))?)
    })
}

/// How many items the queue holds.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    self_.with(|queue, _| Queue::length(queue))
}

/// Whether the queue holds no item.
pub fn is_empty(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|queue, _| Queue::is_empty(queue))
}

/// Whether the queue holds as many items as it may.
pub fn is_full(self_: &Proxy) -> Result<bool, Error> {
    self_.with(|queue, _| Queue::is_full(queue))
}

/// Acknowledges that an item is done.
pub fn task_done(self_: &Proxy) -> Result<(), Error> {
    self_.with(|queue, own| Queue::task_done(queue, &own.caller))
}

/// Waits until all items that were put are done.
pub fn join(self_: &Proxy, timeout: Option<Duration>) -> Result<bool, Error> {
    let timeout = timeout.map(time::Duration::from_nanos);
    self_.with(|queue, own| own.wait(Queue::join(queue, &own.caller, timeout)))
}

/// Lets nothing more be put, and nothing taken once the queue is empty.
pub fn shut_down(self_: &Proxy, immediate: bool) -> Result<(), Error> {
    self_.with(|queue, _| Queue::shut_down(queue, immediate))
}
