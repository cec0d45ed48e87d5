//! A dict as a store of bytes under texts: what a component sees of it through `wasi:keyvalue`.
//!
//! The dict stays what it is for everybody else, and what others put into it is seen as far as bytes can show it: a
//! text as its UTF-8, an integer as its decimal digits. Entries whose keys are no texts are not seen at all. What is set
//! is bytes. Each operation takes the right to the method that does the same: one has to be allowed `get` to read.

use super::*;
use crate::object::{shown, too_large};
use crate::referents::heavy::HEAVY;
use std::ops::RangeInclusive;

/// Some keys of a store, in order of insertion.
#[derive(Debug)]
pub struct Page {
    pub keys: Vec<Arc<String>>,
    /// Where the next ones are; none if these were the last.
    pub next: Option<u64>,
}

/// The most keys of one page, and the most bytes of keys, but for a single longer one.
///
/// Many who list keys take the first page for all there is, as it is with the usual stores; so it is a large one.
const PAGE_KEYS: usize = HEAVY;
const PAGE_BYTES: usize = 4 << 20;

/// What a key had, to be compared with what it has later.
#[derive(Debug)]
pub struct Seen {
    key: Item,
    item: Option<Item>,
}

impl Seen {
    /// How many bytes it takes, roughly.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.key.weight() + self.item.as_ref().map_or(0, Item::weight)
    }
}

impl Dict {
    /// The bytes of a key. `type` if its value has none.
    pub fn read(me: &Proxy, key: &Item) -> Outcome<Option<Arc<Vec<u8>>>> {
        me.check(GET)?;
        Self::look_at(me, key)?.map(to_bytes).transpose()
    }

    /// The bytes of several keys at one moment, `most` bytes in all.
    pub fn read_many(me: &Proxy, keys: &[Item], most: usize) -> Outcome<Vec<Option<Arc<Vec<u8>>>>> {
        me.check(GET_MANY)?;
        let this = Self::of(me)?;
        let hashes = hashes(keys)?;
        let items = {
            let table = lock(&this.table);
            let find = |(hash, key): (&u64, &Item)| table.get(*hash, key).map(|item| readable(key, item)).transpose();
            heavy(keys.len(), || hashes.iter().zip(keys).map(find).collect::<Outcome<Vec<_>>>())?
        };
        let mut left = most;
        let mut measured = |bytes: Arc<Vec<u8>>| match left.checked_sub(bytes.len()) {
            Some(rest) => {
                left = rest;
                Ok(bytes)
            }
            None => Err(too_large(most)),
        };
        let read = |item: Option<Item>| item.map(|item| to_bytes(item).and_then(&mut measured)).transpose();
        heavy(items.len(), || items.into_iter().map(read).collect())
    }

    /// Sets the values of keys, all or none.
    pub fn write_many(me: &Proxy, entries: Vec<(Item, Item)>) -> Outcome<()> {
        me.check(SET_MANY)?;
        let entries = entries.into_iter().map(|(key, item)| Ok((hash_key(&key)?, key, item)));
        let entries = Entries { entries: entries.collect::<Outcome<_>>()?, error: None };
        Self::set_all_or_none(me, entries)
    }

    /// Removes keys at one moment, as far as they are there.
    pub fn discard(me: &Proxy, keys: &[Item]) -> Outcome<()> {
        me.check(DELITEM)?;
        let this = Self::of(me)?;
        let hashes = hashes(keys)?;
        let removed: Vec<_> = {
            let mut table = lock(&this.table);
            heavy(keys.len(), || hashes.iter().zip(keys).filter_map(|(hash, key)| table.remove(*hash, key)).collect())
        };
        heavy(removed.len(), || drop(removed));
        Ok(())
    }

    /// Keys that are texts, from the beginning on or from where a page ended.
    ///
    /// A key that is there from the first page to the last is in one of them. It is in two only if so many others were
    /// removed in between that the dict has closed its gaps: its positions mean nothing then, and it begins anew.
    pub fn page(me: &Proxy, from: Option<u64>) -> Outcome<Page> {
        me.check(KEYS)?;
        let table = Self::open(me)?;
        heavy(table.len(), || {
            // Positions are less than 2^32. Whatever else a caller made up is a place as well.
            let generation = table.generation() << 32;
            let mut position = match from {
                Some(from) if from & !u64::from(u32::MAX) == generation => (from as u32) as usize,
                _ => 0,
            };
            let mut page = Page { keys: Vec::new(), next: None };
            let mut left = PAGE_BYTES;
            while let Some((key, next)) = table.key_from(position) {
                if let Item::Text(key) = key {
                    let fits = page.keys.len() < PAGE_KEYS && (key.len() <= left || page.keys.is_empty());
                    if !fits {
                        page.next = Some(generation | position as u64);
                        break;
                    }
                    left = left.saturating_sub(key.len());
                    page.keys.push(key.clone());
                }
                position = next;
            }
            Ok(page)
        })
    }

    /// Adds to the number of a key, where a key that is not there has 0, and gives the sum. Bytes and texts with decimal
    /// digits are numbers as well, and stay what they are. `type` or `value` if there is another value, `overflow`
    /// if the sum is out of range: then nothing has changed.
    pub fn increment(me: &Proxy, key: Item, delta: i128, range: &RangeInclusive<i128>) -> Outcome<i128> {
        me.check(FETCH_ADD)?;
        let this = Self::of(me)?;
        let hash = hash_key(&key)?;
        let limit = me.home().limits().container_length;
        let _not_needed;
        let mut table = lock(&this.table);
        if let Some(item) = table.get_mut(hash, &key) {
            let sum = sum(number(&key, item)?, delta, range)?;
            let new = match item {
                Item::Bytes(_) => Item::bytes(sum.to_string().into_bytes()),
                Item::Text(_) => Item::text(sum.to_string()),
                _ => integer(sum)?,
            };
            // Nothing that was a number holds a proxy.
            *item = new;
            return Ok(sum);
        }
        let sum = sum(0, delta, range)?;
        _not_needed = table.set((hash, key, integer(sum)?), limit);
        match _not_needed {
            Set::Full(_) => Err(full(limit)),
            _ => Ok(sum),
        }
    }

    /// Notes what a key has, which is something that can be read as bytes, or nothing.
    pub fn see(me: &Proxy, key: Item) -> Outcome<Seen> {
        me.check(GET)?;
        let item = Self::look_at(me, &key)?;
        Ok(Seen { key, item })
    }

    /// The bytes of what was seen.
    pub fn seen(me: &Proxy, seen: &Seen) -> Outcome<Option<Arc<Vec<u8>>>> {
        me.check(GET)?;
        seen.item.clone().map(to_bytes).transpose()
    }

    /// Sets the value of a key if it still has what was seen; else nothing has changed, and what it has now is given.
    pub fn write_if(me: &Proxy, seen: Seen, new: Item) -> Outcome<Result<(), Seen>> {
        me.check(COMPARE_EXCHANGE)?;
        if seen.item.is_none() {
            // By the method of that name no key comes to be.
            me.check_again(SETITEM)?;
        }
        let this = Self::of(me)?;
        let Seen { key, item: seen } = seen;
        let hash = hash_key(&key)?;
        let limit = me.home().limits().container_length;
        let set = {
            let mut table = lock(&this.table);
            let now = table.get(hash, &key);
            let is_same = match (now, &seen) {
                (None, None) => true,
                // A bool or a float may be equal to an integer, but nobody would have seen it.
                (Some(now), Some(seen)) if now.kind() == seen.kind() => heavy(seen.weight(), || now.equal(seen)),
                _ => false,
            };
            if !is_same {
                let item = now.map(|now| readable(&key, now)).transpose()?;
                drop(table);
                return Ok(Err(Seen { key, item }));
            }
            table.set((hash, key, new), limit)
        };
        match set {
            Set::Full(_) => Err(full(limit)),
            _ => Ok(Ok(())),
        }
    }

    fn look_at(me: &Proxy, key: &Item) -> Outcome<Option<Item>> {
        let this = Self::of(me)?;
        let hash = hash_key(key)?;
        lock(&this.table).get(hash, key).map(|item| readable(key, item)).transpose()
    }
}

/// More than any number takes that is in range, in digits as in bytes.
const MOST_DIGITS: usize = 64;

fn hashes(keys: &[Item]) -> Outcome<Vec<u64>> {
    heavy(keys.len(), || keys.iter().map(hash_key).collect())
}

/// A copy of a value that bytes can show. Others are not even copied: they may hold any number of proxies.
fn readable(key: &Item, item: &Item) -> Outcome<Item> {
    match item {
        Item::Bytes(_) | Item::Text(_) | Item::Int(_) => Ok(item.clone()),
        Item::Plain(_) if item.kind() == Kind::BigInt => Ok(item.clone()),
        _ => Err(type_error(format!("{} cannot be read as bytes: only bytes, text and integers can", what(key, item)))),
    }
}

/// What is said of a value that is no good: of what it is the value, and its type.
fn what(key: &Item, item: &Item) -> String {
    let key = match key {
        Item::Text(key) => shown(key),
        _ => "a key".into(),
    };
    let kind = item.kind();
    match item {
        Item::Proxy(proxy) => format!("the value of '{key}', a proxy to a '{}',", proxy.typeid()),
        _ => format!("the value of '{key}', of type '{}',", if kind == Kind::Object { "object" } else { kind.name() }),
    }
}

/// The bytes that a readable value shows.
fn to_bytes(item: Item) -> Outcome<Arc<Vec<u8>>> {
    match item {
        Item::Bytes(bytes) => Ok(bytes),
        Item::Text(text) => Ok(Arc::new(Arc::unwrap_or_clone(text).into_bytes())),
        number => {
            let mut digits = String::new();
            number.write_repr(&mut digits, 0, "")?;
            Ok(Arc::new(digits.into_bytes()))
        }
    }
}

/// The number that a value is, if it is in question for [`Dict::increment`] at all.
fn number(key: &Item, item: &Item) -> Outcome<i128> {
    let digits = match item {
        Item::Int(number) => return Ok((*number).into()),
        Item::Bytes(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
        Item::Text(text) => text,
        Item::Plain(data) if item.kind() == Kind::BigInt => {
            let small = if data.len() <= MOST_DIGITS { Some(item.to_value()) } else { None };
            return match small {
                Some(Value::BigInt(number)) => i128::try_from(&number).map_err(|_| out_of_range()),
                _ => Err(out_of_range()),
            };
        }
        _ => return Err(type_error(format!("{} is not a number", what(key, item)))),
    };
    let only_digits = digits.strip_prefix('-').unwrap_or(digits);
    if only_digits.is_empty() || !only_digits.bytes().take(MOST_DIGITS).all(|digit| digit.is_ascii_digit()) {
        return Err(CallError::value(format!("{} is not a number in decimal digits", what(key, item))));
    }
    if digits.len() <= MOST_DIGITS { digits.parse().map_err(|_| out_of_range()) } else { Err(out_of_range()) }
}

fn sum(number: i128, delta: i128, range: &RangeInclusive<i128>) -> Outcome<i128> {
    number.checked_add(delta).filter(|sum| range.contains(sum)).ok_or_else(out_of_range)
}

#[cold]
fn out_of_range() -> CallError {
    CallError::new(ErrorKind::Overflow, "the number is out of the range that there is for it")
}

fn integer(number: i128) -> Outcome<Item> {
    Item::from_value(Value::from(number))
}
