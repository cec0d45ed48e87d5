//! Walking over what an object holds, some items at a time: what an iterator over it stands on.

use super::{Item, Outcome, Proxy};
use smallvec::SmallVec;
use std::borrow::Borrow;

/// What can be walked over.
pub trait Walk {
    /// The start of a walk, with the right that a step takes.
    fn begin(&self, me: &Proxy) -> Outcome<Begin>;

    /// Draws what comes next, as much as the chunk takes, under the object's lock: as if it were drawn item by item at
    /// one moment. Fails without the right to it. Only asked where a walk is live.
    fn draw(&self, _me: &Proxy, _place: Place, _chunk: &mut Chunk) -> Outcome<Then> {
        Ok(Then::End)
    }
}

/// The start of a walk.
pub struct Begin {
    /// What CPython calls such an iterator.
    pub name: &'static str,
    pub over: Over,
}

/// What a walk goes over.
pub enum Over {
    /// The object, as it is at each step.
    Live(Place),
    /// What is in it now.
    Snapshot(Vec<Item>),
}

/// Where a walk is. What the numbers mean is the object's business, but that no two places of a walk are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Where in the object the next item is looked for.
    pub position: usize,
    /// How many items are still to come.
    pub left: usize,
    /// How large the object was when the walk began.
    pub size: usize,
    /// Which state of the object the walk is for.
    pub version: u64,
}

/// What comes after a chunk.
#[derive(Debug, PartialEq, Eq)]
pub enum Then {
    /// Perhaps more.
    More(Place),
    /// Nothing, from now on for ever.
    End,
    /// A `RuntimeError` at every step from now on. The chunk is empty.
    Broken(&'static str),
    /// A `RuntimeError` once, and then nothing for ever. The chunk is empty.
    EndsWith(&'static str),
}

/// How much one chunk may hold, beyond its first item.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    pub items: usize,
    pub bytes: usize,
    pub proxies: usize,
}

impl Room {
    /// For one item.
    pub const ONE: Self = Self { items: 1, bytes: 0, proxies: 0 };
    /// For everything.
    pub const ALL: Self = Self { items: usize::MAX, bytes: usize::MAX, proxies: usize::MAX };

    /// For so many items, but not so many that it would be much to pass on at once.
    pub fn some(items: usize, proxies: usize) -> Self {
        Self { items: items.min(MOST_ITEMS), bytes: MOST_BYTES, proxies }
    }
}

/// The most items in a chunk.
const MOST_ITEMS: usize = 1 << 16;

/// From how many bytes on a chunk takes no more.
const MOST_BYTES: usize = 1 << 20;

/// Items that were drawn in one step.
pub struct Chunk {
    pub items: SmallVec<[Item; 1]>,
    room: Room,
}

impl Chunk {
    pub fn new(room: Room) -> Self {
        Self { items: SmallVec::new(), room }
    }

    /// Whether it may take another item.
    pub fn wants_more(&self) -> bool {
        self.items.len() < self.room.items
    }

    /// Whether it takes this item, which then has to be added. It always takes one.
    pub fn takes(&mut self, item: &Item) -> bool {
        if !self.wants_more() {
            return false;
        }
        if self.room.items == 1 {
            return true;
        }
        let mut proxies = 0;
        item.proxies(&mut |_| proxies += 1);
        let bytes = size_of::<Item>() + item.weight();
        if !self.items.is_empty() && (bytes > self.room.bytes || proxies > self.room.proxies) {
            // Nor any other: the order is that of the walk.
            self.room.items = self.items.len();
            return false;
        }
        self.room.bytes = self.room.bytes.saturating_sub(bytes);
        self.room.proxies = self.room.proxies.saturating_sub(proxies);
        true
    }

    /// Of so many items, how many it may take.
    pub fn most(&self, items: usize) -> usize {
        items.min(self.room.items)
    }

    /// Takes copies of the items that are left in an object that is walked over by index: what comes then.
    pub fn fill_by_index(&mut self, place: Place, rest: impl Iterator<Item = impl Borrow<Item>>) -> Then {
        for item in rest {
            if !self.takes(item.borrow()) {
                break;
            }
            self.items.push(item.borrow().clone());
        }
        // With room left, it has met the end.
        if self.wants_more() {
            return Then::End;
        }
        Then::More(Place { position: place.position + self.items.len(), ..place })
    }
}
