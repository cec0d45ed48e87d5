use commonhold_guest::provider::Shared;
use commonhold_guest::{Result, shared_interface, shared_type};

#[shared_interface]
trait Clicker {
    fn add(&mut self, by: i64) -> Result<i64>;
}

#[shared_interface]
trait Numbers {
    fn __iter__(&self) -> Result<i64>;
}

struct State;

#[shared_type]
impl Clone for State {
    fn clone(&self) -> State {
        State
    }
}

struct Simple;

#[shared_type]
impl Clicker for Simple {
    fn add(&mut self, by: i64) -> Result<i64> {
        Ok(by)
    }
}

struct Other;

#[shared_type(proxy = OtherProxy)]
impl Other {
    pub fn clicker(&self) -> Result<Shared<Simple>> {
        Shared::new(Simple)
    }
}

commonhold_guest::program!(types: [Simple, Other, State]);

fn wrong(clicker: ClickerProxy) -> Result<i64> {
    clicker.add("three")
}

fn main() {}
