//! `Namespace`: attributes, which are names with values.
//!
//! Only what was set is there: no attribute of a Python class shines through, `__class__` and
//! `__dict__` are names like others.

use super::heavy::{heavy, lock};
use super::operand::{self, Entry};
use super::prelude::*;
use super::table::{Set, Table};
use super::value::{compare_exchange, exchange, fetch_max};
use crate::object::{GET_VALUE, Limits, shown};
use crate::sync::MutexGuard;

#[derive(Default)]
pub struct Namespace {
    table: Mutex<Table>,
}

/// An attribute's name, ready to be looked up.
struct Name {
    hash: u64,
    key: Item,
}

impl Name {
    fn of(key: Item) -> Outcome<Self> {
        match &key {
            Item::Text(_) => Ok(Self { hash: key.hash()?, key }),
            other => Err(type_error(format!("attribute name must be string, not '{}'", other.type_name()))),
        }
    }

    fn find<'a>(&self, table: &'a mut Table) -> Outcome<&'a mut Item> {
        table.get_mut(self.hash, &self.key).ok_or_else(|| self.missing())
    }

    /// The AttributeError of a name that is not there.
    #[cold]
    fn missing(&self) -> CallError {
        let name = match &self.key {
            Item::Text(name) => shown(name),
            _ => "?".into(),
        };
        CallError::attribute(format!("'Namespace' object has no attribute '{name}'"))
    }
}

impl Namespace {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Namespace")
    }

    #[inline]
    fn open(me: &Proxy) -> Outcome<MutexGuard<'_, Table>> {
        Ok(lock(&Self::of(me)?.table))
    }

    /// A new namespace without attributes.
    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self::default())
    }

    /// A new namespace with the attributes that a dict names.
    pub fn create_from(caller: &Caller, attributes: &Item) -> Outcome<Proxy> {
        let Some(entries) = operand::mapping(attributes)? else {
            return Err(type_error(format!("attributes must be a dict, not '{}'", attributes.type_name())));
        };
        Self::create_with(caller, entries.entries)
    }

    fn create_with(caller: &Caller, attributes: Vec<Entry>) -> Outcome<Proxy> {
        let limit = caller.home.limits().container_length;
        let mut table = Table::default();
        heavy(attributes.len(), || {
            for (_, key, item) in attributes {
                key.moved();
                item.moved();
                let name = Name::of(key)?;
                if let Set::Full(_) = table.set((name.hash, name.key, item), limit) {
                    return Err(full(limit));
                }
            }
            Ok(())
        })?;
        Ok(Referent::create(&caller.home, Self { table: Mutex::new(table) }))
    }

    pub fn get(me: &Proxy, name: Item) -> Outcome<Item> {
        me.check(GETATTRIBUTE)?;
        let name = Name::of(name)?;
        Ok(name.find(&mut *Self::open(me)?)?.clone())
    }

    pub fn contains(me: &Proxy, name: Item) -> Outcome<bool> {
        me.check(GETATTRIBUTE)?;
        let name = Name::of(name)?;
        Ok(Self::open(me)?.get(name.hash, &name.key).is_some())
    }

    pub fn set(me: &Proxy, name: Item, item: Item) -> Outcome<()> {
        me.check(SETATTR)?;
        let this = Self::of(me)?;
        let name = Name::of(name)?;
        item.moved();
        let limit = me.home().limits().container_length;
        let set = lock(&this.table).set((name.hash, name.key, item), limit);
        match set {
            Set::New | Set::Replaced(..) => Ok(()),
            Set::Full(_) => Err(full(limit)),
        }
    }

    pub fn delete(me: &Proxy, name: Item) -> Outcome<()> {
        me.check(DELATTR)?;
        let this = Self::of(me)?;
        let name = Name::of(name)?;
        let removed = lock(&this.table).remove(name.hash, &name.key);
        removed.map(drop).ok_or_else(|| name.missing())
    }

    /// The names of all attributes, in the order in which they were first set.
    pub fn names(me: &Proxy) -> Outcome<Vec<String>> {
        me.check(GET_VALUE)?;
        let table = Self::open(me)?;
        let limit = me.home().limits().value_bytes;
        heavy(table.len(), || {
            let mut bytes = 0;
            let names = table.iter().map(|(_, key, _)| match key {
                Item::Text(name) => {
                    bytes += name.len() + size_of::<String>();
                    if bytes > limit { Err(crate::object::too_large(limit)) } else { Ok(name.to_string()) }
                }
                _ => Ok(String::new()),
            });
            names.collect()
        })
    }

    /// A plain list of the attributes, each a tuple of a name and its value.
    pub fn items(me: &Proxy) -> Outcome<Item> {
        me.check(GET_VALUE)?;
        let table = Self::open(me)?;
        heavy(table.len(), || Item::pairs(table.iter().map(|(_, key, item)| (key, item)), me.home().limits()))
    }

    pub fn fetch_add(me: &Proxy, name: Item, delta: &Item) -> Outcome<Item> {
        me.check(FETCH_ADD)?;
        let name = Name::of(name)?;
        let mut table = Self::open(me)?;
        let place = name.find(&mut table)?;
        let sum = place.add(delta)?;
        Ok(std::mem::replace(place, sum))
    }

    /// Sets the larger one of two, and returns what was there before.
    pub fn fetch_max(me: &Proxy, name: Item, mut item: Item) -> Outcome<Item> {
        me.check(FETCH_MAX)?;
        let name = Name::of(name)?;
        fetch_max(name.find(&mut *Self::open(me)?)?, &mut item)
    }

    /// Sets an attribute that there is, and returns what was there before.
    pub fn swap(me: &Proxy, name: Item, item: Item) -> Outcome<Item> {
        me.check(SWAP)?;
        let name = Name::of(name)?;
        let mut table = Self::open(me)?;
        match table.get_mut(name.hash, &name.key) {
            Some(place) => Ok(exchange(place, item)),
            None => {
                drop(table);
                Err(name.missing())
            }
        }
    }

    /// Sets a new item if the expected one is there: whether it was, and what was there before.
    pub fn compare_exchange(me: &Proxy, name: Item, expected: &Item, mut new: Item) -> Outcome<(bool, Item)> {
        me.check(COMPARE_EXCHANGE)?;
        let name = Name::of(name)?;
        Ok(compare_exchange(name.find(&mut *Self::open(me)?)?, expected, &mut new))
    }
}

fn full(limit: usize) -> CallError {
    CallError::quota_exceeded(format!("a Namespace can hold {limit} attributes at most"))
}

const GETATTRIBUTE: u32 = Method::number(METHODS, "__getattribute__");
const SETATTR: u32 = Method::number(METHODS, "__setattr__");
const DELATTR: u32 = Method::number(METHODS, "__delattr__");
const FETCH_ADD: u32 = Method::number(METHODS, "fetch_add");
const FETCH_MAX: u32 = Method::number(METHODS, "fetch_max");
const SWAP: u32 = Method::number(METHODS, "swap");
const COMPARE_EXCHANGE: u32 = Method::number(METHODS, "compare_exchange");

const METHODS: &[Method] = &[
    Method {
        signature: "__getattribute__(name, /)",
        doc: "The value of an attribute. AttributeError if there is none of that name; all that there are were set: \
              no attribute of a Python class is one.",
        effect: Effect::Reads,
        run: Run::Now(|call| Namespace::get(call.me, call.args.item(0)?)),
    },
    Method {
        signature: "__setattr__(name, value, /)",
        doc: "Sets an attribute.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let name = call.args.item(0)?;
            Namespace::set(call.me, name, call.args.item(1)?).map(|()| Item::Null)
        }),
    },
    Method {
        signature: "__delattr__(name, /)",
        doc: "Removes an attribute. AttributeError if there is none of that name.",
        effect: Effect::Changes,
        run: Run::Now(|call| Namespace::delete(call.me, call.args.item(0)?).map(|()| Item::Null)),
    },
    Method {
        signature: "fetch_add(name, delta, /)",
        doc: "Adds to the number that an attribute is, atomically, and returns what was there before. \
              AttributeError if there is none, TypeError if either is not a number.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let name = call.args.item(0)?;
            Namespace::fetch_add(call.me, name, &call.args.item(1)?)
        }),
    },
    Method {
        signature: "fetch_max(name, value, /)",
        doc: "Sets an attribute to the larger one of its value and another, atomically, and returns what was there \
              before. AttributeError if there is none, TypeError if the two have no order.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let name = call.args.item(0)?;
            Namespace::fetch_max(call.me, name, call.args.item(1)?)
        }),
    },
    Method {
        signature: "swap(name, value, /)",
        doc: "Sets an attribute and returns what was there before, atomically. AttributeError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let name = call.args.item(0)?;
            Namespace::swap(call.me, name, call.args.item(1)?)
        }),
    },
    Method {
        signature: "compare_exchange(name, expected, new, /)",
        doc: "Sets an attribute if its value is equal to the expected one, atomically: a tuple of whether it was, \
              and of what was there before. AttributeError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let name = call.args.item(0)?;
            let expected = call.args.item(1)?;
            let new = call.args.item(2)?;
            operand::flagged(Namespace::compare_exchange(call.me, name, &expected, new)?)
        }),
    },
];

static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("Namespace", "NamespaceProxy", "Attributes: names with values.", METHODS));

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Namespace(**kwds)",
        run: |caller, mut args| {
            let attributes = args.take_kwargs().into_iter().map(|(name, item)| {
                let key = Item::text(name);
                // A text has a hash.
                (key.hash().unwrap_or_default(), key, item)
            });
            Namespace::create_with(caller, attributes.collect())
        },
    }),
};

impl Shared for Namespace {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let entries = self.table.lock().take();
        let weight = entries.len();
        Remains::Other(Box::new(entries), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let table = lock(&self.table);
        heavy(table.len(), || table.iter().for_each(|(_, _, item)| item.proxies(visit)));
    }

    /// A dict: what Python's `vars` gives.
    fn get_value(&self, limits: &Limits) -> Outcome<Item> {
        let table = lock(&self.table);
        heavy(table.len(), || Item::dict(table.iter().map(|(_, key, item)| (key, item)), limits))
    }

    fn to_text(&self, me: u64, most: usize) -> Outcome<String> {
        let table = lock(&self.table);
        heavy(table.len(), || {
            let mut shown = Vec::new();
            let mut bytes = 0;
            for (_, key, item) in table.iter() {
                let Item::Text(name) = key else { continue };
                if name.starts_with('_') {
                    continue;
                }
                let mut text = format!("{name}=");
                item.write_repr(&mut text, me, "Namespace(...)")?;
                bytes += text.len();
                shown.push(text);
                // Longer than it may be, in whatever order.
                if bytes > most {
                    return Ok(shown.concat());
                }
            }
            // As in Python, they are sorted as they are printed: `a1=2` comes before `a=1`.
            shown.sort_unstable();
            Ok(format!("Namespace({})", shown.join(", ")))
        })
    }
}
