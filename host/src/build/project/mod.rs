//! A guest project: what cargo knows about it, and compiling it.

#[cfg(test)]
mod tests;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::toolchain::Toolchain;
use super::{Error, Options, TARGET};

/// What to build, where.
pub(super) struct Project {
    /// The folder of the manifest: cargo runs there, so that its settings and the choice of toolchain hold.
    pub(super) folder: PathBuf,
    manifest: PathBuf,
    target_dir: PathBuf,
    profile: &'static str,
    packages: Vec<Package>,
}

/// A core module that was compiled.
pub(super) struct Module {
    pub(super) package: String,
    pub(super) path: PathBuf,
}

/// What is used of the answer of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_default_members: Vec<String>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

impl Package {
    fn is_guest(&self) -> bool {
        self.targets.iter().any(Target::is_cdylib)
    }
}

#[derive(Deserialize)]
struct Target {
    crate_types: Vec<String>,
}

impl Target {
    fn is_cdylib(&self) -> bool {
        self.crate_types.iter().any(|kind| kind == "cdylib")
    }
}

/// What is used of the messages of `cargo build`.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

impl Project {
    /// Asks cargo about the project at a path, and chooses what to build of it.
    pub(super) fn read(path: &Path, options: &Options) -> Result<Self, Error> {
        let manifest = if path.is_dir() { path.join("Cargo.toml") } else { path.to_owned() };
        if manifest.file_name() != Some("Cargo.toml".as_ref()) || !manifest.is_file() {
            return Err(Error::NotAProject { path: path.to_owned() });
        }
        let manifest =
            std::path::absolute(&manifest).map_err(|source| Error::Read { path: manifest.clone(), source })?;
        let folder = manifest.parent().unwrap_or(Path::new("/")).to_owned();

        let cargo = PathBuf::from("cargo");
        let answer = Command::new(&cargo)
            .args(["metadata", "--format-version=1", "--no-deps", "--manifest-path"])
            .arg(&manifest)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Error::Start { program: cargo, source })?;
        if !answer.status.success() {
            let said = String::from_utf8_lossy(&answer.stderr);
            return Err(Error::Manifest { path: manifest, said: said.trim().trim_start_matches("error: ").to_owned() });
        }
        let metadata: Metadata = serde_json::from_slice(&answer.stdout)
            .map_err(|why| Error::CargoOutput { what: format!("cargo metadata: {why}") })?;

        let target_dir = match &options.target_dir {
            Some(given) => std::path::absolute(given).map_err(|source| Error::Write { path: given.clone(), source })?,
            None => metadata.target_directory.clone(),
        };
        let packages = choose(metadata, &manifest, &options.packages)?;
        if let (Some(_), [_, _, ..]) = (&options.output, packages.as_slice()) {
            let packages = packages.into_iter().map(|package| package.name).collect();
            return Err(Error::Several { path: path.to_owned(), packages });
        }
        let profile = if options.debug { "dev" } else { "release" };
        Ok(Self { folder, manifest, target_dir, profile, packages })
    }

    /// Whether a standard library was built from source in this target directory. Then there is nothing to be
    /// gained by asking once more whether a ready one can be had.
    pub(super) fn has_own_std(&self) -> bool {
        let folder = if self.profile == "dev" { "debug" } else { self.profile };
        let deps = self.target_dir.join(TARGET).join(folder).join("deps");
        let Ok(files) = deps.read_dir() else { return false };
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    }

    /// Where the component of a package goes.
    pub(super) fn output(&self, package: &str) -> PathBuf {
        self.target_dir.join("commonhold").join(format!("{package}.wasm"))
    }

    /// Has cargo compile the chosen packages, all in one call.
    pub(super) fn compile(&self, toolchain: &Toolchain, options: &Options) -> Result<Vec<Module>, Error> {
        if toolchain.builds_std() && !self.has_own_std() {
            (options.progress)("building the standard library for WebAssembly: about a minute, once");
        }
        let mut build = toolchain.cargo_build();
        build.arg("--manifest-path").arg(&self.manifest).arg("--target-dir").arg(&self.target_dir);
        build.args(["--profile", self.profile, "--lib", "--message-format=json-render-diagnostics"]);
        for package in &self.packages {
            build.arg("--package").arg(&package.id);
        }
        build.args(&options.cargo_args).current_dir(&self.folder);
        build.stdin(Stdio::null()).stdout(Stdio::piped());

        let program = PathBuf::from(build.get_program());
        let mut child = build.spawn().map_err(|source| Error::Start { program, source })?;
        let mut modules = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(|why| Error::CargoOutput { what: format!("cargo build: {why}") })?;
                modules.extend(self.module(&line));
            }
        }
        let status = child.wait().map_err(|why| Error::CargoOutput { what: format!("cargo build: {why}") })?;
        if !status.success() {
            return Err(Error::Build);
        }
        match self.packages.iter().find(|package| modules.iter().all(|module| module.package != package.name)) {
            Some(missing) => {
                Err(Error::CargoOutput { what: format!("cargo build made no module of `{}`", missing.name) })
            }
            None => Ok(modules),
        }
    }

    /// The module that a line of cargo's output announces, if it is one of those that were asked for. What a build
    /// script or a macro prints comes here as well, and is skipped.
    fn module(&self, line: &str) -> Option<Module> {
        let message: Message = serde_json::from_str(line).ok()?;
        if message.reason != "compiler-artifact" || !message.target?.is_cdylib() {
            return None;
        }
        let manifest = message.manifest_path?;
        let package = self.packages.iter().find(|package| package.manifest_path == manifest)?;
        let path = message.filenames.into_iter().find(|file| file.extension() == Some("wasm".as_ref()))?;
        Some(Module { package: package.name.clone(), path })
    }
}

/// The packages to build: those named; else the one of this manifest; else all guests of the workspace.
fn choose(metadata: Metadata, manifest: &Path, names: &[String]) -> Result<Vec<Package>, Error> {
    let not_a_guest = |package: &Package| Error::NotACdylib {
        package: package.name.clone(),
        manifest: package.manifest_path.clone(),
    };
    if let Some(missing) = names.iter().find(|name| metadata.packages.iter().all(|package| package.name != **name)) {
        let guests = metadata.packages.into_iter().filter(Package::is_guest).map(|package| package.name).collect();
        return Err(Error::NoSuchPackage { package: missing.clone(), guests });
    }
    if !names.is_empty() {
        let named: Vec<_> = metadata.packages.into_iter().filter(|package| names.contains(&package.name)).collect();
        return match named.iter().find(|package| !package.is_guest()) {
            Some(other) => Err(not_a_guest(other)),
            None => Ok(named),
        };
    }
    let (here, others): (Vec<_>, Vec<_>) =
        metadata.packages.into_iter().partition(|package| same_file(&package.manifest_path, manifest));
    match here.first() {
        Some(own) if own.is_guest() => Ok(here),
        Some(own) => Err(not_a_guest(own)),
        None => {
            let members = metadata.workspace_default_members;
            let guests: Vec<_> =
                others.into_iter().filter(|package| package.is_guest() && members.contains(&package.id)).collect();
            if guests.is_empty() { Err(Error::NoGuests { path: manifest.to_owned() }) } else { Ok(guests) }
        }
    }
}

/// Whether two paths lead to the same file; one of them may go through a symbolic link.
fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
