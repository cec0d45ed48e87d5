use super::declare::TypeInfo;
use super::home::Limits;
use super::proxy::HolderWord;
use super::{Actor, Bit, Caller, Home, Item, Outcome, Proxy, Walk};
use crate::sync::{Arc, AtomicU32};
use commonhold_wire::ErrorKind;
use std::any::Any;
use std::future::Future;
use std::pin::Pin;

/// A future that a provider or a waiting method answers with.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A shared object: its identity, its holders, and its state.
pub struct Referent<B: ?Sized = dyn Shared> {
    id: u64,
    word: HolderWord,
    home: Arc<Home>,
    /// How many wait for what its holders give.
    awaited: AtomicU32,
    /// Where the home knows it.
    place: usize,
    body: B,
}

impl Referent {
    /// Puts a new object into a home. The proxy that is returned is its only holder.
    pub fn create<B: Shared>(home: &Arc<Home>, body: B) -> Proxy {
        Self::create_with(home, |_| body)
    }

    /// The same, for a body that has to know its referent's id.
    pub fn create_with<B: Shared>(home: &Arc<Home>, body: impl FnOnce(u64) -> B) -> Proxy {
        let id = home.next_id();
        let body = body(id);
        let word = HolderWord::held_once();
        Proxy::first(home.enter(id, |place| {
            Arc::new(Referent { id, word, home: home.clone(), awaited: AtomicU32::new(0), place, body })
        }))
    }

    pub fn id(&self) -> u64 {
        self.id
    }

    /// Makes it unknown to its home: it is no more.
    pub(super) fn leave_home(&self) {
        self.home.leave(self.id, self.place);
    }

    pub fn word(&self) -> &HolderWord {
        &self.word
    }

    pub(super) fn awaited(&self) -> &AtomicU32 {
        &self.awaited
    }

    pub fn home(&self) -> &Arc<Home> {
        &self.home
    }

    pub fn body(&self) -> &dyn Shared {
        &self.body
    }
}

/// What is left of a freed object: dropped after it is no longer alive, outside of every lock.
pub enum Remains {
    /// Nothing.
    Nothing,
    /// Items, which may hold other referents.
    Items(Vec<Item>),
    /// Anything else, and how many items it is about. It is kept only to be dropped.
    #[allow(dead_code, reason = "dropping it is its use")]
    Other(Box<dyn Any + Send>, usize),
}

impl Remains {
    /// How much work dropping it may be.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Items(items) => items.len(),
            Self::Other(_, weight) => *weight,
            Self::Nothing => 0,
        }
    }
}

/// The state of a shared object and what every type can do.
///
/// `me` is always the id of the referent that the state belongs to.
pub trait Shared: Send + Sync + 'static {
    /// The declaration of the type.
    fn type_info(&self) -> &TypeInfo;

    fn as_any(&self) -> &dyn Any;

    /// Takes the state out, when the last holder has gone. Nobody else has access any more.
    fn release(&self, me: u64) -> Remains;

    /// Shows every proxy that the state holds at this moment.
    fn edges(&self, visit: &mut dyn FnMut(&Proxy));

    /// A copy of the state as a plain value.
    fn get_value(&self, _limits: &Limits) -> Outcome<Item> {
        Err(super::CallError::new(
            ErrorKind::Unserializable,
            format!("cannot copy a '{}' object out of the manager", self.type_info().typeid()),
        ))
    }

    /// The state as text, which may end after `most` bytes.
    fn to_text(&self, me: u64, most: usize) -> Outcome<String>;

    /// What Python's `len` gives; none if the type has no length.
    fn length(&self) -> Option<usize> {
        None
    }

    /// The items that iterating over the object would give now; none if it is not iterable.
    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        None
    }

    /// The object as something that an iterator can walk over; none if it cannot, or not without waiting.
    fn walk(&self) -> Option<&dyn Walk> {
        None
    }

    /// The object as something whose inside has to be waited for; none if it is here.
    fn remote(&self) -> Option<&dyn Remote> {
        None
    }

    /// The object as a mapping's entries, keys and values in turn; none if it is not a mapping.
    fn entries(&self) -> Option<Vec<Item>> {
        None
    }

    /// The object as something that a path can lead through; none if it has no items by key or index.
    fn container(&self) -> Option<&dyn Container> {
        None
    }

    /// The actor that has the object, if it is a lock.
    fn owner(&self) -> Option<u64> {
        None
    }

    /// Whether an actor has taken something of the object, such as a lock; if not, it is about to forget the object.
    fn is_held_or_forgotten(&self, _actor: u64) -> bool {
        false
    }

    /// Does what there is to do for an actor that has ended with something of the object: see
    /// [`Actor::took`](super::Actor::took). `me` is the object's referent.
    fn settle(&self, _me: &Referent, _actor: &Actor, _ended_normally: bool) {}

    /// The implementation of a type that lives elsewhere, for whom everything may take a while.
    fn foreign(&self) -> Option<&dyn Foreign> {
        None
    }
}

/// What has to wait for what is inside of it.
pub trait Remote: Send + Sync {
    /// What is inside, as a plain value: what stands for the object where an operation takes an iterable or a mapping.
    fn contents<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>>;

    /// A shared iterator over it.
    fn iterator<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>>;
}

/// What has items by key or by index.
pub trait Container {
    /// Shows an item under the object's lock, with the right to `__getitem__`, and puts into its place
    /// what that gives, if it gives something: with the right to `__setitem__`.
    fn visit(&self, me: &Proxy, key: &Item, work: &mut dyn FnMut(&Item) -> Option<Item>) -> Outcome<()>;

    /// Sets an item, with the right to `__setitem__`.
    fn set(&self, me: &Proxy, key: Item, item: Item) -> Outcome<()>;
}

/// A type whose state is not here: a provider has it.
pub trait Foreign: Send + Sync {
    /// Calls the method of that number in the type's declaration.
    fn call<'a>(
        &'a self,
        me: &'a Proxy,
        caller: &'a Caller,
        method: Bit,
        args: Vec<Item>,
        kwargs: Vec<(String, Item)>,
    ) -> BoxFuture<'a, Outcome<Item>>;

    fn get_value<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<Item>>;

    fn to_text<'a>(&'a self, me: &'a Proxy, caller: &'a Caller) -> BoxFuture<'a, Outcome<String>>;
}
