"""What is behind the proxies of what processes wait for, for the fake manager: there is one process, and so nothing that
would be worth waiting for."""

import queue
import threading


class RLock:
    """Whose owner can be the test's process only."""

    def __init__(self, owner):
        self._owner, self._count = owner, 0

    def acquire(self, blocking=True, timeout=None):
        _check(blocking, timeout)
        self._count += 1
        return True

    def release(self):
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1

    def locked(self):
        return self._count > 0

    def __repr__(self):
        state, owner = ("locked", self._owner) if self._count else ("unlocked", 0)
        return f"<{state} _thread.RLock object owner={owner} count={self._count} at {id(self):#x}>"

    # What a condition asks of its lock.

    def _is_owned(self):
        return self._count > 0

    def _release_save(self):
        saved, self._count = self._count, 0
        return saved

    def _acquire_restore(self, saved):
        self._count = saved


def _check(blocking, timeout):
    if not blocking and timeout not in (None, -1):
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout is not None and timeout != -1 and timeout < 0:
        raise ValueError("timeout value must be a non-negative number")


class _Valued:
    def get_value(self):
        return self._value

    def locked(self):
        return self._value == 0


class Semaphore(_Valued, threading.Semaphore):
    """A semaphore."""


class BoundedSemaphore(_Valued, threading.BoundedSemaphore):
    """A bounded semaphore."""


class Condition(threading.Condition):
    """Whose lock is a fake one, or one of ``threading``."""

    def __init__(self, lock):
        super().__init__(lock)
        # It has put the lock's own in their places.
        del self.acquire, self.release

    def acquire(self, blocking=True, timeout=None):
        if isinstance(self._lock, RLock):
            return self._lock.acquire(blocking, timeout)
        return self._lock.acquire(blocking, -1 if timeout is None else timeout)

    def release(self):
        self._lock.release()

    def locked(self):
        return self._lock.locked()


class Barrier:
    """Whose properties are methods, as the manager has them."""

    def __init__(self, parties, action=None, timeout=None):
        # It runs nothing.
        self.action = action
        self._barrier = threading.Barrier(parties, None, timeout)
        self.wait, self.abort, self.reset = self._barrier.wait, self._barrier.abort, self._barrier.reset
        self.parties = lambda: self._barrier.parties
        self.n_waiting = lambda: self._barrier.n_waiting
        self.broken = lambda: self._barrier.broken


MAKE = {
    "RLock": lambda owner: RLock(owner),
    "Semaphore": lambda owner, value=1: Semaphore(value),
    "BoundedSemaphore": lambda owner, value=1: BoundedSemaphore(value),
    "Condition": lambda owner, lock=None: Condition(lock or RLock(owner)),
    "Event": lambda owner: threading.Event(),
    "Barrier": lambda owner, *args: Barrier(*args),
    "Queue": lambda owner, maxsize=0: queue.Queue(maxsize),
    "JoinableQueue": lambda owner, maxsize=0: queue.Queue(maxsize),
}

_LOCK = ["acquire", "release", "locked"]
_SEMAPHORE = [*_LOCK, "get_value"]
_QUEUE = "put put_nowait get get_nowait qsize empty full task_done join shutdown".split()

METHODS = {
    "RLock": _LOCK,
    "Semaphore": _SEMAPHORE,
    "BoundedSemaphore": _SEMAPHORE,
    "Condition": [*_LOCK, "wait", "notify", "notify_all"],
    "Event": "is_set set clear wait".split(),
    "Barrier": "wait abort reset parties n_waiting broken".split(),
    "Queue": _QUEUE,
    "JoinableQueue": _QUEUE,
}

PROXIES = {
    "RLock": "AcquirerProxy", "Semaphore": "AcquirerProxy", "BoundedSemaphore": "AcquirerProxy",
    "Condition": "ConditionProxy", "Event": "EventProxy", "Barrier": "BarrierProxy",
}

KINDS = {queue.Empty: "empty", queue.Full: "full", threading.BrokenBarrierError: "broken-barrier"}
if hasattr(queue, "ShutDown"):
    KINDS[queue.ShutDown] = "shut-down"
