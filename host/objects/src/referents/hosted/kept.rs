//! What an embedder's object is, behind its lock.
//!
//! The code that works under such a lock is the embedder's, and may do anything. So that no two threads ever wait for each
//! other's, **a thread has one of these locks at a time**: whoever asks for a second one gets an error. (Other objects'
//! locks may be taken meanwhile: nothing that has one of those asks for one of these.) What loses its last holder under the
//! lock is freed after it.

use super::super::heavy::lock;
use super::super::prelude::*;
use super::panics::{Payload, catching, message};
use crate::object::freeing;
use std::cell::Cell;

thread_local! {
    /// Whether this thread has the lock of an embedder's object.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// While it exists, this thread has the lock of an embedder's object.
struct Inside(());

impl Inside {
    fn enter() -> Option<Self> {
        if INSIDE.replace(true) { None } else { Some(Self(())) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(false);
    }
}

/// The state of an embedder's object.
pub(super) struct Kept<T>(Mutex<State<T>>);

struct State<T> {
    /// None only when the object is freed.
    value: Option<T>,
    /// What the panic said that may have left the value in any state.
    poison: Option<String>,
}

/// Why work on a state was not done to its end.
pub(super) enum Failed {
    /// It was not begun.
    Refused(CallError),
    /// It panicked, and the state is poisoned.
    Panicked(Payload),
}

impl<T> Kept<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Mutex::new(State { value: Some(value), poison: None }))
    }

    /// Works on the state. `what` says what it is the state of: `'Account' object 0x2a`.
    pub(super) fn with<R>(&self, what: impl Fn() -> String, work: impl FnOnce(&mut T) -> R) -> Result<R, Failed> {
        let refused = |message: String| Err(Failed::Refused(CallError::internal(message)));
        freeing::after(|| {
            let Some(_inside) = Inside::enter() else { return Err(Failed::Refused(busy())) };
            let mut state = lock(&self.0);
            let State { value, poison } = &mut *state;
            if let Some(message) = poison {
                return refused(format!("the {} is poisoned: a method of it has panicked: {message}", what()));
            }
            let Some(value) = value else { return refused(format!("the {} is no more", what())) };
            catching(|| work(value)).map_err(|payload| {
                *poison = Some(message(&payload));
                Failed::Panicked(payload)
            })
        })
    }

    /// Looks at the state, poisoned or not; nothing if this thread has the lock of one already.
    pub(super) fn look<R>(&self, work: impl FnOnce(&T) -> R) -> Option<R> {
        freeing::after(|| {
            let _inside = Inside::enter()?;
            let state = lock(&self.0);
            let value = state.value.as_ref()?;
            match catching(|| work(value)) {
                Ok(result) => Some(result),
                Err(payload) => {
                    let kind = std::any::type_name::<T>();
                    tracing::error!(target: "commonhold::host_types", "looking into a {kind} panicked: {}", message(&payload));
                    None
                }
            }
        })
    }

    /// Notes that something panicked that had to do with the state.
    pub(super) fn poison(&self, payload: &Payload) {
        // Whoever has this very lock on this thread finds the panic themselves.
        let Some(_inside) = Inside::enter() else { return };
        lock(&self.0).poison.get_or_insert_with(|| message(payload));
    }

    /// The value, when nobody else has access any more.
    pub(super) fn take(&self) -> Option<T> {
        self.0.lock().value.take()
    }
}

#[cold]
fn busy() -> CallError {
    CallError::runtime(
        "a method that works on one host object cannot look into another, or into its own once more: \
         that takes a method that waits, and one after the other",
    )
}

impl Failed {
    /// The error of a call. `what` is what was called.
    pub(super) fn into_error(self, what: &str) -> CallError {
        match self {
            Self::Refused(error) => error,
            Self::Panicked(payload) => super::panics::panicked(what, &payload),
        }
    }
}
