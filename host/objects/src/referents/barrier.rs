//! `Barrier`: so many processes wait for each other.
//!
//! A party that gives up, because its time is up or because it dies, breaks the barrier for all who wait there.
//!
//! Before all go on an action may be done, by a function of the host's or by a process of its own. The last to arrive waits
//! for it, and what becomes of it is told to that one alone: to the others the barrier is broken if it fails.

use super::prelude::*;
use super::process::{Process, Way};
use super::seconds;
use crate::object::{
    Attempt, BoxFuture, Granted, Grants, Kind, Line, NameGrants, Operation, Referent as AnyReferent, Standing, Wakes,
    wait, while_granted,
};
use std::time::Duration;

/// What is done before all go on.
pub enum Action {
    /// What a function of the host's does, on behalf of the last to arrive.
    Function(Function),
    /// What a new process does each time.
    Entry(Entry),
}

/// A function of the host's.
pub type Function = Arc<dyn Fn(Caller) -> BoxFuture<'static, Outcome<()>> + Send + Sync>;

/// An entry of a program, with what it is called with.
pub struct Entry {
    program: String,
    entry: String,
    args: Vec<Item>,
    names: Option<Arc<NameGrants>>,
}

impl Entry {
    /// An entry of the named program, or of the caller's own. `no-such-name` if there is none.
    pub fn new(caller: &Caller, program: Option<String>, entry: String, args: Vec<Item>) -> Outcome<Self> {
        let programs = caller.home.programs()?;
        let program = match program {
            Some(program) => program,
            None => programs.program_of(&caller.actor).ok_or_else(|| {
                let message = "who makes this barrier is no process, so it has to name the program of its action";
                CallError::new(ErrorKind::NoSuchName, message)
            })?,
        };
        programs.check(&program)?;
        Ok(Self { program, entry, args, names: caller.actor.names_to_inherit() })
    }
}

/// Has a new process run an entry, and waits for its end.
async fn run(
    caller: &Caller,
    program: &str,
    entry: &str,
    args: Vec<Item>,
    names: Option<Arc<NameGrants>>,
) -> Outcome<()> {
    let process = Errand(caller.home.programs()?.start(program, entry, args, names)?);
    let end = Process::join(&process.0, caller, None).await?;
    end.map_or(Ok(()), |end| end.into_result().map(drop))
}

/// A process that is ended should nobody wait for it any more.
struct Errand(Proxy);

impl Drop for Errand {
    fn drop(&mut self) {
        if let Ok(process) = Process::of(&self.0) {
            process.request_kill(Way::Kill);
        }
    }
}

/// What the action is, without what may hold other objects.
enum Acts {
    By(Function),
    Running {
        program: String,
        entry: String,
        /// Those that whoever made the barrier may use, who also chose what is run.
        names: Option<Arc<NameGrants>>,
    },
}

pub struct Barrier {
    parties: u64,
    action: Option<Acts>,
    timeout: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Those who have arrived.
    line: Line,
    /// Those who came while the last of the others was at the action.
    outside: Line,
    /// Whether the last to arrive is at the action.
    is_acting: bool,
    /// Whether one of those outside gave up: they break the barrier for those who come after, once these have gone on.
    is_to_break: bool,
    /// How often all who waited were sent away.
    resets: u64,
    is_broken: bool,
    /// What the entry that is the action is called with.
    args: Vec<Item>,
}

fn broken() -> CallError {
    CallError::new(ErrorKind::BrokenBarrier, "").with_args(commonhold_wire::Value::Tuple(Vec::new()))
}

impl State {
    /// All go on, each with its place.
    fn trip(&mut self) -> Wakes {
        let mut places = 0..;
        self.line.give_all(|()| Granted::Place(places.next().unwrap_or_default()))
    }

    /// All who wait are sent away.
    fn send_away(&mut self) -> Wakes {
        self.resets += 1;
        self.line.give_all(|()| Granted::Refused(broken()))
    }

    /// The last to arrive is through with the action: those outside go in.
    fn let_in(&mut self) -> Wakes {
        self.is_acting = false;
        self.is_broken |= std::mem::take(&mut self.is_to_break);
        self.outside.give_all(|()| Granted::Turn)
    }

    /// Nobody waits here any more, nor can.
    fn break_up(&mut self) -> Wakes {
        self.is_broken = true;
        let mut wakes = self.send_away();
        wakes.extend(self.outside.give_all(|()| Granted::Refused(broken())));
        wakes
    }
}

impl Barrier {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Barrier")
    }

    /// A new barrier for so many parties, with what the last to arrive does, and how long others wait for it unless they
    /// say otherwise.
    pub fn create(caller: &Caller, parties: u64, action: Option<Action>, timeout: Option<Duration>) -> Outcome<Proxy> {
        if parties == 0 {
            return Err(CallError::value("parties must be >= 1"));
        }
        if i64::try_from(parties).is_err() {
            return Err(CallError::overflow("a barrier cannot have so many parties"));
        }
        let mut state = State::default();
        let action = action.map(|action| match action {
            Action::Function(function) => Acts::By(function),
            Action::Entry(Entry { program, entry, args, names }) => {
                args.iter().for_each(Item::moved);
                state.args = args;
                Acts::Running { program, entry, names }
            }
        });
        Ok(Referent::create(&caller.home, Self { parties, action, timeout, state: Mutex::new(state) }))
    }

    /// Waits for the others: its place among them, in the order in which they came.
    ///
    /// `broken-barrier` if they do not all come: if one of them gives up or dies, or if the barrier is reset or broken.
    pub async fn wait(me: &Proxy, caller: &Caller, timeout: Option<Duration>) -> Outcome<u64> {
        me.check(WAIT)?;
        let this = Self::of(me)?;
        let timeout = timeout.or(this.timeout);
        let until = timeout.map(|timeout| tokio::time::Instant::now().checked_add(timeout));
        loop {
            let left = until.map(|until| match until {
                Some(until) => until.saturating_duration_since(tokio::time::Instant::now()),
                None => Duration::MAX,
            });
            let mut arriving = Arriving { barrier: this, me, is_outside: false, resets: 0 };
            let granted = match arriving.attempt(None)? {
                Attempt::Over(granted) => Some(granted),
                // Who does not wait for the others breaks the barrier as well.
                _ if left == Some(Duration::ZERO) => {
                    this.give_up();
                    None
                }
                _ => Box::pin(wait(&mut arriving, &caller.actor, left)).await?,
            };
            match granted {
                Some(Granted::Place(place)) => return Ok(place),
                // It was outside, or all are here and it is the last.
                Some(_) if arriving.is_outside => me.check_again(WAIT).inspect_err(|_| this.give_up())?,
                Some(_) => {
                    // From here on the others are let go of, whatever comes.
                    let acting = Acting { barrier: this, resets: arriving.resets, is_done: false };
                    return while_granted(me, &caller.actor, this.act(caller, acting)).await;
                }
                // Leaving the line, it has broken the barrier.
                None => return Err(broken()),
            }
        }
    }

    /// What the last to arrive does.
    async fn act(&self, caller: &Caller, mut acting: Acting<'_>) -> Outcome<u64> {
        match &self.action {
            None => {}
            Some(Acts::By(function)) => function(caller.clone()).await?,
            Some(Acts::Running { program, entry, names }) => {
                let args = self.state.lock().args.clone();
                run(caller, program, entry, args, names.clone()).await?;
            }
        }
        acting.is_done = true;
        acting.finish()
    }

    fn break_up(&self) {
        let mut state = self.state.lock();
        let wakes = state.break_up();
        drop(state);
        drop(wakes);
    }

    /// A party will not come: that breaks the barrier for those that it would have been with.
    fn give_up(&self) {
        let mut state = self.state.lock();
        let wakes = if state.is_acting {
            state.is_to_break = true;
            Wakes::new()
        } else {
            state.break_up()
        };
        drop(state);
        drop(wakes);
    }

    /// Breaks the barrier: whoever waits, or will, gets an error, until it is reset.
    pub fn abort(me: &Proxy) -> Outcome<()> {
        me.check(ABORT)?;
        Self::of(me)?.break_up();
        Ok(())
    }

    /// Whoever waits gets an error; from then on the barrier is as new.
    pub fn reset(me: &Proxy) -> Outcome<()> {
        me.check(RESET)?;
        let mut state = Self::of(me)?.state.lock();
        state.is_broken = false;
        state.is_to_break = false;
        let wakes = state.send_away();
        drop(state);
        drop(wakes);
        Ok(())
    }

    pub fn parties(me: &Proxy) -> Outcome<u64> {
        me.check(PARTIES)?;
        Ok(Self::of(me)?.parties)
    }

    pub fn waiting(me: &Proxy) -> Outcome<u64> {
        me.check(N_WAITING)?;
        Ok(Self::of(me)?.state.lock().line.len() as u64)
    }

    pub fn is_broken(me: &Proxy) -> Outcome<bool> {
        me.check(BROKEN)?;
        Ok(Self::of(me)?.state.lock().is_broken)
    }
}

/// While the last to arrive is at the action.
struct Acting<'a> {
    barrier: &'a Barrier,
    resets: u64,
    is_done: bool,
}

impl Acting<'_> {
    fn finish(&self) -> Outcome<u64> {
        let mut state = self.barrier.state.lock();
        let is_whole = state.resets == self.resets && !state.is_broken;
        let mut wakes = if is_whole { state.trip() } else { Wakes::new() };
        wakes.extend(state.let_in());
        drop(state);
        drop(wakes);
        if is_whole { Ok(self.barrier.parties - 1) } else { Err(broken()) }
    }
}

impl Drop for Acting<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            // The action failed, or whoever was at it died.
            let mut state = self.barrier.state.lock();
            let mut wakes = state.break_up();
            wakes.extend(state.let_in());
            drop(state);
            drop(wakes);
        }
    }
}

struct Arriving<'a> {
    barrier: &'a Barrier,
    me: &'a Proxy,
    /// Whether it has to wait until the others have gone on.
    is_outside: bool,
    /// How often the barrier had been reset when it arrived as the last.
    resets: u64,
}

impl Operation for Arriving<'_> {
    fn attempt(&mut self, standing: Option<Standing<'_>>) -> Outcome<Attempt> {
        let mut state = self.barrier.state.lock();
        if state.is_broken {
            return Err(broken());
        }
        self.is_outside = state.is_acting;
        if !state.is_acting && state.line.len() as u64 + 1 >= self.barrier.parties {
            if self.barrier.action.is_some() {
                state.is_acting = true;
                self.resets = state.resets;
                return Ok(Attempt::Over(Granted::Turn));
            }
            let wakes = state.trip();
            drop(state);
            drop(wakes);
            return Ok(Attempt::Over(Granted::Place(self.barrier.parties - 1)));
        }
        let Some(standing) = standing else { return Ok(Attempt::NotNow) };
        let line = if state.is_acting { &mut state.outside } else { &mut state.line };
        Ok(Attempt::InLine(line.join(standing, ())))
    }

    /// Who leaves before all are here breaks the barrier.
    fn leave(&self, ticket: u64) {
        let mut state = self.barrier.state.lock();
        let is_gone = match self.is_outside {
            true => state.outside.leave(ticket).is_none(),
            false => state.line.leave(ticket).is_none(),
        };
        let wakes = if is_gone {
            Wakes::new()
        } else if self.is_outside {
            state.is_to_break = true;
            Wakes::new()
        } else {
            state.break_up()
        };
        drop(state);
        drop(wakes);
    }

    /// The others have gone on, or it was let in and will not come.
    fn take_back(&self, granted: Granted) {
        if self.is_outside && matches!(granted, Granted::Turn) {
            self.barrier.give_up();
        }
    }

    fn through(&self) -> Grants<'_> {
        Grants::from_iter([self.me.grant()])
    }

    fn given_by_holders_of(&self) -> Option<&Arc<AnyReferent>> {
        Some(self.me.referent())
    }
}

const WAIT: u32 = 0;
const ABORT: u32 = 1;
const RESET: u32 = 2;
const PARTIES: u32 = 3;
const N_WAITING: u32 = 4;
const BROKEN: u32 = 5;

static METHODS: &[Method] = &[
    Method {
        signature: "wait(timeout=None)",
        doc: "Waits for the other parties, for so many seconds at most: its place among them, from 0 for the first. \
              BrokenBarrierError if they do not all come.",
        effect: Effect::Changes,
        run: Run::Wait(|mut call| {
            Box::pin(async move {
                let timeout = seconds::optional(call.args.take(0))?;
                Barrier::wait(call.me, call.caller, timeout).await.map(|place| Item::Int(place as i64))
            })
        }),
    },
    Method {
        signature: "abort()",
        doc: "Breaks the barrier: whoever waits, or will until it is reset, gets BrokenBarrierError.",
        effect: Effect::Changes,
        run: Run::Now(|call| Barrier::abort(call.me).map(|()| Item::Null)),
    },
    Method {
        signature: "reset()",
        doc: "Whoever waits gets BrokenBarrierError; then the barrier is as new.",
        effect: Effect::Changes,
        run: Run::Now(|call| Barrier::reset(call.me).map(|()| Item::Null)),
    },
    Method {
        signature: "parties()",
        doc: "How many parties wait for each other.",
        effect: Effect::Reads,
        run: Run::Now(|call| Barrier::parties(call.me).map(|parties| Item::Int(parties as i64))),
    },
    Method {
        signature: "n_waiting()",
        doc: "How many of them wait now.",
        effect: Effect::Reads,
        run: Run::Now(|call| Barrier::waiting(call.me).map(|waiting| Item::Int(waiting as i64))),
    },
    Method {
        signature: "broken()",
        doc: "Whether it is broken.",
        effect: Effect::Reads,
        run: Run::Now(|call| Barrier::is_broken(call.me).map(Item::Bool)),
    },
];

static INFO: LazyLock<TypeInfo> = LazyLock::new(|| {
    TypeInfo::declare("Barrier", "BarrierProxy", "Where so many processes wait for each other.", METHODS)
});

pub const TYPE: Builtin = Builtin {
    info: &INFO,
    constructor: Some(Constructor {
        signature: "Barrier(parties, action=None, timeout=None)",
        run: |caller, mut args| {
            let parties = super::slice::number(&args.item(0)?, "Python int too large to convert to C ssize_t")?;
            let parties = u64::try_from(parties).unwrap_or(0);
            let action = args.take(1).map_or(Ok(None), |action| by_name(caller, action))?;
            let timeout = seconds::optional(args.take(2))?;
            Barrier::create(caller, parties, action, timeout)
        },
    }),
};

/// The action that a value names: the name of an entry, or a program's name, an entry's and its arguments.
fn by_name(caller: &Caller, action: Item) -> Outcome<Option<Action>> {
    let wrong = || type_error("the action of a barrier is an entry's name, or (program, entry, arguments)");
    let (program, entry, args) = match action {
        Item::Null => return Ok(None),
        Item::Text(entry) => (None, (*entry).clone(), Vec::new()),
        action if matches!(action.kind(), Kind::Tuple | Kind::List) => {
            let parts = action.elements().ok_or_else(wrong)??;
            let Ok([program, Item::Text(entry), args]) = <[Item; 3]>::try_from(parts) else { return Err(wrong()) };
            let program = match program {
                Item::Null => None,
                Item::Text(program) => Some((*program).clone()),
                _ => return Err(wrong()),
            };
            if !matches!(args.kind(), Kind::Tuple | Kind::List) {
                return Err(wrong());
            }
            (program, (*entry).clone(), args.elements().ok_or_else(wrong)??)
        }
        _ => return Err(wrong()),
    };
    Ok(Some(Action::Entry(Entry::new(caller, program, entry, args)?)))
}

impl Shared for Barrier {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        match std::mem::take(&mut self.state.lock().args) {
            args if args.is_empty() => Remains::Nothing,
            args => Remains::Items(args),
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        self.state.lock().args.iter().for_each(|item| item.proxies(visit));
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        let state = self.state.lock();
        Ok(match state.is_broken {
            true => format!("<threading.Barrier at {me:#x}: broken>"),
            false => format!("<threading.Barrier at {me:#x}: waiters={}/{}>", state.line.len(), self.parties),
        })
    }
}
