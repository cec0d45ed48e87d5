use super::bindings::imports::commonhold::manager::arrays;
use super::{GuestCtx, Hosted, Slot};
use crate::object::call::{resolve, resolve_for};
use crate::referents::array::Array;
use crate::referents::slice;
use arrays::{Argument, Slice, Value};
use wasmtime::component::Resource;

fn slice(slice: Slice) -> slice::Slice {
    slice::Slice { start: slice.start, stop: slice.stop, step: slice.step }
}

impl arrays::Host for GuestCtx {
    fn create(&mut self, typecode: String, length: u64) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let array = Array::create(&self.caller, &typecode, length)?;
        self.give(array)
    }

    async fn create_from(&mut self, typecode: String, items: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let mut items = self.item(items)?;
        resolve(&mut items, &self.caller).await?;
        let array = Array::create_from(&self.caller, &typecode, &items)?;
        self.give(array)
    }

    fn length(&mut self, array: Resource<Slot>) -> Hosted<u64> {
        Ok(Array::length(self.proxy(&array)?)?)
    }

    fn typecode(&mut self, array: Resource<Slot>) -> Hosted<String> {
        Ok(Array::typecode(self.proxy(&array)?)?.into())
    }

    fn get_item(&mut self, array: Resource<Slot>, index: i64) -> Hosted<Value> {
        let item = Array::get_item(self.proxy(&array)?, index)?;
        Ok(self.value(item)?)
    }

    fn set_item(&mut self, array: Resource<Slot>, index: i64, item: Argument) -> Hosted<()> {
        Ok(Array::set_item(self.proxy(&array)?, index, &self.item(item)?)?)
    }

    fn get_slice(&mut self, array: Resource<Slot>, bounds: Slice) -> Hosted<Value> {
        let items = Array::get_slice(self.proxy(&array)?, slice(bounds))?;
        Ok(self.value(items)?)
    }

    async fn set_slice(&mut self, array: Resource<Slot>, bounds: Slice, items: Argument) -> Hosted<()> {
        let mut items = self.item(items)?;
        let array = self.proxy(&array)?;
        resolve_for(array, &mut items, &self.caller).await?;
        Ok(Array::set_slice(array, slice(bounds), &items)?)
    }

    fn get_lock(&mut self, array: Resource<Slot>) -> Hosted<Resource<Slot>> {
        let lock = Array::get_lock(self.proxy(&array)?, &self.caller)?;
        self.give(lock)
    }

    fn read_bytes(&mut self, array: Resource<Slot>, start: u64, count: u64) -> Hosted<Vec<u8>> {
        Ok(Array::read_bytes(self.proxy(&array)?, start, count)?)
    }

    fn read_ints(&mut self, array: Resource<Slot>, start: u64, count: u64) -> Hosted<Vec<i64>> {
        Ok(Array::read_ints(self.proxy(&array)?, start, count)?)
    }

    fn read_floats(&mut self, array: Resource<Slot>, start: u64, count: u64) -> Hosted<Vec<f64>> {
        Ok(Array::read_floats(self.proxy(&array)?, start, count)?)
    }

    fn write_bytes(&mut self, array: Resource<Slot>, start: u64, bytes: Vec<u8>) -> Hosted<()> {
        Ok(Array::write_bytes(self.proxy(&array)?, start, &bytes)?)
    }

    fn write_ints(&mut self, array: Resource<Slot>, start: u64, numbers: Vec<i64>) -> Hosted<()> {
        Ok(Array::write_ints(self.proxy(&array)?, start, &numbers)?)
    }

    fn write_floats(&mut self, array: Resource<Slot>, start: u64, numbers: Vec<f64>) -> Hosted<()> {
        Ok(Array::write_floats(self.proxy(&array)?, start, &numbers)?)
    }

    fn fetch_add(&mut self, array: Resource<Slot>, index: i64, delta: Argument) -> Hosted<Value> {
        let before = Array::fetch_add(self.proxy(&array)?, index, &self.item(delta)?)?;
        Ok(self.value(before)?)
    }

    fn fetch_max(&mut self, array: Resource<Slot>, index: i64, item: Argument) -> Hosted<Value> {
        let before = Array::fetch_max(self.proxy(&array)?, index, &self.item(item)?)?;
        Ok(self.value(before)?)
    }

    fn swap(&mut self, array: Resource<Slot>, index: i64, item: Argument) -> Hosted<Value> {
        let before = Array::swap(self.proxy(&array)?, index, &self.item(item)?)?;
        Ok(self.value(before)?)
    }

    fn compare_exchange(
        &mut self,
        array: Resource<Slot>,
        index: i64,
        expected: Argument,
        new: Argument,
    ) -> Hosted<(bool, Value)> {
        let (expected, new) = (self.item(expected)?, self.item(new)?);
        let (done, found) = Array::compare_exchange(self.proxy(&array)?, index, &expected, &new)?;
        Ok((done, self.value(found)?))
    }
}
