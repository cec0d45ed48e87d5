//! Replacing the proxies of a value, without recursion.

use std::vec;

use crate::value::{Entry, Object, Value};

/// Replaces every proxy, in the order in which they are encoded, until one fails.
pub(crate) fn map<P, Q, E>(value: Value<P>, replace: &mut impl FnMut(P) -> Result<Q, E>) -> Result<Value<Q>, E> {
    let mut open: Vec<Open<P, Q>> = Vec::new();
    match Step::into(value, replace)? {
        Step::Done(mapped) => return Ok(mapped),
        Step::Open(container) => open.push(container),
    }
    loop {
        let Some(container) = open.last_mut() else { return Ok(Value::Null) };
        if let Some(value) = container.next() {
            match Step::into(value, replace)? {
                Step::Done(mapped) => container.add(mapped),
                Step::Open(inner) => open.push(inner),
            }
        } else if let Some(container) = open.pop() {
            let mapped = container.close();
            match open.last_mut() {
                Some(outer) => outer.add(mapped),
                None => return Ok(mapped),
            }
        }
    }
}

enum Step<P, Q> {
    Done(Value<Q>),
    Open(Open<P, Q>),
}

/// A container, of which some contents have been mapped.
enum Open<P, Q> {
    Items { shape: Shape, rest: vec::IntoIter<Value<P>>, mapped: Vec<Value<Q>> },
    Dict { rest: vec::IntoIter<Entry<P>>, item: Option<Value<P>>, key: Option<Value<Q>>, mapped: Vec<Entry<Q>> },
}

enum Shape {
    List,
    Tuple,
    Set,
    FrozenSet,
    Slice,
    Object { type_name: String, text: String },
}

impl<P, Q> Step<P, Q> {
    fn into<E>(value: Value<P>, replace: &mut impl FnMut(P) -> Result<Q, E>) -> Result<Self, E> {
        let (shape, items) = match value {
            Value::Null => return Ok(Step::Done(Value::Null)),
            Value::Bool(flag) => return Ok(Step::Done(Value::Bool(flag))),
            Value::Int(number) => return Ok(Step::Done(Value::Int(number))),
            Value::BigInt(number) => return Ok(Step::Done(Value::BigInt(number))),
            Value::Float(number) => return Ok(Step::Done(Value::Float(number))),
            Value::Text(text) => return Ok(Step::Done(Value::Text(text))),
            Value::Bytes(bytes) => return Ok(Step::Done(Value::Bytes(bytes))),
            Value::Proxy(proxy) => return Ok(Step::Done(Value::Proxy(replace(proxy)?))),
            Value::Dict(entries) => {
                let mapped = Vec::with_capacity(entries.len());
                return Ok(Step::Open(Open::Dict { rest: entries.into_iter(), item: None, key: None, mapped }));
            }
            Value::List(items) => (Shape::List, items),
            Value::Tuple(items) => (Shape::Tuple, items),
            Value::Set(items) => (Shape::Set, items),
            Value::FrozenSet(items) => (Shape::FrozenSet, items),
            Value::Slice(parts) => (Shape::Slice, Vec::from(*parts)),
            Value::Object(object) => {
                let Object { type_name, text, state } = *object;
                (Shape::Object { type_name, text }, vec![state])
            }
        };
        let mapped = Vec::with_capacity(items.len());
        Ok(Step::Open(Open::Items { shape, rest: items.into_iter(), mapped }))
    }
}

impl<P, Q> Open<P, Q> {
    fn next(&mut self) -> Option<Value<P>> {
        match self {
            Open::Items { rest, .. } => rest.next(),
            Open::Dict { rest, item, .. } => item.take().or_else(|| {
                let (key, value) = rest.next()?;
                *item = Some(value);
                Some(key)
            }),
        }
    }

    fn add(&mut self, value: Value<Q>) {
        match self {
            Open::Items { mapped, .. } => mapped.push(value),
            Open::Dict { key, mapped, .. } => match key.take() {
                None => *key = Some(value),
                Some(key) => mapped.push((key, value)),
            },
        }
    }

    fn close(self) -> Value<Q> {
        match self {
            Open::Dict { mapped, .. } => Value::Dict(mapped),
            Open::Items { shape, mut mapped, .. } => match shape {
                Shape::List => Value::List(mapped),
                Shape::Tuple => Value::Tuple(mapped),
                Shape::Set => Value::Set(mapped),
                Shape::FrozenSet => Value::FrozenSet(mapped),
                Shape::Slice => Value::slice(mapped),
                Shape::Object { type_name, text } => {
                    let state = mapped.pop().unwrap_or(Value::Null);
                    Object { type_name, text, state }.into()
                }
            },
        }
    }
}
