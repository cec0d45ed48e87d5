"""Objects that were published under names."""

from .boundary import NAMES, call
from .proxies import BaseProxy, wrapped
from .values import received, text


def publish(name, proxy):
    # ``multiprocessing``'s own objects have one.
    proxy = getattr(proxy, "_proxy", proxy)
    if not isinstance(proxy, BaseProxy):
        raise TypeError(f"a proxy is wanted, not '{type(proxy).__name__}'")
    received(call(NAMES.publish, [text(name), proxy._handle]))


def withdraw(name):
    received(call(NAMES.withdraw, [text(name)]))


def look_up(name):
    return wrapped(call(NAMES.look_up, [text(name)]))


def names():
    return call(NAMES.names, [])
