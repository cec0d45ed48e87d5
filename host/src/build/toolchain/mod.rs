//! Finding, or getting, a Rust toolchain that compiles for WebAssembly.
//!
//! In this order:
//! 1. the active toolchain, if it has the target's standard library;
//! 2. the same after `rustup target add`, where it is rustup's and the network lets it;
//! 3. a toolchain that has the *source* of the standard library, which cargo then compiles: the active one with
//!    rustup's `rust-src`, or the distribution's;
//! 4. the same after installing Debian's packages, where we are root.
//!
//! Compiling the standard library needs cargo's `-Z build-std`, which is not stable: hence `RUSTC_BOOTSTRAP`, which
//! makes a released compiler accept it, as distributions do to build their own packages.

mod machine;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Error, TARGET};
use machine::{Compiler, Machine};

/// The environment variable that tells cargo the linker for the target.
const LINKER_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER";

/// Debian's packages of a recent Rust, which browsers are built with, and of its standard library's source.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// A Rust toolchain that compiles for WebAssembly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    cargo: PathBuf,
    std: Std,
}

/// Where the standard library for the target comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Std {
    Installed,
    FromSource { rustc: PathBuf, linker: PathBuf },
}

impl Toolchain {
    /// Whether cargo compiles the standard library too, since there is no ready one.
    pub fn builds_std(&self) -> bool {
        matches!(self.std, Std::FromSource { .. })
    }

    #[cfg(test)]
    pub(super) fn of(cargo: &Path) -> Self {
        Self { cargo: cargo.to_owned(), std: Std::Installed }
    }

    /// `cargo build` for the target [`TARGET`], to which more arguments can be added.
    pub fn cargo_build(&self) -> Command {
        let mut build = Command::new(&self.cargo);
        build.arg("build");
        if let Std::FromSource { rustc, linker } = &self.std {
            build.args(["-Z", "build-std=std,panic_abort"]);
            build.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", rustc).env(LINKER_VARIABLE, linker);
        }
        build.args(["--target", TARGET]);
        build
    }
}

/// Finds a toolchain for a project in a folder (rustup chooses by folder), or gets one; `progress` is told, in one
/// line each time, what takes long.
///
/// # Errors
///
/// [`Error::NoToolchain`] if there is none and none could be got, which says what to do, and [`Error::Start`] where
/// there is no Rust at all.
pub fn find_toolchain(folder: &Path, progress: fn(&str)) -> Result<Toolchain, Error> {
    find(folder, false, progress)
}

/// The same; with `source_first`, a toolchain that has the library's source goes before asking rustup for a ready one.
pub(super) fn find(folder: &Path, source_first: bool, progress: fn(&str)) -> Result<Toolchain, Error> {
    find_on(&Machine::this(), folder, source_first, progress)
}

fn find_on(machine: &Machine, folder: &Path, source_first: bool, progress: fn(&str)) -> Result<Toolchain, Error> {
    let active = machine.active_compiler(folder);
    if let Some(active) = active.as_ref().filter(|active| active.has_target()) {
        return Ok(Toolchain { cargo: active.cargo.clone(), std: Std::Installed });
    }
    if source_first && let Ok(toolchain) = from_source(machine, folder) {
        return Ok(toolchain);
    }

    let mut tried = Vec::new();
    if active.is_none() && machine.system_compiler(folder).is_none() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::Start { program: machine.rustc.clone(), source });
    }
    if let Some(active) = &active
        && let Some(name) = machine.rustup_name(active)
    {
        progress(&format!("adding the target {TARGET} to the toolchain {name} with rustup"));
        match machine.rustup_target_add(&name) {
            Ok(()) if active.has_target() => {
                return Ok(Toolchain { cargo: active.cargo.clone(), std: Std::Installed });
            }
            Ok(()) => tried.push("rustup target add: done, but the target is not there".to_owned()),
            Err(why) => tried.push(format!("rustup target add: {why}")),
        }
    }

    // Which linker fits is known only when the compiler is there: that takes two rounds.
    let mut installed = Vec::new();
    loop {
        let missing = match from_source(machine, folder) {
            Ok(toolchain) => return Ok(toolchain),
            Err(missing) => missing,
        };
        let packages = missing.packages();
        tried.extend(missing.why());
        if machine.root && machine.has_apt() && !installed.contains(&packages) {
            progress(&format!("installing Debian's packages {}", packages.join(" ")));
            match machine.apt_install(&packages) {
                Ok(()) => {
                    installed.push(packages);
                    continue;
                }
                Err(why) => tried.push(format!("apt-get install {}: {why}", packages.join(" "))),
            }
        }
        return Err(Error::NoToolchain { tried, packages: machine.has_apt().then_some(packages) });
    }
}

/// What is missing to compile the standard library.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Missing {
    /// A compiler with the library's source; where there is one that will not do, why.
    Source(Option<String>),
    /// A linker for the objects of this version of LLVM.
    Linker { llvm: String },
}

impl Missing {
    /// The Debian packages that have it.
    fn packages(&self) -> Vec<String> {
        match self {
            Self::Source(_) => DEBIAN_PACKAGES.map(str::to_owned).into(),
            Self::Linker { llvm } => vec![format!("lld-{llvm}")],
        }
    }

    fn why(self) -> Option<String> {
        match self {
            Self::Source(why) => why,
            Self::Linker { llvm } => Some(format!("there is no linker for WebAssembly, rust-lld or wasm-ld-{llvm}")),
        }
    }
}

/// A toolchain that compiles the standard library from the source that it has.
fn from_source(machine: &Machine, folder: &Path) -> Result<Toolchain, Missing> {
    let least = env!("CARGO_PKG_RUST_VERSION");
    let compilers: Vec<Compiler> =
        machine.active_compiler(folder).into_iter().chain(machine.system_compiler(folder)).collect();
    let mut unfit = None;
    for compiler in compilers.iter().filter(|compiler| compiler.has_source()) {
        if older(&compiler.release, least) {
            let (rustc, release) = (compiler.rustc.display(), &compiler.release);
            unfit = Some(format!("{rustc} is Rust {release}, guests need {least}"));
            continue;
        }
        // A distribution's compiler mostly comes without; rustup's is of a near enough version.
        let linker = compiler.linker().or_else(|| compilers.iter().find_map(Compiler::linker));
        let Some(linker) = linker.or_else(|| machine.find_linker(&compiler.llvm)) else {
            return Err(Missing::Linker { llvm: compiler.llvm.clone() });
        };
        return Ok(Toolchain {
            cargo: compiler.cargo.clone(),
            std: Std::FromSource { rustc: compiler.rustc.clone(), linker },
        });
    }
    Err(Missing::Source(unfit))
}

/// Whether a version is lower than another one; only the first two numbers count.
fn older(version: &str, least: &str) -> bool {
    let numbers = |text: &str| {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next(), parts.next())
    };
    numbers(version) < numbers(least)
}
