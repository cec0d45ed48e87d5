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

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{Error, TARGET};

/// Debian's packages of a recent Rust, which browsers are built with, and of its standard library's source.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// How long rustup may take. It downloads 20 MB; without a network it gives up within a second, but behind a firewall
/// that answers nothing it would try for minutes.
const RUSTUP_TIMEOUT: Duration = Duration::from_secs(180);

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

    /// `cargo build` for the target [`TARGET`], to which more arguments can be added.
    pub fn cargo_build(&self) -> Command {
        let mut build = Command::new(&self.cargo);
        build.arg("build");
        if let Std::FromSource { rustc, linker } = &self.std {
            build.args(["-Z", "build-std=std,panic_abort"]);
            build.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", rustc).env(linker_variable(), linker);
            // Under `cargo run` and `cargo test` these lead to the libraries of the other toolchain.
            build.env_remove("LD_LIBRARY_PATH").env_remove("RUSTUP_TOOLCHAIN");
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
    find_for(folder, false, progress)
}

/// The same; with `source_first`, a toolchain that has the source goes before asking rustup for a ready library.
pub(super) fn find_for(folder: &Path, source_first: bool, progress: fn(&str)) -> Result<Toolchain, Error> {
    let active = Compiler::active(folder);
    let system = Compiler::system(folder);
    if let Some(active) = &active
        && active.has_target()
    {
        return Ok(active.with_installed_std());
    }
    if system.is_none() && active.is_none() {
        let source = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::Start { program: PathBuf::from("rustc"), source });
    }

    let mut tried = Vec::new();
    let from_source = |tried: &mut Vec<String>| {
        let compilers = || active.iter().chain(&system);
        compilers().filter(|compiler| compiler.has_source()).find_map(|compiler| {
            let found = compiler.with_std_from_source(compilers());
            tried.extend(found.as_ref().err().cloned());
            found.ok()
        })
    };
    if source_first && let Some(toolchain) = from_source(&mut tried) {
        return Ok(toolchain);
    }
    if let Some(active) = &active
        && let Some(name) = active.rustup_name(folder)
    {
        progress(&format!("adding the target {TARGET} to the toolchain {name} with rustup"));
        match rustup_target_add(folder, &name) {
            Ok(()) if active.has_target() => return Ok(active.with_installed_std()),
            Ok(()) => tried.push("rustup target add: it is still not there".to_owned()),
            Err(why) => tried.push(format!("rustup target add: {why}")),
        }
    }
    if let Some(toolchain) = from_source(&mut tried) {
        return Ok(toolchain);
    }

    let Some(packages) = debian_packages(active.as_ref()) else {
        return Err(Error::NoToolchain { tried, packages: None });
    };
    if is_root() {
        progress(&format!("installing Debian's packages {}", packages.join(" ")));
        match apt_install(&packages) {
            Ok(()) => {
                let system = Compiler::system(folder);
                let compilers = || active.iter().chain(&system);
                if let Some(system) = system.as_ref().filter(|system| system.has_source()) {
                    match system.with_std_from_source(compilers()) {
                        Ok(toolchain) => return Ok(toolchain),
                        Err(why) => tried.push(why),
                    }
                } else {
                    tried.push("apt-get install: there is still no source of the standard library".to_owned());
                }
            }
            Err(why) => tried.push(format!("apt-get install: {why}")),
        }
    }
    Err(Error::NoToolchain { tried, packages: Some(packages) })
}

/// A Rust compiler on this machine.
struct Compiler {
    rustc: PathBuf,
    cargo: PathBuf,
    sysroot: PathBuf,
    target_libs: PathBuf,
    host: String,
    version: String,
}

impl Compiler {
    /// The one that cargo would use in a folder.
    fn active(folder: &Path) -> Option<Self> {
        let rustc = std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from);
        Self::ask(rustc, PathBuf::from("cargo"), folder)
    }

    /// The distribution's, which rustup's hides.
    fn system(folder: &Path) -> Option<Self> {
        let (rustc, cargo) = (PathBuf::from("/usr/bin/rustc"), PathBuf::from("/usr/bin/cargo"));
        if cargo.is_file() { Self::ask(rustc, cargo, folder) } else { None }
    }

    fn ask(rustc: PathBuf, cargo: PathBuf, folder: &Path) -> Option<Self> {
        let answer = |args: &[&str]| {
            let output = Command::new(&rustc).args(args).current_dir(folder).stdin(Stdio::null()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let sysroot = PathBuf::from(answer(&["--print", "sysroot"])?);
        let target_libs = PathBuf::from(answer(&["--print", "target-libdir", "--target", TARGET])?);
        let about = answer(&["--version", "--verbose"])?;
        let field = |name: &str| {
            let line = about.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            line.unwrap_or_default().to_owned()
        };
        Some(Self { host: field("host"), version: field("release"), rustc, cargo, sysroot, target_libs })
    }

    fn has_target(&self) -> bool {
        let Ok(files) = self.target_libs.read_dir() else { return false };
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    }

    fn has_source(&self) -> bool {
        self.sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file()
    }

    fn with_installed_std(&self) -> Toolchain {
        Toolchain { cargo: self.cargo.clone(), std: Std::Installed }
    }

    /// This one, with a linker that one of `compilers` has; or why not.
    fn with_std_from_source<'a>(&self, compilers: impl Iterator<Item = &'a Self>) -> Result<Toolchain, String> {
        if older(&self.version, env!("CARGO_PKG_RUST_VERSION")) {
            let (rustc, least) = (self.rustc.display(), env!("CARGO_PKG_RUST_VERSION"));
            return Err(format!("{rustc} is {}, guests need {least}", self.version));
        }
        let linker = self.linker().or_else(|| compilers.filter_map(Self::linker).next()).or_else(linker_in_path);
        match linker {
            Some(linker) => {
                let (cargo, rustc) = (self.cargo.clone(), self.rustc.clone());
                Ok(Toolchain { cargo, std: Std::FromSource { rustc, linker } })
            }
            None => Err(format!("{} has no linker for WebAssembly (rust-lld or wasm-ld)", self.rustc.display())),
        }
    }

    /// The linker that comes with it. A distribution's compiler often has none.
    fn linker(&self) -> Option<PathBuf> {
        let own = self.sysroot.join("lib/rustlib").join(&self.host).join("bin/rust-lld");
        own.is_file().then_some(own)
    }

    /// The name that rustup knows it by, if it is rustup's.
    fn rustup_name(&self, folder: &Path) -> Option<String> {
        let output = Command::new("rustup").args(["show", "home"]).current_dir(folder).output().ok()?;
        let home = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let name = self.sysroot.strip_prefix(home.join("toolchains")).ok()?;
        Some(name.to_str()?.to_owned())
    }
}

/// Lets rustup fetch the target, in silence, and gives up soon where there is no network.
fn rustup_target_add(folder: &Path, toolchain: &str) -> Result<(), String> {
    let mut child = Command::new("rustup")
        .args(["target", "add", "--toolchain", toolchain, TARGET])
        .env("RUSTUP_MAX_RETRIES", "0")
        .env("RUSTUP_DOWNLOAD_TIMEOUT", "15")
        .env("RUST_BACKTRACE", "0")
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| why.to_string())?;
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(None) if start.elapsed() < RUSTUP_TIMEOUT => std::thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                let _ended_meanwhile = child.kill();
                let _nothing_left = child.wait();
                return Err(format!("no answer within {} seconds", RUSTUP_TIMEOUT.as_secs()));
            }
            Ok(Some(_)) => break,
            Err(why) => return Err(why.to_string()),
        }
    }
    let output = child.wait_with_output().map_err(|why| why.to_string())?;
    if output.status.success() { Ok(()) } else { Err(error_line(&output.stderr)) }
}

/// What to install on this machine, if it has Debian's package manager. The linker is asked for only where none is
/// there: rustup's toolchains bring one.
fn debian_packages(active: Option<&Compiler>) -> Option<Vec<String>> {
    if !Path::new("/usr/bin/apt-get").is_file() {
        return None;
    }
    let mut packages: Vec<String> = DEBIAN_PACKAGES.map(str::to_owned).into();
    if active.and_then(Compiler::linker).or_else(linker_in_path).is_none() {
        packages.push("lld".to_owned());
    }
    Some(packages)
}

/// Installs packages, and removes none for it: another Rust of the distribution's own would have to go.
fn apt_install(packages: &[String]) -> Result<(), String> {
    let apt = |args: &[&str]| {
        Command::new("/usr/bin/apt-get")
            .args(["--quiet", "--yes", "--no-remove", "-o", "DPkg::Lock::Timeout=300"])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .output()
            .map_err(|why| why.to_string())
            .and_then(|output| if output.status.success() { Ok(()) } else { Err(error_line(&output.stderr)) })
    };
    let mut install = vec!["install", "--no-install-recommends"];
    install.extend(packages.iter().map(String::as_str));
    // A fresh machine has no lists of packages yet, an old one old lists.
    apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
}

/// The line of a program's complaints that says what is wrong.
fn error_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines().find(|line| line.starts_with("error:") || line.starts_with("E:")).or_else(|| lines().last());
    line.unwrap_or("it did not say why").trim_start_matches("error:").trim_start_matches("E:").trim().to_owned()
}

/// A linker for WebAssembly among the programs of the machine.
fn linker_in_path() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let find = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
    find("rust-lld").or_else(|| find("wasm-ld"))
}

/// The environment variable that tells cargo the linker for the target.
fn linker_variable() -> OsString {
    format!("CARGO_TARGET_{}_LINKER", TARGET.to_uppercase().replace('-', "_")).into()
}

/// Whether a version is lower than another one; only the first two numbers count.
fn older(version: &str, least: &str) -> bool {
    let numbers = |text: &str| {
        let mut parts = text.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        (parts.next(), parts.next())
    };
    numbers(version) < numbers(least)
}

/// Whether this process may install packages.
fn is_root() -> bool {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        // The owner of a process's folder there is its effective user.
        std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
    }
    #[cfg(not(target_os = "linux"))]
    false
}
