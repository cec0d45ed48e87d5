//! Host types: types that an embedder registers, whose state is a value of a Rust type and whose methods are functions on it.
//!
//! Such a type has the same declaration as those of this crate, and goes the same way: a call finds its method there by
//! name, binds its arguments to the signature, and runs it. What is made here is what runs it: a closure that reads the
//! parameters (`arguments`), takes the state's lock (`kept`), calls the embedder's function, and makes an item of what that
//! returns (`answer`). Only the function itself runs under the lock, unless it waits: then it is given a handle
//! ([`HostObject`]), and takes the lock when it needs it.
//!
//! Nothing that the embedder's code does ends more than the call: a panic is an error, and poisons the object that it
//! happened in (`panics`).

mod answer;
mod arguments;
mod builder;
mod function;
mod handle;
mod items;
mod kept;
mod kind;
mod panics;
mod registered;

pub use answer::{Gives, Items, Itself, New, ways};
pub use arguments::{ARGUMENT_DEPTH, Arguments};
pub use builder::HostType;
pub use function::{Changing, Made, Makes, Making, Reading, Waiting};
pub use handle::{HostObject, WeakHostObject};
pub(super) use items::{Pull, Yielding};
pub use registered::Registered;

use super::iterator::{Iteration, no_iterator};
use super::prelude::*;
use crate::error::Error;
use crate::object::{BoxFuture, GET_VALUE, Limits, Remote, call};
use kept::{Failed, Kept};
use kind::Kind;
use panics::{Payload, Remnant, catching, panicked};

/// An object of a type that an embedder has registered.
struct Hosted<T> {
    kind: Arc<Kind<T>>,
    kept: Kept<T>,
}

impl<T: Send + 'static> Hosted<T> {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        proxy.downcast().ok_or_else(|| {
            let rust = std::any::type_name::<T>();
            let plain = rust.split('<').next().unwrap_or(rust);
            let name = plain.rsplit("::").next().unwrap_or(plain);
            // The name of the Rust type is mostly that of the shared one, which may be several.
            type_error(format!("expected a proxy to a '{name}', got one to a '{}'", proxy.typeid()))
        })
    }

    fn name(&self, me: u64) -> String {
        format!("'{}' object {me:#x}", self.kind.info.typeid())
    }

    /// Works on the state for a method.
    fn run<R>(&self, me: &Proxy, method: &str, work: impl FnOnce(&mut T) -> R) -> Outcome<R> {
        self.kept.with(|| self.name(me.id()), work).map_err(|failed| failed.into_error(&format!("{method}()")))
    }

    /// Works on the state for the embedder's own code, whose panic is its own.
    fn work<R>(&self, me: &Proxy, work: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        match self.kept.with(|| self.name(me.id()), work) {
            Ok(result) => Ok(result),
            Err(Failed::Refused(error)) => Err(error.into()),
            Err(Failed::Panicked(payload)) => std::panic::resume_unwind(payload),
        }
    }

    fn poison(&self, payload: &Payload) {
        self.kept.poison(payload);
    }
}

impl<T: Send + 'static> Shared for Hosted<T> {
    fn type_info(&self) -> &TypeInfo {
        &self.kind.info
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        match self.kept.take() {
            Some(value) => Remains::Other(Box::new(Remnant::new(value)), 1),
            None => Remains::Nothing,
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        if let Some(contains) = &self.kind.contains {
            // Of a state that is poisoned, too: it holds what it holds.
            self.kept.look(|state| contains(state, visit));
        }
    }

    fn get_value(&self, limits: &Limits) -> Outcome<Item> {
        let Some(copy) = &self.kind.copy else {
            let message = format!("cannot copy a '{}' object out of the manager", self.kind.info.typeid());
            return Err(CallError::new(ErrorKind::Unserializable, message));
        };
        let name = || format!("'{}' object", self.kind.info.typeid());
        let copied = self.kept.with(name, |state| copy(state)).map_err(|failed| failed.into_error("copying it"))?;
        catching(|| copied(limits)).map_err(|payload| panicked("copying it", &payload))?
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        match &self.kind.text {
            None => Ok(format!("<{} object at {me:#x}>", self.kind.info.typeid())),
            Some(text) => {
                self.kept.with(|| self.name(me), |state| text(state)).map_err(|failed| failed.into_error("printing it"))
            }
        }
    }

    fn remote(&self) -> Option<&dyn Remote> {
        if self.iterates() || self.kind.copy.is_some() { Some(self) } else { None }
    }
}

impl<T: Send + 'static> Hosted<T> {
    fn iterates(&self) -> bool {
        self.kind.info.number_of(ITER).is_some()
    }
}

const ITER: &str = "__iter__";

/// Its methods are the embedder's code, and may wait.
impl<T: Send + 'static> Remote for Hosted<T> {
    /// What its `__iter__` gives, if it has one, or else a copy of its state.
    fn contents<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move {
            if !self.iterates() {
                me.check(GET_VALUE)?;
                return self.get_value(me.home().limits());
            }
            let given = self.iterator(me, caller).await?;
            match &given {
                Item::Proxy(iterator) => match iterator.body().remote() {
                    Some(remote) => remote.contents(iterator, caller).await,
                    None => Ok(given),
                },
                _ => Ok(given),
            }
        })
    }

    fn iterator<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move {
            if !self.iterates() {
                return Err(super::operand::not_iterable(&Item::proxy(me.clone())));
            }
            let given = call::call(me, caller, ITER, smallvec::SmallVec::new(), Vec::new()).await?;
            if let Item::Proxy(proxy) = &given
                && proxy.same(me)
            {
                return Err(no_iterator(&given));
            }
            Iteration::given(caller, &given).map(Item::proxy)
        })
    }
}
