//! The floor: the least that any host can do for the same guest.
//!
//! The functions that the guest imports, written by hand over a Wasmtime of the same settings: the
//! same WIT signatures, `self` as a borrowed resource, its state in a slab's slot behind a mutex.
//! There is nothing else: no sharing between processes, no rights, no holders, no limits.

// The error is as large as the contract has it.
#![allow(clippy::result_large_err)]

use anyhow::Context as _;
use bindings::commonhold::manager::locks::Acquired;
use bindings::commonhold::manager::types::{Argument, Error, ErrorKind, Value};
use parking_lot::Mutex;
use slab::Slab;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasmtime::component::{Component, Linker, Resource, ResourceType};
use wasmtime::{Config, Engine, Store, StoreContextMut};

mod bindings {
    #![allow(missing_docs, unreachable_pub, unsafe_code, dead_code, clippy::all)]
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "commonhold:manager/process",
        exports: { default: async },
        with: {
            "commonhold:manager/types.proxy": super::Slot,
        },
    });
}

/// What the resource `proxy` stands for.
#[allow(unreachable_pub)] // as the generated code wants it
pub enum Slot {}

/// The state of a store.
#[derive(Default)]
struct State {
    slots: Slab<Mutex<Object>>,
}

enum Object {
    List(Vec<Item>),
    Dict(HashMap<String, Item>),
    Lock { owner: Option<u64> },
}

#[derive(Clone)]
enum Item {
    Null,
    Boolean(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// The program, ready to run in a fresh store each time.
#[derive(Clone)]
pub(crate) struct Floor {
    engine: Engine,
    program: bindings::ProcessPre<State>,
    /// Dropped when the floor is, which ends the thread that ticks.
    _ticking: Arc<Ticking>,
}

impl Floor {
    pub(crate) fn load(guest: &Path) -> anyhow::Result<Self> {
        let mut config = Config::new();
        // As in `process::engine`.
        config.wasm_component_model(true).concurrency_support(false).epoch_interruption(true);
        let engine = Engine::new(&config)?;
        let component = Component::from_file(&engine, guest)?;
        let program = bindings::ProcessPre::new(linker(&engine)?.instantiate_pre(&component)?)?;
        Ok(Self { _ticking: Ticking::start(&engine)?, engine, program })
    }

    /// Runs an entry to its end in a store and a task of its own.
    pub(crate) async fn run(&self, entry: &'static str, times: i64) -> anyhow::Result<()> {
        let floor = self.clone();
        tokio::spawn(async move {
            let mut store = Store::new(&floor.engine, State::default());
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            let instance = floor.program.instantiate_async(&mut store).await?;
            match instance.call_run(&mut store, entry, &[Value::Int(times)]).await? {
                Ok(_) => Ok(()),
                Err(error) => anyhow::bail!("the floor's guest failed: {}", error.message),
            }
        })
        .await
        .context("the floor's task failed")?
    }
}

/// Lets the engine's epoch advance as the manager's does.
struct Ticking(Arc<AtomicBool>);

impl Ticking {
    fn start(engine: &Engine) -> anyhow::Result<Arc<Self>> {
        let over = Arc::new(AtomicBool::new(false));
        let (engine, is_over) = (engine.weak(), over.clone());
        std::thread::Builder::new().name("floor-ticker".into()).spawn(move || {
            while !is_over.load(Ordering::Relaxed)
                && let Some(engine) = engine.upgrade()
            {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(Duration::from_millis(1));
            }
        })?;
        Ok(Arc::new(Self(over)))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type Cx<'a> = StoreContextMut<'a, State>;
type Proxy = Resource<Slot>;
/// The one result of a function that can fail, as Wasmtime wants it.
type Answer<T> = wasmtime::Result<(Result<T, Error>,)>;

const PACKAGE: &str = "commonhold:manager";
const VERSION: &str = "0.1.0";

fn linker(engine: &Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::<State>::new(engine);
    let mut types = linker.instance(&format!("{PACKAGE}/types@{VERSION}"))?;
    types.resource("proxy", ResourceType::host::<Slot>(), |mut cx, slot| {
        let _gone = cx.data_mut().slots.try_remove(slot as usize).ok_or_else(no_such_slot)?;
        Ok(())
    })?;
    types.func_wrap(
        "[method]proxy.call",
        |cx: Cx<'_>,
         (proxy, method, args, _kwargs): (Proxy, String, Vec<Argument>, Vec<(String, Argument)>)|
         -> Answer<Value> {
            match (&mut *cx.data().object(&proxy)?, method.as_str(), args.as_slice()) {
                (Object::List(items), "__getitem__", [Argument::Int(index)]) => answer(list_get(items, *index)),
                _ => answer(Err(error(ErrorKind::NotExposed))),
            }
        },
    )?;

    let mut lists = linker.instance(&format!("{PACKAGE}/lists@{VERSION}"))?;
    lists.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::List(Vec::new()))))
    })?;
    lists.func_wrap("get-item", |cx: Cx<'_>, (list, index): (Proxy, i64)| -> Answer<Value> {
        match &mut *cx.data().object(&list)? {
            Object::List(items) => answer(list_get(items, index)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    lists.func_wrap("append", |cx: Cx<'_>, (list, item): (Proxy, Argument)| -> Answer<()> {
        match (&mut *cx.data().object(&list)?, Item::from_argument(item)) {
            (Object::List(items), Ok(item)) => {
                items.push(item);
                answer(Ok(()))
            }
            (_, Err(error)) => answer(Err(error)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;

    let mut dicts = linker.instance(&format!("{PACKAGE}/dicts@{VERSION}"))?;
    dicts.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Dict(HashMap::new()))))
    })?;
    dicts.func_wrap("get-item", |cx: Cx<'_>, (dict, key): (Proxy, Argument)| -> Answer<Value> {
        match (&mut *cx.data().object(&dict)?, key) {
            (Object::Dict(entries), Argument::Text(key)) => match entries.get(&key) {
                Some(item) => answer(Ok(item.clone().into_value())),
                None => answer(Err(error(ErrorKind::Key))),
            },
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    dicts.func_wrap("set-item", |cx: Cx<'_>, (dict, key, item): (Proxy, Argument, Argument)| -> Answer<()> {
        match (&mut *cx.data().object(&dict)?, key, Item::from_argument(item)) {
            (Object::Dict(entries), Argument::Text(key), Ok(item)) => {
                let _old = entries.insert(key, item);
                answer(Ok(()))
            }
            (.., Err(error)) => answer(Err(error)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;

    let mut locks = linker.instance(&format!("{PACKAGE}/locks@{VERSION}"))?;
    locks.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Lock { owner: None })))
    })?;
    // The one function here that a host has to be able to wait in.
    locks.func_wrap_async("acquire", |cx: Cx<'_>, (lock, _timeout): (Proxy, Option<u64>)| {
        Box::new(async move {
            match &mut *cx.data().object(&lock)? {
                Object::Lock { owner } if owner.is_none() => {
                    *owner = Some(1);
                    answer(Ok(Acquired::Acquired))
                }
                Object::Lock { .. } => answer(Ok(Acquired::TimedOut)),
                _ => answer(Err(error(ErrorKind::Type))),
            }
        })
    })?;
    locks.func_wrap("release", |cx: Cx<'_>, (lock,): (Proxy,)| -> Answer<()> {
        match &mut *cx.data().object(&lock)? {
            Object::Lock { owner } => match owner.take() {
                Some(_) => answer(Ok(())),
                None => answer(Err(error(ErrorKind::Runtime))),
            },
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    Ok(linker)
}

fn answer<T>(result: Result<T, Error>) -> Answer<T> {
    Ok((result,))
}

impl State {
    fn object(&self, proxy: &Proxy) -> wasmtime::Result<parking_lot::MutexGuard<'_, Object>> {
        Ok(self.slots.get(proxy.rep() as usize).ok_or_else(no_such_slot)?.lock())
    }

    fn insert(&mut self, object: Object) -> Proxy {
        Resource::new_own(self.slots.insert(Mutex::new(object)) as u32)
    }
}

fn list_get(items: &[Item], index: i64) -> Result<Value, Error> {
    let index = if index < 0 { index + items.len() as i64 } else { index };
    match usize::try_from(index).ok().and_then(|index| items.get(index)) {
        Some(item) => Ok(item.clone().into_value()),
        None => Err(error(ErrorKind::Index)),
    }
}

impl Item {
    fn from_argument(argument: Argument) -> Result<Self, Error> {
        Ok(match argument {
            Argument::Null => Self::Null,
            Argument::Boolean(flag) => Self::Boolean(flag),
            Argument::Int(number) => Self::Int(number),
            Argument::Float(number) => Self::Float(number),
            Argument::Text(text) => Self::Text(text),
            Argument::Bytes(bytes) => Self::Bytes(bytes),
            Argument::Proxy(_) | Argument::Tree(_) => return Err(error(ErrorKind::BadValue)),
        })
    }

    fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Boolean(flag) => Value::Boolean(flag),
            Self::Int(number) => Value::Int(number),
            Self::Float(number) => Value::Float(number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
        }
    }
}

#[cold]
fn no_such_slot() -> wasmtime::Error {
    wasmtime::Error::msg("no such slot")
}

#[cold]
fn error(kind: ErrorKind) -> Error {
    Error { kind, type_name: String::new(), message: "the floor cannot do this".into(), args: None, traceback: None }
}
