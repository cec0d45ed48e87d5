//! Random operations, made up and carried out one after the other.

use super::super::*;
use super::values::Arg;
use crate::object::Kind;
use crate::referents::iterator::Iteration;
use crate::referents::slice::Slice;

pub(super) const CONTAINERS: usize = 15;
/// The types of the containers, in turn.
pub(super) const TYPES: [&str; 3] = ["list", "dict", "set"];
pub(super) const ITERATORS: usize = 4;
/// From how many items on a container is cut down.
const CROWDED: usize = 24;

/// The methods that CPython does not have.
const OWN: &[&str] =
    &["fetch_add", "fetch_max", "swap", "compare_exchange", "pop_if", "get_many", "set_many", "get_path", "set_path"];

pub(super) struct Run {
    pub(super) world: World,
    pub(super) random: Random,
    pub(super) containers: Vec<Proxy>,
    /// The iterators, each with its container and how often the container's keys had changed.
    pub(super) iterators: Vec<Option<(Proxy, usize, u64)>>,
    /// How often each container's keys have changed.
    changes: Vec<u64>,
    pub(super) script: Vec<String>,
    pub(super) results: Vec<String>,
}

impl Run {
    pub(super) fn new(seed: u64) -> Self {
        let mut run = Self {
            world: World::new(),
            random: Random::new(seed),
            containers: Vec::new(),
            iterators: vec![None; ITERATORS],
            changes: vec![0; CONTAINERS],
            script: Vec::new(),
            results: Vec::new(),
        };
        for place in 0..CONTAINERS {
            let typeid = type_at(place);
            let made = run.world.create(typeid, vec![], vec![]).unwrap();
            run.containers.push(made);
            let id = run.containers[place].id();
            run.note(place, format!("new({place}, '{typeid}', {id})"), Ok(Item::Null));
        }
        run
    }

    pub(super) fn finish(mut self, operations: usize) -> Self {
        while self.script.len() < operations {
            match self.random.below(100) {
                0 => self.renew(),
                1..=3 => self.iterate(),
                4..=9 => self.step(),
                10..=12 => self.wrong_arguments(),
                choice if choice % 3 == 0 => self.list_operation(),
                choice if choice % 3 == 1 => self.dict_operation(),
                _ => self.set_operation(),
            }
        }
        self
    }

    /// Notes an operation on a container, and what came of it.
    fn note(&mut self, place: usize, source: String, outcome: Outcome<Item>) {
        let result = match outcome {
            // In CPython, the order of a set is arbitrary.
            Ok(item) if type_at(place) == "set" => format!("= {}", sorted(item.to_value())),
            Ok(item) => format!("= {}", repr(&item.to_value()).unwrap()),
            Err(error) => {
                let text = match &error.args {
                    None => error.message.clone(),
                    Some(args) => repr(&**args).unwrap(),
                };
                format!("! {}: {text}", error.type_name)
            }
        };
        let state = match type_at(place) {
            "set" => self.elements(place),
            _ => self.world.text(&self.containers[place]),
        };
        self.script.push(format!("{place} {source}"));
        self.results.push(format!("{result}\t{state}"));
    }

    fn call(&mut self, place: usize, method: &str, args: Vec<Arg>, kwargs: Vec<(&str, Arg)>) {
        let mut source = format!("call({place}, '{method}'");
        for arg in &args {
            source += &format!(", {}", arg.source);
        }
        for (name, arg) in &kwargs {
            source += &format!(", {name}={}", arg.source);
        }
        source.push(')');
        let me = self.containers[place].clone();
        // A path may lead into another container.
        let keys = |run: &Self| {
            let changed = |at: &usize| type_at(*at) == "dict" && (*at == place || method == "set_path");
            let places = (0..CONTAINERS).filter(changed);
            places.map(|at| (at, shown(Dict::keys(&run.containers[at])))).collect::<Vec<_>>()
        };
        let before = keys(self);
        let args = args.into_iter().map(|arg| arg.item).collect();
        let kwargs = kwargs.into_iter().map(|(name, arg)| (name, arg.item)).collect();
        let outcome = self.world.call_with(&me, method, args, kwargs);
        for (before, after) in before.iter().zip(keys(self)) {
            self.changes[after.0] += u64::from(*before != after);
        }
        self.note(place, source, outcome);
    }

    /// Puts a new container in the place of another.
    fn renew(&mut self) {
        let place = self.random.below(CONTAINERS as u64) as usize;
        let typeid = type_at(place);
        let args = match self.random.below(4) {
            0 => vec![],
            _ if typeid == "list" => vec![self.iterable()],
            _ if typeid == "dict" => vec![self.entries()],
            _ => vec![self.some_of_any()],
        };
        let kwargs =
            if self.random.below(4) == 0 { vec![("a", self.value(1)), ("self", self.value(1))] } else { vec![] };
        let more: Vec<_> = if self.random.below(20) == 0 { vec![self.value(0)] } else { vec![] };
        let args: Vec<_> = args.into_iter().chain(more).collect();
        let mut source = String::new();
        args.iter().for_each(|arg| source += &format!(", {}", arg.source));
        // In Python, the function that makes it has a parameter of its own called so.
        kwargs.iter().for_each(|(name, arg)| source += &format!(", {name}={}", arg.source));
        let args = args.into_iter().map(|arg| arg.item).collect();
        let kwargs = kwargs.into_iter().map(|(name, arg)| (name, arg.item)).collect();
        let (id, outcome) = match self.world.create(typeid, args, kwargs) {
            Ok(made) => {
                self.containers[place] = made;
                self.changes[place] += 1;
                for iterator in &mut self.iterators {
                    // It goes on over the old one, whose changes nobody counts.
                    if iterator.as_ref().is_some_and(|(_, of, _)| *of == place) {
                        *iterator = None;
                    }
                }
                (self.containers[place].id(), Ok(Item::Null))
            }
            Err(error) => (0, Err(error)),
        };
        self.note(place, format!("new({place}, '{typeid}', {id}{source})"), outcome);
    }

    fn iterate(&mut self) {
        let slot = self.random.below(ITERATORS as u64) as usize;
        if self.random.below(2) == 0 {
            let place = self.list_place();
            let made = Iteration::create(&self.world.caller, &Item::proxy(self.containers[place].clone())).unwrap();
            self.iterators[slot] = Some((made, place, self.changes[place]));
            return self.note(place, format!("iterate({slot}, {place})"), Ok(Item::Null));
        }
        let place = self.dict_place();
        let outcome = self.world.call(&self.containers[place], "__iter__", vec![]);
        let Ok(Item::Proxy(iterator)) = outcome else { panic!("not an iterator: {outcome:?}") };
        self.iterators[slot] = Some((*iterator, place, self.changes[place]));
        self.note(place, format!("iterate({slot}, {place}) # '__iter__'"), Ok(Item::Null));
    }

    fn step(&mut self) {
        let slot = self.random.below(ITERATORS as u64) as usize;
        if let Some((iterator, place)) = self.usable(slot) {
            let outcome = self.world.call(&iterator, "__next__", vec![]);
            self.note(place, format!("step({slot})"), outcome);
        }
    }

    /// An iterator, unless its dict has other keys than it had, but as many. Then CPython may go on or
    /// fail, depending on when it last tidied up.
    pub(super) fn usable(&self, slot: usize) -> Option<(Proxy, usize)> {
        let (iterator, place, changes) = self.iterators[slot].as_ref()?;
        if type_at(*place) == "dict" && self.changes[*place] != *changes {
            // Once it has ended or failed, it does so for ever.
            let same_size = Iteration::expects(iterator) == Some(self.length(*place));
            if same_size {
                return None;
            }
        }
        Some((iterator.clone(), *place))
    }

    /// Any method with a random number of arguments.
    fn wrong_arguments(&mut self) {
        let place = self.random.below(CONTAINERS as u64) as usize;
        let methods = self.containers[place].body().type_info().methods();
        let method = methods[self.random.below(methods.len() as u64) as usize].name().to_owned();
        // Those are not CPython's; iterators are made elsewhere; and no list may grow too long.
        if ["__radd__", "__iter__", "__imul__", "sort"].contains(&&*method) || OWN.contains(&&*method) {
            let kwargs = vec![("x", self.value(0))];
            return if method == "sort" {
                self.call(place, "sort", vec![], kwargs)
            } else {
                self.call(place, "copy", vec![], vec![])
            };
        }
        let count = self.random.below(5);
        if type_at(place) == "set" && (method == "pop" || TAKES_MORE.contains(&&*method)) {
            // No number of arguments is wrong, or the right one gives what only this side knows.
            let kwargs = vec![("x", self.value(0))];
            return self.call(place, &method, vec![], kwargs);
        }
        let args = (0..count).map(|_| self.small()).collect();
        let kwargs = if self.random.below(5) == 0 && method != "update" { vec![("x", self.small())] } else { vec![] };
        self.call(place, &method, args, kwargs);
    }

    pub(super) fn list_place(&mut self) -> usize {
        let turn = self.random.below((CONTAINERS / TYPES.len()) as u64) as usize;
        turn * TYPES.len()
    }

    pub(super) fn dict_place(&mut self) -> usize {
        self.list_place() + 1
    }

    pub(super) fn set_place(&mut self) -> usize {
        self.list_place() + 2
    }

    /// What a set prints as, in an order that does not depend on it.
    fn elements(&self, place: usize) -> String {
        let me = &self.containers[place];
        sorted_with(Set::copy(me).unwrap().to_value(), |text| text.replace(&me.repr(), "set(...)"))
    }

    pub(super) fn length(&self, place: usize) -> usize {
        self.containers[place].body().length().unwrap()
    }

    /// One of CPython's methods, mostly.
    fn one_of(&mut self, methods: &[&'static str]) -> &'static str {
        let methods = if self.random.below(4) == 0 { OWN } else { methods };
        methods[self.random.below(methods.len() as u64) as usize]
    }

    fn list_operation(&mut self) {
        let place = self.list_place();
        let length = self.length(place);
        if length > CROWDED {
            let (method, args) = match self.random.below(3) {
                0 => ("clear", vec![]),
                1 => ("__imul__", vec![self.plain(0)]),
                _ => ("__delitem__", vec![self.plain(slice(Some(2), None, None))]),
            };
            return self.call(place, method, args, vec![]);
        }
        let method = [
            "__add__",
            "__radd__",
            "__iadd__",
            "__mul__",
            "__rmul__",
            "__imul__",
            "__contains__",
            "__len__",
            "__getitem__",
            "__getitem__",
            "__getitem__",
            "__setitem__",
            "__setitem__",
            "__setitem__",
            "__delitem__",
            "__delitem__",
            "__reversed__",
            "append",
            "append",
            "append",
            "clear",
            "copy",
            "count",
            "extend",
            "extend",
            "index",
            "index",
            "insert",
            "insert",
            "pop",
            "pop",
            "remove",
            "remove",
            "reverse",
            "sort",
            "sort",
        ];
        let method = self.one_of(&method);
        let args = match method {
            "__add__" | "__radd__" => vec![self.operand(place, Kind::List)],
            "__iadd__" | "extend" => vec![self.iterable()],
            "__mul__" | "__rmul__" | "__imul__" => vec![self.times(length)],
            "__contains__" | "count" | "remove" => vec![self.member(place)],
            "__getitem__" | "__delitem__" => vec![self.subscript(length)],
            "__setitem__" => {
                let key = self.subscript(length);
                let value = if Slice::of(&key.item).is_some() { self.iterable() } else { self.value(2) };
                vec![key, value]
            }
            "append" => vec![self.value(2)],
            "index" => {
                let mut args = vec![self.member(place)];
                for _ in 0..self.random.below(3) {
                    args.push(self.index(length));
                }
                args
            }
            "insert" => vec![self.index(length), self.value(2)],
            "pop" if self.random.below(2) == 0 => vec![self.index(length)],
            "sort" => {
                if self.has_no_order(place) {
                    // What comes out depends on the order in which they are compared.
                    return self.call(place, "reverse", vec![], vec![]);
                }
                let reverse = self.random.below(2) == 0;
                let kwargs = match self.random.below(4) {
                    0 => vec![],
                    1 => vec![("key", self.plain(NONE)), ("reverse", self.plain(reverse))],
                    _ => vec![("reverse", self.plain(reverse))],
                };
                return self.call(place, "sort", vec![], kwargs);
            }
            "fetch_add" => vec![self.index(length), self.number()],
            "fetch_max" | "swap" => vec![self.index(length), self.value(2)],
            "compare_exchange" | "pop_if" => self.expecting(method, place),
            "get_many" => vec![self.indexes(length)],
            "set_many" => vec![self.indexed(length)],
            "get_path" => vec![self.path(place)],
            "set_path" => vec![self.path(place), self.value(2)],
            _ => vec![],
        };
        self.call(place, method, args, vec![]);
    }

    fn dict_operation(&mut self) {
        let place = self.dict_place();
        if self.length(place) > CROWDED {
            return match self.random.below(2) {
                0 => self.call(place, "clear", vec![], vec![]),
                _ => (0..20).for_each(|_| self.call(place, "popitem", vec![], vec![])),
            };
        }
        let method = [
            "__contains__",
            "__len__",
            "__getitem__",
            "__getitem__",
            "__setitem__",
            "__setitem__",
            "__setitem__",
            "__setitem__",
            "__delitem__",
            "__delitem__",
            "__reversed__",
            "__or__",
            "__ror__",
            "__ior__",
            "clear",
            "copy",
            "fromkeys",
            "get",
            "get",
            "items",
            "keys",
            "pop",
            "pop",
            "popitem",
            "setdefault",
            "update",
            "update",
            "values",
        ];
        let method = self.one_of(&method);
        let mut kwargs = vec![];
        let args = match method {
            "__contains__" | "__getitem__" | "__delitem__" => vec![self.key(place)],
            "__setitem__" => vec![self.key(place), self.value(2)],
            "__or__" | "__ror__" => vec![self.operand(place, Kind::Dict)],
            "__ior__" => vec![self.entries()],
            "fromkeys" if self.random.below(2) == 0 => vec![self.iterable()],
            "fromkeys" => vec![self.iterable(), self.value(1)],
            "get" | "pop" | "setdefault" if self.random.below(2) == 0 => vec![self.key(place)],
            "get" | "pop" | "setdefault" => vec![self.key(place), self.value(1)],
            "update" => {
                if self.random.below(4) == 0 {
                    kwargs = vec![("a", self.value(1)), ("ab", self.value(1))];
                }
                if self.random.below(8) == 0 { vec![] } else { vec![self.entries()] }
            }
            "fetch_add" if self.random.below(2) == 0 => vec![self.key(place), self.number()],
            "fetch_add" => vec![self.key(place), self.number(), self.number()],
            "fetch_max" if self.random.below(2) == 0 => vec![self.key(place), self.number()],
            "fetch_max" => vec![self.key(place), self.number(), self.number()],
            "swap" => vec![self.key(place), self.value(2)],
            "compare_exchange" | "pop_if" => self.expecting(method, place),
            "get_many" if self.random.below(2) == 0 => vec![self.keys(place)],
            "get_many" => vec![self.keys(place), self.value(1)],
            "set_many" => vec![self.entries()],
            "get_path" => vec![self.path(place)],
            "set_path" => vec![self.path(place), self.value(2)],
            _ => vec![],
        };
        self.call(place, method, args, kwargs);
    }
}

/// Those methods of a set that take any number of arguments.
const TAKES_MORE: [&str; 6] =
    ["difference", "difference_update", "intersection", "intersection_update", "union", "update"];

impl Run {
    fn set_operation(&mut self) {
        let place = self.set_place();
        if self.length(place) > CROWDED {
            return match self.random.below(2) {
                0 => self.call(place, "clear", vec![], vec![]),
                _ => (0..20).for_each(|_| self.pop_element(place)),
            };
        }
        let method = [
            "__contains__",
            "__contains__",
            "__len__",
            "__iter__",
            "__and__",
            "__rand__",
            "__iand__",
            "__or__",
            "__ror__",
            "__ior__",
            "__sub__",
            "__rsub__",
            "__isub__",
            "__xor__",
            "__rxor__",
            "__ixor__",
            "__le__",
            "__lt__",
            "__ge__",
            "__gt__",
            "add",
            "add",
            "add",
            "add",
            "clear",
            "copy",
            "difference",
            "difference_update",
            "discard",
            "discard",
            "intersection",
            "intersection_update",
            "isdisjoint",
            "issubset",
            "issuperset",
            "pop",
            "remove",
            "remove",
            "symmetric_difference",
            "symmetric_difference_update",
            "union",
            "update",
            "update",
        ];
        let method = method[self.random.below(method.len() as u64) as usize];
        let args = match method {
            "pop" => return self.pop_element(place),
            "__len__" | "__iter__" | "clear" | "copy" => vec![],
            "add" if self.random.below(5) == 0 => {
                let other = self.set_place();
                vec![self.arg(Value::Proxy(self.containers[other].clone()))]
            }
            "add" => vec![self.value(2)],
            "__contains__" | "discard" | "remove" => vec![self.element(place)],
            _ if TAKES_MORE.contains(&method) => (0..self.random.below(4)).map(|_| self.some_of_any()).collect(),
            _ if method.starts_with("__") => vec![self.set_operand(place)],
            _ => vec![self.some_of_any()],
        };
        self.call(place, method, args, vec![]);
    }

    /// Pops an element, which CPython is told: there, it could be any.
    fn pop_element(&mut self, place: usize) {
        let outcome = self.world.call(&self.containers[place], "pop", vec![]);
        let popped = match &outcome {
            Ok(item) => repr(&item.to_value()).unwrap(),
            Err(_) => String::new(),
        };
        let popped = repr(&Plain::from(popped)).unwrap();
        self.note(place, format!("pop({place}, {popped}) # 'pop'"), outcome);
    }
}

pub(super) fn type_at(place: usize) -> &'static str {
    TYPES[place % TYPES.len()]
}

/// A result of a set, its elements in the order of what they print as.
fn sorted(value: Plain) -> String {
    sorted_with(value, |text| text)
}

fn sorted_with(value: Plain, change: impl Fn(String) -> String) -> String {
    let (name, elements) = match value {
        Value::Set(elements) => ("set", elements),
        Value::FrozenSet(elements) => ("frozenset", elements),
        Value::List(elements) => ("list", elements),
        other => return repr(&other).unwrap(),
    };
    let mut texts: Vec<_> = elements.iter().map(|element| change(repr(element).unwrap())).collect();
    texts.sort();
    format!("{name}: {}", texts.join(", "))
}
