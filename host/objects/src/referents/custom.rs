//! Types that a provider implements: the manager has the object's identity and its holders, the
//! provider its state.
//!
//! What is asked of a provider waits in its [`Mailbox`] until the provider's task comes to it, one
//! request after the other. A request holds the proxies that it needs, so a call is finished, and
//! its arguments live, even if its caller is killed meanwhile; and the news that an object is gone
//! cannot overtake a call to it.

mod lending;
mod mailbox;
mod provider;

pub use lending::driven;
pub use mailbox::{Ask, Ending, Mailbox, Reply, Request};
pub use provider::{Description, Driver, ProvidedType, Provider, Types};

use super::iterator::{Begun, Source, stop_iteration};
use super::prelude::*;
use crate::object::{Bit, BoxFuture, Foreign, GET_VALUE, Remote};
use crate::sync::{AtomicBool, Ordering};

pub type Keywords = Vec<(String, Item)>;

/// An object of a provider.
pub struct Custom {
    provided: Arc<ProvidedType>,
    provider: Arc<Provider>,
    /// Whether the provider has a state for it, and so has to be told when it is gone.
    has_state: AtomicBool,
}

impl Custom {
    /// Notes that the provider's constructor has succeeded, and what it has given in the object's place. Returns the
    /// answer to whoever asked for it.
    pub fn constructed(proxy: &Proxy, given: Option<Item>) -> Item {
        match given {
            // Itself is what it would be anyway.
            Some(Item::Proxy(given)) if !given.same(proxy) => Item::Proxy(given),
            _ => {
                if let Some(custom) = proxy.downcast::<Self>() {
                    custom.has_state.store(true, Ordering::Release);
                }
                Item::Null
            }
        }
    }

    /// Calls a method without arguments; none if the type has no such method.
    pub(super) async fn call_if_declared(me: &Proxy, caller: &Caller, method: &str) -> Option<Outcome<Item>> {
        let number = me.body().type_info().number_of(method)?;
        let custom = super::expect_type::<Self>(me, "provided").and_then(|custom| me.check(number).map(|()| custom));
        match custom {
            Ok(custom) => Some(custom.ask_method(me, caller, number, Vec::new(), Vec::new(), None).await),
            Err(error) => Some(Err(error)),
        }
    }

    /// Asks for the next item, of an object that has a `__next__`.
    pub(super) async fn step(me: &Proxy, caller: &Caller, ending: &Arc<Ending>) -> Outcome<Item> {
        let custom = super::expect_type::<Self>(me, "provided")?;
        let Some(number) = me.body().type_info().number_of("__next__") else {
            // Whatever is gone over has one.
            return Err(CallError::new(ErrorKind::Internal, "an iterator without a `__next__`"));
        };
        me.check(number)?;
        if ending.has_come() {
            return Err(stop_iteration());
        }
        custom.ask_method(me, caller, number, Vec::new(), Vec::new(), Some(ending.clone())).await
    }

    async fn ask_method(
        &self,
        me: &Proxy,
        caller: &Caller,
        method: Bit,
        args: Vec<Item>,
        kwargs: Keywords,
        ending: Option<Arc<Ending>>,
    ) -> Outcome<Item> {
        let ask = Ask::Call { me: me.clone(), method, args, kwargs };
        self.provider.ask(me, caller, ask, ending).await
    }
}

impl Shared for Custom {
    fn type_info(&self) -> &TypeInfo {
        &self.provided.info
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, me: u64) -> Remains {
        self.provider.forget(me);
        if self.has_state.load(Ordering::Acquire) {
            self.provider.mailbox.release(me);
        }
        Remains::Nothing
    }

    fn edges(&self, _visit: &mut dyn FnMut(&Proxy)) {}

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        // The provider prints it; this is what those see who cannot wait for that.
        Ok(format!("<{} object at {me:#x}>", self.provided.info.typeid()))
    }

    fn foreign(&self) -> Option<&dyn Foreign> {
        Some(self)
    }

    fn remote(&self) -> Option<&dyn Remote> {
        Some(self)
    }
}

impl Remote for Custom {
    /// What it yields if it can be gone over, or else a copy of its state.
    fn contents<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move {
            let info = &self.provided.info;
            if info.number_of("__iter__").or(info.number_of("__next__")).is_none() {
                me.check(GET_VALUE)?;
                return Foreign::get_value(self, me, caller).await;
            }
            match Source::begin(me, caller).await? {
                Begun::Source(source) => Item::list(source.rest(None, caller).await?.iter(), me.home().limits()),
                // An iterator over it is gone over in its turn.
                given => {
                    let iterator = given.into_iterator(caller)?;
                    match iterator.body().remote() {
                        Some(remote) => remote.contents(&iterator, caller).await,
                        None => Ok(Item::proxy(iterator)),
                    }
                }
            }
        })
    }

    fn iterator<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(async move { Source::begin(me, caller).await?.into_iterator(caller).map(Item::proxy) })
    }
}

impl Foreign for Custom {
    fn call<'a>(
        &'a self,
        me: &'a Proxy,
        caller: &'a Caller,
        method: Bit,
        args: Vec<Item>,
        kwargs: Keywords,
    ) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(self.ask_method(me, caller, method, args, kwargs, None))
    }

    fn get_value<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>> {
        Box::pin(self.provider.ask(me, caller, Ask::GetValue { me: me.clone() }, None))
    }

    fn to_text<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<String>> {
        Box::pin(async move {
            match self.provider.ask(me, caller, Ask::ToText { me: me.clone() }, None).await? {
                Item::Text(text) => Ok(text.to_string()),
                _ => Err(CallError::new(ErrorKind::Internal, "a text that is none")),
            }
        })
    }
}
