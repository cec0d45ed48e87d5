"""Nested values by the interpreter's own codec, ``marshal``, which is native code.

The manager converts between its format and the encoding. That is an order of magnitude faster than
``tree``, which is in Python, and so it has to give the same. ``marshal`` would not by itself:

- It recurses. So deep a value as the manager accepts could overflow the interpreter's stack, which
  would end the process, and of frozensets inside of each other it takes time that doubles with
  each. So what goes deep is left to ``tree``.
- It takes any buffer for bytes, and does not keep the order of sets. Where there are bytes or sets,
  as the manager says, it is looked whether the value is of plain types only, and without sets.

All else that does not travel, or that ``tree`` has more to do for, ``marshal`` or the manager refuses.
"""

from gc import get_referents
from itertools import chain
from marshal import dumps, loads

from .boundary import CODECS, MARSHAL, call

_ENCODE, _DECODE = CODECS.encode, CODECS.decode

_CONTAINERS = frozenset((list, tuple, dict))
_KINDS = _CONTAINERS | {type(None), bool, int, float, str, bytes}

# How deep a value may nest here, and from which depth on there may be no sets.
_DEPTH = 100
_DEPTH_WITH_SETS = 12

# How many items are looked at side by side: a value can contain another one at more places than
# there is memory for.
_WIDTH = 1 << 22

# So few items, if none of them is a container, are encoded in Python by the time that the manager
# has been called.
_FEW = 8


def encode(value):
    """The encoding of a value without proxies, or None if ``tree`` is to make it."""
    if type(value) not in _CONTAINERS or not _is_shallow(value):
        return None
    try:
        written = dumps(value)
    except Exception:
        # What marshal cannot write: ``tree`` does, or knows what to say.
        return None
    encoded = call(_ENCODE, [MARSHAL, written])
    if type(encoded) is not tuple:
        return None  # an error: a lone surrogate, or a limit
    data, is_ambiguous = encoded
    if is_ambiguous and not _is_plain(value):
        return None
    return data


def decode(data):
    """A list with the value of an encoding in it, or None if ``tree`` is to read it."""
    data = call(_DECODE, [MARSHAL, data])
    return [loads(data)] if type(data) is bytes else None


def _is_shallow(value):
    """Whether a value does not go deep; whatever else it is."""
    level = get_referents(value)
    if len(level) <= _FEW and _CONTAINERS.isdisjoint(map(type, level)):
        return False
    # The referents of most objects lead to those of all others: as soon as it becomes many, it is
    # looked whether these are a value's at all.
    enough = 64
    for depth in range(2, _DEPTH):
        size = len(level)
        if size > enough or depth > _DEPTH_WITH_SETS:
            if size > _WIDTH or not _KINDS.issuperset(map(type, level)):
                return False
            enough = size * 64
        level = get_referents(*level)
        if not level:
            return True
    return False


def _is_plain(value):
    """Whether all that is in a value, which is not deep, is exactly of a plain type, and no set."""
    level = [value]
    while level:
        kinds = set(map(type, level))
        if not kinds <= _KINDS:
            return False
        # What is an object's own dict does not count its items among its referents.
        dicts = [item for item in level if type(item) is dict]
        items = get_referents(*[item for item in level if type(item) is not dict])
        level = [*items, *chain.from_iterable(dicts), *chain.from_iterable(map(dict.values, dicts))]
    return True
