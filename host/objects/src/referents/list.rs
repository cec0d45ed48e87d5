//! `list`: a sequence of items.
//!
//! A method first takes what it needs out of its arguments, then takes the list's lock for one
//! reading or one change, and drops what the list gave up after that.

mod atomic;
mod methods;
mod state;

use super::comparing::{Comparing, equal_one};
use super::heavy::{heavy, lock};
use super::operand::{self, Counted, Items};
use super::prelude::*;
use super::slice::{self, Slice};
use super::sorting;
use crate::object::{Begin, Chunk, Container, Kind, Limits, Over, Place, Then, Walk};
use crate::sync::MutexGuard;
pub use methods::TYPE;
use methods::*;
use state::{MOVES, State, check_length, out_of_memory, search_size};

#[derive(Default)]
pub struct List {
    state: Mutex<State>,
}

impl List {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "list")
    }

    #[inline]
    fn open(me: &Proxy) -> Outcome<MutexGuard<'_, State>> {
        Ok(lock(&Self::of(me)?.state))
    }

    /// A new, empty list.
    pub fn create(caller: &Caller) -> Proxy {
        Referent::create(&caller.home, Self::default())
    }

    /// A new list with the items of an iterable.
    pub fn create_from(caller: &Caller, iterable: &Item) -> Outcome<Proxy> {
        Self::create_of(caller, operand::items(iterable)?)
    }

    /// A new list of these items.
    pub fn create_of(caller: &Caller, items: Vec<Item>) -> Outcome<Proxy> {
        check_length(items.len(), caller.home.limits())?;
        items.iter().for_each(Item::moved);
        Ok(Referent::create(&caller.home, Self { state: Mutex::new(State { items, version: 0 }) }))
    }

    pub fn length(me: &Proxy) -> Outcome<u64> {
        me.check(LEN)?;
        Ok(Self::open(me)?.items.len() as u64)
    }

    pub fn get_item(me: &Proxy, index: i64) -> Outcome<Item> {
        me.check(GETITEM)?;
        let state = Self::open(me)?;
        let position = state.position(index, "list index out of range")?;
        Ok(state.items[position].clone())
    }

    pub fn set_item(me: &Proxy, index: i64, item: Item) -> Outcome<()> {
        me.check(SETITEM)?;
        let _old = {
            let mut state = Self::open(me)?;
            let position = state.position(index, "list assignment index out of range")?;
            item.moved();
            state.changed();
            std::mem::replace(&mut state.items[position], item)
        };
        Ok(())
    }

    pub fn delete_item(me: &Proxy, index: i64) -> Outcome<()> {
        me.check(DELITEM)?;
        let _old = {
            let mut state = Self::open(me)?;
            let position = state.position(index, "list assignment index out of range")?;
            state.take_at(position)
        };
        Ok(())
    }

    pub fn get_slice(me: &Proxy, slice: Slice) -> Outcome<Item> {
        me.check(GETITEM)?;
        let state = Self::open(me)?;
        let span = slice.fit(state.items.len())?;
        let items = span.positions().map(|position| &state.items[position]);
        heavy(span.count, || Item::list(items, me.home().limits()))
    }

    pub fn set_slice(me: &Proxy, slice: Slice, items: Item) -> Outcome<()> {
        me.check(SETITEM)?;
        Self::of(me)?;
        // A step of zero is found before anything else.
        slice.fit(0)?;
        let Some(source) = Items::of(me, &items)? else {
            return Err(type_error("must assign iterable to extended slice"));
        };
        let (own, mut new) = match source {
            Items::Own => (true, Vec::new()),
            Items::These(items) => (false, items),
        };
        let old = {
            let mut state = Self::open(me)?;
            if own {
                new = heavy(state.items.len(), || state.items.clone());
            } else {
                new.iter().for_each(Item::moved);
            }
            let span = slice.fit(state.items.len())?;
            state.replace_span(span, &mut new, me.home().limits())
        };
        give_up(old?);
        Ok(())
    }

    pub fn delete_slice(me: &Proxy, slice: Slice) -> Outcome<()> {
        me.check(DELITEM)?;
        let old = {
            let mut state = Self::open(me)?;
            let span = slice.fit(state.items.len())?;
            state.take_span(span)
        };
        give_up(old);
        Ok(())
    }

    pub fn append(me: &Proxy, item: Item) -> Outcome<()> {
        me.check(APPEND)?;
        let mut state = Self::open(me)?;
        state.reserve(1, me.home().limits())?;
        item.moved();
        state.items.push(item);
        state.changed();
        Ok(())
    }

    pub fn extend(me: &Proxy, items: Item) -> Outcome<()> {
        me.check(EXTEND)?;
        Self::extend_with(me, &items)
    }

    fn extend_with(me: &Proxy, items: &Item) -> Outcome<()> {
        Self::of(me)?;
        match Items::of(me, items)?.ok_or_else(|| operand::not_iterable(items))? {
            Items::Own => {
                let mut state = Self::open(me)?;
                let length = state.items.len();
                state.reserve(length, me.home().limits())?;
                heavy(length, || state.items.extend_from_within(..));
                state.changed();
            }
            Items::These(mut items) => {
                let mut state = Self::open(me)?;
                state.reserve(items.len(), me.home().limits())?;
                items.iter().for_each(Item::moved);
                state.items.append(&mut items);
                state.changed();
            }
        }
        Ok(())
    }

    pub fn insert(me: &Proxy, index: i64, item: Item) -> Outcome<()> {
        me.check(INSERT)?;
        let mut state = Self::open(me)?;
        state.reserve(1, me.home().limits())?;
        let position = slice::clip(index, state.items.len());
        item.moved();
        heavy((state.items.len() - position) / MOVES, || state.items.insert(position, item));
        state.changed();
        Ok(())
    }

    pub fn pop(me: &Proxy, index: Option<i64>) -> Outcome<Item> {
        me.check(POP)?;
        let mut state = Self::open(me)?;
        if state.items.is_empty() {
            return Err(CallError::index("pop from empty list"));
        }
        let position = state.position(index.unwrap_or(-1), "pop index out of range")?;
        let item = state.take_at(position);
        item.moved();
        Ok(item)
    }

    pub fn remove(me: &Proxy, item: &Item) -> Outcome<()> {
        me.check(REMOVE)?;
        let _old = {
            let mut state = Self::open(me)?;
            match state.find(item, 0, state.items.len())? {
                Some(position) => state.take_at(position),
                None => return Err(CallError::value("list.remove(x): x not in list")),
            }
        };
        Ok(())
    }

    pub fn clear(me: &Proxy) -> Outcome<()> {
        me.check(CLEAR)?;
        give_up(Self::take_all(me)?);
        Ok(())
    }

    fn take_all(me: &Proxy) -> Outcome<Vec<Item>> {
        let mut state = Self::open(me)?;
        state.changed();
        Ok(std::mem::take(&mut state.items))
    }

    pub fn copy(me: &Proxy) -> Outcome<Item> {
        me.check(COPY)?;
        let state = Self::open(me)?;
        heavy(state.items.len(), || Item::list(state.items.iter(), me.home().limits()))
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
        let state = Self::open(me)?;
        let mut comparing = Comparing::new(state.items.len());
        heavy(search_size(&state.items, item), || {
            let mut count = 0;
            for other in &state.items {
                count += u64::from(comparing.equal(other, item)?);
            }
            Ok(count)
        })
    }

    pub fn index(me: &Proxy, item: &Item, start: Option<i64>, stop: Option<i64>) -> Outcome<u64> {
        me.check(INDEX)?;
        let state = Self::open(me)?;
        let length = state.items.len();
        let clip = |bound| slice::clip(bound, length);
        match state.find(item, start.map_or(0, clip), stop.map_or(length, clip))? {
            Some(position) => Ok(position as u64),
            None => Err(CallError::value("list.index(x): x not in list")),
        }
    }

    pub fn reverse(me: &Proxy) -> Outcome<()> {
        me.check(REVERSE)?;
        let mut state = Self::open(me)?;
        heavy(state.items.len() / MOVES, || state.items.reverse());
        state.changed();
        Ok(())
    }

    pub fn sort(me: &Proxy, reverse: bool) -> Outcome<()> {
        me.check(SORT)?;
        let mut state = Self::open(me)?;
        heavy(sort_size(&state.items), || sorting::sort(&mut state.items, reverse))?;
        state.changed();
        Ok(())
    }

    /// The version and a copy: the first half of sorting by keys that only the caller can compute.
    pub fn snapshot(me: &Proxy) -> Outcome<(u64, Item)> {
        me.check(SORT)?;
        let state = Self::open(me)?;
        let copy = heavy(state.items.len(), || Item::list(state.items.iter(), me.home().limits()))?;
        Ok((state.version, copy))
    }

    /// The second half: one key for each item of the snapshot with that version.
    pub fn sort_by_keys(me: &Proxy, version: u64, keys: &Item, reverse: bool) -> Outcome<()> {
        me.check(SORT)?;
        Self::of(me)?;
        let keys = operand::items(keys)?;
        let open = || {
            let state = Self::open(me)?;
            if state.version != version {
                return Err(CallError::new(ErrorKind::Stale, "list modified during sort"));
            }
            Ok(state)
        };
        let length = open()?.items.len();
        if keys.len() != length {
            return Err(CallError::value(format!("{} keys for a list of {length} items", keys.len())));
        }
        let places = heavy(sort_size(&keys), || sorting::places(&keys, reverse))?;
        let mut state = open()?;
        heavy(length, || sorting::arrange(&mut state.items, &places));
        state.changed();
        Ok(())
    }

    pub fn concat(me: &Proxy, other: &Item) -> Outcome<Item> {
        me.check(ADD)?;
        Self::of(me)?;
        match plain_items(me, other)? {
            Some(items) => Self::joined(me, items, false),
            None => Err(type_error(format!("can only concatenate list (not \"{}\") to list", other.type_name()))),
        }
    }

    pub fn concat_before(me: &Proxy, other: &Item) -> Outcome<Item> {
        me.check(RADD)?;
        Self::of(me)?;
        match plain_items(me, other)? {
            Some(items) => Self::joined(me, items, true),
            // In Python, the left operand is asked first.
            None => Err(type_error(match other.kind() {
                kind @ (Kind::Text | Kind::Tuple) => {
                    format!("can only concatenate {0} (not \"list\") to {0}", kind.name())
                }
                Kind::Bytes => "can't concat list to bytes".to_owned(),
                _ => format!("unsupported operand type(s) for +: '{}' and 'list'", other.type_name()),
            })),
        }
    }

    fn joined(me: &Proxy, other: Items, before: bool) -> Outcome<Item> {
        let state = Self::open(me)?;
        let own = &state.items[..];
        let other = match &other {
            Items::Own => own,
            Items::These(items) => items,
        };
        let (first, second) = if before { (other, own) } else { (own, other) };
        let count = first.len() + second.len();
        heavy(count, || Item::list(Counted::new(first.iter().chain(second), count), me.home().limits()))
    }

    pub fn repeat(me: &Proxy, times: i64) -> Outcome<Item> {
        me.check(MUL)?;
        Self::repeated(me, times)
    }

    fn repeated(me: &Proxy, times: i64) -> Outcome<Item> {
        let state = Self::open(me)?;
        let count = repeated_length(state.items.len(), times)?;
        let items = std::iter::repeat_with(|| state.items.iter()).flatten();
        heavy(count, || Item::list(Counted::new(items, count), me.home().limits()))
    }

    pub fn repeat_in_place(me: &Proxy, times: i64) -> Outcome<()> {
        me.check(IMUL)?;
        if times <= 0 {
            give_up(Self::take_all(me)?);
            return Ok(());
        }
        let mut state = Self::open(me)?;
        let length = state.items.len();
        let more = repeated_length(length, times)? - length;
        if more > 0 {
            state.reserve(more, me.home().limits())?;
            heavy(more, || (1..times).for_each(|_| state.items.extend_from_within(..length)));
            state.changed();
        }
        Ok(())
    }
}

#[cfg(test)]
impl List {
    pub(super) fn is_locked(&self) -> bool {
        self.state.is_locked()
    }

    pub(super) fn capacity(&self) -> usize {
        lock(&self.state).items.capacity()
    }
}

/// Drops what was taken out of a list; no lock may be held.
fn give_up(items: Vec<Item>) {
    heavy(items.len(), || drop(items));
}

/// The items of a plain list or of a shared one; none if it is neither.
fn plain_items(me: &Proxy, other: &Item) -> Outcome<Option<Items>> {
    let is_list = match other {
        Item::Proxy(proxy) => proxy.downcast::<List>().is_some(),
        other => other.kind() == Kind::List,
    };
    if is_list { Items::of(me, other) } else { Ok(None) }
}

/// How much work it may be to sort items.
fn sort_size(items: &[Item]) -> usize {
    let weights = items.iter().take(super::heavy::HEAVY).map(Item::weight);
    items.len().saturating_add(weights.fold(0, usize::saturating_add))
}

/// How many items there are so many times over.
fn repeated_length(length: usize, times: i64) -> Outcome<usize> {
    let times = usize::try_from(times).unwrap_or(0);
    match length.checked_mul(times) {
        // What could be in the memory of no machine.
        Some(count) if count <= isize::MAX as usize / size_of::<usize>() => Ok(count),
        _ => Err(out_of_memory()),
    }
}

/// By index: what changes meanwhile is seen.
impl Walk for List {
    fn begin(&self, me: &Proxy) -> Outcome<Begin> {
        me.check(GETITEM)?;
        Ok(Begin { name: "list_iterator", over: Over::Live(Place::default()) })
    }

    fn draw(&self, me: &Proxy, place: Place, chunk: &mut Chunk) -> Outcome<Then> {
        me.check(GETITEM)?;
        let state = lock(&self.state);
        let rest = state.items.get(place.position..).unwrap_or_default();
        Ok(heavy(chunk.most(rest.len()), || chunk.fill_by_index(place, rest.iter())))
    }
}

impl Shared for List {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        Remains::Items(std::mem::take(&mut self.state.lock().items))
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
            let mut text = String::from("[");
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
        Some(Ok(heavy(state.items.len(), || state.items.clone())))
    }
}
