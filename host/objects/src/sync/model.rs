//! Shuttle's locks with the interface of those that they stand for.

use shuttle::sync;
pub use sync::MutexGuard;
use sync::{RwLockReadGuard, RwLockWriteGuard};

#[derive(Default)]
pub struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub const fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    /// A model ends with the first panic, so nothing is ever poisoned for anybody.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(sync::PoisonError::into_inner)
    }

    /// Waits like `lock`: whoever does not get it at once tries again until it does, and nothing comes of that but more
    /// schedules.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        Some(self.lock())
    }

    pub fn is_locked(&self) -> bool {
        self.0.try_lock().is_err()
    }
}

#[derive(Default)]
pub struct RwLock<T>(sync::RwLock<T>);

impl<T> RwLock<T> {
    pub fn read(&self) -> RwLockReadGuard<'_, T> {
        self.0.read().unwrap_or_else(sync::PoisonError::into_inner)
    }

    pub fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.0.write().unwrap_or_else(sync::PoisonError::into_inner)
    }
}
