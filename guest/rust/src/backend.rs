//! What the SDK stands on: the generated bindings in a guest, or a manager in the same process where
//! the guest's code is built for the machine itself. Both have the same functions.

#[cfg(target_family = "wasm")]
pub use crate::generated::imports::commonhold::manager::{
    arrays, counters, deques, dicts, files, iterators, lists, locks, manager, namespaces, processes, sets, types,
    values,
};
#[cfg(target_family = "wasm")]
pub use crate::generated::provider::commonhold::manager::provider_host;
#[cfg(not(target_family = "wasm"))]
pub use crate::native::{
    arrays, counters, deques, dicts, files, iterators, lists, locks, manager, namespaces, processes, provider_host,
    sets, types, values,
};
