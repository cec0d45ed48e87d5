"""Nested values by the interpreter's own codec, ``marshal``, which is native code.

The manager converts between its format and the encoding. That is an order of magnitude faster than
``tree``, which is in Python, and so it has to give the same: ``encode`` is for values of which that
is certain beforehand.

- ``marshal`` takes any buffer for bytes, and functions' code, and does not keep the order of sets:
  only what is exactly of a plain type is given to it, and no set.
- Of frozensets in frozensets it takes time that doubles with each level.
- It recurses, and so deep a value as the manager accepts could overflow the interpreter's stack,
  which would end the process.
"""

from gc import get_referents
from itertools import chain
from marshal import dumps, loads

from .boundary import CODECS, MARSHAL, call

_ENCODE, _DECODE = CODECS.encode, CODECS.decode

_CONTAINERS = frozenset((list, tuple, dict))
_KINDS = _CONTAINERS | {type(None), bool, int, float, str, bytes}

# How deep a value may nest here.
_DEPTH = 100

# How many items are looked at side by side: a value can contain another one at more places than
# there is memory for.
_WIDTH = 1 << 22

# So few items, if none of them is a container, are encoded in Python by the time that it takes to
# find that out and to call the manager.
_FEW = 16


def encode(value):
    """The encoding of a value without proxies, or None if ``tree`` is to make it."""
    if not _is_certain(value):
        return None
    data = call(_ENCODE, [MARSHAL, dumps(value)])
    # An error may be a lone surrogate's, or a limit's: there, too, ``tree`` knows what to say.
    return data if type(data) is bytes else None


def decode(data):
    """A list with the value of an encoding in it, or None if ``tree`` is to read it."""
    data = call(_DECODE, [MARSHAL, data])
    return [loads(data)] if type(data) is bytes else None


def _is_certain(value):
    """Whether all that is in a value is of a plain type, and not too deep inside."""
    level = [value]
    for depth in range(_DEPTH):
        kinds = set(map(type, level))
        if not kinds <= _KINDS:
            return False
        if kinds.isdisjoint(_CONTAINERS):
            return depth != 1 or len(level) > _FEW
        if dict in kinds:
            if len(kinds) == 1:
                level = _in_dicts(level)
            else:
                level = [*_in_dicts([item for item in level if type(item) is dict]),
                         *get_referents(*[item for item in level if type(item) is not dict])]
        else:
            level = get_referents(*level)
        if len(level) > _WIDTH:
            return False
    return False


def _in_dicts(dicts):
    """All items of dicts, and at least those of their keys that are not exactly texts."""
    items = list(map(get_referents, dicts))
    if list(map(len, items)) != list(map(len, dicts)):
        # Of a dict with keys that are not all texts, these are there, too. Of the attributes of an
        # object, nothing may be, for they belong to the object; nothing belongs to a copy.
        items = list(map(get_referents, map(dict.copy, dicts)))
    return list(chain.from_iterable(items))
