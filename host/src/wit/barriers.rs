use super::bindings::imports::commonhold::manager::barriers;
use super::{GuestCtx, Hosted, Slot};
use crate::referents::barrier::{Action, Barrier, Entry};
use barriers::Argument;
use std::time::Duration;
use wasmtime::component::Resource;

impl barriers::Host for GuestCtx {
    fn create(&mut self, parties: u64, timeout: Option<u64>) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let barrier = Barrier::create(&self.caller, parties, None, timeout.map(Duration::from_nanos))?;
        self.give(barrier)
    }

    fn create_with_action(
        &mut self,
        parties: u64,
        timeout: Option<u64>,
        program: Option<String>,
        entry: String,
        args: Vec<Argument>,
    ) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let args = self.items(args)?;
        let action = Action::Entry(Entry::new(&self.caller, program, entry, args)?);
        let barrier = Barrier::create(&self.caller, parties, Some(action), timeout.map(Duration::from_nanos))?;
        self.give(barrier)
    }

    async fn wait(&mut self, barrier: Resource<Slot>, timeout: Option<u64>) -> Hosted<u64> {
        let timeout = timeout.map(Duration::from_nanos);
        Ok(Barrier::wait(self.proxy(&barrier)?, &self.caller, timeout).await?)
    }

    fn abort(&mut self, barrier: Resource<Slot>) -> Hosted<()> {
        Ok(Barrier::abort(self.proxy(&barrier)?)?)
    }

    fn reset(&mut self, barrier: Resource<Slot>) -> Hosted<()> {
        Ok(Barrier::reset(self.proxy(&barrier)?)?)
    }

    fn parties(&mut self, barrier: Resource<Slot>) -> Hosted<u64> {
        Ok(Barrier::parties(self.proxy(&barrier)?)?)
    }

    fn waiting(&mut self, barrier: Resource<Slot>) -> Hosted<u64> {
        Ok(Barrier::waiting(self.proxy(&barrier)?)?)
    }

    fn is_broken(&mut self, barrier: Resource<Slot>) -> Hosted<bool> {
        Ok(Barrier::is_broken(self.proxy(&barrier)?)?)
    }
}
