//! The floor: the least that any host can do for the same guest.
//!
//! The functions that the guest imports, written by hand over a Wasmtime of the same settings: the
//! same WIT signatures, `self` as a borrowed resource, its state in a slab's slot behind a mutex.
//! There is nothing else: no sharing between processes, no rights, no holders, no limits.

// The error is as large as the contract has it.
#![allow(clippy::result_large_err)]

mod waiting;

use anyhow::Context as _;
use bindings::commonhold::manager::locks::Acquired;
use bindings::commonhold::manager::types::{Argument, Error, ErrorKind, Value};
use parking_lot::Mutex;
use slab::Slab;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
pub(crate) use waiting::Queue;
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
    Set(HashSet<i64>),
    Deque(VecDeque<Item>),
    Namespace(HashMap<String, Item>),
    Value(Item),
    /// 64-bit integers, as their bytes.
    Ints(Vec<u8>),
    /// Keys of a dict, and how many of them have been drawn.
    Iterator(Vec<String>, usize),
    Lock {
        owner: Option<u64>,
    },
    Semaphore(Arc<tokio::sync::Semaphore>),
    Queue(Arc<Queue>),
}

#[derive(Clone)]
pub(crate) enum Item {
    Null,
    Boolean(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A task that runs an entry.
pub(crate) type Running = tokio::task::JoinHandle<anyhow::Result<()>>;

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
        self.start(entry, Some(times), &[]).await.context("the floor's task failed")?
    }

    /// Starts an entry in a store and a task of its own, with a number and with queues.
    pub(crate) fn start(&self, entry: &'static str, times: Option<i64>, queues: &[&Arc<Queue>]) -> Running {
        let floor = self.clone();
        let queues: Vec<_> = queues.iter().map(|queue| (*queue).clone()).collect();
        tokio::spawn(async move {
            let (mut store, instance) = floor.instance().await?;
            let mut args: Vec<_> = times.map(Value::Int).into_iter().collect();
            let state = store.data_mut();
            args.extend(queues.into_iter().map(|queue| Value::Proxy(state.insert(Object::Queue(queue)))));
            match instance.call_run(&mut store, entry, &args).await? {
                Ok(_) => Ok(()),
                Err(error) => anyhow::bail!("the floor's guest failed: {}", error.message),
            }
        })
    }

    /// Calls an entry for each number below `tasks`, in as many instances as there are to be workers.
    pub(crate) async fn map(&self, entry: &'static str, tasks: i64, workers: usize) -> anyhow::Result<()> {
        let next = Arc::new(AtomicI64::new(0));
        let workers: Vec<Running> = (0..workers)
            .map(|_| {
                let (floor, next) = (self.clone(), next.clone());
                tokio::spawn(async move {
                    let (mut store, instance) = floor.instance().await?;
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= tasks {
                            return Ok(());
                        }
                        match instance.call_run(&mut store, entry, &[Value::Int(number)]).await? {
                            Ok(Value::Int(double)) if double == 2 * number => {}
                            _ => anyhow::bail!("the floor's guest did not double {number}"),
                        }
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.context("the floor's task failed")??;
        }
        Ok(())
    }

    async fn instance(&self) -> anyhow::Result<(Store<State>, bindings::Process)> {
        let mut store = Store::new(&self.engine, State::default());
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let instance = self.program.instantiate_async(&mut store).await?;
        Ok((store, instance))
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
         -> Answer<Value> { answer(call(&mut *cx.data().object(&proxy)?, &method, args)) },
    )?;
    containers(&mut linker)?;
    fields(&mut linker)?;
    arrays(&mut linker)?;
    locks(&mut linker)?;
    waiting::add(&mut linker)?;
    Ok(linker)
}

/// A method by its name.
fn call(object: &mut Object, method: &str, args: Vec<Argument>) -> Result<Value, Error> {
    let mut args = args.into_iter();
    match (object, method, args.next()) {
        (Object::List(items), "__getitem__", Some(Argument::Int(index))) => list_get(items, index),
        (Object::List(items), "append", Some(item)) => {
            items.push(Item::from_argument(item)?);
            Ok(Value::Null)
        }
        (Object::Dict(entries), "__getitem__", Some(Argument::Text(key))) => dict_get(entries, &key),
        (Object::Iterator(keys, drawn), "__next__", None) => {
            iterator_next(keys, drawn).ok_or_else(|| error(ErrorKind::StopIteration))
        }
        (Object::Set(elements), "add", Some(Argument::Int(number))) => {
            elements.insert(number);
            Ok(Value::Null)
        }
        (Object::Deque(items), "append", Some(item)) => {
            items.push_back(Item::from_argument(item)?);
            Ok(Value::Null)
        }
        (Object::Deque(items), "popleft", None) => deque_pop_left(items),
        (Object::Namespace(attributes), "__getattribute__", Some(Argument::Text(name))) => dict_get(attributes, &name),
        (Object::Value(item), "get", None) => Ok(item.clone().into_value()),
        (Object::Ints(numbers), "__getitem__", Some(Argument::Int(index))) => ints_get(numbers, index),
        (Object::Lock { owner }, "acquire", None) => Ok(Value::Boolean(owner.replace(1).is_none())),
        (Object::Lock { owner }, "release", None) => match owner.take() {
            Some(_) => Ok(Value::Null),
            None => Err(error(ErrorKind::Runtime)),
        },
        _ => Err(error(ErrorKind::NotExposed)),
    }
}

fn containers(linker: &mut Linker<State>) -> wasmtime::Result<()> {
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
            (Object::Dict(entries), Argument::Text(key)) => answer(dict_get(entries, &key)),
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

    dicts.func_wrap("iterate", |mut cx: Cx<'_>, (dict,): (Proxy,)| -> Answer<Proxy> {
        let keys = match &mut *cx.data().object(&dict)? {
            Object::Dict(entries) => entries.keys().cloned().collect(),
            _ => return answer(Err(error(ErrorKind::Type))),
        };
        answer(Ok(cx.data_mut().insert(Object::Iterator(keys, 0))))
    })?;

    // A counter is a dict underneath.
    let mut counters = linker.instance(&format!("{PACKAGE}/counters@{VERSION}"))?;
    counters.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Dict(HashMap::new()))))
    })?;
    counters.func_wrap("get-item", |cx: Cx<'_>, (counter, key): (Proxy, Argument)| -> Answer<Value> {
        match (&mut *cx.data().object(&counter)?, key) {
            (Object::Dict(entries), Argument::Text(key)) => match entries.get(&key) {
                Some(item) => answer(Ok(item.clone().into_value())),
                None => answer(Ok(Value::Int(0))),
            },
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;

    let mut iterators = linker.instance(&format!("{PACKAGE}/iterators@{VERSION}"))?;
    // What it iterates over may be a provider's.
    iterators.func_wrap_async("next", |cx: Cx<'_>, (iterator,): (Proxy,)| {
        Box::new(async move {
            match &mut *cx.data().object(&iterator)? {
                Object::Iterator(keys, drawn) => answer(Ok(iterator_next(keys, drawn))),
                _ => answer(Err(error(ErrorKind::Type))),
            }
        })
    })?;

    let mut sets = linker.instance(&format!("{PACKAGE}/sets@{VERSION}"))?;
    sets.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Set(HashSet::new()))))
    })?;
    sets.func_wrap("add", |cx: Cx<'_>, (set, element): (Proxy, Argument)| -> Answer<bool> {
        match (&mut *cx.data().object(&set)?, element) {
            (Object::Set(elements), Argument::Int(number)) => answer(Ok(elements.insert(number))),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    sets.func_wrap("contains", |cx: Cx<'_>, (set, element): (Proxy, Argument)| -> Answer<bool> {
        match (&mut *cx.data().object(&set)?, element) {
            (Object::Set(elements), Argument::Int(number)) => answer(Ok(elements.contains(&number))),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;

    let mut deques = linker.instance(&format!("{PACKAGE}/deques@{VERSION}"))?;
    deques.func_wrap("create", |mut cx: Cx<'_>, (_maxlen,): (Option<u64>,)| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Deque(VecDeque::new()))))
    })?;
    deques.func_wrap("append", |cx: Cx<'_>, (deque, item): (Proxy, Argument)| -> Answer<()> {
        match (&mut *cx.data().object(&deque)?, Item::from_argument(item)) {
            (Object::Deque(items), Ok(item)) => {
                items.push_back(item);
                answer(Ok(()))
            }
            (_, Err(error)) => answer(Err(error)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    deques.func_wrap("pop-left", |cx: Cx<'_>, (deque,): (Proxy,)| -> Answer<Value> {
        match &mut *cx.data().object(&deque)? {
            Object::Deque(items) => answer(deque_pop_left(items)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })
}

fn fields(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut namespaces = linker.instance(&format!("{PACKAGE}/namespaces@{VERSION}"))?;
    namespaces.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Namespace(HashMap::new()))))
    })?;
    namespaces.func_wrap("get-attribute", |cx: Cx<'_>, (namespace, name): (Proxy, String)| -> Answer<Value> {
        match &mut *cx.data().object(&namespace)? {
            Object::Namespace(attributes) => answer(dict_get(attributes, &name)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    namespaces.func_wrap(
        "set-attribute",
        |cx: Cx<'_>, (namespace, name, item): (Proxy, String, Argument)| -> Answer<()> {
            match (&mut *cx.data().object(&namespace)?, Item::from_argument(item)) {
                (Object::Namespace(attributes), Ok(item)) => {
                    let _old = attributes.insert(name, item);
                    answer(Ok(()))
                }
                (_, Err(error)) => answer(Err(error)),
                _ => answer(Err(error(ErrorKind::Type))),
            }
        },
    )?;

    let mut values = linker.instance(&format!("{PACKAGE}/values@{VERSION}"))?;
    values.func_wrap("create", |mut cx: Cx<'_>, (_typecode, item): (String, Argument)| -> Answer<Proxy> {
        match Item::from_argument(item) {
            Ok(item) => answer(Ok(cx.data_mut().insert(Object::Value(item)))),
            Err(error) => answer(Err(error)),
        }
    })?;
    values.func_wrap("get", |cx: Cx<'_>, (value,): (Proxy,)| -> Answer<Value> {
        match &mut *cx.data().object(&value)? {
            Object::Value(item) => answer(Ok(item.clone().into_value())),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })
}

/// Of 64-bit integers only. A range is copied as a whole, by the one copy that there has to be.
fn arrays(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut arrays = linker.instance(&format!("{PACKAGE}/arrays@{VERSION}"))?;
    arrays.func_wrap("create", |mut cx: Cx<'_>, (_typecode, length): (String, u64)| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Ints(vec![0; 8 * length as usize]))))
    })?;
    arrays.func_wrap("get-item", |cx: Cx<'_>, (array, index): (Proxy, i64)| -> Answer<Value> {
        match &mut *cx.data().object(&array)? {
            Object::Ints(numbers) => answer(ints_get(numbers, index)),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    arrays.func_wrap("read-ints", |cx: Cx<'_>, (array, start, count): (Proxy, u64, u64)| -> Answer<Vec<i64>> {
        match &mut *cx.data().object(&array)? {
            Object::Ints(bytes) => answer(
                range(bytes, start, count)
                    .map(|range| range.as_chunks().0.iter().map(|number| i64::from_le_bytes(*number)).collect()),
            ),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    arrays.func_wrap("write-ints", |cx: Cx<'_>, (array, start, new): (Proxy, u64, Vec<i64>)| -> Answer<()> {
        match &mut *cx.data().object(&array)? {
            Object::Ints(bytes) => answer(range(bytes, start, new.len() as u64).map(|range| {
                for (bytes, number) in range.as_chunks_mut().0.iter_mut().zip(new) {
                    *bytes = number.to_le_bytes();
                }
            })),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    arrays.func_wrap("read-bytes", |cx: Cx<'_>, (array, start, count): (Proxy, u64, u64)| -> Answer<Vec<u8>> {
        match &mut *cx.data().object(&array)? {
            Object::Ints(bytes) => answer(range(bytes, start, count).map(|range| range.to_vec())),
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })?;
    arrays.func_wrap("write-bytes", |cx: Cx<'_>, (array, start, new): (Proxy, u64, Vec<u8>)| -> Answer<()> {
        match &mut *cx.data().object(&array)? {
            Object::Ints(bytes) => {
                answer(range(bytes, start, new.len() as u64 / 8).map(|range| range.copy_from_slice(&new)))
            }
            _ => answer(Err(error(ErrorKind::Type))),
        }
    })
}

fn locks(linker: &mut Linker<State>) -> wasmtime::Result<()> {
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
    })
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

fn dict_get(entries: &HashMap<String, Item>, key: &str) -> Result<Value, Error> {
    match entries.get(key) {
        Some(item) => Ok(item.clone().into_value()),
        None => Err(error(ErrorKind::Key)),
    }
}

fn iterator_next(keys: &[String], drawn: &mut usize) -> Option<Value> {
    let key = keys.get(*drawn)?;
    *drawn += 1;
    Some(Value::Text(key.clone()))
}

fn deque_pop_left(items: &mut VecDeque<Item>) -> Result<Value, Error> {
    items.pop_front().map(Item::into_value).ok_or_else(|| error(ErrorKind::Index))
}

fn ints_get(bytes: &[u8], index: i64) -> Result<Value, Error> {
    let numbers = bytes.as_chunks().0;
    let index = if index < 0 { index + numbers.len() as i64 } else { index };
    match usize::try_from(index).ok().and_then(|index| numbers.get(index)) {
        Some(number) => Ok(Value::Int(i64::from_le_bytes(*number))),
        None => Err(error(ErrorKind::Index)),
    }
}

/// The bytes of so many 64-bit integers.
fn range(bytes: &mut [u8], start: u64, count: u64) -> Result<&mut [u8], Error> {
    let end = start.saturating_add(count).saturating_mul(8);
    bytes.get_mut(8 * start as usize..end as usize).ok_or_else(|| error(ErrorKind::Index))
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
