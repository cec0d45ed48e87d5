use super::{Actor, Caller, Crew, Item, NameGrants, Outcome, Proxy};
use crate::sync::Arc;

/// What runs programs, for the objects that need it. It has the objects, so these must not hold it in turn.
pub trait Programs: Send + Sync {
    /// The name of the program that an actor runs; none if it is no process.
    fn program_of(&self, actor: &Actor) -> Option<String>;

    /// Fails with `no-such-name` if there is no program of that name.
    ///
    /// # Errors
    ///
    /// That.
    fn check(&self, program: &str) -> Outcome<()>;

    /// Starts a process that runs an entry of the named program, and may use these names; those that the host's own
    /// processes may if there are none.
    ///
    /// # Errors
    ///
    /// Why it could not be started.
    fn start(&self, program: &str, entry: &str, args: Vec<Item>, names: Option<Arc<NameGrants>>) -> Outcome<Proxy>;

    /// Has so many workers work for a crew. They are processes of the named program, or of the caller's own, and may use
    /// the names that the caller may.
    ///
    /// # Errors
    ///
    /// `no-such-name` if there is no such program, or the caller is none and names none; `no-such-entry` if it has no
    /// entries; `quota-exceeded` if there is no room for so many processes. No worker is there then.
    fn employ(&self, caller: &Caller, program: Option<&str>, crew: &Arc<Crew>, workers: usize) -> Outcome<()>;
}
