//! What the end-to-end tests are written with: where the guests are, and what has to hold of a
//! manager at any quiet moment.

use commonhold::{Manager, ObjectInfo, Program};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The repository.
pub fn root() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().map(PathBuf::from).unwrap_or(tests)
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The component of a guest program of this repository, in Rust.
///
/// # Panics
///
/// If it was not built.
pub fn guest(name: &str) -> PathBuf {
    built(target().join("guests/commonhold").join(format!("{name}.wasm")))
}

/// The component of a guest program in JavaScript.
///
/// # Panics
///
/// If it was not built.
pub fn javascript_guest(name: &str) -> PathBuf {
    built(target().join("guests/js").join(format!("{name}.wasm")))
}

fn built(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "{} is missing: 'just guests' builds it", path.display());
    path
}

/// A manager as most tests want it: its guests' output goes nowhere.
///
/// # Panics
///
/// If there are no threads to be had.
pub fn manager() -> Manager {
    Manager::builder().output(false).build().expect("a manager")
}

/// Loads a guest in Rust.
///
/// # Panics
///
/// If it cannot be loaded.
pub async fn load(manager: &Manager, name: &str) -> Program {
    manager.load(guest(name)).await.expect("a program")
}

/// Loads a script in Python.
///
/// # Panics
///
/// If it cannot be loaded.
pub async fn load_script(manager: &Manager, script: PathBuf) -> Program {
    let files = commonhold::python::package(&script).expect("a script");
    let component = commonhold::python::runtime_component(&mut |_| {}).expect("the interpreter");
    let wasm = std::fs::read(component).expect("the interpreter's component");
    let name = script.file_stem().expect("a file").to_string_lossy().into_owned();
    manager.load_bytes(&name, wasm, files).await.expect("a program")
}

/// Waits until nothing is left to free.
pub async fn settle(manager: &Manager) {
    while !manager.is_settled() {
        tokio::task::yield_now().await;
    }
}

/// Checks that the manager's books are exact, at a moment when nothing runs: each object has
/// exactly as many holders as there are proxies to it in other objects, in the tables of processes, under names
/// and, as `host` says by id, in the host; and none is alive that has none.
///
/// # Panics
///
/// If one has not.
pub fn assert_exact(manager: &Manager, host: &BTreeMap<u64, u32>) -> Vec<ObjectInfo> {
    let census = manager.census();
    let mut expected: BTreeMap<u64, u32> = host.clone();
    for info in &census {
        for id in &info.contains {
            *expected.entry(*id).or_default() += 1;
        }
        for (_, _, count) in &info.held_by {
            *expected.entry(info.id).or_default() += count;
        }
        for _name in &info.published_as {
            *expected.entry(info.id).or_default() += 1;
        }
    }
    let counted: BTreeMap<u64, u32> = census.iter().map(|info| (info.id, info.holders)).collect();
    assert_eq!(counted, expected, "holders counted, and holders there are:\n{}", manager.debug_info());
    assert_eq!(manager.number_of_objects(), census.len() as u64);
    census
}
