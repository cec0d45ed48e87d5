//! The declaration of `set`.

use super::*;

pub(super) const CONTAINS: u32 = Method::number(METHODS, "__contains__");
pub(super) const LEN: u32 = Method::number(METHODS, "__len__");
pub(super) const ITER: u32 = Method::number(METHODS, "__iter__");
pub(super) const ADD: u32 = Method::number(METHODS, "add");
pub(super) const CLEAR: u32 = Method::number(METHODS, "clear");
pub(super) const COPY: u32 = Method::number(METHODS, "copy");
pub(super) const DIFFERENCE: u32 = Method::number(METHODS, "difference");
pub(super) const DIFFERENCE_UPDATE: u32 = Method::number(METHODS, "difference_update");
pub(super) const DISCARD: u32 = Method::number(METHODS, "discard");
pub(super) const INTERSECTION: u32 = Method::number(METHODS, "intersection");
pub(super) const INTERSECTION_UPDATE: u32 = Method::number(METHODS, "intersection_update");
pub(super) const ISDISJOINT: u32 = Method::number(METHODS, "isdisjoint");
pub(super) const ISSUBSET: u32 = Method::number(METHODS, "issubset");
pub(super) const ISSUPERSET: u32 = Method::number(METHODS, "issuperset");
pub(super) const POP: u32 = Method::number(METHODS, "pop");
pub(super) const REMOVE: u32 = Method::number(METHODS, "remove");
pub(super) const SYMMETRIC_DIFFERENCE: u32 = Method::number(METHODS, "symmetric_difference");
pub(super) const SYMMETRIC_DIFFERENCE_UPDATE: u32 = Method::number(METHODS, "symmetric_difference_update");
pub(super) const UNION: u32 = Method::number(METHODS, "union");
pub(super) const UPDATE: u32 = Method::number(METHODS, "update");

impl Operation {
    pub(super) fn operator(self) -> &'static str {
        match self {
            Self::Union => "|",
            Self::Intersection => "&",
            Self::Difference => "-",
            Self::SymmetricDifference => "^",
        }
    }

    pub(super) fn right(self) -> u32 {
        match self {
            Self::Union => const { Method::number(METHODS, "__or__") },
            Self::Intersection => const { Method::number(METHODS, "__and__") },
            Self::Difference => const { Method::number(METHODS, "__sub__") },
            Self::SymmetricDifference => const { Method::number(METHODS, "__xor__") },
        }
    }

    pub(super) fn right_before(self) -> u32 {
        match self {
            Self::Union => const { Method::number(METHODS, "__ror__") },
            Self::Intersection => const { Method::number(METHODS, "__rand__") },
            Self::Difference => const { Method::number(METHODS, "__rsub__") },
            Self::SymmetricDifference => const { Method::number(METHODS, "__rxor__") },
        }
    }

    pub(super) fn right_in_place(self) -> u32 {
        match self {
            Self::Union => const { Method::number(METHODS, "__ior__") },
            Self::Intersection => const { Method::number(METHODS, "__iand__") },
            Self::Difference => const { Method::number(METHODS, "__isub__") },
            Self::SymmetricDifference => const { Method::number(METHODS, "__ixor__") },
        }
    }
}

impl Relation {
    pub(in super::super) fn operator(self) -> &'static str {
        match self {
            Self::Subset => "<=",
            Self::ProperSubset => "<",
            Self::Superset => ">=",
            Self::ProperSuperset => ">",
        }
    }

    pub(super) fn right(self) -> u32 {
        match self {
            Self::Subset => const { Method::number(METHODS, "__le__") },
            Self::ProperSubset => const { Method::number(METHODS, "__lt__") },
            Self::Superset => const { Method::number(METHODS, "__ge__") },
            Self::ProperSuperset => const { Method::number(METHODS, "__gt__") },
        }
    }
}

/// An operator, in one of its three forms: `s | other`, `other | s` and `s |= other`.
macro_rules! operator {
    ($signature:literal, $doc:literal, combine_in_place, $operation:ident) => {
        Method {
            signature: $signature,
            doc: $doc,
            effect: Effect::Changes,
            run: Run::Now(|call| {
                Set::combine_in_place(call.me, Operation::$operation, &call.args.item(0)?).map(nothing)
            }),
        }
    };
    ($signature:literal, $doc:literal, $form:ident, $operation:ident) => {
        Method {
            signature: $signature,
            doc: $doc,
            effect: Effect::Reads,
            run: Run::Now(|call| Set::$form(call.me, Operation::$operation, &call.args.item(0)?)),
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
            run: Run::Now(|call| Set::compare(call.me, Relation::$relation, &call.args.item(0)?).map(Item::Bool)),
        }
    };
}

const METHODS: &[Method] = &[
    operator!(
        "__and__(value: iterable, /)",
        "A plain set of the elements that are in both sets. TypeError if the other is not a set.",
        combine,
        Intersection
    ),
    operator!(
        "__rand__(value: iterable, /)",
        "The same with the operands exchanged; a frozenset if the other is one.",
        combine_before,
        Intersection
    ),
    operator!(
        "__iand__(value: iterable, /)",
        "Removes the elements that are not in another set, too: `s &= other`. It gives nothing; the set stays the same object.",
        combine_in_place,
        Intersection
    ),
    operator!(
        "__or__(value: iterable, /)",
        "A plain set of the elements of both sets. TypeError if the other is not a set.",
        combine,
        Union
    ),
    operator!(
        "__ror__(value: iterable, /)",
        "The same with the operands exchanged; a frozenset if the other is one.",
        combine_before,
        Union
    ),
    operator!(
        "__ior__(value: iterable, /)",
        "Adds the elements of another set: `s |= other`. It gives nothing; the set stays the same object.",
        combine_in_place,
        Union
    ),
    operator!(
        "__sub__(value: iterable, /)",
        "A plain set of the elements that are not in another set. TypeError if the other is not a set.",
        combine,
        Difference
    ),
    operator!(
        "__rsub__(value: iterable, /)",
        "A plain set of the elements of another set that are not in this one; a frozenset if the other is one.",
        combine_before,
        Difference
    ),
    operator!(
        "__isub__(value: iterable, /)",
        "Removes the elements of another set: `s -= other`. It gives nothing; the set stays the same object.",
        combine_in_place,
        Difference
    ),
    operator!(
        "__xor__(value: iterable, /)",
        "A plain set of the elements that are in one of both sets only. TypeError if the other is not a set.",
        combine,
        SymmetricDifference
    ),
    operator!(
        "__rxor__(value: iterable, /)",
        "The same with the operands exchanged; a frozenset if the other is one.",
        combine_before,
        SymmetricDifference
    ),
    operator!(
        "__ixor__(value: iterable, /)",
        "Removes the elements that are in another set, too, and adds its others: `s ^= other`. It gives nothing; the set stays the same object.",
        combine_in_place,
        SymmetricDifference
    ),
    relation!(
        "__le__(value: iterable, /)",
        "Whether all elements are in another set. TypeError if the other is not a set.",
        Subset
    ),
    relation!("__lt__(value: iterable, /)", "Whether all elements are in another set, which has more.", ProperSubset),
    relation!("__ge__(value: iterable, /)", "Whether all elements of another set are in this one.", Superset),
    relation!(
        "__gt__(value: iterable, /)",
        "Whether all elements of another set are in this one, which has more.",
        ProperSuperset
    ),
    Method {
        signature: "__contains__(element, /)",
        doc: "Whether there is such an element. A set stands for the frozenset that is equal to it, here and where elements are removed.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::contains(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "__len__()",
        doc: "The number of elements.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::length(call.me).map(|length| Item::Int(length as i64))),
    },
    Method {
        signature: "__iter__()",
        doc: "A plain list of the elements at this moment, in order of insertion.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::items(call.me)),
    },
    Method {
        signature: "add(element, /)",
        doc: "Adds an element, unless there is an equal one.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::add(call.me, call.args.item(0)?).map(|_| Item::Null)),
    },
    Method {
        signature: "clear()",
        doc: "Removes all elements.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::clear(call.me).map(nothing)),
    },
    Method {
        signature: "copy()",
        doc: "A plain set of the elements.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::copy(call.me)),
    },
    Method {
        signature: "difference(*others: iterable)",
        doc: "A plain set of the elements that are in none of the others.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::difference(call.me, &call.args.take_more())),
    },
    Method {
        signature: "difference_update(*others: iterable)",
        doc: "Removes all elements that are in one of the others.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::difference_update(call.me, &call.args.take_more()).map(nothing)),
    },
    Method {
        signature: "discard(element, /)",
        doc: "Removes an element if it is there.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::discard(call.me, &call.args.item(0)?).map(|_| Item::Null)),
    },
    Method {
        signature: "intersection(*others: iterable)",
        doc: "A plain set of the elements that are in all of the others, too. Of equal elements it has that of the smaller set, or of the iterable.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::intersection(call.me, &call.args.take_more())),
    },
    Method {
        signature: "intersection_update(*others: iterable)",
        doc: "Removes all elements that are not in all of the others.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::intersection_update(call.me, &call.args.take_more()).map(nothing)),
    },
    Method {
        signature: "isdisjoint(other: iterable, /)",
        doc: "Whether no element is in the other.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::is_disjoint(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "issubset(other: iterable, /)",
        doc: "Whether all elements are in the other.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::is_subset(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "issuperset(other: iterable, /)",
        doc: "Whether all items of the other are elements.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::is_superset(call.me, &call.args.item(0)?).map(Item::Bool)),
    },
    Method {
        signature: "pop()",
        doc: "Removes the element that was added last and returns it. KeyError if the set is empty.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::pop(call.me)),
    },
    Method {
        signature: "remove(element, /)",
        doc: "Removes an element. KeyError if it is not there.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::remove(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "symmetric_difference(other: iterable, /)",
        doc: "A plain set of the elements that are either in this set or in the other, but not in both.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::symmetric_difference(call.me, &call.args.item(0)?)),
    },
    Method {
        signature: "symmetric_difference_update(other: iterable, /)",
        doc: "Removes the elements that are in the other, too, and adds the other's others.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::symmetric_difference_update(call.me, &call.args.item(0)?).map(nothing)),
    },
    Method {
        signature: "union(*others: iterable)",
        doc: "A plain set of this set's elements and those of the others.",
        effect: Effect::Reads,
        run: Run::Now(|call| Set::union(call.me, &call.args.take_more())),
    },
    Method {
        signature: "update(*others: iterable)",
        doc: "Adds all items of the others.",
        effect: Effect::Changes,
        run: Run::Now(|call| Set::update(call.me, &call.args.take_more()).map(nothing)),
    },
];

fn nothing((): ()) -> Item {
    Item::Null
}

pub(super) static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("set", "SetProxy", "Distinct hashable elements, in order of insertion.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "set(iterable: iterable=(), /)",
        run: |caller, mut args| match args.take(0) {
            None => Ok(Set::create(caller)),
            Some(iterable) => Set::create_from(caller, &iterable),
        },
    }),
};
