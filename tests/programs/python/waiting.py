"""What processes wait for each other with: ``multiprocessing``'s own queues, locks, semaphores, conditions, events and
barriers, and what becomes of them when one of those who wait is killed."""

import multiprocessing
import queue
import threading

from commonhold import wait_for_first
from multiprocessing import connection
from multiprocessing import (
    Barrier, BoundedSemaphore, Condition, Event, JoinableQueue, Lock, Manager, Process, Queue, RLock, Semaphore,
    SimpleQueue, Value,
)
from multiprocessing.managers import RemoteError


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, but it was {actual!r}"


def run(*processes):
    """Starts processes and waits for them."""
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    same([process.exitcode for process in processes], [0] * len(processes))


def produces(items, count):
    for number in range(count):
        items.put(number)
    items.put(None)
    items.close()
    items.join_thread()


def consumes(items, results):
    taken = list(iter(items.get, None))
    results.put(taken)


def a_queue_brings_all_in_their_order():
    items, results = Queue(2), SimpleQueue()
    run(Process(target=produces, args=(items, 50)), Process(target=consumes, args=(items, results)))
    same(results.get(), list(range(50)))
    assert results.empty() and items.empty() and not items.full()


def works(tasks, done):
    while True:
        task = tasks.get()
        if task is None:
            tasks.task_done()
            return
        done.append(task)
        tasks.task_done()


def a_joinable_queue_is_joined_when_all_is_done():
    tasks, done = JoinableQueue(), Manager().list()
    workers = [Process(target=works, args=(tasks, done)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for task in range(20):
        tasks.put(task)
    tasks.join()
    same(sorted(done), list(range(20)))
    for worker in workers:
        tasks.put(None)
    tasks.join()
    for worker in workers:
        worker.join()
        same(worker.exitcode, 0)


def answers(asked, answered, word):
    asked.wait()
    word.value = b"heard"
    answered.set()


def an_event_is_waited_for():
    asked, answered, word = Event(), Event(), multiprocessing.Array("c", 8)
    process = Process(target=answers, args=(asked, answered, word))
    process.start()
    assert not answered.wait(0)
    asked.set()
    assert answered.wait(60)
    same(word.value, b"heard")
    process.join()


def waits_for(condition, numbers, least):
    with condition:
        if condition.wait_for(lambda: len(numbers) >= least, 60) is not True:
            raise AssertionError("nobody has told it")
        numbers.append(-least)
        condition.notify_all()


def a_condition_is_waited_for():
    for condition in (Condition(), Condition(Lock()), Manager().Condition()):
        numbers = Manager().list()
        processes = [Process(target=waits_for, args=(condition, numbers, least)) for least in (1, 2, 3)]
        for process in processes:
            process.start()
        with condition:
            numbers.append(0)
            condition.notify_all()
            # Each lets the next one go on.
            assert condition.wait_for(lambda: len(numbers) == 4, timeout=60)
        for process in processes:
            process.join()
        same(list(numbers), [0, -1, -2, -3])


def meets(barrier, places, before):
    for _ in range(3):
        before.put(1)
        places.append(barrier.wait())


class Counts:
    """An action that counts how often it was run, and how many were there."""

    def __init__(self, times, before):
        self.times, self.before = times, before

    def __call__(self):
        self.times.value += 1
        same(self.before.qsize(), 3 * self.times.value)


def fails():
    raise KeyError("an action")


def three_meet_at_a_barrier():
    for make, acts in ((Barrier, True), (Barrier, False), (Manager().Barrier, True), (Manager().Barrier, False)):
        before, times, places = Queue(), Value("i"), Manager().list()
        barrier = make(3, Counts(times, before) if acts else None)
        run(*[Process(target=meets, args=(barrier, places, before)) for _ in range(3)])
        same(sorted(places), [0, 0, 0, 1, 1, 1, 2, 2, 2])
        same(times.value, 3 if acts else 0)
    for make in (Barrier, Manager().Barrier):
        barrier = make(1, fails)
        try:
            barrier.wait()
        except KeyError as error:
            same(error.args, ("an action",))
        else:
            raise AssertionError("the action has not failed")
        assert barrier.broken


def enters(semaphore, inside, most):
    for _ in range(20):
        with semaphore:
            with inside:
                inside.value += 1
                most.value = max(most.value, inside.value)
            with inside:
                inside.value -= 1


def no_more_enter_than_a_semaphore_lets_in():
    for semaphore in (Semaphore(2), BoundedSemaphore(2)):
        inside, most = Value("i"), Value("i")
        run(*[Process(target=enters, args=(semaphore, inside, most)) for _ in range(4)])
        assert 1 <= most.value <= 2, most.value
        same((inside.value, semaphore.get_value()), (0, 2))


def takes_one(items, ready):
    ready.set()
    items.get()


def a_killed_consumer_takes_nothing_with_it():
    for items in (Queue(), JoinableQueue(), Manager().Queue()):
        ready = Event()
        process = Process(target=takes_one, args=(items, ready))
        process.start()
        ready.wait()
        process.kill()
        process.join()
        items.put("kept")
        same((items.qsize(), items.get(timeout=60)), (1, "kept"))


def holds(lock, ready, never):
    lock.acquire()
    lock.acquire()
    ready.set()
    never.wait()


def what_a_killed_process_held_is_free():
    for lock in (RLock(), Semaphore(2), Condition(), Manager().RLock(), Manager().Semaphore(2), Manager().Condition()):
        ready, never = Event(), Event()
        process = Process(target=holds, args=(lock, ready, never))
        process.start()
        ready.wait()
        assert not lock.acquire(False)
        process.kill()
        process.join()
        assert lock.acquire(timeout=60) and lock.abandoned
        lock.release()


def arrives(barrier):
    barrier.wait()


def a_killed_party_breaks_the_barrier():
    barrier = Barrier(2)
    process = Process(target=arrives, args=(barrier,))
    process.start()
    while not barrier.n_waiting:
        pass
    process.kill()
    process.join()
    assert barrier.broken
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        barrier.reset()
    same(barrier.broken, False)


def a_hopeless_wait_is_an_error():
    lock = Lock()
    lock.acquire()
    for wait in (lock.acquire, Queue().get, Event().wait, Semaphore(0).acquire, Barrier(2).wait):
        try:
            wait()
        except RemoteError as error:
            assert "Deadlock" in str(error), error
        else:
            raise AssertionError(f"{wait} has come to an end")


def sets(before, after):
    before.wait()
    after.set()


def the_first_of_several_is_taken():
    items, event, lock, never = Queue(), Event(), Manager().Lock(), Event()
    process = Process(target=sets, args=(event, never))
    process.start()
    same(wait_for_first([items, event, process], 0), None)
    same(wait_for_first([items, event, process], timeout=0.001), None)
    same(wait_for_first([items, lock, process]), (1, False))
    assert not lock.acquire(False)
    lock.release()
    same(connection.wait([process.sentinel], 0), [])
    items.put({"an": "item"})
    event.set()
    same(wait_for_first([items, event, process]), (0, {"an": "item"}))
    same(wait_for_first([items, event]), (1, None))
    # Once it is joined the manager is not asked any more; what comes before it goes first all the same.
    for _ in range(2):
        same(wait_for_first([items, process]), (1, None))
        same(connection.wait([process.sentinel]), [process.sentinel])
        process.join()
        same(wait_for_first([event, process]), (0, None))
    # Held here, too, or nobody could ever come.
    meeting = Barrier(2)
    others = [Process(target=sets, args=(event, never)), Process(target=arrives, args=(meeting,))]
    for other in others:
        other.start()
    same(connection.wait([other.sentinel for other in reversed(others)]), [others[0].sentinel])
    others[1].kill()
    others[1].join()
    same(meeting.parties, 2)
    same(connection.wait(other.sentinel for other in others), [other.sentinel for other in others])
    same(connection.wait([]), [])
    for wrong in ([5], [[]], [Process(target=sets)]):
        try:
            wait_for_first(wrong)
        except (TypeError, ValueError):
            continue
        raise AssertionError(f"{wrong} was waited for")


def a_queue_is_shut_down():
    items = Manager().Queue(1)
    items.put(1)
    try:
        items.put(2, timeout=0)
    except queue.Full:
        items.shutdown()
    try:
        items.put(2)
    except queue.ShutDown:
        same(items.get(), 1)
    try:
        items.get()
    except queue.ShutDown:
        return
    raise AssertionError("there was something in it")


def main():
    manager = Manager()
    before = manager._number_of_objects()
    for check in (
        a_queue_brings_all_in_their_order, a_joinable_queue_is_joined_when_all_is_done, an_event_is_waited_for,
        a_condition_is_waited_for, three_meet_at_a_barrier, no_more_enter_than_a_semaphore_lets_in,
        a_killed_consumer_takes_nothing_with_it, what_a_killed_process_held_is_free, a_killed_party_breaks_the_barrier,
        a_hopeless_wait_is_an_error, the_first_of_several_is_taken, a_queue_is_shut_down,
    ):
        check()
        same((check.__name__, manager._number_of_objects()), (check.__name__, before))


if __name__ == "__main__":
    main()
