//! Paths: reading and replacing what lies inside of objects and of the plain values in them, step by
//! step, as in `config['servers'][0]['name']`.
//!
//! A step is a key or an index. It leads into a plain list, tuple or dict, or through a proxy into
//! another object, with that proxy's rights. A plain value is never changed: what is inside of it is
//! replaced by putting a new value into the place of the whole, under the lock of the object that
//! holds it. Two objects' locks are never held at one time.

use super::comparing::Comparing;
use super::heavy::heavy;
use super::operand::{count, hash_key};
use super::prelude::*;
use super::slice;
use crate::object::{Container, Kind, Limits, shown};
use commonhold_wire::codec::Part;
use commonhold_wire::{DecodeError, Reader, Token, Writer};

/// How many steps a path may have.
pub(super) const MAX_STEPS: usize = 64;

/// The value at the end of a path.
pub(super) fn get(me: &Proxy, path: &Item) -> Outcome<Item> {
    let steps = steps(path)?;
    // The right to the whole was checked, and what it takes on the way is one operation with that.
    let me = &*me.counted();
    let mut place = Place { held: None, position: 0 };
    loop {
        let mut found = None;
        let rest = place.look(me, &steps, |item, rest| {
            found = Some(follow(item, rest));
            None
        })?;
        match found.unwrap_or_else(|| Err(unseen())) {
            Ok(Led::To(item)) => return Ok(item),
            Ok(Led::Through(proxy, used)) => place.go(proxy, used),
            Err(stopped) => return Err(stopped.told(&steps, rest)),
        }
    }
}

/// Puts a value at the end of a path.
pub(super) fn set(me: &Proxy, path: &Item, value: Item) -> Outcome<()> {
    let steps = steps(path)?;
    // The right to the whole was checked, and what it takes on the way is one operation with that.
    let me = &*me.counted();
    let limits = *me.home().limits();
    let mut place = Place { held: None, position: 0 };
    loop {
        if let [.., last] = &steps[..]
            && place.position + 1 == steps.len()
        {
            let proxy = place.proxy(me);
            return container(proxy)
                .and_then(|container| container.set(proxy, last.clone(), value))
                .map_err(|error| told(error, &steps, place.position));
        }
        let mut done = None;
        let rest = place.look(me, &steps, |item, rest| match replaced(item, rest, &value, &limits) {
            Ok(Led::To(new)) => {
                done = Some(Ok(None));
                Some(new)
            }
            Ok(Led::Through(proxy, used)) => {
                done = Some(Ok(Some((proxy, used))));
                None
            }
            Err(stopped) => {
                done = Some(Err(stopped));
                None
            }
        })?;
        match done.unwrap_or_else(|| Err(unseen())) {
            Ok(None) => return Ok(()),
            Ok(Some((proxy, used))) => place.go(proxy, used),
            Err(stopped) => return Err(stopped.told(&steps, rest)),
        }
    }
}

/// How far along a path, and in which object.
struct Place {
    /// The object that a proxy on the way led to; the first one if there was none.
    held: Option<Proxy>,
    /// The step that leads into the object.
    position: usize,
}

impl Place {
    fn proxy<'a>(&'a self, me: &'a Proxy) -> &'a Proxy {
        self.held.as_ref().unwrap_or(me)
    }

    /// Looks at the item that a step leads to, with the steps that are left, and puts into its place
    /// what that gives. The number of the first step that is left.
    fn look(&self, me: &Proxy, steps: &[Item], mut work: impl FnMut(&Item, &[Item]) -> Option<Item>) -> Outcome<usize> {
        let proxy = self.proxy(me);
        let rest = self.position + 1;
        let (Some(step), Some(left)) = (steps.get(self.position), steps.get(rest..)) else { return Err(unseen().0) };
        container(proxy)
            .and_then(|container| container.visit(proxy, step, &mut |item| heavy(item.weight(), || work(item, left))))
            .map_err(|error| told(error, steps, self.position))?;
        Ok(rest)
    }

    fn go(&mut self, proxy: Proxy, used: usize) {
        self.held = Some(proxy);
        self.position += 1 + used;
    }
}

/// The steps of a path, which is checked.
fn steps(path: &Item) -> Outcome<Vec<Item>> {
    if !matches!(path.kind(), Kind::List | Kind::Tuple) {
        return Err(type_error(format!("a path is a list of keys and indexes, not '{}'", path.type_name())));
    }
    match count(path) {
        None | Some(0) => return Err(CallError::value("a path has one step at least")),
        Some(1..=MAX_STEPS) => {}
        Some(steps) => {
            return Err(CallError::quota_exceeded(format!(
                "a path can have {MAX_STEPS} steps at most, and this has {steps}"
            )));
        }
    }
    let steps = path.elements().transpose()?.unwrap_or_default();
    match steps.iter().position(|step| step.kind() == Kind::Slice) {
        Some(position) => Err(told(type_error("a slice leads to more than one place"), &steps, position)),
        None => Ok(steps),
    }
}

fn container(proxy: &Proxy) -> Outcome<&dyn Container> {
    let body = proxy.body();
    body.container().ok_or_else(|| {
        type_error(match body.foreign() {
            Some(_) => format!("a path cannot lead into a '{}', which a provider implements", proxy.typeid()),
            None => format!("'{}' object is not subscriptable", body.type_info().proxy_class()),
        })
    })
}

/// An error, with the step that it happened at. A KeyError is left as it is: its key is the step.
fn told(mut error: CallError, steps: &[Item], position: usize) -> CallError {
    if error.kind != ErrorKind::Key
        && let Some(step) = steps.get(position)
    {
        let step = commonhold_wire::repr(&step.to_value()).unwrap_or_else(|_| step.type_name().into_owned());
        error.message.push_str(&format!(" (step {} of the path: {})", position + 1, shown(&step)));
    }
    error
}

/// Why a way through a plain value ended: the error, and at which of its steps.
type Stop = (CallError, usize);

trait Told {
    /// The error, for a way that began with the step of that number.
    fn told(self, steps: &[Item], first: usize) -> CallError;
}

impl Told for Stop {
    fn told(self, steps: &[Item], first: usize) -> CallError {
        told(self.0, steps, first + self.1)
    }
}

fn unseen() -> Stop {
    (CallError::internal("a path that leads nowhere"), 0)
}

fn broken(error: DecodeError) -> CallError {
    CallError::internal(format!("a value that was checked is malformed: {error}"))
}

/// Where a way through a plain value has led.
enum Led {
    /// To its end: the value there, or the whole with another value there.
    To(Item),
    /// To a proxy, after so many steps.
    Through(Proxy, usize),
}

/// The value at the end of some steps.
fn follow(item: &Item, steps: &[Item]) -> Result<Led, Stop> {
    if steps.is_empty() {
        return Ok(Led::To(item.clone()));
    }
    let mut way = match Way::into(item)? {
        Ok(way) => way,
        Err(proxy) => return Ok(Led::Through(proxy, 0)),
    };
    for (used, step) in steps.iter().enumerate() {
        if let Some(proxy) = way.proxy() {
            return Ok(Led::Through(proxy, used));
        }
        way.step(step).map_err(|error| (error, used))?;
    }
    let last = steps.len() - 1;
    let (part, inside) = way.part().map_err(|error| (error, last))?;
    Item::from_valid(part.data.to_vec(), inside.to_vec()).map(Led::To).map_err(|error| (error, last))
}

/// A copy of a value with another one at the end of some steps.
fn replaced(item: &Item, steps: &[Item], value: &Item, limits: &Limits) -> Result<Led, Stop> {
    let Some((last, before)) = steps.split_last() else { return Err(unseen()) };
    let mut way = match Way::into(item) {
        Ok(Ok(way)) => way,
        Ok(Err(proxy)) => return Ok(Led::Through(proxy, 0)),
        Err(_) if before.is_empty() => return Err((not_assignable(&item.type_name()), 0)),
        Err(stopped) => return Err(stopped),
    };
    for (used, step) in before.iter().enumerate() {
        if let Some(proxy) = way.proxy() {
            return Ok(Led::Through(proxy, used));
        }
        way.step(step).map_err(|error| (error, used))?;
    }
    if let Some(proxy) = way.proxy() {
        return Ok(Led::Through(proxy, before.len()));
    }
    way.replace(last, value, limits).map(Led::To).map_err(|error| (error, before.len()))
}

/// A way into the encoding of a plain value: what comes next is the value that it has led to.
struct Way<'a> {
    data: &'a [u8],
    proxies: &'a [Proxy],
    reader: Reader<'a>,
    /// How many of the proxies lie behind.
    passed: usize,
}

impl<'a> Way<'a> {
    /// A way that begins at a value, or the proxy that the value is.
    fn into(item: &'a Item) -> Result<Result<Self, Proxy>, Stop> {
        let (data, proxies): (&[u8], &[Proxy]) = match item {
            Item::Proxy(proxy) => return Ok(Err((**proxy).clone())),
            Item::Plain(data) => (data, &[]),
            Item::Tree(tree) => (&tree.data, &tree.proxies),
            scalar => return Err((not_subscriptable(&scalar.type_name()), 0)),
        };
        Ok(Ok(Self { data, proxies, reader: Reader::new(data), passed: 0 }))
    }

    /// The proxy that comes next, if one does.
    fn proxy(&self) -> Option<Proxy> {
        if !matches!(self.reader.peek(), Ok(Kind::Proxy)) {
            return None;
        }
        self.proxies.get(self.passed).cloned()
    }

    /// Reads over the next value.
    fn part(&mut self) -> Outcome<(Part<'a>, &'a [Proxy])> {
        let part = self.reader.skip().map_err(broken)?;
        let inside = self.proxies.get(self.passed..self.passed + part.proxies).unwrap_or_default();
        self.passed += part.proxies;
        Ok((part, inside))
    }

    fn pass(&mut self, values: usize) -> Outcome<()> {
        for _ in 0..values {
            self.part()?;
        }
        Ok(())
    }

    /// Goes on to what is at an index or a key of the next value.
    fn step(&mut self, step: &Item) -> Outcome<()> {
        match self.reader.token().map_err(broken)? {
            Token::List(count) => self.pass(position("list", step, count, "list index out of range")?),
            Token::Tuple(count) => self.pass(position("tuple", step, count, "tuple index out of range")?),
            Token::Dict(count) => match self.find(step, count)? {
                true => Ok(()),
                false => Err(CallError::key(step.to_value())),
            },
            other => Err(not_subscriptable(other.kind().name())),
        }
    }

    /// Goes on to the value of a dict's key, or behind the dict if it does not have the key.
    fn find(&mut self, key: &Item, count: usize) -> Outcome<bool> {
        hash_key(key)?;
        let mut comparing = Comparing::new(count);
        for _ in 0..count {
            let (known, inside) = self.part()?;
            if is_key(&known, inside, key, &mut comparing)? {
                return Ok(true);
            }
            self.part()?;
        }
        Ok(false)
    }

    /// The whole value, with another value at an index or a key of the next one.
    fn replace(mut self, step: &Item, value: &Item, limits: &Limits) -> Outcome<Item> {
        let head = self.reader.position();
        let (contents, added) = match self.reader.token().map_err(broken)? {
            Token::List(count) => {
                self.pass(position("list", step, count, "list assignment index out of range")?)?;
                (head, None)
            }
            Token::Dict(count) => {
                let contents = self.reader.position();
                if self.find(step, count)? { (head, None) } else { (contents, Some(count + 1)) }
            }
            other => return Err(not_assignable(other.kind().name())),
        };
        let (start, first) = (self.reader.position(), self.passed);
        if added.is_none() {
            self.part()?;
        }
        let more = value.weight() + step.weight();
        if self.data.len().saturating_add(more) > limits.value_bytes {
            return Err(CallError::quota_exceeded(format!("a value can take {} bytes at most", limits.value_bytes)));
        }
        let slice = |from: usize, to: usize| self.data.get(from..to).unwrap_or_default();
        let behind = self.proxies.get(self.passed..).unwrap_or_default();
        let mut data = Vec::with_capacity(self.data.len() + more + 32);
        let mut proxies = self.proxies.get(..first).unwrap_or_default().to_vec();
        data.extend_from_slice(slice(0, head));
        if let Some(count) = added {
            Writer::new(&mut data).dict(count);
        }
        data.extend_from_slice(slice(contents, start));
        if added.is_some() {
            step.write(&mut data, &mut proxies);
        }
        value.write(&mut data, &mut proxies);
        data.extend_from_slice(slice(self.reader.position(), self.data.len()));
        proxies.extend_from_slice(behind);
        // It may nest too deep now.
        Item::from_encoding(data, proxies, limits)
    }
}

fn position(container: &str, step: &Item, count: usize, message: &'static str) -> Outcome<usize> {
    let index = step.as_index(|name| format!("{container} indices must be integers or slices, not {name}"))?;
    slice::position(index, count).ok_or_else(|| CallError::index(message))
}

/// Whether a key inside of a plain dict is the one that is looked for.
fn is_key(part: &Part<'_>, inside: &[Proxy], key: &Item, comparing: &mut Comparing) -> Outcome<bool> {
    let known = match Reader::new(part.data).token().map_err(broken)? {
        Token::Text(text) => return Ok(matches!(key, Item::Text(key) if key.as_str() == text)),
        Token::Bytes(bytes) => return Ok(matches!(key, Item::Bytes(key) if key.as_slice() == bytes)),
        Token::Int(number) => Item::Int(number),
        Token::Float(number) => Item::Float(number),
        Token::Bool(flag) => Item::Bool(flag),
        Token::Null => Item::Null,
        _ => Item::from_valid(part.data.to_vec(), inside.to_vec())?,
    };
    comparing.equal(&known, key)
}

fn not_subscriptable(type_name: &str) -> CallError {
    type_error(match type_name {
        // These are, in Python; but their characters and bytes are no places that could be set.
        "str" | "bytes" => format!("a path cannot lead into a '{type_name}'"),
        _ => format!("'{type_name}' object is not subscriptable"),
    })
}

fn not_assignable(type_name: &str) -> CallError {
    type_error(format!("'{type_name}' object does not support item assignment"))
}
