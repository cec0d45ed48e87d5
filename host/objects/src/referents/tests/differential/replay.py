"""Replays operations on CPython's own list and dict. See ../differential.rs.

Each line of the input is an expression; each line of the output says what it gave, and what the
container is afterwards.
"""

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


class Names(dict):
    """The names in values: each nan is another one, as it is in a copy."""

    def __missing__(self, name):
        if name in ("nan", "inf"):
            return float(name)
        raise KeyError(name)


def copied(value):
    """A copy as one that travels: every nan in it is another one, while proxies stay the same."""
    if type(value) in (list, tuple, frozenset):
        return type(value)(map(copied, value))
    if type(value) is dict:
        return {copied(key): copied(item) for key, item in value.items()}
    return float("nan") if value != value else value


def state(i):
    proxy = P[i]
    proxy.again = "[...]" if isinstance(proxy, ListProxy) else "{...}"
    try:
        return repr(C[i])
    finally:
        proxy.again = None


def new(i, typeid, number, *args, **kwargs):
    container = (list if typeid == "list" else dict)(*map(copied, args), **kwargs)
    C[i] = container
    name = "ListProxy" if typeid == "list" else "DictProxy"
    P[i] = globals()[name](container, f"<{name} object, typeid '{typeid}' at {number:#x}>")


def iterate(j, i):
    I[j] = iter(C[i])


def step(j):
    return next(I[j])


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


def call(i, method, *args, **kwargs):
    container = C[i]
    args = [arg if arg is container else copied(arg) for arg in args]
    if method in ("update", "__ior__") and args and type(args[0]) is list:
        # The dict itself as a pair of its own entries is looked at before anything is set.
        args[0] = [tuple(it) if isinstance(it, Proxy) and it.container is container else it for it in args[0]]
    if method == "fetch_add":
        return fetch_add(container, *args)
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


ENVIRONMENT = {"new": new, "iterate": iterate, "step": step, "call": call, "C": C, "P": P, "I": I}

for line in sys.stdin:
    container, _, source = line.rstrip("\n").partition(" ")
    try:
        shown = "= " + repr(eval(source, ENVIRONMENT, Names()))
    except Exception as error:
        text = str(error) if error.args == (str(error),) else repr(error.args)
        shown = f"! {type(error).__name__}: {text}"
    print(shown, state(int(container)), sep="\t")
