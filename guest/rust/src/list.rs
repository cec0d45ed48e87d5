//! Shared lists.

mod atomic;

use std::marker::PhantomData;
use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};

use crate::backend::lists;
use crate::convert::{expect_unit, lend, lend_all, read, receive};
use crate::proxy::typed_proxy;
use crate::{ErrorKind, Iter, Like, Proxy, Result, Value};

/// A shared list of items of one type.
///
/// The list lives in the manager; this is a proxy to it. Items are copies: changing one that was read
/// changes nothing shared until it is [set](List::set) again. Proxies among them are references. Each
/// function is one atomic operation on the list.
///
/// Indexes can be of any integer type; negative ones count from the end. The type of the items is a
/// claim about what is in the list, checked as each is read: an item that is no `T` is a `bad-value`
/// error. `List<Value>` holds anything.
///
/// ```
/// use commonhold_guest::List;
///
/// let squares = List::from_items((0..10).map(|i| i * i))?;
/// assert_eq!(squares.to_string(), "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]");
/// assert_eq!(squares.get(-1)?, 81);
/// assert_eq!(squares.slice(2..5)?, [4, 9, 16]);
///
/// // A list of lists.
/// let rows = List::<List<i64>>::new()?;
/// rows.push(&squares)?;
/// rows.get(0)?.push(100)?;
/// assert_eq!(squares.len()?, 11);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is no `T`. What each adds is listed there.
pub struct List<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(List<T>, "list");

/// An index of a list: any integer, counting from the end if it is negative.
///
/// ```
/// use commonhold_guest::List;
///
/// let list = List::from_items([1, 2, 3])?;
/// let (first, last) = (0_usize, -1_i8);
/// assert_eq!((list.get(first)?, list.get(last)?), (1, 3));
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub trait Index: sealed::Index {}

mod sealed {
    pub trait Index {
        #[doc(hidden)]
        fn position(self) -> i64;
    }
}

macro_rules! index {
    ($($integer:ty)+) => {
        $(
            impl Index for $integer {}

            impl sealed::Index for $integer {
                #[inline]
                fn position(self) -> i64 {
                    // What does not fit lies beyond every list.
                    self.try_into().unwrap_or(i64::MAX)
                }
            }
        )+
    };
}

index! { i8 i16 i32 i64 isize u8 u16 u32 u64 usize }

/// Some of a list's positions, as in Python's `[start:stop:step]`. Ranges become one.
///
/// ```
/// use commonhold_guest::{List, Slice};
///
/// let list = List::from_items(0..6)?;
/// assert_eq!(list.slice(..2)?, [0, 1]);
/// assert_eq!(list.slice(-2..)?, [4, 5]);
/// assert_eq!(list.slice(Slice::from(..).step_by(-2))?, [5, 3, 1]);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Slice {
    /// The first position; the end that the step leads away from if there is none.
    pub start: Option<i64>,
    /// The position it stops before; none for all that are left.
    pub stop: Option<i64>,
    /// From one position to the next; 1 if there is none.
    pub step: Option<i64>,
}

impl Slice {
    /// The same with a step.
    #[must_use]
    pub fn step_by(self, step: i64) -> Slice {
        Slice { step: Some(step), ..self }
    }

    fn raw(self) -> lists::Slice {
        lists::Slice { start: self.start, stop: self.stop, step: self.step }
    }
}

/// As an argument of a call by name, it is a slice as Python has it.
impl Serialize for Slice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Slice { start, stop, step } = *self;
        Value::Slice(Box::new([start.into(), stop.into(), step.into()])).serialize(serializer)
    }
}

impl<I: Index> From<Range<I>> for Slice {
    fn from(range: Range<I>) -> Slice {
        Slice { start: Some(range.start.position()), stop: Some(range.end.position()), step: None }
    }
}

impl<I: Index> From<RangeFrom<I>> for Slice {
    fn from(range: RangeFrom<I>) -> Slice {
        Slice { start: Some(range.start.position()), stop: None, step: None }
    }
}

impl<I: Index> From<RangeTo<I>> for Slice {
    fn from(range: RangeTo<I>) -> Slice {
        Slice { start: None, stop: Some(range.end.position()), step: None }
    }
}

impl From<RangeFull> for Slice {
    fn from(_: RangeFull) -> Slice {
        Slice::default()
    }
}

impl<I: Index> From<RangeInclusive<I>> for Slice {
    fn from(range: RangeInclusive<I>) -> Slice {
        let (start, last) = range.into_inner();
        Slice { start: Some(start.position()), stop: after(last.position()), step: None }
    }
}

impl<I: Index> From<RangeToInclusive<I>> for Slice {
    fn from(range: RangeToInclusive<I>) -> Slice {
        Slice { start: None, stop: after(range.end.position()), step: None }
    }
}

/// The position after one; none after the last.
fn after(position: i64) -> Option<i64> {
    position.checked_add(1).filter(|next| *next != 0)
}

impl<T> List<T> {
    /// A new, empty list.
    pub fn new() -> Result<List<T>> {
        expect_unit(lists::create()).map(|handle| List::assume(Proxy::new(handle)))
    }

    /// The number of items.
    pub fn len(&self) -> Result<usize> {
        expect_unit(lists::length(self.handle())).map(as_usize)
    }

    /// Whether there are no items.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::<i64>::from_items([1, 2, 3, 4])?;
    /// list.delete(0)?;
    /// list.delete_slice(..2)?;
    /// assert_eq!(list.to_vec()?, [4]);
    /// list.clear()?;
    /// assert!(list.is_empty()?);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Removes the item at an index without reading it.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn delete(&self, index: impl Index) -> Result<()> {
        expect_unit(lists::delete_item(self.handle(), index.position()))
    }

    /// Removes the items of a slice without reading them.
    ///
    /// # Errors
    ///
    /// `value` if its step is zero.
    pub fn delete_slice(&self, slice: impl Into<Slice>) -> Result<()> {
        expect_unit(lists::delete_slice(self.handle(), slice.into().raw()))
    }

    /// A new shared iterator, which other processes can draw from, too: by index, so that changes that are
    /// made meanwhile are seen.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::<i64>::from_items([1, 2])?;
    /// let iter = list.iter_shared()?;
    /// assert_eq!(iter.next_item()?, Some(1));
    /// list.push(3)?;
    /// assert_eq!(iter.next_many(9)?, [2, 3]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter_shared(&self) -> Result<Iter<T>> {
        Iter::over(self)
    }

    /// Removes all items.
    pub fn clear(&self) -> Result<()> {
        expect_unit(lists::clear(self.handle()))
    }

    /// Reverses the list in place.
    pub fn reverse(&self) -> Result<()> {
        expect_unit(lists::reverse(self.handle()))
    }

    /// Sorts the list in place; equal items keep their order.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([2, 3, 1])?;
    /// list.sort()?;
    /// assert_eq!(list.to_vec()?, [1, 2, 3]);
    /// list.sort_descending()?;
    /// assert_eq!(list.to_vec()?, [3, 2, 1]);
    /// list.reverse()?;
    /// assert_eq!(list.to_vec()?, [1, 2, 3]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `type` if two items have no order.
    pub fn sort(&self) -> Result<()> {
        expect_unit(lists::sort(self.handle(), false))
    }

    /// Sorts the list in place, the greatest first; equal items keep their order.
    ///
    /// # Errors
    ///
    /// `type` if two items have no order.
    pub fn sort_descending(&self) -> Result<()> {
        expect_unit(lists::sort(self.handle(), true))
    }

    /// Replaces the list by its items, so many times over; by none for zero or less.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it would be too long.
    pub fn repeat_in_place(&self, times: impl Index) -> Result<()> {
        expect_unit(lists::repeat_in_place(self.handle(), times.position()))
    }

    /// Adds the items of another list at the end; of the list itself, too, which is doubled.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([1, 2])?;
    /// list.extend_from(&List::from_items([3])?)?;
    /// list.extend([4])?;
    /// list.repeat_in_place(2)?;
    /// assert_eq!(list.to_vec()?, [1, 2, 3, 4, 1, 2, 3, 4]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it would be too long.
    pub fn extend_from(&self, other: &List<T>) -> Result<()> {
        lend(other, |other| expect_unit(lists::extend(self.handle(), other)))
    }
}

impl<T: Serialize> List<T> {
    /// A new list with these items.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it is too long.
    pub fn from_items<I: IntoIterator<Item: Like<T>>>(items: I) -> Result<List<T>> {
        let handle = lend_all(items, |items| expect_unit(lists::create_from(items)))?;
        Ok(List::assume(Proxy::new(handle)))
    }

    /// Replaces the item at an index.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn set(&self, index: impl Index, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(lists::set_item(self.handle(), index.position(), item)))
    }

    /// Replaces the items of a slice, as Python's slice assignment does.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([1, 2, 3, 4])?;
    /// list.set_slice(1..3, [9])?;
    /// assert_eq!(list.to_vec()?, [1, 9, 4]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `value` if the step is not 1 and the number of items is another.
    pub fn set_slice<I: IntoIterator<Item: Like<T>>>(&self, slice: impl Into<Slice>, items: I) -> Result<()> {
        let slice = slice.into().raw();
        lend_all(items, |items| expect_unit(lists::set_slice(self.handle(), slice, items)))
    }

    /// Adds an item at the end.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the list is full.
    pub fn push(&self, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(lists::append(self.handle(), item)))
    }

    /// Adds items at the end, all at once.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the list would be too long.
    pub fn extend<I: IntoIterator<Item: Like<T>>>(&self, items: I) -> Result<()> {
        lend_all(items, |items| expect_unit(lists::extend(self.handle(), items)))
    }

    /// Puts an item before an index, which is clipped to the list's bounds.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::<String>::from_items(["a", "c"])?;
    /// list.insert(1, "b")?;
    /// list.set(-1, "d")?;
    /// list.remove_item("a")?;
    /// assert_eq!(list.remove(0)?, "b");
    /// assert_eq!(list.to_vec()?, ["d"]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the list is full.
    pub fn insert(&self, index: impl Index, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(lists::insert(self.handle(), index.position(), item)))
    }

    /// Removes the first item that is equal to the given one.
    ///
    /// # Errors
    ///
    /// `value` if there is none.
    pub fn remove_item(&self, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(lists::remove(self.handle(), item)))
    }

    /// Whether an item equal to the given one is in the list.
    pub fn contains(&self, item: impl Like<T>) -> Result<bool> {
        lend(&item, |item| expect_unit(lists::contains(self.handle(), item)))
    }

    /// How many items are equal to the given one.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([1, 2, 1])?;
    /// assert_eq!(list.count(1)?, 2);
    /// assert!(!list.contains(3)?);
    /// assert_eq!(list.position_in(1, 1..)?, Some(2));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn count(&self, item: impl Like<T>) -> Result<usize> {
        lend(&item, |item| expect_unit(lists::count(self.handle(), item))).map(as_usize)
    }

    /// The first position of an item equal to the given one.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::<String>::from_items(["a", "b"])?;
    /// assert_eq!(list.position("b")?, Some(1));
    /// assert_eq!(list.position("c")?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn position(&self, item: impl Like<T>) -> Result<Option<usize>> {
        self.find(item, None, None)
    }

    /// The first position in a range of an item equal to the given one. A step is ignored.
    pub fn position_in(&self, item: impl Like<T>, range: impl Into<Slice>) -> Result<Option<usize>> {
        let Slice { start, stop, .. } = range.into();
        self.find(item, start, stop)
    }

    fn find(&self, item: impl Like<T>, start: Option<i64>, stop: Option<i64>) -> Result<Option<usize>> {
        match lend(&item, |item| expect_unit(lists::index(self.handle(), item, start, stop))) {
            Ok(position) => Ok(Some(as_usize(position))),
            Err(error) if error.kind == ErrorKind::Value => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<T: DeserializeOwned> List<T> {
    /// The item at an index.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    #[inline]
    pub fn get(&self, index: impl Index) -> Result<T> {
        receive(lists::get_item(self.handle(), index.position()))
    }

    /// The items of a slice.
    ///
    /// # Errors
    ///
    /// `value` if its step is zero.
    pub fn slice(&self, slice: impl Into<Slice>) -> Result<Vec<T>> {
        receive(lists::get_slice(self.handle(), slice.into().raw()))
    }

    /// Removes and returns the last item; none if the list is empty.
    ///
    /// Several processes can share work this way: each item goes to one of them.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let tasks = List::<String>::from_items(["first", "second"])?;
    /// while let Some(task) = tasks.pop()? {
    ///     println!("{task}");
    /// }
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn pop(&self) -> Result<Option<T>> {
        match expect_unit(lists::pop(self.handle(), None)) {
            Ok(item) => read(item).map(Some),
            Err(error) if error.kind == ErrorKind::Index => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes and returns the item at an index.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn remove(&self, index: impl Index) -> Result<T> {
        receive(lists::pop(self.handle(), Some(index.position())))
    }

    /// A copy of all items.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        receive(lists::copy(self.handle()))
    }

    /// A copy of all items, the last one first.
    pub fn to_vec_reversed(&self) -> Result<Vec<T>> {
        receive(lists::copy_reversed(self.handle()))
    }

    /// A copy of this list's items and then of another's.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([1, 2])?;
    /// assert_eq!(list.concat(&List::from_items([3])?)?, [1, 2, 3]);
    /// assert_eq!(list.repeat(2)?, [1, 2, 1, 2]);
    /// assert_eq!(list.to_vec_reversed()?, [2, 1]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn concat(&self, other: &List<T>) -> Result<Vec<T>> {
        read(lend(other, |other| expect_unit(lists::concat(self.handle(), other)))?)
    }

    /// A copy of the items, so many times over; none for zero or less.
    pub fn repeat(&self, times: impl Index) -> Result<Vec<T>> {
        receive(lists::repeat(self.handle(), times.position()))
    }

    /// Reads one item after the other, by index, so that changes that are made meanwhile are seen, as
    /// with Python's. [`to_vec`](List::to_vec) is faster and is of one moment.
    ///
    /// Ends where the list does, or after an error.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([1, 2])?;
    /// for item in list.iter() {
    ///     let item = item?;
    ///     if item < 3 {
    ///         list.push(item + 2)?;
    ///     }
    /// }
    /// assert_eq!(list.to_vec()?, [1, 2, 3, 4]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter(&self) -> Items<T> {
        Items { list: Some(self.clone()), next: 0 }
    }

    /// Sorts the list in place by what a function makes of each item; equal keys keep their order.
    ///
    /// The function runs here, on a copy of the items, and sees each once.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let words = List::<String>::from_items(["three", "one", "four"])?;
    /// words.sort_by_key(|word| Ok(word.len()))?;
    /// assert_eq!(words.to_vec()?, ["one", "four", "three"]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `stale` if the list has changed meanwhile, `type` if two keys have no order, and whatever the
    /// function fails with.
    pub fn sort_by_key<K: Serialize>(&self, key: impl FnMut(T) -> Result<K>) -> Result<()> {
        self.sort_by(key, false)
    }

    /// Sorts the list in place by what a function makes of each item, the greatest key first.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let words = List::<String>::from_items(["one", "three"])?;
    /// words.sort_by_key_descending(|word| Ok(word.len()))?;
    /// assert_eq!(words.to_vec()?, ["three", "one"]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`sort_by_key`](List::sort_by_key).
    pub fn sort_by_key_descending<K: Serialize>(&self, key: impl FnMut(T) -> Result<K>) -> Result<()> {
        self.sort_by(key, true)
    }

    fn sort_by<K: Serialize>(&self, mut key: impl FnMut(T) -> Result<K>, descending: bool) -> Result<()> {
        let (version, items) = expect_unit(lists::snapshot(self.handle()))?;
        let items: Vec<T> = read(items)?;
        let keys = items.into_iter().map(&mut key).collect::<Result<Vec<K>>>()?;
        lend(&keys, |keys| expect_unit(lists::sort_by_keys(self.handle(), version, keys, descending)))
    }
}

impl<T: Serialize + DeserializeOwned> List<T> {
    /// Adds to the number at an index, atomically, and returns what was there before.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let counts = List::from_items([10, 20])?;
    /// assert_eq!(counts.fetch_add(1, 5)?, 20);
    /// assert_eq!(counts.get(1)?, 25);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if there is no such item, `type` if it is not a number.
    pub fn fetch_add(&self, index: impl Index, delta: impl Like<T>) -> Result<T> {
        read(lend(&delta, |delta| expect_unit(lists::fetch_add(self.handle(), index.position(), delta)))?)
    }
}

/// Reads a list's items one after the other: see [`List::iter`].
///
/// ```
/// use commonhold_guest::{List, Result};
///
/// let list = List::from_items([1, 2, 3])?;
/// let odd: Result<Vec<i64>> = list.iter().filter(|item| !matches!(item, Ok(2))).collect();
/// assert_eq!(odd?, [1, 3]);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Items<T> {
    /// None at the end.
    list: Option<List<T>>,
    next: i64,
}

impl<T: DeserializeOwned> Iterator for Items<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let item = self.list.as_ref()?.get(self.next);
        self.next += 1;
        match item {
            Ok(item) => Some(Ok(item)),
            Err(error) => {
                self.list = None;
                if error.kind == ErrorKind::Index { None } else { Some(Err(error)) }
            }
        }
    }
}

impl<T: DeserializeOwned> std::iter::FusedIterator for Items<T> {}

impl<T: DeserializeOwned> IntoIterator for &List<T> {
    type Item = Result<T>;
    type IntoIter = Items<T>;

    fn into_iter(self) -> Items<T> {
        self.iter()
    }
}

/// A length or position, which fits: containers have a limit well below.
pub(crate) fn as_usize(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
