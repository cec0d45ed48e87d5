//! `set`: distinct hashable elements, in order of insertion.
//!
//! CPython's sets have an arbitrary order; here it is that of insertion, everywhere: an element that
//! is removed and added again is the last. In memory an element takes 24 bytes in that order and 5
//! to 12 in the index, and up to twice the former after growing or removals; besides what a text,
//! bytes or nested value takes outside of its item.
//!
//! What a method needs of its arguments is copied out and hashed before the set's lock is taken, and
//! what the set gives up is dropped after it.

mod methods;
mod operands;

use super::heavy::{heavy, lock};
use super::operand;
use super::prelude::*;
use super::table::{Element, Inserted, Table, room};
use crate::object::{Begin, Kind, Limits, Over, Walk};
use crate::sync::MutexGuard;
use commonhold_wire::Value;
pub use methods::TYPE;
use methods::*;
use operands::{AfterError, Given, Operand, complete, hash_common, hash_element, hash_sought, operands};

#[derive(Default)]
pub struct Set {
    table: Mutex<Table<Element>>,
}

/// What an operator makes of two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Union,
    Intersection,
    Difference,
    SymmetricDifference,
}

/// How a set may relate to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Subset,
    ProperSubset,
    Superset,
    ProperSuperset,
}

impl Set {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "set")
    }

    #[inline]
    fn open(me: &Proxy) -> Outcome<MutexGuard<'_, Table<Element>>> {
        Ok(lock(&Self::of(me)?.table))
    }

    /// The elements at this moment.
    fn snapshot(me: &Proxy) -> Outcome<Table<Element>> {
        let table = Self::open(me)?;
        Ok(heavy(table.len(), || table.clone()))
    }

    /// A new, empty set.
    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self::default())
    }

    /// A new set with the items of an iterable.
    pub fn create_from(caller: &Caller, items: &Item) -> Outcome<Proxy> {
        let table = Given::of(items, hash_element).into_table(caller.home.limits())?;
        Ok(Referent::create(&caller.home, Self { table: Mutex::new(table) }))
    }

    pub fn length(me: &Proxy) -> Outcome<u64> {
        me.check(LEN)?;
        Ok(Self::open(me)?.len() as u64)
    }

    pub fn contains(me: &Proxy, element: &Item) -> Outcome<bool> {
        me.check(CONTAINS)?;
        let this = Self::of(me)?;
        let hash = hash_sought(element)?;
        Ok(lock(&this.table).contains(hash, element))
    }

    /// Adds an element; whether it was not there before.
    pub fn add(me: &Proxy, element: Item) -> Outcome<bool> {
        me.check(ADD)?;
        let this = Self::of(me)?;
        let hash = hash_element(&element)?;
        element.moved();
        let limit = me.home().limits().container_length;
        let inserted = lock(&this.table).insert((hash, element), limit);
        match inserted {
            Inserted::New => Ok(true),
            Inserted::Known(_) => Ok(false),
            Inserted::Full(_) => Err(full(limit)),
        }
    }

    /// Removes an element; whether it was there.
    pub fn discard(me: &Proxy, element: &Item) -> Outcome<bool> {
        me.check(DISCARD)?;
        Self::take_out(me, element)
    }

    pub fn remove(me: &Proxy, element: &Item) -> Outcome<()> {
        me.check(REMOVE)?;
        if Self::take_out(me, element)? { Ok(()) } else { Err(CallError::key(element.to_value())) }
    }

    fn take_out(me: &Proxy, element: &Item) -> Outcome<bool> {
        let this = Self::of(me)?;
        let hash = hash_sought(element)?;
        let removed = lock(&this.table).remove_entry(hash, element);
        Ok(removed.is_some())
    }

    /// Removes and returns the element that was added last.
    pub fn pop(me: &Proxy) -> Outcome<Item> {
        me.check(POP)?;
        let popped = {
            let mut table = Self::open(me)?;
            let popped = table.pop_entry();
            if let Some((_, element)) = &popped {
                element.moved();
            }
            popped
        };
        match popped {
            Some((_, element)) => Ok(element),
            None => Err(CallError::key(Value::Text("pop from an empty set".into()))),
        }
    }

    pub fn clear(me: &Proxy) -> Outcome<()> {
        me.check(CLEAR)?;
        let elements = Self::open(me)?.take();
        heavy(elements.len(), || drop(elements));
        Ok(())
    }

    pub fn copy(me: &Proxy) -> Outcome<Item> {
        me.check(COPY)?;
        plain(&*Self::open(me)?, false, me.home().limits())
    }

    /// A plain list of the elements.
    pub fn items(me: &Proxy) -> Outcome<Item> {
        me.check(ITER)?;
        let table = Self::open(me)?;
        heavy(table.len(), || Item::list(table.iter().map(|(_, element)| element), me.home().limits()))
    }

    pub fn is_disjoint(me: &Proxy, other: &Item) -> Outcome<bool> {
        me.check(ISDISJOINT)?;
        Self::of(me)?;
        match Operand::of(me, other, hash_element) {
            Operand::Own => Ok(Self::open(me)?.is_empty()),
            Operand::Given(Given { elements, error, .. }) => {
                let table = Self::open(me)?;
                let meets = heavy(elements.len(), || elements.iter().any(|(hash, it)| table.contains(*hash, it)));
                drop(table);
                // As in Python, nobody looks any further then.
                if meets { Ok(false) } else { error.map_or(Ok(true), Err) }
            }
        }
    }

    pub fn is_subset(me: &Proxy, other: &Item) -> Outcome<bool> {
        me.check(ISSUBSET)?;
        Self::of(me)?;
        match Operand::of(me, other, hash_common) {
            Operand::Given(given) if !given.is_set => {
                let table = Self::open(me)?;
                Ok(intersect(&table, &given)?.len() == table.len())
            }
            other => Ok(relates(&*Self::open(me)?, Relation::Subset, &other.complete()?)),
        }
    }

    pub fn is_superset(me: &Proxy, other: &Item) -> Outcome<bool> {
        me.check(ISSUPERSET)?;
        Self::of(me)?;
        let mut other = Operand::of(me, other, hash_element);
        let error = match &mut other {
            Operand::Own => None,
            Operand::Given(given) => given.error.take(),
        };
        let is_superset = relates(&*Self::open(me)?, Relation::Superset, &other);
        match error {
            Some(error) if is_superset => Err(error),
            _ => Ok(is_superset),
        }
    }

    /// Whether the set relates so to another one. `type` if the other is not a set.
    pub fn compare(me: &Proxy, relation: Relation, other: &Item) -> Outcome<bool> {
        me.check(relation.right())?;
        Self::of(me)?;
        let Some(operand) = Operand::of_set(me, other)? else {
            let (operator, other) = (relation.operator(), other.type_name());
            return Err(type_error(format!("'{operator}' not supported between instances of 'set' and '{other}'")));
        };
        Ok(relates(&*Self::open(me)?, relation, &operand))
    }

    pub fn union(me: &Proxy, others: &[Item]) -> Outcome<Item> {
        me.check(UNION)?;
        Self::of(me)?;
        let others = complete(operands(me, others, hash_element, AfterError::Stop))?;
        let mut table = Self::snapshot(me)?;
        let limits = me.home().limits();
        for other in others {
            if let Operand::Given(given) = other {
                insert_all(&mut table, given.elements, limits, &mut Vec::new())?;
            }
        }
        plain(&table, false, limits)
    }

    pub fn intersection(me: &Proxy, others: &[Item]) -> Outcome<Item> {
        me.check(INTERSECTION)?;
        Self::of(me)?;
        let others = operands(me, others, hash_common, AfterError::GoOn);
        let table = intersect_all(&*Self::open(me)?, &others)?;
        plain(&table, false, me.home().limits())
    }

    pub fn difference(me: &Proxy, others: &[Item]) -> Outcome<Item> {
        me.check(DIFFERENCE)?;
        Self::of(me)?;
        let others = complete(operands(me, others, hash_element, AfterError::Stop))?;
        let mut table = Self::snapshot(me)?;
        others.iter().for_each(|other| remove_all(&mut table, other, &mut Vec::new()));
        plain(&table, false, me.home().limits())
    }

    pub fn symmetric_difference(me: &Proxy, other: &Item) -> Outcome<Item> {
        me.check(SYMMETRIC_DIFFERENCE)?;
        Self::of(me)?;
        let limits = me.home().limits();
        let other = Toggled::of(Operand::of(me, other, hash_element), limits)?;
        let mut table = Self::snapshot(me)?;
        toggle_all(&mut table, other, limits, &mut Vec::new())?;
        plain(&table, false, limits)
    }

    pub fn update(me: &Proxy, others: &[Item]) -> Outcome<()> {
        me.check(UPDATE)?;
        Self::of(me)?;
        Self::unite(me, operands(me, others, hash_element, AfterError::Stop))
    }

    fn unite(me: &Proxy, others: Vec<Operand>) -> Outcome<()> {
        let mut given_up = Vec::new();
        let mut others = others.into_iter();
        let done = {
            let mut table = Self::open(me)?;
            others.try_for_each(|other| match other {
                Operand::Own => Ok(()),
                Operand::Given(given) => {
                    insert_all(&mut table, given.elements, me.home().limits(), &mut given_up)?;
                    // What comes before the mistake is in the set, as in Python.
                    given.error.map_or(Ok(()), Err)
                }
            })
        };
        give_up(given_up);
        done
    }

    pub fn intersection_update(me: &Proxy, others: &[Item]) -> Outcome<()> {
        me.check(INTERSECTION_UPDATE)?;
        Self::of(me)?;
        Self::keep(me, &operands(me, others, hash_common, AfterError::GoOn))
    }

    fn keep(me: &Proxy, others: &[Operand]) -> Outcome<()> {
        let old = {
            let mut table = Self::open(me)?;
            let kept = intersect_all(&table, others)?;
            kept.iter().for_each(|(_, element)| element.moved());
            std::mem::replace(&mut *table, kept)
        };
        heavy(old.len(), || drop(old));
        Ok(())
    }

    pub fn difference_update(me: &Proxy, others: &[Item]) -> Outcome<()> {
        me.check(DIFFERENCE_UPDATE)?;
        Self::of(me)?;
        Self::subtract(me, operands(me, others, hash_element, AfterError::Stop))
    }

    fn subtract(me: &Proxy, others: Vec<Operand>) -> Outcome<()> {
        let mut given_up = Vec::new();
        {
            let mut table = Self::open(me)?;
            others.iter().for_each(|other| remove_all(&mut table, other, &mut given_up));
        }
        give_up(given_up);
        complete(others).map(drop)
    }

    pub fn symmetric_difference_update(me: &Proxy, other: &Item) -> Outcome<()> {
        me.check(SYMMETRIC_DIFFERENCE_UPDATE)?;
        Self::of(me)?;
        Self::toggle(me, Operand::of(me, other, hash_element))
    }

    fn toggle(me: &Proxy, other: Operand) -> Outcome<()> {
        let limits = me.home().limits();
        let other = Toggled::of(other, limits)?;
        let mut given_up = Vec::new();
        let done = toggle_all(&mut *Self::open(me)?, other, limits, &mut given_up);
        give_up(given_up);
        done
    }

    /// What an operator makes of this set and then another one. `type` if the other is not a set.
    pub fn combine(me: &Proxy, operation: Operation, other: &Item) -> Outcome<Item> {
        me.check(operation.right())?;
        Self::of(me)?;
        let Some(operand) = Operand::of_set(me, other)? else {
            return Err(unsupported(operation.operator(), "set", &other.type_name()));
        };
        let limits = me.home().limits();
        let table = match operation {
            Operation::Intersection => intersect_all(&*Self::open(me)?, &[operand])?,
            operation => {
                let mut table = Self::snapshot(me)?;
                combine(&mut table, operation, operand, limits, &mut Vec::new())?;
                table
            }
        };
        plain(&table, false, limits)
    }

    /// The same of another set and then this one. It is a frozenset if the other one is.
    pub fn combine_before(me: &Proxy, operation: Operation, other: &Item) -> Outcome<Item> {
        me.check(operation.right_before())?;
        Self::of(me)?;
        let Some(operand) = Operand::of_set(me, other)? else {
            return Err(unsupported(operation.operator(), &other.type_name(), "set"));
        };
        let limits = me.home().limits();
        let (mut table, own) = match operand {
            Operand::Own => (Self::snapshot(me)?, Operand::Own),
            Operand::Given(given) => {
                let table = given.into_table(limits)?;
                let own = Self::open(me)?;
                let elements = heavy(own.len(), || own.iter().cloned().collect());
                (table, Operand::Given(Given { elements, is_set: true, error: None }))
            }
        };
        combine(&mut table, operation, own, limits, &mut Vec::new())?;
        plain(&table, other.kind() == Kind::FrozenSet, limits)
    }

    /// Makes the set what an operator makes of it and another one. `type` if the other is not a set.
    pub fn combine_in_place(me: &Proxy, operation: Operation, other: &Item) -> Outcome<()> {
        me.check(operation.right_in_place())?;
        Self::of(me)?;
        let Some(operand) = Operand::of_set(me, other)? else {
            return Err(unsupported(&format!("{}=", operation.operator()), "set", &other.type_name()));
        };
        match operation {
            Operation::Union => Self::unite(me, vec![operand]),
            Operation::Intersection => Self::keep(me, &[operand]),
            Operation::Difference => Self::subtract(me, vec![operand]),
            Operation::SymmetricDifference => Self::toggle(me, operand),
        }
    }
}

#[cfg(test)]
impl Set {
    pub(super) fn is_locked(&self) -> bool {
        self.table.is_locked()
    }

    pub(super) fn capacity(&self) -> usize {
        lock(&self.table).capacity()
    }
}

fn unsupported(operator: &str, left: &str, right: &str) -> CallError {
    type_error(format!("unsupported operand type(s) for {operator}: '{left}' and '{right}'"))
}

/// The error of a set without room.
fn full(limit: usize) -> CallError {
    CallError::quota_exceeded(format!("a set can hold {} elements at most", room(limit)))
}

/// Drops what was taken out of a set, or was not put into it; no lock may be held.
fn give_up(elements: Vec<Element>) {
    heavy(elements.len(), || drop(elements));
}

/// A plain set of a table's elements.
fn plain(table: &Table<Element>, frozen: bool, limits: &Limits) -> Outcome<Item> {
    heavy(table.len(), || Item::set(table.iter().map(|(_, element)| element), frozen, limits))
}

/// What an operator makes of a table and another operand.
fn combine(
    table: &mut Table<Element>,
    operation: Operation,
    other: Operand,
    limits: &Limits,
    given_up: &mut Vec<Element>,
) -> Outcome<()> {
    match (operation, other) {
        (Operation::Union | Operation::Intersection, Operand::Own) => Ok(()),
        (Operation::Union, Operand::Given(given)) => insert_all(table, given.elements, limits, given_up),
        (Operation::Intersection, Operand::Given(given)) => {
            *table = intersect(table, &given)?;
            Ok(())
        }
        (Operation::Difference, other) => {
            remove_all(table, &other, given_up);
            Ok(())
        }
        (Operation::SymmetricDifference, other) => toggle_all(table, Toggled::of(other, limits)?, limits, given_up),
    }
}

/// Inserts elements until there is no room.
fn insert_all(
    table: &mut Table<Element>,
    elements: Vec<Element>,
    limits: &Limits,
    given_up: &mut Vec<Element>,
) -> Outcome<()> {
    let limit = limits.container_length;
    let mut elements = elements.into_iter();
    heavy(elements.len(), || {
        while let Some(element) = elements.next() {
            element.1.moved();
            match table.insert(element, limit) {
                Inserted::New => {}
                Inserted::Known(element) => given_up.push(element),
                Inserted::Full(element) => {
                    given_up.push(element);
                    given_up.extend(elements);
                    return Err(full(limit));
                }
            }
        }
        Ok(())
    })
}

fn remove_all(table: &mut Table<Element>, other: &Operand, given_up: &mut Vec<Element>) {
    match other {
        Operand::Own => given_up.extend(table.take().into_iter().flatten()),
        Operand::Given(Given { elements, .. }) => heavy(elements.len(), || {
            given_up.extend(elements.iter().filter_map(|(hash, element)| table.remove_entry(*hash, element)));
        }),
    }
}

/// The operand of a symmetric difference: distinct elements.
enum Toggled {
    Own,
    Distinct(Vec<Element>),
}

impl Toggled {
    fn of(operand: Operand, limits: &Limits) -> Outcome<Self> {
        Ok(match operand {
            Operand::Own => Self::Own,
            Operand::Given(given) if given.is_set => Self::Distinct(given.complete()?.elements),
            Operand::Given(given) => {
                let mut table = given.into_table(limits)?;
                Self::Distinct(table.take().into_iter().flatten().collect())
            }
        })
    }
}

/// Removes those elements that are in the table and inserts the others, until there is no room.
fn toggle_all(table: &mut Table<Element>, other: Toggled, limits: &Limits, given_up: &mut Vec<Element>) -> Outcome<()> {
    let elements = match other {
        Toggled::Own => {
            given_up.extend(table.take().into_iter().flatten());
            return Ok(());
        }
        Toggled::Distinct(elements) => elements,
    };
    heavy(elements.len(), || {
        let mut new = Vec::new();
        for element in elements {
            match table.remove_entry(element.0, &element.1) {
                Some(removed) => given_up.extend([removed, element]),
                None => new.push(element),
            }
        }
        insert_all(table, new, limits, given_up)
    })
}

/// What is in a table and in all others.
fn intersect_all(table: &Table<Element>, others: &[Operand]) -> Outcome<Table<Element>> {
    let mut result = None;
    for other in others {
        match other {
            Operand::Given(given) => result = Some(intersect(result.as_ref().unwrap_or(table), given)?),
            // What is left is as many as the set itself has, so that they are taken of it, as in `intersect`.
            Operand::Own if result.as_ref().is_some_and(|left| left.len() == table.len()) => result = None,
            Operand::Own => {}
        }
    }
    Ok(result.unwrap_or_else(|| heavy(table.len(), || table.clone())))
}

/// What is in both, in the table's order. Of two equal elements CPython takes that of the smaller
/// set, or of the iterable, and so does this: `{1} & {1.0, 2}` is `{1}`, and `{1, 2} & {1.0}` is
/// `{1.0}`.
fn intersect(table: &Table<Element>, other: &Given) -> Outcome<Table<Element>> {
    let takes_own = other.is_set && other.elements.len() > table.len();
    heavy(other.elements.len(), || {
        let common = other.elements.iter().filter_map(|element| {
            let (position, own) = table.find(element.0, &element.1)?;
            Some((position, if takes_own { own } else { element }))
        });
        let mut common: Vec<_> = common.collect();
        // Stable: of several equal ones, the first is taken.
        common.sort_by_key(|(position, _)| *position);
        common.dedup_by_key(|(position, _)| *position);
        match &other.error {
            // As in Python, nobody looks any further once all are found.
            Some(error) if table.is_empty() || common.len() < table.len() => Err(error.clone()),
            _ => Ok(common.into_iter().map(|(_, element)| element.clone()).collect()),
        }
    })
}

/// How a table relates to another operand; any iterable will do for a superset, else it is a set.
fn relates(table: &Table<Element>, relation: Relation, other: &Operand) -> bool {
    let Operand::Given(Given { elements, is_set, .. }) = other else {
        return matches!(relation, Relation::Subset | Relation::Superset);
    };
    let has = |(hash, element): &Element| table.contains(*hash, element);
    let count = elements.len();
    heavy(count, || match relation {
        Relation::Superset => (!is_set || count <= table.len()) && elements.iter().all(has),
        Relation::ProperSuperset => count < table.len() && elements.iter().all(has),
        // All that are in the table are found.
        Relation::ProperSubset => table.len() < count && elements.iter().filter(|it| has(it)).count() == table.len(),
        Relation::Subset => table.len() <= count && elements.iter().filter(|it| has(it)).count() == table.len(),
    })
}

/// What is in it at that moment, as CPython's proxy has it.
impl Walk for Set {
    fn begin(&self, me: &Proxy) -> Outcome<Begin> {
        me.check(ITER)?;
        let table = lock(&self.table);
        let elements = heavy(table.len(), || table.iter().map(|(_, element)| element.clone()).collect());
        Ok(Begin { name: "set_iterator", over: Over::Snapshot(elements) })
    }
}

impl Shared for Set {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let elements = self.table.lock().take();
        let weight = elements.len();
        Remains::Other(Box::new(elements), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let table = lock(&self.table);
        heavy(table.len(), || table.iter().for_each(|(_, element)| element.proxies(visit)));
    }

    fn get_value(&self, limits: &Limits) -> Outcome<Item> {
        plain(&lock(&self.table), false, limits)
    }

    fn to_text(&self, me: u64, most: usize) -> Outcome<String> {
        let table = lock(&self.table);
        if table.is_empty() {
            return Ok("set()".into());
        }
        heavy(table.len(), || {
            let mut text = String::from("{");
            for (position, (_, element)) in table.iter().enumerate() {
                if position > 0 {
                    text.push_str(", ");
                }
                element.write_repr(&mut text, me, "set(...)")?;
                if text.len() > most {
                    return Ok(text);
                }
            }
            text.push('}');
            Ok(text)
        })
    }

    fn walk(&self) -> Option<&dyn Walk> {
        Some(self)
    }

    fn length(&self) -> Option<usize> {
        Some(lock(&self.table).len())
    }

    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        let table = lock(&self.table);
        Some(Ok(heavy(table.len(), || table.iter().map(|(_, element)| element.clone()).collect())))
    }
}
