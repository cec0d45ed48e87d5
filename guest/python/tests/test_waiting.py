"""What processes wait for, as far as one that is alone can tell: by the manager's proxies, and as ``multiprocessing``'s own.
What it is to wait is shown by the programs that whole processes run."""

import functools
import queue
import threading
import unittest

import commonhold
import multiprocessing
from commonhold import values
from commonhold.locks import AcquirerProxy
from commonhold.waiting import BarrierProxy, ConditionProxy, EventProxy
from multiprocessing.managers import AutoProxy, RemoteError
from multiprocessing import connection, queues, synchronize
from multiprocessing.process import errand

from .fake_manager import Failure
from .test_proxies import ProxyCase


class Proxies(ProxyCase):
    def test_a_reentrant_lock(self):
        lock = self.manager.RLock()
        self.assertIsInstance(lock, AcquirerProxy)
        self.assertRegex(repr(lock), r"^<AcquirerProxy object, typeid 'RLock' at 0x[0-9a-f]+>$")
        with lock as taken:
            self.assertIs(taken, True)
            self.assertIs(lock.acquire(blocking=False), True)
            lock.release()
            self.assertTrue(lock.locked())
        self.assertFalse(lock.locked())
        with self.fails(RuntimeError, "cannot release un-acquired lock"):
            lock.release()
        with self.fails(ValueError, "can't specify a timeout for a non-blocking call"):
            lock.acquire(False, 1)
        with self.fails(ValueError, "timeout value must be a non-negative number"):
            lock.acquire(timeout=-5)

    def test_semaphores(self):
        semaphore = self.manager.Semaphore(2)
        self.assertIsInstance(semaphore, AcquirerProxy)
        with semaphore:
            self.assertTrue(semaphore.acquire(timeout=0))
            self.assertFalse(semaphore.acquire(False))
            self.assertTrue(semaphore.locked())
            semaphore.release(n=3)
            self.assertEqual(semaphore.get_value(), 3)
        self.assertEqual(semaphore.get_value(), 4)
        bounded = self.manager.BoundedSemaphore()
        self.assertIs(type(bounded), type(semaphore))
        self.assertTrue(bounded.acquire())
        bounded.release()
        with self.fails(ValueError, "Semaphore released too many times"):
            bounded.release()
        with self.assertRaises(RemoteError) as caught:
            self.manager.Semaphore(-1)
        self.assertIsInstance(caught.exception, ValueError)

    def test_what_was_abandoned_says_so(self):
        for make in ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition"):
            proxy = getattr(self.manager, make)()
            self.host.live[proxy._number].abandoned = True
            proxy.acquire()
            self.assertIs(proxy.abandoned, True)
            proxy.release()
            proxy.acquire()
            self.assertIs(proxy.abandoned, False)
        self.host.live[proxy._number].abandoned = True
        self.assertEqual((proxy.wait(0), proxy.abandoned), (False, True))
        own = multiprocessing.Condition()
        with own:
            self.host.live[own._proxy._number].abandoned = True
            own.wait(0)
            self.assertTrue(own.abandoned and own._lock.abandoned)
        with own:
            self.assertFalse(own.abandoned)

    def test_timeouts_that_are_no_numbers(self):
        for wait in (self.manager.Semaphore(0).acquire, self.manager.RLock().acquire, multiprocessing.Condition().acquire):
            with self.assertRaises(TypeError):
                wait(True, "x")
        with self.fails(ValueError, "can't specify timeout for non-blocking acquire"):
            self.manager.Semaphore(1).acquire(False, 1)
        self.assertFalse(self.manager.Semaphore(0).acquire(timeout=-1))

    def test_a_condition(self):
        for lock in (None, self.manager.Lock(), self.manager.RLock(), multiprocessing.Lock(), multiprocessing.RLock()):
            condition = self.manager.Condition(*[] if lock is None else [lock])
            self.assertIs(type(condition), ConditionProxy)
            with self.fails(RuntimeError, "cannot wait on un-acquired lock"):
                condition.wait()
            with self.fails(RuntimeError, "cannot notify on un-acquired lock"):
                condition.notify()
            with condition:
                self.assertTrue(condition.locked())
                self.assertTrue(lock is None or lock.locked())
                self.assertIs(condition.wait(0), False)
                condition.notify(2)
                condition.notify_all()
            self.assertFalse(condition.locked())

    def test_a_predicate_is_evaluated_here(self):
        for condition in (self.manager.Condition(), multiprocessing.Condition()):
            asked = []
            # Without the lock, if it is true already.
            self.assertEqual(condition.wait_for(lambda: "yes"), "yes")
            with condition:
                answers = iter([0, 0, "yes"])
                waits = []
                wait = type(condition).wait
                type(condition).wait = lambda self, timeout=None: waits.append(timeout)
                self.addCleanup(setattr, type(condition), "wait", wait)
                self.assertEqual(condition.wait_for(lambda: next(answers)), "yes")
                self.assertEqual(waits, [None, None])
                answers = iter([0, 7])
                self.assertEqual(condition.wait_for(lambda: next(answers), 1000), 7)
                self.assertTrue(990 < waits[2] <= 1000)
                self.assertEqual(condition.wait_for(lambda: asked.append(1) or [], 0), [])
                self.assertEqual((len(asked), len(waits)), (1, 3))
            with self.assertRaises(ZeroDivisionError):
                condition.wait_for(lambda: 1 / 0)

    def test_an_event(self):
        event = self.manager.Event()
        self.assertIs(type(event), EventProxy)
        self.assertEqual((event.is_set(), event.wait(0), event.wait(timeout=0)), (False, False, False))
        self.assertIsNone(event.set())
        self.assertEqual((event.is_set(), event.wait()), (True, True))
        self.assertIsNone(event.clear())
        self.assertFalse(event.is_set())
        self.assertFalse(hasattr(event, "isSet"))

    def test_a_barrier(self):
        barrier = self.manager.Barrier(1, timeout=5)
        self.assertIs(type(barrier), BarrierProxy)
        self.assertEqual((barrier.parties, barrier.n_waiting, barrier.broken, barrier.wait()), (1, 0, False, 0))
        barrier.abort()
        self.assertTrue(barrier.broken)
        with self.fails(threading.BrokenBarrierError):
            barrier.wait(1)
        barrier.reset()
        self.assertFalse(barrier.broken)
        with self.fails(threading.BrokenBarrierError):
            self.manager.Barrier(2).wait(0)

    def test_the_action_of_a_barrier(self):
        self.assertEqual(self.manager.Barrier(1, print).wait(), 0)
        header = ("Errand", False, (), "MainProcess", multiprocessing.current_process().pid)
        self.assertEqual(errand(print), (None, "multiprocessing:builtins.print", [header, (), {}]))
        self.assertEqual(errand(functools.partial(print, 1, sep="")),
                         (None, "multiprocessing:builtins.print", [header, (1,), {"sep": ""}]))
        with self.assertRaises(values.PicklingError):
            self.manager.Barrier(2, lambda: None)

    def test_the_first_of_several(self):
        items, event, lock = self.manager.Queue(), self.manager.Event(), multiprocessing.Lock()
        self.assertIsNone(commonhold.wait_for_first([items, event], 0))
        self.assertEqual(commonhold.wait_for_first((items, event, lock)), (2, False))
        event.set()
        items.put([1, "two"])
        self.assertEqual(commonhold.wait_for_first([event, items]), (0, None))
        self.assertEqual(commonhold.wait_for_first([items, event], timeout=1.5), (0, [1, "two"]))
        with self.assertRaisesRegex(TypeError, "a 'int' object cannot be waited for"):
            commonhold.wait_for_first([5])
        with self.assertRaisesRegex(TypeError, "a 'int' object is no process's sentinel"):
            connection.wait([5])
        self.assertEqual(connection.wait([]), [])

    def test_a_queue(self):
        for name in ("Queue", "JoinableQueue"):
            shared = getattr(self.manager, name)(maxsize=2)
            self.assertIsInstance(shared, AutoProxy)
            self.assertEqual(type(shared).__name__, f"AutoProxy[{name}]")
            inner = self.manager.list()
            shared.put(inner)
            shared.put(item=(1, 2), block=True, timeout=5)
            self.assertEqual((shared.qsize(), shared.empty(), shared.full()), (2, False, True))
            for put in (lambda: shared.put(3, False), lambda: shared.put_nowait(3), lambda: shared.put(3, timeout=0)):
                with self.fails(queue.Full):
                    put()
            self.assertIs(shared.get(), inner)
            self.assertEqual(shared.get(block=False), (1, 2))
            for get in (lambda: shared.get(False), shared.get_nowait, lambda: shared.get(timeout=0)):
                with self.fails(queue.Empty):
                    get()
            with self.fails(ValueError, "'timeout' must be a non-negative number"):
                shared.get(timeout=-1)
            shared.task_done()
            shared.task_done()
            shared.join()
            with self.fails(ValueError, "task_done() called too many times"):
                shared.task_done()
            with self.assertRaises(AttributeError):
                shared.maxsize

    @unittest.skipUnless(hasattr(queue, "ShutDown"), "this Python's queues cannot be shut down")
    def test_a_queue_that_is_shut_down(self):
        shared = self.manager.Queue()
        shared.put(1)
        shared.shutdown()
        with self.fails(queue.ShutDown):
            shared.put(2)
        self.assertEqual(shared.get(), 1)
        with self.fails(queue.ShutDown):
            shared.get()

    def test_a_hopeless_wait_says_so(self):
        def hopeless(*args):
            raise Failure("deadlock", "p:main would wait for itself", type_name="Deadlock")

        self.host.proxy_call = self.host.rlocks_acquire = self.host.conditions_wait = hopeless
        for wait in (multiprocessing.Queue().get, multiprocessing.RLock().acquire, multiprocessing.Event().wait,
                     multiprocessing.Condition().wait, multiprocessing.Barrier(2).wait, multiprocessing.Semaphore().release):
            with self.assertRaisesRegex(RemoteError, "Deadlock: p:main would wait for itself"):
                wait()


class OwnLocks(ProxyCase):
    def test_a_lock(self):
        lock = multiprocessing.Lock()
        self.assertIsInstance(lock, synchronize.Lock)
        self.assertEqual(repr(lock), "<Lock(owner=None)>")
        with lock as taken:
            self.assertIs(taken, True)
            self.assertEqual((repr(lock), lock.locked()), ("<Lock(owner=MainProcess)>", True))
            for args in ((False,), (False, 5), (True, 0), (True, -5)):
                self.assertIs(lock.acquire(*args), False)
            self.assertIs(lock.acquire(block=False, timeout=None), False)
        self.assertFalse(lock.locked())
        with self.fails(ValueError, "semaphore or lock released too many times"):
            lock.release()
        with self.fails(TypeError, "must be real number, not str"):
            lock.acquire(True, "x")
        lock._proxy.acquire()
        self.assertEqual(repr(lock), "<Lock(owner=SomeOtherProcess)>")

    def test_an_abandoned_lock_says_so(self):
        for lock in (multiprocessing.Lock(), multiprocessing.RLock(), multiprocessing.Semaphore()):
            self.host.live[lock._proxy._number].abandoned = True
            self.assertTrue(lock.acquire())
            self.assertTrue(lock.abandoned)
            lock.release()
            lock.acquire()
            self.assertFalse(lock.abandoned)

    def test_a_reentrant_lock(self):
        lock = multiprocessing.RLock()
        self.assertEqual(repr(lock), "<RLock(None, 0)>")
        with lock, lock:
            self.assertEqual(repr(lock), "<RLock(MainProcess, 2)>")
            self.assertTrue(lock.acquire(False, 3))
            lock.release()
        with self.fails(AssertionError, "attempt to release recursive lock not owned by thread"):
            lock.release()
        state = self.host.live[lock._proxy._number].state
        state._owner += 1
        lock.acquire()
        self.assertEqual(repr(lock), "<RLock(SomeOtherProcess, nonzero)>")

    def test_semaphores(self):
        semaphore = multiprocessing.Semaphore()
        self.assertEqual((repr(semaphore), semaphore.get_value()), ("<Semaphore(value=1)>", 1))
        with semaphore:
            self.assertEqual((semaphore.acquire(False), semaphore.acquire(True, -1), semaphore.locked()), (False, False, True))
        semaphore.release()
        self.assertEqual(semaphore.get_value(), 2)
        bounded = multiprocessing.BoundedSemaphore(3)
        bounded.acquire()
        self.assertEqual(repr(bounded), "<BoundedSemaphore(value=2, maxvalue=3)>")
        bounded.release()
        with self.fails(ValueError, "semaphore or lock released too many times"):
            bounded.release()
        with self.fails(ValueError, "semaphore initial value must be >= 0"):
            multiprocessing.Semaphore(-1)
        with self.fails(TypeError, "'str' object cannot be interpreted as an integer"):
            multiprocessing.BoundedSemaphore("x")

    def test_a_condition(self):
        for lock in (None, multiprocessing.Lock(), multiprocessing.RLock(), self.manager.RLock()):
            condition = multiprocessing.Condition(lock)
            with self.fails(AssertionError, "must acquire() condition before using wait()"):
                condition.wait()
            for notify in (condition.notify, condition.notify_all):
                with self.fails(AssertionError, "lock is not owned"):
                    notify()
            with condition:
                self.assertEqual((condition.wait(0), condition.wait(-1)), (False, False))
                condition.notify(n=3)
                condition.notify_all()
                self.assertFalse(lock is not None and not lock.locked())
            self.assertTrue(condition.acquire(timeout=5))
            condition.release()
        self.assertEqual(repr(multiprocessing.Condition()), "<Condition(<RLock(None, 0)>, 0)>")

    def test_an_event(self):
        event = multiprocessing.Event()
        self.assertRegex(repr(event), r"^<Event at 0x[0-9a-f]+ unset>$")
        self.assertEqual((event.is_set(), event.wait(0), event.wait(-1)), (False, False, False))
        event.set()
        self.assertEqual((event.is_set(), event.wait()), (True, True))
        self.assertRegex(repr(event), r"^<Event at 0x[0-9a-f]+ set>$")
        event.clear()
        self.assertFalse(event.is_set())


class Barriers(ProxyCase):
    def test_a_barrier(self):
        barrier = multiprocessing.Barrier(1)
        self.assertEqual((barrier.parties, barrier.n_waiting, barrier.broken, barrier.wait()), (1, 0, False, 0))
        self.assertRegex(repr(barrier), r"^<multiprocessing\.synchronize\.Barrier at 0x[0-9a-f]+: waiters=0/1>$")
        barrier.abort()
        with self.fails(threading.BrokenBarrierError):
            barrier.wait()
        self.assertRegex(repr(barrier), r": broken>$")
        barrier.reset()
        self.assertEqual(barrier.wait(5), 0)
        with self.fails(threading.BrokenBarrierError):
            multiprocessing.Barrier(2, timeout=0).wait()
        with self.fails(ValueError, "parties must be >= 1"):
            multiprocessing.Barrier(0)

    def test_an_action(self):
        acted = []
        barrier = multiprocessing.Barrier(1, lambda: acted.append(barrier.broken), 5)
        self.assertEqual((barrier.wait(), barrier.wait(timeout=1)), (0, 0))
        self.assertEqual(acted, [False, False])

    def test_an_action_that_fails_breaks_it(self):
        failing = multiprocessing.Barrier(1, lambda: 1 / 0)
        with self.fails(ZeroDivisionError, "division by zero"):
            failing.wait()
        self.assertTrue(failing.broken)
        with self.fails(threading.BrokenBarrierError):
            failing.wait()
        failing.reset()
        failing._action = int
        self.assertEqual(failing.wait(), 0)


class OwnQueues(ProxyCase):
    def test_a_queue(self):
        shared = multiprocessing.Queue(2)
        self.assertIsInstance(shared, queues.Queue)
        self.assertEqual((shared.empty(), shared.full(), shared.qsize()), (True, False, 0))
        shared.put("a")
        shared.put(obj={"b": self.manager.list()}, block=True, timeout=5)
        self.assertEqual((shared.empty(), shared.full(), shared.qsize()), (False, True, 2))
        for put in (lambda: shared.put(3, False), lambda: shared.put_nowait(3), lambda: shared.put(3, True, -1)):
            with self.fails(queue.Full):
                put()
        self.assertEqual(shared.get(), "a")
        self.assertEqual(list(shared.get(True, 5)), ["b"])
        for get in (lambda: shared.get(False, 5), shared.get_nowait, lambda: shared.get(timeout=-1)):
            with self.fails(queue.Empty):
                get()
        with self.assertRaisesRegex(TypeError, "cannot pickle"):
            shared.put(threading)
        self.assertTrue(multiprocessing.Queue().empty())

    def test_a_closed_queue(self):
        shared = multiprocessing.Queue()
        shared.put(1)
        with self.assertRaisesRegex(AssertionError, "^Queue <multiprocessing.queues.Queue object at 0x.*> not closed$"):
            shared.join_thread()
        shared.cancel_join_thread()
        received = self.manager.list([shared])[0]
        shared.close()
        shared.join_thread()
        for use in (shared.get, lambda: shared.put(2)):
            with self.assertRaisesRegex(ValueError, "^Queue <multiprocessing.queues.Queue object at 0x.*> is closed$"):
                use()
        # It is closed here only.
        self.assertEqual(received.get(), 1)

    def test_a_joinable_queue(self):
        shared = multiprocessing.JoinableQueue()
        shared.join()
        shared.put(1)
        self.assertEqual(shared.get(), 1)
        shared.task_done()
        shared.join()
        with self.fails(ValueError, "task_done() called too many times"):
            shared.task_done()

    def test_a_simple_queue(self):
        shared = multiprocessing.SimpleQueue()
        self.assertTrue(shared.empty())
        shared.put([1])
        self.assertFalse(shared.empty())
        self.assertEqual(shared.get(), [1])
        shared.close()
        for use in (shared.get, shared.empty, lambda: shared.put(1)):
            with self.fails(OSError, "handle is closed"):
                use()


class Travelling(ProxyCase):
    def setUp(self):
        super().setUp()
        values.own_modules.add(__name__)
        self.addCleanup(values.own_modules.discard, __name__)

    def test_all_travel(self):
        before = len(self.host.live)
        given = [
            multiprocessing.Barrier(2), multiprocessing.BoundedSemaphore(2), multiprocessing.Condition(),
            multiprocessing.Condition(multiprocessing.Lock()), multiprocessing.Event(), multiprocessing.JoinableQueue(),
            multiprocessing.Lock(), multiprocessing.Queue(), multiprocessing.RLock(), multiprocessing.Semaphore(),
            multiprocessing.SimpleQueue(), multiprocessing.Barrier(1, act, 7),
        ]
        shared = self.manager.list(given)
        received = shared[:]
        self.assertEqual(list(map(type, received)), list(map(type, given)))
        self.assertEqual(received, given)
        self.assertEqual(list(map(hash, received)), list(map(hash, given)))
        self.assertEqual(list(map(repr, received)), list(map(repr, given)))
        self.assertNotEqual(given[3], given[2])
        self.assertNotEqual(given[0], None)
        barrier, bounded, condition, over_lock, event, joinable, lock, plain, reentrant, semaphore, simple, acting = received
        event.set()
        self.assertTrue(given[4].is_set())
        for number, sent in ((5, joinable), (7, plain), (10, simple)):
            sent.put(number)
            self.assertEqual(given[number].get(), number)
        with over_lock, reentrant, reentrant, lock:
            self.assertEqual(repr(given[3]._lock), "<Lock(owner=MainProcess)>")
            self.assertEqual((repr(given[8]), given[6].locked()), ("<RLock(MainProcess, 2)>", True))
            over_lock.notify()
        self.assertEqual((bounded._most, semaphore.get_value(), barrier.parties), (2, 1, 2))
        self.assertEqual((acting.wait(), acting._timeout), (0, 7))
        self.assertEqual(_acted, [1])
        del (given, received, shared, barrier, bounded, condition, over_lock, event, joinable, lock, plain, reentrant,
             semaphore, simple, acting, sent)
        self.assertEqual(len(self.host.live), before)

    def test_a_program_s_own_queue_travels(self):
        received = self.manager.list([Tagged("t")])[0]
        self.assertIs(type(received), Tagged)
        received.put(1)
        self.assertEqual((received.tag, received.get()), ("t", 1))

    def test_the_context_has_them(self):
        context = multiprocessing.get_context("spawn")
        for name in ("Barrier", "BoundedSemaphore", "Condition", "Event", "JoinableQueue", "Lock", "Queue", "RLock", "Semaphore",
                     "SimpleQueue"):
            self.assertIs(getattr(context, name), getattr(multiprocessing, name))
            self.assertIn(name, multiprocessing.__all__)


_acted = []


def act():
    """The action of a barrier."""
    _acted.append(1)


class Tagged(queues.Queue):
    """A queue of the program's own."""

    def __init__(self, tag):
        super().__init__(ctx=multiprocessing.get_context())
        self.tag = tag
