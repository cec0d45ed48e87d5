//! The declaration of `Counter`: the methods of `dict`, with their numbers, and its own.

use super::*;
use crate::referents::dict::METHODS as BASE;

pub(super) const ADD: u32 = Method::number(METHODS, "__add__");
pub(super) const RADD: u32 = Method::number(METHODS, "__radd__");
pub(super) const IADD: u32 = Method::number(METHODS, "__iadd__");
pub(super) const SUB: u32 = Method::number(METHODS, "__sub__");
pub(super) const RSUB: u32 = Method::number(METHODS, "__rsub__");
pub(super) const ISUB: u32 = Method::number(METHODS, "__isub__");
pub(super) const AND: u32 = Method::number(METHODS, "__and__");
pub(super) const RAND: u32 = Method::number(METHODS, "__rand__");
pub(super) const IAND: u32 = Method::number(METHODS, "__iand__");
pub(super) const OR: u32 = Method::number(METHODS, "__or__");
pub(super) const ROR: u32 = Method::number(METHODS, "__ror__");
pub(super) const IOR: u32 = Method::number(METHODS, "__ior__");
pub(super) const POS: u32 = Method::number(METHODS, "__pos__");
pub(super) const NEG: u32 = Method::number(METHODS, "__neg__");
pub(super) const LE: u32 = Method::number(METHODS, "__le__");
pub(super) const LT: u32 = Method::number(METHODS, "__lt__");
pub(super) const GE: u32 = Method::number(METHODS, "__ge__");
pub(super) const GT: u32 = Method::number(METHODS, "__gt__");
pub(super) const ELEMENTS: u32 = Method::number(METHODS, "elements");
pub(super) const MOST_COMMON: u32 = Method::number(METHODS, "most_common");
pub(super) const SUBTRACT: u32 = Method::number(METHODS, "subtract");
pub(super) const TOTAL: u32 = Method::number(METHODS, "total");
pub(super) const UPDATE: u32 = Method::number(METHODS, "update");

/// Of an operator: how it is called, what it does.
macro_rules! operator {
    ($signature:literal, $doc:literal, combine_in_place, $operation:ident) => {
        Method {
            signature: $signature,
            doc: $doc,
            effect: Effect::Changes,
            run: Run::Now(|call| {
                Counter::combine_in_place(call.me, Operation::$operation, &call.args.item(0)?).map(nothing)
            }),
        }
    };
    ($signature:literal, $doc:literal, $form:ident, $operation:ident) => {
        Method {
            signature: $signature,
            doc: $doc,
            effect: Effect::Reads,
            run: Run::Now(|call| Counter::$form(call.me, Operation::$operation, &call.args.item(0)?)),
        }
    };
}

/// A comparison.
macro_rules! relation {
    ($signature:literal, $doc:literal, $relation:ident) => {
        Method {
            signature: $signature,
            doc: $doc,
            effect: Effect::Reads,
            run: Run::Now(|call| Counter::compare(call.me, Relation::$relation, &call.args.item(0)?).map(Item::Bool)),
        }
    };
}

const METHODS: &[Method] = &Method::inherit::<{ Method::heirs(BASE, OWN) }>(BASE, OWN);

/// Those that a dict does not have, or in another form.
const OWN: &[Method] = &[
    Method {
        signature: "__getitem__(key, /)",
        doc: "How much a key counts: 0 if it is not there.",
        effect: Effect::Reads,
        run: Run::Now(|call| Counter::get_item(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "__delitem__(key, /)",
        doc: "Removes a key if it is there.",
        effect: Effect::Changes,
        run: Run::Now(|call| Dict::delete_item(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "fromkeys(iterable, value=None, /)",
        doc: "NotImplementedError, as in CPython: what `Counter.fromkeys('aab', 2)` should be is not clear.",
        effect: Effect::Reads,
        run: Run::Now(|_| {
            Err(CallError::new(ErrorKind::Other, "Counter.fromkeys() is undefined.  Use Counter(iterable) instead.")
                .with_type_name("NotImplementedError"))
        }),
    },
    Method {
        signature: "update(iterable: iterable=None, /, **kwargs)",
        doc: "Counts the items of an iterable, or adds the counts of a mapping, then those of the keywords: all of \
              it, or nothing if there is an error.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let counted = call.args.take(0);
            let keywords = call.args.take_kwargs();
            Counter::update_with(call.me, counted.as_ref(), keywords).map(nothing)
        }),
    },
    Method {
        signature: "subtract(iterable: iterable=None, /, **kwargs)",
        doc: "Subtracts what `update` would add. Counts may come below 0.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let counted = call.args.take(0);
            let keywords = call.args.take_kwargs();
            Counter::subtract_with(call.me, counted.as_ref(), keywords).map(nothing)
        }),
    },
    Method {
        signature: "most_common(n=None)",
        doc: "A plain list of the `n` keys that count most, or of all, each a tuple of a key and its count, the most \
              common first; those with equal counts in order of insertion. TypeError if two counts have no order.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let most = call.args.take(0).map_or(Ok(None), |most| number(&most))?;
            Counter::most_common(call.me, most)
        }),
    },
    Method {
        signature: "elements()",
        doc: "A plain list of the keys, each as many times as it counts. TypeError if a count is not an integer.",
        effect: Effect::Reads,
        run: Run::Now(|call| Counter::elements(call.me)),
    },
    Method {
        signature: "total()",
        doc: "The sum of the counts.",
        effect: Effect::Reads,
        run: Run::Now(|call| Counter::total(call.me)),
    },
    operator!(
        "__add__(value: mapping, /)",
        "A plain dict of the sums of this counter's counts and those of another counter, or of a plain dict: those that \
         are more than 0.",
        combine,
        Sum
    ),
    operator!("__radd__(value: mapping, /)", "The same with the operands exchanged.", combine_before, Sum),
    operator!(
        "__iadd__(value: mapping, /)",
        "Adds the counts of a mapping and removes what counts 0 or less: `c += other`. It gives nothing; the counter \
         stays the same object.",
        combine_in_place,
        Sum
    ),
    operator!(
        "__sub__(value: mapping, /)",
        "A plain dict of this counter's counts less those of another, or of a plain dict: those that are more than 0.",
        combine,
        Difference
    ),
    operator!("__rsub__(value: mapping, /)", "The same with the operands exchanged.", combine_before, Difference),
    operator!(
        "__isub__(value: mapping, /)",
        "Subtracts the counts of a mapping and removes what counts 0 or less: `c -= other`. It gives nothing; the \
         counter stays the same object.",
        combine_in_place,
        Difference
    ),
    operator!(
        "__and__(value: mapping, /)",
        "A plain dict of the smaller of the counts here and in another counter, or in a plain dict: those that are more \
         than 0.",
        combine,
        Intersection
    ),
    operator!("__rand__(value: mapping, /)", "The same with the operands exchanged.", combine_before, Intersection),
    operator!(
        "__iand__(value: mapping, /)",
        "Lowers counts to those of a mapping and removes what counts 0 or less: `c &= other`. It gives nothing; the \
         counter stays the same object.",
        combine_in_place,
        Intersection
    ),
    operator!(
        "__or__(value: mapping, /)",
        "A plain dict of the greater of the counts here and in another counter, or in a plain dict: those that are more \
         than 0.",
        combine,
        Union
    ),
    operator!("__ror__(value: mapping, /)", "The same with the operands exchanged.", combine_before, Union),
    operator!(
        "__ior__(value: mapping, /)",
        "Raises counts to those of a mapping and removes what counts 0 or less: `c |= other`. It gives nothing; the \
         counter stays the same object.",
        combine_in_place,
        Union
    ),
    Method {
        signature: "__pos__()",
        doc: "A plain dict of the counts that are more than 0.",
        effect: Effect::Reads,
        run: Run::Now(|call| Counter::positive(call.me)),
    },
    Method {
        signature: "__neg__()",
        doc: "A plain dict of the counts that are less than 0, with the other sign.",
        effect: Effect::Reads,
        run: Run::Now(|call| Counter::negative(call.me)),
    },
    relation!(
        "__le__(value: mapping, /)",
        "Whether no count is more than that in another counter, or in a plain dict; what is not there counts 0.",
        Subset
    ),
    relation!("__lt__(value: mapping, /)", "The same, and some count is less.", ProperSubset),
    relation!("__ge__(value: mapping, /)", "Whether no count is less than that in another.", Superset),
    relation!("__gt__(value: mapping, /)", "The same, and some count is more.", ProperSuperset),
    Method {
        signature: "fetch_add(key, delta, initial=0, /)",
        doc: "Adds to a count, atomically, and returns what it was before: the initial value if the key was not there. \
              TypeError if either is not a number.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let delta = call.args.item(1)?;
            let initial = call.args.take(2).filter(|initial| !matches!(initial, Item::Null));
            Dict::fetch_add(call.me, key, &delta, initial)
        }),
    },
    Method {
        signature: "fetch_max(key, value, initial=0, /)",
        doc: "Replaces a count by one that is greater, atomically, and returns what it was before: the initial value if \
              the key was not there. TypeError if the two have no order.",
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
        doc: "Replaces a count, atomically, and returns what it was before: 0 if the key was not there.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            Dict::swap(call.me, &key, call.args.item(1)?)
        }),
    },
    Method {
        signature: "compare_exchange(key, expected, value, /)",
        doc: "Replaces a count if it is equal to the expected one, atomically. Returns whether it was, and what it was: \
              0 if the key was not there.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            let expected = call.args.item(1)?;
            Dict::compare_exchange(call.me, &key, &expected, call.args.item(2)?).and_then(operand::flagged)
        }),
    },
    Method {
        signature: "pop_if(key, expected, /)",
        doc: "Removes a key if its count is equal to the expected one, atomically. Returns whether it was, and what it \
              was: 0 if the key was not there.",
        effect: Effect::Changes,
        run: Run::Now(|call| {
            let key = call.args.item(0)?;
            Dict::pop_if(call.me, &key, &call.args.item(1)?).and_then(operand::flagged)
        }),
    },
    Method {
        signature: "get_many(keys: iterable, default=0, /)",
        doc: "A plain list of the counts of some keys, of one moment. Where there is no such key, it has the default.",
        effect: Effect::Reads,
        run: Run::Now(|call| {
            let keys = call.args.item(0)?;
            let default = call.args.take(1);
            Dict::get_many(call.me, &keys, default.as_ref())
        }),
    },
];

fn nothing((): ()) -> Item {
    Item::Null
}

/// How many of the most common are asked for; `None` for all.
fn number(most: &Item) -> Outcome<Option<u64>> {
    match most {
        Item::Null => Ok(None),
        Item::Int(most) => Ok(Some(u64::try_from(*most).unwrap_or(0))),
        Item::Bool(flag) => Ok(Some((*flag).into())),
        Item::Float(_) => Err(type_error("slice indices must be integers or None or have an __index__ method")),
        _ if most.kind() == Kind::BigInt => {
            let is_negative = most.less_than(&NONE).unwrap_or(false);
            Ok(Some(if is_negative { 0 } else { u64::MAX }))
        }
        other => Err(type_error(format!("'>=' not supported between instances of '{}' and 'int'", other.type_name()))),
    }
}

pub(super) static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("Counter", "CounterProxy", "A dict of counts: a key that is not there counts 0.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Counter(iterable: iterable=None, /, **kwargs)",
        run: |caller, mut args| {
            let counted = args.take(0);
            let keywords = args.take_kwargs();
            Counter::create_with(caller, counted.as_ref(), keywords)
        },
    }),
};
