//! Errors, and their form in the bindings.

use std::any::{Any, type_name};
use std::fmt::Display;

use commonhold_wire::ErrorKind;

use crate::backend::types;
use crate::convert::{from_raw_value, into_raw_value};
use crate::{Error, Proxy};

macro_rules! kinds {
    ($($kind:ident)+) => {
        fn kind_from_raw(kind: types::ErrorKind) -> ErrorKind {
            match kind {
                $(types::ErrorKind::$kind => ErrorKind::$kind,)+
            }
        }

        fn kind_into_raw(kind: ErrorKind) -> types::ErrorKind {
            match kind {
                $(ErrorKind::$kind => types::ErrorKind::$kind,)+
            }
        }
    };
}

kinds! {
    Index Key Value Type Attribute Runtime Overflow Memory StopIteration ZeroDivision Os Empty Full ShutDown Timeout
    BrokenBarrier Assertion Custom NotExposed Unserializable BadValue NoSuchType NoSuchName NoSuchEntry Stale Revoked
    Deadlock QuotaExceeded ProcessDied ProviderDied Cancelled Internal Other
}

/// An error that was received.
#[cold]
pub(crate) fn from_raw(error: types::Error) -> Error {
    let types::Error { kind, type_name, message, args, traceback } = error;
    let mut error = Error::new(kind_from_raw(kind), message);
    if error.type_name != type_name {
        error = error.with_type_name(type_name);
    }
    // Arguments that cannot be read are not worth losing the error over.
    if let Some(Ok(args)) = args.map(from_raw_value) {
        error = error.with_args(args);
    }
    match traceback {
        Some(traceback) => error.with_traceback(traceback),
        None => error,
    }
}

/// An error that is sent. Its proxies are moved, or duplicated where somebody else has them, too.
#[cold]
pub(crate) fn into_raw(error: Error) -> types::Error {
    types::Error {
        kind: kind_into_raw(error.kind),
        type_name: error.type_name.into_owned(),
        message: error.message,
        args: error.args.and_then(|args| into_raw_value(*args).ok()),
        traceback: error.traceback.map(String::from),
    }
}

/// Makes an error of anything that can be printed, as it leaves an entry or a method.
///
/// An [`Error`] stays what it is, in a box too. A text becomes a `runtime` error, and anything else a
/// `custom` one that bears the name of its type.
pub(crate) fn report<E: Display + 'static>(error: E) -> Error {
    let mut error = Some(error);
    if let Some(error) = take::<_, Error>(&mut error) {
        return error;
    }
    if let Some(error) = take::<_, Box<dyn std::error::Error>>(&mut error) {
        return error.downcast::<Error>().map_or_else(|other| custom("Error", &other), |error| *error);
    }
    if let Some(error) = take::<_, Box<dyn std::error::Error + Send + Sync>>(&mut error) {
        return error.downcast::<Error>().map_or_else(|other| custom("Error", &other), |error| *error);
    }
    match error {
        Some(text) if is_text(&text) => Error::new(ErrorKind::Runtime, text.to_string()),
        // Where printing knows an alternate form, it is the one that tells the causes, too.
        Some(other) => custom(short_name::<E>(), &other),
        None => Error::internal("an error was lost"),
    }
}

fn take<E: 'static, T: 'static>(error: &mut Option<E>) -> Option<T> {
    (error as &mut dyn Any).downcast_mut::<Option<T>>().and_then(Option::take)
}

fn is_text<E: 'static>(error: &E) -> bool {
    let error: &dyn Any = error;
    error.is::<String>() || error.is::<&'static str>()
}

fn custom(type_name: &'static str, error: &dyn Display) -> Error {
    Error::new(ErrorKind::Custom, format!("{error:#}")).with_type_name(type_name)
}

/// The last part of a type's name, without its parameters.
fn short_name<E>() -> &'static str {
    let name = type_name::<E>();
    let name = name.split_once('<').map_or(name, |(name, _)| name);
    name.rsplit_once("::").map_or(name, |(_, name)| name)
}

/// A type error about a proxy of the wrong type.
#[cold]
pub(crate) fn wrong_type(expected: &str, found: &Proxy) -> Error {
    Error::type_error(format!("expected a proxy of type '{expected}', found {found:?}"))
}
