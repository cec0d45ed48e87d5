use super::bindings::imports::commonhold::manager::iterators;
use super::{GuestCtx, Hosted, Slot};
use crate::object::Room;
use crate::object::call::resolve_iterator;
use crate::referents::iterator::Iteration;
use iterators::{Argument, Value};
use std::time::Duration;
use wasmtime::component::Resource;

impl iterators::Host for GuestCtx {
    async fn create(&mut self, over: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let mut over = self.item(over)?;
        resolve_iterator(&mut over, &self.caller).await?;
        let iterator = Iteration::create(&self.caller, &over)?;
        self.give(iterator)
    }

    async fn next(&mut self, iterator: Resource<Slot>) -> Hosted<Option<Value>> {
        self.may_remove()?;
        let item = Iteration::next(self.proxy(&iterator)?, &self.caller).await?;
        Ok(item.map(|item| self.removed(item)))
    }

    async fn next_many(&mut self, iterator: Resource<Slot>, most: u32) -> Hosted<Vec<Value>> {
        self.may_remove()?;
        let room = Room::some(most as usize, self.table.room());
        let items = Iteration::next_many(self.proxy(&iterator)?, &self.caller, room).await?;
        Ok(items.into_iter().map(|item| self.removed(item)).collect())
    }

    async fn next_within(&mut self, iterator: Resource<Slot>, timeout: u64) -> Hosted<Option<Value>> {
        self.may_remove()?;
        let timeout = Duration::from_nanos(timeout);
        let item = Iteration::next_within(self.proxy(&iterator)?, &self.caller, timeout).await?;
        Ok(item.map(|item| self.removed(item)))
    }
}
