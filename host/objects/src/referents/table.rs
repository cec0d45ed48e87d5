//! An insertion-ordered hash table of items: the entries in a vector, in order, and an index of
//! their positions by hash, as in CPython. A removed entry leaves a hole, so that no other moves;
//! when there are more holes than entries, all move up.

use super::comparing::equal;
use super::operand::Entry;
use super::prelude::*;
use hashbrown::HashTable;

#[derive(Default, Clone)]
pub(super) struct Table {
    entries: Vec<Option<Entry>>,
    /// The positions of the entries. Its length is that of the table.
    index: HashTable<u32>,
    /// How often entries have moved to other positions.
    generation: u64,
}

/// What setting an item has come to. What it holds is for the caller to drop, after the lock.
pub(super) enum Set {
    New,
    /// The new key, which is not needed, and the old item.
    Replaced(Item, Item),
    /// Not done: there is no room.
    Full(Entry),
}

/// The error of a dict without room.
pub(super) fn full(limit: usize) -> CallError {
    CallError::quota_exceeded(format!("a dict can hold {} entries at most", limit.min(MOST)))
}

/// How many holes there may be at least.
const HOLES: usize = 8;

/// What positions can tell apart, with as many holes as entries.
const MOST: usize = (u32::MAX / 2) as usize - HOLES;

impl Table {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The entries in order of insertion.
    pub(super) fn iter(&self) -> Iter<'_> {
        Iter { entries: self.entries.iter(), left: self.len() }
    }

    fn position(&self, hash: u64, key: &Item) -> Option<usize> {
        self.index.find(hash, |at| holds(&self.entries, *at, hash, key)).map(|at| *at as usize)
    }

    /// The item of a key.
    pub(super) fn get(&self, hash: u64, key: &Item) -> Option<&Item> {
        self.entries.get(self.position(hash, key)?)?.as_ref().map(|(_, _, item)| item)
    }

    pub(super) fn get_mut(&mut self, hash: u64, key: &Item) -> Option<&mut Item> {
        let position = self.position(hash, key)?;
        self.entries.get_mut(position)?.as_mut().map(|(_, _, item)| item)
    }

    /// Sets the item of a key, in a table that may have so many entries. An equal key that is there
    /// already stays.
    pub(super) fn set(&mut self, entry: Entry, limit: usize) -> Set {
        if let Some(place) = self.get_mut(entry.0, &entry.1) {
            let (_, key, item) = entry;
            return Set::Replaced(key, std::mem::replace(place, item));
        }
        if self.len() >= limit.min(MOST) {
            return Set::Full(entry);
        }
        let at = self.entries.len() as u32;
        let hash = entry.0;
        self.entries.push(Some(entry));
        let entries = &self.entries;
        self.index.insert_unique(hash, at, |at| hash_at(entries, *at));
        Set::New
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, hash: u64, key: &Item) -> Option<(Item, Item)> {
        let entries = &self.entries;
        let found = self.index.find_entry(hash, |at| holds(entries, *at, hash, key)).ok()?;
        let (at, _) = found.remove();
        let (_, key, item) = self.entries.get_mut(at as usize)?.take()?;
        self.close_holes();
        Some((key, item))
    }

    /// Removes the entry that was inserted last.
    pub(super) fn pop(&mut self) -> Option<(Item, Item)> {
        while let Some(last) = self.entries.pop() {
            if let Some((hash, key, item)) = last {
                let at = self.entries.len() as u32;
                if let Ok(found) = self.index.find_entry(hash, |other| *other == at) {
                    found.remove();
                }
                self.shrink();
                return Some((key, item));
            }
        }
        None
    }

    /// The first key from a position on, and the position after it.
    pub(super) fn key_from(&self, position: usize) -> Option<(&Item, usize)> {
        let rest = self.entries.get(position..)?;
        rest.iter().zip(position + 1..).find_map(|(entry, next)| entry.as_ref().map(|(_, key, _)| (key, next)))
    }

    /// All keys from a position on.
    pub(super) fn keys_from(&self, position: usize) -> impl Iterator<Item = &Item> {
        self.entries.get(position..).unwrap_or_default().iter().flatten().map(|(_, key, _)| key)
    }

    /// Takes everything out.
    pub(super) fn take(&mut self) -> Vec<Option<Entry>> {
        self.index = HashTable::new();
        self.generation += 1;
        std::mem::take(&mut self.entries)
    }

    /// For how many entries there is memory.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.entries.capacity().max(self.index.capacity())
    }

    fn close_holes(&mut self) {
        if self.entries.len() <= 2 * self.len() + HOLES {
            return;
        }
        self.entries.retain(Option::is_some);
        self.entries.shrink_to(2 * self.entries.len());
        self.rebuild();
    }

    fn shrink(&mut self) {
        if self.entries.capacity() > 64 && self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to(2 * self.entries.len());
            let entries = &self.entries;
            self.index.shrink_to(2 * entries.len(), |at| hash_at(entries, *at));
        }
    }

    fn rebuild(&mut self) {
        self.generation += 1;
        self.index = HashTable::with_capacity(self.entries.len());
        for (at, entry) in (0..).zip(&self.entries) {
            if let Some((hash, ..)) = entry {
                let entries = &self.entries;
                self.index.insert_unique(*hash, at, |at| hash_at(entries, *at));
            }
        }
    }
}

fn holds(entries: &[Option<Entry>], at: u32, hash: u64, key: &Item) -> bool {
    matches!(entries.get(at as usize), Some(Some((other, known, _))) if *other == hash && equal(known, key))
}

fn hash_at(entries: &[Option<Entry>], at: u32) -> u64 {
    // The index knows no hole.
    entries.get(at as usize).and_then(Option::as_ref).map_or(0, |(hash, ..)| *hash)
}

/// The entries of a table, from either end.
#[derive(Clone)]
pub(super) struct Iter<'a> {
    entries: std::slice::Iter<'a, Option<Entry>>,
    left: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = &'a Entry;

    fn next(&mut self) -> Option<&'a Entry> {
        let next = self.entries.find_map(Option::as_ref)?;
        self.left -= 1;
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let next = self.entries.rfind(|entry| entry.is_some())?.as_ref()?;
        self.left -= 1;
        Some(next)
    }
}
