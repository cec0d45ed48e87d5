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

from commonhold import boundary, library, program, values  # noqa: E402

import multiprocessing  # noqa: E402
import multiprocessing.managers  # noqa: E402

from componentize_py_types import Err  # noqa: E402


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
    """The exports of a provider, which a script is not."""

    def describe(self, args):
        """No types."""
        return boundary.instance_of(boundary.Ok, [])

    def _refuse(self, *args):
        raise Err(boundary.Error(
            boundary.ErrorKind.NO_SUCH_TYPE, "NoSuchType", "a Python program implements no shared types", None, None))

    construct = call = get_value = to_text = _refuse

    def release(self, key):
        """There is nothing to release."""


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
    # What is in memory now stays there: no collection needs to look at it, and touch its pages.
    gc.collect()
    gc.freeze()


_prepare()
