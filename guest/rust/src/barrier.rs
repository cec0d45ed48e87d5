//! Shared barriers.

use std::marker::PhantomData;
use std::time::Duration;

use crate::backend::barriers;
use crate::convert::expect_unit;
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared barrier: so many processes wait for each other there, then all go on.
///
/// One that gives up, because its time is up or because it dies while it waits, breaks the barrier for all who wait there,
/// since they could never all come. They get a `broken-barrier` error, until the barrier is [reset](Barrier::reset).
///
/// ```
/// # use commonhold_guest::{Barrier, Process, Result, entry};
/// #[entry]
/// fn worker(barrier: Barrier) -> Result<u64> {
///     // The first half of the work.
///     let place = barrier.wait()?;
///     // All are through with the first half.
///     Ok(place)
/// }
///
/// commonhold_guest::program!(entries: [worker]);
///
/// fn example() -> Result<()> {
///     let barrier = Barrier::new(2)?;
///     let other = Process::spawn("worker", (&barrier,))?;
///     assert_eq!(barrier.wait()? + other.join::<u64>()?, 1);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct Barrier {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Barrier, "Barrier");

impl Barrier {
    /// A new barrier for so many parties.
    ///
    /// # Errors
    ///
    /// `value` if there is no party, `overflow` if they are more than 2^63 - 1.
    pub fn new(parties: u64) -> Result<Barrier> {
        Barrier::create(parties, None)
    }

    /// A new barrier at which each waits so long at most, unless it says otherwise.
    ///
    /// ```
    /// use commonhold_guest::{Barrier, ErrorKind};
    /// use std::time::Duration;
    ///
    /// let barrier = Barrier::with_timeout(2, Duration::from_millis(1))?;
    /// assert_eq!(barrier.wait().unwrap_err().kind, ErrorKind::BrokenBarrier);
    /// assert!(barrier.is_broken()?);
    /// barrier.reset()?;
    /// assert!(!barrier.is_broken()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Barrier::new).
    pub fn with_timeout(parties: u64, timeout: Duration) -> Result<Barrier> {
        Barrier::create(parties, Some(timeout))
    }

    fn create(parties: u64, timeout: Option<Duration>) -> Result<Barrier> {
        let handle = expect_unit(barriers::create(parties, timeout.map(nanoseconds)))?;
        Ok(Barrier::assume(Proxy::new(handle)))
    }

    /// Waits for the other parties, as long as the barrier's own timeout says, and gives this one's place among them, from
    /// 0 for the first to come.
    ///
    /// # Errors
    ///
    /// `broken-barrier` if they do not all come, `deadlock` if nobody is left who could.
    pub fn wait(&self) -> Result<u64> {
        expect_unit(barriers::wait(self.handle(), None))
    }

    /// Waits for the other parties, so long at most.
    ///
    /// ```
    /// use commonhold_guest::{Barrier, ErrorKind};
    /// use std::time::Duration;
    ///
    /// let barrier = Barrier::new(2)?;
    /// assert_eq!(barrier.wait_timeout(Duration::ZERO).unwrap_err().kind, ErrorKind::BrokenBarrier);
    /// assert_eq!(Barrier::new(1)?.wait_timeout(Duration::ZERO)?, 0);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `broken-barrier` if they do not all come, which it is for all of them then.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<u64> {
        expect_unit(barriers::wait(self.handle(), Some(nanoseconds(timeout))))
    }

    /// Breaks the barrier: whoever waits, or will until it is reset, gets `broken-barrier`.
    ///
    /// ```
    /// use commonhold_guest::Barrier;
    ///
    /// let barrier = Barrier::new(3)?;
    /// barrier.abort()?;
    /// assert!(barrier.is_broken()?);
    /// assert_eq!((barrier.parties()?, barrier.waiting()?), (3, 0));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn abort(&self) -> Result<()> {
        expect_unit(barriers::abort(self.handle()))
    }

    /// Whoever waits gets `broken-barrier`; from then on the barrier is as new.
    pub fn reset(&self) -> Result<()> {
        expect_unit(barriers::reset(self.handle()))
    }

    /// How many parties wait for each other.
    pub fn parties(&self) -> Result<u64> {
        expect_unit(barriers::parties(self.handle()))
    }

    /// How many of them wait now.
    pub fn waiting(&self) -> Result<u64> {
        expect_unit(barriers::waiting(self.handle()))
    }

    /// Whether the barrier is broken.
    pub fn is_broken(&self) -> Result<bool> {
        expect_unit(barriers::is_broken(self.handle()))
    }
}
