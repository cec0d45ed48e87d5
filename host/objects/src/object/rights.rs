//! What a proxy may be used for, for how long and how often, and taking that back.
//!
//! A proxy that was narrowed has a chain of [`Narrowing`]s: its own, and below it those of the proxies that it was derived
//! from. It is of use only as long as every one of them lets it be. Whatever is made of it, wherever it travels, has the
//! same chain or a longer one.
//!
//! # What a use is
//!
//! A use is one operation: a call, by name or typed, a copy, a print, a step of an iterator over the object. It is counted
//! where the right to it is checked ([`Proxy::check`](super::Proxy::check)), on every narrowing of the chain that has a number
//! of uses, whatever comes of the operation then. What is refused for want of a right is none. An operation that checks more
//! than once counts once: where it checks again it says so ([`check_again`](super::Proxy::check_again)), and what is called
//! by name runs with a proxy that [counts no more](Grant::counted).

use super::declare::TypeInfo;
use super::watch::Watchers;
use super::{CallError, Outcome, shown};
use crate::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering};
use commonhold_wire::ErrorKind;
use std::time::Duration;
use tokio::time::Instant;

/// The number of a right: a method's number in its type's declaration, or one of the two below.
pub type Bit = u32;

/// The right to copy the referent out.
pub const GET_VALUE: Bit = 62;
/// The right to print the referent.
pub const TO_TEXT: Bit = 63;
/// How many methods a type can have.
pub(super) const MAX_METHODS: usize = 62;

/// How often a proxy can be narrowed again; each time costs every later use a look.
const MAX_NARROWINGS: usize = 16;

/// What a proxy may be used for, as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// The methods that may be called; `None` means all that the type has.
    pub methods: Option<Vec<String>>,
    /// Whether the referent may be copied out as a whole.
    pub get_value: bool,
    /// Whether the referent may be printed.
    pub to_text: bool,
    /// For how long the rights last, from when they are given; `None` means for ever. After that, each use and each
    /// wait fails with `revoked`.
    pub lifetime: Option<Duration>,
    /// How many times the proxy, and all that is derived from it together, may be used; `None` means any number of
    /// times. A use is one operation: a call, a copy, a print, a step of an iterator over the object; also one that then
    /// fails, but not one that is refused for want of a right.
    pub uses: Option<u64>,
}

impl Rights {
    /// All rights.
    pub fn all() -> Self {
        Self { methods: None, get_value: true, to_text: true, lifetime: None, uses: None }
    }

    /// The right to call some methods, and nothing else.
    pub fn only<I: IntoIterator<Item: Into<String>>>(methods: I) -> Self {
        let methods = methods.into_iter().map(Into::into).collect();
        Self { methods: Some(methods), get_value: false, to_text: false, ..Self::all() }
    }

    fn mask(&self, info: &TypeInfo) -> Outcome<u64> {
        let mut mask = (u64::from(self.get_value) << GET_VALUE) | (u64::from(self.to_text) << TO_TEXT);
        match &self.methods {
            None => mask |= (1 << MAX_METHODS) - 1,
            Some(names) => {
                for name in names {
                    let Some(number) = info.number_of(name) else {
                        return Err(CallError::new(
                            ErrorKind::Attribute,
                            format!("'{}' object has no attribute '{}'", info.typeid(), shown(name)),
                        ));
                    };
                    mask |= 1 << number;
                }
            }
        }
        Ok(mask)
    }
}

/// The rights that a proxy has, and what they depend on.
#[derive(Debug)]
pub struct Grant {
    mask: u64,
    narrowing: Option<Arc<Narrowing>>,
}

/// One narrowing: whoever made it can undo all that was derived from it.
pub(super) struct Narrowing {
    /// Never used again for another one, and never 0.
    key: u64,
    revoked: AtomicBool,
    /// When it is over by itself.
    until: Option<Instant>,
    /// How many uses are left.
    uses: Option<AtomicU64>,
    /// The actor that narrowed; nobody for the rights that an object was created with.
    by: Option<u64>,
    above: Option<Arc<Narrowing>>,
    /// Whether it is no narrowing, but says of one proxy that the use which it is in has been counted.
    is_counted: bool,
    /// Those who wait through a proxy that was derived from it.
    watchers: Mutex<Watchers>,
}

impl std::fmt::Debug for Narrowing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Narrowing").field("key", &self.key).field("by", &self.by).finish_non_exhaustive()
    }
}

impl Narrowing {
    fn new(rights: &Rights, by: Option<u64>, above: Option<Arc<Self>>) -> Self {
        // Of all managers of the program, and so not the model checker's, which checks one at a time.
        static NEXT_KEY: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        Self {
            key: NEXT_KEY.fetch_add(1, Ordering::Relaxed),
            revoked: AtomicBool::new(false),
            // What ends after the end of time does not end.
            until: rights.lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime)),
            uses: rights.uses.map(AtomicU64::new),
            by,
            above,
            is_counted: false,
            watchers: Mutex::default(),
        }
    }

    pub(super) fn watchers(&self) -> &Mutex<Watchers> {
        &self.watchers
    }

    pub(super) fn until(&self) -> Option<Instant> {
        self.until
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }

    fn is_over(&self) -> bool {
        self.is_revoked() || self.until.is_some_and(|until| Instant::now() >= until)
    }

    fn is_used_up(&self) -> bool {
        self.uses.as_ref().is_some_and(|left| left.load(Ordering::Acquire) == 0)
    }

    /// Takes one of the uses that are left.
    fn take_use(&self) -> bool {
        let Some(left) = &self.uses else { return true };
        left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok()
    }

    fn revoke(&self) {
        // Before those are told who wait: whoever begins to wait after that finds it.
        self.revoked.store(true, Ordering::Release);
        let watchers = std::mem::take(&mut *self.watchers.lock());
        watchers.tell();
    }
}

impl Clone for Grant {
    /// The same rights. That a use was counted is said of one proxy alone.
    #[inline]
    fn clone(&self) -> Self {
        Self { mask: self.mask, narrowing: self.lasting().cloned() }
    }
}

impl Grant {
    /// All rights.
    pub const ALL: Self = Self { mask: u64::MAX, narrowing: None };

    /// Whether the right can be used now. That counts as a use.
    #[inline]
    pub(super) fn allows_use(&self, right: Bit) -> bool {
        self.includes(right) && (self.narrowing.is_none() || self.take_use())
    }

    /// Whether the right can be used now, by an operation whose use was counted already.
    #[inline]
    pub(super) fn allows(&self, right: Bit) -> bool {
        self.includes(right) && (self.narrowing.is_none() || !self.is_over())
    }

    /// Whether the right was granted, revoked since or not.
    #[inline]
    pub fn includes(&self, right: Bit) -> bool {
        self.mask & (1 << right) != 0
    }

    /// Counts a use, if there is one left.
    ///
    /// The innermost narrowing is asked first. If one farther out has none left, what was taken so far is not given back:
    /// uses never come back, so all that depends on that one is of no use any more.
    fn take_use(&self) -> bool {
        if self.is_over() {
            return false;
        }
        self.is_counted() || self.chain().all(|narrowing| narrowing.take_use())
    }

    /// Whether the proxy's use was counted already.
    pub fn is_counted(&self) -> bool {
        self.narrowing.as_ref().is_some_and(|first| first.is_counted)
    }

    /// The narrowing, but for the mark that a use was counted.
    #[inline]
    fn lasting(&self) -> Option<&Arc<Narrowing>> {
        match &self.narrowing {
            Some(mark) if mark.is_counted => mark.above.as_ref(),
            narrowing => narrowing.as_ref(),
        }
    }

    /// Whether uses of it are counted.
    #[inline]
    pub(super) fn counts_uses(&self) -> bool {
        self.narrowing.is_some() && !self.is_counted() && self.chain().any(|narrowing| narrowing.uses.is_some())
    }

    /// The same rights for the rest of an operation whose use was counted. No copy of it has that.
    pub(super) fn counted(&self) -> Self {
        let mark = Narrowing { is_counted: true, ..Narrowing::new(&Rights::all(), None, self.lasting().cloned()) };
        Self { mask: self.mask, narrowing: Some(Arc::new(mark)) }
    }

    /// Whether this grant, or one that it was derived from, was taken back or has expired.
    fn is_over(&self) -> bool {
        self.chain().any(|narrowing| narrowing.is_over())
    }

    /// Why it is of no use any more, if that is so.
    pub(super) fn end(&self) -> Option<CallError> {
        if self.chain().any(|narrowing| narrowing.is_revoked()) {
            Some(revoked())
        } else if self.is_over() {
            Some(expired())
        } else if !self.is_counted() && self.chain().any(|narrowing| narrowing.is_used_up()) {
            Some(CallError::new(ErrorKind::Revoked, "the proxy was used up"))
        } else {
            None
        }
    }

    /// Its narrowings, the innermost first.
    pub(super) fn chain(&self) -> impl Iterator<Item = &Arc<Narrowing>> {
        std::iter::successors(self.lasting(), |narrowing| narrowing.above.as_ref())
    }

    /// How many uses are left of the innermost narrowing.
    #[cfg(test)]
    pub fn uses_left(&self) -> u64 {
        let narrowing = self.chain().next();
        narrowing.and_then(|it| it.uses.as_ref()).map_or(u64::MAX, |left| left.load(Ordering::Acquire))
    }

    /// Fewer rights, which `by` can take back.
    pub fn narrow(&self, rights: &Rights, info: &TypeInfo, by: u64) -> Outcome<Self> {
        self.below(rights, info, Some(by))
    }

    /// The rights with which an object is created: less than all, but not to be taken back. What was not created but
    /// is passed on has no more rights than it had.
    pub fn initial(&self, rights: &Rights, info: &TypeInfo) -> Outcome<Self> {
        self.below(rights, info, None)
    }

    fn below(&self, rights: &Rights, info: &TypeInfo, by: Option<u64>) -> Outcome<Self> {
        let mask = self.mask & rights.mask(info)?;
        if self.chain().count() >= MAX_NARROWINGS {
            return Err(CallError::new(
                ErrorKind::QuotaExceeded,
                format!("a proxy can be narrowed {MAX_NARROWINGS} times at most"),
            ));
        }
        let narrowing = Narrowing::new(rights, by, self.lasting().cloned());
        Ok(Self { mask, narrowing: Some(Arc::new(narrowing)) })
    }

    /// A number that two grants have in common if and only if they are the same: 0 for all rights.
    pub fn key(&self) -> u64 {
        self.lasting().map_or(0, |narrowing| narrowing.key)
    }

    /// Takes the rights back; only `by` whom they were narrowed. Whoever waits through them is told before this returns.
    pub fn revoke(&self, by: u64) -> Outcome<()> {
        match self.lasting() {
            Some(narrowing) if narrowing.by == Some(by) => {
                narrowing.revoke();
                Ok(())
            }
            Some(_) => Err(CallError::new(ErrorKind::NotExposed, "only who narrowed a proxy can revoke it")),
            None => {
                Err(CallError::new(ErrorKind::NotExposed, "the proxy was not narrowed: there is nothing to revoke"))
            }
        }
    }
}

pub(super) fn revoked() -> CallError {
    CallError::new(ErrorKind::Revoked, "the proxy was revoked")
}

pub(super) fn expired() -> CallError {
    CallError::new(ErrorKind::Revoked, "the proxy has expired")
}
