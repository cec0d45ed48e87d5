//! A Rust iterator behind a shared one.

use super::super::heavy::heavy;
use super::super::prelude::*;
use super::kept::Kept;
use super::panics::{Remnant, catching, message, panicked};
use crate::object::{Chunk, Limits, Room, too_large};

/// Gives the next item.
pub(crate) type Pull = Box<dyn FnMut() -> Option<Outcome<Item>> + Send>;

/// The most items that are drawn in one step: nobody knows how long each takes.
const AT_ONCE: usize = 1024;

/// A Rust iterator that any number of processes draw from.
pub(crate) struct Yielding {
    source: Kept<Source>,
    limits: Limits,
}

struct Source {
    /// None when there is nothing more.
    pull: Option<Remnant<Pull>>,
    /// What was drawn when there was no room for it.
    next: Option<Outcome<Item>>,
    /// What the panic said.
    poison: Option<String>,
}

impl Source {
    fn next(&mut self) -> Option<Outcome<Item>> {
        if let Some(next) = self.next.take() {
            return Some(next);
        }
        if let Some(message) = &self.poison {
            return Some(Err(CallError::internal(format!("the iterator is poisoned: it has panicked: {message}"))));
        }
        let pull = self.pull.as_mut()?.get()?;
        match catching(pull) {
            Ok(None) => {
                self.pull = None;
                None
            }
            Ok(next) => next,
            Err(payload) => {
                self.poison = Some(message(&payload));
                Some(Err(panicked("the iterator", &payload)))
            }
        }
    }
}

impl Yielding {
    pub(crate) fn new(pull: Pull, limits: &Limits) -> Self {
        let source = Source { pull: Some(Remnant::new(pull)), next: None, poison: None };
        Self { source: Kept::new(source), limits: *limits }
    }

    /// Draws what comes next: whether there may be more.
    pub(crate) fn draw(&self, room: Room, chunk: &mut Chunk) -> Outcome<bool> {
        let most = room.items.min(AT_ONCE);
        let drawn = self.source.with(
            || "iterator".to_owned(),
            |source| {
                while chunk.items.len() < most {
                    match source.next() {
                        None => return Ok(false),
                        Some(Ok(item)) if chunk.takes(&item) => chunk.items.push(item),
                        // Told by the call that would give nothing else.
                        Some(Err(error)) if chunk.items.is_empty() => return Err(error),
                        next => {
                            source.next = next;
                            break;
                        }
                    }
                }
                Ok(true)
            },
        );
        drawn.map_err(|failed| failed.into_error("the iterator"))?
    }

    /// All that is left. It must not take more memory than a value.
    pub(crate) fn rest(&self) -> Outcome<Vec<Item>> {
        // Nobody knows how much it is.
        heavy(usize::MAX, || {
            let (mut items, mut bytes) = (Vec::new(), 0);
            loop {
                let mut chunk = Chunk::new(Room::ALL);
                let more = self.draw(Room::ALL, &mut chunk)?;
                for item in chunk.items {
                    bytes += size_of::<Item>() + item.weight();
                    if bytes > self.limits.value_bytes {
                        return Err(too_large(self.limits.value_bytes));
                    }
                    if items.len() >= self.limits.container_length {
                        let most = self.limits.container_length;
                        return Err(CallError::quota_exceeded(format!("an iterator gives more than {most} items")));
                    }
                    items.push(item);
                }
                if !more {
                    return Ok(items);
                }
            }
        })
    }

    /// Shows the proxies that are known of.
    pub(crate) fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let _busy = self.source.look(|source| {
            if let Some(Ok(item)) = &source.next {
                item.proxies(visit);
            }
        });
    }
}
