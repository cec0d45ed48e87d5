//! The search on machines made of shell scripts, each of which writes down that it was called.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::machine::Machine;
use super::*;

/// A machine with a rustup, its active toolchain 1.95 without the target but with a linker, and no network.
struct Fake {
    root: PathBuf,
}

impl Fake {
    fn new(test: &str) -> Self {
        let root = std::env::temp_dir().join(format!("commonhold-toolchain-{test}-{}", std::process::id()));
        let fake = Self { root };
        fake.compiler("bin/rustc", "rustup/toolchains/stable", "1.95.0");
        fake.file("rustup/toolchains/stable/lib/rustlib/host/bin/rust-lld");
        fake.script(
            "bin/rustup",
            "case $1 in show) echo $ROOT/rustup;; *) echo 'error: no network' >&2; exit 1;; esac",
        );
        fake
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn file(&self, path: &str) {
        self.shell(&format!("mkdir -p $(dirname {path}); touch {path}"), "");
    }

    /// Another process writes it: were it open here for writing while another test forks, running it would fail.
    fn script(&self, path: &str, body: &str) {
        let text =
            format!("#!/bin/sh\nROOT={}\ncd $ROOT\necho $(basename $0) \"$@\" >> log\n{body}\n", self.root.display());
        self.shell(&format!("mkdir -p $(dirname {path}); cat > {path}; chmod +x {path}"), &text);
    }

    fn shell(&self, command: &str, input: &str) {
        std::fs::create_dir_all(&self.root).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-ec", command]).current_dir(&self.root).stdin(Stdio::piped());
        let mut child = shell.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success(), "{command}");
    }

    fn compiler(&self, path: &str, sysroot: &str, release: &str) {
        self.script(
            path,
            &format!(
                "case \"$*\" in\n\
                 *verbose) printf 'rustc {release}\\nhost: host\\nrelease: {release}\\nLLVM version: 22.1.8\\n';;\n\
                 *sysroot) echo $ROOT/{sysroot};;\n\
                 *) echo $ROOT/{sysroot}/target-libs;;\nesac"
            ),
        );
    }

    /// The distribution's compiler.
    fn system(&self, release: &str) {
        self.compiler("usr/rustc", "usr", release);
        self.file("usr/cargo");
    }

    fn source(&self) {
        self.file("usr/lib/rustlib/src/rust/library/Cargo.lock");
    }

    fn machine(&self) -> Machine {
        Machine {
            rustc: self.at("bin/rustc"),
            cargo: self.at("bin/cargo"),
            rustup: self.at("bin/rustup"),
            system_rustc: self.at("usr/rustc"),
            system_cargo: self.at("usr/cargo"),
            apt_get: self.at("usr/apt-get"),
            root: false,
            path: self.at("bin").into(),
        }
    }

    fn find(&self) -> Result<Toolchain, Error> {
        find_on(&self.machine(), &self.root, false, |_| {})
    }

    fn find_as_root(&self) -> Result<Toolchain, Error> {
        find_on(&Machine { root: true, ..self.machine() }, &self.root, false, |_| {})
    }

    /// The calls of a program so far.
    fn calls(&self, program: &str) -> Vec<String> {
        let log = std::fs::read_to_string(self.at("log")).unwrap_or_default();
        log.lines().filter_map(|line| Some(line.strip_prefix(program)?.trim().to_owned())).collect()
    }

    fn installed(&self) -> Toolchain {
        Toolchain { cargo: self.at("bin/cargo"), std: Std::Installed }
    }

    fn with_source(&self, linker: &str) -> Toolchain {
        Toolchain {
            cargo: self.at("usr/cargo"),
            std: Std::FromSource { rustc: self.at("usr/rustc"), linker: self.at(linker) },
        }
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let _already_gone = std::fs::remove_dir_all(&self.root);
    }
}

const STABLE_TARGET: &str = "rustup/toolchains/stable/target-libs/libstd-1.rlib";
const STABLE_LINKER: &str = "rustup/toolchains/stable/lib/rustlib/host/bin/rust-lld";

fn message(error: Result<Toolchain, Error>, fake: &Fake) -> String {
    error.unwrap_err().to_string().replace(&fake.root.display().to_string(), "ROOT")
}

#[test]
fn an_installed_target_is_used_and_nobody_is_asked() {
    let fake = Fake::new("installed");
    fake.file(STABLE_TARGET);
    assert_eq!(fake.find().unwrap(), fake.installed());
    assert_eq!(fake.calls("rustup"), [""; 0]);
}

#[test]
fn rustup_adds_the_target_to_the_active_toolchain() {
    let fake = Fake::new("rustup");
    let add = format!(
        "case $1 in show) echo $ROOT/rustup;; *) mkdir -p $(dirname {STABLE_TARGET}); touch {STABLE_TARGET};; esac"
    );
    fake.script("bin/rustup", &add);
    fake.system("1.96.0");
    fake.source();
    assert_eq!(fake.find().unwrap(), fake.installed());
    assert_eq!(fake.calls("rustup"), ["show home", "target add --toolchain stable wasm32-unknown-unknown"]);
}

#[test]
fn rustup_is_not_taken_at_its_word() {
    let fake = Fake::new("lie");
    fake.script("bin/rustup", "echo $ROOT/rustup");
    let said = message(fake.find(), &fake);
    assert!(said.ends_with("(tried: rustup target add: done, but the target is not there)"), "{said}");
}

#[test]
fn rustup_is_not_asked_about_a_compiler_that_is_not_its_own() {
    let fake = Fake::new("foreign");
    fake.compiler("bin/rustc", "opt/rust", "1.95.0");
    let _no_toolchain = fake.find();
    assert_eq!(fake.calls("rustup"), ["show home"]);
}

#[test]
fn without_a_network_the_library_comes_from_the_distribution_and_the_linker_from_rustup() {
    let fake = Fake::new("source");
    fake.system("1.96.0");
    fake.source();
    let found = fake.find().unwrap();
    assert_eq!(found, fake.with_source(STABLE_LINKER));
    assert!(found.builds_std());
    assert_eq!(fake.calls("rustup").len(), 2);
}

#[test]
fn the_active_toolchains_own_source_goes_first() {
    let fake = Fake::new("rust-src");
    fake.system("1.96.0");
    fake.source();
    fake.file("rustup/toolchains/stable/lib/rustlib/src/rust/library/Cargo.lock");
    let std = Std::FromSource { rustc: fake.at("bin/rustc"), linker: fake.at(STABLE_LINKER) };
    assert_eq!(fake.find().unwrap(), Toolchain { cargo: fake.at("bin/cargo"), std });
}

#[test]
fn a_target_directory_with_a_library_from_source_keeps_to_it() {
    let fake = Fake::new("again");
    fake.system("1.96.0");
    fake.source();
    let found = find_on(&fake.machine(), &fake.root, true, |_| {}).unwrap();
    assert_eq!(found, fake.with_source(STABLE_LINKER));
    assert_eq!(fake.calls("rustup"), [""; 0]);
}

#[test]
fn root_installs_the_packages_on_debian_after_fetching_the_lists() {
    let fake = Fake::new("root");
    fake.script(
        "usr/apt-get",
        "case \"$*\" in\n\
         *update) touch lists;;\n\
         *) test -e lists || { echo 'E: Unable to locate package' >&2; exit 100; }\n\
            mkdir -p usr/lib/rustlib/src/rust/library; touch usr/lib/rustlib/src/rust/library/Cargo.lock usr/cargo\n\
            mv usr/hidden usr/rustc;;\nesac",
    );
    fake.compiler("usr/hidden", "usr", "1.96.0");
    assert_eq!(fake.find_as_root().unwrap(), fake.with_source(STABLE_LINKER));
    let install = "install --no-install-recommends rustc-web cargo-web rust-web-src";
    let calls = fake.calls("apt-get");
    assert_eq!(calls.len(), 3, "{calls:?}");
    assert!(calls[0].ends_with(install) && calls[1].ends_with("update") && calls[2].ends_with(install), "{calls:?}");
}

#[test]
fn root_installs_the_linker_that_fits_the_compiler() {
    let fake = Fake::new("linker");
    std::fs::remove_file(fake.at(STABLE_LINKER)).unwrap();
    fake.system("1.96.0");
    fake.source();
    fake.script("usr/apt-get", "touch bin/wasm-ld-22");
    assert_eq!(fake.find_as_root().unwrap(), fake.with_source("bin/wasm-ld-22"));
    let calls = fake.calls("apt-get");
    assert!(calls.len() == 1 && calls[0].ends_with("lld-22"), "{calls:?}");
}

#[test]
fn what_was_installed_and_did_not_help_is_not_installed_again() {
    let fake = Fake::new("useless");
    fake.script("usr/apt-get", "");
    assert!(matches!(fake.find_as_root(), Err(Error::NoToolchain { packages: Some(_), .. })));
    assert_eq!(fake.calls("apt-get").len(), 1);
}

#[test]
fn who_is_not_root_is_told_three_ways() {
    let fake = Fake::new("told");
    fake.script("usr/apt-get", "");
    assert_eq!(
        message(fake.find(), &fake),
        "no Rust compiler on this machine can compile for wasm32-unknown-unknown; any one of these helps:\n  \
         rustup target add wasm32-unknown-unknown\n  \
         apt-get install rustc-web cargo-web rust-web-src   (as root)\n  \
         rustup component add rust-src   (the standard library is then built from its source)\n\
         (tried: rustup target add: no network)"
    );
    assert_eq!(fake.calls("apt-get"), [""; 0]);
}

#[test]
fn a_compiler_older_than_guests_need_is_named() {
    let fake = Fake::new("old");
    fake.system("1.85.0");
    fake.source();
    let said = message(fake.find(), &fake);
    let expected = format!("(tried: ROOT/usr/rustc is Rust 1.85.0, guests need {})", env!("CARGO_PKG_RUST_VERSION"));
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn versions_compare_as_numbers() {
    assert!(older("1.9.0", "1.95"));
    assert!(!older("1.100.0-nightly", "1.95"));
    assert!(!older("1.95.0", "1.95"));
}

#[test]
fn cargo_is_told_where_the_library_comes_from() {
    let arguments = |toolchain: Toolchain| {
        let build = toolchain.cargo_build();
        let variables: Vec<_> =
            build.get_envs().filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value?.to_owned()))).collect();
        (build.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" "), variables)
    };
    let cargo = PathBuf::from("cargo");
    let (plain, variables) = arguments(Toolchain { cargo: cargo.clone(), std: Std::Installed });
    assert_eq!((plain.as_str(), variables.len()), ("build --target wasm32-unknown-unknown", 0));
    let std = Std::FromSource { rustc: Path::new("rustc").into(), linker: Path::new("lld").into() };
    let (from_source, variables) = arguments(Toolchain { cargo, std });
    assert_eq!(from_source, "build -Z build-std=std,panic_abort --target wasm32-unknown-unknown");
    assert_eq!(
        variables,
        [
            ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER".to_owned(), "lld".into()),
            ("RUSTC".to_owned(), "rustc".into()),
            ("RUSTC_BOOTSTRAP".to_owned(), "1".into()),
        ]
    );
}
