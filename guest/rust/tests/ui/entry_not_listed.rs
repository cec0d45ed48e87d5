use commonhold_guest::entry;

#[entry]
fn first() {}

#[entry]
fn second() {}

commonhold_guest::program!(entries: [first]);

fn main() {}
