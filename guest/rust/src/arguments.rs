//! The arguments of a call by name and of a process.

use commonhold_wire::{Encoded, encode};
use serde::Serialize;

use crate::backend::types::{self, Argument, TreeArgument};
use crate::convert::lend;
use crate::{Proxy, Result, Value};

/// The arguments of a call: a tuple of up to twelve values of any type that `serde` can serialise,
/// references included. Where their number is not known, a slice of [`Value`]s will do.
///
/// `()` is no argument, `(x,)` one, `(&list, 5)` two.
///
/// ```
/// use commonhold_guest::{List, Value};
///
/// let list = List::from_items([1, 2])?;
/// let proxy = list.as_proxy();
/// proxy.call::<()>("insert", (0, 7))?;
/// let any_number = vec![Value::Int(1), Value::Int(8)];
/// proxy.call::<()>("insert", any_number.as_slice())?;
/// assert_eq!(list.to_vec()?, [7, 8, 1, 2]);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub trait Arguments: sealed::Arguments {}

/// Keyword arguments: a tuple of up to six pairs of a name and a value of any type that `serde` can
/// serialise. Where their number is not known, a slice of pairs of a name and a [`Value`] will do.
///
/// `()` is none, `(("reverse", true),)` one.
///
/// ```
/// use commonhold_guest::{Dict, Value};
///
/// let dict = Dict::<String, i64>::new()?;
/// dict.as_proxy().call_with::<()>("update", (), (("a", 1), ("b", 2)))?;
/// let any_number = vec![("c", Value::Int(3))];
/// dict.as_proxy().call_with::<()>("update", (), any_number.as_slice())?;
/// assert_eq!((dict.get("b")?, dict.get("c")?), (Some(2), Some(3)));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub trait Keywords: sealed::Keywords {}

pub(crate) mod sealed {
    use super::{Argument, Result};

    pub trait Arguments {
        #[doc(hidden)]
        fn lend<R>(&self, call: impl FnOnce(&[Argument<'_>]) -> Result<R>) -> Result<R>;
    }

    pub trait Keywords {
        #[doc(hidden)]
        fn lend<R>(&self, call: impl FnOnce(&[(&str, Argument<'_>)]) -> Result<R>) -> Result<R>;
    }
}

/// Lends one value inside of the lending of the one before.
macro_rules! nest {
    ($call:ident, [$($lent:ident)*]) => {
        $call(&[$($lent),*])
    };
    ($call:ident, [$($lent:ident)*] $value:ident $($rest:ident)*) => {
        lend($value, |$value| nest!($call, [$($lent)* $value] $($rest)*))
    };
}

macro_rules! nest_named {
    ($call:ident, [$($lent:ident)*]) => {
        $call(&[$($lent),*])
    };
    ($call:ident, [$($lent:ident)*] $pair:ident $($rest:ident)*) => {
        lend(&$pair.1, |value| {
            let $pair = ($pair.0, value);
            nest_named!($call, [$($lent)* $pair] $($rest)*)
        })
    };
}

macro_rules! tuples {
    ($([$($value:ident)*])+) => {
        $(
            impl<$($value: Serialize),*> Arguments for ($($value,)*) {}

            impl<$($value: Serialize),*> sealed::Arguments for ($($value,)*) {
                #[inline]
                #[allow(non_snake_case)]
                fn lend<Ret>(&self, call: impl FnOnce(&[Argument<'_>]) -> Result<Ret>) -> Result<Ret> {
                    let ($($value,)*) = self;
                    nest!(call, [] $($value)*)
                }
            }
        )+
    };
}

tuples! {
    []
    [A]
    [A B]
    [A B C]
    [A B C D]
    [A B C D E]
    [A B C D E F]
    [A B C D E F G]
    [A B C D E F G H]
    [A B C D E F G H I]
    [A B C D E F G H I J]
    [A B C D E F G H I J K]
    [A B C D E F G H I J K L]
}

macro_rules! named {
    ($([$($pair:ident)*])+) => {
        $(
            impl<$($pair: Serialize),*> Keywords for ($((&str, $pair),)*) {}

            impl<$($pair: Serialize),*> sealed::Keywords for ($((&str, $pair),)*) {
                #[allow(non_snake_case)]
                fn lend<Ret>(&self, call: impl FnOnce(&[(&str, Argument<'_>)]) -> Result<Ret>) -> Result<Ret> {
                    let ($($pair,)*) = self;
                    nest_named!(call, [] $($pair)*)
                }
            }
        )+
    };
}

named! {
    []
    [A]
    [A B]
    [A B C]
    [A B C D]
    [A B C D E]
    [A B C D E F]
}

impl Arguments for &[Value] {}

impl sealed::Arguments for &[Value] {
    fn lend<R>(&self, call: impl FnOnce(&[Argument<'_>]) -> Result<R>) -> Result<R> {
        lend_values(self.iter(), |arguments| call(&arguments.collect::<Vec<_>>()))
    }
}

impl<S: AsRef<str>> Keywords for &[(S, Value)] {}

impl<S: AsRef<str>> sealed::Keywords for &[(S, Value)] {
    fn lend<R>(&self, call: impl FnOnce(&[(&str, Argument<'_>)]) -> Result<R>) -> Result<R> {
        let names = self.iter().map(|(name, _)| name.as_ref());
        lend_values(self.iter().map(|(_, value)| value), |arguments| call(&names.zip(arguments).collect::<Vec<_>>()))
    }
}

/// Lends values, the proxies in them included, for a call.
fn lend_values<'v, R>(
    values: impl Iterator<Item = &'v Value> + Clone,
    call: impl FnOnce(&mut dyn Iterator<Item = Argument<'_>>) -> Result<R>,
) -> Result<R> {
    let trees = values.clone().map(|value| if is_nested(value) { encode(value.clone()).map(Some) } else { Ok(None) });
    let trees: Vec<Option<Encoded<Proxy>>> = trees.collect::<Result<_, _>>()?;
    let handles = trees.iter().map(|tree| tree.iter().flat_map(|tree| &tree.proxies).map(Proxy::handle).collect());
    let handles: Vec<Vec<&types::Proxy>> = handles.collect();
    call(&mut values.zip(trees.iter().zip(&handles)).map(|(value, (tree, handles))| match tree {
        Some(tree) => Argument::Tree(TreeArgument { data: &tree.data, proxies: handles }),
        None => scalar(value),
    }))
}

/// Whether a value travels as a tree.
fn is_nested(value: &Value) -> bool {
    !matches!(
        value,
        Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Bytes(_)
            | Value::Proxy(_)
    )
}

/// The argument that a value is which does not travel as a tree.
fn scalar(value: &Value) -> Argument<'_> {
    match value {
        Value::Bool(flag) => Argument::Boolean(*flag),
        Value::Int(number) => Argument::Int(*number),
        Value::Float(number) => Argument::Float(*number),
        Value::Text(text) => Argument::Text(text),
        Value::Bytes(bytes) => Argument::Bytes(bytes),
        Value::Proxy(proxy) => Argument::Proxy(proxy.handle()),
        _ => Argument::Null,
    }
}
