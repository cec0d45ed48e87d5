//! `deque`: a sequence with two ends, which may have a greatest length.
//!
//! As for lists, a method takes what it needs out of its arguments before the deque's lock, and drops
//! what the deque gave up after it.

mod methods;
mod state;

use super::heavy::{heavy, lock};
use super::operand::{self, Counted, Items};
use super::prelude::*;
use super::slice;
use crate::object::{Begin, Chunk, Container, Kind, Limits, Over, Place, Then, Walk};
use crate::sync::MutexGuard;
pub use methods::TYPE;
use methods::*;
use state::{MOVES, State, check_length, out_of_memory, repetition};
use std::collections::VecDeque;

#[derive(Default)]
pub struct Deque {
    state: Mutex<State>,
}

impl Deque {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "deque")
    }

    #[inline]
    fn open(me: &Proxy) -> Outcome<MutexGuard<'_, State>> {
        Ok(lock(&Self::of(me)?.state))
    }

    /// A new, empty deque.
    pub fn create(caller: &Caller, maxlen: Option<u64>) -> Proxy {
        Referent::create(&caller.home, Self { state: Mutex::new(State::new(maxlen)) })
    }

    /// A new deque with the items of an iterable: the last ones if they are too many.
    pub fn create_from(caller: &Caller, iterable: &Item, maxlen: Option<u64>) -> Outcome<Proxy> {
        let mut items = operand::items(iterable)?;
        let mut state = State::new(maxlen);
        items.iter().for_each(Item::moved);
        state.add_back(&mut items, caller.home.limits())?;
        Ok(Referent::create(&caller.home, Self { state: Mutex::new(state) }))
    }

    pub fn max_length(me: &Proxy) -> Outcome<Option<u64>> {
        me.check(MAXLEN)?;
        Ok(Self::open(me)?.maxlen.map(|maxlen| maxlen as u64))
    }

    pub fn length(me: &Proxy) -> Outcome<u64> {
        me.check(LEN)?;
        Ok(Self::open(me)?.items.len() as u64)
    }

    pub fn get_item(me: &Proxy, index: i64) -> Outcome<Item> {
        me.check(GETITEM)?;
        let state = Self::open(me)?;
        let position = state.position(index)?;
        Ok(state.items[position].clone())
    }

    pub fn set_item(me: &Proxy, index: i64, item: Item) -> Outcome<()> {
        me.check(SETITEM)?;
        let _old = {
            let mut state = Self::open(me)?;
            let position = state.position(index)?;
            item.moved();
            std::mem::replace(&mut state.items[position], item)
        };
        Ok(())
    }

    pub fn delete_item(me: &Proxy, index: i64) -> Outcome<()> {
        me.check(DELITEM)?;
        let _old = {
            let mut state = Self::open(me)?;
            let position = state.position(index)?;
            state.take_at(position)
        };
        Ok(())
    }

    pub fn append(me: &Proxy, item: Item) -> Outcome<()> {
        me.check(APPEND)?;
        let _given_up = Self::open(me)?.push(item, true, me.home().limits())?;
        Ok(())
    }

    pub fn append_left(me: &Proxy, item: Item) -> Outcome<()> {
        me.check(APPENDLEFT)?;
        let _given_up = Self::open(me)?.push(item, false, me.home().limits())?;
        Ok(())
    }

    pub fn extend(me: &Proxy, items: &Item) -> Outcome<()> {
        me.check(EXTEND)?;
        Self::add(me, items, true)
    }

    /// Adds the items of an iterable at the left end, one after the other.
    pub fn extend_left(me: &Proxy, items: &Item) -> Outcome<()> {
        me.check(EXTENDLEFT)?;
        Self::add(me, items, false)
    }

    fn add(me: &Proxy, items: &Item, back: bool) -> Outcome<()> {
        Self::of(me)?;
        let mut items = match Items::of(me, items)?.ok_or_else(|| operand::not_iterable(items))? {
            // As in CPython, as they are before.
            Items::Own => {
                let state = Self::open(me)?;
                heavy(state.items.len(), || state.items.iter().cloned().collect())
            }
            Items::These(items) => items,
        };
        items.iter().for_each(Item::moved);
        let done = {
            let mut state = Self::open(me)?;
            let limits = me.home().limits();
            if back { state.add_back(&mut items, limits) } else { state.add_front(&mut items, limits) }
        };
        // What is left in there was given up.
        heavy(items.len(), || drop(items));
        done
    }

    pub fn insert(me: &Proxy, index: i64, item: Item) -> Outcome<()> {
        me.check(INSERT)?;
        let mut state = Self::open(me)?;
        if state.is_full() {
            return Err(CallError::index("deque already at its maximum size"));
        }
        state.reserve(1, me.home().limits())?;
        let length = state.items.len();
        let position = slice::clip(index, length);
        item.moved();
        heavy(position.min(length - position) / MOVES, || state.items.insert(position, item));
        state.changed();
        Ok(())
    }

    pub fn pop(me: &Proxy) -> Outcome<Item> {
        me.check(POP)?;
        Self::take(me, true)
    }

    pub fn pop_left(me: &Proxy) -> Outcome<Item> {
        me.check(POPLEFT)?;
        Self::take(me, false)
    }

    fn take(me: &Proxy, back: bool) -> Outcome<Item> {
        let mut state = Self::open(me)?;
        let item = if back { state.items.pop_back() } else { state.items.pop_front() };
        let item = item.ok_or_else(|| CallError::index("pop from an empty deque"))?;
        item.moved();
        state.changed();
        state.shrink();
        Ok(item)
    }

    pub fn remove(me: &Proxy, item: &Item) -> Outcome<()> {
        me.check(REMOVE)?;
        let _old = {
            let mut state = Self::open(me)?;
            match state.find(item, 0, state.items.len())? {
                Some(position) => state.take_at(position),
                None => return Err(CallError::value("deque.remove(x): x not in deque")),
            }
        };
        Ok(())
    }

    pub fn clear(me: &Proxy) -> Outcome<()> {
        me.check(CLEAR)?;
        let items = Self::open(me)?.clear();
        heavy(items.len(), || drop(items));
        Ok(())
    }

    pub fn copy(me: &Proxy) -> Outcome<Item> {
        me.check(COPY)?;
        Self::of(me)?.get_value(me.home().limits())
    }

    pub fn copy_reversed(me: &Proxy) -> Outcome<Item> {
        me.check(REVERSED)?;
        let state = Self::open(me)?;
        heavy(state.items.len(), || Item::list(state.items.iter().rev(), me.home().limits()))
    }

    pub fn contains(me: &Proxy, item: &Item) -> Outcome<bool> {
        me.check(CONTAINS)?;
        let state = Self::open(me)?;
        Ok(state.find(item, 0, state.items.len())?.is_some())
    }

    pub fn count(me: &Proxy, item: &Item) -> Outcome<u64> {
        me.check(COUNT)?;
        Self::open(me)?.count(item)
    }

    pub fn index(me: &Proxy, item: &Item, start: Option<i64>, stop: Option<i64>) -> Outcome<u64> {
        me.check(INDEX)?;
        let state = Self::open(me)?;
        let length = state.items.len();
        let clip = |bound| slice::clip(bound, length);
        match state.find(item, start.map_or(0, clip), stop.map_or(length, clip))? {
            Some(position) => Ok(position as u64),
            None => Err(CallError::value("deque.index(x): x not in deque")),
        }
    }

    pub fn reverse(me: &Proxy) -> Outcome<()> {
        me.check(REVERSE)?;
        let mut state = Self::open(me)?;
        heavy(state.items.len() / MOVES, || state.items.make_contiguous().reverse());
        Ok(())
    }

    /// Moves so many items from the right end to the left one, one after the other; the other way if
    /// it is a negative number.
    pub fn rotate(me: &Proxy, steps: i64) -> Outcome<()> {
        me.check(ROTATE)?;
        let mut state = Self::open(me)?;
        let length = state.items.len();
        if length > 1 {
            state.changed();
            let right = steps.rem_euclid(length as i64) as usize;
            heavy(length / MOVES, || state.items.rotate_right(right));
        }
        Ok(())
    }

    /// A plain list of the deque's items and then those of another.
    pub fn concat(me: &Proxy, other: &Item) -> Outcome<Item> {
        me.check(ADD)?;
        Self::of(me)?;
        let is_one = match other {
            Item::Proxy(proxy) => proxy.downcast::<Self>().is_some(),
            // What a copy of one is.
            other => other.kind() == Kind::List,
        };
        let other = match is_one {
            true => Items::of(me, other)?,
            false => None,
        }
        .ok_or_else(|| type_error(format!("can only concatenate deque (not \"{}\") to deque", other.type_name())))?;
        let state = Self::open(me)?;
        let own = &state.items;
        let count = match &other {
            Items::Own => own.len(),
            Items::These(items) => items.len(),
        };
        let total = own.len() + count;
        let kept = state.kept(total);
        let limits = me.home().limits();
        heavy(total, || match &other {
            Items::Own => Item::list(Counted::new(own.iter().chain(own).skip(total - kept), kept), limits),
            Items::These(items) => Item::list(Counted::new(own.iter().chain(items).skip(total - kept), kept), limits),
        })
    }

    pub fn repeat(me: &Proxy, times: i64) -> Outcome<Item> {
        me.check(MUL)?;
        Self::repeated(me, times)
    }

    fn repeated(me: &Proxy, times: i64) -> Outcome<Item> {
        let state = Self::open(me)?;
        let (first, count) = repetition(state.items.len(), times, state.maxlen)?;
        let items = (first..).take(count).map(|at| &state.items[at % state.items.len()]);
        heavy(count, || Item::list(Counted::new(items, count), me.home().limits()))
    }

    pub fn repeat_in_place(me: &Proxy, times: i64) -> Outcome<()> {
        me.check(IMUL)?;
        if times <= 0 {
            let items = Self::open(me)?.clear();
            heavy(items.len(), || drop(items));
            return Ok(());
        }
        let _old = {
            let mut state = Self::open(me)?;
            // A full one stays as it is, which CPython does not count as a change either, unless it has one item.
            let length = state.items.len();
            if times == 1 || length == 0 || (length > 1 && state.is_full()) {
                return Ok(());
            }
            let (first, count) = repetition(state.items.len(), times, state.maxlen)?;
            check_length(count, me.home().limits())?;
            let mut items = VecDeque::new();
            items.try_reserve(count).map_err(|_| out_of_memory())?;
            let repeated = (first..).take(count).map(|at| state.items[at % state.items.len()].clone());
            heavy(count, || items.extend(repeated));
            state.changed();
            std::mem::replace(&mut state.items, items)
        };
        Ok(())
    }
}

impl Container for Deque {
    fn visit(&self, me: &Proxy, key: &Item, work: &mut dyn FnMut(&Item) -> Option<Item>) -> Outcome<()> {
        me.check(GETITEM)?;
        let index = methods::index(key)?;
        let _old;
        let mut state = lock(&self.state);
        let position = state.position(index)?;
        if let Some(new) = work(&state.items[position]) {
            me.check_again(SETITEM)?;
            new.moved();
            _old = std::mem::replace(&mut state.items[position], new);
        }
        Ok(())
    }

    fn set(&self, me: &Proxy, key: Item, item: Item) -> Outcome<()> {
        Self::set_item(me, methods::index(&key)?, item)
    }
}

/// Fails once anything is added, removed or moved, as in CPython.
impl Walk for Deque {
    fn begin(&self, me: &Proxy) -> Outcome<Begin> {
        me.check(GETITEM)?;
        let state = lock(&self.state);
        let place = Place { left: state.items.len(), version: state.version, ..Place::default() };
        Ok(Begin { name: "_collections._deque_iterator", over: Over::Live(place) })
    }

    fn draw(&self, me: &Proxy, place: Place, chunk: &mut Chunk) -> Outcome<Then> {
        me.check(GETITEM)?;
        let state = lock(&self.state);
        if state.version != place.version {
            return Ok(Then::Broken("deque mutated during iteration"));
        }
        let rest = state.items.range(place.position.min(state.items.len())..);
        Ok(heavy(chunk.most(rest.len()), || chunk.fill_by_index(place, rest)))
    }
}

impl Shared for Deque {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let items = std::mem::take(&mut self.state.lock().items);
        let weight = items.len();
        Remains::Other(Box::new(items), weight)
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        let state = lock(&self.state);
        heavy(state.items.len(), || state.items.iter().for_each(|item| item.proxies(visit)));
    }

    fn get_value(&self, limits: &Limits) -> Outcome<Item> {
        let state = lock(&self.state);
        heavy(state.items.len(), || Item::list(state.items.iter(), limits))
    }

    fn to_text(&self, me: u64, most: usize) -> Outcome<String> {
        let state = lock(&self.state);
        heavy(state.items.len(), || {
            let mut text = String::from("deque([");
            for (position, item) in state.items.iter().enumerate() {
                if position > 0 {
                    text.push_str(", ");
                }
                item.write_repr(&mut text, me, "[...]")?;
                if text.len() > most {
                    return Ok(text);
                }
            }
            text.push(']');
            if let Some(maxlen) = state.maxlen {
                text.push_str(&format!(", maxlen={maxlen}"));
            }
            text.push(')');
            Ok(text)
        })
    }

    fn container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn walk(&self) -> Option<&dyn Walk> {
        Some(self)
    }

    fn length(&self) -> Option<usize> {
        Some(lock(&self.state).items.len())
    }

    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        let state = lock(&self.state);
        Some(Ok(heavy(state.items.len(), || state.items.iter().cloned().collect())))
    }
}
