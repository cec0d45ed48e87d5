"""Pools, for the fake manager: there is one process, which does the tasks when somebody waits for them."""

METHODS = {
    "Pool": ("apply apply_async close imap imap_unordered join map map_async starmap starmap_async terminate").split(),
    "AsyncResult": ["get", "ready", "successful", "wait"],
}


class _Pool:
    def __init__(self, options):
        self.options, self.state, self.results = options, "RUN", []

    def __repr__(self):
        return f"<multiprocessing.pool.Pool state={self.state} pool_size={self.options.workers or 4}>"


class _Result:
    """What comes of tasks: they are functions that return a value or raise a Failure."""

    def __init__(self, tasks, is_one, callbacks):
        self.tasks, self.is_one, self.callbacks = tasks, is_one, callbacks
        self.is_done, self.values, self.failure = False, [], None

    def do(self):
        from .fake_manager import Failure

        if self.is_done:
            return
        for task in self.tasks:
            try:
                self.values.append(task())
            except Failure as failure:
                self.failure = self.failure or (
                    failure.kind, failure.message, failure.arguments, failure.type_name, failure.traceback)
        self.is_done = True
        callback = self.callbacks.value if self.failure is None else self.callbacks.error
        if callback is not None:
            given = self.value() if self.failure is None else f"{self.failure[3]}: {self.failure[1]}"
            getattr(callback.object.state, callback.method)(given)

    def value(self):
        return self.values[0] if self.is_one else self.values


class Pools:
    """The functions of the contract."""

    def pools_create(self, options):
        from .fake_manager import Referent

        return Referent(self, "Pool", _Pool(options))

    def _tasks(self, proxy, entry, calls):
        from .fake_manager import Failure

        if proxy.state.state != "RUN":
            raise Failure("value", "Pool not running", type_name="ValueError")
        return [lambda args=args: self.work(entry, args) for args in calls]

    def _begin(self, proxy, tasks, is_one, callbacks):
        from .fake_manager import Referent

        result = _Result(tasks, is_one, callbacks)
        proxy.state.results.append(result)
        return Referent(self, "AsyncResult", result)

    def pools_submit(self, proxy, entry, args, callbacks):
        return self._begin(proxy, self._tasks(proxy, entry, [args]), True, callbacks)

    def _mapped(self, proxy, mapping):
        items = self.plain(mapping.items)
        self.chunk_size = mapping.chunk_size
        calls = [[*mapping.lead, *(item if mapping.spread else [item])] for item in items]
        return self._tasks(proxy, mapping.entry, calls)

    def pools_map_items(self, proxy, mapping, callbacks):
        return self._begin(proxy, self._mapped(proxy, mapping), False, callbacks)

    def pools_imap_items(self, proxy, mapping, ordered):
        from .fake_manager import Referent

        tasks = self._mapped(proxy, mapping)
        outcomes = (task() for task in (tasks if ordered else reversed(tasks)))
        return Referent(self, "Iterator", outcomes)

    def pools_close(self, proxy):
        if proxy.state.state == "RUN":
            proxy.state.state = "CLOSE"

    def pools_terminate(self, proxy):
        proxy.state.state = "TERMINATE"
        for result in proxy.state.results:
            if not result.is_done:
                result.is_done, result.failure = True, ("cancelled", "the pool was terminated")

    def pools_join(self, proxy, timeout):
        from .fake_manager import Failure

        if proxy.state.state == "RUN":
            raise Failure("value", "Pool is still running", type_name="ValueError")
        for result in proxy.state.results:
            result.do()
        return True

    def async_results_wait(self, proxy, timeout):
        if timeout != 0:
            proxy.state.do()
        return proxy.state.is_done

    def async_results_get(self, proxy, timeout):
        from .fake_manager import Failure, Value

        if not self.async_results_wait(proxy, timeout):
            return None
        if proxy.state.failure is not None:
            raise Failure(*proxy.state.failure)
        return Value(proxy.state.value())

    def async_results_is_ready(self, proxy):
        return proxy.state.is_done

    def async_results_is_successful(self, proxy):
        from .fake_manager import Failure

        if not proxy.state.is_done:
            raise Failure("value", "<multiprocessing.pool.ApplyResult object at 0x1> not ready", type_name="ValueError")
        return proxy.state.failure is None

    def iterators_next_within(self, proxy, timeout):
        from .fake_manager import Failure

        if timeout == 0:
            raise Failure("timeout", "", (), "multiprocessing.context.TimeoutError")
        return self.iterators_next(proxy)
