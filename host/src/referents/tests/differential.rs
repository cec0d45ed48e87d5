//! Random operations on shared lists and dicts, and the same ones on CPython's own: every value,
//! every error's class, message and arguments, and every state in between must agree.
//!
//! The operations are made up while they are carried out here, for they depend on what has become of
//! the containers, and written down as Python expressions. One Python process then replays them all.
//!
//! `COMMONHOLD_TEST_SEED` repeats a run, `COMMONHOLD_TEST_PYTHON` names another interpreter, and
//! `COMMONHOLD_TEST_WITHOUT_PYTHON=1` skips the test where there is none.

use super::*;
use crate::object::Kind;
use crate::referents::iterator::Iteration;
use crate::referents::slice::Slice;
use commonhold_wire::{BigInt, ProxyIdentity};
use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

const OPERATIONS: usize = 100_000;
const CONTAINERS: usize = 10;
const ITERATORS: usize = 4;
/// From how many items on a container is cut down.
const CROWDED: usize = 24;

/// Where CPython's words have changed: what they are here, which is those of 3.14 unless the comment
/// says otherwise, and a test for what older versions say in their place.
const REWORDED: &[(&str, fn(&str) -> bool)] = &[
    // Older: "3 is not in list".
    ("ValueError: list.index(x): x not in list", |old| {
        old.starts_with("ValueError: ") && old.ends_with(" is not in list")
    }),
    // Older: for a step of 1.
    ("TypeError: must assign iterable to extended slice", |old| old == "TypeError: can only assign an iterable"),
    // Older: "unhashable type: 'list'". The key's type is checked by what is left of the words.
    ("TypeError: cannot use '", |old| old.starts_with("TypeError: unhashable type: '")),
    // Older: "'x' is an invalid keyword argument for sort()".
    ("TypeError: sort() got an unexpected keyword argument 'x'", |old| {
        old == "TypeError: 'x' is an invalid keyword argument for sort()"
    }),
    // Older: without a name before "expected".
    ("TypeError: __setitem__ expected 2 arguments", |old| old.starts_with("TypeError:  expected 2 arguments")),
    ("TypeError: expected 1 argument", |old| old.starts_with("TypeError:  expected 1 argument")),
    // Which two it names depends on which are compared first; the sort has changed.
    ("TypeError: '<' not supported between instances of '", |old| {
        old.starts_with("TypeError: '<' not supported between instances of '")
    }),
    // Ours is the older one: 3.14 has the position in a note, which does not travel.
    ("TypeError: cannot convert dictionary update sequence element #", |new| {
        new == "TypeError: object is not iterable"
    }),
];

fn agree(ours: &str, theirs: &str) -> bool {
    ours == theirs || {
        let (ours, theirs) = (ours.strip_prefix("! "), theirs.strip_prefix("! "));
        matches!((ours, theirs), (Some(ours), Some(theirs)) if REWORDED
            .iter()
            .any(|(words, is_other)| ours.starts_with(words) && is_other(theirs)))
    }
}

#[test]
fn lists_and_dicts_do_what_cpythons_do() {
    let python = std::env::var("COMMONHOLD_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let python: Vec<&str> = python.split_whitespace().collect();
    let version = Command::new(python[0]).arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        if std::env::var_os("COMMONHOLD_TEST_WITHOUT_PYTHON").is_some() {
            println!("skipped: there is no {}", python[0]);
            return;
        }
        panic!("this test needs {}: install it, or set COMMONHOLD_TEST_WITHOUT_PYTHON=1 to go without", python[0]);
    }
    let seed = match std::env::var("COMMONHOLD_TEST_SEED") {
        Ok(seed) => seed.parse().expect("COMMONHOLD_TEST_SEED is a number"),
        Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "seed") >> 16,
    };
    println!("COMMONHOLD_TEST_SEED={seed}");
    let run = Run::new(seed).finish(OPERATIONS);
    let theirs = replay(&python, &run.script);
    assert_eq!(theirs.len(), run.script.len(), "seed {seed}: CPython gave up");
    let mut seen: HashMap<&str, [usize; 2]> = HashMap::new();
    for (number, ((source, ours), theirs)) in run.script.iter().zip(&run.results).zip(&theirs).enumerate() {
        let (our_result, our_state) = ours.split_once('\t').unwrap();
        let (their_result, their_state) = theirs.split_once('\t').unwrap_or((theirs, ""));
        assert!(
            agree(our_result, their_result) && our_state == their_state,
            "seed {seed}, operation {number}: {source}\n   ours: {ours}\ncpython: {theirs}"
        );
        let method = source.split('\'').nth(1).unwrap_or(source);
        seen.entry(method).or_default()[usize::from(our_result.starts_with('!'))] += 1;
    }
    // All methods were called, and have failed, if only for a wrong number of arguments.
    for container in [&run.containers[0], &run.containers[1]] {
        for method in container.body().type_info().methods() {
            let [good, bad] = seen.get(method.name()).copied().unwrap_or_default();
            let can_fail = method.name() != "__iter__";
            assert!(good > 100 && (bad > 5 || !can_fail), "seed {seed}: {} succeeded {good} times, failed {bad} times", method.name());
        }
    }
}

/// What CPython makes of the operations.
fn replay(python: &[&str], script: &[String]) -> Vec<String> {
    let mut process = Command::new(python[0])
        .args(&python[1..])
        .args(["-X", "utf8", "-c", include_str!("replay.py")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            for line in script {
                // It stops reading only if it fails, which the number of its answers tells.
                if writeln!(input, "{line}").is_err() {
                    break;
                }
            }
        });
        process.wait_with_output().unwrap()
    });
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// A container as Python source names it where it is an element: `P[3]`.
#[derive(Clone)]
struct Named(usize);

impl ProxyIdentity for Named {
    fn referent_id(&self) -> u64 {
        self.0 as u64
    }

    fn repr(&self) -> String {
        format!("P[{}]", self.0)
    }

    fn type_name(&self) -> String {
        "Proxy".into()
    }
}

/// An argument: what is given here, and its source.
struct Arg {
    item: Item,
    source: String,
}

struct Run {
    world: World,
    random: Random,
    containers: Vec<Proxy>,
    /// The iterators, each with its container and how often the container's keys had changed.
    iterators: Vec<Option<(Proxy, usize, u64)>>,
    /// How often each container's keys have changed.
    changes: Vec<u64>,
    script: Vec<String>,
    results: Vec<String>,
}

impl Run {
    fn new(seed: u64) -> Self {
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
            let typeid = if place % 2 == 0 { "list" } else { "dict" };
            let made = run.world.create(typeid, vec![], vec![]).unwrap();
            run.containers.push(made);
            let id = run.containers[place].id();
            run.note(place, format!("new({place}, '{typeid}', {id})"), Ok(Item::Null));
        }
        run
    }

    fn finish(mut self, operations: usize) -> Self {
        while self.script.len() < operations {
            match self.random.below(100) {
                0 => self.renew(),
                1..=3 => self.iterate(),
                4..=9 => self.step(),
                10..=12 => self.wrong_arguments(),
                choice if choice % 2 == 0 => self.list_operation(),
                _ => self.dict_operation(),
            }
        }
        self
    }

    /// Notes an operation on a container, and what came of it.
    fn note(&mut self, place: usize, source: String, outcome: Outcome<Item>) {
        let result = match outcome {
            Ok(item) => format!("= {}", repr(&item.to_value()).unwrap()),
            Err(error) => {
                let text = match &error.args {
                    None => error.message.clone(),
                    Some(args) => repr(&**args).unwrap(),
                };
                format!("! {}: {text}", error.type_name)
            }
        };
        let state = self.world.text(&self.containers[place]);
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
        let keys = |run: &Self| if place % 2 == 1 { Some(shown(Dict::keys(&run.containers[place]))) } else { None };
        let before = keys(self);
        let args = args.into_iter().map(|arg| arg.item).collect();
        let kwargs = kwargs.into_iter().map(|(name, arg)| (name, arg.item)).collect();
        let outcome = self.world.call_with(&me, method, args, kwargs);
        self.changes[place] += u64::from(keys(self) != before);
        self.note(place, source, outcome);
    }

    /// Puts a new container in the place of another.
    fn renew(&mut self) {
        let place = self.random.below(CONTAINERS as u64) as usize;
        let typeid = if place % 2 == 0 { "list" } else { "dict" };
        let args = match self.random.below(4) {
            0 => vec![],
            _ if place % 2 == 0 => vec![self.iterable()],
            _ => vec![self.entries()],
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
        let place = self.dict_place();
        let slot = self.random.below(ITERATORS as u64) as usize;
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
    fn usable(&self, slot: usize) -> Option<(Proxy, usize)> {
        let (iterator, place, changes) = self.iterators[slot].as_ref()?;
        if self.changes[*place] != *changes {
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
        if ["__radd__", "fetch_add", "__iter__", "__imul__", "sort"].contains(&&*method) {
            let kwargs = vec![("x", self.value(0))];
            return if method == "sort" {
                self.call(place, "sort", vec![], kwargs)
            } else {
                self.call(place, "copy", vec![], vec![])
            };
        }
        let count = self.random.below(5);
        let args = (0..count).map(|_| self.small()).collect();
        let kwargs = if self.random.below(5) == 0 && method != "update" { vec![("x", self.small())] } else { vec![] };
        self.call(place, &method, args, kwargs);
    }

    fn list_place(&mut self) -> usize {
        2 * self.random.below(CONTAINERS as u64 / 2) as usize
    }

    fn dict_place(&mut self) -> usize {
        self.list_place() + 1
    }

    fn length(&self, place: usize) -> usize {
        self.containers[place].body().length().unwrap()
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
            "fetch_add",
        ];
        let method = method[self.random.below(method.len() as u64) as usize];
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
            "fetch_add",
            "fetch_add",
        ];
        let method = method[self.random.below(method.len() as u64) as usize];
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
            _ => vec![],
        };
        self.call(place, method, args, kwargs);
    }

    // Values.

    fn arg(&self, value: Plain) -> Arg {
        // A container that was replaced has no name any more.
        let place = |proxy: Proxy| {
            Named(self.containers.iter().position(|container| container.same(&proxy)).unwrap_or(usize::MAX))
        };
        let source = repr(&value.clone().map_proxies(place)).unwrap();
        Arg { item: Item::from_value(value).unwrap(), source }
    }

    fn plain(&self, value: impl Into<Plain>) -> Arg {
        self.arg(value.into())
    }

    fn value(&mut self, depth: usize) -> Arg {
        let value = self.any(depth);
        self.arg(value)
    }

    fn number(&mut self) -> Arg {
        let number = match self.random.below(12) {
            0 => Value::Null,
            1 => "a".into(),
            _ => self.some_number(),
        };
        self.arg(number)
    }

    fn some_number(&mut self) -> Plain {
        let random = &mut self.random;
        let small = random.below(7) as i64 - 3;
        match random.below(16) {
            0 => i64::MAX.into(),
            1 => i64::MIN.into(),
            2 => Value::from_bigint(BigInt::from(1_u8) << 70),
            3 => Value::from_bigint(BigInt::from(-1) << 70),
            4 => (2.0_f64.powi(70)).into(),
            5 => 0.5.into(),
            6 => (small as f64).into(),
            7 => (-0.0).into(),
            8 => [1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e16, 1e-5][random.below(6) as usize].into(),
            9 => Value::Bool(small > 0),
            _ => small.into(),
        }
    }

    fn scalar(&mut self) -> Plain {
        match self.random.below(8) {
            0 => Value::Null,
            1 => Value::Bytes([&b""[..], b"a", b"b\xff'"][self.random.below(3) as usize].into()),
            2..=4 => ["", "a", "b", "ab", "é", "\n'\"", "\u{10ffff}\u{7f}"][self.random.below(7) as usize].into(),
            _ => self.some_number(),
        }
    }

    fn any(&mut self, depth: usize) -> Plain {
        if depth == 0 || self.random.below(2) == 0 {
            return self.scalar();
        }
        let some = |run: &mut Self| (0..run.random.below(4)).map(|_| run.any(depth - 1)).collect::<Vec<_>>();
        match self.random.below(8) {
            0 | 1 => Value::List(some(self)),
            2 | 3 => Value::Tuple(some(self)),
            4 => {
                let keys = some(self).into_iter().filter(|key| commonhold_wire::hash(key).is_ok());
                Value::dict(keys.map(|key| (key, Value::Int(1))).collect::<Vec<_>>()).unwrap()
            }
            // In the order that CPython prints.
            5 => Value::Set((0..self.random.below(4) as i64).map(Value::Int).collect()),
            6 => Value::FrozenSet((0..self.random.below(4) as i64).map(Value::Int).collect()),
            _ => Value::Proxy(self.containers[self.random.below(CONTAINERS as u64) as usize].clone()),
        }
    }

    /// Something that is likely to be in a list.
    fn member(&mut self, place: usize) -> Arg {
        let length = self.length(place) as u64;
        if length > 0 && self.random.below(3) > 0 {
            let position = self.random.below(length) as i64;
            let member = List::get_item(&self.containers[place], position).unwrap().to_value();
            if self.is_named(&member) {
                return self.arg(member);
            }
        }
        self.value(2)
    }

    /// Something that is likely to be a key of a dict.
    fn key(&mut self, place: usize) -> Arg {
        let length = self.length(place) as u64;
        if length > 0 && self.random.below(2) > 0 {
            let Value::List(keys) = Dict::keys(&self.containers[place]).unwrap().to_value() else { panic!("no list") };
            let key = keys[self.random.below(length) as usize].clone();
            if self.is_named(&key) {
                return self.arg(key);
            }
        }
        self.value(2)
    }

    /// Whether all proxies in a value are to containers that still have a name.
    fn is_named(&self, value: &Plain) -> bool {
        let mut named = true;
        crate::object::visit_value(value, &mut |proxy| {
            named &= self.containers.iter().any(|container| container.same(proxy));
        });
        named
    }

    fn small(&mut self) -> Arg {
        match self.random.below(4) {
            0 => {
                let scalar = self.scalar();
                self.arg(scalar)
            }
            _ => {
                let number = self.random.below(3) as i64;
                self.plain(number)
            }
        }
    }

    fn index(&mut self, length: usize) -> Arg {
        let near = self.random.below(2 * length as u64 + 4) as i64 - length as i64 - 2;
        let index = match self.random.below(20) {
            0 => i64::MAX.into(),
            1 => i64::MIN.into(),
            2 => Value::from_bigint(BigInt::from(1) << 70),
            3 => Value::from_bigint(BigInt::from(-1) << 70),
            4 => Value::Bool(near % 2 == 0),
            5 => self.scalar(),
            _ => near.into(),
        };
        self.arg(index)
    }

    fn subscript(&mut self, length: usize) -> Arg {
        if self.random.below(2) == 0 {
            return self.index(length);
        }
        let part = |run: &mut Self, of: u64| match run.random.below(10) {
            0..=3 => Value::Null,
            4 => [i64::MAX, i64::MIN][run.random.below(2) as usize].into(),
            5 => Value::from_bigint(BigInt::from([1, -1][run.random.below(2) as usize]) << 70),
            _ => Plain::from(run.random.below(2 * of + 3) as i64 - of as i64 - 1),
        };
        let parts = [part(self, length as u64), part(self, length as u64), part(self, 3)];
        self.arg(Value::Slice(Box::new(parts)))
    }

    /// How many times over: a few, or so many that no memory would do.
    fn times(&mut self, length: usize) -> Arg {
        let few = if length > 10 { 1 } else { 3 };
        let times = match self.random.below(12) {
            0 => (i64::MAX - self.random.below(4) as i64).into(),
            1 => (1_i64 << 61).into(),
            2 => Value::from_bigint(BigInt::from(1) << 70),
            3 => Value::from_bigint(BigInt::from(-1) << 70),
            4 => self.scalar_but_number(),
            5 => i64::MIN.into(),
            6 => Value::Bool(true),
            _ => (self.random.below(few + 2) as i64 - 1).into(),
        };
        self.arg(times)
    }

    fn scalar_but_number(&mut self) -> Plain {
        [Value::Null, "2".into(), 2.0.into(), Value::List(vec![])][self.random.below(4) as usize].clone()
    }

    /// A container as an operand: what is in it, not what it is.
    fn contents(&mut self, place: usize) -> Arg {
        Arg { item: Item::proxy(self.containers[place].clone()), source: format!("C[{place}]") }
    }

    fn iterable(&mut self) -> Arg {
        match self.random.below(10) {
            0..=2 => {
                let place = self.random.below(CONTAINERS as u64) as usize;
                self.contents(place)
            }
            3 => {
                let slot = self.random.below(ITERATORS as u64) as usize;
                match self.usable(slot) {
                    Some((iterator, _)) => Arg { item: Item::proxy(iterator), source: format!("I[{slot}]") },
                    None => self.contents_or_value(),
                }
            }
            // Of one type, so that sorting succeeds.
            4 => {
                let numbers = (0..self.random.below(8)).map(|_| Value::Int(self.random.below(9) as i64)).collect();
                self.arg(Value::List(numbers))
            }
            5 => {
                let some = |run: &mut Self| ["a", "b", "ab", "é", ""][run.random.below(5) as usize].into();
                let texts = (0..self.random.below(8)).map(|_| some(self)).collect();
                self.arg(Value::Tuple(texts))
            }
            6 => {
                let pairs = (0..self.random.below(6)).map(|_| {
                    let (first, second) = (self.random.below(3) as i64, self.random.below(5) as f64);
                    tuple![first, second]
                });
                let pairs = pairs.collect();
                self.arg(Value::List(pairs))
            }
            _ => self.contents_or_value(),
        }
    }

    /// Any value; if it is a container, then what is in it.
    fn contents_or_value(&mut self) -> Arg {
        let value = self.any(2);
        match &value {
            Value::Proxy(proxy) => {
                let place = self.containers.iter().position(|container| container.same(proxy)).unwrap();
                self.contents(place)
            }
            _ => self.arg(value),
        }
    }

    fn entries(&mut self) -> Arg {
        match self.random.below(6) {
            // Not of an iterator: here it is used up at once, in CPython up to the first mistake.
            0 => self.contents_or_value(),
            1 => {
                let place = self.dict_place();
                self.contents(place)
            }
            2 => {
                let keys: Vec<_> = (0..self.random.below(5)).map(|_| self.any(1)).collect();
                let keys = keys.into_iter().filter(|key| commonhold_wire::hash(key).is_ok());
                let dict = Value::dict(keys.map(|key| (key, Value::Int(2))).collect::<Vec<_>>()).unwrap();
                self.arg(dict)
            }
            _ => {
                let pairs = (0..self.random.below(5)).map(|_| match self.random.below(12) {
                    0 => "ab".into(),
                    1 => self.any(2),
                    _ => {
                        let (key, item) = (self.any(1), self.any(1));
                        Value::Tuple(vec![key, item])
                    }
                });
                let pairs = pairs.collect();
                self.arg(Value::List(pairs))
            }
        }
    }

    /// The other operand of `+` or `|`: mostly of the type that fits.
    fn operand(&mut self, place: usize, kind: Kind) -> Arg {
        match self.random.below(6) {
            0 => {
                let scalar = self.scalar();
                self.arg(scalar)
            }
            1 | 2 => {
                let other = self.random.below(CONTAINERS as u64) as usize;
                if (other % 2 == 0) == (kind == Kind::List) {
                    self.contents(other)
                } else {
                    self.arg(Value::Proxy(self.containers[other].clone()))
                }
            }
            3 => self.contents(place),
            _ if kind == Kind::List => {
                let items = (0..self.random.below(4)).map(|_| self.any(2)).collect();
                self.arg(Value::List(items))
            }
            _ => {
                let keys: Vec<_> = (0..self.random.below(4)).map(|_| self.scalar()).collect();
                let dict = Value::dict(keys.into_iter().map(|key| (key, Value::Int(3))).collect::<Vec<_>>()).unwrap();
                self.arg(dict)
            }
        }
    }

    /// Whether sorting a list depends on which items are compared first: NaN and sets.
    fn has_no_order(&self, place: usize) -> bool {
        fn any(value: &Plain) -> bool {
            match value {
                Value::Float(number) => number.is_nan(),
                Value::Set(_) | Value::FrozenSet(_) => true,
                Value::List(items) | Value::Tuple(items) => items.iter().any(any),
                _ => false,
            }
        }
        any(&List::copy(&self.containers[place]).unwrap().to_value())
    }
}
