"""The standard library, carried inside the component.

A component has no files. So when it is built, every pure-Python module of the standard library
that can be of use is compiled and kept, compressed, in the interpreter's memory; an import at run
time finds it there. Modules that the SDK or most scripts need are imported when the component is
built, and cost nothing then.
"""

import importlib.machinery
import marshal
import os
import sys
import zlib

# Modules that cannot work in a component or are no part of a running program: they are left out,
# and importing them is the ordinary ModuleNotFoundError.
_LEFT_OUT = frozenset((
    "__pycache__", "_aix_support", "_android_support", "_apple_support", "_ios_support", "_osx_support",
    "antigravity", "ctypes", "curses", "ensurepip", "idlelib", "lib-dynload", "multiprocessing", "pip", "pty",
    "pydoc_data", "site-packages", "test", "tkinter", "tty", "turtle", "turtledemo", "venv", "webbrowser", "zipapp",
))

# What scripts use most. None of it may keep what is only true when the component is built, as
# ``logging`` keeps the time.
PRELOADED = (
    "abc", "argparse", "ast", "base64", "bisect", "calendar", "cmath", "collections", "collections.abc",
    "contextlib", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions",
    "functools", "glob", "graphlib", "hashlib", "heapq", "html", "inspect", "io", "itertools", "json", "linecache",
    "math", "numbers", "operator", "os", "pathlib", "pickle", "pprint", "queue", "random", "re", "secrets", "shlex",
    "signal", "statistics", "string", "struct", "tempfile", "textwrap", "threading", "time", "timeit", "traceback",
    "types", "typing", "unicodedata", "uuid", "warnings", "weakref", "zlib",
)


class Library:
    """A finder and loader of the modules that it carries."""

    def __init__(self, root):
        self._root = root
        self._code = {}  # by module name
        self._source = {}
        self._packages = set()

    def collect(self):
        """Takes in the library's modules. When the component is built."""
        for folder, folders, files in os.walk(self._root):
            folders[:] = sorted(name for name in folders if self._is_wanted(name))
            package = os.path.relpath(folder, self._root).replace(os.sep, ".")
            package = "" if package == "." else package + "."
            for file in sorted(files):
                stem, extension = os.path.splitext(file)
                if extension == ".py" and self._is_wanted(stem):
                    self._take(package + stem, os.path.join(folder, file))

    @staticmethod
    def _is_wanted(name):
        return name not in _LEFT_OUT and not name.startswith("config-")

    def _take(self, name, path):
        with open(path, "rb") as file:
            source = file.read()
        if name.endswith(".__init__"):
            name = name.removesuffix(".__init__")
            self._packages.add(name)
        code = compile(source, path, "exec", dont_inherit=True)
        self._code[name] = zlib.compress(marshal.dumps(code), 9)
        self._source[name] = zlib.compress(source, 9)

    def __contains__(self, name):
        return name in self._code

    def find_spec(self, name, path=None, target=None):
        """The import system's question where a module is."""
        if name not in self._code:
            return None
        package = name in self._packages
        file = f"{self._root}/{name.replace('.', '/')}{'/__init__' if package else ''}.py"
        spec = importlib.machinery.ModuleSpec(name, self, origin=file, is_package=package)
        spec.has_location = True
        if package:
            spec.submodule_search_locations = [os.path.dirname(file)]
        return spec

    def create_module(self, spec):
        """Modules are made as usual."""

    def exec_module(self, module):
        """Runs a module's code."""
        exec(marshal.loads(zlib.decompress(self._code[module.__name__])), module.__dict__)

    def get_source(self, name):
        """A module's source, for tracebacks."""
        source = self._source.get(name)
        return None if source is None else zlib.decompress(source).decode("utf-8", "replace")

    def get_code(self, name):
        """A module's code."""
        return marshal.loads(zlib.decompress(self._code[name]))

    def is_package(self, name):
        """Whether a module is a package."""
        return name in self._packages

    def get_filename(self, name):
        """What a module's file is called."""
        return self.find_spec(name).origin


def preload(library):
    """Imports what most scripts need, and makes the library the loader of all its modules that are
    there, for tracebacks and ``inspect``. When the component is built."""
    for name in PRELOADED:
        __import__(name)
    for name, module in list(sys.modules.items()):
        if name in library and module.__spec__ is not None and module.__spec__.origin != "frozen":
            module.__loader__ = module.__spec__.loader = library
