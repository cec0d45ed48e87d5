//! What can go wrong while a guest is built.

use std::fmt;
use std::path::PathBuf;

use super::TARGET;

/// Why a guest was not built. Each says in one line what it is about and, where something can be done, what.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// There is no cargo project at the path.
    NotAProject {
        /// The path.
        path: PathBuf,
    },
    /// The package exists and does not make a WebAssembly module.
    NotACdylib {
        /// Its name.
        package: String,
        /// Its manifest.
        manifest: PathBuf,
    },
    /// The workspace has no package of that name.
    NoSuchPackage {
        /// The name.
        package: String,
        /// The names of those that it has and that are guests.
        guests: Vec<String>,
    },
    /// None of the workspace's default members is a guest.
    NoGuests {
        /// The workspace.
        path: PathBuf,
    },
    /// One guest was asked for, and there are several.
    Several {
        /// The workspace.
        path: PathBuf,
        /// Their names.
        packages: Vec<String>,
    },
    /// A program is missing or cannot be started.
    Start {
        /// The program.
        program: PathBuf,
        /// Why it cannot be started.
        source: std::io::Error,
    },
    /// The JavaScript SDK is not where it was when this program was built.
    NoSdk {
        /// Where it was.
        folder: PathBuf,
    },
    /// No component was made of a module in JavaScript; the SDK's tool has told why on the standard error stream.
    Script {
        /// The module.
        module: PathBuf,
    },
    /// Cargo does not understand the project.
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What cargo said.
        said: String,
    },
    /// The project does not compile; cargo has told why on the standard error stream.
    Build,
    /// Cargo said something that is not understood.
    CargoOutput {
        /// What is wrong with it.
        what: String,
    },
    /// Nothing on this machine can compile for WebAssembly, and nothing could be got.
    NoToolchain {
        /// What was tried, and how it failed.
        tried: Vec<String>,
        /// Packages of this machine's distribution that would do.
        packages: Option<Vec<String>>,
    },
    /// A file cannot be read.
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file cannot be written.
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The bytes are not WebAssembly.
    NotWasm,
    /// The bytes are a component already.
    Component,
    /// The module was not made with a guest SDK: it does not say what it imports and exports.
    NoWorld,
    /// The module is a guest of something else: it exports nothing that a manager could call, and imports nothing of a
    /// manager's.
    OtherWorld {
        /// What it exports.
        exports: Vec<String>,
    },
    /// The module imports something that is not described by its world.
    Encode {
        /// Why it cannot be made a component.
        why: String,
    },
    /// A module cannot be made a component.
    Guest {
        /// The package that it was compiled from, or its file.
        name: String,
        /// Why not.
        source: Box<Error>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAProject { path } => {
                write!(f, "{} is not a cargo project: there is no Cargo.toml in it", path.display())
            }
            Self::NotACdylib { package, manifest } => write!(
                f,
                "package `{package}` does not make a WebAssembly module: add `[lib]` with `crate-type = [\"cdylib\"]` \
                 to {}",
                manifest.display()
            ),
            Self::NoSuchPackage { package, guests } if guests.is_empty() => {
                write!(f, "there is no package `{package}` here, nor any other guest (a crate of type cdylib)")
            }
            Self::NoSuchPackage { package, guests } => {
                write!(f, "there is no package `{package}` here; the guests are {}", guests.join(", "))
            }
            Self::NoGuests { path } => {
                write!(f, "no package of the workspace {} is a guest (a crate of type cdylib)", path.display())
            }
            Self::Several { path, packages } => write!(
                f,
                "{} stands for several guests ({}) where only one can be built: name it with --package",
                path.display(),
                packages.join(", ")
            ),
            Self::Start { program, source }
                if source.kind() == std::io::ErrorKind::NotFound && program.as_os_str() == "node" =>
            {
                write!(f, "`node` was not found: a guest in JavaScript is built with Node.js and npm")
            }
            Self::Start { program, source } if source.kind() == std::io::ErrorKind::NotFound => write!(
                f,
                "`{}` was not found: a guest in Rust is built with cargo, which comes with Rust",
                program.display()
            ),
            Self::Start { program, source } => write!(f, "`{}` cannot be started: {source}", program.display()),
            Self::NoSdk { folder } => write!(
                f,
                "the JavaScript SDK is not where it was when this program was built, at {}: its build.mjs makes \
                 components as well",
                folder.display()
            ),
            Self::Script { module } => write!(f, "no component was made of {}, see above", module.display()),
            Self::Manifest { path, said } => write!(f, "cargo cannot use {}: {said}", path.display()),
            Self::Build => write!(f, "`cargo build` failed, see above"),
            Self::CargoOutput { what } => write!(f, "cargo's answer was not understood: {what}"),
            Self::NoToolchain { tried, packages } => {
                write!(f, "no Rust compiler on this machine can compile for {TARGET}; any one of these helps:")?;
                write!(f, "\n  rustup target add {TARGET}")?;
                if let Some(packages) = packages {
                    write!(f, "\n  apt-get install {}   (as root)", packages.join(" "))?;
                }
                write!(f, "\n  rustup component add rust-src   (the standard library is then built from its source)")?;
                tried.iter().try_for_each(|tried| write!(f, "\n(tried: {tried})"))
            }
            Self::Read { path, source } => write!(f, "cannot read {}: {source}", path.display()),
            Self::Write { path, source } => write!(f, "cannot write {}: {source}", path.display()),
            Self::NotWasm => write!(f, "not a WebAssembly module"),
            Self::Component => write!(f, "a component already, which needs no building: run it as it is"),
            Self::NoWorld => write!(
                f,
                "a WebAssembly module without a description of its world: a guest depends on `commonhold-guest` and \
                 marks a function with `#[commonhold_guest::entry]`"
            ),
            Self::OtherWorld { exports } if exports.is_empty() => write!(
                f,
                "it exports nothing that a manager could call: mark a function with `#[commonhold_guest::entry]`"
            ),
            Self::OtherWorld { exports } => write!(
                f,
                "it is a guest of something else: it exports {}, but neither `run` nor \
                 `commonhold:manager/custom-types` nor `wasi:cli/run`, and imports nothing of `commonhold:manager`",
                exports.join(", ")
            ),
            Self::Encode { why } => write!(f, "it cannot be made a component: {why}"),
            Self::Guest { name, source } => write!(f, "{name}: {source}"),
        }
    }
}

// The messages are whole: a source of its own would have its text printed twice.
impl std::error::Error for Error {}
