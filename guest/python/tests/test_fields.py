"""Namespaces, values and arrays, through the manager."""

import copy
from array import array

from commonhold.fields import ArrayProxy, NamespaceProxy, ValueProxy
from multiprocessing.managers import Namespace, RemoteError

from .test_proxies import ProxyCase


class Namespaces(ProxyCase):
    def test_attributes_are_the_referents(self):
        it = self.manager.Namespace(x=10)
        self.assertIs(type(it), NamespaceProxy)
        it.y = "hello"
        it.list = [1]
        it.list.append(2)  # Of a copy.
        self.assertEqual((it.x, it.y, it.list), (10, "hello", [1]))
        del it.list
        self.assertFalse(hasattr(it, "list"))
        with self.fails(AttributeError, "'Namespace' object has no attribute 'q'"):
            it.q
        with self.fails(AttributeError, "'Namespace' object has no attribute 'q'"):
            del it.q

    def test_attributes_with_an_underscore_are_the_proxys_own(self):
        it = self.manager.Namespace()
        it._z = 12.3
        self.assertEqual(it._z, 12.3)
        self.assertEqual(it._names(), [])
        del it._z
        with self.assertRaises(AttributeError):
            it._z
        with self.assertRaises(AttributeError):
            del it._z
        self.assertEqual(it._callmethod.__name__, "_callmethod")

    def test_no_attribute_is_hidden_by_an_operation(self):
        it = self.manager.Namespace()
        for name in ("fetch_add", "swap", "get", "value", "names"):
            setattr(it, name, name)
            self.assertEqual(getattr(it, name), name)

    def test_operations_in_one_step(self):
        it = self.manager.Namespace(n=1)
        self.assertEqual(it._fetch_add("n", 4), 1)
        self.assertEqual(it._fetch_max("n", 7), 5)
        self.assertEqual(it._fetch_max("n", 2), 7)
        self.assertEqual(it._swap("n", None), 7)
        self.assertEqual(it._compare_exchange("n", None, [1]), (True, None))
        self.assertEqual(it._compare_exchange("n", None, 2), (False, [1]))
        with self.fails(AttributeError, "'Namespace' object has no attribute 'q'"):
            it._swap("q", 1)
        with self.fails(AttributeError, "'Namespace' object has no attribute 'q'"):
            it._compare_exchange("q", 1, 2)
        with self.fails(TypeError, "attribute name must be string, not 'int'"):
            it._fetch_add(1, 1)

    def test_a_copy_is_a_plain_namespace(self):
        it = self.manager.Namespace(b=1, a="x", _hidden=0)
        plain = copy.deepcopy(it)
        self.assertIs(type(plain), Namespace)
        self.assertEqual(repr(plain), "Namespace(a='x', b=1)")
        self.assertEqual(vars(plain), {"b": 1, "a": "x", "_hidden": 0})
        it.me = it
        self.assertIs(it.me, it)


class Values(ProxyCase):
    def test_value(self):
        it = self.manager.Value("i", 7)
        self.assertIs(type(it), ValueProxy)
        self.assertEqual(str(it), "Value('i', 7)")
        it.value += 1
        self.assertEqual((it.value, it.get()), (8, 8))
        it.set("notint")
        self.assertEqual(it.value, "notint")
        it.value = [1, (2,)]
        self.assertEqual(it._getvalue(), [1, (2,)])
        it.value = it
        self.assertIs(it.value, it)
        self.assertEqual(str(self.manager.Value("zzz", None)), "Value('zzz', None)")
        self.assertTrue(ValueProxy[int])

    def test_operations_in_one_step(self):
        it = self.manager.Value("i", 1)
        self.assertEqual(it.fetch_add(2.5), 1)
        self.assertEqual(it.fetch_max(2), 3.5)
        self.assertEqual(it.swap(1 << 70), 3.5)
        self.assertEqual(it.compare_exchange(1 << 70, None), (True, 1 << 70))
        self.assertEqual(it.compare_exchange(1, 2), (False, None))
        with self.assertRaises(TypeError):
            it.fetch_add(1)

    def test_the_lock_is_one(self):
        it = self.manager.Value("i", 0)
        self.assertIs(it.get_lock(), it.get_lock())
        with it.get_lock():
            self.assertTrue(it.get_lock().locked())
        self.assertFalse(it.get_lock().locked())
        lock = self.manager.Lock()
        self.assertIs(self.manager.Value("i", 0, lock=lock).get_lock(), lock)
        self.assertIs(self.manager.Array("i", [1], lock=lock).get_lock(), lock)
        with self.fails(AttributeError, "'Value' object has no attribute 'get_lock'"):
            self.manager.Value("i", 0, lock=False).get_lock()
        with self.fails(AttributeError, "'Array' object has no attribute 'get_lock'"):
            self.manager.Array("i", 0, False).get_lock()


class Arrays(ProxyCase):
    def test_items(self):
        it = self.manager.Array("i", range(1, 4))
        self.assertIs(type(it), ArrayProxy)
        self.assertEqual(str(it), "array('i', [1, 2, 3])")
        self.assertEqual((it.typecode, len(it), it[0], it[-1], it[True]), ("i", 3, 1, 3, 2))
        it[-1] = 9
        self.assertEqual(list(it), [1, 2, 9])
        self.assertIn(9, it)
        with self.fails(IndexError, "array index out of range"):
            it[3]
        with self.fails(IndexError, "array assignment index out of range"):
            it[3] = 1
        with self.fails(IndexError, "cannot fit 'int' into an index-sized integer"):
            it[1 << 70]
        with self.fails(TypeError, "array indices must be integers"):
            it["x"]
        with self.fails(OverflowError, "signed integer is greater than maximum"):
            it[0] = 1 << 31
        with self.assertRaises(TypeError):
            it[0] = "x"
        self.assertEqual(str(self.manager.Array(sequence=2, typecode="d")), "array('d', [0.0, 0.0])")
        self.assertEqual(str(self.manager.Array("B", b"ab")), "array('B', [97, 98])")
        self.assertEqual(str(self.manager.Array("h", array("h", [1]))), "array('h', [1])")
        with self.assertRaises(RemoteError):
            self.manager.Array("z", [])

    def test_slices_are_plain_arrays(self):
        it = self.manager.Array("h", [0, 1, 2, 3])
        part = it[1:3]
        self.assertEqual(part, array("h", [1, 2]))
        self.assertEqual(part.typecode, "h")
        self.assertEqual(it[::-2], array("h", [3, 1]))
        it[1:3] = array("h", [7, 8])
        it[::3] = [5, 6]
        self.assertEqual(it._getvalue(), array("h", [5, 7, 8, 6]))
        it[1:] = (1 for _ in range(2))
        self.assertEqual(copy.deepcopy(it), array("h", [5, 1, 1]))
        it[:] = it
        self.assertEqual(list(it), [5, 1, 1])
        with self.assertRaises(ValueError):
            it[::2] = [1]
        letters = self.manager.Array("u", "añ")
        self.assertEqual(letters[:], array("u", "añ"))

    def test_ranges(self):
        it = self.manager.Array("i", [1, 2, 3])
        self.assertEqual(it.read_bytes(1, 2), b"\2\0\0\0\3\0\0\0")
        it.write_bytes(0, array("i", [8, 9]))
        self.assertEqual(list(it), [8, 9, 3])
        with self.assertRaises(IndexError):
            it.read_bytes(2, 2)
        with self.assertRaises(IndexError):
            it.read_bytes(-1, 1)

    def test_operations_in_one_step(self):
        it = self.manager.Array("b", [1, 127])
        self.assertEqual(it.fetch_add(0, 5), 1)
        with self.fails(OverflowError, "signed char is greater than maximum"):
            it.fetch_add(-1, 1)
        self.assertEqual(it.fetch_max(0, 10), 6)
        self.assertEqual(it.swap(0, 3), 10)
        self.assertEqual(it.compare_exchange(0, 3, 4), (True, 3))
        self.assertEqual(it.compare_exchange(0, 3, 5), (False, 4))
        with self.fails(IndexError, "array index out of range"):
            it.compare_exchange(2, 3, 5)
        with self.fails(TypeError, "array indices must be integers"):
            it.swap("x", 1)
