"""Random operations on proxies of namespaces and arrays, and on Python's own, side by side.

    commonhold run random_fields.py -- [OPERATIONS] [SEED]

Each operation's value, or the class and message of its exception, must be the same on both sides, and
so must the contents afterwards. Exits with 1 after the first operation that differs.

Not of ``l`` and ``L``: the interpreter's own long has four bytes, the manager's eight.
"""

import random
import sys
import warnings
from array import array
from multiprocessing import Manager
from multiprocessing.managers import Namespace

TYPECODES = "bBuhHiIqQfd" + ("w" if sys.version_info >= (3, 13) else "")
NUMBERS = (0, 1, -1, 2, 7, True, 127, 128, 255, 256, 65535, 65536, 2**31, -(2**31) - 1, 2**32, 2**63, -(2**63), 2**64,
           2**70, 0.5, -0.0, 1e300, float("inf"))
OTHERS = (None, "a", "", "ab", "\xe9", b"a", [1])


def result(operation, subject):
    """What an operation gave, in words."""
    try:
        value = operation(subject)
        return f"{type(value).__name__} {value!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def agree(here, there):
    """The same words; but the interpreter's own long is the shorter one, which it finds out first."""
    too_long = "OverflowError: Python int too large to convert to C "
    return here == there or here.startswith(too_long) and there.startswith("OverflowError: ")


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def item(self, typecode=None):
        choose = self.random.choice
        if self.random.randrange(6) == 0:
            return choose(NUMBERS + OTHERS)
        return choose("ab\xe9") if typecode in ("u", "w") else choose((0, 1, 2, 3, True))

    def index(self, length):
        if self.random.randrange(10) == 0:
            return self.random.choice((2**63, -(2**70), "x", None, 1.5, True))
        return self.random.randrange(-length - 1, length + 2)

    def slice(self, length):
        def bound():
            return self.random.choice((None, 2**65, self.index(length)))

        parts = [part if isinstance(part, int) else None for part in (bound(), bound())]
        return slice(*parts, self.random.choice((None, 1, 2, -1, -2, 0)))

    def array_operation(self, plain):
        name = self.random.choice(("len", "get", "set", "set", "get slice", "set slice", "str", "iterate", "in", "copy"))
        length, typecode = len(plain), plain.typecode
        index, item, bounds = self.index(length), self.item(typecode), self.slice(length)
        letters = typecode in ("u", "w")
        other = array(typecode, ["x" if letters else 3] * self.random.randrange(5))

        def set_item(it):
            it[index] = item

        def set_slice(it):
            it[bounds] = other

        return f"{name} {index!r} {item!r} {bounds} {other}", {
            "len": len,
            "get": lambda it: it[index],
            "set": set_item,
            "get slice": lambda it: it[bounds],
            "set slice": set_slice,
            "str": str,
            "iterate": list,
            "in": lambda it: item in it,
            "copy": lambda it: it[:],
        }[name]

    def namespace_operation(self):
        name = self.random.choice(("get", "set", "set", "delete", "str", "has"))
        attribute, item = self.random.choice(("a", "b", "a1", "\xe9", "fetch_add")), self.item()
        return f"{name} {attribute} {item!r}", {
            "get": lambda it: getattr(it, attribute),
            "set": lambda it: setattr(it, attribute, item),
            "delete": lambda it: delattr(it, attribute),
            "str": str,
            "has": lambda it: hasattr(it, attribute),
        }[name]


def main(operations=20_000, seed=None):
    seed = random.SystemRandom().randrange(10**9) if seed is None else int(seed)
    print("seed", seed)
    warnings.simplefilter("ignore", DeprecationWarning)  # Of the type code u.
    maker = Maker(seed)
    manager = Manager()
    plain_names, shared_names = Namespace(), manager.Namespace()
    plain_array = shared_array = None
    for number in range(int(operations)):
        if plain_array is None or len(plain_array) > 30 or maker.random.randrange(50) == 0:
            typecode = maker.random.choice(TYPECODES)
            items = ["b" if typecode in ("u", "w") else n for n in range(maker.random.randrange(8))]
            plain_array, shared_array = array(typecode, items), manager.Array(typecode, items)
        if maker.random.randrange(4):
            plain, shared = plain_array, shared_array
            name, operation = maker.array_operation(plain)
        else:
            plain, shared = plain_names, shared_names
            name, operation = maker.namespace_operation()
        before = str(plain)
        here, there = result(operation, plain), result(operation, shared)
        if not agree(here, there) or str(plain) != str(shared) or repr(shared._getvalue()) != repr(plain):
            print(f"operation {number}: {name}\nwith          {before}\nPython gives  {here}\nthe proxy     {there}")
            print(f"Python leaves {plain}\nthe proxy     {shared}")
            sys.exit(1)
    print(operations, "operations agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
