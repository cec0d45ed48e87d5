//! What the SDK stands on: the generated bindings in a guest, or a manager in the same process where
//! the guest's code is built for the machine itself. Both have the same functions.

#[cfg(target_family = "wasm")]
pub use crate::generated::imports::commonhold::manager::{
    arrays, async_results, barriers, conditions, counters, deques, dicts, events, files, iterators, lists, locks,
    manager, names, namespaces, pools, processes, providers, queues, rlocks, semaphores, sets, types, values, waiting,
};
#[cfg(target_family = "wasm")]
pub use crate::generated::provider::commonhold::manager::provider_host;
#[cfg(not(target_family = "wasm"))]
pub use crate::native::{
    arrays, async_results, barriers, conditions, counters, deques, dicts, events, files, iterators, lists, locks,
    manager, names, namespaces, pools, processes, provider_host, providers, queues, rlocks, semaphores, sets, types,
    values, waiting,
};
