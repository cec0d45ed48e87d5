use super::typed::typed;
use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{CallError, Item, Proxy};
use crate::referents::deque;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A shared deque whose items are read and written as `T`: a sequence with two ends.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// // The last three of what was pushed.
/// let last = manager.deque(1..=3, Some(3))?;
/// last.push_back(&4)?;
/// assert_eq!(last.to_vec()?, [2, 3, 4]);
/// assert_eq!(last.pop_front()?, Some(2));
/// assert_eq!(last.to_string(), "deque([3, 4], maxlen=3)");
/// # Ok(())
/// # }
/// ```
pub struct Deque<T> {
    proxy: Proxy,
    items: PhantomData<fn(T) -> T>,
}

impl<T> Deque<T> {
    pub(super) fn create(
        objects: &Arc<Objects>,
        items: impl IntoIterator<Item = T>,
        max_len: Option<u64>,
    ) -> Result<Self, Error>
    where
        T: Serialize,
    {
        let proxy = deque::Deque::create(&objects.home().host(), max_len);
        let deque = Self { proxy, items: PhantomData };
        for it in items {
            deque.push_back(&it)?;
        }
        Ok(deque)
    }

    /// How many items it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(deque::Deque::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// How many items it may have; `None` if there is no such length.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn max_len(&self) -> Result<Option<u64>, Error> {
        Ok(deque::Deque::max_length(&self.proxy)?)
    }

    /// The item at an index; negative ones count from the end.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `bad-value` if it is no `T`.
    pub fn get(&self, index: i64) -> Result<T, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&deque::Deque::get_item(&self.proxy, index)?)
    }

    /// Replaces the item at an index.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn set(&self, index: i64, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(deque::Deque::set_item(&self.proxy, index, item(it)?)?)
    }

    /// Adds an item at the end. One that has its greatest length loses the first one.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if it is full otherwise.
    pub fn push_back(&self, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(deque::Deque::append(&self.proxy, item(it)?)?)
    }

    /// Adds an item at the start. One that has its greatest length loses the last one.
    ///
    /// # Errors
    ///
    /// As for [`push_back`](Self::push_back).
    pub fn push_front(&self, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(deque::Deque::append_left(&self.proxy, item(it)?)?)
    }

    /// Removes the last item; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`.
    pub fn pop_back(&self) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_end(deque::Deque::pop(&self.proxy))
    }

    /// Removes the first item; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`.
    pub fn pop_front(&self) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_end(deque::Deque::pop_left(&self.proxy))
    }

    /// Moves so many items from the end to the start; the other way if it is negative.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn rotate(&self, steps: i64) -> Result<(), Error> {
        Ok(deque::Deque::rotate(&self.proxy, steps)?)
    }

    /// Removes all items.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(deque::Deque::clear(&self.proxy)?)
    }

    /// A copy of all items.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if an item is no `T`, `quota-exceeded` if they are too many
    /// for one value.
    pub fn to_vec(&self) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&deque::Deque::copy(&self.proxy)?)
    }
}

/// What was at an end, if something was.
fn read_end<T: DeserializeOwned>(popped: Result<Item, CallError>) -> Result<Option<T>, Error> {
    match popped {
        Ok(item) => read_item(&item).map(Some),
        Err(error) if error.kind == ErrorKind::Index => Ok(None),
        Err(error) => Err(error.into()),
    }
}

typed!(Deque<T>, "deque", items);
