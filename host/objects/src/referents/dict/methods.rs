//! The declaration of `dict`.

use super::*;

pub(in super::super) const CONTAINS: u32 = Method::number(METHODS, "__contains__");
pub(in super::super) const LEN: u32 = Method::number(METHODS, "__len__");
pub(in super::super) const GETITEM: u32 = Method::number(METHODS, "__getitem__");
pub(in super::super) const SETITEM: u32 = Method::number(METHODS, "__setitem__");
pub(in super::super) const DELITEM: u32 = Method::number(METHODS, "__delitem__");
pub(in super::super) const ITER: u32 = Method::number(METHODS, "__iter__");
pub(in super::super) const REVERSED: u32 = Method::number(METHODS, "__reversed__");
pub(in super::super) const OR: u32 = Method::number(METHODS, "__or__");
pub(in super::super) const ROR: u32 = Method::number(METHODS, "__ror__");
pub(in super::super) const CLEAR: u32 = Method::number(METHODS, "clear");
pub(in super::super) const COPY: u32 = Method::number(METHODS, "copy");
pub(in super::super) const GET: u32 = Method::number(METHODS, "get");
pub(in super::super) const ITEMS: u32 = Method::number(METHODS, "items");
pub(in super::super) const KEYS: u32 = Method::number(METHODS, "keys");
pub(in super::super) const POP: u32 = Method::number(METHODS, "pop");
pub(in super::super) const POPITEM: u32 = Method::number(METHODS, "popitem");
pub(in super::super) const SETDEFAULT: u32 = Method::number(METHODS, "setdefault");
pub(in super::super) const UPDATE: u32 = Method::number(METHODS, "update");
pub(in super::super) const VALUES: u32 = Method::number(METHODS, "values");
pub(in super::super) const FETCH_ADD: u32 = Method::number(METHODS, "fetch_add");
pub(in super::super) const FETCH_MAX: u32 = Method::number(METHODS, "fetch_max");
pub(in super::super) const SWAP: u32 = Method::number(METHODS, "swap");
pub(in super::super) const COMPARE_EXCHANGE: u32 = Method::number(METHODS, "compare_exchange");
pub(in super::super) const POP_IF: u32 = Method::number(METHODS, "pop_if");
pub(in super::super) const GET_MANY: u32 = Method::number(METHODS, "get_many");
pub(in super::super) const SET_MANY: u32 = Method::number(METHODS, "set_many");
pub(in super::super) const GET_PATH: u32 = Method::number(METHODS, "get_path");
pub(in super::super) const SET_PATH: u32 = Method::number(METHODS, "set_path");

pub(in super::super) const METHODS: &[Method] = &[
    Method {
        signature: "__contains__(key, /)",
        doc: "Whether there is such a key.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::contains(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "__len__()",
        doc: "The number of entries.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::length(call.me).map(|length| Item::Int(length as i64))),
    },
    Method {
        signature: "__getitem__(key, /)",
        doc: "The value of a key. KeyError if there is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::get_item(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__setitem__(key, value, /)",
        doc: "Sets the value of a key.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            Dict::set_item(call.me, key, call.args.item(1)?).map(nothing)
        }),
    },
    Method {
        signature: "__delitem__(key, /)",
        doc: "Removes a key. KeyError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| Dict::delete_item(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "__iter__()",
        doc: "A new shared iterator over the keys, which fails with RuntimeError once the dict's size changes.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::iterate(call.me).map(Item::proxy)),
    },
    Method {
        signature: "__reversed__()",
        doc: "A plain list of the keys, the last one first.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::keys_reversed(call.me)),
    },
    Method {
        signature: "__or__(value: mapping, /)",
        doc: "A plain dict of this dict's entries and then another's, which win.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::merge(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__ror__(value: mapping, /)",
        doc: "A plain dict of another dict's entries and then this one's, which win.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::merge_before(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__ior__(value: mapping, /)",
        doc: "The same as update: `d |= entries`. It gives nothing; the dict stays the same object.",
        effect: Effect::Changes,
        run: Run::Now(|call| Dict::update_with(call.me, Some(&call.args.item(0)?), Vec::new()).map(nothing)),
    },
    Method {
        signature: "clear()",
        doc: "Removes all entries.",
        effect: Effect::Changes,
        run: Run::Now(|call| Dict::clear(call.me).map(nothing)),
    },
    Method {
        signature: "copy()",
        doc: "A plain dict of the entries.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::copy(call.me)),
    },
    Method {
        signature: "fromkeys(iterable: iterable, value=None, /)",
        doc: "A plain dict with the items of an iterable as its keys, each with the same value. It has nothing to \
              do with this dict's entries.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let keys = call.args.item(0)?;
            let value = call.args.take(1).unwrap_or(Item::Null);
            Dict::from_keys(call.me, &keys, &value)
        }),
    },
    Method {
        signature: "get(key, default=None, /)",
        doc: "The value of a key, or the default if there is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let found = Dict::find(call.me, &call.args.item(0)?)?;
            Ok(found.or_else(|| call.args.take(1)).unwrap_or(Item::Null))
        }),
    },
    Method {
        signature: "items()",
        doc: "A plain list of the entries, each a tuple of a key and its value.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::items(call.me)),
    },
    Method {
        signature: "keys()",
        doc: "A plain list of the keys.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::keys(call.me)),
    },
    Method {
        signature: "pop(key, default=..., /)",
        doc: "Removes a key and returns its value. If there is no such key, returns the default, or raises \
              KeyError if none is given.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let taken = Dict::take(call.me, &key)?;
            taken.or_else(|| call.args.take(1)).ok_or_else(|| missing(&key))
        }),
    },
    Method {
        signature: "popitem()",
        doc: "Removes the entry that was inserted last and returns it as a tuple. KeyError if the dict is empty.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let (key, item) = Dict::pop_item(call.me)?;
            operand::unmeasured([&key, &item])
        }),
    },
    Method {
        signature: "setdefault(key, default=None, /)",
        doc: "The value of a key, which is set to the default first if it is missing.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let default = call.args.take(1).unwrap_or(Item::Null);
            Dict::set_default(call.me, key, default)
        }),
    },
    Method {
        signature: "update(entries: mapping=(), /, **kwargs)",
        doc: "Sets all entries of another dict or of an iterable of pairs, then the keywords'.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let entries = call.args.take(0);
            let keywords = call.args.take_kwargs();
            Dict::update_with(call.me, entries.as_ref(), keywords).map(nothing)
        }),
    },
    Method {
        signature: "values()",
        doc: "A plain list of the values.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::values(call.me)),
    },
    Method {
        signature: "fetch_add(key, delta, initial=None, /)",
        doc: "Adds to the number at a key, atomically, and returns what was there before. A missing key counts as \
              the initial value; without one it is a KeyError. TypeError if either is not a number.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let delta = call.args.item(1)?;
            let initial = call.args.take(2).filter(|initial| !matches!(initial, Item::Null));
            Dict::fetch_add(call.me, key, &delta, initial)
        }),
    },
    Method {
        signature: "fetch_max(key, value, initial=None, /)",
        doc: "Replaces the value of a key by one that is greater, atomically, and returns what was there before. A \
              missing key counts as the initial value; without one it is a KeyError. TypeError if the two have no order.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let value = call.args.item(1)?;
            let initial = call.args.take(2).filter(|initial| !matches!(initial, Item::Null));
            Dict::fetch_max(call.me, key, value, initial)
        }),
    },
    Method {
        signature: "swap(key, value, /)",
        doc: "Replaces the value of a key, atomically, and returns what was there before. KeyError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            Dict::swap(call.me, &key, call.args.item(1)?)
        }),
    },
    Method {
        signature: "compare_exchange(key, expected, value, /)",
        doc: "Replaces the value of a key if it is equal to the expected one, atomically. Returns whether it was, and \
              what was there. KeyError if there is no such key: setdefault sets one that is missing.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let expected = call.args.item(1)?;
            Dict::compare_exchange(call.me, &key, &expected, call.args.item(2)?).and_then(operand::flagged)
        }),
    },
    Method {
        signature: "pop_if(key, expected, /)",
        doc: "Removes a key if its value is equal to the expected one, atomically. Returns whether it was, and what was \
              there. KeyError if there is no such key.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            Dict::pop_if(call.me, &key, &call.args.item(1)?).and_then(operand::flagged)
        }),
    },
    Method {
        signature: "get_many(keys: iterable, default=..., /)",
        doc: "A plain list of the values of some keys, of one moment. Where there is no such key, it has the default, or \
              it is a KeyError if none is given.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let keys = call.args.item(0)?;
            let default = call.args.take(1);
            Dict::get_many(call.me, &keys, default.as_ref())
        }),
    },
    Method {
        signature: "set_many(entries: mapping, /)",
        doc: "Sets all entries of another dict or of an iterable of pairs at one moment: all of them, or none if there \
              is an error.",
        effect: Effect::Changes,
        run: Run::Now(|call| Dict::set_many(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "get_path(path, /)",
        doc: "The value at the end of a path: a list of keys and indexes, each of which leads into a plain value or \
              through a proxy into another list or dict. KeyError, IndexError or TypeError where a step leads nowhere.",
        effect: Effect::Reads,
        run: Run::Now(|call| Dict::get_path(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "set_path(path, value, /)",
        doc: "Puts a value at the end of a path, as `d['a'][1] = value` would if plain values inside of a shared \
              object could be changed: the item of the last object on the path is replaced as a whole, atomically.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let path = call.args.item(0)?;
            Dict::set_path(call.me, &path, call.args.item(1)?).map(nothing)
        }),
    },
];

fn nothing((): ()) -> Item {
    Item::Null
}

pub(in super::super) static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("dict", "DictProxy", "A mapping from hashable keys to values, in order of insertion.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "dict(entries: mapping=(), /, **kwargs)",
        run: |caller, mut args| {
            let entries = args.take(0);
            let keywords = args.take_kwargs();
            Dict::create_with(caller, entries.as_ref(), keywords)
        },
    }),
};
