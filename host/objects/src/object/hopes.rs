//! Whether anybody is left who could ever give what is waited for.
//!
//! What an object gives, somebody gives to it who can reach it: a holder. A process does nothing else while it waits,
//! so when all holders of an object are processes that wait for that very object, without a timeout, nobody will ever
//! come, and each of them gets a `deadlock` error at once. That can come to be when a wait begins, and when any other
//! holder goes.
//!
//! It is no search through the whole graph of objects: a proxy that lies in some container, in the host's own code or
//! in a value on its way is a holder who may come, even where nobody can reach that container any more.
//!
//! The question costs nothing where nobody waits: a referent counts those who wait for it, and letting go of a proxy
//! reads that number.

use super::waiting::{Granted, Waiter};
use super::{CallError, Referent};
use crate::sync::{Arc, Mutex, Ordering};
use commonhold_wire::ErrorKind;
use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

/// What an actor holds, for those who want to know.
pub trait Handles: Send + Sync {
    /// To how many proxies of a referent the actor has handles.
    fn count(&self, id: u64) -> usize;
}

/// The waits of one manager's processes that a holder has to end.
#[derive(Default)]
pub struct Hopes {
    shards: [Mutex<HashMap<u64, Vec<Entry>>>; SHARDS],
}

const SHARDS: usize = 16;

struct Entry {
    waiter: Arc<Waiter>,
    choice: usize,
    /// How many of the object's holders are the waiter's own handles.
    own: usize,
    /// What else it waits for, each with its own handles: nobody else may be left there either.
    others: SmallVec<[(Arc<Referent>, usize); 1]>,
}

impl Entry {
    /// Whether it waits, and what else it waits for can be given by nobody. One who was given something and does not know
    /// yet is about to go on, and can come then.
    fn is_stuck_elsewhere(&self) -> bool {
        self.waiter.is_waiting() && self.others.iter().all(|(referent, own)| referent.word().holders() as usize == *own)
    }
}

/// While this exists, a process counts as waiting for these objects.
pub(super) struct Hoping {
    waiter: Arc<Waiter>,
    objects: SmallVec<[Arc<Referent>; 1]>,
}

impl Hoping {
    /// Enters that one waits for what holders of these objects give, and fails it if there is none. `None` if it does
    /// other things meanwhile, or waits for something else, too. With each object comes how many proxies to it are the
    /// waiter's own besides its handles.
    pub(super) fn enter(waiter: &Arc<Waiter>, objects: &[(Option<&Arc<Referent>>, usize)]) -> Option<Self> {
        let handles = waiter.actor().handles()?;
        // Each object once, however often it is waited for: its handles are to be counted once.
        let mut seen = HashSet::with_capacity(objects.len());
        let mut once: SmallVec<[(usize, Arc<Referent>, usize); 1]> = SmallVec::new();
        for (choice, (object, besides)) in objects.iter().enumerate() {
            let object = (*object)?;
            if seen.insert(object.id()) {
                once.push((choice, object.clone(), handles.count(object.id()) + besides));
            }
        }
        for (choice, object, own) in &once {
            let others = once.iter().filter(|(other, ..)| other != choice);
            let others = others.map(|(_, other, own)| (other.clone(), *own)).collect();
            // Before the holders are counted: whoever lets go of one after that finds this.
            object.awaited().fetch_add(1, Ordering::SeqCst);
            let entry = Entry { waiter: waiter.clone(), choice: *choice, own: *own, others };
            object.home().hopes().shard(object.id()).lock().entry(object.id()).or_default().push(entry);
        }
        let objects = once.into_iter().map(|(_, object, _)| object).collect();
        let hoping = Self { waiter: waiter.clone(), objects };
        for object in &hoping.objects {
            object.home().hopes().look_at(object);
        }
        Some(hoping)
    }
}

impl Drop for Hoping {
    fn drop(&mut self) {
        for object in &self.objects {
            object.awaited().fetch_sub(1, Ordering::SeqCst);
            let mut shard = object.home().hopes().shard(object.id()).lock();
            if let Some(entries) = shard.get_mut(&object.id()) {
                let place = entries.iter().position(|entry| Arc::ptr_eq(&entry.waiter, &self.waiter));
                let entry = place.map(|place| entries.swap_remove(place));
                if entries.is_empty() {
                    shard.remove(&object.id());
                }
                drop(shard);
                // It may be the last use of an object's memory.
                drop(entry);
            }
        }
    }
}

impl Hopes {
    fn shard(&self, id: u64) -> &Mutex<HashMap<u64, Vec<Entry>>> {
        &self.shards[id as usize % SHARDS]
    }

    /// Fails those who wait for an object if nobody else holds it.
    #[cold]
    pub(super) fn look_at(&self, object: &Referent) {
        let mut wakes = super::waiting::Wakes::new();
        let shard = self.shard(object.id()).lock();
        let Some(entries) = shard.get(&object.id()) else { return };
        // A process waits for one thing at a time, so no handle is counted twice.
        let own: usize = entries.iter().filter(|entry| entry.is_stuck_elsewhere()).map(|entry| entry.own).sum();
        if own == object.word().holders() as usize {
            for Entry { waiter, choice, .. } in entries.iter().filter(|entry| entry.is_stuck_elsewhere()) {
                wakes.extend(waiter.give(*choice, |_| Granted::Refused(deadlock(object))));
            }
        }
        drop(shard);
        drop(wakes);
    }
}

fn deadlock(object: &Referent) -> CallError {
    let message = format!(
        "this wait would never end: nobody is left who could use the {} at {:#x}",
        object.body().type_info().typeid(),
        object.id()
    );
    CallError::new(ErrorKind::Deadlock, message)
}
