"""What componentize-py makes the interpreter component of.

Importing this module *is* the preparation of the component: whatever is in memory when the import
ends is in the component, and there at the start of every process.
"""

import gc
import linecache
import os
import sys

# This folder's `multiprocessing` goes before the library's.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from commonhold import boundary, library, program, provided, published, values  # noqa: E402, F401

import multiprocessing  # noqa: E402
import multiprocessing.managers  # noqa: E402

from componentize_py_types import Err  # noqa: E402
from wit_world.exports.custom_types import MethodDescription, TypeDescription  # noqa: E402


class WitWorld:
    """The export ``run``."""

    def run(self, entry, args):
        """Runs one entry of the program."""
        boundary.started()
        value, error = program.run(entry, args)
        if error is None:
            try:
                return boundary.instance_of(boundary.Ok, values.outgoing(value))
            except Exception as exception:
                error = program.unsent(entry, exception, value)
        raise Err(error)


class CustomTypes:
    """The exports of a provider."""

    _provider = provided.Provider()

    def describe(self, args):
        """The types that the script registers, or that a manager of the program's has sent."""
        boundary.started()
        return _answered(lambda: [
            TypeDescription(kind.name, kind.doc, [
                MethodDescription(name, kind.method_doc(name), False) for name in kind.methods], True)
            for kind in self._provider.describe(args, program.import_script)
        ])

    def construct(self, key, typeid, args, kwargs):
        """Makes an object."""
        return _answered(self._provider.construct, key, typeid, args, kwargs)

    def call(self, key, method, args, kwargs):
        """Calls a method."""
        return _answered(self._provider.call, key, method, args, kwargs)

    def get_value(self, key):
        """A copy of an object."""
        return _answered(self._provider.get_value, key)

    def to_text(self, key):
        """What an object prints as."""
        return _answered(self._provider.to_text, key)

    def release(self, key):
        """Forgets an object."""
        self._provider.release(key)


def _answered(work, *args):
    value, error = program.answer(work, *args)
    if error is None:
        return boundary.instance_of(boundary.Ok, value)
    raise Err(error)


def _keep_own_source():
    """Keeps the SDK's source for tracebacks: its files are not there at run time."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("commonhold", "multiprocessing"):
            with open(module.__file__, encoding="utf-8") as file:
                lines = file.readlines()
            linecache.cache[module.__file__] = (sum(map(len, lines)), None, lines, module.__file__)


def _prepare():
    _keep_own_source()
    carried = library.Library("/python")
    carried.collect()
    library.preload(carried)
    assert "logging" not in sys.modules
    sys.path[:] = []
    sys.path_importer_cache.clear()
    sys.meta_path.append(carried)
    program.open_streams()
    program.set_process_ids()
    boundary.install()
    program.HIDDEN |= {__file__}
    # What is in memory now stays there: no collection needs to look at it, and touch its pages.
    gc.collect()
    gc.freeze()


_prepare()
