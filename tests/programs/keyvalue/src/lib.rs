//! A WASI command that uses stores of `wasi:keyvalue@0.2.0-draft`, one step for each of its arguments (see `steps.rs`). It
//! is written as such components are: with bindings of its own, and without a word of the manager.

#[cfg(target_family = "wasm")]
mod bindings;
#[cfg(target_family = "wasm")]
mod command;
#[cfg(target_family = "wasm")]
mod steps;
