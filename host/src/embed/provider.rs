use super::{Outcome, Process};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{Grant, Proxy};
use crate::process::{Limits, Service};
use crate::sync::Arc;
use std::fmt;
use tokio::runtime::Handle;

/// How a provider is started.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ProvideOptions {
    /// What it may use, if not what the manager's processes may.
    pub limits: Option<Limits>,
    /// Whether it is started again when it has died.
    pub restart: bool,
}

impl ProvideOptions {
    /// Those that [`Program::provide`](super::Program::provide) uses.
    ///
    /// ```no_run
    /// # async fn run() -> Result<(), commonhold::Error> {
    /// # let manager = commonhold::Manager::new()?;
    /// let program = manager.load("counter.wasm").await?;
    /// let provider = program.provide_with(commonhold::ProvideOptions::new().restart(true)).await?;
    /// let counter = manager.create("Clicker", ()).await?;
    /// println!("it was started again {} times", provider.number_of_restarts());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// What it may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Whether it is started again when it traps or exceeds a limit. The objects that it had stay broken: they fail with
    /// `provider-died`, and the error that it died of. New ones can be created; whoever wants to meanwhile waits.
    ///
    /// It is not started again when it was killed, has exited, or has returned an error when it was to describe its
    /// types; nor when it has died five times in a row before it had answered anything. One that describes other types
    /// than before is refused.
    #[must_use]
    pub fn restart(mut self, restart: bool) -> Self {
        self.restart = restart;
        self
    }
}

/// What makes objects of a program's types: a process, or one after the other if it is
/// [started again](ProvideOptions::restart). It goes on when this is dropped.
#[derive(Clone)]
pub struct Provider {
    objects: Arc<Objects>,
    service: Arc<Service>,
    tokio: Handle,
}

impl Provider {
    pub(super) fn new(objects: Arc<Objects>, service: Arc<Service>, tokio: Handle) -> Self {
        Self { objects, service, tokio }
    }

    /// The process that it is at the moment; none if that has ended, and no other has been started yet or will be.
    pub fn process(&self) -> Option<Process> {
        let process = Proxy::to_held(&self.service.process(), Grant::ALL)?;
        let process = Process::new(process, self.tokio.clone());
        process.is_alive().then_some(process)
    }

    /// How many times it was started again.
    pub fn number_of_restarts(&self) -> u64 {
        self.service.number_of_restarts()
    }

    /// Waits until it has ended and will not be started again, and tells how the last process ended: that it was killed, if
    /// the manager is closed meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Call`], if the calling task could not wait for it.
    pub async fn outcome(&self) -> Result<Outcome, Error> {
        Ok(self.service.outcome(&self.objects.home().host()).await?.into())
    }

    /// Ends it for good, and waits until everything that it held has been released. Its objects fail with
    /// `provider-died` from then on, and its types are gone.
    ///
    /// # Errors
    ///
    /// As for [`outcome`](Self::outcome).
    pub async fn kill(&self) -> Result<(), Error> {
        Ok(self.service.kill(&self.objects.home().host()).await?)
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("process", &self.process())
            .field("restarts", &self.number_of_restarts())
            .finish_non_exhaustive()
    }
}
