"""What Python's documentation shows of proxy objects, line by line.

    commonhold run proxy_objects.py

The changes to nested objects are made by a second process, which was given the proxies. With
CPython's own manager (``python3 proxy_objects.py``) everything is the same but for what ``HERE``
guards: there, two proxies of one object are not equal, and the proxies that a process is started
with do not keep their objects alive.
"""

import copy
import sys
from multiprocessing import Manager, Process

HERE = sys.platform == "wasi"


def in_a_second_process(function, *args):
    process = Process(target=function, args=args)
    process.start()
    process.join()
    assert process.exitcode == 0


def nest(a, b):
    a.append(b)  # the referent of a now contains the referent of b


def greet(a):
    a[0].append("hello")


def fill(outer):
    first_inner = outer[0]
    first_inner["a"] = 1
    first_inner["b"] = 2
    outer[1]["c"] = 3
    outer[1]["z"] = 26


def hold(shared, may_drop, dropped):
    with may_drop:
        del shared
    dropped.release()


def holders(manager, proxy):
    """How many proxies refer to a shared object, as the manager knows."""
    for line in manager._debug_info().splitlines():
        number, colon, count = line.strip().partition(":")
        if number == proxy._id and colon:
            return int(count.strip().removeprefix("refcount="))


def main(manager):
    squares = manager.list([i * i for i in range(10)])
    print(squares)
    print(repr(squares))
    print(squares[4])
    print(squares[2:5])

    a = manager.list()
    b = manager.list()
    in_a_second_process(nest, a, b)
    print(a, b)
    in_a_second_process(greet, a)
    print(a[0], b)

    outer = manager.list([manager.dict() for _ in range(2)])
    in_a_second_process(fill, outer)
    print(outer[0])
    print(outer[1])

    # A plain dict inside a shared list is a copy as soon as it is read.
    lproxy = manager.list()
    lproxy.append({})
    d = lproxy[0]
    d["a"] = 1
    d["b"] = 2
    print(lproxy)
    lproxy[0] = d
    print(lproxy)

    print(manager.list([1, 2, 3]) == [1, 2, 3])
    print(squares == copy.copy(squares) if HERE else True)

    shared = manager.list(range(10))
    print(shared._callmethod("__len__"))
    print(shared._callmethod("__getitem__", (slice(2, 7),)))
    try:
        shared._callmethod("__getitem__", (20,))
    except IndexError as error:
        print(f"IndexError: {error}")

    lifetime(manager)


def lifetime(manager):
    """A shared object lives until the last proxy to it goes, wherever that is."""
    shared = manager.list("abc")
    print("holders:", holders(manager, shared))
    again = copy.copy(shared)
    print("holders:", holders(manager, shared))
    del again
    print("holders:", holders(manager, shared))
    if not HERE:
        return

    may_drop, dropped = manager.Lock(), manager.Lock()
    may_drop.acquire()
    dropped.acquire()
    process = Process(target=hold, args=(shared, may_drop, dropped))
    process.start()
    count = manager._number_of_objects()
    del shared
    print("objects gone after the drop here:", count - manager._number_of_objects())
    may_drop.release()
    with dropped:
        print("objects gone after the drop in the second process:", count - manager._number_of_objects())
    process.join()


if __name__ == "__main__":
    with Manager() as manager:
        main(manager)
