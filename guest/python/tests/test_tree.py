"""The encoding of nested values."""

import gc
import json
import math
import unittest
import weakref
from pathlib import Path

from commonhold import tree

_VECTORS = Path(__file__).parents[3] / "tests" / "vectors"


def _encode(value):
    def convert(other, proxies):
        raise TypeError(other)

    return tree.encode(value, convert)


class Encoding(unittest.TestCase):
    def round_trip(self, value):
        data, proxies = _encode(value)
        back = tree.decode(data, proxies)
        self.assertEqual(back, value)
        self.assertIs(type(back), type(value))
        return data

    def test_known_bytes(self):
        for value, data in (
            (None, "00"), (False, "0100"), (True, "0101"), (0, "0200"), (-1, "0201"), (1, "0202"), (63, "027e"),
            (64, "028001"), (-64, "027f"), (-65, "028101"), (2**63 - 1, "02feffffffffffffffff01"),
            (-2**63, "02ffffffffffffffffff01"), (2**63, "0309000000000000008000"),
            (-2**63 - 1, "0309ffffffffffffff7fff"), (1.5, "04000000000000f83f"), ("aé", "050361c3a9"),
            (b"\x00\xff", "060200ff"), ([1, "a"], "07020202050161"), ((), "0800"), ({1: None}, "0901020200"),
            ({7}, "0a01020e"), (frozenset((7,)), "0b01020e"), (slice(1, None, -1), "0c0202000201"),
        ):
            with self.subTest(value=value):
                self.assertEqual(_encode(value)[0].hex(), data)
                self.assertEqual(tree.decode(bytes.fromhex(data)), value)

    def test_integers_of_every_size(self):
        for bits in range(0, 200):
            for value in (2**bits, 2**bits - 1, 2**bits + 1):
                self.round_trip(value)
                self.round_trip(-value)

    def test_floats(self):
        for value in (0.0, 1e308, 5e-324, math.inf, -math.inf):
            self.round_trip(value)
        self.assertEqual(math.copysign(1, tree.decode(_encode(-0.0)[0])), -1)
        self.assertTrue(math.isnan(tree.decode(_encode(math.nan)[0])))

    def test_sequences_of_numbers_keep_their_types(self):
        value = [1, True, 1.0, 0, False] * 4
        self.assertEqual(list(map(type, tree.decode(_encode(value)[0]))), list(map(type, value)))

    def test_long_containers(self):
        for size in (127, 128, 1023, 1024, 20000):
            self.round_trip(list(range(size)))
            self.round_trip(["x"] * size)
            self.round_trip("é" * size)
            self.round_trip(b"x" * size)
            self.round_trip(dict.fromkeys(range(size)))

    def test_depth(self):
        value = None
        for _ in range(tree.MAX_DEPTH):
            value = [value]
        data = self.round_trip(value)
        with self.assertRaisesRegex(ValueError, "500 deep"):
            _encode([value])
        with self.assertRaises(tree.BadTree):
            tree.decode(b"\x07\x01" + data)
        with self.assertRaises(ValueError):
            value = []
            value.append(value)
            _encode(value)

    def test_malformed_bytes(self):
        for data in ("", "0f", "0102", "02", "0280", "028000", "02ffffffffffffffffff02", "02ffffffffffffffffffff01",
                     "0301", "030100", "0308ffffffffffffff7f", "030900000000000000" "0000", "0400", "0502" "61",
                     "0501ff", "0603" "0000", "0701", "07ffffffffffffffffff01", "0000", "0c05016100" "00", "0d",
                     "0e", "0e0161", "0e01610162"):
            with self.subTest(data=data), self.assertRaises(tree.BadTree):
                tree.decode(bytes.fromhex(data))

    def test_every_mark_has_its_proxy(self):
        self.assertEqual(tree.decode(b"\x07\x02\x0d\x0d", ["a", "b"]), ["a", "b"])
        for proxies in ([], ["a"], ["a", "b", "c"]):
            with self.subTest(proxies=proxies), self.assertRaises(tree.BadTree):
                tree.decode(b"\x07\x02\x0d\x0d", proxies)

    def test_nothing_is_left_for_the_garbage_collector(self):
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        for make in (lambda proxy: [proxy], lambda proxy: {1: proxy}, lambda proxy: [proxy, object()]):
            proxy = _Proxy(0)
            watch = weakref.ref(proxy)
            value = make(proxy)
            try:
                data, proxies = tree.encode(value, _with_proxies)
                value = tree.decode(data, proxies)
            except TypeError:
                pass
            proxy = proxies = value = None
            self.assertIsNone(watch())

    def test_text_without_a_utf8_form(self):
        with self.assertRaises(UnicodeEncodeError):
            _encode(["\ud800"])


class _Proxy:
    """The proxy at a place among those of a vector."""

    def __init__(self, place):
        self.place = place

    def __eq__(self, other):
        return isinstance(other, _Proxy) and self.place == other.place

    def __hash__(self):
        return self.place


def _with_proxies(value, proxies):
    if not isinstance(value, _Proxy):
        raise TypeError(value)
    proxies.append(value)
    return tree.PROXY_MARK


def _nested_list(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


class Vectors(unittest.TestCase):
    def test_values(self):
        names = {"proxy": _Proxy, "instance": tree.Object, "nested_list": _nested_list}
        for vector in json.loads((_VECTORS / "values.json").read_text()):
            with self.subTest(vector["name"]):
                expected = eval(vector["python"], names)
                data = bytes.fromhex(vector["data"])
                value = tree.decode(data, map(_Proxy, range(vector["proxies"])))
                if value == value:  # no NaN
                    self.assertEqual(value, expected)
                self.assertEqual(type(value), type(expected))
                for one in (value, expected):
                    again, proxies = tree.encode(one, _with_proxies)
                    if "unordered" not in vector:
                        self.assertEqual(again.hex(), vector.get("encodes_as", vector["data"]))
                    self.assertEqual(len(again), len(vector.get("encodes_as", vector["data"])) // 2)
                    if "encodes_as" not in vector:
                        self.assertEqual([proxy.place for proxy in proxies], list(range(vector["proxies"])))

    def test_malformed(self):
        for vector in json.loads((_VECTORS / "malformed.json").read_text()):
            with self.subTest(vector["name"]), self.assertRaises(tree.BadTree):
                tree.decode(bytes.fromhex(vector["data"]), map(_Proxy, range(vector["proxies"])))


if __name__ == "__main__":
    unittest.main()
