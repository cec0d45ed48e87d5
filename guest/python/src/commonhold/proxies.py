"""What all proxies have in common, and the one wrapper that each referent has."""

from operator import index
from weakref import ref

from . import values
from .boundary import ITERATORS, PROXY, Err, ErrorKind, Rights, call, nanoseconds
from .values import argument, arguments_by_name, iterable, received, text

_CALL, _DUPLICATE, _GET_VALUE, _ID = PROXY.call, PROXY.duplicate, PROXY.get_value, PROXY.id
_METHODS, _NARROW, _REPR, _REVOKE = PROXY.methods, PROXY.narrow, PROXY.repr, PROXY.revoke
_TO_TEXT, _TYPEID = PROXY.to_text, PROXY.typeid
_ITERATE = ITERATORS.create
_MOST = 0xFFFFFFFFFFFFFFFF
_RIGHTS_KEY = getattr(PROXY, "rights_key", None)

# The methods of built-in types that take whatever can be iterated over.
_TAKE_ITERABLES = frozenset((
    "extend", "get_many", "set_many", "update", "union", "intersection", "difference", "symmetric_difference",
    "intersection_update", "difference_update", "symmetric_difference_update", "isdisjoint", "issubset", "issuperset"))


class Token:
    """What identifies a referent: its type and its number, which is never used again."""

    __module__ = "multiprocessing.managers"
    __slots__ = ("typeid", "address", "id")

    def __init__(self, typeid, address, id):
        self.typeid, self.address, self.id = typeid, address, id

    def __repr__(self):
        return f"Token(typeid={self.typeid!r}, address={self.address!r}, id={self.id!r})"


class BaseProxy:
    """A proxy: it refers to a shared object and has (some of) its methods."""

    __module__ = "multiprocessing.managers"

    # The methods whose arguments the manager iterates over.
    _iterating = frozenset()
    # The manager that made the object, in the process in which it did; it lives as long as its proxies there.
    _manager = None

    def __new__(cls, *args, **kwargs):
        raise TypeError(f"{cls.__name__} objects come from a manager, or inside values")

    def __init__(self, token, serializer, manager=None, authkey=None, exposed=None, incref=True, manager_owned=False):
        """What a class that has an ``__init__`` of its own calls. Everything is there already."""

    def _callmethod(self, methodname, args=(), kwds={}):
        """Calls a method of the referent by its name and returns its result."""
        send = iterable if methodname in self._iterating else argument
        result = call(_CALL, [
            self._handle,
            text(methodname),
            [send(item) for item in args],
            arguments_by_name(kwds),
        ])
        if type(result) is Err and methodname in ALWAYS and result.value.kind is ErrorKind.NOT_EXPOSED:
            return getattr(self, ALWAYS[methodname])()
        return received(result)

    def _getvalue(self):
        """A copy of the referent."""
        return received(call(_GET_VALUE, [self._handle]))

    def _gettext(self):
        """The referent as text."""
        return received(call(_TO_TEXT, [self._handle]))

    @property
    def _typeid(self):
        return call(_TYPEID, [self._handle])

    @property
    def _id(self):
        return f"{self._number:x}"

    @property
    def _token(self):
        return Token(self._typeid, "commonhold", self._id)

    def _methods(self):
        """The names of the methods that this proxy may call."""
        return call(_METHODS, [self._handle])

    def _narrow(self, methods=None, *, get_value=True, to_text=True, lifetime=None, uses=None):
        """A proxy to the same referent that may call these methods only, may be copied out as a
        whole, and may be printed: for so many seconds, and so many times, counted over all that
        comes of it. ``_revoke`` takes back all that."""
        return wrapped(call(_NARROW, [self._handle, rights(methods, get_value, to_text, lifetime, uses)]))

    def _revoke(self):
        """Takes back the rights of this narrowed proxy, wherever it has got to."""
        received(call(_REVOKE, [self._handle]))

    def __copy__(self):
        return _wrapper(call(_DUPLICATE, [self._handle]), type(self), self._number, self._manager)

    def __deepcopy__(self, memo):
        return self._getvalue()

    def __reduce_ex__(self, protocol):
        raise TypeError(f"cannot pickle {type(self).__name__} objects: a proxy travels inside a value, "
                        "as an argument, as a result or in a shared object")

    def __eq__(self, other):
        if isinstance(other, BaseProxy):
            return self._number == other._number
        return NotImplemented

    def __hash__(self):
        return hash(self._number)

    def __repr__(self):
        return f"<{type(self).__name__} object, typeid {self._typeid!r} at {self._number:#x}>"

    def __str__(self):
        try:
            return self._gettext()
        except Exception:
            return repr(self)[:-1] + "; '__str__()' failed>"


def rights(methods, get_value=True, to_text=True, lifetime=None, uses=None):
    """The right to call these methods, all if none are named, and the other two: for so many seconds and so many times."""
    if uses is not None and uses < 0:
        raise ValueError("uses must be >= 0")
    return Rights(
        None if methods is None else [text(method) for method in methods], bool(get_value), bool(to_text), nanoseconds(lifetime),
        None if uses is None else min(index(uses), _MOST))


# What CPython's managers do for every object, exposed or not; the proxy's rights tell whether it may. An object has one text
# in the contract, which is its `repr`.
ALWAYS = {"__repr__": "_gettext", "__str__": "_gettext", "#GETVALUE": "_getvalue"}


def _repr(proxy):
    """A proxy as the manager prints it, which does so inside of other objects, too."""
    return call(_REPR, [proxy._handle])


def _wrapper(handle, cls, number, manager=None):
    proxy = object.__new__(cls)
    # The class may have a `__setattr__` that calls the referent.
    fields = proxy.__dict__
    fields["_handle"] = handle
    fields["_number"] = number
    if manager is not None:
        fields["_manager"] = manager
    if own is not None:
        fields.update(own(handle))
    if cls.__init__ is not BaseProxy.__init__:
        proxy.__init__(proxy._token, "pickle", manager=manager, authkey=None, exposed=tuple(proxy._methods()))
    return proxy


# In a provider: what a proxy to one of its own objects does itself, by name. A call would come back to the provider, which
# is busy making it.
own = None

# The classes of the built-in types' proxies, by typeid.
_classes = {}
# Those of types that were registered here, by typeid: what each exposes, as far as that was said, and its class; none for
# the one that is made to fit.
_registered = {}
# The wrapper of each referent that has one, by its number and the rights of its handle: however
# often a proxy is received, the process holds one handle for it.
_wrappers = {}


class _Reference(ref):
    """A reference that knows its place in ``_wrappers``."""

    __slots__ = ("key",)


def _forget(reference):
    if _wrappers.get(reference.key) is reference:
        del _wrappers[reference.key]


def wrap(handle, cls=None, manager=None):
    """The proxy for a received handle: a new one, or the one that there is. A new one is of the class that fits the type, if
    none is given. It belongs to a manager if that has just made the object, and to the first one that has."""
    number = call(_ID, [handle])
    key = (number, call(_RIGHTS_KEY, [handle]) if _RIGHTS_KEY is not None else tuple(call(_METHODS, [handle])))
    reference = _wrappers.get(key)
    if reference is not None:
        proxy = reference()
        if proxy is not None:
            if manager is not None:
                proxy.__dict__.setdefault("_manager", manager)
            return proxy
    if cls is None:
        typeid = call(_TYPEID, [handle])
        cls = _classes.get(typeid)
        if cls is None:
            methods = tuple(call(_METHODS, [handle]))
            cls = _registered_class(typeid, methods) or _auto_class(typeid, methods)
    proxy = _wrapper(handle, cls, number, manager)
    reference = _Reference(proxy, _forget)
    reference.key = key
    _wrappers[key] = reference
    return proxy


def wrapped(result):
    """The proxy that a call returned, or its error."""
    return received(result) if type(result) is Err else wrap(result)


def iterate(proxy):
    """A new shared iterator over a proxy's referent."""
    return wrapped(call(_ITERATE, [argument(proxy)]))


def proxy_for(typeid):
    """Makes a class the one of the proxies of a built-in type."""
    def register(cls):
        _classes[typeid] = cls
        cls._iterating = _TAKE_ITERABLES
        if "__repr__" not in cls.__dict__:
            cls.__repr__ = _repr
        return cls
    return register


def is_built_in(typeid):
    """Whether the manager itself has a type of that name."""
    return typeid in _classes or typeid in ("JoinableQueue", "Process", "Queue")


def register_class(typeid, exposed, cls):
    """Makes a class the one of proxies to a type of the program's own, with the methods that are exposed; no class for the
    one that is made to fit."""
    known = _registered.setdefault(typeid, [])
    known[:] = [entry for entry in known if entry[0] != exposed]
    known.append((exposed, cls))


def _registered_class(typeid, methods):
    """The class of a registered type's proxies. If several managers have types of that name, the one that exposes the same, or
    else one of which it is not said what it exposes."""
    known = _registered.get(typeid)
    if known is None:
        return None
    if len(known) > 1:
        for wanted in (frozenset(methods), None):
            for exposed, cls in known:
                if exposed == wanted:
                    return cls
    return known[-1][1]


class AutoProxy(BaseProxy):
    """A proxy to a type that is not built in: it has the methods that the proxy may call."""

    __module__ = "multiprocessing.managers"
    __repr__ = _repr


_auto_classes = {}


def _auto_class(typeid, methods):
    cls = _auto_classes.get((typeid, methods))
    if cls is None:
        members = {name: _auto_method(name) for name in methods if name not in _NOT_DELEGATED}
        if "__iter__" in methods or "__next__" in methods:
            # The manager goes over it: what its own `__iter__` gives need not be an iterator.
            members["__iter__"] = iterate
        members["__module__"] = BaseProxy.__module__
        members["_exposed_"] = methods
        cls = _auto_classes[typeid, methods] = type(f"AutoProxy[{typeid}]", (AutoProxy,), members)
    return cls


# What a proxy does itself, whatever its referent exposes.
_NOT_DELEGATED = frozenset(("__class__", "__copy__", "__deepcopy__", "__del__", "__dict__", "__eq__",
                            "__getattribute__", "__hash__", "__init__", "__new__", "__reduce__",
                            "__reduce_ex__", "__repr__", "__setattr__", "__slots__", "__str__"))


def _auto_method(name):
    def method(self, /, *args, **kwds):
        return self._callmethod(name, args, kwds)
    method.__name__ = method.__qualname__ = name
    return method


values.proxy_class = BaseProxy
values.wrap = wrap
