//! Whether the machine has room for one more process.
//!
//! The kernel lets a program have so many memory mappings (`vm.max_map_count`, 65,530 by default), and each process takes
//! some. Where none is left, the host's own allocations fail, and that ends it with all that runs. So the last ones are
//! not given to processes.

use crate::sync::Mutex;

/// The most mappings that a process may be taken to need before they are counted.
const EACH: usize = 16;

/// How many are kept for the host itself.
const KEPT: usize = 2048;

/// Where the kernel says how many there may be, and which there are.
const MOST: &str = "/proc/sys/vm/max_map_count";
const MAPS: &str = "/proc/self/maps";

/// Counts the mappings, now and then: looking at all of them takes long when they are many.
pub(super) struct Room {
    /// How many there may be; none where no kernel tells.
    most: Option<usize>,
    count: fn() -> Option<usize>,
    /// How many there are at most.
    estimate: Mutex<usize>,
}

impl Room {
    pub(super) fn new() -> Self {
        let most = std::fs::read_to_string(MOST).ok().and_then(|text| text.trim().parse().ok());
        Self::with(most, count)
    }

    fn with(most: Option<usize>, count: fn() -> Option<usize>) -> Self {
        // Nothing was counted yet.
        Self { most, count, estimate: Mutex::new(usize::MAX) }
    }

    /// Takes room for one more process, which is to take its memory now.
    pub(super) fn take(&self) -> Result<(), String> {
        let Some(most) = self.most else { return Ok(()) };
        let limit = most.saturating_sub(KEPT);
        let mut estimate = self.estimate.lock();
        if estimate.saturating_add(EACH) > limit {
            match (self.count)() {
                Some(counted) => *estimate = counted,
                None => return Ok(()),
            }
        }
        if estimate.saturating_add(EACH) > limit {
            return Err(format!(
                "the machine has no room for one more process: {estimate} memory mappings of the {most} that the kernel \
                 allows are taken (vm.max_map_count)"
            ));
        }
        *estimate += EACH;
        Ok(())
    }
}

/// How many mappings there are.
fn count() -> Option<usize> {
    std::fs::read(MAPS).ok().map(|text| text.iter().filter(|byte| **byte == b'\n').count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn mappings_are_counted_when_there_may_be_too_many() {
        static TAKEN: AtomicUsize = AtomicUsize::new(0);
        static COUNTED: AtomicUsize = AtomicUsize::new(0);
        let room = Room::with(Some(KEPT + 10 * EACH), || {
            COUNTED.fetch_add(1, Ordering::Relaxed);
            Some(TAKEN.load(Ordering::Relaxed))
        });
        for _ in 0..10 {
            room.take().unwrap();
        }
        assert_eq!(COUNTED.load(Ordering::Relaxed), 1);
        // They took less than they might have.
        TAKEN.store(9 * EACH, Ordering::Relaxed);
        room.take().unwrap();
        assert_eq!(COUNTED.load(Ordering::Relaxed), 2);
        TAKEN.store(9 * EACH + 1, Ordering::Relaxed);
        let expected = "the machine has no room for one more process: 145 memory mappings of the 2208 that the kernel \
                        allows are taken (vm.max_map_count)";
        assert_eq!(room.take().unwrap_err(), expected);
        // There is room again when others have ended.
        TAKEN.store(0, Ordering::Relaxed);
        room.take().unwrap();
    }

    #[test]
    fn there_is_room_where_no_kernel_tells() {
        Room::with(None, || panic!("there is nothing to count")).take().unwrap();
        Room::with(Some(0), || None).take().unwrap();
        // This program has some mappings, and could have more.
        assert!(count().is_none_or(|count| count > 10));
        Room::new().take().unwrap();
    }
}
