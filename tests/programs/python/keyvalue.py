"""A dict that components use as a store of ``wasi:keyvalue``, as a script sees it."""


def add_to(store, key, times):
    for _ in range(times):
        store.fetch_add(key, 1, 0)


def exchange(store, name):
    """Changes what is there, and returns what it was."""
    seen = store.copy()
    store["by"] = name
    store["n"] += 1
    store[5] = "no component sees this"
    return seen
