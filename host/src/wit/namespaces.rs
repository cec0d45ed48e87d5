use super::bindings::imports::commonhold::manager::namespaces;
use super::{GuestCtx, Hosted, Slot};
use crate::object::Item;
use crate::object::call::resolve;
use crate::referents::namespace::Namespace;
use namespaces::{Argument, Value};
use wasmtime::component::Resource;

impl namespaces::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Namespace::create(&self.caller))
    }

    async fn create_from(&mut self, attributes: Argument) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let mut attributes = self.item(attributes)?;
        resolve(&mut attributes, &self.caller).await?;
        let namespace = Namespace::create_from(&self.caller, &attributes)?;
        self.give(namespace)
    }

    fn get_attribute(&mut self, namespace: Resource<Slot>, name: String) -> Hosted<Value> {
        let item = Namespace::get(self.proxy(&namespace)?, Item::text(name))?;
        Ok(self.value(item)?)
    }

    fn set_attribute(&mut self, namespace: Resource<Slot>, name: String, item: Argument) -> Hosted<()> {
        Ok(Namespace::set(self.proxy(&namespace)?, self.item(Argument::Text(name))?, self.item(item)?)?)
    }

    fn delete_attribute(&mut self, namespace: Resource<Slot>, name: String) -> Hosted<()> {
        Ok(Namespace::delete(self.proxy(&namespace)?, Item::text(name))?)
    }

    fn has_attribute(&mut self, namespace: Resource<Slot>, name: String) -> Hosted<bool> {
        Ok(Namespace::contains(self.proxy(&namespace)?, Item::text(name))?)
    }

    fn names(&mut self, namespace: Resource<Slot>) -> Hosted<Vec<String>> {
        Ok(Namespace::names(self.proxy(&namespace)?)?)
    }

    fn items(&mut self, namespace: Resource<Slot>) -> Hosted<Value> {
        let items = Namespace::items(self.proxy(&namespace)?)?;
        Ok(self.value(items)?)
    }

    fn fetch_add(&mut self, namespace: Resource<Slot>, name: String, delta: Argument) -> Hosted<Value> {
        let before = Namespace::fetch_add(self.proxy(&namespace)?, Item::text(name), &self.item(delta)?)?;
        Ok(self.value(before)?)
    }

    fn fetch_max(&mut self, namespace: Resource<Slot>, name: String, item: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = Namespace::fetch_max(self.proxy(&namespace)?, Item::text(name), self.item(item)?)?;
        Ok(self.removed(before))
    }

    fn swap(&mut self, namespace: Resource<Slot>, name: String, item: Argument) -> Hosted<Value> {
        self.may_remove()?;
        let before = Namespace::swap(self.proxy(&namespace)?, Item::text(name), self.item(item)?)?;
        Ok(self.removed(before))
    }

    fn compare_exchange(
        &mut self,
        namespace: Resource<Slot>,
        name: String,
        expected: Argument,
        new: Argument,
    ) -> Hosted<(bool, Value)> {
        self.may_remove()?;
        let (expected, new) = (self.item(expected)?, self.item(new)?);
        let (done, found) = Namespace::compare_exchange(self.proxy(&namespace)?, Item::text(name), &expected, new)?;
        Ok((done, self.removed(found)))
    }
}
