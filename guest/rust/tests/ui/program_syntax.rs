use commonhold_guest::entry;

#[entry]
fn first() {}

commonhold_guest::program!(first);

fn main() {}
