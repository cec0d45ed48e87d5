"""The proxies of deques."""

from collections import deque
from collections.abc import MutableSequence

from .boundary import DEQUES, PLAIN, call
from .containers import _INT_MAX, _INT_MIN, _clipped, _position, _size, _times
from .proxies import BaseProxy, iterate, proxy_for
from .values import argument, iterable, received

_APPEND, _APPEND_LEFT, _CLEAR, _CONCAT = DEQUES.append, DEQUES.append_left, DEQUES.clear, DEQUES.concat
_CONTAINS, _COPY, _COPY_REVERSED, _COUNT = DEQUES.contains, DEQUES.copy, DEQUES.copy_reversed, DEQUES.count
_DELETE_ITEM, _EXTEND, _EXTEND_LEFT = DEQUES.delete_item, DEQUES.extend, DEQUES.extend_left
_GET_ITEM, _INDEX, _INSERT, _LENGTH = DEQUES.get_item, DEQUES.index, DEQUES.insert, DEQUES.length
_MAX_LENGTH, _POP, _POP_LEFT, _REMOVE = DEQUES.max_length, DEQUES.pop, DEQUES.pop_left, DEQUES.remove
_REPEAT, _REPEAT_IN_PLACE, _REVERSE = DEQUES.repeat, DEQUES.repeat_in_place, DEQUES.reverse
_ROTATE, _SET_ITEM = DEQUES.rotate, DEQUES.set_item


def _index(key):
    try:
        return _position(key)
    except TypeError:
        raise TypeError(f"sequence index must be integer, not '{type(key).__name__}'") from None


def max_length(value):
    """The greatest length of a new deque, as ``collections.deque`` takes it."""
    if value is None:
        return None
    if not isinstance(value, int):
        raise TypeError("an integer is required")
    if _size(value) < 0:
        raise ValueError("maxlen must be non-negative")
    return int(value)


@proxy_for("deque")
class DequeProxy(BaseProxy):
    """A proxy to a shared deque. Copies, sums and products are ``collections.deque`` objects.
    Iterating over it takes one item at a time, and fails once it has changed."""

    __module__ = "multiprocessing.managers"

    @property
    def maxlen(self):
        """How many items it keeps at most; None if there is no such number."""
        result = call(_MAX_LENGTH, [self._handle])
        return result if type(result) is int else received(result)

    def __getitem__(self, key, /):
        result = call(_GET_ITEM, [self._handle, key if _is_small(key) else _index(key)])
        return result if type(result) in PLAIN else received(result)

    def __setitem__(self, key, value, /):
        received(call(_SET_ITEM, [self._handle, _index(key), argument(value)]))

    def __delitem__(self, key, /):
        received(call(_DELETE_ITEM, [self._handle, _index(key)]))

    def __len__(self):
        result = call(_LENGTH, [self._handle])
        return result if type(result) is int else received(result)

    def __contains__(self, value, /):
        return received(call(_CONTAINS, [self._handle, argument(value)]))

    __iter__ = iterate

    def __reversed__(self):
        return iter(received(call(_COPY_REVERSED, [self._handle])))

    def append(self, value, /):
        """Adds an item at the right end."""
        result = call(_APPEND, [self._handle, argument(value)])
        if result is not None:
            received(result)

    def appendleft(self, value, /):
        """Adds an item at the left end."""
        result = call(_APPEND_LEFT, [self._handle, argument(value)])
        if result is not None:
            received(result)

    def extend(self, values, /):
        """Adds the items of an iterable at the right end."""
        received(call(_EXTEND, [self._handle, iterable(values)]))

    def extendleft(self, values, /):
        """Adds the items of an iterable at the left end, one after the other."""
        received(call(_EXTEND_LEFT, [self._handle, iterable(values)]))

    def insert(self, index, value, /):
        """Puts an item before an index."""
        received(call(_INSERT, [self._handle, _size(index), argument(value)]))

    def pop(self):
        """Removes and returns the item at the right end."""
        result = call(_POP, [self._handle])
        return result if type(result) in PLAIN else received(result)

    def popleft(self):
        """Removes and returns the item at the left end."""
        result = call(_POP_LEFT, [self._handle])
        return result if type(result) in PLAIN else received(result)

    def remove(self, value, /):
        """Removes the first item that is equal to the value."""
        received(call(_REMOVE, [self._handle, argument(value)]))

    def clear(self):
        """Removes all items."""
        received(call(_CLEAR, [self._handle]))

    def copy(self):
        """A plain deque of the items, with the same greatest length."""
        return deque(received(call(_COPY, [self._handle])), self.maxlen)

    def count(self, value, /):
        """How many items are equal to the value."""
        return received(call(_COUNT, [self._handle, argument(value)]))

    def index(self, value, start=0, stop=_INT_MAX, /):
        """The first position of an item that is equal to the value."""
        return received(call(_INDEX, [self._handle, argument(value), _clipped(start), _clipped(stop)]))

    def reverse(self):
        """Reverses the deque in place."""
        received(call(_REVERSE, [self._handle]))

    def rotate(self, n=1, /):
        """Moves so many items from the right end to the left one; the other way if it is negative."""
        received(call(_ROTATE, [self._handle, _size(n)]))

    def __deepcopy__(self, memo):
        return deque(self._getvalue(), self.maxlen)

    def __add__(self, other, /):
        if not isinstance(other, (deque, DequeProxy)):
            raise TypeError(f'can only concatenate deque (not "{type(other).__name__}") to deque')
        other = list(other) if isinstance(other, deque) else other
        return deque(received(call(_CONCAT, [self._handle, argument(other)])), self.maxlen)

    def __radd__(self, other, /):
        if not isinstance(other, deque):
            return NotImplemented
        return other + deque(self._getvalue())

    def __iadd__(self, values, /):
        self.extend(values)
        return self

    def __mul__(self, times, /):
        return deque(received(call(_REPEAT, [self._handle, _times(times)])), self.maxlen)

    __rmul__ = __mul__

    def __imul__(self, times, /):
        received(call(_REPEAT_IN_PLACE, [self._handle, _times(times)]))
        return self


def _is_small(key):
    return type(key) is int and _INT_MIN <= key <= _INT_MAX


MutableSequence.register(DequeProxy)
