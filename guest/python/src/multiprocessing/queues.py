"""Queues as ``multiprocessing`` itself has them, on the manager's.

What is put is there when ``put`` returns: there is no thread that sends it later, and so nothing to wait for or to lose
when a process ends. What cannot travel is an error of ``put`` itself.
"""

import types
from queue import Empty, Full

from .managers import create
from .synchronize import Shared, seconds

__all__ = ["JoinableQueue", "Queue", "SimpleQueue"]


class Queue(Shared):
    """Items on their way between processes, first in, first out."""

    _typeid = "Queue"
    # Whether this process has closed it.
    _closed = False

    def __init__(self, maxsize=0, *, ctx=None):
        self._proxy = create(self._typeid, maxsize)

    def _open(self):
        if self._closed:
            raise ValueError(f"Queue {self!r} is closed")
        return self._proxy

    def put(self, obj, block=True, timeout=None):
        """Adds an object at the end; ``queue.Full`` if there is no room (in time)."""
        self._open().put(obj, bool(block), seconds(timeout))

    def get(self, block=True, timeout=None):
        """Removes and returns the object at the front; ``queue.Empty`` if there is none (in time)."""
        return self._open().get(bool(block), seconds(timeout))

    def qsize(self):
        """How many objects there are in it."""
        return self._proxy.qsize()

    def empty(self):
        """Whether there is no object in it."""
        return self._proxy.empty()

    def full(self):
        """Whether there is no room in it."""
        return self._proxy.full()

    def get_nowait(self):
        """Removes and returns the object at the front; ``queue.Empty`` if there is none."""
        return self.get(False)

    def put_nowait(self, obj):
        """Adds an object at the end; ``queue.Full`` if there is no room."""
        self.put(obj, False)

    def close(self):
        """This process puts and gets nothing more. What was put stays for the others."""
        self._closed = True

    def join_thread(self):
        """Returns at once: what was put is there already."""
        assert self._closed, f"Queue {self!r} not closed"

    def cancel_join_thread(self):
        """Does nothing: what was put is there already, and nothing waits for it when the process ends."""

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__qualname__} object at {self._proxy._number:#x}>"

    __class_getitem__ = classmethod(types.GenericAlias)


class JoinableQueue(Queue):
    """A queue that can be waited for until all that was put is done."""

    _typeid = "JoinableQueue"

    def task_done(self):
        """An object that was taken is done."""
        self._proxy.task_done()

    def join(self):
        """Waits until all that was put is done."""
        self._proxy.join()


class SimpleQueue(Shared):
    """A queue without bounds and timeouts."""

    _closed = False

    def __init__(self, *, ctx=None):
        self._proxy = create("Queue")

    def _open(self):
        if self._closed:
            raise OSError("handle is closed")
        return self._proxy

    def close(self):
        """This process puts and gets nothing more."""
        self._closed = True

    def empty(self):
        """Whether there is no object in it."""
        return self._open().empty()

    def get(self):
        """Removes and returns the object at the front."""
        return self._open().get()

    def put(self, obj):
        """Adds an object at the end."""
        self._open().put(obj)

    def __repr__(self):
        return f"<{type(self).__module__}.{type(self).__qualname__} object at {self._proxy._number:#x}>"

    __class_getitem__ = classmethod(types.GenericAlias)
