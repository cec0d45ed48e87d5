//! What comes of the tasks that were handed in together.

use super::call::call;
use super::crew::Work;
use super::waiting::{Attempt, Granted, Line, Operation, Standing, Wakes};
use super::{CallError, Grants, Home, Item, Limits, Outcome, Proxy, Referent};
use crate::sync::{Arc, Mutex};
use smallvec::smallvec;
use std::collections::{BTreeMap, VecDeque};

/// How the outcomes of a job are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gather {
    /// It is one task, and its outcome is the job's.
    One,
    /// All values, in the order of their tasks, or the first failure.
    All,
    /// One by one, in the order of their tasks.
    InOrder,
    /// One by one, as they come.
    AsTheyCome,
}

/// What the arguments of a task are made of, behind those that all tasks of its job begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Nothing.
    Nothing,
    /// The task's item.
    Item,
    /// The elements of the task's item.
    Elements,
}

/// A method that is called with what came of a job.
#[derive(Clone, Debug)]
pub struct Callback {
    pub object: Proxy,
    pub method: String,
}

/// What is called when a job is done.
#[derive(Clone, Debug, Default)]
pub struct Callbacks {
    /// With the value.
    pub value: Option<Callback>,
    /// With the text of the error.
    pub error: Option<Callback>,
}

/// Tasks that were handed in together, as far as they are done.
pub struct Job {
    entry: Arc<str>,
    pass: Pass,
    gather: Gather,
    state: Mutex<State>,
}

struct State {
    /// What is let go of once all is done.
    until_done: UntilDone,
    /// How many tasks have no outcome yet.
    left: usize,
    outcomes: Outcomes,
    /// Those who wait for it.
    line: Line,
    /// Whether anybody can ask for what comes.
    is_wanted: bool,
}

#[derive(Default)]
struct UntilDone {
    /// What the arguments of all tasks begin with: shared with those who are at them.
    lead: Arc<[Item]>,
    callbacks: Callbacks,
    /// Something else that is to stay.
    keeps: Option<Proxy>,
}

enum Outcomes {
    /// In the places of their tasks.
    Whole { items: Vec<Item>, failure: Option<CallError>, is_done: bool },
    /// To be drawn.
    Single {
        ready: VecDeque<Outcome<Item>>,
        /// Those that came before their turn.
        early: BTreeMap<usize, Outcome<Item>>,
        /// Whose turn is next.
        next: usize,
        /// Whether the rest was given up.
        is_cut: bool,
    },
}

impl State {
    /// Gives what is ready to those who wait.
    fn serve(&mut self) -> Wakes {
        let mut wakes = Wakes::new();
        let is_at_end = self.is_at_end();
        match &mut self.outcomes {
            Outcomes::Whole { is_done, .. } => {
                if *is_done {
                    wakes.extend(self.line.give_all(|()| Granted::Turn));
                }
            }
            Outcomes::Single { ready, .. } => {
                while let Some(outcome) = ready.pop_front() {
                    let mut outcome = Some(outcome);
                    wakes.extend(self.line.give(|_, ()| match outcome.take() {
                        Some(Ok(item)) => Granted::Item(item),
                        Some(Err(error)) => Granted::Failed(error),
                        // It is called once.
                        None => Granted::Turn,
                    }));
                    if let Some(outcome) = outcome {
                        ready.push_front(outcome);
                        return wakes;
                    }
                }
                if is_at_end {
                    wakes.extend(self.line.give_all(|()| Granted::Turn));
                }
            }
        }
        wakes
    }

    /// Whether nothing more will come, beyond what is ready.
    fn is_at_end(&self) -> bool {
        match &self.outcomes {
            Outcomes::Whole { is_done, .. } => *is_done,
            Outcomes::Single { is_cut, .. } => *is_cut || self.left == 0,
        }
    }
}

impl Job {
    /// So many tasks, each a call of `entry` with what `lead` and `pass` say. `keeps` is held until all are done, or
    /// nobody can ask any more.
    pub fn new(
        entry: &str,
        lead: Vec<Item>,
        pass: Pass,
        gather: Gather,
        tasks: usize,
        callbacks: Callbacks,
        keeps: Proxy,
    ) -> Arc<Self> {
        let outcomes = match gather {
            Gather::One | Gather::All => {
                let items = vec![Item::Null; tasks];
                Outcomes::Whole { items, failure: None, is_done: tasks == 0 }
            }
            Gather::InOrder | Gather::AsTheyCome => {
                Outcomes::Single { ready: VecDeque::new(), early: BTreeMap::new(), next: 0, is_cut: false }
            }
        };
        let until_done = match tasks {
            0 => UntilDone::default(),
            _ => UntilDone { lead: lead.into(), callbacks, keeps: Some(keeps) },
        };
        let state = State { until_done, left: tasks, outcomes, line: Line::default(), is_wanted: true };
        Arc::new(Self { entry: entry.into(), pass, gather, state: Mutex::new(state) })
    }

    /// How its outcomes are collected.
    pub fn gather(&self) -> Gather {
        self.gather
    }

    /// Whether a failure makes what is behind it in its chunk be left out.
    pub(super) fn stops_at_failure(&self) -> bool {
        self.gather == Gather::All
    }

    /// Whether nobody can tell when each of its outcomes has come: they may come together.
    pub(super) fn takes_many(&self) -> bool {
        matches!(self.gather, Gather::One | Gather::All)
    }

    /// What the arguments of all tasks begin with.
    pub(super) fn lead(&self) -> Arc<[Item]> {
        self.state.lock().until_done.lead.clone()
    }

    /// What is to be done for a task.
    pub(super) fn work(&self, lead: &[Item], item: Item) -> Work {
        let mut args = Vec::with_capacity(lead.len() + 1);
        args.extend_from_slice(lead);
        match self.pass {
            Pass::Nothing => {}
            Pass::Item => args.push(item),
            Pass::Elements => match item.elements() {
                Some(Ok(elements)) => args.extend(elements),
                // What has no elements is the entry's to refuse.
                Some(Err(_)) | None => args.push(item),
            },
        }
        Work { entry: self.entry.clone(), args }
    }

    /// Shows what it holds, but for the items of its tasks.
    pub fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let state = self.state.lock();
        let UntilDone { lead, callbacks, keeps } = &state.until_done;
        lead.iter().for_each(|item| item.proxies(visit));
        keeps.iter().for_each(&mut *visit);
        [&callbacks.value, &callbacks.error].into_iter().flatten().for_each(|callback| visit(&callback.object));
        let mut of = |outcome: &Outcome<Item>| match outcome {
            Ok(item) => item.proxies(visit),
            Err(error) => error.args.iter().for_each(|args| super::visit_value(args, visit)),
        };
        match &state.outcomes {
            Outcomes::Whole { items, failure, .. } => {
                items.iter().for_each(|item| item.proxies(visit));
                failure.iter().filter_map(|error| error.args.as_ref()).for_each(|args| super::visit_value(args, visit));
            }
            Outcomes::Single { ready, early, .. } => ready.iter().chain(early.values()).for_each(&mut of),
        }
    }

    /// Takes the values of so many tasks, from that number on, of a job that [takes many](Self::takes_many). Whether that
    /// was the last, as for [`put`](Self::put).
    pub(super) fn put_values(&self, first: usize, values: &mut Vec<Item>) -> bool {
        values.iter().for_each(Item::moved);
        let mut state = self.state.lock();
        state.left = state.left.saturating_sub(values.len());
        let is_last = state.left == 0;
        let is_wanted = state.is_wanted || state.until_done.callbacks.value.is_some();
        if let Outcomes::Whole { items, .. } = &mut state.outcomes
            && is_wanted
            && let Some(places) = items.get_mut(first..first.saturating_add(values.len()))
        {
            for (place, value) in places.iter_mut().zip(values.drain(..)) {
                *place = value;
            }
        }
        drop(state);
        // Those that nobody wants.
        values.clear();
        is_last
    }

    /// Takes what came of a task, of which so many others are left out. Whether that was the last, and then
    /// [`call_back`](Self::call_back) and [`finish`](Self::finish) are to follow.
    pub(super) fn put(&self, number: usize, outcome: Outcome<Item>, left_out: usize) -> bool {
        if let Ok(item) = &outcome {
            item.moved();
        }
        let mut unwanted = None;
        let mut state = self.state.lock();
        state.left = state.left.saturating_sub(1 + left_out);
        let is_last = state.left == 0;
        let State { outcomes, is_wanted, until_done, .. } = &mut *state;
        // The value of a callback is wanted, too.
        let is_wanted = *is_wanted || until_done.callbacks.value.is_some();
        match outcomes {
            Outcomes::Whole { items, failure, .. } => match (outcome, items.get_mut(number)) {
                (Ok(item), Some(place)) if is_wanted => *place = item,
                (Ok(item), _) => unwanted = Some(Ok(item)),
                (Err(error), _) if failure.is_none() => *failure = Some(error),
                (Err(error), _) => unwanted = Some(Err(error)),
            },
            Outcomes::Single { is_cut: true, .. } => unwanted = Some(outcome),
            Outcomes::Single { .. } if !is_wanted => unwanted = Some(outcome),
            Outcomes::Single { ready, early, next, .. } => {
                if self.gather == Gather::AsTheyCome {
                    ready.push_back(outcome);
                } else if number != *next {
                    early.insert(number, outcome);
                } else {
                    ready.push_back(outcome);
                    *next += 1;
                    while let Some(outcome) = early.remove(next) {
                        ready.push_back(outcome);
                        *next += 1;
                    }
                }
            }
        }
        let wakes = state.serve();
        drop(state);
        drop(wakes);
        drop(unwanted);
        is_last
    }

    /// So many of its tasks will never be done.
    pub(super) fn give_up(&self, tasks: usize, reason: &CallError) {
        if tasks == 0 {
            return;
        }
        let mut state = self.state.lock();
        state.left = state.left.saturating_sub(tasks);
        let is_last = state.left == 0;
        let mut early_ones = BTreeMap::new();
        match &mut state.outcomes {
            Outcomes::Whole { failure, .. } => {
                failure.get_or_insert_with(|| reason.clone());
            }
            Outcomes::Single { ready, early, is_cut, .. } => {
                if !*is_cut {
                    *is_cut = true;
                    early_ones = std::mem::take(early);
                    ready.push_back(Err(reason.clone()));
                }
            }
        }
        let wakes = state.serve();
        drop(state);
        drop(wakes);
        drop(early_ones);
        if is_last {
            self.finish();
        }
    }

    /// Calls whoever asked to be called with what came of it.
    pub(super) async fn call_back(&self) {
        let (callback, other, argument) = {
            let mut state = self.state.lock();
            let State { outcomes, until_done, .. } = &mut *state;
            let Outcomes::Whole { items, failure, .. } = outcomes else { return };
            let Callbacks { value, error } = std::mem::take(&mut until_done.callbacks);
            match (failure, value) {
                (Some(failure), value) => (error, value, Ok(Item::text(failure.to_string()))),
                (None, Some(value)) => {
                    let limits = *value.object.home().limits();
                    (Some(value), error, self.value(items, &limits))
                }
                (None, None) => (None, error, Ok(Item::Null)),
            }
        };
        // It may hold the last proxy to what this job is of, which takes the job's lock when it goes.
        drop(other);
        let Some(Callback { object, method }) = callback else { return };
        let called = match argument {
            Ok(argument) => {
                // Somebody of its own: what it takes is nobody else's.
                let caller = object.home().guard();
                let called = call(&object, &caller, &method, smallvec![argument], Vec::new()).await;
                caller.actor.settle(false);
                called
            }
            Err(error) => Err(error),
        };
        if let Err(error) = called {
            let typeid = object.typeid();
            tracing::warn!(target: "commonhold::pool", "the callback {method} of a '{typeid}' failed: {error}");
        }
    }

    /// All is done: those who wait are told.
    pub(super) fn finish(&self) {
        let mut state = self.state.lock();
        if let Outcomes::Whole { is_done, .. } = &mut state.outcomes {
            *is_done = true;
        }
        let until_done = std::mem::take(&mut state.until_done);
        let wakes = state.serve();
        drop(state);
        drop(wakes);
        drop(until_done);
    }

    /// The value of the whole.
    fn value(&self, items: &[Item], limits: &Limits) -> Outcome<Item> {
        match (self.gather, items.first()) {
            (Gather::One, Some(item)) => Ok(item.clone()),
            _ => Item::list(items.iter(), limits),
        }
    }

    /// Whether the whole is done, and then whether without a failure.
    pub fn is_done(&self) -> Option<bool> {
        match &self.state.lock().outcomes {
            Outcomes::Whole { is_done: true, failure, .. } => Some(failure.is_none()),
            _ => None,
        }
    }

    /// What came of the whole, if it is done.
    pub fn outcome(&self, home: &Home) -> Option<Outcome<Item>> {
        let state = self.state.lock();
        let Outcomes::Whole { items, failure, is_done: true } = &state.outcomes else { return None };
        if let Some(error) = failure {
            return Some(Err(error.clone()));
        }
        // The items are cheap to copy, and what is made of them need not be made under the lock.
        let items = items.clone();
        drop(state);
        Some(self.value(&items, home.limits()))
    }

    /// Nobody can ask any more. What it held.
    pub fn abandon(&self) -> (Vec<Item>, Option<Proxy>) {
        let mut state = self.state.lock();
        state.is_wanted = false;
        let keeps = state.until_done.keeps.take();
        let keeps_values = state.until_done.callbacks.value.is_some();
        let items = match &mut state.outcomes {
            Outcomes::Whole { .. } if keeps_values => Vec::new(),
            Outcomes::Whole { items, .. } => std::mem::take(items),
            Outcomes::Single { ready, early, .. } => {
                let early = std::mem::take(early).into_values();
                std::mem::take(ready).into_iter().chain(early).filter_map(Result::ok).collect()
            }
        };
        (items, keeps)
    }

    /// Waiting until the whole is done.
    pub fn finishing<'a>(&'a self, through: &'a Proxy) -> Finishing<'a> {
        Finishing { job: self, through }
    }

    /// Drawing the next outcome.
    pub fn drawing<'a>(&'a self, through: Option<&'a Proxy>) -> Drawing<'a> {
        Drawing { job: self, through }
    }
}

/// Waiting until the whole of a job is done.
pub struct Finishing<'a> {
    job: &'a Job,
    through: &'a Proxy,
}

impl Operation for Finishing<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.job.state.lock();
        Ok(match (state.is_at_end(), standing) {
            (true, _) => Attempt::Over(Granted::Turn),
            (false, None) => Attempt::NotNow,
            (false, Some(standing)) => Attempt::InLine(state.line.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.job.state.lock().line.leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {}

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.through.grant()])
    }

    /// Its workers do it.
    fn given_by_holders_of(&self) -> Option<&Arc<Referent>> {
        None
    }

    /// With its pools.
    fn ends_with_manager(&self) -> bool {
        true
    }
}

/// Drawing the next of a job's outcomes: an item, or a turn if there are no more.
pub struct Drawing<'a> {
    job: &'a Job,
    /// The iterator's proxy, if it is drawn through one.
    through: Option<&'a Proxy>,
}

impl Operation for Drawing<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.job.state.lock();
        if let Outcomes::Single { ready, .. } = &mut state.outcomes
            && let Some(outcome) = ready.pop_front()
        {
            drop(state);
            return outcome.map(|item| Attempt::Over(Granted::Item(item)));
        }
        Ok(match (state.is_at_end(), standing) {
            (true, _) => Attempt::Over(Granted::Turn),
            (false, None) => Attempt::NotNow,
            (false, Some(standing)) => Attempt::InLine(state.line.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.job.state.lock().line.leave(ticket);
    }

    /// To the next who waits for one, or to the front.
    fn take_back(&self, granted: Granted) {
        let outcome = match granted {
            Granted::Item(item) => {
                item.moved();
                Ok(item)
            }
            Granted::Failed(error) => Err(error),
            _ => return,
        };
        let mut state = self.job.state.lock();
        if let Outcomes::Single { ready, .. } = &mut state.outcomes {
            ready.push_front(outcome);
        }
        let wakes = state.serve();
        drop(state);
        drop(wakes);
    }

    fn through(&self) -> Grants<'_> {
        self.through.iter().map(|proxy| proxy.grant()).collect()
    }

    /// Its workers give it.
    fn given_by_holders_of(&self) -> Option<&Arc<Referent>> {
        None
    }

    /// With its pools.
    fn ends_with_manager(&self) -> bool {
        true
    }
}
