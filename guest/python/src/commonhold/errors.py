"""Exceptions to and from the errors that cross the boundary."""

import builtins
import os
import sys
import traceback

from . import values
from .boundary import Error, ErrorKind

# The kinds that are raised again as the class of their name.
_CLASSES = {
    ErrorKind.INDEX: IndexError,
    ErrorKind.KEY: KeyError,
    ErrorKind.VALUE: ValueError,
    ErrorKind.TYPE: TypeError,
    ErrorKind.ATTRIBUTE: AttributeError,
    ErrorKind.RUNTIME: RuntimeError,
    ErrorKind.OVERFLOW: OverflowError,
    ErrorKind.MEMORY: MemoryError,
    ErrorKind.STOP_ITERATION: StopIteration,
    ErrorKind.ZERO_DIVISION: ZeroDivisionError,
    ErrorKind.OS: OSError,
    ErrorKind.TIMEOUT: TimeoutError,
    ErrorKind.ASSERTION: AssertionError,
}

# Those whose classes are in modules that few scripts need.
_LIBRARY_CLASSES = {
    ErrorKind.EMPTY: ("queue", "Empty"),
    ErrorKind.FULL: ("queue", "Full"),
    ErrorKind.SHUT_DOWN: ("queue", "ShutDown"),
    ErrorKind.BROKEN_BARRIER: ("threading", "BrokenBarrierError"),
}

_KINDS = {cls: kind for kind, cls in _CLASSES.items()}
_LIBRARY_KINDS = {name: kind for kind, name in _LIBRARY_CLASSES.items()}


class RemoteError(Exception):
    """What went wrong between the program and the shared object, not in the object itself."""

    __module__ = "multiprocessing.managers"

    def __str__(self):
        return "\n" + "-" * 75 + "\n" + str(self.args[0]) + "-" * 75


class RemoteTraceback(Exception):
    """The cause of an exception that was raised elsewhere: where that was."""

    __module__ = "multiprocessing.pool"

    def __init__(self, text):
        self.tb = text

    def __str__(self):
        return self.tb


def _class_of(error):
    """The class to raise; none for a framework's error and for one that is unknown here."""
    kind = error.kind
    name = error.type_name
    if kind is ErrorKind.CUSTOM:
        cls = values.own_thing(name)
        return cls if isinstance(cls, type) and issubclass(cls, BaseException) else None
    if name.startswith(_PACKAGE):
        return _own_class(name)
    base = _CLASSES.get(kind)
    if base is None:
        if kind in _LIBRARY_CLASSES:
            return values._named(*_LIBRARY_CLASSES[kind])()
        if kind is not ErrorKind.OTHER:
            return None
        base = Exception
    cls = getattr(builtins, name, None)
    if isinstance(cls, type) and issubclass(cls, base):
        return cls
    return base if base is not Exception else None


# What the names of the exceptions of ``multiprocessing`` itself begin with.
_PACKAGE = "multiprocessing."


def _own_class(name):
    module, _, name = name.rpartition(".")
    cls = getattr(sys.modules.get(module), name, None)
    return cls if isinstance(cls, type) and issubclass(cls, BaseException) else None


def _text(error):
    """The error as a server's traceback would end."""
    text = error.traceback or ""
    if text and not text.endswith("\n"):
        text += "\n"
    line = f"{error.type_name}: {error.message}\n" if error.message else f"{error.type_name}\n"
    return text if text.endswith(line) else text + line


def exception_of(error):
    """The exception that an error stands for."""
    cls = _class_of(error)
    if cls is None:
        return RemoteError(_text(error))
    args = (error.message,)
    if error.args is not None:
        args = values.received(error.args)
        if not isinstance(args, tuple):
            args = (args,)
    elif not error.message:
        args = ()
    try:
        exception = cls.__new__(cls, *args)
        if cls.__module__ == "builtins":
            cls.__init__(exception, *args)
        exception.args = args
    except TypeError:  # a class with a signature of its own
        return RemoteError(_text(error))
    if error.traceback:
        exception.__cause__ = RemoteTraceback(f'\n"""\n{error.traceback.rstrip()}\n"""')
    return exception


_constructor_classes = {}


def constructor_error(exception):
    """The same as a constructor raises it: a RemoteError too, as in CPython."""
    cls = type(exception)
    if issubclass(cls, RemoteError):
        return exception
    both = _constructor_classes.get(cls)
    if both is None:
        try:
            both = type("RemoteError", (RemoteError, cls), {"__module__": RemoteError.__module__})
        except TypeError:  # layouts that do not combine
            both = RemoteError
        _constructor_classes[cls] = both
    line = traceback.format_exception_only(exception)[-1]
    raised = both.__new__(both, line)
    raised.args = (line,)
    raised.__cause__ = exception.__cause__
    return raised


def error_of(exception, text=None):
    """The error that an exception becomes when it leaves the process; ``text`` is its traceback."""
    cls = type(exception)
    kind = _kind_of(cls)
    name = cls.__name__
    if kind is ErrorKind.CUSTOM:
        try:
            name = values.own_name(cls) or f"{cls.__module__}.{cls.__qualname__}"
        except Exception:  # a class that is not found by its name
            name = f"{cls.__module__}.{cls.__qualname__}"
    elif cls.__module__ != "builtins":
        name = f"{cls.__module__}.{cls.__qualname__}"
    message = _say(exception)
    args = None
    if exception.args != (message,) and exception.args != ():
        try:
            args = values.outgoing(tuple(exception.args))
        except Exception:  # what cannot travel stays: the message tells of it
            args = None
    return Error(kind, name, message, args, text)


def _kind_of(cls):
    for base in cls.__mro__:
        kind = _KINDS.get(base) or _LIBRARY_KINDS.get((base.__module__, base.__name__))
        if base.__module__ in values.own_modules or base.__module__ == "__mp_main__":
            return ErrorKind.CUSTOM
        if kind is not None:
            return kind
    return ErrorKind.OTHER


def _say(exception):
    try:
        return str(exception).encode(errors="backslashreplace").decode()
    except Exception:  # an exception whose own __str__ fails
        return f"<unprintable {type(exception).__name__} object>"


def format_exception(exception, hide=()):
    """An exception as Python prints it, without the frames of the files in ``hide``."""
    shown = traceback.TracebackException.from_exception(exception, compact=True)
    seen = set()
    todo = [shown]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if one.stack:
            one.stack[:] = [frame for frame in one.stack if frame.filename not in hide]
            _cut(one.stack)
        todo += [one.__cause__, one.__context__]
        todo += getattr(one, "exceptions", None) or ()
    return "".join(shown.format(colorize=False) if sys.version_info >= (3, 13) else shown.format())


_SDK = os.path.dirname(os.path.dirname(__file__)) + os.sep
# Where the SDK raises what is not its own doing: an error of the shared object, or of what was to
# travel. How it got there is nobody's concern.
_RAISERS = frozenset(("argument", "convert", "create", "_made", "own_name", "received", "_text", "wrap"))


def _cut(stack):
    if stack and stack[-1].filename.startswith(_SDK) and stack[-1].name in _RAISERS:
        while stack and stack[-1].filename.startswith(_SDK):
            del stack[-1]


values.exception_of = exception_of
