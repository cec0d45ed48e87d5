//! What is waited for on the floor: tokio's own semaphore, and nothing else.

use super::bindings::commonhold::manager::locks::Acquired;
use super::bindings::commonhold::manager::types::{Argument, ErrorKind};
use super::{Answer, Cx, Item, Object, PACKAGE, Proxy, State, VERSION, answer, error};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Semaphore;
use wasmtime::component::Linker;

/// Items, and as many permits to take one.
pub(crate) struct Queue {
    items: Mutex<VecDeque<Item>>,
    permits: Semaphore,
}

impl Queue {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { items: Mutex::default(), permits: Semaphore::new(0) })
    }

    pub(crate) fn put(&self, item: Item) {
        self.items.lock().push_back(item);
        self.permits.add_permits(1);
    }

    pub(crate) async fn get(&self) -> wasmtime::Result<Item> {
        self.permits.acquire().await?.forget();
        self.items.lock().pop_front().ok_or_else(|| wasmtime::Error::msg("a permit without an item"))
    }
}

fn semaphore(cx: &Cx<'_>, proxy: &Proxy) -> wasmtime::Result<Option<Arc<Semaphore>>> {
    Ok(match &*cx.data().object(proxy)? {
        Object::Semaphore(semaphore) => Some(semaphore.clone()),
        _ => None,
    })
}

fn queue(cx: &Cx<'_>, proxy: &Proxy) -> wasmtime::Result<Option<Arc<Queue>>> {
    Ok(match &*cx.data().object(proxy)? {
        Object::Queue(queue) => Some(queue.clone()),
        _ => None,
    })
}

pub(super) fn add(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut rlocks = linker.instance(&format!("{PACKAGE}/rlocks@{VERSION}"))?;
    rlocks.func_wrap("create", |mut cx: Cx<'_>, (): ()| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Semaphore(Arc::new(Semaphore::new(1))))))
    })?;
    rlocks.func_wrap_async("acquire", |cx: Cx<'_>, (lock, _timeout): (Proxy, Option<u64>)| {
        Box::new(async move {
            let Some(semaphore) = semaphore(&cx, &lock)? else { return answer(Err(error(ErrorKind::Type))) };
            semaphore.acquire().await?.forget();
            answer(Ok(Acquired::Acquired))
        })
    })?;
    rlocks.func_wrap("release", |cx: Cx<'_>, (lock,): (Proxy,)| -> Answer<()> {
        let Some(semaphore) = semaphore(&cx, &lock)? else { return answer(Err(error(ErrorKind::Type))) };
        semaphore.add_permits(1);
        answer(Ok(()))
    })?;

    let mut semaphores = linker.instance(&format!("{PACKAGE}/semaphores@{VERSION}"))?;
    semaphores.func_wrap("create", |mut cx: Cx<'_>, (permits, _bounded): (u64, bool)| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Semaphore(Arc::new(Semaphore::new(permits as usize))))))
    })?;
    semaphores.func_wrap_async("acquire", |cx: Cx<'_>, (lock, _timeout): (Proxy, Option<u64>)| {
        Box::new(async move {
            let Some(semaphore) = semaphore(&cx, &lock)? else { return answer(Err(error(ErrorKind::Type))) };
            semaphore.acquire().await?.forget();
            answer(Ok(Acquired::Acquired))
        })
    })?;
    semaphores.func_wrap("release", |cx: Cx<'_>, (lock, permits): (Proxy, u64)| -> Answer<()> {
        let Some(semaphore) = semaphore(&cx, &lock)? else { return answer(Err(error(ErrorKind::Type))) };
        semaphore.add_permits(permits as usize);
        answer(Ok(()))
    })?;

    let mut queues = linker.instance(&format!("{PACKAGE}/queues@{VERSION}"))?;
    queues.func_wrap("create", |mut cx: Cx<'_>, (_most, _joinable): (Option<u64>, bool)| -> Answer<Proxy> {
        answer(Ok(cx.data_mut().insert(Object::Queue(Queue::new()))))
    })?;
    // A queue may be full, and then one waits.
    queues.func_wrap_async("put", |cx: Cx<'_>, (at, item, _timeout): (Proxy, Argument, Option<u64>)| {
        Box::new(async move {
            match (queue(&cx, &at)?, Item::from_argument(item)) {
                (Some(queue), Ok(item)) => {
                    queue.put(item);
                    answer(Ok(()))
                }
                (_, Err(error)) => answer(Err(error)),
                (None, Ok(_)) => answer(Err(error(ErrorKind::Type))),
            }
        })
    })?;
    queues.func_wrap_async("get", |cx: Cx<'_>, (at, _timeout): (Proxy, Option<u64>)| {
        Box::new(async move {
            match queue(&cx, &at)? {
                Some(queue) => answer(Ok(queue.get().await?.into_value())),
                None => answer(Err(error(ErrorKind::Type))),
            }
        })
    })
}
