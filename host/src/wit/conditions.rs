use super::bindings::imports::commonhold::manager::conditions;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::condition::Condition;
use std::time::Duration;
use wasmtime::component::Resource;

impl conditions::Host for GuestCtx {
    fn create(&mut self, lock: Option<Resource<Slot>>) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let condition = match lock {
            Some(lock) => Condition::create(&self.caller, Some(self.proxy(&lock)?))?,
            None => Condition::create(&self.caller, None)?,
        };
        self.give(condition)
    }

    async fn acquire(&mut self, condition: Resource<Slot>, timeout: Option<u64>) -> Hosted<conditions::Acquired> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Condition::acquire(self.proxy(&condition)?, &self.caller, timeout).await?.into())
    }

    fn release(&mut self, condition: Resource<Slot>) -> Hosted<()> {
        Ok(Condition::release(self.proxy(&condition)?, &self.caller)?)
    }

    fn locked(&mut self, condition: Resource<Slot>) -> Hosted<bool> {
        Ok(Condition::locked(self.proxy(&condition)?)?)
    }

    async fn wait(&mut self, condition: Resource<Slot>, timeout: Option<u64>) -> Hosted<conditions::Woken> {
        let timeout = timeout.map(Duration::from_nanos);
        let woken = Condition::wait(self.proxy(&condition)?, &self.caller, timeout).await?;
        Ok(conditions::Woken { notified: woken.is_notified, abandoned: woken.is_abandoned })
    }

    fn notify(&mut self, condition: Resource<Slot>, count: u64) -> Hosted<()> {
        Ok(Condition::notify(self.proxy(&condition)?, &self.caller, count)?)
    }

    fn notify_all(&mut self, condition: Resource<Slot>) -> Hosted<()> {
        Ok(Condition::notify_all(self.proxy(&condition)?, &self.caller)?)
    }
}
