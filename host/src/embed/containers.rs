use crate::convert::{item, read_item};
use crate::error::Error;
use crate::manager::Objects;
use crate::object::{CallError, Item, Proxy};
use crate::referents::deque;
use crate::referents::dict;
use crate::referents::list;
use crate::referents::set;
use crate::sync::Arc;
use commonhold_wire::ErrorKind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// A shared list whose items are read and written as `T`.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
pub struct List<T> {
    proxy: Proxy,
    items: PhantomData<fn(T) -> T>,
}

impl<T> List<T> {
    pub(super) fn create(objects: &Arc<Objects>, items: impl IntoIterator<Item = T>) -> Result<Self, Error>
    where
        T: Serialize,
    {
        let items = items.into_iter();
        // By hand: collecting results would not know how many there are.
        let mut all = Vec::with_capacity(items.size_hint().0);
        for it in items {
            all.push(item(&it)?);
        }
        let proxy = list::List::create_of(&objects.home().host(), all)?;
        Ok(Self { proxy, items: PhantomData })
    }

    /// How many items it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(list::List::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
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
        read_item(&list::List::get_item(&self.proxy, index)?)
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
        Ok(list::List::set_item(&self.proxy, index, item(it)?)?)
    }

    /// Adds an item at the end.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `quota-exceeded` if the list is full.
    pub fn push(&self, it: &T) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(list::List::append(&self.proxy, item(it)?)?)
    }

    /// Removes the last item; `None` if the list is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`.
    pub fn pop(&self) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        match list::List::pop(&self.proxy, None) {
            Ok(item) => read_item(&item).map(Some),
            Err(error) if error.kind == ErrorKind::Index => Ok(None),
            Err(error) => Err(error.into()),
        }
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
        read_item(&list::List::copy(&self.proxy)?)
    }

    /// Adds to the number at an index, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `type` if either is not a number.
    pub fn fetch_add(&self, index: i64, delta: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&list::List::fetch_add(&self.proxy, index, &item(delta)?)?)
    }

    /// Replaces the value at an index by one that is greater, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none, `type` if the two have no order.
    pub fn fetch_max(&self, index: i64, it: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&list::List::fetch_max(&self.proxy, index, item(it)?)?)
    }

    /// Replaces the value at an index, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn swap(&self, index: i64, it: &T) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        read_item(&list::List::swap(&self.proxy, index, item(it)?)?)
    }

    /// Replaces the value at an index if it is equal to the expected one, atomically, as Python's `==` finds. Gives
    /// what was there, as the atomics of the standard library do: `Ok` if it was replaced, `Err` if not.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let scores = manager.list([3, 5])?;
    /// assert_eq!(scores.compare_exchange(0, &3, &4)?, Ok(3));
    /// assert_eq!(scores.compare_exchange(0, &3, &9)?, Err(4));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn compare_exchange(&self, index: i64, expected: &T, new: &T) -> Result<Result<T, T>, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        flagged(list::List::compare_exchange(&self.proxy, index, &item(expected)?, item(new)?)?)
    }

    /// Removes the value at an index if it is equal to the expected one, atomically. Gives what was there: `Ok` if it
    /// was removed, `Err` if not.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if there is none.
    pub fn remove_if(&self, index: i64, expected: &T) -> Result<Result<T, T>, Error>
    where
        T: Serialize + DeserializeOwned,
    {
        flagged(list::List::pop_if(&self.proxy, index, &item(expected)?)?)
    }

    /// The value at the end of a path: a tuple or list of keys and indexes, as in `(0, "name")`. Each leads
    /// into a plain value, or through a proxy into another object.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key`, `index` or `type` where a step leads nowhere, `bad-value` if the value is no `R`.
    pub fn get_path<R: DeserializeOwned>(&self, path: &impl Serialize) -> Result<R, Error> {
        read_item(&list::List::get_path(&self.proxy, &item(path)?)?)
    }

    /// Puts a value at the end of a path. A plain value that the path leads into is replaced as a whole, atomically.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let rows = manager.list([vec![1, 2], vec![3]])?;
    /// rows.set_path(&(0, 1), &5)?;
    /// assert_eq!(rows.get_path::<i64>(&(0, -1))?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`get_path`](Self::get_path); [`Error::Call`] with `quota-exceeded` or `bad-value` if the whole becomes
    /// too large or nests too deep.
    pub fn set_path(&self, path: &impl Serialize, it: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        Ok(list::List::set_path(&self.proxy, &item(path)?, item(it)?)?)
    }

    /// Copies of the items at some indexes, of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if one is not there.
    pub fn get_many(&self, indexes: &[i64]) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&list::List::get_many(&self.proxy, &item(indexes)?)?)
    }

    /// Replaces the items at some indexes at one moment: all of them, or none if there is an error.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `index` if one is not there.
    pub fn set_many(&self, pairs: &[(i64, T)]) -> Result<(), Error>
    where
        T: Serialize,
    {
        Ok(list::List::set_many(&self.proxy, &item(pairs)?)?)
    }
}

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

/// A dict both takes and gives keys and values.
type Entries<K, V> = PhantomData<fn(K, V) -> (K, V)>;

/// A shared dict whose keys are read and written as `K` and its values as `V`.
///
/// Reading gives copies; changing one changes nothing shared. No method waits.
pub struct Dict<K, V> {
    proxy: Proxy,
    entries: Entries<K, V>,
}

impl<K, V> Dict<K, V> {
    pub(super) fn create(objects: &Arc<Objects>, entries: impl IntoIterator<Item = (K, V)>) -> Result<Self, Error>
    where
        K: Serialize,
        V: Serialize,
    {
        let proxy = dict::Dict::create(&objects.home().host());
        let dict = Self { proxy, entries: PhantomData };
        for (key, it) in entries {
            dict.set(&key, &it)?;
        }
        Ok(dict)
    }

    /// How many entries it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(dict::Dict::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// The value of a key; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable, `bad-value` if the value is no `V`.
    pub fn get<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_optional(dict::Dict::find(&self.proxy, &item(key)?)?)
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable, `quota-exceeded` if the dict is full.
    pub fn set<Q: Serialize + ?Sized>(&self, key: &Q, it: &V) -> Result<(), Error>
    where
        V: Serialize,
    {
        Ok(dict::Dict::set_item(&self.proxy, item(key)?, item(it)?)?)
    }

    /// Removes a key and gives its value; `None` if it was not there.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    pub fn remove<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<Option<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_optional(dict::Dict::take(&self.proxy, &item(key)?)?)
    }

    /// Whether there is such a key.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if the key is not hashable.
    pub fn contains_key<Q: Serialize + ?Sized>(&self, key: &Q) -> Result<bool, Error> {
        Ok(dict::Dict::contains(&self.proxy, &item(key)?)?)
    }

    /// A copy of all entries, in order of insertion.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if one is no `(K, V)`, `quota-exceeded` if they are too many
    /// for one value.
    pub fn to_vec(&self) -> Result<Vec<(K, V)>, Error>
    where
        K: DeserializeOwned,
        V: DeserializeOwned,
    {
        read_item(&dict::Dict::items(&self.proxy)?)
    }

    /// Adds to the number of a key, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none, `type` if either is not a number.
    pub fn fetch_add<Q: Serialize + ?Sized>(&self, key: &Q, delta: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::fetch_add(&self.proxy, item(key)?, &item(delta)?, None)?)
    }

    /// Replaces the value of a key by one that is greater, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none, `type` if the two have no order.
    pub fn fetch_max<Q: Serialize + ?Sized>(&self, key: &Q, it: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::fetch_max(&self.proxy, item(key)?, item(it)?, None)?)
    }

    /// Replaces the value of a key, atomically, and gives what was there before.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none.
    pub fn swap<Q: Serialize + ?Sized>(&self, key: &Q, it: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::swap(&self.proxy, &item(key)?, item(it)?)?)
    }

    /// Replaces the value of a key if it is equal to the expected one, atomically, as Python's `==` finds. Gives
    /// what was there, as the atomics of the standard library do: `Ok` if it was replaced, `Err` if not.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let scores = manager.dict([("a", 3), ("b", 5)])?;
    /// assert_eq!(scores.compare_exchange(&"a", &3, &4)?, Ok(3));
    /// assert_eq!(scores.compare_exchange(&"a", &3, &9)?, Err(4));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none.
    pub fn compare_exchange<Q: Serialize + ?Sized>(&self, key: &Q, expected: &V, new: &V) -> Result<Result<V, V>, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        flagged(dict::Dict::compare_exchange(&self.proxy, &item(key)?, &item(expected)?, item(new)?)?)
    }

    /// Removes the value of a key if it is equal to the expected one, atomically. Gives what was there: `Ok` if it
    /// was removed, `Err` if not.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if there is none.
    pub fn remove_if<Q: Serialize + ?Sized>(&self, key: &Q, expected: &V) -> Result<Result<V, V>, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        flagged(dict::Dict::pop_if(&self.proxy, &item(key)?, &item(expected)?)?)
    }

    /// The value at the end of a path: a tuple or list of keys and indexes, as in `("servers", 0, "name")`. Each leads
    /// into a plain value, or through a proxy into another object.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key`, `index` or `type` where a step leads nowhere, `bad-value` if the value is no `R`.
    pub fn get_path<R: DeserializeOwned>(&self, path: &impl Serialize) -> Result<R, Error> {
        read_item(&dict::Dict::get_path(&self.proxy, &item(path)?)?)
    }

    /// Puts a value at the end of a path. A plain value that the path leads into is replaced as a whole, atomically.
    ///
    /// ```
    /// # fn main() -> Result<(), commonhold::Error> {
    /// let manager = commonhold::Manager::new()?;
    /// let rows = manager.dict([("a", vec![1, 2]), ("b", vec![3])])?;
    /// rows.set_path(&("a", 1), &5)?;
    /// assert_eq!(rows.get_path::<i64>(&("a", -1))?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`get_path`](Self::get_path); [`Error::Call`] with `quota-exceeded` or `bad-value` if the whole becomes
    /// too large or nests too deep.
    pub fn set_path(&self, path: &impl Serialize, it: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        Ok(dict::Dict::set_path(&self.proxy, &item(path)?, item(it)?)?)
    }

    /// The value of a key, which is set to the default first if it is missing, atomically.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set).
    pub fn get_or_insert<Q: Serialize + ?Sized>(&self, key: &Q, default: &V) -> Result<V, Error>
    where
        V: Serialize + DeserializeOwned,
    {
        read_item(&dict::Dict::set_default(&self.proxy, item(key)?, item(default)?)?)
    }

    /// Copies of the values of some keys, of one moment.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `key` if one is not there.
    pub fn get_many<Q: Serialize>(&self, keys: &[Q]) -> Result<Vec<V>, Error>
    where
        V: DeserializeOwned,
    {
        read_item(&dict::Dict::get_many(&self.proxy, &item(keys)?, None)?)
    }

    /// Sets entries at one moment: all of them, or none if there is an error.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set).
    pub fn set_many<Q: Serialize>(&self, entries: &[(Q, V)]) -> Result<(), Error>
    where
        V: Serialize,
    {
        Ok(dict::Dict::set_many(&self.proxy, &item(entries)?)?)
    }
}

/// What was there, and whether it is there no more.
fn flagged<T: DeserializeOwned>((done, item): (bool, Item)) -> Result<Result<T, T>, Error> {
    let there = read_item(&item)?;
    Ok(if done { Ok(there) } else { Err(there) })
}

/// A shared set whose elements are read and written as `T`, in order of insertion.
///
/// Reading gives copies; changing one changes nothing shared. Elements are compared as Python's are, so that 1 and 1.0
/// are one element. No method waits.
///
/// ```
/// # fn main() -> Result<(), commonhold::Error> {
/// let manager = commonhold::Manager::new()?;
/// let seen = manager.set([30, 10])?;
/// assert!(seen.insert(&20)?);
/// assert!(!seen.insert(&30)?, "somebody was first");
/// assert!(seen.remove(&10)?);
/// seen.extend(&[20, 40])?;
/// assert_eq!(seen.to_vec()?, [30, 20, 40]);
/// assert_eq!(seen.to_string(), "{30, 20, 40}");
/// assert!(seen.is_disjoint(&manager.set([50])?)?);
/// # Ok(())
/// # }
/// ```
pub struct Set<T> {
    proxy: Proxy,
    elements: PhantomData<fn(T) -> T>,
}

impl<T> Set<T> {
    pub(super) fn create(objects: &Arc<Objects>, elements: impl IntoIterator<Item = T>) -> Result<Self, Error>
    where
        T: Serialize,
    {
        let proxy = set::Set::create(&objects.home().host());
        let set = Self { proxy, elements: PhantomData };
        for it in elements {
            set.insert(&it)?;
        }
        Ok(set)
    }

    /// How many elements it has.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `not-exposed` or `revoked`, as for all methods.
    pub fn len(&self) -> Result<u64, Error> {
        Ok(set::Set::length(&self.proxy)?)
    }

    /// Whether it has none.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_empty(&self) -> Result<bool, Error> {
        Ok(self.len()? == 0)
    }

    /// Whether there is such an element.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is not hashable.
    pub fn contains<Q: Serialize + ?Sized>(&self, element: &Q) -> Result<bool, Error> {
        Ok(set::Set::contains(&self.proxy, &item(element)?)?)
    }

    /// Adds an element, unless there is an equal one; whether it was not there before. Of several who add the same one
    /// at the same time, one is told so.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `type` if it is not hashable, `quota-exceeded` if the set is full.
    pub fn insert(&self, element: &T) -> Result<bool, Error>
    where
        T: Serialize,
    {
        Ok(set::Set::add(&self.proxy, item(element)?)?)
    }

    /// Removes an element; whether it was there.
    ///
    /// # Errors
    ///
    /// As for [`contains`](Self::contains).
    pub fn remove<Q: Serialize + ?Sized>(&self, element: &Q) -> Result<bool, Error> {
        Ok(set::Set::discard(&self.proxy, &item(element)?)?)
    }

    /// Removes the element that was added last; `None` if the set is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if it is no `T`.
    pub fn pop(&self) -> Result<Option<T>, Error>
    where
        T: DeserializeOwned,
    {
        match set::Set::pop(&self.proxy) {
            Ok(item) => read_item(&item).map(Some),
            Err(error) if error.kind == ErrorKind::Key => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds many elements, in one operation.
    ///
    /// # Errors
    ///
    /// As for [`insert`](Self::insert), and what comes before the mistake is added.
    pub fn extend<'a>(&self, elements: impl IntoIterator<Item = &'a T>) -> Result<(), Error>
    where
        T: Serialize + 'a,
    {
        let elements: Vec<&T> = elements.into_iter().collect();
        Ok(set::Set::update(&self.proxy, &[item(&elements)?])?)
    }

    /// Removes all elements.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn clear(&self) -> Result<(), Error> {
        Ok(set::Set::clear(&self.proxy)?)
    }

    /// Whether all elements are in another set, as of the moment when that was looked at.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_subset(&self, other: &Self) -> Result<bool, Error> {
        Ok(set::Set::is_subset(&self.proxy, &Item::proxy(other.proxy.clone()))?)
    }

    /// Whether no element is in another set, as of the moment when that was looked at.
    ///
    /// # Errors
    ///
    /// As for [`len`](Self::len).
    pub fn is_disjoint(&self, other: &Self) -> Result<bool, Error> {
        Ok(set::Set::is_disjoint(&self.proxy, &Item::proxy(other.proxy.clone()))?)
    }

    /// A copy of all elements, in order of insertion.
    ///
    /// # Errors
    ///
    /// [`Error::Call`] with `bad-value` if one is no `T`, `quota-exceeded` if they are too many for one value.
    pub fn to_vec(&self) -> Result<Vec<T>, Error>
    where
        T: DeserializeOwned,
    {
        read_item(&set::Set::items(&self.proxy)?)
    }
}

fn read_optional<V: DeserializeOwned>(item: Option<Item>) -> Result<Option<V>, Error> {
    item.map(|item| read_item(&item)).transpose()
}

/// What all typed proxies have in common.
macro_rules! typed {
    ($name:ident $(<$($parameter:ident $(: $bound:path)?),*>)?, $typeid:literal, $marker:ident $(, $check:path)?) => {
        impl<$($($parameter $(: $bound)?),*)?> $name<$($($parameter),*)?> {
            /// The untyped proxy.
            pub fn proxy(&self) -> &$crate::Proxy {
                &self.proxy
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> TryFrom<$crate::Proxy> for $name<$($($parameter),*)?> {
            type Error = $crate::Error;

            fn try_from(proxy: $crate::Proxy) -> Result<Self, $crate::Error> {
                if proxy.typeid() == $typeid {
                    $($check(&proxy)?;)?
                    Ok(Self { proxy, $marker: std::marker::PhantomData })
                } else {
                    let message = format!("expected a proxy to a '{}', got one to a '{}'", $typeid, proxy.typeid());
                    Err($crate::CallError::new($crate::ErrorKind::Type, message).into())
                }
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> Clone for $name<$($($parameter),*)?> {
            fn clone(&self) -> Self {
                Self { proxy: self.proxy.clone(), $marker: std::marker::PhantomData }
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> PartialEq for $name<$($($parameter),*)?> {
            /// Whether both are the same object, whatever is in it.
            fn eq(&self, other: &Self) -> bool {
                self.proxy == other.proxy
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> Eq for $name<$($($parameter),*)?> {}

        impl<$($($parameter $(: $bound)?),*)?> std::fmt::Debug for $name<$($($parameter),*)?> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.proxy, f)
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> std::fmt::Display for $name<$($($parameter),*)?> {
            /// Prints the object as Python does, or the proxy if that is not exposed.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let most = self.proxy.home().limits().value_bytes;
                let may = self.proxy.check(crate::object::TO_TEXT);
                let text = may.and_then(|()| self.proxy.body().to_text(self.proxy.id(), most));
                match text {
                    Ok(text) => f.write_str(&text),
                    Err(_) => std::fmt::Debug::fmt(&self.proxy, f),
                }
            }
        }

        impl<$($($parameter $(: $bound)?),*)?> serde::Serialize for $name<$($($parameter),*)?> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&self.proxy, serializer)
            }
        }

        impl<'de, $($($parameter $(: $bound)?),*)?> serde::Deserialize<'de> for $name<$($($parameter),*)?> {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::try_from(<$crate::Proxy as serde::Deserialize>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(super) use typed;

typed!(List<T>, "list", items);
typed!(Dict<K, V>, "dict", entries);
typed!(Set<T>, "set", elements);
typed!(Deque<T>, "deque", items);
