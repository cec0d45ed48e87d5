"""What a pool's workers do: each begins, and then calls one function after another in the same interpreter."""

from multiprocessing import process as processes

from . import functions
from .functions import BEGIN, TASK, WITH_KEYWORDS
from .values import received

# How tasks with these entries are run.
_known = {}


def is_task(entry):
    """Whether an entry is a worker's."""
    return entry in _known or entry.startswith((TASK, BEGIN))


def run(entry, args, import_script):
    """Does a worker's task. ``args`` are as they came, and given away in a way that leaves nobody else holding them."""
    work = _known.get(entry)
    if work is None:
        if entry.startswith(BEGIN):
            return _begin(entry, args, import_script)
        import_script()
        work = _known[entry] = _work(entry.removeprefix(TASK))
    return work(args)


def _begin(entry, args, import_script):
    _become_worker(*received(args.pop(0)))
    import_script()
    del processes.current_process()._importing
    initializer = entry.removeprefix(BEGIN)
    if initializer:
        _work(initializer)(args)


def _become_worker(parent_name, parent_pid, parent_identity, number):
    identity = (*parent_identity, number.fetch_add(1))
    name = f"SpawnPoolWorker-{':'.join(map(str, identity))}"
    processes.begin_child((name, True, identity, parent_name, parent_pid))


def _work(name):
    """What calls the function of that name."""
    has_keywords = name.startswith(WITH_KEYWORDS)
    name = name.removeprefix(WITH_KEYWORDS)
    if name.startswith("."):
        name = name[1:]

        def function(subject, /, *args, **kwargs):
            return getattr(subject, name)(*args, **kwargs)
    else:
        function = functions.found(name)
    if not has_keywords:
        return lambda args: function(*map(received, args))

    def work(args):
        kwargs = received(args.pop(0))
        return function(*map(received, args), **kwargs)
    return work
