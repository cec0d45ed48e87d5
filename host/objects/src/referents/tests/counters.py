"""Replays operations on CPython's own Counter. See counters.rs: each line is an expression, and is answered with one."""

import math
import operator
import sys
from collections import Counter

D = {}
BINARY = {"add": operator.add, "sub": operator.sub, "and": operator.and_, "or": operator.or_}
COMPARISONS = {"__le__": operator.le, "__lt__": operator.lt, "__ge__": operator.ge, "__gt__": operator.gt}


def new(i, *args, **kwargs):
    D[i] = Counter(*args, **kwargs)


def counter(value):
    """A plain dict is a copy of a counter here."""
    return Counter(value) if type(value) is dict else value


def total(counts):
    """The sum as CPython finds it since 3.14."""
    if sys.version_info >= (3, 14):
        return sum(counts)
    counts, result = iter(counts), 0
    for count in counts:
        result = result + count
        if type(result) is float:
            break
    lost = 0.0
    for count in counts:
        result + count
        x = float(count)
        t = result + x
        lost += (result - t) + x if abs(result) >= abs(x) else (x - t) + result
        result = t
    return result + lost if lost and math.isfinite(lost) else result


def fetch_max(it, key, value, initial=None):
    before = it[key] if key in it or initial is None else initial
    it[key] = value if before < value else before
    return before


def fetch_add(it, key, delta, initial=None):
    before = it[key] if key in it or initial is None else initial
    it[key] = before + delta
    return before


def swap(it, key, value):
    before = it[key]
    it[key] = value
    return before


def compare_exchange(it, key, expected, value):
    before = it[key]
    if before == expected:
        it[key] = value
    return before == expected, before


def pop_if(it, key, expected):
    before = it[key]
    if before == expected:
        del it[key]
    return before == expected, before


def get_many(it, keys, default=0):
    return [it.get(key, default) for key in keys]


def set_many(it, entries):
    dict.update(it, entries)


OWN = {f.__name__: f for f in (fetch_max, fetch_add, swap, compare_exchange, pop_if, get_many, set_many)}


def call(i, method, *args, **kwargs):
    it = D[i]
    name = method.strip("_")
    if method in OWN:
        return OWN[method](it, *args)
    if method in COMPARISONS:
        return COMPARISONS[method](it, counter(args[0]))
    if method == "__iand__":
        operator.iand(it, counter(args[0]))
        return None
    if method.startswith("__i") and name[1:] in BINARY:
        getattr(operator, method)(it, args[0])
        return None
    if method.startswith("__") and name in BINARY:
        return dict(BINARY[name](it, counter(args[0])))
    if method.startswith("__r") and name[1:] in BINARY:
        return dict(BINARY[name[1:]](counter(args[0]), it))
    if method == "total" and not args:
        return total(it.values())
    if method == "__delitem__":
        del it[args[0]]
        return None
    result = getattr(it, method)(*args, **kwargs)
    if method in ("copy", "__pos__", "__neg__"):
        return dict(result)
    if method in ("elements", "items", "keys", "values", "__reversed__"):
        return list(result)
    return result


for line in sys.stdin:
    at, _, source = line.rstrip("\n").partition(" ")
    before = list(D.get(int(at), {}).items())
    try:
        shown = "= " + repr(eval(source))
    except Exception as error:
        shown = f"! {type(error).__name__}: {error}"
        # Where CPython stops half-way, a shared counter is as it was.
        if int(at) in D:
            D[int(at)].clear()
            dict.update(D[int(at)], before)
    it = D.get(int(at))
    print(shown, it, None if it is None else dict(it), sep="\t")
