//! Provides the type `Tally` to other programs.

use std::fmt;

use api::Tally;
use commonhold_guest::{Result, provider::Shared, shared_type};

/// The state of one tally. It stays here; who uses it has a proxy.
struct State {
    count: i64,
}

#[shared_type]
impl Tally for State {
    fn new(start: Option<i64>) -> Result<Self> {
        Ok(State { count: start.unwrap_or(0) })
    }

    fn add(&mut self, by: i64) -> Result<i64> {
        self.count += by;
        Ok(self.count)
    }

    fn count(&self) -> Result<i64> {
        Ok(self.count)
    }

    fn fork(&self) -> Result<Shared<Self>> {
        Shared::new(State { count: self.count })
    }
}

/// What a proxy prints.
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a tally of {}", self.count)
    }
}

commonhold_guest::program!(types: [State]);

#[cfg(test)]
mod tests {
    use super::*;
    use api::TallyProxy;

    /// Runs natively, with a manager of its own: `cargo test`.
    #[commonhold_guest::test]
    fn a_fork_counts_by_itself() -> Result<()> {
        let tally = TallyProxy::create(5)?;
        let fork = tally.fork()?;
        assert_eq!((tally.add(3)?, fork.add(1)?), (8, 6));
        assert_eq!(tally.to_string(), "a tally of 8");
        Ok(())
    }
}
