//! A new project builds, tests itself and runs as it is.

#![allow(missing_docs, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SQUARES: &str = "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n";

/// An empty folder of the test's own.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn commonhold(folder: &Path, arguments: &[&str]) -> Output {
    run(Command::new(env!("CARGO_BIN_EXE_commonhold")).args(arguments).current_dir(folder))
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

/// What a command printed, if it succeeded.
#[track_caller]
fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_new_rust_project_builds_runs_and_passes_its_tests() {
    let folder = folder("new-rust");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let said = printed(commonhold(&folder, &["new", "--lang", "rust", "first-guest"]));
    assert!(said.contains("cd first-guest && commonhold build"), "{said}");

    let project = folder.join("first-guest");
    // The versions that are here already, so that nothing has to be fetched; and the guests' folder, where what it
    // depends on is compiled already.
    std::fs::copy(repository.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let guests = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests");
    let guests = guests.to_str().unwrap();
    let component = printed(commonhold(&project, &["build", "--target-dir", guests]));
    assert!(component.ends_with("commonhold/first-guest.wasm\n"), "{component}");
    assert_eq!(printed(commonhold(&project, &["run", component.trim()])), SQUARES);

    let mut tests = Command::new(env!("CARGO"));
    let tests = printed(run(tests.args(["test", "--quiet", "--target-dir", guests]).current_dir(&project)));
    assert!(tests.contains("1 passed"), "{tests}");
}

#[test]
fn a_new_plugin_builds_runs_and_passes_its_tests() {
    let folder = folder("new-provider");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let said = printed(commonhold(&folder, &["new", "--lang", "rust", "--provider", "first-plugin"]));
    assert!(said.ends_with("cd first-plugin && commonhold build && commonhold run\n"), "{said}");

    let project = folder.join("first-plugin");
    std::fs::copy(repository.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let guests = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("guests");
    std::fs::create_dir_all(&guests).unwrap();
    // Where `commonhold.toml` looks for them.
    std::os::unix::fs::symlink(&guests, project.join("target")).unwrap();
    let components = printed(commonhold(&project, &["build"]));
    let mut components: Vec<_> = components.lines().collect();
    components.sort_unstable();
    assert_eq!(components, ["target/commonhold/first-plugin-consumer.wasm", "target/commonhold/first-plugin.wasm"]);
    assert_eq!(printed(commonhold(&project, &["run"])), "a tally of 8 and a tally of 6\n");

    let tests = printed(run(Command::new(env!("CARGO")).args(["test", "--quiet"]).current_dir(&project)));
    assert!(tests.contains("1 passed"), "{tests}");
}

#[test]
fn a_plugin_is_begun_in_rust() {
    let folder = folder("new-provider-elsewhere");
    for lang in ["python", "javascript"] {
        let output = commonhold(&folder, &["new", "--lang", lang, "--provider", "mine"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("commonhold: error: --provider is for Rust"), "{said}");
        assert!(!folder.join("mine").exists());
    }
}

#[test]
fn a_new_python_program_runs() {
    let folder = folder("new-python");
    printed(commonhold(&folder, &["new", "--lang", "python", "first"]));
    assert_eq!(printed(commonhold(&folder.join("first"), &["run", "main.py"])), SQUARES);
}

#[test]
fn a_new_javascript_program_builds_and_runs() {
    let folder = folder("new-javascript");
    let said = printed(commonhold(&folder, &["new", "--lang", "js", "first"]));
    assert!(said.contains("cd first && commonhold build main.js"), "{said}");
    let project = folder.join("first");
    assert_eq!(printed(commonhold(&project, &["build", "main.js"])), "main.wasm\n");
    assert_eq!(printed(commonhold(&project, &["run", "main.wasm"])), SQUARES);
}

#[test]
fn what_exists_is_left_alone() {
    let folder = folder("new-existing");
    std::fs::create_dir(folder.join("mine")).unwrap();
    for lang in ["rust", "python", "javascript"] {
        let output = commonhold(&folder, &["new", "--lang", lang, "mine"]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "commonhold: error: mine exists already\n");
        assert_eq!(std::fs::read_dir(folder.join("mine")).unwrap().count(), 0);
    }
}

#[test]
fn a_bad_name_is_a_wrong_usage() {
    let folder = folder("new-name");
    for name in ["2nd", "fn", "a b", ".."] {
        let output = commonhold(&folder, &["new", name]);
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}
