//! `dict`: a mapping from hashable keys to items, in order of insertion.
//!
//! A key is hashed before the dict's lock is taken, and what the dict gives up is dropped after it.
//!
//! A [`Counter`] is a dict underneath, as in Python. What works on a dict works on it, too, and where
//! it has a form of its own of some method, that is what runs.

mod atomic;
mod keyvalue;
mod methods;

use super::comparing::{Comparing, equal_one};
use super::counter::{self, Counter, Operation};
use super::heavy::{heavy, lock};
use super::iterator::Iteration;
use super::operand::{self, Entries, Entry, hash_key};
use super::prelude::*;
use super::table::{Set, Table, full};
use crate::object::{Begin, Chunk, Container, Kind, Limits, Over, Place, Then, Walk};
use crate::sync::MutexGuard;
use commonhold_wire::Value;
pub use keyvalue::{Page, Seen};
pub use methods::TYPE;
pub(super) use methods::*;

#[derive(Default)]
pub struct Dict {
    pub(super) table: Mutex<Table>,
    pub(super) variety: Variety,
}

/// The types that are dicts underneath.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Variety {
    #[default]
    Dict,
    Counter,
}

impl Dict {
    pub(super) fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "dict")
    }

    #[inline]
    pub(super) fn open(me: &Proxy) -> Outcome<MutexGuard<'_, Table>> {
        Ok(lock(&Self::of(me)?.table))
    }

    /// A new, empty dict.
    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self::default())
    }

    /// A new dict with the entries of another, or of an iterable of pairs.
    pub fn create_from(caller: &Caller, entries: &Item) -> Outcome<Proxy> {
        Self::create_with(caller, Some(entries), Vec::new())
    }

    fn create_with(caller: &Caller, entries: Option<&Item>, keywords: Vec<(String, Item)>) -> Outcome<Proxy> {
        let entries = match entries {
            None => Entries::default(),
            Some(argument) => Entries::of(None, argument)?.unwrap_or_default(),
        };
        let mut table = Table::default();
        set_all(&mut table, entries.with_keywords(keywords), caller.home.limits(), &mut Vec::new())?;
        Ok(Referent::create(&caller.home, Self { table: Mutex::new(table), variety: Variety::Dict }))
    }

    /// What a key that is not there reads as.
    fn missing(&self, key: &Item) -> Outcome<Item> {
        match self.variety {
            Variety::Dict => Err(missing(key)),
            Variety::Counter => Ok(counter::NONE),
        }
    }

    pub fn length(me: &Proxy) -> Outcome<u64> {
        me.check(LEN)?;
        Ok(Self::open(me)?.len() as u64)
    }

    pub fn get_item(me: &Proxy, key: &Item) -> Outcome<Item> {
        me.check(GETITEM)?;
        match Self::look_up(me, key)? {
            Some(item) => Ok(item),
            None => Self::of(me)?.missing(key),
        }
    }

    pub fn find(me: &Proxy, key: &Item) -> Outcome<Option<Item>> {
        me.check(GET)?;
        Self::look_up(me, key)
    }

    fn look_up(me: &Proxy, key: &Item) -> Outcome<Option<Item>> {
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        Ok(lock(&this.table).get(hash, key).cloned())
    }

    pub fn set_item(me: &Proxy, key: Item, item: Item) -> Outcome<()> {
        me.check(SETITEM)?;
        let this = Self::of(me)?;
        let hash = hash_key(&key)?;
        key.moved();
        item.moved();
        let limit = me.home().limits().container_length;
        let set = lock(&this.table).set((hash, key, item), limit);
        match set {
            Set::New | Set::Replaced(..) => Ok(()),
            Set::Full(_) => Err(full(limit)),
        }
    }

    pub fn delete_item(me: &Proxy, key: &Item) -> Outcome<()> {
        me.check(DELITEM)?;
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        let removed = lock(&this.table).remove(hash, key);
        match removed {
            None => this.missing(key).map(drop),
            Some(_) => Ok(()),
        }
    }

    pub fn contains(me: &Proxy, key: &Item) -> Outcome<bool> {
        me.check(CONTAINS)?;
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        Ok(lock(&this.table).get(hash, key).is_some())
    }

    pub fn take(me: &Proxy, key: &Item) -> Outcome<Option<Item>> {
        me.check(POP)?;
        let this = Self::of(me)?;
        let hash = hash_key(key);
        let removed = {
            let mut table = lock(&this.table);
            // As in Python, an empty dict does not ask whether the key can be one.
            if table.is_empty() {
                return Ok(None);
            }
            let removed = table.remove(hash?, key);
            if let Some((_, item)) = &removed {
                item.moved();
            }
            removed
        };
        Ok(removed.map(|(_, item)| item))
    }

    pub fn pop_item(me: &Proxy) -> Outcome<(Item, Item)> {
        me.check(POPITEM)?;
        let popped = {
            let mut table = Self::open(me)?;
            let popped = table.pop();
            if let Some((key, item)) = &popped {
                key.moved();
                item.moved();
            }
            popped
        };
        popped.ok_or_else(|| CallError::key(Value::Text("popitem(): dictionary is empty".into())))
    }

    pub fn set_default(me: &Proxy, key: Item, default: Item) -> Outcome<Item> {
        me.check(SETDEFAULT)?;
        let this = Self::of(me)?;
        let hash = hash_key(&key)?;
        let limit = me.home().limits().container_length;
        let _not_needed;
        let mut table = lock(&this.table);
        if let Some(item) = table.get(hash, &key) {
            return Ok(item.clone());
        }
        key.moved();
        default.moved();
        let item = default.clone();
        _not_needed = table.set((hash, key, default), limit);
        match _not_needed {
            Set::Full(_) => Err(full(limit)),
            _ => Ok(item),
        }
    }

    pub fn update(me: &Proxy, entries: &Item) -> Outcome<()> {
        me.check(UPDATE)?;
        Self::update_with(me, Some(entries), Vec::new())
    }

    fn update_with(me: &Proxy, entries: Option<&Item>, keywords: Vec<(String, Item)>) -> Outcome<()> {
        let this = Self::of(me)?;
        if this.variety == Variety::Counter {
            return Counter::update_with(me, entries, keywords);
        }
        let entries = match entries {
            None => Entries::default(),
            // A dict has its own entries already.
            Some(argument) => Entries::of(Some(me), argument)?.unwrap_or_default(),
        };
        let mut given_up = Vec::new();
        let entries = entries.with_keywords(keywords);
        let done = set_all(&mut lock(&this.table), entries, me.home().limits(), &mut given_up);
        heavy(given_up.len(), || drop(given_up));
        done
    }

    pub fn clear(me: &Proxy) -> Outcome<()> {
        me.check(CLEAR)?;
        let entries = Self::open(me)?.take();
        heavy(entries.len(), || drop(entries));
        Ok(())
    }

    pub fn copy(me: &Proxy) -> Outcome<Item> {
        me.check(COPY)?;
        plain(&*Self::open(me)?, me.home().limits())
    }

    pub fn keys(me: &Proxy) -> Outcome<Item> {
        me.check(KEYS)?;
        let table = Self::open(me)?;
        heavy(table.len(), || Item::list(table.iter().map(|(_, key, _)| key), me.home().limits()))
    }

    pub fn keys_reversed(me: &Proxy) -> Outcome<Item> {
        me.check(REVERSED)?;
        let table = Self::open(me)?;
        heavy(table.len(), || Item::list(table.iter().map(|(_, key, _)| key).rev(), me.home().limits()))
    }

    pub fn values(me: &Proxy) -> Outcome<Item> {
        me.check(VALUES)?;
        let table = Self::open(me)?;
        heavy(table.len(), || Item::list(table.iter().map(|(_, _, item)| item), me.home().limits()))
    }

    pub fn items(me: &Proxy) -> Outcome<Item> {
        me.check(ITEMS)?;
        let table = Self::open(me)?;
        heavy(table.len(), || Item::pairs(table.iter().map(|(_, key, item)| (key, item)), me.home().limits()))
    }

    /// A new iterator over the keys.
    pub fn iterate(me: &Proxy) -> Outcome<Proxy> {
        let begin = Self::of(me)?.begin(me)?;
        Ok(Iteration::start(me.home(), me, begin))
    }

    pub fn merge(me: &Proxy, other: &Item) -> Outcome<Item> {
        me.check(OR)?;
        if Self::of(me)?.variety == Variety::Counter {
            return Counter::combine(me, Operation::Union, other);
        }
        Self::merged(me, other, false)?
            .ok_or_else(|| type_error(format!("unsupported operand type(s) for |: 'dict' and '{}'", other.type_name())))
    }

    pub fn merge_before(me: &Proxy, other: &Item) -> Outcome<Item> {
        me.check(ROR)?;
        if Self::of(me)?.variety == Variety::Counter {
            return Counter::combine_before(me, Operation::Union, other);
        }
        Self::merged(me, other, true)?
            .ok_or_else(|| type_error(format!("unsupported operand type(s) for |: '{}' and 'dict'", other.type_name())))
    }

    /// The entries of both, where those of the second win; none if the other is not a dict.
    fn merged(me: &Proxy, other: &Item, before: bool) -> Outcome<Option<Item>> {
        let is_dict = match other {
            Item::Proxy(proxy) => proxy.downcast::<Self>().is_some(),
            other => other.kind() == Kind::Dict,
        };
        if !is_dict {
            return Ok(None);
        }
        let limits = me.home().limits();
        let Some(other) = Entries::of(Some(me), other)? else {
            return plain(&*Self::open(me)?, limits).map(Some);
        };
        let own = |table: &Table| heavy(table.len(), || table.iter().cloned().collect());
        let mut merged = Table::default();
        let mut replaced = Vec::new();
        if before {
            let own = Entries { entries: own(&*Self::open(me)?), error: None };
            set_all(&mut merged, other, limits, &mut replaced)?;
            set_all(&mut merged, own, limits, &mut replaced)?;
        } else {
            merged = {
                let table = Self::open(me)?;
                heavy(table.len(), || table.clone())
            };
            set_all(&mut merged, other, limits, &mut replaced)?;
        }
        let merged = plain(&merged, limits)?;
        Ok(Some(merged))
    }

    /// A plain dict with the items of an iterable as its keys.
    fn from_keys(me: &Proxy, keys: &Item, value: &Item) -> Outcome<Item> {
        let keys = operand::items(keys)?;
        let entries = keys.into_iter().map(|key| Ok((hash_key(&key)?, key, value.clone())));
        let entries = Entries { entries: entries.collect::<Outcome<_>>()?, error: None };
        let mut table = Table::default();
        set_all(&mut table, entries, me.home().limits(), &mut Vec::new())?;
        plain(&table, me.home().limits())
    }
}

#[cfg(test)]
impl Dict {
    pub(super) fn is_locked(&self) -> bool {
        self.table.is_locked()
    }

    pub(super) fn capacity(&self) -> usize {
        lock(&self.table).capacity()
    }
}

/// The KeyError of a key that is not there.
fn missing(key: &Item) -> CallError {
    CallError::key(key.to_value())
}

/// Sets entries until one fails, as Python does.
fn set_all(table: &mut Table, entries: Entries, limits: &Limits, given_up: &mut Vec<Item>) -> Outcome<()> {
    let limit = limits.container_length;
    let Entries { entries, error } = entries;
    let mut entries = entries.into_iter();
    heavy(entries.len(), || {
        while let Some(entry) = entries.next() {
            entry.1.moved();
            entry.2.moved();
            match table.set(entry, limit) {
                Set::New => {}
                Set::Replaced(key, item) => given_up.extend([key, item]),
                Set::Full((_, key, item)) => {
                    given_up.extend([key, item]);
                    given_up.extend(entries.flat_map(|(_, key, item)| [key, item]));
                    return Err(full(limit));
                }
            }
        }
        error.map_or(Ok(()), Err)
    })
}

/// Entries as text between two others, which may end after `most` bytes.
pub(super) fn write_entries<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    start: &str,
    end: &str,
    me: u64,
    most: usize,
) -> Outcome<String> {
    let mut text = start.to_owned();
    let again = format!("{start}...{end}");
    for (position, (_, key, item)) in entries.enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        key.write_repr(&mut text, me, &again)?;
        text.push_str(": ");
        item.write_repr(&mut text, me, &again)?;
        if text.len() > most {
            return Ok(text);
        }
    }
    text.push_str(end);
    Ok(text)
}

/// A plain dict of a table's entries.
fn plain(table: &Table, limits: &Limits) -> Outcome<Item> {
    heavy(table.len(), || Item::dict(table.iter().map(|(_, key, item)| (key, item)), limits))
}

/// Over the keys, which must not change meanwhile: to that end a walk knows how many there were, and what their
/// positions meant.
impl Walk for Dict {
    fn begin(&self, me: &Proxy) -> Outcome<Begin> {
        me.check(ITER)?;
        let table = lock(&self.table);
        let place = Place { position: 0, left: table.len(), size: table.len(), version: table.generation() };
        Ok(Begin { name: "dict_keyiterator", over: Over::Live(place) })
    }

    fn draw(&self, me: &Proxy, place: Place, chunk: &mut Chunk) -> Outcome<Then> {
        // What was narrowed can be revoked, and the walk with it.
        me.check(ITER)?;
        let table = lock(&self.table);
        if table.len() != place.size {
            return Ok(Then::Broken("dictionary changed size during iteration"));
        }
        Ok(heavy(chunk.most(place.left), || draw_keys(&table, place, chunk)))
    }
}

fn draw_keys(table: &Table, mut place: Place, chunk: &mut Chunk) -> Then {
    let others = Then::EndsWith("dictionary keys changed during iteration");
    if place.version != table.generation() {
        return if place.left == 0 { Then::End } else { others };
    }
    while chunk.wants_more() {
        match table.key_from(place.position) {
            None => return Then::End,
            // More keys than there were: it is told once all that were drawn before are given.
            Some(_) if place.left == 0 && chunk.items.is_empty() => return others,
            Some((key, next)) if place.left > 0 && chunk.takes(key) => {
                chunk.items.push(key.clone());
                place.position = next;
                place.left -= 1;
            }
            Some(_) => break,
        }
    }
    Then::More(place)
}

impl Shared for Dict {
    fn type_info(&self) -> &TypeInfo {
        match self.variety {
            Variety::Dict => &INFO,
            Variety::Counter => counter::info(),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let entries = self.table.lock().take();
        let weight = entries.len();
        Remains::Other(Box::new(entries), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let table = lock(&self.table);
        heavy(table.len(), || {
            for (_, key, item) in table.iter() {
                key.proxies(visit);
                item.proxies(visit);
            }
        });
    }

    fn get_value(&self, limits: &Limits) -> Outcome<Item> {
        plain(&lock(&self.table), limits)
    }

    fn to_text(&self, me: u64, most: usize) -> Outcome<String> {
        let table = lock(&self.table);
        heavy(table.len(), || match self.variety {
            Variety::Dict => write_entries(table.iter(), "{", "}", me, most),
            Variety::Counter => counter::to_text(&table, me, most),
        })
    }

    fn container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn walk(&self) -> Option<&dyn Walk> {
        Some(self)
    }

    fn length(&self) -> Option<usize> {
        Some(lock(&self.table).len())
    }

    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        let table = lock(&self.table);
        Some(Ok(heavy(table.len(), || table.iter().map(|(_, key, _)| key.clone()).collect())))
    }

    fn entries(&self) -> Option<Vec<Item>> {
        let table = lock(&self.table);
        let flat = table.iter().flat_map(|(_, key, item)| [key.clone(), item.clone()]);
        Some(heavy(table.len(), || flat.collect()))
    }
}
