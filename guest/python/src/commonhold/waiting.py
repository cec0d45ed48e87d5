"""The proxies of what processes wait for: conditions, events and barriers."""

import time

from . import generic
from .boundary import CONDITIONS, WAITING, Err, call
from .locks import AcquirerProxy, nanoseconds
from .proxies import BaseProxy, proxy_for
from .values import received


def wait_for_first(objects, timeout=None):
    """Waits until one of several objects has something to give, for so many seconds at most: which of them it was, and
    what was taken from it, or None when the time is up.

    That is taken from the first one and from no other: an item of a queue; a lock or a permit of a semaphore, with
    which comes whether it was abandoned; of an event that is set or a process that has ended, None. Of those that can
    give at once it is the first in their order. The objects are the manager's or ``multiprocessing``'s own.
    """
    handles = []
    for index, thing in enumerate(objects):
        handle = _waited_for(thing)
        if handle is None:
            # A process that has ended and was joined: it can give at once, unless one before it can.
            first = _first(handles, 0) if handles else None
            return (index, None) if first is None else first
        handles.append(handle)
    return _first(handles, nanoseconds(timeout))


def _first(handles, nanoseconds):
    result = call(WAITING.wait_for_first, [handles, nanoseconds])
    if result is None:
        return None
    if type(result) is Err:
        received(result)
    index, item = result
    return index, received(item)


def _waited_for(thing):
    """The handle of what is waited for; none for a process of which it is known that it has ended."""
    proxy = getattr(thing, "_proxy", thing)
    if isinstance(proxy, BaseProxy):
        return proxy._handle
    try:
        return proxy.sentinel._life.handle
    except AttributeError:
        raise TypeError(f"a {type(thing).__name__!r} object cannot be waited for") from None


def wait_for(condition, predicate, timeout):
    """Waits on a condition until a predicate, which is evaluated here, is true; what it has given last."""
    result = predicate()
    if result or timeout is None:
        while not result:
            condition.wait()
            result = predicate()
        return result
    end = time.monotonic() + timeout
    while not result:
        left = end - time.monotonic()
        if left <= 0:
            break
        condition.wait(left)
        result = predicate()
    return result


@proxy_for("Condition")
class ConditionProxy(AcquirerProxy, generic.ConditionProxy):
    """A proxy to a shared condition, which is over a lock. ``abandoned`` is that of the lock, after a wait as well."""

    __module__ = "multiprocessing.managers"

    _calls = CONDITIONS

    def wait(self, timeout=None):
        """Gives the lock back, waits to be notified and takes the lock again; whether it was notified
        in time."""
        result = call(CONDITIONS.wait, [self._handle, nanoseconds(timeout)])
        if type(result) is Err:
            received(result)
        self.abandoned = result.abandoned
        return result.notified

    def notify(self, n=1):
        """Lets so many of those who wait go on."""
        self._callmethod("notify", (n,))

    def notify_all(self):
        """Lets all who wait go on."""
        self._callmethod("notify_all")

    def wait_for(self, predicate, timeout=None):
        """Waits until the predicate, which is evaluated here, is true; what it has given last."""
        return wait_for(self, predicate, timeout)


@proxy_for("Event")
class EventProxy(generic.EventProxy):
    """A proxy to a shared flag."""

    __module__ = "multiprocessing.managers"

    def is_set(self):
        """Whether the flag is set."""
        return self._callmethod("is_set")

    def set(self):
        """Sets the flag; all who wait for it go on."""
        self._callmethod("set")

    def clear(self):
        """Takes the flag back."""
        self._callmethod("clear")

    def wait(self, timeout=None):
        """Waits until the flag is set; whether it is, in time."""
        return self._callmethod("wait", (timeout,))


@proxy_for("Barrier")
class BarrierProxy(generic.BarrierProxy):
    """A proxy to a shared barrier."""

    __module__ = "multiprocessing.managers"

    def wait(self, timeout=None):
        """Waits for the other parties; the place among them, from 0 for the first."""
        return self._callmethod("wait", (timeout,))

    def abort(self):
        """Breaks the barrier, for those who wait there and for all who will until it is reset."""
        self._callmethod("abort")

    def reset(self):
        """Breaks the barrier for those who wait there; then it is as new."""
        self._callmethod("reset")

    @property
    def parties(self):
        """How many parties wait for each other."""
        return self._callmethod("parties")

    @property
    def n_waiting(self):
        """How many of them wait now."""
        return self._callmethod("n_waiting")

    @property
    def broken(self):
        """Whether it is broken."""
        return self._callmethod("broken")
