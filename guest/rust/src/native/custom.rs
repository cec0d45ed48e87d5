//! The program's own shared types, which live on a thread of their own as a provider's do.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use commonhold_wire::{Error, ErrorKind};

use super::process::{failure, manager, with_manager};
use super::referent::{Manager, State, lock};
use super::types::{Proxy, Value};
use super::{Failure, Plain};
use crate::entry::{Given, Program};
use crate::error::into_raw;
use crate::provider::{self, TypeTable};

type Work = Box<dyn FnOnce() + Send>;

/// The way to the thread on which the program's types live; none before the first of them is made.
#[derive(Default)]
pub(crate) struct Provider {
    thread: Mutex<Option<Sender<Work>>>,
}

thread_local! {
    static IS_PROVIDER: Cell<bool> = const { Cell::new(false) };
}

impl Provider {
    /// Drops the state of a referent that nothing holds any more.
    pub(super) fn release(&self, key: u64) {
        if let Some(thread) = &*lock(&self.thread) {
            // A provider that is gone has dropped it already.
            let _ = thread.send(Box::new(move || provider::release(key)));
        }
    }

    /// Ends the thread, behind what it still has to do.
    pub(crate) fn stop(&self) {
        lock(&self.thread).take();
    }

    fn send(&self, manager: &Arc<Manager>, work: Work) -> Result<(), Failure> {
        let mut thread = lock(&self.thread);
        let sender = match &mut *thread {
            Some(sender) => sender,
            none => none.insert(start(manager.clone())?),
        };
        sender.send(work).map_err(|_| died())
    }
}

fn died() -> Failure {
    Error::new(ErrorKind::ProviderDied, "the provider has ended")
}

fn start(manager: Arc<Manager>) -> Result<Sender<Work>, Failure> {
    let (sender, requests) = channel::<Work>();
    let body = move || {
        IS_PROVIDER.set(true);
        with_manager(manager, || {
            for work in requests {
                // As a provider that traps: this call and all later ones find that it has ended.
                if catch_unwind(AssertUnwindSafe(work)).is_err() {
                    return;
                }
            }
        });
    };
    match thread::Builder::new().name("commonhold provider".to_owned()).spawn(body) {
        Ok(_) => Ok(sender),
        Err(error) => Err(Error::quota_exceeded(format!("the provider could not be started: {error}"))),
    }
}

/// Runs something on the provider's thread and waits for it.
fn run<T: Send + 'static>(
    manager: &Arc<Manager>,
    work: impl FnOnce(&'static Program) -> crate::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let program = manager.program()?;
    if IS_PROVIDER.get() {
        return Err(Error::new(ErrorKind::Deadlock, "a provider that calls itself would wait for ever"));
    }
    let (reply, result) = channel();
    let work = Box::new(move || {
        let result = work(program).map_err(|error| failure(into_raw(error)));
        // Whoever called may have gone.
        let _ = reply.send(result);
    });
    manager.provider.send(manager, work)?;
    result.recv().map_err(|_| died())?
}

fn find(program: &'static Program, typeid: &str) -> Option<&'static TypeTable> {
    program.types.iter().find(|table| table.typeid == typeid)
}

fn given(args: Vec<Plain>, kwargs: Vec<(String, Plain)>) -> Given {
    let args = args.into_iter().map(Value::from).collect();
    Given::new(args, kwargs.into_iter().map(|(name, value)| (name, value.into())).collect())
}

pub(super) fn typeids() -> Vec<String> {
    let types = manager().program().map_or(&[][..], |program| program.types);
    types.iter().filter(|table| table.creatable).map(|table| table.typeid.to_owned()).collect()
}

pub(super) fn methods(typeid: &str) -> Vec<String> {
    let table = manager().program().ok().and_then(|program| find(program, typeid));
    table.map_or_else(Vec::new, |table| table.methods.iter().map(|method| method.name.to_owned()).collect())
}

pub(super) fn reads_only(typeid: &str, method: &str) -> bool {
    let table = manager().program().ok().and_then(|program| find(program, typeid));
    table.is_some_and(|table| table.methods.iter().any(|known| known.name == method && known.reads_only))
}

pub(super) fn create(typeid: &str, args: Vec<Plain>, kwargs: Vec<(String, Plain)>) -> Result<Proxy, Failure> {
    let manager = manager();
    let no_such_type = || Error::new(ErrorKind::NoSuchType, format!("there is no shared type '{typeid}'"));
    let program = manager.program().map_err(|_| no_such_type())?;
    let table = find(program, typeid).filter(|table| table.creatable).ok_or_else(no_such_type)?;
    let proxy = manager.add(State::Custom(table.typeid));
    let key = proxy.id();
    run(&manager, move |_| (table.construct)(key, given(args, kwargs)))?;
    Ok(proxy)
}

pub(super) fn adopt(typeid: &str) -> Result<Proxy, Failure> {
    let manager = manager();
    match find(manager.program()?, typeid) {
        Some(table) => Ok(manager.add(State::Custom(table.typeid))),
        None => Err(Error::new(ErrorKind::NoSuchType, format!("'{typeid}' is not a type of this program"))),
    }
}

pub(super) fn call(
    proxy: &Proxy,
    method: &str,
    args: Vec<Plain>,
    kwargs: Vec<(String, Plain)>,
) -> Result<Plain, Failure> {
    let (key, name) = (proxy.id(), method.to_owned());
    Plain::try_from(run(&proxy.referent.manager, move |_| provider::call(key, &name, given(args, kwargs)))?)
}

pub(super) fn get_value(proxy: &Proxy) -> Result<Plain, Failure> {
    let key = proxy.id();
    Plain::try_from(run(&proxy.referent.manager, move |_| provider::get_value(key))?)
}

pub(super) fn to_text(proxy: &Proxy) -> Result<String, Failure> {
    let key = proxy.id();
    run(&proxy.referent.manager, move |_| provider::to_text(key))
}
