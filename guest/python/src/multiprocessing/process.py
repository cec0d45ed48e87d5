"""Processes: each a new interpreter of the same program, in a sandbox of its own."""

import itertools
import os
import sys

from commonhold import functions, values
from commonhold.boundary import PROCESSES, PROXY, Err, SpawnOptions, call
from commonhold.locks import nanoseconds
from commonhold.values import argument, received

__all__ = ["BaseProcess", "Process", "active_children", "current_process", "parent_process"]

_CURRENT, _EXIT_CODE, _IS_DAEMON, _JOIN, _KILL, _NAME, _SPAWN, _TERMINATE = (
    PROCESSES.current, PROCESSES.exit_code, PROCESSES.is_daemon, PROCESSES.join, PROCESSES.kill, PROCESSES.name,
    PROCESSES.spawn, PROCESSES.terminate)
_EXIT = getattr(PROCESSES, "exit", None)
_ID = PROXY.id

# What an entry begins with that runs a Process object's target.
ENTRY = "multiprocessing:"

# The longest name that the manager takes, in bytes.
_MAX_NAME = 255


def exit_now(status):
    """Ends this process with a status, without any further ado."""
    if _EXIT is not None:
        call(_EXIT, [status])
    os._exit(status)


class BaseProcess:
    """Activity that runs in a process of its own."""

    def __init__(self, group=None, target=None, name=None, args=(), kwargs={}, *, daemon=None):
        assert group is None, "group argument must be None for now"
        count = next(_current._counter)
        self._identity = _current._identity + (count,)
        self._target = target
        self._args = tuple(args)
        self._kwargs = dict(kwargs)
        self._name = name or type(self).__name__ + "-" + ":".join(map(str, self._identity))
        self._daemonic = _current._daemonic if daemon is None else bool(daemon)
        self._parent_pid = _current.pid
        self._parent_name = _current._name
        self._life = None
        self._closed = False

    def run(self):
        """What the process does: calls the target, unless a subclass does something else."""
        if self is _current:
            # What was received is the target's alone: when it drops a proxy, that proxy is gone.
            if self._target:
                self._target(*self.__dict__.pop("_args", ()), **self.__dict__.pop("_kwargs", {}))
        elif self._target:
            self._target(*self._args, **self._kwargs)

    def start(self):
        """Starts the process."""
        self._check_closed()
        assert self._life is None, "cannot start a process twice"
        assert not _current._daemonic, "daemonic processes are not allowed to have children"
        if getattr(_current, "_importing", False):
            raise RuntimeError(NO_GUARD)
        entry, args = self._sent()
        options = SpawnOptions(_shortened(self._name), self._daemonic)
        handle = call(_SPAWN, [None, entry, [argument(self._header()), *map(argument, args)], options])
        if type(handle) is Err:
            received(handle)
        self._life = _Life(handle)
        _children.add(self)
        # As in CPython: what was sent is not needed here any more.
        del self._target, self._args, self._kwargs

    def _header(self):
        """What the new process is told about itself."""
        return self._name, self._daemonic, self._identity, self._parent_name, self._parent_pid

    def _sent(self):
        """The entry of the new process, and the arguments that follow the header."""
        cls = type(self)
        if cls.run is not BaseProcess.run:
            name = values.own_name(cls)
            if name is None:
                raise values.PicklingError(f"Can't pickle {cls!r}: it is not of the program's own modules")
            state = {key: item for key, item in self.__dict__.items() if key not in _NOT_SENT}
            return f"{ENTRY}{name}", [state]
        target, args, kwargs = self._target, self._args, self._kwargs
        if target is None:
            return ENTRY, [(), {}]
        name, before, keywords = functions.sent(target)
        return ENTRY + name, [(*before, *args), {**keywords, **kwargs}]

    def join(self, timeout=None):
        """Waits until the process has ended, for so many seconds at most."""
        self._check_closed()
        assert self._life is not None, "can only join a started process"
        if self._life.join(timeout):
            _children.discard(self)

    def is_alive(self):
        """Whether the process runs."""
        self._check_closed()
        if self is _current:
            return True
        if self._life is None or self._life.join(0):
            _children.discard(self)
            return False
        return True

    def terminate(self):
        """Ends the process at once; all that it held is released."""
        self._end(_TERMINATE)

    def kill(self):
        """Ends the process at once; all that it held is released."""
        self._end(_KILL)

    def _end(self, function):
        self._check_closed()
        assert self._life is not None, "can only terminate a started process"
        self._life.end(function)

    def close(self):
        """Gives up what the object holds of the ended process."""
        if self._life is not None:
            if not self._life.join(0):
                raise ValueError("Cannot close a process while it is still running. "
                                 "You should first call join() or terminate().")
            self._life = None
            _children.discard(self)
        self._closed = True

    def _check_closed(self):
        if self._closed:
            raise ValueError("process object is closed")

    @property
    def name(self):
        """The process's name."""
        return self._name

    @name.setter
    def name(self, name):
        assert isinstance(name, str), "name must be a string"
        self._name = name

    @property
    def daemon(self):
        """Whether the process is ended rather than waited for when its parent ends."""
        return self._daemonic

    @daemon.setter
    def daemon(self, daemonic):
        assert self._life is None, "process has already started"
        self._daemonic = bool(daemonic)

    @property
    def exitcode(self):
        """How the process ended: 0, its exit status, or the negative number of a signal; None as
        long as it runs."""
        self._check_closed()
        if self._life is None:
            return None
        self._life.join(0)
        return self._life.code

    @property
    def sentinel(self):
        """What ``multiprocessing.connection.wait`` waits for: the process's end."""
        self._check_closed()
        if self._life is None:
            raise ValueError("process not started")
        return Sentinel(self._life)

    @property
    def pid(self):
        """The number of the process; None before it starts."""
        self._check_closed()
        return self._life and self._life.pid

    ident = pid

    def __repr__(self):
        if self is _current:
            status = "started"
        elif self._closed:
            status = "closed"
        elif self._life is None:
            status = "initial"
        elif not self._life.join(0):
            status = "started"
        else:
            status = f"stopped exitcode={self._life.code}"
        info = [type(self).__name__, f"name={self._name!r}"]
        if self._life is not None:
            info.append(f"pid={self._life.pid}")
        info += [f"parent={self._parent_pid}", status]
        if self._daemonic:
            info.append("daemon")
        return f"<{' '.join(info)}>"


def _shortened(name):
    """A process's name as the manager takes it: CPython's have no bounds, and grow with each generation."""
    return str(name).encode("utf-8", "replace")[:_MAX_NAME].decode("utf-8", "ignore")


NO_GUARD = """
An attempt has been made to start a new process before the current process has finished its
bootstrapping phase: the script starts one when it is imported, which each child does. Put what
only the first process is to do behind

    if __name__ == '__main__':
"""

# What belongs to a Process object in the process that started it.
_NOT_SENT = frozenset(("_life", "_name", "_daemonic", "_identity", "_parent_name", "_parent_pid"))


def errand(function):
    """What the manager needs to have a process call a function whenever it is time: none for the running
    program, the entry and its arguments."""
    process = Process.__new__(Process)
    process._target, process._args, process._kwargs = function, (), {}
    entry, args = process._sent()
    header = ("Errand", False, (), _current._name, _current.pid)
    return None, entry, [header, *args]


class _Life:
    """What is known of a started process: a handle until it has ended, then its exit code."""

    def __init__(self, handle):
        self.handle = handle
        self.pid = call(_ID, [handle])
        self.code = None

    def join(self, timeout):
        """Whether the process has ended, within so many seconds."""
        if self.handle is None:
            return True
        outcome = call(_JOIN, [self.handle, nanoseconds(timeout)])
        if outcome is None:
            return False
        if type(outcome) is Err:
            received(outcome)
        self.code = call(_EXIT_CODE, [self.handle])
        if type(outcome).__name__ in ("Outcome_Trapped", "Outcome_LimitExceeded"):
            print(f"process {self.pid}: {outcome.value.message}", file=sys.stderr)
        self.handle = None
        return True

    def end(self, function):
        """Ends the process, by one of two functions."""
        if self.handle is not None:
            received(call(function, [self.handle]))


class Sentinel:
    """The end of a process, to be waited for. (CPython's is a number of the operating system's.)"""

    def __init__(self, life):
        self._life = life

    def __eq__(self, other):
        return isinstance(other, Sentinel) and other._life is self._life

    def __hash__(self):
        return hash(id(self._life))

    def __repr__(self):
        return f"<{type(self).__name__} of process {self._life.pid}>"


class Process(BaseProcess):
    """A process. Its target and arguments must be able to travel; the script is imported anew."""

    _start_method = "spawn"


class ManagersProcess(BaseProcess):
    """The process of a manager, which has the objects of its registered types. It ends with the manager, or this process."""

    def __init__(self, name):
        super().__init__(daemon=True)
        self._name = f"{name}-{':'.join(map(str, self._identity))}"

    def _begin(self, handle):
        self._life = _Life(handle)

    def _finish(self):
        """Ends the process, which may have ended."""
        self._life.end(_TERMINATE)


class _MainProcess(BaseProcess):
    """The process that runs the script."""

    def __init__(self):
        self._identity = ()
        self._name = "MainProcess"
        self._daemonic = False
        self._parent_pid = self._parent_name = None
        self._life = None
        self._closed = False
        self._counter = itertools.count(1)

    @property
    def pid(self):
        """The number of the process."""
        return own_pid()

    ident = pid


class _ParentProcess(BaseProcess):
    """What a process knows of the one that started it."""

    def __init__(self, name, pid):
        self._identity = ()
        self._name = name
        self._pid = pid
        self._daemonic = False
        self._parent_pid = None
        self._life = None
        self._closed = False

    @property
    def pid(self):
        """The number of the process."""
        return self._pid

    ident = pid


_pid = None


def own_parent_pid():
    """The number of the process that started the running one; 0 if none did."""
    return _current._parent_pid or 0


def own_pid():
    """The number of the running process."""
    global _pid
    if _pid is None:
        _pid = call(_ID, [call(_CURRENT, [])])
    return _pid


_current = _MainProcess()
_parent = None
_children = set()


def current_process():
    """The object of the running process."""
    return _current


def parent_process():
    """The object of the process that started this one; None in the first."""
    return _parent


def active_children():
    """The children of this process that have not ended."""
    return [child for child in list(_children) if child.is_alive()]


def begin_entry(entry):
    """Has the object of the running process tell what the manager knows, where no ``Process`` object describes it."""
    itself = call(_CURRENT, [])
    _current._daemonic = call(_IS_DAEMON, [itself])
    if entry != "main":
        _current._name = call(_NAME, [itself])


def begin_child(header):
    """Makes the running process the one that ``BaseProcess.start`` described, before the script is
    imported."""
    global _current, _parent
    name, daemonic, identity, parent_name, parent_pid = header
    _current = Process.__new__(Process)
    _current.__dict__.update(
        _name=name, _daemonic=daemonic, _identity=identity, _parent_name=parent_name, _parent_pid=parent_pid,
        _counter=itertools.count(1), _closed=False, _life=_Own(), _target=None, _importing=True)
    _parent = _ParentProcess(parent_name, parent_pid)


def run_child(entry, *args):
    """Runs what ``BaseProcess.start`` sent after the header."""
    global _current
    target = entry.removeprefix(ENTRY)
    if target.startswith("."):
        (subject, *rest), kwargs = args
        function, args = getattr(subject, target[1:]), (tuple(rest), kwargs)
        del subject, rest
    elif target:
        function = functions.found(target)
    else:
        function = None
    process = _current
    del process._importing
    if len(args) == 1:
        process = function.__new__(function)
        process.__dict__.update(_current.__dict__ | args[0])
        _current = process
    else:
        process._target = function
        process._args, process._kwargs = args
    del args, function
    process.run()


class _Own:
    """The life of the running process, as far as itself can tell."""

    code = None
    handle = None

    @property
    def pid(self):
        """The number of the process."""
        return own_pid()

    @staticmethod
    def join(timeout):
        """One cannot wait for oneself."""
        if timeout == 0:
            return False
        raise AssertionError("can only join a child process")


def report(exception, text):
    """Says on stderr why the running child failed, as CPython does."""
    sys.stderr.write(f"Process {_current.name}:\n{text}")


