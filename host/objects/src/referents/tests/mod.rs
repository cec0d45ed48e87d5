//! Tests of the containers, through the same door as guests: calls of methods by their names.

mod arrays;
mod atomic;
mod children;
mod counters;
mod deaths;
mod deques;
mod dicts;
mod differential;
mod expiry;
mod exposing;
mod fields;
mod first;
mod foreign;
mod holders;
mod hopes;
mod hosted;
mod iterators;
mod keyvalue;
mod large;
#[cfg(not(feature = "model"))]
mod linear;
mod lists;
mod locks;
mod looking;
mod meetings;
mod messages;
#[cfg(feature = "model")]
mod model;
mod nesting;
mod paths;
mod pools;
mod queues;
mod revoking;
mod rights;
mod samples;
mod sets;
mod turns;
mod waits;

use super::dict::Dict;
use super::list::List;
use super::prelude::*;
use super::set::Set;
use crate::object::{Actor, BoxFuture, Limits, Rights, call};
use commonhold_wire::{Value, repr};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// What these tests make of a value in Rust.
pub(super) type Plain = Value<Proxy>;

/// A plain value, from what Rust has.
pub(super) fn v(value: impl Into<Plain>) -> Item {
    Item::from_value(value.into()).unwrap()
}

/// Items of different types, as a `Vec`.
macro_rules! items {
    ($($item:expr),* $(,)?) => { vec![$($crate::referents::tests::v($item)),*] };
}

/// A plain list.
macro_rules! list {
    ($($item:expr),* $(,)?) => {
        $crate::referents::tests::Plain::List(vec![$($crate::referents::tests::Plain::from($item)),*])
    };
}

/// A plain tuple.
macro_rules! tuple {
    ($($item:expr),* $(,)?) => {
        $crate::referents::tests::Plain::Tuple(vec![$($crate::referents::tests::Plain::from($item)),*])
    };
}

/// A plain dict.
macro_rules! dict {
    ($($key:expr => $item:expr),* $(,)?) => {
        $crate::referents::tests::Plain::dict(vec![
            $(($crate::referents::tests::Plain::from($key), $crate::referents::tests::Plain::from($item))),*
        ]).unwrap()
    };
}
pub(super) use {dict, items, list, tuple};

/// A slice; `None` where a part is left out.
pub(super) fn slice(start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Plain {
    Value::Slice(Box::new([start.into(), stop.into(), step.into()]))
}

/// Nothing.
pub(super) const NONE: Plain = Value::Null;

/// A manager's objects and somebody who uses them.
pub(super) struct World {
    pub(super) caller: Caller,
    /// The workers of its pools.
    office: Arc<pools::Office>,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(super) fn with_limits(limits: Limits) -> Self {
        let home = Home::new(limits);
        let actor = Actor::new(home.next_id(), "test");
        let office = pools::Office::of(&home);
        Self { caller: Caller { home, actor }, office }
    }

    /// How many objects there are.
    pub(super) fn objects(&self) -> u64 {
        self.caller.home.number_of_objects()
    }

    pub(super) fn list(&self, items: impl Into<Plain>) -> Proxy {
        List::create_from(&self.caller, &v(items)).unwrap()
    }

    pub(super) fn dict(&self, entries: impl Into<Plain>) -> Proxy {
        Dict::create_from(&self.caller, &v(entries)).unwrap()
    }

    pub(super) fn set(&self, elements: impl Into<Plain>) -> Proxy {
        Set::create_from(&self.caller, &v(elements)).unwrap()
    }

    /// Makes an object by the name of its type.
    pub(super) fn create(&self, typeid: &str, args: Vec<Item>, kwargs: Vec<(&str, Item)>) -> Outcome<Proxy> {
        let builtin = super::builtin().into_iter().find(|builtin| builtin.typeid() == typeid).unwrap();
        let constructor = builtin.constructor.unwrap();
        let signature = crate::object::Signature::parse(constructor.signature);
        let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
        (constructor.run)(&self.caller, signature.bind(None, args.into(), kwargs)?)
    }

    /// Calls a method.
    pub(super) fn call(&self, me: &Proxy, method: &str, args: Vec<Item>) -> Outcome<Item> {
        self.call_with(me, method, args, vec![])
    }

    pub(super) fn call_with(
        &self,
        me: &Proxy,
        method: &str,
        args: Vec<Item>,
        kwargs: Vec<(&str, Item)>,
    ) -> Outcome<Item> {
        let kwargs = kwargs.into_iter().map(|(name, item)| (name.to_owned(), item)).collect();
        at_once(call::call(me, &self.caller, method, args.into(), kwargs))
    }

    /// What a call gives, as Python prints it: a value, or an error.
    pub(super) fn show(&self, me: &Proxy, method: &str, args: Vec<Item>) -> String {
        shown(self.call(me, method, args))
    }

    pub(super) fn show_with(&self, me: &Proxy, method: &str, args: Vec<Item>, kwargs: Vec<(&str, Item)>) -> String {
        shown(self.call_with(me, method, args, kwargs))
    }

    /// An object as Python prints it.
    pub(super) fn text(&self, me: &Proxy) -> String {
        at_once(call::to_text(me, &self.caller)).unwrap()
    }

    pub(super) fn value(&self, me: &Proxy) -> Outcome<Item> {
        at_once(call::get_value(me, &self.caller))
    }

    /// The same object, with these methods only.
    pub(super) fn narrowed(&self, proxy: &Proxy, methods: &[&str]) -> Proxy {
        let methods = Some(methods.iter().map(|name| (*name).to_owned()).collect());
        self.with_rights(proxy, &Rights { methods, get_value: false, to_text: false, ..Rights::all() })
    }

    /// The same object, with these rights.
    pub(super) fn with_rights(&self, proxy: &Proxy, rights: &Rights) -> Proxy {
        let actor = self.caller.actor.id();
        proxy.with_grant(proxy.grant().narrow(rights, proxy.body().type_info(), actor).unwrap())
    }

    /// Takes back what the test has narrowed.
    pub(super) fn revoke(&self, proxy: &Proxy) {
        proxy.grant().revoke(self.caller.actor.id()).unwrap();
    }
}

/// What Python prints of a result.
pub(super) fn shown(outcome: Outcome<Item>) -> String {
    match outcome {
        Ok(item) => repr(&item.to_value()).unwrap(),
        Err(error) => error.to_string(),
    }
}

/// The outcome of what does not wait.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("it waits"),
    }
}

/// A call of a method on behalf of a caller.
pub(super) fn by_name<'a>(
    me: &'a Proxy,
    caller: &'a Caller,
    method: &'a str,
    args: Vec<Item>,
) -> BoxFuture<'a, Outcome<Item>> {
    Box::pin(call::call(me, caller, method, args.into(), Vec::new()))
}

/// What a call gives that does not wait.
pub(super) fn now(me: &Proxy, caller: &Caller, method: &str, args: Vec<Item>) -> Outcome<Item> {
    at_once(by_name(me, caller, method, args))
}

/// The same, as Python prints it.
pub(super) fn show_now(me: &Proxy, caller: &Caller, method: &str, args: Vec<Item>) -> String {
    shown(now(me, caller, method, args))
}

/// A call that has begun, and may have to wait.
pub(super) struct Begun<'a>(BoxFuture<'a, Outcome<Item>>);

impl<'a> Begun<'a> {
    pub(super) fn new(call: BoxFuture<'a, Outcome<Item>>) -> Self {
        let mut begun = Self(call);
        begun.waits();
        begun
    }

    /// What it has come to, as Python prints it; none if it still waits.
    pub(super) fn outcome(&mut self) -> Option<String> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(shown(outcome)),
            Poll::Pending => None,
        }
    }

    #[track_caller]
    pub(super) fn waits(&mut self) {
        assert_eq!(self.outcome(), None, "it does not wait");
    }

    #[track_caller]
    pub(super) fn over(mut self) -> String {
        self.outcome().expect("it still waits")
    }
}

/// A call that has to wait.
#[track_caller]
pub(super) fn begun<'a>(me: &'a Proxy, caller: &'a Caller, method: &'a str, args: Vec<Item>) -> Begun<'a> {
    Begun::new(by_name(me, caller, method, args))
}

/// Runs what waits for a time, which passes at once.
pub(super) fn timed<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

/// Waits until all that lost its last holder is freed.
pub(super) fn settle() {
    while !crate::object::freeing::is_settled() {
        std::thread::yield_now();
    }
}

/// Random numbers, the same each time for the same seed.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from zero to below the bound.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
