use commonhold_guest::provider::Shared;
use commonhold_guest::{List, Result, shared_interface, shared_type};

#[shared_interface]
trait Generic<T> {
    fn get(&self) -> T;
}

#[shared_interface]
trait Consumed {
    fn consume(self);
}

#[shared_interface]
trait Reference {
    fn add(&mut self, words: &List<String>);
}

#[shared_interface]
trait Associated {
    fn make(start: i64) -> i64;
}

#[shared_interface]
trait Constant {
    const SIZE: usize;
}

#[shared_interface]
trait State {
    fn copy(&self) -> Result<Self>;
}

#[shared_interface]
trait OtherState {
    fn other(&self) -> Result<Shared<String>>;
}

#[shared_interface]
trait Untold {
    fn items(&self) -> impl Iterator<Item = i64>;
}

#[shared_interface]
trait Reserved {
    fn duplicate(&self) -> Result<i64>;
}

#[shared_interface]
trait Rest {
    fn add(&self, #[rest] numbers: List<i64>);
}

#[shared_interface]
trait Next {
    fn __next__(&mut self, by: i64) -> Result<Option<i64>>;
}

#[shared_interface]
trait Endless {
    async fn wait(&self);
}

#[shared_interface(title = "x")]
trait Titled {}

#[shared_interface(proxy = "TextProxy")]
trait Text {}

#[shared_interface]
struct Struct;

#[shared_interface]
trait Good {
    fn get(&self) -> Result<i64>;
}

struct Renamed;

#[shared_type(name = "other")]
impl Good for Renamed {
    fn get(&self) -> Result<i64> {
        Ok(1)
    }
}

fn main() {}
