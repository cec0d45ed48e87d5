//! x
#![allow(missing_docs)]
mod object;
mod referents;
mod sync;
mod wit;
pub use object::Proxy;
