//! The generated bindings of a WebAssembly guest: one set of imports, and for each world that a
//! guest can export its one export, all over the same types.

#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::unwrap_used, rust_2018_idioms)]

/// What every guest imports.
pub mod imports {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "imports",
        ownership: Borrowing { duplicate_if_necessary: false },
        generate_all,
    });
}

/// A guest that runs as a process: the export `run`.
pub mod process {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "process",
        ownership: Borrowing { duplicate_if_necessary: false },
        pub_export_macro: true,
        export_macro_name: "export_process",
        default_bindings_module: "commonhold_guest::__private::process",
        with: {
            "commonhold:manager/types@0.1.0": crate::generated::imports::commonhold::manager::types,
            "commonhold:manager/manager@0.1.0": crate::generated::imports::commonhold::manager::manager,
            "commonhold:manager/files@0.1.0": crate::generated::imports::commonhold::manager::files,
            "commonhold:manager/names@0.1.0": crate::generated::imports::commonhold::manager::names,
            "commonhold:manager/codecs@0.1.0": crate::generated::imports::commonhold::manager::codecs,
            "commonhold:manager/lists@0.1.0": crate::generated::imports::commonhold::manager::lists,
            "commonhold:manager/dicts@0.1.0": crate::generated::imports::commonhold::manager::dicts,
            "commonhold:manager/namespaces@0.1.0": crate::generated::imports::commonhold::manager::namespaces,
            "commonhold:manager/values@0.1.0": crate::generated::imports::commonhold::manager::values,
            "commonhold:manager/arrays@0.1.0": crate::generated::imports::commonhold::manager::arrays,
            "commonhold:manager/sets@0.1.0": crate::generated::imports::commonhold::manager::sets,
            "commonhold:manager/counters@0.1.0": crate::generated::imports::commonhold::manager::counters,
            "commonhold:manager/deques@0.1.0": crate::generated::imports::commonhold::manager::deques,
            "commonhold:manager/iterators@0.1.0": crate::generated::imports::commonhold::manager::iterators,
            "commonhold:manager/locks@0.1.0": crate::generated::imports::commonhold::manager::locks,
            "commonhold:manager/rlocks@0.1.0": crate::generated::imports::commonhold::manager::rlocks,
            "commonhold:manager/semaphores@0.1.0": crate::generated::imports::commonhold::manager::semaphores,
            "commonhold:manager/conditions@0.1.0": crate::generated::imports::commonhold::manager::conditions,
            "commonhold:manager/events@0.1.0": crate::generated::imports::commonhold::manager::events,
            "commonhold:manager/barriers@0.1.0": crate::generated::imports::commonhold::manager::barriers,
            "commonhold:manager/queues@0.1.0": crate::generated::imports::commonhold::manager::queues,
            "commonhold:manager/waiting@0.1.0": crate::generated::imports::commonhold::manager::waiting,
            "commonhold:manager/pools@0.1.0": crate::generated::imports::commonhold::manager::pools,
            "commonhold:manager/async-results@0.1.0": crate::generated::imports::commonhold::manager::async_results,
            "commonhold:manager/processes@0.1.0": crate::generated::imports::commonhold::manager::processes,
            "commonhold:manager/providers@0.1.0": crate::generated::imports::commonhold::manager::providers,
        },
    });
}

/// A guest that implements shared types: the export `custom-types`, and what such a guest imports
/// beside the rest.
pub mod provider {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "provider",
        ownership: Borrowing { duplicate_if_necessary: false },
        pub_export_macro: true,
        export_macro_name: "export_provider",
        default_bindings_module: "commonhold_guest::__private::provider",
        with: {
            "commonhold:manager/types@0.1.0": crate::generated::imports::commonhold::manager::types,
            "commonhold:manager/manager@0.1.0": crate::generated::imports::commonhold::manager::manager,
            "commonhold:manager/files@0.1.0": crate::generated::imports::commonhold::manager::files,
            "commonhold:manager/names@0.1.0": crate::generated::imports::commonhold::manager::names,
            "commonhold:manager/codecs@0.1.0": crate::generated::imports::commonhold::manager::codecs,
            "commonhold:manager/lists@0.1.0": crate::generated::imports::commonhold::manager::lists,
            "commonhold:manager/dicts@0.1.0": crate::generated::imports::commonhold::manager::dicts,
            "commonhold:manager/namespaces@0.1.0": crate::generated::imports::commonhold::manager::namespaces,
            "commonhold:manager/values@0.1.0": crate::generated::imports::commonhold::manager::values,
            "commonhold:manager/arrays@0.1.0": crate::generated::imports::commonhold::manager::arrays,
            "commonhold:manager/sets@0.1.0": crate::generated::imports::commonhold::manager::sets,
            "commonhold:manager/counters@0.1.0": crate::generated::imports::commonhold::manager::counters,
            "commonhold:manager/deques@0.1.0": crate::generated::imports::commonhold::manager::deques,
            "commonhold:manager/iterators@0.1.0": crate::generated::imports::commonhold::manager::iterators,
            "commonhold:manager/locks@0.1.0": crate::generated::imports::commonhold::manager::locks,
            "commonhold:manager/rlocks@0.1.0": crate::generated::imports::commonhold::manager::rlocks,
            "commonhold:manager/semaphores@0.1.0": crate::generated::imports::commonhold::manager::semaphores,
            "commonhold:manager/conditions@0.1.0": crate::generated::imports::commonhold::manager::conditions,
            "commonhold:manager/events@0.1.0": crate::generated::imports::commonhold::manager::events,
            "commonhold:manager/barriers@0.1.0": crate::generated::imports::commonhold::manager::barriers,
            "commonhold:manager/queues@0.1.0": crate::generated::imports::commonhold::manager::queues,
            "commonhold:manager/waiting@0.1.0": crate::generated::imports::commonhold::manager::waiting,
            "commonhold:manager/pools@0.1.0": crate::generated::imports::commonhold::manager::pools,
            "commonhold:manager/async-results@0.1.0": crate::generated::imports::commonhold::manager::async_results,
            "commonhold:manager/processes@0.1.0": crate::generated::imports::commonhold::manager::processes,
            "commonhold:manager/providers@0.1.0": crate::generated::imports::commonhold::manager::providers,
            "commonhold:manager/provider-host@0.1.0": generate,
            "commonhold:manager/custom-types@0.1.0": generate,
        },
    });
}

/// The system interface: what the standard library cannot reach in such a guest.
pub mod system {
    wit_bindgen::generate!({
        path: "wit",
        world: "wasi",
        generate_all,
    });
}
