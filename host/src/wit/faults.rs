//! Stopping a guest at a chosen host call, so that tests can do so at each of them.

use super::GuestCtx;
use crate::referents::process::{Process, Way};
use crate::sync::Arc;

/// What is to happen at a host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// The guest traps instead of making the call.
    Trap,
    /// The guest is asked to end while it makes the call, and ends in it if it waits, or soon after.
    Kill,
}

/// Decides about each host call: given the id of the process and the call's number in it, from 1.
pub type FaultHook = dyn Fn(u64, u64) -> Fault + Send + Sync;

/// The host calls of one guest so far.
pub(super) struct Faults {
    hook: Arc<FaultHook>,
    calls: u64,
    trap: bool,
}

impl GuestCtx {
    /// Has a hook decide about each of the guest's calls.
    pub(crate) fn set_fault_hook(&mut self, hook: Arc<FaultHook>) {
        self.faults = Some(Box::new(Faults { hook, calls: 0, trap: false }));
    }

    /// Notes that a host call begins.
    #[inline]
    pub(super) fn call_begins(&mut self) {
        if self.faults.is_some() {
            self.decide();
        }
    }

    #[cold]
    fn decide(&mut self) {
        let actor = self.actor();
        let Some(faults) = &mut self.faults else { return };
        faults.calls += 1;
        match (faults.hook)(actor, faults.calls) {
            Fault::None => {}
            Fault::Trap => faults.trap = true,
            Fault::Kill => {
                if let Some(process) = self.running.as_ref().and_then(|running| running.process.downcast::<Process>()) {
                    process.request_kill(Way::Kill);
                }
            }
        }
    }

    /// Fails if the call is not to be made. Every function of the interfaces comes by here.
    #[inline]
    pub(super) fn enter(&self) -> wasmtime::Result<()> {
        match &self.faults {
            Some(faults) if faults.trap => Err(wasmtime::Error::msg("stopped at a host call, as was asked for")),
            _ => Ok(()),
        }
    }
}
