use super::bindings::imports::commonhold::manager::processes;
use super::{GuestCtx, Hosted, PANIC_MESSAGE, Slot};
use crate::object::CallError;
use crate::referents::process::{End, Process, Start, Way};
use commonhold_wire::ErrorKind;
use processes::{Argument, Outcome, SpawnOptions};
use std::time::Duration;
use wasmtime::Result as Wasm;
use wasmtime::component::Resource;

/// What a guest ends with that asks for it, as an error of the call in which it did.
#[derive(Debug)]
pub struct Exit(
    /// The status.
    pub i32,
);

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the guest exited with status {}", self.0)
    }
}

impl std::error::Error for Exit {}

impl GuestCtx {
    /// The name of a program, or of the guest's own.
    pub(super) fn program_named<'a>(&'a self, name: Option<&'a str>) -> Hosted<&'a str> {
        match (name, &self.running) {
            (Some(program), _) => Ok(program),
            (None, Some(running)) => Ok(&running.program),
            (None, None) => {
                let message = "this guest is no program of the manager's, so it has to name one";
                Err(CallError::new(ErrorKind::NoSuchName, message).into())
            }
        }
    }

    fn outcome(&mut self, end: End) -> Hosted<Outcome> {
        Ok(match end {
            End::Returned(item) => Outcome::Returned(self.value(item)?),
            End::Failed(error) => Outcome::Failed(self.error(error)),
            End::Trapped(error) => Outcome::Trapped(self.error(error)),
            End::Exited(status) => Outcome::Exited(status),
            End::Killed(_) => Outcome::Killed,
            End::LimitExceeded(error) => Outcome::LimitExceeded(self.error(error)),
        })
    }
}

impl processes::Host for GuestCtx {
    fn spawn(
        &mut self,
        program: Option<String>,
        entry: String,
        args: Vec<Argument>,
        options: SpawnOptions,
    ) -> Hosted<Resource<Slot>> {
        self.enter()?;
        let args = self.items(args)?;
        let program = self.program_named(program.as_deref())?;
        // The room is made first: a process that nobody can be given would run unseen.
        self.table.make_room(1)?;
        let SpawnOptions { name, daemon } = options;
        let parent = self.running.as_ref().map(|running| &running.process);
        let start = Start { name: name.as_deref(), daemon, parent };
        let names = self.caller.actor.names_to_inherit();
        let process = self.spawner.spawn(program, &entry, args, names, start)?;
        self.give(process)
    }

    async fn join(&mut self, process: Resource<Slot>, timeout: Option<u64>) -> Hosted<Option<Outcome>> {
        let timeout = timeout.map(Duration::from_nanos);
        let process = self.proxy(&process)?;
        match Process::join(process, &self.caller, timeout).await? {
            Some(end) => self.outcome(end).map(Some),
            None => Ok(None),
        }
    }

    async fn kill(&mut self, process: Resource<Slot>) -> Hosted<()> {
        Ok(Process::kill(self.proxy(&process)?, Way::Kill).await?)
    }

    async fn terminate(&mut self, process: Resource<Slot>) -> Hosted<()> {
        Ok(Process::kill(self.proxy(&process)?, Way::Terminate).await?)
    }

    fn is_alive(&mut self, process: Resource<Slot>) -> Hosted<bool> {
        Ok(Process::is_alive(self.proxy(&process)?)?)
    }

    fn exit_code(&mut self, process: Resource<Slot>) -> Hosted<Option<i32>> {
        Ok(Process::exit_code(self.proxy(&process)?)?)
    }

    fn name(&mut self, process: Resource<Slot>) -> Hosted<String> {
        Ok(Process::full_name(self.proxy(&process)?)?.to_owned())
    }

    fn is_daemon(&mut self, process: Resource<Slot>) -> Hosted<bool> {
        Ok(Process::is_daemon(self.proxy(&process)?)?)
    }

    fn children(&mut self) -> Hosted<Vec<Resource<Slot>>> {
        self.enter()?;
        // What is no process of the manager's has none.
        let Some(running) = &self.running else { return Ok(Vec::new()) };
        let children = Process::children(&running.process)?;
        self.table.make_room(children.len())?;
        children.into_iter().map(|child| self.give(child)).collect()
    }

    fn current(&mut self) -> Wasm<Resource<Slot>> {
        self.enter()?;
        match &self.running {
            Some(running) => {
                let process = running.process.clone();
                Ok(self.give(process)?)
            }
            None => Err(wasmtime::Error::msg("this guest is no process of the manager's")),
        }
    }

    fn program(&mut self) -> Wasm<String> {
        self.enter()?;
        Ok(self.running.as_ref().map(|running| running.program.clone()).unwrap_or_default())
    }

    fn exit(&mut self, status: i32) -> Wasm<()> {
        self.enter()?;
        Err(wasmtime::Error::new(Exit(status)))
    }

    fn set_panic_message(&mut self, mut message: String) -> Wasm<()> {
        self.enter()?;
        if message.len() > PANIC_MESSAGE {
            let from = message.ceil_char_boundary(message.len() - PANIC_MESSAGE);
            message.drain(..from);
        }
        self.panic_message = Some(message);
        Ok(())
    }
}
