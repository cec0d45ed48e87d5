"""Pools: how functions get to the workers, what comes back, and who is called. The workers are the test's own process; what
several do is shown by the program that whole processes run."""

import contextlib
import datetime
import functools
import gc
import io
import math
import os
import sys
import weakref
from unittest import mock

import multiprocessing
from commonhold import boundary, errors, program, tasks, values
from multiprocessing import pool as pools
from multiprocessing import process as processes
from multiprocessing.managers import RemoteError

from .fake_bindings import runtime
from .fake_manager import Failure
from .test_proxies import ProxyCase


def square(number):
    return number * number


def show(*args, **kwargs):
    return args, kwargs


class OwnError(Exception):
    pass


def fail(what):
    if isinstance(what, str):
        raise OwnError(what)
    return what


def leave(status):
    sys.exit(status)


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def times(self, number):
        return self.factor * number

    __call__ = times

    @classmethod
    def named(cls, number):
        return cls.__name__, number


class Partial(functools.partial):
    """One that is not taken apart by another one."""

    def __new__(cls, /, *args, **kwargs):
        made = super().__new__(cls, *args, **kwargs)
        made.own = True
        return made


class _Exit(BaseException):
    pass


class PoolCase(ProxyCase):
    def setUp(self):
        super().setUp()
        values.own_modules.add(__name__)
        self.addCleanup(values.own_modules.discard, __name__)
        self.entries = []
        self.host.work = self.work
        tasks.known.clear()
        processes._current, processes._parent, processes._pid = processes._MainProcess(), None, None
        self.addCleanup(tasks.known.clear)
        self.addCleanup(setattr, processes, "_current", processes._MainProcess())

    def work(self, entry, args):
        """Does a task as a worker does."""
        self.entries.append(entry)
        saved = processes._current, processes._parent
        with mock.patch.object(program, "import_script"):
            value, error = program.run(entry, [runtime.value(arg) for arg in args])
        processes._current, processes._parent = saved
        # As it leaves the process and gets into this one.
        if error is None:
            try:
                return runtime.returned(boundary.instance_of(boundary.Ok, values.outgoing(value)))
            except Exception as exception:
                error = program.unsent(entry, exception, value)
        raise runtime.failure(error)

    def pools(self):
        """A pool of either kind."""
        return multiprocessing.Pool(2), self.manager.Pool(2)


class Functions(PoolCase):
    def test_functions_go_by_name(self):
        name = __name__
        for function, args, kwds, entry, expected in (
            (square, (3,), {}, f"{name}.square", 9),
            (show, (1, [2]), {"k": 3}, f"+{name}.show", ((1, [2]), {"k": 3})),
            (functools.partial(Partial(show, 1, k=2, l=3), 4, l=5), (6,), {"m": 7}, f"+{name}.show",
             ((1, 4, 6), {"k": 2, "l": 5, "m": 7})),
            (Scale(4).times, (5,), {}, ".times", 20),
            (functools.partial(Scale(4).times, 5), (), {}, ".times", 20),
            (Scale(4), (5,), {}, ".__call__", 20),
            (Scale.named, (5,), {}, ".named", ("Scale", 5)),
            (math.sqrt, (9,), {}, "math.sqrt", 3.0),
            (abs, (-3,), {}, "builtins.abs", 3),
            (str.upper, ("a",), {}, "builtins.str.upper", "A"),
            (int.__add__, (1, 2), {}, "builtins.int.__add__", 3),
            ({"a": 5}.get, ("a",), {}, ".get", 5),
            (datetime.date.fromisoformat, ("2000-01-02",), {}, "datetime.date.fromisoformat", datetime.date(2000, 1, 2)),
            (os.path.join, ("a", "b"), {}, "posixpath.join", "a/b"),
            (sorted, ([2, 1],), {"reverse": True}, "+builtins.sorted", [2, 1]),
        ):
            for pool in self.pools():
                with self.subTest(function=repr(function), pool=type(pool)):
                    self.assertEqual(pool.apply(function, args, kwds), expected)
                    self.assertEqual(pool.apply_async(function, args, kwds).get(), expected)
                    self.assertEqual(self.entries[-1], "multiprocessing.pool:" + entry)

    def test_what_cannot_be_sent(self):
        for pool in self.pools():
            with self.fails(values.PicklingError):
                pool.apply(lambda: 1)
            with self.fails(values.PicklingError):
                pool.map(lambda x: 1, [1])
            with self.fails(TypeError, "cannot pickle 'module' object"):
                pool.apply(square, (os,))
            with self.fails(TypeError, "'str' object is not callable"):
                pool.apply("square", (1,))

    def test_several(self):
        pairs = [(1, 2), [3, 4]]
        shared = self.manager.list([1, 2, 3])
        for pool in self.pools():
            self.assertEqual(pool.map(square, range(4)), [0, 1, 4, 9])
            self.assertEqual(pool.map(square, (n for n in [1, 2]), 2), [1, 4])
            self.assertEqual(self.host.chunk_size, 2)
            self.assertEqual(pool.map_async(square, shared).get(), [1, 4, 9])
            self.assertEqual(pool.map(functools.partial(show, 1, k=2), "ab"), [((1, "a"), {"k": 2}), ((1, "b"), {"k": 2})])
            self.assertEqual(pool.map(Scale(3), []), [])
            self.assertEqual(pool.starmap(pow, pairs), [1, 81])
            self.assertEqual(pool.starmap(show, [iter("ab")]), [(("a", "b"), {})])
            self.assertEqual(pool.starmap_async(functools.partial(pow, 2), [(3,)], chunksize=1).get(), [8])
            self.assertEqual(list(pool.imap(square, range(3), chunksize=2)), [0, 1, 4])
            self.assertEqual(list(pool.imap_unordered(square, range(3))), [4, 1, 0])
            with self.fails(TypeError, "'int' object is not iterable"):
                pool.starmap(pow, [1])
            for bad in (0, -1):
                with self.fails(ValueError, f"Chunksize must be 1+, not {bad}"):
                    pool.map(square, [1], bad)
                with self.fails(ValueError, f"Chunksize must be 1+, not {bad}"):
                    pool.imap(square, [1], chunksize=bad)


class Outcomes(PoolCase):
    def test_errors_are_those_of_the_task(self):
        for pool in self.pools():
            with self.fails(OwnError, "why") as caught:
                pool.apply(fail, ("why",))
            cause = caught.exception.__cause__
            self.assertIsInstance(cause, pools.RemoteTraceback)
            self.assertIn("in fail\n", str(cause))
            self.assertNotIn("tasks.py", str(cause))
            with self.fails(OwnError, "why"):
                pool.map(fail, [1, "why", 2])
            items = pool.imap(fail, [1, "why", 2])
            self.assertEqual(next(items), 1)
            with self.fails(OwnError, "why"):
                next(items)

    def test_what_cannot_come_back(self):
        for pool in self.pools():
            with self.assertRaises(pools.MaybeEncodingError) as caught:
                pool.apply(compile, ("1", "here", "eval"))
            error = caught.exception
            self.assertRegex(error.value, "^<code object <module> at ")
            self.assertEqual(error.exc, """TypeError("cannot pickle 'code' object")""")
            self.assertEqual(str(error), f"Error sending result: '{error.value}'. Reason: '{error.exc}'")
            self.assertEqual(repr(error), f"<MaybeEncodingError: {error}>")

    def test_an_error_of_the_package_keeps_its_class(self):
        for cls in (multiprocessing.TimeoutError, multiprocessing.ProcessError, RemoteError):
            error = errors.exception_of(errors.error_of(cls("why")))
            self.assertIs(type(error), cls)
            self.assertEqual(error.args, ("why",))
        unknown = errors.Error(errors.ErrorKind.OTHER, "multiprocessing.nothing", "why", None, None)
        self.assertIs(type(errors.exception_of(unknown)).__mro__[1], errors.ForeignError)

    def test_a_result_over_time(self):
        for pool, name, again in zip(self.pools(), ("ApplyResult", "AutoProxy[AsyncResult]"), (True, False)):
            result = pool.apply_async(show, ([1],))
            self.assertEqual(type(result).__name__, name)
            self.assertIs(result.ready(), False)
            with self.fails(ValueError, "<multiprocessing.pool.ApplyResult object at 0x1> not ready"):
                result.successful()
            with self.fails(multiprocessing.TimeoutError):
                result.get(0)
            self.assertIsNone(result.wait(0))
            self.assertIs(result.ready(), False)
            self.assertIsNone(result.wait())
            self.assertIs(result.ready(), True)
            self.assertIs(result.successful(), True)
            self.assertEqual(result.get(timeout=5), (([1],), {}))
            self.assertIs(result.get() is result.get(), again)
            failed = pool.map_async(fail, ["why"])
            failed.wait(1)
            self.assertIs(failed.successful(), False)
            for _ in range(2):
                with self.fails(OwnError, "why"):
                    failed.get()

    def test_an_iterator_with_a_timeout(self):
        for pool in self.pools():
            items = pool.imap(show, [None])
            self.assertIs(iter(items), items)
            with self.fails(multiprocessing.TimeoutError):
                items.next(timeout=0)
            self.assertEqual(items.next(timeout=1), ((None,), {}))
            with self.assertRaises(StopIteration):
                items.next(1)
            with self.assertRaises(StopIteration):
                items.next()
        self.assertIsNone(self.manager._create("Iterator", [None]).next(1))

    def test_results_are_let_go(self):
        for pool in self.pools():
            handles = len(runtime.handles)
            pool.apply(show, ([1],))
            pool.map(square, [1])
            result = pool.apply_async(fail, ("why",))
            with self.fails(OwnError, "why"):
                result.get()
            with self.fails(OwnError, "why"):
                pool.apply(fail, ("why",))
            del result
            self.assertEqual(len(runtime.handles), handles)


class Callbacks(PoolCase):
    def test_functions_are_called_before_the_process_knows(self):
        looks = {
            "get": lambda result, pool: result.get(),
            "wait": lambda result, pool: result.wait(),
            "ready": lambda result, pool: result.ready(),
            "successful": lambda result, pool: result.successful(),
            "close": lambda result, pool: pool.close(),
            "terminate": lambda result, pool: pool.terminate(),
        }
        for name, look in looks.items():
            for pool in self.pools():
                with self.subTest(look=name, pool=type(pool)):
                    called = []
                    result = pool.apply_async(square, (3,), callback=called.append, error_callback=called.append)
                    self.assertFalse(result.ready())
                    self.assertEqual(called, [])
                    self.host.async_results_wait(runtime.handles[result._handle.handle], None)
                    self.assertEqual(called, [])
                    look(result, pool)
                    self.assertEqual(called, [9])
                    result.ready()
                    result.get()
                    self.assertEqual(called, [9])
                    self.assertFalse(pool._pending)

    def test_joining_calls_for_results_that_nobody_has(self):
        for pool in self.pools():
            called = []
            pool.apply_async(square, (3,), callback=called.append)
            pool.map_async(fail, ["why", 1], callback=called.append, error_callback=lambda error: called.append(error.args))
            pool.starmap_async(pow, [(2, 3)], None, called.append)
            pool.close()
            self.assertEqual(called, [])
            pool.join()
            self.assertEqual(called, [9, ("why",), [8]])

    def test_they_are_called_once_even_if_they_fail(self):
        for pool in self.pools():
            called = []

            def call(value):
                called.append(value)
                raise KeyError(value)

            result = pool.apply_async(square, (3,), callback=call)
            with self.fails(KeyError, 9):
                result.get()
            self.assertEqual(result.get(), 9)
            self.assertEqual(called, [9])

    def test_nobody_is_called_for_what_was_terminated(self):
        for pool in self.pools():
            called = []
            pool.apply_async(square, (3,), callback=called.append, error_callback=called.append)
            with pool:
                pass
            pool.join()
            self.assertEqual(called, [])

    def test_a_shared_objects_method_is_called_by_the_manager(self):
        for pool in self.pools():
            values_, texts = self.manager.list(), self.manager.list()
            pool.apply_async(square, (3,), callback=values_.append, error_callback=texts.append)
            pool.apply_async(fail, ("why",), callback=values_.append, error_callback=texts.append)
            self.assertIsNone(pool._pending)
            pool.close()
            pool.join()
            self.assertEqual((list(values_), list(texts)), ([9], [f"{__name__}.OwnError: why"]))
        pool = multiprocessing.Pool(2)
        queue = multiprocessing.Queue()
        pool.apply_async(square, (3,), callback=queue.put)
        self.assertIsNone(pool._pending)
        # What only this process can do, it does.
        local = pool.apply_async(square, (4,), callback=values_._callmethod)
        self.assertEqual(list(pool._pending.values()), [local])

    def test_a_pool_is_not_kept_by_what_is_to_be_called(self):
        gc.disable()
        self.addCleanup(gc.enable)
        for make in (multiprocessing.Pool, self.manager.Pool):
            pool = make(2)
            result = pool.apply_async(square, (3,), callback=print)
            gone = weakref.ref(pool)
            del pool
            self.assertIsNone(gone())
            with contextlib.redirect_stdout(io.StringIO()) as out:
                result.get()
            self.assertEqual(out.getvalue(), "9\n")


class Lives(PoolCase):
    def test_options(self):
        pool = multiprocessing.Pool(3, square, (5,), 7, retries=2)
        options = runtime.handles[pool._handle.handle].state.options
        self.assertEqual((options.workers, options.program, options.chunks_per_worker, options.retries), (3, None, 7, 2))
        entry, (header, *args) = options.initializer
        self.assertEqual((entry, args), (f"multiprocessing.pool.begin:{__name__}.square", [5]))
        self.assertEqual(header[:3], ("MainProcess", self.host.me.id, ()))
        as_many = multiprocessing.Pool()
        self.assertIsNone(runtime.handles[as_many._handle.handle].state.options.workers)
        self.assertEqual(str(self.manager.Pool(3)), "<multiprocessing.pool.Pool state=RUN pool_size=3>")
        self.assertEqual(repr(pool), "<multiprocessing.pool.Pool state=RUN pool_size=3>")
        self.assertRegex(repr(self.manager.Pool(3)), "^<PoolProxy object, typeid 'Pool' at 0x[0-9a-f]+>$")

    def test_misuse(self):
        for kwds, cls, message in (
            ({"processes": 0}, ValueError, "Number of processes must be at least 1"),
            ({"processes": -1}, ValueError, "Number of processes must be at least 1"),
            ({"processes": 1.5}, TypeError, "'float' object cannot be interpreted as an integer"),
            ({"initializer": 5}, TypeError, "initializer must be a callable"),
            ({"maxtasksperchild": 0}, ValueError, "maxtasksperchild must be a positive int or None"),
            ({"maxtasksperchild": "1"}, ValueError, "maxtasksperchild must be a positive int or None"),
            ({"retries": -1}, ValueError, "retries must not be negative"),
        ):
            with self.subTest(kwds=kwds):
                with self.fails(cls, message):
                    multiprocessing.Pool(**kwds)
                with self.assertRaises(RemoteError) as caught:
                    self.manager.Pool(**kwds)
                self.assertIsInstance(caught.exception, cls)
                self.assertIn(message, str(caught.exception))
        with self.assertRaisesRegex(NotImplementedError, "no threads"):
            pools.ThreadPool(2)

    def test_a_closed_pool(self):
        for pool in self.pools():
            with self.fails(ValueError, "Pool is still running"):
                pool.join()
            pool.close()
            pool.join()
            for use in (lambda: pool.apply(square, (1,)), lambda: pool.map(square, [1]), lambda: pool.imap(square, [1])):
                with self.fails(ValueError, "Pool not running"):
                    use()
        pool, _ = self.pools()
        with pool as same:
            self.assertIs(same, pool)
        self.assertIn("state=TERMINATE", repr(pool))
        with self.fails(ValueError, "Pool not running"):
            with pool:
                pass

    def test_what_is_not_done_is_cancelled(self):
        for pool in self.pools():
            result = pool.apply_async(square, (1,))
            with pool:
                pass
            with self.assertRaisesRegex(RemoteError, "the pool was terminated"):
                result.get()

    def test_a_pool_travels_as_a_proxy_only(self):
        proxy = self.manager.Pool(2)
        shared = self.manager.list([proxy, proxy.apply_async(square, (2,))])
        self.assertIs(shared[0], proxy)
        self.assertEqual(shared[1].get(), 4)
        with self.fails(NotImplementedError, "pool objects cannot be passed between processes or pickled"):
            shared.append(multiprocessing.Pool(2))
        with self.fails(TypeError, "cannot pickle 'multiprocessing.pool.ApplyResult' object"):
            shared.append(multiprocessing.Pool(2).apply_async(square, (2,)))

    def test_a_worker_begins(self):
        seen = []
        number = self.manager.Value("q", 1)
        for count in (1, 2):
            def importing():
                with self.assertRaisesRegex(RuntimeError, "bootstrapping phase"):
                    self.manager.Pool(1)
                seen.append(multiprocessing.current_process().name)

            with mock.patch.object(program, "import_script", importing):
                header = ("Al", 7, (5,), runtime.handles[number._handle.handle])
                value, error = program.run(
                    f"multiprocessing.pool.begin:{__name__}.square", [runtime.value(header), runtime.value(3)])
            self.assertEqual((value, error), (None, None))
            worker = multiprocessing.current_process()
            self.assertEqual((worker.name, worker.daemon), (f"SpawnPoolWorker-5:{count}", True))
            self.assertEqual((multiprocessing.parent_process().name, processes.own_parent_pid()), ("Al", 7))
            with self.fails(AssertionError, "daemonic processes are not allowed to have children"):
                multiprocessing.Pool(1)
            self.manager.Pool(1)
        self.assertEqual(seen, ["SpawnPoolWorker-5:1", "SpawnPoolWorker-5:2"])

    def test_a_task_that_leaves_takes_its_worker_along(self):
        statuses = []

        def exit(status):
            statuses.append(status)
            raise _Exit

        with mock.patch.object(processes, "exit_now", exit):
            for status in (0, 3):
                with self.assertRaises(_Exit):
                    self.work(f"multiprocessing.pool:{__name__}.leave", [status])
        self.assertEqual(statuses, [0, 3])

    def test_entries_that_are_no_workers(self):
        for entry in ("nothing", f"{__name__}.nothing", "+", ".", "", ".nothing", "a b", "+builtins.abs"):
            with self.subTest(entry=entry), self.assertRaises(Failure):
                self.work(f"multiprocessing.pool:{entry}", [5])
            with self.subTest(entry=entry), self.assertRaises(Failure):
                self.work(f"multiprocessing.pool.begin:{entry}", [5])
