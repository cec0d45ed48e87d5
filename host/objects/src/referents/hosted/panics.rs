//! Panics of an embedder's code, which end nothing but the call that they happen in.

use super::super::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What a panic carries.
pub(super) type Payload = Box<dyn Any + Send>;

/// Runs an embedder's code. What it may have left half done is the caller's to look after.
pub(super) fn catching<R>(work: impl FnOnce() -> R) -> Result<R, Payload> {
    catch_unwind(AssertUnwindSafe(work))
}

/// What a panic said.
pub(super) fn message(payload: &Payload) -> String {
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(|it| &**it));
    text.unwrap_or("something that is no text").to_owned()
}

/// The error of a call that panicked. `what` is what was called.
pub(super) fn panicked(what: &str, payload: &Payload) -> CallError {
    CallError::internal(format!("{what} panicked: {}", message(payload)))
}

/// Something of an embedder's that is kept only to be dropped: whatever its destructor does, nothing else comes to harm.
pub(super) struct Remnant<T>(Option<T>);

impl<T> Remnant<T> {
    pub(super) fn new(it: T) -> Self {
        Self(Some(it))
    }

    /// It, which is there until it is dropped.
    pub(super) fn get(&mut self) -> Option<&mut T> {
        self.0.as_mut()
    }
}

impl<T> Drop for Remnant<T> {
    fn drop(&mut self) {
        let it = self.0.take();
        if let Err(payload) = catching(|| drop(it)) {
            tracing::error!(
                target: "commonhold::host_types",
                "dropping a {} panicked: {}", std::any::type_name::<T>(), message(&payload)
            );
        }
    }
}

/// A future of an embedder's. It gives what the future does, or what it panicked with; `broken` is told of a panic, and of
/// one while it is dropped half-way, too.
pub(super) struct Guarded<F, B: Fn(&Payload)> {
    future: Option<Pin<Box<F>>>,
    broken: B,
}

impl<F: Future, B: Fn(&Payload)> Guarded<F, B> {
    pub(super) fn new(future: F, broken: B) -> Self {
        Self { future: Some(Box::pin(future)), broken }
    }
}

impl<F, B: Fn(&Payload)> Guarded<F, B> {
    /// Lets go of the future, which is through or given up.
    fn end(&mut self) -> Result<(), Payload> {
        let Some(future) = self.future.take() else { return Ok(()) };
        catching(|| drop(future)).inspect_err(&self.broken)
    }
}

impl<F: Future, B: Fn(&Payload) + Unpin> Future for Guarded<F, B> {
    type Output = Result<F::Output, Payload>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(future) = &mut this.future else { return Poll::Pending };
        match catching(|| future.as_mut().poll(context)) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(answer)) => Poll::Ready(this.end().map(|()| answer)),
            Err(payload) => {
                (this.broken)(&payload);
                let _also = this.end();
                Poll::Ready(Err(payload))
            }
        }
    }
}

impl<F, B: Fn(&Payload)> Drop for Guarded<F, B> {
    fn drop(&mut self) {
        if let Err(payload) = self.end() {
            tracing::error!(
                target: "commonhold::host_types",
                "giving up a {} panicked: {}", std::any::type_name::<F>(), message(&payload)
            );
        }
    }
}
