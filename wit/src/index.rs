//! A hash table of positions: where in a list of keys an equal one may stand.

use hashbrown::HashTable;

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
