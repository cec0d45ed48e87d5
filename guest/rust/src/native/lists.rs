//! The counterpart of the interface `lists`.

use std::sync::{Mutex, MutexGuard};

use commonhold_wire::number::add;
use commonhold_wire::{Error as Failing, equal, less_than};

pub use super::types::{Argument, Error, Proxy, Value};

use super::process::manager;
use super::referent::{State, lock};
use super::sequence::{clip, items, position, positions};
use super::{Failure, Plain};

/// A slice as in Python's `[start:stop:step]`.
#[derive(Debug, Clone, Copy)]
pub struct Slice {
    /// Its first position.
    pub start: Option<i64>,
    /// The position it stops before.
    pub stop: Option<i64>,
    /// From one item to the next.
    pub step: Option<i64>,
}

/// A list's state.
#[derive(Default)]
pub(crate) struct Items {
    pub(super) items: Vec<Plain>,
    version: u64,
}

/// The list behind a proxy, if the proxy may do this with it.
pub(super) fn open<'a>(proxy: &'a Proxy, method: &str) -> Result<MutexGuard<'a, Items>, Failure> {
    proxy.check(method)?;
    match &proxy.referent.state {
        State::List(items) => Ok(lock(items)),
        _ => Err(Failing::type_error(format!("a list is needed, not {proxy:?}"))),
    }
}

/// The same, to change it.
fn change<'a>(proxy: &'a Proxy, method: &str) -> Result<MutexGuard<'a, Items>, Failure> {
    let mut list = open(proxy, method)?;
    list.version += 1;
    Ok(list)
}

fn at(list: &Items, index: i64, message: &str) -> Result<usize, Failure> {
    position(index, list.items.len()).ok_or_else(|| Failing::index(message))
}

fn plain(argument: Argument<'_>) -> Result<Plain, Failure> {
    Plain::try_from(&argument)
}

/// A new, empty list.
pub fn create() -> Result<Proxy, Error> {
    Ok(manager().add(State::List(Mutex::default())))
}

/// A new list with the items of an iterable.
pub fn create_from(iterable: Argument<'_>) -> Result<Proxy, Error> {
    let items = items(plain(iterable)?)?;
    Ok(manager().add(State::List(Mutex::new(Items { items, version: 0 }))))
}

/// The number of items.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    Ok(open(self_, "__len__")?.items.len() as u64)
}

/// The item at an index.
pub fn get_item(self_: &Proxy, index: i64) -> Result<Value, Error> {
    let list = open(self_, "__getitem__")?;
    let at = at(&list, index, "list index out of range")?;
    Ok(list.items[at].clone().into())
}

/// Replaces the item at an index.
pub fn set_item(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    let item = plain(item)?;
    let mut list = change(self_, "__setitem__")?;
    let at = at(&list, index, "list assignment index out of range")?;
    list.items[at] = item;
    Ok(())
}

/// Removes the item at an index.
pub fn delete_item(self_: &Proxy, index: i64) -> Result<(), Error> {
    let mut list = change(self_, "__delitem__")?;
    let at = at(&list, index, "list assignment index out of range")?;
    list.items.remove(at);
    Ok(())
}

/// A plain list of the items of a slice.
pub fn get_slice(self_: &Proxy, slice: Slice) -> Result<Value, Error> {
    let list = open(self_, "__getitem__")?;
    let positions = positions(&slice, list.items.len())?;
    Ok(Plain::List(positions.into_iter().map(|at| list.items[at].clone()).collect()).into())
}

/// Replaces the items of a slice.
pub fn set_slice(self_: &Proxy, slice: Slice, iterable: Argument<'_>) -> Result<(), Error> {
    let new = items(plain(iterable)?)?;
    let mut list = change(self_, "__setitem__")?;
    let length = list.items.len();
    let positions = positions(&slice, length)?;
    if slice.step.unwrap_or(1) == 1 {
        let start = positions.first().copied().unwrap_or_else(|| slice.start.map_or(0, |start| clip(start, length)));
        list.items.splice(start..start + positions.len(), new);
    } else if positions.len() == new.len() {
        for (at, item) in positions.into_iter().zip(new) {
            list.items[at] = item;
        }
    } else {
        let (given, places) = (new.len(), positions.len());
        let message = format!("attempt to assign sequence of size {given} to extended slice of size {places}");
        return Err(Failure::value(message).into());
    }
    Ok(())
}

/// Removes the items of a slice.
pub fn delete_slice(self_: &Proxy, slice: Slice) -> Result<(), Error> {
    let mut list = change(self_, "__delitem__")?;
    let mut positions = positions(&slice, list.items.len())?;
    positions.sort_unstable();
    for at in positions.into_iter().rev() {
        list.items.remove(at);
    }
    Ok(())
}

/// Adds an item at the end.
pub fn append(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    let item = plain(item)?;
    change(self_, "append")?.items.push(item);
    Ok(())
}

/// Adds the items of an iterable at the end.
pub fn extend(self_: &Proxy, iterable: Argument<'_>) -> Result<(), Error> {
    let new = items(plain(iterable)?)?;
    change(self_, "extend")?.items.extend(new);
    Ok(())
}

/// Puts an item before an index.
pub fn insert(self_: &Proxy, index: i64, item: Argument<'_>) -> Result<(), Error> {
    let item = plain(item)?;
    let mut list = change(self_, "insert")?;
    let at = clip(index, list.items.len());
    list.items.insert(at, item);
    Ok(())
}

/// Removes and returns an item.
pub fn pop(self_: &Proxy, index: Option<i64>) -> Result<Value, Error> {
    let mut list = change(self_, "pop")?;
    if list.items.is_empty() {
        return Err(Failure::index("pop from empty list").into());
    }
    let at = at(&list, index.unwrap_or(-1), "pop index out of range")?;
    Ok(list.items.remove(at).into())
}

/// Removes the first equal item.
pub fn remove(self_: &Proxy, item: Argument<'_>) -> Result<(), Error> {
    let item = plain(item)?;
    let mut list = change(self_, "remove")?;
    let Some(at) = list.items.iter().position(|other| equal(other, &item)) else {
        return Err(Failure::value("list.remove(x): x not in list").into());
    };
    list.items.remove(at);
    Ok(())
}

/// Removes all items.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    change(self_, "clear")?.items.clear();
    Ok(())
}

/// A plain list of all items.
pub fn copy(self_: &Proxy) -> Result<Value, Error> {
    Ok(Plain::List(open(self_, "copy")?.items.clone()).into())
}

/// A plain list of all items, the last one first.
pub fn copy_reversed(self_: &Proxy) -> Result<Value, Error> {
    Ok(Plain::List(open(self_, "__reversed__")?.items.iter().rev().cloned().collect()).into())
}

/// Whether there is an equal item.
pub fn contains(self_: &Proxy, item: Argument<'_>) -> Result<bool, Error> {
    let item = plain(item)?;
    Ok(open(self_, "__contains__")?.items.iter().any(|other| equal(other, &item)))
}

/// How many items are equal.
pub fn count(self_: &Proxy, item: Argument<'_>) -> Result<u64, Error> {
    let item = plain(item)?;
    Ok(open(self_, "count")?.items.iter().filter(|other| equal(other, &item)).count() as u64)
}

/// The first position of an equal item.
pub fn index(self_: &Proxy, item: Argument<'_>, start: Option<i64>, stop: Option<i64>) -> Result<u64, Error> {
    let item = plain(item)?;
    let list = open(self_, "index")?;
    let length = list.items.len();
    let (start, stop) = (clip(start.unwrap_or(0), length), clip(stop.unwrap_or(i64::MAX), length));
    let found = list.items.iter().enumerate().take(stop).skip(start).find(|(_, other)| equal(other, &item));
    match found {
        Some((at, _)) => Ok(at as u64),
        None => Err(Failure::value("list.index(x): x not in list").into()),
    }
}

/// Reverses the list in place.
pub fn reverse(self_: &Proxy) -> Result<(), Error> {
    change(self_, "reverse")?.items.reverse();
    Ok(())
}

/// Sorts the list in place.
pub fn sort(self_: &Proxy, reverse: bool) -> Result<(), Error> {
    let mut list = change(self_, "sort")?;
    let keyed = list.items.iter().cloned().map(|item| (item.clone(), item)).collect();
    list.items = sorted(keyed, reverse)?;
    Ok(())
}

/// The list's version and a plain list of its items.
pub fn snapshot(self_: &Proxy) -> Result<(u64, Value), Error> {
    let list = open(self_, "sort")?;
    Ok((list.version, Plain::List(list.items.clone()).into()))
}

/// Sorts the list in place by keys that were computed from a snapshot.
pub fn sort_by_keys(self_: &Proxy, version: u64, keys: Argument<'_>, reverse: bool) -> Result<(), Error> {
    let keys = items(plain(keys)?)?;
    let mut list = open(self_, "sort")?;
    if list.version != version {
        return Err(Failure::new(commonhold_wire::ErrorKind::Stale, "list modified during sort").into());
    }
    if keys.len() != list.items.len() {
        return Err(Failure::value("the number of keys is not that of the items").into());
    }
    list.items = sorted(keys.into_iter().zip(list.items.iter().cloned()).collect(), reverse)?;
    list.version += 1;
    Ok(())
}

/// Sorts items by their keys; equal ones keep their order, in reverse too.
fn sorted(mut keyed: Vec<(Plain, Plain)>, reverse: bool) -> Result<Vec<Plain>, Failure> {
    let mut failure = None;
    let mut less = |a: &Plain, b: &Plain| match less_than(a, b) {
        Ok(less) => less,
        Err(error) => {
            failure.get_or_insert(error);
            false
        }
    };
    // A merge sort of our own: the standard one may panic where there is no total order (NaN).
    let mut width = 1;
    while width < keyed.len() {
        let mut merged = Vec::with_capacity(keyed.len());
        let mut rest = keyed.into_iter().peekable();
        while rest.peek().is_some() {
            let left: Vec<_> = rest.by_ref().take(width).collect();
            let right: Vec<_> = rest.by_ref().take(width).collect();
            let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
            while let (Some((a, _)), Some((b, _))) = (left.peek(), right.peek()) {
                let right_first = if reverse { less(a, b) } else { less(b, a) };
                merged.extend(if right_first { right.next() } else { left.next() });
            }
            merged.extend(left);
            merged.extend(right);
        }
        keyed = merged;
        width *= 2;
    }
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(keyed.into_iter().map(|(_, item)| item).collect()),
    }
}

/// The items of a plain list or of a proxy to one, for a sum of two lists.
fn operand(value: Plain) -> Result<Vec<Plain>, Failure> {
    let is_list = match &value {
        Plain::List(_) => true,
        Plain::Proxy(proxy) => matches!(proxy.referent.state, State::List(_)),
        _ => false,
    };
    if is_list {
        items(value)
    } else {
        Err(Failing::type_error(format!("can only concatenate list (not \"{}\") to list", value.type_name())))
    }
}

/// A plain list of this list's items and then another's.
pub fn concat(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    let other = operand(plain(other)?)?;
    let mut all = open(self_, "__add__")?.items.clone();
    all.extend(other);
    Ok(Plain::List(all).into())
}

/// A plain list of another list's items and then this one's.
pub fn concat_before(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    let mut all = operand(plain(other)?)?;
    all.extend(open(self_, "__radd__")?.items.iter().cloned());
    Ok(Plain::List(all).into())
}

fn repeated(list: &[Plain], times: i64) -> Result<Vec<Plain>, Failure> {
    let times = usize::try_from(times).unwrap_or(0);
    match list.len().checked_mul(times) {
        Some(length) => Ok(list.iter().cycle().take(length).cloned().collect()),
        None => Err(Failing::quota_exceeded("the list would be too long")),
    }
}

/// A plain list of the items, so many times over.
pub fn repeat(self_: &Proxy, times: i64) -> Result<Value, Error> {
    Ok(Plain::List(repeated(&open(self_, "__mul__")?.items, times)?).into())
}

/// Replaces the list by its items, so many times over.
pub fn repeat_in_place(self_: &Proxy, times: i64) -> Result<(), Error> {
    let mut list = change(self_, "__imul__")?;
    list.items = repeated(&list.items, times)?;
    Ok(())
}

/// Adds to the number at an index and returns what was there before.
pub fn fetch_add(self_: &Proxy, index: i64, delta: Argument<'_>) -> Result<Value, Error> {
    let delta = plain(delta)?;
    let mut list = change(self_, "fetch_add")?;
    let at = at(&list, index, "list index out of range")?;
    let sum = add(&list.items[at], &delta).map_err(Failure::from)?;
    Ok(std::mem::replace(&mut list.items[at], sum).into())
}
