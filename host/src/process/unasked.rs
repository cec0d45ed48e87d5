//! What processes died of that nobody has asked about.
//!
//! A process that traps says nothing itself: how it ended is told to whoever joins it. Guests that start others and
//! never join them should not hide that those died, so what is left unasked is logged, each once.

use crate::object::Referent;
use crate::sync::{Arc, Mutex};
use std::collections::BTreeMap;

/// Processes that were ended by a trap or a limit, by their ids, with what there is to say.
#[derive(Default)]
pub(super) struct Unasked(Mutex<BTreeMap<u64, (Arc<Referent>, String)>>);

impl Unasked {
    /// Keeps what a process died of. To be called before its end is told.
    pub(super) fn keep(&self, process: &Arc<Referent>, what: String) {
        self.0.lock().insert(process.id(), (process.clone(), what));
    }

    /// Somebody has been told how a process ended.
    pub(super) fn asked(&self, process: u64) {
        let asked = self.0.lock().remove(&process);
        drop(asked);
    }

    /// Logs those that nobody can ask about any more.
    pub(super) fn report_lost(&self) {
        let lost: Vec<_> = self.0.lock().extract_if(.., |_, (process, _)| process.word().holders() == 0).collect();
        report(lost);
    }

    /// Logs all.
    pub(super) fn report_all(&self) {
        report(std::mem::take(&mut *self.0.lock()));
    }
}

impl Drop for Unasked {
    fn drop(&mut self) {
        self.report_all();
    }
}

fn report(processes: impl IntoIterator<Item = (u64, (Arc<Referent>, String))>) {
    for (_, (_, what)) in processes {
        tracing::warn!("{what}");
    }
}
