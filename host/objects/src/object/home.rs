use super::call::{Actor, Caller};
use super::hopes::Hopes;
use super::kinds::Kinds;
use super::programs::Programs;
use super::referent::Referent;
use super::waits::Waits;
use super::{CallError, Outcome};
use crate::sync::{Arc, AtomicU64, Mutex, Notify, OnceLock, Ordering, Weak};
use commonhold_wire::ErrorKind;
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
    /// What runs programs, if anything does.
    programs: OnceLock<Weak<dyn Programs>>,
    kinds: Kinds,
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
            programs: OnceLock::new(),
            kinds: Kinds::default(),
        })
    }

    /// Says what runs programs for the objects that need it. It is said once.
    pub fn set_programs(&self, programs: Weak<dyn Programs>) {
        let _already = self.programs.set(programs);
    }

    /// What runs programs.
    ///
    /// # Errors
    ///
    /// `no-such-name` if there is nothing, `cancelled` if there is nothing any more.
    pub fn programs(&self) -> Outcome<Arc<dyn Programs>> {
        let Some(programs) = self.programs.get() else {
            return Err(CallError::new(ErrorKind::NoSuchName, "nothing runs programs here"));
        };
        programs.upgrade().ok_or_else(|| CallError::new(ErrorKind::Cancelled, "the manager is closing"))
    }

    /// What the embedder's own types are.
    pub fn kinds(&self) -> &Kinds {
        &self.kinds
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
