"""What a process does that has the objects of registered types: the provider of a manager, or one that the host loads.

Of each object the manager knows a number, which is its key here.
"""

import sys

from multiprocessing import process as processes

from . import errors, proxies, registry, values
from .boundary import (
    ITERATORS, PLAIN, PROVIDER_HOST, PROXY, ArgumentProxy, Err, Error, ErrorKind, ValueProxy, call, giving,
)
from .tree import PROXY_MARK
from .values import outgoing, received

_ADOPT, _EXISTING, _EXPOSE, _KEY_OF = (
    PROVIDER_HOST.adopt, PROVIDER_HOST.existing, PROVIDER_HOST.expose, PROVIDER_HOST.key_of)
_DUPLICATE, _ID, _METHODS, _RIGHTS_KEY = PROXY.duplicate, PROXY.id, PROXY.methods, PROXY.rights_key
_ITERATE = ITERATORS.create

# The methods of which an iterator is passed on as such, whatever else their type says of them.
_ITERATING = frozenset(("__iter__", "__reversed__"))


class Serving(BaseException):
    """The script has come to where it would serve a manager's objects for ever."""


def _refusal(kind, name, message):
    """What goes wrong between a caller and an object, not in the object, as whoever calls it gets it."""
    return errors.exception_of(Error(kind, name, message, None, None))


class Type:
    """A type whose objects are here."""

    def __init__(self, name, function, exposed, shared_as):
        self.name = name
        # What makes an object; none if objects are only adopted.
        self.function = function
        self.exposed = exposed
        # The names of the types of which methods return objects.
        self.shared_as = shared_as
        # The methods that are described, and so those of the objects that the manager has made: where nothing is said, those of
        # the class.
        if exposed is None:
            exposed = public_methods_of(function) if isinstance(function, type) else ()
        self.methods = self._with_returning(exposed)
        # Those of objects that are adopted; the manager knows none of a type that is not described.
        self.adopted = None if function is None else self.methods

    def _with_returning(self, methods):
        return tuple(dict.fromkeys((*methods, *self.shared_as)))

    def methods_of(self, thing):
        """The methods that an object of the type has for those who have proxies to it."""
        return self.methods if self.exposed is not None else self._with_returning(public_methods(thing))

    @property
    def doc(self):
        """What it is, as far as its class tells."""
        return _doc(self.function)

    def method_doc(self, method):
        """What a method does, as far as its class tells."""
        return _doc(getattr(self.function, method, None)) if isinstance(self.function, type) else ""

    def make(self, args, kwargs):
        """A new object."""
        return self.function(*args, **kwargs)

    def made_of(self, value):
        """The object of the type that a method's result becomes: what the callable makes of it, unless it is that already."""
        function = self.function
        if function is None or isinstance(function, type) and isinstance(value, function):
            return value
        return function(value)


def _doc(thing):
    doc = getattr(thing, "__doc__", None)
    return doc.strip().encode(errors="replace").decode() if isinstance(doc, str) else ""


# The names of a class's methods for everybody.
_public = {}


def public_methods_of(cls):
    """The names of the methods that all objects of a class have for everybody."""
    names = _public.get(cls)
    if names is None:
        names = _public[cls] = tuple(
            name for name in dir(cls) if name[0] != "_" and callable(getattr(cls, name, None)))
    return names


def public_methods(thing):
    """The names of the methods that an object has for everybody: of modules the functions, of classes those and the
    constructors. What only a property would tell is not asked for."""
    cls = type(thing)
    if cls.__dir__ is not object.__dir__:
        return tuple(name for name in dir(thing) if name[0] != "_" and callable(getattr(thing, name, None)))
    names = public_methods_of(cls)
    own = [
        name for name, value in getattr(thing, "__dict__", {}).items()
        if name[:1] not in ("_", "") and name not in names and callable(value)
    ]
    return tuple(sorted((*names, *own))) if own else names


class Provider:
    """The types and objects that are here."""

    def __init__(self):
        # The types, by the names that the manager knows them by.
        self._types = {}
        # The objects and their types by their keys, and the keys by object and type: an object is the same one for all.
        self._things = {}
        self._keys = {}
        self._iterator, self._generator = (
            Type(name, None, exposed, {}) for name, exposed in registry.ITERATORS.items())

    def describe(self, args, import_script):
        """The types that are here: those that a manager has sent with what begins the process, or else those that the
        script registers."""
        if args:
            processes.begin_child(received(args.pop(0)))
            process = processes.current_process()
            process._serves = True
            try:
                import_script()
            except Serving:
                pass
            del process._importing
            sent, initializer = received(args.pop(0)), received(args.pop(0))
            for typeid, name, function, exposed, shared_as in sent:
                function = function and registry.callable_of(typeid, function)
                self._types[name] = Type(name, function, exposed, shared_as)
            if initializer is not None:
                function, args = initializer
                registry.functions.bound(*function)(*args)
        else:
            processes.begin_entry("provider")
            import_script()
            for typeid, (registered, cls) in _registered_by_all().items():
                self._types[typeid] = Type(
                    typeid, registered.callable, registered.exposed, registry.shared_as(cls, registered))
            if not any(kind.function for kind in self._types.values()):
                raise _refusal(
                    ErrorKind.NO_SUCH_TYPE, "NoSuchType", "the script registers no type with a manager, and so provides none")
        proxies.own = self._own
        # The others are told of when there is an object to tell of.
        return [kind for kind in self._types.values() if kind.function is not None]

    def construct(self, key, name, args, kwargs):
        """Makes an object: none, or the handle of the one to be given instead."""
        kind = self._types[name]
        thing = kind.make(_all_received(args), _all_received_by_name(kwargs))
        handle = self._handle(kind, thing, key)
        return None if handle is None else giving(handle)

    def call(self, key, method, args, kwargs):
        """Calls a method; the value to give back."""
        kind, thing = self._things[key]
        value, handle = self._called(kind, thing, method, _all_received(args), _all_received_by_name(kwargs))
        return _sent(value) if handle is None else ValueProxy(giving(handle))

    def get_value(self, key):
        """A copy of an object."""
        return _sent(self._things[key][1])

    def to_text(self, key):
        """What an object prints as."""
        return repr(self._things[key][1]).encode(errors="backslashreplace").decode()

    def release(self, key):
        """Forgets an object."""
        place = self._things[key][0], id(self._things[key][1])
        # There may be a new key for it by now.
        if self._keys.get(place) == key:
            del self._keys[place]
        del self._things[key]

    def _called(self, kind, thing, method, args, kwargs):
        """What a method returns: a value, or none and the handle of an object."""
        try:
            function = getattr(thing, method)
        except AttributeError as error:
            raise _refusal(ErrorKind.NOT_EXPOSED, "NotExposed", errors.said(error)) from None
        value = function(*args, **kwargs)
        name = kind.shared_as.get(method)
        if name is not None:
            return None, self._handle_as(name, value)
        if method in _ITERATING and hasattr(value, "__next__"):
            return None, self._handle(self._iterating(value), value)
        return value, None

    def _handle_as(self, name, value):
        """The handle to what a method has returned as an object of a type."""
        kind = self._types.get(name)
        if kind is not None:
            return self._handle(kind, kind.made_of(value))
        proxy = _proxy_of(value)
        if proxy is None:
            if name == "Iterator":
                return self._shared_iterator(value)
            if not proxies.is_built_in(name):
                raise _refusal(ErrorKind.NO_SUCH_TYPE, "NoSuchType", f"KeyError: {name!r}: no type is registered as that")
            proxy = sys.modules["multiprocessing.managers"].create(name, value)
        return call(_DUPLICATE, [proxy._handle])

    def _iterating(self, value):
        return self._generator if hasattr(value, "send") else self._iterator

    def _shared_iterator(self, value):
        """The handle to an iterator; a generator has more to it than the manager's own."""
        if not hasattr(value, "__next__"):
            value = iter(value)
        kind = self._iterating(value)
        handle = self._handle(kind, value)
        if kind is self._iterator:
            handle = call(_ITERATE, [ArgumentProxy(handle)])
            if type(handle) is Err:
                received(handle)
        return handle

    def _handle(self, kind, thing, key=None):
        """The handle to an object of a type: the one that there is, or a new one; none if it is made under the key."""
        proxy = _proxy_of(thing)
        if proxy is None and kind.exposed is None:
            proxy = _waited_for(thing)
        if proxy is not None:
            return call(_DUPLICATE, [proxy._handle])
        place = kind, id(thing)
        known = self._keys.get(place)
        if known is not None:
            handle = call(_EXISTING, [known])
            if handle is not None:
                return handle
        methods = kind.methods_of(thing)
        handle = None
        if key is None or methods != kind.methods:
            if methods != kind.adopted:
                _succeeded(call(_EXPOSE, [kind.name, list(methods)]))
                kind.adopted = methods
            handle = _succeeded(call(_ADOPT, [kind.name]))
            key = call(_ID, [handle])
        self._things[key] = kind, thing
        self._keys[place] = key
        return handle

    def _own(self, handle):
        """What a proxy does itself if it is to an object that is here: whoever asked the manager for it would wait for the
        answer that is being made. A narrowed one does not: the manager alone knows what it may."""
        key = call(_KEY_OF, [handle])
        if key not in self._things or call(_RIGHTS_KEY, [handle]) != 0:
            return {}

        def callmethod(methodname, args=(), kwds={}):
            kind, thing = self._things[key]
            if methodname not in call(_METHODS, [handle]):
                if methodname in proxies.ALWAYS:
                    return always[proxies.ALWAYS[methodname]]()
                message = f"'{methodname}' of '{kind.name}' object is not exposed by this proxy"
                raise _refusal(ErrorKind.NOT_EXPOSED, "NotExposed", message)
            args, kwds = [_copy(item) for item in args], {name: _copy(item) for name, item in kwds.items()}
            value, result = self._called(kind, thing, methodname, args, kwds)
            return _copy_given(value) if result is None else proxies.wrap(result)

        # Nothing here refers to itself: the object is to go with its last proxy.
        always = {
            "_getvalue": lambda: _copy_given(self._things[key][1]),
            "_gettext": lambda: repr(self._things[key][1]),
        }
        return {**always, "_callmethod": callmethod}


def _succeeded(result):
    if type(result) is Err:
        received(result)
    return result


def _all_received(args):
    try:
        return [value if type(value) in PLAIN else received(value) for value in args]
    except Exception as error:
        raise _unreadable(error) from None


def _all_received_by_name(kwargs):
    try:
        return {name: received(value) for name, value in kwargs} if kwargs else {}
    except Exception as error:
        raise _unreadable(error) from None


def _unreadable(error):
    message = f"an argument cannot be read: {type(error).__name__}: {errors.said(error)}"
    return _refusal(ErrorKind.BAD_VALUE, "BadValue", message)


def _sent(value):
    try:
        return outgoing(value)
    except Exception as error:
        raise _unserializable(error) from None


def _unserializable(error):
    return _refusal(ErrorKind.UNSERIALIZABLE, "Unserializable", f"{type(error).__name__}: {errors.said(error)}")


def _copy(value):
    """What would arrive of a value: a copy, with the same proxies in it."""
    kept = []

    def convert(value, handles):
        if isinstance(value, proxies.BaseProxy):
            kept.append(value)
            return PROXY_MARK
        return values.convert(value, handles)

    return values.tree.decode(values.tree.encode(value, convert)[0], kept, values.revive)


def _copy_given(value):
    try:
        return _copy(value)
    except Exception as error:
        raise _unserializable(error) from None


def _proxy_of(value):
    """The proxy that a value is, or that one of ``multiprocessing``'s own stands for."""
    if not isinstance(value, proxies.BaseProxy):
        value = getattr(value, "_proxy", None) if type(value).__module__.startswith("multiprocessing.") else None
    return value


# What others than the one who has it wait for, by where its class is found: with nobody but this process to give it, none
# of them would ever get it here, and nobody else would be answered.
_WAITED_FOR = {
    ("queue", "Queue"): ("Queue", "empty full get get_nowait join put put_nowait qsize shutdown task_done".split()),
    ("threading", "Event"): ("Event", ["clear", "is_set", "set", "wait"]),
}


def _waited_for(thing):
    """The manager's own object that takes the place of a queue or an event: what is done to the one here is done to that."""
    for place, (typeid, methods) in _WAITED_FOR.items():
        if values.of_library(*place) is type(thing):
            break
    else:
        return None
    proxy = vars(thing).get("_proxy")
    if proxy is None:
        create = sys.modules["multiprocessing.managers"].create
        if typeid == "Queue":
            proxy = create(typeid, thing.maxsize)
            for item in thing.queue:
                proxy.put(item)
        else:
            proxy = create(typeid)
            if thing.is_set():
                proxy.set()
        vars(thing).update({name: getattr(proxy, name) for name in methods}, _proxy=proxy)
    return proxy


def _registered_by_all():
    """What all classes of managers have registered, and which of them, by typeid."""
    found = {}
    classes = [sys.modules["multiprocessing.managers"].BaseManager]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        for typeid, registered in registry.own_types(cls).items():
            other, owner = found.get(typeid, (None, None))
            if other is None or other.callable is None:
                found[typeid] = registered, cls
            elif registered is not other and registered.callable is not None:
                raise ValueError(f"{typeid!r} is registered by {owner.__qualname__} and, differently, by {cls.__qualname__}")
    return found


def error_of(exception, hide):
    """The error that goes to whoever asked."""
    return errors.error_of(exception, errors.traceback_in(errors.format_exception(exception, hide)))
