//! The declaration of `deque`.

use super::super::slice::{bound, number};
use super::*;

pub(super) const ADD: u32 = Method::number(METHODS, "__add__");
pub(super) const MUL: u32 = Method::number(METHODS, "__mul__");
pub(super) const IMUL: u32 = Method::number(METHODS, "__imul__");
pub(super) const CONTAINS: u32 = Method::number(METHODS, "__contains__");
pub(super) const LEN: u32 = Method::number(METHODS, "__len__");
pub(super) const GETITEM: u32 = Method::number(METHODS, "__getitem__");
pub(super) const SETITEM: u32 = Method::number(METHODS, "__setitem__");
pub(super) const DELITEM: u32 = Method::number(METHODS, "__delitem__");
pub(super) const REVERSED: u32 = Method::number(METHODS, "__reversed__");
pub(super) const APPEND: u32 = Method::number(METHODS, "append");
pub(super) const APPENDLEFT: u32 = Method::number(METHODS, "appendleft");
pub(super) const CLEAR: u32 = Method::number(METHODS, "clear");
pub(super) const COPY: u32 = Method::number(METHODS, "copy");
pub(super) const COUNT: u32 = Method::number(METHODS, "count");
pub(super) const EXTEND: u32 = Method::number(METHODS, "extend");
pub(super) const EXTENDLEFT: u32 = Method::number(METHODS, "extendleft");
pub(super) const INDEX: u32 = Method::number(METHODS, "index");
pub(super) const INSERT: u32 = Method::number(METHODS, "insert");
pub(super) const MAXLEN: u32 = Method::number(METHODS, "maxlen");
pub(super) const POP: u32 = Method::number(METHODS, "pop");
pub(super) const POPLEFT: u32 = Method::number(METHODS, "popleft");
pub(super) const REMOVE: u32 = Method::number(METHODS, "remove");
pub(super) const REVERSE: u32 = Method::number(METHODS, "reverse");
pub(super) const ROTATE: u32 = Method::number(METHODS, "rotate");

const METHODS: &[Method] = &[
    Method {
        signature: "__add__(value: iterable, /)",
        doc: "A plain list of this deque's items and then those of another deque or of a plain list; the last ones if there is a greatest length.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::concat(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__iadd__(value: iterable, /)",
        doc: "The same as extend: `d += items`. It gives nothing; the deque stays the same object.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::add(call.me, &call.args.item(0)?, true).map(nothing)),
    },
    Method {
        signature: "__mul__(value, /)",
        doc: "A plain list of the items, so many times over; the last ones if there is a greatest length.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::repeated(call.me, times(&call.args.item(0)?)?)),
    },
    Method {
        signature: "__rmul__(value, /)",
        doc: "The same as __mul__: `n * d`.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::repeated(call.me, times(&call.args.item(0)?)?)),
    },
    Method {
        signature: "__imul__(value, /)",
        doc: "Replaces the deque by its items, so many times over. It gives nothing; the deque stays the same object.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::repeat_in_place(call.me, times(&call.args.item(0)?)?).map(nothing)),
    },
    Method {
        signature: "__contains__(key, /)",
        doc: "Whether an equal item is in the deque.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::contains(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "__len__()",
        doc: "The number of items.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::length(call.me).map(integer)),
    },
    Method {
        signature: "__getitem__(key, /)",
        doc: "The item at an index. IndexError if there is none. There are no slices.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::get_item(call.me, index(&call.args.item(0)?)?)),
    },
    Method {
        signature: "__setitem__(key, value, /)",
        doc: "Replaces the item at an index. IndexError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            Deque::set_item(call.me, index, call.args.item(1)?).map(nothing)
        }),
    },
    Method {
        signature: "__delitem__(key, /)",
        doc: "Removes the item at an index. IndexError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::delete_item(call.me, index(&call.args.item(0)?)?).map(nothing)),
    },
    Method {
        signature: "__reversed__()",
        doc: "A plain list of the items, the last one first.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::copy_reversed(call.me)),
    },
    Method {
        signature: "append(item, /)",
        doc: "Adds an item at the right end.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::append(call.me, call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "appendleft(item, /)",
        doc: "Adds an item at the left end.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::append_left(call.me, call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "clear()",
        doc: "Removes all items.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::clear(call.me).map(nothing)),
    },
    Method {
        signature: "copy()",
        doc: "A plain list of the items.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::copy(call.me)),
    },
    Method {
        signature: "count(value, /)",
        doc: "How many items are equal to the given one.",
        effect: Effect::Reads,
        run: Run::Now(|call| Deque::count(call.me, &call.args.item(0)?).map(integer)),
    },
    Method {
        signature: "extend(iterable: iterable, /)",
        doc: "Adds the items of an iterable at the right end; the deque itself is doubled.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::extend(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "extendleft(iterable: iterable, /)",
        doc: "Adds the items of an iterable at the left end, one after the other: the last one is then the first.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::extend_left(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "index(value, start=0, stop=9223372036854775807, /)",
        doc: "The first position, between start and stop, of an item equal to the given one. ValueError if there is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let value = call.args.item(0)?;
            let start = call.args.take(1).map(|start| bound(&start)).transpose()?;
            let stop = call.args.take(2).map(|stop| bound(&stop)).transpose()?;
            Deque::index(call.me, &value, start, stop).map(integer)
        }),
    },
    Method {
        signature: "insert(index, value, /)",
        doc: "Puts an item before an index. IndexError if the deque has its greatest length.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = whole(&call.args.item(0)?)?;
            Deque::insert(call.me, index, call.args.item(1)?).map(nothing)
        }),
    },
    Method {
        signature: "maxlen()",
        doc: "The greatest length; None if there is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| Ok(Deque::max_length(call.me)?.map_or(Item::Null, integer))),
    },
    Method {
        signature: "pop()",
        doc: "Removes and returns the item at the right end. IndexError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::pop(call.me)),
    },
    Method {
        signature: "popleft()",
        doc: "Removes and returns the item at the left end. IndexError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::pop_left(call.me)),
    },
    Method {
        signature: "remove(value, /)",
        doc: "Removes the first item that is equal to the given one. ValueError if there is none.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::remove(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "reverse()",
        doc: "Reverses the deque in place.",
        effect: Effect::Changes,
        run: Run::Now(|call| Deque::reverse(call.me).map(nothing)),
    },
    Method {
        signature: "rotate(n=1, /)",
        doc: "Moves so many items from the right end to the left one; the other way if it is negative.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let steps = call.args.take(0).map_or(Ok(1), |steps| whole(&steps))?;
            Deque::rotate(call.me, steps).map(nothing)
        }),
    },
];

pub(super) fn index(item: &Item) -> Outcome<i64> {
    item.as_index(|type_name| format!("sequence index must be integer, not '{type_name}'"))
}

fn whole(item: &Item) -> Outcome<i64> {
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

/// The greatest length, as the constructor takes it.
fn greatest(item: &Item) -> Outcome<Option<u64>> {
    let maxlen = match item {
        Item::Null => return Ok(None),
        Item::Int(_) | Item::Bool(_) => whole(item)?,
        other if other.kind() == Kind::BigInt => whole(item)?,
        _ => return Err(type_error("an integer is required")),
    };
    u64::try_from(maxlen).map(Some).map_err(|_| CallError::value("maxlen must be non-negative"))
}

pub(super) static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare(
        "deque",
        "DequeProxy",
        "A sequence of any values with two ends, which may have a greatest length.",
        METHODS,
    )
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "deque(iterable: iterable=(), maxlen=None)",
        run: |caller, mut args| {
            let iterable = args.take(0);
            let maxlen = args.take(1).map_or(Ok(None), |maxlen| greatest(&maxlen))?;
            match iterable {
                None => Ok(Deque::create(caller, maxlen)),
                Some(iterable) => Deque::create_from(caller, &iterable, maxlen),
            }
        },
    }),
};
