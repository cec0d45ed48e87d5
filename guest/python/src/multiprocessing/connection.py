"""Waiting for several processes at once. There are no connections: what travels goes through queues."""

from commonhold.waiting import wait_for_first

from .process import Sentinel

__all__ = ["wait"]


class _Ended:
    """What is waited for, as ``wait_for_first`` knows processes."""

    def __init__(self, sentinel):
        self.sentinel = sentinel


def wait(object_list, timeout=None):
    """Waits until one of several processes has ended, given by their sentinels, for so many seconds at most: the list
    of those that have."""
    sentinels = list(object_list)
    for sentinel in sentinels:
        if not isinstance(sentinel, Sentinel):
            raise TypeError(f"a {type(sentinel).__name__!r} object is no process's sentinel")
    if not sentinels or wait_for_first(map(_Ended, sentinels), timeout) is None:
        return []
    return [sentinel for sentinel in sentinels if sentinel._life.join(0)]
