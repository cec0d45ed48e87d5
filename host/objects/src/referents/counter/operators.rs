//! Counters as multisets: what operators make of two, and how two compare.

use super::*;
pub use crate::referents::set::Relation;

/// What an operator makes of two counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Counts are added: `+`.
    Sum,
    /// Counts are subtracted: `-`.
    Difference,
    /// The smaller of two counts: `&`.
    Intersection,
    /// The greater of two counts: `|`.
    Union,
}

impl Operation {
    fn operator(self) -> &'static str {
        match self {
            Self::Sum => "+",
            Self::Difference => "-",
            Self::Intersection => "&",
            Self::Union => "|",
        }
    }

    /// The rights that it takes: for the form with the counter on the left, on the right, in place.
    fn rights(self) -> [u32; 3] {
        match self {
            Self::Sum => [ADD, RADD, IADD],
            Self::Difference => [SUB, RSUB, ISUB],
            Self::Intersection => [AND, RAND, IAND],
            Self::Union => [OR, ROR, IOR],
        }
    }
}

impl Relation {
    fn right_of_counter(self) -> u32 {
        match self {
            Self::Subset => LE,
            Self::ProperSubset => LT,
            Self::Superset => GE,
            Self::ProperSuperset => GT,
        }
    }

    fn order_of_counts(self) -> Order {
        match self {
            Self::Subset | Self::ProperSubset => Order::LessEqual,
            Self::Superset | Self::ProperSuperset => Order::GreaterEqual,
        }
    }
}

/// The counts of an operand.
enum Operand {
    /// Those that the counter itself has at that moment.
    Own,
    Counts(Table),
}

impl Operand {
    /// Of a counter, or a plain dict; none if it is something else.
    fn of(me: &Proxy, argument: &Item) -> Outcome<Option<Self>> {
        let is_counter = match argument {
            Item::Proxy(proxy) => Counter::of(proxy).is_ok(),
            other => other.kind() == Kind::Dict,
        };
        if is_counter { Self::of_mapping(me, argument) } else { Ok(None) }
    }

    fn of_mapping(me: &Proxy, argument: &Item) -> Outcome<Option<Self>> {
        if let Item::Proxy(proxy) = argument
            && proxy.same(me)
        {
            operand::may_copy(proxy)?;
            return Ok(Some(Self::Own));
        }
        let Some(counts) = operand::mapping(argument)? else { return Ok(None) };
        let counts = counts.entries;
        Ok(Some(Self::Counts(heavy(counts.len(), || counts.into_iter().collect()))))
    }

    /// The counts, where these are the counter's own.
    fn or<'a>(&'a self, own: &'a Table) -> &'a Table {
        match self {
            Self::Own => own,
            Self::Counts(counts) => counts,
        }
    }
}

impl Counter {
    /// A plain dict of the counts that an operator makes of this counter and another, or a plain
    /// dict: those that are more than nothing. `type` if the other is neither.
    pub fn combine(me: &Proxy, operation: Operation, other: &Item) -> Outcome<Item> {
        let [right, _, _] = operation.rights();
        me.check(right)?;
        Self::of(me)?;
        let Some(operand) = Operand::of(me, other)? else {
            return Err(unsupported(operation.operator(), "Counter", &other.type_name()));
        };
        Self::made(me, |own, made| combined(own, operation, operand.or(own), made))
    }

    /// The same of another one and then this counter.
    pub fn combine_before(me: &Proxy, operation: Operation, other: &Item) -> Outcome<Item> {
        let [_, right, _] = operation.rights();
        me.check(right)?;
        Self::of(me)?;
        let Some(operand) = Operand::of(me, other)? else {
            return Err(unsupported(operation.operator(), &other.type_name(), "Counter"));
        };
        Self::made(me, |own, made| combined(operand.or(own), operation, own, made))
    }

    /// Makes the counter what an operator makes of it and a mapping: `attribute` if it is none.
    pub fn combine_in_place(me: &Proxy, operation: Operation, other: &Item) -> Outcome<()> {
        let [_, _, right] = operation.rights();
        me.check(right)?;
        let dict = Self::of(me)?;
        let Some(operand) = Operand::of_mapping(me, other)? else {
            return Err(CallError::new(
                ErrorKind::Attribute,
                format!("'{}' object has no attribute 'items'", other.type_name()),
            ));
        };
        Self::change(me, dict, |changes, table| changes.combine(table, operation, operand.or(table)))
    }

    /// A plain dict of the counts that are more than nothing: `+counter`.
    pub fn positive(me: &Proxy) -> Outcome<Item> {
        me.check(POS)?;
        Self::of(me)?;
        Self::made(me, |own, made| select(own.iter(), Order::Greater, Sign::Plus, &mut Comparing::new(own.len()), made))
    }

    /// A plain dict of the counts that are less than nothing, with the other sign: `-counter`.
    pub fn negative(me: &Proxy) -> Outcome<Item> {
        me.check(NEG)?;
        Self::of(me)?;
        Self::made(me, |own, made| select(own.iter(), Order::Less, Sign::Minus, &mut Comparing::new(own.len()), made))
    }

    /// Whether each count relates so to that in another counter, or in a plain dict; a key that is
    /// not there counts 0. `type` if the other is neither.
    pub fn compare(me: &Proxy, relation: Relation, other: &Item) -> Outcome<bool> {
        me.check(relation.right_of_counter())?;
        Self::of(me)?;
        let Some(operand) = Operand::of(me, other)? else {
            let (operator, other) = (relation.operator(), other.type_name());
            return Err(type_error(format!("'{operator}' not supported between instances of 'Counter' and '{other}'")));
        };
        let own = Dict::open(me)?;
        relates(&own, relation, operand.or(&own))
    }

    /// A plain dict of the entries that are made of the counter's own.
    fn made(me: &Proxy, make: impl FnOnce(&Table, &mut Vec<(Item, Item)>) -> Outcome<()>) -> Outcome<Item> {
        let mut made = Vec::new();
        {
            let own = Dict::open(me)?;
            heavy(own.len(), || make(&own, &mut made))
        }?;
        heavy(made.len(), || Item::dict(made.iter().map(|(key, count)| (key, count)), me.home().limits()))
    }
}

pub(super) fn unsupported(operator: &str, left: &str, right: &str) -> CallError {
    type_error(format!("unsupported operand type(s) for {operator}: '{left}' and '{right}'"))
}

/// Adds those entries whose counts are more than nothing, or less, with a sign.
fn select<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    order: Order,
    sign: Sign,
    comparing: &mut Comparing,
    selected: &mut Vec<(Item, Item)>,
) -> Outcome<()> {
    for (_, key, count) in entries {
        if comparing.ordered(count, order, &NONE)? {
            let count = if sign == Sign::Plus { count.clone() } else { NONE.subtract(count)? };
            selected.push((key.clone(), count));
        }
    }
    Ok(())
}

/// What an operator makes of two counters: first of what is in the left one, then in the right one
/// alone.
fn combined(left: &Table, operation: Operation, right: &Table, made: &mut Vec<(Item, Item)>) -> Outcome<()> {
    let size = left.len().saturating_add(right.len());
    let mut comparing = Comparing::new(size);
    heavy(size, || {
        for (hash, key, count) in left.iter() {
            let other = right.get(*hash, key).unwrap_or(&NONE);
            let count = match operation {
                Operation::Sum => count.add(other)?,
                Operation::Difference => count.subtract(other)?,
                Operation::Union => if comparing.ordered(count, Order::Less, other)? { other } else { count }.clone(),
                Operation::Intersection => {
                    if comparing.ordered(count, Order::Less, other)? { count } else { other }.clone()
                }
            };
            if comparing.ordered(&count, Order::Greater, &NONE)? {
                made.push((key.clone(), count));
            }
        }
        let (order, sign) = match operation {
            Operation::Sum | Operation::Union => (Order::Greater, Sign::Plus),
            Operation::Difference => (Order::Less, Sign::Minus),
            Operation::Intersection => return Ok(()),
        };
        let alone = right.iter().filter(|(hash, key, _)| !left.contains(*hash, key));
        select(alone, order, sign, &mut comparing, made)
    })
}

fn relates(own: &Table, relation: Relation, other: &Table) -> Outcome<bool> {
    let size = own.len().saturating_add(other.len());
    let mut comparing = Comparing::new(size.saturating_mul(2));
    let order = relation.order_of_counts();
    heavy(size, || {
        for (hash, key, count) in own.iter() {
            if !comparing.ordered(count, order, other.get(*hash, key).unwrap_or(&NONE))? {
                return Ok(false);
            }
        }
        let alone = || other.iter().filter(|(hash, key, _)| !own.contains(*hash, key));
        for (_, _, count) in alone() {
            if !comparing.ordered(&NONE, order, count)? {
                return Ok(false);
            }
        }
        if matches!(relation, Relation::Subset | Relation::Superset) {
            return Ok(true);
        }
        for (hash, key, count) in own.iter() {
            if !comparing.equal(count, other.get(*hash, key).unwrap_or(&NONE))? {
                return Ok(true);
            }
        }
        for (_, _, count) in alone() {
            if !comparing.equal(&NONE, count)? {
                return Ok(true);
            }
        }
        Ok(false)
    })
}
