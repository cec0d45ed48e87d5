//! What a set's methods take out of their arguments: elements with their hashes.
//!
//! All is copied out and hashed before the method takes its own object's lock.

use super::*;
use crate::referents::comparing::Comparing;
use crate::referents::heavy::HEAVY;
use std::collections::HashSet;

/// The elements of an argument.
#[derive(Default)]
pub(super) struct Given {
    pub(super) elements: Vec<Element>,
    /// Whether they come from a set, plain or shared: then they are distinct.
    pub(super) is_set: bool,
    /// Why there are no more of them. As in Python, those before count all the same where a method
    /// changes the set, or has its answer by then.
    pub(super) error: Option<CallError>,
}

impl Given {
    /// The elements of an iterable.
    pub(super) fn of(argument: &Item, hash: fn(&Item) -> Outcome<u64>) -> Self {
        Self::read(argument, hash).unwrap_or_else(|error| Self {
            elements: Vec::new(),
            is_set: false,
            error: Some(error),
        })
    }

    fn read(argument: &Item, hash: fn(&Item) -> Outcome<u64>) -> Outcome<Self> {
        if let Item::Proxy(proxy) = argument
            && let Some(set) = proxy.downcast::<Set>()
        {
            operand::may_copy(proxy)?;
            let table = lock(&set.table);
            let elements = heavy(table.len(), || table.iter().cloned().collect());
            return Ok(Self { elements, is_set: true, error: None });
        }
        let is_set = is_plain_set(argument);
        let items = operand::items(argument)?;
        let mut given = Self { elements: Vec::with_capacity(items.len()), is_set, error: None };
        let mut comparing = Comparing::new(items.len());
        heavy(work(&items), || {
            for item in items {
                match comparing.look_up(&item).and_then(|()| hash(&item)) {
                    Ok(hash) => given.elements.push((hash, item)),
                    Err(error) => {
                        given.error = Some(error);
                        break;
                    }
                }
            }
        });
        Ok(given)
    }

    /// All elements, or why there are not all.
    pub(super) fn complete(self) -> Outcome<Self> {
        match self.error {
            None => Ok(self),
            Some(error) => Err(error),
        }
    }

    /// A table of the elements, which as in Python is the first of those that are equal.
    pub(super) fn into_table(self, limits: &Limits) -> Outcome<Table<Element>> {
        let mut table = Table::default();
        let error = self.error;
        insert_all(&mut table, self.elements, limits, &mut Vec::new())?;
        error.map_or(Ok(table), Err)
    }
}

/// How much work it may be to hash items.
fn work(items: &[Item]) -> usize {
    let weights = items.iter().take(HEAVY).map(|item| item.weight() / 16);
    items.len().saturating_add(weights.fold(0, usize::saturating_add))
}

fn is_plain_set(item: &Item) -> bool {
    matches!(item.kind(), Kind::Set | Kind::FrozenSet)
}

/// An argument of the method of an object that may be the argument itself.
pub(super) enum Operand {
    /// What the object has at that moment.
    Own,
    Given(Given),
}

impl Operand {
    pub(super) fn of(me: &Proxy, argument: &Item, hash: fn(&Item) -> Outcome<u64>) -> Self {
        match argument {
            Item::Proxy(proxy) if proxy.same(me) => match operand::may_copy(proxy) {
                Ok(()) => Self::Own,
                Err(error) => Self::Given(Given { error: Some(error), ..Given::default() }),
            },
            _ => Self::Given(Given::of(argument, hash)),
        }
    }

    /// The other operand of an operator, which must be a set or a frozenset, plain or shared; none
    /// if it is something else.
    pub(super) fn of_set(me: &Proxy, argument: &Item) -> Outcome<Option<Self>> {
        let is_set = match argument {
            Item::Proxy(proxy) => proxy.downcast::<Set>().is_some(),
            other => is_plain_set(other),
        };
        if is_set { Self::of(me, argument, hash_element).complete().map(Some) } else { Ok(None) }
    }

    pub(super) fn complete(self) -> Outcome<Self> {
        Ok(match self {
            Self::Own => Self::Own,
            Self::Given(given) => Self::Given(given.complete()?),
        })
    }
}

/// The arguments of a method that takes any number of iterables.
pub(super) fn operands(
    me: &Proxy,
    arguments: &[Item],
    hash: fn(&Item) -> Outcome<u64>,
    after_error: AfterError,
) -> Vec<Operand> {
    let mut all = Vec::with_capacity(arguments.len());
    let mut seen = HashSet::new();
    for argument in arguments {
        // The same object once more makes no difference to any method, and could be a large one many
        // thousand times.
        if let Item::Proxy(proxy) = argument
            && !seen.insert(proxy.id())
        {
            continue;
        }
        let operand = Operand::of(me, argument, hash);
        let failed = matches!(&operand, Operand::Given(given) if given.error.is_some());
        all.push(operand);
        if failed && after_error == AfterError::Stop {
            break;
        }
    }
    all
}

/// What becomes of the arguments after one with an error.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterError {
    Stop,
    /// The method may have its answer before it comes to the error.
    GoOn,
}

/// Arguments, none of which has an error.
pub(super) fn complete(operands: Vec<Operand>) -> Outcome<Vec<Operand>> {
    operands.into_iter().map(Operand::complete).collect()
}

/// The hash of an element. `type` if it cannot be one.
pub(super) fn hash_element(item: &Item) -> Outcome<u64> {
    item.hash()
        .map_err(|error| type_error(format!("cannot use '{}' as a set element ({})", item.type_name(), error.message)))
}

/// The same, as CPython words it for an intersection.
pub(super) fn hash_common(item: &Item) -> Outcome<u64> {
    item.hash()
}

/// The hash of what is looked for, or removed: as in Python, a set stands for the frozenset that is
/// equal to it.
pub(super) fn hash_sought(item: &Item) -> Outcome<u64> {
    if item.kind() != Kind::Set {
        return hash_element(item);
    }
    let Value::Set(elements) = item.to_value() else { return hash_element(item) };
    commonhold_wire::hash(&Value::FrozenSet(elements)).map_err(|error| type_error(error.to_string()))
}
