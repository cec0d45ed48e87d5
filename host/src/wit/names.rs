use super::bindings::imports::commonhold::manager::names;
use super::{GuestCtx, Hosted, Slot};
use wasmtime::Result as Wasm;
use wasmtime::component::Resource;

impl names::Host for GuestCtx {
    fn publish(&mut self, name: String, proxy: Resource<Slot>) -> Hosted<()> {
        Ok(self.objects.publish(&self.caller, &name, self.proxy(&proxy)?)?)
    }

    fn withdraw(&mut self, name: String) -> Hosted<()> {
        self.enter()?;
        Ok(self.objects.withdraw(&self.caller, &name)?)
    }

    fn look_up(&mut self, name: String) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let found = self.objects.look_up(&self.caller, &name)?;
        self.give(found)
    }

    fn names(&mut self) -> Wasm<Vec<String>> {
        self.enter()?;
        Ok(self.objects.published(&self.caller))
    }
}
