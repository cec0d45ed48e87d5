//! The manager of a native build: the manager's own objects, one program, and the processes that run
//! it, each on a thread.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once, Weak};
use std::thread;

use commonhold_objects::manager::Objects;
use commonhold_objects::object::{Actor, CallError, Item, Limits, Outcome, Proxy, Referent, Starter, shown};
use commonhold_objects::referents::process::{End, Process};
use commonhold_objects::sync::Mutex;
use commonhold_wire::ErrorKind;

use super::guest::{self, Guest};
use super::provider;
use crate::entry::{self, Program};

/// A manager.
pub(crate) struct World {
    pub(super) objects: Arc<Objects>,
    program: Option<&'static Program>,
    /// The processes that have not ended, to be ended with the manager.
    live: Mutex<BTreeMap<u64, Arc<Referent>>>,
}

impl World {
    /// The name of the program under test.
    pub(super) const PROGRAM: &str = "main";

    pub(super) fn new(program: Option<&'static Program>) -> Arc<World> {
        let world = Arc::new(World { objects: Objects::new(Limits::default()), program, live: Mutex::default() });
        world.objects.home().set_starter(Starting(Arc::downgrade(&world)));
        world
    }

    /// The process that a referent is.
    pub(super) fn process(referent: &Referent) -> Option<&Process> {
        referent.body().as_any().downcast_ref()
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
    pub(super) fn spawn(self: &Arc<World>, program: Option<&str>, entry: &str, args: Vec<Item>) -> Outcome<Proxy> {
        program.map_or(Ok(()), World::check)?;
        let Some(program) = self.program else {
            let message = "no program is loaded: make the test a `#[commonhold_guest::test]`";
            return Err(CallError::new(ErrorKind::Other, message));
        };
        if program.entries.is_empty() {
            let message = format!("program '{}' is a provider only: it has no entries to run", World::PROGRAM);
            return Err(CallError::new(ErrorKind::NoSuchEntry, message));
        }
        let guest = Guest::new(self.clone(), entry, true);
        let process = guest.itself()?;
        args.iter().for_each(Item::moved);
        let entry = entry.to_owned();
        self.start(guest, move |guest| {
            // From here on the arguments' proxies are the process's.
            let args = match guest.values(args) {
                Ok(args) => args,
                Err(error) => return End::Failed(error),
            };
            match entry::run(program, &entry, args) {
                Ok(value) => guest.taken(value).map_or_else(End::Failed, End::Returned),
                Err(error) => End::Failed(guest.taken_error(error)),
            }
        })?;
        Ok(process)
    }

    /// Starts the provider of the program's types.
    fn provide(self: &Arc<World>, program: &'static Program) -> Result<(), String> {
        let guest = Guest::new(self.clone(), "provider", true);
        let provider = provider::register(&guest, program)?;
        self.start(guest, move |guest| provider::run(guest, program, &provider)).map_err(|error| error.to_string())
    }

    /// Has a process work on a thread of its own, and sees to it that it ends properly.
    fn start(
        self: &Arc<World>,
        guest: Arc<Guest>,
        work: impl FnOnce(&Arc<Guest>) -> End + Send + 'static,
    ) -> Outcome<()> {
        let (world, process) = (self.clone(), guest.referent().clone());
        let body = move || {
            guest::enter(Some(guest.clone()));
            let finished = catch_unwind(AssertUnwindSafe(|| work(&guest)));
            let end = finished.unwrap_or_else(|payload| guest.verdict(payload));
            // A guest would not have got to an end of its own.
            let end = if guest.is_killed() { End::Killed } else { end };
            guest::enter(None);
            guest.end(end);
            world.live.lock().remove(&guest.referent().id());
        };
        self.live.lock().insert(process.id(), process.clone());
        if let Err(error) = thread::Builder::new().name("commonhold process".to_owned()).spawn(body) {
            self.live.lock().remove(&process.id());
            return Err(CallError::quota_exceeded(format!("the process could not be started: {error}")));
        }
        Ok(())
    }

    /// Asks all processes to end. They do when they wait or ask for something; a thread that does
    /// neither is left alone.
    fn close(&self) {
        let live: Vec<_> = self.live.lock().values().cloned().collect();
        live.iter().filter_map(|process| World::process(process)).for_each(Process::request_kill);
    }
}

/// Starts processes for the objects, which the world has, and not they it.
struct Starting(Weak<World>);

impl Starter for Starting {
    fn program_of(&self, _actor: &Actor) -> Option<String> {
        Some(World::PROGRAM.to_owned())
    }

    fn check(&self, program: &str) -> Outcome<()> {
        World::check(program)
    }

    fn start(&self, program: &str, entry: &str, args: Vec<Item>) -> Outcome<Proxy> {
        match self.0.upgrade() {
            Some(world) => world.spawn(Some(program), entry, args),
            None => Err(CallError::new(ErrorKind::Cancelled, "the manager is closing")),
        }
    }
}

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
            self.guest.end(if thread::panicking() { End::Killed } else { End::Returned(Item::Null) });
            self.guest.world.close();
        }
    }

    tell_of_panics();
    let world = World::new(Some(program));
    let guest = Guest::new(world.clone(), "test", false);
    let _ending = Ending { outer: guest::enter(Some(guest.clone())), guest };
    if !program.types.is_empty()
        && let Err(reason) = world.provide(program)
    {
        panic!("cannot load '{}': {reason}", World::PROGRAM);
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
