use super::bindings::imports::commonhold::manager::events;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::event::Event;
use std::time::Duration;
use wasmtime::component::Resource;

impl events::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Event::create(&self.caller))
    }

    fn is_set(&mut self, event: Resource<Slot>) -> Hosted<bool> {
        Ok(Event::is_set(self.proxy(&event)?)?)
    }

    fn set(&mut self, event: Resource<Slot>) -> Hosted<()> {
        Ok(Event::set(self.proxy(&event)?)?)
    }

    fn clear(&mut self, event: Resource<Slot>) -> Hosted<()> {
        Ok(Event::clear(self.proxy(&event)?)?)
    }

    async fn wait(&mut self, event: Resource<Slot>, timeout: Option<u64>) -> Hosted<bool> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Event::wait(self.proxy(&event)?, &self.caller, timeout).await?)
    }
}
