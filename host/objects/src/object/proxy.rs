use super::freeing;
use super::referent::{Referent, Shared};
use super::rights::{Bit, Grant};
use super::{CallError, Home, Outcome};
use crate::sync::{Arc, AtomicU64, Ordering};
use std::fmt;

/// The holders of a referent (low half) and all acquisitions ever made (high half).
#[derive(Debug)]
pub struct HolderWord(AtomicU64);

const ACQUISITION: u64 = 1 << 32;
const HOLDERS: u64 = ACQUISITION - 1;

impl HolderWord {
    /// The word of a referent that its creator holds.
    pub(super) fn held_once() -> Self {
        Self(AtomicU64::new(ACQUISITION | 1))
    }

    /// How many holders there are now.
    pub fn holders(&self) -> u32 {
        (self.0.load(Ordering::SeqCst) & HOLDERS) as u32
    }

    /// The whole word, for comparison with a later reading.
    #[cfg(test)]
    pub fn read(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    // Relaxed, as for `Arc`: whoever acquires already holds one.
    fn acquire(&self) {
        self.0.fetch_add(ACQUISITION | 1, Ordering::Relaxed);
    }

    /// Acquires for somebody who holds none, unless nobody does.
    fn acquire_if_held(&self) -> bool {
        let more = |word: u64| (word & HOLDERS > 0).then(|| word.wrapping_add(ACQUISITION | 1));
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    fn moved(&self) {
        self.0.fetch_add(ACQUISITION, Ordering::Relaxed);
    }

    /// Whether the last holder went.
    fn release(&self) -> bool {
        // In one order with whoever enters that it waits, and counts the holders then.
        self.0.fetch_sub(1, Ordering::SeqCst) & HOLDERS == 1
    }
}

/// A handle to a shared object, with rights. Cloning makes one more holder; when the last one is
/// dropped, the object is freed.
///
/// In an embedder's code it holds the object just as a guest's proxy does. `Debug` prints the
/// proxy (`<ListProxy object, typeid 'list' at 0x2a>`), `==` and `Hash` go by the identity of the
/// object.
pub struct Proxy {
    referent: Arc<Referent>,
    grant: Grant,
}

impl Proxy {
    /// The first proxy to a new referent. The referent's word counts it already.
    pub(super) fn first(referent: Arc<Referent>) -> Self {
        Self { referent, grant: Grant::ALL }
    }

    /// One more holder of a referent that somebody else holds at this moment; none if nobody does, for then it is no
    /// more.
    #[doc(hidden)]
    pub fn to_held(referent: &Arc<Referent>, grant: Grant) -> Option<Self> {
        referent.word().acquire_if_held().then(|| Self { referent: referent.clone(), grant })
    }

    /// The number of the object. It is never used again for another one.
    pub fn id(&self) -> u64 {
        self.referent.id()
    }

    /// The name of the object's type, such as `list`.
    pub fn typeid(&self) -> &str {
        self.referent.body().type_info().typeid()
    }

    /// How many holders the object has now, this proxy included.
    pub fn holders(&self) -> u32 {
        self.referent.word().holders()
    }

    /// The proxy itself as text: `<ListProxy object, typeid 'list' at 0x2a>`, where the number is the object's.
    pub fn repr(&self) -> String {
        let info = self.body().type_info();
        format!("<{} object, typeid '{}' at {:#x}>", info.proxy_class(), info.typeid(), self.id())
    }
}

/// For the objects themselves, and whoever hosts guests.
#[doc(hidden)]
impl Proxy {
    pub fn referent(&self) -> &Arc<Referent> {
        &self.referent
    }

    pub fn body(&self) -> &dyn Shared {
        self.referent.body()
    }

    pub fn home(&self) -> &Arc<Home> {
        self.referent.home()
    }

    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The length of the referent, if it has one and the proxy may ask for it.
    pub fn length(&self) -> Option<usize> {
        let number = self.body().type_info().number_of("__len__")?;
        if self.grant.allows_use(number) { self.body().length() } else { None }
    }

    /// The state of the referent if it is a `T`.
    pub fn downcast<T: Shared>(&self) -> Option<&T> {
        self.body().as_any().downcast_ref()
    }

    /// Whether both are proxies to the same object.
    pub fn same(&self, other: &Self) -> bool {
        self.id() == other.id()
    }

    /// Fails unless this proxy has the right. That counts as a use of it, so each operation does it once.
    #[inline]
    pub fn check(&self, right: Bit) -> Outcome<()> {
        if self.grant.allows_use(right) { Ok(()) } else { Err(self.refusal(right)) }
    }

    /// Fails unless this proxy has the right, too: for an operation that has checked another one, and counts as one use.
    #[inline]
    pub fn check_again(&self, right: Bit) -> Outcome<()> {
        if self.grant.allows(right) { Ok(()) } else { Err(self.refusal(right)) }
    }

    /// Fails if the rights of this proxy were taken back, or have ended by themselves.
    pub fn check_grant(&self) -> Outcome<()> {
        match self.grant.end() {
            None => Ok(()),
            Some(end) => Err(end),
        }
    }

    /// This proxy for the rest of an operation that has checked it: what that checks now counts as no further use. What
    /// is made of it counts again.
    pub fn counted(&self) -> Counted<'_> {
        if self.grant.counts_uses() {
            Counted::Marked(self.with_grant(self.grant.counted()))
        } else {
            Counted::AsItIs(self)
        }
    }

    #[cold]
    fn refusal(&self, right: Bit) -> CallError {
        if let Some(end) = self.grant.end() {
            return end;
        }
        let name = self.body().type_info().right_name(right);
        CallError::new(
            commonhold_wire::ErrorKind::NotExposed,
            format!("'{name}' of '{}' object is not exposed by this proxy", self.typeid()),
        )
    }

    /// The same object with other rights.
    pub fn with_grant(&self, grant: Grant) -> Self {
        self.referent.word().acquire();
        Self { referent: self.referent.clone(), grant }
    }

    /// To be called whenever a proxy changes its place: from a table into a container, from a
    /// container into a value on its way, and so on.
    pub fn moved(&self) {
        self.referent.word().moved();
    }
}

/// A proxy in the midst of an operation whose use was counted.
#[doc(hidden)]
pub enum Counted<'a> {
    /// Uses of it are not counted.
    AsItIs(&'a Proxy),
    Marked(Proxy),
}

impl std::ops::Deref for Counted<'_> {
    type Target = Proxy;

    fn deref(&self) -> &Proxy {
        match self {
            Self::AsItIs(proxy) => proxy,
            Self::Marked(proxy) => proxy,
        }
    }
}

impl Clone for Proxy {
    fn clone(&self) -> Self {
        self.with_grant(self.grant.clone())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if self.referent.word().release() {
            freeing::free(self.referent.clone());
        } else if self.referent.awaited().load(Ordering::SeqCst) > 0 {
            self.home().hopes().look_at(&self.referent);
        }
    }
}

impl PartialEq for Proxy {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl Eq for Proxy {}

impl std::hash::Hash for Proxy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.repr())
    }
}

impl commonhold_wire::ProxyIdentity for Proxy {
    fn referent_id(&self) -> u64 {
        self.id()
    }

    fn repr(&self) -> String {
        Proxy::repr(self)
    }

    fn type_name(&self) -> String {
        self.body().type_info().proxy_class().to_owned()
    }
}
