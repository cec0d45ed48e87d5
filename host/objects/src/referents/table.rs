//! An insertion-ordered hash table of items: the entries in a vector, in order, and an index of
//! their positions by hash, as in CPython. A removed entry leaves a hole, so that no other moves;
//! when there are more holes than entries, all move up.

use super::comparing::equal;
use super::operand::Entry;
use super::prelude::*;
use hashbrown::HashTable;

/// What a table consists of: a key, whose hash is known, and perhaps what belongs to it.
pub(super) trait Keyed {
    fn hash(&self) -> u64;
    fn key(&self) -> &Item;
}

/// An entry of a dict.
impl Keyed for Entry {
    fn hash(&self) -> u64 {
        self.0
    }

    fn key(&self) -> &Item {
        &self.1
    }
}

/// An element of a set, and its hash.
pub(super) type Element = (u64, Item);

impl Keyed for Element {
    fn hash(&self) -> u64 {
        self.0
    }

    fn key(&self) -> &Item {
        &self.1
    }
}

const _: () = assert!(size_of::<Option<Entry>>() == 40 && size_of::<Option<Element>>() == 24, "a hole costs nothing");

#[derive(Clone)]
pub(super) struct Table<E = Entry> {
    entries: Vec<Option<E>>,
    /// The positions of the entries. Its length is that of the table.
    index: HashTable<u32>,
    /// How often entries have moved to other positions.
    generation: u64,
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Self { entries: Vec::new(), index: HashTable::new(), generation: 0 }
    }
}

/// What setting an item has come to. What it holds is for the caller to drop, after the lock.
pub(super) enum Set {
    New,
    /// The new key, which is not needed, and the old item.
    Replaced(Item, Item),
    /// Not done: there is no room.
    Full(Entry),
}

/// What inserting an entry has come to. What it holds is for the caller to drop, after the lock.
pub(super) enum Inserted<E> {
    New,
    /// Not done: there is an equal key already.
    Known(E),
    /// Not done: there is no room.
    Full(E),
}

/// The error of a dict without room.
pub(super) fn full(limit: usize) -> CallError {
    CallError::quota_exceeded(format!("a dict can hold {} entries at most", room(limit)))
}

/// How many entries a table can have that may have so many.
pub(super) fn room(limit: usize) -> usize {
    limit.min(MOST)
}

/// How many holes there may be at least.
const HOLES: usize = 8;

/// What positions can tell apart, with as many holes as entries.
const MOST: usize = (u32::MAX / 2) as usize - HOLES;

impl<E: Keyed> Table<E> {
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
    pub(super) fn iter(&self) -> Iter<'_, E> {
        Iter { entries: self.entries.iter(), left: self.len() }
    }

    fn position(&self, hash: u64, key: &Item) -> Option<usize> {
        self.index.find(hash, |at| holds(&self.entries, *at, hash, key)).map(|at| *at as usize)
    }

    /// The entry of a key, and its position, which orders it among the others.
    pub(super) fn find(&self, hash: u64, key: &Item) -> Option<(usize, &E)> {
        let position = self.position(hash, key)?;
        Some((position, self.entries.get(position)?.as_ref()?))
    }

    pub(super) fn contains(&self, hash: u64, key: &Item) -> bool {
        self.position(hash, key).is_some()
    }

    fn find_mut(&mut self, hash: u64, key: &Item) -> Option<&mut E> {
        let position = self.position(hash, key)?;
        self.entries.get_mut(position)?.as_mut()
    }

    /// Inserts an entry into a table that may have so many, unless there is one with an equal key.
    pub(super) fn insert(&mut self, entry: E, limit: usize) -> Inserted<E> {
        if self.contains(entry.hash(), entry.key()) {
            return Inserted::Known(entry);
        }
        match self.push(entry, limit) {
            Ok(()) => Inserted::New,
            Err(entry) => Inserted::Full(entry),
        }
    }

    /// Adds an entry whose key is known to be new, unless there is no room.
    fn push(&mut self, entry: E, limit: usize) -> Result<(), E> {
        if self.len() >= room(limit) {
            return Err(entry);
        }
        let at = self.entries.len() as u32;
        let hash = entry.hash();
        self.entries.push(Some(entry));
        let entries = &self.entries;
        self.index.insert_unique(hash, at, |at| hash_at(entries, *at));
        Ok(())
    }

    /// Removes the entry of a key.
    pub(super) fn remove_entry(&mut self, hash: u64, key: &Item) -> Option<E> {
        let entries = &self.entries;
        let found = self.index.find_entry(hash, |at| holds(entries, *at, hash, key)).ok()?;
        let (at, _) = found.remove();
        let entry = self.entries.get_mut(at as usize)?.take()?;
        self.close_holes();
        Some(entry)
    }

    /// Removes the entry that was inserted last.
    pub(super) fn pop_entry(&mut self) -> Option<E> {
        while let Some(last) = self.entries.pop() {
            if let Some(entry) = last {
                let at = self.entries.len() as u32;
                if let Ok(found) = self.index.find_entry(entry.hash(), |other| *other == at) {
                    found.remove();
                }
                self.shrink();
                return Some(entry);
            }
        }
        None
    }

    /// The first key from a position on, and the position after it.
    pub(super) fn key_from(&self, position: usize) -> Option<(&Item, usize)> {
        let rest = self.entries.get(position..)?;
        rest.iter().zip(position + 1..).find_map(|(entry, next)| entry.as_ref().map(|entry| (entry.key(), next)))
    }

    /// Takes everything out.
    pub(super) fn take(&mut self) -> Vec<Option<E>> {
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
            if let Some(entry) = entry {
                let entries = &self.entries;
                self.index.insert_unique(entry.hash(), at, |at| hash_at(entries, *at));
            }
        }
    }
}

impl Table {
    /// The item of a key.
    pub(super) fn get(&self, hash: u64, key: &Item) -> Option<&Item> {
        self.entries.get(self.position(hash, key)?)?.as_ref().map(|(_, _, item)| item)
    }

    pub(super) fn get_mut(&mut self, hash: u64, key: &Item) -> Option<&mut Item> {
        self.find_mut(hash, key).map(|(_, _, item)| item)
    }

    /// Sets the item of a key, in a table that may have so many entries. An equal key that is there
    /// already stays.
    pub(super) fn set(&mut self, entry: Entry, limit: usize) -> Set {
        if let Some(place) = self.get_mut(entry.0, &entry.1) {
            let (_, key, item) = entry;
            return Set::Replaced(key, std::mem::replace(place, item));
        }
        match self.push(entry, limit) {
            Ok(()) => Set::New,
            Err(entry) => Set::Full(entry),
        }
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, hash: u64, key: &Item) -> Option<(Item, Item)> {
        self.remove_entry(hash, key).map(|(_, key, item)| (key, item))
    }

    /// Removes the entry that was inserted last.
    pub(super) fn pop(&mut self) -> Option<(Item, Item)> {
        self.pop_entry().map(|(_, key, item)| (key, item))
    }
}

/// Of entries whose keys are known to be distinct, and no more than a table can have.
impl<E: Keyed> FromIterator<E> for Table<E> {
    fn from_iter<I: IntoIterator<Item = E>>(entries: I) -> Self {
        let mut table = Self { entries: entries.into_iter().map(Some).collect(), ..Self::default() };
        table.rebuild();
        table
    }
}

fn holds<E: Keyed>(entries: &[Option<E>], at: u32, hash: u64, key: &Item) -> bool {
    matches!(entries.get(at as usize), Some(Some(entry)) if entry.hash() == hash && equal(entry.key(), key))
}

fn hash_at<E: Keyed>(entries: &[Option<E>], at: u32) -> u64 {
    // The index knows no hole.
    entries.get(at as usize).and_then(Option::as_ref).map_or(0, Keyed::hash)
}

/// The entries of a table, from either end.
#[derive(Clone)]
pub(super) struct Iter<'a, E> {
    entries: std::slice::Iter<'a, Option<E>>,
    left: usize,
}

impl<'a, E> Iterator for Iter<'a, E> {
    type Item = &'a E;

    fn next(&mut self) -> Option<&'a E> {
        let next = self.entries.find_map(Option::as_ref)?;
        self.left -= 1;
        Some(next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<E> ExactSizeIterator for Iter<'_, E> {}

impl<E> DoubleEndedIterator for Iter<'_, E> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let next = self.entries.rfind(|entry| entry.is_some())?.as_ref()?;
        self.left -= 1;
        Some(next)
    }
}
