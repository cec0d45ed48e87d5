//! The declaration of `Array`.

use super::*;
use crate::object::call::resolve;

pub(super) const LEN: u32 = Method::number(METHODS, "__len__");
pub(super) const GETITEM: u32 = Method::number(METHODS, "__getitem__");
pub(super) const SETITEM: u32 = Method::number(METHODS, "__setitem__");
pub(super) const GET_LOCK: u32 = Method::number(METHODS, "get_lock");
pub(super) const FETCH_ADD: u32 = Method::number(METHODS, "fetch_add");
pub(super) const FETCH_MAX: u32 = Method::number(METHODS, "fetch_max");
pub(super) const SWAP: u32 = Method::number(METHODS, "swap");
pub(super) const COMPARE_EXCHANGE: u32 = Method::number(METHODS, "compare_exchange");

const METHODS: &[Method] = &[
    Method {
        signature: "__len__()",
        doc: "The number of items.",
        effect: Effect::Reads,
        run: Run::Now(|call| Array::length(call.me).map(|length| Item::Int(length as i64))),
    },
    Method {
        signature: "__getitem__(index, /)",
        doc: "The item at an index, or a plain list of the items of a slice. IndexError if there is none.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            match Slice::of(&key) {
                Some(slice) => Array::get_slice(call.me, slice),
                None => Array::get_item(call.me, index(&key)?),
            }
        }),
    },
    Method {
        signature: "__setitem__(index, value, /)",
        doc: "Replaces the item at an index, or the items of a slice by those of any iterable: with a step of 1, by \
              more or fewer too. IndexError if there is no such item, ValueError if the step is not 1 and the \
              lengths differ, OverflowError or TypeError if an item does not fit: then all is as it was.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let key = call.args.item(0)?;
                let mut value = call.args.item(1)?;
                match Slice::of(&key) {
                    Some(slice) => {
                        // Only here does the array want what is inside of the value.
                        resolve(&mut value, call.caller).await?;
                        Array::set_slice(call.me, slice, &value)
                    }
                    None => Array::set_item(call.me, index(&key)?, &value),
                }
                .map(|()| Item::Null)
            })
        }),
    },
    Method {
        signature: "get_lock()",
        doc: "The Lock that belongs to it, the same one each time: for those who want several operations to be one. \
              No operation takes it by itself. AttributeError if it was made with lock=False.",
        effect: Effect::Changes,
        run: Run::Now(|call| Array::get_lock(call.me, call.caller).map(Item::proxy)),
    },
    Method {
        signature: "fetch_add(index, delta, /)",
        doc: "Adds to the number at an index, atomically, and returns what was there before. IndexError if there is \
              no such item, TypeError if it or the sum is not of its type, OverflowError if the sum does not fit.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            Array::fetch_add(call.me, index, &call.args.item(1)?)
        }),
    },
    Method {
        signature: "fetch_max(index, value, /)",
        doc: "Sets the item at an index to the larger one of the two, atomically, and returns what was there before. \
              IndexError if there is no such item, OverflowError or TypeError if the value does not fit.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            Array::fetch_max(call.me, index, &call.args.item(1)?)
        }),
    },
    Method {
        signature: "swap(index, value, /)",
        doc: "Sets the item at an index and returns what was there before, atomically. IndexError if there is no \
              such item, OverflowError or TypeError if the value does not fit.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            Array::swap(call.me, index, &call.args.item(1)?)
        }),
    },
    Method {
        signature: "compare_exchange(index, expected, new, /)",
        doc: "Sets the item at an index if it is equal to the expected one, atomically: a tuple of whether it was, \
              and of what was there before. IndexError if there is no such item, OverflowError or TypeError if the \
              new one does not fit.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let index = index(&call.args.item(0)?)?;
            let expected = call.args.item(1)?;
            let new = call.args.item(2)?;
            operand::flagged(Array::compare_exchange(call.me, index, &expected, &new)?)
        }),
    },
];

fn index(item: &Item) -> Outcome<i64> {
    item.as_index(|_| "array indices must be integers".to_owned())
}

pub(super) static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("Array", "ArrayProxy", "Numbers or characters of one type, packed as in C.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Array(typecode, sequence: iterable, lock=True)",
        run: |caller, mut args| {
            let typecode = args.item(0)?;
            let items = args.item(1)?;
            Array::create_with(caller, &typecode, &items, OwnLock::of(args.take(2)))
        },
    }),
};
