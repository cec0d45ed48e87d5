"""Commonhold's Python SDK, as it is inside the interpreter component.

Scripts need nothing of it by name: ``multiprocessing`` and ``multiprocessing.managers`` are this
SDK's own (the package ``multiprocessing`` beside this one), with CPython's names, signatures and
messages. The modules here are what they are made of, from the bottom up:

``boundary``    the generated bindings, made fast, and the handles
``tree``        the encoding of nested values
``values``      Python objects to and from what crosses the boundary
``errors``      exceptions to and from what crosses the boundary
``functions``   functions on their way to other processes
``proxies``     the proxy classes' common base, and one wrapper per referent
``generic``     proxy classes for objects of whatever class, by name
``containers``  list, dict and iterator proxies
``sets``        set proxies
``locks``       lock and semaphore proxies
``waiting``     condition, event and barrier proxies
``pools``       pool and result proxies
``published``   objects that were published under names
``tasks``       what a pool's workers do
``registry``    the types that a program registers with its managers
``addresses``   where other programs find a manager
``provided``    what the process does that has their objects
``library``     the standard library, carried inside the component
``program``     the running script: its files, its modules and its entries

What CPython has nothing like is here:

    from commonhold import wait_for_first
    index, item = wait_for_first([queue, event, process])

    from commonhold import look_up, names, publish, withdraw
    publish("jobs", queue)          # under a name that the program may publish
    jobs = look_up("jobs")          # where it may be looked up
"""


def publish(name, proxy):
    """Publishes the referent of a proxy under a name. Whoever looks it up gets the rights that this proxy has:
    ``proxy._narrow(...)`` it first to give fewer. It is withdrawn when this process ends."""
    from .published import publish

    publish(name, proxy)


def withdraw(name):
    """Takes back a name that this process has published. Who has looked it up keeps what was found."""
    from .published import withdraw

    withdraw(name)


def look_up(name):
    """A proxy to the referent of a name, with the rights that it was published with. An error of kind
    ``no-such-name`` if it is not there, or was not granted to this program."""
    from .published import look_up

    return look_up(name)


def names():
    """The names that are there and that this program may look up, in alphabetical order."""
    from .published import names

    return names()


def wait_for_first(objects, timeout=None):
    """Waits until one of several objects has something to give, for so many seconds at most, and takes that: which
    of them it was, and the item of a queue, whether a lock or permit was abandoned, or None; None in all when the time
    is up."""
    from .waiting import wait_for_first

    return wait_for_first(objects, timeout)

