//! What the plugin offers: all that its provider and those who use it have in common.

use commonhold_guest::{Result, provider::Shared, shared_interface};

/// Counts.
#[shared_interface]
pub trait Tally {
    /// A tally that starts at a number, or at 0.
    fn new(start: Option<i64>) -> Result<Self>;

    /// Adds to the count and returns it.
    fn add(&mut self, by: i64) -> Result<i64>;

    /// The count.
    fn count(&self) -> Result<i64>;

    /// A new tally that starts where this one is.
    fn fork(&self) -> Result<Shared<Self>>;
}
