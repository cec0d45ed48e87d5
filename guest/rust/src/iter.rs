//! Shared iterators.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use crate::backend::iterators;
use crate::convert::receive_option;
use crate::proxy::typed_proxy;
use crate::{Proxy, Result};

/// A shared iterator: any number of processes may draw from one, and each item goes to one of them.
///
/// [`Dict::iter_keys`](crate::Dict::iter_keys) makes one. It is an iterator of Rust's at once; each
/// step is a call that can fail, for instance with `runtime` if the dict has changed size.
///
/// ```
/// use commonhold_guest::{Dict, Result};
///
/// let dict = Dict::<String, i64>::from_entries([("a", 1), ("b", 2)])?;
/// let keys = dict.iter_keys()?.collect::<Result<Vec<_>>>()?;
/// assert_eq!(keys, ["a", "b"]);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub struct Iter<T> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_proxy!(Iter<T>, "Iterator");

impl<T> Iter<T> {
    pub(crate) fn from_proxy(proxy: Proxy) -> Iter<T> {
        Iter::assume(proxy)
    }
}

impl<T: DeserializeOwned> Iter<T> {
    /// The next item; none when the iterator is exhausted, from then on for ever.
    ///
    /// ```
    /// use commonhold_guest::Dict;
    ///
    /// let keys = Dict::<i64, i64>::from_entries([(1, 2)])?.iter_keys()?;
    /// assert_eq!(keys.next_item()?, Some(1));
    /// assert_eq!(keys.next_item()?, None);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `runtime` if what it iterates over has changed size.
    pub fn next_item(&self) -> Result<Option<T>> {
        receive_option(iterators::next(self.handle()))
    }
}

impl<T: DeserializeOwned> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.next_item().transpose()
    }
}
