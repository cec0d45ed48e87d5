"""An object of every type in everything that can hold one, and as an argument and through a result."""

import copy
import multiprocessing


def at_work(manager):
    """A pool whose worker is there."""
    pool = manager.Pool(1)
    pool.apply(abs, (0,))
    return pool


MAKE = {
    "Array": lambda manager: manager.Array("i", [5, 6, 7]),
    "Barrier": lambda manager: manager.Barrier(1),
    "BoundedSemaphore": lambda manager: manager.BoundedSemaphore(),
    "Condition": lambda manager: manager.Condition(),
    "Counter": lambda manager: manager.Counter("aaa"),
    "Event": lambda manager: manager.Event(),
    "Iterator": lambda manager: manager._create("Iterator", [7] * 1000),
    "JoinableQueue": lambda manager: manager.JoinableQueue(),
    "Lock": lambda manager: manager.Lock(),
    "Namespace": lambda manager: manager.Namespace(x=7),
    "Pool": at_work,
    "Queue": lambda manager: manager.Queue(),
    "RLock": lambda manager: manager.RLock(),
    "Semaphore": lambda manager: manager.Semaphore(),
    "Value": lambda manager: manager.Value("i", 7),
    "deque": lambda manager: manager.deque([5, 6, 7], 2),
    "dict": lambda manager: manager.dict(k=7),
    "list": lambda manager: manager.list([5, 6, 7]),
    "set": lambda manager: manager.set([7]),
}


def acquires(proxy):
    return proxy.acquire() and proxy.release() is None


def brings(proxy):
    proxy.put(7)
    return proxy.get() == 7


# What a proxy to such an object does.
USE = {
    "Array": lambda proxy: proxy[2] == 7,
    "Barrier": lambda proxy: proxy.wait() == 0,
    "BoundedSemaphore": acquires,
    "Condition": acquires,
    "Counter": lambda proxy: proxy["a"] == 3,
    "Event": lambda proxy: proxy.set() or proxy.wait(),
    "Iterator": lambda proxy: next(proxy) == 7,
    "JoinableQueue": brings,
    "Lock": acquires,
    "Namespace": lambda proxy: proxy.x == 7,
    "Pool": lambda proxy: proxy.apply(abs, (-7,)) == 7,
    "Queue": brings,
    "RLock": acquires,
    "Semaphore": acquires,
    "Value": lambda proxy: proxy.value == 7,
    "deque": lambda proxy: list(proxy) == [6, 7],
    "dict": lambda proxy: proxy["k"] == 7,
    "list": lambda proxy: proxy.index(6) == 1,
    "set": lambda proxy: 7 in proxy,
}


class Pair:
    """An instance of the program's own class, whose state travels."""

    def __init__(self, inside):
        self.inside = inside

    def __eq__(self, other):
        return self.inside == other.inside

    def __repr__(self):
        return f"Pair({self.inside!r})"


# What a proxy is put into, how it is taken out again, and whether that has a hash.
WRAPS = [
    (lambda proxy: proxy, lambda plain: plain, True),
    (lambda proxy: [proxy], lambda plain: plain[0], False),
    (lambda proxy: (1, proxy), lambda plain: plain[1], True),
    (lambda proxy: {"a": proxy}, lambda plain: plain["a"], False),
    (lambda proxy: {proxy: 1}, lambda plain: list(plain)[0], False),
    (lambda proxy: {proxy}, lambda plain: list(plain)[0], False),
    (lambda proxy: frozenset([proxy]), lambda plain: list(plain)[0], True),
    (Pair, lambda plain: plain.inside, False),
]


def child(plain, shared):
    shared.append(plain)


def same(actual, expected, *what):
    assert actual == expected, f"{what}: expected {expected!r}, but it was {actual!r}"


def main():
    manager = multiprocessing.Manager()
    same(sorted(MAKE), sorted(manager._typeids()), "types: add what is new here")
    for typeid in sorted(MAKE):
        before = manager._number_of_objects()
        proxy = MAKE[typeid](manager)
        alone = manager._number_of_objects()
        for wrap, unwrap, hashable in WRAPS:
            check(manager, typeid, proxy, wrap(proxy), unwrap, hashable)
            same(manager._number_of_objects(), alone, typeid)
        del proxy
        while typeid == "Pool" and manager._number_of_objects() > before:
            """Its worker is on its way out."""
        same(manager._number_of_objects(), before, typeid)


def check(manager, typeid, proxy, plain, unwrap, hashable):
    def out(of):
        inside = unwrap(of)
        same(of, plain, typeid)
        assert type(inside) is type(proxy), (typeid, type(inside))
        same((inside, hash(inside), repr(inside)), (proxy, hash(proxy), repr(proxy)), typeid)
        assert USE[typeid](inside), (typeid, of)

    shown = repr(plain)
    outer = manager.list([plain])
    same(str(outer), f"[{shown}]")
    out(outer[0])
    out(list(outer)[0])
    out(copy.deepcopy(outer)[0])
    assert plain in outer
    process = multiprocessing.Process(target=child, args=(plain, outer))
    process.start()
    process.join()
    same((process.exitcode, len(outer)), (0, 2), typeid)
    out(outer.pop())

    outer = manager.dict(k=plain)
    same(str(outer), f"{{'k': {shown}}}")
    out(outer["k"])
    out(outer.pop("k"))

    outer = manager.deque([plain])
    same(str(outer), f"deque([{shown}])")
    out(outer[0])
    out(outer.popleft())

    outer = manager.JoinableQueue()
    outer.put(plain)
    out(outer.get())

    outer = manager.Namespace(x=plain)
    same(str(outer), f"Namespace(x={shown})")
    out(outer.x)

    outer = manager.Value("O", plain)
    same(str(outer), f"Value('O', {shown})")
    out(outer.value)

    if hashable:
        outer = manager.set([plain])
        same(str(outer), f"{{{shown}}}")
        assert plain in outer
        out(list(outer)[0])
        out(outer.pop())

        outer = manager.dict({plain: 1})
        same(str(outer), f"{{{shown}: 1}}")
        same(outer[plain], 1)
        out(list(outer)[0])
        out(outer.popitem()[0])

    try:
        manager.Array("i", [plain])
    except TypeError as error:
        assert "object cannot be interpreted as an integer" in str(error), error
    else:
        raise AssertionError("an array has taken a proxy")


if __name__ == "__main__":
    main()
