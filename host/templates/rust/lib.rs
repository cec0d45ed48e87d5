//! Workers that share a list.

use commonhold_guest::{List, Process, Result, entry, println};

/// What `commonhold run` starts: two workers, each a process of its own, fill one list.
#[entry]
fn main() -> Result<()> {
    let results: List<i64> = List::new()?;
    let workers = [0, 5].map(|start| Process::spawn("square", (&results, start, 5)));
    for worker in workers {
        worker?.join::<()>()?;
    }
    results.sort()?;
    println!("{results}");
    Ok(())
}

/// Appends the squares of some numbers to a shared list.
#[entry]
fn square(results: List<i64>, start: i64, count: i64) -> Result<()> {
    for number in start..start + count {
        results.push(number * number)?;
    }
    Ok(())
}

commonhold_guest::program!(entries: [main, square]);

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs natively, with a manager of its own: `cargo test`.
    #[commonhold_guest::test]
    fn squares_are_appended() -> Result<()> {
        let results = List::from_items([1])?;
        square(results.clone(), 3, 2)?;
        assert_eq!(results.to_vec()?, [1, 9, 16]);
        Ok(())
    }
}
