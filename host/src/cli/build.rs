//! `commonhold build`: a guest project becomes a component.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use commonhold::build::{self, Options};

/// Turn a guest project into a component
///
/// PATH is a Rust project that depends on `commonhold-guest`, or one with its own world and wit-bindgen, or a core
/// module (.wasm) that was compiled already, or the main module (.js, .mjs) of a guest in JavaScript, which Node.js
/// and npm are needed for. A component of a world of its own, which imports what the manager gives
/// but exports no entries, cannot be run by `commonhold run`: it is for a program that embeds the manager. The
/// toolchain for WebAssembly is found, or got, by itself: the installed target wasm32-unknown-unknown; else rustup adds
/// it; else the standard library is compiled from a distribution's source package.
#[derive(Debug, clap::Args)]
pub(crate) struct BuildArgs {
    /// The project's folder, its Cargo.toml, a core module, or a module in JavaScript; by default the project around
    /// the current folder
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,

    /// Where to put the component [default: commonhold/NAME.wasm in the project's target folder; NAME.wasm beside a
    /// module in JavaScript]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The target folder, instead of the project's own; projects that share one compile a standard library once
    #[arg(long, value_name = "DIR")]
    target_dir: Option<PathBuf>,

    /// The package of a workspace to build; can be given several times
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,

    /// Optimise (the default)
    #[arg(long, conflicts_with = "debug")]
    release: bool,

    /// Do not optimise: quicker to build, and backtraces have line numbers
    #[arg(long)]
    debug: bool,

    /// More arguments for `cargo build`
    #[arg(last = true, value_name = "CARGO ARGS")]
    cargo_args: Vec<String>,
}

/// Builds what the arguments say, and prints where each component is.
pub(crate) fn run(args: BuildArgs) -> Result<()> {
    let path = match &args.path {
        Some(path) => path.clone(),
        None => project_around(&std::env::current_dir().context("the current folder cannot be found")?)?,
    };
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("wasm") => return wrap(&path, args.output),
        Some("js" | "mjs") => return script(&path, args),
        Some("py") => bail!(
            "{} is a Python program, which needs no building: `commonhold run {}`",
            path.display(),
            path.display()
        ),
        _ => {}
    }
    let options = Options {
        packages: args.packages,
        debug: args.debug,
        target_dir: args.target_dir,
        output: args.output,
        cargo_args: args.cargo_args,
        progress: super::note,
    };
    for built in build::build_crates(&path, &options)? {
        writeln!(std::io::stdout(), "{}", shown(&built.component).display())?;
    }
    Ok(())
}

/// Builds a guest in JavaScript.
fn script(module: &Path, args: BuildArgs) -> Result<()> {
    let of_cargo = args.target_dir.is_some() || args.debug || !args.packages.is_empty() || !args.cargo_args.is_empty();
    ensure!(!of_cargo, "{} is a module in JavaScript: for it, --output is the only option", module.display());
    let component = build::build_script(module, args.output)?;
    writeln!(std::io::stdout(), "{}", component.display())?;
    Ok(())
}

/// Wraps a core module that somebody else compiled.
fn wrap(module: &Path, output: Option<PathBuf>) -> Result<()> {
    let output = output.unwrap_or_else(|| module.with_extension("component.wasm"));
    build::componentize_file(module, &output)?;
    writeln!(std::io::stdout(), "{}", output.display())?;
    Ok(())
}

/// The nearest folder with a `Cargo.toml`, upwards, as cargo does it.
fn project_around(folder: &Path) -> Result<PathBuf> {
    match folder.ancestors().find(|folder| folder.join("Cargo.toml").is_file()) {
        Some(project) => Ok(project.to_owned()),
        None => bail!("there is no Cargo.toml in {} or any folder above it", folder.display()),
    }
}

/// A path as a person here would write it.
fn shown(path: &Path) -> &Path {
    std::env::current_dir().ok().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path)
}
