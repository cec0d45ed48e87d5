//! What every type prints and every error that its methods give, written out in one file, which is to be read as a whole
//! and shows each change: `tests/e2e/golden/objects.txt`. `BLESS=1` writes it anew.
//!
//! The calls are made up from the declarations: too few arguments and too many, keywords that there are not, and each
//! parameter given each of many values, on objects in several states. What CPython's own objects can be asked, too, they
//! are asked, and must say the same.

use super::differential::{agree, python, replay};
use super::nesting::PLACES;
use super::samples::{SUBJECTS, State, samples};
use super::*;
use crate::referents::{Builtin, builtin};
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/e2e/golden/objects.txt");

/// A parameter as it is declared.
struct Parameter {
    name: &'static str,
    annotation: &'static str,
    has_default: bool,
    by_position: bool,
    by_keyword: bool,
    takes_more: bool,
}

/// The parameters of a signature, those in `**` left out: they have no errors of their own.
fn parameters(signature: &'static str) -> Vec<Parameter> {
    let list = signature.split_once('(').unwrap().1.strip_suffix(')').unwrap();
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut by_position = true;
    for part in list.split(", ").filter(|part| !part.is_empty() && !part.starts_with("**")) {
        match part {
            "/" => parameters.iter_mut().for_each(|parameter| parameter.by_keyword = false),
            "*" => by_position = false,
            _ => {
                let (declared, has_default) =
                    part.split_once('=').map_or((part, false), |(declared, _)| (declared, true));
                let (name, annotation) = declared.split_once(": ").unwrap_or((declared, ""));
                let takes_more = name.starts_with('*');
                let name = name.trim_start_matches('*');
                let by_keyword = !takes_more;
                parameters.push(Parameter { name, annotation, has_default, by_position, by_keyword, takes_more });
            }
        }
    }
    parameters
}

/// An argument that fits.
fn fitting(typeid: &str, parameter: &Parameter) -> Arg {
    let place: Plain = if matches!(typeid, "dict" | "Counter" | "Namespace") { "k".into() } else { 0.into() };
    let value = match (parameter.name, parameter.annotation) {
        (_, "mapping") if typeid == "list" => dict! {0 => 1},
        (_, "mapping") => dict! {"k" => 1},
        ("indexes" | "keys", "iterable") => list![place],
        (_, "iterable") if typeid == "set" => Value::Set(vec![1.into()]),
        (_, "iterable") | ("iterable", _) => list![1],
        ("path", _) => list![place],
        ("key", _) if !parameter.by_position => NONE,
        ("key" | "index" | "name", _) => place,
        ("start" | "stop" | "n", _) => 0.into(),
        ("typecode", _) => "i".into(),
        ("typeid", _) => "list".into(),
        ("blocking", _) => false.into(),
        ("timeout" | "maxlen", _) => NONE,
        ("lock", _) if typeid == "Condition" => NONE,
        ("reverse" | "lock", _) => true.into(),
        ("block" | "immediate", _) => false.into(),
        ("action", _) => NONE,
        ("maxsize", _) => 0.into(),
        ("func", _) => "entry".into(),
        ("args" | "initargs", _) => list![1],
        ("kwds", _) => dict! {},
        ("chunksize", _) => 1.into(),
        ("callback" | "error_callback" | "initializer" | "program", _) => NONE,
        ("processes" | "maxtasksperchild", _) => 2.into(),
        ("retries", _) => 0.into(),
        ("parties", _) => 2.into(),
        ("value" | "object" | "item" | "element" | "expected" | "new" | "default" | "delta" | "initial", _) => 1.into(),
        (name, _) => panic!("what fits a parameter '{name}' of '{typeid}'? Say so in {}", file!()),
    };
    Arg::Plain(value)
}

/// What a method is given.
#[derive(Clone)]
enum Arg {
    Plain(Plain),
    /// The object itself.
    Itself,
    /// A lock, which holds nothing that could be copied out.
    Lock,
    /// A list whose proxy may not be used for anything.
    Unexposed,
}

impl Arg {
    fn item(&self, world: &World, me: Option<&Proxy>) -> Item {
        match self {
            Self::Plain(value) => v(value.clone()),
            Self::Itself => me.map_or(Item::Null, |me| Item::proxy(me.clone())),
            Self::Lock => Item::proxy(world.create("Lock", vec![], vec![]).unwrap()),
            Self::Unexposed => Item::proxy(world.narrowed(&world.list(list![]), &[])),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Plain(value) => repr(value).unwrap(),
            Self::Itself => "itself".into(),
            Self::Lock => "a_lock".into(),
            Self::Unexposed => "an_unexposed_list".into(),
        }
    }
}

/// What each parameter is given in turn.
fn palette() -> Vec<Arg> {
    let plain = [
        NONE,
        true.into(),
        9.into(),
        (-9).into(),
        i64::MAX.into(),
        Value::from(i128::from(i64::MAX) + 1),
        2.5.into(),
        "".into(),
        "two".into(),
        Value::Bytes(vec![7]),
        list![],
        list![list![]],
        list![1, "a"],
        list![9],
        list![tuple![1, 2, 3]],
        list![tuple![list![], 1]],
        tuple![],
        tuple![1, list![]],
        dict! {},
        dict! {"q" => 1},
        Value::Set(vec![]),
        Value::FrozenSet(vec![2.into()]),
        slice(None, None, None),
        slice(None, None, Some(0)),
        slice(None, None, Some(2)),
        "longer".into(),
        list!["longer"],
    ];
    plain.into_iter().map(Arg::Plain).chain([Arg::Itself, Arg::Lock, Arg::Unexposed]).collect()
}

/// The arguments of a call.
#[derive(Clone, Default)]
pub(super) struct Given {
    args: Vec<Arg>,
    kwargs: Vec<(&'static str, Arg)>,
}

impl Given {
    pub(super) fn shown(&self) -> String {
        let args = self.args.iter().map(Arg::shown);
        let kwargs = self.kwargs.iter().map(|(name, arg)| format!("{name}={}", arg.shown()));
        args.chain(kwargs).collect::<Vec<_>>().join(", ")
    }

    /// As Python's tuple of the arguments, and a dict of the keywords.
    fn tuple(&self) -> String {
        let args: String = self.args.iter().map(|arg| arg.shown() + ", ").collect();
        let kwargs: String = self.kwargs.iter().map(|(name, arg)| format!("'{name}': {}, ", arg.shown())).collect();
        format!("({args}), {{{kwargs}}}")
    }

    fn is_plain(&self) -> bool {
        let mut all = self.args.iter().chain(self.kwargs.iter().map(|(_, arg)| arg));
        all.all(|arg| matches!(arg, Arg::Plain(_)))
    }

    pub(super) fn items(&self, world: &World, me: Option<&Proxy>) -> (Vec<Item>, Vec<(&str, Item)>) {
        let args = self.args.iter().map(|arg| arg.item(world, me)).collect();
        (args, self.kwargs.iter().map(|(name, arg)| (*name, arg.item(world, me))).collect())
    }
}

/// The calls that are made of a method.
pub(super) fn calls(typeid: &str, signature: &'static str) -> Vec<Given> {
    let parameters = parameters(signature);
    let fits: Vec<Arg> = parameters.iter().map(|parameter| fitting(typeid, parameter)).collect();
    let positional = parameters.iter().take_while(|parameter| parameter.by_position).count();
    let required = parameters.iter().filter(|parameter| !parameter.has_default && !parameter.takes_more).count();
    let one = || Arg::Plain(1.into());
    let by_position =
        |count: usize| (0..count).map(|n| fits[..positional].get(n).cloned().unwrap_or_else(one)).collect();
    let mut calls = Vec::new();
    for count in 0..=positional + 1 {
        calls.push(Given { args: by_position(count), kwargs: vec![] });
    }
    calls.push(Given { args: by_position(required), kwargs: vec![("x", one())] });
    for (n, parameter) in parameters.iter().enumerate() {
        for arg in palette() {
            let mut given = Given { args: by_position(positional.min(required.max(n + 1))), kwargs: vec![] };
            if parameter.by_position {
                given.args[n] = arg.clone();
                calls.push(given.clone());
                if n == 1 && parameters[0].name == "blocking" {
                    given.args[0] = Arg::Plain(true.into());
                    calls.push(given.clone());
                }
                // Where slices are taken, what is assigned to them is something else.
                if n == 1 && matches!(parameters[0].name, "index" | "key") {
                    for step in [None, Some(2)] {
                        given.args[0] = Arg::Plain(slice(None, None, step));
                        calls.push(given.clone());
                    }
                }
            } else {
                given.kwargs = vec![(parameter.name, arg)];
                calls.push(given);
            }
        }
        if parameter.by_keyword {
            calls.push(Given { args: by_position(positional), kwargs: vec![(parameter.name, fits[n].clone())] });
            if n < positional {
                calls.push(Given { args: by_position(n), kwargs: vec![(parameter.name, fits[n].clone())] });
            }
        }
    }
    calls
}

/// The outcome of what may wait; none if it does.
fn unless_it_waits<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => Some(outcome),
        Poll::Pending => None,
    }
}

/// What a method says in a state, if that is an error.
fn error_of(state: &State, method: &str, given: &Given) -> Option<String> {
    let world = World::with_limits(state.limits);
    let me = (state.make)(&world);
    let (args, kwargs) = given.items(&world, Some(&me));
    let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
    unless_it_waits(call::call(&me, &world.caller, method, args.into(), kwargs))?.err().map(|error| error.to_string())
}

/// An error without the names of types and the sizes in it, so that each is written out once.
fn shape(error: &str) -> String {
    if error.starts_with("KeyError: ") && !error.contains("path") {
        return error.split_once(' ').unwrap().1.contains(' ').to_string();
    }
    let error = error.split_once(" of the path: ").map_or(error, |(shape, _)| shape);
    let is_type = |word: &str| {
        let classes = builtin().into_iter().map(|builtin| builtin.info.proxy_class().to_owned());
        classes.chain(TYPE_NAMES.iter().map(|name| (*name).to_owned())).any(|name| name == word)
    };
    let mut last = "";
    let mut words = Vec::new();
    for word in error.split(' ') {
        let bare = word.trim_matches(['\'', '"', '(', ')', ',', ':']);
        let is_size = matches!(last, "size" | "length") && bare.parse::<usize>().is_ok();
        words.push(if is_type(bare) && (bare != word || last == "not") || is_size { "_" } else { word });
        last = word;
    }
    words.join(" ")
}

const TYPE_NAMES: &[&str] =
    &["NoneType", "bool", "int", "float", "str", "bytes", "list", "tuple", "dict", "set", "frozenset", "slice"];

/// What was asked of one type, for CPython to be asked the same.
#[derive(Default)]
struct Asked {
    script: Vec<String>,
    ours: Vec<Option<String>>,
}

/// What there is to say about a type.
fn written(builtin: &Builtin, asked: &mut Asked) -> String {
    let info: &'static TypeInfo = LazyLock::force(builtin.info);
    let typeid = info.typeid();
    let states = SUBJECTS.iter().find(|(of, _)| *of == typeid).map(|(_, states)| *states);
    let states =
        states.unwrap_or_else(|| panic!("the type '{typeid}' has no states yet: add some to SUBJECTS in samples.rs"));
    let mut text = format!("==== {typeid}\n\n");

    let sample = samples().into_iter().find(|sample| sample.typeid == typeid).unwrap();
    let world = World::new();
    let _ = writeln!(text, "repr: {}", (sample.make)(&world).repr());
    for state in states {
        let world = World::with_limits(state.limits);
        let me = (state.make)(&world);
        let printed = match at_once(call::to_text(&me, &world.caller)) {
            Ok(text) => text,
            Err(error) => error.to_string(),
        };
        let _ = writeln!(text, "str, {}: {printed}", state.name);
        let _ = writeln!(text, "copy, {}: {}", state.name, shown(world.value(&me)));
    }
    for place in PLACES.iter().filter(|place| place.typeid == typeid) {
        let world = World::new();
        let lock = Item::proxy(world.create("Lock", vec![], vec![]).unwrap());
        let me = (place.make)(&world, lock).unwrap();
        let _ = writeln!(text, "str, with a lock as {}: {}", place.name, world.text(&me));
        if let Some(put) = place.put {
            put(&world, &me, Item::proxy(me.clone())).unwrap();
            let _ = writeln!(text, "str, with itself as {}: {}", place.name, world.text(&me));
        }
    }
    for (right, rights) in [
        ("get_value", Rights { get_value: false, ..Rights::all() }),
        ("to_text", Rights { to_text: false, ..Rights::all() }),
    ] {
        for revoked in [false, true] {
            let world = World::new();
            let me = (sample.make)(&world);
            let actor = world.caller.actor.id();
            let narrowed = me.with_grant(me.grant().narrow(&rights, info, actor).unwrap());
            if revoked {
                narrowed.grant().revoke(actor).unwrap();
            }
            let error = match right {
                "get_value" => world.value(&narrowed).unwrap_err(),
                _ => at_once(call::to_text(&narrowed, &world.caller)).unwrap_err(),
            };
            let _ = writeln!(text, "{right}, {}: {error}", if revoked { "revoked" } else { "not exposed" });
        }
    }
    let world = World::new();
    let me = (sample.make)(&world);
    let _ = writeln!(text, "a method that there is not: {}", world.call(&me, "nothing", vec![]).unwrap_err());
    let rights = Rights { methods: Some(vec!["nothing".into()]), ..Rights::all() };
    let _ = writeln!(text, "narrowed to it: {}", me.grant().narrow(&rights, info, 1).unwrap_err());

    if let Some(constructor) = &builtin.constructor {
        let _ = writeln!(text, "\n{}", constructor.signature);
        let mut seen = HashSet::new();
        for limits in [Limits::default(), Limits { container_length: 0, ..Limits::default() }] {
            for given in calls(typeid, constructor.signature) {
                let world = World::with_limits(limits);
                let (args, kwargs) = given.items(&world, None);
                let error = world.create(typeid, args, kwargs).err().map(|error| error.to_string());
                if limits.container_length > 0 && given.is_plain() {
                    asked.script.push(format!("{typeid}\tnew\t\t{}", given.tuple()));
                    asked.ours.push(error.clone());
                }
                if let Some(error) = error.filter(|error| seen.insert(shape(error))) {
                    let _ = writeln!(text, "    {typeid}({}) -> {error}", given.shown());
                }
            }
        }
    }
    for method in info.methods() {
        let _ = writeln!(text, "\n{}", method.signature().text());
        let mut seen = HashSet::new();
        for given in calls(typeid, method.signature().text()) {
            for state in states {
                let error = error_of(state, method.name(), &given);
                if let (Some(python), true) = (state.python, given.is_plain()) {
                    asked.script.push(format!("{python}\tcall\t{}\t({})", method.name(), given.tuple()));
                    asked.ours.push(error.clone());
                }
                if let Some(error) = error.filter(|error| seen.insert(shape(error))) {
                    let _ = writeln!(text, "    {}.{}({}) -> {error}", state.name, method.name(), given.shown());
                }
            }
        }
        assert!(!seen.is_empty(), "{typeid}.{}: no call of it fails", method.name());
        let world = World::new();
        let me = (sample.make)(&world);
        let names = info.methods().iter().map(|other| other.name()).filter(|name| *name != method.name());
        let narrowed = world.narrowed(&me, &names.collect::<Vec<_>>());
        let _ = writeln!(text, "    not exposed -> {}", world.call(&narrowed, method.name(), vec![]).unwrap_err());
        narrowed.grant().revoke(world.caller.actor.id()).unwrap();
        let _ = writeln!(text, "    revoked -> {}", world.call(&narrowed, method.name(), vec![]).unwrap_err());
    }
    text.push('\n');
    text
}

#[test]
fn all_texts_and_errors_are_as_written_down() {
    // What waits with a timeout asks a runtime for the time.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    let mut asked = Asked::default();
    let mut text = String::from(
        "What every shared type prints, and the errors that its methods give: each once, with one call that gives it.\n\
         Written by a test in host/objects/src/referents/tests/messages.rs; BLESS=1 writes it anew.\n\n",
    );
    for builtin in builtin() {
        text += &written(&builtin, &mut asked);
    }
    text += &of_proxies();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PATH, &text).unwrap();
    }
    let expected = std::fs::read_to_string(PATH).unwrap_or_default();
    let different = text.lines().zip(expected.lines()).find(|(ours, theirs)| ours != theirs);
    assert!(text == expected, "{PATH} is not current, BLESS=1 writes it anew: {different:?}");
    compare(&asked);
}

/// What is said of any proxy, and of one that is of another type than it should be.
fn of_proxies() -> String {
    let world = World::new();
    let (list, dict) = (world.list(list![]), world.dict(dict! {}));
    let actor = world.caller.actor.id();
    let mut text = String::from("==== proxies\n\n");
    let _ = writeln!(text, "a dict where a list is wanted: {}", List::length(&dict).unwrap_err());
    let _ = writeln!(text, "revoked, but not narrowed: {}", list.grant().revoke(actor).unwrap_err());
    let narrow = |proxy: &Proxy| {
        Ok::<_, CallError>(proxy.with_grant(proxy.grant().narrow(&Rights::all(), proxy.body().type_info(), actor)?))
    };
    let _ = writeln!(text, "revoked by another: {}", narrow(&list).unwrap().grant().revoke(actor + 1).unwrap_err());
    for (what, rights) in [
        ("used up", Rights { uses: Some(0), ..Rights::all() }),
        ("expired", Rights { lifetime: Some(std::time::Duration::ZERO), ..Rights::all() }),
    ] {
        let _ = writeln!(text, "{what}: {}", world.value(&world.with_rights(&list, &rights)).unwrap_err());
    }
    let mut narrowed = narrow(&list).unwrap();
    let error = loop {
        match narrow(&narrowed) {
            Ok(next) => narrowed = next,
            Err(error) => break error,
        }
    };
    let _ = writeln!(text, "narrowed over and over: {error}");
    text
}

/// Where CPython's objects differ from ours, on purpose or by their version: why, and how to tell from a line of the
/// script, from what ours said, and from what theirs did.
const DIFFERENT: &[(&str, fn(&str, &str, &str) -> bool)] = &[
    ("a slice has a hash since 3.12", |_, _, theirs| theirs == "! TypeError: unhashable type: 'slice'"),
    ("whether to sort in reverse is anything that has a truth since 3.12", |line, _, _| line.contains("{'reverse': ")),
    ("deques' methods and their constructor are declared otherwise since 3.13", |line, ours, theirs| {
        let old = |theirs: &str| {
            theirs.contains(") takes ") && theirs.contains(" argument") && theirs.ends_with(" given)")
                || theirs == "! TypeError: 'x' is an invalid keyword argument for deque()"
        };
        line.starts_with("deque") && (ours.contains(" expected ") || ours.contains(" keyword ")) && old(theirs)
    }),
    ("a plain list can be added to a deque", |line, ours, theirs| {
        line.starts_with("deque") && ours == "=" && theirs.starts_with("! TypeError: can only concatenate deque ")
    }),
    ("what a deque has no room for takes no memory", |line, ours, theirs| {
        line.starts_with("deque([1, 2], 2)") && ours == "=" && theirs == "! MemoryError"
    }),
    ("an array's slices take any iterable of items that fit", |line, _, theirs| {
        line.contains("\t__setitem__\t") && theirs.starts_with("! TypeError: can only assign array ")
    }),
    (
        "those of Value and Counter are functions in Python, which count `self` and say so otherwise",
        |line, ours, theirs| {
            let both = [ours, theirs].map(|said| said.starts_with("! TypeError: ") && said.contains("argument"));
            (line.starts_with("Value(") || line.starts_with("Counter")) && both == [true, true]
        },
    ),
    ("`&=` asks of its operand what the others ask, whatever the counter has", |line, ours, _| {
        line.starts_with("Counter(") && line.contains("\t__iand__\t") && ours.starts_with("! AttributeError: ")
    }),
    ("a plain dict stands for a counter where one is an operand", |line, _, _| {
        line.starts_with("Counter(") && line.contains("\t__") && line.contains("__\t(({")
    }),
];

/// Asks CPython's own objects the same.
fn compare(asked: &Asked) {
    let Some(python) = python() else { return };
    let theirs = replay(&python, include_str!("messages.py"), &asked.script);
    assert_eq!(theirs.len(), asked.script.len(), "CPython gave up");
    let mut compared = BTreeSet::new();
    let mut wrong = Vec::new();
    for ((line, ours), theirs) in asked.script.iter().zip(&asked.ours).zip(&theirs) {
        if theirs == "-" {
            continue;
        }
        let mut parts = line.split('\t');
        compared.insert((parts.next(), parts.nth(1)));
        let ours = ours.as_ref().map_or_else(|| "=".to_owned(), |error| format!("! {error}"));
        let known = || DIFFERENT.iter().any(|(_, tells)| tells(line, &ours, theirs));
        if !agree(&ours, theirs) && !known() {
            wrong.push(format!("{line}\n   ours: {ours}\ncpython: {theirs}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared.len() > 150, "{} methods of objects were compared", compared.len());
}
