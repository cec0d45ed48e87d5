//! The generated bindings.

#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, rust_2018_idioms)]

use crate::command::Command;

wit_bindgen::generate!({
    path: [
        "../../../guest/rust/wit/deps/io.wit",
        "../../../guest/rust/wit/deps/clocks.wit",
        "../../../guest/rust/wit/deps/random.wit",
        "../../../guest/rust/wit/deps/filesystem.wit",
        "../../../guest/rust/wit/deps/sockets.wit",
        "../../../guest/rust/wit/deps/cli.wit",
        "../../../host/wit/keyvalue-0.2.0-draft",
        "wit",
    ],
    world: "test:keyvalue/command",
    generate_all,
});

export!(Command);
