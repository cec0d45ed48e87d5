//! What one operation costs: here, on a floor that does nothing but the operation, and with Python's
//! own manager.
//!
//! `cargo bench` prints one table and writes it to `bench.json` in the target directory. What is
//! measured, and how to read it, is in `docs/performance.md`.

mod cpython;
mod floor;
mod memory;
mod ours;
mod report;

use anyhow::Context as _;
use clap::Parser as _;
use commonhold::Manager;
use commonhold::build::{self, build_crates};
use cpython::Cpython;
use floor::Floor;
use ours::Ours;
use report::{Report, Row, median};
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::runtime::Runtime;

/// How often each side of a comparison is measured. The sides take turns, so that what else the
/// machine does meets all of them.
const ROUNDS: usize = 25;

/// One line of the comparison.
struct Operation {
    name: &'static str,
    guest: Guest,
    /// How often it is done in one measurement: some ten milliseconds' worth, for guests and for
    /// Python's manager, if that has it.
    times: i64,
    cpython_times: Option<i64>,
    /// What it may take at most, as a multiple of the floor's time and of CPython's.
    floor_aim: Option<f64>,
    cpython_aim: Option<f64>,
    /// The same of a type of the manager's own, of an object of the embedder's, which the floor does not have; and what it
    /// may take at most, as a multiple of that.
    beside: Option<(&'static str, f64)>,
}

/// Who does it.
#[derive(Clone, Copy, PartialEq)]
enum Guest {
    /// One process, over and over.
    Rust,
    /// As many processes, which do nothing else.
    Processes,
    /// A process in Python, which the floor cannot run.
    Python,
    /// Two processes, which send each other something.
    Pair,
    /// As many processes, which wait for the same.
    Crowd,
    /// One process, which calls an object of a provider over and over.
    User,
    /// Workers of a pool, which take so many tasks at once; as many as is usual if none.
    Pool(Option<u64>),
}

impl Operation {
    const fn of(name: &'static str, guest: Guest, times: i64) -> Self {
        Self { name, guest, times, cpython_times: None, floor_aim: None, cpython_aim: None, beside: None }
    }

    /// By a typed interface.
    const fn typed(name: &'static str, times: i64) -> Self {
        Self { floor_aim: Some(1.3), ..Self::of(name, Guest::Rust, times) }
    }

    /// By its method's name.
    const fn by_name(name: &'static str, times: i64) -> Self {
        Self { floor_aim: Some(2.5), ..Self::of(name, Guest::Rust, times) }
    }

    /// Of an object of the embedder's, by its method's name, beside the same of one of the manager's own.
    const fn of_host(name: &'static str, times: i64, own: &'static str) -> Self {
        Self { beside: Some((own, 1.3)), ..Self::of(name, Guest::Rust, times) }
    }

    /// A range of an array, beside a call that copies as many bytes.
    const fn range(name: &'static str, times: i64) -> Self {
        Self { floor_aim: Some(1.5), ..Self::of(name, Guest::Rust, times) }
    }

    /// Something that may have to be waited for, but has not.
    const fn uncontended(name: &'static str, times: i64) -> Self {
        Self { floor_aim: Some(1.5), ..Self::of(name, Guest::Rust, times) }
    }

    const fn in_python(name: &'static str, times: i64) -> Self {
        Self::of(name, Guest::Python, times)
    }

    /// Beside so many of them with Python's own manager.
    const fn against(self, times: i64, aim: f64) -> Self {
        Self { cpython_times: Some(times), cpython_aim: Some(aim), ..self }
    }
}

const FROM_RUST: f64 = 1.0 / 150.0;
const FROM_PYTHON: f64 = 1.0 / 15.0;

const WAITING: f64 = 1.0 / 20.0;

const OPERATIONS: &[Operation] = &[
    Operation::typed("list.get", 200_000).against(300, FROM_RUST),
    Operation::typed("list.append", 200_000).against(300, FROM_RUST),
    Operation::typed("dict.get", 100_000).against(300, FROM_RUST),
    Operation::typed("dict.set", 100_000).against(300, FROM_RUST),
    Operation::typed("set.add", 100_000),
    Operation::typed("set.contains", 100_000),
    Operation::typed("deque.append_pop", 100_000),
    Operation::typed("namespace.get", 100_000).against(300, FROM_RUST),
    Operation::typed("value.get", 200_000).against(300, FROM_RUST),
    Operation::typed("array.get", 200_000).against(300, FROM_RUST),
    Operation::typed("counter.get", 100_000),
    Operation::typed("iterator.next", 100_000).against(300, FROM_RUST),
    Operation::typed("lock.acquire_release", 100_000).against(150, FROM_RUST),
    Operation::typed("list.create_drop", 100_000).against(30, FROM_RUST),
    Operation::by_name("call.list.get", 100_000).against(300, FROM_RUST),
    Operation::by_name("call.list.append", 100_000),
    Operation::by_name("call.dict.get", 100_000),
    Operation::by_name("call.set.add", 100_000),
    Operation::by_name("call.deque.append_pop", 50_000),
    Operation::by_name("call.namespace.get", 100_000),
    Operation::by_name("call.value.get", 100_000),
    Operation::by_name("call.array.get", 100_000),
    Operation::by_name("call.counter.get", 100_000),
    Operation::by_name("call.iterator.next", 100_000),
    Operation::by_name("call.lock.acquire_release", 50_000),
    Operation::of_host("call.host.get", 100_000, "call.value.get"),
    Operation::of_host("call.host.add", 100_000, "call.list.get"),
    Operation::range("array.read_bytes", 2_000),
    Operation::range("array.write_bytes", 2_000),
    Operation::range("array.read_ints", 2_000),
    Operation::range("array.write_ints", 2_000),
    Operation::uncontended("rlock.acquire_release", 100_000).against(150, FROM_RUST),
    Operation::uncontended("semaphore.acquire_release", 100_000).against(150, FROM_RUST),
    Operation::uncontended("queue.put_get", 50_000).against(150, FROM_RUST),
    Operation::of("queue.ping_pong", Guest::Pair, 10_000).against(100, WAITING),
    Operation::of("queue.serve_1000", Guest::Crowd, 1000).against(20, WAITING),
    Operation::of("pool.map", Guest::Pool(None), 100_000).against(100_000, WAITING),
    Operation::of("pool.map_one_by_one", Guest::Pool(Some(1)), 100_000).against(2_000, WAITING),
    Operation::of("provider.call", Guest::User, 20_000).against(300, FROM_PYTHON),
    Operation::of("process.spawn", Guest::Processes, 300).against(4, FROM_RUST),
    Operation::in_python("python.list.get", 10_000).against(300, FROM_PYTHON),
    Operation::in_python("python.tree", 20).against(20, 1.0),
];

/// Not an operation: what objects take.
const MEMORY: &str = "memory";

/// Measures what operations cost, beside the floor and Python's own manager.
#[derive(clap::Parser)]
struct Arguments {
    /// Only operations whose names begin with one of these, or `memory`; then nothing is written
    names: Vec<String>,
    /// Only one side, without any comparison: for a profiler
    #[arg(long)]
    side: Option<Side>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let Arguments { names, side, .. } = Arguments::parse();
    let is_chosen =
        |operation: &&Operation| names.is_empty() || names.iter().any(|name| operation.name.starts_with(name.as_str()));
    let chosen = OPERATIONS.iter().filter(is_chosen);
    let mut contest = Contest::prepare()?;
    if let Some(side) = side {
        for operation in chosen {
            if let Some(nanoseconds) = contest.measure_side(operation, side)? {
                println!("{:<26}{nanoseconds:>12.0}", operation.name);
            }
        }
        return Ok(());
    }
    let mut report = Report::new(&Cpython::version()?);
    for operation in chosen {
        report.add(contest.measure(operation)?);
    }
    if names.is_empty() {
        let file = target_dir()?.join("bench.json");
        report.write(&file)?;
        println!("\nwritten to {}", file.display());
    }
    if names.is_empty() || names.iter().any(|name| name == MEMORY) {
        memory::measure()?;
    }
    Ok(())
}

/// All sides, ready to be measured.
struct Contest {
    runtime: Runtime,
    ours: Ours,
    floor: Floor,
    cpython: Cpython,
}

impl Contest {
    fn prepare() -> anyhow::Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let script = here.join("benches/operations/operations.py");
        let guest = build_guest(here, "bench-guest")?;
        let provider = build_guest(here, "counter")?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let ours = runtime.block_on(async {
            let manager = Manager::builder().register(ours::cell()).build()?;
            Ours::load(&manager, &guest, &provider, &script).await
        })?;
        Ok(Self { runtime, ours, floor: Floor::load(&guest)?, cpython: Cpython::start(&script)? })
    }

    fn measure(&mut self, operation: &Operation) -> anyhow::Result<Vec<Row>> {
        let mut ours = Vec::new();
        let mut floor = Vec::new();
        let mut cpython = Vec::new();
        let mut own = Vec::new();
        // The first round is not counted: it fills caches.
        for round in 0..=ROUNDS {
            let mut sides = [Side::Ours, Side::Own, Side::Floor, Side::Cpython];
            if round % 2 == 1 {
                sides.reverse();
            }
            for side in sides {
                let nanoseconds = self.measure_once(operation, side)?;
                if round > 0 {
                    match side {
                        Side::Ours => &mut ours,
                        Side::Floor => &mut floor,
                        Side::Cpython => &mut cpython,
                        Side::Own => &mut own,
                    }
                    .extend(nanoseconds);
                }
            }
        }
        let row = |reference, times: &[f64], aim| Row::new(operation.name, reference, &ours, times, aim);
        let mut rows = Vec::new();
        if !floor.is_empty() {
            rows.push(row("floor", &floor, operation.floor_aim));
        }
        if !own.is_empty() {
            rows.push(row("built-in", &own, operation.beside.map(|(_, aim)| aim)));
        }
        if !cpython.is_empty() {
            rows.push(row("cpython", &cpython, operation.cpython_aim));
        }
        Ok(rows)
    }

    /// The median of one side's nanoseconds; none if that side does not have the operation.
    fn measure_side(&mut self, operation: &Operation, side: Side) -> anyhow::Result<Option<f64>> {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.extend(self.measure_once(operation, side)?);
        }
        Ok((!times.is_empty()).then(|| median(&times)))
    }

    /// The nanoseconds of one operation on one side; none if that side does not have it.
    fn measure_once(&mut self, operation: &Operation, side: Side) -> anyhow::Result<Option<f64>> {
        let Operation { name, guest, times, cpython_times, .. } = *operation;
        let Self { runtime, ours, floor, cpython } = self;
        let start = Instant::now();
        match (side, guest) {
            (Side::Cpython, _) => return cpython_times.map(|times| cpython.measure(name, times)).transpose(),
            (Side::Own, _) => match operation.beside {
                Some((own, _)) => runtime.block_on(ours.run(own, times))?,
                None => return Ok(None),
            },
            (Side::Floor, Guest::Rust) if operation.beside.is_some() => return Ok(None),
            (Side::Ours, Guest::Python) => return runtime.block_on(ours.run_in_python(name, times)).map(Some),
            // What it would be made of is what `queue.ping_pong` is.
            (Side::Floor, Guest::Python | Guest::User) => return Ok(None),
            // From tasks, as all that follow.
            (Side::Ours, Guest::Pair) => {
                let ours = ours.clone();
                runtime.block_on(runtime.spawn(async move { ours.ping_pong(times).await }))??;
            }
            (Side::Floor, Guest::Pair) => {
                let (there, back) = (floor::Queue::new(), floor::Queue::new());
                runtime.block_on(async {
                    let pings = floor.start("queue.pings", Some(times), &[&there, &back]);
                    let pongs = floor.start("queue.pongs", Some(times), &[&there, &back]);
                    pings.await??;
                    pongs.await?
                })?;
            }
            (Side::Ours, Guest::Crowd) => {
                let ours = ours.clone();
                return runtime.block_on(runtime.spawn(async move { ours.serve_crowd(times).await }))?.map(Some);
            }
            (Side::Floor, Guest::Crowd) => {
                let floor = floor.clone();
                let serving = runtime.spawn(async move { serve_floors_crowd(&floor, times).await });
                return runtime.block_on(serving)?.map(Some);
            }
            (Side::Ours, Guest::User) => {
                let ours = ours.clone();
                runtime.block_on(runtime.spawn(async move { ours.call_provider(times).await }))??;
            }
            (Side::Ours, Guest::Pool(chunk)) => {
                let ours = ours.clone();
                runtime.block_on(runtime.spawn(async move { ours.map(times, chunk).await }))??;
            }
            (Side::Floor, Guest::Pool(_)) => runtime.block_on(floor.map("doubles", times, ours::WORKERS))?,
            (Side::Ours, Guest::Rust) => runtime.block_on(ours.run(name, times))?,
            (Side::Floor, Guest::Rust) => runtime.block_on(floor.run(name, times))?,
            // From a task, as servers and guests do it: a thread outside of the runtime would mostly
            // measure how long the system takes to wake another.
            (Side::Ours, Guest::Processes) => {
                let ours = ours.clone();
                runtime.block_on(runtime.spawn(async move {
                    for _ in 0..times {
                        ours.run("nothing", 0).await?;
                    }
                    anyhow::Ok(())
                }))??;
            }
            (Side::Floor, Guest::Processes) => {
                let floor = floor.clone();
                runtime.block_on(runtime.spawn(async move {
                    for _ in 0..times {
                        floor.run("nothing", 0).await?;
                    }
                    anyhow::Ok(())
                }))??;
            }
        }
        Ok(Some(start.elapsed().as_nanos() as f64 / times as f64))
    }
}

/// As `Ours::serve_crowd`.
async fn serve_floors_crowd(floor: &Floor, processes: i64) -> anyhow::Result<f64> {
    let (here, queue) = (floor::Queue::new(), floor::Queue::new());
    let crowd: Vec<_> = (0..processes).map(|_| floor.start("queue.gets", None, &[&here, &queue])).collect();
    for _ in 0..processes {
        here.get().await?;
    }
    let start = Instant::now();
    for number in 0..processes {
        queue.put(floor::Item::Int(number));
    }
    for process in crowd {
        process.await??;
    }
    Ok(start.elapsed().as_nanos() as f64 / processes as f64)
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Side {
    Ours,
    /// The operation of one of the manager's own types that it stands beside
    Own,
    Floor,
    Cpython,
}

fn build_guest(here: &Path, package: &str) -> anyhow::Result<PathBuf> {
    let options = build::Options {
        packages: vec![package.into()],
        target_dir: Some(target_dir()?.join("guests")),
        cargo_args: vec!["--locked".into(), "--quiet".into()],
        progress: |line| println!("{line}"),
        ..build::Options::default()
    };
    let workspace = here.parent().context("the crate is not in its workspace")?;
    let guest = build_crates(workspace, &options)?.pop().context("no guest was built")?;
    Ok(guest.component)
}

fn target_dir() -> anyhow::Result<&'static Path> {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().context("there is no target directory")
}
