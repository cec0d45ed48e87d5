//! Comparing items where they lie.
//!
//! Nested values are compared in their encodings, without taking them apart, up to the first
//! difference: sorting a million tuples allocates nothing. What one operation may compare is
//! bounded, since the operation cannot be interrupted and its object's lock is held meanwhile: a list
//! can hold the same large value many million times.

use super::heavy::heavy;
use super::prelude::*;
use crate::object::Kind;
use commonhold_wire::codec::Part;
use commonhold_wire::{DecodeError, NotOrdered, Reader};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// How many bytes one operation compares at least before it is given up: a second's work.
const AT_LEAST: u64 = 1 << 27;

/// How many bytes it may look at for each comparison, on average.
const EACH: u64 = 256;

/// How many bytes of text are compared in the time of one byte of nested values.
const PLAIN: usize = 32;

/// The comparisons of one operation.
pub(super) struct Comparing {
    /// How many bytes may still be compared.
    left: u64,
}

impl Comparing {
    /// For an operation that makes about so many comparisons.
    pub(super) fn new(comparisons: usize) -> Self {
        Self { left: AT_LEAST.saturating_add(EACH.saturating_mul(comparisons as u64)) }
    }

    /// Charges for looking something up that has to be hashed and compared for it.
    pub(super) fn look_up(&mut self, item: &Item) -> Outcome<()> {
        match item {
            Item::Plain(_) | Item::Tree(_) => self.charge(2 * item.weight()),
            other => self.charge(other.weight() / (PLAIN / 4)),
        }
    }

    fn charge(&mut self, bytes: usize) -> Outcome<()> {
        if self.left == 0 {
            return Err(CallError::quota_exceeded(
                "the values are too large to compare as many of them in one operation",
            ));
        }
        // The last comparison may be as long as it takes.
        self.left = self.left.saturating_sub(bytes as u64);
        Ok(())
    }

    /// Whether two items are equal, as Python's `==` finds.
    #[inline]
    pub(super) fn equal(&mut self, a: &Item, b: &Item) -> Outcome<bool> {
        match (a, b) {
            (Item::Plain(_) | Item::Tree(_), Item::Plain(_) | Item::Tree(_)) => self.equal_nested(a, b),
            (Item::Text(text), Item::Text(other)) if text.len() == other.len() && text.len() > 64 => {
                self.charge(text.len() / PLAIN)?;
                Ok(a.equal(b))
            }
            (Item::Bytes(bytes), Item::Bytes(other)) if bytes.len() == other.len() => {
                self.charge(bytes.len() / PLAIN)?;
                Ok(a.equal(b))
            }
            // A nested value is no scalar, unless it is a large number.
            (Item::Plain(_) | Item::Tree(_), other) | (other, Item::Plain(_) | Item::Tree(_))
                if !matches!(other, Item::Float(_)) =>
            {
                Ok(false)
            }
            _ => Ok(a.equal(b)),
        }
    }

    /// Whether an item is less than another, as Python's `<` finds.
    #[inline]
    pub(super) fn less(&mut self, a: &Item, b: &Item) -> Outcome<bool> {
        self.less_or(a, b, not_ordered)
    }

    /// Whether two items are ordered so, as Python's operator finds.
    pub(super) fn ordered(&mut self, a: &Item, order: Order, b: &Item) -> Outcome<bool> {
        match order {
            Order::Less => self.less(a, b),
            Order::LessEqual => Ok(self.less_or(a, b, |error| order.unsupported(error))? || self.equal(a, b)?),
            Order::Greater => self.less_or(b, a, |error| order.unsupported(swapped(error))),
            Order::GreaterEqual => {
                Ok(self.less_or(b, a, |error| order.unsupported(swapped(error)))? || self.equal(a, b)?)
            }
        }
    }

    #[inline]
    fn less_or(&mut self, a: &Item, b: &Item, not_ordered: impl Fn(NotOrdered) -> CallError) -> Outcome<bool> {
        match (a, b) {
            (Item::Plain(_) | Item::Tree(_), Item::Plain(_) | Item::Tree(_)) => self.less_nested(a, b, not_ordered),
            (Item::Text(text), Item::Text(other)) => {
                self.charge(text.len().min(other.len()) / PLAIN)?;
                a.less_than(b).map_err(not_ordered)
            }
            _ => a.less_than(b).map_err(not_ordered),
        }
    }

    #[inline(never)]
    fn equal_nested(&mut self, a: &Item, b: &Item) -> Outcome<bool> {
        let (Some(mut a), Some(mut b)) = (Walk::over(a), Walk::over(b)) else { return Ok(false) };
        let found = difference(&mut a, &mut b, true);
        self.charge(a.reader.position())?;
        Ok(matches!(found?, Difference::None))
    }

    #[inline(never)]
    fn less_nested(&mut self, a: &Item, b: &Item, not_ordered: impl Fn(NotOrdered) -> CallError) -> Outcome<bool> {
        let (Some(mut from_a), Some(mut from_b)) = (Walk::over(a), Walk::over(b)) else { return Ok(false) };
        let found = difference(&mut from_a, &mut from_b, false);
        self.charge(from_a.reader.position())?;
        match found? {
            Difference::Lengths(order) => Ok(order == Ordering::Less),
            Difference::Values(a, b) => a.less_than(&b).map_err(not_ordered),
            // Equal sequences are not less, whatever is in them; two of anything else are asked.
            Difference::Somewhere => Ok(false),
            Difference::None if matches!(a.kind(), Kind::List | Kind::Tuple | Kind::Slice) => Ok(false),
            Difference::None => a.less_than(b).map_err(not_ordered),
        }
    }
}

/// Whether two items are equal. For a few comparisons, such as those with what a hash has found.
pub(super) fn equal(a: &Item, b: &Item) -> bool {
    // There is no limit on a single comparison.
    Comparing::new(1).equal(a, b).unwrap_or(false)
}

/// The same, as the one comparison of an operation: of values that may be large.
pub(super) fn equal_one(a: &Item, b: &Item) -> bool {
    heavy(a.weight().min(b.weight()), || equal(a, b))
}

fn not_ordered(error: NotOrdered) -> CallError {
    error.into()
}

fn swapped(NotOrdered { left, right }: NotOrdered) -> NotOrdered {
    NotOrdered { left: right, right: left }
}

/// How two items may be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Order {
    /// Python's operator.
    pub(super) fn operator(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    fn unsupported(self, NotOrdered { left, right }: NotOrdered) -> CallError {
        let operator = self.operator();
        type_error(format!("'{operator}' not supported between instances of '{left}' and '{right}'"))
    }
}

/// Where two nested values first differ.
enum Difference {
    None,
    /// Nobody wants to know.
    Somewhere,
    /// Nowhere, but one is longer: a sequence inside, of the same type, after its common beginning.
    Lengths(Ordering),
    /// These are not equal, and are not two sequences of the same type.
    Values(Item, Item),
}

/// The encoding of a nested value, on the way through it.
struct Walk<'a> {
    reader: Reader<'a>,
    proxies: &'a [Proxy],
}

impl<'a> Walk<'a> {
    fn over(item: &'a Item) -> Option<Self> {
        match item {
            Item::Plain(data) => Some(Self { reader: Reader::new(data), proxies: &[] }),
            Item::Tree(tree) => Some(Self { reader: Reader::new(&tree.data), proxies: &tree.proxies }),
            _ => None,
        }
    }

    /// The whole next value.
    fn part(&mut self) -> Result<(Part<'a>, &'a [Proxy]), DecodeError> {
        let part = self.reader.skip()?;
        let (inside, rest) = self.proxies.split_at_checked(part.proxies).unwrap_or_default();
        self.proxies = rest;
        Ok((part, inside))
    }
}

/// Looks for the first difference of the next values. With `any`, any difference will do.
fn difference(a: &mut Walk<'_>, b: &mut Walk<'_>, any: bool) -> Outcome<Difference> {
    // How many values are left in the sequences that were entered.
    let mut open: SmallVec<[(usize, usize); 8]> = SmallVec::new();
    loop {
        match (a.reader.peek().map_err(broken)?, b.reader.peek().map_err(broken)?) {
            (Kind::List, Kind::List) | (Kind::Tuple, Kind::Tuple) | (Kind::Slice, Kind::Slice) => {
                let counts =
                    (a.reader.token().map_err(broken)?.children(), b.reader.token().map_err(broken)?.children());
                if any && counts.0 != counts.1 {
                    return Ok(Difference::Somewhere);
                }
                open.push(counts);
            }
            _ => {
                let ((in_a, proxies_a), (in_b, proxies_b)) = (a.part().map_err(broken)?, b.part().map_err(broken)?);
                if !equal_parts(&in_a, proxies_a, &in_b, proxies_b)? {
                    if any {
                        return Ok(Difference::Somewhere);
                    }
                    return Ok(Difference::Values(item(&in_a, proxies_a)?, item(&in_b, proxies_b)?));
                }
            }
        }
        // On to the next value of the innermost sequence that has one.
        loop {
            match open.last_mut() {
                None => return Ok(Difference::None),
                Some((0, 0)) => {
                    open.pop();
                }
                Some((in_a, in_b)) if *in_a > 0 && *in_b > 0 => {
                    *in_a -= 1;
                    *in_b -= 1;
                    break;
                }
                Some((in_a, in_b)) => return Ok(Difference::Lengths((*in_a).cmp(in_b))),
            }
        }
    }
}

/// Whether two parts that are not sequences of the same type are equal.
fn equal_parts(a: &Part<'_>, proxies_a: &[Proxy], b: &Part<'_>, proxies_b: &[Proxy]) -> Outcome<bool> {
    Ok(match (a.kind, b.kind) {
        (Kind::Proxy, Kind::Proxy) => match (proxies_a, proxies_b) {
            ([a], [b]) => a.same(b),
            _ => false,
        },
        // One form only: equal ones have equal encodings.
        (Kind::Null | Kind::Text | Kind::Bytes | Kind::Int | Kind::BigInt | Kind::Bool, other) if a.kind == other => {
            a.data == b.data
        }
        (kind, other) if is_number(kind) && is_number(other) => item(a, &[])?.equal(&item(b, &[])?),
        (kind, other) if kind == other || (is_set(kind) && is_set(other)) => {
            item(a, proxies_a)?.equal(&item(b, proxies_b)?)
        }
        _ => false,
    })
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Bool | Kind::Int | Kind::BigInt | Kind::Float)
}

fn is_set(kind: Kind) -> bool {
    matches!(kind, Kind::Set | Kind::FrozenSet)
}

fn item(part: &Part<'_>, proxies: &[Proxy]) -> Outcome<Item> {
    Item::from_valid(part.data.to_vec(), proxies.to_vec())
}

fn broken(error: DecodeError) -> CallError {
    CallError::internal(format!("a value that was checked is malformed: {error}"))
}
