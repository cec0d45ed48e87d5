//! The manager of a native build, in the test's own process.
//!
//! It has the functions of the generated bindings, with the same names and shapes, so that all of the
//! SDK above it is the same code in a test and in a guest. What is below is the same, too: the objects
//! are the manager's own, of the crate `commonhold-objects`. This only converts, as the manager does
//! for a guest, and has threads where the manager has guests: [`guest`] is one of them, [`world`] is
//! what starts and ends them.

pub mod arrays;
pub mod async_results;
pub mod barriers;
pub mod conditions;
pub mod counters;
pub mod deques;
pub mod dicts;
pub mod events;
pub mod files;
pub mod iterators;
pub mod lists;
pub mod locks;
pub mod manager;
pub mod names;
pub mod namespaces;
pub mod pools;
pub mod processes;
pub mod provider_host;
pub mod providers;
pub mod queues;
pub mod rlocks;
pub mod semaphores;
pub mod sets;
pub mod types;
pub mod values;
pub mod waiting;

mod guest;
mod provider;
mod world;

use std::time::Duration;

pub(crate) use world::run;

/// Lets the calling thread wait so long; a process can be killed meanwhile.
pub(crate) fn sleep(duration: Duration) {
    let waited = guest::existing().filter(|guest| guest.is_spawned()).map(|guest| {
        guest.wait(async {
            tokio::time::sleep(duration).await;
            Ok(())
        })
    });
    if !matches!(waited, Some(Ok(()))) {
        std::thread::sleep(duration);
    }
}
