"""Managers: what makes shared objects.

All managers of a program's processes are one, the host's: ``Manager()`` starts nothing and
``shutdown()`` ends nothing but the object that it is called on. A shared object lives as long as
anything holds a proxy to it.
"""

from commonhold.boundary import COUNTERS, DEQUES, DICTS, LISTS, LOCKS, MANAGER, SETS, Err, call
from commonhold.containers import entries
from commonhold.counters import counted
from commonhold.deques import max_length
from commonhold.errors import constructor_error, exception_of
from commonhold.fields import items
from commonhold.pools import new_pool
from commonhold.proxies import BaseProxy, Token, wrap
from commonhold import values
from commonhold.values import argument, iterable

# CPython's module has these, too.
from commonhold.counters import CounterProxy  # noqa: F401
from commonhold.deques import DequeProxy  # noqa: F401
from commonhold.containers import DictProxy, IteratorProxy, ListProxy  # noqa: F401
from commonhold.errors import RemoteError  # noqa: F401
from commonhold.fields import ArrayProxy, Namespace, NamespaceProxy, ValueProxy  # noqa: F401
from commonhold.locks import AcquirerProxy  # noqa: F401
from commonhold.pools import PoolProxy  # noqa: F401
from commonhold.proxies import AutoProxy  # noqa: F401
from commonhold.sets import SetProxy  # noqa: F401
from commonhold.waiting import BarrierProxy, ConditionProxy, EventProxy  # noqa: F401

from .context import ProcessError
from .process import errand

__all__ = ["BaseManager", "SyncManager", "BaseProxy", "Token"]

_CREATE, _DEBUG_INFO, _NUMBER_OF_OBJECTS, _TYPEIDS = (
    MANAGER.create, MANAGER.debug_info, MANAGER.number_of_objects, MANAGER.typeids)
_NEW_DICT, _NEW_LIST, _NEW_LOCK = DICTS.create, LISTS.create, LOCKS.create
_COUNTER_FROM, _NEW_COUNTER = COUNTERS.create_from, COUNTERS.create
_DEQUE_FROM = DEQUES.create_from
_DICT_FROM, _LIST_FROM = DICTS.create_from, LISTS.create_from
_NEW_SET, _SET_FROM = SETS.create, SETS.create_from

_INITIAL, _STARTED, _SHUTDOWN = range(3)


def _made(result):
    """The proxy to a new shared object, or its constructor's error."""
    if type(result) is Err:
        raise constructor_error(exception_of(result.value))
    return wrap(result)


def create(typeid, /, *args, **kwds):
    """A new shared object of any type."""
    return _made(call(_CREATE, [
        typeid,
        [iterable(value) if typeid in _FROM_ITERABLES else argument(value) for value in args],
        [(name, argument(value)) for name, value in kwds.items()],
        None,
    ]))


_FROM_ITERABLES = frozenset(("list", "dict", "deque", "set", "Counter", "Iterator"))


class BaseManager:
    """Makes shared objects of the types that the manager knows."""

    def __init__(self, address=None, authkey=None, serializer="pickle", ctx=None, *, shutdown_timeout=1.0):
        if address is not None:
            raise NotImplementedError("the manager has no address: programs are given proxies, they do not connect")
        self._state = _INITIAL

    def start(self, initializer=None, initargs=()):
        """Makes the object ready for use. There is no process to start."""
        if initializer is not None:
            if not callable(initializer):
                raise TypeError("initializer must be a callable")
            raise NotImplementedError("the manager runs no code of the program's, so no initializer")
        if self._state == _STARTED:
            raise ProcessError("Already started server")
        if self._state == _SHUTDOWN:
            raise ProcessError("Manager has shut down")
        self._state = _STARTED

    def shutdown(self):
        """Makes the object unusable. The shared objects live on as long as they are held."""
        self._state = _SHUTDOWN

    def connect(self):
        """There is nothing to connect to."""
        raise NotImplementedError("the manager has no address: programs are given proxies, they do not connect")

    def get_server(self):
        """The server is the host."""
        raise NotImplementedError("the manager is the host itself: a program cannot serve")

    def join(self, timeout=None):
        """Returns at once: there is no process to wait for."""

    @property
    def address(self):
        """There is none."""
        return None

    def __enter__(self):
        if self._state == _INITIAL:
            self.start()
        if self._state == _SHUTDOWN:
            raise ProcessError("Manager has shut down")
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.shutdown()

    def __reduce_ex__(self, protocol):
        raise TypeError("a manager cannot travel: pass proxies on, or make a Manager() there")

    def _check_started(self):
        assert self._state == _STARTED, "server not yet started"

    def _create(self, typeid, /, *args, **kwds):
        """A new shared object of any type."""
        self._check_started()
        return create(typeid, *args, **kwds)

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
        """Types of the program's own are not supported; those of other programs are, by name."""
        if callable is not None:
            raise NotImplementedError(
                f"cannot register {typeid!r}: a Python program cannot implement shared types; "
                f"register({typeid!r}) without a callable makes one of another program's")
        if create_method:
            def method(self, /, *args, **kwds):
                return self._create(typeid, *args, **kwds)
            method.__name__ = method.__qualname__ = typeid
            setattr(cls, typeid, method)


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
            args = (dict(args[0]),)
        return create("dict", *args, **kwds)

    def Array(self, typecode, sequence, lock=True):
        """A shared array of the items of an iterable, or of so many zeros."""
        self._check_started()
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
            "Counter", [counted(value) for value in args], [(name, argument(value)) for name, value in kwds.items()],
            None]))

    def deque(self, iterable=(), maxlen=None):
        """A shared deque. CPython's managers have none."""
        self._check_started()
        try:
            maxlen = max_length(maxlen)
        except (TypeError, ValueError, OverflowError) as error:
            raise constructor_error(error) from None
        return _made(call(_DEQUE_FROM, [values.iterable(iterable), maxlen]))

    def Lock(self):
        """A shared lock."""
        self._check_started()
        return _made(call(_NEW_LOCK, []))

    def Condition(self, lock=None):
        """A shared condition, over a shared lock or one of its own."""
        self._check_started()
        return create("Condition", bare(lock))

    def Barrier(self, parties, action=None, timeout=None):
        """A shared barrier. An action is run by a process of its own, each time all parties have come."""
        self._check_started()
        return create("Barrier", parties, None if action is None else errand(action), timeout)

    def Pool(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, *, retries=0):
        """A shared pool of workers. ``retries`` is how often a task that its worker did not survive is given to another
        one, which CPython's pools do not know."""
        self._check_started()
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


