//! End-to-end tests: real guests in a real manager. One module for each behaviour.

#![allow(clippy::unwrap_used, missing_docs)]

mod closing;
mod commands;
mod conformance;
mod embedding;
mod errors;
mod faults;
mod handles;
mod host_types;
mod hostile;
mod keyvalue;
mod many;
mod meetings;
mod names;
mod plugins;
mod pools;
mod private_providers;
mod processes;
mod programs;
mod provided_objects;
mod providers;
mod providers_js;
mod registered;
mod restarts;
mod shadow_graph;
mod wasi;
mod wat;
