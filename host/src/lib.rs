//! Shared objects for sandboxed WebAssembly programs.

pub mod build;
mod embed;
mod process;
pub mod python;
mod reference;
mod wit;

use commonhold_objects::{convert, error, manager, object, referents, sync};

pub use commonhold_wire::{Element, ErrorKind, SerdeError, WIT_PACKAGE, to_text};
pub use embed::{
    Array, AsyncResult, Barrier, Builder, Condition, ConditionGuard, Counter, Deque, Dict, Event, First, Iter, List,
    Lock, LockGuard, Manager, MapOptions, Namespace, Outcome, Permit, Pool, PoolOptions, Process, Program,
    ProvideOptions, Provider, Queue, RLock, RLockGuard, Semaphore, Set, SharedValue, SpawnOptions, Taken, Then,
    Waitable, WeakManager,
};
pub use error::Error;
pub use manager::ObjectInfo;
pub use object::{CallError, NameGrants, Proxy, Rights};
pub use process::Limits;
pub use reference::reference;
pub use referents::hosted::{HostObject, HostType, Items, Itself, Made, New, WeakHostObject};
pub use wit::{Exit, Fault, FaultHook, GuestCtx, GuestView, HostError, Lent, Slot, add_to_linker, keyvalue};

/// What wasmtime's `bindgen!` makes of the WIT package, for the `with` of an embedder's own `bindgen!`, so that both
/// have the same types: see [`GuestCtx`].
pub mod bindings {
    pub use crate::wit::bindings::imports::commonhold::manager::{
        arrays, async_results, barriers, codecs, conditions, counters, deques, dicts, events, files, iterators, lists,
        locks, manager, names, namespaces, pools, processes, providers, queues, rlocks, semaphores, sets, types,
        values, waiting,
    };
    pub use crate::wit::bindings::provider_host::commonhold::manager::provider_host;
}

/// What the functions are that a [`HostType`] is made of: traits that are implemented for functions and for what they
/// return, so that nobody has to.
pub mod host_type {
    pub use crate::referents::hosted::{Arguments, Changing, Gives, Makes, Making, Reading, Waiting, ways};
}

/// A value with proxies in it, taken apart.
pub type Value = commonhold_wire::Value<Proxy>;

/// Turns anything that serde can serialise into a value, proxies included.
///
/// # Errors
///
/// If it has no value: see `docs/values.md`.
pub fn to_value<T: serde::Serialize + ?Sized>(value: &T) -> Result<Value, SerdeError> {
    commonhold_wire::to_value(value)
}

/// Reads anything that serde can deserialise from a value, proxies included.
///
/// # Errors
///
/// If the value is not one of that type; the error tells where.
pub fn from_value<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, SerdeError> {
    commonhold_wire::from_value(value)
}
