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

#[shared_type(proxy = "ClickerProxy")]
impl Clicker {}

#[shared_type(title = "x")]
impl Clicker {}

#[shared_type]
fn function() {}

fn main() {}
