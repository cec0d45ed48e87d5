use commonhold_guest::{entry, shared_type};

struct Counter;

#[shared_type]
impl Counter {
    pub fn new() -> Self {
        Counter
    }
}

#[entry]
fn main_entry() {}

commonhold_guest::program!(entries: [main_entry]);

fn main() {}
