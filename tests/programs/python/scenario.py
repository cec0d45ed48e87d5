"""What the test of faults stops at each of its host calls: the same steps as the guests in other languages take."""

import multiprocessing


def child(fresh, shared):
    fresh.append(2)


def scenario(shared, map, lock):
    manager = multiprocessing.Manager()
    fresh = manager.list()
    fresh.append(1)
    shared.append(fresh)
    map["new"] = fresh
    lock.acquire()
    shared.append([fresh, [map, fresh]])
    del fresh
    again = shared[0]
    process = multiprocessing.Process(target=child, args=(again, shared))
    process.start()
    process.join()
    lock.release()
    shared.pop()
    map.pop("new")
    del process
    shared[:] = []
    return [again]


def read(shared, times):
    """Reads a proxy out of a list so many times; how many different ones that gave."""
    last, different = None, 0
    for _ in range(times):
        item = shared[0]
        if item is not last:
            different += 1
        last = item
    return different
