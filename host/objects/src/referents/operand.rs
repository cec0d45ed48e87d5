//! What methods take out of their arguments: the items of an iterable, the entries of a mapping.
//!
//! An argument may be a proxy to another object, or to the same one. All is copied out before the
//! method takes its own object's lock. Copying out of an object takes the right to do so, which is
//! [`GET_VALUE`], or for an iterator, whose items are used up, that of its `__next__`.

use super::heavy::heavy;
use super::iterator::{Iteration, NEXT};
use super::prelude::*;
use crate::object::{GET_VALUE, Limits};
use commonhold_wire::{Reader, Token};
use std::collections::HashMap;

/// The items of an iterable, for the method of an object that may be the iterable itself.
pub(super) enum Items {
    /// Those that the object has at that moment.
    Own,
    These(Vec<Item>),
}

impl Items {
    /// The items of an argument; none if it is not iterable.
    pub(super) fn of(me: &Proxy, argument: &Item) -> Outcome<Option<Self>> {
        match argument {
            Item::Proxy(proxy) if proxy.same(me) => {
                may_copy(proxy)?;
                Ok(Some(Self::Own))
            }
            _ => Ok(elements(argument)?.map(Self::These)),
        }
    }
}

/// The items of an iterable. `type` if it is none.
pub(super) fn items(argument: &Item) -> Outcome<Vec<Item>> {
    elements(argument)?.ok_or_else(|| not_iterable(argument))
}

pub(super) fn not_iterable(argument: &Item) -> CallError {
    type_error(format!("'{}' object is not iterable", argument.type_name()))
}

/// The items of an argument; none if it is not iterable.
pub(super) fn elements(argument: &Item) -> Outcome<Option<Vec<Item>>> {
    if let Item::Proxy(proxy) = argument {
        may_copy(proxy)?;
    }
    elements_unchecked(argument)
}

/// The items of an iterable in which a mapping was looked for: that it may be copied is known by then, and to copy it is
/// one use.
pub(super) fn items_again(argument: &Item) -> Outcome<Vec<Item>> {
    elements_unchecked(argument)?.ok_or_else(|| not_iterable(argument))
}

fn elements_unchecked(argument: &Item) -> Outcome<Option<Vec<Item>>> {
    heavy(size(argument), || match argument {
        Item::Text(text) => Some(Ok(letters(text))),
        other => other.elements(),
    })
    .transpose()
}

/// The characters of a text. Each that occurs is kept once: the items may be many.
fn letters(text: &str) -> Vec<Item> {
    let mut known: HashMap<char, Item> = HashMap::new();
    text.chars().map(|letter| known.entry(letter).or_insert_with(|| Item::text(letter)).clone()).collect()
}

/// How many elements a value has, as far as that can be told without copying them.
pub(super) fn count(item: &Item) -> Option<usize> {
    match item {
        Item::Text(text) => Some(text.chars().count()),
        Item::Bytes(bytes) => Some(bytes.len()),
        Item::Plain(data) => count_inside(data),
        Item::Tree(tree) => count_inside(&tree.data),
        _ => None,
    }
}

fn count_inside(data: &[u8]) -> Option<usize> {
    match Reader::new(data).token() {
        Ok(Token::List(count) | Token::Tuple(count) | Token::Set(count) | Token::FrozenSet(count)) => Some(count),
        Ok(Token::Dict(count)) => Some(count),
        _ => None,
    }
}

/// An entry that is to be set, and the hash of its key.
pub(super) type Entry = (u64, Item, Item);

/// The entries of a mapping or of an iterable of pairs.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) entries: Vec<Entry>,
    /// Why there are no more of them. As in Python, those before are set all the same.
    pub(super) error: Option<CallError>,
}

impl Entries {
    /// The entries of an argument; `None` if they are those of the object itself.
    pub(super) fn of(me: Option<&Proxy>, argument: &Item) -> Outcome<Option<Self>> {
        if let (Some(me), Item::Proxy(proxy)) = (me, argument)
            && proxy.same(me)
        {
            may_copy(proxy)?;
            return Ok(None);
        }
        if let Some(entries) = mapping(argument)? {
            return Ok(Some(entries));
        }
        let pairs = items_again(argument)?;
        heavy(pairs.len(), || {
            let mut all = Self { entries: Vec::with_capacity(pairs.len()), error: None };
            for (position, pair) in pairs.into_iter().enumerate() {
                match entry(position, &pair) {
                    Ok(entry) => all.entries.push(entry),
                    Err(error) => {
                        all.error = Some(error);
                        break;
                    }
                }
            }
            Ok(Some(all))
        })
    }

    /// Adds what was given by keywords.
    pub(super) fn with_keywords(mut self, keywords: Vec<(String, Item)>) -> Self {
        if self.error.is_none() {
            self.entries.extend(keywords.into_iter().map(|(name, item)| {
                let key = Item::text(name);
                // A text has a hash.
                (key.hash().unwrap_or_default(), key, item)
            }));
        }
        self
    }
}

/// The entries of a plain dict or of a shared one; none if it is neither.
pub(super) fn mapping(argument: &Item) -> Outcome<Option<Entries>> {
    if let Item::Proxy(proxy) = argument {
        may_copy(proxy)?;
    }
    heavy(size(argument), || {
        let Some(flat) = argument.entries().transpose()? else { return Ok(None) };
        let mut entries = Vec::with_capacity(flat.len() / 2);
        let mut flat = flat.into_iter();
        while let (Some(key), Some(item)) = (flat.next(), flat.next()) {
            entries.push((hash_key(&key)?, key, item));
        }
        Ok(Some(Entries { entries, error: None }))
    })
}

/// A pair as an entry.
fn entry(position: usize, pair: &Item) -> Outcome<Entry> {
    let (key, item) = parts("dictionary update sequence", position, pair)?;
    Ok((hash_key(&key)?, key, item))
}

/// The pairs of a mapping or of an iterable of them.
pub(super) fn pairs(argument: &Item) -> Outcome<Vec<(Item, Item)>> {
    if let Item::Proxy(proxy) = argument {
        may_copy(proxy)?;
    }
    heavy(size(argument), || {
        if let Some(flat) = argument.entries().transpose()? {
            let mut flat = flat.into_iter();
            return Ok(std::iter::from_fn(|| flat.next().zip(flat.next())).collect());
        }
        items_again(argument)?
            .iter()
            .enumerate()
            .map(|(position, pair)| parts("sequence of pairs", position, pair))
            .collect()
    })
}

/// The two parts of a pair, which is an element of something.
fn parts(what: &str, position: usize, pair: &Item) -> Outcome<(Item, Item)> {
    let wrong =
        |length: usize| CallError::value(format!("{what} element #{position} has length {length}; 2 is required"));
    // Before copying what may be long.
    if let Some(length) = count(pair).filter(|length| *length != 2) {
        return Err(wrong(length));
    }
    let Some(parts) = elements(pair)? else {
        // Since CPython 3.14 the position is in a note, which an error here has no place for.
        return Err(type_error("object is not iterable"));
    };
    let length = parts.len();
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next(), length) {
        (Some(key), Some(item), 2) => Ok((key, item)),
        _ => Err(wrong(length)),
    }
}

/// The hash of a key. `type` if it cannot be one.
pub(super) fn hash_key(key: &Item) -> Outcome<u64> {
    key.hash()
        .map_err(|error| type_error(format!("cannot use '{}' as a dict key ({})", key.type_name(), error.message)))
}

/// A truth value and an item, as a tuple.
pub(super) fn flagged((flag, item): (bool, Item)) -> Outcome<Item> {
    unmeasured([&Item::Bool(flag), &item])
}

/// Two items as a tuple, however large: what was taken out of an object must not be lost because it is too large.
pub(super) fn unmeasured(pair: [&Item; 2]) -> Outcome<Item> {
    let limits = Limits { value_bytes: usize::MAX, ..Limits::default() };
    Item::tuple(pair.into_iter(), &limits)
}

/// Roughly how many elements an argument has, and never too few.
pub(super) fn size(argument: &Item) -> usize {
    match argument {
        Item::Proxy(proxy) => proxy.body().length().unwrap_or(0),
        other => other.weight(),
    }
}

/// Fails unless the proxy may be used for what is inside of its referent.
pub(super) fn may_copy(proxy: &Proxy) -> Outcome<()> {
    proxy.check(if proxy.downcast::<Iteration>().is_some() { NEXT } else { GET_VALUE })
}

/// An iterator that knows how many items it has.
pub(super) struct Counted<I> {
    iter: I,
    left: usize,
}

impl<I: Iterator> Counted<I> {
    pub(super) fn new(iter: I, count: usize) -> Self {
        Self { iter, left: count }
    }
}

impl<I: Iterator> Iterator for Counted<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.left = self.left.checked_sub(1)?;
        self.iter.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<I: Iterator> ExactSizeIterator for Counted<I> {}
