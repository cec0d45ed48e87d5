//! What a shared object is: referents, the proxies that hold them, their rights, the items they
//! hold, how they are freed, and how a type declares its methods.
//!
//! Nothing here knows a concrete shared type (see [`crate::referents`]) or WebAssembly.
//!
//! # Holders
//!
//! A [`Referent`] lives while it has a holder, and a holder is a [`Proxy`]: in the table of a
//! process, inside another referent's items, in the embedder's own Rust code, or in a value on its
//! way. The four are one Rust type, so what is counted is exactly what exists. The count is not
//! the one of the `Arc` inside: that one keeps memory, this one keeps the object. When the last
//! proxy goes, the state is taken out of the referent and dropped, and what that held goes the
//! same way, one after the other, never by recursion (see [`freeing`]).
//!
//! # The holder word
//!
//! The low half of a referent's word counts its holders, the high half every acquisition there
//! ever was, and *moves* of a holder from one place to another count as acquisitions too. So
//! whoever reads the word twice and finds it unchanged knows that the holders are the same ones at
//! the same places in between: the ground that collecting cycles stands on.

pub mod call;
mod crew;
pub mod declare;
pub mod freeing;
pub mod home;
mod hopes;
mod item;
mod job;
pub mod kinds;
mod names;
pub mod notation;
mod programs;
mod proxy;
mod referent;
mod rights;
mod waiting;
mod waits;
mod walk;
mod watch;

pub use call::{Actor, Args, Call, Caller};
pub use crew::{Crew, Seat, Terms, Work};
pub use declare::{Effect, MadeRun, Method, Run, Signature, TypeInfo, Wants};
pub use home::{Home, Limits};
pub use hopes::{Handles, Hopes};
pub use item::{Item, Kind, Tree, too_large, visit_value};
pub use job::{Callback, Callbacks, Gather, Job, Pass};
pub use kinds::Kinds;
pub use names::NameGrants;
pub use programs::Programs;
pub use proxy::{Counted, Proxy};
pub use referent::{BoxFuture, Container, Foreign, Referent, Remains, Remote, Shared};
pub use rights::{Bit, Rights};
pub use rights::{GET_VALUE, Grant, TO_TEXT};
pub use waiting::{Attempt, Granted, Line, Operation, Standing, Wake, Wakes, first, wait};
pub use waits::{Awaited, Waiting};
pub use walk::{Begin, Chunk, Over, Place, Room, Then, Walk};
pub use watch::{Grants, while_granted};

/// An error of a shared object's method, or of the manager on its way there.
///
/// Its kind, type name, message, arguments and traceback are what a guest receives.
pub type CallError = commonhold_wire::Error<Proxy>;

/// How many bytes of a name a message shows.
const SHOWN: usize = 100;

/// A name that a guest gave, as a message shows it: not more than its start, if it is long.
pub fn shown(name: &str) -> std::borrow::Cow<'_, str> {
    if name.len() <= SHOWN { name.into() } else { format!("{}...", &name[..name.floor_char_boundary(SHOWN)]).into() }
}

/// What a shared object's method gives.
pub type Outcome<T> = Result<T, CallError>;
