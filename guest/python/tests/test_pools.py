"""Pools: how functions get to the workers, what comes back, and who is called. The workers are the test's own process; what
several do is shown by the program that whole processes run."""

import contextlib
import datetime
import functools
import gc
import io
import math
import os
import sys
import weakref
from unittest import mock

import multiprocessing
from commonhold import errors, functions, program, tasks, values
from multiprocessing import pool as pools
from multiprocessing import process as processes
from multiprocessing.managers import IteratorProxy, PoolProxy, RemoteError

from .fake_bindings import runtime
from .fake_manager import Failure
from .test_proxies import ProxyCase


def square(number):
    return number * number


def show(*args, **kwargs):
    return args, kwargs


class OwnError(Exception):
    pass


def fail(what):
    if isinstance(what, str):
        raise OwnError(what)
    return what


def leave(status):
    sys.exit(status)


class Scale:
    def __init__(self, factor):
        self.factor = factor

    def times(self, number):
        return self.factor * number

    __call__ = times

    @classmethod
    def named(cls, number):
        return cls.__name__, number


class _Exit(BaseException):
    pass


class PoolCase(ProxyCase):
    def setUp(self):
        super().setUp()
        self.entries = []
        self.host.work = self.work
        tasks._known.clear()
        processes._current, processes._parent, processes._pid = processes._MainProcess(), None, None
        self.addCleanup(tasks._known.clear)
        self.addCleanup(setattr, processes, "_current", processes._MainProcess())

    def work(self, entry, args):
        """Does a task as a worker does."""
        self.entries.append(entry)
        saved = processes._current, processes._parent
        with mock.patch.object(program, "_import_script"):
            value, error = program.run(entry, [runtime.value(arg) for arg in args])
        processes._current, processes._parent = saved
        if error is None:
            try:
                # As it leaves the process and gets into this one.
                return runtime.returned(program.values.boundary.instance_of(pools_ok(), values.outgoing(value)))
            except Exception as exception:
                error = program.unsent(entry, exception, value)
        args = None if error.args is None else values.received(error.args.value if False else error.args)
        raise Failure(error.kind.name.lower().replace("_", "-"), error.message, args, error.type_name, error.traceback)
