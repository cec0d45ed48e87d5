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
        provider.set_types(vec![Arc::new(ProvidedType { info, creatable: true })]);
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
