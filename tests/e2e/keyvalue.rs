//! Components that know `wasi:keyvalue` and nothing of the manager, in both of its drafts: what they and the manager's own
//! guests see of each other.

use commonhold::{Dict, Fault, GuestCtx, GuestView, Limits, Manager, Outcome, Process, Proxy, SpawnOptions, Value};
use commonhold_tests::{assert_exact, guest, load, load_script, manager, root, settle};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::bindings::Command;
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// The commands of the two drafts.
const DRAFTS: [&str; 2] = ["keyvalue", "keyvalue-draft2"];

/// An embedder with a world of their own: a WASI command with stores.
struct Embedder {
    manager: Manager,
    engine: Engine,
    linker: Linker<Data>,
}

struct Data {
    guest: GuestCtx,
    wasi: WasiCtx,
    table: ResourceTable,
}

impl GuestView for Data {
    fn guest(&mut self) -> &mut GuestCtx {
        &mut self.guest
    }
}

impl WasiView for Data {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Embedder {
    fn new(manager: Manager, concurrency_support: bool) -> Self {
        let mut config = Config::new();
        config.concurrency_support(concurrency_support);
        let engine = Engine::new(&config).unwrap();
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker).unwrap();
        commonhold::keyvalue::add_to_linker(&mut linker).unwrap();
        Self { manager, engine, linker }
    }

    /// What a command prints while it takes some steps, line by line.
    async fn prints(&self, command: &str, steps: &[&str]) -> Vec<String> {
        let pipe = MemoryOutputPipe::new(16 << 20);
        let args: Vec<&str> = std::iter::once(command).chain(steps.iter().copied()).collect();
        let wasi = WasiCtx::builder().stdout(pipe.clone()).args(&args).build();
        let data = Data { guest: self.manager.guest(command), wasi, table: ResourceTable::new() };
        let mut store = Store::new(&self.engine, data);
        let component = Component::from_file(&self.engine, guest(command)).unwrap();
        let command = Command::instantiate_async(&mut store, &component, &self.linker).await.unwrap();
        command.wasi_cli_run().call_run(&mut store).await.unwrap().unwrap();
        String::from_utf8(pipe.contents().to_vec()).unwrap().lines().map(str::to_owned).collect()
    }
}

/// A manager with a store that has these entries, and an embedder's engine.
fn with_store(entries: &[(&str, Value)]) -> (Embedder, Dict<String, Value>) {
    let manager = manager();
    let dict = manager.dict(entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone()))).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    (Embedder::new(manager, false), dict)
}

/// The books are exact when the only holders are the host's: one, and one for each grant.
async fn exact(manager: &Manager, dict: &Dict<String, Value>, grants: u32) {
    settle(manager).await;
    assert_exact(manager, &BTreeMap::from([(dict.proxy().id(), 1 + grants)]));
}

/// Expects of each step what it prints.
async fn steps(embedder: &Embedder, command: &str, expected: &[(&str, &str)]) {
    let (steps, lines): (Vec<&str>, Vec<&str>) = expected.iter().copied().unzip();
    let printed = embedder.prints(command, &steps).await;
    let told: Vec<_> = steps.iter().zip(&printed).map(|(step, line)| format!("{step}: {line}")).collect();
    let lines: Vec<_> = steps.iter().zip(lines).map(|(step, line)| format!("{step}: {line}")).collect();
    assert_eq!(told, lines, "{command}");
    assert_eq!(printed.len(), lines.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_does_what_the_draft_says() {
    for concurrency_support in [false, true] {
        for command in DRAFTS {
            let is_second = command == DRAFTS[1];
            let manager = manager();
            let dict = manager.dict::<String, Value>([]).unwrap();
            manager.keyvalue_store("notes", dict.proxy()).unwrap();
            let embedder = Embedder::new(manager.clone(), concurrency_support);
            let (found, empty) = if is_second {
                ("Ok([(\"b\", Some([50])), (\"z\", None), (\"a\", Some([49]))])", "Ok([])")
            } else {
                ("Ok([Some((\"b\", [50])), None, Some((\"a\", [49]))])", "Ok([])")
            };
            steps(
                &embedder,
                command,
                &[
                    ("open notes", "\"open\""),
                    ("get a", "Ok(None)"),
                    ("exists a", "Ok(false)"),
                    ("keys", "Ok(([], None))"),
                    ("delete a", "Ok(())"),
                    ("set a 1", "Ok(())"),
                    ("get a", "Ok(Some(\"1\"))"),
                    ("exists a", "Ok(true)"),
                    ("set b x", "Ok(())"),
                    ("set b 2", "Ok(())"),
                    ("keys", "Ok(([\"a\", \"b\"], None))"),
                    ("get-many b z a", found),
                    ("get-many", empty),
                    ("set-many c=3 d=4 c=5", "Ok(())"),
                    ("set-many", "Ok(())"),
                    ("get c", "Ok(Some(\"5\"))"),
                    ("delete-many a z d", "Ok(())"),
                    ("delete-many", "Ok(())"),
                    ("keys", "Ok(([\"b\", \"c\"], None))"),
                    ("increment b 40", "Ok(42)"),
                    ("increment n 7", "Ok(7)"),
                    ("get n", "Ok(Some(\"7\"))"),
                    // The same store once more, which is the same dict.
                    ("open notes", "\"open\""),
                    ("delete c", "Ok(())"),
                    ("close", "true"),
                    ("get c", "Ok(None)"),
                    ("close", "true"),
                ],
            )
            .await;
            assert_eq!(dict.to_string(), "{'b': b'42', 'n': 7}");
            exact(&manager, &dict, 1).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_only_what_was_granted() {
    let (embedder, dict) = with_store(&[("a", 1.into())]);
    let manager = &embedder.manager;
    for command in DRAFTS {
        steps(
            &embedder,
            command,
            &[
                ("open none", "Error::NoSuchStore"),
                ("open", "\"open\""),
                ("get a", "Ok(Some(\"1\"))"),
                ("open default", "\"open\""),
                ("get a", "Ok(Some(\"1\"))"),
            ],
        )
        .await;
    }
    assert!(manager.remove_keyvalue_store("default"));
    assert!(!manager.remove_keyvalue_store("default"));
    for command in DRAFTS {
        steps(&embedder, command, &[("open", "Error::NoSuchStore"), ("open default", "Error::NoSuchStore")]).await;
    }
    exact(manager, &dict, 0).await;
    let list = manager.list([1]).unwrap();
    assert!(
        manager.keyvalue_store("list", list.proxy()).unwrap_err().to_string().contains("expected a proxy to a 'dict'")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_for_reading_makes_a_store_for_reading() {
    let (embedder, dict) = with_store(&[("a", 1.into())]);
    let reading = commonhold::Rights { methods: Some(dict.proxy().reading_methods()), ..commonhold::Rights::all() };
    let reader = dict.proxy().narrow(&reading).unwrap();
    embedder.manager.keyvalue_store("reader", &reader).unwrap();
    for command in DRAFTS {
        let found = if command == DRAFTS[1] { "Ok([(\"a\", Some([49]))])" } else { "Ok([Some((\"a\", [49]))])" };
        steps(
            &embedder,
            command,
            &[
                ("open reader", "\"open\""),
                ("get a", "Ok(Some(\"1\"))"),
                ("exists a", "Ok(true)"),
                ("keys", "Ok(([\"a\"], None))"),
                ("get-many a", found),
                ("set a 2", "Err(Error::AccessDenied)"),
                ("delete a", "Err(Error::AccessDenied)"),
                ("increment a 1", "Err(Error::AccessDenied)"),
                ("set-many a=2", "Err(Error::AccessDenied)"),
                ("delete-many a", "Err(Error::AccessDenied)"),
            ],
        )
        .await;
    }
    let cas = [
        ("open reader", "\"open\""),
        ("cas a", "\"seen\""),
        ("current", "Ok(Some(\"1\"))"),
        ("swap 2", "Error::AccessDenied"),
    ];
    steps(&embedder, DRAFTS[1], &cas).await;
    reader.revoke().unwrap();
    steps(&embedder, DRAFTS[0], &[("open reader", "Error::AccessDenied"), ("open", "\"open\"")]).await;
    assert_eq!(dict.to_string(), "{'a': 1}");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_a_grant_ends_the_use_of_what_is_open() {
    let manager = manager();
    let dict = manager.dict::<String, Value>([]).unwrap();
    let granted = dict.proxy().narrow(&commonhold::Rights::all()).unwrap();
    manager.keyvalue_store("default", &granted).unwrap();
    let program = load(&manager, DRAFTS[0]).await;
    let process = program.spawn("main", ["open", "set ready 1", "wait-for-denial", "fail"]).unwrap();
    until(&dict, "ready").await;
    granted.revoke().unwrap();
    assert!(matches!(ends(&process).await, Outcome::Exited(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bytes_cannot_show_is_an_error_that_says_so() {
    let (embedder, dict) = with_store(&[
        ("list", Value::List(vec![])),
        ("word", "five".into()),
        ("most", u64::MAX.into()),
        ("none", Value::Null),
    ]);
    let before = dict.to_string();
    let other = |what: &str| format!("Err(Error::Other({what:?}))");
    let list = other("the value of 'list', of type 'list', cannot be read as bytes: only bytes, text and integers can");
    let word = other("the value of 'word', of type 'str', is not a number in decimal digits");
    let none = other("the value of 'none', of type 'NoneType', is not a number");
    let range = other("the number is out of the range that there is for it");
    for command in DRAFTS {
        steps(
            &embedder,
            command,
            &[
                ("open", "\"open\""),
                ("get list", &list),
                ("exists list", "Ok(true)"),
                ("get-many word list", &list),
                ("get word", "Ok(Some(\"five\"))"),
                ("increment word 1", &word),
                ("increment none 1", &none),
                ("increment most 1", &range),
                ("keys", "Ok(([\"list\", \"word\", \"most\", \"none\"], None))"),
            ],
        )
        .await;
    }
    // The second draft's numbers have signs.
    steps(&embedder, DRAFTS[1], &[("open", "\"open\""), ("increment most 0", &range), ("increment n -5", "Ok(-5)")])
        .await;
    steps(&embedder, DRAFTS[0], &[("open", "\"open\""), ("increment most 0", &format!("Ok({})", u64::MAX))]).await;
    steps(&embedder, DRAFTS[0], &[("open", "\"open\""), ("increment n 4", &range), ("increment n 5", "Ok(0)")]).await;
    dict.remove("n").unwrap();
    assert_eq!(dict.to_string(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_is_exchanged_by_cas_if_nobody_was_faster() {
    let (embedder, dict) = with_store(&[("a", "x".into())]);
    steps(
        &embedder,
        DRAFTS[1],
        &[
            ("open", "\"open\""),
            ("cas a", "\"seen\""),
            ("current", "Ok(Some(\"x\"))"),
            ("swap y", "\"swapped\""),
            ("cas new", "\"seen\""),
            ("current", "Ok(None)"),
            ("swap 1", "\"swapped\""),
            // Two that have seen the same.
            ("cas a", "\"seen\""),
            ("cas a", "\"seen\""),
            ("swap z", "\"swapped\""),
            ("current", "Ok(Some(\"y\"))"),
            ("swap w", "\"changed\""),
            ("current", "Ok(Some(\"z\"))"),
            ("swap w", "\"swapped\""),
            // One that is left when the command ends, and holds the store though its bucket is closed.
            ("cas a", "\"seen\""),
            ("close", "true"),
            ("current", "Ok(Some(\"w\"))"),
        ],
    )
    .await;
    assert_eq!(dict.to_string(), "{'a': b'w', 'new': b'1'}");
    exact(&embedder.manager, &dict, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_page_by_page() {
    let (embedder, dict) = with_store(&[]);
    let keys: Vec<(String, Value)> = (0..100_000).map(|number| (format!("key {number}"), Value::Null)).collect();
    dict.set_many(&keys).unwrap();
    for command in DRAFTS {
        steps(&embedder, command, &[("open", "\"open\""), ("count-keys", "Ok((100000, 2))")]).await;
        // Cursors that nobody gave.
        let none = "Ok(([], None))";
        steps(&embedder, command, &[("open", "\"open\""), ("keys 4294967295", none), ("keys 100000", none)]).await;
    }
    let bad = "Err(Error::Other(\"the cursor is not one that this store gave\"))";
    for cursor in ["-1", "x", "1x", "18446744073709551616", "\u{661}"] {
        steps(&embedder, DRAFTS[1], &[("open", "\"open\""), (&format!("keys {cursor}"), bad)]).await;
    }
    // From another time of the dict: it begins anew.
    dict.clear().unwrap();
    dict.set("a", &Value::Null).unwrap();
    for command in DRAFTS {
        steps(&embedder, command, &[("open", "\"open\""), ("keys 1", "Ok(([\"a\"], None))")]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_too_many_is_an_error() {
    let mut limits = Limits::default();
    (limits.proxies, limits.value_bytes) = (5, 1000);
    let manager = Manager::builder().output(false).limits(limits).max_container_length(3).build().unwrap();
    let dict = manager.dict::<String, Value>([]).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    dict.set("huge", &Value::Bytes(vec![0; 1001])).unwrap();
    let embedder = Embedder::new(manager.clone(), false);
    let other = |what: &str| format!("Err(Error::Other({what:?}))");
    let large = other("a value can take 1000 bytes at most");
    let full = other("a dict can hold 3 entries at most");
    let proxies = "(5, Error::Other(\"a process can hold 5 proxies at most\"))";
    for command in DRAFTS {
        steps(
            &embedder,
            command,
            &[
                ("open", "\"open\""),
                ("set-large a 1000", "Ok(())"),
                ("set-large a 1001", &large),
                ("get-large a", "Ok(Some(1000))"),
                ("set-long 1000", "Ok(())"),
                ("set-long 1001", &large),
                ("get-large huge", &large),
                ("get-often a 1", "Ok(1)"),
                ("get-often a 2", &large),
                // Each entry counts 64 bytes, and those of its key.
                ("get-often none 14", "Ok(14)"),
                ("get-often none 15", &large),
                ("set b 1", &full),
                ("set-many b=1 a=2", &full),
                ("increment b 1", &full),
                ("set-many a=2", "Ok(())"),
                ("open-all default", proxies),
                ("close", "true"),
                ("open", "\"open\""),
            ],
        )
        .await;
        exact(&manager, &dict, 1).await;
    }
    // A handle for cas is one as well.
    let full = "Error::Other(\"a process can hold 5 proxies at most\")";
    let seen = ("cas a", "\"seen\"");
    steps(
        &embedder,
        DRAFTS[1],
        &[
            ("open", "\"open\""),
            seen,
            seen,
            seen,
            seen,
            ("cas a", full),
            ("swap 3", "\"swapped\""),
            seen,
            ("swap 4", "\"swapped\""),
        ],
    )
    .await;
    exact(&manager, &dict, 1).await;
}

/// However short its keys are, each entry of a batch takes some memory.
#[tokio::test(flavor = "multi_thread")]
async fn each_entry_of_a_batch_counts_beside_its_bytes() {
    let (embedder, _dict) = with_store(&[]);
    let large = "Err(Error::Other(\"a value can take 67108864 bytes at most\"))";
    for command in DRAFTS {
        steps(
            &embedder,
            command,
            &[
                ("open", "\"open\""),
                // Keys without any bytes.
                ("get-often  2000000", large),
                ("get-often  1000", "Ok(1000)"),
            ],
        )
        .await;
    }

    let mut limits = Limits::default();
    limits.value_bytes = 1000;
    let manager = Manager::builder().output(false).limits(limits).build().unwrap();
    let dict = manager.dict::<String, Value>([]).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    let embedder = Embedder::new(manager.clone(), false);
    let large = "Err(Error::Other(\"a value can take 1000 bytes at most\"))";
    let setting = |bytes| format!("set-many a={}", "x".repeat(bytes));
    let deleting = |bytes| format!("delete-many {}", "k".repeat(bytes));
    for command in DRAFTS {
        steps(
            &embedder,
            command,
            &[
                ("open", "\"open\""),
                ("get-often  15", "Ok(15)"),
                ("get-often  16", large),
                ("get-often kk 15", "Ok(15)"),
                ("get-often kkk 15", large),
                (&setting(1000 - 64 - 1), "Ok(())"),
                (&setting(1000 - 64), large),
                ("set-many a=1 b=2", "Ok(())"),
                (&deleting(1000 - 64), "Ok(())"),
                (&deleting(1000 - 63), large),
                ("delete-many a b", "Ok(())"),
            ],
        )
        .await;
        assert!(dict.is_empty().unwrap());
    }
    exact(&manager, &dict, 1).await;
}

/// What a handle has seen is kept for it, whatever becomes of it in the store.
#[tokio::test(flavor = "multi_thread")]
async fn all_that_the_cas_handles_of_one_guest_have_seen_is_bounded() {
    let mut limits = Limits::default();
    limits.value_bytes = 1000;
    let manager = Manager::builder().output(false).limits(limits).build().unwrap();
    let dict = manager.dict([("a".to_owned(), Value::Bytes(vec![b'x'; 600]))]).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    let embedder = Embedder::new(manager.clone(), false);
    let (seen, large) = (("cas a", "\"seen\""), ("cas a", "Error::Other(\"a value can take 1000 bytes at most\")"));
    // A key that is not there counts as well.
    let missing = format!("cas {}", "k".repeat(600));
    for _ in 0..2 {
        steps(
            &embedder,
            DRAFTS[1],
            &[
                ("open", "\"open\""),
                seen,
                large,
                (&missing, large.1),
                ("set-large a 1", "Ok(())"),
                seen,
                ("set-large a 600", "Ok(())"),
                large,
                // The small one, and then the large one.
                ("forget", "true"),
                large,
                ("forget", "true"),
                seen,
                large,
                ("swap y", "\"swapped\""),
                (&missing, "\"seen\""),
                ("set-large a 600", "Ok(())"),
                large,
                ("forget", "true"),
                seen,
            ],
        )
        .await;
    }
    exact(&manager, &dict, 1).await;
}

/// Waits until a component has set a key.
async fn until(dict: &Dict<String, Value>, key: &str) {
    while !dict.contains_key(key).unwrap() {
        tokio::task::yield_now().await;
    }
}

async fn ends(process: &Process) -> Outcome {
    process.outcome().await.unwrap()
}

fn texts(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|step| (*step).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn components_of_both_drafts_and_guests_in_rust_and_python_count_together() {
    let manager = manager();
    let dict = manager.dict::<String, Value>([]).unwrap();
    manager.keyvalue_store("counts", dict.proxy()).unwrap();
    let commands = [load(&manager, DRAFTS[0]).await, load(&manager, DRAFTS[1]).await];
    let rust = load(&manager, "basics").await;
    let python = load_script(&manager, root().join("tests/programs/python/keyvalue.py")).await;
    let mut processes = Vec::new();
    for command in &commands {
        processes.push(command.spawn("main", texts(&["open counts", "increment n 1 2000"])).unwrap());
    }
    processes.push(rust.spawn("adds_to", (&dict, "n", 2000)).unwrap());
    processes.push(python.spawn("add_to", (&dict, "n", 2000)).unwrap());
    for process in &processes {
        let outcome = ends(process).await;
        assert!(matches!(outcome, Outcome::Returned(_)), "{outcome:?}");
    }
    drop(processes);
    assert_eq!(dict.get("n").unwrap(), Some(8000.into()));
    // By cas, too, where the others have bytes to add to.
    dict.set("c", &Value::Bytes(b"0".to_vec())).unwrap();
    let steps = [
        &["open counts", "add-by-cas c 500"][..],
        &["open counts", "increment c 1 500"],
        &["open counts", "add-by-cas c 500"],
    ];
    let processes: Vec<_> = [1, 0, 1]
        .iter()
        .zip(steps)
        .map(|(which, steps)| commands[*which].spawn("main", texts(steps)).unwrap())
        .collect();
    for process in &processes {
        assert!(matches!(ends(process).await, Outcome::Returned(_)));
    }
    drop(processes);
    assert_eq!(dict.get("c").unwrap(), Some(Value::Bytes(b"1500".to_vec())));
    exact(&manager, &dict, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_sees_what_the_others_have_set() {
    let (embedder, dict) = with_store(&[]);
    let manager = &embedder.manager;
    steps(&embedder, DRAFTS[0], &[("open", "\"open\""), ("set first draft", "Ok(())"), ("increment n 5", "Ok(5)")])
        .await;
    let rust = load(manager, "basics").await;
    let python = load_script(manager, root().join("tests/programs/python/keyvalue.py")).await;
    let seen: Value = rust.spawn("exchanges", (&dict, "rust")).unwrap().join().await.unwrap();
    assert_eq!(commonhold::to_text(&seen).unwrap(), "{'first': b'draft', 'n': 5}");
    steps(
        &embedder,
        DRAFTS[1],
        &[
            ("open", "\"open\""),
            ("keys", "Ok(([\"first\", \"n\", \"by\"], None))"),
            ("get by", "Ok(Some(\"rust\"))"),
            ("get n", "Ok(Some(\"6\"))"),
            ("set by draft2", "Ok(())"),
        ],
    )
    .await;
    let seen: Value = python.spawn("exchange", (&dict, "p\u{fd}thon")).unwrap().join().await.unwrap();
    assert_eq!(commonhold::to_text(&seen).unwrap(), "{'first': b'draft', 'n': 6, 'by': b'draft2'}");
    steps(
        &embedder,
        DRAFTS[0],
        &[("open", "\"open\""), ("get by", "Ok(Some(\"p\u{fd}thon\"))"), ("get n", "Ok(Some(\"7\"))")],
    )
    .await;
    exact(manager, &dict, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_is_a_proxy_that_the_component_holds() {
    let manager = manager();
    let dict = manager.dict::<String, Value>([]).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    let (id, name) = (dict.proxy().id(), "the one that holds");
    for command in DRAFTS {
        let program = load(&manager, command).await;
        let more: &[&str] = if command == DRAFTS[1] { &["cas a"] } else { &["open"] };
        let steps = [&["open", "open", "open", "close"], more, &["set ready 1", "wait-for never"]].concat();
        for how in ["kill", "trap", "fail"] {
            let process = if how == "kill" {
                program.spawn_with("main", texts(&steps), SpawnOptions::new().name(name)).unwrap()
            } else {
                let until_then = &steps[..steps.len() - 1];
                let process = program.spawn("main", texts(&[until_then, &[how]].concat())).unwrap();
                match (ends(&process).await, how) {
                    (Outcome::Trapped(_), "trap") | (Outcome::Exited(1), "fail") => {}
                    other => panic!("{other:?}"),
                }
                process
            };
            if how == "kill" {
                until(&dict, "ready").await;
                let info = manager.census().into_iter().find(|info| info.id == id).unwrap();
                assert_eq!(info.held_by, [(process.proxy().id(), format!("{name} ({command}:main)"), 3)]);
                assert_eq!(manager.held_by(&process), [id, id, id]);
                // The host's, the grant's, and the process's.
                assert_eq!(info.holders, 2 + 3);
                process.kill().await.unwrap();
            }
            drop(process);
            dict.clear().unwrap();
            exact(&manager, &dict, 1).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_lives_as_long_as_a_component_has_it_open() {
    let manager = manager();
    let program = load(&manager, DRAFTS[0]).await;
    let dict = manager.dict::<String, Value>([]).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    let process = program.spawn("main", texts(&["open", "set ready 1", "wait-for go"])).unwrap();
    until(&dict, "ready").await;
    // Who has it open is not disturbed.
    manager.remove_keyvalue_store("default");
    assert_eq!(dict.proxy().holders(), 2);
    dict.set("go", &Value::Null).unwrap();
    drop(dict);
    assert!(matches!(ends(&process).await, Outcome::Returned(_)));
    drop(process);
    settle(&manager).await;
    assert_exact(&manager, &BTreeMap::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_can_be_one_process_own() {
    let manager = manager();
    let dicts = [(); 3].map(|()| manager.dict::<String, Value>([]).unwrap());
    manager.keyvalue_store("session", dicts[2].proxy()).unwrap();
    let program = load(&manager, DRAFTS[0]).await;
    let with = |dict: &Proxy| SpawnOptions::new().keyvalue_store("session", dict);
    let options = [with(dicts[0].proxy()), with(dicts[1].proxy()), SpawnOptions::new()];
    for (options, number) in options.into_iter().zip(0..) {
        let steps = texts(&["open session", &format!("increment n {number}"), "open other", "fail"]);
        let process = program.spawn_with("main", steps, options).unwrap();
        assert!(matches!(ends(&process).await, Outcome::Exited(1)));
    }
    for (dict, number) in dicts.iter().zip(0..) {
        assert_eq!(dict.get("n").unwrap(), Some(number.into()));
    }
    settle(&manager).await;
    let held = dicts.each_ref().map(|dict| (dict.proxy().id(), 1 + u32::from(dict == &dicts[2])));
    assert_exact(&manager, &held.into());
    // What is no dict is refused before anything runs.
    let list = manager.list([1]).unwrap();
    assert!(program.spawn_with("main", (), with(list.proxy())).unwrap_err().to_string().contains("'dict'"));
    // So it is for an embedder's own guest.
    let guest = manager.guest("own");
    assert!(guest.keyvalue_store("list", list.proxy()).is_err());
    guest.keyvalue_store("mine", dicts[0].proxy()).unwrap();
    assert_eq!(dicts[0].proxy().holders(), 2);
    drop(guest);
    assert_eq!(dicts[0].proxy().holders(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_a_store_is_freed_when_the_manager_is_closed() {
    let (embedder, dict) = with_store(&[("a", 1.into())]);
    let manager = &embedder.manager;
    // One that nothing else holds.
    manager.keyvalue_store("other", manager.dict([("b", 2)]).unwrap().proxy()).unwrap();
    assert_eq!((manager.number_of_objects(), dict.proxy().holders()), (2, 2));
    manager.shutdown().await;
    assert_eq!((manager.number_of_objects(), dict.proxy().holders()), (1, 1));
    assert!(!manager.remove_keyvalue_store("default"));
    drop(dict);
    assert_eq!(manager.number_of_objects(), 0);

    // Letting go of the last of it does the same, though a guest of the embedder's own is still there.
    let manager = self::manager();
    let inside = manager.event();
    let dict = manager.dict([("inside", inside.proxy())]).unwrap();
    manager.keyvalue_store("default", dict.proxy()).unwrap();
    let guest = manager.guest("own");
    drop((manager, dict));
    assert_eq!(inside.proxy().holders(), 1);
    drop(guest);
}

/// A command is stopped at its first, second, third ... call to a store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_remains_of_a_component_wherever_it_is_stopped() {
    for command in DRAFTS {
        let (stop_at, kills) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let calls = Arc::new(AtomicU64::new(0));
        let (stop, kill, counted) = (stop_at.clone(), kills.clone(), calls.clone());
        let hook = move |_: u64, call: u64| {
            counted.store(call, Ordering::SeqCst);
            match (stop.load(Ordering::SeqCst) == call, kill.load(Ordering::SeqCst)) {
                (false, _) => Fault::None,
                (true, 0) => Fault::Trap,
                (true, _) => Fault::Kill,
            }
        };
        let manager = Manager::builder().output(false).fault_hook(Arc::new(hook)).build().unwrap();
        let dict = manager.dict::<String, Value>([]).unwrap();
        manager.keyvalue_store("default", dict.proxy()).unwrap();
        let program = load(&manager, command).await;
        let mut steps = vec![
            "open",
            "open",
            "set a 1",
            "get a",
            "exists a",
            "increment n 1",
            "set-many b=1 c=2",
            "get-many a b z",
            "keys",
            "delete a",
            "close",
            "delete-many b c",
        ];
        if command == DRAFTS[1] {
            steps.extend(["cas n", "cas n", "current", "swap 1", "swap 2", "current"]);
        }
        assert!(matches!(ends(&program.spawn("main", texts(&steps)).unwrap()).await, Outcome::Returned(_)));
        let most = calls.load(Ordering::SeqCst);
        assert!(most as usize > steps.len(), "{most} calls");
        let mut stopped = 0;
        for kill in [0, 1] {
            kills.store(kill, Ordering::SeqCst);
            for call in 1..=most {
                stop_at.store(call, Ordering::SeqCst);
                match (ends(&program.spawn("main", texts(&steps)).unwrap()).await, kill) {
                    (Outcome::Trapped(_), 0) | (Outcome::Killed, 1) => stopped += 1,
                    (Outcome::Returned(_), 1) => {}
                    other => panic!("call {call} of {most}: {other:?}"),
                }
                exact(&manager, &dict, 1).await;
                dict.clear().unwrap();
            }
        }
        assert!(stopped >= most, "{command} was stopped {stopped} times in twice {most} calls");
    }
}
