use super::bindings::imports::commonhold::manager::lists;
use super::{GuestCtx, Hosted, Slot};
use crate::object::call::{resolve, resolve_for};
use crate::referents::list::List;
use crate::referents::slice::Slice;
use lists::{Argument, Value};
use wasmtime::component::Resource;

impl From<lists::Slice> for Slice {
    fn from(slice: lists::Slice) -> Self {
        Self { start: slice.start, stop: slice.stop, step: slice.step }
    }
}

impl lists::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(List::create(&self.caller))
    }

    async fn create_from(&mut self, items: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let mut items = self.item(items)?;
        resolve(&mut items, &self.caller).await?;
        let list = List::create_from(&self.caller, &items)?;
        self.give(list)
    }

    fn length(&mut self, list: Resource<Slot>) -> Hosted<u64> {
        Ok(List::length(self.proxy(&list)?)?)
    }

    fn get_item(&mut self, list: Resource<Slot>, index: i64) -> Hosted<Value> {
        let item = List::get_item(self.proxy(&list)?, index)?;
        Ok(self.value(item)?)
    }

    fn set_item(&mut self, list: Resource<Slot>, index: i64, item: Argument) -> Hosted<()> {
        Ok(List::set_item(self.proxy(&list)?, index, self.item(item)?)?)
    }

    fn delete_item(&mut self, list: Resource<Slot>, index: i64) -> Hosted<()> {
        Ok(List::delete_item(self.proxy(&list)?, index)?)
    }

    fn get_slice(&mut self, list: Resource<Slot>, slice: lists::Slice) -> Hosted<Value> {
        let items = List::get_slice(self.proxy(&list)?, slice.into())?;
        Ok(self.value(items)?)
    }

    async fn set_slice(&mut self, list: Resource<Slot>, slice: lists::Slice, items: Argument) -> Hosted<()> {
        let mut items = self.item(items)?;
        let list = self.proxy(&list)?;
        resolve_for(list, &mut items, &self.caller).await?;
        Ok(List::set_slice(list, slice.into(), items)?)
    }

    fn delete_slice(&mut self, list: Resource<Slot>, slice: lists::Slice) -> Hosted<()> {
        Ok(List::delete_slice(self.proxy(&list)?, slice.into())?)
    }

    fn append(&mut self, list: Resource<Slot>, item: Argument) -> Hosted<()> {
        Ok(List::append(self.proxy(&list)?, self.item(item)?)?)
    }

    async fn extend(&mut self, list: Resource<Slot>, items: Argument) -> Hosted<()> {
        let mut items = self.item(items)?;
        let list = self.proxy(&list)?;
        resolve_for(list, &mut items, &self.caller).await?;
        Ok(List::extend(list, items)?)
    }

    fn insert(&mut self, list: Resource<Slot>, index: i64, item: Argument) -> Hosted<()> {
        Ok(List::insert(self.proxy(&list)?, index, self.item(item)?)?)
    }

    fn pop(&mut self, list: Resource<Slot>, index: Option<i64>) -> Hosted<Value> {
        self.may_remove()?;
        let item = List::pop(self.proxy(&list)?, index)?;
        Ok(self.removed(item))
    }

    fn remove(&mut self, list: Resource<Slot>, item: Argument) -> Hosted<()> {
        Ok(List::remove(self.proxy(&list)?, &self.item(item)?)?)
    }

    fn clear(&mut self, list: Resource<Slot>) -> Hosted<()> {
        Ok(List::clear(self.proxy(&list)?)?)
    }

    fn copy(&mut self, list: Resource<Slot>) -> Hosted<Value> {
        let copy = List::copy(self.proxy(&list)?)?;
        Ok(self.value(copy)?)
    }

    fn copy_reversed(&mut self, list: Resource<Slot>) -> Hosted<Value> {
        let copy = List::copy_reversed(self.proxy(&list)?)?;
        Ok(self.value(copy)?)
    }

    fn contains(&mut self, list: Resource<Slot>, item: Argument) -> Hosted<bool> {
        Ok(List::contains(self.proxy(&list)?, &self.item(item)?)?)
    }

    fn count(&mut self, list: Resource<Slot>, item: Argument) -> Hosted<u64> {
        Ok(List::count(self.proxy(&list)?, &self.item(item)?)?)
    }

    fn index(&mut self, list: Resource<Slot>, item: Argument, start: Option<i64>, stop: Option<i64>) -> Hosted<u64> {
        Ok(List::index(self.proxy(&list)?, &self.item(item)?, start, stop)?)
    }

    fn reverse(&mut self, list: Resource<Slot>) -> Hosted<()> {
        Ok(List::reverse(self.proxy(&list)?)?)
    }

    fn sort(&mut self, list: Resource<Slot>, reverse: bool) -> Hosted<()> {
        Ok(List::sort(self.proxy(&list)?, reverse)?)
    }

    fn snapshot(&mut self, list: Resource<Slot>) -> Hosted<(u64, Value)> {
        let (version, items) = List::snapshot(self.proxy(&list)?)?;
        Ok((version, self.value(items)?))
    }

    fn sort_by_keys(&mut self, list: Resource<Slot>, version: u64, keys: Argument, reverse: bool) -> Hosted<()> {
        Ok(List::sort_by_keys(self.proxy(&list)?, version, &self.item(keys)?, reverse)?)
    }

    async fn concat(&mut self, list: Resource<Slot>, other: Argument) -> Hosted<Value> {
        let mut other = self.item(other)?;
        let list = self.proxy(&list)?;
        resolve_for(list, &mut other, &self.caller).await?;
        let items = List::concat(list, &other)?;
        Ok(self.value(items)?)
    }

    async fn concat_before(&mut self, list: Resource<Slot>, other: Argument) -> Hosted<Value> {
        let mut other = self.item(other)?;
        let list = self.proxy(&list)?;
        resolve_for(list, &mut other, &self.caller).await?;
        let items = List::concat_before(list, &other)?;
        Ok(self.value(items)?)
    }

    fn repeat(&mut self, list: Resource<Slot>, times: i64) -> Hosted<Value> {
        let items = List::repeat(self.proxy(&list)?, times)?;
        Ok(self.value(items)?)
    }

    fn repeat_in_place(&mut self, list: Resource<Slot>, times: i64) -> Hosted<()> {
        Ok(List::repeat_in_place(self.proxy(&list)?, times)?)
    }

    fn fetch_add(&mut self, list: Resource<Slot>, index: i64, delta: Argument) -> Hosted<Value> {
        let before = List::fetch_add(self.proxy(&list)?, index, &self.item(delta)?)?;
        Ok(self.value(before)?)
    }

    fn fetch_max(&mut self, list: Resource<Slot>, index: i64, value: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = List::fetch_max(self.proxy(&list)?, index, self.item(value)?)?;
        Ok(self.removed(before))
    }

    fn swap(&mut self, list: Resource<Slot>, index: i64, item: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = List::swap(self.proxy(&list)?, index, self.item(item)?)?;
        Ok(self.removed(before))
    }

    fn compare_exchange(
        &mut self,
        list: Resource<Slot>,
        index: i64,
        expected: Argument,
        item: Argument,
    ) -> Hosted<(bool, Value)> {
        self.may_remove()?;
        let (done, before) =
            List::compare_exchange(self.proxy(&list)?, index, &self.item(expected)?, self.item(item)?)?;
        Ok((done, self.removed(before)))
    }

    fn pop_if(&mut self, list: Resource<Slot>, index: i64, expected: Argument) -> Hosted<(bool, Value)> {
        self.may_remove()?;
        let (done, item) = List::pop_if(self.proxy(&list)?, index, &self.item(expected)?)?;
        Ok((done, self.removed(item)))
    }

    async fn get_many(&mut self, list: Resource<Slot>, indexes: Argument) -> Hosted<Value> {
        let mut indexes = self.item(indexes)?;
        let list = self.proxy(&list)?;
        resolve_for(list, &mut indexes, &self.caller).await?;
        let items = List::get_many(list, &indexes)?;
        Ok(self.value(items)?)
    }

    async fn set_many(&mut self, list: Resource<Slot>, pairs: Argument) -> Hosted<()> {
        let mut pairs = self.item(pairs)?;
        let list = self.proxy(&list)?;
        resolve_for(list, &mut pairs, &self.caller).await?;
        Ok(List::set_many(list, &pairs)?)
    }

    fn get_path(&mut self, list: Resource<Slot>, path: Argument) -> Hosted<Value> {
        let item = List::get_path(self.proxy(&list)?, &self.item(path)?)?;
        Ok(self.value(item)?)
    }

    fn set_path(&mut self, list: Resource<Slot>, path: Argument, item: Argument) -> Hosted<()> {
        Ok(List::set_path(self.proxy(&list)?, &self.item(path)?, self.item(item)?)?)
    }
}
