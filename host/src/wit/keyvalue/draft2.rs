//! `wasi:keyvalue@0.2.0-draft2`, which has signed numbers, cursors that are texts, and `cas`.

use super::of_draft2::{atomics, batch, store};
use super::{Bucket, Cas, GuestCtx, StoreError, Stored, SwapError};
use atomics::CasError;
use store::KeyResponse;
use wasmtime::Result as Wasm;
use wasmtime::component::Resource;

impl store::Host for GuestCtx {
    fn open(&mut self, identifier: String) -> Stored<Resource<Bucket>> {
        self.open_bucket(&identifier)
    }

    fn convert_error(&mut self, error: StoreError) -> Wasm<store::Error> {
        match error {
            StoreError::NoSuchStore => Ok(store::Error::NoSuchStore),
            StoreError::AccessDenied => Ok(store::Error::AccessDenied),
            StoreError::Other(message) => Ok(store::Error::Other(message)),
            StoreError::Trap(error) => Err(error),
        }
    }
}

impl store::HostBucket for GuestCtx {
    fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Stored<Option<Vec<u8>>> {
        self.read(&bucket, key)
    }

    fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Stored<()> {
        self.write(&bucket, key, value)
    }

    fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Stored<()> {
        self.discard(&bucket, key)
    }

    fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Stored<bool> {
        self.has_key(&bucket, key)
    }

    fn list_keys(&mut self, bucket: Resource<Bucket>, cursor: Option<String>) -> Stored<KeyResponse> {
        let not_one = |_| StoreError::Other("the cursor is not one that this store gave".into());
        let cursor = cursor.map(|cursor| cursor.parse().map_err(not_one)).transpose()?;
        let (keys, cursor) = self.page(&bucket, cursor)?;
        Ok(KeyResponse { keys, cursor: cursor.map(|cursor| cursor.to_string()) })
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> Wasm<()> {
        self.close_bucket(&bucket)
    }
}

impl atomics::Host for GuestCtx {
    fn increment(&mut self, bucket: Resource<Bucket>, key: String, delta: i64) -> Stored<i64> {
        let sum = GuestCtx::increment(self, &bucket, key, delta.into(), &(i64::MIN.into()..=i64::MAX.into()))?;
        // It is in range.
        Ok(sum as i64)
    }

    fn swap(&mut self, cas: Resource<Cas>, value: Vec<u8>) -> Result<(), SwapError> {
        self.write_if(&cas, value)
    }

    fn convert_cas_error(&mut self, error: SwapError) -> Wasm<CasError> {
        match error {
            SwapError::Store(error) => store::Host::convert_error(self, error).map(CasError::StoreError),
            SwapError::Failed(now) => Ok(CasError::CasFailed(now)),
        }
    }
}

impl atomics::HostCas for GuestCtx {
    fn new(&mut self, bucket: Resource<Bucket>, key: String) -> Stored<Resource<Cas>> {
        self.see(&bucket, key)
    }

    fn current(&mut self, cas: Resource<Cas>) -> Stored<Option<Vec<u8>>> {
        self.seen(&cas)
    }

    fn drop(&mut self, cas: Resource<Cas>) -> Wasm<()> {
        self.take_cas(&cas).map(drop)
    }
}

impl batch::Host for GuestCtx {
    fn get_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Stored<Vec<(String, Option<Vec<u8>>)>> {
        self.read_many(&bucket, keys)
    }

    fn set_many(&mut self, bucket: Resource<Bucket>, key_values: Vec<(String, Vec<u8>)>) -> Stored<()> {
        self.write_many(&bucket, key_values)
    }

    fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Stored<()> {
        self.discard_many(&bucket, keys)
    }
}
