//! An inverted index: four processes enter the paragraphs of texts under their words, into a dict of sets that they
//! share, while another process answers queries from it.
//!
//! ```text
//! commonhold build guest/examples/inverted-index
//! commonhold run target/commonhold/inverted-index.wasm -- "white rabbit, best of times" @first.txt @second.txt
//! ```
//!
//! The first argument holds the queries, with commas between them; a paragraph answers one if all of its words are in
//! it. Each other argument is a text; the command line puts a file's text in the place of `@FILE`.

use std::collections::BTreeSet;

use commonhold_guest::{Dict, Error, ErrorKind, List, Process, Result, Set, SharedValue, entry, println};

/// How many processes index.
const WORKERS: usize = 4;

/// How many of a query's paragraphs are printed.
const SHOWN: usize = 3;

/// How many characters of a paragraph are printed.
const EXCERPT: usize = 72;

/// Where a paragraph is: the number of its text, and its own.
type Place = (usize, usize);

/// The paragraphs in which a word is, by word.
type Index = Dict<String, Set<Place>>;

/// A text's number, and the text.
type Document = (usize, String);

/// The places that answer each query.
type Answers = Vec<BTreeSet<Place>>;

/// Prints where the answers to some queries are in some texts.
#[entry]
fn main(queries: String, #[rest] texts: Vec<String>) -> Result<()> {
    let queries: Vec<_> = queries.split(',').map(words).filter(|words| !words.is_empty()).collect();
    if queries.is_empty() || texts.is_empty() {
        return Err(Error::value("there is nothing to look for: -- 'WORDS, WORDS ..' @FILE @FILE .."));
    }
    let documents: List<Document> = List::from_items(texts.iter().cloned().enumerate())?;
    let (index, finished) = (Index::new()?, SharedValue::new(false)?);
    let answering = Process::spawn("answer", (&queries, &index, &finished))?;
    let start = |_| Process::spawn("enter", (&documents, &index));
    for worker in (0..WORKERS).map(start).collect::<Result<Vec<_>>>()? {
        worker.join::<()>()?;
    }
    finished.set(true)?;
    let answers: Answers = answering.join()?;
    println!("{} words in {} texts", index.len()?, texts.len());
    for (query, places) in queries.iter().zip(answers) {
        println!("{} ({})", query.join(" "), places.len());
        for (text, paragraph) in places.into_iter().take(SHOWN) {
            let found = texts.get(text).and_then(|text| paragraphs(text).nth(paragraph)).unwrap_or_default();
            println!("    text {}, paragraph {}: {}", text + 1, paragraph + 1, excerpt(found));
        }
    }
    Ok(())
}

/// Enters the paragraphs of texts under their words until there are no texts left.
#[entry]
fn enter(documents: List<Document>, index: Index) -> Result<()> {
    while let Some((number, text)) = documents.pop()? {
        for (place, paragraph) in paragraphs(&text).enumerate() {
            for word in words(paragraph).into_iter().collect::<BTreeSet<_>>() {
                // Two may enter the same word for the first time: the set of one of them stays, the other's is freed.
                let places = match index.get(&word)? {
                    Some(places) => places,
                    None => index.get_or_insert(&word, Set::new()?)?,
                };
                places.insert((number, place))?;
            }
        }
    }
    Ok(())
}

/// Answers the queries again and again while the index grows, and once more when it is finished: no answer may have had
/// a place that is not in the last one.
#[entry]
fn answer(queries: Vec<Vec<String>>, index: Index, finished: SharedValue<bool>) -> Result<Answers> {
    let mut earlier: Answers = vec![BTreeSet::new(); queries.len()];
    loop {
        let is_last = finished.get()?;
        let answers = queries.iter().map(|query| find(query, &index)).collect::<Result<Answers>>()?;
        for (before, now) in earlier.iter_mut().zip(&answers) {
            if !before.is_subset(now) {
                return Err(Error::new(ErrorKind::Assertion, "an answer has lost places while the index grew"));
            }
            before.clone_from(now);
        }
        if is_last {
            return Ok(answers);
        }
    }
}

/// The places in which all of the words are.
fn find(query: &[String], index: &Index) -> Result<BTreeSet<Place>> {
    let mut found: Option<BTreeSet<Place>> = None;
    for word in query {
        let Some(places) = index.get(word)? else { return Ok(BTreeSet::new()) };
        let places = places.to_set()?;
        found = Some(match found {
            None => places,
            Some(found) => found.intersection(&places).copied().collect(),
        });
    }
    Ok(found.unwrap_or_default())
}

/// The paragraphs of a text: what empty lines separate.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
}

/// The words of a text, in lower case. A word is of letters.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// How a paragraph begins, in one line.
fn excerpt(paragraph: &str) -> String {
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{} ..", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}

commonhold_guest::program!(entries: [main, enter, answer]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_what_empty_lines_separate() {
        assert_eq!(paragraphs("\n\none\ntwo\n\n\n\nthree").collect::<Vec<_>>(), ["one\ntwo", "three"]);
        assert_eq!(words("Don't -- STOP 42"), ["don", "t", "stop"]);
        assert_eq!(excerpt(&"word ".repeat(40)), format!("{}wo ..", "word ".repeat(14)));
    }

    #[commonhold_guest::test]
    fn a_paragraph_with_all_words_is_an_answer() -> Result<()> {
        let index = Index::new()?;
        let texts = ["a b\n\nb c", "a\n\n\n\nc b a", "d"].map(str::to_owned);
        enter(List::from_items(texts.into_iter().enumerate())?, index.clone())?;
        let queries = [&["a", "b"][..], &["b"], &["a", "d"], &["e"]]
            .map(|words| words.iter().map(|word| (*word).to_owned()).collect());
        let found = answer(queries.to_vec(), index, SharedValue::new(true)?)?;
        assert_eq!(
            found,
            [vec![(0, 0), (1, 1)], vec![(0, 0), (0, 1), (1, 1)], vec![], vec![]].map(BTreeSet::from_iter)
        );
        Ok(())
    }

    #[commonhold_guest::test]
    fn queries_are_answered_while_others_index() -> Result<()> {
        main("a b, nothing".to_owned(), (0..20).map(|number| format!("a {number}\n\na b")).collect())
    }

    #[commonhold_guest::test]
    fn nothing_to_look_for_is_an_error() {
        assert_eq!(main(" , ".to_owned(), vec!["a".to_owned()]).map_err(|error| error.kind), Err(ErrorKind::Value));
        assert_eq!(main("a".to_owned(), Vec::new()).map_err(|error| error.kind), Err(ErrorKind::Value));
    }
}
