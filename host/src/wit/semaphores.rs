use super::bindings::imports::commonhold::manager::semaphores;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::semaphore::Semaphore;
use std::time::Duration;
use wasmtime::component::Resource;

impl semaphores::Host for GuestCtx {
    fn create(&mut self, value: u64, bounded: bool) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let semaphore = Semaphore::create(&self.caller, value, bounded)?;
        self.give(semaphore)
    }

    async fn acquire(&mut self, semaphore: Resource<Slot>, timeout: Option<u64>) -> Hosted<semaphores::Acquired> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Semaphore::acquire(self.proxy(&semaphore)?, &self.caller, timeout).await?.into())
    }

    fn release(&mut self, semaphore: Resource<Slot>, permits: u64) -> Hosted<()> {
        Ok(Semaphore::release(self.proxy(&semaphore)?, &self.caller, permits)?)
    }

    fn locked(&mut self, semaphore: Resource<Slot>) -> Hosted<bool> {
        Ok(Semaphore::locked(self.proxy(&semaphore)?)?)
    }

    fn value(&mut self, semaphore: Resource<Slot>) -> Hosted<u64> {
        Ok(Semaphore::value(self.proxy(&semaphore)?)?)
    }
}
