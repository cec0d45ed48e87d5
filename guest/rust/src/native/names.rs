//! The counterpart of the interface `names`.

pub use super::types::{Error, Proxy};

use super::guest;

/// Publishes an object under a name.
pub fn publish(name: &str, proxy: &Proxy) -> Result<(), Error> {
    proxy.with(|proxy, own| own.world.objects.publish(&own.caller, name, proxy))
}

/// Takes a name back.
pub fn withdraw(name: &str) -> Result<(), Error> {
    guest::current().act(|own| own.world.objects.withdraw(&own.caller, name))
}

/// A proxy to the object of a name.
pub fn look_up(name: &str) -> Result<Proxy, Error> {
    guest::current().act(|own| own.give(own.world.objects.look_up(&own.caller, name)?))
}

/// The names that the process may look up and that there are.
pub fn names() -> Vec<String> {
    let own = guest::current();
    own.world.objects.published(&own.caller)
}
