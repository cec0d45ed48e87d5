//! The counterpart of the interface `provider-host`.

use commonhold_objects::object::CallError;
use commonhold_wire::ErrorKind;

pub use super::types::{Error, Proxy};

use super::guest;

/// A new referent of one of the program's own types.
pub fn adopt(typeid: &str) -> Result<Proxy, Error> {
    guest::current().act(|own| {
        own.make_room(1)?;
        let Some(provider) = own.provider.get() else {
            return Err(CallError::new(ErrorKind::NoSuchType, "this guest does not run as a provider"));
        };
        own.give(provider.adopt(&own.caller.home, typeid)?)
    })
}

/// Which methods the referents of a type have that are adopted from now on.
pub fn expose(typeid: &str, methods: &[String]) -> Result<(), Error> {
    guest::current().act(|own| {
        let Some(provider) = own.provider.get() else {
            return Err(CallError::new(ErrorKind::NoSuchType, "this guest does not run as a provider"));
        };
        provider.expose(typeid.to_owned(), methods.to_vec())
    })
}

/// The key of a referent that the calling process implements.
pub fn key_of(proxy: &Proxy) -> Option<u64> {
    let provider = proxy.guest.provider.get()?;
    proxy.look(|proxy| provider.implements(proxy).then(|| proxy.id()))
}

/// A proxy to a referent of the calling process's own that still lives.
pub fn existing(key: u64) -> Option<Proxy> {
    let own = guest::current();
    let existing = own.provider.get()?.existing(key)?;
    // There is no error value to report a full table with.
    Some(own.give(existing).unwrap_or_else(|error| own.exceed(error)))
}
