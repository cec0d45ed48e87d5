//! All locks, atomics and notifications of the crate.
//!
//! Everything that threads meet at comes from here and from nowhere else, so that a model checker
//! (loom, shuttle) can be put in its place.

pub use parking_lot::{Mutex, MutexGuard, RwLock};
pub use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub use std::sync::{Arc, LazyLock, OnceLock, Weak};
pub use tokio::sync::{Notify, oneshot};
