use super::super::prelude::*;
use super::Hosted;
use super::kind::Kind;
use crate::error::Error;
use crate::object::Grant;
use crate::sync::Weak;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;

/// A proxy to an object of a type that the embedder has registered with `T`, for code that gets at its state.
///
/// It is a proxy like any other: it holds the object, compares by identity, and can be anywhere in a value, and so be a
/// parameter or a result of a method. It has the rights of the proxy that it was made of, which are for those who are given
/// it: looking into the state asks for none.
pub struct HostObject<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

/// The same without holding it: it can be gone.
pub struct WeakHostObject<T> {
    referent: Weak<Referent>,
    grant: Grant,
    of: PhantomData<fn() -> T>,
}

impl<T: Send + 'static> HostObject<T> {
    pub(super) fn new(proxy: Proxy) -> Self {
        Self { proxy, of: PhantomData }
    }

    /// A new object of the type of that name, or else the first that was registered with `T`.
    #[doc(hidden)]
    pub fn create(home: &Arc<Home>, typeid: Option<&str>, value: T) -> Result<Self, Error> {
        Ok(Self::new(Kind::find(home, typeid)?.create(home, value)?))
    }

    fn body(&self) -> Result<&Hosted<T>, Error> {
        // What it was made of was one.
        Ok(Hosted::of(&self.proxy)?)
    }

    /// Looks at the state, under its lock.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `internal` if the object is poisoned, with `runtime` if this thread works on the state of a host
    /// object already, be it this one.
    ///
    /// # Panics
    ///
    /// If `look` does; the object is poisoned then.
    pub fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Result<R, Error> {
        self.with_mut(|state| look(state))
    }

    /// Works on the state, under its lock. Others wait for that meanwhile, each with its thread: it should not take long.
    ///
    /// # Errors
    ///
    /// As for [`with`](Self::with).
    ///
    /// # Panics
    ///
    /// As for [`with`](Self::with).
    pub fn with_mut<R>(&self, work: impl FnOnce(&mut T) -> R) -> Result<R, Error> {
        self.body()?.work(&self.proxy, work)
    }
}

impl<T> HostObject<T> {
    /// The untyped proxy.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// The same object, not held.
    pub fn downgrade(&self) -> WeakHostObject<T> {
        let referent = Arc::downgrade(self.proxy.referent());
        WeakHostObject { referent, grant: self.proxy.grant().clone(), of: PhantomData }
    }
}

impl<T> WeakHostObject<T> {
    /// The object, held; none if it is gone.
    pub fn upgrade(&self) -> Option<HostObject<T>> {
        let proxy = Proxy::to_held(&self.referent.upgrade()?, self.grant.clone())?;
        Some(HostObject { proxy, of: PhantomData })
    }
}

impl<T> Clone for WeakHostObject<T> {
    fn clone(&self) -> Self {
        Self { referent: self.referent.clone(), grant: self.grant.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for WeakHostObject<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.upgrade() {
            Some(object) => write!(f, "(weak) {object:?}"),
            None => f.write_str("(weak) nothing any more"),
        }
    }
}

impl<T: Send + 'static> TryFrom<Proxy> for HostObject<T> {
    type Error = Error;

    fn try_from(proxy: Proxy) -> Result<Self, Error> {
        Hosted::<T>::of(&proxy)?;
        Ok(Self::new(proxy))
    }
}

impl<T> Clone for HostObject<T> {
    fn clone(&self) -> Self {
        Self { proxy: self.proxy.clone(), of: PhantomData }
    }
}

impl<T> PartialEq for HostObject<T> {
    /// Whether both are the same object, whatever is in it.
    fn eq(&self, other: &Self) -> bool {
        self.proxy == other.proxy
    }
}

impl<T> Eq for HostObject<T> {}

impl<T> fmt::Debug for HostObject<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.proxy.fmt(f)
    }
}

impl<T> Serialize for HostObject<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.proxy.serialize(serializer)
    }
}

impl<'de, T: Send + 'static> Deserialize<'de> for HostObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(Proxy::deserialize(deserializer)?).map_err(|error| match error {
            // Without its kind's name in front.
            Error::Call(error) => serde::de::Error::custom(error.message),
            other => serde::de::Error::custom(other),
        })
    }
}
