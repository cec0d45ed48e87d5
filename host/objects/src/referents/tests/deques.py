"""Replays operations on CPython's own deque. See deques.rs: each line is an expression, and is answered with one."""

import sys
from collections import deque

D = {}
I = {}  # Iterators, and those that are exhausted: for good here, where CPython's fail once the deque changes.
ENDED = set()


def new(i, items, maxlen):
    # Checked in the order of their effects here.
    D[i] = deque(items, maxlen)


def iterate(j, i):
    I[j] = iter(D[i])
    ENDED.discard(j)


def step(j):
    try:
        if j not in ENDED:
            return next(I[j])
    except StopIteration:
        ENDED.add(j)
    raise StopIteration


def call(i, method, *args):
    it = D[i]
    if method == "maxlen":
        if args:
            raise TypeError(f"deque.maxlen() takes no arguments ({len(args)} given)")
        return it.maxlen
    # As operators, which word errors otherwise than the methods behind them.
    if method == "__getitem__":
        return it[args[0]]
    if method == "__setitem__":
        it[args[0]] = args[1]
        return None
    if method == "__delitem__":
        del it[args[0]]
        return None
    result = getattr(it, method)(*args)
    if method in ("__iadd__", "__imul__"):
        return None
    if method in ("__add__", "__mul__", "__rmul__", "__reversed__", "copy"):
        return list(result)
    return result


for line in sys.stdin:
    at, _, source = line.rstrip("\n").partition(" ")
    try:
        shown = "= " + repr(eval(source))
    except Exception as error:
        shown = f"! {type(error).__name__}: {error}" if error.args else f"! {type(error).__name__}"
    print(shown, D.get(int(at)), sep="\t")
