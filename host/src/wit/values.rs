use super::bindings::imports::commonhold::manager::values;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::value::Holder;
use values::{Argument, Value};
use wasmtime::component::Resource;

impl values::Host for GuestCtx {
    fn create(&mut self, typecode: String, item: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let (typecode, item) = (self.item(Argument::Text(typecode))?, self.item(item)?);
        self.give(Holder::create(&self.caller, typecode, item))
    }

    fn get(&mut self, holder: Resource<Slot>) -> Hosted<Value> {
        let item = Holder::get(self.proxy(&holder)?)?;
        Ok(self.value(item)?)
    }

    fn set(&mut self, holder: Resource<Slot>, item: Argument) -> Hosted<()> {
        Ok(Holder::set(self.proxy(&holder)?, self.item(item)?)?)
    }

    fn get_lock(&mut self, holder: Resource<Slot>) -> Hosted<Resource<Slot>> {
        let lock = Holder::get_lock(self.proxy(&holder)?, &self.caller)?;
        self.give(lock)
    }

    fn fetch_add(&mut self, holder: Resource<Slot>, delta: Argument) -> Hosted<Value> {
        let before = Holder::fetch_add(self.proxy(&holder)?, &self.item(delta)?)?;
        Ok(self.value(before)?)
    }

    fn fetch_max(&mut self, holder: Resource<Slot>, item: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = Holder::fetch_max(self.proxy(&holder)?, self.item(item)?)?;
        Ok(self.removed(before))
    }

    fn swap(&mut self, holder: Resource<Slot>, item: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = Holder::swap(self.proxy(&holder)?, self.item(item)?)?;
        Ok(self.removed(before))
    }

    fn compare_exchange(&mut self, holder: Resource<Slot>, expected: Argument, new: Argument) -> Hosted<(bool, Value)> {
        self.may_remove()?;
        let (expected, new) = (self.item(expected)?, self.item(new)?);
        let (done, found) = Holder::compare_exchange(self.proxy(&holder)?, &expected, new)?;
        Ok((done, self.removed(found)))
    }
}
