//! From serde types to values.
use crate::{SerdeError, Value};
/// Makes a value of anything that serde can serialise.
pub fn to_value<P: Clone + 'static, T: serde::Serialize + ?Sized>(_value: &T) -> Result<Value<P>, SerdeError> {
    Err(SerdeError::new("not built yet"))
}
