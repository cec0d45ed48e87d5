"""Locks, semaphores, conditions, events and barriers as ``multiprocessing`` itself has them.

Each is a shared object of the manager behind the names, signatures, messages and exception classes of CPython's
``multiprocessing.synchronize``, which are not those of its managers. They can be passed on at any time, not
only to a process that is started.
"""

import math
import operator
import re
import time

from commonhold.waiting import wait_for

from .managers import bare, create

__all__ = ["Barrier", "BoundedSemaphore", "Condition", "Event", "Lock", "RLock", "Semaphore"]


class Shared:
    """What stands for shared objects of the manager, and travels as the proxies to them."""

    # The names of the attributes that it consists of.
    _parts = ("_proxy",)

    @classmethod
    def _of(cls, *parts):
        """The one that consists of these."""
        made = cls.__new__(cls)
        made.__dict__.update(zip(cls._parts, parts))
        return made

    def __eq__(self, other):
        return self._proxy == other._proxy if isinstance(other, Shared) else NotImplemented

    def __hash__(self):
        return hash(self._proxy)


def seconds(timeout):
    """A timeout as the manager takes it: what is negative is no time at all."""
    return None if timeout is None else max(0.0, math.ldexp(timeout, 0))


def _own_name():
    from .process import current_process

    return current_process().name


# The locks that this process has taken and not given back, by their numbers: a lock does not tell who has it.
_taken = set()


class SemLock(Shared):
    """What is taken and given back.

    ``abandoned`` tells whether the process that had it before it was last acquired here died with it: what it protects
    may be half-changed.
    """

    _too_often = (ValueError, "semaphore or lock released too many times")

    def acquire(self, block=True, timeout=None):
        """Takes it; False if it could not be had (in time)."""
        if not block:
            return self._proxy.acquire(False)
        return self._proxy.acquire(True, seconds(timeout))

    def release(self):
        """Gives it back."""
        try:
            self._proxy.release()
        except (RuntimeError, ValueError) as error:
            cls, message = self._too_often
            raise cls(message) from error.__cause__

    def locked(self):
        """Whether nobody can take it now."""
        return self._proxy.locked()

    @property
    def abandoned(self):
        """Whether the process that had it before died with it."""
        return self._proxy.abandoned

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()


class Lock(SemLock):
    """A lock that any process may give back."""

    def __init__(self, *, ctx=None):
        self._proxy = create("Lock")

    def acquire(self, block=True, timeout=None):
        """Takes it; False if it could not be had (in time)."""
        acquired = super().acquire(block, timeout)
        if acquired:
            _taken.add(self._proxy._number)
        return acquired

    def release(self):
        """Gives it back; any process may."""
        super().release()
        _taken.discard(self._proxy._number)

    def __repr__(self):
        try:
            if not self.locked():
                owner = None
            else:
                owner = _own_name() if self._proxy._number in _taken else "SomeOtherProcess"
        except Exception:
            owner = "unknown"
        return f"<{type(self).__name__}(owner={owner})>"


class RLock(SemLock):
    """A lock that its owner, a process, can take again."""

    _too_often = (AssertionError, "attempt to release recursive lock not owned by thread")

    def __init__(self, *, ctx=None):
        self._proxy = create("RLock")

    def __repr__(self):
        from .process import own_pid

        try:
            owner, count = map(int, re.search(r" owner=(\d+) count=(\d+)", str(self._proxy)).groups())
            if not count:
                owner = None
            elif owner == own_pid():
                owner = _own_name()
            else:
                owner, count = "SomeOtherProcess", "nonzero"
        except Exception:
            owner = count = "unknown"
        return f"<{type(self).__name__}({owner}, {count})>"


class Semaphore(SemLock):
    """So many permits, which are taken and given back, by any process."""

    _typeid = "Semaphore"

    def __init__(self, value=1, *, ctx=None):
        value = operator.index(value)
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self._proxy = create(self._typeid, value)

    def get_value(self):
        """How many permits there are to take."""
        return self._proxy.get_value()

    def _shown(self):
        try:
            return self.get_value()
        except Exception:
            return "unknown"

    def __repr__(self):
        return f"<{type(self).__name__}(value={self._shown()})>"


class BoundedSemaphore(Semaphore):
    """A semaphore that never has more permits than in the beginning."""

    _typeid = "BoundedSemaphore"
    _parts = ("_proxy", "_most")

    def __init__(self, value=1, *, ctx=None):
        super().__init__(value)
        self._most = operator.index(value)

    def __repr__(self):
        return f"<{type(self).__name__}(value={self._shown()}, maxvalue={self._most})>"


class Condition(Shared):
    """Waiting for news of what a lock protects: one of its own, or one that is given."""

    _parts = ("_proxy", "_lock")

    def __init__(self, lock=None, *, ctx=None):
        self._lock = lock or RLock()
        self._proxy = create("Condition", bare(self._lock))

    def acquire(self, *args, **kwds):
        """Takes the lock."""
        return self._lock.acquire(*args, **kwds)

    def release(self):
        """Gives the lock back."""
        self._lock.release()

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, exc_type, exc_value, traceback):
        return self._lock.__exit__(exc_type, exc_value, traceback)

    def wait(self, timeout=None):
        """Gives the lock back, waits to be notified and takes the lock again; whether it was notified
        in time."""
        try:
            is_notified = self._proxy.wait(seconds(timeout))
        except RuntimeError as error:
            raise AssertionError("must acquire() condition before using wait()") from error.__cause__
        # The lock was acquired again.
        bare(self._lock).abandoned = self._proxy.abandoned
        return is_notified

    @property
    def abandoned(self):
        """Whether the process that had the lock before it was last acquired or waited with here died with it."""
        return self._lock.abandoned

    def wait_for(self, predicate, timeout=None):
        """Waits until the predicate is true; what it has given last."""
        return wait_for(self, predicate, timeout)

    def notify(self, n=1):
        """Lets so many of those who wait go on."""
        try:
            self._proxy.notify(n)
        except RuntimeError as error:
            raise AssertionError("lock is not owned") from error.__cause__

    def notify_all(self):
        """Lets all who wait go on."""
        try:
            self._proxy.notify_all()
        except RuntimeError as error:
            raise AssertionError("lock is not owned") from error.__cause__

    def __repr__(self):
        try:
            waiting = int(re.search(r", (\d+)\)>$", str(self._proxy))[1])
        except Exception:
            waiting = "unknown"
        return f"<{type(self).__name__}({self._lock}, {waiting})>"


class Event(Shared):
    """A flag that others wait for."""

    def __init__(self, *, ctx=None):
        self._proxy = create("Event")

    def is_set(self):
        """Whether the flag is set."""
        return self._proxy.is_set()

    def set(self):
        """Sets the flag; all who wait for it go on."""
        self._proxy.set()

    def clear(self):
        """Takes the flag back."""
        self._proxy.clear()

    def wait(self, timeout=None):
        """Waits until the flag is set; whether it is, in time."""
        return self._proxy.wait(seconds(timeout))

    def __repr__(self):
        try:
            state = "set" if self.is_set() else "unset"
        except Exception:
            state = "unknown"
        return f"<{type(self).__qualname__} at {self._proxy._number:#x} {state}>"


class Barrier(Shared):
    """Where so many processes wait for each other.

    One that gives up, or dies while it waits, breaks it for all. An action is run by the last to come, while the others
    wait: if it fails, or that process gives up, the barrier is broken.
    """

    _parts = ("_proxy", "_parties", "_action", "_timeout", "_acted")

    def __init__(self, parties, action=None, timeout=None, *, ctx=None):
        self._parties = operator.index(parties)
        if self._parties < 1:
            raise ValueError("parties must be >= 1")
        self._action, self._timeout = action, timeout
        self._proxy = create("Barrier", self._parties)
        # Where all wait once more, while the last one acts.
        self._acted = None if action is None else create("Barrier", self._parties)

    def wait(self, timeout=None):
        """Waits for the other parties; the place among them, from 0 for the first."""
        timeout = seconds(self._timeout if timeout is None else timeout)
        if self._acted is None:
            return self._proxy.wait(timeout)
        end = None if timeout is None else time.monotonic() + timeout
        place = self._proxy.wait(timeout)
        try:
            if place == self._parties - 1:
                self._action()
                # The others are there or on their way: it does not give up on them.
                self._acted.wait()
            else:
                self._acted.wait(None if end is None else max(0.0, end - time.monotonic()))
        except BaseException:
            self.abort()
            raise
        return place

    def reset(self):
        """Breaks the barrier for those who wait there; then it is as new."""
        self._proxy.reset()
        if self._acted is not None:
            self._acted.reset()

    def abort(self):
        """Breaks the barrier, for those who wait there and for all who will until it is reset."""
        self._proxy.abort()
        if self._acted is not None:
            self._acted.abort()

    @property
    def parties(self):
        """How many parties wait for each other."""
        return self._parties

    @property
    def n_waiting(self):
        """How many of them wait now."""
        return self._proxy.n_waiting

    @property
    def broken(self):
        """Whether it is broken."""
        return self._proxy.broken

    def __repr__(self):
        try:
            state = "broken" if self.broken else f"waiters={self.n_waiting}/{self._parties}"
        except Exception:
            state = "unknown"
        return f"<{type(self).__module__}.{type(self).__qualname__} at {self._proxy._number:#x}: {state}>"
