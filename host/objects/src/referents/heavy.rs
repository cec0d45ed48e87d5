//! Keeping the async runtime's threads free: a thread that waits for an object's lock, or works
//! through something big, tells the runtime first, so that other processes go on elsewhere.

use crate::sync::{Mutex, MutexGuard};
use tokio::runtime::{Handle, RuntimeFlavor};

/// From how many elements on work counts as heavy.
pub(super) const HEAVY: usize = 64 << 10;

/// How often a lock is tried before it is waited for. Most are held for some nanoseconds.
const TRIES: usize = 40;

/// Does work that is linear in `size`.
pub(super) fn heavy<R>(size: usize, work: impl FnOnce() -> R) -> R {
    if size > HEAVY { aside(work) } else { work() }
}

/// Takes the lock of an object's state.
#[inline]
pub(super) fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    match state.try_lock() {
        Some(guard) => guard,
        None => contended(state),
    }
}

#[cold]
fn contended<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    for _ in 0..TRIES {
        std::hint::spin_loop();
        if let Some(guard) = state.try_lock() {
            return guard;
        }
    }
    aside(|| state.lock())
}

/// Runs what may take long, after other tasks of this thread were given to another one. On a
/// current-thread runtime, or outside of any, there is nobody to give them to. Nor is there where no
/// task runs: in the future of a `block_on`, whose thread has no other tasks, or of a `LocalSet`, whose
/// other tasks may not leave the thread, and where tokio would panic. It also does in a task that was
/// spawned onto a `LocalSet` on a multi-threaded runtime, which cannot be told from others here.
pub(super) fn aside<R>(work: impl FnOnce() -> R) -> R {
    match Handle::try_current() {
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread && tokio::task::try_id().is_some() => {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}
