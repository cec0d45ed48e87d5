use crate::sync::{Arc, RwLock};
use hashbrown::HashMap;
use std::any::{Any, TypeId};

/// What a home knows of the types that an embedder has registered there, by the Rust type that it knows it as.
#[derive(Default)]
pub struct Kinds(RwLock<HashMap<TypeId, Vec<Arc<dyn Any + Send + Sync>>>>);

impl Kinds {
    /// Makes one known, beside others of its Rust type.
    pub fn add<K: Any + Send + Sync>(&self, kind: Arc<K>) {
        self.0.write().entry(TypeId::of::<K>()).or_default().push(kind);
    }

    /// The first of a Rust type that is the wanted one.
    pub fn find<K: Any + Send + Sync>(&self, is_wanted: impl Fn(&K) -> bool) -> Option<Arc<K>> {
        let all = self.0.read();
        let mut kinds = all.get(&TypeId::of::<K>())?.iter().filter_map(|kind| kind.clone().downcast().ok());
        kinds.find(|kind| is_wanted(kind))
    }

    /// Forgets all of them: they may hold, in code that the embedder gave, objects that hold this home.
    pub fn clear(&self) {
        let gone = std::mem::take(&mut *self.0.write());
        drop(gone);
    }
}
