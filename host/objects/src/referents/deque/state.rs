//! What a deque consists of, and the changes to it: all of this happens under the deque's lock.

use super::super::comparing::Comparing;
use super::super::heavy::heavy;
use super::super::prelude::*;
use super::super::slice;
use crate::object::Limits;
use commonhold_wire::Value;
use std::collections::VecDeque;

#[derive(Default)]
pub(super) struct State {
    pub(super) items: VecDeque<Item>,
    /// How many items there may be; those at the other end make room for more.
    pub(super) maxlen: Option<usize>,
    /// Grows whenever an item is added, removed or moved.
    pub(super) version: u64,
}

/// So many items are moved in the time that one is looked at.
pub(super) const MOVES: usize = 16;

impl State {
    pub(super) fn new(maxlen: Option<u64>) -> Self {
        // What does not fit is beyond every limit.
        let maxlen = maxlen.map(|maxlen| usize::try_from(maxlen).unwrap_or(usize::MAX));
        Self { items: VecDeque::new(), maxlen, version: 0 }
    }

    pub(super) fn changed(&mut self) {
        self.version += 1;
    }

    /// Takes out all items.
    pub(super) fn clear(&mut self) -> VecDeque<Item> {
        if !self.items.is_empty() {
            self.changed();
        }
        std::mem::take(&mut self.items)
    }

    pub(super) fn position(&self, index: i64) -> Outcome<usize> {
        slice::position(index, self.items.len()).ok_or_else(|| CallError::index("deque index out of range"))
    }

    pub(super) fn is_full(&self) -> bool {
        self.maxlen.is_some_and(|maxlen| self.items.len() >= maxlen)
    }

    /// How many of so many items stay.
    pub(super) fn kept(&self, length: usize) -> usize {
        self.maxlen.map_or(length, |maxlen| length.min(maxlen))
    }

    /// Makes room for more items.
    pub(super) fn reserve(&mut self, more: usize, limits: &Limits) -> Outcome<()> {
        check_length(self.items.len().saturating_add(more), limits)?;
        if self.items.capacity() - self.items.len() < more {
            heavy(self.items.len() / MOVES, || self.items.try_reserve(more)).map_err(|_| out_of_memory())?;
        }
        Ok(())
    }

    /// Gives memory back when most of it is unused.
    pub(super) fn shrink(&mut self) {
        let (length, capacity) = (self.items.len(), self.items.capacity());
        if capacity > 64 && length < capacity / 4 {
            heavy(length / MOVES, || self.items.shrink_to(2 * length));
        }
    }

    /// Adds an item at one end, and takes out what has no room any more: that one or another.
    pub(super) fn push(&mut self, item: Item, back: bool, limits: &Limits) -> Outcome<Option<Item>> {
        if self.maxlen == Some(0) {
            self.changed();
            return Ok(Some(item));
        }
        let given_up = match self.is_full() {
            true if back => self.items.pop_front(),
            true => self.items.pop_back(),
            false => {
                self.reserve(1, limits)?;
                None
            }
        };
        item.moved();
        self.changed();
        if back {
            self.items.push_back(item);
        } else {
            self.items.push_front(item);
        }
        Ok(given_up)
    }

    /// Moves items to the right end; what has no room any more is left in their place.
    pub(super) fn add_back(&mut self, new: &mut Vec<Item>, limits: &Limits) -> Outcome<()> {
        let (own, skipped) = self.make_room(new.len(), limits)?;
        heavy(own.max(new.len()), || {
            let mut given_up: Vec<_> = self.items.drain(..own).collect();
            self.items.extend(new.drain(skipped..));
            new.append(&mut given_up);
        });
        Ok(())
    }

    /// Moves items to the left end, one after the other; what has no room any more is left in their
    /// place.
    pub(super) fn add_front(&mut self, new: &mut Vec<Item>, limits: &Limits) -> Outcome<()> {
        let (own, skipped) = self.make_room(new.len(), limits)?;
        heavy(own.max(new.len()), || {
            let mut given_up: Vec<_> = self.items.drain(self.items.len() - own..).collect();
            for item in new.drain(skipped..) {
                self.items.push_front(item);
            }
            new.append(&mut given_up);
        });
        Ok(())
    }

    /// For so many more items: how many of the old ones have to go, and how many of the new ones, the
    /// first of them, do not stay.
    fn make_room(&mut self, more: usize, limits: &Limits) -> Outcome<(usize, usize)> {
        let length = self.items.len();
        let total = length.saturating_add(more);
        let kept = self.kept(total);
        self.reserve(kept.saturating_sub(length), limits)?;
        if more > 0 && self.maxlen != Some(0) {
            self.changed();
        }
        let own = (total - kept).min(length);
        Ok((own, total - kept - own))
    }

    pub(super) fn take_at(&mut self, position: usize) -> Item {
        let moved = position.min(self.items.len() - position);
        let item = heavy(moved / MOVES, || self.items.remove(position)).unwrap_or(Item::Null);
        self.changed();
        self.shrink();
        item
    }

    /// The first of the positions with an equal item.
    pub(super) fn find(&self, item: &Item, start: usize, stop: usize) -> Outcome<Option<usize>> {
        let stop = stop.max(start);
        let mut comparing = Comparing::new(stop - start);
        heavy(search_size(stop - start, item), || {
            for (position, other) in self.items.range(start..stop).enumerate() {
                if comparing.equal(other, item)? {
                    return Ok(Some(start + position));
                }
            }
            Ok(None)
        })
    }

    pub(super) fn count(&self, item: &Item) -> Outcome<u64> {
        let mut comparing = Comparing::new(self.items.len());
        heavy(search_size(self.items.len(), item), || {
            let mut count = 0;
            for other in &self.items {
                count += u64::from(comparing.equal(other, item)?);
            }
            Ok(count)
        })
    }
}

/// Of so many items, repeated so many times: the first that stays, and how many do.
pub(super) fn repetition(length: usize, times: i64, maxlen: Option<usize>) -> Outcome<(usize, usize)> {
    let total = length as u128 * u128::try_from(times).unwrap_or(0);
    let kept = maxlen.map_or(total, |maxlen| total.min(maxlen as u128));
    match usize::try_from(kept) {
        // What could be in the memory of no machine.
        Ok(kept) if kept <= isize::MAX as usize / size_of::<usize>() => {
            let first = (total - kept as u128).checked_rem(length as u128).unwrap_or(0);
            Ok((first as usize, kept))
        }
        _ => Err(out_of_memory()),
    }
}

/// How much work it may be to look for an item among so many.
fn search_size(count: usize, item: &Item) -> usize {
    count.saturating_mul(1 + item.weight() / 64)
}

pub(super) fn check_length(length: usize, limits: &Limits) -> Outcome<()> {
    let limit = limits.container_length;
    if length <= limit {
        return Ok(());
    }
    Err(CallError::quota_exceeded(format!("a deque can hold {limit} items at most")))
}

pub(super) fn out_of_memory() -> CallError {
    CallError::new(ErrorKind::Memory, "").with_args(Value::Tuple(Vec::new()))
}
