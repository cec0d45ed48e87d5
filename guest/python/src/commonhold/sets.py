"""The proxies of sets. Each method is one call of the typed interface."""

from . import generic
from .boundary import PLAIN, SETS, Operation, Relation, call
from .proxies import AutoProxy, proxy_for
from .values import argument, iterable, received

_ADD, _CLEAR, _COMBINE, _COMBINE_BEFORE = SETS.add, SETS.clear, SETS.combine, SETS.combine_before
_COMBINE_IN_PLACE, _COMPARE, _CONTAINS, _COPY = SETS.combine_in_place, SETS.compare, SETS.contains, SETS.copy
_DIFFERENCE, _DIFFERENCE_UPDATE, _DISCARD = SETS.difference, SETS.difference_update, SETS.discard
_INTERSECTION, _INTERSECTION_UPDATE = SETS.intersection, SETS.intersection_update
_IS_DISJOINT, _IS_SUBSET, _IS_SUPERSET, _ITEMS = SETS.is_disjoint, SETS.is_subset, SETS.is_superset, SETS.items
_LENGTH, _POP, _REMOVE = SETS.length, SETS.pop, SETS.remove
_SYMMETRIC_DIFFERENCE, _SYMMETRIC_DIFFERENCE_UPDATE = SETS.symmetric_difference, SETS.symmetric_difference_update
_UNION, _UPDATE = SETS.union, SETS.update


def _is_set(value):
    """Whether an operator takes it. What is behind an AutoProxy, the manager finds out."""
    return isinstance(value, (set, frozenset, generic.SetProxy, AutoProxy))


def _operator(operation):
    """The three forms of an operator."""
    def plain(self, other, /):
        if not _is_set(other):
            return NotImplemented
        return received(call(_COMBINE, [self._handle, operation, argument(other)]))

    def before(self, other, /):
        if not _is_set(other):
            return NotImplemented
        return received(call(_COMBINE_BEFORE, [self._handle, operation, argument(other)]))

    def in_place(self, other, /):
        if not _is_set(other):
            return NotImplemented
        received(call(_COMBINE_IN_PLACE, [self._handle, operation, argument(other)]))
        return self

    return plain, before, in_place


def _comparison(relation):
    def compare(self, other, /):
        if not _is_set(other):
            return NotImplemented
        return received(call(_COMPARE, [self._handle, relation, argument(other)]))
    return compare


@proxy_for("set")
class SetProxy(generic.SetProxy):
    """A proxy to a shared set, whose elements are in order of insertion. Iterating over it goes
    through a copy of what is in it at that moment."""

    __module__ = "multiprocessing.managers"

    def __len__(self):
        result = call(_LENGTH, [self._handle])
        return result if type(result) is int else received(result)

    def __contains__(self, element, /):
        result = call(_CONTAINS, [self._handle, argument(element)])
        return result if type(result) is bool else received(result)

    def __iter__(self):
        return iter(received(call(_ITEMS, [self._handle])))

    def add(self, element, /):
        """Adds an element, unless there is an equal one."""
        result = call(_ADD, [self._handle, argument(element)])
        if type(result) is not bool:
            received(result)

    def discard(self, element, /):
        """Removes an element if it is there."""
        result = call(_DISCARD, [self._handle, argument(element)])
        if type(result) is not bool:
            received(result)

    def remove(self, element, /):
        """Removes an element, which must be there."""
        received(call(_REMOVE, [self._handle, argument(element)]))

    def pop(self):
        """Removes and returns the element that was added last."""
        result = call(_POP, [self._handle])
        return result if type(result) in PLAIN else received(result)

    def clear(self):
        """Removes all elements."""
        received(call(_CLEAR, [self._handle]))

    def copy(self):
        """A plain set of the elements."""
        return received(call(_COPY, [self._handle]))

    def isdisjoint(self, other, /):
        """Whether no element is in the other."""
        return received(call(_IS_DISJOINT, [self._handle, iterable(other)]))

    def issubset(self, other, /):
        """Whether all elements are in the other."""
        return received(call(_IS_SUBSET, [self._handle, iterable(other)]))

    def issuperset(self, other, /):
        """Whether all items of the other are elements."""
        return received(call(_IS_SUPERSET, [self._handle, iterable(other)]))

    def union(self, *others):
        """A plain set of the elements and those of the others."""
        return received(call(_UNION, [self._handle, [iterable(other) for other in others]]))

    def intersection(self, *others):
        """A plain set of the elements that are in all of the others, too."""
        return received(call(_INTERSECTION, [self._handle, [iterable(other) for other in others]]))

    def difference(self, *others):
        """A plain set of the elements that are in none of the others."""
        return received(call(_DIFFERENCE, [self._handle, [iterable(other) for other in others]]))

    def symmetric_difference(self, other, /):
        """A plain set of the elements that are here or in the other, but not in both."""
        return received(call(_SYMMETRIC_DIFFERENCE, [self._handle, iterable(other)]))

    def update(self, *others):
        """Adds the items of the others."""
        received(call(_UPDATE, [self._handle, [iterable(other) for other in others]]))

    def intersection_update(self, *others):
        """Removes all elements that are not in all of the others."""
        received(call(_INTERSECTION_UPDATE, [self._handle, [iterable(other) for other in others]]))

    def difference_update(self, *others):
        """Removes all elements that are in one of the others."""
        received(call(_DIFFERENCE_UPDATE, [self._handle, [iterable(other) for other in others]]))

    def symmetric_difference_update(self, other, /):
        """Removes the elements that are in the other, too, and adds its others."""
        received(call(_SYMMETRIC_DIFFERENCE_UPDATE, [self._handle, iterable(other)]))

    __or__, __ror__, __ior__ = _operator(Operation.UNION)
    __and__, __rand__, __iand__ = _operator(Operation.INTERSECTION)
    __sub__, __rsub__, __isub__ = _operator(Operation.DIFFERENCE)
    __xor__, __rxor__, __ixor__ = _operator(Operation.SYMMETRIC_DIFFERENCE)

    __le__ = _comparison(Relation.SUBSET)
    __lt__ = _comparison(Relation.PROPER_SUBSET)
    __ge__ = _comparison(Relation.SUPERSET)
    __gt__ = _comparison(Relation.PROPER_SUPERSET)

