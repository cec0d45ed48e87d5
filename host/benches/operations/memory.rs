//! What objects take in memory, by what the kernel says is resident before and after making many.

use anyhow::Context as _;
use commonhold::Manager;
use std::hint::black_box;

/// What is made, how many of it, and how many bytes each may take.
struct Subject {
    name: &'static str,
    count: usize,
    most: f64,
}

const INTEGERS: Subject = Subject { name: "list.integer", count: 10_000_000, most: 16.0 };
const LISTS: Subject = Subject { name: "list.empty", count: 500_000, most: 200.0 };
const DICTS: Subject = Subject { name: "dict.empty", count: 500_000, most: 200.0 };

/// Prints the bytes of each.
pub(crate) fn measure() -> anyhow::Result<()> {
    println!("\nresident memory\n\n{:<22}{:>12}{:>12}{:>10}", "name", "count", "bytes each", "aim");
    let manager = Manager::new()?;
    // The vector of handles is counted too: an object takes at least one.
    // What was made is kept: memory that is free already would be taken unseen.
    let _lists = print(&LISTS, || (0..LISTS.count).map(|_| manager.list::<i64>([])).collect::<Result<Vec<_>, _>>())?;
    let _dicts =
        print(&DICTS, || (0..DICTS.count).map(|_| manager.dict::<i64, i64>([])).collect::<Result<Vec<_>, _>>())?;
    let _list = print(&INTEGERS, || manager.list(0..INTEGERS.count as i64))?;
    Ok(())
}

fn print<T, E>(subject: &Subject, make: impl FnOnce() -> Result<T, E>) -> anyhow::Result<T>
where
    anyhow::Error: From<E>,
{
    let before = resident()?;
    let made = black_box(make()?);
    let each = (resident()? - before) / subject.count as f64;
    // Pages are not cut into items.
    let missed = if each > subject.most + 0.1 { "  missed" } else { "" };
    println!("{:<22}{:>12}{each:>12.1}{:>10}{missed}", subject.name, subject.count, subject.most);
    Ok(made)
}

/// The bytes of this process that are in memory.
fn resident() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc here")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc/self/status")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1024.0)
}
