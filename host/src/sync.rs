//! All locks, atomics and notifications of the crate.
//!
//! Everything that threads meet at comes from here and from nowhere else, so that a model checker
//! (loom, shuttle) can be put in its place.

pub(crate) use parking_lot::{Mutex, MutexGuard, RwLock};
pub(crate) use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, LazyLock, OnceLock, Weak};
pub(crate) use tokio::sync::{Notify, oneshot};
