//! `wasi:keyvalue@0.2.0-draft`.

use super::of_draft::{atomics, batch, store};
use super::{Bucket, GuestCtx, StoreError, Stored};
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

    fn list_keys(&mut self, bucket: Resource<Bucket>, cursor: Option<u64>) -> Stored<KeyResponse> {
        let (keys, cursor) = self.page(&bucket, cursor)?;
        Ok(KeyResponse { keys, cursor })
    }

    fn drop(&mut self, bucket: Resource<Bucket>) -> Wasm<()> {
        self.close_bucket(&bucket)
    }
}

impl atomics::Host for GuestCtx {
    fn increment(&mut self, bucket: Resource<Bucket>, key: String, delta: u64) -> Stored<u64> {
        let sum = GuestCtx::increment(self, &bucket, key, delta.into(), &(0..=u64::MAX.into()))?;
        // It is in range.
        Ok(sum as u64)
    }
}

impl batch::Host for GuestCtx {
    fn get_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Stored<Vec<Option<(String, Vec<u8>)>>> {
        let found = self.read_many(&bucket, keys)?;
        Ok(found.into_iter().map(|(key, value)| Some((key, value?))).collect())
    }

    fn set_many(&mut self, bucket: Resource<Bucket>, key_values: Vec<(String, Vec<u8>)>) -> Stored<()> {
        self.write_many(&bucket, key_values)
    }

    fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Stored<()> {
        self.discard_many(&bucket, keys)
    }
}
