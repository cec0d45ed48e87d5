//! The Rust SDK for guests of Commonhold.
//!
//! A guest is a WebAssembly component that shares objects with others: [lists](List), [deques](Deque), [dicts](Dict),
//! [counters](Counter), [sets](Set), [locks](Lock), [semaphores](Semaphore), [conditions](Condition), [events](Event),
//! [barriers](Barrier), [queues](Queue), [processes](Process), [pools](Pool), and whatever types other guests provide. The objects live
//! in a native manager; a guest holds proxies to them, which it can keep, nest, send to other guests and
//! drop. An object lives as long as anybody holds it.
//!
//! ```no_run
//! use commonhold_guest::{Dict, List, Process, Result, entry, println};
//! use serde::{Deserialize, Serialize};
//!
//! /// Any serde type can be kept in a shared object or sent to a process, proxies in it included.
//! #[derive(Serialize, Deserialize)]
//! struct Job {
//!     texts: List<String>,
//!     lengths: Dict<String, usize>,
//! }
//!
//! #[entry]
//! fn worker(job: Job) -> Result<()> {
//!     while let Some(text) = job.texts.pop()? {
//!         job.lengths.insert(&text, text.len())?;
//!     }
//!     Ok(())
//! }
//!
//! #[entry]
//! fn main() -> Result<()> {
//!     let job = Job { texts: List::from_items(["one", "three"])?, lengths: Dict::new()? };
//!     let workers = [Process::spawn("worker", (&job,))?, Process::spawn("worker", (&job,))?];
//!     for worker in workers {
//!         worker.join::<()>()?;
//!     }
//!     println!("{}", job.lengths);
//!     Ok(())
//! }
//!
//! // What the guest exports. It says so once, and an entry that is left out does not compile.
//! commonhold_guest::program!(entries: [main, worker]);
//! ```
//!
//! Such a crate is a `cdylib`; `commonhold build` makes a component of it, and `commonhold run` runs
//! that.
//!
//! # Calls
//!
//! Every function is one call to the manager, and one atomic operation on one object. It returns a
//! [`Result`], since whoever gave a proxy away can have narrowed or revoked it. Calls take well under
//! a microsecond, unless they wait: for a lock, for a process, or for a guest that provides a type.
//! A process has one thread, and waiting blocks it.
//!
//! # The outside world
//!
//! In a guest, the standard library's `println!` goes nowhere and its clocks panic. Use
//! [`println!`](macro@println) and its sisters, [`time`] and [`random`] of this crate. There are no
//! files, no network and no environment.
//!
//! # Tests
//!
//! The crate compiles for the machine itself, too, with the manager's own objects in the same process, so
//! that `cargo test` runs a guest's own unit tests: see [`test`](macro@test) and [`testing`]. The
//! examples on these pages run that way.

mod arguments;
mod array;
mod backend;
mod barrier;
mod condition;
mod convert;
mod counter;
mod deque;
mod dict;
mod entry;
mod error;
mod event;
#[cfg(target_family = "wasm")]
mod generated;
#[cfg(target_family = "wasm")]
mod guest;
mod interface;
mod iter;
mod like;
mod list;
mod lock;
mod namespace;
#[cfg(not(target_family = "wasm"))]
#[allow(clippy::result_large_err, reason = "its errors have the shape of the generated bindings'")]
mod native;
mod pool;
mod proxy;
mod queue;
mod rlock;
mod semaphore;
mod set;
mod system;
mod value;
mod waiting;

pub mod files;
pub mod io;
pub mod manager;
pub mod names;
pub mod process;
pub mod provider;
pub mod random;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod time;

pub use arguments::{Arguments, Keywords};
pub use array::Array;
pub use barrier::Barrier;
pub use commonhold_wire::{BigInt, Element, ErrorKind, Object};
pub use condition::{Condition, ConditionGuard};
pub use convert::{from_value, repr, to_value};
pub use counter::Counter;
pub use deque::Deque;
pub use dict::Dict;
pub use event::Event;
pub use iter::{Iter, Snapshot};
pub use like::Like;
pub use list::{Index, Items, List, Slice};
pub use lock::{Lock, LockGuard};
pub use namespace::Namespace;
pub use pool::{AsyncResult, Pool, PoolBuilder, Tasks, Then};
pub use process::{Outcome, Process, ProcessBuilder};
pub use proxy::{Proxy, Rights};
pub use queue::{JoinableQueue, Queue, QueueIter};
pub use rlock::{RLock, RLockGuard};
pub use semaphore::{Permit, Semaphore};
pub use set::Set;
pub use value::SharedValue;
pub use waiting::{First, wait_for_first};

/// A value of any type: plain data, with proxies in it.
///
/// ```
/// use commonhold_guest::{List, Value};
///
/// let anything = List::<Value>::new()?;
/// anything.push(Value::from(1))?;
/// anything.push(Value::Tuple(vec!["a".into(), Value::Null]))?;
/// assert_eq!(anything.to_string(), "[1, ('a', None)]");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub type Value = commonhold_wire::Value<Proxy>;

/// An error, of a shared object or of a program's own. Its `kind` is what to match on.
///
/// ```
/// use commonhold_guest::{ErrorKind, List};
///
/// let error = List::<i64>::new()?.get(20).unwrap_err();
/// assert_eq!(error.kind, ErrorKind::Index);
/// assert_eq!(error.to_string(), "IndexError: list index out of range");
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub type Error = commonhold_wire::Error<Proxy>;

/// What every function of this crate returns.
///
/// ```
/// use commonhold_guest::{List, Result};
///
/// fn sum(list: &List<i64>) -> Result<i64> {
///     Ok(list.to_vec()?.into_iter().sum())
/// }
///
/// assert_eq!(sum(&List::from_items([1, 2])?)?, 3);
/// # Ok::<(), commonhold_guest::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Makes a function an entry of the program.
///
/// The arguments that it was spawned with are read into its parameters by position; each parameter
/// is of any type that `serde` can deserialise. Too few, too many or unfit arguments are a `type`
/// error that names the parameter. A parameter of type `Option` may be left out, and a last
/// parameter marked `#[rest]`, of type `Vec`, takes all arguments that are left.
///
/// The function returns nothing, a value of any type that `serde` can serialise, or a `Result` of
/// one. Any error that can be printed will do; [`Error`](type@Error) travels as it is.
///
/// The entry's name is the function's, or what `#[entry(name = "...")]` says. It has to be listed in
/// [`program!`]: leaving it out does not compile.
///
/// ```
/// use commonhold_guest::{List, Result, entry};
///
/// /// Sums up what the lists hold.
/// #[entry]
/// fn total(#[rest] lists: Vec<List<i64>>) -> Result<i64> {
///     let mut sum = 0;
///     for list in lists {
///         sum += list.to_vec()?.into_iter().sum::<i64>();
///     }
///     Ok(sum)
/// }
///
/// commonhold_guest::program!(entries: [total]);
/// # fn main() {}
/// ```
pub use commonhold_guest_macros::entry;

/// Makes the type of an `impl` block a shared type, which this program provides to others.
///
/// Each method that is not private, with `&self` or `&mut self`, is one that proxies can call, by position
/// or by the names of its parameters; those with `&self` are for read-only proxies, too. `pub fn
/// new` is the constructor; without one, objects come only from
/// [`Shared::new`](provider::Shared::new). Parameters and results are as for an [`macro@entry`].
/// Doc comments become the descriptions of the type and of its methods.
///
/// A type that implements `Display` prints itself so; one that implements `Serialize` can be copied
/// out with `get_value`. One with a `__next__` can be gone over: it gives an `Option`, where none is the
/// end. So can one with an `__iter__`, which gives what is gone over.
///
/// The type's name is that of the Rust type, or what `#[shared_type(name = "...")]` says. It has to
/// be listed in [`program!`]: leaving it out does not compile.
///
/// `proxy = ClickerProxy` makes a typed proxy for the program's own entries and tests, with the same
/// functions: what a function takes or gives as a [`Shared`](provider::Shared) is a typed proxy for
/// those who call it. Other programs have one where the type implements a [`macro@shared_interface`].
///
/// ```
/// use commonhold_guest::{Proxy, Result, provider::Shared, shared_type};
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Clicker {
///     count: i64,
/// }
///
/// /// Counts.
/// #[shared_type(proxy = ClickerProxy)]
/// impl Clicker {
///     /// A counter that starts at a number, or at 0.
///     pub fn new(start: Option<i64>) -> Self {
///         Clicker { count: start.unwrap_or(0) }
///     }
///
///     /// Adds to the count and returns it.
///     pub fn add(&mut self, by: i64) -> i64 {
///         self.count += by;
///         self.count
///     }
///
///     /// A new counter that starts where this one is.
///     pub fn spawn_child(&self) -> Result<Shared<Clicker>> {
///         Shared::new(Clicker { count: self.count })
///     }
/// }
///
/// commonhold_guest::program!(types: [Clicker]);
///
/// fn example() -> Result<()> {
///     let counter = ClickerProxy::create(5)?;
///     let child: ClickerProxy = counter.spawn_child()?;
///     assert_eq!((counter.add(3)?, child.add(1)?), (8, 6));
///     // It is a proxy as any other.
///     let untyped: Proxy = counter.into();
///     assert_eq!(untyped.call::<i64>("add", (1,))?, 9);
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub use commonhold_guest_macros::shared_type;

/// Declares a shared type for both ends: a trait for the program that provides it, and a typed proxy for
/// those that use it.
///
/// The declaration is in a crate of its own, which has neither the type's state nor what that depends on; the
/// provider and its users depend on it and not on each other. `#[shared_interface] trait Clicker`
/// makes a type `ClickerProxy`, or what `proxy = ...` says. The shared type's name is the trait's,
/// or what `name = "..."` says.
///
/// The provider implements the trait for an ordinary type with a [`macro@shared_type`] on the `impl`, and lists that
/// type in [`program!`]. Everything else is as for a type without an interface: `new` is the constructor, `&self` is for
/// read-only proxies, too, an `Option` can be left out, a last `#[rest]` takes what is left.
///
/// | the trait's function | the proxy's function |
/// | --- | --- |
/// | `fn new(start: i64) -> Result<Self>` | `create(start)`, by [`manager::create`]; `create_in(&provider, start)`, by a [`Provider`](provider::Provider) that this process has started |
/// | `fn add(&mut self, by: i64) -> Result<i64>`, or `-> i64` | `add(&self, by) -> Result<i64>` |
/// | a parameter `name: String` | anything that is [`Like`] a `String`: `"tea"` |
/// | `by: Option<i64>` | `5`, `Some(5)` or `None`; what is left out is not sent |
/// | `#[rest] numbers: Vec<i64>` | anything that gives them: `[1, 2]` |
/// | [`Shared<Self>`](provider::Shared), to take or to give | `ClickerProxy` |
/// | another shared type's proxy, `List<i64>`, `Lock` | the same |
/// | `fn __next__(&mut self) -> Result<Option<i64>>` | `next_item()`; and the proxy is an `Iterator` of `Result<i64>` |
/// | `fn __iter__(&self) -> Result<List<i64>>` | `iter()`, which gives an [`Iter<i64>`](Iter) |
///
/// Beside these it has what all typed proxies have: `as_proxy`, `duplicate`, `From` and `TryFrom` of a [`Proxy`]
/// (`type` if it is one to another type), and it can be part of any `serde` value.
///
/// ```
/// use commonhold_guest::{List, Proxy, Result, provider::Shared, shared_interface, shared_type};
///
/// /// Counts.
/// #[shared_interface]
/// pub trait Clicker {
///     /// A counter that starts at a number, or at 0.
///     fn new(start: Option<i64>) -> Result<Self>;
///
///     /// Adds to the count and returns it.
///     fn add(&mut self, by: i64) -> Result<i64>;
///
///     /// A new counter that starts where this one is.
///     fn spawn_child(&self) -> Result<Shared<Self>>;
/// }
///
/// // So far the crate that both share. The provider:
/// struct Simple {
///     count: i64,
/// }
///
/// #[shared_type]
/// impl Clicker for Simple {
///     fn new(start: Option<i64>) -> Result<Self> {
///         Ok(Simple { count: start.unwrap_or(0) })
///     }
///
///     fn add(&mut self, by: i64) -> Result<i64> {
///         self.count += by;
///         Ok(self.count)
///     }
///
///     fn spawn_child(&self) -> Result<Shared<Self>> {
///         Shared::new(Simple { count: self.count })
///     }
/// }
///
/// commonhold_guest::program!(types: [Simple]);
///
/// // And who uses it:
/// fn example() -> Result<()> {
///     let counter = ClickerProxy::create(5)?;
///     assert_eq!(counter.add(3)?, 8);
///     let children = List::<ClickerProxy>::from_items([counter.spawn_child()?])?;
///     assert_eq!(children.get(0)?.add(1)?, 9);
///
///     let reader: ClickerProxy = counter.as_proxy().read_only()?.try_into()?;
///     assert!(reader.add(1).is_err());
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub use commonhold_guest_macros::shared_interface;

/// Makes a function a test that runs natively, with the program's entries and types at hand.
///
/// It is `#[test]` with a manager of its own in which the crate's [`program!`] is loaded, so that the
/// test can spawn its entries and create its types. Tests that need neither can be plain `#[test]`s. What
/// differs from a guest of the real manager is listed at [`testing`].
///
/// ```
/// use commonhold_guest::{Process, Result, entry};
///
/// #[entry]
/// fn double(number: i64) -> i64 {
///     2 * number
/// }
///
/// commonhold_guest::program!(entries: [double]);
///
/// #[commonhold_guest::test]
/// fn doubles() -> Result<()> {
///     assert_eq!(Process::spawn("double", (21,))?.join::<i64>()?, 42);
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub use commonhold_guest_macros::test;

/// Exports the program's entries, the shared types that it provides, or both: once, at the root of the
/// crate.
///
/// ```
/// # use commonhold_guest::{Result, entry, shared_type};
/// mod jobs {
///     # use commonhold_guest::{Result, entry};
///     #[entry]
///     fn work() {}
/// }
///
/// struct Clicker;
///
/// #[shared_type]
/// impl Clicker {
///     pub fn new() -> Self {
///         Clicker
///     }
/// }
///
/// commonhold_guest::program!(entries: [jobs::work], types: [Clicker]);
/// # fn main() {}
/// ```
///
/// A program that provides types can name an [entry](macro@entry) that runs in the provider before anything else:
/// `program!(types: [Clicker], start: set_up)`. Its parameters are what [`Provider::start`](provider::Provider::start) is
/// given, and what it returns is let go of; an error keeps the provider from starting. One that whoever runs the manager
/// starts is given nothing.
///
/// What is left out does not compile:
///
/// ```compile_fail
/// use commonhold_guest::entry;
///
/// #[entry]
/// fn first() {}
///
/// #[entry]
/// fn second() {}
///
/// commonhold_guest::program!(entries: [first]);
/// # fn main() {}
/// ```
///
/// ```compile_fail
/// use commonhold_guest::{entry, shared_type};
///
/// struct Clicker;
///
/// #[shared_type]
/// impl Clicker {
///     pub fn new() -> Self {
///         Clicker
///     }
/// }
///
/// #[entry]
/// fn first() {}
///
/// commonhold_guest::program!(entries: [first]);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! program {
    (entries: [$($entry:path),+ $(,)?] $(,)?) => {
        $crate::program!(@table [$($entry),+] [] []);
        $crate::program!(@process);
    };
    (types: [$($shared:path),+ $(,)?] $(, start: $start:path)? $(,)?) => {
        $crate::program!(@table [] [$($shared),+] [$($start)?]);
        $crate::program!(@provider);
    };
    (entries: [$($entry:path),+ $(,)?], types: [$($shared:path),+ $(,)?] $(, start: $start:path)? $(,)?) => {
        $crate::program!(@table [$($entry),+] [$($shared),+] [$($start)?]);
        $crate::program!(@process);
        $crate::program!(@provider);
    };
    (@start) => {
        ::core::option::Option::None
    };
    (@start $start:path) => {
        ::core::option::Option::Some(<$start>::COMMONHOLD_ENTRY)
    };
    (@table [$($entry:path),*] [$($shared:path),*] [$($start:path)?]) => {
        /// What this program exports.
        #[doc(hidden)]
        #[allow(dead_code)]
        pub(crate) static COMMONHOLD_PROGRAM: $crate::__private::Program = $crate::__private::Program {
            entries: &[$(<$entry>::COMMONHOLD_ENTRY),*],
            types: &[$(<$shared>::COMMONHOLD_TYPE),*],
            start: $crate::program!(@start $($start)?),
        };
    };
    (@process) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use $crate::__private::{Raw, RawError, guest, process};

            struct Exported;

            impl process::Guest for Exported {
                fn run(
                    entry: ::std::string::String,
                    args: ::std::vec::Vec<Raw>,
                ) -> ::core::result::Result<Raw, RawError> {
                    guest::run(&COMMONHOLD_PROGRAM, &entry, args)
                }
            }

            process::export_process!(Exported with_types_in process);
        };
    };
    (@provider) => {
        #[cfg(target_family = "wasm")]
        const _: () = {
            use ::core::result::Result;
            use ::std::{string::String, vec::Vec};
            use $crate::__private::provider::exports::commonhold::manager::custom_types;
            use $crate::__private::{Raw, RawError, RawProxy, guest, provider};

            struct Exported;

            impl custom_types::Guest for Exported {
                fn describe(args: Vec<Raw>) -> Result<Vec<custom_types::TypeDescription>, RawError> {
                    guest::describe(&COMMONHOLD_PROGRAM, args)
                }

                fn construct(
                    key: u64,
                    typeid: String,
                    args: Vec<Raw>,
                    kwargs: Vec<(String, Raw)>,
                ) -> Result<Option<RawProxy>, RawError> {
                    guest::construct(&COMMONHOLD_PROGRAM, key, &typeid, args, kwargs)
                }

                fn call(
                    key: u64,
                    method: String,
                    args: Vec<Raw>,
                    kwargs: Vec<(String, Raw)>,
                ) -> Result<Raw, RawError> {
                    guest::call(key, &method, args, kwargs)
                }

                fn get_value(key: u64) -> Result<Raw, RawError> {
                    guest::get_value(key)
                }

                fn to_text(key: u64) -> Result<String, RawError> {
                    guest::to_text(key)
                }

                fn release(key: u64) {
                    guest::release(key);
                }
            }

            provider::export_provider!(Exported with_types_in provider);
        };
    };
    ($($other:tt)*) => {
        ::core::compile_error!(
            "a program is `program!(entries: [main, worker])`, `program!(types: [Clicker])`, \
             or `program!(entries: [main], types: [Clicker])`, with `start: set_up` behind the types if there is \
             something to do first"
        );
    };
}

/// The generated bindings, for what this crate has no words for.
///
/// These are the functions of the interfaces in the WIT package `commonhold:manager`, as they are. A
/// [`Proxy`] has its handle in [`Proxy::handle`], and is made of one with `From`. In a native build,
/// the functions are those of a manager in the same process, over the real one's objects.
pub mod bindings {
    pub use crate::backend::*;
}

/// For the expansions of the macros alone.
#[doc(hidden)]
pub mod __private {
    pub use crate::backend::types::{Error as RawError, Proxy as RawProxy};
    pub use crate::entry::{
        BeginExisting, BeginExistingResult, BeginResult, BeginValue, Begun, Bound, EndNextResult, EndNextValue,
        EndResult, EndValue, Ended, EntryTable, Given, Made, Program, Raw, Signature,
    };
    #[cfg(target_family = "wasm")]
    pub use crate::generated::{process, provider};
    #[cfg(target_family = "wasm")]
    pub mod guest {
        pub use crate::guest::*;
    }
    pub use crate::interface::{Interface, ProxyOf, Sent, Yields, check_type, next_item};
    pub use crate::provider::{
        Method, Probe, Provide, TextOfAny, TextOfDisplay, TypeTable, ValueOfAny, ValueOfSerialize, no_such_method,
        not_creatable, read, write,
    };
    pub use serde;
}
