//! The counterpart of the interface `dicts`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};

use commonhold_wire::number::add;
use commonhold_wire::{Error as Failing, equal, hash};

pub use super::types::{Argument, Error, Proxy, Value};

use super::iterators::Keys;
use super::process::manager;
use super::referent::{State, lock};
use super::sequence::items as items_of;
use super::{Failure, Plain};

/// A dict's state: entries by the number of their insertion, and where the keys of a hash are.
#[derive(Default)]
pub(crate) struct Entries {
    entries: BTreeMap<u64, (Plain, Plain)>,
    places: HashMap<u64, Vec<u64>>,
    inserted: u64,
}

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn keys(&self) -> Vec<Plain> {
        self.entries.values().map(|(key, _)| key.clone()).collect()
    }

    pub(super) fn to_value(&self) -> Plain {
        Plain::Dict(self.entries.values().cloned().collect())
    }

    fn find(&self, key: &Plain) -> Result<Option<u64>, Failure> {
        let places = self.places.get(&hash(key)?);
        Ok(places.and_then(|places| places.iter().copied().find(|place| equal(&self.entries[place].0, key))))
    }

    fn get(&self, key: &Plain) -> Result<Option<&Plain>, Failure> {
        Ok(self.find(key)?.map(|place| &self.entries[&place].1))
    }

    fn set(&mut self, key: Plain, item: Plain) -> Result<(), Failure> {
        let place = match self.find(&key)? {
            Some(place) => {
                if let Some(entry) = self.entries.get_mut(&place) {
                    entry.1 = item;
                }
                return Ok(());
            }
            None => self.inserted,
        };
        self.inserted += 1;
        self.places.entry(hash(&key)?).or_default().push(place);
        self.entries.insert(place, (key, item));
        Ok(())
    }

    fn take(&mut self, key: &Plain) -> Result<Option<Plain>, Failure> {
        let Some(place) = self.find(key)? else { return Ok(None) };
        if let Some(places) = self.places.get_mut(&hash(key)?) {
            places.retain(|other| *other != place);
        }
        Ok(self.entries.remove(&place).map(|(_, item)| item))
    }
}

/// The dict behind a proxy, if the proxy may do this with it.
pub(super) fn open<'a>(proxy: &'a Proxy, method: &str) -> Result<MutexGuard<'a, Entries>, Failure> {
    proxy.check(method)?;
    match &proxy.referent.state {
        State::Dict(entries) => Ok(lock(entries)),
        _ => Err(Failing::type_error(format!("a dict is needed, not {proxy:?}"))),
    }
}

fn plain(argument: Argument<'_>) -> Result<Plain, Failure> {
    Plain::try_from(&argument)
}

/// The entries of a dict, of an iterable of pairs, or of a proxy to one.
fn entries(value: Plain) -> Result<Vec<(Plain, Plain)>, Failure> {
    match value {
        Plain::Dict(entries) => return Ok(entries),
        Plain::Proxy(ref proxy) => {
            if let State::Dict(entries) = &proxy.referent.state {
                return Ok(lock(entries).entries.values().cloned().collect());
            }
        }
        _ => {}
    }
    let pairs = items_of(value)?.into_iter().enumerate().map(|(at, pair)| {
        let pair = items_of(pair).map_err(|_| Failing::type_error("object is not iterable"))?;
        match <[Plain; 2]>::try_from(pair) {
            Ok([key, item]) => Ok((key, item)),
            Err(pair) => {
                let length = pair.len();
                let message = format!("dictionary update sequence element #{at} has length {length}; 2 is required");
                Err(Failing::value(message))
            }
        }
    });
    pairs.collect()
}

/// A new, empty dict.
pub fn create() -> Result<Proxy, Error> {
    Ok(manager().add(State::Dict(Mutex::default())))
}

/// A new dict with the entries of another.
pub fn create_from(initial: Argument<'_>) -> Result<Proxy, Error> {
    let mut dict = Entries::default();
    for (key, item) in entries(plain(initial)?)? {
        dict.set(key, item)?;
    }
    Ok(manager().add(State::Dict(Mutex::new(dict))))
}

/// The number of entries.
pub fn length(self_: &Proxy) -> Result<u64, Error> {
    Ok(open(self_, "__len__")?.len() as u64)
}

/// The value of a key.
pub fn get_item(self_: &Proxy, key: Argument<'_>) -> Result<Value, Error> {
    let key = plain(key)?;
    let found = open(self_, "__getitem__")?.get(&key)?.cloned();
    Ok(found.ok_or_else(|| Failure::key(key))?.into())
}

/// The value of a key, or none.
pub fn find(self_: &Proxy, key: Argument<'_>) -> Result<Option<Value>, Error> {
    let key = plain(key)?;
    Ok(open(self_, "get")?.get(&key)?.cloned().map(Value::from))
}

/// Sets the value of a key.
pub fn set_item(self_: &Proxy, key: Argument<'_>, item: Argument<'_>) -> Result<(), Error> {
    let (key, item) = (plain(key)?, plain(item)?);
    Ok(open(self_, "__setitem__")?.set(key, item)?)
}

/// Removes a key.
pub fn delete_item(self_: &Proxy, key: Argument<'_>) -> Result<(), Error> {
    let key = plain(key)?;
    let taken = open(self_, "__delitem__")?.take(&key)?;
    taken.map(drop).ok_or_else(|| Failure::key(key).into())
}

/// Whether there is such a key.
pub fn contains(self_: &Proxy, key: Argument<'_>) -> Result<bool, Error> {
    let key = plain(key)?;
    Ok(open(self_, "__contains__")?.find(&key)?.is_some())
}

/// Removes a key and returns its value, or none.
pub fn take(self_: &Proxy, key: Argument<'_>) -> Result<Option<Value>, Error> {
    let key = plain(key)?;
    Ok(open(self_, "pop")?.take(&key)?.map(Value::from))
}

/// Removes and returns the entry that was inserted last.
pub fn pop_item(self_: &Proxy) -> Result<(Value, Value), Error> {
    let mut dict = open(self_, "popitem")?;
    let last = dict.entries.values().next_back().map(|(key, _)| key.clone());
    let Some(key) = last else {
        let message = Plain::from("popitem(): dictionary is empty");
        return Err(Failure::key(message).into());
    };
    let item = dict.take(&key)?.unwrap_or(Plain::Null);
    Ok((key.into(), item.into()))
}

/// The value of a key, which is set to the default first if it is missing.
pub fn set_default(self_: &Proxy, key: Argument<'_>, default: Argument<'_>) -> Result<Value, Error> {
    let (key, default) = (plain(key)?, plain(default)?);
    let mut dict = open(self_, "setdefault")?;
    if let Some(found) = dict.get(&key)? {
        return Ok(found.clone().into());
    }
    dict.set(key, default.clone())?;
    Ok(default.into())
}

/// Sets all entries of another dict, an iterable of pairs, or a proxy to one.
pub fn update(self_: &Proxy, other: Argument<'_>) -> Result<(), Error> {
    let new = entries(plain(other)?)?;
    let mut dict = open(self_, "update")?;
    for (key, item) in new {
        dict.set(key, item)?;
    }
    Ok(())
}

/// Removes all entries.
pub fn clear(self_: &Proxy) -> Result<(), Error> {
    *open(self_, "clear")? = Entries::default();
    Ok(())
}

/// A plain dict of all entries.
pub fn copy(self_: &Proxy) -> Result<Value, Error> {
    Ok(open(self_, "copy")?.to_value().into())
}

/// A plain list of the keys.
pub fn keys(self_: &Proxy) -> Result<Value, Error> {
    Ok(Plain::List(open(self_, "keys")?.keys()).into())
}

/// A plain list of the keys, the last one first.
pub fn keys_reversed(self_: &Proxy) -> Result<Value, Error> {
    Ok(Plain::List(open(self_, "__reversed__")?.keys().into_iter().rev().collect()).into())
}

/// A plain list of the values.
pub fn values(self_: &Proxy) -> Result<Value, Error> {
    Ok(Plain::List(open(self_, "values")?.entries.values().map(|(_, item)| item.clone()).collect()).into())
}

/// A plain list of the entries, each a tuple.
pub fn items(self_: &Proxy) -> Result<Value, Error> {
    let dict = open(self_, "items")?;
    let pairs = dict.entries.values().map(|(key, item)| Plain::Tuple(vec![key.clone(), item.clone()]));
    Ok(Plain::List(pairs.collect()).into())
}

/// A new iterator over the keys.
pub fn iterate(self_: &Proxy) -> Result<Proxy, Error> {
    let keys = open(self_, "__iter__")?.keys();
    Ok(manager().add(State::Iterator(Mutex::new(Keys::new(self_.clone(), keys)))))
}

/// The entries of a plain dict or of a proxy to one, for a union of two dicts.
fn operand(value: Plain) -> Result<Vec<(Plain, Plain)>, Failure> {
    let is_dict = match &value {
        Plain::Dict(_) => true,
        Plain::Proxy(proxy) => matches!(proxy.referent.state, State::Dict(_)),
        _ => false,
    };
    if is_dict {
        entries(value)
    } else {
        let message = format!("unsupported operand type(s) for |: 'dict' and '{}'", value.type_name());
        Err(Failing::type_error(message))
    }
}

fn union(first: Vec<(Plain, Plain)>, second: Vec<(Plain, Plain)>) -> Result<Value, Error> {
    let mut union = Entries::default();
    for (key, item) in first.into_iter().chain(second) {
        union.set(key, item)?;
    }
    Ok(union.to_value().into())
}

/// A plain dict of this dict's entries and then another's.
pub fn merge(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    let other = operand(plain(other)?)?;
    let own = open(self_, "__or__")?.entries.values().cloned().collect();
    union(own, other)
}

/// A plain dict of another dict's entries and then this one's.
pub fn merge_before(self_: &Proxy, other: Argument<'_>) -> Result<Value, Error> {
    let other = operand(plain(other)?)?;
    let own = open(self_, "__ror__")?.entries.values().cloned().collect();
    union(other, own)
}

/// Adds to the number at a key and returns what was there before.
pub fn fetch_add(
    self_: &Proxy,
    key: Argument<'_>,
    delta: Argument<'_>,
    initial: Option<Argument<'_>>,
) -> Result<Value, Error> {
    let (key, delta, initial) = (plain(key)?, plain(delta)?, initial.map(plain).transpose()?);
    let mut dict = open(self_, "fetch_add")?;
    let before = dict.get(&key)?.cloned().or(initial);
    let Some(before) = before else { return Err(Failure::key(key).into()) };
    let sum = add(&before, &delta).map_err(Failure::from)?;
    dict.set(key, sum)?;
    Ok(before.into())
}
