//! The command of the program `keyvalue` for `wasi:keyvalue@0.2.0-draft2`, which has `cas` besides.

#[cfg(target_family = "wasm")]
mod bindings;
#[cfg(target_family = "wasm")]
mod command;
#[cfg(target_family = "wasm")]
#[path = "../../keyvalue/src/steps.rs"]
mod steps;
