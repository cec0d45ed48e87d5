//! Counts the words of texts, by four processes that share a dict and take texts from a list.
//!
//! ```text
//! commonhold build guest/examples/word-count
//! commonhold run target/commonhold/word-count.wasm -- @first.txt @second.txt
//! commonhold run target/commonhold/word-count.wasm --entry check -- @first.txt @second.txt
//! ```
//!
//! Each argument is a text; the command line puts a file's text in the place of `@FILE`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use commonhold_guest::{Dict, Error, ErrorKind, List, Process, Result, entry, println};

/// How many processes count.
const WORKERS: usize = 4;

/// How many of the most frequent words are printed.
const SHOWN: usize = 15;

/// How often `check` counts.
const RUNS: usize = 50;

/// How often each word occurs.
type Counts = BTreeMap<String, u64>;

/// Prints the most frequent words of some texts.
#[entry]
fn main(#[rest] texts: Vec<String>) -> Result<()> {
    let counts = count_by_four(&expect_some(texts)?)?;
    for (word, count) in most_frequent(counts).into_iter().take(SHOWN) {
        println!("{count:6}  {word}");
    }
    Ok(())
}

/// Counts by four processes again and again, and fails unless the result is that of one alone.
#[entry]
fn check(#[rest] texts: Vec<String>) -> Result<()> {
    let texts = expect_some(texts)?;
    let mut expected = Counts::new();
    for text in &texts {
        count(text, &mut expected);
    }
    for run in 1..=RUNS {
        if count_by_four(&texts)? != expected {
            let message = format!("four processes have counted otherwise than one, in run {run}");
            return Err(Error::new(ErrorKind::Assertion, message));
        }
    }
    println!("{RUNS} runs of four processes: each has counted what one process alone does");
    Ok(())
}

/// Counts the words of texts until there are none left.
#[entry]
fn worker(texts: List<String>, counts: Dict<String, u64>) -> Result<()> {
    while let Some(text) = texts.pop()? {
        let mut found = Counts::new();
        count(&text, &mut found);
        for (word, times) in found {
            counts.fetch_add_or(word, times, 0)?;
        }
    }
    Ok(())
}

fn count_by_four(texts: &[String]) -> Result<Counts> {
    let shared_texts: List<String> = List::from_items(texts)?;
    let counts = Dict::new()?;
    let start = |_| Process::spawn("worker", (&shared_texts, &counts));
    let workers = (0..WORKERS).map(start).collect::<Result<Vec<_>>>()?;
    for worker in workers {
        worker.join::<()>()?;
    }
    counts.to_map()
}

/// Adds the words of a text. A word is of letters, and may have an apostrophe inside.
fn count(text: &str, counts: &mut Counts) {
    let words = text.split(|letter: char| !letter.is_alphabetic() && !matches!(letter, '\'' | '\u{2019}'));
    for word in words.map(|word| word.trim_matches(['\'', '\u{2019}'])).filter(|word| !word.is_empty()) {
        *counts.entry(word.to_lowercase()).or_default() += 1;
    }
}

/// The words, the most frequent first; equally frequent ones by the alphabet.
fn most_frequent(counts: Counts) -> Vec<(String, u64)> {
    let mut words: Vec<_> = counts.into_iter().collect();
    words.sort_by_key(|(_, count)| Reverse(*count));
    words
}

fn expect_some(texts: Vec<String>) -> Result<Vec<String>> {
    if texts.is_empty() {
        return Err(Error::value("there is nothing to count: name text files as arguments, -- @FILE @FILE .."));
    }
    Ok(texts)
}

commonhold_guest::program!(entries: [main, check, worker]);

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn words_are_of_letters_in_any_case() {
        let mut counts = Counts::new();
        count("Don't -- 'do' DON'T, \u{dc}ber-\u{fc}ber 42!", &mut counts);
        let expected = [("do", 1), ("don't", 2), ("\u{fc}ber", 2)];
        assert_eq!(counts, expected.map(|(word, count)| (word.to_owned(), count)).into());
        assert_eq!(most_frequent(counts).last().map(|(word, _)| word.as_str()), Some("do"));
    }

    #[commonhold_guest::test]
    fn four_processes_count_as_one_does() -> Result<()> {
        check(texts(&["to be or not to be", "that is the question", "to", "be", "or", ""]))
    }

    #[commonhold_guest::test]
    fn nothing_to_count_is_an_error() {
        assert_eq!(main(Vec::new()).map_err(|error| error.kind), Err(ErrorKind::Value));
    }
}
