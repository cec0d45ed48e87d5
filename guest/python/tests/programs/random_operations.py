"""Random operations on proxies and on Python's own list, dict, set, deque and Counter, side by side.

    commonhold run random_operations.py -- [OPERATIONS] [SEED]

Each operation's value, or the class and arguments of its exception, must be the same on both
sides, and so must the contents afterwards. Exits with 1 after the first operation that differs.
Two things differ on purpose, and are allowed for:

* a failed ``sort`` leaves a shared list as it was, where CPython leaves it half sorted;
* messages that name the operand's class name the proxy's;
* a shared set keeps its elements in order of insertion, CPython's in any.
"""

import copy
import operator
import random
import sys
from collections import Counter, deque
from multiprocessing import Manager


class Side:
    """What an operation did on one side."""

    def __init__(self, operation, subject):
        self.value = self.error = None
        try:
            self.value = operation(subject)
        except Exception as error:
            self.error = error

    def __eq__(self, other):
        if self.error is None or other.error is None:
            return self.error is other.error and same(self.value, other.value)
        return type(self.error) is type(other.error) and repr(self.error.args) == repr(other.error.args).replace(
            "'DictProxy'", "'dict'").replace("'ListProxy'", "'list'").replace("'SetProxy'", "'set'")

    def __repr__(self):
        return repr(self.value if self.error is None else self.error)


def same(a, b):
    """Equal, and of the same types all the way down."""
    if type(a) in (set, frozenset) and type(a) is type(b):
        return sorted(map(repr, a)) == sorted(map(repr, b))
    return type(a) is type(b) and repr(a) == repr(b)


class Maker:
    """Random values and operations."""

    SCALARS = (None, True, False, 0, 1, -1, 2, 3, 2**63, -(2**63) - 1, 2**70, 1.0, 2.5, -0.0, float("inf"), "a", "b",
               "", "\xe9", b"a", b"")

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_of(self, *makers):
        return self.random.choice(makers)()

    def below(self, number):
        return self.random.randrange(number)

    def scalar(self):
        return self.random.choice(self.SCALARS)

    def key(self, depth=1):
        if depth and not self.below(6):
            return tuple(self.key(0) for _ in range(self.below(3)))
        return self.scalar()

    def value(self, depth=2):
        if not depth or self.below(12) < 7:
            return self.scalar()
        return self.one_of(
            lambda: [self.value(depth - 1) for _ in range(self.below(4))],
            lambda: tuple(self.value(depth - 1) for _ in range(self.below(4))),
            lambda: {self.key(): self.value(depth - 1) for _ in range(self.below(4))},
            lambda: {self.key() for _ in range(self.below(2))},
            lambda: frozenset(self.key() for _ in range(self.below(2))),
        )

    def index(self):
        if not self.below(8):
            return self.random.choice((True, 11, -12, 2**63, -(2**70), "x", None, 1.5))
        return self.below(16) - 8

    def bound(self):
        return self.random.choice((None, None, 2**65, -(2**65), self.below(24) - 12, self.below(8)))

    def slice(self):
        return slice(self.bound(), self.bound(), self.random.choice((None, None, 1, 2, -1, -2, 3, 0)))

    def iterable(self):
        return self.one_of(
            lambda: [self.value() for _ in range(self.below(4))], lambda: tuple(self.value() for _ in range(3)),
            lambda: "xyz", lambda: b"xy", lambda: range(self.below(4)), lambda: {1: 2, "k": 3}, lambda: 5, lambda: None)

    def entries(self):
        return self.one_of(
            lambda: {self.key(): self.value() for _ in range(3)},
            lambda: [(self.key(), self.value()) for _ in range(3)],
            lambda: [(1, 2, 3)], lambda: ["ab"], lambda: 7, lambda: [([], 1)], lambda: [])

    def list_operation(self):
        """Its name, and what it does to a list or a proxy to one."""
        name = self.random.choice((
            "append", "extend", "insert", "pop", "remove", "clear", "copy", "count", "index", "reverse", "sort",
            "sort by key", "len", "in", "get", "set", "delete", "get slice", "set slice", "delete slice", "+", "*",
            "+=", "*=", "iterate", "reversed", "str"))
        index, value, other, bounds = self.index(), self.value(), self.iterable(), self.slice()
        flag, times = not self.below(2), self.random.choice((0, 1, 2, -1, True, "a", 1.5, None))
        methods = {"append": (value,), "extend": (other,), "insert": (index, value), "pop": (index,) if flag else (),
                   "remove": (value,), "copy": (), "count": (value,), "reverse": (), "sort": (),
                   "index": (value, self.below(4)) if flag else (value,)}
        if name in methods:
            args = methods[name]
            if not self.below(4):
                return f"call {name}{args}", lambda it: (
                    getattr(it, name)(*args) if isinstance(it, list) else it._callmethod(name, args))
            return f"{name}{args}", lambda it: getattr(it, name)(*args)
        if name == "clear":
            return name, (lambda it: it.clear()) if not self.below(4) else len
        return f"{name} {index!r} {value!r} {other!r} {bounds} {flag} {times!r}", {
            "sort by key": lambda it: it.sort(key=repr, reverse=flag),
            "len": len,
            "in": lambda it: value in it,
            "get": lambda it: it[index],
            "set": lambda it: operator.setitem(it, index, value),
            "delete": lambda it: operator.delitem(it, index),
            "get slice": lambda it: it[bounds],
            "set slice": lambda it: operator.setitem(it, bounds, other),
            "delete slice": lambda it: operator.delitem(it, bounds),
            "+": lambda it: it + other,
            "*": lambda it: it * times,
            "+=": lambda it: operator.iadd(it, other) is it,
            "*=": lambda it: operator.imul(it, times) is it if len(it) < 60 else None,
            "iterate": list,
            "reversed": lambda it: list(reversed(it)),
            "str": str,
        }[name]

    def some(self, present):
        """An iterable for a set's method, whose order does not matter."""
        elements = [self.key() for _ in range(self.below(4))] + [one for one in present if self.below(2)]
        if not self.below(8):
            elements.insert(self.below(len(elements) + 1), [])
            return elements
        if not self.below(8):
            return self.iterable()
        return self.random.choice((set, frozenset, list, tuple, dict.fromkeys))(elements)

    def set_operation(self, present):
        """Its name, and what it does to a set or a proxy to one."""
        name = self.random.choice((
            "add", "add", "add", "discard", "remove", "clear", "copy", "union", "intersection", "difference",
            "symmetric_difference", "update", "update", "intersection_update", "difference_update",
            "symmetric_difference_update", "isdisjoint", "issubset", "issuperset", "len", "in", "iterate", "or", "and",
            "sub", "xor", "ior", "iand", "isub", "ixor", "le", "lt", "ge", "gt", "pop from empty"))
        key, other = self.key(), self.some(present)
        if present and self.below(2):
            key = self.random.choice(present)
        elif not self.below(8):
            key = self.random.choice(([1], {}, {1}, set(), ({1},)))
        several = [self.some(present) for _ in range(self.below(4))]
        methods = {"add": (key,), "discard": (key,), "remove": (key,), "copy": (), "symmetric_difference": (other,),
                   "symmetric_difference_update": (other,), "isdisjoint": (other,), "issubset": (other,),
                   "issuperset": (other,), "union": several, "intersection": several, "difference": several,
                   "update": several, "intersection_update": several, "difference_update": several}
        if name in methods:
            args = tuple(methods[name])
            if not self.below(4):
                return f"call {name}{args}", lambda it: (
                    getattr(it, name)(*args) if isinstance(it, set) else it._callmethod(name, args))
            return f"{name}{args}", lambda it: getattr(it, name)(*args)
        if name == "clear":
            return name, (lambda it: it.clear()) if not self.below(4) else len
        if name == "pop from empty":
            return name, lambda it: it.pop() if not it else len(it)
        if name in ("len", "in", "iterate"):
            return f"{name} {key!r}", {"len": len, "in": lambda it: key in it,
                                       "iterate": lambda it: sorted(map(repr, it))}[name]
        operation = getattr(operator, name if name not in ("or", "and") else name + "_")
        if name in ("ior", "iand", "isub", "ixor"):
            return f"{name} {other!r}", lambda it: operation(it, other) is it
        if not self.below(3):
            return f"reversed {name} {other!r}", lambda it: operation(other, it)
        return f"{name} {other!r}", lambda it: operation(it, other)

    def deque_operation(self):
        """Its name, and what it does to a deque or a proxy to one."""
        name = self.random.choice((
            "append", "appendleft", "extend", "extendleft", "insert", "pop", "popleft", "remove", "clear", "copy",
            "count", "index", "reverse", "rotate", "maxlen", "len", "in", "get", "set", "delete", "+", "*", "+=", "*=",
            "iterate", "reversed", "str"))
        index, value, other = self.index(), self.value(), self.iterable()
        times = self.random.choice((0, 1, 2, -1, True))
        methods = {"append": (value,), "appendleft": (value,), "extend": (other,), "extendleft": (other,),
                   "insert": (index, value), "pop": (), "popleft": (), "remove": (value,), "copy": (),
                   "count": (value,), "index": (value,), "reverse": (), "rotate": (index,)}
        if name in methods:
            args = methods[name]
            return f"{name}{args}", lambda it: getattr(it, name)(*args)
        if name == "clear":
            return name, (lambda it: it.clear()) if not self.below(4) else len
        return f"{name} {index!r} {value!r} {other!r} {times!r}", {
            "maxlen": lambda it: it.maxlen,
            "len": len,
            "in": lambda it: value in it,
            "get": lambda it: it[index],
            "set": lambda it: operator.setitem(it, index, value),
            "delete": lambda it: operator.delitem(it, index),
            "+": lambda it: it + deque([value]),
            "*": lambda it: it * times,
            "+=": lambda it: operator.iadd(it, other) is it,
            "*=": lambda it: operator.imul(it, times) is it if len(it) < 60 else None,
            "iterate": list,
            "reversed": lambda it: list(reversed(it)),
            "str": str,
        }[name]

    def counter_operation(self):
        """Its name, and what it does to a counter or a proxy to one."""
        name = self.random.choice((
            "update", "update by name", "subtract", "most_common", "elements", "total", "copy", "get", "pop", "popitem",
            "clear", "len", "in", "[]", "set", "delete", "+", "-", "&", "|", "reversed |", "reversed -", "+=", "-=", "&=",
            "|=", "pos", "neg", "<=", "<", ">=", ">", "iterate", "items", "str"))
        key, count, letters = self.random.choice("abcdef"), self.below(7) - 2, self.random.choices("abcdef", k=self.below(6))
        counts = {letter: self.below(7) - 2 for letter in letters}
        what = self.random.choice((letters, counts, Counter(counts), "".join(letters), None, 5, [[]]))
        most = self.random.choice((None, 0, 1, 2, 9, -1))
        operators = {"+": operator.add, "-": operator.sub, "&": operator.and_, "|": operator.or_, "<=": operator.le,
                     "<": operator.lt, ">=": operator.ge, ">": operator.gt}
        in_place = {"+=": operator.iadd, "-=": operator.isub, "&=": operator.iand, "|=": operator.ior}
        other = Counter(counts)
        if name in operators:
            return f"{name} {other}", lambda it: operators[name](it, other)
        if name in in_place:
            return f"{name} {other}", lambda it: in_place[name](it, other) is it
        return f"{name} {key!r} {count!r} {what!r} {most!r} {counts!r}", {
            "update": lambda it: it.update(what),
            "update by name": lambda it: it.update(letters, **counts),
            "subtract": lambda it: it.subtract(letters),
            "most_common": lambda it: it.most_common(most),
            "elements": lambda it: list(it.elements()),
            "total": lambda it: it.total(),
            "copy": lambda it: it.copy(),
            "get": lambda it: it.get(key, count),
            "pop": lambda it: it.pop(key),
            "popitem": lambda it: it.popitem(),
            "clear": (lambda it: it.clear()) if not self.below(8) else len,
            "len": len,
            "in": lambda it: key in it,
            "[]": lambda it: it[key],
            "set": lambda it: operator.setitem(it, key, count),
            "delete": lambda it: operator.delitem(it, key),
            "reversed |": lambda it: other | it,
            "reversed -": lambda it: other - it,
            "pos": lambda it: +it,
            "neg": lambda it: -it,
            "iterate": list,
            "items": lambda it: list(it.items()),
            "str": str,
        }[name]

    def dict_operation(self, present):
        """Its name, and what it does to a dict or a proxy to one."""
        name = self.random.choice((
            "get", "pop", "popitem", "setdefault", "update", "update by name", "copy", "keys", "values", "items",
            "clear", "len", "in", "[]", "set", "set", "set", "delete", "|", "reversed |", "|=", "iterate", "reversed",
            "str", "dict"))
        key, value, other = self.key(), self.value(), self.entries()
        if present and self.below(2):
            key = self.random.choice(present)
        elif not self.below(12):
            key = self.random.choice(([1], {}, {1}))
        keyed = (key, value) if self.below(2) else (key,)
        methods = {"get": keyed, "pop": keyed, "popitem": (), "setdefault": keyed, "update": (other,), "copy": (),
                   "keys": (), "values": (), "items": ()}
        if name in methods:
            args = methods[name]
            plain = list if name in ("keys", "values", "items") else lambda result: result
            if not self.below(4):
                return f"call {name}{args}", lambda it: plain(
                    getattr(it, name)(*args) if isinstance(it, dict) else it._callmethod(name, args))
            return f"{name}{args}", lambda it: plain(getattr(it, name)(*args))
        if name == "clear":
            return name, (lambda it: it.clear()) if not self.below(4) else len
        return f"{name} {key!r} {value!r} {other!r}", {
            "update by name": lambda it: it.update(x=value),
            "len": len,
            "in": lambda it: key in it,
            "[]": lambda it: it[key],
            "set": lambda it: operator.setitem(it, key, value),
            "delete": lambda it: operator.delitem(it, key),
            "|": lambda it: it | other,
            "reversed |": lambda it: other | it,
            "|=": lambda it: operator.ior(it, other) is it,
            "iterate": list,
            "reversed": lambda it: list(reversed(it)),
            "str": str,
            "dict": dict,
        }[name]


def main(operations=100_000, seed=None):
    seed = random.SystemRandom().randrange(10**9) if seed is None else int(seed)
    print("seed", seed)
    maker = Maker(seed)
    manager = Manager()
    plain_list, shared_list, plain_dict, shared_dict = [], manager.list(), {}, manager.dict()
    plain_set, shared_set = set(), manager.set()
    plain_deques = [deque(), deque((), 7)]
    shared_deques = [manager.deque(), manager.deque((), 7)]
    plain_counter, shared_counter = Counter(), manager.Counter()
    for number in range(int(operations)):
        which = maker.below(8)
        if which < 2:
            plain, shared = plain_list, shared_list
            name, operation = maker.list_operation()
        elif which < 4:
            plain, shared = plain_set, shared_set
            name, operation = maker.set_operation(list(plain_set))
        elif which < 6:
            plain, shared = plain_dict, shared_dict
            name, operation = maker.dict_operation(list(plain_dict))
        elif which < 7:
            plain, shared = plain_counter, shared_counter
            name, operation = maker.counter_operation()
        else:
            either = maker.below(2)
            plain, shared = plain_deques[either], shared_deques[either]
            name, operation = maker.deque_operation()
        before = copy.copy(plain)
        here, there = Side(operation, plain), Side(operation, shared)
        if here.error is not None and "sort" in name:
            plain[:] = before
        after = copy.deepcopy(shared)
        if not here == there or not same(plain, after):
            print(f"operation {number}: {name}\nwith          {before}\nPython gives  {here}\nthe proxy     {there}")
            print(f"Python leaves {plain}\nthe proxy     {after}")
            sys.exit(1)
        if len(plain) > 60:
            plain.clear()
            shared.clear()
    print(operations, "operations agree")


if __name__ == "__main__":
    main(*sys.argv[1:])
