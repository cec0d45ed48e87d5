//! The steps that the commands of both drafts know, and what they print: a line for each.

use std::fmt::Debug;

use crate::bindings::wasi::cli::{environment, stdout};
use crate::bindings::wasi::io::streams::OutputStream;
use crate::bindings::wasi::keyvalue::store::{self, Bucket, Error};
use crate::bindings::wasi::keyvalue::{atomics, batch};
use crate::command::{Cursor, page};

/// Where a command is: the buckets that it has opened, of which the last one is used.
pub(crate) struct Steps {
    buckets: Vec<Bucket>,
    out: OutputStream,
}

/// Carries out the arguments, of which `more` may know some better; false if one said so.
pub(crate) fn run(mut more: impl FnMut(&mut Steps, &[&str]) -> bool) -> bool {
    let mut steps = Steps { buckets: Vec::new(), out: stdout::get_stdout() };
    for argument in environment::get_arguments().iter().skip(1) {
        let words: Vec<&str> = argument.split(' ').collect();
        if words == ["fail"] {
            return false;
        }
        if !more(&mut steps, &words) {
            steps.carry_out(&words);
        }
    }
    true
}

impl Steps {
    pub(crate) fn bucket(&self) -> &Bucket {
        self.buckets.last().unwrap_or_else(|| panic!("no bucket is open"))
    }

    pub(crate) fn print(&self, what: impl Debug) {
        let line = format!("{what:?}\n");
        for chunk in line.as_bytes().chunks(4096) {
            let _nobody_reads = self.out.blocking_write_and_flush(chunk);
        }
    }

    fn carry_out(&mut self, words: &[&str]) {
        match *words {
            ["open"] => self.open(""),
            ["open", name] => self.open(name),
            // As many as can be had.
            ["open-all", name] => loop {
                match store::open(name) {
                    Ok(bucket) => self.buckets.push(bucket),
                    Err(error) => break self.print((self.buckets.len(), error)),
                }
            },
            ["close"] => {
                let closed = self.buckets.pop().is_some();
                self.print(closed);
            }
            ["get", key] => self.print(self.bucket().get(key).map(|value| value.map(shown))),
            ["set", key, value] => self.print(self.bucket().set(key, value.as_bytes())),
            // A value, and a key, of so many bytes.
            ["set-large", key, size] => self.print(self.bucket().set(key, &vec![b'x'; number(size)])),
            ["set-long", size] => self.print(self.bucket().set(&"k".repeat(number(size)), b"v")),
            ["get-large", key] => self.print(self.bucket().get(key).map(|value| value.map(|value| value.len()))),
            ["delete", key] => self.print(self.bucket().delete(key)),
            ["exists", key] => self.print(self.bucket().exists(key)),
            ["keys", ref cursor @ ..] => {
                let from = cursor.first().and_then(|cursor| cursor.parse::<Cursor>().ok());
                self.print(page(self.bucket(), from.as_ref()).map(|page| (page.keys, page.cursor)));
            }
            ["count-keys"] => self.print(self.count_keys()),
            ["increment", key, delta] => self.print(atomics::increment(self.bucket(), key, number(delta))),
            ["increment", key, delta, times] => {
                let last = (0..number(times)).map(|_| atomics::increment(self.bucket(), key, number(delta))).last();
                self.print(last);
            }
            ["get-many", ref keys @ ..] => self.print(batch::get_many(self.bucket(), &owned(keys))),
            // One key, so many times.
            ["get-often", key, times] => {
                let keys = vec![key.to_owned(); number(times)];
                self.print(batch::get_many(self.bucket(), &keys).map(|found| found.len()));
            }
            ["set-many", ref entries @ ..] => {
                let entries = entries.iter().map(|entry| {
                    let (key, value) = entry.split_once('=').unwrap_or((entry, ""));
                    (key.to_owned(), value.as_bytes().to_vec())
                });
                self.print(batch::set_many(self.bucket(), &entries.collect::<Vec<_>>()));
            }
            ["delete-many", ref keys @ ..] => self.print(batch::delete_many(self.bucket(), &owned(keys))),
            ["wait-for", key] => while !matches!(self.bucket().exists(key), Ok(true)) {},
            ["wait-for-denial"] => while !matches!(self.bucket().exists(""), Err(Error::AccessDenied)) {},
            ["trap"] => panic!("as was asked for"),
            _ => self.print(("no such step", words)),
        }
    }

    fn open(&mut self, name: &str) {
        match store::open(name) {
            Ok(bucket) => {
                self.buckets.push(bucket);
                self.print("open");
            }
            Err(error) => self.print(error),
        }
    }

    /// How many keys there are, on how many pages.
    fn count_keys(&self) -> Result<(usize, usize), Error> {
        let (mut keys, mut pages, mut from) = (0, 0, None);
        loop {
            let page = page(self.bucket(), from.as_ref())?;
            keys += page.keys.len();
            pages += 1;
            if page.cursor.is_none() {
                return Ok((keys, pages));
            }
            from = page.cursor;
        }
    }
}

pub(crate) fn shown(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

fn owned(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// A number that the test has written.
fn number<N: std::str::FromStr>(text: &str) -> N {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}
