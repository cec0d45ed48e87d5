//! Slices and indexes of sequences, as Python has them.

use super::prelude::*;
use crate::object::Kind;
use std::ops::Range;

/// A slice as in `[start:stop:step]`; each part may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    pub start: Option<i64>,
    pub stop: Option<i64>,
    pub step: Option<i64>,
}

/// The positions that a slice selects in a sequence of some length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// The first position; where an empty span would be.
    pub(super) start: usize,
    pub(super) step: i64,
    pub(super) count: usize,
}

impl Slice {
    /// The slice that a value is; none if it is something else.
    pub(super) fn of(item: &Item) -> Option<Self> {
        let [start, stop, step] = item.slice_parts()?.map(|part| clipped(&part));
        Some(Self { start, stop, step })
    }

    /// What the slice selects in a sequence of that length. `value` if its step is zero.
    pub(super) fn fit(&self, length: usize) -> Outcome<Span> {
        let step = match self.step {
            Some(0) => return Err(CallError::value("slice step cannot be zero")),
            // So that it can be negated.
            Some(step) => step.max(-i64::MAX),
            None => 1,
        };
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let (first, last) = if step < 0 { (-1, length - 1) } else { (0, length) };
        let clip = |position: i64| {
            let from_start = if position < 0 { position.saturating_add(length) } else { position };
            from_start.clamp(first, last)
        };
        let start = self.start.map_or(if step < 0 { last } else { first }, clip);
        let stop = self.stop.map_or(if step < 0 { first } else { last }, clip);
        let distance = if step < 0 { start - stop } else { stop - start };
        let count = if distance > 0 { (distance - 1) / step.abs() + 1 } else { 0 };
        Ok(Span { start: start.max(0) as usize, step, count: count as usize })
    }
}

impl Span {
    /// The positions in the order of the slice.
    pub(super) fn positions(self) -> impl ExactSizeIterator<Item = usize> + Clone {
        (0..self.count).map(move |at| (self.start as i64 + at as i64 * self.step) as usize)
    }

    /// The lowest position, and the distance from each to the next, upwards.
    pub(super) fn ascending(self) -> (usize, usize) {
        let lowest = match self.count {
            0 => self.start,
            count if self.step < 0 => (self.start as i64 + (count - 1) as i64 * self.step) as usize,
            _ => self.start,
        };
        (lowest, self.step.unsigned_abs() as usize)
    }

    /// The positions as one range, if the step is 1.
    pub(super) fn range(self) -> Option<Range<usize>> {
        (self.step == 1).then(|| self.start..self.start + self.count)
    }
}

/// A part of a slice: numbers that are too large select what the largest ones do.
fn clipped(part: &Item) -> Option<i64> {
    match part {
        Item::Null => None,
        Item::Int(number) => Some(*number),
        big => Some(if big.less_than(&Item::Int(0)) == Ok(true) { i64::MIN } else { i64::MAX }),
    }
}

/// A bound of a search, as `list.index` takes it.
pub(super) fn bound(item: &Item) -> Outcome<i64> {
    match item {
        Item::Int(number) => Ok(*number),
        Item::Bool(flag) => Ok((*flag).into()),
        big if big.kind() == Kind::BigInt => Ok(clipped(big).unwrap_or_default()),
        _ => Err(type_error("slice indices must be integers or have an __index__ method")),
    }
}

/// A number of things, or a position where any is allowed, as Python's own functions take it.
/// `too_large` says what is wrong with one that does not fit.
pub(super) fn number(item: &Item, too_large: &str) -> Outcome<i64> {
    match item {
        Item::Int(number) => Ok(*number),
        Item::Bool(flag) => Ok((*flag).into()),
        big if big.kind() == Kind::BigInt => Err(CallError::overflow(too_large)),
        other => Err(type_error(format!("'{}' object cannot be interpreted as an integer", other.type_name()))),
    }
}

/// The position that an index means, if there is such an element.
#[inline]
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let from_start = if index < 0 { index + length as i64 } else { index };
    usize::try_from(from_start).ok().filter(|position| *position < length)
}

/// The position nearest to an index, from the first to after the last element.
pub(super) fn clip(index: i64, length: usize) -> usize {
    let from_start = if index < 0 { index.saturating_add(length as i64) } else { index };
    usize::try_from(from_start).unwrap_or(0).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What CPython's `slice.indices` and `range` select, for every slice with small parts.
    #[test]
    fn a_slice_selects_what_a_walk_along_the_sequence_meets() {
        let parts: Vec<_> = (-7..=7).map(Some).chain([None, Some(i64::MAX), Some(i64::MIN)]).collect();
        for length in 0..6 {
            for &start in &parts {
                for &stop in &parts {
                    for &step in &parts {
                        let slice = Slice { start, stop, step };
                        if step == Some(0) {
                            assert_eq!(
                                slice.fit(length).map_err(|error| error.message),
                                Err("slice step cannot be zero".into())
                            );
                            continue;
                        }
                        let span = slice.fit(length).unwrap();
                        let got: Vec<_> = span.positions().collect();
                        assert_eq!(got, walk(slice, length), "{slice:?} of {length}");
                        let (lowest, step) = span.ascending();
                        let mut upwards: Vec<_> = (0..span.count).map(|at| lowest + at * step).collect();
                        if span.step < 0 {
                            upwards.reverse();
                        }
                        assert_eq!(got, upwards, "{slice:?} of {length}, upwards");
                        assert!(span.start <= length, "an empty span is inside of the sequence");
                    }
                }
            }
        }
    }

    /// The definition: begin at the start, go on by the step until the stop, keep what exists.
    fn walk(slice: Slice, length: usize) -> Vec<usize> {
        let length = length as i128;
        let step = i128::from(slice.step.unwrap_or(1));
        let place = |part: i64| if part < 0 { i128::from(part) + length } else { part.into() };
        let (start, stop) = if step > 0 {
            (slice.start.map_or(0, place).max(0), slice.stop.map_or(length, place))
        } else {
            (slice.start.map_or(length - 1, place).min(length - 1), slice.stop.map_or(-1, |stop| place(stop).max(-1)))
        };
        let mut met = Vec::new();
        let mut at = start;
        while (step > 0 && at < stop || step < 0 && at > stop) && (0..length).contains(&at) {
            met.push(at as usize);
            at += step;
        }
        met
    }
}
