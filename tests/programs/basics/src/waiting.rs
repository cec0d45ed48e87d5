//! Locks, clocks and random numbers.

use std::time::Duration;

use commonhold_guest::time::{Instant, since_epoch, sleep};
use commonhold_guest::{ErrorKind, Lock, Process, Result, entry, random};

use crate::check::{count, fails, fails_as, same};

/// Checks what waits, and the clocks.
#[entry]
fn waiting() -> Result<u64> {
    let lock = Lock::new()?;
    same(lock.is_locked()?, false)?;
    {
        let guard = lock.acquire()?;
        same((guard.is_abandoned(), lock.is_locked()?), (false, true))?;
        same(lock.try_acquire()?.is_none(), true)?;
        same(lock.acquire_timeout(Duration::from_millis(1))?.is_none(), true)?;
    }
    same(lock.is_locked()?, false)?;
    lock.acquire()?.keep();
    same(lock.is_locked()?, true)?;
    lock.release()?;
    fails(lock.release(), ErrorKind::Runtime, "release unlocked lock")?;
    let guard = lock.try_acquire()?;
    same(guard.is_some(), true)?;
    lock.release()?;
    // Somebody else released it.
    same(guard.map(|guard| guard.release().is_err()), Some(true))?;
    same(lock.as_proxy().call::<bool>("acquire", ())?, true)?;
    same(lock.as_proxy().call::<bool>("acquire", (false,))?, false)?;
    same(lock.as_proxy().call::<bool>("locked", ())?, true)?;
    lock.as_proxy().call::<()>("release", ())?;

    let myself = Process::current();
    fails_as(myself.join::<()>(), ErrorKind::Deadlock)?;
    same(myself.is_alive()?, true)?;
    same(myself, Process::current())?;

    let start = Instant::now();
    sleep(Duration::from_millis(2));
    same(start.elapsed() >= Duration::from_millis(2), true)?;
    same(since_epoch() > Duration::from_secs(1_700_000_000), true)?;
    same(random::u64() == random::u64(), false)?;
    let mut bytes = [0; 32];
    random::fill(&mut bytes);
    same(bytes == [0; 32], false)?;
    Ok(count())
}
