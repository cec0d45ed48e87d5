//! The shared types, one file each: a type's state, its methods and its declaration, and nothing
//! else. They know nothing about WebAssembly.
//!
//! A type is added by its file, one line in [`builtin`] and its typed interface in the WIT package.

pub mod array;
pub mod async_result;
pub mod barrier;
pub mod condition;
pub mod counter;
pub mod custom;
pub mod deque;
pub mod dict;
pub mod event;
pub mod hosted;
pub mod iterator;
pub mod list;
pub mod lock;
pub mod namespace;
pub mod pool;
pub mod process;
pub mod queue;
pub mod rlock;
pub mod semaphore;
pub mod set;
pub mod several;
pub mod slice;
pub mod value;

mod children;
mod comparing;
mod heavy;
mod mutual;
mod operand;
mod own_lock;
mod path;
mod seconds;
mod sorting;
mod table;
#[cfg(test)]
mod tests;

/// What every shared type is written with.
pub mod prelude {
    pub use super::{Builtin, Constructor};
    pub use crate::object::declare::type_error;
    pub use crate::object::{
        Args, CallError, Caller, Effect, Home, Item, Method, Outcome, Proxy, Referent, Remains, Run, Shared, TypeInfo,
    };
    pub use crate::sync::{Arc, LazyLock, Mutex};
    pub use commonhold_wire::ErrorKind;
    pub use std::any::Any;
}

use prelude::*;

/// How an object of a type is made by the type's name.
pub struct Constructor {
    /// In Python's notation, as for methods.
    pub signature: &'static str,
    pub run: fn(&Caller, Args) -> Outcome<Proxy>,
}

/// A shared type of this crate: its declaration, and its constructor if it can be created by name.
pub struct Builtin {
    pub info: &'static LazyLock<TypeInfo>,
    pub constructor: Option<Constructor>,
}

impl Builtin {
    pub fn typeid(&self) -> &'static str {
        LazyLock::force(self.info).typeid()
    }
}

/// All shared types of this crate.
pub fn builtin() -> Vec<Builtin> {
    vec![
        list::TYPE, //
        dict::TYPE,
        counter::TYPE,
        deque::TYPE,
        set::TYPE,
        namespace::TYPE,
        value::TYPE,
        array::TYPE,
        iterator::TYPE,
        lock::TYPE,
        rlock::TYPE,
        semaphore::TYPE,
        semaphore::BOUNDED_TYPE,
        condition::TYPE,
        event::TYPE,
        barrier::TYPE,
        queue::TYPE,
        queue::JOINABLE_TYPE,
        pool::TYPE,
        async_result::TYPE,
        process::TYPE,
    ]
}

/// The state of a proxy's referent, if it is of the type that an operation is for.
pub fn expect_type<'a, T: Shared>(proxy: &'a Proxy, typeid: &str) -> Outcome<&'a T> {
    proxy.downcast().ok_or_else(|| wrong_type(proxy, typeid))
}

#[cold]
fn wrong_type(proxy: &Proxy, typeid: &str) -> CallError {
    type_error(format!("expected a proxy to a '{typeid}', got one to a '{}'", proxy.typeid()))
}
