//! When somebody counts as waiting for another's answer or end, and when no longer.

use super::*;
use crate::object::{Awaited, BoxFuture, call};
use crate::referents::custom::{ProvidedType, Provider, Request};
use crate::referents::process::Process;
use std::time::Duration;
use tokio::runtime::Builder;

/// A provider, with an object of its, and another process that uses it.
struct Two {
    world: World,
    provider: Arc<Provider>,
    object: Proxy,
    /// The provider as one who acts, and the other.
    callers: [Caller; 2],
    child: Proxy,
}

impl Two {
    fn new() -> Self {
        let world = World::new();
        let home = world.caller.home.clone();
        let caller = |id, name| Caller { home: home.clone(), actor: Actor::new(id, name) };
        let [serves, child] = ["provider", "main"].map(|entry| Process::create(&home, "p", entry));
        let callers = [caller(serves.id(), "p:provider"), caller(child.id(), "p:main")];
        let provider = Provider::new(callers[0].actor.clone());
        let methods = [("act".to_owned(), String::new(), Effect::Changes)];
        let info = TypeInfo::foreign("Thing".into(), String::new(), methods).unwrap();
        provider.set_types([("Thing".into(), Arc::new(ProvidedType { info, creatable: true }))].into());
        let object = provider.adopt(&home, "Thing").unwrap();
        Self { world, provider, object, callers, child }
    }

    /// The child calls the provider.
    fn act(&self) -> BoxFuture<'_, Outcome<Item>> {
        Box::pin(call::call(&self.object, &self.callers[1], "act", Default::default(), Vec::new()))
    }

    /// The provider waits for the child, by a method of that name.
    fn by_name(&self, method: &'static str, args: Vec<Item>) -> BoxFuture<'_, Outcome<Item>> {
        Box::pin(call::call(&self.child, &self.callers[0], method, args.into(), Vec::new()))
    }

    fn join(&self) -> BoxFuture<'_, Outcome<Item>> {
        self.by_name("join", items![])
    }

    /// For what the provider and the child wait.
    fn waits(&self) -> [Option<Awaited>; 2] {
        let waits = self.world.caller.home.waits();
        let [provider, child] = self.callers.each_ref().map(|caller| caller.actor.id());
        let to = |whom, of| match waits.of(of)[..] {
            [] => None,
            [(id, what)] if id == whom => Some(what),
            ref other => panic!("{of} waits for {other:?}"),
        };
        [to(child, provider), to(provider, child)]
    }
}

/// Lets it begin to wait.
fn begin<T>(future: &mut BoxFuture<'_, T>) {
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it does not wait");
}

fn refusal(future: BoxFuture<'_, Outcome<Item>>) -> ErrorKind {
    at_once(future).unwrap_err().kind
}

#[test]
fn a_join_and_a_call_that_wait_for_each_other_are_refused_whichever_comes_second() {
    let two = Two::new();
    {
        let mut act = two.act();
        begin(&mut act);
        assert_eq!(two.waits(), [None, Some(Awaited::Answer)]);
        assert_eq!(refusal(two.join()), ErrorKind::Deadlock);
        let typed = Process::join(&two.child, &two.callers[0], None);
        assert_eq!(at_once(typed).unwrap_err().kind, ErrorKind::Deadlock);
    }
    assert_eq!(two.waits(), [None, None]);
    let mut join = two.join();
    begin(&mut join);
    assert_eq!(two.waits(), [Some(Awaited::End), None]);
    assert_eq!(refusal(two.act()), ErrorKind::Deadlock);
    let get_value = Box::pin(call::get_value(&two.object, &two.callers[1]));
    assert_eq!(refusal(get_value), ErrorKind::Deadlock);
    drop(join);
    assert_eq!(two.waits(), [None, None]);
}

#[test]
fn what_ends_by_itself_is_no_wait() {
    let two = Two::new();
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let _entered = runtime.enter();
    let mut act = two.act();
    begin(&mut act);
    let mut join = two.by_name("join", items![3600]);
    begin(&mut join);
    assert_eq!(refusal(two.join()), ErrorKind::Deadlock);
    assert!(at_once(Process::join(&two.child, &two.callers[0], Some(Duration::ZERO))).unwrap().is_none());
    for method in ["kill", "terminate"] {
        begin(&mut two.by_name(method, items![]));
    }
    assert_eq!(two.waits(), [None, Some(Awaited::Answer)]);
}

/// It may be some time until a caller comes to know its answer: it is no part of a deadlock until then.
#[test]
fn a_caller_waits_no_longer_than_until_it_is_answered() {
    let two = Two::new();
    for closes in [false, true] {
        let mut act = two.act();
        begin(&mut act);
        if closes {
            two.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, "closed"));
        } else {
            let Request::Ask(_, reply) = at_once(two.provider.mailbox.next()) else { panic!("it is a call") };
            reply.send(Ok(v(1)));
        }
        assert_eq!(two.waits(), [None, None]);
        let mut join = two.join();
        begin(&mut join);
        assert_eq!(at_once(act).is_err(), closes);
        assert_eq!(two.waits(), [Some(Awaited::End), None]);
    }
}

#[test]
fn a_caller_that_is_killed_waits_no_longer_while_its_call_is_still_to_be_made() {
    let two = Two::new();
    let mut act = two.act();
    begin(&mut act);
    drop(act);
    assert_eq!(two.waits(), [None, None]);
    begin(&mut two.join());
    let Request::Ask(_, reply) = at_once(two.provider.mailbox.next()) else { panic!("it is a call") };
    // A later wait of its is another one.
    let mut again = two.act();
    begin(&mut again);
    reply.send(Ok(v(1)));
    assert_eq!(two.waits(), [None, Some(Awaited::Answer)]);
}

#[test]
fn a_call_that_is_refused_never_waits() {
    let two = Two::new();
    two.provider.mailbox.close(CallError::new(ErrorKind::ProviderDied, "closed"));
    let mut join = two.join();
    begin(&mut join);
    assert_eq!(refusal(two.act()), ErrorKind::ProviderDied);
    assert_eq!(two.waits(), [Some(Awaited::End), None]);
}

/// Two processes, each with a lock that the other goes on to wait for.
struct Crossed {
    callers: [Caller; 2],
    locks: [Proxy; 2],
}

impl Crossed {
    fn new(typeids: [&str; 2]) -> Self {
        let world = World::new();
        let home = &world.caller.home;
        let callers = [(); 2].map(|()| Caller { home: home.clone(), actor: Actor::new(home.next_id(), "p:main") });
        let locks = typeids.map(|typeid| world.create(typeid, vec![], vec![]).unwrap());
        for (lock, caller) in locks.iter().zip(&callers) {
            now(lock, caller, "acquire", vec![]).unwrap();
        }
        Self { callers, locks }
    }

    fn refuse(self) -> Self {
        self.callers[0].home.waits().refuse_cycles(true);
        self
    }

    fn waits(&self, index: usize) -> Vec<(u64, Awaited)> {
        self.callers[index].home.waits().of(self.callers[index].actor.id())
    }

    /// One of the two goes on to wait for the other's lock.
    fn acquire(&self, index: usize) -> BoxFuture<'_, Outcome<Item>> {
        by_name(&self.locks[1 - index], &self.callers[index], "acquire", vec![])
    }
}

#[test]
fn locks_that_are_taken_crosswise_are_let_be_unless_it_is_asked_for() {
    for typeids in [["RLock", "RLock"], ["RLock", "Condition"], ["Condition", "Condition"]] {
        let crossed = Crossed::new(typeids);
        let mut waiting = [0, 1].map(|index| crossed.acquire(index));
        waiting.iter_mut().for_each(begin);
        for index in [0, 1] {
            let whom = crossed.callers[1 - index].actor.id();
            assert_eq!(crossed.waits(index), [(whom, Awaited::OwnedLock(crossed.locks[1 - index].id()))]);
        }
        drop(waiting);
        let crossed = crossed.refuse();
        let mut waiting = crossed.acquire(0);
        begin(&mut waiting);
        let error = at_once(crossed.acquire(1)).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Deadlock);
        let [a, b] = crossed.callers.each_ref().map(|caller| caller.actor.id());
        let [one, other] = crossed.locks.each_ref().map(Proxy::id);
        assert_eq!(
            error.message,
            format!(
                "this wait would never end: p:main at {b:#x} waits for the lock {one:#x} of p:main at {a:#x}, which \
                 waits for the lock {other:#x} of p:main at {b:#x}"
            )
        );
        // What it waits for it has not taken a place for, and it may try for a while.
        assert_eq!(crossed.waits(1), []);
        timed(async {
            let attempt = by_name(&crossed.locks[0], &crossed.callers[1], "acquire", items![true, 0.5]);
            assert_eq!(shown(attempt.await), "False");
        });
        now(&crossed.locks[1], &crossed.callers[1], "release", vec![]).unwrap();
        assert_eq!(shown(at_once(waiting)), "True");
        assert_eq!(crossed.waits(0), []);
    }
}

#[test]
fn a_cycle_through_a_lock_that_anybody_may_release_is_never_refused() {
    for typeids in [["Lock", "Lock"], ["RLock", "Lock"], ["Lock", "RLock"]] {
        let crossed = Crossed::new(typeids).refuse();
        let mut waiting = [0, 1].map(|index| crossed.acquire(index));
        waiting.iter_mut().for_each(begin);
        let plain = typeids.iter().position(|typeid| *typeid == "Lock").unwrap();
        let anybody = crossed.callers[0].home.guard();
        now(&crossed.locks[plain], &anybody, "release", vec![]).unwrap();
        let [first, second] = waiting;
        assert_eq!(shown(at_once(if plain == 0 { second } else { first })), "True");
    }
}

#[test]
fn a_lock_and_a_join_are_a_cycle_that_is_refused_if_it_is_asked_for() {
    let crossed = Crossed::new(["RLock", "RLock"]);
    let home = &crossed.callers[0].home;
    let process = Process::create(home, "p", "main");
    let itself = Caller { home: home.clone(), actor: Actor::new(process.id(), "p:main") };
    let mut waiting = by_name(&crossed.locks[0], &itself, "acquire", vec![]);
    begin(&mut waiting);
    begin(&mut by_name(&process, &crossed.callers[0], "join", vec![]));
    home.waits().refuse_cycles(true);
    assert_eq!(refusal(by_name(&process, &crossed.callers[0], "join", vec![])), ErrorKind::Deadlock);
    // Whoever it does not wait for can wait for it.
    begin(&mut by_name(&process, &crossed.callers[1], "join", vec![]));
    now(&crossed.locks[0], &crossed.callers[0], "release", vec![]).unwrap();
    begin(&mut by_name(&process, &crossed.callers[0], "join", vec![]));
}

#[test]
fn one_who_was_handed_a_lock_and_does_not_know_yet_waits_for_nobody() {
    let crossed = Crossed::new(["RLock", "RLock"]).refuse();
    let mut first = crossed.acquire(0);
    begin(&mut first);
    now(&crossed.locks[1], &crossed.callers[1], "release", vec![]).unwrap();
    // It has both by now, and the other may wait for either.
    begin(&mut crossed.acquire(1));
    assert_eq!(shown(at_once(first)), "True");
}
