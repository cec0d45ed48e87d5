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

# Past what the classes of exceptions may do with these.
_ARGS, _CAUSE, _SET = BaseException.args, BaseException.__cause__, BaseException.__setattr__
_NAME = vars(type)["__name__"]

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
        return Exception.__str__(self) if self._parts is None else self.message


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
    try:
        return _found_class(error)
    except BaseException:  # of the module where it would be
        return None


def _found_class(error):
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
    given = _received_args(error)
    args = given if given is not None else (error.message,) if error.message else ()
    for cls in (_class_of(error), _CLASSES.get(error.kind)):
        exception = cls and _made(cls, args)
        if exception is not None:
            break
    else:
        exception = _remote_error(error, args, given)
    if error.traceback and type(exception) not in (RemoteError, ProviderDied):
        _CAUSE.__set__(exception, RemoteTraceback(f'\n"""\n{error.traceback.rstrip()}\n"""'))
    return exception


def _received_args(error):
    """The arguments of an error: none if it has none, or if they cannot be made here."""
    if error.args is None:
        return None
    try:
        args = values.received(error.args)
    except BaseException:  # of a class of the program's own
        return None
    return args if isinstance(args, tuple) else (args,)


def _made(cls, args):
    """An exception as it was elsewhere; none if its class has a signature that these arguments do not fit."""
    exception = _new(cls, args)
    if exception is None:
        return None
    try:
        exception.__init__(*args)
    except BaseException:  # what it would have set is missing then
        if cls.__module__ == "builtins":
            return None
    # The constructor of a class of the program's own may have made others of them.
    _ARGS.__set__(exception, args)
    return exception


def _new(cls, args):
    try:
        exception = cls.__new__(cls, *args)
        return exception if isinstance(exception, cls) else None
    except BaseException:  # of the class
        return None


def _remote_error(error, args, given):
    """The exception for an error that no class here stands for."""
    # All other kinds of methods' errors have a class here.
    if error.kind in (ErrorKind.CUSTOM, ErrorKind.OTHER):
        exception = _foreign_class(error.type_name).__new__(_foreign_class(error.type_name), *args)
    else:
        text = _text(error)
        if error.kind is ErrorKind.UNSERIALIZABLE:
            text = f"Unserializable message: {text}\n"
        exception = (ProviderDied if error.kind is ErrorKind.PROVIDER_DIED else RemoteError)(text)
    exception._parts = (error.kind, error.type_name, error.message, given)
    return exception


_constructor_classes = {}


def constructor_error(exception):
    """The same as a constructor raises it: a RemoteError too, as in CPython."""
    cls = type(exception)
    if issubclass(cls, RemoteError):
        return exception
    parts = _told_parts(exception)
    try:
        line = traceback.format_exception_only(exception)[-1]
    except BaseException:  # of its class
        line = f"{parts[1]}: {parts[2]}\n"
    raised = _both(cls, _ARGS.__get__(exception), line)
    _ARGS.__set__(raised, (line,))
    _CAUSE.__set__(raised, _CAUSE.__get__(exception))
    _SET(raised, "_parts", parts)
    return raised


def _both(cls, args, line):
    """A RemoteError that is one of a class, too, if there can be such a thing."""
    try:
        both = _constructor_classes.get(cls)
        if both is None:
            both = type("RemoteError", (RemoteError, cls), {"__module__": RemoteError.__module__})
            _constructor_classes[cls] = both
    except BaseException:  # of the class, or of layouts that do not combine
        both = RemoteError
    for args in (args, (line,)):
        raised = _new(both, args)
        if raised is not None:
            return raised
    return RemoteError(line)


def error_of(exception, text=None):
    """The error that an exception becomes when it leaves the process; ``text`` is its traceback."""
    kind, name, message, args = _told_parts(exception)
    if args is not None:
        try:
            args = values.outgoing(args)
        except BaseException:  # what cannot travel stays: the message tells of it
            args = None
    return Error(kind, name, message, args, text and _clean(text))


def _told_parts(exception):
    """The parts that an exception was received as, or else its own: whatever its class does to those who ask."""
    try:
        received = exception._parts if issubclass(type(exception), RemoteError) else None
        return received or _parts_of(exception)
    except BaseException:  # of its class
        return ErrorKind.OTHER, _NAME.__get__(type(exception)), said(exception), None


def _parts_of(exception):
    """The kind of an exception, the name of its class, what it says, and its arguments if they are not that."""
    cls = type(exception)
    kind = _kind_of(cls)
    name = _NAME.__get__(cls)
    if kind is ErrorKind.CUSTOM:
        try:
            name = values.own_name(cls) or f"{cls.__module__}.{cls.__qualname__}"
        except Exception:  # a class that is not found by its name
            name = f"{cls.__module__}.{cls.__qualname__}"
    elif (cls.__module__, name) in _LIBRARY_KINDS:
        name = ".".join(_LIBRARY_CLASSES[kind])
    elif cls.__module__ != "builtins":
        name = f"{cls.__module__}.{cls.__qualname__}"
    message = said(exception)
    args = _ARGS.__get__(exception)
    is_message = not args or len(args) == 1 and type(args[0]) is str and args[0] == message
    return kind, _clean(name), message, None if is_message else args


def _kind_of(cls):
    for base in cls.__mro__:
        kind = _KINDS.get(base) or _LIBRARY_KINDS.get((base.__module__, base.__name__))
        if base.__module__ in values.own_modules or base.__module__ == "__mp_main__":
            return ErrorKind.CUSTOM
        if kind is not None:
            return kind
    return ErrorKind.OTHER


def said(exception):
    """What an exception says, as text that travels."""
    try:
        return _clean(str(exception))
    except BaseException:  # of its own __str__
        return f"<unprintable {_NAME.__get__(type(exception))} object>"


def _clean(text):
    """A text as it travels: without lone surrogates, and no subclass of one."""
    return str.encode(text, errors="backslashreplace").decode()


def format_exception(exception, hide=()):
    """An exception as Python prints it, without the frames of the files in ``hide``."""
    try:
        return _formatted(exception, hide)
    except BaseException:  # of its class
        return f"{_NAME.__get__(type(exception))}: {said(exception)}\n"


def _formatted(exception, hide):
    shown = traceback.TracebackException.from_exception(exception, compact=True)
    todo = [shown]
    while todo:
        one = todo.pop()
        if one is None:
            continue
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
