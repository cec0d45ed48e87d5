//! Random operations on shared lists, dicts and sets, and the same ones on CPython's own: every value,
//! every error's class, message and arguments, and every state in between must agree.
//!
//! The operations are made up while they are carried out here, for they depend on what has become of
//! the containers, and written down as Python expressions. One Python process then replays them all.
//!
//! `COMMONHOLD_TEST_SEED` repeats a run, `COMMONHOLD_TEST_PYTHON` names another interpreter, and
//! `COMMONHOLD_TEST_WITHOUT_PYTHON=1` skips the test where there is none.

mod fields;
mod operations;
mod values;

use operations::Run;
use std::collections::HashMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

const OPERATIONS: usize = 100_000;

/// Where CPython's words have changed: what they are here, which is those of 3.14, and a test for what
/// older versions say in their place.
const REWORDED: &[(&str, fn(&str) -> bool)] = &[
    // Older: "3 is not in list".
    ("ValueError: list.index(x): x not in list", |old| {
        old.starts_with("ValueError: ") && old.ends_with(" is not in list")
    }),
    // Older: "3 is not in deque".
    ("ValueError: deque.", |old| old.starts_with("ValueError: ") && old.ends_with(" is not in deque")),
    // Older: "deque.rotate expected".
    ("TypeError: rotate expected at most 1 argument", |old| {
        old.starts_with("TypeError: deque.rotate expected at most 1 argument")
    }),
    // Older: for a step of 1.
    ("TypeError: must assign iterable to extended slice", |old| old == "TypeError: can only assign an iterable"),
    // Older: "unhashable type: 'list'". The key's type is checked by what is left of the words.
    ("TypeError: cannot use '", |old| old.starts_with("TypeError: unhashable type: '")),
    // Older: "'x' is an invalid keyword argument for sort()".
    ("TypeError: sort() got an unexpected keyword argument 'x'", |old| {
        old == "TypeError: 'x' is an invalid keyword argument for sort()"
    }),
    // Older: without the name of the type, for methods that take any number of arguments.
    ("TypeError: set.", |old| old.ends_with("() takes no keyword arguments") && !old.contains('.')),
    // Older: without a name before "expected".
    ("TypeError: __setitem__ expected 2 arguments", |old| old.starts_with("TypeError:  expected 2 arguments")),
    ("TypeError: expected 1 argument", |old| old.starts_with("TypeError:  expected 1 argument")),
    // Which two it names depends on which are compared first; the sort has changed.
    ("TypeError: '<' not supported between instances of '", |old| {
        old.starts_with("TypeError: '<' not supported between instances of '")
    }),
    // Older: with the position, which 3.14 has in a note.
    ("TypeError: object is not iterable", |old| {
        old.starts_with("TypeError: cannot convert dictionary update sequence element #")
    }),
    // Older: without 'w'.
    ("ValueError: bad typecode (must be ", |old| old.starts_with("ValueError: bad typecode (must be ")),
    // Older: without what it is instead.
    ("TypeError: array item must be a unicode character, not ", |old| {
        old == "TypeError: array item must be unicode character"
    }),
    // Older: "not str".
    ("TypeError: array() argument 1 must be a unicode character, not a string of length ", |old| {
        old == "TypeError: array() argument 1 must be a unicode character, not str"
    }),
    ("TypeError: __setattr__ expected 2 arguments", |old| old.starts_with("TypeError:  expected 2 arguments")),
    // Older, before 3.12: the name alone.
    ("AttributeError: 'Namespace' object has no attribute 'a'", |old| old == "AttributeError: a"),
];

pub(super) fn agree(ours: &str, theirs: &str) -> bool {
    ours == theirs || {
        let (ours, theirs) = (ours.strip_prefix("! "), theirs.strip_prefix("! "));
        matches!((ours, theirs), (Some(ours), Some(theirs)) if REWORDED
            .iter()
            .any(|(words, is_other)| ours.starts_with(words) && is_other(theirs)))
    }
}

#[test]
fn lists_dicts_and_sets_do_what_cpythons_do() {
    let Some(python) = python() else { return };
    let seed = seed();
    let run = Run::new(seed).finish(OPERATIONS);
    let theirs = replay(&python, include_str!("differential/replay.py"), &run.script);
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
    for container in &run.containers[..operations::TYPES.len()] {
        for method in container.body().type_info().methods() {
            let [good, bad] = seen.get(method.name()).copied().unwrap_or_default();
            let can_fail = method.name() != "__iter__";
            assert!(
                good > 100 && (bad > 5 || !can_fail),
                "seed {seed}: {} succeeded {good} times, failed {bad} times",
                method.name()
            );
        }
    }
}

/// The command that runs Python; none if tests are to do without.
pub(super) fn python() -> Option<Vec<String>> {
    let python = std::env::var("COMMONHOLD_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let python: Vec<_> = python.split_whitespace().map(str::to_owned).collect();
    let is_new = "import sys; sys.exit(sys.version_info < (3, 11))";
    let found = Command::new(&python[0]).args(&python[1..]).args(["-c", is_new]).status();
    if found.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    if std::env::var_os("COMMONHOLD_TEST_WITHOUT_PYTHON").is_some() {
        println!("skipped: there is no {} of 3.11 or newer", python[0]);
        return None;
    }
    panic!(
        "this test needs {} of 3.11 or newer: older versions word their errors otherwise. Install it, name another in \
         COMMONHOLD_TEST_PYTHON, or set COMMONHOLD_TEST_WITHOUT_PYTHON=1 to go without",
        python[0]
    );
}

/// Another one each time, unless a run is to be repeated.
pub(super) fn seed() -> u64 {
    let seed = match std::env::var("COMMONHOLD_TEST_SEED") {
        Ok(seed) => seed.parse().expect("COMMONHOLD_TEST_SEED is a number"),
        Err(_) => std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), "seed") >> 16,
    };
    println!("COMMONHOLD_TEST_SEED={seed}");
    seed
}

/// What CPython makes of the operations, by a program that answers each line with one.
pub(super) fn replay(python: &[String], program: &str, script: &[String]) -> Vec<String> {
    let mut process = Command::new(&python[0])
        .args(&python[1..])
        .args(["-X", "utf8", "-c", program])
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
