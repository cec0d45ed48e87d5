"""A client of the provider `counter`, in whatever language that is."""

from multiprocessing.managers import RemoteError, SyncManager

SyncManager.register("Clicker")

checks = 0


def same(actual, expected):
    global checks
    checks += 1
    assert actual == expected, f"expected {expected!r}, but it was {actual!r}"


def clicking():
    """Checks counters, of which another program is the provider."""
    with SyncManager() as manager:
        clicker = manager.Clicker(5)
        same(clicker.add(2), 7)
        same(clicker._callmethod("add", (), {"by": 3}), 10)
        # Keyword arguments without a place come as one object.
        same(clicker._callmethod("given", (1,), {"a": 2, "b": 3}), [1, {"a": 2, "b": 3}])
        same(str(clicker), "Clicker(10)")
        same(repr(clicker).startswith("<AutoProxy[Clicker] object, typeid 'Clicker' at 0x"), True)
        same(clicker._getvalue(), {"count": 10, "held": []})
        child = clicker.spawn_child()
        same((child.add(1), child._typeid), (11, "Clicker"))
        clicker.absorb(child)
        same((clicker.count(), child.count()), (21, 0))
        clicker.hold([child, manager.list([1])])
        [[held, numbers]] = clicker.held()
        same((held._id, list(numbers)), (child._id, [1]))
        clicker.let_go()
        same(clicker.held(), [])
        try:
            clicker.fail()
        except RemoteError as error:
            same((type(error).__name__, str(error)), ("CounterError", "a counter cannot do this"))
            same("fail" in str(error.__cause__), True)
        try:
            manager.Clicker(-1)
        except ValueError as error:
            same((isinstance(error, RemoteError), "a counter starts at 0 or above" in str(error)), (True, True))
        try:
            clicker.add("x")
        except TypeError as error:
            same(str(error), "add() argument 'by': expected int, found str")
    return checks
