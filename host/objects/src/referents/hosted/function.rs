//! The Rust functions that a host type consists of: of any number of parameters up to eight.
//!
//! A function and a closure of a number of parameters are no type that could be named, so each of these traits is
//! implemented once for each number. `Shape` tells these implementations apart; the compiler finds it.

use super::arguments::{Arguments, each_arity};
use super::handle::HostObject;
use crate::object::CallError;
use serde::de::DeserializeOwned;

/// A method that may change the state: `Fn(&mut T, ..) -> R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no method that may change a `{T}`",
    note = "it is a function `Fn(&mut {T}, ..)` with up to eight parameters that serde can read; the first one's type has to \
            be written in a closure: `|state: &mut {T}, amount: i64| ..`"
)]
pub trait Changing<T, Shape>: Send + Sync + 'static {
    #[doc(hidden)]
    type Args: Arguments;
    #[doc(hidden)]
    type Answer;
    #[doc(hidden)]
    fn call(&self, state: &mut T, args: Self::Args) -> Self::Answer;
}

/// A method that only reads the state: `Fn(&T, ..) -> R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no method that reads a `{T}`",
    note = "it is a function `Fn(&{T}, ..)` with up to eight parameters that serde can read; the first one's type has to be \
            written in a closure: `|state: &{T}| ..`"
)]
pub trait Reading<T, Shape>: Send + Sync + 'static {
    #[doc(hidden)]
    type Args: Arguments;
    #[doc(hidden)]
    type Answer;
    #[doc(hidden)]
    fn call(&self, state: &T, args: Self::Args) -> Self::Answer;
}

/// A method that may wait: `Fn(HostObject<T>, ..) -> impl Future<Output = R>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no method of a `{T}` that waits",
    note = "it is a function `Fn(HostObject<{T}>, ..) -> impl Future + Send` with up to eight parameters that serde can read; \
            the first one's type has to be written in a closure: `|me: HostObject<{T}>| async move {{ .. }}`"
)]
pub trait Waiting<T, Shape>: Send + Sync + 'static {
    #[doc(hidden)]
    type Args: Arguments;
    #[doc(hidden)]
    type Answer;
    #[doc(hidden)]
    type Future: Future<Output = Self::Answer> + Send + 'static;
    #[doc(hidden)]
    fn call(&self, me: HostObject<T>, args: Self::Args) -> Self::Future;
}

/// A function without an object, such as a constructor: `Fn(..) -> R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no constructor",
    note = "it is a function `Fn(..)` with up to eight parameters that serde can read"
)]
pub trait Making<Shape>: Send + Sync + 'static {
    #[doc(hidden)]
    type Args: Arguments;
    #[doc(hidden)]
    type Answer;
    #[doc(hidden)]
    fn call(&self, args: Self::Args) -> Self::Answer;
}

macro_rules! functions {
    ($($name:ident $position:literal),*) => {
        #[allow(non_snake_case, reason = "a parameter has the name of its type")]
        impl<Fun, T, Ret, $($name),*> Changing<T, fn($($name),*) -> Ret> for Fun
        where
            Fun: Fn(&mut T, $($name),*) -> Ret + Send + Sync + 'static,
            $($name: DeserializeOwned + Send + 'static,)*
        {
            type Args = ($($name,)*);
            type Answer = Ret;

            fn call(&self, state: &mut T, ($($name,)*): Self::Args) -> Ret {
                self(state, $($name),*)
            }
        }

        #[allow(non_snake_case, reason = "a parameter has the name of its type")]
        impl<Fun, T, Ret, $($name),*> Reading<T, fn($($name),*) -> Ret> for Fun
        where
            Fun: Fn(&T, $($name),*) -> Ret + Send + Sync + 'static,
            $($name: DeserializeOwned + Send + 'static,)*
        {
            type Args = ($($name,)*);
            type Answer = Ret;

            fn call(&self, state: &T, ($($name,)*): Self::Args) -> Ret {
                self(state, $($name),*)
            }
        }

        #[allow(non_snake_case, reason = "a parameter has the name of its type")]
        impl<Fun, T, Ret, $($name),*> Waiting<T, fn($($name),*) -> Ret> for Fun
        where
            Fun: Fn(HostObject<T>, $($name),*) -> Ret + Send + Sync + 'static,
            Ret: Future + Send + 'static,
            $($name: DeserializeOwned + Send + 'static,)*
        {
            type Args = ($($name,)*);
            type Answer = Ret::Output;
            type Future = Ret;

            fn call(&self, me: HostObject<T>, ($($name,)*): Self::Args) -> Ret {
                self(me, $($name),*)
            }
        }

        #[allow(non_snake_case, reason = "a parameter has the name of its type")]
        impl<Fun, Ret, $($name),*> Making<fn($($name),*) -> Ret> for Fun
        where
            Fun: Fn($($name),*) -> Ret + Send + Sync + 'static,
            $($name: DeserializeOwned + Send + 'static,)*
        {
            type Args = ($($name,)*);
            type Answer = Ret;

            fn call(&self, ($($name,)*): Self::Args) -> Ret {
                self($($name),*)
            }
        }
    };
}

each_arity!(functions);

/// What a constructor has made.
#[derive(Debug)]
pub enum Made<T> {
    /// The state of a new object.
    New(T),
    /// An object that there was already: whoever asked for a new one gets a proxy to it, with this one's rights.
    Existing(HostObject<T>),
}

/// What a constructor may return: the state of a new object, [`Made`], or a `Result` of either with any error that becomes a
/// [`CallError`].
#[diagnostic::on_unimplemented(
    message = "a constructor of a `{T}` cannot return `{Self}`",
    note = "it returns a `{T}`, a `Made<{T}>`, or a `Result` of either whose error converts into a `CallError`"
)]
pub trait Makes<T, Way> {
    #[doc(hidden)]
    fn made(self) -> Result<Made<T>, CallError>;
}

/// Ways to return what was made: see [`Makes`].
pub(super) mod ways {
    pub enum State {}
    pub enum Either {}
    pub enum Fallible<Way> {
        #[allow(dead_code, reason = "it is there for its type")]
        Of(Way),
    }
}

impl<T> Makes<T, ways::State> for T {
    fn made(self) -> Result<Made<T>, CallError> {
        Ok(Made::New(self))
    }
}

impl<T> Makes<T, ways::Either> for Made<T> {
    fn made(self) -> Result<Made<T>, CallError> {
        Ok(self)
    }
}

impl<T, R: Makes<T, Way>, E: Into<CallError>, Way> Makes<T, ways::Fallible<Way>> for Result<R, E> {
    fn made(self) -> Result<Made<T>, CallError> {
        self.map_err(Into::into)?.made()
    }
}
