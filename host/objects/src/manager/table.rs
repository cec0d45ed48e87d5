//! The proxies that one guest holds.
//!
//! A guest's handle stands for a slot here, and the manager owns the slots: wasmtime runs no
//! destructors when a guest traps, is interrupted or simply ends, so whoever ends a process empties
//! its table. The drop hook is only the early way.

use crate::object::{CallError, Handles, Outcome, Proxy, TO_TEXT};
use crate::sync::{Arc, AtomicU64, OnceLock, Ordering};
use commonhold_wire::ErrorKind;
use slab::Slab;
use std::collections::HashSet;

/// The slots of one guest.
pub struct Table {
    slots: Slab<Proxy>,
    limit: usize,
    ledger: Arc<Ledger>,
}

impl Table {
    /// How many proxies a guest can hold if nobody says otherwise.
    pub const DEFAULT_LIMIT: usize = 1_000_000;

    pub fn new(limit: usize) -> Self {
        Self { slots: Slab::new(), limit, ledger: Arc::default() }
    }

    /// What others may see of the table.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// The proxy in a slot.
    #[inline]
    pub fn get(&self, slot: u32) -> Option<&Proxy> {
        self.slots.get(slot as usize)
    }

    /// Whether so many more proxies fit.
    pub fn make_room(&self, more: usize) -> Outcome<()> {
        if self.slots.len().saturating_add(more) <= self.limit { Ok(()) } else { Err(self.full()) }
    }

    /// How many more proxies fit.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.slots.len())
    }

    /// Whether what is taken out of a container may be put here, however many proxies it holds: it
    /// would be lost otherwise. That is so until the table holds more than it may.
    pub fn may_overshoot(&self) -> Outcome<()> {
        if self.slots.len() <= self.limit { Ok(()) } else { Err(self.full()) }
    }

    #[cold]
    fn full(&self) -> CallError {
        CallError::new(ErrorKind::QuotaExceeded, format!("a process can hold {} proxies at most", self.limit))
    }

    /// Puts a proxy into a slot, right before the call that gives it to the guest.
    pub fn insert(&mut self, proxy: Proxy) -> u32 {
        proxy.moved();
        let id = proxy.id();
        let slot = self.slots.insert(proxy);
        self.ledger.set(slot, id);
        // `make_room` keeps the slots within the limit, which is an `u32`.
        slot as u32
    }

    /// Takes a proxy out of its slot.
    pub fn remove(&mut self, slot: u32) -> Option<Proxy> {
        let proxy = self.slots.try_remove(slot as usize)?;
        self.ledger.set(slot as usize, 0);
        proxy.moved();
        Some(proxy)
    }

    /// The ids of the objects that may be printed through one of the proxies.
    pub fn printable(&self) -> HashSet<u64> {
        let may_print = |proxy: &&Proxy| proxy.check_again(TO_TEXT).is_ok();
        self.slots.iter().map(|(_, proxy)| proxy).filter(may_print).map(Proxy::id).collect()
    }

    /// Takes out all of them.
    pub fn take(&mut self) -> Vec<Proxy> {
        let slots = std::mem::take(&mut self.slots);
        let mut proxies = Vec::with_capacity(slots.len());
        for (slot, proxy) in slots {
            self.ledger.set(slot, 0);
            proxies.push(proxy);
        }
        proxies
    }
}

/// Which referent is in which slot, for others to read at any time while the guest runs.
///
/// The table itself belongs to its guest's store and is used without a lock; it only notes here
/// what it does, at the cost of a plain store. What is read is exact when the guest is not running.
#[derive(Default)]
pub struct Ledger {
    /// Chunk n has `FIRST << n` entries, so that a chunk never moves once it is there.
    chunks: [OnceLock<Box<[AtomicU64]>>; CHUNKS],
}

const FIRST: usize = 16;
const CHUNKS: usize = 28;

impl Ledger {
    /// The chunk of a slot and its place there.
    fn place(slot: usize) -> (usize, usize) {
        let chunk = ((slot + FIRST) / FIRST).ilog2() as usize;
        (chunk, slot + FIRST - (FIRST << chunk))
    }

    fn set(&self, slot: usize, id: u64) {
        let (chunk, place) = Self::place(slot);
        if let Some(chunk_cell) = self.chunks.get(chunk) {
            let entries = chunk_cell.get_or_init(|| (0..FIRST << chunk).map(|_| AtomicU64::new(0)).collect());
            entries[place].store(id, Ordering::Release);
        }
    }

    /// The ids of the referents in the slots, one for each slot that is taken.
    pub fn ids(&self) -> Vec<u64> {
        let chunks = self.chunks.iter().map_while(OnceLock::get);
        chunks.flat_map(|chunk| chunk.iter()).map(|id| id.load(Ordering::Acquire)).filter(|id| *id != 0).collect()
    }
}

impl Handles for Ledger {
    fn count(&self, id: u64) -> usize {
        let chunks = self.chunks.iter().map_while(OnceLock::get);
        chunks.flat_map(|chunk| chunk.iter()).filter(|slot| slot.load(Ordering::Acquire) == id).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ledger_slots_have_one_place_each() {
        let mut seen = std::collections::BTreeSet::new();
        for slot in 0..100_000 {
            let (chunk, place) = Ledger::place(slot);
            assert!(place < FIRST << chunk, "slot {slot} is outside of chunk {chunk}");
            assert!(seen.insert((chunk, place)), "slot {slot} shares a place");
        }
    }
}
