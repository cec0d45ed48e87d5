//! Providers that describe nonsense, answer with nonsense, or do not answer at all.

use super::Ground;
use crate::wat::{HELPERS, MEMORY, Process, REALLOC, Wit};
use commonhold::{ErrorKind, Outcome, Proxy};
use std::time::Duration;

/// A provider: what it describes, and the instructions of its functions, which answer with null or nothing if they
/// are not given. They find the object's key in `$key`, and in `$a` the handle of a call's first argument.
struct Provider {
    describe: String,
    data: Vec<(usize, Vec<u8>)>,
    construct: String,
    call: String,
    release: String,
}

impl Provider {
    fn new() -> Self {
        Self::describing(&[("Thing", &["act", "keep"])])
    }

    /// Describes types by their names and the names of their methods.
    fn describing(types: &[(&str, &[&str])]) -> Self {
        let mut at = 8192;
        let mut data = Vec::new();
        let mut put = |bytes: Vec<u8>| {
            let start = at;
            at = (at + bytes.len()).next_multiple_of(8);
            data.push((start, bytes));
            start as u32
        };
        let mut records = Vec::new();
        for (typeid, methods) in types {
            let mut listed = Vec::new();
            for method in *methods {
                let name = put(method.as_bytes().to_vec());
                listed.extend([name, method.len() as u32, 0, 0, 0].map(u32::to_le_bytes).concat());
            }
            let methods_at = put(listed);
            let name = put(typeid.as_bytes().to_vec());
            let record = [name, typeid.len() as u32, 0, 0, methods_at, methods.len() as u32, 1];
            records.extend(record.map(u32::to_le_bytes).concat());
        }
        let records = put(records);
        let list = put([0, 0, records, types.len() as u32].map(u32::to_le_bytes).concat());
        assert!(at < 32768, "the allocator's memory begins there");
        Self {
            describe: format!("(i32.const {list})"),
            data,
            construct: "(call $null)".into(),
            call: "(call $null)".into(),
            release: String::new(),
        }
    }

    fn construct(mut self, body: &str) -> Self {
        self.construct = body.into();
        self
    }

    fn call(mut self, body: &str) -> Self {
        self.call = body.into();
        self
    }

    fn release(mut self, body: &str) -> Self {
        self.release = body.into();
        self
    }

    fn describe(mut self, body: &str) -> Self {
        self.describe = body.into();
        self
    }

    fn component(&self) -> Vec<u8> {
        let Self { describe, data, construct, call, release } = self;
        let name = |function: &str| format!("(export \"commonhold:manager/custom-types@0.1.0#{function}\")");
        let called = "(param $key i64) (param $name i32) (param $length i32) (param $args i32) (param $count i32)
            (param i32 i32) (result i32) (local $a i32) (local $i i32)
            (local.set $a (i32.load offset=8 (local.get $args)))";
        let fields = format!(
            "{MEMORY} {REALLOC} {HELPERS}
             (func {} (param $args i32) (param $count i32) (result i32) (local $a i32)
                 (local.set $a (i32.load offset=8 (local.get $args))) {describe})
             (func {} {called} {construct})
             (func {} {called} {call})
             (func {} (param i64) (result i32) (call $null))
             (func {} (param i64) (result i32) (call $null))
             (func {} (param $key i64) {release})",
            name("describe"),
            name("construct"),
            name("call"),
            name("get-value"),
            name("to-text"),
            name("release"),
        );
        let data = data.iter().map(|(at, bytes)| {
            let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
            format!("(data (i32.const {at}) \"{escaped}\")")
        });
        Wit::manager().component("provider", &(fields + &data.collect::<String>()))
    }
}

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
        let mut provider = Provider::new();
        provider.call = format!(
            "(i32.store (i32.const 1040) (local.get $a))
             (call $put-tree (i32.add (call $null) (i32.const 8)) (i32.const 1024) (i32.const {}) (i32.const 1040)
                 (i32.const {proxies})) (i32.const 896)",
            data.len() / 3
        );
        provider
            .data
            .push((1024, data.split('\\').skip(1).map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()));
        let working = Working::new(provider).await;
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
    let mut provider = provider;
    provider.data.push((1024, b"Thing   act".to_vec()));
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
    provider.data.push((1024, b"list".to_vec()));
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
    provider.data.push((1024, b"Thing".to_vec()));
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
