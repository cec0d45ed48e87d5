"""Takes the steps of the conformance suite with an object's Python proxy, as a program would write them."""

import operator
from array import array
from collections import deque


def _attribute(name):
    """An operation that is no method but reads or sets attributes."""
    return {"__getattribute__": getattr, "__setattr__": setattr, "__delattr__": delattr}.get(name)


_OPERATORS = {
    "str": str,
    "__len__": len,
    "__iter__": list,
    "__reversed__": lambda it: list(reversed(it)),
    "__next__": next,
    "__radd__": lambda it, other: other + it,
    "__rmul__": lambda it, other: other * it,
    "__rand__": lambda it, other: other & it,
    "__ror__": lambda it, other: other | it,
    "__rsub__": lambda it, other: other - it,
    "__rxor__": lambda it, other: other ^ it,
}
_OPERATORS.update((f"__{name}__", getattr(operator, name)) for name in (
    "add", "mul", "and_", "or_", "sub", "xor", "contains", "getitem", "setitem", "delitem", "le", "lt", "ge", "gt",
    "pos", "neg", "iadd", "imul", "iand", "ior", "isub", "ixor"))
_OPERATORS["__and__"], _OPERATORS["__or__"] = operator.and_, operator.or_


def steps(shared, steps):
    """What each of the steps has come to."""
    return [_take(shared, *step) for step in steps]


def _take(shared, method, args, kwargs):
    operation = _OPERATORS.get(method) or _attribute(method)
    try:
        if operation is not None:
            result = operation(shared, *args, **dict(kwargs))
        elif not hasattr(type(shared), method):
            return "not there", None
        else:
            attribute = getattr(shared, method)
            # Some are properties in Python.
            result = attribute(*args, **dict(kwargs)) if callable(attribute) else attribute
    except Exception as error:
        return "raised", f"{type(error).__name__}: {error}"
    # These are no values: programs get them from their own proxies.
    if isinstance(result, (array, deque)):
        result = list(result)
    return ("itself", None) if result is shared else ("returned", result)
