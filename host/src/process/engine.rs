//! Wasmtime engines: what they are configured to be, the on-disk cache of compiled programs, and
//! the ticking that makes every guest interruptible.

use crate::error::Error;
use crate::sync::{Arc, AtomicUsize, Mutex, OnceLock, Ordering};
use std::time::Duration;
use wasmtime::{Cache, Config, Engine, EngineWeak};

/// The engines of one manager, made when first needed. What differs between them is compiled into
/// the code, so each needs its own compilation of a program.
pub(crate) struct Engines {
    cache: Option<Cache>,
    plain: OnceLock<Arc<TickingEngine>>,
    metered: OnceLock<Arc<TickingEngine>>,
    making: Mutex<()>,
}

/// Whether an engine counts fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Plain,
    Metered,
}

/// How often a busy guest lets others run and notices that it was killed.
const TICK: Duration = Duration::from_millis(1);

/// An engine whose epoch advances while guests run on it.
pub(crate) struct TickingEngine {
    engine: Engine,
    running: Arc<AtomicUsize>,
    ticker: std::thread::Thread,
}

impl Engines {
    pub(crate) fn new(cache: Option<Cache>) -> Self {
        Self { cache, plain: OnceLock::new(), metered: OnceLock::new(), making: Mutex::default() }
    }

    pub(crate) fn get(&self, class: Class) -> Result<&Arc<TickingEngine>, Error> {
        let cell = match class {
            Class::Plain => &self.plain,
            Class::Metered => &self.metered,
        };
        if let Some(engine) = cell.get() {
            return Ok(engine);
        }
        let _one_at_a_time = self.making.lock();
        if cell.get().is_none() {
            let engine = TickingEngine::new(configuration(class, self.cache.clone()))?;
            let _ = cell.set(Arc::new(engine));
        }
        cell.get().ok_or_else(|| Error::Runtime("the engine could not be made".into()))
    }
}

/// The settings that the manager's own guests run under.
fn configuration(class: Class, cache: Option<Cache>) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // Lock ownership rests on one call at a time in each process, and it nearly halves the
        // cost of a call.
        .concurrency_support(false)
        .epoch_interruption(true)
        .consume_fuel(class == Class::Metered)
        .cache(cache);
    config
}

impl TickingEngine {
    fn new(config: Config) -> Result<Self, Error> {
        let engine = Engine::new(&config).map_err(|error| Error::Runtime(format!("{error:#}")))?;
        let running = Arc::new(AtomicUsize::new(0));
        let weak = engine.weak();
        let watched = running.clone();
        let ticker = std::thread::Builder::new()
            .name("commonhold-ticker".into())
            .spawn(move || tick(&weak, &watched))
            .map_err(|error| Error::Runtime(format!("no thread for interrupting guests: {error}")))?;
        Ok(Self { engine, running, ticker: ticker.thread().clone() })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// To be kept as long as a guest runs.
    pub(crate) fn running(self: &Arc<Self>) -> Running {
        if self.running.fetch_add(1, Ordering::AcqRel) == 0 {
            self.ticker.unpark();
        }
        Running(self.clone())
    }
}

impl Drop for TickingEngine {
    fn drop(&mut self) {
        // It finds the engine gone and ends.
        self.ticker.unpark();
    }
}

/// While one of these exists, the engine's epoch advances.
pub(crate) struct Running(Arc<TickingEngine>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::AcqRel);
    }
}

fn tick(engine: &EngineWeak, running: &AtomicUsize) {
    loop {
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
        if running.load(Ordering::Acquire) == 0 {
            // Unparked by the next guest, or by the engine's end. The timeout covers an engine
            // whose drop came between the look above and this line.
            std::thread::park_timeout(Duration::from_secs(1));
        } else {
            std::thread::sleep(TICK);
        }
    }
}
