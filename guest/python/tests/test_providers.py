"""Types that a program registers with its managers: what their process is told, what it does, and the proxies to its objects.
The process is the test's own; what several do is shown by the program that whole processes run."""

import functools
import gc
import operator
import queue
import threading
import unittest
from collections import OrderedDict, defaultdict

import multiprocessing
from commonhold import errors, generic, provided, proxies, registry, values
from multiprocessing import managers, process as processes
from multiprocessing.managers import (
    AutoProxy, BaseManager, BaseProxy, DictProxy, IteratorProxy, ListProxy, MakeProxyType, NamespaceProxy, ProviderDied,
    RemoteError, SyncManager,
)

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


class ModuleManager(BaseManager):
    pass


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

    def test_a_manager_that_registers_nothing_starts_nothing(self):
        manager = self.started()
        self.assertIsNone(manager._process)
        for callable, typeid in (
            (list, "list"), (dict, "dict"), (set, "set"), (queue.Queue, "Queue"), (threading.Event, "Event"),
            (threading.Semaphore, "Semaphore"), (managers.Namespace, "Namespace"),
        ):
            made = self.made(callable, typeid=f"Own{typeid}")
            self.assertEqual(made._typeid, typeid)
            self.assertEqual((made._manager, getattr(made._manager, "_process", None)), (None, None))
        self.assertIsInstance(self.made(list, ListProxy, typeid="L", of=([1],)), ListProxy)
        self.assertEqual(self.made(list, ListProxy, typeid="L", of=([1],))._typeid, "list")

    def test_a_type_of_ones_own_under_a_built_in_name(self):
        class Manager(SyncManager):
            pass

        self.Manager = Manager
        self.assertEqual(self.made(Maths, typeid="list", of=(1,)).add(1), 3)
        self.assertEqual(self.made(Maths, MathsProxy, typeid="dict", of=(1,)).add(1), 3)
        self.assertEqual(str(self.started().set([1])), "{1}")
        self.assertEqual(str(multiprocessing.Manager().list([1])), "[1]")

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

    def test_the_initializer_runs_in_the_process_before_all_else(self):
        manager = self.started(begin, (1, [2]))
        self.assertEqual(seen, [(1, [2])])
        self.assertIsNotNone(manager._process)
        with self.assertRaisesRegex(OwnError, "no"):
            self.started(fail_to_begin)

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
        with self.Manager(address=("", 1)):
            with self.assertRaises(OSError):
                self.Manager(address=("", 1)).start()

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
        server._manager.join = lambda: self.assertEqual(self.connected(("", 7)).nothing().add(1), 11)
        with self.fails(SystemExit, 0):
            server.serve_forever()
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
        # What an object says itself is its own.
        with self.fails(AttributeError):
            maths.ask(5)

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

    def test_of_a_call_that_comes_back(self):
        maths = self.made(Maths)
        # A narrowed proxy is asked by way of the manager.
        with self.fails(RemoteError) as caught:
            maths.ask(maths._narrow(["add"]), "add", (1,))
        self.assertIn("Deadlock", str(caught.exception))


class Results(ProviderCase):
    def test_what_a_method_returns_is_shared_as_a_type(self):
        self.Manager.register("Child", create_method=False, exposed=["add"])
        maths = self.made(Maths, method_to_typeid={"child": "Child", "first": "Child"}, exposed=["add"])
        self.assertEqual(sorted(maths._exposed_), ["add", "child", "first"])
        child = maths.child(5)
        self.assertEqual((child._typeid, child.add(1), child._exposed_), ("Child", 7, ("add",)))
        self.assertEqual(maths.first(), child)

    def test_of_a_type_that_has_a_callable_it_is_that_ones_argument(self):
        self.Manager.register("Wrapped", Maths)
        maths = self.made(Maths, method_to_typeid={"add": "Wrapped"}, exposed=["add"])
        self.assertEqual(maths.add(5).add(1), 8)
        self.assertFalse(maths.add(5) == maths.add(5))

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

    def test_iterators(self):
        maths = self.made(
            Maths, method_to_typeid={"count": "Iterator", "numbers": "Iterator"}, exposed=["add"], of=(3,))
        count = maths.count(4)
        self.assertIsInstance(count, IteratorProxy)
        self.assertEqual((next(count), list(count), list(count)), (0, [1, 2, 3], []))
        numbers = maths.numbers()
        self.assertEqual((numbers._typeid, list(numbers)), ("Iterator", [1, 2, 3]))

    def test_what_is_gone_over_needs_no_type(self):
        frozen = self.made(frozenset, managers.SetProxy, typeid="frozen", of=([1, 2],))
        self.assertEqual((sorted(frozen), frozen | {3}, 2 in frozen), ([1, 2], {1, 2, 3}, True))
        walk = self.made(Walk, typeid="walk", exposed=["__iter__", "__reversed__"])
        self.assertEqual((list(walk), list(walk), list(walk.__reversed__())), ([0, 1], [0, 1], [1, 0]))

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

    def test_a_copy_and_a_text(self):
        maths = self.made(Maths, of=(4,))
        copy = maths._getvalue()
        self.assertEqual((type(copy), copy.base), (Maths, 4))
        self.assertRegex(str(maths), "^<tests.test_providers.Maths object at 0x")
        self.assertEqual(maths._callmethod("#GETVALUE").base, 4)
        self.assertEqual(maths._callmethod("__str__"), str(maths))
        self.assertEqual(maths._callmethod("__repr__"), str(maths))


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

    def test_made_proxy_types(self):
        cls = MakeProxyType("Numbers", ["add", "numbers"])
        self.assertIs(MakeProxyType("Numbers", ("add", "numbers")), cls)
        self.assertEqual((cls.__name__, cls._exposed_), ("Numbers", ("add", "numbers")))
        maths = self.made(Maths, cls, of=(5,))
        self.assertEqual((type(maths), maths.add(1), maths.numbers()), (cls, 7, [1, 2, 5]))

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
        self.assertEqual(one.ask(two, "#GETVALUE").base, 2)
        with self.fails(RemoteError):
            one.ask(two, "_hidden")

    def test_values_are_copies_there_too(self):
        keeper = self.made(Keeper)
        self.assertEqual(keeper.keep_in(keeper, [1]), [1, "changed"])
        self.assertEqual(keeper.kept(), [1])

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


class Hosted(ProviderCase):
    """A script that the host loads as a provider."""

    def described(self):
        server = Server(self.host, provided.Provider())
        return server, server.ask(server.provider.describe, [], lambda: None)

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

    def test_what_is_registered_twice(self):
        self.Manager.register("Twice", Maths)
        other = type("Other", (BaseManager,), {})
        other.register("Twice", Keeper)
        self.addCleanup(gc.collect)
        with self.assertRaisesRegex(Exception, "'Twice' is registered by"):
            self.described()


class Generic(unittest.TestCase):
    def test_all_say_what_they_expose(self):
        for name, cls in vars(generic).items():
            if isinstance(cls, type) and issubclass(cls, BaseProxy) and cls is not BaseProxy:
                self.assertTrue(cls._exposed_, name)


if __name__ == "__main__":
    unittest.main()
