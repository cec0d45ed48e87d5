//! Freeing without recursion.
//!
//! A million lists, each inside the next, are freed by one drop. Dropping the contents of one drops
//! the proxy to the next, whose own `Drop` would recurse; instead, it finds that this thread is
//! freeing already and only adds its referent to the thread's list of work.
//!
//! A drop happens wherever a proxy goes: in a guest's call, in a timer, in a destructor. So it
//! never waits, never allocates without bound on the spot, and never works for long: beyond
//! `AT_ONCE` steps the rest of the work goes to a reaper thread. Whoever wants to wait for the
//! whole work, such as the end of a process, frees in [slices](`in_slices`) instead.

use super::proxy::Proxy;
use super::referent::{Referent, Remains};
use crate::sync::{Arc, AtomicUsize, LazyLock, Ordering};
use std::cell::RefCell;
use std::sync::mpsc;

/// How many referents and items are freed where the last holder went, before the reaper takes over.
const AT_ONCE: usize = 4096;

thread_local! {
    /// What this thread still has to free; `None` while it is not freeing.
    static WORK: RefCell<Option<Vec<Arc<Referent>>>> = const { RefCell::new(None) };
}

/// Frees a referent whose last holder has gone.
pub(super) fn free(referent: Arc<Referent>) {
    let mut referent = Some(referent);
    let nested = WORK.try_with(|work| match (&mut *work.borrow_mut(), referent.take()) {
        (Some(list), Some(referent)) => {
            list.push(referent);
            true
        }
        (_, back) => {
            referent = back;
            false
        }
    });
    let Some(referent) = referent else { return };
    match nested {
        Ok(_) => {
            let rest = work_off(Some(referent), Vec::new(), AT_ONCE);
            if !rest.is_empty() {
                reap(Remains::Nothing, rest);
            }
        }
        // The thread is ending and its locals are gone.
        Err(_) => reap(Remains::Nothing, vec![referent]),
    }
}

/// While one of these exists, this thread collects the referents that lose their last holder instead
/// of freeing them on the spot.
struct Session(());

impl Session {
    fn begin(list: Vec<Arc<Referent>>) -> Self {
        WORK.with(|work| *work.borrow_mut() = Some(list));
        Self(())
    }

    /// What is left to free.
    fn end(self) -> Vec<Arc<Referent>> {
        WORK.with(|work| work.borrow_mut().take()).unwrap_or_default()
    }

    fn next(&self) -> Option<Arc<Referent>> {
        WORK.with(|work| work.borrow_mut().as_mut().and_then(Vec::pop))
    }
}

impl Drop for Session {
    /// Of use when a destructor panics: nothing is forgotten, and the thread can free again.
    fn drop(&mut self) {
        let rest = WORK.with(|work| work.borrow_mut().take()).unwrap_or_default();
        if !rest.is_empty() {
            reap(Remains::Nothing, rest);
        }
    }
}

/// Does work that takes a lock and gives it back, and in which anything may be let go of: what loses its last holder
/// meanwhile is freed after it. (Where this thread is freeing already, that is so in any case.)
pub fn after<R>(work: impl FnOnce() -> R) -> R {
    if WORK.try_with(|work| work.borrow().is_some()).unwrap_or(true) {
        return work();
    }
    let session = Session::begin(Vec::new());
    let result = work();
    let list = session.end();
    if !list.is_empty() {
        let rest = work_off(None, list, AT_ONCE);
        if !rest.is_empty() {
            reap(Remains::Nothing, rest);
        }
    }
    result
}

/// Frees a referent and those of a list, and what they held, for about `steps` steps. Gives back the
/// rest. (Most referents hold no other, and then the list is never made.)
fn work_off(mut first: Option<Arc<Referent>>, list: Vec<Arc<Referent>>, steps: usize) -> Vec<Arc<Referent>> {
    let session = Session::begin(list);
    let mut done = 0;
    while done < steps {
        let Some(next) = first.take().or_else(|| session.next()) else { break };
        let remains = next.body().release(next.id());
        next.leave_home();
        drop(next);
        done += 1 + remains.weight();
        if done > steps && remains.weight() > AT_ONCE {
            reap(remains, Vec::new());
        } else {
            drop(remains);
        }
    }
    session.end()
}

/// Drops proxies and frees all that goes with them, calling `pause` in between often enough that
/// other work of the thread gets its turn. When it returns, all of it is freed.
pub async fn in_slices<P, F>(proxies: Vec<Proxy>, pause: P)
where
    P: Fn() -> F,
    F: Future<Output = ()>,
{
    /// Left to the reaper if the future is dropped before it has finished.
    struct Rest(Vec<Arc<Referent>>);
    impl Drop for Rest {
        fn drop(&mut self) {
            if !self.0.is_empty() {
                reap(Remains::Nothing, std::mem::take(&mut self.0));
            }
        }
    }

    let mut proxies = proxies.into_iter();
    let mut rest = Rest(Vec::new());
    loop {
        let session = Session::begin(std::mem::take(&mut rest.0));
        proxies.by_ref().take(AT_ONCE).for_each(drop);
        rest.0 = session.end();
        while !rest.0.is_empty() {
            rest.0 = work_off(None, std::mem::take(&mut rest.0), AT_ONCE);
            if !rest.0.is_empty() {
                pause().await;
            }
        }
        if proxies.len() == 0 {
            return;
        }
        pause().await;
    }
}

struct Load {
    remains: Remains,
    list: Vec<Arc<Referent>>,
}

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// The thread that frees what is too much to free on the spot.
static REAPER: LazyLock<mpsc::Sender<Load>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<Load>();
    let spawned = std::thread::Builder::new().name("commonhold-reaper".into()).spawn(move || {
        for Load { remains, list } in receiver {
            drop(remains);
            let mut rest = list;
            while !rest.is_empty() {
                rest = work_off(None, rest, AT_ONCE);
            }
            WAITING.fetch_sub(1, Ordering::AcqRel);
        }
    });
    if let Err(error) = spawned {
        tracing::error!(target: "commonhold::freeing", "no reaper thread: {error}; large structures are freed where they are dropped");
    }
    sender
});

fn reap(remains: Remains, list: Vec<Arc<Referent>>) {
    WAITING.fetch_add(1, Ordering::AcqRel);
    if let Err(mpsc::SendError(load)) = REAPER.send(Load { remains, list }) {
        WAITING.fetch_sub(1, Ordering::AcqRel);
        let session = Session::begin(load.list);
        drop(load.remains);
        let mut rest = session.end();
        while !rest.is_empty() {
            rest = work_off(None, rest, AT_ONCE);
        }
    }
}

/// Whether the reaper has nothing to do.
pub fn is_settled() -> bool {
    WAITING.load(Ordering::Acquire) == 0
}
