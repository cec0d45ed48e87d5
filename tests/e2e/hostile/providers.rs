//! Providers that describe nonsense, answer with nonsense, or do not answer at all.

use super::Ground;
use crate::wat::{Process, Provider, Wit};
use commonhold::{ErrorKind, Limits, Outcome, ProvideOptions, Proxy};
use std::time::Duration;

/// A provider at work, and an object of its.
struct Working {
    ground: Ground,
    process: commonhold::Process,
    thing: Proxy,
}

impl Working {
    async fn new(provider: Provider) -> Self {
        let ground = Ground::new().await;
        let program = ground.manager.load_bytes("provider", provider.component(), []).await.unwrap();
        let process = program.provide().await.unwrap();
        let thing = ground.manager.create("Thing", ()).await.unwrap();
        Self { ground, process, thing }
    }

    async fn act(&self) -> Result<(), commonhold::CallError> {
        call(self.thing.call("act", (&self.ground.list,)).await)
    }

    /// The provider works on: it makes another object, which acts.
    async fn goes_on(self) {
        let other = self.ground.manager.create("Thing", ()).await.unwrap();
        drop(other);
        self.thing.get_value::<()>().await.unwrap();
        assert!(self.process.is_alive());
        self.process.kill().await.unwrap();
        self.leaves_nothing().await;
    }

    /// The provider has died: its objects say so, its type is gone, and there can be another provider of the type.
    async fn has_died(self) {
        let outcome = self.process.outcome().await.unwrap();
        assert!(!matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
        assert_eq!(self.act().await.unwrap_err().kind, ErrorKind::ProviderDied);
        let error = self.ground.manager.create("Thing", ()).await.unwrap_err();
        assert!(matches!(&error, commonhold::Error::Call(error) if error.kind == ErrorKind::NoSuchType), "{error}");
        let program = self.ground.manager.load_bytes("next", Provider::new().component(), []).await.unwrap();
        let next = program.provide().await.unwrap();
        drop(self.ground.manager.create("Thing", ()).await.unwrap());
        next.kill().await.unwrap();
        drop(next);
        self.leaves_nothing().await;
    }

    async fn leaves_nothing(self) {
        let Self { ground, process, thing } = self;
        ground.unharmed_but_for(&[process.proxy(), &thing]).await;
        drop((thing, process));
        ground.unharmed().await;
    }
}

fn call<T>(result: Result<T, commonhold::Error>) -> Result<T, commonhold::CallError> {
    result.map_err(|error| match error {
        commonhold::Error::Call(error) => error,
        other => panic!("{other}"),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_cannot_be_are_refused_with_the_reason() {
    let ground = Ground::new().await;
    let many: Vec<String> = (0..63).map(|number| format!("method_{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(101);
    for (types, expected) in [
        (&[("list", &["act"] as &[&str])] as &[(&str, &[&str])], "there is a shared type 'list' already"),
        (&[("Process", &[])], "there is a shared type 'Process' already"),
        (&[("", &[])], "\"\" is no name for a type"),
        (&[("a\nb", &[])], "\"a\\nb\" is no name for a type"),
        (&[("Thing", &["act", ""])], "\"\" is no name for a method of type 'Thing'"),
        (&[("Thing", &["act", "act"])], "type 'Thing' has two methods of the same name"),
        (&[("Thing", &[]), ("Other", &[]), ("Thing", &[])], "the provider describes two types 'Thing'"),
        (&[("Thing", &many)], "type 'Thing' has 63 methods; 62 is the most"),
        (&[(&long, &[])], "is no name for a type"),
    ] {
        let wasm = Provider::describing(types).component();
        let program = ground.manager.load_bytes("provider", wasm, []).await.unwrap();
        let error = program.provide().await.unwrap_err().to_string();
        assert!(error.starts_with("cannot load 'provider': ") && error.contains(expected), "{error}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_providers_cannot_have_one_type() {
    let first = Working::new(Provider::new()).await;
    let program = first.ground.manager.load_bytes("second", Provider::new().component(), []).await.unwrap();
    let error = program.provide().await.unwrap_err().to_string();
    assert_eq!(error, "cannot load 'second': there is a shared type 'Thing' already");
    assert_eq!(first.ground.manager.number_of_processes(), 1);
    first.act().await.unwrap();
    first.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_ends_before_it_has_described_its_types_is_refused_with_the_reason() {
    let ground = Ground::limited(|limits| limits.time = Some(Duration::from_millis(100))).await;
    for (body, expected) in [
        ("(unreachable)", "unreachable"),
        // A list of types that is not in memory, and one of more types than memory could hold.
        ("(i32.const -8)", "out of bounds"),
        ("(i32.store (i32.const 140) (i32.const 0x10000000)) (i32.const 128)", "out of bounds"),
        ("(loop $for-ever (br $for-ever)) (unreachable)", "it ran longer than 100ms"),
    ] {
        let wasm = Provider::new().describe(body).component();
        let program = ground.manager.load_bytes("provider", wasm, []).await.unwrap();
        let error = program.provide().await.unwrap_err().to_string();
        assert!(error.starts_with("cannot load 'provider': ") && error.contains(expected), "{error}");
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constructor_that_fails_leaves_no_object() {
    let ground = Ground::new().await;
    let provider = Provider::new().construct(
        "(i32.store8 (call $null) (i32.const 1)) (i32.store8 (i32.const 904) (i32.const 2)) (i32.const 896)",
    );
    let program = ground.manager.load_bytes("provider", provider.component(), []).await.unwrap();
    let process = program.provide().await.unwrap();
    for _ in 0..3 {
        let error = call(ground.manager.create("Thing", (&ground.list,)).await).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Value);
    }
    assert!(process.is_alive());
    process.kill().await.unwrap();
    drop(process);
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_value_is_the_callers_error_and_the_provider_goes_on() {
    for (data, proxies) in [("\\07\\05", 0), ("\\0d", 0), ("\\00", 1), ("\\05\\01\\ff", 0)] {
        let bytes: Vec<u8> = data.split('\\').skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        let answer = format!(
            "(i32.store (i32.const 1040) (local.get $a))
             (call $put-tree (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const {}) (i32.const 1040)
                 (i32.const {proxies})) (i32.const 896)",
            bytes.len()
        );
        let working = Working::new(Provider::new().call(&answer).data(1024, bytes)).await;
        assert_eq!(working.act().await.unwrap_err().kind, ErrorKind::BadValue, "{data}");
        working.goes_on().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_the_providers_end() {
    for (body, expected) in [
        ("(unreachable)", "unreachable"),
        ("(i32.const -16)", "out of bounds"),
        ("(call $put-proxy (i32.add (call $null) (i32.const 8)) (i32.const 77)) (i32.const 896)", "handle index"),
        ("(call $processes.exit (i32.const 3)) (unreachable)", "exited with status 3"),
    ] {
        let working = Working::new(Provider::new().call(body)).await;
        let error = working.act().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::ProviderDied);
        assert!(error.message.contains(expected), "{error}");
        working.has_died().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_traps_is_the_providers_end() {
    let working = Working::new(Provider::new().release("(unreachable)")).await;
    drop(working.ground.manager.create("Thing", ()).await.unwrap());
    working.has_died().await;
}

/// It waits for a call to its own object, which it could only answer when it has waited.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_calls_itself_gets_an_error() {
    let provider = Provider::new().call(
        "(call $provider-host.adopt (i32.const 1024) (i32.const 5) (i32.const 128))
         (call $proxy.call (call $handle (i32.const 128)) (i32.const 1032) (i32.const 3)
             (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 128))
         (i32.const 128)",
    );
    let provider = provider.data(1024, "Thing   act");
    let working = Working::new(provider).await;
    assert_eq!(working.act().await.unwrap_err().kind, ErrorKind::Deadlock);
    working.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_knows_the_keys_of_its_own_objects_alone() {
    let mut provider = Provider::new().call(
        "(call $provider-host.key-of (local.get $a) (i32.const 128))
         (if (i32.load8_u (i32.const 128)) (then (unreachable)))
         (call $provider-host.adopt (i32.const 1024) (i32.const 4) (i32.const 128))
         (if (i32.ne (i32.load8_u (i32.const 136)) (i32.const 21)) (then (unreachable)))
         (call $null)",
    );
    provider = provider.data(1024, "list");
    assert_eq!(ErrorKind::ALL[21], ErrorKind::NoSuchType);
    let working = Working::new(provider).await;
    working.act().await.unwrap();
    working.goes_on().await;
}

/// `adopt` is only for those that are providers; the program has both worlds, but runs as a process.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_can_adopt_nothing() {
    let ground = Ground::new().await;
    let name = |function: &str| format!("(export \"commonhold:manager/custom-types@0.1.0#{function}\")");
    let others = format!(
        "(func {} (param i32 i32) (result i32) (unreachable))
         (func {} (param i64 i32 i32 i32 i32 i32 i32) (result i32) (unreachable))
         (func {} (param i64 i32 i32 i32 i32 i32 i32) (result i32) (unreachable))
         (func {} (param i64) (result i32) (unreachable))
         (func {} (param i64) (result i32) (unreachable))
         (func {} (param i64) (unreachable))",
        name("describe"),
        name("construct"),
        name("call"),
        name("get-value"),
        name("to-text"),
        name("release"),
    );
    let guest =
        Process::new("(call $provider-host.adopt (i32.const 1024) (i32.const 4) (i32.const 128)) (i32.const 128)")
            .data(1024, "list")
            .with(others);
    let wasm = Wit::manager().component("program", &guest.fields());
    let program = ground.manager.load_bytes("both", wasm, []).await.unwrap();
    let error = super::failed(program.spawn("main", ()).unwrap().outcome().await.unwrap());
    assert_eq!(error.kind, ErrorKind::NoSuchType);
    ground.unharmed().await;
}

/// Each object that it makes and drops is one to be released later, when it has answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_makes_and_drops_objects_without_end_meets_an_error() {
    let mut provider = Provider::new().call(
        "(loop $more
            (call $provider-host.adopt (i32.const 1024) (i32.const 5) (i32.const 128))
            (if (i32.load8_u (i32.const 128)) (then (return (i32.const 128))))
            (call $proxy.drop (i32.load (i32.const 136)))
            (br $more))
         (unreachable)",
    );
    provider = provider.data(1024, "Thing");
    let working = Working::new(provider).await;
    assert_eq!(working.act().await.unwrap_err().kind, ErrorKind::QuotaExceeded);
    working.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_can_be_ended_and_so_can_its_callers() {
    // It keeps the first argument, and says by emptying the list that it has been called.
    let provider = Provider::new().call(
        "(call $lists.clear (local.get $a) (i32.const 128))
         (loop $for-ever (br $for-ever)) (unreachable)",
    );
    let working = Working::new(provider).await;
    let ground = &working.ground;
    let list = ground.manager.list([1]).unwrap();
    let caller = Process::new(
        "(call $put-proxy (i32.const 2048) (local.get $b))
         (call $proxy.call (local.get $a) (i32.const 1024) (i32.const 3) (i32.const 2048) (i32.const 1)
             (i32.const 0) (i32.const 0) (i32.const 128))
         (i32.const 128)",
    )
    .data(1024, "act");
    let program = ground.load(&caller).await;
    let first = program.spawn("main", (&working.thing, &list)).unwrap();
    while !list.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    let second = program.spawn("main", (&working.thing, &list)).unwrap();
    first.kill().await.unwrap();
    assert!(matches!(first.outcome().await.unwrap(), Outcome::Killed));
    working.process.kill().await.unwrap();
    assert_eq!(super::failed(second.outcome().await.unwrap()).kind, ErrorKind::ProviderDied);
    drop((first, second, list));
    working.leaves_nothing().await;
}

/// What a constructor gives in the place of a new object: the handle that these instructions leave.
fn given(handle: &str) -> String {
    format!(
        "(i32.store8 offset=8 (call $null) (i32.const 1)) (i32.store offset=12 (i32.const 896) {handle}) (i32.const 896)"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_constructor_gives_what_it_has_and_nothing_else() {
    // Its argument, which it has.
    let ground = Ground::new().await;
    let provider = Provider::new().construct(&given("(local.get $a)")).release("(unreachable)");
    let program = ground.manager.load_bytes("provider", provider.component(), []).await.unwrap();
    let process = program.provide().await.unwrap();
    let list = ground.manager.create("Thing", (&ground.list,)).await.unwrap();
    assert_eq!(list, *ground.list.proxy());
    // There is no object in between, which would be released.
    drop(list);
    assert!(call(ground.manager.create("Thing", (&ground.list,)).await).is_ok());
    process.kill().await.unwrap();
    drop((process, program));
    ground.unharmed().await;

    // The new object itself, which is made then.
    let itself = "(call $provider-host.existing (local.get $key) (i32.const 128))
        (if (i32.eqz (i32.load8_u (i32.const 128))) (then (unreachable)))";
    let itself = format!("{itself} {}", given("(i32.load (i32.const 132))"));
    let working = Working::new(Provider::new().construct(&itself).release("(unreachable)")).await;
    assert_eq!(working.thing.holders(), 1);
    working.act().await.unwrap();
    drop(working.ground.manager.create("Thing", ()).await.unwrap());
    working.has_died().await;

    // Nothing that was ever given to it.
    for forged in [0, 77, 0x0fff_ffff, -1] {
        let ground = Ground::new().await;
        let provider = Provider::new().construct(&given(&format!("(i32.const {forged})")));
        let program = ground.manager.load_bytes("provider", provider.component(), []).await.unwrap();
        let process = program.provide().await.unwrap();
        let error = call(ground.manager.create("Thing", ()).await).unwrap_err();
        assert_eq!(error.kind, ErrorKind::ProviderDied);
        assert!(error.message.contains("handle index"), "{error}");
        assert!(matches!(process.outcome().await.unwrap(), Outcome::Trapped(_)));
        drop((process, program));
        ground.unharmed().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_finds_its_own_objects_by_their_keys_as_long_as_they_live() {
    let is_there = |key: &str| {
        format!(
            "(block (result i32) (call $provider-host.existing {key} (i32.const 128)) (i32.load8_u (i32.const 128)))"
        )
    };
    let provider = Provider::new()
        .call(&format!(
            "(if {} (then (unreachable)))
             (if {} (then (unreachable)))
             (if {} (then (unreachable)))
             (if (i32.eqz {}) (then (unreachable)))
             (if (i64.ne (local.get $key) (call $proxy.id (i32.load (i32.const 132)))) (then (unreachable)))
             (call $proxy.drop (i32.load (i32.const 132)))
             (call $provider-host.adopt (i32.const 1024) (i32.const 5) (i32.const 128))
             (i64.store (i32.const 256) (call $proxy.id (call $handle (i32.const 128))))
             (call $proxy.drop (i32.load (i32.const 136)))
             (if {} (then (unreachable)))
             (call $null)",
            is_there("(call $proxy.id (local.get $a))"),
            is_there("(i64.const 0)"),
            is_there("(i64.const -1)"),
            is_there("(local.get $key)"),
            is_there("(i64.load (i32.const 256))"),
        ))
        .data(1024, "Thing");
    let working = Working::new(provider).await;
    working.act().await.unwrap();
    assert_eq!(working.thing.holders(), 1);
    // Another provider's are nobody's business.
    let other = Provider::describing(&[("Other", &["act"])])
        .call(&format!("(if {} (then (unreachable))) (call $null)", is_there("(call $proxy.id (local.get $a))")));
    let program = working.ground.manager.load_bytes("other", other.component(), []).await.unwrap();
    let process = program.provide().await.unwrap();
    let object = working.ground.manager.create("Other", ()).await.unwrap();
    call(object.call::<_, ()>("act", (&working.thing,)).await).unwrap();
    process.kill().await.unwrap();
    drop((object, process));
    working.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_collects_handles_or_memory_without_end_meets_its_limits() {
    for (body, expected) in [
        (
            "(loop $more (call $provider-host.existing (local.get $key) (i32.const 128)) (br $more)) (unreachable)",
            "a process can hold 1000 proxies at most",
        ),
        (
            "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)",
            "it needs more than 16777216 bytes of memory",
        ),
    ] {
        let ground = Ground::limited(|limits| (limits.proxies, limits.memory) = (1000, 16 << 20)).await;
        let program = ground.manager.load_bytes("provider", Provider::new().call(body).component(), []).await.unwrap();
        let process = program.provide().await.unwrap();
        let thing = ground.manager.create("Thing", ()).await.unwrap();
        let working = Working { ground, process, thing };
        assert_eq!(working.act().await.unwrap_err().kind, ErrorKind::ProviderDied);
        assert_eq!(super::limit_exceeded(working.process.outcome().await.unwrap()), expected);
        working.has_died().await;
    }
}

/// It could not give back what it never came to know of.
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_holds_nothing_of_a_request_that_is_too_large_for_it() {
    let ground = Ground::new().await;
    let program = ground.manager.load_bytes("provider", Provider::new().component(), []).await.unwrap();
    let mut limits = Limits::default();
    limits.value_bytes = 1000;
    let process = program.provide_with(ProvideOptions::new().limits(limits)).await.unwrap().process().unwrap();
    let thing = ground.manager.create("Thing", ()).await.unwrap();
    let working = Working { ground, process, thing };
    let list = working.ground.manager.list([1]).unwrap();
    // The object by position, and 1001 bytes by name.
    let arguments = "(call $put-proxy (i32.const 2048) (local.get $b))
        (i32.store (i32.const 2080) (i32.const 1040))
        (i32.store (i32.const 2084) (i32.const 1))
        (call $put-text (i32.const 2088) (i32.const 4096) (i32.const 1001))
        (i32.store8 (i32.const 2088) (i32.const 5))";
    let given = "(i32.const 2048) (i32.const 1) (i32.const 2080) (i32.const 1)";
    for asks in [
        format!("(call $proxy.call (local.get $a) (i32.const 1024) (i32.const 3) {given} (i32.const 128))"),
        format!(
            "(call $manager.create (i32.const 1032) (i32.const 5) {given}
                 (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                 (i32.const 0) (i64.const 0) (i32.const 0) (i64.const 0) (i32.const 128))"
        ),
    ] {
        let guest = Process::new(format!("{arguments} {asks} (i32.const 128)")).data(1024, "act     Thing   k");
        let error = super::failed(working.ground.run(&guest, (&working.thing, &list)).await);
        let told = (error.kind, error.message.as_str());
        assert_eq!(told, (ErrorKind::QuotaExceeded, "a value can take 1000 bytes at most"));
        assert_eq!(working.ground.manager.held_by(&working.process), [0_u64; 0]);
        assert_eq!(list.proxy().holders(), 1);
    }
    let objects = working.ground.manager.number_of_objects();
    drop(list);
    assert_eq!(working.ground.manager.number_of_objects(), objects - 1);
    working.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_a_type_that_is_not_creatable_comes_out_of_a_method_and_from_nowhere_else() {
    let described = Provider::describing(&[("Thing", &["act"]), ("Inner", &["act"])]);
    let types = described.described();
    // The record of the second type is behind the 28 bytes of the first one's.
    let describe = format!("(i32.store8 offset=52 (i32.load offset=8 {types}) (i32.const 0)) {types}");
    let provider = described.describe(&describe).data(1024, "Inner").call(
        "(call $provider-host.adopt (i32.const 1024) (i32.const 5) (i32.const 128))
         (call $put-proxy (i32.add (call $null) (i32.const 8)) (call $handle (i32.const 128)))
         (i32.const 896)",
    );
    let working = Working::new(provider).await;
    let ground = &working.ground;
    let inner: Proxy = call(working.thing.call("act", ()).await).unwrap();
    assert_eq!(inner.typeid(), "Inner");
    drop(inner);

    let error = call(ground.manager.create("Inner", ()).await).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::NoSuchType, "no shared type 'Inner'"));
    // Nor in the process, by those who have its proxy: that of this provider, and that of one of a guest's own.
    let expected = (ErrorKind::NoSuchType, "the provider provider:provider has no type 'Inner' to create");
    let process = working.process.proxy();
    assert_eq!(call(process.call::<_, Vec<String>>("typeids", ()).await).unwrap(), ["Thing"]);
    let error = call(process.call::<_, Proxy>("create", ("Inner",)).await).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), expected);
    let starter = Process::new(
        "(call $providers.start (i32.const 1) (i32.const 1024) (i32.const 8) (i32.const 0) (i32.const 0)
             (i32.const 128))
         (local.set $b (call $handle (i32.const 128)))
         (call $put-text (i32.const 2048) (i32.const 1032) (i32.const 5))
         (call $proxy.call (local.get $b) (i32.const 1040) (i32.const 6) (i32.const 2048) (i32.const 1)
             (i32.const 0) (i32.const 0) (i32.const 128))
         (i32.const 128)",
    )
    .data(1024, "providerInner   create");
    let error = super::failed(ground.run(&starter, ()).await);
    assert_eq!((error.kind, error.message.as_str()), expected);
    working.goes_on().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_or_a_text_that_is_none_harms_nobody_else() {
    // A tree that is cut off.
    let value = "(call $put-tree (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const 2) (i32.const 0)
        (i32.const 0)) (i32.const 896)";
    let working = Working::new(Provider::new().get_value(value).data(1024, [7, 5])).await;
    assert_eq!(call(working.thing.get_value::<()>().await).unwrap_err().kind, ErrorKind::BadValue);
    working.act().await.unwrap();
    working.process.kill().await.unwrap();
    working.leaves_nothing().await;
    // A text that is no UTF-8.
    let text = "(i32.store offset=8 (call $null) (i32.const 1024)) (i32.store offset=12 (i32.const 896) (i32.const 1))
        (i32.const 896)";
    let working = Working::new(Provider::new().text(text).data(1024, [0xff])).await;
    assert_eq!(call(working.thing.to_text().await).unwrap_err().kind, ErrorKind::ProviderDied);
    working.has_died().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_cannot_describe_types_without_end() {
    let ground = Ground::new().await;
    // Records of 28 bytes from the second page on, and names of four letters before it.
    let describe = "(drop (memory.grow (i32.const 1)))
        (loop $more
            (local.set $a (i32.add (i32.const 40000) (i32.mul (global.get $noted) (i32.const 4))))
            (i32.store (local.get $a) (i32.const 0x61616161))
            (i32.store8 (local.get $a) (i32.add (i32.const 0x61) (i32.rem_u (global.get $noted) (i32.const 26))))
            (i32.store8 offset=1 (local.get $a) (i32.add (i32.const 0x30)
                (i32.div_u (global.get $noted) (i32.const 26))))
            (i32.store (i32.add (i32.const 65536) (i32.mul (global.get $noted) (i32.const 28))) (local.get $a))
            (i32.store offset=4 (i32.add (i32.const 65536) (i32.mul (global.get $noted) (i32.const 28))) (i32.const 4))
            (global.set $noted (i32.add (global.get $noted) (i32.const 1)))
            (br_if $more (i32.lt_u (global.get $noted) (i32.const 1001))))
        (i32.store (i32.const 136) (i32.const 65536)) (i32.store (i32.const 140) (i32.const 1001)) (i32.const 128)";
    let program =
        ground.manager.load_bytes("provider", Provider::new().describe(describe).component(), []).await.unwrap();
    let error = program.provide().await.unwrap_err().to_string();
    assert_eq!(error, "cannot load 'provider': the provider describes more than 1000 types");
    ground.unharmed().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flooded_mailbox_refuses_more_and_the_others_are_answered() {
    // It says by emptying the list that it has been called, and goes on when there is something in it.
    let provider = Provider::new().call(
        "(call $lists.clear (local.get $a) (i32.const 128))
         (loop $again
             (call $lists.length (local.get $a) (i32.const 128))
             (br_if $again (i64.eqz (i64.load offset=8 (i32.const 128)))))
         (call $null)",
    );
    let working = Working::new(provider).await;
    let gate = working.ground.manager.list([1]).unwrap();
    let thing = working.thing.clone();
    let waiting = tokio::spawn({
        let (thing, gate) = (thing.clone(), gate.clone());
        async move { call(thing.call::<_, ()>("act", (&gate,)).await) }
    });
    while !gate.is_empty().unwrap() {
        tokio::task::yield_now().await;
    }
    let mut flood: Vec<_> = (0..4096).map(|_| Box::pin(thing.get_value::<()>())).collect();
    for request in &mut flood {
        assert!(poll_once(request).await.is_none());
    }
    assert_eq!(call(thing.get_value::<()>().await).unwrap_err().kind, ErrorKind::QuotaExceeded);
    let refused = call(working.ground.manager.create("Thing", ()).await).unwrap_err();
    assert_eq!(refused.message, "4096 calls are waiting for this provider already");
    // Those that give up meanwhile are answered all the same.
    flood.truncate(1000);
    assert_eq!(call(thing.get_value::<()>().await).unwrap_err().kind, ErrorKind::QuotaExceeded);
    gate.push(&1).unwrap();
    waiting.await.unwrap().unwrap();
    for request in flood {
        call(request.await).unwrap();
    }
    drop((thing, gate));
    working.goes_on().await;
}

/// Polls once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    tokio::select! {
        biased;
        output = future => Some(output),
        () = std::future::ready(()) => None,
    }
}
