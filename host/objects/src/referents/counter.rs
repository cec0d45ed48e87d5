//! `Counter`: a dict whose values are counts, as `collections.Counter`, with the state of a
//! [`Dict`]. What a counter does otherwise than a dict, or beside it, is here.
//!
//! A change is made ready beside the counter first, under its lock, and carried out if nothing in it
//! has failed: CPython's counters are left half changed by an error, these never are.
//!
//! A copy of a counter is a plain dict, for there is no such kind of value. So where CPython wants a
//! counter, as an operator's operand, this takes a plain dict, too.

mod changes;
mod methods;
mod operators;

use super::comparing::{Comparing, Order};
use super::dict::{self, Dict, Variety};
use super::heavy::{heavy, lock};
use super::operand::{self, Counted, Entries, Entry};
use super::prelude::*;
use super::sorting;
use super::table::{Element, Table, full, room};
use crate::object::{Kind, Limits, too_large};
use changes::{Changes, Given};
pub use methods::TYPE;
use methods::*;
use operators::unsupported;
pub use operators::{Operation, Relation};

/// The operations of counters.
#[derive(Debug)]
pub enum Counter {}

/// What a key that is not there counts.
pub(super) const NONE: Item = Item::Int(0);

/// Whether counts are added or subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Plus,
    Minus,
}

/// The declaration, which is also that of the dict underneath.
pub(super) fn info() -> &'static TypeInfo {
    &INFO
}

impl Counter {
    fn of(proxy: &Proxy) -> Outcome<&Dict> {
        match proxy.downcast::<Dict>() {
            Some(dict) if dict.variety == Variety::Counter => Ok(dict),
            _ => Err(super::wrong_type(proxy, "Counter")),
        }
    }

    /// A new, empty counter.
    pub fn create(caller: &Caller) -> Proxy {
        Self::with(caller, Table::default())
    }

    /// A new counter of the items of an iterable, or with the counts of a mapping.
    pub fn create_from(caller: &Caller, counted: &Item) -> Outcome<Proxy> {
        Self::create_with(caller, Some(counted), Vec::new())
    }

    fn create_with(caller: &Caller, counted: Option<&Item>, keywords: Vec<(String, Item)>) -> Outcome<Proxy> {
        let given = Given::of(None, counted, keywords, Sign::Plus)?;
        let mut changes = Changes::default();
        let none = Table::default();
        changes.count(&none, &given, Sign::Plus)?;
        changes.check_room(&none, caller.home.limits())?;
        Ok(Self::with(caller, changes.set))
    }

    fn with(caller: &Caller, table: Table) -> Proxy {
        Referent::create(&caller.home, Dict { table: Mutex::new(table), variety: Variety::Counter })
    }

    /// How much a key counts.
    pub fn get_item(me: &Proxy, key: &Item) -> Outcome<Item> {
        Self::of(me)?;
        Dict::get_item(me, key)
    }

    /// Adds the counts of the items of an iterable, or those of a mapping.
    pub fn update(me: &Proxy, counted: &Item) -> Outcome<()> {
        me.check(UPDATE)?;
        Self::update_with(me, Some(counted), Vec::new())
    }

    pub(super) fn update_with(me: &Proxy, counted: Option<&Item>, keywords: Vec<(String, Item)>) -> Outcome<()> {
        Self::count(me, counted, keywords, Sign::Plus)
    }

    /// Subtracts the counts of the items of an iterable, or those of a mapping.
    pub fn subtract(me: &Proxy, counted: &Item) -> Outcome<()> {
        me.check(SUBTRACT)?;
        Self::subtract_with(me, Some(counted), Vec::new())
    }

    fn subtract_with(me: &Proxy, counted: Option<&Item>, keywords: Vec<(String, Item)>) -> Outcome<()> {
        Self::count(me, counted, keywords, Sign::Minus)
    }

    fn count(me: &Proxy, counted: Option<&Item>, keywords: Vec<(String, Item)>, sign: Sign) -> Outcome<()> {
        let dict = Self::of(me)?;
        let given = Given::of(Some(me), counted, keywords, sign)?;
        Self::change(me, dict, |changes, table| changes.count(table, &given, sign))
    }

    /// Makes changes ready and carries them out, unless one fails.
    fn change(me: &Proxy, dict: &Dict, prepare: impl FnOnce(&mut Changes, &Table) -> Outcome<()>) -> Outcome<()> {
        let mut changes = Changes::default();
        let done = {
            let mut table = lock(&dict.table);
            prepare(&mut changes, &table)
                .and_then(|()| changes.check_room(&table, me.home().limits()))
                .map(|()| changes.carry_out(&mut table))
        };
        heavy(changes.size(), || drop(changes));
        done
    }

    /// A plain list of the most common elements, each with its count, the most common one first: all
    /// of them, or so many. Those with equal counts are in order of insertion.
    pub fn most_common(me: &Proxy, most: Option<u64>) -> Outcome<Item> {
        me.check(MOST_COMMON)?;
        Self::of(me)?;
        let table = Dict::open(me)?;
        heavy(table.len(), || {
            let entries: Vec<&Entry> = table.iter().collect();
            let places = match most {
                Some(0) => Vec::new(),
                Some(1) => maximum(&entries)?.into_iter().collect(),
                most => {
                    let most = most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX));
                    sorting::largest(&counts(&entries), most)?
                }
            };
            let common = places.iter().map(|place| entries[*place]).map(|(_, key, count)| (key, count));
            Item::pairs(common, me.home().limits())
        })
    }

    /// A plain list of the elements, each as often as it counts.
    pub fn elements(me: &Proxy) -> Outcome<Item> {
        me.check(ELEMENTS)?;
        Self::of(me)?;
        let table = Dict::open(me)?;
        let limits = me.home().limits();
        let mut total = 0_usize;
        let repeated = heavy(table.len(), || {
            let times = table.iter().map(|(_, key, count)| {
                let times = times(count)?;
                total = total.saturating_add(times);
                Ok((key, times))
            });
            times.collect::<Outcome<Vec<_>>>()
        })?;
        // Each takes a byte at least.
        if total > limits.value_bytes {
            return Err(too_large(limits.value_bytes));
        }
        let elements = repeated.into_iter().flat_map(|(key, times)| std::iter::repeat_n(key, times));
        heavy(total, || Item::list(Counted::new(elements, total), limits))
    }

    /// The sum of the counts.
    pub fn total(me: &Proxy) -> Outcome<Item> {
        me.check(TOTAL)?;
        Self::of(me)?;
        let table = Dict::open(me)?;
        heavy(table.len(), || sum(table.iter().map(|(_, _, count)| count)))
    }
}

fn counts(entries: &[&Entry]) -> Vec<Item> {
    entries.iter().map(|(_, _, count)| count.clone()).collect()
}

/// The place of the greatest count; that of the first one of several.
fn maximum(entries: &[&Entry]) -> Outcome<Option<usize>> {
    let mut comparing = Comparing::new(entries.len());
    let mut greatest: Option<(usize, &Item)> = None;
    for (place, (_, _, count)) in entries.iter().enumerate() {
        match greatest {
            Some((_, before)) if !comparing.ordered(count, Order::Greater, before)? => {}
            _ => greatest = Some((place, count)),
        }
    }
    Ok(greatest.map(|(place, _)| place))
}

/// How often an element is there that counts so much.
fn times(count: &Item) -> Outcome<usize> {
    match count {
        Item::Int(times) => Ok(usize::try_from((*times).max(0)).unwrap_or(usize::MAX)),
        Item::Bool(flag) => Ok((*flag).into()),
        _ if count.kind() == Kind::BigInt => {
            Err(CallError::new(ErrorKind::Overflow, "Python int too large to convert to C ssize_t"))
        }
        _ => Err(type_error(format!("'{}' object cannot be interpreted as an integer", count.type_name()))),
    }
}

/// The sum of counts, as Python's `sum` finds it: that of floats with what rounding has lost on the
/// way (Neumaier's summation), since CPython 3.12.
fn sum<'a>(counts: impl Iterator<Item = &'a Item>) -> Outcome<Item> {
    let mut counts = counts.peekable();
    let mut sum = NONE;
    while !matches!(sum, Item::Float(_)) {
        match counts.next() {
            Some(count) => sum = sum.add(count)?,
            None => return Ok(sum),
        }
    }
    let Item::Float(mut sum) = sum else { return Ok(sum) };
    let mut lost = 0.0_f64;
    for count in counts {
        // What is no number fails as an operand of `+`; an integer is the nearest float.
        let before = Item::Float(sum);
        let Item::Float(count) = (match count {
            Item::Float(count) => Item::Float(*count),
            count => {
                before.add(count)?;
                Item::Float(0.0).add(count)?
            }
        }) else {
            continue;
        };
        let next = sum + count;
        lost += if sum.abs() >= count.abs() { (sum - next) + count } else { (count - next) + sum };
        sum = next;
    }
    // Of infinities nothing is lost.
    Ok(Item::Float(if lost != 0.0 && lost.is_finite() { sum + lost } else { sum }))
}

/// As CPython prints a counter: the most common first, or as they are if they have no order.
pub(super) fn to_text(table: &Table, me: u64, most: usize) -> Outcome<String> {
    if table.is_empty() {
        return Ok("Counter()".into());
    }
    let entries: Vec<&Entry> = table.iter().collect();
    let places = sorting::places(&counts(&entries), true).unwrap_or_else(|_| (0..entries.len()).collect());
    dict::write_entries(places.iter().map(|place| entries[*place]), "Counter({", "})", me, most)
}
