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
# Where CPython has its module in C, the class is that one's.
_LIBRARY_KINDS["_queue", "Empty"] = ErrorKind.EMPTY


class RemoteError(Exception):
    """What went wrong between the program and the shared object, not in the object itself.

    One that was received has a ``kind`` (``"not-exposed"``), a ``type_name`` and a ``message`` beside
    its text, all of them None in others."""

    __module__ = "multiprocessing.managers"

    # The parts of the error that it was received as: what becomes of it when it goes on to somebody else.
    _parts = None

    def __str__(self):
        return "\n" + "-" * 75 + "\n" + str(self.args[0]) + "-" * 75

    @property
    def kind(self):
        """What happened, as the contract names it."""
        return self._parts and self._parts[0].name.lower().replace("_", "-")

    @property
    def type_name(self):
        """The name of the class where it comes from."""
        return self._parts and self._parts[1]

    @property
    def message(self):
        """What it said there."""
        return self._parts and self._parts[2]


class ForeignError(RemoteError):
    """An error of a class that the program does not have: another program's own, or of another language.

    It is raised as a class that is made for it, which bears its name. It has its arguments, and prints as
    its message."""

    __module__ = "multiprocessing.managers"

    def __str__(self):
        return self.message or ""


_foreign_classes = {}
_MOST_FOREIGN_CLASSES = 1000


def _foreign_class(name):
    cls = _foreign_classes.get(name)
    if cls is None:
        if len(_foreign_classes) >= _MOST_FOREIGN_CLASSES:
            _foreign_classes.clear()  # somebody makes up names
        module, _, own = name.replace("\0", "?").rpartition(".")
        cls = _foreign_classes[name] = type(own, (ForeignError,), {"__module__": module or "builtins"})
    return cls


class ProviderDied(RemoteError, EOFError, BrokenPipeError, ConnectionResetError):
    """The process that had the object has ended. What uses CPython's managers expects one of several errors then."""

    __module__ = "multiprocessing.managers"


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
    cls = _loaded_class(name) if "." in name else getattr(builtins, name, None)
    if isinstance(cls, type) and issubclass(cls, base):
        return cls
    return base if base is not Exception else None


# What the names of the exceptions of ``multiprocessing`` itself begin with.
_PACKAGE = "multiprocessing."


def _own_class(name):
    cls = _loaded_class(name)
    return cls if isinstance(cls, type) and issubclass(cls, BaseException) else None


def _loaded_class(name):
    """What has that name in a module that is there: for an error that comes from elsewhere, nothing is imported."""
    module, _, name = name.rpartition(".")
    return getattr(sys.modules.get(module), name, None)


def _text(error):
    """The error as a server's traceback would end."""
    text = error.traceback or ""
    if text and not text.endswith("\n"):
        text += "\n"
    line = f"{error.type_name}: {error.message}\n" if error.message else f"{error.type_name}\n"
    return text if text.endswith(line) else text + line


def exception_of(error):
    """The exception that an error stands for."""
    args = (error.message,)
    if error.args is not None:
        args = values.received(error.args)
        if not isinstance(args, tuple):
            args = (args,)
    elif not error.message:
        args = ()
    for cls in (_class_of(error), _CLASSES.get(error.kind)):
        exception = cls and _made(cls, args)
        if exception is not None:
            break
    else:
        exception = _remote_error(error, args)
    if error.traceback and type(exception) not in (RemoteError, ProviderDied):
        exception.__cause__ = RemoteTraceback(f'\n"""\n{error.traceback.rstrip()}\n"""')
    return exception


def _made(cls, args):
    """An exception as it was elsewhere; none if its class has a signature that these arguments do not fit."""
    try:
        exception = cls.__new__(cls, *args)
    except TypeError:
        return None
    try:
        exception.__init__(*args)
    except Exception:  # what it would have set is missing then
        if cls.__module__ == "builtins":
            return None
    # The constructor of a class of the program's own may have made others of them.
    exception.args = args
    return exception


def _remote_error(error, args):
    """The exception for an error that no class here stands for."""
    if error.kind in _KINDS_OF_METHODS:
        exception = _foreign_class(error.type_name).__new__(_foreign_class(error.type_name), *args)
    else:
        text = _text(error)
        if error.kind is ErrorKind.UNSERIALIZABLE:
            text = f"Unserializable message: {text}\n"
        exception = (ProviderDied if error.kind is ErrorKind.PROVIDER_DIED else RemoteError)(text)
    exception._parts = (error.kind, error.type_name, error.message, None if error.args is None else args)
    return exception


# What a method of a shared object fails with; all others are the framework's.
_KINDS_OF_METHODS = frozenset((*_CLASSES, *_LIBRARY_CLASSES, ErrorKind.CUSTOM, ErrorKind.OTHER))

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
    raised._parts = _parts_of(exception)
    return raised


def error_of(exception, text=None):
    """The error that an exception becomes when it leaves the process; ``text`` is its traceback."""
    received = exception._parts if isinstance(exception, RemoteError) else None
    kind, name, message, args = received or _parts_of(exception)
    if args is not None:
        try:
            args = values.outgoing(args)
        except Exception:  # what cannot travel stays: the message tells of it
            args = None
    return Error(kind, name, message, args, text)


def _parts_of(exception):
    """The kind of an exception, the name of its class, what it says, and its arguments if they are not that."""
    cls = type(exception)
    kind = _kind_of(cls)
    name = cls.__name__
    if kind is ErrorKind.CUSTOM:
        try:
            name = values.own_name(cls) or f"{cls.__module__}.{cls.__qualname__}"
        except Exception:  # a class that is not found by its name
            name = f"{cls.__module__}.{cls.__qualname__}"
    elif (cls.__module__, name) in _LIBRARY_KINDS:
        name = ".".join(_LIBRARY_CLASSES[kind])
    elif cls.__module__ != "builtins":
        name = f"{cls.__module__}.{cls.__qualname__}"
    message = _say(exception)
    args = tuple(exception.args)
    return kind, name, message, None if args in ((message,), ()) else args


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


def traceback_in(text):
    """The traceback in what Python prints of an exception, its causes included: none if it is the exception alone, and
    one that begins as all do if there is but the place of a syntax error."""
    if "Traceback (most recent call last):\n" in text:
        return text
    return f"Traceback (most recent call last):\n{text}" if text.startswith("  File ") else None


_SDK = os.path.dirname(os.path.dirname(__file__)) + os.sep
# Where the SDK raises what is not its own doing: an error of the shared object, or of what was to
# travel. How it got there is nobody's concern.
_RAISERS = frozenset(("argument", "convert", "create", "_made", "own_name", "received", "_text", "wrap"))


def _cut(stack):
    if stack and stack[-1].filename.startswith(_SDK) and stack[-1].name in _RAISERS:
        while stack and stack[-1].filename.startswith(_SDK):
            del stack[-1]


values.exception_of = exception_of
