"""Replays operations on CPython's own Namespace, Value and array. See ../differential.rs.

Each line of the input is an expression; each line of the output says what it gave, and what the
object is afterwards.
"""

import sys
from array import array
from multiprocessing.managers import Namespace, Value

O = {}  # The objects.


class Names(dict):
    """The names in values: each nan is another one, as it is in a copy."""

    def __missing__(self, name):
        if name in ("nan", "inf"):
            return float(name)
        raise KeyError(name)


def make_array(typecode, items):
    if isinstance(items, int) and items >= 0 and isinstance(typecode, str) and len(typecode) == 1:
        if typecode in "uw":
            items = "\0" * items
        else:
            items = [0] * items
    elif isinstance(items, int) and isinstance(typecode, str) and len(typecode) == 1:
        array(typecode)  # A bad type code is found first.
        raise ValueError(f"Array length must be >= 0, not {items}")
    return array(typecode, items)


def new(place, typeid, *args, **kwargs):
    O[place] = {"Namespace": Namespace, "Value": Value, "Array": make_array}[typeid](*args, **kwargs)


def get(it, place):
    if isinstance(it, Namespace):
        return it.__getattribute__(*place)
    return it.get() if isinstance(it, Value) else it[place[0]]


def put(it, place, value):
    if isinstance(it, Namespace):
        it.__setattr__(*place, value)
    elif isinstance(it, Value):
        it.set(value)
    else:
        it[place[0]] = value


def fits(it, value):
    """What does not fit into an array fails before anything is done."""
    if isinstance(it, array):
        array(it.typecode, [value])


def index(it, place):
    if isinstance(it, array) and not isinstance(place[0], int):
        raise TypeError("array indices must be integers")


def fetch_add(it, *args):
    *place, delta = args
    index(it, place)
    old = get(it, place)
    for number in (old, delta):
        if not isinstance(number, (int, float)):
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(old).__name__}' and '{type(delta).__name__}'"
            )
    put(it, place, old + delta)
    return old


def fetch_max(it, *args):
    *place, value = args
    index(it, place)
    old = get(it, place)
    fits(it, value)
    if old < value:
        put(it, place, value)
    return old


def swap(it, *args):
    *place, value = args
    index(it, place)
    old = get(it, place)
    put(it, place, value)
    return old


def compare_exchange(it, *args):
    *place, expected, new = args
    index(it, place)
    old = get(it, place)
    fits(it, new)
    if old == expected:
        put(it, place, new)
        return (True, old)
    return (False, old)


def call(i, method, *args):
    it = O[i]
    if method in ATOMIC:
        return ATOMIC[method](it, *args)
    if isinstance(it, array) and args and isinstance(args[0], slice):
        if method == "__setitem__" and len(args) == 2:
            # Any iterable will do here, if its items fit, and the array itself.
            key, value = args
            if key.step == 0:
                raise ValueError("slice step cannot be zero")
            if isinstance(value, (list, tuple, str, bytes)):
                items = array(it.typecode)
                for item in value:
                    items.append(item)
                value = items
            it[key] = value
            return None
        return list(getattr(it, method)(*args))
    return getattr(it, method)(*args)


ATOMIC = {"fetch_add": fetch_add, "fetch_max": fetch_max, "swap": swap, "compare_exchange": compare_exchange}
ENVIRONMENT = {"new": new, "call": call, "O": O}

for line in sys.stdin:
    place, _, source = line.rstrip("\n").partition(" ")
    try:
        shown = "= " + repr(eval(source, ENVIRONMENT, Names()))
    except Exception as error:
        text = str(error) if error.args == (str(error),) else repr(error.args)
        shown = f"! {type(error).__name__}: {text}"
    print(shown, repr(O[int(place)]), sep="\t")
