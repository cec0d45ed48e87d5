//! The counterpart of the interface `provider-host`.

pub use super::types::{Error, Proxy};

use super::custom;
use super::referent::State;

/// A new referent of one of the program's own types.
pub fn adopt(typeid: &str) -> Result<Proxy, Error> {
    Ok(custom::adopt(typeid)?)
}

/// The key of a referent that the program implements.
pub fn key_of(proxy: &Proxy) -> Option<u64> {
    match proxy.referent.state {
        State::Custom(_) => Some(proxy.referent.id),
        _ => None,
    }
}
