//! The counterpart of the interface `types`: the shapes of the generated bindings, over referents
//! that live in this process.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use commonhold_wire::ErrorKind;
use commonhold_wire::{Encoded, Limits, ProxyIdentity, decode, encode};

use super::referent::{Referent, State};
use super::{Plain, call, custom};

/// A span of time in nanoseconds.
pub type Duration = u64;

/// A handle to a shared object.
#[derive(Clone)]
pub struct Proxy {
    pub(super) referent: Arc<Referent>,
    pub(super) access: Access,
}

/// What a proxy may be used for.
#[derive(Clone)]
pub(super) struct Access {
    methods: Option<Arc<BTreeSet<String>>>,
    get_value: bool,
    to_text: bool,
    /// One for each time that it was narrowed; true once it is revoked.
    revoked: Vec<Arc<AtomicBool>>,
}

impl Proxy {
    pub(super) fn new(referent: Arc<Referent>) -> Proxy {
        let access = Access { methods: None, get_value: true, to_text: true, revoked: Vec::new() };
        Proxy { referent, access }
    }

    /// Fails if the proxy may not call a method.
    pub(super) fn check(&self, method: &str) -> Result<(), super::Failure> {
        self.check_revoked()?;
        match &self.access.methods {
            Some(methods) if !methods.contains(method) => Err(not_exposed(&format!("method '{method}' of {self:?}"))),
            _ => Ok(()),
        }
    }

    fn check_revoked(&self) -> Result<(), super::Failure> {
        if self.access.revoked.iter().any(|cell| cell.load(Ordering::Relaxed)) {
            return Err(super::Failure::new(ErrorKind::Revoked, format!("{self:?} was revoked")));
        }
        Ok(())
    }

    /// The name of the referent's type.
    pub fn typeid(&self) -> String {
        self.referent.typeid().to_owned()
    }

    /// The number of the referent.
    pub fn id(&self) -> u64 {
        self.referent.id
    }

    /// A number that two proxies to the same referent have in common only if they have the same rights:
    /// 0 for one with all rights, and else one for each time that a proxy was narrowed.
    pub fn rights_key(&self) -> u64 {
        self.access.revoked.last().map_or(0, |narrowed| std::ptr::from_ref(&**narrowed).addr() as u64)
    }

    /// One more proxy to the same referent, with the same rights.
    pub fn duplicate(&self) -> Proxy {
        self.clone()
    }

    /// The names of the methods that `call` would accept.
    pub fn methods(&self) -> Vec<String> {
        let all = match &self.referent.state {
            State::Custom(typeid) => custom::methods(typeid),
            state => call::methods(state).iter().map(|method| method.name.to_owned()).collect(),
        };
        match &self.access.methods {
            Some(exposed) => all.into_iter().filter(|name| exposed.contains(name)).collect(),
            None => all,
        }
    }

    /// Those of `methods` that leave the referent as it was.
    pub fn reading_methods(&self) -> Vec<String> {
        let mut methods = self.methods();
        methods.retain(|method| match &self.referent.state {
            State::Custom(typeid) => custom::reads_only(typeid, method),
            state => call::methods(state).iter().any(|known| known.name == method && known.reads_only),
        });
        methods
    }

    /// Calls a method by name.
    pub fn call(&self, method: &str, args: &[Argument<'_>], kwargs: &[(&str, Argument<'_>)]) -> Result<Value, Error> {
        self.check(method)?;
        let args = args.iter().map(Plain::try_from).collect::<Result<Vec<_>, _>>()?;
        let kwargs: Vec<(String, Plain)> = kwargs
            .iter()
            .map(|(name, value)| Ok(((*name).to_owned(), Plain::try_from(value)?)))
            .collect::<Result<_, super::Failure>>()?;
        let result = match &self.referent.state {
            State::Custom(_) => custom::call(self, method, args, kwargs)?,
            _ => call::builtin(self, method, args, kwargs)?,
        };
        Ok(result.into())
    }

    /// A copy of the referent's whole state.
    pub fn get_value(&self) -> Result<Value, Error> {
        self.check_revoked()?;
        if !self.access.get_value {
            return Err(not_exposed(&format!("copying out {self:?}")).into());
        }
        Ok(self.referent.value(self)?.into())
    }

    /// The referent as text.
    pub fn to_text(&self) -> Result<String, Error> {
        self.check_revoked()?;
        if !self.access.to_text {
            return Err(not_exposed(&format!("printing {self:?}")).into());
        }
        Ok(self.referent.text(self)?)
    }

    /// The proxy itself as text.
    pub fn repr(&self) -> String {
        format!("<{} object, typeid '{}' at {:#x}>", self.type_name(), self.referent.typeid(), self.referent.id)
    }

    /// A proxy to the same referent with fewer rights.
    pub fn narrow(&self, rights: Rights<'_>) -> Result<Proxy, Error> {
        self.check_revoked()?;
        let known = self.methods();
        let methods = match rights.methods {
            None => self.access.methods.clone(),
            Some(names) => {
                let all = Proxy::new(self.referent.clone()).methods();
                if let Some(unknown) = names.iter().find(|name| !all.iter().any(|known| known == *name)) {
                    let message = format!("'{}' object has no attribute '{unknown}'", self.referent.typeid());
                    return Err(super::Failure::new(ErrorKind::Attribute, message).into());
                }
                let kept = known.into_iter().filter(|name| names.contains(&name.as_str()));
                Some(Arc::new(kept.collect()))
            }
        };
        let mut revoked = self.access.revoked.clone();
        revoked.push(Arc::default());
        let access = Access {
            methods,
            get_value: self.access.get_value && rights.get_value,
            to_text: self.access.to_text && rights.to_text,
            revoked,
        };
        Ok(Proxy { referent: self.referent.clone(), access })
    }

    /// Takes back the rights of this proxy and of everything derived from it.
    pub fn revoke(&self) -> Result<(), Error> {
        match self.access.revoked.last() {
            Some(cell) => {
                cell.store(true, Ordering::Relaxed);
                Ok(())
            }
            None => Err(not_exposed(&format!("revoking {self:?}, which was never narrowed,")).into()),
        }
    }
}

fn not_exposed(what: &str) -> super::Failure {
    super::Failure::new(ErrorKind::NotExposed, format!("{what} is not exposed"))
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repr())
    }
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Proxy) -> bool {
        self.referent.id == other.referent.id
    }
}

impl ProxyIdentity for Proxy {
    fn referent_id(&self) -> u64 {
        self.referent.id
    }

    fn repr(&self) -> String {
        Proxy::repr(self)
    }

    fn type_name(&self) -> String {
        match self.referent.typeid() {
            "list" => "ListProxy".to_owned(),
            "dict" => "DictProxy".to_owned(),
            "Lock" => "AcquirerProxy".to_owned(),
            "Iterator" => "IteratorProxy".to_owned(),
            "Process" => "ProcessProxy".to_owned(),
            other => format!("AutoProxy[{other}]"),
        }
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
#[derive(Debug)]
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
    /// Anything at all, from inside of this manager.
    #[doc(hidden)]
    Plain(super::Plain),
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
#[derive(Debug)]
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

impl From<super::Failure> for Error {
    fn from(failure: super::Failure) -> Error {
        Error {
            kind: failure.kind,
            type_name: failure.type_name.into_owned(),
            message: failure.message,
            args: failure.args.map(|args| (*args).into()),
            traceback: failure.traceback.map(String::from),
        }
    }
}

impl TryFrom<&Argument<'_>> for Plain {
    type Error = super::Failure;

    fn try_from(argument: &Argument<'_>) -> Result<Plain, super::Failure> {
        Ok(match argument {
            Argument::Null => Plain::Null,
            Argument::Boolean(flag) => Plain::Bool(*flag),
            Argument::Int(number) => Plain::Int(*number),
            Argument::Float(number) => Plain::Float(*number),
            Argument::Text(text) => Plain::Text((*text).to_owned()),
            Argument::Bytes(bytes) => Plain::Bytes((*bytes).to_owned()),
            Argument::Proxy(proxy) => Plain::Proxy((*proxy).clone()),
            Argument::Tree(tree) => {
                let proxies = tree.proxies.iter().map(|proxy| (*proxy).clone()).collect();
                decode(tree.data, proxies, &Limits::default())?
            }
            Argument::Plain(plain) => plain.clone(),
        })
    }
}

impl TryFrom<Value> for Plain {
    type Error = super::Failure;

    fn try_from(value: Value) -> Result<Plain, super::Failure> {
        Ok(match value {
            Value::Null => Plain::Null,
            Value::Boolean(flag) => Plain::Bool(flag),
            Value::Int(number) => Plain::Int(number),
            Value::Float(number) => Plain::Float(number),
            Value::Text(text) => Plain::Text(text),
            Value::Bytes(bytes) => Plain::Bytes(bytes),
            Value::Proxy(proxy) => Plain::Proxy(proxy),
            Value::Tree(tree) => decode(&tree.data, tree.proxies, &Limits::default())?,
        })
    }
}

impl From<Plain> for Value {
    fn from(value: Plain) -> Value {
        match value {
            Plain::Null => Value::Null,
            Plain::Bool(flag) => Value::Boolean(flag),
            Plain::Int(number) => Value::Int(number),
            Plain::Float(number) => Value::Float(number),
            Plain::Text(text) => Value::Text(text),
            Plain::Bytes(bytes) => Value::Bytes(bytes),
            Plain::Proxy(proxy) => Value::Proxy(proxy),
            nested => match encode(nested) {
                Ok(Encoded { data, proxies }) => Value::Tree(Tree { data, proxies }),
                // Whatever is stored was decoded or encoded before, so it has an encoding.
                Err(_) => Value::Null,
            },
        }
    }
}
