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
    /// How often it is done in one measurement: some ten milliseconds' worth, for guests and for
    /// Python's manager.
    times: i64,
    cpython_times: i64,
    /// What it may take at most, as a multiple of the floor's time and of CPython's.
    floor_aim: Option<f64>,
    cpython_aim: f64,
}

const TYPED: Option<f64> = Some(1.3);
const BY_NAME: Option<f64> = Some(2.5);
const FROM_RUST: f64 = 1.0 / 150.0;
const FROM_PYTHON: f64 = 1.0 / 15.0;

#[rustfmt::skip]
const OPERATIONS: [Operation; 9] = [
    Operation { name: "list.get", times: 200_000, cpython_times: 300, floor_aim: TYPED, cpython_aim: FROM_RUST },
    Operation { name: "list.append", times: 200_000, cpython_times: 300, floor_aim: TYPED, cpython_aim: FROM_RUST },
    Operation { name: "dict.get", times: 100_000, cpython_times: 300, floor_aim: TYPED, cpython_aim: FROM_RUST },
    Operation { name: "dict.set", times: 100_000, cpython_times: 300, floor_aim: TYPED, cpython_aim: FROM_RUST },
    Operation { name: "call.list.get", times: 100_000, cpython_times: 300, floor_aim: BY_NAME, cpython_aim: FROM_RUST },
    Operation { name: "list.create_drop", times: 100_000, cpython_times: 30, floor_aim: TYPED, cpython_aim: FROM_RUST },
    Operation { name: "lock.acquire_release", times: 100_000, cpython_times: 150, floor_aim: TYPED, cpython_aim: FROM_RUST },
    Operation { name: PROCESS_SPAWN, times: 300, cpython_times: 4, floor_aim: None, cpython_aim: FROM_RUST },
    Operation { name: PYTHON_LIST_GET, times: 10_000, cpython_times: 300, floor_aim: None, cpython_aim: FROM_PYTHON },
];

/// Not a loop in the guest, but many guests.
const PROCESS_SPAWN: &str = "process.spawn";
/// From a guest in Python, which the floor cannot run.
const PYTHON_LIST_GET: &str = "python.list.get";

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
                println!("{:<22}{nanoseconds:>12.0}", operation.name);
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
        let guest = build_guest(here)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let ours = runtime.block_on(async {
            let manager = Manager::new()?;
            Ours::load(&manager, &guest, &script).await
        })?;
        Ok(Self { runtime, ours, floor: Floor::load(&guest)?, cpython: Cpython::start(&script)? })
    }

    fn measure(&mut self, operation: &Operation) -> anyhow::Result<Vec<Row>> {
        let mut ours = Vec::new();
        let mut floor = Vec::new();
        let mut cpython = Vec::new();
        // The first round is not counted: it fills caches.
        for round in 0..=ROUNDS {
            let mut sides = [Side::Ours, Side::Floor, Side::Cpython];
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
                    }
                    .extend(nanoseconds);
                }
            }
        }
        let against = |reference, times: &[f64], aim| Row::new(operation.name, reference, &ours, times, aim);
        let mut rows = Vec::new();
        if !floor.is_empty() {
            rows.push(against("floor", &floor, operation.floor_aim));
        }
        rows.push(against("cpython", &cpython, Some(operation.cpython_aim)));
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
        let Operation { name, times, cpython_times, .. } = *operation;
        let Self { runtime, ours, floor, cpython } = self;
        let each = |start: Instant| start.elapsed().as_nanos() as f64 / times as f64;
        let start = Instant::now();
        let nanoseconds = match (side, name) {
            (Side::Cpython, _) => cpython.measure(name, cpython_times)?,
            (Side::Ours, PYTHON_LIST_GET) => runtime.block_on(ours.python_list_get(times))?,
            (Side::Floor, PYTHON_LIST_GET) => return Ok(None),
            // From a task, as servers and guests do it: a thread outside of the runtime would mostly
            // measure how long the system takes to wake another.
            (Side::Ours, PROCESS_SPAWN) => {
                let ours = ours.clone();
                runtime.block_on(runtime.spawn(async move {
                    for _ in 0..times {
                        ours.run("nothing", 0).await?;
                    }
                    anyhow::Ok(())
                }))??;
                each(start)
            }
            (Side::Floor, PROCESS_SPAWN) => {
                let floor = floor.clone();
                runtime.block_on(runtime.spawn(async move {
                    for _ in 0..times {
                        floor.run("nothing", 0).await?;
                    }
                    anyhow::Ok(())
                }))??;
                each(start)
            }
            (Side::Ours, _) => {
                runtime.block_on(ours.run(name, times))?;
                each(start)
            }
            (Side::Floor, _) => {
                runtime.block_on(floor.run(name, times))?;
                each(start)
            }
        };
        Ok(Some(nanoseconds))
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Side {
    Ours,
    Floor,
    Cpython,
}

fn build_guest(here: &Path) -> anyhow::Result<PathBuf> {
    let options = build::Options {
        packages: vec!["bench-guest".into()],
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
