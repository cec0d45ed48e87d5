use super::bindings::imports::commonhold::manager::pools;
use super::{GuestCtx, Hosted, Slot};
use crate::object::call::resolve_for;
use crate::object::{Callback, Callbacks, Proxy};
use crate::referents::pool::{Mapping, Options, Pool};
use pools::Argument;
use std::time::Duration;
use wasmtime::Result as Wasm;
use wasmtime::component::Resource;

impl GuestCtx {
    fn callback(&self, callback: Option<pools::Callback>) -> Wasm<Option<Callback>> {
        let Some(pools::Callback { object, method }) = callback else { return Ok(None) };
        Ok(Some(Callback { object: self.proxy(&object)?.clone(), method }))
    }

    fn callbacks(&self, callbacks: pools::Callbacks) -> Wasm<Callbacks> {
        Ok(Callbacks { value: self.callback(callbacks.value)?, error: self.callback(callbacks.error)? })
    }

    async fn mapping(&self, pool: &Proxy, mapping: pools::Mapping) -> Hosted<Mapping> {
        let pools::Mapping { entry, lead, items, spread, chunk_size } = mapping;
        let lead = self.items(lead)?;
        let mut items = self.item(items)?;
        resolve_for(pool, &mut items, &self.caller).await?;
        Ok(Mapping { entry, lead, items, is_spread: spread, chunk: chunk_size.map(u64::from) })
    }
}

impl pools::Host for GuestCtx {
    fn create(&mut self, options: pools::Options) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let pools::Options { workers, program, initializer, chunks_per_worker, retries } = options;
        let initializer = match initializer {
            Some((entry, args)) => Some((entry, self.items(args)?)),
            None => None,
        };
        // The room is made first: workers that nobody can be given would be started in vain.
        self.table.make_room(1)?;
        let options = Options {
            workers: workers.map(u64::from),
            program,
            initializer,
            chunks_per_worker: chunks_per_worker.map(u64::from),
            retries,
        };
        let pool = Pool::create(&self.caller, options)?;
        self.give(pool)
    }

    fn submit(
        &mut self,
        pool: Resource<Slot>,
        entry: String,
        args: Vec<Argument>,
        callbacks: pools::Callbacks,
    ) -> Hosted<Resource<Slot>> {
        let args = self.items(args)?;
        let callbacks = self.callbacks(callbacks)?;
        self.table.make_room(1)?;
        let result = Pool::submit(self.proxy(&pool)?, &entry, args, callbacks)?;
        self.give(result)
    }

    async fn map_items(
        &mut self,
        pool: Resource<Slot>,
        mapping: pools::Mapping,
        callbacks: pools::Callbacks,
    ) -> Hosted<Resource<Slot>> {
        let callbacks = self.callbacks(callbacks)?;
        let mapping = self.mapping(self.proxy(&pool)?, mapping).await?;
        self.table.make_room(1)?;
        let result = Pool::map(self.proxy(&pool)?, mapping, callbacks)?;
        self.give(result)
    }

    async fn imap_items(
        &mut self,
        pool: Resource<Slot>,
        mapping: pools::Mapping,
        ordered: bool,
    ) -> Hosted<Resource<Slot>> {
        let mapping = self.mapping(self.proxy(&pool)?, mapping).await?;
        self.table.make_room(1)?;
        let iterator = Pool::imap(self.proxy(&pool)?, mapping, ordered)?;
        self.give(iterator)
    }

    fn close(&mut self, pool: Resource<Slot>) -> Hosted<()> {
        Ok(Pool::close(self.proxy(&pool)?)?)
    }

    async fn terminate(&mut self, pool: Resource<Slot>) -> Hosted<()> {
        Ok(Pool::terminate(self.proxy(&pool)?, &self.caller).await?)
    }

    async fn join(&mut self, pool: Resource<Slot>, timeout: Option<u64>) -> Hosted<bool> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Pool::join(self.proxy(&pool)?, &self.caller, timeout).await?)
    }
}
