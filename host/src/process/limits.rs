use crate::manager::Table;
use crate::sync::{Arc, AtomicUsize, Ordering};
use std::time::Duration;
use wasmtime::ResourceLimiter;

/// What one process may use. `docs/limits.md` has the table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of linear memory, all memories together. Growing beyond fails in the guest; a guest
    /// that traps because of it ends as `limit-exceeded`. Default: 1 GiB.
    pub memory: usize,
    /// Elements of all tables together. Default: 1,000,000.
    pub table_elements: usize,
    /// Proxies held at one time. A call that would give one more fails with `quota-exceeded`.
    /// Default: 1,000,000.
    pub proxies: usize,
    /// Bytes in one value that is given or received. Default: 64 MiB.
    pub value_bytes: usize,
    /// How long the process may run, waiting included; `None` for as long as it wants. Default:
    /// `None`.
    pub time: Option<Duration>,
    /// Wasmtime fuel: about one unit for each instruction. `None` to not count at all. A metered
    /// process runs slower, and its program is compiled once more. Default: `None`.
    pub fuel: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            table_elements: 1_000_000,
            proxies: Table::DEFAULT_LIMIT,
            value_bytes: 64 << 20,
            time: None,
            fuel: None,
        }
    }
}

/// Counts what a process's store allocates, for [`Limits`].
pub(crate) struct Meter {
    memory: usize,
    memory_left: usize,
    tables: usize,
    table_left: usize,
    /// The last thing that was refused, if anything was.
    refused: Option<String>,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (memory, tables) = (limits.memory, limits.table_elements);
        Self { memory, memory_left: memory, tables, table_left: tables, refused: None }
    }

    /// What the guest asked for in vain, which may be why it trapped.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref()
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, most: Option<usize>) -> wasmtime::Result<bool> {
        // Wasmtime asks even if the memory's own maximum forbids it.
        if most.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current);
        let fits = more <= self.memory_left;
        if fits {
            self.memory_left -= more;
        } else {
            self.refused = Some(format!("it needs more than {} bytes of memory", self.memory));
        }
        Ok(fits)
    }

    fn table_growing(&mut self, current: usize, desired: usize, most: Option<usize>) -> wasmtime::Result<bool> {
        if most.is_some_and(|most| desired > most) {
            return Ok(false);
        }
        let more = desired.saturating_sub(current);
        let fits = more <= self.table_left;
        if fits {
            self.table_left -= more;
        } else {
            self.refused = Some(format!("it needs more than {} table elements", self.tables));
        }
        Ok(fits)
    }
}

/// One of the places for live processes that a manager has. It is taken until the last copy goes.
#[derive(Clone)]
pub(crate) struct Place {
    _taken: Arc<Taken>,
}

struct Taken(Arc<Places>);

/// How many processes a manager runs, and may.
pub(crate) struct Places {
    taken: AtomicUsize,
    most: usize,
}

impl Places {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), most })
    }

    pub(crate) fn most(&self) -> usize {
        self.most
    }

    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }

    /// Takes a place, if there is one.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Place> {
        let most = self.most;
        self.taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| (taken < most).then_some(taken + 1))
            .ok()
            .map(|_| Place { _taken: Arc::new(Taken(self.clone())) })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}
