//! What typed proxies of provided types stand on, beside what all proxies have: the expansion of `#[shared_interface]`
//! and of `#[shared_type(proxy = ...)]` calls it.

use std::cell::RefCell;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entry::{Given, Made, Raw};
use crate::provider::{Method, Provider, SharedType};
use crate::{Array, Counter, Deque, Dict, ErrorKind, Iter, List, Proxy, Result, Set, Value, error, manager, to_value};

/// What an interface says of a type that implements it.
pub struct Interface<T: SharedType> {
    /// The type's name.
    pub typeid: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its methods.
    pub methods: &'static [Method],
    /// Whether there is a constructor.
    pub creatable: bool,
    /// Makes a new state, or gives an object that there is.
    pub construct: fn(Given) -> Result<Made<T>>,
    /// Calls a method.
    pub call: fn(&RefCell<T>, &str, Given) -> Result<Raw>,
}

/// The type of the proxies to a type that is not behind an interface.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no proxy of its own that could be told here",
    note = "where it implements a `#[shared_interface]`, give the proxy's type, and make it of a `Shared` with `into`"
)]
pub trait ProxyOf: SharedType {
    /// The type: `Proxy`, or what `#[shared_type(proxy = ...)]` says.
    type Proxy;
}

/// What can be gone over, as far as its type tells.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` are not known",
    note = "`__iter__` gives an `Iter<T>`, a `List<T>`, a `Vec<T>`, or a typed proxy whose type has `__next__`"
)]
pub trait Yields {
    /// The type of the items.
    type Item;
}

macro_rules! yields {
    ($($name:ident<$item:ident $(, $other:ident)?>;)+) => {
        $(impl<$item $(, $other)?> Yields for $name<$item $(, $other)?> {
            type Item = $item;
        })+
    };
}

yields! {
    Array<T>;
    Counter<K>;
    Deque<T>;
    Dict<K, V>;
    Iter<T>;
    List<T>;
    Set<T>;
    Vec<T>;
}

/// Fails with `type` if a proxy is one to another type.
pub fn check_type(proxy: &Proxy, typeid: &str) -> Result<()> {
    if proxy.typeid() == typeid { Ok(()) } else { Err(error::wrong_type(typeid, proxy)) }
}

/// What a `__next__` gives; none at the end.
pub fn next_item<T: DeserializeOwned>(proxy: &Proxy) -> Result<Option<T>> {
    match proxy.call("__next__", ()) {
        Ok(item) => Ok(Some(item)),
        Err(error) if error.kind == ErrorKind::StopIteration => Ok(None),
        Err(error) => Err(error),
    }
}

/// The arguments of a call some of which may be left out.
///
/// What is left out is not sent as none: then the provider's own default holds, in whatever language it is written.
#[derive(Default)]
pub struct Sent {
    named: Vec<(&'static str, Option<Value>)>,
    rest: Vec<Value>,
}

impl Sent {
    /// Adds an argument.
    pub fn given<T: Serialize>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.named.push((name, Some(to_value(value)?)));
        Ok(())
    }

    /// Adds an argument, or leaves it out.
    pub fn optional<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) -> Result<()> {
        self.named.push((name, value.as_ref().map(to_value).transpose()?));
        Ok(())
    }

    /// Adds what the parameter takes that takes the rest.
    pub fn rest(&mut self, items: impl IntoIterator<Item: Serialize>) -> Result<()> {
        for item in items {
            self.rest.push(to_value(&item)?);
        }
        Ok(())
    }

    /// Calls a method.
    pub fn call<T: DeserializeOwned>(self, proxy: &Proxy, method: &str) -> Result<T> {
        let (args, kwargs) = self.sorted();
        proxy.call_with(method, args.as_slice(), kwargs.as_slice())
    }

    /// Makes an object.
    pub fn create(self, typeid: &str) -> Result<Proxy> {
        let (args, kwargs) = self.sorted();
        manager::create_with(typeid, args.as_slice(), kwargs.as_slice(), None)
    }

    /// Makes an object of a provider that the process has started.
    pub fn create_in(self, provider: &Provider, typeid: &str) -> Result<Proxy> {
        let (args, kwargs) = self.sorted();
        provider.create_with(typeid, args.as_slice(), kwargs.as_slice(), None)
    }

    /// By position up to the first that is left out, and by name after it. But what takes the rest takes it by position,
    /// so that then there has to be something in each place before.
    fn sorted(self) -> (Vec<Value>, Vec<(&'static str, Value)>) {
        let (mut args, mut kwargs, mut left_out) = (Vec::new(), Vec::new(), false);
        for (name, value) in self.named {
            match value {
                Some(value) if left_out => kwargs.push((name, value)),
                Some(value) => args.push(value),
                None if self.rest.is_empty() => left_out = true,
                None => args.push(Value::Null),
            }
        }
        args.extend(self.rest);
        (args, kwargs)
    }
}
