use super::call::{Actor, Caller};
use super::hopes::Hopes;
use super::referent::Referent;
use super::waits::Waits;
use super::{Item, Outcome, Proxy};
use crate::sync::{Arc, AtomicU64, Mutex, Notify, OnceLock, Ordering, Weak};
use slab::Slab;

/// The set of live referents of one manager.
///
/// It only knows them: it holds none of them, and looking one up by its id revives nothing.
pub struct Home {
    next_id: AtomicU64,
    shards: [Mutex<Shard>; SHARDS],
    limits: Limits,
    /// The embedder, as one who acts.
    host: Arc<Actor>,
    /// Told when the manager is closed.
    closing: Arc<Notify>,
    waits: Arc<Waits>,
    hopes: Hopes,
    starter: OnceLock<Box<dyn Starter>>,
}

/// Starts processes for the objects. Whatever runs programs has the objects, so this must not hold it in turn.
pub trait Starter: Send + Sync {
    /// The name of the program that an actor runs; none if it is no process.
    fn program_of(&self, actor: &Actor) -> Option<String>;

    /// Fails with `no-such-name` if there is no program of that name.
    ///
    /// # Errors
    ///
    /// That.
    fn check(&self, program: &str) -> Outcome<()>;

    /// Starts a process that runs an entry of the named program.
    ///
    /// # Errors
    ///
    /// Why it could not be started.
    fn start(&self, program: &str, entry: &str, args: Vec<Item>) -> Outcome<Proxy>;
}

const SHARDS: usize = 16;

/// The embedder's id, as one who acts.
pub(super) const HOST: u64 = 0;

type Shard = Slab<Weak<Referent>>;

/// Limits on what the objects of a manager may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most items or entries that one container may have.
    pub container_length: usize,
    /// The most bytes that one value may take.
    pub value_bytes: usize,
    /// How deep a value may be nested.
    pub value_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // Some operations put what they return into one or two more levels.
        Self { container_length: 1 << 28, value_bytes: 64 << 20, value_depth: commonhold_wire::MAX_DEPTH - 8 }
    }
}

impl Limits {
    /// The limits on one value that comes from outside.
    pub fn of_values(&self) -> commonhold_wire::Limits {
        // A node takes a byte or more.
        commonhold_wire::Limits { depth: self.value_depth, bytes: self.value_bytes, nodes: usize::MAX }
    }
}

impl Home {
    pub fn new(limits: Limits) -> Arc<Self> {
        let closing = Arc::default();
        Arc::new(Self {
            next_id: AtomicU64::new(HOST + 1),
            shards: std::array::from_fn(|_| Mutex::new(Slab::new())),
            limits,
            host: Actor::of_host(HOST, &closing),
            closing,
            waits: Arc::default(),
            hopes: Hopes::default(),
            starter: OnceLock::new(),
        })
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The embedder's own code, as one who acts.
    pub fn host(self: &Arc<Self>) -> Caller {
        Caller { home: self.clone(), actor: self.host.clone() }
    }

    /// Somebody new in the embedder's code, such as a guard.
    pub fn guard(self: &Arc<Self>) -> Caller {
        Caller { home: self.clone(), actor: Actor::of_host(self.next_id(), &self.closing) }
    }

    /// Ends what the embedder's code waits for at the moment: with `cancelled`.
    pub fn cancel_host(&self) {
        self.closing.notify_waiters();
    }

    /// Who waits for whom.
    pub fn waits(&self) -> &Arc<Waits> {
        &self.waits
    }

    /// Who waits for what holders give.
    pub(super) fn hopes(&self) -> &Hopes {
        &self.hopes
    }

    /// What starts processes, from now on.
    pub fn set_starter(&self, starter: impl Starter + 'static) {
        // It is said once, by what runs programs.
        let _already = self.starter.set(Box::new(starter));
    }

    /// What starts processes, if anything does.
    pub fn starter(&self) -> Option<&dyn Starter> {
        self.starter.get().map(|starter| &**starter)
    }

    /// How many referents are alive.
    pub fn number_of_objects(&self) -> u64 {
        self.shards.iter().map(|shard| shard.lock().len() as u64).sum()
    }

    pub fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a referent and makes it known. It is told its place here.
    pub(super) fn enter(&self, id: u64, make: impl FnOnce(usize) -> Arc<Referent>) -> Arc<Referent> {
        let mut shard = self.shard(id).lock();
        let vacant = shard.vacant_entry();
        let referent = make(vacant.key());
        vacant.insert(Arc::downgrade(&referent));
        referent
    }

    /// Forgets the referent in a place.
    pub(super) fn leave(&self, id: u64, place: usize) {
        // The entry is dropped after the lock: it may be the last use of the referent's memory.
        let entry = self.shard(id).lock().try_remove(place);
        drop(entry);
    }

    fn shard(&self, id: u64) -> &Mutex<Shard> {
        &self.shards[id as usize % SHARDS]
    }

    /// The live referents, by id. They may lose their last holder any moment: what is returned
    /// keeps their memory, not their state.
    pub fn survey(&self) -> Vec<Arc<Referent>> {
        let mut all = Vec::new();
        for shard in &self.shards {
            all.extend(shard.lock().iter().filter_map(|(_, referent)| referent.upgrade()));
        }
        all.sort_unstable_by_key(|referent| referent.id());
        all
    }
}
