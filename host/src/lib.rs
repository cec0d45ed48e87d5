//! x
#![allow(missing_docs)]
mod error;
mod manager;
mod object;
mod process;
mod referents;
mod sync;
mod wit;
pub use error::Error;
pub use object::Proxy;
pub use wit::{GuestCtx, GuestView, add_to_linker};
