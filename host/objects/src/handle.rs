//! What every proxy can do for an embedder, whatever the type of its object is.

use crate::convert::{arguments, read_item};
use crate::error::Error;
use crate::object::declare::Declared;
use crate::object::{Effect, Proxy, Rights, call};
use commonhold_wire::proxy;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

impl Proxy {
    /// The names of the methods that [`call`](Self::call) would accept.
    pub fn methods(&self) -> Vec<String> {
        self.methods_where(|_| true)
    }

    /// Those of them that leave the object as it was: what to [`narrow`](Self::narrow) a proxy to
    /// that is for reading only.
    pub fn reading_methods(&self) -> Vec<String> {
        self.methods_where(|method| method.effect() == Effect::Reads)
    }

    fn methods_where(&self, wanted: impl Fn(&Declared) -> bool) -> Vec<String> {
        let methods = self.body().type_info().methods().iter().zip(0..);
        let allowed = methods.filter(|(method, number)| self.grant().includes(*number) && wanted(method));
        allowed.map(|(method, _)| method.name().to_owned()).collect()
    }

    /// Calls a method by name; `args` is a tuple of its arguments. Waits if the method does, or if a
    /// provider implements the type.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with what the method reports, or with `not-exposed`, `revoked`, or
    /// `bad-value` if the result is no `T`.
    pub async fn call<A: Serialize, T: DeserializeOwned>(&self, method: &str, args: A) -> Result<T, Error> {
        let args = arguments(&args)?;
        let item = call::call(self, &self.home().host(), method, args.into(), Vec::new()).await?;
        read_item(&item)
    }

    /// A copy of the whole object as a plain value. Waits if a provider implements the type.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `unserializable` if the type has no such copy, `not-exposed`, `revoked`,
    /// or `bad-value` if it is no `T`.
    pub async fn get_value<T: DeserializeOwned>(&self) -> Result<T, Error> {
        read_item(&call::get_value(self, &self.home().host()).await?)
    }

    /// The object as text: what Python's `str(proxy)` prints. Waits if a provider implements the
    /// type.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`.
    pub async fn to_text(&self) -> Result<String, Error> {
        Ok(call::to_text(self, &self.home().host()).await?)
    }

    /// A proxy to the same object with fewer rights, which [`revoke`](Self::revoke) can take back.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `attribute` for a method that the type does not have, `quota-exceeded`
    /// if it was narrowed too often.
    pub fn narrow(&self, rights: &Rights) -> Result<Self, Error> {
        let by = self.home().host().actor.id();
        Ok(self.with_grant(self.grant().narrow(rights, self.body().type_info(), by)?))
    }

    /// Takes back the rights of this proxy, which the embedder has narrowed, and of all that was
    /// derived from it.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` if it was not narrowed by the embedder.
    pub fn revoke(&self) -> Result<(), Error> {
        Ok(self.grant().revoke(self.home().host().actor.id())?)
    }
}

impl Serialize for Proxy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        proxy::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Proxy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        proxy::deserialize(deserializer)
    }
}
