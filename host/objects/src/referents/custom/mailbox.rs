//! What is asked of a provider, and where it waits until the provider's task comes to it.

use super::super::iterator::stop_iteration;
use super::super::prelude::*;
use super::Keywords;
use crate::object::{Bit, Waiting};
use crate::sync::{AtomicBool, Ordering, oneshot};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker, ready};

/// The most calls that may wait for one provider.
const MAILBOX_LIMIT: usize = 4096;

/// Whether there is nothing more to go over. Requests for the next item share one: the first that is told so ends them
/// all, those included that wait in the mailbox by then.
#[derive(Default)]
pub struct Ending(AtomicBool);

impl Ending {
    pub(super) fn has_come(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Where a request's answer goes.
pub struct Reply {
    /// Whoever asked counts as waiting no longer than until it is answered, even before it comes to know.
    waiting: Waiting,
    to: oneshot::Sender<Outcome<Item>>,
    /// Of what the request is a step.
    ending: Option<Arc<Ending>>,
}

impl Reply {
    /// Answers. Whoever asked may be gone.
    pub fn send(self, answer: Outcome<Item>) {
        if let (Some(ending), Err(error)) = (&self.ending, &answer)
            && error.kind == ErrorKind::StopIteration
        {
            ending.0.store(true, Ordering::Release);
        }
        drop(self.waiting);
        let _ = self.to.send(answer);
    }
}

/// What a provider is asked for.
pub enum Request {
    /// Something that is answered.
    Ask(Ask, Reply),
    /// The object of that number is gone.
    Release(u64),
}

/// What is answered. It holds the object, and what is given to it.
pub enum Ask {
    Construct {
        me: Proxy,
        args: Vec<Item>,
        kwargs: Keywords,
    },
    /// The method is told by its number in the type's declaration.
    Call {
        me: Proxy,
        method: Bit,
        args: Vec<Item>,
        kwargs: Keywords,
    },
    GetValue {
        me: Proxy,
    },
    ToText {
        me: Proxy,
    },
}

/// The requests that wait for a provider.
#[derive(Default)]
pub struct Mailbox {
    state: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    requests: VecDeque<Request>,
    calls: usize,
    /// Why no more requests are taken.
    closed: Option<CallError>,
    /// Wakes the provider's task, the only one that takes requests.
    waker: Option<Waker>,
}

impl Mailbox {
    /// Posts what is to be answered; the provider has to be told so or brought to look. `enter` notes that the answer is
    /// waited for, which is only done once nothing else refuses the request: others rely on it that whoever counts as
    /// waiting does wait.
    pub(super) fn ask(
        &self,
        what: Ask,
        ending: Option<Arc<Ending>>,
        enter: impl FnOnce() -> Outcome<Waiting>,
    ) -> Outcome<(Waiting, oneshot::Receiver<Outcome<Item>>)> {
        let mut state = self.state.lock();
        let entered = match &state.closed {
            Some(reason) => Err(reason.clone()),
            None if state.calls >= MAILBOX_LIMIT => Err(CallError::new(
                ErrorKind::QuotaExceeded,
                format!("{MAILBOX_LIMIT} calls are waiting for this provider already"),
            )),
            None => enter(),
        };
        let waiting = match entered {
            Ok(waiting) => waiting,
            Err(refusal) => {
                // What the request held is freed without the lock: it may be one of the provider's objects.
                drop(state);
                drop(what);
                return Err(refusal);
            }
        };
        let (to, answer) = oneshot::channel();
        state.calls += 1;
        state.requests.push_back(Request::Ask(what, Reply { waiting: waiting.twin(), to, ending }));
        Ok((waiting, answer))
    }

    /// Tells the provider that there is a request.
    pub(super) fn tell(&self) {
        let waker = self.state.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Posts that an object is gone, if there is still somebody to know. Such requests are not counted: there are
    /// never more of them than there were objects, and none may be lost.
    pub(super) fn release(&self, object: u64) {
        let mut state = self.state.lock();
        if state.closed.is_some() {
            return;
        }
        state.requests.push_back(Request::Release(object));
        drop(state);
        self.tell();
    }

    /// The next request; waits for one. There is one task that does.
    pub async fn next(&self) -> Request {
        self.next_of_several().await.0
    }

    /// The same, and whether more are waiting behind it.
    pub async fn next_of_several(&self) -> (Request, bool) {
        // Whoever lends the provider a thread does not tell it that there is one, but has it look.
        poll_fn(|context| {
            loop {
                match ready!(self.take(context)) {
                    // Nobody is asked for more where there is no more.
                    (Request::Ask(_, reply), _) if reply.ending.as_ref().is_some_and(|ending| ending.has_come()) => {
                        reply.send(Err(stop_iteration()));
                    }
                    request => return Poll::Ready(request),
                }
            }
        })
        .await
    }

    fn take(&self, context: &Context<'_>) -> Poll<(Request, bool)> {
        let mut state = self.state.lock();
        if let Some(request) = state.requests.pop_front() {
            if !matches!(request, Request::Release(_)) {
                state.calls -= 1;
            }
            return Poll::Ready((request, !state.requests.is_empty()));
        }
        let is_known = state.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        let _old = if is_known { None } else { state.waker.replace(context.waker().clone()) };
        // What may be the last use of another task goes after the lock.
        drop(state);
        Poll::Pending
    }

    /// Refuses all requests from now on, the ones that wait included.
    pub fn close(&self, reason: CallError) {
        let waiting = {
            let mut waiting = self.state.lock();
            waiting.closed.get_or_insert_with(|| reason.clone());
            std::mem::take(&mut waiting.requests)
        };
        for request in waiting {
            if let Request::Ask(_, reply) = request {
                reply.send(Err(reason.clone()));
            }
        }
    }

    pub(super) fn closed(&self) -> Option<CallError> {
        self.state.lock().closed.clone()
    }

    pub(in super::super) fn len(&self) -> usize {
        self.state.lock().requests.len()
    }
}
