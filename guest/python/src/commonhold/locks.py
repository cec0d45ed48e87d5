"""The proxies of what is taken and given back: locks and semaphores."""

from .boundary import ABANDONED, LOCKS, TIMED_OUT, Err, call
from .proxies import BaseProxy, proxy_for
from .values import received

_ACQUIRE, _LOCKED, _RELEASE = LOCKS.acquire, LOCKS.locked, LOCKS.release
_LONGEST = 0xFFFFFFFFFFFFFFFF


def nanoseconds(seconds):
    """A span of time as the manager counts it; none for ever."""
    if seconds is None:
        return None
    return max(0, min(int(seconds * 1_000_000_000), _LONGEST))


@proxy_for("Lock")
class AcquirerProxy(BaseProxy):
    """A proxy to a shared lock.

    ``abandoned`` tells whether the process that had the lock before it was last acquired here died
    with it: what it protects may be half-changed.
    """

    __module__ = "multiprocessing.managers"

    abandoned = False

    def acquire(self, blocking=True, timeout=None):
        """Takes the lock; False if it could not be had (in time)."""
        if not blocking:
            if timeout is not None and timeout != -1:
                raise ValueError("can't specify a timeout for a non-blocking call")
            limit = 0
        elif timeout is None or timeout == -1:
            limit = None
        elif timeout < 0:
            raise ValueError("timeout value must be a non-negative number")
        else:
            limit = nanoseconds(timeout)
        result = call(_ACQUIRE, [self._handle, limit])
        if type(result) is Err:
            received(result)
        if result == TIMED_OUT:
            return False
        self.abandoned = result == ABANDONED
        return True

    def release(self):
        """Gives the lock back; any process may."""
        received(call(_RELEASE, [self._handle]))

    def locked(self):
        """Whether the lock is taken."""
        return received(call(_LOCKED, [self._handle]))

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()


@proxy_for("RLock")
class ReentrantProxy(AcquirerProxy):
    """A proxy to a shared lock that its owner, a process, can take again."""

    __module__ = "multiprocessing.managers"

    def acquire(self, blocking=True, timeout=None):
        """Takes the lock once more; False if it could not be had (in time)."""
        return self._callmethod("acquire", (bool(blocking), timeout))

    def release(self):
        """Gives the lock back once; only its owner may."""
        self._callmethod("release")

    def locked(self):
        """Whether the lock is taken."""
        return self._callmethod("locked")


@proxy_for("Semaphore")
@proxy_for("BoundedSemaphore")
class SemaphoreProxy(ReentrantProxy):
    """A proxy to a shared semaphore."""

    __module__ = "multiprocessing.managers"

    def release(self, n=1):
        """Gives so many permits back; any process may."""
        self._callmethod("release", (n,))

    def get_value(self):
        """How many permits there are to take. CPython's managers do not tell."""
        return self._callmethod("get_value")
