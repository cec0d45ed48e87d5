"""Managers: what makes shared objects.

Built-in objects live in the host: for these ``Manager()`` starts nothing and ``shutdown()`` ends
nothing but the object that it is called on. Such an object lives as long as anything holds a proxy
to it. Objects of types that the program registers live in a process that the manager starts, and
not longer than that.
"""

import functools
import weakref

from commonhold.boundary import COUNTERS, DEQUES, DICTS, LISTS, LOCKS, MANAGER, PROVIDERS, SETS, Err, call
from commonhold.containers import entries, plain_entries
from commonhold.counters import counted
from commonhold.deques import max_length
from commonhold.errors import constructor_error, exception_of
from commonhold.fields import items
from commonhold.pools import new_pool
from commonhold.proxies import BaseProxy, Token, rights, wrap
from commonhold import addresses, functions, registry, values
from commonhold.values import argument, arguments_by_name, iterable, received, text

# What the manager's own types have, which proxies that are received are made of.
from commonhold import containers, fields, locks, sets, waiting  # noqa: F401

# CPython's module has these, too. Of the classes of proxies it is those that are for objects of whatever class.
from commonhold.counters import CounterProxy  # noqa: F401
from commonhold.deques import DequeProxy  # noqa: F401
from commonhold.errors import ProviderDied, RemoteError  # noqa: F401
from commonhold.fields import Namespace  # noqa: F401
from commonhold.generic import (  # noqa: F401
    AcquirerProxy, ArrayProxy, BarrierProxy, BaseListProxy, ConditionProxy, DictProxy, EventProxy, IteratorProxy, ListProxy,
    MakeProxyType, NamespaceProxy, SetProxy, ValueProxy,
)
from commonhold.pools import PoolProxy  # noqa: F401
from commonhold.proxies import AutoProxy  # noqa: F401
from commonhold.provided import Serving, public_methods  # noqa: F401

from .context import ProcessError
from .process import NO_GUARD, ManagersProcess, current_process, errand

__all__ = ["BaseManager", "SyncManager", "BaseProxy", "Token"]

_CREATE, _DEBUG_INFO, _NUMBER_OF_OBJECTS, _TYPEIDS = (
    MANAGER.create, MANAGER.debug_info, MANAGER.number_of_objects, MANAGER.typeids)
_NEW_DICT, _NEW_LIST, _NEW_LOCK = DICTS.create, LISTS.create, LOCKS.create
_COUNTER_FROM, _NEW_COUNTER = COUNTERS.create_from, COUNTERS.create
_DEQUE_FROM = DEQUES.create_from
_DICT_FROM, _LIST_FROM = DICTS.create_from, LISTS.create_from
_NEW_SET, _SET_FROM = SETS.create, SETS.create_from
_CREATE_IN, _START, _TYPEIDS_IN = PROVIDERS.create, PROVIDERS.start, PROVIDERS.typeids

_INITIAL, _STARTED, _SHUTDOWN = range(3)


def _made(result, cls=None, manager=None):
    """The proxy to a new shared object, or its constructor's error."""
    if type(result) is Err:
        raise constructor_error(exception_of(result.value))
    return wrap(result, cls, manager)


def create(typeid, /, *args, **kwds):
    """A new shared object of any type."""
    return _made(call(_CREATE, [
        text(typeid),
        [iterable(value) if typeid in _FROM_ITERABLES else argument(value) for value in args],
        arguments_by_name(kwds),
        None,
    ]))


_FROM_ITERABLES = frozenset(("list", "dict", "deque", "set", "Counter", "Iterator"))


class BaseManager:
    """Makes shared objects of the types that are registered with its class."""

    _registry = {}

    # The process that has the objects of registered types, if there is one, its handle, and what ends it.
    _process = _server = _end = None
    # What the types that were registered when it was started are called there, by typeid.
    _own_names = {}

    def __init__(self, address=None, authkey=None, serializer="pickle", ctx=None, *, shutdown_timeout=1.0):
        if address is not None:
            addresses.name_of(address)
        self._address = address
        self._state = _INITIAL

    def start(self, initializer=None, initargs=()):
        """Makes the manager ready for use: starts a process for the objects of registered types, in which the initializer
        is called first, if there is one of either."""
        self._check_initial()
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        types = registry.own_types(type(self))
        names = {
            typeid: registry.name_of(typeid, registered)
            for typeid, registered in types.items() if registered.callable is not None
        }
        if names or initializer is not None or self._address is not None:
            begin = None if initializer is None else (functions.sent(initializer), tuple(initargs))
            self._start_process(registry.sent(type(self), types), begin)
        self._own_names = names
        self._state = _STARTED

    def _start_process(self, types, begin):
        if getattr(current_process(), "_importing", False):
            raise RuntimeError(NO_GUARD)
        assert not current_process()._daemonic, "daemonic processes are not allowed to have children"
        process = ManagersProcess(type(self).__name__)
        started = call(_START, [None, [argument(process._header()), argument(types), argument(begin)]])
        if type(started) is Err:
            received(started)
        process._begin(started)
        if isinstance(self._address, tuple) and self._address[1] == 0:
            self._address = (self._address[0], process.pid)
        if self._address is not None:
            try:
                addresses.publish(self._address, started)
            except Exception:
                process._finish()
                raise
        self._process, self._server = process, started
        # It ends with the manager, which its proxies in this process hold.
        self._end = weakref.finalize(self, _ended, process, self._address)
        self._end.atexit = False

    def shutdown(self):
        """Makes the manager unusable, and ends its process with all objects there. Built-in objects live on as long as they
        are held."""
        self._state = _SHUTDOWN
        if self._end is not None:
            self._end()

    def connect(self):
        """Makes objects in the process of the manager that was started with this address, by this program or another one."""
        self._check_initial()
        self._server = addresses.look_up(self._address)
        known = call(_TYPEIDS_IN, [self._server])
        if type(known) is Err:
            received(known)
        self._own_names = {registry.typeid_of(name): name for name in known}
        self._state = _STARTED

    def get_server(self):
        """What serves the manager's objects to other programs as long as they are served."""
        self._check_initial()
        return Server(self)

    def join(self, timeout=None):
        """Waits until the manager's process has ended, if it has one, for so many seconds at most."""
        if self._process is not None:
            self._process.join(timeout)

    @property
    def address(self):
        """Where other programs find the manager; none if it was given none."""
        return self._address

    def __enter__(self):
        if self._state != _STARTED:
            self.start()
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.shutdown()

    def __reduce_ex__(self, protocol):
        raise TypeError("a manager cannot travel: pass proxies on, or make a Manager() there")

    def _check_initial(self):
        if self._state == _STARTED:
            raise ProcessError("Already started server")
        if self._state == _SHUTDOWN:
            raise ProcessError("Manager has shut down")

    def _check_started(self):
        assert self._state == _STARTED, "server not yet started"

    def _create(self, typeid, /, *args, **kwds):
        """A new shared object of any type."""
        registered = self._registry.get(typeid) if typeid in self._own_names else None
        return self._make(typeid, registered and registry.class_of(typeid, registered), None, args, kwds)

    def _make(self, typeid, cls, exposed, args, kwds):
        self._check_started()
        name = self._own_names.get(typeid)
        if name is None and exposed is None and cls is None:
            return create(typeid, *args, **kwds)
        given = [
            [argument(value) for value in args], arguments_by_name(kwds),
            None if exposed is None else rights(exposed)]
        if name is None:
            return _made(call(_CREATE, [text(typeid), *given]), cls)
        return _made(call(_CREATE_IN, [self._server, name, *given]), cls, self)

    def _number_of_objects(self):
        """How many shared objects there are, whoever holds them."""
        self._check_started()
        return call(_NUMBER_OF_OBJECTS, [])

    def _debug_info(self):
        """What shared objects there are and what holds them, in words."""
        self._check_started()
        return call(_DEBUG_INFO, [])

    def _typeids(self):
        """The types of which objects can be made."""
        self._check_started()
        return call(_TYPEIDS, [])

    @classmethod
    def register(cls, typeid, callable=None, proxytype=None, exposed=None, method_to_typeid=None,
                 create_method=True):
        """Registers a type with this class of managers: what makes its objects, the class of its proxies, which methods it
        exposes, and of which what they return is shared in its turn, as objects of what types. Without a callable it is another
        program's type, or one of which methods of others return objects."""
        if "_registry" not in cls.__dict__:
            cls._registry = cls._registry.copy()
        registered = cls._registry[typeid] = registry.registration(typeid, callable, proxytype, exposed, method_to_typeid)
        if create_method:
            built_in = registry.built_in_type(registered)
            allowed = tuple(exposed) if exposed and callable is None else None
            made_as = registry.class_of(typeid, registered)
            if built_in is not None:
                def method(self, /, *args, **kwds):
                    return getattr(SyncManager, built_in)(self, *args, **kwds)
            else:
                def method(self, /, *args, **kwds):
                    return self._make(typeid, made_as, allowed, args, kwds)
            method.__name__ = method.__qualname__ = typeid
            setattr(cls, typeid, method)


def _ended(process, address):
    """Ends a manager's process, of which others are not told any more then."""
    if address is not None:
        addresses.withdraw(address)
    process._finish()


class Server:
    """What serves a manager's objects to those who connect: the process that a started manager has."""

    def __init__(self, manager):
        self._manager = manager

    @property
    def address(self):
        """Where others find it."""
        return self._manager.address

    def serve_forever(self):
        """Starts the manager and waits until its process ends."""
        if getattr(current_process(), "_serves", False):
            # The script has got to where it would only serve, which is what this process is for.
            raise Serving
        self._manager.start()
        self._manager.join()
        raise SystemExit(0)


def _constructor(make):
    """What makes an object. Arguments that it does not take are its constructor's error, as where the manager finds them."""
    @functools.wraps(make)
    def create(self, /, *args, **kwds):
        self._check_started()
        try:
            return make(self, *args, **kwds)
        except TypeError as error:
            if error.__traceback__.tb_next is not None:
                raise
            raise constructor_error(error) from None
    return create


class SyncManager(BaseManager):
    """Makes shared objects of the built-in types."""

    def list(self, /, *args, **kwds):
        """A shared list."""
        self._check_started()
        if kwds or len(args) > 1:
            return create("list", *args, **kwds)
        return _made(call(_LIST_FROM, [iterable(args[0])]) if args else call(_NEW_LIST, []))

    def dict(self, /, *args, **kwds):
        """A shared dict."""
        self._check_started()
        if not kwds and len(args) <= 1:
            return _made(call(_DICT_FROM, [entries(args[0])]) if args else call(_NEW_DICT, []))
        if len(args) == 1 and not isinstance(args[0], (dict, list, tuple, BaseProxy)):
            args = (plain_entries(args[0]),)
        return create("dict", *args, **kwds)

    @_constructor
    def Array(self, typecode, sequence, lock=True):
        """A shared array of the items of an iterable, or of so many zeros."""
        return _made(call(_CREATE, [
            "Array", [argument(typecode), items(sequence), argument(bare(lock))], [], None]))

    def set(self, /, *args, **kwds):
        """A shared set."""
        self._check_started()
        if kwds or len(args) > 1:
            return create("set", *args, **kwds)
        return _made(call(_SET_FROM, [iterable(args[0])]) if args else call(_NEW_SET, []))

    def Counter(self, /, *args, **kwds):
        """A shared counter. CPython's managers have none."""
        self._check_started()
        if not kwds and len(args) <= 1:
            return _made(call(_COUNTER_FROM, [counted(args[0])]) if args else call(_NEW_COUNTER, []))
        return _made(call(_CREATE, [
            "Counter", [counted(value) for value in args], arguments_by_name(kwds),
            None]))

    @_constructor
    def deque(self, iterable=(), maxlen=None):
        """A shared deque. CPython's managers have none."""
        try:
            maxlen = max_length(maxlen)
        except (TypeError, ValueError, OverflowError) as error:
            raise constructor_error(error) from None
        return _made(call(_DEQUE_FROM, [values.iterable(iterable), maxlen]))

    @_constructor
    def Lock(self):
        """A shared lock."""
        return _made(call(_NEW_LOCK, []))

    @_constructor
    def Condition(self, lock=None):
        """A shared condition, over a shared lock or one of its own."""
        return create("Condition", bare(lock))

    @_constructor
    def Barrier(self, parties, action=None, timeout=None):
        """A shared barrier. An action is run by a process of its own, each time all parties have come."""
        return create("Barrier", parties, None if action is None else errand(action), timeout)

    @_constructor
    def Pool(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, *, retries=0):
        """A shared pool of workers. ``retries`` is how often a task that its worker did not survive is given to another
        one, which CPython's pools do not know."""
        try:
            pool = new_pool(processes, initializer, initargs, maxtasksperchild, retries)
        except (TypeError, ValueError) as error:
            raise constructor_error(error) from None
        return _made(pool)

    def Value(self, /, *args, **kwds):
        """A shared value of any kind."""
        self._check_started()
        if "lock" in kwds:
            kwds["lock"] = bare(kwds["lock"])
        return create("Value", *args[:2], *map(bare, args[2:]), **kwds)


def bare(lock):
    """The manager's lock of one of ``multiprocessing``'s; what else it is."""
    return getattr(lock, "_proxy", lock)


for _name in ("BoundedSemaphore", "Event", "JoinableQueue", "Namespace", "Queue", "RLock", "Semaphore"):
    SyncManager.register(_name)

SyncManager.register("Iterator", proxytype=IteratorProxy, create_method=False)
SyncManager.register("AsyncResult", create_method=False)


def Manager():
    """A manager, ready for use."""
    manager = SyncManager()
    manager.start()
    return manager


