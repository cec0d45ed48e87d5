use crate::object::{Outcome, Proxy};
use crate::referents::dict::Dict;
use crate::referents::expect_type;
use crate::sync::RwLock;
use std::collections::BTreeMap;

/// The dicts that components may open as stores of `wasi:keyvalue`, by their names, with the rights of the proxies
/// that were granted.
#[derive(Default)]
pub struct Stores(RwLock<BTreeMap<String, Proxy>>);

/// The store that `""` stands for, unless there is one of that very name. Some hosts' components ask for the one, some
/// for the other.
const DEFAULT: &str = "default";

impl Stores {
    /// Grants a dict as a store, in place of another of that name.
    ///
    /// # Errors
    ///
    /// `type` if it is no dict.
    pub fn grant(&self, name: impl Into<String>, dict: &Proxy) -> Outcome<()> {
        expect_type::<Dict>(dict, "dict")?;
        let before = self.0.write().insert(name.into(), dict.clone());
        // It may be the last holder of its dict, which is freed after the lock.
        drop(before);
        Ok(())
    }

    /// Takes a grant back, if there is one: no more buckets are opened. Those that were stay.
    pub fn withdraw(&self, name: &str) -> Option<Proxy> {
        self.0.write().remove(name)
    }

    /// The store of a name.
    pub fn find(&self, name: &str) -> Option<Proxy> {
        let stores = self.0.read();
        let found = stores.get(name).or_else(|| if name.is_empty() { stores.get(DEFAULT) } else { None });
        found.cloned()
    }

    /// Takes all grants back.
    pub fn take(&self) -> Vec<Proxy> {
        std::mem::take(&mut *self.0.write()).into_values().collect()
    }
}
