"""The running program: a script and its modules, packaged with the interpreter.

The manager gives the files that were packaged. ``__main__.py`` is the script, everything else the
modules and packages beside it; ``__main__.path`` tells what the script was called on the command
line, for tracebacks and ``sys.argv``.

An entry is ``main``, which runs the script as ``python3 FILE ARGS`` would; the name of one of its
functions; ``module:function`` for one of another module; or what a ``Process`` of this program
asks for.
"""

import atexit
import importlib.machinery
import importlib.util
import io
import linecache
import os
import sys
import types
from functools import partial

import multiprocessing.pool
import multiprocessing.process as processes

from . import errors, provided, tasks, values
from .boundary import FILES, Error, ErrorKind, call

_PATHS, _READ = FILES.paths, FILES.read
_MAIN_FILE, _MAIN_PATH = "__main__.py", "__main__.path"

# The files whose frames a traceback of the program does not show.
HIDDEN = frozenset((__file__, processes.__file__, provided.__file__, tasks.__file__))


class Program:
    """The files of the program, and the finder and loader of its modules."""

    def __init__(self):
        self._paths = frozenset(call(_PATHS, []))
        path = call(_READ, [_MAIN_PATH])
        self.script = path.decode() if path else _MAIN_FILE
        self.folder = os.path.dirname(self.script)

    def _file(self, name):
        """The path of a module's file, and whether it is a package; none if there is no such
        module, no path for a package without an ``__init__``."""
        if name in ("__main__", "__mp_main__"):
            return _MAIN_FILE, False
        path = name.replace(".", "/")
        if f"{path}/__init__.py" in self._paths:
            return f"{path}/__init__.py", True
        if f"{path}.py" in self._paths:
            return f"{path}.py", False
        if any(other.startswith(f"{path}/") for other in self._paths):
            return None, True
        return None

    def _shown(self, path):
        """What a packaged file is called in tracebacks: its place beside the script."""
        return self.script if path == _MAIN_FILE else os.path.join(self.folder, path)

    def module_names(self):
        """The names of all modules but the script."""
        for path in self._paths:
            if path.endswith(".py") and path != _MAIN_FILE:
                yield path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_spec(self, name, path=None, target=None):
        """The import system's question where a module is."""
        found = self._file(name)
        if found is None:
            return None
        file, package = found
        if file is None:
            if any(finder is not self and finder.find_spec(name, path) for finder in sys.meta_path):
                return None  # a folder without an __init__ comes last
            spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        else:
            spec = importlib.machinery.ModuleSpec(name, self, origin=self._shown(file), is_package=package)
            spec.has_location = True
        if package:
            spec.submodule_search_locations = [self._shown(name.replace(".", "/"))]
        return spec

    def create_module(self, spec):
        """Modules are made as usual."""

    def exec_module(self, module):
        """Runs a module's code."""
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, name):
        """A module's code."""
        file, _ = self._file(name)
        return compile(self._read(file), self._shown(file), "exec", dont_inherit=True)

    def _read(self, file):
        source = call(_READ, [file])
        if source is None:
            raise ImportError(f"the program has no file {file}")
        return source

    def get_source(self, name):
        """A module's source, for tracebacks."""
        found = self._file(name)
        if found is None or found[0] is None:
            return None
        return importlib.util.decode_source(self._read(found[0]))

    def is_package(self, name):
        """Whether a module is a package."""
        found = self._file(name)
        return found is not None and found[1]

    def get_filename(self, name):
        """What a module's file is called."""
        return self._shown(self._file(name)[0])

    def install(self):
        """Makes the program's modules importable, and its classes able to travel."""
        names = set(self.module_names())
        values.own_modules |= names
        for name in names:
            # One of the program's own goes before one of the library's that nobody asked for yet.
            if name in sys.modules and name.partition(".")[0] not in _NEEDED:
                for loaded in [other for other in sys.modules if other == name or other.startswith(name + ".")]:
                    del sys.modules[loaded]
        sys.meta_path.insert(0, self)
        sys.path[:] = [self.folder]

    def main_module(self, name):
        """Makes and registers the script's module; ``run_main`` runs it."""
        module = types.ModuleType(name)
        module.__file__ = self.script
        module.__loader__ = self
        module.__builtins__ = __builtins__
        module.__dict__.setdefault("__annotations__", {})
        sys.modules["__main__"] = sys.modules["__mp_main__"] = module
        # The source is only read if a traceback or a warning shows it.
        linecache.cache[self.script] = (partial(self.get_source, "__main__"),)
        return module


# The interpreter would not run without these, which a module of the program cannot replace.
_NEEDED = frozenset(sys.builtin_module_names) | {
    "abc", "codecs", "commonhold", "componentize_py_runtime", "componentize_py_types", "encodings", "io",
    "multiprocessing", "os", "posixpath", "runner", "site", "stat", "wit_world",
}


class _NoSuchEntry(Exception):
    pass


_program = None
_imported_as = None


def _open():
    global _program
    if _program is None:
        _program = Program()
        _program.install()
    return _program


def import_script():
    """The script's module for those who call its functions: not run as ``__main__``."""
    global _imported_as
    if _imported_as is None:
        program = _open()
        _imported_as = module = program.main_module("__mp_main__")
        exec(program.get_code("__main__"), module.__dict__)
    return _imported_as


def _run_script(args):
    global _imported_as
    program = _open()
    for arg in args:
        if not isinstance(arg, str):
            raise TypeError("a script's arguments are text; name a function of it as the entry to give it other values")
    sys.argv[:] = [program.script, *args]
    _imported_as = module = program.main_module("__main__")
    exec(program.get_code("__main__"), module.__dict__)


def _function(entry):
    """The function that an entry names."""
    module, colon, name = entry.rpartition(":")
    program = _open()
    script = import_script()
    if not colon or module in ("__main__", "__mp_main__"):
        found = script
    elif module in values.own_modules:
        __import__(module)
        found = sys.modules[module]
    else:
        raise _NoSuchEntry(f"the program has no module {module!r}")
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise _NoSuchEntry(f"{program.script} has no function {entry!r}")
    return found


def run(entry, args):
    """Runs an entry. Returns the value and the error with which it ended, of which one is none;
    or does not return, if the program exits with a status."""
    if tasks.is_workers(entry):
        return _run_task(entry, args)
    is_child = entry.startswith(processes.ENTRY)
    value = error = None
    status = 0
    try:
        if not is_child:
            processes.begin_entry(entry)
        if entry == "main":
            _run_script([values.received(arg) for arg in args])
        else:
            # The arguments may be instances of the script's classes, so it goes first.
            # They are passed on in a way that leaves nobody else holding them.
            if is_child:
                processes.begin_child(values.received(args.pop(0)))
            import_script()
            if is_child:
                processes.run_child(entry, *map(values.received, args))
            else:
                value = _function(entry)(*map(values.received, args))
    except SystemExit as exit:
        status = _status(exit)
    except _NoSuchEntry as missing:
        error = Error(ErrorKind.NO_SUCH_ENTRY, "NoSuchEntry", str(missing), None, None)
    except BaseException as exception:
        text = errors.format_exception(exception, HIDDEN)
        error = errors.error_of(exception, errors.traceback_in(text))
        if is_child:
            processes.report(exception, text)
    finally:
        # The traceback holds the frames, and they hold proxies.
        sys.last_exc = None
    # The manager sees to the children that are left, once this process is gone with all that it held.
    try:
        atexit._run_exitfuncs()
    except BaseException as exception:
        sys.stderr.write(errors.format_exception(exception, HIDDEN))
    flush()
    if status:
        processes.exit_now(status)
    return value, error


def _run_task(entry, args):
    """Runs one of the many tasks of a pool's worker: what belongs to the end of a process is left out."""
    value = error = status = None
    try:
        work = tasks.known.get(entry) or tasks.work(entry, import_script)
        value = work(args)
    except SystemExit as exit:
        status = _status(exit)
    except BaseException as exception:
        error = errors.error_of(exception, errors.traceback_in(errors.format_exception(exception, HIDDEN)))
    flush()
    if status is not None:
        # The task has no outcome. That a worker has ended tells so, whatever its status.
        processes.exit_now(status)
    return value, error


def unsent(entry, exception, value):
    """The error of an entry whose value cannot travel, for that reason."""
    if tasks.is_workers(entry):
        exception = multiprocessing.pool.MaybeEncodingError(exception, value)
    return errors.error_of(exception, None)


def answer(work, *args):
    """What a provider answers: the value and the error, of which one is none."""
    value = error = None
    try:
        value = work(*args)
    except BaseException as exception:
        error = provided.error_of(exception, HIDDEN)
    finally:
        sys.last_exc = None
    flush()
    return value, error


def _status(exit):
    """The exit status of a SystemExit."""
    code = exit.code
    if code is None:
        return 0
    if isinstance(code, int):
        return max(-0x80000000, min(code, 0x7FFFFFFF))
    sys.stderr.write(f"{code}\n")
    return 1


def flush():
    """Lets everything out that was printed."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass


def open_streams():
    """Gives the program its own standard streams. Each line goes out at once: a process may be
    killed at any moment, and what several print belongs in the order in which they did. When the
    component is built."""
    for number, name, handling in ((1, "stdout", "strict"), (2, "stderr", "backslashreplace")):
        raw = io.FileIO(number, "wb", closefd=False)
        raw.name = f"<{name}>"
        stream = io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", handling, line_buffering=True)
        stream.mode = "w"
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def set_process_ids():
    """Makes ``os.getpid`` tell what ``multiprocessing`` does. When the component is built."""
    os.getpid = processes.own_pid
    os.getppid = processes.own_parent_pid


