//! From the arguments of a call to the parameters of a Rust function.

use super::super::heavy::heavy;
use super::super::iterator::Iteration;
use super::super::operand;
use super::super::prelude::*;
use crate::convert::read_value;
use crate::object::notation::{From, Planned};
use crate::object::{Kind, Limits, Wants, shown};
use commonhold_wire::{SerdeError, Value, validate};
use serde::de::DeserializeOwned;
use std::any::{Any, TypeId};
use std::collections::HashSet;

/// How deep an argument may nest that is read as anything but a [`Value`]. What reads it is code that serde derives from
/// the embedder's type, which may take a lot of stack at each level, and a guest's calls run on a small one.
pub const ARGUMENT_DEPTH: usize = 128;

/// What a method's parameters are read from.
pub struct Given<'a> {
    pub(super) method: &'a str,
    pub(super) plan: &'a [Planned],
    pub(super) args: &'a mut Args,
    pub(super) caller: &'a Caller,
}

impl Given<'_> {
    /// The argument of a parameter.
    fn read<T: DeserializeOwned + 'static>(&mut self, position: usize) -> Outcome<T> {
        let Some(planned) = self.plan.get(position) else {
            return Err(CallError::internal("a parameter that is not declared"));
        };
        let item = self.item(planned)?;
        let item = match scalar(item) {
            Ok(value) => return Ok(value),
            Err(item) => item,
        };
        if TypeId::of::<T>() != TypeId::of::<Value<Proxy>>() && !nests_within(&item, ARGUMENT_DEPTH) {
            let message =
                format!("{}() argument '{}' nests more than {ARGUMENT_DEPTH} deep", self.method, planned.name);
            return Err(CallError::new(ErrorKind::BadValue, message));
        }
        heavy(item.weight(), || read_value(&item)).map_err(|error| misfit(self.method, &planned.name, &error))
    }

    fn item(&mut self, planned: &Planned) -> Outcome<Item> {
        let limits = self.caller.home.limits();
        let item = match planned.from {
            From::Place(place) => self.args.take(place).or_else(|| planned.default.clone()),
            From::More => {
                let mut more = self.args.take_more();
                if planned.wants != Wants::Itself {
                    for item in &mut more {
                        *item = self.inside(planned, std::mem::replace(item, Item::Null))?;
                    }
                }
                return Item::list(more.iter(), limits);
            }
            From::Rest => return rest(self.method, self.args.take_kwargs(), limits),
        };
        // Binding made sure of it; an error is still better than a panic.
        let item = item.ok_or_else(|| CallError::internal("a required argument is missing"))?;
        self.inside(planned, item)
    }

    /// What is wanted of an argument.
    fn inside(&self, planned: &Planned, item: Item) -> Outcome<Item> {
        let limits = self.caller.home.limits();
        let (made, what) = match planned.wants {
            Wants::Itself => return Ok(item),
            Wants::Items => match item.kind() {
                Kind::List | Kind::Tuple | Kind::Set | Kind::FrozenSet | Kind::Bytes => return Ok(item),
                _ => (operand::items(&item).and_then(|items| Item::list(items.iter(), limits)), "iterable"),
            },
            Wants::Entries if item.kind() == Kind::Dict => return Ok(item),
            Wants::Entries => match operand::mapping(&item)? {
                Some(entries) => {
                    (Item::dict(entries.entries.iter().map(|(_, key, item)| (key, item)), limits), "a mapping")
                }
                None => (Err(type_error("")), "a mapping"),
            },
            Wants::Iterator => (Iteration::create(self.caller, &item).map(Item::proxy), "iterable"),
        };
        made.map_err(|error| match error.kind {
            ErrorKind::Type => {
                let (method, name, found) = (self.method, &planned.name, item.type_name());
                type_error(format!("{method}() argument '{name}' must be {what}, not {found}"))
            }
            _ => error,
        })
    }
}

/// What a `**` parameter collected, as a dict.
fn rest(method: &str, kwargs: Vec<(String, Item)>, limits: &Limits) -> Outcome<Item> {
    let mut names = HashSet::new();
    if let Some((twice, _)) = kwargs.iter().find(|(name, _)| !names.insert(name)) {
        let twice = shown(twice);
        return Err(type_error(format!("{method}() got multiple values for keyword argument '{twice}'")));
    }
    let entries: Vec<_> = kwargs.into_iter().map(|(name, item)| (Item::text(name), item)).collect();
    Item::dict(entries.iter().map(|(key, item)| (key, item)), limits)
}

/// The value of a parameter of one of the usual types, without the detour through serde.
fn scalar<T: 'static>(item: Item) -> Result<T, Item> {
    let mut slot = None::<T>;
    let any: &mut dyn Any = &mut slot;
    // The compiler knows which it is.
    match item {
        Item::Int(number) => {
            if let Some(slot) = any.downcast_mut::<Option<i64>>() {
                *slot = Some(number);
            } else if let Some(slot) = any.downcast_mut::<Option<u64>>() {
                *slot = u64::try_from(number).ok();
            } else if let Some(slot) = any.downcast_mut::<Option<f64>>() {
                *slot = Some(number as f64);
            }
        }
        Item::Float(number) => {
            if let Some(slot) = any.downcast_mut::<Option<f64>>() {
                *slot = Some(number);
            }
        }
        Item::Bool(flag) => {
            if let Some(slot) = any.downcast_mut::<Option<bool>>() {
                *slot = Some(flag);
            }
        }
        Item::Text(text) => {
            let Some(slot) = any.downcast_mut::<Option<String>>() else { return Err(Item::Text(text)) };
            *slot = Some(Arc::unwrap_or_clone(text));
            return slot_of(any).ok_or(Item::Null);
        }
        Item::Proxy(proxy) => {
            let Some(slot) = any.downcast_mut::<Option<Proxy>>() else { return Err(Item::Proxy(proxy)) };
            proxy.moved();
            *slot = Some(*proxy);
            return slot_of(any).ok_or(Item::Null);
        }
        other => return Err(other),
    }
    slot_of(any).ok_or(item)
}

fn slot_of<T: 'static>(any: &mut dyn Any) -> Option<T> {
    any.downcast_mut::<Option<T>>().and_then(Option::take)
}

fn nests_within(item: &Item, depth: usize) -> bool {
    let within = |data: &[u8], proxies| {
        let limits = commonhold_wire::Limits { depth, bytes: usize::MAX, nodes: usize::MAX };
        validate(data, proxies, &limits).is_ok()
    };
    match item {
        Item::Plain(data) => within(data, 0),
        Item::Tree(tree) => within(&tree.data, tree.proxies.len()),
        _ => true,
    }
}

/// An argument that does not fit its parameter. CPython has words where it is of another type as a whole.
fn misfit(method: &str, parameter: &str, error: &SerdeError) -> CallError {
    let what = format!("{method}() argument '{parameter}'");
    let text = error.to_string();
    if let Some((expected, found)) = text.strip_prefix("expected ").and_then(|rest| rest.split_once(", found ")) {
        return type_error(format!("{what} must be {expected}, not {found}"));
    }
    let kind = if error.is_misfit() { ErrorKind::Overflow } else { ErrorKind::Type };
    CallError::new(kind, format!("{what}: {text}"))
}

/// The parameters of a Rust function that is called from elsewhere, each of a type that serde can read.
pub trait Arguments: Sized + Send + 'static {
    #[doc(hidden)]
    const COUNT: usize;

    #[doc(hidden)]
    fn read(given: &mut Given<'_>) -> Outcome<Self>;

    /// Whether the default of a parameter fits its type.
    #[doc(hidden)]
    fn fits(position: usize, default: &Item) -> Result<(), SerdeError>;
}

macro_rules! arguments {
    ($($name:ident $position:literal),*) => {
        impl<$($name: DeserializeOwned + Send + 'static),*> Arguments for ($($name,)*) {
            const COUNT: usize = <[usize]>::len(&[$($position),*]);

            #[allow(unused_variables, reason = "there may be no parameter")]
            fn read(given: &mut Given<'_>) -> Outcome<Self> {
                Ok(($(given.read::<$name>($position)?,)*))
            }

            #[allow(unused_variables, reason = "there may be no parameter")]
            fn fits(position: usize, default: &Item) -> Result<(), SerdeError> {
                match position {
                    $($position => read_value::<$name>(default).map(drop),)*
                    _ => Ok(()),
                }
            }
        }
    };
}

/// For each number of parameters that a function may have.
macro_rules! each_arity {
    ($macro:ident) => {
        $macro!();
        $macro!(P0 0);
        $macro!(P0 0, P1 1);
        $macro!(P0 0, P1 1, P2 2);
        $macro!(P0 0, P1 1, P2 2, P3 3);
        $macro!(P0 0, P1 1, P2 2, P3 3, P4 4);
        $macro!(P0 0, P1 1, P2 2, P3 3, P4 4, P5 5);
        $macro!(P0 0, P1 1, P2 2, P3 3, P4 4, P5 5, P6 6);
        $macro!(P0 0, P1 1, P2 2, P3 3, P4 4, P5 5, P6 6, P7 7);
    };
}
pub(super) use each_arity;

each_arity!(arguments);

/// Checks that a function has the parameters that are declared: as many, and such that their defaults fit.
pub(super) fn check<A: Arguments>(plan: &[Planned]) -> Result<(), String> {
    if plan.len() != A::COUNT {
        return Err(format!("{} parameters are declared, and the function has {}", plan.len(), A::COUNT));
    }
    for (position, planned) in plan.iter().enumerate() {
        if let Some(default) = &planned.default
            && planned.wants != Wants::Iterator
        {
            let what = |error| format!("the default of '{}' does not fit: {error}", planned.name);
            A::fits(position, default).map_err(what)?;
        }
    }
    Ok(())
}
