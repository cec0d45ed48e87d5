//! Sorting: stable, by `<` alone, as Python's `list.sort`.
//!
//! Items of one type that has a total order are left to the standard library's sort. All others
//! (mixed types, nested values, NaN) go through a merge sort whose comparison may fail, and which
//! gives some order even where there is none. For fewer than 64 items it makes the same comparisons as
//! CPython's, in the same order, so that even what has no order comes out the same there, and an
//! error names the same two types.

use super::comparing::Comparing;
use super::prelude::*;
use std::cmp::Ordering;

/// Up to how many bytes a text is short.
const SHORT: usize = 1024;

/// How many items are sorted by insertion.
const RUN: usize = 64;

/// Sorts items in place. If two have no order, they stay as they were.
pub(super) fn sort(items: &mut Vec<Item>, reverse: bool) -> Outcome<()> {
    match total_order(items) {
        Some(order) if reverse => items.sort_by(|a, b| order(b, a)),
        Some(order) => items.sort_by(order),
        None => {
            let order = places_by(items, reverse)?;
            arrange(items, &order);
        }
    }
    Ok(())
}

/// The places of the keys in the order in which they sort.
pub(super) fn places(keys: &[Item], reverse: bool) -> Outcome<Vec<usize>> {
    let mut places: Vec<usize> = (0..keys.len()).collect();
    match total_order(keys) {
        Some(order) if reverse => places.sort_by(|a, b| order(&keys[*b], &keys[*a])),
        Some(order) => places.sort_by(|a, b| order(&keys[*a], &keys[*b])),
        None => places = places_by(keys, reverse)?,
    }
    Ok(places)
}

/// The places of the `count` largest keys, the largest one first; of equal ones that which comes
/// first. If two keys have no order, all are compared, as for sorting.
pub(super) fn largest(keys: &[Item], count: usize) -> Outcome<Vec<usize>> {
    let Some(order) = total_order(keys).filter(|_| count < keys.len()) else {
        let mut places = places(keys, true)?;
        places.truncate(count);
        return Ok(places);
    };
    let by_rank = |a: &usize, b: &usize| order(&keys[*b], &keys[*a]).then(a.cmp(b));
    let mut places: Vec<usize> = (0..keys.len()).collect();
    places.select_nth_unstable_by(count, by_rank);
    places.truncate(count);
    places.sort_unstable_by(by_rank);
    Ok(places)
}

/// Puts items in the order of the places that they have now.
pub(super) fn arrange(items: &mut Vec<Item>, places: &[usize]) {
    debug_assert_eq!(items.len(), places.len());
    let mut taken: Vec<Option<Item>> = std::mem::take(items).into_iter().map(Some).collect();
    items.reserve_exact(places.len());
    items.extend(places.iter().filter_map(|place| taken[*place].take()));
}

type TotalOrder = fn(&Item, &Item) -> Ordering;

/// The order of items that are all of one type; none if they are not, or if it has no total order.
fn total_order(items: &[Item]) -> Option<TotalOrder> {
    let is_number = |item: &Item| match item {
        Item::Float(number) => !number.is_nan(),
        other => matches!(other, Item::Int(_) | Item::Bool(_)),
    };
    // How much is compared of longer ones has to be counted.
    let is_short_text = |item: &Item| matches!(item, Item::Text(text) if text.len() <= SHORT);
    Some(match items.first()? {
        Item::Int(_) if items.iter().all(|item| matches!(item, Item::Int(_))) => |a, b| match (a, b) {
            (Item::Int(a), Item::Int(b)) => a.cmp(b),
            _ => Ordering::Equal,
        },
        Item::Text(_) if items.iter().all(is_short_text) => |a, b| match (a, b) {
            (Item::Text(a), Item::Text(b)) => a.cmp(b),
            _ => Ordering::Equal,
        },
        Item::Int(_) | Item::Float(_) | Item::Bool(_) if items.iter().all(is_number) => |a, b| match (a, b) {
            (Item::Float(a), Item::Float(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            _ if a.less_than(b) == Ok(true) => Ordering::Less,
            _ if a.equal(b) => Ordering::Equal,
            _ => Ordering::Greater,
        },
        _ => return None,
    })
}

/// The places of any keys in the order in which they sort.
fn places_by(keys: &[Item], reverse: bool) -> Outcome<Vec<usize>> {
    let mut comparing = Comparing::new(keys.len().saturating_mul(keys.len().max(2).ilog2() as usize));
    let mut less = |a: usize, b: usize| comparing.less(&keys[a], &keys[b]);
    let mut places: Vec<usize> = (0..keys.len()).collect();
    // Sorting what was turned around, and turning it around again, keeps the order of equal ones.
    if reverse {
        places.reverse();
    }
    merge_sort(&mut places, &mut less)?;
    if reverse {
        places.reverse();
    }
    Ok(places)
}

fn merge_sort<L: FnMut(usize, usize) -> Outcome<bool>>(places: &mut [usize], less: &mut L) -> Outcome<()> {
    if places.len() < 2 {
        return Ok(());
    }
    // The ends of the runs.
    let mut runs = Vec::new();
    let mut start = 0;
    while start < places.len() {
        let rest = &mut places[start..];
        let sorted = count_run(rest, less)?;
        let length = sorted.max(rest.len().min(if rest.len() < 2 * RUN { RUN } else { RUN / 2 }));
        insert_each(&mut rest[..length], sorted, less)?;
        start += length;
        runs.push(start);
    }
    let mut buffer = Vec::with_capacity(places.len() / 2);
    while runs.len() > 1 {
        let mut start = 0;
        for pair in runs.chunks(2) {
            if let [middle, end] = *pair {
                merge(&mut places[start..end], middle - start, &mut buffer, less)?;
                start = end;
            }
        }
        let mut number = 0;
        let count = runs.len();
        runs.retain(|_| {
            number += 1;
            number % 2 == 0 || number == count
        });
    }
    Ok(())
}

/// The length of the run that the places begin with, which is ascending afterwards. As in CPython,
/// a descending one may have equal neighbours, and is turned around without changing their order.
fn count_run<L: FnMut(usize, usize) -> Outcome<bool>>(places: &mut [usize], less: &mut L) -> Outcome<usize> {
    let count = places.len();
    let mut n = 1;
    while n < count && !less(places[n], places[n - 1])? {
        n += 1;
    }
    if n >= count {
        return Ok(count);
    }
    // A smaller one follows. If all before are equal, they may be the start of a descending run.
    if n > 1 {
        if less(places[0], places[n - 1])? {
            return Ok(n);
        }
        places[..n].reverse();
    }
    n += 1;
    let mut equal = 0;
    let turn_equal = |places: &mut [usize], n: usize, equal: &mut usize| {
        if *equal > 0 {
            places[n - *equal - 1..n].reverse();
            *equal = 0;
        }
    };
    while n < count {
        if less(places[n], places[n - 1])? {
            turn_equal(places, n, &mut equal);
        } else if less(places[n - 1], places[n])? {
            break;
        } else {
            equal += 1;
        }
        n += 1;
    }
    turn_equal(places, n, &mut equal);
    places[..n].reverse();
    // What follows may be as large as the last, or larger.
    while n < count && !less(places[n], places[n - 1])? {
        n += 1;
    }
    Ok(n)
}

/// Sorts the places, of which so many are sorted already, by putting each where it belongs.
fn insert_each<L: FnMut(usize, usize) -> Outcome<bool>>(
    places: &mut [usize],
    sorted: usize,
    less: &mut L,
) -> Outcome<()> {
    for at in sorted..places.len() {
        let (mut left, mut right) = (0, at);
        while left < right {
            let middle = (left + right) / 2;
            if less(places[at], places[middle])? {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        places[left..=at].rotate_right(1);
    }
    Ok(())
}

/// Merges two sorted runs, the second of which begins in the middle.
fn merge<L: FnMut(usize, usize) -> Outcome<bool>>(
    places: &mut [usize],
    middle: usize,
    buffer: &mut Vec<usize>,
    less: &mut L,
) -> Outcome<()> {
    // Most of the time, much is in order already.
    if !less(places[middle], places[middle - 1])? {
        return Ok(());
    }
    buffer.clear();
    buffer.extend_from_slice(&places[..middle]);
    let (mut left, mut right, mut to) = (0, middle, 0);
    while left < buffer.len() && right < places.len() {
        if less(places[right], buffer[left])? {
            places[to] = places[right];
            right += 1;
        } else {
            places[to] = buffer[left];
            left += 1;
        }
        to += 1;
    }
    let rest = buffer.len() - left;
    places[to..to + rest].copy_from_slice(&buffer[left..]);
    Ok(())
}
