//! Shared deques.

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::{deques, types};
use crate::convert::{expect_unit, lend, lend_all, read, receive};
use crate::list::{Index, as_usize};
use crate::proxy::typed_proxy;
use crate::{ErrorKind, Iter, Like, Proxy, Result};

/// A shared deque of items of one type: a sequence with two ends, where adding and taking take the
/// same time however long it is.
///
/// The deque lives in the manager; this is a proxy to it. Items are copies, proxies among them are
/// references. Each function is one atomic operation on the deque. Indexes can be of any integer type;
/// negative ones count from the end.
///
/// ```
/// use commonhold_guest::Deque;
///
/// let tasks = Deque::<String>::from_items(["b", "c"])?;
/// tasks.push_front("a")?;
/// while let Some(task) = tasks.pop_front()? {
///     println!("{task}");
/// }
///
/// // One with a greatest length keeps the last items.
/// let last = Deque::with_max_len(2)?;
/// last.extend(1..=5)?;
/// assert_eq!(last.to_string(), "deque([4, 5], maxlen=2)");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
///
/// # Errors
///
/// Every function can fail as [`Proxy::call`] does: with `not-exposed` or `revoked` if the proxy was
/// narrowed, and with `bad-value` if what is read is no `T`. What each adds is listed there.
pub struct Deque<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(Deque<T>, "deque");

impl<T> Deque<T> {
    /// A new, empty deque.
    pub fn new() -> Result<Deque<T>> {
        expect_unit(deques::create(None)).map(|handle| Deque::assume(Proxy::new(handle)))
    }

    /// A new, empty deque that keeps so many items at most: what is added at one end of a full one
    /// pushes out items at the other.
    pub fn with_max_len(max_len: usize) -> Result<Deque<T>> {
        expect_unit(deques::create(Some(max_len as u64))).map(|handle| Deque::assume(Proxy::new(handle)))
    }

    /// How many items it keeps at most; none if there is no such number. It never changes.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let last = Deque::with_max_len(2)?;
    /// last.extend(1..=3)?;
    /// assert_eq!((last.max_len()?, last.to_vec()?), (Some(2), vec![2, 3]));
    /// assert_eq!(Deque::<i64>::new()?.max_len()?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn max_len(&self) -> Result<Option<usize>> {
        Ok(expect_unit(deques::max_length(self.handle()))?.map(as_usize))
    }

    /// The number of items.
    pub fn len(&self) -> Result<usize> {
        expect_unit(deques::length(self.handle())).map(as_usize)
    }

    /// Whether there are no items.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2])?;
    /// assert_eq!(deque.len()?, 2);
    /// deque.delete(-1)?;
    /// assert_eq!(deque.get(0)?, 1);
    /// deque.clear()?;
    /// assert!(deque.is_empty()?);
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
        expect_unit(deques::delete_item(self.handle(), index.position()))
    }

    /// A new shared iterator, which other processes can draw from, too: it fails with `runtime` once
    /// anything was added, removed or moved.
    ///
    /// ```
    /// use commonhold_guest::{Deque, ErrorKind};
    ///
    /// let deque = Deque::<i64>::from_items([1, 2])?;
    /// let iter = deque.iter_shared()?;
    /// assert_eq!(iter.next_item()?, Some(1));
    /// deque.push_front(0)?;
    /// assert_eq!(iter.next_item().map_err(|error| error.kind), Err(ErrorKind::Runtime));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn iter_shared(&self) -> Result<Iter<T>> {
        Iter::over(self)
    }

    /// Removes all items.
    pub fn clear(&self) -> Result<()> {
        expect_unit(deques::clear(self.handle()))
    }

    /// Reverses the deque in place.
    pub fn reverse(&self) -> Result<()> {
        expect_unit(deques::reverse(self.handle()))
    }

    /// Moves so many items from the end to the start, one after the other; the other way if it is a
    /// negative number.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2, 3, 4])?;
    /// deque.rotate(1)?;
    /// assert_eq!(deque.to_vec()?, [4, 1, 2, 3]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn rotate(&self, steps: impl Index) -> Result<()> {
        expect_unit(deques::rotate(self.handle(), steps.position()))
    }

    /// Replaces the deque by its items, so many times over; by none for zero or less.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it would be too long.
    pub fn repeat_in_place(&self, times: impl Index) -> Result<()> {
        expect_unit(deques::repeat_in_place(self.handle(), times.position()))
    }

    /// Adds the items of another deque at the end; of the deque itself, too, which is doubled.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2])?;
    /// deque.extend_from(&Deque::from_items([3])?)?;
    /// deque.reverse()?;
    /// deque.repeat_in_place(2)?;
    /// assert_eq!(deque.to_vec()?, [3, 2, 1, 3, 2, 1]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it would be too long.
    pub fn extend_from(&self, other: &Deque<T>) -> Result<()> {
        lend(other, |other| expect_unit(deques::extend(self.handle(), other)))
    }
}

impl<T: Serialize> Deque<T> {
    /// A new deque with these items.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if it is too long.
    pub fn from_items<I: IntoIterator<Item: Like<T>>>(items: I) -> Result<Deque<T>> {
        let handle = lend_all(items, |items| expect_unit(deques::create_from(items, None)))?;
        Ok(Deque::assume(Proxy::new(handle)))
    }

    /// Replaces the item at an index.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn set(&self, index: impl Index, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(deques::set_item(self.handle(), index.position(), item)))
    }

    /// Adds an item at the end.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the deque is full and keeps all items.
    pub fn push_back(&self, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(deques::append(self.handle(), item)))
    }

    /// Adds an item at the start.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the deque is full and keeps all items.
    pub fn push_front(&self, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(deques::append_left(self.handle(), item)))
    }

    /// Adds items at the end, all at once.
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the deque would be too long.
    pub fn extend<I: IntoIterator<Item: Like<T>>>(&self, items: I) -> Result<()> {
        lend_all(items, |items| expect_unit(deques::extend(self.handle(), items)))
    }

    /// Adds items at the start, all at once, so that the last one is then the first.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2])?;
    /// deque.extend_front([3, 4])?;
    /// assert_eq!(deque.to_vec()?, [4, 3, 1, 2]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `quota-exceeded` if the deque would be too long.
    pub fn extend_front<I: IntoIterator<Item: Like<T>>>(&self, items: I) -> Result<()> {
        lend_all(items, |items| expect_unit(deques::extend_left(self.handle(), items)))
    }

    /// Puts an item before an index, which is clipped to the deque's bounds.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::<String>::from_items(["a", "c"])?;
    /// deque.insert(1, "b")?;
    /// deque.set(0, "z")?;
    /// deque.remove_item("c")?;
    /// assert_eq!(deque.to_vec()?, ["z", "b"]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `index` if the deque has its greatest length, `quota-exceeded` if it is full otherwise.
    pub fn insert(&self, index: impl Index, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(deques::insert(self.handle(), index.position(), item)))
    }

    /// Removes the first item that is equal to the given one.
    ///
    /// # Errors
    ///
    /// `value` if there is none.
    pub fn remove_item(&self, item: impl Like<T>) -> Result<()> {
        lend(&item, |item| expect_unit(deques::remove(self.handle(), item)))
    }

    /// Whether an item equal to the given one is in the deque.
    pub fn contains(&self, item: impl Like<T>) -> Result<bool> {
        lend(&item, |item| expect_unit(deques::contains(self.handle(), item)))
    }

    /// How many items are equal to the given one.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2, 1])?;
    /// assert_eq!(deque.count(1)?, 2);
    /// assert!(!deque.contains(3)?);
    /// assert_eq!(deque.position(2)?, Some(1));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn count(&self, item: impl Like<T>) -> Result<usize> {
        lend(&item, |item| expect_unit(deques::count(self.handle(), item))).map(as_usize)
    }

    /// The first position of an item equal to the given one.
    pub fn position(&self, item: impl Like<T>) -> Result<Option<usize>> {
        match lend(&item, |item| expect_unit(deques::index(self.handle(), item, None, None))) {
            Ok(position) => Ok(Some(as_usize(position))),
            Err(error) if error.kind == ErrorKind::Value => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<T: DeserializeOwned> Deque<T> {
    /// The item at an index.
    ///
    /// # Errors
    ///
    /// `index` if there is none.
    pub fn get(&self, index: impl Index) -> Result<T> {
        receive(deques::get_item(self.handle(), index.position()))
    }

    /// Removes and returns the last item; none if the deque is empty.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2])?;
    /// deque.push_back(3)?;
    /// assert_eq!(deque.pop_back()?, Some(3));
    /// assert_eq!(deque.pop_front()?, Some(1));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn pop_back(&self) -> Result<Option<T>> {
        read_end(deques::pop(self.handle()))
    }

    /// Removes and returns the first item; none if the deque is empty.
    ///
    /// Several processes can share work this way: each item goes to one of them.
    pub fn pop_front(&self) -> Result<Option<T>> {
        read_end(deques::pop_left(self.handle()))
    }

    /// A copy of all items.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        receive(deques::copy(self.handle()))
    }

    /// A copy of all items, the last one first.
    pub fn to_vec_reversed(&self) -> Result<Vec<T>> {
        receive(deques::copy_reversed(self.handle()))
    }

    /// A copy of this deque's items and then of another's; the last ones if this one has a greatest
    /// length.
    ///
    /// ```
    /// use commonhold_guest::Deque;
    ///
    /// let deque = Deque::from_items([1, 2])?;
    /// assert_eq!(deque.concat(&Deque::from_items([3])?)?, [1, 2, 3]);
    /// assert_eq!(deque.repeat(2)?, [1, 2, 1, 2]);
    /// assert_eq!(deque.to_vec_reversed()?, [2, 1]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn concat(&self, other: &Deque<T>) -> Result<Vec<T>> {
        read(lend(other, |other| expect_unit(deques::concat(self.handle(), other)))?)
    }

    /// A copy of the items, so many times over; none for zero or less.
    pub fn repeat(&self, times: impl Index) -> Result<Vec<T>> {
        receive(deques::repeat(self.handle(), times.position()))
    }
}

fn read_end<T: DeserializeOwned>(popped: Result<types::Value, types::Error>) -> Result<Option<T>> {
    match expect_unit(popped) {
        Ok(item) => read(item).map(Some),
        Err(error) if error.kind == ErrorKind::Index => Ok(None),
        Err(error) => Err(error),
    }
}
