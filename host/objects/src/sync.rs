//! All locks, atomics and notifications of the crate.
//!
//! Everything that threads meet at comes from here and from nowhere else, so that a model checker can be put in its place:
//! with the feature `model`, shuttle decides at each of them who goes on.

#[cfg(feature = "model")]
mod model;

#[cfg(feature = "model")]
pub use model::{Mutex, MutexGuard, RwLock};
#[cfg(not(feature = "model"))]
pub use parking_lot::{Mutex, MutexGuard, RwLock};
#[cfg(feature = "model")]
pub use shuttle::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
#[cfg(not(feature = "model"))]
pub use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};
pub use std::sync::{Arc, LazyLock, OnceLock, Weak};
pub use tokio::sync::{Notify, oneshot, watch};
