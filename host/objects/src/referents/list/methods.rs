//! The declaration of `list`.

use super::super::slice::{bound, number};
use super::*;
use crate::object::call::resolve;

pub(super) const ADD: u32 = Method::number(METHODS, "__add__");
pub(super) const RADD: u32 = Method::number(METHODS, "__radd__");
pub(super) const MUL: u32 = Method::number(METHODS, "__mul__");
pub(super) const IMUL: u32 = Method::number(METHODS, "__imul__");
pub(super) const CONTAINS: u32 = Method::number(METHODS, "__contains__");
pub(super) const LEN: u32 = Method::number(METHODS, "__len__");
pub(super) const GETITEM: u32 = Method::number(METHODS, "__getitem__");
pub(super) const SETITEM: u32 = Method::number(METHODS, "__setitem__");
pub(super) const DELITEM: u32 = Method::number(METHODS, "__delitem__");
pub(super) const REVERSED: u32 = Method::number(METHODS, "__reversed__");
pub(super) const APPEND: u32 = Method::number(METHODS, "append");
pub(super) const CLEAR: u32 = Method::number(METHODS, "clear");
pub(super) const COPY: u32 = Method::number(METHODS, "copy");
pub(super) const COUNT: u32 = Method::number(METHODS, "count");
pub(super) const EXTEND: u32 = Method::number(METHODS, "extend");
pub(super) const INDEX: u32 = Method::number(METHODS, "index");
pub(super) const INSERT: u32 = Method::number(METHODS, "insert");
pub(super) const POP: u32 = Method::number(METHODS, "pop");
pub(super) const REMOVE: u32 = Method::number(METHODS, "remove");
pub(super) const REVERSE: u32 = Method::number(METHODS, "reverse");
pub(super) const SORT: u32 = Method::number(METHODS, "sort");
pub(super) const FETCH_ADD: u32 = Method::number(METHODS, "fetch_add");
pub(super) const FETCH_MAX: u32 = Method::number(METHODS, "fetch_max");
pub(super) const SWAP: u32 = Method::number(METHODS, "swap");
pub(super) const COMPARE_EXCHANGE: u32 = Method::number(METHODS, "compare_exchange");
pub(super) const POP_IF: u32 = Method::number(METHODS, "pop_if");
pub(super) const GET_MANY: u32 = Method::number(METHODS, "get_many");
pub(super) const SET_MANY: u32 = Method::number(METHODS, "set_many");
pub(super) const GET_PATH: u32 = Method::number(METHODS, "get_path");
pub(super) const SET_PATH: u32 = Method::number(METHODS, "set_path");

const METHODS: &[Method] = &[
    Method {
        signature: "__add__(value: iterable, /)",
        doc: "A plain list of this list's items and then those of another list.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::concat(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__radd__(value: iterable, /)",
        doc: "A plain list of another list's items and then this one's.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::concat_before(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__iadd__(value: iterable, /)",
        doc: "The same as extend: `l += items`. It gives nothing; the list stays the same object.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::extend_with(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "__mul__(value, /)",
        doc: "A plain list of the items, so many times over.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::repeated(call.me, times(&call.args.item(0)?)?)),
    },
    Method {
        signature: "__rmul__(value, /)",
        doc: "The same as __mul__: `n * l`.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::repeated(call.me, times(&call.args.item(0)?)?)),
    },
    Method {
        signature: "__imul__(value, /)",
        doc: "Replaces the list by its items, so many times over. It gives nothing; the list stays the same object.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::repeat_in_place(call.me, times(&call.args.item(0)?)?).map(nothing)),
    },
    Method {
        signature: "__contains__(key, /)",
        doc: "Whether an equal item is in the list.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::contains(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "__len__()",
        doc: "The number of items.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::length(call.me).map(integer)),
    },
    Method {
        signature: "__getitem__(index, /)",
        doc: "The item at an index, or a plain list of the items of a slice. IndexError if there is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            match Slice::of(&key) {
                Some(slice) => List::get_slice(call.me, slice),
                None => List::get_item(call.me, index(&key)?),
            }
        }),
    },
    Method {
        signature: "__setitem__(key, value, /)",
        doc: "Replaces the item at an index, or the items of a slice by those of an iterable. IndexError if there \
              is no such item, ValueError if the step is not 1 and the lengths differ.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let key = call.args.item(0)?;
                let mut value = call.args.item(1)?;
                match Slice::of(&key) {
                    Some(slice) => {
                        // Only here does the list want what is inside of the value.
                        resolve(&mut value, call.caller).await?;
                        List::set_slice(call.me, slice, value)
                    }
                    None => List::set_item(call.me, index(&key)?, value),
                }
                .map(nothing)
            })
        }),
    },
    Method {
        signature: "__delitem__(key, /)",
        doc: "Removes the item at an index, or the items of a slice. IndexError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            match Slice::of(&key) {
                Some(slice) => List::delete_slice(call.me, slice),
                None => List::delete_item(call.me, index(&key)?),
            }
            .map(nothing)
        }),
    },
    Method {
        signature: "__reversed__()",
        doc: "A plain list of the items, the last one first.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::copy_reversed(call.me)),
    },
    Method {
        signature: "append(object, /)",
        doc: "Adds an item at the end.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::append(call.me, call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "clear()",
        doc: "Removes all items.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::clear(call.me).map(nothing)),
    },
    Method {
        signature: "copy()",
        doc: "A plain list of the items.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::copy(call.me)),
    },
    Method {
        signature: "count(value, /)",
        doc: "How many items are equal to the given one.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::count(call.me, &call.args.item(0)?).map(integer)),
    },
    Method {
        signature: "extend(iterable: iterable, /)",
        doc: "Adds the items of an iterable at the end; the list itself is doubled.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::extend(call.me, call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "index(value, start=0, stop=9223372036854775807, /)",
        doc: "The first position, between start and stop, of an item equal to the given one. ValueError if there \
              is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let value = call.args.item(0)?;
            let start = call.args.take(1).map(|start| bound(&start)).transpose()?;
            let stop = call.args.take(2).map(|stop| bound(&stop)).transpose()?;
            List::index(call.me, &value, start, stop).map(integer)
        }),
    },
    Method {
        signature: "insert(index, object, /)",
        doc: "Puts an item before an index.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = position(&call.args.item(0)?)?;
            List::insert(call.me, index, call.args.item(1)?).map(nothing)
        }),
    },
    Method {
        signature: "pop(index=-1, /)",
        doc: "Removes and returns the item at an index. IndexError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = call.args.take(0).map(|index| position(&index)).transpose()?;
            List::pop(call.me, index)
        }),
    },
    Method {
        signature: "remove(value, /)",
        doc: "Removes the first item that is equal to the given one. ValueError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::remove(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "reverse()",
        doc: "Reverses the list in place.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::reverse(call.me).map(nothing)),
    },
    Method {
        signature: "sort(*, key=None, reverse=False)",
        doc: "Sorts the list in place; equal items keep their order. TypeError if two items have no order: then the \
              list is as it was. A key function stays where it is: see the typed interface's sort-by-keys.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            match call.args.take(0) {
                None | Some(Item::Null) => {}
                // No value is a function. In an empty list, Python calls none.
                Some(key) if !List::open(call.me)?.items.is_empty() => {
                    return Err(type_error(format!("'{}' object is not callable", key.type_name())));
                }
                Some(_) => {}
            }
            let reverse = call.args.flag(1, false);
            List::sort(call.me, reverse).map(nothing)
        }),
    },
    Method {
        signature: "fetch_add(index, delta, /)",
        doc: "Adds to the number at an index, atomically, and returns what was there before. IndexError if there is \
              no such item, TypeError if either is not a number.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            List::fetch_add(call.me, index, &call.args.item(1)?)
        }),
    },
    Method {
        signature: "fetch_max(index, value, /)",
        doc: "Replaces the item at an index by a value that is greater, atomically, and returns what was there before. \
              IndexError if there is no such item, TypeError if the two have no order.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            List::fetch_max(call.me, index, call.args.item(1)?)
        }),
    },
    Method {
        signature: "swap(index, value, /)",
        doc: "Replaces the item at an index, atomically, and returns what was there before. IndexError if there is no \
              such item.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            List::swap(call.me, index, call.args.item(1)?)
        }),
    },
    Method {
        signature: "compare_exchange(index, expected, value, /)",
        doc: "Replaces the item at an index if it is equal to the expected one, atomically. Returns whether it was, and \
              what was there. IndexError if there is no such item.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            let expected = call.args.item(1)?;
            List::compare_exchange(call.me, index, &expected, call.args.item(2)?).and_then(operand::flagged)
        }),
    },
    Method {
        signature: "pop_if(index, expected, /)",
        doc: "Removes the item at an index if it is equal to the expected one, atomically. Returns whether it was, and \
              what was there. IndexError if there is no such item.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            List::pop_if(call.me, index, &call.args.item(1)?).and_then(operand::flagged)
        }),
    },
    Method {
        signature: "get_many(indexes: iterable, /)",
        doc: "A plain list of the items at some indexes, of one moment. IndexError if one is not there.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::get_many(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "set_many(pairs: mapping, /)",
        doc: "Replaces the items at some indexes at one moment: all of them, or none if there is an error. IndexError if \
              one is not there.",
        effect: Effect::Changes,
        run: Run::Now(|call| List::set_many(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "get_path(path, /)",
        doc: "The value at the end of a path: a list of keys and indexes, each of which leads into a plain value or \
              through a proxy into another list or dict. KeyError, IndexError or TypeError where a step leads nowhere.",
        effect: Effect::Reads,
        run: Run::Now(|call| List::get_path(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "set_path(path, value, /)",
        doc: "Puts a value at the end of a path, as `l[1]['a'] = value` would if plain values inside of a shared \
              object could be changed: the item of the last object on the path is replaced as a whole, atomically.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let path = call.args.item(0)?;
            List::set_path(call.me, &path, call.args.item(1)?).map(nothing)
        }),
    },
];

pub(super) fn index(item: &Item) -> Outcome<i64> {
    item.as_index(|type_name| format!("list indices must be integers or slices, not {type_name}"))
}

fn position(item: &Item) -> Outcome<i64> {
    number(item, "Python int too large to convert to C ssize_t")
}

fn times(item: &Item) -> Outcome<i64> {
    number(item, "cannot fit 'int' into an index-sized integer")
}

fn nothing((): ()) -> Item {
    Item::Null
}

fn integer(count: u64) -> Item {
    Item::Int(count as i64)
}

pub(super) static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("list", "ListProxy", "A sequence of any values.", METHODS));

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "list(iterable: iterable=(), /)",
        run: |caller, mut args| match args.take(0) {
            None => Ok(List::create(caller)),
            Some(iterable) => List::create_from(caller, &iterable),
        },
    }),
};
