//! Tests by behaviour, and what they share.

mod codec;
mod marshal;
mod python;
mod serde;
mod stack;

mod support;
mod values;
mod vectors;
