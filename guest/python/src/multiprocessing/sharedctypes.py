"""Shared numbers and characters: ``Value``, ``Array``, and both without a lock.

They look like the ctypes that CPython has in shared memory, for the simple types that a type code
names, and live in the manager as arrays. As there, a number that does not fit is cut down to the size
of its type, and each access to what has a lock takes it.
"""

import operator
from array import array

from .context import get_context

__all__ = ["Array", "RawArray", "RawValue", "Value", "copy", "synchronized"]


def _whole(size, is_signed):
    bits = 8 * size
    half = 1 << (bits - 1)

    def convert(value):
        value = operator.index(value) & ((1 << bits) - 1)
        return value - (1 << bits) if is_signed and value >= half else value
    return convert


def _real(value):
    return array("d", (value,))[0]


def _character(value):
    if isinstance(value, (bytes, bytearray)) and len(value) == 1:
        return value[0]
    if isinstance(value, int) and 0 <= value <= 255:
        return value
    raise TypeError("one character bytes, bytearray or integer expected")


def _letter(value):
    if not isinstance(value, str):
        raise TypeError(f"unicode string expected instead of {type(value).__name__} instance")
    if len(value) != 1:
        raise TypeError("one character unicode string expected")
    return value


def _same(value):
    return value


class _Type:
    """What a type code stands for: the code of the manager's array, and what goes in and out of it."""

    def __init__(self, name, code, inwards, zero=0, outwards=_same, joined=list):
        self.name, self.code, self.inwards, self.zero = name, code, inwards, zero
        self.outwards, self.joined = outwards, joined


_TYPES = {
    "c": _Type("c_char", "B", _character, 0, lambda number: bytes((number,)), bytes),
    "u": _Type("c_wchar", "u", _letter, "\0", _same, "".join),
    "?": _Type("c_bool", "B", lambda value: int(bool(value)), 0, bool, lambda items: list(map(bool, items))),
    "b": _Type("c_byte", "b", _whole(1, True)),
    "B": _Type("c_ubyte", "B", _whole(1, False)),
    "h": _Type("c_short", "h", _whole(2, True)),
    "H": _Type("c_ushort", "H", _whole(2, False)),
    "i": _Type("c_int", "i", _whole(4, True)),
    "I": _Type("c_uint", "I", _whole(4, False)),
    # As on the host, whatever the interpreter's own long is.
    "l": _Type("c_long", "q", _whole(8, True)),
    "L": _Type("c_ulong", "Q", _whole(8, False)),
    "q": _Type("c_longlong", "q", _whole(8, True)),
    "Q": _Type("c_ulonglong", "Q", _whole(8, False)),
    "f": _Type("c_float", "f", _real, 0.0),
    "d": _Type("c_double", "d", _real, 0.0),
}


def _code(typecode_or_type):
    """The type code of what may be one, or a simple type of ``ctypes``, where there is that module."""
    code = typecode_or_type
    if isinstance(code, type):
        code = getattr(code, "_type_", None)
    if isinstance(code, str) and code in _TYPES:
        return code
    raise TypeError(f"a type code is wanted, one of {''.join(_TYPES)!r}, not {typecode_or_type!r}")


def _shared(type_, items):
    """A shared array of items that fit."""
    from .managers import create

    return create("Array", type_.code, items, False)


class Simple:
    """A shared number or character, without a lock: what ``RawValue`` makes."""

    def __init__(self, code, items):
        self._code, self._items = code, items

    @property
    def value(self):
        """What it is."""
        return _TYPES[self._code].outwards(self._items[0])

    @value.setter
    def value(self, value):
        self._items[0] = _TYPES[self._code].inwards(value)

    def __repr__(self):
        return f"{_TYPES[self._code].name}({self.value!r})"


class Sequence:
    """Shared numbers or characters, without a lock: what ``RawArray`` makes. Their number is fixed."""

    def __init__(self, code, items, length):
        self._code, self._items, self._length = code, items, length

    def __len__(self):
        return self._length

    def __getitem__(self, key, /):
        type_ = _TYPES[self._code]
        if isinstance(key, slice):
            return type_.joined(self._items[key])
        return type_.outwards(self._items[self._place(key)])

    def __setitem__(self, key, value, /):
        type_ = _TYPES[self._code]
        if not isinstance(key, slice):
            self._items[self._place(key)] = type_.inwards(value)
            return
        try:
            count = len(value)
        except TypeError:
            count = None
        if count != len(range(*key.indices(self._length))):
            raise ValueError("Can only assign sequence of same size")
        self._items[key] = [type_.inwards(item) for item in value]

    def _place(self, key):
        try:
            place = operator.index(key)
        except TypeError:
            raise TypeError("indices must be integers") from None
        if not -self._length <= place < self._length:
            raise IndexError("invalid index")
        return place

    def __getattr__(self, name):
        # Only arrays of characters have them.
        if name == "raw" and self._code == "c":
            return self[:]
        if name == "value" and self._code in ("c", "u"):
            whole = self[:]
            end = whole.find(_TYPES[self._code].joined([_TYPES[self._code].zero]))
            return whole if end < 0 else whole[:end]
        raise AttributeError(f"'{self._name()}' object has no attribute {name!r}")

    def __setattr__(self, name, value):
        if name == "raw" and self._code == "c" or name == "value" and self._code in ("c", "u"):
            self._put(name, value)
        else:
            object.__setattr__(self, name, value)

    def _put(self, name, value):
        kind, what = (str, "unicode string") if self._code == "u" else (bytes, "bytes")
        if not isinstance(value, kind) and not (name == "raw" and isinstance(value, (bytearray, memoryview))):
            raise TypeError(f"{what} expected instead of {type(value).__name__} instance")
        if len(value) > self._length:
            raise ValueError("string too long" if self._code == "u" else "byte string too long")
        if name == "value" and len(value) < self._length:
            value += "\0" if self._code == "u" else b"\0"
        self[:len(value)] = value

    def _name(self):
        return f"{_TYPES[self._code].name}_Array_{self._length}"

    def __repr__(self):
        return f"<{__name__}.{self._name()} object at 0x{self._items._id}>"


def RawValue(typecode_or_type, *args):
    """A shared number or character without a lock."""
    code = _code(typecode_or_type)
    type_ = _TYPES[code]
    if len(args) > 1:
        raise TypeError(f"__init__ expected at most 1 argument, got {len(args)}")
    return Simple(code, _shared(type_, [type_.inwards(args[0]) if args else type_.zero]))


def RawArray(typecode_or_type, size_or_initializer):
    """Shared numbers or characters without a lock: so many zeros, or those of a sequence."""
    code = _code(typecode_or_type)
    type_ = _TYPES[code]
    if isinstance(size_or_initializer, int):
        if size_or_initializer < 0:
            raise ValueError(f"Array length must be >= 0, not {size_or_initializer}")
        return Sequence(code, _shared(type_, size_or_initializer), size_or_initializer)
    length = len(size_or_initializer)
    return Sequence(code, _shared(type_, [type_.inwards(item) for item in size_or_initializer]), length)


def Value(typecode_or_type, *args, lock=True, ctx=None):
    """A shared number or character, with a lock: a new one, the one that is given, or none if it is
    False."""
    obj = RawValue(typecode_or_type, *args)
    return _locked(obj, lock)


def Array(typecode_or_type, size_or_initializer, *, lock=True, ctx=None):
    """Shared numbers or characters, with a lock: a new one, the one that is given, or none if it is
    False."""
    obj = RawArray(typecode_or_type, size_or_initializer)
    return _locked(obj, lock)


def _locked(obj, lock):
    if lock is False:
        return obj
    if lock in (True, None):
        return synchronized(obj)
    if not hasattr(lock, "acquire"):
        raise AttributeError("%r has no method 'acquire'" % lock)
    return synchronized(obj, lock)


def copy(obj):
    """A new shared value or array without a lock, with what another one has in it."""
    if isinstance(obj, Simple):
        return RawValue(obj._code, obj.value)
    return RawArray(obj._code, obj[:])


def synchronized(obj, lock=None, ctx=None):
    """A value or array with a lock."""
    assert not isinstance(obj, SynchronizedBase), "object already synchronized"
    if isinstance(obj, Simple):
        return Synchronized(obj, lock)
    if not isinstance(obj, Sequence):
        raise TypeError(f"a shared value or array is wanted, not {obj!r}")
    return (SynchronizedString if obj._code == "c" else SynchronizedArray)(obj, lock)


class SynchronizedBase:
    """What has a lock: each access takes it, unless the process has it already."""

    def __init__(self, obj, lock=None, ctx=None):
        if lock is None:
            lock = (ctx or get_context()).RLock()
        self._obj, self._lock = obj, lock
        self.acquire, self.release = lock.acquire, lock.release

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, *args):
        return self._lock.__exit__(*args)

    def get_obj(self):
        """The same without the lock."""
        return self._obj

    def get_lock(self):
        """The lock."""
        return self._lock

    def __repr__(self):
        return f"<{type(self).__name__} wrapper for {self._obj}>"


def _guarded(name):
    def get(self):
        with self:
            return getattr(self._obj, name)

    def put(self, value):
        with self:
            setattr(self._obj, name, value)
    return property(get, put)


class Synchronized(SynchronizedBase):
    """A shared number or character with a lock."""

    value = _guarded("value")


class SynchronizedArray(SynchronizedBase):
    """Shared numbers or characters with a lock."""

    def __len__(self):
        return len(self._obj)

    def __getitem__(self, key, /):
        with self:
            return self._obj[key]

    def __setitem__(self, key, value, /):
        with self:
            self._obj[key] = value


class SynchronizedString(SynchronizedArray):
    """Shared characters with a lock."""

    value = _guarded("value")
    raw = _guarded("raw")
