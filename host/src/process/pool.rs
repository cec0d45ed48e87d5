//! Running the workers of pools: each seat of a crew has one process after another, which calls entry after entry in one
//! instance.

use super::limits::Place;
use super::run::{Job, Own, supervise};
use super::{Program, Runtime};
use crate::object::{Actor, CallError, Caller, Crew, Item, NameGrants, Outcome, Programs, Proxy, Seat};
use crate::referents::process::{End, Process, Start};
use crate::sync::Arc;
use crate::wit::Spawner;
use commonhold_wire::ErrorKind;
use std::time::Duration;

/// The entry that a worker is said to run.
const ENTRY: &str = "pool worker";

impl Programs for Runtime {
    fn program_of(&self, actor: &Actor) -> Option<String> {
        let process = self.live.lock().get(&actor.id()).cloned()?;
        Process::in_memory(&process).map(|process| process.program().to_owned())
    }

    fn check(&self, program: &str) -> Outcome<()> {
        self.program(program).map(drop)
    }

    fn start(&self, program: &str, entry: &str, args: Vec<Item>, names: Option<Arc<NameGrants>>) -> Outcome<Proxy> {
        self.spawn(program, entry, args, names, Start::default())
    }

    fn employ(&self, caller: &Caller, program: Option<&str>, crew: &Arc<Crew>, workers: usize) -> Outcome<()> {
        let Some(this) = self.this.upgrade() else {
            return Err(CallError::new(ErrorKind::Cancelled, "the manager is closing"));
        };
        let program = match program {
            Some(name) => self.program(name)?,
            None => match self.program_of(&caller.actor) {
                Some(name) => self.program(&name)?,
                None => {
                    let message = "the caller is no process of the manager's, so it has to name a program";
                    return Err(CallError::new(ErrorKind::NoSuchName, message));
                }
            },
        };
        super::expect_entries(&program)?;
        if program.is_command() {
            let message = format!("program '{}' is a WASI command, which runs once: it has no tasks", program.name());
            return Err(CallError::new(ErrorKind::NoSuchEntry, message));
        }
        let mut places = Vec::new();
        for _ in 0..workers {
            // All or none.
            places.push(self.take_place()?);
        }
        let seats: Vec<_> = places.iter().map(|_| crew.seat()).collect();
        let mut crews = self.crews.lock();
        crews.retain(|crew| crew.strong_count() > 0);
        crews.push(Arc::downgrade(crew));
        drop(crews);
        let names = caller.actor.names_to_inherit().unwrap_or_else(|| self.names_of(&program));
        for (place, seat) in places.into_iter().zip(seats) {
            let (this, program, names) = (this.clone(), program.clone(), names.clone());
            self.tokio.spawn(async move {
                occupy(&this, &program, &names, &seat, &place).await;
                // Whoever waits for the workers to go finds their places free.
                drop(place);
                drop(seat);
            });
        }
        Ok(())
    }
}

impl Runtime {
    /// Ends the pools that there are. Gives those whose workers may not have gone yet.
    pub(super) fn terminate_pools(&self) -> Vec<Arc<Crew>> {
        let crews = std::mem::take(&mut *self.crews.lock());
        let crews: Vec<_> = crews.iter().filter_map(crate::sync::Weak::upgrade).collect();
        for crew in &crews {
            drop(crew.terminate());
        }
        crews
    }
}

/// Has one worker after another take a seat.
async fn occupy(
    runtime: &Arc<Runtime>,
    program: &Arc<Program>,
    names: &Arc<NameGrants>,
    seat: &Arc<Seat>,
    place: &Place,
) {
    loop {
        // As in CPython, it is a daemon, which starts no processes of its own.
        let start = Start { daemon: true, ..Start::default() };
        // Without a name and a parent there is nothing wrong with it.
        let Ok(process) = Process::start(runtime.objects.home(), program.name(), ENTRY, start) else { return };
        let referent = process.referent().clone();
        let is_needed = seat.begin(move || super::request_kill(&referent));
        if !is_needed {
            return;
        }
        runtime.live.lock().insert(process.id(), process.referent().clone());
        let job = Job {
            program: program.clone(),
            process: process.clone(),
            limits: runtime.limits.clone(),
            names: names.clone(),
            place: place.clone(),
            service: None,
            own: Own::default(),
        };
        let working = seat.clone();
        supervise(runtime, job, move |store, prepared| {
            Box::pin(async move {
                let Some(pre) = prepared.process else {
                    return Err(CallError::new(ErrorKind::NoSuchEntry, "the program has no entries").into());
                };
                let instance = pre.instantiate_async(&mut *store).await?;
                while let Some(work) = working.next().await {
                    let outcome = match store.data_mut().guest.values(work.args) {
                        Err(error) => Err(error),
                        Ok(args) => {
                            let result = instance.call_run(&mut *store, &work.entry, &args).await?;
                            let guest = &mut store.data_mut().guest;
                            match result {
                                Ok(value) => guest.taken(value),
                                Err(error) => Err(guest.taken_error(error)),
                            }
                        }
                    };
                    working.done(outcome).await;
                }
                Ok(End::Returned(Item::Null))
            })
        })
        .await;
        let end = Process::join(&process, &runtime.objects.home().host(), Some(Duration::ZERO)).await;
        drop(process);
        let death = match end {
            Ok(Some(End::Returned(_))) => None,
            Ok(Some(end)) => Some(death(&end)),
            Ok(None) => Some(CallError::new(ErrorKind::Internal, "the worker ended without an outcome")),
            Err(error) => Some(error),
        };
        if !seat.ended(death).await {
            return;
        }
    }
}

/// What a worker died of.
fn death(end: &End) -> CallError {
    let error = CallError::new(ErrorKind::ProcessDied, end.in_words());
    match end {
        End::Failed(cause) | End::Trapped(cause) | End::LimitExceeded(cause) => match &cause.traceback {
            Some(traceback) => error.with_traceback(traceback.clone()),
            None => error,
        },
        _ => error,
    }
}
