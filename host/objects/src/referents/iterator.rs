//! `Iterator`: a walk over the keys of a shared dict, which any number of processes can draw from.
//!
//! The iterator and its dict each have a lock, and never are both held: a step reads where the walk
//! is, looks into the dict, and counts only if the walk is still there. Otherwise another process
//! has drawn that key, and it looks again.

use super::dict::{self, Found};
use super::heavy::lock;
use super::prelude::*;
use commonhold_wire::Value;

/// A shared iterator.
pub struct Iteration {
    /// Where it is; `None` once it is exhausted.
    state: Mutex<Option<Walk>>,
}

/// Where a walk over a dict's keys is.
#[derive(Clone)]
pub(super) struct Walk {
    pub(super) dict: Proxy,
    /// Where among the dict's entries the next key is looked for.
    pub(super) position: usize,
    /// How many keys are still to come.
    pub(super) left: usize,
    /// The dict's size when the walk began.
    pub(super) size: usize,
    /// What positions meant in the dict when the walk began.
    pub(super) generation: u64,
    /// Whether the dict was found to be of another size; the walk fails from then on.
    pub(super) broken: bool,
}

impl Walk {
    fn is_at(&self, other: &Self) -> bool {
        self.position == other.position && self.broken == other.broken
    }
}

impl Iteration {
    fn of(proxy: &Proxy) -> Outcome<&Self> {
        super::expect_type(proxy, "Iterator")
    }

    pub(super) fn create(walk: Walk) -> Proxy {
        let home = walk.dict.home().clone();
        Referent::create(&home, Self { state: Mutex::new(Some(walk)) })
    }

    /// The next key; none when there are no more, from then on for ever.
    pub fn next(me: &Proxy) -> Outcome<Option<Item>> {
        me.check(NEXT)?;
        let this = Self::of(me)?;
        loop {
            let Some(walk) = lock(&this.state).clone() else { return Ok(None) };
            let found = dict::step(&walk)?;
            match found {
                Found::Key { key, next } => {
                    let mut state = lock(&this.state);
                    if let Some(now) = state.as_mut().filter(|now| now.is_at(&walk)) {
                        now.position = next;
                        now.left = now.left.saturating_sub(1);
                        drop(state);
                        return Ok(Some(key));
                    }
                }
                Found::End => {
                    if this.leave(&walk) {
                        return Ok(None);
                    }
                }
                Found::KeysChanged => {
                    if this.leave(&walk) {
                        return Err(CallError::runtime("dictionary keys changed during iteration"));
                    }
                }
                Found::SizeChanged => return Err(this.fail(&walk)),
            }
        }
    }

    /// All that is left.
    fn rest(&self) -> Outcome<Vec<Item>> {
        loop {
            let Some(walk) = lock(&self.state).clone() else { return Ok(Vec::new()) };
            match dict::rest(&walk)? {
                Ok(keys) => {
                    if self.leave(&walk) {
                        return Ok(keys);
                    }
                }
                Err(Found::SizeChanged) => return Err(self.fail(&walk)),
                Err(_) => {
                    if self.leave(&walk) {
                        return Err(CallError::runtime("dictionary keys changed during iteration"));
                    }
                }
            }
        }
    }

    /// Ends the walk for good, unless another process has moved it on.
    fn leave(&self, walk: &Walk) -> bool {
        let _ended = {
            let mut state = lock(&self.state);
            if !state.as_ref().is_some_and(|now| now.is_at(walk)) {
                return false;
            }
            state.take()
        };
        true
    }

    /// The walk fails from now on.
    fn fail(&self, walk: &Walk) -> CallError {
        if let Some(now) = lock(&self.state).as_mut().filter(|now| now.is_at(walk)) {
            now.broken = true;
        }
        CallError::runtime("dictionary changed size during iteration")
    }
}

#[cfg(test)]
impl Iteration {
    /// The size that the dict must still have; none if the walk has ended or failed.
    pub(super) fn expects(me: &Proxy) -> Option<usize> {
        let state = lock(&Self::of(me).ok()?.state);
        state.as_ref().filter(|walk| !walk.broken).map(|walk| walk.size)
    }
}

pub(super) const NEXT: u32 = Method::number(METHODS, "__next__");

const METHODS: &[Method] = &[Method {
    signature: "__next__()",
    doc: "The next key. StopIteration when there are no more, RuntimeError if the dict's size has changed.",
    effect: Effect::Changes,
    run: Run::Now(|call| {
        Iteration::next(call.me)?
            .ok_or_else(|| CallError::new(ErrorKind::StopIteration, "").with_args(Value::Tuple(Vec::new())))
    }),
}];

static INFO: LazyLock<TypeInfo> =
    LazyLock::new(|| TypeInfo::declare("Iterator", "IteratorProxy", "A walk over what another object holds.", METHODS));

// Iterators are made by what they iterate over.
pub const TYPE: Builtin = Builtin { info: &INFO, constructor: None };

impl Shared for Iteration {
    fn type_info(&self) -> &TypeInfo {
        &INFO
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn release(&self, _me: u64) -> Remains {
        match self.state.lock().take() {
            Some(walk) => Remains::Other(Box::new(walk), 1),
            None => Remains::Nothing,
        }
    }

    fn edges(&self, visit: &mut dyn FnMut(&Proxy)) {
        if let Some(walk) = &*lock(&self.state) {
            visit(&walk.dict);
        }
    }

    fn to_text(&self, me: u64, _most: usize) -> Outcome<String> {
        Ok(format!("<dict_keyiterator object at {me:#x}>"))
    }

    fn iterate(&self) -> Option<Outcome<Vec<Item>>> {
        Some(self.rest())
    }
}

#[cfg(test)]
mod tests {
    use super::super::dict::Dict;
    use super::super::tests::{World, dict};
    use super::*;

    /// Somebody looks where the walk is, and draws only after somebody else has.
    #[test]
    fn who_comes_too_late_changes_nothing() {
        let world = World::new();
        let dict = world.dict(dict! {"a" => 1, "b" => 2});
        let iterator = Dict::iterate(&dict).unwrap();
        let this = Iteration::of(&iterator).unwrap();
        let late = this.state.lock().clone().unwrap();
        assert!(matches!(Iteration::next(&iterator), Ok(Some(_))));
        assert!(!late.is_at(this.state.lock().as_ref().unwrap()));
        assert!(!this.leave(&late), "the walk goes on");
        this.fail(&late);
        assert!(matches!(Iteration::next(&iterator), Ok(Some(_))), "and has not failed");
        drop(late);
        assert!(matches!(Iteration::next(&iterator), Ok(None)));
        assert_eq!(dict.holders(), 1);
    }
}
