use super::bindings::imports::commonhold::manager::codecs;
use super::{GuestCtx, Hosted};
use crate::object::CallError;
use codecs::Format;
use commonhold_wire::ErrorKind;
use commonhold_wire::marshal::{FromMarshal, from_marshal, to_marshal};

impl codecs::Host for GuestCtx {
    fn encode(&mut self, format: Format, data: Vec<u8>) -> Hosted<(Vec<u8>, bool)> {
        self.enter()?;
        let limits = self.value_limits();
        match format {
            Format::PythonMarshal => {
                let FromMarshal { data, is_ambiguous } = from_marshal(&data, &limits).map_err(malformed)?;
                Ok((data, is_ambiguous))
            }
        }
    }

    fn decode(&mut self, format: Format, data: Vec<u8>) -> Hosted<Option<Vec<u8>>> {
        self.enter()?;
        let limits = self.value_limits();
        match format {
            Format::PythonMarshal => Ok(to_marshal(&data, &limits).map_err(malformed)?),
        }
    }
}

fn malformed(error: impl std::error::Error) -> CallError {
    CallError::new(ErrorKind::BadValue, error.to_string())
}
