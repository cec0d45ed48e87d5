//! Tests by behaviour, and what they share.

mod python;
mod stack;

mod support;
