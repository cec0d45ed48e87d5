"""The boundary to the manager: the generated bindings, as fast as they can be made.

componentize-py turns each WIT value into an instance of a generated class and each result into an
``Ok`` or an ``Err``; most of these objects die at once. Before the interpreter component is
snapshotted, this module puts its own classes in their places (the runtime looks the names up
after the program was imported), so that

* a received scalar *is* the Python object, and a success *is* its payload: the metaclass'
  ``__call__``, which the runtime calls as a constructor, passes its argument through. Instances,
  which are what the runtime wants to be *given*, are made by ``instance_of``;
* a handle is dropped by ``__del__``, at the moment when its last reference goes, rather than
  through a ``weakref.finalize``, which costs five times as much to make.

Everything else of the SDK calls the host by ``call(INDEX, [arguments])``, the generated
functions' own innermost step.
"""

import weakref

import componentize_py_runtime as _runtime
import componentize_py_types as _component_types
from wit_world.imports import (
    arrays, async_results, codecs, conditions, counters, deques, dicts, files, iterators, lists, locks, manager, names,
    namespaces, pools, processes, provider_host, providers, rlocks, semaphores, sets, types, values, waiting,
)

call = _runtime.call_import
_drop = _runtime.drop_resource


class _Recorded(Exception):
    pass


class _Recorder:
    """Stands in for the runtime, to learn a generated function's number."""

    @staticmethod
    def call_import(index, arguments):
        raise _Recorded(index)


def _number(module, function):
    """The number by which ``call`` knows a generated function."""
    original = module.componentize_py_runtime
    module.componentize_py_runtime = _Recorder
    try:
        function(*[None] * function.__code__.co_argcount)
    except _Recorded as recorded:
        return recorded.args[0]
    finally:
        module.componentize_py_runtime = original
    raise ImportError(f"{module.__name__}.{function.__name__} is not as the bindings generate it")


class _Numbers:
    """The numbers of the functions of a generated module, or of a resource's methods."""

    def __init__(self, module, owner=None):
        for name, function in vars(owner or module).items():
            code = getattr(function, "__code__", None)
            if code is not None and not name.startswith("__") and "componentize_py_runtime" in code.co_names:
                setattr(self, name, _number(module, function))


ARRAYS = _Numbers(arrays)
ASYNC_RESULTS = _Numbers(async_results)
CODECS = _Numbers(codecs)
CONDITIONS = _Numbers(conditions)
COUNTERS = _Numbers(counters)
DEQUES = _Numbers(deques)
DICTS = _Numbers(dicts)
FILES = _Numbers(files)
ITERATORS = _Numbers(iterators)
LISTS = _Numbers(lists)
LOCKS = _Numbers(locks)
MANAGER = _Numbers(manager)
NAMES = _Numbers(names)
NAMESPACES = _Numbers(namespaces)
POOLS = _Numbers(pools)
PROCESSES = _Numbers(processes)
PROXY = _Numbers(types, types.Proxy)
PROVIDER_HOST = _Numbers(provider_host)
PROVIDERS = _Numbers(providers)
RLOCKS = _Numbers(rlocks)
SEMAPHORES = _Numbers(semaphores)
VALUES = _Numbers(values)
SETS = _Numbers(sets)
WAITING = _Numbers(waiting)


class Handle:
    """A resource of type ``proxy``: an entry of the process's table of handles."""

    __slots__ = ("handle", "finalizer")

    def __del__(self):
        drop = self.finalizer
        if drop is not None:
            _drop(drop, self.handle)


class _Given:
    """A handle that is given away in a result: its new owner drops it."""

    __slots__ = ("handle", "finalizer")

    def __init__(self, handle):
        self.handle = handle.handle
        self.finalizer = self
        handle.finalizer = None

    @staticmethod
    def detach():
        """What the runtime calls so that no finalizer runs."""


def given(proxy):
    """A new handle to a proxy's referent, to be given away in a result."""
    return _Given(call(_DUPLICATE, [proxy]))


def giving(handle):
    """A handle that nobody else has, to be given away in a result."""
    return _Given(handle)


_DUPLICATE = PROXY.duplicate


def _finalize(handle, drop_resource, drop, number):
    """In place of ``weakref.finalize`` for handles: keeps what ``Handle.__del__`` needs."""
    return drop


def instance_of(cls, value):
    """An instance of one of the pass-through classes, to be given to the runtime."""
    instance = object.__new__(cls)
    instance.value = value
    return instance


def _pass_through(name, call, doc):
    metaclass = type(f"{name}Type", (type,), {"__call__": staticmethod(call)})
    return metaclass(name, (), {"__slots__": ("value",), "__doc__": doc})


class _Null:
    """What a received null is until it becomes None: an option's none already is None."""

    __slots__ = ()


NULL = _Null()

Err = _component_types.Err
Ok = _pass_through("Ok", lambda payload: payload, "A success.")
ValueNull = _pass_through("Value_Null", lambda: NULL, "No value.")
ValueBoolean = _pass_through("Value_Boolean", bool, "A truth value.")
ValueInt = _pass_through("Value_Int", int, "An integer of 64 bits.")
ValueFloat = _pass_through("Value_Float", float, "A float.")
ValueText = _pass_through("Value_Text", str, "A text.")
ValueBytes = _pass_through("Value_Bytes", bytes, "Bytes.")
ValueProxy = types.Value_Proxy
ValueTree = types.Value_Tree

# The types of received values that are Python objects already.
PLAIN = frozenset((bool, int, float, str, bytes))

Error, ErrorKind, Tree, TreeArgument = types.Error, types.ErrorKind, types.Tree, types.TreeArgument
ArgumentNull, ArgumentBoolean, ArgumentInt = types.Argument_Null, types.Argument_Boolean, types.Argument_Int
ArgumentFloat, ArgumentText, ArgumentBytes = types.Argument_Float, types.Argument_Text, types.Argument_Bytes
ArgumentProxy, ArgumentTree = types.Argument_Proxy, types.Argument_Tree
Rights, Slice, SpawnOptions = types.Rights, lists.Slice, processes.SpawnOptions
Callback, Callbacks, Mapping, Options = pools.Callback, pools.Callbacks, pools.Mapping, pools.Options
CountOperation, Operation, Relation = counters.Operation, sets.Operation, sets.Relation
MARSHAL = codecs.Format.PYTHON_MARSHAL

# How an attempt to acquire ended, as a bare number.
ACQUIRED, ABANDONED, TIMED_OUT = 0, 1, 2

_LONGEST = 0xFFFFFFFFFFFFFFFF

_original_finalize = weakref.finalize


def nanoseconds(seconds):
    """A span of time as the manager counts it; none for ever."""
    if seconds is None:
        return None
    # What is no number is an error: no text is repeated a thousand million times.
    return min(int(seconds * 1e9), _LONGEST) if seconds > 0 else 0


def install():
    """Puts this module's classes in the bindings' places. Once, before the snapshot is taken."""
    _component_types.Ok = Ok
    types.Proxy = Handle
    types.Value_Null = ValueNull
    types.Value_Boolean = ValueBoolean
    types.Value_Int = ValueInt
    types.Value_Float = ValueFloat
    types.Value_Text = ValueText
    types.Value_Bytes = ValueBytes
    locks.Acquired = int
    weakref.finalize = _finalize


def started():
    """Gives ``weakref.finalize`` back to the program: the runtime has looked it up by now."""
    weakref.finalize = _original_finalize
