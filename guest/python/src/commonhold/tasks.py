"""What a pool's workers do: each begins, and then calls one function after another in the same interpreter."""

from multiprocessing import process as processes

from . import functions
from .functions import BEGIN, TASK, WITH_KEYWORDS
from .values import received

# What does the tasks with these entries, given their arguments as they came and nobody else has them.
known = {}


def is_workers(entry):
    """Whether an entry is one of a pool's workers."""
    return entry in known or entry.startswith((TASK, BEGIN))


def work(entry, import_script):
    """What does the tasks with an entry, or what a worker does before all tasks."""
    if entry.startswith(BEGIN):
        return lambda args: _begin(entry, args, import_script)
    import_script()
    made = known[entry] = _work(entry.removeprefix(TASK))
    return made


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
