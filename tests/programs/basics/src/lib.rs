//! A guest of many small entries, each made for a test.
//!
//! Those in `lists`, `deques`, `dicts`, `fields`, `values`, `rights`, `waiting`, `messages`, `names`, `nesting`, `spawning` and `families` check what
//! they see and return how many checks there were; a check that fails is an error of kind `assertion` that
//! says where, what was expected and what came. They run natively, too, as this crate's own tests.
//! Those in `endings` end in every way there is, those in `stores` share a dict with components that know nothing of it,
//! `counting` is the client of the provider `counter`, and `hosted` that of types that the embedder implements.

#![allow(missing_docs)]

mod check;
mod counting;
mod deques;
mod dicts;
mod endings;
mod families;
mod faults;
mod fields;
mod hosted;
mod lists;
mod meetings;
mod messages;
mod names;
mod nesting;
mod pools;
mod rights;
mod spawning;
mod stores;
mod values;
mod waiting;

commonhold_guest::program!(entries: [
    counting::counting,
    counting::counts,
    deques::deques,
    dicts::dicts,
    endings::allocates,
    endings::echoes,
    endings::exits,
    endings::fails,
    endings::fails_with_proxy,
    endings::holds,
    endings::loops,
    endings::nothing,
    endings::panics,
    endings::starts_what_panics,
    endings::prints,
    endings::recurses,
    endings::sleeps,
    endings::waits,
    families::families,
    families::generations,
    families::joins,
    families::leaves_one_who_prints,
    families::prints_when_it_is_left,
    families::starts,
    families::starts_one_who_joins,
    families::waits_and_tells,
    faults::pushes_five,
    faults::uses_a_pool,
    faults::uses_all,
    faults::waits_on,
    fields::fields,
    hosted::deposits,
    hosted::hosted,
    hosted::waits_in_a_method,
    lists::lists,
    meetings::consumes,
    meetings::crosses,
    meetings::gets_one,
    meetings::holds_until,
    meetings::makes_a_barrier,
    meetings::meets,
    meetings::notes,
    meetings::notes_and_fails,
    meetings::notes_and_hangs,
    meetings::notes_and_traps,
    meetings::produces,
    meetings::sets,
    meetings::takes_and_traps,
    meetings::waits_for_first,
    messages::messages,
    names::comes_to,
    names::finds,
    names::finds_and_tells,
    names::lists_names,
    names::makes_a_barrier_that_finds,
    names::naming,
    names::others_find,
    names::publishes,
    names::publishes_and_ends,
    names::tells_of_all,
    names::withdraws,
    nesting::looks_inside,
    nesting::nesting,
    pools::adds,
    pools::begins,
    pools::dies_once,
    pools::doubles,
    pools::doubles_unless,
    pools::gets_result,
    pools::leaves_a_pool,
    pools::pools,
    pools::starts_one,
    pools::waits_there,
    pools::who,
    rights::lending,
    rights::rights,
    rights::uses_what_was_lent,
    spawning::child,
    spawning::descends,
    spawning::keeps,
    spawning::scenario,
    spawning::scenario_child,
    spawning::spawning,
    stores::adds_to,
    stores::exchanges,
    stores::has_worked_on,
    values::values,
    waiting::waiting,
]);

#[cfg(test)]
mod tests {
    use commonhold_guest::{Process, Result};

    /// The very checks that the manager's guests pass.
    #[commonhold_guest::test]
    fn checks_pass() -> Result<()> {
        for entry in [
            "lists", "deques", "dicts", "fields", "values", "nesting", "pools", "rights", "waiting", "messages",
            "spawning", "families", "lending", "naming",
        ] {
            let checks = Process::spawn(entry, ())?.join::<u64>()?;
            assert!(checks > 10, "{entry} has made {checks} checks");
        }
        Ok(())
    }
}
