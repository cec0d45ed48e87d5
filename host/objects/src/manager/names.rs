//! Objects that were published under names, for others to find.
//!
//! A published name is a holder like any other, with the rights of the proxy that was published. What a process has
//! published goes with it, as all that it held; what the embedder has published stays until it is withdrawn or the manager is
//! shut down. What is not there and what is not granted are the same to whoever looks it up, so that nobody learns a name
//! that was not meant for them.

use super::Objects;
use crate::object::{Actor, CallError, Caller, Outcome, Proxy, shown};
use crate::sync::Mutex;
use commonhold_wire::ErrorKind;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The longest name that an object can be published under, in bytes.
pub const MAX_NAME: usize = 255;

/// Under how many names one process can publish objects.
pub const MAX_NAMES: usize = 1000;

/// The names of one manager.
#[derive(Default)]
pub(super) struct Names {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    published: BTreeMap<String, Published>,
    /// The names that each publisher has, by its id.
    own: HashMap<u64, HashSet<String>>,
}

struct Published {
    proxy: Proxy,
    by: u64,
}

impl State {
    fn remove(&mut self, name: &str) -> Option<Published> {
        let removed = self.published.remove(name)?;
        if let Some(own) = self.own.get_mut(&removed.by) {
            own.remove(name);
            if own.is_empty() {
                self.own.remove(&removed.by);
            }
        }
        Some(removed)
    }
}

impl Names {
    /// The published names, and the objects that they stand for.
    pub(super) fn all(&self) -> Vec<(String, u64)> {
        let state = self.state.lock();
        state.published.iter().map(|(name, published)| (name.clone(), published.proxy.id())).collect()
    }
}

/// Published names.
impl Objects {
    /// Publishes an object under a name, with the rights that the proxy has.
    ///
    /// # Errors
    ///
    /// `not-exposed` if that is not granted, `value` if it is no name or is taken, `quota-exceeded` if a process has
    /// published too many.
    pub fn publish(&self, caller: &Caller, name: &str, proxy: &Proxy) -> Outcome<()> {
        check(name)?;
        if !caller.actor.may_use_names(|grants| grants.may_publish(name)) {
            let message = format!("this process may not publish the name '{}'", shown(name));
            return Err(CallError::new(ErrorKind::NotExposed, message));
        }
        let by = publisher(&caller.actor);
        let proxy = proxy.clone();
        let mut state = self.names.state.lock();
        let refusal = if state.published.contains_key(name) {
            Some(CallError::value(format!("the name '{}' is taken", shown(name))))
        } else if !caller.actor.is_host() && state.own.get(&by).is_some_and(|own| own.len() >= MAX_NAMES) {
            Some(CallError::quota_exceeded(format!("a process can publish {MAX_NAMES} names at most")))
        } else {
            None
        };
        if let Some(refusal) = refusal {
            // The proxy goes after the lock: it may be the last one by now.
            drop(state);
            return Err(refusal);
        }
        proxy.moved();
        state.own.entry(by).or_default().insert(name.to_owned());
        state.published.insert(name.to_owned(), Published { proxy, by });
        Ok(())
    }

    /// Takes a name back. Who has looked it up keeps what was found.
    ///
    /// # Errors
    ///
    /// `no-such-name` if it is not there, or was published by somebody else: the embedder alone can withdraw all.
    pub fn withdraw(&self, caller: &Caller, name: &str) -> Outcome<()> {
        let mut state = self.names.state.lock();
        let may = |published: &Published| caller.actor.is_host() || published.by == publisher(&caller.actor);
        let withdrawn = if state.published.get(name).is_some_and(may) { state.remove(name) } else { None };
        drop(state);
        match withdrawn {
            Some(Published { proxy, .. }) => {
                drop(proxy);
                Ok(())
            }
            None => Err(no_such_name(name)),
        }
    }

    /// A proxy to the object of that name, with the rights that it was published with.
    ///
    /// # Errors
    ///
    /// `no-such-name` if it is not there, or may not be looked up.
    pub fn look_up(&self, caller: &Caller, name: &str) -> Outcome<Proxy> {
        if !caller.actor.may_use_names(|grants| grants.may_look_up(name)) {
            return Err(no_such_name(name));
        }
        let state = self.names.state.lock();
        let found = state.published.get(name).map(|published| published.proxy.clone());
        drop(state);
        found.ok_or_else(|| no_such_name(name))
    }

    /// The names that are there and may be looked up, in alphabetical order.
    pub fn published(&self, caller: &Caller) -> Vec<String> {
        let may = |name: &&String| caller.actor.may_use_names(|grants| grants.may_look_up(name));
        self.names.state.lock().published.keys().filter(may).cloned().collect()
    }

    /// What an actor that has ended had published, which is withdrawn.
    pub fn take_published(&self, actor: &Actor) -> Vec<Proxy> {
        let mut state = self.names.state.lock();
        let names = state.own.remove(&actor.id()).unwrap_or_default();
        names.iter().filter_map(|name| state.published.remove(name)).map(|published| published.proxy).collect()
    }

    /// Withdraws all names.
    pub fn withdraw_all(&self) {
        let state = std::mem::take(&mut *self.names.state.lock());
        drop(state);
    }
}

/// Whose the names are that an actor publishes: the embedder's code is one publisher.
fn publisher(actor: &Actor) -> u64 {
    if actor.is_host() { 0 } else { actor.id() }
}

/// Fails unless something could be published under that name.
fn check(name: &str) -> Outcome<()> {
    if name.is_empty() || name.len() > MAX_NAME {
        return Err(CallError::value(format!("a name has from 1 to {MAX_NAME} bytes, not {}", name.len())));
    }
    if name.contains('*') || name.contains(char::is_control) {
        let message = format!("there can be no '*' and no control characters in a name: {:?}", shown(name));
        return Err(CallError::value(message));
    }
    Ok(())
}

fn no_such_name(name: &str) -> CallError {
    CallError::new(ErrorKind::NoSuchName, format!("no object is published as '{}'", shown(name)))
}
