"""Functions on their way to another process of the program: as a name and the arguments that go with it.

``sent`` has the sender's half, ``found`` the receiver's.
"""

import functools
import sys
import types

from . import values

# What the entries of a pool's workers begin with: for a task, and for what a worker does before all tasks.
TASK, BEGIN = "multiprocessing.pool:", "multiprocessing.pool.begin:"
# What goes before the name of a function if the first argument is its keyword arguments.
WITH_KEYWORDS = "+"

_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType)


def sent(function):
    """What another process calls in place of a function: its name, and the arguments and keyword arguments that are to go
    before the call's own. A name that begins with a dot is that of a method of the first argument."""
    if type(function) is types.FunctionType:
        return _name(function), (), {}
    args, kwargs = (), {}
    while isinstance(function, functools.partial):
        args = function.args + args
        kwargs = {**function.keywords, **kwargs}
        function = function.func
    if isinstance(function, (types.MethodType, types.BuiltinMethodType)):
        subject = function.__self__
        if isinstance(subject, type) and values.own_name(subject) is None:
            return f"{subject.__module__}.{subject.__qualname__}.{function.__name__}", args, kwargs
        if not (subject is None or isinstance(subject, types.ModuleType)):
            return f".{function.__name__}", (subject, *args), kwargs
    if not isinstance(function, _NAMED):
        return ".__call__", (function, *args), kwargs
    return _name(function), args, kwargs


def _name(function):
    name = values.own_name(function)
    if name is not None:
        return name
    owner = getattr(function, "__objclass__", None)
    if owner is not None:
        return f"{owner.__module__}.{owner.__qualname__}.{function.__name__}"
    module, qualified = function.__module__ or "builtins", function.__qualname__
    found = sys.modules.get(module)
    for part in qualified.split("."):
        found = getattr(found, part, None)
    if found is not function:
        raise values.PicklingError(f"Can't pickle {function!r}: it's not found as {module}.{qualified}")
    return f"{module}.{qualified}"


def found(name):
    """The function of that name, which is none of a method."""
    function = values.own_thing(name)
    return _of_library(name) if function is None else function


def _of_library(name):
    """A function of a module that is not the program's own."""
    module, dot, qualified = name.rpartition(".")
    while dot:
        try:
            __import__(module)
        except ImportError:
            module, dot, rest = module.rpartition(".")
            qualified = f"{rest}.{qualified}"
            continue
        thing = sys.modules[module]
        for part in qualified.split("."):
            thing = getattr(thing, part)
        return thing
    raise AttributeError(name)


def bound(name, args, kwargs):
    """What ``sent`` has sent, as one function."""
    if name.startswith("."):
        subject, *args = args
        function = getattr(subject, name[1:])
    else:
        function = found(name)
        if function is None:
            raise AttributeError(f"the program has no {name}")
    return functools.partial(function, *args, **kwargs) if args or kwargs else function
