"""Errors, and the one way in which processes are started."""

__all__ = ["AuthenticationError", "BufferTooShort", "ProcessError", "TimeoutError"]


class ProcessError(Exception):
    """The base of this package's own errors."""


class BufferTooShort(ProcessError):
    """A message does not fit."""


class TimeoutError(ProcessError):
    """What was waited for did not come in time."""


class AuthenticationError(ProcessError):
    """A peer could not prove who it is."""


class SpawnContext:
    """The module's own functions, for code that asks for a context."""

    _name = "spawn"

    ProcessError = ProcessError
    BufferTooShort = BufferTooShort
    TimeoutError = TimeoutError
    AuthenticationError = AuthenticationError

    def __getattr__(self, name):
        if not name.startswith("_"):
            import multiprocessing

            return getattr(multiprocessing, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def get_context(self, method=None):
        """This context."""
        return get_context(method)


_context = SpawnContext()


def get_context(method=None):
    """The context of a start method. ``spawn`` is the only one."""
    if method not in (None, "spawn"):
        raise ValueError(f"cannot find context for {method!r}")
    return _context


def get_all_start_methods():
    """The start methods: ``spawn``."""
    return ["spawn"]


def get_start_method(allow_none=False):
    """The start method: ``spawn``."""
    return "spawn"


def set_start_method(method, force=False):
    """Accepts ``spawn`` and nothing else."""
    get_context(method)
