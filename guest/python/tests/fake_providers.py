"""Providers, for the fake manager: the SDK's own in the same interpreter, with wrappers of their own as in a process of
their own."""

import contextlib
import weakref


class Server:
    """A provider that runs, as the manager knows it."""

    def __init__(self, manager, provider):
        self.manager, self.provider = manager, provider
        self.types, self.exposed, self.objects = {}, {}, weakref.WeakValueDictionary()
        self.wrappers, self.own, self.current, self.parent = {}, None, None, None
        self.alive, self.busy = True, False

    @contextlib.contextmanager
    def inside(self):
        """Whatever runs in here runs in the provider's process."""
        from commonhold import proxies
        from multiprocessing import process as processes

        from .fake_manager import Failure

        if not self.alive:
            raise Failure("provider-died", "the provider has ended", type_name="ProviderDied")
        if self.busy:
            raise Failure("deadlock", "this wait would never end", type_name="Deadlock")
        saved = proxies._wrappers, proxies.own, processes._current, processes._parent, self.manager.serving
        proxies._wrappers, proxies.own = self.wrappers, self.own
        processes._current, processes._parent = self.current or processes._MainProcess(), self.parent
        self.manager.serving, self.busy = self, True
        try:
            yield
        finally:
            self.own, self.current, self.parent = proxies.own, processes._current, processes._parent
            proxies._wrappers, proxies.own, processes._current, processes._parent, self.manager.serving = saved
            self.busy = False

    def ask(self, work, *args):
        """What the provider answers, as the manager gets it."""
        from commonhold import program

        from .fake_bindings import runtime

        with self.inside():
            value, error = program.answer(work, *args)
            if error is not None:
                raise runtime.failure(error)
            return value

    def released(self, key):
        """The last holder of an object is gone."""
        if self.alive and not self.busy:
            self.objects.pop(key, None)
            with self.inside():
                self.provider.release(key)


class _State:
    """What the manager has of a provider's object."""

    def __init__(self, server, key, methods):
        self.server, self.key, self.methods, self.is_there = server, key, methods, False

    def __repr__(self):
        return self.server.ask(self.server.provider.to_text, self.key)

    def __del__(self):
        if self.is_there:
            self.server.released(self.key)


class Providers:
    """The functions of the contract."""

    # The provider that a function is called by, if it is one.
    serving = None
    # What stands for the import of the script.
    import_script = staticmethod(lambda: None)

    def providers_start(self, program, args):
        from commonhold.provided import Provider

        from .fake_bindings import runtime
        from .fake_manager import Referent

        server = Server(self, Provider())
        described = server.ask(server.provider.describe, [runtime.value(arg) for arg in args], self.import_script)
        server.types = {kind.name: list(kind.methods) for kind in described}
        process = Referent(self, "Process", None)
        process.server = server
        process.name, process.daemon = "script:provider", True
        return process

    def _object(self, server, typeid, methods):
        from .fake_manager import Referent

        made = Referent(self, typeid, None)
        made.state = _State(server, made.id, methods)
        server.objects[made.id] = made
        return made

    def providers_create(self, process, typeid, args, kwargs, rights):
        from .fake_bindings import runtime
        from .fake_manager import Failure, referent_of

        server = referent_of(process).server
        if server.alive and typeid not in server.types:
            raise Failure("no-such-type", f"the provider has no type '{typeid}' to create", type_name="NoSuchType")
        made = self._object(server, typeid, server.types.get(typeid, ()))
        given = server.ask(
            server.provider.construct, made.id, typeid, [runtime.value(arg) for arg in args],
            [(name, runtime.value(value)) for name, value in kwargs])
        if given is not None:
            return runtime._given(given)
        made.state.is_there = True
        return made

    def providers_typeids(self, process):
        from .fake_manager import referent_of

        return sorted(referent_of(process).server.types)

    def provider_host_adopt(self, typeid):
        from .fake_manager import Failure

        methods = self.serving.exposed.get(typeid, self.serving.types.get(typeid))
        if methods is None:
            raise Failure("no-such-type", f"this provider does not implement a type '{typeid}'", type_name="NoSuchType")
        made = self._object(self.serving, typeid, methods)
        made.state.is_there = True
        return made

    def provider_host_expose(self, typeid, methods):
        from .fake_manager import Failure

        if len(methods) > 62:
            raise Failure("type", f"type '{typeid}' has {len(methods)} methods; 62 is the most", type_name="TypeError")
        self.serving.exposed[typeid] = methods

    def provider_host_existing(self, key):
        return self.serving.objects.get(key)

    def provider_host_key_of(self, proxy):
        from .fake_manager import referent_of

        state = referent_of(proxy).state
        return state.key if isinstance(state, _State) and state.server is self.serving else None

    def provided_call(self, state, method, args, kwargs):
        """What a method of a provider's object returns."""
        from .fake_bindings import runtime

        answer = state.server.ask(
            state.server.provider.call, state.key, method, [runtime.value(arg) for arg in args],
            [(name, runtime.value(value)) for name, value in kwargs])
        return runtime.lowered(answer)

    def provided_value(self, state):
        """A copy of a provider's object."""
        from .fake_bindings import runtime

        return runtime.lowered(state.server.ask(state.server.provider.get_value, state.key))


    def provided_iterator(self, state):
        """What goes over a provider's object."""
        if "__iter__" in state.methods:
            return self.iterators_create(self.provided_call(state, "__iter__", [], [])).state
        return self._drawn(state)

    def _drawn(self, state):
        from .fake_manager import Failure

        while True:
            try:
                yield self.provided_call(state, "__next__", [], [])
            except Failure as failure:
                if failure.kind == "stop-iteration":
                    return
                raise


def is_provided(state):
    """Whether a referent is a provider's."""
    return isinstance(state, _State)
