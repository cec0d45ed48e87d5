//! The untyped proxy, and what all typed ones have in common.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use commonhold_wire::ProxyIdentity;
use serde::de::DeserializeOwned;

use crate::arguments::{Arguments, Keywords};
use crate::backend::types;
use crate::convert::{expect_unit, read, receive};
use crate::lock::nanoseconds;
use crate::{Result, Value};

/// A handle to a shared object of any type.
///
/// A proxy is a reference: whoever has one can reach the object, and the object lives as long as
/// anybody has one. It can be kept in any shared container, sent to another process, and be part of
/// any `serde` type that travels.
///
/// It prints as the object does (`{}`, Python's `str`) or as itself (`{:?}`, Python's `repr`), and two
/// proxies are equal, hash alike and are in order by the identity of their objects alone.
///
/// Cloning is cheap: the clones share one handle, and the manager counts one holder. A
/// [`duplicate`](Proxy::duplicate) is a holder of its own.
///
/// ```
/// use commonhold_guest::{List, Proxy};
///
/// let list = List::from_items([3, 1, 2])?;
/// let proxy: Proxy = list.clone().into();
/// proxy.call_with::<()>("sort", (), (("reverse", true),))?;
/// assert_eq!(proxy.call::<i64>("__getitem__", (0,))?, 3);
/// assert_eq!(proxy.to_text()?, "[3, 2, 1]");
/// assert_eq!(proxy, *list.as_proxy());
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[derive(Clone)]
pub struct Proxy(Arc<Inner>);

struct Inner {
    handle: types::Proxy,
    /// The referent's id, once anybody has asked for it.
    id: OnceLock<u64>,
}

impl Proxy {
    #[inline]
    pub(crate) fn new(handle: types::Proxy) -> Proxy {
        Proxy(Arc::new(Inner { handle, id: OnceLock::new() }))
    }

    /// The handle as the [bindings](crate::bindings) have it.
    ///
    /// ```
    /// use commonhold_guest::{List, bindings::lists};
    ///
    /// let list = List::from_items([1, 2])?;
    /// assert_eq!(lists::length(list.as_proxy().handle()).ok(), Some(2));
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    #[inline]
    pub fn handle(&self) -> &types::Proxy {
        &self.0.handle
    }

    /// The handle, to be given away: itself if nobody else shares it, else a new one.
    pub(crate) fn into_handle(self) -> types::Proxy {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => inner.handle,
            Err(shared) => shared.handle.duplicate(),
        }
    }

    /// The name of the object's type: `list`, `dict`, `Lock`, `Process`, or that of a provider's own
    /// type.
    ///
    /// ```
    /// use commonhold_guest::List;
    ///
    /// let list = List::from_items([1, 2])?;
    /// let proxy = list.as_proxy();
    /// assert_eq!(proxy.typeid(), "list");
    /// assert_eq!(proxy.repr(), format!("<ListProxy object, typeid 'list' at {:#x}>", proxy.id()));
    /// assert_eq!(proxy.duplicate(), *proxy);
    /// assert_eq!(proxy.get_value::<Vec<i64>>()?, [1, 2]);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    pub fn typeid(&self) -> String {
        self.handle().typeid()
    }

    /// The number of the object, which is never used again for another one. It is no authority: no
    /// function turns a number into a proxy.
    pub fn id(&self) -> u64 {
        *self.0.id.get_or_init(|| self.handle().id())
    }

    /// One more proxy to the same object, with the same rights, which the manager counts as one more
    /// holder.
    pub fn duplicate(&self) -> Proxy {
        let id = self.0.id.clone();
        Proxy(Arc::new(Inner { handle: self.handle().duplicate(), id }))
    }

    /// The names of the methods that [`call`](Proxy::call) would accept from this proxy.
    pub fn methods(&self) -> Vec<String> {
        self.handle().methods()
    }

    /// Those of [`methods`](Proxy::methods) that leave the object as it was.
    pub fn reading_methods(&self) -> Vec<String> {
        self.handle().reading_methods()
    }

    /// A proxy to the same object that can read it and no more: [narrowed](Proxy::narrow) to the methods
    /// that leave it as it was.
    ///
    /// ```
    /// use commonhold_guest::{ErrorKind, List};
    ///
    /// let list = List::from_items([1])?;
    /// assert!(list.as_proxy().methods().contains(&"append".to_owned()));
    /// assert!(!list.as_proxy().reading_methods().contains(&"append".to_owned()));
    ///
    /// let reader: List<i64> = list.as_proxy().read_only()?.try_into()?;
    /// assert_eq!(reader.to_vec()?, [1]);
    /// assert_eq!(reader.push(2).unwrap_err().kind, ErrorKind::NotExposed);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`narrow`](Proxy::narrow).
    pub fn read_only(&self) -> Result<Proxy> {
        self.narrow(&Rights { methods: Some(self.reading_methods()), ..Rights::all() })
    }

    /// Calls a method by name. The names, defaults and messages of the built-in types' methods are
    /// those of Python's: `append`, `__getitem__`.
    ///
    /// The arguments are a tuple of anything that `serde` can serialise; `()` is none and `(x,)` is
    /// one. Waits if the method does, or if a provider implements the object.
    ///
    /// # Errors
    ///
    /// `not-exposed` if the proxy lacks the right or the type lacks the method, `bad-value` if the
    /// result is no `T`, else what the method reports.
    pub fn call<T: DeserializeOwned>(&self, method: &str, args: impl Arguments) -> Result<T> {
        read(args.lend(|args| expect_unit(self.handle().call(method, args, &[])))?)
    }

    /// Calls a method by name, with keyword arguments: a tuple of pairs of a name and a value.
    ///
    /// # Errors
    ///
    /// As [`call`](Proxy::call).
    pub fn call_with<T: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Arguments,
        kwargs: impl Keywords,
    ) -> Result<T> {
        read(args.lend(|args| kwargs.lend(|kwargs| expect_unit(self.handle().call(method, args, kwargs))))?)
    }

    /// A copy of the object's whole state as a plain value: a shared list gives a list. Proxies inside
    /// it stay proxies.
    ///
    /// # Errors
    ///
    /// `unserializable` where a type has no such copy, `bad-value` if it is no `T`.
    pub fn get_value<T: DeserializeOwned>(&self) -> Result<T> {
        receive(self.handle().get_value())
    }

    /// The object as text: what Python's `str(proxy)` prints, `[1, 'a', None]`. Displaying the proxy
    /// does the same, without the error.
    ///
    /// # Errors
    ///
    /// `not-exposed` if the proxy must not print the object.
    pub fn to_text(&self) -> Result<String> {
        expect_unit(self.handle().to_text())
    }

    /// The proxy itself as text: `<ListProxy object, typeid 'list' at 0x2a>`, where the number is the
    /// object's id. Its `Debug` form is the same.
    pub fn repr(&self) -> String {
        self.handle().repr()
    }

    /// A proxy to the same object with fewer rights, for a time or a number of uses if so wanted. Rights that this
    /// proxy lacks are not gained. The new proxy, and everything derived from it, can be taken back with
    /// [`revoke`](Proxy::revoke).
    ///
    /// ```
    /// use commonhold_guest::{ErrorKind, List, Rights};
    ///
    /// let list = List::<String>::from_items(["a", "b"])?;
    /// let reader: List<String> = list.as_proxy().narrow(&Rights::only(["__getitem__", "__len__"]))?.try_into()?;
    /// assert_eq!(reader.get(1)?, "b");
    /// assert_eq!(reader.push("c").unwrap_err().kind, ErrorKind::NotExposed);
    ///
    /// reader.as_proxy().revoke()?;
    /// assert_eq!(reader.get(1).unwrap_err().kind, ErrorKind::Revoked);
    /// # Ok::<(), commonhold_guest::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `attribute` names a method that the type does not have; `quota-exceeded` where narrowing is
    /// nested too deeply.
    pub fn narrow(&self, rights: &Rights) -> Result<Proxy> {
        rights.lend(|rights| expect_unit(self.handle().narrow(rights))).map(Proxy::new)
    }

    /// Takes back the rights of this proxy and of everything derived from it, wherever it has got to.
    ///
    /// # Errors
    ///
    /// `not-exposed` if it was never narrowed, or by another process.
    pub fn revoke(&self) -> Result<()> {
        expect_unit(self.handle().revoke())
    }
}

/// What Python's `str` prints; if the object cannot be printed, what Python prints then.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_text() {
            Ok(text) => f.pad(&text),
            Err(_) => {
                let repr = self.repr();
                let repr = repr.strip_suffix('>').unwrap_or(&repr);
                write!(f, "{repr}; '__str__()' failed>")
            }
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repr())
    }
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Proxy) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.id() == other.id()
    }
}

impl Eq for Proxy {}

impl Hash for Proxy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl PartialOrd for Proxy {
    fn partial_cmp(&self, other: &Proxy) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Proxy {
    fn cmp(&self, other: &Proxy) -> Ordering {
        self.id().cmp(&other.id())
    }
}

impl ProxyIdentity for Proxy {
    fn referent_id(&self) -> u64 {
        self.id()
    }

    fn repr(&self) -> String {
        Proxy::repr(self)
    }

    fn type_name(&self) -> String {
        let repr = Proxy::repr(self);
        let name = repr.strip_prefix('<').and_then(|repr| repr.split_once(" object, typeid "));
        name.map_or("Proxy", |(name, _)| name).to_owned()
    }
}

impl AsRef<Proxy> for Proxy {
    fn as_ref(&self) -> &Proxy {
        self
    }
}

impl From<types::Proxy> for Proxy {
    fn from(handle: types::Proxy) -> Proxy {
        Proxy::new(handle)
    }
}

impl From<Proxy> for Value {
    fn from(proxy: Proxy) -> Value {
        Value::Proxy(proxy)
    }
}

/// What a proxy may be used for.
///
/// ```
/// use commonhold_guest::{List, Proxy, Rights};
/// use std::time::Duration;
///
/// let list = List::from_items([1])?;
/// let counter = list.as_proxy().narrow(&Rights { to_text: true, ..Rights::only(["__len__"]) })?;
/// assert_eq!(counter.call::<i64>("__len__", ())?, 1);
/// assert_eq!(counter.to_text()?, "[1]");
/// assert!(counter.get_value::<Vec<i64>>().is_err());
///
/// // All that can be done with this one, and it can be taken back.
/// let lent: Proxy = list.as_proxy().narrow(&Rights::all())?;
/// lent.revoke()?;
/// assert!(lent.to_text().is_err());
///
/// // One that is good for two uses within a minute.
/// let ticket = Rights { lifetime: Some(Duration::from_secs(60)), uses: Some(2), ..Rights::all() };
/// let ticket = list.as_proxy().narrow(&ticket)?;
/// assert_eq!((ticket.to_text()?, ticket.get_value::<Vec<i64>>()?), ("[1]".to_owned(), vec![1]));
/// assert_eq!(ticket.to_text().unwrap_err().message, "the proxy was used up");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The methods that may be called; none means all that the type has.
    pub methods: Option<Vec<String>>,
    /// Whether the object may be copied out as a whole, with [`Proxy::get_value`].
    pub get_value: bool,
    /// Whether the object may be printed.
    pub to_text: bool,
    /// For how long the rights last, from when they are given; none means for ever. After that, each use and each wait
    /// fails with `revoked`.
    pub lifetime: Option<Duration>,
    /// How many times the proxy, and all that is derived from it together, may be used; none means any number of times.
    /// A use is one operation: a call, a copy, a print, a step of an iterator over the object; also one that then fails,
    /// but not one that is refused for want of a right.
    pub uses: Option<u64>,
}

impl Rights {
    /// All rights, which is also how a proxy can be made that is revocable and nothing else.
    pub fn all() -> Rights {
        Rights { methods: None, get_value: true, to_text: true, lifetime: None, uses: None }
    }

    /// The right to call some methods, by the names that [`Proxy::call`] takes, and nothing else.
    pub fn only<I: IntoIterator<Item: Into<String>>>(methods: I) -> Rights {
        let methods = methods.into_iter().map(Into::into).collect();
        Rights { methods: Some(methods), get_value: false, to_text: false, ..Rights::all() }
    }

    pub(crate) fn lend<T>(&self, call: impl FnOnce(types::Rights<'_>) -> T) -> T {
        let methods: Option<Vec<&str>> =
            self.methods.as_ref().map(|methods| methods.iter().map(String::as_str).collect());
        call(types::Rights {
            methods: methods.as_deref(),
            get_value: self.get_value,
            to_text: self.to_text,
            lifetime: self.lifetime.map(nanoseconds),
            uses: self.uses,
        })
    }
}

/// What a typed proxy has in common with all others. The type has one field `proxy` and one `of`.
macro_rules! typed_proxy {
    ($name:ident $(<$($parameter:ident),+>)?, $typeid:literal $(| $more:literal)*) => {
        impl $(<$($parameter),+>)? $name $(<$($parameter),+>)? {
            /// The untyped proxy.
            pub fn as_proxy(&self) -> &$crate::Proxy {
                &self.proxy
            }

            #[inline]
            #[allow(dead_code)]
            fn handle(&self) -> &$crate::backend::types::Proxy {
                self.proxy.handle()
            }

            #[inline]
            fn assume(proxy: $crate::Proxy) -> Self {
                $name { proxy, of: std::marker::PhantomData }
            }

            #[inline]
            fn into_proxy(self) -> $crate::Proxy {
                self.proxy
            }

            /// One more proxy to the same object, which the manager counts as one more holder. A
            /// clone shares the handle of the original.
            #[must_use]
            pub fn duplicate(&self) -> Self {
                Self::assume(self.proxy.duplicate())
            }
        }

        $crate::proxy::typed_traits!($name $(<$($parameter),+>)?);

        /// Fails with `type` if the proxy is one to another type.
        impl $(<$($parameter),+>)? TryFrom<$crate::Proxy> for $name $(<$($parameter),+>)? {
            type Error = $crate::Error;

            fn try_from(proxy: $crate::Proxy) -> $crate::Result<Self> {
                if matches!(proxy.typeid().as_str(), $typeid $(| $more)*) {
                    Ok(Self::assume(proxy))
                } else {
                    Err($crate::error::wrong_type($typeid, &proxy))
                }
            }
        }
    };
}

/// The traits that follow from those of [`Proxy`] and from `assume`, `into_proxy`, `as_proxy` and `TryFrom<Proxy>`. The
/// proxies that the attributes make, in other crates, have them from here, too.
#[doc(hidden)]
#[macro_export]
macro_rules! __typed_traits {
    ($name:ident $(<$($parameter:ident $(: $bound:path)?),+>)?) => {
        impl $(<$($parameter $(: $bound)?),+>)? Clone for $name $(<$($parameter),+>)? {
            fn clone(&self) -> Self {
                Self::assume(self.proxy.clone())
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? std::fmt::Display for $name $(<$($parameter),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.proxy, f)
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? std::fmt::Debug for $name $(<$($parameter),+>)? {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(&self.proxy, f)
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? PartialEq for $name $(<$($parameter),+>)? {
            fn eq(&self, other: &Self) -> bool {
                self.proxy == other.proxy
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? Eq for $name $(<$($parameter),+>)? {}

        impl $(<$($parameter $(: $bound)?),+>)? std::hash::Hash for $name $(<$($parameter),+>)? {
            fn hash<S: std::hash::Hasher>(&self, state: &mut S) {
                std::hash::Hash::hash(&self.proxy, state);
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? PartialOrd for $name $(<$($parameter),+>)? {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(std::cmp::Ord::cmp(self, other))
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? Ord for $name $(<$($parameter),+>)? {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                std::cmp::Ord::cmp(&self.proxy, &other.proxy)
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? $crate::__private::serde::Serialize for $name $(<$($parameter),+>)? {
            fn serialize<S: $crate::__private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                $crate::__private::serde::Serialize::serialize(&self.proxy, serializer)
            }
        }

        impl<'de, $($($parameter $(: $bound)?),+)?> $crate::__private::serde::Deserialize<'de>
            for $name $(<$($parameter),+>)?
        {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> std::result::Result<Self, D::Error> {
                let proxy = <$crate::Proxy as $crate::__private::serde::Deserialize>::deserialize(deserializer)?;
                <Self as std::convert::TryFrom<$crate::Proxy>>::try_from(proxy)
                    .map_err(|error| $crate::__private::serde::de::Error::custom(error.message))
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? AsRef<$crate::Proxy> for $name $(<$($parameter),+>)? {
            fn as_ref(&self) -> &$crate::Proxy {
                &self.proxy
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? From<$name $(<$($parameter),+>)?> for $crate::Proxy {
            fn from(typed: $name $(<$($parameter),+>)?) -> $crate::Proxy {
                typed.into_proxy()
            }
        }

        impl $(<$($parameter $(: $bound)?),+>)? From<$name $(<$($parameter),+>)?> for $crate::Value {
            fn from(typed: $name $(<$($parameter),+>)?) -> $crate::Value {
                $crate::Value::Proxy(typed.into_proxy())
            }
        }
    };
}

pub(crate) use {__typed_traits as typed_traits, typed_proxy};
