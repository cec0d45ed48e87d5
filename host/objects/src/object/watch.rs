//! Waits that end when the proxy through which somebody waits is of no use any more.
//!
//! Whoever waits through a narrowed proxy is entered with every narrowing of its chain. Revoking one gives all who are
//! entered there a refusal, as an object gives something to those who stand in its lines: a waiter has one state, so it is
//! given either what it waits for or the refusal, and never anything after the refusal. A lifetime needs no entry: the wait
//! looks at the clock by itself.

use super::rights::{self, Grant, Narrowing};
use super::waiting::{Granted, Waiter, Wakes};
use super::{Actor, Outcome, Proxy};
use crate::sync::Arc;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::Poll;
use tokio::time::{Instant, timeout_at};

/// What one who waits depends on: the grant of each proxy through which it does.
pub type Grants<'a> = SmallVec<[&'a Grant; 1]>;

/// Those who are told when a narrowing is revoked.
#[derive(Default)]
pub(super) struct Watchers {
    next: u64,
    waiting: BTreeMap<u64, (Arc<Waiter>, usize)>,
}

impl Watchers {
    /// Refuses them all what they wait for. To be called on what was taken out of its lock.
    pub(super) fn tell(self) {
        let refuse =
            |(waiter, choice): &(Arc<Waiter>, usize)| waiter.give(*choice, |_| Granted::Refused(rights::revoked()));
        let wakes: Wakes = self.waiting.values().filter_map(refuse).collect();
        drop(wakes);
    }
}

/// While this exists, a waiter is told when one of the grants that it depends on is revoked.
pub(super) struct Watch {
    entered: SmallVec<[(Arc<Narrowing>, u64); 1]>,
    /// When the first of them expires.
    pub(super) until: Option<Instant>,
}

impl Watch {
    /// Enters a waiter, with what each of its choices depends on.
    ///
    /// `revoked` if one of the grants was taken back already.
    pub(super) fn enter<'a>(waiter: &Arc<Waiter>, choices: impl Iterator<Item = Grants<'a>>) -> Outcome<Self> {
        let mut watch = Self { entered: SmallVec::new(), until: None };
        for (choice, grants) in choices.enumerate() {
            for narrowing in grants.iter().flat_map(|grant| grant.chain()) {
                watch.until = watch.until.into_iter().chain(narrowing.until()).min();
                let mut watchers = narrowing.watchers().lock();
                if narrowing.is_revoked() {
                    drop(watchers);
                    return Err(rights::revoked());
                }
                let number = watchers.next;
                watchers.next += 1;
                watchers.waiting.insert(number, (waiter.clone(), choice));
                drop(watchers);
                watch.entered.push((narrowing.clone(), number));
            }
        }
        Ok(watch)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for (narrowing, number) in &self.entered {
            let entry = narrowing.watchers().lock().waiting.remove(number);
            // It may be the last use of the waiter, and of what it was given.
            drop(entry);
        }
    }
}

/// What comes of something that is waited for through a proxy, unless the proxy is revoked or expires before that: then
/// it is dropped, as if the one who waits had died.
///
/// For what does not stand in lines; what does has [its own way](super::waiting::Operation::through).
///
/// `revoked` if that has happened.
pub async fn while_granted<T>(me: &Proxy, actor: &Arc<Actor>, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    if me.grant().chain().next().is_none() {
        return work.await;
    }
    let waiter = Waiter::new(actor);
    let watch = Watch::enter(&waiter, std::iter::once(Grants::from_iter([me.grant()])))?;
    let mut work = pin!(work);
    let ended = std::future::poll_fn(|context| match waiter.poll(context) {
        Poll::Ready((_, Granted::Refused(error))) => Poll::Ready(Err(error)),
        _ => work.as_mut().poll(context),
    });
    match watch.until {
        None => ended.await,
        Some(until) => timeout_at(until, ended).await.unwrap_or_else(|_| Err(rights::expired())),
    }
}
