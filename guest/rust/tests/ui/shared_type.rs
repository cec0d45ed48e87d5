use commonhold_guest::shared_type;

struct Counter;

#[shared_type]
impl Counter {
    pub fn consumed(self) {}
}

struct Holder<T>(T);

#[shared_type]
impl<T> Holder<T> {
    pub fn get(&self) {}
}

#[shared_type]
impl Clone for Counter {
    fn clone(&self) -> Counter {
        Counter
    }
}

#[shared_type]
fn function() {}

fn main() {}
