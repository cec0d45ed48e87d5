//! The lock that belongs to a `Value` or an `Array`, as `multiprocessing` has it: for those who want
//! several operations to be one. No operation takes it by itself.

use super::heavy::lock;
use super::lock::Lock;
use super::prelude::*;

/// A lock, made when somebody first asks for it: most never do.
pub(super) struct OwnLock(Mutex<State>);

enum State {
    /// `lock=False`.
    None,
    NotYet,
    Made(Proxy),
}

impl Default for OwnLock {
    fn default() -> Self {
        Self(Mutex::new(State::NotYet))
    }
}

impl OwnLock {
    /// What the argument `lock` asks for: a lock of its own, none, or this one.
    pub(super) fn of(argument: Option<Item>) -> Self {
        let state = match argument {
            None => State::NotYet,
            Some(Item::Proxy(proxy)) if proxy.downcast::<Lock>().is_some() => {
                proxy.moved();
                State::Made(*proxy)
            }
            Some(argument) if argument.is_truthy() => State::NotYet,
            Some(_) => State::None,
        };
        Self(Mutex::new(state))
    }

    /// The lock: the same one each time. `attribute` if there is none.
    pub(super) fn get(&self, me: &Proxy, caller: &Caller) -> Outcome<Proxy> {
        match &*lock(&self.0) {
            State::None => {
                return Err(CallError::attribute(format!("'{}' object has no attribute 'get_lock'", me.typeid())));
            }
            State::Made(proxy) => return Ok(proxy.clone()),
            State::NotYet => {}
        }
        // Made before the state is locked, and dropped after that if somebody else was faster.
        let made = Lock::create(caller);
        let mut state = lock(&self.0);
        if let State::Made(proxy) = &*state {
            let other = proxy.clone();
            drop(state);
            return Ok(other);
        }
        *state = State::Made(made.clone());
        Ok(made)
    }

    pub(super) fn edge(&self, visit: &mut dyn FnMut(&Proxy)) {
        if let State::Made(proxy) = &*lock(&self.0) {
            visit(proxy);
        }
    }

    /// Takes the lock out, when its owner is freed.
    pub(super) fn take(&self) -> Option<Item> {
        match std::mem::replace(&mut *self.0.lock(), State::None) {
            State::Made(proxy) => Some(Item::proxy(proxy)),
            State::None | State::NotYet => None,
        }
    }
}
