"""Types that a program registers with its managers: in a process of their own, used by several others."""

import gc
import operator
import os
import queue
import sys
from collections import OrderedDict, defaultdict
from multiprocessing import Manager, Process, ProcessError, active_children, current_process, parent_process
from multiprocessing.managers import (
    BaseManager, BaseProxy, DictProxy, IteratorProxy, ListProxy, MakeProxyType, NamespaceProxy, RemoteError, SyncManager,
)


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, but it was {actual!r}"


def fails(cls, work, *parts, exactly=True):
    """The error with which something fails."""
    try:
        value = work()
    except cls as error:
        assert type(error) is cls or not exactly, error
        for part in parts:
            assert part in str(error), f"expected {part!r} in {error}"
        return error
    raise AssertionError(f"expected a {cls.__name__}, but it was {value!r}")


def in_a_second_process(function, *args):
    process = Process(target=function, args=args)
    process.start()
    process.join()
    same(process.exitcode, 0)


class OwnError(Exception):
    pass


class Account:
    """An account, and those that were made from it."""

    def __init__(self, owner, balance=0, *, currency="EUR"):
        if owner is None:
            raise OwnError("nobody", 7)
        self.owner, self.balance, self.currency = owner, balance, currency
        self.parts = []

    def add(self, amount, /, times=1, *, fee=0):
        """Adds to the balance."""
        self.balance += amount * times - fee
        return self.balance

    def show(self):
        return f"{self.owner}: {self.balance} {self.currency}"

    def part(self, name):
        self.parts.append(Account(name))
        return self.parts[-1]

    def first(self):
        return self.parts[0]

    def all(self):
        return self.parts

    def names(self):
        return [part.owner for part in self.parts]

    def count(self, most):
        for number in range(most):
            got = yield number
            if got:
                yield got

    def fail(self, name):
        if name == "exit":
            sys.exit(3)
        raise {"own": OwnError("own", [1]), "key": KeyError(("k", 1)), "value": ValueError("no"), "empty": queue.Empty(),
               "interrupt": KeyboardInterrupt()}[name]

    def unsendable(self):
        return lambda: None

    def end(self):
        os._exit(5)

    def total(self, *others):
        return self.balance + sum(other.add(0) for other in others)

    def ask(self, other, method, *args):
        return getattr(other, method)(*args)

    def where(self):
        return [os.getpid(), current_process().name, parent_process().pid, __name__]

    def _hidden(self):
        return "hidden"


class AccountProxy(BaseProxy):
    _exposed_ = ("add", "part", "first", "show")
    _method_to_typeid_ = {"part": "Part", "first": "Part"}

    def add(self, amount, *args, **kwds):
        return self._callmethod("add", (amount, *args), kwds)

    def part(self, name):
        return self._callmethod("part", (name,))

    def first(self):
        return self._callmethod("first")

    def show(self):
        return self._callmethod("show")


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def length(self):
        return (self.x ** 2 + self.y ** 2) ** 0.5


class PointProxy(NamespaceProxy):
    _exposed_ = ("__getattribute__", "__setattr__", "__delattr__", "length")

    def length(self):
        callmethod = object.__getattribute__(self, "_callmethod")
        return callmethod("length")


def squares(most):
    for number in range(most):
        yield number * number


jobs = queue.PriorityQueue()


def get_jobs():
    return jobs


tasks, results = queue.Queue(), queue.Queue()


def get_tasks():
    return tasks


class Clerk:
    """Uses what others wait for."""

    def order(self, *numbers):
        for number in numbers:
            tasks.put(number)

    def left(self):
        return results.qsize()


def get_operator():
    return operator


begun = []


def begin(*args):
    begun.append(args)
    print("begins in", current_process().name)


def get_begun():
    return begun


def begin_badly():
    raise OwnError("badly")


class Bank(BaseManager):
    pass


Bank.register("Account", Account)
Bank.register("Named", Account, AccountProxy)
Bank.register("Part", create_method=False, exposed=["add", "show", "_hidden"])
Bank.register("Owner", Account, exposed=["show", "_hidden"], method_to_typeid={
    "part": "Part", "first": "Part", "count": "Iterator", "names": "list", "all": "Iterator", "total": "Nope"})
Bank.register("Point", Point, PointProxy)
Bank.register("squares", squares, MakeProxyType("Squares", ("__next__",)))
Bank.register("generator", squares, IteratorProxy)
Bank.register("jobs", get_jobs)
Bank.register("operator", get_operator)
Bank.register("counts", defaultdict, DictProxy)
Bank.register("ordered", OrderedDict)
Bank.register("begun", get_begun, ListProxy)
Bank.register("plain", list, ListProxy)
Bank.register("lambda", lambda: jobs)
Bank.register("tasks", get_tasks)
Bank.register("results", lambda: results)
Bank.register("Clerk", Clerk)
Bank.register("Foreign")


class Everything(SyncManager):
    pass


Everything.register("Account", Account)


def classes_are_shared():
    with Bank() as bank:
        account = bank.Account("Ann", 5, currency="CHF")
        same(account.show(), "Ann: 5 CHF")
        same((account.add(1), account.add(2, 3), account.add(1, times=2, fee=1)), (6, 12, 13))
        same(type(account).__name__, "AutoProxy[Account]")
        for name in ("_hidden", "balance", "zork"):
            assert not hasattr(account, name), name
        in_a_second_process(adds, account, 10)
        same(account.add(0), 23)
        pid, name, parent, module = account.where()
        same((name, parent, module), (bank._process.name, os.getpid(), "__mp_main__"))
        same(pid, bank._process.pid)
        assert name.startswith("Bank-") and pid != os.getpid(), name


def adds(account, amount):
    same(account.add(amount), 23)
    same(type(account).__name__, "AutoProxy[Account]")


def classes_of_proxies_are_known_to_all():
    with Bank() as bank:
        named, point = bank.Named("Bea"), bank.Point(3, 4)
        same((type(named), type(point)), (AccountProxy, PointProxy))
        assert repr(named).startswith("<AccountProxy object, typeid 'Named' at 0x"), repr(named)
        in_a_second_process(uses, [named], {"point": point})
        same((named.show(), point.x, point.length()), ("Bea: 3 EUR", 6, 10.0))
        point._own = 1
        fails(AttributeError, lambda: point.z, "'Point' object has no attribute 'z'")
        del point.x
        fails(AttributeError, lambda: point.x)
        same(named.first(), named.first())
        same(named.first().add(0), 1)


def uses(accounts, points):
    named, point = accounts[0], points["point"]
    same((type(named), type(point)), (AccountProxy, PointProxy))
    named.add(3)
    part = named.part("Cid")
    same((part._typeid, part._hidden(), part.add(1)), ("Part", "hidden", 1))
    point.x, point.y = 6, 8


def what_methods_return_is_shared():
    with Bank() as bank:
        owner = bank.Owner("Dan")
        same(sorted(owner._exposed_), ["_hidden", "all", "count", "first", "names", "part", "show", "total"])
        part = owner.part("Eve")
        same(owner.first(), part)
        same(part.add(5), 5)
        same(owner.first().show(), "Eve: 5 EUR")
        names = owner.names()
        assert isinstance(names, ListProxy) and names._typeid == "list", names
        names.append("x")
        same(names[:], ["Eve", "x"])
        count = owner.count(5)
        assert isinstance(count, IteratorProxy), count
        same((next(count), count.send("got"), list(count)), (0, "got", [1, 2, 3, 4]))
        everyone = owner.all()
        assert everyone._typeid == "Iterator", everyone
        same([type(one) for one in everyone], [Account])
        fails(RemoteError, lambda: owner.total(), "Nope")


def generators_are_gone_over_by_several():
    with Bank() as bank:
        numbers, manager = bank.generator(6), Manager()
        seen = manager.list()
        same((next(numbers), next(numbers)), (0, 1))
        in_a_second_process(draws, numbers, seen)
        same((seen[:], list(numbers)), ([4, 9], [16, 25]))
        numbers = bank.squares(3)
        same((numbers.__next__(), numbers.__next__(), numbers.__next__()), (0, 1, 4))
        fails(StopIteration, numbers.__next__)
        # Where the manager goes over it.
        seen.extend(bank.generator(3))
        same(seen[:], [4, 9, 0, 1, 4])


def draws(numbers, seen):
    for _ in range(2):
        seen.append(next(numbers))


def what_a_function_gives_twice_is_the_same():
    with Bank() as bank:
        first, second = bank.jobs(), bank.jobs()
        same(first, second)
        same(first._id, second._id)
        first.put((2, "later"))
        in_a_second_process(puts, second)
        same([first.get(), second.get()], [(1, "sooner"), (2, "later")])
        same(getattr(bank, "lambda")().qsize(), 0)
        del first, second
        gc.collect()
        bank.jobs().put(1)
        same(bank.jobs().qsize(), 1)
        op = bank.operator()
        same((op.add(23, 45), op.pow(2, 94)), (68, 19807040628566084398385987584))
        same(sorted(op._exposed_), sorted(n for n in dir(operator) if n[0] != "_" and callable(getattr(operator, n))))


def puts(shared):
    shared.put((1, "sooner"))


def queues_are_waited_for():
    with Bank() as bank:
        tasks, results = bank.tasks(), bank.results()
        process = Process(target=works, args=(tasks, results))
        process.start()
        tasks.put(3)
        same((results.get(), tasks._typeid), (9, "Queue"))
        # The process that has the queue uses the same one.
        clerk = bank.Clerk()
        clerk.order(4, None)
        process.join()
        same((clerk.left(), results.get(), clerk.left()), (1, 16, 0))


def works(tasks, results):
    while (number := tasks.get()) is not None:
        results.put(number * number)


def classes_of_the_library_are_shared():
    with Bank() as bank:
        counts = bank.counts(int)
        counts["a"] += 2
        in_a_second_process(counts_on, counts)
        same((dict(counts), sorted(counts), len(counts), "a" in counts), ({"a": 3, "b": 0}, ["a", "b"], 2, True))
        counts |= {"c": 1}
        same(counts.pop("c"), 1)
        fails(KeyError, lambda: counts.pop("c"))
        ordered = bank.ordered([("x", 1), ("y", 2)])
        ordered.move_to_end("x")
        same(ordered.popitem(), ("x", 1))
        assert not hasattr(ordered, "__getitem__")


def counts_on(counts):
    counts["a"] += 1
    same(counts["b"], 0)


def built_in_types_need_no_process():
    class Plain(BaseManager):
        pass

    Plain.register("things", list, ListProxy)
    Plain.register("jobs", queue.Queue)
    before = Manager()._number_of_objects()
    with Plain() as plain:
        same((plain._process, Manager()._number_of_objects()), (None, before))
        things, jobs = plain.things([1]), plain.jobs(2)
        same((things._typeid, jobs._typeid), ("list", "Queue"))
    # They live as long as they are held.
    things.append(2)
    same(things[:], [1, 2])
    with Everything() as everything:
        shared, account = everything.list(), everything.Account("Fay", 1)
        shared.append(account)
        same((shared[0].add(1), everything.dict(a=1)["a"]), (2, 1))
        same(shared._manager, None)


def the_errors_are_told_apart():
    with Bank() as bank:
        # Of a constructor.
        error = fails(RemoteError, lambda: bank.Account(None), "OwnError", exactly=False)
        assert isinstance(error, OwnError) and "in __init__" in str(error.__cause__), error
        error = fails(RemoteError, lambda: bank.Account(), "missing 1 required positional argument", exactly=False)
        assert isinstance(error, TypeError), error
        # Of a method.
        account = bank.Account("Guy")
        error = fails(OwnError, lambda: account.fail("own"))
        same(error.args, ("own", [1]))
        cause = str(error.__cause__)
        assert "in fail" in cause and "commonhold" not in cause and "registered.py" in cause, cause
        same(fails(KeyError, lambda: account.fail("key")).args, (("k", 1),))
        same(fails(ValueError, lambda: account.fail("value")).args, ("no",))
        fails(queue.Empty, lambda: account.fail("empty"))
        fails(TypeError, lambda: account.add(), "missing 1 required positional argument")
        # Of one that would end its process.
        for how, name in (("exit", "SystemExit"), ("interrupt", "KeyboardInterrupt")):
            same(fails(RemoteError, lambda: account.fail(how), exactly=False).type_name, name)
        # Between the two.
        fails(RemoteError, lambda: account._callmethod("_hidden"), "NotExposed")
        fails(RemoteError, lambda: account._narrow(["show"]).add(1), "NotExposed") if hasattr(
            account._narrow(["show"]), "add") else None
        fails(RemoteError, lambda: bank._create("Nothing"), "NoSuchType")
        fails(RemoteError, lambda: bank.Foreign(), "NoSuchType", "Foreign")
        # Of what cannot travel.
        fails(RemoteError, account.unsendable, "Unserializable", "Can't pickle local object")
        fails(RemoteError, bank.squares(1)._getvalue, "cannot pickle 'generator' object")
        same(account.add(1), 1)


def proxies_are_arguments():
    with Bank() as bank, Bank() as other:
        one, two, three = bank.Account("Hal", 1), bank.Account("Ida", 2), other.Account("Jon", 3)
        # Those of the same process are called there; another manager's by way of the host.
        same(one.total(one, two, three), 1 + 1 + 2 + 3)
        same(one.ask(two, "show"), "Ida: 2 EUR")
        shared = Manager().list([4])
        one.ask(shared, "append", two)
        same((shared[1], str(shared)), (two, f"[4, {two!r}]"))
        # One that may not do all is asked by way of the host, which would have the process wait for itself.
        fails(RemoteError, lambda: one.ask(two._narrow(["show"]), "show"), "Deadlock")
        # So would one that asks back.
        fails(RemoteError, lambda: one.ask(three, "ask", two, "show"), "Deadlock")
        same(one.add(1), 2)


def copies_and_texts():
    with Bank() as bank:
        account = bank.Account("Kim", 5)
        copy = account._getvalue()
        same((type(copy), copy.balance), (Account, 5))
        copy.balance = 0
        same(account.add(0), 5)
        assert str(account).startswith("<__mp_main__.Account object at 0x"), str(account)
        same(account._callmethod("__repr__"), str(account))


def managers_are_apart():
    one, two = Bank(), Bank()
    one.start()
    two.start()
    first, second = one.jobs(), two.jobs()
    assert first != second
    first.put(1)
    same(second.qsize(), 0)
    one.shutdown()
    error = fails(RemoteError, lambda: first.qsize(), "ProviderDied", exactly=False)
    assert isinstance(error, EOFError) and isinstance(error, BrokenPipeError), error
    assert str(first).endswith("; '__str__()' failed>"), str(first)
    same(second.qsize(), 0)
    two.shutdown()


def a_manager_has_states():
    bank = Bank()
    fails(AssertionError, lambda: bank.Account("Lea"), "server not yet started")
    fails(TypeError, lambda: bank.start(5), "initializer must be a callable")
    bank.start()
    fails(ProcessError, bank.start, "Already started server")
    assert bank._process.is_alive() and bank._process not in active_children()
    account = bank.Account("Lea")
    bank.shutdown()
    bank.shutdown()
    bank.join()
    same(bank._process.exitcode, -15)
    fails(ProcessError, bank.start, "Manager has shut down")
    fails(ProcessError, bank.__enter__, "Manager has shut down")
    fails(AssertionError, lambda: bank.Account("Lea"), "server not yet started")
    fails(RemoteError, lambda: account.add(1), "ProviderDied", exactly=False)
    # One that nobody refers to, nor to its objects, is shut down.
    bank = Bank()
    bank.start()
    account, process = bank.Account("Max"), bank._process
    del bank
    gc.collect()
    same((account.add(1), process.is_alive()), (1, True))
    del account
    gc.collect()
    same(process.is_alive(), False)


def an_initializer_goes_first():
    bank = Bank()
    bank.start(begin, (1, "two"))
    same(bank.begun()[0], (1, "two"))
    bank.shutdown()
    manager = SyncManager()
    manager.start(begin, (3,))
    assert manager._process.is_alive()
    manager.shutdown()
    fails(OwnError, lambda: Bank().start(begin_badly), "badly")


def a_process_that_dies_takes_its_objects_with_it():
    bank = Bank()
    bank.start()
    account, other = bank.Account("Ned"), bank.Account("Oda")
    shared = Manager().list([other])
    fails(RemoteError, account.end, "ProviderDied", exactly=False)
    for work in (lambda: account.add(1), lambda: shared[0].add(1), lambda: bank.Account("Pia")):
        error = fails(EOFError, work, "ProviderDied", exactly=False)
        assert isinstance(error, RemoteError), error
    same(bank._process.is_alive(), False)
    bank = Bank()
    bank.start()
    account = bank.Account("Quy")
    bank._process.kill()
    fails(RemoteError, lambda: account.add(1), "ProviderDied", exactly=False)
    same(bank._process.exitcode, -9)


def served(done):
    """Another process that has the manager."""
    server = Bank(address=("", 50000), authkey=b"abracadabra").get_server()
    done.set()
    try:
        server.serve_forever()
    except SystemExit as exit:
        same(exit.code, 0)


def an_address_is_found_by_others():
    bank = Bank(address=("", 50000), authkey=b"abracadabra")
    fails(ConnectionRefusedError, Bank(address=("localhost", 50000)).connect)
    bank.start()
    same(bank.address, ("", 50000))
    fails(OSError, Bank(address=("", 50000)).start, exactly=False)
    bank.jobs().put(5)
    in_a_second_process(connects, ("localhost", 50000))
    same(bank.jobs().get(), 6)
    bank.shutdown()
    fails(ConnectionRefusedError, Bank(address=("", 50000)).connect)
    # Served by another process until that ends.
    begun = Manager().Event()
    process = Process(target=served, args=(begun,))
    process.start()
    begun.wait()
    other = Bank(address=("", 50000))
    while True:
        try:
            other.connect()
            break
        except ConnectionRefusedError:
            pass
    same(other.Account("Sue", 3).add(1), 4)
    account = other.Account("Tom")
    process.kill()
    process.join()
    fails(RemoteError, lambda: account.add(1), "ProviderDied", exactly=False)
    fails(ConnectionRefusedError, Bank(address=("", 50000)).connect)


def connects(address):
    bank = Bank(address=address, authkey=b"abracadabra")
    bank.connect()
    jobs = bank.jobs()
    jobs.put(jobs.get() + 1)
    same(bank.Account("Uwe", 1).add(1), 2)
    fails(ProcessError, bank.start, "Already started server")


def what_has_no_name_is_refused():
    class Late(BaseManager):
        pass

    Late.register("late", lambda: 1)
    fails(Exception, Late().start, "Can't pickle local object", exactly=False)
    Bank.register("late", module_level)
    error = fails(Exception, Bank().start, "'late' is not registered where", exactly=False)
    same(type(error).__name__, "PicklingError")
    del Bank._registry["late"], Bank.late


module_level = None


def objects_go_with_their_last_proxies():
    manager = Manager()
    with Bank() as bank:
        before = manager._number_of_objects()
        accounts = [bank.Account("Ron", n) for n in range(50)]
        same(manager._number_of_objects(), before + 50)
        assert "Account" in manager._debug_info(), manager._debug_info()
        del accounts
        gc.collect()
        same(manager._number_of_objects(), before)


CHECKS = [
    classes_are_shared, classes_of_proxies_are_known_to_all, what_methods_return_is_shared, generators_are_gone_over_by_several,
    what_a_function_gives_twice_is_the_same, queues_are_waited_for, classes_of_the_library_are_shared,
    built_in_types_need_no_process, the_errors_are_told_apart, proxies_are_arguments, copies_and_texts, managers_are_apart,
    a_manager_has_states, an_initializer_goes_first, a_process_that_dies_takes_its_objects_with_it, what_has_no_name_is_refused,
    an_address_is_found_by_others, objects_go_with_their_last_proxies,
]


def main():
    global module_level
    module_level = eval("lambda: 1")
    chosen = sys.argv[1:]
    for check in CHECKS:
        if not chosen or check.__name__ in chosen:
            try:
                check()
            except BaseException as error:
                error.add_note(f"in {check.__name__}")
                raise


if __name__ == "__main__":
    main()
