//! Between what crosses the boundary and what the objects work with.

use super::bindings::imports::commonhold::manager::types;
use super::{GuestCtx, HostError, Hosted, Slot};
use crate::object::{CallError, Item, Outcome, Proxy, Tree, too_large};
use crate::sync::Arc;
use commonhold_wire::{ErrorKind, Limits};
use types::{Argument, TreeArgument, Value};
use wasmtime::component::Resource;

impl GuestCtx {
    /// The proxy that a guest's handle stands for.
    #[inline]
    pub(super) fn proxy(&self, handle: &Resource<Slot>) -> wasmtime::Result<&Proxy> {
        self.enter()?;
        self.table.get(handle.rep()).ok_or_else(no_such_slot)
    }

    /// Gives a proxy to the guest.
    pub(super) fn give(&mut self, proxy: Proxy) -> Hosted<Resource<Slot>> {
        self.table.make_room(1)?;
        Ok(Resource::new_own(self.table.insert(proxy)))
    }

    /// Whether the guest may hold so many more proxies.
    pub(crate) fn make_room(&self, more: usize) -> Outcome<()> {
        self.table.make_room(more)
    }

    /// What a guest gave as an argument.
    #[inline]
    pub(super) fn item(&self, argument: Argument) -> Hosted<Item> {
        Ok(match argument {
            Argument::Null => Item::Null,
            Argument::Boolean(flag) => Item::Bool(flag),
            Argument::Int(number) => Item::Int(number),
            Argument::Float(number) => Item::Float(number),
            Argument::Text(text) => {
                self.check_size(text.len())?;
                Item::text(text)
            }
            Argument::Bytes(bytes) => {
                self.check_size(bytes.len())?;
                Item::bytes(bytes)
            }
            Argument::Proxy(handle) => Item::proxy(self.proxy(&handle)?.clone()),
            Argument::Tree(TreeArgument { data, proxies }) => {
                self.check_size(data.len())?;
                let proxies = proxies.iter().map(|handle| self.proxy(handle).cloned()).collect::<Result<_, _>>()?;
                Item::from_encoding(data, proxies, self.caller.home.limits())?
            }
        })
    }

    pub(super) fn optional(&self, argument: Option<Argument>) -> Hosted<Option<Item>> {
        argument.map(|argument| self.item(argument)).transpose()
    }

    pub(super) fn items(&self, arguments: Vec<Argument>) -> Hosted<Vec<Item>> {
        arguments.into_iter().map(|argument| self.item(argument)).collect()
    }

    pub(super) fn keywords(&self, arguments: Vec<(String, Argument)>) -> Hosted<Vec<(String, Item)>> {
        arguments.into_iter().map(|(name, argument)| Ok((name, self.item(argument)?))).collect()
    }

    /// How much of a value the guest may send.
    pub(super) fn value_limits(&self) -> Limits {
        let limits = self.caller.home.limits().of_values();
        Limits { bytes: limits.bytes.min(self.value_bytes), ..limits }
    }

    /// Whether the guest may be given, or may give, a value of so many bytes.
    pub(crate) fn check_size(&self, bytes: usize) -> Outcome<()> {
        if bytes <= self.value_bytes { Ok(()) } else { Err(too_large(self.value_bytes)) }
    }

    /// What the guest gets to see of an item. Its proxies move into the guest's table, all or none.
    #[inline]
    pub(crate) fn value(&mut self, item: Item) -> Outcome<Value> {
        match &item {
            Item::Null | Item::Bool(_) | Item::Int(_) | Item::Float(_) => {}
            Item::Proxy(_) => self.table.make_room(1)?,
            Item::Tree(tree) => {
                self.check_size(tree.data.len())?;
                self.table.make_room(tree.proxies.len())?;
            }
            other => self.check_size(other.weight())?,
        }
        Ok(self.removed(item))
    }

    /// Whether the guest may take something out of a container, which it is then given whatever it
    /// is.
    #[inline]
    pub(super) fn may_remove(&self) -> Outcome<()> {
        self.table.may_overshoot()
    }

    /// The same for what was taken out of a container, and would be lost if it were refused.
    #[inline]
    pub(super) fn removed(&mut self, item: Item) -> Value {
        match item {
            Item::Null => Value::Null,
            Item::Bool(flag) => Value::Boolean(flag),
            Item::Int(number) => Value::Int(number),
            Item::Float(number) => Value::Float(number),
            Item::Text(text) => Value::Text(Arc::unwrap_or_clone(text)),
            Item::Bytes(bytes) => Value::Bytes(Arc::unwrap_or_clone(bytes)),
            Item::Proxy(proxy) => Value::Proxy(Resource::new_own(self.table.insert(*proxy))),
            Item::Plain(data) => Value::Tree(types::Tree { data: Arc::unwrap_or_clone(data), proxies: Vec::new() }),
            Item::Tree(tree) => {
                let Tree { data, proxies } = *tree;
                let proxies = proxies.into_iter().map(|proxy| Resource::new_own(self.table.insert(proxy))).collect();
                Value::Tree(types::Tree { data: Arc::unwrap_or_clone(data), proxies })
            }
        }
    }

    /// The values of several items, whose proxies move into the guest's table, all or none.
    pub(crate) fn values(&mut self, items: Vec<Item>) -> Outcome<Vec<Value>> {
        let mut count = 0;
        items.iter().for_each(|item| item.proxies(&mut |_| count += 1));
        self.table.make_room(count)?;
        for item in &items {
            self.check_size(item.weight())?;
        }
        items.into_iter().map(|item| self.value(item)).collect()
    }

    /// Keyword arguments for the guest.
    pub(crate) fn keyword_values(&mut self, items: Vec<(String, Item)>) -> Outcome<Vec<(String, Value)>> {
        let (names, items): (Vec<_>, Vec<_>) = items.into_iter().unzip();
        Ok(names.into_iter().zip(self.values(items)?).collect())
    }

    /// What a guest gave up: the handles in it are its own no more, and no drop hook will run for
    /// them.
    pub(crate) fn taken(&mut self, value: Value) -> Outcome<Item> {
        let item = match value {
            Value::Null => Item::Null,
            Value::Boolean(flag) => Item::Bool(flag),
            Value::Int(number) => Item::Int(number),
            Value::Float(number) => Item::Float(number),
            Value::Text(text) => Item::text(text),
            Value::Bytes(bytes) => Item::bytes(bytes),
            Value::Proxy(handle) => Item::proxy(self.take(&handle)?),
            Value::Tree(types::Tree { data, proxies }) => {
                // All are taken before anything can fail: no handle may stay behind.
                let proxies: Vec<_> = proxies.iter().map(|handle| self.take(handle)).collect();
                self.check_size(data.len())?;
                Item::from_encoding(data, proxies.into_iter().collect::<Outcome<_>>()?, self.caller.home.limits())?
            }
        };
        self.check_size(item.weight())?;
        Ok(item)
    }

    fn take(&mut self, handle: &Resource<Slot>) -> Outcome<Proxy> {
        self.table.remove(handle.rep()).ok_or_else(|| CallError::new(ErrorKind::Internal, "a handle without a proxy"))
    }

    /// An error that the guest returned.
    pub(crate) fn taken_error(&mut self, error: types::Error) -> CallError {
        let types::Error { kind, type_name, message, args, traceback } = error;
        let args = args.map(|args| self.taken(args));
        let mut error = CallError::new(kind_from_wit(kind), message);
        if !type_name.is_empty() {
            error = error.with_type_name(type_name);
        }
        if let Some(traceback) = traceback {
            error = error.with_traceback(traceback);
        }
        match args {
            Some(Ok(args)) => error.with_args(args.to_value()),
            // Its other parts are worth more than a complaint about its arguments.
            Some(Err(_)) | None => error,
        }
    }

    /// An error for the guest.
    pub(crate) fn error(&mut self, error: CallError) -> types::Error {
        let kind = kind_to_wit(error.kind);
        let type_name = error.type_name.into_owned();
        // Arguments that do not fit the guest's table any more are left out.
        let args = error.args.and_then(|args| Item::from_value(*args).and_then(|args| self.value(args)).ok());
        types::Error { kind, type_name, message: error.message, args, traceback: error.traceback.map(Into::into) }
    }
}

#[cold]
fn no_such_slot() -> wasmtime::Error {
    wasmtime::Error::msg("the guest used a handle that the manager did not give out")
}

/// The kinds of errors on both sides, by name.
macro_rules! kinds {
    ($($kind:ident)*) => {
        fn kind_to_wit(kind: ErrorKind) -> types::ErrorKind {
            match kind {
                $(ErrorKind::$kind => types::ErrorKind::$kind,)*
            }
        }

        fn kind_from_wit(kind: types::ErrorKind) -> ErrorKind {
            match kind {
                $(types::ErrorKind::$kind => ErrorKind::$kind,)*
            }
        }
    };
}

kinds! {
    Index Key Value Type Attribute Runtime Overflow Memory StopIteration ZeroDivision Os Empty Full ShutDown Timeout
    BrokenBarrier Assertion Custom NotExposed Unserializable BadValue NoSuchType NoSuchName NoSuchEntry Stale Revoked
    Deadlock QuotaExceeded ProcessDied ProviderDied Cancelled Internal Other
}

impl From<HostError> for wasmtime::Error {
    fn from(error: HostError) -> Self {
        match error {
            // It ends the guest, and is found again in its outcome.
            HostError::Call(error) => Self::new(*error),
            HostError::Trap(error) => error,
        }
    }
}
