//! `types`, `manager` and `files`.

use super::bindings::imports::commonhold::manager::{files, manager, types};
use super::{GuestCtx, HostError, Hosted, Slot};
use crate::manager::debug_info;
use crate::object::{Rights, call};
use smallvec::SmallVec;
use std::time::Duration;
use types::{Argument, Value};
use wasmtime::Result as Wasm;
use wasmtime::component::Resource;

impl types::Host for GuestCtx {
    fn convert_error(&mut self, error: HostError) -> Wasm<types::Error> {
        match error {
            HostError::Call(error) => Ok(self.error(*error)),
            HostError::Trap(error) => Err(error),
        }
    }
}

impl types::HostProxy for GuestCtx {
    fn typeid(&mut self, proxy: Resource<Slot>) -> Wasm<String> {
        Ok(self.proxy(&proxy)?.typeid().to_owned())
    }

    fn id(&mut self, proxy: Resource<Slot>) -> Wasm<u64> {
        Ok(self.proxy(&proxy)?.id())
    }

    fn rights_key(&mut self, proxy: Resource<Slot>) -> Wasm<u64> {
        Ok(self.proxy(&proxy)?.grant().key())
    }

    fn duplicate(&mut self, proxy: Resource<Slot>) -> Wasm<Resource<Slot>> {
        let copy = self.proxy(&proxy)?.clone();
        // There is no error value to report a full table with.
        Ok(self.give(copy)?)
    }

    fn methods(&mut self, proxy: Resource<Slot>) -> Wasm<Vec<String>> {
        Ok(self.proxy(&proxy)?.methods())
    }

    fn reading_methods(&mut self, proxy: Resource<Slot>) -> Wasm<Vec<String>> {
        Ok(self.proxy(&proxy)?.reading_methods())
    }

    async fn call(
        &mut self,
        proxy: Resource<Slot>,
        method: String,
        args: Vec<Argument>,
        kwargs: Vec<(String, Argument)>,
    ) -> Hosted<Value> {
        // By hand: collecting costs tens of nanoseconds for the few arguments that there are.
        let mut items = SmallVec::with_capacity(args.len());
        for argument in args {
            items.push(self.item(argument)?);
        }
        let kwargs = self.keywords(kwargs)?;
        // It may take something out, and nobody knows beforehand.
        self.may_remove()?;
        let item = call::call(self.proxy(&proxy)?, &self.caller, &method, items, kwargs).await?;
        Ok(self.removed(item))
    }

    async fn get_value(&mut self, proxy: Resource<Slot>) -> Hosted<Value> {
        let item = call::get_value(self.proxy(&proxy)?, &self.caller).await?;
        Ok(self.value(item)?)
    }

    async fn to_text(&mut self, proxy: Resource<Slot>) -> Hosted<String> {
        Ok(call::to_text(self.proxy(&proxy)?, &self.caller).await?)
    }

    fn repr(&mut self, proxy: Resource<Slot>) -> Wasm<String> {
        Ok(self.proxy(&proxy)?.repr())
    }

    fn narrow(&mut self, proxy: Resource<Slot>, rights: types::Rights) -> Hosted<Resource<Slot>> {
        let proxy = self.proxy(&proxy)?;
        let grant = proxy.grant().narrow(&rights.into(), proxy.body().type_info(), self.actor())?;
        let narrowed = proxy.with_grant(grant);
        self.give(narrowed)
    }

    fn revoke(&mut self, proxy: Resource<Slot>) -> Hosted<()> {
        Ok(self.proxy(&proxy)?.grant().revoke(self.actor())?)
    }

    fn drop(&mut self, proxy: Resource<Slot>) -> Wasm<()> {
        self.enter()?;
        match self.table.remove(proxy.rep()) {
            Some(proxy) => {
                drop(proxy);
                Ok(())
            }
            None => Err(wasmtime::Error::msg("the guest dropped a handle that the manager did not give out")),
        }
    }
}

impl From<types::Rights> for Rights {
    fn from(rights: types::Rights) -> Self {
        Self {
            methods: rights.methods,
            get_value: rights.get_value,
            to_text: rights.to_text,
            lifetime: rights.lifetime.map(Duration::from_nanos),
            uses: rights.uses,
        }
    }
}

impl manager::Host for GuestCtx {
    async fn create(
        &mut self,
        typeid: String,
        args: Vec<Argument>,
        kwargs: Vec<(String, Argument)>,
        rights: Option<types::Rights>,
    ) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let args = self.items(args)?;
        let kwargs = self.keywords(kwargs)?;
        let rights = rights.map(Rights::from);
        let proxy = self.objects.create(&self.caller, &typeid, args, kwargs, rights.as_ref()).await?;
        self.give(proxy)
    }

    fn typeids(&mut self) -> Wasm<Vec<String>> {
        self.enter()?;
        Ok(self.objects.typeids())
    }

    fn number_of_objects(&mut self) -> Wasm<u64> {
        self.enter()?;
        Ok(self.objects.home().number_of_objects())
    }

    fn debug_info(&mut self) -> Wasm<String> {
        self.enter()?;
        let knows = |name: &str| self.caller.actor.may_use_names(|grants| grants.may_look_up(name));
        let printable = self.table.printable();
        Ok(debug_info(&self.objects, knows, |id| printable.contains(&id)))
    }
}

impl files::Host for GuestCtx {
    fn paths(&mut self) -> Wasm<Vec<String>> {
        self.enter()?;
        Ok(self.running.as_ref().map(|running| running.files.keys().cloned().collect()).unwrap_or_default())
    }

    fn read(&mut self, path: String) -> Wasm<Option<Vec<u8>>> {
        self.enter()?;
        Ok(self.running.as_ref().and_then(|running| running.files.get(&path).cloned()))
    }
}
