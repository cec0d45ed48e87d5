//! Shared events.

use std::marker::PhantomData;
use std::time::Duration;

use crate::backend::events;
use crate::convert::expect_unit;
use crate::lock::nanoseconds;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared event: a flag that processes wait for.
///
/// ```
/// # use commonhold_guest::{Event, Process, Result, entry};
/// #[entry]
/// fn starts(ready: Event) -> Result<()> {
///     ready.set()
/// }
///
/// commonhold_guest::program!(entries: [starts]);
///
/// fn example() -> Result<()> {
///     let ready = Event::new()?;
///     Process::spawn("starts", (&ready,))?;
///     ready.wait()?;
///     assert!(ready.is_set()?);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct Event {
    proxy: Proxy,
    of: PhantomData<()>,
}

typed_proxy!(Event, "Event");

impl Event {
    /// A new event whose flag is not set.
    pub fn new() -> Result<Event> {
        expect_unit(events::create()).map(|handle| Event::assume(Proxy::new(handle)))
    }

    /// Whether the flag is set.
    pub fn is_set(&self) -> Result<bool> {
        expect_unit(events::is_set(self.handle()))
    }

    /// Sets the flag. All who wait for it go on, even if it is cleared right after.
    pub fn set(&self) -> Result<()> {
        expect_unit(events::set(self.handle()))
    }

    /// Takes the flag back.
    ///
    /// ```
    /// use commonhold_guest::Event;
    /// use std::time::Duration;
    ///
    /// let event = Event::new()?;
    /// event.set()?;
    /// assert!(event.wait_timeout(Duration::ZERO)?);
    /// event.clear()?;
    /// assert!(!event.wait_timeout(Duration::from_millis(1))?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn clear(&self) -> Result<()> {
        expect_unit(events::clear(self.handle()))
    }

    /// Waits until the flag is set.
    ///
    /// # Errors
    ///
    /// `deadlock` if nobody is left who could set it.
    pub fn wait(&self) -> Result<()> {
        // Without a timeout it cannot time out; if it did, waiting on is what was asked for.
        while !expect_unit(events::wait(self.handle(), None))? {}
        Ok(())
    }

    /// Waits until the flag is set, so long at most; whether it was in time.
    pub fn wait_timeout(&self, timeout: Duration) -> Result<bool> {
        expect_unit(events::wait(self.handle(), Some(nanoseconds(timeout))))
    }
}
