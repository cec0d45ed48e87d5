//! One suite for every method of every type, written once as data (`tests/conformance`), and taken by name, with the
//! typed proxies of the Rust SDK, which call the typed interfaces, and with Python's proxies.
//!
//! A file holds scenarios: an object and the steps that are taken with it. A step is a list of a method's name, its
//! arguments, and what it comes to: `"= "` and the result as Python's `repr` shows it, or `"! "` and the error as a
//! traceback's last line. Behind that may be what it comes to elsewhere: typed methods read like Rust's
//! and some differ, and `"-"` says that there is none. What JSON has no form for is an object with one key, such as
//! `{"tuple": [1, 2]}`; see `argument`.

use commonhold::{Manager, Program, Proxy, Value};
use commonhold_tests::{assert_exact, load, load_script, manager, root, settle};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};

/// A method's name, its arguments, and those by keyword.
type Call = (String, Vec<Value>, Vec<(String, Value)>);

struct Step {
    written: String,
    call: Call,
    /// What it comes to by name, and elsewhere where that differs.
    expected: String,
    elsewhere: BTreeMap<String, String>,
}

#[derive(Clone, Copy)]
enum Way {
    ByName,
    Typed,
    Python,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::ByName => "by name",
            Self::Typed => "typed",
            Self::Python => "python",
        }
    }

    fn entry(self) -> &'static str {
        match self {
            Self::ByName => "by_name",
            Self::Typed => "typed",
            Self::Python => "steps",
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_does_the_same_by_name() {
    let manager = manager();
    let program = load(&manager, "conformance").await;
    let taken = take_all(&manager, &program, Way::ByName).await;
    // Whoever adds a method adds steps for it.
    for (typeid, (methods, taken)) in &taken {
        let missing: Vec<_> = methods.difference(taken).collect();
        assert!(missing.is_empty(), "{typeid}: no steps for {missing:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_does_the_same_through_typed_interfaces() {
    let manager = manager();
    let program = load(&manager, "conformance").await;
    take_all(&manager, &program, Way::Typed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_does_the_same_in_python() {
    let manager = manager();
    let program = load_script(&manager, root().join("tests/programs/python/conformance.py")).await;
    take_all(&manager, &program, Way::Python).await;
}

/// The methods that a type has, and those that steps were taken with.
type Methods = (BTreeSet<String>, BTreeSet<String>);

/// Takes all steps of all files; gives the methods by the types.
async fn take_all(manager: &Manager, program: &Program, way: Way) -> BTreeMap<String, Methods> {
    let mut taken = BTreeMap::<_, Methods>::new();
    let mut failures = Vec::new();
    let mut files: Vec<_> =
        std::fs::read_dir(root().join("tests/conformance")).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let scenarios: Vec<Json> = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        for scenario in scenarios {
            let new = scenario["new"].as_array().unwrap();
            let object = create(manager, new, None).await;
            let mut steps = Vec::new();
            for written in scenario["steps"].as_array().unwrap() {
                steps.push(step(manager, &object, written).await);
            }
            let (methods, called) = taken.entry(object.typeid().to_owned()).or_default();
            methods.extend(object.methods());
            called.extend(steps.iter().map(|step| step.call.0.clone()));
            let calls: Vec<_> = steps.iter().map(|step| &step.call).collect();
            let process = program.spawn(way.entry(), (&object, calls)).unwrap();
            let outcomes: Vec<(String, Value)> = process.join().await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(outcomes.len(), steps.len());
            for (step, outcome) in steps.iter().zip(outcomes) {
                let expected = step.elsewhere.get(way.name()).unwrap_or(&step.expected);
                let actual = shown(&step.call.0, outcome);
                if actual != *expected {
                    failures.push(format!("{name}: {}: {actual}", step.written));
                }
            }
            // A list may hold itself; there is no collector of cycles to tidy up behind it.
            let _ = object.call::<_, ()>("clear", ()).await;
        }
    }
    settle(manager).await;
    assert_exact(manager, &BTreeMap::new());
    assert!(failures.is_empty(), "{} of them, {}:\n{}", failures.len(), way.name(), failures.join("\n"));
    taken
}

fn shown(method: &str, (how, value): (String, Value)) -> String {
    match (how.as_str(), value) {
        ("returned", Value::Text(text)) if method == "str" => format!("= {}", without_ids(&text)),
        ("returned", value) => format!("= {}", without_ids(&commonhold_wire::repr(&value).unwrap())),
        ("raised", Value::Text(text)) => format!("! {}", without_ids(&text)),
        ("itself", _) => "= self".to_owned(),
        _ => "-".to_owned(),
    }
}

/// The text with `0x...` for every id.
fn without_ids(text: &str) -> String {
    let mut parts = text.split(" at 0x");
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        all.push_str(" at 0x...");
        all.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
    }
    all
}

async fn create(manager: &Manager, new: &[Json], itself: Option<&Proxy>) -> Proxy {
    let mut args = Vec::new();
    for arg in &new[1..] {
        args.push(Box::pin(argument(manager, arg, itself)).await);
    }
    manager
        .create(new[0].as_str().unwrap(), Value::Tuple(args))
        .await
        .unwrap_or_else(|error| panic!("{new:?}: {error}"))
}

async fn step(manager: &Manager, object: &Proxy, written: &Json) -> Step {
    let parts = written.as_array().unwrap();
    let is_outcome = |part: &Json| part.as_str().is_some_and(|text| text.starts_with("= ") || text.starts_with("! "));
    let end = parts.iter().position(is_outcome).unwrap_or_else(|| panic!("{written} comes to nothing"));
    let (mut args, mut kwargs) = (Vec::new(), Vec::new());
    for part in &parts[1..end] {
        match part.get("**") {
            None => args.push(argument(manager, part, Some(object)).await),
            Some(keywords) => {
                for (name, value) in keywords.as_object().unwrap() {
                    kwargs.push((name.clone(), argument(manager, value, Some(object)).await));
                }
            }
        }
    }
    let elsewhere = parts.get(end + 1).and_then(Json::as_object).into_iter().flatten();
    Step {
        written: written.to_string(),
        call: (parts[0].as_str().unwrap().to_owned(), args, kwargs),
        expected: parts[end].as_str().unwrap().to_owned(),
        elsewhere: elsewhere.map(|(way, outcome)| (way.clone(), outcome.as_str().unwrap().to_owned())).collect(),
    }
}

/// A value as it is written in the suite.
async fn argument(manager: &Manager, written: &Json, itself: Option<&Proxy>) -> Value {
    let object = match written {
        Json::Array(items) => return Value::List(arguments(manager, items, itself).await),
        Json::Object(object) => object,
        plain => return commonhold::to_value(plain).unwrap(),
    };
    let mut entries = object.iter();
    if let (Some((key, inside)), None) = (entries.next(), entries.next()) {
        let items = inside.as_array().map_or(&[][..], Vec::as_slice);
        match key.as_str() {
            "tuple" => return Value::Tuple(arguments(manager, items, itself).await),
            "set" => return Value::set(arguments(manager, items, itself).await).unwrap(),
            "frozenset" => return Value::frozen_set(arguments(manager, items, itself).await).unwrap(),
            "slice" => {
                let parts: Result<[Value; 3], _> = arguments(manager, items, itself).await.try_into();
                return Value::Slice(Box::new(parts.unwrap()));
            }
            "bytes" => return Value::Bytes(inside.as_str().unwrap().into()),
            "big" => return Value::from_bigint(inside.as_str().unwrap().parse().unwrap()),
            "float" => return Value::Float(inside.as_str().unwrap().parse().unwrap()),
            "shared" => return Value::Proxy(create(manager, items, itself).await),
            "self" => return Value::Proxy(itself.unwrap().clone()),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for (key, value) in object {
        all.push((Value::Text(key.clone()), Box::pin(argument(manager, value, itself)).await));
    }
    Value::dict(all).unwrap()
}

async fn arguments(manager: &Manager, written: &[Json], itself: Option<&Proxy>) -> Vec<Value> {
    let mut all = Vec::new();
    for part in written {
        all.push(Box::pin(argument(manager, part, itself)).await);
    }
    all
}
