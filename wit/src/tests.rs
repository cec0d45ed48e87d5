//! Tests by behaviour, and what they share.

mod stack;

mod support;
