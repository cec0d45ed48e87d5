//! The same operations on Python's own manager: one `python3`, asked for one measurement after the
//! other.

use anyhow::{Context as _, bail};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Cpython {
    process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Cpython {
    pub(crate) fn start(script: &Path) -> anyhow::Result<Self> {
        let mut process = Command::new("python3")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start python3, with whose manager ours is compared")?;
        let questions = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().context("python3 has no output")?);
        Ok(Self { process, questions, answers })
    }

    /// `Python 3.11.2`
    pub(crate) fn version() -> anyhow::Result<String> {
        let output = Command::new("python3").arg("--version").output().context("cannot start python3")?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Does an operation so many times. Returns the nanoseconds of one.
    pub(crate) fn measure(&mut self, name: &str, times: i64) -> anyhow::Result<f64> {
        let questions = self.questions.as_mut().context("python3 has no input")?;
        writeln!(questions, "{name} {times}").and_then(|()| questions.flush()).context("python3 has ended")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        match answer.trim().parse::<u64>() {
            Ok(nanoseconds) => Ok(nanoseconds as f64 / times as f64),
            Err(_) => bail!("python3 did not measure {name}: see above"),
        }
    }
}

impl Drop for Cpython {
    fn drop(&mut self) {
        // The end of its input ends it, and its manager with it.
        drop(self.questions.take());
        let _ended = self.process.wait();
    }
}
