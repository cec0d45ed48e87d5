//! The values that Commonhold's shared objects hold and that travel between the manager and its
//! guests.
//!
//! A [`Value`] is a tree of Python-like data with proxies in it. This crate knows what it means for
//! values to be [equal()], [ordered](less_than) and [hashable](hash()), how they
//! [print](repr()), how they are [encoded](codec) and how [any serde type](to_value) becomes one and
//! [is read from one](from_value). It is shared by the manager and the Rust guest SDK, and says
//! nothing about what a proxy is: that is the type parameter `P`.
//!
//! ```
//! use commonhold_wire::{Limits, NoProxy, Value, decode, encode, equal, repr};
//!
//! let value: Value<NoProxy> = Value::List(vec![1.into(), "two".into(), Value::Tuple(vec![3.0.into()])]);
//! assert_eq!(repr(&value).unwrap(), "[1, 'two', (3.0,)]");
//!
//! let encoded = encode(value.clone()).unwrap();
//! let back = decode(&encoded.data, encoded.proxies, &Limits::default()).unwrap();
//! assert!(equal(&value, &back));
//! ```
//!
//! Everything here that sees a guest's data is bounded: malformed or hostile input gives an error,
//! and no function recurses deeper than [`MAX_DEPTH`] levels on a value that [`decode`] or
//! [`to_value`] has made.

pub mod codec;
pub mod compare;
pub mod element;
pub mod error;
pub mod hash;
pub mod marshal;
pub mod number;
pub mod proxy;
pub mod repr;
pub mod value;

mod collect;
mod de;
mod map;
mod package;
mod ser;
mod serde_error;

pub use codec::{DecodeError, EncodeError, Encoded, Kind, Limits, Reader, Token, Writer, decode, encode, validate};
pub use compare::{NotOrdered, equal, less_than};
pub use de::from_value;
pub use element::Element;
pub use error::{Error, ErrorKind};
pub use hash::{Unhashable, hash};
pub use num_bigint::BigInt;
pub use package::WIT_PACKAGE;
pub use repr::{ReprError, repr, to_text};
pub use ser::to_value;
pub use serde_error::SerdeError;
pub use value::{Entry, MAX_DEPTH, NoProxy, Object, ProxyIdentity, Value};

#[cfg(test)]
mod tests;
