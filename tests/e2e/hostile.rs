//! Guests that do what no honest guest does: whatever it is, they get an error value or come to their end, the books
//! stay exact, and everybody else works on.

mod calls;
mod endings;
mod handles;
mod loading;
mod memory;
mod processes;
mod providers;
mod stores;
mod values;

use crate::wat::{Process, argument};
use commonhold::{CallError, ErrorKind, Limits, List, Manager, Outcome, Program, Value};
use commonhold_tests::{assert_exact, settle};
use serde::Serialize;
use std::collections::BTreeMap;

/// A manager that hostile guests are let loose on, with a list that the host holds, and a guest that does honest work
/// on it.
struct Ground {
    manager: Manager,
    list: List<i64>,
    honest: Program,
}

impl Ground {
    async fn new() -> Self {
        Self::with(Manager::builder()).await
    }

    async fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut limits = Limits::default();
        change(&mut limits);
        Self::with(Manager::builder().limits(limits)).await
    }

    async fn with(builder: commonhold::Builder) -> Self {
        let manager = builder.output(false).no_cache().build().unwrap();
        let list = manager.list([1, 2, 3]).unwrap();
        let append = argument::int(4);
        let honest = format!(
            "(call $lists.append (local.get $a) {append} (i32.const 0))
             (call $lists.pop (local.get $a) (i32.const 0) (i64.const 0) (i32.const 128))
             (i32.const 128)"
        );
        let honest = manager.load_bytes("honest", Process::new(honest).component(), []).await.unwrap();
        Self { manager, list, honest }
    }

    async fn load(&self, guest: &Process) -> Program {
        self.manager.load_bytes("hostile", guest.component(), []).await.unwrap()
    }

    /// How a hostile guest ends.
    async fn run<A: Serialize>(&self, guest: &Process, args: A) -> Outcome {
        self.load(guest).await.spawn("main", args).unwrap().outcome().await.unwrap()
    }

    /// How a hostile guest ends that is given the list.
    async fn run_with_list(&self, guest: &Process) -> Outcome {
        self.run(guest, (&self.list,)).await
    }

    /// Has a hostile guest, given the list, come to its end by a trap. Gives the trap's message.
    async fn trapped(&self, guest: &Process) -> String {
        trap(self.run_with_list(guest).await)
    }

    /// Checks that nothing remains of any guest, and that everything works as before.
    async fn unharmed(&self) {
        self.unharmed_but_for(&[]).await;
    }

    /// The same, where the host holds other objects as well.
    async fn unharmed_but_for(&self, held: &[&commonhold::Proxy]) {
        settle(&self.manager).await;
        let mut host = BTreeMap::from([(self.list.proxy().id(), 1)]);
        for proxy in held {
            *host.entry(proxy.id()).or_default() += 1;
        }
        assert_exact(&self.manager, &host);
        assert_eq!(self.manager.number_of_processes(), 0);

        let honest = self.honest.spawn("main", (&self.list,)).unwrap();
        assert_eq!(honest.join::<i64>().await.unwrap(), 4);
        drop(honest);
        assert_eq!(self.list.to_vec().unwrap(), [1, 2, 3]);
        assert_exact(&self.manager, &host);
    }
}

fn trap(outcome: Outcome) -> String {
    match outcome {
        Outcome::Trapped(error) => {
            assert_eq!(error.kind, ErrorKind::ProcessDied);
            error.message
        }
        other => panic!("it did not trap: {other:?}"),
    }
}

fn failed(outcome: Outcome) -> CallError {
    match outcome {
        Outcome::Failed(error) => error,
        other => panic!("it got no error: {other:?}"),
    }
}

fn limit_exceeded(outcome: Outcome) -> String {
    match outcome {
        Outcome::LimitExceeded(error) => error.message,
        other => panic!("it exceeded no limit: {other:?}"),
    }
}

fn returned(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Returned(value) => value,
        other => panic!("it did not return: {other:?}"),
    }
}

/// What a guest noted of its calls: `ok`, or the error's kind.
fn noted(outcome: Outcome) -> Vec<&'static str> {
    let Value::Bytes(noted) = returned(outcome) else { panic!("no notes") };
    noted.into_iter().map(|note| ErrorKind::ALL.get(usize::from(note)).map_or("ok", |kind| kind.name())).collect()
}
