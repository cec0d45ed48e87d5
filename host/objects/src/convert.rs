//! Between what an embedder's code has, anything that serde knows, and what the objects work with.

use crate::error::Error;
use crate::object::{Item, Proxy};
use commonhold_wire::{SerdeError, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A tuple, list or single value, as a list of arguments.
pub fn arguments<A: Serialize>(args: &A) -> Result<Vec<Item>, Error> {
    let items = match value(args)? {
        Value::Null => Vec::new(),
        Value::Tuple(items) | Value::List(items) => items,
        other => vec![other],
    };
    items.into_iter().map(|item| Ok(Item::from_value(item)?)).collect()
}

pub fn value<T: Serialize + ?Sized>(value: &T) -> Result<Value<Proxy>, Error> {
    commonhold_wire::to_value(value).map_err(|error| Error::Call(error.into()))
}

pub fn item<T: Serialize + ?Sized>(it: &T) -> Result<Item, Error> {
    Ok(Item::from_value(value(it)?)?)
}

pub fn read_item<T: DeserializeOwned>(item: &Item) -> Result<T, Error> {
    read_value(item).map_err(|error| Error::Call(error.into()))
}

/// The same, for those who word the error themselves.
pub fn read_value<T: DeserializeOwned>(item: &Item) -> Result<T, SerdeError> {
    commonhold_wire::from_value(item.to_value())
}
