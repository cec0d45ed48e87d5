//! The shared objects of Commonhold, without any WebAssembly: the [`object`] that every one of them
//! is, the [types](`referents`) that there are, and the [set](`manager`) of those that are alive.
//!
//! Two hosts stand on this: the manager of the crate `commonhold`, whose guests are components, and
//! the native backend of `commonhold-guest`, for the unit tests of programs. It is no interface for
//! anybody else: `commonhold` gives out what embedders need, documented, and everything else here
//! changes as these two want it.

#![allow(missing_docs, reason = "what users see is given out, and documented, by the crate `commonhold`")]

pub mod convert;
pub mod error;
mod handle;
pub mod manager;
pub mod object;
pub mod referents;
pub mod sync;
