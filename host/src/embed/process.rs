use super::block_on;
use crate::convert::read_item;
use crate::error::Error;
use crate::object::{CallError, Proxy};
use crate::referents::process::{self as object, End, Way};
use commonhold_wire::Value;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use std::fmt;
use tokio::runtime::Handle;

/// A process: a running guest, or what is left of one. It is a proxy like any other, and can be
/// given to guests.
#[derive(Clone)]
pub struct Process {
    proxy: Proxy,
    tokio: Handle,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Its entry returned this value.
    Returned(Value<Proxy>),
    /// Its entry returned an error.
    Failed(CallError),
    /// It trapped, a panic included. The message is the guest's own panic message or the trap's, the
    /// traceback the WebAssembly stack.
    Trapped(CallError),
    /// It exited with a status.
    Exited(i32),
    /// It was killed.
    Killed,
    /// It exceeded a limit; the message tells which.
    LimitExceeded(CallError),
}

impl From<End> for Outcome {
    fn from(end: End) -> Self {
        match end {
            End::Returned(item) => Self::Returned(item.to_value()),
            End::Failed(error) => Self::Failed(error),
            End::Trapped(error) => Self::Trapped(error),
            End::Exited(status) => Self::Exited(status),
            End::Killed(_) => Self::Killed,
            End::LimitExceeded(error) => Self::LimitExceeded(error),
        }
    }
}

impl Process {
    pub(super) fn new(proxy: Proxy, tokio: Handle) -> Self {
        Self { proxy, tokio }
    }

    /// The proxy to the process.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// The process's number.
    pub fn id(&self) -> u64 {
        self.proxy.id()
    }

    /// The name that it was given, or else its program and its entry: `program:entry`.
    ///
    /// # Errors
    ///
    /// None today.
    pub fn name(&self) -> Result<String, Error> {
        Ok(object::Process::full_name(&self.proxy)?.to_owned())
    }

    /// Whether it ends with the process that started it, and can start none itself.
    pub fn is_daemon(&self) -> bool {
        object::Process::is_daemon(&self.proxy).unwrap_or(false)
    }

    /// Waits for the end and gives the value that the entry returned. Everything that the process
    /// held has been released by then, and the processes that it has started have ended.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with the entry's own error, or with `process-died` or `quota-exceeded` if
    /// the process ended otherwise, or `bad-value` if the value is no `T`.
    pub async fn join<T: DeserializeOwned>(&self) -> Result<T, Error> {
        read_item(&self.end().await?.into_result()?)
    }

    /// [`join`](Self::join) for callers without async: it blocks the thread.
    ///
    /// # Errors
    ///
    /// The same, and [`Error::Runtime`] in an async context.
    pub fn join_blocking<T: DeserializeOwned>(&self) -> Result<T, Error> {
        block_on(&self.tokio, self.join())?
    }

    /// Waits for the end and tells which it was.
    ///
    /// # Errors
    ///
    /// None today.
    pub async fn outcome(&self) -> Result<Outcome, Error> {
        Ok(self.end().await?.into())
    }

    async fn end(&self) -> Result<End, Error> {
        let caller = self.proxy.home().host();
        match object::Process::join(&self.proxy, &caller, None).await? {
            Some(end) => Ok(end),
            None => Err(Error::Runtime("the process ended without an outcome".into())),
        }
    }

    /// Ends the process and waits until everything that it held has been released. Does nothing if
    /// it has ended already.
    ///
    /// # Errors
    ///
    /// None today.
    pub async fn kill(&self) -> Result<(), Error> {
        Ok(object::Process::kill(&self.proxy, Way::Kill).await?)
    }

    /// Does the same as [`kill`](Self::kill), told apart by [`exit_code`](Self::exit_code).
    ///
    /// # Errors
    ///
    /// None today.
    pub async fn terminate(&self) -> Result<(), Error> {
        Ok(object::Process::kill(&self.proxy, Way::Terminate).await?)
    }

    /// How it ended, as a number: 0 if it returned a value, 1 if it failed, the status with which it exited, -6 if it
    /// trapped, -9 if it was killed or exceeded a limit, -15 if it was terminated. `None` as long as it has not ended.
    pub fn exit_code(&self) -> Option<i32> {
        object::Process::exit_code(&self.proxy).ok().flatten()
    }

    /// The processes that it has started and that have not ended.
    ///
    /// # Errors
    ///
    /// None today.
    pub fn children(&self) -> Result<Vec<Self>, Error> {
        let children = object::Process::children(&self.proxy)?;
        Ok(children.into_iter().map(|child| Self::new(child, self.tokio.clone())).collect())
    }

    /// Whether it has not ended yet.
    pub fn is_alive(&self) -> bool {
        object::Process::is_alive(&self.proxy).unwrap_or(false)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.proxy.fmt(f)
    }
}

impl Serialize for Process {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.proxy.serialize(serializer)
    }
}
