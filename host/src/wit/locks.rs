use super::bindings::imports::commonhold::manager::locks;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::lock::{Acquired, Lock};
use std::time::Duration;
use wasmtime::component::Resource;

impl From<Acquired> for locks::Acquired {
    fn from(acquired: Acquired) -> Self {
        match acquired {
            Acquired::Acquired => Self::Acquired,
            Acquired::Abandoned => Self::Abandoned,
            Acquired::TimedOut => Self::TimedOut,
        }
    }
}

impl locks::Host for GuestCtx {
    fn create(&mut self) -> Hosted<Resource<Slot>> {
        self.enter()?;
        self.give(Lock::create(&self.caller))
    }

    async fn acquire(&mut self, lock: Resource<Slot>, timeout: Option<u64>) -> Hosted<locks::Acquired> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Lock::acquire(self.proxy(&lock)?, &self.caller, timeout).await?.into())
    }

    fn release(&mut self, lock: Resource<Slot>) -> Hosted<()> {
        Ok(Lock::release(self.proxy(&lock)?, &self.caller)?)
    }

    fn locked(&mut self, lock: Resource<Slot>) -> Hosted<bool> {
        Ok(Lock::locked(self.proxy(&lock)?)?)
    }
}
