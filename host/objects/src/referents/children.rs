//! The children of a process: whom it ends, and whom it waits for, before its own end is told.
//!
//! A process knows the memory of its children, and holds none of them: what is left of a child that has ended goes with
//! the last proxy to it. A child is here until its end is told.

use super::process::{Process, Way};
use crate::object::{CallError, Caller, Outcome, Proxy, Referent, Waiting};
use crate::sync::{Arc, Mutex, Notify, Weak};
use commonhold_wire::ErrorKind;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Children {
    state: Mutex<State>,
    /// Told when the last has ended.
    none_left: Notify,
}

#[derive(Default)]
struct State {
    /// Whether the process has come to its end, and can have no more.
    closed: bool,
    alive: BTreeMap<u64, Child>,
}

struct Child {
    memory: Weak<Referent>,
    daemon: bool,
    /// In the graph of waits, that the parent waits for it.
    awaited: Option<Waiting>,
}

impl Children {
    /// Adds one that is about to run.
    pub(super) fn add(&self, child: &Proxy, daemon: bool) -> Outcome<()> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(CallError::new(ErrorKind::Runtime, "a process that has ended cannot have children"));
        }
        let child_of = Child { memory: Arc::downgrade(child.referent()), daemon, awaited: None };
        state.alive.insert(child.id(), child_of);
        Ok(())
    }

    /// Forgets one whose end has been told.
    pub(super) fn remove(&self, id: u64) {
        let mut state = self.state.lock();
        let child = state.alive.remove(&id);
        let is_last = child.is_some() && state.alive.is_empty();
        // It may be the last use of the child's memory, and leaves the graph.
        drop(state);
        drop(child);
        if is_last {
            self.none_left.notify_one();
        }
    }

    /// The memory of those that have not ended.
    pub(super) fn alive(&self) -> Vec<Arc<Referent>> {
        self.state.lock().alive.values().filter_map(|child| child.memory.upgrade()).collect()
    }

    /// Ends the daemons among them, and waits until they have. There will be no more children after this.
    pub(super) async fn end_daemons(&self, host: &Caller) {
        let daemons: Vec<_> = {
            let mut state = self.state.lock();
            state.closed = true;
            state.alive.values().filter(|child| child.daemon).filter_map(|child| child.memory.upgrade()).collect()
        };
        let daemons = || daemons.iter().filter_map(|daemon| Process::in_memory(daemon));
        daemons().for_each(|daemon| daemon.request_kill(Way::Terminate));
        for daemon in daemons() {
            // It has no reason to fail.
            let _ended = daemon.wait(host).await;
        }
    }

    /// Enters into the graph of waits that the process waits for all of them. Gives those who wait for its end in vain,
    /// by their ids, each with why.
    pub(super) fn begin_to_wait(&self, parent: &Caller) -> Vec<(u64, CallError)> {
        let ids: Vec<u64> = self.state.lock().alive.keys().copied().collect();
        let (waits, in_vain) = parent.home.waits().enter_for_children(&parent.actor, &ids);
        let mut state = self.state.lock();
        let mut over = Vec::new();
        for (id, waiting) in ids.into_iter().zip(waits) {
            match state.alive.get_mut(&id) {
                Some(child) => child.awaited = Some(waiting),
                None => over.push(waiting),
            }
        }
        drop(state);
        drop(over);
        in_vain
    }

    /// Waits until none is left.
    pub(super) async fn wait(&self) {
        while !self.is_empty() {
            self.none_left.notified().await;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state.lock().alive.is_empty()
    }

    /// Lets those that are left go on by themselves, but for daemons.
    pub(super) fn part(&self) {
        let left = {
            let mut state = self.state.lock();
            state.closed = true;
            std::mem::take(&mut state.alive)
        };
        for child in left.values().filter(|child| child.daemon) {
            if let Some(daemon) = child.memory.upgrade()
                && let Some(daemon) = Process::in_memory(&daemon)
            {
                daemon.request_kill(Way::Terminate);
            }
        }
    }
}
