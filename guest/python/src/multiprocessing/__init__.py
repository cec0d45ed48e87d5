"""``multiprocessing`` as programs of Commonhold have it.

Processes are sandboxed interpreters of the same program; what they share are the manager's
objects, through proxies. Names, signatures, messages and exception classes are CPython's.
"""

import os
import sys

from . import connection  # noqa: F401
from .context import (
    AuthenticationError, BufferTooShort, ProcessError, TimeoutError, get_all_start_methods,
    get_context, get_start_method, set_start_method,
)
from .managers import Manager
from .pool import Pool
from .process import Process, active_children, current_process, parent_process
from .queues import JoinableQueue, Queue, SimpleQueue
from .sharedctypes import Array, RawArray, RawValue, Value
from .synchronize import Barrier, BoundedSemaphore, Condition, Event, Lock, RLock, Semaphore

__all__ = [
    "Array", "AuthenticationError", "Barrier", "BoundedSemaphore", "Condition", "Event", "JoinableQueue", "Lock",
    "Manager", "Pool", "Process", "ProcessError", "Queue", "RLock", "RawArray", "RawValue", "Semaphore", "SimpleQueue",
    "TimeoutError", "Value", "active_children", "cpu_count", "current_process", "freeze_support",
    "get_all_start_methods", "get_context", "get_logger", "get_start_method", "log_to_stderr", "parent_process",
    "set_executable", "set_forkserver_preload", "set_start_method",
]


def cpu_count():
    """The number of processors, as far as the sandbox can tell."""
    return os.cpu_count() or 1


def freeze_support():
    """Does nothing: programs are always packaged."""


def set_executable(executable):
    """Does nothing: the interpreter is the program's own."""


def set_forkserver_preload(module_names):
    """Does nothing: there is no fork server."""


def get_logger():
    """The package's logger."""
    import logging

    return logging.getLogger("multiprocessing")


def log_to_stderr(level=None):
    """Makes the package's logger write to stderr."""
    import logging

    logger = get_logger()
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("[%(levelname)s/%(processName)s] %(message)s"))
    logger.addHandler(handler)
    if level:
        logger.setLevel(level)
    return logger


# The script as its children know it; they set it anew.
if "__main__" in sys.modules:
    sys.modules["__mp_main__"] = sys.modules["__main__"]
