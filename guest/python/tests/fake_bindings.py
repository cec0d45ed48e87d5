"""What componentize-py would generate from the contract, over a ``FakeManager``.

The modules are made from the WIT files themselves: a function that is renamed there is gone here.
Like the real runtime, this one makes received values by the classes that it finds in the
generated modules when a process starts, and finds an argument's kind by its class.
"""

import dataclasses
import enum
import re
import sys
import types as python_types
import weakref
from pathlib import Path

from . import fake_manager

_WIT = Path(__file__).parents[3] / "wit"


def _snake(name):
    return name.lstrip("%").replace("-", "_")


def _record(name, *fields):
    return dataclasses.make_dataclass(name, fields)


# The fields of the records that are arguments, and their types.
_FIELDS = {
    "options": {
        "workers": "option<u32>", "program": "option<string>", "initializer": "option<tuple<string, list<argument>>>",
        "chunks_per_worker": "option<u32>", "retries": "u32"},
    "callback": {"object": "borrow<proxy>", "method": "string"},
    "callbacks": {"value": "option<callback>", "error": "option<callback>"},
    "mapping": {
        "entry": "string", "lead": "list<argument>", "items": "argument", "spread": "bool", "chunk_size": "option<u32>"},
}


class _Interfaces:
    """The interfaces of the contract: their functions with the parameters' names and types."""

    def __init__(self):
        self.functions = {}  # by interface, then name: (parameters, result)
        self.methods = {}
        self.kinds = []
        for path in sorted(_WIT.glob("*.wit")):
            text = re.sub(r"//.*", "", path.read_text())
            for match in re.finditer(r"\ninterface ([\w-]+) \{(.*?)\n\}", text, re.S):
                self._read(*match.groups())

    def _read(self, interface, body):
        resource = re.search(r"resource proxy \{(.*?)\n    \}", body, re.S)
        if resource:
            self.methods = self._functions(resource[1])
            body = body.replace(resource[0], "")
            self.kinds = [_snake(name) for name in re.findall(
                r"[\w%-]+", re.search(r"enum error-kind \{(.*?)\}", body, re.S)[1])]
        self.functions[_snake(interface)] = self._functions(body)

    @staticmethod
    def _functions(body):
        found = {}
        for name, parameters, result in re.findall(r"([\w%-]+): func\((.*?)\)(?: -> (.*?))?;", body):
            parts, depth, start = [], 0, 0
            for position, letter in enumerate(parameters + ","):
                depth += (letter in "<(") - (letter in ">)")
                if letter == "," and not depth and parameters[start:position].strip():
                    parameter, kind = parameters[start:position].split(":", 1)
                    parts.append((_snake(parameter.strip()), kind.strip()))
                    start = position + 1
            found[_snake(name)] = (parts, result)
        return found


class Runtime:
    """componentize-py's runtime and generated modules, for one process."""

    def __init__(self):
        self.interfaces = _Interfaces()
        self.manager = None
        self.handles = {}
        self.most_handles = 0
        self.functions = []
        self.first_handle = self.last_handle = 0

    def install(self):
        """Puts the modules where imports find them."""
        runtime = self._module("componentize_py_runtime")
        runtime.call_import, runtime.drop_resource = self.call_import, self.drop_resource
        component_types = self._module("componentize_py_types")

        @dataclasses.dataclass
        class Ok:
            value: object

        class Err(Exception):
            def __init__(self, value):
                self.value = value

        component_types.Ok, component_types.Err, self.Err = Ok, Err, Err
        self.component_types = component_types
        self._module("wit_world")
        self._module("wit_world.imports")
        for interface, functions in self.interfaces.functions.items():
            module = self._module(f"wit_world.imports.{interface}")
            module.componentize_py_runtime = runtime
            for name, (parameters, result) in functions.items():
                setattr(module, name, self._function(module, interface, name, parameters, result))
        self._types(sys.modules["wit_world.imports.types"])
        self.processes = sys.modules["wit_world.imports.processes"]
        for case in ("Returned", "Failed", "Trapped", "Exited", "LimitExceeded"):
            setattr(self.processes, f"Outcome_{case}", _record(f"Outcome_{case}", "value"))
        self.processes.Outcome_Killed = _record("Outcome_Killed")
        self.processes.SpawnOptions = _record("SpawnOptions", "name", "daemon")
        sys.modules["wit_world.imports.lists"].Slice = _record("Slice", "start", "stop", "step")
        sets = sys.modules["wit_world.imports.sets"]
        sets.Operation = enum.Enum("Operation", ["UNION", "INTERSECTION", "DIFFERENCE", "SYMMETRIC_DIFFERENCE"])
        sys.modules["wit_world.imports.counters"].Operation = enum.Enum(
            "Operation", ["SUM", "DIFFERENCE", "INTERSECTION", "UNION"])
        sets.Relation = enum.Enum("Relation", ["SUBSET", "PROPER_SUBSET", "SUPERSET", "PROPER_SUPERSET"])
        sys.modules["wit_world.imports.codecs"].Format = enum.Enum("Format", [("PYTHON_MARSHAL", 0)])
        pools = sys.modules["wit_world.imports.pools"]
        pools.Options = _record("Options", "workers", "program", "initializer", "chunks_per_worker", "retries")
        pools.Callback = _record("Callback", "object", "method")
        pools.Callbacks = _record("Callbacks", "value", "error")
        pools.Mapping = _record("Mapping", "entry", "lead", "items", "spread", "chunk_size")
        sys.modules["wit_world.imports.locks"].Acquired = enum.Enum(
            "Acquired", [("ACQUIRED", 0), ("ABANDONED", 1), ("TIMED_OUT", 2)])

    @staticmethod
    def _module(name):
        module = sys.modules[name] = python_types.ModuleType(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
        return module

    def _types(self, module):
        self.types = module
        for variant in ("Argument", "Value"):
            setattr(module, f"{variant}_Null", _record(f"{variant}_Null"))
            for case in ("Boolean", "Int", "Float", "Text", "Bytes", "Proxy", "Tree"):
                setattr(module, f"{variant}_{case}", _record(f"{variant}_{case}", "value"))
        module.Tree = _record("Tree", "data", "proxies")
        module.TreeArgument = _record("TreeArgument", "data", "proxies")
        module.Error = _record("Error", "kind", "type_name", "message", "args", "traceback")
        module.Rights = _record("Rights", "methods", "get_value", "to_text", "lifetime", "uses")
        module.ErrorKind = enum.Enum(
            "ErrorKind", [(name.upper(), number) for number, name in enumerate(self.interfaces.kinds)])
        module.Proxy = type("Proxy", (), {})
        for name, (parameters, result) in self.interfaces.methods.items():
            parameters = [("self", "borrow<proxy>"), *parameters]
            setattr(module.Proxy, name, self._function(module, "proxy", name, parameters, result))

    def _function(self, module, interface, name, parameters, result):
        index = len(self.functions)
        self.functions.append((interface, name, [kind for _, kind in parameters], result))
        names = ", ".join(f"_{parameter}" for parameter, _ in parameters)
        source = f"def {name}({names}):\n    return componentize_py_runtime.call_import({index}, [{names}])\n"
        space = module.__dict__
        scratch = {}
        exec(compile(source, f"<{interface}>", "exec"), space, scratch)
        return scratch[name]

    # Calls, as the runtime makes them.

    def call_import(self, index, arguments):
        """Calls the manager."""
        interface, name, kinds, result = self.functions[index]
        assert type(arguments) is list and len(arguments) == len(kinds), (name, arguments)
        arguments = [self._lower(value, kind) for value, kind in zip(arguments, kinds)]
        is_result = (result or "").startswith("result<")
        try:
            value = self.manager.function(interface, name)(*arguments)
        except fake_manager.Failure as failure:
            assert is_result, failure
            return self.Err(self._error(failure))
        value = self._lift(value)
        return self.component_types.Ok(value) if is_result else value

    def _lower(self, value, kind):
        if kind == "borrow<proxy>":
            return self.handles[value.handle]
        if kind == "argument":
            return self._argument(value)
        if kind.startswith("option<"):
            if value is None:
                return fake_manager.ABSENT if kind == "option<argument>" else None
            return self._lower(value, kind[7:-1])
        if kind == "list<string>":
            assert type(value) is list
            return [self._lower(item, "string") for item in value]
        if kind == "list<borrow<proxy>>":
            assert type(value) is list
            return [self.handles[handle.handle] for handle in value]
        if kind == "list<argument>":
            assert type(value) is list
            return [self._argument(item) for item in value]
        if kind == "list<tuple<string, argument>>":
            return [(name, self._argument(item)) for name, item in value]
        if kind in _FIELDS:
            return python_types.SimpleNamespace(**{
                name: self._lower(getattr(value, name), field) for name, field in _FIELDS[kind].items()})
        if kind == "tuple<string, list<argument>>":
            assert type(value) is tuple
            return self._lower(value[0], "string"), self._lower(value[1], "list<argument>")
        if kind in ("s64", "s32", "u32", "u64", "duration"):
            assert type(value) is int
            lowest, highest = {"s64": (-2**63, 2**63 - 1), "s32": (-2**31, 2**31 - 1), "u32": (0, 2**32 - 1)}.get(kind, (0, 2**64 - 1))
            assert lowest <= value <= highest, value
        if kind == "string":
            value.encode()
        if kind == "bool":
            assert type(value) is bool
        return value

    def _argument(self, value):
        case = type(value).__name__
        assert type(value) is getattr(self.types, case) and case.startswith("Argument_"), value
        if case == "Argument_Null":
            return None
        if case == "Argument_Proxy":
            return self.handles[value.value.handle]
        if case == "Argument_Tree":
            assert type(value.value) is self.types.TreeArgument
            return fake_manager.decode(value.value.data, [self.handles[proxy.handle] for proxy in value.value.proxies])
        expected = {"Boolean": bool, "Int": int, "Float": float, "Text": str, "Bytes": bytes}[case[9:]]
        assert isinstance(value.value, expected), value
        return self._lower(value.value, {"Int": "s64", "Text": "string"}.get(case[9:], ""))

    def _lift(self, value):
        if isinstance(value, fake_manager.Value):
            return self.value(value.value)
        if isinstance(value, (fake_manager.Referent, fake_manager.Narrowed)):
            return self.handle(value)
        if isinstance(value, tuple) and value and isinstance(value[0], str):
            case, payload = value
            made = getattr(self.processes, "Outcome_" + "".join(map(str.capitalize, case.split("-"))))
            if payload is None:
                return made() if case == "killed" else made(self.value(None))
            return made(self._error(payload) if isinstance(payload, fake_manager.Failure) else payload)
        if isinstance(value, tuple):
            return tuple(map(self._lift, value))
        if value in ("acquired", "abandoned", "timed-out"):
            acquired = sys.modules["wit_world.imports.locks"].Acquired
            return acquired(["acquired", "abandoned", "timed-out"].index(value))
        return value

    def value(self, value):
        """A received value, made as the runtime makes it."""
        types = self.types
        if value is None:
            return types.Value_Null()
        for plain, make in ((bool, "Boolean"), (int, "Int"), (float, "Float"), (str, "Text"), (bytes, "Bytes")):
            if type(value) is plain and not (plain is int and not -2**63 <= value < 2**63):
                return getattr(types, f"Value_{make}")(value)
        if isinstance(value, (fake_manager.Referent, fake_manager.Narrowed)):
            return types.Value_Proxy(self.handle(value))
        data, proxies = fake_manager.encode(value)
        return types.Value_Tree(types.Tree(data, [self.handle(proxy) for proxy in proxies]))

    def _error(self, failure):
        kind = self.types.ErrorKind[_snake(failure.kind).upper()]
        args = None if failure.arguments is None else self.value(tuple(failure.arguments))
        return self.types.Error(kind, failure.type_name, failure.message, args, failure.traceback)

    def handle(self, referent):
        """A new handle, made as the runtime makes it."""
        self.last_handle += 1
        self.handles[self.last_handle] = referent
        self.most_handles = max(self.most_handles, len(self.handles))
        cls = self.types.Proxy
        instance = cls.__new__(cls)
        instance.handle = self.last_handle
        instance.finalizer = self.finalize(instance, self.drop_resource, 1, self.last_handle)
        return instance

    def drop_resource(self, drop, handle):
        """Drops a handle; one of an earlier process is gone already."""
        if handle >= self.first_handle:
            del self.handles[handle]

    def prepared(self):
        """The component is built: what the runtime looks up, it has looked up."""
        self.finalize = weakref.finalize

    def returned(self, value):
        """What an export returned, as the host sees it."""
        assert type(value) is self.component_types.Ok
        value = value.value
        return self.lowered(value)

    def lowered(self, value):
        """A value that was given, as the host sees it."""
        case = type(value).__name__
        if case == "Value_Null":
            return None
        if case == "Value_Proxy":
            return self._given(value.value)
        if case == "Value_Tree":
            return fake_manager.decode(value.value.data, [self._given(proxy) for proxy in value.value.proxies])
        return value.value

    def failure(self, error):
        """An error that was given, as the host sees it."""
        args = error.args and self.lowered(error.args)
        return fake_manager.Failure(
            error.kind.name.lower().replace("_", "-"), error.message, args, error.type_name, error.traceback)

    def _given(self, proxy):
        proxy.finalizer.detach()
        return self.handles.pop(proxy.handle)


runtime = Runtime()


def prepare():
    """Makes the SDK importable, as it is in a component that has been built."""
    if runtime.functions:
        return
    runtime.install()
    from commonhold import boundary

    boundary.install()
    runtime.prepared()
    boundary.started()


def new_process(files=()):
    """Lets a test begin in a process of its own, with a manager of its own."""
    prepare()
    runtime.manager = fake_manager.FakeManager(files)
    runtime.handles.clear()
    runtime.first_handle = runtime.last_handle + 1
    runtime.most_handles = 0
    from commonhold import proxies

    proxies._wrappers.clear()
    return runtime.manager
