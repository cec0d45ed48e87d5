"""Random values, encoded and decoded by the interpreter's own codec and by the one in Python, side by side.

    commonhold run random_values.py -- [VALUES] [SEED]

What the first one gives, if it takes a value at all, must be what the other one gives. Exits with 1 after the first
value of which it is not.
"""

import random
import sys
from array import array
from collections import OrderedDict, namedtuple
from enum import IntEnum
from multiprocessing import Manager

from commonhold import native, tree
from commonhold.values import convert, revive

TEXTS = ("", "a", "name", "name", "é", "€uro", "\U0001f600", "\0", "x" * 300, "ü" * 300)
NUMBERS = (0, 1, -1, 255, 256, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1,
           2**100, -(2**100), 10**400, 0.0, -0.0, 1.5, float("inf"), True, False, None)


class Plain:
    """An object with attributes, which its dict may not tell as its own."""


class Number(IntEnum):
    ONE = 1


class Text(str):
    pass


class Data(bytes):
    pass


Pair = namedtuple("Pair", "left right")


def attributes(**items):
    """The dict of an object's attributes."""
    it = Plain()
    for name, item in items.items():
        setattr(it, name, item)
    KEPT.append(it)
    return vars(it)


KEPT = []
OTHERS = (
    lambda: Number.ONE, lambda: Text("a"), lambda: Data(b"a"), lambda: Pair(1, 2), lambda: bytearray(b"a"),
    lambda: array("b", [1]), lambda: memoryview(b"a"), lambda: 1j, lambda: ..., lambda: StopIteration, lambda: slice(1),
    lambda: {1, 2}, lambda: frozenset((1, "a")), lambda: range(3), lambda: OrderedDict(a=1), lambda: Plain(),
    lambda: "\ud800", lambda: object(), lambda: (lambda: 0).__code__, lambda: compile("1", "", "eval"),
)


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = []

    def value(self, depth, odd):
        pick = self.random.randrange(12)
        if depth == 0 or pick < 5:
            if odd and self.random.randrange(odd) == 0:
                return self.random.choice(OTHERS)()
            return self.random.choice((
                lambda: self.random.choice(TEXTS), lambda: self.random.choice(NUMBERS),
                lambda: self.random.randrange(-(2**40), 2**40), lambda: self.random.random(),
                lambda: self.random.randbytes(self.random.randrange(4)),
            ))()
        if pick == 5 and self.made:
            return self.random.choice(self.made)  # at more places than one
        size = self.random.choice((0, 1, 2, 3, 5, 20)) if depth > 1 else self.random.choice((0, 3, 20, 200))
        if pick < 8:
            made = [self.value(depth - 1, odd) for _ in range(size)]
        elif pick < 9:
            made = tuple(self.value(depth - 1, odd) for _ in range(size))
        elif pick < 10:
            made = attributes(**{f"a{n}": self.value(depth - 1, odd) for n in range(min(size, 5))})
        else:
            made = {self.key(n): self.value(depth - 1, odd) for n in range(size)}
        self.made = [*self.made[-20:], made]
        return made

    def key(self, number):
        return self.random.choice((f"key {number}", number, (number, "a"), "name", -number, 2**70 + number))


def in_python(value):
    proxies = []
    try:
        return tree.encode(value, lambda value, _: convert(value, proxies))[0]
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def check(value, words):
    """Whether the value was taken by the native codec, or an exit where that gives something else."""
    data, expected = native.encode(value), in_python(value)
    if data is not None and data != expected:
        print(f"{words}\nPython gives {expected!r}\nmarshal      {data!r}")
        sys.exit(1)
    if type(expected) is bytes:
        read = native.decode(expected)
        decoded = tree.decode(expected, (), revive) if b"\x0d" not in expected else None
        # A NaN and what is an object without a comparison of its own are told by their texts.
        if read is not None and decoded is not None and _plain(read[0]) != _plain(decoded):
            print(f"{words}\nPython reads {decoded!r}\nmarshal      {read[0]!r}")
            sys.exit(1)
    return data is not None


def _plain(value):
    """A value's types and parts, in order: 1 is not True here, nor 0.0 -0.0."""
    if isinstance(value, dict):
        return "dict", [(_plain(key), _plain(item)) for key, item in value.items()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value).__name__, [_plain(item) for item in value]
    return type(value).__name__, repr(value)


def nested(wrap, depth):
    value = 1
    for _ in range(depth):
        value = wrap(value)
    return value


def refused(shared, value, error, words):
    try:
        shared[0] = value
    except error as raised:
        if words in str(raised):
            return
        raise
    sys.exit(f"there is no error: {words}")


def main(values=300, seed=None):
    seed = random.SystemRandom().randrange(10**9) if seed is None else int(seed)
    print("seed", seed)
    maker = Maker(seed)
    taken = 0
    for number in range(int(values)):
        maker.made.clear()
        KEPT.clear()
        odd = (0, 0, 10, 100)[number % 4]
        value = [maker.value(5, odd) for _ in range(3)]
        taken += check(value, f"value {number}")
    print(taken, "of", values, "values were taken, and agree")

    # What is taken, so that it is fast, and what is not.
    plain = {"name": "node", "number": 1, "children": [{"name": "é", "data": b"a", "size": 2**70, "part": 0.5}, ()] * 9}
    if not check(plain, "plain"):
        sys.exit("a plain value is not taken")
    many = [attributes(a=1)] * 20
    if not check(many, "attributes"):
        sys.exit("a dict of attributes is not taken")
    for make in OTHERS:
        for value in ([make(), *range(20)], [make()] * 20, {n: make() for n in range(20)}, [attributes(a=make())] * 20,
                      [{1: "a"}, attributes(a=make()), *range(20)]):
            if check(value, f"with {make()!r}"):
                sys.exit(f"a value with {make()!r} is taken")
        try:
            value = [{make(): 1}] * 20
        except TypeError:
            continue  # it is no key
        if check(value, f"with the key {make()!r}"):
            sys.exit(f"a value with the key {make()!r} is taken")

    # What goes deep, or around, ends as it does without marshal, and as soon.
    shared = Manager().list([None])
    for wrap in (lambda it: [it], lambda it: (it,), lambda it: {1: it}, lambda it: frozenset((it,))):
        for depth in (11, 12, 13, 50, 98, 99, 100, 101, 102, 480):
            value = nested(wrap, depth)
            check(value, f"depth {depth}")
            check([value, *range(20)], f"depth {depth} in a list")
            shared[0] = value
            assert shared[0] == value, depth
        refused(shared, nested(wrap, 501), ValueError, "a value can nest 500 deep at most")
    around = []
    around.append(around)
    refused(shared, around, ValueError, "does it contain itself?")
    around = {"name": "a"}
    around["self"] = [around] * 20
    refused(shared, around, ValueError, "does it contain itself?")
    doubled = [1]
    for _ in range(90):
        doubled = [doubled, doubled]
    if native.encode(doubled) is not None:
        sys.exit("what has more places than there is memory for is taken")
    refused(shared, ["\ud800"] * 20, UnicodeEncodeError, "surrogates not allowed")
    refused(shared, [array("b")] * 20, TypeError, "cannot pickle 'array.array' object")
    refused(shared, [memoryview(b"a")] * 20, TypeError, "cannot pickle 'memoryview' object")
    print("what is deep or around ends as it should")


if __name__ == "__main__":
    main(*sys.argv[1:])
