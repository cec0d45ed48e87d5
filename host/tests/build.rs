//! What `commonhold build` says and leaves behind.

#![allow(missing_docs, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// An empty folder of the test's own.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn build(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_commonhold")).arg("build").args(arguments).current_dir(folder).output().unwrap()
}

/// What a build complained of, which failed and printed nothing.
#[track_caller]
fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = build(folder, arguments);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    String::from_utf8(output.stderr).unwrap()
}

/// A core module of a process that does nothing.
fn module() -> Vec<u8> {
    module_of("package test:guest; world w { export run: func(); }", "(module (func (export \"run\")))")
}

/// A core module of a world, which may be built on those of the manager.
fn module_of(wit: &str, wat: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../wit")).unwrap();
    let package = resolve.push_str("test.wit", wit).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let mut module = wat::parse_str(wat).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

#[test]
fn a_core_module_becomes_a_component_beside_it_or_where_one_says() {
    let folder = folder("build-module");
    std::fs::write(folder.join("guest.wasm"), module()).unwrap();
    let output = build(&folder, &["guest.wasm"]);
    assert_eq!(output.stdout, b"guest.component.wasm\n", "{}", String::from_utf8_lossy(&output.stderr));
    let output = build(&folder, &["guest.wasm", "--output", "deep/down/other.wasm"]);
    assert_eq!(output.stdout, b"deep/down/other.wasm\n", "{}", String::from_utf8_lossy(&output.stderr));
    let [one, other] = ["guest.component.wasm", "deep/down/other.wasm"].map(|path| std::fs::read(folder.join(path)));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(
        complaint(&folder, &["guest.component.wasm"]),
        "commonhold: error: guest.component.wasm: a component already, which needs no building: run it as it is\n"
    );
}

#[test]
fn a_guest_with_a_world_of_its_own_is_built_for_who_embeds_the_manager() {
    let folder = folder("build-own-world");
    let own = "package mine:app; world app { include commonhold:manager/imports@0.1.0; export greet: func() -> u32; }";
    let counts = "(module
        (import \"commonhold:manager/manager@0.1.0\" \"number-of-objects\" (func $count (result i64)))
        (func (export \"greet\") (result i32) (i32.wrap_i64 (call $count))))";
    std::fs::write(folder.join("own.wasm"), module_of(own, counts)).unwrap();
    let output = build(&folder, &["own.wasm"]);
    assert_eq!(output.stdout, b"own.component.wasm\n", "{}", String::from_utf8_lossy(&output.stderr));

    // It is not one that this program can run, and neither is what has nothing of the manager in it.
    let mut run = Command::new(env!("CARGO_BIN_EXE_commonhold"));
    let ran = run.args(["run", "own.component.wasm"]).current_dir(&folder).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.contains("another world: it exports neither 'run' nor"), "{said}");
    let other = module_of(
        "package mine:app; world app { export greet: func() -> u32; }",
        "(module (func (export \"greet\") (result i32) (i32.const 0)))",
    );
    std::fs::write(folder.join("other.wasm"), other).unwrap();
    assert_eq!(
        complaint(&folder, &["other.wasm"]),
        "commonhold: error: other.wasm: it is a guest of something else: it exports greet, but neither `run` nor \
         `commonhold:manager/custom-types` nor `wasi:cli/run`, and imports nothing of `commonhold:manager`\n"
    );
}

#[test]
fn what_cannot_be_built_is_told_in_a_line() {
    let folder = folder("build-refused");
    std::fs::write(folder.join("text.wasm"), "no wasm at all").unwrap();
    std::fs::write(folder.join("bare.wasm"), b"\0asm\x01\0\0\0").unwrap();
    for (path, said) in [
        ("text.wasm", "text.wasm: not a WebAssembly module"),
        ("gone.wasm", "cannot read gone.wasm: No such file or directory (os error 2)"),
        ("gone", "gone is not a cargo project: there is no Cargo.toml in it"),
        ("hello.py", "hello.py is a Python program, which needs no building: `commonhold run hello.py`"),
        (
            "bare.wasm",
            "bare.wasm: a WebAssembly module without a description of its world: a guest depends on \
             `commonhold-guest` and marks a function with `#[commonhold_guest::entry]`",
        ),
    ] {
        assert_eq!(complaint(&folder, &[path]), format!("commonhold: error: {said}\n"));
    }
}

#[test]
fn the_compilers_own_words_are_shown() {
    let folder = folder("build-broken");
    let manifest = "[package]\nname = \"broken\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(folder.join("src")).unwrap();
    std::fs::write(folder.join("src/lib.rs"), "fn broken() -> u8 { \"text\" }\n").unwrap();
    let guests = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../guests");
    // From a folder inside the project, as cargo does it.
    let said = complaint(&folder.join("src"), &["--target-dir", guests.to_str().unwrap()]);
    assert!(said.contains("mismatched types") && said.contains("src/lib.rs:1:21"), "{said}");
    assert!(said.ends_with("commonhold: error: `cargo build` failed, see above\n"), "{said}");

    std::fs::write(folder.join("src/lib.rs"), "").unwrap();
    let said = complaint(&folder, &["--target-dir", guests.to_str().unwrap()]);
    assert!(said.contains("commonhold: error: package `broken`: a WebAssembly module without a description"), "{said}");
}

#[test]
fn a_module_in_javascript_is_built_with_nothing_of_cargos() {
    let folder = folder("build-javascript");
    std::fs::write(folder.join("bad.js"), "import { x } from 'left-pad';\n").unwrap();
    assert_eq!(
        complaint(&folder, &["bad.js"]),
        "error: bad.js imports 'left-pad', which is neither a relative path ('./left-pad'), nor the SDK \
         ('commonhold-guest'), nor an interface ('commonhold:manager/lists@0.1.0'); packages must be bundled into the \
         source before\ncommonhold: error: no component was made of bad.js, see above\n"
    );
    std::fs::write(folder.join("bad.js"), "import { x } from 'commonhold-guest/planets';\n").unwrap();
    let said = complaint(&folder, &["bad.js"]);
    assert!(
        said.contains("the SDK has 'commonhold-guest', 'commonhold-guest/manager', 'commonhold-guest/provider'"),
        "{said}"
    );
    assert_eq!(
        complaint(&folder, &["bad.js", "--debug"]),
        "commonhold: error: bad.js is a module in JavaScript: for it, --output is the only option\n"
    );
}
