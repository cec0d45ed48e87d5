use super::bindings::imports::commonhold::manager::dicts;
use super::{GuestCtx, Hosted, Slot};
use crate::object::Item;
use crate::object::call::{resolve, resolve_for};
use crate::referents::dict::Dict;
use dicts::{Argument, Value};
use wasmtime::component::Resource;

impl GuestCtx {
    fn optional_value(&mut self, item: Option<Item>) -> Hosted<Option<Value>> {
        item.map(|item| Ok(self.value(item)?)).transpose()
    }
}

impl dicts::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Dict::create(&self.caller))
    }

    async fn create_from(&mut self, entries: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let mut entries = self.item(entries)?;
        resolve(&mut entries, &self.caller).await?;
        let dict = Dict::create_from(&self.caller, &entries)?;
        self.give(dict)
    }

    fn length(&mut self, dict: Resource<Slot>) -> Hosted<u64> {
        Ok(Dict::length(self.proxy(&dict)?)?)
    }

    fn get_item(&mut self, dict: Resource<Slot>, key: Argument) -> Hosted<Value> {
        let item = Dict::get_item(self.proxy(&dict)?, &self.item(key)?)?;
        Ok(self.value(item)?)
    }

    fn find(&mut self, dict: Resource<Slot>, key: Argument) -> Hosted<Option<Value>> {
        let item = Dict::find(self.proxy(&dict)?, &self.item(key)?)?;
        self.optional_value(item)
    }

    fn set_item(&mut self, dict: Resource<Slot>, key: Argument, item: Argument) -> Hosted<()> {
        Ok(Dict::set_item(self.proxy(&dict)?, self.item(key)?, self.item(item)?)?)
    }

    fn delete_item(&mut self, dict: Resource<Slot>, key: Argument) -> Hosted<()> {
        Ok(Dict::delete_item(self.proxy(&dict)?, &self.item(key)?)?)
    }

    fn contains(&mut self, dict: Resource<Slot>, key: Argument) -> Hosted<bool> {
        Ok(Dict::contains(self.proxy(&dict)?, &self.item(key)?)?)
    }

    fn take(&mut self, dict: Resource<Slot>, key: Argument) -> Hosted<Option<Value>> {
        self.may_remove()?;
        let item = Dict::take(self.proxy(&dict)?, &self.item(key)?)?;
        Ok(item.map(|item| self.removed(item)))
    }

    fn pop_item(&mut self, dict: Resource<Slot>) -> Hosted<(Value, Value)> {
        self.may_remove()?;
        let (key, item) = Dict::pop_item(self.proxy(&dict)?)?;
        Ok((self.removed(key), self.removed(item)))
    }

    fn set_default(&mut self, dict: Resource<Slot>, key: Argument, default: Argument) -> Hosted<Value> {
        let item = Dict::set_default(self.proxy(&dict)?, self.item(key)?, self.item(default)?)?;
        Ok(self.value(item)?)
    }

    async fn update(&mut self, dict: Resource<Slot>, entries: Argument) -> Hosted<()> {
        let mut entries = self.item(entries)?;
        let dict = self.proxy(&dict)?;
        resolve_for(dict, &mut entries, &self.caller).await?;
        Ok(Dict::update(dict, &entries)?)
    }

    fn clear(&mut self, dict: Resource<Slot>) -> Hosted<()> {
        Ok(Dict::clear(self.proxy(&dict)?)?)
    }

    fn copy(&mut self, dict: Resource<Slot>) -> Hosted<Value> {
        let copy = Dict::copy(self.proxy(&dict)?)?;
        Ok(self.value(copy)?)
    }

    fn keys(&mut self, dict: Resource<Slot>) -> Hosted<Value> {
        let keys = Dict::keys(self.proxy(&dict)?)?;
        Ok(self.value(keys)?)
    }

    fn keys_reversed(&mut self, dict: Resource<Slot>) -> Hosted<Value> {
        let keys = Dict::keys_reversed(self.proxy(&dict)?)?;
        Ok(self.value(keys)?)
    }

    fn values(&mut self, dict: Resource<Slot>) -> Hosted<Value> {
        let values = Dict::values(self.proxy(&dict)?)?;
        Ok(self.value(values)?)
    }

    fn items(&mut self, dict: Resource<Slot>) -> Hosted<Value> {
        let items = Dict::items(self.proxy(&dict)?)?;
        Ok(self.value(items)?)
    }

    fn iterate(&mut self, dict: Resource<Slot>) -> Hosted<Resource<Slot>> {
        let iterator = Dict::iterate(self.proxy(&dict)?)?;
        self.give(iterator)
    }

    async fn merge(&mut self, dict: Resource<Slot>, other: Argument) -> Hosted<Value> {
        let mut other = self.item(other)?;
        let dict = self.proxy(&dict)?;
        resolve_for(dict, &mut other, &self.caller).await?;
        let merged = Dict::merge(dict, &other)?;
        Ok(self.value(merged)?)
    }

    async fn merge_before(&mut self, dict: Resource<Slot>, other: Argument) -> Hosted<Value> {
        let mut other = self.item(other)?;
        let dict = self.proxy(&dict)?;
        resolve_for(dict, &mut other, &self.caller).await?;
        let merged = Dict::merge_before(dict, &other)?;
        Ok(self.value(merged)?)
    }

    fn fetch_add(
        &mut self,
        dict: Resource<Slot>,
        key: Argument,
        delta: Argument,
        initial: Option<Argument>,
    ) -> Hosted<Value> {
        let initial = self.optional(initial)?;
        let before = Dict::fetch_add(self.proxy(&dict)?, self.item(key)?, &self.item(delta)?, initial)?;
        Ok(self.value(before)?)
    }

    fn fetch_max(
        &mut self,
        dict: Resource<Slot>,
        key: Argument,
        value: Argument,
        initial: Option<Argument>,
    ) -> Hosted<Value> {
        self.may_remove()?;
        let initial = self.optional(initial)?;
        let before = Dict::fetch_max(self.proxy(&dict)?, self.item(key)?, self.item(value)?, initial)?;
        Ok(self.removed(before))
    }

    fn swap(&mut self, dict: Resource<Slot>, key: Argument, item: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = Dict::swap(self.proxy(&dict)?, &self.item(key)?, self.item(item)?)?;
        Ok(self.removed(before))
    }

    fn compare_exchange(
        &mut self,
        dict: Resource<Slot>,
        key: Argument,
        expected: Argument,
        item: Argument,
    ) -> Hosted<(bool, Value)> {
        self.may_remove()?;
        let (key, expected) = (self.item(key)?, self.item(expected)?);
        let (done, before) = Dict::compare_exchange(self.proxy(&dict)?, &key, &expected, self.item(item)?)?;
        Ok((done, self.removed(before)))
    }

    fn pop_if(&mut self, dict: Resource<Slot>, key: Argument, expected: Argument) -> Hosted<(bool, Value)> {
        self.may_remove()?;
        let (done, item) = Dict::pop_if(self.proxy(&dict)?, &self.item(key)?, &self.item(expected)?)?;
        Ok((done, self.removed(item)))
    }

    async fn get_many(&mut self, dict: Resource<Slot>, keys: Argument, default: Option<Argument>) -> Hosted<Value> {
        let default = self.optional(default)?;
        let mut keys = self.item(keys)?;
        let dict = self.proxy(&dict)?;
        resolve_for(dict, &mut keys, &self.caller).await?;
        let items = Dict::get_many(dict, &keys, default.as_ref())?;
        Ok(self.value(items)?)
    }

    async fn set_many(&mut self, dict: Resource<Slot>, entries: Argument) -> Hosted<()> {
        let mut entries = self.item(entries)?;
        let dict = self.proxy(&dict)?;
        resolve_for(dict, &mut entries, &self.caller).await?;
        Ok(Dict::set_many(dict, &entries)?)
    }

    fn get_path(&mut self, dict: Resource<Slot>, path: Argument) -> Hosted<Value> {
        let item = Dict::get_path(self.proxy(&dict)?, &self.item(path)?)?;
        Ok(self.value(item)?)
    }

    fn set_path(&mut self, dict: Resource<Slot>, path: Argument, item: Argument) -> Hosted<()> {
        Ok(Dict::set_path(self.proxy(&dict)?, &self.item(path)?, self.item(item)?)?)
    }
}
