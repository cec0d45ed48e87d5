//! The interpreter component: where it is, and how it is made.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use super::Error;
use commonhold_wire::WIT_PACKAGE;

/// The version of componentize-py that the SDK is written for: it relies on how the bindings are generated.
pub(super) const VERSION: &str = "0.25.1";
/// The environment variable that names a componentize-py to use.
pub(super) const COMPONENTIZE_PY: &str = "COMMONHOLD_COMPONENTIZE_PY";

/// The sources of the SDK, as the program was built with them: an installed `commonhold` has nothing
/// else to make the component of.
const SDK: &[(&str, &str)] = &[
    ("runner.py", include_str!("../../../guest/python/src/runner.py")),
    ("commonhold/__init__.py", include_str!("../../../guest/python/src/commonhold/__init__.py")),
    ("commonhold/addresses.py", include_str!("../../../guest/python/src/commonhold/addresses.py")),
    ("commonhold/boundary.py", include_str!("../../../guest/python/src/commonhold/boundary.py")),
    ("commonhold/containers.py", include_str!("../../../guest/python/src/commonhold/containers.py")),
    ("commonhold/counters.py", include_str!("../../../guest/python/src/commonhold/counters.py")),
    ("commonhold/deques.py", include_str!("../../../guest/python/src/commonhold/deques.py")),
    ("commonhold/errors.py", include_str!("../../../guest/python/src/commonhold/errors.py")),
    ("commonhold/fields.py", include_str!("../../../guest/python/src/commonhold/fields.py")),
    ("commonhold/functions.py", include_str!("../../../guest/python/src/commonhold/functions.py")),
    ("commonhold/generic.py", include_str!("../../../guest/python/src/commonhold/generic.py")),
    ("commonhold/library.py", include_str!("../../../guest/python/src/commonhold/library.py")),
    ("commonhold/locks.py", include_str!("../../../guest/python/src/commonhold/locks.py")),
    ("commonhold/native.py", include_str!("../../../guest/python/src/commonhold/native.py")),
    ("commonhold/pools.py", include_str!("../../../guest/python/src/commonhold/pools.py")),
    ("commonhold/program.py", include_str!("../../../guest/python/src/commonhold/program.py")),
    ("commonhold/provided.py", include_str!("../../../guest/python/src/commonhold/provided.py")),
    ("commonhold/proxies.py", include_str!("../../../guest/python/src/commonhold/proxies.py")),
    ("commonhold/published.py", include_str!("../../../guest/python/src/commonhold/published.py")),
    ("commonhold/registry.py", include_str!("../../../guest/python/src/commonhold/registry.py")),
    ("commonhold/sets.py", include_str!("../../../guest/python/src/commonhold/sets.py")),
    ("commonhold/tasks.py", include_str!("../../../guest/python/src/commonhold/tasks.py")),
    ("commonhold/tree.py", include_str!("../../../guest/python/src/commonhold/tree.py")),
    ("commonhold/values.py", include_str!("../../../guest/python/src/commonhold/values.py")),
    ("commonhold/waiting.py", include_str!("../../../guest/python/src/commonhold/waiting.py")),
    ("multiprocessing/__init__.py", include_str!("../../../guest/python/src/multiprocessing/__init__.py")),
    ("multiprocessing/connection.py", include_str!("../../../guest/python/src/multiprocessing/connection.py")),
    ("multiprocessing/context.py", include_str!("../../../guest/python/src/multiprocessing/context.py")),
    ("multiprocessing/managers.py", include_str!("../../../guest/python/src/multiprocessing/managers.py")),
    ("multiprocessing/pool.py", include_str!("../../../guest/python/src/multiprocessing/pool.py")),
    ("multiprocessing/process.py", include_str!("../../../guest/python/src/multiprocessing/process.py")),
    ("multiprocessing/queues.py", include_str!("../../../guest/python/src/multiprocessing/queues.py")),
    ("multiprocessing/sharedctypes.py", include_str!("../../../guest/python/src/multiprocessing/sharedctypes.py")),
    ("multiprocessing/synchronize.py", include_str!("../../../guest/python/src/multiprocessing/synchronize.py")),
];

/// The interpreter component that runs scripts: the one in the user's cache, or one that is built there now, in about a
/// quarter of a minute. `progress` is told, in one line each time, what takes long.
///
/// The cache is `commonhold` in `$XDG_CACHE_HOME` or `~/.cache`; nothing in it is needed if it can be built again. To
/// build, componentize-py 0.25.1 is taken from the path in `$COMMONHOLD_COMPONENTIZE_PY` or from `$PATH`, or else
/// installed into a virtual environment in the cache, for which `python3` is needed. Several may do this at once: none
/// sees what another has not finished.
///
/// # Errors
///
/// All of [`Error`]: what is missing and how to get it.
pub fn runtime_component(progress: &mut dyn FnMut(&str)) -> Result<PathBuf, Error> {
    let cache = cache_dir(env::var_os("XDG_CACHE_HOME"), env::var_os("HOME"))?;
    let chosen = env::var_os(COMPONENTIZE_PY).filter(|path| !path.is_empty()).map(PathBuf::from);
    component_in(&cache, chosen, progress)
}

fn cache_dir(xdg: Option<OsString>, home: Option<OsString>) -> Result<PathBuf, Error> {
    // A relative path in the variable is to be ignored, says its specification.
    let absolute = |path: OsString| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    xdg.and_then(absolute)
        .or_else(|| home.and_then(absolute).map(|home| home.join(".cache")))
        .map(|cache| cache.join("commonhold"))
        .ok_or(Error::NoCache)
}

fn component_in(cache: &Path, chosen: Option<PathBuf>, progress: &mut dyn FnMut(&str)) -> Result<PathBuf, Error> {
    let mut hasher = DefaultHasher::new();
    (SDK, WIT_PACKAGE, VERSION, &chosen).hash(&mut hasher);
    let component = cache.join(format!("python-{:016x}.wasm", hasher.finish()));
    if component.is_file() {
        return Ok(component);
    }
    let scratch = Scratch::new(cache)?;
    let tool = match chosen {
        Some(program) => Tool::Program(program),
        None => match in_path() {
            Some(program) => Tool::Program(program),
            None => installed(cache, &scratch, progress)?,
        },
    };
    progress("building the Python interpreter component, once; it is kept for the next time");
    let built = build(&tool, &scratch)?;
    fs::rename(&built, &component).map_err(Error::file("write", &component))?;
    Ok(component)
}

/// How componentize-py is started.
enum Tool {
    /// By itself.
    Program(PathBuf),
    /// By the Python of a virtual environment, which may have been moved since its scripts were written.
    Environment(PathBuf),
}

impl Tool {
    fn command(&self) -> Command {
        match self {
            Tool::Program(program) => Command::new(program),
            Tool::Environment(folder) => {
                let mut command = Command::new(python_of(folder));
                command.args(["-c", "import sys; from componentize_py import script; sys.exit(script())"]);
                command
            }
        }
    }
}

fn python_of(environment: &Path) -> PathBuf {
    if cfg!(windows) { environment.join("Scripts/python.exe") } else { environment.join("bin/python") }
}

/// The componentize-py in the search path, if it is of the right version.
fn in_path() -> Option<PathBuf> {
    let output = Command::new("componentize-py").arg("--version").output().ok()?;
    let version = String::from_utf8_lossy(&output.stdout);
    let is_right = output.status.success() && version.split_whitespace().last() == Some(VERSION);
    is_right.then(|| "componentize-py".into())
}

/// The componentize-py in the cache, where it is installed if it is not there.
fn installed(cache: &Path, scratch: &Scratch, progress: &mut dyn FnMut(&str)) -> Result<Tool, Error> {
    let folder = cache.join(format!("componentize-py-{VERSION}"));
    if python_of(&folder).exists() {
        return Ok(Tool::Environment(folder));
    }
    progress(&format!("installing componentize-py {VERSION} into {}", folder.display()));
    let fresh = scratch.0.join("environment");
    let made =
        run(Command::new("python3").args(["-m", "venv"]).arg(&fresh)).map_err(|source| Error::NoPython { source })?;
    if !made.status.success() {
        return Err(Error::NoVenv { said: said(&made) });
    }
    let mut pip = Command::new(python_of(&fresh));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]);
    let installed = run(pip.arg(format!("componentize-py=={VERSION}"))).map_err(|source| Error::NoPython { source })?;
    if !installed.status.success() {
        return Err(Error::Install { said: said(&installed) });
    }
    match fs::rename(&fresh, &folder) {
        Ok(()) => Ok(Tool::Environment(folder)),
        // Somebody else was quicker.
        Err(_) if python_of(&folder).exists() => Ok(Tool::Environment(folder)),
        Err(source) => Err(Error::File { action: "write", path: folder, source }),
    }
}

/// Builds the component and returns its path, in the scratch folder.
fn build(tool: &Tool, scratch: &Scratch) -> Result<PathBuf, Error> {
    let (sdk, wit, output) = (scratch.0.join("sdk"), scratch.0.join("wit"), scratch.0.join("python.wasm"));
    for (folder, files) in [(&sdk, SDK), (&wit, WIT_PACKAGE)] {
        for (name, text) in files {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(Error::file("make", parent))?;
            }
            fs::write(&path, text).map_err(Error::file("write", &path))?;
        }
    }
    // It would put the site-packages of whatever Python is around into the component: here is one without any.
    let environment = scratch.0.join("empty");
    let packages = environment.join("lib/site-packages");
    fs::create_dir_all(&packages).map_err(Error::file("make", &packages))?;
    let mut command = tool.command();
    command.arg("--wit-path").arg(&wit).args(["--world", "program", "componentize", "runner"]);
    command.arg("--python-path").arg(&sdk).arg("--output").arg(&output).env("VIRTUAL_ENV", &environment);
    let built = run(&mut command).map_err(|source| match tool {
        Tool::Program(program) => Error::Start { program: program.clone(), source },
        Tool::Environment(_) => Error::NoPython { source },
    })?;
    if built.status.success() && output.is_file() { Ok(output) } else { Err(Error::Build { said: said(&built) }) }
}

/// Runs a command with nothing of the user's own Python settings.
fn run(command: &mut Command) -> std::io::Result<Output> {
    command.env_remove("PYTHONPATH").env_remove("PYTHONHOME").output()
}

/// What a program said in the end, without the backtraces that nobody asked for.
fn said(output: &Output) -> String {
    const LINES: usize = 12;
    let text = String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
    let lines: Vec<_> =
        text.lines().take_while(|line| *line != "Stack backtrace:").filter(|l| !l.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
    if last.is_empty() { format!("nothing ({})", output.status) } else { last }
}

/// A folder in the cache for what is not finished, removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(cache: &Path) -> Result<Self, Error> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = cache.join(format!(".building-{}-{number}", process::id()));
        fs::create_dir_all(&path).map_err(Error::file("make", &path))?;
        Ok(Scratch(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left over is in nobody's way.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};
    use std::{env, fs, process};

    use super::{Error, SDK, cache_dir, component_in};

    fn files_under(folder: &Path, extension: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|found| found == extension) {
                    found.insert(path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/"));
                }
            }
        }
        found
    }

    #[test]
    fn the_embedded_sources_are_all_that_there_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../guest/python/src");
        let names: BTreeSet<_> = SDK.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(names, files_under(&folder, "py"));
    }

    #[test]
    fn the_cache_is_where_the_user_has_it() {
        let dir = |xdg: Option<&str>, home: Option<&str>| cache_dir(xdg.map(Into::into), home.map(Into::into)).ok();
        assert_eq!(dir(Some("/x"), Some("/h")), Some("/x/commonhold".into()));
        assert_eq!(dir(None, Some("/h")), Some("/h/.cache/commonhold".into()));
        assert_eq!(dir(Some("relative"), Some("/h")), Some("/h/.cache/commonhold".into()));
        assert_eq!(dir(Some("relative"), None), None);
    }

    /// An empty cache, removed at the end.
    struct Cache(PathBuf);

    impl Cache {
        fn new(name: &str) -> Self {
            Cache(env::temp_dir().join(format!("commonhold-cache-{}-{name}", process::id())))
        }
    }

    impl Drop for Cache {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// A script that pretends to be componentize-py.
    #[cfg(unix)]
    fn pretender(cache: &Cache, body: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        fs::create_dir_all(&cache.0).unwrap();
        let path = cache.0.join("pretender");
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[cfg(unix)]
    #[test]
    fn a_component_is_built_once() {
        let cache = Cache::new("once");
        let log = cache.0.join("log");
        // The last argument is the output.
        let tool = pretender(
            &cache,
            &format!("echo \"$VIRTUAL_ENV $*\" >> {}; for last; do :; done; echo made > \"$last\"", log.display()),
        );
        let mut lines = Vec::new();
        let mut get = || component_in(&cache.0, Some(tool.clone()), &mut |line| lines.push(line.to_owned())).unwrap();
        let (first, second) = (get(), get());
        assert_eq!(first, second);
        assert_eq!(fs::read_to_string(&first).unwrap(), "made\n");
        assert_eq!(lines.len(), 1);
        let log = fs::read_to_string(log).unwrap();
        assert_eq!(log.lines().count(), 1);
        assert!(log.contains("--world program componentize runner"), "{log}");
        let left: Vec<_> = fs::read_dir(&cache.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_failed_build_leaves_nothing_and_says_why() {
        let cache = Cache::new("failed");
        let tool =
            pretender(&cache, "echo first >&2; echo 'it broke' >&2; echo 'Stack backtrace:' >&2; echo x >&2; exit 3");
        let error = component_in(&cache.0, Some(tool), &mut |_| ()).unwrap_err();
        assert_eq!(error.to_string(), "cannot build the Python interpreter component: first\nit broke");
        assert_eq!(fs::read_dir(&cache.0).unwrap().count(), 1);
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let cache = Cache::new("missing");
        let error = component_in(&cache.0, Some("/no/such/tool".into()), &mut |_| ()).unwrap_err();
        assert!(matches!(error, Error::Start { .. }));
        let text = error.to_string();
        assert!(text.starts_with("COMMONHOLD_COMPONENTIZE_PY names /no/such/tool, which cannot be started"), "{text}");
    }
}
