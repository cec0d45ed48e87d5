//! Waiting in turn, for one thing or for the first of several.
//!
//! An object that can be waited for has a [`Line`] for each thing that it has to give, and gives it to whoever has stood
//! there longest. One who waits is one [`Waiter`], in however many lines it stands, and has one state, which is changed
//! once: by the first object that gives it something, or by the waiter that gives up. So of several things that are
//! waited for exactly one is done, and what is given is never given to somebody who has left.
//!
//! A wait is a future, and the death of whoever waits is that future being dropped. It leaves its lines; and if it was
//! given something that it never came to know of, the object [takes that back](`Operation::take_back`).
//!
//! Whoever waits through a narrowed proxy that is revoked is given a refusal, which ends the wait in the same way; one that
//! expires ends it as a timeout does, with an error.
//!
//! The lock of an object's state is taken before that of a waiter's, never after it, and nobody is woken under either.

use super::hopes::Hoping;
use super::watch::{Grants, Watch};
use super::{Actor, CallError, Item, Outcome, Referent, rights};
use crate::sync::{Arc, Mutex, Notify};
use commonhold_wire::ErrorKind;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::time::timeout_at;

/// What was waited for.
#[derive(Debug)]
pub enum Granted {
    /// It is the waiter's turn: what it wanted to do is done.
    Turn,
    /// The same, after one who died.
    Abandoned,
    /// Something that was taken out for the waiter.
    Item(Item),
    /// Its place among several.
    Place(u64),
    /// The failure that was next in line, taken out for the waiter.
    Failed(CallError),
    /// It will never be: nothing was taken out for the waiter, and there is nothing to take back.
    Refused(CallError),
}

/// One who waits.
pub(super) struct Waiter {
    actor: Arc<Actor>,
    state: Mutex<State>,
}

enum State {
    Waiting(Option<Waker>),
    /// By which of the operations that it waits for.
    Granted(usize, Granted),
    /// It has what it was given, or has given up.
    Over,
}

impl Waiter {
    pub(super) fn new(actor: &Arc<Actor>) -> Arc<Self> {
        Arc::new(Self { actor: actor.clone(), state: Mutex::new(State::Waiting(None)) })
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// Whether it has been given nothing and has not given up.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(*self.state.lock(), State::Waiting(_))
    }

    /// Gives it what `make` makes, unless it waits no more.
    pub(super) fn give(&self, choice: usize, make: impl FnOnce(&Arc<Actor>) -> Granted) -> Option<Wake> {
        let mut state = self.state.lock();
        let State::Waiting(waker) = &mut *state else { return None };
        let waker = waker.take();
        *state = State::Granted(choice, make(&self.actor));
        Some(Wake(waker))
    }

    /// Ends the wait, and tells what it was given, if anything.
    fn close(&self) -> Option<(usize, Granted)> {
        let state = std::mem::replace(&mut *self.state.lock(), State::Over);
        match state {
            State::Granted(choice, granted) => Some((choice, granted)),
            State::Waiting(_) | State::Over => None,
        }
    }

    pub(super) fn poll(&self, context: &Context<'_>) -> Poll<(usize, Granted)> {
        let mut state = self.state.lock();
        let _old = match &mut *state {
            State::Waiting(waker) if waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker())) => None,
            State::Waiting(waker) => waker.replace(context.waker().clone()),
            State::Granted(..) | State::Over => match std::mem::replace(&mut *state, State::Over) {
                State::Granted(choice, granted) => return Poll::Ready((choice, granted)),
                // It is polled only while it waits.
                State::Waiting(_) | State::Over => None,
            },
        };
        // What may be the last use of another task goes after the lock.
        drop(state);
        Poll::Pending
    }
}

/// Somebody who is woken when this goes: after the lock under which something was given.
#[must_use = "it wakes when it is dropped, which is to be after the lock"]
pub struct Wake(Option<Waker>);

impl Drop for Wake {
    fn drop(&mut self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

/// Those who are woken when this goes.
pub type Wakes = SmallVec<[Wake; 2]>;

/// A place that is taken in a line: whose it is, and for which of the operations that it waits for.
#[derive(Clone, Copy)]
pub struct Standing<'a> {
    waiter: &'a Arc<Waiter>,
    choice: usize,
}

/// Those who wait for the same thing of one object, in the order in which they came, each with what it wants.
pub struct Line<R = ()> {
    next: u64,
    places: BTreeMap<u64, Place<R>>,
    /// What those want who were passed over, since they wait no more, and have not left yet: it is dropped when they do,
    /// after the object's lock.
    passed_over: BTreeMap<u64, R>,
}

struct Place<R> {
    waiter: Arc<Waiter>,
    choice: usize,
    request: R,
}

impl<R> Default for Line<R> {
    fn default() -> Self {
        Self { next: 0, places: BTreeMap::new(), passed_over: BTreeMap::new() }
    }
}

impl<R> Line<R> {
    /// Goes to the end of the line. The number is what it is left by.
    pub fn join(&mut self, standing: Standing<'_>, request: R) -> u64 {
        let ticket = self.next;
        self.next += 1;
        let Standing { waiter, choice } = standing;
        self.places.insert(ticket, Place { waiter: waiter.clone(), choice, request });
        ticket
    }

    /// Leaves the line, if it is still there.
    pub fn leave(&mut self, ticket: u64) -> Option<R> {
        match self.places.remove(&ticket) {
            Some(place) => Some(place.request),
            None => self.passed_over.remove(&ticket),
        }
    }

    /// Nobody stands here. Where somebody does, they may have given up, or been given something elsewhere.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many stand here.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// What those who stand here want.
    pub fn requests(&self) -> impl Iterator<Item = &R> {
        self.places.values().map(|place| &place.request).chain(self.passed_over.values())
    }

    /// Gives the one who has stood here longest what `make` makes for it. `None` if nobody waits, and then `make` did
    /// not run.
    pub fn give(&mut self, make: impl FnOnce(&Arc<Actor>, R) -> Granted) -> Option<Wake> {
        let mut make = Some(make);
        while let Some((ticket, place)) = self.places.pop_first() {
            let wake = self.give_to(ticket, place, |actor, request| match make.take() {
                Some(make) => make(actor, request),
                // It runs once, for the first who still waits.
                None => Granted::Turn,
            });
            if wake.is_some() {
                return wake;
            }
        }
        None
    }

    /// Gives everybody what `make` makes for them, in their order.
    pub fn give_all(&mut self, mut make: impl FnMut(R) -> Granted) -> Wakes {
        let places = std::mem::take(&mut self.places).into_iter();
        places.filter_map(|(ticket, place)| self.give_to(ticket, place, |_, request| make(request))).collect()
    }

    /// Gives those for whom `make` makes something just that, in their order.
    pub fn give_some(&mut self, mut make: impl FnMut(&Actor) -> Option<Granted>) -> Wakes {
        let made = self.places.iter().filter_map(|(ticket, place)| Some((*ticket, make(place.waiter.actor())?)));
        let made: SmallVec<[_; 1]> = made.collect();
        let given = made.into_iter().filter_map(|(ticket, granted)| {
            let place = self.places.remove(&ticket)?;
            self.give_to(ticket, place, |_, _| granted)
        });
        given.collect()
    }

    fn give_to(&mut self, ticket: u64, place: Place<R>, make: impl FnOnce(&Arc<Actor>, R) -> Granted) -> Option<Wake> {
        let Place { waiter, choice, request } = place;
        let mut request = Some(request);
        let wake = waiter.give(choice, |actor| match request.take() {
            Some(request) => make(actor, request),
            // It is called once.
            None => Granted::Turn,
        });
        if let Some(request) = request
            && std::mem::needs_drop::<R>()
        {
            self.passed_over.insert(ticket, request);
        }
        wake
    }
}

impl Standing<'_> {
    /// Who stands there.
    pub fn actor(&self) -> &Actor {
        self.waiter.actor()
    }
}

/// What an attempt has come to.
pub enum Attempt {
    /// It is done.
    Over(Granted),
    /// It has to be waited for, in a line.
    InLine(u64),
    /// It would have to be waited for.
    NotNow,
}

/// Something that may have to be waited for.
pub trait Operation: Send {
    /// Does it if it can be done at once. Otherwise takes a place in line, if it is given one to take.
    ///
    /// # Errors
    ///
    /// Why it can never be done.
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt>;

    /// Leaves the line.
    fn leave(&self, ticket: u64);

    /// Makes undone what was done for a waiter that never came to know of it.
    fn take_back(&self, granted: Granted);

    /// The grants of the proxies through which it is waited for: when one of them is taken back or expires, the wait ends
    /// with that error. None where nobody could take anything back, or whoever calls sees to it.
    fn through(&self) -> Grants<'_>;

    /// The object that is waited for, if only its holders can give what is waited for.
    fn given_by_holders_of(&self) -> Option<&Arc<Referent>>;

    /// How many proxies to that object there are for this operation alone: in the midst of a call whose use was counted there
    /// is one more, which is the waiter's own.
    fn marks(&self) -> usize {
        self.through().iter().filter(|grant| grant.is_counted()).count()
    }

    /// Whether it comes to an end when the manager is closed: nobody's wait has to be ended for that.
    fn ends_with_manager(&self) -> bool {
        false
    }
}

/// Does something, after waiting for it as long as `timeout` says, for ever if there is none. `None` when the time is up.
///
/// # Errors
///
/// Those of the operation.
pub async fn wait(
    operation: &mut dyn Operation,
    actor: &Arc<Actor>,
    timeout: Option<Duration>,
) -> Outcome<Option<Granted>> {
    Ok(first(&mut [operation], actor, timeout).await?.map(|(_, granted)| granted))
}

/// Does the first of several operations that can be done, and only that one, and tells which it was. Of those that can
/// be done at once it is the first in their order. `None` when the time is up.
///
/// # Errors
///
/// Those of any of the operations before it is waited for, and then of the one that was done.
pub async fn first(
    operations: &mut [&mut dyn Operation],
    actor: &Arc<Actor>,
    timeout: Option<Duration>,
) -> Outcome<Option<(usize, Granted)>> {
    for (choice, operation) in operations.iter_mut().enumerate() {
        if let Attempt::Over(granted) = operation.attempt(None)? {
            return done(choice, granted).map(Some);
        }
    }
    if timeout == Some(Duration::ZERO) {
        return Ok(None);
    }
    let mut stay = Stay { waiter: Waiter::new(actor), tickets: SmallVec::new(), operations };
    if let Some((choice, granted)) = stay.line_up()? {
        return done(choice, granted).map(Some);
    }
    let waiter = stay.waiter.clone();
    let closing = actor.closing().filter(|_| !stay.operations.iter().any(|operation| operation.ends_with_manager()));
    let watch = Watch::enter(&waiter, stay.operations.iter().map(|operation| operation.through()))?;
    let hoping = match timeout {
        None => {
            let operations = stay.operations.iter();
            let objects: SmallVec<[_; 1]> = operations.map(|it| (it.given_by_holders_of(), it.marks())).collect();
            Hoping::enter(&waiter, &objects)
        }
        Some(_) => None,
    };
    let ended = match watch.until {
        None => within(timeout, &waiter, closing).await,
        // In a box, since hardly any wait has it.
        Some(until) => Box::pin(timeout_at(until, within(timeout, &waiter, closing))).await.unwrap_or(Ended::Expired),
    };
    drop((hoping, watch));
    let given = match ended {
        Ended::Given(given) => Some(given),
        ended => {
            stay.leave();
            // Something may have been given at the last moment, and then it counts.
            match (waiter.close(), ended) {
                (None, Ended::Closed) => return Err(CallError::new(ErrorKind::Cancelled, "the manager is closing")),
                (None, Ended::Expired) => return Err(rights::expired()),
                (given, _) => given,
            }
        }
    };
    if let Some((choice, granted)) = &given
        && !matches!(granted, Granted::Refused(_))
        && let Some(ticket) = stay.tickets.get_mut(*choice)
    {
        // It was given by its line, and stands there no more.
        *ticket = None;
    }
    drop(stay);
    given.map(|(choice, granted)| done(choice, granted)).transpose()
}

/// How a wait has ended.
enum Ended {
    Given((usize, Granted)),
    /// The time is up.
    Late,
    /// The time of a proxy through which it was waited for is up.
    Expired,
    /// The manager is closed.
    Closed,
}

/// How a wait ends of which the time is up after `timeout`.
async fn within(timeout: Option<Duration>, waiter: &Waiter, closing: Option<&Notify>) -> Ended {
    let given = unless_closed(Given(waiter), closing);
    match timeout {
        None => given.await,
        Some(timeout) => tokio::time::timeout(timeout, given).await.unwrap_or(Ended::Late),
    }
}

/// What is given, unless the manager is closed before that: this ends the waits of the embedder's own code.
async fn unless_closed(mut given: Given<'_>, closing: Option<&Notify>) -> Ended {
    let Some(closing) = closing else { return Ended::Given(given.await) };
    let mut closed = Box::pin(closing.notified());
    std::future::poll_fn(|context| match Pin::new(&mut given).poll(context) {
        Poll::Ready(given) => Poll::Ready(Ended::Given(given)),
        Poll::Pending => closed.as_mut().poll(context).map(|()| Ended::Closed),
    })
    .await
}

fn done(choice: usize, granted: Granted) -> Outcome<(usize, Granted)> {
    match granted {
        Granted::Failed(error) | Granted::Refused(error) => Err(error),
        granted => Ok((choice, granted)),
    }
}

/// A waiter's places in the lines of what it waits for: left, and what it was given returned, if it goes.
struct Stay<'a, 'b> {
    waiter: Arc<Waiter>,
    operations: &'a mut [&'b mut dyn Operation],
    tickets: SmallVec<[Option<u64>; 1]>,
}

impl Stay<'_, '_> {
    /// Takes a place in every line, unless one of the operations can be done on the way there.
    fn line_up(&mut self) -> Outcome<Option<(usize, Granted)>> {
        for (choice, operation) in self.operations.iter_mut().enumerate() {
            let is_granted = matches!(*self.waiter.state.lock(), State::Granted(..));
            if is_granted {
                // Where it stands already, something was given to it meanwhile.
                break;
            }
            match operation.attempt(Some(Standing { waiter: &self.waiter, choice }))? {
                Attempt::InLine(ticket) => self.tickets.push(Some(ticket)),
                Attempt::NotNow => self.tickets.push(None),
                Attempt::Over(granted) => {
                    self.tickets.push(None);
                    // Two may have been done now: this one, and one that was given before.
                    return Ok(Some(match self.waiter.close() {
                        None => (choice, granted),
                        Some(earlier) => {
                            operation.take_back(granted);
                            earlier
                        }
                    }));
                }
            }
        }
        Ok(None)
    }

    /// Leaves all lines. It has not given up before that: an object that finds it in the only line where it stands can
    /// rely on it.
    fn leave(&mut self) {
        for (operation, ticket) in self.operations.iter().zip(&mut self.tickets) {
            if let Some(ticket) = ticket.take() {
                operation.leave(ticket);
            }
        }
    }
}

struct Given<'a>(&'a Waiter);

impl Future for Given<'_> {
    type Output = (usize, Granted);

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll(context)
    }
}

impl Drop for Stay<'_, '_> {
    fn drop(&mut self) {
        self.leave();
        let unknown = self.waiter.close();
        if let Some((choice, granted)) = unknown
            && !matches!(granted, Granted::Refused(_))
            && let Some(operation) = self.operations.get(choice)
        {
            operation.take_back(granted);
        }
    }
}
