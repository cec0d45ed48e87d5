use crate::object::CallError;
use commonhold_wire::ErrorKind;
use std::fmt;

/// What can go wrong in the host.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A shared object's method, or a process, failed.
    Call(CallError),
    /// A program could not be loaded.
    Load {
        /// The name or path of the program.
        program: String,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// A type could not be registered.
    Register {
        /// Its name.
        typeid: String,
        /// What is wrong with its declaration, or that the name is taken.
        reason: String,
    },
    /// The runtime under the manager failed.
    Runtime(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::Load { program, reason } => write!(f, "cannot load '{program}': {reason}"),
            Self::Register { typeid, reason } => write!(f, "cannot register the type '{typeid}': {reason}"),
            Self::Runtime(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // It prints as that error itself, so what caused that is what caused it.
            Self::Call(error) => error.source(),
            Self::Load { .. } | Self::Register { .. } | Self::Runtime(_) => None,
        }
    }
}

impl From<CallError> for Error {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// As a method of a host type fails with it.
impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        match error {
            Error::Call(error) => error,
            other => CallError::new(ErrorKind::Other, other.to_string()),
        }
    }
}
