use super::bindings::provider_host::commonhold::manager::provider_host;
use super::{GuestCtx, Hosted, Slot};
use crate::object::CallError;
use commonhold_wire::ErrorKind;
use wasmtime::Result as Wasm;
use wasmtime::component::Resource;

impl provider_host::Host for GuestCtx {
    fn adopt(&mut self, typeid: String) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.table.make_room(1)?;
        let Some(provider) = &self.provider else {
            return Err(CallError::new(ErrorKind::NoSuchType, "this guest does not run as a provider").into());
        };
        let proxy = provider.adopt(&self.caller.home, &typeid)?;
        self.give(proxy)
    }

    fn key_of(&mut self, proxy: Resource<Slot>) -> Wasm<Option<u64>> {
        let proxy = self.proxy(&proxy)?;
        let own = self.provider.as_ref().is_some_and(|provider| provider.implements(proxy));
        Ok(own.then(|| proxy.id()))
    }
}
