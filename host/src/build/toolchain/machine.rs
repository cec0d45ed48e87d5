//! The machine as the search sees it: its compilers, rustup, the package manager. The tests put others in its place.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::super::TARGET;

/// How long rustup may take. It downloads some 20 MB; without a network it gives up within a second, but behind a
/// firewall that answers nothing it would try for minutes.
const RUSTUP_TIMEOUT: Duration = Duration::from_secs(180);

/// Where the programs are.
pub(super) struct Machine {
    pub(super) rustc: PathBuf,
    pub(super) cargo: PathBuf,
    pub(super) rustup: PathBuf,
    /// The distribution's compiler, which rustup's hides.
    pub(super) system_rustc: PathBuf,
    pub(super) system_cargo: PathBuf,
    pub(super) apt_get: PathBuf,
    /// Whether packages may be installed.
    pub(super) root: bool,
    /// Where programs are looked for.
    pub(super) path: OsString,
}

impl Machine {
    /// This one.
    pub(super) fn this() -> Self {
        Self {
            rustc: std::env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from),
            cargo: PathBuf::from("cargo"),
            rustup: PathBuf::from("rustup"),
            system_rustc: PathBuf::from("/usr/bin/rustc"),
            system_cargo: PathBuf::from("/usr/bin/cargo"),
            apt_get: PathBuf::from("/usr/bin/apt-get"),
            root: is_root(),
            path: std::env::var_os("PATH").unwrap_or_default(),
        }
    }

    /// The compiler that cargo would use in a folder.
    pub(super) fn active_compiler(&self, folder: &Path) -> Option<Compiler> {
        Compiler::ask(&self.rustc, &self.cargo, folder)
    }

    pub(super) fn system_compiler(&self, folder: &Path) -> Option<Compiler> {
        if self.system_cargo.is_file() { Compiler::ask(&self.system_rustc, &self.system_cargo, folder) } else { None }
    }

    /// The name that rustup knows a compiler by, if it is rustup's.
    pub(super) fn rustup_name(&self, compiler: &Compiler) -> Option<String> {
        let output = Command::new(&self.rustup).args(["show", "home"]).stdin(Stdio::null()).output().ok()?;
        let home = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        let name = compiler.sysroot.strip_prefix(home.join("toolchains")).ok()?;
        Some(name.to_str()?.to_owned())
    }

    /// Lets rustup fetch the target, in silence, and gives up soon where there is no network.
    pub(super) fn rustup_target_add(&self, toolchain: &str) -> Result<(), String> {
        let mut child = Command::new(&self.rustup)
            .args(["target", "add", "--toolchain", toolchain, TARGET])
            .env("RUSTUP_MAX_RETRIES", "0")
            .env("RUSTUP_DOWNLOAD_TIMEOUT", "15")
            .env("RUST_BACKTRACE", "0")
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
                    let _it_ended_meanwhile = child.kill();
                    let _it_was_waited_for = child.wait();
                    return Err(format!("no answer within {} seconds", RUSTUP_TIMEOUT.as_secs()));
                }
                Ok(Some(_)) => break,
                Err(why) => return Err(why.to_string()),
            }
        }
        let output = child.wait_with_output().map_err(|why| why.to_string())?;
        if output.status.success() { Ok(()) } else { Err(complaint(&output.stderr)) }
    }

    /// Whether it has Debian's package manager.
    pub(super) fn has_apt(&self) -> bool {
        self.apt_get.is_file()
    }

    /// Installs packages, and removes none for it: another Rust of the distribution's own would have to go.
    pub(super) fn apt_install(&self, packages: &[String]) -> Result<(), String> {
        let apt = |args: &[&str]| {
            let output = Command::new(&self.apt_get)
                .args(["--quiet", "--yes", "--no-remove", "-o", "DPkg::Lock::Timeout=300"])
                .args(args)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdin(Stdio::null())
                .output()
                .map_err(|why| why.to_string())?;
            if output.status.success() { Ok(()) } else { Err(complaint(&output.stderr)) }
        };
        let mut install = vec!["install", "--no-install-recommends"];
        install.extend(packages.iter().map(String::as_str));
        // A fresh machine has no lists of packages yet, an old one old lists.
        apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)))
    }

    /// A linker for WebAssembly among the programs of the machine.
    pub(super) fn find_linker(&self, llvm: &str) -> Option<PathBuf> {
        let folders: Vec<PathBuf> = std::env::split_paths(&self.path).collect();
        let find = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file());
        find("rust-lld").or_else(|| find(&format!("wasm-ld-{llvm}"))).or_else(|| find("wasm-ld"))
    }
}

/// A Rust compiler.
pub(super) struct Compiler {
    pub(super) rustc: PathBuf,
    /// The cargo that goes with it.
    pub(super) cargo: PathBuf,
    /// Its version.
    pub(super) release: String,
    /// The first number of its LLVM's version.
    pub(super) llvm: String,
    sysroot: PathBuf,
    target_libs: PathBuf,
    host: String,
}

impl Compiler {
    /// Asks a compiler about itself; none if it does not answer, or does not know the target at all.
    fn ask(rustc: &Path, cargo: &Path, folder: &Path) -> Option<Self> {
        let answer = |args: &[&str]| {
            let output = Command::new(rustc).args(args).current_dir(folder).stdin(Stdio::null()).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        let about = answer(&["--version", "--verbose"])?;
        let field = |name: &str| {
            about.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default().to_owned()
        };
        Some(Self {
            rustc: rustc.to_owned(),
            cargo: cargo.to_owned(),
            release: field("release"),
            llvm: field("LLVM version").split('.').next().unwrap_or_default().to_owned(),
            sysroot: PathBuf::from(answer(&["--print", "sysroot"])?),
            target_libs: PathBuf::from(answer(&["--print", "target-libdir", "--target", TARGET])?),
            host: field("host"),
        })
    }

    /// Whether it has a ready standard library for the target.
    pub(super) fn has_target(&self) -> bool {
        let Ok(files) = self.target_libs.read_dir() else { return false };
        files.flatten().any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
    }

    /// Whether it has the source of the standard library.
    pub(super) fn has_source(&self) -> bool {
        self.sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file()
    }

    /// The linker that comes with it.
    pub(super) fn linker(&self) -> Option<PathBuf> {
        let own = self.sysroot.join("lib/rustlib").join(&self.host).join("bin/rust-lld");
        own.is_file().then_some(own)
    }
}

/// The line of a program's complaints that says what is wrong.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let named = lines.iter().find_map(|line| line.strip_prefix("error:").or_else(|| line.strip_prefix("E:")));
    named.or(lines.last().copied()).unwrap_or("it did not say why").trim().to_owned()
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
