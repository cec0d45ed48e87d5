use super::bindings::imports::commonhold::manager::rlocks;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::rlock::RLock;
use std::time::Duration;
use wasmtime::component::Resource;

impl rlocks::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(RLock::create(&self.caller))
    }

    async fn acquire(&mut self, lock: Resource<Slot>, timeout: Option<u64>) -> Hosted<rlocks::Acquired> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(RLock::acquire(self.proxy(&lock)?, &self.caller, timeout).await?.into())
    }

    fn release(&mut self, lock: Resource<Slot>) -> Hosted<()> {
        Ok(RLock::release(self.proxy(&lock)?, &self.caller)?)
    }

    fn locked(&mut self, lock: Resource<Slot>) -> Hosted<bool> {
        Ok(RLock::locked(self.proxy(&lock)?)?)
    }
}
