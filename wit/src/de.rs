//! From values to serde types.
use crate::{ProxyIdentity, SerdeError, Value};
/// Reads anything that serde can deserialise from a value.
pub fn from_value<P: ProxyIdentity + Clone + 'static, T: serde::de::DeserializeOwned>(
    _value: Value<P>,
) -> Result<T, SerdeError> {
    Err(SerdeError::new("not built yet"))
}
