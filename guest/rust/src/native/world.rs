//! The manager of a native build: the manager's own objects, one program, and the processes that run
//! it, each on a thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once, Weak};
use std::thread;

use commonhold_objects::manager::Objects;
use commonhold_objects::object::{
    Actor, Awaited, CallError, Caller, Crew, Item, Limits, NameGrants, Outcome, Programs, Proxy, Referent, Seat,
    Waiting, shown,
};
use commonhold_objects::referents::process::{End, Process, Start, Way};
use commonhold_objects::sync::{Mutex, oneshot};
use commonhold_wire::ErrorKind;

use super::guest::{self, Guest};
use super::provider::{self, Beginning, Ready};
use crate::entry::{self, Program};

/// A manager.
pub(crate) struct World {
    pub(super) objects: Arc<Objects>,
    program: Option<&'static Program>,
    /// The processes that have not ended, to be ended with the manager.
    live: Mutex<BTreeMap<u64, Arc<Referent>>>,
    /// The workers of pools, to be ended with the manager.
    crews: Mutex<Vec<Weak<Crew>>>,
    /// This manager, for what it starts.
    this: Weak<World>,
}

impl World {
    /// The name of the program under test.
    pub(super) const PROGRAM: &str = "main";

    pub(super) fn new(program: Option<&'static Program>) -> Arc<World> {
        let world = Arc::new_cyclic(|this: &Weak<World>| World {
            objects: Objects::new(Limits::default()),
            program,
            live: Mutex::default(),
            crews: Mutex::default(),
            this: this.clone(),
        });
        let programs: Arc<dyn Programs> = world.clone();
        world.objects.home().set_programs(Arc::downgrade(&programs));
        world
    }

    /// Whether there is such a program.
    fn check(program: &str) -> Outcome<()> {
        if program == World::PROGRAM {
            return Ok(());
        }
        let message = format!("no program '{}' (there is {})", shown(program), World::PROGRAM);
        Err(CallError::new(ErrorKind::NoSuchName, message))
    }

    /// Starts a process that runs an entry.
    pub(super) fn spawn(
        self: &Arc<World>,
        program: Option<&str>,
        entry: &str,
        args: Vec<Item>,
        start: Start<'_>,
    ) -> Outcome<Proxy> {
        let program = self.program_named(program)?;
        let guest = Guest::start(self.clone(), entry, start)?;
        let process = guest.itself()?;
        args.iter().for_each(Item::moved);
        let entry = entry.to_owned();
        self.start(guest, move |guest| call(program, guest, &entry, args).map_or_else(End::Failed, End::Returned))?;
        Ok(process)
    }

    /// The program of a name, or the only one, which has to have entries.
    fn program_named(&self, name: Option<&str>) -> Outcome<&'static Program> {
        let program = self.any_program_named(name)?;
        if program.entries.is_empty() {
            let message = format!("program '{}' is a provider only: it has no entries to run", World::PROGRAM);
            return Err(CallError::new(ErrorKind::NoSuchEntry, message));
        }
        Ok(program)
    }

    fn any_program_named(&self, name: Option<&str>) -> Outcome<&'static Program> {
        name.map_or(Ok(()), World::check)?;
        self.program.ok_or_else(|| {
            let message = "no program is loaded: make the test a `#[commonhold_guest::test]`";
            CallError::new(ErrorKind::Other, message)
        })
    }

    /// Starts a provider of the program's types for a process, and waits until they are known.
    pub(super) fn provide_for(
        self: &Arc<World>,
        own: &Guest,
        program: Option<&str>,
        args: Vec<Item>,
        start: Start<'_>,
    ) -> Outcome<Proxy> {
        let program = self.any_program_named(program)?;
        if program.types.is_empty() {
            let message = format!("program '{}' cannot be a provider: it has no types", World::PROGRAM);
            return Err(CallError::new(ErrorKind::NoSuchType, message));
        }
        args.iter().for_each(Item::moved);
        let (process, waiting, is_ready) =
            self.provide(&own.caller, Beginning { program, args, for_everybody: false }, start)?;
        let ready = own.wait(async { Ok(is_ready.await) })?;
        drop(waiting);
        match ready {
            Ok(Ok(())) => Ok(process),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(own.wait(World::unready(&process))?),
        }
    }

    /// Starts a provider. What is returned is told when its types are known.
    fn provide(
        self: &Arc<World>,
        caller: &Caller,
        beginning: Beginning,
        start: Start<'_>,
    ) -> Outcome<(Proxy, Option<Waiting>, oneshot::Receiver<Outcome<()>>)> {
        let guest = Guest::start(self.clone(), "provider", start)?;
        let process = guest.itself()?;
        let (to, is_ready) = oneshot::channel();
        // Before it runs, so that it is the provider that is told if the two would wait for each other.
        let waiting = caller.home.waits().enter(&caller.actor, process.id(), Awaited::Answer).ok();
        let ready = Ready { waiting: waiting.as_ref().map(Waiting::twin), to };
        self.start(guest, move |guest| provider::run(guest, beginning, ready))?;
        Ok((process, waiting, is_ready))
    }

    /// Why a provider is none that has ended without a word.
    async fn unready(process: &Proxy) -> Outcome<CallError> {
        let end = Process::join(process, &process.home().host(), None).await?;
        let how = end.map(|end| end.in_words()).unwrap_or_default();
        let message = format!("it ended before it had described its types: {how}");
        Ok(CallError::new(ErrorKind::ProcessDied, message))
    }

    /// Starts the provider of the program's types for everybody. One that has something to do before may need what it is
    /// not given here, and then its types are not everybody's.
    fn provide_for_everybody(self: &Arc<World>, program: &'static Program) -> Outcome<()> {
        let host = self.objects.home().host();
        let beginning = Beginning { program, args: Vec::new(), for_everybody: true };
        let (process, _, is_ready) = self.provide(&host, beginning, Start::default())?;
        let ready = guest::block_on(is_ready)?;
        match ready {
            Ok(Err(_)) if program.start.is_some() => Ok(()),
            Ok(ready) => ready,
            Err(_) => Err(guest::block_on(World::unready(&process))??),
        }
    }

    /// Has a process work on a thread of its own, and sees to it that it ends properly.
    fn start(
        self: &Arc<World>,
        guest: Arc<Guest>,
        work: impl FnOnce(&Arc<Guest>) -> End + Send + 'static,
    ) -> Outcome<()> {
        let (world, process) = (self.clone(), guest.referent().clone());
        self.live.lock().insert(process.id(), process.clone());
        let body = move || drop(world.see_through(&guest, work));
        if let Err(error) = thread::Builder::new().name("commonhold process".to_owned()).spawn(body) {
            let error = CallError::quota_exceeded(format!("the process could not be started: {error}"));
            // Whoever would have been its parent is not to wait for it.
            if let Some(process) = Process::in_memory(&process) {
                process.end(End::Failed(error.clone()), ());
            }
            self.live.lock().remove(&process.id());
            return Err(error);
        }
        Ok(())
    }

    /// Has a process work on this thread, and sees to it that it ends properly: in words, if it did not return.
    fn see_through(&self, guest: &Arc<Guest>, work: impl FnOnce(&Arc<Guest>) -> End) -> Option<String> {
        guest::enter(Some(guest.clone()));
        let finished = catch_unwind(AssertUnwindSafe(|| work(guest)));
        let end = finished.unwrap_or_else(|payload| guest.verdict(payload));
        // A guest would not have got to an end of its own.
        let end = guest.requested_end().unwrap_or(end);
        guest::enter(None);
        let death = if let End::Returned(_) = &end { None } else { Some(end.in_words()) };
        guest.end(end);
        self.live.lock().remove(&guest.referent().id());
        death
    }

    /// Has one worker of a pool after another take a seat.
    fn occupy(self: &Arc<World>, program: &'static Program, seat: &Seat) {
        loop {
            // As in CPython, it is a daemon, which starts no processes of its own.
            let start = Start { daemon: true, ..Start::default() };
            let Ok(guest) = Guest::start(self.clone(), "pool worker", start) else { return };
            let process = guest.referent().clone();
            let is_needed = seat.begin(move || {
                Process::in_memory(&process).into_iter().for_each(|process| process.request_kill(Way::Kill));
            });
            if !is_needed {
                guest.end(End::Killed(Way::Kill));
                return;
            }
            self.live.lock().insert(guest.referent().id(), guest.referent().clone());
            let death = self.see_through(&guest, |guest| {
                while let Some(work) = guest.wait(async { Ok(seat.next().await) }).ok().flatten() {
                    let outcome = call(program, guest, &work.entry, work.args);
                    let _told = guest.wait(async {
                        seat.done(outcome).await;
                        Ok(())
                    });
                }
                End::Returned(Item::Null)
            });
            drop(guest);
            let death = death.map(|how| CallError::new(ErrorKind::ProcessDied, how));
            if !guest::block_on(seat.ended(death)).unwrap_or(false) {
                return;
            }
        }
    }

    /// Asks all processes to end. They do when they wait or ask for something; a thread that does
    /// neither is left alone.
    fn close(&self) {
        let crews = std::mem::take(&mut *self.crews.lock());
        crews.iter().filter_map(Weak::upgrade).for_each(|crew| drop(crew.terminate()));
        let live: Vec<_> = self.live.lock().values().cloned().collect();
        live.iter()
            .filter_map(|process| Process::in_memory(process))
            .for_each(|process| process.request_kill(Way::Kill));
        self.objects.withdraw_all();
    }
}

/// Has a process call an entry. From then on the arguments' proxies are the process's.
fn call(program: &'static Program, guest: &Arc<Guest>, entry: &str, args: Vec<Item>) -> Outcome<Item> {
    match entry::run(program, entry, guest.values(args)?) {
        Ok(value) => guest.taken(value),
        Err(error) => Err(guest.taken_error(error)),
    }
}

impl Programs for World {
    fn program_of(&self, _actor: &Actor) -> Option<String> {
        Some(World::PROGRAM.to_owned())
    }

    fn check(&self, program: &str) -> Outcome<()> {
        World::check(program)
    }

    fn start(&self, program: &str, entry: &str, args: Vec<Item>, _names: Option<Arc<NameGrants>>) -> Outcome<Proxy> {
        match self.this.upgrade() {
            Some(world) => world.spawn(Some(program), entry, args, Start::default()),
            None => Err(CallError::new(ErrorKind::Cancelled, "the manager is closing")),
        }
    }

    fn employ(&self, _caller: &Caller, program: Option<&str>, crew: &Arc<Crew>, workers: usize) -> Outcome<()> {
        let Some(this) = self.this.upgrade() else {
            return Err(CallError::new(ErrorKind::Cancelled, "the manager is closing"));
        };
        let program = self.program_named(program)?;
        if workers > MOST_WORKERS {
            return Err(CallError::quota_exceeded(format!("a pool can have {MOST_WORKERS} workers at most here")));
        }
        self.crews.lock().push(Arc::downgrade(crew));
        for _ in 0..workers {
            let (world, seat) = (this.clone(), crew.seat());
            let body = move || world.occupy(program, &seat);
            if let Err(error) = thread::Builder::new().name("commonhold worker".to_owned()).spawn(body) {
                drop(crew.terminate());
                return Err(CallError::quota_exceeded(format!("a worker could not be started: {error}")));
            }
        }
        Ok(())
    }
}

/// The most threads that one pool may have.
const MOST_WORKERS: usize = 1000;

/// Runs something as a process of a manager of its own, in which a program is loaded.
pub(crate) fn run<T>(program: &'static Program, test: impl FnOnce() -> T) -> T {
    /// The end of the test and of the manager, whichever way it comes.
    struct Ending {
        guest: Arc<Guest>,
        outer: Option<Arc<Guest>>,
    }
    impl Drop for Ending {
        fn drop(&mut self) {
            drop(guest::enter(self.outer.take()));
            self.guest.end(if thread::panicking() { End::Killed(Way::Kill) } else { End::Returned(Item::Null) });
            self.guest.world.close();
        }
    }

    tell_of_panics();
    let world = World::new(Some(program));
    let guest = Guest::new(world.clone(), "test");
    let _ending = Ending { outer: guest::enter(Some(guest.clone())), guest };
    if !program.types.is_empty()
        && let Err(error) = world.provide_for_everybody(program)
    {
        panic!("cannot load '{}': {}", World::PROGRAM, error.message);
    }
    test()
}

/// Sees to it that a panic tells its process what it is about, as it does in a guest.
fn tell_of_panics() {
    static HOOK: Once = Once::new();
    if thread::panicking() {
        // The hook cannot be changed now.
        return;
    }
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            super::processes::set_panic_message(&panic.to_string());
            before(panic);
        }));
    });
}
