"""The encoding of nested values, which docs/values.md specifies.

A node is a tag and what belongs to it: variable-length numbers (seven bits a byte, the lowest
first; signed ones in zigzag form), floats in eight bytes, everything else after its length.
A proxy is a bare mark; the proxies travel beside the bytes, in the order of their marks.

This module knows the bytes only. What an object or a proxy is, its callers tell. Both directions
take one Python frame for each level of nesting, so that the deepest value that the manager
accepts fits Python's own limit, and are written out in one function each: a call costs more here
than a comparison.
"""

from itertools import chain
from operator import index as as_index
from struct import Struct

# How deep a value may nest: a list in a list is two deep, a number is not deep at all.
MAX_DEPTH = 500

_pack_float = Struct("<d").pack
_unpack_float = Struct("<d").unpack_from
_INT_MIN, _INT_MAX = -0x8000000000000000, 0x7FFFFFFFFFFFFFFF


class Object:
    """An instance of a program's class on its way: its class, its text and its state."""

    __slots__ = ("type_name", "text", "state")

    def __init__(self, type_name, text, state):
        self.type_name = type_name
        self.text = text
        self.state = state

    def __eq__(self, other):
        if type(other) is not Object:
            return NotImplemented
        return (self.type_name, self.state) == (other.type_name, other.state)

    def __hash__(self):
        return hash(self.type_name)

    def __repr__(self):
        return self.text


class _ProxyMark:
    """What ``convert`` gives for an object that it has put among the proxies."""


PROXY_MARK = _ProxyMark()


def _length(number):
    """A number in variable-length form."""
    if number < 0x80:
        return bytes((number,))
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _int(value):
    """A whole integer node."""
    if _INT_MIN <= value <= _INT_MAX:
        return b"\x02" + _length((value << 1) ^ (value >> 63))
    size = (~value if value < 0 else value).bit_length() // 8 + 1
    return b"\x03" + _length(size) + value.to_bytes(size, "little", signed=True)


# The nodes of the integers that are used most, and the most frequent lengths.
_INTS = [_int(value) for value in range(-1024, 8192)]
_LENGTHS = [_length(value) for value in range(1024)]
_TEXTS = [bytes((5, size)) for size in range(128)]

_CONTAINERS = {list: b"\x07", tuple: b"\x08", dict: b"\x09", set: b"\x0a", frozenset: b"\x0b"}
_JUST_INTS, _JUST_FLOATS = {int}, {float}


def encode(value, convert):
    """The encoding of a value, and the proxies in it.

    ``convert(value, proxies)`` is asked about everything that is not exactly of a plain type. It
    returns what to encode instead: a plain value, an ``Object``, or ``PROXY_MARK`` after it has
    appended a proxy to ``proxies``.
    """
    parts = []
    add = parts.append
    proxies = []
    ints = _INTS
    lengths = _LENGTHS

    def node(value, depth):
        kind = type(value)
        if kind in _CONTAINERS:
            if depth >= MAX_DEPTH:
                raise _too_deep()
            size = len(value)
            add(_CONTAINERS[kind])
            add(lengths[size] if size < 1024 else _length(size))
            if kind is dict:
                value = chain.from_iterable(value.items())
            elif size > 8:
                kinds = set(map(type, value))
                if kinds == _JUST_INTS:
                    parts.extend([ints[item + 1024] if -1024 <= item < 8192 else _int(item) for item in value])
                    return
                if kinds == _JUST_FLOATS:
                    parts.extend([b"\x04" + _pack_float(item) for item in value])
                    return
            depth += 1
            for item in value:
                kind = type(item)
                if kind is int:
                    add(ints[item + 1024] if -1024 <= item < 8192 else _int(item))
                elif kind is str:
                    data = item.encode()
                    size = len(data)
                    add(_TEXTS[size] if size < 128 else b"\x05" + _length(size))
                    add(data)
                else:
                    node(item, depth)
        elif kind is int:
            add(ints[value + 1024] if -1024 <= value < 8192 else _int(value))
        elif kind is str:
            data = value.encode()
            add(b"\x05" + _length(len(data)))
            add(data)
        elif value is None:
            add(b"\x00")
        elif kind is float:
            add(b"\x04" + _pack_float(value))
        elif kind is bool:
            add(b"\x01\x01" if value else b"\x01\x00")
        elif kind is bytes:
            add(b"\x06" + _length(len(value)))
            add(value)
        elif kind is slice:
            if depth >= MAX_DEPTH:
                raise _too_deep()
            add(b"\x0c")
            for part in (value.start, value.stop, value.step):
                node(_slice_part(part), depth)
        elif kind is Object:
            if depth >= MAX_DEPTH:
                raise _too_deep()
            add(b"\x0e")
            for text in (value.type_name, value.text):
                data = text.encode(errors="backslashreplace")
                add(_length(len(data)))
                add(data)
            node(value.state, depth + 1)
        elif kind is _ProxyMark:
            add(b"\x0d")
        else:
            node(convert(value, proxies), depth)

    try:
        node(value, 0)
    finally:
        # The function knows itself: that circle would keep the proxies until a garbage collection.
        node = None
    return b"".join(parts), proxies


def _slice_part(part):
    if part is None or type(part) is int:
        return part
    try:
        return int(as_index(part))
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None


def _too_deep():
    return ValueError(f"a value can nest {MAX_DEPTH} deep at most (does it contain itself?)")


class BadTree(ValueError):
    """The bytes are no encoding of a value."""


def decode(data, proxies=(), revive=Object):
    """The value of an encoding. ``revive(type_name, text, state)`` makes the objects in it."""
    position = 0
    size = len(data)
    waiting = iter(proxies)

    def number():
        nonlocal position
        byte = data[position]
        position += 1
        if byte < 0x80:
            return byte
        result = byte & 0x7F
        shift = 7
        while byte >= 0x80:
            if shift > 63:
                raise BadTree("a number is too large")
            byte = data[position]
            position += 1
            result |= (byte & 0x7F) << shift
            shift += 7
        if result > 0xFFFFFFFFFFFFFFFF or not byte:
            raise BadTree("a number is not in its shortest form or is too large")
        return result

    def chunk():
        nonlocal position
        length = number()
        start = position
        position += length
        if position > size:
            raise BadTree("the encoding ends too early")
        return data[start:position]

    def node(depth):
        nonlocal position
        tag = data[position]
        position += 1
        if tag < 7:
            return scalar(tag)
        if tag == 13:
            for proxy in waiting:
                return proxy
            raise BadTree("there are more marks than proxies")
        if tag > 14:
            raise BadTree(f"there is no node of kind {tag}")
        if depth >= MAX_DEPTH:
            raise BadTree(f"it nests deeper than {MAX_DEPTH}")
        depth += 1
        if tag == 12:
            parts = [node(depth), node(depth), node(depth)]
            for part in parts:
                if part is not None and type(part) is not int:
                    raise BadTree("a part of a slice is neither null nor an integer")
            return slice(*parts)
        if tag == 14:
            type_name = str(chunk(), "utf-8")
            text = str(chunk(), "utf-8")
            return revive(type_name, text, node(depth))
        length = number()
        if tag == 9:
            length *= 2
        if length > size - position:
            raise BadTree("a length is more than the rest can hold")
        items = []
        add = items.append
        # What is most frequent is decoded here, the rest by itself.
        at = position
        for _ in range(length):
            kind = data[at]
            byte = data[at + 1] if at + 1 < size else 0x80
            if kind == 2:
                if byte < 0x80:
                    at += 2
                elif 0 < (more := data[at + 2]) < 0x80:
                    byte += (more << 7) - 0x80
                    at += 3
                else:
                    position = at + 1
                    byte = number()
                    at = position
                add((byte >> 1) ^ -(byte & 1))
            elif kind == 5 and byte < 0x80:
                start = at + 2
                at = start + byte
                if at > size:
                    raise BadTree("the encoding ends too early")
                add(str(data[start:at], "utf-8"))
            else:
                position = at
                if kind < 7:
                    position += 1
                    add(scalar(kind))
                else:
                    add(node(depth))
                at = position
        position = at
        if tag == 7:
            return items
        if tag == 8:
            return tuple(items)
        try:
            if tag == 9:
                return dict(zip(items[::2], items[1::2]))
            return set(items) if tag == 10 else frozenset(items)
        except TypeError as error:
            raise BadTree(str(error)) from None

    def scalar(tag):
        nonlocal position
        if tag == 2:
            byte = number()
            return (byte >> 1) ^ -(byte & 1)
        if tag == 5:
            return str(chunk(), "utf-8")
        if tag == 4:
            position += 8
            if position > size:
                raise BadTree("the encoding ends too early")
            return _unpack_float(data, position - 8)[0]
        if tag == 0:
            return None
        if tag == 1:
            byte = data[position]
            position += 1
            if byte > 1:
                raise BadTree("a boolean is neither 0 nor 1")
            return byte == 1
        if tag == 6:
            return chunk()
        digits = chunk()
        value = int.from_bytes(digits, "little", signed=True)
        if len(digits) < 9 or _int(value)[-len(digits):] != digits:
            raise BadTree("a big integer is not in its shortest form or fits 64 bits")
        return value

    try:
        value = node(0)
    except IndexError:
        raise BadTree("the encoding ends too early") from None
    except UnicodeDecodeError:
        raise BadTree("a text is not UTF-8") from None
    finally:
        node = None  # as above
    if position != size:
        raise BadTree("there are bytes after the value")
    for _ in waiting:
        raise BadTree("there are more proxies than marks")
    return value
