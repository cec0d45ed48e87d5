//! What a list consists of, and the changes to it: all of this happens under the list's lock.

use super::super::comparing::Comparing;
use super::super::heavy::heavy;
use super::super::prelude::*;
use super::super::slice::{self, Span};
use crate::object::Limits;
use commonhold_wire::Value;

#[derive(Default)]
pub(super) struct State {
    pub(super) items: Vec<Item>,
    /// Grows with every change.
    pub(super) version: u64,
}

/// So many items are moved in the time that one is looked at.
pub(super) const MOVES: usize = 16;

impl State {
    pub(super) fn position(&self, index: i64, message: &'static str) -> Outcome<usize> {
        slice::position(index, self.items.len()).ok_or_else(|| CallError::index(message))
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

    pub(super) fn changed(&mut self) {
        self.version += 1;
    }

    /// Puts an item into the place of another, which is handed out.
    pub(super) fn exchange(&mut self, position: usize, item: Item) -> Item {
        item.moved();
        self.changed();
        let old = std::mem::replace(&mut self.items[position], item);
        old.moved();
        old
    }

    pub(super) fn take_at(&mut self, position: usize) -> Item {
        let behind = self.items.len() - position;
        let item = heavy(behind / MOVES, || self.items.remove(position));
        self.changed();
        self.shrink();
        item
    }

    pub(super) fn take_span(&mut self, span: Span) -> Vec<Item> {
        if span.count == 0 {
            return Vec::new();
        }
        let (first, step) = span.ascending();
        let last = first + (span.count - 1) * step;
        let mut at = 0;
        let is_in_span = |_: &mut Item| {
            at += 1;
            (at - 1) % step == 0
        };
        let removed = heavy((self.items.len() - first) / MOVES, || {
            if step == 1 {
                self.items.drain(first..=last).collect()
            } else {
                self.items.extract_if(first..=last, is_in_span).collect()
            }
        });
        self.changed();
        self.shrink();
        removed
    }

    /// Puts new items in the place of a span's, and gives these back.
    pub(super) fn replace_span(&mut self, span: Span, new: &mut Vec<Item>, limits: &Limits) -> Outcome<Vec<Item>> {
        let (count, behind) = (new.len(), self.items.len() - span.start);
        let Some(range) = span.range() else {
            if count != span.count {
                return Err(CallError::value(format!(
                    "attempt to assign sequence of size {count} to extended slice of size {}",
                    span.count
                )));
            }
            self.changed();
            let pairs = span.positions().zip(new.drain(..));
            let replaced = pairs.map(|(position, item)| std::mem::replace(&mut self.items[position], item));
            return Ok(heavy(count, || replaced.collect()));
        };
        self.reserve(count.saturating_sub(span.count), limits)?;
        self.changed();
        let removed = heavy(behind / MOVES, || self.items.splice(range, new.drain(..)).collect());
        self.shrink();
        Ok(removed)
    }

    /// The first of the positions with an equal item.
    pub(super) fn find(&self, item: &Item, start: usize, stop: usize) -> Outcome<Option<usize>> {
        let range = self.items.get(start..stop.max(start)).unwrap_or_default();
        let mut comparing = Comparing::new(range.len());
        heavy(search_size(range, item), || {
            for (position, other) in range.iter().enumerate() {
                if comparing.equal(other, item)? {
                    return Ok(Some(start + position));
                }
            }
            Ok(None)
        })
    }
}

pub(super) fn check_length(length: usize, limits: &Limits) -> Outcome<()> {
    let limit = limits.container_length;
    if length <= limit {
        return Ok(());
    }
    Err(CallError::quota_exceeded(format!("a list can hold {limit} items at most")))
}

/// How much work it may be to look for an item.
pub(super) fn search_size(items: &[Item], item: &Item) -> usize {
    items.len().saturating_mul(1 + item.weight() / 64)
}

pub(super) fn out_of_memory() -> CallError {
    CallError::new(ErrorKind::Memory, "").with_args(Value::Tuple(Vec::new()))
}
