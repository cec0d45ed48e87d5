//! End-to-end tests: real guests in a real manager. One module for each behaviour.

#![allow(clippy::unwrap_used, missing_docs)]

mod many;
