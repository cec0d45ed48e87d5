//! Collecting keys: dicts and sets under construction, and the hash table of positions under them.

use hashbrown::HashTable;

use crate::hash::{Tag, Unordered};
use crate::value::{Entry, ProxyIdentity, Value};

/// Below this many keys, looking at all hashes is faster than a table.
const FEW: usize = 8;

/// The positions of keys by their hashes. The keys themselves, numbered in the order of `push`, stay
/// with the caller.
#[derive(Default)]
pub(crate) struct Index {
    hashes: Vec<u64>,
    table: HashTable<usize>,
}

impl Index {
    /// The position of the key with this hash that is equal, as `is_equal` finds.
    pub(crate) fn find(&self, hash: u64, mut is_equal: impl FnMut(usize) -> bool) -> Option<usize> {
        if self.hashes.len() <= FEW {
            return self.hashes.iter().enumerate().position(|(at, known)| *known == hash && is_equal(at));
        }
        self.table.find(hash, |&at| self.hashes[at] == hash && is_equal(at)).copied()
    }

    /// The hashes of the keys, in order.
    pub(crate) fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Gives the next position to a key.
    pub(crate) fn push(&mut self, hash: u64) {
        self.hashes.push(hash);
        let count = self.hashes.len();
        if count > FEW {
            let first = if count == FEW + 1 { 0 } else { count - 1 };
            for at in first..count {
                self.table.insert_unique(self.hashes[at], at, |&other| self.hashes[other]);
            }
        }
    }
}

/// Collects entries into a dict as Python's dict display does.
pub(crate) struct DictBuilder<P> {
    entries: Vec<Entry<P>>,
    item_hashes: Vec<u64>,
    index: Index,
}

impl<P> Default for DictBuilder<P> {
    fn default() -> Self {
        DictBuilder { entries: Vec::new(), item_hashes: Vec::new(), index: Index::default() }
    }
}

impl<P: ProxyIdentity> DictBuilder<P> {
    /// Adds an entry. The item's hash may be anything if the dict's is not asked for.
    pub(crate) fn insert(&mut self, key_hash: u64, key: Value<P>, item_hash: u64, item: Value<P>) {
        match self.index.find(key_hash, |at| crate::equal(&self.entries[at].0, &key)) {
            Some(at) => {
                self.entries[at].1 = item;
                self.item_hashes[at] = item_hash;
            }
            None => {
                self.index.push(key_hash);
                self.item_hashes.push(item_hash);
                self.entries.push((key, item));
            }
        }
    }

    /// The entries and the dict's hash.
    pub(crate) fn finish(self) -> (Vec<Entry<P>>, u64) {
        let mut hash = Unordered::new(Tag::Dict);
        for (key, item) in self.index.hashes().iter().zip(&self.item_hashes) {
            hash.add_entry(*key, *item);
        }
        (self.entries, hash.finish())
    }
}

/// Collects elements into a set.
pub(crate) struct SetBuilder<P> {
    elements: Vec<Value<P>>,
    index: Index,
}

impl<P> Default for SetBuilder<P> {
    fn default() -> Self {
        SetBuilder { elements: Vec::new(), index: Index::default() }
    }
}

impl<P: ProxyIdentity> SetBuilder<P> {
    pub(crate) fn insert(&mut self, hash: u64, element: Value<P>) {
        if self.index.find(hash, |at| crate::equal(&self.elements[at], &element)).is_none() {
            self.index.push(hash);
            self.elements.push(element);
        }
    }

    /// The elements and the set's hash.
    pub(crate) fn finish(self) -> (Vec<Value<P>>, u64) {
        let mut hash = Unordered::new(Tag::Set);
        for element in self.index.hashes() {
            hash.add(*element);
        }
        (self.elements, hash.finish())
    }
}
