//! Shared types that a program implements for others.
//!
//! [`shared_type`](macro@crate::shared_type) makes one of an `impl` block, and
//! [`shared_interface`](macro@crate::shared_interface) declares one for programs that are compiled without
//! it. The state of each object is a plain Rust value that lives in the provider's process until nothing
//! holds the object any more; calls arrive one at a time. A proxy in that state keeps its object alive as
//! anywhere else, but the manager cannot see into the state, so a cycle through it is never collected.
//!
//! A program's types can be provided to everybody, which whoever runs the manager asks for, or by a process for
//! itself and for whom it likes: see [`Provider`].

mod started;

pub use started::Provider;

use std::any::Any;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::HashMap;
use std::fmt::Display;
use std::hash::{BuildHasherDefault, Hasher};
use std::marker::PhantomData;
use std::rc::Rc;

use serde::Serialize;

use crate::backend::{provider_host, types};
use crate::convert::{expect_unit, give};
use crate::entry::{Given, Made, Program, Raw};
use crate::error::passing;
use crate::proxy::typed_traits;
use crate::{Error, Proxy, Result, error};

/// A type that this program provides. [`shared_type`](macro@crate::shared_type) implements it.
///
/// ```
/// use commonhold_guest::{provider::SharedType, shared_type};
///
/// struct Clock;
///
/// #[shared_type(name = "clock")]
/// impl Clock {
///     pub fn new() -> Self {
///         Clock
///     }
/// }
///
/// commonhold_guest::program!(types: [Clock]);
///
/// # fn main() {
/// assert_eq!(Clock::TYPEID, "clock");
/// # }
/// ```
pub trait SharedType: Sized + 'static {
    /// Its name, by which others create it.
    const TYPEID: &'static str;
}

/// What `#[shared_type]` makes of an `impl` block.
#[doc(hidden)]
pub trait Provide: SharedType {
    /// What the type is.
    const DOC: &'static str;
    /// Whether there is a constructor.
    const CREATABLE: bool;
    /// Its methods.
    const METHODS: &'static [Method];
    /// Makes a new state, or gives another object instead.
    fn construct(given: Given) -> Result<Made<Self>>;
    /// Calls a method.
    fn call(state: &RefCell<Self>, method: &str, given: Given) -> Result<Raw>;
    /// A copy of the state.
    fn value(&self) -> Result<Raw>;
    /// The object as text, if the type has one.
    fn text(&self) -> Option<String>;
}

/// A method of a provided type.
#[doc(hidden)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Whether it leaves the object as it was.
    pub reads_only: bool,
}

/// A line of the program's table of types.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct TypeTable {
    /// The type's name.
    pub typeid: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its methods.
    pub methods: &'static [Method],
    /// Whether there is a constructor.
    pub creatable: bool,
    /// Makes the state of a new object, or gives another object instead.
    pub construct: fn(u64, Given) -> Result<Option<types::Proxy>>,
    call: fn(&dyn Any, &str, Given) -> Result<Raw>,
    value: fn(&dyn Any) -> Result<Raw>,
    text: fn(&dyn Any) -> Result<Option<String>>,
}

impl TypeTable {
    /// The line of a type.
    pub const fn of<T: Provide>() -> TypeTable {
        TypeTable {
            typeid: T::TYPEID,
            doc: T::DOC,
            methods: T::METHODS,
            creatable: T::CREATABLE,
            construct: |key, given| match T::construct(given)? {
                Made::State(state) => {
                    insert(key, state);
                    Ok(None)
                }
                Made::Existing(object) => Ok(Some(object.into_proxy().into_handle())),
            },
            call: |state, method, given| T::call(state_of::<T>(state)?, method, given),
            value: |state| read(state_of::<T>(state)?)?.value(),
            text: |state| Ok(read(state_of::<T>(state)?)?.text()),
        }
    }
}

fn state_of<T: 'static>(state: &dyn Any) -> Result<&RefCell<T>> {
    state.downcast_ref().ok_or_else(|| Error::internal("a state of another type"))
}

/// An object's state and what can be done with it.
#[derive(Clone)]
struct Object {
    table: TypeTable,
    /// A `RefCell<T>`.
    state: Rc<dyn Any>,
}

/// Spreads keys. They are the manager's numbers, which nobody chooses.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64((*byte).into()));
    }

    fn write_u64(&mut self, number: u64) {
        // Knuth's multiplier: 2^64 divided by the golden ratio.
        self.0 = (self.0 ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

thread_local! {
    /// The objects of this provider, by key.
    static OBJECTS: RefCell<HashMap<u64, Object, BuildHasherDefault<KeyHasher>>> = RefCell::default();
}

fn insert<T: Provide>(key: u64, state: T) {
    let object = Object { table: TypeTable::of::<T>(), state: Rc::new(RefCell::new(state)) };
    let old = OBJECTS.with_borrow_mut(|objects| objects.insert(key, object));
    debug_assert!(old.is_none(), "a key came twice");
}

/// The object is shared, so that the table is free while a method runs, which may add to it.
fn find(key: u64) -> Result<Object> {
    let object = OBJECTS.with_borrow(|objects| objects.get(&key).cloned());
    object.ok_or_else(|| Error::internal(format!("the provider has no object {key:#x}")))
}

/// Makes the state of a new object, or gives another object instead.
#[doc(hidden)]
pub fn construct(program: &Program, key: u64, typeid: &str, given: Given) -> Result<Option<types::Proxy>> {
    match program.types.iter().find(|table| table.typeid == typeid) {
        Some(table) => (table.construct)(key, given).map_err(|error| passing(error, typeid, "new")),
        None => not_creatable(typeid),
    }
}

/// Calls a method of an object.
#[doc(hidden)]
pub fn call(key: u64, method: &str, given: Given) -> Result<Raw> {
    let object = find(key)?;
    (object.table.call)(&*object.state, method, given).map_err(|error| passing(error, object.table.typeid, method))
}

/// A copy of an object's state.
#[doc(hidden)]
pub fn get_value(key: u64) -> Result<Raw> {
    let object = find(key)?;
    (object.table.value)(&*object.state)
}

/// An object as text.
#[doc(hidden)]
pub fn to_text(key: u64) -> Result<String> {
    let object = find(key)?;
    let text = (object.table.text)(&*object.state)?;
    Ok(text.unwrap_or_else(|| format!("<{} object at {key:#x}>", object.table.typeid)))
}

/// Drops an object's state.
#[doc(hidden)]
pub fn release(key: u64) {
    let object = OBJECTS.with_borrow_mut(|objects| objects.remove(&key));
    // Its destructor may drop proxies, or ask for other objects.
    drop(object);
}

/// Drops the states of all objects, where the provider's end does not do it.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn release_all() {
    // Their destructors may ask for the others.
    drop(OBJECTS.take());
}

/// A state, to be read.
#[doc(hidden)]
pub fn read<T: SharedType>(state: &RefCell<T>) -> Result<Ref<'_, T>> {
    state.try_borrow().map_err(|_| busy::<T>())
}

/// A state, to be changed.
#[doc(hidden)]
pub fn write<T: SharedType>(state: &RefCell<T>) -> Result<RefMut<'_, T>> {
    state.try_borrow_mut().map_err(|_| busy::<T>())
}

fn busy<T: SharedType>() -> Error {
    Error::runtime(format!("this {} is in use by the method that runs", T::TYPEID))
}

/// An object of one of this program's own types: a proxy to it, and the way to its state.
///
/// A method returns one to give its caller a new object, and takes one to work with another object of
/// the same provider. It is for the provider alone: elsewhere such an object is a [`Proxy`], whose
/// methods are [called](Proxy::call) by name, or a typed proxy, where there is a
/// [`shared_interface`](macro@crate::shared_interface).
///
/// ```
/// use commonhold_guest::{Proxy, Result, manager, provider::Shared, shared_type};
///
/// struct Clicker(i64);
///
/// #[shared_type]
/// impl Clicker {
///     pub fn new() -> Self {
///         Clicker(0)
///     }
///
///     /// A new counter that starts where this one is.
///     pub fn spawn_child(&self) -> Result<Shared<Clicker>> {
///         Shared::new(Clicker(self.0))
///     }
///
///     /// Takes all that another counter has counted.
///     pub fn absorb(&mut self, other: Shared<Clicker>) -> Result<()> {
///         self.0 += other.with_mut(|other| std::mem::take(&mut other.0))?;
///         Ok(())
///     }
///
///     /// Whether another counter, which is told by its number, has counted as far.
///     pub fn is_equal(&self, other: Shared<Clicker>) -> Result<String> {
///         let is_equal = other.with(|other| other.0 == self.0)?;
///         Ok(format!("{}: {is_equal}", other.as_proxy().typeid()))
///     }
/// }
///
/// commonhold_guest::program!(types: [Clicker]);
///
/// fn example() -> Result<()> {
///     let counter = manager::create("Clicker", ())?;
///     let child: Proxy = counter.call("spawn_child", ())?;
///     counter.call::<()>("absorb", (&child,))?;
///     assert_eq!(counter.call::<String>("is_equal", (&child,))?, "Clicker: true");
///     Ok(())
/// }
/// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
/// ```
pub struct Shared<T: SharedType> {
    proxy: Proxy,
    of: PhantomData<fn() -> T>,
}

typed_traits!(Shared<T: SharedType>);

impl<T: SharedType> Shared<T> {
    fn assume(proxy: Proxy) -> Self {
        Shared { proxy, of: PhantomData }
    }

    fn into_proxy(self) -> Proxy {
        self.proxy
    }

    /// The untyped proxy.
    pub fn as_proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// The object's number, by which [`existing`](Shared::existing) finds it again.
    pub fn key(&self) -> u64 {
        self.proxy.id()
    }

    /// The object of that number, if it still lives: so a program can know its objects without keeping them alive. A
    /// constructor that returns such an object, `Shared<Self>` in place of `Self`, gives that one to its caller.
    ///
    /// ```
    /// use std::cell::Cell;
    ///
    /// use commonhold_guest::{Result, manager, provider::Shared, shared_type};
    ///
    /// /// There is one for all, as long as anybody has it.
    /// struct Settings(Vec<String>);
    ///
    /// thread_local! {
    ///     static ONLY: Cell<u64> = const { Cell::new(0) };
    /// }
    ///
    /// #[shared_type]
    /// impl Settings {
    ///     pub fn new() -> Result<Shared<Settings>> {
    ///         if let Some(settings) = Shared::existing(ONLY.get()) {
    ///             return Ok(settings);
    ///         }
    ///         let settings = Shared::new(Settings(Vec::new()))?;
    ///         ONLY.set(settings.key());
    ///         Ok(settings)
    ///     }
    /// }
    ///
    /// commonhold_guest::program!(types: [Settings]);
    ///
    /// fn example() -> Result<()> {
    ///     let (one, other) = (manager::create("Settings", ())?, manager::create("Settings", ())?);
    ///     assert_eq!(one, other);
    ///     let before = one.id();
    ///     drop((one, other));
    ///     assert_ne!(manager::create("Settings", ())?.id(), before);
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> { commonhold_guest::testing::run(&COMMONHOLD_PROGRAM, example) }
    /// ```
    pub fn existing(key: u64) -> Option<Shared<T>> {
        // Not every object of the program is of this type.
        find(key).ok().filter(|object| object.state.is::<RefCell<T>>())?;
        provider_host::existing(key).map(|handle| Self::assume(Proxy::new(handle)))
    }

    /// The state, to be read.
    ///
    /// # Errors
    ///
    /// `runtime` if the method that runs is changing it.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Result<R> {
        let object = find(self.proxy.id())?;
        Ok(read(&*self::read(state_of::<T>(&*object.state)?)?))
    }

    /// The state, to be changed.
    ///
    /// # Errors
    ///
    /// `runtime` if the method that runs is using it.
    pub fn with_mut<R>(&self, change: impl FnOnce(&mut T) -> R) -> Result<R> {
        let object = find(self.proxy.id())?;
        Ok(change(&mut *write(state_of::<T>(&*object.state)?)?))
    }
}

#[allow(private_bounds)]
impl<T: Provide> Shared<T> {
    /// A new object with this state.
    ///
    /// # Errors
    ///
    /// `no-such-type` where this program is not the provider of the type, but an ordinary process.
    pub fn new(state: T) -> Result<Shared<T>> {
        let proxy = expect_unit(provider_host::adopt(T::TYPEID)).map(Proxy::new)?;
        insert(proxy.id(), state);
        Ok(Shared { proxy, of: PhantomData })
    }
}

/// Fails with `type` if it is not an object of this type and of this provider.
impl<T: SharedType> TryFrom<Proxy> for Shared<T> {
    type Error = Error;

    fn try_from(proxy: Proxy) -> Result<Shared<T>> {
        let is_ours = provider_host::key_of(proxy.handle())
            .is_some_and(|key| find(key).is_ok_and(|object| object.state.is::<RefCell<T>>()));
        if is_ours { Ok(Shared { proxy, of: PhantomData }) } else { Err(error::wrong_type(T::TYPEID, &proxy)) }
    }
}

/// A state whose traits the compiler looks for: see [`Ended`](crate::entry::Ended).
#[doc(hidden)]
pub struct Probe<'a, T>(pub &'a T);

/// The copy of a state that can be serialised.
#[doc(hidden)]
pub trait ValueOfSerialize {
    /// The copy.
    fn value(&self, typeid: &str) -> Result<Raw>;
}

impl<T: Serialize> ValueOfSerialize for &Probe<'_, T> {
    fn value(&self, _typeid: &str) -> Result<Raw> {
        give(self.0)
    }
}

/// The copy of a state that cannot be serialised: an error.
#[doc(hidden)]
pub trait ValueOfAny {
    /// The error.
    fn value(&self, typeid: &str) -> Result<Raw>;
}

impl<T> ValueOfAny for Probe<'_, T> {
    fn value(&self, typeid: &str) -> Result<Raw> {
        Err(Error::unserializable(format!("cannot pickle '{typeid}' object")))
    }
}

/// The text of a state that can be displayed.
#[doc(hidden)]
pub trait TextOfDisplay {
    /// The text.
    fn text(&self) -> Option<String>;
}

impl<T: Display> TextOfDisplay for &Probe<'_, T> {
    fn text(&self) -> Option<String> {
        Some(self.0.to_string())
    }
}

/// The text of any other state: none.
#[doc(hidden)]
pub trait TextOfAny {
    /// None.
    fn text(&self) -> Option<String>;
}

impl<T> TextOfAny for Probe<'_, T> {
    fn text(&self) -> Option<String> {
        None
    }
}

/// A constructor that is not there.
#[doc(hidden)]
pub fn not_creatable<T>(typeid: &str) -> Result<T> {
    Err(Error::type_error(format!("cannot create '{typeid}' instances")))
}

/// A method that is not there.
#[doc(hidden)]
pub fn no_such_method(typeid: &str, method: &str) -> Result<Raw> {
    Err(Error::not_exposed(format!("'{typeid}' object has no method '{method}'")))
}
