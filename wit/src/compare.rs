//! Equality and order, exactly as Python has them between values.
//!
//! Values are copies, so there is no identity to look at: a NaN is never equal to a NaN, not even
//! inside of a list. Proxies are the exception; they are equal if their referent is the same.
//!
//! Both functions take time in proportion to the values' size, however they are nested: a set inside
//! a set is hashed once, and the first difference of two lists is looked for once.

use std::cmp::Ordering;
use std::fmt;

use crate::collect::Index;
use crate::hash::{Memo, known_hash};
use crate::number::{self, Number};
use crate::value::{Entry, ProxyIdentity, Value};

/// Two values that `<` does not apply to: a TypeError.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotOrdered {
    /// The name of the left one's type.
    pub left: String,
    /// The name of the right one's type.
    pub right: String,
}

impl fmt::Display for NotOrdered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'<' not supported between instances of '{}' and '{}'", self.left, self.right)
    }
}

impl std::error::Error for NotOrdered {}

/// Whether two values are equal, as Python's `==` finds.
pub fn equal<P: ProxyIdentity>(a: &Value<P>, b: &Value<P>) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        _ => Comparison::default().equal(a, b),
    }
}

/// Whether the first value is less than the second, as Python's `<` finds. Sorting needs no more.
///
/// Numbers compare by their exact values, texts by code points, sequences by their first
/// difference, and a set is less than another if it is a proper subset.
pub fn less_than<P: ProxyIdentity>(a: &Value<P>, b: &Value<P>) -> Result<bool, NotOrdered> {
    let mut comparison = Comparison::default();
    match comparison.difference(a, b) {
        Some((a, b)) => comparison.less_where_different(a, b),
        // Equal values have to be of a type that has an order, too.
        None => comparison.less_where_different(a, b).map(|_| false),
    }
}

#[derive(Default)]
struct Comparison {
    memo: Memo,
}

impl Comparison {
    fn equal<P: ProxyIdentity>(&mut self, a: &Value<P>, b: &Value<P>) -> bool {
        match (a, b) {
            (Value::Null, Value::Null) => true,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Text(a), Value::Text(b)) => a == b,
            (Value::Bytes(a), Value::Bytes(b)) => a == b,
            (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => self.equal_items(a, b),
            (Value::Slice(a), Value::Slice(b)) => self.equal_items(a.as_slice(), b.as_slice()),
            (Value::Dict(a), Value::Dict(b)) => self.equal_dicts(a, b),
            (Value::Set(a) | Value::FrozenSet(a), Value::Set(b) | Value::FrozenSet(b)) => {
                a.len() == b.len() && self.is_subset(a, b)
            }
            (Value::Proxy(a), Value::Proxy(b)) => a.referent_id() == b.referent_id(),
            (Value::Object(a), Value::Object(b)) => a.type_name == b.type_name && self.equal(&a.state, &b.state),
            _ => equal_numbers(a, b),
        }
    }

    fn equal_items<P: ProxyIdentity>(&mut self, a: &[Value<P>], b: &[Value<P>]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equal(a, b))
    }

    fn equal_dicts<P: ProxyIdentity>(&mut self, a: &[Entry<P>], b: &[Entry<P>]) -> bool {
        if a.len() != b.len() {
            return false;
        }
        let index = self.index(b.iter().map(|(key, _)| key));
        a.iter().all(|(key, item)| {
            let hash = known_hash(key, &mut self.memo);
            let found = index.find(hash, |at| self.equal(key, &b[at].0));
            found.is_some_and(|at| self.equal(item, &b[at].1))
        })
    }

    fn is_subset<P: ProxyIdentity>(&mut self, a: &[Value<P>], b: &[Value<P>]) -> bool {
        let index = self.index(b.iter());
        a.iter().all(|element| {
            let hash = known_hash(element, &mut self.memo);
            index.find(hash, |at| self.equal(element, &b[at])).is_some()
        })
    }

    fn index<'a, P: ProxyIdentity + 'a>(&mut self, keys: impl Iterator<Item = &'a Value<P>>) -> Index {
        let mut index = Index::default();
        for key in keys {
            index.push(known_hash(key, &mut self.memo));
        }
        index
    }

    /// The innermost pair of values, inside of sequences of the same type, that makes two values
    /// unequal; two sequences where one begins with the other.
    fn difference<'a, P: ProxyIdentity>(&mut self, a: &'a Value<P>, b: &'a Value<P>) -> Option<Pair<&'a Value<P>>> {
        match sequences(a, b) {
            Some((left, right)) => {
                for (a, b) in left.iter().zip(right) {
                    let difference = self.difference(a, b);
                    if difference.is_some() {
                        return difference;
                    }
                }
                if left.len() == right.len() { None } else { Some((a, b)) }
            }
            None => {
                if self.equal(a, b) {
                    None
                } else {
                    Some((a, b))
                }
            }
        }
    }

    fn less_where_different<P: ProxyIdentity>(&mut self, a: &Value<P>, b: &Value<P>) -> Result<bool, NotOrdered> {
        if let Some((a, b)) = sequences(a, b) {
            return Ok(a.len() < b.len());
        }
        if let (Ok(a), Ok(b)) = (Number::try_from(a), Number::try_from(b)) {
            return Ok(number::compare(a, b) == Some(Ordering::Less));
        }
        match (a, b) {
            // UTF-8 sorts as code points do.
            (Value::Text(a), Value::Text(b)) => Ok(a < b),
            (Value::Bytes(a), Value::Bytes(b)) => Ok(a < b),
            (Value::Set(a) | Value::FrozenSet(a), Value::Set(b) | Value::FrozenSet(b)) => {
                Ok(a.len() < b.len() && self.is_subset(a, b))
            }
            _ => Err(NotOrdered { left: a.type_name().into_owned(), right: b.type_name().into_owned() }),
        }
    }
}

type Pair<T> = (T, T);

/// The items of two values that compare item by item.
fn sequences<'a, P>(a: &'a Value<P>, b: &'a Value<P>) -> Option<Pair<&'a [Value<P>]>> {
    match (a, b) {
        (Value::List(a), Value::List(b)) | (Value::Tuple(a), Value::Tuple(b)) => Some((a, b)),
        (Value::Slice(a), Value::Slice(b)) => Some((a.as_slice(), b.as_slice())),
        _ => None,
    }
}

fn equal_numbers<P>(a: &Value<P>, b: &Value<P>) -> bool {
    match (Number::try_from(a), Number::try_from(b)) {
        (Ok(a), Ok(b)) => number::compare(a, b) == Some(Ordering::Equal),
        _ => false,
    }
}
