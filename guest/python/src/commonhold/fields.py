"""The proxies of namespaces, values and arrays."""

from array import array
from warnings import catch_warnings, simplefilter

from . import generic
from .boundary import ARRAYS, NAMESPACES, PLAIN, VALUES, call
from .containers import _INT_MAX, _INT_MIN, _bounds, _position
from .proxies import proxy_for, wrapped
from .values import argument, iterable, received, text

_ns = NAMESPACES
_N_COMPARE_EXCHANGE, _N_DELETE, _N_FETCH_ADD = _ns.compare_exchange, _ns.delete_attribute, _ns.fetch_add
_N_FETCH_MAX, _N_GET, _N_NAMES, _N_SET, _N_SWAP = (
    _ns.fetch_max, _ns.get_attribute, _ns.names, _ns.set_attribute, _ns.swap)


def _exchanged(result):
    """What a compare_exchange gave: whether it was done, and what was there."""
    if type(result) is not tuple:
        return received(result)
    done, found = result
    return done, received(found)


def _name(name):
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not '{type(name).__name__}'")
    return text(name)


class Namespace:
    """A plain copy of a namespace."""

    __module__ = "multiprocessing.managers"

    def __init__(self, /, **kwds):
        self.__dict__.update(kwds)

    def __repr__(self):
        shown = sorted(f"{name}={value!r}" for name, value in self.__dict__.items() if not name.startswith("_"))
        return f"{type(self).__name__}({', '.join(shown)})"


@proxy_for("Namespace")
class NamespaceProxy(generic.NamespaceProxy):
    """A proxy to a shared namespace, whose attributes are the referent's; but those that begin with
    an underscore are the proxy's own. So the atomic operations begin with one, too."""

    __module__ = "multiprocessing.managers"

    def __getattr__(self, name):
        if name[:1] == "_":
            return object.__getattribute__(self, name)
        result = call(_N_GET, [self._handle, text(name)])
        return result if type(result) in PLAIN else received(result)

    def __setattr__(self, name, value):
        if name[:1] == "_":
            object.__setattr__(self, name, value)
            return
        result = call(_N_SET, [self._handle, text(name), argument(value)])
        if result is not None:
            received(result)

    def __delattr__(self, name):
        if name[:1] == "_":
            object.__delattr__(self, name)
        else:
            received(call(_N_DELETE, [self._handle, text(name)]))

    def _getvalue(self):
        """A plain Namespace with the same attributes."""
        copy = Namespace()
        copy.__dict__.update(super()._getvalue())
        return copy

    def _names(self):
        """The names of all attributes, in the order in which they were first set."""
        return received(call(_N_NAMES, [self._handle]))

    def _fetch_add(self, name, delta, /):
        """Adds to the number that an attribute is, atomically, and returns what was there before."""
        return received(call(_N_FETCH_ADD, [self._handle, _name(name), argument(delta)]))

    def _fetch_max(self, name, value, /):
        """Sets an attribute to the larger one of its value and another, atomically, and returns what
        was there before."""
        return received(call(_N_FETCH_MAX, [self._handle, _name(name), argument(value)]))

    def _swap(self, name, value, /):
        """Sets an attribute that is there, and returns what was there before."""
        return received(call(_N_SWAP, [self._handle, _name(name), argument(value)]))

    def _compare_exchange(self, name, expected, new, /):
        """Sets an attribute if its value equals the expected one: whether it did, and what was there
        before."""
        return _exchanged(call(_N_COMPARE_EXCHANGE, [self._handle, _name(name), argument(expected), argument(new)]))


_V_COMPARE_EXCHANGE, _V_FETCH_ADD, _V_FETCH_MAX = VALUES.compare_exchange, VALUES.fetch_add, VALUES.fetch_max
_V_GET, _V_GET_LOCK, _V_SET, _V_SWAP = VALUES.get, VALUES.get_lock, VALUES.set, VALUES.swap


@proxy_for("Value")
class ValueProxy(generic.ValueProxy):
    """A proxy to a shared value."""

    __module__ = "multiprocessing.managers"

    def get(self):
        """The value."""
        result = call(_V_GET, [self._handle])
        return result if type(result) in PLAIN else received(result)

    def set(self, value):
        """Sets the value."""
        result = call(_V_SET, [self._handle, argument(value)])
        if result is not None:
            received(result)

    value = property(get, set, doc="The value. To change it by itself, ``v.value += 1``, is two steps.")

    def get_lock(self):
        """The lock that belongs to the value, the same one each time. Nothing takes it by itself."""
        return wrapped(call(_V_GET_LOCK, [self._handle]))

    def fetch_add(self, delta, /):
        """Adds to the number that it is, atomically, and returns what was there before."""
        return received(call(_V_FETCH_ADD, [self._handle, argument(delta)]))

    def fetch_max(self, value, /):
        """Sets the larger one of the two, atomically, and returns what was there before."""
        return received(call(_V_FETCH_MAX, [self._handle, argument(value)]))

    def swap(self, value, /):
        """Sets the value and returns what was there before."""
        return received(call(_V_SWAP, [self._handle, argument(value)]))

    def compare_exchange(self, expected, new, /):
        """Sets a new value if the one there equals the expected one: whether it did, and what was
        there before."""
        return _exchanged(call(_V_COMPARE_EXCHANGE, [self._handle, argument(expected), argument(new)]))


_a = ARRAYS
_A_COMPARE_EXCHANGE, _A_FETCH_ADD, _A_FETCH_MAX = _a.compare_exchange, _a.fetch_add, _a.fetch_max
_A_GET_ITEM, _A_GET_LOCK, _A_GET_SLICE, _A_LENGTH = _a.get_item, _a.get_lock, _a.get_slice, _a.length
_A_READ_BYTES, _A_SET_ITEM, _A_SET_SLICE = _a.read_bytes, _a.set_item, _a.set_slice
_A_SWAP, _A_TYPECODE, _A_WRITE_BYTES = _a.swap, _a.typecode, _a.write_bytes


def _index(key):
    try:
        return _position(key)
    except TypeError:
        raise TypeError("array indices must be integers") from None


def _plain(typecode, items):
    """A plain array of items."""
    if typecode == "u":
        # Whoever made the shared array has been warned that the type code is deprecated.
        with catch_warnings():
            simplefilter("ignore", DeprecationWarning)
            return array(typecode, items)
    try:
        return array(typecode, items)
    except OverflowError:
        # A long has eight bytes in the manager, and here perhaps four.
        return array({"l": "q", "L": "Q"}[typecode], items)


def items(value):
    """What an array can be made of, or its slices be replaced by, as a value that travels."""
    return argument(value.tolist()) if isinstance(value, array) else iterable(value)


@proxy_for("Array")
class ArrayProxy(generic.ArrayProxy):
    """A proxy to a shared array. Slices of it are plain arrays of the module ``array``."""

    __module__ = "multiprocessing.managers"

    @property
    def typecode(self):
        """The letter of the items' type."""
        return received(call(_A_TYPECODE, [self._handle]))

    def __len__(self):
        result = call(_A_LENGTH, [self._handle])
        return result if type(result) is int else received(result)

    def __getitem__(self, key, /):
        if isinstance(key, slice):
            return _plain(self.typecode, received(call(_A_GET_SLICE, [self._handle, _bounds(key)])))
        if type(key) is not int or not _INT_MIN <= key <= _INT_MAX:
            key = _index(key)
        result = call(_A_GET_ITEM, [self._handle, key])
        return result if type(result) in PLAIN else received(result)

    def __setitem__(self, key, value, /):
        if isinstance(key, slice):
            result = call(_A_SET_SLICE, [self._handle, _bounds(key), items(value)])
        else:
            if type(key) is not int or not _INT_MIN <= key <= _INT_MAX:
                key = _index(key)
            result = call(_A_SET_ITEM, [self._handle, key, argument(value)])
        if result is not None:
            received(result)

    def _getvalue(self):
        """A plain array with the same items."""
        return _plain(self.typecode, super()._getvalue())

    def get_lock(self):
        """The lock that belongs to the array, the same one each time. Nothing takes it by itself."""
        return wrapped(call(_A_GET_LOCK, [self._handle]))

    def read_bytes(self, start, count, /):
        """So many items as they lie in the manager's memory, each with its lowest byte first."""
        return received(call(_A_READ_BYTES, [self._handle, _place(start), _place(count)]))

    def write_bytes(self, start, data, /):
        """Overwrites items by others as ``read_bytes`` gives them."""
        received(call(_A_WRITE_BYTES, [self._handle, _place(start), bytes(data)]))

    def fetch_add(self, index, delta, /):
        """Adds to the item at an index, atomically, and returns what was there before."""
        return received(call(_A_FETCH_ADD, [self._handle, _index(index), argument(delta)]))

    def fetch_max(self, index, value, /):
        """Sets the item at an index to the larger one of the two, atomically, and returns what was
        there before."""
        return received(call(_A_FETCH_MAX, [self._handle, _index(index), argument(value)]))

    def swap(self, index, value, /):
        """Sets the item at an index and returns what was there before."""
        return received(call(_A_SWAP, [self._handle, _index(index), argument(value)]))

    def compare_exchange(self, index, expected, new, /):
        """Sets the item at an index if it equals the expected one: whether it did, and what was there
        before."""
        return _exchanged(call(_A_COMPARE_EXCHANGE, [self._handle, _index(index), argument(expected), argument(new)]))


def _place(value):
    place = _position(value)
    if place < 0:
        raise IndexError(f"a range of items cannot begin at, or have, {place}")
    return place
