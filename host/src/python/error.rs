//! What can go wrong before a script runs.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use super::component::{COMPONENTIZE_PY, VERSION};

/// Why there is nothing to run a script with, or no script. Each says in one line what it is about and, where something
/// can be done, what.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file or directory could not be read or written.
    File {
        /// What was to be done: `read`, `write`, ...
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// There is no place for the interpreter component.
    NoCache,
    /// There is no Python to build the interpreter component with.
    NoPython {
        /// Why `python3` could not be started.
        source: io::Error,
    },
    /// Python is there, but cannot make a virtual environment.
    NoVenv {
        /// What it said.
        said: String,
    },
    /// componentize-py could not be installed.
    Install {
        /// What pip said.
        said: String,
    },
    /// The componentize-py that the environment names could not be started.
    Start {
        /// Its path.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// componentize-py made no component.
    Build {
        /// What it said.
        said: String,
    },
}

impl Error {
    /// For `map_err`: what was to be done with which file.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Error::File { action, path: path.to_owned(), source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::File { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Error::NoCache => f.write_str(
                "there is no place for the Python interpreter component: set XDG_CACHE_HOME or HOME to an absolute path",
            ),
            Error::NoPython { source } => write!(
                f,
                "python3 is needed once, to build the Python interpreter component, and cannot be started ({source}): \
                 install it (on Debian: apt-get install python3-venv)"
            ),
            Error::NoVenv { said } => write!(
                f,
                "python3 -m venv is needed once, to build the Python interpreter component, and fails: install it (on \
                 Debian: apt-get install python3-venv), or set {COMPONENTIZE_PY} to a componentize-py {VERSION}; it \
                 said: {said}"
            ),
            Error::Install { said } => write!(
                f,
                "cannot install componentize-py {VERSION}, which builds the Python interpreter component: install it \
                 yourself and set {COMPONENTIZE_PY} to its path; pip said: {said}"
            ),
            Error::Start { program, source } => write!(
                f,
                "{COMPONENTIZE_PY} names {}, which cannot be started: {source}",
                program.display()
            ),
            Error::Build { said } => write!(f, "cannot build the Python interpreter component: {said}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::File { source, .. } | Error::NoPython { source } | Error::Start { source, .. } => Some(source),
            Error::NoCache | Error::NoVenv { .. } | Error::Install { .. } | Error::Build { .. } => None,
        }
    }
}
