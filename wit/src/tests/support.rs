//! A proxy for tests, and values at random.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::{Object, ProxyIdentity, Value};

/// A proxy that is its referent's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Handle(pub(crate) u64);

impl ProxyIdentity for Handle {
    fn referent_id(&self) -> u64 {
        self.0
    }

    fn repr(&self) -> String {
        format!("<ListProxy object, typeid 'list' at {:#x}>", self.0)
    }

    fn type_name(&self) -> String {
        "ListProxy".to_owned()
    }
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::proxy::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::proxy::deserialize(deserializer)
    }
}

pub(crate) type V = Value<Handle>;

pub(crate) fn list(items: impl IntoIterator<Item = V>) -> V {
    Value::List(items.into_iter().collect())
}

pub(crate) fn tuple(items: impl IntoIterator<Item = V>) -> V {
    Value::Tuple(items.into_iter().collect())
}

pub(crate) fn set(items: impl IntoIterator<Item = V>) -> V {
    Value::set(items).unwrap()
}

pub(crate) fn frozen_set(items: impl IntoIterator<Item = V>) -> V {
    Value::frozen_set(items).unwrap()
}

pub(crate) fn dict(entries: impl IntoIterator<Item = (V, V)>) -> V {
    Value::dict(entries).unwrap()
}

pub(crate) fn object(type_name: &str, text: &str, state: V) -> V {
    Value::from(Object { type_name: type_name.to_owned(), text: text.to_owned(), state })
}
