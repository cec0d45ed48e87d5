use super::declare::TypeInfo;
use super::{CallError, Outcome, shown};
use crate::sync::{Arc, AtomicBool, AtomicU64, Ordering};
use commonhold_wire::ErrorKind;

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
}

impl Rights {
    /// All rights.
    pub fn all() -> Self {
        Self { methods: None, get_value: true, to_text: true }
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

/// The rights that a proxy has, and whether they were taken back.
#[derive(Clone, Debug)]
pub struct Grant {
    mask: u64,
    revocation: Option<Arc<Revocation>>,
}

/// One narrowing: whoever made it can undo all that was derived from it.
#[derive(Debug)]
struct Revocation {
    /// Never used again for another one, and never 0.
    key: u64,
    revoked: AtomicBool,
    /// The actor that narrowed; nobody for the rights that an object was created with.
    by: Option<u64>,
    above: Option<Arc<Revocation>>,
}

impl Revocation {
    fn new(by: Option<u64>, above: Option<Arc<Self>>) -> Arc<Self> {
        static NEXT_KEY: AtomicU64 = AtomicU64::new(1);
        let key = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self { key, revoked: AtomicBool::new(false), by, above })
    }
}

impl Grant {
    /// All rights.
    pub const ALL: Self = Self { mask: u64::MAX, revocation: None };

    #[inline]
    pub(super) fn allows(&self, right: Bit) -> bool {
        self.mask & (1 << right) != 0 && (self.revocation.is_none() || !self.is_revoked())
    }

    /// Whether the right was granted, revoked since or not.
    pub fn includes(&self, right: Bit) -> bool {
        self.mask & (1 << right) != 0
    }

    /// Whether this grant, or one that it was derived from, was taken back.
    pub fn is_revoked(&self) -> bool {
        self.chain().any(|cell| cell.revoked.load(Ordering::Acquire))
    }

    fn chain(&self) -> impl Iterator<Item = &Revocation> {
        std::iter::successors(self.revocation.as_deref(), |cell| cell.above.as_deref())
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
        Ok(Self { mask, revocation: Some(Revocation::new(by, self.revocation.clone())) })
    }

    /// A number that two grants have in common if and only if they are the same: 0 for all rights.
    pub fn key(&self) -> u64 {
        self.revocation.as_ref().map_or(0, |cell| cell.key)
    }

    /// Takes the rights back; only `by` whom they were narrowed.
    pub fn revoke(&self, by: u64) -> Outcome<()> {
        match &self.revocation {
            Some(cell) if cell.by == Some(by) => {
                cell.revoked.store(true, Ordering::Release);
                Ok(())
            }
            Some(_) => Err(CallError::new(ErrorKind::NotExposed, "only who narrowed a proxy can revoke it")),
            None => {
                Err(CallError::new(ErrorKind::NotExposed, "the proxy was not narrowed: there is nothing to revoke"))
            }
        }
    }
}
