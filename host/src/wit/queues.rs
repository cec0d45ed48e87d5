use super::bindings::imports::commonhold::manager::queues;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::queue::Queue;
use queues::{Argument, Value};
use std::time::Duration;
use wasmtime::component::Resource;

impl queues::Host for GuestCtx {
    fn create(&mut self, maxsize: Option<u64>, joinable: bool) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Queue::create(&self.caller, maxsize, joinable))
    }

    async fn put(&mut self, queue: Resource<Slot>, item: Argument, timeout: Option<u64>) -> Hosted<()> {
        let item = self.item(item)?;
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Queue::put(self.proxy(&queue)?, &self.caller, item, timeout).await?)
    }

    async fn get(&mut self, queue: Resource<Slot>, timeout: Option<u64>) -> Hosted<Value> {
        self.may_remove()?;
        let timeout = timeout.map(Duration::from_nanos);
        let item = Queue::get(self.proxy(&queue)?, &self.caller, timeout).await?;
        Ok(self.removed(item))
    }

    fn length(&mut self, queue: Resource<Slot>) -> Hosted<u64> {
        Ok(Queue::length(self.proxy(&queue)?)?)
    }

    fn is_empty(&mut self, queue: Resource<Slot>) -> Hosted<bool> {
        Ok(Queue::is_empty(self.proxy(&queue)?)?)
    }

    fn is_full(&mut self, queue: Resource<Slot>) -> Hosted<bool> {
        Ok(Queue::is_full(self.proxy(&queue)?)?)
    }

    fn task_done(&mut self, queue: Resource<Slot>) -> Hosted<()> {
        Ok(Queue::task_done(self.proxy(&queue)?, &self.caller)?)
    }

    async fn join(&mut self, queue: Resource<Slot>, timeout: Option<u64>) -> Hosted<bool> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Queue::join(self.proxy(&queue)?, &self.caller, timeout).await?)
    }

    fn shut_down(&mut self, queue: Resource<Slot>, immediate: bool) -> Hosted<()> {
        Ok(Queue::shut_down(self.proxy(&queue)?, immediate)?)
    }
}
