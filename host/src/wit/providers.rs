//! `providers`, and `provider-host`.

use super::bindings::imports::commonhold::manager::{providers, types};
use super::bindings::provider_host::commonhold::manager::provider_host;
use super::{GuestCtx, Hosted, Slot};
use crate::object::{CallError, Rights};
use crate::referents::process::{Process, Start};
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use types::Argument;
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

    fn expose(&mut self, typeid: String, methods: Vec<String>) -> Hosted<()> {
        self.enter()?;
        let Some(provider) = &self.provider else {
            return Err(CallError::new(ErrorKind::NoSuchType, "this guest does not run as a provider").into());
        };
        Ok(provider.expose(typeid, methods)?)
    }

    fn key_of(&mut self, proxy: Resource<Slot>) -> Wasm<Option<u64>> {
        let proxy = self.proxy(&proxy)?;
        let own = self.provider.as_ref().is_some_and(|provider| provider.implements(proxy));
        Ok(own.then(|| proxy.id()))
    }

    fn existing(&mut self, key: u64) -> Wasm<Option<Resource<Slot>>> {
        self.enter()?;
        let existing = self.provider.as_ref().and_then(|provider| provider.existing(key));
        // There is no error value to report a full table with.
        Ok(existing.map(|proxy| self.give(proxy)).transpose()?)
    }
}

impl providers::Host for GuestCtx {
    async fn start(&mut self, program: Option<String>, args: Vec<Argument>) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let args = self.items(args)?;
        let program = self.program_named(program.as_deref())?;
        // The room is made first, as for any process.
        self.table.make_room(1)?;
        let parent = self.running.as_ref().map(|running| &running.process);
        let start = Start { name: None, daemon: true, parent };
        let has_parent = parent.is_some();
        let provider = self.spawner.provide(&self.caller, program, args, start).await?;
        if !has_parent {
            self.providers.retain(|provider| provider.strong_count() > 0);
            self.providers.push(Arc::downgrade(provider.referent()));
        }
        self.give(provider)
    }

    async fn create(
        &mut self,
        provider: Resource<Slot>,
        typeid: String,
        args: Vec<Argument>,
        kwargs: Vec<(String, Argument)>,
        rights: Option<types::Rights>,
    ) -> Hosted<Resource<Slot>> {
        let provider = self.proxy(&provider)?;
        let args = self.items(args)?;
        let kwargs = self.keywords(kwargs)?;
        let rights = rights.map(Rights::from);
        let created = self.objects.create_in(provider, &self.caller, &typeid, args, kwargs, rights.as_ref()).await?;
        self.give(created)
    }

    fn typeids(&mut self, provider: Resource<Slot>) -> Hosted<Vec<String>> {
        Ok(Process::typeids(self.proxy(&provider)?)?)
    }
}
