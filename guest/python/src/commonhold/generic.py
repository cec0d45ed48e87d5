"""The proxy classes of CPython's managers, for objects of whatever class: each method is a call by name.

They are what a program derives proxy classes of its own from, and what it registers its own types with
(``register("ordered", OrderedDict, DictProxy)``). The manager's own types have subclasses of them that use the
typed interfaces.
"""

from collections.abc import MutableMapping, MutableSequence, MutableSet
from types import GenericAlias

from .proxies import BaseProxy

_MODULE = BaseProxy.__module__


def MakeProxyType(name, exposed, _cache={}):
    """A class of proxies with methods of these names, each of which calls the referent's."""
    exposed = tuple(exposed)
    cls = _cache.get((name, exposed))
    if cls is None:
        members = {method: _delegate(method) for method in exposed}
        members["__module__"] = _MODULE
        members["_exposed_"] = exposed
        cls = _cache[name, exposed] = type(name, (BaseProxy,), members)
    return cls


def _delegate(name):
    def method(self, /, *args, **kwds):
        return self._callmethod(name, args, kwds)
    method.__name__ = method.__qualname__ = name
    return method


def _in_place(name):
    """An operator that changes the referent, and gives the proxy to it."""
    def method(self, value, /):
        self._callmethod(name, (value,))
        return self
    method.__name__ = method.__qualname__ = name
    return method


class IteratorProxy(BaseProxy):
    """A proxy to an iterator or a generator: each item goes to one of those who draw from it."""

    __module__ = _MODULE

    _exposed_ = ("__next__", "send", "throw", "close")

    def __iter__(self):
        return self

    def __next__(self, *args):
        return self._callmethod("__next__", args)

    def send(self, *args):
        """Has a generator go on with a value."""
        return self._callmethod("send", args)

    def throw(self, *args):
        """Has a generator go on with an exception."""
        return self._callmethod("throw", args)

    def close(self, *args):
        """Ends a generator."""
        return self._callmethod("close", args)


class AcquirerProxy(BaseProxy):
    """A proxy to what is taken and given back."""

    __module__ = _MODULE

    _exposed_ = ("acquire", "release", "locked")

    def acquire(self, blocking=True, timeout=None):
        """Takes it; False if it could not be had (in time)."""
        return self._callmethod("acquire", (blocking,) if timeout is None else (blocking, timeout))

    def release(self):
        """Gives it back."""
        return self._callmethod("release")

    def locked(self):
        """Whether it is taken."""
        return self._callmethod("locked")

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        return self.release()


class ConditionProxy(AcquirerProxy):
    """A proxy to a condition."""

    __module__ = _MODULE

    _exposed_ = ("acquire", "release", "locked", "wait", "notify", "notify_all")

    def wait(self, timeout=None):
        """Waits to be notified; whether that came in time."""
        return self._callmethod("wait", (timeout,))

    def notify(self, n=1):
        """Lets so many of those who wait go on."""
        return self._callmethod("notify", (n,))

    def notify_all(self):
        """Lets all who wait go on."""
        return self._callmethod("notify_all")

    def wait_for(self, predicate, timeout=None):
        """Waits until the predicate, which is evaluated here, is true; what it has given last."""
        from .waiting import wait_for

        return wait_for(self, predicate, timeout)


class EventProxy(BaseProxy):
    """A proxy to a flag."""

    __module__ = _MODULE

    _exposed_ = ("is_set", "set", "clear", "wait")

    def is_set(self):
        """Whether the flag is set."""
        return self._callmethod("is_set")

    def set(self):
        """Sets the flag."""
        return self._callmethod("set")

    def clear(self):
        """Takes the flag back."""
        return self._callmethod("clear")

    def wait(self, timeout=None):
        """Waits until the flag is set; whether it is, in time."""
        return self._callmethod("wait", (timeout,))


class BarrierProxy(BaseProxy):
    """A proxy to a barrier."""

    __module__ = _MODULE

    _exposed_ = ("__getattribute__", "wait", "abort", "reset")

    def wait(self, timeout=None):
        """Waits for the other parties; the place among them."""
        return self._callmethod("wait", (timeout,))

    def abort(self):
        """Breaks the barrier."""
        return self._callmethod("abort")

    def reset(self):
        """Breaks the barrier for those who wait there; then it is as new."""
        return self._callmethod("reset")

    @property
    def parties(self):
        """How many parties wait for each other."""
        return self._callmethod("__getattribute__", ("parties",))

    @property
    def n_waiting(self):
        """How many of them wait now."""
        return self._callmethod("__getattribute__", ("n_waiting",))

    @property
    def broken(self):
        """Whether it is broken."""
        return self._callmethod("__getattribute__", ("broken",))


class NamespaceProxy(BaseProxy):
    """A proxy whose attributes are the referent's; but those that begin with an underscore are the proxy's own."""

    __module__ = _MODULE

    _exposed_ = ("__getattribute__", "__setattr__", "__delattr__")

    def __getattr__(self, key):
        if key[:1] == "_":
            return object.__getattribute__(self, key)
        callmethod = object.__getattribute__(self, "_callmethod")
        return callmethod("__getattribute__", (key,))

    def __setattr__(self, key, value):
        if key[:1] == "_":
            return object.__setattr__(self, key, value)
        callmethod = object.__getattribute__(self, "_callmethod")
        return callmethod("__setattr__", (key, value))

    def __delattr__(self, key):
        if key[:1] == "_":
            return object.__delattr__(self, key)
        callmethod = object.__getattribute__(self, "_callmethod")
        return callmethod("__delattr__", (key,))


class ValueProxy(BaseProxy):
    """A proxy to what has a value."""

    __module__ = _MODULE

    _exposed_ = ("get", "set")
    __class_getitem__ = classmethod(GenericAlias)

    def get(self):
        """The value."""
        return self._callmethod("get")

    def set(self, value):
        """Sets the value."""
        return self._callmethod("set", (value,))

    value = property(get, set)


BaseListProxy = MakeProxyType("BaseListProxy", (
    "__add__", "__contains__", "__delitem__", "__getitem__", "__imul__", "__len__", "__mul__", "__reversed__", "__rmul__",
    "__setitem__", "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"))


class ListProxy(BaseListProxy):
    """A proxy to a sequence."""

    __module__ = _MODULE

    __class_getitem__ = classmethod(GenericAlias)

    def __iadd__(self, value, /):
        self._callmethod("extend", (value,))
        return self

    __imul__ = _in_place("__imul__")


MutableSequence.register(BaseListProxy)

_BaseDictProxy = MakeProxyType("_BaseDictProxy", (
    "__contains__", "__delitem__", "__getitem__", "__ior__", "__iter__", "__len__", "__or__", "__reversed__", "__ror__",
    "__setitem__", "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"))
_BaseDictProxy._method_to_typeid_ = {"__iter__": "Iterator"}


class DictProxy(_BaseDictProxy):
    """A proxy to a mapping."""

    __module__ = _MODULE

    __class_getitem__ = classmethod(GenericAlias)
    __ior__ = _in_place("__ior__")


MutableMapping.register(_BaseDictProxy)

_BaseSetProxy = MakeProxyType("_BaseSetProxy", (
    "__and__", "__class_getitem__", "__contains__", "__iand__", "__ior__", "__isub__", "__iter__", "__ixor__", "__len__",
    "__or__", "__rand__", "__ror__", "__rsub__", "__rxor__", "__sub__", "__xor__", "__ge__", "__gt__", "__le__", "__lt__",
    "add", "clear", "copy", "difference", "difference_update", "discard", "intersection", "intersection_update", "isdisjoint",
    "issubset", "issuperset", "pop", "remove", "symmetric_difference", "symmetric_difference_update", "union", "update"))


class SetProxy(_BaseSetProxy):
    """A proxy to a set."""

    __module__ = _MODULE

    __class_getitem__ = classmethod(GenericAlias)
    __iand__, __ior__, __isub__, __ixor__ = map(_in_place, ("__iand__", "__ior__", "__isub__", "__ixor__"))

    def __iter__(self):
        # What travels is a list of what is in it now.
        return iter(self._callmethod("__iter__"))


MutableSet.register(_BaseSetProxy)

ArrayProxy = MakeProxyType("ArrayProxy", ("__len__", "__getitem__", "__setitem__"))
