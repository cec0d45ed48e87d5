//! Errors, and their form in the bindings.

use std::any::{Any, type_name};
use std::error::Error as StdError;
use std::fmt::Display;
use std::io;
use std::iter::successors;

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
/// An [`Error`] stays what it is, in a box too. A text becomes a `runtime` error, an error of the outside
/// world an `os` one, and anything else a `custom` one that bears the name of its type.
pub(crate) fn report<E: Display + 'static>(error: E) -> Error {
    let mut error = Some(error);
    if let Some(error) = take::<_, Error>(&mut error) {
        return error;
    }
    if let Some(error) = take::<_, Box<dyn StdError>>(&mut error) {
        return unbox(error);
    }
    if let Some(error) = take::<_, Box<dyn StdError + Send + Sync>>(&mut error) {
        return unbox(error);
    }
    if let Some(error) = take::<_, io::Error>(&mut error) {
        return of_any(&error);
    }
    match error {
        Some(text) if is_text(&text) => Error::new(ErrorKind::Runtime, text.to_string()),
        // Where printing knows an alternate form, it is the one that tells the causes, too.
        Some(other) => Error::new(ErrorKind::Custom, format!("{other:#}")).with_type_name(short_name::<E>()),
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

fn unbox(error: Box<dyn StdError>) -> Error {
    error.downcast::<Error>().map_or_else(|other| of_any(&*other), |error| *error)
}

/// So many causes of an error are told.
const MOST_CAUSES: usize = 20;

/// The error for one whose type the compiler has forgotten, with what caused it.
fn of_any(error: &(dyn StdError + 'static)) -> Error {
    let message = format!("{error:#}");
    let made = if error.is::<io::Error>() {
        Error::new(ErrorKind::Os, message)
    } else {
        let printed = format!("{error:?}");
        match name_in(&printed) {
            // A text in a box prints as a literal.
            None if printed.starts_with('"') => Error::new(ErrorKind::Runtime, message),
            name => Error::new(ErrorKind::Custom, message).with_type_name(name.unwrap_or("Error").to_owned()),
        }
    };
    let causes = successors(error.source(), |cause| StdError::source(*cause)).take(MOST_CAUSES);
    let causes: Vec<String> = causes.map(|cause| format!("caused by: {cause}")).collect();
    if causes.is_empty() { made } else { made.with_traceback(causes.join("\n")) }
}

/// The name that a derived `Debug` begins with: of a struct its own, of an enum its variant's.
fn name_in(printed: &str) -> Option<&str> {
    let end = printed.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(printed.len());
    let (name, rest) = printed.split_at(end);
    let is_derived = rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {");
    (is_derived && name.starts_with(|first: char| first.is_ascii_uppercase())).then_some(name)
}

/// The error of a method or constructor of a shared type, whose traceback tells where that was: a compiled program
/// knows no more of it.
#[cold]
pub(crate) fn passing(mut error: Error, typeid: &str, function: &str) -> Error {
    // The end of an iteration is nothing that anybody looks for.
    if error.kind == ErrorKind::StopIteration {
        return error;
    }
    let here = format!("in {typeid}::{function}");
    let traceback = match error.traceback.take() {
        Some(before) => format!("{}\n{here}", before.trim_end()),
        None => here,
    };
    error.with_traceback(traceback)
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
