//! `Array`: numbers or characters of one type, packed, as in Python's `array`.
//!
//! Its elements lie in memory as those of a C program on Linux on x86-64 do: little-endian, with 8
//! bytes for `l` and `L` and 4 for a character. Whatever is to be put in is converted before the lock
//! is taken, all of it: an item that does not fit changes nothing.

mod bulk;
mod methods;
mod typecode;

use super::comparing::Comparing;
use super::heavy::{HEAVY, heavy, lock};
use super::operand::{self, Counted, Items};
use super::own_lock::OwnLock;
use super::prelude::*;
use super::slice::{self, Slice};
use crate::object::{Begin, Chunk, Kind, Limits, Over, Place, Then, Walk, too_large};
use crate::sync::MutexGuard;
use commonhold_wire::Value;
pub use methods::TYPE;
use methods::*;
use std::ops::Range;
use typecode::{Family, Raw, Typecode};

pub struct Array {
    code: Typecode,
    /// The elements, one after the other.
    bytes: Mutex<Vec<u8>>,
    own_lock: OwnLock,
}

/// So many bytes are moved in the time that one element is looked at.
const MOVES: usize = 64;

impl Array {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Array")
    }

    /// A new array of so many zeros.
    pub fn create(caller: &Caller, typecode: &str, length: u64) -> Outcome<Proxy> {
        let code = letter(typecode)?;
        Ok(Self::make(caller, code, zeros(code, length, caller.home.limits())?, OwnLock::default()))
    }

    /// A new array with the items of an iterable, or with a number of zeros, or with elements as they
    /// lie in memory, if bytes are given.
    pub fn create_from(caller: &Caller, typecode: &str, items: &Item) -> Outcome<Proxy> {
        Self::create_with(caller, &Item::text(typecode), items, OwnLock::default())
    }

    fn create_with(caller: &Caller, typecode: &Item, items: &Item, own_lock: OwnLock) -> Outcome<Proxy> {
        let limits = caller.home.limits();
        let letter = match typecode {
            Item::Text(text) => single(text)?,
            Item::Null => return Err(type_error("array() argument 1 must be a unicode character, not None")),
            other => {
                return Err(type_error(format!(
                    "array() argument 1 must be a unicode character, not {}",
                    other.type_name()
                )));
            }
        };
        if matches!(items, Item::Text(_)) && !matches!(letter, 'u' | 'w') {
            return Err(type_error(format!("cannot use a str to initialize an array with typecode '{letter}'")));
        }
        let bytes = match items {
            Item::Int(_) | Item::Bool(_) => {
                let code = Typecode::of(letter)?;
                let length = slice::number(items, "")?;
                let length = u64::try_from(length)
                    .map_err(|_| CallError::value(format!("Array length must be >= 0, not {length}")))?;
                (code, zeros(code, length, limits)?)
            }
            big if big.kind() == Kind::BigInt => {
                return Err(CallError::overflow("cannot fit 'int' into an index-sized integer"));
            }
            Item::Bytes(bytes) => {
                let code = Typecode::of(letter)?;
                if !bytes.len().is_multiple_of(code.size()) {
                    return Err(CallError::value("bytes length not a multiple of item size"));
                }
                check_length(bytes.len() / code.size(), limits)?;
                code.check(bytes)?;
                (code, heavy(bytes.len() / MOVES, || bytes.to_vec()))
            }
            iterable => {
                let items = operand::items(iterable)?;
                let code = Typecode::of(letter)?;
                check_length(items.len(), limits)?;
                (code, packed(code, &items)?)
            }
        };
        Ok(Self::make(caller, bytes.0, bytes.1, own_lock))
    }

    fn make(caller: &Caller, code: Typecode, bytes: Vec<u8>, own_lock: OwnLock) -> Proxy {
        Referent::create(&caller.home, Self { code, bytes: Mutex::new(bytes), own_lock })
    }

    #[inline]
    fn open(&self) -> Elements<'_> {
        Elements { code: self.code, bytes: lock(&self.bytes) }
    }

    pub fn length(me: &Proxy) -> Outcome<u64> {
        me.check(LEN)?;
        Ok(Self::of(me)?.open().len() as u64)
    }

    /// The letter that stands for the type of its elements: like the name of its own type, no secret.
    pub fn typecode(me: &Proxy) -> Outcome<char> {
        Ok(Self::of(me)?.code.letter())
    }

    pub fn get_item(me: &Proxy, index: i64) -> Outcome<Item> {
        me.check(GETITEM)?;
        let elements = Self::of(me)?.open();
        let position = elements.position(index, "array index out of range")?;
        Ok(elements.get(position))
    }

    pub fn set_item(me: &Proxy, index: i64, item: &Item) -> Outcome<()> {
        me.check(SETITEM)?;
        let this = Self::of(me)?;
        let raw = this.code.write(item);
        let mut elements = this.open();
        // As in Python, the place is looked for first.
        let position = elements.position(index, "array assignment index out of range")?;
        elements.set(position, raw?);
        Ok(())
    }

    /// A plain list of the items of a slice.
    pub fn get_slice(me: &Proxy, slice: Slice) -> Outcome<Item> {
        me.check(GETITEM)?;
        let elements = Self::of(me)?.open();
        let span = slice.fit(elements.len())?;
        let items = span.positions().map(|position| elements.get(position));
        heavy(span.count, || Item::list(items, me.home().limits()))
    }

    /// Replaces the items of a slice by those of an iterable, which may be more or fewer if the step
    /// is 1.
    pub fn set_slice(me: &Proxy, slice: Slice, items: &Item) -> Outcome<()> {
        me.check(SETITEM)?;
        let this = Self::of(me)?;
        // A step of zero is found before anything else.
        slice.fit(0)?;
        let new = match Items::of(me, items)? {
            Some(Items::These(items)) => Some(packed(this.code, &items)?),
            Some(Items::Own) => None,
            None => {
                return Err(type_error(format!(
                    "can only assign array (not \"{}\") to array slice",
                    items.type_name()
                )));
            }
        };
        let mut elements = this.open();
        let new = new.unwrap_or_else(|| heavy(elements.bytes.len() / MOVES, || elements.bytes.clone()));
        elements.replace(slice, &new, me.home().limits())
    }

    /// The lock that belongs to it: the same one each time.
    pub fn get_lock(me: &Proxy, caller: &Caller) -> Outcome<Proxy> {
        me.check(GET_LOCK)?;
        Self::of(me)?.own_lock.get(me, caller)
    }

    /// A range of elements as they lie in memory.
    pub fn read_bytes(me: &Proxy, start: u64, count: u64) -> Outcome<Vec<u8>> {
        Self::read(me, start, count, 1, |_, bytes| Ok(bytes.to_vec()))
    }

    /// A range of elements that are integers. `overflow` if one of them fits no `i64`.
    pub fn read_ints(me: &Proxy, start: u64, count: u64) -> Outcome<Vec<i64>> {
        Self::read(me, start, count, size_of::<i64>(), bulk::read_ints)
    }

    /// A range of elements that are floats.
    pub fn read_floats(me: &Proxy, start: u64, count: u64) -> Outcome<Vec<f64>> {
        Self::read(me, start, count, size_of::<f64>(), bulk::read_floats)
    }

    fn read<T>(
        me: &Proxy,
        start: u64,
        count: u64,
        size: usize,
        convert: impl FnOnce(Typecode, &[u8]) -> Outcome<Vec<T>>,
    ) -> Outcome<Vec<T>> {
        me.check(GETITEM)?;
        let elements = Self::of(me)?.open();
        let range = elements.range(start, count)?;
        let limit = me.home().limits().value_bytes;
        let size = size.max(elements.code.size());
        if range.len() / elements.code.size() > limit / size {
            return Err(too_large(limit));
        }
        heavy(range.len() / MOVES, || convert(elements.code, &elements.bytes[range]))
    }

    /// Overwrites elements with others as they lie in memory. `value` if these are none.
    pub fn write_bytes(me: &Proxy, start: u64, bytes: &[u8]) -> Outcome<()> {
        me.check(SETITEM)?;
        let code = Self::of(me)?.code;
        if !bytes.len().is_multiple_of(code.size()) {
            return Err(CallError::value("bytes length not a multiple of item size"));
        }
        code.check(bytes)?;
        Self::overwrite(me, start, bytes)
    }

    /// Overwrites elements that are integers. `overflow` if one does not fit: then nothing is written.
    pub fn write_ints(me: &Proxy, start: u64, numbers: &[i64]) -> Outcome<()> {
        me.check(SETITEM)?;
        let code = Self::of(me)?.code;
        heavy(numbers.len() / 8, || bulk::check_ints(code, numbers))?;
        Self::overwrite_with(me, start, numbers.len(), |bytes| bulk::write_ints(code, numbers, bytes))
    }

    /// Overwrites elements that are floats.
    pub fn write_floats(me: &Proxy, start: u64, numbers: &[f64]) -> Outcome<()> {
        me.check(SETITEM)?;
        let code = Self::of(me)?.code;
        bulk::check_floats(code)?;
        Self::overwrite_with(me, start, numbers.len(), |bytes| bulk::write_floats(code, numbers, bytes))
    }

    fn overwrite(me: &Proxy, start: u64, new: &[u8]) -> Outcome<()> {
        Self::overwrite_with(me, start, Self::of(me)?.code.count(new.len()), |bytes| bytes.copy_from_slice(new))
    }

    /// Overwrites so many elements by what is written into their bytes.
    fn overwrite_with(me: &Proxy, start: u64, count: usize, write: impl FnOnce(&mut [u8])) -> Outcome<()> {
        let mut elements = Self::of(me)?.open();
        let range = elements.range(start, count as u64)?;
        heavy(range.len() / MOVES, || write(&mut elements.bytes[range]));
        Ok(())
    }

    /// Adds to an element, if the sum fits, and returns what was there before.
    pub fn fetch_add(me: &Proxy, index: i64, delta: &Item) -> Outcome<Item> {
        me.check(FETCH_ADD)?;
        Self::change(me, index, |code, old| Ok(Some(code.write(&old.add(delta)?)?)))
    }

    /// Sets an element to the larger one of two, and returns what was there before.
    pub fn fetch_max(me: &Proxy, index: i64, item: &Item) -> Outcome<Item> {
        me.check(FETCH_MAX)?;
        Self::change(me, index, |code, old| {
            let raw = code.write(item)?;
            Ok(if Comparing::new(1).less(old, item)? { Some(raw) } else { None })
        })
    }

    /// Sets an element, and returns what was there before.
    pub fn swap(me: &Proxy, index: i64, item: &Item) -> Outcome<Item> {
        me.check(SWAP)?;
        Self::change(me, index, |code, _| code.write(item).map(Some))
    }

    /// Sets an element if the expected one is there: whether it was, and what was there before.
    pub fn compare_exchange(me: &Proxy, index: i64, expected: &Item, new: &Item) -> Outcome<(bool, Item)> {
        me.check(COMPARE_EXCHANGE)?;
        let mut is_equal = false;
        let old = Self::change(me, index, |code, old| {
            let raw = code.write(new)?;
            is_equal = old.equal(expected);
            Ok(is_equal.then_some(raw))
        })?;
        Ok((is_equal, old))
    }

    /// Changes an element, perhaps, and returns what was there before.
    fn change(me: &Proxy, index: i64, change: impl FnOnce(Typecode, &Item) -> Outcome<Option<Raw>>) -> Outcome<Item> {
        let mut elements = Self::of(me)?.open();
        let position = elements.position(index, "array index out of range")?;
        let old = elements.get(position);
        if let Some(raw) = change(elements.code, &old)? {
            elements.set(position, raw);
        }
        Ok(old)
    }
}

#[cfg(test)]
impl Array {
    pub(super) fn capacity(&self) -> usize {
        lock(&self.bytes).capacity()
    }
}

/// The elements of an array, while its lock is held.
struct Elements<'a> {
    code: Typecode,
    bytes: MutexGuard<'a, Vec<u8>>,
}

impl Elements<'_> {
    fn len(&self) -> usize {
        self.code.count(self.bytes.len())
    }

    fn position(&self, index: i64, message: &'static str) -> Outcome<usize> {
        slice::position(index, self.len()).ok_or_else(|| CallError::index(message))
    }

    fn place(&self, position: usize) -> Range<usize> {
        position * self.code.size()..(position + 1) * self.code.size()
    }

    fn get(&self, position: usize) -> Item {
        self.code.read(&self.bytes[self.place(position)])
    }

    fn set(&mut self, position: usize, raw: Raw) {
        let place = self.place(position);
        self.bytes[place].copy_from_slice(&raw[..self.code.size()]);
    }

    /// The bytes of so many elements.
    fn range(&self, start: u64, count: u64) -> Outcome<Range<usize>> {
        let length = self.len() as u64;
        match start.checked_add(count) {
            Some(end) if end <= length => Ok(start as usize * self.code.size()..end as usize * self.code.size()),
            _ => Err(CallError::index(format!(
                "{count} items from {start} on are out of the range of an array of {length}"
            ))),
        }
    }

    /// Puts new elements in the place of a slice's.
    fn replace(&mut self, slice: Slice, new: &[u8], limits: &Limits) -> Outcome<()> {
        let size = self.code.size();
        let count = new.len() / size;
        let span = slice.fit(self.len())?;
        let Some(range) = span.range() else {
            // As in CPython, there nothing is put into any slice: its items are removed.
            if count != span.count && count != 0 {
                return Err(CallError::value(format!(
                    "attempt to assign array of size {count} to extended slice of size {}",
                    span.count
                )));
            }
            if count == 0 {
                return self.remove(span);
            }
            heavy(count, || {
                for (position, element) in span.positions().zip(new.chunks_exact(size)) {
                    let place = self.place(position);
                    self.bytes[place].copy_from_slice(element);
                }
            });
            return Ok(());
        };
        let range = range.start * size..range.end * size;
        if range.len() == new.len() {
            heavy(new.len() / MOVES, || self.bytes[range].copy_from_slice(new));
            return Ok(());
        }
        let more = new.len().saturating_sub(range.len());
        check_length((self.bytes.len() + more) / size, limits)?;
        let moved = self.bytes.len() / MOVES;
        heavy(moved, || self.bytes.try_reserve(more)).map_err(|_| out_of_memory())?;
        heavy(moved, || self.bytes.splice(range, new.iter().copied()).for_each(drop));
        self.shrink();
        Ok(())
    }

    fn remove(&mut self, span: slice::Span) -> Outcome<()> {
        if span.count == 0 {
            return Ok(());
        }
        let size = self.code.size();
        let (first, step) = span.ascending();
        let last = first + (span.count - 1) * step;
        let length = self.len();
        heavy(length - first, || {
            let mut to = first * size;
            for position in first..length {
                if position > last || (position - first) % step != 0 {
                    let place = self.place(position);
                    self.bytes.copy_within(place, to);
                    to += size;
                }
            }
            self.bytes.truncate(to);
        });
        self.shrink();
        Ok(())
    }

    /// Gives memory back when most of it is unused.
    fn shrink(&mut self) {
        let (length, capacity) = (self.bytes.len(), self.bytes.capacity());
        if capacity > 1024 && length < capacity / 4 {
            heavy(length / MOVES, || self.bytes.shrink_to(2 * length));
        }
    }

    fn items(&self) -> impl ExactSizeIterator<Item = Item> {
        Counted::new((0..self.len()).map(|position| self.get(position)), self.len())
    }
}

/// The single letter of a text.
fn single(text: &str) -> Outcome<char> {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Ok(letter),
        _ => Err(type_error(format!(
            "array() argument 1 must be a unicode character, not a string of length {}",
            text.chars().count()
        ))),
    }
}

fn letter(typecode: &str) -> Outcome<Typecode> {
    Typecode::of(single(typecode)?)
}

/// The bytes of so many zeros.
fn zeros(code: Typecode, length: u64, limits: &Limits) -> Outcome<Vec<u8>> {
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    check_length(length, limits)?;
    let length = length.saturating_mul(code.size());
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| out_of_memory())?;
    heavy(length / MOVES, || bytes.resize(length, 0));
    Ok(bytes)
}

/// The bytes of items.
fn packed(code: Typecode, items: &[Item]) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(items.len().saturating_mul(code.size())).map_err(|_| out_of_memory())?;
    heavy(items.len(), || {
        for item in items {
            bytes.extend_from_slice(&code.write(item)?[..code.size()]);
        }
        Ok(bytes)
    })
}

fn check_length(length: usize, limits: &Limits) -> Outcome<()> {
    let limit = limits.container_length;
    if length <= limit {
        return Ok(());
    }
    Err(CallError::quota_exceeded(format!("an Array can hold {limit} items at most")))
}

fn out_of_memory() -> CallError {
    CallError::new(ErrorKind::Memory, "").with_args(Value::Tuple(Vec::new()))
}

/// By index: what changes meanwhile is seen.
impl Walk for Array {
    fn begin(&self, me: &Proxy) -> Outcome<Begin> {
        me.check(GETITEM)?;
        Ok(Begin { name: "array.arrayiterator", over: Over::Live(Place::default()) })
    }

    fn draw(&self, me: &Proxy, place: Place, chunk: &mut Chunk) -> Outcome<Then> {
        me.check(GETITEM)?;
        let elements = self.open();
        let length = elements.len();
        let rest = (place.position..length).map(|position| elements.get(position));
        Ok(heavy(chunk.most(length), || chunk.fill_by_index(place, rest)))
    }
}

impl Shared for Array {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        let bytes = std::mem::take(&mut *self.bytes.lock());
        match self.own_lock.take() {
            None if bytes.len() / MOVES <= HEAVY => Remains::Nothing,
            own_lock => Remains::Other(Box::new((bytes, own_lock)), 1),
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        self.own_lock.edge(visit);
    }

    fn get_value(&self, limits: &Limits) -> Outcome<Item> {
        let elements = self.open();
        heavy(elements.len(), || Item::list(elements.items(), limits))
    }

    fn to_text(&self, me: u64, most: usize) -> Outcome<String> {
        let elements = self.open();
        let mut text = format!("array('{}'", self.code.letter());
        if elements.len() == 0 {
            text.push(')');
            return Ok(text);
        }
        text.push_str(", ");
        heavy(elements.len(), || {
            if self.code.family() == Family::Letter {
                // A letter takes a byte or more.
                let letters = elements.bytes.chunks_exact(self.code.size()).map(|bytes| self.code.letter_of(bytes));
                let letters: String = letters.take(most + 1).collect();
                Item::text(letters).write_repr(&mut text, me, "")?;
            } else {
                text.push('[');
                for (position, item) in elements.items().enumerate() {
                    if position > 0 {
                        text.push_str(", ");
                    }
                    item.write_repr(&mut text, me, "")?;
                    if text.len() > most {
                        return Ok(text);
                    }
                }
                text.push(']');
            }
            text.push(')');
            Ok(text)
        })
    }

    fn walk(&self) -> Option<&dyn Walk> {
        Some(self)
    }

    fn length(&self) -> Option<usize> {
        Some(self.open().len())
    }

    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        let elements = self.open();
        Some(Ok(heavy(elements.len(), || elements.items().collect())))
    }
}
