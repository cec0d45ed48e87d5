"""Provides a type to whatever programs run beside it; and uses what another one provides."""

from multiprocessing.managers import BaseManager, BaseProxy, RemoteError


class Tally:
    """Counts."""

    def __init__(self, start=0):
        self.number = start

    def add(self, by, *, times=1):
        """Adds to the count and returns it."""
        if not isinstance(by, int):
            raise TypeError("by has to be an int")
        self.number += by * times
        return self.number

    def count(self):
        return self.number

    def fork(self):
        """A new tally that starts where this one is."""
        return Tally(self.number)

    def down(self):
        """What is left to count."""
        while self.number:
            self.number -= 1
            yield self.number

    def __repr__(self):
        return f"a tally of {self.number}"


class Plugins(BaseManager):
    pass


Plugins.register("Tally", Tally, method_to_typeid={"fork": "Tally", "down": "Iterator"})


class TallyProxy(BaseProxy):
    def add(self, *args, **kwds):
        return self._callmethod("add", args, kwds)


def use():
    """What a program does that knows the type's name alone."""

    class Others(BaseManager):
        pass

    Others.register("Tally")
    with Others() as others:
        tally = others.Tally(start=2)
        fork = tally.fork()
        seen = [tally.add(3), tally.add(1, times=2), str(fork), list(fork.down()), type(tally).__name__]
        try:
            tally.add("three")
        except TypeError as error:
            seen.append(str(error))
    Others.register("Tally", proxytype=TallyProxy, exposed=["add"])
    with Others() as others:
        tally = others.Tally()
        seen += [type(tally).__name__, tally.add(1), tally._methods()]
        try:
            tally._callmethod("count")
        except RemoteError as error:
            seen.append("NotExposed" in str(error))
    return tuple(seen)
