//! Turning a guest project into a component.
//!
//! A guest in Rust is a crate of type `cdylib` that depends on `commonhold-guest` and is compiled for
//! `wasm32-unknown-unknown`. The compiler makes a *core module* of it, which carries the description of its world
//! in a custom section; [`componentize`] wraps that into the *component* that a manager loads. [`build_crate`] does
//! both, with a toolchain that [`find_toolchain`] finds or gets. A guest in JavaScript is one module, of which
//! [`build_script`] makes a component.
//!
//! ```no_run
//! use commonhold::build::{Options, build_crate};
//!
//! let component = build_crate("guests/worker".as_ref(), &Options::default())?;
//! println!("{} is ready", component.display());
//! # Ok::<(), commonhold::build::Error>(())
//! ```
//!
//! Everything here runs other programs and waits for them: call it from a thread that may block.

mod component;
mod error;
mod javascript;
mod project;
mod toolchain;

use std::path::{Path, PathBuf};

pub use component::componentize;
pub use error::Error;
pub use javascript::build_script;
pub use toolchain::{Toolchain, find_toolchain};

use project::Project;

/// The target that guests in Rust are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// How to build a guest project. The default is what one wants: its one package, optimised, in its own target
/// directory.
#[derive(Clone, Debug)]
pub struct Options {
    /// The packages of a workspace to build; none means the package at the path that is built, or, where that is a
    /// workspace without a package of its own, all its default members that are guests.
    pub packages: Vec<String>,
    /// Whether to build with cargo's `dev` profile instead of `release`: quicker, and traces have line numbers.
    pub debug: bool,
    /// The target directory, instead of the project's own. Projects that share one share the standard library, where
    /// that must be compiled.
    pub target_dir: Option<PathBuf>,
    /// Where to put the component, instead of `commonhold/NAME.wasm` in the target directory. For a single package.
    pub output: Option<PathBuf>,
    /// More arguments for `cargo build`, such as `--locked` or `--features=...`.
    pub cargo_args: Vec<String>,
    /// Is told, in one line each time, what takes long.
    pub progress: fn(&str),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            packages: Vec::new(),
            debug: false,
            target_dir: None,
            output: None,
            cargo_args: Vec::new(),
            progress: |_| {},
        }
    }
}

/// A guest that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The name of the package.
    pub package: String,
    /// Where the component is.
    pub component: PathBuf,
}

/// Builds the guest project at a path (a folder with a `Cargo.toml`, or that file) and returns where the component is.
///
/// What the compiler has to say goes to the standard error stream, as it does with cargo itself.
///
/// # Errors
///
/// If there is no such project, if it is not one guest, if no toolchain for WebAssembly can be had, if it does not
/// compile, or if what comes out is not a guest of this manager: see [`Error`].
pub fn build_crate(path: &Path, options: &Options) -> Result<PathBuf, Error> {
    let mut built = build_crates(path, options)?;
    match (built.pop(), built.is_empty()) {
        (Some(one), true) => Ok(one.component),
        (last, _) => Err(Error::Several {
            path: path.to_owned(),
            packages: built.into_iter().chain(last).map(|built| built.package).collect(),
        }),
    }
}

/// Builds several guests of one workspace by one call of cargo: [`Options::packages`], or all of them.
///
/// # Errors
///
/// As for [`build_crate`].
pub fn build_crates(path: &Path, options: &Options) -> Result<Vec<Built>, Error> {
    let project = Project::read(path, options)?;
    let toolchain = toolchain::find(&project.folder, project.has_own_std(), options.progress)?;
    let modules = project.compile(&toolchain, options)?;
    modules
        .into_iter()
        .map(|module| {
            let component = options.output.clone().unwrap_or_else(|| project.output(&module.package));
            wrap(&module.path, &component, &format!("package `{}`", module.package))?;
            Ok(Built { package: module.package, component })
        })
        .collect()
}

/// Wraps the core module in a file into a component in another one.
///
/// # Errors
///
/// If a file cannot be read or written, or as for [`componentize`].
pub fn componentize_file(module: &Path, component: &Path) -> Result<(), Error> {
    wrap(module, component, &module.display().to_string())
}

fn wrap(module: &Path, component: &Path, name: &str) -> Result<(), Error> {
    let core = std::fs::read(module).map_err(|source| Error::Read { path: module.to_owned(), source })?;
    let whole = componentize(&core).map_err(|why| Error::Guest { name: name.to_owned(), source: Box::new(why) })?;
    write(component, &whole)
}

/// Puts a whole file in its place at once, so that nobody who loads it meanwhile sees half of one; leaves a file that
/// has these contents already as it is.
fn write(path: &Path, contents: &[u8]) -> Result<(), Error> {
    if std::fs::read(path).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    let put = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let half = path.with_file_name(name);
        std::fs::write(&half, contents)
            .and_then(|()| std::fs::rename(&half, path))
            .inspect_err(|_| drop(std::fs::remove_file(&half)))
    };
    put().map_err(|source| Error::Write { path: path.to_owned(), source })
}
