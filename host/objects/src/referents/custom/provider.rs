//! A running provider, as the objects that it implements know it, and the types that it describes.

use super::super::prelude::*;
use super::mailbox::{Ask, Ending, Mailbox};
use super::{Custom, Keywords};
use crate::object::{Actor, Awaited, Grant, shown, while_granted};
use crate::sync::{AtomicBool, OnceLock, Weak};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// With how many requests waiting a provider may not make objects itself: it could make and drop them without end
/// while it answers one call, and each would be one more to release.
const ADOPTION_LIMIT: usize = 100_000;

/// The most types of one provider.
const MAX_TYPES: usize = 1000;

/// The most bytes of what one type says about itself and its methods: each object may have a copy of its own.
const MAX_DOCS: usize = 64 << 10;

/// What a provider works in, where a thread can be lent to it.
pub trait Driver: Send + Sync {
    /// Has the provider work on this thread until it has nothing to do, or waits. False if that cannot be, since it is at
    /// work elsewhere.
    fn drive(&self) -> bool;
}

/// A running provider, as the objects that it implements know it.
pub struct Provider {
    pub actor: Arc<Actor>,
    pub mailbox: Mailbox,
    /// The types that it described, by name: none until it has.
    types: OnceLock<Types>,
    /// The types of which it has told the methods later.
    exposed: Mutex<Types>,
    /// The memory of its objects, by their keys.
    own: Mutex<HashMap<u64, Weak<Referent>>>,
    driver: Option<Weak<dyn Driver>>,
}

/// The types of one provider, by name.
pub type Types = BTreeMap<String, Arc<ProvidedType>>;

/// A type of a provider.
pub struct ProvidedType {
    pub info: TypeInfo,
    pub creatable: bool,
}

impl ProvidedType {
    /// The types that a provider describes, checked.
    pub fn of_all(described: impl IntoIterator<Item = Description>) -> Result<Types, String> {
        let mut types = Types::new();
        for Description { typeid, doc, methods, creatable } in described {
            let is_name = |name: &str| !name.is_empty() && name.len() <= 100 && !name.contains(char::is_control);
            if !is_name(&typeid) {
                return Err(format!("{typeid:?} is no name for a type"));
            }
            if let Some((name, ..)) = methods.iter().find(|(name, ..)| !is_name(name)) {
                return Err(format!("{name:?} is no name for a method of type '{typeid}'"));
            }
            if types.contains_key(&typeid) {
                return Err(format!("the provider describes two types '{typeid}'"));
            }
            if types.len() == MAX_TYPES {
                return Err(format!("the provider describes more than {MAX_TYPES} types"));
            }
            let docs: usize = doc.len() + methods.iter().map(|(_, doc, _)| doc.len()).sum::<usize>();
            if docs > MAX_DOCS {
                return Err(format!(
                    "what type '{typeid}' says about itself and its methods has {docs} bytes; {MAX_DOCS} is the most"
                ));
            }
            let info = TypeInfo::foreign(typeid.clone(), doc, methods)?;
            types.insert(typeid, Arc::new(Self { info, creatable }));
        }
        Ok(types)
    }
}

/// A type as its provider describes it.
pub struct Description {
    pub typeid: String,
    pub doc: String,
    /// The name of each method, what it does, and whether it changes the object.
    pub methods: Vec<(String, String, Effect)>,
    pub creatable: bool,
}

impl Provider {
    pub fn new(actor: Arc<Actor>) -> Arc<Self> {
        Self::driven(actor, None)
    }

    /// A provider that processes can lend their threads to.
    pub fn driven(actor: Arc<Actor>, driver: Option<Weak<dyn Driver>>) -> Arc<Self> {
        let (mailbox, types) = (Mailbox::default(), OnceLock::new());
        Arc::new(Self { actor, mailbox, types, exposed: Mutex::default(), own: Mutex::default(), driver })
    }

    /// Makes its types known to those who know it.
    pub fn set_types(&self, types: Types) {
        // It describes them once.
        let _already = self.types.set(types);
    }

    /// The types that can be created in it by name, in alphabetical order.
    pub fn creatable(&self) -> impl Iterator<Item = &str> {
        let types = self.types.get().into_iter().flatten();
        types.filter(|(_, provided)| provided.creatable).map(|(name, _)| name.as_str())
    }

    fn provided(&self, typeid: &str) -> Option<&Arc<ProvidedType>> {
        self.types.get()?.get(typeid)
    }

    /// Makes an object of a type by the type's name.
    pub async fn create(
        self: &Arc<Self>,
        caller: &Caller,
        typeid: &str,
        args: Vec<Item>,
        kwargs: Keywords,
    ) -> Outcome<Proxy> {
        if let Some(reason) = self.mailbox.closed() {
            return Err(reason);
        }
        match self.provided(typeid).filter(|provided| provided.creatable) {
            Some(provided) => self.construct(provided, caller, args, kwargs).await,
            None => {
                let message = format!("the provider {} has no type '{}' to create", self.actor.name(), shown(typeid));
                Err(CallError::new(ErrorKind::NoSuchType, message))
            }
        }
    }

    /// Makes a new object, with the provider's constructor: or gives the one that the constructor gives instead.
    pub async fn construct(
        self: &Arc<Self>,
        provided: &Arc<ProvidedType>,
        caller: &Caller,
        args: Vec<Item>,
        kwargs: Keywords,
    ) -> Outcome<Proxy> {
        let me = self.object(&caller.home, provided.clone(), false);
        match self.ask(&me, caller, Ask::Construct { me: me.clone(), args, kwargs }, None).await? {
            Item::Proxy(given) => Ok(*given),
            _ => Ok(me),
        }
    }

    /// A new object whose state the provider has made itself.
    pub fn adopt(self: &Arc<Self>, home: &Arc<Home>, typeid: &str) -> Outcome<Proxy> {
        let exposed = self.exposed.lock().get(typeid).cloned();
        let Some(provided) = exposed.or_else(|| self.provided(typeid).cloned()) else {
            let message = format!("this provider does not implement a type '{}'", shown(typeid));
            return Err(CallError::new(ErrorKind::NoSuchType, message));
        };
        if self.mailbox.len() >= ADOPTION_LIMIT {
            let message = format!("{ADOPTION_LIMIT} requests are waiting for this provider; it has to answer first");
            return Err(CallError::new(ErrorKind::QuotaExceeded, message));
        }
        Ok(self.object(home, provided, true))
    }

    /// Gives the objects of a type that are adopted from now on these methods.
    pub fn expose(&self, typeid: String, methods: Vec<String>) -> Outcome<()> {
        let described = self.provided(&typeid);
        let described_as = |name: &str| {
            let info = &described?.info;
            info.methods().get(info.number_of(name)? as usize)
        };
        let methods = methods.into_iter().map(|name| match described_as(&name) {
            Some(method) => (name, method.doc().to_owned(), method.effect()),
            None => (name, String::new(), Effect::Changes),
        });
        let doc = described.map_or_else(String::new, |provided| provided.info.doc().to_owned());
        let description = Description { typeid, doc, methods: methods.collect(), creatable: false };
        let types = ProvidedType::of_all([description]).map_err(|reason| CallError::new(ErrorKind::Type, reason))?;
        let mut exposed = self.exposed.lock();
        let are_too_many = exposed.len() >= MAX_TYPES && types.keys().any(|typeid| !exposed.contains_key(typeid));
        if are_too_many {
            let message = format!("the provider has more than {MAX_TYPES} types");
            return Err(CallError::new(ErrorKind::Type, message));
        }
        exposed.extend(types);
        Ok(())
    }

    /// One more proxy to an object of this provider, if it still lives.
    pub fn existing(&self, key: u64) -> Option<Proxy> {
        let referent = self.own.lock().get(&key)?.upgrade()?;
        Proxy::to_held(&referent, Grant::ALL)
    }

    fn drive(&self) -> bool {
        let driver = self.driver.as_ref().and_then(Weak::upgrade);
        driver.is_some_and(|driver| driver.drive())
    }

    /// Whether the object is one of this provider's.
    pub fn implements(self: &Arc<Self>, proxy: &Proxy) -> bool {
        proxy.downcast::<Custom>().is_some_and(|custom| Arc::ptr_eq(&custom.provider, self))
    }

    fn object(self: &Arc<Self>, home: &Arc<Home>, provided: Arc<ProvidedType>, has_state: bool) -> Proxy {
        let custom = Custom { provided, provider: self.clone(), has_state: AtomicBool::new(has_state) };
        let proxy = Referent::create(home, custom);
        self.own.lock().insert(proxy.id(), Arc::downgrade(proxy.referent()));
        proxy
    }

    /// Forgets an object that has no holder any more.
    pub(super) fn forget(&self, key: u64) {
        // It may be the last use of the object's memory, and goes after the lock.
        let memory = self.own.lock().remove(&key);
        drop(memory);
    }

    /// What is asked through a proxy that is revoked meanwhile is done all the same, but not answered.
    pub(super) async fn ask(
        &self,
        me: &Proxy,
        caller: &Caller,
        what: Ask,
        ending: Option<Arc<Ending>>,
    ) -> Outcome<Item> {
        let enter = || caller.home.waits().enter(&caller.actor, self.actor.id(), Awaited::Answer);
        let (waiting, answer) = self.mailbox.ask(what, ending, enter)?;
        // A process runs where the provider does, and does nothing else until it is answered: so its thread is the
        // provider's as well, if that is not at work already. Handing over to the provider's own task and back would cost
        // more than most calls do.
        if !caller.actor.is_process() || !self.drive() {
            self.mailbox.tell();
        }
        let answer = async {
            let answer = answer.await;
            waiting.over();
            match answer {
                Ok(answer) => answer,
                Err(_) => Err(self.mailbox.closed().unwrap_or_else(|| {
                    CallError::new(ErrorKind::ProviderDied, "the provider ended before it answered")
                })),
            }
        };
        while_granted(me, &caller.actor, answer).await
    }
}
