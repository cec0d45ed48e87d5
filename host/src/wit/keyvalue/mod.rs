//! `wasi:keyvalue`, whose stores are shared dicts: components that import it share state with each other and with the
//! manager's own guests, and need not know of any of this.
//!
//! A store is a dict that was granted under a name: to all guests of a manager by
//! [`Manager::keyvalue_store`](crate::Manager::keyvalue_store), to one process by
//! [`SpawnOptions::keyvalue_store`](crate::SpawnOptions::keyvalue_store), to a guest of an embedder's own by
//! [`GuestCtx::keyvalue_store`]. A bucket that a component opens is a proxy that it holds, with the rights of the one that
//! was granted, so it counts like any other among the object's holders and the proxies that the guest may hold, and goes
//! with it. `docs/keyvalue.md` tells how values and errors look from either side.
//!
//! The manager's own processes can import it as they are. An embedder with a world of their own adds it to their linker,
//! in both of the versions that components use, `0.2.0-draft` and `0.2.0-draft2`:
//!
//! ```no_run
//! use commonhold::{GuestCtx, GuestView, Manager};
//! use wasmtime::component::{Component, Linker, ResourceTable};
//! use wasmtime::{Engine, Store};
//! use wasmtime_wasi::p2::bindings::Command;
//! use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
//!
//! struct Data {
//!     guest: GuestCtx,
//!     wasi: WasiCtx,
//!     table: ResourceTable,
//! }
//!
//! impl GuestView for Data {
//!     fn guest(&mut self) -> &mut GuestCtx {
//!         &mut self.guest
//!     }
//! }
//!
//! impl WasiView for Data {
//!     fn ctx(&mut self) -> WasiCtxView<'_> {
//!         WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let manager = Manager::new()?;
//! let visits = manager.dict([("total", 0)])?;
//! manager.keyvalue_store("visits", visits.proxy())?;
//!
//! let engine = Engine::default();
//! let mut linker = Linker::new(&engine);
//! wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
//! commonhold::keyvalue::add_to_linker(&mut linker)?;
//! let data = Data { guest: manager.guest("counter"), wasi: WasiCtx::builder().build(), table: ResourceTable::new() };
//! let mut store = Store::new(&engine, data);
//! let component = Component::from_file(&engine, "counter.wasm")?;
//! let command = Command::instantiate_async(&mut store, &component, &linker).await?;
//! let done = command.wasi_cli_run().call_run(&mut store).await?;
//! assert!(done.is_ok());
//! println!("{visits}"); // {'total': 1}
//! # Ok(())
//! # }
//! # fn main() {}
//! ```

mod bindings;
mod draft;
mod draft2;

use super::{GuestCtx, GuestView, HasGuest, HostError, at_call};
use crate::error::Error;
use crate::object::{CallError, Item, Outcome, Proxy};
use crate::referents::dict::{Dict, Seen};
use crate::sync::Arc;
use bindings::draft::wasi::keyvalue as of_draft;
use bindings::draft2::wasi::keyvalue as of_draft2;
use commonhold_wire::ErrorKind;
use std::ops::RangeInclusive;
use wasmtime::component::{Linker, Resource};

/// What a component's resource `bucket` stands for: a slot of its [`GuestCtx`].
#[derive(Debug)]
pub enum Bucket {}

/// What a component's resource `cas` stands for: a slot of its [`GuestCtx`], and what was seen there.
#[derive(Debug)]
pub enum Cas {}

/// What a function of `wasi:keyvalue` fails with: an error for the guest, or its end.
#[derive(Debug)]
pub enum StoreError {
    /// Nobody granted a store of that name.
    NoSuchStore,
    /// The rights that were granted are not enough, or were taken back.
    AccessDenied,
    /// Anything else, in words.
    Other(String),
    /// The end of the guest.
    Trap(wasmtime::Error),
}

impl From<CallError> for StoreError {
    fn from(error: CallError) -> Self {
        match error.kind {
            ErrorKind::NotExposed | ErrorKind::Revoked => Self::AccessDenied,
            _ => Self::Other(error.message),
        }
    }
}

impl From<wasmtime::Error> for StoreError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Trap(error)
    }
}

impl From<HostError> for StoreError {
    fn from(error: HostError) -> Self {
        match error {
            HostError::Call(error) => Self::from(*error),
            HostError::Trap(error) => Self::Trap(error),
        }
    }
}

/// What exchanging a value fails with.
#[derive(Debug)]
pub enum SwapError {
    /// It could not be tried.
    Store(StoreError),
    /// Another value is there, which this has seen.
    Failed(Resource<Cas>),
}

impl From<CallError> for SwapError {
    fn from(error: CallError) -> Self {
        Self::Store(error.into())
    }
}

impl From<wasmtime::Error> for SwapError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What each entry of a batch counts for, beside its bytes.
const ENTRY_BYTES: usize = 64;

/// What a function of `wasi:keyvalue` gives.
type Stored<T> = Result<T, StoreError>;

/// Adds `wasi:keyvalue` to a linker: `store`, `atomics` and `batch`, of `0.2.0-draft` and of `0.2.0-draft2`. None of the
/// functions waits, and none is async.
///
/// # Errors
///
/// If the linker has one of the interfaces already.
pub fn add_to_linker<T: GuestView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    of_draft::store::add_to_linker::<T, HasGuest>(linker, at_call)?;
    of_draft::atomics::add_to_linker::<T, HasGuest>(linker, at_call)?;
    of_draft::batch::add_to_linker::<T, HasGuest>(linker, at_call)?;
    of_draft2::store::add_to_linker::<T, HasGuest>(linker, at_call)?;
    of_draft2::atomics::add_to_linker::<T, HasGuest>(linker, at_call)?;
    of_draft2::batch::add_to_linker::<T, HasGuest>(linker, at_call)
}

/// What both drafts have in common.
impl GuestCtx {
    /// Grants this guest a dict as a store of `wasi:keyvalue`, with the rights of the proxy. It is held until the guest
    /// ends, and goes before a store of that name that is the manager's.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is not a dict.
    pub fn keyvalue_store(&self, name: impl Into<String>, dict: &Proxy) -> Result<(), Error> {
        Ok(self.stores.grant(name, dict)?)
    }

    fn open_bucket(&mut self, name: &str) -> Stored<Resource<Bucket>> {
        self.enter()?;
        let found = self.stores.find(name).or_else(|| self.objects.stores().find(name));
        let dict = found.ok_or(StoreError::NoSuchStore)?;
        dict.check_grant()?;
        self.table.make_room(1)?;
        Ok(Resource::new_own(self.table.insert(dict)))
    }

    /// The proxy that a bucket is.
    fn bucket(&self, bucket: &Resource<Bucket>) -> wasmtime::Result<&Proxy> {
        self.enter()?;
        self.table.get(bucket.rep()).ok_or_else(no_such_bucket)
    }

    fn close_bucket(&mut self, bucket: &Resource<Bucket>) -> wasmtime::Result<()> {
        self.enter()?;
        self.table.remove(bucket.rep()).map(drop).ok_or_else(no_such_bucket)
    }

    fn store_key(&self, key: String) -> Outcome<Item> {
        self.check_size(key.len())?;
        Ok(Item::text(key))
    }

    /// Several keys, which together take no more than a value may.
    ///
    /// However short they are, each takes some memory.
    fn store_keys(&self, keys: Vec<String>) -> Outcome<Vec<Item>> {
        self.check_size(keys.iter().map(|key| ENTRY_BYTES + key.len()).sum())?;
        Ok(keys.into_iter().map(Item::text).collect())
    }

    /// The bytes of a value, as the guest gets them.
    fn store_value(&self, bytes: Option<Arc<Vec<u8>>>) -> Outcome<Option<Vec<u8>>> {
        let Some(bytes) = bytes else { return Ok(None) };
        self.check_size(bytes.len())?;
        Ok(Some(Arc::unwrap_or_clone(bytes)))
    }

    fn read(&self, bucket: &Resource<Bucket>, key: String) -> Stored<Option<Vec<u8>>> {
        let bytes = Dict::read(self.bucket(bucket)?, &self.store_key(key)?)?;
        Ok(self.store_value(bytes)?)
    }

    fn write(&self, bucket: &Resource<Bucket>, key: String, value: Vec<u8>) -> Stored<()> {
        let bucket = self.bucket(bucket)?;
        self.check_size(value.len())?;
        Ok(Dict::set_item(bucket, self.store_key(key)?, Item::bytes(value))?)
    }

    fn discard(&self, bucket: &Resource<Bucket>, key: String) -> Stored<()> {
        Ok(Dict::discard(self.bucket(bucket)?, &[self.store_key(key)?])?)
    }

    fn discard_many(&self, bucket: &Resource<Bucket>, keys: Vec<String>) -> Stored<()> {
        Ok(Dict::discard(self.bucket(bucket)?, &self.store_keys(keys)?)?)
    }

    fn has_key(&self, bucket: &Resource<Bucket>, key: String) -> Stored<bool> {
        Ok(Dict::contains(self.bucket(bucket)?, &self.store_key(key)?)?)
    }

    fn page(&self, bucket: &Resource<Bucket>, cursor: Option<u64>) -> Stored<(Vec<String>, Option<u64>)> {
        let page = Dict::page(self.bucket(bucket)?, cursor)?;
        Ok((page.keys.into_iter().map(Arc::unwrap_or_clone).collect(), page.next))
    }

    fn read_many(&self, bucket: &Resource<Bucket>, keys: Vec<String>) -> Stored<Vec<(String, Option<Vec<u8>>)>> {
        let bucket = self.bucket(bucket)?;
        let keys = self.store_keys(keys)?;
        let values = Dict::read_many(bucket, &keys, self.value_bytes)?;
        let keys = keys.into_iter().map(|key| match key {
            Item::Text(key) => Arc::unwrap_or_clone(key),
            // Each is a text.
            _ => String::new(),
        });
        Ok(keys.zip(values.into_iter().map(|bytes| bytes.map(Arc::unwrap_or_clone))).collect())
    }

    fn write_many(&self, bucket: &Resource<Bucket>, entries: Vec<(String, Vec<u8>)>) -> Stored<()> {
        let bucket = self.bucket(bucket)?;
        self.check_size(entries.iter().map(|(key, value)| ENTRY_BYTES + key.len() + value.len()).sum())?;
        let items = entries.into_iter().map(|(key, value)| (Item::text(key), Item::bytes(value)));
        Ok(Dict::write_many(bucket, items.collect())?)
    }

    fn increment(
        &self,
        bucket: &Resource<Bucket>,
        key: String,
        delta: i128,
        range: &RangeInclusive<i128>,
    ) -> Stored<i128> {
        Ok(Dict::increment(self.bucket(bucket)?, self.store_key(key)?, delta, range)?)
    }

    fn see(&mut self, bucket: &Resource<Bucket>, key: String) -> Stored<Resource<Cas>> {
        let dict = self.bucket(bucket)?.clone();
        let seen = Dict::see(&dict, self.store_key(key)?)?;
        self.check_seen(&seen)?;
        self.table.make_room(1)?;
        Ok(self.give_cas(dict, seen))
    }

    /// Whether the guest may have seen that as well: it is kept for it, whatever becomes of it in the store.
    fn check_seen(&self, seen: &Seen) -> Outcome<()> {
        self.check_size(self.seen_bytes.saturating_add(seen.bytes()))
    }

    fn give_cas(&mut self, dict: Proxy, seen: Seen) -> Resource<Cas> {
        let slot = self.table.insert(dict);
        self.seen_bytes += seen.bytes();
        self.seen.insert(slot, seen);
        Resource::new_own(slot)
    }

    fn seen(&self, cas: &Resource<Cas>) -> Stored<Option<Vec<u8>>> {
        self.enter()?;
        let found = self.table.get(cas.rep()).zip(self.seen.get(&cas.rep()));
        let (dict, seen) = found.ok_or_else(no_such_bucket)?;
        Ok(self.store_value(Dict::seen(dict, seen)?)?)
    }

    /// The handle is the guest's no more, and no drop hook will run for it.
    fn take_cas(&mut self, cas: &Resource<Cas>) -> wasmtime::Result<(Proxy, Seen)> {
        self.enter()?;
        let taken = self.table.remove(cas.rep()).zip(self.seen.remove(&cas.rep()));
        let (dict, seen) = taken.ok_or_else(no_such_bucket)?;
        self.seen_bytes = self.seen_bytes.saturating_sub(seen.bytes());
        Ok((dict, seen))
    }

    fn write_if(&mut self, cas: &Resource<Cas>, value: Vec<u8>) -> Result<(), SwapError> {
        let (dict, seen) = self.take_cas(cas)?;
        self.check_size(value.len())?;
        match Dict::write_if(&dict, seen, Item::bytes(value))? {
            Ok(()) => Ok(()),
            // In the place of the one that was taken, so there is room in the table.
            Err(now) => {
                self.check_seen(&now)?;
                Err(SwapError::Failed(self.give_cas(dict, now)))
            }
        }
    }
}

#[cold]
fn no_such_bucket() -> wasmtime::Error {
    wasmtime::Error::msg("the guest used a handle to a store that the manager did not give out")
}
