"""The proxies of pools and of what comes of their tasks.

A task is a call of an entry of the program, in one worker after another. The entry names the function (``functions``); of its
arguments the manager knows nothing but their number. ``tasks`` has what the workers do with them.
"""

import sys
from operator import index as as_index
from types import MethodType
from weakref import ref

from . import functions
from .boundary import (
    ASYNC_RESULTS, MANAGER, PLAIN, POOLS, Callback, Callbacks, Err, Mapping, Options, call,
)
from .errors import exception_of
from .functions import BEGIN, TASK, WITH_KEYWORDS
from .locks import nanoseconds
from .proxies import AutoProxy, BaseProxy, proxy_for, wrapped
from .values import argument, iterable, received

_CLOSE, _IMAP, _JOIN, _MAP, _SUBMIT, _TERMINATE = (
    POOLS.close, POOLS.imap_items, POOLS.join, POOLS.map_items, POOLS.submit, POOLS.terminate)
_GET, _IS_READY, _IS_SUCCESSFUL, _WAIT = (
    ASYNC_RESULTS.get, ASYNC_RESULTS.is_ready, ASYNC_RESULTS.is_successful, ASYNC_RESULTS.wait)

_MOST = 0xFFFFFFFF


def _entry(begin, func, args, kwargs):
    """The entry that calls a function, and the values that it is given before all others."""
    if not callable(func):
        raise TypeError(f"{type(func).__name__!r} object is not callable")
    name, before, keywords = functions.sent(func)
    args = (*before, *args)
    if keywords or kwargs:
        return f"{begin}{WITH_KEYWORDS}{name}", [argument({**keywords, **kwargs}), *map(argument, args)]
    return begin + name, list(map(argument, args))


def _count(number, wrong):
    """A number of workers or tasks; none if it is not given."""
    if number is None:
        return None
    number = as_index(number)
    if number < 1:
        raise ValueError(wrong.format(number))
    return min(number, _MOST)


def _chunk_size(number):
    return _count(number, "Chunksize must be 1+, not {}")


def _parent():
    """What the workers are told about this process."""
    process = sys.modules["multiprocessing.process"].current_process()
    if getattr(process, "_importing", False):
        raise RuntimeError(sys.modules["multiprocessing.process"].NO_GUARD)
    return process.name, process.pid, process._identity


def new_pool(processes, initializer, initargs, maxtasksperchild, retries):
    """A handle to a new pool, or its error."""
    processes = _count(processes, "Number of processes must be at least 1")
    if maxtasksperchild is not None and (not isinstance(maxtasksperchild, int) or maxtasksperchild < 1):
        raise ValueError("maxtasksperchild must be a positive int or None")
    retries = as_index(retries)
    if retries < 0:
        raise ValueError("retries must not be negative")
    if initializer is None:
        entry, args = BEGIN, []
    elif callable(initializer):
        entry, args = _entry(BEGIN, initializer, initargs, {})
    else:
        raise TypeError("initializer must be a callable")
    # Each worker takes the next number, which it is called by.
    number = call(MANAGER.create, ["Value", [argument("q"), argument(1)], [], None])
    if type(number) is Err:
        return number
    begin = entry, [argument((*_parent(), wrapped(number))), *args]
    return call(POOLS.create, [Options(processes, None, begin, _count(maxtasksperchild, ""), min(retries, _MOST))])


class Then:
    """Functions of this process that are still to be called with what comes of a pool's task."""

    __slots__ = ("callback", "error_callback", "pool", "__weakref__")

    def __init__(self, callback, error_callback, pool):
        self.callback, self.error_callback, self.pool = callback, error_callback, ref(pool)

    def done(self):
        """They are called now, by whoever asks this."""
        pool = self.pool()
        if pool is not None:
            pool._pending.pop(self, None)


_NO_CALLBACKS = Callbacks(None, None)


def _shared(callback):
    """A callback that is a shared object's method, for the manager; none if it is any other function."""
    if type(callback) is MethodType:
        subject = callback.__self__
        if not isinstance(subject, BaseProxy):
            # Who waits at a queue of multiprocessing's own could not call back.
            subject = subject._proxy if type(subject).__module__ == "multiprocessing.queues" else None
        if subject is not None and callback.__name__ in subject._methods():
            return Callback(subject._handle, callback.__name__)
    return None


class Result:
    """What will come of tasks, as its handle knows it."""

    # What is still to be called in this process.
    _then = None

    def get(self, timeout=None):
        """What came of the tasks: of one its value, of several a list, or its error.
        ``multiprocessing.TimeoutError`` if they are not done within so many seconds."""
        result = call(_GET, [self._handle, nanoseconds(timeout)])
        if type(result) is Err:
            raise self._failed(exception_of(result.value))
        if result is None:
            raise sys.modules["multiprocessing.context"].TimeoutError
        return self._succeeded(received(result))

    def wait(self, timeout=None):
        """Waits until the tasks are done, for so many seconds at most."""
        if received(call(_WAIT, [self._handle, nanoseconds(timeout)])):
            self._call_back()

    def ready(self):
        """Whether the tasks are done."""
        if not received(call(_IS_READY, [self._handle])):
            return False
        self._call_back()
        return True

    def successful(self):
        """Whether the tasks are done and none has failed; ValueError if they are not done."""
        is_successful = received(call(_IS_SUCCESSFUL, [self._handle]))
        self._call_back()
        return is_successful

    def _call_back(self):
        """Calls what is to be called, now that the tasks are done."""
        if self._then is None:
            return
        result = call(_GET, [self._handle, 0])
        if type(result) is Err:
            self._failed(exception_of(result.value))
        else:
            self._succeeded(received(result))

    def _succeeded(self, value):
        then, self._then = self._then, None
        if then is not None:
            then.done()
            if then.callback is not None:
                then.callback(value)
        return value

    def _failed(self, exception):
        then, self._then = self._then, None
        if then is not None:
            then.done()
            if then.error_callback is not None:
                then.error_callback(exception)
        return exception


class Tasks:
    """What a pool does, as its handle knows it."""

    # The results with functions to be called, by what is to be called.
    _pending = None

    # What becomes of the handles that are made here.
    _applied = _mapped = _ordered = _unordered = staticmethod(wrapped)

    def apply(self, func, args=(), kwds={}):
        """Has a worker call a function, and waits for what it returns."""
        result = call(_SUBMIT, [self._handle, *_entry(TASK, func, args, kwds), _NO_CALLBACKS])
        return _gotten(result)

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        """Has a worker call a function, and does not wait for it."""
        callbacks, then = self._callbacks(callback, error_callback)
        result = call(_SUBMIT, [self._handle, *_entry(TASK, func, args, kwds), callbacks])
        return self._begun(self._applied(result), then)

    def map(self, func, iterable, chunksize=None):
        """Has the workers call a function with each item, and waits for the list of what they return."""
        return _gotten(call(_MAP, [self._handle, _mapping(func, iterable, chunksize, False), _NO_CALLBACKS]))

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        """As ``map``, and does not wait."""
        return self._map(func, iterable, chunksize, callback, error_callback, False)

    def starmap(self, func, iterable, chunksize=None):
        """As ``map``, where each item is an iterable of arguments."""
        return _gotten(call(_MAP, [self._handle, _mapping(func, iterable, chunksize, True), _NO_CALLBACKS]))

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        """As ``starmap``, and does not wait."""
        return self._map(func, iterable, chunksize, callback, error_callback, True)

    def imap(self, func, iterable, chunksize=1):
        """As ``map``, but gives what the workers return as it comes, in the order of the items."""
        return self._ordered(call(_IMAP, [self._handle, _mapping(func, iterable, chunksize, False), True]))

    def imap_unordered(self, func, iterable, chunksize=1):
        """As ``imap``, in the order in which the workers are done."""
        return self._unordered(call(_IMAP, [self._handle, _mapping(func, iterable, chunksize, False), False]))

    def close(self):
        """Takes no more tasks. The workers go once all are done."""
        received(call(_CLOSE, [self._handle]))
        self._look()

    def terminate(self):
        """Ends the workers at once. What they have not done fails."""
        self._look()
        received(call(_TERMINATE, [self._handle]))
        self._pending = None

    def join(self):
        """Waits until the workers of a closed or terminated pool have gone."""
        received(call(_JOIN, [self._handle, None]))
        while self._pending:
            next(iter(self._pending.values()))._call_back()

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.terminate()

    def _map(self, func, iterable, chunksize, callback, error_callback, is_spread):
        callbacks, then = self._callbacks(callback, error_callback)
        result = call(_MAP, [self._handle, _mapping(func, iterable, chunksize, is_spread), callbacks])
        return self._begun(self._mapped(result), then)

    def _callbacks(self, callback, error_callback):
        """What the manager is to call, and what this process is."""
        if callback is None and error_callback is None:
            return _NO_CALLBACKS, None
        theirs, error_theirs = _shared(callback), _shared(error_callback)
        if theirs is not None:
            callback = None
        if error_theirs is not None:
            error_callback = None
        then = None if callback is None and error_callback is None else Then(callback, error_callback, self)
        return Callbacks(theirs, error_theirs), then

    def _begun(self, result, then):
        if then is not None:
            result._then = then
            if self._pending is None:
                self._pending = {}
            self._pending[then] = result
        return result

    def _look(self):
        """Calls what is to be called by now."""
        for result in list((self._pending or {}).values()):
            result.ready()


def _mapping(func, items, chunksize, is_spread):
    entry, lead = _entry(TASK, func, (), {})
    if is_spread and not isinstance(items, BaseProxy):
        items = [item if type(item) in (tuple, list) else tuple(item) for item in items]
    return Mapping(entry, lead, iterable(items), is_spread, _chunk_size(chunksize))


def _gotten(result):
    """What comes of tasks that nobody else knows of."""
    if type(result) is not Err:
        result = call(_GET, [result, None])
    return result if type(result) in PLAIN else received(result)


@proxy_for("Pool")
class PoolProxy(Tasks, BaseProxy):
    """A proxy to a shared pool of workers."""

    __module__ = "multiprocessing.managers"


@proxy_for("AsyncResult")
class AsyncResultProxy(Result, AutoProxy):
    """A proxy to what will come of tasks."""

    __module__ = "multiprocessing.managers"


AsyncResultProxy.__name__ = AsyncResultProxy.__qualname__ = "AutoProxy[AsyncResult]"
