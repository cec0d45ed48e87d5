use commonhold_guest::{List, entry};

#[entry]
fn borrows(list: &List<i64>) {}

#[entry]
fn unnamed((a, b): (i64, i64)) {}

#[entry]
fn rest_first(#[rest] texts: Vec<String>, number: i64) {}

#[entry]
fn generic<T>(value: T) {}

#[entry]
async fn waits() {}

#[entry(title = "x")]
fn titled() {}

#[entry]
struct Job;

fn main() {}
