//! Clocks.
//!
//! In a guest, those of the standard library panic; these reach the host.

use std::time::Duration;

use crate::system;

/// A moment of a clock that never goes back.
///
/// ```
/// use std::time::Duration;
/// use commonhold_guest::time::{Instant, sleep};
///
/// let start = Instant::now();
/// sleep(Duration::from_millis(1));
/// assert!(start.elapsed() >= Duration::from_millis(1));
/// assert_eq!(start.duration_since(Instant::now()), Duration::ZERO, "it was earlier");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// This moment.
    pub fn now() -> Instant {
        Instant(system::monotonic())
    }

    /// The time since this moment.
    pub fn elapsed(&self) -> Duration {
        Instant::now().duration_since(*self)
    }

    /// The time from an earlier moment to this one; none if the other is later.
    pub fn duration_since(&self, earlier: Instant) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

/// The time of day, as the time since 1970-01-01 00:00:00 UTC.
///
/// ```
/// use commonhold_guest::time;
///
/// let years = time::since_epoch().as_secs() / (365 * 24 * 60 * 60);
/// assert!(years > 50);
/// ```
pub fn since_epoch() -> Duration {
    system::since_epoch()
}

/// Lets this process wait so long. It holds no thread of the host meanwhile.
///
/// ```
/// use commonhold_guest::time;
/// use std::time::Duration;
///
/// let start = time::Instant::now();
/// time::sleep(Duration::from_millis(2));
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// ```
pub fn sleep(duration: Duration) {
    system::sleep(duration);
}
