"""The benchmarks' operations on Python's own shared objects.

``python3 operations.py`` does them with CPython's ``multiprocessing.Manager``: for each line that it
reads, a name and how often, it prints how many nanoseconds that took. As a guest, the function
``guest`` does one of them with Commonhold's manager.
"""

import sys
from multiprocessing import Manager, Pool, Process
from multiprocessing.managers import BaseManager
from time import perf_counter_ns

SIZE = 1000


def list_get(manager, times):
    shared = manager.list(range(SIZE))
    start = perf_counter_ns()
    for turn in range(times):
        shared[turn % SIZE]
    return perf_counter_ns() - start


def list_append(manager, times):
    shared = manager.list()
    start = perf_counter_ns()
    for turn in range(times):
        shared.append(turn)
    return perf_counter_ns() - start


def dict_get(manager, times):
    keys = [f"key-{number}" for number in range(SIZE)]
    shared = manager.dict(zip(keys, range(SIZE)))
    start = perf_counter_ns()
    for turn in range(times):
        shared[keys[turn % SIZE]]
    return perf_counter_ns() - start


def dict_set(manager, times):
    keys = [f"key-{number}" for number in range(SIZE)]
    shared = manager.dict(zip(keys, range(SIZE)))
    start = perf_counter_ns()
    for turn in range(times):
        shared[keys[turn % SIZE]] = turn
    return perf_counter_ns() - start


def call_list_get(manager, times):
    shared = manager.list(range(SIZE))
    start = perf_counter_ns()
    for turn in range(times):
        shared._callmethod("__getitem__", (turn % SIZE,))
    return perf_counter_ns() - start


def list_create_drop(manager, times):
    start = perf_counter_ns()
    for _ in range(times):
        manager.list()
    return perf_counter_ns() - start


def namespace_get(manager, times):
    shared = manager.Namespace(number=7)
    start = perf_counter_ns()
    for _ in range(times):
        shared.number
    return perf_counter_ns() - start


def value_get(manager, times):
    shared = manager.Value("i", 7)
    start = perf_counter_ns()
    for _ in range(times):
        shared.value
    return perf_counter_ns() - start


def array_get(manager, times):
    shared = manager.Array("q", range(SIZE))
    start = perf_counter_ns()
    for turn in range(times):
        shared[turn % SIZE]
    return perf_counter_ns() - start


def iterator_next(manager, times):
    shared = manager.dict([(n, n) for n in range(times)])
    iterator = iter(shared)
    start = perf_counter_ns()
    for _ in range(times):
        next(iterator)
    return perf_counter_ns() - start


def lock_acquire_release(manager, times):
    lock = manager.Lock()
    start = perf_counter_ns()
    for _ in range(times):
        lock.acquire()
        lock.release()
    return perf_counter_ns() - start


def rlock_acquire_release(manager, times):
    lock = manager.RLock()
    start = perf_counter_ns()
    for _ in range(times):
        lock.acquire()
        lock.release()
    return perf_counter_ns() - start


def semaphore_acquire_release(manager, times):
    semaphore = manager.Semaphore(1)
    start = perf_counter_ns()
    for _ in range(times):
        semaphore.acquire()
        semaphore.release()
    return perf_counter_ns() - start


def queue_put_get(manager, times):
    queue = manager.Queue()
    start = perf_counter_ns()
    for turn in range(times):
        queue.put(turn)
        queue.get()
    return perf_counter_ns() - start


def pongs(times, there, back):
    back.put(None)
    for _ in range(times):
        back.put(there.get())


def queue_ping_pong(manager, times):
    there, back = manager.Queue(), manager.Queue()
    other = Process(target=pongs, args=(times, there, back))
    other.start()
    back.get()
    start = perf_counter_ns()
    for turn in range(times):
        there.put(turn)
        back.get()
    time = perf_counter_ns() - start
    other.join()
    return time


def gets(here, queue):
    here.put(None)
    queue.get()


def queue_serve(manager, processes):
    """As many processes wait for one queue, and are served."""
    here, queue = manager.Queue(), manager.Queue()
    crowd = [Process(target=gets, args=(here, queue)) for _ in range(processes)]
    for process in crowd:
        process.start()
    for _ in crowd:
        here.get()
    start = perf_counter_ns()
    for number in range(processes):
        queue.put(number)
    for process in crowd:
        process.join()
    return perf_counter_ns() - start


class Clicker:
    def __init__(self):
        self.count = 0

    def add(self, by):
        self.count += by
        return self.count


class Clickers(BaseManager):
    pass


Clickers.register("Clicker", Clicker)


def provider_call(manager, times):
    with Clickers() as clickers:
        clicker = clickers.Clicker()
        start = perf_counter_ns()
        for _ in range(times):
            clicker.add(1)
        return perf_counter_ns() - start


def doubles(number):
    return 2 * number


def pool_map(manager, tasks, chunk=None):
    with Pool(2) as pool:
        pool.map(doubles, range(10))
        start = perf_counter_ns()
        doubled = pool.map(doubles, range(tasks), chunk)
        time = perf_counter_ns() - start
    assert doubled[-1] == 2 * (tasks - 1)
    return time


def pool_map_one_by_one(manager, tasks):
    return pool_map(manager, tasks, 1)


def nothing():
    pass


def process_spawn(manager, times):
    start = perf_counter_ns()
    for _ in range(times):
        process = Process(target=nothing)
        process.start()
        process.join()
    return perf_counter_ns() - start


def tree_of(nodes):
    """A nested value of so many nodes, each a dict of a name, a number and its children."""
    root = {"name": "node-0", "number": 0, "children": []}
    level, count = [root], 1
    while count < nodes:
        below = []
        for node in level:
            for _ in range(min(4, nodes - count)):
                child = {"name": f"node-{count}", "number": count, "children": []}
                node["children"].append(child)
                below.append(child)
                count += 1
        level = below
    return root


def tree(manager, times):
    """Puts a tree into a shared list and takes a copy out of it."""
    shared, value = manager.list([None]), tree_of(1000)
    start = perf_counter_ns()
    for _ in range(times):
        shared[0] = value
        copy = shared[0]
    time = perf_counter_ns() - start
    assert copy == value
    return time


OPERATIONS = {
    "list.get": list_get,
    "list.append": list_append,
    "dict.get": dict_get,
    "dict.set": dict_set,
    "namespace.get": namespace_get,
    "value.get": value_get,
    "array.get": array_get,
    "iterator.next": iterator_next,
    "call.list.get": call_list_get,
    "list.create_drop": list_create_drop,
    "lock.acquire_release": lock_acquire_release,
    "rlock.acquire_release": rlock_acquire_release,
    "semaphore.acquire_release": semaphore_acquire_release,
    "queue.put_get": queue_put_get,
    "queue.ping_pong": queue_ping_pong,
    "queue.serve_1000": queue_serve,
    "pool.map": pool_map,
    "pool.map_one_by_one": pool_map_one_by_one,
    "provider.call": provider_call,
    "process.spawn": process_spawn,
    "python.list.get": list_get,
    "python.tree": tree,
}


def guest(name, times):
    with Manager() as manager:
        return OPERATIONS[name](manager, times)


if __name__ == "__main__":
    with Manager() as manager:
        for line in sys.stdin:
            name, times = line.split()
            print(OPERATIONS[name](manager, int(times)), flush=True)
