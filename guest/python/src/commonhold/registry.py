"""What a program registers with its managers: types of its own, whose objects live in a process that the manager starts.

``provided`` is that process's side.
"""

from typing import NamedTuple

from . import functions, generic, values
from .fields import Namespace
from .proxies import AutoProxy, BaseProxy, is_built_in, register_class


class Registration(NamedTuple):
    """What is registered under a typeid, in the order in which CPython's managers keep it."""

    callable: object
    exposed: tuple | None
    method_to_typeid: dict | None
    proxytype: type

    def methods(self):
        """The names of its methods, as far as they were said."""
        if self.exposed is None:
            return None
        return tuple(dict.fromkeys((*self.exposed, *(self.method_to_typeid or ()))))


def registration(typeid, callable, proxytype, exposed, method_to_typeid):
    """What ``register`` was given, checked."""
    if not isinstance(typeid, str):
        raise TypeError(f"a typeid is a string, not {typeid!r}")
    if proxytype is None:
        proxytype = AutoProxy
    elif not (isinstance(proxytype, type) and issubclass(proxytype, BaseProxy)):
        raise TypeError(f"proxytype must be a class of proxies, derived from BaseProxy, not {proxytype!r}")
    exposed = exposed or getattr(proxytype, "_exposed_", None)
    if exposed is not None:
        exposed = tuple(exposed)
        for name in exposed:
            assert isinstance(name, str), f"{name!r} is not a string"
    method_to_typeid = method_to_typeid or getattr(proxytype, "_method_to_typeid_", None)
    if method_to_typeid:
        method_to_typeid = dict(method_to_typeid)
        for key, value in method_to_typeid.items():
            assert type(key) is str, f"{key!r} is not a string"
            assert type(value) is str, f"{value!r} is not a string"
    made = Registration(callable, exposed, method_to_typeid, proxytype)
    name = name_of(typeid, made)
    if not is_built_in(name):
        methods = made.methods()
        register_class(name, methods and frozenset(methods), class_of(typeid, made))
    return made


# The classes of which the manager has types of its own, by where they are found if somebody has asked for them.
_BUILT_IN = {
    ("builtins", "dict"): "dict", ("builtins", "list"): "list", ("builtins", "set"): "set",
    ("collections", "Counter"): "Counter", ("collections", "deque"): "deque",
    ("queue", "Queue"): "Queue",
    ("threading", "Event"): "Event", ("threading", "Condition"): "Condition", ("threading", "Barrier"): "Barrier",
    ("threading", "Semaphore"): "Semaphore", ("threading", "BoundedSemaphore"): "BoundedSemaphore",
    ("_thread", "LockType"): "Lock", ("_thread", "allocate_lock"): "Lock", ("_thread", "RLock"): "RLock",
    ("threading", "RLock"): "RLock",
    (Namespace.__module__, Namespace.__qualname__): "Namespace",
}

# The classes of proxies that say nothing of what is behind them but what all of its class have.
_PLAIN_CLASSES = frozenset((
    AutoProxy, generic.AcquirerProxy, generic.ArrayProxy, generic.BarrierProxy, generic.ConditionProxy, generic.DictProxy,
    generic.EventProxy, generic.IteratorProxy, generic.ListProxy, generic.NamespaceProxy, generic.SetProxy, generic.ValueProxy))


def class_of(typeid, registered):
    """The class of a registered type's proxies; none for the one that is made to fit, or that the manager's own type has."""
    is_own = registered.callable is None and is_built_in(typeid) and registered.proxytype in _PLAIN_CLASSES
    return None if is_own or registered.proxytype is AutoProxy else registered.proxytype


# What iterators are called that are not only gone over: those of a process that has objects of registered types.
ITERATORS = {"iterator object": ("__next__",), "generator object": ("__next__", "send", "throw", "close")}
for _name, _methods in ITERATORS.items():
    register_class(_name, frozenset(_methods), generic.IteratorProxy)


def built_in_type(registered):
    """The built-in type that a registration means: objects of these need no process. None if it is another one, or if it is
    said which of its methods are exposed, or what becomes of what they return."""
    function, *said, proxytype = registered
    if function is None or proxytype not in _PLAIN_CLASSES:
        return None
    if said != [getattr(proxytype, name, None) for name in ("_exposed_", "_method_to_typeid_")]:
        return None
    for place, typeid in _BUILT_IN.items():
        if values.of_library(*place) is function:
            return typeid
    return None


def name_of(typeid, registered):
    """The name that the manager knows a registered type by: not that of one of its own."""
    return f"{_PREFIX}{typeid}" if registered.callable is not None and is_built_in(typeid) else typeid


_PREFIX = "registered "


def shared_as(manager_class, registered):
    """The names that the manager knows the types by of which a registered type's methods return objects."""
    return {method: _target(typeid, manager_class._registry.get(typeid))
            for method, typeid in (registered.method_to_typeid or {}).items()}


def _target(typeid, registered):
    return typeid if registered is None else built_in_type(registered) or name_of(typeid, registered)


def typeid_of(name):
    """The typeid of a registered type that the manager knows by that name."""
    return name.removeprefix(_PREFIX)


def own_types(manager_class):
    """The registrations of a class of managers whose objects are to live in a process of its own, by typeid."""
    return {
        typeid: registered for typeid, registered in manager_class._registry.items()
        if not (built_in_type(registered) or registered.callable is None and is_built_in(typeid))
    }


def sent(manager_class, types):
    """What that process is to be told of these types."""
    return [
        (typeid, name_of(typeid, registered), _sent(manager_class, typeid, registered.callable), registered.exposed,
         shared_as(manager_class, registered))
        for typeid, registered in types.items()
    ]


def _sent(manager_class, typeid, function):
    """A callable on its way: by name, or else the class that it is registered with, and why it has no name that would lead
    to it."""
    if function is None:
        return None
    if not callable(function):
        raise TypeError(f"{type(function).__name__!r} object, which is registered as {typeid!r}, is not callable")
    try:
        return functions.sent(function)
    except values.PicklingError as error:
        try:
            return functions.sent(manager_class)[0], str(error)
        except values.PicklingError:
            raise error from None


def callable_of(typeid, sent):
    """The callable that ``Types`` has sent."""
    if len(sent) == 3:
        return functions.bound(*sent)
    name, why = sent
    registered = functions.found(name)._registry.get(typeid)
    if registered is None or registered.callable is None:
        raise values.PicklingError(
            f"{why}; and {typeid!r} is not registered where the script is imported, which the manager's process does")
    return registered.callable
