"""Python objects to and from the values that cross the boundary.

What travels is a closed set: None, booleans, numbers, text, bytes, lists, tuples, dicts, sets,
slices, proxies, and instances of the program's own classes. Subclasses of the built-in types
travel as those; a class or function of the program's own travels as its name. No code crosses.
"""

import builtins
import collections
import enum
import operator
import sys
import types
from pickle import PicklingError

from . import native, tree
from .boundary import (
    ArgumentBoolean, ArgumentBytes, ArgumentFloat, ArgumentInt, ArgumentNull, ArgumentProxy,
    ArgumentText, ArgumentTree, Err, NULL, PLAIN, Tree, TreeArgument, ValueBoolean, ValueBytes, ValueFloat, ValueInt,
    ValueNull, ValueProxy, ValueText, ValueTree, given, instance_of,
)
from .tree import PROXY_MARK, Object

# Filled in by the modules that are built on this one.
proxy_class = ()
wrap = None
exception_of = None

_INT_MIN, _INT_MAX = -0x8000000000000000, 0x7FFFFFFFFFFFFFFF


# Sending.

def _text(value):
    # A lone surrogate has no UTF-8 form, which the runtime would not survive.
    if not value.isascii():
        value.encode()
    return ArgumentText(value)


def _integer(value):
    return ArgumentInt(value) if _INT_MIN <= value <= _INT_MAX else _tree(value)


def _tree(value):
    data = native.encode(value)
    if data is not None:
        return ArgumentTree(TreeArgument(data, []))
    return ArgumentTree(TreeArgument(*tree.encode(value, convert)))


_null = ArgumentNull()
_true, _false = ArgumentBoolean(True), ArgumentBoolean(False)

_ARGUMENTS = {
    int: _integer,
    str: _text,
    float: ArgumentFloat,
    bytes: ArgumentBytes,
    bool: lambda value: _true if value else _false,
    type(None): lambda value: _null,
}


def argument(value):
    """A value to be lent to the manager, for the time of a call."""
    make = _ARGUMENTS.get(type(value))
    if make is not None:
        return make(value)
    if isinstance(value, proxy_class):
        return ArgumentProxy(value._handle)
    return _tree(value)


def outgoing(value):
    """A value to be given away as the result of an export."""
    made = argument(value)
    plain = _GIVEN.get(type(made))
    if plain is not None:
        return instance_of(plain, made.value)
    if made is _null:
        return object.__new__(ValueNull)
    if type(made) is ArgumentProxy:
        return ValueProxy(given(made.value))
    return ValueTree(Tree(made.value.data, [given(proxy) for proxy in made.value.proxies]))


_GIVEN = {
    ArgumentBoolean: ValueBoolean, ArgumentBytes: ValueBytes, ArgumentFloat: ValueFloat, ArgumentInt: ValueInt,
    ArgumentText: ValueText,
}


def text(name):
    """A name that crosses the boundary: what is no text, or no Unicode, would be the end of the process there."""
    if not isinstance(name, str):
        raise TypeError(f"a name must be a str, not {type(name).__name__!r}")
    if not name.isascii():
        name.encode()
    return name


def arguments_by_name(kwds):
    """Keyword arguments as they are lent for a call."""
    return [(text(name), argument(value)) for name, value in kwds.items()]


def iterable(value):
    """A value for a method that iterates over it there: whatever Python can iterate over here."""
    kind = type(value)
    if kind in _PLAIN_ITERABLES or isinstance(value, proxy_class):
        return argument(value)
    if isinstance(value, _BUILT_IN_ITERABLES) or not _is_iterable(value):
        return argument(value)
    return _tree(list(value))


_PLAIN_ITERABLES = frozenset((list, tuple, set, frozenset, dict, str, bytes))
_BUILT_IN_ITERABLES = (list, tuple, set, frozenset, dict, str, bytes, bytearray)


def _is_iterable(value):
    kind = type(value)
    return hasattr(kind, "__iter__") or hasattr(kind, "__getitem__")


# Receiving.

def received(value):
    """The Python object of what ``boundary.call`` returned, or the exception that it stands for.
    Its handles are taken out of what came, which may live on."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is ValueProxy:
        handle, value.value = value.value, None
        return wrap(handle)
    if kind is ValueTree:
        value = value.value
        if not value.proxies:
            known = native.decode(value.data)
            return known[0] if known is not None else tree.decode(value.data, (), revive)
        return tree.decode(value.data, _proxies(value.proxies), revive)
    if value is NULL:
        return None
    if kind is Err:
        raise exception_of(value.value)
    return value


def _proxies(handles):
    """The proxies of handles, which are taken out of their list."""
    handles.reverse()
    while handles:
        yield wrap(handles.pop())


# Objects.

# The names of the modules that are the program's own: the only ones whose classes travel.
own_modules = {"__main__"}

_MAIN_ALIAS = "__mp_main__"


def _own_module(name):
    """The name of an own module as it travels; None if it is not the program's."""
    if name == _MAIN_ALIAS:
        name = "__main__"
    return name if name in own_modules else None


def own_name(thing):
    """The name under which a class or function of the program's own travels: its module and its
    qualified name. None if it is not the program's own; an error if its name does not lead back."""
    module = _own_module(getattr(thing, "__module__", None))
    if module is None:
        return None
    qualified = thing.__qualname__
    if "<locals>" in qualified:
        raise PicklingError(f"Can't pickle local object {thing!r}")
    found = sys.modules.get(thing.__module__)
    try:
        for part in qualified.split("."):
            found = getattr(found, part)
    except AttributeError:
        raise PicklingError(f"Can't pickle {thing!r}: it's not found as {thing.__module__}.{qualified}") from None
    if found is not thing:
        raise PicklingError(f"Can't pickle {thing!r}: it's not the same object as {thing.__module__}.{qualified}")
    return f"{module}.{qualified}"


def own_thing(name):
    """The class or function of the program's own with that name; None if there is none."""
    module, dot, qualified = name.rpartition(".")
    while dot:
        if module in own_modules:
            __import__(module)
            thing = sys.modules[module]
            for part in qualified.split("."):
                thing = getattr(thing, part, None)
            return thing
        module, dot, rest = module.rpartition(".")
        qualified = f"{rest}.{qualified}"
    return None


def of_library(module, name):
    """What has that name in a module of the library's that is there; none if it is the program's own module."""
    return None if module in own_modules else getattr(sys.modules.get(module), name, None)


def _named(module, name):
    get = operator.attrgetter(name)
    return lambda: get(__import__(module, fromlist=(name.partition(".")[0],)))


# Values of Python's own types that travel as objects: how to get their class, and from a value
# the arguments that make it again.
_LIBRARY = {
    "complex": (lambda: complex, lambda value: (value.real, value.imag)),
    "NotImplementedType": (lambda: lambda: NotImplemented, lambda value: ()),
    "ellipsis": (lambda: lambda: ..., lambda value: ()),
    "range": (lambda: range, lambda value: (value.start, value.stop, value.step)),
    "datetime.timedelta": (
        _named("datetime", "timedelta"), lambda value: (value.days, value.seconds, value.microseconds)),
    "datetime.date": (_named("datetime", "date"), lambda value: (value.year, value.month, value.day)),
    "datetime.time": (
        _named("datetime", "time"),
        lambda value: (value.hour, value.minute, value.second, value.microsecond, value.tzinfo)),
    "datetime.datetime": (
        _named("datetime", "datetime"),
        lambda value: (value.year, value.month, value.day, value.hour, value.minute, value.second,
                       value.microsecond, value.tzinfo)),
    "datetime.timezone": (_named("datetime", "timezone"), lambda value: value.__getinitargs__()),
    "decimal.Decimal": (_named("decimal", "Decimal"), lambda value: (str(value),)),
    "fractions.Fraction": (_named("fractions", "Fraction"), lambda value: (value.numerator, value.denominator)),
    "uuid.UUID": (_named("uuid", "UUID"), lambda value: (str(value),)),
    # These refuse.
    "multiprocessing.pool.Pool": (_named("multiprocessing.pool", "Pool"), lambda value: value.__reduce__()),
    # Shared values: as what they consist of, proxies among them.
    **{
        f"multiprocessing.sharedctypes.{name}": (_named("multiprocessing.sharedctypes", name), operator.attrgetter(*parts))
        for name, parts in (
            ("Simple", ("_code", "_items")),
            ("Sequence", ("_code", "_items", "_length")),
            ("Synchronized", ("_obj", "_lock")),
            ("SynchronizedArray", ("_obj", "_lock")),
            ("SynchronizedString", ("_obj", "_lock")),
        )
    },
    **{
        f"multiprocessing.{module}.{name}": (
            _named(f"multiprocessing.{module}", f"{name}._of"), lambda value: [getattr(value, part) for part in value._parts])
        for module, names in (
            ("synchronize", ("Barrier", "BoundedSemaphore", "Condition", "Event", "Lock", "RLock", "Semaphore")),
            ("queues", ("JoinableQueue", "Queue", "SimpleQueue")),
        )
        for name in names
    },
}


# Python's own types that travel as their names, as own classes do: what containers and their like are made of, and no more.
_BUILT_IN_TYPES = frozenset((bool, bytearray, bytes, complex, dict, float, frozenset, int, list, object, set, str, tuple))
_BUILT_IN_NAMES = {f"builtins.{cls.__name__}": cls for cls in _BUILT_IN_TYPES}


def convert(value, proxies):
    """What to encode in place of something that is not exactly of a plain type."""
    if isinstance(value, proxy_class):
        proxies.append(value._handle)
        return PROXY_MARK
    cls = type(value)
    if isinstance(value, (type, types.FunctionType)):
        name = own_name(value)
        if name is None and value in _BUILT_IN_TYPES:
            name = f"builtins.{value.__name__}"
        if name is None:
            raise PicklingError(f"Can't pickle {value!r}: it is not of the program's own modules")
        return Object("type" if isinstance(value, type) else "function", repr(value), name)
    if isinstance(value, enum.Enum):
        name = own_name(cls)
        if name is not None:
            return Object(name, repr(value), value.name)
    for base, plain in _PLAIN_BASES:
        if isinstance(value, base):
            return plain(value)
    if isinstance(value, BaseException):
        name = own_name(cls) or (cls.__name__ if cls.__module__ == "builtins" else None)
        if name is not None:
            return Object(name, repr(value), (value.args, dict(value.__dict__)))
    else:
        name = own_name(cls)
        if name is not None:
            return Object(name, repr(value), _state(value))
    name = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    if name in _LIBRARY:
        return Object(name, repr(value), _LIBRARY[name][1](value))
    raise TypeError(f"cannot pickle '{name}' object")


_PLAIN_BASES = (
    (int, int.__int__),
    (float, float.__float__),
    (str, str.__str__),
    (bytes, bytes),
    (bytearray, bytes),
    (list, list),
    (tuple, tuple),
    (dict, dict),
    (set, set),
    (frozenset, frozenset),
    (collections.deque, list),
    (type({}.keys()), list),
    (type({}.values()), list),
    (type({}.items()), list),
)


def _state(value):
    getstate = getattr(value, "__getstate__", None)
    if getstate is not None:
        return getstate()
    return value.__dict__  # before Python 3.11


def revive(type_name, text, state):
    """The object that travelled: of the program's own class, else as it came."""
    if type_name in ("type", "function"):
        return _BUILT_IN_NAMES.get(state) or own_thing(state) if isinstance(state, str) else None
    known = _LIBRARY.get(type_name)
    if known is not None:
        return known[0]()(*state)
    if "." not in type_name:
        cls = getattr(builtins, type_name, None)
        if not (isinstance(cls, type) and issubclass(cls, BaseException)):
            return Object(type_name, text, state)
    else:
        cls = own_thing(type_name)
        if not isinstance(cls, type):
            return Object(type_name, text, state)
    if issubclass(cls, BaseException):
        args, attributes = state
        value = cls.__new__(cls, *args)
        value.args = args
        value.__dict__.update(attributes)
        return value
    if issubclass(cls, enum.Enum):
        return cls[state]
    value = cls.__new__(cls)
    setstate = getattr(value, "__setstate__", None)
    if setstate is not None:
        if state is not None:
            setstate(state)
        return value
    slots = None
    if isinstance(state, tuple) and len(state) == 2:
        state, slots = state
    if state:
        value.__dict__.update(state)
    if slots:
        for name, item in slots.items():
            object.__setattr__(value, name, item)
    return value
