"""Asks CPython's own objects what ours were asked. See messages.rs.

Each line of the input is an object, what is done with it, a method, and the arguments; each line of the output is the
error that this gives, "=" if it gives none, or "-" if there is no such method.
"""

import operator
import sys
from array import array
from collections import Counter, deque
from multiprocessing.managers import Namespace, Value

OPERATORS = {
    "__add__": operator.add, "__iadd__": operator.iadd,
    "__and__": operator.and_, "__or__": operator.or_, "__sub__": operator.sub, "__xor__": operator.xor,
    "__iand__": operator.iand, "__ior__": operator.ior, "__isub__": operator.isub, "__ixor__": operator.ixor,
    "__le__": operator.le, "__lt__": operator.lt, "__ge__": operator.ge, "__gt__": operator.gt,
}
REFLECTED = {"__rand__": operator.and_, "__ror__": operator.or_, "__rsub__": operator.sub, "__rxor__": operator.xor}
ITEMS = {
    "__getitem__": (1, operator.getitem), "__setitem__": (2, operator.setitem), "__delitem__": (1, operator.delitem),
}
ENVIRONMENT = {"Namespace": Namespace, "Value": Value, "array": array, "Counter": Counter, "deque": deque}
TYPES = {"list": list, "dict": dict, "set": set, "Counter": Counter, "deque": deque}


def ask(subject, what, method, args, kwargs):
    if what == "new":
        if subject not in TYPES:
            return "-"
        TYPES[subject](*args, **kwargs)
        return "="
    it = eval(subject, ENVIRONMENT)
    if not hasattr(type(it), method):
        return "-"
    if not callable(getattr(it, method)):
        return "-"
    if isinstance(it, deque) and method in ITEMS and len(args) == ITEMS[method][0] and not kwargs:
        # By the operator, as programs do: called by its name it words it otherwise.
        ITEMS[method][1](it, *args)
        return "="
    result = getattr(it, method)(*args, **kwargs)
    if result is NotImplemented:
        if method in REFLECTED:
            REFLECTED[method](*args, it)
        else:
            OPERATORS[method](it, *args)
    return "="


for line in sys.stdin:
    subject, what, method, given = line.rstrip("\n").split("\t")
    try:
        shown = ask(subject, what, method, *eval(given))
    except Exception as error:
        shown = f"! {type(error).__name__}: {error}".removesuffix(": ")
    print(shown)
