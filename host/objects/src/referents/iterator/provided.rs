//! What comes from elsewhere: what a provider's object yields, and what the workers of a pool return.
//!
//! Of a provider, each step is a call of the object's `__next__`, which waits in the provider's mailbox with those of others who draw
//! from the same iterator. Once the provider has said that there is nothing more it is not asked again, not by those
//! whose requests wait already either: see [`Ending`].

use super::super::custom::{Custom, Ending};
use super::super::operand::not_iterable;
use super::super::prelude::*;
use super::{Iteration, State};
use crate::object::{Attempt, Granted, Job, Operation, too_large, wait, while_granted};
use std::time::Duration;

/// What yields items, each of which has to be waited for.
#[derive(Clone)]
pub(crate) enum Source {
    /// A provider's object.
    Object(Proxy, Arc<Ending>),
    /// The workers of a pool.
    Job(Arc<Job>),
}

impl Source {
    fn new(object: &Proxy) -> Self {
        Self::Object(object.clone(), Arc::default())
    }

    pub(super) fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        match self {
            Self::Object(object, _) => visit(object),
            Self::Job(job) => job.edges(visit),
        }
    }

    /// What there is to drop when nobody can ask any more.
    pub(super) fn abandon(&self) -> Vec<Item> {
        match self {
            Self::Object(..) => Vec::new(),
            Self::Job(job) => {
                let (mut items, pool) = job.abandon();
                items.extend(pool.map(Item::proxy));
                items
            }
        }
    }

    /// Starts going over a provider's object: what its `__iter__` gives if it has one, or else the object itself.
    pub(in super::super) async fn begin(me: &Proxy, caller: &Caller) -> Outcome<Begun> {
        let given = match Custom::call_if_declared(me, caller, "__iter__").await {
            Some(given) => given?,
            None if yields(me) => return Ok(Begun::Source(Self::new(me))),
            None => return Err(not_iterable(&Item::proxy(me.clone()))),
        };
        match &given {
            Item::Proxy(proxy) if proxy.body().foreign().is_some() => {
                if !yields(proxy) {
                    return Err(no_iterator(&given));
                }
                Ok(Begun::Source(Self::new(proxy)))
            }
            _ => Ok(Begun::Given(given)),
        }
    }

    /// The next item, which is drawn through the proxy of an iterator if there is one. A timeout is for what the workers of
    /// a pool return.
    pub(super) async fn next(
        &self,
        through: Option<&Proxy>,
        caller: &Caller,
        timeout: Option<Duration>,
    ) -> Outcome<Option<Item>> {
        let job = match self {
            Self::Job(job) => job,
            Self::Object(object, ending) => {
                let step = Custom::step(object, caller, ending);
                let item = match through {
                    Some(iterator) => while_granted(iterator, &caller.actor, step).await,
                    None => step.await,
                };
                return match item {
                    Ok(item) => Ok(Some(item)),
                    Err(error) if error.kind == ErrorKind::StopIteration => Ok(None),
                    Err(error) => Err(error),
                };
            }
        };
        let mut drawing = job.drawing(through);
        let granted = match drawing.attempt(None)? {
            Attempt::Over(granted) => Some(granted),
            Attempt::InLine(_) | Attempt::NotNow => wait(&mut drawing, &caller.actor, timeout).await?,
        };
        match granted {
            None => Err(super::super::async_result::timed_out()),
            Some(Granted::Item(item)) => {
                item.moved();
                Ok(Some(item))
            }
            Some(_) => Ok(None),
        }
    }

    /// All that is left. It must not take more memory than a value.
    pub(in super::super) async fn rest(&self, through: Option<&Proxy>, caller: &Caller) -> Outcome<Vec<Item>> {
        let limits = caller.home.limits();
        let (mut items, mut bytes) = (Vec::new(), 0);
        while let Some(item) = self.next(through, caller, None).await? {
            bytes += size_of::<Item>() + item.weight();
            if bytes > limits.value_bytes {
                return Err(too_large(limits.value_bytes));
            }
            if items.len() >= limits.container_length {
                let who = match self {
                    Self::Object(..) => "a provider's object yields",
                    Self::Job(_) => "the workers of a pool return",
                };
                let message = format!("{who} more than {} items", limits.container_length);
                return Err(CallError::quota_exceeded(message));
            }
            items.push(item);
        }
        Ok(items)
    }
}

impl Iteration {
    /// A shared iterator over what an `__iter__` has given.
    pub(in super::super) fn given(caller: &Caller, given: &Item) -> Outcome<Proxy> {
        Self::create(caller, given).map_err(|error| match error.kind {
            ErrorKind::Type => no_iterator(given),
            _ => error,
        })
    }
}

/// What going over a provider's object begins with.
pub(in super::super) enum Begun {
    Source(Source),
    /// Something else to go over.
    Given(Item),
}

impl Begun {
    /// A shared iterator.
    pub(in super::super) fn into_iterator(self, caller: &Caller) -> Outcome<Proxy> {
        match self {
            Self::Source(source) => {
                let name = match &source {
                    Source::Object(object, _) => format!("{}_iterator", object.typeid()),
                    Source::Job(_) => "IMapIterator".to_owned(),
                };
                Ok(Iteration::make(&caller.home, name.into(), State::Provided(source)))
            }
            Self::Given(item) => Iteration::given(caller, &item),
        }
    }
}

/// Whether a provider's object can be asked for the next item.
fn yields(object: &Proxy) -> bool {
    object.body().type_info().number_of("__next__").is_some()
}

/// What is said of an `__iter__` that gives something else.
pub(in super::super) fn no_iterator(given: &Item) -> CallError {
    type_error(format!("iter() returned non-iterator of type '{}'", given.type_name()))
}
