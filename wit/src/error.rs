//! Errors as they travel between guests and the manager.

use std::borrow::Cow;
use std::fmt;

use crate::value::{ProxyIdentity, Value};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal $class:expr;)+) => {
        /// What kind of error happened: the cases of `error-kind` in the contract, in their order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)+
        }

        impl ErrorKind {
            /// Every kind, in the order of the contract.
            pub const ALL: &[ErrorKind] = &[$(ErrorKind::$kind,)+];

            /// Its name in the contract: `stop-iteration`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(ErrorKind::$kind => $name,)+
                }
            }

            /// The Python class of a referent's own error; none for the framework's.
            const fn own_class(self) -> Option<&'static str> {
                match self {
                    $(ErrorKind::$kind => $class,)+
                }
            }

            /// What an error of this kind is called unless it says otherwise: its Python class, or
            /// for the framework's own its name here.
            pub const fn default_type_name(self) -> &'static str {
                match self.own_class() {
                    Some(class) => class,
                    None => match self {
                        $(ErrorKind::$kind => stringify!($kind),)+
                    },
                }
            }
        }
    };
}

kinds! {
    /// IndexError: a position outside of a sequence.
    Index "index" Some("IndexError");
    /// KeyError: a key that is not there. `args` holds the key.
    Key "key" Some("KeyError");
    /// ValueError: an argument of the right type with an impossible value.
    Value "value" Some("ValueError");
    /// TypeError: an argument of the wrong type, or the wrong number of arguments.
    Type "type" Some("TypeError");
    /// AttributeError: no attribute of that name.
    Attribute "attribute" Some("AttributeError");
    /// RuntimeError: an operation that the object's state does not allow.
    Runtime "runtime" Some("RuntimeError");
    /// OverflowError: a number too large for its place.
    Overflow "overflow" Some("OverflowError");
    /// MemoryError: not enough memory.
    Memory "memory" Some("MemoryError");
    /// StopIteration: an iterator is exhausted.
    StopIteration "stop-iteration" Some("StopIteration");
    /// ZeroDivisionError: a division by zero.
    ZeroDivision "zero-division" Some("ZeroDivisionError");
    /// OSError: an error of the outside world.
    Os "os" Some("OSError");
    /// queue.Empty: nothing to take.
    Empty "empty" Some("queue.Empty");
    /// queue.Full: no room to put.
    Full "full" Some("queue.Full");
    /// queue.ShutDown: the queue was shut down.
    ShutDown "shut-down" Some("queue.ShutDown");
    /// TimeoutError: what was waited for did not come in time.
    Timeout "timeout" Some("TimeoutError");
    /// threading.BrokenBarrierError: the barrier is broken.
    BrokenBarrier "broken-barrier" Some("threading.BrokenBarrierError");
    /// AssertionError: an assertion failed.
    Assertion "assertion" Some("AssertionError");
    /// A class of a guest's own: `type-name` tells which.
    Custom "custom" Some("Exception");
    /// The proxy does not have the right, or the type does not have the method.
    NotExposed "not-exposed" None;
    /// The object has no value that could travel.
    Unserializable "unserializable" None;
    /// A value was malformed: bad encoding, too deep, too long.
    BadValue "bad-value" None;
    /// No shared type of that name.
    NoSuchType "no-such-type" None;
    /// No program or object of that name.
    NoSuchName "no-such-name" None;
    /// The program has no entry of that name.
    NoSuchEntry "no-such-entry" None;
    /// The object was changed since the state that the call relies on.
    Stale "stale" None;
    /// The proxy was revoked.
    Revoked "revoked" None;
    /// Waiting would never end.
    Deadlock "deadlock" None;
    /// A limit of the process, of the manager or of a container would be exceeded.
    QuotaExceeded "quota-exceeded" None;
    /// A process ended without an outcome of its own.
    ProcessDied "process-died" None;
    /// The provider of the referent has ended.
    ProviderDied "provider-died" None;
    /// The operation was given up because the manager is closing.
    Cancelled "cancelled" None;
    /// An error in the manager itself.
    Internal "internal" None;
    /// An error of a class of a guest's language that has no kind here: `type-name` tells which.
    Other "other" Some("Exception");
}

impl ErrorKind {
    /// The kind with a name of the contract.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The class that Python raises it as: `IndexError`, `queue.Empty`.
    pub const fn python_class(self) -> &'static str {
        match self.own_class() {
            Some(class) => class,
            None => "multiprocessing.managers.RemoteError",
        }
    }

    /// Whether it is the framework's own rather than one of a referent's methods; CPython wraps
    /// these in a `RemoteError`.
    pub const fn is_framework(self) -> bool {
        self.own_class().is_none()
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An error as it travels.
///
/// It displays as Python prints it: `IndexError: list index out of range`.
#[derive(Debug, Clone, PartialEq)]
pub struct Error<P> {
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// The name of the class where it comes from.
    pub type_name: Cow<'static, str>,
    /// What it says.
    pub message: String,
    /// The exception's arguments as a tuple, where they are not just the message.
    pub args: Option<Box<Value<P>>>,
    /// Where it happened on the other side, as that side's language prints it.
    pub traceback: Option<Box<str>>,
}

impl<P> Error<P> {
    /// An error of a kind, with the kind's own type name.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error {
            kind,
            type_name: Cow::Borrowed(kind.default_type_name()),
            message: message.into(),
            args: None,
            traceback: None,
        }
    }

    /// The same error with a type name of a guest's own.
    pub fn with_type_name(mut self, type_name: impl Into<Cow<'static, str>>) -> Self {
        self.type_name = type_name.into();
        self
    }

    /// The same error with arguments, which are to be a tuple.
    pub fn with_args(mut self, args: Value<P>) -> Self {
        self.args = Some(Box::new(args));
        self
    }

    /// The same error with a traceback.
    pub fn with_traceback(mut self, traceback: impl Into<Box<str>>) -> Self {
        self.traceback = Some(traceback.into());
        self
    }

    /// Replaces every proxy in its arguments.
    pub fn map_proxies<Q>(self, map: impl FnMut(P) -> Q) -> Error<Q> {
        let Error { kind, type_name, message, args, traceback } = self;
        let args = args.map(|args| Box::new(args.map_proxies(map)));
        Error { kind, type_name, message, args, traceback }
    }

    /// Replaces every proxy in its arguments until one fails.
    pub fn try_map_proxies<Q, E>(self, map: impl FnMut(P) -> Result<Q, E>) -> Result<Error<Q>, E> {
        let Error { kind, type_name, message, args, traceback } = self;
        let args = match args {
            Some(args) => Some(Box::new(args.try_map_proxies(map)?)),
            None => None,
        };
        Ok(Error { kind, type_name, message, args, traceback })
    }
}

impl<P: ProxyIdentity> Error<P> {
    /// A KeyError: its argument is the key and its message the key's representation.
    pub fn key(key: Value<P>) -> Self {
        let message = crate::repr(&key).unwrap_or_else(|error| format!("<{error}>"));
        Error::new(ErrorKind::Key, message).with_args(Value::Tuple(vec![key]))
    }
}

macro_rules! constructors {
    ($($name:ident $kind:ident $what:literal;)+) => {
        impl<P> Error<P> {
            $(
                #[doc = $what]
                pub fn $name(message: impl Into<String>) -> Self {
                    Error::new(ErrorKind::$kind, message)
                }
            )+
        }
    };
}

constructors! {
    index Index "An IndexError.";
    value Value "A ValueError.";
    type_error Type "A TypeError.";
    attribute Attribute "An AttributeError.";
    runtime Runtime "A RuntimeError.";
    overflow Overflow "An OverflowError.";
    timeout Timeout "A TimeoutError.";
    not_exposed NotExposed "The proxy does not have the right, or the type not the method.";
    unserializable Unserializable "The object has no value that could travel.";
    bad_value BadValue "A value was malformed.";
    quota_exceeded QuotaExceeded "A limit would be exceeded.";
    internal Internal "An error in the manager itself.";
}

impl<P> fmt::Display for Error<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.type_name)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl<P: fmt::Debug> std::error::Error for Error<P> {}

macro_rules! from {
    ($($from:ty => $kind:ident;)+) => {
        $(impl<P> From<$from> for Error<P> {
            fn from(error: $from) -> Self {
                Error::new(ErrorKind::$kind, error.to_string())
            }
        })+
    };
}

from! {
    crate::DecodeError => BadValue;
    crate::EncodeError => Unserializable;
    crate::SerdeError => BadValue;
    crate::NotOrdered => Type;
    crate::Unhashable => Type;
    crate::ReprError => Value;
}

impl<P> From<crate::number::ArithmeticError> for Error<P> {
    fn from(error: crate::number::ArithmeticError) -> Self {
        let kind = match error {
            crate::number::ArithmeticError::Unsupported { .. } => ErrorKind::Type,
            crate::number::ArithmeticError::Overflow => ErrorKind::Overflow,
        };
        Error::new(kind, error.to_string())
    }
}
