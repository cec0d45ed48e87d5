"""A shared type that fails in every way, and functions that tell what they see of the failures of others: the same as
`errors` in Rust."""

import multiprocessing
import os
import re
from multiprocessing.managers import BaseManager, SyncManager

METHODS = "new", "JsFaulty", "__init__", "built_in", "custom", "unserializable", "relays", "dies"


class FaultyError(Exception):
    def __str__(self):
        code, why = self.args
        return f"{code}: {why}"


class PythonFaulty:
    """Fails."""

    def __init__(self, how=None):
        if how is not None:
            getattr(self, how)()

    def built_in(self):
        raise ValueError("a built-in error")

    def custom(self):
        raise FaultyError(7, "why")

    def unserializable(self):
        return iter([])

    def relays(self, other, method):
        return other._callmethod(method)

    def dies(self):
        os.abort()


class Faulties(BaseManager):
    """What the type is registered with that the script provides."""


Faulties.register("PythonFaulty", PythonFaulty, exposed=[
    "built_in", "custom", "unserializable", "relays", "dies"])


def tell(operation):
    """What a consumer sees of an operation."""
    try:
        return repr(operation())
    except Exception as error:
        classes = ", ".join(cls.__name__ for cls in type(error).__mro__ if cls is not object)
        said = [line for line in str(error).splitlines() if line.strip("-")]
        remote = str(error.__cause__ or "") + str(error)
        words = re.split(r"\W+", remote if "\n" in remote else "")
        named = ", ".join(method for method in METHODS if method in words)
        args = "text" if any("\n" in str(arg) for arg in error.args) else error.args
        return f"{(said or [''])[-1]} | {getattr(error, 'kind', None)} ({classes}) | args {args} | traceback names {named}"


def observes(typeid, shared, other):
    """Tells what it sees of all the ways in which an object's methods and its type's constructor fail."""
    for name in (typeid, "NoSuchType"):
        SyncManager.register(name)
    with SyncManager() as manager:
        create = getattr(manager, typeid)
        call = shared._callmethod
        return list({
            "constructor, built-in": tell(lambda: create("built_in")),
            "constructor, custom": tell(lambda: create("custom")),
            "constructor, arguments": tell(lambda: create(1, 2, 3)),
            "method, built-in": tell(lambda: call("built_in")),
            "method, custom": tell(lambda: call("custom")),
            "through another provider, built-in": tell(lambda: other._callmethod("relays", (shared, "built_in"))),
            "through another provider, custom": tell(lambda: other._callmethod("relays", (shared, "custom"))),
            "no such method": tell(lambda: call("flies")),
            "not exposed": tell(lambda: shared._narrow([])._callmethod("custom")),
            "no such type": tell(manager.NoSuchType),
            "result that cannot travel": tell(lambda: call("unserializable")),
            "argument that cannot travel": tell(lambda: call("custom", (iter([]),))),
            "no copy": tell(shared._getvalue),
            "provider died": tell(lambda: call("dies")),
            "after that": tell(lambda: call("custom")),
        }.items())


def passes_on(shared, method):
    """Ends with the error of an object's method."""
    return shared._callmethod(method)


def observes_processes(shared):
    """Tells what it sees of a pool's worker that ends with the error of an object's method."""
    with multiprocessing.Pool(1) as pool:
        return [("pool", tell(lambda: pool.apply(passes_on, (shared, "custom"))))]
