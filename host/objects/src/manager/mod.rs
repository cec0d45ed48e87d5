//! The set of live shared objects: the types that there are, creating objects of them by name, and
//! looking at all of them.

mod census;
mod names;
mod service;
mod stores;
mod table;

pub use census::ObjectInfo;
pub use census::{census, debug_info};
pub use names::{MAX_NAME, MAX_NAMES};
pub use service::{Service, Standing};
pub use stores::Stores;
pub use table::{Ledger, Table};

use crate::error::Error;
use crate::object::home::Limits;
use crate::object::{Actor, CallError, Caller, Home, Item, Outcome, Proxy, Rights, Signature, shown};
use crate::referents::custom::{Keywords, Types};
use crate::referents::hosted::{HostType, Registered};
use crate::referents::process::Process;
use crate::referents::{Constructor, builtin};
use crate::sync::{Arc, Mutex, RwLock, Weak};
use commonhold_wire::ErrorKind;
use std::collections::BTreeMap;

/// The shared objects of one manager, and their types.
pub struct Objects {
    home: Arc<Home>,
    /// The types of this crate, by name, with their constructors.
    builtin: BTreeMap<&'static str, Option<(Signature, Constructor)>>,
    /// The embedder's types, by name.
    hosted: RwLock<BTreeMap<String, Arc<dyn Registered>>>,
    provided: RwLock<BTreeMap<String, Provided>>,
    /// The tables of the guests, by the ids of the actors that they are.
    tables: Mutex<BTreeMap<u64, (String, Weak<Ledger>)>>,
    names: names::Names,
    /// The stores of `wasi:keyvalue` that all guests may open.
    stores: Stores,
}

/// A type that a provider implements for everybody.
struct Provided {
    service: Arc<Service>,
    creatable: bool,
}

impl Objects {
    pub fn new(limits: Limits) -> Arc<Self> {
        let builtin = builtin().into_iter().map(|builtin| {
            let typeid = builtin.typeid();
            (typeid, builtin.constructor.map(|it| (Signature::parse(it.signature), it)))
        });
        Arc::new(Self {
            home: Home::new(limits),
            builtin: builtin.collect(),
            hosted: RwLock::default(),
            provided: RwLock::default(),
            tables: Mutex::default(),
            names: names::Names::default(),
            stores: Stores::default(),
        })
    }

    /// What all guests may open as stores of `wasi:keyvalue`.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    /// Somebody new who acts, other than a process.
    pub fn caller(&self, name: &str) -> Caller {
        self.caller_as(self.home.next_id(), name)
    }

    /// The process of that id, as one who acts.
    pub fn caller_as(&self, id: u64, name: &str) -> Caller {
        Caller { home: self.home.clone(), actor: Actor::new(id, name) }
    }

    /// Makes an object of a type by the type's name.
    pub async fn create(
        &self,
        caller: &Caller,
        typeid: &str,
        mut args: Vec<Item>,
        mut kwargs: Keywords,
        rights: Option<&Rights>,
    ) -> Outcome<Proxy> {
        let proxy = if let Some(Some((signature, constructor))) = self.builtin.get(typeid) {
            signature.resolve(&mut args, &mut kwargs, caller).await?;
            (constructor.run)(caller, signature.bind(None, args.into(), kwargs)?)?
        } else if let Some(hosted) = self.hosted(typeid) {
            hosted.construct(caller, args, kwargs).await?
        } else {
            let Some(service) = self.service_of(typeid) else {
                return Err(CallError::new(ErrorKind::NoSuchType, format!("no shared type '{}'", shown(typeid))));
            };
            service.provider(caller).await?.create(caller, typeid, args, kwargs).await?
        };
        with_rights(proxy, rights)
    }

    /// Makes an object of a type of a provider, which is this process.
    pub async fn create_in(
        &self,
        provider: &Proxy,
        caller: &Caller,
        typeid: &str,
        args: Vec<Item>,
        kwargs: Keywords,
        rights: Option<&Rights>,
    ) -> Outcome<Proxy> {
        with_rights(Process::create_object(provider, caller, typeid, args, kwargs).await?, rights)
    }

    fn service_of(&self, typeid: &str) -> Option<Arc<Service>> {
        self.provided.read().get(typeid).filter(|found| found.creatable).map(|found| found.service.clone())
    }

    fn hosted(&self, typeid: &str) -> Option<Arc<dyn Registered>> {
        self.hosted.read().get(typeid).cloned()
    }

    /// The types that can be created by name, in alphabetical order.
    pub fn typeids(&self) -> Vec<String> {
        let builtin = self.builtin.iter().filter(|(_, constructor)| constructor.is_some());
        let mut names: Vec<String> = builtin.map(|(name, _)| (*name).to_owned()).collect();
        let hosted = self.hosted.read();
        names.extend(hosted.values().filter(|hosted| hosted.is_creatable()).map(|hosted| hosted.typeid().to_owned()));
        drop(hosted);
        let provided = self.provided.read();
        names.extend(provided.iter().filter(|(_, found)| found.creatable).map(|(name, _)| name.clone()));
        names.sort_unstable();
        names
    }

    /// Whether a type of this crate or of the embedder's has that name.
    fn is_own(&self, typeid: &str) -> bool {
        self.builtin.contains_key(typeid) || self.hosted.read().contains_key(typeid)
    }

    /// Makes a type of the embedder's known. It may not have the name of another type.
    pub fn register_host<T: Send + 'static>(&self, host_type: HostType<T>) -> Result<(), Error> {
        self.enter_host(host_type.finish()?)
    }

    /// The same for one that is ready.
    pub fn enter_host(&self, hosted: Arc<dyn Registered>) -> Result<(), Error> {
        let typeid = hosted.typeid().to_owned();
        // The same order as for a provider's types, so that no two of a name come in at one time.
        let provided = self.provided.write();
        if self.is_own(&typeid) || provided.contains_key(&typeid) {
            let reason = "there is a shared type of that name already".to_owned();
            return Err(Error::Register { typeid, reason });
        }
        hosted.enter(&self.home);
        self.hosted.write().insert(typeid, hosted);
        Ok(())
    }

    /// Forgets the embedder's types, whose code may hold objects, and with them all that there is. The objects stay as they
    /// are.
    pub fn forget_hosted(&self) {
        let gone = std::mem::take(&mut *self.hosted.write());
        self.home.kinds().clear();
        drop(gone);
    }

    /// Makes the types known that a service answers for. None of them may have the name of another type.
    pub fn register(&self, service: &Arc<Service>, types: &Types) -> Result<(), String> {
        let mut all = self.provided.write();
        for typeid in types.keys() {
            if self.is_own(typeid) || all.contains_key(typeid) {
                return Err(format!("there is a shared type '{typeid}' already"));
            }
        }
        for (typeid, provided) in types {
            all.insert(typeid.clone(), Provided { service: service.clone(), creatable: provided.creatable });
        }
        Ok(())
    }

    /// Forgets the types that a service answered for.
    pub fn unregister(&self, service: &Arc<Service>) {
        let gone: Vec<_> = {
            let mut all = self.provided.write();
            let names: Vec<_> = all
                .iter()
                .filter(|(_, found)| Arc::ptr_eq(&found.service, service))
                .map(|(it, _)| it.clone())
                .collect();
            names.iter().filter_map(|name| all.remove(name)).collect()
        };
        drop(gone);
    }

    /// Lets others see what is in a guest's table.
    pub fn watch(&self, actor: &Actor, table: &Table) {
        self.tables.lock().insert(actor.id(), (actor.name().to_owned(), Arc::downgrade(table.ledger())));
    }

    /// Forgets a guest that has ended.
    pub fn unwatch(&self, actor: &Actor) {
        self.tables.lock().remove(&actor.id());
    }

    /// The ids of the objects to which a guest holds proxies, one for each proxy.
    pub fn held_by(&self, actor: u64) -> Vec<u64> {
        let ledger = self.tables.lock().get(&actor).and_then(|(_, ledger)| ledger.upgrade());
        ledger.map(|ledger| ledger.ids()).unwrap_or_default()
    }

    fn tables(&self) -> Vec<(u64, String, Vec<u64>)> {
        let tables = self.tables.lock();
        let live = tables.iter().filter_map(|(id, (name, ledger))| Some((*id, name.clone(), ledger.upgrade()?.ids())));
        live.collect()
    }
}

/// What was created, with the rights that were asked for.
fn with_rights(proxy: Proxy, rights: Option<&Rights>) -> Outcome<Proxy> {
    match rights {
        None => Ok(proxy),
        Some(rights) => Ok(proxy.with_grant(proxy.grant().initial(rights, proxy.body().type_info())?)),
    }
}
