//! The shared types, one file each: a type's state, its methods and its declaration, and nothing
//! else. They know nothing about WebAssembly.
//!
//! A type is added by its file, one line in [`builtin`] and its typed interface in the WIT package.

pub(crate) mod custom;
pub(crate) mod dict;
pub(crate) mod iterator;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod process;
pub(crate) mod slice;

mod comparing;
mod heavy;
mod operand;
mod sorting;
mod table;
#[cfg(test)]
mod tests;

/// What every shared type is written with.
pub(crate) mod prelude {
    pub(crate) use super::{Builtin, Constructor};
    pub(crate) use crate::object::declare::type_error;
    pub(crate) use crate::object::{
        Args, CallError, Caller, Effect, Home, Item, Method, Outcome, Proxy, Referent, Remains, Run, Shared, TypeInfo,
    };
    pub(crate) use crate::sync::{Arc, LazyLock, Mutex};
    pub(crate) use commonhold_wire::ErrorKind;
    pub(crate) use std::any::Any;
}

use prelude::*;

/// How an object of a type is made by the type's name.
pub(crate) struct Constructor {
    /// In Python's notation, as for methods.
    pub(crate) signature: &'static str,
    pub(crate) run: fn(&Caller, Args) -> Outcome<Proxy>,
}

/// A shared type of this crate: its declaration, and its constructor if it can be created by name.
pub(crate) struct Builtin {
    pub(crate) info: &'static LazyLock<TypeInfo>,
    pub(crate) constructor: Option<Constructor>,
}

impl Builtin {
    pub(crate) fn typeid(&self) -> &'static str {
        LazyLock::force(self.info).typeid()
    }
}

/// All shared types of this crate.
pub(crate) fn builtin() -> [Builtin; 5] {
    [list::TYPE, dict::TYPE, iterator::TYPE, lock::TYPE, process::TYPE]
}

/// The state of a proxy's referent, if it is of the type that an operation is for.
pub(crate) fn expect_type<'a, T: Shared>(proxy: &'a Proxy, typeid: &str) -> Outcome<&'a T> {
    proxy.downcast().ok_or_else(|| wrong_type(proxy, typeid))
}

#[cold]
fn wrong_type(proxy: &Proxy, typeid: &str) -> CallError {
    type_error(format!("expected a proxy to a '{typeid}', got one to a '{}'", proxy.typeid()))
}
