//! The counterpart of the interface `types`: the shapes of the generated bindings, over the manager's
//! own objects.

use std::fmt;
use std::sync::Arc;
use std::time;

pub use commonhold_wire::ErrorKind;

use commonhold_objects::object::{self, Outcome, call};

use super::guest::Guest;

/// A span of time in nanoseconds.
pub type Duration = u64;

/// A handle to a shared object: a place in the table of the process that holds it.
///
/// Whichever thread uses it, it is that process that acts.
pub struct Proxy {
    pub(super) guest: Arc<Guest>,
    /// None once it was given away.
    pub(super) slot: Option<u32>,
}

impl Proxy {
    /// The object that the handle stands for.
    pub(super) fn get(&self) -> Outcome<object::Proxy> {
        self.guest.held(self.slot)
    }

    /// Does something with the object, as the process that has the handle.
    pub(super) fn with<T>(&self, work: impl FnOnce(&object::Proxy, &Arc<Guest>) -> Outcome<T>) -> Result<T, Error> {
        self.guest.act(|own| work(&own.lend(self.get()?), own))
    }

    /// Looks at what never fails: in a guest, using a handle that is not there is a trap.
    pub(super) fn look<T>(&self, at: impl FnOnce(&object::Proxy) -> T) -> T {
        match self.get() {
            Ok(proxy) => at(&proxy),
            Err(error) => panic!("{error}"),
        }
    }

    /// The name of the referent's type.
    pub fn typeid(&self) -> String {
        self.look(|proxy| proxy.typeid().to_owned())
    }

    /// The number of the referent.
    pub fn id(&self) -> u64 {
        self.look(object::Proxy::id)
    }

    /// A number that two proxies to the same referent have in common only if they have the same rights:
    /// 0 for one with all rights.
    pub fn rights_key(&self) -> u64 {
        self.look(|proxy| proxy.grant().key())
    }

    /// One more proxy to the same referent, with the same rights.
    pub fn duplicate(&self) -> Proxy {
        // There is no error value to report a full table with.
        self.look(|proxy| self.guest.give(proxy.clone())).unwrap_or_else(|error| self.guest.exceed(error))
    }

    /// The names of the methods that `call` would accept.
    pub fn methods(&self) -> Vec<String> {
        self.look(object::Proxy::methods)
    }

    /// Those of `methods` that leave the referent as it was.
    pub fn reading_methods(&self) -> Vec<String> {
        self.look(object::Proxy::reading_methods)
    }

    /// Calls a method by name.
    pub fn call(&self, method: &str, args: &[Argument<'_>], kwargs: &[(&str, Argument<'_>)]) -> Result<Value, Error> {
        self.with(|me, own| {
            let args = args.iter().map(|argument| own.item(*argument)).collect::<Outcome<_>>()?;
            let kwargs = own.keywords(kwargs)?;
            // It may take something out, and nobody knows beforehand.
            own.may_remove()?;
            let item = own.wait(call::call(me, &own.caller, method, args, kwargs))?;
            own.removed(item)
        })
    }

    /// A copy of the referent's whole state.
    pub fn get_value(&self) -> Result<Value, Error> {
        self.with(|me, own| own.value(own.wait(call::get_value(me, &own.caller))?))
    }

    /// The referent as text.
    pub fn to_text(&self) -> Result<String, Error> {
        self.with(|me, own| own.wait(call::to_text(me, &own.caller)))
    }

    /// The proxy itself as text.
    pub fn repr(&self) -> String {
        self.look(object::Proxy::repr)
    }

    /// A proxy to the same referent with fewer rights.
    pub fn narrow(&self, rights: Rights<'_>) -> Result<Proxy, Error> {
        self.with(|me, own| {
            let grant = me.grant().narrow(&rights.into(), me.body().type_info(), own.caller.actor.id())?;
            own.give(me.with_grant(grant))
        })
    }

    /// Takes back the rights of this proxy and of everything derived from it.
    pub fn revoke(&self) -> Result<(), Error> {
        self.with(|me, own| me.grant().revoke(own.caller.actor.id()))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Its process may have ended, and everything been taken from it.
        drop(self.guest.take(self.slot.take()));
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repr())
    }
}

/// What a proxy may be used for.
#[derive(Debug, Clone)]
pub struct Rights<'a> {
    /// The methods that may be called; none means all that the type has.
    pub methods: Option<&'a [&'a str]>,
    /// Whether the referent may be copied out as a whole.
    pub get_value: bool,
    /// Whether the referent may be printed.
    pub to_text: bool,
    /// For how long the rights last, in nanoseconds; none means for ever.
    pub lifetime: Option<u64>,
    /// How many times it may be used; none means any number of times.
    pub uses: Option<u64>,
}

impl From<Rights<'_>> for object::Rights {
    fn from(Rights { methods, get_value, to_text, lifetime, uses }: Rights<'_>) -> object::Rights {
        let methods = methods.map(|methods| methods.iter().map(|name| (*name).to_owned()).collect());
        object::Rights { methods, get_value, to_text, lifetime: lifetime.map(time::Duration::from_nanos), uses }
    }
}

/// A value that was received.
#[derive(Debug)]
pub enum Value {
    /// Nothing.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A proxy.
    Proxy(Proxy),
    /// Anything nested.
    Tree(Tree),
}

/// A value that is given.
#[derive(Debug, Clone, Copy)]
pub enum Argument<'a> {
    /// Nothing.
    Null,
    /// A boolean.
    Boolean(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A proxy.
    Proxy(&'a Proxy),
    /// Anything nested.
    Tree(TreeArgument<'a>),
}

/// A nested value.
#[derive(Debug)]
pub struct Tree {
    /// Its encoding.
    pub data: Vec<u8>,
    /// The proxies in it.
    pub proxies: Vec<Proxy>,
}

/// A nested value that is given.
#[derive(Debug, Clone, Copy)]
pub struct TreeArgument<'a> {
    /// Its encoding.
    pub data: &'a [u8],
    /// The proxies in it.
    pub proxies: &'a [&'a Proxy],
}

/// An error.
#[derive(Debug)]
pub struct Error {
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// The name of its class.
    pub type_name: String,
    /// What it says.
    pub message: String,
    /// The exception's arguments.
    pub args: Option<Value>,
    /// Where it happened.
    pub traceback: Option<String>,
}
