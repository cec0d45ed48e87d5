//! The manager, as an embedder has it.

use commonhold::{HostObject, HostType, Manager, MapOptions, Pool, Program, Then};
use std::path::Path;
use std::time::Instant;

/// How many workers a pool has, here and elsewhere.
pub(crate) const WORKERS: usize = 2;

#[derive(Clone)]
pub(crate) struct Ours {
    manager: Manager,
    /// Workers that wait for tasks.
    pool: Pool,
    guest: Program,
    /// The interpreter with the script in it.
    python: Program,
    /// An object of the embedder's.
    cell: HostObject<i64>,
}

/// The type of that object.
pub(crate) fn cell() -> HostType<i64> {
    HostType::<i64>::new("Cell")
        .reading("get()", |cell: &i64| *cell)
        .reading("add(number, /)", |cell: &i64, number: i64| *cell + number)
}

impl Ours {
    pub(crate) async fn load(manager: &Manager, guest: &Path, provider: &Path, script: &Path) -> anyhow::Result<Self> {
        let interpreter = commonhold::python::runtime_component(&mut |line| println!("{line}"))?;
        let files = commonhold::python::package(script)?;
        let python = manager.load_bytes("python", std::fs::read(interpreter)?, files).await?;
        let guest = manager.load(guest).await?;
        manager.load(provider).await?.provide().await?;
        let cell = manager.host_object(0)?;
        Ok(Self { manager: manager.clone(), pool: guest.pool(WORKERS as u64)?, guest, python, cell })
    }

    /// Has two processes send numbers there and back.
    pub(crate) async fn ping_pong(&self, times: i64) -> anyhow::Result<()> {
        let (there, back) = (self.manager.queue::<i64>(None), self.manager.queue::<i64>(None));
        let pings = self.guest.spawn("queue.pings", (times, &there, &back))?;
        let pongs = self.guest.spawn("queue.pongs", (times, &there, &back))?;
        pings.join::<()>().await?;
        Ok(pongs.join().await?)
    }

    /// Has a process call an object of a provider.
    pub(crate) async fn call_provider(&self, times: i64) -> anyhow::Result<()> {
        let clicker = self.manager.create("Clicker", ()).await?;
        Ok(self.guest.spawn("provider.call", (times, &clicker))?.join().await?)
    }

    /// Has so many processes wait for one queue, and serves them: the nanoseconds of that alone.
    pub(crate) async fn serve_crowd(&self, processes: i64) -> anyhow::Result<f64> {
        let (here, queue) = (self.manager.queue::<()>(None), self.manager.queue::<i64>(None));
        let mut crowd = Vec::new();
        for _ in 0..processes {
            crowd.push(self.guest.spawn("queue.gets", (&here, &queue))?);
        }
        for _ in 0..processes {
            here.get().await?;
        }
        let start = Instant::now();
        for number in 0..processes {
            queue.put(&number).await?;
        }
        for process in crowd {
            process.join::<i64>().await?;
        }
        Ok(start.elapsed().as_nanos() as f64 / processes as f64)
    }

    /// Has workers double numbers, so many of them at once, or as many as is usual.
    pub(crate) async fn map(&self, tasks: i64, chunk_size: Option<u64>) -> anyhow::Result<()> {
        let mut options = MapOptions::default();
        options.chunk_size = chunk_size;
        let numbers: Vec<i64> = (0..tasks).collect();
        let doubled: Vec<i64> = self.pool.map_with("doubles", numbers, options, Then::default())?.get().await?;
        anyhow::ensure!(doubled.last() == Some(&(2 * (tasks - 1))), "the pool is wrong");
        Ok(())
    }

    /// Runs an entry of the guest to its end, in a process.
    pub(crate) async fn run(&self, entry: &str, times: i64) -> anyhow::Result<()> {
        let process = match entry.starts_with("call.host.") {
            true => self.guest.spawn(entry, (times, &self.cell)),
            false => self.guest.spawn(entry, (times,)),
        };
        Ok(process?.join().await?)
    }

    /// Does an operation so many times in Python. Returns the nanoseconds of one, without the
    /// interpreter's start.
    pub(crate) async fn run_in_python(&self, name: &str, times: i64) -> anyhow::Result<f64> {
        let nanoseconds: u64 = self.python.spawn("guest", (name, times))?.join().await?;
        Ok(nanoseconds as f64 / times as f64)
    }
}
