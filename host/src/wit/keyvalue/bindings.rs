//! What `wasmtime` generates from the two drafts.

// Generated code, whose use of `unsafe` is wasmtime's.
#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]

pub mod draft {
    wasmtime::component::bindgen!({
        path: "wit/keyvalue-0.2.0-draft",
        world: "wasi:keyvalue/imports",
        imports: { default: trappable },
        trappable_error_type: {
            "wasi:keyvalue/store.error" => crate::wit::keyvalue::StoreError,
        },
        with: {
            "wasi:keyvalue/store.bucket": crate::wit::keyvalue::Bucket,
        },
    });
}

pub mod draft2 {
    wasmtime::component::bindgen!({
        path: "wit/keyvalue-0.2.0-draft2",
        world: "wasi:keyvalue/imports",
        imports: { default: trappable },
        trappable_error_type: {
            "wasi:keyvalue/store.error" => crate::wit::keyvalue::StoreError,
            "wasi:keyvalue/atomics.cas-error" => crate::wit::keyvalue::SwapError,
        },
        with: {
            "wasi:keyvalue/store.bucket": crate::wit::keyvalue::Bucket,
            "wasi:keyvalue/atomics.cas": crate::wit::keyvalue::Cas,
        },
    });
}
