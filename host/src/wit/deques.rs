use super::bindings::imports::commonhold::manager::deques;
use super::{GuestCtx, Hosted, Slot};
use crate::object::call::{resolve, resolve_for};
use crate::referents::deque::Deque;
use deques::{Argument, Value};
use wasmtime::component::Resource;

impl deques::Host for GuestCtx {
    fn create(&mut self, maxlen: Option<u64>) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Deque::create(&self.caller, maxlen))
    }

    async fn create_from(&mut self, items: Argument, maxlen: Option<u64>) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let mut items = self.item(items)?;
        resolve(&mut items, &self.caller).await?;
        let deque = Deque::create_from(&self.caller, &items, maxlen)?;
        self.give(deque)
    }

    fn max_length(&mut self, deque: Resource<Slot>) -> Hosted<Option<u64>> {
        Ok(Deque::max_length(self.proxy(&deque)?)?)
    }

    fn length(&mut self, deque: Resource<Slot>) -> Hosted<u64> {
        Ok(Deque::length(self.proxy(&deque)?)?)
    }

    fn get_item(&mut self, deque: Resource<Slot>, index: i64) -> Hosted<Value> {
        let item = Deque::get_item(self.proxy(&deque)?, index)?;
        Ok(self.value(item)?)
    }

    fn set_item(&mut self, deque: Resource<Slot>, index: i64, item: Argument) -> Hosted<()> {
        Ok(Deque::set_item(self.proxy(&deque)?, index, self.item(item)?)?)
    }

    fn delete_item(&mut self, deque: Resource<Slot>, index: i64) -> Hosted<()> {
        Ok(Deque::delete_item(self.proxy(&deque)?, index)?)
    }

    fn append(&mut self, deque: Resource<Slot>, item: Argument) -> Hosted<()> {
        Ok(Deque::append(self.proxy(&deque)?, self.item(item)?)?)
    }

    fn append_left(&mut self, deque: Resource<Slot>, item: Argument) -> Hosted<()> {
        Ok(Deque::append_left(self.proxy(&deque)?, self.item(item)?)?)
    }

    async fn extend(&mut self, deque: Resource<Slot>, items: Argument) -> Hosted<()> {
        let mut items = self.item(items)?;
        let deque = self.proxy(&deque)?;
        resolve_for(deque, &mut items, &self.caller).await?;
        Ok(Deque::extend(deque, &items)?)
    }

    async fn extend_left(&mut self, deque: Resource<Slot>, items: Argument) -> Hosted<()> {
        let mut items = self.item(items)?;
        let deque = self.proxy(&deque)?;
        resolve_for(deque, &mut items, &self.caller).await?;
        Ok(Deque::extend_left(deque, &items)?)
    }

    fn insert(&mut self, deque: Resource<Slot>, index: i64, item: Argument) -> Hosted<()> {
        Ok(Deque::insert(self.proxy(&deque)?, index, self.item(item)?)?)
    }

    fn pop(&mut self, deque: Resource<Slot>) -> Hosted<Value> {
        self.may_remove()?;
        let item = Deque::pop(self.proxy(&deque)?)?;
        Ok(self.removed(item))
    }

    fn pop_left(&mut self, deque: Resource<Slot>) -> Hosted<Value> {
        self.may_remove()?;
        let item = Deque::pop_left(self.proxy(&deque)?)?;
        Ok(self.removed(item))
    }

    fn remove(&mut self, deque: Resource<Slot>, item: Argument) -> Hosted<()> {
        Ok(Deque::remove(self.proxy(&deque)?, &self.item(item)?)?)
    }

    fn clear(&mut self, deque: Resource<Slot>) -> Hosted<()> {
        Ok(Deque::clear(self.proxy(&deque)?)?)
    }

    fn copy(&mut self, deque: Resource<Slot>) -> Hosted<Value> {
        let copy = Deque::copy(self.proxy(&deque)?)?;
        Ok(self.value(copy)?)
    }

    fn copy_reversed(&mut self, deque: Resource<Slot>) -> Hosted<Value> {
        let copy = Deque::copy_reversed(self.proxy(&deque)?)?;
        Ok(self.value(copy)?)
    }

    fn contains(&mut self, deque: Resource<Slot>, item: Argument) -> Hosted<bool> {
        Ok(Deque::contains(self.proxy(&deque)?, &self.item(item)?)?)
    }

    fn count(&mut self, deque: Resource<Slot>, item: Argument) -> Hosted<u64> {
        Ok(Deque::count(self.proxy(&deque)?, &self.item(item)?)?)
    }

    fn index(&mut self, deque: Resource<Slot>, item: Argument, start: Option<i64>, stop: Option<i64>) -> Hosted<u64> {
        Ok(Deque::index(self.proxy(&deque)?, &self.item(item)?, start, stop)?)
    }

    fn reverse(&mut self, deque: Resource<Slot>) -> Hosted<()> {
        Ok(Deque::reverse(self.proxy(&deque)?)?)
    }

    fn rotate(&mut self, deque: Resource<Slot>, steps: i64) -> Hosted<()> {
        Ok(Deque::rotate(self.proxy(&deque)?, steps)?)
    }

    async fn concat(&mut self, deque: Resource<Slot>, other: Argument) -> Hosted<Value> {
        let mut other = self.item(other)?;
        let deque = self.proxy(&deque)?;
        resolve_for(deque, &mut other, &self.caller).await?;
        let items = Deque::concat(deque, &other)?;
        Ok(self.value(items)?)
    }

    fn repeat(&mut self, deque: Resource<Slot>, times: i64) -> Hosted<Value> {
        let items = Deque::repeat(self.proxy(&deque)?, times)?;
        Ok(self.value(items)?)
    }

    fn repeat_in_place(&mut self, deque: Resource<Slot>, times: i64) -> Hosted<()> {
        Ok(Deque::repeat_in_place(self.proxy(&deque)?, times)?)
    }
}
