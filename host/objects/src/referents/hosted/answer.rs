//! From what a Rust function returns to what its caller gets.

use super::super::iterator::Iteration;
use super::super::prelude::*;
use super::items::Pull;
use super::kind::Kind;
use crate::convert;
use crate::object::{Limits, too_large};
use serde::Serialize;

/// Where an answer is given.
pub struct Asked<'a> {
    /// The object whose method it is; none for what an iterator gives.
    pub(super) me: Option<&'a Proxy>,
    pub(super) home: &'a Arc<Home>,
}

/// What a method may return: anything that serde can serialise, of which its caller gets a copy; [`struct@New`], [`Itself`] or
/// [`Items`], for a proxy; and a `Result` of these with any error that becomes a [`CallError`].
///
/// `Way` tells the ways apart; the compiler finds it.
#[diagnostic::on_unimplemented(
    message = "a host type's method cannot return `{Self}`",
    note = "it returns what serde can serialise, `New`, `Itself`, `Items`, or a `Result` of these whose error converts \
            into a `CallError`"
)]
pub trait Gives<Way> {
    #[doc(hidden)]
    fn give(self, asked: &Asked<'_>) -> Outcome<Item>;
}

/// A new object of a type that the embedder has registered: whoever calls the method gets a proxy to it.
///
/// It is of the first type that was registered with this Rust type, unless [`New::of`] says which.
#[derive(Debug)]
pub struct New<T> {
    value: T,
    typeid: Option<&'static str>,
}

/// A new object with this state.
#[allow(non_snake_case, reason = "it reads as the tuple struct that it was without a typeid")]
pub fn New<T>(value: T) -> New<T> {
    New { value, typeid: None }
}

impl<T> New<T> {
    /// One of the type of that name.
    pub fn of(typeid: &'static str, value: T) -> Self {
        Self { value, typeid: Some(typeid) }
    }
}

/// The object whose method it is: whoever calls the method gets one more proxy to it, with the rights of the one that it
/// has called.
#[derive(Clone, Copy, Debug)]
pub struct Itself;

/// What a Rust iterator gives, one after the other: whoever calls the method gets a proxy to a shared `Iterator`.
///
/// It is asked for an item only when somebody draws one, and for at most 1024 in one step. It may give all that a method
/// may return but [`Itself`]; an item that is an error is told to whoever draws it, and ends nothing. Should it panic, it is
/// asked no more.
///
/// What it holds is its own affair: a proxy inside of it keeps its object alive, but no census shows it.
#[derive(Clone, Debug)]
pub struct Items<I>(pub I);

/// Ways to give: see [`Gives`].
pub mod ways {
    /// A copy.
    pub enum Copy {}
    /// One of the types of this crate.
    pub enum Proxy {}
    /// What is given if nothing fails.
    pub enum Fallible<Way> {
        #[doc(hidden)]
        Of(Way),
    }
    /// What an iterator gives.
    pub enum Each<Way> {
        #[doc(hidden)]
        Of(Way),
    }
}

impl<T: Serialize + 'static> Gives<ways::Copy> for T {
    fn give(self, asked: &Asked<'_>) -> Outcome<Item> {
        copy(self, asked.home.limits())
    }
}

impl<T: Gives<Way>, E: Into<CallError>, Way> Gives<ways::Fallible<Way>> for Result<T, E> {
    fn give(self, asked: &Asked<'_>) -> Outcome<Item> {
        Gives::<Way>::give(self.map_err(Into::into)?, asked)
    }
}

impl<T: Send + 'static> Gives<ways::Proxy> for New<T> {
    fn give(self, asked: &Asked<'_>) -> Outcome<Item> {
        Kind::find(asked.home, self.typeid)?.create(asked.home, self.value).map(Item::proxy)
    }
}

impl<T: Send + 'static> Gives<ways::Proxy> for Option<New<T>> {
    fn give(self, asked: &Asked<'_>) -> Outcome<Item> {
        self.map_or(Ok(Item::Null), |new| new.give(asked))
    }
}

impl Gives<ways::Proxy> for Itself {
    fn give(self, asked: &Asked<'_>) -> Outcome<Item> {
        let me = asked.me.ok_or_else(|| CallError::internal("what an iterator gives cannot be 'itself'"))?;
        Ok(Item::proxy(me.clone()))
    }
}

impl<I, Way> Gives<ways::Each<Way>> for Items<I>
where
    I: Iterator<Item: Gives<Way>> + Send + 'static,
    Way: 'static,
{
    fn give(self, asked: &Asked<'_>) -> Outcome<Item> {
        let mut items = self.0;
        let home = asked.home.clone();
        let pull: Pull =
            Box::new(move || items.next().map(|item| Gives::<Way>::give(item, &Asked { me: None, home: &home })));
        Ok(Item::proxy(Iteration::of_host(asked.home, pull)))
    }
}

/// A copy of what serde can serialise. The usual types take no detour through serde.
pub(super) fn copy<T: Serialize + 'static>(value: T, limits: &Limits) -> Outcome<Item> {
    let item = match usual(&value) {
        Some(item) => item,
        None => convert::item(&value).map_err(CallError::from)?,
    };
    let most = limits.value_bytes;
    if item.weight() > most { Err(too_large(most)) } else { Ok(item) }
}

fn usual<T: 'static>(value: &T) -> Option<Item> {
    // The compiler knows which it is.
    let any: &dyn Any = value;
    if let Some(number) = any.downcast_ref::<i64>() {
        Some(Item::Int(*number))
    } else if let Some(flag) = any.downcast_ref::<bool>() {
        Some(Item::Bool(*flag))
    } else if let Some(number) = any.downcast_ref::<f64>() {
        Some(Item::Float(*number))
    } else if let Some(text) = any.downcast_ref::<String>() {
        Some(Item::text(text.as_str()))
    } else if any.is::<()>() {
        Some(Item::Null)
    } else {
        None
    }
}
