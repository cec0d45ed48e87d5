"""What the test of faults stops at each of its host calls: the same steps as the guests in other languages take."""

import multiprocessing

from commonhold import wait_for_first


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


def uses_all(rlock, semaphore, bounded, condition, event, barrier, numbers, jobs):
    """Uses everything that is made for waiting, alone, so that nothing is waited for but time."""
    rlock.acquire()
    rlock.acquire()
    semaphore.acquire()
    bounded.acquire()
    with condition:
        condition.wait(0.001)
        condition.notify_all()
        event.set()
        event.wait()
        barrier.wait()
        numbers.put(1)
        numbers.put(2)
        jobs.put(3)
        jobs.put(4)
        numbers.get()
        wait_for_first([jobs, numbers])
        jobs.get()
        jobs.task_done()
        jobs.task_done()
        jobs.join()
        wait_for_first([semaphore, event])
        semaphore.release()
        event.clear()
    bounded.release()
    semaphore.release()
    rlock.release()
    rlock.release()
    numbers.get()


def read(shared, times):
    """Reads a proxy out of a list so many times; how many different ones that gave."""
    last, different = None, 0
    for _ in range(times):
        item = shared[0]
        if item is not last:
            different += 1
        last = item
    return different
