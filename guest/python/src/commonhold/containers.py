"""The proxies of lists, dicts and iterators.

Each method is one call of the typed interface. The comparison that follows most calls tells a
plain value, which is the result, from what ``received`` has to look at.
"""

from operator import index as as_index

from . import generic
from .boundary import DICTS, ITERATORS, LISTS, PLAIN, Err, ErrorKind, Slice, call
from .locks import nanoseconds
from .proxies import BaseProxy, proxy_for, wrapped
from .values import argument, iterable, received

_INT_MIN, _INT_MAX = -0x8000000000000000, 0x7FFFFFFFFFFFFFFF


def _position(value):
    """An index that may be too large: such a one is outside of every list."""
    position = as_index(value)
    if not _INT_MIN <= position <= _INT_MAX:
        raise IndexError("cannot fit 'int' into an index-sized integer")
    return position


def _size(value):
    """An index of a method, whose messages differ from those of ``[]``."""
    position = as_index(value)
    if not _INT_MIN <= position <= _INT_MAX:
        raise OverflowError("Python int too large to convert to C ssize_t")
    return position


def _clipped(value):
    """A bound that is as good as the nearest one that fits."""
    if value is None:
        return None
    try:
        bound = as_index(value)
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None
    return min(max(bound, _INT_MIN), _INT_MAX)


def _bounds(key):
    return Slice(_clipped(key.start), _clipped(key.stop), _clipped(key.step))


def _list_index(key):
    try:
        return _position(key)
    except TypeError:
        raise TypeError(f"list indices must be integers or slices, not {type(key).__name__}") from None


_list = LISTS
_L_APPEND, _L_CLEAR, _L_CONCAT, _L_CONCAT_BEFORE = _list.append, _list.clear, _list.concat, _list.concat_before
_L_CONTAINS, _L_COPY, _L_COPY_REVERSED, _L_COUNT = _list.contains, _list.copy, _list.copy_reversed, _list.count
_L_DELETE_ITEM, _L_DELETE_SLICE, _L_EXTEND = _list.delete_item, _list.delete_slice, _list.extend
_L_FETCH_ADD, _L_GET_ITEM, _L_GET_SLICE, _L_INDEX = _list.fetch_add, _list.get_item, _list.get_slice, _list.index
_L_INSERT, _L_LENGTH, _L_POP, _L_REMOVE = _list.insert, _list.length, _list.pop, _list.remove
_L_REPEAT, _L_REPEAT_IN_PLACE, _L_REVERSE = _list.repeat, _list.repeat_in_place, _list.reverse
_L_SET_ITEM, _L_SET_SLICE, _L_SNAPSHOT = _list.set_item, _list.set_slice, _list.snapshot
_L_SORT, _L_SORT_BY_KEYS = _list.sort, _list.sort_by_keys
_L_FETCH_MAX, _L_SWAP, _L_COMPARE_EXCHANGE = _list.fetch_max, _list.swap, _list.compare_exchange
_L_POP_IF, _L_GET_MANY, _L_SET_MANY = _list.pop_if, _list.get_many, _list.set_many
_L_GET_PATH, _L_SET_PATH = _list.get_path, _list.set_path


def _flagged(result):
    """A truth value and a value, or their error."""
    if type(result) is not tuple:
        return received(result)
    flag, value = result
    return flag, received(value)


@proxy_for("list")
class ListProxy(generic.ListProxy):
    """A proxy to a shared list. Iterating over it takes one item at a time, as it is then."""

    __module__ = "multiprocessing.managers"

    def __getitem__(self, key, /):
        if type(key) is int and _INT_MIN <= key <= _INT_MAX:
            result = call(_L_GET_ITEM, [self._handle, key])
            return result if type(result) in PLAIN else received(result)
        if isinstance(key, slice):
            return received(call(_L_GET_SLICE, [self._handle, _bounds(key)]))
        return received(call(_L_GET_ITEM, [self._handle, _list_index(key)]))

    def __setitem__(self, key, value, /):
        if isinstance(key, slice):
            result = call(_L_SET_SLICE, [self._handle, _bounds(key), iterable(value)])
        else:
            if type(key) is not int or not _INT_MIN <= key <= _INT_MAX:
                key = _list_index(key)
            result = call(_L_SET_ITEM, [self._handle, key, argument(value)])
        if result is not None:
            received(result)

    def __delitem__(self, key, /):
        if isinstance(key, slice):
            received(call(_L_DELETE_SLICE, [self._handle, _bounds(key)]))
        else:
            received(call(_L_DELETE_ITEM, [self._handle, _list_index(key)]))

    def __len__(self):
        result = call(_L_LENGTH, [self._handle])
        return result if type(result) is int else received(result)

    def __contains__(self, value, /):
        return received(call(_L_CONTAINS, [self._handle, argument(value)]))

    def __reversed__(self):
        return iter(received(call(_L_COPY_REVERSED, [self._handle])))

    def append(self, value, /):
        """Adds an item at the end."""
        result = call(_L_APPEND, [self._handle, argument(value)])
        if result is not None:
            received(result)

    def extend(self, values, /):
        """Adds the items of an iterable at the end."""
        received(call(_L_EXTEND, [self._handle, iterable(values)]))

    def insert(self, index, value, /):
        """Puts an item before an index."""
        received(call(_L_INSERT, [self._handle, _size(index), argument(value)]))

    def pop(self, index=-1, /):
        """Removes and returns the item at an index, the last one if none is given."""
        result = call(_L_POP, [self._handle, _size(index)])
        return result if type(result) in PLAIN else received(result)

    def remove(self, value, /):
        """Removes the first item that is equal to the value."""
        received(call(_L_REMOVE, [self._handle, argument(value)]))

    def clear(self):
        """Removes all items."""
        received(call(_L_CLEAR, [self._handle]))

    def copy(self):
        """A plain list of the items."""
        return received(call(_L_COPY, [self._handle]))

    def count(self, value, /):
        """How many items are equal to the value."""
        return received(call(_L_COUNT, [self._handle, argument(value)]))

    def index(self, value, start=0, stop=_INT_MAX, /):
        """The first position of an item that is equal to the value."""
        return received(call(_L_INDEX, [self._handle, argument(value), _clipped(start), _clipped(stop)]))

    def reverse(self):
        """Reverses the list in place."""
        received(call(_L_REVERSE, [self._handle]))

    def sort(self, *, key=None, reverse=False):
        """Sorts the list in place. A key function runs here, on a copy of the items; the list must
        not change meanwhile."""
        if key is None:
            received(call(_L_SORT, [self._handle, bool(reverse)]))
            return
        result = call(_L_SNAPSHOT, [self._handle])
        version, items = result if type(result) is tuple else received(result)
        keys = [key(item) for item in received(items)]
        result = call(_L_SORT_BY_KEYS, [self._handle, version, argument(keys), bool(reverse)])
        if type(result) is Err and result.value.kind is ErrorKind.STALE:
            raise ValueError("list modified during sort")
        received(result)

    def fetch_add(self, index, delta, /):
        """Adds to the number at an index, atomically, and returns what was there before."""
        return received(call(_L_FETCH_ADD, [self._handle, _position(index), argument(delta)]))

    def fetch_max(self, index, value, /):
        """Replaces the item at an index by a greater one, atomically, and returns what was there before."""
        return received(call(_L_FETCH_MAX, [self._handle, _list_index(index), argument(value)]))

    def swap(self, index, value, /):
        """Replaces the item at an index, atomically, and returns what was there before."""
        return received(call(_L_SWAP, [self._handle, _list_index(index), argument(value)]))

    def compare_exchange(self, index, expected, value, /):
        """Replaces the item at an index if it is equal to the expected one, atomically. Returns
        whether it was, and what was there."""
        return _flagged(call(_L_COMPARE_EXCHANGE, [
            self._handle, _list_index(index), argument(expected), argument(value)]))

    def pop_if(self, index, expected, /):
        """Removes the item at an index if it is equal to the expected one, atomically. Returns
        whether it was, and what was there."""
        return _flagged(call(_L_POP_IF, [self._handle, _list_index(index), argument(expected)]))

    def get_many(self, indexes, /):
        """A plain list of the items at some indexes, of one moment."""
        return received(call(_L_GET_MANY, [self._handle, iterable(indexes)]))

    def set_many(self, pairs, /):
        """Replaces the items at some indexes at one moment: all of them, or none if there is an error."""
        received(call(_L_SET_MANY, [self._handle, entries(pairs)]))

    def get_path(self, path, /):
        """The value at the end of a path: a list of keys and indexes, each of which leads into a
        plain value or through a proxy."""
        return received(call(_L_GET_PATH, [self._handle, argument(path)]))

    def set_path(self, path, value, /):
        """Puts a value at the end of a path. A plain value that it leads into is replaced as a
        whole, atomically."""
        received(call(_L_SET_PATH, [self._handle, argument(path), argument(value)]))

    def __add__(self, other, /):
        return received(call(_L_CONCAT, [self._handle, argument(other)]))

    def __radd__(self, other, /):
        return received(call(_L_CONCAT_BEFORE, [self._handle, argument(other)]))

    def __iadd__(self, values, /):
        self.extend(values)
        return self

    def __mul__(self, times, /):
        return received(call(_L_REPEAT, [self._handle, _times(times)]))

    __rmul__ = __mul__

    def __imul__(self, times, /):
        received(call(_L_REPEAT_IN_PLACE, [self._handle, _times(times)]))
        return self


def _times(value):
    try:
        return _position(value)
    except TypeError:
        raise TypeError(f"can't multiply sequence by non-int of type '{type(value).__name__}'") from None
    except IndexError:
        raise OverflowError("cannot fit 'int' into an index-sized integer") from None


_dict = DICTS
_D_CLEAR, _D_CONTAINS, _D_COPY, _D_DELETE_ITEM = _dict.clear, _dict.contains, _dict.copy, _dict.delete_item
_D_FETCH_ADD, _D_FIND, _D_GET_ITEM, _D_ITEMS = _dict.fetch_add, _dict.find, _dict.get_item, _dict.items
_D_ITERATE, _D_KEYS, _D_KEYS_REVERSED = _dict.iterate, _dict.keys, _dict.keys_reversed
_D_LENGTH, _D_MERGE, _D_MERGE_BEFORE = _dict.length, _dict.merge, _dict.merge_before
_D_POP_ITEM, _D_SET_DEFAULT, _D_SET_ITEM = _dict.pop_item, _dict.set_default, _dict.set_item
_D_TAKE, _D_UPDATE, _D_VALUES = _dict.take, _dict.update, _dict.values
_D_FETCH_MAX, _D_SWAP, _D_COMPARE_EXCHANGE = _dict.fetch_max, _dict.swap, _dict.compare_exchange
_D_POP_IF, _D_GET_MANY, _D_SET_MANY = _dict.pop_if, _dict.get_many, _dict.set_many
_D_GET_PATH, _D_SET_PATH = _dict.get_path, _dict.set_path

_MISSING = object()


def entries(value):
    """What a dict can be made of or updated with, as a value that travels."""
    if not isinstance(value, (dict, list, tuple, BaseProxy)) and hasattr(type(value), "keys"):
        value = dict(value)
    return iterable(value)


@proxy_for("dict")
class DictProxy(generic.DictProxy):
    """A proxy to a shared dict. ``keys``, ``values`` and ``items`` are plain lists."""

    __module__ = "multiprocessing.managers"

    def __getitem__(self, key, /):
        result = call(_D_GET_ITEM, [self._handle, argument(key)])
        return result if type(result) in PLAIN else received(result)

    def __setitem__(self, key, value, /):
        result = call(_D_SET_ITEM, [self._handle, argument(key), argument(value)])
        if result is not None:
            received(result)

    def __delitem__(self, key, /):
        received(call(_D_DELETE_ITEM, [self._handle, argument(key)]))

    def __len__(self):
        result = call(_D_LENGTH, [self._handle])
        return result if type(result) is int else received(result)

    def __contains__(self, key, /):
        result = call(_D_CONTAINS, [self._handle, argument(key)])
        return result if type(result) is bool else received(result)

    def __iter__(self):
        return wrapped(call(_D_ITERATE, [self._handle]))

    def __reversed__(self):
        return iter(received(call(_D_KEYS_REVERSED, [self._handle])))

    def get(self, key, default=None, /):
        """The value of a key, or the default."""
        result = call(_D_FIND, [self._handle, argument(key)])
        if type(result) in PLAIN:
            return result
        return default if result is None else received(result)

    def pop(self, key, default=_MISSING, /):
        """Removes a key and returns its value, or the default."""
        result = call(_D_TAKE, [self._handle, argument(key)])
        if result is not None:
            return received(result)
        if default is _MISSING:
            raise KeyError(key)
        return default

    def popitem(self):
        """Removes and returns the entry that was inserted last."""
        result = call(_D_POP_ITEM, [self._handle])
        if type(result) is not tuple:
            return received(result)
        key, value = result
        return received(key), received(value)

    def setdefault(self, key, default=None, /):
        """The value of a key, which is set to the default first if it is missing."""
        return received(call(_D_SET_DEFAULT, [self._handle, argument(key), argument(default)]))

    def update(self, *args, **kwds):
        """Sets the entries of a mapping, or of an iterable of pairs, and those given by name."""
        if kwds or len(args) != 1:
            other = args[:1]
            if other and not isinstance(other[0], (dict, list, tuple, BaseProxy)):
                other = (plain_entries(other[0]),)
            self._callmethod("update", other + args[1:], kwds)
        else:
            received(call(_D_UPDATE, [self._handle, entries(args[0])]))

    def clear(self):
        """Removes all entries."""
        received(call(_D_CLEAR, [self._handle]))

    def copy(self):
        """A plain dict of the entries."""
        return received(call(_D_COPY, [self._handle]))

    def keys(self):
        """A plain list of the keys."""
        return received(call(_D_KEYS, [self._handle]))

    def values(self):
        """A plain list of the values."""
        return received(call(_D_VALUES, [self._handle]))

    def items(self):
        """A plain list of the entries."""
        return received(call(_D_ITEMS, [self._handle]))

    @staticmethod
    def fromkeys(keys, value=None, /):
        """A plain dict of these keys, all with one value."""
        return dict.fromkeys(keys, value)

    def fetch_add(self, key, delta, initial=None, /):
        """Adds to the number at a key, atomically, and returns what was there before. A missing
        key counts as ``initial``, or is a KeyError without one."""
        return received(call(_D_FETCH_ADD, [
            self._handle, argument(key), argument(delta), None if initial is None else argument(initial)]))

    def fetch_max(self, key, value, initial=None, /):
        """Replaces the value of a key by a greater one, atomically, and returns what was there
        before. A missing key counts as ``initial``, or is a KeyError without one."""
        return received(call(_D_FETCH_MAX, [
            self._handle, argument(key), argument(value), None if initial is None else argument(initial)]))

    def swap(self, key, value, /):
        """Replaces the value of a key, atomically, and returns what was there before."""
        return received(call(_D_SWAP, [self._handle, argument(key), argument(value)]))

    def compare_exchange(self, key, expected, value, /):
        """Replaces the value of a key if it is equal to the expected one, atomically. Returns
        whether it was, and what was there."""
        return _flagged(call(_D_COMPARE_EXCHANGE, [
            self._handle, argument(key), argument(expected), argument(value)]))

    def pop_if(self, key, expected, /):
        """Removes a key if its value is equal to the expected one, atomically. Returns
        whether it was, and what was there."""
        return _flagged(call(_D_POP_IF, [self._handle, argument(key), argument(expected)]))

    def get_many(self, keys, default=_MISSING, /):
        """A plain list of the values of some keys, of one moment. Where there is no such key it has
        the default, or it is a KeyError if none is given."""
        return received(call(_D_GET_MANY, [
            self._handle, iterable(keys), None if default is _MISSING else argument(default)]))

    def set_many(self, other, /):
        """Sets the entries of a mapping, or of an iterable of pairs, at one moment: all of them, or
        none if there is an error."""
        received(call(_D_SET_MANY, [self._handle, entries(other)]))

    def get_path(self, path, /):
        """The value at the end of a path: a list of keys and indexes, each of which leads into a
        plain value or through a proxy."""
        return received(call(_D_GET_PATH, [self._handle, argument(path)]))

    def set_path(self, path, value, /):
        """Puts a value at the end of a path. A plain value that it leads into is replaced as a
        whole, atomically."""
        received(call(_D_SET_PATH, [self._handle, argument(path), argument(value)]))

    def __or__(self, other, /):
        if not isinstance(other, (dict, DictProxy)):
            return NotImplemented
        return received(call(_D_MERGE, [self._handle, argument(other)]))

    def __ror__(self, other, /):
        if not isinstance(other, (dict, DictProxy)):
            return NotImplemented
        return received(call(_D_MERGE_BEFORE, [self._handle, argument(other)]))

    def __ior__(self, other, /):
        self.update(other)
        return self


def plain_entries(value):
    """The same beside entries that are given by name: as a plain value."""
    return dict(value) if hasattr(type(value), "keys") else list(value) if hasattr(type(value), "__iter__") else value


_NEXT = ITERATORS.next


@proxy_for("Iterator")
class IteratorProxy(generic.IteratorProxy):
    """A proxy to a shared iterator: each item goes to one of those who draw from it."""

    __module__ = "multiprocessing.managers"

    def __iter__(self):
        return self

    def __next__(self):
        result = call(_NEXT, [self._handle])
        if type(result) in PLAIN:
            return result
        if result is None:
            raise StopIteration
        return received(result)

    def next(self, timeout=None):
        """The next item. ``multiprocessing.TimeoutError`` if it is the result of a pool's task and does not come within so
        many seconds."""
        if timeout is None:
            return self.__next__()
        result = call(ITERATORS.next_within, [self._handle, nanoseconds(timeout)])
        if result is None:
            raise StopIteration
        return received(result)

    def send(self, *args):
        """What generators have, and no shared iterator is one."""
        raise self._without("send")

    def throw(self, *args):
        """What generators have, and no shared iterator is one."""
        raise self._without("throw")

    def close(self, *args):
        """What generators have, and no shared iterator is one."""
        raise self._without("close")

    def _without(self, name):
        # As in "<list_iterator object at 0x2a>".
        kind = str(self)[1:].partition(" object at ")[0]
        return AttributeError(f"'{kind}' object has no attribute '{name}'", name=name, obj=self)
