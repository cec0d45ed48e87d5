//! What answers for types that everybody can create: a provider, or one after the other.

use crate::object::{Awaited, CallError, Caller, Outcome};
use crate::referents::custom::Provider;
use crate::sync::{Arc, watch};
use commonhold_wire::ErrorKind;

/// Whoever wants to create an object of its types meets the provider that answers at the time, or waits for the one
/// that is about to.
pub struct Service {
    standing: watch::Sender<Standing>,
}

/// How things stand with a service.
#[derive(Clone)]
pub enum Standing {
    /// This provider answers.
    Running(Arc<Provider>),
    /// None does at the moment. The process of that number is about to, or has only just died.
    Between(u64),
    /// None will any more, for that reason.
    Over(CallError),
}

impl Service {
    /// A service of which that process is to be the provider.
    pub fn new(process: u64) -> Arc<Self> {
        Arc::new(Self { standing: watch::Sender::new(Standing::Between(process)) })
    }

    /// Says how things stand from now on.
    pub fn set(&self, standing: Standing) {
        // What it was may be the last to have a provider, and goes without the lock.
        drop(self.standing.send_replace(standing));
    }

    /// The provider; waits if it is about to answer.
    pub(super) async fn provider(&self, caller: &Caller) -> Outcome<Arc<Provider>> {
        if let Standing::Running(provider) = &*self.standing.borrow() {
            return Ok(provider.clone());
        }
        let mut standing = self.standing.subscribe();
        loop {
            let process = match &*standing.borrow_and_update() {
                Standing::Running(provider) => return Ok(provider.clone()),
                Standing::Over(reason) => return Err(reason.clone()),
                Standing::Between(process) => *process,
            };
            // The provider itself, for one, would wait for ever.
            let _waiting = caller.home.waits().enter(&caller.actor, process, Awaited::Answer)?;
            standing.changed().await.map_err(|_| CallError::new(ErrorKind::ProviderDied, "the provider has ended"))?;
        }
    }

    /// Waits until no provider will answer any more.
    pub async fn over(&self) {
        let mut standing = self.standing.subscribe();
        // It cannot go before, since this has it.
        let _over = standing.wait_for(|standing| matches!(standing, Standing::Over(_))).await.is_ok();
    }
}
