"""The proxies: Python's own types' behaviour, through the manager."""

import copy
import enum
import gc
import http
import operator
import pickle
import sys
import traceback
import unittest
from collections import Counter, OrderedDict, UserDict, deque, namedtuple
from collections.abc import Iterator, MutableMapping, MutableSequence, MutableSet
from dataclasses import dataclass
from unittest import mock

import commonhold
import multiprocessing
from commonhold import boundary, tree, values
from multiprocessing.managers import (
    AcquirerProxy, AutoProxy, BaseProxy, CounterProxy, DequeProxy, DictProxy, IteratorProxy, ListProxy, ProviderDied,
    RemoteError, SyncManager,
)

from . import fake_manager
from .fake_bindings import new_process, runtime
from .fake_manager import Failure, Referent

Pair = namedtuple("Pair", "first second")


@dataclass
class Point:
    x: int
    y: int


class Slotted:
    __slots__ = ("a", "b")


class Colour(enum.Enum):
    RED = 1


class OwnError(Exception):
    pass


class ProxyCase(unittest.TestCase):
    def setUp(self):
        self.host = new_process()
        self.manager = multiprocessing.Manager()
        self.addCleanup(gc.collect)
        values.own_modules.add(__name__)
        self.addCleanup(values.own_modules.discard, __name__)

    def fails(self, cls, *args):
        """A context in which exactly this class is raised, with these args if any are given."""
        case = self

        class Context:
            def __enter__(self):
                return self

            def __exit__(self, exc_type, exc, traceback):
                case.assertIs(exc_type, cls)
                if args:
                    case.assertEqual(exc.args, args)
                self.exception = exc
                return True

        return Context()


class Lists(ProxyCase):
    def test_documented_examples(self):
        squares = self.manager.list([i * i for i in range(10)])
        self.assertEqual(str(squares), "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]")
        self.assertRegex(repr(squares), r"^<ListProxy object, typeid 'list' at 0x[0-9a-f]+>$")
        self.assertEqual(squares[4], 16)
        self.assertEqual(squares[2:5], [4, 9, 16])
        self.assertFalse(squares == [i * i for i in range(10)])
        self.assertEqual(squares._callmethod("__len__"), 10)
        self.assertEqual(squares._callmethod("__getitem__", (slice(2, 5),)), [4, 9, 16])
        with self.fails(IndexError, "list index out of range"):
            squares._callmethod("__getitem__", (20,))
        squares._callmethod("extend", (range(2),))
        self.assertEqual(squares[-2:], [0, 1])

    def test_items_of_every_kind_come_back_as_they_were(self):
        shared = self.manager.list()
        for value in (None, True, 0, -1, 2**63, 1.5, "", "é€", b"", b"x", [], (1, [2]), {1: {2: 3}}, {1},
                      frozenset((1,)), slice(1, 2), complex(1, 2), range(1, 9, 2)):
            shared.append(value)
            back = shared[-1]
            self.assertEqual(back, value)
            self.assertIs(type(back), type(value))

    def test_subclasses_travel_as_the_built_in_types(self):
        shared = self.manager.list()
        for value, plain in ((Pair(1, 2), (1, 2)), (OrderedDict(a=1), {"a": 1}), (http.HTTPStatus.OK, 200),
                             (bytearray(b"x"), b"x"), ({1: 2}.keys(), [1]), ({1: 2}.items(), [(1, 2)])):
            shared.append([value])
            self.assertEqual(shared[-1], [plain])
            self.assertIs(type(shared[-1][0]), type(plain))

    def test_what_cannot_travel_is_refused_here(self):
        shared = self.manager.list()
        for value, cls, message in (
            ((i for i in ()), TypeError, "cannot pickle 'generator' object"),
            (unittest, TypeError, "cannot pickle 'module' object"),
            (lambda: 1, pickle.PicklingError, "Can't pickle local object"),
            (memoryview(b""), TypeError, "cannot pickle 'memoryview' object"),
            ("\ud800", UnicodeEncodeError, "surrogates not allowed"),
            (["\ud800"], UnicodeEncodeError, "surrogates not allowed"),
            (len, TypeError, "cannot pickle 'builtin_function_or_method' object"),
        ):
            with self.subTest(value=value), self.assertRaisesRegex(cls, message):
                shared.append(value)
        self.assertEqual(len(shared), 0)

    def test_a_name_that_is_none_is_an_error_here(self):
        shared, space = self.manager.list(), self.manager.Namespace()
        for name, cls in ((5, TypeError), (None, TypeError), (b"x", TypeError), ("\udcff", UnicodeEncodeError)):
            for use in (
                lambda: shared._callmethod(name), lambda: shared._callmethod("append", (), {name: 1}),
                lambda: shared._narrow([name]), lambda: self.manager._create(name), lambda: commonhold.look_up(name),
                lambda: commonhold.publish(name, shared), lambda: commonhold.withdraw(name),
                lambda: space._fetch_add(name, 1),
            ):
                with self.subTest(name=name), self.fails(cls):
                    use()
        for use in (getattr, delattr, lambda space, name: setattr(space, name, 1)):
            with self.fails(UnicodeEncodeError):
                use(space, "\udcff")
        with self.fails(UnicodeEncodeError):
            self.manager.dict().update(**{"\udcff": 1})
        with self.fails(UnicodeEncodeError):
            self.manager.Counter().update(**{"\udcff": 1})

    def test_every_method(self):
        shared = self.manager.list([3, 1, 2])
        shared.append(5)
        shared.extend(i for i in (7, 8))
        shared.extend(range(2))
        shared.insert(0, "x")
        shared.insert(100, "end")
        for huge in (lambda: shared.insert(2**80, 1), lambda: shared.pop(-2**63 - 1)):
            with self.fails(OverflowError, "Python int too large to convert to C ssize_t"):
                huge()
        self.assertEqual(shared.copy(), ["x", 3, 1, 2, 5, 7, 8, 0, 1, "end"])
        self.assertEqual((shared.pop(), shared.pop(0)), ("end", "x"))
        shared.remove(8)
        with self.fails(ValueError, "list.remove(x): x not in list"):
            shared.remove(8)
        self.assertEqual((shared.count(1), shared.index(5), 5 in shared, 6 in shared), (2, 3, True, False))
        shared.sort()
        self.assertEqual(list(shared), [0, 1, 1, 2, 3, 5, 7])
        shared.sort(key=lambda value: -value)
        shared.sort(key=lambda value: value % 2, reverse=True)
        self.assertEqual(shared[:], [7, 5, 3, 1, 1, 2, 0])
        shared.reverse()
        self.assertEqual(list(reversed(shared)), [7, 5, 3, 1, 1, 2, 0])
        self.assertEqual(shared.fetch_add(0, 10), 0)
        self.assertEqual(shared[0], 10)
        shared[1:3] = "ab"
        shared[-1] = None
        del shared[0]
        self.assertEqual(shared[:], ["a", "b", 1, 3, 5, None])
        shared.clear()
        self.assertEqual(shared[:], [])
        with self.fails(IndexError, "pop from empty list"):
            shared.pop()

    def test_atomic_operations(self):
        shared = self.manager.list([1, "b", [3]])
        self.assertEqual((shared.fetch_max(0, 5), shared.fetch_max(0, 2), shared[0]), (1, 5, 5))
        self.assertEqual((shared.swap(-2, None), shared.swap(1, "c")), ("b", None))
        self.assertEqual(shared.compare_exchange(2, [3.0], [4]), (True, [3]))
        self.assertEqual(shared.compare_exchange(2, [3], None), (False, [4]))
        self.assertEqual((shared.pop_if(1, "x"), shared.pop_if(1, "c")), ((False, "c"), (True, "c")))
        self.assertEqual(shared.get_many(i for i in (1, 0, -1)), [[4], 5, [4]])
        shared.set_many({0: 6, -1: [{"k": 7}]})
        self.assertEqual(shared[:], [6, [{"k": 7}]])
        shared.set_many((i, i) for i in range(1))
        shared.set_path([1, 0, "l"], shared)
        self.assertEqual((shared.get_path((1, 0, "k")), shared.get_path([1, 0, "l", 0])), (7, 0))
        with self.fails(IndexError):
            shared.set_many([(0, 1), (9, 9)])
        self.assertEqual(shared[0], 0)
        with self.fails(IndexError, "list index out of range"):
            shared.compare_exchange(5, 1, 1)
        with self.fails(TypeError, "list indices must be integers or slices, not str"):
            shared.swap("0", 1)
        with self.fails(IndexError, "cannot fit 'int' into an index-sized integer"):
            shared.fetch_max(2**63, 1)
        shared.clear()

    def test_slices(self):
        shared = self.manager.list(range(10))
        self.assertEqual(shared[::-2], [9, 7, 5, 3, 1])
        self.assertEqual(shared[-2**90:2**90], list(range(10)))
        del shared[::3]
        self.assertEqual(shared[:], [1, 2, 4, 5, 7, 8])
        shared[1:2] = (i for i in "xyz")
        self.assertEqual(shared[:], [1, "x", "y", "z", 4, 5, 7, 8])
        with self.fails(ValueError, "slice step cannot be zero"):
            shared[::0]
        with self.fails(TypeError, "slice indices must be integers or None or have an __index__ method"):
            shared["a":]

    def test_indices(self):
        shared = self.manager.list([1])
        self.assertEqual((shared[True - 1], shared[False]), (1, 1))
        with self.fails(IndexError, "cannot fit 'int' into an index-sized integer"):
            shared[2**70]
        with self.fails(TypeError, "list indices must be integers or slices, not str"):
            shared["a"]
        with self.fails(IndexError, "list assignment index out of range"):
            shared[1] = 2

    def test_operators(self):
        a, b = self.manager.list([1]), self.manager.list([2])
        self.assertEqual((a + b, a + [3], [3] + a, a * 2, 2 * a), ([1, 2], [1, 3], [3, 1], [1, 1], [1, 1]))
        same = a
        a += [5]
        a *= 2
        self.assertIs(a, same)
        self.assertEqual(a[:], [1, 5, 1, 5])
        with self.fails(TypeError):
            a + 1
        with self.fails(TypeError, "can't multiply sequence by non-int of type 'str'"):
            a * "x"

    def test_iterating_sees_changes(self):
        shared = self.manager.list([1, 2])
        seen = []
        for item in shared:
            seen.append(item)
            if item == 1:
                shared.append(3)
        self.assertEqual(seen, [1, 2, 3])

    def test_a_list_that_changes_while_it_is_sorted(self):
        shared = self.manager.list([2, 1])

        def key(value):
            shared.append(0)
            return value

        with self.fails(ValueError, "list modified during sort"):
            shared.sort(key=key)

    def test_it_is_a_sequence(self):
        self.assertIsInstance(self.manager.list(), MutableSequence)
        self.assertIsInstance(self.manager.dict(), MutableMapping)

    def test_constructor_errors_are_both_kinds(self):
        with self.assertRaises(RemoteError) as caught:
            self.manager.list(5)
        self.assertIsInstance(caught.exception, TypeError)
        self.assertEqual(str(caught.exception).splitlines()[1], "-" * 75)
        self.assertIn("TypeError: 'int' object is not iterable\n", caught.exception.args[0])
        with self.assertRaises(RemoteError):
            self.manager.list(1, 2)
        for make in (self.manager.list, self.manager.set):
            for args, kwds in ((([1], [2]), {}), (([1],), {"a": 1}), ((), {"a": 1})):
                with self.assertRaises(RemoteError) as caught:
                    make(*args, **kwds)
                self.assertIsInstance(caught.exception, TypeError)
        with self.assertRaises(RemoteError):
            self.manager._create("nothing")

    def test_so_are_those_of_arguments_that_no_constructor_takes(self):
        manager = self.manager
        for make, *args in (
            (manager.dict, 5), (manager.dict, {5}), (manager.dict, [5]), (manager.Lock, 1), (manager.Condition, None, 1),
            (manager.Barrier,), (manager.Array, "i"), (manager.deque, [], 1, 2), (manager.Pool, 1, None, (), 1, 2),
        ):
            with self.subTest(make), self.assertRaises(RemoteError) as caught:
                make(*args, **({"a": 1} if make == manager.dict else {}))
            self.assertIsInstance(caught.exception, TypeError)
            self.assertEqual((caught.exception.kind, caught.exception.type_name), ("type", "TypeError"))
        with self.assertRaisesRegex(RemoteError, "TypeError: .* takes 1 positional argument but 2 were given\n"):
            manager.Lock(1)
        # What cannot travel is refused here.
        for make, *args in ((manager.Array, "i", unittest), (manager.Condition, unittest), (manager.Barrier, unittest)):
            with self.fails(TypeError, "cannot pickle 'module' object"):
                make(*args)
        self.assertEqual(manager.dict(UserDict(b=2), a=1).copy(), {"b": 2, "a": 1})
        self.assertEqual(manager.dict((pair for pair in [("b", 2)]), a=1).copy(), {"b": 2, "a": 1})
        self.assertEqual(manager.Lock.__doc__, "A shared lock.")


class Deques(ProxyCase):
    def test_methods(self):
        shared = self.manager.deque("abc", maxlen=4)
        self.assertIs(type(shared), DequeProxy)
        self.assertIsInstance(shared, MutableSequence)
        self.assertEqual((str(shared), len(shared), shared.maxlen), ("deque(['a', 'b', 'c'], maxlen=4)", 3, 4))
        shared.append(1)
        shared.appendleft(0)
        self.assertEqual(list(shared), [0, "a", "b", "c"])
        self.assertEqual((shared[0], shared[-1], "a" in shared, 1 in shared), (0, "c", True, False))
        with self.fails(IndexError, "deque already at its maximum size"):
            shared.insert(0, 1)
        self.assertEqual((shared.pop(), shared.popleft()), ("c", 0))
        shared.insert(1, "x")
        shared.extend(i for i in range(2))
        self.assertEqual(shared.copy(), deque(["x", "b", 0, 1], 4))
        self.assertEqual(shared.copy().maxlen, 4)
        shared.extendleft([5])
        shared.rotate()
        shared.rotate(-2)
        shared.reverse()
        self.assertEqual(list(reversed(shared)), list(shared)[::-1])
        self.assertEqual(sorted(map(str, shared)), ["0", "5", "b", "x"])
        self.assertEqual((shared.count(5), shared.index(5)), (1, list(shared).index(5)))
        shared.remove(5)
        shared[0] = None
        del shared[1]
        self.assertEqual(len(shared), 2)
        shared.clear()
        for pop in (shared.pop, shared.popleft):
            with self.fails(IndexError, "pop from an empty deque"):
                pop()

    def test_operators(self):
        shared, other = self.manager.deque([1, 2]), self.manager.deque([3], 1)
        self.assertEqual((shared + other, other + shared), (deque([1, 2, 3]), deque([2], 1)))
        self.assertEqual((deque([0]) + shared, shared + deque([0])), (deque([0, 1, 2]), deque([1, 2, 0])))
        self.assertEqual((shared * 2, 2 * shared), (deque([1, 2, 1, 2]),) * 2)
        same = shared
        same += [3]
        same *= 2
        self.assertIs(same, shared)
        self.assertEqual(copy.deepcopy(shared), deque([1, 2, 3, 1, 2, 3]))
        with self.fails(TypeError, 'can only concatenate deque (not "list") to deque'):
            shared + [1]

    def test_errors(self):
        shared = self.manager.deque()
        for key in (slice(1), "a"):
            with self.fails(TypeError, f"sequence index must be integer, not '{type(key).__name__}'"):
                shared[key]
        with self.fails(IndexError, "deque index out of range"):
            shared[0]
        with self.fails(IndexError, "cannot fit 'int' into an index-sized integer"):
            shared[2**63]
        for maxlen, cls in ((-1, ValueError), ("a", TypeError), (2**63, OverflowError)):
            with self.assertRaises(cls):
                self.manager.deque((), maxlen)
            with self.assertRaises(RemoteError) as caught:
                self.manager.deque((), maxlen)
            self.assertIsInstance(caught.exception, cls)
        with self.assertRaises(TypeError):
            self.manager.deque(5)
        inner = self.manager.list([deque([1])])
        self.assertEqual(inner[0], [1])


class Dicts(ProxyCase):
    def test_every_method(self):
        shared = self.manager.dict([("a", 1)], b=2)
        shared["c"] = None
        self.assertEqual(str(shared), "{'a': 1, 'b': 2, 'c': None}")
        self.assertEqual((shared["a"], shared["c"], shared.get("c", 5), shared.get("d"), shared.get("d", 5)),
                         (1, None, None, None, 5))
        with self.fails(KeyError, "d"):
            shared["d"]
        with self.fails(KeyError, "d"):
            del shared["d"]
        self.assertEqual((shared.pop("c"), shared.pop("c", 7), shared.popitem()), (None, 7, ("b", 2)))
        with self.fails(KeyError, "c"):
            shared.pop("c")
        self.assertEqual((shared.setdefault("a"), shared.setdefault("z")), (1, None))
        shared.update({"q": 1})
        shared.update([("r", 2)], s=3)
        shared.update(t=4)
        shared.update(zip("uv", (5, 6)))
        self.assertEqual(shared.copy(), {"a": 1, "z": None, "q": 1, "r": 2, "s": 3, "t": 4, "u": 5, "v": 6})
        self.assertEqual((shared.keys()[:2], shared.values()[:2], shared.items()[:2]),
                         (["a", "z"], [1, None], [("a", 1), ("z", None)]))
        self.assertEqual((len(shared), "a" in shared, 1 in shared), (8, True, False))
        self.assertEqual(list(reversed(shared))[0], "v")
        self.assertEqual((shared.fetch_add("a", 5), shared.fetch_add("n", 1, 0)), (1, 0))
        self.assertEqual((shared["a"], shared["n"]), (6, 1))
        self.assertEqual(dict(shared), shared.copy())
        shared.clear()
        self.assertEqual(shared.items(), [])
        with self.fails(KeyError, "popitem(): dictionary is empty"):
            shared.popitem()
        with self.fails(TypeError):
            shared[[]]

    def test_atomic_operations(self):
        shared = self.manager.dict(a=1, b=[2])
        self.assertEqual((shared.fetch_max("a", 0), shared.fetch_max("n", 3, 4), shared["n"]), (1, 4, 4))
        self.assertEqual((shared.swap("n", None), shared.swap("n", 5)), (4, None))
        self.assertEqual((shared.compare_exchange("a", True, 9), shared.compare_exchange("a", 1, 8)), (
            (True, 1), (False, 9)))
        self.assertEqual((shared.pop_if("n", 4), shared.pop_if("n", 5), "n" in shared), ((False, 5), (True, 5), False))
        self.assertEqual((shared.get_many(["b", "a"]), shared.get_many("az", None)), ([[2], 9], [9, None]))
        with self.fails(KeyError, "z"):
            shared.get_many("az")
        shared.set_many(OrderedDict(a=1, c={"d": [1]}))
        shared.set_many(("e", i) for i in range(2))
        shared.set_path(["c", "d", 0], "x")
        self.assertEqual((shared.get_path(["c", "d"]), shared["e"], shared["a"]), (["x"], 1, 1))
        for call in (shared.swap, shared.pop_if, shared.fetch_max):
            with self.fails(KeyError, "z"):
                call("z", 1)

    def test_operators(self):
        a, b = self.manager.dict(x=1), self.manager.dict(x=2, y=2)
        self.assertEqual((a | b, b | a, a | {"z": 3}, {"x": 0} | a), (
            {"x": 2, "y": 2}, {"x": 1, "y": 2}, {"x": 1, "z": 3}, {"x": 1}))
        same = a
        a |= [("k", 1)]
        self.assertIs(a, same)
        self.assertEqual(a.copy(), {"x": 1, "k": 1})
        with self.fails(TypeError):
            a | [1]

    def test_iterating_draws_from_a_shared_iterator(self):
        shared = self.manager.dict({1: 2, None: 3})
        iterator = iter(shared)
        self.assertIsInstance(iterator, IteratorProxy)
        self.assertEqual(list(iterator), [1, None])
        iterator = iter(shared)
        shared[5] = 5
        with self.fails(RuntimeError, "dictionary changed size during iteration"):
            next(iterator)

    def test_an_iterator_is_no_generator(self):
        iterator = iter(self.manager.dict({1: 2}))
        self.assertIsInstance(iterator, Iterator)
        for call in (lambda: iterator.send(1), lambda: iterator.throw(ValueError), iterator.close):
            with self.fails(AttributeError):
                call()
        with self.fails(AttributeError, "'dict_keyiterator' object has no attribute 'send'"):
            iterator.send(None)
        self.assertIs(iter(iterator), iterator)
        self.assertFalse(hasattr(SyncManager, "Iterator"), "as in CPython, no method makes one")
        self.assertEqual(list(self.manager._create("Iterator", (i for i in (1, 2)))), [1, 2])

    def test_whatever_yields_can_be_iterated_over(self):
        SyncManager.register("Countdown")
        self.addCleanup(delattr, SyncManager, "Countdown")
        countdown = self.manager.Countdown(3)
        self.assertEqual(next(countdown), 2)
        iterator = iter(countdown)
        self.assertIsInstance(iterator, IteratorProxy)
        self.assertEqual([item for item in iterator], [1, 0])
        deque = self.manager.deque([1, 2])
        iterator = iter(deque)
        self.assertEqual(next(iterator), 1)
        deque.append(3)
        with self.fails(RuntimeError, "deque mutated during iteration"):
            next(iterator)
        self.assertEqual(list(deque), [1, 2, 3])

    def test_fromkeys_gives_a_plain_dict(self):
        self.assertEqual(self.manager.dict().fromkeys("ab", 0), {"a": 0, "b": 0})

    def test_what_a_dict_is_made_of(self):
        for made, plain in (
                (self.manager.dict(UserDict(a=1), b=2), {"a": 1, "b": 2}), (self.manager.dict(UserDict(a=1)), {"a": 1}),
                (self.manager.dict([("a", 1)], a=2), {"a": 2}),
                (self.manager.dict(zip("ab", (1, 2)), c=3), {"a": 1, "b": 2, "c": 3}),
                (self.manager.dict(self.manager.dict(a=1), b=2), {"a": 1, "b": 2}), (self.manager.dict(a=1), {"a": 1})):
            self.assertEqual(made.copy(), plain)


class Counters(ProxyCase):
    def test_methods(self):
        shared = self.manager.Counter("abracadabra")
        self.assertIs(type(shared), CounterProxy)
        self.assertIsInstance(shared, MutableMapping)
        self.assertIsInstance(shared, DictProxy)
        self.assertEqual(str(shared), "Counter({'a': 5, 'b': 2, 'r': 2, 'c': 1, 'd': 1})")
        self.assertEqual((shared["a"], shared["z"], shared.get("z"), "z" in shared, len(shared)), (5, 0, None, False, 5))
        self.assertEqual(list(shared), list("abrcd"))
        del shared["d"], shared["z"]
        shared["c"] = -2
        shared["x"] += 3
        shared.update("ab", q=2)
        shared.update({"a": 1})
        shared.update(UserDict(a=1))
        shared.update(letter for letter in "xx")
        shared.update(self.manager.Counter("b"))
        shared.update()
        shared.update(None)
        shared.subtract("rr", b=1)
        shared.subtract(["a"])
        self.assertEqual(dict(shared.items()), {"a": 7, "b": 3, "r": 0, "c": -2, "x": 5, "q": 2})
        self.assertEqual(shared.most_common(2), [("a", 7), ("x", 5)])
        self.assertEqual(len(shared.most_common()), 6)
        self.assertEqual((shared.most_common(0), shared.most_common(-1), len(shared.most_common(2**70))), ([], [], 6))
        with self.fails(TypeError, "'>=' not supported between instances of 'str' and 'int'"):
            shared.most_common("x")
        self.assertEqual((shared.total(), "".join(shared.elements())), (15, "a" * 7 + "bbb" + "x" * 5 + "qq"))
        self.assertIs(type(shared.copy()), Counter)
        self.assertEqual(shared.copy(), Counter(a=7, b=3, x=5, q=2, c=-2))
        self.assertIs(type(copy.deepcopy(shared)), Counter)
        with self.fails(NotImplementedError, "Counter.fromkeys() is undefined.  Use Counter(iterable) instead."):
            shared.fromkeys("ab")
        with self.fails(KeyError, "z"):
            shared.pop("z")
        with self.fails(TypeError, "'int' object is not iterable"):
            shared.update(5)

    def test_what_a_counter_is_made_of(self):
        for made, counts in (
                (self.manager.Counter(), {}), (self.manager.Counter(None), {}), (self.manager.Counter({"a": 2}), {"a": 2}),
                (self.manager.Counter(a=2), {"a": 2}), (self.manager.Counter("ab", a=2), {"a": 3, "b": 1}),
                (self.manager.Counter(Counter("aa")), {"a": 2}), (self.manager.Counter(range(2)), {0: 1, 1: 1}),
                (self.manager.Counter(self.manager.dict(a=2)), {"a": 2})):
            self.assertEqual(made.copy(), Counter(counts))

    def test_operators(self):
        a, b = Counter(x=3, y=1, z=-1), Counter(x=1, y=2, w=1)
        shared, other = self.manager.Counter(a), self.manager.Counter(b)
        for operation in (operator.add, operator.sub, operator.and_, operator.or_):
            for left, right in ((shared, other), (shared, b), (a, other)):
                made = operation(left, right)
                self.assertIs(type(made), Counter)
                self.assertEqual(list(made.items()), list(operation(a, b).items()))
        for operation in (operator.le, operator.lt, operator.ge, operator.gt):
            for pair in ((a, b), (b, a), (a, a), (a, a + Counter("x")), (Counter(), a)):
                left, right = map(self.manager.Counter, pair)
                self.assertEqual(operation(left, right), operation(*pair))
                self.assertEqual(operation(left, pair[1]), operation(*pair))
        self.assertEqual((+shared, -shared), (+a, -a))
        for operation in (operator.iadd, operator.isub, operator.ior, operator.iand):
            plain, shared = a.copy(), self.manager.Counter(a)
            self.assertIs(operation(shared, other), shared)
            self.assertEqual(shared.copy(), operation(plain, b))
        with self.fails(TypeError, "unsupported operand type(s) for +: 'CounterProxy' and 'list'"):
            shared + [1]
        with self.fails(TypeError, "'<' not supported between instances of 'CounterProxy' and 'int'"):
            shared < 5
        with self.fails(AttributeError, "'list' object has no attribute 'items'"):
            shared += [1]
        self.assertFalse(shared == self.manager.Counter(shared))
        self.assertEqual(self.manager.dict(x=9) | other, {"x": 1, "y": 2, "w": 1})


class Sets(ProxyCase):
    def test_every_method(self):
        shared = self.manager.set("ab")
        self.assertIsNone(shared.add("c"))
        self.assertIsNone(shared.add("c"))
        self.assertIsNone(shared.discard("x"))
        shared.update([1, 2], (i for i in (3,)), self.manager.list([4]))
        self.assertEqual(shared.copy(), {"a", "b", "c", 1, 2, 3, 4})
        self.assertIs(type(shared.copy()), set)
        shared.remove("a")
        shared.discard("b")
        with self.fails(KeyError, "a"):
            shared.remove("a")
        self.assertEqual((len(shared), "c" in shared, "a" in shared), (5, True, False))
        self.assertEqual(sorted(map(str, shared)), ["1", "2", "3", "4", "c"])
        self.assertEqual([*shared], list(shared))
        self.assertEqual(shared.union([5], range(6, 8)), {"c", 1, 2, 3, 4, 5, 6, 7})
        self.assertEqual(shared.intersection(range(1, 4), {2: None, 3: None}), {2, 3})
        self.assertEqual(shared.difference("c", [1]), {2, 3, 4})
        self.assertEqual(shared.symmetric_difference(range(2, 6)), {"c", 1, 5})
        self.assertTrue(shared.isdisjoint("xyz") and shared.issuperset([1, 2]))
        self.assertTrue(shared.issubset(["c", *range(9)]))
        shared.intersection_update(range(9))
        shared.difference_update([1], [2])
        shared.symmetric_difference_update([3, 9])
        self.assertEqual(shared.copy(), {4, 9})
        self.assertEqual({shared.pop(), shared.pop()}, {4, 9})
        with self.fails(KeyError, "pop from an empty set"):
            shared.pop()
        self.assertFalse(shared)
        self.assertEqual(str(shared), "set()")
        shared.add(1)
        shared.clear()
        self.assertEqual(len(shared), 0)
        shared._callmethod("update", (range(2),))
        self.assertEqual(shared._callmethod("union", (range(3),)), {0, 1, 2})

    def test_operators(self):
        a, b = self.manager.set([1, 2]), self.manager.set([2, 3])
        self.assertEqual((a | {3}, a & {2}, a - {2}, a ^ {2, 3}), ({1, 2, 3}, {2}, {1}, {1, 3}))
        self.assertEqual(({3} | a, {2} & a, {2, 3} - a, {2, 3} ^ a), ({1, 2, 3}, {2}, {3}, {1, 3}))
        self.assertEqual((a | b, a & b, a - b, a ^ b), ({1, 2, 3}, {2}, {1}, {1, 3}))
        self.assertEqual((a <= {1, 2}, a < {1, 2}, a >= {1}, a > {1}, {1} < a, {1, 2, 3} >= a, a <= b),
                         (True, False, True, True, True, True, False))
        same = a
        a |= {3}
        a &= b
        a -= {3}
        a ^= {4}
        self.assertIs(a, same)
        self.assertEqual(a.copy(), {2, 4})
        self.assertEqual(a | {1: 2}.keys(), {1, 2, 4})
        with self.fails(TypeError, "unsupported operand type(s) for |: 'SetProxy' and 'list'"):
            a | [1]
        with self.fails(TypeError, "unsupported operand type(s) for -=: 'SetProxy' and 'list'"):
            a -= [1]
        with self.fails(TypeError, "unsupported operand type(s) for &: 'list' and 'SetProxy'"):
            [1] & a
        with self.fails(TypeError, "'<=' not supported between instances of 'SetProxy' and 'list'"):
            a <= [1]
        with self.fails(TypeError):
            a | self.manager.list()

    def test_a_set_is_a_proxy_like_others(self):
        shared = self.manager.set([1])
        self.assertIsInstance(shared, MutableSet)
        self.assertIsInstance(shared, multiprocessing.managers.SetProxy)
        self.assertFalse(shared == {1})
        self.assertTrue(shared == copy.copy(shared))
        self.assertEqual(copy.deepcopy(shared), {1})
        self.assertRegex(repr(shared), r"<SetProxy object, typeid 'set' at 0x[0-9a-f]+>")
        shared.add(shared)
        self.assertIn(shared, shared)
        other = self.manager.list([shared])
        self.assertIs(other[0], shared)
        shared.clear()
        self.assertEqual(str(multiprocessing.managers.SetProxy[int]), "multiprocessing.managers.SetProxy[int]")

    def test_making_one(self):
        self.assertEqual(self.manager.set().copy(), set())
        self.assertEqual(self.manager.set(range(3)).copy(), {0, 1, 2})
        self.assertEqual(self.manager.set(self.manager.dict(a=1)).copy(), {"a"})
        with self.assertRaises(multiprocessing.managers.RemoteError) as caught:
            self.manager.set(1234)
        self.assertIsInstance(caught.exception, TypeError)
        with self.assertRaises(multiprocessing.managers.RemoteError):
            self.manager.set(1, 2)


class Proxies(ProxyCase):
    def test_nesting(self):
        a, b = self.manager.list(), self.manager.list()
        a.append(b)
        b.append("hello")
        self.assertEqual(str(a[0]), "['hello']")
        self.assertIs(a[0], b)
        self.assertEqual(a, copy.copy(a))
        self.assertNotEqual(a, b)
        self.assertEqual({a: 1}[copy.copy(a)], 1)
        self.assertIn(b, a)
        a.append({"deep": [b]})
        self.assertIs(a[1]["deep"][0], b)

    def test_reading_a_proxy_again_and_again_holds_one_handle(self):
        outer = self.manager.list([self.manager.list([1])])
        before = len(runtime.handles)
        kept = outer[0]
        for _ in range(1000):
            self.assertIs(outer[0], kept)
        self.assertEqual(len(runtime.handles), before + 1)
        self.assertLessEqual(runtime.most_handles, before + 2)
        del kept
        self.assertEqual(len(runtime.handles), before)

    def test_a_copy_is_a_handle_of_its_own(self):
        shared = self.manager.list()
        before = len(runtime.handles)
        second = copy.copy(shared)
        self.assertEqual(len(runtime.handles), before + 1)
        self.assertIsNot(second, shared)
        del second
        self.assertEqual(len(runtime.handles), before)

    def test_the_last_proxy_frees_the_object(self):
        shared = self.manager.list()
        count = self.manager._number_of_objects()
        del shared
        self.assertEqual(self.manager._number_of_objects(), count - 1)

    def test_narrowed_proxies_stay_apart(self):
        shared = self.manager.list([1, 2])
        reader = shared._narrow(["__getitem__", "__len__"], get_value=False, to_text=False)
        self.assertEqual((reader[0], len(reader), reader == shared), (1, 2, True))
        with self.assertRaises(RemoteError):
            reader.append(1)
        with self.assertRaises(RemoteError):
            reader._getvalue()
        self.assertTrue(str(reader).endswith("; '__str__()' failed>"))
        printed, copied = shared._narrow(get_value=False), shared._narrow(to_text=False)
        self.assertEqual((str(printed), copied._getvalue()), ("[1, 2]", [1, 2]))
        with self.assertRaises(RemoteError):
            printed._getvalue()
        self.assertTrue(str(copied).endswith("; '__str__()' failed>"))
        outer = self.manager.list([shared, reader])
        self.assertIs(outer[0], shared)
        outer[1]
        self.assertEqual(shared.copy(), [1, 2])

    def test_narrowing_says_for_how_long_and_how_often(self):
        rights = []
        original = fake_manager.FakeManager.proxy_narrow

        def narrow(manager, proxy, given):
            rights.append((given.lifetime, given.uses))
            self.assertEqual((type(given.get_value), type(given.to_text)), (bool, bool))
            return original(manager, proxy, given)

        shared = self.manager.list([1, 2])
        with mock.patch.object(fake_manager.FakeManager, "proxy_narrow", narrow):
            shared._narrow()
            shared._narrow(lifetime=1.5, uses=3)
            shared._narrow(lifetime=-1, uses=0)
            shared._narrow(lifetime=1e30, uses=10**30)
            shared._narrow(get_value=1, to_text=[])
        most = 2**64 - 1
        self.assertEqual(rights, [(None, None), (1_500_000_000, 3), (0, 0), (most, most), (None, None)])
        with self.assertRaisesRegex(ValueError, "uses must be >= 0"):
            shared._narrow(uses=-1)
        for wrong in ({"uses": 1.5}, {"uses": "1"}, {"lifetime": "1"}):
            with self.assertRaises(TypeError):
                shared._narrow(**wrong)

    def test_what_was_never_narrowed_is_not_revoked(self):
        with self.assertRaisesRegex(RemoteError, "the proxy was never narrowed") as caught:
            self.manager.list()._revoke()
        self.assertEqual((caught.exception.kind, caught.exception.type_name), ("not-exposed", "NotExposed"))

    def test_published_names(self):
        shared = self.manager.list([1, 2])
        commonhold.publish("numbers", shared)
        self.assertEqual(commonhold.names(), ["numbers"])
        self.assertIs(commonhold.look_up("numbers"), shared)
        with self.assertRaisesRegex(ValueError, "the name 'numbers' is taken"):
            commonhold.publish("numbers", self.manager.dict())
        commonhold.withdraw("numbers")
        for use in (commonhold.withdraw, commonhold.look_up):
            with self.assertRaisesRegex(RemoteError, "no object is published as 'numbers'"):
                use("numbers")
        self.assertEqual(commonhold.names(), [])
        with self.assertRaisesRegex(TypeError, "a proxy is wanted, not 'list'"):
            commonhold.publish("numbers", [1])

    def test_copies_and_values(self):
        shared = self.manager.list([1, [2]])
        self.assertEqual(shared._getvalue(), [1, [2]])
        self.assertEqual(copy.deepcopy(shared), [1, [2]])
        with self.assertRaises(RemoteError):
            self.manager.Lock()._getvalue()

    def test_what_takes_a_lock_takes_one_of_either_kind(self):
        given = []
        create = self.host.manager_create
        self.host.manager_create = lambda typeid, *rest: given.append((typeid, *rest)) or create(typeid, *rest)
        lock = multiprocessing.Lock()
        number = lock._proxy._number
        given.clear()
        self.manager.Array("i", [1], lock)
        self.manager.Value("i", 1, lock)
        self.manager.Value("i", 1, lock=lock)
        self.manager.Condition(lock)
        taken = [dict(kwargs).get("lock", args[-1]) for _, args, kwargs, _ in given]
        self.assertEqual([referent.id for referent in taken], [number] * 4)

    def test_what_a_barrier_is_made_with(self):
        given = []
        create = self.host.manager_create
        self.host.manager_create = lambda typeid, args, *rest: given.append(args) or create(typeid, args, *rest)
        self.manager.Barrier(2)
        self.manager.Barrier(2, None, 1.5)
        self.manager.Barrier(2, timeout=3)
        self.assertEqual(given, [[2, None, None], [2, None, 1.5], [2, None, 3]])

    def test_pickling_says_how_a_proxy_travels(self):
        with self.assertRaisesRegex(TypeError, "a proxy travels inside a value"):
            pickle.dumps(self.manager.list())

    def test_identity(self):
        shared = self.manager.list()
        self.assertEqual(shared._id, f"{shared._number:x}")
        self.assertEqual(shared._typeid, "list")
        self.assertEqual(repr(shared._token), f"Token(typeid='list', address='commonhold', id='{shared._id}')")
        with self.assertRaises(TypeError):
            ListProxy()

    def test_unexposed_methods(self):
        shared = self.manager.list()
        with self.assertRaises(RemoteError) as caught:
            shared._callmethod("zork")
        self.assertRegex(str(caught.exception), r"^\n-{75}\nNotExposed: .*zork.*\n-{75}$")
        with self.assertRaises(AttributeError):
            shared.zork

    def test_types_of_other_programs(self):
        SyncManager.register("Clicker")
        self.addCleanup(delattr, SyncManager, "Clicker")
        counter = self.manager.Clicker(5)
        self.assertEqual((counter.bump(), counter.bump(2), counter.value()), (6, 8, 8))
        self.assertEqual(type(counter).__name__, "AutoProxy[Clicker]")
        with self.assertRaises(AttributeError):
            counter.zork

    def test_classes_have_their_public_names(self):
        for cls in (AcquirerProxy, BaseProxy, DictProxy, IteratorProxy, ListProxy, RemoteError):
            self.assertEqual(cls.__module__, "multiprocessing.managers")


class Objects(ProxyCase):
    def test_instances_of_own_classes(self):
        slotted = Slotted()
        slotted.a = 1
        shared = self.manager.list([Point(1, [2]), Colour.RED, slotted, Point, ProxyCase.fails])
        self.assertEqual(shared[0], Point(1, [2]))
        self.assertIs(shared[1], Colour.RED)
        self.assertEqual(shared[2].a, 1)
        self.assertFalse(hasattr(shared[2], "b"))
        self.assertIs(shared[3], Point)
        self.assertIs(shared[4], ProxyCase.fails)
        shared.extend([int, [list, dict], NotImplemented, ...])
        self.assertEqual(shared[5:], [int, [list, dict], NotImplemented, ...])
        for thing in (type, len, Counter, eval):
            with self.assertRaises(values.PicklingError if thing is type or thing is Counter else Exception):
                shared.append(thing)
        shared.append(OwnError(1, "x"))
        error = shared[-1]
        self.assertIs(type(error), OwnError)
        self.assertEqual(error.args, (1, "x"))

    def test_objects_of_other_programs_stay_opaque(self):
        values.own_modules.discard(__name__)
        shared = self.manager.list([tree.Object("elsewhere.Thing", "<a thing>", [1])])
        thing = shared[0]
        self.assertEqual((type(thing), repr(thing), thing.state), (tree.Object, "<a thing>", [1]))
        shared.append(thing)
        self.assertEqual(shared[1], thing)
        with self.assertRaisesRegex(TypeError, "cannot pickle 'tests.test_proxies.Point' object"):
            shared.append(Point(1, 2))

    def test_objects_hold_proxies(self):
        inner = self.manager.list()
        shared = self.manager.list([Point(inner, inner)])
        self.assertIs(shared[0].x, inner)


class Locks(ProxyCase):
    def test_acquiring(self):
        lock = self.manager.Lock()
        self.assertIs(lock.acquire(), True)
        self.assertIs(lock.acquire(False), False)
        self.assertIs(lock.acquire(blocking=False), False)
        self.assertIs(lock.acquire(timeout=0), False)
        self.assertIs(lock.acquire(True, 1e-9), False)
        self.assertTrue(lock.locked())
        lock.release()
        with self.fails(RuntimeError):
            lock.release()
        with lock as taken:
            self.assertIs(taken, True)
            self.assertTrue(lock.locked())
        self.assertFalse(lock.locked())
        with self.fails(ValueError, "can't specify a timeout for a non-blocking call"):
            lock.acquire(False, 1)
        with self.fails(ValueError, "timeout value must be a non-negative number"):
            lock.acquire(True, -5)

    def test_an_abandoned_lock_says_so(self):
        lock = self.manager.Lock()
        self.host.live[lock._number].abandoned = True
        self.assertTrue(lock.acquire())
        self.assertTrue(lock.abandoned)
        lock.release()
        lock.acquire()
        self.assertFalse(lock.abandoned)


class CodedError(Exception):
    def __init__(self, code, why):
        super().__init__(code, why)
        self.code = code


class Fussy(Exception):
    def __new__(cls, only):
        return super().__new__(cls, only)


class FinalError(Exception):
    def __init_subclass__(cls):
        raise TypeError("there is nothing below it")


class WithMore(Exception):
    def __new__(cls, why):
        return super().__new__(cls, why, "more")

    def __init__(self, why):
        super().__init__(why, "more")


class Silent(Exception):
    def __str__(self):
        raise ValueError("no text")


class Fragile(Exception):
    """Is made of nothing but what it likes."""

    why = ValueError("not like that")

    def __new__(cls, *args):
        if args and args[0] == "well":
            return super().__new__(cls, *args)
        raise cls.why


class Exiting(Fragile):
    why = SystemExit(3)


class Changeling(Exception):
    def __new__(cls, *args):
        return "an exception" if args else super().__new__(cls)


class Reluctant(Exception):
    def __init__(self, *args):
        if args:
            raise KeyboardInterrupt


@dataclass(frozen=True)
class Frozen(Exception):
    code: int


class Mute(Exception):
    """Fails whoever asks it anything."""

    args = property(lambda self: 1 / 0)

    def __getattribute__(self, name):
        raise SystemExit(name)

    def __str__(self):
        raise SystemExit("no text")


class Nowhere(Exception):
    __module__ = []


class Picky:
    """Is compared only with its like."""

    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x


class Unmade:
    """Travels, and is not made again."""

    def __new__(cls, x):
        return super().__new__(cls)


class Leaving:
    def __getstate__(self):
        raise SystemExit("gone")


class Errors(ProxyCase):
    def raised(self, *args, **kwds):
        """The exception that a failure becomes."""
        shared = self.manager.list()

        def fail(proxy, index):
            raise Failure(*args, **kwds)

        self.host.lists_get_item = fail
        try:
            shared[0]
        except Exception as error:
            return error
        self.fail("nothing was raised")

    def test_classes(self):
        import queue
        import threading

        for kind, type_name, cls in (
            ("index", "IndexError", IndexError), ("value", "UnicodeError", UnicodeError), ("os", "OSError", OSError),
            ("os", "FileNotFoundError", FileNotFoundError), ("other", "NameError", NameError),
            ("empty", "queue.Empty", queue.Empty), ("full", "queue.Full", queue.Full),
            ("broken-barrier", "threading.BrokenBarrierError", threading.BrokenBarrierError),
            ("timeout", "TimeoutError", TimeoutError), ("stop-iteration", "StopIteration", StopIteration),
            ("custom", f"{__name__}.OwnError", OwnError), ("revoked", "Revoked", RemoteError),
            ("internal", "Internal", RemoteError),
            ("type", "RuntimeError", TypeError), ("value", "UnicodeDecodeError", ValueError),
            ("internal", "ValueError", RemoteError), ("no-such-type", "NoSuchType", RemoteError),
            ("value", "colorsys.Error", ValueError),
        ):
            with self.subTest(kind=kind, type_name=type_name):
                self.assertIs(type(self.raised(kind, "so it is", type_name=type_name)), cls)
        self.assertNotIn("colorsys", sys.modules, "for an error from elsewhere nothing is imported")

    def test_args(self):
        from commonhold.errors import exception_of

        self.assertEqual(self.raised("key", "'a'", ("a",), "KeyError").args, ("a",))
        self.assertEqual(self.raised("value", "bad").args, ("bad",))
        self.assertEqual(self.raised("value", "").args, ())
        self.assertEqual(self.raised("custom", "(1, 2)", (1, 2), f"{__name__}.OwnError").args, (1, 2))
        self.assertEqual(self.raised("os", "[Errno 2] x", (2, "x"), "FileNotFoundError").errno, 2)
        # Other languages' may be anything.
        for args, expected in ((5, (5,)), ([1, 2], ([1, 2],)), ((), ()), ("ab", ("ab",))):
            made = exception_of(boundary.Error(boundary.ErrorKind.VALUE, "ValueError", "so it is", runtime.value(args), None))
            self.assertEqual((type(made), made.args), (ValueError, expected))

    def test_the_remote_traceback_is_the_cause(self):
        error = self.raised("value", "bad", traceback="Traceback: there\n")
        self.assertEqual(str(error.__cause__), '\n"""\nTraceback: there\n"""')

    def test_the_frameworks_errors_have_it_in_their_text(self):
        for kind, cls in (("internal", RemoteError), ("provider-died", ProviderDied)):
            for message, there, text in (
                ("why", "there", "there\nInner: why\n"), ("", "there\n", "there\nInner\n"), ("", None, "Inner\n"),
                ("why", "there\nInner: why\n", "there\nInner: why\n"), ("why", None, "Inner: why\n"),
            ):
                error = self.raised(kind, message, type_name="Inner", traceback=there)
                self.assertIs(type(error), cls)
                self.assertEqual((error.args, error.__cause__), ((text,), None))
                self.assertEqual((error.kind, error.type_name, error.message), (kind, "Inner", message))

    def test_a_class_that_the_program_does_not_have_is_made_for_its_error(self):
        from commonhold.errors import ForeignError

        for kind, type_name, shown in (("custom", "elsewhere.Error", "elsewhere.Error"), ("other", "Surprise", "Surprise"),
                                       ("custom", "a\0b", "a?b")):
            error = self.raised(kind, "so it is", ("why", 7), type_name, "there")
            self.assertIsInstance(error, ForeignError)
            self.assertIsInstance(error, RemoteError)
            self.assertIs(type(error), type(self.raised(kind, "again", type_name=type_name)))
            title = "".join(traceback.format_exception_only(error)).strip()
            self.assertEqual((title, error.args), (f"{shown}: so it is", ("why", 7)))
            self.assertEqual((error.kind, error.type_name, error.message), (kind, type_name, "so it is"))
            self.assertEqual(str(error.__cause__), '\n"""\nthere\n"""')
        first = type(self.raised("custom", "", type_name="First"))
        for number in range(1000):
            self.raised("custom", "", type_name=f"Made{number}")
        self.assertIsNot(type(self.raised("custom", "", type_name="First")), first, "whoever makes up names fills nothing")
        self.assertEqual(str(self.raised("custom", "", type_name="First")), "")
        # One that the program raises itself says what it was made of.
        self.assertEqual((str(first("made here")), str(first()), str(first(1, 2))), ("made here", "", "(1, 2)"))

    def test_a_name_that_is_no_exceptions_is_one_that_the_program_does_not_have(self):
        for kind, type_name in (
            ("custom", f"{__name__}.Point"), ("custom", f"{__name__}.new_process"), ("custom", f"{__name__}.boundary"),
            ("custom", f"{__name__}.Fussy"), ("other", "multiprocessing.managers.SyncManager"),
            ("other", "multiprocessing.managers.Manager"), ("other", "multiprocessing.managers"), ("other", "print"),
        ):
            with self.subTest(type_name=type_name):
                error = self.raised(kind, "so it is", (1, 2), type_name)
                self.assertEqual(type(error).__mro__[1].__name__, "ForeignError")
                self.assertEqual((error.type_name, error.args, str(error)), (type_name, (1, 2), "so it is"))

    def test_an_error_that_goes_on_stays_what_it_was(self):
        from commonhold.errors import constructor_error, error_of, exception_of

        for kind, name, args in (
            ("custom", "elsewhere.Error", ("why", 7)), ("custom", f"{__name__}.OwnError", (1,)), ("key", "KeyError", (1,)),
            ("value", "UnicodeError", None), ("revoked", "Revoked", None), ("unserializable", "Unserializable", None),
            ("other", "NameError", None), ("other", "URIError", ("x",)), ("empty", "queue.Empty", None),
        ):
            message = repr(args[0]) if kind == "key" else "so it is"
            for how in (lambda error: error, constructor_error):
                error = how(self.raised(kind, message, args, name))
                again = error_of(error, "here")
                self.assertEqual((again.kind.name.lower().replace("_", "-"), again.type_name, again.traceback), (kind, name, "here"))
                if kind != "custom" or name != f"{__name__}.OwnError":
                    self.assertEqual(again.message, message)
                twice = exception_of(again)
                if twice.__cause__:  # else it is the framework's, with all of that in its text
                    self.assertEqual(twice.args, self.raised(kind, message, args, name).args)
                else:
                    self.assertIn(f"here\n{name}: {message}\n", str(twice))

    def test_what_cannot_travel_is_told_as_cpython_does(self):
        error = self.raised("unserializable", "cannot pickle it", type_name="Unserializable")
        self.assertEqual(str(error), f"\n{'-' * 75}\nUnserializable message: Unserializable: cannot pickle it\n\n{'-' * 75}")
        self.assertEqual((error.kind, error.message), ("unserializable", "cannot pickle it"))
        self.assertEqual((RemoteError("x").kind, RemoteError("x").type_name, RemoteError("x").message), (None, None, None))

    def test_what_had_no_arguments_goes_on_without(self):
        from commonhold.errors import error_of

        for kind, type_name in (("revoked", "Revoked"), ("custom", "elsewhere.Error"), ("no-such-name", "NoSuchName")):
            error = self.raised(kind, "so it is", type_name=type_name)
            self.assertEqual((error.kind, error_of(error).args), (kind, None))

    def test_errors_of_constructors(self):
        from commonhold.errors import constructor_error

        first, second = constructor_error(KeyError("a")), constructor_error(KeyError("b", 1))
        self.assertIs(type(first), type(second))
        self.assertEqual(type(first).__mro__[:3], (type(first), RemoteError, KeyError))
        self.assertEqual((first.args, first.kind, first.type_name, first.message), (
            ("KeyError: 'a'\n",), "key", "KeyError", "'a'"))
        self.assertEqual(str(first), f"\n{'-' * 75}\nKeyError: 'a'\n{'-' * 75}")
        self.assertIs(constructor_error(first), first)
        # One whose class has no others below it, and one that has arguments of its own.
        final = constructor_error(FinalError("why"))
        self.assertEqual((type(final), final.args, final.kind), (RemoteError, (f"{__name__}.FinalError: why\n",), "custom"))
        group = constructor_error(ExceptionGroup("why", [ValueError("v")]))
        self.assertIsInstance(group, ExceptionGroup)
        self.assertEqual((group.args, str(group.exceptions[0])), (("ExceptionGroup: why (1 sub-exception)\n",), "v"))
        self.assertEqual(constructor_error(FileNotFoundError(2, "why")).errno, 2)
        for exception, cls in ((Fragile("well"), Fragile), (Exiting("well"), Exiting), (Changeling(), Changeling),
                               (Reluctant(), Reluctant), (Frozen(5), Frozen)):
            made = constructor_error(exception)
            self.assertEqual((isinstance(made, cls), isinstance(made, RemoteError)), (True, True), cls)
        odd = Fragile("well")
        odd.args = ("ill",)
        self.assertEqual((type(constructor_error(odd)), constructor_error(odd).type_name), (RemoteError, f"{__name__}.Fragile"))
        more = constructor_error(WithMore("why"))
        self.assertIsInstance(more, WithMore)
        self.assertEqual(more.args, (f"{__name__}.WithMore: ('why', 'more')\n",))

    def test_a_class_of_its_own_gets_what_its_constructor_sets(self):
        name = f"{__name__}.CodedError"
        error = self.raised("custom", "(5, 'why')", (5, "why"), name)
        self.assertEqual((type(error), error.code, error.args), (CodedError, 5, (5, "why")))
        # One whose constructor takes other arguments than it keeps is still that class.
        error = self.raised("custom", "5: why", None, name)
        self.assertEqual((type(error), hasattr(error, "code"), str(error)), (CodedError, False, "5: why"))

    def test_exceptions_become_errors(self):
        from commonhold.errors import error_of

        error = error_of(KeyError("a"), "text")
        self.assertEqual((error.kind.name, error.type_name, error.message, error.traceback),
                         ("KEY", "KeyError", "'a'", "text"))
        error = error_of(OwnError(1))
        self.assertEqual((error.kind.name, error.type_name), ("CUSTOM", f"{__name__}.OwnError"))
        error = error_of(ModuleNotFoundError("no"))
        self.assertEqual((error.kind.name, error.type_name, error.args), ("OTHER", "ModuleNotFoundError", None))
        self.assertEqual(error_of(ValueError(object())).args, None)
        self.assertEqual((error_of(ValueError()).args, error_of(ValueError()).message), (None, ""))
        error = error_of(ValueError("\ud800"))
        self.assertEqual((error.message, error.args), ("\\ud800", None))
        self.assertEqual(error_of(Silent(1)).message, "<unprintable Silent object>")

        class Local(Exception):
            pass

        error = error_of(Local("x"))
        self.assertEqual((error.kind.name, error.type_name), ("CUSTOM", f"{__name__}.{Local.__qualname__}"))

    def test_an_error_is_told_whatever_its_class_does(self):
        from commonhold.errors import constructor_error, error_of, exception_of, format_exception

        picky = Picky(1)
        for exception, kind, name, message, has_args in (
            (ValueError(picky), "value", "ValueError", repr(picky), True),
            (ValueError(Picky, 1), "value", "ValueError", f"({Picky!r}, 1)", True),
            (ValueError(Leaving()), "value", "ValueError", None, False),
            (Frozen(5), "custom", f"{__name__}.Frozen", None, True),
            (Mute("x"), "custom", f"{__name__}.Mute", "<unprintable Mute object>", True),
            (Nowhere("x"), "other", "Nowhere", "x", False),
        ):
            with self.subTest(name):
                error = error_of(exception)
                self.assertEqual((error.kind.name.lower(), error.type_name), (kind, name))
                self.assertEqual((error.message if message else None, error.args is not None), (message, has_args))
                self.assertIn(name.rpartition(".")[2], format_exception(exception))
                self.assertIsInstance(constructor_error(exception), RemoteError)
                self.assertIsInstance(exception_of(error), Exception)
        error = error_of(ValueError("x"), "there: \ud800")
        self.assertEqual(error.traceback, "there: \\ud800")

    def test_an_error_is_not_lost_over_its_arguments(self):
        from commonhold.errors import error_of

        for kind, type_name, cls in (
            ("value", "ValueError", ValueError), ("custom", f"{__name__}.OwnError", OwnError), ("other", "NameError", NameError),
        ):
            args = ("x", tree.Object(f"{__name__}.Unmade", "<unmade>", None))
            error = self.raised(kind, "so it is", args, type_name, "there")
            self.assertEqual((type(error), error.args, str(error.__cause__)), (cls, ("so it is",), '\n"""\nthere\n"""'))
        error = self.raised("custom", "", args, "elsewhere.Error")
        self.assertEqual((error.args, str(error), error_of(error).args), ((), "", None))

    def test_an_error_is_not_lost_over_its_class(self):
        from commonhold import errors

        for name in ("Fragile", "Exiting", "Changeling"):
            error = self.raised("custom", "so it is", ("bad", 1), f"{__name__}.{name}", "there")
            self.assertIsInstance(error, errors.ForeignError)
            self.assertEqual((error.args, error.type_name), (("bad", 1), f"{__name__}.{name}"))
        self.assertIs(type(self.raised("custom", "so it is", ("well",), f"{__name__}.Fragile")), Fragile)
        error = self.raised("custom", "so it is", (1, 2), f"{__name__}.Reluctant")
        self.assertEqual((type(error), error.args), (Reluctant, (1, 2)))
        error = self.raised("custom", "5", (5,), f"{__name__}.Frozen", "there")
        self.assertEqual((type(error), error.code, error.args, str(error.__cause__)), (Frozen, 5, (5,), '\n"""\nthere\n"""'))
        # One whose module cannot be had.
        values.own_modules.add("tests.missing")
        self.addCleanup(values.own_modules.discard, "tests.missing")
        error = self.raised("custom", "so it is", type_name="tests.missing.Error")
        self.assertEqual((type(error).__mro__[1].__name__, str(error)), ("ForeignError", "so it is"))

    def test_what_is_not_shown_of_a_traceback(self):
        from commonhold.errors import format_exception

        space = {}
        exec(compile("def through(function): return function()", "hidden.py", "exec"), space)
        through = space["through"]

        def fail():
            raise ValueError("first")

        def from_another():
            try:
                through(fail)
            except ValueError as error:
                raise KeyError("second") from error

        def while_another():
            try:
                through(fail)
            except ValueError:
                raise KeyError("second")

        def several():
            try:
                through(fail)
            except ValueError as error:
                kept = error
            raise ExceptionGroup("several", [kept])

        works = [(fail, ValueError), (from_another, KeyError), (while_another, KeyError)]
        if sys.version_info >= (3, 11):
            works.append((several, ExceptionGroup))
        for work, cls in works:
            with self.subTest(work=work):
                with self.fails(cls) as caught:
                    through(work)
                text, shown = format_exception(caught.exception), format_exception(caught.exception, ("hidden.py",))
                self.assertEqual((text.count("in fail"), shown.count("in fail")), (1, 1))
                self.assertEqual((text.count("hidden.py"), shown.count("hidden.py")), (1 if work is fail else 2, 0))
        # What the SDK raises itself is shown with where it does; what it only passes on is not.
        shared = self.manager.list()
        for call, cls, last in (
            (lambda: shared._narrow(uses=-1), ValueError, "rights"), (lambda: shared[5], IndexError, "<lambda>"),
            (lambda: shared.append(unittest), TypeError, "<lambda>"),
        ):
            with self.fails(cls) as caught:
                call()
            lines = format_exception(caught.exception).splitlines()
            self.assertEqual([line.rpartition(" in ")[2] for line in lines if line.startswith("  File ")][-1], last)


class Managers(ProxyCase):
    def test_states(self):
        with SyncManager() as manager:
            manager.list()
            with self.assertRaises(multiprocessing.ProcessError):
                manager.start()
        with self.assertRaisesRegex(AssertionError, "server not yet started"):
            manager.list()
        with self.assertRaises(multiprocessing.ProcessError):
            manager.start()
        with self.assertRaisesRegex(AssertionError, "server not yet started"):
            SyncManager().dict()
        for use, *args in (
            ("_create", "list"), ("_number_of_objects",), ("_debug_info",), ("_typeids",), ("list",), ("dict",), ("set",),
            ("Counter",), ("deque",), ("Lock",), ("Condition",), ("Event",), ("Queue",), ("Pool",), ("Namespace",),
            ("Value", "i", 1), ("Array", "i", 1), ("Barrier", 2),
        ):
            with self.subTest(use=use), self.fails(AssertionError, "server not yet started"):
                getattr(SyncManager(), use)(*args)
        with self.assertRaises(TypeError):
            pickle.dumps(manager)

    def test_what_is_registered(self):
        registered = SyncManager._registry
        self.assertEqual(tuple(registered["Iterator"]), (None, ("__next__", "send", "throw", "close"), None, IteratorProxy))
        self.assertEqual(tuple(registered["AsyncResult"]), (None, None, None, AutoProxy))
        self.assertFalse(hasattr(SyncManager, "AsyncResult"))


class Boundary(unittest.TestCase):
    def test_received_scalars_are_plain(self):
        new_process()
        for value in (True, 5, 1.5, "x", b"x"):
            self.assertIs(type(runtime.value(value)), type(value))
        self.assertIs(runtime.value(None), boundary.NULL)

    def test_results_are_given_away_with_their_proxies(self):
        new_process()
        shared = multiprocessing.Manager().list()
        for value in (None, True, 5, 1.5, "x", b"x", [1, None], 2**70):
            self.assertEqual(runtime.returned(boundary.instance_of(boundary.Ok, values.outgoing(value))), value)
        handles = len(runtime.handles)
        given = runtime.returned(boundary.instance_of(boundary.Ok, values.outgoing([shared, shared])))
        self.assertEqual([type(one) for one in given], [Referent] * 2)
        self.assertEqual(len(runtime.handles), handles)
        self.assertEqual(str(shared), "[]")


if __name__ == "__main__":
    unittest.main()
