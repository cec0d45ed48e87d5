//! Shared barriers.

use std::marker::PhantomData;
use std::time::Duration;

use crate::arguments::Arguments;
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

    /// A new barrier with an action: each time all parties have come, a new process runs this entry of this program
    /// with these arguments, and all go on when it has ended. The barrier holds the proxies among the arguments. How long
    /// each waits may be limited, unless it says otherwise itself.
    ///
    /// If the process cannot be started or does not return, the barrier is broken: the last party to come gets its error,
    /// and the others `broken-barrier`.
    ///
    /// ```
    /// # use commonhold_guest::{Barrier, List, Process, Result, entry};
    /// #[entry]
    /// fn worker(barrier: Barrier, results: List<i64>) -> Result<()> {
    ///     results.push(1)?;
    ///     barrier.wait()?;
    ///     Ok(())
    /// }
    ///
    /// #[entry]
    /// fn sums_up(results: List<i64>) -> Result<()> {
    ///     let sum: i64 = results.to_vec()?.iter().sum();
    ///     results.push(sum)
    /// }
    ///
    /// commonhold_guest::program!(entries: [worker, sums_up]);
    ///
    /// fn example() -> Result<()> {
    ///     let results = List::new()?;
    ///     let barrier = Barrier::with_action(2, None, "sums_up", (&results,))?;
    ///     let other = Process::spawn("worker", (&barrier, &results))?;
    ///     results.push(1)?;
    ///     barrier.wait()?;
    ///     // Whoever goes on finds it done.
    ///     assert_eq!(results.to_vec()?, [1, 1, 2]);
    ///     other.join()
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Barrier::new).
    pub fn with_action(parties: u64, timeout: Option<Duration>, entry: &str, args: impl Arguments) -> Result<Barrier> {
        Barrier::acting(parties, timeout, None, entry, args)
    }

    /// The same, with an entry of another program, by the name under which the manager has it.
    ///
    /// ```
    /// # use commonhold_guest::{Barrier, Result, entry};
    /// #[entry]
    /// fn prints() {
    ///     println!("all are here");
    /// }
    ///
    /// commonhold_guest::program!(entries: [prints]);
    ///
    /// fn example() -> Result<()> {
    ///     // A native build has one program, which is named so.
    ///     let alone = Barrier::with_action_of("main", 1, None, "prints", ())?;
    ///     assert_eq!(alone.wait()?, 0);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`new`](Barrier::new), and `no-such-name` if there is no such program.
    pub fn with_action_of(
        program: &str,
        parties: u64,
        timeout: Option<Duration>,
        entry: &str,
        args: impl Arguments,
    ) -> Result<Barrier> {
        Barrier::acting(parties, timeout, Some(program), entry, args)
    }

    fn acting(
        parties: u64,
        timeout: Option<Duration>,
        program: Option<&str>,
        entry: &str,
        args: impl Arguments,
    ) -> Result<Barrier> {
        let timeout = timeout.map(nanoseconds);
        let handle =
            args.lend(|args| expect_unit(barriers::create_with_action(parties, timeout, program, entry, args)))?;
        Ok(Barrier::assume(Proxy::new(handle)))
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
    /// `broken-barrier` if they do not all come, `deadlock` if nobody is left who could; for the last to come the error of
    /// the action that failed.
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
