//! `Value`: a place for one value of any type, as the manager of `multiprocessing` has it: the type
//! code is kept to be printed, and means nothing.

use super::comparing::{Comparing, equal};
use super::heavy::{heavy, lock};
use super::operand;
use super::own_lock::OwnLock;
use super::prelude::*;
use crate::object::Limits;
use crate::sync::MutexGuard;

pub struct Holder {
    state: Mutex<State>,
    own_lock: OwnLock,
}

struct State {
    typecode: Item,
    item: Item,
}

impl Holder {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Value")
    }

    #[inline]
    fn open(me: &Proxy) -> Outcome<MutexGuard<'_, State>> {
        Ok(lock(&Self::of(me)?.state))
    }

    /// A new one that holds an item.
    pub fn create(caller: &Caller, typecode: Item, item: Item) -> Proxy {
        Self::create_with(caller, typecode, item, OwnLock::default())
    }

    fn create_with(caller: &Caller, typecode: Item, item: Item, own_lock: OwnLock) -> Proxy {
        typecode.moved();
        item.moved();
        Referent::create(&caller.home, Self { state: Mutex::new(State { typecode, item }), own_lock })
    }

    pub fn get(me: &Proxy) -> Outcome<Item> {
        me.check(GET)?;
        Ok(Self::open(me)?.item.clone())
    }

    pub fn set(me: &Proxy, item: Item) -> Outcome<()> {
        me.check(SET)?;
        let _old = exchange(&mut Self::open(me)?.item, item);
        Ok(())
    }

    /// The lock that belongs to it: the same one each time.
    pub fn get_lock(me: &Proxy, caller: &Caller) -> Outcome<Proxy> {
        me.check(GET_LOCK)?;
        Self::of(me)?.own_lock.get(me, caller)
    }

    pub fn fetch_add(me: &Proxy, delta: &Item) -> Outcome<Item> {
        me.check(FETCH_ADD)?;
        let mut state = Self::open(me)?;
        let sum = state.item.add(delta)?;
        Ok(std::mem::replace(&mut state.item, sum))
    }

    /// Sets the larger one of two, and returns what was there before.
    pub fn fetch_max(me: &Proxy, mut item: Item) -> Outcome<Item> {
        me.check(FETCH_MAX)?;
        fetch_max(&mut Self::open(me)?.item, &mut item)
    }

    /// Sets an item, and returns what was there before.
    pub fn swap(me: &Proxy, item: Item) -> Outcome<Item> {
        me.check(SWAP)?;
        Ok(exchange(&mut Self::open(me)?.item, item))
    }

    /// Sets a new item if the expected one is there: whether it was, and what was there before.
    pub fn compare_exchange(me: &Proxy, expected: &Item, mut new: Item) -> Outcome<(bool, Item)> {
        me.check(COMPARE_EXCHANGE)?;
        Ok(compare_exchange(&mut Self::open(me)?.item, expected, &mut new))
    }
}

/// Puts an item in the place of another, which is for the caller to drop after the lock.
pub(super) fn exchange(place: &mut Item, item: Item) -> Item {
    item.moved();
    let old = std::mem::replace(place, item);
    old.moved();
    old
}

/// Puts the larger one of two items into a place, and gives a copy of what was there before. What is
/// not needed is left in `item`, to be dropped after the lock.
pub(super) fn fetch_max(place: &mut Item, item: &mut Item) -> Outcome<Item> {
    let is_larger = heavy(place.weight() / 64, || Comparing::new(1).less(place, item))?;
    let old = place.clone();
    if is_larger {
        item.moved();
        std::mem::swap(place, item);
    }
    Ok(old)
}

/// Puts a new item into a place if it holds one that is equal to the expected one: whether it did, and
/// a copy of what was there. What is not needed is left in `new`, to be dropped after the lock.
pub(super) fn compare_exchange(place: &mut Item, expected: &Item, new: &mut Item) -> (bool, Item) {
    let is_equal = heavy(place.weight() / 64, || equal(place, expected));
    let old = place.clone();
    if is_equal {
        new.moved();
        std::mem::swap(place, new);
    }
    (is_equal, old)
}

const GET: u32 = Method::number(METHODS, "get");
const SET: u32 = Method::number(METHODS, "set");
const GET_LOCK: u32 = Method::number(METHODS, "get_lock");
const FETCH_ADD: u32 = Method::number(METHODS, "fetch_add");
const FETCH_MAX: u32 = Method::number(METHODS, "fetch_max");
const SWAP: u32 = Method::number(METHODS, "swap");
const COMPARE_EXCHANGE: u32 = Method::number(METHODS, "compare_exchange");

const METHODS: &[Method] = &[
    Method { signature: "get()", doc: "The value.", effect: Effect::Reads, run: Run::Now(|call| Holder::get(call.me)) },
    Method {
        signature: "set(value)",
        doc: "Sets the value.",
        effect: Effect::Changes,
        run: Run::Now(|call| Holder::set(call.me, call.args.item(0)?).map(|()| Item::Null)),
    },
    Method {
        signature: "get_lock()",
        doc: "The Lock that belongs to it, the same one each time: for those who want several operations to be one. \
              No operation takes it by itself. AttributeError if it was made with lock=False.",
        effect: Effect::Changes,
        run: Run::Now(|call| Holder::get_lock(call.me, call.caller).map(Item::proxy)),
    },
    Method {
        signature: "fetch_add(delta, /)",
        doc: "Adds to the number that it is, atomically, and returns what was there before. TypeError if either is \
              not a number.",
        effect: Effect::Changes,
        run: Run::Now(|call| Holder::fetch_add(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "fetch_max(value, /)",
        doc: "Sets the larger one of the two, atomically, and returns what was there before. TypeError if they have \
              no order.",
        effect: Effect::Changes,
        run: Run::Now(|call| Holder::fetch_max(call.me, call.args.item(0)?)),
    },
    Method {
        signature: "swap(value, /)",
        doc: "Sets the value and returns what was there before, atomically.",
        effect: Effect::Changes,
        run: Run::Now(|call| Holder::swap(call.me, call.args.item(0)?)),
    },
    Method {
        signature: "compare_exchange(expected, new, /)",
        doc: "Sets a new value if an equal one to the expected is there, atomically: a tuple of whether it was, and \
              of what was there before.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let expected = call.args.item(0)?;
            let new = call.args.item(1)?;
            operand::flagged(Holder::compare_exchange(call.me, &expected, new)?)
        }),
    },
];

static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("Value", "ValueProxy", "A place for one value of any type.", METHODS));

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Value(typecode, value, lock=True)",
        run: |caller, mut args| {
            let typecode = args.item(0)?;
            let item = args.item(1)?;
            Ok(Holder::create_with(caller, typecode, item, OwnLock::of(args.take(2))))
        },
    }),
};

impl Shared for Holder {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let nothing = State { typecode: Item::Null, item: Item::Null };
        let State { typecode, item } = std::mem::replace(&mut *self.state.lock(), nothing);
        Remains::Items([typecode, item].into_iter().chain(self.own_lock.take()).collect())
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let state = lock(&self.state);
        state.typecode.proxies(visit);
        state.item.proxies(visit);
        drop(state);
        self.own_lock.edge(visit);
    }

    fn get_value(&self, _limits: &Limits) -> Outcome<Item> {
        Ok(lock(&self.state).item.clone())
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        // Copies cost nothing, printing may.
        let (typecode, item) = {
            let state = lock(&self.state);
            (state.typecode.clone(), state.item.clone())
        };
        heavy(typecode.weight().max(item.weight()), || {
            let mut text = String::from("Value(");
            typecode.write_repr(&mut text, me, "Value(...)")?;
            text.push_str(", ");
            item.write_repr(&mut text, me, "Value(...)")?;
            text.push(')');
            Ok(text)
        })
    }
}
