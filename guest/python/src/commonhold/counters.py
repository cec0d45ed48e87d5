"""The proxies of counters, which are those of dicts with the methods that differ."""

from collections import Counter
from collections.abc import Mapping, MutableMapping

from .boundary import COUNTERS, PROXY, CountOperation, Relation, call
from .containers import DictProxy
from .proxies import AutoProxy, BaseProxy, proxy_for
from .values import argument, arguments_by_name, iterable, received

_COMBINE, _COMBINE_BEFORE, _COMBINE_IN_PLACE = COUNTERS.combine, COUNTERS.combine_before, COUNTERS.combine_in_place
_COMPARE, _ELEMENTS, _MOST_COMMON = COUNTERS.compare, COUNTERS.elements, COUNTERS.most_common
_NEGATIVE, _POSITIVE, _SUBTRACT = COUNTERS.negative, COUNTERS.positive, COUNTERS.subtract
_TOTAL, _UPDATE = COUNTERS.total, COUNTERS.update
_CALL = PROXY.call

_MOST = 0xFFFFFFFFFFFFFFFF


def counted(value):
    """What a counter counts, as a value that travels: a mapping's counts or an iterable's items."""
    if isinstance(value, Mapping) and not isinstance(value, (dict, BaseProxy)):
        value = dict(value.items())
    return iterable(value)


def _is_counter(value):
    """Whether an operator takes it. A counter that has travelled is a plain dict; what is behind an
    AutoProxy, the manager finds out."""
    return isinstance(value, (dict, CounterProxy, AutoProxy))


def _operator(operation):
    """The three forms of an operator."""
    def plain(self, other, /):
        if not _is_counter(other):
            return NotImplemented
        return Counter(received(call(_COMBINE, [self._handle, operation, argument(other)])))

    def before(self, other, /):
        if not _is_counter(other):
            return NotImplemented
        return Counter(received(call(_COMBINE_BEFORE, [self._handle, operation, argument(other)])))

    def in_place(self, other, /):
        if isinstance(other, Mapping) and not isinstance(other, (dict, BaseProxy)):
            other = dict(other.items())
        received(call(_COMBINE_IN_PLACE, [self._handle, operation, argument(other)]))
        return self

    return plain, before, in_place


def _comparison(relation):
    def compare(self, other, /):
        if not _is_counter(other):
            return NotImplemented
        return received(call(_COMPARE, [self._handle, relation, argument(other)]))
    return compare


@proxy_for("Counter")
class CounterProxy(DictProxy):
    """A proxy to a shared counter. Copies, and what operators make, are ``collections.Counter``
    objects; ``elements`` and ``most_common`` are plain lists."""

    __module__ = "multiprocessing.managers"

    def _count(self, function, method, args, kwds):
        if len(args) == 1 and not kwds:
            received(call(function, [self._handle, counted(args[0])]))
        else:
            received(call(_CALL, [
                self._handle, method, [counted(value) for value in args],
                arguments_by_name(kwds)]))

    def update(self, *args, **kwds):
        """Counts the items of an iterable, or adds the counts of a mapping, and those given by name."""
        self._count(_UPDATE, "update", args, kwds)

    def subtract(self, *args, **kwds):
        """The same with counts subtracted, which may come below 0."""
        self._count(_SUBTRACT, "subtract", args, kwds)

    def most_common(self, n=None):
        """A plain list of the keys that count most, so many or all, each with its count."""
        if n is not None and not isinstance(n, int):
            return self._callmethod("most_common", (n,))
        return received(call(_MOST_COMMON, [self._handle, None if n is None else min(max(n, 0), _MOST)]))

    def elements(self):
        """A plain list of the keys, each as many times as it counts."""
        return received(call(_ELEMENTS, [self._handle]))

    def total(self):
        """The sum of the counts."""
        return received(call(_TOTAL, [self._handle]))

    def copy(self):
        """A plain counter with the same counts."""
        return Counter(super().copy())

    def __deepcopy__(self, memo):
        return Counter(self._getvalue())

    @staticmethod
    def fromkeys(iterable, v=None):
        """It has no meaning."""
        raise NotImplementedError("Counter.fromkeys() is undefined.  Use Counter(iterable) instead.")

    __add__, __radd__, __iadd__ = _operator(CountOperation.SUM)
    __sub__, __rsub__, __isub__ = _operator(CountOperation.DIFFERENCE)
    __and__, __rand__, __iand__ = _operator(CountOperation.INTERSECTION)
    __or__, __ror__, __ior__ = _operator(CountOperation.UNION)

    def __pos__(self):
        return Counter(received(call(_POSITIVE, [self._handle])))

    def __neg__(self):
        return Counter(received(call(_NEGATIVE, [self._handle])))

    __le__ = _comparison(Relation.SUBSET)
    __lt__ = _comparison(Relation.PROPER_SUBSET)
    __ge__ = _comparison(Relation.SUPERSET)
    __gt__ = _comparison(Relation.PROPER_SUPERSET)


MutableMapping.register(CounterProxy)
