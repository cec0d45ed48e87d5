//! Workers that do tasks, one after the other, on behalf of whoever hands them in.
//!
//! A task is a call of an entry of the workers' program. Tasks are handed in as a [`Job`], in chunks, which wait in one
//! line; a free worker takes the chunk at its front. Who runs the workers is elsewhere: a [`Seat`] tells it, call by
//! call, what to do, and is told what came of it, or that the worker has died. So of a task that its worker did not
//! survive it is known which one it was, and those behind it in its chunk go back to the front of the line.

use super::job::Job;
use super::waiting::{Attempt, Granted, Line, Operation, Standing};
use super::{CallError, Grants, Item, Outcome, Proxy, Referent};
use crate::sync::{Arc, Mutex, MutexGuard, Notify, Weak};
use commonhold_wire::ErrorKind;
use std::collections::VecDeque;
use std::pin::pin;

/// How a crew works.
#[derive(Default)]
pub struct Terms {
    /// The entry that each worker runs before anything else, and its arguments.
    pub initializer: Option<(Arc<str>, Vec<Item>)>,
    /// After how many chunks a worker is replaced by a new one.
    pub chunks_per_worker: Option<u64>,
    /// How often a task that its worker did not survive is given to another one.
    pub retries: u32,
}

/// Those who work on the same tasks, and the tasks.
pub struct Crew {
    terms: Terms,
    state: Mutex<State>,
    /// That there is something to do, or nothing more to come.
    news: Notify,
    /// That the last seat has been left.
    left: Notify,
}

#[derive(Default)]
struct State {
    chunks: VecDeque<Chunk>,
    phase: Phase,
    seats: Vec<Weak<Seat>>,
    /// How many seats there are.
    taken: usize,
    /// Those who wait until all workers have gone.
    joiners: Line,
}

#[derive(Default)]
enum Phase {
    #[default]
    Open,
    /// What was handed in is done, and then the workers go.
    Closed,
    /// Nothing more is done, for this reason.
    Over(CallError),
}

/// Tasks that one worker takes at once.
pub(super) struct Chunk {
    pub(super) job: Arc<Job>,
    /// The number of the first of them in its job.
    pub(super) first: usize,
    pub(super) tasks: std::vec::IntoIter<Item>,
    /// How many workers have died at the first of them.
    pub(super) deaths: u32,
}

/// A chunk that a worker has taken.
struct Begun {
    chunk: Chunk,
    /// What the arguments of its tasks begin with.
    lead: Arc<[Item]>,
    /// The values of the last of its tasks that are done, and were not passed on yet.
    values: Vec<Item>,
}

/// What a worker is to do next.
pub struct Work {
    pub entry: Arc<str>,
    pub args: Vec<Item>,
}

impl Crew {
    pub fn new(terms: Terms) -> Arc<Self> {
        Arc::new(Self { terms, state: Mutex::default(), news: Notify::new(), left: Notify::new() })
    }

    /// A place for one worker after another.
    pub fn seat(self: &Arc<Self>) -> Arc<Seat> {
        let seat = Arc::new(Seat { crew: self.clone(), at: Mutex::default() });
        let mut state = self.state.lock();
        state.taken += 1;
        state.seats.push(Arc::downgrade(&seat));
        drop(state);
        seat
    }

    /// Whether tasks are taken, and if not, why.
    fn check(state: &State) -> Outcome<()> {
        match &state.phase {
            Phase::Open => Ok(()),
            Phase::Over(error) if error.kind != ErrorKind::Cancelled => Err(error.clone()),
            Phase::Closed | Phase::Over(_) => Err(CallError::value("Pool not running")),
        }
    }

    /// Whether tasks are taken.
    ///
    /// # Errors
    ///
    /// `value` if not; if the workers could not start, the reason for that.
    pub fn check_open(&self) -> Outcome<()> {
        Self::check(&self.state.lock())
    }

    /// Hands in the tasks of a job, so many in a chunk.
    ///
    /// # Errors
    ///
    /// As for [`check_open`](Self::check_open).
    pub fn hand_in(&self, job: &Arc<Job>, tasks: Vec<Item>, size: usize) -> Outcome<()> {
        // Who gives the tasks up again does so after the lock.
        let mut chunks = Vec::with_capacity(tasks.len().div_ceil(size.max(1)));
        let (mut tasks, mut first) = (tasks.into_iter(), 0);
        while tasks.len() > 0 {
            let chunk: Vec<_> = tasks.by_ref().take(size.max(1)).collect();
            let length = chunk.len();
            chunks.push(Chunk { job: job.clone(), first, tasks: chunk.into_iter(), deaths: 0 });
            first += length;
        }
        let mut state = self.state.lock();
        Self::check(&state)?;
        state.chunks.extend(chunks);
        drop(state);
        self.news.notify_one();
        Ok(())
    }

    /// Takes no more tasks; the workers go once all are done.
    pub fn close(&self) {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Open) {
            state.phase = Phase::Closed;
        }
        drop(state);
        self.news.notify_waiters();
    }

    /// Ends the workers, whatever they are at. What is not done fails. Gives the items of what nobody had begun with.
    pub fn terminate(&self) -> Vec<Item> {
        self.end(CallError::new(ErrorKind::Cancelled, "the pool was terminated"))
    }

    fn end(&self, reason: CallError) -> Vec<Item> {
        let mut state = self.state.lock();
        if matches!(state.phase, Phase::Over(_)) {
            return Vec::new();
        }
        state.phase = Phase::Over(reason.clone());
        let chunks = std::mem::take(&mut state.chunks);
        let seats: Vec<_> = state.seats.iter().filter_map(Weak::upgrade).collect();
        drop(state);
        for seat in seats {
            seat.dismiss();
        }
        self.news.notify_waiters();
        let mut items = Vec::new();
        for chunk in chunks {
            chunk.job.give_up(chunk.tasks.len(), &reason);
            items.extend(chunk.tasks);
        }
        items
    }

    /// Why nothing more is done, if that is so.
    fn over(&self) -> Option<CallError> {
        match &self.state.lock().phase {
            Phase::Over(reason) => Some(reason.clone()),
            Phase::Open | Phase::Closed => None,
        }
    }

    /// Whether tasks are still taken.
    pub fn is_open(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Open)
    }

    /// The state in a word, as CPython has it.
    pub fn in_a_word(&self) -> &'static str {
        match self.state.lock().phase {
            Phase::Open => "RUN",
            Phase::Closed => "CLOSE",
            Phase::Over(_) => "TERMINATE",
        }
    }

    /// What the tasks hold that nobody has begun with.
    pub fn edges(&self, visit: &mut dyn FnMut(&super::Proxy)) {
        let state = self.state.lock();
        for chunk in &state.chunks {
            chunk.tasks.as_slice().iter().for_each(|item| item.proxies(visit));
        }
        if let Some((_, args)) = &self.terms.initializer {
            args.iter().for_each(|item| item.proxies(visit));
        }
    }

    /// Takes the chunk at the front.
    fn take(&self) -> Taken {
        let mut state = self.state.lock();
        let chunk = match (&state.phase, state.chunks.is_empty()) {
            (Phase::Over(_), _) | (Phase::Closed, true) => return Taken::Over,
            (Phase::Open, true) => return Taken::Nothing,
            (_, false) => state.chunks.pop_front(),
        };
        let is_more = !state.chunks.is_empty();
        drop(state);
        if is_more {
            self.news.notify_one();
        }
        chunk.map_or(Taken::Nothing, Taken::Chunk)
    }

    /// Puts tasks to the front.
    fn put_back(&self, chunks: impl DoubleEndedIterator<Item = Chunk>) {
        let mut state = self.state.lock();
        if let Phase::Over(reason) = &state.phase {
            let reason = reason.clone();
            drop(state);
            for chunk in chunks {
                chunk.job.give_up(chunk.tasks.len(), &reason);
            }
            return;
        }
        for chunk in chunks.rev() {
            state.chunks.push_front(chunk);
        }
        drop(state);
        self.news.notify_one();
    }

    /// Waits until all workers have gone, on behalf of whoever runs them.
    pub async fn gone(&self) {
        loop {
            let mut left = pin!(self.left.notified());
            // From here on nothing is missed.
            left.as_mut().enable();
            if self.state.lock().taken == 0 {
                return;
            }
            left.await;
        }
    }

    /// Waiting until all workers have gone.
    pub fn leaving<'a>(&'a self, through: &'a Proxy) -> Leaving<'a> {
        Leaving { crew: self, through }
    }
}

impl Chunk {
    /// The tasks that are left out after one that failed.
    fn left_out(&mut self) -> std::vec::IntoIter<Item> {
        if self.job.stops_at_failure() { std::mem::replace(&mut self.tasks, no_tasks()) } else { no_tasks() }
    }
}

fn no_tasks() -> std::vec::IntoIter<Item> {
    Vec::new().into_iter()
}

enum Taken {
    Chunk(Chunk),
    Nothing,
    /// There will be none.
    Over,
}

/// Waiting until all workers of a crew have gone.
pub struct Leaving<'a> {
    crew: &'a Crew,
    through: &'a Proxy,
}

impl Operation for Leaving<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.crew.state.lock();
        Ok(match standing {
            _ if state.taken == 0 => Attempt::Over(Granted::Turn),
            None => Attempt::NotNow,
            Some(standing) => Attempt::InLine(state.joiners.join(standing, ())),
        })
    }

    fn leave(&self, ticket: u64) {
        self.crew.state.lock().joiners.leave(ticket);
    }

    fn take_back(&self, _granted: Granted) {}

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.through.grant()])
    }

    /// They go by themselves.
    fn given_by_holders_of(&self) -> Option<&Arc<Referent>> {
        None
    }

    /// With its pools.
    fn ends_with_manager(&self) -> bool {
        true
    }
}

/// A place in a crew, which one worker after another has.
pub struct Seat {
    crew: Arc<Crew>,
    at: Mutex<At>,
}

/// What ends a worker.
type Kill = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct At {
    /// What ends the worker that has the seat now.
    kill: Option<Kill>,
    stage: Stage,
    /// The tasks that it has taken.
    chunk: Option<Begun>,
    /// The one that it is at: its number, and what it was if it may be done again.
    task: Option<(usize, Option<Item>)>,
    /// The job that has come to its end by what this worker did, while others are told.
    finishing: Option<Arc<Job>>,
    /// How many chunks the worker has taken.
    chunks: u64,
}

/// How far a worker has got.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Starting,
    Initializing,
    Working,
}

impl Seat {
    fn at(&self) -> MutexGuard<'_, At> {
        self.at.lock()
    }

    /// A new worker has the seat, which `kill` ends. False if none is needed any more.
    pub fn begin(&self, kill: impl Fn() + Send + Sync + 'static) -> bool {
        let mut at = self.at();
        *at = At { kill: Some(Box::new(kill)), ..At::default() };
        drop(at);
        // The kill is here before this is asked: whoever ends the crew in between finds it.
        self.crew.over().is_none()
    }

    /// Ends the worker.
    fn dismiss(&self) {
        let at = self.at();
        if let Some(kill) = &at.kill {
            kill();
        }
    }

    /// What the worker is to do next; waits for it. None if it is to go.
    pub async fn next(&self) -> Option<Work> {
        if let Some(work) = self.arrive() {
            return Some(work);
        }
        loop {
            if let Some(work) = self.go_on() {
                return work;
            }
            let mut news = pin!(self.crew.news.notified());
            // From here on nothing is missed.
            news.as_mut().enable();
            match self.crew.take() {
                Taken::Over => return None,
                Taken::Chunk(chunk) => {
                    let lead = chunk.job.lead();
                    let mut at = self.at();
                    at.chunks += 1;
                    at.chunk = Some(Begun { chunk, lead, values: Vec::new() });
                }
                Taken::Nothing => news.await,
            }
        }
    }

    /// The first thing to do, for one who has just come.
    fn arrive(&self) -> Option<Work> {
        let mut at = self.at();
        if at.stage != Stage::Starting {
            return None;
        }
        let Some((entry, args)) = &self.crew.terms.initializer else {
            at.stage = Stage::Working;
            return None;
        };
        at.stage = Stage::Initializing;
        Some(Work { entry: entry.clone(), args: args.clone() })
    }

    /// The next task of the chunk; nothing of it if the worker is to be replaced; none if the chunk is done.
    fn go_on(&self) -> Option<Option<Work>> {
        let mut at = self.at();
        let At { chunk, task, .. } = &mut *at;
        if let Some(Begun { chunk, lead, .. }) = chunk
            && let Some(item) = chunk.tasks.next()
        {
            let again = (chunk.deaths < self.crew.terms.retries).then(|| item.clone());
            *task = Some((chunk.first, again));
            chunk.first += 1;
            let (job, lead) = (chunk.job.clone(), lead.clone());
            drop(at);
            // The item goes with this, unless the worker gets it: it may be the last hold on this very crew.
            return Some(Some(job.work(&lead, item)));
        }
        let done = at.chunk.take();
        let is_enough = self.crew.terms.chunks_per_worker.is_some_and(|most| at.chunks >= most);
        drop(at);
        drop(done);
        is_enough.then_some(None)
    }

    /// Says what came of it. Those who asked to be called are called.
    pub async fn done(&self, outcome: Outcome<Item>) {
        if let Some(job) = self.put(outcome) {
            job.call_back().await;
            job.finish();
            let _done = self.at().finishing.take();
        }
    }

    /// Passes on what came of it: the job, if that was the last of it.
    fn put(&self, outcome: Outcome<Item>) -> Option<Arc<Job>> {
        let mut at = self.at();
        if at.stage == Stage::Initializing {
            at.stage = Stage::Working;
            drop(at);
            if let Err(error) = outcome {
                drop(self.crew.end(cannot_start(&error)));
            }
            return None;
        }
        let (number, again) = at.task.take()?;
        let begun = at.chunk.as_mut()?;
        begun.chunk.deaths = 0;
        let is_at_end = begun.chunk.tasks.len() == 0;
        let outcome = match outcome {
            // What comes together is passed on together, at the end of the chunk.
            Ok(value) if begun.chunk.job.takes_many() => {
                begun.values.push(value);
                if !is_at_end {
                    return None;
                }
                None
            }
            outcome => Some(outcome),
        };
        let job = begun.chunk.job.clone();
        let mut values = std::mem::take(&mut begun.values);
        let left_out = if matches!(outcome, Some(Err(_))) { begun.chunk.left_out() } else { no_tasks() };
        let done = if is_at_end { at.chunk.take() } else { None };
        // What goes may be the last hold on this very crew, whose end looks at its seats.
        drop(at);
        drop((again, done));
        let is_last = match outcome {
            None => job.put_values((number + 1).saturating_sub(values.len()), &mut values),
            Some(outcome) => {
                if !values.is_empty() {
                    job.put_values(number.saturating_sub(values.len()), &mut values);
                }
                job.put(number, outcome, left_out.len())
            }
        };
        if !is_last {
            return None;
        }
        self.at().finishing = Some(job.clone());
        Some(job)
    }

    /// Says that the worker has gone: by itself, or of what it died. Whether another one is to have the seat.
    pub async fn ended(&self, death: Option<CallError>) -> bool {
        let At { kill, stage, chunk, task, finishing, .. } = std::mem::take(&mut *self.at());
        drop(kill);
        if let Some(job) = finishing {
            job.finish();
        }
        if let Some(error) = death.as_ref()
            && stage != Stage::Working
        {
            self.crew.end(cannot_start(error));
        }
        let over = self.crew.over();
        if let Some(Begun { mut chunk, mut values, .. }) = chunk {
            let mut back = Vec::new();
            if !values.is_empty() {
                // They are those before the task that it was at.
                let next = task.as_ref().map_or(chunk.first, |(number, _)| *number);
                if chunk.job.put_values(next.saturating_sub(values.len()), &mut values) {
                    chunk.job.call_back().await;
                    chunk.job.finish();
                }
            }
            if let Some((number, again)) = task {
                let job = chunk.job.clone();
                if let Some(reason) = &over {
                    job.give_up(1, reason);
                } else if let Some(item) = again {
                    let tasks = vec![item].into_iter();
                    back.push(Chunk { job, first: number, tasks, deaths: chunk.deaths + 1 });
                } else {
                    let error = died(death.as_ref());
                    let left_out = chunk.left_out();
                    if job.put(number, Err(error), left_out.len()) {
                        job.call_back().await;
                        job.finish();
                    }
                }
            }
            chunk.deaths = 0;
            if chunk.tasks.len() > 0 {
                back.push(chunk);
            }
            self.crew.put_back(back.into_iter());
        }
        let state = self.crew.state.lock();
        match state.phase {
            Phase::Open => true,
            Phase::Closed => !state.chunks.is_empty(),
            Phase::Over(_) => false,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.crew.state.lock();
        state.taken -= 1;
        state.seats.retain(|seat| seat.strong_count() > 0);
        let is_last = state.taken == 0;
        let is_missed = is_last && (matches!(state.phase, Phase::Open) || !state.chunks.is_empty());
        let wakes = if is_last { state.joiners.give_all(|()| Granted::Turn) } else { Default::default() };
        drop(state);
        if is_missed {
            // Where tasks are left, whoever ran the workers has failed.
            self.crew.end(CallError::new(ErrorKind::Cancelled, "no worker of the pool is left"));
        }
        drop(wakes);
        if is_last {
            self.crew.left.notify_waiters();
        }
    }
}

/// What a task fails with whose worker did not survive it.
fn died(death: Option<&CallError>) -> CallError {
    let Some(death) = death else {
        return CallError::new(ErrorKind::ProcessDied, "the worker ended while it was at this task");
    };
    let error = CallError::new(ErrorKind::ProcessDied, format!("the worker died at this task: {}", death.message));
    match &death.traceback {
        Some(traceback) => error.with_traceback(traceback.clone()),
        None => error,
    }
}

/// What all tasks fail with if a worker could not begin.
fn cannot_start(error: &CallError) -> CallError {
    let reason = CallError::new(ErrorKind::ProcessDied, format!("a worker of the pool could not start: {error}"));
    match &error.traceback {
        Some(traceback) => reason.with_traceback(traceback.clone()),
        None => reason,
    }
}
