use commonhold_guest::shared_type;

struct Clicker;

#[shared_type]
impl Clicker {
    pub fn consumed(self) {}
}

struct Holder<T>(T);

#[shared_type]
impl<T> Holder<T> {
    pub fn get(&self) {}
}

#[shared_type]
impl Clone for Clicker {
    fn clone(&self) -> Clicker {
        Clicker
    }
}

#[shared_type]
fn function() {}

fn main() {}
