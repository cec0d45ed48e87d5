"""Replays operations on CPython's own list, dict and set. See ../differential.rs.

Each line of the input is an expression; each line of the output says what it gave, and what the
container is afterwards.
"""

import operator
import sys

C = {}  # The containers.
P = {}  # What stands for their proxies, as an element or a key.
I = {}  # Iterators over dicts.


class Proxy:
    """Equal to itself alone, iterated over as what is behind it."""

    def __init__(self, container, text):
        self.container, self.text, self.again = container, text, None

    def __iter__(self):
        return iter(copied(self.container))

    def __repr__(self):
        return self.again or self.text


class ListProxy(Proxy):
    pass


class DictProxy(Proxy):
    pass


class SetProxy(Proxy):
    pass


TYPES = {"list": list, "dict": dict, "set": set}
AGAIN = {"list": "[...]", "dict": "{...}", "set": "set(...)"}
OPERATORS = {
    "__and__": operator.and_, "__or__": operator.or_, "__sub__": operator.sub, "__xor__": operator.xor,
    "__iand__": operator.iand, "__ior__": operator.ior, "__isub__": operator.isub, "__ixor__": operator.ixor,
    "__le__": operator.le, "__lt__": operator.lt, "__ge__": operator.ge, "__gt__": operator.gt,
}


class Names(dict):
    """The names in values: each nan is another one, as it is in a copy."""

    def __missing__(self, name):
        if name in ("nan", "inf"):
            return float(name)
        raise KeyError(name)


def copied(value):
    """A copy as one that travels: every nan in it is another one, while proxies stay the same."""
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(map(copied, value))
    if type(value) is dict:
        return {copied(key): copied(item) for key, item in value.items()}
    return float("nan") if value != value else value


def state(i):
    proxy = P[i]
    proxy.again = AGAIN[type(C[i]).__name__]
    try:
        return shown(C[i]) if type(C[i]) is set else repr(C[i])
    finally:
        proxy.again = None


def new(i, typeid, number, *args, **kwargs):
    container = TYPES[typeid](*map(copied, args), **kwargs)
    C[i] = container
    name = typeid.title() + "Proxy"
    P[i] = globals()[name](container, f"<{name} object, typeid '{typeid}' at {number:#x}>")


def iterate(j, i):
    I[j] = iter(C[i])


def step(j):
    return next(I[j])


def shown(value):
    """What a set gives: elements in the order of what they print as, since their own is arbitrary."""
    if type(value) in (list, set, frozenset):
        return f"{type(value).__name__}: {', '.join(sorted(map(repr, value)))}"
    return repr(value)


def pop(i, text):
    """Pops the element that prints so, as any may be popped."""
    container = C[i]
    if not container:
        return container.pop()
    element = next(element for element in container if repr(element) == text)
    container.remove(element)
    return element


def set_operator(container, method, other):
    """An operator by its method, which alone would give NotImplemented."""
    if method in ("__rand__", "__ror__", "__rsub__", "__rxor__"):
        return OPERATORS[method.replace("r", "", 1) if method != "__ror__" else "__or__"](other, container)
    result = OPERATORS[method](container, other)
    return None if result is container else result


def fetch_add(container, key, delta, *initial):
    if initial and initial[0] is not None and key not in container:
        old = initial[0]
    else:
        old = container[key]
    for number in (old, delta):
        if not isinstance(number, (int, float)):
            raise TypeError(
                f"unsupported operand type(s) for +: '{type(old).__name__}' and '{type(delta).__name__}'"
            )
    container[key] = old + delta
    return old


def fetch_max(container, key, value, *initial):
    missing = isinstance(container, dict) and key not in container
    old = initial[0] if missing and initial and initial[0] is not None else container[key]
    if old < value:
        container[key] = value
    elif missing:
        container[key] = old
    return old


def swap(container, key, value):
    try:
        old = container[key]
    except IndexError:
        # For its message.
        container[key] = value
        raise
    container[key] = value
    return old


def compare_exchange(container, key, expected, value):
    old = container[key]
    if old == expected:
        container[key] = value
        return True, old
    return False, old


def pop_if(container, key, expected):
    old = container[key]
    if old == expected:
        del container[key]
        return True, old
    return False, old


def check_key(container, key):
    """What a key fails with, wherever it is."""
    if isinstance(container, dict):
        hash(key)
    elif not isinstance(key, int):
        raise TypeError(f"list indices must be integers or slices, not {type(key).__name__}")
    elif not -2**63 <= key < 2**63:
        raise IndexError("cannot fit 'int' into an index-sized integer")


def get_many(container, keys, *default):
    keys = copied(list(keys))
    for key in keys:
        check_key(container, key)
    return [default[0] if default and key not in container else container[key] for key in keys]


def set_many(container, entries):
    if isinstance(container, dict):
        new = {}
        new.update(entries)
        container.update(new)
        return
    pairs = []
    if type(entries) is dict:
        pairs = list(entries.items())
    else:
        for number, pair in enumerate(list(entries)):
            if not hasattr(pair, "__iter__"):
                raise TypeError("object is not iterable")
            pair = list(pair)
            if len(pair) != 2:
                raise ValueError(f"sequence of pairs element #{number} has length {len(pair)}; 2 is required")
            pairs.append(pair)
    for key, _ in pairs:
        check_key(container, key)
    new = list(container)
    for key, item in pairs:
        new[key] = item
    container[:] = new


def told(error, number, step):
    """An error with the step that it happened at."""
    if isinstance(error, KeyError):
        return error
    text = repr(step)
    if len(text.encode()) > 100:
        text = text.encode()[:100].decode(errors="ignore") + "..."
    return type(error)(f"{error} (step {number} of the path: {text})")


def check_path(path):
    if type(path) not in (list, tuple):
        raise TypeError(f"a path is a list of keys and indexes, not '{type(path).__name__}'")
    if not path:
        raise ValueError("a path has one step at least")


def look(place, path, number):
    try:
        if isinstance(place, (list, tuple, dict)):
            return place[path[number]]
        name = type(place).__name__
        if name in ("str", "bytes"):
            raise TypeError(f"a path cannot lead into a '{name}'")
        raise TypeError(f"'{name}' object is not subscriptable")
    except Exception as error:
        raise told(error, number + 1, path[number]) from None


def get_path(container, path):
    check_path(path)
    for number in range(len(path)):
        container = look(container.container if isinstance(container, Proxy) else container, path, number)
    return container


def put(place, path, number, value):
    """Puts a value into a place; whether the place itself has changed, and not an object inside of it."""
    if number < len(path) - 1:
        inner = look(place, path, number)
        if isinstance(inner, Proxy):
            put(inner.container, path, number + 1, value)
            return False
        # A copy: no plain value is ever changed.
        new = list(inner) if type(inner) is tuple and number < len(path) - 2 else copied(inner)
        if not put(new, path, number + 1, value):
            return False
        value = tuple(new) if type(inner) is tuple else new
    try:
        if not isinstance(place, (list, dict)):
            raise TypeError(f"'{type(place).__name__}' object does not support item assignment")
        place[path[number]] = value
        return True
    except Exception as error:
        raise told(error, number + 1, path[number]) from None


def set_path(container, path, value):
    check_path(path)
    put(container, path, 0, value)


OWN = {function.__name__: function for function in (
    fetch_add, fetch_max, swap, compare_exchange, pop_if, get_many, set_many, get_path, set_path)}


def call(i, method, *args, **kwargs):
    container = C[i]
    # The same container twice is one operand.
    copies = {id(arg): arg if arg is container else copied(arg) for arg in args}
    args = [copies[id(arg)] for arg in args]
    if type(container) is dict and method in ("update", "__ior__") and args and type(args[0]) in (list, tuple):
        # The dict itself as a pair of its own entries is looked at before anything is set.
        args[0] = [tuple(it) if isinstance(it, Proxy) and it.container is container else it for it in args[0]]
    if method in OWN:
        return OWN[method](container, *args)
    if type(container) is set:
        if len(args) == 1 and not kwargs and method.strip("_").lstrip("ri") in (
                "and", "or", "sub", "xor", "le", "lt", "ge", "gt"):
            return set_operator(container, method, args[0])
        if method == "issubset" and len(args) == 1 and not kwargs and sys.version_info < (3, 12):
            # It looked further than it had to.
            return container.intersection(args[0]) == container
        result = getattr(container, method)(*args, **kwargs)
        return list(result) if method == "__iter__" else result
    if method == "__radd__":
        return args[0] + container
    if len(args) == 1 and not kwargs:
        # As an operator: the method alone gives NotImplemented.
        if method == "__or__":
            return container | args[0]
        if method == "__ror__":
            return args[0] | container
    if method == "sort":
        # Where it fails, CPython leaves some other order.
        before = list(container)
        try:
            return container.sort(*args, **kwargs)
        except BaseException:
            container[:] = before
            raise
    result = getattr(container, method)(*args, **kwargs)
    if method in ("__reversed__", "keys", "values", "items"):
        return list(result)
    if method in ("__iadd__", "__imul__", "__ior__"):
        return None
    return result


ENVIRONMENT = {"new": new, "iterate": iterate, "step": step, "call": call, "pop": pop, "C": C, "P": P, "I": I}

for line in sys.stdin:
    container, _, source = line.rstrip("\n").partition(" ")
    try:
        result = eval(source, ENVIRONMENT, Names())
        line = "= " + (shown(result) if type(C.get(int(container))) is set else repr(result))
    except Exception as error:
        text = str(error) if error.args == (str(error),) else repr(error.args)
        line = f"! {type(error).__name__}: {text}"
    print(line, state(int(container)), sep="\t")
