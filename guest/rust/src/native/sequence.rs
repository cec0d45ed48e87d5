//! What Python's sequences have in common: indexes, slices, and what can be iterated over.

use commonhold_wire::Error;

use super::lists::Slice;
use super::referent::{State, lock};
use super::{Failure, Plain};

/// The position of an index that may count from the end.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let from_start = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    usize::try_from(from_start).ok().filter(|position| *position < length)
}

/// Where a bound of a range lies, clipped to the sequence.
pub(super) fn clip(bound: i64, length: usize) -> usize {
    if bound < 0 {
        length.saturating_sub(usize::try_from(bound.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        usize::try_from(bound).unwrap_or(usize::MAX).min(length)
    }
}

/// The positions that a slice means, in its order.
pub(super) fn positions(slice: &Slice, length: usize) -> Result<Vec<usize>, Failure> {
    let step = slice.step.unwrap_or(1);
    if step == 0 {
        return Err(Error::value("slice step cannot be zero"));
    }
    let signed = i128::try_from(length).unwrap_or(i128::MAX);
    let bound = |given: Option<i64>, default: i128, low: i128, high: i128| match given {
        None => default,
        Some(given) => {
            let given = i128::from(given);
            (if given < 0 { given + signed } else { given }).clamp(low, high)
        }
    };
    let mut found = Vec::new();
    if step > 0 {
        let (mut at, stop) = (bound(slice.start, 0, 0, signed), bound(slice.stop, signed, 0, signed));
        while at < stop {
            found.push(at as usize);
            at += i128::from(step);
        }
    } else {
        let last = signed - 1;
        let (mut at, stop) = (bound(slice.start, last, -1, last), bound(slice.stop, -1, -1, last));
        while at > stop {
            found.push(at as usize);
            at += i128::from(step);
        }
    }
    Ok(found)
}

/// The items of anything that Python could iterate over.
pub(super) fn items(value: Plain) -> Result<Vec<Plain>, Failure> {
    Ok(match value {
        Plain::List(items) | Plain::Tuple(items) | Plain::Set(items) | Plain::FrozenSet(items) => items,
        Plain::Dict(entries) => entries.into_iter().map(|(key, _)| key).collect(),
        Plain::Text(text) => text.chars().map(Plain::from).collect(),
        Plain::Bytes(bytes) => bytes.into_iter().map(Plain::from).collect(),
        Plain::Proxy(proxy) => match &proxy.referent.state {
            State::List(items) => lock(items).items.clone(),
            State::Dict(entries) => lock(entries).keys(),
            _ => return Err(not_iterable(&Plain::Proxy(proxy.clone()))),
        },
        other => return Err(not_iterable(&other)),
    })
}

fn not_iterable(value: &Plain) -> Failure {
    Error::type_error(format!("'{}' object is not iterable", value.type_name()))
}
