//! What `wasmtime` generates from the WIT package. Private: the public surface is chosen by hand.

// Generated code, whose use of `unsafe` is wasmtime's.
#![allow(missing_docs, unreachable_pub, unsafe_code, clippy::all)]

pub mod imports {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "commonhold:manager/imports",
        // A function is async if it may wait, or may run a provider.
        imports: {
            "commonhold:manager/types.[method]proxy.call": async | trappable,
            "commonhold:manager/types.[method]proxy.get-value": async | trappable,
            "commonhold:manager/types.[method]proxy.to-text": async | trappable,
            "commonhold:manager/manager.create": async | trappable,
            "commonhold:manager/lists.create-from": async | trappable,
            "commonhold:manager/lists.extend": async | trappable,
            "commonhold:manager/lists.set-slice": async | trappable,
            "commonhold:manager/lists.concat": async | trappable,
            "commonhold:manager/lists.concat-before": async | trappable,
            "commonhold:manager/lists.get-many": async | trappable,
            "commonhold:manager/lists.set-many": async | trappable,
            "commonhold:manager/dicts.create-from": async | trappable,
            "commonhold:manager/dicts.update": async | trappable,
            "commonhold:manager/dicts.merge": async | trappable,
            "commonhold:manager/dicts.merge-before": async | trappable,
            "commonhold:manager/namespaces.create-from": async | trappable,
            "commonhold:manager/arrays.create-from": async | trappable,
            "commonhold:manager/arrays.set-slice": async | trappable,
            "commonhold:manager/sets.create-from": async | trappable,
            "commonhold:manager/sets.is-disjoint": async | trappable,
            "commonhold:manager/sets.is-subset": async | trappable,
            "commonhold:manager/sets.is-superset": async | trappable,
            "commonhold:manager/sets.union": async | trappable,
            "commonhold:manager/sets.intersection": async | trappable,
            "commonhold:manager/sets.difference": async | trappable,
            "commonhold:manager/sets.symmetric-difference": async | trappable,
            "commonhold:manager/sets.update": async | trappable,
            "commonhold:manager/sets.intersection-update": async | trappable,
            "commonhold:manager/sets.difference-update": async | trappable,
            "commonhold:manager/sets.symmetric-difference-update": async | trappable,
            "commonhold:manager/sets.combine": async | trappable,
            "commonhold:manager/sets.combine-before": async | trappable,
            "commonhold:manager/sets.combine-in-place": async | trappable,
            "commonhold:manager/sets.compare": async | trappable,
            "commonhold:manager/dicts.get-many": async | trappable,
            "commonhold:manager/dicts.set-many": async | trappable,
            "commonhold:manager/counters.create-from": async | trappable,
            "commonhold:manager/counters.update": async | trappable,
            "commonhold:manager/counters.subtract": async | trappable,
            "commonhold:manager/counters.combine": async | trappable,
            "commonhold:manager/counters.combine-before": async | trappable,
            "commonhold:manager/counters.combine-in-place": async | trappable,
            "commonhold:manager/counters.compare": async | trappable,
            "commonhold:manager/deques.create-from": async | trappable,
            "commonhold:manager/deques.extend": async | trappable,
            "commonhold:manager/deques.extend-left": async | trappable,
            "commonhold:manager/deques.concat": async | trappable,
            "commonhold:manager/iterators.create": async | trappable,
            "commonhold:manager/iterators.next": async | trappable,
            "commonhold:manager/iterators.next-many": async | trappable,
            "commonhold:manager/iterators.next-within": async | trappable,
            "commonhold:manager/locks.acquire": async | trappable,
            "commonhold:manager/rlocks.acquire": async | trappable,
            "commonhold:manager/semaphores.acquire": async | trappable,
            "commonhold:manager/conditions.acquire": async | trappable,
            "commonhold:manager/conditions.wait": async | trappable,
            "commonhold:manager/events.wait": async | trappable,
            "commonhold:manager/barriers.wait": async | trappable,
            "commonhold:manager/queues.put": async | trappable,
            "commonhold:manager/queues.get": async | trappable,
            "commonhold:manager/queues.join": async | trappable,
            "commonhold:manager/waiting.wait-for-first": async | trappable,
            "commonhold:manager/pools.map-items": async | trappable,
            "commonhold:manager/pools.imap-items": async | trappable,
            "commonhold:manager/pools.terminate": async | trappable,
            "commonhold:manager/pools.join": async | trappable,
            "commonhold:manager/async-results.get": async | trappable,
            "commonhold:manager/async-results.wait": async | trappable,
            "commonhold:manager/processes.join": async | trappable,
            "commonhold:manager/processes.kill": async | trappable,
            "commonhold:manager/processes.terminate": async | trappable,
            "commonhold:manager/providers.start": async | trappable,
            "commonhold:manager/providers.create": async | trappable,
            default: trappable,
        },
        trappable_error_type: {
            "commonhold:manager/types.error" => crate::wit::HostError,
        },
        with: {
            "commonhold:manager/types.proxy": crate::wit::Slot,
        },
    });
}

pub mod provider_host {
    wasmtime::component::bindgen!({
        path: "../wit",
        interfaces: "import commonhold:manager/provider-host@0.1.0;",
        imports: { default: trappable },
        trappable_error_type: {
            "commonhold:manager/types.error" => crate::wit::HostError,
        },
        with: {
            "commonhold:manager/types": super::imports::commonhold::manager::types,
        },
    });
}

pub mod process {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "commonhold:manager/process",
        exports: { default: async },
        with: {
            "commonhold:manager": super::imports::commonhold::manager,
        },
    });
}

pub mod provider {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "commonhold:manager/provider",
        exports: { default: async },
        with: {
            "commonhold:manager/types": super::imports::commonhold::manager::types,
            "commonhold:manager/manager": super::imports::commonhold::manager::manager,
            "commonhold:manager/files": super::imports::commonhold::manager::files,
            "commonhold:manager/names": super::imports::commonhold::manager::names,
            "commonhold:manager/codecs": super::imports::commonhold::manager::codecs,
            "commonhold:manager/lists": super::imports::commonhold::manager::lists,
            "commonhold:manager/dicts": super::imports::commonhold::manager::dicts,
            "commonhold:manager/namespaces": super::imports::commonhold::manager::namespaces,
            "commonhold:manager/values": super::imports::commonhold::manager::values,
            "commonhold:manager/arrays": super::imports::commonhold::manager::arrays,
            "commonhold:manager/sets": super::imports::commonhold::manager::sets,
            "commonhold:manager/counters": super::imports::commonhold::manager::counters,
            "commonhold:manager/deques": super::imports::commonhold::manager::deques,
            "commonhold:manager/iterators": super::imports::commonhold::manager::iterators,
            "commonhold:manager/locks": super::imports::commonhold::manager::locks,
            "commonhold:manager/rlocks": super::imports::commonhold::manager::rlocks,
            "commonhold:manager/semaphores": super::imports::commonhold::manager::semaphores,
            "commonhold:manager/conditions": super::imports::commonhold::manager::conditions,
            "commonhold:manager/events": super::imports::commonhold::manager::events,
            "commonhold:manager/barriers": super::imports::commonhold::manager::barriers,
            "commonhold:manager/queues": super::imports::commonhold::manager::queues,
            "commonhold:manager/waiting": super::imports::commonhold::manager::waiting,
            "commonhold:manager/pools": super::imports::commonhold::manager::pools,
            "commonhold:manager/async-results": super::imports::commonhold::manager::async_results,
            "commonhold:manager/processes": super::imports::commonhold::manager::processes,
            "commonhold:manager/providers": super::imports::commonhold::manager::providers,
            "commonhold:manager/provider-host": super::provider_host::commonhold::manager::provider_host,
        },
    });
}
