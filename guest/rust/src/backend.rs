//! What the SDK stands on: the generated bindings in a guest, or a manager in the same process where
//! the guest's code is built for the machine itself. Both have the same functions.

#[cfg(target_family = "wasm")]
pub use crate::generated::imports::commonhold::manager::{
    arrays, barriers, conditions, counters, deques, dicts, events, files, iterators, lists, locks, manager, namespaces,
    processes, queues, rlocks, semaphores, sets, types, values, waiting,
};
#[cfg(target_family = "wasm")]
pub use crate::generated::provider::commonhold::manager::provider_host;
#[cfg(not(target_family = "wasm"))]
pub use crate::native::{
    arrays, barriers, conditions, counters, deques, dicts, events, files, iterators, lists, locks, manager, namespaces,
    processes, provider_host, queues, rlocks, semaphores, sets, types, values, waiting,
};
