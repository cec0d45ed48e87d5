//! Shared objects and the set of those that are alive.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use commonhold_wire::{Error, repr};

use super::dicts::Entries;
use super::iterators::Keys;
use super::lists::Items;
use super::locks::LockState;
use super::process::ProcessState;
use super::types::Proxy;
use super::{Failure, Plain, custom};
use crate::entry::Program;

/// A shared object. It lives as long as any proxy holds it; a cycle of them lives for ever.
pub(crate) struct Referent {
    pub(super) id: u64,
    pub(super) state: State,
    pub(super) manager: Arc<Manager>,
}

/// What a shared object is.
pub(super) enum State {
    List(Mutex<Items>),
    Dict(Mutex<Entries>),
    Lock(LockState),
    Iterator(Mutex<Keys>),
    Process(Arc<ProcessState>),
    /// A type of the program's own; its state is the provider's.
    Custom(&'static str),
}

/// The shared objects of one test.
#[derive(Default)]
pub(crate) struct Manager {
    last_id: AtomicU64,
    live: Mutex<BTreeMap<u64, Weak<Referent>>>,
    pub(crate) provider: custom::Provider,
    program: Option<&'static Program>,
}

impl Manager {
    /// A manager with a program.
    pub(crate) fn with_program(program: &'static Program) -> Manager {
        Manager { program: Some(program), ..Manager::default() }
    }

    pub(super) fn program(&self) -> Result<&'static Program, Failure> {
        self.program.ok_or_else(|| {
            let message = "no program is loaded: make the test a `#[commonhold_guest::test]`";
            Error::new(commonhold_wire::ErrorKind::Other, message)
        })
    }

    /// A new shared object.
    pub(super) fn add(self: &Arc<Self>, state: State) -> Proxy {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let referent = Arc::new(Referent { id, state, manager: self.clone() });
        lock(&self.live).insert(id, Arc::downgrade(&referent));
        Proxy::new(referent)
    }

    pub(super) fn count(&self) -> usize {
        lock(&self.live).len()
    }

    /// Every live object, and how many holders each has.
    pub(super) fn all(&self) -> Vec<(Arc<Referent>, usize)> {
        let live = lock(&self.live);
        live.values().filter_map(|weak| Some((weak.upgrade()?, weak.strong_count() - 1))).collect()
    }
}

impl Drop for Referent {
    fn drop(&mut self) {
        lock(&self.manager.live).remove(&self.id);
        if let State::Custom(_) = self.state {
            self.manager.provider.release(self.id);
        }
    }
}

impl Referent {
    pub(super) fn typeid(&self) -> &'static str {
        match &self.state {
            State::List(_) => "list",
            State::Dict(_) => "dict",
            State::Lock(_) => "Lock",
            State::Iterator(_) => "Iterator",
            State::Process(_) => "Process",
            State::Custom(typeid) => typeid,
        }
    }

    /// A copy of the whole state.
    pub(super) fn value(&self, proxy: &Proxy) -> Result<Plain, Failure> {
        match &self.state {
            State::List(items) => Ok(Plain::List(lock(items).items.clone())),
            State::Dict(entries) => Ok(lock(entries).to_value()),
            State::Custom(_) => custom::get_value(proxy),
            _ => Err(Error::unserializable(format!("cannot pickle '{}' object", self.typeid()))),
        }
    }

    /// What Python's `str` prints.
    pub(super) fn text(&self, proxy: &Proxy) -> Result<String, Failure> {
        match &self.state {
            State::List(_) | State::Dict(_) => Ok(repr(&self.value(proxy)?)?),
            State::Lock(state) => {
                let state = if state.is_locked() { "locked" } else { "unlocked" };
                Ok(format!("<{state} Lock object at {:#x}>", self.id))
            }
            State::Custom(_) => custom::to_text(proxy),
            _ => Ok(format!("<{} object at {:#x}>", self.typeid(), self.id)),
        }
    }
}

/// Locks a mutex. A test that panicked inside leaves nothing half-done that another could see.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
