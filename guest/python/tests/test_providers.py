"""Types that a program registers with its managers: what their process is told, what it does, and the proxies to its objects.
The process is the test's own; what several do is shown by the program that whole processes run."""

import copy
import enum
import functools
import gc
import operator
import pickle
import queue
import sys
import threading
import types
import unittest
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import MutableMapping, MutableSequence, MutableSet
from unittest import mock

import multiprocessing
from commonhold import errors, generic, provided, proxies, registry, values
from multiprocessing import managers, process as processes
from multiprocessing.managers import (
    AutoProxy, BaseManager, BaseProxy, DictProxy, IteratorProxy, ListProxy, MakeProxyType, NamespaceProxy, ProviderDied,
    RemoteError, SyncManager,
)

from .fake_manager import Failure
from .fake_providers import Server
from .test_proxies import ProxyCase


class Maths:
    """Knows sums."""

    kind = "maths"

    def __init__(self, base=0, *, scale=1):
        if base is None:
            raise OwnError("no base", 7)
        self.base, self.scale = base, scale
        self.children = []

    def add(self, x, y=1, *, z=0):
        """Adds."""
        return self.base + x + y + z

    def fail(self, error):
        raise error

    def unsendable(self):
        return lambda: None

    def child(self, base):
        self.children.append(Maths(base))
        return self.children[-1]

    def first(self):
        return self.children[0]

    def me(self):
        return self

    def count(self, most):
        yield from range(most)

    def numbers(self):
        return [1, 2, self.base]

    def sum_of(self, *others):
        return sum(other.add(1) for other in others)

    def ask(self, work, *args):
        return work._callmethod(*args)

    def _hidden(self):
        return "hidden"

    @property
    def value(self):
        return self.base


class OwnError(Exception):
    pass


def generate(most):
    for number in range(most):
        got = yield number * number
        if got:
            yield got


shared_queue = queue.PriorityQueue()
nothing = Maths(9)


def get_queue():
    return shared_queue


def get_nothing():
    return nothing


def get_operator():
    return operator


seen = []


def begin(*args):
    seen.append(args)


class Attributes:
    def __init__(self):
        self.x = 1

    def double(self):
        return 2 * self.x


class AttributesProxy(NamespaceProxy):
    _exposed_ = ("__getattribute__", "__setattr__", "__delattr__", "double")

    def double(self):
        callmethod = object.__getattribute__(self, "_callmethod")
        return callmethod("double")


class Walk:
    def __iter__(self):
        yield from range(2)

    def __reversed__(self):
        return iter([1, 0])


class GeneratorProxy(BaseProxy):
    _exposed_ = ["__next__"]

    def __iter__(self):
        return self

    def __next__(self):
        return self._callmethod("__next__")


class MathsProxy(BaseProxy):
    _exposed_ = ("add", "child", "me", "first")
    _method_to_typeid_ = {"child": "Child", "me": "Maths", "first": "Child"}

    def __init__(self, token, serializer, **kwds):
        super().__init__(token, serializer, **kwds)
        self._seen = token.typeid, serializer, sorted(kwds)

    def add(self, *args, **kwds):
        return self._callmethod("add", args, kwds)

    def child(self, base):
        return self._callmethod("child", (base,))

    def me(self):
        return self._callmethod("me")

    def first(self):
        return self._callmethod("first")


EchoProxy = MakeProxyType("EchoProxy", ("zork",))


class KwdsProxy(MathsProxy):
    def __init__(self, token, serializer, **kwds):
        super().__init__(token, serializer, **kwds)
        self._kwds = kwds


class OwnListProxy(ListProxy):
    pass


class Items(list):
    """A list of the program's own."""


class Members(set):
    """A set of the program's own."""


class Shapes:
    kind = "shapes"

    @classmethod
    def square(cls, x):
        return x * x


class MoreShapes(Shapes):
    @staticmethod
    def cube(x):
        return x ** 3


class Listed:
    """Tells itself what it has."""

    def __dir__(self):
        return ["told", "size", "_told", *super().__dir__()]

    def __getattr__(self, name):
        if name.strip("_") == "told":
            return lambda: name
        if name == "size":
            return 5
        raise AttributeError(name)


def get_more_shapes():
    return MoreShapes


def doubled(base):
    """Makes twice as much."""
    return Maths(2 * base)


class Shown:
    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return f"<{self.text}>"

    def __str__(self):
        raise ValueError("no text")

    def shown(self, other):
        return [str(other), other._callmethod("__repr__")]


class Unprintable:
    def __repr__(self):
        return "<\ud800>"


class Echo:
    """Answers with what it was asked."""

    parties, n_waiting, broken = 3, 1, True

    def __getattr__(self, name):
        return lambda *args, **kwds: (name, args, kwds)


class Steps:
    """Has a step to go, and no `__iter__`."""

    def __init__(self):
        self.left = 2

    def __next__(self):
        if not self.left:
            raise StopIteration
        self.left -= 1
        return self.left


class Colour(enum.Enum):
    RED = 1


class Iterating:
    """Gives what is gone over in several ways."""

    def __init__(self, shared=None):
        self.shared = shared

    def __iter__(self):
        return self.shared

    def __reversed__(self):
        return [2, 1]

    def steps(self):
        return Steps()

    def generated(self):
        return generate(3)

    def listed(self):
        return iter([1, 2])


class Wide:
    def __init__(self, methods):
        for number in range(methods):
            setattr(self, f"method{number:02}", self.nothing)

    def nothing(self):
        return None


def get_wide(methods):
    return Wide(methods)


class Counting:
    """Has a `_proxy` of its own."""

    def __init__(self, proxy):
        self._proxy = proxy

    def count(self):
        return len(self._proxy)


class ModuleManager(BaseManager):
    pass


class Asking:
    """Asks others."""

    def passes_on(self, other, method, *args):
        return getattr(other, method)(*args)

    def told(self, other, *asked):
        try:
            return self.passes_on(other, *asked)
        except RemoteError as error:
            return parts_of(error)


def parts_of(error):
    return error.kind, error.type_name, error.message, str(error)


class Unsendable:
    def __getstate__(self):
        raise ValueError("\ud800")


class OwnQueue:
    """What a module of the program's own calls a queue."""

    def push(self, item):
        return item


ModuleManager.register("Lambda", lambda: Maths(3))


class ProviderCase(ProxyCase):
    def setUp(self):
        super().setUp()
        values.own_modules.add(__name__)
        self.addCleanup(values.own_modules.discard, __name__)
        processes._current, processes._parent, processes._pid = processes._MainProcess(), None, None
        saved = {typeid: list(known) for typeid, known in proxies._registered.items()}
        self.addCleanup(proxies._registered.update, saved)
        self.addCleanup(proxies._registered.clear)
        seen.clear()

        class Manager(BaseManager):
            pass

        self.Manager = Manager
        gc.collect()

    def started(self, *args, **kwds):
        manager = self.Manager()
        manager.start(*args, **kwds)
        self.addCleanup(manager.shutdown)
        return manager

    def made(self, *args, typeid="Maths", of=(), by={}, **kwds):
        self.Manager.register(typeid, *args, **kwds)
        return getattr(self.started(), typeid)(*of, **by)

    def server(self, manager):
        return proxies_referent(self.host, manager._server).server


def proxies_referent(host, handle):
    from .fake_bindings import runtime

    return runtime.handles[handle.handle]


class Registering(ProviderCase):
    def test_a_class_exposes_its_public_methods(self):
        maths = self.made(Maths, of=(5,), by={"scale": 2})
        self.assertEqual(type(maths).__name__, "AutoProxy[Maths]")
        self.assertEqual(sorted(maths._exposed_), sorted(
            ["add", "ask", "child", "count", "fail", "first", "me", "numbers", "sum_of", "unsendable"]))
        self.assertEqual((maths.add(1), maths.add(1, 2), maths.add(1, y=3, z=4)), (7, 8, 13))
        for name in ("_hidden", "value", "kind", "base", "zork"):
            self.assertFalse(hasattr(maths, name), name)
        self.assertEqual(maths._typeid, "Maths")

    def test_what_is_exposed_alone_can_be_called(self):
        maths = self.made(Maths, exposed=("add", "_hidden"))
        self.assertEqual(sorted(maths._exposed_), ["_hidden", "add"])
        self.assertEqual((maths._hidden(), maths.add(1)), ("hidden", 2))
        self.assertFalse(hasattr(maths, "numbers"))
        with self.assertRaises(RemoteError) as caught:
            maths._callmethod("numbers")
        self.assertIn("NotExposed", str(caught.exception))

    def test_what_an_object_has_beyond_its_class_is_found_at_its_creation(self):
        def more(base):
            made = Maths(base)
            made.more = made._hidden
            made.data = 5
            return made

        with self.assertRaisesRegex(Exception, "Can't pickle local object"):
            self.made(more)
        module_level.more = more
        maths = self.made(module_level, of=("more", 4))
        self.assertEqual((maths.more(), maths.add(1)), ("hidden", 6))
        self.assertIn("more", maths._exposed_)
        self.assertNotIn("data", maths._exposed_)
        # Others of the type are as they are themselves.
        other = maths._manager.Maths("plain", 1)
        self.assertFalse(hasattr(other, "more"))
        self.assertEqual((other.add(1), maths.more()), (3, "hidden"))

    def test_what_an_object_has_beyond_its_class_is_told_once_and_in_order(self):
        def more(base):
            made = Maths(base)
            made.zork = made.bold = made.add = made._secret = made._hidden
            vars(made)[""] = print
            return made

        module_level.more = more
        maths = self.made(module_level, of=("more", 4))
        self.assertEqual(maths._exposed_, (
            "add", "ask", "bold", "child", "count", "fail", "first", "me", "numbers", "sum_of", "unsendable", "zork"))
        self.assertEqual((maths.zork(), maths.add()), ("hidden", "hidden"))

    def test_the_manager_is_told_only_what_it_does_not_know(self):
        exposed, adopted = [], []
        expose, adopt = self.host.provider_host_expose, self.host.provider_host_adopt
        self.host.provider_host_expose = lambda *args: exposed.append(args) or expose(*args)
        self.host.provider_host_adopt = lambda *args: adopted.append(args) or adopt(*args)
        maths = self.made(Maths, method_to_typeid={"child": "Maths"})
        self.assertEqual(maths.child(5).add(1), 7)
        self.assertEqual((exposed, adopted), ([], [("Maths",)]))
        self.Manager.register("any", module_level)
        manager = self.started()
        kept = [manager.any("plain", number) for number in range(3)]
        self.assertEqual([typeid for typeid, _ in exposed], ["any"])
        self.assertEqual([one.add(1) for one in kept], [2, 3, 4])

    def test_classes_and_what_tells_itself_what_it_has(self):
        shapes = self.made(get_more_shapes, typeid="shapes")
        self.assertEqual((shapes._exposed_, shapes.cube(2), shapes.square(3)), (("cube", "square"), 8, 9))
        listed = self.made(Listed, typeid="listed")
        self.assertEqual((listed._exposed_, listed.told()), (("told",), "told"))

    def test_what_has_more_methods_than_a_type_may_have(self):
        self.assertEqual(len(self.made(get_wide, typeid="wide", of=(61,))._exposed_), 62)
        with self.assertRaises(RemoteError) as caught:
            self.made(get_wide, typeid="wide", of=(62,))
        self.assertIsInstance(caught.exception, TypeError)
        self.assertIn("TypeError: type 'wide' has 63 methods; 62 is the most\n", str(caught.exception))

    def test_nothing_is_left_of_an_object_that_is_gone(self):
        maths = self.made(Maths, method_to_typeid={"child": "Maths"})
        provider = self.server(maths._manager).provider
        child = maths.child(1)
        self.assertEqual((len(provider._things), len(provider._keys)), (2, 2))
        manager = maths._manager
        del maths, child
        gc.collect()
        self.assertEqual((provider._things, provider._keys), ({}, {}))
        self.assertIsNotNone(manager)

    def test_functions_of_a_module(self):
        op = self.made(get_operator, typeid="operator")
        self.assertEqual(op.pow(2, 94), 19807040628566084398385987584)
        self.assertEqual(op.add(23, 45), 68)
        self.assertEqual(sorted(op._exposed_), sorted(
            name for name in dir(operator) if name[0] != "_" and callable(getattr(operator, name))))

    def test_the_same_object_is_the_same_one(self):
        self.Manager.register("nothing", get_nothing)
        self.Manager.register("other", get_nothing, exposed=["add"])
        manager = self.started()
        one, two = manager.nothing(), manager.nothing()
        self.assertEqual(one, two)
        self.assertEqual(one._id, two._id)
        self.assertEqual(one.add(1), 11)
        # Each type has rights of its own, to the same object.
        self.assertNotEqual(manager.other(), one)
        number = one._id
        del one, two
        gc.collect()
        again = manager.nothing()
        self.assertNotEqual(again._id, number)
        self.assertEqual(again.add(1), 11)

    def test_an_object_that_is_shared_again_before_its_release_is_told(self):
        self.Manager.register("nothing", get_nothing, exposed=["add"])
        manager = self.started()
        first = manager.nothing()
        existing, self.host.provider_host_existing = self.host.provider_host_existing, lambda key: None
        second = manager.nothing()
        self.host.provider_host_existing = existing
        self.assertNotEqual(first, second)
        del first
        gc.collect()
        self.assertEqual(manager.nothing(), second)

    def test_singletons_of_classes_that_are_known_are_the_same_too(self):
        queue_proxy = self.made(get_queue, typeid="queue")
        queue_proxy.put(3)
        self.assertEqual(queue_proxy._manager.queue().get(), 3)
        self.assertEqual(queue_proxy._manager.queue(), queue_proxy)

    def test_what_is_waited_for_is_the_managers_own(self):
        waiting.queue, waiting.event = queue.Queue(3), threading.Event()
        waiting.queue.put(1)
        waiting.event.set()
        self.Manager.register("get", waiting)
        self.Manager.register("narrow", waiting, exposed=["put"])
        manager = self.started()
        shared = manager.get("queue")
        self.assertEqual((shared._typeid, shared, shared.get()), ("Queue", manager.get("queue"), 1))
        # Whoever has the object itself uses the shared one.
        waiting.queue.put("here")
        shared.put("there")
        self.assertEqual((waiting.queue.qsize(), waiting.queue.get(), waiting.queue.get_nowait()), (2, "here", "there"))
        event = manager.get("event")
        self.assertEqual((event._typeid, event.is_set()), ("Event", True))
        waiting.event.clear()
        self.assertFalse(event.is_set())
        # One of which it is said what is exposed stays where it is.
        waiting.queue = queue.Queue()
        self.assertEqual(manager.narrow("queue")._typeid, "narrow")
        # As is one of a class that only calls itself so.
        waiting.queue = type("Queue", (Keeper,), {"__module__": "queue"})()
        self.assertEqual(manager.get("queue")._typeid, "get")
        waiting.queue = queue.Queue(2)
        waiting.queue.put(1)
        shared = manager.get("queue")
        shared.put(2)
        self.assertTrue(shared.full())

    def test_proxies_and_what_they_are_behind_are_passed_on(self):
        self.Manager.register("get", waiting)
        manager = self.started()
        waiting.list = multiprocessing.Manager().list([1])
        shared = manager.get("list")
        self.assertEqual((shared._typeid, shared._id, shared[:]), ("list", waiting.list._id, [1]))
        waiting.lock = multiprocessing.Lock()
        self.assertEqual((manager.get("lock")._typeid, manager.get("lock")), ("Lock", waiting.lock._proxy))
        # What an object of the program's own calls so is its own business.
        waiting.counting = Counting([1, 2])
        self.assertEqual(manager.get("counting").count(), 2)
        waiting.counting = Counting(waiting.list)
        self.assertEqual((manager.get("counting")._typeid, manager.get("counting").count()), ("get", 1))

    def test_a_manager_that_registers_nothing_starts_nothing(self):
        manager = self.started()
        self.assertIsNone(manager._process)
        for callable, typeid in (
            (list, "list"), (dict, "dict"), (set, "set"), (queue.Queue, "Queue"), (threading.Event, "Event"),
            (threading.Semaphore, "Semaphore"), (managers.Namespace, "Namespace"), (threading.Condition, "Condition"),
            (threading.BoundedSemaphore, "BoundedSemaphore"), (threading.Lock, "Lock"), (type(threading.Lock()), "Lock"),
            (threading.RLock, "RLock"), (type(threading.RLock()), "RLock"), (Counter, "Counter"), (deque, "deque"),
        ):
            made = self.made(callable, typeid=f"Own{typeid}")
            self.assertEqual(made._typeid, typeid)
            self.assertIsNone(made._manager)
        self.assertEqual(self.made(threading.Barrier, typeid="OwnBarrier", of=(2,)).parties, 2)
        self.assertEqual(self.made(dict, typeid="Owndict", of=([("a", 1)],), by={"b": 2}).copy(), {"a": 1, "b": 2})
        self.assertIsNone(self.started()._process)
        self.assertIsInstance(self.made(list, ListProxy, typeid="L", of=([1],)), ListProxy)
        self.assertEqual(self.made(list, ListProxy, typeid="L", of=([1],))._typeid, "list")

    def test_built_in_types_of_which_more_is_said_are_the_processes(self):
        shared = self.made(list, exposed=["append", "copy"], typeid="Appended")
        shared.append(1)
        self.assertEqual((shared._typeid, shared._exposed_, shared.copy()), ("Appended", ("append", "copy"), [1]))
        shared = self.made(list, OwnListProxy, typeid="Owned", of=([1],))
        self.assertEqual((type(shared), shared._typeid, shared[0]), (OwnListProxy, "Owned", 1))

    def test_built_in_types_whose_methods_share_what_they_return_are_the_processes(self):
        shared = self.made(dict, typeid="D", method_to_typeid={"copy": "D", "keys": "list"}, of=({1: 2},))
        again = shared.copy()
        self.assertEqual((shared._typeid, again._typeid, again.get(1), shared.keys()._typeid), ("D", "D", 2, "list"))
        shared = self.made(dict, DictProxy, typeid="D", method_to_typeid={"copy": "D"}, of=({1: 2},))
        self.assertEqual((type(shared), type(shared.copy()), shared.copy()[1]), (DictProxy, DictProxy, 2))
        # What is said is what its proxies say anyway.
        self.assertEqual(self.made(dict, DictProxy, typeid="E", method_to_typeid={"__iter__": "Iterator"})._typeid, "dict")

    def test_a_class_of_ones_own_is_none_of_the_librarys_whatever_it_is_called(self):
        own = type("Queue", (OwnQueue,), {"__module__": "queue"})
        self.addCleanup(values.own_modules.discard, "queue")
        with mock.patch.dict(sys.modules, {"queue": types.ModuleType("queue")}):
            sys.modules["queue"].Queue = own
            values.own_modules.add("queue")
            shared = self.made(own, typeid="Own")
            self.assertEqual((shared._typeid, shared.push(1)), ("Own", 1))
            waiting.queue = own()
            self.assertEqual(self.made(waiting, typeid="get", of=("queue",)).push(2), 2)
        # Nor is what only says that it is one.
        self.Manager.register("odd", type("list", (), {"__module__": "builtins"}))
        self.Manager.register("none", Odd())
        self.assertEqual([typeid for typeid in ("odd", "none") if typeid in registry.own_types(self.Manager)], ["odd", "none"])

    def test_what_nobody_has_imported_is_nobodys(self):
        with mock.patch.dict(sys.modules):
            del sys.modules["queue"], sys.modules["threading"]
            self.assertEqual(self.made(Maths, of=(1,)).add(1), 3)

    def test_the_managers_own_types_keep_their_proxies(self):
        self.Manager.register("list", proxytype=ListProxy)
        self.Manager.register("Event", proxytype=EchoProxy)
        self.Manager.register("Queue", proxytype=EchoProxy)
        manager, plain = self.started(), multiprocessing.Manager()
        self.assertIs(type(manager.list()), type(plain.list()))
        self.assertIs(type(manager.Event()), EchoProxy)
        self.assertIs(type(manager.Queue()), EchoProxy)
        self.assertEqual(type(plain.Queue()).__name__, "AutoProxy[Queue]")

    def test_other_programs_types_have_the_proxies_that_are_said(self):
        self.Manager.register("Clicker", proxytype=managers.ValueProxy)
        self.Manager.register("Countdown", proxytype=EchoProxy)
        manager = self.started()
        self.assertIs(type(manager.Clicker(5)), managers.ValueProxy)
        self.assertIs(type(manager.Countdown(5)), EchoProxy)

    def test_a_type_of_ones_own_under_a_built_in_name(self):
        class Manager(SyncManager):
            pass

        self.Manager = Manager
        self.assertEqual(self.made(Maths, typeid="list", of=(1,)).add(1), 3)
        self.assertEqual(self.made(Maths, MathsProxy, typeid="dict", of=(1,)).add(1), 3)
        self.assertEqual(str(self.started().set([1])), "{1}")
        self.assertEqual(str(multiprocessing.Manager().list([1])), "[1]")

    def test_one_under_a_built_in_name_is_found_by_that_name(self):
        class Manager(SyncManager):
            pass

        self.Manager = Manager
        Manager.register("list", Maths)
        Manager.register("dict", OrderedDict, DictProxy)
        Manager.register("set", Maths, MathsProxy)
        maths = self.made(Maths, method_to_typeid={"child": "list", "numbers": "Iterator"})
        self.assertEqual(maths.child(4).add(1), 6)
        # The others are the manager's own as ever.
        self.assertEqual((maths.numbers()._typeid, list(maths.numbers())), ("Iterator", [1, 2, 0]))
        manager = maths._manager
        self.assertIs(type(manager.dict(a=1)), DictProxy)
        shared = multiprocessing.Manager().list([manager.set(3)])
        gc.collect()
        self.assertEqual((type(shared[0]), shared[0].add(1)), (MathsProxy, 5))

    def test_registrations_are_inherited_and_copied(self):
        class Other(self.Manager):
            pass

        self.Manager.register("Maths", Maths)
        Other.register("Other", Maths, exposed=["add"])
        self.assertNotIn("Other", self.Manager._registry)
        self.assertFalse(hasattr(self.Manager, "Other"))
        self.assertNotIn("Maths", BaseManager._registry)
        registered = Other._registry["Other"]
        self.assertEqual(tuple(registered), (Maths, ("add",), None, AutoProxy))
        self.Manager = Other
        manager = self.started()
        self.assertEqual((manager.Other(1).add(1), manager.Maths(1).add(1)), (3, 3))
        self.assertEqual((Other.Maths.__name__, Other.Other.__qualname__), ("Maths", "Other"))

    def test_what_was_registered_stays_as_it_was(self):
        exposed, shared = ["add"], {"child": "Child"}
        self.Manager.register("Maths", Maths, exposed=exposed, method_to_typeid=shared)
        exposed.append("numbers")
        shared["numbers"] = "list"
        self.assertEqual(tuple(self.Manager._registry["Maths"]), (Maths, ("add",), {"child": "Child"}, AutoProxy))

    def test_registering_again_keeps_no_more(self):
        for _ in range(3):
            self.Manager.register("Maths", Maths, MathsProxy)
        self.assertEqual(proxies._registered["Maths"], [(frozenset(("add", "child", "first", "me")), MathsProxy)])

    def test_what_is_registered_later_does_not_reach_the_process(self):
        self.Manager.register("Maths", Maths)
        manager = self.started()
        self.Manager.register("Late", Maths)
        with self.assertRaises(RemoteError) as caught:
            manager.Late()
        self.assertIn("NoSuchType", str(caught.exception))

    def test_wrong_registrations(self):
        with self.fails(AssertionError, "1 is not a string"):
            self.Manager.register("Maths", Maths, method_to_typeid={1: "Maths"})
        with self.fails(AssertionError, "2 is not a string"):
            self.Manager.register("Maths", Maths, method_to_typeid={"me": 2})
        with self.fails(AssertionError, "3 is not a string"):
            self.Manager.register("Maths", Maths, exposed=["add", 3])
        with self.assertRaisesRegex(TypeError, "derived from BaseProxy"):
            self.Manager.register("Maths", Maths, proxytype=len)
        with self.assertRaisesRegex(TypeError, "derived from BaseProxy, not <class 'int'>"):
            self.Manager.register("Maths", Maths, proxytype=int)
        with self.assertRaisesRegex(TypeError, "a typeid is a string"):
            self.Manager.register(5, Maths)
        self.Manager.register("Maths", 5)
        with self.assertRaisesRegex(TypeError, "'int' object, which is registered as 'Maths', is not callable"):
            self.started()

    def test_what_has_no_name_is_refused_at_the_start(self):
        self.Manager.register("Lambda", lambda: 1)
        with self.assertRaisesRegex(values.PicklingError, "Can't pickle local object <function .*<lambda>"):
            self.started()

    def test_a_lambda_that_is_registered_where_the_script_is_imported(self):
        self.Manager = ModuleManager
        manager = self.started()
        self.assertEqual(manager.Lambda().add(1), 5)
        ModuleManager.register("Later", lambda: Maths(4))
        self.addCleanup(ModuleManager._registry.pop, "Later")
        self.addCleanup(delattr, ModuleManager, "Later")
        registered = ModuleManager._registry.pop("Later")
        sent = registry._sent(ModuleManager, "Later", registered.callable)
        with self.assertRaisesRegex(values.PicklingError, "Can't pickle .*<lambda>.*'Later' is not registered where"):
            registry.callable_of("Later", sent)
        ModuleManager._registry["Later"] = registered._replace(callable=None)
        with self.assertRaisesRegex(values.PicklingError, "'Later' is not registered where"):
            registry.callable_of("Later", sent)
        ModuleManager._registry["Later"] = registered

    def test_partials_and_methods_are_callables_too(self):
        self.assertEqual(self.made(partial, typeid="P", of=(1,)).add(1), 3)
        self.assertEqual(self.made(Maths(5).child, typeid="C", of=(2,)).add(1), 4)

    def test_other_programs_types_narrowed(self):
        self.Manager.register("Clicker", exposed=["bump"])
        rights = []
        create = self.host.manager_create
        self.host.manager_create = lambda *args: rights.append(args[3]) or create(*args)
        self.assertEqual(self.started().Clicker(5).bump(), 6)
        self.assertEqual(rights[0].methods, ["bump"])

    def test_the_processes_types_are_not_narrowed(self):
        given = []
        create = self.host.providers_create
        self.host.providers_create = lambda *args: given.append(args[4]) or create(*args)
        maths = self.made(Maths, exposed=["add"], method_to_typeid={"child": "Maths"})
        self.assertEqual((given, maths._methods()), ([None], ["add", "child"]))


def waiting(which):
    return getattr(waiting, which)


def module_level(which, base):
    return module_level.more(base) if which == "more" else Maths(base)


partial = functools.partial(Maths, scale=2)


class States(ProviderCase):
    def test_the_states(self):
        self.Manager.register("Maths", Maths)
        manager = self.Manager()
        with self.fails(AssertionError, "server not yet started"):
            manager.Maths()
        with self.fails(TypeError, "initializer must be a callable"):
            manager.start(5)
        manager.start()
        with self.fails(processes_error(), "Already started server"):
            manager.start()
        with self.fails(processes_error(), "Already started server"):
            manager.start(5)
        maths = manager.Maths()
        manager.shutdown()
        manager.shutdown()
        with self.fails(AssertionError, "server not yet started"):
            manager.Maths()
        with self.fails(processes_error(), "Manager has shut down"):
            manager.start()
        with self.fails(processes_error(), "Manager has shut down"):
            manager.__enter__()
        for cls in (RemoteError, EOFError, BrokenPipeError, ConnectionResetError):
            with self.assertRaises(cls) as caught:
                maths.add(1)
        self.assertIs(type(caught.exception), ProviderDied)
        self.assertIn("ProviderDied: the provider has ended", str(caught.exception))
        self.assertRegex(str(maths), r"^<AutoProxy\[Maths\] object, typeid 'Maths' at 0x\w+; '__str__\(\)' failed>$")

    def test_as_a_context(self):
        self.Manager.register("Maths", Maths)
        with self.Manager() as manager:
            maths = manager.Maths()
            self.assertEqual(maths.add(1), 2)
            self.assertTrue(manager._process.is_alive())
            self.assertEqual(manager._process.name, "Manager-1")
        self.assertFalse(manager._process.is_alive())
        self.assertEqual(manager._process.exitcode, -15)
        manager.join()
        with self.assertRaises(ProviderDied):
            maths.add(1)

    def test_one_that_was_started_as_a_context(self):
        manager = self.started(begin)
        with manager as entered:
            self.assertIs(entered, manager)
        self.assertEqual(seen, [()])
        self.assertFalse(manager._end.alive or manager._process.is_alive())

    def test_it_can_be_waited_for(self):
        self.assertIsNone(self.started().join())
        manager = self.started(begin)
        self.assertFalse(manager._end.atexit)
        waited = []
        manager._process.join = waited.append
        manager.join(1.5)
        manager.join()
        self.assertEqual(waited, [1.5, None])

    def test_the_initializer_runs_in_the_process_before_all_else(self):
        manager = self.started(begin, (1, [2]))
        self.assertEqual(seen, [(1, [2])])
        self.assertIsNotNone(manager._process)
        with self.assertRaisesRegex(OwnError, "no"):
            self.started(fail_to_begin)

    def test_the_script_is_imported_first(self):
        def script():
            current = processes.current_process()
            seen.append((current.name, current._importing, current._serves))
            self.Manager(address=("", 7)).get_server().serve_forever()
            seen.append("beyond")

        self.host.import_script = script
        self.Manager.register("where", where)
        manager = self.started(begin, (1,))
        self.assertEqual(seen, [("Manager-1", True, True), (1,)])
        self.assertFalse(hasattr(self.server(manager).current, "_importing"))
        self.host.import_script = fail_to_begin
        with self.fails(OwnError, "no"):
            self.started()

    def test_the_process_knows_what_it_is(self):
        self.Manager.register("where", where)
        name, daemon, parent = self.started().where()._getvalue()
        self.assertEqual((name, daemon, parent), ("Manager-1", True, "MainProcess"))

    def test_it_ends_with_the_manager_and_its_proxies_here(self):
        self.Manager.register("Maths", Maths)
        manager = self.Manager()
        manager.start()
        maths = manager.Maths()
        server = self.server(manager)
        del manager
        gc.collect()
        self.assertTrue(server.alive)
        del maths
        gc.collect()
        self.assertFalse(server.alive)

    def test_who_may_not_start_one(self):
        self.Manager.register("Maths", Maths)
        processes._current._daemonic = True
        with self.fails(AssertionError, "daemonic processes are not allowed to have children"):
            self.started()
        processes._current._daemonic = False
        processes._current._importing = True
        with self.assertRaisesRegex(RuntimeError, "before the current process has finished"):
            self.started()

    def test_two_managers_are_apart(self):
        self.Manager.register("nothing", get_nothing)
        one, two = self.started(), self.started()
        first, second = one.nothing(), two.nothing()
        self.assertNotEqual(first, second)
        one.shutdown()
        with self.assertRaises(ProviderDied):
            first.add(1)
        self.assertEqual(second.add(1), 11)


def fail_to_begin():
    raise OwnError("no")


def where():
    current = processes.current_process()
    return [current.name, current.daemon, processes.parent_process().name]


def processes_error():
    return multiprocessing.ProcessError


class Addresses(ProviderCase):
    def connected(self, address):
        manager = self.Manager(address=address)
        manager.connect()
        return manager

    def test_others_make_objects_where_it_is(self):
        self.Manager.register("nothing", get_nothing)
        self.Manager.register("list", Maths)
        for address in (("", 50000), "/tmp/socket"):
            with self.Manager(address=address, authkey=b"abracadabra") as manager:
                self.assertEqual(manager.address, address)
                other = self.connected(address if isinstance(address, str) else ("elsewhere", 50000))
                self.assertEqual(other.nothing(), manager.nothing())
                self.assertEqual(other.list(4).add(1), 6)
                with self.fails(RemoteError):
                    other._create("zork")
                # Whoever connects can end nothing.
                self.assertEqual(self.host.published[f"managers/{address if isinstance(address, str) else 50000}"].methods,
                                 ["create", "typeids"])
                del other
                gc.collect()
                self.assertEqual(manager.nothing().add(1), 11)
            with self.fails(ConnectionRefusedError):
                self.connected(address)

    def test_one_without_types_has_a_place_as_well(self):
        with self.Manager(address=("", 1)):
            self.connected(("", 1))

    def test_a_port_that_is_free(self):
        with self.Manager(address=("localhost", 0)) as manager:
            self.assertEqual(manager.address, ("localhost", manager._process.pid))
            self.connected(manager.address)

    def test_two_cannot_have_one_address(self):
        started = []
        start = self.host.providers_start
        self.host.providers_start = lambda *args: started.append(start(*args)) or started[-1]
        with self.Manager(address=("", 1)):
            manager = self.Manager(address=("", 1))
            with self.assertRaises(OSError):
                manager.start()
            self.assertEqual([process.server.alive for process in started], [True, False])
            with self.fails(AssertionError, "server not yet started"):
                manager._create("list")

    def test_one_whose_process_has_died(self):
        def died(process):
            raise Failure("provider-died", "the provider has ended", type_name="ProviderDied")

        with self.Manager(address=("", 1)):
            self.host.providers_typeids = died
            with self.assertRaisesRegex(ProviderDied, "the provider has ended"):
                self.connected(("", 1))

    def test_what_is_no_address(self):
        for address in (5, ("", "x"), "", b"x"):
            with self.assertRaisesRegex(ValueError, "neither a pair"):
                self.Manager(address=address)

    def test_states(self):
        self.Manager.register("nothing", get_nothing)
        with self.Manager(address=("", 1)) as manager:
            with self.fails(processes_error(), "Already started server"):
                manager.connect()
            with self.fails(processes_error(), "Already started server"):
                manager.get_server()
            other = self.connected(("", 1))
            with self.fails(processes_error(), "Already started server"):
                other.start()
            other.shutdown()
            self.assertEqual(manager.nothing().add(1), 11)

    def test_a_server(self):
        self.Manager.register("nothing", get_nothing)
        server = self.Manager(address=("", 7)).get_server()
        self.assertEqual(server.address, ("", 7))
        served = []
        server._manager.join = lambda: served.append(self.connected(("", 7)).nothing().add(1))
        with self.fails(SystemExit, 0):
            server.serve_forever()
        self.assertEqual(served, [11])
        server._manager.shutdown()
        # The script that is imported to serve gets no further.
        processes._current._serves = True
        with self.fails(provided.Serving):
            self.Manager(address=("", 7)).get_server().serve_forever()


class Errors(ProviderCase):
    def test_of_a_constructor(self):
        self.Manager.register("Maths", Maths)
        manager = self.started()
        with self.assertRaises(RemoteError) as caught:
            manager.Maths(None)
        self.assertIsInstance(caught.exception, OwnError)
        self.assertIn("OwnError: ('no base', 7)", str(caught.exception))
        self.assertIn("in __init__", str(caught.exception.__cause__))
        with self.assertRaises(RemoteError) as caught:
            manager.Maths(1, 2)
        self.assertIsInstance(caught.exception, TypeError)
        self.assertEqual(self.server(manager).provider._things, {})

    def test_of_a_method(self):
        maths = self.made(Maths)
        for error in (ValueError("x", 1), KeyError("k"), OwnError("own", [1]), StopIteration(5), AttributeError("a"),
                      ZeroDivisionError()):
            with self.assertRaises(type(error)) as caught:
                maths.fail(error)
            self.assertIs(type(caught.exception), type(error))
            self.assertEqual(caught.exception.args, error.args)
            self.assertIn("in fail", str(caught.exception.__cause__))
            self.assertNotIn("provided.py", str(caught.exception.__cause__))

    def test_of_a_method_that_would_end_a_process(self):
        maths = self.made(Maths)
        for error in (SystemExit(3), KeyboardInterrupt(), GeneratorExit("x")):
            with self.assertRaises(RemoteError) as caught:
                maths.fail(error)
            self.assertNotIsInstance(caught.exception, type(error))
            self.assertEqual(caught.exception.type_name, type(error).__name__)
            self.assertEqual(caught.exception.args, error.args)
        self.assertEqual(maths.add(1), 2)

    def test_of_classes_of_the_library(self):
        import decimal
        import json

        maths = self.made(Maths)
        for error in (json.JSONDecodeError("no", "{", 0), decimal.InvalidOperation("x"), values.PicklingError("p")):
            # The exceptions of the library do not travel as values.
            with self.assertRaises(type(error)) as caught:
                raise errors.exception_of(errors.error_of(error))
            self.assertIs(type(caught.exception), type(error))
        del maths

    def test_between_the_caller_and_the_object(self):
        maths = self.made(Maths, exposed=["add", "gone", "ask"])
        with self.fails(RemoteError) as caught:
            maths._callmethod("numbers")
        with self.fails(RemoteError) as caught:
            maths.gone()
        self.assertIn("NotExposed: 'Maths' object has no attribute 'gone'", str(caught.exception))
        self.assertEqual((caught.exception.kind, caught.exception.type_name), ("not-exposed", "NotExposed"))
        # What an object says itself is its own.
        with self.fails(AttributeError):
            maths.ask(5)

    def test_between_two_objects_of_a_process_they_are_the_same_as_outside(self):
        self.Manager.register("Asking", Asking)
        self.Manager.register("Unsendable", Unsendable)
        maths = self.made(Maths, exposed=["add", "gone", "count"], method_to_typeid={"numbers": "Nope"})
        asking, unsendable = maths._manager.Asking(), maths._manager.Unsendable()
        for other, asked, told in (
            (maths, ("_callmethod", "me"), (
                "not-exposed", "NotExposed", "'me' of 'Maths' object is not exposed by this proxy")),
            (maths, ("gone",), ("not-exposed", "NotExposed", "'Maths' object has no attribute 'gone'")),
            (maths, ("numbers",), ("no-such-type", "NoSuchType", "KeyError: 'Nope': no type is registered as that")),
            (unsendable, ("_getvalue",), ("unserializable", "Unserializable", "ValueError: \\ud800")),
            (maths, ("_callmethod", "count", (3,)), (
                "unserializable", "Unserializable", "TypeError: cannot pickle 'generator' object")),
        ):
            with self.subTest(asked), self.fails(RemoteError) as caught:
                getattr(other, asked[0])(*asked[1:])
            outside = parts_of(caught.exception)
            self.assertEqual(outside[:3], told)
            self.assertEqual(asking.told(other, *asked), outside)
            # It goes on as what it was, with where it has passed.
            with self.subTest(asked), self.fails(RemoteError) as caught:
                asking.passes_on(other, *asked)
            self.assertEqual(parts_of(caught.exception)[:3], told)
            self.assertIn("in passes_on", str(caught.exception))

    def test_of_what_cannot_travel(self):
        maths = self.made(Maths)
        with self.fails(RemoteError) as caught:
            maths.unsendable()
        self.assertIn("Unserializable: ", str(caught.exception))
        self.assertIn("Can't pickle local object", str(caught.exception))
        generator = self.made(generate, typeid="generate", of=(3,))
        with self.fails(RemoteError) as caught:
            generator._getvalue()
        self.assertIn("Unserializable: TypeError: cannot pickle 'generator' object", str(caught.exception))
        # It never gets there.
        with self.assertRaises(values.PicklingError):
            maths.add(lambda: 1)
        # Nothing is shared that is not said to be.
        with self.fails(RemoteError) as caught:
            maths.count(3)
        self.assertIn("Unserializable: TypeError: cannot pickle 'generator' object", str(caught.exception))

    def test_of_what_cannot_be_read(self):
        maths = self.made(Maths)
        unknown = values.Object(f"{__name__}.Colour", "<a colour>", "GREEN")
        for call in (lambda: maths.add(unknown), lambda: maths.add(1, z=unknown), lambda: maths.add([{"deep": unknown}])):
            with self.fails(RemoteError) as caught:
                call()
            self.assertEqual((caught.exception.kind, caught.exception.message), (
                "bad-value", "an argument cannot be read: KeyError: 'GREEN'"))
        with self.assertRaises(RemoteError) as caught:
            maths._manager.Maths(unknown)
        self.assertEqual(caught.exception.kind, "bad-value")

    def test_of_a_method_that_is_always_there(self):
        shown = self.made(Shown, typeid="shown", exposed=["__str__"], of=("x",))
        with self.fails(ValueError, "no text"):
            shown._callmethod("__str__")
        self.assertEqual(shown._callmethod("__repr__"), "<x>")

    def test_of_a_call_that_comes_back(self):
        maths = self.made(Maths)
        # A narrowed proxy is asked by way of the manager.
        with self.fails(RemoteError) as caught:
            maths.ask(maths._narrow(["add"]), "add", (1,))
        self.assertIn("Deadlock", str(caught.exception))


def fail_as(*args):
    raise Failure(*args)


class Results(ProviderCase):
    def test_what_a_method_returns_is_shared_as_a_type(self):
        self.Manager.register("Child", create_method=False, exposed=["add"])
        maths = self.made(Maths, method_to_typeid={"child": "Child", "first": "Child"}, exposed=["add"])
        self.assertEqual(sorted(maths._exposed_), ["add", "child", "first"])
        child = maths.child(5)
        self.assertEqual((child._typeid, child.add(1), child._exposed_), ("Child", 7, ("add",)))
        self.assertEqual(maths.first(), child)

    def test_a_method_that_is_exposed_and_shared_is_one_method(self):
        maths = self.made(Maths, exposed=["child", "add"], method_to_typeid={"child": "Maths"})
        self.assertEqual(maths._exposed_, ("child", "add"))
        hidden = self.made(Maths, method_to_typeid={"_hidden": "list", "add": "Maths"})
        self.assertEqual(sorted(hidden._exposed_), [
            "_hidden", "add", "ask", "child", "count", "fail", "first", "me", "numbers", "sum_of", "unsendable"])
        self.assertEqual(hidden._hidden()[:], list("hidden"))
        module_level.more = Maths
        other = self.made(module_level, method_to_typeid={"_hidden": "list"}, of=("more", 1))
        self.assertEqual(other._hidden()[:2], ["h", "i"])

    def test_of_a_type_that_has_a_callable_it_is_that_ones_argument(self):
        self.Manager.register("Wrapped", Maths)
        maths = self.made(Maths, method_to_typeid={"add": "Wrapped"}, exposed=["add"])
        self.assertEqual(maths.add(5).add(1), 8)
        self.assertFalse(maths.add(5) == maths.add(5))
        self.Manager.register("Doubled", doubled)
        maths = self.made(Maths, method_to_typeid={"add": "Doubled"}, exposed=["add"])
        self.assertEqual(maths.add(5).add(1), 14)

    def test_of_a_type_that_says_nothing(self):
        self.Manager.register("Child", create_method=False)
        maths = self.made(Maths, method_to_typeid={"child": "Child"}, exposed=["add"])
        self.assertEqual(maths.child(5).numbers(), [1, 2, 5])

    def test_of_a_type_of_nobodys(self):
        maths = self.made(Maths, method_to_typeid={"add": "Nope"})
        with self.fails(RemoteError) as caught:
            maths.add(1)
        self.assertIn("KeyError: 'Nope'", str(caught.exception))

    def test_of_built_in_types(self):
        maths = self.made(Maths, method_to_typeid={"numbers": "list", "count": "Iterator", "me": "Maths"}, of=(3,))
        numbers = maths.numbers()
        self.assertIsInstance(numbers, ListProxy)
        numbers.append(4)
        self.assertEqual(str(numbers), "[1, 2, 3, 4]")
        self.assertEqual(maths.me(), maths)
        self.assertEqual(self.made(Maths, method_to_typeid={"add": "Queue"}).add(1)._typeid, "Queue")

    def test_of_built_in_types_under_other_names(self):
        self.Manager.register("Items", list, ListProxy)
        self.Manager.register("set", dict)
        # One of the program's own that has a built-in name is another one.
        self.Manager.register("list", Maths)
        maths = self.made(Maths, method_to_typeid={"numbers": "Items", "child": "list", "_hidden": "set", "ask": "Items"})
        numbers, child = maths.numbers(), maths.child(4)
        self.assertEqual((numbers._typeid, numbers[:], child.add(1)), ("list", [1, 2, 0], 6))
        self.assertEqual(maths.ask(maths, "numbers")[:], [1, 2, 0])
        with self.assertRaisesRegex(ValueError, "dictionary update sequence"):
            maths._hidden()

    def test_a_proxy_of_a_built_in_type_is_passed_on(self):
        keeper = self.made(Keeper, method_to_typeid={"kept": "list"})
        shared = multiprocessing.Manager().list([1])
        keeper.keep(shared)
        self.assertEqual(keeper.kept(), shared)
        keeper.keep((1, 2))
        self.assertEqual(keeper.kept()[:], [1, 2])

    def test_iterators(self):
        maths = self.made(
            Maths, method_to_typeid={"count": "Iterator", "numbers": "Iterator"}, exposed=["add"], of=(3,))
        count = maths.count(4)
        self.assertIsInstance(count, IteratorProxy)
        self.assertEqual((next(count), list(count), list(count)), (0, [1, 2, 3], []))
        numbers = maths.numbers()
        self.assertEqual((numbers._typeid, list(numbers)), ("Iterator", [1, 2, 3]))

    def test_iterators_are_the_managers_and_generators_stay(self):
        shared = {"generated": "Iterator", "listed": "Iterator", "steps": "Iterator"}
        made = self.made(Iterating, method_to_typeid=shared)
        generated, listed, steps = made.generated(), made.listed(), made.steps()
        self.assertEqual((generated._typeid, listed._typeid, steps._typeid), ("generator object", "Iterator", "Iterator"))
        self.assertEqual((next(generated), generated.send("x"), next(generated)), (0, "x", 1))
        self.assertEqual((list(listed), list(steps)), ([1, 2], [1, 0]))
        self.host.iterators_create = lambda over: fail_as("quota-exceeded", "too many")
        with self.assertRaisesRegex(RemoteError, "too many") as caught:
            made.listed()
        self.assertEqual(caught.exception.kind, "quota-exceeded")

    def test_what_is_gone_over_needs_no_type(self):
        frozen = self.made(frozenset, managers.SetProxy, typeid="frozen", of=([1, 2],))
        self.assertEqual((sorted(frozen), frozen | {3}, 2 in frozen), ([1, 2], {1, 2, 3}, True))
        walk = self.made(Walk, typeid="walk", exposed=["__iter__", "__reversed__"])
        self.assertEqual((list(walk), list(walk), list(walk.__reversed__())), ([0, 1], [0, 1], [1, 0]))
        # What is none is a value, and a proxy is that proxy.
        shared = multiprocessing.Manager().list([1, 2])
        made = self.made(Iterating, exposed=["__iter__", "__reversed__"], of=(shared,))
        self.assertEqual((made._callmethod("__reversed__"), made._callmethod("__iter__")), ([2, 1], shared))
        self.assertEqual(list(made), [1, 2])

    def test_generators(self):
        for proxytype in (GeneratorProxy, IteratorProxy):
            generator = self.made(generate, proxytype, typeid="generate", of=(4,))
            self.assertIs(type(generator), proxytype)
            self.assertRegex(repr(generator), rf"^<{proxytype.__name__} object, typeid 'generate' at 0x\w+>$")
            self.assertRegex(str(generator), "^<generator object generate at 0x")
            self.assertEqual([next(generator), *generator], [0, 1, 4, 9])
        generator = self.made(generate, IteratorProxy, typeid="generate", of=(4,))
        self.assertEqual((next(generator), generator.send("x"), next(generator)), (0, "x", 1))
        with self.fails(ValueError, "thrown"):
            generator.throw(ValueError("thrown"))
        generator.close()
        self.assertEqual(list(generator), [])

    def test_classes_of_the_library(self):
        counts = self.made(defaultdict, DictProxy, typeid="counts", of=(int,), by={"a": 1})
        self.assertIs(type(counts), DictProxy)
        counts["b"] += 2
        self.assertEqual((counts["a"], counts["c"], len(counts), "b" in counts), (1, 0, 3, True))
        self.assertEqual(counts.copy(), {"a": 1, "b": 2, "c": 0})
        self.assertEqual(sorted(counts), ["a", "b", "c"])
        self.assertEqual(dict(counts), {"a": 1, "b": 2, "c": 0})
        self.assertEqual(counts.keys(), ["a", "b", "c"])
        counts |= {"d": 4}
        self.assertEqual(counts.pop("d"), 4)
        self.assertIs(type(counts), DictProxy)
        self.assertEqual(iter(counts)._typeid, "Iterator")
        with self.fails(TypeError):
            counts | 5
        with self.fails(KeyError, "zork"):
            counts.pop("zork")
        ordered = self.made(OrderedDict, typeid="ordered", of=([("x", 1), ("y", 2)],))
        ordered.move_to_end("x")
        self.assertEqual(ordered.popitem(), ("x", 1))

    def test_attributes(self):
        thing = self.made(Attributes, AttributesProxy, typeid="attributes")
        self.assertIs(type(thing), AttributesProxy)
        thing.x = 5
        self.assertEqual((thing.x, thing.double()), (5, 10))
        thing._own = 3
        thing.y = [1]
        del thing.x
        self.assertEqual((thing._own, thing.y), (3, [1]))
        with self.fails(AttributeError):
            thing.x
        with self.fails(AttributeError):
            thing._other
        self.assertEqual(thing._getvalue().y, [1])
        self.assertNotIn("_own", thing._getvalue().__dict__)
        thing._callmethod("__setattr__", ("_theirs", 1))
        with self.fails(AttributeError, "'AttributesProxy' object has no attribute '_theirs'"):
            thing._theirs
        with self.fails(AttributeError):
            del thing._theirs
        del thing._own
        with self.fails(AttributeError, "'AttributesProxy' object has no attribute '_own'"):
            thing._own
        self.assertEqual(thing._callmethod("__getattribute__", ("_theirs",)), 1)

    def test_a_copy_and_a_text(self):
        maths = self.made(Maths, of=(4,))
        copy = maths._getvalue()
        self.assertEqual((type(copy), copy.base), (Maths, 4))
        self.assertRegex(str(maths), "^<tests.test_providers.Maths object at 0x")
        self.assertEqual(maths._callmethod("#GETVALUE").base, 4)
        self.assertEqual(maths._callmethod("__str__"), str(maths))
        self.assertEqual(maths._callmethod("__repr__"), str(maths))

    def test_a_text_is_what_it_prints_as(self):
        self.assertEqual(str(self.made(Shown, typeid="shown", of=("x",))), "<x>")
        self.assertEqual(str(self.made(Unprintable, typeid="unprintable")), "<\\ud800>")


class Proxies(ProviderCase):
    def test_a_class_of_ones_own(self):
        self.Manager.register("Child", Maths, MathsProxy, create_method=False)
        maths = self.made(Maths, MathsProxy, of=(2,))
        self.assertIs(type(maths), MathsProxy)
        self.assertEqual(maths._seen, ("Maths", "pickle", ["authkey", "exposed", "manager"]))
        self.assertEqual(maths.add(1, y=2), 5)
        self.assertEqual(repr(maths), f"<MathsProxy object, typeid 'Maths' at {maths._number:#x}>")
        self.assertEqual(maths.me(), maths)
        self.assertFalse(hasattr(self.Manager, "Child"))

    def test_what_a_class_of_ones_own_is_made_with(self):
        maths = self.made(Maths, KwdsProxy)
        manager = maths._manager
        self.assertEqual(maths._kwds, {"manager": manager, "authkey": None, "exposed": ("add", "child", "me", "first")})
        again = copy.copy(maths)
        self.assertEqual((type(again), again._manager, again, again is maths), (KwdsProxy, manager, maths, False))
        self.assertEqual(again._kwds, maths._kwds)

    def test_each_manager_makes_proxies_of_the_class_that_it_has_registered(self):
        self.Manager.register("Maths", Maths, MathsProxy)
        other = type("Other", (BaseManager,), {})
        other.register("Maths", Maths, KwdsProxy)
        manager = self.started()
        self.assertIs(type(manager.Maths()), MathsProxy)
        self.assertIs(type(manager._create("Maths", 1)), MathsProxy)
        # That of another one's type is the manager's own.
        self.Manager.register("list", proxytype=EchoProxy)
        self.assertIs(type(self.started()._create("list")), type(multiprocessing.Manager().list()))

    def test_proxies_that_are_made_to_fit(self):
        self.Manager.register("Maths", Maths, exposed=[
            "__eq__", "__hash__", "__repr__", "__str__", "__reduce_ex__", "__init__", "__class__", "add"])
        manager = self.started()
        one, two = manager.Maths(1), manager.Maths(1)
        self.assertIs(type(one), type(two))
        self.assertEqual((type(one).__module__, type(one).add.__name__), ("multiprocessing.managers", "add"))
        self.assertRegex(repr(one), r"^<AutoProxy\[Maths\] object, typeid 'Maths' at 0x\w+>$")
        self.assertEqual((one == two, one == copy.copy(one), len({one, two, copy.copy(one)})), (False, True, 2))
        with self.assertRaisesRegex(TypeError, "a proxy travels inside a value"):
            pickle.dumps(one)

    def test_it_is_found_again_by_the_typeid(self):
        maths = self.made(Maths, MathsProxy)
        shared = multiprocessing.Manager().list([maths])
        number = maths._id
        del maths
        gc.collect()
        back = shared[0]
        self.assertIs(type(back), MathsProxy)
        self.assertEqual((back._id, back._manager, back.add(1)), (number, None, 2))
        del back
        proxies._registered.clear()
        gc.collect()
        self.assertEqual(type(shared[0]).__name__, "AutoProxy[Maths]")

    def test_of_several_of_one_name_it_is_the_one_that_exposes_the_same(self):
        self.Manager.register("Maths", Maths, MathsProxy)
        one = self.started()
        other = type("Other", (BaseManager,), {})
        other.register("Maths", Maths, MakeProxyType("Numbers", ("numbers",)))
        shared = multiprocessing.Manager().list([one.Maths()])
        gc.collect()
        self.assertIs(type(shared[0]), MathsProxy)
        # What it shares counts as exposed.
        self.Manager.register("Some", Maths, MakeProxyType("Some", ("add",)), method_to_typeid={"child": "Maths"})
        other.register("Some", Maths, MakeProxyType("Others", ("numbers",)))
        shared = multiprocessing.Manager().list([self.started().Some()])
        gc.collect()
        self.assertEqual(type(shared[0]).__name__, "Some")

    def test_if_none_exposes_the_same_it_is_one_that_says_nothing(self):
        self.Manager.register("Maths", Maths)
        type("Other", (BaseManager,), {}).register("Maths", Maths, MakeProxyType("Numbers", ("numbers",)))
        shared = multiprocessing.Manager().list([self.started().Maths()])
        gc.collect()
        self.assertEqual((type(shared[0]).__name__, shared[0].add(1)), ("AutoProxy[Maths]", 2))
        # The last one, if all say something else.
        self.Manager.register("Some", Maths, exposed=["add"])
        for name in ("First", "Last"):
            type("Other", (BaseManager,), {}).register("Some", Maths, MakeProxyType(name, ("numbers", name)))
        shared = multiprocessing.Manager().list([self.started().Some()._narrow([])])
        gc.collect()
        self.assertEqual(type(shared[0]).__name__, "Last")

    def test_a_proxy_that_there_is_comes_to_belong_to_the_manager_that_makes_its_object(self):
        self.Manager.register("nothing", get_nothing)
        manager = self.started()
        shared = multiprocessing.Manager().list([manager.nothing()])
        gc.collect()
        received = shared[0]
        self.assertIsNone(received._manager)
        self.assertIs(manager.nothing(), received)
        self.assertIs(received._manager, manager)
        # The first one stays.
        other = self.Manager()
        proxies.wrap(proxies.call(proxies._DUPLICATE, [received._handle]), None, other)
        self.assertIs(received._manager, manager)

    def test_made_proxy_types(self):
        cls = MakeProxyType("Numbers", ["add", "numbers"])
        self.assertIs(MakeProxyType("Numbers", ("add", "numbers")), cls)
        self.assertEqual((cls.__name__, cls._exposed_), ("Numbers", ("add", "numbers")))
        maths = self.made(Maths, cls, of=(5,))
        self.assertEqual((type(maths), maths.add(1), maths.numbers()), (cls, 7, [1, 2, 5]))
        self.assertEqual(maths.add(1, y=2, z=3), 11)
        self.assertEqual((cls.__module__, cls.add.__name__, cls.add.__qualname__), ("multiprocessing.managers", "add", "add"))
        self.assertIsNot(MakeProxyType("Numbers", ("numbers",)), cls)
        self.assertFalse(hasattr(MakeProxyType("Numbers", ("numbers",)), "add"))

    def test_a_proxy_that_is_gone_leaves_nothing(self):
        maths = self.made(Maths)
        key = maths._number, 0
        reference = proxies._wrappers[key]
        self.assertIs(reference(), maths)
        # The news that one is gone may come when there is another one.
        proxies._wrappers[key] = again = proxies._Reference(maths, proxies._forget)
        again.key = key
        proxies._forget(reference)
        self.assertIs(proxies._wrappers[key], again)
        manager = maths._manager
        del maths
        gc.collect()
        self.assertNotIn(key, proxies._wrappers)
        self.assertIsNotNone(manager)

    def test_those_of_managers_are_for_all_objects_and_the_managers_own_are_of_them(self):
        manager = multiprocessing.Manager()
        for made, cls in (
            (manager.list(), managers.ListProxy), (manager.dict(), managers.DictProxy), (manager.set(), managers.SetProxy),
            (manager.Namespace(), managers.NamespaceProxy), (manager.Value("i", 1), managers.ValueProxy),
            (manager.Array("i", 1), managers.ArrayProxy), (manager.Lock(), managers.AcquirerProxy),
            (manager.Condition(), managers.ConditionProxy), (manager.Event(), managers.EventProxy),
            (manager.Barrier(2), managers.BarrierProxy), (iter(manager.dict()), managers.IteratorProxy),
        ):
            self.assertIsInstance(made, cls)
            # Nothing of the manager's own goes by name that has a function.
            missing = [
                name for name, member in vars(cls).items()
                if callable(member) and name not in vars(type(made)) and name not in ("__class_getitem__", "__init__")]
            self.assertEqual([name for name in missing if not name.startswith("__i")], [], cls)

    def test_its_own_proxies_are_called_at_once_in_the_process(self):
        self.Manager.register("Maths", Maths)
        manager = self.started()
        one, two = manager.Maths(1), manager.Maths(2)
        self.assertEqual(one.sum_of(one, two, one), 3 + 4 + 3)
        self.assertEqual(one.ask(two, "numbers"), [1, 2, 2])
        self.assertEqual(one.ask(two, "add", (1,), {"y": 2, "z": 3}), 8)
        self.assertEqual(one.ask(two, "#GETVALUE").base, 2)
        with self.fails(RemoteError):
            one.ask(two, "_hidden")

    def test_what_was_called_there_goes_with_its_last_proxy(self):
        self.Manager.register("Maths", Maths)
        manager = self.started()
        things = self.server(manager).provider._things
        one, two = manager.Maths(1), manager.Maths(2)
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        one.ask(two, "numbers")
        one.ask(two, "#GETVALUE")
        self.assertEqual(len(things), 2)
        del two
        self.assertEqual(len(things), 1)

    def test_values_are_copies_there_too(self):
        keeper = self.made(Keeper)
        self.assertEqual(keeper.keep_in(keeper, [1]), [1, "changed"])
        self.assertEqual(keeper.kept(), [1])
        self.assertEqual(keeper.keep_by_name(keeper, [1]), [1, "changed"])
        self.assertEqual(keeper.kept(), [1])
        self.assertEqual(keeper.change_kept(keeper), [1])
        self.assertEqual(keeper.change_copy(keeper), [1])
        self.assertEqual(keeper.kept(), [1])
        shared = multiprocessing.Manager().list([1])
        keeper.keep_in(keeper, [{"deep": shared}])
        self.assertEqual(keeper.kept(), [{"deep": shared}])

    def test_what_is_shared_there_is_shared_there_too(self):
        self.Manager.register("Maths", Maths, method_to_typeid={"child": "Maths", "numbers": "list"})
        manager = self.started()
        one, two = manager.Maths(1), manager.Maths(2)
        child = one.ask(two, "child", (5,))
        self.assertEqual((child._typeid, child.add(1)), ("Maths", 7))
        self.assertEqual(one.ask(two, "numbers")[:], [1, 2, 2])

    def test_texts_are_made_there_too(self):
        self.Manager.register("shown", Shown)
        manager = self.started()
        self.assertEqual(manager.shown("a").shown(manager.shown("b")), ["<b>"] * 2)

    def test_what_cannot_travel_does_not_there_either(self):
        self.Manager.register("keeper", Keeper)
        self.Manager.register("generate", generate)
        manager = self.started()
        keeper, generator = manager.keeper(), manager.generate(3)
        for asked in (("_getvalue",), ("_callmethod", "#GETVALUE")):
            self.assertIn("Unserializable: TypeError: cannot pickle 'generator' object", keeper.told(generator, *asked))
        keeper.keep(1)
        self.assertIn("Unserializable: PicklingError: Can't pickle", keeper.told(keeper, "_callmethod", "unsendable"))

    def test_foreign_proxies_are_kept(self):
        keeper = self.made(Keeper)
        shared = multiprocessing.Manager().list([1])
        keeper.keep(shared)
        number = shared._id
        del shared
        gc.collect()
        back = keeper.kept()
        self.assertEqual((back._id, str(back)), (number, "[1]"))


class Keeper:
    def keep(self, thing):
        self.thing = thing

    def kept(self):
        return self.thing

    def keep_in(self, other, thing):
        other.keep(thing)
        thing.append("changed")
        return thing

    def keep_by_name(self, other, thing):
        other._callmethod("keep", (), {"thing": thing})
        thing.append("changed")
        return thing

    def change_kept(self, other):
        other.kept().append("changed")
        return self.thing

    def change_copy(self, other):
        other._getvalue().thing.append("changed")
        return self.thing

    def unsendable(self):
        return lambda: None

    def told(self, other, method, *args):
        try:
            getattr(other, method)(*args)
        except RemoteError as error:
            return str(error)


class Odd:
    """
    Odd.
    """

    def text(self):
        return 5

    text.__doc__ = "\n    A \ud800.\n"


class Silent:
    __doc__ = 5

    @property
    def text(self):
        return 5


class Hosted(ProviderCase):
    """A script that the host loads as a provider."""

    def described(self, import_script=lambda: None):
        server = Server(self.host, provided.Provider())
        return server, server.ask(server.provider.describe, [], import_script)

    def test_it_provides_what_it_registers(self):
        self.Manager.register("Maths", Maths)
        self.Manager.register("Child", create_method=False)
        self.addCleanup(gc.collect)
        _, kinds = self.described()
        known = {kind.name: kind for kind in kinds}
        self.assertEqual(known["Maths"].doc, "Knows sums.")
        self.assertEqual(known["Maths"].method_doc("add"), "Adds.")
        self.assertIn("add", known["Maths"].methods)
        self.assertNotIn("Child", known)

    def test_it_is_the_script_that_registers(self):
        def script():
            seen.append(processes.current_process().name)
            self.Manager.register("Maths", Maths, exposed=["add"], method_to_typeid={"child": "Maths"})

        self.host.me.name = "a provider"
        self.addCleanup(gc.collect)
        server, kinds = self.described(script)
        self.assertEqual(seen, ["a provider"])
        self.assertEqual({kind.name: kind.methods for kind in kinds}["Maths"], ("add", "child"))
        self.assertEqual(server.provider._types["Maths"].shared_as, {"child": "Maths"})

    def test_one_that_registers_nothing(self):
        self.addCleanup(gc.collect)
        own_types = registry.own_types
        with mock.patch.object(registry, "own_types", lambda cls: own_types(cls) if cls is self.Manager else {}):
            for register in (lambda: None, lambda: self.Manager.register("Child", create_method=False)):
                with self.fails(Failure, "the script registers no type with a manager, and so provides none") as caught:
                    self.described(register)
                self.assertEqual((caught.exception.kind, caught.exception.type_name), ("no-such-type", "NoSuchType"))

    def test_what_is_said_of_its_types(self):
        self.Manager.register("Odd", Odd)
        self.Manager.register("Silent", Silent)
        self.Manager.register("made", doubled, exposed=["__call__"])
        self.addCleanup(gc.collect)
        known = {kind.name: kind for kind in self.described()[1]}
        self.assertEqual((known["Odd"].doc, known["Odd"].method_doc("text")), ("Odd.", "A ?."))
        self.assertEqual((known["Silent"].doc, known["Silent"].method_doc("text")), ("", ""))
        self.assertEqual((known["made"].doc, known["made"].method_doc("__call__")), ("Makes twice as much.", ""))

    def test_what_its_methods_return_is_of_the_types_of_its_class_of_managers(self):
        self.Manager.register("Items", list, ListProxy)
        self.Manager.register("Maths", Maths, method_to_typeid={"numbers": "Items", "child": "Maths", "first": "set"})
        other = type("Other", (BaseManager,), {})
        other.register("Items", dict)
        other.register("Keeper", Keeper, method_to_typeid={"kept": "Items"})
        self.addCleanup(gc.collect)
        types = self.described()[0].provider._types
        self.assertEqual(
            (types["Maths"].shared_as, types["Keeper"].shared_as),
            ({"numbers": "list", "child": "Maths", "first": "set"}, {"kept": "dict"}))

    def test_what_is_registered_twice(self):
        self.Manager.register("Twice", Maths)
        other = type("Other", (BaseManager,), {})
        other.register("Twice", Keeper)
        self.addCleanup(gc.collect)
        with self.assertRaisesRegex(Exception, "'Twice' is registered by"):
            self.described()

    def test_what_is_registered_once_and_only_named_elsewhere(self):
        # The manager's class inherits it from another one, and others only use it.
        heir = type("Heir", (self.Manager,), {})
        self.Manager.register("Maths", Maths, exposed=["add"])
        heir.register("More", Maths)
        user = type("User", (BaseManager,), {})
        user.register("Maths", exposed=["numbers"])
        first = type("First", (heir,), {})
        first.register("Keeper", exposed=["kept"])
        other = type("Other", (BaseManager,), {})
        other.register("Keeper", Keeper, exposed=["keep"])
        self.addCleanup(gc.collect)
        known = {kind.name: kind.methods for kind in self.described()[1]}
        self.assertEqual((known["Maths"], known["Keeper"], "More" in known), (("add",), ("keep",), True))


class Generic(ProviderCase):
    def test_all_say_what_they_expose(self):
        for name, cls in vars(generic).items():
            if isinstance(cls, type) and issubclass(cls, BaseProxy) and cls is not BaseProxy:
                self.assertTrue(cls._exposed_, name)

    def echo(self, proxytype):
        """A proxy of a class to what answers with what it was asked."""
        return self.made(Echo, proxytype, typeid=proxytype.__name__)

    def test_iterators(self):
        echo = self.echo(managers.IteratorProxy)
        self.assertIs(iter(echo), echo)
        for name in ("__next__", "send", "throw", "close"):
            for args in ((), (1,), (1, "b")):
                self.assertEqual(getattr(echo, name)(*args), (name, args, {}))

    def test_what_is_taken_and_given_back(self):
        for proxytype in (managers.AcquirerProxy, managers.ConditionProxy):
            echo = self.echo(proxytype)
            self.assertEqual(
                (echo.acquire(), echo.acquire(False), echo.acquire(True, 2), echo.acquire(timeout=0)),
                (("acquire", (True,), {}), ("acquire", (False,), {}), ("acquire", (True, 2), {}), ("acquire", (True, 0), {})))
            self.assertEqual((echo.release(), echo.locked()), (("release", (), {}), ("locked", (), {})))
            with mock.patch.object(proxytype, "release", lambda self: seen.append("released")):
                with echo as taken:
                    self.assertEqual((taken, seen), (("acquire", (True,), {}), []))
            self.assertEqual(seen, ["released"])
            seen.clear()

    def test_conditions(self):
        echo = self.echo(managers.ConditionProxy)
        self.assertEqual((echo.wait(), echo.wait(2)), (("wait", (None,), {}), ("wait", (2,), {})))
        self.assertEqual((echo.notify(), echo.notify(3)), (("notify", (1,), {}), ("notify", (3,), {})))
        self.assertEqual(echo.notify_all(), ("notify_all", (), {}))
        values = iter([0, "", 5])
        self.assertEqual(echo.wait_for(lambda: next(values)), 5)
        self.assertEqual((echo.wait_for(lambda: 0, 0), echo.wait_for(lambda: "", timeout=-1)), (0, ""))

    def test_events(self):
        echo = self.echo(managers.EventProxy)
        self.assertEqual((echo.is_set(), echo.set(), echo.clear()), (("is_set", (), {}), ("set", (), {}), ("clear", (), {})))
        self.assertEqual((echo.wait(), echo.wait(2)), (("wait", (None,), {}), ("wait", (2,), {})))

    def test_barriers(self):
        echo = self.echo(managers.BarrierProxy)
        self.assertEqual((echo.wait(), echo.wait(2)), (("wait", (None,), {}), ("wait", (2,), {})))
        self.assertEqual((echo.abort(), echo.reset()), (("abort", (), {}), ("reset", (), {})))
        self.assertEqual((echo.parties, echo.n_waiting, echo.broken), (3, 1, True))

    def test_values(self):
        echo = self.echo(managers.ValueProxy)
        self.assertEqual((echo.get(), echo.value, echo.set(5)), (("get", (), {}), ("get", (), {}), ("set", (5,), {})))
        held = self.made(Held, managers.ValueProxy, typeid="held")
        held.value = 7
        self.assertEqual(held.value, 7)
        self.assertEqual(str(managers.ValueProxy[int]), "multiprocessing.managers.ValueProxy[int]")

    def test_lists(self):
        same = shared = self.made(Items, ListProxy, typeid="items", of=([1, 2],))
        shared += (3,)
        shared *= 2
        self.assertIs(shared, same)
        self.assertEqual((shared._typeid, shared[:], len(shared)), ("items", [1, 2, 3, 1, 2, 3], 6))
        shared.sort(reverse=True)
        self.assertEqual(shared + [0], [3, 3, 2, 2, 1, 1, 0])
        self.assertIsInstance(shared, MutableSequence)

    def test_dicts(self):
        same = shared = self.made(OrderedDict, DictProxy, typeid="ordered", by={"a": 1})
        shared |= {"b": 2}
        self.assertIs(shared, same)
        self.assertEqual((shared._typeid, shared.copy(), list(shared)), ("ordered", {"a": 1, "b": 2}, ["a", "b"]))
        self.assertIsInstance(shared, MutableMapping)
        self.assertEqual(DictProxy._method_to_typeid_, {"__iter__": "Iterator"})

    def test_sets(self):
        same = shared = self.made(Members, managers.SetProxy, typeid="members", of=([1, 2],))
        shared |= {3, 4}
        self.assertEqual(shared.copy(), {1, 2, 3, 4})
        shared -= {4}
        shared &= {2, 3, 5}
        self.assertEqual(shared.copy(), {2, 3})
        shared ^= {3, 6}
        self.assertIs(shared, same)
        self.assertEqual((shared._typeid, shared.copy()), ("members", {2, 6}))
        iterator = iter(shared)
        self.assertEqual((iter(iterator) is iterator, sorted(iterator), list(iterator)), (True, [2, 6], []))
        self.assertIsInstance(shared, MutableSet)
        # What goes over an object may be a plain list.
        listing = self.made(Iterating, managers.SetProxy, typeid="listing", of=([1, 2],))
        self.assertEqual([item for item in listing], [1, 2])


class Held:
    def __init__(self):
        self.held = None

    def get(self):
        return self.held

    def set(self, value):
        self.held = value


if __name__ == "__main__":
    unittest.main()
