"""Pools of workers: ``multiprocessing``'s own and a manager's, what their workers do and what becomes of them, and what comes
of their tasks."""

import functools
import multiprocessing
import operator
import os
import sys
import time
from multiprocessing import Manager, Pool, Process, current_process, parent_process
from multiprocessing.managers import RemoteError
from multiprocessing.pool import MaybeEncodingError, RemoteTraceback

# What a worker remembers from one task to the next.
done = 0
greeting = None


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, but it was {actual!r}"


def fails(cls, work, *parts):
    """The error with which something fails."""
    try:
        value = work()
    except cls as error:
        assert type(error) is cls, error
        for part in parts:
            assert part in str(error), f"expected {part!r} in {error}"
        return error
    raise AssertionError(f"expected a {cls.__name__}, but it was {value!r}")


def both(check):
    """A check of a pool of either kind."""
    @functools.wraps(check)
    def checks():
        manager = Manager()
        for make in (Pool, manager.Pool):
            check(make)
    return checks


def square(number):
    return number * number


def count(_=None):
    global done
    done += 1
    return os.getpid(), done


def fail(number):
    if number < 0:
        raise NegativeError(number)
    return number


class NegativeError(Exception):
    pass


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def times(self, number):
        return self.factor * number


def shown(*args, **kwargs):
    return args, kwargs


def unsendable():
    return lambda: 1


@both
def every_method_calls_functions(make):
    with make(3) as pool:
        same(pool.apply(square, (3,)), 9)
        same(pool.apply(shown, (1, [2]), {"k": None}), ((1, [2]), {"k": None}))
        same(pool.apply_async(square, [4]).get(), 16)
        same(pool.map(square, range(100)), [n * n for n in range(100)])
        same(pool.map(Scale(3).times, [1, 2], chunksize=1), [3, 6])
        same(pool.map_async(str.upper, "abc").get(), ["A", "B", "C"])
        same(pool.starmap(operator.mul, [(2, 3), [4, 5]]), [6, 20])
        same(pool.starmap_async(functools.partial(shown, 0, k=1), [(1,), ()]).get(), [((0, 1), {"k": 1}), ((0,), {"k": 1})])
        for size in (1, 3, 100):
            same(list(pool.imap(square, range(10), size)), [n * n for n in range(10)])
            same(sorted(pool.imap_unordered(square, range(10), chunksize=size)), [n * n for n in range(10)])
        same(pool.map(square, []), [])
        same(list(pool.imap(square, iter(()))), [])


def the_documentations_examples_run():
    with Pool(processes=4) as pool:
        same(pool.map(square, range(10)), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
        same(sorted(pool.imap_unordered(square, range(10))), [0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
        result = pool.apply_async(square, (20,))
        same(result.get(timeout=60), 400)
        assert pool.apply_async(os.getpid, ()).get(timeout=60) != os.getpid()
        pids = [result.get(timeout=60) for result in [pool.apply_async(os.getpid, ()) for i in range(4)]]
        assert 1 <= len(set(pids)) <= 4
        result = pool.apply_async(time.sleep, (600,))
        fails(multiprocessing.TimeoutError, lambda: result.get(timeout=0.01))
        # As iterators have it.
        numbers = pool.imap(square, range(3))
        same([next(numbers), next(numbers), numbers.next(timeout=60)], [0, 1, 4])
        same(next(numbers, None), None)
    fails(ValueError, lambda: pool.apply(square, (1,)), "Pool not running")


def waits(events, number):
    events[number].wait()
    return number


@both
def results_come_in_their_order_or_as_they_come(make):
    events = [Manager().Event() for _ in range(3)]
    with make(3) as pool:
        unordered = pool.imap_unordered(functools.partial(waits, events), range(3))
        for number in (2, 0, 1):
            events[number].set()
            same(next(unordered), number)
        for event in events:
            event.clear()
        ordered = pool.imap(functools.partial(waits, events), range(3))
        events[1].set()
        fails(multiprocessing.TimeoutError, lambda: ordered.next(0))
        events[0].set()
        same([next(ordered), next(ordered)], [0, 1])
        fails(multiprocessing.TimeoutError, lambda: ordered.next(timeout=0.01))
        events[2].set()
        same(list(ordered), [2])


@both
def results_tell_whether_they_are_ready(make):
    event = Manager().Event()
    with make(1) as pool:
        result = pool.apply_async(waits, ([event], 0))
        assert not result.ready()
        fails(ValueError, result.successful, "<multiprocessing.pool.ApplyResult object at 0x", "> not ready")
        assert result.wait(0.01) is None and not result.ready()
        fails(multiprocessing.TimeoutError, lambda: result.get(0))
        event.set()
        result.wait()
        assert result.ready() and result.successful()
        same(result.get(), 0)
        failed = pool.map_async(fail, [1, -1])
        failed.wait()
        assert failed.ready() and not failed.successful()


@both
def a_tasks_error_is_its_own(make):
    with make(2) as pool:
        error = fails(NegativeError, lambda: pool.apply(fail, (-1,)), "-1")
        assert type(error.__cause__) is RemoteTraceback and "in fail\n" in str(error.__cause__), error.__cause__
        assert "commonhold" not in str(error.__cause__), error.__cause__
        fails(NegativeError, lambda: pool.map(fail, [0, -1, 1, -2], chunksize=1))
        fails(ZeroDivisionError, lambda: pool.starmap(operator.truediv, [(1, 0)]))
        numbers = pool.imap(fail, [1, -1, 2])
        same(next(numbers), 1)
        fails(NegativeError, lambda: next(numbers))
        same(list(numbers), [2])
        error = fails(MaybeEncodingError, lambda: pool.apply(unsendable), "Error sending result: '<function unsendable.<locals>.")
        assert "Can't pickle local object" in error.exc, error.exc
        fails(TypeError, lambda: pool.apply(square))
        # Nobody has died of it.
        same(pool.apply(square, (2,)), 4)


def workers_are_used_again():
    with Pool(1) as pool:
        pids, numbers = zip(*pool.map(count, range(5)))
        same((len(set(pids)), numbers), (1, (1, 2, 3, 4, 5)))
    with Pool(1, maxtasksperchild=1) as pool:
        pids, numbers = zip(*[pool.apply(count) for _ in range(3)])
        same((len(set(pids)), numbers), (3, (1, 1, 1)))
        # What is counted are chunks, as in CPython.
        pids, numbers = zip(*pool.map(count, range(4), chunksize=2))
        same((len(set(pids)), numbers), (2, (1, 2, 1, 2)))


def about_me(_=None):
    me = current_process()
    return me.name, me.daemon, me.pid == os.getpid(), parent_process().name, parent_process().pid, __name__


def starts():
    Process(target=about_me).start()


def meets(barrier):
    barrier.wait()
    return current_process().name


def workers_know_who_they_are():
    with Pool(1) as pool:
        same(pool.apply(about_me), ("SpawnPoolWorker-1", True, True, "MainProcess", os.getpid(), "__mp_main__"))
        same(pool.apply(os.getppid), os.getpid())
        fails(AssertionError, lambda: pool.apply(starts), "daemonic processes are not allowed to have children")
        fails(AssertionError, lambda: pool.apply(Pool, (1,)), "daemonic processes are not allowed to have children")
    with Pool(3) as pool:
        names = pool.map(meets, [Manager().Barrier(3)] * 3, chunksize=1)
        same(sorted(names), [f"SpawnPoolWorker-{number}" for number in (1, 2, 3)])
        assert parent_process() is None and current_process().name == "MainProcess"


def greet(*words, end):
    global greeting
    greeting = " ".join(words) + end


def greeted(name):
    return f"{greeting} {name}"


@both
def an_initializer_goes_before_all_tasks(make):
    with make(2, functools.partial(greet, end=","), ("good", "day"), 1) as pool:
        same(pool.map(greeted, ["Al", "Bo", "Cy"], 1), ["good day, Al", "good day, Bo", "good day, Cy"])
    with make(2, fail, (-1,)) as pool:
        fails(RemoteError, lambda: pool.apply(square, (1,)), "a worker of the pool could not start", "NegativeError")
    with make(2, sys.exit, (3,)) as pool:
        fails(RemoteError, lambda: pool.apply(square, (1,)), "a worker of the pool could not start")


def dies(how):
    if how == "exit":
        sys.exit(0)
    if how == "end":
        os._exit(1)
    if how == "crash":
        sys.setrecursionlimit(1 << 30)
        recurse_without_end()
    return how


def recurse_without_end(_=None):
    # By a function in C each time, on the interpreter's own stack.
    return max([1], key=recurse_without_end)


@both
def a_worker_that_dies_is_replaced(make):
    with make(1) as pool:
        for how, words in (("exit", "exited with status 0"), ("end", "exited with status 1"), ("crash", "stack exhausted")):
            assert pool.apply(count)[1] == 1
            fails(RemoteError, lambda: pool.apply(dies, (how,)), "ProcessDied: the worker died at this task", words)
        outcomes = pool.imap(dies, [1, "end", 2], chunksize=3)
        same(next(outcomes), 1)
        fails(RemoteError, lambda: next(outcomes), "the worker died at this task")
        same(list(outcomes), [2])


def dies_twice(tries):
    if tries.fetch_add(1) < 2:
        os._exit(1)
    return "survived"


@both
def a_task_is_given_to_another_worker(make):
    tries = Manager().Value("i", 0)
    with make(1, retries=2) as pool:
        same(pool.apply(dies_twice, (tries,)), "survived")
        same(tries.value, 3)
        tries.value = 0
    with make(1, retries=1) as pool:
        fails(RemoteError, lambda: pool.apply(dies_twice, (tries,)))


@both
def callbacks_are_called(make):
    manager = Manager()
    values, texts = manager.list(), manager.list()
    called, errors = [], []
    event = manager.Event()
    pool = make(2)
    # By the manager.
    result = pool.apply_async(square, (3,), callback=values.append, error_callback=texts.append)
    result.wait()
    same((list(values), list(texts)), ([9], []))
    pool.apply_async(fail, (-1,), {}, values.append, texts.append).wait()
    assert len(values) == 1 and "NegativeError" in texts[0], str(texts)
    # Here.
    result = pool.apply_async(waits, ([event], 0), callback=called.append)
    assert not result.ready() and called == []
    event.set()
    while not result.ready():
        assert called == []
    same(called, [0])
    result.get()
    same(called, [0])
    pool.map_async(square, [1, 2], callback=called.extend)
    pool.starmap_async(fail, [(-7,)], callback=called.append, error_callback=errors.append)
    pool.close()
    pool.join()
    same((called, [error.args for error in errors]), ([0, 1, 4], [(-7,)]))


def a_queue_is_told():
    queue = multiprocessing.Queue()
    with Pool(1) as pool:
        pool.apply_async(square, (3,), callback=queue.put)
        same(queue.get(), 9)


@both
def a_pool_ends_at_once(make):
    event = Manager().Event()
    pool = make(2)
    results = [pool.apply_async(waits, ([event], 0)) for _ in range(4)]
    numbers = pool.imap(waits, [event])
    pool.terminate()
    pool.join()
    for result in results:
        fails(RemoteError, result.get, "the pool was terminated")
    fails(RemoteError, lambda: next(numbers), "the pool was terminated")
    for use in (lambda: pool.apply(square, (1,)), lambda: pool.map(square, [1]), lambda: pool.imap(square, [1])):
        fails(ValueError, use, "Pool not running")


@both
def a_closed_pool_does_what_it_has(make):
    pool = make(2)
    fails(ValueError, pool.join, "Pool is still running")
    result = pool.map_async(square, range(20))
    pool.close()
    fails(ValueError, lambda: pool.map(square, [1]), "Pool not running")
    pool.join()
    assert result.ready()
    same(result.get(), [n * n for n in range(20)])


def asks(pool, result, answers):
    answers.append((pool.map(square, [1, 2]), result.get(), type(pool).__name__, type(result).__name__))


def a_pools_proxy_travels():
    manager = Manager()
    answers = manager.list()
    with manager.Pool(2) as pool:
        assert repr(pool).startswith("<PoolProxy object, typeid 'Pool' at 0x"), repr(pool)
        process = Process(target=asks, args=(pool, pool.apply_async(square, (3,)), answers))
        process.start()
        process.join()
        same(list(answers), [([1, 4], 9, "PoolProxy", "AutoProxy[AsyncResult]")])
        assert str(pool) == "<multiprocessing.pool.Pool state=RUN pool_size=2>"
    with Pool(1) as pool:
        same(repr(pool), "<multiprocessing.pool.Pool state=RUN pool_size=1>")
        fails(NotImplementedError, lambda: answers.append(pool), "pool objects cannot be passed between processes or pickled")


@both
def proxies_are_arguments_and_results(make):
    manager = Manager()
    shared = manager.list([3])
    with make(2) as pool:
        returned = pool.apply(operator.getitem, ([shared], 0))
        assert returned is shared
        pool.map(shared.append, range(3))
        same(sorted(shared), [0, 1, 2, 3])
        same(sorted(pool.map(square, shared)), [0, 1, 4, 9])


CHECKS = [
    every_method_calls_functions, the_documentations_examples_run, results_come_in_their_order_or_as_they_come,
    results_tell_whether_they_are_ready, a_tasks_error_is_its_own, workers_are_used_again, workers_know_who_they_are,
    an_initializer_goes_before_all_tasks, a_worker_that_dies_is_replaced, a_task_is_given_to_another_worker,
    callbacks_are_called, a_queue_is_told, a_pool_ends_at_once, a_closed_pool_does_what_it_has, a_pools_proxy_travels,
    proxies_are_arguments_and_results,
]


def main():
    chosen = sys.argv[1:]
    for check in CHECKS:
        if not chosen or check.__name__ in chosen:
            try:
                check()
            except BaseException as error:
                error.add_note(f"in {check.__name__}")
                raise


if __name__ == "__main__":
    main()
