"""Pools of workers as ``multiprocessing`` itself has them, on the manager's."""

import types

from commonhold.boundary import PROXY, Err, call
from commonhold.containers import IteratorProxy
from commonhold.errors import RemoteTraceback  # noqa: F401
from commonhold.pools import Result, Tasks, new_pool
from commonhold.proxies import wrapped
from commonhold.values import received

from .process import current_process

__all__ = ["Pool", "ThreadPool"]

_RUN, _CLOSE, _TERMINATE = "RUN", "CLOSE", "TERMINATE"


class MaybeEncodingError(Exception):
    """What a task returned cannot travel."""

    def __init__(self, exc, value):
        super().__init__(_shown(exc), _shown(value))

    @property
    def exc(self):
        """Why not, as text."""
        return self.args[0]

    @property
    def value(self):
        """What it was, as text."""
        return self.args[1]

    def __str__(self):
        return f"Error sending result: '{self.value}'. Reason: '{self.exc}'"

    def __repr__(self):
        return f"<{type(self).__name__}: {self}>"


def _shown(thing):
    try:
        return repr(thing)
    except Exception:
        return f"<unprintable {type(thing).__name__} object>"


def _handle(result):
    return received(result) if type(result) is Err else result


class ApplyResult(Result):
    """What will come of a task."""

    _NONE = object()
    _value = _NONE

    def __init__(self, handle):
        self._handle = handle

    def get(self, timeout=None):
        """What came of the tasks, which is always the same object, or its error. ``multiprocessing.TimeoutError`` if they
        are not done within so many seconds."""
        return super().get(timeout) if self._value is self._NONE else self._value

    def _succeeded(self, value):
        self._value = value
        return super()._succeeded(value)

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__qualname__} object at {call(PROXY.id, [self._handle]):#x}>"

    __class_getitem__ = classmethod(types.GenericAlias)


AsyncResult = ApplyResult


class MapResult(ApplyResult):
    """What will come of several tasks."""


class IMapIterator:
    """What the workers return, as it comes, in the order of the items."""

    def __init__(self, proxy):
        self._proxy = proxy

    def __iter__(self):
        return self

    def next(self, timeout=None):
        """The next of what they return, or its error. ``multiprocessing.TimeoutError`` if it does not come within so many
        seconds."""
        return self._proxy.next(timeout)

    def __next__(self):
        return self._proxy.__next__()


class IMapUnorderedIterator(IMapIterator):
    """What the workers return, in the order in which they are done."""


class Pool(Tasks):
    """Workers, which are processes of the program, and what they are to do.

    A worker that dies is replaced, and the task that it did not survive fails with a RemoteError. CPython's pools do not
    know ``retries``: how often such a task is given to another worker.
    """

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None, *, retries=0):
        assert not current_process().daemon, "daemonic processes are not allowed to have children"
        self._handle = _handle(new_pool(processes, initializer, initargs, maxtasksperchild, retries))
        self._state = _RUN

    @staticmethod
    def _applied(result):
        return ApplyResult(_handle(result))

    @staticmethod
    def _mapped(result):
        return MapResult(_handle(result))

    @staticmethod
    def _ordered(result):
        return IMapIterator(wrapped(result))

    @staticmethod
    def _unordered(result):
        return IMapUnorderedIterator(wrapped(result))

    def close(self):
        """Takes no more tasks. The workers go once all are done."""
        if self._state == _RUN:
            self._state = _CLOSE
        super().close()

    def terminate(self):
        """Ends the workers at once. What they have not done fails."""
        self._state = _TERMINATE
        super().terminate()

    def __enter__(self):
        if self._state != _RUN:
            raise ValueError("Pool not running")
        return self

    def __reduce__(self):
        raise NotImplementedError("pool objects cannot be passed between processes or pickled")

    def __repr__(self):
        state = received(call(PROXY.to_text, [self._handle])).partition(" ")[2]
        return f"<{type(self).__module__}.{type(self).__qualname__} {state}"


def ThreadPool(processes=None, initializer=None, initargs=()):
    """There are no threads."""
    raise NotImplementedError("a sandbox has no threads: use a Pool, whose workers are processes")
