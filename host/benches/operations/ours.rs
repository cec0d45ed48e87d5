//! The manager, as an embedder has it.

use commonhold::{Manager, Program};
use std::path::Path;

#[derive(Clone)]
pub(crate) struct Ours {
    guest: Program,
    /// The interpreter with the script in it.
    python: Program,
}

impl Ours {
    pub(crate) async fn load(manager: &Manager, guest: &Path, script: &Path) -> anyhow::Result<Self> {
        let interpreter = commonhold::python::runtime_component(&mut |line| println!("{line}"))?;
        let files = commonhold::python::package(script)?;
        let python = manager.load_bytes("python", std::fs::read(interpreter)?, files).await?;
        Ok(Self { guest: manager.load(guest).await?, python })
    }

    /// Runs an entry of the guest to its end, in a process.
    pub(crate) async fn run(&self, entry: &str, times: i64) -> anyhow::Result<()> {
        Ok(self.guest.spawn(entry, (times,))?.join().await?)
    }

    /// Does an operation so many times in Python. Returns the nanoseconds of one, without the
    /// interpreter's start.
    pub(crate) async fn run_in_python(&self, name: &str, times: i64) -> anyhow::Result<f64> {
        let nanoseconds: u64 = self.python.spawn("guest", (name, times))?.join().await?;
        Ok(nanoseconds as f64 / times as f64)
    }
}
