//! What all objects of a registered type have in common.

use super::super::prelude::*;
use super::Hosted;
use super::kept::Kept;
use crate::object::{Limits, Rights, shown};

type Look<T, R> = Box<dyn Fn(&T) -> R + Send + Sync>;
type Contains<T> = Box<dyn Fn(&T, &mut dyn FnMut(&Proxy)) + Send + Sync>;

/// A type that an embedder has registered, without its constructor: that may hold objects of it.
pub(super) struct Kind<T> {
    pub(super) info: TypeInfo,
    /// What the first proxy to a new object may do; none if it may do everything.
    pub(super) exposed: Option<Rights>,
    pub(super) text: Option<Look<T, String>>,
    pub(super) copy: Option<Look<T, CopyOut>>,
    pub(super) contains: Option<Contains<T>>,
}

/// A copy of a state, which is made an item outside of the state's lock.
pub(super) type CopyOut = Box<dyn FnOnce(&Limits) -> Outcome<Item>>;

impl<T: Send + 'static> Kind<T> {
    /// The type that was registered with this Rust type: of that name, if one is given, or else the first.
    pub(super) fn find(home: &Home, typeid: Option<&str>) -> Outcome<Arc<Self>> {
        let found = home.kinds().find(|kind: &Self| typeid.is_none_or(|typeid| kind.info.typeid() == typeid));
        found.ok_or_else(|| {
            let rust = std::any::type_name::<T>();
            let message = match typeid {
                Some(typeid) => format!("no shared type '{}' is registered of the Rust type {rust}", shown(typeid)),
                None => format!("no shared type is registered of the Rust type {rust}"),
            };
            CallError::new(ErrorKind::NoSuchType, message)
        })
    }

    /// A new object.
    pub(super) fn create(self: Arc<Self>, home: &Arc<Home>, value: T) -> Outcome<Proxy> {
        let exposed = self.exposed.clone();
        let proxy = Referent::create(home, Hosted { kind: self, kept: Kept::new(value) });
        match exposed {
            None => Ok(proxy),
            Some(rights) => Ok(proxy.with_grant(proxy.grant().initial(&rights, proxy.body().type_info())?)),
        }
    }
}
