"""Nested values by the interpreter's own codec."""

import unittest
from unittest import mock

from .test_proxies import ProxyCase


class Native(ProxyCase):
    def test_both_codecs_agree(self):
        from .programs import random_values

        with mock.patch("builtins.print"):
            random_values.main(100, 1)

    def test_what_is_plain_takes_the_short_way(self):
        from commonhold import values

        shared = self.manager.list([None])
        value = [{"name": f"node {number}", "size": number, "parts": (1.5, None, b"")} for number in range(20)]
        with mock.patch.object(values, "tree", None):
            shared[0] = value
            self.assertEqual(shared[0], value)


if __name__ == "__main__":
    unittest.main()
