"""``multiprocessing.Value``, ``Array`` and the raw ones, as CPython's behave."""

import gc
import unittest

import multiprocessing
from multiprocessing import sharedctypes

from .test_proxies import ProxyCase

try:
    import ctypes
except ImportError:
    ctypes = None


class Values(ProxyCase):
    def test_a_value_is_what_was_set(self):
        value = multiprocessing.Value("i", 5)
        self.assertEqual(repr(value), "<Synchronized wrapper for c_int(5)>")
        value.value += 1
        self.assertEqual((value.value, repr(value.get_obj())), (6, "c_int(6)"))
        self.assertEqual([multiprocessing.Value(code).value for code in "cuid?"], [b"\0", "\0", 0, 0.0, False])
        with self.fails(TypeError, "__init__ expected at most 1 argument, got 2"):
            multiprocessing.Value("i", 1, 2)

    def test_a_number_is_cut_down_to_its_size(self):
        for code, given, kept in [
            ("b", 200, -56), ("B", 300, 44), ("h", 1 << 15, -1 << 15), ("H", -1, 65535), ("i", 1 << 31, -1 << 31),
            ("I", -1, (1 << 32) - 1), ("l", 1 << 63, -1 << 63), ("L", -1, (1 << 64) - 1), ("q", -1 << 64, 0),
            ("Q", 1 << 70, 0), ("f", 0.1, 0.10000000149011612), ("d", 3, 3.0), ("i", True, 1), ("?", 5, True),
            ("c", b"a", b"a"), ("c", 97, b"a"), ("u", "é", "é"),
        ]:
            value = multiprocessing.Value(code)
            value.value = given
            self.assertEqual((value.value, type(value.value)), (kept, type(kept)), code)
            self.assertEqual(multiprocessing.RawValue(code, given).value, kept, code)

    def test_what_does_not_fit(self):
        for code, given, words in [
            ("i", 2.5, "'float' object cannot be interpreted as an integer"),
            ("i", "x", "'str' object cannot be interpreted as an integer"),
            ("d", "x", "must be real number, not str"),
            ("c", b"ab", "one character bytes, bytearray or integer expected"),
            ("u", "ab", "one character unicode string expected"),
            ("u", 1, "unicode string expected instead of int instance"),
        ]:
            value = multiprocessing.Value(code)
            before = value.value
            with self.fails(TypeError, words):
                value.value = given
            self.assertEqual(value.value, before)
        for wrong in ("z", "ii", "", 5, None, int):
            with self.assertRaisesRegex(TypeError, "a type code is wanted"):
                multiprocessing.Value(wrong)
            with self.assertRaisesRegex(TypeError, "a type code is wanted"):
                multiprocessing.Array(wrong, 1)

    @unittest.skipIf(ctypes is None, "there is no ctypes")
    def test_ctypes_do_for_type_codes(self):
        self.assertEqual(repr(multiprocessing.RawValue(ctypes.c_int, 7)), "c_int(7)")
        self.assertEqual(multiprocessing.Array(ctypes.c_double, [1, 2])[:], [1.0, 2.0])

        class Point(ctypes.Structure):
            _fields_ = [("x", ctypes.c_int)]

        with self.assertRaisesRegex(TypeError, "a type code is wanted"):
            multiprocessing.Value(Point)

    def test_the_lock(self):
        value = multiprocessing.Value("i", 0)
        self.assertIs(value.get_lock(), value.get_lock())
        with value.get_lock():
            value.value += 1
            with value:
                value.value += 1
            self.assertEqual(repr(value.get_lock()), "<RLock(MainProcess, 1)>")
            self.assertTrue(value.get_lock().locked())
        self.assertFalse(value.get_lock().locked())
        self.assertEqual((value.value, repr(value.get_lock())), (2, "<RLock(None, 0)>"))
        self.assertTrue(value.acquire())
        value.release()
        with self.fails(AssertionError, "attempt to release recursive lock not owned by thread"):
            value.release()

    def test_each_access_takes_the_lock(self):
        value, numbers = multiprocessing.Value("i", 0), multiprocessing.Array("i", 2)
        taken = []
        for it in (value, numbers):
            lock = it.get_lock()
            acquire = type(lock).acquire

            def note(self, *args, acquire=acquire, **kwds):
                taken.append(self)
                return acquire(self, *args, **kwds)

            type(lock).acquire = note
            self.addCleanup(setattr, type(lock), "acquire", acquire)
        taken.clear()
        value.value
        value.value = 1
        numbers[0]
        numbers[:] = [1, 2]
        self.assertGreaterEqual(len(taken), 4)
        taken.clear()
        value.get_obj().value = 3
        numbers.get_obj()[0] = 3
        self.assertEqual(taken, [])

    def test_a_lock_can_be_given_or_left_out(self):
        lock = multiprocessing.Lock()
        value = multiprocessing.Value("i", 1, lock=lock)
        self.assertIs(value.get_lock(), lock)
        self.assertEqual(value.value, 1)
        for raw in (multiprocessing.Value("i", 1, lock=False), multiprocessing.Array("i", 1, lock=False)):
            with self.assertRaises(AttributeError):
                raw.get_lock()
        with self.fails(AttributeError, "5 has no method 'acquire'"):
            multiprocessing.Value("i", 1, lock=5)
        with self.fails(AttributeError, "5 has no method 'acquire'"):
            multiprocessing.Array("i", 1, lock=5)

    def test_they_travel(self):
        given = [
            multiprocessing.Value("i", 5), multiprocessing.Array("i", [1, 2]), multiprocessing.Array("c", b"ab"),
            multiprocessing.RawValue("d", 1), multiprocessing.RawArray("u", "ab"),
            multiprocessing.Value("i", 5).get_lock(),
        ]
        received = self.manager.list(given)[:]
        self.assertEqual(list(map(type, received)), list(map(type, given)))
        received[0].value = 6
        received[1][0] = 7
        received[2].value = b"x"
        self.assertEqual((given[0].value, given[1][:], given[2].raw), (6, [7, 2], b"x\0"))
        self.assertEqual(received[0].get_lock(), given[0].get_lock())
        with given[0].get_lock(), received[0].get_lock():
            received[0].value += 1
        self.assertEqual((received[3].value, received[4][:], received[5]), (1.0, "ab", given[5]))

    def test_what_is_dropped_is_gone(self):
        before = len(self.host.live)
        value, numbers = multiprocessing.Value("i", 5), multiprocessing.Array("i", [1, 2])
        self.assertEqual(len(self.host.live), before + 4)
        del value, numbers
        gc.collect()
        self.assertEqual(len(self.host.live), before)

    def test_copies(self):
        value, numbers = multiprocessing.RawValue("i", 5), multiprocessing.RawArray("c", b"ab")
        value_copy, numbers_copy = sharedctypes.copy(value), sharedctypes.copy(numbers)
        value.value, numbers[0] = 6, b"x"
        self.assertEqual((value_copy.value, numbers_copy.raw), (5, b"ab"))
        self.assertEqual(sharedctypes.synchronized(value).value, 6)


class Arrays(ProxyCase):
    def test_items_and_slices(self):
        numbers = multiprocessing.Array("i", [1, 2, 3])
        self.assertRegex(
            repr(numbers),
            r"^<SynchronizedArray wrapper for <multiprocessing\.sharedctypes\.c_int_Array_3 object at 0x[0-9a-f]+>>$")
        self.assertEqual((len(numbers), numbers[0], numbers[-1], numbers[0:2], numbers[::2]), (3, 1, 3, [1, 2], [1, 3]))
        self.assertEqual((list(numbers), 3 in numbers, sum(numbers)), ([1, 2, 3], True, 6))
        numbers[0:2] = [7, 1 << 31]
        self.assertEqual(numbers[:], [7, -1 << 31, 3])
        numbers[::2] = (0, True)
        self.assertEqual(numbers[:], [0, -1 << 31, 1])
        self.assertEqual(multiprocessing.Array("d", 2)[:], [0.0, 0.0])
        self.assertEqual(multiprocessing.Array("i", range(3))[:], [0, 1, 2])

    def test_errors(self):
        numbers = multiprocessing.Array("i", [1, 2, 3])
        for place in (3, -4, 1 << 70):
            with self.fails(IndexError, "invalid index"):
                numbers[place]
            with self.fails(IndexError, "invalid index"):
                numbers[place] = 1
        with self.fails(TypeError, "indices must be integers"):
            numbers["x"]
        for wrong in ([7], [1, 2, 3], 5):
            with self.fails(ValueError, "Can only assign sequence of same size"):
                numbers[0:2] = wrong
        with self.fails(TypeError, "'float' object cannot be interpreted as an integer"):
            numbers[0:2] = [1, 2.5]
        with self.assertRaises(AttributeError):
            del numbers[0]
        with self.fails(TypeError, "object of type 'generator' has no len()"):
            multiprocessing.Array("i", (item for item in [1]))
        with self.fails(TypeError, "'str' object cannot be interpreted as an integer"):
            multiprocessing.Array("i", "ab")
        with self.assertRaisesRegex(ValueError, "Array length must be >= 0, not -1"):
            multiprocessing.Array("i", -1)
        with self.assertRaises(AttributeError):
            numbers.value
        self.assertEqual(numbers[:], [1, 2, 3])

    def test_characters(self):
        text = multiprocessing.Array("c", b"hello")
        self.assertEqual((text.value, text.raw, text[:], text[0], text[1:3]), (b"hello", b"hello", b"hello", b"h", b"el"))
        text.value = b"abc"
        self.assertEqual((text.value, text.raw), (b"abc", b"abc\0o"))
        text.raw = b"12345"
        self.assertEqual(text.value, b"12345")
        with self.fails(ValueError, "byte string too long"):
            text.value = b"123456"
        with self.fails(TypeError, "bytes expected instead of str instance"):
            text.value = "str"
        text[0] = b"x"
        text[1:3] = b"yz"
        self.assertEqual(text.raw, b"xyz45")
        letters = multiprocessing.RawArray("u", "héllo")
        letters.value = "é"
        self.assertEqual((letters.value, letters[:]), ("é", "é\0llo"))

    def test_a_raw_one(self):
        numbers = multiprocessing.RawArray("i", 3)
        self.assertRegex(repr(numbers), r"^<multiprocessing\.sharedctypes\.c_int_Array_3 object at 0x[0-9a-f]+>$")
        numbers[1] = 5
        self.assertEqual((len(numbers), numbers[:]), (3, [0, 5, 0]))
