//! What an embedder's own code and a guest of theirs give each other: proxies and values, as the parameters and results
//! of functions of the embedder's own world.

use super::bindings::imports::commonhold::manager::types;
use super::{GuestCtx, HostError, Slot};
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::object::{CallError, Proxy};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasmtime::component::Resource;

/// A proxy that is lent to a guest, for as many calls as one likes: see [`GuestCtx::lend_proxy`].
#[derive(Debug)]
#[must_use = "the guest's context keeps the proxy until it gets this back"]
pub struct Lent(Resource<Slot>);

impl Lent {
    /// What to pass for a parameter of type `borrow<proxy>`.
    pub fn handle(&self) -> Resource<Slot> {
        Resource::new_borrow(self.0.rep())
    }
}

/// What goes to the guest, and what comes from it. Handles of one guest mean nothing to another.
impl GuestCtx {
    /// What to pass for a parameter of type `proxy`, or to return as a result from a function that the guest imports:
    /// from then on the guest has it. What is not passed on is kept until the context is dropped, or
    /// [taken](Self::take_proxy) again.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if the guest holds as many proxies as it may.
    pub fn give_proxy(&mut self, proxy: Proxy) -> Result<Resource<Slot>, Error> {
        self.make_room(1)?;
        Ok(Resource::new_own(self.table.insert(proxy)))
    }

    /// A proxy to pass for parameters of type `borrow<proxy>`, in any number of calls, until it is
    /// [taken back](Self::take_back).
    ///
    /// # Errors
    ///
    /// As for [`give_proxy`](Self::give_proxy).
    pub fn lend_proxy(&mut self, proxy: &Proxy) -> Result<Lent, Error> {
        self.give_proxy(proxy.clone()).map(Lent)
    }

    /// Ends a loan, when no call with it is under way any more.
    pub fn take_back(&mut self, lent: Lent) {
        drop(self.table.remove(lent.0.rep()));
    }

    /// The proxy in a result of type `proxy`, or in such an argument of a function that the guest imports: it is the
    /// guest's no more.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] if the handle is not one of this guest's.
    pub fn take_proxy(&mut self, handle: Resource<Slot>) -> Result<Proxy, Error> {
        if !handle.owned() {
            return Err(Error::Runtime("a handle that is only borrowed cannot be taken".into()));
        }
        self.table.remove(handle.rep()).ok_or_else(not_this_guests)
    }

    /// The proxy behind a handle, such as an argument of type `borrow<proxy>` of a function that the guest imports.
    ///
    /// # Errors
    ///
    /// [`Error::Runtime`] if the handle is not one of this guest's.
    pub fn get_proxy(&self, handle: &Resource<Slot>) -> Result<&Proxy, Error> {
        self.table.get(handle.rep()).ok_or_else(not_this_guests)
    }

    /// Anything that serde can serialise, as a `value` for the guest. The proxies in it are the guest's from then on.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no value, and `quota-exceeded` if it is too large or holds more
    /// proxies than there is room for.
    pub fn give_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<types::Value, Error> {
        Ok(self.value(item(value)?)?)
    }

    /// What is in a `value` that the guest gave. The proxies in it are the guest's no more.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is malformed or no `T`, `quota-exceeded` if it is too large.
    pub fn take_value<T: DeserializeOwned>(&mut self, value: types::Value) -> Result<T, Error> {
        read_item(&self.taken(value)?)
    }

    /// What is in an `argument` that the guest gave: a copy, for the guest only lent it.
    ///
    /// # Errors
    ///
    /// As for [`take_value`](Self::take_value).
    pub fn get_argument<T: DeserializeOwned>(&self, argument: types::Argument) -> Result<T, Error> {
        let item = self.item(argument).map_err(|error| match error {
            HostError::Call(error) => Error::Call(*error),
            HostError::Trap(error) => Error::Runtime(format!("{error:#}")),
        })?;
        read_item(&item)
    }

    /// An error for the guest, as an `error`.
    pub fn give_error(&mut self, error: CallError) -> types::Error {
        self.error(error)
    }

    /// What an `error` says that the guest gave. The proxies in it are the guest's no more.
    pub fn take_error(&mut self, error: types::Error) -> CallError {
        self.taken_error(error)
    }
}

#[cold]
fn not_this_guests() -> Error {
    Error::Runtime("the handle is not one of this guest's".into())
}
