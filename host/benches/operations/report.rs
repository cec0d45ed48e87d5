//! The table, for people and for programs.

use anyhow::Context as _;
use serde::Serialize;
use std::path::Path;

/// How ours compares with one reference.
#[derive(Serialize)]
pub(crate) struct Row {
    name: &'static str,
    ours_ns: f64,
    reference: &'static str,
    reference_ns: f64,
    ratio: f64,
    #[serde(skip)]
    aim: Option<f64>,
}

impl Row {
    /// Of the nanoseconds in all rounds. The ratio is the median of the rounds' ratios rather than
    /// the ratio of the medians: what disturbs a whole round changes its ratio little.
    pub(crate) fn new(
        name: &'static str,
        reference: &'static str,
        ours: &[f64],
        theirs: &[f64],
        aim: Option<f64>,
    ) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        let (ours_ns, reference_ns, ratio) = (median(ours), median(theirs), median(&ratios));
        Self { name, ours_ns, reference, reference_ns, ratio, aim }
    }
}

pub(crate) fn median(numbers: &[f64]) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// All rows, printed as they come.
pub(crate) struct Report {
    rows: Vec<Row>,
}

impl Report {
    pub(crate) fn new(python: &str) -> Self {
        println!("\nours in nanoseconds beside the floor's and those of {python}'s multiprocessing.Manager\n");
        println!("{:<26}{:>12}   {:<10}{:>14}{:>10}{:>10}", "name", "ours", "reference", "nanoseconds", "ratio", "aim");
        Self { rows: Vec::new() }
    }

    pub(crate) fn add(&mut self, rows: Vec<Row>) {
        for row in rows {
            let Row { name, ours_ns, reference, reference_ns, ratio, aim } = &row;
            let missed = if aim.is_some_and(|aim| *ratio > aim) { "  missed" } else { "" };
            println!(
                "{name:<26}{ours_ns:>12.0}   {reference:<10}{reference_ns:>14.0}{:>10}{:>10}{missed}",
                shown(*ratio),
                aim.map(shown).unwrap_or_default(),
            );
            self.rows.push(row);
        }
    }

    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let json = serde_json::to_vec_pretty(&self.rows)?;
        std::fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// `1.24`, or `1/480` for what is much faster.
fn shown(ratio: f64) -> String {
    if ratio < 0.2 { format!("1/{:.0}", 1.0 / ratio) } else { format!("{ratio:.2}") }
}
