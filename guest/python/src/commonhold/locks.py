"""The proxies of what is taken and given back: locks and semaphores."""

from . import generic
from .boundary import ABANDONED, LOCKS, RLOCKS, SEMAPHORES, TIMED_OUT, Err, call, nanoseconds
from .proxies import proxy_for
from .values import received


@proxy_for("Lock")
class AcquirerProxy(generic.AcquirerProxy):
    """A proxy to a shared lock.

    ``abandoned`` tells whether the process that had the lock before it was last acquired here died
    with it: what it protects may be half-changed.
    """

    __module__ = "multiprocessing.managers"

    abandoned = False
    # The functions of the type's interface.
    _calls = LOCKS

    def acquire(self, blocking=True, timeout=None):
        """Takes it; False if it could not be had (in time)."""
        result = call(self._calls.acquire, [self._handle, self._limit(blocking, timeout)])
        if type(result) is Err:
            received(result)
        if result == TIMED_OUT:
            return False
        self.abandoned = result == ABANDONED
        return True

    @staticmethod
    def _limit(blocking, timeout):
        if not blocking:
            if timeout is not None and timeout != -1:
                raise ValueError("can't specify a timeout for a non-blocking call")
            return 0
        if timeout is None or timeout == -1:
            return None
        if timeout < 0:
            raise ValueError("timeout value must be a non-negative number")
        return nanoseconds(timeout)

    def release(self):
        """Gives it back; any process may, unless it belongs to its owner."""
        received(call(self._calls.release, [self._handle]))

    def locked(self):
        """Whether it is taken."""
        return received(call(self._calls.locked, [self._handle]))

    def __enter__(self):
        return self.acquire()

    def __exit__(self, exc_type, exc_value, traceback):
        self.release()


@proxy_for("RLock")
class ReentrantProxy(AcquirerProxy):
    """A proxy to a shared lock that its owner, a process, can take again."""

    __module__ = "multiprocessing.managers"

    _calls = RLOCKS


@proxy_for("Semaphore")
@proxy_for("BoundedSemaphore")
class SemaphoreProxy(AcquirerProxy):
    """A proxy to a shared semaphore."""

    __module__ = "multiprocessing.managers"

    _calls = SEMAPHORES

    @staticmethod
    def _limit(blocking, timeout):
        if blocking:
            return nanoseconds(timeout)
        if timeout is not None:
            raise ValueError("can't specify timeout for non-blocking acquire")
        return 0

    def release(self, n=1):
        """Gives so many permits back; any process may."""
        self._callmethod("release", (n,))

    def get_value(self):
        """How many permits there are to take. CPython's managers do not tell."""
        return self._callmethod("get_value")
