"""A manager made of Python's own types, for the SDK's unit tests.

It knows the semantics only: referents, handles, and what each function of the contract does.
``fake_bindings`` puts it behind what componentize-py would generate.
"""

import collections
import marshal
import threading
import weakref
from array import array
from types import SimpleNamespace

from commonhold import tree

from . import fake_pools, fake_providers, fake_waiting


class Failure(Exception):
    """An error of the contract."""

    def __init__(self, kind, message, args=None, type_name=None, traceback=None):
        super().__init__(message)
        self.kind, self.message, self.arguments = kind, message, args
        self.type_name, self.traceback = type_name or kind, traceback


class Value:
    """A result of type ``value``."""

    def __init__(self, value):
        self.value = value


_KINDS = {
    **fake_waiting.KINDS,
    IndexError: "index", KeyError: "key", ValueError: "value", TypeError: "type", AttributeError: "attribute",
    RuntimeError: "runtime", OverflowError: "overflow", MemoryError: "memory", ZeroDivisionError: "zero-division",
    AssertionError: "assertion",
}


def failure_of(error):
    """The contract's error for an exception of a referent."""
    for cls, kind in _KINDS.items():
        if isinstance(error, cls):
            args = None if error.args == (str(error),) else error.args
            return Failure(kind, str(error), args, type(error).__name__)
    return Failure("other", str(error), error.args, type(error).__name__)


def _kinds_in(value, kinds, depth=100):
    """Adds the types of a value and all that is in it, unless it goes deep."""
    kinds.add(type(value))
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, (list, tuple, set, frozenset)):
        if not depth:
            raise _NoForm
        for item in value:
            _kinds_in(item, kinds, depth - 1)


class _NoForm(Exception):
    """A value has no form that CPython reads."""


class Referent:
    """A shared object. What holds it, holds a reference to it."""

    def __init__(self, manager, typeid, state):
        self.manager, self.typeid, self.state = manager, typeid, state
        manager.last += 1
        self.id = manager.last
        manager.live[self.id] = self
        self.version = 0

    def __repr__(self):
        name = {"list": "ListProxy", "dict": "DictProxy", "set": "SetProxy", "deque": "DequeProxy", "Counter": "CounterProxy", "Lock": "AcquirerProxy", "Iterator": "IteratorProxy",
                "Namespace": "NamespaceProxy", "Value": "ValueProxy", "Array": "ArrayProxy", **fake_waiting.PROXIES, "Pool": "PoolProxy"}
        return f"<{name.get(self.typeid, f'AutoProxy[{self.typeid}]')} object, typeid {self.typeid!r} at {self.id:#x}>"


class Narrowed:
    """A referent as a narrowed proxy shows it."""

    def __init__(self, referent, methods, get_value, to_text):
        self.referent, self.methods, self.get_value, self.to_text = referent, methods, get_value, to_text


def referent_of(proxy):
    """The referent of a proxy, narrowed or not."""
    return proxy.referent if isinstance(proxy, Narrowed) else proxy


METHODS = {
    "list": ("__add__ __contains__ __delitem__ __getitem__ __imul__ __len__ __mul__ __reversed__ __rmul__ "
             "__setitem__ append clear copy count extend index insert pop remove reverse sort").split(),
    "dict": ("__contains__ __delitem__ __getitem__ __ior__ __iter__ __len__ __or__ __reversed__ __ror__ "
             "__setitem__ clear copy fromkeys get items keys pop popitem setdefault update values").split(),
    "Namespace": "__getattribute__ __setattr__ __delattr__ fetch_add fetch_max swap compare_exchange".split(),
    "Value": "get set get_lock fetch_add fetch_max swap compare_exchange".split(),
    "Array": "__len__ __getitem__ __setitem__ get_lock fetch_add fetch_max swap compare_exchange".split(),
    "set": ("__and__ __contains__ __ge__ __gt__ __iand__ __ior__ __isub__ __iter__ __ixor__ __le__ __len__ __lt__ "
            "__or__ __rand__ __ror__ __rsub__ __rxor__ __sub__ __xor__ add clear copy difference difference_update "
            "discard intersection intersection_update isdisjoint issubset issuperset pop remove symmetric_difference "
            "symmetric_difference_update union update").split(),
    "deque": ("__add__ __contains__ __delitem__ __getitem__ __iadd__ __imul__ __len__ __mul__ __reversed__ __rmul__ "
              "__setitem__ append appendleft clear copy count extend extendleft index insert maxlen pop popleft remove "
              "reverse rotate").split(),
    "Counter": ("__add__ __and__ __contains__ __delitem__ __ge__ __getitem__ __gt__ __iadd__ __iand__ __ior__ __isub__ "
                "__iter__ __le__ __len__ __lt__ __neg__ __or__ __pos__ __radd__ __rand__ __reversed__ __ror__ __rsub__ "
                "__setitem__ __sub__ clear copy elements get items keys most_common pop popitem setdefault subtract "
                "total update values").split(),
    "Lock": ["acquire", "locked", "release"],
    "Iterator": ["__next__"],
    "Process": ["is_alive", "join", "kill"],
    "Clicker": ["bump", "value"],
    "Countdown": ["__next__"],
    **fake_waiting.METHODS,
    **fake_pools.METHODS,
}


class Holder:
    """What is behind a Value."""

    def __init__(self, typecode, value, lock=True):
        self.typecode, self.value = typecode, value

    def __repr__(self):
        return f"Value({self.typecode!r}, {self.value!r})"


class FakeManager(fake_pools.Pools, fake_providers.Providers):
    """The referents, and the functions of the contract by interface and name."""

    def __init__(self, files=()):
        self.last = 0
        self.live = weakref.WeakValueDictionary()
        self.files = dict(files)
        self.published = {}
        self.spawned = []
        self.exit = None
        self.run = None
        # What does a pool's task: the value of an entry, or a Failure.
        self.work = None
        self.me = Referent(self, "Process", None)
        self.me.name, self.me.daemon = "script:main", False

    def function(self, interface, name):
        """A function of the contract; a resource's methods are those of ``proxy``."""
        return getattr(self, f"{interface}_{name}".replace("-", "_"))

    def guarded(self, proxy, *methods):
        """The state of a proxy that has one of these rights."""
        if isinstance(proxy, Narrowed):
            if proxy.methods is not None and not set(methods) & set(proxy.methods):
                raise Failure("not-exposed", f"'{methods[0]}' is not exposed", type_name="NotExposed")
            proxy = proxy.referent
        return proxy.state

    # Codecs.

    @staticmethod
    def codecs_encode(format, data):
        def refuse(value, proxies):
            raise ValueError(f"{type(value)} does not travel")

        try:
            value = marshal.loads(data)
            data = tree.encode(value, refuse)[0]
        except ValueError as error:
            raise Failure("bad-value", str(error)) from None
        kinds = set()
        _kinds_in(value, kinds)
        return data, not kinds.isdisjoint((bytes, set, frozenset))

    @staticmethod
    def codecs_decode(format, data):
        def without(*parts):
            raise _NoForm

        try:
            value = tree.decode(data, (), without)
            kinds = set()
            _kinds_in(value, kinds)
            # Of those in each other it takes time that doubles with each; the manager does not write it by marshal.
            return None if frozenset in kinds else marshal.dumps(value)
        except (_NoForm, ValueError):
            return None

    # Proxies.

    def proxy_typeid(self, proxy):
        return referent_of(proxy).typeid

    def proxy_id(self, proxy):
        return referent_of(proxy).id

    def proxy_duplicate(self, proxy):
        return proxy

    def proxy_methods(self, proxy):
        if isinstance(proxy, Narrowed) and proxy.methods is not None:
            return list(proxy.methods)
        referent = referent_of(proxy)
        if fake_providers.is_provided(referent.state):
            return list(referent.state.methods)
        return list(METHODS[referent.typeid])

    def proxy_reading_methods(self, proxy):
        changing = ("append", "clear", "extend", "insert", "pop", "set", "update", "acquire", "release", "kill", "bump")
        return [name for name in self.proxy_methods(proxy) if not name.strip("_").startswith(changing)]

    def proxy_rights_key(self, proxy):
        return id(proxy) if isinstance(proxy, Narrowed) else 0

    def proxy_call(self, proxy, method, args, kwargs):
        referent = referent_of(proxy)
        if method not in self.proxy_methods(proxy):
            raise Failure(
                "not-exposed", f"'{method}' of '{referent.typeid}' object is not exposed by this proxy", type_name="NotExposed")
        if fake_providers.is_provided(referent.state):
            return Value(self.provided_call(referent.state, method, args, kwargs))
        try:
            if referent.typeid == "Clicker":
                if method == "bump":
                    referent.state += args[0] if args else 1
                return Value(referent.state)
            if method == "__iter__":
                return Value(Referent(self, "Iterator", iter(referent.state)))
            args = [other.state if isinstance(other, Referent) and method in ("extend", "update") else other
                    for other in args]
            return Value(getattr(referent.state, method)(*args, **dict(kwargs)))
        except Exception as error:
            raise failure_of(error) from None

    def proxy_get_value(self, proxy):
        if isinstance(proxy, Narrowed) and not proxy.get_value:
            raise Failure("not-exposed", "the proxy may not be copied out", type_name="NotExposed")
        state = referent_of(proxy).state
        if fake_providers.is_provided(state):
            return Value(self.provided_value(state))
        if isinstance(state, collections.deque):
            return Value(list(state))
        if isinstance(state, (SimpleNamespace, Holder, array)):
            return Value(state.tolist() if isinstance(state, array) else (
                dict(vars(state)) if isinstance(state, SimpleNamespace) else state.value))
        if not isinstance(state, (list, dict, set, int)):
            raise Failure("unserializable", f"a {referent_of(proxy).typeid} has no value", type_name="Unserializable")
        if isinstance(state, collections.Counter):
            return Value(dict(state))
        return Value(state.copy() if isinstance(state, (list, dict, set)) else state)

    def proxy_to_text(self, proxy):
        if isinstance(proxy, Narrowed) and not proxy.to_text:
            raise Failure("not-exposed", "the proxy may not be printed", type_name="NotExposed")
        return repr(referent_of(proxy).state)

    def proxy_repr(self, proxy):
        return repr(referent_of(proxy))

    def proxy_narrow(self, proxy, rights):
        return Narrowed(referent_of(proxy), rights.methods, rights.get_value, rights.to_text)

    def proxy_revoke(self, proxy):
        raise Failure("not-exposed", "the proxy was never narrowed", type_name="NotExposed")

    # Published names, all of which are granted.

    def names_publish(self, name, proxy):
        if name in self.published:
            raise Failure("value", f"the name '{name}' is taken", type_name="ValueError")
        self.published[name] = proxy

    def names_withdraw(self, name):
        if self.published.pop(name, None) is None:
            raise Failure("no-such-name", f"no object is published as '{name}'", type_name="NoSuchName")

    def names_look_up(self, name):
        if name not in self.published:
            raise Failure("no-such-name", f"no object is published as '{name}'", type_name="NoSuchName")
        return self.published[name]

    def names_names(self):
        return sorted(self.published)

    # The manager.

    def manager_create(self, typeid, args, kwargs, rights):
        try:
            if typeid == "list":
                return Referent(self, "list", list(*map(self.plain, args), **dict(kwargs)))
            if typeid == "dict":
                return Referent(self, "dict", dict(*map(self.plain, args), **dict(kwargs)))
            if typeid == "Namespace":
                return Referent(self, typeid, SimpleNamespace(**dict(kwargs)))
            if typeid == "Value":
                return self._lockable(Referent(self, typeid, Holder(*args, **dict(kwargs))), args, dict(kwargs))
            if typeid == "Array":
                typecode, items = args[:2]
                items = [0] * items if isinstance(items, int) else self.plain(items)
                return self._lockable(Referent(self, typeid, array(typecode, items)), args, dict(kwargs))
            if typeid == "Counter":
                return Referent(self, "Counter", collections.Counter(*map(self.plain, args), **dict(kwargs)))
            if typeid == "set":
                return Referent(self, "set", set(*map(self.plain, args), **dict(kwargs)))
            if typeid == "Lock":
                return self.locks_create()
            if typeid in fake_waiting.MAKE:
                args = [referent_of(arg).state if isinstance(arg, Referent) else arg for arg in args]
                return Referent(self, typeid, fake_waiting.MAKE[typeid](self.me.id, *args, **dict(kwargs)))
            if typeid == "Clicker":
                return Referent(self, "Clicker", int(*args))
            if typeid == "Iterator":
                return self.iterators_create(*args)
            if typeid == "Countdown":
                return Referent(self, "Countdown", iter(range(int(*args))[::-1]))
        except Exception as error:
            raise failure_of(error) from None
        raise Failure("no-such-type", f"there is no type {typeid!r}", type_name="NoSuchType")

    def manager_typeids(self):
        return ["Lock", "dict", "list", "set"]

    def manager_number_of_objects(self):
        return len(self.live)

    def manager_debug_info(self):
        return "\n".join(f"  {one.id:x}:       refcount=1\n    {one.typeid}" for one in self.live.values())

    def files_paths(self):
        return sorted(self.files)

    def files_read(self, path):
        return self.files.get(path)

    @staticmethod
    def plain(value):
        """What iterating over an argument gives."""
        if isinstance(value, Referent) and value.typeid in ("list", "dict", "set", "Counter"):
            return value.state.copy()
        return list(value.state) if isinstance(value, Referent) and value.typeid in ("Array", "deque") else value

    # Lists.

    def lists_create(self):
        return self.manager_create("list", [], [], None)

    def lists_create_from(self, items):
        return self.manager_create("list", [items], [], None)

    def lists_length(self, proxy):
        return len(self.guarded(proxy, "__len__"))

    def lists_get_item(self, proxy, index):
        try:
            return Value(self.guarded(proxy, "__getitem__")[index])
        except IndexError as error:
            raise failure_of(error) from None

    def _change(self, proxy, method, *args):
        state = self.guarded(proxy, method)
        referent_of(proxy).version += 1
        try:
            return getattr(state, method)(*args)
        except Exception as error:
            raise failure_of(error) from None

    def lists_set_item(self, proxy, index, item):
        self._change(proxy, "__setitem__", index, item)

    def lists_delete_item(self, proxy, index):
        self._change(proxy, "__delitem__", index)

    def lists_get_slice(self, proxy, bounds):
        return Value(self._change(proxy, "__getitem__", slice(bounds.start, bounds.stop, bounds.step)))

    def lists_set_slice(self, proxy, bounds, items):
        self._change(proxy, "__setitem__", slice(bounds.start, bounds.stop, bounds.step), self.plain(items))

    def lists_delete_slice(self, proxy, bounds):
        self._change(proxy, "__delitem__", slice(bounds.start, bounds.stop, bounds.step))

    def lists_append(self, proxy, item):
        self._change(proxy, "append", item)

    def lists_extend(self, proxy, items):
        self._change(proxy, "extend", self.plain(items))

    def lists_insert(self, proxy, index, item):
        self._change(proxy, "insert", index, item)

    def lists_pop(self, proxy, index):
        return Value(self._change(proxy, "pop", -1 if index is None else index))

    def lists_remove(self, proxy, item):
        self._change(proxy, "remove", item)

    def lists_clear(self, proxy):
        self._change(proxy, "clear")

    def lists_copy(self, proxy):
        return Value(self._change(proxy, "copy"))

    def lists_copy_reversed(self, proxy):
        return Value(list(self._change(proxy, "__reversed__")))

    def lists_contains(self, proxy, item):
        return self._change(proxy, "__contains__", item)

    def lists_count(self, proxy, item):
        return self._change(proxy, "count", item)

    def lists_index(self, proxy, item, start, stop):
        return self._change(proxy, "index", item, start or 0, 2**62 if stop is None else min(stop, 2**62))

    def lists_reverse(self, proxy):
        self._change(proxy, "reverse")

    def lists_sort(self, proxy, reverse):
        state = self.guarded(proxy, "sort")
        try:
            state.sort(reverse=reverse)
        except TypeError as error:
            raise failure_of(error) from None

    def lists_snapshot(self, proxy):
        return referent_of(proxy).version, Value(list(self.guarded(proxy, "sort")))

    def lists_sort_by_keys(self, proxy, version, keys, reverse):
        state = self.guarded(proxy, "sort")
        if version != referent_of(proxy).version:
            raise Failure("stale", "the list has changed", type_name="Stale")
        order = sorted(range(len(state)), key=keys.__getitem__, reverse=reverse)
        state[:] = [state[position] for position in order]

    def _other_list(self, other):
        other = self.plain(other)
        if not isinstance(other, list):
            raise Failure("type", f'can only concatenate list (not "{type(other).__name__}") to list')
        return other

    def lists_concat(self, proxy, other):
        return Value(self.guarded(proxy, "__add__") + self._other_list(other))

    def lists_concat_before(self, proxy, other):
        return Value(self._other_list(other) + self.guarded(proxy, "__add__"))

    def lists_repeat(self, proxy, times):
        return Value(self.guarded(proxy, "__mul__") * times)

    def lists_repeat_in_place(self, proxy, times):
        self._change(proxy, "__imul__", times)

    def lists_fetch_add(self, proxy, index, delta):
        state = self.guarded(proxy, "__setitem__")
        try:
            old = state[index]
            state[index] = old + delta
        except Exception as error:
            raise failure_of(error) from None
        return Value(old)

    # Dicts.

    def dicts_create(self):
        return self.manager_create("dict", [], [], None)

    def dicts_create_from(self, entries):
        return self.manager_create("dict", [entries], [], None)

    def dicts_length(self, proxy):
        return len(self.guarded(proxy, "__len__"))

    def dicts_get_item(self, proxy, key):
        return Value(self._change(proxy, "__getitem__", key))

    def dicts_find(self, proxy, key):
        state = self.guarded(proxy, "get")
        return Value(state[key]) if key in state else None

    def dicts_set_item(self, proxy, key, item):
        self._change(proxy, "__setitem__", key, item)

    def dicts_delete_item(self, proxy, key):
        self._change(proxy, "__delitem__", key)

    def dicts_contains(self, proxy, key):
        return self._change(proxy, "__contains__", key)

    def dicts_take(self, proxy, key):
        state = self.guarded(proxy, "pop")
        return Value(state.pop(key)) if key in state else None

    def dicts_pop_item(self, proxy):
        key, value = self._change(proxy, "popitem")
        return Value(key), Value(value)

    def dicts_set_default(self, proxy, key, default):
        return Value(self._change(proxy, "setdefault", key, default))

    def dicts_update(self, proxy, entries):
        self._change(proxy, "update", self.plain(entries))

    def dicts_clear(self, proxy):
        self._change(proxy, "clear")

    def dicts_copy(self, proxy):
        return Value(dict(self._change(proxy, "copy")))

    def dicts_keys(self, proxy):
        return Value(list(self.guarded(proxy, "keys")))

    def dicts_keys_reversed(self, proxy):
        return Value(list(reversed(self.guarded(proxy, "__reversed__"))))

    def dicts_values(self, proxy):
        return Value(list(self.guarded(proxy, "values").values()))

    def dicts_items(self, proxy):
        return Value(list(self.guarded(proxy, "items").items()))

    def dicts_iterate(self, proxy):
        return Referent(self, "Iterator", iter(self.guarded(proxy, "__iter__")))

    def dicts_merge(self, proxy, other):
        return Value(dict(self.guarded(proxy, "__or__") | self.plain(other)))

    def dicts_merge_before(self, proxy, other):
        return Value(self.plain(other) | self.guarded(proxy, "__or__"))

    def dicts_fetch_add(self, proxy, key, delta, initial):
        state = self.guarded(proxy, "__setitem__")
        if key not in state and initial is ABSENT:
            raise failure_of(KeyError(key))
        old = state.get(key, initial)
        state[key] = old + delta
        return Value(old)

    # Namespaces, values and arrays. A place is where one of their values is: ways to get and set it.

    @staticmethod
    def _lockable(referent, args, kwargs):
        lock = args[2] if len(args) > 2 else kwargs.get("lock", True)
        referent.has_lock, referent.lock = bool(lock), lock if isinstance(lock, Referent) else None
        return referent

    def _get_lock(self, proxy):
        self.guarded(proxy, "get_lock")
        referent = referent_of(proxy)
        if not referent.has_lock:
            raise failure_of(AttributeError(f"'{referent.typeid}' object has no attribute 'get_lock'"))
        referent.lock = referent.lock or self.locks_create()
        return referent.lock

    def _attribute(self, proxy, name, method):
        state = self.guarded(proxy, method)

        def get():
            if name not in vars(state):
                raise AttributeError(f"'Namespace' object has no attribute '{name}'")
            return vars(state)[name]
        return get, lambda value: vars(state).__setitem__(name, value)

    def _held(self, proxy, method):
        state = self.guarded(proxy, method)
        return (lambda: state.value), (lambda value: setattr(state, "value", value))

    def _element(self, proxy, index, method):
        state = self.guarded(proxy, method)
        return (lambda: state[index]), (lambda value: state.__setitem__(index, value))

    @staticmethod
    def _changed(place, change):
        """What was there before, after the change: a function that gives the new value, or nothing."""
        get, put = place
        try:
            old = get()
            new = change(old)
            if new is not ABSENT:
                put(new)
        except Exception as error:
            raise failure_of(error) from None
        return Value(old)

    def _fetch_add(self, place, delta):
        return self._changed(place, lambda old: old + delta)

    def _place_fetch_max(self, place, value):
        return self._changed(place, lambda old: value if old < value else ABSENT)

    def _place_swap(self, place, value):
        return self._changed(place, lambda old: value)

    def _place_compare_exchange(self, place, expected, new):
        old = self._changed(place, lambda old: new if old == expected else ABSENT)
        return old.value == expected, old

    def namespaces_get_attribute(self, proxy, name):
        return self._changed(self._attribute(proxy, name, "__getattribute__"), lambda old: ABSENT)

    def namespaces_set_attribute(self, proxy, name, item):
        self._attribute(proxy, name, "__setattr__")[1](item)

    def namespaces_delete_attribute(self, proxy, name):
        state = self.guarded(proxy, "__delattr__")
        self._changed(self._attribute(proxy, name, "__delattr__"), lambda old: ABSENT)
        del vars(state)[name]

    def namespaces_names(self, proxy):
        return list(vars(self.guarded(proxy, "__getattribute__")))

    def namespaces_fetch_add(self, proxy, name, delta):
        return self._fetch_add(self._attribute(proxy, name, "fetch_add"), delta)

    def namespaces_fetch_max(self, proxy, name, item):
        return self._place_fetch_max(self._attribute(proxy, name, "fetch_max"), item)

    def namespaces_swap(self, proxy, name, item):
        return self._place_swap(self._attribute(proxy, name, "swap"), item)

    def namespaces_compare_exchange(self, proxy, name, expected, new):
        return self._place_compare_exchange(self._attribute(proxy, name, "compare_exchange"), expected, new)

    def values_get(self, proxy):
        return Value(self.guarded(proxy, "get").value)

    def values_set(self, proxy, item):
        self.guarded(proxy, "set").value = item

    values_get_lock = arrays_get_lock = _get_lock

    def values_fetch_add(self, proxy, delta):
        return self._fetch_add(self._held(proxy, "fetch_add"), delta)

    def values_fetch_max(self, proxy, item):
        return self._place_fetch_max(self._held(proxy, "fetch_max"), item)

    def values_swap(self, proxy, item):
        return self._place_swap(self._held(proxy, "swap"), item)

    def values_compare_exchange(self, proxy, expected, new):
        return self._place_compare_exchange(self._held(proxy, "compare_exchange"), expected, new)

    def arrays_length(self, proxy):
        return len(self.guarded(proxy, "__len__"))

    def arrays_typecode(self, proxy):
        return referent_of(proxy).state.typecode

    def arrays_get_item(self, proxy, index):
        return Value(self._change(proxy, "__getitem__", index))

    def arrays_set_item(self, proxy, index, item):
        self._change(proxy, "__setitem__", index, item)

    def arrays_get_slice(self, proxy, bounds):
        return Value(self._change(proxy, "__getitem__", slice(bounds.start, bounds.stop, bounds.step)).tolist())

    def arrays_set_slice(self, proxy, bounds, items):
        try:
            items = array(self.guarded(proxy, "__setitem__").typecode, self.plain(items))
        except Exception as error:
            raise failure_of(error) from None
        self._change(proxy, "__setitem__", slice(bounds.start, bounds.stop, bounds.step), items)

    def arrays_read_bytes(self, proxy, start, count):
        state = self.guarded(proxy, "__getitem__")
        if start + count > len(state):
            raise Failure("index", f"{count} items from {start} on are out of the range of an array", None, "IndexError")
        return state[start:start + count].tobytes()

    def arrays_write_bytes(self, proxy, start, data):
        state = self.guarded(proxy, "__setitem__")
        state[start:start + len(data) // state.itemsize] = array(state.typecode, data)

    def arrays_fetch_add(self, proxy, index, delta):
        return self._fetch_add(self._element(proxy, index, "fetch_add"), delta)

    def arrays_fetch_max(self, proxy, index, item):
        return self._place_fetch_max(self._element(proxy, index, "fetch_max"), item)

    def arrays_swap(self, proxy, index, item):
        return self._place_swap(self._element(proxy, index, "swap"), item)

    def arrays_compare_exchange(self, proxy, index, expected, new):
        return self._place_compare_exchange(self._element(proxy, index, "compare_exchange"), expected, new)

    # Deques.

    def deques_create(self, maxlen):
        return Referent(self, "deque", collections.deque((), maxlen))

    def deques_create_from(self, items, maxlen):
        try:
            return Referent(self, "deque", collections.deque(self.plain(items), maxlen))
        except TypeError as error:
            raise failure_of(error) from None

    def deques_max_length(self, proxy):
        return self.guarded(proxy, "maxlen").maxlen

    def deques_extend(self, proxy, items):
        self._change(proxy, "extend", self.plain(items))

    def deques_extend_left(self, proxy, items):
        self._change(proxy, "extendleft", self.plain(items))

    def deques_pop(self, proxy):
        return Value(self._change(proxy, "pop"))

    def deques_pop_left(self, proxy):
        return Value(self._change(proxy, "popleft"))

    def deques_append_left(self, proxy, item):
        self._change(proxy, "appendleft", item)

    def deques_copy(self, proxy):
        return Value(list(self.guarded(proxy, "copy")))

    def deques_rotate(self, proxy, steps):
        self._change(proxy, "rotate", steps)

    def deques_concat(self, proxy, other):
        return Value(list(self.guarded(proxy, "__add__") + collections.deque(self.plain(other))))

    def deques_repeat(self, proxy, times):
        return Value(list(self.guarded(proxy, "__mul__") * times))

    deques_append, deques_clear, deques_contains = lists_append, lists_clear, lists_contains
    deques_copy_reversed, deques_count, deques_delete_item = lists_copy_reversed, lists_count, lists_delete_item
    deques_get_item, deques_index, deques_insert = lists_get_item, lists_index, lists_insert
    deques_length, deques_remove, deques_repeat_in_place = lists_length, lists_remove, lists_repeat_in_place
    deques_reverse, deques_set_item = lists_reverse, lists_set_item

    # What lists and dicts have beyond Python's own.

    def _atomic(self, proxy, work):
        referent_of(proxy).version += 1
        try:
            return work(self.guarded(proxy, "__setitem__"))
        except Exception as error:
            raise failure_of(error) from None

    def _fetch_max(self, proxy, key, value, *initial):
        def work(state):
            missing = initial and initial[0] is not ABSENT and key not in state
            old = initial[0] if missing else state[key]
            state[key] = value if old < value else old
            return Value(old)
        return self._atomic(proxy, work)

    def _swap(self, proxy, key, value):
        def work(state):
            old, state[key] = state[key], value
            return Value(old)
        return self._atomic(proxy, work)

    def _compare_exchange(self, proxy, key, expected, value):
        def work(state):
            old = state[key]
            if old == expected:
                state[key] = value
            return old == expected, Value(old)
        return self._atomic(proxy, work)

    def _pop_if(self, proxy, key, expected):
        def work(state):
            old = state[key]
            if old == expected:
                del state[key]
            return old == expected, Value(old)
        return self._atomic(proxy, work)

    def _get_many(self, proxy, keys, *default):
        def work(state):
            return Value([default[0] if default and default[0] is not ABSENT and key not in state else state[key]
                          for key in self.plain(keys)])
        return self._atomic(proxy, work)

    def _set_many(self, proxy, pairs):
        def work(state):
            new = state.copy()
            for key, value in dict(self.plain(pairs)).items():
                new[key] = value
            state.clear()
            (state.extend if isinstance(state, list) else state.update)(new)
        self._atomic(proxy, work)

    def _get_path(self, proxy, path):
        def work(state):
            for step in path:
                state = (state.state if isinstance(state, Referent) else state)[step]
            return Value(state)
        return self._atomic(proxy, work)

    def _set_path(self, proxy, path, value):
        def work(state):
            for step in path[:-1]:
                state = (state.state if isinstance(state, Referent) else state)[step]
            (state.state if isinstance(state, Referent) else state)[path[-1]] = value
        self._atomic(proxy, work)

    lists_fetch_max = dicts_fetch_max = _fetch_max
    lists_swap = dicts_swap = _swap
    lists_compare_exchange = dicts_compare_exchange = _compare_exchange
    lists_pop_if = dicts_pop_if = _pop_if
    lists_get_many = dicts_get_many = _get_many
    lists_set_many = dicts_set_many = _set_many
    lists_get_path = dicts_get_path = _get_path
    lists_set_path = dicts_set_path = _set_path

    def iterators_create(self, over):
        if isinstance(over, (Referent, Narrowed)):
            if referent_of(over).typeid == "Iterator":
                return over
            if fake_providers.is_provided(referent_of(over).state):
                return Referent(self, "Iterator", self.provided_iterator(referent_of(over).state))
            over = self.guarded(over, "__iter__", "__getitem__", "__next__")
        try:
            return Referent(self, "Iterator", iter(over))
        except Exception as error:
            raise failure_of(error) from None

    def iterators_next_many(self, proxy, most):
        return [Value(item) for _, item in zip(range(most), proxy.state)]

    def iterators_next(self, proxy):
        try:
            for item in proxy.state:
                return Value(item)
        except RuntimeError as error:
            raise failure_of(error) from None
        return None

    # Sets.

    def sets_create(self):
        return self.manager_create("set", [], [], None)

    def sets_create_from(self, items):
        return self.manager_create("set", [items], [], None)

    def sets_length(self, proxy):
        return len(self.guarded(proxy, "__len__"))

    def sets_contains(self, proxy, element):
        return self._change(proxy, "__contains__", element)

    def sets_add(self, proxy, element):
        length = len(self.guarded(proxy, "add"))
        self._change(proxy, "add", element)
        return len(referent_of(proxy).state) > length

    def sets_discard(self, proxy, element):
        length = len(self.guarded(proxy, "discard"))
        self._change(proxy, "discard", element)
        return len(referent_of(proxy).state) < length

    def sets_remove(self, proxy, element):
        self._change(proxy, "remove", element)

    def sets_pop(self, proxy):
        return Value(self._change(proxy, "pop"))

    def sets_clear(self, proxy):
        self._change(proxy, "clear")

    def sets_copy(self, proxy):
        return Value(self._change(proxy, "copy"))

    def sets_items(self, proxy):
        return Value(list(self.guarded(proxy, "__iter__")))

    def sets_is_disjoint(self, proxy, other):
        return self._change(proxy, "isdisjoint", self.plain(other))

    def sets_is_subset(self, proxy, other):
        return self._change(proxy, "issubset", self.plain(other))

    def sets_is_superset(self, proxy, other):
        return self._change(proxy, "issuperset", self.plain(other))

    def sets_union(self, proxy, others):
        return Value(self._change(proxy, "union", *map(self.plain, others)))

    def sets_intersection(self, proxy, others):
        return Value(self._change(proxy, "intersection", *map(self.plain, others)))

    def sets_difference(self, proxy, others):
        return Value(self._change(proxy, "difference", *map(self.plain, others)))

    def sets_symmetric_difference(self, proxy, other):
        return Value(self._change(proxy, "symmetric_difference", self.plain(other)))

    def sets_update(self, proxy, others):
        self._change(proxy, "update", *map(self.plain, others))

    def sets_intersection_update(self, proxy, others):
        self._change(proxy, "intersection_update", *map(self.plain, others))

    def sets_difference_update(self, proxy, others):
        self._change(proxy, "difference_update", *map(self.plain, others))

    def sets_symmetric_difference_update(self, proxy, other):
        self._change(proxy, "symmetric_difference_update", self.plain(other))

    _OPERATORS = {"UNION": "or", "INTERSECTION": "and", "DIFFERENCE": "sub", "SYMMETRIC_DIFFERENCE": "xor"}
    _RELATIONS = {"SUBSET": "le", "PROPER_SUBSET": "lt", "SUPERSET": "ge", "PROPER_SUPERSET": "gt"}

    def _operate(self, proxy, method, other):
        result = self._change(proxy, method, self.plain(other))
        if result is NotImplemented:
            raise Failure("type", "unsupported operand type(s)", type_name="TypeError")
        return result

    def sets_combine(self, proxy, operation, other):
        return Value(self._operate(proxy, f"__{self._OPERATORS[operation.name]}__", other))

    def sets_combine_before(self, proxy, operation, other):
        return Value(self._operate(proxy, f"__r{self._OPERATORS[operation.name]}__", other))

    def sets_combine_in_place(self, proxy, operation, other):
        self._operate(proxy, f"__i{self._OPERATORS[operation.name]}__", other)

    def sets_compare(self, proxy, relation, other):
        return self._operate(proxy, f"__{self._RELATIONS[relation.name]}__", other)

    # Counters.

    _COUNT_OPERATORS = {"SUM": "add", "DIFFERENCE": "sub", "INTERSECTION": "and", "UNION": "or"}

    def counters_create(self):
        return self.manager_create("Counter", [], [], None)

    def counters_create_from(self, counted):
        return self.manager_create("Counter", [counted], [], None)

    def counters_get_item(self, proxy, key):
        return Value(self._change(proxy, "__getitem__", key))

    def counters_update(self, proxy, counted):
        self._change(proxy, "update", self.plain(counted))

    def counters_subtract(self, proxy, counted):
        self._change(proxy, "subtract", self.plain(counted))

    def counters_most_common(self, proxy, most):
        return Value(self._change(proxy, "most_common", most))

    def counters_elements(self, proxy):
        try:
            return Value(list(self.guarded(proxy, "elements").elements()))
        except Exception as error:
            raise failure_of(error) from None

    def counters_total(self, proxy):
        return Value(self._change(proxy, "total"))

    def _counter(self, value):
        """What a plain dict is a copy of."""
        value = self.plain(value)
        return collections.Counter(value) if isinstance(value, dict) else value

    def counters_combine(self, proxy, operation, other):
        name = f"__{self._COUNT_OPERATORS[operation.name]}__"
        return Value(dict(self._change(proxy, name, self._counter(other))))

    def counters_combine_before(self, proxy, operation, other):
        name = self._COUNT_OPERATORS[operation.name]
        state = self.guarded(proxy, f"__r{name}__")
        return Value(dict(getattr(self._counter(other), f"__{name}__")(state)))

    def counters_combine_in_place(self, proxy, operation, other):
        self._change(proxy, f"__i{self._COUNT_OPERATORS[operation.name]}__", self._counter(other))

    def counters_positive(self, proxy):
        return Value(dict(self._change(proxy, "__pos__")))

    def counters_negative(self, proxy):
        return Value(dict(self._change(proxy, "__neg__")))

    def counters_compare(self, proxy, relation, other):
        return self._change(proxy, f"__{self._RELATIONS[relation.name]}__", self._counter(other))

    # Locks and processes.

    def locks_create(self):
        return Referent(self, "Lock", threading.Lock())

    def locks_acquire(self, proxy, timeout):
        lock = self.guarded(proxy, "acquire")
        # Only ``threading.Lock`` has no None.
        for_ever = -1 if referent_of(proxy).typeid == "Lock" else None
        if not lock.acquire(timeout=for_ever if timeout is None else timeout / 1e9):
            return "timed-out"
        if getattr(referent_of(proxy), "abandoned", False):
            referent_of(proxy).abandoned = False
            return "abandoned"
        return "acquired"

    def locks_release(self, proxy):
        try:
            self.guarded(proxy, "release").release()
        except RuntimeError as error:
            raise failure_of(error) from None

    def locks_locked(self, proxy):
        return self.guarded(proxy, "locked").locked()

    rlocks_acquire = semaphores_acquire = conditions_acquire = locks_acquire
    rlocks_release = semaphores_release = conditions_release = locks_release
    rlocks_locked = semaphores_locked = conditions_locked = locks_locked

    def conditions_wait(self, proxy, timeout):
        try:
            notified = self.guarded(proxy, "wait").wait(None if timeout is None else timeout / 1e9)
        except RuntimeError as error:
            raise failure_of(error) from None
        return SimpleNamespace(notified=notified, abandoned=getattr(referent_of(proxy), "abandoned", False))

    def waiting_wait_for_first(self, objects, timeout):
        for index, proxy in enumerate(objects):
            referent = referent_of(proxy)
            if referent.typeid == "Event" and referent.state.is_set():
                return index, None
            if referent.typeid == "Process" and referent.state is not None:
                return index, None
            if referent.typeid == "Lock" and referent.state.acquire(False):
                return index, False
            if referent.typeid == "Queue" and not referent.state.empty():
                return index, referent.state.get()
        return None

    def processes_spawn(self, program, entry, args, options):
        process = Referent(self, "Process", None)
        process.name, process.daemon = options.name, options.daemon
        self.spawned.append((process, program, entry, args))
        if self.run is not None:
            process.state = self.run(process, entry, args)
        return process

    def processes_join(self, proxy, timeout):
        return referent_of(proxy).state

    def processes_kill(self, proxy, code=-9):
        if referent_of(proxy).state is None:
            referent_of(proxy).state = ("killed", None)
            if hasattr(referent_of(proxy), "server"):
                referent_of(proxy).server.alive = False
            referent_of(proxy).kill_code = code

    def processes_terminate(self, proxy):
        self.processes_kill(proxy, -15)

    def processes_exit_code(self, proxy):
        process = referent_of(proxy)
        if process.state is None:
            return None
        case, payload = process.state
        if case == "killed":
            return getattr(process, "kill_code", -9)
        return {"returned": 0, "failed": 1, "exited": payload, "trapped": -6, "limit-exceeded": -9}[case]

    def processes_name(self, proxy):
        return referent_of(proxy).name

    def processes_is_daemon(self, proxy):
        return referent_of(proxy).daemon

    def processes_is_alive(self, proxy):
        return referent_of(proxy).state is None

    def processes_current(self):
        return self.me

    def processes_program(self):
        return "main"

    def processes_set_panic_message(self, message):
        pass

    def processes_exit(self, status):
        self.exit = status


# The value of an option<argument> that is not given: None is a value.
ABSENT = object()


def encode(value):
    """The bytes and the proxies of a nested value with referents in it."""
    def convert(other, proxies):
        if isinstance(other, (Referent, Narrowed)):
            proxies.append(other)
            return tree.PROXY_MARK
        raise TypeError(f"{other!r} does not travel")

    return tree.encode(value, convert)


def decode(data, proxies):
    """The nested value of its bytes and its referents."""
    return tree.decode(data, proxies)
